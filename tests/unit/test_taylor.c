/* test_taylor.c - Taylor coefficients against known series, against mpmath, through linear functions, with
 * history. */
#include "tests/unit/tensor_unit.h"

#include "core/taylor.h"

enum { ORDER = 12 };

static value leaf(double x) { return record_leaf(&rec, SCALAR(x)); }
static value number(double x) { return SCALAR(x); }
static value f1(enum op op, value x) { return apply1(&rec, op, x); }
static value f2(enum op op, value x, value w) { return apply2(&rec, op, x, w); }

static void series(value y, value x, u32 n, value *out) {
    const char *blocking = NULL;
    ck_assert(taylor_series(&rec, y, x, n, false, out, &blocking));
}

/* Coefficients 0 to n of y at x, with an error relative to the largest so far. */
static void check_series(const char *name, value y, value x, u32 n, const double *expected,
                         double tolerance) {
    value c[TAYLOR_LIMIT + 1];
    series(y, x, n, c);
    double largest = 0;
    for (u32 k = 0; k <= n; k++) {
        largest = fmax(largest, fabs(expected[k]));
        ck_assert_msg(fabs(c[k].num - expected[k]) <= tolerance * largest,
                      "%s, coefficient %u is %.17g, not %.17g", name, k, c[k].num, expected[k]);
    }
}

/* ---- known series: the coefficients are those of the textbook ---- */

static double factorial(u32 n) { return n < 2 ? 1 : n * factorial(n - 1); }

START_TEST(known_series) {
    begin_case();
    double c[ORDER + 1] = {0};
    value x = leaf(0);
    for (u32 k = 0; k <= ORDER; k++) c[k] = 1 / factorial(k);
    check_series("exp", f1(OP_EXP, x), x, ORDER, c, 1e-15);
    for (u32 k = 1; k <= ORDER; k++) c[k] = (k % 2 ? 1.0 : -1.0) / k;
    c[0] = 0;
    check_series("log1p", f1(OP_LOG1P, x), x, ORDER, c, 1e-15);
    for (u32 k = 0; k <= ORDER; k++) c[k] = k % 2 ? (k % 4 == 1 ? 1 : -1) / factorial(k) : 0;
    check_series("sin", f1(OP_SIN, x), x, ORDER, c, 1e-15);
    for (u32 k = 0; k <= ORDER; k++) c[k] = k % 2 ? (k % 4 == 1 ? 1.0 : -1.0) / k : 0;
    check_series("atan", f1(OP_ATAN, x), x, ORDER, c, 1e-15);
    for (u32 k = 0; k <= ORDER; k++) c[k] = k % 2 ? 0 : (k % 4 == 0 ? 1 : -1) / factorial(k);
    check_series("cos", f1(OP_COS, x), x, ORDER, c, 1e-15);
    for (u32 k = 0; k <= ORDER; k++)
        c[k] = k % 2 ? 2 / sqrt(3.14159265358979323846) * (k % 4 == 1 ? 1 : -1) / (k * factorial(k / 2)) : 0;
    check_series("erf", f1(OP_ERF, x), x, ORDER, c, 1e-15);
    /* tan: Abramowitz & Stegun 4.3.67 */
    double tangent[ORDER + 1] = {0, 1,           0, 1.0 / 3,         0, 2.0 / 15, 0, 17.0 / 315,
                                 0, 62.0 / 2835, 0, 1382.0 / 155925, 0};
    check_series("tan", f1(OP_TAN, x), x, ORDER, tangent, 1e-15);
}
END_TEST

START_TEST(geometric_series) {
    begin_case();
    double ones[101];
    for (u32 k = 0; k <= 100; k++) ones[k] = 1;
    value x = leaf(0), one_less = f2(OP_SUB, number(1), x);
    check_series("1/(1 - x)", f2(OP_DIV, number(1), one_less), x, 100, ones, 1e-15);
    check_series("(1 - x)^-1", f2(OP_POW, one_less, number(-1)), x, 100, ones, 1e-13);
}
END_TEST

