/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_session.c - see row_session.h. */
#include "lib/row_session.h"
#include "lang/layout.h"
#include "lib/row_uncertainty.h"
#include <string.h>

static row_session *job_of(void *argument) { return argument; }

/* ---- columns ---- */

static void find_columns(gtape *g, void *argument) {
    row_session *s = job_of(argument);
    g->row_columns.count = 0;
    while (g->row_columns.count < g->graph.globals.count) array_push(&g->row_columns, false);
    for (size_t i = 0; i < s->columns; i++) {
        u32 slot = s->slots[i];
        if (slot == NAME_NONE) continue;
        if (!session_takes_column(g, slot) || g->row_columns.items[slot]) s->slots[i] = NAME_NONE;
        else g->row_columns.items[slot] = true;
    }
}

static void give_row(gtape *g, const row_session *s) {
    evaluator *e = &g->evaluator;
    while (e->given.count < g->graph.globals.count) array_push(&e->given, UNBOUND);
    for (size_t i = 0; i < s->columns; i++) {
        if (s->slots[i] == NAME_NONE) continue;
        value *to = &e->given.items[s->slots[i]];
        value_drop(to);
        *to = SCALAR(s->row[i]);
    }
}

static void run_programs(gtape *g) {
    for (size_t i = 0; i < g->programs.count; i++) evaluate(&g->evaluator, g->programs.items[i]);
}

static void begin_row(gtape *g, row_session *s) {
    give_row(g, s);
    session_begin_run(g, true);
    evaluator_bind_inputs(&g->evaluator);
}

/* ---- results: each target's entries, then those of its gradients ---- */

static void put(row_session *s, const double *x, size_t count) {
    if (count > s->results - s->filled) {
        s->misfit = true;
        return;
    }
    memcpy(s->out + s->filled, x, count * sizeof *x);
    s->filled += count;
}

static void put_value(row_session *s, const value *v) {
    view w = view_of(v);
    put(s, w.data, w.size);
}

/* Of every target and then of every variable: a rank and its lengths. */
static void keep_shapes(row_session *s, size_t count, const result *results) {
    for (size_t i = 0; i < count; i++) {
        view v = shape_of(&results[i].v);
        array_push(&s->shapes, v.rank);
        for (size_t k = 0; k < v.rank; k++) array_push(&s->shapes, v.shape[k]);
    }
}

static size_t fit_shapes(row_session *s, size_t at, size_t count, const result *results) {
    for (size_t i = 0; i < count && !s->misfit; i++) {
        view v = shape_of(&results[i].v);
        bool fits = s->shapes.count - at > v.rank && s->shapes.items[at] == v.rank;
        at++;
        for (size_t k = 0; fits && k < v.rank; k++) fits = s->shapes.items[at++] == v.shape[k];
        s->misfit |= !fits;
    }
    return at;
}

/* As many entries in another shape would stand below names that are not theirs. */
static void compare_shapes(gtape *g, row_session *s) {
    size_t at = fit_shapes(s, 0, g->targets.count, g->targets.items);
    fit_shapes(s, at, g->variables.count, g->variables.items);
}

static void put_results(gtape *g, row_session *s) {
    size_t variables = g->variables.count;
    s->filled = s->budgets = 0;
    s->misfit = false;
    compare_shapes(g, s);
    for (size_t t = 0; t < g->targets.count && !s->misfit; t++) {
        put_value(s, &g->targets.items[t].v);
        row_uncertainty_put(s, t, put);
        for (size_t v = 0; v < variables; v++) put_value(s, &g->derivatives.items[t * variables + v].v);
    }
    s->misfit |= s->filled != s->results;
    if (!s->misfit) return;
    diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_SHAPE, NO_SPAN,
             "the results of this row have another shape than those of the first");
    fault_raise(FAULT_ERROR);
}

static void evaluate_row(gtape *g, void *argument) {
    row_session *s = job_of(argument);
    begin_row(g, s);
    run_programs(g);
    session_results(g);
    if (s->out) put_results(g, s);
}

gtape_status row_session_evaluate(row_session *s, const double *row, double *out) {
    s->row = row;
    s->out = out;
    return session_guard(s->g, evaluate_row, s);
}

/* ---- tracing ---- */

static void bind_leaves(gtape *g, row_session *s) {
    s->leaves.count = 0;
    for (size_t i = 0; i < s->columns; i++)
        array_push(&s->leaves,
                   s->slots[i] == NAME_NONE ? 0 : trace_bind(&g->evaluator, s->slots[i], s->row[i]));
}

static void add_traced(row_session *s, value v, bool is_derivative) {
    array_push(&s->traced, v);
    array_push(&s->is_derivative, is_derivative);
    s->misfit |= is_tensor(&v);
}

