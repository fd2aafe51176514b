/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vector.h - elementary functions on vectors, from SLEEF where it is installed.
 *
 * Layer: core.  The functions are those that give an entry the same result whatever stands beside it, and on
 * every CPU ("finz" in SLEEF's names).  Includes ops.def's names of the operations that SLEEF has within 1
 * ulp (its u10 set; erfc within 1.5).  VECTOR1(operation, SLEEF's name, its accuracy); the same for two
 * operands. */
#ifndef GTAPE_VECTOR_H
#define GTAPE_VECTOR_H

#include "base/base.h"
#include <float.h>
#include <math.h>

#define EACH_VECTOR1(DO)                                                                                     \
    DO(EXP, exp, u10)                                                                                        \
    DO(EXP2, exp2, u10)                                                                                      \
    DO(EXPM1, expm1, u10)                                                                                    \
    DO(LOG, log, u10)                                                                                        \
    DO(LOG2, log2, u10)                                                                                      \
    DO(LOG10, log10, u10)                                                                                    \
    DO(LOG1P, log1p, u10)                                                                                    \
    DO(SIN, sin, u10)                                                                                        \
    DO(COS, cos, u10)                                                                                        \
    DO(TAN, tan, u10)                                                                                        \
    DO(ASIN, asin, u10)                                                                                      \
    DO(ACOS, acos, u10)                                                                                      \
    DO(ATAN, atan, u10)                                                                                      \
    DO(SINH, sinh, u10)                                                                                      \
    DO(COSH, cosh, u10)                                                                                      \
    DO(TANH, tanh, u10)                                                                                      \
    DO(CBRT, cbrt, u10)                                                                                      \
    DO(ERF, erf, u10)
#define EACH_VECTOR2(DO)                                                                                     \
    DO(POW, pow, u10)                                                                                        \
    DO(ATAN2, atan2, u10)

/* Of two results; not an operation of ops.def. */
#define EACH_VECTOR_PAIR(DO) DO(SINCOS, sincos, u10)

/* Where some of them are worse than the C library's: they overflow early, or lose the last digits of denormal
 * arguments.  VECTOR_LIMIT(operation, least, most, tiny): arguments that are 0, or from `least` to `most` and
 * not below `tiny` in size, are SLEEF's; the others are computed one by one.  Found by comparing SLEEF 3.5
 * with glibc over all exponents.  A power's limits depend on its exponent: vector_power_limits. */
#define EACH_VECTOR_LIMIT(DO)                                                                                \
    DO(EXP, -INFINITY, 709.0, 0.0)                                                                           \
    DO(LOG1P, -INFINITY, 1e307, DBL_MIN)                                                                     \
    DO(TAN, -INFINITY, INFINITY, DBL_MIN)                                                                    \
    DO(SINH, -709.0, 709.0, 0.0)                                                                             \
    DO(COSH, -709.0, 709.0, 0.0)

typedef struct vector_limits {
    double least, most, tiny;
} vector_limits;

static inline bool vector_is_beyond(const vector_limits *l, double x) {
    return (x < l->least) | (x > l->most) | ((fabs(x) < l->tiny) & (x != 0));
}

/* x^w is within e^709, in size. */
static inline vector_limits vector_power_limits(double w) {
    double edge = exp(709.0 / w);
    return w > 0 ? (vector_limits){-edge, edge, 0} : (vector_limits){-INFINITY, INFINITY, w < 0 ? edge : 0};
}

/* Addresses for one instruction set; NULL where there is none. */
typedef struct vector_functions {
#define MEMBER(OP, name, accuracy) void *OP;
    EACH_VECTOR1(MEMBER) EACH_VECTOR2(MEMBER) EACH_VECTOR_PAIR(MEMBER)
#undef MEMBER
} vector_functions;

#endif
