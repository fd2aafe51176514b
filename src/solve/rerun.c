/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rerun.c - see rerun.h. */
#include "solve/rerun.h"
#include <stdlib.h>
#include <string.h>

typedef struct search {
    rerun *h;
    evaluator *e;
    u32 pc, site, begin; /* of the solver */
    u32 count;
    const u32 *slots;
    ARRAY(u32) reads;   /* globals that the range at work reads */
    ARRAY(u32) entered; /* bodies that were looked through for it */
} search;

static bool is_variable(const search *s, u32 slot) {
    for (u32 i = 0; i < s->count; i++)
        if (s->slots[i] == slot) return true;
    return false;
}

/* ---- what a range of instructions reads ---- */

static void note_operand(void *user, u32 *o) {
    search *s = user;
    if (*o == OPERAND_NONE || OPERAND_KIND(*o) != IN_GLOBAL) return;
    for (size_t i = 0; i < s->reads.count; i++)
        if (s->reads.items[i] == OPERAND_NUMBER(*o)) return;
    array_push(&s->reads, OPERAND_NUMBER(*o));
}

/* A function that is called reads too. */
static void note_call(search *s, const instruction *in) {
    graph *g = s->e->g;
    const u32 *site = &g->operands.items[in->a];
    if (in->op == DO_PRIME && !site[0]) return;
    const function *f = &g->functions.items[in->op == DO_PRIME ? site[1] : site[0]];
    if (f->body == NAME_NONE) return;
    for (size_t i = 0; i < s->entered.count; i++)
        if (s->entered.items[i] == f->body) return;
    array_push(&s->entered, f->body);
}

static void note_range(search *s, u32 begin, u32 end) {
    graph *g = s->e->g;
    for (u32 i = begin; i < end; i++) {
        instruction *in = &g->code.items[i];
        if (in->op == DO_DEFINE && in->a < g->bodies.count && g->bodies.items[in->a].entry == begin) return;
        if (in->op == DO_STORE || in->op == DO_STORE_LEAF) {
            note_operand(s, &in->a);
            continue;
        }
        graph_each_operand(g, i, note_operand, s);
        if (in->op == DO_DERIVE && (in->n & 0xff) < DERIVE_STOP) s->h->takes_derivatives = true;
        if (in->op == DO_CALL || in->op == DO_PRIME) note_call(s, in);
    }
}

/* The globals that a range reads, through functions too. */
static void reads_of(search *s, u32 begin, u32 end) {
    s->reads.count = s->entered.count = 0;
    note_range(s, begin, end);
    for (size_t i = 0; i < s->entered.count; i++)
        note_range(s, s->e->g->bodies.items[s->entered.items[i]].entry, (u32)s->e->g->code.count);
}

/* ---- where a name was bound ---- */

_Noreturn static void ask_for_function(search *s, u32 slot) {
    const graph *g = s->e->g;
    s->e->rec.origin = s->pc;
    record_fail_hint(&s->e->rec, DIAG_BAD_VALUE, "define it as a function of the variables: f(a, b) = ...",
                     "'%s' was computed from the variables in a way that cannot be repeated",
                     intern_text(&g->names, g->globals.items[slot].name));
}

static bool stores_to(const instruction *in, u32 slot) {
    u32 to = in->op == DO_NEXT ? in->a : in->b;
    return (in->op == DO_STORE || in->op == DO_STORE_LEAF || in->op == DO_NEXT) &&
           to == OPERAND(IN_GLOBAL, slot);
}

/* The last store before an instruction, or NAME_NONE. */
static u32 last_store(const graph *g, u32 slot, u32 before) {
    for (u32 i = before; i-- > 0;)
        if (stores_to(&g->code.items[i], slot)) return i;
    return NAME_NONE;
}

static bool ends_statement(const graph *g, u32 number) {
    const instruction *in = &g->code.items[number];
    switch (in->op) {
    case DO_JUMP: return in->a <= number; /* the end of a loop */
    case DO_STORE: return !in->c;
    case DO_STORE_LEAF:
    case DO_ANSWER:
    case DO_PRINT:
    case DO_ASSERT:
    case DO_DEFINE:
    case DO_SOLVE:
    case DO_CORRELATE:
    case DO_INPUT:
    case DO_GIVE:
    case DO_STOP: return true;
    default: return false;
    }
}

/* Whether a jump goes over or into the range, other than over functions and solvers: then it is part of a
 * loop or a condition. */
static bool in_control_flow(const graph *g, u32 begin, u32 end, u32 limit) {
    for (u32 i = 0; i < limit; i++) {
        const instruction *in = &g->code.items[i];
        u32 to = in->op == DO_JUMP                                  ? in->a
                 : in->op == DO_JUMP_IF_NOT || in->op == DO_JUMP_IF ? in->b
                 : in->op == DO_NEXT || in->op == DO_FOR            ? in->c
                                                                    : NAME_NONE;
        if (to == NAME_NONE || to == 0) continue;
        bool inside = i >= begin && i < end, forward = i < begin && to >= end, back = i >= end && to <= begin;
        if (inside ? to < begin || to >= end : forward || back) return true;
    }
    return false;
}

