/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_norm.c - the Euclidean norm of a line of numbers. */
#include "core/special.h"

/* The sum of the squares of n entries `step` apart, each times `scale` before, in pairs of blocks. */
static double sum_squares(const double *x, size_t n, size_t step, double scale) {
    if (n > 1024) {
        size_t half = n / 2;
        return sum_squares(x, half, step, scale) + sum_squares(x + half * step, n - half, step, scale);
    }
    double s[4] = {0};
    for (size_t i = 0; i < n; i++) {
        double scaled = x[i * step] * scale;
        s[i % 4] += scaled * scaled;
    }
    return (s[0] + s[1]) + (s[2] + s[3]);
}

/* Squares that would overflow or vanish are scaled by a power of 2. */
double special_norm(const double *x, size_t n, size_t step) {
    double sum = sum_squares(x, n, step, 1), most = 0;
    if (isnan(sum) || (sum > 1e-280 && sum <= 1e300)) return sqrt(sum);
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(x[i * step]));
    if (most == 0 || isinf(most)) return most;
    int exponent;
    frexp(most, &exponent);
    if (exponent < -1000) exponent = -1000; /* 2^1000 is a number still */
    return ldexp(sqrt(sum_squares(x, n, step, ldexp(1, -exponent))), exponent);
}
