/* SPDX-License-Identifier: GPL-3.0-or-later */
/* results.c - targets and their derivatives after a run. */
#include "lang/layout.h"
#include "lang/uncertain.h"
#include "lib/kinks.h"
#include "lib/session.h"
#include "solve/budget.h"
#include <string.h>

void session_drop_results(gtape *g) {
    for (size_t i = 0; i < g->targets.count; i++) {
        value_drop(&g->targets.items[i].v);
        value_drop(&g->targets.items[i].u);
    }
    for (size_t i = 0; i < g->variables.count; i++) value_drop(&g->variables.items[i].v);
    for (size_t i = 0; i < g->derivatives.count; i++) value_drop(&g->derivatives.items[i].v);
    for (size_t i = 0; i < g->hessians.count; i++) value_drop(&g->hessians.items[i]);
    g->targets.count = g->variables.count = g->derivatives.count = g->hessians.count = 0;
}

static const char *slot_name(const gtape *g, u32 slot) {
    return intern_text(&g->graph.names, g->graph.globals.items[slot].name);
}

/* ---- which: each name once, however often it was asked for ---- */

enum { LISTED_TARGET = 1, LISTED_VARIABLE = 2 };

static void begin_lists(gtape *g) {
    g->listed.count = 0;
    for (size_t i = 0; i < g->graph.globals.count; i++) array_push(&g->listed, 0);
}

/* True where the slot was not on the list yet. */
static bool list_slot(gtape *g, u32 slot, u8 list) {
    bool is_new = !(g->listed.items[slot] & list);
    g->listed.items[slot] |= list;
    return is_new;
}

/* The first statement of the text that would bind the name. */
static span binding_of(const gtape *g, u32 slot) {
    for (size_t i = 0; i < g->graph.code.count; i++) {
        const instruction *in = &g->graph.code.items[i];
        bool stores = in->op == DO_STORE || in->op == DO_STORE_LEAF || in->op == DO_NEXT;
        if (stores && OPERAND_KIND(in->b) == IN_GLOBAL && OPERAND_NUMBER(in->b) == slot)
            return g->graph.spans.items[i];
    }
    return NO_SPAN;
}

_Noreturn static void fail_unbound(gtape *g, u32 slot, span asked_at) {
    span bound_at = binding_of(g, slot);
    bool is_asked = asked_at.begin != NO_SPAN.begin, is_bound = bound_at.begin != NO_SPAN.begin;
    diagnostic *d = diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_UNBOUND, is_asked ? asked_at : bound_at,
                             "'%s' has no value at the end", slot_name(g, slot));
    if (is_bound) {
        text_clear(&g->names);
        layout_name(&g->names, slot_name(g, slot));
        diag_hint(d, "what binds it did not run; %s = nan before gives it a value in any case",
                  text_str(&g->names));
    }
    if (is_asked && is_bound) diag_relate(d, bound_at, "this did not run");
    fault_raise(FAULT_ERROR);
}

static void add_target(gtape *g, u32 slot, span at) {
    value v = g->evaluator.globals.items[slot];
    if (is_unbound(&v)) fail_unbound(g, slot, at);
    if (!list_slot(g, slot, LISTED_TARGET)) return;
    array_room(&g->targets);
    value_keep(&v);
    array_push(&g->targets, ((result){slot, v, UNBOUND}));
}

static void choose_targets(gtape *g) {
    const graph *gr = &g->graph;
    if (g->of.count)
        for (size_t i = 0; i < g->of.count; i++)
            add_target(g, graph_find_global(gr, g->of.items[i].name), g->of.items[i].at);
    else if (gr->reported.count && !g->build.at_prompt)
        for (size_t i = 0; i < gr->reported.count; i++) add_target(g, gr->reported.items[i], NO_SPAN);
    else if (g->row_target != NAME_NONE) add_target(g, g->row_target, NO_SPAN);
    else if (g->evaluator.last_target != NAME_NONE) add_target(g, g->evaluator.last_target, NO_SPAN);
}

static void add_variable(gtape *g, u32 slot) {
    value v = g->evaluator.globals.items[slot];
    if (is_unbound(&v) || !list_slot(g, slot, LISTED_VARIABLE)) return;
    array_room(&g->variables);
    value_keep(&v);
    array_push(&g->variables, ((result){slot, v, UNBOUND}));
}

static void choose_variables(gtape *g) {
    for (size_t i = 0; i < g->wrt.count; i++) {
        u32 slot = graph_find_global(&g->graph, g->wrt.items[i].name);
        if (slot != NAME_NONE) add_variable(g, slot);
    }
    if (g->wrt.count) return;
    for (size_t i = 0; i < g->graph.watched.count; i++) add_variable(g, g->graph.watched.items[i]);
}

/* ---- derivatives ---- */

/* At a prompt, lines that have nothing to do with a watched variable say nothing of it; in a batch every
 * derivative was asked for. */
