/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_worker.c - what a worker does with a chunk: see rows_job.h.
 *
 * Records are gathered into blocks of numbers; a block is run when it is full, at the end of the chunk, and
 * where something is wrong with a record, so that all before it has been said and written by then. */
#include "base/utf8.h"
#include "data/jsonl.h"
#include "lib/rows_job.h"

#include <string.h>
#include <time.h>

/* Results of a chunk wait for its turn up to about this many bytes; then the chunk waits. */
enum { MOST_WAITING = 1 << 20 };

/* By the clock: asking for the time of the processor can cost as much as a hundred rows. */
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- results ---- */

static void write_kept(rows_worker *w, size_t row) {
    const rows_job *j = w->j;
    const csv_field *kept = w->block.kept + row * j->kept.count;
    if (j->keeps_members) { /* there may be no column at all */
        row_writer_members(&w->writer, kept->bytes, kept->length);
        return;
    }
    for (size_t k = 0; k < j->kept.count; k++) {
        size_t column = j->kept.items[k];
        const char *name = j->names.items[column];
        if (j->swept) row_writer_number(&w->writer, name, w->block.numbers[column * j->block + row]);
        else row_writer_field(&w->writer, name, kept[k]);
    }
}

static void write_row(rows_worker *w, size_t row, size_t good, bool blank) {
    const rows_job *j = w->j;
    if (j->how->reduce || rows_are_empty(j)) return;
    write_kept(w, row);
    for (size_t k = 0; k < j->results; k++) {
        const char *name = row_runner_result_name(w->runner, k);
        if (blank) row_writer_blank(&w->writer, name);
        else row_writer_number(&w->writer, name, w->block.results[k * j->block + good]);
    }
    row_writer_end_line(&w->writer);
}

static void add_up(rows_worker *w, size_t count) {
    const rows_job *j = w->j;
    const u8 *failed = w->block.failed;
    for (size_t k = 0; k < j->results; k++) {
        const double *x = w->block.results + k * j->block;
        for (size_t i = 0; i < count; i++)
            if (!failed[i]) exact_sum_add(&w->sums[k], x[i]);
    }
    for (size_t i = 0; i < count; i++) w->summed += !failed[i];
}

/* ---- blocks ---- */

/* Runs the rows that are good; returns how many are done: none where the run is to stop. */
static size_t run_block(rows_worker *w) {
    rows_job *j = w->j;
    rows_block *b = &w->block;
    bool stops = j->how->on_error == GTAPE_ROW_STOP;
    if (b->good == 0 || j->g->evaluator.interrupt) return 0;
    for (size_t i = 0; i < j->used.count; i++) w->columns[j->used.items[i]] = b->numbers + i * j->block;
    for (size_t k = 0; k < j->results; k++) w->outs[k] = b->results + k * j->block;
    double began = now();
    size_t done = row_runner_run(w->runner, b->good, w->columns, w->outs, stops ? NULL : b->failed);
    w->seconds += now() - began;
    if (j->how->reduce) add_up(w, done);
    return done;
}

static bool has_error(const diagnostic_list *said) {
    for (size_t i = 0; i < said->count; i++)
        if (said->items[i].severity == SEVERITY_ERROR) return true;
    return false;
}

/* The run ends with the errors of this row, or because it is to stop; what is done is written. */
static _Noreturn void end_at_row(rows_worker *w, u64 line) {
    gtape *session = row_runner_session(w->runner);
    bool is_stopped = session->evaluator.interrupt || w->j->g->evaluator.interrupt;
    bool is_its_error = has_error(&session->diagnostics);
    if (!is_its_error && !is_stopped) fault_raise(FAULT_MEMORY);
    rows_take_turn(w);
    rows_publish_rows(w);
    rows_take_diagnostics(w);
    if (!is_its_error) fault_raise(FAULT_INTERRUPT);
    diag_add(&w->j->g->diagnostics, SEVERITY_NOTE, DIAG_BAD_VALUE, NO_SPAN, "%s:%llu: it was for this row",
             w->j->file.label, (unsigned long long)w->j->output.lines + line);
    fault_raise(FAULT_ERROR);
}

static void give_early(rows_worker *w) {
    if (w->writer.out.length < MOST_WAITING && !w->j->how->line_buffered) return;
    rows_take_turn(w);
    rows_publish(w);
}

