/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_power.c - remainders, powers, roots, and ratios that neither overflow nor underflow on the way. */
#include "core/special.h"
#include "core/special_parts.h"

/* x - w floor(x/w), exact but for one rounding; a zero has the sign of w. */
double special_mod(double x, double w) {
    double r = fmod(x, w);
    if (r == 0) return copysign(0, w);
    return (r < 0) != (w < 0) ? r + w : r;
}

/* x^(w - k).  What rounding w - k loses is worth log(x) times as much in the result. */
static double shifted_power(double x, double w, double k) {
    parts e = parts_sum(w, -k);
    double p = pow(x, e.hi);
    if (e.lo == 0 || p == 0 || isinf(p)) return p;
    return p + p * (e.lo * log(x));
}

double special_pow1(double x, double w) { return isfinite(w) ? shifted_power(x, w, 1) : pow(x, w); }
double special_pow2(double x, double w) { return isfinite(w) ? shifted_power(x, w, 2) : pow(x, w); }

double special_pow_x(double x, double w) {
    if (w == 0) return 0;
    double p = special_pow1(x, w);
    return isinf(p) && x != 0 && isfinite(x) ? w * pow(x, w) / x : w * p; /* w may bring it back into range */
}

double special_pow_xx(double x, double w) {
    if (w == 0 || w == 1) return 0;
    double p = special_pow2(x, w);
    return isinf(p) && x != 0 && isfinite(x) ? (w - 1) * special_pow_x(x, w) / x : w * (w - 1) * p;
}

double special_powlog(double x, double w) {
    double p = pow(x, w);
    if (x == 0) return w >= 0 ? 0 : -INFINITY; /* by convention at w = 0, else the limit */
    return x > 0 && p == 0 ? 0 : p * log(x);
}

double special_pow1log(double x, double w) {
    double p = special_pow1(x, w);
    return x >= 0 && p == 0 ? 0 : p * log(x);
}

/* The C library's cube root is up to 4 units off: one step of Newton's method with y^3 in two parts. */
double special_cbrt(double x) {
    if (x == 0 || !isfinite(x)) return x;
    if (fabs(x) < 0x1p-800) return special_cbrt(x * 0x1p300) * 0x1p-100;
    if (fabs(x) > 0x1p1000) return special_cbrt(x * 0x1p-300) * 0x1p100; /* y^3 must not overflow */
    double y = cbrt(x);
    parts square = parts_product(y, y), cube = parts_product(y, square.hi);
    return y - ((cube.hi - x) + (cube.lo + y * square.lo)) / (3 * square.hi);
}

double special_hypotx(double x, double w) {
    double r = hypot(x, w);
    if (r > 1e-290 && r <= 1.7e308) return x / r;
    if (isinf(x)) return isinf(w) ? NAN : copysign(1, x);
    if (isinf(w)) return 0 * copysign(1, x);
    if (r == 0) return 0;
    double scale = r < 1 ? 0x1p600 : 0x1p-600;
    return x * scale / hypot(x * scale, w * scale);
}

double special_invre(double x, double w) {
    double s = x * x + w * w;
    if (s > 1e-280 && s < 1e280) return x / s;
    if (x != x || w != w || (x == 0 && w == 0)) return NAN;
    if (isinf(x) || isinf(w)) return 0;
    int e = ilogb(fabs(x) > fabs(w) ? x : w);
    double xs = scalbn(x, -e), ws = scalbn(w, -e); /* the greater is now in 1 .. 2 */
    return scalbn(x, -2 * e) / (xs * xs + ws * ws);
}
