/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report for people: y = 25, dy/dx = 10. */
#include "cli/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/names.h"
#include "cli/terminal.h"

/* ---- names ---- */

static const char odd_open[] = "${", odd_close[] = "}";

void render_name(struct output *out, const char *name) {
    bool plain = is_plain_name(name);
    char piece[ESCAPE_ROOM];
    if (!plain) output_text(out, odd_open);
    for (const char *s = name; *s;) {
        s += escape_next(s, piece);
        output_text(out, piece);
    }
    if (!plain) output_text(out, odd_close);
}

size_t render_name_width(const char *name) {
    return display_width(name) + (is_plain_name(name) ? 0 : sizeof odd_open + sizeof odd_close - 2);
}

/* ---- tensors ---- */

/* Beyond WHOLE entries an axis shows EDGE entries from each end. */
enum { WHOLE = 200, EDGE = 3 };

struct layout {
    struct output *out;
    const struct report_style *style;
    gtape_value value;
    size_t indent; /* columns before the opening bracket */
    bool shorten;
    size_t *widths; /* of the columns along the last axis; NULL: not aligned */
    size_t columns; /* of the terminal: rows that are longer go on in the next line; 0: never */
};

static bool is_left_out(const struct layout *l, size_t length, size_t index) {
    return l->shorten && length > 2 * EDGE + 1 && index >= EDGE && index < length - EDGE;
}

static size_t number_width(double x, const struct report_style *style) {
    char text[GTAPE_NUMBER_ROOM];
    return gtape_number_text(text, x, style->number);
}

/* The widest entry of each column, over the rows that are shown; a row is left out if any of its indices is.
 */
static void measure_columns(struct layout *l) {
    const gtape_value *v = &l->value;
    size_t length = v->shape[v->rank - 1];
    l->widths = calloc(length, sizeof *l->widths);
    if (!l->widths) {
        output_text(l->out, NULL);
        return;
    }
    for (size_t row = 0; row < v->size / length; row++) {
        bool left_out = false;
        size_t rest = row;
        for (unsigned axis = v->rank - 1; axis-- > 0; rest /= v->shape[axis])
            left_out |= is_left_out(l, v->shape[axis], rest % v->shape[axis]);
        if (left_out) continue;
        for (size_t j = 0; j < length; j++) {
            if (is_left_out(l, length, j)) continue;
            size_t width = number_width(v->data[row * length + j], l->style);
            if (width > l->widths[j]) l->widths[j] = width;
        }
    }
}

static size_t row_width(const struct layout *l, size_t length) {
    size_t width = 0;
    for (size_t j = 0; j < length; j++) {
        bool left_out = is_left_out(l, length, j);
        width += 2 + (left_out ? 3 : l->widths[j]);
        if (left_out) j = length - EDGE - 1;
    }
    return width;
}

/* A vector that is longer than a line becomes a table, with columns of one width; a short one is not aligned.
 */
static void fold_vector(struct layout *l) {
    size_t length = l->value.shape[0], widest = 0;
    if (!l->widths) return;
    if (!l->columns || l->indent + row_width(l, length) <= l->columns) {
        free(l->widths);
        l->widths = NULL;
        return;
    }
    for (size_t j = 0; j < length; j++)
        if (l->widths[j] > widest) widest = l->widths[j];
    for (size_t j = 0; j < length; j++) l->widths[j] = widest;
}

/* Between two entries: where the next one does not fit, a new line below the first. */
static size_t write_comma(const struct layout *l, size_t at, size_t width) {
    size_t first = l->indent + l->value.rank;
    bool fits = !l->columns || at + 2 + width < l->columns;
    output_text(l->out, fits ? ", " : ",\n");
    if (!fits) output_repeat(l->out, ' ', first);
    return fits ? at + 2 : first;
}

static void write_row(const struct layout *l, const double *data, size_t length) {
    size_t at = l->indent + l->value.rank; /* columns to the left */
    output_text(l->out, "[");
    for (size_t j = 0; j < length; j++) {
        bool left_out = is_left_out(l, length, j);
        size_t own = left_out ? 3 : number_width(data[j], l->style), width = own;
        if (l->widths && l->widths[j] > own) width = l->widths[j];
        if (j > 0) at = write_comma(l, at, width);
        at += width;
        output_repeat(l->out, ' ', width - own);
        if (left_out) {
            output_text(l->out, "...");
            j = length - EDGE - 1;
        } else render_number(l->out, data[j], l->style);
    }
    output_text(l->out, "]");
}

/* The part of the tensor with `axis` leading indices fixed, whose entries start at data.  Recursion is as
 * deep as the rank. */
static void write_part(const struct layout *l, unsigned axis, const double *data, size_t size) {
    size_t length = l->value.shape[axis];
    if (axis + 1 == l->value.rank) {
        write_row(l, data, length);
        return;
    }
    size_t part = size / length;
    output_text(l->out, "[");
    for (size_t i = 0; i < length; i++) {
        if (i > 0) {
            output_text(l->out, ",\n");
            output_repeat(l->out, ' ', l->indent + axis + 1);
        }
        if (is_left_out(l, length, i)) {
            output_text(l->out, "...");
            i = length - EDGE - 1;
        } else write_part(l, axis + 1, data + i * part, part);
    }
    output_text(l->out, "]");
}

/* zeros(2, 0): brackets could not tell the shape. */
static void write_empty(struct output *out, gtape_value v) {
    if (v.rank == 1) {
        output_text(out, "[]");
        return;
    }
    output_text(out, "zeros(");
    for (unsigned axis = 0; axis < v.rank; axis++) {
        char text[GTAPE_NUMBER_ROOM];
        if (axis > 0) output_text(out, ", ");
        output_write(out, text, gtape_number_text(text, (double)v.shape[axis], (gtape_number_format){0}));
    }
    output_text(out, ")");
}

