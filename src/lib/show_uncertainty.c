/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show_uncertainty.c - the uncertainty budget of each target, as text, JSON or a table. */
#include "lib/show_uncertainty.h"
#include "base/utf8.h"
#include "lang/layout.h"
#include "lib/monte_carlo.h"
#include "lib/session.h"
#include "solve/budget.h"
#include <math.h>
#include <string.h>

/* ---- what all forms need ---- */

typedef struct budget_show {
    gtape *g;
    text *out;
    number_format number;
    budget budget;
    text name, cells;   /* of what is at work */
    ARRAY(size_t) ends; /* of the cells */
    monte_carlo_list samples;
    size_t entry; /* of the targets, from the first on */
    bool started, stopped;
} budget_show;

static const char *name_of(const gtape *g, u32 name) {
    return name == NAME_NONE ? "?" : intern_text(&g->graph.names, name);
}

/* y, or y[0][2] for an entry of a tensor. */
static const char *entry_name(budget_show *s, const char *name, const value *v, size_t i) {
    text_clear(&s->name);
    text_puts(&s->name, name);
    layout_index(&s->name, shape_of(v), i);
    return text_str(&s->name);
}

static const char *input_name(budget_show *s, const budget_row *row) {
    const uncertain_leaf *l = &s->g->evaluator.uncertain->leaves.items[row->leaf];
    return entry_name(s, name_of(s->g, l->name), &l->leaf, row->entry);
}

static const char *target_name(budget_show *s, const result *r, size_t i) {
    return entry_name(s, name_of(s->g, s->g->graph.globals.items[r->slot].name), &r->v, i);
}

static bool is_uncertain(const result *r) { return !is_unbound(&r->u); }

static void explain_samples(budget_show *s, const result *r) {
    const monte_carlo *m = &s->samples.items[s->entry];
    evaluator *e = &s->g->evaluator;
    u32 origin = r->v.node ? e->rec.tape.origin[r->v.node] : ORIGIN_NONE;
    explain_figure(e, origin, m->mean, "a mean of samples");
    explain_figure(e, origin, m->deviation, "a standard deviation of samples");
}

/* Whether samples of entry s->entry differ: solvers, := and the like cut the history, not what it depends on.
 */
static bool varies(const budget_show *s) {
    return s->samples.count && s->samples.items[s->entry].deviation != 0;
}

static void make_budget(budget_show *s, const result *r, size_t i) {
    evaluator *e = &s->g->evaluator;
    s->budget = (budget){.rows = s->budget.rows, .value = view_of(&r->v).data[i]};
    s->budget.rows.count = 0;
    if (!is_uncertain(r)) return;
    budget_make(e, r->v, i, s->g->coverage, &s->budget);
    budget_explain(e, r->v, &s->budget);
}

/* Calls `each` for every entry of every target that is uncertain or whose samples are, with its budget made;
 * that has no rows where no history leads to anything uncertain. */
static void each_budget(budget_show *s, void (*each)(budget_show *s, const result *r, size_t i)) {
    gtape *g = s->g;
    for (size_t t = 0; t < g->targets.count; t++) {
        const result *r = &g->targets.items[t];
        for (size_t i = 0; i < shape_of(&r->v).size; i++, s->entry++) {
            if (!is_uncertain(r) && !varies(s)) continue;
            make_budget(s, r, i);
            if (s->samples.count) explain_samples(s, r);
            each(s, r, i);
            s->started = true;
        }
    }
}

/* The correlation of two scalar targets that are uncertain both. */
static bool pair_correlation(budget_show *s, size_t a, size_t b, double *r) {
    const result *x = &s->g->targets.items[a], *y = &s->g->targets.items[b];
    if (!is_uncertain(x) || !is_uncertain(y) || is_tensor(&x->v) || is_tensor(&y->v)) return false;
    size_t mark = pool_mark(&s->g->evaluator.rec);
    *r = correlation_of(&s->g->evaluator, x->v, y->v);
    explain_figure(&s->g->evaluator, s->g->evaluator.rec.tape.origin[y->v.node], *r, "a correlation");
    pool_release(&s->g->evaluator.rec, mark);
    return true;
}

