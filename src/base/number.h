/* SPDX-License-Identifier: GPL-3.0-or-later */
/* number.h - numbers to text and back, in no locale.
 *
 * Layer: base.  Owns nothing. */
#ifndef GTAPE_NUMBER_H
#define GTAPE_NUMBER_H

#include "base/base.h"

enum { NUMBER_ROOM = 40 }; /* bytes that any formatted number fits in, NUL included */

typedef struct number_format {
    int digits; /* 0: the shortest that reads back the same; else 1 to 17 significant digits */
    bool hex;   /* as %a: 0x1.8p+3 */
} number_format;

/* Writes x and returns the length (NUL-terminated).  The layout is that of LANGUAGE.md 9: fixed for
 * 1e-4 <= abs(x) < 1e16 (no exponent, no trailing zeros or point: 625, 0.0001), else d.ddde+22 with
 * at least two exponent digits; "-0", "inf", "-inf", "nan". */
size_t number_write(char out[static NUMBER_ROOM], double x, number_format how);

enum number_status {
    NUMBER_OK,
    NUMBER_MALFORMED,
    NUMBER_OVERFLOW, /* *out is an infinity */
};

/* Reads the whole of text[0..length) as a decimal or hexadecimal (0x1.8p3, 0x1F) number, correctly
 * rounded; one that underflows becomes the nearest double (denormal or 0) and is NUMBER_OK.  An optional
 * sign is accepted, blanks are not; "inf", "infinity" and "nan" in any case are accepted where `words`.
 * `5.` and `.5` are numbers.  Never reads beyond length; digit groups are the scanner's to remove. */
enum number_status number_read(const char *text, size_t length, bool words, double *out);

/* A value and its standard uncertainty, 625 ± 50: the uncertainty with two significant digits, the value to
 * the same decimal place, and a 0 that both would end with behind the point left out (25 ± 1).  With digits
 * or hexadecimal numbers asked for, both in full; with an uncertainty of 0, the value alone.  Returns the
 * length in bytes; the mark has two. */
#define NUMBER_PAIR_ROOM 96
size_t number_write_uncertain(char out[static NUMBER_PAIR_ROOM], double x, double u, number_format how);

#endif
