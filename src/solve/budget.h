/* SPDX-License-Identifier: GPL-3.0-or-later */
/* budget.h - the uncertainty of one number, taken apart: what each input contributes, degrees of freedom, the
 * coverage interval, and what the second order adds.
 *
 * Layer: solve.
 *
 * After JCGM 100:2008: sensitivities and contributions 5.1.3, correlations 5.2, effective degrees of freedom
 * by Welch and Satterthwaite G.4.1, coverage factors G.3, second-order terms 5.1.2 (note), here for
 * correlated inputs of normal distribution too.  A budget belongs to its caller (budget_free). */
#ifndef GTAPE_SOLVE_BUDGET_H
#define GTAPE_SOLVE_BUDGET_H

#include "lang/uncertain.h"

/* One entry of one leaf. */
typedef struct budget_row {
    u32 leaf;
    size_t entry;
    double value, u, df;
    double sensitivity;  /* dy/dx */
    double contribution; /* |dy/dx| u */
    double share;        /* of the variance: the shares of all rows add up to 1; may be negative where
                            inputs are correlated; nan where u is not finite */
} budget_row;

typedef struct budget {
    double value, u;
    double df;       /* effective; INFINITY: none were given; nan: inputs of different ones are correlated, or
                        u is not finite */
    double k, level; /* coverage factor and probability; level 0 where k was given */
    double expanded; /* k u */
    bool has_second; /* whether the second order was computed: it takes a sweep for each input */
    double second_u, second_shift; /* nan where the series does not give a variance */
    ARRAY(budget_row) rows;        /* of the leaves that y is connected to */
} budget;

/* The budget of entry i of y, which must be connected to an uncertain leaf (uncertainty_of).  `coverage`
 * below 1 is a probability, else a factor.  Replaces what was in *b. */
void budget_make(evaluator *e, value y, size_t i, double coverage, budget *b);
/* Explains the numbers of it that are not finite (lang/evaluate.h).  Degrees of freedom may be infinite. */
void budget_explain(evaluator *e, value y, const budget *b);
void budget_free(budget *b);

/* The standard uncertainty of scalar y to second order, and by how much its expectation differs from its
 * value. False where there are too many inputs for it. */
bool second_order(evaluator *e, value y, double *u, double *shift);

#endif
