/* SPDX-License-Identifier: GPL-3.0-or-later */
/* join.c - tensors put side by side: concat, stack, [a, b, c]; and split. */
#include "core/functions.h"
#include "core/strided.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <string.h>

/* ---- one behind the other along an axis that they have ---- */

/* Copies parts so that for each step of the outer axes each part's run follows the last one's. */
static void interleave(u32 count, const value *parts, u32 axis, double *out) {
    view first = view_of(&parts[0]);
    size_t outer = 1;
    for (u32 i = 0; i < axis; i++) outer *= first.shape[i];
    for (size_t o = 0; o < outer; o++)
        for (u32 i = 0; i < count; i++) {
            view v = view_of(&parts[i]);
            size_t run = v.size / outer;
            memcpy(out, v.data + o * run, run * sizeof *out);
            out += run;
        }
}

static bool fit_beside(view a, view b, u32 axis) {
    if (a.rank != b.rank) return false;
    for (u32 i = 0; i < a.rank; i++)
        if (i != axis && a.shape[i] != b.shape[i]) return false;
    return true;
}

value concat_values(recorder *r, u32 count, value *parts, u32 axis) {
    view first = view_of(&parts[0]);
    size_t shape[MAX_RANK];
    memcpy(shape, first.shape, first.rank * sizeof *shape);
    for (u32 i = 1; i < count; i++) {
        view v = view_of(&parts[i]);
        if (!fit_beside(first, v, axis))
            reject_shapes(r, "'concat' joins tensors that differ in one axis only, not shapes %s and %s",
                          first, v);
        shape[axis] += v.shape[axis];
    }
    value y = fresh_value(r, first.rank, shape);
    if (view_of(&y).size > 0) interleave(count, parts, axis, entries_of(&y));
    return record_result(r, OP_CONCAT, y, count, parts, 1, &axis);
}

value fn_concat(recorder *r, u32 count, value *arguments) {
    u32 parts = count - 1, rank = view_of(&arguments[0]).rank;
    if (rank == 0)
        record_fail_hint(r, DIAG_SHAPE, "[a, b] makes a vector of scalars",
                         "'concat' joins tensors, not scalars");
    return concat_values(r, parts, arguments, axis_or(r, &arguments[parts], rank, 0, "concat"));
}

void adjoint_concat(sweep *s, u32 n, value g) {
    u32 axis = sweep_attribute(s, n, 0), count = sweep_argument_count(s, n);
    size_t from = 0;
    for (u32 i = 0; i < count; i++) {
        value part = sweep_argument(s, n, i);
        size_t length = view_of(&part).shape[axis];
        if (sweep_wants(s, n, i)) sweep_add(s, n, i, slice_axis(sweep_recorder(s), g, axis, from, 1, length));
        from += length;
    }
}

/* ---- side by side along a new axis ---- */

/* The first entry whose shape differs from that of entry 0, or `count`. */
static u32 first_misfit(u32 count, const value *entries) {
    view first = view_of(&entries[0]);
    for (u32 i = 1; i < count; i++) {
        view v = view_of(&entries[i]);
        if (!shape_equal(first.rank, first.shape, v.rank, v.shape)) return i;
    }
    return count;
}

value stack_values(recorder *r, u32 count, value *entries, u32 axis) {
    view first = view_of(&entries[0]);
    size_t shape[MAX_RANK];
    if (first.rank == MAX_RANK)
        record_fail(r, DIAG_SHAPE, "the joined tensor would have more than %d axes", MAX_RANK);
    for (u32 i = 0; i <= first.rank; i++)
        shape[i] = i < axis ? first.shape[i] : i == axis ? count : first.shape[i - 1];
    value y = fresh_value(r, first.rank + 1, shape);
    if (view_of(&y).size > 0) interleave(count, entries, axis, entries_of(&y));
    return record_result(r, OP_STACK, y, count, entries, 1, &axis);
}

value fn_stack(recorder *r, u32 count, value *arguments) {
    u32 entries = count - 1, rank = view_of(&arguments[0]).rank, misfit = first_misfit(entries, arguments);
    if (misfit < entries)
        reject_shapes(r, "'stack' joins tensors of one shape, not of shapes %s and %s",
                      view_of(&arguments[0]), view_of(&arguments[misfit]));
    return stack_values(r, entries, arguments, axis_or(r, &arguments[entries], rank + 1, 0, "stack"));
}

value list_of(recorder *r, u32 count, value *entries) {
    if (count == 0) return fresh_vector(r, 0);
    u32 misfit = first_misfit(count, entries);
    if (misfit < count)
        reject_shapes(r, "the entries of a list must have one shape, but there are %s and %s",
                      view_of(&entries[0]), view_of(&entries[misfit]));
    return stack_values(r, count, entries, 0);
}

void adjoint_stack(sweep *s, u32 n, value g) {
    u32 axis = sweep_attribute(s, n, 0), count = sweep_argument_count(s, n);
    for (u32 i = 0; i < count; i++)
        if (sweep_wants(s, n, i)) sweep_add(s, n, i, entry_of_axis(sweep_recorder(s), g, axis, i));
}

/* ---- split: equal parts, stacked along a new first axis ---- */

value fn_split(recorder *r, u32 count, value *arguments) {
    value x = arguments[0];
    view v = view_of(&x);
    (void)count;
    u32 axis = axis_or(r, &arguments[2], v.rank, 0, "split"), order[MAX_RANK];
    if (is_tensor(&arguments[1]))
        record_fail_hint(r, DIAG_BAD_VALUE, "take unequal parts as slices: x[:2], x[2:]",
                         "'split' makes equal parts, whose number it is given");
    size_t parts = count_argument(r, &arguments[1], "the number of parts of 'split'"), shape[MAX_RANK];
    if (parts == 0 || v.shape[axis] % parts != 0)
        record_fail_hint(r, DIAG_SHAPE, "take unequal parts as slices: x[:2], x[2:]",
                         "an axis of length %zu cannot be split into %zu equal parts", v.shape[axis], parts);
    if (v.rank == MAX_RANK)
        record_fail(r, DIAG_SHAPE, "the parts of 'split' would have more than %d axes", MAX_RANK);
    for (u32 i = 0; i <= v.rank; i++)
        shape[i] = i < axis ? v.shape[i] : i == axis ? parts : v.shape[i - 1] / (i == axis + 1 ? parts : 1);
    order[0] = axis;
    for (u32 i = 1; i <= v.rank; i++) order[i] = i <= axis ? i - 1 : i;
    return transpose_by(r, reshape_to(r, x, v.rank + 1, shape), order);
}
