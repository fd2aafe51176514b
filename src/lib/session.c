/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session.c - a session's life, its texts, and its runs. */
#include "core/blas.h"
#include "core/deferred.h"
#include "lib/deadline.h"
#include "lib/monte_carlo.h"
#include "lib/session.h"
#include <limits.h>
#include <math.h>
#include "solve/statement.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *gtape_version(void) { return PACKAGE_VERSION; }

double session_clock(const gtape *g) {
    struct timespec t;
    if (!g->times_wanted) return 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

stopwatch session_start(const gtape *g) { return (stopwatch){session_clock(g), pages_seconds()}; }

double session_worked(gtape *g, stopwatch since) {
    if (!g->times_wanted) return 0;
    double pages = pages_seconds() - since.pages;
    g->stats.page_seconds += pages;
    return session_clock(g) - since.time - pages;
}

/* ---- faults ---- */

/* The names of the calls that led to an error, innermost first; a long chain shows its ends. */
static void add_call_chain(gtape *g, diagnostic *d) {
    enum { SHOWN = 4 };
    evaluator *e = &g->evaluator;
    for (size_t i = e->frames.count; i-- > 1;) {
        frame *f = &e->frames.items[i];
        if (f->instruction == NAME_NONE) continue;
        size_t from_top = e->frames.count - 1 - i;
        if (from_top == SHOWN && i > SHOWN) {
            diag_relate(d, NO_SPAN, "%zu more calls", i - SHOWN);
            i = SHOWN;
            continue;
        }
        u32 name = g->graph.functions.items[g->graph.bodies.items[f->body].function].name;
        diag_relate(d, g->graph.spans.items[f->instruction], "in '%s', called here",
                    intern_text(&g->graph.names, name));
    }
}

static gtape_status status_of_errors(const gtape *g, size_t from) {
    for (size_t i = from; i < g->diagnostics.count; i++)
        if (g->diagnostics.items[i].severity == SEVERITY_ERROR)
            return (gtape_status)diag_status(g->diagnostics.items[i].code);
    return GTAPE_OK;
}

static void say_memory_exhausted(gtape *g) {
    fault_point here;
    size_t limit = mem_limit_met();
    if (FAULT_TRY(&here) == 0) {
        diagnostic *d = diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_MEMORY, NO_SPAN, "memory exhausted");
        if (limit) diag_hint(d, "the limit is %zu bytes", limit);
    }
    fault_end(&here);
}

static gtape_status say_interrupted(gtape *g) {
    fault_point here;
    if (g->evaluator.interrupt != INTERRUPT_TIMEOUT) return GTAPE_INTERRUPTED;
    if (FAULT_TRY(&here) == 0)
        diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_TIMEOUT, NO_SPAN, "more than %.15g seconds",
                 g->timeout);
    fault_end(&here);
    return GTAPE_FAILED;
}

/* Where gtape_reset had no memory for it, the next call that needs it tries again. */
static void begin(gtape *g) {
    evaluator_begin(&g->evaluator);
    g->begun = true;
}

static gtape_status guard(gtape *g, void (*step)(gtape *g, void *argument), void *argument) {
    const size_t from = g->diagnostics.count;
    fault_point here;
    volatile int fault = FAULT_TRY(&here);
    if (!fault && !g->begun) begin(g);
    if (!fault) step(g, argument);
    fault_end(&here);
    if (fault == FAULT_ERROR && g->evaluator.frames.count > 1) {
        fault_point chain;
        if (FAULT_TRY(&chain) == 0) add_call_chain(g, &g->diagnostics.items[g->diagnostics.count - 1]);
        fault_end(&chain);
    }
    if (fault) evaluator_unwind(&g->evaluator);
    if (fault == FAULT_MEMORY) {
        say_memory_exhausted(g);
        return GTAPE_FAILED;
    }
    if (fault == FAULT_INTERRUPT) return say_interrupted(g);
    return status_of_errors(g, from);
}

