/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_session.c - a session's life by gtape.h: prompts, what there is, interrupts, threads, memory that runs
 * out. */
#include "tests/unit/session_unit.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static gtape_status add(const char *program) { return gtape_add(session, "-e", program, GTAPE_ALL); }
static gtape_status feed(const char *line) { return gtape_feed(session, "<line>", line, GTAPE_ALL); }

#define OK(call) ck_assert_msg((call) == GTAPE_OK, #call ": %s", all_said())

static double target(size_t i) { return gtape_target_value(session, i).data[0]; }

static double derivative(size_t target, size_t variable) {
    gtape_value v;
    ck_assert_int_eq(gtape_gradient(session, target, variable, &v), 1);
    ck_assert_uint_eq(v.size, 1);
    return v.data[0];
}

/* ---- the prompt ---- */

START_TEST(prompt) {
    begin_session();
    OK(feed("x = 5"));
    ck_assert_double_eq(target(0), 5);
    OK(gtape_wrt(session, "x"));
    OK(feed("y = x^2"));
    ck_assert_double_eq(target(0), 25);
    ck_assert_double_eq(derivative(0, 0), 10);
    OK(feed("ans = 3; ans + y"));
    ck_assert_int_eq(gtape_target_named(session, 0), 0);
    ck_assert_double_eq(target(0), 28);
    OK(feed("grad(y, x)"));
    ck_assert_double_eq(target(0), 10);
    OK(feed("f(t) = t^3"));
    ck_assert_uint_eq(gtape_target_count(session), 0);
    OK(feed("f'(2)"));
    ck_assert_double_eq(target(0), 12);
    OK(feed("x = 6; y"));
    ck_assert_double_eq(target(0), 25);
}
END_TEST

/* y = k x^2 at x = 3: dy/dx = 6 k, dy/dk = 9. */
START_TEST(prompt_behind_a_run) {
    begin_session();
    OK(gtape_set(session, "prompt", "1"));
    for (int reset = 0; reset < 2; reset++) {
        OK(add("k = 2; y = k*x^2"));
        OK(gtape_at(session, "x=3"));
        OK(gtape_run(session));
        OK(feed("grad(y, x)"));
        ck_assert_double_eq(target(0), 12);
        OK(feed("grad(y, k)"));
        ck_assert_double_eq(target(0), 9);
        gtape_reset(session);
    }
}
END_TEST

START_TEST(prompt_pieces) {
    begin_session();
    ck_assert_int_eq(feed("def f(x) {"), GTAPE_INCOMPLETE);
    ck_assert_int_eq(feed("def f(x) {\n  y = x + 1"), GTAPE_INCOMPLETE);
    ck_assert_int_eq(feed("(1 +"), GTAPE_INCOMPLETE);
    ck_assert_int_eq(feed("1 +"), GTAPE_INCOMPLETE);
    ck_assert_uint_eq(gtape_diagnostic_count(session), 0);
    OK(feed("def f(x) {\n  y = x + 1\n  return y }"));
    OK(feed("f(2)"));
    ck_assert_double_eq(target(0), 3);
    ck_assert_int_eq(feed("2 +* 3"), GTAPE_BAD_PROGRAM);
    ck_assert_int_eq(feed("\"no end"), GTAPE_BAD_PROGRAM);
}
END_TEST

