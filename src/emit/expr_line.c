/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expr_line.c - operations of a line of expressions: see expr.h.
 *
 * They have the derivatives that core/extremes.c and core/statistics.c give them, which those of the same
 * thing written in operations of two would not be where entries are equal, or all 0. */
#include "core/special.h"
#include "emit/expr.h"

#define N(c)         expr_number(f, c)
#define C2(op, a, b) expr_call2(f, OP_##op, a, b)

static void push(formulas *f, u32 node) { array_push(&f->scratch, ((expr_part){1, node})); }

u32 expr_extreme(formulas *f, enum op op, u32 value, u32 count, const u32 *line) {
    const size_t base = f->scratch.count;
    if (expr_is_number(f, value)) return value;
    push(f, value);
    for (u32 i = 0; i < count; i++) push(f, line[i]);
    return expr_call_of(f, op, base);
}

static u32 norm_of_numbers(formulas *f, u32 count, const u32 *line) {
    double *x = mem_zero(count, sizeof *x);
    for (u32 i = 0; i < count; i++) x[i] = expr_at(f, line[i])->number;
    const double y = special_norm(x, count, 1);
    mem_free(x);
    return N(y);
}

u32 expr_norm(formulas *f, u32 count, const u32 *line) {
    const size_t base = f->scratch.count;
    u32 numbers = 0;
    while (numbers < count && expr_is_number(f, line[numbers])) numbers++;
    if (numbers == count) return norm_of_numbers(f, count, line);
    for (u32 i = 0; i < count; i++) push(f, line[i]);
    return expr_call_of(f, OP_NORM, base);
}

/* ---- derivatives ---- */

/* Those that are as great as the result share its adjoint equally. */
static void partials_of_extreme(formulas *f, u32 n, u32 *partials) {
    const u32 count = expr_at(f, n)->count;
    u32 ties = N(0);
    for (u32 i = 1; i < count; i++) {
        partials[i] = C2(EQ, expr_parts(f, n)[i].node, n);
        ties = i > 1 ? C2(ADD, ties, partials[i]) : partials[i];
    }
    partials[0] = N(0);
    for (u32 i = 1; i < count; i++) partials[i] = C2(DIV, partials[i], ties);
}

/* x/y, 0 where y is 0.  The last one first: a sweep over them, which begins with what is youngest, adds up in
 * the order of the line then, as a run does. */
static void partials_of_norm(formulas *f, u32 n, u32 *partials) {
    const u32 none = N(0), any = C2(NE, n, none);
    for (u32 i = expr_at(f, n)->count; i-- > 0;) {
        u32 ratio = C2(DIV, expr_parts(f, n)[i].node, n);
        partials[i] = expr_where(f, any, ratio, none);
    }
}

void expr_line_partials(formulas *f, u32 n, u32 *partials) {
    (expr_at(f, n)->op == OP_NORM ? partials_of_norm : partials_of_extreme)(f, n, partials);
}

u32 expr_line_anew(formulas *f, u32 n, const u32 *now) {
    const expr e = *expr_at(f, n);
    const size_t base = f->scratch.count;
    if (e.op != OP_NORM) return now[expr_parts(f, n)[0].node];
    for (u32 i = 0; i < e.count; i++) push(f, now[expr_parts(f, n)[i].node]);
    return expr_call_of(f, OP_NORM, base);
}
