/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session_copy.c - a session made again from the texts, data and settings of another. */
#include "lib/session.h"
#include <string.h>

static gtape_status add_text(gtape *to, const gtape *g, const given_text *t) {
    const source *s = &g->sources.items[t->source];
    switch (t->kind) {
    case TEXT_PROGRAM: return gtape_add(to, s->name, s->bytes, s->length);
    case TEXT_AT: return gtape_at(to, s->bytes);
    case TEXT_WRT: return gtape_wrt(to, s->bytes);
    default: return gtape_of(to, s->bytes);
    }
}

static gtape_status add_data(gtape *to, const gtape *g, const data_input *d) {
    const char *name = d->name == NAME_NONE ? NULL : intern_text(&g->graph.names, d->name);
    return gtape_data(to, name, d->label, d->bytes, d->length);
}

static void copy_settings(gtape *to, const gtape *g) {
    evaluator *e = &to->evaluator;
    const evaluator *from = &g->evaluator;
    to->coverage = g->coverage;
    to->budget_wanted = g->budget_wanted;
    e->strict = from->strict;
    e->notes = from->notes;
    e->unconnected = from->unconnected;
    e->operation_limit = from->operation_limit;
    e->rec.seed = from->rec.seed;
    e->first_draw = from->first_draw;
    e->number = from->number;
    e->print = from->print;
    e->print_user = from->print_user;
}

gtape *session_copy(const gtape *g) {
    gtape *to = gtape_new();
    if (!to) return NULL;
    copy_settings(to, g);
    gtape_status status = GTAPE_OK;
    for (size_t i = 0; i < g->texts.count && status == GTAPE_OK; i++)
        status = add_text(to, g, &g->texts.items[i]);
    for (size_t i = 0; i < g->data.count && status == GTAPE_OK; i++)
        status = add_data(to, g, &g->data.items[i]);
    if (status == GTAPE_OK) return to;
    gtape_free(to);
    return NULL;
}
