/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/line_input.h"
#include "cli/options.h"

static const char head[] =
    "Usage: gtape [OPTION]... [FILE.gt]...\n"
    "Values and exact derivatives of formulas.  All programs given are run as one, in their order; '-'\n"
    "is standard input.  Without a program, one is read from standard input; on a terminal, at a prompt.\n"
    "\n"
    "  gtape -e '2^10 + sqrt(2)'\n"
    "  gtape -e 'y = x*x; z = y*y' --wrt x --of y,z --at x=5\n"
    "  gtape -e 'z = a*exp(-b*t)' --wrt a,b --at a=2,b=0.5,t=1 --format json\n"
    "  gtape model.gt --at rate=0.3 --digits 6\n";

static const char tail[] =
    "\n"
    "Exit status: 0 success; 1 the run failed; 2 the command line or the program is not well formed;\n"
    "3 input or output failed.  The language: man 7 gtape-language, or :help at the prompt.\n";

static const char *const titles[GROUP_COUNT] = {"Program", "Derivatives", "Output", "Other"};

/* The column at which help texts start. */
enum { HELP_COLUMN = 38 };

/* "  -e, --expression PROGRAM" */
static void write_option(struct output *out, const struct option_row *row) {
    char left[96], letter[4] = "   ";
    if (row->letter) letter[0] = '-', letter[1] = row->letter, letter[2] = ',';
    bool optional = row->argument[0] == '[';
    int name_length = optional ? (int)strcspn(row->argument + 1, "]") : (int)strlen(row->argument);
    int width = snprintf(left, sizeof left, "  %s --%s%s%.*s%s", letter, row->name,
                         optional           ? "[="
                         : row->argument[0] ? " "
                                            : "",
                         name_length, row->argument + optional, optional ? "]" : "");
    output_text(out, left);
    size_t column = (size_t)width;
    if (column + 2 > HELP_COLUMN) {
        output_text(out, "\n");
        column = 0;
    }
    for (const char *line = row->help; line; column = 0) {
        size_t length = strcspn(line, "\n");
        output_repeat(out, ' ', HELP_COLUMN - column);
        output_write(out, line, length);
        output_text(out, "\n");
        line = line[length] ? line + length + 1 : NULL;
    }
}

/* ---- one screen: 23 lines of 79 columns ---- */

static const struct {
    enum option_id id;
    const char *usage, *help;
} usual[] = {
    {OPTION_EXPRESSION, "-e, --expression TEXT", "a program; repeatable, among files too"},
    {OPTION_AT, "--at NAME=EXPR", "give an input its value; lists too: --at x=5,y=2"},
    {OPTION_WRT, "--wrt LIST", "variables to differentiate in"},
    {OPTION_OF, "--of LIST", "targets to report (default: what was assigned last)"},
    {OPTION_ROWS, "--rows FILE", "run once for each row of a table (- too)"},
    {OPTION_SWEEP, "--sweep x=0:1:0.1", "the same for rows of a grid"},
    {OPTION_DATA, "--data FILE", "a table's columns as vectors: for a fit"},
    {OPTION_SHOW, "--show WHAT", "hessian, symbolic, latex, c, uncertainty, tape, graph"},
    {OPTION_PLOT, "--plot WORDS", "plot z over x from 0 to 1"},
    {OPTION_CHECK, "--check", "hold derivatives against differences"},
    {OPTION_FORMAT, "--format WORD", "text, json, jsonl, csv, tsv or npy"},
    {OPTION_OUTPUT, "-o, --output FILE", "write to FILE, which is replaced when all went well"},
};
enum { USUAL_COUNT = sizeof usual / sizeof *usual, USAGE_COLUMN = 25, SCREEN_COLUMNS = 79 };

static bool is_usual(enum option_id id) {
    for (size_t i = 0; i < USUAL_COUNT; i++)
        if (usual[i].id == id) return true;
    return false;
}

/* The names of all others, with their letters. */
static void write_other_options(struct output *out) {
    static const char first[] = "  and";
    size_t column = sizeof first - 1;
    output_text(out, first);
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_table[i];
        if (is_usual((enum option_id)i)) continue;
        char words[64], letter[4] = {row->letter ? '-' : '\0', row->letter, ' '};
        size_t width = (size_t)snprintf(words, sizeof words, " %s--%s", letter, row->name);
        if (column + width > SCREEN_COLUMNS) {
            output_text(out, "\n     ");
            column = sizeof first - 1;
        }
        output_text(out, words);
        column += width;
    }
    output_text(out, "\n");
}

void help_write(struct output *out) {
    output_text(out, "Usage: gtape [OPTION]... [FILE.gt]...\n"
                     "Values and exact derivatives of formulas; without a program, at a prompt.\n"
                     "  gtape -e '2^10 + sqrt(2)'      gtape model.gt --at rate=0.3 --digits 6\n"
                     "  gtape -e 'y = x*x; z = y*y' --wrt x --of y,z --at x=5\n");
    for (size_t i = 0; i < USUAL_COUNT; i++) {
        output_text(out, "  ");
        output_text(out, usual[i].usage);
        output_repeat(out, ' ', USAGE_COLUMN - strlen(usual[i].usage) - 2);
        output_text(out, usual[i].help);
        output_text(out, "\n");
    }
    write_other_options(out);
    output_text(out, "More: gtape --help=all, man 1 gtape, man 7 gtape-language, :help at the prompt.\n"
                     "Exit status: 0 success, 1 the run failed, 2 not well formed, 3 input or output.\n");
}

/* ---- every option ---- */

void help_write_all(struct output *out) {
    output_text(out, head);
    for (int group = 0; group < GROUP_COUNT; group++) {
        output_text(out, "\n");
        output_text(out, titles[group]);
        output_text(out, ":\n");
        for (int i = 0; i < OPTION_COUNT; i++)
            if ((int)option_table[i].group == group) write_option(out, &option_table[i]);
    }
    output_text(out, tail);
#ifdef PACKAGE_BUGREPORT
    if (PACKAGE_BUGREPORT[0]) output_text(out, "Report bugs to " PACKAGE_BUGREPORT ".\n");
#endif
}

static void write_feature(struct output *out, const char *before, const char *feature) {
    output_text(out, before);
    output_text(out, feature);
    output_text(out, gtape_has(feature) ? " yes" : " no");
}

void version_write(struct output *out) {
    output_text(out, "gtape ");
    output_text(out, gtape_version());
    output_text(out,
                "\n"
                "Licence GPL-3.0-or-later: GNU GPL version 3 or later <https://gnu.org/licenses/gpl.html>.\n"
                "This is free software: you may change and redistribute it.\n"
                "There is NO WARRANTY, to the extent permitted by law.\n"
                "Built in: ");
    output_text(out, line_input_has_readline() ? "readline yes" : "readline no");
    write_feature(out, ", ", "charconv");
    output_text(out, "\nFound:    ");
    write_feature(out, "", "blas");
    write_feature(out, ", ", "lapack");
    write_feature(out, ", ", "sleef");
    output_text(out, "\n");
}
