/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal_if.c - if with a condition on inputs: both branches are run, one after the other, and every name
 * that one of them stores becomes where(condition, its value there, its value here).
 *
 * A branch that returns leaves a value behind for the return of the function that follows it. */
#include "emit/formal.h"

static const instruction *code_at(const formal *t, u32 pc) { return &t->g->code.items[pc]; }

/* The jump over the else branch has the place of the if. */
static bool has_else(const formal *t, u32 head, u32 other) {
    span a = t->g->spans.items[head], b = t->g->spans.items[other - 1];
    return code_at(t, other - 1)->op == DO_JUMP && a.begin == b.begin && a.end == b.end;
}

/* ---- the names that the branches store ---- */

static void save(formal *t, u32 first, u32 operand) {
    for (size_t i = first; i < t->branches.count; i++)
        if (t->branches.items[i].operand == operand) return;
    array_push(&t->branches, ((formal_branch){.operand = operand, .before = *formal_at(t, operand)}));
}

static void save_all(formal *t, u32 from, u32 to) {
    const u32 first = (u32)t->branches.count;
    for (u32 pc = from; pc < to; pc++) {
        const instruction *in = code_at(t, pc);
        if (in->op == DO_STORE || in->op == DO_STORE_LEAF) save(t, first, in->b);
        if (in->op == DO_NEXT) save(t, first, in->a);
        if (in->op == DO_ANSWER && t->frames.count == 1) save(t, first, formal_answer(t));
    }
}

/* Takes what the first branch has made, and goes on with the second from where the first began. */
static void begin_other(formal *t, formal_fork *k) {
    for (size_t i = k->first; i < t->branches.count; i++) {
        formal_branch *b = &t->branches.items[i];
        b->after = *formal_at(t, b->operand);
        *formal_at(t, b->operand) = b->before;
    }
    k->in_other = true;
    k->returns_here = t->returns.count;
    t->pc = k->other;
}

/* A name that only one branch gives a value has none behind them, and one of two shapes is an error where it
 * is used. */
static u32 merged(formal *t, const formal_fork *k, u32 after, u32 here) {
    if (here == after) return here;
    if (here == FORMAL_UNBOUND || after == FORMAL_UNBOUND) return FORMAL_UNBOUND;
    if (here != FORMAL_TORN && after != FORMAL_TORN) {
        if (formal_is_alike(t, after, here)) return formal_where(t, k->condition, after, here);
        t->torn = k->start;
    }
    return FORMAL_TORN;
}

static void merge(formal *t, const formal_fork *k) {
    for (size_t i = k->first; i < t->branches.count; i++) {
        const formal_branch *b = &t->branches.items[i];
        u32 y = merged(t, k, b->after, *formal_at(t, b->operand));
        *formal_at(t, b->operand) = y;
    }
}

/* ---- returns ---- */

/* Those of the branches hold under the branch's own condition. */
static void qualify(formal *t, size_t from, size_t to, u32 condition) {
    for (size_t i = from; i < to; i++) {
        formal_return *r = &t->returns.items[i];
        r->condition = expr_call2(&t->f, OP_AND, condition, r->condition);
    }
}

static u32 with_returns(formal *t, size_t from, u32 y) {
    while (t->returns.count > from) {
        formal_return r = t->returns.items[--t->returns.count];
        y = formal_choose(t, r.condition, r.value, y);
    }
    return y;
}

static void pop(formal *t) {
    t->branches.count = t->forks.items[t->forks.count - 1].first;
    t->forks.count--;
}

/* Behind both branches. */
static void finish(formal *t) {
    const formal_fork k = t->forks.items[t->forks.count - 1];
    qualify(t, k.returns_before, k.returns_here, k.condition);
    if (t->returns.count > k.returns_here) {
        u32 otherwise = expr_call1(&t->f, OP_NOT, k.condition);
        qualify(t, k.returns_here, t->returns.count, otherwise);
    }
    if (k.returned) array_push(&t->returns, ((formal_return){k.condition, k.value}));
    else merge(t, &k);
    pop(t);
}

/* The second branch returns y where the first does not: the rest is for the first. */
static void go_on_with_first(formal *t, u32 y) {
    const formal_fork k = t->forks.items[t->forks.count - 1];
    qualify(t, k.returns_before, k.returns_here, k.condition);
    for (size_t i = k.first; i < t->branches.count; i++)
        *formal_at(t, t->branches.items[i].operand) = t->branches.items[i].after;
    u32 otherwise = expr_call1(&t->f, OP_NOT, k.condition);
    array_push(&t->returns, ((formal_return){otherwise, y}));
    t->pc = k.end;
    pop(t);
}

/* A return on a condition in a loop that is kept would be used behind the loop, where what it is made of has
 * no value. */
static void unroll_around_return(formal *t) {
    if (!t->loops.count || !t->forks.count) return;
    const formal_loop *l = &t->loops.items[t->loops.count - 1];
    const formal_fork *k = &t->forks.items[t->forks.count - 1];
    if (k->is_statement && k->depth == t->frames.count && l->depth == t->frames.count)
        formal_unroll(t, l->head);
}

bool formal_returned(formal *t, u32 *y) {
    unroll_around_return(t);
    while (t->forks.count) {
        formal_fork *k = &t->forks.items[t->forks.count - 1];
        if (!k->is_statement || k->depth != t->frames.count) break;
        *y = with_returns(t, k->in_other ? k->returns_here : k->returns_before, *y);
        if (!k->in_other) {
            k->returned = true;
            k->value = *y;
            begin_other(t, k);
            return true;
        }
        if (!k->returned) {
            go_on_with_first(t, *y);
            return true;
        }
        *y = formal_choose(t, k->condition, k->value, *y);
        pop(t);
    }
    *y = with_returns(t, t->frames.items[t->frames.count - 1].returns, *y);
    return false;
}

/* ---- the fork ---- */

u32 formal_fork_if(formal *t, const instruction *in, u32 condition) {
    const u32 other = in->b;
    const bool two = has_else(t, t->pc, other);
    formal_fork k = {.condition = condition,
                     .other = other,
                     .start = t->pc,
                     .jump = two ? other - 1 : other,
                     .end = two ? code_at(t, other - 1)->a : other,
                     .depth = t->frames.count,
                     .is_statement = true,
                     .first = (u32)t->branches.count,
                     .returns_before = t->returns.count};
    save_all(t, t->pc + 1, k.end);
    array_push(&t->forks, k);
    return t->pc + 1;
}

bool formal_join_if(formal *t) {
    formal_fork *k = &t->forks.items[t->forks.count - 1];
    if (!k->in_other && t->pc == k->jump) {
        begin_other(t, k);
        return true;
    }
    if (k->in_other && t->pc == k->end) {
        finish(t);
        return true;
    }
    if (t->pc >= k->start && t->pc <= k->end) return false;
    t->pc = k->start;
    formal_fail(
        t, "'break' and 'continue' under a condition on an input have no formula; where(c, a, b) has one");
}
