/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels over blocks of rows: the operations on single numbers, for every instruction set of this CPU,
 * however many rows there are. */
#include "core/blocks.h"
#include "core/kernels.h"
#include "unit.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { ROWS = 139, SETS = 4 };

/* The second half: where functions of the vector library leave the range, or lose denormal numbers. */
static const double odd[] = {0,      -0.0,   1,          -1,    2,       0.5,     INFINITY, -INFINITY,
                             NAN,    3.25,   1e-320,     1e300, -1e-300, 0x1p-60, -7.5,     0.9999999,
                             1e308,  -1e308, 710,        -710,  709.5,   -745,    5e-324,   -5e-324,
                             1e-310, 1e307,  709.782712, 1e153, 1e-154,  1023.9,  DBL_MAX,  -DBL_MAX};

/* Column k of operands; each meets each as rows go on. */
static double entry(size_t k, size_t row) {
    return odd[(row * (2 * k + 1) + k * 5 + row / 32) % COUNT_OF(odd)];
}

static double columns[3][ROWS];

static void fill(void) {
    for (size_t k = 0; k < 3; k++)
        for (size_t row = 0; row < ROWS; row++) columns[k][row] = entry(k, row);
}

static bool same_bits(double x, double y) { return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y)); }

/* The library's functions are within 1 unit of the last place, those of C within 2. */
static bool is_near(double x, double y) {
    return same_bits(x, y) || x == y || fabs(x - y) <= 4 * 0x1p-53 * fabs(y);
}

/* ---- one step ---- */

/* Numbers 0 to 2 of `from` are columns, 3 to 5 constants; result 0 and 1. */
static void run_step(block_step *s, size_t begin, size_t n, const double *constants, double out[2][ROWS]) {
    double repeated[3][BLOCK_LANES];
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < BLOCK_LANES; i++) repeated[k][i] = constants[k];
    const double *const from[] = {columns[0] + begin, columns[1] + begin, columns[2] + begin,
                                  repeated[0],        repeated[1],        repeated[2]};
    s->a = s->a_varies ? 0 : 3, s->b = s->b_varies ? 1 : 4, s->c = s->c_varies ? 2 : 5;
    s->to = 0, s->to2 = 1;
    double *const to[] = {out[0] + begin, out[1] + begin};
    s->run(s, n, from, to);
}

/* What each kernel of the step gives, over all rows and over pieces of them; the same for all of them where
 * the operation is exact, else for each. */
static void hold(block_step s, const double *constants, const double *expected, size_t which, bool exact) {
    block_choose(&s);
    block_kernel *kernels[SETS] = {s.run, block_kernel_plain(&s)};
#if defined(__x86_64__) && defined(__GNUC__)
    /* the functions of the library are for the widest set alone */
    if (!s.function && kernels_isa() >= ISA_AVX2) kernels[2] = block_kernel_avx2(&s);
    if (!s.function && kernels_isa() >= ISA_AVX512) kernels[3] = block_kernel_avx512(&s);
#endif
    static const size_t pieces[] = {ROWS, 1, 3, 8, 13};
    for (size_t set = 0; set < SETS; set++) {
        double out[2][ROWS], again[2][ROWS];
        s.run = kernels[set];
        if (!s.run) continue;
        run_step(&s, 0, ROWS, constants, out);
        for (size_t p = 1; p < COUNT_OF(pieces); p++) {
            for (size_t at = 0; at < ROWS; at += pieces[p])
                run_step(&s, at, ROWS - at < pieces[p] ? ROWS - at : pieces[p], constants, again);
            for (size_t i = 0; i < ROWS; i++)
                ck_assert_msg(same_bits(out[which][i], again[which][i]),
                              "step %u, %u, set %zu, row %zu of %zu", s.op, s.second, set, i, pieces[p]);
        }
        for (size_t i = 0; i < ROWS; i++)
            ck_assert_msg(exact ? same_bits(out[which][i], expected[i]) : is_near(out[which][i], expected[i]),
                          "step %u, %u, set %zu, row %zu: %a, not %a", s.op, s.second, set, i, out[which][i],
                          expected[i]);
    }
}

/* ---- single operations ---- */

START_TEST(operations) {
    double expected[ROWS];
    fill();
    for (u16 op = 1; op < OP_ELEMENTWISE_END; op++) {
        block_step s = {.op = op, .a_varies = true, .b_varies = true};
        block_choose(&s);
        bool exact = !s.function;
        for (unsigned constant = 0; constant < (op_infos[op].arity == 2 ? 3 : 1); constant++) {
            s.a_varies = constant != 1, s.b_varies = constant != 2;
            double constants[3] = {columns[0][9], 2.001, 0};
            for (size_t i = 0; i < ROWS; i++) {
                double x = constant == 1 ? constants[0] : columns[0][i];
                double w = constant == 2 ? constants[1] : columns[1][i];
                expected[i] = op_infos[op].arity == 2 ? number2(op, x, w) : number1(op, x);
            }
            hold(s, constants, expected, 0, exact);
        }
    }
}
END_TEST