static void trace_derivatives(gtape *g, row_session *s, value y) {
    recorder *r = &g->evaluator.rec;
    g->row.variables.count = g->row.results.count = g->row.connected.count = 0;
    for (size_t i = 0; i < g->variables.count; i++) {
        array_push(&g->row.variables, g->variables.items[i].v);
        array_push(&g->row.results, SCALAR(0));
        array_push(&g->row.connected, false);
    }
    sweep_gradients(r, y, SCALAR(1), (u32)g->variables.count, g->row.variables.items, g->row.results.items,
                    g->row.connected.items, true);
    for (size_t i = 0; i < g->variables.count; i++) {
        add_traced(s, g->row.results.items[i], true);
        /* an error, which is found where the row is evaluated */
        s->misfit |= g->evaluator.unconnected == UNCONNECTED_ERROR && !g->row.connected.items[i];
    }
}

static void trace_results(gtape *g, row_session *s) {
    session_choose(g);
    compare_shapes(g, s);
    s->misfit |= g->evaluator.uncertain != NULL; /* how leaves are combined is no part of the record */
    for (size_t t = 0; t < g->targets.count && !s->misfit; t++) {
        value y = g->targets.items[t].v;
        add_traced(s, y, false);
        if (g->variables.count && !s->misfit) trace_derivatives(g, s, y);
    }
    if (s->misfit || s->traced.count != s->results) trace_give_up(&g->evaluator);
}

static void trace_row(gtape *g, void *argument) {
    row_session *s = job_of(argument);
    begin_row(g, s);
    trace_begin(&g->evaluator);
    bind_leaves(g, s);
    run_programs(g);
    trace_results(g, s);
}

static void plan_row(gtape *g, void *argument) {
    row_session *s = job_of(argument);
    const trace *t = &g->evaluator.trace;
    s->whole = replay_plan(s->plan, &(replay_request){
                                        .t = &g->evaluator.rec.tape,
                                        .columns = s->columns,
                                        .leaves = s->leaves.items,
                                        .guards = t->guards.count,
                                        .guard = t->guards.items,
                                        .results = t->given_up ? 0 : s->traced.count,
                                        .result = s->traced.items,
                                        .is_derivative = s->is_derivative.items,
                                    });
    s->whole &= !t->given_up;
}

gtape_status row_session_trace(row_session *s, const double *row, replay *plan, bool *whole) {
    gtape *g = s->g;
    s->row = row;
    s->plan = plan;
    s->traced.count = s->is_derivative.count = 0;
    s->misfit = false;
    gtape_status status = session_guard(g, trace_row, s);
    trace_end(&g->evaluator);
    if (status == GTAPE_OK) status = session_guard(g, plan_row, s);
    session_drop_results(g);
    pool_release(&g->evaluator.rec, 0);
    *whole = s->whole;
    return status;
}

/* ---- names ---- */

static const char *name_of(const gtape *g, u32 slot) {
    return intern_text(&g->graph.names, g->graph.globals.items[slot].name);
}

static void keep_name(row_session *s, const text *name) {
    array_room(&s->names);
    s->names.items[s->names.count] = mem_copy_text(text_str(name), name->length);
    s->names.count++;
}

static void name_target(gtape *g, row_session *s, const result *target) {
    view v = shape_of(&target->v);
    for (size_t i = 0; i < v.size; i++) {
        text_clear(&g->names);
        text_puts(&g->names, name_of(g, target->slot));
        layout_index(&g->names, v, i);
        keep_name(s, &g->names);
    }
}

static void name_gradient(gtape *g, row_session *s, const result *target, const result *variable) {
    view y = shape_of(&target->v), x = shape_of(&variable->v);
    for (size_t i = 0; i < y.size; i++)
        for (size_t k = 0; k < x.size; k++) {
            text_clear(&g->names);
            text_printf(&g->names, "d%s", name_of(g, target->slot));
            layout_index(&g->names, y, i);
            text_printf(&g->names, "_d%s", name_of(g, variable->slot));
            layout_index(&g->names, x, k);
            keep_name(s, &g->names);
        }
}

static void name_results(gtape *g, row_session *s) {
    keep_shapes(s, g->targets.count, g->targets.items);
    keep_shapes(s, g->variables.count, g->variables.items);
    for (size_t t = 0; t < g->targets.count; t++) {
        name_target(g, s, &g->targets.items[t]);
        row_uncertainty_name(s, &g->targets.items[t], keep_name);
        for (size_t v = 0; v < g->variables.count; v++)
            name_gradient(g, s, &g->targets.items[t], &g->variables.items[v]);
    }
    s->results = s->names.count;
}

/* ---- which results there are ---- */

/* The target of every row is the same: what the text binds last at top level, where nobody asked for one. */
static void fix_target(gtape *g) {
    if (g->of.count || g->graph.reported.count) return;
    for (size_t i = g->graph.code.count; i-- > 0 && g->row_target == NAME_NONE;) {
        const instruction *in = &g->graph.code.items[i];
        bool stores = in->op == DO_STORE || in->op == DO_STORE_LEAF;
        if (stores && OPERAND_KIND(in->b) == IN_GLOBAL) g->row_target = OPERAND_NUMBER(in->b);
        else if (in->op == DO_ANSWER)
            g->row_target = graph_global(&g->graph, intern(&g->graph.names, "ans", 3));
    }
}

