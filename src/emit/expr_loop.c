/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expr_loop.c - loops in exact graphs: see expr.h. */
#include "emit/expr.h"

static u32 open_loop(formulas *f, expr_loop l) {
    u32 loop = (u32)f->loops.count;
    l.parent = f->innermost;
    l.start = (u32)f->nodes.count;
    l.first = (u32)f->states.count;
    array_push(&f->loops, l);
    f->innermost = loop;
    return loop;
}

u32 expr_loop_open(formulas *f, u32 count) {
    const u32 loop = open_loop(f, (expr_loop){.count = count, .root = (u32)f->loops.count});
    u32 index = expr_of_loop(f, EXPR_INDEX, loop, 0, 0);
    f->loops.items[loop].index = index;
    return loop;
}

u32 expr_loop_open_adjoint(formulas *f, u32 swept) {
    expr_loop l = *expr_loop_at(f, swept);
    return open_loop(
        f, (expr_loop){.count = l.count, .root = l.root, .index = l.index, .is_backward = !l.is_backward});
}

u32 expr_loop_state(formulas *f, u32 loop, u32 initial) {
    u32 k = f->loops.items[loop].states++;
    if (k >= LOOP_MOST_STATES) f->not_a_loop(f->user);
    u32 symbol = expr_of_loop(f, EXPR_STATE, loop, k, 0);
    array_push(&f->states, ((expr_state){.symbol = symbol, .initial = initial}));
    return symbol;
}

u32 expr_loop_merged(formulas *f, u32 loop) {
    u32 node = expr_of_loop(f, EXPR_LOOP, loop, 0, 0);
    f->loops.items[loop].node = node;
    for (u32 i = 0; i < f->loops.items[loop].states; i++) {
        u32 result = expr_of_loop(f, EXPR_RESULT, loop, i, node);
        expr_states(f, loop)[i].result = result;
    }
    return node;
}

void expr_loop_close(formulas *f, u32 loop) {
    (void)expr_loop_merged(f, loop);
    f->innermost = f->loops.items[loop].parent;
}

expr_state *expr_state_of(const formulas *f, u32 n) {
    return &expr_states(f, expr_loop_of(f, n))[expr_at(f, n)->op];
}

/* What an iteration and its start are made of. */
static void reach_state(const expr_state *s, u8 *reached) {
    reached[s->symbol] = reached[s->initial] = reached[s->next] = 1;
}

static void reach_loop(const formulas *f, u32 n, u8 *reached, const u8 *wanted) {
    const expr_loop *l = expr_loop_at(f, expr_loop_of(f, n));
    for (u32 i = 0; i < l->states; i++) {
        const expr_state *s = &f->states.items[l->first + i];
        if (reached[s->symbol] || (wanted && wanted[s->symbol])) reach_state(s, reached);
    }
}

void expr_reach(const formulas *f, u32 count, const u32 *roots, u8 *reached, const u8 *stops,
                const u8 *wanted) {
    for (u32 i = 0; i < count; i++) reached[roots[i]] = 1;
    for (size_t n = f->nodes.count; n-- > 0;) {
        if (!reached[n] || (stops && stops[n])) continue;
        const expr *e = expr_at(f, (u32)n);
        if (e->kind == EXPR_LOOP) {
            reach_loop(f, (u32)n, reached, wanted);
        } else if (e->kind == EXPR_STATE && !expr_loop_at(f, expr_loop_of(f, (u32)n))->node) {
            reached[expr_state_of(f, (u32)n)->initial] = 1; /* the loop is open: its body is not there yet */
        } else if (e->kind == EXPR_RESULT || e->kind == EXPR_STATE) {
            const expr_state *s = expr_state_of(f, (u32)n);
            const u32 loop = expr_loop_at(f, expr_loop_of(f, (u32)n))->node;
            bool again = !reached[loop] || !reached[s->next] || !reached[s->initial];
            reach_state(s, reached);
            reached[loop] = 1;
            if (again && e->kind == EXPR_STATE) n = (size_t)loop + 1; /* its body once more */
        } else {
            for (u32 i = 0; i < expr_operands(e); i++) reached[expr_parts(f, (u32)n)[i].node] = 1;
        }
    }
}
