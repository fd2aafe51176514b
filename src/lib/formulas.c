/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formulas.c - targets and their derivatives as expressions, without a run: see formula_job.h. */
#include "lib/formula_job.h"
#include <string.h>

/* A name that stands twice is one variable. */
static void choose_variable(job *j, u32 slot) {
    if (j->t.is_variable.items[slot]) return;
    array_push(&j->variables, slot);
    formal_vary(&j->t, slot);
}

static void choose_variables(gtape *g, job *j) {
    for (size_t i = 0; i < g->wrt.count; i++)
        choose_variable(j, graph_find_global(&g->graph, g->wrt.items[i].name));
    for (size_t i = 0; !g->wrt.count && i < g->graph.watched.count; i++)
        choose_variable(j, g->graph.watched.items[i]);
    formal_vary_sources(&j->t);
}

static void choose_target(job *j, u32 slot) {
    for (size_t i = 0; i < j->targets.count; i++)
        if (j->targets.items[i] == slot) return;
    array_push(&j->targets, slot);
}

static void choose_targets(gtape *g, job *j) {
    for (size_t i = 0; i < g->of.count; i++)
        choose_target(j, graph_find_global(&g->graph, g->of.items[i].name));
    for (size_t i = 0; !g->of.count && i < g->graph.reported.count; i++)
        choose_target(j, g->graph.reported.items[i]);
    if (!j->targets.count && j->t.last_target != NAME_NONE) array_push(&j->targets, j->t.last_target);
}

/* Columns of data are names of a known shape. */
static void give_data(gtape *g, job *j) {
    session_take_data(g);
    for (u32 slot = 0; slot < g->evaluator.given.count && slot < j->t.given.count; slot++) {
        value *v = &g->evaluator.given.items[slot];
        if (is_unbound(v)) continue;
        if (!j->t.is_variable.items[slot]) formal_give_symbol(&j->t, slot, shape_of(v));
        else j->t.given.items[slot] = formal_of_numbers(&j->t, *v);
    }
}

static void run(gtape *g, job *j) {
    formal *t = &j->t;
    size_t mark = pool_mark(t->r);
    give_data(g, j);
    for (size_t i = 0; i < g->bindings.count; i++) formal_run(t, g->bindings.items[i]);
    formal_bind_inputs(t);
    pool_release(t->r, mark);
    for (size_t i = 0; i < g->programs.count; i++) formal_run(t, g->programs.items[i]);
}

static u32 expression_of(gtape *g, job *j, u32 slot) {
    u32 n = j->t.globals.items[slot];
    if (n == FORMAL_TORN) {
        j->t.pc = j->t.torn;
        formal_fail_torn(&j->t);
    }
    if (n == FORMAL_UNBOUND) formal_fail(&j->t, "'%s' has no value, hence no formula", job_name(g, slot));
    return n;
}

static void take_apart(gtape *g, job *j, u32 slot, bool is_target) {
    const u32 n = expression_of(g, j, slot), name = g->graph.globals.items[slot].name;
    value ids = formal_ids(&j->t, n);
    const view shape = shape_of(&ids);
    if (shape.rank && !expr_shape_of(&j->t.f, name)->rank)
        expr_set_shape(&j->t.f, name, shape.rank, shape.shape);
    for (size_t i = 0; i < shape.size; i++) {
        job_part p = {slot, shape.rank ? (u32)i : ENTRY_NONE, formal_entry(&j->t, n, i)};
        if (is_target) array_push(&j->heads, p);
        else array_push(&j->leaves, p);
    }
}

/* The upper triangle by sweeps of the gradient; the lower one is the same. */
static void differentiate_twice(job *j, size_t first, const u32 *leaves, u32 *row) {
    size_t count = j->leaves.count;
    for (size_t i = 0; i < count; i++) {
        formal_gradient(&j->t, j->roots.items[first + 1 + i], (u32)(count - i), leaves + i, row);
        for (size_t k = i; k < count; k++) {
            j->roots.items[first + 1 + count + i * count + k] = row[k - i];
            j->roots.items[first + 1 + count + k * count + i] = row[k - i];
        }
    }
}

static void differentiate(gtape *g, job *j) {
    for (size_t i = 0; i < j->targets.count; i++) take_apart(g, j, j->targets.items[i], true);
    for (size_t i = 0; i < j->variables.count; i++) take_apart(g, j, j->variables.items[i], false);
    const size_t count = j->leaves.count;
    for (size_t i = 0; i < count; i++) array_push(&j->row, j->leaves.items[i].node);
    for (size_t i = 0; i < count; i++) array_push(&j->row, 0);
    const u32 *leaves = j->row.items;
    for (size_t i = 0; i < j->heads.count; i++) {
        u32 y = j->heads.items[i].node;
        size_t first = j->roots.count;
        array_push(&j->roots, y);
        for (size_t k = 1; k < job_stride(g, j); k++) array_push(&j->roots, 0);
        if (count) formal_gradient(&j->t, y, (u32)count, leaves, j->roots.items + first + 1);
        if (g->hessians_wanted) differentiate_twice(j, first, leaves, j->row.items + count);
    }
}

static void check_names(gtape *g) {
    size_t before = g->diagnostics.count;
    session_check_names(g);
    for (size_t i = before; i < g->diagnostics.count; i++)
        if (g->diagnostics.items[i].severity == SEVERITY_ERROR) fault_raise(FAULT_ERROR);
}

void job_make(gtape *g, job *j) {
    check_names(g);
    graph_mark_stores(&g->graph);
    formal_init(&j->t, &g->graph, &g->evaluator.rec, &g->evaluator.interrupt, g->evaluator.operation_limit);
    j->t.given_first = g->evaluator.given_first;
    choose_variables(g, j);
    run(g, j);
    choose_targets(g, j);
    differentiate(g, j);
}

static void write(gtape *g, text *out, void (*step)(gtape *g, job *j)) {
    job j = {.out = out};
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) step(g, &j);
    fault_end(&here);
    page_free(&j.page);
    c_code_free(&j.code);
    formal_free(&j.t);
    text_free(&j.name);
    text_free(&j.label);
    array_free(&j.targets);
    array_free(&j.variables);
    array_free(&j.heads);
    array_free(&j.leaves);
    array_free(&j.row);
    array_free(&j.roots);
    array_free(&j.unrolled);
    pool_release(&g->evaluator.rec, 0);
    if (fault) fault_raise((enum fault)fault);
}

void session_formulas(gtape *g, text *out) { write(g, out, job_equations); }

void session_latex(gtape *g, text *out) { write(g, out, job_latex); }

void session_code(gtape *g, text *out) { write(g, out, job_code); }