/* After an error names keep their values, and names that the line brought up are unknown again. */
START_TEST(prompt_errors) {
    begin_session();
    OK(feed("x = 2"));
    ck_assert_int_eq(feed("y = x + nothere"), GTAPE_BAD_PROGRAM);
    ck_assert_int_eq(feed("y = x +* 2"), GTAPE_BAD_PROGRAM);
    ck_assert_int_eq(feed("y = [1, 2][x]"), GTAPE_FAILED);
    ck_assert_int_eq(feed("y"), GTAPE_BAD_PROGRAM);
    OK(feed("x"));
    ck_assert_double_eq(target(0), 2);
    OK(feed("nothere = 4; y = x + nothere"));
    ck_assert_double_eq(target(0), 6);
    ck_assert_int_eq(feed("g(2)"), GTAPE_BAD_PROGRAM);
    OK(feed("g(t) = t + x"));
    OK(feed("g(2)"));
    ck_assert_double_eq(target(0), 4);
    OK(feed("g(t) = 10*t"));
    ck_assert_int_eq(feed("g(a, b) = a; g(1, 2) +* 3"), GTAPE_BAD_PROGRAM);
    OK(feed("g(2)"));
    ck_assert_double_eq(target(0), 20);
}
END_TEST

START_TEST(reset) {
    begin_session();
    OK(gtape_set(session, "digits", "3"));
    OK(feed("x = pi; f(t) = t"));
    OK(gtape_wrt(session, "x"));
    gtape_reset(session);
    ck_assert_int_eq(feed("x"), GTAPE_BAD_PROGRAM);
    gtape_reset(session);
    OK(add("print pi"));
    OK(gtape_run(session));
    ck_assert_str_eq(text_str(&printed), "3.14\n");
    ck_assert_uint_eq(gtape_variable_count(session), 0);
}
END_TEST

static void add_token(void *user, const char *token) {
    text_puts(user, token);
    text_putc(user, '\n');
}

START_TEST(expected_tokens) {
    begin_session();
    text tokens = {0};
    gtape_expected(session, "y = (1 + 2", add_token, &tokens);
    ck_assert_msg(strstr(text_str(&tokens), ")\n"), "%s", text_str(&tokens));
    text_clear(&tokens);
    gtape_expected(session, "y = ", add_token, &tokens);
    ck_assert_msg(strstr(text_str(&tokens), "name") && strstr(text_str(&tokens), "number"), "%s",
                  text_str(&tokens));
    text_free(&tokens);
    ck_assert_uint_eq(gtape_diagnostic_count(session), 0);
    OK(feed("y = 3"));
}
END_TEST

/* ---- what there is ---- */

START_TEST(functions) {
    size_t count = gtape_function_count(), found = 0;
    ck_assert_uint_gt(count, 100);
    for (size_t i = 0; i < count; i++) {
        gtape_function f = gtape_function_at(i);
        ck_assert(f.name && *f.name && *f.name != '.' && f.signature && f.help && *f.help);
        found += strcmp(f.name, "sin") == 0 || strcmp(f.name, "einsum") == 0 || strcmp(f.name, "pow") == 0 ||
                 strcmp(f.name, "grad") == 0 || strcmp(f.name, "deriv") == 0;
        if (strcmp(f.name, "sin") == 0) ck_assert_str_eq(f.derivative, "cos(x)");
        for (size_t j = 0; j < i; j++) ck_assert_str_ne(gtape_function_at(j).name, f.name);
    }
    ck_assert_uint_eq(found, 5);
    ck_assert_str_eq(gtape_function_at(count).name, "");
}
END_TEST

static gtape_name name_called(const char *name) {
    for (size_t i = 0; i < gtape_name_count(session); i++)
        if (strcmp(gtape_name_at(session, i).name, name) == 0) return gtape_name_at(session, i);
    ck_abort_msg("no name %s", name);
}

START_TEST(names) {
    begin_session();
    OK(add("y = x + 1; f(t) = t"));
    OK(gtape_at(session, "x=2"));
    OK(gtape_run(session));
    ck_assert(name_called("x").is_input && name_called("x").value.data[0] == 2);
    ck_assert(!name_called("y").is_input && name_called("y").is_bound && name_called("y").value.data[0] == 3);
    ck_assert(name_called("f").is_function && name_called("pi").is_constant);
}
END_TEST

