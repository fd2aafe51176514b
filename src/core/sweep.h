/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.h - adjoints: the tape from the back.
 *
 * Layer: core.
 *
 * One set of rules (ops.def and functions.def) runs two ways here.  On numbers, a sweep over scalar records
 * is a plain loop over doubles.  With `record`, the sweep's own operations go on the tape, so that its
 * results can be differentiated again.  An adjoint that is exactly 0 carries nothing further.
 *
 * Adjoint of record k:   adj(k) = sum over records m that use k:  adj(m) * d value(m) / d value(k) */
#ifndef GTAPE_SWEEP_H
#define GTAPE_SWEEP_H

#include "core/dependence.h"
#include "core/functions.h"

/* For a target y with adjoint `seed` (shape of y), the gradient in each of `count` variables (records;
 * each result has its variable's shape).  connected[i], where asked for, says whether y depends on it at
 * all.  Results belong to the pool.  A record number 0 is a value without record: its gradient is 0. */
void sweep_gradients(recorder *r, value y, value seed, u32 count, const value *variables, value *results,
                     bool *connected, bool record);

/* The derivative of record n in its i-th argument alone, times v: what a forward sweep carries.  For records
 * of functions.def. */
value sweep_forward(recorder *r, u32 n, u32 i, value v);

/* The first record (from the back) whose partial derivative turned a finite adjoint into one that is not, on
 * the way from y to x; its origin, or ORIGIN_NONE.  r->culprit becomes the record, where its operation is
 * elementwise, until the tape is compacted. */
u32 sweep_culprit(recorder *r, value y, value seed, value x);

/* ---- for adjoint functions ---- */

typedef struct sweep sweep;

recorder *sweep_recorder(sweep *s);
/* Whether this is a plain sweep over numbers; whether it still looks for a partial that is not finite. */
bool sweep_is_numeric(const sweep *s);
bool sweep_watches(const sweep *s);
/* The i-th argument of record n (offset by its extra), with its history only if the sweep records. */
value sweep_argument(sweep *s, u32 n, u32 i);
u32 sweep_attribute(sweep *s, u32 n, u32 i);
u32 sweep_attribute_count(sweep *s, u32 n);
u32 sweep_argument_count(sweep *s, u32 n);
/* The record's own value, likewise. */
value sweep_result(sweep *s, u32 n);
/* Whether anything is to be added to the i-th argument at all: saves work on constants. */
bool sweep_wants(sweep *s, u32 n, u32 i);
/* Adds to the adjoint of the i-th argument.  The contribution is summed to that argument's shape. */
void sweep_add(sweep *s, u32 n, u32 i, value contribution);
/* For contributions to few of many entries: where the sweep is on numbers, the entries of the adjoint of the
 * i-th argument (a tensor), to be added to in place; else NULL, and sweep_add does it. */
double *sweep_entries(sweep *s, u32 n, u32 i);

#endif
