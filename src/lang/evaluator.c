/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluator.c - an evaluator's life: names, stacks, garbage. */
#include "lang/evaluate.h"
#include "core/workspace.h"
#include "lang/steps.h"
#include "lang/uncertain.h"
#include <math.h>
#include <string.h>

/* Records, and numbers: below, a compaction costs more than it frees. */
enum { COMPACT_FROM = 1 << 17, WEIGHT_FROM = 1 << 21 };

static void collect_from(evaluator *e, size_t records, size_t weight) {
    e->rec.tape.compact_at = records;
    e->rec.tape.weight_at = weight;
}

static span place_of_instruction(void *user, u32 origin) {
    const evaluator *e = user;
    return origin < e->g->spans.count ? e->g->spans.items[origin] : NO_SPAN;
}

static value call_partial(void *user, u32 number, u32 count, const value *arguments) {
    return call_partial_body(user, number, count, arguments);
}

static void forget_records(void *user, tape_mark mark) { evaluator_back(user, mark); }

static void count_work(void *user, u64 operations) {
    evaluator *e = user;
    e->operations += operations;
    e->swept += operations;
    if (UNLIKELY(e->interrupt || e->operations > e->operation_limit))
        step_limit(e, e->rec.origin & ~ORIGIN_PARTIAL);
}

void evaluator_init(evaluator *e, graph *g, const source_list *sources, diagnostic_list *diagnostics) {
    memset(e, 0, sizeof *e);
    e->g = g;
    e->sources = sources;
    e->rec.diagnostics = diagnostics;
    e->rec.place = place_of_instruction;
    e->rec.partial = call_partial;
    e->rec.call_again = call_again;
    e->rec.forget = forget_records;
    e->rec.work = count_work;
    e->rec.note = note_on_record;
    e->rec.user = e;
    e->rec.interrupt = &e->interrupt;
    e->operation_limit = UINT64_MAX;
    e->notes = true;
    e->fuses = true;
    e->last_target = NAME_NONE;
    collect_from(e, COMPACT_FROM, WEIGHT_FROM);
}

static void drop_values(value *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        value_drop(&items[i]);
        items[i] = UNBOUND;
    }
}

void evaluator_stop(evaluator *e, size_t pool) {
    drop_values(e->locals.items, e->locals.count);
    drop_values(e->kept.items, e->kept.count);
    for (size_t i = 0; i < e->primes.count; i++) value_drop(&e->primes.items[i].x);
    e->silent = 0;
    e->in_sweep = 0;
    workspace_unnest_all(&e->rec);
    if (e->frames.count > 0) { /* none where there was no memory for the first */
        e->frames.count = 1;
        e->frames.items[0].pool = 0;
    }
    e->kept.count = e->primes.count = e->entries.count = 0;
    pool_release(&e->rec, pool);
}

void evaluator_unwind(evaluator *e) { evaluator_stop(e, 0); }

void evaluator_free(evaluator *e) {
    evaluator_unwind(e);
    drop_values(e->globals.items, e->globals.count);
    drop_values(e->given.items, e->given.count);
    evaluator_forget_saved(e);
    array_free(&e->saved);
    uncertain_free(e);
    array_free(&e->globals);
    array_free(&e->given);
    array_free(&e->registers);
    array_free(&e->locals);
    array_free(&e->frames);
    array_free(&e->primes);
    array_free(&e->entries);
    array_free(&e->kept);
    array_free(&e->arguments);
    array_free(&e->culprits);
    array_free(&e->noted);
    intern_free(&e->said);
    array_free(&e->trace.varies);
    array_free(&e->trace.guards);
    array_free(&e->marks);
    array_free(&e->reached);
    array_free(&e->loops);
    text_free(&e->output);
    text_free(&e->note);
    recorder_free(&e->rec);
}

/* ---- names ---- */

static const struct {
    const char *name;
    double value;
} constants[] = {
    {"pi", 3.14159265358979323846},
    {"tau", 6.28318530717958647693},
    {"e", 2.71828182845904523536},
    {"inf", INFINITY},
    {"nan", NAN},
};

static void declare_constants(graph *g) {
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        u32 slot = graph_global(g, intern(&g->names, constants[i].name, strlen(constants[i].name)));
        g->globals.items[slot].is_constant = true;
    }
}

void evaluator_begin(evaluator *e) {
    graph *g = e->g;
    if (!e->rec.tape.constants.count) tape_clear(&e->rec.tape); /* makes its first record */
    if (!g->code.count) array_push(&g->code, ((instruction){.op = DO_STOP}));
    if (!g->spans.count) array_push(&g->spans, NO_SPAN);
    declare_constants(g);
    if (!e->frames.count) array_push(&e->frames, ((frame){.instruction = NAME_NONE, .body = NAME_NONE}));
}