START_TEST(number_texts) {
    char out[GTAPE_NUMBER_ROOM];
    ck_assert_uint_eq(gtape_number_text(out, 0.1, (gtape_number_format){0}), 3);
    ck_assert_str_eq(out, "0.1");
    gtape_number_text(out, -0.0, (gtape_number_format){0});
    ck_assert_str_eq(out, "-0");
    gtape_number_text(out, 12, (gtape_number_format){.hex = 1});
    ck_assert_str_eq(out, "0x1.8p+3");
    begin_session();
    gtape_value v = {(double[]){1, 2}, (size_t[]){2}, 2, 1};
    ck_assert_str_eq(gtape_value_text(session, v, (gtape_layout){{0}, 0, 0}), "[1, 2]");
}
END_TEST

START_TEST(statistics) {
    begin_session();
    OK(add("x = 1; y = x; for i in range(10) { y = y*x }"));
    OK(gtape_wrt(session, "x"));
    OK(gtape_run(session));
    gtape_stats s = gtape_statistics(session);
    ck_assert_double_eq(s.parse_seconds + s.run_seconds + s.page_seconds, 0); /* nobody asked for times */
    OK(gtape_set(session, "times", "1"));
    OK(gtape_run(session));
    s = gtape_statistics(session);
    ck_assert_uint_ge(s.records, 11);
    ck_assert_uint_le(s.records, 40);
    ck_assert(s.instructions > 0 && s.operations > 0 && s.tape_bytes > 0 && s.peak_memory > 0 &&
              s.run_seconds > 0);
}
END_TEST

/* ---- interrupts and threads ---- */

static void *interrupt_soon(void *data) {
    (void)data;
    usleep(50000);
    gtape_interrupt(session);
    return NULL;
}

/* Loops that never end, in each kind of code; the session is as good as before. */
START_TEST(interrupted) {
    const char *programs[] = {"x = 1; while 1 { x += 1 }",
                              "while 1 { }",
                              "f(x) = x; while f(1) { }",
                              "x = 1; for i in range(1e15) { x = x + 1 }",
                              "def f(x) { while 1 { x = x + 1 } }; f(1)",
                              "def f(x) { while 1 { x = x + 1 }; return x }; f'(1)",
                              "A = random(300, 300); while 1 { A = A@A }"};
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        begin_session();
        OK(feed("k = 3"));
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, interrupt_soon, NULL), 0);
        gtape_status status = feed(programs[i]);
        pthread_join(thread, NULL);
        ck_assert_msg(status == GTAPE_INTERRUPTED, "%s: status %d", programs[i], status);
        OK(feed("k^2"));
        ck_assert_double_eq(target(0), 9);
    }
    gtape_interrupt(session);
    ck_assert_int_eq(gtape_is_interrupted(session), 1); /* by nobody yet */
    gtape_reset(session);
    OK(gtape_add(session, "t", "1", GTAPE_ALL));
    OK(gtape_run(session));
    ck_assert_int_eq(gtape_is_interrupted(session), 0);
}
END_TEST

/* "timeout" is for each call, "time-in-all" for all of them. */
START_TEST(time_limits) {
    begin_session();
    OK(gtape_add(session, "t", "i = 0; while i < k { i += 1; if i < 0 { i = 0 } }", GTAPE_ALL));
    OK(gtape_at(session, "k=1e15"));
    OK(gtape_set(session, "timeout", "0.05"));
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(gtape_run(session), GTAPE_FAILED);
        ck_assert_int_eq(gtape_is_out_of_time(session), 1);
        ck_assert_int_eq(gtape_is_interrupted(session), 0);
    }
    gtape_clear_diagnostics(session);
    OK(gtape_at(session, "k=10"));
    OK(gtape_run(session));
    ck_assert_int_eq(gtape_is_out_of_time(session), 0);
    OK(gtape_set(session, "time-in-all", "0.5"));
    OK(gtape_at(session, "k=1e15"));
    ck_assert_int_eq(gtape_run(session), GTAPE_FAILED);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    ck_assert_int_eq(gtape_run(session), GTAPE_FAILED); /* at once */
    clock_gettime(CLOCK_MONOTONIC, &after);
    double passed = (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
    ck_assert_double_lt(passed, 0.4);
    ck_assert_str_eq(gtape_diagnostic_at(session, 0).message, "more than 0.5 seconds");
    OK(gtape_set(session, "time-in-all", "0"));
    OK(gtape_at(session, "k=10"));
    OK(gtape_run(session));
    ck_assert_int_eq(gtape_set(session, "time-in-all", "-1"), GTAPE_BAD_PROGRAM);
}
END_TEST

