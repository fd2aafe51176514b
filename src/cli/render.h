/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render.h - the report: values of the targets and their gradients, in every format.
 *
 * Layer: cli.  One report after a run, or one after each piece of text at the prompt.  The text of a report
 * that scripts read (json, jsonl, csv, tsv) is an interface: it does not depend on terminal, colour or
 * locale. */
#ifndef GTAPE_CLI_RENDER_H
#define GTAPE_CLI_RENDER_H

#include <stdbool.h>

#include "lib/gtape.h"
#include "cli/output.h"

/* In the order of --format. */
enum report_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV, FORMAT_TSV, FORMAT_NPY };

struct report_style {
    enum report_format format;
    gtape_number_format number;
    bool shorten; /* long tensors in the middle: for eyes only */
    bool fold;    /* rows at the width of the terminal */
    bool color;   /* names of derivatives */
    bool align;   /* the = of a report stand below each other: at the prompt */
};

/* What solvers came to, then the targets; nothing where there are neither. */
void render_report(struct output *out, gtape *g, const struct report_style *style);

void render_text(struct output *out, gtape *g, const struct report_style *style);
/* Whether second derivatives are part of the report. */
bool has_hessians(const gtape *g);
/* Solutions in a format of gtape_solution_text. */
void render_solutions(struct output *out, gtape *g, const struct report_style *style, const char *format);
void render_json(struct output *out, gtape *g, const struct report_style *style);
/* The same after {"group": {"COLUMN": "CELL"}. */
void render_json_group(struct output *out, gtape *g, const struct report_style *style, const char *column,
                       const char *cell);
/* What stands behind the group in the same, with null for each result: the names of this report without its
 * numbers. */
void render_json_nulls(struct output *out, const gtape *g);
/* {"group": {"COLUMN": "CELL"}, */
void render_json_cell(struct output *out, const char *column, const char *cell);
/* A header and one line; `separator` ',' (RFC 4180 quotes) or a tab (\t, \n and \\ escaped). */
void render_table(struct output *out, const gtape *g, const struct report_style *style, char separator);
/* Its two lines without their ends, as further cells of lines that stand there already. */
void render_more_titles(struct output *out, const gtape *g, const struct report_style *style, char separator);
void render_more_numbers(struct output *out, const gtape *g, const struct report_style *style,
                         char separator);
/* A text as a cell, quoted or escaped. */
void render_text_cell(struct output *out, const char *text, char separator);

/* The value of the first target as NumPy's file, '<f8'. */
void render_npy(struct output *out, const gtape *g);

/* "name = value", rows of a tensor on lines of their own under its bracket.  name NULL: the value alone. */
void render_named_value(struct output *out, const char *name, gtape_value value,
                        const struct report_style *style);
/* The same with blanks behind the name up to `width` columns. */
void render_padded_value(struct output *out, const char *name, size_t width, gtape_value value,
                         const struct report_style *style);
/* The same with a text of gtape_name_text. */
void render_padded_text(struct output *out, const char *name, size_t width, const char *text);
/* Names up to this width are aligned; a longer one stands out. */
enum { WIDEST_NAME = 24 };
/* A name as a program writes it: ${odd name}, and the columns that it takes. */
void render_name(struct output *out, const char *name);
size_t render_name_width(const char *name);
void render_number(struct output *out, double x, const struct report_style *style);

#endif
