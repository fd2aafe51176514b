/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wide.h - the operations of ops.def in more than double precision.
 *
 * Layer: core.  Pure functions; owns nothing.
 *
 * `wide` has the 113 bits of IEEE binary128 where the C library has functions of it (glibc), else what long
 * double has.  Where that is no more than double, WIDE_IS_WIDER is false. */
#ifndef GTAPE_WIDE_H
#define GTAPE_WIDE_H

#include "core/ops.h"

#include <float.h>

/* Clang has the type by another name, and the C library then hides its functions. */
#if defined HAVE_FLOAT128_FUNCTIONS && !defined __clang__
#define WIDE_IS_BINARY128 1
typedef _Float128 wide;
#define WIDE_EPSILON 0x1p-112
#else
#define WIDE_IS_BINARY128 0
typedef long double wide;
#define WIDE_EPSILON      ((double)LDBL_EPSILON)
#endif
#define WIDE_IS_WIDER (WIDE_IS_BINARY128 || LDBL_MANT_DIG > DBL_MANT_DIG)

/* The value of an operation; nan where it has no form in this precision (wide.c lists these). */
wide wide1(enum op op, wide x);
wide wide2(enum op op, wide x, wide w);

/* The shortest decimal number that reads as x: what stood in a file or a program, if that had at most 15
 * digits. */
wide wide_decimal(double x);
wide wide_pi(void);

#endif
