/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expr_derive.c - derivatives of expressions: a reverse sweep whose adjoints are expressions.
 *
 * The partial derivatives are those of ops.def.  A loop is swept over by an adjoint loop. */
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

enum { FEW = 4, MOST_CASES = 16 };

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

/* What stop_gradient gives. */
static bool is_end(const expr *e) { return e->kind == EXPR_ALIAS && e->op == OP_DERIVED; }

typedef struct adjoints {
    u32 *of;     /* by expression: its adjoint + 1, or 0 */
    u8 *depends; /* by expression: on one of the variables */
} adjoints;

static void add_adjoint(formulas *f, adjoints *a, u32 node, u32 contribution) {
    if (!a->depends[node] || expr_is(f, contribution, 0)) return;
    u32 old = a->of[node];
    a->of[node] = (old ? expr_add(f, old - 1, 1, contribution) : contribution) + 1;
}

static void sweep_line(formulas *f, adjoints *a, u32 n, u32 adjoint) {
    const size_t base = f->swept.count;
    const u32 count = expr_at(f, n)->count;
    for (u32 i = 0; i < count; i++) array_push(&f->swept, 0);
    expr_line_partials(f, n, f->swept.items + base);
    for (u32 i = 0; i < count; i++) {
        const u32 x = expr_parts(f, n)[i].node, by = f->swept.items[base + i];
        if (a->depends[x] && !expr_is(f, by, 0)) add_adjoint(f, a, x, carry(f, adjoint, by));
    }
    f->swept.count = base;
}

/* A partial that is 0 wherever it is carries nothing, while that of a product with 0 does: inf * 0. */
static void sweep_partial(formulas *f, adjoints *a, u32 n, u32 i, u32 adjoint) {
    const expr e = *expr_at(f, n);
    const u32 x = expr_parts(f, n)[0].node, w = e.count > 1 ? expr_parts(f, n)[1].node : x;
    const u32 by = partial(f, (enum op)e.op, i, x, w, n);
    if (expr_is(f, by, 0) && e.op != OP_MUL && e.op != OP_CARRY) return;
    add_adjoint(f, a, i ? w : x, carry(f, adjoint, by));
}

