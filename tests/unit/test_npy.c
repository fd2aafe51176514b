/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_npy.c - NumPy's files: types, orders, versions, and those that lie.  Layout: numpy.lib.format. */
#include "tests/unit/unit.h"

#include "data/npy.h"

#include <math.h>
#include <string.h>

/* What is read, and what was said. */
typedef struct reading {
    text bytes;
    data_file file;
    source_list sources;
    diagnostic_list said;
    value v;
} reading;

static void read_it(void *data) {
    reading *r = data;
    r->v = UNBOUND;
    r->file = (data_file){"a.npy", text_str(&r->bytes), r->bytes.length, &r->sources, &r->said};
    npy_read(&r->file, &r->v);
}

static void clean(void *data) {
    reading *r = data;
    value_drop(&r->v);
    r->v = UNBOUND;
    diag_clear(&r->said);
    source_free(&r->sources);
}

static void put_prefix(text *t, int version, size_t header_length) {
    text_add(t, "\x93NUMPY", 6);
    text_putc(t, (char)version);
    text_putc(t, 0);
    for (int i = 0; i < (version == 1 ? 2 : 4); i++) text_putc(t, (char)(header_length >> 8 * i & 0xff));
}

static void put_file(text *t, int version, const char *header, const void *data, size_t length) {
    put_prefix(t, version, strlen(header));
    text_puts(t, header);
    text_add(t, data, length);
}

static reading read_file(int version, const char *header, const void *data, size_t length) {
    reading r = {.v = UNBOUND};
    put_file(&r.bytes, version, header, data, length);
    ck_assert_int_eq(fault_of(read_it, &r), FAULT_NONE);
    return r;
}

static void done(reading *r) {
    clean(r);
    text_free(&r->bytes);
}

static void expect(const value *v, u32 rank, const size_t *shape, const double *entries) {
    view w = view_of(v);
    ck_assert(shape_equal(w.rank, w.shape, rank, shape));
    for (size_t i = 0; i < w.size; i++) ck_assert(w.data[i] == entries[i]);
}

/* ---- types ---- */

#define TYPE(descr, bytes, ...)                                                                              \
    {                                                                                                        \
        descr, bytes, sizeof bytes - 1, { __VA_ARGS__ }                                                      \
    }
static const struct {
    const char *descr, *bytes;
    size_t length;
    double entries[3];
} types[] = {
    TYPE("<f8", "\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\xf0\xbf\0\0\0\0\0\0\xf0\x7f", 1.5, -1, INFINITY),
    TYPE(">f8", "\x3f\xf8\0\0\0\0\0\0\xbf\xf0\0\0\0\0\0\0\x7f\xf0\0\0\0\0\0\0", 1.5, -1, INFINITY),
    TYPE("<f4", "\0\0\xc0\x3f\0\0\x80\xbf\0\0\x80\x7f", 1.5, -1, INFINITY),
    TYPE(">f4", "\x3f\xc0\0\0\xbf\x80\0\0\x7f\x80\0\0", 1.5, -1, INFINITY),
    TYPE("<i8", "\x01\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\x80", 1, -1, -0x1p63),
    TYPE(">i8", "\0\0\0\0\0\0\0\x01\xff\xff\xff\xff\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", 1, -1, -0x1p63),
    TYPE("<i4", "\x01\0\0\0\xff\xff\xff\xff\0\0\0\x80", 1, -1, -0x1p31),
    TYPE(">i4", "\0\0\0\x01\xff\xff\xff\xff\x80\0\0\0", 1, -1, -0x1p31),
    TYPE("<i2", "\x01\x02\xff\xff\0\x80", 513, -1, -32768),
    TYPE("|i1", "\x01\xff\x80", 1, -1, -128),
    TYPE("<u8", "\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0", 1, 0x1p63, 0),
    TYPE(">u4", "\0\0\0\x01\xff\xff\xff\xff\0\0\0\0", 1, 4294967295.0, 0),
    TYPE("<u2", "\x01\0\xff\xff\0\0", 1, 65535, 0),
    TYPE("|u1", "\x01\xff\0", 1, 255, 0),
    TYPE("|b1", "\x01\0\x02", 1, 0, 1),
};

