/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_digamma.c - digamma, its derivatives, and their differences.
 *
 * Arguments below 10 (or so) are shifted up by the recurrence DLMF 5.15.5, then the asymptotic series 5.11.2
 * and 5.15.9 hold; negative ones are reflected, 5.5.4 and 5.15.6. */
#include "core/special.h"
#include "core/special_parts.h"
#include <stdbool.h>

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

/* B_2k / 2k and B_2k, k = 1, 2 ... (DLMF 24.2(iv)) */
static const double bernoulli_2k[] = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                      1.0 / 132, -691.0 / 32760, 1.0 / 12,  -3617.0 / 8160};
static const double bernoulli[] = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                   5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};

/* f(z) = c[0] + c[1] z + ... at a, and its divided difference (f(a) - f(b))/(a - b). */
static double divided_difference(const double *c, int n, double a, double b, double *value) {
    double f = 0, d = 0;
    for (int k = n - 1; k >= 0; k--) {
        d = d * b + f;
        f = f * a + c[k];
    }
    *value = f;
    return d;
}

/* digamma(x + w) - digamma(x) for x > 0, w > -x/2.  All terms have the sign of w:
 *     sum of w/((x + k)(x + w + k)), then log(1 + w/x) + (p - q)/2 + sum of B_2k/2k (p^2k - q^2k)
 * with p = 1/x, q = 1/(x + w), so a small difference is as exact as a large one. */
static double digamma_step(double x, double w) {
    double y = x + w, first = 0, sum = 0, value;
    if (x < 1e-100) first = w / y / x, x++, y++; /* x y would underflow */
    for (; x < 10 || y < 10; x++, y++) sum += 1 / (x * y);
    double p = 1 / x, q = 1 / y, f;
    double d = divided_difference(bernoulli_2k, COUNT(bernoulli_2k), p * p, q * q, &f);
    value = f + q * q * d; /* z f(z) has the divided difference f(a) + b d */
    return first + (log1p(w * p) + w * (sum + p * q * (0.5 + (p + q) * value)));
}

/* The same for the first derivative, trigamma(x) - trigamma(x + w). */
static double trigamma_step(double x, double w) {
    double y = x + w, first = 0, sum = 0, f;
    if (x < 1e-100) first = w / y * (1 / x + 1 / y) / x, x++, y++;
    for (; x < 10 || y < 10; x++, y++) sum += (1 / x + 1 / y) / (x * y);
    double p = 1 / x, q = 1 / y, a = p * p, b = q * q;
    double d = divided_difference(bernoulli, COUNT(bernoulli), a, b, &f);
    double g = f + b * d; /* of z f(z) */
    return first + w * (sum + p * q * (1 + 0.5 * (p + q) + a * f + q * (p + q) * g));
}

double special_psi_diff(int n, double x, double w) {
    if (!(x > 0 && w >= 0)) return special_polygamma(n, x) - special_polygamma(n, x + w);
    return n == 0 ? -digamma_step(x, w) : trigamma_step(x, w);
}

static bool is_pole(double x) { return x <= 0 && x == floor(x); }

static double digamma_large(double x) {
    double sum = 0;
    for (; x < 10; x++) sum += 1 / x;
    double z = 1 / (x * x), s = 0;
    for (int k = COUNT(bernoulli_2k) - 1; k >= 0; k--) s = s * z + bernoulli_2k[k];
    return log(x) - (sum + (0.5 / x + z * s));
}

double special_digamma(double x) {
    if (x == 0) return -1 / x;
    if (x < 0) return is_pole(x) ? NAN : special_digamma(1 - x) - M_PI / special_tanpi(x);
    if (x < 0.5) return special_digamma(x + 1) - 1 / x;
    if (x > 3) return isinf(x) ? x : digamma_large(x);
    /* near the zero at 1.4616..., by the difference from there */
    double zero = 1.4616321449683622, w = (x - zero) - 9.549995429965697e-17;
    return digamma_step(zero, w);
}

