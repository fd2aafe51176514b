/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal_loops.c - loops of a formal: unrolled, or for code kept as loops.
 *
 * A loop over a range is kept by running its body once, with symbols for the names that it stores and for the
 * number of the iteration.  Where that shows that the iterations do not all do the same (a condition on such
 * a symbol, break), formal.retry says which loop to unroll, and everything begins anew. */
#include "emit/formal.h"
#include <math.h>
#include <string.h>

enum { FEWEST = 4 }; /* a shorter loop is unrolled */

/* ---- the state of a loop ---- */

static double loop_number(formal *t, const u32 *operands, u32 count, u32 i, double without) {
    if (i >= count || operands[i] == OPERAND_NONE) return without;
    u32 n = formal_read(t, operands[i]);
    if (!expr_is_number(&t->f, n)) formal_fail(t, "how often this loop runs depends on an input");
    return expr_at(&t->f, n)->number;
}

static double state_number(formal *t, const instruction *next, u32 i) {
    return expr_at(&t->f, formal_read(t, OPERAND(IN_LOCAL, next->b + i)))->number;
}

/* ---- loops that are kept ---- */

void formal_unroll(formal *t, u32 head) {
    t->retry = head;
    fault_raise(FAULT_ERROR);
}

/* Bytes by expression for the two passes of formal_loops_before. */
typedef struct rooms {
    u8 *stops, *reached;           /* y is made of reached; what is marked in stops is taken as given */
    u8 *body_stops, *body_reached; /* the same of one iteration */
} rooms;

static rooms make_rooms(formal *t) {
    const size_t size = t->f.nodes.count;
    t->room = mem_resize(t->room, size, 4);
    memset(t->room, 0, 4 * size);
    return (rooms){t->room, t->room + size, t->room + 2 * size, t->room + 3 * size};
}

/* Whether y is made of any other state of an open loop, which may be made of the state x, or of what x was
 * before the loop. */
static bool meets_state(const formulas *f, u32 y, u32 x, const rooms *r) {
    const u32 initial = expr_state_of(f, x)->initial;
    r->stops[x] = 1;
    expr_reach(f, 1, &y, r->reached, r->stops, NULL);
    if (r->reached[initial] && !expr_is_number(f, initial)) return true;
    for (u32 n = 0; n <= y; n++)
        if (r->reached[n] && n != x && expr_at(f, n)->kind == EXPR_STATE) return true;
    return false;
}

/* Whether the value that a state has after the loop is made of `last`, an expression of its last iteration.
 */
static bool is_made_of_last(const formulas *f, u32 loop, const expr_state *s, u32 last, const rooms *r) {
    const expr_loop *l = expr_loop_at(f, loop);
    memset(r->body_reached, 0, f->nodes.count);
    memset(r->body_stops, 1, l->start);
    for (u32 i = 0; i < l->states; i++) r->body_stops[expr_states(f, loop)[i].symbol] = 1;
    expr_reach(f, 1, &s->next, r->body_reached, r->body_stops, NULL);
    return r->body_reached[last];
}

/* Whether an expression is an operation of the loop's own body.  What is none may be an expression from
 * elsewhere by another name. */
static bool is_own(const formulas *f, u32 loop, u32 n) {
    const expr_loop *l = expr_loop_at(f, loop);
    const u8 kind = expr_at(f, n)->kind;
    return n >= l->start && (n < l->node || !l->node) && kind != EXPR_STATE && kind != EXPR_RESULT;
}

/* Whether y is made of `last` of a loop's last iteration in any other way than by x, which is `last` after
 * the loop: by another result of the loop, or by the derivatives that a sweep over the loop has made. */
static bool meets_result(const formulas *f, u32 y, u32 x, u32 loop, u32 last, const rooms *r) {
    const expr_loop *l = expr_loop_at(f, loop);
    if (!is_own(f, loop, last)) return true;
    for (u32 i = 0; i < l->states; i++) r->stops[expr_states(f, loop)[i].result] = 1;
    r->stops[x] = 1;
    expr_reach(f, 1, &y, r->reached, r->stops, NULL);
    for (u32 n = l->start; n <= l->node; n++)
        if (r->reached[n] && n != l->index) return true;
    for (u32 i = 0; i < l->states; i++) {
        const expr_state *s = &expr_states(f, loop)[i];
        if (s->result != x && r->reached[s->result] && is_made_of_last(f, loop, s, last, r)) return true;
    }
    return false;
}

/* The loop that x is a state of, its result, or its variable after it; else NULL. */
static const formal_loop *loop_of(const formal *t, u32 x) {
    const u8 kind = expr_at(&t->f, x)->kind;
    const bool is_state = kind == EXPR_STATE || kind == EXPR_RESULT;
    for (size_t i = t->kept.count; i-- > 0;) {
        const formal_loop *l = &t->kept.items[i];
        if (is_state ? l->loop == expr_loop_of(&t->f, x) : l->after == x) return l;
    }
    return NULL;
}