START_TEST(test_types) {
    text header = {0};
    text_printf(&header, "{'descr': '%s', 'fortran_order': False, 'shape': (3,), }\n", types[_i].descr);
    for (int version = 1; version <= 3; version++) {
        reading r = read_file(version, text_str(&header), types[_i].bytes, types[_i].length);
        expect(&r.v, 1, (size_t[]){3}, types[_i].entries);
        done(&r);
    }
    text_free(&header);
}
END_TEST

/* ---- shapes ---- */

START_TEST(test_orders) {
    static const double rows[] = {0, 1, 2, 3, 4, 5};
    double columns[] = {0, 3, 1, 4, 2, 5};
    reading r =
        read_file(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }", columns, sizeof columns);
    expect(&r.v, 2, (size_t[]){2, 3}, rows);
    done(&r);
    r = read_file(2, "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f8\"}   \n", rows, sizeof rows);
    expect(&r.v, 2, (size_t[]){2, 3}, rows);
    done(&r);
}
END_TEST

START_TEST(test_fortran_rank_3) {
    double columns[24], rows[24];
    for (int i = 0, at = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 4; k++, at++) rows[at] = columns[i + 2 * j + 6 * k] = at;
    reading r = read_file(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3, 4), }", columns,
                          sizeof columns);
    expect(&r.v, 3, (size_t[]){2, 3, 4}, rows);
    done(&r);
}
END_TEST

START_TEST(test_odd_shapes) {
    double x = 7;
    reading r = read_file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", &x, sizeof x);
    expect(&r.v, 0, NULL, &x);
    done(&r);
    r = read_file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1L, 1L), }", &x, sizeof x);
    expect(&r.v, 2, (size_t[]){1, 1}, &x);
    done(&r);
    r = read_file(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 0), }", "", 0);
    expect(&r.v, 2, (size_t[]){3, 0}, NULL);
    done(&r);
    r = read_file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 18446744073709551615), }", "", 0);
    ck_assert_uint_eq(view_of(&r.v).size, 0);
    done(&r);
}
END_TEST

/* ---- files that are not what they say ---- */

#define HEADER(shape) "{'descr': '<f8', 'fortran_order': False, 'shape': " shape ", }"
static const struct {
    const char *header, *said;
    size_t data;
} wrong[] = {
    {HEADER("(3,)"), "a.npy: truncated: the shape needs 24 bytes of data, and 23 are there", 23},
    {HEADER("(3,)"), "a.npy: 1 bytes stand behind the data", 25},
    {HEADER("(1000000000, 1000000000)"), "*truncated: the shape needs 8000000000000000000 bytes*", 8},
    {HEADER("(4294967296, 4294967296)"), "*shape*too large", 8},
    {HEADER("(2305843009213693952,)"), "*shape*too large", 0},
    {HEADER("(99999999999999999999,)"), "*shape*too large", 8},
    {HEADER("(1,1,1,1,1,1,1,1,1)"), "*more than 8 axes", 8},
    {HEADER("(-1,)"), "*header is not well formed", 8},
    {HEADER("3"), "*header is not well formed", 24},
    {HEADER("(3"), "*header is not well formed", 24},
    {HEADER("(3,),)"), "*header is not well formed", 24},
    {"", "*header is not well formed", 0},
    {"{}", "*header is not well formed", 0},
    {"{'descr': '<f8', 'shape': (1,)}", "*header is not well formed", 8},
    {"{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", "*header is not well formed", 8},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}", "*header is not well formed", 8},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x", "*header is not well formed", 8},
    {"{'descr': '<f8", "*header is not well formed", 8},
    {"{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}", "*type '<c16'*", 16},
    {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "*type '|O'*", 8},
    {"{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}", "*type '<U3'*", 12},
    {"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", "*records*", 8},
};

