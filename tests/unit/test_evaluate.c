/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_evaluate.c - programs as they run: what print and printf show, errors and notes with their places,
 * calls down to the limit, loops in constant memory.  Values and derivatives stand in tests/cases. */
#include "tests/unit/session_unit.h"

#include "base/diag.h"

/* ---- print and printf; printf's text is that of the C library's ---- */

static const struct {
    const char *program, *output;
} outputs[] = {
    {"print 1, \"text\", 2.5", "1 text 2.5\n"},
    {"print \"a\\tb\\\"c\\\"\\\\\\n\"", "a\tb\"c\"\\\n\n"},
    {"print", "\n"},
    {"print \"\"; print \"a\", \"b\"", "\na b\n"},
    {"print 1e300, -0, 1e-4, 1e-5, nan, inf, -inf, 0.1 + 0.2, 1e15, 1e16",
     "1e+300 -0 0.0001 1e-05 nan inf -inf 0.30000000000000004 1000000000000000 1e+16\n"},
    {"x = [[1, 2], [3, 4]]; print x", "[[1, 2],\n [3, 4]]\n"},
    {"print [1, 10, 100], [[1], [10]]", "[1, 10, 100] [[ 1],\n [10]]\n"},
    {"print [], zeros(2, 0)", "[] zeros(2, 0)\n"},
    {"for i in range(3) { print i }", "0\n1\n2\n"},
    {"def f(x) { print \"in f\", x; return x }; y = f(2); print y", "in f 2\n2\n"},
    {"printf \"%d%%|%i|%5d|%-5d|%05d|%+d|% d\\n\", 7, -7, 42, 42, 42, 42, 42",
     "7%|-7|   42|42   |00042|+42| 42\n"},
    {"printf \"%.3f %e %g %a\\n\", pi, 12345.678, 1e20, 0.5", "3.142 1.234568e+04 1e+20 0x1p-1\n"},
    {"printf \"%8.2f|%-8.2f|%08.3f|%+.1f\\n\", pi, pi, pi, 2", "    3.14|3.14    |0003.142|+2.0\n"},
    {"printf \"%E %G %#g %F\\n\", 1e10, 1e-10, 1, 1.5", "1.000000E+10 1E-10 1.00000 1.500000\n"},
    {"printf \"%s|%5s|%-5s|%.1s\\n\", \"ab\", \"ab\", \"ab\", \"ab\"", "ab|   ab|ab   |a\n"},
    {"printf \"%d %d\\n\", 1e15, -0", "1000000000000000 0\n"},
    {"printf \"%g %f %e\\n\", inf, -inf, nan", "inf -inf nan\n"},
    {"printf \"one \"; printf \"line\\n\"", "one line\n"},
    {"assert 1; assert [3]; assert nan, \"nan is true\"; assert 1 < 2 && 2 < 3; print \"all hold\"",
     "all hold\n"},
};

START_TEST(output) {
    for (size_t i = 0; i < COUNT_OF(outputs); i++) PRINTS(outputs[i].program, outputs[i].output);
}
END_TEST

START_TEST(number_formats) {
    begin_session();
    ck_assert_int_eq(gtape_set(session, "digits", "3"), GTAPE_OK);
    ck_assert_int_eq(gtape_add(session, "-e", "print pi, 1e6/3, [2/3]; printf \"%g\\n\", pi", GTAPE_ALL),
                     GTAPE_OK);
    ck_assert_int_eq(gtape_run(session), GTAPE_OK);
    ck_assert_str_eq(text_str(&printed), "3.14 333000 [0.667]\n3.14159\n");
    text_clear(&printed);
    ck_assert_int_eq(gtape_set(session, "hex", "1"), GTAPE_OK);
    ck_assert_int_eq(gtape_set(session, "digits", "0"), GTAPE_OK);
    ck_assert_int_eq(gtape_run(session), GTAPE_OK);
    ck_assert_ptr_nonnull(strstr(text_str(&printed), "0x1.921fb54442d18p+1"));
}
END_TEST

/* ---- errors of a run ---- */

