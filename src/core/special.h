/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special.h - elementwise functions that the C library lacks or has less exact.
 *
 * Layer: core.  Pure functions of doubles; owns nothing.  The short ones are inline here, so that the
 * loops over ops.def see through them; the others stand in special_<family>.c with their sources.
 *
 * DLMF is the NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov. */
#ifndef GTAPE_SPECIAL_H
#define GTAPE_SPECIAL_H

#include <math.h>
#include <stddef.h>

/* ---- remainders and powers: special_power.c ---- */
double special_mod(double x, double w);     /* floored */
double special_pow1(double x, double w);    /* x^(w-1), w - 1 not rounded */
double special_pow2(double x, double w);    /* x^(w-2) */
double special_pow_x(double x, double w);   /* w x^(w-1); 0 at w = 0 */
double special_pow_xx(double x, double w);  /* w (w-1) x^(w-2); 0 at w = 0 and 1 */
double special_powlog(double x, double w);  /* x^w log(x); 0 at x = 0 <= w */
double special_pow1log(double x, double w); /* x^(w-1) log(x) */
double special_cbrt(double x);
double special_hypotx(double x, double w); /* x/hypot(x, w) */
double special_invre(double x, double w);  /* x/(x^2 + w^2) without overflow */

static inline double special_xlogy(double x, double w) { return x == 0 && w == w ? 0.0 : x * log(w); }
static inline double special_xovery(double x, double w) {
    return x == 0 && w == w ? 0.0 : w < 0 ? NAN : x / fabs(w);
}
static inline double special_recip_1px2(double x) { return fabs(x) < 1e150 ? 1 / (1 + x * x) : 1 / x / x; }
static inline double special_rsqrt_1px2(double x) {
    return fabs(x) < 1e150 ? 1 / sqrt(1 + x * x) : 1 / fabs(x);
}

/* ---- the Euclidean norm of n numbers `step` apart, without overflow: special_norm.c ---- */
double special_norm(const double *x, size_t n, size_t step);

/* ---- circular: special_trig.c ---- */
double special_sinpi(double x);
double special_cospi(double x);
double special_tanpi(double x);
double special_sinc(double x);
double special_sinc_nth(double n, double x); /* the n-th derivative of sin(x)/x */

/* ---- logistic: inline, and special_logistic.c ---- */
static inline double special_sech2(double x) {
    double e = exp(-2 * fabs(x));
    return 4 * e / ((1 + e) * (1 + e));
}
static inline double special_sigmoid(double x) {
    double e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}
static inline double special_sigmoid1(double x) {
    double e = exp(-fabs(x));
    return e / ((1 + e) * (1 + e));
}
static inline double special_softplus(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }
double special_sigmoid_diff(double x, double w); /* sigmoid(x - w), x - w not rounded */
double special_logaddexp(double x, double w);
double special_silu(double x);
double special_silu1(double x); /* its derivative */

/* ---- error function: special_erf.c ---- */
double special_gauss(double x); /* exp(-x^2) */
double special_erfc(double x);
double special_erfcx(double x);
double special_erfcx_nth(double n, double x); /* the n-th derivative of erfcx */
double special_norm_pdf(double x);
double special_norm_cdf(double x);
double special_gelu(double x);
double special_gelu1(double x); /* its derivative */

/* ---- gamma: special_gamma.c, special_digamma.c ---- */
double special_gamma(double x);
double special_lgamma(double x);
double special_digamma(double x);
double special_polygamma(double n, double x);
double special_beta(double x, double w);
double special_lbeta(double x, double w);
double special_psi_diff(int n, double x, double w); /* polygamma(n, x) - polygamma(n, x + w) */

/* ---- Bessel functions of whole order: special_bessel.c ---- */
double special_jn(double n, double x);
double special_yn(double n, double x);

#endif
