/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_build.c - names and calls as the text is read: inputs, locals, watched names, and every error that a
 * text can have before it runs. */
#include "tests/unit/session_unit.h"

#include "lib/session.h"

static void add(const char *program) {
    begin_session();
    gtape_status status = gtape_add(session, "-e", program, GTAPE_ALL);
    ck_assert_msg(status == GTAPE_OK, "%s: %s", program, all_said());
}

static const global *global_named(const char *name) {
    graph *g = &session->graph;
    u32 slot = graph_find_global(g, intern_find(&g->names, name, strlen(name)));
    ck_assert_msg(slot != NAME_NONE, "no name %s", name);
    return &g->globals.items[slot];
}

#define CHECK_NAME(name, input, bound)                                                                       \
    do {                                                                                                     \
        ck_assert_msg(global_named(name)->is_input == (input), "%s: input", name);                           \
        ck_assert_msg(global_named(name)->is_bound == (bound), "%s: bound", name);                           \
    } while (0)

/* ---- names ---- */

/* The first occurrence in the text decides. */
START_TEST(inputs) {
    add("y = x + 1; x = 2; z = y; if 0 { w = q }; r += 1; t[0] = 5; a, b = [y, z]; for v in u { }; input d = "
        "3");
    CHECK_NAME("x", true, true);
    CHECK_NAME("y", false, true);
    CHECK_NAME("w", false, true);
    CHECK_NAME("q", true, false);
    CHECK_NAME("r", true, true);
    CHECK_NAME("t", true, true);
    CHECK_NAME("a", false, true);
    CHECK_NAME("v", false, true);
    CHECK_NAME("u", true, false);
    CHECK_NAME("d", true, false);
    ck_assert(global_named("d")->has_default && !global_named("x")->has_default);
    ck_assert_uint_eq(global_named("y")->first.begin, 0);
    ck_assert_uint_eq(global_named("x")->first.begin, 4);
}
END_TEST

/* In a function the first occurrence counts only if no top-level statement binds the name. */
START_TEST(names_in_functions) {
    add("f(x) = x*k + m; def g(p) { q = p; for i in range(3) { q += i }; return q*pi }; k = 2");
    CHECK_NAME("k", false, true);
    ck_assert(global_named("k")->is_read);
    ck_assert(global_named("m")->is_read && !global_named("m")->is_bound);
    graph *g = &session->graph;
    ck_assert_uint_eq(graph_find_global(g, intern_find(&g->names, "x", 1)), NAME_NONE);
    ck_assert_uint_eq(graph_find_global(g, intern_find(&g->names, "q", 1)), NAME_NONE);
    ck_assert_uint_eq(graph_find_global(g, intern_find(&g->names, "i", 1)), NAME_NONE);
    ck_assert(global_named("pi")->is_constant);
}
END_TEST

START_TEST(constants_bound) {
    add("pi = 3; x = tau");
    ck_assert(!global_named("pi")->is_constant && global_named("pi")->is_bound);
    ck_assert_uint_eq(global_named("pi")->first.begin, 0);
    ck_assert(global_named("tau")->is_constant && !global_named("tau")->is_input);
}
END_TEST

/* Only names that a derivative may be taken in are recorded. */
START_TEST(watched_names) {
    add("x = 1; y = x^2; w = 3; g = grad(y, x); v = 2; watch v; f(t) = grad(t*u, u); u = 1; h = hessian(y, "
        "x, z)");
    ck_assert(global_named("x")->is_watched && global_named("v")->is_watched);
    ck_assert(global_named("u")->is_watched && global_named("z")->is_watched);
    ck_assert(!global_named("w")->is_watched && !global_named("y")->is_watched);
}
END_TEST