static void keep_derivative(gtape *g, value d, bool connected) {
    value_keep(&d);
    bool shown = connected || (g->evaluator.unconnected != UNCONNECTED_NONE && !g->build.at_prompt);
    array_push(&g->derivatives, ((derivative){d, shown}));
}

/* Fills the row of results for one target. */
static void sweep_row(gtape *g, value y) {
    evaluator *e = &g->evaluator;
    u32 count = (u32)g->variables.count;
    stopwatch before = session_start(g);
    if (y.node) e->rec.origin = e->rec.tape.origin[y.node]; /* for errors */
    if (!is_tensor(&y))
        sweep_gradients(&e->rec, y, SCALAR(1), count, g->row.variables.items, g->row.results.items,
                        g->row.connected.items, false);
    else
        for (u32 i = 0; i < count; i++)
            g->row.results.items[i] =
                derive_jacobian(e, y, g->row.variables.items[i], false, &g->row.connected.items[i]);
    g->stats.sweep_seconds += session_worked(g, before);
}

static void derivatives_of(gtape *g, const result *target) {
    evaluator *e = &g->evaluator;
    sweep_row(g, target->v);
    for (size_t i = 0; i < g->variables.count; i++) {
        const result *variable = &g->variables.items[i];
        bool connected = g->row.connected.items[i];
        value d = g->row.results.items[i];
        if (!connected && !g->build.at_prompt && e->unconnected != UNCONNECTED_NONE)
            note_unconnected(e, NAME_NONE, slot_name(g, target->slot), target->v,
                             slot_name(g, variable->slot), variable->v,
                             g->graph.globals.items[variable->slot].is_rebound);
        explain_gradient(e, target->v, variable->v, d);
        keep_derivative(g, d, connected);
    }
}

static void all_derivatives(gtape *g) {
    g->row.variables.count = g->row.results.count = g->row.connected.count = 0;
    for (size_t i = 0; i < g->variables.count; i++) {
        array_push(&g->row.variables, g->variables.items[i].v);
        array_push(&g->row.results, SCALAR(0));
        array_push(&g->row.connected, false);
    }
    for (size_t t = 0; t < g->targets.count; t++) derivatives_of(g, &g->targets.items[t]);
}

/* x^2 at x = 0 +/- 0.1: the derivative is 0, and the uncertainty is not. */
static void explain_no_uncertainty(gtape *g, const result *r) {
    evaluator *e = &g->evaluator;
    double u, shift;
    if (is_tensor(&r->u) || is_unbound(&r->u) || r->u.num != 0 || !e->notes) return;
    if (!second_order(e, r->v, &u, &shift) || !(u > 0)) return;
    char number[NUMBER_ROOM];
    number_write(number, u, (number_format){.digits = 2});
    diag_add(&g->diagnostics, SEVERITY_NOTE, DIAG_UNCERTAINTY, NO_SPAN,
             "the uncertainty of %s is 0 to first order, and %s to second", slot_name(g, r->slot), number);
}

enum { KINKS_TOLD = 8 };

/* Records at a kink that depend on uncertain leaves, and whose derivative is finite: abs at 0, a tie. */
static size_t find_uncertain_kinks(gtape *g, u32 *kinks) {
    evaluator *e = &g->evaluator;
    const uncertain *set = e->uncertain;
    const tape *t = &e->rec.tape;
    size_t count = 0;
    g->row.variables.count = 0;
    for (size_t i = 0; i < set->leaves.count; i++) array_push(&g->row.variables, set->leaves.items[i].leaf);
    if (!set->leaves.count || !e->notes) return 0;
    const u8 *depends =
        depending_on(&e->rec, 0, (u32)t->count - 1, (u32)set->leaves.count, g->row.variables.items);
    for (u32 k = 1; k < t->count && count < KINKS_TOLD; k++) {
        enum op op = CODE_OP(t->code[k]);
        bool is_told = depends[k] && op != OP_SQRT && op != OP_CBRT && !(t->origin[k] & ORIGIN_PARTIAL);
        if (is_told && kink_of_record(t, k)) kinks[count++] = k;
    }
    return count;
}

static void explain_uncertain_kinks(gtape *g, const result *r, size_t count, const u32 *kinks) {
    const tape *t = &g->evaluator.rec.tape;
    for (size_t i = 0; i < count; i++) {
        u32 origin = t->origin[kinks[i]];
        if (is_unbound(&r->u) || !depends_on(&g->evaluator.rec, r->v.node, kinks[i])) continue;
        span at = origin < g->graph.spans.count ? g->graph.spans.items[origin] : NO_SPAN;
        diagnostic *said =
            diag_add(&g->diagnostics, SEVERITY_NOTE, DIAG_UNCERTAINTY, at,
                     "the uncertainty of %s to first order is a convention: no one derivative %s",
                     slot_name(g, r->slot), kink_of_record(t, kinks[i]));
        diag_hint(said, "--show uncertainty --samples 1e5 finds the distribution");
        return;
    }
}

