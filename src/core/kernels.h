/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernels.h - elementwise operations on numbers and on runs of them.
 *
 * Layer: core.
 *
 * The kernels exist for several instruction sets; the one for this CPU is chosen when the first is called.
 * Where the vector library SLEEF is installed, long runs of elementary functions use its functions of 1 ulp,
 * so that entries of large tensors may differ from scalars in the last bit. */
#ifndef GTAPE_KERNELS_H
#define GTAPE_KERNELS_H

#include "core/ops.h"
#include <stddef.h>

double number1(enum op op, double x);
double number2(enum op op, double x, double w);

/* Whether SLEEF's functions are there. */
bool kernels_have_sleef(void);

/* y[i] = op(x[i], w[i]) over n entries; a stride of 0 repeats one entry.  y may be x or w. */
void kernel1(enum op op, size_t n, const double *x, double *y);
void kernel2(enum op op, size_t n, const double *x, size_t x_stride, const double *w, size_t w_stride,
             double *y);

/* The same for blocks of rows: one kernel whatever n is, so that an entry's result does not depend on how
 * many there are, nor on its neighbours.  y is neither x nor w. */
void block1(enum op op, size_t n, const double *x, double *y);
void block2(enum op op, size_t n, const double *x, size_t x_stride, const double *w, size_t w_stride,
            double *y);
/* y[i] = x[i] + zero (-0 in zero keeps every bit).  Whether all are finite. */
bool block_put(size_t n, const double *x, double zero, double *y);
/* s[i] = sin(x[i]) and c[i] = cos(x[i]), with the results of the two kernels. */
void block_sincos(size_t n, const double *x, double *s, double *c);
/* y[i] = c[i] != 0 ? a[i] : b[i], with strides of 0 or 1 for a and b. */
void block_where(size_t n, const double *c, const double *a, size_t a_stride, const double *b,
                 size_t b_stride, double *y);

/* The sum of a run of a few hundred entries: eight interleaved sums, for every instruction set alike. */
double kernel_sum(size_t n, const double *x);

/* ---- for kernels.c: one instruction set each; false where the operation is not among its kernels ---- */
struct vector_functions;
typedef bool kernel1_function(const struct vector_functions *v, enum op op, size_t n, const double *x,
                              double *y);
typedef bool kernel2_function(const struct vector_functions *v, enum op op, size_t n, const double *x,
                              size_t sx, const double *w, size_t sw, double *y);
typedef bool sincos_function(const struct vector_functions *v, size_t n, const double *x, double *s,
                             double *c);
sincos_function sincos_avx2, sincos_avx512;
typedef bool put_function(size_t n, const double *x, double zero, double *y);
put_function put_avx2, put_avx512;
kernel1_function kernel1_avx2, kernel1_avx512;
kernel2_function kernel2_avx2, kernel2_avx512;

#endif