void formal_loops_before(formal *t, u32 y, u32 x) {
    for (size_t i = t->loops.count; i-- > 0;)
        if (x < expr_loop_at(&t->f, t->loops.items[i].loop)->start) formal_unroll(t, t->loops.items[i].head);
    const formal_loop *l = x != y ? loop_of(t, x) : NULL;
    if (!l) return;
    const rooms r = make_rooms(t);
    const u8 kind = expr_at(&t->f, x)->kind;
    const u32 last = kind == EXPR_RESULT ? expr_state_of(&t->f, x)->next : l->inside;
    const bool meets =
        kind == EXPR_STATE ? meets_state(&t->f, y, x, &r) : meets_result(&t->f, y, x, l->loop, last, &r);
    if (meets) formal_unroll(t, l->head);
    if (kind == EXPR_STATE) array_push(&t->states_asked, x);
}

/* A state that a derivative was taken in must be what an iteration makes, and no other name's expression. */
static void check_states_asked(formal *t, const formal_loop *l) {
    for (size_t i = 0; i < t->states_asked.count; i++) {
        const u32 symbol = t->states_asked.items[i];
        if (expr_loop_of(&t->f, symbol) != l->loop) continue;
        const u32 next = expr_state_of(&t->f, symbol)->next;
        if (next != symbol && !is_own(&t->f, l->loop, next)) formal_unroll(t, l->head);
    }
}

/* Where the loop's own instructions end: behind the jump back. */
static u32 exit_of(const formal *t, u32 head) { return t->g->code.items[head].c; }

void formal_check_loop(formal *t) {
    if (!t->loops.count) return;
    const formal_loop *l = &t->loops.items[t->loops.count - 1];
    if (t->frames.count > l->depth) return;
    if (t->frames.count < l->depth || t->pc < l->head || t->pc >= exit_of(t, l->head))
        formal_unroll(t, l->head);
}

static bool is_unrolled(const formal *t, u32 head) {
    for (size_t i = 0; i < t->unrolled_count; i++)
        if (t->unrolled[i] == head) return true;
    return false;
}

static void carry(formal *t, u32 head, u32 from, u32 operand) {
    for (size_t i = from; i < t->carried.count; i++)
        if (t->carried.items[i] == operand) return;
    if (operand == t->g->code.items[head].a) formal_unroll(t, head);
    array_push(&t->carried, operand);
}

/* The names that the body stores, and inner loops' variables. */
static void find_carried(formal *t, u32 head) {
    const u32 from = (u32)t->carried.count;
    for (u32 pc = head + 1; pc < exit_of(t, head); pc++) {
        const instruction *in = &t->g->code.items[pc];
        if (in->op == DO_STORE || in->op == DO_STORE_LEAF) carry(t, head, from, in->b);
        if (in->op == DO_NEXT) carry(t, head, from, in->a);
        if (in->op == DO_ANSWER || in->op == DO_INPUT) formal_unroll(t, head);
    }
}

static void open_loop(formal *t, u32 head, double count) {
    formal_loop l = {.head = head,
                     .depth = t->frames.count,
                     .first = (u32)t->carried.count,
                     .kept = (u32)t->kept.count,
                     .after = FORMAL_UNBOUND};
    find_carried(t, head);
    l.loop = expr_loop_open(&t->f, (u32)count);
    for (size_t i = l.first; i < t->carried.count; i++) {
        u32 *at = formal_at(t, t->carried.items[i]), before = *at;
        bool is_bound = before != FORMAL_UNBOUND;
        if (formal_is_tensor(before) || before == FORMAL_TORN) formal_unroll(t, head);
        u32 symbol = expr_loop_state(&t->f, l.loop, is_bound ? before : expr_number(&t->f, 0));
        if (is_bound) *at = symbol;
    }
    array_push(&t->loops, l);
    array_push(&t->kept, l);
}

/* The loop's variable, in an iteration. */
static u32 variable_of(formal *t, const instruction *next, u32 loop) {
    u32 k = expr_loop_at(&t->f, loop)->index, step = expr_number(&t->f, state_number(t, next, 2));
    u32 from = expr_number(&t->f, state_number(t, next, 0));
    return expr_call2(&t->f, OP_ADD, from, expr_call2(&t->f, OP_MUL, k, step));
}

/* It is an expression of its own where a derivative may be taken in it. */
static bool is_leaf(const formal *t, const instruction *next) {
    const u32 slot = OPERAND_NUMBER(next->a);
    return next->n || (OPERAND_KIND(next->a) == IN_GLOBAL && t->is_variable.items[slot]);
}

