/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diagonal.c - diag, trace, triu, tril, outer, kron, dot. */
#include "core/functions.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <string.h>

/* ---- the diagonal: every (m + 1)-th of the entries of an n x m matrix ---- */

static size_t diagonal_length(view v) { return v.shape[0] < v.shape[1] ? v.shape[0] : v.shape[1]; }

static value diagonal_of(recorder *r, value x) {
    view v = view_of(&x);
    return slice_axis(r, reshape_to(r, x, 1, &v.size), 0, 0, (int32_t)length_attribute(r, v.shape[1] + 1),
                      diagonal_length(v));
}

static value diagonal_matrix_of(recorder *r, value x) {
    size_t n = view_of(&x).size, square[2] = {n, n};
    check_shape(r, 2, square);
    size_t entries = n * n;
    value y = unslice_axis(r, x, 1, &entries, 0, 0, (int32_t)length_attribute(r, n + 1), n);
    return reshape_to(r, y, 2, square);
}

value fn_diag(recorder *r, u32 count, value *arguments) {
    (void)count;
    view v = view_of(&arguments[0]);
    if (v.rank != 1 && v.rank != 2) reject_shape(r, "'diag' takes a vector or a matrix, not shape %s", v);
    return v.rank == 1 ? diagonal_matrix_of(r, arguments[0]) : diagonal_of(r, arguments[0]);
}

value fn_trace(recorder *r, u32 count, value *arguments) {
    (void)count;
    view v = view_of(&arguments[0]);
    if (v.rank != 2) reject_shape(r, "'trace' takes a matrix, not shape %s", v);
    return sum_axis(r, diagonal_of(r, arguments[0]), ALL_AXES, false);
}

/* ---- triangles of the last two axes ---- */

static value triangle(recorder *r, value *arguments, bool upper) {
    value x = arguments[0];
    view v = view_of(&x);
    if (v.rank < 2)
        reject_shape(r, upper ? "'triu' takes a matrix, not shape %s" : "'tril' takes a matrix, not shape %s",
                     v);
    int64_t k = is_unbound(&arguments[1]) ? 0 : whole_number(r, &arguments[1], "the diagonal");
    value kept = fresh_value(r, 2, v.shape + v.rank - 2);
    size_t columns = v.shape[v.rank - 1];
    for (size_t i = 0; i < kept.t->size; i++) {
        int64_t above = (int64_t)(i % columns) - (int64_t)(i / columns);
        kept.t->data[i] = upper ? above >= k : above <= k;
    }
    return apply2(r, OP_CARRY, kept, x);
}

value fn_triu(recorder *r, u32 count, value *arguments) {
    (void)count;
    return triangle(r, arguments, true);
}

value fn_tril(recorder *r, u32 count, value *arguments) {
    (void)count;
    return triangle(r, arguments, false);
}

/* ---- products of all entries with all ---- */

value fn_outer(recorder *r, u32 count, value *arguments) {
    (void)count;
    size_t n = view_of(&arguments[0]).size, m = view_of(&arguments[1]).size;
    check_shape(r, 2, (size_t[]){n, m});
    return apply2(r, OP_MUL, reshape_to(r, arguments[0], 2, (size_t[]){n, 1}),
                  reshape_to(r, arguments[1], 2, (size_t[]){1, m}));
}

/* The shape with an axis of length 1 behind (or before) each of its axes, after it got `missing` new ones. */
static value spaced(recorder *r, value x, u32 missing, bool behind) {
    view v = view_of(&x);
    size_t shape[MAX_RANK];
    for (u32 i = 0; i < v.rank + missing; i++) {
        shape[2 * i + !behind] = i < missing ? 1 : v.shape[i - missing];
        shape[2 * i + behind] = 1;
    }
    return reshape_to(r, x, 2 * (v.rank + missing), shape);
}

value fn_kron(recorder *r, u32 count, value *arguments) {
    (void)count;
    view a = view_of(&arguments[0]), b = view_of(&arguments[1]);
    u32 rank = a.rank > b.rank ? a.rank : b.rank;
    if (2 * rank > MAX_RANK)
        record_fail(r, DIAG_SHAPE, "'kron' takes tensors of at most %d axes", MAX_RANK / 2);
    value y = apply2(r, OP_MUL, spaced(r, arguments[0], rank - a.rank, true),
                     spaced(r, arguments[1], rank - b.rank, false));
    size_t shape[MAX_RANK];
    const size_t *pair = view_of(&y).shape;
    for (u32 i = 0; i < rank; i++, pair += 2) shape[i] = pair[0] * pair[1];
    return reshape_to(r, y, rank, shape);
}

/* ---- the product of two vectors ---- */

static double dot_run(const double *x, const double *y, size_t n) {
    if (n > 1024) return dot_run(x, y, n / 2) + dot_run(x + n / 2, y + n / 2, n - n / 2);
    double s[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++) s[k] += x[i + k] * y[i + k];
    for (; i < n; i++) s[0] += x[i] * y[i];
    return (s[0] + s[1]) + (s[2] + s[3]);
}

value fn_dot(recorder *r, u32 count, value *arguments) {
    view a = view_of(&arguments[0]), b = view_of(&arguments[1]);
    (void)count;
    if (a.rank == 2 || b.rank == 2)
        record_fail_hint(r, DIAG_SHAPE, "the product of matrices is a @ b", "'dot' takes two vectors");
    if (a.rank != 1 || b.rank != 1 || a.size != b.size)
        reject_shapes(r, "'dot' takes two vectors of one length, not shapes %s and %s", a, b);
    return record_result(r, OP_DOT, SCALAR(dot_run(a.data, b.data, a.size)), 2, arguments, 0, NULL);
}

void adjoint_dot(sweep *s, u32 n, value g) {
    for (u32 i = 0; i < 2; i++)
        if (sweep_wants(s, n, i))
            sweep_add(s, n, i, apply2(sweep_recorder(s), OP_CARRY, g, sweep_argument(s, n, 1 - i)));
}
