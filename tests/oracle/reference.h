/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference.h - the elementwise functions in MPFR, from their definitions: what accuracy.c and programs.c
 * hold gtape against.
 *
 * A result must not be one of the arguments.  Outside a function's domain (core/ops.def) it is nan. */
#ifndef GTAPE_REFERENCE_H
#define GTAPE_REFERENCE_H

#include <mpfr.h>
#include <stddef.h>

typedef struct reference {
    const char *name; /* as programs call it */
    void (*one)(mpfr_t y, const mpfr_t x);
    void (*two)(mpfr_t y, const mpfr_t x, const mpfr_t w);
    double low, high; /* arguments that accuracy.c measures it at; 0 and 0: it is exact */
} reference;

extern const reference references[];
extern const size_t reference_count;

/* Sets MPFR's precision, and what the functions need besides; and gives it back. */
void reference_begin(mpfr_prec_t bits);
void reference_end(void);

#endif
