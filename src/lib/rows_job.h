/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_job.h - gtape_run_rows in its parts.
 *
 * Layer: lib.
 *
 *                    ┌─> worker: records ─> columns of numbers ─> row_runner ─> row_writer ─┐
 *     read ─> chunks ┤                                                                      ├─> write
 *                    └─> worker: ...                                                        ┘
 *     rows_input.c       rows_worker.c                                              rows_output.c
 *
 * A chunk is some whole records.  A worker that has nothing to do cuts the next one off the input and later
 * waits for its turn to write: turns come in the order of the chunks.  All that has an order (results,
 * errors, what print says) goes with the turn, so that it is the same for any number of workers.  No chunk
 * waits for input that has not come, except for the rest of its last record.
 *
 * Whoever waits for input holds the lock of the input, so nothing that a chunk needs on its way out takes
 * that. What is written once, before helpers start: names, columns, sizes.  Everything else belongs to one
 * worker, or to whoever holds the lock of its part, or the turn. */
#ifndef GTAPE_ROWS_JOB_H
#define GTAPE_ROWS_JOB_H

#include "base/exact_sum.h"
#include "data/row_writer.h"
#include "lib/row_runner.h"
#include "lib/session.h"
#include <pthread.h>

enum { MOST_BLOCK = 1024 }; /* rows that go to the runner at a time */

typedef struct rows_buffer {
    char *bytes;
    size_t room, length;
} rows_buffer;

typedef struct rows_input {
    pthread_mutex_t lock;
    rows_buffer rest;      /* read, and in no chunk yet */
    csv_cut cut;           /* of the rest */
    size_t parsed;         /* how much of it was read as records in vain */
    csv_reader reader;     /* of the header, and of records without line ends */
    _Atomic size_t target; /* bytes, or rows of a sweep, that a chunk shall have */
    u64 chunks;            /* that were given out */
    size_t row;            /* of a sweep: the next one */
    bool ended, failed;    /* nothing more can be read; because of an error */
} rows_input;

typedef struct rows_output {
    pthread_mutex_t lock;
    pthread_cond_t turned;
    u64 turn;          /* the chunk that may be written */
    bool stopped;      /* nothing more will be */
    enum fault fault;  /* why */
    bool unwritable;   /* because the output is */
    u64 lines;         /* of the input, before the chunk whose turn it is */
    ARRAY(span) noted; /* places that there was a note about */
    intern_table said; /* notes without a place */
} rows_output;

enum row_state { ROW_GOOD, ROW_BLANK, ROW_MISSING }; /* the last two are not run */

/* The rows that are gathered for the runner. */
typedef struct rows_block {
    size_t count, good;        /* rows; those of them that are run */
    u8 state[MOST_BLOCK];      /* enum row_state */
    u64 line[MOST_BLOCK];      /* in the chunk */
    u8 failed[MOST_BLOCK];     /* of those that are run */
    csv_field *kept;           /* row after row */
    double *numbers, *results; /* job->block entries for each used column, for each result */
} rows_block;

typedef struct rows_job rows_job;

typedef struct rows_worker {
    rows_job *j;
    row_runner *runner;
    pthread_t thread;
    bool reading, has_turn; /* it holds the lock of the input; the turn */
    bool more;              /* something was left behind its chunk */
    u64 chunk;              /* the one at work */
    rows_buffer bytes;      /* of it */
    size_t first_row, rows; /* of it, in a sweep */
    csv_reader reader;
    rows_block block;
    const double **columns; /* by column, for the runner */
    double **outs;
    row_writer writer;
    text printed;                    /* by the program */
    size_t counted, missing, failed; /* rows since the last turn */
    exact_sum *sums;                 /* by result, of all chunks */
    size_t summed;
    double seconds; /* in the runner */
} rows_worker;

/* The columns of one name. */
typedef struct column_key {
    size_t first;
    bool is_repeated;
} column_key;

struct rows_job {
    gtape *g;
    gtape_rows *how;
    data_file file;
    char from, to;             /* what separates fields, in and out */
    bool swept;                /* rows come from g->axes */
    size_t width;              /* columns of the input */
    ARRAY(char *) names;       /* of them */
    intern_table keys;         /* the same, each once; of JSON they are the columns */
    ARRAY(column_key) columns; /* by key */
    ARRAY(size_t) used, kept;  /* columns */
    intern_table titles;       /* of the output */
    intern_table reserved; /* what no member of JSON may be called that is no column: inputs, then titles */
    size_t reserved_inputs;
    bool keeps_members;    /* all of a JSON object, in the place of one column */
    size_t results, block; /* block: rows */
    double *first;         /* a row that is to tell what the results are */
    rows_input input;
    rows_output output;
    rows_worker *workers;
    size_t worker_count;
    size_t started; /* under the lock of the output, as is: */
    bool alone;     /* there can be no further threads */
};

/* Nothing is written of rows without results, as of a program of definitions, unless columns are kept. */
static inline bool rows_are_empty(const rows_job *j) { return j->results + j->kept.count == 0; }

/* ---- rows_input.c ---- */

/* Reads behind the rest.  False after an error of reading. */
bool rows_read_more(rows_job *j);
/* Cuts off the next chunk.  False where there is none. */
bool rows_next_chunk(rows_worker *w);
/* How long the last chunk took decides how long the next one shall be. */
void rows_chunk_took(rows_job *j, double seconds);
/* How many rows the axes make. */
size_t rows_in_sweep(const gtape *g);
/* The value of an axis in one of them: the last axis changes fastest. */
double rows_sweep_entry(const gtape *g, size_t axis, size_t row);

/* ---- rows_first.c ---- */

/* Lets the runner learn what its results are from the first row that runs.  False where none does, or an
 * error comes before, which the run will meet. */
bool rows_learn(rows_job *j, row_runner *runner);

/* ---- rows_columns.c ---- */

/* Each raises FAULT_ERROR where it finds something wrong. */
void rows_choose_used(rows_job *j, const row_runner *runner);
void rows_choose_kept(rows_job *j);
/* No column that is kept is called like a result, or like another one: a table that is passed on whole may
 * have a name twice, unless it becomes objects. */
void rows_check_titles(rows_job *j, const row_runner *runner);
/* The first object told the columns: what others have besides is no input, and where all members are kept no
 * title either. */
void rows_reserve_names(rows_job *j);

/* ---- rows_worker.c ---- */

void rows_worker_open(rows_worker *w, rows_job *j, row_runner *runner);
void rows_worker_free(rows_worker *w);
/* Takes chunks until there are no more; raises nothing. */
void rows_work(rows_worker *w);

/* ---- rows.c ---- */

/* Sets another worker going, if there is one. */
void rows_start_helper(rows_job *j);

/* ---- rows_output.c ---- */

/* Writes a text and clears it.  Raises FAULT_ERROR where the output is unwritable. */
void rows_write(rows_job *j, text *out);
/* Waits until all chunks before are written.  Raises where something before has failed. */
void rows_take_turn(rows_worker *w);
/* Gives away what the chunk has so far; has the turn. */
void rows_publish(rows_worker *w);
/* The same without diagnostics, which are of the row that ends the run. */
void rows_publish_rows(rows_worker *w);
/* The chunk is done: the turn goes on. */
void rows_pass_turn(rows_worker *w);
/* After a fault: nothing behind this chunk is written. */
void rows_stop(rows_worker *w, enum fault fault);
bool rows_stopped(rows_job *j);
/* Diagnostics of the runner's session, in the order of the rows. */
void rows_take_diagnostics(rows_worker *w);

#endif
