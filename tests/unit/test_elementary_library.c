/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_elementary_library.c - the tables of right values again, asked for as a user asks: through gtape.h.
 *
 * test_ops.c holds the formulas against the same tables with dual numbers.  Here a program says
 * y = f(x), grad(y, x), grad(grad(y, x), x), so scanner, tape, sweep and the sweep of the sweep are on the
 * way. Each table is one test and prints how many rows came out how well. */
#include "lib/gtape.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- how near ---- */

typedef struct limits {
    double value, first; /* in units of the last place */
} limits;

static limits limits_of(const char *function) {
    static const char *const gamma_family[] = {"gamma", "lgamma", "digamma", "polygamma", "beta", "lbeta"};
    for (size_t i = 0; i < sizeof gamma_family / sizeof *gamma_family; i++)
        if (strcmp(function, gamma_family[i]) == 0) return (limits){10, 16};
    return (limits){2, 4};
}

/* How many doubles lie between two numbers. */
static double distance(double a, double b) {
    if (a == b || (isnan(a) && isnan(b))) return 0;
    if (isnan(a) || isnan(b) || isinf(a) || isinf(b) || signbit(a) != signbit(b)) return INFINITY;
    int64_t i, k;
    memcpy(&i, &a, sizeof i);
    memcpy(&k, &b, sizeof k);
    return fabs((double)(i - k));
}

static double relative(double got, double right) {
    if (got == right || (isnan(got) && isnan(right))) return 0;
    double difference = fabs(got - right) / fabs(right);
    return isnan(difference) ? INFINITY : difference;
}

/* ---- one row through the library ---- */

enum { X = 1, W, VALUE, DX, DW, DXX, COLUMNS };

typedef struct row {
    char function[20];
    double cell[COLUMNS]; /* nan where the table says nothing */
} row;

/* Cuts a line at its tabs. */
static bool read_row(const char *line, row *r) {
    int length = 0;
    if (sscanf(line, "%19[^\t\n]%n", r->function, &length) != 1) return false;
    const char *at = line + length;
    for (int column = X; column < COLUMNS; column++) {
        if (*at++ != '\t') return false;
        bool empty = *at == '\t' || *at == '\n' || *at == '\0'; /* strtod would go on to the next cell */
        char *end = (char *)at;
        r->cell[column] = empty ? NAN : strtod(at, &end);
        at = end;
    }
    return true;
}

/* The session of the function that the last rows were about: the program is parsed once for a function. */
typedef struct asked {
    char function[20];
    bool two; /* arguments */
    gtape *session;
} asked;

static void ask_about(asked *a, const row *r) {
    char text[200];
    bool two = !isnan(r->cell[W]);
    if (strcmp(a->function, r->function) == 0 && a->two == two) return;
    gtape_free(a->session);
    a->session = gtape_new();
    ck_assert_ptr_nonnull(a->session);
    strcpy(a->function, r->function);
    a->two = two;
    gtape_set(a->session, "notes", "0");
    snprintf(text, sizeof text, "y = %s(x%s)\ndx = grad(y, x)\ndxx = grad(dx, x)\n%s", r->function,
             two ? ", w" : "", two ? "dw = grad(y, w)" : "");
    ck_assert_int_eq(gtape_add(a->session, r->function, text, GTAPE_ALL), GTAPE_OK);
    ck_assert_int_eq(gtape_of(a->session, two ? "y,dx,dxx,dw" : "y,dx,dxx"), GTAPE_OK);
}

