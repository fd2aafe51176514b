/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay_schedule.c - nodes that are needed become steps, in the order of the tape, those for guards first.
 *
 * A block is given back when its last reader has passed.  A step never writes a block that it reads, so that
 * the compiler's vector loops need not look whether they overlap. */
#include "core/replay_parts.h"
#include <string.h>

enum { LINE = 8 }; /* doubles in a line of the cache, which vectors should not cross */

static u32 argument_count(const replay_node *n) {
    if (n->op == NODE_WHERE) return 3;
    return n->op < OP_ELEMENTWISE_END ? op_infos[n->op].arity : 0;
}

static void arguments_of(const replay_node *n, u32 arguments[3]) {
    arguments[0] = n->a, arguments[1] = n->b, arguments[2] = n->c;
}

static bool is_computed(const replay_node *n) { return n->op != NODE_COLUMN && n->op != NODE_CONSTANT; }

/* ---- order: node numbers, marked in `place` on the way ---- */

enum { UNSEEN, WANTED, ORDERED };

static void want(replay *p, u32 node) {
    if (p->place.items[node] == UNSEEN) p->place.items[node] = WANTED;
}

/* Arguments have lower numbers, so one pass from the back finds all, and one forward puts them in order. */
static void order_wanted(replay *p) {
    u32 arguments[3] = {0};
    for (size_t i = p->nodes.count; i-- > 0;) {
        if (p->place.items[i] != WANTED) continue;
        arguments_of(&p->nodes.items[i], arguments);
        for (u32 k = 0; k < argument_count(&p->nodes.items[i]); k++) want(p, arguments[k]);
    }
    for (u32 i = 0; i < p->nodes.count; i++)
        if (p->place.items[i] == WANTED) {
            p->place.items[i] = ORDERED;
            array_push(&p->order, i);
        }
}

/* ---- uses: where in the order a node is read last ---- */

static void note_uses(replay *p) {
    u32 arguments[3] = {0};
    for (u32 at = 0; at < p->order.count; at++) {
        const replay_node *n = &p->nodes.items[p->order.items[at]];
        arguments_of(n, arguments);
        for (u32 k = 0; k < argument_count(n); k++) p->last_use.items[arguments[k]] = at;
    }
    for (size_t i = 0; i < p->results.count; i++) p->last_use.items[p->results.items[i].node] = UINT32_MAX;
}

/* ---- places ---- */

static u32 take_block(replay *p) {
    if (p->free_blocks.count) return p->free_blocks.items[--p->free_blocks.count];
    array_push(&p->free_blocks, 0); /* so that there is room for it when it comes back */
    p->free_blocks.count--;
    return p->block_count++;
}

static void give_back(replay *p, u32 node) {
    if (is_computed(&p->nodes.items[node]) && p->place.items[node] != PLACE_NONE)
        array_push(&p->free_blocks, PLACE_NUMBER(p->place.items[node]));
}

static void give_back_arguments(replay *p, const replay_node *n, u32 at) {
    u32 arguments[3] = {0};
    arguments_of(n, arguments);
    for (u32 k = 0; k < argument_count(n); k++) {
        bool again = false;
        for (u32 j = 0; j < k; j++) again |= arguments[j] == arguments[k];
        if (!again && p->last_use.items[arguments[k]] == at) give_back(p, arguments[k]);
    }
}

/* sin and cos of one argument are one step: whether the other one is wanted too. */
static bool find_other(const replay *p, const replay_node *n, u32 *other) {
    if (n->op != OP_SIN && n->op != OP_COS) return false;
    return replay_lookup(p, n->op == OP_SIN ? OP_COS : OP_SIN, n->a, other) &&
           p->place.items[*other] == PLACE_NONE;
}

static void add_step(replay *p, u32 at) {
    u32 node = p->order.items[at], other;
    const replay_node *n = &p->nodes.items[node];
    replay_step s = {.op = n->op};
    u32 *from[3] = {&s.a, &s.b, &s.c}, arguments[3] = {0};
    arguments_of(n, arguments);
    u32 count = argument_count(n);
    for (u32 k = 0; k < 3 && k < count; k++) *from[k] = p->place.items[arguments[k]];
    s.to = take_block(p);
    p->place.items[node] = PLACE(IN_BLOCK, s.to);
    if (find_other(p, n, &other)) {
        s.op = STEP_SINCOS;
        s.to2 = take_block(p);
        p->place.items[other] = PLACE(IN_BLOCK, s.to2);
        if (n->op == OP_COS) {
            u32 sine = s.to2;
            s.to2 = s.to, s.to = sine;
        }
    }
    array_push(&p->steps, s);
}

static void add_guard_steps(replay *p, u32 node) {
    for (size_t i = 0; i < p->guards.count; i++)
        if (p->guards.items[i].node == node)
            array_push(
                &p->steps,
                ((replay_step){.op = STEP_GUARD, .a = p->place.items[node], .b = p->guards.items[i].holds}));
}

static void add_steps(replay *p, u32 from, u32 to, bool guards) {
    for (u32 at = from; at < to; at++) {
        u32 node = p->order.items[at];
        const replay_node *n = &p->nodes.items[node];
        if (is_computed(n) && p->place.items[node] == PLACE_NONE) add_step(p, at);
        if (guards) add_guard_steps(p, node);
        give_back_arguments(p, n, at);
        if (p->last_use.items[node] == 0) give_back(p, node); /* a guard that nobody else reads */
    }
}

static void place_leaf(replay *p, u32 node) {
    const replay_node *n = &p->nodes.items[node];
    u32 *place = &p->place.items[node];
    *place = PLACE_NONE;
    if (n->op == NODE_COLUMN) {
        *place = PLACE(IN_COLUMN, n->a);
        p->reads.items[n->a] = 1;
    } else if (n->op == NODE_CONSTANT) {
        *place = PLACE(IN_CONSTANT, p->constants.count);
        array_push(&p->constants, replay_number(n));
    }
}

/* Blocks of long programs hold fewer rows, so that all of them stay in the cache as long as that pays. */
static void choose_rows(replay *p) {
    enum { CACHE = 1 << 19, FEWEST = 8 };
    p->rows = REPLAY_BLOCK;
    while (p->rows > FEWEST && p->rows * sizeof(double) * p->block_count > CACHE) p->rows /= 2;
}

void replay_schedule(replay *p) {
    while (p->reads.count < p->columns) array_push(&p->reads, 0);
    for (size_t i = 0; i < p->nodes.count; i++) {
        array_push(&p->place, UNSEEN);
        array_push(&p->last_use, 0);
    }
    for (size_t i = 0; i < p->guards.count; i++) want(p, p->guards.items[i].node);
    order_wanted(p);
    u32 guarded = (u32)p->order.count;
    for (size_t i = 0; i < p->results.count; i++) want(p, p->results.items[i].node);
    order_wanted(p);
    note_uses(p);
    for (size_t i = 0; i < p->order.count; i++) place_leaf(p, p->order.items[i]);
    add_steps(p, 0, guarded, true);
    p->guard_steps = p->steps.count;
    add_steps(p, guarded, (u32)p->order.count, false);
    for (size_t i = 0; i < p->results.count; i++)
        p->results.items[i].place = p->place.items[p->results.items[i].node];
    choose_rows(p);
    p->stride = p->rows + LINE; /* neighbours begin in different lines of the cache */
    p->memory = mem_alloc(mem_product(p->block_count, p->stride) + LINE, sizeof *p->memory);
    p->blocks = (double *)(((uintptr_t)p->memory + LINE * sizeof(double) - 1) &
                           ~(uintptr_t)(LINE * sizeof(double) - 1));
}
