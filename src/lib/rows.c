/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.c - gtape_run_rows: a table in, a table out, a block of rows at a time.
 *
 *     read ──window──> records ──columns of numbers──> row_runner ──results──> row_writer ──write
 *
 * A block ends when it is full or when the window holds no further whole record; what is worked out is
 * written before more is read, so that a row that has come through a pipe is answered at once. */
#include "data/row_writer.h"
#include "lib/row_runner.h"
#include "lib/session.h"

#include <string.h>

enum { BLOCK = 256, FIRST_ROOM = 1 << 17 };

enum row_state { ROW_GOOD, ROW_BLANK };

typedef struct rows_job {
    gtape *g;
    gtape_rows *how;
    csv_reader reader;
    data_file file;
    char *buffer; /* the window */
    size_t room, filled;
    bool stopped;             /* nothing more can be written or read */
    size_t width;             /* columns of the input */
    ARRAY(char *) names;      /* of them */
    ARRAY(size_t) used, kept; /* columns */
    row_runner *runner;
    double *numbers, *results; /* BLOCK entries for each used column, for each result */
    const double **columns;    /* by column, for the runner */
    double **outs;
    struct {                /* the block at work */
        size_t count, good; /* rows; those of them that are run */
        u8 state[BLOCK];
        u64 line[BLOCK];
        csv_field *kept; /* row after row */
    } block;
    row_writer writer;
} rows_job;

/* ---- input ---- */

/* Moves what is unread to the front of the buffer and reads behind it. */
static bool fill(rows_job *j) {
    size_t unread = (size_t)(j->reader.end - j->reader.next);
    if (unread) memmove(j->buffer, j->reader.next, unread);
    if (unread == j->room) {
        j->buffer = mem_resize(j->buffer, mem_product(j->room, 2), 1);
        j->room *= 2;
    }
    long n = j->how->read(j->how->user, j->buffer + unread, j->room - unread);
    if (n < 0) return !(j->stopped = true);
    csv_window(&j->reader, j->buffer, unread + (size_t)n, n == 0);
    return true;
}

static void write_out(rows_job *j) {
    text *out = &j->writer.out;
    if (out->length && !j->stopped && !j->how->write(j->how->user, out->bytes, out->length))
        j->stopped = true;
    text_clear(out);
}

/* ---- a block ---- */

/* Whether a row failed for lack of memory: that is no error of the row. */
static bool ran_out(const gtape *from) {
    for (size_t i = 0; i < from->diagnostics.count; i++)
        if (from->diagnostics.items[i].code == DIAG_MEMORY) return true;
    return from->diagnostics.count == 0;
}

/* The errors of the row that failed, and which it was. */
static void take_errors(rows_job *j, u64 line) {
    gtape *from = row_runner_session(j->runner);
    for (size_t i = 0; i < from->diagnostics.count; i++)
        array_push(&j->g->diagnostics, from->diagnostics.items[i]);
    bool any = from->diagnostics.count > 0;
    from->diagnostics.count = 0;
    if (!any) fault_raise(from->evaluator.interrupt ? FAULT_INTERRUPT : FAULT_MEMORY);
    diag_add(&j->g->diagnostics, SEVERITY_NOTE, DIAG_BAD_VALUE, NO_SPAN, "%s:%llu: it was for this row",
             j->file.label, (unsigned long long)line);
}

static void write_row(rows_job *j, size_t row, size_t good, bool blank) {
    row_writer *w = &j->writer;
    for (size_t k = 0; k < j->kept.count; k++)
        row_writer_field(w, j->names.items[j->kept.items[k]], j->block.kept[row * j->kept.count + k]);
    for (size_t k = 0; k < row_runner_results(j->runner); k++) {
        const char *name = row_runner_result_name(j->runner, k);
        if (blank) row_writer_blank(w, name);
        else row_writer_number(w, name, j->results[k * BLOCK + good]);
    }
    row_writer_end_line(w);
}

/* Runs rows from number `done` of those that are good on; returns how many then are. */
static size_t run_from(rows_job *j, size_t done) {
    for (size_t i = 0; i < j->used.count; i++) j->columns[j->used.items[i]] = j->numbers + i * BLOCK + done;
    for (size_t k = 0; k < row_runner_results(j->runner); k++) j->outs[k] = j->results + k * BLOCK + done;
    if (done == j->block.good) return done;
    return done + row_runner_run(j->runner, j->block.good - done, j->columns, j->outs);
}

