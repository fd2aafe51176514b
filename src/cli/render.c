/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/render.h"

#include <string.h>

void render_solutions(struct output *out, gtape *g, const struct report_style *style, const char *format) {
    size_t count = gtape_solution_count(g);
    bool json = strcmp(format, "json") == 0;
    for (size_t i = 0; i < count; i++) {
        const char *text = gtape_solution_text(g, i, format, style->number);
        if (json && i > 0) output_text(out, ", ");
        if (*format) output_text(out, text); /* some formats have no place for it */
    }
}

void render_report(struct output *out, gtape *g, const struct report_style *style) {
    static const char *const formats[] = {
        [FORMAT_TEXT] = "text", [FORMAT_CSV] = "csv", [FORMAT_TSV] = "tsv", [FORMAT_NPY] = ""};
    bool json = style->format == FORMAT_JSON || style->format == FORMAT_JSONL;
    if (json) {
        if (gtape_target_count(g) || gtape_solution_count(g)) render_json(out, g, style);
        return;
    }
    render_solutions(out, g, style, formats[style->format]);
    if (gtape_target_count(g) == 0) return;
    switch (style->format) {
    case FORMAT_TEXT: render_text(out, g, style); break;
    case FORMAT_JSON:
    case FORMAT_JSONL: break;
    case FORMAT_CSV: render_table(out, g, style, ','); break;
    case FORMAT_TSV: render_table(out, g, style, '\t'); break;
    case FORMAT_NPY: render_npy(out, g); break;
    }
}

bool has_hessians(const gtape *g) {
    gtape_value h;
    return gtape_target_count(g) > 0 && gtape_variable_count(g) > 0 && gtape_hessian(g, 0, 0, 0, &h);
}

void render_number(struct output *out, double x, const struct report_style *style) {
    char text[GTAPE_NUMBER_ROOM];
    output_write(out, text, gtape_number_text(text, x, style->number));
}
