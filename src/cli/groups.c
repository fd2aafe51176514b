/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/groups.h"

#include <stdio.h>
#include <string.h>

#include "cli/complain.h"
#include "cli/rows.h"

struct groups {
    struct run *run;
    const char *column;
    char separator;
    size_t width;   /* cells behind the group's name; 0: not known yet */
    size_t waiting; /* groups from the first on whose empty lines wait for the header */
    size_t failed;
};

static bool is_json(const struct groups *s) {
    enum report_format format = s->run->options->format;
    return format == FORMAT_JSON || format == FORMAT_JSONL;
}

/* ---- lines ---- */

static const char *solution_table(struct groups *s, size_t i) {
    return gtape_solution_text(s->run->g, i, s->separator == ',' ? "csv" : "tsv", s->run->style.number);
}

static const char *line_end(const char *line) { return line + strcspn(line, "\n"); }

static size_t cells_of(const struct groups *s, const char *line) {
    size_t count = 1;
    bool quoted = false;
    for (; *line && (quoted || *line != '\n'); line++) {
        if (*line == '"' && s->separator == ',') quoted = !quoted;
        count += !quoted && *line == s->separator;
    }
    return count;
}

/* As many as the report's line has. */
static size_t report_width(struct groups *s) {
    gtape *g = s->run->g;
    size_t width = 0, variables = gtape_variable_count(g);
    for (size_t i = 0; i < gtape_solution_count(g); i++) width += cells_of(s, solution_table(s, i));
    for (size_t t = 0; t < gtape_target_count(g); t++) {
        gtape_value of = gtape_target_value(g, t), u;
        size_t entries = 0;
        for (size_t v = 0; v < variables; v++) entries += gtape_variable_value(g, v).size;
        width += of.size * (1 + entries) + (gtape_target_uncertainty(g, t, &u) ? u.size : 0);
        if (has_hessians(g)) width += entries * entries;
    }
    return width;
}

static void write_separator(struct groups *s) { output_write(&s->run->out, &s->separator, 1); }

static void write_header(struct groups *s) {
    struct run *r = s->run;
    render_text_cell(&r->out, s->column, s->separator);
    for (size_t i = 0; i < gtape_solution_count(r->g); i++) {
        const char *table = solution_table(s, i);
        write_separator(s);
        output_write(&r->out, table, (size_t)(line_end(table) - table));
    }
    render_more_titles(&r->out, r->g, &r->style, s->separator);
    output_text(&r->out, "\n");
}

static void write_empty(struct groups *s, size_t group) {
    render_text_cell(&s->run->out, gtape_group_name(s->run->g, group), s->separator);
    output_repeat(&s->run->out, s->separator, s->width);
    output_text(&s->run->out, "\n");
}

/* The lines of a solution: one, or with bands=1 as many as the group has rows; other results stand behind
 * each, and `missing` empty cells. */
static void write_lines(struct groups *s, size_t group, size_t missing) {
    struct run *r = s->run;
    size_t count = gtape_solution_count(r->g);
    const char *first = count ? strchr(solution_table(s, 0), '\n') + 1 : "";
    size_t at = 0, length = strlen(first);
    do {
        /* other solutions take the place of its text */
        if (at && count > 1) first = strchr(solution_table(s, 0), '\n') + 1;
        const char *line = first + at;
        size_t size = (size_t)(line_end(line) - line);
        render_text_cell(&r->out, gtape_group_name(r->g, group), s->separator);
        if (count) {
            write_separator(s);
            output_write(&r->out, line, size);
        }
        for (size_t i = 1; i < count; i++) {
            line = strchr(solution_table(s, i), '\n') + 1;
            write_separator(s);
            output_write(&r->out, line, (size_t)(line_end(line) - line));
        }
        render_more_numbers(&r->out, r->g, &r->style, s->separator);
        output_repeat(&r->out, s->separator, missing);
        output_text(&r->out, "\n");
        at += size + 1;
    } while (at < length);
}

/* False, after a complaint, where the results of this group are others than those before. */
static bool write_group(struct groups *s, size_t group) {
    struct run *r = s->run;
    if (is_json(s)) {
        render_json_group(&r->out, r->g, &r->style, s->column, gtape_group_name(r->g, group));
        return true;
    }
    size_t width = report_width(s);
    if (!s->width) {
        s->width = width;
        write_header(s);
        for (size_t k = group - s->waiting; k < group; k++) write_empty(s, k);
    }
    if (width == s->width) {
        write_lines(s, group, 0);
        return true;
    }
    complain("the results of this group have other columns than those of the first: %s",
             gtape_group_name(r->g, group));
    return false;
}

/* ---- groups ---- */

static bool has_results(const gtape *g) { return gtape_target_count(g) + gtape_solution_count(g) > 0; }

/* What becomes of a group whose run failed; the exit status, 0 to go on. */
static int pass_over(struct groups *s, size_t group, gtape_status came_to) {
    struct run *r = s->run;
    int on_error = r->options->on_error;
    if (on_error == GTAPE_ROW_STOP || came_to == GTAPE_INTERRUPTED) {
        int status = run_status(r, came_to);
        complain("it was for this group: %s = %s", s->column, gtape_group_name(r->g, group));
        return status;
    }
    s->failed++;
    gtape_clear_diagnostics(r->g);
    if (on_error == GTAPE_ROW_SKIP) return 0;
    bool is_known = gtape_solution_count(r->g) > 0;
    if (is_json(s)) {
        if (is_known) write_group(s, group);
        return 0;
    }
    /* a solver without a solution tells how far it came, and that it did not converge */
    size_t width = is_known && s->width ? report_width(s) : 0;
    if (width && width <= s->width) write_lines(s, group, s->width - width);
    else if (s->width) write_empty(s, group);
    else s->waiting++;
    return 0;
}

static int run_groups(struct groups *s) {
    struct run *r = s->run;
    size_t count = gtape_group_count(r->g);
    progress_begin(&r->progress, r->options->progress, !r->out.by_line);
    for (size_t k = 0; k < count; k++) {
        gtape_choose_group(r->g, k);
        gtape_status came_to = run_interruptibly(r->g);
        int status = came_to ? pass_over(s, k, came_to) : run_status(r, came_to);
        if (!came_to && !status && has_results(r->g) && !write_group(s, k)) status = GTAPE_FAILED;
        if (status) return status;
        if (r->out.error) return GTAPE_BAD_DATA; /* told when the output is closed */
    }
    if (!s->width && s->waiting) { /* no group came through, so nobody knows more columns */
        render_text_cell(&r->out, s->column, s->separator);
        output_text(&r->out, "\n");
        for (size_t k = 0; k < s->waiting; k++) write_empty(s, k);
    }
    rows_tell_count(s->failed, "group", "had errors");
    return 0;
}

static bool may_run(const struct options *o) {
    if (!o->data_count) complain("--by divides the rows of a table: --data FILE gives one");
    else if (o->rows) complain("--by divides --data, and --rows runs once for each row: one of them");
    else if (o->format == FORMAT_NPY) complain("--by writes lines: --format csv, tsv or jsonl");
    else if (o->show > SHOW_HESSIAN) complain("--by writes values and derivatives only, no other --show");
    else return true;
    return false;
}

int groups_run(struct run *r) {
    if (!may_run(r->options)) return GTAPE_BAD_PROGRAM;
    struct groups s = {.run = r, .column = r->options->by};
    s.separator = r->options->format == FORMAT_TSV ? '\t' : ',';
    int status = run_status(r, gtape_by(r->g, s.column));
    return status ? status : run_groups(&s);
}
