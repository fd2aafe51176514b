/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.h - the tape of one row, evaluated again over blocks of rows.
 *
 * Layer: core.
 *
 * A program over rows of numbers is recorded once, with a leaf for each number of the row.  What the results
 * and the conditions on the way are made of becomes a plan: records that do not depend on the row are
 * constants, equal ones are one, dead ones are left out.  The rest are steps, each a vector kernel over a
 * block of rows (blocks.h):
 *
 *     step    op      operands             to
 *      0      MUL     column 0, column 0   block 0
 *      1      ADD     block 0, constant 1  block 1     <- a block whose last reader has passed serves again
 *      2      LOG     block 1              block 0
 *
 * Derivatives need no rules of their own: the sweep that was recorded is part of the tape (sweep.h), so an
 * adjoint that is 0 in one row carries nothing there (CARRY) and does in the next.
 *
 * Guards are the records that control flow hung on, with the outcomes they had.  Steps that guards need come
 * first; a row in which one turns out differently belongs to another plan.  No row's result depends on its
 * neighbours, its place in a block, or the length of the block.
 *
 * A plan belongs to its caller, holds copies of all that it needs of the tape, and is used by one thread at a
 * time: its blocks are its own. */
#ifndef GTAPE_REPLAY_H
#define GTAPE_REPLAY_H

#include "core/tape.h"

enum { REPLAY_BLOCK = 512 };

typedef struct replay_guard {
    u32 node;
    bool holds; /* the record was not 0 */
} replay_guard;

typedef struct replay_request {
    const tape *t;
    size_t columns;
    const u32 *leaves; /* by column: its record, or 0 where it has none */
    size_t guards;
    const replay_guard *guard;
    size_t results;
    const value *result;
    const bool *is_derivative; /* by result: 0 is never -0 */
} replay_request;

typedef struct replay replay;

replay *replay_new(void);
void replay_free(replay *p);
/* Makes the plan, once.  False where some record on the way to a result has no kernel; the plan then has no
 * results, and those guards that come before the first that is out of reach. */
bool replay_plan(replay *p, const replay_request *q);

size_t replay_guard_count(const replay *p);
bool replay_reads(const replay *p, size_t column);
/* Steps, for figures. */
size_t replay_length(const replay *p);

/* How many rows go at a time, at most REPLAY_BLOCK. */
size_t replay_rows(const replay *p);
/* Evaluates the guards in n rows, at most replay_rows, whose entries begin at columns[i]: holds[j] is 1 where
 * all turned out as recorded, else 0.  Returns how many rows that is. */
size_t replay_check(replay *p, size_t n, const double *const *columns, u8 *holds);
/* The results of the rows that were checked last; all of them must hold.  results[k] has room for n.
 * Returns whether all results are finite. */
bool replay_results(replay *p, size_t n, double *const *results);

#endif
