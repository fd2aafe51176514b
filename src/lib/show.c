/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show.c - the last run in the forms that gtape_show offers, and second derivatives. */
#include "lang/layout.h"
#include "lib/session.h"
#include <string.h>

/* ---- forms of gtape_show ---- */

static void list_records(gtape *g) {
    listing *l = &g->listing;
    listing_clear(l);
    for (size_t i = 0; i < g->targets.count; i++) {
        const result *target = &g->targets.items[i];
        listing_add_target(l, g->graph.globals.items[target->slot].name, target->v);
    }
    listing_fill(l, &g->evaluator);
}

static void show_tape(gtape *g, text *out) {
    list_records(g);
    listing_table(&g->listing, out);
}

static void show_graph(gtape *g, text *out) {
    list_records(g);
    listing_graph(&g->listing, out);
}

static const struct form {
    const char *name;
    void (*write)(gtape *g, text *out);
} forms[] = {
    {"symbolic", session_formulas}, {"latex", session_latex}, {"c", session_code}, {"tape", show_tape},
    {"graph", show_graph},
};

static const struct form *find_form(const char *what) {
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (strcmp(forms[i].name, what) == 0) return &forms[i];
    return NULL;
}

static void write_form(gtape *g, void *argument) {
    const struct form *form = argument;
    text_clear(&g->form);
    form->write(g, &g->form);
    pool_release(&g->evaluator.rec, 0);
}

gtape_status gtape_show(gtape *g, const char *what, const char **out) {
    const struct form *form = find_form(what);
    *out = "";
    if (!form) return GTAPE_BAD_PROGRAM;
    g->evaluator.interrupt = 0;
    gtape_status status = session_guard(g, write_form, (void *)form);
    if (status == GTAPE_OK) *out = text_str(&g->form);
    return status;
}

/* ---- second derivatives ---- */

static void need_scalar(gtape *g, const result *target) {
    if (shape_of(&target->v).size == 1 && !is_tensor(&target->v)) return;
    const char *name = intern_text(&g->graph.names, g->graph.globals.items[target->slot].name);
    diagnostic *d = diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_NOT_SCALAR, NO_SPAN,
                             "'%s' is a tensor, and a hessian is of a scalar", name);
    text_clear(&g->names);
    layout_name(&g->names, name);
    diag_hint(d, "take sum(%s), or choose another target with --of", text_str(&g->names));
    fault_raise(FAULT_ERROR);
}

static void hessians_of(gtape *g, const result *target) {
    recorder *r = &g->evaluator.rec;
    size_t count = g->variables.count, mark = pool_mark(r);
    need_scalar(g, target);
    sweep_gradients(r, target->v, SCALAR(1), (u32)count, g->row.variables.items, g->row.results.items,
                    g->row.connected.items, true);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            value h =
                derive_jacobian(&g->evaluator, g->row.results.items[i], g->variables.items[j].v, false, NULL);
            array_room(&g->hessians);
            value_keep(&h);
            array_push(&g->hessians, h);
            explain_gradient(&g->evaluator, g->row.results.items[i], g->variables.items[j].v, h);
        }
    pool_release(r, mark);
}

void session_hessians(gtape *g) {
    for (size_t t = 0; t < g->targets.count; t++) hessians_of(g, &g->targets.items[t]);
}

int gtape_hessian(const gtape *g, size_t target, size_t x, size_t w, gtape_value *out) {
    size_t count = g->variables.count;
    if (g->hessians.count == 0) return 0;
    view v = view_of(&g->hessians.items[(target * count + x) * count + w]);
    *out = (gtape_value){v.data, v.shape, v.size, v.rank};
    return 1;
}