typedef struct thread_job {
    double x, value, gradient;
    bool good;
} thread_job;

static void *work_alone(void *data) {
    thread_job *job = data;
    char at[40];
    snprintf(at, sizeof at, "x=%.17g", job->x);
    job->good = true;
    for (int i = 0; i < 30; i++) {
        gtape *g = gtape_new();
        gtape_value v;
        job->good &=
            gtape_add(
                g, "-e",
                "s = 0; for i in range(2000) { s = s + sin(x*i)/(1 + i) }; y = s*sum(inv([[x, 1], [1, 5]]))",
                GTAPE_ALL) == GTAPE_OK;
        job->good &= gtape_at(g, at) == GTAPE_OK && gtape_wrt(g, "x") == GTAPE_OK && gtape_run(g) == GTAPE_OK;
        job->good &= gtape_gradient(g, 0, 0, &v) == 1;
        job->value = gtape_target_value(g, 0).data[0];
        job->gradient = v.data[0];
        job->good &= gtape_add(g, "-e", "y = (", GTAPE_ALL) == GTAPE_BAD_PROGRAM;
        gtape_free(g);
    }
    return NULL;
}

/* Sessions in several threads do not disturb each other: the same numbers as one after the other. */
START_TEST(threads) {
    thread_job alone[4], together[4];
    pthread_t thread[4];
    for (int i = 0; i < 4; i++) {
        alone[i] = together[i] = (thread_job){.x = 0.5 + i};
        work_alone(&alone[i]);
    }
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, work_alone, &together[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        ck_assert(alone[i].good && together[i].good);
        ck_assert_double_eq(alone[i].value, together[i].value);
        ck_assert_double_eq(alone[i].gradient, together[i].gradient);
    }
}
END_TEST

/* ---- memory that runs out ---- */

static const char *const hungry[] = {
    "x = 2; y = x^3; watch x",
    "y = [1, 2, 3]*x; z = sum(y^2)",
    "f(a, b) = a*sin(b); def g(t) { s = 0; for v in [t, 2*t] { s += f(v, t) }; return s }; y = g(x) + g'(x) "
    "+ g'([x, 1])[0]",
    "h = hessian(x^3*exp(x), x); j = jacobian([x, x^2], x); t = taylor(sin(x)*x, x, 5); y = sum(j) + sum(t) "
    "+ h",
    "f(a) = a^2; derivative f(a) wrt a = 2*a; y = f(x)*3; print grad(y, x), \"text\"; printf \"%g %s\\n\", "
    "y, \"b\"",
    "q, r = qr([[x, 1], [2, 3]]); A = einsum(\"ij,jk->ik\", q, r); y = A[0, 0]; A[1] = [y, y]; z = sum(inv(A "
    "+ eye(2)*5))",
    "x = [1, 2, 3]; w = x; w[1:] += 2; a, b, c = w; if a && b || c { y = a ? b : c }; while y < 100 { y *= 2 "
    "}; y := y; z = y*a",
    "y = log(-1)*x; print y, grad(y, x)",
    "f(a) = 3*a; def k(t) { u = t; return grad(u^2, u) }; derivative f(a) wrt a = k(a); y = f(x)^2; print "
    "[[y, grad(y, x)], [hessian(y, x), 0]]",
    "y = q*x + r; z = f(y)",
    "y = [x, 1] + [1, 2, 3]",
    "def f(t) { for i in range(3) { t = t*t }; return t }; y = logsumexp([f(x), 1], axis=0); z = y ? "
    "sqrt'(0) : 1; print z, sin''([x, 1])",
    "y = nosuch(x",
    "y = [1, 2][x + 5]",
    "f(n) = n > 50 ? [1][n] : f(n + 1); y = f(x)",
};

