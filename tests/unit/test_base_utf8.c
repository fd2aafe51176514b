/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_utf8.c - UTF-8 checked, counted, measured. */
#include "tests/unit/unit.h"

#include "base/utf8.h"

#include <string.h>

static unsigned encode(u32 code, char out[4]) {
    unsigned length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const u8 marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (unsigned i = length; i-- > 1; code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(marks[length] | code);
    return length;
}

START_TEST(every_code_point) {
    for (u32 code = 0; code <= 0x10FFFF; code++) {
        char s[4];
        unsigned length = encode(code, s);
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        unsigned got = utf8_length(s, 4);
        if (got != (surrogate ? 0 : length)) ck_abort_msg("U+%04X: length %u", (unsigned)code, got);
        if (!surrogate && utf8_decode(s, length) != code)
            ck_abort_msg("U+%04X is decoded wrongly", (unsigned)code);
        for (unsigned left = 0; left < length; left++) {
            if (utf8_length(s, left) != 0)
                ck_abort_msg("U+%04X cut to %u bytes passes", (unsigned)code, left);
        }
    }
}
END_TEST

/* Every pair of a leading byte and its second byte that is not what some code point begins with. */
START_TEST(no_other_beginnings) {
    static u8 good[256][256];
    for (u32 code = 0x80; code <= 0x10FFFF; code++) {
        char s[4];
        if (code == 0xD800) code = 0xE000;
        encode(code, s);
        good[(u8)s[0]][(u8)s[1]] = 1;
    }
    for (unsigned first = 0x80; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            char s[4] = {(char)first, (char)second, (char)0x80, (char)0x80};
            if ((utf8_length(s, 4) != 0) != good[first][second]) ck_abort_msg("%02x %02x", first, second);
        }
    }
}
END_TEST

static const char *const malformed[] = {
    "\x80",
    "\xBF",
    "\xC0\x80",
    "\xC1\xBF",
    "\xC3",
    "\xC3(",
    "\xE0\x80\x80",
    "\xE0\x9F\xBF",
    "\xE2\x82",
    "\xE2(\xA1",
    "\xED\xA0\x80",
    "\xED\xBF\xBF",
    "\xF0\x80\x80\x80",
    "\xF0\x8F\xBF\xBF",
    "\xF0\x9F\x98",
    "\xF0\x9F(\x80",
    "\xF4\x90\x80\x80",
    "\xF5\x80\x80\x80",
    "\xF8\x88\x80\x80",
    "\xFE",
    "\xFF",
    "\xE2\x82(",
    "\xF0\x9F\x98(",
};

START_TEST(malformed_sequences) {
    for (size_t i = 0; i < COUNT_OF(malformed); i++)
        ck_assert_uint_eq(utf8_length(malformed[i], strlen(malformed[i])), 0);
}
END_TEST

START_TEST(counts) {
    ck_assert_uint_eq(utf8_count("", 0), 0);
    ck_assert_uint_eq(utf8_count("a\0b", 3), 3);
    ck_assert_uint_eq(utf8_count("θ = Δx₁", strlen("θ = Δx₁")), 7);
    ck_assert_uint_eq(utf8_count("a\xFF\xFE z", 5), 5);
    ck_assert_uint_eq(utf8_count("\xE2\x82", 2), 2);
    ck_assert_uint_eq(utf8_count("😀é", strlen("😀é")), 2);
}
END_TEST

static const struct {
    u32 code;
    unsigned width;
} widths[] = {
    {'a', 1},    {0xE9, 1},   {0xAD, 1},    {0x3B8, 1},   {0x300, 0},   {0x36F, 0},    {0x370, 1},
    {0x200D, 0}, {0xFE0F, 0}, {0x1100, 2},  {0x1161, 0},  {0x3042, 2},  {0x4E2D, 2},   {0xAC00, 2},
    {0xFF21, 2}, {0xFF61, 1}, {0x1F600, 2}, {0x20000, 2}, {0xE0100, 0}, {0x10FFFF, 1}, {0x2212, 1},
};

START_TEST(columns) {
    for (size_t i = 0; i < COUNT_OF(widths); i++)
        ck_assert_uint_eq(utf8_width(widths[i].code), widths[i].width);
    ck_assert_uint_eq(utf8_columns("a中\u0301b", strlen("a中\u0301b")), 4);
    ck_assert_uint_eq(utf8_columns("\x1b\x7f\xff", 3), 12);
}
END_TEST

/* As the files PropList and DerivedCoreProperties of Unicode 14.0 list them, range by range. */
typedef const u32 property[][2];
static property bidi_control = {{0x61C, 0x61C}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}};
static property default_ignorable = {
    {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180D},   {0x180E, 0x180E},   {0x180F, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E},
    {0x2060, 0x2064},   {0x2065, 0x2065},   {0x2066, 0x206F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFF8},   {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0000, 0xE0000}, {0xE0001, 0xE0001}, {0xE0002, 0xE001F}, {0xE0020, 0xE007F}, {0xE0080, 0xE00FF},
    {0xE0100, 0xE01EF}, {0xE01F0, 0xE0FFF},
};
static property variation_selectors = {{0xFE00, 0xFE0F}, {0xE0100, 0xE01EF}};
static property breaks_and_annotations = {{0x2028, 0x2029}, {0xFFF9, 0xFFFB}};

static bool among(property ranges, size_t count, u32 code) {
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1]) return true;
    return false;
}
#define IS(property) among(property, COUNT_OF(property), code)

START_TEST(hidden) {
    for (u32 code = 0; code <= 0x10FFFF; code++) {
        bool wanted = IS(bidi_control) || (IS(default_ignorable) && !IS(variation_selectors)) ||
                      IS(breaks_and_annotations);
        if (utf8_is_hidden(code) != wanted) ck_abort_msg("U+%04X", (unsigned)code);
    }
}
END_TEST

static void utf8_tests(TCase *tests) {
    tcase_add_test(tests, every_code_point);
    tcase_add_test(tests, no_other_beginnings);
    tcase_add_test(tests, malformed_sequences);
    tcase_add_test(tests, counts);
    tcase_add_test(tests, columns);
    tcase_add_test(tests, hidden);
}

UNIT_MAIN("utf8", utf8_tests)