gtape_status session_guard(gtape *g, void (*step)(gtape *g, void *argument), void *argument) {
    deadline d;
    if (!(g->timeout > 0) || g->timed) return guard(g, step, argument);
    if (g->evaluator.interrupt == INTERRUPT_TIMEOUT)
        g->evaluator.interrupt = INTERRUPT_NONE; /* of a call before */
    g->timed = deadline_begin(&d, g);
    gtape_status status = guard(g, step, argument);
    if (g->timed) deadline_end(&d);
    g->timed = false;
    return status;
}

/* ---- life ---- */

static void name_parsed(void *user, span at, u32 name) {
    gtape *g = user;
    array_push(g->collecting, ((asked){name, at}));
}

static void start(gtape *g) {
    g->coverage = 0.95;
    g->row_target = NAME_NONE;
    graph_init(&g->graph);
    evaluator_init(&g->evaluator, &g->graph, &g->sources, &g->diagnostics);
    g->evaluator.solve = solve_statement;
    g->evaluator.solve_user = &g->solver;
    g->build = (build){.g = &g->graph,
                       .sources = &g->sources,
                       .diagnostics = &g->diagnostics,
                       .names_parsed = name_parsed,
                       .user = g,
                       .body = {.number = NAME_NONE}};
}

static void nothing(gtape *g, void *argument) { (void)g, (void)argument; }

gtape *gtape_new(void) {
    gtape *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    start(g);
    if (session_guard(g, nothing, NULL) == GTAPE_OK) return g;
    gtape_free(g);
    return NULL;
}

static void free_build(build *b) {
    array_free(&b->list);
    for (size_t i = 0; i < b->loops.count; i++) array_free(&b->loops.items[i].exits);
    array_free(&b->loops);
    array_free(&b->choices);
    array_free(&b->elements);
    array_free(&b->words);
    array_free(&b->solving.expressions);
    array_free(&b->solving.variables);
    array_free(&b->solving.constraints);
    array_free(&b->body.local_of);
    array_free(&b->body.assigned);
    array_free(&b->body.certain);
}

static void free_parts(gtape *g) {
    session_free_data(g);
    session_free_sweep(g);
    solver_free(&g->solver);
    session_drop_results(g);
    evaluator_free(&g->evaluator);
    graph_free(&g->graph);
    free_build(&g->build);
    diag_clear(&g->diagnostics);
    array_free(&g->diagnostics);
    source_free(&g->sources);
    array_free(&g->programs);
    array_free(&g->bindings);
    array_free(&g->texts);
    array_free(&g->row_columns);
    array_free(&g->wrt);
    array_free(&g->of);
    array_free(&g->targets);
    array_free(&g->variables);
    array_free(&g->listed);
    array_free(&g->derivatives);
    array_free(&g->row.variables);
    array_free(&g->row.results);
    array_free(&g->row.connected);
    listing_free(&g->listing);
    text_free(&g->form);
    array_free(&g->hessians);
    text_free(&g->shown);
    text_free(&g->names);
    text_free(&g->hint);
}

void gtape_free(gtape *g) {
    if (!g) return;
    free_parts(g);
    free(g);
}

/* What is set by gtape_set and gtape_on_print stays. */
void gtape_reset(gtape *g) {
    evaluator kept = g->evaluator;
    void (*progress)(void *user, const char *line) = g->solver.progress;
    void *progress_user = g->solver.progress_user;
    double coverage = g->coverage;
    double timeout = g->timeout, ends = g->ends;
    size_t samples = g->samples;
    bool report = g->report, hessians_wanted = g->hessians_wanted, budget_wanted = g->budget_wanted,
         records_wanted = g->records_wanted, watches_all = g->graph.watches_all;
    free_parts(g);
    memset(g, 0, sizeof *g);
    start(g);
    g->graph.watches_all = watches_all;
    session_guard(g, nothing, NULL);
    g->coverage = coverage;
    g->samples = samples;
    g->timeout = timeout;
    g->ends = ends;
    g->report = report;
    g->hessians_wanted = hessians_wanted;
    g->budget_wanted = budget_wanted;
    g->records_wanted = records_wanted;
    g->evaluator.strict = kept.strict;
    g->evaluator.notes = kept.notes;
    g->evaluator.unconnected = kept.unconnected;
    g->evaluator.operation_limit = kept.operation_limit;
    g->evaluator.rec.seed = kept.rec.seed;
    g->evaluator.number = kept.number;
    g->evaluator.print = kept.print;
    g->evaluator.print_user = kept.print_user;
    gtape_on_progress(g, progress, progress_user);
}