/* A text with an error leaves nothing behind: not its names, not its functions. */
START_TEST(failed_texts) {
    begin_session();
    ck_assert_int_eq(gtape_add(session, "a", "f(x) = x + 1; k = 5", GTAPE_ALL), GTAPE_OK);
    ck_assert_int_eq(gtape_add(session, "b",
                               "watch k; report k; y = unknown + 1; f(x, y) = x; g(x) = x; print k; y = ]",
                               GTAPE_ALL),
                     GTAPE_BAD_PROGRAM);
    ck_assert_int_eq(gtape_add(session, "c", "z = f(k)", GTAPE_ALL), GTAPE_OK);
    gtape_clear_diagnostics(session);
    ck_assert_msg(gtape_run(session) == GTAPE_OK, "%s", all_said());
    ck_assert_uint_eq(gtape_target_count(session), 1);
    ck_assert_str_eq(gtape_target_name(session, 0), "z");
    ck_assert_double_eq(gtape_target_value(session, 0).data[0], 6);
    ck_assert_uint_eq(gtape_variable_count(session), 0);
    ck_assert_int_eq(gtape_add(session, "d", "t = g(1)", GTAPE_ALL), GTAPE_OK);
    ck_assert_int_eq(gtape_run(session), GTAPE_BAD_PROGRAM);
    ck_assert_int_eq(gtape_diagnostic_at(session, 0).code, DIAG_UNKNOWN_FUNCTION);
}
END_TEST

/* Every number that can be a record's origin has its place. */
START_TEST(places) {
    add("x = 3\ny = x*x +\n    sin(x)");
    const graph *g = &session->graph;
    ck_assert_uint_eq(g->code.count, g->spans.count);
    for (size_t i = 0; i < g->code.count; i++) {
        if (g->code.items[i].op != OP_SIN) continue;
        place p;
        ck_assert(source_place(&session->sources, g->spans.items[i].begin, &p));
        ck_assert_uint_eq(p.line, 3);
        ck_assert_uint_eq(p.column, 5);
        return;
    }
    ck_abort_msg("no instruction for sin");
}
END_TEST

/* ---- errors ---- */

