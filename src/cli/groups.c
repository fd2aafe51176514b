/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complain.h"
#include "cli/rows.h"

/* What a group writes once the columns are known.  Where a solver ended without a solution: its header and
 * its lines, or JSON; both NULL for an empty line. */
struct waiting {
    bool waits;
    char *columns, *lines;
};

struct groups {
    struct run *run;
    const char *column;
    char separator;
    char *columns; /* what all groups have: the header, or JSON's names with null; NULL: not known yet */
    struct waiting *waits; /* by group */
    size_t waiting;        /* how many do */
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

/* Up to the separator behind it, or the end of the line. */
static size_t cell_length(const struct groups *s, const char *cell) {
    size_t length = 0;
    bool quoted = false;
    for (; cell[length] && (quoted || (cell[length] != s->separator && cell[length] != '\n')); length++)
        if (cell[length] == '"' && s->separator == ',') quoted = !quoted;
    return length;
}

static size_t cells_of(const struct groups *s, const char *line) {
    size_t count = 1;
    for (line += cell_length(s, line); *line == s->separator; line += cell_length(s, line)) line++, count++;
    return count;
}

static void write_separator(struct groups *s, struct output *out) { output_write(out, &s->separator, 1); }

/* The header of the results at hand, without a line end. */
static void write_titles(struct groups *s, struct output *out) {
    struct run *r = s->run;
    render_text_cell(out, s->column, s->separator);
    for (size_t i = 0; i < gtape_solution_count(r->g); i++) {
        const char *table = solution_table(s, i);
        write_separator(s, out);
        output_write(out, table, (size_t)(line_end(table) - table));
    }
    render_more_titles(out, r->g, &r->style, s->separator);
}

/* s->columns for the results at hand. */
static void write_columns(struct groups *s, size_t group, struct output *out) {
    (void)group;
    if (is_json(s)) render_json_nulls(out, s->run->g);
    else write_titles(s, out);
}

/* What `write` writes, which the caller frees; NULL without memory. */
static char *text_of(struct groups *s, size_t group,
                     void (*write)(struct groups *, size_t, struct output *)) {
    static struct output out; /* large */
    char *text;
    size_t length;
    output_open_text(&out, &text, &length);
    write(s, group, &out);
    return output_take(&out, &text);
}

/* A group without results. */
static void write_empty(struct groups *s, size_t group) {
    struct output *out = &s->run->out;
    const char *name = gtape_group_name(s->run->g, group);
    if (is_json(s)) {
        render_json_cell(out, s->column, name);
        output_text(out, s->columns ? s->columns : "\"values\": {}}\n");
        return;
    }
    size_t width = s->columns ? cells_of(s, s->columns) : 1;
    render_text_cell(out, name, s->separator);
    if (!*name && width == 1) output_text(out, "\"\""); /* an empty line would be none */
    output_repeat(out, s->separator, width - 1);
    output_text(out, "\n");
}

/* The lines of the results at hand: one, or with bands=1 as many as the group has rows; what is no solution
 * stands behind each. */
static void write_lines(struct groups *s, size_t group, struct output *out) {
    struct run *r = s->run;
    size_t count = gtape_solution_count(r->g);
    const char *first = count ? strchr(solution_table(s, 0), '\n') + 1 : "";
    size_t at = 0, length = strlen(first);
    do {
        /* other solutions take the place of its text */
        if (at && count > 1) first = strchr(solution_table(s, 0), '\n') + 1;
        const char *line = first + at;
        size_t size = (size_t)(line_end(line) - line);
        render_text_cell(out, gtape_group_name(r->g, group), s->separator);
        if (count) {
            write_separator(s, out);
            output_write(out, line, size);
        }
        for (size_t i = 1; i < count; i++) {
            line = strchr(solution_table(s, i), '\n') + 1;
            write_separator(s, out);
            output_write(out, line, (size_t)(line_end(line) - line));
        }
        render_more_numbers(out, r->g, &r->style, s->separator);
        output_text(out, "\n");
        at += size + 1;
    } while (at < length);
}

static void write_results(struct groups *s, size_t group, struct output *out) {
    struct run *r = s->run;
    if (is_json(s)) render_json_group(out, r->g, &r->style, s->column, gtape_group_name(r->g, group));
    else write_lines(s, group, out);
}

/* Whether these columns are the first of all. */
static bool fits(const struct groups *s, const char *columns) {
    size_t length = strlen(columns);
    return strncmp(columns, s->columns, length) == 0 &&
           (!s->columns[length] || s->columns[length] == s->separator);
}

/* Lines that have the first columns: the others are empty. */
static void write_filled(struct groups *s, const char *columns, const char *lines) {
    struct output *out = &s->run->out;
    size_t missing = cells_of(s, s->columns) - cells_of(s, columns);
    for (const char *at = lines; *at;) {
        size_t size = cell_length(s, at);
        while (at[size] == s->separator) size += 1 + cell_length(s, at + size + 1);
        output_write(out, at, size);
        output_repeat(out, s->separator, missing);
        output_text(out, "\n");
        at += size + (at[size] == '\n');
    }
}

static void write_waiting(struct groups *s) {
    for (size_t k = 0; s->waiting > 0; k++) {
        struct waiting *w = &s->waits[k];
        if (!w->waits) continue;
        if (is_json(s) && w->lines) output_text(&s->run->out, w->lines);
        else if (w->lines && fits(s, w->columns)) write_filled(s, w->columns, w->lines);
        else write_empty(s, k);
        s->waiting--;
    }
}

/* ---- columns ---- */

static int run_out_of_memory(void) {
    complain("memory exhausted");
    return GTAPE_FAILED;
}

/* Whether a column of the header is called like that of the groups, which is the first. */
static bool has_twin(const struct groups *s) {
    const char *first = s->columns, *cell = first + cell_length(s, first);
    size_t length = (size_t)(cell - first), size;
    for (; *cell == s->separator; cell += size) {
        size = cell_length(s, ++cell);
        if (size == length && memcmp(cell, first, size) == 0) return true;
    }
    return false;
}

/* The first results tell the columns, and so the lines that waited for them. */
static int begin_lines(struct groups *s, char *columns) {
    struct run *r = s->run;
    s->columns = columns;
    if (!is_json(s) && has_twin(s)) {
        complain("--by: the output would have '%s' twice: the column of the groups, and a result", s->column);
        return GTAPE_BAD_PROGRAM;
    }
    if (!is_json(s)) output_text(&r->out, columns), output_text(&r->out, "\n");
    write_waiting(s);
    return 0;
}

/* The first solver that ended without a solution tells them where nothing else does. */
static int end_lines(struct groups *s) {
    for (size_t k = 0; k < gtape_group_count(s->run->g); k++) {
        char *columns = s->waits[k].columns;
        if (!columns) continue;
        columns = strdup(columns);
        return columns ? begin_lines(s, columns) : run_out_of_memory();
    }
    render_text_cell(&s->run->out, s->column, s->separator);
    output_text(&s->run->out, "\n");
    write_waiting(s);
    return 0;
}

/* ---- groups ---- */

static bool has_results(const gtape *g) { return gtape_target_count(g) + gtape_solution_count(g) > 0; }

static bool stops(const struct groups *s) { return s->run->options->on_error == GTAPE_ROW_STOP; }

static int leave_empty(struct groups *s, size_t group) {
    if (s->run->options->on_error == GTAPE_ROW_SKIP) return 0;
    if (s->columns) write_empty(s, group);
    else s->waits[group].waits = true, s->waiting++;
    return 0;
}

/* A solver without a solution tells how far it came, and that it did not converge, where that has the columns
 * of the others. */
static int tell_end(struct groups *s, size_t group) {
    struct run *r = s->run;
    if (r->options->on_error == GTAPE_ROW_SKIP || gtape_solution_count(r->g) == 0)
        return leave_empty(s, group);
    struct waiting end = {.columns = text_of(s, group, write_columns),
                          .lines = text_of(s, group, write_results)};
    int status = end.columns && end.lines ? 0 : run_out_of_memory();
    if (status == 0 && !s->columns) {
        s->waits[group] = end;
        return leave_empty(s, group);
    }
    if (status == 0 && is_json(s)) output_text(&r->out, end.lines);
    else if (status == 0 && fits(s, end.columns)) write_filled(s, end.columns, end.lines);
    else if (status == 0) write_empty(s, group);
    free(end.columns);
    free(end.lines);
    return status;
}

/* What becomes of a group whose run failed; the exit status, 0 to go on. */
static int pass_over(struct groups *s, size_t group, gtape_status came_to) {
    struct run *r = s->run;
    if (stops(s) || came_to == GTAPE_INTERRUPTED || gtape_is_out_of_time(r->g)) {
        int status = run_status(r, came_to);
        complain("it was for this group: %s = %s", s->column, gtape_group_name(r->g, group));
        return status;
    }
    s->failed++;
    gtape_clear_diagnostics(r->g);
    return tell_end(s, group);
}

/* The same for one whose results have other columns than those before. */
static int pass_over_misfit(struct groups *s, size_t group) {
    s->failed++;
    if (!stops(s)) return leave_empty(s, group);
    complain("the results of this group have other columns than those of the first: %s",
             gtape_group_name(s->run->g, group));
    return GTAPE_FAILED;
}

static int take_results(struct groups *s, size_t group) {
    if (!has_results(s->run->g)) return 0;
    if (!s->columns || !is_json(s)) {
        char *columns = text_of(s, group, write_columns);
        if (!columns) return run_out_of_memory();
        bool is_first = !s->columns, is_same = is_first || strcmp(columns, s->columns) == 0;
        int status = is_first ? begin_lines(s, columns) : 0;
        if (!is_first) free(columns);
        if (status) return status;
        if (!is_same) return pass_over_misfit(s, group);
    }
    write_results(s, group, &s->run->out);
    return 0;
}

static int run_group(struct groups *s, size_t group) {
    struct run *r = s->run;
    gtape_choose_group(r->g, group);
    gtape_status came_to = run_interruptibly(r->g);
    if (came_to) return pass_over(s, group, came_to);
    int status = run_status(r, came_to);
    return status ? status : take_results(s, group);
}

/* Without any rows the program runs on empty columns, as far as it can, for the names of its results. */
static void write_header_alone(struct groups *s) {
    struct run *r = s->run;
    gtape_on_print(r->g, NULL, NULL);
    gtape_set(r->g, "notes", "0");
    gtape_set(r->g, "strict", "0");
    gtape_status came_to = run_interruptibly(r->g);
    gtape_clear_diagnostics(r->g);
    if (is_json(s) || (gtape_prints(r->g) && !gtape_report_asked(r->g))) return;
    if (came_to) render_text_cell(&r->out, s->column, s->separator);
    else write_titles(s, &r->out);
    output_text(&r->out, "\n");
}

static int run_groups(struct groups *s) {
    struct run *r = s->run;
    size_t count = gtape_group_count(r->g);
    progress_begin(&r->progress, r->options->progress, !r->out.by_line);
    for (size_t k = 0; k < count; k++) {
        int status = run_group(s, k);
        if (status) return status;
        if (r->options->timeout) output_flush(&r->out); /* it may end the process at any time */
        if (r->out.error) return GTAPE_BAD_DATA;        /* told when the output is closed */
    }
    if (count == 0) write_header_alone(s);
    int status = 0;
    if (s->waiting && !is_json(s)) status = end_lines(s); /* no group came through */
    else write_waiting(s);
    rows_tell_count(s->failed, "group", "had errors");
    return status;
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
    if (!status) s.waits = calloc(gtape_group_count(r->g) + 1, sizeof *s.waits);
    if (!status && !s.waits) status = run_out_of_memory();
    if (!status) status = run_groups(&s);
    for (size_t k = 0; s.waits && k < gtape_group_count(r->g); k++)
        free(s.waits[k].columns), free(s.waits[k].lines);
    free(s.waits);
    free(s.columns);
    return status;
}
