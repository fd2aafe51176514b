/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_ops.c - the elementwise operations against right values, against differences, and by convention.
 *
 * Where the numbers come from: tests/cases/elementary.tsv and special.tsv hold values and derivatives that
 * were worked out with mpmath from closed forms (60 to 1300 digits, as much as each row needs) and rounded
 * once; their columns are function, x, y, value, d/dx, d/dy, d2/dx2, as hexadecimal doubles.  The conventions
 * are those of the language, and stand in gtape-language(7).  The probes need no numbers. */
#include "tests/unit/duals.h"
#include "tests/unit/unit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- right values ---- */

typedef struct limits {
    double value, first, second; /* in units of the last place; the last is relative */
} limits;

static limits limits_of(const char *function) {
    static const char *const gamma_family[] = {"gamma", "lgamma", "digamma", "polygamma", "beta", "lbeta"};
    for (size_t i = 0; i < COUNT_OF(gamma_family); i++)
        if (strcmp(function, gamma_family[i]) == 0) return (limits){10, 16, 1e-13};
    return (limits){2, 4, 1e-13};
}

/* How many doubles lie between two numbers. */
static double distance(double a, double b) {
    if (a == b || (a != a && b != b)) return 0;
    if (a != a || b != b || isinf(a) || isinf(b)) return INFINITY;
    int64_t i, k;
    memcpy(&i, &a, sizeof i);
    memcpy(&k, &b, sizeof k);
    if ((i < 0) != (k < 0)) return INFINITY;
    return fabs((double)(i - k));
}

static double relative(double got, double right) {
    if (got == right || (got != got && right != right)) return 0;
    return fabs(got - right) / fabs(right);
}

enum { COLUMNS = 7 };

/* Cuts a line at its tabs; a cell that is empty is nan.  Returns the number of cells. */
static int read_row(char *line, char **function, double cell[COLUMNS]) {
    int count = 0;
    for (char *at = line, *end; at && count < COLUMNS; at = end, count++) {
        end = strpbrk(at, "\t\n");
        if (end) *end++ = '\0';
        if (count == 0) *function = at;
        cell[count] = count && *at ? strtod(at, NULL) : NAN;
    }
    return count;
}

/* Holds one row against its limits; says on stderr what is out of them. */
static bool row_holds(const char *function, const double cell[COLUMNS], bool tell) {
    enum op op = op_by_name(function);
    ck_assert_msg(op != OP_NONE, "no function %s", function);
    limits most = limits_of(function);
    dual x = {cell[1], 1}, w = {op_infos[op].arity == 2 ? cell[2] : 0, 0}, y = dual_values[op](x, w);
    dual first = dual_partials[0][op](x, w, y);
    double worst = distance(y.v, cell[3]) - most.value;
    if (cell[4] == cell[4]) worst = fmax(worst, distance(first.v, cell[4]) - most.first);
    if (cell[5] == cell[5])
        worst = fmax(worst, distance(dual_partials[1][op](x, w, y).v, cell[5]) - most.first);
    bool good = worst <= 0 && !(cell[6] == cell[6] && relative(first.t, cell[6]) > most.second);
    if (!good && tell)
        fprintf(stderr, "%s(%a, %a): %a, dx %a, dx2 %a\n", function, x.v, w.v, y.v, first.v, first.t);
    return good;
}

static void check_table(const char *name, int least_rows) {
    char path[1000], line[1000], *function = NULL;
    const char *source = getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/cases/%s", source ? source : ".", name);
    FILE *table = fopen(path, "r");
    ck_assert_msg(table != NULL, "%s cannot be read", path);
    int rows = 0, bad = 0;
    double cell[COLUMNS];
    while (fgets(line, sizeof line, table)) {
        if (line[0] == '#') continue;
        ck_assert_int_eq(read_row(line, &function, cell), COLUMNS);
        bad += !row_holds(function, cell, bad < 10);
        rows++;
    }
    fclose(table);
    ck_assert_int_ge(rows, least_rows);
    ck_assert_msg(bad == 0, "%d of %d rows of %s are out of their limits", bad, rows, name);
}

START_TEST(elementary_table) { check_table("elementary.tsv", 2280); }
END_TEST

