/* SPDX-License-Identifier: GPL-3.0-or-later */
/* odd_rows.c - see odd_rows.h. */
#include "lib/odd_rows.h"

#include <math.h>
#include <string.h>

/* Sign and exponent, with nan and the infinities apart. */
static u64 class_of(double x) {
    enum { SIGN_AND_EXPONENT = 52, NAN_CLASS = 1 << 12 };
    u64 bits;
    if (isnan(x)) return NAN_CLASS;
    memcpy(&bits, &x, sizeof bits);
    return bits >> SIGN_AND_EXPONENT;
}

/* The finalizer of MurmurHash3, by A. Appleby, over what there is so far and the next class. */
u64 odd_rows_add(u64 kind, double x) {
    u64 h = kind + class_of(x) + UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

bool odd_rows_is_due(odd_rows *o, u64 kind) {
    enum { FIRST = 16, PART = 8 };
    u64 *known = &o->kinds[kind % KINDS_KEPT];
    bool is_new = *known != kind;
    *known = kind; /* another one with this place is forgotten */
    o->seen++;
    bool is_rare = (o->seen & (o->seen - 1)) == 0;
    bool is_due = o->in_vain < FIRST || is_rare || (is_new && o->looked <= FIRST + o->seen / PART);
    o->looked += is_due;
    return is_due;
}

void odd_rows_looked(odd_rows *o, bool is_new) { o->in_vain = is_new ? 0 : o->in_vain + 1; }
