/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tensor_ops.h - the tensor operations that other ones are built from.
 *
 * Layer: core.  Owns nothing; results belong to the recorder's pool.
 *
 * All of these record what they do where an argument has a record, so that adjoints written with them can be
 * differentiated again.  Axes are checked before: 0 to rank - 1, or ALL_AXES where a function says so. */
#ifndef GTAPE_TENSOR_OPS_H
#define GTAPE_TENSOR_OPS_H

#include "core/arguments.h"

/* ---- reduce.c: `axis` may be ALL_AXES ---- */

/* How the entries of a shape lie around one axis: entry (o, i, k) is at (o * length + i) * inner + k. */
typedef struct along {
    size_t outer, length, inner;
} along;
along along_axis(view x, u32 axis);
/* The shape without the axis, or with length 1 there; returns the rank. */
u32 reduced_shape(view x, u32 axis, bool keep, size_t *shape);

value sum_axis(recorder *r, value x, u32 axis, bool keep);
value prod_axis(recorder *r, value x, u32 axis, bool keep);
/* A reduction's adjoint or result (recorded as `op` with its axis) with the reduced axes back, of length 1.
 */
value with_axis_kept(recorder *r, value g, value x, u32 axis);
/* Numbers only: sums over the axes that broadcasting from this shape repeated. */
void sum_repeated_axes(recorder *r, view x, u32 rank, const size_t *shape, double *out);
/* The sum of n entries that lie one after the other, in pairs of blocks. */
double sum_run(const double *x, size_t n);

/* ---- reshape.c ---- */
value reshape_to(recorder *r, value x, u32 rank, const size_t *shape);
/* Axis i of the result is axis order[i] of x. */
value transpose_by(recorder *r, value x, const u32 *order);

/* ---- index.c ---- */
/* `count` entries of the axis from `from` on, every step-th one. */
value slice_axis(recorder *r, value x, u32 axis, size_t from, int32_t step, size_t count);
/* Entry i of the axis, which goes. */
value entry_of_axis(recorder *r, value x, u32 axis, size_t i);
/* Zeros of this shape with x in such a slice: the adjoint of slice_axis. */
value unslice_axis(recorder *r, value x, u32 rank, const size_t *shape, u32 axis, size_t from, int32_t step,
                   size_t count);
value reverse_axis(recorder *r, value x, u32 axis);

/* ---- join.c ---- */
value concat_values(recorder *r, u32 count, value *parts, u32 axis);
value stack_values(recorder *r, u32 count, value *entries, u32 axis);

/* ---- cumulate.c ---- */
value cumsum_axis(recorder *r, value x, u32 axis, bool backwards);
value cumprod_axis(recorder *r, value x, u32 axis);
/* For each entry the product of those before it along the axis (backwards: behind it). */
value products_before(recorder *r, value x, u32 axis, bool backwards);

/* For operations without a derivative. */
struct sweep;
void adjoint_none(struct sweep *s, u32 n, value g);

#endif
