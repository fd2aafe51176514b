/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers.h - every elementwise operation and its partials on doubles.
 *
 * Layer: core.  Expands ops.def into number_EXP(x), partial0_EXP(x, y), number_MUL(x, w),
 * partial0_MUL(x, w, y), partial1_MUL(x, w, y) and so on: static inline, so that the loops which use
 * them see through. */
#ifndef GTAPE_NUMBERS_H
#define GTAPE_NUMBERS_H

#include "core/special.h"
#include <float.h>
#include <math.h>

#define OP1(NAME, name, value, dx, ...)                                                                      \
    static inline double number_##NAME(double x) { return value; }
#define OP2(NAME, name, value, dx, dw, ...)                                                                  \
    static inline double number_##NAME(double x, double w) { return value; }
#include "core/ops.def"
#undef OP1
#undef OP2

#define CALL1(op, a)    number_##op(a)
#define CALL2(op, a, b) number_##op(a, b)
#define NUM(c)          (c)
#include "core/partials.h"
#define OP1(NAME, name, value, dx, ...)                                                                      \
    static inline double partial0_##NAME(double x, double y) {                                               \
        (void)x, (void)y;                                                                                    \
        return dx;                                                                                           \
    }
#define OP2(NAME, name, value, dx, dw, ...)                                                                  \
    static inline double partial0_##NAME(double x, double w, double y) {                                     \
        (void)x, (void)w, (void)y;                                                                           \
        return dx;                                                                                           \
    }                                                                                                        \
    static inline double partial1_##NAME(double x, double w, double y) {                                     \
        (void)x, (void)w, (void)y;                                                                           \
        return dw;                                                                                           \
    }
#include "core/ops.def"
#undef OP1
#undef OP2
#undef CALL1
#undef CALL2
#undef NUM

#endif
