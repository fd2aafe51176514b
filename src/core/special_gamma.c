/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_gamma.c - gamma, log gamma, beta. */
#include "core/special.h"
#include "core/special_parts.h"
#include <stdbool.h>

double special_gamma(double x) { return tgamma(x); }

double special_lgamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

/* What Stirling's formula leaves: log gamma(x) - (x - 1/2) log(x) + x - log(2 pi)/2 for x >= 10, the sum of
 * B_2k / (2k (2k - 1) x^(2k-1)), DLMF 5.11.1. */
static double stirling_rest(double x) {
    static const double c[] = {1.0 / 12,   -1.0 / 360,        1.0 / 1260, -1.0 / 1680,
                               1.0 / 1188, -691.0 / 360360.0, 1.0 / 156,  -3617.0 / 122400.0};
    double z = 1 / (x * x), s = 0;
    for (int k = 7; k >= 0; k--) s = s * z + c[k];
    return s / x;
}

static parts times_sum(parts product, double a, double b) { return parts_mul(product, parts_sum(a, b)); }

/* beta(a, b) for 10 <= a, b < 1e17, from Stirling's formula:
 *     sqrt(2 pi c/(ab)) (a/c)^a (b/c)^b exp(rest(a) + rest(b) - rest(c)),  c = a + b.
 * The bases of the powers are quotients in two parts, and the lower parts join the exponent; so do alo and
 * blo, what rounding took from a and b, with the derivatives of log beta. */
static double beta_large(double a, double alo, double b, double blo) {
    parts c = parts_sum(a, b), p = parts_div((parts){a, 0}, c), q = parts_div((parts){b, 0}, c);
    double rest =
        stirling_rest(a) + stirling_rest(b) - stirling_rest(c.hi) + a * (p.lo / p.hi) + b * (q.lo / q.hi);
    if (alo != 0) rest += alo * log((a - 0.5) / (c.hi - 0.5));
    if (blo != 0) rest += blo * log((b - 0.5) / (c.hi - 0.5));
    return sqrt(2 * M_PI * c.hi / (a * b)) * pow(q.hi, b) * pow(p.hi, a) * exp(rest);
}

/* For a >= b > 0: next to the poles by their leading terms; beyond 1e15 by DLMF 5.11.13, gamma(a)/gamma(a +
 * b) = a^-b (1 - b(b-1)/(2a) + ...); else arguments below 10 are shifted up by gamma(x + 1) = x gamma(x). */
static double beta_positive(double a, double b) {
    if (a < 1e-20) return 1 / a + 1 / b;
    if (b < 1e-20 && b < 1e-20 * a) return 1 / b;
    if (a > 1e15) {
        if (b > 100) return 0;
        double root = pow(a, -b / 2);
        return special_gamma(b) * root * root * (1 - b * (b - 1) / (2 * a));
    }
    int na = a < 10 ? (int)ceil(10 - a) : 0, nb = b < 10 ? (int)ceil(10 - b) : 0;
    if (na + nb == 0) return beta_large(a, 0, b, 0);
    parts up = {1, 0}, down = {1, 0}, c = parts_sum(a, b);
    for (int k = 0; k < na + nb; k++) {
        parts factor = parts_sum(c.hi, k);
        factor.lo += c.lo;
        up = parts_mul(up, factor);
    }
    for (int k = 0; k < na; k++) down = times_sum(down, a, k);
    for (int k = 0; k < nb; k++) down = times_sum(down, b, k);
    parts as = parts_sum(a, na), bs = parts_sum(b, nb);
    return beta_large(as.hi, as.lo, bs.hi, bs.lo) * (up.hi / down.hi) *
           (1 + up.lo / up.hi - down.lo / down.hi);
}

static bool is_pole(double x) { return x <= 0 && x == floor(x); }

/* Where an argument is negative, from three gammas. */
static double beta_negative(double x, double w) {
    if (is_pole(x + w) && !is_pole(x) && !is_pole(w)) return 0;
    double direct = special_gamma(x) * special_gamma(w) / special_gamma(x + w);
    if (isfinite(direct) && direct != 0) return direct;
    int sx, sw, s;
    double l = lgamma_r(x, &sx) + lgamma_r(w, &sw) - lgamma_r(x + w, &s);
    return is_pole(x) || is_pole(w) ? direct : sx * sw * s * exp(l);
}

double special_beta(double x, double w) {
    if (x != x || w != w) return x + w;
    if (x > 0 && w > 0) return x > w ? beta_positive(x, w) : beta_positive(w, x);
    return beta_negative(x, w);
}

double special_lbeta(double x, double w) {
    if (x != x || w != w) return x + w;
    if (!(x > 0 && w > 0)) return log(fabs(beta_negative(x, w)));
    double a = x > w ? x : w, b = x > w ? w : x;
    if (isinf(a)) return -INFINITY;
    if (a < 1e-20 || b < 1e-290) return log1p(b / a) - log(b); /* beta is 1/a + 1/b */
    if (b >= 10) {
        double c = a + b, rest = stirling_rest(a) + stirling_rest(b) - stirling_rest(c);
        return 0.5 * log(2 * M_PI / b * (c / a)) + a * log1p(-b / c) + b * log(b / c) + rest;
    }
    if (a > 1e15) return special_lgamma(b) - b * log(a) - b * (b - 1) / (2 * a);
    return log(beta_positive(a, b));
}
