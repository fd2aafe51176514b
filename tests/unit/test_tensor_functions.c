/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_tensor_functions.c - values, conventions and errors of the tensor functions that are no linear
 * algebra. */
#include "tests/unit/tensor_unit.h"

/* ---- reductions ---- */

START_TEST(seed_example) {
    value x = LEAF(CALL_MANY(fn_ones, SCALAR(5), SCALAR(5)));
    value y = total(apply2(&rec, OP_ADD, total(x), x)), z = square_of(y), g = gradient(z, x);
    CHECK_SCALAR(z, 422500);
    ck_assert_uint_eq(view_of(&g).size, 25);
    for (size_t i = 0; i < 25; i++) ck_assert_double_eq(view_of(&g).data[i], 33800);
}
END_TEST

START_TEST(sums) {
    value x = sequence(SHAPE(2, 3));
    CHECK_SCALAR(total(x), 21);
    CHECK_SCALAR(total(SCALAR(7)), 7);
    CHECK_SCALAR(total(no_entries()), 0);
    CHECK(CALL(fn_sum, x, SCALAR(0)), SHAPE(3), 5, 7, 9);
    CHECK(CALL(fn_sum, x, SCALAR(-1)), SHAPE(2), 6, 15);
    CHECK(CALL(fn_sum, x, SCALAR(1), SCALAR(1)), SHAPE(2, 1), 6, 15);
    CHECK(CALL(fn_sum, x, UNBOUND, SCALAR(1)), SHAPE(1, 1), 21);
    CHECK(CALL(fn_sum, CALL_MANY(fn_zeros, SCALAR(3), SCALAR(0)), SCALAR(1)), SHAPE(3), 0, 0, 0);
    CHECK(CALL(fn_mean, x, SCALAR(0)), SHAPE(3), 2.5, 3.5, 4.5);
    CHECK_SCALAR(CALL(fn_mean, no_entries()), NAN);
}
END_TEST

/* The errors of a long sum do not pile up, in either order of the axes. */
START_TEST(long_sums) {
    value x = CALL_MANY(fn_full, SCALAR(0.1), SCALAR(1000000), SCALAR(1));
    CHECK_NEAR(CALL(fn_sum, x, SCALAR(0)), 1e-15, SHAPE(1), 100000);
    value wide = CALL_MANY(fn_full, SCALAR(0.1), SCALAR(500000), SCALAR(2));
    CHECK_NEAR(CALL(fn_sum, wide, SCALAR(0)), 1e-13, SHAPE(2), 50000, 50000);
}
END_TEST

START_TEST(products) {
    value x = LEAF(VECTOR(2, 0, 3, 4));
    CHECK(gradient(CALL(fn_prod, x), x), SHAPE(4), 0, 24, 0, 0);
    x = LEAF(VECTOR(2, 0, 0, 4));
    CHECK(gradient(CALL(fn_prod, x), x), SHAPE(4), 0, 0, 0, 0);
    CHECK_SCALAR(CALL(fn_prod, no_entries()), 1);
    CHECK(CALL(fn_prod, sequence(SHAPE(2, 3)), SCALAR(0)), SHAPE(3), 4, 10, 18);
    x = LEAF(VECTOR(2, 0, 3));
    value y = CALL(fn_cumprod, x);
    CHECK(y, SHAPE(3), 2, 0, 0);
    CHECK(gradient(total(y), x), SHAPE(3), 1, 8, 0);
}
END_TEST

START_TEST(running_sums) {
    value x = sequence(SHAPE(2, 3));
    CHECK(CALL(fn_cumsum, x), SHAPE(6), 1, 3, 6, 10, 15, 21);
    CHECK(CALL(fn_cumsum, x, SCALAR(0)), SHAPE(2, 3), 1, 2, 3, 5, 7, 9);
    CHECK(CALL(fn_cumsum, x, SCALAR(-1)), SHAPE(2, 3), 1, 3, 6, 4, 9, 15);
    CHECK(CALL(fn_cumsum, no_entries()), SHAPE(0), 0);
    CHECK(CALL(fn_cumsum, SCALAR(3)), SHAPE(1), 3);
}
END_TEST

