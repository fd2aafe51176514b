/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expr_tidy.c - what is common to all terms of a sum goes in front of it: see expr.h.
 *
 * Only calls and denominators do: (1 - log(x))/x^2 and exp(x)*(cos(x) + sin(x)), but x^2 + 2*x stays. */
#include "emit/expr.h"
#include <math.h>

enum { MOST_TERMS = 12 };

/* The exponent of `base` in a term, or 0. */
static double exponent_in(const formulas *f, u32 term, u32 base) {
    const expr *e = expr_at(f, term);
    if (term == base) return 1;
    for (u32 i = 0; e->kind == EXPR_PRODUCT && i < e->count; i++)
        if (expr_parts(f, term)[i].node == base) return expr_parts(f, term)[i].weight;
    return 0;
}

/* What of base^exponent is in every term; 0 for nothing. */
static double common_exponent(const formulas *f, u32 sum, u32 base, double exponent) {
    const expr *e = expr_at(f, sum);
    if (expr_is_number(f, base)) return 0;
    double low = exponent;
    bool equal = true, whole = exponent == floor(exponent);
    for (u32 i = 0; i < e->count; i++) {
        double k = exponent_in(f, expr_parts(f, sum)[i].node, base);
        if (k == 0 || (k > 0) != (exponent > 0)) return 0;
        equal = equal && k == exponent;
        whole = whole && k == floor(k);
        if (k < low) low = k;
    }
    if (!equal && !whole) return 0;
    return low < 0 || expr_at(f, base)->kind >= EXPR_CALL ? low : 0;
}

static u32 pull_out(formulas *f, u32 sum) {
    expr e = *expr_at(f, sum);
    if (e.kind != EXPR_SUM || e.number != 0 || e.count < 2 || e.count > MOST_TERMS) return sum;
    u32 first = expr_parts(f, sum)[0].node, common = expr_number(f, 1);
    expr t = *expr_at(f, first);
    for (u32 i = 0; i < (t.kind == EXPR_PRODUCT ? t.count : 1); i++) {
        expr_part p = t.kind == EXPR_PRODUCT ? expr_parts(f, first)[i] : (expr_part){1, first};
        double k = common_exponent(f, sum, p.node, p.weight);
        if (k != 0) common = expr_multiply(f, common, expr_power(f, p.node, k));
    }
    if (expr_is(f, common, 1)) return sum;
    u32 under = expr_power(f, common, -1), rest = expr_number(f, 0);
    for (u32 i = 0; i < e.count; i++) {
        expr_part p = expr_parts(f, sum)[i];
        rest = expr_add(f, rest, p.weight, expr_multiply(f, p.node, under));
    }
    return expr_multiply(f, common, rest);
}

/* The same expression of tidied operands. */
static u32 rebuild(formulas *f, u32 n, const u32 *now) {
    expr e = *expr_at(f, n);
    u32 y =
        expr_number(f, e.kind == EXPR_NUMBER || e.kind == EXPR_SUM || e.kind == EXPR_PRODUCT ? e.number : 0);
    if (e.kind < EXPR_SUM) return n;
    if (e.kind == EXPR_ALIAS) return now[expr_parts(f, n)[0].node];
    if (expr_is_line(&e)) return expr_line_anew(f, n, now);
    u32 o[3] = {0};
    for (u32 i = 0; i < e.count; i++) {
        expr_part p = expr_parts(f, n)[i];
        if (e.kind == EXPR_SUM) y = expr_add(f, y, p.weight, now[p.node]);
        else if (e.kind == EXPR_PRODUCT) y = expr_multiply(f, y, expr_power(f, now[p.node], p.weight));
        else o[i] = now[p.node];
    }
    if (e.kind == EXPR_SUM) return pull_out(f, y);
    if (e.kind == EXPR_PRODUCT) return y;
    if (e.kind == EXPR_PRIME) return expr_prime(f, (enum op)e.op, e.number, o[0]);
    if (e.op == OP_WHERE) return expr_where(f, o[0], o[1], o[2]);
    return e.count == 1 ? expr_call1(f, (enum op)e.op, o[0]) : expr_call2(f, (enum op)e.op, o[0], o[1]);
}

void expr_tidy(formulas *f, u32 count, u32 *roots) {
    size_t size = f->nodes.count;
    u32 *now = expr_room(f, size);
    expr_reach(f, count, roots, f->depends, NULL, NULL);
    for (u32 n = 0; n < size; n++)
        if (f->depends[n]) now[n] = rebuild(f, n, now);
    for (u32 i = 0; i < count; i++) roots[i] = now[roots[i]];
}
