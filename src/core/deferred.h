/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deferred.h - elementwise chains over large tensors, computed block by block.
 *
 * Layer: core.
 *
 * exp(-X*X/2)*sin(X) over a million entries is not five tensors that pass through memory but one expression
 * that is evaluated for some hundred entries at a time, so that what lies between stays in the cache.  A
 * deferred tensor knows its operation and operands (scalars, or tensors of its own shape, deferred themselves
 * or not); looking at its entries computes them, and a sum over it computes them without keeping them. */
#ifndef GTAPE_DEFERRED_H
#define GTAPE_DEFERRED_H

#include "core/ops.h"
#include "core/value.h"

/* Tensors with fewer entries are computed at once. */
#ifndef DEFER_FROM
#define DEFER_FROM (1 << 14)
#endif

enum { DEFERRED_LONGEST = 64 }; /* operations in one expression; one that grows longer is computed */

typedef struct deferred {
    enum op op; /* OP_NONE: every entry is a */
    u32 length; /* operations in the whole expression, shared ones counted again */
    u32 uses;   /* how often it was computed without being kept */
    value a, b;
} deferred;

/* Whether an elementwise result with these operands can be deferred. */
bool deferred_fits(u32 rank, const size_t *shape, const value *a, const value *b);
/* The deferred result; b is NULL for operations on one operand.  The caller owns the reference. */
tensor *deferred_new(u32 rank, const size_t *shape, enum op op, const value *a, const value *b);
/* Computes the entries, as view_of does, and tells whether all are finite. */
bool deferred_compute(tensor *t);
/* The sum of all entries, in an order that depends on the size only. */
double deferred_sum(tensor *t);
/* Whether v is a large tensor of which every entry is x. */
bool deferred_is_number(const value *v, double x);
void deferred_forget(tensor *t);

/* Threads that work on one large expression; 1 at the start. */
void deferred_set_threads(unsigned count);

#endif