START_TEST(special_table) { check_table("special.tsv", 1200); }
END_TEST

/* ---- partials against differences ---- */

typedef struct probe {
    enum op op;
    int of;      /* -1: the value; 0, 1: that partial */
    double x[2]; /* the operands */
    int in;      /* which operand moves */
} probe;

static double probe_at(const probe *p, double moved) {
    dual x = constant(p->in == 0 ? moved : p->x[0]), w = constant(p->in == 1 ? moved : p->x[1]);
    dual y = dual_values[p->op](x, w);
    return p->of < 0 ? y.v : dual_partials[p->of][p->op](x, w, y).v;
}

/* Central differences extrapolated to step 0 (C. J. F. Ridders, Adv. Eng. Software 4 (1982) 75-76).
 * *error is what the extrapolation thinks of itself. */
static double ridders(const probe *p, double step, double *error) {
    enum { ROUNDS = 8 };
    double table[ROUNDS][ROUNDS], best = NAN, at = p->x[p->in];
    *error = INFINITY;
    for (int i = 0; i < ROUNDS; i++, step /= 1.4) {
        double up = at + step, down = at - step;
        table[0][i] = (probe_at(p, up) - probe_at(p, down)) / (up - down);
        double factor = 1;
        for (int k = 1; k <= i; k++) {
            factor *= 1.4 * 1.4;
            table[k][i] = (table[k - 1][i] * factor - table[k - 1][i - 1]) / (factor - 1);
            double e = fmax(fabs(table[k][i] - table[k - 1][i]), fabs(table[k][i] - table[k - 1][i - 1]));
            if (e < *error) *error = e, best = table[k][i];
        }
    }
    return best;
}

static void check_probe(const probe *p, double exact, double range) {
    double error, difference = ridders(p, range / 40, &error), scale = fmax(1, fabs(exact));
    scale = fmax(scale, fabs(probe_at(p, p->x[p->in])));
    ck_assert_msg(fabs(difference - exact) <= 1e-8 * scale && error <= 1e-8 * scale,
                  "operation %s at (%g, %g), of %d in operand %d: %.17g, but differences give %.17g (+- %g)",
                  op_infos[p->op].name, p->x[0], p->x[1], p->of, p->in, exact, difference, error);
}

/* At one point: the value's derivatives against the partials, the partials' against what duals make of them.
 * An operand whose probe interval is one number stays there: it counts something. */
static void check_point(enum op op, double x, double w) {
    const op_info *info = &op_infos[op];
    for (int in = 0; in < info->arity; in++) {
        double range = info->probe[in][1] - info->probe[in][0];
        if (range == 0) continue;
        dual dx = {x, in == 0}, dw = {w, in == 1}, y = dual_values[op](dx, dw);
        check_probe(&(probe){op, -1, {x, w}, in}, dual_partials[in][op](dx, dw, y).v, range);
        for (int of = 0; of < info->arity; of++)
            if (info->probe[of][0] < info->probe[of][1])
                check_probe(&(probe){op, of, {x, w}, in}, dual_partials[of][op](dx, dw, y).t, range);
    }
}

START_TEST(partials_against_differences) {
    static const double parts[] = {0.05, 0.2, 0.4, 0.61, 0.8, 0.95};
    for (enum op op = OP_NONE + 1; op < OP_ELEMENTWISE_END; op++) {
        const double(*range)[2] = op_infos[op].probe;
        for (size_t i = 0; i < COUNT_OF(parts); i++)
            for (size_t k = 0; k < COUNT_OF(parts); k++)
                check_point(op, range[0][0] + parts[i] * (range[0][1] - range[0][0]),
                            range[1][0] + parts[k] * (range[1][1] - range[1][0]));
    }
}
END_TEST

/* ---- conventions ---- */

#define ANY (-12345.0) /* not looked at */

