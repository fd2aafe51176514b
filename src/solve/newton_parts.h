/* SPDX-License-Identifier: GPL-3.0-or-later */
/* newton_parts.h - the inside of newton.h, shared by the steps (newton_step.c), what decides on them
 * (newton.c), and the way on from stationary points that are no minima (newton_escape.c).
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

/* The part of a function's value that may be rounding: against the largest so far. */
static const double NEWTON_ROUNDING = 1e-15;

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
/* The variables that are not fixed, and the eigenvalues of their scaled Hessian; b is the scaled gradient
 * with the parts of variables that the step has fixed. */
void newton_reduce(state *t, const bool *is_fixed);
/* t->trial = x + step, within the bounds. */
void newton_make_trial(state *t);
/* Moves to the trial point, where the function is f, and makes the model there. */
void newton_move(state *t, double f);
/* The step's length in the region's units. */
double newton_step_norm(const state *t);
/* Near a solution the gradient falls fast; where it does not, or there was no step, curvatures are looked at.
 */
bool newton_is_slow(const state *t);
/* At a stationary point: moves to where the function is lower, if that is seen in directions whose first and
 * second derivatives do not tell. */
bool newton_escape(state *t);
/* The lowest and the highest curvature that Lanczos's method finds in the free variables from a fixed
 * direction; for many variables. */
void newton_curvatures(state *t, double *lowest, double *highest);
#endif
