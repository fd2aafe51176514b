/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.c - the columns of a file. */
#include "data/table.h"

#include "data/jsonl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- passes over the file ---- */

static void begin_pass(table *t) {
    csv_close(&t->reader);
    csv_open(&t->reader, csv_separator(t->file.label, t->file.bytes, t->file.length, true));
    csv_window(&t->reader, t->file.bytes, t->file.length, true);
}

static bool is_json(const table *t) { return t->reader.separator == CSV_JSON; }

/* False at the end. */
static bool next_record(table *t) {
    enum csv_status status = csv_next(&t->reader);
    if (status == CSV_MALFORMED) data_fail_malformed(&t->file, &t->reader);
    return status == CSV_RECORD;
}

void table_first_row(table *t) {
    begin_pass(t);
    if (!is_json(t)) next_record(t); /* the header */
}

bool table_next_row(table *t) {
    if (!next_record(t)) return false;
    if (is_json(t)) jsonl_arrange(&t->reader, &t->names, NULL);
    return true;
}

static void check_width(table *t) {
    size_t count = t->reader.fields.count;
    if (count == t->width) return;
    const csv_field *at = &t->reader.fields.items[count > t->width ? t->width : count - 1];
    data_fail_at(&t->file, &t->reader, at->bytes, at->length, DIAG_BAD_TABLE,
                 "%zu field%s here, where the first line has %zu", count, count == 1 ? "" : "s", t->width);
}

/* The rest of the file is looked at once before any of it is read. */
static void count_rows(table *t) {
    while (next_record(t)) {
        check_width(t);
        t->rows++;
    }
}

/* ---- the header ---- */

static void add_name(table *t, size_t index, const char *name, size_t length) {
    if (length == 0) return;
    u32 id = intern(&t->names, name, length);
    if (id < t->columns.count) t->columns.items[id].is_repeated = true;
    else array_push(&t->columns, ((table_column){.index = index, .v = UNBOUND}));
}

/* A name with quotes in it has to be written anew before it can be looked up. */
static void add_unquoted_name(table *t, size_t index, csv_field f) {
    text_clear(&t->scratch);
    csv_unquote(f, &t->scratch);
    add_name(t, index, t->scratch.bytes, t->scratch.length);
}

static void read_header(table *t) {
    if (!next_record(t)) data_fail(&t->file, DIAG_BAD_TABLE, "the file is empty; a header line is needed");
    t->width = t->reader.fields.count;
    for (size_t i = 0; i < t->width; i++) {
        csv_field f = t->reader.fields.items[i], plain = csv_trim(f);
        if (f.quoted && memchr(plain.bytes, '"', plain.length)) add_unquoted_name(t, i, f);
        else add_name(t, i, plain.bytes, plain.length);
    }
}

static void add_members(table *t) {
    for (size_t i = 0; i < t->reader.keys.count; i++) {
        text_clear(&t->scratch);
        jsonl_unquote(t->reader.keys.items[i], &t->scratch);
        u32 id = intern(&t->names, text_str(&t->scratch), t->scratch.length);
        if (id == t->columns.count) array_push(&t->columns, ((table_column){.index = id, .v = UNBOUND}));
    }
}

/* JSON has no header: what any of the objects has is a column, in the order in which they come up. */
static void read_objects(table *t) {
    for (; next_record(t); t->rows++) add_members(t);
    if (!t->rows) data_fail(&t->file, DIAG_BAD_TABLE, "the file is empty");
    t->width = t->columns.count;
}

void table_open(table *t, data_file file) {
    t->file = file;
    begin_pass(t);
    if (is_json(t)) {
        read_objects(t);
        return;
    }
    read_header(t);
    count_rows(t);
}

void table_free(table *t) {
    for (size_t i = 0; i < t->columns.count; i++) {
        value_drop(&t->columns.items[i].v);
        array_free(&t->columns.items[i].bad);
    }
    array_free(&t->columns);
    intern_free(&t->names);
    csv_close(&t->reader);
    array_free(&t->filled);
    text_free(&t->scratch);
}

table_column *table_find(table *t, const char *name) {
    u32 id = intern_find(&t->names, name, strlen(name));
    if (id == NAME_NONE) return NULL;
    table_column *c = &t->columns.items[id];
    if (!c->is_repeated) return c;
    data_fail(&t->file, DIAG_REPEATED_COLUMN, "the header has the column '%s' more than once", name);
}

/* ---- cells ---- */

/* The name of a column, or NULL. */
static const char *column_name(const table *t, size_t index) {
    for (size_t id = 0; id < t->columns.count; id++)
        if (t->columns.items[id].index == index) return intern_text(&t->names, (u32)id);
    return NULL;
}

/* What is wrong with a cell; one that has no text is not quoted. */
static _Noreturn void bad_cell(table *t, size_t index, enum csv_number status) {
    enum { SHOWN = 40 };
    static const char *const complaints[] = {[CSV_MISSING] = "where a number is needed",
                                             [CSV_TOO_LARGE] = "is too large for a double",
                                             [CSV_NO_NUMBER] = "is not a number"};
    csv_field cell = csv_trim(t->reader.fields.items[index]);
    int shown = cell.length > SHOWN ? SHOWN : (int)cell.length;
    const char *name = column_name(t, index);
    char number[32], what[SHOWN + 16];
    snprintf(number, sizeof number, "%zu", index + 1);
    if (!shown) strcpy(what, is_json(t) ? "no value" : "an empty cell");
    else snprintf(what, sizeof what, "'%.*s%s'", shown, cell.bytes, cell.length > SHOWN ? "..." : "");
    data_fail_at(&t->file, &t->reader, cell.bytes, cell.length,
                 status == CSV_MISSING ? DIAG_MISSING_CELL : DIAG_BAD_CELL, "column %s%s%s: %s %s",
                 name ? "'" : "", name ? name : number, name ? "'" : "", what, complaints[status]);
}

