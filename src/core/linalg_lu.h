/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_lu.h - A = P L U with partial pivoting, of one matrix, on plain numbers.
 *
 * Layer: core.  Who calls owns the arrays.
 *
 * LAPACK works on columns, so it factors A^T there (by_columns); lu_solve knows. */
#ifndef GTAPE_LINALG_LU_H
#define GTAPE_LINALG_LU_H

#include "core/linalg.h"

typedef struct lu {
    const recorder *r; /* for interrupts */
    size_t n;
    double *factors;           /* n x n: A before lu_factor; then U on and above the diagonal, L below it */
    int *pivots;               /* row i was swapped with row pivots[i] - 1 */
    bool by_columns, singular; /* singular: a pivot is exactly 0 */
} lu;

/* With arrays in the pool; factors are not set. */
lu lu_new(recorder *r, size_t n);
void lu_factor(lu *f, const double *a);
/* X becomes A^-1 X (or A^-T X), n x count, row-major; nan where A is singular. */
void lu_solve(recorder *r, const lu *f, bool transposed, size_t count, double *x);
/* The n x n inverse; overwrites the factors. */
void lu_invert(recorder *r, lu *f, double *out);

/* A product that cannot overflow on its way: mantissa * 2^exponent. */
typedef struct scaled {
    double mantissa; /* 0, nan, inf, or 1/2 <= |mantissa| < 1 */
    long exponent;
} scaled;
#define SCALED_ONE ((scaled){0.5, 1})
void scaled_multiply(scaled *s, double factor);
double scaled_value(scaled s);
/* log |s| */
double scaled_log(scaled s);

/* The determinant. */
scaled lu_det(const lu *f);

/* X becomes L^-1 X (or L^-T X) for a lower triangle L. */
void lower_solve(size_t n, const double *l, bool transposed, size_t count, double *x);

#endif