static const saying errors[] = {
    /* the scanner */
    {"y = \xff", DIAG_BAD_UTF8, 1, 5, "UTF-8"},
    {"x = 1\ny = 2 + \xe2\x80\xae 3", DIAG_BAD_UTF8, 2, 9, ""},
    {"x = 1 \xc2\xa7 2", DIAG_BAD_CHARACTER, 1, 7, ""},
    {"x = $", DIAG_FOREIGN_HABIT, 1, 5, "'$'"},
    {"x = 1; y = 2x", DIAG_BAD_NUMBER, 1, 12, "'2x'"},
    {"x = 1..2", DIAG_BAD_NUMBER, 1, 5, "1..2"},
    {"x = 1e", DIAG_BAD_NUMBER, 1, 5, "1e"},
    {"x = 0x", DIAG_BAD_NUMBER, 1, 5, "0x"},
    {"x = 1__0", DIAG_BAD_NUMBER, 1, 5, ""},
    {"x = 1e400", DIAG_NUMBER_OVERFLOW, 1, 5, "1e400"},
    {"x = \"a\ny = 2", DIAG_UNTERMINATED, 1, 5, ""},
    {"x = ${a\ny = 2", DIAG_UNTERMINATED, 1, 5, ""},
    {"print \"a\\q\"", DIAG_BAD_ESCAPE, 1, 9, "\\q"},
    /* the grammar */
    {"x = 1 +", DIAG_SYNTAX, 1, 8, "unexpected end"},
    {"x = 1 x", DIAG_BAD_NUMBER, 1, 7, "operator is missing"},
    {"x = 2 (3)", DIAG_BAD_NUMBER, 1, 7, "operator is missing"},
    {"3 = x", DIAG_SYNTAX, 1, 3, "unexpected '='"},
    {"x = y = 3", DIAG_SYNTAX, 1, 7, "unexpected '='"},
    {"if = 3", DIAG_SYNTAX, 1, 4, ""},
    {"x = (1", DIAG_UNBALANCED, 1, 7, "'(' is not closed"},
    {"x = [1, 2\ny = 3", DIAG_UNBALANCED, 2, 1, "'[' is not closed"},
    {"x = 1)", DIAG_UNBALANCED, 1, 6, "')'"},
    {"if 1 { x = 2", DIAG_UNBALANCED, 1, 13, "'{' is not closed"},
    {"x = 1 and 2", DIAG_FOREIGN_HABIT, 1, 7, "'and'"},
    {"x = 1 & 2", DIAG_FOREIGN_HABIT, 1, 7, "'&'"},
    {"x = 5 // 2", DIAG_FOREIGN_HABIT, 1, 7, "'//'"},
    {"x = 1; x++", DIAG_FOREIGN_HABIT, 1, 9, "'++'"},
    {"x = 2; y = x'", DIAG_FOREIGN_HABIT, 1, 13, ""},
    {"x = 2; y = x\xc2\xb2", DIAG_FOREIGN_HABIT, 1, 13, ""},
    {"for (i = 0; i < 3; i += 1) { }", DIAG_FOREIGN_HABIT, 1, 5, ""},
    {"a = 1; x = 0 < a < 2", DIAG_CHAINED_COMPARISON, 1, 12, "chained"},
    {"a = 1; x = a == a != 2", DIAG_CHAINED_COMPARISON, 1, 12, "chained"},
    {"if 1 { x = 1 }; else { x = 2 }", DIAG_SEMICOLON_BEFORE_ELSE, 1, 15, "else"},
    /* calls */
    {"x = srqt(2)", DIAG_UNKNOWN_FUNCTION, 1, 5, "'srqt'"},
    {"x = nosuch'(2)", DIAG_UNKNOWN_FUNCTION, 1, 5, "'nosuch'"},
    {"f(x) = g(x)", DIAG_UNKNOWN_FUNCTION, 1, 8, "'g'"},
    {"derivative f(x) wrt x = 1", DIAG_UNKNOWN_FUNCTION, 1, 12, "'f'"},
    {"y = sum(axis=0)", DIAG_BAD_ARGUMENTS, 1, 5, "'sum': 1"},
    {"x = 1; y = var(ddof=1, keepdims=1)", DIAG_BAD_ARGUMENTS, 1, 12, "'var': 2"},
    {"x = sin()", DIAG_BAD_ARGUMENTS, 1, 5, "'sin'"},
    {"x = sin(1, 2)", DIAG_BAD_ARGUMENTS, 1, 5, "'sin'"},
    {"x = sin(x=1)", DIAG_BAD_ARGUMENTS, 1, 9, "'x'"},
    {"x = atan2(1)", DIAG_BAD_ARGUMENTS, 1, 5, "'atan2'"},
    {"x = sum()", DIAG_BAD_ARGUMENTS, 1, 5, "'sum'"},
    {"x = sum([1], 0, 0, 0)", DIAG_BAD_ARGUMENTS, 1, 5, "'sum'"},
    {"x = sum([1], axs=0)", DIAG_BAD_ARGUMENTS, 1, 14, "'axs'"},
    {"x = sum([1], axis=0, axis=0)", DIAG_BAD_ARGUMENTS, 1, 22, "twice"},
    {"x = sum(axis=0, [1])", DIAG_BAD_ARGUMENTS, 1, 17, "before named"},
    {"x = solve([1])", DIAG_BAD_ARGUMENTS, 1, 5, "'solve'"},
    {"x = sin(\"a\")", DIAG_BAD_ARGUMENTS, 1, 9, "text"},
    {"x = 1; y = grad(x)", DIAG_BAD_ARGUMENTS, 1, 12, "'grad'"},
    {"x = 1; y = grad(x, x, x)", DIAG_BAD_ARGUMENTS, 1, 12, "'grad'"},
    {"x = 1; y = grad(z=x, x)", DIAG_BAD_ARGUMENTS, 1, 17, "'z'"},
    {"x = 1; y = taylor(x, x)", DIAG_BAD_ARGUMENTS, 1, 12, "'taylor'"},
    {"x = atan2'(1)", DIAG_BAD_ARGUMENTS, 1, 5, "atan2'"},
    {"x = sin'(1, 2)", DIAG_BAD_ARGUMENTS, 1, 5, "'sin'"},
    {"x = deriv(sin)", DIAG_BAD_ARGUMENTS, 1, 5, "deriv"},
    {"x = deriv(1, 2)", DIAG_BAD_ARGUMENTS, 1, 5, "deriv"},
    {"n = 2; x = deriv(sin, 1, n)", DIAG_BAD_ARGUMENTS, 1, 26, "order"},
    {"x = deriv(sin, 1, 1.5)", DIAG_BAD_ARGUMENTS, 1, 19, "order"},
    {"f(x, y) = x; z = f(1)", DIAG_BAD_ARGUMENTS, 1, 18, "takes 2 arguments, not 1"},
    {"f(x) = x; z = f()", DIAG_BAD_ARGUMENTS, 1, 15, "takes 1 argument, not 0"},
    {"f(x, y) = x; z = f'(1)", DIAG_BAD_ARGUMENTS, 1, 18, "takes 2 arguments, not 1"},
    {"f(x, y) = x; z = f(x=1, 2)", DIAG_BAD_ARGUMENTS, 1, 25, "before named"},
    {"f(x, y) = x; z = f(1, q=2)", DIAG_BAD_ARGUMENTS, 1, 18, "'q'"},
    {"f(x, y) = x; z = f(1, x=2)", DIAG_BAD_ARGUMENTS, 1, 18, "twice"},
    {"f(x) = x; derivative f(x, y) wrt y = 1", DIAG_BAD_ARGUMENTS, 1, 22, "has 1 parameter, not 2"},
    {"a, b, c = qr([[1, 2], [3, 4]])", DIAG_BAD_ARGUMENTS, 1, 11, "'qr'"},
    /* what may not stand where */
    {"x = 2; y = grad(x^2, x + 1)", DIAG_BAD_TARGET, 1, 22, "name"},
    {"x = 2; y = vjp(x^2, 3, 1)", DIAG_BAD_TARGET, 1, 21, "name"},
    {"x = 2; y = hessian(x^2, x, 2*x)", DIAG_BAD_TARGET, 1, 28, "name"},
    {"f(x) = x; derivative f(x) wrt y = 1", DIAG_BAD_TARGET, 1, 31, "'y'"},
    {"break", DIAG_NOT_HERE, 1, 1, "'break'"},
    {"if 1 { continue }", DIAG_NOT_HERE, 1, 8, "'continue'"},
    {"while 1 { def f(x) { break } }", DIAG_NOT_HERE, 1, 15, "definition"},
    {"return 1", DIAG_NOT_HERE, 1, 1, "'return'"},
    {"if 1 { watch x }", DIAG_NOT_HERE, 1, 8, "'watch'"},
    {"if 1 { report x }", DIAG_NOT_HERE, 1, 8, "'report'"},
    {"for i in range(2) { input x }", DIAG_NOT_HERE, 1, 21, "'input'"},
    {"def f(x) { input y }", DIAG_NOT_HERE, 1, 12, "'input'"},
    {"def f(x) { g(y) = y; return 1 }", DIAG_NOT_HERE, 1, 12, "definition"},
    {"if 1 { f(x) = x }", DIAG_NOT_HERE, 1, 8, "definition"},
    {"def f(x) { minimize x over x; return 1 }", DIAG_NOT_HERE, 1, 12, "'minimize'"},
    /* printf */
    {"printf 5", DIAG_BAD_FORMAT, 1, 1, "format"},
    {"printf \"%q\", 1", DIAG_BAD_FORMAT, 1, 8, "conversion"},
    {"printf \"%n\", 1", DIAG_BAD_FORMAT, 1, 8, "conversion"},
    {"printf \"%*d\", 1", DIAG_BAD_FORMAT, 1, 8, "conversion"},
    {"printf \"%ld\", 1", DIAG_BAD_FORMAT, 1, 8, "conversion"},
    {"printf \"%1000d\", 1", DIAG_BAD_FORMAT, 1, 8, "conversion"},
    {"printf \"%.1000f\", 1", DIAG_BAD_FORMAT, 1, 8, "conversion"},
    {"printf \"100%\"", DIAG_BAD_FORMAT, 1, 8, "conversion"},
    {"printf \"%d %d\", 1", DIAG_BAD_FORMAT, 1, 8, "fewer"},
    {"printf \"%d\", 1, 2", DIAG_BAD_FORMAT, 1, 8, "more"},
    {"printf \"%s\", 1", DIAG_BAD_FORMAT, 1, 14, "%s is for texts"},
    {"printf \"%d\", \"a\"", DIAG_BAD_FORMAT, 1, 14, "%s"},
    /* names */
    {"f(x, x) = x", DIAG_DUPLICATE, 1, 6, "'x'"},
    {"x = 1; input x", DIAG_DUPLICATE, 1, 14, "'x'"},
    {"y = x + z\nw = u", DIAG_NO_VALUE, 1, 5, "'x', 'z', 'u' have no value"},
    {"f(a) = a*k; y = f(2)", DIAG_NO_VALUE, 1, 10, "'k' has no value"},
    {"input q; y = q", DIAG_NO_VALUE, 1, 7, "'q' has no value"},
};