static double number_in(table *t, size_t index) {
    double x;
    enum csv_number status = csv_read_number(t->reader.fields.items[index], NULL, &x);
    if (status != CSV_NUMBER) bad_cell(t, index, status);
    return x;
}

/* ---- columns ---- */

/* Vectors for the columns that are wanted and not read yet.  They belong to the table from the start. */
static void prepare_columns(table *t) {
    t->filled.count = 0;
    for (size_t i = 0; i < t->columns.count; i++) {
        table_column *c = &t->columns.items[i];
        if (!t->is_divided && c->bad.count) c->is_read = false;
        if (!c->is_wanted || c->is_read) continue;
        c->bad.count = 0;
        if (is_unbound(&c->v)) c->v = (value){.t = tensor_new(1, &t->rows), .aux = VALUE_TENSOR};
        array_push(&t->filled, ((table_filled){c, c->v.t->data}));
    }
}

void table_want_none(table *t) {
    for (size_t i = 0; i < t->columns.count; i++) t->columns.items[i].is_wanted = false;
}

static void read_cell(table *t, const table_filled *to, size_t row) {
    table_column *c = to->column;
    if (!t->is_divided) {
        to->data[row] = number_in(t, c->index);
        return;
    }
    const csv_reader *r = &t->reader;
    if (csv_read_number(r->fields.items[c->index], NULL, &to->data[row]) == CSV_NUMBER) return;
    to->data[row] = NAN;
    array_push(&c->bad, ((table_bad_cell){row, (size_t)(r->begin - t->file.bytes), r->first_line}));
}

void table_read_wanted(table *t) {
    prepare_columns(t);
    if (t->filled.count == 0) return;
    table_first_row(t);
    for (size_t row = 0; table_next_row(t); row++)
        for (size_t i = 0; i < t->filled.count; i++) read_cell(t, &t->filled.items[i], row);
    for (size_t i = 0; i < t->filled.count; i++) t->filled.items[i].column->is_read = true;
}

/* The noted cell of a column in the first of the rows that has one, or NULL. */
static const table_bad_cell *first_bad(const table_column *c, size_t count, const u32 *rows) {
    for (size_t i = 0; i < count; i++) {
        size_t from = 0, to = c->bad.count;
        while (from < to) {
            size_t middle = from + (to - from) / 2;
            if (c->bad.items[middle].row < rows[i]) from = middle + 1;
            else to = middle;
        }
        if (from < c->bad.count && c->bad.items[from].row == rows[i]) return &c->bad.items[from];
    }
    return NULL;
}

void table_check_rows(table *t, size_t count, const u32 *rows) {
    const table_bad_cell *first = NULL;
    size_t column = 0;
    for (size_t i = 0; i < t->columns.count; i++) {
        const table_column *c = &t->columns.items[i];
        const table_bad_cell *bad = c->is_wanted && c->bad.count ? first_bad(c, count, rows) : NULL;
        if (!bad || (first && first->row <= bad->row)) continue;
        first = bad;
        column = c->index;
    }
    if (!first) return;
    csv_window(&t->reader, t->file.bytes + first->offset, t->file.length - first->offset, true);
    t->reader.line = first->line;
    table_next_row(t);
    (void)number_in(t, column);
}

/* ---- the whole table ---- */

static bool is_header(const csv_reader *r) {
    for (size_t i = 0; i < r->fields.count; i++) {
        double x;
        if (csv_read_number(r->fields.items[i], NULL, &x) == CSV_NO_NUMBER) return true;
    }
    return false;
}

/* How large it is; whether a header stands in front of it. */
static bool measure_matrix(table *t) {
    begin_pass(t);
    if (is_json(t)) {
        read_objects(t);
        return false;
    }
    bool has_header = next_record(t) && is_header(&t->reader);
    begin_pass(t);
    if (has_header) read_header(t);
    else if (!next_record(t)) data_fail(&t->file, DIAG_BAD_TABLE, "the file is empty");
    t->width = t->reader.fields.count;
    t->rows = !has_header;
    count_rows(t);
    return has_header;
}

static void read_matrix(table *t, value *out) {
    bool has_header = measure_matrix(t);
    *out = (value){.t = tensor_new(2, (size_t[]){t->rows, t->width}), .aux = VALUE_TENSOR};
    double *to = out->t->data;
    begin_pass(t);
    if (has_header) next_record(t);
    while (table_next_row(t))
        for (size_t i = 0; i < t->width; i++) *to++ = number_in(t, i);
}

void table_read_whole(data_file file, value *out) {
    table t = {.file = file};
    *out = UNBOUND;
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) read_matrix(&t, out);
    fault_end(&here);
    table_free(&t);
    if (!fault) return;
    value_drop(out);
    *out = UNBOUND;
    fault_raise((enum fault)fault);
}
