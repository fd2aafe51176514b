/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal_steps.c - operands, functions and derivatives of a formal. */
#include "core/arguments.h"
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

u32 formal_value(formal *t, u32 o) {
    if (OPERAND_KIND(o) == IN_LITERAL) return formal_of_numbers(t, t->g->literals.items[OPERAND_NUMBER(o)]);
    u32 n = *formal_at(t, o);
    if (n == FORMAL_TORN) formal_fail_torn(t);
    if (n == FORMAL_UNBOUND) formal_fail(t, "a name without a value has no formula");
    return n;
}

u32 formal_read(formal *t, u32 o) {
    u32 n = formal_value(t, o);
    if (!formal_is_tensor(n)) return n;
    if (formal_size(t, n) != 1) formal_fail(t, "a tensor, where one number is needed");
    return formal_entry(t, n, 0);
}

/* ---- derivatives ---- */

void formal_gradient(formal *t, u32 y, u32 count, const u32 *variables, u32 *results) {
    if (t->by_hand != NAME_NONE) {
        t->pc = t->by_hand;
        formal_fail(t, "a derivative given by hand has no formula here");
    }
    for (u32 i = 0; t->kept.count && i < count; i++) formal_loops_before(t, y, variables[i]);
    expr_gradient(&t->f, y, count, variables, results);
}

u32 formal_repeated(formal *t, u32 y, u32 x, u32 order) {
    for (u32 i = 0; i < order; i++) formal_gradient(t, y, 1, &x, &y);
    return y;
}

u32 formal_built_in_prime(formal *t, enum op op, u32 order, u32 x) {
    u32 leaf = expr_alias(&t->f, x, false);
    return formal_repeated(t, expr_call1(&t->f, op, leaf), leaf, order);
}

u32 formal_argument(formal *t, const instruction *in, u32 i) {
    u32 o = i < in->b ? t->g->operands.items[in->a + i] : OPERAND_NONE;
    return o == OPERAND_NONE ? FORMAL_UNBOUND : formal_value(t, o);
}

static u32 gradient(formal *t, const char *form, u32 y, u32 x) {
    value v = formal_ids(t, y);
    check_scalar(t->r, shape_of(&v), form, DERIVE_SCALAR_HINT);
    return formal_jacobian(t, formal_entry(t, y, 0), x);
}

static void check_like(formal *t, const char *form, const char *what, u32 got, const char *of, u32 like) {
    value v = formal_ids(t, got), w = formal_ids(t, like);
    check_same_shape(t->r, form, what, shape_of(&v), of, shape_of(&w));
}

u32 formal_derive(formal *t, const instruction *in) {
    u32 y = formal_argument(t, in, 0), x = formal_argument(t, in, 1), third = formal_argument(t, in, 2);
    switch ((enum derive)(in->n & ~DERIVE_VALUE_ONLY)) {
    case DERIVE_GRAD: return gradient(t, "grad", y, x);
    case DERIVE_JACOBIAN: return formal_jacobian(t, y, x);
    case DERIVE_VJP: check_like(t, "vjp", "u", third, "y", y); return formal_contract(t, y, x, third, false);
    case DERIVE_JVP: check_like(t, "jvp", "v", third, "x", x); return formal_contract(t, y, x, third, true);
    case DERIVE_HESSIAN:
        return formal_jacobian(t, gradient(t, "hessian", y, x), third == FORMAL_UNBOUND ? x : third);
    case DERIVE_HVP:
        check_like(t, "hvp", "v", third, "x", x);
        return formal_contract(t, gradient(t, "hvp", y, x), x, third, true);
    case DERIVE_STOP: return formal_alias(t, y, true);
    case DERIVE_CHECKPOINT: return y;
    default: formal_fail(t, "this form of derivative has no formula here");
    }
}