/* Works out the rows of the block, writes them, and begins the next one. */
static void end_block(rows_job *j) {
    size_t done = run_from(j, 0), good = 0, rows = j->block.count;
    j->block.count = 0;
    for (size_t row = 0; row < rows; row++) {
        bool blank = j->block.state[row] != ROW_GOOD;
        if (!blank && good == done) { /* it failed */
            if (j->how->on_error == GTAPE_ROW_STOP || ran_out(row_runner_session(j->runner))) {
                write_out(j);
                take_errors(j, j->block.line[row]);
                fault_raise(FAULT_ERROR);
            }
            gtape_clear_diagnostics(row_runner_session(j->runner));
            j->how->failed++;
            if (j->how->on_error == GTAPE_ROW_BLANK) write_row(j, row, 0, true);
            good++;
            done = run_from(j, good);
            continue;
        }
        write_row(j, row, good, blank);
        good += !blank;
    }
    j->block.good = 0;
    gtape *s = row_runner_session(j->runner); /* notes are told, errors there are none */
    for (size_t i = 0; i < s->diagnostics.count; i++) array_push(&j->g->diagnostics, s->diagnostics.items[i]);
    s->diagnostics.count = 0;
    write_out(j);
}

/* ---- records ---- */

/* An error in the record at hand: what stands before it is written first. */
static bool passes_over(rows_job *j) {
    if (j->how->on_error != GTAPE_ROW_STOP) {
        j->how->failed++;
        return true;
    }
    end_block(j);
    return false;
}

static void keep_fields(rows_job *j) {
    csv_field *to = j->block.kept + j->block.count * j->kept.count;
    for (size_t k = 0; k < j->kept.count; k++) to[k] = j->reader.fields.items[j->kept.items[k]];
}

static void add_row(rows_job *j, enum row_state state) {
    keep_fields(j);
    j->block.state[j->block.count] = (u8)state;
    j->block.line[j->block.count++] = j->reader.first_line;
    j->block.good += state == ROW_GOOD;
}

/* After a cell that is no number: false where the record is dropped. */
static void bad_cell(rows_job *j, size_t column, enum csv_number why) {
    if (passes_over(j)) {
        if (j->how->on_error == GTAPE_ROW_BLANK) add_row(j, ROW_BLANK);
        return;
    }
    csv_field f = csv_trim(j->reader.fields.items[column]);
    text *shown = &j->writer.scratch;
    text_clear(shown);
    text_escape(shown, f.bytes, f.length < 64 ? f.length : 64);
    data_fail_at(&j->file, &j->reader, f.bytes, f.length, DIAG_BAD_CELL,
                 why == CSV_TOO_LARGE ? "column '%s': '%s' is too large for a double"
                                      : "column '%s': '%s' is not a number",
                 j->names.items[column], text_str(shown));
}

static void take_record(rows_job *j) {
    j->how->rows++;
    csv_reader *r = &j->reader;
    if (r->fields.count != j->width) {
        if (passes_over(j)) return;
        data_fail_at(&j->file, r, r->begin, (size_t)(r->next - r->begin > 0), DIAG_BAD_TABLE,
                     "%zu fields where the first line has %zu", r->fields.count, j->width);
    }
    bool missing = false;
    for (size_t i = 0; i < j->used.count; i++) {
        double *to = &j->numbers[i * BLOCK + j->block.good];
        enum csv_number what = csv_read_number(r->fields.items[j->used.items[i]], to);
        if (what == CSV_MISSING) missing = true;
        else if (what != CSV_NUMBER) {
            bad_cell(j, j->used.items[i], what);
            return;
        }
    }
    j->how->missing += missing;
    add_row(j, missing ? ROW_BLANK : ROW_GOOD);
}

/* The next record that is there; CSV_MORE: after an error of reading. */
static enum csv_status next_record(rows_job *j) {
    enum csv_status status;
    while ((status = csv_next(&j->reader)) == CSV_MORE) {
        if (j->block.count) end_block(j);
        if (j->stopped || !fill(j)) return CSV_MORE;
    }
    if (status == CSV_MALFORMED) {
        if (j->block.count) end_block(j);
        data_fail_malformed(&j->file, &j->reader);
    }
    return status;
}

/* ---- the first line ---- */

static void name_columns(rows_job *j) {
    j->width = j->reader.fields.count;
    for (size_t i = 0; i < j->width; i++) {
        text *name = &j->writer.scratch;
        text_clear(name);
        if (j->how->no_header) text_printf(name, "c%zu", i + 1);
        else csv_unquote(j->reader.fields.items[i], name);
        array_room(&j->names);
        j->names.items[j->names.count] = mem_copy_text(text_str(name), name->length);
        j->names.count++;
    }
}

/* A column by its name; the width where there is none. */
static size_t find_column(const rows_job *j, const char *name, size_t length) {
    size_t i = 0;
    while (i < j->width &&
           (strlen(j->names.items[i]) != length || memcmp(j->names.items[i], name, length) != 0))
        i++;
    return i;
}

