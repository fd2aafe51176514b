/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accuracy.c - how far the elementwise functions and their first derivatives are from the truth, by MPFR.
 *
 *     accuracy [-m] [SAMPLES]      a table for people, or (-m) for the manual
 *
 * Each function is evaluated at random arguments all over its domain: doubles whose exponents are spread
 * evenly, and others near the places where care is needed.  The reference has 1000 bits; the derivative is a
 * central difference of it with a step of 2^-330 of the argument, which leaves more than 300 good bits.  An
 * error is counted in units in the last place of the reference, which must be a normal number. */
#include "core/numbers.h"
#include "core/record.h"
#include "core/sweep.h"
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 2600, STEP = 200, DEFAULT_SAMPLES = 20000 };

typedef void reference(mpfr_t y, const mpfr_t x);

/* ---- references ---- */

static mpfr_t one, scratch;

#define BY_MPFR(name, call)                                                                                  \
    static void ref_##name(mpfr_t y, const mpfr_t x) { call(y, x, MPFR_RNDN); }
/* clang-format off */
BY_MPFR(sqrt, mpfr_sqrt)
BY_MPFR(cbrt, mpfr_cbrt)
BY_MPFR(exp, mpfr_exp)
BY_MPFR(exp2, mpfr_exp2)
BY_MPFR(expm1, mpfr_expm1)
BY_MPFR(log, mpfr_log)
BY_MPFR(log2, mpfr_log2)
BY_MPFR(log10, mpfr_log10)
BY_MPFR(log1p, mpfr_log1p)
BY_MPFR(sin, mpfr_sin)
BY_MPFR(cos, mpfr_cos)
BY_MPFR(tan, mpfr_tan)
BY_MPFR(asin, mpfr_asin)
BY_MPFR(acos, mpfr_acos)
BY_MPFR(atan, mpfr_atan)
BY_MPFR(sinh, mpfr_sinh)
BY_MPFR(cosh, mpfr_cosh)
BY_MPFR(tanh, mpfr_tanh)
BY_MPFR(asinh, mpfr_asinh)
BY_MPFR(acosh, mpfr_acosh)
BY_MPFR(atanh, mpfr_atanh)
BY_MPFR(erf, mpfr_erf)
BY_MPFR(erfc, mpfr_erfc)
BY_MPFR(gamma, mpfr_gamma)
BY_MPFR(lgamma, mpfr_lngamma)
BY_MPFR(digamma, mpfr_digamma)
BY_MPFR(j0, mpfr_j0)
BY_MPFR(j1, mpfr_j1)
BY_MPFR(y0, mpfr_y0)
BY_MPFR(y1, mpfr_y1)
/* clang-format on */

