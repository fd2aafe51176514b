/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout.c - see layout.h. */
#include "lang/layout.h"
#include <string.h>

/* Beyond WHOLE entries an axis shows EDGE entries from each end. */
enum { WHOLE = 200, EDGE = 3 };

typedef struct layout {
    text *out;
    layout_style style;
    view v;
    const double *u; /* NULL: no uncertainties */
    size_t *widths;  /* of the columns along the last axis; NULL: not aligned */
} layout;

static bool is_left_out(const layout *l, size_t length, size_t index) {
    return l->style.shorten && length > 2 * EDGE + 1 && index >= EDGE && index < length - EDGE;
}

/* Writes an entry and returns its bytes; *width are the columns it takes. */
static size_t write_cell(const layout *l, const double *entry, char out[static NUMBER_PAIR_ROOM],
                         size_t *width) {
    if (!l->u) return *width = number_write(out, *entry, l->style.number);
    size_t n = number_write_uncertain(out, *entry, l->u[entry - l->v.data], l->style.number);
    *width = n - (l->u[entry - l->v.data] != 0); /* the mark has two bytes */
    return n;
}

/* Whether a row is shown: none of its indices is left out. */
static bool is_row_shown(const layout *l, size_t row) {
    for (u32 axis = l->v.rank - 1; axis-- > 0; row /= l->v.shape[axis])
        if (is_left_out(l, l->v.shape[axis], row % l->v.shape[axis])) return false;
    return true;
}

/* The widest entry of each column, over the rows that are shown. */
static void measure_columns(layout *l) {
    size_t length = l->v.shape[l->v.rank - 1];
    l->widths = mem_zero(length, sizeof *l->widths);
    for (size_t row = 0; row < l->v.size / length; row++) {
        if (!is_row_shown(l, row)) continue;
        for (size_t j = 0; j < length; j++) {
            if (is_left_out(l, length, j)) continue;
            char cell[NUMBER_PAIR_ROOM];
            size_t width;
            write_cell(l, &l->v.data[row * length + j], cell, &width);
            if (width > l->widths[j]) l->widths[j] = width;
        }
    }
}

static void write_row(const layout *l, const double *data, size_t length) {
    text_putc(l->out, '[');
    for (size_t j = 0; j < length; j++) {
        if (j > 0) text_puts(l->out, ", ");
        if (is_left_out(l, length, j)) {
            text_puts(l->out, "...");
            j = length - EDGE - 1;
            continue;
        }
        char cell[NUMBER_PAIR_ROOM];
        size_t width, n = write_cell(l, &data[j], cell, &width);
        if (l->widths) text_pad(l->out, ' ', l->widths[j] - width);
        text_add(l->out, cell, n);
    }
    text_putc(l->out, ']');
}

/* The part with `axis` leading indices fixed.  Recursion is as deep as the rank. */
static void write_part(const layout *l, u32 axis, const double *data, size_t size) {
    size_t length = l->v.shape[axis];
    if (axis + 1 == l->v.rank) {
        write_row(l, data, length);
        return;
    }
    size_t part = size / length;
    text_putc(l->out, '[');
    for (size_t i = 0; i < length; i++) {
        if (i > 0) {
            text_puts(l->out, ",\n");
            text_pad(l->out, ' ', l->style.indent + axis + 1);
        }
        if (is_left_out(l, length, i)) {
            text_puts(l->out, "...");
            i = length - EDGE - 1;
        } else {
            write_part(l, axis + 1, data + i * part, part);
        }
    }
    text_putc(l->out, ']');
}

/* zeros(2, 0): brackets could not tell the shape. */
static void write_empty(text *out, view v) {
    if (v.rank == 1) {
        text_puts(out, "[]");
        return;
    }
    text_puts(out, "zeros(");
    for (u32 axis = 0; axis < v.rank; axis++) text_printf(out, "%s%zu", axis ? ", " : "", v.shape[axis]);
    text_putc(out, ')');
}

static void layout_entries(text *out, view v, const double *u, layout_style style) {
    layout l = {.out = out, .style = style, .v = v, .u = u};
    l.style.shorten = style.shorten && v.size > WHOLE;
    if (v.rank == 0) {
        char cell[NUMBER_PAIR_ROOM];
        size_t width;
        text_add(out, cell, write_cell(&l, v.data, cell, &width));
    } else if (v.size == 0) {
        write_empty(out, v);
    } else {
        fault_point here;
        int fault = FAULT_TRY(&here);
        if (!fault) {
            if (v.rank > 1) measure_columns(&l);
            write_part(&l, 0, v.data, v.size);
        }
        fault_end(&here);
        mem_free(l.widths);
        if (fault) fault_raise((enum fault)fault);
    }
}

void layout_value(text *out, view v, layout_style style) { layout_entries(out, v, NULL, style); }

void layout_uncertain(text *out, view v, view u, layout_style style) {
    layout_entries(out, v, u.data, style);
}

void layout_index(text *out, view v, size_t index) {
    size_t part = v.size;
    for (u32 axis = 0; axis < v.rank; axis++) {
        part /= v.shape[axis];
        text_printf(out, "[%zu]", index / part);
        index %= part;
    }
}

/* ---- names ---- */

static bool is_word(const char *name) {
    static const char *const reserved[] = {"if",    "else",     "while",  "for",
                                           "break", "continue", "return", "def"};
    for (size_t i = 0; i < COUNT_OF(reserved); i++)
        if (strcmp(name, reserved[i]) == 0) return false;
    if (!*name || (*name >= '0' && *name <= '9')) return false;
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        if (!(*c >= 0x80 || *c == '_' || (*c >= '0' && *c <= '9') || ((*c | 32) >= 'a' && (*c | 32) <= 'z')))
            return false;
    return true;
}

void layout_name(text *out, const char *name) {
    if (is_word(name)) text_puts(out, name);
    else text_printf(out, "${%s}", name);
}
