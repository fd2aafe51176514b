/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_session.h - one row at a time through a session: evaluated, or traced so that others can be replayed.
 *
 * Layer: lib. */
#ifndef GTAPE_ROW_SESSION_H
#define GTAPE_ROW_SESSION_H

#include "lang/trace.h"
#include "lib/session.h"
#include "solve/budget.h"

typedef struct row_session row_session;
struct row_session {
    gtape *g;
    size_t columns;
    const char *const *column_names; /* while it is opened */
    u32 *slots;                      /* by column: the global that it gives a value, or NAME_NONE */
    size_t results;
    ARRAY(char *) names;      /* of results */
    ARRAY(size_t) shapes;     /* of results (keep_shapes) */
    bool learned;             /* the row that was to tell them ran */
    const row_session *model; /* while results are copied */

    /* of the row at work */
    const double *row;
    double *scratch; /* a row */
    double *out;
    replay *plan;
    bool whole, misfit;
    ARRAY(u32) leaves; /* by column */
    ARRAY(value) traced;
    ARRAY(bool) is_derivative;
    ARRAY(bool) uncertain;       /* by target: it has an uncertainty */
    ARRAY(size_t) contributions; /* by entry of an uncertain target: columns */
    ARRAY(bool) is_put;          /* of these */
    size_t budgets;              /* how many of them are filled */
    budget budget;
    size_t filled; /* of `out` */
};

/* Finds which columns are inputs and checks that the program can run.  s->g, s->columns and s->column_names
 * are set, the rest is 0; row_session_free is due on every way out and leaves s->g alone. */
gtape_status row_session_open(row_session *s);
/* Each finds the names of the results, and the target where none was asked for: from a row, where it runs (an
 * entry for each column); */
gtape_status row_session_learn(row_session *s, const double *row, bool *learned);
/* from rows that are made up, or, where none of them runs, taking results for scalars; */
gtape_status row_session_guess(row_session *s);
/* from another session of the same program. */
gtape_status row_session_copy_results(row_session *s, const row_session *from);
void row_session_free(row_session *s);

/* Evaluates a row (an entry for each column) and gives its results. */
gtape_status row_session_evaluate(row_session *s, const double *row, double *out);
/* Makes a plan of a row.  GTAPE_OK: *whole tells whether it has the results; else rows that meet its guards
 * are to be evaluated one by one. */
gtape_status row_session_trace(row_session *s, const double *row, replay *plan, bool *whole);

#endif