/* ---- text ---- */

/* Six significant digits are enough for eyes, unless others are asked for. */
static void add_number(budget_show *s, text *out, double x) {
    char number[NUMBER_ROOM];
    number_format how = s->number;
    if (!how.hex && !how.digits) how.digits = 6;
    text_add(out, number, number_write(number, x, how));
}

/* A number whose digits matter down to those of `scale`: an end of an interval. */
static void add_near(budget_show *s, text *out, double x, double scale) {
    char number[NUMBER_ROOM];
    number_format how = s->number;
    if (!how.hex && !how.digits && isfinite(x) && x != 0 && scale > 0) {
        double digits = 6 + floor(log10(fabs(x))) - floor(log10(scale));
        how.digits = digits < 6 ? 6 : digits > 17 ? 17 : (int)digits;
    }
    text_add(out, number, number_write(number, x, how));
}

static void end_cell(budget_show *s) { array_push(&s->ends, s->cells.length); }

static void number_cell(budget_show *s, double x) {
    add_number(s, &s->cells, x);
    end_cell(s);
}

static void text_cell(budget_show *s, const char *content) {
    text_puts(&s->cells, content);
    end_cell(s);
}

/* Writes the cells as a table of so many columns: names on the left, numbers on the right. */
static void write_cells(budget_show *s, size_t columns) {
    size_t widths[8] = {0}, from = 0;
    const char *bytes = text_str(&s->cells);
    for (size_t i = 0; i < s->ends.count; from = s->ends.items[i++]) {
        size_t width = utf8_columns(bytes + from, s->ends.items[i] - from);
        if (width > widths[i % columns]) widths[i % columns] = width;
    }
    from = 0;
    for (size_t i = 0; i < s->ends.count; from = s->ends.items[i++]) {
        size_t length = s->ends.items[i] - from,
               pad = widths[i % columns] - utf8_columns(bytes + from, length);
        text_puts(s->out, "  ");
        if (i % columns) text_pad(s->out, ' ', pad);
        text_add(s->out, bytes + from, length);
        if (i % columns == 0) text_pad(s->out, ' ', pad);
        if (i % columns == columns - 1) text_putc(s->out, '\n');
    }
}

static bool has_freedom(const budget *b) {
    for (size_t i = 0; i < b->rows.count; i++)
        if (isfinite(b->rows.items[i].df)) return true;
    return false;
}

static void write_table(budget_show *s) {
    const budget *b = &s->budget;
    bool freedom = has_freedom(b);
    text_clear(&s->cells);
    s->ends.count = 0;
    text_cell(s, "input"), text_cell(s, "value"), text_cell(s, "u");
    if (freedom) text_cell(s, "df");
    text_cell(s, "sensitivity"), text_cell(s, "contribution"), text_cell(s, "share");
    for (size_t i = 0; i < b->rows.count; i++) {
        const budget_row *row = &b->rows.items[i];
        text_cell(s, input_name(s, row));
        add_near(s, &s->cells, row->value, row->u);
        end_cell(s);
        number_cell(s, row->u);
        if (freedom) number_cell(s, row->df);
        number_cell(s, row->sensitivity), number_cell(s, row->contribution);
        if (isnan(row->share)) text_putc(&s->cells, '-');
        else text_printf(&s->cells, "%.1f %%", 100 * row->share);
        end_cell(s);
    }
    write_cells(s, freedom ? 7 : 6);
}

static void write_coverage(budget_show *s) {
    const budget *b = &s->budget;
    text *out = s->out;
    text_puts(out, "  U = ");
    add_number(s, out, b->expanded);
    text_puts(out, " (k = ");
    add_number(s, out, b->k);
    if (b->level > 0) text_printf(out, ", %g %%", 100 * b->level);
    text_putc(out, ')');
    if (!isfinite(b->expanded)) {
        text_putc(out, '\n');
        return;
    }
    text_puts(out, ": ");
    add_near(s, out, b->value - b->expanded, b->expanded);
    text_puts(out, " to ");
    add_near(s, out, b->value + b->expanded, b->expanded);
    text_putc(out, '\n');
}