static void write_value(struct output *out, gtape_value v, size_t indent, const struct report_style *style) {
    if (v.rank == 0) {
        render_number(out, v.data[0], style);
    } else if (v.size == 0) {
        write_empty(out, v);
    } else {
        struct layout l = {.out = out, .style = style, .value = v, .indent = indent};
        l.shorten = style->shorten && v.size > WHOLE;
        if (style->fold) l.columns = terminal_columns(STDOUT_FILENO);
        if (v.rank > 1 || l.columns) measure_columns(&l);
        if (v.rank == 1) fold_vector(&l);
        write_part(&l, 0, v.data, v.size);
        free(l.widths);
    }
    output_text(out, "\n");
}

/* " = " behind blanks that fill a name's columns up; the column where the value starts. */
static size_t write_equals(struct output *out, size_t own, size_t width) {
    if (own < width) output_repeat(out, ' ', width - own);
    output_text(out, " = ");
    return (own < width ? width : own) + 3;
}

void render_padded_value(struct output *out, const char *name, size_t width, gtape_value value,
                         const struct report_style *style) {
    render_name(out, name);
    write_value(out, value, write_equals(out, render_name_width(name), width), style);
}

void render_padded_text(struct output *out, const char *name, size_t width, const char *text) {
    render_name(out, name);
    write_equals(out, render_name_width(name), width);
    output_text(out, text);
    output_text(out, "\n");
}

void render_named_value(struct output *out, const char *name, gtape_value value,
                        const struct report_style *style) {
    if (name) render_padded_value(out, name, 0, value, style);
    else write_value(out, value, 0, style);
}

/* ---- the report ---- */

static void color(struct output *out, const char *sgr, const struct report_style *style) {
    if (!style->color) return;
    char sequence[8];
    int length = snprintf(sequence, sizeof sequence, "\033[%sm", sgr);
    output_raw(out, sequence, (size_t)length);
}

/* dz/dx = ...; the target has no name for a bare expression: d/dx = ... */
static void write_gradient(struct output *out, const char *target, const char *variable, size_t width,
                           gtape_value value, const struct report_style *style) {
    size_t own = (target ? render_name_width(target) : 0) + render_name_width(variable) + 3;
    color(out, "36", style);
    output_text(out, "d");
    if (target) render_name(out, target);
    output_text(out, "/d");
    render_name(out, variable);
    color(out, "0", style);
    write_value(out, value, write_equals(out, own, width), style);
}

/* The columns of the widest name in the report of a target that is not too wide; 0 where nothing is aligned.
 */
static size_t report_width(const gtape *g, size_t target, const char *name,
                           const struct report_style *style) {
    size_t first = name ? render_name_width(name) : 0, widest = first <= WIDEST_NAME ? first : 0;
    if (!style->align) return 0;
    for (size_t v = 0; v < gtape_variable_count(g); v++) {
        gtape_value gradient;
        size_t width = first + render_name_width(gtape_variable_name(g, v)) + 3;
        if (gtape_gradient(g, target, v, &gradient) && width > widest && width <= WIDEST_NAME) widest = width;
    }
    return widest;
}

/* z = 625, or z = 625 ± 50 */
static void write_target(struct output *out, gtape *g, size_t target, const char *name, size_t width,
                         const struct report_style *style) {
    gtape_value u;
    bool uncertain = gtape_target_uncertainty(g, target, &u) != 0;
    if (!uncertain) {
        if (name) render_padded_value(out, name, width, gtape_target_value(g, target), style);
        else render_named_value(out, NULL, gtape_target_value(g, target), style);
        return;
    }
    if (name) render_name(out, name);
    size_t indent = name ? write_equals(out, render_name_width(name), width) : 0;
    output_text(out, gtape_target_text(g, target, (gtape_layout){style->number, indent, style->shorten}));
    output_text(out, "\n");
}

/* d2z/dx2 = ..., d2z/dx dy = ...: each pair of variables once, since a hessian is symmetric. */
static void write_hessians(struct output *out, const gtape *g, size_t t, const char *target,
                           const struct report_style *style) {
    for (size_t x = 0; x < gtape_variable_count(g); x++)
        for (size_t w = x; w < gtape_variable_count(g); w++) {
            gtape_value h;
            const char *name = gtape_variable_name(g, x), *other = gtape_variable_name(g, w);
            if (!gtape_hessian(g, t, x, w, &h)) return;
            color(out, "36", style);
            output_text(out, "d2");
            if (target) render_name(out, target);
            output_text(out, "/d");
            render_name(out, name);
            output_text(out, x == w ? "2" : " d");
            if (x != w) render_name(out, other);
            color(out, "0", style);
            output_text(out, " = ");
            write_value(out, h,
                        (target ? render_name_width(target) : 0) + render_name_width(name) + 8 +
                            (x == w ? 0 : render_name_width(other) + 1),
                        style);
        }
}

void render_text(struct output *out, gtape *g, const struct report_style *style) {
    for (size_t t = 0; t < gtape_target_count(g); t++) {
        const char *name = gtape_target_named(g, t) ? gtape_target_name(g, t) : NULL;
        size_t width = report_width(g, t, name, style);
        write_target(out, g, t, name, width, style);
        for (size_t v = 0; v < gtape_variable_count(g); v++) {
            gtape_value gradient;
            if (gtape_gradient(g, t, v, &gradient))
                write_gradient(out, name, gtape_variable_name(g, v), width, gradient, style);
        }
        if (has_hessians(g)) write_hessians(out, g, t, name, style);
    }
}
