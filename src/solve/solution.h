/* SPDX-License-Identifier: GPL-3.0-or-later */
/* solution.h - what solver statements came to, for reports.
 *
 * Layer: solve.  A solution owns its arrays; a solver owns its solutions. */
#ifndef GTAPE_SOLVE_SOLUTION_H
#define GTAPE_SOLVE_SOLUTION_H

#include "base/text.h"
#include "lang/build.h"
#include "solve/outcome.h"

typedef ARRAY(double) numbers;

typedef struct solution {
    enum solver kind;
    enum outcome outcome;
    size_t n;
    text names; /* of the entries of x, each with its NUL */
    numbers x;  /* where it ended */
    size_t steps, values, gradients, products;
    double value;    /* minimum; sum of squares; the largest |e| of a root */
    double gradient; /* its largest entry at the end, relative to its scale; for fit: the offset */
    bool is_bounded; /* some variables ended at their bounds */
    bool is_local;   /* the function is known not to be convex, and nobody has looked elsewhere */
    size_t starts;
    /* fit */
    size_t rows, rank;
    double freedom, residual_sd, r_squared, level, quantile;
    double rounding; /* what rounding of y may have changed in the residuals, relative to them */
    bool is_refined; /* residuals were computed in more than double precision */
    bool known_sigma;
    numbers errors, correlation;               /* n; n x n */
    numbers y, fitted, confidence, prediction; /* by row: the two are half-widths; with bands=1 */
    /* root */
    numbers residuals;
    /* constraints */
    numbers multipliers;
    double miss;  /* by how much they are violated, where that is more than rounding */
    numbers path; /* n numbers a step of minimize and maximize, where the solver keeps what a plot shows */
} solution;

typedef struct solver_state {
    ARRAY(solution) solutions;
    bool for_plot;   /* steps are kept, and bands made */
    bool is_one_run; /* of many: what stops it stops them all, and has no report */
    void (*progress)(void *user, const char *line);
    void *progress_user;
    text line;
} solver_state;

void solution_free(solution *s);
void solver_clear(solver_state *s);
void solver_free(solver_state *s);
const char *solution_name(const solution *s, size_t entry);
/* n numbers, all `fill`. */
void numbers_set(numbers *v, size_t n, double fill);

/* "converged", and so on; what is said where it is no solution. */
const char *outcome_text(const solution *s);

#endif