/* Only where it tells something: linear formulas have none. */
static void write_second(budget_show *s) {
    const budget *b = &s->budget;
    if (!b->has_second) return;
    bool same = fabs(b->second_u - b->u) <= 1e-9 * b->u && fabs(b->second_shift) <= 1e-9 * b->u;
    if (same) return;
    text_puts(s->out, "  to second order: ");
    if (isnan(b->second_u)) {
        text_puts(s->out,
                  "no u, since these terms outweigh the first: the inputs are too uncertain for them\n");
        return;
    }
    text_puts(s->out, "u = ");
    add_number(s, s->out, b->second_u);
    text_puts(s->out, ", value shifted by ");
    add_number(s, s->out, b->second_shift);
    text_putc(s->out, '\n');
}

static void write_samples(budget_show *s) {
    if (!s->samples.count) return;
    const monte_carlo *m = &s->samples.items[s->entry];
    text_printf(s->out, "  Monte Carlo, %zu samples: mean ", m->drawn);
    add_near(s, s->out, m->mean, m->deviation);
    text_puts(s->out, ", u = ");
    add_number(s, s->out, m->deviation);
    text_puts(s->out, ", ");
    add_near(s, s->out, m->low, m->deviation);
    text_puts(s->out, " to ");
    add_near(s, s->out, m->high, m->deviation);
    if (m->finite < m->drawn) text_printf(s->out, "; %zu samples are not finite", m->drawn - m->finite);
    text_putc(s->out, '\n');
}

static void write_first(budget_show *s) {
    const budget *b = &s->budget;
    write_table(s);
    text_puts(s->out, "  u = ");
    add_number(s, s->out, b->u);
    if (!isfinite(b->u)) text_puts(s->out, ", shares and degrees of freedom not defined");
    else if (isnan(b->df))
        text_puts(s->out, ", degrees of freedom not defined: inputs of different ones are correlated");
    else if (isfinite(b->df))
        text_puts(s->out, ", effective degrees of freedom "), add_number(s, s->out, b->df);
    text_putc(s->out, '\n');
    write_coverage(s);
    write_second(s);
}

static void write_budget(budget_show *s, const result *r, size_t i) {
    const budget *b = &s->budget;
    char number[NUMBER_PAIR_ROOM];
    if (s->started) text_putc(s->out, '\n');
    text_printf(s->out, "%s = ", target_name(s, r, i));
    if (is_uncertain(r)) {
        text_add(s->out, number, number_write_uncertain(number, b->value, b->u, s->number));
        text_putc(s->out, '\n');
        write_first(s);
    } else {
        text_add(s->out, number, number_write(number, b->value, s->number));
        text_puts(s->out, "\n  no derivatives lead to anything uncertain: samples only\n");
    }
    write_samples(s);
}

static void write_correlations(budget_show *s) {
    const gtape *g = s->g;
    bool begun = false;
    double r;
    for (size_t a = 0; a < g->targets.count; a++)
        for (size_t b = a + 1; b < g->targets.count; b++) {
            if (!pair_correlation(s, a, b, &r)) continue;
            if (!begun) text_puts(s->out, "\ncorrelations\n");
            begun = true;
            text_printf(s->out, "  %s, ", target_name(s, &g->targets.items[a], 0));
            text_printf(s->out, "%s: ", target_name(s, &g->targets.items[b], 0));
            add_number(s, s->out, r);
            text_putc(s->out, '\n');
        }
}

/* ---- JSON ---- */

static void json_string(text *out, const char *bytes) {
    text_putc(out, '"');
    for (; *bytes; bytes++) {
        unsigned char c = (unsigned char)*bytes;
        if (c == '"' || c == '\\') text_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f) text_printf(out, "\\u%04x", c);
        else text_putc(out, (char)c);
    }
    text_putc(out, '"');
}