/* pi times the remainder of x by 2, which is exact: multiples are met exactly. */
static void times_pi(mpfr_t y, const mpfr_t x) {
    mpfr_div_2ui(scratch, x, 1, MPFR_RNDN);
    mpfr_rint_round(scratch, scratch, MPFR_RNDN);
    mpfr_mul_2ui(scratch, scratch, 1, MPFR_RNDN);
    mpfr_sub(scratch, x, scratch, MPFR_RNDN);
    mpfr_const_pi(y, MPFR_RNDN);
    mpfr_mul(y, y, scratch, MPFR_RNDN);
}
static void ref_sinpi(mpfr_t y, const mpfr_t x) { times_pi(y, x), mpfr_sin(y, y, MPFR_RNDN); }
static void ref_cospi(mpfr_t y, const mpfr_t x) { times_pi(y, x), mpfr_cos(y, y, MPFR_RNDN); }
static void ref_tanpi(mpfr_t y, const mpfr_t x) { times_pi(y, x), mpfr_tan(y, y, MPFR_RNDN); }
static void ref_sinc(mpfr_t y, const mpfr_t x) { mpfr_sin(y, x, MPFR_RNDN), mpfr_div(y, y, x, MPFR_RNDN); }
/* exp(x^2) erfc(x) */
static void ref_erfcx(mpfr_t y, const mpfr_t x) {
    mpfr_sqr(scratch, x, MPFR_RNDN);
    mpfr_exp(scratch, scratch, MPFR_RNDN);
    mpfr_erfc(y, x, MPFR_RNDN);
    mpfr_mul(y, y, scratch, MPFR_RNDN);
}
static void ref_sigmoid(mpfr_t y, const mpfr_t x) {
    mpfr_neg(y, x, MPFR_RNDN);
    mpfr_exp(y, y, MPFR_RNDN);
    mpfr_add(y, y, one, MPFR_RNDN);
    mpfr_div(y, one, y, MPFR_RNDN);
}
static void ref_softplus(mpfr_t y, const mpfr_t x) {
    mpfr_exp(y, x, MPFR_RNDN);
    mpfr_log1p(y, y, MPFR_RNDN);
}
static void ref_log_sigmoid(mpfr_t y, const mpfr_t x) {
    mpfr_neg(scratch, x, MPFR_RNDN);
    ref_softplus(y, scratch);
    mpfr_neg(y, y, MPFR_RNDN);
}
static void ref_silu(mpfr_t y, const mpfr_t x) {
    ref_sigmoid(y, x);
    mpfr_mul(y, y, x, MPFR_RNDN);
}
/* x/2 erfc(-x/sqrt(2)) */
static void ref_gelu(mpfr_t y, const mpfr_t x) {
    mpfr_sqrt_ui(scratch, 2, MPFR_RNDN);
    mpfr_div(scratch, x, scratch, MPFR_RNDN);
    mpfr_neg(scratch, scratch, MPFR_RNDN);
    mpfr_erfc(y, scratch, MPFR_RNDN);
    mpfr_mul(y, y, x, MPFR_RNDN);
    mpfr_div_2ui(y, y, 1, MPFR_RNDN);
}

typedef void reference2(mpfr_t y, const mpfr_t x, const mpfr_t w);

#define BY_MPFR2(name, call)                                                                                 \
    static void ref_##name(mpfr_t y, const mpfr_t x, const mpfr_t w) { call(y, x, w, MPFR_RNDN); }
BY_MPFR2(pow, mpfr_pow)
BY_MPFR2(atan2, mpfr_atan2)
BY_MPFR2(hypot, mpfr_hypot)
BY_MPFR2(beta, mpfr_beta)
static void ref_lbeta(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    mpfr_lngamma(y, x, MPFR_RNDN);
    mpfr_lngamma(scratch, w, MPFR_RNDN);
    mpfr_add(y, y, scratch, MPFR_RNDN);
    mpfr_add(scratch, x, w, MPFR_RNDN);
    mpfr_lngamma(scratch, scratch, MPFR_RNDN);
    mpfr_sub(y, y, scratch, MPFR_RNDN);
}
static void ref_xlogy(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    mpfr_log(y, w, MPFR_RNDN);
    mpfr_mul(y, y, x, MPFR_RNDN);
}
static void ref_logaddexp(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    mpfr_sub(y, w, x, MPFR_RNDN);
    mpfr_exp(y, y, MPFR_RNDN);
    mpfr_log1p(y, y, MPFR_RNDN);
    mpfr_add(y, y, x, MPFR_RNDN);
}

/* ---- what is measured ---- */

/* A function of one argument, or of two. */
typedef struct measured {
    const char *name;
    reference *truth;
    double low, high; /* of the arguments */
    reference2 *truth2;
} measured;

