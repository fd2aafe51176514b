/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference.c - see reference.h. */
#include "reference.h"

#include <stdbool.h>

static mpfr_t one, scratch;

/* ---- of one argument ---- */

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
BY_MPFR(digamma, mpfr_digamma)
BY_MPFR(j0, mpfr_j0)
BY_MPFR(j1, mpfr_j1)
BY_MPFR(y0, mpfr_y0)
BY_MPFR(y1, mpfr_y1)
BY_MPFR(abs, mpfr_abs)
BY_MPFR(round, mpfr_rint_roundeven)
/* clang-format on */
static void ref_floor(mpfr_t y, const mpfr_t x) { mpfr_floor(y, x); }
static void ref_ceil(mpfr_t y, const mpfr_t x) { mpfr_ceil(y, x); }
static void ref_trunc(mpfr_t y, const mpfr_t x) { mpfr_trunc(y, x); }
static void ref_sign(mpfr_t y, const mpfr_t x) {
    if (mpfr_nan_p(x)) mpfr_set_nan(y);
    else mpfr_set_si(y, mpfr_sgn(x), MPFR_RNDN);
}
static void ref_heaviside(mpfr_t y, const mpfr_t x) {
    ref_sign(y, x);
    mpfr_add_ui(y, y, 1, MPFR_RNDN);
    mpfr_div_2ui(y, y, 1, MPFR_RNDN);
}
static void ref_isnan(mpfr_t y, const mpfr_t x) { mpfr_set_ui(y, mpfr_nan_p(x) != 0, MPFR_RNDN); }
static void ref_isfinite(mpfr_t y, const mpfr_t x) { mpfr_set_ui(y, mpfr_number_p(x) != 0, MPFR_RNDN); }
static void ref_relu(mpfr_t y, const mpfr_t x) {
    if (mpfr_sgn(x) < 0) mpfr_set_zero(y, 1);
    else mpfr_set(y, x, MPFR_RNDN);
}
static void ref_lgamma(mpfr_t y, const mpfr_t x) {
    int sign;
    mpfr_lgamma(y, &sign, x, MPFR_RNDN);
}

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

/* ---- of two arguments ---- */

#define BY_MPFR2(name, call)                                                                                 \
    static void ref_##name(mpfr_t y, const mpfr_t x, const mpfr_t w) { call(y, x, w, MPFR_RNDN); }
BY_MPFR2(pow, mpfr_pow)
BY_MPFR2(atan2, mpfr_atan2)
BY_MPFR2(hypot, mpfr_hypot)
BY_MPFR2(copysign, mpfr_copysign)
/* Both are defined for arguments above 0 here; MPFR's goes further. */
static bool below_zero(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    if (mpfr_sgn(x) > 0 && mpfr_sgn(w) > 0) return false;
    mpfr_set_nan(y);
    return true;
}
static void ref_beta(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    if (!below_zero(y, x, w)) mpfr_beta(y, x, w, MPFR_RNDN);
}
static void ref_lbeta(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    if (below_zero(y, x, w)) return;
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
static void ref_min(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    mpfr_set(y, mpfr_lessequal_p(x, w) || mpfr_nan_p(x) ? x : w, MPFR_RNDN);
}
static void ref_max(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    mpfr_set(y, mpfr_greaterequal_p(x, w) || mpfr_nan_p(x) ? x : w, MPFR_RNDN);
}
/* The remainder with the sign of x, and with that of w. */
BY_MPFR2(fmod, mpfr_fmod)
static void ref_mod(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    mpfr_fmod(y, x, w, MPFR_RNDN);
    if (mpfr_sgn(y) * mpfr_sgn(w) < 0) mpfr_add(y, y, w, MPFR_RNDN);
}
/* The x-th derivative of digamma at w, x = 0, 1 ... 4, by a central difference of that order: its step of
 * 2^-d of w leaves an error of 2^-2d, where d is an eighth of the bits. */
static void ref_polygamma(mpfr_t y, const mpfr_t x, const mpfr_t w) {
    long order = mpfr_get_si(x, MPFR_RNDN);
    mpfr_t h, at, term;
    if (order < 0 || order > 4 || !mpfr_integer_p(x) || !mpfr_number_p(w)) {
        mpfr_set_nan(y);
        return;
    }
    mpfr_inits(h, at, term, (mpfr_ptr)0);
    mpfr_div_2ui(h, w, (unsigned long)mpfr_get_prec(y) / 8, MPFR_RNDN);
    mpfr_set_zero(y, 1);
    long binomial = 1; /* with its sign: (-1)^k (order over k) */
    for (long k = 0; k <= order; k++) {
        mpfr_mul_si(at, h, order - 2 * k, MPFR_RNDN); /* w + (order/2 - k) h */
        mpfr_div_2ui(at, at, 1, MPFR_RNDN);
        mpfr_add(at, at, w, MPFR_RNDN);
        mpfr_digamma(term, at, MPFR_RNDN);
        mpfr_mul_si(term, term, binomial, MPFR_RNDN);
        mpfr_add(y, y, term, MPFR_RNDN);
        binomial = -binomial * (order - k) / (k + 1);
    }
    for (long k = 0; k < order; k++) mpfr_div(y, y, h, MPFR_RNDN);
    mpfr_clears(h, at, term, (mpfr_ptr)0);
}
#define BY_OPERATOR(name, condition)                                                                         \
    static void ref_##name(mpfr_t y, const mpfr_t x, const mpfr_t w) {                                       \
        mpfr_set_ui(y, (condition) != 0, MPFR_RNDN);                                                         \
    }
