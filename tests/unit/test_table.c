/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_table.c - whole tables as vectors and matrices, and requests that fail on the way. */
#include "tests/unit/unit.h"

#include "data/table.h"

#include <string.h>

typedef struct reading {
    const char *bytes;
    const char *columns[3]; /* wanted, up to NULL */
    table t;
    value whole;
    source_list sources;
    diagnostic_list said;
} reading;

static data_file file_of(reading *r) {
    return (data_file){"t.csv", r->bytes, strlen(r->bytes), &r->sources, &r->said};
}

static void read_columns(void *data) {
    reading *r = data;
    table_open(&r->t, file_of(r));
    for (size_t i = 0; r->columns[i]; i++) table_find(&r->t, r->columns[i])->is_wanted = true;
    table_read_wanted(&r->t);
}

static void read_whole(void *data) {
    reading *r = data;
    r->whole = UNBOUND;
    table_read_whole(file_of(r), &r->whole);
}

static void clean(void *data) {
    reading *r = data;
    table_free(&r->t);
    memset(&r->t, 0, sizeof r->t);
    value_drop(&r->whole);
    r->whole = UNBOUND;
    diag_clear(&r->said);
    source_free(&r->sources);
}

static const double *column(reading *r, const char *name) {
    return view_of(&table_find(&r->t, name)->v).data;
}

START_TEST(test_columns) {
    reading r = {
        .bytes = "x,\"a \"\"b\"\"\",t\n1,2,one\n3,4,two\n", .columns = {"x", "a \"b\""}, .whole = UNBOUND};
    ck_assert_int_eq(fault_of(read_columns, &r), FAULT_NONE);
    ck_assert_uint_eq(r.t.rows, 2);
    ck_assert(column(&r, "x")[0] == 1 && column(&r, "x")[1] == 3);
    ck_assert(column(&r, "a \"b\"")[0] == 2 && column(&r, "a \"b\"")[1] == 4);
    ck_assert_ptr_null(table_find(&r.t, "y"));
    ck_assert(is_unbound(&table_find(&r.t, "t")->v));
    clean(&r);
}
END_TEST

/* A column that failed is not taken for read, and others can be read after it. */
START_TEST(test_after_a_bad_cell) {
    reading r = {.bytes = "x,t\n1,2\n3,two\n", .columns = {"x", "t"}, .whole = UNBOUND};
    ck_assert_int_eq(fault_of(read_columns, &r), FAULT_ERROR);
    ck_assert_str_eq(r.said.items[0].message, "column 't': 'two' is not a number");
    place p;
    ck_assert(source_place(&r.sources, r.said.items[0].at.begin, &p));
    ck_assert_uint_eq(p.line, 3);
    ck_assert_uint_eq(p.column, 3);
    ck_assert(!table_find(&r.t, "t")->is_read && !table_find(&r.t, "x")->is_read);
    table_want_none(&r.t);
    table_find(&r.t, "x")->is_wanted = true;
    table_read_wanted(&r.t);
    ck_assert(table_find(&r.t, "x")->is_read && column(&r, "x")[1] == 3);
    clean(&r);
}
END_TEST

START_TEST(test_whole) {
    static const struct {
        const char *bytes;
        size_t rows, columns;
    } tables[] = {
        {"1,2,3\n4,5,6\n", 2, 3}, {"a,b\n1,2\n", 1, 2}, {"a,b\n", 0, 2},
        {"1\n2\n3", 3, 1},        {"nan,inf\n", 1, 2},  {"1,b\n1,2\n", 1, 2},
    };
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        reading r = {.bytes = tables[i].bytes, .whole = UNBOUND};
        ck_assert_int_eq(fault_of(read_whole, &r), FAULT_NONE);
        ck_assert(shape_equal(2, r.whole.t->shape, 2, (size_t[]){tables[i].rows, tables[i].columns}));
        clean(&r);
    }
}
END_TEST

START_TEST(test_memory) {
    reading r = {.bytes = "x,\"a \"\"b\"\"\"\n1,2\n3,4\n", .columns = {"x", "a \"b\""}, .whole = UNBOUND};
    ck_assert_uint_gt(fail_each_request(read_columns, clean, &r), 3);
    ck_assert_uint_gt(fail_each_request(read_whole, clean, &r), 1);
}
END_TEST

static void table_tests(TCase *tests) {
    tcase_add_test(tests, test_columns);
    tcase_add_test(tests, test_after_a_bad_cell);
    tcase_add_test(tests, test_whole);
    tcase_add_test(tests, test_memory);
}

UNIT_MAIN("table", table_tests)