START_TEST(extremes) {
    value x = LEAF(VECTOR(1, 2, 2, 2));
    CHECK_NEAR(gradient(CALL_MANY(fn_max, x, UNBOUND, UNBOUND), x), 1e-15, SHAPE(4), 0, 1. / 3, 1. / 3,
               1. / 3);
    CHECK(gradient(CALL_MANY(fn_min, x, UNBOUND, UNBOUND), x), SHAPE(4), 1, 0, 0, 0);
    CHECK_SCALAR(CALL_MANY(fn_max, VECTOR(1, NAN, 3), UNBOUND, UNBOUND), NAN);
    CHECK_SCALAR(CALL_MANY(fn_min, VECTOR(NAN, 3), UNBOUND, UNBOUND), NAN);
    CHECK(CALL_MANY(fn_max, sequence(SHAPE(2, 3)), SCALAR(1), SCALAR(1)), SHAPE(2, 1), 3, 6);
    CHECK(CALL_MANY(fn_max, VECTOR(1, 5), VECTOR(4, 2), SCALAR(3), UNBOUND, UNBOUND), SHAPE(2), 4, 5);
    CHECK_SCALAR(CALL_MANY(fn_min, SCALAR(4), UNBOUND, UNBOUND), 4);
    CHECK(CALL_MANY(fn_max, tensor_of(SHAPE(0, 3), NUMBERS(0)), SCALAR(1), UNBOUND), SHAPE(0), 0);
    CHECK_FAILS("'max' of no entries", CALL_MANY(fn_max, no_entries(), UNBOUND, UNBOUND));
    CHECK_FAILS("'min' takes 'axis' and 'keepdims' with one tensor only",
                CALL_MANY(fn_min, SCALAR(1), SCALAR(2), SCALAR(0), UNBOUND));
    CHECK(CALL(fn_where, VECTOR(0, NAN), SCALAR(1), tensor_of(SHAPE(2, 1), NUMBERS(5, 6))), SHAPE(2, 2), 5, 1,
          6, 1);
    CHECK_FAILS("shapes [2] and [3] do not fit for 'where'",
                CALL(fn_where, SCALAR(1), VECTOR(1, 2), VECTOR(1, 2, 3)));
    CHECK_FAILS("the condition of 'where' has shape [3], which does not fit shape [2]",
                CALL(fn_where, VECTOR(1, 2, 3), VECTOR(1, 2), SCALAR(0)));
    CHECK(CALL(fn_clamp, VECTOR(-2, 0.5, 2), SCALAR(-1), SCALAR(1)), SHAPE(3), -1, 0.5, 1);
}
END_TEST

START_TEST(places) {
    value x = tensor_of(SHAPE(2, 3), NUMBERS(3, 1, 3, 0, 7, 7));
    CHECK_SCALAR(CALL(fn_argmax, x), 4);
    CHECK_SCALAR(CALL(fn_argmin, x), 3);
    CHECK(CALL(fn_argmax, x, SCALAR(1)), SHAPE(2), 0, 1);
    CHECK(CALL(fn_argmin, x, SCALAR(0), SCALAR(1)), SHAPE(1, 3), 1, 0, 0);
    CHECK_SCALAR(CALL(fn_argmax, VECTOR(1, NAN, NAN)), 1);
    CHECK_SCALAR(CALL(fn_argmax, SCALAR(4)), 0);
    CHECK_FAILS("'argmin' of no entries", CALL(fn_argmin, no_entries()));
    ck_assert_uint_eq(CALL(fn_argmax, LEAF(x)).node, 0);
}
END_TEST

START_TEST(truth) {
    value x = tensor_of(SHAPE(2, 2), NUMBERS(0, NAN, 1, 2));
    CHECK_SCALAR(CALL(fn_all, x), 0);
    CHECK_SCALAR(CALL(fn_any, x), 1);
    CHECK(CALL(fn_all, x, SCALAR(0)), SHAPE(2), 0, 1);
    CHECK(CALL(fn_any, x, SCALAR(1), SCALAR(1)), SHAPE(2, 1), 1, 1);
    CHECK_SCALAR(CALL(fn_all, no_entries()), 1);
    CHECK_SCALAR(CALL(fn_any, no_entries()), 0);
}
END_TEST

