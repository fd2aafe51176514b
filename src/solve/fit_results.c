/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_results.c - what a fit found: standard errors, correlations, bands. */
#include "core/wide.h"
#include "solve/fit.h"
#include "solve/qr.h"
#include "solve/student.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* Of a residual of weight 1, times the fit's scale. */
static double scaled_sd(const fit *f) { return (f->out->known_sigma ? 1 : f->out->residual_sd) * f->scale; }

/* Standard errors and correlations from (R^T R)^-1; nan where parameters are not determined. */
static void take_errors(fit *f, const double *triangle) {
    solution *out = f->out;
    size_t n = f->n, m = n + 1;
    numbers_set(&out->errors, n, NAN);
    numbers_set(&out->correlation, n * n, NAN);
    if (out->rank < n || out->freedom < (out->known_sigma ? 0 : 1)) return;
    numbers inverse = {0};
    numbers_set(&inverse, n * n, 0);
    for (size_t j = 0; j < n; j++) { /* rows of R^-T are columns of R^-1 transposed */
        inverse.items[j * n + j] = 1;
        upper_solve(m, n, triangle, &inverse.items[j * n]);
    }
    double *row = f->work, sd = scaled_sd(f);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) row[j] = inverse.items[j * n + i];
        double norm = norm_of(n, row);
        out->errors.items[i] = sd * norm;
        for (size_t j = 0; j < n; j++) inverse.items[j * n + i] /= norm;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++) sum += inverse.items[j * n + i] * inverse.items[j * n + k];
            out->correlation.items[i * n + k] = i == k ? 1 : sum;
        }
    array_free(&inverse);
}

/* R^2 about the weighted mean of y. */
static double r_squared(const fit *f, const double *y, double squares) {
    double sum = 0, weights = 0, total = 0;
    for (size_t i = 0; i < f->m; i++) {
        double root = fit_weight(f, i) / f->scale, w = root * root;
        sum += w * y[i], weights += w;
    }
    double mean = sum / weights;
    for (size_t i = 0; i < f->m; i++) {
        double d = (y[i] - mean) * fit_weight(f, i);
        total += d * d;
    }
    return total > 0 ? 1 - squares / total : NAN; /* all y are equal: there is nothing to explain */
}

/* Half-widths of the confidence band of the fitted curve and of the prediction band of a new observation, at
 * the data: t sqrt(g C g^T) and t sqrt(s^2/w + g C g^T), with g the row of the Jacobian. */
static void take_bands(fit *f, const double *triangle) {
    solution *out = f->out;
    size_t n = f->n, m = n + 1;
    double *row = f->work, sd = scaled_sd(f);
    numbers_set(&out->confidence, f->m, NAN);
    numbers_set(&out->prediction, f->m, NAN);
    for (size_t i = 0; i < f->m; i++) {
        for (size_t j = 0; j < n; j++) row[j] = f->entries[j][i];
        upper_solve_transposed(m, n, triangle, row);
        double mean = sd * norm_of(n, row), w = fit_weight(f, i);
        out->confidence.items[i] = out->quantile * mean;
        out->prediction.items[i] = out->quantile * hypot(mean, sd / w);
    }
}

static void take_rows(fit *f, const double *x) {
    problem_evaluate(f->p, x, VALUES, NULL);
    f->p->values--;
    value y = problem_result(f->p, f->p->expressions[0]);
    const double *r = fit_residuals(f), *data = view_of(&y).data;
    size_t size = view_of(&y).size, step = size == 1 ? 0 : 1;
    if (step && size != f->m)
        record_fail(&f->p->e->rec, DIAG_SHAPE, "fit: the data change their shape with the parameters");
    solution *out = f->out;
    out->y.count = out->fitted.count = 0;
    for (size_t i = 0; i < f->m; i++) {
        array_push(&out->y, data[i * step]);
        array_push(&out->fitted, data[i * step] + r[i]);
    }
}

void fit_take_results(fit *f, least *l, bool bands) {
    solution *out = f->out;
    size_t n = f->n, active = 0;
    out->outcome = l->outcome;
    out->steps = l->steps;
    out->rank = l->rank;
    out->rows = f->m;
    out->value = l->squares / f->scale / f->scale;
    out->gradient = l->offset;
    out->is_refined = f->refined;
    out->rounding = 0.5 * (f->refined ? WIDE_EPSILON : DBL_EPSILON) * f->size / sqrt(l->squares);
    memcpy(out->x.items, l->x, n * sizeof *l->x);
    for (size_t i = 0; i < n; i++)
        active += (l->lower && l->x[i] == l->lower[i]) || (l->upper && l->x[i] == l->upper[i]);
    out->is_bounded = active > 0;
    out->freedom = f->m > n ? (double)(f->m - n) : 0;
    out->residual_sd = f->m > n ? sqrt(l->squares / out->freedom) / f->scale : NAN;
    double freedom = out->known_sigma ? INFINITY : out->freedom; /* of the standard errors */
    out->quantile = freedom > 0 ? student_two_sided(out->level, freedom) : NAN;
    take_errors(f, l->r);
    if (bands && out->rank == n) {
        fit_triangle(f, l->x, l->r);
        f->p->gradients--;
        take_bands(f, l->r);
    }
    take_rows(f, l->x);
    out->r_squared = r_squared(f, out->y.items, l->squares);
    if (!bands) array_free(&out->y), array_free(&out->fitted);
}
