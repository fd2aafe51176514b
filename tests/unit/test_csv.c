/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_csv.c - records and fields of CSV and TSV, whole and in pieces. */
#include "tests/unit/unit.h"

#include "data/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- a table as text: fields between |, records one a line, "line:" in front, !line:column what at an error
 * ---- */

static void show_record(const csv_reader *r, text *out) {
    text_printf(out, "%d", (int)r->first_line);
    for (size_t i = 0; i < r->fields.count; i++) {
        text_putc(out, '|');
        csv_unquote(r->fields.items[i], out);
    }
    text_putc(out, '\n');
}

static void show_fault(const csv_reader *r, text *out) {
    csv_place place = csv_place_of(r, r->fault);
    text_printf(out, "!%d:%d %s\n", (int)place.line, (int)(r->fault - place.begin) + 1, r->why);
}

/* Gives the reader `piece` bytes more whenever it asks, in memory of exactly that size, so that a sanitizer
 * sees each byte too many that is read. */
static void read_in_pieces(const char *bytes, size_t length, char separator, size_t piece, text *out) {
    csv_reader r;
    csv_open(&r, separator);
    size_t given = piece < length ? piece : length, begin = 0;
    char *window = malloc(given ? given : 1);
    memcpy(window, bytes, given);
    csv_window(&r, window, given, given == length);
    for (;;) {
        enum csv_status status = csv_next(&r);
        if (status == CSV_RECORD) show_record(&r, out);
        if (status == CSV_MALFORMED) show_fault(&r, out);
        if (status == CSV_END || status == CSV_MALFORMED) break;
        if (status != CSV_MORE) continue;
        ck_assert(given < length);
        begin += (size_t)(r.next - window);
        given = length - given < piece ? length : given + piece;
        char *next = malloc(given > begin ? given - begin : 1);
        memcpy(next, bytes + begin, given - begin);
        free(window);
        window = next;
        csv_window(&r, window, given - begin, given == length);
    }
    free(window);
    csv_close(&r);
}

static const struct {
    const char *bytes;
    size_t length; /* 0: up to the NUL */
    char separator;
    const char *shown;
} tables[] = {
    {"", 0, ',', ""},
    {"\n\n", 0, ',', ""},
    {"a,b\n1,2\n", 0, ',', "1|a|b\n2|1|2\n"},
    {"a,b\n1,2", 0, ',', "1|a|b\n2|1|2\n"},
    {"a,b\r\n1,2\r\n", 0, ',', "1|a|b\n2|1|2\n"},
    {"a,b\r1,2\r", 0, ',', "1|a|b\n2|1|2\n"},
    {"a\tb,c\n1\t2\n", 0, '\t', "1|a|b,c\n2|1|2\n"},
    {"a\n\n\n1\n", 0, ',', "1|a\n4|1\n"},
    {",\n,,\n", 0, ',', "1||\n2|||\n"},
    {"a,\n", 0, ',', "1|a|\n"},
    {"a,", 0, ',', "1|a|\n"},
    {"\xef\xbb\xbfx,y\n1,2\n", 0, ',', "1|x|y\n2|1|2\n"},
    {"\xef\xbb\xbf", 0, ',', ""},
    {"\xef\xbb\xbf\"x\"\n", 0, ',', "1|x\n"},
    {"\"a\",\"b\"\n\"1\",2\n", 0, ',', "1|a|b\n2|1|2\n"},
    {"\"a \"\"b\"\" c\",d\n", 0, ',', "1|a \"b\" c|d\n"},
    {"\"\"\"\"\n", 0, ',', "1|\"\n"},
    {"\"\",x\n", 0, ',', "1||x\n"},
    {"\"\"", 0, ',', "1|\n"},
    {"\"a\nb\",c\nd,e\n", 0, ',', "1|a\nb|c\n3|d|e\n"},
    {"\"a\r\nb\rc\",d\r\ne,f\r\n", 0, ',', "1|a\r\nb\rc|d\n4|e|f\n"},
    {"\"a,b\",c\n", 0, ',', "1|a,b|c\n"},
    {" a , \"b\" ,c\n", 0, ',', "1|a|b|c\n"},
    {"a\"b,c\n", 0, ',', "!1:2 a quote in the middle of a field\n"},
    {"x\n\"a\"b,c\n", 0, ',',
     "1|x\n!2:4 text behind a closing quote (a quote within quotes is written twice)\n"},
    {"x\n\"a\" \"b\"\n", 0, ',',
     "1|x\n!2:5 text behind a closing quote (a quote within quotes is written twice)\n"},
    {"x\ny,\"a\nb\n", 0, ',', "1|x\n!2:3 a quote that is never closed\n"},
    {"x\n\"a\"\"\n", 0, ',', "1|x\n!2:1 a quote that is never closed\n"},
    {"\"", 0, ',', "!1:1 a quote that is never closed\n"},
    {"a,b\n1,\0", 7, ',', "1|a|b\n!2:3 a NUL byte\n"},
    {"a,b\n1,\"x\ny\0\"", 12, ',', "1|a|b\n!3:2 a NUL byte\n"},
    {"\"a\"\0,b", 6, ',', "!1:4 a NUL byte\n"},
    {"\0", 1, ',', "!1:1 a NUL byte\n"},
    {"\xff\xfe"
     "a\0",
     4, ',', "!1:1 UTF-16 text; UTF-8 is needed\n"},
    {"\xfe\xff\0a", 4, ',', "!1:1 UTF-16 text; UTF-8 is needed\n"},
    {"{\r", 0, CSV_JSON, "!1:3 a member needs a name in quotes\n"},
    {"{\"a\": 1}\n{\r\r", 0, CSV_JSON, "1|1\n!3:2 a member needs a name in quotes\n"},
};