static void sweep_call(formulas *f, adjoints *a, u32 n, u32 adjoint) {
    expr e = *expr_at(f, n);
    u32 x = expr_parts(f, n)[0].node, w = e.count > 1 ? expr_parts(f, n)[1].node : x;
    if (expr_is_line(&e)) {
        sweep_line(f, a, n, adjoint);
    } else if (e.op == OP_WHERE) {
        u32 b = expr_parts(f, n)[2].node, none = expr_number(f, 0);
        add_adjoint(f, a, w, expr_where(f, x, adjoint, none));
        add_adjoint(f, a, b, expr_where(f, x, none, adjoint));
    } else if (e.kind == EXPR_PRIME || (!f->exact && (e.op == OP_J1 || e.op == OP_Y1))) {
        if (!a->depends[x]) return;
        u32 prime = expr_prime(f, (enum op)e.op, e.kind == EXPR_PRIME ? e.number + 1 : 1, x);
        add_adjoint(f, a, x, carry(f, adjoint, prime));
    } else {
        if (a->depends[x]) sweep_partial(f, a, n, 0, adjoint);
        if (e.count > 1 && a->depends[w]) sweep_partial(f, a, n, 1, adjoint);
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

/* ---- loops ---- */

/* The adjoint of a node is a state of the adjoint loop from here on. */
static void carry_adjoint(formulas *f, adjoints *a, u32 loop, u32 node, u32 initial) {
    u32 symbol = expr_loop_state(f, loop, initial);
    array_push(&f->swept, node);
    a->of[node] = symbol + 1;
}

static bool is_state_of(const formulas *f, u32 n, u32 loop) {
    return expr_at(f, n)->kind == EXPR_STATE && expr_loop_of(f, n) == loop;
}

/* The loop of the family of `loop`, older than it, whose body the node lies in, or LOOP_NONE. */
static u32 relative_of(const formulas *f, u32 loop, u32 node) {
    for (u32 i = expr_loop_at(f, loop)->root; i < loop; i++) {
        const expr_loop *l = expr_loop_at(f, i);
        if (l->root == expr_loop_at(f, loop)->root && node >= l->start && node < l->node) return i;
    }
    return LOOP_NONE;
}

/* A node from before the loop and its family gets contributions from every iteration. */
static void carry_outer(formulas *f, adjoints *a, u32 loop, u32 swept, u32 node) {
    if (node >= expr_loop_at(f, swept)->start || !a->depends[node]) return;
    if (relative_of(f, swept, node) != LOOP_NONE) return;
    u32 old = a->of[node];
    if (old && is_state_of(f, old - 1, loop)) return;
    carry_adjoint(f, a, loop, node, old ? old - 1 : expr_number(f, 0));
}

/* Of what the body of `body` uses: the loop that is swept over, or an older one of its family. */
static void carry_outer_of(formulas *f, adjoints *a, u32 loop, u32 swept, u32 body) {
    const expr_loop l = *expr_loop_at(f, body);
    for (u32 n = l.start; n <= l.node; n++) {
        const u32 operands = expr_operands(expr_at(f, n));
        for (u32 i = 0; i < operands && !is_end(expr_at(f, n)); i++)
            carry_outer(f, a, loop, swept, expr_parts(f, n)[i].node);
        if (expr_at(f, n)->kind != EXPR_LOOP) continue;
        const u32 inner = expr_loop_of(f, n);
        for (u32 i = 0; i < expr_loop_at(f, inner)->states; i++) {
            carry_outer(f, a, loop, swept, expr_states(f, inner)[i].next);
            if (n < l.node) carry_outer(f, a, loop, swept, expr_states(f, inner)[i].initial);
        }
    }
}

static bool is_older_relative(const formulas *f, u32 older, u32 loop) {
    return older < loop && expr_loop_at(f, older)->root == expr_loop_at(f, loop)->root;
}

static void carry_all_outer(formulas *f, adjoints *a, u32 loop, u32 swept) {
    carry_outer_of(f, a, loop, swept, swept);
    for (u32 i = expr_loop_at(f, swept)->root; i < swept; i++)
        if (is_older_relative(f, i, swept)) carry_outer_of(f, a, loop, swept, i);
}

/* The states whose adjoints go from one iteration to the one before; what arrives at the end of an iteration
 * goes on to the expression that the state had there. */
static void carry_states(formulas *f, adjoints *a, u32 loop, u32 swept) {
    for (u32 i = 0; i < expr_loop_at(f, swept)->states; i++) {
        const expr_state s = expr_states(f, swept)[i];
        if (!a->depends[s.symbol]) continue;
        carry_adjoint(f, a, loop, s.symbol, a->of[s.result] ? a->of[s.result] - 1 : expr_number(f, 0));
    }
}

static bool is_gift_for(const formulas *f, const expr_gift *g, u32 loop) {
    return is_state_of(f, g->symbol, loop);
}

static bool has_gift(const formulas *f, u32 loop) {
    for (size_t i = 0; i < f->gifts.count; i++)
        if (is_gift_for(f, &f->gifts.items[i], loop)) return true;
    return false;
}

/* In the order in which they were given. */
static void take_gifts(formulas *f, adjoints *a, u32 loop) {
    size_t kept = 0;
    for (size_t i = 0; i < f->gifts.count; i++) {
        const expr_gift g = f->gifts.items[i];
        if (is_gift_for(f, &g, loop)) add_adjoint(f, a, g.symbol, g.adjoint);
        else f->gifts.items[kept++] = g;
    }
    f->gifts.count = kept;
}

static void begin_iteration(formulas *f, adjoints *a, u32 loop, u32 swept, size_t base) {
    const u32 start = expr_loop_at(f, swept)->start, states = expr_loop_at(f, loop)->states;
    for (u32 i = 0; i < states; i++)
        if (f->swept.items[base + i] >= start) a->of[f->swept.items[base + i]] = 0;
    take_gifts(f, a, swept);
    for (u32 i = 0; i < states; i++) {
        if (f->swept.items[base + i] < start) continue;
        const u32 next = expr_state_of(f, f->swept.items[base + i])->next;
        add_adjoint(f, a, next, expr_states(f, loop)[i].symbol);
    }
}

static void end_iteration(formulas *f, adjoints *a, u32 loop, size_t base) {
    for (u32 i = 0; i < expr_loop_at(f, loop)->states; i++) {
        u32 adjoint = a->of[f->swept.items[base + i]], none = expr_number(f, 0);
        expr_states(f, loop)[i].next = adjoint ? adjoint - 1 : none;
    }
    expr_loop_close(f, loop);
}

/* What the loop has gathered goes to the expressions in front of it. */
static void leave_loop(formulas *f, adjoints *a, u32 loop, u32 swept, size_t base) {
    const u32 start = expr_loop_at(f, swept)->start;
    for (u32 i = 0; i < expr_loop_at(f, loop)->states; i++) {
        const u32 node = f->swept.items[base + i];
        if (node >= start) continue;
        const expr_state *s = &expr_states(f, loop)[i];
        a->of[node] = s->next != s->symbol ? s->result + 1 : expr_is(f, s->initial, 0) ? 0 : s->initial + 1;
    }
    for (u32 i = 0; i < expr_loop_at(f, loop)->states; i++) {
        const u32 node = f->swept.items[base + i], result = expr_states(f, loop)[i].result;
        if (node >= start) add_adjoint(f, a, expr_state_of(f, node)->initial, result);
    }
}

static void sweep_range(formulas *f, adjoints *a, u32 low, u32 high);

/* What the body used of an older loop's body goes on, in the same iteration, down to that loop's states, and
 * waits there for the sweep over it. */
static void give_to(formulas *f, adjoints *a, u32 older) {
    const expr_loop l = *expr_loop_at(f, older);
    sweep_range(f, a, l.start, l.node - 1);
    for (u32 i = 0; i < l.states; i++) {
        const u32 symbol = expr_states(f, older)[i].symbol;
        if (a->of[symbol] && a->depends[symbol])
            array_push(&f->gifts, ((expr_gift){symbol, a->of[symbol] - 1}));
    }
    for (u32 n = l.start; n < l.node; n++) a->of[n] = 0;
}

static bool has_adjoint(const formulas *f, const adjoints *a, u32 loop) {
    for (u32 i = 0; i < expr_loop_at(f, loop)->states; i++)
        if (a->of[expr_states(f, loop)[i].result] && a->depends[expr_states(f, loop)[i].result]) return true;
    return has_gift(f, loop);
}

/* With a loop around it, or in it. */
static bool is_nested(const formulas *f, u32 loop) {
    if (expr_loop_at(f, loop)->parent != LOOP_NONE) return true;
    for (u32 i = 0; i < f->loops.count; i++)
        if (expr_loop_at(f, i)->parent == loop) return true;
    return false;
}

/* Calls itself as deep as the loops of the program are nested.  A sweep over an adjoint loop is of second
 * order, and for loops that are not nested. */
static void sweep_loop(formulas *f, adjoints *a, u32 swept) {
    const expr_loop l = *expr_loop_at(f, swept);
    const size_t base = f->swept.count;
    if (!has_adjoint(f, a, swept)) return;
    if (l.root != swept && is_nested(f, swept)) f->not_a_loop(f->user);
    const u32 loop = expr_loop_open_adjoint(f, swept);
    carry_states(f, a, loop, swept);
    carry_all_outer(f, a, loop, swept);
    begin_iteration(f, a, loop, swept, base);
    sweep_range(f, a, l.start, l.node - 1);
    for (u32 i = swept; i-- > l.root;)
        if (is_older_relative(f, i, swept)) give_to(f, a, i);
    end_iteration(f, a, loop, base);
    leave_loop(f, a, loop, swept, base);
    f->swept.count = base;
}

/* From high down to low. */
static void sweep_range(formulas *f, adjoints *a, u32 low, u32 high) {
    for (u32 n = high + 1; n-- > low;) {
        if (expr_at(f, n)->kind == EXPR_LOOP) {
            sweep_loop(f, a, expr_loop_of(f, n));
            n = expr_loop_at(f, expr_loop_of(f, n))->start;
        } else if (a->of[n] && a->depends[n]) {
            sweep_one(f, a, n);
        }
    }
}

/* ---- the whole ---- */

/* True where a state turns out to depend on a variable: then so does what was made of it. */
static bool spread_dependence(const formulas *f, adjoints *a, u32 loop) {
    bool again = false;
    for (u32 i = 0; i < expr_loop_at(f, loop)->states; i++) {
        const expr_state *s = &expr_states(f, loop)[i];
        if (!a->depends[s->next] || a->depends[s->symbol]) continue;
        a->depends[s->symbol] = 1;
        again = true;
    }
    return again;
}

/* From the first variable on: nothing before it depends on one.  Returns where that is. */
static u32 find_dependence(formulas *f, adjoints *a, u32 y, u32 count, const u32 *variables) {
    u32 first = y;
    for (u32 i = 0; i < count; i++) {
        if (variables[i] <= y) a->depends[variables[i]] = 1;
        if (variables[i] < first) first = variables[i];
    }
    expr_visit(f, y - first + 1);
    for (u32 n = first; n <= y; n++) {
        const expr *e = expr_at(f, n);
        if (e->kind == EXPR_STATE) a->depends[n] |= a->depends[expr_state_of(f, n)->initial];
        else if (e->kind == EXPR_RESULT) a->depends[n] |= a->depends[expr_state_of(f, n)->next];
        else if (e->kind == EXPR_LOOP && spread_dependence(f, a, expr_loop_of(f, n)))
            n = expr_loop_at(f, expr_loop_of(f, n))->start;
        else
            for (u32 i = 0; i < expr_operands(e) && !is_end(e); i++)
                a->depends[n] |= a->depends[expr_parts(f, n)[i].node];
    }
    return first;
}

static void gradient_by_sweep(formulas *f, u32 y, u32 count, const u32 *variables, u32 *results) {
    adjoints a = {expr_room(f, f->nodes.count), f->depends};
    const u32 first = find_dependence(f, &a, y, count, variables);
    if (a.depends[y]) a.of[y] = expr_number(f, 1) + 1;
    sweep_range(f, &a, first, y);
    for (u32 i = 0; i < count; i++)
        results[i] = variables[i] <= y && a.of[variables[i]] ? a.of[variables[i]] - 1 : expr_number(f, 0);
}

/* Each case of a function that is given by cases has its own derivative, as it stands on paper. */
static void gradient_by_cases(formulas *f, u32 y, u32 count, const u32 *variables, u32 *results) {
    const u32 c = expr_parts(f, y)[0].node, a = expr_parts(f, y)[1].node, b = expr_parts(f, y)[2].node;
    size_t base = f->swept.count;
    f->nesting++;
    expr_gradient(f, a, count, variables, results);
    for (u32 i = 0; i < count; i++) array_push(&f->swept, results[i]);
    expr_gradient(f, b, count, variables, results);
    f->nesting--;
    for (u32 i = 0; i < count; i++) results[i] = expr_where(f, c, f->swept.items[base + i], results[i]);
    f->swept.count = base;
}

void expr_gradient(formulas *f, u32 y, u32 count, const u32 *variables, u32 *results) {
    bool by_cases = !f->exact && expr_at(f, y)->kind == EXPR_CALL && expr_at(f, y)->op == OP_WHERE;
    for (u32 i = 0; i < count; i++) by_cases = by_cases && variables[i] < y;
    if (by_cases && f->nesting < MOST_CASES) gradient_by_cases(f, y, count, variables, results);
    else gradient_by_sweep(f, y, count, variables, results);
}
