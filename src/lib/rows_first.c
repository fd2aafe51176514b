/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_first.c - a look ahead at the first rows, for what the results are: see rows_job.h.
 *
 * The rows stay where they are, and are run again with all others.  One that fails tells nothing; where an
 * error ends the run nothing behind it is looked at. */
#include "data/jsonl.h"
#include "lib/rows_job.h"

/* Bytes, or rows of a sweep, in which one must run. */
enum { MOST_AHEAD = 1 << 18, MOST_AHEAD_SWEPT = 1 << 16 };

enum first { FIRST_NUMBERS, FIRST_MISSING, FIRST_BAD };

static enum first read_row(rows_job *j) {
    csv_reader *r = &j->input.reader;
    enum first all = FIRST_NUMBERS;
    if (j->from == CSV_JSON) jsonl_arrange(r, &j->keys, NULL);
    if (r->fields.count != j->width) return FIRST_BAD;
    for (size_t i = 0; i < j->used.count; i++) {
        size_t column = j->used.items[i];
        enum csv_number what =
            csv_read_number(r->fields.items[column], j->how->missing_words, &j->first[column]);
        if (what == CSV_MISSING) all = FIRST_MISSING;
        else if (what != CSV_NUMBER) return FIRST_BAD;
    }
    return all;
}

/* Whether to look further; *learned tells whether the results are known. */
static bool learn_from(rows_job *j, row_runner *runner, enum first what, bool *learned) {
    if (what == FIRST_MISSING) return true;
    if (what == FIRST_NUMBERS && !row_runner_learn(runner, j->first, learned)) fault_raise(FAULT_MEMORY);
    return !*learned && j->how->on_error != GTAPE_ROW_STOP && !j->g->evaluator.interrupt;
}

static bool learn_from_text(rows_job *j, row_runner *runner) {
    rows_input *in = &j->input;
    bool learned = false;
    for (size_t at = 0;;) {
        csv_window(&in->reader, in->rest.bytes + at, in->rest.length - at, in->ended);
        enum csv_status status;
        while ((status = csv_next(&in->reader)) == CSV_RECORD)
            if (!learn_from(j, runner, read_row(j), &learned)) return learned;
        at = (size_t)(in->reader.next - in->rest.bytes);
        if (status != CSV_MORE || at > MOST_AHEAD || !rows_read_more(j)) return false;
    }
}

static bool learn_from_sweep(rows_job *j, row_runner *runner) {
    size_t rows = rows_in_sweep(j->g);
    bool learned = false;
    for (size_t row = 0; row < rows && row < MOST_AHEAD_SWEPT; row++) {
        for (size_t i = 0; i < j->width; i++) j->first[i] = rows_sweep_entry(j->g, i, row);
        if (!learn_from(j, runner, FIRST_NUMBERS, &learned)) break;
    }
    return learned;
}

bool rows_learn(rows_job *j, row_runner *runner) {
    j->first = mem_zero(j->width, sizeof *j->first);
    return j->swept ? learn_from_sweep(j, runner) : learn_from_text(j, runner);
}
