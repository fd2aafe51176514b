/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_jacobian.c - Jacobians and Hessians whose rows or columns share sweeps: held against products with
 * them, which take one sweep and no pattern. */
#include "tests/unit/session_unit.h"
#include <stdio.h>

/* Each has x, a vector of 60 entries, and ends with y, a tensor, or z, a scalar. */
static const char *const tensors[] = {
    "y = x[1:]*x[:-1]^2",
    "y = sin(x)*cos(x[0])",
    "y = concat(x[::2]^2, x[1::2]*x[::2], zeros(5))",
    "y = reshape(x, 4, 15)*[[1], [2], [3], [4]] + x[:15]",
    "y = where(x > 0, x^2, reverse(x))",
    "a = x; a[3:9] = x[40:46]*x[0]; a[-1] = 7; y = a^2",
    "y = x[(3*range(100)) % 60]*x[range(100) % 7]",
    "y = reshape(x, 6, 10) @ ones(10, 3) + reshape(x, 20, 3)[:6]^2",
    "y = cumsum(x^2) + max(x, 0)",
    "y = x^3; k = 0; for i in range(58) { k = k + x[i]*x[i + 2] }; y = y + [k]",
    "y = exp(-sum(x[:3])*range(400)/400)*x[4]",
    "y = diag(x^2) @ x + sort(x)",
};
static const char *const scalars[] = {
    "z = sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)",
    "z = 0; for i in range(59) { d = x[i+1] - x[i]*x[i]; e = 1 - x[i]; z = z + 100*(d*d) + e*e }",
    "z = sum(x^3) + prod(x[:4])",
    "z = sum(x[0]*x^2)",
    "z = sum(x^2)^2",
    "z = sum(exp(x[::3]*x[2::3])) + log(sum(x[:5]^2))",
    "z = 0; for i in range(60) { z = z + x[i]*x[(7*i) % 60]*x[(7*i) % 60] }",
};

static void expect_true(const char *program, const char *test) {
    static char whole[2048];
    snprintf(whole, sizeof whole, "x = sin(3*range(60))\n%s\n%s\n", program, test);
    ck_assert_msg(strcmp(output_of(whole), "1 1\n") == 0, "%s\n%s", whole, output_of(whole));
}

/* J v and u J; with the values alone, and recorded. */
START_TEST(products_with_a_jacobian) {
    expect_true(tensors[_i], "v = cos(range(60)); u = cos(0.1 + reshape(range(size(y)), shape(y)))\n"
                             "J = reshape(jacobian(y, x), size(y), 60)\n"
                             "small = 1e-12*(1 + max(abs(J)))\n"
                             "print max(abs(J @ v - reshape(jvp(y, x, v), size(y)))) < 60*small, "
                             "max(abs(reshape(u, size(y)) @ J - vjp(y, x, u))) < size(y)*small");
    expect_true(tensors[_i], "v = cos(range(60))\n"
                             "print all(abs(reshape(jacobian(y, x), size(y), 60) @ v - reshape(jvp(y, x, v), "
                             "size(y))) < 1e-10), 1");
}
END_TEST

START_TEST(products_with_a_hessian) {
    expect_true(
        scalars[_i],
        "v = cos(range(60)); H = hessian(z, x)\n"
        "print max(abs(H @ v - hvp(z, x, v))) < 1e-11*max(abs(H)), max(abs(H - H.T)) <= 1e-14*max(abs(H))");
    /* the recorded one, differentiated again: its sum in the direction v */
    expect_true(scalars[_i], "H = hessian(z, x); g = grad(sum(H), x)\n"
                             "h = 1e-4; print max(abs(g - grad(sum(hvp(z, x, ones(60))), x))) < 1e-10*(1 + "
                             "max(abs(g))), 1");
}
END_TEST

/* A banded Hessian takes a few sweeps, recorded or not: no records for each row. */
START_TEST(few_sweeps) {
    (void)output_of("x = sin(range(2000)); z = sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)\n"
                    "H = hessian(z, x); print H[3, 4] == -400*x[3], H[3, 5]\n");
    ck_assert_uint_lt(gtape_statistics(session).records, 500);
    (void)output_of("x = [1, 2, 3]; t = range(3000); y = x[0]*exp(-x[1]*t) + x[2]*t\n"
                    "J = jacobian(y, x); print J[5]\n");
    ck_assert_uint_lt(gtape_statistics(session).records, 500);
}
END_TEST

/* The diagonal is 12 x^2 (exact), what is beside it 0. */
START_TEST(known_hessian) {
    const char *out = output_of("x = range(40); z = sum(x^4)\n"
                                "print max(abs(hessian(z, x) - diag(12*x^2)))");
    ck_assert_str_eq(out, "0\n");
}
END_TEST

static void jacobian_tests(TCase *tests) {
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, products_with_a_jacobian, 0, sizeof tensors / sizeof *tensors);
    tcase_add_loop_test(tests, products_with_a_hessian, 0, sizeof scalars / sizeof *scalars);
    tcase_add_test(tests, few_sweeps);
    tcase_add_test(tests, known_hessian);
    tcase_add_checked_fixture(tests, NULL, end_session);
}

UNIT_MAIN("jacobian", jacobian_tests)
