/* SPDX-License-Identifier: GPL-3.0-or-later */
/* number.c - numbers to text and back, in no locale.
 *
 * libgtape may run in a program that has set LC_NUMERIC, so nothing here trusts the decimal point of
 * printf, and text is read in the "C" locale. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strtod_l */
#endif
#include "base/number.h"

#include "base/mem.h"
#include "base/number_cxx.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/* By strtod, which is exact but wants a NUL and the right locale.  glibc's "C" locale costs nothing to get.
 */
static double read_bounded(const char *text, size_t length) {
    char near[256];
    char *copy = length < sizeof near ? near : mem_alloc(length + 1, 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double x = c_locale ? strtod_l(copy, NULL, c_locale) : strtod(copy, NULL);
    if (c_locale) freelocale(c_locale);
    if (copy != near) mem_free(copy);
    return x;
}

#ifndef HAVE_CXX_CHARCONV
/* Makes the last digit of d.ddde+XX one larger. */
static void step_up(char *scientific) {
    char *p = strchr(scientific, 'e');
    while (--p >= scientific) {
        if (!is_digit(*p)) continue;
        if (*p != '9') {
            ++*p;
            return;
        }
        *p = '0';
    }
}

/* Any decimal of 15 digits survives a normal double, so one that is shorter is found at 15 already, with
 * zeros behind it; below the normal range precision ends sooner.  A power of two has twice as much room above
 * as below: there the decimal that reads back may be the next one above the rounded one. */
unsigned number_scientific(char *out, double x, int digits) {
    char tried[NUMBER_ROOM];
    int length = 0, exponent;
    for (int n = digits ? digits : x < 0x1p-1022 ? 1 : 15; n <= 17; n++) {
        length = snprintf(tried, sizeof tried, "%.*e", n - 1, x);
        if (digits || strtod(tried, NULL) == x) break; /* the same locale both ways */
        if (frexp(x, &exponent) != 0.5) continue;
        step_up(tried);
        if (strtod(tried, NULL) == x) break;
    }
    memcpy(out, tried, (size_t)length);
    return (unsigned)length;
}

unsigned number_fixed(char *out, double x) {
    (void)out, (void)x;
    return 0; /* the caller lays out what number_scientific gives */
}

#ifndef HAVE_LONG_MANTISSA
int number_decimal(const char *begin, const char *end, double *out) {
    (void)begin, (void)end, (void)out;
    return 0; /* the caller asks strtod then */
}
#endif
#endif

/* ---- to text ---- */

/* A number as d.ddd * 10^exponent, without zeros at the end. */
typedef struct decimal {
    char digit[17];
    int count, exponent;
} decimal;

/* Takes apart d.ddde+XX, whatever the decimal point is. */
static decimal take_apart(const char *s, unsigned length) {
    decimal d = {.count = 0};
    unsigned i = 0;
    for (; i < length && s[i] != 'e'; i++) {
        if (is_digit(s[i]) && d.count < 17) d.digit[d.count++] = s[i];
    }
    while (d.count > 1 && d.digit[d.count - 1] == '0') d.count--;
    for (unsigned k = i + 2; k < length; k++) d.exponent = 10 * d.exponent + (s[k] - '0');
    if (i + 1 < length && s[i + 1] == '-') d.exponent = -d.exponent;
    return d;
}

static char *put(char *out, const char *bytes, int count) {
    memcpy(out, bytes, (size_t)count);
    return out + count;
}

static char *put_zeros(char *out, int count) {
    memset(out, '0', (size_t)count);
    return out + count;
}

static char *put_unsigned(char *out, u64 n) {
    char digits[20];
    int at = 20;
    do digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    return put(out, digits + at, 20 - at);
}

/* 0.000ddd, ddd.ddd or ddd000 */
static char *put_fixed(char *out, const decimal *d) {
    int whole = d->exponent + 1; /* digits before the point */
    if (whole <= 0) {
        out = put(out, "0.", 2);
        out = put_zeros(out, -whole);
        return put(out, d->digit, d->count);
    }
    if (whole >= d->count) return put_zeros(put(out, d->digit, d->count), whole - d->count);
    out = put(out, d->digit, whole);
    *out++ = '.';
    return put(out, d->digit + whole, d->count - whole);
}

static char *put_exponential(char *out, const decimal *d) {
    *out++ = d->digit[0];
    if (d->count > 1) *out++ = '.';
    out = put(out, d->digit + 1, d->count - 1);
    int size = abs(d->exponent);
    out = put(out, d->exponent < 0 ? "e-" : "e+", 2);
    if (size < 10) *out++ = '0';
    return put_unsigned(out, (u64)size);
}

/* 0x1.8p+3; denormals as glibc has them, 0x0.0000000000001p-1022. */
static char *put_hex(char *out, double x) {
    u64 bits;
    memcpy(&bits, &x, sizeof bits);
    u64 fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7FF);
    int exponent = biased ? biased - 1023 : fraction ? -1022 : 0;
    out = put(out, biased ? "0x1" : "0x0", 3);
    if (fraction) *out++ = '.';
    for (; fraction; fraction = fraction << 4 & ((UINT64_C(1) << 52) - 1))
        *out++ = "0123456789abcdef"[fraction >> 48];
    out = put(out, exponent < 0 ? "p-" : "p+", 2);
    return put_unsigned(out, (u64)abs(exponent));
}

