/* SPDX-License-Identifier: GPL-3.0-or-later */
/* softmax.c - logsumexp, softmax, log_softmax.
 *
 * With m the greatest entry and s the sum of e^(x - m) over the others:
 *
 *     logsumexp    m + log1p(s)
 *     softmax      e^(x - m) / (1 + s)
 *     log_softmax  (x - m) - log1p(s)
 *
 * so that nothing overflows, and log_softmax near 0 is exact. */
#include "core/functions.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <math.h>

enum form { LOGSUMEXP, SOFTMAX, LOG_SOFTMAX };

/* The greatest of n entries `step` apart, its place, and s; nan where an entry is. */
typedef struct peak {
    double most, others;
    size_t at;
} peak;

static peak find_peak(const double *x, size_t n, size_t step) {
    peak p = {-INFINITY, 0, 0};
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i * step])) return (peak){NAN, NAN, i};
        if (x[i * step] > p.most) p.most = x[i * step], p.at = i;
    }
    if (isinf(p.most)) return p;
    for (size_t i = 0; i < n; i++)
        if (i != p.at) p.others += exp(x[i * step] - p.most);
    return p;
}

static void logsumexp_column(const double *x, size_t n, size_t step, double *y) {
    peak p = find_peak(x, n, step);
    *y = isinf(p.most) ? p.most : p.most + log1p(p.others);
}

static void softmax_column(const double *x, size_t n, size_t step, double *y) {
    peak p = find_peak(x, n, step);
    for (size_t i = 0; i < n; i++) y[i * step] = exp(x[i * step] - p.most) / (1 + p.others);
}

static void log_softmax_column(const double *x, size_t n, size_t step, double *y) {
    peak p = find_peak(x, n, step);
    double rest = log1p(p.others);
    for (size_t i = 0; i < n; i++) y[i * step] = (x[i * step] - p.most) - rest;
}

static void each_column(enum form form, const double *x, along a, double *y) {
    for (size_t o = 0; o < a.outer; o++, x += a.length * a.inner)
        for (size_t k = 0; k < a.inner; k++) {
            double *at = y + o * a.length * a.inner + k;
            if (form == LOGSUMEXP) logsumexp_column(x + k, a.length, a.inner, y + o * a.inner + k);
            else if (form == SOFTMAX) softmax_column(x + k, a.length, a.inner, at);
            else log_softmax_column(x + k, a.length, a.inner, at);
        }
}

static value logsumexp_axis(recorder *r, value x, u32 axis, bool keep) {
    view v = view_of(&x);
    size_t shape[MAX_RANK];
    u32 rank = reduced_shape(v, axis, keep, shape);
    value y = fresh_value(r, rank, shape);
    each_column(LOGSUMEXP, v.data, along_axis(v, axis), entries_of(&y));
    return record_result(r, OP_LOGSUMEXP, y, 1, &x, 1, &axis);
}

/* The axis may be ALL_AXES. */
static value softmax_axis(recorder *r, enum form form, value x, u32 axis) {
    view v = view_of(&x);
    value y = fresh_value(r, v.rank, v.shape);
    each_column(form, v.data, along_axis(v, axis), entries_of(&y));
    return record_result(r, form == SOFTMAX ? OP_SOFTMAX : OP_LOG_SOFTMAX, y, 1, &x, 1, &axis);
}

value fn_logsumexp(recorder *r, u32 count, value *arguments) {
    (void)count;
    u32 axis = optional_axis(r, &arguments[1], view_of(&arguments[0]).rank, "logsumexp");
    return logsumexp_axis(r, arguments[0], axis, flag_argument(r, &arguments[2], "keepdims"));
}

value fn_softmax(recorder *r, u32 count, value *arguments) {
    (void)count;
    u32 axis = axis_or(r, &arguments[1], view_of(&arguments[0]).rank, -1, "softmax");
    return softmax_axis(r, SOFTMAX, arguments[0], axis);
}

value fn_log_softmax(recorder *r, u32 count, value *arguments) {
    (void)count;
    u32 axis = axis_or(r, &arguments[1], view_of(&arguments[0]).rank, -1, "log_softmax");
    return softmax_axis(r, LOG_SOFTMAX, arguments[0], axis);
}

void adjoint_logsumexp(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    u32 axis = sweep_attribute(s, n, 0);
    value x = sweep_argument(s, n, 0);
    sweep_add(s, n, 0, apply2(r, OP_CARRY, with_axis_kept(r, g, x, axis), softmax_axis(r, SOFTMAX, x, axis)));
}

/* (g - sum(g y)) y */
void adjoint_softmax(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value y = sweep_result(s, n);
    value mean = sum_axis(r, apply2(r, OP_CARRY, g, y), sweep_attribute(s, n, 0), true);
    sweep_add(s, n, 0, apply2(r, OP_CARRY, apply2(r, OP_SUB, g, mean), y));
}

/* g - sum(g) softmax(x) */
void adjoint_log_softmax(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    u32 axis = sweep_attribute(s, n, 0);
    value share = softmax_axis(r, SOFTMAX, sweep_argument(s, n, 0), axis), sum = sum_axis(r, g, axis, true);
    sweep_add(s, n, 0, apply2(r, OP_SUB, g, apply2(r, OP_CARRY, sum, share)));
}
