/* SPDX-License-Identifier: GPL-3.0-or-later */
/* {"values": {"z": 625}, "gradients": {"z": {"x": 500}}} on one line. */
#include "cli/render.h"

#include <math.h>
#include <stdio.h>

#include "cli/names.h"

static void write_string(struct output *out, const char *text) {
    output_text(out, "\"");
    while (*text) {
        unsigned long c = 0xfffd;
        char escaped[8];
        size_t length = utf8_next(text, &c);
        if (c == '"' || c == '\\') output_text(out, "\\");
        if (c < 0x20 || c == 0x7f || c == 0xfffd) {
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)c & 0xffffU);
            output_text(out, escaped);
        } else output_write(out, text, length);
        text += length ? length : 1;
    }
    output_text(out, "\"");
}

static void write_key(struct output *out, const char *name) {
    write_string(out, name);
    output_text(out, ": ");
}

/* JSON has no nan, no infinity and no hexadecimal numbers: these are strings. */
static void write_number(struct output *out, double x, const struct report_style *style) {
    if (isnan(x)) output_text(out, "\"NaN\"");
    else if (isinf(x)) output_text(out, x > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    else if (style->number.hex) {
        output_text(out, "\"");
        render_number(out, x, style);
        output_text(out, "\"");
    } else render_number(out, x, style);
}

/* Nested arrays; recursion is as deep as the rank. */
static void write_part(struct output *out, const gtape_value *v, unsigned axis, const double *data,
                       size_t size, const struct report_style *style) {
    if (axis == v->rank) {
        write_number(out, data[0], style);
        return;
    }
    size_t length = v->shape[axis], part = length ? size / length : 0;
    output_text(out, "[");
    for (size_t i = 0; i < length; i++) {
        if (i > 0) output_text(out, ", ");
        write_part(out, v, axis + 1, data + i * part, part, style);
    }
    output_text(out, "]");
}

static void write_value(struct output *out, gtape_value v, const struct report_style *style) {
    write_part(out, &v, 0, v.data, v.size, style);
}

/* null: nothing connects target and variable, and --unconnected none. */
static void write_gradients(struct output *out, const gtape *g, size_t target,
                            const struct report_style *style) {
    output_text(out, "{");
    for (size_t v = 0; v < gtape_variable_count(g); v++) {
        gtape_value gradient;
        if (v > 0) output_text(out, ", ");
        write_key(out, gtape_variable_name(g, v));
        if (gtape_gradient(g, target, v, &gradient)) write_value(out, gradient, style);
        else output_text(out, "null");
    }
    output_text(out, "}");
}

/* By two variables. */
static void write_hessians(struct output *out, const gtape *g, size_t target,
                           const struct report_style *style) {
    size_t count = gtape_variable_count(g);
    for (size_t x = 0; x < count; x++) {
        output_text(out, x > 0 ? ", " : "{");
        write_key(out, gtape_variable_name(g, x));
        for (size_t w = 0; w < count; w++) {
            gtape_value h;
            output_text(out, w > 0 ? ", " : "{");
            write_key(out, gtape_variable_name(g, w));
            if (gtape_hessian(g, target, x, w, &h)) write_value(out, h, style);
        }
        output_text(out, "}");
    }
    output_text(out, "}");
}

static void write_uncertainties(struct output *out, const gtape *g, const struct report_style *style) {
    bool started = false;
    for (size_t t = 0; t < gtape_target_count(g); t++) {
        gtape_value u;
        if (!gtape_target_uncertainty(g, t, &u)) continue;
        output_text(out, started ? ", " : "}, \"uncertainties\": {");
        started = true;
        write_key(out, gtape_target_name(g, t));
        write_value(out, u, style);
    }
}

static void write_report(struct output *out, gtape *g, const struct report_style *style) {
    size_t targets = gtape_target_count(g);
    if (gtape_solution_count(g) > 0) {
        output_text(out, "\"solutions\": [");
        render_solutions(out, g, style, "json");
        output_text(out, targets > 0 ? "], " : "]}\n");
        if (targets == 0) return;
    }
    output_text(out, "\"values\": {");
    for (size_t t = 0; t < targets; t++) {
        if (t > 0) output_text(out, ", ");
        write_key(out, gtape_target_name(g, t));
        write_value(out, gtape_target_value(g, t), style);
    }
    write_uncertainties(out, g, style);
    if (gtape_variable_count(g) > 0) {
        output_text(out, "}, \"gradients\": {");
        for (size_t t = 0; t < targets; t++) {
            if (t > 0) output_text(out, ", ");
            write_key(out, gtape_target_name(g, t));
            write_gradients(out, g, t, style);
        }
    }
    if (has_hessians(g)) {
        output_text(out, "}, \"hessians\": {");
        for (size_t t = 0; t < targets; t++) {
            if (t > 0) output_text(out, ", ");
            write_key(out, gtape_target_name(g, t));
            write_hessians(out, g, t, style);
        }
    }
    output_text(out, "}}\n");
}

void render_json(struct output *out, gtape *g, const struct report_style *style) {
    output_text(out, "{");
    write_report(out, g, style);
}

void render_json_cell(struct output *out, const char *column, const char *cell) {
    output_text(out, "{\"group\": {");
    write_key(out, column);
    write_string(out, cell);
    output_text(out, "}, ");
}

void render_json_group(struct output *out, gtape *g, const struct report_style *style, const char *column,
                       const char *cell) {
    render_json_cell(out, column, cell);
    write_report(out, g, style);
}

/* "KEY": {"z": null}, of every target. */
static void write_nulls(struct output *out, const gtape *g, const char *key) {
    write_key(out, key);
    for (size_t t = 0; t < gtape_target_count(g); t++) {
        output_text(out, t > 0 ? ", " : "{");
        write_key(out, gtape_target_name(g, t));
        output_text(out, "null");
    }
    output_text(out, "}");
}

void render_json_nulls(struct output *out, const gtape *g) {
    bool has_targets = gtape_target_count(g) > 0;
    if (gtape_solution_count(g) > 0)
        output_text(out, has_targets ? "\"solutions\": null, " : "\"solutions\": null");
    if (has_targets) write_nulls(out, g, "values");
    if (has_targets && gtape_variable_count(g) > 0) output_text(out, ", "), write_nulls(out, g, "gradients");
    if (has_hessians(g)) output_text(out, ", "), write_nulls(out, g, "hessians");
    output_text(out, "}\n");
}
