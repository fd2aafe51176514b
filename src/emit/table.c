/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.c - the tape as a table, a record a line.
 *
 * Cells are written end to end into one text with their ends beside it; the widths of the columns are known
 * when all are there. */
#include "base/utf8.h"
#include "emit/listing.h"
#include <string.h>

/* place, name, operation, arguments, value; then the adjoints */
enum { FIXED_COLUMNS = 6 };
static const char *const headings[FIXED_COLUMNS] = {"#", "place", "name", "operation", "arguments", "value"};

static size_t column_count(const listing *l) { return FIXED_COLUMNS + l->targets.count; }

void listing_end_cell(listing *l) { array_push(&l->ends, l->cells.length); }

static void add_name(listing *l, u32 name) {
    const char *bytes = intern_text(&l->e->g->names, name);
    text_escape(&l->cells, bytes, strlen(bytes));
}

static void write_headings(listing *l) {
    for (size_t i = 0; i < FIXED_COLUMNS; i++) {
        text_puts(&l->cells, headings[i]);
        listing_end_cell(l);
    }
    for (size_t i = 0; i < l->targets.count; i++) {
        text_puts(&l->cells, "adjoint of ");
        add_name(l, l->targets.items[i].name);
        listing_end_cell(l);
    }
}

void listing_place(listing *l, text *out, u32 k) {
    const graph *g = l->e->g;
    u32 pc = l->e->rec.tape.origin[k] & ~ORIGIN_PARTIAL;
    place p;
    if (pc < g->code.count && source_place(l->e->sources, g->spans.items[pc].begin, &p)) {
        text_escape(out, p.file, strlen(p.file));
        text_printf(out, ":%u:%u", (unsigned)p.line, (unsigned)p.column);
    }
}

static void write_arguments(listing *l, u32 k) {
    const tape *t = &l->e->rec.tape;
    u32 two[2], count;
    const u32 *arguments = tape_arguments(t, k, two, &count);
    for (u32 i = 0; i < count; i++) {
        if (i) text_puts(&l->cells, ", ");
        if (arguments[i] & ARG_CONST) {
            value v = tape_value(t, arguments[i]);
            listing_value(l, &l->cells, &v, l->e->number);
        } else {
            text_printf(&l->cells, "#%u", (unsigned)arguments[i]);
        }
    }
    if (CODE_OP(t->code[k]) == OP_ENTRY) text_printf(&l->cells, "[%u]", (unsigned)t->b[k]);
    listing_end_cell(l);
}

static void write_record(listing *l, u32 k) {
    text_printf(&l->cells, "%u", (unsigned)k);
    listing_end_cell(l);
    listing_place(l, &l->cells, k);
    listing_end_cell(l);
    if (l->records.items[k].name != NAME_NONE) add_name(l, l->records.items[k].name);
    listing_end_cell(l);
    text_puts(&l->cells, listing_operation(l, k));
    listing_end_cell(l);
    write_arguments(l, k);
    listing_value(l, &l->cells, &l->nodes.items[k - 1], l->e->number);
    listing_end_cell(l);
    for (size_t i = 0; i < l->targets.count; i++) {
        value adjoint;
        if (listing_adjoint(l, i, k, &adjoint)) listing_value(l, &l->cells, &adjoint, l->e->number);
        listing_end_cell(l);
    }
}

/* Numbers stand to the right. */
static bool is_right(size_t column) { return column == 0 || column >= FIXED_COLUMNS - 1; }

static void write_lines(listing *l, text *out, size_t columns, bool (*to_the_right)(size_t column)) {
    size_t begin = 0, column = 0;
    for (size_t i = 0; i < l->ends.count; i++) {
        size_t end = l->ends.items[i];
        const char *bytes = text_str(&l->cells) + begin;
        size_t room = l->widths.items[column] - utf8_columns(bytes, end - begin);
        bool last = column + 1 == columns;
        if (to_the_right(column)) text_pad(out, ' ', room);
        text_add(out, bytes, end - begin);
        if (!to_the_right(column) && !last) text_pad(out, ' ', room);
        text_puts(out, last ? "\n" : "  ");
        column = last ? 0 : column + 1;
        begin = end;
    }
}

void listing_begin_cells(listing *l) {
    l->ends.count = l->widths.count = 0;
    text_clear(&l->cells);
}

void listing_lines(listing *l, text *out, size_t columns, bool (*to_the_right)(size_t column)) {
    size_t column = 0, begin = 0;
    for (size_t i = 0; i < columns; i++) array_push(&l->widths, 0);
    for (size_t i = 0; i < l->ends.count; i++) {
        size_t width = utf8_columns(text_str(&l->cells) + begin, l->ends.items[i] - begin);
        if (width > l->widths.items[column]) l->widths.items[column] = width;
        if (++column == columns) column = 0;
        begin = l->ends.items[i];
    }
    write_lines(l, out, columns, to_the_right);
}

void listing_table(listing *l, text *out) {
    listing_begin_cells(l);
    write_headings(l);
    for (u32 k = 1; k < listing_count(l); k++) {
        if (l->e->interrupt) fault_raise(FAULT_INTERRUPT);
        write_record(l, k);
    }
    listing_lines(l, out, column_count(l), is_right);
}
