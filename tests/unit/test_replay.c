/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows replayed in blocks: the results of one row at a time, whatever stands around a row. */
#include "core/replay.h"
#include "lib/row_runner.h"
#include "unit.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 700, COLUMNS = 3, MOST_RESULTS = 12 };

static const char *const names[COLUMNS] = {"a", "b", "c"};
static double data[COLUMNS][ROWS], made[MOST_RESULTS][ROWS], again[MOST_RESULTS][ROWS];

static u64 state;

static u32 draw(u32 below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (u32)(state >> 33) % below;
}

/* Numbers of every kind: zeros of both signs, infinities, nan, whole and small ones. */
static double odd_number(void) {
    static const double odd[] = {0, -0.0, 1, -1, 2, 0.5, INFINITY, -INFINITY, NAN, 1e300, -1e-300, 3};
    if (draw(3) == 0) return odd[draw(COUNT_OF(odd))];
    return (double)draw(2000001) / 250000 - 4;
}

static void fill(bool with_odd) {
    for (size_t i = 0; i < COLUMNS; i++)
        for (size_t k = 0; k < ROWS; k++)
            data[i][k] = with_odd ? odd_number() : (double)draw(800001) / 100000 - 4;
}

/* ---- the two ways ---- */

static gtape *session(const char *program) {
    gtape *g = gtape_new();
    ck_assert_int_eq(gtape_set(g, "notes", "0"), GTAPE_OK);
    ck_assert_msg(gtape_add(g, "-e", program, GTAPE_ALL) == GTAPE_OK, "%s", program);
    ck_assert_int_eq(gtape_wrt(g, "a,b,c"), GTAPE_OK);
    return g;
}

/* Rows from..to in pieces of `piece`. */
static void run_pieces(row_runner *r, size_t from, size_t to, size_t piece, double out[][ROWS]) {
    for (size_t at = from; at < to; at += piece) {
        size_t n = to - at < piece ? to - at : piece;
        const double *columns[COLUMNS];
        double *results[MOST_RESULTS];
        for (size_t i = 0; i < COLUMNS; i++) columns[i] = data[i] + at;
        for (size_t k = 0; k < MOST_RESULTS; k++) results[k] = out[k] + at;
        ck_assert_uint_eq(row_runner_run(r, n, columns, results, NULL), n);
    }
}

/* One row in a session of its own kind: --at for every column. */
static size_t run_alone(const char *program, size_t row, double *out) {
    gtape *g = session(program);
    for (size_t i = 0; i < COLUMNS; i++) {
        char text[64], number[40];
        double x = data[i][row];
        if (isfinite(x)) snprintf(number, sizeof number, "%.17g", x);
        else snprintf(number, sizeof number, "%s", isnan(x) ? "nan" : x > 0 ? "inf" : "-inf");
        snprintf(text, sizeof text, "%s=%s", names[i], number);
        gtape_at(g, text); /* a column that is not read is refused */
    }
    gtape_clear_diagnostics(g);
    ck_assert_msg(gtape_run(g) == GTAPE_OK, "%s in row %zu: %s", program, row,
                  gtape_diagnostic_count(g) ? gtape_diagnostic_text(g, 0, 0) : "");
    size_t n = 0;
    for (size_t t = 0; t < gtape_target_count(g); t++) {
        out[n++] = gtape_target_value(g, t).data[0];
        for (size_t v = 0; v < gtape_variable_count(g); v++) {
            gtape_value d;
            gtape_gradient(g, t, v, &d);
            out[n++] = d.data[0];
        }
    }
    gtape_free(g);
    return n;
}

static bool same_bits(double x, double y) { return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y)); }

/* Vector functions are within 1 unit and the C library's within 2, which a formula may amplify: `scale` is
 * the size of what was added up. */
static bool close_to(double x, double y, double scale) {
    if (isnan(x) || isnan(y)) return isnan(x) && isnan(y);
    return x == y || fabs(x - y) <= 1e-11 * (fabs(x) + fabs(y) + scale);
}

static row_runner *new_runner(gtape *g, size_t columns, const char *const *column_names) {
    row_runner *r = row_runner_new(g, columns, column_names);
    if (!r || row_runner_guess(r)) return r;
    row_runner_free(r);
    return NULL;
}

static row_figures last_figures;