static char *put_finite(char *out, double x, number_format how) {
    if (how.hex) return put_hex(out, x);
    if (x == 0) return put(out, "0", 1);
    /* Whole numbers that a double holds exactly: their own digits are the shortest. */
    if (how.digits == 0 && x < 0x1p53 && x == (double)(u64)x) return put_unsigned(out, (u64)x);
    /* There the digits that tell a number from its neighbours are the shortest ones in any notation. */
    unsigned length = how.digits == 0 && x >= 1e-4 && x < 0x1p53 ? number_fixed(out, x) : 0;
    if (length) return out + length;
    char scientific[NUMBER_ROOM];
    length = number_scientific(scientific, x, how.digits);
    decimal d = take_apart(scientific, length);
    bool fixed = d.exponent >= -4 && d.exponent < 16;
    return fixed ? put_fixed(out, &d) : put_exponential(out, &d);
}

size_t number_write(char out[static NUMBER_ROOM], double x, number_format how) {
    char *end = out;
    if (isnan(x)) {
        end = put(end, "nan", 3);
    } else {
        if (signbit(x)) *end++ = '-';
        end = isinf(x) ? put(end, "inf", 3) : put_finite(end, fabs(x), how);
    }
    *end = '\0';
    return (size_t)(end - out);
}

/* ---- from text ---- */

/* Each skips what it is named after, as far as there is some. */
static const char *skip_digits(const char *p, const char *end, bool (*is)(char)) {
    while (p < end && is(*p)) p++;
    return p;
}

/* digits [. digits], at least one digit; NULL where that is not there. */
static const char *skip_mantissa(const char *p, const char *end, bool (*is)(char)) {
    const char *whole = skip_digits(p, end, is);
    bool some = whole > p;
    if (whole == end || *whole != '.') return some ? whole : NULL;
    const char *fraction = skip_digits(whole + 1, end, is);
    return some || fraction > whole + 1 ? fraction : NULL;
}

/* Whether [p, end) is all of a number's mantissa and exponent. */
static bool well_formed(const char *p, const char *end, bool hex) {
    p = skip_mantissa(p, end, hex ? is_hex_digit : is_digit);
    if (!p || p == end) return p != NULL;
    if ((*p | 0x20) != (hex ? 'p' : 'e')) return false;
    p++;
    if (p < end && (*p == '+' || *p == '-')) p++;
    return p < end && skip_digits(p, end, is_digit) == end;
}

/* ASCII only: strcasecmp would not take INF in a Turkish locale. */
static bool is_word(const char *text, size_t length, const char *word) {
    if (length != strlen(word)) return false;
    for (size_t i = 0; i < length; i++) {
        if ((text[i] | 0x20) != word[i]) return false;
    }
    return true;
}

static bool read_word(const char *text, size_t length, double *out) {
    bool is_infinity = is_word(text, length, "inf") || is_word(text, length, "infinity");
    if (!is_infinity && !is_word(text, length, "nan")) return false;
    *out = is_infinity ? (double)INFINITY : (double)NAN;
    return true;
}

/* ---- from text, the usual case ---- */

/* Eight digits at a time, as bytes of one word (D. Lemire, "Number parsing at a gigabyte per second", 2021);
 * only where the first byte is the lowest. */