/* (1 + x)^a for a fraction, a whole number (it ends) and a negative number. */
START_TEST(binomial_series) {
    const double exponents[] = {0.5, 3, -2, 1.75};
    for (size_t i = 0; i < COUNT_OF(exponents); i++) {
        begin_case();
        double a = exponents[i], c[ORDER + 1] = {1};
        for (u32 k = 1; k <= ORDER; k++) c[k] = c[k - 1] * (a - k + 1) / k;
        value x = leaf(0);
        check_series("(1 + x)^a", f2(OP_POW, f2(OP_ADD, number(1), x), number(a)), x, ORDER, c, 1e-15);
    }
    begin_case();
    value x = leaf(1);
    check_series("sqrt", f1(OP_SQRT, x), x, 4, NUMBERS(1, 0.5, -0.125, 0.0625, -0.0390625), 1e-15);
    x = leaf(0);
    check_series("x^3", f2(OP_POW, x, number(3)), x, 5, NUMBERS(0, 0, 0, 1, 0, 0), 0);
    check_series("x^2", f2(OP_POW, x, number(2)), x, 3, NUMBERS(0, 0, 1, 0), 0);
}
END_TEST

/* gamma(1 + x) = 1 - 0.5772 x + 0.9891 x^2 ...: mpmath, taylor(lambda x: gamma(1 + x), 0, 6). */
START_TEST(gamma_at_one) {
    begin_case();
    value x = leaf(1);
    check_series("gamma", f1(OP_GAMMA, x), x, 6,
                 NUMBERS(1, -0.57721566490153286061, 0.98905599532797255540, -0.90747907608088628902,
                         0.98172808683440018734, -0.98199506890314520210, 0.99314911462127619315),
                 1e-14);
}
END_TEST

/* ---- composed ones: mpmath, taylor(f, x, 12) with 60 digits ---- */

static value exp_sin(value x) { return f1(OP_EXP, f1(OP_SIN, x)); }
static value log_root(value x) {
    value a = f1(OP_LOG, f2(OP_ADD, number(1), f2(OP_MUL, x, x)));
    return f2(OP_MUL, a, f1(OP_SQRT, f2(OP_ADD, number(2), f1(OP_COS, x))));
}
static value tanh_over(value x) {
    value e = f1(OP_EXP, f1(OP_NEG, x));
    return f2(OP_DIV, f1(OP_TANH, x), f2(OP_ADD, number(1), e));
}
static value x_to_x(value x) { return f2(OP_POW, x, x); }
static value erf_atan(value x) {
    return f2(OP_MUL, f1(OP_ERF, f1(OP_SIN, x)), f1(OP_ATAN, f1(OP_SQUARE, x)));
}
static value gamma_square(value x) {
    value g = f2(OP_POW, f1(OP_GAMMA, f2(OP_ADD, number(1), x)), number(2));
    return f2(OP_DIV, g, f2(OP_ADD, f2(OP_POW, x, number(3)), number(2)));
}
static value bessel_lgamma(value x) {
    value a = f1(OP_J0, f2(OP_MUL, number(2), x)), b = f1(OP_LGAMMA, f2(OP_ADD, x, number(2)));
    return f2(OP_ADD, a, f2(OP_MUL, b, f1(OP_CBRT, x)));
}
static value arcs(value x) {
    return f2(OP_MUL, f1(OP_ASIN, f2(OP_DIV, x, number(2))), f1(OP_ACOSH, f2(OP_ADD, x, number(1.5))));
}