void gtape_on_print(gtape *g, void (*print)(void *user, const char *text, size_t length), void *user) {
    g->evaluator.print = print;
    g->evaluator.print_user = user;
}

void gtape_on_progress(gtape *g, void (*tell)(void *user, const char *line), void *user) {
    g->solver.progress = tell;
    g->solver.progress_user = user;
}

/* ---- options ---- */

/* What is too large becomes the largest. */
static bool number_option(const char *digits, unsigned long long *out) {
    unsigned long long n = 0;
    const char *c = digits;
    for (; *c >= '0' && *c <= '9'; c++) {
        unsigned digit = (unsigned)(*c - '0');
        n = n > (ULLONG_MAX - digit) / 10 ? ULLONG_MAX : 10 * n + digit;
    }
    *out = n;
    return c > digits && !*c;
}

static gtape_status positive_option(const char *digits, double *out) {
    double x;
    if (number_read(digits, strlen(digits), false, &x) != NUMBER_OK || !(x > 0)) return GTAPE_BAD_PROGRAM;
    *out = x;
    return GTAPE_OK;
}

static gtape_status timeout_option(gtape *g, const char *seconds, bool together) {
    gtape_status status = GTAPE_OK;
    double limit = 0;
    if (strcmp(seconds, "0") != 0) status = positive_option(seconds, &limit);
    if (status != GTAPE_OK) return status;
    g->timeout = limit;
    g->ends = together && limit > 0 ? session_time() + fmin(limit, 1e9) : 0;
    return GTAPE_OK;
}

/* 1e6 is a number of samples too. */
static gtape_status samples_option(const char *digits, size_t *out) {
    double x;
    gtape_status status = positive_option(digits, &x);
    if (status || x != floor(x) || x < 2 || x > MOST_SAMPLES) return GTAPE_BAD_PROGRAM;
    *out = (size_t)x;
    return GTAPE_OK;
}

/* For all sessions of the process: the libraries that work on tensors know but one setting. */
static void use_threads(unsigned count) {
    deferred_set_threads(count);
    blas_set_threads((int)count);
}

/* At a prompt any name may be asked for later; the program that begins the session is part of it. */
static void watch_for_prompt(gtape *g) {
    g->graph.watches_all = true;
    for (size_t i = 0; i < g->graph.globals.count; i++) g->graph.globals.items[i].is_watched = true;
}

gtape_status gtape_set(gtape *g, const char *option, const char *setting) {
    evaluator *e = &g->evaluator;
    unsigned long long n;
    static const char *const unconnected[] = {"zero", "none", "error"};
    if (strcmp(option, "unconnected") == 0) {
        for (size_t i = 0; i < COUNT_OF(unconnected); i++)
            if (strcmp(setting, unconnected[i]) == 0) {
                e->unconnected = (enum unconnected)i;
                return GTAPE_OK;
            }
        return GTAPE_BAD_PROGRAM;
    }
    if (strcmp(option, "coverage") == 0) return positive_option(setting, &g->coverage);
    if (strcmp(option, "timeout") == 0) return timeout_option(g, setting, false);
    if (strcmp(option, "time-in-all") == 0) return timeout_option(g, setting, true);
    if (strcmp(option, "samples") == 0) return samples_option(setting, &g->samples);
    if (!number_option(setting, &n)) return GTAPE_BAD_PROGRAM;
    if (strcmp(option, "strict") == 0) e->strict = n != 0;
    else if (strcmp(option, "budget") == 0) g->budget_wanted = n != 0;
    else if (strcmp(option, "hessian") == 0) g->hessians_wanted = n != 0;
    else if (strcmp(option, "record") == 0) g->records_wanted = n != 0, e->fuses = n == 0;
    else if (strcmp(option, "notes") == 0) e->notes = n != 0;
    else if (strcmp(option, "prompt") == 0 && n == 1) watch_for_prompt(g);
    else if (strcmp(option, "fuse") == 0) e->fuses = n != 0;
    else if (strcmp(option, "seed") == 0) e->rec.seed = n;
    else if (strcmp(option, "constants") == 0) g->constants_given = e->given_first = n != 0;
    else if (strcmp(option, "plot") == 0) g->solver.for_plot = n != 0;
    else if (strcmp(option, "report") == 0) g->report = n != 0;
    else if (strcmp(option, "times") == 0) g->times_wanted = n != 0;
    else if (strcmp(option, "threads") == 0 && n >= 1 && n <= 64) use_threads((unsigned)n);
    else if (strcmp(option, "max-ops") == 0) e->operation_limit = n;
    else if (strcmp(option, "max-memory") == 0) return mem_limit(n) ? GTAPE_OK : GTAPE_BAD_PROGRAM;
    else if (strcmp(option, "digits") == 0 && n <= 17) e->number.digits = (int)n;
    else if (strcmp(option, "hex") == 0) e->number.hex = n != 0;
    else return GTAPE_BAD_PROGRAM;
    return GTAPE_OK;
}

