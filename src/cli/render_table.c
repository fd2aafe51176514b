/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV and TSV: a header z,u_z,dz_dx[0],dz_dx[1] (u_z where z is uncertain) and a line of numbers; an entry of
 * a tensor is a column. */
#include "cli/render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
    struct output *out;
    const struct report_style *style;
    char separator;
    bool started; /* a cell stands on the line */
    char *cell;   /* header cell under construction */
    size_t used, room;
};

static void next_cell(struct table *t) {
    if (t->started) output_write(t->out, &t->separator, 1);
    t->started = true;
}

static void end_line(struct table *t) {
    output_text(t->out, "\n");
    t->started = false;
}

/* ---- header cells ---- */

static void append(struct table *t, const char *text) {
    size_t length = strlen(text);
    if (t->room - t->used <= length) {
        size_t room = 2 * (t->used + length) + 64;
        char *grown = realloc(t->cell, room);
        if (!grown) {
            t->out->error = ENOMEM; /* no report is better than one with a wrong header */
            return;
        }
        t->cell = grown, t->room = room;
    }
    memcpy(t->cell + t->used, text, length + 1);
    t->used += length;
}

/* [i][j] for entry `index` of the tensor. */
static void append_index(struct table *t, const gtape_value *v, size_t index) {
    size_t part = v->size;
    for (unsigned axis = 0; axis < v->rank; axis++) {
        char text[32];
        part /= v->shape[axis];
        snprintf(text, sizeof text, "[%zu]", index / part);
        index %= part;
        append(t, text);
    }
}

/* RFC 4180: quotes around separators, quotes and line ends, quotes doubled. */
static void write_quoted(struct output *out, const char *text) {
    output_text(out, "\"");
    for (; *text; text++) output_repeat(out, *text, *text == '"' ? 2 : 1);
    output_text(out, "\"");
}

static void write_escaped_tabs(struct output *out, const char *text) {
    for (; *text; text++) {
        const char *escaped = *text == '\t'   ? "\\t"
                              : *text == '\n' ? "\\n"
                              : *text == '\r' ? "\\r"
                              : *text == '\\' ? "\\\\"
                                              : NULL;
        if (escaped) output_text(out, escaped);
        else output_write(out, text, 1);
    }
}

static void write_header_cell(struct table *t) {
    next_cell(t);
    if (!t->cell) return;
    render_text_cell(t->out, t->cell, t->separator);
    t->used = 0;
}

/* ---- columns, in the same order for header and line ---- */

/* dz[i]_dx[j] for every entry i of the target and j of the variable. */
static void write_gradient_names(struct table *t, const char *target, const gtape_value *of,
                                 const char *variable, const gtape_value *wrt) {
    for (size_t i = 0; i < of->size; i++)
        for (size_t j = 0; j < wrt->size; j++) {
            append(t, "d");
            append(t, target);
            append_index(t, of, i);
            append(t, "_d");
            append(t, variable);
            append_index(t, wrt, j);
            write_header_cell(t);
        }
}

/* d2z_dx[i]_dw[j] for every pair of variables and of their entries. */
static void write_hessian_names(struct table *t, const gtape *g, const char *target) {
    size_t count = gtape_variable_count(g);
    for (size_t pair = 0; pair < count * count; pair++) {
        gtape_value x = gtape_variable_value(g, pair / count), w = gtape_variable_value(g, pair % count);
        for (size_t i = 0; i < x.size * w.size; i++) {
            append(t, "d2");
            append(t, target);
            append(t, "_d");
            append(t, gtape_variable_name(g, pair / count));
            append_index(t, &x, i / w.size);
            append(t, "_d");
            append(t, gtape_variable_name(g, pair % count));
            append_index(t, &w, i % w.size);
            write_header_cell(t);
        }
    }
}

/* u_z[i] */
static void write_uncertainty_names(struct table *t, const gtape *g, size_t target, const char *name) {
    gtape_value u;
    if (!gtape_target_uncertainty(g, target, &u)) return;
    for (size_t i = 0; i < u.size; i++) {
        append(t, "u_");
        append(t, name);
        append_index(t, &u, i);
        write_header_cell(t);
    }
}

static void write_header(struct table *t, const gtape *g) {
    for (size_t k = 0; k < gtape_target_count(g); k++) {
        gtape_value of = gtape_target_value(g, k);
        const char *name = gtape_target_name(g, k);
        for (size_t i = 0; i < of.size; i++) {
            append(t, name);
            append_index(t, &of, i);
            write_header_cell(t);
        }
        write_uncertainty_names(t, g, k, name);
        for (size_t v = 0; v < gtape_variable_count(g); v++) {
            gtape_value wrt = gtape_variable_value(g, v);
            write_gradient_names(t, name, &of, gtape_variable_name(g, v), &wrt);
        }
        if (has_hessians(g)) write_hessian_names(t, g, name);
    }
}

static void write_numbers(struct table *t, const double *data, size_t size) {
    for (size_t i = 0; i < size; i++) {
        next_cell(t);
        render_number(t->out, data[i], t->style);
    }
}

/* Cells stay empty where nothing connects target and variable, and --unconnected none. */
static void write_line(struct table *t, const gtape *g) {
    for (size_t k = 0; k < gtape_target_count(g); k++) {
        gtape_value of = gtape_target_value(g, k), u, gradient;
        write_numbers(t, of.data, of.size);
        if (gtape_target_uncertainty(g, k, &u)) write_numbers(t, u.data, u.size);
        for (size_t v = 0; v < gtape_variable_count(g); v++) {
            if (gtape_gradient(g, k, v, &gradient)) write_numbers(t, gradient.data, gradient.size);
            else
                for (size_t n = of.size * gtape_variable_value(g, v).size; n > 0; n--) next_cell(t);
        }
        for (size_t x = 0; has_hessians(g) && x < gtape_variable_count(g); x++)
            for (size_t w = 0; w < gtape_variable_count(g); w++)
                if (gtape_hessian(g, k, x, w, &gradient)) write_numbers(t, gradient.data, gradient.size);
    }
}

void render_table(struct output *out, const gtape *g, const struct report_style *style, char separator) {
    struct table t = {.out = out, .style = style, .separator = separator};
    write_header(&t, g);
    end_line(&t);
    write_line(&t, g);
    end_line(&t);
    free(t.cell);
}

void render_more_titles(struct output *out, const gtape *g, const struct report_style *style,
                        char separator) {
    struct table t = {.out = out, .style = style, .separator = separator, .started = true};
    write_header(&t, g);
    free(t.cell);
}

void render_more_numbers(struct output *out, const gtape *g, const struct report_style *style,
                         char separator) {
    struct table t = {.out = out, .style = style, .separator = separator, .started = true};
    write_line(&t, g);
}

void render_text_cell(struct output *out, const char *text, char separator) {
    if (separator == '\t') write_escaped_tabs(out, text);
    else if (strpbrk(text, ",\"\r\n")) write_quoted(out, text);
    else output_text(out, text);
}