START_TEST(others) {
    double expected[ROWS];
    fill();
    for (unsigned constant = 0; constant < 4; constant++) {
        block_step s = {
            .op = BLOCK_WHERE, .a_varies = true, .b_varies = constant & 1, .c_varies = constant & 2};
        double constants[3] = {0, -3, 4};
        for (size_t i = 0; i < ROWS; i++)
            expected[i] = columns[0][i] != 0 ? constant & 1 ? columns[1][i] : -3
                          : constant & 2     ? columns[2][i]
                                             : 4;
        hold(s, constants, expected, 0, true);
    }
    for (size_t which = 0; which < 2; which++) {
        for (size_t i = 0; i < ROWS; i++) expected[i] = which ? cos(columns[0][i]) : sin(columns[0][i]);
        hold((block_step){.op = BLOCK_SINCOS, .a_varies = true}, (double[3]){0}, expected, which, false);
    }
}
END_TEST

/* ---- pairs ---- */

static const u16 arithmetic[] = {OP_ADD, OP_SUB, OP_MUL, OP_CARRY};

static void hold_pair(u16 first, u16 second, bool t_is_first, unsigned constant) {
    double expected[ROWS], constants[3] = {-0.0, 3.5, 1e10};
    block_step s = {.op = first,
                    .second = (u16)block_second_of(second, t_is_first),
                    .a_varies = !(constant & 1),
                    .b_varies = !(constant & 2),
                    .c_varies = !(constant & 4)};
    ck_assert(block_can_be_first(first) && s.second != SECOND_NONE);
    for (size_t i = 0; i < ROWS; i++) {
        double a = constant & 1 ? constants[0] : columns[0][i],
               b = constant & 2 ? constants[1] : columns[1][i];
        double c = constant & 4 ? constants[2] : columns[2][i], t = number2(first, a, b);
        expected[i] = t_is_first ? number2(second, t, c) : number2(second, c, t);
    }
    hold(s, constants, expected, 0, true);
}

START_TEST(pairs) {
    fill();
    for (size_t i = 0; i < COUNT_OF(arithmetic); i++)
        for (size_t k = 0; k < COUNT_OF(arithmetic); k++)
            for (unsigned constant = 0; constant < 8; constant++)
                for (unsigned t_is_first = 0; t_is_first < 2; t_is_first++)
                    hold_pair(arithmetic[i], arithmetic[k], t_is_first, constant);
    ck_assert(!block_can_be_first(OP_EXP) && block_second_of(OP_DIV, true) == SECOND_NONE);
}
END_TEST

/* ---- guards and results ---- */

START_TEST(guards) {
    fill();
    for (size_t n = 0; n <= ROWS; n++)
        for (unsigned wanted = 0; wanted < 2; wanted++) {
            u8 holds[ROWS];
            size_t count = 0;
            for (size_t i = 0; i < n; i++) holds[i] = i % 5 != 0;
            size_t said = block_guard(n, columns[0], wanted, holds);
            for (size_t i = 0; i < n; i++) {
                ck_assert_uint_eq(holds[i], i % 5 != 0 && (columns[0][i] != 0) == wanted);
                count += holds[i];
            }
            ck_assert_uint_eq(said, count);
        }
}
END_TEST

START_TEST(results) {
    double x[ROWS], y[ROWS];
    for (size_t n = 1; n <= ROWS; n++)
        for (size_t at = 0; at < n; at++) {
            static const double last[] = {1, INFINITY, -INFINITY, NAN, 1e308};
            for (size_t k = 0; k < COUNT_OF(last); k++) {
                for (size_t i = 0; i < n; i++) x[i] = -0.0;
                x[at] = last[k];
                ck_assert_int_eq(block_put(n, x, 0, y), isfinite(last[k]) != 0);
                for (size_t i = 0; i < n; i++)
                    ck_assert(i == at ? same_bits(y[i], last[k]) : same_bits(y[i], 0));
                ck_assert_int_eq(block_put(n, x, -0.0, x), isfinite(last[k]) != 0);
                for (size_t i = 0; i < n; i++) ck_assert(same_bits(x[i], i == at ? last[k] : -0.0));
            }
        }
}
END_TEST

static void block_tests(TCase *t) {
    tcase_add_test(t, operations);
    tcase_add_test(t, others);
    tcase_add_test(t, pairs);
    tcase_add_test(t, guards);
    tcase_add_test(t, results);
}

UNIT_MAIN("blocks", block_tests)