START_TEST(test_tables) {
    size_t length = tables[_i].length ? tables[_i].length : strlen(tables[_i].bytes);
    for (size_t piece = 1; piece <= length + 1; piece++) {
        text out = {0};
        read_in_pieces(tables[_i].bytes, length, tables[_i].separator, piece, &out);
        ck_assert_str_eq(text_str(&out), tables[_i].shown);
        text_free(&out);
    }
}
END_TEST

/* Any text is read in pieces as it is read whole. */
static void try_random_texts(const char *alphabet, size_t count, char separator) {
    u32 state = 1;
    for (int round = 0; round < 20000; round++) {
        char bytes[20];
        size_t length = 0;
        for (size_t i = 0; i < sizeof bytes; i++) {
            state = state * 1664525 + 1013904223;
            bytes[length++] = alphabet[(state >> 16) % (count - (round % 4 != 0))];
        }
        length = state >> 27 < sizeof bytes ? state >> 27 : sizeof bytes;
        text whole = {0}, pieces = {0};
        read_in_pieces(bytes, length, separator, length, &whole);
        read_in_pieces(bytes, length, separator, 1 + (size_t)round % 5, &pieces);
        ck_assert_str_eq(text_str(&whole), text_str(&pieces));
        text_free(&whole);
        text_free(&pieces);
    }
}

START_TEST(test_random_texts) {
    static const char fields[] = {',', ',', '"', '"', '"', '\n', '\r', ' ', 'a', '1', '\t', '\0'};
    static const char json[] = {'{', '{', '}', '"', '"', ':', ',', '\n', '\r', ' ', 'a', '1', '\0'};
    try_random_texts(fields, sizeof fields, ',');
    try_random_texts(json, sizeof json, CSV_JSON);
}
END_TEST

/* Fields stand in the window as they are in the file, quotes and blanks too. */
START_TEST(test_fields_are_views) {
    static const char bytes[] = "a, \"b\"\"c\" ,1\n";
    csv_reader r;
    csv_open(&r, ',');
    csv_window(&r, bytes, strlen(bytes), true);
    ck_assert_int_eq(csv_next(&r), CSV_RECORD);
    ck_assert_uint_eq(r.fields.count, 3);
    ck_assert_ptr_eq(r.fields.items[1].bytes, bytes + 2);
    ck_assert_uint_eq(r.fields.items[1].length, 8);
    ck_assert(r.fields.items[1].quoted && !r.fields.items[2].quoted);
    ck_assert_ptr_eq(r.next, bytes + strlen(bytes));
    csv_close(&r);
}
END_TEST

/* ---- cells ---- */

static const struct {
    const char *cell;
    enum csv_number status;
    double x;
} cells[] = {
    {"3", CSV_NUMBER, 3},
    {" 3 ", CSV_NUMBER, 3},
    {"\t-4.5e-2", CSV_NUMBER, -0.045},
    {"+1", CSV_NUMBER, 1},
    {".5", CSV_NUMBER, 0.5},
    {"5.", CSV_NUMBER, 5},
    {"0x10", CSV_NUMBER, 16},
    {"0x1.8p+3", CSV_NUMBER, 12},
    {"inf", CSV_NUMBER, INFINITY},
    {"-Infinity", CSV_NUMBER, -INFINITY},
    {"\"3\"", CSV_NUMBER, 3},
    {" \" 3 \" ", CSV_NUMBER, 3},
    {"1e-400", CSV_NUMBER, 0},
    {"", CSV_MISSING, 0},
    {"  ", CSV_MISSING, 0},
    {"NA", CSV_MISSING, 0},
    {" NA ", CSV_MISSING, 0},
    {"\"NA\"", CSV_MISSING, 0},
    {"\"\"", CSV_MISSING, 0},
    {"1e999", CSV_TOO_LARGE, 0},
    {"-1e999", CSV_TOO_LARGE, 0},
    {"1.5kg", CSV_NO_NUMBER, 0},
    {"-", CSV_NO_NUMBER, 0},
    {"\xc2\xb1", CSV_NO_NUMBER, 0},
    {"\xef\xbc\x91", CSV_NO_NUMBER, 0}, /* a full-width digit */
    {"1 2", CSV_NO_NUMBER, 0},
    {"1_000", CSV_NO_NUMBER, 0},
    {"na", CSV_NO_NUMBER, 0},
    {"n/a", CSV_NO_NUMBER, 0},
    {"\"1\"\"2\"", CSV_NO_NUMBER, 0},
};