/* Every size of piece gives the same bits. */
static size_t run_all(const char *program) {
    static const size_t pieces[] = {ROWS, 1, 7, 256, 255};
    gtape *g = session(program);
    size_t count = 0;
    for (size_t p = 0; p < COUNT_OF(pieces); p++) {
        row_runner *r = new_runner(g, COLUMNS, names);
        ck_assert_msg(r != NULL, "%s", program);
        count = row_runner_results(r);
        ck_assert_uint_le(count, MOST_RESULTS);
        if (p == 0) run_pieces(r, 0, ROWS, ROWS, made);
        /* another order of pieces: the second half first */
        else run_pieces(r, ROWS / 2, ROWS, pieces[p], again), run_pieces(r, 0, ROWS / 2, pieces[p], again);
        for (size_t k = 0; p > 0 && k < count; k++)
            for (size_t i = 0; i < ROWS; i++)
                ck_assert_msg(same_bits(made[k][i], again[k][i]), "%s, result %zu of row %zu: %a, %a",
                              program, k, i, made[k][i], again[k][i]);
        if (p == 0) last_figures = row_runner_figures(r);
        row_runner_free(r);
    }
    gtape_free(g);
    return count;
}

static void compare_alone(const char *program, size_t count, size_t step) {
    for (size_t i = 0; i < ROWS; i += step) {
        double alone[MOST_RESULTS];
        ck_assert_uint_eq(run_alone(program, i, alone), count);
        for (size_t k = 0; k < count; k++)
            ck_assert_msg(close_to(made[k][i], alone[k], 1e-3), "%s at (%a, %a, %a), result %zu: %a, not %a",
                          program, data[0][i], data[1][i], data[2][i], k, made[k][i], alone[k]);
    }
}

/* ---- programs ---- */

static void hold(const char *program, size_t traces, bool replayed) {
    state = 5;
    fill(true);
    compare_alone(program, run_all(program), 3);
    if (traces) ck_assert_uint_eq(last_figures.traces, traces);
    ck_assert_msg((last_figures.evaluated == 0) == replayed, "%s: %zu rows evaluated", program,
                  last_figures.evaluated);
    if (replayed) ck_assert_uint_eq(last_figures.replayed, ROWS);
}

START_TEST(straight_programs) {
    hold("z = a*exp(-b*b/2)*sin(c) + log(1+a*a) + sqrt(a*a+b*b+c*c)", 1, true);
    hold("z = a^2 + b^3 + c^2.5 + a^-1 + abs(b)^1.5 + 2^c", 1, true);
    hold("z = where(a > 0, sqrt(a), 0) + where(b, c, 2)", 1, true);
    hold("z = 0*sqrt(a) + clamp(b, -1, 1) + max(a, b, c) + min(a, 2)", 1, true);
    hold("y = sin(a)*cos(a) + tan(b); z = y/c; report y, z", 1, true);
    hold("f(x, y) = x*y + sin(x); z = f(a, f(b, c)) + f(a, a)", 1, true);
    hold("z = (a > b) + (a != c) + !b + floor(a) + sign(c)*round(b)", 1, true);
    hold("w = a+b+c; z = 5", 1, true);
    hold("w = a+b+c; z = b", 1, true);
}
END_TEST

START_TEST(derivatives_in_the_text) {
    hold("y = a*a*b + sin(a*c); z = grad(y, a) + grad(y, b)*c", 1, true);
    hold("y = a*a*b; a := a + 1; z = a*y + stop_gradient(b)*c", 1, true);
    hold("f(x) = x^3 + sin(x); z = f'(a) + f''(b) + sin'(c)", 1, true);
    hold("f(x) = x*x*b; derivative f(x) wrt x = 7*x; z = f(a) + c", 1, true);
    hold("y = a*b*b; z = hessian(y, b) + hvp(y, b, c) + jvp(y, b, a)", 1, true);
}
END_TEST

START_TEST(conditions) {
    hold("if a > 0 { z = a*b } else { z = b - c }", 0, true);
    hold("z = a > 0 ? sqrt(a) : b < c ? b : c*a", 0, true);
    hold("z = a > 0 && b > 0 || c > 1 ? a : b", 0, true);
    hold("n = 0; x = abs(a) < 5 ? abs(a) + 1 : 1; while x < 40 { x = x*2 + b*b*0; n += 1; if n > 9 { break } "
         "}; z = x + n*c",
         0, true);
    hold("z = a; if b { z = b*c } else if c { z = 3*a }", 0, true);
}
END_TEST

/* What cannot be replayed is evaluated, row by row, also behind a condition. */
START_TEST(evaluated_programs) {
    hold("x = [a, b, c]; z = sum(x*x)", 0, false);
    hold("x = [10, 20, 30]; i = isfinite(a) ? floor(abs(a)) % 3 : 0; z = x[i]*b + c", 0, false);
    hold("z = 0; if isfinite(a) && a > 0 && a < 5 { for i in range(floor(a)) { z += b*i } } else { z = c }",
         0, false);
    hold("if a > 0 { x = [a, b]; z = x @ x } else { z = a*b*c }", 0, false);
}
END_TEST