static const measured functions[] = {
    {"sqrt", ref_sqrt, 0, 1e300},
    {"cbrt", ref_cbrt, -1e300, 1e300},
    {"exp", ref_exp, -700, 700},
    {"exp2", ref_exp2, -1020, 1020},
    {"expm1", ref_expm1, -700, 700},
    {"log", ref_log, 0, 1e300},
    {"log2", ref_log2, 0, 1e300},
    {"log10", ref_log10, 0, 1e300},
    {"log1p", ref_log1p, -1, 1e300},
    {"sin", ref_sin, -1e15, 1e15},
    {"cos", ref_cos, -1e15, 1e15},
    {"tan", ref_tan, -1e15, 1e15},
    {"asin", ref_asin, -1, 1},
    {"acos", ref_acos, -1, 1},
    {"atan", ref_atan, -1e150, 1e150},
    {"sinh", ref_sinh, -700, 700},
    {"cosh", ref_cosh, -700, 700},
    {"tanh", ref_tanh, -350, 350},
    {"asinh", ref_asinh, -1e300, 1e300},
    {"acosh", ref_acosh, 1, 1e300},
    {"atanh", ref_atanh, -1, 1},
    {"sinpi", ref_sinpi, -1e15, 1e15},
    {"cospi", ref_cospi, -1e15, 1e15},
    {"tanpi", ref_tanpi, -1e15, 1e15},
    {"sinc", ref_sinc, -1e15, 1e15},
    {"erf", ref_erf, -26, 26},
    {"erfc", ref_erfc, -26, 26},
    {"erfcx", ref_erfcx, -26, 1e15},
    {"gamma", ref_gamma, -170, 170},
    {"lgamma", ref_lgamma, 0, 1e300},
    {"digamma", ref_digamma, 0, 1e15},
    {"sigmoid", ref_sigmoid, -700, 700},
    {"log_sigmoid", ref_log_sigmoid, -700, 700},
    {"softplus", ref_softplus, -700, 700},
    {"silu", ref_silu, -700, 700},
    {"gelu", ref_gelu, -35, 35},
    {"j0", ref_j0, -100, 100},
    {"j1", ref_j1, -100, 100},
    {"y0", ref_y0, 0, 100},
    {"y1", ref_y1, 0, 100},
    {"pow", NULL, 0, 100, ref_pow},
    {"atan2", NULL, -1e15, 1e15, ref_atan2},
    {"hypot", NULL, -1e15, 1e15, ref_hypot},
    {"logaddexp", NULL, -300, 300, ref_logaddexp},
    {"xlogy", NULL, 0, 1e15, ref_xlogy},
    {"beta", NULL, 0, 80, ref_beta},
    {"lbeta", NULL, 0, 1e5, ref_lbeta},
};

/* ---- arguments ---- */

static uint64_t state = 88172645463325252u;

static uint64_t random_bits(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}
static double uniform(void) { return (double)(random_bits() >> 11) * 0x1p-53; }

/* An argument in the domain: evenly spread, spread by exponent from 1e-300 on, or next to an end or to a
 * multiple of 1/2. */
static double argument(const measured *m, unsigned long i) {
    for (;;) {
        double x;
        switch (i % 4) {
        case 0: x = m->low + (m->high - m->low) * uniform(); break;
        case 1: x = copysign(exp(-690 + 1380 * uniform()), uniform() - 0.5); break;
        case 2: x = copysign(exp(-12 + 17 * uniform()), uniform() - 0.5); break;
        default:
            x = rint(20 * (uniform() - 0.5)) / 2 + copysign(exp(-36 * uniform()), uniform() - 0.5);
            break;
        }
        if (x > m->low && x < m->high) return x;
        if (isfinite(m->low) && i % 4 == 1) i++;
    }
}

/* ---- errors ---- */

/* In units in the last place of the reference; 0 where that is no normal number. */
static double error_of(double got, const mpfr_t truth) {
    double nearest = mpfr_get_d(truth, MPFR_RNDN);
    if (!isfinite(nearest) || fabs(nearest) < 0x1p-1000) return 0;
    if (!isfinite(got)) return INFINITY;
    mpfr_t difference;
    mpfr_init2(difference, BITS);
    mpfr_set_d(difference, got, MPFR_RNDN);
    mpfr_sub(difference, difference, truth, MPFR_RNDN);
    int exponent;
    frexp(nearest, &exponent);
    mpfr_mul_2si(difference, difference, 53 - exponent, MPFR_RNDN);
    double error = fabs(mpfr_get_d(difference, MPFR_RNDN));
    mpfr_clear(difference);
    return error;
}

typedef struct worst {
    double error, at;
} worst;

