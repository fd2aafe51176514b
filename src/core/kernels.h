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

/* The instruction set that kernels are chosen for, and the vector library's functions for it. */
enum kernels_isa { ISA_ANY, ISA_AVX2, ISA_AVX512 };
enum kernels_isa kernels_isa(void);
const struct vector_functions *kernels_functions(void);
/* Whether SLEEF's functions are there. */
bool kernels_have_sleef(void);

/* y[i] = op(x[i], w[i]) over n entries; a stride of 0 repeats one entry.  y may be x or w. */
void kernel1(enum op op, size_t n, const double *x, double *y);
void kernel2(enum op op, size_t n, const double *x, size_t x_stride, const double *w, size_t w_stride,
             double *y);

/* The sum of a run of a few hundred entries: eight interleaved sums, for every instruction set alike. */
double kernel_sum(size_t n, const double *x);

/* ---- for kernels.c: one instruction set each; false where the operation is not among its kernels ---- */
struct vector_functions;
typedef bool kernel1_function(const struct vector_functions *v, enum op op, size_t n, const double *x,
                              double *y);
typedef bool kernel2_function(const struct vector_functions *v, enum op op, size_t n, const double *x,
                              size_t sx, const double *w, size_t sw, double *y);
kernel1_function kernel1_avx2, kernel1_avx512;
kernel2_function kernel2_avx2, kernel2_avx512;

#endif
