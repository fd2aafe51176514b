/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blocks.c - kernels over blocks of rows for any CPU, and the choice: see blocks.h. */
#include "core/blocks.h"
#include "core/kernels.h"
#include "core/numbers.h"
#include "core/vector.h"
#include <string.h>

/* ---- kernels for any CPU ---- */

#define KERNEL_HEAD(name)                                                                                    \
    static void name(const block_step *s, size_t n, const double *const *from, double *const *to)
#define AT(operand, i) from[s->operand][s->operand##_varies ? (i) : 0]

#define OP1(NAME, ...)                                                                                       \
    KERNEL_HEAD(plain_##NAME) {                                                                              \
        for (size_t i = 0; i < n; i++) to[s->to][i] = number_##NAME(AT(a, i));                               \
    }
#define OP2(NAME, ...)                                                                                       \
    KERNEL_HEAD(plain_##NAME) {                                                                              \
        for (size_t i = 0; i < n; i++) to[s->to][i] = number_##NAME(AT(a, i), AT(b, i));                     \
    }
#include "core/ops.def"
#undef OP1
#undef OP2

#define PLAIN_PAIR(FIRST, SECOND, OP, x, w)                                                                  \
    KERNEL_HEAD(plain_##FIRST##_##SECOND) {                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                     \
            double t = number_##FIRST(AT(a, i), AT(b, i)), c = AT(c, i);                                     \
            to[s->to][i] = number_##OP(x, w);                                                                \
        }                                                                                                    \
    }
#define PLAIN_PAIRS(FIRST) EACH_SECOND(PLAIN_PAIR, FIRST)
EACH_FIRST(PLAIN_PAIRS)

KERNEL_HEAD(plain_where) {
    for (size_t i = 0; i < n; i++) to[s->to][i] = AT(a, i) != 0 ? AT(b, i) : AT(c, i);
}

KERNEL_HEAD(plain_sincos) {
    for (size_t i = 0; i < n; i++) to[s->to][i] = sin(AT(a, i)), to[s->to2][i] = cos(AT(a, i));
}

static block_kernel *const plain[BLOCK_OPS_END] = {
#define OP1(NAME, ...) [OP_##NAME] = plain_##NAME,
#define OP2(NAME, ...) [OP_##NAME] = plain_##NAME,
#include "core/ops.def"
#undef OP1
#undef OP2
    [BLOCK_WHERE] = plain_where,
    [BLOCK_SINCOS] = plain_sincos,
};

static block_kernel *plain_pair(const block_step *s) {
    switch (s->op * SECONDS + s->second) {
#define PICK(FIRST, SECOND, OP, x, w)                                                                        \
    case OP_##FIRST *SECONDS + SECOND_##SECOND:                                                              \
        return plain_##FIRST##_##SECOND;
#define PICKS(FIRST) EACH_SECOND(PICK, FIRST)
        EACH_FIRST(PICKS)
#undef PICK
#undef PICKS
    default: return NULL;
    }
}

block_kernel *block_kernel_plain(const block_step *s) { return s->second ? plain_pair(s) : plain[s->op]; }

static bool put_plain(size_t n, const double *x, double zero, double *y) {
    double odd = 0; /* 0 times what is not finite is nan, which stays */
    for (size_t i = 0; i < n; i++) {
        odd += x[i] * 0;
        y[i] = x[i] + zero;
    }
    return odd == 0;
}

static size_t guard_plain(size_t n, const double *x, bool wanted, u8 *holds) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += holds[i] &= (x[i] != 0) == wanted;
    return count;
}

/* ---- pairs ---- */

bool block_can_be_first(u16 op) {
    switch (op) {
#define CASE(NAME) case OP_##NAME:
        EACH_FIRST(CASE) return true;
#undef CASE
    default: return false;
    }
}

enum block_second block_second_of(u16 op, bool t_is_first) {
    switch (op) {
    case OP_ADD: return SECOND_ADD;
    case OP_SUB: return t_is_first ? SECOND_SUBTRACT : SECOND_FROM;
    case OP_MUL: return SECOND_MULTIPLY;
    case OP_CARRY: return t_is_first ? SECOND_CARRY : SECOND_CARRIED;
    default: return SECOND_NONE;
    }
}

/* ---- the rest of a block ---- */

static size_t operand_count(const block_step *s) {
    if (s->second || s->op == BLOCK_WHERE) return 3;
    return s->op < OP_ELEMENTWISE_END ? op_infos[s->op].arity : 1;
}

void block_rest(const block_step *s, size_t at, size_t n, size_t lanes, const double *const *from,
                double *const *to) {
    double entries[3][BLOCK_LANES], made[2][BLOCK_LANES];
    const u32 operand[3] = {s->a, s->b, s->c};
    const bool varies[3] = {s->a_varies, s->b_varies, s->c_varies};
    const double *rest_from[3] = {entries[0], entries[1], entries[2]};
    for (size_t k = 0; k < operand_count(s); k++) {
        // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.ArraySubscript): at most three operands
        const double *x = from[operand[k]] + (varies[k] ? at : 0);
        for (size_t i = 0; i < lanes; i++) entries[k][i] = x[!varies[k] ? 0 : i < n ? i : n - 1];
    }
    block_step rest = *s;
    rest.a = 0, rest.b = 1, rest.c = 2, rest.to = 0, rest.to2 = 1;
    s->run(&rest, lanes, rest_from, (double *const[]){made[0], made[1]});
    memcpy(to[s->to] + at, made[0], n * sizeof(double));
    if (s->op == BLOCK_SINCOS) memcpy(to[s->to2] + at, made[1], n * sizeof(double));
}

/* ---- the choice ---- */

#if defined(__x86_64__) && defined(__GNUC__)

static void *vector_function(const vector_functions *v, u16 op) {
    switch (op) {
#define PICK(NAME, name, accuracy)                                                                           \
    case OP_##NAME: return v->NAME;
        EACH_VECTOR1(PICK)
        EACH_VECTOR2(PICK)
#undef PICK
    case BLOCK_SINCOS: return v->SINCOS;
    default: return NULL;
    }
}

static block_kernel *fast_kernel(block_step *s) {
    s->function = vector_function(kernels_functions(), s->op);
    switch (kernels_isa()) {
    case ISA_AVX512: return block_kernel_avx512(s);
    case ISA_AVX2: return block_kernel_avx2(s);
    default: return NULL;
    }
}

bool block_put(size_t n, const double *x, double zero, double *y) {
    switch (kernels_isa()) {
    case ISA_AVX512: return block_put_avx512(n, x, zero, y);
    case ISA_AVX2: return block_put_avx2(n, x, zero, y);
    default: return put_plain(n, x, zero, y);
    }
}

size_t block_guard(size_t n, const double *x, bool wanted, u8 *holds) {
    switch (kernels_isa()) {
    case ISA_AVX512: return block_guard_avx512(n, x, wanted, holds);
    case ISA_AVX2: return block_guard_avx2(n, x, wanted, holds);
    default: return guard_plain(n, x, wanted, holds);
    }
}

#else

static block_kernel *fast_kernel(const block_step *s) {
    (void)s;
    return NULL;
}

bool block_put(size_t n, const double *x, double zero, double *y) { return put_plain(n, x, zero, y); }

size_t block_guard(size_t n, const double *x, bool wanted, u8 *holds) {
    return guard_plain(n, x, wanted, holds);
}

#endif

void block_choose(block_step *s) {
    s->run = fast_kernel(s);
    if (!s->run) s->run = block_kernel_plain(s);
}
