/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit.h - what the parts of fit share: the statement (fit.c), its residuals and their derivatives
 * (fit_model.c), their last digits (fit_refine.c), and what is said of the parameters at the end
 * (fit_results.c).
 *
 * Layer: solve. */
#ifndef GTAPE_SOLVE_FIT_H
#define GTAPE_SOLVE_FIT_H

#include "solve/curvature.h"
#include "solve/least.h"
#include "solve/statement.h"

typedef struct fit {
    problem *p;
    solver_state *s;
    solution *out;
    size_t m, n;
    value like;           /* y, for its shape */
    value residual;       /* of the last evaluation */
    const double *weight; /* square roots, times scale; NULL: 1; or one number for all */
    size_t weight_count;
    bool has_weights, is_local, is_checked;
    double size;  /* the norm of the weighted y */
    double scale; /* of the residuals in here: a power of 2, 1 unless their squares would not fit a number */
    bool refined; /* residuals are those of fit_refine */
    value *leaves, *columns;
    const double **entries;
    double *work; /* of qr_add_rows */
    curvature curvature;
} fit;

/* The square root of the weight of row i. */
double fit_weight(const fit *f, size_t i);
/* The value of the model minus the data, from the last evaluation: m numbers. */
const double *fit_residuals(fit *f);
u32 fit_residual_operand(const fit *f);
/* Whether one sweep may give the whole Jacobian; the first evaluation decides. */
bool fit_looks_local(const fit *f);

/* The triangle of [J r] at x and the sum of squares, where r are these residuals; NULL: those of x. */
double fit_triangle_of(fit *f, const double *x, const double *residual, double *triangle);

/* The functions of least.h. */
double fit_sum(void *user, const double *x);
double fit_triangle(void *user, const double *x, double *triangle);
bool fit_bend(void *user, const double *x, const double *v, double *result);
bool fit_hessian(void *user, const double *x, double *h);

/* Where the residuals are near the rounding of the data: corrects l->x, and gives l->r, l->squares and
 * l->offset the digits that more precision has.  False, and nothing changed, where that is not needed or not
 * possible. */
bool fit_refine(fit *f, least *l);
/* Fills f->out from where the search ended. */
void fit_take_results(fit *f, least *l, bool bands);

#endif
