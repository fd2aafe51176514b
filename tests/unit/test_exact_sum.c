/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_exact_sum.c - sums that do not round. */
#include "tests/unit/unit.h"

#include "base/exact_sum.h"

#include <float.h>
#include <math.h>

static double sum_of(size_t n, const double *x) {
    exact_sum s = {.pending = 0};
    for (size_t i = 0; i < n; i++) exact_sum_add(&s, x[i]);
    return exact_sum_value(&s);
}

#define SUM(...) sum_of(sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

START_TEST(known_sums) {
    ck_assert_double_eq(SUM(0), 0);
    ck_assert_double_eq(SUM(1e100, 1, -1e100), 1);
    ck_assert_double_eq(SUM(0.1, 0.2), 0.1 + 0.2); /* one addition rounds once as well */
    ck_assert_double_eq(SUM(-0.1, -0.2), -0.1 - 0.2);
    ck_assert_double_eq(SUM(1, -1), 0);
    ck_assert_double_eq(SUM(DBL_MAX, DBL_MAX, -DBL_MAX), DBL_MAX);
    ck_assert_double_eq(SUM(DBL_MAX, DBL_MAX), INFINITY);
    ck_assert_double_eq(SUM(-DBL_MAX, -DBL_MAX), -INFINITY);
    ck_assert_double_eq(SUM(0x1p-1074, 0x1p-1074), 0x1p-1073);
    ck_assert_double_eq(SUM(0x1p-1022, -0x1p-1074), 0x1p-1022 - 0x1p-1074);
    ck_assert_double_eq(SUM(DBL_MAX, 0x1p-1074, -DBL_MAX), 0x1p-1074);
}
END_TEST

/* 2^53 is followed by 2^53 + 2: what lies between is rounded by what is left of it. */
START_TEST(rounds_once) {
    ck_assert_double_eq(SUM(0x1p53, 1), 0x1p53);
    ck_assert_double_eq(SUM(0x1p53, 1, 0x1p-1074), 0x1p53 + 2);
    ck_assert_double_eq(SUM(0x1p53, 1, -0x1p-1074), 0x1p53);
    ck_assert_double_eq(SUM(0x1p53, 2, 1), 0x1p53 + 4);
    ck_assert_double_eq(SUM(0x1p53, 2, 1, -0x1p-1074), 0x1p53 + 2);
    ck_assert_double_eq(SUM(-0x1p53, -1, -0x1p-1074), -0x1p53 - 2);
}
END_TEST

START_TEST(not_finite) {
    ck_assert_double_eq(SUM(1, INFINITY), INFINITY);
    ck_assert_double_eq(SUM(-INFINITY, 1, -INFINITY), -INFINITY);
    ck_assert_double_nan(SUM(INFINITY, -INFINITY));
    ck_assert_double_nan(SUM(NAN, 1));
}
END_TEST

/* Random terms of all sizes, each with its negative somewhere: what is left is known, in any order and cut.
 */
START_TEST(cancelling_terms) {
    enum { PAIRS = 500, TERMS = 2 * PAIRS + 1, PARTS = 7 };
    u64 state = 99;
    for (int round = 0; round < 200; round++) {
        double x[TERMS], left = ldexp(1 + round, round % 60 - 30);
        for (int i = 0; i < PAIRS; i++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
            x[i] = ldexp((double)(state >> 11), (int)(state >> 3 & 1023) - 512);
            x[PAIRS + i] = -x[i];
        }
        x[TERMS - 1] = left;
        for (int i = TERMS - 1; i > 0; i--) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
            int k = (int)((state >> 33) % (u64)(i + 1));
            double y = x[i];
            x[i] = x[k], x[k] = y;
        }
        exact_sum part[PARTS] = {{.pending = 0}};
        for (int i = 0; i < TERMS; i++) exact_sum_add(&part[i % PARTS], x[i]);
        for (int i = 1; i < PARTS; i++) exact_sum_merge(&part[0], &part[i]);
        ck_assert_double_eq(exact_sum_value(&part[0]), left);
        ck_assert_double_eq(sum_of(TERMS, x), left);
    }
}
END_TEST

/* More terms than a limb takes without a carry, as if so many had come before. */
START_TEST(carries) {
    exact_sum s = {.pending = 0};
    for (u32 i = 0; i < 10; i++) {
        s.pending += (1u << 30) - 2 - s.pending;
        for (int k = 0; k < 4; k++) exact_sum_add(&s, 0x1.fffffffffffffp53);
    }
    ck_assert_uint_lt(s.pending, 16);
    ck_assert_double_eq(exact_sum_value(&s), 40 * 0x1.fffffffffffffp53);
}
END_TEST

/* Means of numbers whose sum is too large: of n equal ones, that number. */
START_TEST(means) {
    static const double terms[] = {1.5e308, -1.7e308, 1, 0x1p-1074, INFINITY};
    for (size_t k = 0; k < COUNT_OF(terms); k++)
        for (int count = 1; count < 200; count++) {
            exact_sum s = {.pending = 0};
            for (int i = 0; i < count; i++) exact_sum_add(&s, terms[k]);
            double mean = exact_sum_mean(&s, count); /* the sum is rounded, and the quotient */
            ck_assert(mean == terms[k] || fabs(mean / terms[k] - 1) <= 0x1p-52);
        }
    exact_sum none = {.pending = 0};
    ck_assert_double_nan(exact_sum_mean(&none, 0));
}
END_TEST

static void exact_sum_tests(TCase *tests) {
    tcase_add_test(tests, known_sums);
    tcase_add_test(tests, rounds_once);
    tcase_add_test(tests, not_finite);
    tcase_add_test(tests, cancelling_terms);
    tcase_add_test(tests, carries);
    tcase_add_test(tests, means);
}

UNIT_MAIN("exact_sum", exact_sum_tests)
