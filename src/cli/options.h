/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options.h - the command line, parsed.
 *
 * Layer: cli.  A struct options owns its arrays and joined lists (options_free); the texts in them belong
 * to argv.  After options_parse returned true every value in it is within its range. */
#ifndef GTAPE_CLI_OPTIONS_H
#define GTAPE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/gtape.h"
#include "cli/render.h"
#include "cli/terminal.h"

enum option_id {
#define OPTION(id, name, letter, argument, group, help) OPTION_##id,
#include "cli/options.def"
#undef OPTION
    OPTION_COUNT
};

enum option_group { GROUP_PROGRAM, GROUP_DERIVATIVES, GROUP_OUTPUT, GROUP_OTHER, GROUP_COUNT };

struct option_row {
    const char *name;
    char letter; /* 0: none */
    const char *argument;
    enum option_group group;
    const char *help;
};

extern const struct option_row option_table[OPTION_COUNT];

/* Where a piece of the program comes from, in the order given. */
enum source_kind { SOURCE_EXPRESSION, SOURCE_FILE, SOURCE_STDIN };

/* What --show chooses; from SHOW_FORMS on, the text of gtape_show takes the place of the report. */
enum show {
    SHOW_GRADIENTS,
    SHOW_JACOBIAN,
    SHOW_HESSIAN,
    SHOW_UNCERTAINTY,
    SHOW_FORMS,
    SHOW_SYMBOLIC = SHOW_FORMS,
    SHOW_LATEX,
    SHOW_C,
    SHOW_RUN_FORMS, /* from here on a run comes first */
    SHOW_TAPE = SHOW_RUN_FORMS,
    SHOW_GRAPH,
    SHOW_GNUPLOT /* with --plot only */
};

struct source {
    enum source_kind kind;
    const char *text; /* the program itself, or the name of the file */
};

struct options {
    struct source *sources;
    size_t source_count;
    const char **at;
    size_t at_count;
    const char **data; /* FILE or NAME=FILE */
    size_t data_count;
    const char *by; /* a column, or NULL */
    const char **sweep;
    size_t sweep_count;
    char *wrt, *of; /* joined by commas; NULL: not given */
    const char *unconnected, *seed, *max_ops, *timeout, *threads, *coverage, *samples;
    double timeout_seconds; /* of --timeout */
    size_t max_memory;      /* bytes; 0: no limit */
    bool strict, interactive, quiet, stats, help, help_all, version;
    bool no_init;
    const char *output; /* NULL: standard output */
    enum color_when color;
    enum show show;
    bool hessian;
    const char *plot; /* its words, or NULL */
    double check;     /* the tolerance; 0: no --check */
    enum report_format format;
    bool format_given;
    gtape_number_format number;
    bool full;
    const char *rows;       /* NULL: no rows */
    const char *keep;       /* NULL: none; "": all columns */
    char separator, input;  /* of -t, else of --input, as gtape_rows has it; 0: by name or first line */
    const char *na_strings; /* NULL: not given */
    int reduce;             /* gtape_row_reduce */
    bool no_header, line_buffered;
    enum color_when progress;
    int on_error; /* in the order of --on-error */
};

/* False after a complaint on stderr: the status is then 2. */
bool options_parse(struct options *o, int argc, char **argv);
/* Whether the program is run for rows, of a table or a grid. */
bool options_rows(const struct options *o);
/* The word of --show. */
const char *show_name(enum show show);
/* The index of a text in the words "a|b|c"; -1: it is none of them. */
int options_find_word(const char *words, const char *text);
/* The tolerance of --check, between 0 and 1; the usual one where nothing is given. */
bool options_tolerance(const char *text, double *out);
void options_free(struct options *o);

#endif
