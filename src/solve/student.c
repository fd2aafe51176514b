/* SPDX-License-Identifier: GPL-3.0-or-later */
/* student.c - see student.h.
 *
 * The distribution is the regularised incomplete beta function (continued fraction of Lentz, Numerical
 * Recipes 6.4), inverted by bisection and Newton's method. */
#include "solve/student.h"
#include <math.h>

static double fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m < 10000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step = 1;
        for (int i = 0; i < 2; i++) {
            double term = i ? odd : even;
            d = 1 + term * d, c = 1 + term / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            if (fabs(c) < tiny) c = tiny;
            step = d * c;
            h *= step;
        }
        if (fabs(step - 1) < 1e-16) break;
    }
    return h;
}

static double incomplete_beta(double a, double b, double x) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2)) return front * fraction(a, b, x) / a;
    return 1 - front * fraction(b, a, 1 - x) / b;
}

/* P(|T| > t) */
static double tails(double t, double freedom) {
    if (isinf(freedom) || freedom > 1e8) return erfc(t / sqrt(2.0));
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t));
}

double student_two_sided(double level, double freedom) {
    double want = 1 - level, low = 0, high = 1;
    while (tails(high, freedom) > want && high < 1e300) low = high, high *= 2;
    for (int i = 0; i < 200 && high - low > 4e-16 * high; i++) {
        double middle = 0.5 * (low + high);
        if (tails(middle, freedom) > want) low = middle;
        else high = middle;
    }
    return 0.5 * (low + high);
}
