/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pending.h - adjoints of single entries that wait until a recording sweep comes to their tensor.
 *
 * Layer: core.
 *
 * A loop over x[i] takes entries one by one.  Each adjoint as a tensor of zeros with one entry, added to the
 * last one, would cost the square of their number; so they are collected, and put into one tensor.  The
 * recorder's sweep owns a list of them. */
#ifndef GTAPE_PENDING_H
#define GTAPE_PENDING_H

#include "core/record.h"

typedef struct pending_entry {
    u32 entry, next; /* next: number + 1 of the tensor's entry before, or 0 */
    value g;
} pending_entry;

typedef struct pending_tensor {
    u32 record, last, count;
} pending_tensor;

typedef struct pending {
    ARRAY(pending_entry) entries;
    ARRAY(pending_tensor) tensors;
} pending;

void pending_free(pending *p);
/* Adds g to the adjoint of an entry of a tensor. */
void pending_add(pending *p, u32 record, u32 entry, value g);
/* Takes what waits for a tensor, in its shape; unbound where nothing does. */
value pending_take(pending *p, recorder *r, u32 record);

#endif