static bool take_eight(const char *p, u64 *mantissa) {
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const u64 zeros = UINT64_C(0x3030303030303030), high = UINT64_C(0xF0F0F0F0F0F0F0F0);
    u64 word;
    memcpy(&word, p, sizeof word);
    if (((word & high) | (((word + UINT64_C(0x0606060606060606)) & high) >> 4)) !=
        UINT64_C(0x3333333333333333))
        return false;
    word -= zeros;
    word = word * 10 + (word >> 8);
    word = ((word & UINT64_C(0x000000FF000000FF)) * (100 + (UINT64_C(1000000) << 32)) +
            ((word >> 16) & UINT64_C(0x000000FF000000FF)) * (1 + (UINT64_C(10000) << 32))) >>
           32;
    *mantissa = *mantissa * 100000000 + word;
    return true;
#else
    (void)p, (void)mantissa;
    return false;
#endif
}

/* Digits onto a mantissa, which holds 19 of them; where there are more the caller finds out by the count. */
static const char *take_digits(const char *p, const char *end, u64 *mantissa) {
    while (end - p >= 8 && take_eight(p, mantissa)) p += 8;
    for (; p < end && is_digit(*p); p++) *mantissa = *mantissa * 10 + (u64)(*p - '0');
    return p;
}

/* The exponent behind e; beyond four digits it stays what it is: too large for the usual case. */
static const char *take_exponent(const char *p, const char *end, int *exponent) {
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    const char *begin = p;
    int n = 0;
    for (; p < end && is_digit(*p) && p - begin < 5; p++) n = 10 * n + (*p - '0');
    *exponent = negative ? -n : n;
    return p > begin ? p : NULL;
}

/* mantissa * 10^scale where one operation gives it rounded once: in doubles where both fit (W. Clinger,
 * 1990), in 64 bits where the second rounding, to a double, is of no tie that the first may have made. */
static bool scale_by_ten(u64 mantissa, int scale, double *out) {
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (mantissa >> 53 == 0 && abs(scale) <= 22) {
        *out = scale < 0 ? (double)mantissa / tens[-scale] : (double)mantissa * tens[scale];
        return true;
    }
#ifdef HAVE_LONG_MANTISSA
    static const long double long_tens[] = {
        1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
        1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    if (abs(scale) > 27) return false;
    long double x = (long double)mantissa;
    x = scale < 0 ? x / long_tens[-scale] : x * long_tens[scale];
    u64 bits;
    memcpy(&bits, &x, sizeof bits);
    *out = (double)x;
    return (bits & 0x7FF) != 0x400;
#else
    return false;
#endif
}

/* A decimal number without a sign, of up to 19 digits and a moderate exponent.  False says nothing. */
static bool read_usual(const char *p, const char *end, double *out) {
    const char *begin = p;
    u64 mantissa = 0;
    while (p < end && *p == '0') p++;
    const char *digits = p;
    p = take_digits(p, end, &mantissa);
    ptrdiff_t count = p - digits, fraction = 0;
    bool some = p > begin;
    if (p < end && *p == '.') {
        const char *point = ++p;
        if (count == 0)
            while (p < end && *p == '0') p++;
        digits = p;
        p = take_digits(p, end, &mantissa);
        count += p - digits;
        fraction = p - point;
        some |= fraction > 0;
    }
    int exponent = 0;
    if (p < end && (*p | 0x20) == 'e') p = take_exponent(p + 1, end, &exponent);
    if (p != end || !some || count > 19 || fraction > 400) return false;
    return scale_by_ten(mantissa, exponent - (int)fraction, out);
}

/* What is left of decimal numbers: many digits, or large exponents.  False: ask strtod. */
static bool read_decimal(const char *p, const char *end, double *out) {
#ifdef HAVE_LONG_MANTISSA
    (void)p, (void)end, (void)out;
    return false;
#else
    return number_decimal(p, end, out);
#endif
}

enum number_status number_read(const char *text, size_t length, bool words, double *out) {
    const char *p = text, *end = text + length;
    bool negative = length > 0 && *p == '-';
    if (length > 0 && (*p == '-' || *p == '+')) p++;
    double x;
    if (read_usual(p, end, &x)) {
        *out = negative ? -x : x;
        return NUMBER_OK;
    }
    if (words && read_word(p, (size_t)(end - p), &x)) {
        *out = negative ? -x : x;
        return NUMBER_OK;
    }
    bool hex = end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x';
    if (!well_formed(hex ? p + 2 : p, end, hex)) return NUMBER_MALFORMED;
    if (hex || !read_decimal(p, end, &x)) x = read_bounded(p, (size_t)(end - p));
    *out = negative ? -x : x;
    return isinf(x) ? NUMBER_OVERFLOW : NUMBER_OK;
}