static void all_uncertainties(gtape *g) {
    u32 kinks[KINKS_TOLD];
    size_t kink_count = find_uncertain_kinks(g, kinks);
    for (size_t i = 0; i < g->targets.count; i++) {
        value u = uncertainty_of(&g->evaluator, g->targets.items[i].v);
        value_keep(&u);
        g->targets.items[i].u = u;
        explain_uncertainty(&g->evaluator, g->targets.items[i].v, u);
        explain_no_uncertainty(g, &g->targets.items[i]);
        explain_uncertain_kinks(g, &g->targets.items[i], kink_count, kinks);
    }
}

/* A program that prints for itself has no report unless somebody asks for one. */
static bool wants_report(const gtape *g) {
    return g->build.at_prompt || g->report || !g->graph.prints || g->records_wanted || gtape_report_asked(g);
}

void session_choose(gtape *g) {
    if (!wants_report(g)) return;
    begin_lists(g);
    choose_targets(g);
    choose_variables(g);
}

void session_results(gtape *g) {
    session_choose(g);
    for (size_t i = 0; i < g->targets.count; i++) explain_not_finite(&g->evaluator, &g->targets.items[i].v);
    g->stats.sweep_seconds = 0;
    if (g->evaluator.uncertain) all_uncertainties(g);
    if (g->variables.count) all_derivatives(g);
    if (g->variables.count && g->hessians_wanted) session_hessians(g);
    pool_release(&g->evaluator.rec, 0);
}

/* ---- what callers see ---- */

static gtape_value show(const value *v) {
    view w = view_of(v);
    return (gtape_value){w.data, w.shape, w.size, w.rank};
}

size_t gtape_target_count(const gtape *g) { return g->targets.count; }
const char *gtape_target_name(const gtape *g, size_t target) {
    return slot_name(g, g->targets.items[target].slot);
}
int gtape_target_named(const gtape *g, size_t target) {
    return strcmp(gtape_target_name(g, target), "ans") != 0;
}
gtape_value gtape_target_value(const gtape *g, size_t target) { return show(&g->targets.items[target].v); }
int gtape_target_uncertainty(const gtape *g, size_t target, gtape_value *out) {
    const value *u = &g->targets.items[target].u;
    *out = show(u);
    return !is_unbound(u);
}

const char *gtape_target_text(gtape *g, size_t target, gtape_layout how) {
    const result *r = &g->targets.items[target];
    layout_style style = {{how.number.digits, how.number.hex != 0}, how.indent, how.shorten != 0};
    fault_point here;
    text_clear(&g->shown);
    int fault = FAULT_TRY(&here);
    if (!fault) {
        if (is_unbound(&r->u)) layout_value(&g->shown, view_of(&r->v), style);
        else layout_uncertain(&g->shown, view_of(&r->v), view_of(&r->u), style);
    }
    fault_end(&here);
    return fault ? NULL : text_str(&g->shown);
}

struct name_job {
    value v;
    layout_style style;
    bool is_uncertain;
};

static void lay_name(gtape *g, void *argument) {
    struct name_job *j = argument;
    value u = uncertainty_of(&g->evaluator, j->v);
    j->is_uncertain = !is_unbound(&u);
    if (j->is_uncertain) layout_uncertain(&g->shown, view_of(&j->v), view_of(&u), j->style);
    pool_release(&g->evaluator.rec, 0);
}

const char *gtape_name_text(gtape *g, size_t index, gtape_layout how) {
    const evaluator *e = &g->evaluator;
    if (!e->uncertain || index >= e->globals.count || is_unbound(&e->globals.items[index])) return NULL;
    struct name_job job = {e->globals.items[index],
                           {{how.number.digits, how.number.hex != 0}, how.indent, how.shorten != 0},
                           false};
    text_clear(&g->shown);
    bool done = session_guard(g, lay_name, &job) == GTAPE_OK;
    return done && job.is_uncertain ? text_str(&g->shown) : NULL;
}

size_t gtape_variable_count(const gtape *g) { return g->variables.count; }
const char *gtape_variable_name(const gtape *g, size_t variable) {
    return slot_name(g, g->variables.items[variable].slot);
}
gtape_value gtape_variable_value(const gtape *g, size_t variable) {
    return show(&g->variables.items[variable].v);
}

int gtape_gradient(const gtape *g, size_t target, size_t variable, gtape_value *out) {
    const derivative *d = &g->derivatives.items[target * g->variables.count + variable];
    *out = show(&d->v);
    return d->shown;
}

int gtape_prints(const gtape *g) { return g->graph.prints; }

int gtape_report_asked(const gtape *g) {
    return g->wrt.count || g->of.count || g->graph.watched.count || g->graph.reported.count;
}
