/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/render.h"

void render_report(struct output *out, const gtape *g, const struct report_style *style) {
    if (gtape_target_count(g) == 0) return;
    switch (style->format) {
    case FORMAT_TEXT: render_text(out, g, style); break;
    case FORMAT_JSON:
    case FORMAT_JSONL: render_json(out, g, style); break;
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
