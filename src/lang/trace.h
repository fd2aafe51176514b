/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace.h - one run recorded so that it can be replayed for other rows (core/replay.h).
 *
 * Layer: lang.
 *
 * While a row is traced, everything that depends on its numbers has a record: comparisons too, and values
 * that no derivative passes (:=, stop_gradient).  Conditions become guards.  What cannot be replayed, since
 * more than numbers and conditions depends on the row (an index, a tensor operation, print), ends the run by
 * FAULT_UNTRACED; the guards up to there tell which rows come to the same place. */
#ifndef GTAPE_TRACE_H
#define GTAPE_TRACE_H

#include "lang/evaluate.h"

/* Traces longer than this many operations are given up. */
enum { TRACE_LIMIT = 1 << 20 };

/* Binds a global to a number of the row, as a leaf; returns its record.  These come first on the tape. */
u32 trace_bind(evaluator *e, u32 slot, double number);
/* Between evaluator_prepare and the first instruction, and after the last.  trace_begin forgets the last
 * trace. */
void trace_begin(evaluator *e);
void trace_end(evaluator *e);

/* ---- for steps, while e->rec.tape.is_traced ---- */
bool trace_varies(evaluator *e, const value *v);
bool trace_any_varies(evaluator *e, u32 count, const value *values);
void trace_guard(evaluator *e, const value *v, bool holds);
_Noreturn void trace_give_up(evaluator *e);
/* Gives up where an operand of the instruction is what the row must not decide. */
void trace_check_step(evaluator *e, const instruction *in, value *const base[4]);

#endif
