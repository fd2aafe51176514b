/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/plot.h"
#include "cli/groups.h"
#include "cli/rows.h"
#include "cli/stats.h"

/* ---- what is said on the way ---- */

/* The report is for a program to read: what print says goes to stderr. */
static void print_aside(void *user, const char *text, size_t length) {
    struct run *r = user;
    progress_clear(&r->progress);
    if (isatty(STDERR_FILENO)) write_visible(stderr, text, length);
    else fwrite(text, 1, length, stderr);
}

/* Nobody reads on after a failed write: the run may end. */
static void print_to_output(void *user, const char *text, size_t length) {
    struct run *r = user;
    progress_clear(&r->progress);
    output_write(&r->out, text, length);
    if (r->out.error) gtape_interrupt(r->g);
}

static void tell_step(void *user, const char *line) {
    struct run *r = user;
    if (progress_is_due(&r->progress)) progress_show(&r->progress, line);
}

void run_listen(struct run *r) {
    const struct options *o = r->options;
    gtape_on_progress(r->g, tell_step, r);
    bool table = options_rows(o) || o->by;
    gtape_on_print(r->g, o->format == FORMAT_TEXT && !table ? print_to_output : print_aside, r);
}

bool run_tell(struct run *r) {
    size_t count = gtape_diagnostic_count(r->g);
    if (count == 0) return false;
    bool any_error = false;
    output_flush(&r->out);
    for (size_t i = 0; i < count; i++) {
        enum gtape_severity severity = gtape_diagnostic_at(r->g, i).severity;
        const char *text = gtape_diagnostic_text(r->g, i, r->color_errors);
        if (severity == GTAPE_NOTE) notes_tell(&r->notes, text);
        else fputs(text, stderr);
        any_error |= severity == GTAPE_ERROR;
    }
    fflush(stderr);
    gtape_clear_diagnostics(r->g);
    return any_error;
}

int run_status(struct run *r, gtape_status status) {
    bool told = run_tell(r);
    if (status == GTAPE_FAILED && !told && !r->out.error)
        complain("memory exhausted"); /* too little even for a diagnostic */
    return status <= GTAPE_BAD_DATA ? (int)status : GTAPE_FAILED;
}

/* ---- opening and closing ---- */

gtape_status run_set_options(gtape *g, const struct options *o) {
    gtape_status status = GTAPE_OK;
    if (o->strict) status = gtape_set(g, "strict", "1");
    if (!status && o->unconnected) status = gtape_set(g, "unconnected", o->unconnected);
    if (!status && o->seed) status = gtape_set(g, "seed", o->seed);
    if (!status && o->number.digits) {
        char digits[GTAPE_NUMBER_ROOM]; /* for what print says; the report has its own */
        snprintf(digits, sizeof digits, "%d", o->number.digits);
        status = gtape_set(g, "digits", digits);
    }
    if (!status && o->number.hex) status = gtape_set(g, "hex", "1");
    /* the threads of rows are above those of tensors */
    bool alone = !o->threads || options_rows(o);
    status = status ? status : gtape_set(g, "threads", alone ? "1" : o->threads);
    if (!status && o->stats) status = gtape_set(g, "times", "1");
    if (!status && o->coverage && gtape_set(g, "coverage", o->coverage)) {
        complain("--coverage: '%s' is no probability below 1 and no factor above 0", o->coverage);
        status = GTAPE_BAD_PROGRAM;
    }
    if (!status && o->show == SHOW_UNCERTAINTY) status = gtape_set(g, "report", "1");
    if (!status && o->show == SHOW_UNCERTAINTY) status = gtape_set(g, "budget", "1");
    if (!status && o->samples && gtape_set(g, "samples", o->samples)) {
        complain("--samples: '%s' is no whole number from 2 to 134217728, which take 1 GiB of memory",
                 o->samples);
        status = GTAPE_BAD_PROGRAM;
    }
    if (!status && (o->hessian || o->show == SHOW_HESSIAN)) status = gtape_set(g, "hessian", "1");
    if (!status && o->show >= SHOW_FORMS) status = gtape_set(g, "record", "1");
    if (!status && o->max_ops) status = gtape_set(g, "max-ops", o->max_ops);
    if (!status && o->timeout) status = gtape_set(g, o->interactive ? "timeout" : "time-in-all", o->timeout);
    if (!status && o->max_memory) {
        char bytes[GTAPE_NUMBER_ROOM];
        snprintf(bytes, sizeof bytes, "%zu", o->max_memory);
        status = gtape_set(g, "max-memory", bytes);
        if (status) complain("--max-memory: this system does not tell how much is in use");
    }
    return status;
}