START_TEST(error_table) {
    for (size_t i = 0; i < COUNT_OF(errors); i++) check_error(&errors[i], GTAPE_BAD_PROGRAM);
    check_nothing_wrong();
}
END_TEST

START_TEST(nul_byte) {
    begin_session();
    ck_assert_int_eq(gtape_add(session, "-e", "x = 1\0y", 7), GTAPE_BAD_PROGRAM);
    gtape_diagnostic d = gtape_diagnostic_at(session, 0);
    ck_assert_int_eq(d.code, DIAG_NUL_BYTE);
    ck_assert_uint_eq(d.column, 6);
}
END_TEST

static void add_repeated(text *out, const char *piece, size_t count) {
    for (size_t i = 0; i < count; i++) text_puts(out, piece);
}

START_TEST(limits) {
    text program = {0};
    text_puts(&program, "y = ");
    add_repeated(&program, "x", 70000);
    saying long_name = {text_str(&program), DIAG_TOKEN_TOO_LONG, 1, 5, ""};
    check_error(&long_name, GTAPE_BAD_PROGRAM);
    text_clear(&program);
    text_puts(&program, "y = ");
    add_repeated(&program, "(", 3000000);
    begin_session();
    ck_assert_int_eq(gtape_add(session, "-e", text_str(&program), program.length), GTAPE_BAD_PROGRAM);
    gtape_diagnostic d = gtape_diagnostic_at(session, 0);
    ck_assert(d.code == DIAG_TOO_DEEP || d.code == DIAG_UNBALANCED);
    text_free(&program);
}
END_TEST

