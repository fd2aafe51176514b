/* SPDX-License-Identifier: GPL-3.0-or-later */
/* taylor.c - taylor(y, x, n), and derivatives of high order. */
#include "core/taylor.h"
#include "lang/steps.h"
#include <string.h>

static u32 order_of(evaluator *e, const value *n) {
    view v = view_of(n);
    if (v.size != 1 || !(v.data[0] >= 0 && v.data[0] <= TAYLOR_LIMIT && v.data[0] == (double)(u32)v.data[0]))
        record_fail(&e->rec, DIAG_BAD_VALUE, "the order of taylor is a whole number from 0 to %d",
                    TAYLOR_LIMIT);
    return (u32)v.data[0];
}

static void expand(evaluator *e, value y, value x, u32 n, bool record, value *out) {
    const char *blocking = "";
    if (taylor_series(&e->rec, y, x, n, record, out, &blocking)) return;
    const char *quote = strchr(blocking, ' ') ? "" : "'";
    record_fail(&e->rec, DIAG_UNSUPPORTED, "no Taylor coefficients can be carried through %s%s%s", quote,
                blocking, quote);
}

/* A coefficient that nothing contributed to is the scalar 0. */
static value in_shape_of(evaluator *e, value c, const value *y) {
    view v = view_of(y);
    return spread_to(&e->rec, c, v.rank, v.shape);
}

value derive_taylor(evaluator *e, value y, value x, value n, bool values_only) {
    u32 order = order_of(e, &n);
    if (is_tensor(&x))
        record_fail(&e->rec, DIAG_NOT_SCALAR, "taylor expands in a scalar; its second argument is a tensor");
    value c[TAYLOR_LIMIT + 1];
    expand(e, y, x, order, !values_only, c);
    for (u32 i = 0; i <= order; i++) c[i] = in_shape_of(e, c[i], &y);
    return list_of(&e->rec, order + 1, c);
}

value derive_high(evaluator *e, value y, value x, u32 order, bool values_only) {
    value c[TAYLOR_LIMIT + 1];
    const char *blocking = "";
    if (!taylor_series(&e->rec, y, x, order, !values_only, c, &blocking)) return UNBOUND;
    double factorial = 1;
    for (u32 i = 2; i <= order; i++) factorial *= i;
    return apply2(&e->rec, OP_MUL, c[order], SCALAR(factorial));
}
