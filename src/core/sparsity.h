/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sparsity.h - which entries of a Jacobian can differ from 0, read off the tape.
 *
 * Layer: core.
 *
 * Each entry of a record gets the set of entries of x that it is made from.  Sets are numbered, so that equal
 * ones are one, and a union that was made before is looked up.  Records of operations that are not made entry
 * by entry (matrix products, sums) count as made from all that goes into them: the pattern may be too full,
 * and never too empty.
 *
 * Rows without a common column can share a sweep: colours number such groups (Curtis, Powell and Reid 1974,
 * one group after another, in the order of the rows). */
#ifndef GTAPE_SPARSITY_H
#define GTAPE_SPARSITY_H

#include "core/record.h"

typedef struct sparsity {
    size_t rows, columns;
    size_t *begin; /* rows + 1: where each row's columns begin */
    u32 *column;   /* in increasing order within a row */
} sparsity;

/* The pattern of d y / d x, for records y and x; NULL where it is nearly full, or too large to be of use. The
 * caller owns it. */
sparsity *sparsity_of(recorder *r, u32 y, u32 x);
/* The rows become columns. */
sparsity *sparsity_transposed(const sparsity *p);
void sparsity_free(sparsity *p);

/* Gives each row a colour, such that rows of one colour have no common column, and the number of colours. */
u32 sparsity_colour(const sparsity *p, u32 *colours);

#endif
