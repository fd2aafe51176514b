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

/* factor x^(w - k).  What rounding w - k loses is worth log(x) times as much in the result, and the sign of
 * an odd power of x < 0.  Where the power alone leaves the range of normal numbers, which the factor may
 * bring it back into, it is taken twice by half. */
static double times_power(double factor, double x, double w, double k) {
    if (x == 0 || !isfinite(x) || !isfinite(w)) return factor * pow(x, w - k);
    if (x < 0 && w != rint(w)) return NAN;
    parts e = parts_sum(w, -k);
    double base = fabs(x), p = pow(base, e.hi), rest = e.lo == 0 ? 0 : e.lo * log(base);
    if (x < 0 && (fmod(w, 2) != 0) != (k == 1)) factor = -factor;
    if (isnormal(p)) return factor * (p + p * rest);
    double half = pow(base, e.hi / 2);
    return factor * half * (isnormal(half) ? half + half * rest : half);
}

double special_pow1(double x, double w) { return times_power(1, x, w, 1); }
double special_pow2(double x, double w) { return times_power(1, x, w, 2); }

double special_pow_x(double x, double w) { return w == 0 ? 0 : times_power(w, x, w, 1); }

double special_pow_xx(double x, double w) {
    if (w == 0 || w == 1) return 0;
    return fabs(w) < 1e150 ? times_power(w * (w - 1), x, w, 2) : w * times_power(w - 1, x, w, 2);
}

double special_powlog(double x, double w) {
    if (x == 0) return w >= 0 ? 0 : -INFINITY; /* by convention at w = 0, else the limit */
    return x == INFINITY && w < 0 ? 0 : times_power(log(x), x, w, 0);
}

double special_pow1log(double x, double w) {
    if ((x == 0 && w > 1) || (x == INFINITY && w < 1)) return 0;
    return times_power(log(x), x, w, 1);
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
