/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elementwise.c - ops.def over doubles and over runs of doubles. */
#include "core/numbers.h"
#include "core/record.h"

double number1(enum op op, double x) {
    switch (op) {
#define OP1(NAME, ...)                                                                                       \
    case OP_##NAME: return number_##NAME(x);
#define OP2(NAME, ...)
#include "core/ops.def"
#undef OP1
#undef OP2
    default: return NAN;
    }
}

double number2(enum op op, double x, double w) {
    switch (op) {
#define OP1(NAME, ...)
#define OP2(NAME, ...)                                                                                       \
    case OP_##NAME: return number_##NAME(x, w);
#include "core/ops.def"
#undef OP1
#undef OP2
    default: return NAN;
    }
}

void kernel1(enum op op, size_t n, const double *x, double *y) {
    switch (op) {
#define OP1(NAME, ...)                                                                                       \
    case OP_##NAME:                                                                                          \
        for (size_t i = 0; i < n; i++) y[i] = number_##NAME(x[i]);                                           \
        break;
#define OP2(NAME, ...)
#include "core/ops.def"
#undef OP1
#undef OP2
    default: break;
    }
}

/* The usual strides get loops of their own, which the compiler can turn into vector code. */
void kernel2(enum op op, size_t n, const double *x, size_t sx, const double *w, size_t sw, double *y) {
    switch (op) {
#define OP1(NAME, ...)
#define OP2(NAME, ...)                                                                                       \
    case OP_##NAME:                                                                                          \
        if (sx == 1 && sw == 1)                                                                              \
            for (size_t i = 0; i < n; i++) y[i] = number_##NAME(x[i], w[i]);                                 \
        else if (sx == 1 && sw == 0)                                                                         \
            for (size_t i = 0; i < n; i++) y[i] = number_##NAME(x[i], w[0]);                                 \
        else                                                                                                 \
            for (size_t i = 0; i < n; i++) y[i] = number_##NAME(x[i * sx], w[i * sw]);                       \
        break;
#include "core/ops.def"
#undef OP1
#undef OP2
    default: break;
    }
}
