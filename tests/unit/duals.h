/* SPDX-License-Identifier: GPL-3.0-or-later */
/* duals.h - ops.def over dual numbers: every partial derivative is differentiated once more.
 *
 * A dual is a value with its tangent.  A partial's text over duals gives the partial and, by the partials of
 * the operations that it is written with, its own derivative: the second derivatives that a recording sweep
 * arrives at.
 *
 * dual_values[op](x, w) and dual_partials[i][op](x, w, y); operations of one operand ignore w. */
#ifndef GTAPE_DUALS_H
#define GTAPE_DUALS_H

#include "core/numbers.h"
#include "core/ops.h"

typedef struct dual {
    double v, t;
} dual;

static inline dual constant(double v) { return (dual){v, 0}; }

/* What a tangent adds through a partial that is only worked out where there is one. */
#define THROUGH(tangent, partial) ((tangent) == 0 ? 0.0 : (tangent) * (partial))

#define OP1(NAME, ...)                                                                                       \
    static inline dual dual1_##NAME(dual a) {                                                                \
        double y = number_##NAME(a.v);                                                                       \
        return (dual){y, THROUGH(a.t, partial0_##NAME(a.v, y))};                                             \
    }                                                                                                        \
    static dual dual_##NAME(dual x, dual w) {                                                                \
        (void)w;                                                                                             \
        return dual1_##NAME(x);                                                                              \
    }
#define OP2(NAME, ...)                                                                                       \
    static dual dual_##NAME(dual a, dual b) {                                                                \
        double y = number_##NAME(a.v, b.v);                                                                  \
        return (dual){y, THROUGH(a.t, partial0_##NAME(a.v, b.v, y)) +                                        \
                             THROUGH(b.t, partial1_##NAME(a.v, b.v, y))};                                    \
    }
#include "core/ops.def"
#undef OP1
#undef OP2

#define CALL1(op, a)    dual1_##op(a)
#define CALL2(op, a, b) dual_##op(a, b)
#define NUM(c)          constant(c)
#include "core/partials.h"
#define DUAL_PARTIAL(i, NAME, text)                                                                          \
    static dual dual_partial##i##_##NAME(dual x, dual w, dual y) {                                           \
        (void)x, (void)w, (void)y;                                                                           \
        return text;                                                                                         \
    }
#define OP1(NAME, name, value, dx, ...)     DUAL_PARTIAL(0, NAME, dx)
#define OP2(NAME, name, value, dx, dw, ...) DUAL_PARTIAL(0, NAME, dx) DUAL_PARTIAL(1, NAME, dw)
#include "core/ops.def"
#undef OP1
#undef OP2

typedef dual (*dual_value)(dual x, dual w);
typedef dual (*dual_partial)(dual x, dual w, dual y);

static const dual_value dual_values[OP_ELEMENTWISE_END] = {
#define OP1(NAME, ...) [OP_##NAME] = dual_##NAME,
#define OP2(NAME, ...) [OP_##NAME] = dual_##NAME,
#include "core/ops.def"
#undef OP1
#undef OP2
};

static const dual_partial dual_partials[2][OP_ELEMENTWISE_END] = {
    {
#define OP1(NAME, ...) [OP_##NAME] = dual_partial0_##NAME,
#define OP2(NAME, ...) [OP_##NAME] = dual_partial0_##NAME,
#include "core/ops.def"
#undef OP1
#undef OP2
    },
    {
#define OP1(NAME, ...)
#define OP2(NAME, ...) [OP_##NAME] = dual_partial1_##NAME,
#include "core/ops.def"
#undef OP1
#undef OP2
    },
};

#endif
