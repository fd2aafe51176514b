/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random.c - random numbers: the n-th draw is a function of the seed and n, the same on every machine. */
#include "core/functions.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <math.h>

/* SplitMix64's output function (Steele, Lea, Flood 2014, with Stafford's variant 13 of the constants). */
static u64 mix(u64 z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Mixed twice with keys from the seed, so that the streams of two seeds are no shifts of one another. */
static u64 nth_draw(u64 seed, u64 n) {
    u64 key = mix(seed + 0x9e3779b97f4a7c15u);
    return mix(mix(n * 0x9e3779b97f4a7c15u + key) ^ key);
}

static u64 draw(recorder *r) { return nth_draw(r->seed, r->draws++); }

static value drawn(recorder *r, u32 count, value *arguments, const char *name, double (*next)(u64)) {
    size_t shape[MAX_RANK];
    u32 rank = shape_argument(r, count, arguments, false, name, shape);
    value y = fresh_value(r, rank, shape);
    size_t size = view_of(&y).size;
    for (size_t i = 0; i < size; i++) entries_of(&y)[i] = next(draw(r));
    return y;
}

/* A multiple of 2^-53 in [0, 1). */
static double uniform(u64 bits) { return (double)(bits >> 11) * 0x1p-53; }

value fn_random(recorder *r, u32 count, value *arguments) {
    return drawn(r, count, arguments, "random", uniform);
}

/* ---- the normal distribution ---- */

/* log(x) from operations that every machine rounds alike, which the C library's need not be: x = 2^e m,
 * log(m) = 2 atanh(s) with s = (m - 1)/(m + 1). */
static double plain_log(double x) {
    int e;
    double m = frexp(x, &e);
    if (m < M_SQRT1_2) m *= 2, e--;
    double s = (m - 1) / (m + 1), z = s * s, sum = 0;
    for (int k = 21; k >= 1; k -= 2) sum = sum * z + 1.0 / k;
    return e * M_LN2 + 2 * s * sum;
}

/* (a[0] + a[1] x + ...)/(1 + b[0] x + ...) */
static double ratio(double x, const double a[static 8], const double b[static 7]) {
    double above = a[7], below = b[6];
    for (int i = 6; i >= 0; i--) above = above * x + a[i];
    for (int i = 5; i >= 0; i--) below = below * x + b[i];
    return above / (below * x + 1);
}

/* The quantile of the normal distribution at p: Wichura, AS 241 (1988), to about 1e-16. */
static double normal_quantile(double p) {
    static const double a[] = {3.3871328727963666080,    1.3314166789178437745e+2, 1.9715909503065514427e+3,
                               1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3},
                        b[] = {4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                               2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734,    4.63033784615654529590,   5.76949722146069140550,
                               3.64784832476320460504,    1.27045825245236838258,   2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4},
                        d[] = {2.05319162663775882187,    1.67638483018380384940,
                               6.89767334985100004550e-1, 1.48103976427480074590e-1,
                               1.51986665636164571966e-2, 5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720,    5.46378491116411436990,
                               1.78482653991729133580,    2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7},
                        f[] = {5.99832206555887937690e-1, 1.36929880922735805310e-1,
                               1.48753612908506148525e-2, 7.86869131145613259100e-4,
                               1.84631831751005468180e-5, 1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    double q = p - 0.5;
    if (fabs(q) <= 0.425) return q * ratio(0.180625 - q * q, a, b);
    double tail = sqrt(-plain_log(q < 0 ? p : 1 - p));
    double z = tail <= 5 ? ratio(tail - 1.6, c, d) : ratio(tail - 5, e, f);
    return q < 0 ? -z : z;
}

/* From an odd multiple of 2^-53, which is neither 0 nor 1. */
static double normal(u64 bits) { return normal_quantile(((double)(bits >> 12) + 0.5) * 0x1p-52); }

value fn_normal(recorder *r, u32 count, value *arguments) {
    return drawn(r, count, arguments, "normal", normal);
}

double random_normal(u64 seed, u64 n) { return normal(nth_draw(~seed, n)); }
