/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dependence.c - see dependence.h. */
#include "core/dependence.h"
#include "core/fused.h"
#include "core/workspace.h"
#include <string.h>

/* ---- forwards from the variables ---- */

static bool extra_depends(const tape *t, const u8 *mask, u32 low, u32 extra) {
    u32 count = t->extra.items[extra];
    for (u32 i = 0; i < count; i++) {
        u32 a = t->extra.items[extra + 2 + i];
        if (!(a & ARG_CONST) && a >= low && mask[a - low]) return true;
    }
    return false;
}

static bool record_depends(const tape *t, const u8 *mask, u32 low, u32 k) {
    u16 code = t->code[k];
    enum op op = CODE_OP(code);
    if (op < OP_ELEMENTWISE_END || op == OP_ALIAS || op == OP_ENTRY) {
        u32 a = t->a[k], b = t->b[k];
        return (!(code & CODE_CONST_A) && a >= low && mask[a - low]) ||
               (!(code & CODE_CONST_B) && b >= low && mask[b - low]);
    }
    return op != OP_LEAF && op != OP_CUT && op != OP_DERIVED && extra_depends(t, mask, low, t->a[k]);
}

const u8 *depending_on(recorder *r, u32 low, u32 high, u32 count, const value *variables) {
    u8 *mask = workspace_mask(r, high - low + 1);
    memset(mask, 0, high - low + 1);
    for (u32 i = 0; i < count; i++)
        if (variables[i].node && variables[i].node <= high) mask[variables[i].node - low] = 1;
    for (u32 k = low + 1; k <= high; k++)
        if (!mask[k - low]) mask[k - low] = record_depends(&r->tape, mask, low, k);
    return mask;
}

bool made_from(const tape *t, const u8 *mask, u32 k) {
    return CODE_OP(t->code[k]) == OP_CUT ? mask[t->a[k]] : record_depends(t, mask, 0, k);
}

bool depends_on(const recorder *r, u32 y, u32 x) {
    if (x == 0 || y < x) return false;
    value v = {.node = x};
    const u8 *mask = depending_on((recorder *)r, x, y, 1, &v);
    return mask[y - x];
}

/* ---- back from a target ---- */

static void mark_reached(u8 *mask, u32 low, u32 argument) {
    if (!(argument & ARG_CONST) && argument >= low) mask[argument - low] = 1;
}

/* What one output of a fused loop depends on. */
static void mark_inputs(const recorder *r, u32 loop, u32 output, u32 low, u8 *mask) {
    u32 two[2], count;
    const u32 *arguments = tape_arguments(&r->tape, loop, two, &count);
    for (u32 i = 0; i < count; i++)
        if (fused_depends(r, loop, output, i)) mark_reached(mask, low, arguments[i]);
}

const u8 *reached_from(recorder *r, u32 low, u32 high) {
    const tape *t = &r->tape;
    u8 *mask = workspace_mask(r, high - low + 1);
    memset(mask, 0, high - low + 1);
    mask[high - low] = 1;
    for (u32 k = high; k > low; k--) {
        if (!mask[k - low]) continue;
        enum op op = CODE_OP(t->code[k]);
        if (op == OP_LOOP && k < high) continue; /* its outputs have marked what they depend on */
        u32 two[2], count;
        const u32 *arguments = tape_arguments(t, k, two, &count);
        for (u32 i = 0; i < count; i++) mark_reached(mask, low, arguments[i]);
        if (op == OP_ENTRY && CODE_OP(t->code[t->a[k]]) == OP_LOOP)
            mark_inputs(r, t->a[k], t->b[k], low, mask);
    }
    return mask;
}
