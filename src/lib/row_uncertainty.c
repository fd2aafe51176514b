/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_uncertainty.c - see row_uncertainty.h. */
#include "lib/row_uncertainty.h"
#include "lang/layout.h"
#include <string.h>

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

static void contribution_name(gtape *g, const result *target, size_t i, const budget_row *row) {
    const uncertain_leaf *l = &g->evaluator.uncertain->leaves.items[row->leaf];
    begin_name(g, "u_", target, i);
    text_printf(&g->names, "_%s", text_of(g, l->name));
    layout_index(&g->names, shape_of(&l->leaf), row->entry);
}

static void name_budget(row_session *s, const result *target, size_t i,
                        void (*keep)(row_session *s, const text *name)) {
    gtape *g = s->g;
    begin_name(g, "U_", target, i);
    keep(s, &g->names);
    budget_make(&g->evaluator, target->v, i, g->coverage, &s->budget);
    for (size_t k = 0; k < s->budget.rows.count; k++) {
        contribution_name(g, target, i, &s->budget.rows.items[k]);
        keep(s, &g->names);
    }
    array_push(&s->contributions, s->budget.rows.count);
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

static const double zero = 0;

/* The column among `count` from `first` on that has the name, and nothing yet; an input may be bound twice.
 */
static bool take_column(row_session *s, size_t first, size_t count, const char *name, size_t *column) {
    for (size_t k = 0; k < count; k++) {
        if (s->is_put.items[k] || strcmp(s->names.items[first + k], name) != 0) continue;
        s->is_put.items[k] = true;
        *column = first + k;
        return true;
    }
    return false;
}

/* Inputs that contribute may differ from row to row. */
static void put_contributions(row_session *s, const result *target, size_t i, size_t count,
                              void (*put)(row_session *s, const double *x, size_t count)) {
    size_t first = s->filled, column;
    s->is_put.count = 0;
    for (size_t k = 0; k < count; k++) {
        put(s, &zero, 1);
        array_push(&s->is_put, false);
    }
    for (size_t k = 0; k < s->budget.rows.count && !s->misfit; k++) {
        const budget_row *row = &s->budget.rows.items[k];
        contribution_name(s->g, target, i, row);
        if (take_column(s, first, count, text_str(&s->g->names), &column)) s->out[column] = row->contribution;
        else s->misfit |= row->contribution != 0;
    }
}

static void put_budget(row_session *s, const result *target, size_t i, size_t count,
                       void (*put)(row_session *s, const double *x, size_t count)) {
    s->budget.rows.count = 0;
    s->budget.expanded = 0;
    if (!is_unbound(&target->u)) {
        budget_make(&s->g->evaluator, target->v, i, s->g->coverage, &s->budget);
        budget_explain(&s->g->evaluator, target->v, &s->budget);
    }
    put(s, &s->budget.expanded, 1);
    put_contributions(s, target, i, count, put);
}

void row_uncertainty_put(row_session *s, size_t t,
                         void (*put)(row_session *s, const double *x, size_t count)) {
    const result *target = &s->g->targets.items[t];
    if (t >= s->uncertain.count || !s->uncertain.items[t]) {
        s->misfit |= !is_unbound(&target->u); /* there is no column for it */
        return;
    }
    size_t size = shape_of(&target->v).size;
    bool is_certain = is_unbound(&target->u); /* in this row */
    for (size_t i = 0; i < size; i++) put(s, is_certain ? &zero : &view_of(&target->u).data[i], 1);
    for (size_t i = 0; s->g->budget_wanted && i < size; i++)
        put_budget(s, target, i, s->contributions.items[s->budgets++], put);
}