static const saying errors[] = {
    {"if 0 { q = 1 }\nprint q", DIAG_UNBOUND, 2, 7, "'q' has no value yet"},
    {"for i in [] { }; print i", DIAG_UNBOUND, 1, 24, "'i'"},
    {"def f(a) { if a { q = 1 }; return q }; y = f(0)", DIAG_UNBOUND, 1, 35, "'q'"},
    {"def f(a) { k = k + 1; return k }; k = 5; y = f(2)", DIAG_UNBOUND, 1, 16, "'k'"},
    {"def f(c) { if c>0 { a=1 }\nr = c>0 ? a : 5; return r + a }; y = f(-1)", DIAG_UNBOUND, 2, 29, "'a'"},
    {"def f(c) { if c>0 { a=1 }\nr = c>0 && a; return r + a }; y = f(-1)", DIAG_UNBOUND, 2, 26, "'a'"},
    {"def f(c) { if c<0 { a=1 }\nr = c>0 || a; return a }; y = f(1)", DIAG_UNBOUND, 2, 22, "'a'"},
    {"f(a) = a*k; y = f(2); k = 5", DIAG_UNBOUND, 1, 10, "'k'"},
    {"x = [1, 2, 3] + [1, 2]", DIAG_SHAPE, 1, 5, "[3] and [2]"},
    {"x = [[1, 2], [3]]", DIAG_SHAPE, 1, 5, "[2] and [1]"},
    {"a, b = 3", DIAG_SHAPE, 1, 1, "2 names"},
    {"a, b, c = [1, 2]", DIAG_SHAPE, 1, 1, "3 names"},
    {"x = [1, 2]; y = vjp(x^2, x, [1, 2, 3])", DIAG_SHAPE, 1, 17, "u has shape [3], and y has [2]"},
    {"x = [1, 2]; y = jvp(x^2, x, 1)", DIAG_SHAPE, 1, 17, "v has shape [], and x has [2]"},
    {"x = [1, 2]; y = hvp(sum(x^2), x, 1)", DIAG_SHAPE, 1, 17, "v has shape []"},
    {"x = zeros(1, 1, 1, 1, 1); y = jacobian(x, x)", DIAG_SHAPE, 1, 31, "8 axes"},
    {"f(x) = x^2; derivative f(x) wrt x = [1, 2]; x = 1; y = f(x); g = grad(y, x)", DIAG_SHAPE, 1, 37,
     "the derivative of 'f' wrt 'x' has shape [2], which does not fit f(...) of shape [] and 'x' of shape "
     "[]"},
    {"f(a, b) = a*b; derivative f(s, t) wrt t = [1, 2, 3]; x = [1, 2]; y = sum(f(x, x)); g = grad(y, x)",
     DIAG_SHAPE, 1, 43, "the derivative of 'f' wrt 't' has shape [3]"},
    {"f(x) = x^2; derivative f(x) wrt x = [1, 2]; g = f'(1)", DIAG_SHAPE, 1, 37, "'f' wrt 'x'"},
    {"x = 2; x[0] = 3", DIAG_OUT_OF_RANGE, 1, 8, "scalar"},
    {"x = [1, 2, 3]\ny = x[5]", DIAG_OUT_OF_RANGE, 2, 5, "index 5"},
    {"x = [1, 2, 3]; x[-4] = 1", DIAG_OUT_OF_RANGE, 1, 16, "index -4"},
    {"x = [1, 2, 3]; y = x[0, 0]", DIAG_SHAPE, 1, 20, "subscripts"},
    {"x = [1, 2, 3]; y = x[0.5]", DIAG_BAD_VALUE, 1, 20, "0.5"},
    {"for i in 5 { }", DIAG_BAD_VALUE, 1, 10, "scalar"},
    {"for i in range(1, 5, 0) { }", DIAG_BAD_VALUE, 1, 10, "step of 0"},
    {"for i in range(nan) { }", DIAG_BAD_VALUE, 1, 10, "finite"},
    {"for i in range(inf) { }", DIAG_BAD_VALUE, 1, 10, "finite"},
    {"x = 2; y = taylor(x, x, -1)", DIAG_BAD_VALUE, 1, 12, "order"},
    {"x = 2; y = taylor(x, x, 1.5)", DIAG_BAD_VALUE, 1, 12, "order"},
    {"x = 2; y = taylor(x, x, 1000)", DIAG_BAD_VALUE, 1, 12, "order"},
    {"printf \"%d\\n\", 2.5", DIAG_BAD_VALUE, 1, 1, "whole number"},
    {"printf \"%d\\n\", nan", DIAG_BAD_VALUE, 1, 1, "whole number"},
    {"printf \"%d\\n\", 1e19", DIAG_BAD_VALUE, 1, 1, "whole number"},
    {"printf \"%g\\n\", [1]", DIAG_BAD_VALUE, 1, 1, "scalars"},
    {"if [1, 2] { }", DIAG_CONDITION, 1, 4, "shape [2]"},
    {"x = [1, 2]; while x { }", DIAG_CONDITION, 1, 19, "shape [2]"},
    {"x = [1, 2]; y = x ? 1 : 2", DIAG_CONDITION, 1, 17, "shape [2]"},
    {"assert [1, 0]", DIAG_CONDITION, 1, 1, "shape [2]"},
    {"x = []; if x { }", DIAG_CONDITION, 1, 12, "shape [0]"},
    {"f(n) = f(n + 1)\ny = f(0)", DIAG_RECURSION, 1, 8, "limit"},
    {"assert 1 > 2", DIAG_ASSERT_FAILED, 1, 1, "assertion failed"},
    {"x = 1\nassert x == 2, \"x is wrong\"", DIAG_ASSERT_FAILED, 2, 1, "x is wrong"},
    {"x = [1, 2]; y = grad(x^2, x)", DIAG_NOT_SCALAR, 1, 17, "shape [2]"},
    {"x = [1, 2]; y = hessian(x^2, x)", DIAG_NOT_SCALAR, 1, 17, "shape [2]"},
    {"x = [2]; y = taylor(x, x, 1)", DIAG_NOT_SCALAR, 1, 14, "scalar"},
    {"f(x) = [x, x]; y = f'(2)", DIAG_NOT_SCALAR, 1, 20, "f'(x)"},
    {"f(x) = [x, x]; y = f'([2, 3])", DIAG_NOT_SCALAR, 1, 20, "f'(x)"},
    {"def f(x) { y = x }\nz = f(1)", DIAG_NO_RETURN, 2, 5, "'f' ended without"},
    {"def f(x) { return }\nz = 1 + f(1)", DIAG_NO_RETURN, 2, 9, "'f' ended without"},
};

