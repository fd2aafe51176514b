/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_programs.c - random programs (program_text.h), each run in ways that must agree:
 *
 *     reverse and forward derivatives; loops as one record and plainly; Taylor coefficients and nested
 * derivatives; rows and single runs, on any number of threads, in blocks of any size; formulas and runs; line
 * by line and as a whole.
 *
 * GTAPE_PROGRAMS=N runs N of each kind instead of 300. */
#include "tests/unit/session_unit.h"

#include "tests/unit/program_text.h"

#include <stdio.h>

static text program;
static bool tensors; /* whether it reads v and M */
#define TENSORS "v=[0.3, -1.2, 0.8],M=[[0.5, -0.2, 0.1], [0.4, 0.9, -0.6]]"

static const char *inputs(void) { return tensors ? "a=0.7,b=-0.4," TENSORS : "a=0.7,b=-0.4"; }

static unsigned how_many(void) {
    const char *asked = getenv("GTAPE_PROGRAMS");
    return asked ? (unsigned)strtoul(asked, NULL, 10) : 300;
}

/* A session with the program, before its run; inputs that it does not read are left out. */
static void open_program(const char *behind) {
    begin_session();
    ck_assert_int_eq(gtape_add(session, "program", text_str(&program), GTAPE_ALL), GTAPE_OK);
    if (behind) ck_assert_msg(gtape_add(session, "behind", behind, GTAPE_ALL) == GTAPE_OK, "%s", all_said());
    gtape_add(session, "inputs", "used_ = a + b", GTAPE_ALL);
    if (tensors) gtape_add(session, "inputs", "used_ = sum(v) + sum(M)", GTAPE_ALL);
    gtape_set(session, "notes", "0");
}

static void run_it(const char *at, const char *of, const char *wrt) {
    ck_assert_int_eq(gtape_at(session, at), GTAPE_OK);
    ck_assert_msg(gtape_of(session, of) == GTAPE_OK, "%s", all_said());
    ck_assert_int_eq(gtape_wrt(session, wrt), GTAPE_OK);
    gtape_status status = gtape_run(session);
    ck_assert_msg(status == GTAPE_OK, "%s\n%s", text_str(&program), all_said());
}

static double result(void) {
    gtape_value v = gtape_target_value(session, 0);
    ck_assert_uint_eq(v.size, 1);
    return v.data[0];
}

/* Within `tolerance` of the larger one, or of `scale`. */
static void agree(double x, double y, double scale, double tolerance, const char *what) {
    double size = fmax(fmax(fabs(x), fabs(y)), fabs(scale));
    ck_assert_msg(fabs(x - y) <= tolerance * size, "%s: %.17g and %.17g\n%s", what, x, y, text_str(&program));
}

/* What an expression behind the program gives; `variables`: their histories are wanted. */
static double behind(const char *expression) {
    text line = {0};
    text_printf(&line, "behind_ = %s", expression);
    open_program(text_str(&line));
    text_free(&line);
    run_it(inputs(), "behind_", NULL);
    return result();
}

/* ---- the ways ---- */

static const char *const names[] = {"a", "b", "v", "M"};
static const char *const directions[] = {"1", "1", "[1, -2, 0.5]", "[[1, 0.5, -1], [2, 0.25, 1]]"};
static const double weights[][6] = {{1}, {1}, {1, -2, 0.5}, {1, 0.5, -1, 2, 0.25, 1}};

/* sum(gradient * u) = jvp along u, in each input. */
static void forward_is_reverse(void) {
    for (size_t i = 0; i < (tensors ? 4 : 2); i++) {
        gtape_value g;
        open_program(NULL);
        run_it(inputs(), "z", names[i]);
        ck_assert_int_eq(gtape_gradient(session, 0, 0, &g), 1);
        double reverse = 0, scale = fabs(result());
        for (size_t k = 0; k < g.size; k++) {
            reverse += g.data[k] * weights[i][k];
            scale += fabs(g.data[k] * weights[i][k]);
        }
        char product[100];
        snprintf(product, sizeof product, "behind_ = jvp(z, %s, %s)", names[i], directions[i]);
        open_program(product);
        run_it(inputs(), "behind_", NULL);
        agree(reverse, result(), scale, 1e-12, product);
    }
}

