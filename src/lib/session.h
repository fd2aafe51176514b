/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session.h - the inside of a gtape session, shared by the files of the library.
 *
 * Layer: lib. */
#ifndef GTAPE_SESSION_H
#define GTAPE_SESSION_H

#include "data/groups.h"
#include "emit/listing.h"
#include "lang/evaluate.h"
#include "lang/parse.h"
#include "lang/state.h"
#include "lib/gtape.h"
#include "solve/solution.h"

typedef struct asked {
    u32 name; /* interned */
    span at;
} asked;

typedef struct result {
    u32 slot;
    value v;
    value u; /* its standard uncertainty; unbound: none */
} result;

typedef struct derivative {
    value v;
    bool shown; /* false: not connected, and `unconnected` says that such ones are left out */
} derivative;

/* What gtape_data was given: columns by name, or one tensor. */
typedef struct data_input {
    char *label;
    const char *bytes;
    size_t length;
    u32 name; /* interned; NAME_NONE: a table of columns */
    span at;  /* of the name */
    value whole;
    table table;
} data_input;

/* What gtape_sweep was given: a name and the values that it takes in turn. */
typedef struct sweep_axis {
    char *name;
    double *values;
    size_t count;
} sweep_axis;

/* A text that a caller gave, by its source, so that a session can be made again. */
enum text_kind { TEXT_PROGRAM, TEXT_AT, TEXT_WRT, TEXT_OF };
typedef struct given_text {
    enum text_kind kind;
    u32 source;
} given_text;

struct gtape {
    source_list sources;
    diagnostic_list diagnostics;
    graph graph;
    evaluator evaluator;
    build build;
    ARRAY(u32) programs; /* entries of the texts, in order */
    size_t program_end;  /* at a prompt: where the code of the lines begins */
    ARRAY(u32) bindings; /* entries of the texts of gtape_at */
    ARRAY(given_text) texts;
    ARRAY(data_input) data;
    groups groups;  /* of the rows of one of them, after gtape_by */
    size_t grouped; /* which */
    size_t group_column;
    size_t group; /* the one at work */
    ARRAY(sweep_axis) axes;
    ARRAY(bool) row_columns; /* by slot: the name is a column of the rows that are run */
    u32 row_target;          /* the target of every row, where none was asked for; else NAME_NONE */
    ARRAY(asked) wrt, of;
    ARRAY(asked) * collecting; /* where names that are parsed go */
    ARRAY(result) targets, variables;
    ARRAY(u8) listed;              /* by slot: which of them it is among already */
    ARRAY(derivative) derivatives; /* target after target */
    struct {                       /* one target's row, kept from run to run */
        ARRAY(value) variables, results;
        ARRAY(bool) connected;
    } row;
    double timeout;       /* seconds that a call may take; 0: any */
    double ends;          /* all calls together, by session_time; 0: each has its own time */
    bool timed;           /* a call at work has a deadline, this one or that which the session works for */
    bool begun;           /* evaluator_begin came to its end */
    bool constants_given; /* gtape_at replaces a constant that the program binds first */
    bool report;          /* wanted even from a program that prints for itself */
    double coverage;      /* below 1 a probability, else a factor */
    size_t samples;       /* of the Monte Carlo check; 0: none */
    solver_state solver;
    listing listing;       /* of gtape_show at work */
    text form;             /* what it gave last */
    bool budget_wanted;    /* gtape_set budget: columns of rows */
    bool hessians_wanted;  /* gtape_set hessian */
    bool has_given;        /* the last run came to where inputs are bound */
    bool records_wanted;   /* gtape_set record: every name has a record, for a drawing of them */
    ARRAY(value) hessians; /* target after target, by pairs of variables */
    text shown;            /* what gtape_diagnostic_text gave last */
    text names, hint;      /* of the error at work */
    gtape_stats stats;
    bool times_wanted;
    /* Sessions that work for this one, which stop when it does: one that runs again for a note (explain.c),
     * those of rows.  In a list, the last first. */
    gtape *_Atomic followers;
    gtape *_Atomic next_follower;
    _Atomic int stopping;      /* calls of session_stop that look at the list */
    int *rows_ended;           /* of the rows at work, or NULL */
    double parse_page_seconds; /* the part of stats.page_seconds that no run starts again */
};

/* Processor time, and the part of it since `before` that went into work and not into fresh pages; 0 where
 * nobody wants times, since each look at the clock is a system call. */
typedef struct stopwatch {
    double time, pages;
} stopwatch;
stopwatch session_start(const gtape *g);
double session_worked(gtape *g, stopwatch since);

/* session.c: runs `step` and turns what it raises into a status; errors are on the list of diagnostics. */
gtape_status session_guard(gtape *g, void (*step)(gtape *g, void *argument), void *argument);
double session_clock(const gtape *g);
/* stop.c: seconds by the clock, from some time on. */
double session_time(void);
/* The other session stops when g does, until it is let go; then nobody looks at it any more. */
void session_lead(gtape *g, gtape *follower);
void session_let_go(gtape *g, gtape *follower);
/* Sets the flag that whatever works for g looks at.  May be called from a signal handler or another thread.
 */
void session_stop(gtape *g, enum interrupt why);
/* check.c: everything that can only be said once all texts are there; adds errors. */
void session_check(gtape *g);
/* The same where inputs need no value. */
void session_check_names(gtape *g);
/* What a program over rows cannot have; raises FAULT_ERROR. */
void session_check_rows(gtape *g);
/* Whether gtape_at gives the name a value. */
bool session_is_set(const gtape *g, u32 slot);
/* Whether the name is an input that nothing gives a value. */
bool session_lacks_value(const gtape *g, u32 slot);
/* data.c: gives values to the inputs that have a column or a file. */
void session_take_data(gtape *g);
void session_free_data(gtape *g);
/* groups.c: the part of a column that belongs to the group at work, where there are groups; the caller drops
 * it. */
value session_group_part(const gtape *g, const data_input *d, const value *column);
/* Raises FAULT_ERROR where a column that the program takes has a cell without a number in that group. */
void session_check_group(gtape *g);
/* rows_sweep.c */
void session_free_sweep(gtape *g);
/* session.c: runs the bindings and texts from their start, without results. */
void session_rerun(gtape *g);
/* Whether the name takes its value from a column that is called by it: no if the program binds it first. */
bool session_takes_column(gtape *g, u32 slot);
/* session_copy.c: a session of its own with the texts, data and settings of g; NULL without memory. */
gtape *session_copy(const gtape *g);
/* session.c: everything before the first instruction of a run; raises FAULT_ERROR. */
void session_begin_run(gtape *g, bool afresh);
/* formulas.c: targets and derivatives as formulas, and as C, without a run. */
void session_formulas(gtape *g, text *out);
void session_latex(gtape *g, text *out);
void session_code(gtape *g, text *out);
/* explain.c: after a run of so many seconds that came to `status`, with a result that is not finite and whose
 * operation no record tells: runs a copy that keeps such records, and takes over what it says of them.
 * Returns the status, which is another one where that was interrupted. */
gtape_status session_explain(gtape *g, gtape_status status, double seconds);
/* show.c: second derivatives of every target, after the first ones. */
void session_hessians(gtape *g);
/* results.c */
void session_choose(gtape *g);
void session_results(gtape *g);
void session_drop_results(gtape *g);

#endif