static u32 bind_variable(formal *t, const instruction *next, u32 n) {
    if (is_leaf(t, next)) n = formal_alias(t, n, false);
    *formal_at(t, next->a) = n;
    return n;
}

/* A name that stays as it was is no state; one that is not bound by the body may have no value yet. */
static void close_loop(formal *t) {
    const formal_loop l = t->loops.items[t->loops.count - 1];
    const instruction *next = &t->g->code.items[l.head];
    for (u32 i = 0; l.first + i < t->carried.count; i++) {
        u32 after = *formal_at(t, t->carried.items[l.first + i]);
        if (formal_is_tensor(after) || after == FORMAL_TORN) formal_unroll(t, l.head);
        expr_state *s = &expr_states(&t->f, l.loop)[i];
        s->next = after == FORMAL_UNBOUND ? s->symbol : after;
    }
    check_states_asked(t, &l);
    expr_loop_close(&t->f, l.loop);
    for (u32 i = 0; l.first + i < t->carried.count; i++) {
        u32 *at = formal_at(t, t->carried.items[l.first + i]);
        const expr_state *s = &expr_states(&t->f, l.loop)[i];
        if (*at != FORMAL_UNBOUND) *at = s->next == s->symbol ? s->initial : s->result;
    }
    const double end = state_number(t, next, 0) + (state_number(t, next, 3) - 1) * state_number(t, next, 2);
    const u32 after = bind_variable(t, next, expr_number(&t->f, end));
    if (is_leaf(t, next)) t->kept.items[l.kept].after = after;
    t->carried.count = l.first;
    t->loops.count--;
}

static bool may_keep(const formal *t, u32 head, double count) {
    return t->keeps_loops && count >= FEWEST && !is_unrolled(t, head) && t->f.exact;
}

/* At the head of a loop that is kept: into its body, or out of it when that has been run. */
static bool next_of_kept(formal *t, const instruction *in) {
    const size_t open = t->loops.count;
    const formal_loop *l = open ? &t->loops.items[open - 1] : NULL;
    if (l && l->head == t->pc && l->depth == t->frames.count) {
        close_loop(t);
        return false;
    }
    open_loop(t, t->pc, state_number(t, in, 3));
    const u32 inside = bind_variable(t, in, variable_of(t, in, t->loops.items[open].loop));
    t->kept.items[t->loops.items[open].kept].inside = inside;
    return true;
}

/* ---- instructions ---- */

void formal_for_range(formal *t, const instruction *in) {
    const u32 *w = &t->g->operands.items[in->a];
    bool has_start = w[0] > 1 && w[2] != OPERAND_NONE;
    double from = has_start ? loop_number(t, w + 1, w[0], 0, 0) : 0;
    double to = loop_number(t, w + 1, w[0], has_start ? 1 : 0, 0), step = loop_number(t, w + 1, w[0], 2, 1);
    double count = ceil((to - from) / step);
    if (!(count < FORMAL_STEPS))
        formal_fail(t, "this loop is too long for a formula (limit %d)", FORMAL_STEPS);
    double state[LOOP_LOCALS] = {from, 0, step, count > 0 ? count : 0};
    for (u32 i = 0; i < LOOP_LOCALS; i++) {
        u32 n = expr_number(&t->f, state[i]);
        *formal_at(t, OPERAND(IN_LOCAL, in->b + i)) = n;
    }
}

void formal_for(formal *t, const instruction *in) {
    u32 over = formal_value(t, in->a);
    value ids = formal_ids(t, over);
    if (!is_tensor(&ids)) formal_fail(t, "a loop over one number; range(n) counts");
    double state[LOOP_LOCALS] = {0, 0, 1, (double)ids.t->shape[0]};
    for (u32 i = 0; i < LOOP_LOCALS; i++) {
        u32 n = i ? expr_number(&t->f, state[i]) : over;
        *formal_at(t, OPERAND(IN_LOCAL, in->b + i)) = n;
    }
}

bool formal_next(formal *t, const instruction *in) {
    const u32 over = *formal_at(t, OPERAND(IN_LOCAL, in->b));
    const bool counts = !formal_is_tensor(over);
    double k = state_number(t, in, 1), count = state_number(t, in, 3);
    if (counts && k == 0 && may_keep(t, t->pc, count)) return next_of_kept(t, in);
    if (k >= count) return false;
    u32 n = counts ? expr_number(&t->f, expr_at(&t->f, over)->number + k * state_number(t, in, 2))
                   : formal_first_axis(t, over, (size_t)k);
    (void)bind_variable(t, in, n);
    n = expr_number(&t->f, k + 1);
    *formal_at(t, OPERAND(IN_LOCAL, in->b + 1)) = n;
    return true;
}