static const struct {
    const char *function;
    double x, w, value, dx, dw, dxx;
} conventions[] = {
    /* kinks take the mean of the one-sided derivatives */
    {"abs", 0, ANY, 0, 0, ANY, 0},
    {"abs", -0.0, ANY, 0, 0, ANY, 0},
    {"abs", -3, ANY, 3, -1, ANY, 0},
    {"max", 2, 2, 2, 0.5, 0.5, 0},
    {"min", 2, 2, 2, 0.5, 0.5, 0},
    {"max", 3, 2, 3, 1, 0, 0},
    {"min", 3, 2, 2, 0, 1, 0},
    /* nan wins */
    {"max", NAN, 1, NAN, ANY, ANY, ANY},
    {"max", 1, NAN, NAN, ANY, ANY, ANY},
    {"min", NAN, 1, NAN, ANY, ANY, ANY},
    {"min", 1, NAN, NAN, ANY, ANY, ANY},
    {"relu", NAN, ANY, NAN, ANY, ANY, ANY},
    {"sign", NAN, ANY, NAN, ANY, ANY, ANY},
    /* 0 by convention */
    {"relu", 0, ANY, 0, 0, ANY, 0},
    {"relu", 2, ANY, 2, 1, ANY, 0},
    {"relu", -2, ANY, 0, 0, ANY, 0},
    {"heaviside", 0, ANY, 0.5, 0, ANY, 0},
    {"heaviside", -1, ANY, 0, 0, ANY, 0},
    {"heaviside", 1, ANY, 1, 0, ANY, 0},
    {"sign", 0, ANY, 0, 0, ANY, 0},
    {"sign", -7, ANY, -1, 0, ANY, 0},
    {"floor", 2, ANY, 2, 0, ANY, 0},
    {"floor", -2.5, ANY, -3, 0, ANY, 0},
    {"ceil", -2.5, ANY, -2, 0, ANY, 0},
    {"trunc", -2.5, ANY, -2, 0, ANY, 0},
    {"hypot", 0, 0, 0, 0, 0, ANY},
    {"copysign", 3, -2, -3, -1, 0, 0},
    {"copysign", -3, -2, -3, 1, 0, 0},
    {"copysign", 0, -2, -0.0, 0, 0, 0},
    /* halves go to the even number */
    {"round", 0.5, ANY, 0, 0, ANY, 0},
    {"round", 1.5, ANY, 2, 0, ANY, 0},
    {"round", 2.5, ANY, 2, 0, ANY, 0},
    {"round", -2.5, ANY, -2, 0, ANY, 0},
    /* powers and roots at 0 */
    {"sqrt", 0, ANY, 0, INFINITY, ANY, -INFINITY},
    {"sqrt", -0.0, ANY, 0, INFINITY, ANY, -INFINITY},
    {"cbrt", 0, ANY, 0, INFINITY, ANY, ANY},
    {"pow", 0, 0, 1, 0, 0, 0},
    {"pow", 5, 0, 1, 0, ANY, 0},
    {"pow", -5, 0, 1, 0, ANY, 0},
    {"pow", INFINITY, 0, 1, 0, ANY, 0},
    {"pow", 0, 1, 0, 1, 0, 0},
    {"pow", 0, 2, 0, 0, 0, 2},
    {"pow", 0, 3, 0, 0, 0, 0},
    {"pow", 0, 1.875, 0, 0, 0, INFINITY},
    {"pow", 0, 0.5, 0, INFINITY, 0, -INFINITY},
    {"pow", 0, -1, INFINITY, -INFINITY, -INFINITY, INFINITY},
    {"pow", -2, 2, 4, -4, NAN, 2},
    {"pow", -2, 3, -8, 12, NAN, -12},
    {"pow", -2, -1, -0.5, -0.25, NAN, -0.25},
    {"pow", -8, 1.0 / 3, NAN, NAN, NAN, NAN},
    {"xlogy", 0, 0, 0, -INFINITY, 0, 0},
    {"xlogy", 0, NAN, NAN, ANY, ANY, ANY},
    {"xlogy", 1, -1, NAN, NAN, NAN, ANY},
    /* no derivative at all */
    {"atan2", 0, 0, 0, NAN, NAN, ANY},
    {"atan2", 0, -1, M_PI, -1, 0, ANY},
    {"atan2", 1, 0, M_PI_2, 0, -1, ANY},
    /* outside the domain */
    {"log", -1, ANY, NAN, NAN, ANY, NAN},
    {"log2", -1, ANY, NAN, NAN, ANY, NAN},
    {"log10", -1, ANY, NAN, NAN, ANY, NAN},
    {"log1p", -2, ANY, NAN, NAN, ANY, NAN},
    {"log", 0, ANY, -INFINITY, INFINITY, ANY, -INFINITY},
    {"log", -0.0, ANY, -INFINITY, INFINITY, ANY, -INFINITY},
    {"sqrt", -1, ANY, NAN, NAN, ANY, NAN},
    {"asin", 2, ANY, NAN, NAN, ANY, NAN},
    {"asin", 1, ANY, M_PI_2, INFINITY, ANY, INFINITY},
    {"acos", -2, ANY, NAN, NAN, ANY, NAN},
    {"acosh", 0.5, ANY, NAN, NAN, ANY, NAN},
    {"acosh", -2, ANY, NAN, NAN, ANY, NAN},
    {"acosh", 1, ANY, 0, INFINITY, ANY, -INFINITY},
    {"atanh", 2, ANY, NAN, NAN, ANY, NAN},
    {"atanh", -2, ANY, NAN, NAN, ANY, NAN},
    {"atanh", 1, ANY, INFINITY, INFINITY, ANY, INFINITY},
    {"gamma", -1, ANY, NAN, NAN, ANY, NAN},
    {"lgamma", -1, ANY, INFINITY, NAN, ANY, NAN},
    {"digamma", -1, ANY, NAN, NAN, ANY, NAN},
    {"y0", -1, ANY, NAN, NAN, ANY, NAN},
    {"y1", -1, ANY, NAN, NAN, ANY, NAN},
    {"polygamma", 1.5, 2, NAN, NAN, NAN, ANY},
    {"polygamma", -1, 2, NAN, NAN, ANY, ANY},
    /* remainders */
    {"mod", -19, 3, 2, 1, 7, 0},
    {"mod", 19, -3, -2, 1, 7, 0},
    {"mod", 6, 3, 0, 1, -2, 0},
    {"mod", 1, 0, NAN, NAN, NAN, ANY},
    {"fmod", -19, 3, -1, 1, 6, 0},
    {"fmod", 1, 0, NAN, NAN, NAN, ANY},
    /* ends */
    {"softplus", 1000, ANY, 1000, 1, ANY, 0},
    {"softplus", -1000, ANY, 0, 0, ANY, 0},
    {"sigmoid", -INFINITY, ANY, 0, 0, ANY, ANY},
    {"sigmoid", INFINITY, ANY, 1, 0, ANY, ANY},
    {"silu", -INFINITY, ANY, 0, 0, ANY, ANY},
    {"silu", INFINITY, ANY, INFINITY, 1, ANY, ANY},
    {"gelu", -INFINITY, ANY, 0, 0, ANY, ANY},
    {"gelu", INFINITY, ANY, INFINITY, 1, ANY, ANY},
    {"tanh", INFINITY, ANY, 1, 0, ANY, 0},
    {"atan", INFINITY, ANY, M_PI_2, 0, ANY, ANY},
    {"erfc", INFINITY, ANY, 0, 0, ANY, ANY},
    {"erfcx", INFINITY, ANY, 0, 0, ANY, ANY},
    {"sinc", 0, ANY, 1, 0, ANY, -1.0 / 3},
    {"sinc", INFINITY, ANY, 0, 0, ANY, 0},
    {"sinpi", 1e6, ANY, 0, M_PI, ANY, 0},
    {"sinpi", 0.5, ANY, 1, 0, ANY, ANY},
    {"cospi", 0.5, ANY, 0, -M_PI, ANY, 0},
    {"tanpi", 0.25, ANY, 1, ANY, ANY, ANY},
    {"tanpi", 0.5, ANY, INFINITY, INFINITY, ANY, ANY},
    {"tanpi", 1.5, ANY, -INFINITY, INFINITY, ANY, ANY},
    {"logaddexp", -INFINITY, -INFINITY, -INFINITY, 0.5, 0.5, ANY},
    {"logaddexp", INFINITY, 1, INFINITY, 1, 0, 0},
    {"hypot", INFINITY, 1, INFINITY, 1, 0, 0},
    {"j0", 0, ANY, 1, 0, ANY, -0.5},
    {"j1", 0, ANY, 0, 0.5, ANY, 0},
    {"y0", 0, ANY, -INFINITY, INFINITY, ANY, ANY},
    /* logic: nan is true */
    {"isnan", NAN, ANY, 1, 0, ANY, 0},
    {"isnan", INFINITY, ANY, 0, 0, ANY, 0},
    {"isfinite", INFINITY, ANY, 0, 0, ANY, 0},
    {"isfinite", NAN, ANY, 0, 0, ANY, 0},
    {"isfinite", 1, ANY, 1, 0, ANY, 0},
};

