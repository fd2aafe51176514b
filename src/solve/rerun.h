/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rerun.h - names in a solver's expressions that were computed from its variables before.
 *
 * Layer: solve.
 *
 *     a = 1; b = 2
 *     r = y - a*exp(-b*t)
 *     minimize sum(r^2) over a, b
 *
 * Here r has a history back to a and b, so its statement is part of the function that is minimised: it is
 * run again with each evaluation.  That is done for statements at top level outside of loops and
 * conditions; where the history goes through control flow an error asks for a function. */
#ifndef GTAPE_SOLVE_RERUN_H
#define GTAPE_SOLVE_RERUN_H

#include "lang/evaluate.h"

typedef struct statement_range {
    u32 begin, end; /* instructions; end is behind the last */
    u32 slot;       /* what it binds */
} statement_range;

typedef struct rerun {
    ARRAY(statement_range) statements; /* in the order of the text */
    ARRAY(value) kept;                 /* what the names held, by statement */
    bool takes_derivatives;            /* the expressions do, or statements or functions that they need */
} rerun;

/* Finds the statements that the expressions of a site need, for these variables (slots, which are bound).
 * Raises an error where they cannot be run again. */
void rerun_find(rerun *h, evaluator *e, u32 pc, u32 site, u32 count, const u32 *slots);
/* Runs them. */
void rerun_run(rerun *h, evaluator *e);
/* Binds the names to what they held before, and frees. */
void rerun_close(rerun *h, evaluator *e);

#endif
