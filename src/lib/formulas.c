/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formulas.c - targets and their derivatives as formulas, without a run. */
#include "emit/formula.h"
#include "emit/formal.h"
#include "lib/session.h"
#include <string.h>

typedef struct job {
    formal t;
    page page;
    text name;
    ARRAY(u32) targets, variables; /* slots */
    ARRAY(u32) leaves, roots;      /* expressions: of the variables; values, each followed by its gradient */
    text *out;
} job;

static const char *name_of(const gtape *g, u32 slot) {
    return intern_text(&g->graph.names, g->graph.globals.items[slot].name);
}

static void choose_variables(gtape *g, job *j) {
    for (size_t i = 0; i < g->wrt.count; i++)
        array_push(&j->variables, graph_find_global(&g->graph, g->wrt.items[i].name));
    for (size_t i = 0; !g->wrt.count && i < g->graph.watched.count; i++)
        array_push(&j->variables, g->graph.watched.items[i]);
    for (size_t i = 0; i < j->variables.count; i++) formal_vary(&j->t, j->variables.items[i]);
}

static void choose_targets(gtape *g, job *j) {
    for (size_t i = 0; i < g->of.count; i++)
        array_push(&j->targets, graph_find_global(&g->graph, g->of.items[i].name));
    for (size_t i = 0; !g->of.count && i < g->graph.reported.count; i++)
        array_push(&j->targets, g->graph.reported.items[i]);
    if (!j->targets.count && j->t.last_target != NAME_NONE) array_push(&j->targets, j->t.last_target);
}

static void run(gtape *g, job *j) {
    formal *t = &j->t;
    for (size_t i = 0; i < g->bindings.count; i++) formal_run(t, g->bindings.items[i]);
    formal_bind_inputs(t);
    for (size_t i = 0; i < g->programs.count; i++) formal_run(t, g->programs.items[i]);
}

static u32 expression_of(gtape *g, job *j, u32 slot) {
    u32 n = j->t.globals.items[slot];
    if (n == FORMAL_UNBOUND) formal_fail(&j->t, "'%s' has no value, hence no formula", name_of(g, slot));
    return n;
}

static void differentiate(gtape *g, job *j) {
    size_t count = j->variables.count;
    for (size_t i = 0; i < count; i++) {
        u32 n = expression_of(g, j, j->variables.items[i]);
        array_push(&j->leaves, n);
    }
    for (size_t i = 0; i < j->targets.count; i++) {
        u32 y = expression_of(g, j, j->targets.items[i]);
        size_t first = j->roots.count;
        array_push(&j->roots, y);
        for (size_t k = 0; k < count; k++) array_push(&j->roots, 0);
        if (count) expr_gradient(&j->t.f, y, (u32)count, j->leaves.items, j->roots.items + first + 1);
    }
    expr_tidy(&j->t.f, (u32)j->roots.count, j->roots.items);
}

static void add_equation(job *j, const char *name, u32 node) {
    text_clear(&j->name);
    page_name(&j->name, name);
    array_room(&j->page.equations);
    array_push(&j->page.equations, ((equation){mem_copy_text(text_str(&j->name), j->name.length), node}));
}

static void lay_out(gtape *g, job *j) {
    size_t count = j->variables.count;
    text *label = &g->names;
    for (size_t i = 0; i < j->targets.count; i++) {
        const u32 *root = j->roots.items + i * (count + 1);
        const char *target = name_of(g, j->targets.items[i]);
        add_equation(j, target, root[0]);
        for (size_t k = 0; k < count; k++) {
            text_clear(label);
            text_printf(label, "d%s_d%s", target, name_of(g, j->variables.items[k]));
            add_equation(j, text_str(label), root[k + 1]);
        }
    }
}

static void make(gtape *g, job *j) {
    size_t before = g->diagnostics.count;
    session_check_names(g);
    for (size_t i = before; i < g->diagnostics.count; i++)
        if (g->diagnostics.items[i].severity == SEVERITY_ERROR) fault_raise(FAULT_ERROR);
    formal_init(&j->t, &g->graph, &g->diagnostics, &g->evaluator.interrupt);
    choose_variables(g, j);
    run(g, j);
    choose_targets(g, j);
    differentiate(g, j);
    lay_out(g, j);
    j->page.f = &j->t.f;
    j->page.names = &g->graph.names;
    page_write(&j->page, j->out);
}

void session_formulas(gtape *g, text *out) {
    job j = {.out = out};
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) make(g, &j);
    fault_end(&here);
    page_free(&j.page);
    formal_free(&j.t);
    text_free(&j.name);
    array_free(&j.targets);
    array_free(&j.variables);
    array_free(&j.leaves);
    array_free(&j.roots);
    if (fault) fault_raise((enum fault)fault);
}
