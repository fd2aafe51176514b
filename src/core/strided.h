/* SPDX-License-Identifier: GPL-3.0-or-later */
/* strided.h - loops over the entries of a tensor in any order: what indexing, transposing and joining run on.
 *
 * Layer: core.  Owns nothing.
 *
 * A `strided` says for each entry of a part, in row-major order, where in another tensor it lies:
 *
 *     offset = base + sum over loops k of  (index_k ? index_k[i_k] : i_k) * stride_k
 *
 * Loops of one step are left out and loops that continue one another are joined as they are added, so that
 * the innermost one is as long as can be. */
#ifndef GTAPE_STRIDED_H
#define GTAPE_STRIDED_H

#include "core/value.h"

typedef struct strided_loop {
    size_t count;
    ptrdiff_t stride;
    const double *index; /* whole numbers, or NULL */
} strided_loop;

typedef struct strided {
    ptrdiff_t base;
    bool empty;
    u32 count;
    strided_loop loops[MAX_RANK]; /* outermost first */
} strided;

/* Adds a loop inside those that are there. */
void strided_add(strided *s, size_t count, ptrdiff_t stride, const double *index);

/* part[i] = whole[offset of i] */
void strided_get(const strided *s, const double *whole, double *part);
/* whole[offset of i] = part[i] */
void strided_set(const strided *s, const double *part, double *whole);
/* whole[offset of i] += part[i] */
void strided_put(const strided *s, const double *part, double *whole);

#endif