START_TEST(norms) {
    value x = LEAF(VECTOR(0, 0)), y = CALL(fn_norm, x);
    CHECK(gradient(y, x), SHAPE(2), 0, 0);
    CHECK(gradient(square_of(y), x), SHAPE(2), 0, 0);
    x = LEAF(VECTOR(3e200, 4e200));
    y = CALL(fn_norm, x);
    CHECK_NEAR(y, 4e-16, NO_AXES, 5e200);
    CHECK_NEAR(gradient(y, x), 4e-16, SHAPE(2), 0.6, 0.8);
    CHECK_NEAR(CALL(fn_norm, VECTOR(3e-300, 4e-300)), 1e-15, NO_AXES, 5e-300);
    CHECK_SCALAR(CALL(fn_norm, VECTOR(5e-324, 0)), 5e-324);
    CHECK_SCALAR(CALL(fn_norm, VECTOR(1, -INFINITY)), INFINITY);
    CHECK_SCALAR(CALL(fn_norm, VECTOR(NAN, INFINITY)), NAN);
    CHECK_SCALAR(CALL(fn_norm, no_entries()), 0);
    CHECK(CALL(fn_norm, tensor_of(SHAPE(2, 2), NUMBERS(3, 6, 4, 8)), SCALAR(0)), SHAPE(2), 5, 10);
}
END_TEST

START_TEST(variances) {
    value x = LEAF(VECTOR(1, 2, 4)), y = CALL(fn_var, x);
    CHECK_NEAR(y, 1e-15, NO_AXES, 14. / 9);
    CHECK_NEAR(gradient(y, x), 1e-14, SHAPE(3), -8. / 9, -2. / 9, 10. / 9);
    CHECK_NEAR(CALL(fn_var, x, UNBOUND, UNBOUND, SCALAR(1)), 1e-15, NO_AXES, 7. / 3);
    CHECK_NEAR(CALL(fn_std, x), 1e-15, NO_AXES, sqrt(14. / 9));
    CHECK_NEAR(CALL(fn_var, VECTOR(1e9 + 1, 1e9 + 2, 1e9 + 4)), 1e-15, NO_AXES, 14. / 9);
    x = LEAF(VECTOR(0.1, 0.1, 0.1));
    CHECK_SCALAR(CALL(fn_var, x), 0);
    CHECK(gradient(CALL(fn_std, x), x), SHAPE(3), 0, 0, 0);
    CHECK_SCALAR(CALL(fn_var, VECTOR(3), UNBOUND, UNBOUND, SCALAR(1)), NAN);
    CHECK(CALL(fn_var, sequence(SHAPE(2, 2)), SCALAR(0), SCALAR(1)), SHAPE(1, 2), 1, 1);
}
END_TEST

START_TEST(exponential_sums) {
    value x = LEAF(VECTOR(1000, 1000)), y = CALL(fn_logsumexp, x);
    CHECK_NEAR(y, 4e-16, NO_AXES, 1000.6931471805599);
    CHECK(gradient(y, x), SHAPE(2), 0.5, 0.5);
    CHECK_SCALAR(CALL(fn_logsumexp, VECTOR(-INFINITY, -INFINITY)), -INFINITY);
    CHECK_SCALAR(CALL(fn_logsumexp, VECTOR(1, INFINITY)), INFINITY);
    CHECK_SCALAR(CALL(fn_logsumexp, VECTOR(INFINITY, NAN)), NAN);
    CHECK_SCALAR(CALL(fn_logsumexp, no_entries()), -INFINITY);
    CHECK_NEAR(CALL(fn_logsumexp, VECTOR(0, -50)), 4e-16, NO_AXES, 1.9287498479639178e-22);
    x = LEAF(VECTOR(-INFINITY, 0));
    CHECK(gradient(CALL(fn_logsumexp, x), x), SHAPE(2), 0, 1);
    CHECK_NEAR(CALL(fn_log_softmax, VECTOR(0, -50)), 4e-16, SHAPE(2), -1.9287498479639178e-22, -50);
    x = LEAF(VECTOR(1, 2, 3));
    y = first_axis_entry(&rec, CALL(fn_softmax, x), 2);
    CHECK_NEAR(gradient(y, x), 1e-13, SHAPE(3), -0.0598920245448189, -0.162803401989804, 0.222695426534623);
    CHECK_NEAR(CALL(fn_softmax, VECTOR(1000, 1000)), 1e-15, SHAPE(2), 0.5, 0.5);
    CHECK(CALL(fn_softmax, tensor_of(SHAPE(2, 2), NUMBERS(0, 0, 0, 0)), SCALAR(0)), SHAPE(2, 2), 0.5, 0.5,
          0.5, 0.5);
}
END_TEST

