/* SPDX-License-Identifier: GPL-3.0-or-later */
/* taylor.h - Taylor coefficients, propagated along the tape.
 *
 * Layer: core. */
#ifndef GTAPE_TAYLOR_H
#define GTAPE_TAYLOR_H

#include "core/sweep.h"

enum { TAYLOR_LIMIT = 200 };

/* The coefficients out[0..n] of y(x + t) = out[0] + out[1] t + ..., each in the shape of y; x is a scalar.
 * With `record` they have a history, so that they can be differentiated.  False where an operation on the way
 * is neither elementwise nor linear; *blocking is its name then, or says what it is where no program can call
 * it.  Results belong to the pool. */
bool taylor_series(recorder *r, value y, value x, u32 n, bool record, value *out, const char **blocking);

#endif