/* Texts that are long but not deep. */
START_TEST(long_texts) {
    text program = {0};
    text_puts(&program, "x = 1; y = x");
    add_repeated(&program, " + x", 100000);
    ck_assert_int_eq(run_program(text_str(&program)), GTAPE_OK);
    ck_assert_double_eq(gtape_target_value(session, 0).data[0], 100001);
    text_clear(&program);
    text_puts(&program, "x = 2; y = ");
    add_repeated(&program, "-", 10000);
    text_puts(&program, "x");
    gtape_status status = run_program(text_str(&program));
    ck_assert(status == GTAPE_OK ||
              (status == GTAPE_BAD_PROGRAM && gtape_diagnostic_at(session, 0).code == DIAG_TOO_DEEP));
    text_free(&program);
}
END_TEST

/* A misspelt name is looked for among the functions of the program too. */
START_TEST(hints) {
    check_error(&(saying){"myfunction(x) = x; y = myfunctoin(2)", DIAG_UNKNOWN_FUNCTION, 1, 24, ""},
                GTAPE_BAD_PROGRAM);
    ck_assert_str_eq(gtape_diagnostic_at(session, 0).hint, "did you mean 'myfunction'?");
    check_error(&(saying){"y = zzzzzz(2)", DIAG_UNKNOWN_FUNCTION, 1, 5, ""}, GTAPE_BAD_PROGRAM);
    ck_assert_ptr_null(gtape_diagnostic_at(session, 0).hint);
    check_error(&(saying){"y = solve(1)", DIAG_BAD_ARGUMENTS, 1, 5, ""}, GTAPE_BAD_PROGRAM);
    ck_assert_str_eq(gtape_diagnostic_at(session, 0).hint, "solve(A, b)");
    check_error(&(saying){"y = x + z", DIAG_NO_VALUE, 1, 5, ""}, GTAPE_BAD_PROGRAM);
    ck_assert_str_eq(gtape_diagnostic_at(session, 0).hint, "--at x=...,z=..., or a column of --data FILE");
    check_error(&(saying){"x = 2y", DIAG_BAD_NUMBER, 1, 5, ""}, GTAPE_BAD_PROGRAM);
    ck_assert_ptr_nonnull(strstr(gtape_diagnostic_at(session, 0).hint, "2*y"));
}
END_TEST

static void build_tests(TCase *tests) {
    tcase_add_test(tests, inputs);
    tcase_add_test(tests, names_in_functions);
    tcase_add_test(tests, constants_bound);
    tcase_add_test(tests, watched_names);
    tcase_add_test(tests, failed_texts);
    tcase_add_test(tests, places);
    tcase_add_test(tests, error_table);
    tcase_add_test(tests, nul_byte);
    tcase_add_test(tests, limits);
    tcase_add_test(tests, long_texts);
    tcase_add_test(tests, hints);
    tcase_add_checked_fixture(tests, NULL, end_session);
}

UNIT_MAIN("build", build_tests)