/* got[] has what the library gives where right values are compared; got[DW] is nan for one argument. */
static void run_row(asked *a, const row *r, double got[COLUMNS]) {
    char inputs[100];
    ask_about(a, r);
    int length = snprintf(inputs, sizeof inputs, "x=%a", r->cell[X]);
    if (a->two) snprintf(inputs + length, sizeof inputs - (size_t)length, ",w=%a", r->cell[W]);
    gtape_status status = gtape_at(a->session, inputs);
    if (status == GTAPE_OK) status = gtape_run(a->session);
    ck_assert_msg(status == GTAPE_OK, "%s at %s: status %d", r->function, inputs, status);
    got[VALUE] = gtape_target_value(a->session, 0).data[0];
    got[DX] = gtape_target_value(a->session, 1).data[0];
    got[DXX] = gtape_target_value(a->session, 2).data[0];
    got[DW] = a->two ? gtape_target_value(a->session, 3).data[0] : NAN;
}

/* ---- a table ---- */

typedef struct counts {
    int rows, values, firsts, seconds; /* compared numbers */
    int bad_values, bad_firsts;
    int loose_seconds, bad_seconds; /* beyond 1e-13; beyond 1e-10 */
} counts;

static void tell(const row *r, const char *what, double got, double right) {
    fprintf(stderr, "%s(%a, %a): %s is %a instead of %a\n", r->function, r->cell[X], r->cell[W], what, got,
            right);
}

/* The table has no cell where a derivative is not asked for. */
static void count_first(counts *c, const row *r, const double got[COLUMNS], int column, double most) {
    if (isnan(r->cell[column])) return;
    c->firsts++;
    if (distance(got[column], r->cell[column]) <= most) return;
    c->bad_firsts++;
    tell(r, column == DX ? "d/dx" : "d/dw", got[column], r->cell[column]);
}

static void count_second(counts *c, const row *r, double got) {
    if (isnan(r->cell[DXX])) return;
    double error = relative(got, r->cell[DXX]);
    c->seconds++;
    c->loose_seconds += error > 1e-13;
    if (error <= 1e-10) return;
    c->bad_seconds++;
    tell(r, "d2/dx2", got, r->cell[DXX]);
}

static void count_row(counts *c, asked *a, const row *r) {
    double got[COLUMNS];
    limits most = limits_of(r->function);
    run_row(a, r, got);
    c->rows++;
    c->values++;
    if (distance(got[VALUE], r->cell[VALUE]) > most.value) {
        c->bad_values++;
        tell(r, "the value", got[VALUE], r->cell[VALUE]);
    }
    count_first(c, r, got, DX, most.first);
    count_first(c, r, got, DW, most.first);
    count_second(c, r, got[DXX]);
}

static void check_table(const char *name, int least_rows) {
    char path[1000], line[1000];
    const char *source = getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/cases/%s", source ? source : ".", name);
    FILE *table = fopen(path, "r");
    ck_assert_msg(table != NULL, "%s cannot be read", path);
    counts c = {0};
    asked a = {0};
    row r;
    while (fgets(line, sizeof line, table)) {
        if (line[0] == '#') continue;
        ck_assert_msg(read_row(line, &r), "not a row: %s", line);
        count_row(&c, &a, &r);
    }
    fclose(table);
    gtape_free(a.session);
    printf("# %s: %d rows; %d of %d values and %d of %d first derivatives out of their limits; of %d second "
           "derivatives %d beyond 1e-13, %d beyond 1e-10\n",
           name, c.rows, c.bad_values, c.values, c.bad_firsts, c.firsts, c.seconds, c.loose_seconds,
           c.bad_seconds);
    fflush(stdout);
    ck_assert_int_ge(c.rows, least_rows);
    ck_assert_int_eq(c.bad_values, 0);
    ck_assert_int_eq(c.bad_firsts, 0);
    ck_assert_int_eq(c.bad_seconds, 0);
    ck_assert_int_le(100 * c.loose_seconds, c.seconds);
}

START_TEST(elementary_table) { check_table("elementary.tsv", 2280); }
END_TEST

START_TEST(special_table) { check_table("special.tsv", 1200); }
END_TEST

static void library_tests(TCase *tests) {
    tcase_add_test(tests, elementary_table);
    tcase_add_test(tests, special_table);
}

UNIT_MAIN("elementary_library", library_tests)
