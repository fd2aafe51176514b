/* SPDX-License-Identifier: GPL-3.0-or-later */
/* extremes.c - min, max, clamp, argmin, argmax. */
#include "core/functions.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <math.h>

/* ---- kernels: nan wins, and of equal entries the first ---- */

static bool beats(double x, double best, bool most) {
    return (most ? x > best : x < best) || (isnan(x) && !isnan(best));
}

static void extreme_along(const double *x, along a, bool most, double *out) {
    for (size_t o = 0; o < a.outer; o++, out += a.inner)
        for (size_t i = 0; i < a.length; i++, x += a.inner)
            for (size_t k = 0; k < a.inner; k++)
                if (i == 0 || beats(x[k], out[k], most)) out[k] = x[k];
}

static void place_along(const double *x, along a, bool most, double *out) {
    for (size_t o = 0; o < a.outer; o++, x += a.length * a.inner, out += a.inner)
        for (size_t k = 0; k < a.inner; k++) {
            size_t best = 0;
            for (size_t i = 1; i < a.length; i++)
                if (beats(x[i * a.inner + k], x[best * a.inner + k], most)) best = i;
            out[k] = (double)best;
        }
}

/* ---- reductions ---- */

typedef struct reduction {
    u32 axis;
    along along;
    value y; /* not filled in yet */
} reduction;

/* axis and keepdims stand behind x in `arguments`. */
static reduction begin(recorder *r, const value *x, const value *options, const char *name) {
    view v = view_of(x);
    u32 axis = optional_axis(r, &options[0], v.rank, name);
    size_t shape[MAX_RANK];
    u32 rank = reduced_shape(v, axis, flag_argument(r, &options[1], "keepdims"), shape);
    reduction e = {axis, along_axis(v, axis), fresh_value(r, rank, shape)};
    if (e.along.length == 0 && e.along.outer * e.along.inner > 0)
        record_fail(r, DIAG_BAD_VALUE, "'%s' of no entries", name);
    return e;
}

static value reduce_extreme(recorder *r, value x, const value *options, bool most) {
    reduction e = begin(r, &x, options, most ? "max" : "min");
    if (!is_tensor(&x)) return x;
    extreme_along(view_of(&x).data, e.along, most, entries_of(&e.y));
    return record_result(r, most ? OP_MAX_OF : OP_MIN_OF, e.y, 1, &x, 1, &e.axis);
}

/* One tensor is reduced; several are compared entry by entry. */
static value extreme(recorder *r, u32 count, value *arguments, bool most) {
    u32 given = count - 2;
    const char *name = most ? "max" : "min";
    if (given == 1) return reduce_extreme(r, arguments[0], arguments + given, most);
    if (!is_unbound(&arguments[given]) || !is_unbound(&arguments[given + 1]))
        record_fail_hint(r, DIAG_BAD_ARGUMENTS, "join them first: stack(a, b)",
                         "'%s' takes 'axis' and 'keepdims' with one tensor only", name);
    value y = arguments[0];
    for (u32 i = 1; i < given; i++) y = apply2(r, most ? OP_MAX : OP_MIN, y, arguments[i]);
    return y;
}

value fn_min(recorder *r, u32 count, value *arguments) { return extreme(r, count, arguments, false); }

value fn_max(recorder *r, u32 count, value *arguments) { return extreme(r, count, arguments, true); }

value fn_clamp(recorder *r, u32 count, value *arguments) {
    (void)count;
    return apply2(r, OP_MIN, apply2(r, OP_MAX, arguments[0], arguments[1]), arguments[2]);
}

/* The entries that are as great as the result share its adjoint equally. */
void adjoint_extreme(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    u32 axis = sweep_attribute(s, n, 0);
    value x = passive(sweep_argument(s, n, 0)), y = with_axis_kept(r, passive(sweep_result(s, n)), x, axis);
    value ties = apply2(r, OP_EQ, x, y);
    value share = apply2(r, OP_DIV, ties, sum_axis(r, ties, axis, true));
    sweep_add(s, n, 0, apply2(r, OP_CARRY, with_axis_kept(r, g, x, axis), passive(share)));
}

static value place_of_extreme(recorder *r, value *arguments, bool most) {
    reduction e = begin(r, &arguments[0], &arguments[1], most ? "argmax" : "argmin");
    place_along(view_of(&arguments[0]).data, e.along, most, entries_of(&e.y));
    return e.y;
}

value fn_argmin(recorder *r, u32 count, value *arguments) {
    (void)count;
    return place_of_extreme(r, arguments, false);
}

value fn_argmax(recorder *r, u32 count, value *arguments) {
    (void)count;
    return place_of_extreme(r, arguments, true);
}

void adjoint_none(struct sweep *s, u32 n, value g) { (void)s, (void)n, (void)g; }
