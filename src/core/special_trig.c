/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_trig.c - sin, cos and tan of multiples of pi, and sin(x)/x. */
#include "core/special.h"
#include "core/special_parts.h"

/* pi r for |r| <= 1/4 in two parts */
static parts pi_times(double r) {
    parts p = parts_product(M_PI, r);
    p.lo += 1.2246467991473532e-16 * r; /* what pi is above M_PI */
    return p;
}

static double sin_parts(parts a) { return sin(a.hi) + a.lo * (1 - 0.5 * a.hi * a.hi); }
static double cos_parts(parts a) { return cos(a.hi) - a.lo * (a.hi - a.hi * a.hi * a.hi / 6); }

/* x = quadrant/2 + r with |r| <= 1/4, all exact, for x >= 0; quadrant is taken mod 4. */
static int quadrant(double x, double *r) {
    if (x >= 0x1p53) { /* an even number */
        *r = 0;
        return 0;
    }
    double n = rint(2 * x);
    *r = x - 0.5 * n;
    return (int)((long long)n & 3);
}

double special_sinpi(double x) {
    if (!isfinite(x)) return x - x;
    double r, y;
    int q = quadrant(fabs(x), &r);
    parts a = pi_times(r);
    y = q & 1 ? cos_parts(a) : r == 0 ? 0 : sin_parts(a);
    if (q & 2 && y != 0) y = -y;
    return copysign(1, x) < 0 ? -y : y;
}

double special_cospi(double x) {
    if (!isfinite(x)) return x - x;
    double r, y;
    int q = quadrant(fabs(x), &r);
    parts a = pi_times(r);
    if (q & 1) y = r == 0 ? 0 : -sin_parts(a);
    else y = cos_parts(a);
    return q & 2 && y != 0 ? -y : y;
}

/* Zeros and infinities have the signs of IEEE 754: tanPi. */
double special_tanpi(double x) {
    if (!isfinite(x)) return x - x;
    double r, y;
    int q = quadrant(fabs(x), &r);
    if (fabs(r) == 0.25) {
        y = q & 1 ? -copysign(1, r) : copysign(1, r);
    } else if (r == 0) {
        y = q & 1 ? INFINITY : 0;
        if (q & 2) y = -y;
    } else {
        parts a = pi_times(r);
        double t = tan(a.hi);
        t += a.lo * (1 + t * t);
        y = q & 1 ? -1 / t : t;
    }
    return x < 0 ? -y : y;
}

double special_sinc(double x) { return x == 0 ? 1 : isinf(x) ? 0 : sin(x) / x; }

/* The n-th derivative of sin at x. */
static double sin_nth(int n, double x) {
    double s = n & 1 ? cos(x) : sin(x);
    return n & 2 ? -s : s;
}

/* 1 - t2/(n (n+1)) (1 - t2/((n+2) (n+3)) (...)): cos t for n = 1, sin(t)/t for n = 2; |t| <= pi/4 */
static parts circular_series(int n, parts t2) {
    parts s = {1, 0}, one = {1, 0};
    for (int k = n + 26; k >= n; k -= 2) {
        parts step = parts_div(parts_mul(s, t2), (parts){-k * (k + 1), 0});
        s = parts_add(one, step);
    }
    return s;
}

/* sin(x) and cos(x), of which nearly twice as many bits are right, for |x| < 2^27. */
static void sin_cos_parts(double x, parts *s, parts *c) {
    static const double half_pi[] = {1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33};
    double n = rint(x * 0.6366197723675814); /* 2/pi */
    parts a = parts_product(-n, half_pi[0]), b = parts_product(-n, half_pi[1]);
    parts t = parts_add(parts_sum(x + a.hi, a.lo), b);
    t = parts_sum_ordered(t.hi, t.lo - n * half_pi[2]);
    parts t2 = parts_mul(t, t), sine = parts_mul(t, circular_series(2, t2)), cosine = circular_series(1, t2);
    int q = (int)((long)n & 3);
    double sign = q & 2 ? -1 : 1;
    if (q & 1) {
        parts swapped = sine;
        sine = cosine;
        cosine = (parts){-swapped.hi, -swapped.lo};
    }
    *s = (parts){sign * sine.hi, sign * sine.lo};
    *c = (parts){sign * cosine.hi, sign * cosine.lo};
}

/* The recurrence of special_sinc_nth next to a zero of its result, where its terms cancel; |x| > 1. */
static double sinc_nth_parts(int n, double x) {
    parts sine, cosine, by = {x, 0};
    sin_cos_parts(x, &sine, &cosine);
    parts s = parts_div(sine, by);
    for (int k = 1; k <= n; k++) {
        parts d = k & 1 ? cosine : sine, less = parts_mul(s, (parts){-k, 0});
        if (k & 2) d = (parts){-d.hi, -d.lo};
        s = parts_div(parts_add(d, less), by);
    }
    return s.hi;
}

/* sinc(x) is the mean of cos(xt) for t in 0 .. 1, so its n-th derivative is the sum over m >= 0 of
 * x^m / (m! (m + n + 1)) times the (n + m)-th derivative of cos at 0: used for small x.  For others,
 * x sinc(x) = sin(x) differentiated n times: x s_n + n s_(n-1) = sin^(n)(x). */
double special_sinc_nth(double order, double x) {
    int n = order >= 0 && order < 1e6 ? (int)order : -1;
    if (n != order || x != x) return NAN;
    if (isinf(x)) return 0;
    if (fabs(x) > 1.5 + 0.5 * n) {
        double s = sin(x) / x, term = 0;
        for (int k = 1; k <= n; k++) {
            term = sin_nth(k, x);
            s = (term - k * s) / x;
        }
        return fabs(x * s) < fabs(term) && fabs(x) < 0x1p27 ? sinc_nth_parts(n, x) : s;
    }
    double sum = 0;
    for (int m = (n & 1) + 2 * n + 30; m >= 0; m -= 2)
        sum = 1.0 / (m + n + 1) - x * x / ((m + 1) * (m + 2)) * sum;
    if ((n + 1) & 2) sum = -sum;
    if (n & 1) sum *= x;
    return n < 12 && fabs(x) > 1 && fabs(sum) * (n + 1) < 0.7 ? sinc_nth_parts(n, x) : sum;
}
