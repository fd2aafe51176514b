/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_steps.c - operands, functions, derivatives and loops of a trace. */
#include "emit/trace.h"
#include <math.h>

u32 *trace_at(trace *t, u32 o) {
    const trace_frame *f = &t->frames.items[t->frames.count - 1];
    u32 n = OPERAND_NUMBER(o);
    switch (OPERAND_KIND(o)) {
    case IN_REGISTER: return &t->registers.items[f->registers + n];
    case IN_GLOBAL: return &t->globals.items[n];
    default: return &t->locals.items[f->locals + n];
    }
}

u32 trace_read(trace *t, u32 o) {
    if (OPERAND_KIND(o) == IN_LITERAL) {
        const value *v = &t->g->literals.items[OPERAND_NUMBER(o)];
        if (is_tensor(v)) trace_fail(t, "a tensor has no formula here");
        return expr_number(&t->f, v->num);
    }
    u32 n = *trace_at(t, o);
    if (n == TRACE_UNBOUND) trace_fail(t, "a name without a value has no formula");
    return n;
}

/* ---- functions ---- */

static u32 argument(trace *t, const instruction *in, u32 i) {
    u32 o = i < in->b ? t->g->operands.items[in->a + i] : OPERAND_NONE;
    return o == OPERAND_NONE ? TRACE_UNBOUND : trace_read(t, o);
}

/* The least or greatest of scalars: axis and keepdims stand last and are not given. */
static u32 extreme(trace *t, const instruction *in, enum op op) {
    u32 y = argument(t, in, 0);
    for (u32 i = 1; i < in->b; i++) {
        u32 x = argument(t, in, i);
        if (x != TRACE_UNBOUND) y = expr_call2(&t->f, op, y, x);
    }
    return y;
}

u32 trace_apply(trace *t, const instruction *in) {
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
        if (in->b > 0 && argument(t, in, 1) == TRACE_UNBOUND) return x; /* of a scalar */
        break;
    default: break;
    }
    trace_fail(t, "'%s' has no formula here: formulas are made of scalars",
               function_of((enum op)in->n)->name);
}

/* ---- derivatives ---- */

u32 trace_repeated(trace *t, u32 y, u32 x, u32 order) {
    for (u32 i = 0; i < order; i++) expr_gradient(&t->f, y, 1, &x, &y);
    return y;
}

u32 trace_built_in_prime(trace *t, enum op op, u32 order, u32 x) {
    u32 leaf = expr_alias(&t->f, x, false);
    return trace_repeated(t, expr_call1(&t->f, op, leaf), leaf, order);
}

/* With scalars, products of a derivative with a vector are products. */
u32 trace_derive(trace *t, const instruction *in) {
    u32 y = argument(t, in, 0), x = argument(t, in, 1), third = argument(t, in, 2);
    switch ((enum derive)(in->n & ~DERIVE_VALUE_ONLY)) {
    case DERIVE_GRAD:
    case DERIVE_JACOBIAN: return trace_repeated(t, y, x, 1);
    case DERIVE_VJP:
    case DERIVE_JVP: return expr_multiply(&t->f, trace_repeated(t, y, x, 1), third);
    case DERIVE_HESSIAN:
        return trace_repeated(t, trace_repeated(t, y, x, 1), third == TRACE_UNBOUND ? x : third, 1);
    case DERIVE_HVP: return expr_multiply(&t->f, trace_repeated(t, y, x, 2), third);
    case DERIVE_STOP: return expr_alias(&t->f, y, true);
    case DERIVE_CHECKPOINT: return y;
    default: trace_fail(t, "this form of derivative has no formula here: formulas are made of scalars");
    }
}

/* ---- loops ---- */

static double loop_number(trace *t, const u32 *operands, u32 count, u32 i, double without) {
    if (i >= count || operands[i] == OPERAND_NONE) return without;
    u32 n = trace_read(t, operands[i]);
    if (!expr_is_number(&t->f, n)) trace_fail(t, "how often this loop runs depends on an input");
    return expr_at(&t->f, n)->number;
}

void trace_for_range(trace *t, const instruction *in) {
    const u32 *w = &t->g->operands.items[in->a];
    bool has_start = w[0] > 1 && w[2] != OPERAND_NONE;
    double from = has_start ? loop_number(t, w + 1, w[0], 0, 0) : 0;
    double to = loop_number(t, w + 1, w[0], has_start ? 1 : 0, 0), step = loop_number(t, w + 1, w[0], 2, 1);
    double count = ceil((to - from) / step);
    if (!(count < TRACE_STEPS)) trace_fail(t, "this loop is too long for a formula (limit %d)", TRACE_STEPS);
    double state[LOOP_LOCALS] = {from, 0, step, count > 0 ? count : 0};
    for (u32 i = 0; i < LOOP_LOCALS; i++) {
        u32 n = expr_number(&t->f, state[i]);
        *trace_at(t, OPERAND(IN_LOCAL, in->b + i)) = n;
    }
}

bool trace_next(trace *t, const instruction *in) {
    double s[LOOP_LOCALS];
    for (u32 i = 0; i < LOOP_LOCALS; i++)
        s[i] = expr_at(&t->f, trace_read(t, OPERAND(IN_LOCAL, in->b + i)))->number;
    if (s[1] >= s[3]) return false;
    u32 n = expr_number(&t->f, s[0] + s[1] * s[2]);
    if (in->n) n = expr_alias(&t->f, n, false);
    *trace_at(t, in->a) = n;
    n = expr_number(&t->f, s[1] + 1);
    *trace_at(t, OPERAND(IN_LOCAL, in->b + 1)) = n;
    return true;
}
