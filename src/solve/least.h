/* SPDX-License-Identifier: GPL-3.0-or-later */
/* least.h - nonlinear least squares: the smallest sum of squares by a trust region.
 *
 * Layer: solve.
 *
 * Levenberg's and Marquardt's method in the form of Moré (1978): steps p that make |f + J p| smallest within
 * |D p| <= delta, where D holds the largest norms that the columns of J have had, so that the units of the
 * variables do not matter.  The tall Jacobian is never here: who calls gives its triangle (qr.h).  Bounds
 * keep variables at their limits while the gradient presses them there. */
#ifndef GTAPE_SOLVE_LEAST_H
#define GTAPE_SOLVE_LEAST_H

#include "solve/outcome.h"

typedef struct least {
    void *user;
    size_t n;
    /* The sum of squares at x; not finite where the function has no value there. */
    double (*sum)(void *user, const double *x);
    /* The same, and the (n + 1) x (n + 1) triangle of [J f] (column-major). */
    double (*triangle)(void *user, const double *x, double *r);
    /* J^T f_vv at x, where f_vv is the second derivative of f along v; false where there is none.  May be
     * NULL. */
    bool (*bend)(void *user, const double *x, const double *v, double *result);
    /* Half of the second derivatives of the sum at x, n x n; false where there are none.  May be NULL. */
    bool (*hessian)(void *user, const double *x, double *h);
    void (*progress)(void *user, size_t step, double sum, const double *x);
    const double *lower, *upper; /* or NULL */
    size_t most_steps;
    double tolerance; /* of the relative change of the variables, and of |J^T f| against |J| |f| */
    double floor;     /* a sum of squares that rounding alone could give */
    double factor;    /* the first trust region, as a multiple of |D x| */
    bool roots;       /* f = 0 is wanted */
    double *x;        /* the start; then the best point, kept up to date */
    double *r;        /* the triangle at the last point that it was computed for */
    double *work;     /* least_room(n) */
    /* results */
    double squares, offset, change;
    /* in `work`: the undamped step at the last point; the step before it; the largest norms of columns */
    const double *full, *step, *scale;
    size_t steps, rank;
    enum outcome outcome;
} least;

size_t least_room(size_t n);
/* Raises nothing itself; faults of the functions pass through. */
void least_solve(least *l);
/* The same from `start`, with other trust regions where the first leads nowhere (a parameter runs to
 * infinity, a valley is followed for ever), and from points beside it where there is no step at all, as at a
 * maximum.  The first solution counts; without one, the smallest sum. `best` holds n numbers. */
void least_search(least *l, const double *start, double *best);

#endif