static gtape_status use_session(gtape *g, const char *program) {
    gtape_status status = gtape_add(g, "-e", program, GTAPE_ALL);
    if (status == GTAPE_OK) status = gtape_at(g, "x=2");
    if (status == GTAPE_OK) status = gtape_wrt(g, "x");
    if (status == GTAPE_OK) status = gtape_run(g);
    return status;
}

/* Whatever request fails, the status says so, the session can be used again or freed, and nothing is lost
 * (which the sanitizer sees). */
START_TEST(each_request_fails) {
    for (size_t i = 0; i < COUNT_OF(hungry); i++) {
        begin_session();
        gtape_status right = use_session(session, hungry[i]);
        for (unsigned long n = 1;; n++) {
            gtape *g = gtape_new();
            ck_assert_ptr_nonnull(g);
            gtape_on_print(g, keep_printed, &printed);
            text_clear(&printed);
            for (int k = 0; k < 10; k++)
                text_puts(&printed, "room that lasts "); /* printed itself does not fail */
            mem_fail_at(n);
            gtape_status status = use_session(g, hungry[i]);
            bool failed = mem_requests() >= n;
            mem_fail_at(0);
            if (!failed) {
                ck_assert_int_eq(status, right);
                gtape_free(g);
                break;
            }
            ck_assert_msg(status == GTAPE_FAILED || status == right, "%s, request %lu: status %d, not %d",
                          hungry[i], n, status, right);
            gtape_reset(g);
            ck_assert_msg(use_session(g, "y = x^2") == GTAPE_OK && gtape_target_value(g, 0).data[0] == 4,
                          "%s, request %lu, after reset", hungry[i], n);
            gtape_free(g);
        }
    }
}
END_TEST

/* At a prompt the session goes on without a reset. */
START_TEST(each_request_of_a_line_fails) {
    const char *line = "def g(t) { s = 0; for v in [t, 2*t] { s += v*x }; return s }; y = g'(x) + sum([x, "
                       "2]*3); print y, \"a\"";
    for (unsigned long n = 1;; n++) {
        begin_session();
        OK(feed("x = 2; f(t) = t^2"));
        mem_fail_at(n);
        gtape_status status = feed(line);
        bool failed = mem_requests() >= n;
        mem_fail_at(0);
        if (!failed) {
            ck_assert_int_eq(status, GTAPE_OK);
            break;
        }
        ck_assert_msg(status == GTAPE_FAILED || status == GTAPE_OK, "request %lu: status %d", n, status);
        gtape_clear_diagnostics(session);
        OK(feed("f'(x)"));
        ck_assert_msg(target(0) == 4, "request %lu", n);
        OK(feed(line));
        ck_assert_msg(target(0) == 18, "request %lu: %g", n, target(0)); /* g(t) = 3 t x: 6 + 12 */
    }
}
END_TEST

/* What shows a program, and runs it again for that. */
static gtape_status show_in_every_form(gtape *g) {
    static const char *const forms[] = {"symbolic", "latex", "c", "tape", "graph"};
    const char *shown;
    gtape_status status = use_session(g, "f(t) = t > 0 ? sin(t)^2 : t; y = f(x)*x^3 + abs(x) + digamma(x)");
    for (size_t i = 0; i < COUNT_OF(forms) && status == GTAPE_OK; i++) {
        status = gtape_show(g, forms[i], &shown);
        if (status == GTAPE_OK) ck_assert_ptr_nonnull(strstr(shown, "x"));
    }
    if (status == GTAPE_OK) status = gtape_check(g, 1e-6, &shown);
    if (status == GTAPE_OK) status = gtape_of(g, "y");
    double points[] = {1, 3}, out[4], here = 0;
    if (status == GTAPE_OK) status = gtape_sample(g, 2, points, out, &here);
    if (status == GTAPE_OK) ck_assert_msg(here == 2, "here %g", here);
    return status;
}