static const struct {
    const char *name;
    value (*f)(value x);
    double x, c[ORDER + 1];
} composed[] = {
    {"e^(sin x)",
     exp_sin,
     0.3,
     {1.34382524373165343, 1.28380529034495959, 0.414669262527364869, -0.208381457492315439,
      -0.217165664149977523, -0.0454472138507528793, 0.0314189797650352372, 0.0212110665918554145,
      0.00138134039380621101, -0.00341880837765953553, -0.00132028090453215542, 0.000161894451087754733,
      0.000254569758695343031}},
    {"log(1 + x^2) sqrt(2 + cos x)",
     log_root,
     0.7,
     {0.663077539383305485, 1.48509532955893184, 0.149600387847872957, -0.744928425744849326,
      0.345561346866819681, 0.0435360908702764195, -0.173564762028753352, 0.122755918847198923,
      -0.0146587143942374782, -0.0512907465536559276, 0.051309045418458305, -0.0158545395307749908,
      -0.0149307249898480018}},
    {"tanh(x)/(1 + e^(-x))",
     tanh_over,
     0.4,
     {0.227470755174734944, 0.60354720375555958, 0.00193472923747111283, -0.201917499617875185,
      0.0568024461137878473, 0.0591359628349232493, -0.0394327035744966822, -0.0104939769360339097,
      0.0181945880357411188, -0.00154581654191954775, -0.0064538656275948473, 0.00255342039075666272,
      0.00167887747090182546}},
    {"x^x",
     x_to_x,
     1.5,
     {1.83711730708738357, 2.58200427461294938, 2.42683089417311025, 1.57463801255022673,
      0.859662751070260569, 0.376595969536004711, 0.15217450632361063, 0.0501004190598194759,
      0.0171022882762565609, 0.00410594851927751253, 0.00150799455225548443, 0.000130527093675879406,
      0.000163670874730904747}},
    {"erf(sin x) atan(x^2)",
     erf_atan,
     0.6,
     {0.198844476276123981, 0.845256717358953585, 0.80582199226863299, -0.770746731886727753,
      -1.0404575162255211, 0.820420515082928125, 1.23542611859087323, -0.495032080920697677,
      -1.87627905207970453, -0.131741241257032318, 2.87300013573998026, 1.39081625684295356,
      -4.12489125346156728}},
    {"gamma(1 + x)^2/(x^3 + 2)",
     gamma_square,
     0.25,
     {0.40759836299525192, -0.223335502513559344, 0.399314583929906782, -0.565061330460734651,
      0.534736189029495681, -0.512771403083779074, 0.603407937692286233, -0.568867052807537032,
      0.487569373846997411, -0.498339581145733938, 0.473424762326696718, -0.38861313583791649,
      0.359490688396725141}},
    {"j0(2 x) + lgamma(x + 2) cbrt(x)",
     bessel_lgamma,
     1.25,
     {0.959678295221534465, 0.37014859664825491, 0.908687633535592205, 0.407518696320900934,
      -0.152859142539954456, -0.0656298309259474379, 0.0190300195526579438, 0.00492626235336948785,
      -0.00106452883295700237, -0.000356089387058559765, 0.000122589890480512259, -0.0000407000785986683587,
      0.0000316007647963845213}},
    {"asin(x/2) acosh(x + 1.5)",
     arcs,
     0.5,
     {0.332769257406338006, 0.825959146984670301, 0.294852334802210341, -0.0189198498506227644,
      0.0541824543259034714, -0.0114829173553157171, 0.0178745295756929687, -0.00725370197541759576,
      0.00847271130649658749, -0.00501318757676646345, 0.00503615359625667565, -0.00365723455273587633,
      0.00343457377125341127}},
};

START_TEST(composed_functions) {
    for (size_t i = 0; i < COUNT_OF(composed); i++) {
        begin_case();
        value x = leaf(composed[i].x);
        check_series(composed[i].name, composed[i].f(x), x, ORDER, composed[i].c, 2e-14);
    }
}
END_TEST

/* ---- tensors ---- */

/* y = [x, x^2, 1 + x]: sums, parts, shapes and products with constants take each coefficient by itself. */
START_TEST(linear_functions) {
    begin_case();
    value x = leaf(3), entries[3] = {x, f2(OP_MUL, x, x), f2(OP_ADD, number(1), x)}, c[4];
    value y = list_of(&rec, 3, entries);
    series(y, x, 3, c);
    CHECK(c[0], SHAPE(3), 3, 9, 4);
    CHECK(c[1], SHAPE(3), 1, 6, 1);
    CHECK(c[2], SHAPE(3), 0, 1, 0);
    CHECK_SCALAR(c[3], 0);
    series(total(f2(OP_MUL, y, VECTOR(1, 10, 100))), x, 3, c);
    CHECK_SCALAR(c[0], 493);
    CHECK_SCALAR(c[1], 161);
    CHECK_SCALAR(c[2], 10);
    value square = CALL_MANY(fn_reshape, list_of(&rec, 3, (value[]){y, y, y}), SCALAR(9));
    subscript at = {.index = SCALAR(4)};
    series(index_get(&rec, square, 1, &at), x, 2, c);
    CHECK_SCALAR(c[1], 6);
    CHECK_SCALAR(c[2], 1);
    value reversed = CALL(fn_reverse, CALL(fn_cumsum, y));
    series(reversed, x, 2, c);
    CHECK(c[1], SHAPE(3), 8, 7, 1);
    CHECK(c[2], SHAPE(3), 1, 1, 0);
    series(index_set(&rec, y, 1, &(subscript){.index = SCALAR(1)}, x), x, 2, c);
    CHECK(c[1], SHAPE(3), 1, 1, 1);
}
END_TEST

/* An elementwise function of a tensor: sin([x, 2x]) at 0. */
START_TEST(elementwise_tensor) {
    begin_case();
    value x = leaf(0), y = f1(OP_SIN, f2(OP_MUL, x, VECTOR(1, 2))), c[4];
    series(y, x, 3, c);
    CHECK_NEAR(c[1], 1e-15, SHAPE(2), 1, 2);
    CHECK_NEAR(c[3], 1e-15, SHAPE(2), -1.0 / 6, -8.0 / 6);
}
END_TEST

