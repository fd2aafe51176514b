/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Elementwise chains over large tensors: the same numbers as one entry at a time, for any number of threads.
 */
#include "core/deferred.h"
#include "core/sweep.h"
#include "unit.h"
#include <math.h>
#include <stdlib.h>

enum { SIZE = 300001 }; /* some chunks, and a last block that is not full */

static recorder r;

static void start(void) { recorder_init(&r); }
static void stop(void) {
    recorder_free(&r);
    deferred_set_threads(1);
}

/* Numbers in every decade, of both signs. */
static value spread_numbers(size_t n) {
    value x = value_of_tensor(pool_tensor(&r, 1, &n));
    for (size_t i = 0; i < n; i++)
        x.t->data[i] = (i & 1 ? -1 : 1) * pow(10, (double)(i % 41) / 10 - 3) * (1 + 1e-6 * (double)i);
    return x;
}

static double ulps(double got, double want) {
    if (got == want || (isnan(got) && isnan(want))) return 0;
    return fabs(got - want) / (nextafter(fabs(want), INFINITY) - fabs(want));
}

/* SLEEF's functions are within 1 ulp of the truth and libm's within 2 (test_ops holds them), so that they are
 * at most 3 apart. */
START_TEST(every_operation) {
    value x = spread_numbers(SIZE), w = apply1(&r, OP_ABS, spread_numbers(SIZE));
    for (enum op op = OP_NONE + 1; op < OP_ELEMENTWISE_END; op++) {
        bool two = op_infos[op].arity == 2;
        if (op_infos[op].name[0] == '.' && op != OP_CARRY && op != OP_SQUARE)
            continue; /* slow ones among them */
        if (op == OP_POLYGAMMA || op == OP_GAMMA || op == OP_BETA || op == OP_LBETA) continue;
        value y = two ? apply2(&r, op, x, w) : apply1(&r, op, x);
        ck_assert_ptr_eq(y.t->data, NULL);
        view a = view_of(&x), b = view_of(&w), got = view_of(&y);
        for (size_t i = 0; i < SIZE; i += 97) {
            double want = two ? number2(op, a.data[i], b.data[i]) : number1(op, a.data[i]);
            ck_assert_msg(ulps(got.data[i], want) <= 3, "%s(%a, %a): %a, not %a", op_infos[op].name,
                          a.data[i], b.data[i], got.data[i], want);
        }
    }
}
END_TEST

static value chain(value x) {
    value e = apply1(&r, OP_EXP, apply2(&r, OP_DIV, apply2(&r, OP_MUL, apply1(&r, OP_NEG, x), x), SCALAR(2)));
    return apply2(&r, OP_MUL, e, apply1(&r, OP_SIN, x));
}

START_TEST(sum_and_gradient) {
    value x = record_leaf(&r, spread_numbers(SIZE)), y = chain(x), arguments[3] = {y, UNBOUND, UNBOUND};
    value z = fn_sum(&r, 3, arguments), g;
    sweep_gradients(&r, z, SCALAR(1), 1, &x, &g, NULL, false);
    long double sum = 0;
    view v = view_of(&x), got = view_of(&g);
    for (size_t i = 0; i < SIZE; i++) {
        double t = v.data[i], e = exp(-t * t / 2);
        sum += (long double)(e * sin(t));
        ck_assert_double_eq_tol(got.data[i], e * (cos(t) - t * sin(t)), 4e-15 * (1 + fabs(t)));
    }
    ck_assert_double_eq_tol(z.num, (double)sum, 1e-10 * SIZE * 1e-3);
}
END_TEST

START_TEST(threads_change_nothing) {
    value x = spread_numbers(SIZE), arguments[3] = {UNBOUND, UNBOUND, UNBOUND};
    double sums[3];
    for (unsigned threads = 1; threads <= 3; threads++) {
        deferred_set_threads(threads);
        arguments[0] = chain(x);
        sums[threads - 1] = fn_sum(&r, 3, arguments).num;
    }
    ck_assert_double_eq(sums[0], sums[1]);
    ck_assert_double_eq(sums[0], sums[2]);
}
END_TEST

START_TEST(long_chains_are_computed_between) {
    value x = spread_numbers(SIZE), y = x;
    for (int i = 0; i < 1000; i++) y = apply2(&r, OP_ADD, y, SCALAR(0.5));
    view v = view_of(&x), got = view_of(&y);
    double want = v.data[12345];
    for (int i = 0; i < 1000; i++) want += 0.5;
    ck_assert_double_eq(got.data[12345], want);
}
END_TEST

/* x used twice and computed more often than it pays to compute it again. */
START_TEST(shared_parts) {
    value x = spread_numbers(SIZE), e = apply1(&r, OP_COS, x);
    for (int i = 0; i < 6; i++) {
        value y = apply2(&r, OP_MUL, apply2(&r, OP_ADD, e, e), SCALAR(i));
        ck_assert_double_eq(view_of(&y).data[7], 2 * view_of(&e).data[7] * i);
    }
    ck_assert_ptr_ne(e.t->data, NULL);
}
END_TEST

static void make_chain(void *unused) {
    (void)unused;
    size_t mark = pool_mark(&r);
    value y = chain(spread_numbers(1 << 15)), arguments[3] = {y, UNBOUND, UNBOUND};
    ck_assert(isfinite(fn_sum(&r, 3, arguments).num));
    ck_assert(isfinite(view_of(&y).data[5]));
    pool_release(&r, mark);
}

static void drop_all(void *unused) {
    (void)unused;
    pool_release(&r, 0);
}

START_TEST(failing_memory) { ck_assert_uint_gt(fail_each_request(make_chain, drop_all, NULL), 10); }
END_TEST

static void fill(TCase *tests) {
    tcase_add_checked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, every_operation);
    tcase_add_test(tests, sum_and_gradient);
    tcase_add_test(tests, threads_change_nothing);
    tcase_add_test(tests, long_chains_are_computed_between);
    tcase_add_test(tests, shared_parts);
    tcase_add_test(tests, failing_memory);
}

UNIT_MAIN("deferred", fill)
