/* SPDX-License-Identifier: GPL-3.0-or-later */
/* number_uncertain.c - a value and its standard uncertainty, rounded as is usual: see number.h. */
#include "base/number.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] = " \xc2\xb1 "; /* plus-minus sign */

enum { MOST_DIGITS = 17 }; /* of a double */

/* The decimal exponent of x as it is when rounded to so many digits: 1 for 9.96 and two digits. */
static int exponent_of(double x, int digits) {
    char text[NUMBER_ROOM];
    snprintf(text, sizeof text, "%.*e", digits - 1, x);
    return atoi(strchr(text, 'e') + 1);
}

static size_t join(char *out, const char *value, const char *uncertainty) {
    return (size_t)snprintf(out, NUMBER_PAIR_ROOM, "%s%s%s", value, mark, uncertainty);
}

static void drop_sign_of_zero(char *text) {
    if (text[0] == '-' && !text[strspn(text, "-0.")]) memmove(text, text + 1, strlen(text));
}

/* x to the decimal place 10^place, place > 0: 1234 to the tens is 1230. */
static double to_place(double x, int place) {
    char text[NUMBER_ROOM];
    int digits = x == 0 ? 0 : exponent_of(x, 1 + MOST_DIGITS) - place + 1;
    if (digits < 0) return 0;
    if (digits == 0) return fabs(x) > 0.5 * pow(10, place) ? copysign(pow(10, place), x) : 0;
    snprintf(text, sizeof text, "%.*e", digits - 1, x);
    return strtod(text, NULL);
}

/* Both with `decimals` digits behind the point; one less where both end with 0. */
static size_t write_fixed(char *out, double x, double u, int decimals) {
    char value[NUMBER_PAIR_ROOM / 2], spread[NUMBER_PAIR_ROOM / 2];
    snprintf(value, sizeof value, "%.*f", decimals, x);
    snprintf(spread, sizeof spread, "%.*f", decimals, u);
    if (value[strlen(value) - 1] == '0' && spread[strlen(spread) - 1] == '0') {
        snprintf(value, sizeof value, "%.*f", decimals - 1, x);
        snprintf(spread, sizeof spread, "%.*f", decimals - 1, u);
    }
    drop_sign_of_zero(value);
    return join(out, value, spread);
}

/* d.dde-07 with so many digits; whether the last one is 0. */
static bool write_exponent(char out[static NUMBER_ROOM], double x, int digits) {
    if (digits < 1 || x == 0) {
        strcpy(out, "0");
        return true;
    }
    snprintf(out, NUMBER_ROOM, "%.*e", digits - 1, x);
    return digits > 1 && strchr(out, 'e')[-1] == '0';
}

/* Each with an exponent of its own, the last digits at the same place; one less where both end with 0. */
static size_t write_exponents(char *out, double x, double u, int place) {
    char value[NUMBER_ROOM], spread[NUMBER_ROOM];
    int digits = x == 0 ? 0 : exponent_of(x, MOST_DIGITS) - place + 1;
    bool zeros = write_exponent(value, x, digits);
    if (write_exponent(spread, u, 2) && zeros) {
        write_exponent(value, x, digits - 1);
        write_exponent(spread, u, 1);
    }
    return join(out, value, spread);
}

size_t number_write_uncertain(char out[static NUMBER_PAIR_ROOM], double x, double u, number_format how) {
    char value[NUMBER_ROOM], spread[NUMBER_ROOM];
    if (u == 0) return number_write(out, x, how);
    number_write(value, x, how);
    number_write(spread, u, how);
    if (how.digits || how.hex || !isfinite(x) || !isfinite(u) || !(u > 0)) return join(out, value, spread);
    int place = exponent_of(u, 2) - 1;
    if (x != 0 && exponent_of(x, 1 + MOST_DIGITS) - place >= MOST_DIGITS) {
        snprintf(spread, sizeof spread, "%.2g", u);
        return join(out, value, spread);
    }
    double larger = fmax(fabs(x), u);
    if (larger < 1e-4 || larger >= 1e16) return write_exponents(out, x, u, place);
    if (place < 0) return write_fixed(out, x, u, -place);
    number_write(value, to_place(x, place), how);
    number_write(spread, to_place(u, place), how);
    drop_sign_of_zero(value);
    return join(out, value, spread);
}
