/* SPDX-License-Identifier: GPL-3.0-or-later */
/* solutions.c - what solver statements came to, for callers. */
#include "lib/session.h"
#include "solve/report.h"
#include <string.h>

typedef struct request {
    size_t index;
    const char *format;
    number_format how;
} request;

static void write_solution(gtape *g, void *argument) {
    const request *q = argument;
    const solution *s = &g->solver.solutions.items[q->index];
    char separator = strcmp(q->format, "tsv") == 0 ? '\t' : ',';
    text_clear(&g->shown);
    if (strcmp(q->format, "text") == 0) report_text(&g->shown, s, q->how);
    else if (strcmp(q->format, "json") == 0) report_json(&g->shown, s, q->how);
    else if (s->confidence.count) {
        report_band_header(&g->shown, separator);
        report_bands(&g->shown, s, separator, q->how);
    } else {
        report_header(&g->shown, s, separator);
        report_line(&g->shown, s, separator, q->how);
    }
}

size_t gtape_solution_count(const gtape *g) { return g->solver.solutions.count; }

const char *gtape_solution_text(gtape *g, size_t index, const char *format, gtape_number_format how) {
    static const char *const formats[] = {"text", "json", "csv", "tsv"};
    bool known = false;
    for (size_t i = 0; i < COUNT_OF(formats); i++) known |= strcmp(format, formats[i]) == 0;
    if (!known || index >= g->solver.solutions.count) return NULL;
    request q = {index, format, {.digits = how.digits, .hex = how.hex != 0}};
    return session_guard(g, write_solution, &q) == GTAPE_OK ? text_str(&g->shown) : NULL;
}

const double *gtape_solution_path(const gtape *g, size_t index, size_t *steps, size_t *n) {
    const solution *s = &g->solver.solutions.items[index];
    *n = s->n;
    *steps = s->n ? s->path.count / s->n : 0;
    return s->path.items;
}

const char *gtape_solution_entry(const gtape *g, size_t index, size_t entry) {
    return solution_name(&g->solver.solutions.items[index], entry);
}
