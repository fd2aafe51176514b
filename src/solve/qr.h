/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qr.h - least squares by orthogonal triangles, row block after row block.
 *
 * Layer: solve.  Who calls owns the arrays.
 *
 * A triangle of n columns stands for a tall matrix A with A = Q R; its last column may be a right-hand side
 * b, whose upper entries are Q^T b and whose last one is the norm of the residual.  Rows are added in blocks
 * that fit in the cache (sequential TSQR; Golub & Van Loan, 5.2 and 12.3), so the tall matrix is read
 * once and never copied.  Arrays are column-major. */
#ifndef GTAPE_SOLVE_QR_H
#define GTAPE_SOLVE_QR_H

#include "base/base.h"

enum { QR_ROWS = 128 }; /* rows of a block */

/* Adds `rows` rows to the n x n triangle r: work holds n columns of n + QR_ROWS entries, in which the new
 * rows stand from entry n on. */
void qr_add_rows(size_t n, double *r, size_t rows, double *work);

/* Householder QR of the m x n matrix a (leading dimension m), in place, m >= n, applied to the `extra`
 * columns behind it as well: R stands on and above the diagonal. */
void qr_factor(size_t m, size_t n, size_t extra, double *a);

/* With column pivoting: pivot[k] is the column that stands at k.  Returns the rank: diagonal entries above
 * `tolerance` times the first. */
size_t qr_factor_pivoted(size_t m, size_t n, size_t extra, double *a, size_t *pivot, double tolerance);

/* x = R^-1 b and x = R^-T b for the leading n x n triangle of a matrix with leading dimension m. */
void upper_solve(size_t m, size_t n, const double *r, double *x);
void upper_solve_transposed(size_t m, size_t n, const double *r, double *x);

/* The Euclidean norm without overflow or underflow on the way. */
double norm_of(size_t n, const double *x);

#endif
