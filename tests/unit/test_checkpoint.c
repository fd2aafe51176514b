/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_checkpoint.c - checkpoint(f(x)) has the derivatives of f(x), of any order, and a smaller tape. */
#include "tests/unit/session_unit.h"
#include <stdio.h>

/* Each has functions, x = 1.1, and ends with y, in which CALL(...) is checkpoint(...) or nothing. */
static const char *const programs[] = {
    "f(a) = sin(a)^3*a; x = 1.1; y = CALL(f(x))",
    "f(a, b) = a*exp(b) - b^2; x = 1.1; y = CALL(f(x, 2*x))*CALL(f(b=x, a=3))",
    /* a name that the function reads, bound anew before the sweep */
    "w = 0.3; f(a) = w*sin(a); x = 1.1; y = CALL(f(x)); w = 7",
    /* one whose history is all there is */
    "x = 1.1; w = x^2; f(a) = w*a; y = CALL(f(2)); w = 1",
    /* calls in calls, loops, branches, tensors */
    ("g(a) = exp(-a*a); def f(a) { b = CALL(g(a)); if b > 0.1 { b = b*a }; for i in range(30) { b = b + "
     "b*a/100 }; "
     "return b*CALL(g(b)) }; x = 1.1; y = CALL(f(x))"),
    "f(v) = cumsum(v^2)*v[0]; x = 1.1; y = sum(CALL(f([1, 2, 3]*x))^2)",
    "def f(a, n) { if n == 0 { return a }; return CALL(f(sin(a) + a/2, n - 1)) }; x = 1.1; y = CALL(f(x, 8))",
    "f(a) = a^2; x = 1.1; for k in range(20) { x = x }; y = x; for k in range(40) { y = CALL(f(y))/2 + 0.1 }",
    /* random numbers come again as they were */
    "f(a) = a^2*random(1)[0] + a*random(1)[0]; x = 1.1; y = CALL(f(x)) + random(1)[0]*x",
    /* the function differentiates inside */
    "g(a) = a^3*sin(a); def f(a) { b = a; c = g(b); return grad(c, b)*a }; x = 1.1; y = CALL(f(x))",
    "f(a) = a; x = 1.1; y = CALL(f(x))^3 + CALL(f(2))",
};

static double value_of(const char *program, const char *call, const char *of) {
    static char whole[4096];
    size_t n = 0;
    for (const char *p = program; *p; p++)
        if (strncmp(p, "CALL", 4) == 0) n += (size_t)sprintf(whole + n, "%s", call), p += 3;
        else whole[n++] = *p;
    snprintf(whole + n, sizeof whole - n, "\nprint %s", of);
    return strtod(output_of(whole), NULL);
}

START_TEST(same_derivatives) {
    static const char *const results[] = {"y", "grad(y, x)", "hessian(y, x)", "jvp(y, x, 2)",
                                          "grad(hessian(y, x)*y, x)"};
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        double plain = value_of(programs[_i], "", results[i]),
               again = value_of(programs[_i], "checkpoint", results[i]);
        ck_assert_msg(fabs(plain - again) <= 1e-12 * fabs(plain), "%s\n%s: %.17g, checkpointed %.17g",
                      programs[_i], results[i], plain, again);
    }
}
END_TEST

/* d/dx of sin(x)^2 is sin(2x); nothing of the function's 3000 records is left on the tape. */
START_TEST(smaller_tape) {
    const char *loop =
        "def f(a) { for i in range(1000) { if a > 100 { a = 0 }; a = sin(a)*1.1 }; return a }\n"
        "x = 0.5; y = x; for k in range(10) { y = CALL(f(y)) }";
    double plain = value_of(loop, "", "grad(y, x)");
    size_t before = gtape_statistics(session).tape_bytes;
    double again = value_of(loop, "checkpoint", "grad(y, x)");
    ck_assert_uint_lt(20 * gtape_statistics(session).tape_bytes, before);
    ck_assert_double_eq(plain, again);
    ck_assert(fabs(value_of("f(a) = sin(a)^2; x = 0.5; y = CALL(f(x))", "checkpoint", "grad(y, x)") -
                   sin(1.0)) < 1e-15);
}
END_TEST

/* A fused loop inside keeps nothing either. */
START_TEST(smaller_trail) {
    const char *loop = "def f(a) { for i in range(5000) { a = a + 0.001*sin(a) }; return a }\n"
                       "x = 0.5; y = CALL(f(x))";
    double plain = value_of(loop, "", "grad(y, x)");
    size_t before = gtape_statistics(session).tape_bytes;
    double again = value_of(loop, "checkpoint", "grad(y, x)");
    ck_assert_uint_lt(20 * gtape_statistics(session).tape_bytes, before);
    ck_assert(fabs(plain - again) <= 1e-12 * plain);
}
END_TEST

START_TEST(prints_once) {
    ck_assert_str_eq(output_of("def f(a) { print \"here\"; return a*a }\nx = 3; y = checkpoint(f(x))\n"
                               "print grad(y, x), hessian(y, x)"),
                     "here\n6 2\n");
}
END_TEST

/* A note about a derivative that is not finite still names the operation. */
START_TEST(notes_find_the_operation) {
    (void)output_of("f(a) = 2*sqrt(a)\nx = 0; y = checkpoint(f(x))\nprint grad(y, x)");
    ck_assert_str_eq(text_str(&printed), "inf\n");
    ck_assert_msg(strstr(all_said(), "-e:1:10") && strstr(all_said(), "sqrt"), "%s", all_said());
}
END_TEST

static void checkpoint_tests(TCase *tests) {
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, same_derivatives, 0, COUNT_OF(programs));
    tcase_add_test(tests, smaller_tape);
    tcase_add_test(tests, smaller_trail);
    tcase_add_test(tests, prints_once);
    tcase_add_test(tests, notes_find_the_operation);
    tcase_add_checked_fixture(tests, NULL, end_session);
}

UNIT_MAIN("checkpoint", checkpoint_tests)