static bool as_expected(double got, double right) {
    return right == ANY || got == right || (got != got && right != right);
}

START_TEST(conventions_hold) {
    for (size_t i = 0; i < COUNT_OF(conventions); i++) {
        enum op op = op_by_name(conventions[i].function);
        ck_assert_msg(op != OP_NONE, "no function %s", conventions[i].function);
        dual x = {conventions[i].x, 1}, w = {conventions[i].w, 0}, y = dual_values[op](x, w);
        dual dx = dual_partials[0][op](x, w, y), dw = constant(ANY);
        if (dual_partials[1][op]) dw = dual_partials[1][op](x, w, y);
        ck_assert_msg(as_expected(y.v, conventions[i].value) && as_expected(dx.v, conventions[i].dx) &&
                          as_expected(dw.v, conventions[i].dw) && as_expected(dx.t, conventions[i].dxx),
                      "%s(%g, %g): value %g, dx %g, dw %g, dxx %g", conventions[i].function, x.v, w.v, y.v,
                      dx.v, dw.v, dx.t);
    }
}
END_TEST

START_TEST(logic) {
    ck_assert_double_eq(number_AND(NAN, 2), 1);
    ck_assert_double_eq(number_AND(0, 2), 0);
    ck_assert_double_eq(number_OR(0, NAN), 1);
    ck_assert_double_eq(number_OR(0, -0.0), 0);
    ck_assert_double_eq(number_NOT(NAN), 0);
    ck_assert_double_eq(number_NOT(-0.0), 1);
    ck_assert_double_eq(number_LT(NAN, 1), 0);
    ck_assert_double_eq(number_NE(NAN, NAN), 1);
    ck_assert_double_eq(number_LE(1, 1), 1);
}
END_TEST

