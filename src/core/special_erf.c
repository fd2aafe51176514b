/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_erf.c - exp(-x^2), the error function's complement, the normal distribution.
 *
 * For large arguments x^2 must not be rounded before it goes into exp: its last bit would be worth hundreds
 * of units in the result.  So squares come in two parts here, and erfcx too. */
#include "core/special.h"
#include "core/special_parts.h"

static const parts recip_sqrt_pi = {0.5641895835477563, 7.66772980658294e-18};
static const parts recip_sqrt_2pi = {0.3989422804014327, -2.49232720227773e-17};
static const parts sqrt_half = {0.7071067811865476, -4.833646656726457e-17};

/* exp(-h (x^2)) * factor for h = 1 or 1/2; x^2 is exact, and a result below the normal range is rounded once.
 */
static double gauss_times(double x, double h, parts factor) {
    if (fabs(x) > 40) return x != x ? x : 0;
    parts s = parts_product(x, x);
    double lo = factor.lo - factor.hi * (s.lo * h);
    s.hi *= h;
    if (s.hi > 690) { /* exp(-s) may be subnormal: take it twice by half */
        double e = exp(-s.hi / 2);
        return e * (e * (factor.hi + lo));
    }
    double e = exp(-s.hi);
    parts p = parts_product(e, factor.hi);
    return p.hi + (p.lo + e * lo);
}

double special_gauss(double x) { return gauss_times(x, 1, (parts){1, 0}); }

double special_norm_pdf(double x) { return gauss_times(x, 0.5, recip_sqrt_2pi); }

/* erfcx(x + xlo) for x >= 0.
 *
 * (1 + 2x) erfcx(x) goes from 1 at 0 to 2/sqrt(pi) at infinity and is smooth in t = (x - 3)/(x + 3) (the form
 * is that of M. M. Shepherd and J. G. Laframboise, Math. Comp. 36 (1981) 249-253): a polynomial whose
 * constant outweighs the rest.  It is the Chebyshev series of 90 values in 80-digit arithmetic, cut off at
 * degree 27 (the next coefficient is below 2^-61) and written in powers of t, which stay small. */
static parts erfcx_parts(double x, double xlo) {
    static const parts first = {0x1.40c522d7e4987p+0, 0x1.9f4d74928c141p-55};
    static const double c[] = {
        -0.1356211061245812,     -0.04756229435345109,    0.1296451587027629,     -0.11927366341528023,
        0.06830802734391057,     -0.023770514919506852,   0.0025293918169509407,  0.0018886903716907627,
        -0.0007798322781262303,  -0.00010515990108729848, 0.00012509937456456623, 4.949988662264347e-06,
        -2.0100605325083817e-05, -7.33143259743597e-07,   3.472390115145775e-06,  3.603910925712771e-07,
        -6.163869055512103e-07,  -1.4683175494120584e-07, 1.0126845607238986e-07, 4.6950946691614734e-08,
        -1.2581767405545219e-08, -1.1734464137789657e-08, 4.4817555029519333e-10, 2.0626322959832455e-09,
        2.1675048969615204e-10,  -1.881936630944858e-10,  -3.722451327004375e-11,
    };
    if (x > 1e100) return (parts){recip_sqrt_pi.hi / x, 0};
    double t = (x - 3) / (x + 3), tt = t * t, odd = c[26], even = c[25];
    for (int k = 24; k > 0; k -= 2) { /* odd and even powers side by side */
        odd = odd * tt + c[k];
        even = even * tt + c[k - 1];
    }
    parts g = parts_sum_ordered(first.hi, first.lo + (t * (odd * tt + c[0]) + tt * even));
    parts d = parts_sum(1, 2 * x);
    d.lo += 2 * xlo;
    return parts_div(g, d);
}

double special_erfcx(double x) {
    if (x > 0.45) return erfcx_parts(x, 0).hi;
    if (x < -26.63) return INFINITY;
    if (x > -0.7) { /* exp(x^2) (1 - erf(x)) */
        parts c = parts_sum_ordered(1, -erf(x));
        double e = exp(x * x);
        return e * c.hi + e * c.lo;
    }
    double other = erfcx_parts(-x, 0).hi; /* erfcx(x) = 2 exp(x^2) - erfcx(-x) */
    parts s = parts_product(x, x);
    double e = exp(s.hi);
    return 2 * (e + (e * s.lo - other / 2)); /* 2e alone may overflow */
}