START_TEST(error_table) {
    for (size_t i = 0; i < COUNT_OF(errors); i++) check_error(&errors[i], GTAPE_FAILED);
    check_nothing_wrong();
}
END_TEST

START_TEST(too_large) {
    ck_assert_int_eq(run_program("x = zeros(1e9, 1e9)"), GTAPE_FAILED);
    gtape_diagnostic d = gtape_diagnostic_at(session, 0);
    ck_assert(d.code == DIAG_MEMORY || d.code == DIAG_SHAPE);
    ck_assert_uint_eq(d.column, 5);
    ck_assert_ptr_nonnull(strstr(d.message, "[1000000000, 1000000000]"));
}
END_TEST

START_TEST(operation_limit) {
    begin_session();
    ck_assert_int_eq(gtape_set(session, "max-ops", "1000"), GTAPE_OK);
    const char *programs[] = {"x = 1\nwhile 1 { x += 1 }", "x = 1\nwhile 1 { }",
                              "x = 1\nfor i in range(1e9) { x += 1 }", "f(x) = f(x + 1)\ny = f(1)"};
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        gtape_reset(session);
        ck_assert_int_eq(gtape_add(session, "-e", programs[i], GTAPE_ALL), GTAPE_OK);
        ck_assert_msg(gtape_run(session) == GTAPE_FAILED, "%s", programs[i]);
        ck_assert_msg(gtape_diagnostic_at(session, 0).code == DIAG_MAX_OPS, "%s", all_said());
    }
    gtape_reset(session);
    ck_assert_int_eq(gtape_add(session, "-e", "x = 1; for i in range(100) { x += 1 }", GTAPE_ALL), GTAPE_OK);
    ck_assert_int_eq(gtape_run(session), GTAPE_OK);
}
END_TEST