START_TEST(sorting) {
    CHECK(CALL(fn_sort, VECTOR(3, NAN, -1, -INFINITY)), SHAPE(4), -INFINITY, -1, 3, NAN);
    value x = LEAF(tensor_of(SHAPE(2, 3), NUMBERS(3, 1, 2, 6, 5, 4)));
    CHECK(CALL(fn_sort, x), SHAPE(2, 3), 1, 2, 3, 4, 5, 6);
    CHECK(CALL(fn_sort, x, SCALAR(0)), SHAPE(2, 3), 3, 1, 2, 6, 5, 4);
    value weighed = apply2(&rec, OP_MUL, CALL(fn_sort, x), VECTOR(1, 10, 100));
    CHECK(gradient(total(weighed), x), SHAPE(2, 3), 100, 1, 10, 100, 10, 1);
}
END_TEST

/* ---- making ---- */

START_TEST(constructors) {
    CHECK(CALL_MANY(fn_zeros, SCALAR(2), SCALAR(2)), SHAPE(2, 2), 0, 0, 0, 0);
    CHECK(CALL_MANY(fn_ones, VECTOR(1, 2)), SHAPE(1, 2), 1, 1);
    CHECK_SCALAR(CALL_MANY(fn_ones, no_entries()), 1);
    CHECK(CALL_MANY(fn_full, SCALAR(7), SCALAR(2)), SHAPE(2), 7, 7);
    CHECK(CALL_MANY(fn_full, VECTOR(1, 2), SCALAR(2), SCALAR(2)), SHAPE(2, 2), 1, 2, 1, 2);
    CHECK(CALL(fn_eye, SCALAR(2)), SHAPE(2, 2), 1, 0, 0, 1);
    CHECK(CALL(fn_eye, SCALAR(2), SCALAR(3)), SHAPE(2, 3), 1, 0, 0, 0, 1, 0);
    CHECK_FAILS("a tensor of shape [1000000000, 1000000000] is too large",
                CALL_MANY(fn_zeros, SCALAR(1e9), SCALAR(1e9)));
    CHECK_FAILS("a tensor of shape [4000000000, 4000000000, 4000000000] is too large",
                CALL_MANY(fn_ones, SCALAR(4e9), SCALAR(4e9), SCALAR(4e9)));
    CHECK_FAILS("a length in the shape of 'zeros' must be a whole number, not 1.5",
                CALL_MANY(fn_zeros, SCALAR(1.5)));
    CHECK_FAILS("a length in the shape of 'ones' must not be negative: -2", CALL_MANY(fn_ones, SCALAR(-2)));
    CHECK_FAILS("a length in the shape of 'ones' is too large: 5000000000", CALL_MANY(fn_ones, SCALAR(5e9)));
    CHECK_FAILS("the result of 'zeros' would have more than 8 axes",
                CALL_MANY(fn_zeros, VECTOR(1, 1, 1, 1, 1, 1, 1, 1, 1)));
    CHECK_FAILS("a value of shape [3] cannot fill a tensor of shape [2]",
                CALL_MANY(fn_full, VECTOR(1, 2, 3), SCALAR(2)));
    CHECK_FAILS("a value of shape [2] cannot fill a tensor of shape []", CALL_MANY(fn_full, VECTOR(1, 2)));
}
END_TEST