static void choose_kept(rows_job *j) {
    const char *list = j->how->keep;
    if (!list) return;
    if (!*list)
        for (size_t i = 0; i < j->width; i++) array_push(&j->kept, i);
    while (*list) {
        size_t length = strcspn(list, ",");
        size_t column = find_column(j, list, length);
        if (column == j->width) {
            diag_add(&j->g->diagnostics, SEVERITY_ERROR, DIAG_NO_SUCH_NAME, NO_SPAN,
                     "--keep: %s has no column '%.*s'", j->file.label, (int)(length < 200 ? length : 200),
                     list);
            fault_raise(FAULT_ERROR);
        }
        array_push(&j->kept, column);
        list += length + (list[length] == ',');
    }
}

static bool is_repeated(const rows_job *j, size_t column) {
    const char *name = j->names.items[column];
    for (size_t i = 0; i < j->width; i++)
        if (i != column && strcmp(j->names.items[i], name) == 0) return true;
    return false;
}

static void choose_used(rows_job *j) {
    for (size_t i = 0; i < j->width; i++) {
        if (!row_runner_uses(j->runner, i)) continue;
        if (is_repeated(j, i))
            data_fail(&j->file, DIAG_REPEATED_COLUMN, "the header has '%s' more than once",
                      j->names.items[i]);
        array_push(&j->used, i);
    }
}

static void make_runner(rows_job *j) {
    size_t errors = j->g->diagnostics.count;
    j->runner = row_runner_new(j->g, j->width, (const char *const *)j->names.items);
    if (!j->runner) fault_raise(j->g->diagnostics.count > errors ? FAULT_ERROR : FAULT_MEMORY);
    choose_used(j);
    choose_kept(j);
    size_t results = row_runner_results(j->runner);
    j->numbers = mem_alloc(mem_product(j->used.count, BLOCK), sizeof *j->numbers);
    j->results = mem_alloc(mem_product(results, BLOCK), sizeof *j->results);
    j->columns = mem_zero(j->width, sizeof *j->columns);
    j->outs = mem_alloc(results, sizeof *j->outs);
    j->block.kept = mem_alloc(mem_product(j->kept.count, BLOCK), sizeof *j->block.kept);
}

static void write_header(rows_job *j) {
    if (j->how->no_header || j->writer.to == '{') return;
    for (size_t k = 0; k < j->kept.count; k++) row_writer_title(&j->writer, j->names.items[j->kept.items[k]]);
    for (size_t k = 0; k < row_runner_results(j->runner); k++)
        row_writer_title(&j->writer, row_runner_result_name(j->runner, k));
    row_writer_end_line(&j->writer);
}

/* ---- the whole ---- */

static void begin(rows_job *j) {
    j->buffer = mem_alloc(FIRST_ROOM, 1);
    j->room = FIRST_ROOM;
    csv_open(&j->reader, ',');
    csv_window(&j->reader, j->buffer, 0, false);
    if (!fill(j)) return;
    char separator = j->how->separator;
    size_t length = (size_t)(j->reader.end - j->reader.next);
    bool is_last = j->reader.is_last;
    if (!separator) separator = csv_separator(j->how->label, j->buffer, length);
    csv_open(&j->reader, separator);
    csv_window(&j->reader, j->buffer, length, is_last);
    j->writer.from = separator;
    j->writer.to = j->how->out ? j->how->out : separator;
    j->writer.number = (number_format){j->how->number.digits, j->how->number.hex != 0};
}

static void run_rows(gtape *g, void *argument) {
    rows_job *j = argument;
    (void)g;
    begin(j);
    if (j->stopped) return;
    enum csv_status status = next_record(j);
    if (status == CSV_END && !j->how->no_header)
        data_fail(&j->file, DIAG_BAD_TABLE, "an empty file: a line with the names of columns is needed");
    if (status != CSV_RECORD) return;
    name_columns(j);
    make_runner(j);
    write_header(j);
    if (j->how->no_header) take_record(j);
    while (!j->stopped && next_record(j) == CSV_RECORD) {
        take_record(j);
        if (j->block.count == BLOCK) end_block(j);
    }
    if (!j->stopped) end_block(j);
}

static void free_job(rows_job *j) {
    row_runner_free(j->runner);
    for (size_t i = 0; i < j->names.count; i++) mem_free(j->names.items[i]);
    array_free(&j->names);
    array_free(&j->used);
    array_free(&j->kept);
    mem_free(j->buffer);
    mem_free(j->numbers);
    mem_free(j->results);
    mem_free(j->columns);
    mem_free(j->outs);
    mem_free(j->block.kept);
    row_writer_free(&j->writer);
    csv_close(&j->reader);
}

gtape_status gtape_run_rows(gtape *g, gtape_rows *rows) {
    rows_job j = {.g = g, .how = rows};
    j.file = (data_file){.label = rows->label, .sources = &g->sources, .diagnostics = &g->diagnostics};
    rows->rows = rows->missing = rows->failed = 0;
    gtape_status status = session_guard(g, run_rows, &j);
    if (status == GTAPE_OK && j.stopped) status = GTAPE_BAD_DATA;
    free_job(&j);
    return status;
}
