/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused_block_plan.c - which steps of a fused loop run over whole blocks, and in what order: see
 * fused_block.h. */
#include "core/fused_block_parts.h"
#include <string.h>

enum { MOST_REGISTERS = 1024, LONGEST_BLOCK = 256, COLUMN_NUMBERS = 1 << 15 };

void fused_blocks_free(fused_blocks *b) {
    if (!b) return;
    array_free(&b->forward);
    array_free(&b->back);
    array_free(&b->pairs);
    array_free(&b->repeated);
    array_free(&b->cleared);
    array_free(&b->ended);
    array_free(&b->gathered);
    mem_free(b->memory);
    mem_free(b->values);
    mem_free(b->adjoints);
    mem_free(b);
}

/* ---- recurrences ---- */

static bool find_pairs(block_body *w) {
    const fused *f = w->f;
    for (size_t i = 0; i < f->outputs.count; i++) {
        const fused_output *o = &f->outputs.items[i];
        if (o->carried == FUSED_NONE || o->carried == o->from) continue;
        if (w->b->pairs.count == BLOCK_MOST_PAIRS || w->producer[o->from] == FUSED_NONE) return false;
        for (size_t k = 0; k < w->b->pairs.count; k++)
            if (w->b->pairs.items[k].from == o->from) return false;
        w->pair_of[o->carried] = (u16)w->b->pairs.count;
        array_push(&w->b->pairs, ((block_pair){o->carried, o->from}));
    }
    return true;
}

static void find_dependences(block_body *w) {
    const fused *f = w->f;
    size_t count = w->b->pairs.count;
    for (size_t k = 0; k < count; k++) {
        w->depends[w->b->pairs.items[k].carried] = (u64)1 << k;
        w->feeds[w->b->pairs.items[k].from] |= (u64)1 << k;
    }
    for (size_t i = 0; i < f->steps.count; i++) {
        const fused_step *s = &f->steps.items[i];
        if (fused_reads_a(s)) w->depends[s->to] |= w->depends[s->a];
        if (fused_reads_b(s)) w->depends[s->to] |= w->depends[s->b];
    }
    for (size_t i = f->steps.count; i-- > 0;) {
        const fused_step *s = &f->steps.items[i];
        if (fused_reads_a(s)) w->feeds[s->a] |= w->feeds[s->to];
        if (fused_reads_b(s)) w->feeds[s->b] |= w->feeds[s->to];
    }
    for (size_t k = 0; k < count; k++) w->reaches[k] = w->depends[w->b->pairs.items[k].from];
    for (size_t via = 0; via < count; via++)
        for (size_t k = 0; k < count; k++)
            if (w->reaches[k] >> via & 1) w->reaches[k] |= w->reaches[via];
}

u8 block_group(const block_body *w, u8 k) {
    for (u8 j = 0; j < k; j++)
        if ((w->reaches[k] >> j & 1) && (w->reaches[j] >> k & 1)) return j;
    return k;
}

/* A step is in a recurrence where it is made from a carried name that, iterations later, is made from it. */
static u8 group_of(const block_body *w, const fused_step *s) {
    u8 pairs = (u8)w->b->pairs.count; /* BLOCK_MOST_PAIRS at most */
    for (u8 k = 0; k < pairs; k++) {
        if (!(w->depends[s->to] >> k & 1)) continue;
        for (u8 j = 0; j < pairs; j++)
            if ((w->feeds[s->to] >> j & 1) && (j == k || (w->reaches[k] >> j & 1))) return block_group(w, k);
    }
    return BLOCK_NO_GROUP;
}

/* False where a step in a recurrence is none of numbers. */
static bool find_groups(block_body *w) {
    for (size_t i = 0; i < w->f->steps.count; i++) {
        w->group[i] = group_of(w, &w->f->steps.items[i]);
        if (w->group[i] != BLOCK_NO_GROUP && w->f->steps.items[i].op >= OP_ELEMENTWISE_END) return false;
    }
    return true;
}

/* ---- the order of steps, forward ---- */

static bool is_ready(const block_body *w, u16 reg, u8 group) {
    u16 by = w->producer[reg];
    if (w->pair_of[reg] != FUSED_NONE) by = w->producer[w->b->pairs.items[w->pair_of[reg]].from];
    return by == FUSED_NONE || w->done[by] || (group != BLOCK_NO_GROUP && w->group[by] == group);
}

static bool step_is_ready(const block_body *w, size_t i) {
    const fused_step *s = &w->f->steps.items[i];
    return (!fused_reads_a(s) || is_ready(w, s->a, w->group[i])) &&
           (!fused_reads_b(s) || is_ready(w, s->b, w->group[i]));
}

