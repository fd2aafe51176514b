/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_wide.c - operations in more than double precision.
 *
 * Expected numbers are sums of two doubles, upper and lower, computed with mpmath 1.3 at 60 digits. */
#include "tests/unit/unit.h"

#include "core/kernels.h"
#include "core/numbers.h"
#include "core/wide.h"

/* Far more digits than doubles have, where there are any. */
static const double NEAR = WIDE_IS_BINARY128 ? 1e-31 : WIDE_IS_WIDER ? 1e-18 : 1e-15;

static double distance(wide x, wide y) {
    double d = (double)((x - y) / y);
    return d < 0 ? -d : d;
}

START_TEST(decimal_numbers) {
    ck_assert(wide_decimal(0.1) * 10 == 1);
    ck_assert_double_le(distance(wide_decimal(-1.2345678901234) * 10000000000000, -(wide)12345678901234),
                        NEAR);
    ck_assert(wide_decimal(3e22) == (wide)3e22);
    ck_assert_double_le(distance(wide_decimal(1e-5) * 100000, 1), NEAR);
    ck_assert_double_le(distance(wide_decimal(5e-324) * (wide)1e300 * (wide)1e24, 5), 1e-14);
    ck_assert_double_eq((double)wide_decimal(DBL_MAX), DBL_MAX);
    ck_assert_double_eq((double)wide_decimal(0.30000000000000004), 0.30000000000000004);
    ck_assert(signbit((double)wide_decimal(-0.0)));
    ck_assert(isinf((double)wide_decimal(INFINITY)) && isnan((double)wide_decimal(NAN)));
}
END_TEST

/* Each operation that has a form agrees with the one on doubles. */
START_TEST(agreement) {
    size_t forms = 0;
    for (int number = OP_NONE + 1; number < OP_ELEMENTWISE_END; number++) {
        enum op op = (enum op)number;
        const op_info *o = &op_infos[op];
        for (unsigned i = 0; i < 20; i++) {
            double part = (i + 0.5) / 20, x = o->probe[0][0] + part * (o->probe[0][1] - o->probe[0][0]);
            double w = o->probe[1][1] - part * (o->probe[1][1] - o->probe[1][0]);
            double y = o->arity == 1 ? number1(op, x) : number2(op, x, w);
            wide z = o->arity == 1 ? wide1(op, x) : wide2(op, x, w);
            if (isnan((double)z)) continue;
            forms++;
            ck_assert_msg(fabs((double)(z - y)) <= 1e-14 * fmax(1, fabs(y)), "%s at %g, %g: %g and %g",
                          o->name, x, w, y, (double)z);
        }
    }
    ck_assert_uint_ge(forms, 20 * 70);
}
END_TEST

START_TEST(digits) {
#define IS(z, upper, lower) ck_assert_double_le(distance(z, (wide)(upper) + (lower)), NEAR)
    wide x = wide_decimal(0.3), w = wide_decimal(1.7);
    IS(wide_pi(), 3.141592653589793, 1.2246467991473532e-16);
    IS(wide1(OP_EXP, x), 1.3498588075760032, -7.94867034526845e-17);
    IS(wide1(OP_LOG, w), 0.5306282510621704, 2.1046353521846032e-17);
    IS(wide1(OP_SIN, w), 0.9916648104524686, 4.505628107546269e-17);
    IS(wide1(OP_ATAN, x), 0.2914567944778671, -6.2630230990644245e-18);
    IS(wide1(OP_SQRT, x), 0.5477225575051661, 3.9036170478011407e-17);
    IS(wide2(OP_POW, x, w), 0.12915348607498026, 1.1210394490838409e-17);
    IS(wide1(OP_TANH, x), 0.2913126124515909, 3.699795598407408e-18);
    IS(wide1(OP_LOG1P, x), 0.26236426446749106, -7.527080096527248e-18);
    IS(wide1(OP_EXPM1, x), 0.34985880757600313, -2.3975552221426676e-17);
    IS(wide1(OP_ERF, x), 0.32862675945912745, -2.1153600721726498e-17);
    IS(wide1(OP_LGAMMA, x), 1.0957979948180756, -8.300665875340983e-17);
    IS(wide1(OP_CBRT, w), 1.193483191927337, -4.073974418926923e-17);
    IS(wide1(OP_SIGMOID, x), 0.574442516811659, -4.4742450111436387e-17);
    IS(wide1(OP_SOFTPLUS, x), 0.8543552444685271, 5.466457877113072e-17);
    IS(wide1(OP_SINC, x), 0.9850673555377986, 2.239087483069163e-17);
    IS(wide1(OP_SINPI, x), 0.8090169943749475, -2.716057601841253e-17);
    IS(wide1(OP_GELU, x), 0.1853734266566858, -5.6952441660958034e-18);
    IS(wide2(OP_LOGADDEXP, x, w), 1.920417409918451, -7.501100293740765e-17);
    IS(wide2(OP_ATAN2, x, w), 0.1746721990082397, 6.148186174965242e-18);
    IS(wide2(OP_XLOGY, x, w), 0.15918847531865113, -1.033943931282354e-17);
    IS(wide1(OP_LOG2, w), 0.765534746362977, 3.489259883903446e-17);
    IS(wide1(OP_J0, x), 0.9776262465382961, -1.886665915300185e-17);
    IS(wide2(OP_MOD, -w, x), 0.1, -5.551115123125783e-18);
    IS(wide2(OP_HYPOT, x, w), 1.7262676501632068, 5.204378934473188e-17);
#undef IS
}
END_TEST

static void wide_tests(TCase *tests) {
    tcase_add_test(tests, decimal_numbers);
    tcase_add_test(tests, agreement);
    tcase_add_test(tests, digits);
}

UNIT_MAIN("wide", wide_tests)
