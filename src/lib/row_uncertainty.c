/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_uncertainty.c - see row_uncertainty.h. */
#include "lib/row_uncertainty.h"
#include "lang/layout.h"

static const char *text_of(const gtape *g, u32 name) {
    return name == NAME_NONE ? "x" : intern_text(&g->graph.names, name);
}

/* "u_", "z", [i] */
static void begin_name(gtape *g, const char *prefix, const result *target, size_t i) {
    text_clear(&g->names);
    text_puts(&g->names, prefix);
    text_puts(&g->names, text_of(g, g->graph.globals.items[target->slot].name));
    layout_index(&g->names, shape_of(&target->v), i);
}

static void name_budget(row_session *s, const result *target, size_t i,
                        void (*keep)(row_session *s, const text *name)) {
    gtape *g = s->g;
    begin_name(g, "U_", target, i);
    keep(s, &g->names);
    budget_make(&g->evaluator, target->v, i, g->coverage, &s->budget);
    for (size_t k = 0; k < s->budget.rows.count; k++) {
        const budget_row *row = &s->budget.rows.items[k];
        const uncertain_leaf *l = &g->evaluator.uncertain->leaves.items[row->leaf];
        begin_name(g, "u_", target, i);
        text_printf(&g->names, "_%s", text_of(g, l->name));
        layout_index(&g->names, shape_of(&l->leaf), row->entry);
        keep(s, &g->names);
    }
}

void row_uncertainty_name(row_session *s, const result *target,
                          void (*keep)(row_session *s, const text *name)) {
    gtape *g = s->g;
    bool is_uncertain = !is_unbound(&target->u);
    array_push(&s->uncertain, is_uncertain);
    size_t size = is_uncertain ? shape_of(&target->v).size : 0;
    for (size_t i = 0; i < size; i++) {
        begin_name(g, "u_", target, i);
        keep(s, &g->names);
    }
    for (size_t i = 0; g->budget_wanted && i < size; i++) name_budget(s, target, i, keep);
}

static void put_budget(row_session *s, const result *target, size_t i,
                       void (*put)(row_session *s, const double *x, size_t count)) {
    budget_make(&s->g->evaluator, target->v, i, s->g->coverage, &s->budget);
    budget_explain(&s->g->evaluator, target->v, &s->budget);
    put(s, &s->budget.expanded, 1);
    for (size_t k = 0; k < s->budget.rows.count; k++) put(s, &s->budget.rows.items[k].contribution, 1);
}

void row_uncertainty_put(row_session *s, size_t t,
                         void (*put)(row_session *s, const double *x, size_t count)) {
    static const double zero = 0;
    const result *target = &s->g->targets.items[t];
    if (t >= s->uncertain.count || !s->uncertain.items[t]) {
        s->misfit |= !is_unbound(&target->u); /* there is no column for it */
        return;
    }
    size_t size = shape_of(&target->v).size;
    bool is_certain = is_unbound(&target->u); /* in this row */
    for (size_t i = 0; i < size; i++) put(s, is_certain ? &zero : &view_of(&target->u).data[i], 1);
    for (size_t i = 0; s->g->budget_wanted && !is_certain && i < size; i++) put_budget(s, target, i, put);
}
