/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_runner.h - a program over rows of numbers: one worker's evaluator.
 *
 * Layer: lib.
 *
 * A runner owns a session of its own, made from the texts, data and settings of another, so that workers
 * share nothing.  A row gives numbers to inputs of the program by the names of its columns; its results are
 * what a report would show, one number for each entry, in the order of the report: z, dz_dx, dz_dy, and so
 * on.
 *
 * Rows are replayed in blocks where the program allows it (core/replay.h), else evaluated one by one.  The
 * results of a row do not depend on the rows around it, on how many are given at a time, or on which runner
 * gets it. */
#ifndef GTAPE_ROW_RUNNER_H
#define GTAPE_ROW_RUNNER_H

#include "base/base.h"
#include "lib/gtape.h"

typedef struct row_runner row_runner;

/* NULL where the program cannot run with these columns: g's diagnostics say why.  Names that the program does
 * not read, or binds first, are columns that stay unread; --at wins over a column. */
row_runner *row_runner_new(gtape *g, size_t columns, const char *const *names);
void row_runner_free(row_runner *r);

/* Before rows are run, one of these tells what the results are; false: no memory.  A row does, an entry for
 * each column, unless it fails, which nobody hears of. */
bool row_runner_learn(row_runner *r, const double *row, bool *learned);
/* Without any, rows that are made up do; results are taken for scalars where these fail. */
bool row_runner_guess(row_runner *r);
/* As another runner has them. */
bool row_runner_copy_results(row_runner *r, const row_runner *from);

bool row_runner_uses(const row_runner *r, size_t column);
size_t row_runner_results(const row_runner *r);
/* Whether uncertainties are among the results. */
bool row_runner_is_uncertain(const row_runner *r);
const char *row_runner_result_name(const row_runner *r, size_t k);
/* The session that the rows are run in: for diagnostics, print, interrupts. */
gtape *row_runner_session(row_runner *r);

/* columns[i] has n entries (NULL where not used); results[k] has room for n.  Returns the number of rows
 * done: fewer than n where the one behind them failed; the session's diagnostics say why (none: interrupted).
 * With `failed`, which has room for n, a row that fails does not end the call: failed[i] becomes 1, else 0,
 * and nobody hears why; unless memory is too little. */
size_t row_runner_run(row_runner *r, size_t n, const double *const *columns, double *const *results,
                      u8 *failed);

typedef struct row_figures {
    size_t replayed, evaluated; /* rows */
    size_t traces;              /* ways through the program that were recorded */
    size_t steps;               /* of the longest of them */
} row_figures;
row_figures row_runner_figures(const row_runner *r);

#endif