block_step block_value(const fused_step *s) {
    static const u16 loads[] = {BLOCK_LOAD, BLOCK_AXIS, BLOCK_LOAD_AT, BLOCK_LOAD_NEAR};
    block_step v = {.to = s->to, .a = s->a, .b = s->b, .n = s->n};
    if (s->op >= OP_ELEMENTWISE_END) {
        v.what = loads[s->op - FUSED_LOAD];
        return v;
    }
    v.what = BLOCK_VALUE;
    v.op = s->op;
    v.run = column_value((enum op)s->op);
    if (op_infos[s->op].arity == 1) v.b = s->a;
    v.y = s->a;
    return v;
}

static void add_alone(block_body *w, const fused_step *s) {
    block_step v = block_value(s);
    for (size_t k = 0; v.what == BLOCK_LOAD_NEAR && k < w->b->pairs.count; k++)
        v.y |= w->b->pairs.items[k].from == v.to;
    array_push(&w->b->forward, v);
}

static bool add_group(block_body *w, u8 group) {
    u32 count = 0;
    for (size_t i = 0; i < w->f->steps.count; i++) {
        if (w->group[i] != group) continue;
        if (!step_is_ready(w, i)) return false;
        count++;
    }
    array_push(&w->b->forward, ((block_step){.what = BLOCK_SERIAL, .n = count}));
    for (size_t i = 0; i < w->f->steps.count; i++)
        if (w->group[i] == group) array_push(&w->b->forward, block_value(&w->f->steps.items[i]));
    return true;
}

static void mark_done(block_body *w, size_t i) {
    w->done[i] = 1;
    for (size_t k = 0; w->group[i] != BLOCK_NO_GROUP && k < w->f->steps.count; k++)
        if (w->group[k] == w->group[i]) w->done[k] = 1;
}

/* Everything behind what it is made from, in this iteration or in the one before. */
static bool order_steps(block_body *w) {
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < w->f->steps.count; i++) {
            if (w->done[i]) continue;
            if (w->group[i] == BLOCK_NO_GROUP) {
                if (!step_is_ready(w, i)) continue;
                add_alone(w, &w->f->steps.items[i]);
            } else if (!add_group(w, w->group[i])) {
                continue;
            }
            mark_done(w, i);
            moved = true;
        }
    }
    for (size_t i = 0; i < w->f->steps.count; i++)
        if (!w->done[i]) return false;
    return true;
}

/* ---- all of it ---- */

static void find_columns(block_body *w) {
    const fused *f = w->f;
    for (size_t i = 0; i < f->constants.count; i++) array_push(&w->b->repeated, f->constants.items[i].to);
    for (size_t i = 0; i < f->inputs.count; i++) {
        const fused_input *in = &f->inputs.items[i];
        if (in->is_tensor || w->pair_of[in->place] != FUSED_NONE) continue;
        array_push(&w->b->repeated, in->place);
        if (w->p->active[in->place] && w->touched[in->place]) array_push(&w->b->gathered, in->place);
    }
}

static bool plan_blocks(block_body *w, const u8 *again) {
    memset(w->producer, 0xff, w->f->register_count * sizeof *w->producer);
    memset(w->pair_of, 0xff, w->f->register_count * sizeof *w->pair_of);
    for (size_t i = 0; i < w->f->steps.count; i++) {
        if (w->f->steps.items[i].op == FUSED_LEAVE) return false;
        w->producer[w->f->steps.items[i].to] = (u16)i;
    }
    if (!find_pairs(w)) return false;
    find_dependences(w);
    if (!find_groups(w) || !order_steps(w)) return false;
    w->b->column_count = w->f->register_count + 1u;
    block_add_back(w, again);
    find_columns(w);
    u32 length = COLUMN_NUMBERS / w->b->column_count / 8 * 8;
    w->b->length = length > LONGEST_BLOCK ? LONGEST_BLOCK : length < 32 ? 32 : length;
    return w->b->column_count < UINT16_MAX;
}

fused_blocks *fused_blocks_make(const fused *f, const fused_plan *p, const u8 *again) {
    if (f->register_count > MOST_REGISTERS) return NULL;
    size_t registers = f->register_count + 1u, steps = f->steps.count + 1;
    block_body w = {.f = f, .p = p, .b = mem_zero(1, sizeof *w.b)};
    u64 *memory = NULL;
    bool fits = false;
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) {
        memory =
            mem_zero(2 * registers + BLOCK_MOST_PAIRS + (5 * registers + 2 * steps) / 8 + 8, sizeof *memory);
        w.depends = memory;
        w.feeds = w.depends + registers;
        w.reaches = w.feeds + registers;
        w.producer = (u16 *)(w.reaches + BLOCK_MOST_PAIRS);
        w.pair_of = w.producer + registers;
        w.group = (u8 *)(w.pair_of + registers);
        w.done = w.group + steps;
        w.touched = w.done + steps;
        fits = plan_blocks(&w, again);
    }
    fault_end(&here);
    mem_free(memory);
    if (!fits) fused_blocks_free(w.b);
    if (fault) fault_raise((enum fault)fault);
    return fits ? w.b : NULL;
}
