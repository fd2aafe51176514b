/* SPDX-License-Identifier: GPL-3.0-or-later */
/* groups.c - runs of one group of a table's rows. */
#include "lib/session.h"

static bool are_made(const gtape *g) { return g->groups.begins.count > 0; }

/* The last table that has the column, as where a name is looked up. */
static void divide(gtape *g, void *argument) {
    const char *name = argument;
    groups_free(&g->groups);
    g->group = 0;
    for (size_t i = 0; i < g->data.count; i++) g->data.items[i].table.is_divided = false;
    for (size_t i = g->data.count; i-- > 0;) {
        data_input *d = &g->data.items[i];
        table_column *c = d->name == NAME_NONE ? table_find(&d->table, name) : NULL;
        if (!c) continue;
        g->grouped = i;
        g->group_column = c->index;
        groups_make(&g->groups, &d->table, c->index);
        d->table.is_divided = true;
        return;
    }
    diagnostic *said = diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_NO_SUCH_NAME, NO_SPAN,
                                "--by: no table of --data has a column '%.200s'", name);
    text_clear(&g->hint);
    for (size_t i = 0; i < 20 && gtape_column(g, i); i++) {
        if (i) text_puts(&g->hint, ", ");
        text_puts(&g->hint, gtape_column(g, i));
    }
    if (g->hint.length) diag_hint(said, "the columns are %s", text_str(&g->hint));
    fault_raise(FAULT_ERROR);
}

gtape_status gtape_by(gtape *g, const char *column) {
    gtape_status status = session_guard(g, divide, (void *)column);
    if (status == GTAPE_OK) return status;
    groups_free(&g->groups);
    return status;
}

size_t gtape_group_count(const gtape *g) { return are_made(g) ? g->groups.begins.count - 1 : 0; }

const char *gtape_group_name(const gtape *g, size_t group) {
    return group < gtape_group_count(g) ? intern_text(&g->groups.names, (u32)group) : NULL;
}

void gtape_choose_group(gtape *g, size_t group) {
    if (group < gtape_group_count(g)) g->group = group;
}

void session_check_group(gtape *g) {
    if (!gtape_group_count(g)) return;
    const groups *all = &g->groups;
    size_t begin = all->begins.items[g->group], end = all->begins.items[g->group + 1];
    table_check_rows(&g->data.items[g->grouped].table, end - begin, all->order.items + begin);
}

value session_group_part(const gtape *g, const data_input *d, const value *column) {
    if (gtape_group_count(g) && d == &g->data.items[g->grouped])
        return groups_part(&g->groups, g->group, column);
    value v = *column;
    value_keep(&v);
    return v;
}