/* A pattern with * at its ends and one in its middle, at most. */
static bool fits(const char *s, const char *pattern) {
    const char *star = strchr(pattern, '*');
    if (!star) return strcmp(s, pattern) == 0;
    if (strncmp(s, pattern, (size_t)(star - pattern)) != 0) return false;
    for (const char *rest = s + (star - pattern);; rest++) {
        if (fits(rest, star + 1)) return true;
        if (!*rest) return false;
    }
}

START_TEST(test_wrong) {
    static const char zeros[32];
    reading r = {.v = UNBOUND};
    put_file(&r.bytes, 1, wrong[_i].header, zeros, wrong[_i].data);
    ck_assert_int_eq(fault_of(read_it, &r), FAULT_ERROR);
    ck_assert(is_unbound(&r.v));
    ck_assert_uint_eq(r.said.count, 1);
    ck_assert_msg(fits(r.said.items[0].message, wrong[_i].said), "%s", r.said.items[0].message);
    ck_assert_int_eq(diag_status(r.said.items[0].code), 3);
    done(&r);
}
END_TEST

/* Every beginning of a good file is an error, never a crash. */
START_TEST(test_cut_off) {
    for (int version = 1; version <= 3; version++) {
        text whole = {0};
        put_file(&whole, version, HEADER("(1,)"), "\0\0\0\0\0\0\xf0\x3f", 8);
        for (size_t length = 0; length < whole.length; length++) {
            reading r = {.v = UNBOUND};
            text_add(&r.bytes, whole.bytes, length);
            ck_assert_int_eq(fault_of(read_it, &r), FAULT_ERROR);
            done(&r);
        }
        text_free(&whole);
    }
}
END_TEST

START_TEST(test_prefixes) {
    static const struct {
        const char *bytes, *said;
        size_t length;
    } prefixes[] = {
        {"x,y\n1,2\n", "*not an NPY file*", 8},
        {"\x93NUMPY\x04\0\x01\0\0\0x", "*version 4.0*", 13},
        {"\x93NUMPY\0\0\x01\0\0\0x", "*version 0.0*", 13},
        {"\x93NUMPY\x02\0\xff\xff\xff\xff{", "*cut off: it has 1 of 4294967295 bytes", 13},
    };
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        reading r = {.v = UNBOUND};
        text_add(&r.bytes, prefixes[i].bytes, prefixes[i].length);
        ck_assert_int_eq(fault_of(read_it, &r), FAULT_ERROR);
        ck_assert_msg(fits(r.said.items[0].message, prefixes[i].said), "%s", r.said.items[0].message);
        done(&r);
    }
}
END_TEST

/* Any one byte may be wrong. */
START_TEST(test_damaged) {
    text whole = {0};
    put_file(&whole, 1, HEADER("(2, 1)"), "\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\xf0\x3f", 16);
    for (size_t at = 0; at < whole.length; at++)
        for (int byte = 0; byte < 256; byte++) {
            reading r = {.v = UNBOUND};
            text_add(&r.bytes, whole.bytes, whole.length);
            r.bytes.bytes[at] = (char)byte;
            int fault = fault_of(read_it, &r);
            ck_assert(fault == FAULT_NONE || fault == FAULT_ERROR);
            done(&r);
        }
    text_free(&whole);
}
END_TEST

START_TEST(test_memory) {
    static const double entries[6];
    reading r = {.v = UNBOUND};
    put_file(&r.bytes, 1, HEADER("(2, 3)"), entries, sizeof entries);
    fail_each_request(read_it, clean, &r);
    done(&r);
}
END_TEST

static void npy_tests(TCase *tests) {
    tcase_add_loop_test(tests, test_types, 0, (int)COUNT_OF(types));
    tcase_add_test(tests, test_orders);
    tcase_add_test(tests, test_fortran_rank_3);
    tcase_add_test(tests, test_odd_shapes);
    tcase_add_loop_test(tests, test_wrong, 0, (int)COUNT_OF(wrong));
    tcase_add_test(tests, test_cut_off);
    tcase_add_test(tests, test_prefixes);
    tcase_add_test(tests, test_damaged);
    tcase_add_test(tests, test_memory);
}

UNIT_MAIN("npy", npy_tests)