/* More ways through the program than plans are kept. */
START_TEST(many_ways) {
    state = 9;
    for (size_t k = 0; k < ROWS; k++) {
        data[0][k] = (double)draw(900);
        data[1][k] = data[2][k] = 1 + (double)k;
    }
    const char *program = "n = 0; while n < a { n += 1 }; z = n*b + c";
    compare_alone(program, run_all(program), 50);
    ck_assert_uint_eq(last_figures.replayed, ROWS);
    ck_assert_uint_gt(last_figures.traces, 100);
}
END_TEST

/* ---- random programs ---- */

static size_t put(char *out, size_t at, const char *text) {
    return at + (size_t)sprintf(out + at, "%s", text);
}

static size_t expression(char *out, size_t at, u32 depth) {
    static const char *const one[] = {"sin",  "cos",  "exp",   "log",     "sqrt", "tanh", "abs",   "-",
                                      "atan", "cbrt", "expm1", "sigmoid", "relu", "sign", "log1p", "tan"};
    static const char *const two[] = {"+", "-", "*", "/", "*", "+"};
    static const char *const call[] = {"max", "min", "hypot", "atan2"};
    static const char *const leaf[] = {"a", "b", "c", "0", "2", "0.5", "a", "b"};
    if (depth == 0) return put(out, at, leaf[draw(COUNT_OF(leaf))]);
    u32 kind = draw(10);
    if (kind < 4) {
        at = put(out, at, one[draw(COUNT_OF(one))]);
        return put(out, expression(out, put(out, at, "("), depth - 1), ")");
    }
    at = put(out, at, kind < 8 ? "" : kind == 8 ? call[draw(COUNT_OF(call))] : "where(a > ");
    at = expression(out, put(out, at, kind == 9 ? "" : "("), depth - 1);
    at = put(out, at, kind < 8 ? two[draw(COUNT_OF(two))] : ", ");
    at = expression(out, at, depth - 1);
    if (kind == 9) at = expression(out, put(out, at, ", "), depth - 1);
    return put(out, at, ")");
}

/* Finite data: odd rounding at an infinity or a kink may turn a nan into a number.  The bits must be the same
 * for every piece in any case. */
START_TEST(random_programs) {
    for (u32 trial = 0; trial < 60; trial++) {
        static char program[1 << 14];
        state = trial + 100;
        size_t at = put(program, 0, "w = a + b + c; y = ");
        at = expression(program, at, 3);
        at = put(program, at, draw(2) ? "; z = y + " : "; if y > b { y = a*y }; z = y*");
        at = expression(program, at, 2);
        put(program, at, "; report y, z");
        fill(true);
        size_t count = run_all(program);
        for (size_t i = 0; i < ROWS; i += 23) {
            double alone[MOST_RESULTS];
            ck_assert_uint_eq(run_alone(program, i, alone), count);
            for (size_t k = 0; k < count; k++)
                ck_assert_msg(close_to(made[k][i], alone[k], 1), "%s at (%a, %a, %a), result %zu: %a, not %a",
                              program, data[0][i], data[1][i], data[2][i], k, made[k][i], alone[k]);
        }
    }
}
END_TEST

/* ---- failures ---- */

START_TEST(first_row_that_fails) {
    gtape *g = session("assert a < 600, \"too much\"; z = a > 300 ? b : c");
    for (size_t k = 0; k < ROWS; k++) data[0][k] = (double)k, data[1][k] = 1, data[2][k] = 2;
    row_runner *r = new_runner(g, COLUMNS, names);
    const double *columns[COLUMNS] = {data[0], data[1], data[2]};
    double *results[MOST_RESULTS];
    for (size_t k = 0; k < MOST_RESULTS; k++) results[k] = made[k];
    ck_assert_uint_eq(row_runner_run(r, ROWS, columns, results, NULL), 600);
    ck_assert_uint_eq(gtape_diagnostic_count(row_runner_session(r)), 1);
    ck_assert_ptr_nonnull(strstr(gtape_diagnostic_text(row_runner_session(r), 0, 0), "too much"));
    for (size_t k = 0; k < 600; k++) ck_assert_double_eq(made[0][k], k > 300 ? 1 : 2);
    row_runner_free(r);
    gtape_free(g);
}
END_TEST