/* ---- history, and what has none ---- */

/* The derivative of coefficient k is k + 1 times the next one. */
START_TEST(recorded_coefficients) {
    begin_case();
    for (size_t i = 0; i < COUNT_OF(composed); i++) {
        begin_case();
        value x = leaf(composed[i].x), y = composed[i].f(x), c[7];
        const char *blocking = NULL;
        ck_assert(taylor_series(&rec, y, x, 6, true, c, &blocking));
        for (u32 k = 0; k <= 5; k++) {
            double expected = (k + 1) * composed[i].c[k + 1], got = gradient(c[k], x).num;
            ck_assert_msg(fabs(got - expected) <= 1e-12 * (1 + fabs(expected)),
                          "%s, coefficient %u: %.17g, not %.17g", composed[i].name, k, got, expected);
        }
    }
}
END_TEST

/* d/dw of the coefficients of e^(w x) at x = 0, w = 2: k w^(k-1)/k!. */
START_TEST(another_variable) {
    begin_case();
    value x = leaf(0), w = leaf(2), y = f1(OP_EXP, f2(OP_MUL, w, x)), c[5];
    const char *blocking = NULL;
    ck_assert(taylor_series(&rec, y, x, 4, true, c, &blocking));
    for (u32 k = 1; k <= 4; k++) {
        CHECK_NEAR(c[k], 1e-15, NO_AXES, pow(2, k) / factorial(k));
        CHECK_NEAR(gradient(c[k], w), 1e-15, NO_AXES, k * pow(2, k - 1) / factorial(k));
    }
}
END_TEST

START_TEST(independent) {
    begin_case();
    value x = leaf(2), w = leaf(3), y = f1(OP_SIN, w), c[3];
    series(y, x, 2, c);
    CHECK_SCALAR(c[0], sin(3));
    CHECK_SCALAR(c[1], 0);
    series(number(5), x, 2, c);
    CHECK_SCALAR(c[0], 5);
    CHECK_SCALAR(c[2], 0);
    series(x, x, 2, c);
    CHECK_SCALAR(c[0], 2);
    CHECK_SCALAR(c[1], 1);
    CHECK_SCALAR(c[2], 0);
}
END_TEST

/* 0*sqrt(x) at 0: what is multiplied with 0 carries nothing. */
START_TEST(zeros) {
    begin_case();
    value x = leaf(0), c[3];
    series(f2(OP_MUL, number(0), f1(OP_SQRT, x)), x, 2, c);
    CHECK_SCALAR(c[1], 0);
    CHECK_SCALAR(c[2], 0);
}
END_TEST

START_TEST(blocked) {
    begin_case();
    value x = leaf(2), c[3], a = f2(OP_MUL, x, tensor_of(SHAPE(2, 2), NUMBERS(1, 2, 3, 4)));
    const char *blocking = NULL;
    ck_assert(!taylor_series(&rec, total(CALL(fn_inv, a)), x, 2, false, c, &blocking));
    ck_assert_str_eq(blocking, "inv");
}
END_TEST

/* ---- failing requests ---- */

static void record_and_expand(void *data) {
    (void)data;
    recorder_init(&rec);
    rec.diagnostics = &said;
    value x = leaf(0.4), entries[2] = {tanh_over(x), x_to_x(x)}, c[6];
    value y = f1(OP_LGAMMA, f2(OP_ADD, list_of(&rec, 2, entries), number(1)));
    const char *blocking;
    (void)taylor_series(&rec, total(y), x, 5, true, c, &blocking);
}

static void free_recorder(void *data) {
    (void)data;
    recorder_free(&rec);
}

START_TEST(failing_requests) {
    recorder_free(&rec);
    ck_assert_uint_gt(fail_each_request(record_and_expand, free_recorder, NULL), 50);
    begin_case();
}
END_TEST

static void taylor_tests(TCase *tests) {
    tcase_add_test(tests, known_series);
    tcase_add_test(tests, geometric_series);
    tcase_add_test(tests, binomial_series);
    tcase_add_test(tests, gamma_at_one);
    tcase_add_test(tests, composed_functions);
    tcase_add_test(tests, linear_functions);
    tcase_add_test(tests, elementwise_tensor);
    tcase_add_test(tests, recorded_coefficients);
    tcase_add_test(tests, another_variable);
    tcase_add_test(tests, independent);
    tcase_add_test(tests, zeros);
    tcase_add_test(tests, blocked);
    tcase_add_test(tests, failing_requests);
}

UNIT_MAIN("taylor", taylor_tests)