static void plain_is_fused(void) {
    double z[2], d[2][2];
    for (int fuse = 0; fuse < 2; fuse++) {
        open_program(NULL);
        gtape_set(session, "fuse", fuse ? "1" : "0");
        run_it(inputs(), "z", "a,b");
        z[fuse] = result();
        for (size_t i = 0; i < 2; i++) {
            gtape_value g;
            gtape_gradient(session, 0, i, &g);
            d[fuse][i] = g.data[0];
        }
    }
    ck_assert_msg(z[0] == z[1], "%.17g plain, %.17g fused\n%s", z[0], z[1], text_str(&program));
    for (int i = 0; i < 2; i++) agree(d[0][i], d[1][i], z[0], 1e-12, "plain and fused");
}

static void nested_is_taylor(void) {
    double scale = fabs(behind("z")) + fabs(behind("taylor(z, a, 3)[1]"));
    agree(behind("grad(z, a)"), behind("taylor(z, a, 3)[1]"), scale, 1e-11, "first derivatives");
    scale += fabs(behind("grad(grad(z, a), a)"));
    agree(behind("grad(grad(z, a), a)"), behind("2*taylor(z, a, 3)[2]"), scale, 1e-9, "second derivatives");
    scale += fabs(behind("grad(grad(grad(z, a), a), a)"));
    agree(behind("grad(grad(grad(z, a), a), a)"), behind("6*taylor(z, a, 3)[3]"), scale, 1e-8,
          "third derivatives");
}

/* ---- rows ---- */

enum { ROWS = 40 };
typedef struct table {
    text given, written;
    size_t at, piece; /* bytes that one read gives: blocks of rows are of every size */
} table;

static long give(void *user, char *to, size_t room) {
    table *t = user;
    size_t n = t->given.length - t->at;
    if (n > t->piece) n = t->piece;
    if (n > room) n = room;
    memcpy(to, text_str(&t->given) + t->at, n);
    t->at += n;
    return (long)n;
}

static int take(void *user, const char *bytes, size_t length) {
    table *t = user;
    text_add(&t->written, bytes, length);
    return 1;
}

static double row_a(int row) { return 0.7 + 0.05 * row; }
static double row_b(int row) { return -0.4 + 0.1 * (row % 7) + 0.02 * row; }

/* One line of numbers a row: z, dz/da, dz/db. */
static void run_rows(table *t, unsigned threads, size_t piece) {
    text_clear(&t->given), text_clear(&t->written);
    text_puts(&t->given, "a,b\n");
    for (int row = 0; row < ROWS; row++) text_printf(&t->given, "%.17g,%.17g\n", row_a(row), row_b(row));
    t->at = 0, t->piece = piece;
    open_program(NULL);
    if (tensors) gtape_at(session, TENSORS);
    gtape_wrt(session, "a,b");
    gtape_of(session, "z");
    gtape_rows rows = {
        .label = "t", .separator = ',', .threads = threads, .read = give, .write = take, .user = t};
    gtape_status status = gtape_run_rows(session, &rows);
    ck_assert_msg(status == GTAPE_OK, "%s\n%s", text_str(&program), all_said());
}

static void rows_are_runs(void) {
    table one = {0}, many = {0};
    static size_t turn;
    run_rows(&one, 1, SIZE_MAX);
    run_rows(&many, 1 + turn % 4, 1 + turn * 7 % 600);
    turn++;
    ck_assert_msg(strcmp(text_str(&one.written), text_str(&many.written)) == 0, "threads, pieces\n%s",
                  text_str(&program));
    const char *line = strchr(text_str(&one.written), '\n') + 1;
    for (int row = 0; row < ROWS; row += 13) {
        char at[200];
        snprintf(at, sizeof at, "a=%.17g,b=%.17g%s", row_a(row), row_b(row), tensors ? "," TENSORS : "");
        open_program(NULL);
        run_it(at, "z", "a,b");
        double z = result(), number[3];
        const char *cell = line;
        for (int i = 0; i < 3; i++) number[i] = strtod(cell, (char **)&cell), cell++;
        agree(number[0], z, 1, 1e-12, "the value of a row");
        for (size_t i = 0; i < 2; i++) {
            gtape_value g;
            gtape_gradient(session, 0, i, &g);
            agree(number[i + 1], g.data[0], z, 1e-11, "the derivative of a row");
        }
        for (int skip = 0; skip < 13 && *line; skip++) line = strchr(line, '\n') + 1;
    }
    text_free(&one.given), text_free(&one.written);
    text_free(&many.given), text_free(&many.written);
}

