/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formulas.c - targets and their derivatives as formulas or as C, without a run. */
#include "emit/c_code.h"
#include "emit/formula.h"
#include "emit/formal.h"
#include "lib/session.h"
#include <string.h>

typedef struct job {
    formal t;
    page page;
    c_code code;
    text name, label;              /* of an equation */
    ARRAY(u32) targets, variables; /* slots */
    ARRAY(u32) leaves;             /* expressions of the variables */
    ARRAY(u32) row;                /* as many, of a hessian */
    ARRAY(u32) roots;    /* expressions: each target, its gradient and, where wanted, its hessian by rows */
    bool keeps_loops;    /* in code */
    ARRAY(u32) unrolled; /* the loops that do not stay loops: see formal.h */
    text *out;
} job;

static const char *name_of(const gtape *g, u32 slot) {
    return intern_text(&g->graph.names, g->graph.globals.items[slot].name);
}

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

/* How many roots a target has. */
static size_t stride(const gtape *g, const job *j) {
    size_t count = j->variables.count;
    return 1 + count + (g->hessians_wanted ? count * count : 0);
}

/* The upper triangle by sweeps of the gradient; the lower one is the same. */
static void differentiate_twice(job *j, size_t first, u32 *row) {
    size_t count = j->variables.count;
    for (size_t i = 0; i < count; i++) {
        expr_gradient(&j->t.f, j->roots.items[first + 1 + i], (u32)(count - i), j->leaves.items + i, row);
        for (size_t k = i; k < count; k++) {
            j->roots.items[first + 1 + count + i * count + k] = row[k - i];
            j->roots.items[first + 1 + count + k * count + i] = row[k - i];
        }
    }
}

static void differentiate(gtape *g, job *j) {
    size_t count = j->variables.count;
    for (size_t i = 0; i < count; i++) {
        u32 n = expression_of(g, j, j->variables.items[i]);
        array_push(&j->leaves, n);
        array_push(&j->row, 0);
    }
    for (size_t i = 0; i < j->targets.count; i++) {
        u32 y = expression_of(g, j, j->targets.items[i]);
        size_t first = j->roots.count;
        array_push(&j->roots, y);
        for (size_t k = 1; k < stride(g, j); k++) array_push(&j->roots, 0);
        if (count) expr_gradient(&j->t.f, y, (u32)count, j->leaves.items, j->roots.items + first + 1);
        if (g->hessians_wanted) differentiate_twice(j, first, j->row.items);
    }
}

/* ---- as equations ---- */

static void add_equation(job *j, u32 node) {
    array_room(&j->page.equations);
    array_push(&j->page.equations, ((equation){mem_copy_text(text_str(&j->name), j->name.length), node}));
}

/* dz_dx, d2z_dx_dy, as they read back. */
static void write_plain(job *j, const char *y, u32 count, const char *const *x) {
    text_clear(&j->label);
    text_printf(&j->label, count == 0 ? "%s" : count == 1 ? "d%s" : "d2%s", y);
    for (u32 i = 0; i < count; i++) text_printf(&j->label, "_d%s", x[i]);
    page_name(&j->name, text_str(&j->label));
}

/* A derivative is partial where there are several variables. */
static void write_latex(job *j, const char *y, u32 count, const char *const *x) {
    text *out = &j->name;
    const char *d = j->variables.count > 1 ? "\\partial " : "d";
    if (count)
        text_printf(out, count == 1 ? "\\frac{%s" : "\\frac{%s^{2} ",
                    j->variables.count > 1 && count > 1 ? "\\partial" : d);
    latex_name(out, y);
    if (count) text_puts(out, "}{");
    bool twice = count > 1 && x[0] == x[1];
    for (u32 i = 0; i < (twice ? 1 : count); i++) {
        text_printf(out, i ? " \\, %s" : "%s", d);
        latex_name(out, x[i]);
    }
    if (twice) text_puts(out, "^{2}");
    if (count) text_putc(out, '}');
}

static void lay_out_one(gtape *g, job *j, u32 node, u32 slot, u32 count, const u32 *variables) {
    const char *x[2];
    for (u32 i = 0; i < count; i++) x[i] = name_of(g, variables[i]);
    text_clear(&j->name);
    (j->page.latex ? write_latex : write_plain)(j, name_of(g, slot), count, x);
    add_equation(j, node);
}

static void lay_out(gtape *g, job *j) {
    size_t count = j->variables.count;
    const u32 *x = j->variables.items;
    for (size_t i = 0; i < j->targets.count; i++) {
        const u32 *root = j->roots.items + i * stride(g, j);
        u32 y = j->targets.items[i];
        lay_out_one(g, j, root[0], y, 0, NULL);
        for (size_t k = 0; k < count; k++) lay_out_one(g, j, root[k + 1], y, 1, x + k);
        for (size_t k = 0; g->hessians_wanted && k < count * count; k++)
            if (k / count <= k % count)
                lay_out_one(g, j, root[1 + count + k], y, 2, (u32[]){x[k / count], x[k % count]});
    }
}