START_TEST(test_cells) {
    csv_field f = {cells[_i].cell, strlen(cells[_i].cell), strchr(cells[_i].cell, '"') != NULL};
    double x = 99;
    ck_assert_int_eq(csv_read_number(f, NULL, &x), cells[_i].status);
    ck_assert_int_eq(csv_is_missing(f, NULL), cells[_i].status == CSV_MISSING);
    if (cells[_i].status == CSV_NUMBER) ck_assert(x == cells[_i].x);
}
END_TEST

START_TEST(test_nan_is_a_number) {
    double x = 0;
    ck_assert_int_eq(csv_read_number((csv_field){"NaN", 3, false}, NULL, &x), CSV_NUMBER);
    ck_assert(isnan(x));
}
END_TEST

START_TEST(test_separators) {
    static const char tabs[] = "a\tb\n", commas[] = "a\tb,c\n", one[] = "a\nb\tc\n";
    ck_assert_int_eq(csv_separator("t.tsv", commas, strlen(commas), true), '\t');
    ck_assert_int_eq(csv_separator("T.TSV", commas, strlen(commas), true), '\t');
    ck_assert_int_eq(csv_separator("t.csv", tabs, strlen(tabs), true), ',');
    ck_assert_int_eq(csv_separator("<stdin>", tabs, strlen(tabs), true), '\t');
    ck_assert_int_eq(csv_separator("<stdin>", commas, strlen(commas), true), ',');
    ck_assert_int_eq(csv_separator("<stdin>", one, strlen(one), true), ',');
    ck_assert_int_eq(csv_separator("tsv", "", 0, true), ',');
    static const char *const lines[] = {"{\"x\": 1}\n", "\xef\xbb\xbf{}\n",      "\n\r\n{}",  " \t{",
                                        "\n\na\tb\n",   "\xef\xbb\xbf\x61\tb\n", "\na,b\t{\n"};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        ck_assert_int_eq(csv_separator("-", lines[i], strlen(lines[i]), false), i < 4   ? CSV_JSON
                                                                                : i < 6 ? '\t'
                                                                                        : ',');
    /* what stands in quotes separates nothing; a quote within a field opens none */
    static const char *const quoted[] = {"x\t\"a,b\"\tc\n", "x\t \"a\"\"b,c\n\"\tc\n", "\"a\tb\",c\n",
                                         "a\"b,c\"\td\n"};
    for (size_t i = 0; i < COUNT_OF(quoted); i++)
        ck_assert_int_eq(csv_separator("-", quoted[i], strlen(quoted[i]), false), i < 2 ? '\t' : ',');
    static const char *const pieces[] = {"",       "a",    "\xef\xbb", "\xef\xbb\xbf\n",
                                         "\n\n\n", "a\tb", " \t  ",    "x\t\"a,b\n"};
    for (size_t i = 0; i < COUNT_OF(pieces); i++)
        ck_assert_int_eq(csv_separator("-", pieces[i], strlen(pieces[i]), false), 0);
}
END_TEST

/* Many columns, and a record much longer than the pieces it comes in. */
START_TEST(test_many_columns) {
    enum { COLUMNS = 100000 };
    text bytes = {0};
    for (int i = 0; i < COLUMNS; i++) text_printf(&bytes, "%s%d", i ? "," : "", i);
    csv_reader r;
    csv_open(&r, ',');
    csv_window(&r, bytes.bytes, bytes.length / 2, false);
    ck_assert_int_eq(csv_next(&r), CSV_MORE);
    ck_assert_ptr_eq(r.next, bytes.bytes);
    csv_window(&r, bytes.bytes, bytes.length, true);
    ck_assert_int_eq(csv_next(&r), CSV_RECORD);
    ck_assert_uint_eq(r.fields.count, COLUMNS);
    csv_close(&r);
    text_free(&bytes);
}
END_TEST

static void csv_tests(TCase *tests) {
    tcase_add_loop_test(tests, test_tables, 0, (int)COUNT_OF(tables));
    tcase_add_test(tests, test_random_texts);
    tcase_add_test(tests, test_fields_are_views);
    tcase_add_loop_test(tests, test_cells, 0, (int)COUNT_OF(cells));
    tcase_add_test(tests, test_nan_is_a_number);
    tcase_add_test(tests, test_separators);
    tcase_add_test(tests, test_many_columns);
}

UNIT_MAIN("csv", csv_tests)