/* ---- formulas, lines ---- */

static unsigned formulas;

/* A program that has formulas gives their numbers.  Where a condition depends on an input there is none. */
static void formulas_are_runs(void) {
    open_program(NULL);
    gtape_of(session, "z");
    gtape_wrt(session, "a,b");
    const char *shown;
    if (gtape_show(session, "symbolic", &shown) != GTAPE_OK) return;
    formulas++;
    char *formula = strdup(shown);
    run_it("a=0.7,b=-0.4", "z", "a,b");
    double numbers[3] = {result()};
    for (size_t i = 0; i < 2; i++) {
        gtape_value g;
        gtape_gradient(session, 0, i, &g);
        numbers[i + 1] = g.data[0];
    }
    begin_session();
    ck_assert_int_eq(gtape_add(session, "formula", formula, GTAPE_ALL), GTAPE_OK);
    ck_assert_int_eq(gtape_add(session, "inputs", "used_ = a + b", GTAPE_ALL), GTAPE_OK);
    run_it("a=0.7,b=-0.4", "z,dz_da,dz_db", NULL);
    for (size_t i = 0; i < 3; i++)
        agree(numbers[i], gtape_target_value(session, i).data[0], numbers[0], 1e-11, formula);
    free(formula);
}

/* At a prompt, a statement at a time. */
static void lines_are_whole(void) {
    open_program(NULL);
    run_it(inputs(), "z", "a");
    double whole = result();
    begin_session();
    ck_assert_int_eq(gtape_feed(session, "-", "a = 0.7; b = -0.4", GTAPE_ALL), GTAPE_OK);
    if (tensors)
        gtape_feed(session, "-", "v = [0.3, -1.2, 0.8]; M = [[0.5, -0.2, 0.1], [0.4, 0.9, -0.6]]", GTAPE_ALL);
    text piece = {0};
    for (const char *line = text_str(&program); *line;) {
        size_t length = strcspn(line, "\n") + 1;
        text_add(&piece, line, length);
        gtape_status status = gtape_feed(session, "-", text_str(&piece), piece.length);
        if (status != GTAPE_INCOMPLETE) text_clear(&piece);
        ck_assert_msg(status == GTAPE_OK || status == GTAPE_INCOMPLETE, "%s\n%s", text_str(&program),
                      all_said());
        line += length;
    }
    ck_assert_uint_eq(piece.length, 0);
    text_free(&piece);
    ck_assert_msg(result() == whole, "%.17g at a prompt, %.17g whole\n%s", result(), whole,
                  text_str(&program));
}

/* ---- the tests ---- */

static void each_program(void (*way)(void), bool with_tensors) {
    tensors = with_tensors;
    for (unsigned seed = 1; seed <= how_many(); seed++) {
        make_program(&program, seed, tensors);
        way();
    }
    end_session();
    text_free(&program);
}

#define TEST(way, tensors)                                                                                   \
    START_TEST(way##_##tensors) { each_program(way, tensors); }                                              \
    END_TEST
TEST(forward_is_reverse, false)
TEST(forward_is_reverse, true)
TEST(plain_is_fused, false)
TEST(plain_is_fused, true)
TEST(nested_is_taylor, false)
TEST(rows_are_runs, false)
TEST(rows_are_runs, true)
TEST(lines_are_whole, false)
TEST(lines_are_whole, true)

START_TEST(formulas_are_runs_false) {
    each_program(formulas_are_runs, false);
    ck_assert_uint_ge(formulas, how_many() / 10); /* most conditions depend on an input */
}
END_TEST

static void program_tests(TCase *tests) {
    tcase_add_test(tests, forward_is_reverse_false);
    tcase_add_test(tests, forward_is_reverse_true);
    tcase_add_test(tests, plain_is_fused_false);
    tcase_add_test(tests, plain_is_fused_true);
    tcase_add_test(tests, nested_is_taylor_false);
    tcase_add_test(tests, rows_are_runs_false);
    tcase_add_test(tests, rows_are_runs_true);
    tcase_add_test(tests, lines_are_whole_false);
    tcase_add_test(tests, lines_are_whole_true);
    tcase_add_test(tests, formulas_are_runs_false);
}

UNIT_MAIN("programs", program_tests)
