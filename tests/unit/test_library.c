/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_library.c - the interface of gtape.h: programs in pieces, inputs, results, diagnostics. */
#include "tests/unit/session_unit.h"

#include "base/diag.h"

static gtape_status add(const char *program) { return gtape_add(session, "-e", program, GTAPE_ALL); }

#define OK(call) ck_assert_msg((call) == GTAPE_OK, #call ": %s", all_said())

static double target(size_t i) { return gtape_target_value(session, i).data[0]; }

static double derivative(size_t target, size_t variable) {
    gtape_value v;
    ck_assert_int_eq(gtape_gradient(session, target, variable, &v), 1);
    ck_assert_uint_eq(v.size, 1);
    return v.data[0];
}

/* ---- programs, inputs, results ---- */

START_TEST(example_of_the_header) {
    begin_session();
    OK(add("y = x*x; z = y*y"));
    OK(gtape_at(session, "x=5"));
    OK(gtape_wrt(session, "x"));
    OK(gtape_of(session, "y,z"));
    OK(gtape_run(session));
    ck_assert_uint_eq(gtape_target_count(session), 2);
    ck_assert_str_eq(gtape_target_name(session, 1), "z");
    ck_assert_int_eq(gtape_target_named(session, 1), 1);
    ck_assert_double_eq(target(0), 25);
    ck_assert_double_eq(target(1), 625);
    ck_assert_uint_eq(gtape_variable_count(session), 1);
    ck_assert_str_eq(gtape_variable_name(session, 0), "x");
    ck_assert_double_eq(gtape_variable_value(session, 0).data[0], 5);
    ck_assert_double_eq(derivative(0, 0), 10);
    ck_assert_double_eq(derivative(1, 0), 500);
}
END_TEST

START_TEST(tensor_results) {
    begin_session();
    OK(add("y = x^2; z = sum(y)*w"));
    OK(gtape_at(session, "x=[1,2,3],w=2"));
    OK(gtape_wrt(session, "x,w"));
    OK(gtape_of(session, "y,z"));
    OK(gtape_run(session));
    gtape_value y = gtape_target_value(session, 0), j, g;
    ck_assert(y.rank == 1 && y.shape[0] == 3 && y.data[2] == 9);
    ck_assert_int_eq(gtape_gradient(session, 0, 0, &j), 1);
    ck_assert(j.rank == 2 && j.shape[0] == 3 && j.shape[1] == 3 && j.size == 9);
    ck_assert(j.data[0] == 2 && j.data[1] == 0 && j.data[4] == 4 && j.data[8] == 6);
    ck_assert_int_eq(gtape_gradient(session, 1, 0, &g), 1);
    ck_assert(g.rank == 1 && g.data[0] == 4 && g.data[2] == 12);
    ck_assert_double_eq(derivative(1, 1), 14);
}
END_TEST

/* Without gtape_of: what report says, else the last name, else the last bare expression. */
START_TEST(chosen_targets) {
    begin_session();
    OK(add("a = 1; if 1 { b = 2 }"));
    OK(gtape_run(session));
    ck_assert_str_eq(gtape_target_name(session, 0), "b");
    ck_assert_int_eq(gtape_report_asked(session), 0);
    OK(add("3 + 4"));
    OK(gtape_run(session));
    ck_assert_int_eq(gtape_target_named(session, 0), 0);
    ck_assert_double_eq(target(0), 7);
    OK(add("report b, a"));
    OK(gtape_run(session));
    ck_assert_uint_eq(gtape_target_count(session), 2);
    ck_assert_str_eq(gtape_target_name(session, 0), "b");
    ck_assert_int_eq(gtape_report_asked(session), 1);
    OK(gtape_of(session, "a"));
    OK(gtape_run(session));
    ck_assert_uint_eq(gtape_target_count(session), 1);
    OK(gtape_of(session, NULL));
    OK(gtape_run(session));
    ck_assert_uint_eq(gtape_target_count(session), 2);
    begin_session();
    OK(add("f(x) = x"));
    OK(gtape_run(session));
    ck_assert_uint_eq(gtape_target_count(session), 0);
}
END_TEST

