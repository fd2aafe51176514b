/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bracket.c - see bracket.h.  After R. P. Brent, Algorithms for Minimization without Derivatives (1973),
 * zeroin: b is the best point so far, c lies on the other side of the root, a is the b before. */
#include "solve/bracket.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { LENGTHS_HALVED = 120 }; /* steps; Brent's method has found what there is by then */

/* Inverse quadratic interpolation, or the secant where there are two points only: the step is p/q. */
static void interpolate(double a, double b, double c, double fa, double fb, double fc, double *p, double *q) {
    double s = fb / fa;
    if (a == c) {
        *p = (c - b) * s;
        *q = 1 - s;
    } else {
        double t = fa / fc, r = fb / fc;
        *p = s * ((c - b) * t * (t - r) - (b - a) * (r - 1));
        *q = (t - 1) * (r - 1) * (s - 1);
    }
    if (*p > 0) *q = -*q;
    else *p = -*p;
}

enum side { UNKNOWN, LEVEL, GROWING };

/* What values of the sign of s->value do from there to s->x + reach: they stay about as small, and do not
 * come from 0; or they are far larger, as those of a continuous function are.  Nothing is known where they
 * have another sign, or change it: then they are rounding errors. */
static enum side look(const bracket *s, double reach) {
    enum { POINTS = 16 };
    for (unsigned k = POINTS; k > 0; k--) {
        double f = s->f(s->user, s->x + reach * k / POINTS);
        if (!isfinite(f) || f == 0 || (f > 0) != (s->value > 0)) return UNKNOWN;
        if (k == POINTS && fabs(f) >= 4 * fabs(s->value)) return GROWING;
    }
    return LEVEL;
}

/* A jump or a pole changes the sign too: the values on both sides stay as large as they were, at the ends or
 * nearby. */
static enum outcome judge(const bracket *s, double most, double close) {
    double size = fabs(s->value), least = fmin(0.5, fmax(1e-6, 10 * s->tolerance));
    if (!(size <= most)) return POLE;
    if (size <= 1e-12 * most) return CONVERGED;
    double low = fmin(s->low, s->high), high = fmax(s->low, s->high);
    double scale = fmax(fabs(s->x), 1e-6 * high - 1e-6 * low), reach = fmax(1e-6 * scale, 20 * close);
    double up = fmin(reach, high - s->x), down = fmin(reach, s->x - low),
           least_reach = fmax(1e-3 * reach, 20 * close);
    enum side above = up < least_reach ? UNKNOWN : look(s, up);
    enum side below = down < least_reach ? UNKNOWN : look(s, -down);
    if (above == LEVEL || below == LEVEL) return POLE;
    if (above == GROWING || below == GROWING) return CONVERGED;
    return size <= least * most ? CONVERGED : POLE;
}

/* The number of doubles between 0 and x, below 0 for x below 0; and back. */
static int64_t rank_of(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double of_rank(int64_t rank) {
    int64_t bits = rank < 0 ? INT64_MIN - rank : rank;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The double that has as many of them on each side: a pole or a jump at 0 is not reached by halving lengths,
 * which goes through all powers of 2. */
static double median(double b, double c) {
    int64_t p = rank_of(b), q = rank_of(c);
    return of_rank(p / 2 + q / 2 + (p % 2 + q % 2) / 2);
}

void bracket_solve(bracket *s) {
    double a = s->low, b = s->high, fa = s->f(s->user, a), fb = s->f(s->user, b), c = a, fc = fa;
    double most = fmax(fabs(fa), fabs(fb)), d = b - a, e = d;
    double close;
    s->x = a, s->value = fa, s->steps = 0;
    if (!isfinite(fa) || !isfinite(fb)) {
        s->outcome = NOT_FINITE_START;
        return;
    }
    if (fa != 0 && fb != 0 && (fa > 0) == (fb > 0)) {
        if (fabs(fb) < fabs(fa)) s->x = b, s->value = fb;
        s->outcome = NO_SIGN_CHANGE;
        return;
    }
    for (;; s->steps++) {
        if ((fb > 0) == (fc > 0) && fb != 0) c = a, fc = fa, d = e = b - a;
        if (fabs(fc) < fabs(fb)) a = b, b = c, c = a, fa = fb, fb = fc, fc = fa;
        close = DBL_EPSILON * fabs(b) + 0.5 * s->tolerance * fabs(b) + DBL_TRUE_MIN;
        double middle = 0.5 * c - 0.5 * b;
        s->x = b, s->value = fb;
        if (fb == 0 || fabs(middle) <= close) break;
        if (s->steps >= s->most_steps || isnan(fb)) {
            s->outcome = isnan(fb) ? NO_PROGRESS : STEPS_EXHAUSTED;
            return;
        }
        double p, q;
        bool bisect = fabs(e) < close || fabs(fa) <= fabs(fb);
        if (!bisect) {
            interpolate(a, b, c, fa, fb, fc, &p, &q);
            bisect = !(2 * p < fmin(3 * middle * q - fabs(close * q), fabs(e * q)));
            if (!bisect) e = d, d = p / q;
        }
        if (bisect) d = e = middle;
        a = b, fa = fb;
        if (s->steps >= LENGTHS_HALVED) b = median(b, c);
        else b += fabs(d) > close ? d : middle > 0 ? close : -close;
        fb = s->f(s->user, b);
    }
    s->outcome = judge(s, most, close);
}
