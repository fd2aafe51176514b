/* SPDX-License-Identifier: GPL-3.0-or-later */
/* statistics.c - var, std, norm, and the deviations from the mean that they rest on. */
#include "core/functions.h"
#include "core/special.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <string.h>

/* ---- deviations from the mean ---- */

/* x minus its mean along the axis: a projection, so it is its own adjoint.  Twice, as the first mean of n
 * equal entries may be off by a rounding; the mean of what is left is exact. */
static value center(recorder *r, value x, u32 axis) {
    size_t mark = pool_mark(r);
    value y = passive(x), n = SCALAR((double)along_axis(view_of(&x), axis).length);
    for (int pass = 0; pass < 2; pass++) {
        value mean = apply2(r, OP_DIV, sum_axis(r, y, axis, true), n);
        y = apply2(r, OP_SUB, y, mean);
        pool_release_but(r, mark, &y);
    }
    return record_result(r, OP_CENTER, passive(y), 1, &x, 1, &axis);
}

void adjoint_center(sweep *s, u32 n, value g) {
    sweep_add(s, n, 0, center(sweep_recorder(s), g, sweep_attribute(s, n, 0)));
}

/* ---- the Euclidean norm ---- */

static value norm_axis(recorder *r, value x, u32 axis, bool keep) {
    view v = view_of(&x);
    along a = along_axis(v, axis);
    size_t shape[MAX_RANK];
    u32 rank = reduced_shape(v, axis, keep, shape);
    value y = fresh_value(r, rank, shape);
    double *out = entries_of(&y);
    for (size_t o = 0; o < a.outer; o++)
        for (size_t k = 0; k < a.inner; k++)
            *out++ = special_norm(v.data + o * a.length * a.inner + k, a.length, a.inner);
    return record_result(r, OP_NORM, y, 1, &x, 1, &axis);
}

value fn_norm(recorder *r, u32 count, value *arguments) {
    (void)count;
    u32 axis = optional_axis(r, &arguments[1], view_of(&arguments[0]).rank, "norm");
    return norm_axis(r, arguments[0], axis, flag_argument(r, &arguments[2], "keepdims"));
}

/* x/y, 0 where y is 0. */
void adjoint_norm(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    u32 axis = sweep_attribute(s, n, 0);
    value x = sweep_argument(s, n, 0), y = with_axis_kept(r, sweep_result(s, n), x, axis);
    value direction[3] = {apply2(r, OP_NE, passive(y), SCALAR(0)), apply2(r, OP_DIV, x, y), SCALAR(0)};
    sweep_add(s, n, 0, apply2(r, OP_CARRY, with_axis_kept(r, g, x, axis), fn_where(r, 3, direction)));
}

/* ---- variance ---- */

/* n - ddof, or 0 where that is negative. */
static value degrees_of_freedom(recorder *r, size_t n, const value *ddof) {
    int64_t less = is_unbound(ddof) ? 0 : whole_number(r, ddof, "ddof");
    int64_t left = (int64_t)n - less;
    return SCALAR(left > 0 ? (double)left : 0);
}

value fn_var(recorder *r, u32 count, value *arguments) {
    (void)count;
    value x = arguments[0];
    view v = view_of(&x);
    u32 axis = optional_axis(r, &arguments[1], v.rank, "var");
    value square = apply1(r, OP_SQUARE, center(r, x, axis));
    value sum = sum_axis(r, square, axis, flag_argument(r, &arguments[2], "keepdims"));
    return apply2(r, OP_DIV, sum, degrees_of_freedom(r, along_axis(v, axis).length, &arguments[3]));
}

/* By the norm, whose derivative at 0 is 0. */
value fn_std(recorder *r, u32 count, value *arguments) {
    (void)count;
    value x = arguments[0];
    view v = view_of(&x);
    u32 axis = optional_axis(r, &arguments[1], v.rank, "std");
    value n = degrees_of_freedom(r, along_axis(v, axis).length, &arguments[3]);
    value norm = norm_axis(r, center(r, x, axis), axis, flag_argument(r, &arguments[2], "keepdims"));
    return apply2(r, OP_DIV, norm, apply1(r, OP_SQRT, n));
}
