/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reduce.c - sum, mean, prod, all, any: over all entries or along one axis. */
#include "core/deferred.h"
#include "core/functions.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <string.h>

along along_axis(view x, u32 axis) {
    along a = {1, x.size, 1};
    if (axis == ALL_AXES) return a;
    a.length = x.shape[axis];
    for (u32 i = 0; i < axis; i++) a.outer *= x.shape[i];
    for (u32 i = axis + 1; i < x.rank; i++) a.inner *= x.shape[i];
    return a;
}

u32 reduced_shape(view x, u32 axis, bool keep, size_t *shape) {
    u32 rank = 0;
    for (u32 i = 0; i < x.rank; i++) {
        bool reduced = axis == ALL_AXES || i == axis;
        if (!reduced || keep) shape[rank++] = reduced ? 1 : x.shape[i];
    }
    return rank;
}

value with_axis_kept(recorder *r, value g, value x, u32 axis) {
    size_t shape[MAX_RANK];
    u32 rank = reduced_shape(shape_of(&x), axis, true, shape);
    return reshape_to(r, g, rank, shape);
}

static value record_reduction(recorder *r, enum op op, value y, value x, u32 axis) {
    return record_result(r, op, y, 1, &x, 1, &axis);
}

/* ---- sums ---- */

enum { BLOCK = 128 };

static double sum_block(const double *x, size_t n) {
    double s[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++) s[k] += x[i + k];
    double rest = 0;
    for (; i < n; i++) rest += x[i];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7])) + rest;
}

/* Halves again and again: as deep as a size_t has bits. */
double sum_run(const double *x, size_t n) {
    if (n <= BLOCK) return sum_block(x, n);
    size_t half = n / 2 / 8 * 8;
    return sum_run(x, half) + sum_run(x + half, n - half);
}

static void add_row(double *out, const double *x, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] += x[i];
}

/* The sum of `length` rows: of blocks of rows, as the errors of one long sum would pile up. */
static void sum_rows(recorder *r, const double *x, size_t length, size_t n, double *out) {
    memset(out, 0, n * sizeof *out);
    size_t mark = pool_mark(r);
    value block = length > BLOCK ? fresh_vector(r, n) : SCALAR(0);
    for (size_t from = 0; from < length; from += BLOCK) {
        size_t to = length - from > BLOCK ? from + BLOCK : length;
        double *part = length > BLOCK ? block.t->data : out;
        if (length > BLOCK) memset(part, 0, n * sizeof *part);
        for (size_t i = from; i < to; i++) add_row(part, x + i * n, n);
        if (length > BLOCK) add_row(out, part, n);
    }
    pool_release(r, mark);
}

static void sum_along(recorder *r, const double *x, along a, double *out) {
    for (size_t o = 0; o < a.outer; o++, x += a.length * a.inner, out += a.inner) {
        if (a.inner == 1) *out = sum_run(x, a.length);
        else sum_rows(r, x, a.length, a.inner, out);
    }
}

/* Axes that follow one another are summed over at once; each step leaves length 1 there. */
void sum_repeated_axes(recorder *r, view x, u32 rank, const size_t *shape, double *out) {
    size_t lengths[MAX_RANK], mark = pool_mark(r);
    u32 missing = x.rank - rank;
    const double *data = x.data;
    memcpy(lengths, x.shape, x.rank * sizeof *lengths);
    for (u32 i = 0; i < x.rank; i++) {
        u32 next = i;
        along a = {shape_size(i, lengths), 1, 1};
        for (; next < x.rank && (next < missing || shape[next - missing] == 1); next++) {
            a.length *= lengths[next];
            lengths[next] = 1;
        }
        if (a.length == 1) continue;
        a.inner = shape_size(x.rank - next, lengths + next);
        double *sum = fresh_vector(r, a.outer * a.inner).t->data;
        sum_along(r, data, a, sum);
        data = sum;
    }
    memcpy(out, data, shape_size(rank, shape) * sizeof *out);
    pool_release(r, mark);
}

value sum_axis(recorder *r, value x, u32 axis, bool keep) {
    view v = shape_of(&x);
    if (v.rank == 0) return x;
    size_t shape[MAX_RANK];
    u32 rank = reduced_shape(v, axis, keep, shape);
    if (!v.data && axis == ALL_AXES && !keep)
        return record_reduction(r, OP_SUM, SCALAR(deferred_sum(x.t)), x, axis);
    v = view_of(&x);
    value y = fresh_value(r, rank, shape);
    sum_along(r, v.data, along_axis(v, axis), entries_of(&y));
    return record_reduction(r, OP_SUM, y, x, axis);
}

