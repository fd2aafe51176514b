/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_blocks.h - rows in blocks, each by the plan for its way through the program.
 *
 * Layer: lib.
 *
 * A program without conditions on the row has one plan, and blocks are run where they lie.  Else the guards
 * of each plan are looked at in turn, those of the plan that had the most rows first:
 *
 *     block of rows ──guards of plan 1──> all hold: results at once
 *                                         some do:  those rows wait with plan 1 until they fill a block
 *                   ──guards of plan 2──> the rest, likewise
 *                   ──────────────────>   what is left is traced and makes a plan of its own
 *
 * A plan without results (the program did something that cannot be replayed) sends its rows to be evaluated
 * one by one.  There is room for some plans; a new one takes the place of the one used least lately. Whatever
 * is kept, a row is computed by the plan of its own way, so results do not depend on it. */
#ifndef GTAPE_ROW_BLOCKS_H
#define GTAPE_ROW_BLOCKS_H

#include "core/blocks.h"
#include "lib/odd_rows.h"
#include "lib/row_runner.h"
#include "lib/row_session.h"

enum { MOST_PLANS = 64 };

typedef struct row_plan {
    replay *plan;
    bool whole;
    size_t rows, last_used; /* the latter in blocks */
    size_t waiting;         /* rows that wait for their block to fill */
    size_t *places;         /* theirs among the results */
    double *entries;        /* by column, REPLAY_BLOCK each */
} row_plan;

enum row_state { ROW_TAKEN, ROW_UNKNOWN, ROW_ALONE }; /* ALONE: to be evaluated */

typedef struct row_blocks {
    row_session *session;
    row_plan plans[MOST_PLANS];
    size_t plan_count, clock;
    bool notes, strict; /* whether rows that are not finite are explained, are errors */
    bool in_order;      /* one by one, since no row behind one that may be an error is to print */
    odd_rows odd_rows;
    row_figures figures;

    /* of the call at work */
    size_t count;
    const double *const *columns;
    double *const *results;
    u8 *failed;  /* by row, or NULL where the first that fails ends the call */
    bool odd;    /* some result is not finite */
    size_t done; /* rows before this one are good, as far as is known */
    /* of the block at work */
    size_t from; /* its first row */
    u8 state[REPLAY_BLOCK], holds[REPLAY_BLOCK];
    u32 left[REPLAY_BLOCK + 1]; /* rows that no plan has taken, ascending, counted from the block's first */
    size_t left_count;
    bool alone;              /* some row is ROW_ALONE */
    double *gathered, *made; /* rows side by side: columns, results */
    const double **column_at;
    double **result_at;
    double *row, *row_results;
} row_blocks;

gtape_status row_blocks_open(row_blocks *b, row_session *session);
void row_blocks_free(row_blocks *b);
/* See row_runner_run. */
size_t row_blocks_run(row_blocks *b, size_t n, const double *const *columns, double *const *results,
                      u8 *failed);

#endif