static void json_number(budget_show *s, double x) {
    char number[NUMBER_ROOM];
    if (isnan(x)) text_puts(s->out, "\"NaN\"");
    else if (isinf(x)) text_puts(s->out, x > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    else {
        if (s->number.hex) text_putc(s->out, '"');
        text_add(s->out, number, number_write(number, x, s->number));
        if (s->number.hex) text_putc(s->out, '"');
    }
}

static void json_item(budget_show *s, const char *key, double x) {
    text_printf(s->out, "%s\"%s\": ", s->out->bytes[s->out->length - 1] == '{' ? "" : ", ", key);
    json_number(s, x);
}

static void json_row(budget_show *s, const budget_row *row) {
    text_puts(s->out, "{\"input\": ");
    json_string(s->out, input_name(s, row));
    json_item(s, "value", row->value);
    json_item(s, "u", row->u);
    json_item(s, "df", row->df);
    json_item(s, "sensitivity", row->sensitivity);
    json_item(s, "contribution", row->contribution);
    json_item(s, "share", row->share);
    text_putc(s->out, '}');
}

static void json_first(budget_show *s) {
    const budget *b = &s->budget;
    json_item(s, "u", b->u);
    json_item(s, "df", b->df);
    json_item(s, "k", b->k);
    if (b->level > 0) json_item(s, "level", b->level);
    json_item(s, "U", b->expanded);
}

static void json_budget(budget_show *s, const result *r, size_t i) {
    const budget *b = &s->budget;
    text_puts(s->out, s->started ? ", " : "");
    json_string(s->out, target_name(s, r, i));
    text_puts(s->out, ": {");
    json_item(s, "value", b->value);
    if (is_uncertain(r)) json_first(s);
    if (b->has_second) json_item(s, "u_second_order", b->second_u), json_item(s, "shift", b->second_shift);
    if (s->samples.count) {
        const monte_carlo *m = &s->samples.items[s->entry];
        text_puts(s->out, ", \"monte_carlo\": {");
        json_item(s, "samples", (double)m->drawn);
        json_item(s, "finite", (double)m->finite);
        json_item(s, "mean", m->mean);
        json_item(s, "u", m->deviation);
        json_item(s, "low", m->low);
        json_item(s, "high", m->high);
        text_putc(s->out, '}');
    }
    text_puts(s->out, ", \"budget\": [");
    for (size_t k = 0; k < b->rows.count; k++) {
        if (k) text_puts(s->out, ", ");
        json_row(s, &b->rows.items[k]);
    }
    text_puts(s->out, "]}");
}

static void json_correlations(budget_show *s) {
    const gtape *g = s->g;
    bool begun = false;
    double r;
    text_puts(s->out, "}, \"correlations\": {");
    for (size_t a = 0; a < g->targets.count; a++)
        for (size_t b = a + 1; b < g->targets.count; b++) {
            if (!pair_correlation(s, a, b, &r)) continue;
            if (begun) text_puts(s->out, ", ");
            begun = true;
            text_clear(&s->cells);
            text_puts(&s->cells, target_name(s, &g->targets.items[a], 0));
            text_printf(&s->cells, ",%s", target_name(s, &g->targets.items[b], 0));
            json_string(s->out, text_str(&s->cells));
            text_puts(s->out, ": ");
            json_number(s, r);
        }
}

/* ---- tables ---- */

static void table_cell(budget_show *s, const char *content, char separator) {
    bool quoted = separator == ',' && strpbrk(content, ",\"\r\n");
    if (quoted) text_putc(s->out, '"');
    for (const char *c = content; *c; c++) {
        const char *escaped = separator == ',' ? (*c == '"' ? "\"\"" : NULL)
                              : *c == '\t'     ? "\\t"
                              : *c == '\n'     ? "\\n"
                              : *c == '\r'     ? "\\r"
                              : *c == '\\'     ? "\\\\"
                                               : NULL;
        if (escaped) text_puts(s->out, escaped);
        else text_putc(s->out, *c);
    }
    if (quoted) text_putc(s->out, '"');
}

static void table_budget(budget_show *s, const result *r, size_t i, char separator) {
    const budget *b = &s->budget;
    for (size_t k = 0; k < b->rows.count; k++) {
        const budget_row *row = &b->rows.items[k];
        const double cells[] = {row->value, row->u, row->df, row->sensitivity, row->contribution, row->share};
        table_cell(s, target_name(s, r, i), separator);
        text_putc(s->out, separator);
        table_cell(s, input_name(s, row), separator);
        for (size_t c = 0; c < COUNT_OF(cells); c++) {
            char number[NUMBER_ROOM];
            text_putc(s->out, separator);
            text_add(s->out, number, number_write(number, cells[c], s->number));
        }
        text_putc(s->out, '\n');
    }
}

static void csv_budget(budget_show *s, const result *r, size_t i) { table_budget(s, r, i, ','); }
static void tsv_budget(budget_show *s, const result *r, size_t i) { table_budget(s, r, i, '\t'); }

/* ---- */

static bool any_uncertain(const gtape *g) {
    for (size_t t = 0; t < g->targets.count; t++)
        if (is_uncertain(&g->targets.items[t])) return true;
    return false;
}

/* Samples may vary where no history tells; those of a fit cannot be drawn. */
static bool may_vary(const gtape *g) {
    const uncertain *set = g->evaluator.uncertain;
    return any_uncertain(g) || (set && set->leaves.count && !set->is_joined);
}

static void note_certain(budget_show *s) {
    diag_hint(diag_add(&s->g->diagnostics, SEVERITY_NOTE, DIAG_UNCERTAINTY, NO_SPAN,
                       "nothing uncertain leads to what is reported"),
              "x = 5 +/- 0.1 gives x a standard uncertainty");
}

static void write_all(budget_show *s, enum uncertainty_form form) {
    bool any = any_uncertain(s->g);
    if (s->g->samples && may_vary(s->g)) s->stopped = !monte_carlo_run(s->g, &s->samples);
    for (s->entry = 0; s->entry < s->samples.count; s->entry++) any |= varies(s);
    s->entry = 0;
    if (!any) note_certain(s);
    switch (form) {
    case UNCERTAINTY_TEXT:
        each_budget(s, write_budget);
        write_correlations(s);
        break;
    case UNCERTAINTY_JSON:
        text_puts(s->out, "{\"uncertainty\": {");
        each_budget(s, json_budget);
        json_correlations(s);
        text_puts(s->out, "}}\n");
        break;
    case UNCERTAINTY_CSV:
    case UNCERTAINTY_TSV: {
        bool tabs = form == UNCERTAINTY_TSV;
        text_puts(s->out, tabs ? "target\tinput\tvalue\tu\tdf\tsensitivity\tcontribution\tshare\n"
                               : "target,input,value,u,df,sensitivity,contribution,share\n");
        each_budget(s, tabs ? tsv_budget : csv_budget);
        break;
    }
    }
}

bool show_uncertainty(gtape *g, enum uncertainty_form form, number_format number, text *out) {
    budget_show s = {.g = g, .out = out, .number = number};
    fault_point here;
    volatile int fault = FAULT_TRY(&here);
    if (!fault) write_all(&s, form);
    fault_end(&here);
    budget_free(&s.budget);
    text_free(&s.name);
    text_free(&s.cells);
    array_free(&s.ends);
    array_free(&s.samples);
    if (fault) fault_raise((enum fault)fault);
    return !s.stopped;
}

typedef struct show_job {
    enum uncertainty_form form;
    number_format number;
    bool stopped;
} show_job;

static void show_job_run(gtape *g, void *argument) {
    show_job *job = argument;
    text_clear(&g->shown);
    job->stopped = !show_uncertainty(g, job->form, job->number, &g->shown);
}

const char *gtape_uncertainty_budget(gtape *g, const char *format, gtape_number_format number) {
    static const char *const forms[] = {"text", "json", "csv", "tsv"};
    show_job job = {UNCERTAINTY_TEXT, {number.digits, number.hex != 0}, false};
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (strcmp(format, forms[i]) == 0) job.form = (enum uncertainty_form)i;
    return session_guard(g, show_job_run, &job) == GTAPE_OK || job.stopped ? text_str(&g->shown) : NULL;
}