static void choose_style(struct run *r) {
    const struct options *o = r->options;
    bool terminal = r->out.by_line;
    r->style.format = o->format;
    r->style.number = o->number;
    r->style.shorten = terminal && !o->full;
    r->style.fold = terminal;
    /* variables of the environment do not change what another program reads; --color=always does */
    r->style.color = o->color == COLOR_ALWAYS || (terminal && color_wanted(o->color, STDOUT_FILENO));
    r->color_errors = color_wanted(o->color, STDERR_FILENO);
}

static int open_output(struct run *r) {
    const char *path = r->options->output;
    if (path && is_input_file(r->options, path)) {
        complain("%s: input file is output file", path);
        return GTAPE_BAD_PROGRAM;
    }
    if (output_open(&r->out, path)) return 0;
    complain("%s: %s", path, strerror(r->out.error));
    return GTAPE_BAD_DATA;
}

int run_open(struct run *r, const struct options *o) {
    r->options = o;
    r->scripts = NULL, r->script_count = 0;
    r->data = (struct data_inputs){0};
    r->notes = (struct notes){0};
    r->failed = false, r->wants_data = r->wants_inputs = true;
    r->g = NULL;
    int status = open_output(r);
    if (status) return status;
    choose_style(r);
    r->g = gtape_new();
    if (!r->g) {
        complain("memory exhausted");
        return run_close(r, GTAPE_FAILED);
    }
    run_listen(r);
    status = run_status(r, run_set_options(r->g, o));
    if (!status && o->interactive) gtape_set(r->g, "prompt", "1");
    return status ? run_close(r, status) : 0;
}

int run_close(struct run *r, int status) {
    bool failed_before = r->out.error != 0;
    if (output_close(&r->out, status == 0) || failed_before) {
        status = output_complain(&r->out);
    }
    for (size_t i = 0; i < r->script_count; i++) script_free(&r->scripts[i]);
    free(r->scripts);
    data_inputs_clear(&r->data);
    notes_clear(&r->notes);
    gtape_free(r->g);
    return status;
}

/* ---- the program ---- */

static int add_scripts(struct run *r) {
    const struct options *o = r->options;
    r->scripts = malloc((o->source_count + 1) * sizeof *r->scripts);
    if (!r->scripts) {
        complain("memory exhausted");
        return GTAPE_FAILED;
    }
    for (size_t i = 0; i < o->source_count; i++) {
        struct script *s = &r->scripts[r->script_count++];
        if (!script_read(s, &o->sources[i])) return GTAPE_BAD_DATA;
        gtape_status status = gtape_add(r->g, s->name, s->text, s->length);
        if (status) return run_status(r, status);
    }
    return 0;
}

int run_take_data(struct run *r) {
    const struct options *o = r->options;
    r->wants_data = false;
    for (size_t i = 0; i < o->data_count; i++) {
        if (!data_inputs_add(&r->data, o->data[i])) return GTAPE_BAD_DATA;
        int status = run_status(r, data_give(r->g, &r->data.items[i]));
        if (status) return status;
    }
    return 0;
}

static gtape_status choose(struct run *r) {
    const struct options *o = r->options;
    gtape_status status = GTAPE_OK;
    r->wants_inputs = false;
    for (size_t i = 0; i < o->at_count && !status; i++) status = gtape_at(r->g, o->at[i]);
    if (!status && o->wrt) status = gtape_wrt(r->g, o->wrt);
    if (!status && o->of) status = gtape_of(r->g, o->of);
    return status;
}

/* Whether the format can hold the report. */
static int check_format(const struct run *r) {
    if (r->options->format != FORMAT_NPY) return 0;
    size_t targets = gtape_target_count(r->g);
    if (gtape_variable_count(r->g) > 0)
        complain("--format npy writes a value, not derivatives: no variables can be chosen");
    else if (targets != 1) complain("--format npy writes one value, not %zu: --of chooses it", targets);
    else if (r->out.by_line) complain("--format npy does not write to a terminal: -o FILE");
    else return 0;
    return GTAPE_BAD_PROGRAM;
}

/* Ctrl-C asks the session to stop, so that a solver can tell its best point so far; a second one ends the
 * program at once, and so does the end of a second in which nothing has looked (a product of large matrices).
 */
static gtape *volatile running;
static volatile sig_atomic_t interrupted;

static void nobody_stops(int number) {
    (void)number;
    // NOLINTNEXTLINE(bugprone-signal-handler): it looks at a flag
    if (!running || !gtape_is_interrupted(running)) return;
    output_abandon(); // NOLINT(bugprone-signal-handler): it unlinks, no more
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
}

static void on_interrupt(int number) {
    enum { PATIENCE = 1 };
    signal(number, SIG_DFL);
    interrupted = 1;
    if (!running) return;
    gtape_interrupt(running); // NOLINT(bugprone-signal-handler): it sets a flag
    signal(SIGALRM, nobody_stops);
    alarm(PATIENCE); /* instead of the end of --timeout, which is later */
}

