/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graph.c - see graph.h. */
#include "lang/graph.h"
#include <string.h>

void graph_init(graph *g) { memset(g, 0, sizeof *g); }

void graph_free(graph *g) {
    for (size_t i = 0; i < g->texts.count; i++) mem_free(g->texts.items[i].bytes);
    for (size_t i = 0; i < g->functions.count; i++) array_free(&g->functions.items[i].partials);
    intern_free(&g->names);
    array_free(&g->code);
    array_free(&g->spans);
    array_free(&g->operands);
    array_free(&g->literals);
    array_free(&g->texts);
    array_free(&g->globals);
    array_free(&g->global_of);
    array_free(&g->locals);
    array_free(&g->bodies);
    array_free(&g->functions);
    array_free(&g->function_of);
    array_free(&g->watched);
    array_free(&g->reported);
}

u32 graph_find_global(const graph *g, u32 name) {
    if (name >= g->global_of.count || g->global_of.items[name] == 0) return NAME_NONE;
    return g->global_of.items[name] - 1;
}

u32 graph_global(graph *g, u32 name) {
    while (g->global_of.count <= name) array_push(&g->global_of, 0);
    if (g->global_of.items[name] == 0) {
        array_push(&g->globals, ((global){.name = name, .first = NO_SPAN, .is_watched = g->watches_all}));
        g->global_of.items[name] = (u32)g->globals.count;
    }
    return g->global_of.items[name] - 1;
}

/* ---- watched names ---- */

bool graph_each_source(const graph *g, u32 begin, u32 pc, bool (*visit)(void *user, const instruction *in),
                       void *user) {
    const instruction *store = &g->code.items[pc];
    bool news = visit(user, store);
    for (u32 i = pc; OPERAND_KIND(store->a) == IN_REGISTER && i-- > begin;) {
        const instruction *in = &g->code.items[i];
        if (in->op == DO_STORE || in->op == DO_STORE_LEAF || in->op == DO_ANSWER) break;
        if (in->op == DO_MOVE || in->op == DO_CALL) news |= visit(user, in);
    }
    return news;
}

typedef struct watching {
    graph *g;
    local *locals;
} watching;

static bool *watch_of(const watching *w, u32 operand) {
    const u32 n = OPERAND_NUMBER(operand);
    if (OPERAND_KIND(operand) == IN_GLOBAL) return &w->g->globals.items[n].is_watched;
    return w->locals && OPERAND_KIND(operand) == IN_LOCAL ? &w->locals[n].is_watched : NULL;
}

static bool watch_source(void *user, const instruction *in) {
    bool *w = in->op == DO_CALL ? NULL : watch_of(user, in->a);
    if (!w || *w) return false;
    return *w = true;
}

static bool watch_sources(watching *w, u32 begin, u32 pc, u32 to) {
    const bool *is_watched = watch_of(w, to);
    return is_watched && *is_watched && graph_each_source(w->g, begin, pc, watch_source, w);
}

void graph_watch_copied(graph *g, u32 begin, u32 end, local *locals) {
    const u32 ans = graph_find_global(g, intern_find(&g->names, "ans", 3));
    watching w = {g, locals};
    bool news = true;
    while (news) { /* mostly twice: names are given on in the order of the text, which is gone through
                      backwards */
        news = false;
        for (u32 i = end; i-- > begin;) {
            const instruction *in = &g->code.items[i];
            if (in->op == DO_STORE) news |= watch_sources(&w, begin, i, in->b);
            else if (in->op == DO_ANSWER && ans != NAME_NONE)
                news |= watch_sources(&w, begin, i, OPERAND(IN_GLOBAL, ans));
        }
    }
}

void graph_mark_stores(graph *g) {
    graph_watch_copied(g, 0, (u32)g->code.count, NULL);
    for (size_t i = 0; i < g->code.count; i++) {
        instruction *in = &g->code.items[i];
        u32 to = in->op == DO_NEXT ? in->a : in->b;
        if ((in->op == DO_STORE || in->op == DO_STORE_LEAF || in->op == DO_NEXT) &&
            OPERAND_KIND(to) == IN_GLOBAL)
            in->n = g->globals.items[OPERAND_NUMBER(to)].is_watched;
    }
}

u32 graph_find_function(const graph *g, u32 name) {
    if (name >= g->function_of.count || g->function_of.items[name] == 0) return NAME_NONE;
    return g->function_of.items[name] - 1;
}

u32 graph_function(graph *g, u32 name) {
    while (g->function_of.count <= name) array_push(&g->function_of, 0);
    if (g->function_of.items[name] == 0) {
        array_push(
            &g->functions,
            ((function){
                .name = name, .defined = NO_SPAN, .called = NO_SPAN, .first = NAME_NONE, .body = NAME_NONE}));
        g->function_of.items[name] = (u32)g->functions.count;
    }
    return g->function_of.items[name] - 1;
}

static void each_of(graph *g, u32 from, u32 count, void (*visit)(void *, u32 *), void *user) {
    for (u32 i = 0; i < count; i++) visit(user, &g->operands.items[from + i]);
}

static void each_call_operand(graph *g, u32 site, void (*visit)(void *, u32 *), void *user) {
    u32 positional = g->operands.items[site + 1], named = g->operands.items[site + 2];
    each_of(g, site + CALL_HEAD, positional, visit, user);
    for (u32 i = 0; i < named; i++)
        visit(user, &g->operands.items[site + CALL_HEAD + positional + 2 * i + 1]);
}

