/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outcome.h - why a solver stopped.
 *
 * Layer: solve. */
#ifndef GTAPE_SOLVE_OUTCOME_H
#define GTAPE_SOLVE_OUTCOME_H

#include "base/base.h"

enum outcome {
    CONVERGED,
    CONVERGED_ROUNDING, /* as far as rounding allows */
    STEPS_EXHAUSTED,
    NO_PROGRESS, /* no step makes it better, and it is no solution */
    SINGULAR,    /* the variables are not determined */
    NOT_FINITE_START,
    UNBOUNDED,
    FLAT,    /* levels off towards infinity */
    SADDLE,  /* stationary, Hessian indefinite */
    MAXIMUM, /* stationary, Hessian negative: for minimize */
    NO_ROOT, /* the smallest distance from 0 is none */
    POLE,    /* the sign changes at a pole or a jump */
    NO_SIGN_CHANGE,
    INFEASIBLE,
    STOPPED, /* by Ctrl-C */
};

static inline bool is_solution(enum outcome o) { return o == CONVERGED || o == CONVERGED_ROUNDING; }

#endif
