/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay_plan.c - from the tape to the nodes of a plan. */
#include "core/replay_parts.h"
#include "core/sweep.h"
#include <string.h>

enum {
    MARK_VARIES = 1, /* depends on the row */
    MARK_BEYOND = 2, /* made with something that there is no kernel for */
    MARK_NEEDED = 4,
};

/* The arguments of a record; `two` is room for them. */
static u32 arguments_of(const tape *t, u32 k, u32 two[2], const u32 **arguments) {
    enum op op = CODE_OP(t->code[k]);
    two[0] = t->a[k], two[1] = t->b[k];
    *arguments = two;
    if (op < OP_ELEMENTWISE_END) {
        if (t->code[k] & CODE_CONST_A) two[0] |= ARG_CONST;
        if (t->code[k] & CODE_CONST_B) two[1] |= ARG_CONST;
        return op_infos[op].arity;
    }
    if (op <= OP_DERIVED) return op == OP_ALIAS || op == OP_CUT || op == OP_ENTRY;
    *arguments = &t->extra.items[t->a[k] + 2];
    return t->extra.items[t->a[k]];
}

/* ---- what depends on the row, and what is within reach ---- */

static bool has_kernel(const tape *t, u32 k) {
    enum op op = CODE_OP(t->code[k]);
    if (t->code[k] & CODE_TENSOR) return false;
    return op < OP_ELEMENTWISE_END || op == OP_LEAF || op == OP_ALIAS || op == OP_CUT || op == OP_WHERE ||
           op == OP_CUSTOM;
}

static void mark_varying(replay *p, const replay_request *q) {
    const tape *t = q->t;
    u8 *marks = p->marks.items;
    for (size_t i = 0; i < q->columns; i++)
        if (q->leaves[i]) marks[q->leaves[i]] = MARK_VARIES;
    for (u32 k = 1; k < t->count; k++) {
        u32 two[2];
        const u32 *arguments;
        u32 count = arguments_of(t, k, two, &arguments);
        u8 mark = marks[k];
        for (u32 i = 0; i < count; i++)
            if (!(arguments[i] & ARG_CONST)) mark |= marks[arguments[i]];
        if ((mark & MARK_VARIES) && !has_kernel(t, k)) mark |= MARK_BEYOND;
        marks[k] = mark;
    }
}

static void need(replay *p, u32 node) {
    if (node) p->marks.items[node] |= MARK_NEEDED;
}

static void mark_needed(replay *p, const tape *t) {
    u8 *marks = p->marks.items;
    for (u32 k = (u32)t->count - 1; k > 0; k--) {
        if ((marks[k] & (MARK_NEEDED | MARK_VARIES)) != (MARK_NEEDED | MARK_VARIES)) continue;
        u32 two[2];
        const u32 *arguments;
        u32 count = arguments_of(t, k, two, &arguments);
        for (u32 i = 0; i < count; i++)
            if (!(arguments[i] & ARG_CONST)) need(p, arguments[i]);
    }
}

/* ---- records to nodes ---- */

static u32 node_of_argument(replay *p, const tape *t, u32 argument) {
    if (!(argument & ARG_CONST) && (p->marks.items[argument] & MARK_VARIES))
        return p->node_of.items[argument];
    value v = tape_value(t, argument);
    return replay_constant(p, view_of(&v).data[0]);
}

static u32 node_of_record(replay *p, const tape *t, u32 k) {
    enum op op = CODE_OP(t->code[k]);
    u32 two[2], node[3] = {0, 0, 0};
    const u32 *arguments;
    u32 count = arguments_of(t, k, two, &arguments);
    for (u32 i = 0; i < count && i < 3; i++) node[i] = node_of_argument(p, t, arguments[i]);
    if (op == OP_ALIAS || op == OP_CUT || op == OP_CUSTOM) return node[0];
    return replay_node_of(p, op == OP_WHERE ? BLOCK_WHERE : (u16)op, node[0], node[1], node[2]);
}

