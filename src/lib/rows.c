/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.c - gtape_run_rows: the first line, the workers, and what is left to say at the end: see rows_job.h.
 */
#include "data/jsonl.h"
#include "lib/rows_job.h"

#include <math.h>
#include <string.h>

/* ---- the first line ---- */

static enum csv_status first_record(rows_job *j) {
    rows_input *in = &j->input;
    csv_open(&in->reader, ',');
    j->from = j->how->separator;
    do {
        if (!rows_read_more(j)) return CSV_END;
        if (!j->from) j->from = csv_separator(j->how->label, in->rest.bytes, in->rest.length, in->ended);
    } while (!j->from);
    csv_open(&in->reader, j->from);
    for (;;) {
        csv_window(&in->reader, in->rest.bytes, in->rest.length, in->ended);
        bool started = in->reader.started;
        enum csv_status status = csv_next(&in->reader);
        if (status == CSV_MALFORMED) data_fail_malformed(&j->file, &in->reader);
        if (status != CSV_MORE) return status;
        in->reader.started = started; /* a mark is stepped over again */
        if (!rows_read_more(j)) return CSV_END;
    }
}

/* The rest of the input begins behind the first record, or with it where it is a row. */
static void drop_header(rows_job *j, bool is_row) {
    rows_input *in = &j->input;
    const char *from = is_row ? in->reader.begin : in->reader.next;
    j->output.lines = (is_row ? in->reader.first_line : in->reader.line) - 1;
    in->rest.length = (size_t)(in->rest.bytes + in->rest.length - from);
    memmove(in->rest.bytes, from, in->rest.length);
}

static void add_name(rows_job *j, const char *bytes, size_t length) {
    u32 key = intern(&j->keys, bytes, length);
    if (key < j->columns.count) j->columns.items[key].is_repeated = true;
    else array_push(&j->columns, ((column_key){j->names.count, false}));
    array_room(&j->names);
    j->names.items[j->names.count] = mem_copy_text(bytes, length);
    j->names.count++;
}

static void name_columns(rows_job *j) {
    const csv_reader *r = &j->input.reader;
    text *name = &j->input.reader.name;
    for (size_t i = 0; i < r->fields.count; i++) {
        text_clear(name);
        if (j->from == CSV_JSON) jsonl_unquote(r->keys.items[i], name);
        else if (j->how->no_header) text_printf(name, "c%zu", i + 1);
        else csv_unquote(r->fields.items[i], name);
        if (j->from == CSV_JSON && intern_find(&j->keys, text_str(name), name->length) != NAME_NONE) continue;
        add_name(j, text_str(name), name->length);
    }
    j->width = j->names.count;
}

/* ---- workers ---- */

static row_runner *new_runner(rows_job *j) {
    size_t errors = j->g->diagnostics.count;
    row_runner *runner = row_runner_new(j->g, j->width, (const char *const *)j->names.items);
    if (!runner) fault_raise(j->g->diagnostics.count > errors ? FAULT_ERROR : FAULT_MEMORY);
    return runner;
}

/* What the results are is told by the first row that runs, the header waits for it. */
static void find_results(rows_job *j, row_runner *runner) {
    if (rows_learn(j, runner)) return;
    if (j->g->evaluator.interrupt) fault_raise(FAULT_INTERRUPT);
    if (!row_runner_guess(runner)) fault_raise(FAULT_MEMORY);
}

/* Rows of a block, few where they are long. */
static size_t block_rows(const rows_job *j) {
    enum { MOST_BYTES = 1 << 22 };
    size_t bytes = sizeof(double) * (j->used.count + j->results) + sizeof(csv_field) * j->kept.count;
    size_t rows = bytes ? MOST_BYTES / bytes : MOST_BLOCK;
    if (j->how->line_buffered || rows < 1) return 1;
    return rows < MOST_BLOCK ? rows : MOST_BLOCK;
}