/* The calls that led to an error, innermost first; of a long chain both ends. */
START_TEST(call_chain) {
    ck_assert_int_eq(run_program("g(x) = [1, 2][x]\nf(x) = g(x + 1)\ny = f(4)"), GTAPE_FAILED);
    const char *said = gtape_diagnostic_text(session, 0, 0);
    const char *g = strstr(said, "-e:2:8: note: in 'g', called here"),
               *f = strstr(said, "-e:3:5: note: in 'f', called here");
    ck_assert_msg(strstr(said, "-e:1:8: error: index 5") == said && g && f && g < f, "%s", said);
    ck_assert_int_eq(run_program("a(n) = b(n + 1)\nb(n) = a(n + 1)\ny = a(0)"), GTAPE_FAILED);
    said = gtape_diagnostic_text(session, 0, 0);
    ck_assert_msg(strstr(said, "more calls") && strstr(said, "-e:3:5: note: in 'a'") && strlen(said) < 2000,
                  "%s", said);
}
END_TEST

/* The session goes on after an error in the depth of calls, loops and conditions. */
START_TEST(after_errors) {
    begin_session();
    ck_assert_int_eq(
        gtape_feed(
            session, "1",
            "def f(n) { for v in [1, 2] { x = [n, n]; if n == 0 { return x[7] }; y = f(n - 1) }; return y }",
            GTAPE_ALL),
        GTAPE_OK);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(gtape_feed(session, "2", "t = 1 + f(20)", GTAPE_ALL), GTAPE_FAILED);
    ck_assert_int_eq(gtape_feed(session, "3", "g(x) = x^3; x = 2; g'(x)", GTAPE_ALL), GTAPE_OK);
    ck_assert_double_eq(gtape_target_value(session, 0).data[0], 12);
}
END_TEST

/* ---- notes: where nan and inf come from ---- */

static const saying notes[] = {
    {"x = -1\ny = log(x)", DIAG_NOT_FINITE, 2, 5, "log(x) is nan at x = -1"},
    {"x = -1; y = log(x); z = y + 1; w = z*2", DIAG_NOT_FINITE, 1, 13, "log(x) is nan at x = -1"},
    {"x = 0; y = x/x; z = y; print z, y", DIAG_NOT_FINITE, 1, 12, "x/x is nan at x = 0"},
    {"y = log(-1)", DIAG_NOT_FINITE, 1, 5, "log(-1) is nan"},
    {"x = 1; f(t) = t/0; y = f(x)", DIAG_NOT_FINITE, 1, 15, "t/0 is inf at t = 1"},
    {"def f(t) { u = t - 1; return log(u) }; x = 0; y = f(x)", DIAG_NOT_FINITE, 1, 30,
     "log(u) is nan at u = -1"},
    {"a = 0; b = -1; y = a^b", DIAG_NOT_FINITE, 1, 20, "a^b is inf at a = 0, b = -1"},
    {"x = 3; y = exp(1000*x)", DIAG_NOT_FINITE, 1, 12, "exp(1000*x) is inf at 1000*x = 3000"},
    {"x = 1; y = 2\nif x { z = log(x - 2) }; print z", DIAG_NOT_FINITE, 2, 12,
     "log(x - 2) is nan at x - 2 = -1"},
    {"for i in range(3) { y = log(-1); print y }", DIAG_NOT_FINITE, 1, 25, "log(-1) is nan"},
    {"x = [1, -1]; watch x; y = sum(log(x)); print y", DIAG_NOT_FINITE, 1, 31, "log(x) is nan"},
    {"x = 0; y = sqrt(x); print grad(y, x)", DIAG_NOT_FINITE, 1, 12,
     "the derivative of sqrt(x) is inf at x = 0"},
    {"x = 0; y = sqrt(x); g = grad(y, x); print g", DIAG_NOT_FINITE, 1, 12,
     "the derivative of sqrt(x) is inf at x = 0"},
    {"x = 0; watch x; y = 2*sqrt(x); report y", DIAG_NOT_FINITE, 1, 23,
     "the derivative of sqrt(x) is inf at x = 0"},
    {"x = [1, 0]; y = sqrt(x); print jacobian(y, x)", DIAG_NOT_FINITE, 1, 17,
     "the derivative of sqrt(x) is inf"},
    {"x = 0; y = x^1.5; print hessian(y, x)", DIAG_NOT_FINITE, 1, 12,
     "the derivative of x^1.5 is inf at x = 0"},
    {"x = 0; y = sqrt(x); print jvp(y, x, 1)", DIAG_NOT_FINITE, 1, 12,
     "the derivative of sqrt(x) is inf at x = 0"},
    {"f(x) = sqrt(x); print f'(0)", DIAG_NOT_FINITE, 1, 8, "the derivative of sqrt(x) is inf at x = 0"},
    {"print sqrt'(0)", DIAG_NOT_FINITE, 1, 7, "sqrt'(0) is inf"},
    /* why a derivative is 0 */
    {"x = 2; w = 3; y = w^2; print grad(y, x)", DIAG_UNCONNECTED, 1, 30,
     "y does not depend on x, so the derivative is 0"},
    {"x = 2; w = 3; y = w^2; g = grad(y, x); print g", DIAG_UNCONNECTED, 1, 28,
     "y does not depend on x, so the derivative is 0"},
    {"x = 2; w = 3; y = w^2; print jacobian(y, x)", DIAG_UNCONNECTED, 1, 30,
     "y does not depend on x, so the derivative is 0"},
    {"x = 2; w = 3; y = w^2; print jvp(y, x, 1)", DIAG_UNCONNECTED, 1, 30,
     "y does not depend on x, so the derivative is 0"},
    {"x = 2; w = 3; y = w^2; print taylor(y, x, 2)", DIAG_UNCONNECTED, 1, 30,
     "y does not depend on x, so the derivative is 0"},
    {"x = 2; print grad(3, x)", DIAG_UNCONNECTED, 1, 14,
     "the target does not depend on x, so the derivative is 0"},
    {"def f(a, b) { s = a^2; return grad(s, b) }; print f(1, 2)", DIAG_UNCONNECTED, 1, 31,
     "s does not depend on b, so the derivative is 0"},
};

