/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exact_sum.c - see exact_sum.h. */
#include "base/exact_sum.h"

#include <math.h>
#include <string.h>

/* A word of 63 bits takes so many terms below 2^32 without overflow. */
enum { MOST_PENDING = 1 << 30 };

/* Limbs back to [0, 2^32), all but the last, which has the sign. */
static void carry(exact_sum *s) {
    i64 over = 0;
    for (int i = 0; i < EXACT_SUM_LIMBS - 1; i++) {
        i64 word = s->limb[i] + over;
        s->limb[i] = word & INT64_C(0xffffffff);
        over = word >> 32;
    }
    s->limb[EXACT_SUM_LIMBS - 1] += over;
    s->pending = 1;
}

void exact_sum_add(exact_sum *s, double x) {
    u64 bits;
    memcpy(&bits, &x, sizeof bits);
    unsigned exponent = (unsigned)(bits >> 52) & 0x7FF;
    u64 fraction = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent == 0x7FF) {
        s->special += x;
        return;
    }
    if (exponent) fraction |= UINT64_C(1) << 52;
    else exponent = 1;
    if (++s->pending >= MOST_PENDING) carry(s);
    unsigned at = exponent - 1, shift = at & 31; /* x is fraction * 2^(at - 1074) */
    i64 *limb = s->limb + (at >> 5);
    u64 low = fraction << shift, high = shift ? fraction >> (64 - shift) : 0;
    i64 sign = bits >> 63 ? -1 : 1;
    limb[0] += sign * (i64)(low & 0xffffffff);
    limb[1] += sign * (i64)(low >> 32);
    limb[2] += sign * (i64)high;
}

void exact_sum_merge(exact_sum *s, exact_sum *other) {
    carry(s);
    carry(other);
    for (int i = 0; i < EXACT_SUM_LIMBS; i++) s->limb[i] += other->limb[i];
    s->pending++;
    s->special += other->special;
}

static int highest_limb(const exact_sum *s) {
    int i = EXACT_SUM_LIMBS - 1;
    while (i > 0 && s->limb[i] == 0) i--;
    return i;
}

static u64 limb_at(const exact_sum *s, int i) { return i >= 0 ? (u64)s->limb[i] : 0; }

/* The magnitude of a sum that was carried and is not negative, times 2^-down. */
static double magnitude(const exact_sum *s, int down) {
    int top = highest_limb(s);
    u64 high = limb_at(s, top) << 32 | limb_at(s, top - 1),
        low = limb_at(s, top - 2) << 32 | limb_at(s, top - 3);
    if (!high) return 0;
    bool more = false;
    for (int i = top - 4; i >= 0; i--) more |= s->limb[i] != 0;
    /* 64 leading bits; the last of them also stands for all behind, so that one rounding is left */
    int zeros = __builtin_clzll(high);
    u64 leading = zeros ? high << zeros | low >> (64 - zeros) : high;
    leading |= more || low << zeros != 0;
    return ldexp((double)leading, 32 * (top - 3) + 64 - zeros - 1074 - down);
}

static double scaled_value(exact_sum *s, int down) {
    if (s->special != 0) return s->special; /* nan too */
    carry(s);
    if (s->limb[EXACT_SUM_LIMBS - 1] >= 0) return magnitude(s, down);
    exact_sum negated = {.pending = 0};
    for (int i = 0; i < EXACT_SUM_LIMBS; i++) negated.limb[i] = -s->limb[i];
    carry(&negated);
    return -magnitude(&negated, down);
}

double exact_sum_value(exact_sum *s) { return scaled_value(s, 0); }

double exact_sum_mean(exact_sum *s, double count) {
    enum { DOWN = 64 }; /* a count of terms is less than 2^64 */
    double sum = scaled_value(s, 0);
    if (!isinf(sum) || s->special != 0) return sum / count;
    return ldexp(scaled_value(s, DOWN) / count, DOWN);
}