/* Where SIGINT has its default action; what that was is for stop_listening. */
static void start_listening(gtape *g, struct sigaction *before) {
    struct sigaction mine = {.sa_handler = on_interrupt};
    running = g;
    sigaction(SIGINT, NULL, before);
    if (before->sa_handler == SIG_DFL) sigaction(SIGINT, &mine, NULL);
}

static void stop_listening(const struct sigaction *before) {
    running = NULL;
    if (before->sa_handler == SIG_DFL) sigaction(SIGINT, before, NULL);
}

gtape_status run_interruptibly(gtape *g) {
    struct sigaction before;
    start_listening(g, &before);
    gtape_status status = gtape_run(g);
    stop_listening(&before);
    if (status == GTAPE_INTERRUPTED && interrupted) raise(SIGINT);
    return status;
}

/* --show uncertainty; with samples that may take long. */
int run_budget(struct run *r) {
    static const char *const formats[] = {"text", "json", "json", "csv", "tsv"};
    if (r->options->format == FORMAT_NPY) {
        complain("--show uncertainty has no form for --format npy");
        return GTAPE_BAD_PROGRAM;
    }
    struct sigaction before;
    start_listening(r->g, &before);
    const char *budget = gtape_uncertainty_budget(r->g, formats[r->options->format], r->style.number);
    stop_listening(&before);
    progress_clear(&r->progress);
    if (!budget && interrupted && gtape_diagnostic_count(r->g) == 0) raise(SIGINT);
    if (!budget) return run_status(r, GTAPE_FAILED);
    output_text(&r->out, budget);
    return run_tell(r) ? GTAPE_FAILED : 0;
}

int run_show(struct run *r, const char *what) {
    const char *text;
    int status = run_status(r, gtape_show(r->g, what, &text));
    if (!status) output_text(&r->out, text);
    return status;
}

int run_check(struct run *r, double tolerance) {
    const char *text;
    gtape_status status = gtape_check(r->g, tolerance, &text);
    output_text(&r->out, text);
    return run_status(r, status);
}

static int tell_run(void *user, gtape_status status) { return run_status(user, status); }

int run_plot(struct run *r, gtape *g, const char *words, bool script_only, struct output *out) {
    struct plot p;
    gtape *usual = r->g;
    r->g = g; /* what is said is said by this session */
    gtape_on_print(g, print_aside, r);
    const bool ok = plot_parse(&p, words) && (script_only || plot_takes(out->path));
    int status = ok ? plot_make(&p, g, tell_run, r) : GTAPE_BAD_PROGRAM;
    r->g = usual;
    if (!status && script_only) output_write(out, p.script, p.script_length);
    else if (!status) status = plot_draw(&p, out);
    plot_free(&p);
    return status;
}

int run_program(struct run *r) {
    r->failed = true;
    int status = add_scripts(r);
    if (!status) status = run_take_data(r);
    if (status) return status;
    gtape_status came_to = choose(r);
    if (r->options->by) {
        status = run_status(r, came_to);
        return status ? status : groups_run(r);
    }
    if (options_rows(r->options)) {
        status = run_status(r, came_to);
        return status ? status : rows_run(r);
    }
    /* formulas need no values, so nothing is run */
    if (!came_to && r->options->show >= SHOW_FORMS && r->options->show < SHOW_RUN_FORMS) {
        r->failed = false;
        return run_show(r, show_name(r->options->show));
    }
    if (r->options->plot) {
        status = run_status(r, came_to);
        bool script_only = r->options->show == SHOW_GNUPLOT;
        return status ? status : run_plot(r, r->g, r->options->plot, script_only, &r->out);
    }
    progress_begin(&r->progress, r->options->progress, true);
    if (!came_to) came_to = run_interruptibly(r->g);
    r->failed = came_to != GTAPE_OK;
    progress_clear(&r->progress);
    if (r->out.error) return GTAPE_BAD_DATA; /* told when the output is closed; stopped because of it */
    status = run_status(r, came_to);
    /* a solver that found no solution tells how far it got */
    if (status == GTAPE_FAILED && gtape_solution_count(r->g)) render_report(&r->out, r->g, &r->style);
    if (!status) status = check_format(r);
    if (status) return status;
    if (r->options->check > 0) status = run_check(r, r->options->check);
    else if (r->options->show == SHOW_UNCERTAINTY) status = run_budget(r);
    else if (r->options->show >= SHOW_FORMS) status = run_show(r, show_name(r->options->show));
    else if (!gtape_prints(r->g) || gtape_report_asked(r->g)) render_report(&r->out, r->g, &r->style);
    if (r->options->stats) {
        output_flush(&r->out);
        stats_write(r->g);
    }
    return status;
}
