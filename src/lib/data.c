/* SPDX-License-Identifier: GPL-3.0-or-later */
/* data.c - tables and arrays from files as inputs of a program. */
#include "data/npy.h"
#include "lib/session.h"
#include <string.h>

typedef struct data_job {
    const char *name, *label, *bytes;
    size_t length;
} data_job;

/* The name becomes a source, so that an error about it has a place. */
static void declare_name(gtape *g, data_input *d, const char *name) {
    size_t length = strlen(name);
    u32 number = source_add(&g->sources, "--data", name, length);
    const source *s = &g->sources.items[number];
    d->name = intern(&g->graph.names, name, length);
    d->at = (span){s->base, s->base + (u32)length};
}

static void add_data(gtape *g, void *argument) {
    const data_job *job = argument;
    array_push(&g->data, ((data_input){.name = NAME_NONE, .whole = UNBOUND}));
    data_input *d = &g->data.items[g->data.count - 1]; /* the session owns it, whatever is raised */
    d->label = mem_copy_text(job->label, strlen(job->label));
    d->bytes = job->bytes, d->length = job->length;
    data_file file = {d->label, job->bytes, job->length, &g->sources, &g->diagnostics};
    if (job->name) declare_name(g, d, job->name);
    if (!npy_is_one(&file)) {
        if (job->name) table_read_whole(file, &d->whole);
        else table_open(&d->table, file);
    } else if (job->name) {
        npy_read(&file, &d->whole);
    } else {
        diagnostic *said = diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_BAD_NPY, NO_SPAN,
                                    "%s: an NPY file has no columns with names", job->label);
        diag_hint(said, "--data NAME=%s", job->label);
        fault_raise(FAULT_ERROR);
    }
}

static void free_data(data_input *d) {
    value_drop(&d->whole);
    table_free(&d->table);
    mem_free(d->label);
}

void session_free_data(gtape *g) {
    for (size_t i = 0; i < g->data.count; i++) free_data(&g->data.items[i]);
    array_free(&g->data);
    groups_free(&g->groups);
}

gtape_status gtape_data(gtape *g, const char *name, const char *label, const char *bytes, size_t length) {
    data_job job = {name, label, bytes, length == GTAPE_ALL ? strlen(bytes) : length};
    size_t count = g->data.count;
    gtape_status status = session_guard(g, add_data, &job);
    while (status != GTAPE_OK && g->data.count > count) free_data(&g->data.items[--g->data.count]);
    return status;
}

const char *gtape_column(const gtape *g, size_t index) {
    for (size_t i = 0; i < g->data.count; i++) {
        const data_input *d = &g->data.items[i];
        size_t count = d->name != NAME_NONE ? 1 : d->table.columns.count;
        if (index >= count) index -= count;
        else
            return d->name != NAME_NONE ? intern_text(&g->graph.names, d->name)
                                        : intern_text(&d->table.names, (u32)index);
    }
    return NULL;
}

/* ---- which names take their values from data ---- */

/* A name that the program binds first hides its column. */
static bool takes_data(gtape *g, u32 slot) {
    const global *v = &g->graph.globals.items[slot];
    if (g->build.at_prompt && !v->is_constant && slot < g->evaluator.globals.count &&
        !is_unbound(&g->evaluator.globals.items[slot]))
        return false;
    return v->is_input || (v->is_read && !v->is_bound) || v->is_constant;
}

bool session_takes_column(gtape *g, u32 slot) {
    const global *v = &g->graph.globals.items[slot];
    return takes_data(g, slot) && !session_is_set(g, slot) &&
           !(v->is_constant && !graph_mentions(&g->graph, slot));
}

typedef struct origin {
    data_input *data;
    table_column *column; /* NULL: the whole of it */
} origin;

/* Of several that have the name, the last. */
static origin find_data(gtape *g, u32 name) {
    for (size_t i = g->data.count; i-- > 0;) {
        data_input *d = &g->data.items[i];
        if (d->name == name) return (origin){d, NULL};
        if (d->name != NAME_NONE) continue;
        table_column *c = table_find(&d->table, intern_text(&g->graph.names, name));
        if (c) return (origin){d, c};
    }
    return (origin){0};
}

static void give(gtape *g, u32 slot, value v) {
    evaluator *e = &g->evaluator;
    global *name = &g->graph.globals.items[slot];
    value_keep(&v);
    value_drop(&e->given.items[slot]);
    e->given.items[slot] = v;
    if (g->build.at_prompt) name->is_input = true, name->is_constant = false;
}

/* Calls `each` for every name that takes its value from data: --at wins. */
static void each_taken(gtape *g, void (*each)(gtape *g, u32 slot, origin from)) {
    for (u32 slot = 0; slot < g->graph.globals.count; slot++) {
        const global *v = &g->graph.globals.items[slot];
        bool is_row = slot < g->row_columns.count && g->row_columns.items[slot];
        origin from = find_data(g, v->name);
        if (!from.data || is_row || !session_takes_column(g, slot)) continue;
        each(g, slot, from);
    }
}

static void want(gtape *g, u32 slot, origin from) {
    (void)g, (void)slot;
    if (from.column) from.column->is_wanted = true;
}

static void take(gtape *g, u32 slot, origin from) {
    if (!from.column) {
        give(g, slot, from.data->whole);
        return;
    }
    value part = session_group_part(g, from.data, &from.column->v);
    give(g, slot, part);
    value_drop(&part);
}

/* Each file is read once for all of its columns that are new. */
void session_take_data(gtape *g) {
    if (g->data.count == 0) return;
    for (size_t i = 0; i < g->data.count; i++) table_want_none(&g->data.items[i].table);
    each_taken(g, want);
    for (size_t i = 0; i < g->data.count; i++) table_read_wanted(&g->data.items[i].table);
    session_check_group(g);
    while (g->evaluator.given.count < g->graph.globals.count) array_push(&g->evaluator.given, UNBOUND);
    each_taken(g, take);
}
