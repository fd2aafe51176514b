/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wide.c - see wide.h.
 *
 * The values of ops.def are expanded once more, with the names of the C library and of special.h standing for
 * functions of `wide`.  A special function that has no such form is listed as MISSING: a result that needs it
 * is nan. */
#include "core/wide.h"
#include "base/number.h"

#include <math.h>

#if WIDE_IS_BINARY128
#define WIDE(function) function##f128
#else
#define WIDE(function) function##l
#endif

/* ---- the C library ---- */
#define acos     WIDE(acos)
#define acosh    WIDE(acosh)
#define asin     WIDE(asin)
#define asinh    WIDE(asinh)
#define atan     WIDE(atan)
#define atan2    WIDE(atan2)
#define atanh    WIDE(atanh)
#define cbrt     WIDE(cbrt)
#define ceil     WIDE(ceil)
#define copysign WIDE(copysign)
#define cos      WIDE(cos)
#define cosh     WIDE(cosh)
#define erf      WIDE(erf)
#define erfc     WIDE(erfc)
#define exp      WIDE(exp)
#define exp2     WIDE(exp2)
#define expm1    WIDE(expm1)
#define fabs     WIDE(fabs)
#define floor    WIDE(floor)
#define fmod     WIDE(fmod)
#define hypot    WIDE(hypot)
#define j0       WIDE(j0)
#define j1       WIDE(j1)
#define lgamma   WIDE(lgamma)
#define log      WIDE(log)
#define log10    WIDE(log10)
#define log1p    WIDE(log1p)
#define log2     WIDE(log2)
#define pow      WIDE(pow)
#define rint     WIDE(rint)
#define sin      WIDE(sin)
#define sinh     WIDE(sinh)
#define sqrt     WIDE(sqrt)
#define tan      WIDE(tan)
#define tanh     WIDE(tanh)
#define tgamma   WIDE(tgamma)
#define trunc    WIDE(trunc)
#define y0       WIDE(y0)
#define y1       WIDE(y1)

wide wide_pi(void) { return acos((wide)-1); }

/* ---- special.h: textbook forms, since what they lose is small against the digits to spare ---- */
static wide special_mod(wide x, wide w) {
    wide r = fmod(x, w);
    if (r == 0) return copysign(0, w);
    return (r < 0) != (w < 0) ? r + w : r;
}
static wide special_xlogy(wide x, wide w) { return x == 0 && w == w ? 0 : x * log(w); }
static wide special_logaddexp(wide x, wide w) {
    wide most = x > w ? x : w;
    return x == w ? x + log((wide)2) : most + log1p(exp(-fabs(x - w)));
}
static wide special_sinpi(wide x) { return sin(wide_pi() * fmod(x, 2)); }
static wide special_cospi(wide x) { return cos(wide_pi() * fmod(x, 2)); }
static wide special_tanpi(wide x) { return tan(wide_pi() * fmod(x, 1)); }
static wide special_sinc(wide x) { return x == 0 ? 1 : sin(x) / x; }
static wide special_gamma(wide x) { return tgamma(x); }
static wide special_lgamma(wide x) { return lgamma(x); }
static wide special_sigmoid(wide x) { return 1 / (1 + exp(-x)); }
static wide special_softplus(wide x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }
static wide special_silu(wide x) { return x / (1 + exp(-x)); }
static wide special_gelu(wide x) { return x / 2 * erfc(-x / sqrt((wide)2)); }

#define special_cbrt cbrt
#define special_erfc erfc

#define MISSING1(x)               ((void)(x), (wide)NAN)
#define MISSING2(x, w)            ((void)(x), (void)(w), (wide)NAN)
#define special_digamma           MISSING1
#define special_erfcx             MISSING1
#define special_gauss             MISSING1
#define special_gelu1             MISSING1
#define special_norm_pdf          MISSING1
#define special_recip_1px2        MISSING1
#define special_rsqrt_1px2        MISSING1
#define special_sech2             MISSING1
#define special_sigmoid1          MISSING1
#define special_silu1             MISSING1
#define special_beta              MISSING2
#define special_erfcx_nth         MISSING2
#define special_hypotx            MISSING2
#define special_invre             MISSING2
#define special_jn                MISSING2
#define special_lbeta             MISSING2
#define special_polygamma         MISSING2
#define special_pow1              MISSING2
#define special_pow1log           MISSING2
#define special_pow2              MISSING2
#define special_pow_x             MISSING2
#define special_pow_xx            MISSING2
#define special_powlog            MISSING2
#define special_psi_diff(n, x, w) MISSING2(x, w)
#define special_sigmoid_diff      MISSING2
#define special_sinc_nth          MISSING2
#define special_xovery            MISSING2
#define special_yn                MISSING2

/* A name that is missing above must not become a function of int. */
#pragma GCC diagnostic error "-Wimplicit-function-declaration"

wide wide1(enum op op, wide x) {
    switch (op) {
#define OP1(NAME, name, value, ...)                                                                          \
    case OP_##NAME:                                                                                          \
        return value;
#define OP2(NAME, ...)
#include "core/ops.def"
#undef OP1
#undef OP2
    default: return NAN;
    }
}

wide wide2(enum op op, wide x, wide w) {
    switch (op) {
#define OP1(NAME, ...)
#define OP2(NAME, name, value, ...)                                                                          \
    case OP_##NAME:                                                                                          \
        return value;
#include "core/ops.def"
#undef OP1
#undef OP2
    default: return NAN;
    }
}

/* ---- decimal numbers ---- */

/* 10^n; exact while 5^n fits into the bits. */
static wide power_of_ten(unsigned n) {
    wide power = 1, square = 10;
    for (; n; n >>= 1, square *= square)
        if (n & 1) power *= square;
    return power;
}

wide wide_decimal(double x) {
    char text[NUMBER_ROOM];
    if (x - x != 0) return x; /* not finite */
    number_write(text, x, (number_format){0});
    const char *c = text + (*text == '-');
    u64 digits = 0;
    int exponent = 0;
    for (bool behind_point = false; *c && *c != 'e'; c++) {
        if (*c == '.') {
            behind_point = true;
            continue;
        }
        digits = digits * 10 + (u64)(*c - '0'); /* 17 digits at most */
        exponent -= behind_point;
    }
    if (*c == 'e') {
        bool below = c[1] == '-';
        int given = 0;
        for (c += 2; *c; c++) given = given * 10 + (*c - '0');
        exponent += below ? -given : given;
    }
    wide scale = power_of_ten((unsigned)(exponent < 0 ? -exponent : exponent)), size = (wide)digits;
    size = exponent < 0 ? size / scale : size * scale;
    return *text == '-' ? -size : size;
}
