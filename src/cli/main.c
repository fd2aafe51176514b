/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command: options, then the program, then the prompt.
 *
 * Layer: cli.  The only file that decides how a run goes; see run.h and repl.h for the two ways. */
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif
#include <fenv.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/repl.h"
#include "cli/run.h"
#include "cli/time_limit.h"

static int show(void (*write)(struct output *)) {
    struct output out;
    output_open(&out, NULL);
    write(&out);
    if (output_close(&out, true) == 0) return 0;
    return output_complain(&out);
}

/* No program and nobody to ask: it comes from standard input. */
static bool wants_prompt(struct options *o) {
    static const struct source standard_input = {SOURCE_STDIN, "-"};
    if (o->interactive) return true;
    if (o->source_count > 0) return false;
    if (isatty(STDIN_FILENO)) return o->interactive = true;
    o->sources[o->source_count++] = standard_input;
    return false;
}

/* An option that is about rows where there are none, or NULL. */
static const char *wants_rows(const struct options *o) {
    if (options_rows(o)) return NULL;
    if (o->keep) return "keep";
    if (o->reduce) return "reduce";
    if (o->na_strings) return "na-strings";
    if (o->no_header) return "no-header";
    if (o->line_buffered) return "line-buffered";
    if (o->separator) return "separator";
    if (o->input) return "input";
    return o->on_error && !o->by ? "on-error" : NULL;
}

/* What is asked for together and cannot be, as far as rows go. */
static bool are_rows_possible(const struct options *o) {
    const char *alone = wants_rows(o);
    if (alone)
        complain("--%s is about rows: --rows FILE or --sweep%s gives them", alone,
                 strcmp(alone, "on-error") == 0 ? ", or --by groups of them," : "");
    else if (o->rows && o->sweep_count) complain("--rows and --sweep do not go together");
    else if (o->sweep_count && (o->input || o->na_strings))
        complain("--sweep makes its rows: no --%s", o->input ? "input" : "na-strings");
    else if (options_rows(o) && o->format_given && o->format != FORMAT_CSV && o->format != FORMAT_TSV &&
             o->format != FORMAT_JSONL)
        complain("--rows and --sweep write csv, tsv or jsonl");
    else if (o->by && o->format_given && o->format == FORMAT_TEXT)
        complain("--by writes lines: --format csv, tsv or jsonl");
    else if (o->reduce && o->keep) complain("--keep writes a line for each row, and --reduce one in all");
    else return true;
    return false;
}

/* What is asked for together and cannot be. */
static bool is_possible(const struct options *o, bool prompt) {
    bool runs_often = options_rows(o) || o->by;
    size_t readers = prompt;
    for (size_t i = 0; i < o->source_count; i++) readers += o->sources[i].kind == SOURCE_STDIN;
    bool data_on_stdin = false;
    for (size_t i = 0; i < o->data_count; i++)
        if (strcmp(data_path(o->data[i]), "-") == 0) readers++, data_on_stdin = true;
    if (o->rows && strcmp(o->rows, "-") == 0) readers++, data_on_stdin = true;
    if (data_on_stdin && readers > 1) complain("standard input can be read for one thing only");
    else if (o->show >= SHOW_FORMS && o->format != FORMAT_TEXT)
        complain("--show %s writes text; it has no --format", show_name(o->show));
    else if (o->plot && (o->format != FORMAT_TEXT || runs_often || o->check > 0 || prompt))
        complain(
            "--plot goes with neither --format, --rows, --sweep, --by, --check nor the prompt, which has "
            ":plot");
    else if ((o->show == SHOW_GNUPLOT) != (o->plot && o->show != SHOW_GRADIENTS))
        complain("--show gnuplot writes the script of a --plot, which has no other form");
    else if (o->check > 0 && (o->format != FORMAT_TEXT || runs_often || o->show != SHOW_GRADIENTS))
        complain("--check writes a table of text: it goes with neither --format, --rows, --sweep, --by nor "
                 "--show");
    else if (prompt && o->format == FORMAT_NPY) complain("--format npy does not go with the prompt");
    else if (runs_often && prompt) complain("--rows, --sweep and --by do not go with the prompt");
    else if (o->by && o->sweep_count) complain("--by and --sweep do not go together");
    else if (o->separator && o->input == '{') complain("--input jsonl has no separator");
    else if (o->samples && !prompt && (o->show != SHOW_UNCERTAINTY || runs_often))
        complain(
            "--samples checks the budget of one run: --show uncertainty, without --rows, --sweep and --by");
    else return are_rows_possible(o);
    return false;
}

static int run(struct options *o) {
    if (o->help) return show(o->help_all ? help_write_all : help_write);
    if (o->version) return show(version_write);
    bool prompt = wants_prompt(o);
    if (!is_possible(o, prompt)) return GTAPE_BAD_PROGRAM;
    if (o->max_memory) script_limit(o->max_memory);
    if (o->timeout && !prompt) time_limit_start(o->timeout_seconds);
    static struct run r; /* large, and the stack may be small */
    int status = run_open(&r, o);
    if (status) return status;
    if (o->source_count > 0 || !prompt) status = run_program(&r);
    if (prompt) status = repl(&r, status);
    return run_close(&r, status);
}

/* Large arrays are mapped from the start, so that they grow by moving pages instead of copying bytes. */
static void choose_allocator(void) {
#ifdef M_MMAP_THRESHOLD
    enum { MAPPED_FROM = 1 << 20 };
    mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
#endif
}

int main(int argc, char **argv) {
    choose_allocator();
    fesetenv(FE_DFL_ENV); /* whatever a library that was loaded before has set */
    fill_closed_streams();
    signal(SIGXFSZ, SIG_IGN); /* write then fails with EFBIG, which is told */
    struct options o;
    int status = options_parse(&o, argc, argv) ? run(&o) : GTAPE_BAD_PROGRAM;
    options_free(&o);
    return status;
}