/* Works out the rows of the block, writes them, and begins the next one. */
static void end_block(rows_worker *w) {
    rows_block *b = &w->block;
    size_t good = 0, done = run_block(w);
    for (size_t row = 0; row < b->count; row++) {
        bool runs = b->state[row] == ROW_GOOD, failed = runs && good < done && b->failed[good];
        if (runs && good == done) end_at_row(w, b->line[row]);
        w->failed += failed;
        w->missing += b->state[row] == ROW_MISSING;
        if (!failed || w->j->how->on_error == GTAPE_ROW_BLANK) write_row(w, row, good, !runs || failed);
        good += runs;
    }
    b->count = b->good = 0;
    give_early(w);
}

/* ---- records ---- */

/* Ends what stands before a record that is wrong, and gives it its true place. */
static void before_error(rows_worker *w) {
    w->counted--; /* that record waits */
    end_block(w);
    w->counted++;
    rows_take_turn(w);
    rows_publish(w);
    w->reader.first_line += w->j->output.lines;
}

/* False where an error in the record at hand is no reason to stop. */
static bool stops(rows_worker *w) {
    if (w->j->how->on_error == GTAPE_ROW_STOP) {
        before_error(w);
        return true;
    }
    w->failed++;
    return false;
}

static csv_field kept_field(const rows_worker *w, size_t k) {
    const rows_job *j = w->j;
    return j->keeps_members ? jsonl_members(&w->reader) : w->reader.fields.items[j->kept.items[k]];
}

static void add_row(rows_worker *w, enum row_state state) {
    rows_block *b = &w->block;
    const rows_job *j = w->j;
    csv_field *to = b->kept + b->count * j->kept.count;
    for (size_t k = 0; k < j->kept.count; k++) to[k] = kept_field(w, k);
    b->state[b->count] = (u8)state;
    b->line[b->count++] = w->reader.first_line;
    b->good += state == ROW_GOOD;
    if (b->count == j->block) end_block(w);
}

/* A cell that is no number. */
static void bad_cell(rows_worker *w, size_t column, enum csv_number why) {
    const rows_job *j = w->j;
    if (!stops(w)) {
        if (j->how->on_error == GTAPE_ROW_BLANK) add_row(w, ROW_BLANK);
        return;
    }
    csv_field f = csv_trim(w->reader.fields.items[column]);
    text *shown = &w->writer.scratch;
    text_clear(shown);
    text_escape(shown, f.bytes, f.length < 64 ? f.length : 64);
    data_fail_at(&j->file, &w->reader, f.bytes, f.length, DIAG_BAD_CELL,
                 why == CSV_TOO_LARGE ? "column '%s': '%s' is too large for a double"
                                      : "column '%s': '%s' is not a number",
                 j->names.items[column], text_str(shown));
}

/* A member that would be passed over or kept without a word: the first object told the columns. */
static _Noreturn void fail_member(rows_worker *w, const csv_field *key) {
    rows_job *j = w->j;
    text *name = &w->writer.scratch;
    text_clear(name);
    jsonl_unquote(*key, name);
    bool is_input = intern_find(&j->reserved, text_str(name), name->length) < j->reserved_inputs;
    data_fail_at(&j->file, &w->reader, key->bytes, key->length, DIAG_BAD_TABLE,
                 is_input ? "the program has an input of this name, and the first line no such member"
                          : "--keep: the output would have this twice: a member that is kept, and a result");
}

/* Puts the members into the order of the columns; false where one of the others has a name that means
 * something. */
static bool arrange(rows_worker *w) {
    rows_job *j = w->j;
    const csv_field *clash =
        jsonl_arrange(&w->reader, &j->keys, j->reserved.names.count ? &j->reserved : NULL);
    if (!clash) return true;
    if (stops(w)) fail_member(w, clash);
    return false;
}

/* Whether the record has a field for each column. */
static bool has_width(rows_worker *w) {
    csv_reader *r = &w->reader;
    if (r->separator == CSV_JSON && !arrange(w)) return false;
    if (r->fields.count == w->j->width) return true;
    if (stops(w))
        data_fail_at(&w->j->file, r, r->begin, (size_t)(r->next - r->begin > 0), DIAG_BAD_TABLE,
                     "%zu field%s where the first line has %zu", r->fields.count,
                     r->fields.count == 1 ? "" : "s", w->j->width);
    return false;
}

/* Whether what is kept of the record can be written: JSON is UTF-8. */
static bool can_be_kept(rows_worker *w) {
    const rows_job *j = w->j;
    for (size_t k = 0; k < j->kept.count && j->to == CSV_JSON; k++) {
        csv_field f = kept_field(w, k);
        const char *byte = utf8_malformed(f.bytes, f.length);
        if (!byte) continue;
        if (stops(w))
            data_fail_at(&j->file, &w->reader, byte, 1, DIAG_BAD_TABLE,
                         "this byte is not UTF-8, as JSON must be");
        return false;
    }
    return true;
}