/* ---- texts ---- */

typedef struct text_job {
    const char *name, *bytes;
    size_t length;
    enum parse_start start;
    bool at_prompt, incomplete, begun;
    u32 entry, source;
    graph_mark mark;
} text_job;

static void prepare_build(gtape *g, const text_job *job) {
    build *b = &g->build;
    b->errors = 0;
    b->gives = job->start == PARSE_BINDINGS;
    b->at_prompt = job->at_prompt;
    b->depth = b->nesting = b->loop_floor = 0;
    b->body.number = NAME_NONE;
    b->list.count = b->choices.count = b->elements.count = 0;
    for (size_t i = 0; i < b->loops.count; i++) array_free(&b->loops.items[i].exits);
    b->loops.count = 0;
    b->statement = (u32)g->graph.code.count;
}

static void parse_job(gtape *g, void *argument) {
    text_job *job = argument;
    graph_here(&g->graph, &job->mark);
    job->begun = true;
    u32 number = source_add(&g->sources, job->name, job->bytes, job->length);
    prepare_build(g, job);
    job->source = number;
    job->entry = (u32)g->graph.code.count;
    enum parse_status status = parse_source(&g->build, &g->sources.items[number], job->start, job->at_prompt);
    job->incomplete = status == PARSE_INCOMPLETE;
    if (status == PARSE_FAILED || g->build.errors) fault_raise(FAULT_ERROR);
    if (status == PARSE_DONE) emit(&g->build, NO_SPAN, DO_STOP, 0, 0, 0, 0);
}

/* The job keeps its mark, to which the graph can be taken back. */
static gtape_status parse_text(gtape *g, text_job *job) {
    if (job->length == GTAPE_ALL) job->length = strlen(job->bytes);
    stopwatch before = session_start(g);
    g->stats.page_seconds = g->parse_page_seconds;
    gtape_status status = session_guard(g, parse_job, job);
    g->stats.parse_seconds += session_worked(g, before);
    g->parse_page_seconds = g->stats.page_seconds;
    if (job->begun && (status != GTAPE_OK || job->incomplete)) graph_back(&g->graph, &job->mark);
    return status;
}

static gtape_status add_text(gtape *g, text_job *job) {
    gtape_status status = parse_text(g, job);
    graph_forget(&job->mark);
    return status;
}

static void keep_entry(gtape *g, void *argument) {
    const text_job *job = argument;
    bool is_program = job->start == PARSE_PROGRAM;
    array_push(&g->texts, ((given_text){is_program ? TEXT_PROGRAM : TEXT_AT, job->source}));
    if (is_program) array_push(&g->programs, job->entry);
    else array_push(&g->bindings, job->entry);
}

gtape_status gtape_add(gtape *g, const char *name, const char *bytes, size_t length) {
    text_job job = {.name = name, .bytes = bytes, .length = length, .start = PARSE_PROGRAM};
    gtape_status status = add_text(g, &job);
    return status != GTAPE_OK ? status : session_guard(g, keep_entry, &job);
}

