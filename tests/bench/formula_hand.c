/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula_hand.c - a*exp(-b*b/2)*sin(c) + log(1 + a*a) + sqrt(a*a + b*b + c*c) and its gradient, by hand. */
#include <math.h>

int by_hand(const double *in, double *out, double *grad) {
    double a = in[0], b = in[1], c = in[2];
    double e = exp(-b * b / 2), s = sin(c), es = e * s, q = 1 + a * a, r = sqrt(a * a + b * b + c * c);
    out[0] = a * es + log(q) + r;
    grad[0] = es + 2 * a / q + a / r;
    grad[1] = -a * b * es + b / r;
    grad[2] = a * e * cos(c) + c / r;
    return 0;
}
