/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eigen.h - eigenvalues of small symmetric matrices.
 *
 * Layer: solve.  Who calls owns the arrays. */
#ifndef GTAPE_SOLVE_EIGEN_H
#define GTAPE_SOLVE_EIGEN_H

#include "base/base.h"

/* The eigenvalues (unsorted) and vectors (columns of q, row-major n x n) of the symmetric matrix a, which is
 * overwritten: Jacobi's method. */
void symmetric_eigen(size_t n, double *a, double *values, double *q);

#endif
