/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_logistic.c - relatives of the logistic function. */
#include "core/special.h"
#include "core/special_parts.h"

/* e^x = 2^exponent (1 + fraction), with some 100 bits of the fraction. */
typedef struct expanded {
    parts fraction;
    int exponent;
} expanded;

/* For x in -745 .. 1.  What is left of x by a multiple of log(2) is divided by 512; the series of e^r - 1 is
 * doubled nine times in the form 2 f + f^2, which keeps a small fraction's digits. */
static expanded exp_expanded(double x) {
    static const parts ln2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
    static const double ln2_rest = 0x1.7b57a079a1934p-111;
    double k = rint(x / M_LN2);
    parts high = parts_product(-k, ln2.hi), low = parts_product(-k, ln2.lo);
    parts r = parts_add(parts_add(parts_sum(x, high.hi), (parts){high.lo, 0}), low);
    r.lo -= k * ln2_rest;
    r = (parts){r.hi * 0x1p-9, r.lo * 0x1p-9};
    parts f = {0, 0};
    for (int n = 9; n >= 2; n--) { /* (f + 1) r / n */
        f = parts_mul(parts_add((parts){1, 0}, f), r);
        f = parts_div(f, (parts){n, 0});
    }
    f = parts_mul(parts_add((parts){1, 0}, f), r);
    for (int i = 0; i < 9; i++) f = parts_add((parts){2 * f.hi, 2 * f.lo}, parts_mul(f, f));
    return (expanded){f, (int)k};
}

/* log(e^x + e^w) for -3 < x < 0, w <= x: log1p of e^x + e^w - 1. */
static double logaddexp_near_zero(double x, double w) {
    expanded a = exp_expanded(x), b = exp_expanded(w);
    parts one = {1, 0}, p = parts_add(one, b.fraction);
    p = (parts){ldexp(p.hi, b.exponent), ldexp(p.lo, b.exponent)};
    if (a.exponent == 0) {
        p = parts_add(a.fraction, p);
    } else { /* e^x is not next to 1: nothing is lost by subtracting that */
        parts q = parts_add(one, a.fraction);
        q = (parts){ldexp(q.hi, a.exponent), ldexp(q.lo, a.exponent)};
        p = parts_add(parts_add(q, (parts){-1, 0}), p);
    }
    return log1p(p.hi) + p.lo / (1 + p.hi);
}

/* The sum of the larger argument and log1p has the error of the latter, unless they cancel: then that is many
 * units of the sum's last place. */
double special_logaddexp(double x, double w) {
    if (x == w && !(x < 0 && x > -1)) return x + M_LN2;
    double most = x > w ? x : w, least = x > w ? w : x;
    parts d = parts_sum(most, -least);
    double e = exp(-d.hi), y = log1p(e);
    if (d.lo == d.lo) y -= d.lo * (e / (1 + e)); /* not where an argument is infinite */
    double sum = most + y;
    if (!(most < 0 && y > most / -4)) return sum;
    return sum > 0 && ilogb(sum) == ilogb(y) ? sum : logaddexp_near_zero(most, least);
}

/* sigmoid(x - w); a tie counts one half for infinities too. */
double special_sigmoid_diff(double x, double w) {
    if (x == w) return 0.5;
    parts d = parts_sum(x, -w);
    double s = special_sigmoid(d.hi);
    return fabs(d.hi) < 1000 ? s + s * (d.lo * special_sigmoid(-d.hi)) : s;
}

/* a e^x for x < -700, where e^x alone may be denormal and short of digits. */
static double times_tiny_exp(double a, double x) {
    if (x < -800) return -0.0;
    double root = exp(x / 2);
    return a * root * root;
}

/* x/(1 + e^-x), rounded once behind e^-x, which would overflow below. */
double special_silu(double x) {
    if (x < -700) return times_tiny_exp(x, x);
    double e = exp(-x);
    if (!(fabs(x) > 1e-100) || e < 0x1p-60 || e > 0x1p60) return x / (1 + e);
    parts d = parts_sum(1, e), y = parts_div((parts){x, 0}, d);
    return y.hi;
}

/* sigmoid(x) (1 + x sigmoid(-x)).  Below 0 it is sigmoid'(x) h(x) with h(x) = 1 + x + e^x, whose zero is
 * z = -(1 + W(1/e)) = -1.27846...; near it h(z + d) = d + e^z (e^d - 1), as 1 + z + e^z = 0. */
double special_silu1(double x) {
    if (x < -700) return times_tiny_exp(1 + x, x);
    if (x > 800) return 1;
    if (x >= 0) return special_sigmoid(x) * (1 + x * special_sigmoid(-x));
    double e = exp(x), h = 1 + x + e, d = (x + 1.2784645427610737) + 1.0946994183093437e-16;
    if (fabs(d) < 0.6) h = d + 0x1.1d25cf210482ep-2 * expm1(d);
    parts c = parts_sum_ordered(1, e);
    return e * h / (c.hi * c.hi) * (1 - 2 * c.lo);
}
