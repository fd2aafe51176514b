/* SPDX-License-Identifier: GPL-3.0-or-later */
/* newton_parts.h - the inside of newton.h, shared by the steps (newton_step.c) and what decides on them
 * (newton.c).
 *
 * Layer: solve. */
#ifndef GTAPE_SOLVE_NEWTON_PARTS_H
#define GTAPE_SOLVE_NEWTON_PARTS_H

#include "solve/newton.h"

typedef struct state {
    newton *s;
    double *g, *h, *scale, *step, *trial, *fixed;
    double *size, *curvature;            /* by variable: the largest |x| and |second derivative| so far */
    double *a, *q, *values, *b, *z, *hd; /* of the free variables, scaled */
    size_t *free;
    size_t free_count;
    double first_slope, delta, f, f_first, f_most;
    double lowest; /* the smallest scaled eigenvalue of the free variables */
    bool dense, curved_down;
    double milestone, milestone_slope; /* of the function and its gradient, a few steps ago */
    double pace;                       /* the gradient after the last step, relative to that before */
    unsigned escapes;
} state;

/* What a bound is where there may be none. */
double newton_lower(const newton *s, size_t j);
double newton_upper(const newton *s, size_t j);
/* Whether the gradient presses variable j against its bound. */
bool newton_rests(const state *t, size_t j);
/* Gradient, Hessian and scales at s->x, which was evaluated last. */
void newton_linearise(state *t);
/* The step of the model within the region, and what the model says that the function falls by it. */
void newton_step(state *t);
double newton_predicted(state *t);
/* The lowest and the highest curvature that Lanczos's method finds in the free variables from a fixed
 * direction; for many variables. */
void newton_curvatures(state *t, double *lowest, double *highest);
#endif