START_TEST(note_table) {
    for (size_t i = 0; i < COUNT_OF(notes); i++) check_note(&notes[i]);
    check_nothing_wrong();
}
END_TEST

START_TEST(rebound_name) {
    ck_assert_int_eq(run_program("x = 1\ny = 2*x\nx = 3\nprint grad(y, x)"), GTAPE_OK);
    ck_assert_uint_eq(gtape_diagnostic_count(session), 1);
    gtape_diagnostic d = gtape_diagnostic_at(session, 0);
    ck_assert_int_eq(d.code, DIAG_UNCONNECTED);
    ck_assert_uint_eq(d.line, 4);
    ck_assert_ptr_nonnull(strstr(d.hint, "x was bound again on line 3"));
}
END_TEST

/* Nothing to explain: inf and nan that were there from the start, zeros that depend, what nobody sees. */
START_TEST(silence) {
    const char *programs[] = {"y = inf - inf; print y, inf, nan", "x = 1; y = log(-x); z = 5",
                              "x = 3; y = x - x; print grad(y, x)", "x = 0; y = 0*sqrt(x); print grad(y, x)",
                              "x = 0; y = where(x > 0, log(x), 1); print y, grad(y, x)"};
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        ck_assert_int_eq(run_program(programs[i]), GTAPE_OK);
        ck_assert_msg(gtape_diagnostic_count(session) == 0, "%s: %s", programs[i], all_said());
    }
}
END_TEST

static void run_with(const char *option, const char *setting, const char *program, gtape_status expected) {
    begin_session();
    ck_assert_int_eq(gtape_set(session, option, setting), GTAPE_OK);
    ck_assert_int_eq(gtape_add(session, "-e", program, GTAPE_ALL), GTAPE_OK);
    ck_assert_msg(gtape_run(session) == expected, "%s: %s", program, all_said());
}

START_TEST(strict) {
    run_with("strict", "1", "x = -1\ny = log(x)", GTAPE_FAILED);
    gtape_diagnostic d = gtape_diagnostic_at(session, 0);
    ck_assert(d.code == DIAG_NOT_FINITE && d.severity == GTAPE_ERROR && d.line == 2 && d.column == 5);
    run_with("strict", "1", "x = 0; y = sqrt(x); print grad(y, x)", GTAPE_FAILED);
    run_with("strict", "1", "x = 0; watch x; y = sqrt(x)", GTAPE_FAILED);
    run_with("strict", "1", "y = inf", GTAPE_FAILED);
    run_with("strict", "1", "x = -1; y = log(x); z = 3", GTAPE_OK);
    run_with("notes", "0", "x = -1; y = log(x)", GTAPE_OK);
    ck_assert_uint_eq(gtape_diagnostic_count(session), 0);
}
END_TEST