gtape_status gtape_at(gtape *g, const char *bindings) {
    text_job job = {.name = "--at", .bytes = bindings, .length = GTAPE_ALL, .start = PARSE_BINDINGS};
    gtape_status status = add_text(g, &job);
    return status != GTAPE_OK ? status : session_guard(g, keep_entry, &job);
}

/* The last text of a kind is the one that holds. */
static void keep_names(gtape *g, void *argument) {
    const text_job *job = argument;
    enum text_kind kind = strcmp(job->name, "--of") == 0 ? TEXT_OF : TEXT_WRT;
    size_t n = 0;
    for (size_t i = 0; i < g->texts.count; i++)
        if (g->texts.items[i].kind != kind) g->texts.items[n++] = g->texts.items[i];
    g->texts.count = n;
    if (job->length) array_push(&g->texts, ((given_text){kind, job->source}));
}

static gtape_status add_names(gtape *g, const char *option, const char *names, void *list) {
    g->collecting = list;
    g->collecting->count = 0;
    if (!names || !*names) return session_guard(g, keep_names, &(text_job){.name = option});
    text_job job = {.name = option, .bytes = names, .length = GTAPE_ALL, .start = PARSE_NAMES};
    gtape_status status = add_text(g, &job);
    if (status == GTAPE_OK) status = session_guard(g, keep_names, &job);
    if (status != GTAPE_OK) g->collecting->count = 0;
    return status;
}

gtape_status gtape_wrt(gtape *g, const char *names) { return add_names(g, "--wrt", names, &g->wrt); }

gtape_status gtape_of(gtape *g, const char *names) { return add_names(g, "--of", names, &g->of); }

void gtape_expected(gtape *g, const char *bytes, void (*each)(void *user, const char *token), void *user) {
    fault_point here;
    if (FAULT_TRY(&here) == 0) {
        u32 number = source_add(&g->sources, "", bytes, strlen(bytes));
        text_job job = {.at_prompt = true};
        prepare_build(g, &job);
        parse_expected(&g->build, &g->sources.items[number], each, user);
    }
    fault_end(&here);
}

/* ---- runs ---- */

/* With every name, so that there is something to draw. */
static void watch_all(gtape *g) {
    for (size_t i = 0; i < g->graph.globals.count; i++)
        if (!g->graph.globals.items[i].is_constant) g->graph.globals.items[i].is_watched = true;
}

static void watch_asked(gtape *g) {
    if (g->records_wanted && !g->wrt.count && !g->graph.watched.count) watch_all(g);
    for (size_t i = 0; i < g->wrt.count; i++) {
        u32 slot = graph_find_global(&g->graph, g->wrt.items[i].name);
        if (slot != NAME_NONE) g->graph.globals.items[slot].is_watched = true;
    }
}

/* What comes before any text is run: nothing runs after an error in all of the program. */
void session_begin_run(gtape *g, bool afresh) {
    evaluator *e = &g->evaluator;
    session_drop_results(g);
    solver_clear(&g->solver);
    size_t before = g->diagnostics.count;
    session_take_data(g);
    session_check(g);
    if (status_of_errors(g, before) != GTAPE_OK) fault_raise(FAULT_ERROR);
    watch_asked(g);
    if (afresh) evaluator_reset(e);
    evaluator_prepare(e);
    for (size_t i = 0; i < g->bindings.count; i++) evaluate(e, g->bindings.items[i]);
}

void session_rerun(gtape *g) {
    evaluator *e = &g->evaluator;
    solver_clear(&g->solver);
    evaluator_reset(e);
    evaluator_prepare(e);
    for (size_t i = 0; i < g->bindings.count; i++) evaluate(e, g->bindings.items[i]);
    evaluator_bind_inputs(e);
    for (size_t i = 0; i < g->programs.count; i++) evaluate(e, g->programs.items[i]);
}

static void run_texts(gtape *g, void *argument) {
    (void)argument;
    evaluator *e = &g->evaluator;
    g->has_given = false;
    session_begin_run(g, true);
    evaluator_bind_inputs(e);
    g->has_given = true;
    g->stats.page_seconds = g->parse_page_seconds;
    stopwatch started = session_start(g);
    for (size_t i = 0; i < g->programs.count; i++) evaluate(e, g->programs.items[i]);
    g->stats.record_seconds = session_worked(g, started);
    session_results(g);
}

