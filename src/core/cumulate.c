/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cumulate.c - cumsum, cumprod, and the recurrence that the derivative of cumprod is.
 *
 *     cumsum       y_i = y_(i-1) + x_i
 *     cumprod      y_i = y_(i-1) * x_i
 *     recurrence   y_i = b_i + a_i y_(i-1)     (a_0 is not looked at)
 *
 * cumsum and the recurrence also run backwards, each the adjoint of its forward form. */
#include "core/functions.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <string.h>

/* The place of row i of `length`, from either end. */
static size_t row(size_t i, size_t length, bool backwards) { return backwards ? length - 1 - i : i; }

static void cumsum_along(const double *x, along a, bool backwards, double *y) {
    size_t n = a.inner;
    for (size_t o = 0; o < a.outer; o++, x += a.length * n, y += a.length * n)
        for (size_t i = 0; i < a.length; i++) {
            const double *from = x + row(i, a.length, backwards) * n;
            double *to = y + row(i, a.length, backwards) * n;
            const double *last = i ? y + row(i - 1, a.length, backwards) * n : NULL;
            for (size_t k = 0; k < n; k++) to[k] = last ? last[k] + from[k] : from[k];
        }
}

static void cumprod_along(const double *x, along a, double *y) {
    size_t n = a.inner;
    for (size_t o = 0; o < a.outer; o++)
        for (size_t i = 0; i < a.length; i++, x += n, y += n)
            for (size_t k = 0; k < n; k++) y[k] = i ? y[(ptrdiff_t)k - (ptrdiff_t)n] * x[k] : x[k];
}

static void recurrence_along(const double *c, const double *b, along a, bool backwards, double *y) {
    size_t n = a.inner;
    for (size_t o = 0; o < a.outer; o++, c += a.length * n, b += a.length * n, y += a.length * n)
        for (size_t i = 0; i < a.length; i++) {
            size_t at = row(i, a.length, backwards) * n;
            const double *last = i ? y + row(i - 1, a.length, backwards) * n : NULL;
            /* An entry that is exactly 0 carries nothing further, whatever the factor is. */
            for (size_t k = 0; k < n; k++)
                y[at + k] = b[at + k] + (last && last[k] != 0 ? c[at + k] * last[k] : 0);
        }
}

/* ---- cumsum ---- */

value cumsum_axis(recorder *r, value x, u32 axis, bool backwards) {
    view v = view_of(&x);
    value y = fresh_value(r, v.rank, v.shape);
    cumsum_along(v.data, along_axis(v, axis), backwards, entries_of(&y));
    return record_result(r, OP_CUMSUM, y, 1, &x, 2, (u32[]){axis, backwards});
}

/* Without an axis: of all entries in order, as a vector. */
static u32 cumulated_axis(recorder *r, value *arguments, const char *name) {
    view v = view_of(&arguments[0]);
    u32 axis = optional_axis(r, &arguments[1], v.rank, name);
    if (axis != ALL_AXES) return axis;
    arguments[0] = reshape_to(r, arguments[0], 1, &v.size);
    return 0;
}

value fn_cumsum(recorder *r, u32 count, value *arguments) {
    (void)count;
    u32 axis = cumulated_axis(r, arguments, "cumsum");
    return cumsum_axis(r, arguments[0], axis, false);
}

void adjoint_cumsum(sweep *s, u32 n, value g) {
    sweep_add(s, n, 0,
              cumsum_axis(sweep_recorder(s), g, sweep_attribute(s, n, 0), !sweep_attribute(s, n, 1)));
}

/* ---- the recurrence ---- */

/* Moves the entries one place on along the axis (backwards: one place back); what comes in is `fill`. */
static value shift(recorder *r, value x, u32 axis, double fill, bool backwards) {
    view v = view_of(&x);
    size_t length = v.shape[axis], shape[MAX_RANK];
    if (length == 0) return x;
    memcpy(shape, v.shape, v.rank * sizeof *shape);
    shape[axis] = 1;
    value new_one = filled_value(r, v.rank, shape, fill);
    value others = slice_axis(r, x, axis, backwards ? 1 : 0, 1, length - 1);
    value forward[2] = {new_one, others}, back[2] = {others, new_one};
    return concat_values(r, 2, backwards ? back : forward, axis);
}

static value recurrence(recorder *r, value a, value b, u32 axis, bool backwards) {
    view v = view_of(&b);
    value y = fresh_value(r, v.rank, v.shape);
    recurrence_along(view_of(&a).data, v.data, along_axis(v, axis), backwards, entries_of(&y));
    return record_result(r, OP_RECURRENCE, y, 2, (value[]){a, b}, 2, (u32[]){axis, backwards});
}

/* The adjoint of b runs the other way: h_i = g_i + a_(i+1) h_(i+1); that of a_i is h_i y_(i-1). */
void adjoint_recurrence(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    u32 axis = sweep_attribute(s, n, 0);
    bool backwards = sweep_attribute(s, n, 1);
    value next = shift(r, sweep_argument(s, n, 0), axis, 0, !backwards);
    value h = recurrence(r, next, g, axis, !backwards);
    sweep_add(s, n, 1, h);
    if (sweep_wants(s, n, 0))
        sweep_add(s, n, 0, apply2(r, OP_CARRY, h, shift(r, sweep_result(s, n), axis, 0, backwards)));
}

/* ---- cumprod ---- */

value cumprod_axis(recorder *r, value x, u32 axis) {
    view v = view_of(&x);
    value y = fresh_value(r, v.rank, v.shape);
    cumprod_along(v.data, along_axis(v, axis), entries_of(&y));
    return record_result(r, OP_CUMPROD, y, 1, &x, 1, &axis);
}

value products_before(recorder *r, value x, u32 axis, bool backwards) {
    if (backwards) x = reverse_axis(r, x, axis);
    value y = shift(r, cumprod_axis(r, x, axis), axis, 1, false);
    return backwards ? reverse_axis(r, y, axis) : y;
}

value fn_cumprod(recorder *r, u32 count, value *arguments) {
    (void)count;
    u32 axis = cumulated_axis(r, arguments, "cumprod");
    return cumprod_axis(r, arguments[0], axis);
}

/* dy_k/dx_i is the product of the x_j to k but for x_i: those before i, times what the recurrence
 * h_i = g_i + x_(i+1) h_(i+1) gathers of those behind it.  Nothing is divided, so zeros are no matter. */
void adjoint_cumprod(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    u32 axis = sweep_attribute(s, n, 0);
    value x = sweep_argument(s, n, 0);
    value h = recurrence(r, shift(r, x, axis, 0, true), g, axis, true);
    sweep_add(s, n, 0, apply2(r, OP_CARRY, h, products_before(r, x, axis, false)));
}