value fn_sum(recorder *r, u32 count, value *arguments) {
    (void)count;
    u32 axis = optional_axis(r, &arguments[1], shape_of(&arguments[0]).rank, "sum");
    return sum_axis(r, arguments[0], axis, flag_argument(r, &arguments[2], "keepdims"));
}

void adjoint_sum(sweep *s, u32 n, value g) {
    sweep_add(s, n, 0,
              with_axis_kept(sweep_recorder(s), g, sweep_argument(s, n, 0), sweep_attribute(s, n, 0)));
}

value fn_mean(recorder *r, u32 count, value *arguments) {
    view v = shape_of(&arguments[0]);
    (void)count;
    u32 axis = optional_axis(r, &arguments[1], v.rank, "mean");
    value y = sum_axis(r, arguments[0], axis, flag_argument(r, &arguments[2], "keepdims"));
    return apply2(r, OP_DIV, y, SCALAR((double)along_axis(v, axis).length));
}

/* ---- products ---- */

static void multiply_row(double *out, const double *x, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] *= x[i];
}

static void prod_along(const double *x, along a, double *out) {
    for (size_t o = 0; o < a.outer; o++, out += a.inner) {
        for (size_t k = 0; k < a.inner; k++) out[k] = 1;
        for (size_t i = 0; i < a.length; i++, x += a.inner) multiply_row(out, x, a.inner);
    }
}

value prod_axis(recorder *r, value x, u32 axis, bool keep) {
    view v = view_of(&x);
    if (v.rank == 0) return x;
    size_t shape[MAX_RANK];
    u32 rank = reduced_shape(v, axis, keep, shape);
    value y = fresh_value(r, rank, shape);
    prod_along(v.data, along_axis(v, axis), entries_of(&y));
    return record_reduction(r, OP_PROD, y, x, axis);
}

value fn_prod(recorder *r, u32 count, value *arguments) {
    (void)count;
    u32 axis = optional_axis(r, &arguments[1], view_of(&arguments[0]).rank, "prod");
    return prod_axis(r, arguments[0], axis, flag_argument(r, &arguments[2], "keepdims"));
}

/* The product of the others, as those before times those behind: right where entries are 0. */
void adjoint_prod(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value x = sweep_argument(s, n, 0);
    view v = view_of(&x);
    u32 axis = sweep_attribute(s, n, 0);
    g = with_axis_kept(r, g, x, axis);
    if (axis == ALL_AXES) x = reshape_to(r, x, 1, &v.size), axis = 0;
    value others = apply2(r, OP_MUL, products_before(r, x, axis, false), products_before(r, x, axis, true));
    sweep_add(s, n, 0, apply2(r, OP_CARRY, g, reshape_to(r, others, v.rank, v.shape)));
}

/* ---- all and any ---- */

static void all_along(const double *x, along a, double *out) {
    for (size_t o = 0; o < a.outer; o++, out += a.inner) {
        for (size_t k = 0; k < a.inner; k++) out[k] = 1;
        for (size_t i = 0; i < a.length; i++, x += a.inner)
            for (size_t k = 0; k < a.inner; k++) out[k] = out[k] != 0 && x[k] != 0;
    }
}

static void any_along(const double *x, along a, double *out) {
    memset(out, 0, a.outer * a.inner * sizeof *out);
    for (size_t o = 0; o < a.outer; o++, out += a.inner)
        for (size_t i = 0; i < a.length; i++, x += a.inner)
            for (size_t k = 0; k < a.inner; k++) out[k] = out[k] != 0 || x[k] != 0;
}

static value truth_along(recorder *r, value *arguments, const char *name,
                         void (*run)(const double *, along, double *)) {
    view v = view_of(&arguments[0]);
    u32 axis = optional_axis(r, &arguments[1], v.rank, name);
    size_t shape[MAX_RANK];
    u32 rank = reduced_shape(v, axis, flag_argument(r, &arguments[2], "keepdims"), shape);
    value y = fresh_value(r, rank, shape);
    run(v.data, along_axis(v, axis), entries_of(&y));
    return y;
}

value fn_all(recorder *r, u32 count, value *arguments) {
    (void)count;
    return truth_along(r, arguments, "all", all_along);
}

value fn_any(recorder *r, u32 count, value *arguments) {
    (void)count;
    return truth_along(r, arguments, "any", any_along);
}