/* Calls of functions that there are not are found when all has been read. */
START_TEST(forms_of_what_is_not_well_formed) {
    static const char *const forms[] = {"symbolic", "latex", "c"};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const char *shown;
        gtape *g = gtape_new();
        OK(gtape_add(g, "-e", "y = nosuch(x)", GTAPE_ALL));
        ck_assert_msg(gtape_show(g, forms[i], &shown) == GTAPE_BAD_PROGRAM, "%s", forms[i]);
        ck_assert_ptr_nonnull(strstr(gtape_diagnostic_text(g, 0, 0), "unknown function 'nosuch'"));
        gtape_free(g);
    }
}
END_TEST

START_TEST(each_request_of_a_form_fails) {
    for (unsigned long n = 1;; n++) {
        gtape *g = gtape_new();
        mem_fail_at(n);
        gtape_status status = show_in_every_form(g);
        bool failed = mem_requests() >= n;
        mem_fail_at(0);
        if (failed) {
            gtape_reset(g);
            ck_assert_msg(use_session(g, "y = x^2") == GTAPE_OK && gtape_target_value(g, 0).data[0] == 4,
                          "request %lu, after reset", n);
        }
        gtape_free(g);
        if (!failed) {
            ck_assert_int_eq(status, GTAPE_OK);
            break;
        }
    }
}
END_TEST

/* x^3 at 1 and 3, its derivative, and where the program has x: at an input, at a constant, at neither. */
START_TEST(samples) {
    static const struct {
        const char *program;
        double here;
    } programs[] = {{"y = x^3", NAN}, {"x = 7; y = x^3", 7}, {"input x = 5; x = x; y = x^3; x", 5}};
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        begin_session();
        OK(gtape_add(session, "-e", programs[i].program, GTAPE_ALL));
        OK(gtape_wrt(session, "x"));
        OK(gtape_of(session, "y"));
        double points[] = {1, 3}, out[4], here;
        OK(gtape_sample(session, 2, points, out, &here));
        ck_assert(out[0] == 1 && out[1] == 3 && out[2] == 27 && out[3] == 27);
        ck_assert(here == programs[i].here || (isnan(here) && isnan(programs[i].here)));
    }
}
END_TEST

START_TEST(no_session) {
    for (unsigned long n = 1; n < 200; n++) {
        mem_fail_at(n);
        gtape *g = gtape_new();
        mem_fail_at(0);
        gtape_free(g);
    }
    gtape_free(NULL);
}
END_TEST

static void session_tests(TCase *tests) {
    tcase_add_test(tests, prompt);
    tcase_add_test(tests, prompt_behind_a_run);
    tcase_add_test(tests, prompt_pieces);
    tcase_add_test(tests, prompt_errors);
    tcase_add_test(tests, reset);
    tcase_add_test(tests, expected_tokens);
    tcase_add_test(tests, functions);
    tcase_add_test(tests, names);
    tcase_add_test(tests, number_texts);
    tcase_add_test(tests, statistics);
    tcase_add_test(tests, interrupted);
    tcase_add_test(tests, time_limits);
    tcase_add_test(tests, threads);
    tcase_add_test(tests, each_request_fails);
    tcase_add_test(tests, each_request_of_a_line_fails);
    tcase_add_test(tests, forms_of_what_is_not_well_formed);
    tcase_add_test(tests, each_request_of_a_form_fails);
    tcase_add_test(tests, samples);
    tcase_add_test(tests, no_session);
    tcase_add_checked_fixture(tests, NULL, end_session);
}

UNIT_MAIN("session", session_tests)
