/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expr_derive.c - derivatives of expressions: a reverse sweep whose adjoints are expressions.
 *
 * The partial derivatives are those of ops.def. */
#include "emit/expr.h"
#include "core/partials.h"
#include <float.h>
#include <math.h>

#define CALL1(op, a)    expr_call1(f, OP_##op, a)
#define CALL2(op, a, b) expr_call2(f, OP_##op, a, b)
#define NUM(c)          expr_number(f, c)

/* d y/d operand i, for y = op(x, w). */
static u32 partial(formulas *f, enum op op, u32 i, u32 x, u32 w, u32 y) {
    (void)w, (void)y;
    switch (op) {
/* clang-format off */
#define OP1(NAME, name, value, dx, ...) case OP_##NAME: return dx;
#define OP2(NAME, name, value, dx, dw, ...) case OP_##NAME: return i ? (dw) : (dx);
/* clang-format on */
#include "core/ops.def"
#undef OP1
#undef OP2
    default: return expr_number(f, 0);
    }
}

enum { FEW = 4 };

/* Names and their powers: multiplied into a short sum they make it no longer. */
static bool is_monomial(const formulas *f, u32 n) {
    const expr *e = expr_at(f, n);
    if (e->kind == EXPR_NAME) return true;
    if (e->kind != EXPR_PRODUCT || e->count > FEW) return false;
    for (u32 i = 0; i < e->count; i++)
        if (expr_at(f, expr_parts(f, n)[i].node)->kind != EXPR_NAME) return false;
    return true;
}

static u32 distribute(formulas *f, u32 sum, u32 by) {
    expr e = *expr_at(f, sum);
    u32 y = expr_multiply(f, expr_number(f, e.number), by);
    for (u32 i = 0; i < e.count; i++) {
        expr_part p = expr_parts(f, sum)[i];
        y = expr_add(f, y, p.weight, expr_multiply(f, p.node, by));
    }
    return y;
}

/* An adjoint times a partial.  An adjoint that is 0 in one branch of `where` carries nothing there, whatever
 * the partial is. */
static u32 carry(formulas *f, u32 adjoint, u32 by) {
    if (f->exact) return expr_exact_carry(f, adjoint, by);
    const expr *e = expr_at(f, adjoint);
    if (e->kind == EXPR_SUM && e->count <= FEW && is_monomial(f, by)) return distribute(f, adjoint, by);
    if (e->kind != EXPR_CALL || e->op != OP_WHERE) return expr_multiply(f, adjoint, by);
    u32 c = expr_parts(f, adjoint)[0].node, a = expr_parts(f, adjoint)[1].node;
    u32 b = expr_parts(f, adjoint)[2].node;
    if (!expr_is(f, a, 0) && !expr_is(f, b, 0)) return expr_multiply(f, adjoint, by);
    u32 yes = expr_multiply(f, a, by);
    return expr_where(f, c, yes, expr_multiply(f, b, by));
}

typedef struct adjoints {
    u32 *of;     /* by expression: its adjoint + 1, or 0 */
    u8 *depends; /* by expression: on one of the variables */
} adjoints;

static void add_adjoint(formulas *f, adjoints *a, u32 node, u32 contribution) {
    if (!a->depends[node] || expr_is(f, contribution, 0)) return;
    u32 old = a->of[node];
    a->of[node] = (old ? expr_add(f, old - 1, 1, contribution) : contribution) + 1;
}

static void sweep_call(formulas *f, adjoints *a, u32 n, u32 adjoint) {
    expr e = *expr_at(f, n);
    u32 x = expr_parts(f, n)[0].node, w = e.count > 1 ? expr_parts(f, n)[1].node : x;
    if (e.op == OP_WHERE) {
        u32 b = expr_parts(f, n)[2].node, none = expr_number(f, 0);
        add_adjoint(f, a, w, expr_where(f, x, adjoint, none));
        add_adjoint(f, a, b, expr_where(f, x, none, adjoint));
    } else if (e.kind == EXPR_PRIME || (!f->exact && (e.op == OP_J1 || e.op == OP_Y1))) {
        if (!a->depends[x]) return;
        u32 prime = expr_prime(f, (enum op)e.op, e.kind == EXPR_PRIME ? e.number + 1 : 1, x);
        add_adjoint(f, a, x, carry(f, adjoint, prime));
    } else {
        if (a->depends[x]) add_adjoint(f, a, x, carry(f, adjoint, partial(f, (enum op)e.op, 0, x, w, n)));
        if (e.count > 1 && a->depends[w])
            add_adjoint(f, a, w, carry(f, adjoint, partial(f, (enum op)e.op, 1, x, w, n)));
    }
}

static void sweep_one(formulas *f, adjoints *a, u32 n) {
    expr e = *expr_at(f, n);
    u32 adjoint = a->of[n] - 1;
    if (e.kind == EXPR_ALIAS && e.op == OP_ALIAS) add_adjoint(f, a, expr_parts(f, n)[0].node, adjoint);
    if (e.kind == EXPR_CALL || e.kind == EXPR_PRIME) sweep_call(f, a, n, adjoint);
    for (u32 i = 0; (e.kind == EXPR_SUM || e.kind == EXPR_PRODUCT) && i < e.count; i++) {
        expr_part p = expr_parts(f, n)[i];
        if (!a->depends[p.node]) continue;
        u32 by = expr_number(f, p.weight);
        if (e.kind == EXPR_PRODUCT) {
            u32 rest = expr_without(f, n, i);
            by = expr_multiply(f, by, expr_multiply(f, rest, expr_power(f, p.node, p.weight - 1)));
        }
        add_adjoint(f, a, p.node, carry(f, adjoint, by));
    }
}

/* From the first variable on: nothing before it depends on one.  Returns where that is. */
static u32 find_dependence(formulas *f, adjoints *a, u32 y, u32 count, const u32 *variables) {
    u32 first = y;
    for (u32 i = 0; i < count; i++) {
        if (variables[i] <= y) a->depends[variables[i]] = 1;
        if (variables[i] < first) first = variables[i];
    }
    expr_visit(f, y - first + 1);
    for (u32 n = first; n <= y; n++)
        for (u32 i = 0; i < expr_operands(expr_at(f, n)) && expr_at(f, n)->op != OP_DERIVED; i++)
            a->depends[n] |= a->depends[expr_parts(f, n)[i].node];
    return first;
}

void expr_gradient(formulas *f, u32 y, u32 count, const u32 *variables, u32 *results) {
    adjoints a = {expr_room(f, (size_t)y + 1), f->depends};
    const u32 first = find_dependence(f, &a, y, count, variables);
    if (a.depends[y]) a.of[y] = expr_number(f, 1) + 1;
    for (u32 n = y + 1; n-- > first;)
        if (a.of[n] && a.depends[n]) sweep_one(f, &a, n);
    for (u32 i = 0; i < count; i++)
        results[i] = variables[i] <= y && a.of[variables[i]] ? a.of[variables[i]] - 1 : expr_number(f, 0);
}
