/* SPDX-License-Identifier: GPL-3.0-or-later */
/* entrywise.c - whether a tensor was computed entry by entry from another: see dependence.h. */
#include "core/dependence.h"

/* In the mask of depending_on: the record is on the way from the target. */
enum { REACHED = 2 };

static bool same_shape(const tape *t, u32 k, u32 m) {
    value v = tape_value(t, k), w = tape_value(t, m);
    view a = shape_of(&v), b = shape_of(&w);
    return shape_equal(a.rank, a.shape, b.rank, b.shape);
}

static void reach(u8 *mask, u32 low, u32 argument) {
    if (argument >= low && mask[argument - low]) mask[argument - low] |= REACHED;
}

bool entrywise_from(recorder *r, u32 y, u32 x) {
    const tape *t = &r->tape;
    if (x == 0 || y < x || !same_shape(t, y, x)) return false;
    value variable = {.node = x};
    u8 *mask = (u8 *)depending_on(r, x, y, 1, &variable);
    if (!mask[y - x]) return false;
    mask[y - x] |= REACHED;
    for (u32 k = y; k > x; k--) {
        if (!(mask[k - x] & REACHED)) continue;
        u16 code = t->code[k];
        enum op op = CODE_OP(code);
        if ((op >= OP_ELEMENTWISE_END && op != OP_ALIAS) || !same_shape(t, k, x)) return false;
        if (!(code & CODE_CONST_A)) reach(mask, x, t->a[k]);
        if (op != OP_ALIAS && op_infos[op].arity == 2 && !(code & CODE_CONST_B)) reach(mask, x, t->b[k]);
    }
    return true;
}