START_TEST(chosen_variables) {
    begin_session();
    OK(add("x = 2; y = 3; watch y; z = x^2*y"));
    OK(gtape_run(session));
    ck_assert_uint_eq(gtape_variable_count(session), 1);
    ck_assert_double_eq(derivative(0, 0), 4);
    OK(gtape_wrt(session, "x,y"));
    OK(gtape_run(session));
    ck_assert_uint_eq(gtape_variable_count(session), 2);
    ck_assert_double_eq(derivative(0, 0), 12);
    OK(gtape_wrt(session, ""));
    OK(gtape_run(session));
    ck_assert_uint_eq(gtape_variable_count(session), 1);
    begin_session();
    OK(add("x = 2; y = x^2; z = y^2"));
    OK(gtape_wrt(session, "y"));
    OK(gtape_run(session));
    ck_assert_double_eq(derivative(0, 0), 8);
}
END_TEST

START_TEST(programs_in_pieces) {
    begin_session();
    OK(gtape_add(session, "one", "f(x) = g(x) + 1; y = f(k)", GTAPE_ALL));
    OK(gtape_add(session, "two", "g(x) = 2*x; z = y^2; rest", 20));
    OK(gtape_at(session, "k=3"));
    OK(gtape_run(session));
    ck_assert_str_eq(gtape_target_name(session, 0), "z");
    ck_assert_double_eq(target(0), 49);
}
END_TEST

/* Inputs may be given before the text that has them. */
START_TEST(inputs_first) {
    begin_session();
    OK(gtape_at(session, "x=5"));
    OK(gtape_wrt(session, "x"));
    OK(add("y = x^2"));
    OK(gtape_run(session));
    ck_assert_double_eq(target(0), 25);
    ck_assert_double_eq(derivative(0, 0), 10);
}
END_TEST

/* A run with other inputs gives what a fresh session gives; nothing is left of the one before. */
START_TEST(run_again) {
    begin_session();
    OK(add("input n = 3; s = 0; for i in range(n) { s = s + x^i; t = s }; def f(a) { return a*c }; c = 2; r "
           ":= f(s); f(a) = a; u = f(r)*x"));
    OK(gtape_wrt(session, "x"));
    OK(gtape_of(session, "s,u"));
    const char *inputs[] = {"x=2", "x=3,n=5", "x=[1,2]", "x=2"};
    /* s = 1 + x + x^2 ...; u = 2 s x with s held */
    for (int round = 0; round < 2; round++) {
        OK(gtape_at(session, "x=2,n=3"));
        OK(gtape_run(session));
        ck_assert_double_eq(target(0), 7);
        ck_assert_double_eq(target(1), 28);
        ck_assert_double_eq(derivative(0, 0), 5);
        ck_assert_double_eq(derivative(1, 0), 14);
        OK(gtape_at(session, inputs[1]));
        OK(gtape_run(session));
        ck_assert_double_eq(target(0), 121);
        ck_assert_double_eq(derivative(0, 0), 142);
        OK(gtape_at(session, inputs[2]));
        OK(gtape_run(session));
        ck_assert_uint_eq(gtape_target_value(session, 0).size, 2);
    }
}
END_TEST

START_TEST(random_numbers_again) {
    begin_session();
    OK(gtape_set(session, "seed", "7"));
    OK(add("y = sum(random(5)) + sum(normal(5))"));
    OK(gtape_run(session));
    double first = target(0);
    OK(gtape_run(session));
    ck_assert_double_eq(target(0), first);
    OK(gtape_set(session, "seed", "8"));
    OK(gtape_run(session));
    ck_assert_double_ne(target(0), first);
}
END_TEST

START_TEST(unconnected_gradients) {
    begin_session();
    OK(add("x = 1; y = 2; z = x^2"));
    OK(gtape_wrt(session, "x,y"));
    OK(gtape_run(session));
    ck_assert_double_eq(derivative(0, 1), 0);
    ck_assert_uint_eq(gtape_diagnostic_count(session), 1);
    ck_assert_int_eq(gtape_diagnostic_at(session, 0).code, DIAG_UNCONNECTED);
    ck_assert_ptr_null(gtape_diagnostic_at(session, 0).file);
    OK(gtape_set(session, "unconnected", "none"));
    OK(gtape_run(session));
    gtape_value v;
    ck_assert_int_eq(gtape_gradient(session, 0, 1, &v), 0);
    ck_assert_int_eq(gtape_gradient(session, 0, 0, &v), 1);
    OK(gtape_set(session, "unconnected", "error"));
    ck_assert_int_eq(gtape_run(session), GTAPE_FAILED);
    ck_assert_uint_eq(gtape_target_count(session), 0);
}
END_TEST

