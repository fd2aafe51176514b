/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elementwise.c - ops.def over doubles and over runs of doubles; the choice of kernels for this CPU. */
#include "core/kernels.h"
#include "base/cpu.h"
#include "core/numbers.h"
#include "core/vector.h"
#include <dlfcn.h>
#include <string.h>
#include <pthread.h>

double number1(enum op op, double x) {
    switch (op) {
#define OP1(NAME, ...)                                                                                       \
    case OP_##NAME:                                                                                          \
        return number_##NAME(x);
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
    case OP_##NAME:                                                                                          \
        return number_##NAME(x, w);
#include "core/ops.def"
#undef OP1
#undef OP2
    default: return NAN;
    }
}

/* ---- kernels for any CPU ---- */

static void plain1(enum op op, size_t n, const double *x, double *y) {
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
static void plain2(enum op op, size_t n, const double *x, size_t sx, const double *w, size_t sw, double *y) {
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

/* ---- the choice ---- */

/* Runs shorter than this are not worth a library; scalars and small tensors agree to the bit. */
enum { LONG_RUN = 256 };

#if defined(__x86_64__) && defined(__GNUC__)

static kernel1_function *chosen1;
static kernel2_function *chosen2;
static enum kernels_isa isa;
static vector_functions found;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Clang decides by the command line how vectors are passed, not by the function's target: without -mavx they
 * go to the stack, where SLEEF does not look for them. */
#if defined __clang__ && !defined __AVX512F__
static void load_functions(bool is_avx512) { (void)is_avx512; }
#else
static void load_functions(bool is_avx512) {
    static const char *const names[] = {"libsleef.so.3", "libsleef.so", NULL};
    void *handle = NULL;
    for (int i = 0; names[i] && !handle; i++) handle = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    if (!handle) return;
#define FIND(OP, name, accuracy)                                                                             \
    found.OP = dlsym(handle, is_avx512 ? "Sleef_finz_" #name "d8_" #accuracy "avx512f"                       \
                                       : "Sleef_finz_" #name "d4_" #accuracy "avx2");
    EACH_VECTOR1(FIND)
    EACH_VECTOR2(FIND)
    EACH_VECTOR_PAIR(FIND)
#undef FIND
}
#endif

static void choose(void) {
    enum cpu_vectors vectors = cpu_vectors();
    bool avx512 = vectors == CPU_AVX512;
    if (vectors == CPU_PLAIN) return;
    chosen1 = avx512 ? kernel1_avx512 : kernel1_avx2;
    chosen2 = avx512 ? kernel2_avx512 : kernel2_avx2;
    isa = avx512 ? ISA_AVX512 : ISA_AVX2;
    load_functions(avx512);
}

static bool fast1(enum op op, size_t n, const double *x, double *y) {
    pthread_once(&once, choose);
    return chosen1 && chosen1(&found, op, n, x, y);
}

static bool fast2(enum op op, size_t n, const double *x, size_t sx, const double *w, size_t sw, double *y) {
    pthread_once(&once, choose);
    return chosen2 && chosen2(&found, op, n, x, sx, w, sw, y);
}

enum kernels_isa kernels_isa(void) {
    pthread_once(&once, choose);
    return isa;
}

const vector_functions *kernels_functions(void) {
    pthread_once(&once, choose);
    return &found;
}

bool kernels_have_sleef(void) {
    pthread_once(&once, choose);
    return found.EXP != NULL;
}

#else

static bool fast1(enum op op, size_t n, const double *x, double *y) {
    (void)op, (void)n, (void)x, (void)y;
    return false;
}

static bool fast2(enum op op, size_t n, const double *x, size_t sx, const double *w, size_t sw, double *y) {
    (void)op, (void)n, (void)x, (void)sx, (void)w, (void)sw, (void)y;
    return false;
}

bool kernels_have_sleef(void) { return false; }

#endif

/* The compiler's vectors are cut to what the CPU has; the order of additions is the same everywhere. */
double kernel_sum(size_t n, const double *x) {
    typedef double eight __attribute__((vector_size(64)));
    eight s = {0}, v;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        memcpy(&v, x + i, sizeof v);
        s += v;
    }
    for (; i < n; i++) s[i & 7] += x[i];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

void kernel1(enum op op, size_t n, const double *x, double *y) {
    if (n < LONG_RUN || !fast1(op, n, x, y)) plain1(op, n, x, y);
}

void kernel2(enum op op, size_t n, const double *x, size_t sx, const double *w, size_t sw, double *y) {
    if (n < LONG_RUN || !fast2(op, n, x, sx, w, sw, y)) plain2(op, n, x, sx, w, sw, y);
}