static statement_range statement_of(search *s, u32 store, u32 slot) {
    const graph *g = s->e->g;
    u32 begin = store, end = store + 1;
    while (begin > 0 && !ends_statement(g, begin - 1)) begin--;
    const instruction *in = &g->code.items[store];
    if (in->op != DO_STORE || in->c || in_control_flow(g, begin, end, s->pc)) ask_for_function(s, slot);
    return (statement_range){begin, end, slot};
}

static bool is_listed(const rerun *h, u32 end) {
    for (size_t i = 0; i < h->statements.count; i++)
        if (h->statements.items[i].end == end) return true;
    return false;
}

static bool depends_on_variables(search *s, u32 slot) {
    const evaluator *e = s->e;
    value v = e->globals.items[slot];
    if (is_unbound(&v) || !v.node) return false;
    for (u32 i = 0; i < s->count; i++) {
        u32 x = e->globals.items[s->slots[i]].node;
        if (x && v.node >= x && depends_on(&e->rec, v.node, x)) return true;
    }
    return false;
}

/* An expression that is a name alone is no instruction. */
static void note_results(search *s) {
    u32 *site = &s->e->g->operands.items[s->site], *o = site + SOLVE_HEAD;
    for (u32 i = 0; i < site[SOLVE_EXPRESSIONS]; i++) note_operand(s, o++);
}

/* Adds the statements behind the names that a range reads: those that depend on the variables, and older
 * values of names that were bound again since. */
static void follow(search *s, u32 begin, u32 end) {
    reads_of(s, begin, end);
    if (begin == s->begin) note_results(s);
    size_t count = s->reads.count;
    for (size_t i = 0; i < count; i++) {
        u32 slot = s->reads.items[i];
        if (is_variable(s, slot)) continue;
        u32 store = last_store(s->e->g, slot, begin < s->pc ? begin : s->pc);
        bool is_last = store == last_store(s->e->g, slot, s->pc);
        if (is_last && !depends_on_variables(s, slot)) continue;
        if (store == NAME_NONE) ask_for_function(s, slot);
        if (!is_listed(s->h, store + 1)) {
            statement_range range = statement_of(s, store, slot);
            array_push(&s->h->statements, range);
        }
    }
}

static int by_place(const void *a, const void *b) {
    const statement_range *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* A statement that reads a variable reads its present value, so the variable must not be bound in between. */
static void check_variables(search *s) {
    for (size_t i = 0; i < s->h->statements.count; i++) {
        statement_range range = s->h->statements.items[i];
        reads_of(s, range.begin, range.end);
        for (size_t k = 0; k < s->reads.count; k++) {
            u32 slot = s->reads.items[k];
            if (is_variable(s, slot) &&
                last_store(s->e->g, slot, range.begin) != last_store(s->e->g, slot, s->pc))
                ask_for_function(s, range.slot);
        }
    }
}

static void find_all(search *s, u32 begin) {
    u32 end = begin;
    while (s->e->g->code.items[end].op != DO_STOP) end++;
    follow(s, begin, end);
    for (size_t i = 0; i < s->h->statements.count; i++) {
        statement_range range = s->h->statements.items[i];
        follow(s, range.begin, range.end);
    }
    check_variables(s);
    if (s->h->statements.count)
        qsort(s->h->statements.items, s->h->statements.count, sizeof *s->h->statements.items, by_place);
    for (size_t i = 0; i < s->h->statements.count; i++) {
        value v = s->e->globals.items[s->h->statements.items[i].slot];
        array_room(&s->h->kept);
        value_keep(&v);
        array_push(&s->h->kept, v);
    }
}

void rerun_find(rerun *h, evaluator *e, u32 pc, u32 site, u32 count, const u32 *slots) {
    u32 begin = e->g->operands.items[site + SOLVE_BEGIN];
    search s = {.h = h, .e = e, .pc = pc, .site = site, .begin = begin, .count = count, .slots = slots};
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) find_all(&s, begin);
    fault_end(&here);
    array_free(&s.reads);
    array_free(&s.entered);
    if (fault) {
        rerun_close(h, e);
        fault_raise((enum fault)fault);
    }
}

/* The instruction behind a statement stops the run for the time being. */
static void run_range(evaluator *e, u32 begin, u32 end) {
    instruction *behind = &e->g->code.items[end], kept = *behind;
    fault_point here;
    int fault = FAULT_TRY(&here);
    *behind = (instruction){.op = DO_STOP};
    if (!fault) evaluate(e, begin);
    fault_end(&here);
    *behind = kept;
    if (fault) fault_raise((enum fault)fault);
}

void rerun_run(rerun *h, evaluator *e) {
    for (size_t i = 0; i < h->statements.count; i++)
        run_range(e, h->statements.items[i].begin, h->statements.items[i].end);
}

void rerun_close(rerun *h, evaluator *e) {
    for (size_t i = h->kept.count; i-- > 0;) { /* a name that is bound twice ends as it began */
        u32 slot = h->statements.items[i].slot;
        value_drop(&e->globals.items[slot]);
        e->globals.items[slot] = h->kept.items[i];
    }
    array_free(&h->statements);
    array_free(&h->kept);
}
