/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uncertainty budgets: published ones to their printed digits, degrees of freedom, second order, Monte Carlo.
 */
#include "unit.h"

#include "lib/gtape.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gtape *session;

static void setup(void) { session = gtape_new(); }
static void teardown(void) { gtape_free(session); }

/* The budgets of a program's targets as JSON. */
static const char *budget(const char *program, const char *targets) {
    ck_assert_int_eq(gtape_add(session, "-e", program, GTAPE_ALL), GTAPE_OK);
    if (targets) ck_assert_int_eq(gtape_of(session, targets), GTAPE_OK);
    gtape_status status = gtape_run(session);
    for (size_t i = 0; status && i < gtape_diagnostic_count(session); i++)
        fputs(gtape_diagnostic_text(session, i, 0), stderr);
    ck_assert_int_eq(status, GTAPE_OK);
    const char *json = gtape_uncertainty_budget(session, "json", (gtape_number_format){0});
    ck_assert_ptr_nonnull(json);
    return json;
}

/* The number behind "key": that follows `where`. */
static double item(const char *json, const char *where, const char *key) {
    char quoted[64];
    const char *at = strstr(json, where);
    ck_assert_msg(at, "no %s in %s", where, json);
    snprintf(quoted, sizeof quoted, "\"%s\": ", key);
    at = strstr(at, quoted);
    ck_assert_msg(at, "no %s behind %s", key, where);
    at += strlen(quoted);
    if (*at == '"') at++;
    return strtod(at, NULL);
}

