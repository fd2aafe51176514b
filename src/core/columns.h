/* SPDX-License-Identifier: GPL-3.0-or-later */
/* columns.h - kernels over columns: what a block of iterations of a fused loop is computed with.
 *
 * Layer: core.
 *
 * An entry of a result has the bits that the operation has on single numbers, whatever the CPU; so these are
 * not the kernels of kernels.h, which may use a vector library.  All columns have stride 1. */
#ifndef GTAPE_COLUMNS_H
#define GTAPE_COLUMNS_H

#include "core/ops.h"
#include <stddef.h>

/* out[k] from the operands x[k], w[k] and, for a partial, the result y[k].  What is not asked for may be
 * any column. */
typedef void column_kernel(size_t n, const double *x, const double *w, const double *y, double *out);

/* The operation's value; its partial derivative in operand `which`. */
column_kernel *column_value(enum op op);
column_kernel *column_partial(enum op op, int which);

/* What is done to the adjoint of an operand: out += g, out -= g, out += g*p where g is not 0; and the same
 * with `=` for an adjoint that nothing has been added to.  g stands in x, p in w. */
enum column_update {
    UPDATE_ADD,
    UPDATE_SUBTRACT,
    UPDATE_TIMES,
    UPDATE_SET, /* added to the others */
    UPDATES = 2 * UPDATE_SET,
};
column_kernel *column_update(unsigned update);

/* Whether all n entries are finite. */
bool column_is_finite(size_t n, const double *x);

/* ---- for columns.c: one instruction set each; NULL where the operation is not among its kernels ---- */
column_kernel *column_value_avx2(enum op op), *column_value_avx512(enum op op);
column_kernel *column_partial_avx2(enum op op, int which), *column_partial_avx512(enum op op, int which);
column_kernel *column_update_avx2(unsigned update), *column_update_avx512(unsigned update);

#endif