/* An exact 0 carries nothing, whatever it meets. */
START_TEST(zero_carries_nothing) {
    ck_assert_double_eq(number_CARRY(0, INFINITY), 0);
    ck_assert_double_eq(number_CARRY(-0.0, NAN), 0);
    ck_assert_double_eq(number_CARRY(2, 3), 6);
    ck_assert(isnan(number_CARRY(NAN, 3)));
}
END_TEST

/* ---- the table itself ---- */

START_TEST(table_is_whole) {
    for (enum op op = OP_NONE + 1; op < OP_ELEMENTWISE_END; op++) {
        const op_info *info = &op_infos[op];
        bool word = isalpha((unsigned char)info->name[0]);
        ck_assert_msg(info->help[0] != '\0', "help of %s", info->name); /* hidden ones: their formula */
        ck_assert_int_eq(info->partials[1][0] != 0, info->arity == 2);
        for (int i = 0; i < info->arity; i++) ck_assert_double_le(info->probe[i][0], info->probe[i][1]);
        for (enum op other = op + 1; other < OP_ELEMENTWISE_END; other++)
            ck_assert_str_ne(info->name, op_infos[other].name);
        ck_assert_int_eq(op_by_name(info->name), word ? op : OP_NONE);
    }
    ck_assert_int_eq(op_by_name("pow"), OP_POW);
    ck_assert_int_eq(op_by_name("mod"), OP_MOD);
    ck_assert_int_eq(op_by_name("no such function"), OP_NONE);
    ck_assert_int_eq(op_by_name(""), OP_NONE);
}
END_TEST

static void ops_tests(TCase *tests) {
    tcase_add_test(tests, elementary_table);
    tcase_add_test(tests, special_table);
    tcase_add_test(tests, partials_against_differences);
    tcase_add_test(tests, conventions_hold);
    tcase_add_test(tests, logic);
    tcase_add_test(tests, zero_carries_nothing);
    tcase_add_test(tests, table_is_whole);
}

UNIT_MAIN("ops", ops_tests)
