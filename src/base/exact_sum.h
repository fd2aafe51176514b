/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exact_sum.h - sums of doubles without rounding, so that their order makes no difference.
 *
 * Layer: base.  Owns nothing; all zeros is the sum of nothing.
 *
 * A sum is one large fixed-point number: limbs of 32 bits from 2^-1074 up, in words that have room for the
 * carries of many terms (R. M. Neal, "Fast exact summation using small and large superaccumulators", 2015).
 */
#ifndef GTAPE_EXACT_SUM_H
#define GTAPE_EXACT_SUM_H

#include "base/base.h"

enum { EXACT_SUM_LIMBS = 70 };

typedef struct exact_sum {
    i64 limb[EXACT_SUM_LIMBS];
    u32 pending;    /* terms since the last carry */
    double special; /* the sum of the terms that are not finite */
} exact_sum;

void exact_sum_add(exact_sum *s, double x);
/* Adds another sum, whose value stays as it is. */
void exact_sum_merge(exact_sum *s, exact_sum *other);
/* The double nearest to the sum, ties to even; infinities and nan as adding in any order gives them. */
double exact_sum_value(exact_sum *s);
/* The sum divided by a count of its terms; finite where all terms are. */
double exact_sum_mean(exact_sum *s, double count);

#endif
