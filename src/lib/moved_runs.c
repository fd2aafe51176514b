/* SPDX-License-Identifier: GPL-3.0-or-later */
/* moved_runs.c - see moved_runs.h; and the samples of a plot. */
#include "lib/moved_runs.h"
#include <math.h>
#include <string.h>

void session_hush(gtape *g, quiet *before) {
    evaluator *e = &g->evaluator;
    *before = (quiet){e->print, e->solve, e->notes, e->fuses, e->strict};
    e->print = NULL;
    e->notes = e->fuses = e->strict = false;
}

void session_unhush(gtape *g, const quiet *before) {
    evaluator *e = &g->evaluator;
    e->shift = NULL;
    e->print = before->print;
    e->solve = before->solve;
    e->notes = before->notes, e->fuses = before->fuses, e->strict = before->strict;
}

bool session_find_binding(gtape *g, store_shift *s) {
    s->at = UINT32_MAX;
    s->last = UNBOUND;
    session_run_shifted(g, s);
    const value *v = &g->evaluator.globals.items[s->slot], *last = &s->last;
    s->at = s->seen - 1;
    if (is_unbound(last) || is_unbound(v) || is_tensor(last) != is_tensor(v)) return false;
    if (is_tensor(v)) return last->t == v->t;
    return last->num == v->num || (isnan(v->num) && isnan(last->num));
}

void session_run_shifted(gtape *g, store_shift *list) {
    if (g->evaluator.interrupt) fault_raise(FAULT_INTERRUPT);
    for (store_shift *s = list; s; s = s->next) s->seen = 0;
    g->evaluator.shift = list;
    session_rerun(g);
}

/* ---- samples ---- */

enum { MOST_NAMES = 8 };

typedef struct sampling {
    size_t count;
    const double *points;
    double *out, *here;
    store_shift shifts[MOST_NAMES];
    u32 slots[MOST_NAMES];
    bool lacks[MOST_NAMES];
    u32 n, target;
} sampling;

static void no_solver(void *user, struct evaluator *e, u32 pc, u32 site) {
    (void)user, (void)e, (void)pc, (void)site;
}

_Noreturn static void refuse(gtape *g, const char *why, u32 slot) {
    g->evaluator.rec.origin = ORIGIN_NONE;
    record_fail(&g->evaluator.rec, DIAG_SHAPE, "'%s' %s",
                intern_text(&g->graph.names, g->graph.globals.items[slot].name), why);
}

/* An input without a value is given that of the first point. */
static void take_names(gtape *g, sampling *s) {
    evaluator_prepare(&g->evaluator);
    for (size_t i = 0; i < g->wrt.count && i < MOST_NAMES; i++) {
        u32 slot = graph_find_global(&g->graph, g->wrt.items[i].name);
        if (slot == NAME_NONE) continue; /* told when the run begins */
        s->lacks[s->n] = session_lacks_value(g, slot);
        if (s->lacks[s->n]) g->evaluator.given.items[slot] = SCALAR(s->points[i]);
        s->slots[s->n++] = slot;
    }
}

static void give_back(gtape *g, sampling *s) {
    for (u32 i = 0; i < s->n; i++)
        if (s->lacks[i]) g->evaluator.given.items[s->slots[i]] = UNBOUND;
}

/* Where a solver moves a name, the plot is of what it works on, and the solver rests. */
static void find_bindings(gtape *g, sampling *s) {
    for (u32 i = 0; i < s->n; i++) {
        s->shifts[i] = (store_shift){.slot = s->slots[i]};
        if (session_find_binding(g, &s->shifts[i])) continue;
        g->evaluator.solve = no_solver;
        if (!session_find_binding(g, &s->shifts[i]))
            refuse(g, "is bound by a loop, so it cannot be varied", s->slots[i]);
    }
    for (u32 i = 0; i < s->n; i++) {
        const value *v = &s->shifts[i].last;
        if (is_tensor(v)) refuse(g, "is a tensor; a plot is over numbers", s->slots[i]);
        s->here[i] = s->lacks[i] ? (double)NAN : v->num;
        s->shifts[i].replaces = true;
        s->shifts[i].next = i + 1 < s->n ? &s->shifts[i + 1] : NULL;
    }
}

static void take_point(gtape *g, sampling *s, const double *point, double *out) {
    evaluator *e = &g->evaluator;
    value variables[MOST_NAMES], results[MOST_NAMES];
    bool connected[MOST_NAMES];
    for (u32 i = 0; i < s->n; i++) s->shifts[i].by = point[i];
    session_run_shifted(g, s->shifts);
    value y = e->globals.items[s->target];
    if (is_unbound(&y) || is_tensor(&y)) {
        e->rec.origin = ORIGIN_NONE;
        record_fail(&e->rec, DIAG_SHAPE, "what is plotted is no number, but a tensor");
    }
    for (u32 i = 0; i < s->n; i++) variables[i] = e->globals.items[s->slots[i]];
    sweep_gradients(&e->rec, y, SCALAR(1), s->n, variables, results, connected, false);
    out[0] = y.num;
    for (u32 i = 0; i < s->n; i++) out[i + 1] = results[i].num;
    pool_release(&e->rec, 0);
}

static void sample(gtape *g, sampling *s) {
    take_names(g, s);
    session_begin_run(g, true);
    s->target = graph_find_global(&g->graph, g->of.items[0].name);
    find_bindings(g, s);
    for (size_t i = 0; i < s->count; i++) take_point(g, s, s->points + i * s->n, s->out + i * (s->n + 1));
}

static void sample_quietly(gtape *g, void *argument) {
    sampling *s = argument;
    quiet before;
    fault_point here;
    session_hush(g, &before);
    volatile int fault = FAULT_TRY(&here);
    if (!fault) sample(g, s);
    fault_end(&here);
    session_unhush(g, &before);
    give_back(g, s);
    pool_release(&g->evaluator.rec, 0);
    if (fault) fault_raise((enum fault)fault);
}

gtape_status gtape_sample(gtape *g, size_t count, const double *points, double *out, double *here) {
    sampling s = {.count = count, .points = points, .out = out, .here = here};
    if (g->wrt.count > MOST_NAMES || g->of.count != 1) return GTAPE_BAD_PROGRAM;
    g->evaluator.interrupt = 0;
    return session_guard(g, sample_quietly, &s);
}