/* Every row is run once, whatever fails before it; on its way through the program or by its result. */
START_TEST(rows_that_fail) {
    gtape *g =
        session("n = 0; while n < a % 40 { n += 1 }; assert b > 0.5, \"too little\"; z = n*b + log(c)");
    gtape_set(g, "strict", "1");
    size_t good = 0;
    for (size_t k = 0; k < ROWS; k++) {
        data[0][k] = (double)k, data[1][k] = draw(3) ? 1 : 0, data[2][k] = draw(5) ? 1 : 0;
        good += data[1][k] > 0 && data[2][k] > 0;
    }
    row_runner *r = new_runner(g, COLUMNS, names);
    const double *columns[COLUMNS] = {data[0], data[1], data[2]};
    double *results[MOST_RESULTS];
    u8 failed[ROWS];
    for (size_t k = 0; k < MOST_RESULTS; k++) results[k] = made[k];
    ck_assert_uint_eq(row_runner_run(r, ROWS, columns, results, failed), ROWS);
    ck_assert_uint_eq(gtape_diagnostic_count(row_runner_session(r)), 0);
    for (size_t k = 0; k < ROWS; k++) {
        ck_assert_uint_eq(failed[k], !(data[1][k] > 0 && data[2][k] > 0));
        if (!failed[k]) ck_assert_double_eq(made[0][k], (double)(k % 40));
        good -= !failed[k];
    }
    ck_assert_uint_eq(good, 0);
    row_figures f = row_runner_figures(r);
    ck_assert_uint_le(f.replayed, ROWS);
    ck_assert_uint_eq(f.traces, 40);
    row_runner_free(r);
    gtape_free(g);
}
END_TEST

START_TEST(columns_and_names) {
    gtape *g = gtape_new();
    gtape_add(g, "-e", "b = 3; x = [a, 1]; z = b*x", GTAPE_ALL);
    gtape_wrt(g, "a");
    row_runner *r = new_runner(g, COLUMNS, names);
    ck_assert(row_runner_uses(r, 0) && !row_runner_uses(r, 1) && !row_runner_uses(r, 2));
    static const char *const want[] = {"z[0]", "z[1]", "dz[0]_da", "dz[1]_da"};
    ck_assert_uint_eq(row_runner_results(r), COUNT_OF(want));
    for (size_t k = 0; k < COUNT_OF(want); k++) ck_assert_str_eq(row_runner_result_name(r, k), want[k]);
    row_runner_free(r);
    gtape_free(g);
    g = session("z = a*q");
    ck_assert_ptr_null(row_runner_new(g, COLUMNS, names));
    ck_assert_uint_gt(gtape_diagnostic_count(g), 0);
    gtape_free(g);
}
END_TEST

/* ---- ADBench's bundle adjustment: 15 variables, 3 targets ---- */

static const char *const camera[] = {"r1", "r2", "r3", "C1", "C2", "C3", "f",  "u0", "v0",
                                     "k1", "k2", "X1", "X2", "X3", "w",  "m1", "m2"};
/* Its smallest test, and what it expects of it, in the order e1, derivatives, e2, derivatives. */
static const double observation[] = {1.797201,   0.590697,  -0.635786,  90.859550,   29.361415, 28.777534,
                                     211.628116, -0.284531, -14.762924, 0.058931,    0.069976,  4.173048,
                                     5.586898,   1.403869,  0.417022,   -525.672849, 161.811929};
static const double expected[] = {-2.69048849235189402e-01,
                                  228.87720220824676,
                                  634.5748114955454,
                                  -782.2228662593405,
                                  2.4289261560715967,
                                  -11.782807962801131,
                                  2.5416931248774346,
                                  -1.0365708495851809,
                                  0.417022,
                                  0.0,
                                  -350.7395210960052,
                                  -912.1077736680086,
                                  -2.4289261560715967,
                                  11.782807962801131,
                                  -2.5416931248774346,
                                  -0.6451670397129874,
                                  2.59944792677901881e-01,
                                  -120.54243599499688,
                                  -385.6732407664604,
                                  97.54762914033265,
                                  -1.7837210852957657,
                                  4.154667994331261,
                                  2.040257180298989,
                                  0.3491763974331459,
                                  0.0,
                                  0.417022,
                                  118.1491477044145,
                                  307.25010896034325,
                                  1.7837210852957657,
                                  -4.154667994331261,
                                  -2.040257180298989,
                                  0.623335921553064,
                                  8.26092651515999976e-01};
enum { CAMERA = 17, CAMERA_RESULTS = 48 };