static void begin(gtape *g, job *j) {
    size_t before = g->diagnostics.count;
    session_check_names(g);
    for (size_t i = before; i < g->diagnostics.count; i++)
        if (g->diagnostics.items[i].severity == SEVERITY_ERROR) fault_raise(FAULT_ERROR);
    formal_init(&j->t, &g->graph, &g->diagnostics, &g->evaluator.interrupt, g->evaluator.operation_limit);
}

static void make(gtape *g, job *j) {
    choose_variables(g, j);
    run(g, j);
    choose_targets(g, j);
    differentiate(g, j);
}

static void make_equations(gtape *g, job *j) {
    begin(g, j);
    make(g, j);
    expr_tidy(&j->t.f, (u32)j->roots.count, j->roots.items);
    lay_out(g, j);
    j->page.f = &j->t.f;
    j->page.names = &g->graph.names;
    page_write(&j->page, j->out);
}

/* ---- as C ---- */

static void give_inputs(gtape *g, job *j) {
    c_code *c = &j->code;
    for (size_t i = 0; i < j->variables.count; i++) {
        u32 name = g->graph.globals.items[j->variables.items[i]].name;
        for (size_t k = 0; k < j->t.inputs.count; k++)
            if (j->t.inputs.items[k] == name) {
                array_push(&c->inputs, name);
                break;
            }
    }
    size_t variables = c->inputs.count;
    for (size_t k = 0; k < j->t.inputs.count; k++) {
        bool is_variable = false;
        for (size_t i = 0; i < variables && !is_variable; i++)
            is_variable = c->inputs.items[i] == j->t.inputs.items[k];
        if (!is_variable) array_push(&c->inputs, j->t.inputs.items[k]);
    }
}

static void give_results(gtape *g, job *j) {
    size_t count = j->variables.count;
    const global *globals = g->graph.globals.items;
    for (size_t i = 0; i < j->targets.count; i++) {
        const u32 *root = j->roots.items + i * stride(g, j);
        u32 y = globals[j->targets.items[i]].name;
        array_push(&j->code.results[C_OUT], ((c_result){*root++, y, NAME_NONE, NAME_NONE}));
        for (size_t k = 0; k < count; k++) {
            u32 x = globals[j->variables.items[k]].name;
            array_push(&j->code.results[C_GRAD], ((c_result){*root++, y, x, NAME_NONE}));
        }
        for (size_t k = 0; g->hessians_wanted && k < count * count; k++) {
            u32 x = globals[j->variables.items[k / count]].name,
                w = globals[j->variables.items[k % count]].name;
            array_push(&j->code.results[C_HESS], ((c_result){*root++, y, x, w}));
        }
    }
}

static void make_latex(gtape *g, job *j) {
    j->page.latex = true;
    make_equations(g, j);
}

static void make_exact(gtape *g, job *j) {
    begin(g, j);
    j->t.f.exact = true;
    j->t.keeps_loops = j->keeps_loops;
    j->t.unrolled = j->unrolled.items;
    j->t.unrolled_count = j->unrolled.count;
    make(g, j);
}

/* False where a loop turned out not to stay one, which is noted. */
static bool try_exact(gtape *g, job *j) {
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) make_exact(g, j);
    fault_end(&here);
    const u32 retry = j->t.retry;
    if (fault && (fault != FAULT_ERROR || retry == FORMAL_UNBOUND)) fault_raise((enum fault)fault);
    if (!fault) return true;
    formal_free(&j->t);
    memset(&j->t, 0, sizeof j->t);
    j->targets.count = j->variables.count = j->leaves.count = j->row.count = j->roots.count = 0;
    if (retry == FORMAL_ALL) j->keeps_loops = false;
    else array_push(&j->unrolled, retry);
    return false;
}

static void make_code(gtape *g, job *j) {
    j->keeps_loops = !g->hessians_wanted;
    while (!try_exact(g, j)) {}
    expr_merge(&j->t.f, (u32)j->roots.count, j->roots.items);
    j->code.f = &j->t.f;
    j->code.names = &g->graph.names;
    j->code.has_hessian = g->hessians_wanted;
    give_inputs(g, j);
    give_results(g, j);
    if (j->targets.count) c_code_write(&j->code, j->out);
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
    array_free(&j.leaves);
    array_free(&j.row);
    array_free(&j.roots);
    array_free(&j.unrolled);
    if (fault) fault_raise((enum fault)fault);
}

void session_formulas(gtape *g, text *out) { write(g, out, make_equations); }

void session_latex(gtape *g, text *out) { write(g, out, make_latex); }

void session_code(gtape *g, text *out) { write(g, out, make_code); }