void evaluator_prepare(evaluator *e) {
    graph *g = e->g;
    graph_mark_stores(g);
    e->rec.tape.expected = g->code.count;
    while (e->globals.count < g->globals.count) array_push(&e->globals, UNBOUND);
    while (e->given.count < g->globals.count) array_push(&e->given, UNBOUND);
    while (e->registers.count < g->registers) array_push(&e->registers, SCALAR(0));
    while (e->locals.count < g->main_locals) array_push(&e->locals, UNBOUND);
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        u32 slot = graph_find_global(g, intern_find(&g->names, constants[i].name, strlen(constants[i].name)));
        if (slot != NAME_NONE && is_unbound(&e->globals.items[slot])) {
            e->globals.items[slot] = SCALAR(constants[i].value);
            if (g->globals.items[slot].is_watched)
                e->globals.items[slot] = record_leaf(&e->rec, e->globals.items[slot]);
        }
    }
    for (size_t i = 0; i < g->functions.count; i++) {
        function *f = &g->functions.items[i];
        if (f->body != NAME_NONE || f->first == NAME_NONE) continue;
        f->body = f->first;
        f->parameters = g->bodies.items[f->first].parameters;
    }
}

static void forget_constants(value *items, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!is_tensor(&items[i]) && !is_unbound(&items[i])) items[i].aux = 0;
}

void evaluator_reset(evaluator *e) {
    evaluator_unwind(e);
    drop_values(e->globals.items, e->globals.count);
    forget_constants(e->given.items, e->given.count);
    forget_constants(e->g->literals.items, e->g->literals.count);
    for (size_t i = 0; i < e->g->functions.count; i++) {
        e->g->functions.items[i].body = NAME_NONE;
        e->g->functions.items[i].partials.count = 0;
    }
    uncertain_clear(e);
    tape_clear(&e->rec.tape);
    e->rec.draws = e->first_draw;
    e->last_target = NAME_NONE;
    e->operations = e->swept = 0;
    if (!e->keeps_noted) {
        e->noted.count = e->culprits.count = 0;
        intern_free(&e->said);
    }
    collect_from(e, COMPACT_FROM, WEIGHT_FROM);
}

static value moved(evaluator *e, const store_shift *s, value v) {
    if (s->replaces) return SCALAR(s->by);
    if (!is_tensor(&v)) return SCALAR(v.num + s->by);
    view from = view_of(&v);
    tensor *t = pool_tensor(&e->rec, from.rank, from.shape);
    memcpy(t->data, from.data, from.size * sizeof *t->data);
    t->data[s->entry] += s->by;
    return value_of_tensor(t);
}

value evaluator_shifted(evaluator *e, u32 slot, value v) {
    for (store_shift *s = e->shift; s; s = s->next) {
        if (slot != s->slot) continue;
        if (s->seen++ == s->at) v = moved(e, s, v);
        s->last = v;
        s->order = 0;
        for (const store_shift *k = e->shift; k; k = k->next) s->order += k->seen;
    }
    return v;
}

static void bind_given(evaluator *e, u32 slot) {
    value v = e->given.items[slot];
    e->rec.origin = ORIGIN_NONE;
    v = uncertain_given(e, slot, v);
    if (e->shift) v = evaluator_shifted(e, slot, v);
    if (e->g->globals.items[slot].is_watched && !v.node) v = record_leaf(&e->rec, v);
    value_keep(&v);
    value_drop(&e->globals.items[slot]);
    e->globals.items[slot] = v;
}

/* Of a whole text. */
static bool is_read_first(const global *v) {
    return v->is_input || v->is_constant || (v->is_read && !v->is_bound);
}

void evaluator_bind_inputs(evaluator *e) {
    for (u32 i = 0; i < e->g->globals.count; i++) {
        bool waits = e->given_first && !is_read_first(&e->g->globals.items[i]);
        if (!waits && !is_unbound(&e->given.items[i])) bind_given(e, i);
    }
}

static void bind_once(evaluator *e, u32 slot) {
    bind_given(e, slot);
    value_drop(&e->given.items[slot]);
    e->given.items[slot] = UNBOUND;
}

void evaluator_bind_read(evaluator *e) {
    for (u32 i = 0; i < e->g->globals.count; i++) {
        const global *v = &e->g->globals.items[i];
        if (is_unbound(&e->given.items[i])) continue;
        bool waits = v->has_default && is_unbound(&e->globals.items[i]);
        if ((v->is_input && !waits) || (v->is_constant && graph_mentions(e->g, i))) bind_once(e, i);
    }
}

void evaluator_forget_given(evaluator *e) { drop_values(e->given.items, e->given.count); }