static void open_workers(rows_job *j) {
    size_t count = j->how->threads ? j->how->threads : 1;
    j->workers = mem_zero(count, sizeof *j->workers);
    for (j->worker_count = 0; j->worker_count < count;) {
        rows_worker *w = &j->workers[j->worker_count++];
        w->runner = new_runner(j);
        if (j->worker_count == 1) {
            rows_choose_used(j, w->runner);
            find_results(j, w->runner);
            j->results = row_runner_results(w->runner);
            rows_choose_kept(j);
            rows_check_titles(j, w->runner);
            rows_reserve_names(j);
            j->block = block_rows(j);
        } else if (!row_runner_copy_results(w->runner, j->workers[0].runner)) fault_raise(FAULT_MEMORY);
        rows_worker_open(w, j, w->runner);
    }
    j->started = 1;
}

/* Uncertainties do not add up like values: rows may have uncertain inputs in common, or not. */
static void check_reduction(rows_job *j) {
    const rows_worker *first = &j->workers[0];
    if (!j->how->reduce || !row_runner_is_uncertain(first->runner)) return;
    diagnostic *said = diag_add(&j->g->diagnostics, SEVERITY_ERROR, DIAG_BAD_OPTION, NO_SPAN,
                                "--reduce adds up values and derivatives, and there are uncertainties");
    diag_hint(said,
              "with --data FILE columns are vectors: the uncertainty of sum(...) knows which inputs the "
              "rows have in common");
    fault_raise(FAULT_ERROR);
}

static void *run_worker(void *argument) {
    rows_work(argument);
    return NULL;
}

void rows_start_helper(rows_job *j) {
    pthread_mutex_lock(&j->output.lock);
    bool wanted = !j->alone && j->started < j->worker_count;
    if (wanted) {
        rows_worker *w = &j->workers[j->started];
        wanted = pthread_create(&w->thread, NULL, run_worker, w) == 0;
        if (wanted) j->started++;
        else j->alone = true;
    }
    pthread_mutex_unlock(&j->output.lock);
}

/* Helpers that are started while others are waited for are waited for too. */
static void join_helpers(rows_job *j) {
    for (size_t i = 1;; i++) {
        pthread_mutex_lock(&j->output.lock);
        bool more = i < j->started;
        pthread_mutex_unlock(&j->output.lock);
        if (!more) return;
        pthread_join(j->workers[i].thread, NULL);
    }
}

/* ---- what is written once ---- */

static void write_header(rows_job *j) {
    row_writer *w = &j->workers[0].writer;
    if (j->how->no_header || j->to == CSV_JSON || rows_are_empty(j)) return;
    for (size_t k = 0; k < j->kept.count; k++) row_writer_title(w, j->names.items[j->kept.items[k]]);
    for (size_t k = 0; k < j->results; k++)
        row_writer_title(w, row_runner_result_name(j->workers[0].runner, k));
    row_writer_end_line(w);
}

/* With --strict: rows that are not finite have ended the run before, so this is the sum's doing. */
static void check_sum(rows_job *j, const char *name, double x) {
    if (!j->g->evaluator.strict || isfinite(x)) return;
    diag_add(&j->g->diagnostics, SEVERITY_ERROR, DIAG_NOT_FINITE, NO_SPAN, "the %s of %s over the rows is %s",
             j->how->reduce == GTAPE_ROW_MEAN ? "mean" : "sum", name,
             isnan(x) ? "nan"
             : x < 0  ? "-inf"
                      : "inf");
    fault_raise(FAULT_ERROR);
}

static void write_sums(rows_job *j) {
    rows_worker *first = &j->workers[0];
    for (size_t i = 1; i < j->started; i++) {
        for (size_t k = 0; k < j->results; k++) exact_sum_merge(&first->sums[k], &j->workers[i].sums[k]);
        first->summed += j->workers[i].summed;
    }
    write_header(j);
    bool mean = j->how->reduce == GTAPE_ROW_MEAN;
    for (size_t k = 0; k < j->results; k++) {
        const char *name = row_runner_result_name(first->runner, k);
        exact_sum *sum = &first->sums[k];
        double x = mean ? exact_sum_mean(sum, (double)first->summed) : exact_sum_value(sum);
        check_sum(j, name, x);
        row_writer_number(&first->writer, name, x);
    }
    row_writer_end_line(&first->writer);
    rows_write(j, &first->writer.out);
}

