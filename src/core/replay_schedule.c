/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay_schedule.c - nodes that are needed become steps, in the order of the tape, those for guards first.
 *
 * A block is given back when its last reader has passed.  A step never writes a block that it reads, so that
 * the compiler's vector loops need not look whether they overlap. */
#include "core/replay_parts.h"
#include <string.h>

enum { LINE = 8 }; /* doubles in a line of the cache, which vectors should not cross */

static u32 argument_count(const replay_node *n) {
    if (n->op == BLOCK_WHERE) return 3;
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

/* ---- pairs: a node and its only reader in one step ---- */

static void count_uses(replay *p) {
    u32 arguments[3] = {0};
    for (size_t i = 0; i < p->order.count; i++) {
        u32 node = p->order.items[i];
        arguments_of(&p->nodes.items[node], arguments);
        for (u32 k = 0; k < argument_count(&p->nodes.items[node]); k++) p->uses.items[arguments[k]]++;
    }
    for (size_t i = 0; i < p->results.count; i++) p->uses.items[p->results.items[i].node] += 2;
    for (size_t i = 0; i < p->guards.count; i++) p->uses.items[p->guards.items[i].node] += 2;
}

/* A node can be the first of a pair where nobody else reads it and its operands need not be kept for long. */
static bool can_be_absorbed(const replay *p, u32 node, u32 reader) {
    enum { NEAR = 16 };
    return block_can_be_first(p->nodes.items[node].op) && p->uses.items[node] == 1 &&
           p->absorbed.items[node] == PLACE_NONE && reader - node <= NEAR;
}

static void find_pairs(replay *p) {
    count_uses(p);
    for (size_t i = 0; i < p->order.count; i++) {
        u32 node = p->order.items[i];
        const replay_node *n = &p->nodes.items[node];
        u32 first = n->a > n->b ? n->a : n->b, other = n->a > n->b ? n->b : n->a;
        if (block_second_of(n->op, true) == SECOND_NONE) continue;
        if (!can_be_absorbed(p, first, node)) first = other;
        if (!can_be_absorbed(p, first, node)) continue;
        p->absorbed.items[node] = first;
        p->reader.items[first] = node;
    }
}

static bool is_absorbed(const replay *p, u32 node) { return p->reader.items[node] != PLACE_NONE; }

/* What the step of a node reads; returns how many there are. */
static u32 operands_of(const replay *p, u32 node, u32 operands[3]) {
    const replay_node *n = &p->nodes.items[node];
    u32 first = p->absorbed.items[node];
    arguments_of(n, operands);
    if (first == PLACE_NONE) return argument_count(n);
    operands[2] = n->a == first ? n->b : n->a;
    operands[0] = p->nodes.items[first].a, operands[1] = p->nodes.items[first].b;
    return 3;
}

/* ---- uses: where in the order a node is read last ---- */

static void note_uses(replay *p) {
    u32 operands[3] = {0};
    for (u32 at = 0; at < p->order.count; at++) {
        u32 node = p->order.items[at];
        if (is_absorbed(p, node)) continue;
        u32 count = operands_of(p, node, operands);
        for (u32 k = 0; k < count; k++) p->last_use.items[operands[k]] = at;
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

static u32 place_for(replay *p, u32 node) {
    u32 *place = &p->place.items[node];
    *place = p->target.items[node] != PLACE_NONE ? p->target.items[node] : PLACE(IN_BLOCK, take_block(p));
    return *place;
}

static void give_back(replay *p, u32 node) {
    u32 place = p->place.items[node];
    if (place != PLACE_NONE && PLACE_KIND(place) == IN_BLOCK)
        array_push(&p->free_blocks, PLACE_NUMBER(place));
}

static void give_back_operands(replay *p, u32 node, u32 at) {
    u32 operands[3] = {0};
    u32 count = operands_of(p, node, operands);
    for (u32 k = 0; k < count; k++) {
        bool again = false;
        for (u32 j = 0; j < k; j++) again |= operands[j] == operands[k];
        if (!again && p->last_use.items[operands[k]] == at) give_back(p, operands[k]);
    }
}

/* sin and cos of one argument are one step: whether the other one is wanted too. */
static bool find_other(const replay *p, const replay_node *n, u32 *other) {
    if (n->op != OP_SIN && n->op != OP_COS) return false;
    return replay_lookup(p, n->op == OP_SIN ? OP_COS : OP_SIN, n->a, other) &&
           p->place.items[*other] == PLACE_NONE;
}

static void add_step(replay *p, u32 node) {
    const replay_node *n = &p->nodes.items[node];
    u32 operands[3] = {0}, other, first = p->absorbed.items[node];
    u32 count = operands_of(p, node, operands);
    block_step s = {.op = n->op};
    u32 *place[3] = {&s.a, &s.b, &s.c};
    for (u32 k = 0; k < count; k++) *place[k] = p->place.items[operands[k]];
    if (first != PLACE_NONE) {
        s.op = p->nodes.items[first].op;
        s.second = (u16)block_second_of(n->op, n->a == first);
    }
    s.to = place_for(p, node);
    if (find_other(p, n, &other)) {
        s.op = BLOCK_SINCOS;
        s.to2 = place_for(p, other);
        if (n->op == OP_COS) {
            u32 sine = s.to2;
            s.to2 = s.to, s.to = sine;
        }
    }
    array_push(&p->steps, s);
}

static void add_guard_steps(replay *p, u32 node) {
    u32 guard = node < p->guard_of.count ? p->guard_of.items[node] : 0;
    if (!guard) return;
    bool holds = p->guards.items[guard - 1].holds;
    array_push(&p->steps, ((block_step){.op = STEP_GUARD, .a = p->place.items[node], .b = holds}));
}

static void add_steps(replay *p, u32 from, u32 to, bool guards) {
    for (u32 at = from; at < to; at++) {
        u32 node = p->order.items[at];
        if (is_absorbed(p, node)) continue;
        if (p->place.items[node] == PLACE_NONE) add_step(p, node);
        if (guards) add_guard_steps(p, node);
        give_back_operands(p, node, at);
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

/* ---- addresses ---- */

/* Blocks lie in the nearest cache where few rows do not cost more than they save, else in the next one. */
static void choose_rows(replay *p) {
    enum { NEAREST = 24 << 10, NEXT = 1 << 19, ENOUGH = 128, FEWEST = 8 };
    p->rows = REPLAY_BLOCK;
    while (p->rows > ENOUGH && p->rows * sizeof(double) * p->block_count > NEAREST) p->rows /= 2;
    while (p->rows > FEWEST && p->rows * sizeof(double) * p->block_count > NEXT) p->rows /= 2;
}

/* A place's number in p->from; in p->to there are no columns. */
static u32 address_of(const replay *p, u32 place) {
    size_t before[4] = {[IN_RESULT] = p->columns};
    before[IN_BLOCK] = before[IN_RESULT] + p->results.count;
    before[IN_CONSTANT] = before[IN_BLOCK] + p->block_count;
    return (u32)(before[PLACE_KIND(place)] + PLACE_NUMBER(place));
}

static bool varies(u32 place) { return PLACE_KIND(place) != IN_CONSTANT; }

static void address_step(replay *p, block_step *s) {
    s->a_varies = varies(s->a), s->b_varies = varies(s->b), s->c_varies = varies(s->c);
    s->a = address_of(p, s->a);
    if (s->op == STEP_GUARD) return;
    s->b = address_of(p, s->b), s->c = address_of(p, s->c);
    s->to = address_of(p, s->to) - (u32)p->columns, s->to2 = address_of(p, s->to2) - (u32)p->columns;
    block_choose(s);
}

static void address_result(const replay *p, replay_result *r) {
    u32 place = p->place.items[r->node];
    r->is_constant = !varies(place);
    r->place = address_of(p, place);
}

/* Neighbours begin in different lines of the cache. */
static size_t stride_of(const replay *p) { return p->rows + LINE; }

/* The first address that is in a line's beginning. */
static double *first_line(double *memory) {
    return (double *)(((uintptr_t)memory + LINE * sizeof(double) - 1) &
                      ~(uintptr_t)(LINE * sizeof(double) - 1));
}

static void address_blocks(const replay *p, const double **from, double **to, double *at) {
    size_t first = p->columns + p->results.count;
    for (size_t i = 0; i < p->block_count; i++, at += stride_of(p))
        from[first + i] = to[p->results.count + i] = at;
}

static void make_memory(replay *p) {
    size_t blocks = p->block_count, constants = p->constants.count;
    size_t first = p->columns + p->results.count;
    p->from = mem_zero(first + blocks + constants, sizeof *p->from);
    p->to = mem_zero(p->results.count + blocks, sizeof *p->to);
    p->memory = mem_alloc(mem_product(blocks, stride_of(p)) + mem_product(constants, BLOCK_LANES) + LINE,
                          sizeof *p->memory);
    double *at = first_line(p->memory);
    address_blocks(p, p->from, p->to, at);
    at += blocks * stride_of(p);
    for (size_t i = 0; i < constants; i++, at += BLOCK_LANES) {
        for (size_t k = 0; k < BLOCK_LANES; k++) at[k] = p->constants.items[i];
        p->from[first + blocks + i] = at;
    }
}

void replay_copy_memory(const replay *p, replay_memory *m) {
    size_t blocks = p->block_count, sources = p->columns + p->results.count + blocks + p->constants.count;
    m->from = mem_alloc(sources, sizeof *m->from);
    m->to = mem_alloc(p->results.count + blocks, sizeof *m->to);
    m->blocks = mem_alloc(mem_product(blocks, stride_of(p)) + LINE, sizeof *m->blocks);
    memcpy(m->from, p->from, sources * sizeof *m->from);
    address_blocks(p, m->from, m->to, first_line(m->blocks));
}

void replay_free_memory(replay_memory *m) {
    mem_free(m->from);
    mem_free(m->to);
    mem_free(m->blocks);
}

static void start_lists(replay *p) {
    while (p->reads.count < p->columns) array_push(&p->reads, 0);
    for (size_t i = 0; i < p->nodes.count; i++) {
        array_push(&p->place, UNSEEN);
        array_push(&p->last_use, 0);
        array_push(&p->uses, 0);
        array_push(&p->reader, PLACE_NONE);
        array_push(&p->target, PLACE_NONE);
        array_push(&p->absorbed, PLACE_NONE);
    }
}

/* What guards need does not know yet where results go; the steps behind them write results in place. */
static void want_results(replay *p) {
    for (size_t i = 0; i < p->results.count; i++) {
        replay_result *r = &p->results.items[i];
        u32 *target = &p->target.items[r->node];
        r->in_place = p->place.items[r->node] != ORDERED && *target == PLACE_NONE &&
                      is_computed(&p->nodes.items[r->node]);
        if (r->in_place) *target = PLACE(IN_RESULT, i);
        want(p, r->node);
    }
}

void replay_schedule(replay *p) {
    start_lists(p);
    for (size_t i = 0; i < p->guards.count; i++) want(p, p->guards.items[i].node);
    order_wanted(p);
    u32 guarded = (u32)p->order.count;
    want_results(p);
    order_wanted(p);
    find_pairs(p);
    note_uses(p);
    for (size_t i = 0; i < p->order.count; i++) place_leaf(p, p->order.items[i]);
    add_steps(p, 0, guarded, true);
    p->guard_steps = p->steps.count;
    add_steps(p, guarded, (u32)p->order.count, false);
    choose_rows(p);
    make_memory(p);
    for (size_t i = 0; i < p->steps.count; i++) address_step(p, &p->steps.items[i]);
    for (size_t i = 0; i < p->results.count; i++) address_result(p, &p->results.items[i]);
}