static void take_record(rows_worker *w) {
    const rows_job *j = w->j;
    w->counted++;
    if (!has_width(w) || !can_be_kept(w)) return;
    bool missing = false;
    for (size_t i = 0; i < j->used.count; i++) {
        double *to = &w->block.numbers[i * j->block + w->block.good];
        enum csv_number what =
            csv_read_number(w->reader.fields.items[j->used.items[i]], j->how->missing_words, to);
        if (what == CSV_MISSING) missing = true;
        else if (what != CSV_NUMBER) {
            bad_cell(w, j->used.items[i], what);
            return;
        }
    }
    add_row(w, missing ? ROW_MISSING : ROW_GOOD);
}

static void run_records(rows_worker *w) {
    csv_window(&w->reader, w->bytes.bytes, w->bytes.length, true);
    w->reader.line = 1;
    enum csv_status status;
    while ((status = csv_next(&w->reader)) == CSV_RECORD) take_record(w);
    if (status == CSV_MALFORMED) {
        w->counted++;
        before_error(w);
        data_fail_malformed(&w->j->file, &w->reader);
    }
    end_block(w);
}

static void run_sweep(rows_worker *w) {
    const rows_job *j = w->j;
    rows_block *b = &w->block;
    for (size_t done = 0; done < w->rows; done += b->good) {
        b->count = b->good = w->rows - done < j->block ? w->rows - done : j->block;
        for (size_t i = 0; i < b->count; i++) b->line[i] = w->first_row + done + i + 1;
        for (size_t axis = 0; axis < j->width; axis++)
            for (size_t i = 0; i < b->count; i++)
                b->numbers[axis * j->block + i] = rows_sweep_entry(j->g, axis, w->first_row + done + i);
        size_t count = b->count;
        w->counted += count;
        end_block(w);
        b->good = count;
    }
    b->good = 0;
}

static void work(rows_worker *w) {
    while (rows_next_chunk(w)) {
        double began = now();
        if (w->j->g->evaluator.interrupt) fault_raise(FAULT_INTERRUPT);
        if (w->more) rows_start_helper(w->j);
        if (w->j->swept) run_sweep(w);
        else run_records(w);
        rows_chunk_took(w->j, now() - began);
        rows_take_turn(w);
        rows_publish(w);
        rows_pass_turn(w);
    }
}

void rows_work(rows_worker *w) {
    fault_point here;
    volatile int fault = FAULT_TRY(&here);
    if (!fault) work(w);
    fault_end(&here);
    if (fault) rows_stop(w, (enum fault)fault);
}

/* ---- life ---- */

static void keep_printed(void *user, const char *bytes, size_t length) {
    rows_worker *w = user;
    text_add(&w->printed, bytes, length);
}

void rows_worker_open(rows_worker *w, rows_job *j, row_runner *runner) {
    size_t results = row_runner_results(runner), block = j->block;
    w->j = j;
    w->runner = runner;
    evaluator *e = &row_runner_session(runner)->evaluator;
    e->print = keep_printed;
    e->print_user = w;
    csv_open(&w->reader, j->from);
    w->reader.started = true;
    w->block.numbers = mem_alloc(mem_product(j->used.count, block), sizeof(double));
    w->block.results = mem_alloc(mem_product(results, block), sizeof(double));
    w->block.kept = mem_alloc(mem_product(j->kept.count, block), sizeof(csv_field));
    w->columns = mem_zero(j->width, sizeof *w->columns);
    w->outs = mem_alloc(results, sizeof *w->outs);
    if (j->how->reduce) w->sums = mem_zero(results, sizeof *w->sums);
    w->writer.from = j->from;
    w->writer.to = j->to;
    w->writer.missing = j->how->missing_words;
    w->writer.number = (number_format){j->how->number.digits, j->how->number.hex != 0};
}

void rows_worker_free(rows_worker *w) {
    row_runner_free(w->runner);
    csv_close(&w->reader);
    mem_free(w->block.numbers);
    mem_free(w->block.results);
    mem_free(w->block.kept);
    mem_free(w->columns);
    mem_free(w->outs);
    mem_free(w->sums);
    mem_free(w->bytes.bytes);
    row_writer_free(&w->writer);
    text_free(&w->printed);
}