START_TEST(unconnected_option) {
    const char *program = "x = 2; w = 3; y = w^2; g = grad(y, x)";
    run_with("unconnected", "error", program, GTAPE_FAILED);
    ck_assert_int_eq(gtape_diagnostic_at(session, 0).code, DIAG_UNCONNECTED);
    run_with("unconnected", "zero", program, GTAPE_OK);
    ck_assert_double_eq(gtape_target_value(session, 0).data[0], 0);
}
END_TEST

/* ---- memory ---- */

static double result(void) { return gtape_target_value(session, 0).data[0]; }

/* A loop with := runs in constant memory, whatever else its body records. */
START_TEST(descent) {
    const char *program = "x = 1; m = [1, 2]\nfor i in range(100000) { y = (x - 3)^2 + 1; m := m + 0*[x, x]; "
                          "x := x - 0.01*grad(y, x) }\nx";
    ck_assert_int_eq(run_program(program), GTAPE_OK);
    ck_assert_double_eq_tol(result(), 3, 1e-12);
    ck_assert_uint_lt(gtape_statistics(session).records, 300000);
}
END_TEST

/* Records that are needed live on: in names, in callers' expressions, in loops, in functions' names. */
START_TEST(collected_while_in_use) {
    const char *program = "def waste(n) { s = 1; for i in range(n) { s = s*1.0; t = s + w }; return 0 }\n"
                          "w = 1; x = 2\n"
                          "def f(x, n) { u = x^2; v = [x, 2*x]; k = waste(n); s = 0; for e in v { s += e; k "
                          "= waste(n) }; return u*s + k }\n"
                          "y = x^3 + f(x, 100000)*(x + waste(150000)) + grad(w*x^2, w)\n"
                          "[y, grad(y, x), hessian(y, x)]";
    ck_assert_int_eq(run_program(program), GTAPE_OK);
    /* y = x^3 + 3 x^4 + x^2 */
    const double *v = gtape_target_value(session, 0).data;
    ck_assert_double_eq(v[0], 8 + 48 + 4);
    ck_assert_double_eq(v[1], 12 + 96 + 4);
    ck_assert_double_eq(v[2], 12 + 144 + 2);
    ck_assert_uint_lt(gtape_statistics(session).records, 600000);
}
END_TEST

/* A partial by hand that records so much that the tape moves in the middle of a sweep. */
START_TEST(partial_moves_the_tape) {
    const char *program =
        "def g(x) { u = x; s = 0; for i in range(100000) { s += u*i }; return grad(s, u) }\n"
        "f(x) = x^2\nderivative f(x) wrt x = 0*g(x) + 2*x\n"
        "x = 3; w = 5*x; v = w*7 + 2; y = f(v)\nprint grad(y, x)\nz = grad(y, x); print z";
    PRINTS(program, "7490\n7490\n");
}
END_TEST

/* More calls than C's stack would bear. */
START_TEST(deep_calls) {
    PRINTS("f(n) = n == 0 ? 0 : 1 + f(n - 1); print f(90000)", "90000\n");
    PRINTS("p(x, n) = n == 0 ? 1 : x*p(x, n - 1); x = 1; y = p(x, 50000); print grad(y, x)", "50000\n");
    PRINTS("f(x) = x^2; def g(x) { return f'(x) + f'([x, x])[0] }; print g'(1)", "4\n");
}
END_TEST

static void evaluate_tests(TCase *tests) {
    tcase_add_test(tests, output);
    tcase_add_test(tests, number_formats);
    tcase_add_test(tests, error_table);
    tcase_add_test(tests, too_large);
    tcase_add_test(tests, operation_limit);
    tcase_add_test(tests, call_chain);
    tcase_add_test(tests, after_errors);
    tcase_add_test(tests, note_table);
    tcase_add_test(tests, rebound_name);
    tcase_add_test(tests, silence);
    tcase_add_test(tests, strict);
    tcase_add_test(tests, unconnected_option);
    tcase_add_test(tests, descent);
    tcase_add_test(tests, collected_while_in_use);
    tcase_add_test(tests, partial_moves_the_tape);
    tcase_add_test(tests, deep_calls);
    tcase_add_checked_fixture(tests, NULL, end_session);
}

UNIT_MAIN("evaluate", evaluate_tests)
