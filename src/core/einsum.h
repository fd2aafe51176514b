/* SPDX-License-Identifier: GPL-3.0-or-later */
/* einsum.h - sums of products over labelled axes, as einsum("ij,jk->ik", A, B) asks for.
 *
 * Layer: core.  Owns nothing.
 *
 * A plan is a list of labels for each operand's axes and for the result's.  Beyond what programs may write,
 * the result may have labels that no operand has (the value is repeated along them) and a label twice (the
 * value lies on the diagonal).  So the adjoint of each operand is an einsum again: that of the adjoint and
 * the other operands, with this operand's labels as the result's. */
#ifndef GTAPE_EINSUM_H
#define GTAPE_EINSUM_H

#include "core/linalg.h"

enum {
    EINSUM_ELLIPSIS = 52, /* labels: A-Z, a-z, and the axes of "..." from its last one back */
    EINSUM_LABELS = EINSUM_ELLIPSIS + MAX_RANK,
    EINSUM_NO_LABEL = EINSUM_LABELS, /* an axis of length 1 that is repeated */
    EINSUM_MAX_OPERANDS = 32,
};

typedef struct einsum_term {
    u32 rank;
    u8 label[MAX_RANK];
} einsum_term;

typedef struct einsum_plan {
    u32 count;
    einsum_term operand[EINSUM_MAX_OPERANDS], result;
    size_t length[EINSUM_LABELS + 1]; /* 0 of a label that is not in use is never looked at */
} einsum_plan;

static inline bool einsum_term_has(const einsum_term *t, u8 label) {
    for (u32 i = 0; i < t->rank; i++)
        if (t->label[i] == label) return true;
    return false;
}

/* The result, not recorded. */
value einsum_value(recorder *r, const einsum_plan *p, const value *operands);

#endif
