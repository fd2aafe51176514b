/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reshape.c - the same entries in another shape: reshape, transpose, shape, size, rank, tile. */
#include "core/functions.h"
#include "core/strided.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <string.h>

/* ---- reshape ---- */

value reshape_to(recorder *r, value x, u32 rank, const size_t *shape) {
    view v = view_of(&x);
    if (shape_equal(v.rank, v.shape, rank, shape)) return x;
    value y = fresh_value(r, rank, shape);
    memcpy(entries_of(&y), v.data, v.size * sizeof *v.data);
    return record_result(r, OP_RESHAPE, y, 1, &x, 0, NULL);
}

/* The length of the axis that was given as -1 (SIZE_MAX), from those of the others. */
static void close_shape(recorder *r, view x, u32 rank, size_t *shape) {
    size_t others = 1, open = rank;
    for (u32 i = 0; i < rank; i++) {
        if (shape[i] != SIZE_MAX) continue;
        if (open < rank) record_fail(r, DIAG_BAD_VALUE, "only one length of a shape may be -1");
        open = i;
    }
    if (open == rank) return;
    shape[open] = 1;
    check_shape(r, rank, shape);
    others = shape_size(rank, shape);
    shape[open] = others ? x.size / others : 0;
}

value fn_reshape(recorder *r, u32 count, value *arguments) {
    size_t shape[MAX_RANK];
    u32 rank = shape_argument(r, count - 1, arguments + 1, true, "reshape", shape);
    view v = view_of(&arguments[0]), wanted = {.rank = rank, .shape = shape};
    close_shape(r, v, rank, shape);
    check_shape(r, rank, shape);
    if (shape_size(rank, shape) != v.size)
        reject_shapes(r,
                      "a tensor of shape %s cannot be given the shape %s: it has another number of entries",
                      v, wanted);
    return reshape_to(r, arguments[0], rank, shape);
}

void adjoint_reshape(sweep *s, u32 n, value g) {
    value x = sweep_argument(s, n, 0);
    view v = view_of(&x);
    sweep_add(s, n, 0, reshape_to(sweep_recorder(s), g, v.rank, v.shape));
}

/* ---- transpose ---- */

value transpose_by(recorder *r, value x, const u32 *order) {
    view v = view_of(&x);
    if (v.rank < 2) return x;
    size_t shape[MAX_RANK];
    ptrdiff_t stride[MAX_RANK + 1], step = 1;
    for (u32 i = v.rank; i-- > 0;) {
        stride[i] = step;
        step *= (ptrdiff_t)v.shape[i];
    }
    strided s = {0};
    for (u32 i = 0; i < v.rank; i++) {
        shape[i] = v.shape[order[i]];
        strided_add(&s, shape[i], stride[order[i]], NULL);
    }
    value y = fresh_value(r, v.rank, shape);
    strided_get(&s, v.data, entries_of(&y));
    return record_result(r, OP_TRANSPOSE, y, 1, &x, v.rank, order);
}

/* The axes in the order that the arguments give, or all reversed. */
value fn_transpose(recorder *r, u32 count, value *arguments) {
    view v = view_of(&arguments[0]);
    u32 order[MAX_RANK];
    bool taken[MAX_RANK] = {false};
    value *axes = arguments + 1, list[MAX_RANK];
    count--;
    while (count > 0 && is_unbound(&axes[count - 1])) count--;
    if (count == 1 && is_tensor(&axes[0]) && v.rank > 0) {
        view given = view_of(&axes[0]);
        count = given.size <= MAX_RANK ? (u32)given.size : MAX_RANK + 1;
        for (u32 i = 0; i < count && i < MAX_RANK; i++) list[i] = SCALAR(given.data[i]);
        axes = list;
    }
    if (count > 0 && count != v.rank)
        record_fail(r, DIAG_BAD_ARGUMENTS, "'transpose' needs all %u axes or none, not %u", v.rank, count);
    for (u32 i = 0; i < v.rank; i++) {
        order[i] = count ? axis_argument(r, &axes[i], v.rank, "transpose") : v.rank - 1 - i;
        if (taken[order[i]]) record_fail(r, DIAG_BAD_VALUE, "'transpose' was given axis %u twice", order[i]);
        taken[order[i]] = true;
    }
    return transpose_by(r, arguments[0], order);
}

void adjoint_transpose(sweep *s, u32 n, value g) {
    u32 rank = sweep_attribute_count(s, n), back[MAX_RANK] = {0};
    for (u32 i = 0; i < rank; i++) back[sweep_attribute(s, n, i)] = i;
    sweep_add(s, n, 0, transpose_by(sweep_recorder(s), g, back));
}

/* ---- questions about the shape ---- */

value fn_shape(recorder *r, u32 count, value *arguments) {
    view v = view_of(&arguments[0]);
    (void)count;
    value y = fresh_vector(r, v.rank);
    for (u32 i = 0; i < v.rank; i++) y.t->data[i] = (double)v.shape[i];
    return y;
}

value fn_size(recorder *r, u32 count, value *arguments) {
    (void)r, (void)count;
    return SCALAR((double)view_of(&arguments[0]).size);
}

value fn_rank(recorder *r, u32 count, value *arguments) {
    (void)r, (void)count;
    return SCALAR(view_of(&arguments[0]).rank);
}

/* ---- tile ---- */

/* x repeated along one axis: as rows of [outer, 1, run], broadcast along the middle. */
static value tile_axis(recorder *r, value x, u32 axis, size_t times) {
    view v = view_of(&x);
    if (times == 1) return x;
    size_t outer = shape_size(axis, v.shape), run = shape_size(v.rank - axis, v.shape + axis),
           shape[MAX_RANK];
    size_t rows[3] = {outer, 1, run}, repeated[3] = {outer, times, run};
    for (u32 i = 0; i < v.rank; i++) shape[i] = v.shape[i] * (i == axis ? times : 1);
    value y = spread_to(r, reshape_to(r, x, 3, rows), 3, repeated);
    return reshape_to(r, y, v.rank, shape);
}

/* As NumPy's: fewer repetitions than axes belong to the last axes; with more, x gets new first axes. */
value fn_tile(recorder *r, u32 count, value *arguments) {
    value x = arguments[0];
    view v = view_of(&x);
    size_t times[MAX_RANK], shape[MAX_RANK], whole[MAX_RANK];
    u32 given = shape_argument(r, count - 1, arguments + 1, false, "tile", times);
    u32 rank = given > v.rank ? given : v.rank, missing = rank - v.rank;
    for (u32 i = 0; i < rank; i++) {
        whole[i] = shape[i] = i < missing ? 1 : v.shape[i - missing];
        bool repeated = i >= rank - given;
        if (repeated && __builtin_mul_overflow(shape[i], times[i - (rank - given)], &whole[i]))
            whole[i] = SIZE_MAX;
    }
    check_shape(r, rank, whole);
    x = reshape_to(r, x, rank, shape);
    for (u32 i = 0; i < given; i++) x = tile_axis(r, x, rank - given + i, times[i]);
    return x;
}
