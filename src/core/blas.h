/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blas.h - BLAS and LAPACK, loaded when first used.
 *
 * Layer: core.  Owns the library's handle, for ever.
 *
 * The Fortran interfaces of LAPACK (32-bit integers, column-major, lengths of texts at the end) are in every
 * LAPACK; those of CBLAS in OpenBLAS and in Debian's libblas.  A function that a machine lacks is NULL. */
#ifndef GTAPE_BLAS_H
#define GTAPE_BLAS_H

#include "base/base.h"
#include <limits.h>

enum {
    BLAS_ROW_MAJOR = 101,
    BLAS_PLAIN = 111,
    BLAS_TRANSPOSED = 112,
    BLAS_LOWER = 122,
    BLAS_NON_UNIT = 131,
    BLAS_LEFT = 141
};

typedef struct blas_functions {
    void (*gemm)(int order, int trans_a, int trans_b, int m, int n, int k, double alpha, const double *a,
                 int lda, const double *b, int ldb, double beta, double *c, int ldc);
    void (*gemv)(int order, int trans, int m, int n, double alpha, const double *a, int lda, const double *x,
                 int incx, double beta, double *y, int incy);
    void (*trsm)(int order, int side, int uplo, int trans, int diag, int m, int n, double alpha,
                 const double *a, int lda, double *b, int ldb);
    void (*getrf)(const int *m, const int *n, double *a, const int *lda, int *pivots, int *info);
    void (*getrs)(const char *trans, const int *n, const int *nrhs, const double *a, const int *lda,
                  const int *pivots, double *b, const int *ldb, int *info, size_t);
    void (*getri)(const int *n, double *a, const int *lda, const int *pivots, double *work, const int *lwork,
                  int *info);
    void (*potrf)(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
    void (*geqrf)(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
                  const int *lwork, int *info);
    void (*orgqr)(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau,
                  double *work, const int *lwork, int *info);
    void (*syevd)(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
                  double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);
    void (*gesdd)(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s,
                  double *u, const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork,
                  int *iwork, int *info, size_t);
} blas_functions;

/* The functions that this machine has; loads the library at the first call, from any thread. */
const blas_functions *blas(void);

/* How many threads the library may use, from now on; where it has a say in that (OpenBLAS). */
void blas_set_threads(int count);

/* For tests: with false everything runs on the plain code. */
void blas_enable(bool on);

#endif
