/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_logistic.c - relatives of the logistic function. */
#include "core/special.h"
#include "core/special_parts.h"

double special_logaddexp(double x, double w) {
    if (x == w) return x + M_LN2;
    return (x > w ? x : w) + log1p(exp(-fabs(x - w)));
}

/* sigmoid(x - w); a tie counts one half for infinities too. */
double special_sigmoid_diff(double x, double w) {
    if (x == w) return 0.5;
    parts d = parts_sum(x, -w);
    double s = special_sigmoid(d.hi);
    return isfinite(d.hi) ? s + s * (d.lo * special_sigmoid(-d.hi)) : s;
}

/* x/(1 + e^-x), rounded once behind e^-x, which would overflow below. */
double special_silu(double x) {
    if (x < -700) return x < -800 ? -0.0 : x * exp(x);
    double e = exp(-x);
    if (!(fabs(x) > 1e-100) || e < 0x1p-60) return x / (1 + e);
    parts d = parts_sum(1, e), y = parts_div((parts){x, 0}, d);
    return y.hi;
}

/* sigmoid(x) (1 + x sigmoid(-x)).  Below 0 it is sigmoid'(x) h(x) with h(x) = 1 + x + e^x, whose zero is
 * z = -(1 + W(1/e)) = -1.27846...; near it h(z + d) = d + e^z (e^d - 1), as 1 + z + e^z = 0. */
double special_silu1(double x) {
    if (fabs(x) > 800) return x > 0 ? 1 : -0.0;
    if (x >= 0) return special_sigmoid(x) * (1 + x * special_sigmoid(-x));
    double e = exp(x), h = 1 + x + e, d = (x + 1.2784645427610737) + 1.0946994183093437e-16;
    if (fabs(d) < 0.6) h = d + 0x1.1d25cf210482ep-2 * expm1(d);
    parts c = parts_sum_ordered(1, e);
    return e * h / (c.hi * c.hi) * (1 - 2 * c.lo);
}
