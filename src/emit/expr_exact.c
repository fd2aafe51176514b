/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expr_exact.c - expressions for code: see expr.h.
 *
 * Operations stay as they were written until all derivatives are there, so that adjoints are added up in the
 * order of a sweep over the tape: x*x would get two contributions where x^2 gets one.  Only expr_merge makes
 * them simpler, and only so that no bit of a result changes (but the sign of a derivative that is 0). */
#include "emit/expr.h"
#include <math.h>

#define N(c)         expr_number(f, c)
#define C1(op, a)    expr_call1(f, OP_##op, a)
#define C2(op, a, b) expr_call2(f, OP_##op, a, b)

static bool is_call(const formulas *f, u32 n, enum op op) {
    return expr_at(f, n)->kind == EXPR_CALL && expr_at(f, n)->op == op;
}

/* ---- simpler, when all derivatives are there ---- */

static u32 simpler1(formulas *f, enum op op, u32 x) {
    switch (op) {
    case OP_NEG:
        if (is_call(f, x, OP_NEG)) return expr_parts(f, x)[0].node;
        break;
    case OP_SQUARE: return C2(MUL, x, x);
    case OP_RECIP: return C2(DIV, N(1), x);
    case OP_SQRT1:
        return C2(DIV, N(0.5), C1(ABS, C1(SQRT, x))); /* as in ops.def; the root is there already */
    default: break;
    }
    return expr_call(f, op, 1, &x);
}

/* x^w and its derivatives for a number w. */
static u32 power_of_number(formulas *f, enum op op, u32 x, u32 w) {
    double k = expr_at(f, w)->number;
    if (op == OP_POW && k == 1) return x;
    if (op == OP_POW && k == 2) return C2(MUL, x, x);
    if (op == OP_POW_X && k == 1) return N(1);
    if (op == OP_POW_X && k == 2) return C2(MUL, N(2), x);
    if (op == OP_POW_XX && k == 2) return N(2);
    return expr_call(f, op, 2, (u32[]){x, w});
}

static u32 plain_product(formulas *f, u32 x, u32 w) {
    if (expr_is(f, x, 1)) return w;
    if (expr_is(f, w, 1)) return x;
    if (expr_is(f, x, -1)) return C1(NEG, w);
    if (expr_is(f, w, -1)) return C1(NEG, x);
    return expr_call(f, OP_MUL, 2, (u32[]){x, w});
}

/* An adjoint that is 0 carries nothing, which matters where the partial may be infinite. */
static u32 finite_carry(formulas *f, u32 adjoint, u32 by) {
    if (expr_is(f, adjoint, 0)) return N(0);
    bool is_plain = expr_is_number(f, adjoint) || (expr_is_number(f, by) && isfinite(expr_at(f, by)->number));
    if (is_plain) return C2(MUL, adjoint, by);
    return expr_call(f, OP_CARRY, 2, (u32[]){adjoint, by});
}

/* x + 0 is 0 where x is -0, and only x + -0 is x. */
static bool is_zero(const formulas *f, u32 n, bool is_negative) {
    return expr_is(f, n, 0) && !!signbit(expr_at(f, n)->number) == is_negative;
}

static u32 simpler2(formulas *f, enum op op, u32 x, u32 w) {
    switch (op) {
    case OP_ADD:
        if (is_zero(f, x, true)) return w;
        if (is_zero(f, w, true)) return x;
        break;
    case OP_SUB:
        if (is_zero(f, w, false)) return x;
        break;
    case OP_MUL: return plain_product(f, x, w);
    case OP_CARRY: return finite_carry(f, x, w);
    case OP_DIV:
        if (expr_is(f, w, 1)) return x;
        break;
    case OP_POW:
    case OP_POW_X:
    case OP_POW_XX:
        if (expr_is_number(f, w)) return power_of_number(f, op, x, w);
        break;
    default: break;
    }
    return expr_call(f, op, 2, (u32[]){x, w});
}

/* ---- as a tape has them ---- */

u32 expr_exact_carry(formulas *f, u32 adjoint, u32 by) {
    if (f->merging) return finite_carry(f, adjoint, by);
    if (expr_is(f, adjoint, 0)) return N(0);
    if (expr_is(f, by, 1)) return adjoint;
    if (expr_is(f, by, -1)) return C1(NEG, adjoint);
    if (expr_is(f, adjoint, 1)) return by;
    return C2(CARRY, adjoint, by);
}

u32 expr_exact1(formulas *f, enum op op, u32 x) {
    return f->merging ? simpler1(f, op, x) : expr_call(f, op, 1, &x);
}

u32 expr_exact2(formulas *f, enum op op, u32 x, u32 w) {
    return f->merging ? simpler2(f, op, x, w) : expr_call(f, op, 2, (u32[]){x, w});
}

static u32 merged_loop(formulas *f, u32 n, const u32 *now) {
    const u32 loop = expr_loop_of(f, n);
    for (u32 i = 0; i < expr_loop_at(f, loop)->states; i++) {
        expr_state *s = &expr_states(f, loop)[i];
        if (!f->depends[s->symbol]) continue;
        s->initial = now[s->initial];
        s->next = now[s->next];
    }
    return expr_loop_merged(f, loop);
}

static u32 merged(formulas *f, u32 n, const u32 *now) {
    expr e = *expr_at(f, n);
    u32 o[3] = {0};
    if (e.kind == EXPR_LOOP) return merged_loop(f, n, now);
    if (e.kind == EXPR_RESULT) return expr_state_of(f, n)->result;
    if (expr_is_line(&e)) return expr_line_anew(f, n, now);
    for (u32 i = 0; i < expr_operands(&e); i++) o[i] = now[expr_parts(f, n)[i].node];
    if (e.kind == EXPR_ALIAS) return o[0];
    if (e.kind != EXPR_CALL) return n;
    if (e.op == OP_WHERE) return expr_where(f, o[0], o[1], o[2]);
    return e.count == 1 ? expr_call1(f, (enum op)e.op, o[0]) : expr_call2(f, (enum op)e.op, o[0], o[1]);
}

void expr_merge(formulas *f, u32 count, u32 *roots) {
    size_t size = f->nodes.count;
    u32 *now = expr_room(f, size);
    f->merging = true;
    expr_reach(f, count, roots, f->depends, NULL, NULL);
    for (u32 n = 0; n < size; n++)
        if (f->depends[n]) now[n] = merged(f, n, now);
    for (u32 i = 0; i < count; i++) roots[i] = now[roots[i]];
    f->merging = false;
}