bool evaluator_has_input(evaluator *e, u32 slot) {
    if (is_unbound(&e->given.items[slot])) return false;
    if (is_unbound(&e->globals.items[slot])) bind_once(e, slot);
    return true;
}

/* ---- a text that is taken back ---- */

static void save_values(evaluator *e, const value *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        array_room(&e->saved);
        value_keep(&items[i]);
        array_push(&e->saved, items[i]);
    }
}

void evaluator_save(evaluator *e) {
    evaluator_forget_saved(e);
    /* texts that failed came to no end of a statement */
    if (e->rec.tape.count > e->rec.tape.compact_at) step_compact(e);
    save_values(e, e->globals.items, e->globals.count);
    save_values(e, e->given.items, e->given.count);
    forget_constants(e->saved.items + e->globals.count, e->given.count);
    uncertain_save(e);
    e->saved_draws = e->rec.draws;
}

/* A name that came with the text has no value. */
static void restore_values(value *items, size_t count, size_t names, value *saved) {
    for (size_t i = 0; i < count; i++) {
        value_drop(&items[i]);
        items[i] = UNBOUND;
        if (i >= names) continue;
        items[i] = saved[i];
        saved[i] = UNBOUND;
    }
}

void evaluator_restore(evaluator *e) {
    size_t names = e->g->globals.count, half = e->saved.count / 2;
    if (half == 0) return;
    restore_values(e->globals.items, half, names, e->saved.items);
    restore_values(e->given.items, half, names, e->saved.items + half);
    uncertain_restore(e);
    e->rec.draws = e->saved_draws;
    evaluator_forget_saved(e);
}

void evaluator_forget_saved(evaluator *e) {
    drop_values(e->saved.items, e->saved.count);
    e->saved.count = 0;
    uncertain_forget_saved(e);
}

static void forget_later(value *items, size_t count, const tape_mark *mark) {
    for (size_t i = 0; i < count; i++) {
        value *v = &items[i];
        if (v->node >= mark->count) v->node = 0;
        if (!is_tensor(v) && !is_unbound(v) && v->aux >= mark->constants) v->aux = 0;
    }
}

void evaluator_back(evaluator *e, tape_mark mark) {
    tape_back(&e->rec.tape, mark);
    forget_later(e->globals.items, e->globals.count, &mark);
    forget_later(e->given.items, e->given.count, &mark);
    forget_later(e->locals.items, e->locals.count, &mark);
    forget_later(e->registers.items, e->registers.count, &mark);
    forget_later(e->g->literals.items, e->g->literals.count, &mark);
}

/* ---- garbage ---- */

static void visit_values(value *items, size_t count, void (*visit)(void *, value *), void *state) {
    for (size_t i = 0; i < count; i++)
        if (!is_unbound(&items[i])) visit(state, &items[i]);
}

static void each_root(void *user, void (*visit)(void *, value *), void *state) {
    evaluator *e = user;
    u32 live = e->frames.items[e->frames.count - 1].registers;
    visit_values(e->globals.items, e->globals.count, visit, state);
    visit_values(e->saved.items, e->saved.count, visit, state);
    visit_values(e->locals.items, e->locals.count, visit, state);
    visit_values(e->registers.items, live, visit, state);
    visit_values(e->kept.items, e->kept.count, visit, state);
    visit_values(e->entries.items, e->entries.count, visit, state);
    visit_values(e->g->literals.items, e->g->literals.count, visit, state);
    for (size_t i = 0; i < e->primes.count; i++) {
        visit(state, &e->primes.items[i].x);
        visit(state, &e->primes.items[i].leaf);
    }
}

static void each_weak_root(void *user, void (*visit)(void *, value *), void *state) {
    uncertain_visit(user, visit, state);
}

/* A program that keeps all it records is asked less and less often. */
static size_t next_time(size_t before, size_t after, size_t least) {
    size_t next = (after == before ? 4 : 2) * after;
    return next > least ? next : least;
}

void step_compact(evaluator *e) {
    tape *t = &e->rec.tape;
    /* text that runs once leaves few records behind, but tensors may be large */
    if (e->in_sweep || (!e->repeats && t->compact_at)) return;
    /* the registers of the frame at work hold nothing between statements */
    u32 live = e->frames.items[e->frames.count - 1].registers;
    for (size_t i = live; i < e->registers.count; i++) e->registers.items[i] = SCALAR(0);
    e->repeats = false;
    size_t records = t->count, weight = t->weight;
    tape_compact(t, (tape_roots){each_root, e, each_weak_root});
    uncertain_compacted(e);
    collect_from(e, next_time(records, t->count, COMPACT_FROM), next_time(weight, t->weight, WEIGHT_FROM));
}