START_TEST(options) {
    begin_session();
    const char *good[][2] = {{"strict", "0"},  {"unconnected", "none"}, {"seed", "18446744073709551615"},
                             {"max-ops", "5"}, {"notes", "1"},          {"digits", "17"},
                             {"hex", "1"}};
    const char *bad[][2] = {{"strict", "yes"}, {"unconnected", "maybe"}, {"seed", "-1"},   {"max-ops", ""},
                            {"digits", "18"},  {"digits", "3x"},         {"nonsense", "1"}};
    for (size_t i = 0; i < COUNT_OF(good); i++) OK(gtape_set(session, good[i][0], good[i][1]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert_msg(gtape_set(session, bad[i][0], bad[i][1]) == GTAPE_BAD_PROGRAM, "%s=%s", bad[i][0],
                      bad[i][1]);
}
END_TEST

START_TEST(printing) {
    begin_session();
    OK(add("print 1"));
    OK(gtape_run(session));
    ck_assert_str_eq(text_str(&printed), "1\n");
    ck_assert_int_eq(gtape_prints(session), 1);
    gtape_on_print(session, NULL, NULL);
    OK(gtape_run(session));
    ck_assert_str_eq(text_str(&printed), "1\n");
}
END_TEST

/* ---- diagnostics ---- */

START_TEST(diagnostic_fields) {
    begin_session();
    ck_assert_int_eq(gtape_add(session, "model.gt", "x = 1\n\xce\xb8 = x + srqt(x)", GTAPE_ALL), GTAPE_OK);
    ck_assert_int_eq(gtape_run(session), GTAPE_BAD_PROGRAM);
    ck_assert_uint_eq(gtape_diagnostic_count(session), 1);
    gtape_diagnostic d = gtape_diagnostic_at(session, 0);
    ck_assert_int_eq(d.code, 301);
    ck_assert_int_eq(d.severity, GTAPE_ERROR);
    ck_assert_str_eq(d.file, "model.gt");
    ck_assert_uint_eq(d.line, 2);
    ck_assert_uint_eq(d.column, 9); /* in characters */
    ck_assert_uint_eq(d.begin, 15); /* in bytes */
    ck_assert_uint_eq(d.end, 22);
    ck_assert_str_eq(d.message, "unknown function 'srqt'");
    ck_assert_str_eq(d.hint, "did you mean 'sqrt'?");
    ck_assert_str_eq(gtape_diagnostic_text(session, 0, 0), "model.gt:2:9: error: unknown function 'srqt'\n"
                                                           "  \xce\xb8 = x + srqt(x)\n"
                                                           "          ^~~~~~~\n"
                                                           "  hint: did you mean 'sqrt'?\n");
    ck_assert_ptr_nonnull(strstr(gtape_diagnostic_text(session, 0, 1), "\x1b["));
    gtape_clear_diagnostics(session);
    ck_assert_uint_eq(gtape_diagnostic_count(session), 0);
}
END_TEST

/* Names asked for from outside: all are checked before anything runs. */
START_TEST(asked_names) {
    begin_session();
    OK(add("print 1; x = 2; y = x + q"));
    OK(gtape_at(session, "q=1"));
    OK(gtape_wrt(session, "x,zz"));
    OK(gtape_of(session, "y,uu"));
    ck_assert_int_eq(gtape_run(session), GTAPE_BAD_PROGRAM);
    ck_assert_str_eq(text_str(&printed), "");
    ck_assert_uint_eq(gtape_diagnostic_count(session), 2);
    gtape_diagnostic d = gtape_diagnostic_at(session, 0);
    ck_assert_int_eq(d.code, DIAG_NO_SUCH_NAME);
    ck_assert_str_eq(d.file, "--wrt");
    ck_assert_uint_eq(d.column, 3);
    ck_assert_ptr_nonnull(strstr(d.message, "'zz'"));
    ck_assert_msg(strstr(d.hint, "x, ") && strstr(d.hint, "q"), "%s", d.hint);
    ck_assert_str_eq(gtape_diagnostic_at(session, 1).file, "--of");
    gtape_clear_diagnostics(session);
    OK(gtape_wrt(session, "x"));
    OK(gtape_of(session, "y"));
    OK(gtape_run(session));
    ck_assert_double_eq(derivative(0, 0), 1);
}
END_TEST

static void check_at(const char *program, const char *at, int code, const char *file, unsigned column) {
    begin_session();
    OK(add(program));
    gtape_status status = gtape_at(session, at);
    if (status == GTAPE_OK) status = gtape_run(session);
    ck_assert_msg(status == GTAPE_BAD_PROGRAM, "%s with %s", program, at);
    gtape_diagnostic d = gtape_diagnostic_at(session, 0);
    ck_assert_msg(d.code == code && d.file && strcmp(d.file, file) == 0 && d.column == column,
                  "%s with %s: %s", program, at, all_said());
}

START_TEST(bad_inputs) {
    check_at("x = 1; y = x", "x=2", DIAG_NOT_AN_INPUT, "-e", 1);
    ck_assert_ptr_nonnull(strstr(gtape_diagnostic_at(session, 0).hint, "input x"));
    check_at("f(a) = a*k; k = 5; y = f(1)", "k=2", DIAG_NOT_AN_INPUT, "-e", 13);
    check_at("y = x", "x=1,zz=2", DIAG_NO_SUCH_NAME, "--at", 5);
    check_at("y = x", "x=", DIAG_SYNTAX, "--at", 3);
    check_at("y = x", "x", DIAG_SYNTAX, "--at", 2);
    check_at("y = x", "=5", DIAG_SYNTAX, "--at", 1);
    check_at("y = x", "x=1;x=2", DIAG_SYNTAX, "--at", 4);
    check_at("y = x + z", "x=1", DIAG_NO_VALUE, "-e", 9);
    check_at("y = x", "x=nosuch(1)", DIAG_UNKNOWN_FUNCTION, "--at", 3);
}
END_TEST

START_TEST(good_inputs) {
    begin_session();
    OK(add("input d = 1; y = [x, w, d]"));
    OK(gtape_at(session, "x=2*pi/tau,w=sum([1,2])"));
    OK(gtape_at(session, "x=7"));
    OK(gtape_run(session));
    const double *v = gtape_target_value(session, 0).data;
    ck_assert(v[0] == 7 && v[1] == 3 && v[2] == 1);
    OK(gtape_at(session, "d=5"));
    OK(gtape_run(session));
    ck_assert_double_eq(gtape_target_value(session, 0).data[2], 5);
    begin_session();
    OK(add("y = pi*2"));
    OK(gtape_at(session, "pi=3"));
    OK(gtape_run(session));
    ck_assert_double_eq(target(0), 6);
}
END_TEST

/* A run that fails leaves no results, and the session as good as before. */
START_TEST(after_errors) {
    begin_session();
    OK(add("y = [1, 2, 3][k]*x"));
    OK(gtape_wrt(session, "x"));
    OK(gtape_at(session, "x=2,k=1"));
    OK(gtape_run(session));
    ck_assert_double_eq(derivative(0, 0), 2);
    OK(gtape_at(session, "k=9"));
    ck_assert_int_eq(gtape_run(session), GTAPE_FAILED);
    ck_assert_uint_eq(gtape_target_count(session), 0);
    ck_assert_uint_eq(gtape_variable_count(session), 0);
    ck_assert_int_eq(gtape_at(session, "k=]"), GTAPE_BAD_PROGRAM);
    ck_assert_int_eq(gtape_wrt(session, "x y"), GTAPE_BAD_PROGRAM);
    OK(gtape_wrt(session, "x"));
    OK(gtape_at(session, "k=2"));
    OK(gtape_run(session));
    ck_assert_double_eq(derivative(0, 0), 3);
}
END_TEST

static void library_tests(TCase *tests) {
    tcase_add_test(tests, example_of_the_header);
    tcase_add_test(tests, tensor_results);
    tcase_add_test(tests, chosen_targets);
    tcase_add_test(tests, chosen_variables);
    tcase_add_test(tests, programs_in_pieces);
    tcase_add_test(tests, inputs_first);
    tcase_add_test(tests, run_again);
    tcase_add_test(tests, random_numbers_again);
    tcase_add_test(tests, unconnected_gradients);
    tcase_add_test(tests, options);
    tcase_add_test(tests, printing);
    tcase_add_test(tests, diagnostic_fields);
    tcase_add_test(tests, asked_names);
    tcase_add_test(tests, bad_inputs);
    tcase_add_test(tests, good_inputs);
    tcase_add_test(tests, after_errors);
    tcase_add_checked_fixture(tests, NULL, end_session);
}

UNIT_MAIN("library", library_tests)
