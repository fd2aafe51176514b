/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_parts.h - numbers in two parts: what a rounded sum, product or quotient left over.
 *
 * Layer: core.  Private to special_*.c.  A value is hi + lo with lo below half a unit of hi's last place, so
 * a few operations in two parts keep an error far below one rounding (Dekker 1971; Knuth, TAOCP 2, 4.2.2).
 * The operands must stay within 1e-140 .. 1e290, where nothing under- or overflows. */
#ifndef GTAPE_SPECIAL_PARTS_H
#define GTAPE_SPECIAL_PARTS_H

typedef struct parts {
    double hi, lo;
} parts;

/* a + b where |a| >= |b| */
static inline parts parts_sum_ordered(double a, double b) {
    double s = a + b;
    return (parts){s, b - (s - a)};
}

static inline parts parts_sum(double a, double b) {
    double s = a + b, t = s - a;
    return (parts){s, (a - (s - t)) + (b - t)};
}

static inline parts parts_add(parts a, parts b) {
    parts s = parts_sum(a.hi, b.hi);
    return parts_sum_ordered(s.hi, s.lo + (a.lo + b.lo));
}

/* The upper half of the bits of a. */
static inline double parts_upper(double a) {
    double c = 0x1p27 * a + a;
    return c - (c - a);
}

static inline parts parts_product(double a, double b) {
    double p = a * b, ah = parts_upper(a), bh = parts_upper(b), al = a - ah, bl = b - bh;
    return (parts){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

static inline parts parts_mul(parts a, parts b) {
    parts p = parts_product(a.hi, b.hi);
    return parts_sum_ordered(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline parts parts_div(parts a, parts b) {
    double q = a.hi / b.hi;
    parts p = parts_product(q, b.hi);
    return parts_sum_ordered(q, ((a.hi - p.hi) - p.lo + (a.lo - q * b.lo)) / b.hi);
}

#endif