static void each_subscript_operand(graph *g, u32 site, bool replaces, void (*visit)(void *, u32 *),
                                   void *user) {
    u32 count = g->operands.items[site];
    for (u32 i = 0; i < count; i++) each_of(g, site + 1 + SUBSCRIPT_WORDS * i + 1, 3, visit, user);
    if (replaces) visit(user, &g->operands.items[site + 1 + SUBSCRIPT_WORDS * count]);
}

static void each_printed_operand(graph *g, u32 from, u32 count, void (*visit)(void *, u32 *), void *user) {
    for (u32 i = 0; i < count; i++)
        if (!g->operands.items[from + 2 * i]) visit(user, &g->operands.items[from + 2 * i + 1]);
}

void graph_each_operand(graph *g, u32 number, void (*visit)(void *, u32 *), void *user) {
    instruction *i = &g->code.items[number];
    if (i->op < OP_ELEMENTWISE_END) {
        visit(user, &i->a);
        if (op_infos[i->op].arity == 2) visit(user, &i->b);
        visit(user, &i->c);
        return;
    }
    switch (i->op) {
    case DO_MOVE: visit(user, &i->a), visit(user, &i->c); break;
    case DO_CHECK:
    case DO_JUMP_IF_NOT:
    case DO_JUMP_IF:
    case DO_RETURN:
    case DO_ASSERT:
    case DO_ANSWER:
    case DO_UNPACK:
    case DO_NEXT:
    case DO_FOR: visit(user, &i->a); break;
    case DO_LIST:
    case DO_APPLY:
    case DO_DERIVE: each_of(g, i->a, i->b, visit, user); break;
    case DO_CALL: each_call_operand(g, i->a, visit, user); break;
    case DO_SEVERAL:
    case DO_FOR_RANGE: each_of(g, i->a + 1, g->operands.items[i->a], visit, user); break;
    case DO_INDEX:
    case DO_SET_INDEX:
        visit(user, &i->a);
        each_subscript_operand(g, i->b, i->op == DO_SET_INDEX, visit, user);
        break;
    case DO_PRIME: visit(user, &g->operands.items[i->a + 2]); break;
    case DO_STORE:
    case DO_STORE_LEAF:
    case DO_GIVE: visit(user, &i->a), visit(user, &i->b); break;
    case DO_UNCERTAIN:
        visit(user, &i->a), visit(user, &i->c);
        each_of(g, i->b, 2, visit, user);
        break;
    case DO_CORRELATE: visit(user, &i->a), visit(user, &i->b), visit(user, &i->c); break;
    case DO_PRINT: each_printed_operand(g, i->a, i->b, visit, user); break;
    default: break;
    }
}

typedef struct wanted_operand {
    u32 wanted;
    bool found;
} wanted_operand;

static void compare_operand(void *user, u32 *o) {
    wanted_operand *w = user;
    w->found |= *o == w->wanted;
}

bool graph_mentions(graph *g, u32 slot) {
    wanted_operand w = {.wanted = OPERAND(IN_GLOBAL, slot)};
    for (u32 pc = 0; pc < g->code.count && !w.found; pc++)
        if (g->code.items[pc].op != DO_GIVE) graph_each_operand(g, pc, compare_operand, &w);
    return w.found;
}

void graph_here(const graph *g, graph_mark *m) {
    for (size_t i = 0; i < g->globals.count; i++) array_push(&m->globals, g->globals.items[i]);
    for (size_t i = 0; i < g->functions.count; i++) {
        const function *f = &g->functions.items[i];
        array_push(&m->functions, *f);
        for (size_t k = 0; k < f->partials.count; k++) array_push(&m->partials, f->partials.items[k]);
    }
    m->code = g->code.count;
    m->operands = g->operands.count;
    m->literals = g->literals.count;
    m->texts = g->texts.count;
    m->locals = g->locals.count;
    m->bodies = g->bodies.count;
    m->watched = g->watched.count;
    m->reported = g->reported.count;
    m->registers = g->registers;
    m->prints = g->prints;
}

/* Partials go back to where they were, in the array that the function has now. */
static void function_back(function *f, const function *before, const u32 *partials) {
    function now = *f;
    *f = *before;
    f->partials.items = now.partials.items;
    f->partials.capacity = now.partials.capacity;
    if (f->partials.count) memcpy(f->partials.items, partials, f->partials.count * sizeof *partials);
}

static void names_back(graph *g, const graph_mark *m) {
    for (size_t i = m->globals.count; i < g->globals.count; i++)
        g->global_of.items[g->globals.items[i].name] = 0;
    for (size_t i = m->functions.count; i < g->functions.count; i++) {
        g->function_of.items[g->functions.items[i].name] = 0;
        array_free(&g->functions.items[i].partials);
    }
    g->globals.count = m->globals.count;
    g->functions.count = m->functions.count;
    for (size_t i = 0; i < m->globals.count; i++) g->globals.items[i] = m->globals.items[i];
    size_t at = 0;
    for (size_t i = 0; i < m->functions.count; i++) {
        function_back(&g->functions.items[i], &m->functions.items[i], m->partials.items + at);
        at += m->functions.items[i].partials.count;
    }
}

void graph_back(graph *g, const graph_mark *m) {
    names_back(g, m);
    g->code.count = g->spans.count = m->code;
    g->operands.count = m->operands;
    g->literals.count = m->literals;
    while (g->texts.count > m->texts) mem_free(g->texts.items[--g->texts.count].bytes);
    g->locals.count = m->locals;
    g->bodies.count = m->bodies;
    g->watched.count = m->watched;
    g->reported.count = m->reported;
    g->registers = m->registers;
    g->prints = m->prints;
}

void graph_forget(graph_mark *m) {
    array_free(&m->globals);
    array_free(&m->functions);
    array_free(&m->partials);
}