START_TEST(ranges) {
    CHECK(CALL(fn_range, SCALAR(3)), SHAPE(3), 0, 1, 2);
    CHECK(CALL(fn_range, SCALAR(2), SCALAR(5)), SHAPE(3), 2, 3, 4);
    CHECK(CALL(fn_range, SCALAR(5), SCALAR(0), SCALAR(-2)), SHAPE(3), 5, 3, 1);
    CHECK_NEAR(CALL(fn_range, SCALAR(1), SCALAR(1.3), SCALAR(0.1)), 1e-15, SHAPE(3), 1, 1.1, 1.2);
    CHECK(CALL(fn_range, SCALAR(0)), SHAPE(0), 0);
    CHECK(CALL(fn_range, SCALAR(-3)), SHAPE(0), 0);
    CHECK_FAILS("the step of 'range' must not be 0", CALL(fn_range, SCALAR(0), SCALAR(1), SCALAR(0)));
    CHECK_FAILS("the end of 'range' is inf", CALL(fn_range, SCALAR(INFINITY)));
    CHECK_FAILS("a tensor of shape [100000000000000] is too large", CALL(fn_range, SCALAR(1e14)));
    CHECK(CALL(fn_linspace, SCALAR(0), SCALAR(1), SCALAR(11)), SHAPE(11), 0, .1, .2, .3, .4, .5, .6, .7, .8,
          .9, 1);
    CHECK(CALL(fn_linspace, SCALAR(2), SCALAR(3), SCALAR(1)), SHAPE(1), 2);
    CHECK(CALL(fn_linspace, SCALAR(2), SCALAR(3), SCALAR(0)), SHAPE(0), 0);
    CHECK_FAILS("the number of entries of 'linspace' must be a whole number, not nan",
                CALL(fn_linspace, SCALAR(0), SCALAR(1), SCALAR(NAN)));
}
END_TEST

static double mean_of(value v, int power) {
    double sum = 0;
    for (size_t i = 0; i < v.t->size; i++) sum += pow(v.t->data[i], power);
    return sum / (double)v.t->size;
}

START_TEST(random_numbers) {
    rec.seed = 42;
    value u = CALL_MANY(fn_random, SCALAR(200000)), n = CALL_MANY(fn_normal, SCALAR(200000));
    ck_assert_double_eq_tol(mean_of(u, 1), 1. / 2, 3e-3);
    ck_assert_double_eq_tol(mean_of(u, 2), 1. / 3, 3e-3);
    ck_assert_double_eq_tol(mean_of(n, 1), 0, 1e-2);
    ck_assert_double_eq_tol(mean_of(n, 2), 1, 2e-2);
    ck_assert_double_eq_tol(mean_of(n, 4), 3, 1e-1);
    for (size_t i = 0; i < u.t->size; i++) ck_assert(u.t->data[i] >= 0 && u.t->data[i] < 1);
    rec.draws = 0;
    value again = CALL_MANY(fn_random);
    ck_assert_double_eq(again.num, u.t->data[0]);
    rec.draws = 0, rec.seed = 43;
    ck_assert_double_ne(CALL_MANY(fn_random).num, u.t->data[0]);
}
END_TEST

/* The same on every machine. */
START_TEST(pinned_random_numbers) {
    rec.seed = 1;
    CHECK(CALL_MANY(fn_random, SCALAR(3)), SHAPE(3), 0.27647520850607199, 0.71008383150824872,
          0.55222796704279653);
    CHECK(CALL_MANY(fn_normal, SCALAR(3)), SHAPE(3), -2.2820790368944661, -1.2607709348756353,
          -0.85645786978196836);
}
END_TEST

static void forget(void *unused) {
    (void)unused;
    pool_release(&rec, 0);
}

static void work(void *unused) {
    (void)unused;
    subscript where = {.index = VECTOR(0, 1, 1)};
    value x = LEAF(tensor_of(SHAPE(3), NUMBERS(1, 2, 3)));
    value y = CALL(fn_sort, CALL(fn_std, apply2(&rec, OP_MUL, CALL(fn_diag, x), x), SCALAR(0)));
    gradient(total(CALL(fn_cumprod, index_set(&rec, y, 1, &where, x))), x);
}

START_TEST(memory_runs_out) { ck_assert_uint_gt(fail_each_request(work, forget, NULL), 20); }
END_TEST

static void function_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, begin_case, begin_case);
    tcase_add_test(tests, seed_example);
    tcase_add_test(tests, sums);
    tcase_add_test(tests, long_sums);
    tcase_add_test(tests, products);
    tcase_add_test(tests, running_sums);
    tcase_add_test(tests, extremes);
    tcase_add_test(tests, places);
    tcase_add_test(tests, truth);
    tcase_add_test(tests, norms);
    tcase_add_test(tests, variances);
    tcase_add_test(tests, exponential_sums);
    tcase_add_test(tests, sorting);
    tcase_add_test(tests, constructors);
    tcase_add_test(tests, ranges);
    tcase_add_test(tests, random_numbers);
    tcase_add_test(tests, pinned_random_numbers);
    tcase_add_test(tests, memory_runs_out);
}

UNIT_MAIN("tensor functions", function_tests)