#define NEAR(x, expected, tolerance)                                                                         \
    do {                                                                                                     \
        double got = (x), want = (expected);                                                                 \
        ck_assert_msg(fabs(got - want) <= (tolerance), "%s: %.17g, not %.17g", #x, got, want);               \
    } while (0)

/* JCGM 100:2008, H.1: tables H.1 and 5.1.2 note. */
static const char end_gauge[] =
    "ls = 50000623 +/- 25 with df=18; d0 = 215 +/- 5.8 with df=24; d1 = 0 +/- 3.9 with df=5\n"
    "d2 = 0 +/- 6.7 with df=8; alphas = 11.5e-6 +/- 2e-6/sqrt(3); dalpha = 0 +/- 1e-6/sqrt(3) with df=50\n"
    "dtheta = 0 +/- 0.05/sqrt(3) with df=2; thbar = -0.1 +/- 0.2; delta = 0 +/- 0.5/sqrt(2)\n"
    "l = ls+d0+d1+d2-ls*(dalpha*(thbar+delta)+alphas*dtheta)";

START_TEST(end_gauge_calibration) {
    gtape_set(session, "coverage", "0.99");
    const char *json = budget(end_gauge, NULL);
    NEAR(item(json, "\"l\"", "value"), 50000838, 0);
    NEAR(item(json, "\"l\"", "u"), 32, 0.5);
    NEAR(floor(item(json, "\"l\"", "df")), 16, 0);
    NEAR(item(json, "\"l\"", "k"), 2.92, 0.005);
    NEAR(item(json, "\"l\"", "U"), 92.48, 0.05); /* the GUM multiplies 2.92 by the rounded 32 */
    NEAR(item(json, "\"l\"", "u_second_order"), 34, 0.5);
    NEAR(item(json, "\"ls\"", "contribution"), 25, 0.5);
    NEAR(item(json, "\"d0\"", "contribution"), 5.8, 0.05);
    NEAR(item(json, "\"d1\"", "contribution"), 3.9, 0.05);
    NEAR(item(json, "\"d2\"", "contribution"), 6.7, 0.05);
    NEAR(item(json, "\"dalpha\"", "contribution"), 2.9, 0.05);
    NEAR(item(json, "\"dtheta\"", "contribution"), 16.6, 0.05);
    NEAR(item(json, "\"alphas\"", "contribution"), 0, 0);
}
END_TEST

/* What is squared on the way would not fit a number. */
START_TEST(large_and_small) {
    const char *json = budget("x = 1e200 +/- 1e190; y = x/1e200; z = 1e-170 +/- 1e-171; w = 2*z\n"
                              "v = 0 +/- 1e-90; q = (1e-100*v)*v",
                              "y,w,q");
    NEAR(item(json, "\"y\"", "u_second_order") / 1e-10, 1, 1e-12);
    NEAR(item(json, "\"w\"", "u_second_order") / 2e-171, 1, 1e-12);
    NEAR(item(json, "\"q\"", "u_second_order") / 1e-280, sqrt(2), 1e-12); /* variance of u^2 chi^2 */
}
END_TEST

/* The second-order terms one by one: H.1.7. */
START_TEST(second_order_terms) {
    double u = item(budget(end_gauge, NULL), "\"l\"", "u_second_order"), first = 31.66387911;
    double ls = 50000623, a = 1e-6 / sqrt(3), t = 0.05 / sqrt(3);
    double added = pow(ls * a * 0.2, 2) + pow(ls * a * 0.5, 2) / 2 + pow(ls * 2e-6 / sqrt(3) * t, 2) +
                   pow(25 * a * 0.2, 2) * 0 + pow(25 * 0.1 * a, 2) + pow(25 * 11.5e-6 * t, 2);
    NEAR(u, sqrt(first * first + added), 1e-6);
}
END_TEST

/* For a normal input: y = x^2 has variance 4 m^2 s^2 + 2 s^4 and mean m^2 + s^2, exactly; x^3 to second order
 * 9 m^4 s^2 + 18 m^2 s^4 + 18 m^2 s^4. */
START_TEST(second_order_by_hand) {
    const char *json = budget("x = 3 +/- 0.5; y = x^2; z = x^3; w = 0 +/- 0.1; q = w^2", "y,z,q");
    NEAR(item(json, "\"y\"", "u_second_order"), sqrt(4 * 9 * 0.25 + 2 * 0.0625), 1e-13);
    NEAR(item(json, "\"y\"", "shift"), 0.25, 1e-15);
    NEAR(item(json, "\"z\"", "u_second_order"), sqrt(9 * 81 * 0.25 + 36 * 9 * 0.0625), 1e-12);
    NEAR(item(json, "\"q\"", "u"), 0, 0);
    NEAR(item(json, "\"q\"", "u_second_order"), sqrt(2) * 0.01, 1e-15);
}
END_TEST

/* The product of two standard normal quantities of correlation r has variance 1 + r^2 and mean r. */
START_TEST(second_order_correlated) {
    const char *json = budget("x = 0 +/- 1; y = 0 +/- 1; correlate x, y = 0.6; z = x*y", NULL);
    NEAR(item(json, "\"z\"", "u_second_order"), sqrt(1.36), 1e-14);
    NEAR(item(json, "\"z\"", "shift"), 0.6, 1e-15);
}
END_TEST

/* EURACHEM/CITAC QUAM, A1, as the GUM Tree Calculator prints it. */
START_TEST(cadmium_standard) {
    const char *json = budget("m = 100.28 +/- 0.05; P = 0.9999 +/- 0.0001/sqrt(3); Vf = 100 +/- 0.1/sqrt(6)\n"
                              "Vr = 0 +/- 0.02; VT = 0 +/- 0.084/sqrt(3); c = 1000*m*P/(Vf + Vr + VT)",
                              NULL);
    NEAR(item(json, "\"c\"", "value"), 1002.7, 0.05);
    NEAR(item(json, "\"c\"", "u"), 0.835199, 5e-7);
    NEAR(item(json, "\"m\"", "contribution"), 0.49995, 5e-6);
    NEAR(item(json, "\"VT\"", "contribution"), 0.486284, 5e-7);
    NEAR(item(json, "\"Vf\"", "contribution"), 0.40935, 5e-6);
    NEAR(item(json, "\"Vr\"", "contribution"), 0.20054, 5e-6);
    NEAR(item(json, "\"P\"", "contribution"), 0.0578967, 5e-8);
}
END_TEST

static double sum_of_shares(const char *json) {
    double sum = 0;
    for (const char *at = json; (at = strstr(at, "\"share\": ")); at++) sum += strtod(at + 9, NULL);
    return sum;
}

START_TEST(shares_add_up) {
    NEAR(sum_of_shares(budget("x = 1 +/- 3; y = 2 +/- 4; z = 3 +/- 1; correlate x, y = -0.7\n"
                              "correlate y, z = 0.2; s = x*y + z^2 - x",
                              NULL)),
         1, 1e-14);
}
END_TEST

START_TEST(degrees_of_freedom) {
    const char *json = budget(
        "x = 1 +/- 1 with df=4; y = 1 +/- 1 with df=4; a = x + y\n" /* 4/(1/4 + 1/4) = 8 */
        "p = 1 +/- 1 with df=4; q = 1 +/- 1 with df=4; correlate p, q = 0.5; b = p + q\n" /* as one: 4 */
        "v = 1 +/- 1 with df=4; w = 1 +/- 1 with df=5; correlate v, w = 0.5; c = v + w\n"
        "e1 = 1 +/- 1; f = e1 + x", /* 4 / (1/4) = 16 */
        "a,b,c,f");
    NEAR(item(json, "\"a\"", "df"), 8, 1e-12);
    NEAR(item(json, "\"b\"", "df"), 4, 1e-12);
    ck_assert(isnan(item(json, "\"c\"", "df")));
    NEAR(item(json, "\"f\"", "df"), 16, 1e-12);
}
END_TEST

/* H.3: nine degrees of freedom for what comes from both parameters of the line. */
START_TEST(parameters_of_a_line) {
    const char *json = budget("y = [-0.1712, 0.00218] +/- [0.0029, 0.00067] with df=9\n"
                              "correlate y, y = [[1, -0.930], [-0.930, 1]]; b = y[0] + 10*y[1]",
                              NULL);
    NEAR(item(json, "\"b\"", "value"), -0.1494, 5e-5);
    NEAR(item(json, "\"b\"", "u"), 0.0041, 1e-4);
    NEAR(item(json, "\"b\"", "df"), 9, 1e-9);
    NEAR(item(json, "\"b\"", "k"), 2.262157, 5e-7); /* t of 9 degrees of freedom, 95 % */
}
END_TEST

START_TEST(coverage_by_factor) {
    gtape_set(session, "coverage", "2");
    const char *json = budget("x = 5 +/- 0.1", NULL);
    NEAR(item(json, "\"x\"", "k"), 2, 0);
    NEAR(item(json, "\"x\"", "U"), 0.2, 1e-16);
    ck_assert_ptr_null(strstr(json, "level"));
}
END_TEST

/* ---- Monte Carlo ---- */

/* Of linear models the samples have the mean and deviation that were propagated: within 5 standard errors. */
START_TEST(samples_of_linear_models) {
    static const char *const programs[] = {
        "x = 5 +/- 0.1; y = 2*x + 1",
        "x = 1 +/- 3; y = 2 +/- 4; z = x - 2*y",
        "x = 1 +/- 3; y = 2 +/- 4; correlate x, y = -0.7; z = x + y",
        "x = 1 +/- 1; y = 2 +/- 2; z = 3 +/- 3; correlate x, y = 0.6; correlate y, z = 0.5; s = x - y + z",
        ("x = [1, 2, 3] +/- [1, 2, 3]; correlate x, x = [[1, 0.5, 0], [0.5, 1, -0.5], [0, -0.5, 1]]; "
         "s = sum(x)"),
        "x = 1 +/- 1; y = 0; for i in range(3) { z = 1 +/- 0.5; y += z - x }; s = y",
        "x = 1 +/- 2; y = 3 +/- 1; correlate x, y = 1; s = x - 2*y",
    };
    char name[] = "\"?\"";
    const char *program = programs[_i];
    name[1] = strrchr(program, '=')[-2];
    gtape_set(session, "samples", "4000");
    const char *json = budget(program, NULL), *found = strstr(json, "monte_carlo");
    double u = item(json, name, "u");
    NEAR(item(json, name, "mean"), item(json, name, "value"), 5 * u / sqrt(4000));
    NEAR(item(found, "mean", "u"), u, 5 * u / sqrt(8000) + 1e-12);
    NEAR(item(json, name, "finite"), 4000, 0);
    NEAR(item(json, name, "high") - item(json, name, "low"), 2 * 1.96 * u, 0.2 * u);
}
END_TEST

/* |x| about 0 is half-normal: mean sqrt(2/pi), deviation sqrt(1 - 2/pi); branches are taken in each sample.
 */
START_TEST(samples_take_branches) {
    gtape_set(session, "samples", "1e4");
    const char *json = budget("x = 1e-9 +/- 1; if x > 0 { y = x } else { y = -x }; y", "y");
    NEAR(item(json, "monte_carlo", "mean"), 0.7978845608, 0.03);
    NEAR(item(json, "mean", "u"), 0.6028102749, 0.03);
    ck_assert_double_ge(item(json, "monte_carlo", "low"), 0);
}
END_TEST

START_TEST(samples_repeat) {
    gtape_set(session, "samples", "100");
    double first = item(budget("x = 5 +/- 1; y = exp(x)", NULL), "monte_carlo", "mean");
    double second =
        item(gtape_uncertainty_budget(session, "json", (gtape_number_format){0}), "monte_carlo", "mean");
    gtape_set(session, "seed", "7");
    double third =
        item(gtape_uncertainty_budget(session, "json", (gtape_number_format){0}), "monte_carlo", "mean");
    ck_assert_double_eq(first, second);
    ck_assert_double_ne(first, third);
}
END_TEST

START_TEST(samples_of_what_at_gives) {
    gtape_set(session, "samples", "4000");
    ck_assert_int_eq(gtape_at(session, "x=5+/-0.5"), GTAPE_OK);
    NEAR(item(strstr(budget("y = 2*x", "y"), "monte_carlo"), "mean", "u"), 1, 0.06);
}
END_TEST

START_TEST(settings) {
    static const char *const bad[][2] = {{"samples", "0"},   {"samples", "1"},    {"samples", "1.5"},
                                         {"samples", "x"},   {"samples", "1e10"}, {"coverage", "0"},
                                         {"coverage", "-1"}, {"coverage", ""},    {"coverage", "nan"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(gtape_set(session, bad[i][0], bad[i][1]) == GTAPE_BAD_PROGRAM, "%s", bad[i][1]);
}
END_TEST

START_TEST(nothing_uncertain) {
    ck_assert_str_eq(budget("x = 5", NULL), "{\"uncertainty\": {}, \"correlations\": {}}\n");
}
END_TEST

/* Whatever request for memory fails, the session can be freed and nothing is lost (which the sanitizer sees).
 */
START_TEST(each_request_fails) {
    static const char program[] =
        "x = [1, 2] +/- [3, 4] with df=4; y = 2 +/- 0.5; correlate x, x = [[1, 0.5], [0.5, 1]]\n"
        "z = x*y; s = sum(x)^2 + y; print z, correlation(s, y); t = s*y*q";
    for (unsigned long n = 1;; n++) {
        gtape *g = gtape_new();
        gtape_set(g, "samples", "3");
        gtape_set(g, "report", "1");
        mem_fail_at(n);
        gtape_status status = gtape_add(g, "-e", program, GTAPE_ALL);
        if (status == GTAPE_OK) status = gtape_at(g, "q=2 +/- 0.5");
        if (status == GTAPE_OK) status = gtape_run(g);
        const char *text =
            status == GTAPE_OK ? gtape_uncertainty_budget(g, "text", (gtape_number_format){0}) : NULL;
        unsigned long requests = mem_requests();
        mem_fail_at(0);
        gtape_free(g);
        if (requests < n) break;
        ck_assert_ptr_null(text);
    }
}
END_TEST

static void budget_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, end_gauge_calibration);
    tcase_add_test(tests, second_order_terms);
    tcase_add_test(tests, large_and_small);
    tcase_add_test(tests, second_order_by_hand);
    tcase_add_test(tests, second_order_correlated);
    tcase_add_test(tests, cadmium_standard);
    tcase_add_test(tests, shares_add_up);
    tcase_add_test(tests, degrees_of_freedom);
    tcase_add_test(tests, parameters_of_a_line);
    tcase_add_test(tests, coverage_by_factor);
    tcase_add_loop_test(tests, samples_of_linear_models, 0, 7);
    tcase_add_test(tests, samples_take_branches);
    tcase_add_test(tests, samples_repeat);
    tcase_add_test(tests, samples_of_what_at_gives);
    tcase_add_test(tests, settings);
    tcase_add_test(tests, nothing_uncertain);
    tcase_add_test(tests, each_request_fails);
}

UNIT_MAIN("budget", budget_tests)
