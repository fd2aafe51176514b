/* SPDX-License-Identifier: GPL-3.0-or-later */
/* moved_runs.h - the program again, with a name bound to something else: for differences and for plots.
 *
 * Layer: lib. */
#ifndef GTAPE_MOVED_RUNS_H
#define GTAPE_MOVED_RUNS_H

#include "lib/session.h"

/* What is silent meanwhile, and runs plainly. */
typedef struct quiet {
    void (*print)(void *user, const char *text, size_t length);
    void (*solve)(void *user, struct evaluator *e, u32 pc, u32 site);
    bool notes, fuses, strict;
} quiet;
void session_hush(gtape *g, quiet *before);
void session_unhush(gtape *g, const quiet *before);

/* Runs the program and finds which binding of s->slot is the last.  False where something else than a
 * statement of the text gave the name its value: a solver, a loop. */
bool session_find_binding(gtape *g, store_shift *s);
/* Runs it with the names of this list moved.  Raises FAULT_INTERRUPT, and errors of the run. */
void session_run_shifted(gtape *g, store_shift *list);

#endif
