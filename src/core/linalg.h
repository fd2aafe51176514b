/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg.h - what the files of linear algebra share.
 *
 * Layer: core.
 *
 * Matrices are the last two axes of a tensor, row-major and contiguous; the axes before them count a stack
 * of matrices, and every function here works on each matrix of a stack.  The functions that return values
 * are recorded ones, so adjoints that are written with them can be differentiated again.
 *
 * Small matrices are worked on by plain C code here, larger ones by BLAS and LAPACK where the machine has
 * them (blas.h).  The choice depends on sizes only, so equal input gives equal output. */
#ifndef GTAPE_LINALG_H
#define GTAPE_LINALG_H

#include "core/arguments.h"
#include "core/functions.h"
#include "core/tensor_ops.h"

enum {
    LAPACK_FROM = 48,         /* matrices with as many rows go to LAPACK */
    GEMM_FROM = 48 * 48 * 48, /* products with as many multiplications go to BLAS */
};

/* ---- shapes ---- */

_Noreturn void fail_shapes(recorder *r, const char *name, view a, view b, const char *hint);
/* The number of rows of a matrix or a stack of them; an error where they are not square. */
size_t need_square(recorder *r, const char *name, const value *a);
/* An error where the value has no two axes. */
void need_matrix(recorder *r, const char *name, const value *a);

/* The number of matrices of a value with at least two axes. */
static inline size_t matrix_count(view v) { return shape_size(v.rank - 2, v.shape); }
/* The view of a value that is known to have axes, and the length of its last one. */
static inline view axes_of(const value *v) { return view_of(v); }
static inline size_t last_axis(const value *v) { return v->t->shape[v->t->rank - 1]; }

/* Two stacks whose leading axes broadcast. */
typedef struct stack_pair {
    u32 rank;
    size_t shape[MAX_RANK], count;
    size_t stride[2][MAX_RANK]; /* in matrices; 0 along repeated axes */
} stack_pair;
/* From the leading axes; false where they do not fit. */
bool stack_pair_make(stack_pair *p, u32 rank_a, const size_t *a, u32 rank_b, const size_t *b);
/* Which matrix of each stack belongs to the i-th of the result. */
void stack_pair_at(const stack_pair *p, size_t i, size_t *a, size_t *b);

/* ---- memory ---- */

/* Room for numbers, in the pool. */
double *scratch(recorder *r, size_t count);
static inline size_t *scratch_indices(recorder *r, size_t count) { return (void *)scratch(r, count); }
void fill_nan(size_t count, double *x);
bool finite_entries(size_t count, const double *x);
/* out[j][i] = a[i][j] */
void transpose_entries(size_t rows, size_t columns, const double *a, double *out);
/* Raises FAULT_INTERRUPT where the user asked for it. */
void poll_interrupt(const recorder *r);

/* ---- constants ---- */

/* f(i, j) below (i > j), on and above the diagonal. */
value pattern(recorder *r, size_t rows, size_t columns, double below, double on, double above);
/* The columns from..from + count of the n x n identity. */
value identity_columns(recorder *r, size_t n, size_t from, size_t count);

/* ---- recorded functions of matrices ---- */

enum {
    MUL_A_TRANSPOSED = 1,
    MUL_B_TRANSPOSED = 2,
    MUL_A_VECTOR = 4, /* the last axis of A is a column: an axis of length 1 is missing after it */
    MUL_B_VECTOR = 8,
    MUL_NO_ROWS = 16, /* the row axis of the result, of length 1, is left out */
    MUL_NO_COLUMNS = 32,
};
/* A B with these flags.  With both axes left out A and B are plain vectors. */
value matrix_product(recorder *r, u32 flags, value a, value b);

enum {
    SOLVE_TRANSPOSED = 1, /* A^T x = b */
    SOLVE_VECTOR = 2,     /* the last axis of b and x is a column */
    SOLVE_LOWER = 4,      /* only the lower triangle of A is looked at */
};
value matrix_solve(recorder *r, u32 flags, value a, value b);

value matrix_transpose(recorder *r, value a);
/* [...] to [..., 1, 1] */
value as_matrices(recorder *r, value x);
/* The diagonal matrix of the last axis: [..., n] to [..., n, n]. */
value diagonal_matrix(recorder *r, value x);
/* The sum over each matrix: [..., m, n] to [..., 1, 1]. */
value matrix_sum(recorder *r, value a);
/* (A + A^T)/2 */
value symmetric_part(recorder *r, value a);
/* X over the differences w[j] - w[i] at [i][j], for [..., n] and [..., n, n]: what the adjoint of record n,
 * of vectors that belong to the values w, is made of.  0 where two values are equal up to rounding, with a
 * note where X is not 0 there. */
value over_differences(struct sweep *s, u32 n, value w, value x);
static inline value minus(recorder *r, value a) { return apply1(r, OP_NEG, a); }
static inline value plus(recorder *r, value a, value b) { return apply2(r, OP_ADD, a, b); }
static inline value times(recorder *r, value a, value b) { return apply2(r, OP_MUL, a, b); }

/* The results of factorisations, recorded; see the files. */
void qr_results(recorder *r, value a, value results[static 2]);
void eigh_results(recorder *r, value a, value results[static 2]);
void svd_results(recorder *r, value a, value results[static 3]);

/* ---- numbers ---- */

/* c = op(a) op(b), c of m x n, with the transposed flags of matrix_product. */
void gemm(recorder *r, u32 flags, size_t m, size_t n, size_t k, const double *a, const double *b, double *c);
/* U, s, Vt of an m x n matrix, with min(m, n) singular values; a is overwritten.  u and vt may be NULL. */
void svd_numbers(recorder *r, size_t m, size_t n, double *a, double *u, double *s, double *vt);

#endif
