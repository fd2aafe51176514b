/* SPDX-License-Identifier: GPL-3.0-or-later */
/* groups.c - see groups.h. */
#include "data/groups.h"

#include "data/jsonl.h"

static u32 group_of(groups *g, table *t, size_t column) {
    text_clear(&t->scratch);
    jsonl_say(t->reader.separator, t->reader.fields.items[column], &t->scratch);
    return intern(&g->names, text_str(&t->scratch), t->scratch.length);
}

/* A counting sort of the rows by their groups; `of` holds the group of each. */
static void sort_rows(groups *g, const u32 *of, size_t rows) {
    size_t count = g->names.names.count;
    for (size_t k = 0; k <= count; k++) array_push(&g->begins, 0);
    for (size_t i = 0; i < rows; i++) {
        g->begins.items[of[i] + 1]++;
        array_push(&g->order, 0);
    }
    for (size_t k = 0; k < count; k++) g->begins.items[k + 1] += g->begins.items[k];
    for (size_t i = 0; i < rows; i++) g->order.items[g->begins.items[of[i]]++] = (u32)i;
    for (size_t k = count; k > 0; k--) g->begins.items[k] = g->begins.items[k - 1];
    g->begins.items[0] = 0;
}

typedef ARRAY(u32) numbers_of_rows;

static void make(groups *g, table *t, size_t column, numbers_of_rows *of) {
    table_first_row(t);
    while (table_next_row(t)) {
        if (of->count == UINT32_MAX) data_fail(&t->file, DIAG_BAD_TABLE, "too many rows to divide");
        array_push(of, group_of(g, t, column));
    }
    sort_rows(g, of->items, of->count);
}

void groups_make(groups *g, table *t, size_t column) {
    numbers_of_rows of = {0};
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) make(g, t, column, &of);
    fault_end(&here);
    array_free(&of);
    if (fault) fault_raise((enum fault)fault);
}

void groups_free(groups *g) {
    intern_free(&g->names);
    array_free(&g->order);
    array_free(&g->begins);
    *g = (groups){0};
}

value groups_part(const groups *g, size_t group, const value *column) {
    size_t begin = g->begins.items[group], rows = g->begins.items[group + 1] - begin;
    const double *from = view_of(column).data;
    tensor *t = tensor_new(1, &rows);
    for (size_t i = 0; i < rows; i++) t->data[i] = from[g->order.items[begin + i]];
    return (value){.t = t, .aux = VALUE_TENSOR};
}