static void count_figures(rows_job *j) {
    gtape_rows *how = j->how;
    for (size_t i = 0; i < j->started; i++) {
        row_figures f = row_runner_figures(j->workers[i].runner);
        how->replayed += f.replayed, how->evaluated += f.evaluated;
        if (f.traces > how->traces) how->traces = f.traces;
        if (f.steps > how->steps) how->steps = f.steps;
        if (j->workers[i].seconds > how->seconds) how->seconds = j->workers[i].seconds;
    }
}

/* ---- the whole ---- */

/* An empty input has no columns, and whatever the program needs may be one. */
static void name_inputs(rows_job *j) {
    const graph *program = &j->g->graph;
    for (u32 slot = 0; slot < program->globals.count; slot++) {
        const char *name = intern_text(&program->names, program->globals.items[slot].name);
        if (session_lacks_value(j->g, slot)) add_name(j, name, strlen(name));
    }
    j->width = j->names.count;
}

/* False where nothing is to be written. */
static bool open_text(rows_job *j) {
    enum csv_status status = first_record(j);
    if (j->input.failed) return false;
    j->to = j->how->out ? j->how->out : j->from;
    if (status == CSV_END) {
        if (j->how->no_header || j->from == CSV_JSON) {
            name_inputs(j);
            return j->how->reduce != GTAPE_ROW_EACH;
        }
        data_fail(&j->file, DIAG_BAD_TABLE, "an empty file: a line with the names of columns is needed");
    }
    name_columns(j);
    drop_header(j, j->how->no_header || j->from == CSV_JSON);
    return true;
}

static void open_sweep(rows_job *j) {
    j->from = j->how->separator ? j->how->separator : ',';
    j->to = j->how->out ? j->how->out : j->from;
    (void)rows_in_sweep(j->g); /* raises where they are too many */
    for (size_t i = 0; i < j->g->axes.count; i++)
        add_name(j, j->g->axes.items[i].name, strlen(j->g->axes.items[i].name));
    j->width = j->names.count;
}

static void run_rows(gtape *g, void *argument) {
    enum { FIRST_TARGET = 1 << 14 };
    rows_job *j = argument;
    (void)g;
    j->input.target = FIRST_TARGET;
    if (j->swept) open_sweep(j);
    else if (!open_text(j)) return;
    open_workers(j);
    check_reduction(j);
    if (!j->how->reduce) {
        write_header(j);
        rows_write(j, &j->workers[0].writer.out);
    }
    rows_work(&j->workers[0]);
    join_helpers(j);
    count_figures(j);
    if (j->output.stopped) fault_raise(j->output.fault);
    if (j->how->reduce && j->results && !j->input.failed) write_sums(j);
}

static void free_job(rows_job *j) {
    for (size_t i = 0; i < j->worker_count; i++) rows_worker_free(&j->workers[i]);
    mem_free(j->workers);
    for (size_t i = 0; i < j->names.count; i++) mem_free(j->names.items[i]);
    array_free(&j->names);
    array_free(&j->used);
    array_free(&j->kept);
    array_free(&j->output.noted);
    intern_free(&j->output.said);
    intern_free(&j->keys);
    intern_free(&j->titles);
    intern_free(&j->reserved);
    array_free(&j->columns);
    mem_free(j->input.rest.bytes);
    mem_free(j->first);
    csv_close(&j->input.reader);
}

gtape_status gtape_run_rows(gtape *g, gtape_rows *rows) {
    rows_job j = {.g = g, .how = rows, .swept = !rows->read};
    pthread_mutex_init(&j.input.lock, NULL);
    pthread_mutex_init(&j.output.lock, NULL);
    pthread_cond_init(&j.output.turned, NULL);
    const char *label = rows->label ? rows->label : "--sweep";
    j.file = (data_file){.label = label, .sources = &g->sources, .diagnostics = &g->diagnostics};
    rows->rows = rows->missing = rows->failed = rows->replayed = rows->evaluated = 0;
    rows->traces = rows->steps = 0;
    rows->seconds = 0;
    rows->ended = 0;
    g->rows_ended = &rows->ended;
    gtape_status status = session_guard(g, run_rows, &j);
    g->rows_ended = NULL;
    if (j.input.failed || j.output.unwritable) status = GTAPE_BAD_DATA;
    free_job(&j);
    pthread_cond_destroy(&j.output.turned);
    pthread_mutex_destroy(&j.output.lock);
    pthread_mutex_destroy(&j.input.lock);
    return status;
}