BY_MPFR2(add, mpfr_add)
BY_MPFR2(sub, mpfr_sub)
BY_MPFR2(mul, mpfr_mul)
BY_MPFR2(div, mpfr_div)
BY_OPERATOR(lt, mpfr_less_p(x, w))
BY_OPERATOR(le, mpfr_lessequal_p(x, w))
BY_OPERATOR(gt, mpfr_greater_p(x, w))
BY_OPERATOR(ge, mpfr_greaterequal_p(x, w))
BY_OPERATOR(eq, mpfr_equal_p(x, w))
BY_OPERATOR(ne, !mpfr_equal_p(x, w))

const reference references[] = {
    {"sqrt", ref_sqrt, NULL, 0, 1e300},
    {"cbrt", ref_cbrt, NULL, -1e300, 1e300},
    {"exp", ref_exp, NULL, -700, 700},
    {"exp2", ref_exp2, NULL, -1020, 1020},
    {"expm1", ref_expm1, NULL, -700, 700},
    {"log", ref_log, NULL, 0, 1e300},
    {"log2", ref_log2, NULL, 0, 1e300},
    {"log10", ref_log10, NULL, 0, 1e300},
    {"log1p", ref_log1p, NULL, -1, 1e300},
    {"sin", ref_sin, NULL, -1e15, 1e15},
    {"cos", ref_cos, NULL, -1e15, 1e15},
    {"tan", ref_tan, NULL, -1e15, 1e15},
    {"asin", ref_asin, NULL, -1, 1},
    {"acos", ref_acos, NULL, -1, 1},
    {"atan", ref_atan, NULL, -1e150, 1e150},
    {"sinh", ref_sinh, NULL, -700, 700},
    {"cosh", ref_cosh, NULL, -700, 700},
    {"tanh", ref_tanh, NULL, -350, 350},
    {"asinh", ref_asinh, NULL, -1e300, 1e300},
    {"acosh", ref_acosh, NULL, 1, 1e300},
    {"atanh", ref_atanh, NULL, -1, 1},
    {"sinpi", ref_sinpi, NULL, -1e15, 1e15},
    {"cospi", ref_cospi, NULL, -1e15, 1e15},
    {"tanpi", ref_tanpi, NULL, -1e15, 1e15},
    {"sinc", ref_sinc, NULL, -1e15, 1e15},
    {"erf", ref_erf, NULL, -26, 26},
    {"erfc", ref_erfc, NULL, -26, 26},
    {"erfcx", ref_erfcx, NULL, -26, 1e15},
    {"gamma", ref_gamma, NULL, -170, 170},
    {"lgamma", ref_lgamma, NULL, 0, 1e300},
    {"digamma", ref_digamma, NULL, 0, 1e15},
    {"sigmoid", ref_sigmoid, NULL, -700, 700},
    {"log_sigmoid", ref_log_sigmoid, NULL, -700, 700},
    {"softplus", ref_softplus, NULL, -700, 700},
    {"silu", ref_silu, NULL, -700, 700},
    {"gelu", ref_gelu, NULL, -35, 35},
    {"j0", ref_j0, NULL, -100, 100},
    {"j1", ref_j1, NULL, -100, 100},
    {"y0", ref_y0, NULL, 0, 100},
    {"y1", ref_y1, NULL, 0, 100},
    {"pow", NULL, ref_pow, 0, 100},
    {"atan2", NULL, ref_atan2, -1e15, 1e15},
    {"hypot", NULL, ref_hypot, -1e15, 1e15},
    {"logaddexp", NULL, ref_logaddexp, -300, 300},
    {"xlogy", NULL, ref_xlogy, 0, 1e15},
    {"beta", NULL, ref_beta, 0, 80},
    {"lbeta", NULL, ref_lbeta, 0, 1e5},
    {"polygamma", NULL, ref_polygamma, 0, 1e5},
    {"abs", ref_abs, NULL, 0, 0},
    {"sign", ref_sign, NULL, 0, 0},
    {"floor", ref_floor, NULL, 0, 0},
    {"ceil", ref_ceil, NULL, 0, 0},
    {"round", ref_round, NULL, 0, 0},
    {"trunc", ref_trunc, NULL, 0, 0},
    {"heaviside", ref_heaviside, NULL, 0, 0},
    {"isnan", ref_isnan, NULL, 0, 0},
    {"isfinite", ref_isfinite, NULL, 0, 0},
    {"relu", ref_relu, NULL, 0, 0},
    {"+", NULL, ref_add, 0, 0},
    {"-", NULL, ref_sub, 0, 0},
    {"*", NULL, ref_mul, 0, 0},
    {"/", NULL, ref_div, 0, 0},
    {"%", NULL, ref_mod, 0, 0},
    {"^", NULL, ref_pow, 0, 0},
    {"<", NULL, ref_lt, 0, 0},
    {"<=", NULL, ref_le, 0, 0},
    {">", NULL, ref_gt, 0, 0},
    {">=", NULL, ref_ge, 0, 0},
    {"==", NULL, ref_eq, 0, 0},
    {"!=", NULL, ref_ne, 0, 0},
    {"min", NULL, ref_min, 0, 0},
    {"max", NULL, ref_max, 0, 0},
    {"fmod", NULL, ref_fmod, 0, 0},
    {"copysign", NULL, ref_copysign, 0, 0},
};
const size_t reference_count = sizeof references / sizeof *references;

void reference_begin(mpfr_prec_t bits) {
    mpfr_set_default_prec(bits);
    mpfr_init_set_ui(one, 1, MPFR_RNDN);
    mpfr_init(scratch);
}

void reference_end(void) {
    mpfr_clear(one);
    mpfr_clear(scratch);
    mpfr_free_cache();
}
