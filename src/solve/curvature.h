/* SPDX-License-Identifier: GPL-3.0-or-later */
/* curvature.h - gradient and second derivatives of a number that a problem has just recorded.
 *
 * Layer: solve.
 *
 * The gradient is recorded too, so a product with the Hessian is a sweep of it.  What is computed belongs to
 * the evaluation: the next one begins anew. */
#ifndef GTAPE_SOLVE_CURVATURE_H
#define GTAPE_SOLVE_CURVATURE_H

#include "solve/problem.h"

typedef struct curvature {
    problem *p;
    value of; /* recorded, one entry */
    value *leaves, *slopes, *results;
    bool has_slopes;
} curvature;

/* Its arrays last as long as the problem. */
curvature curvature_make(problem *p);
/* After problem_evaluate with RECORD. */
void curvature_begin(curvature *c, value of);
void curvature_gradient(curvature *c, double *g);
/* H v */
void curvature_product(curvature *c, const double *v, double *result);
/* All of H, n x n, symmetric: a product for each variable. */
void curvature_hessian(curvature *c, double *h);

#endif