/* After an error: what was found before it is no result.  A solver that found nothing is the error itself,
 * and tells how far it got. */
static void drop_solutions(gtape *g) {
    size_t count = g->solver.solutions.count;
    if (count && is_solution(g->solver.solutions.items[count - 1].outcome)) solver_clear(&g->solver);
}

gtape_status gtape_run(gtape *g) {
    g->evaluator.interrupt = 0;
    double before = session_clock(g);
    g->evaluator.unexplained = false;
    double started = session_time();
    gtape_status status = session_guard(g, run_texts, NULL);
    g->stats.run_seconds = session_clock(g) - before;
    if (g->evaluator.unexplained && !g->evaluator.rec.records_odd)
        status = session_explain(g, status, session_time() - started);
    if (status != GTAPE_OK) {
        session_drop_results(g);
        drop_solutions(g);
    }
    return status;
}

/* ---- the prompt ---- */

/* After each line, what the text says of a name is what is true of it. */
static void settle_names(gtape *g) {
    for (size_t i = 0; i < g->graph.globals.count; i++) {
        global *v = &g->graph.globals.items[i];
        bool bound = i < g->evaluator.globals.count && !is_unbound(&g->evaluator.globals.items[i]);
        v->is_certain = bound;
        if (bound || v->is_constant) continue;
        v->first = NO_SPAN;
        v->is_input = v->is_bound = v->has_default = false;
    }
}

/* What a program lacked that did not run is no error of the lines behind it.  What it was given is bound, and
 * other names may have been computed from it: no line binds it again. */
static void leave_program(gtape *g) {
    settle_names(g);
    if (g->has_given) {
        g->bindings.count = 0;
        evaluator_forget_given(&g->evaluator);
    }
    g->program_end = g->graph.code.count;
}

static void run_line(gtape *g, void *argument) {
    const text_job *job = argument;
    evaluator *e = &g->evaluator;
    session_begin_run(g, false);
    g->bindings.count = 0;
    evaluator_save(e);
    evaluator_bind_read(e);
    e->given_first = true;
    e->last_target = NAME_NONE;
    e->operations = e->swept = 0;
    g->stats.page_seconds = g->parse_page_seconds;
    stopwatch started = session_start(g);
    evaluate(e, job->entry);
    g->stats.record_seconds = session_worked(g, started);
    session_results(g);
}

/* After an error everything is as it was before the text.  What was interrupted keeps what it has done, and a
 * solver without a solution leaves its variables where it ended. */
static void take_back(gtape *g, gtape_status status, const text_job *job) {
    size_t count = g->solver.solutions.count;
    bool no_solution = count && !is_solution(g->solver.solutions.items[count - 1].outcome);
    if (status == GTAPE_INTERRUPTED || no_solution) return;
    graph_back(&g->graph, &job->mark);
    evaluator_restore(&g->evaluator);
}

gtape_status gtape_feed(gtape *g, const char *name, const char *bytes, size_t length) {
    text_job job = {
        .name = name, .bytes = bytes, .length = length, .start = PARSE_PROGRAM, .at_prompt = true};
    g->evaluator.interrupt = 0;
    g->evaluator.rec.records_odd = true; /* no line is run again for a note */
    if (!g->build.at_prompt) leave_program(g);
    watch_for_prompt(g);
    double before = session_clock(g);
    gtape_status status = parse_text(g, &job);
    if (status == GTAPE_OK && job.incomplete) status = GTAPE_INCOMPLETE;
    if (status == GTAPE_OK) {
        status = session_guard(g, run_line, &job);
        if (status != GTAPE_OK) take_back(g, status, &job);
    }
    graph_forget(&job.mark);
    evaluator_forget_saved(&g->evaluator);
    g->stats.run_seconds = session_clock(g) - before;
    settle_names(g);
    if (status != GTAPE_OK) {
        session_drop_results(g);
        drop_solutions(g);
    }
    return status;
}
