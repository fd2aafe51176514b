/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_smooth.c - a smooth curve through points: see plot.h.
 *
 * Cubic polynomials between neighbours, with slopes that are the harmonic means of the chords' on both sides,
 * so that the curve turns only where the points do: F. N. Fritsch, J. Butland, A method for constructing
 * local monotone piecewise cubic interpolants, SIAM J. Sci. Stat. Comput. 5 (1984) 300-304. */
#include "cli/plot.h"

static double chord(const double *x, const double *y, size_t i) {
    return (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
}

static double same_sign_or_0(double slope, double chord) { return slope * chord > 0 ? slope : 0; }

/* At an end, of the parabola through three points. */
static double slope_at_end(const double *x, const double *y, size_t first, size_t second) {
    double h = x[first + 1] - x[first], w = x[second + 1] - x[second];
    double d = chord(x, y, first), e = chord(x, y, second);
    double slope = ((2 * h + w) * d - h * e) / (h + w);
    return same_sign_or_0(slope, d);
}

static double slope_at(size_t n, const double *x, const double *y, size_t i) {
    if (n == 2) return chord(x, y, 0);
    if (i == 0) return slope_at_end(x, y, 0, 1);
    if (i == n - 1) return slope_at_end(x, y, n - 2, n - 3);
    double before = chord(x, y, i - 1), behind = chord(x, y, i);
    if (!(before * behind > 0)) return 0;
    double h = x[i] - x[i - 1], w = x[i + 1] - x[i];
    double a = 2 * w + h, b = w + 2 * h;
    return (a + b) / (a / before + b / behind);
}

double plot_between(size_t n, const double *x, const double *y, double at) {
    if (n == 1) return y[0];
    size_t i = 0;
    while (i + 2 < n && at > x[i + 1]) i++;
    double h = x[i + 1] - x[i], t = (at - x[i]) / h, u = 1 - t;
    double from = slope_at(n, x, y, i) * h, to = slope_at(n, x, y, i + 1) * h;
    return u * u * ((1 + 2 * t) * y[i] + t * from) + t * t * ((1 + 2 * u) * y[i + 1] - u * to);
}
