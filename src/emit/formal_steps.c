/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal_steps.c - operands, functions and derivatives of a formal. */
#include "emit/formal.h"
#include <math.h>

u32 *formal_at(formal *t, u32 o) {
    const formal_frame *f = &t->frames.items[t->frames.count - 1];
    u32 n = OPERAND_NUMBER(o);
    switch (OPERAND_KIND(o)) {
    case IN_REGISTER: return &t->registers.items[f->registers + n];
    case IN_GLOBAL: return &t->globals.items[n];
    default: return &t->locals.items[f->locals + n];
    }
}

u32 formal_read(formal *t, u32 o) {
    if (OPERAND_KIND(o) == IN_LITERAL) {
        const value *v = &t->g->literals.items[OPERAND_NUMBER(o)];
        if (is_tensor(v)) formal_fail(t, "a tensor has no formula here");
        return expr_number(&t->f, v->num);
    }
    u32 n = *formal_at(t, o);
    if (n == FORMAL_UNBOUND) formal_fail(t, "a name without a value has no formula");
    return n;
}

/* ---- functions ---- */

static u32 argument(formal *t, const instruction *in, u32 i) {
    u32 o = i < in->b ? t->g->operands.items[in->a + i] : OPERAND_NONE;
    return o == OPERAND_NONE ? FORMAL_UNBOUND : formal_read(t, o);
}

/* The least or greatest of scalars: axis and keepdims stand last and are not given. */
static u32 extreme(formal *t, const instruction *in, enum op op) {
    u32 y = argument(t, in, 0);
    for (u32 i = 1; i < in->b; i++) {
        u32 x = argument(t, in, i);
        if (x != FORMAL_UNBOUND) y = expr_call2(&t->f, op, y, x);
    }
    return y;
}

u32 formal_apply(formal *t, const instruction *in) {
    u32 x = argument(t, in, 0);
    switch (in->n) {
    case OP_WHERE: return expr_where(&t->f, x, argument(t, in, 1), argument(t, in, 2));
    case OP_CLAMP:
        x = expr_call2(&t->f, OP_MAX, x, argument(t, in, 1));
        return expr_call2(&t->f, OP_MIN, x, argument(t, in, 2));
    case OP_MIN_OF: return extreme(t, in, OP_MIN);
    case OP_MAX_OF: return extreme(t, in, OP_MAX);
    case OP_SUM:
    case OP_MEAN:
    case OP_PROD:
        if (in->b > 0 && argument(t, in, 1) == FORMAL_UNBOUND) return x; /* of a scalar */
        break;
    default: break;
    }
    formal_fail(t, "'%s' has no formula here: formulas are made of scalars",
                function_of((enum op)in->n)->name);
}

/* ---- derivatives ---- */

u32 formal_repeated(formal *t, u32 y, u32 x, u32 order) {
    for (u32 i = 0; i < order; i++) expr_gradient(&t->f, y, 1, &x, &y);
    return y;
}

u32 formal_built_in_prime(formal *t, enum op op, u32 order, u32 x) {
    u32 leaf = expr_alias(&t->f, x, false);
    return formal_repeated(t, expr_call1(&t->f, op, leaf), leaf, order);
}

/* With scalars, products of a derivative with a vector are products. */
u32 formal_derive(formal *t, const instruction *in) {
    u32 y = argument(t, in, 0), x = argument(t, in, 1), third = argument(t, in, 2);
    if (x != FORMAL_UNBOUND) formal_loops_before(t, y, x);
    switch ((enum derive)(in->n & ~DERIVE_VALUE_ONLY)) {
    case DERIVE_GRAD:
    case DERIVE_JACOBIAN: return formal_repeated(t, y, x, 1);
    case DERIVE_VJP:
    case DERIVE_JVP: return expr_multiply(&t->f, formal_repeated(t, y, x, 1), third);
    case DERIVE_HESSIAN:
        return formal_repeated(t, formal_repeated(t, y, x, 1), third == FORMAL_UNBOUND ? x : third, 1);
    case DERIVE_HVP: return expr_multiply(&t->f, formal_repeated(t, y, x, 2), third);
    case DERIVE_STOP: return expr_alias(&t->f, y, true);
    case DERIVE_CHECKPOINT: return y;
    default: formal_fail(t, "this form of derivative has no formula here: formulas are made of scalars");
    }
}