static void note(worst *w, double error, double at) {
    if (!(error > w->error)) return;
    w->error = error;
    w->at = at;
}

static void truth_at(const measured *m, mpfr_t y, const mpfr_t x[2]) {
    if (m->truth) m->truth(y, x[0]);
    else m->truth2(y, x[0], x[1]);
}

/* The reference's derivative in the i-th argument by a central difference. */
static void slope(const measured *m, const double *at, int i, mpfr_t out) {
    mpfr_t x[2], b, h;
    mpfr_inits2(BITS, x[0], x[1], b, h, (mpfr_ptr)0);
    mpfr_set_d(x[!i], at[!i], MPFR_RNDN);
    mpfr_set_d(h, fabs(at[i]), MPFR_RNDN);
    mpfr_mul_2si(h, h, -STEP, MPFR_RNDN);
    mpfr_set_d(x[i], at[i], MPFR_RNDN);
    mpfr_add(x[i], x[i], h, MPFR_RNDN);
    truth_at(m, out, x);
    mpfr_set_d(x[i], at[i], MPFR_RNDN);
    mpfr_sub(x[i], x[i], h, MPFR_RNDN);
    truth_at(m, b, x);
    mpfr_sub(out, out, b, MPFR_RNDN);
    mpfr_div(out, out, h, MPFR_RNDN);
    mpfr_div_2ui(out, out, 1, MPFR_RNDN);
    mpfr_clears(x[0], x[1], b, h, (mpfr_ptr)0);
}

static void measure(recorder *r, const measured *m, unsigned long samples, worst *of_value, worst *of_slope) {
    mpfr_t x[2], truth;
    mpfr_inits2(BITS, x[0], x[1], truth, (mpfr_ptr)0);
    enum op op = op_by_name(m->name);
    for (unsigned long n = 0; n < samples; n++) {
        double at[2] = {argument(m, n), m->truth ? 0 : argument(m, random_bits() >> 32)};
        value leaves[2] = {record_leaf(r, SCALAR(at[0])), record_leaf(r, SCALAR(at[1]))}, g[2];
        value y = m->truth ? apply1(r, op, leaves[0]) : apply2(r, op, leaves[0], leaves[1]);
        sweep_gradients(r, y, SCALAR(1), 2, leaves, g, NULL, false);
        tape_clear(&r->tape);
        if (!isfinite(y.num)) continue; /* a pole */
        for (int i = 0; i < 2; i++) mpfr_set_d(x[i], at[i], MPFR_RNDN);
        truth_at(m, truth, x);
        note(of_value, error_of(y.num, truth), at[0]);
        for (int i = 0; i < (m->truth ? 1 : 2); i++) {
            slope(m, at, i, truth);
            note(of_slope, error_of(g[i].num, truth), at[0]);
        }
    }
    mpfr_clears(x[0], x[1], truth, (mpfr_ptr)0);
}

int main(int argc, char **argv) {
    bool manual = argc > 1 && strcmp(argv[1], "-m") == 0;
    const char *count = argc > 1 + manual ? argv[1 + manual] : NULL;
    unsigned long samples = count ? strtoul(count, NULL, 10) : DEFAULT_SAMPLES;
    recorder r;
    recorder_init(&r);
    mpfr_set_default_prec(BITS);
    mpfr_init_set_ui(one, 1, MPFR_RNDN);
    mpfr_init(scratch);
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        const measured *m = &functions[i];
        worst of_value = {0}, of_slope = {0};
        measure(&r, m, samples, &of_value, &of_slope);
        if (manual)
            printf(".It %s Ta %g to %g Ta %.2f Ta %.2f\n", m->name, m->low, m->high, of_value.error,
                   of_slope.error);
        else
            printf("%-12s %9g to %-9g value %9.3f at %-24.17g derivative %9.3f at %.17g\n", m->name, m->low,
                   m->high, of_value.error, of_value.at, of_slope.error, of_slope.at);
        fflush(stdout);
    }
    recorder_free(&r);
    mpfr_clear(one);
    mpfr_clear(scratch);
    mpfr_free_cache();
    return 0;
}