double special_erfc(double x) {
    if (x < 0.45) return erfc(x);
    return gauss_times(x, 1, erfcx_parts(x, 0));
}

/* e^(x^2) i^n erfc(x), up to a factor: the ratio of two neighbours by the continued fraction DLMF 7.18.13,
 * the lower ones by the recurrence 7.18.7; then erfcx^(n) = (-2)^n n! e^(x^2) i^n erfc(x), DLMF 7.18.4. */
static double erfcx_nth_large(int n, double x) {
    int terms = 12 + (int)(200 / (x * x));
    double tail = 0;
    for (int k = terms; k >= 1; k--) tail = 0.5 * (n + k) / (x + tail);
    double r = 0.5 / (x + tail), product = r;
    for (int k = n; k > 1; k--) {
        r = 0.5 / (x + k * r);
        product *= r;
    }
    for (int k = 1; k <= n; k++) product *= -2 * k;
    return product * erfcx_parts(x, 0).hi;
}

/* y' = 2xy - 2/sqrt(pi), y^(k+1) = 2x y^(k) + 2k y^(k-1).  The terms of the first cancel for x > 0, hence the
 * two parts; for x < 0 nothing cancels. */
double special_erfcx_nth(double order, double x) {
    int n = (int)order;
    if (x != x || order != n || n < 0) return NAN;
    if (n == 0) return special_erfcx(x);
    if (x > 2.5) return erfcx_nth_large(n, x);
    double a = special_erfcx(x), b;
    if (x >= 0) {
        parts p = parts_mul(erfcx_parts(x, 0), (parts){2 * x, 0});
        b = (p.hi - 2 * recip_sqrt_pi.hi) + (p.lo - 2 * recip_sqrt_pi.lo);
    } else {
        b = 2 * x * a - 2 * recip_sqrt_pi.hi;
    }
    for (int k = 1; k < n; k++) {
        double c = 2 * x * b + 2 * k * a;
        a = b;
        b = c;
    }
    return b;
}

/* The normal distribution's tail at -|x|, times factor: exp(-x^2/2) erfcx(|x|/sqrt(2)) / 2. */
static parts scaled_tail(double x) {
    parts t = parts_mul((parts){fabs(x), 0}, sqrt_half), r = erfcx_parts(t.hi, t.lo);
    return (parts){r.hi / 2, r.lo / 2};
}

double special_norm_cdf(double x) {
    if (fabs(x) < 0.6) return 0.5 + 0.5 * erf(x * sqrt_half.hi);
    double tail = gauss_times(x, 0.5, scaled_tail(x));
    return x < 0 ? tail : 1 - tail;
}

double special_gelu(double x) {
    if (x > -0.6) return x * special_norm_cdf(x);
    return x < -40 ? -0.0 : gauss_times(x, 0.5, parts_mul(scaled_tail(x), (parts){x, 0}));
}

/* cdf(x) + x pdf(x), the derivative of gelu, has a zero at z = -0.75179...; there its Taylor series (from
 * 60-digit arithmetic). */
static double gelu1_near_zero(double d) {
    static const double c[] = {
        0.4314939923140469,      0.388284982990552,      -0.018199676398671087, -0.1140082332972217,
        -0.014771522148244337,   0.019421679838189067,   0.004539228379125415,  -0.002239538068073497,
        -0.0007448268386746817,  0.00018633974623233514, 8.615947861116571e-05, -1.121438018842664e-05,
        -7.74846130700372e-06,   4.3284506257392273e-07, 5.702764979242107e-07, -1.6044265494246427e-09,
        -3.5459866461783865e-08, -1.396942086426202e-09,
    };
    double s = 0;
    for (int k = (int)(sizeof c / sizeof *c) - 1; k >= 0; k--) s = s * d + c[k];
    return s * d;
}

double special_gelu1(double x) {
    double d = (x + 0.7517915246935645) - 1.4956759177009883e-17;
    if (fabs(d) < 0.25) return gelu1_near_zero(d);
    if (fabs(x) > 40) return x > 0 ? 1 : -0.0;
    if (x > -0.6) return special_norm_cdf(x) + x * special_norm_pdf(x);
    parts m = scaled_tail(x), q = parts_mul(recip_sqrt_2pi, (parts){x, 0});
    parts s = parts_sum(m.hi, q.hi);
    return gauss_times(x, 0.5, parts_sum_ordered(s.hi, s.lo + (m.lo + q.lo)));
}
