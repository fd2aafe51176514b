/* SPDX-License-Identifier: GPL-3.0-or-later */
/* number_cxx.h - the conversions that the C++ library does faster than the C library.
 *
 * Layer: base.  Private to number.c.  number_cxx.cc implements them by <charconv>, number.c itself where
 * HAVE_CXX_CHARCONV is not defined. */
#ifndef GTAPE_NUMBER_CXX_H
#define GTAPE_NUMBER_CXX_H

#include <float.h>

/* Where long double has 64 bits, number.c reads nearly all numbers by itself, and leaves the others to
 * strtod: from_chars would bring the C++ library's exceptions along, which take memory at every start. */
#if defined __x86_64__ && LDBL_MANT_DIG == 64
#define HAVE_LONG_MANTISSA 1
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a finite x > 0 as d.ddde+XX, not terminated, and returns the length (at most 24): the shortest
 * digits that read back the same, or `digits` (1 to 17) correctly rounded ones where it is not 0. */
unsigned number_scientific(char *out, double x, int digits);

/* Writes the shortest digits of a finite x > 0, not too small and not too large for NUMBER_ROOM, without an
 * exponent, and returns the length; 0: ask for the form above. */
unsigned number_fixed(char *out, double x);

#ifndef HAVE_LONG_MANTISSA
/* Reads well-formed unsigned decimal text, correctly rounded; 0 where it is out of the range of a double
 * at either end, and *out is not set. */
int number_decimal(const char *begin, const char *end, double *out);
#endif

#ifdef __cplusplus
}
#endif

#endif