/* ADBench's own distance. */
static double distance(double x, double y) {
    double scale = fabs(x) + fabs(y);
    return fabs(x - y) / (scale > 1 ? scale : 1);
}

static gtape *bundle_adjustment(void) {
    static char path[1 << 12], text[1 << 14];
    const char *folder = getenv("srcdir");
    snprintf(path, sizeof path, "%s/examples/13-bundle-adjustment.gt", folder ? folder : ".");
    FILE *f = fopen(path, "r");
    ck_assert_msg(f != NULL, "%s", path);
    size_t length = fread(text, 1, sizeof text, f);
    fclose(f);
    gtape *g = gtape_new();
    ck_assert_int_eq(gtape_add(g, path, text, length), GTAPE_OK);
    ck_assert_int_eq(gtape_wrt(g, "r1,r2,r3,C1,C2,C3,f,u0,v0,k1,k2,X1,X2,X3,w"), GTAPE_OK);
    return g;
}

/* Every third camera is not rotated; one next to it is, by so little that all results are nearly the same. */
START_TEST(cameras) {
    static double columns[CAMERA][ROWS], results[CAMERA_RESULTS][ROWS];
    const double *column_at[CAMERA];
    double *result_at[CAMERA_RESULTS];
    for (size_t i = 0; i < CAMERA; i++) {
        for (size_t k = 0; k < ROWS; k++)
            columns[i][k] = i >= 3 || k % 3 == 0 ? observation[i] : k % 3 == 1 ? 0 : 1e-9 * observation[i];
        column_at[i] = columns[i];
    }
    for (size_t i = 0; i < CAMERA_RESULTS; i++) result_at[i] = results[i];
    gtape *g = bundle_adjustment();
    row_runner *r = new_runner(g, CAMERA, camera);
    ck_assert_uint_eq(row_runner_results(r), CAMERA_RESULTS);
    ck_assert_uint_eq(row_runner_run(r, ROWS, column_at, result_at, NULL), ROWS);
    ck_assert_uint_eq(row_runner_figures(r).replayed, ROWS);
    ck_assert_uint_eq(row_runner_figures(r).traces, 2);
    for (size_t k = 0; k + 2 < ROWS; k += 3)
        for (size_t i = 0; i < CAMERA_RESULTS; i++) {
            double want = i < COUNT_OF(expected) ? expected[i] : i == CAMERA_RESULTS - 1 ? -0.834044 : 0;
            ck_assert_msg(distance(results[i][k], want) < 1e-8, "%s: %.17g", row_runner_result_name(r, i),
                          results[i][k]);
            ck_assert_msg(distance(results[i][k + 1], results[i][k + 2]) < 1e-5,
                          "%s without rotation: %.17g, not %.17g", row_runner_result_name(r, i),
                          results[i][k + 1], results[i][k + 2]);
        }
    row_runner_free(r);
    gtape_free(g);
}
END_TEST

/* Whichever request for memory fails: no rows, an error, and the runner goes on. */
START_TEST(memory_runs_out) {
    state = 3;
    fill(false);
    const double *columns[COLUMNS] = {data[0], data[1], data[2]};
    double *results[MOST_RESULTS];
    for (size_t k = 0; k < MOST_RESULTS; k++) results[k] = made[k];
    gtape *g = session("z = a > b ? sin(a)*c : [a, b] @ [b, c]");
    bool through = false;
    for (unsigned long n = 1; !through; n += 1 + n / 16) {
        mem_fail_at(n);
        row_runner *r = new_runner(g, COLUMNS, names);
        size_t done = r ? row_runner_run(r, 40, columns, results, NULL) : 0;
        through = mem_requests() < n;
        mem_fail_at(0);
        ck_assert(!through || done == 40);
        if (r) ck_assert_uint_eq(row_runner_run(r, 40, columns, results, NULL), 40);
        row_runner_free(r);
        gtape_clear_diagnostics(g);
    }
    gtape_free(g);
}
END_TEST

static void replay_tests(TCase *t) {
    tcase_add_test(t, straight_programs);
    tcase_add_test(t, derivatives_in_the_text);
    tcase_add_test(t, conditions);
    tcase_add_test(t, evaluated_programs);
    tcase_add_test(t, many_ways);
    tcase_add_test(t, random_programs);
    tcase_add_test(t, first_row_that_fails);
    tcase_add_test(t, rows_that_fail);
    tcase_add_test(t, columns_and_names);
    tcase_add_test(t, cameras);
    tcase_add_test(t, memory_runs_out);
}
UNIT_MAIN("replay", replay_tests)
