/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused_block_back.c - the sweep over a block of iterations as a list of updates of adjoints: see
 * fused_block.h. */
#include "core/fused_block_parts.h"
#include <string.h>

/* Whether the adjoint's column begins as zeros, or with what comes from later iterations. */
static bool begins_cleared(const block_body *w, u16 reg) {
    if (w->pair_of[reg] != FUSED_NONE) return true;
    for (size_t i = 0; w->producer[reg] != FUSED_NONE && i < w->f->outputs.count; i++)
        if (w->f->outputs.items[i].from == reg) return true;
    return false;
}

static void clear_at_first(block_body *w, u16 reg) {
    if (w->touched[reg]) return;
    w->touched[reg] = 1;
    array_push(&w->b->cleared, reg);
}

/* The column of a partial derivative of a step, after the steps that make it; and what it does there. */
static u16 partial_column(block_body *w, const block_step *v, int which, enum column_update *update,
                          bool is_alone) {
    const char *partial = op_infos[v->op].partials[which];
    *update = UPDATE_TIMES;
    if (strcmp(partial, "x") == 0) return v->a;
    if (strcmp(partial, "w") == 0) return v->b;
    if (strcmp(partial, "y") == 0) return v->to;
    if (strcmp(partial, "ONE") == 0) return *update = UPDATE_ADD, v->a;
    if (strcmp(partial, "NUM(-1.0)") == 0) return *update = UPDATE_SUBTRACT, v->a;
    u32 column = is_alone ? w->f->register_count : w->b->column_count++;
    array_push(&w->b->back, ((block_step){.what = BLOCK_VALUE,
                                          .op = v->op,
                                          .to = (u16)column,
                                          .a = v->a,
                                          .b = v->b,
                                          .y = v->to,
                                          .run = column_partial((enum op)v->op, which)}));
    return (u16)column;
}

static bool passes_on(const block_body *w, const block_step *v, int which) {
    const op_info *info = &op_infos[v->op];
    return which < info->arity && w->p->active[which ? v->b : v->a] &&
           !PARTIAL_IS_ZERO(info->partials[which]);
}

static void add_update(block_body *w, block_step u) {
    if (!w->touched[u.to] && !begins_cleared(w, u.to)) u.op += UPDATE_SET;
    w->touched[u.to] = 1;
    u.run = column_update(u.op);
    array_push(&w->b->back, u);
}

static void add_back_alone(block_body *w, const block_step *v) {
    if (v->what != BLOCK_VALUE) {
        static const u16 scatters[] = {[BLOCK_LOAD] = BLOCK_SCATTER,
                                       [BLOCK_LOAD_AT] = BLOCK_SCATTER_AT,
                                       [BLOCK_LOAD_NEAR] = BLOCK_SCATTER_NEAR};
        block_step scatter = *v;
        scatter.what = scatters[v->what];
        scatter.run = column_update(UPDATE_ADD);
        array_push(&w->b->back, scatter);
        return;
    }
    for (int which = 0; which < 2; which++) {
        enum column_update update;
        if (!passes_on(w, v, which)) continue;
        u16 by = partial_column(w, v, which, &update, true);
        add_update(
            w, (block_step){
                   .what = BLOCK_UPDATE, .op = (u16)update, .to = which ? v->b : v->a, .a = v->to, .b = by});
    }
}

/* Whether register reg is part of the recurrence. */
static bool is_inside(const block_body *w, u16 reg, u8 group) {
    if (w->pair_of[reg] != FUSED_NONE) return block_group(w, (u8)w->pair_of[reg]) == group;
    return w->producer[reg] != FUSED_NONE && w->group[w->producer[reg]] == group;
}

typedef ARRAY(block_step) block_steps;

/* The partials of a recurrence, and its updates: those that go round, from the last step, and the others. */
static void find_updates(block_body *w, const block_step *steps, u32 count, block_steps *inside,
                         block_steps *outside) {
    u8 group = w->group[w->producer[steps[0].to]];
    for (u32 i = count; i-- > 0;)
        for (int which = 0; which < 2; which++) {
            enum column_update update;
            if (!w->p->active[steps[i].to] || !passes_on(w, &steps[i], which)) continue;
            u16 by = partial_column(w, &steps[i], which, &update, false);
            block_step u = {.what = BLOCK_UPDATE,
                            .op = (u16)update,
                            .to = which ? steps[i].b : steps[i].a,
                            .a = steps[i].to,
                            .b = by};
            if (is_inside(w, u.to, group)) array_push(inside, u);
            else array_push(outside, u);
        }
}

/* Updates that go round, one iteration after another. */
static void add_round(block_body *w, const block_step *steps, u32 count, const block_steps *inside) {
    for (u32 i = 0; i < count; i++)
        if (w->p->active[steps[i].to]) clear_at_first(w, steps[i].to);
    if (inside->count)
        array_push(&w->b->back, ((block_step){.what = BLOCK_SERIAL_BACK, .n = (u32)inside->count}));
    for (size_t i = 0; i < inside->count; i++) array_push(&w->b->back, inside->items[i]);
}