/* t^-n; low powers, which are the usual ones, without pow. */
static double inverse_power(double t, int n) {
    double r = 1 / t;
    return n == 2 ? r * r : n == 3 ? r * r * r : pow(t, -n);
}

/* n!/(x + k)^(n+1) summed over k >= 0, n >= 1: the far terms first.  The sum from s on is
 *     (n-1)!/s^n (1 + n/(2s) + sum of B_2k/(2k)! n(n+1)...(n+2k-1)/s^2k). */
static double polygamma_sum(int n, double x) {
    static const double c[] = {/* B_2k/(2k)! */
                               1.0 / 12,
                               -1.0 / 720,
                               1.0 / 30240,
                               -1.0 / 1209600,
                               1.0 / 47900160,
                               -691.0 / 1307674368000,
                               1.0 / 74724249600,
                               -3617.0 / 10670622842880000,
                               43867.0 / 5109094217170944000,
                               -174611.0 / 802857662698291200000.0,
                               77683.0 / 14101100039391805440000.0};
    int shift = x < n + 10 ? (int)ceil(n + 10 - x) : 0;
    parts s = parts_sum(x, shift);
    double sum = 0, rising = n / s.hi;
    double half = 0.5 * rising;
    for (int k = 0; k < COUNT(c); k++) {
        rising *= (n + 2 * k + 1) / s.hi;
        sum += c[k] * rising;
        rising *= (n + 2 * k + 2) / s.hi;
    }
    double tail = (1 + (half + sum)) * (1 - n * s.lo / s.hi), last = 0;
    for (int k = shift - 1; k >= 0; k--) {
        parts t = parts_sum(x, k);
        double term = inverse_power(t.hi, n + 1);
        last += t.lo == 0 ? term : term - term * ((n + 1) * t.lo / t.hi);
    }
    if (n > 170) { /* n! overflows: by logarithms */
        double l = lgamma(n);
        return tail * exp(l - n * log(s.hi)) + (last > 0 ? exp(l + log(n) + log(last)) : 0);
    }
    double root = pow(s.hi, -0.5 * n), factorial = tgamma(n);
    return factorial * root * tail * root + n * factorial * last;
}

/* The n-th derivative of cot(pi x), by P' (1 + c^2) as a polynomial in c = cot(pi x). */
static double cot_nth(int n, double x) {
    double p[16] = {0, 1}, c = 1 / special_tanpi(x), scale = 1;
    for (int k = 1; k <= n; k++) {
        double d[16] = {0};
        for (int i = 1; i <= k; i++) {
            d[i - 1] -= i * p[i];
            d[i + 1] -= i * p[i];
        }
        for (int i = 0; i <= k + 1; i++) p[i] = d[i];
        scale *= M_PI;
    }
    double s = p[n + 1]; /* not 0: c may be infinite */
    for (int i = n; i >= 0; i--) s = s * c + p[i];
    return s * scale;
}

/* What polygamma_sum is for, below 0: near there by the same sum, else by reflection; for large n only the
 * nearest poles count. */
static double sum_below_0(int n, double x) {
    if (n > 1 && x > -200) return polygamma_sum(n, x);
    if (n < 13) {
        double other = polygamma_sum(n, 1 - x), s = M_PI * cot_nth(n, x);
        return n % 2 == 0 ? s + other : -s - other;
    }
    double sum = 0, near = -rint(x);
    for (int k = -9; k <= 9; k++) sum += pow(x + near + k, -n - 1) * tgamma(n + 1);
    return sum;
}

double special_polygamma(double order, double x) {
    int n = order >= 0 && order < 1e6 ? (int)order : -1;
    if (n < 0 || n != order || x != x) return NAN;
    if (is_pole(x)) return n % 2 == 1 && x == 0 ? INFINITY : NAN;
    if (n == 0) return special_digamma(x);
    if (isinf(x)) return x > 0 ? 0 : NAN;
    double s = x < 0 ? sum_below_0(n, x) : polygamma_sum(n, x);
    return n % 2 == 0 ? -s : s;
}
