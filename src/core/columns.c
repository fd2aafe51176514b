/* SPDX-License-Identifier: GPL-3.0-or-later */
/* columns.c - column kernels for any CPU, and the choice: see columns.h. */
#include "core/columns.h"
#include "base/cpu.h"
#include "core/column_updates.h"
#include "core/numbers.h"
#include <string.h>

#define LOOP(name, term)                                                                                     \
    static void name(size_t n, const double *x, const double *w, const double *y, double *out) {             \
        (void)x, (void)w, (void)y;                                                                           \
        for (size_t k = 0; k < n; k++) out[k] = term;                                                        \
    }
#define OP1(NAME, ...)                                                                                       \
    LOOP(value_##NAME, number_##NAME(x[k]))                                                                  \
    LOOP(first_##NAME, partial0_##NAME(x[k], y[k]))
#define OP2(NAME, ...)                                                                                       \
    LOOP(value_##NAME, number_##NAME(x[k], w[k]))                                                            \
    LOOP(first_##NAME, partial0_##NAME(x[k], w[k], y[k]))                                                    \
    LOOP(second_##NAME, partial1_##NAME(x[k], w[k], y[k]))
#include "core/ops.def"
#undef OP1
#undef OP2
EACH_UPDATE(LOOP)

#define OP1(NAME, ...) [OP_##NAME] = {value_##NAME, first_##NAME},
#define OP2(NAME, ...) [OP_##NAME] = {value_##NAME, first_##NAME, second_##NAME},
static column_kernel *const plain[OP_ELEMENTWISE_END][3] = {
#include "core/ops.def"
};
#undef OP1
#undef OP2
static column_kernel *const plain_updates[UPDATES] = UPDATE_KERNELS;

#if defined(__x86_64__) && defined(__GNUC__)

#define CHOOSE(which, ...)                                                                                   \
    (cpu_vectors() == CPU_AVX512 ? which##_avx512(__VA_ARGS__)                                               \
     : cpu_vectors() == CPU_AVX2 ? which##_avx2(__VA_ARGS__)                                                 \
                                 : NULL)
#else
#define CHOOSE(which, ...) NULL
#endif

column_kernel *column_value(enum op op) {
    column_kernel *fast = CHOOSE(column_value, op);
    return fast ? fast : plain[op][0];
}

column_kernel *column_partial(enum op op, int which) {
    column_kernel *fast = CHOOSE(column_partial, op, which);
    return fast ? fast : plain[op][1 + which];
}

column_kernel *column_update(unsigned update) {
    column_kernel *fast = CHOOSE(column_update, update);
    return fast ? fast : plain_updates[update];
}

bool column_is_finite(size_t n, const double *x) {
    const u64 exponent = 0x7ff0000000000000u;
    u64 odd = 0;
    for (size_t k = 0; k < n; k++) {
        u64 bits;
        memcpy(&bits, &x[k], sizeof bits);
        odd |= (bits & exponent) == exponent;
    }
    return !odd;
}