static void make_nodes(replay *p, const replay_request *q) {
    const tape *t = q->t;
    const u8 *marks = p->marks.items;
    for (size_t i = 0; i < q->columns; i++)
        if (q->leaves[i]) p->node_of.items[q->leaves[i]] = replay_node_of(p, NODE_COLUMN, (u32)i, 0, 0);
    for (u32 k = 1; k < t->count; k++)
        if ((marks[k] & (MARK_NEEDED | MARK_VARIES)) == (MARK_NEEDED | MARK_VARIES) &&
            CODE_OP(t->code[k]) != OP_LEAF)
            p->node_of.items[k] = node_of_record(p, t, k);
}

/* ---- the request ---- */

static bool in_reach(const replay *p, const value *v) {
    return !is_tensor(v) && !(v->node && (p->marks.items[v->node] & MARK_BEYOND));
}

static void need_results(replay *p, const replay_request *q) {
    for (size_t i = 0; i < q->results; i++) need(p, q->result[i].node);
}

static void add_results(replay *p, const replay_request *q) {
    for (size_t i = 0; i < q->results; i++) {
        const value *v = &q->result[i];
        u32 node = v->node ? node_of_argument(p, q->t, v->node) : replay_constant(p, v->num);
        array_push(&p->results, ((replay_result){.node = node, .is_derivative = q->is_derivative[i]}));
    }
}

/* Outcomes that do not depend on the row, or that were asked for already, are no guards. */
static void add_guard(replay *p, const replay_guard *g) {
    if (!(p->marks.items[g->node] & MARK_VARIES)) return;
    u32 node = p->node_of.items[g->node];
    if (p->nodes.items[node].op == NODE_CONSTANT) return;
    if (p->guard_of.items[node]) return;
    array_push(&p->guards, ((replay_guard){node, g->holds}));
    p->guard_of.items[node] = (u32)p->guards.count;
}

/* How many guards come before the first that is out of reach. */
static size_t guards_in_reach(const replay *p, const replay_request *q) {
    size_t n = 0;
    while (n < q->guards && !(p->marks.items[q->guard[n].node] & MARK_BEYOND)) n++;
    return n;
}

static void make_room(replay *p, size_t records) {
    while (p->marks.count < records) array_push(&p->marks, 0);
    while (p->node_of.count < records) array_push(&p->node_of, 0);
}

void replay_drop_scratch(replay *p) {
    array_free(&p->marks);
    array_free(&p->node_of);
    array_free(&p->last_use);
    array_free(&p->place);
    array_free(&p->order);
    array_free(&p->free_blocks);
    array_free(&p->guard_of);
    array_free(&p->uses);
    array_free(&p->reader);
    array_free(&p->target);
    array_free(&p->absorbed);
    array_free(&p->nodes);
    mem_free(p->table);
    p->table = NULL;
    p->table_size = 0;
}

bool replay_plan(replay *p, const replay_request *q) {
    p->columns = q->columns;
    make_room(p, q->t->count);
    mark_varying(p, q);
    size_t guards = guards_in_reach(p, q);
    bool whole = guards == q->guards;
    for (size_t i = 0; i < q->results && whole; i++) whole = in_reach(p, &q->result[i]);
    for (size_t i = 0; i < guards; i++) need(p, q->guard[i].node);
    if (whole) need_results(p, q);
    mark_needed(p, q->t);
    make_nodes(p, q);
    while (p->guard_of.count < p->nodes.count) array_push(&p->guard_of, 0);
    for (size_t i = 0; i < guards; i++) add_guard(p, &q->guard[i]);
    if (whole) add_results(p, q);
    replay_schedule(p);
    replay_drop_scratch(p);
    return whole;
}

replay *replay_new(void) { return mem_zero(1, sizeof(replay)); }

void replay_free(replay *p) {
    if (!p) return;
    replay_drop_scratch(p);
    array_free(&p->constants);
    array_free(&p->guards);
    array_free(&p->results);
    array_free(&p->steps);
    array_free(&p->reads);
    mem_free(p->memory);
    mem_free(p->from);
    mem_free(p->to);
    mem_free(p);
}

size_t replay_guard_count(const replay *p) { return p->guards.count; }
bool replay_reads(const replay *p, size_t column) { return p->reads.items[column]; }
size_t replay_length(const replay *p) { return p->steps.count; }