/* Results are taken for scalars where no row gets through. */
static void assume_scalars(gtape *g) {
    session_drop_results(g);
    evaluator *e = &g->evaluator;
    for (size_t i = 0; i < e->globals.count; i++)
        if (is_unbound(&e->globals.items[i])) e->globals.items[i] = SCALAR(0);
    session_choose(g);
}

/* Shapes become known by a run, which nobody hears of. */
static gtape_status try_row(row_session *s, const double *row, u64 operation_limit, bool *exhausted) {
    gtape *g = s->g;
    evaluator *e = &g->evaluator;
    evaluator kept = *e;
    e->print = NULL;
    e->strict = e->notes = false;
    e->unconnected = UNCONNECTED_ZERO;
    if (e->operation_limit > operation_limit) e->operation_limit = operation_limit;
    gtape_status status = row_session_evaluate(s, row, NULL);
    e->print = kept.print;
    e->strict = kept.strict, e->notes = kept.notes;
    e->unconnected = kept.unconnected;
    e->operation_limit = kept.operation_limit;
    *exhausted |= diag_has(&g->diagnostics, 0, DIAG_MEMORY);
    gtape_clear_diagnostics(g);
    return status;
}

static void learn_results(gtape *g, void *argument) {
    row_session *s = job_of(argument);
    bool exhausted = false;
    fix_target(g);
    s->learned = try_row(s, s->row, UINT64_MAX, &exhausted) == GTAPE_OK;
    if (exhausted) fault_raise(FAULT_MEMORY);
    if (s->learned) name_results(g, s);
}

gtape_status row_session_learn(row_session *s, const double *row, bool *learned) {
    s->row = row;
    gtape_status status = session_guard(s->g, learn_results, s);
    *learned = status == GTAPE_OK && s->learned;
    return status;
}

static void guess_results(gtape *g, void *argument) {
    row_session *s = job_of(argument);
    static const double entries[] = {1, 0.5, 0};
    gtape_status status = GTAPE_FAILED;
    bool exhausted = false; /* then nothing is known of the shapes */
    fix_target(g);
    for (size_t i = 0; i < COUNT_OF(entries) && status != GTAPE_OK; i++) {
        for (size_t k = 0; k < s->columns; k++) s->scratch[k] = entries[i];
        status = try_row(s, s->scratch, TRACE_LIMIT, &exhausted);
    }
    if (status != GTAPE_OK && exhausted) fault_raise(FAULT_MEMORY);
    if (status != GTAPE_OK) assume_scalars(g);
    name_results(g, s);
}

gtape_status row_session_guess(row_session *s) { return session_guard(s->g, guess_results, s); }

static void copy_results(gtape *g, void *argument) {
    row_session *s = job_of(argument);
    const row_session *from = s->model;
    fix_target(g);
    for (size_t i = 0; i < from->names.count; i++) {
        text_clear(&g->names);
        text_puts(&g->names, from->names.items[i]);
        keep_name(s, &g->names);
    }
    for (size_t i = 0; i < from->shapes.count; i++) array_push(&s->shapes, from->shapes.items[i]);
    for (size_t i = 0; i < from->uncertain.count; i++) array_push(&s->uncertain, from->uncertain.items[i]);
    for (size_t i = 0; i < from->contributions.count; i++)
        array_push(&s->contributions, from->contributions.items[i]);
    s->results = from->results;
}

gtape_status row_session_copy_results(row_session *s, const row_session *from) {
    s->model = from;
    return session_guard(s->g, copy_results, s);
}

/* ---- life ---- */

static void open_session(gtape *g, void *argument) {
    row_session *s = job_of(argument);
    s->slots = mem_alloc(s->columns, sizeof *s->slots);
    for (size_t i = 0; i < s->columns; i++) {
        u32 name = intern_find(&g->graph.names, s->column_names[i], strlen(s->column_names[i]));
        s->slots[i] = name == NAME_NONE ? NAME_NONE : graph_find_global(&g->graph, name);
    }
    find_columns(g, s);
    s->scratch = mem_zero(s->columns, sizeof *s->scratch);
    s->row = s->scratch;
    give_row(g, s);
    session_begin_run(g, true);
    session_check_rows(g);
}

gtape_status row_session_open(row_session *s) { return session_guard(s->g, open_session, s); }

void row_session_free(row_session *s) {
    mem_free(s->slots);
    mem_free(s->scratch);
    for (size_t i = 0; i < s->names.count; i++) mem_free(s->names.items[i]);
    array_free(&s->names);
    array_free(&s->shapes);
    array_free(&s->leaves);
    array_free(&s->traced);
    array_free(&s->is_derivative);
    array_free(&s->uncertain);
    array_free(&s->contributions);
    array_free(&s->is_put);
    budget_free(&s->budget);
}