/* The only carried name of a recurrence of several steps whose results in between nobody else passes an
 * adjoint to; or FUSED_NONE. */
static u16 only_carried(const block_body *w, const block_step *steps, u32 count, const block_steps *inside) {
    u8 group = w->group[w->producer[steps[0].to]];
    if (inside->count < 2) return FUSED_NONE;
    for (size_t k = 0; k < w->b->pairs.count; k++)
        if (k != group && block_group(w, (u8)k) == group) return FUSED_NONE;
    for (u32 i = 0; i < count; i++)
        if (steps[i].to != w->b->pairs.items[group].from &&
            (w->touched[steps[i].to] || begins_cleared(w, steps[i].to)))
            return FUSED_NONE;
    return w->b->pairs.items[group].carried;
}

/* The same over whole columns: first the derivatives of what is stored in all that it is made from (its own
 * is 1), then the adjoint of the carried name, for which one number an iteration goes round, then those of
 * the results in between. */
static void add_round_at_once(block_body *w, u16 carried, const block_steps *inside) {
    u16 from = w->b->pairs.items[w->pair_of[carried]].from, ones = w->f->register_count,
        round = (u16)(ones + 1);
    bool is_round_set = false;
    for (size_t i = 0; i < inside->count; i++) {
        block_step u = inside->items[i];
        if (u.a != from && !w->touched[u.a]) continue;
        u.a = u.a == from ? ones : u.a;
        bool is_set = u.to == carried ? is_round_set : w->touched[u.to];
        if (!is_set) u.op += UPDATE_SET;
        if (u.to == carried) is_round_set = true;
        w->touched[u.to] = 1;
        u.to = u.to == carried ? round : u.to;
        u.run = column_update(u.op);
        array_push(&w->b->back, u);
    }
    if (is_round_set) array_push(&w->b->back, ((block_step){.what = BLOCK_ROUND, .to = carried, .a = round}));
    for (size_t i = 0; i < inside->count; i++) {
        u16 reg = inside->items[i].to;
        bool is_first = reg != carried && w->touched[reg];
        for (size_t k = 0; k < i; k++) is_first &= inside->items[k].to != reg;
        if (!is_first) continue;
        array_push(
            &w->b->back,
            ((block_step){
                .what = BLOCK_SCALE, .to = reg, .a = from, .run = column_update(UPDATE_SET + UPDATE_TIMES)}));
    }
}

static void add_group_back(block_body *w, const block_step *steps, u32 count) {
    block_steps inside = {0}, outside = {0};
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) {
        find_updates(w, steps, count, &inside, &outside);
        u16 carried = only_carried(w, steps, count, &inside);
        if (carried == FUSED_NONE) add_round(w, steps, count, &inside);
        else add_round_at_once(w, carried, &inside);
        for (size_t i = 0; i < outside.count; i++)
            if (w->touched[outside.items[i].a]) add_update(w, outside.items[i]);
    }
    fault_end(&here);
    array_free(&inside);
    array_free(&outside);
    if (fault) fault_raise((enum fault)fault);
}

static bool has_adjoint(const block_body *w, u16 reg) {
    return w->p->active[reg] && (w->touched[reg] || begins_cleared(w, reg));
}

/* The forward steps from the last one: where each group begins has been kept apart. */
static void add_updates(block_body *w) {
    ARRAY(u32) heads = {0};
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) {
        const block_step *steps = w->b->forward.items;
        for (u32 i = 0; i < w->b->forward.count; i += 1 + (steps[i].what == BLOCK_SERIAL ? steps[i].n : 0))
            array_push(&heads, i);
        for (size_t h = heads.count; h-- > 0;) {
            const block_step *v = &steps[heads.items[h]];
            if (v->what == BLOCK_SERIAL) add_group_back(w, v + 1, v->n);
            else if (has_adjoint(w, v->to) && v->what != BLOCK_AXIS) add_back_alone(w, v);
        }
    }
    fault_end(&here);
    array_free(&heads);
    if (fault) fault_raise((enum fault)fault);
}

void block_add_back(block_body *w, const u8 *again) {
    for (size_t i = 0; i < w->f->steps.count; i++)
        if (again[i]) array_push(&w->b->back, block_value(&w->f->steps.items[i]));
    for (size_t i = 0; i < w->f->outputs.count; i++) {
        u16 from = w->f->outputs.items[i].from;
        if (!w->p->active[from] || !begins_cleared(w, from)) continue;
        clear_at_first(w, from);
        array_push(&w->b->ended, from);
    }
    for (size_t k = 0; k < w->b->pairs.count; k++)
        if (w->p->active[w->b->pairs.items[k].carried]) clear_at_first(w, w->b->pairs.items[k].carried);
    add_updates(w);
}
