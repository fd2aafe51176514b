/* SPDX-License-Identifier: GPL-3.0-or-later */
/* newton.h - the minimum of a function with exact derivatives, within bounds.
 *
 * Layer: solve.
 *
 * Newton's method in a trust region.  Up to NEWTON_DENSE variables the Hessian is made whole and the
 * quadratic model is solved exactly by its eigenvalues (Moré & Sorensen 1983); beyond, conjugate gradients
 * (Steihaug 1983) use Hessian products only.  Variables at a bound that the gradient presses against rest.
 * The region is measured in units of the square roots of second derivatives. */
#ifndef GTAPE_SOLVE_NEWTON_H
#define GTAPE_SOLVE_NEWTON_H

#include "solve/outcome.h"

enum { NEWTON_DENSE = 60 };

typedef struct newton {
    void *user;
    size_t n;
    /* The function at x, not finite where it has no value.  The calls below are about the last x. */
    double (*evaluate)(void *user, const double *x);
    void (*gradient)(void *user, double *g);
    void (*hessian)(void *user, double *h);                       /* n x n */
    void (*product)(void *user, const double *v, double *result); /* Hessian times v */
    void (*progress)(void *user, size_t step, double f, const double *x);
    const double *lower, *upper; /* n entries, infinite where there is none */
    size_t most_steps;
    double tolerance; /* of the relative change of the variables */
    bool impatient;   /* ends with STEPS_EXHAUSTED where it only crawls */
    bool has_kinks;   /* second derivatives jump at the start: they do not tell that it is a minimum */
    double factor;    /* the first trust region, as a multiple of |D x| */
    double *x;        /* the start; then the best point */
    double *work;     /* newton_room(n) */
    /* results */
    double f, slope; /* the largest entry of the projected gradient */
    size_t steps, active;
    bool is_not_convex; /* some Hessian on the way had a negative eigenvalue */
    enum outcome outcome;
} newton;

size_t newton_room(size_t n);
void newton_solve(newton *s);
/* The next number from 0 to 1 after a seed (SplitMix64), for starts and directions. */
double newton_random(u64 *seed);

#endif
