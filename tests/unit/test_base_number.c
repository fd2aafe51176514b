/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_number.c - numbers to text and back. */
#include "tests/unit/unit.h"

#include "base/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    double x;
    const char *shortest;
} shortest[] = {
    {0, "0"},
    {-0.0, "-0"},
    {1, "1"},
    {625, "625"},
    {-5, "-5"},
    {100000, "100000"},
    {0.1, "0.1"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {123.456, "123.456"},
    {1e-4, "0.0001"},
    {0x1.a36e2eb1c432cp-14, "9.999999999999999e-05"}, /* the double before 1e-4 */
    {0.00012345, "0.00012345"},
    {1e-5, "1e-05"},
    {-1.5e-7, "-1.5e-07"},
    {9007199254740991, "9007199254740991"},
    {9007199254740992, "9007199254740992"},
    {9007199254740994, "9007199254740994"},
    {9999999999999998, "9999999999999998"},
    {-9999999999999998, "-9999999999999998"},
    {1e15 + 0.5, "1000000000000000.5"},
    {1e16, "1e+16"},
    {10000000000000002, "1.0000000000000002e+16"},
    {1e22, "1e+22"},
    {1e23, "1e+23"},
    {1.5e100, "1.5e+100"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {0x1p-1074, "5e-324"},
    {0x0.fffffffffffffp-1022, "2.225073858507201e-308"},
    {0x1p-44, "5.684341886080802e-14"},
    {2.0 / 3 * 1e15, "666666666666666.6"},
    {INFINITY, "inf"},
    {-INFINITY, "-inf"},
    {NAN, "nan"},
    {-NAN, "nan"},
};

START_TEST(shortest_digits) {
    for (size_t i = 0; i < COUNT_OF(shortest); i++) {
        char out[NUMBER_ROOM];
        size_t length = number_write(out, shortest[i].x, (number_format){0});
        ck_assert_str_eq(out, shortest[i].shortest);
        ck_assert_uint_eq(length, strlen(out));
    }
}
END_TEST

static const struct {
    double x;
    int digits;
    const char *text;
} rounded[] = {
    {1.0 / 3, 1, "0.3"},
    {1.0 / 3, 5, "0.33333"},
    {2.0 / 3, 17, "0.66666666666666663"},
    {0.1, 17, "0.10000000000000001"},
    {0.5, 17, "0.5"},
    {1234567, 3, "1230000"},
    {-1234567, 1, "-1000000"},
    {999.96, 4, "1000"},
    {9999999999999998, 3, "1e+16"},
    {99999e-9, 2, "0.0001"},
    {0.00001234567, 3, "1.23e-05"},
    {1e22, 5, "1e+22"},
    {2.5, 1, "2"},
    {3.5, 1, "4"},
    {0, 5, "0"},
    {-0.0, 5, "-0"},
    {INFINITY, 3, "inf"},
    {NAN, 3, "nan"},
    {DBL_MAX, 3, "1.8e+308"},
    {0x1p-1074, 4, "4.941e-324"},
    {100, 2, "100"},
};

START_TEST(chosen_digits) {
    for (size_t i = 0; i < COUNT_OF(rounded); i++) {
        char out[NUMBER_ROOM];
        number_write(out, rounded[i].x, (number_format){.digits = rounded[i].digits});
        ck_assert_str_eq(out, rounded[i].text);
    }
}
END_TEST

static const struct {
    double x;
    const char *text;
} hexes[] = {
    {0, "0x0p+0"},
    {-0.0, "-0x0p+0"},
    {1, "0x1p+0"},
    {12, "0x1.8p+3"},
    {0.1, "0x1.999999999999ap-4"},
    {-2, "-0x1p+1"},
    {DBL_MAX, "0x1.fffffffffffffp+1023"},
    {DBL_MIN, "0x1p-1022"},
    {0x1p-1074, "0x0.0000000000001p-1022"},
    {0x1.08p0, "0x1.08p+0"},
    {INFINITY, "inf"},
    {-INFINITY, "-inf"},
    {NAN, "nan"},
};

START_TEST(hexadecimal) {
    for (size_t i = 0; i < COUNT_OF(hexes); i++) {
        char out[NUMBER_ROOM];
        number_write(out, hexes[i].x, (number_format){.hex = true});
        ck_assert_str_eq(out, hexes[i].text);
    }
}
END_TEST

/* xorshift64*, a fixed seed */
static u64 next_random(u64 *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* Every bit pattern is as likely as any other. */
static double random_double(u64 *state) {
    u64 bits = next_random(state);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void check_round_trip(double x, number_format how) {
    char out[NUMBER_ROOM];
    size_t length = number_write(out, x, how);
    double back = -1;
    if (length >= NUMBER_ROOM || length != strlen(out)) ck_abort_msg("%a: length %zu", x, length);
    if (number_read(out, length, false, &back) != NUMBER_OK || memcmp(&back, &x, sizeof x) != 0)
        ck_abort_msg("%a is written %s and read %a", x, out, back);
    if (strtod(out, NULL) != x) ck_abort_msg("%a is written %s", x, out);
}

START_TEST(random_round_trips) {
    u64 state = 88172645463325252u;
    for (int i = 0; i < 100000; i++) {
        double x = random_double(&state);
        if (!isfinite(x)) continue;
        check_round_trip(x, (number_format){0});
        check_round_trip(x, (number_format){.hex = true});
        check_round_trip(x, (number_format){.digits = 17});
        check_round_trip(ldexp(x, -ilogb(x) + i % 120 - 60), (number_format){0}); /* near 1 */
    }
}
END_TEST

/* Significant digits of written text; zeros that fill up a whole number are none. */
static int count_digits(const char *text) {
    int digits = 0, zeros = 0;
    bool whole = true;
    for (; *text && *text != 'e'; text++) {
        if (*text == '.') whole = false;
        if (*text < '0' || *text > '9' || (digits == 0 && *text == '0')) continue;
        digits++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return whole ? digits - zeros : digits;
}

/* Nothing shorter reads back: 15, 16 and 17 digits are tried by the C library. */
START_TEST(no_shorter_digits) {
    u64 state = 1234567;
    for (int i = 0; i < 50000; i++) {
        double x = random_double(&state);
        if (!isnormal(x)) continue;
        char out[NUMBER_ROOM], tried[NUMBER_ROOM];
        number_write(out, x, (number_format){0});
        int digits = count_digits(out), n = 15;
        for (; n < 17; n++) {
            snprintf(tried, sizeof tried, "%.*e", n - 1, x);
            if (strtod(tried, NULL) == x) break;
        }
        if (digits > n) ck_abort_msg("%a is written %s, but %s would do", x, out, tried);
    }
}
END_TEST

/* Text of every usual form, against the C library's strtod. */
static void check_reading(const char *text) {
    double x, expected = strtod(text, NULL);
    enum number_status status = number_read(text, strlen(text), false, &x);
    ck_assert_msg(status == (isinf(expected) ? NUMBER_OVERFLOW : NUMBER_OK), "%s", text);
    ck_assert_msg(memcmp(&x, &expected, sizeof x) == 0, "%s: %a, not %a", text, x, expected);
}

START_TEST(random_decimals) {
    u64 state = 11;
    for (int i = 0; i < 200000; i++) {
        char text[80];
        u64 bits = next_random(&state);
        int whole = (int)(bits % 20), fraction = (int)(bits >> 8) % 20, n = 0;
        if (bits >> 16 & 1) text[n++] = '-';
        for (int k = 0; k < whole; k++) text[n++] = (char)('0' + next_random(&state) % 10);
        if (fraction || !whole) text[n++] = '.';
        if (!whole) text[n++] = '0';
        bool zeros = bits >> 17 & 1;
        for (int k = 0; k < fraction; k++)
            text[n++] = zeros && k < fraction / 2 ? '0' : (char)('0' + next_random(&state) % 10);
        text[n] = '\0';
        if (bits >> 18 & 1) snprintf(text + n, sizeof text - (size_t)n, "e%d", (int)(bits >> 20) % 61 - 30);
        check_reading(text);
    }
}
END_TEST

/* Decimals halfway between two doubles, and next to that, of up to 19 digits. */
START_TEST(decimals_at_ties) {
    u64 state = 12;
    for (int i = 0; i < 100000; i++) {
        u64 odd = (next_random(&state) >> 10) | 1; /* 54 bits: halfway between doubles */
        if (odd >> 53 == 0) odd |= UINT64_C(1) << 53;
        char text[80];
        for (int d = -1; d <= 1; d++) {
            snprintf(text, sizeof text, "%llu", (unsigned long long)(odd + (u64)d));
            check_reading(text);
            snprintf(text, sizeof text, "%llue%d", (unsigned long long)(odd + (u64)d), i % 45 - 22);
            check_reading(text);
            snprintf(text, sizeof text, "%llu.%d", (unsigned long long)(odd / 2),
                     50 + d); /* two doubles apart or a tie */
            check_reading(text);
        }
    }
}
END_TEST

START_TEST(powers_of_two_and_ten) {
    for (int e = -1074; e < 1024; e++) {
        double x = ldexp(1, e);
        check_round_trip(x, (number_format){0});
        check_round_trip(-nextafter(x, INFINITY), (number_format){0});
        check_round_trip(nextafter(x, 0), (number_format){0});
    }
    for (int e = -323; e <= 308; e++) {
        char text[16], out[NUMBER_ROOM], expected[16];
        snprintf(text, sizeof text, "1e%d", e);
        snprintf(expected, sizeof expected, "1e%+03d", e);
        double x;
        ck_assert_int_eq(number_read(text, strlen(text), false, &x), NUMBER_OK);
        number_write(out, x, (number_format){0});
        if (e < -4 || e >= 16) ck_assert_str_eq(out, expected);
    }
}
END_TEST

/* ---- from text ---- */

static const struct {
    const char *text;
    double x;
} well_formed[] = {
    {"5", 5},
    {"5.", 5},
    {".5", 0.5},
    {"-.5e1", -5},
    {"+7", 7},
    {"00012", 12},
    {"1e5", 1e5},
    {"1E+05", 1e5},
    {"1e-3", 1e-3},
    {"-0", -0.0},
    {"0x1F", 31},
    {"0x1.8p3", 12},
    {"0X.8P1", 1},
    {"0x1p-1074", 0x1p-1074},
    {"-0xa", -10},
    {"1e-400", 0},
    {"-1e-400", -0.0},
    {"4e-324", 0x1p-1074},
    {"2e-324", 0},
    {"0e999999999999", 0},
    {"0x1p-99999", 0},
    {"2.2250738585072011e-308", 0x0.fffffffffffffp-1022},
    {"3e-324", 0x1p-1074},
    {"1.7976931348623157e308", DBL_MAX},
    {"179769313486231580793728971405303e276", DBL_MAX},
    {"9007199254740993", 9007199254740992},
    {"9007199254740993.00000000000000000001", 9007199254740994},
    {"0x1.00000000000008p0", 1},
    {"0x1.000000000000080000001p0", 0x1.0000000000001p0},
    {"1e-00000000000000000000000000000000000000005", 1e-5},
    {"0.1", 0.1},
};
static const char *const malformed[] = {
    "",     "+",      "-",    ".",        "e5",   "1e",   "1e+",      "1e-",   " 1",  "1 ",           "1_000",
    "1,5",  "--1",    "+-1",  "0x",       "0x.",  "0xp1", "0x1p",     "0x1p+", "0xg", "1..2",         "1.2.3",
    "1e5.", "1e5e5",  "1f",   "0x1.8p3f", "inf",  "nan",  "infinity", "1p3",   "0b1", "\xEF\xBC\x95", "1e1_0",
    "5-",   "0x1F.p", "0x-1", "x1",       "1e 5",
};
static const char *const too_large[] = {"1e400",
                                        "1e309",
                                        "1.8e308",
                                        "0x1p1024",
                                        "0x1p99999",
                                        "1e99999999999999999999",
                                        "179769313486231580793728971405304e276"};

START_TEST(reads_numbers) {
    for (size_t i = 0; i < COUNT_OF(well_formed); i++) {
        double x = 99;
        const char *text = well_formed[i].text;
        if (number_read(text, strlen(text), false, &x) != NUMBER_OK) ck_abort_msg("%s is not read", text);
        if (memcmp(&x, &well_formed[i].x, sizeof x) != 0) ck_abort_msg("%s is read as %a", text, x);
    }
}
END_TEST

START_TEST(refuses_malformed_text) {
    double x;
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        if (number_read(malformed[i], strlen(malformed[i]), false, &x) != NUMBER_MALFORMED)
            ck_abort_msg("'%s' is read as %a", malformed[i], x);
    }
    ck_assert_int_eq(number_read("1\0002", 3, false, &x), NUMBER_MALFORMED);
    ck_assert_int_eq(number_read("1\0", 2, false, &x), NUMBER_MALFORMED);
}
END_TEST

START_TEST(overflow) {
    for (size_t i = 0; i < COUNT_OF(too_large); i++) {
        double x = 0;
        ck_assert_int_eq(number_read(too_large[i], strlen(too_large[i]), false, &x), NUMBER_OVERFLOW);
        ck_assert(isinf(x) && x > 0);
    }
    double x;
    ck_assert_int_eq(number_read("-1e999", 6, true, &x), NUMBER_OVERFLOW);
    ck_assert(isinf(x) && x < 0);
}
END_TEST

START_TEST(words) {
    static const char *const infinities[] = {"inf", "INF", "Infinity", "+inf", "INFINITY", "iNf"};
    double x;
    for (size_t i = 0; i < COUNT_OF(infinities); i++) {
        ck_assert_int_eq(number_read(infinities[i], strlen(infinities[i]), true, &x), NUMBER_OK);
        ck_assert(isinf(x) && x > 0);
    }
    ck_assert_int_eq(number_read("-Infinity", 9, true, &x), NUMBER_OK);
    ck_assert(isinf(x) && x < 0);
    ck_assert_int_eq(number_read("NaN", 3, true, &x), NUMBER_OK);
    ck_assert(isnan(x));
    static const char *const others[] = {"in",      "infi",      "nan(1)", "NaN123", "nano",
                                         "infinit", "infinityy", "\x09nf", "ND."};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        ck_assert_int_eq(number_read(others[i], strlen(others[i]), true, &x), NUMBER_MALFORMED);
}
END_TEST

/* The bytes behind the text are digits, and in a block of its own they are not there at all. */
START_TEST(stays_within_its_length) {
    double x;
    ck_assert_int_eq(number_read("123456", 3, false, &x), NUMBER_OK);
    ck_assert_double_eq(x, 123);
    ck_assert_int_eq(number_read("0x1FF", 4, false, &x), NUMBER_OK);
    ck_assert_double_eq(x, 31);
    ck_assert_int_eq(number_read("1e55", 3, false, &x), NUMBER_OK);
    ck_assert_double_eq(x, 1e5);
    for (size_t i = 0; i < COUNT_OF(well_formed); i++) {
        for (size_t length = 0; length <= strlen(well_formed[i].text); length++) {
            char *alone = malloc(length ? length : 1);
            memcpy(alone, well_formed[i].text, length);
            number_read(alone, length, true, &x);
            free(alone);
        }
    }
}
END_TEST

/* 1.000...0001 with as many digits as the scanner lets through, and more. */
START_TEST(long_texts) {
    for (size_t length = 3; length < 1 << 20; length = length * 3 + 1) {
        char *text = malloc(length);
        memset(text, '0', length);
        double x;
        ck_assert_int_eq(number_read(text, length, false, &x), NUMBER_OK);
        ck_assert_double_eq(x, 0);
        text[0] = '1', text[1] = '.', text[length - 1] = '1';
        ck_assert_int_eq(number_read(text, length, false, &x), NUMBER_OK);
        ck_assert_double_eq(x, length == 3 ? 1.1 : length == 10 ? 1.00000001 : 1);
        text[1] = '0';
        ck_assert_int_eq(number_read(text, length, false, &x), length > 309 ? NUMBER_OVERFLOW : NUMBER_OK);
        text[0] = '.';
        ck_assert_int_eq(number_read(text, length, false, &x), NUMBER_OK);
        if (length > 330) ck_assert_double_eq(x, 0);
        text[0] = '0', text[1] = 'x', text[2] = '1';
        ck_assert_int_eq(number_read(text, length, false, &x), length > 258 ? NUMBER_OVERFLOW : NUMBER_OK);
        free(text);
    }
}
END_TEST

static void read_long(void *text) {
    double x;
    number_read(text, strlen(text), false, &x);
}
static void keep(void *text) { (void)text; }

START_TEST(survives_failing_requests) {
    char text[1001] = "0x";
    memset(text + 2, '1', 998);
    ck_assert_uint_eq(fail_each_request(read_long, keep, text), 1);
}
END_TEST

/* A program around the library may have set LC_NUMERIC. */
START_TEST(decimal_comma_around_us) {
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8")) return;
    char out[NUMBER_ROOM];
    double x;
    number_write(out, 0.1, (number_format){0});
    ck_assert_str_eq(out, "0.1");
    number_write(out, 1.0 / 3, (number_format){.digits = 4});
    ck_assert_str_eq(out, "0.3333");
    ck_assert_int_eq(number_read("0x1.8p1", 7, false, &x), NUMBER_OK);
    ck_assert_double_eq(x, 3);
    ck_assert_int_eq(number_read("2.5", 3, false, &x), NUMBER_OK);
    ck_assert_double_eq(x, 2.5);
    ck_assert_int_eq(number_read("2,5", 3, false, &x), NUMBER_MALFORMED);
}
END_TEST

static void number_tests(TCase *tests) {
    tcase_add_test(tests, shortest_digits);
    tcase_add_test(tests, chosen_digits);
    tcase_add_test(tests, hexadecimal);
    tcase_add_test(tests, random_round_trips);
    tcase_add_test(tests, no_shorter_digits);
    tcase_add_test(tests, random_decimals);
    tcase_add_test(tests, decimals_at_ties);
    tcase_add_test(tests, powers_of_two_and_ten);
    tcase_add_test(tests, reads_numbers);
    tcase_add_test(tests, refuses_malformed_text);
    tcase_add_test(tests, overflow);
    tcase_add_test(tests, words);
    tcase_add_test(tests, stays_within_its_length);
    tcase_add_test(tests, long_texts);
    tcase_add_test(tests, survives_failing_requests);
    tcase_add_test(tests, decimal_comma_around_us);
}

UNIT_MAIN("number", number_tests)
