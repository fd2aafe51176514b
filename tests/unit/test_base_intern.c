/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_intern.c - names as numbers, near names. */
#include "tests/unit/unit.h"

#include "base/intern.h"

#include <stdio.h>
#include <string.h>

START_TEST(equal_bytes_give_equal_ids) {
    intern_table t = {0};
    ck_assert_uint_eq(intern_find(&t, "x", 1), NAME_NONE);
    ck_assert_uint_eq(intern(&t, "x", 1), 0);
    ck_assert_uint_eq(intern(&t, "y", 1), 1);
    ck_assert_uint_eq(intern(&t, "", 0), 2);
    ck_assert_uint_eq(intern(&t, "a\0b", 3), 3);
    ck_assert_uint_eq(intern(&t, "a\0c", 3), 4);
    ck_assert_uint_eq(intern(&t, "xyz", 1), 0);
    ck_assert_uint_eq(intern_find(&t, "a\0b", 3), 3);
    ck_assert_uint_eq(intern_find(&t, "a", 1), NAME_NONE);
    ck_assert_str_eq(intern_text(&t, 1), "y");
    ck_assert_str_eq(intern_text(&t, 2), "");
    intern_free(&t);
    intern_free(&t);
}
END_TEST

static void intern_many(void *table) {
    char name[16];
    for (int i = 0; i < 2000; i++) {
        int length = snprintf(name, sizeof name, "v%d", i);
        ck_assert_uint_eq(intern(table, name, (size_t)length), (u32)i);
    }
}
static void free_table(void *table) { intern_free(table); }

START_TEST(many_names) {
    intern_table t = {0};
    intern_many(&t);
    const char *kept = intern_text(&t, 7);
    intern_many(&t);
    ck_assert_ptr_eq(kept, intern_text(&t, 7));
    for (u32 id = 0; id < 2000; id++) {
        const char *name = intern_text(&t, id);
        ck_assert_uint_eq(intern_find(&t, name, strlen(name)), id);
        ck_assert_uint_eq(t.names.items[id].length, strlen(name));
    }
    intern_free(&t);
}
END_TEST

/* A table from which a request was refused is still whole. */
static void intern_after_failure(void *table) {
    char name[16];
    for (int i = 0; i < 60; i++) {
        int length = snprintf(name, sizeof name, "v%d", i);
        intern(table, name, (size_t)length);
    }
}
static void keep(void *table) { (void)table; }

START_TEST(survives_failing_requests) {
    intern_table t = {0};
    /* slots for 64 and 128 names, names for 16, 32, 64, a list of chunks and a chunk */
    ck_assert_uint_eq(fail_each_request(intern_after_failure, free_table, &t), 7);
    ck_assert_uint_ge(fail_each_request(intern_after_failure, keep, &t), 3);
    ck_assert_uint_eq(t.names.count, 60);
    ck_assert_uint_eq(intern_find(&t, "v59", 3), 59);
    intern_free(&t);
}
END_TEST

static const struct {
    const char *a, *b;
    unsigned limit, distance;
} near_words[] = {
    {"", "", 2, 0},
    {"", "ab", 2, 2},
    {"ab", "", 1, 2},
    {"sin", "sin", 2, 0},
    {"sin", "sni", 2, 1},
    {"sin", "sinh", 2, 1},
    {"sin", "son", 2, 1},
    {"sqrt", "sqr", 2, 1},
    {"sqrt", "qsrt", 1, 1},
    {"ca", "abc", 5, 3},
    {"kitten", "sitting", 5, 3},
    {"kitten", "sitting", 2, 3},
    {"abcdef", "badcfe", 3, 3},
    {"abcdef", "badcfe", 2, 3},
    {"a", "b", 0, 1},
    {"tanh", "atan", 2, 2},
    {"abcd", "wxyz", 3, 4},
    {"log", "logsumexp", 2, 3},
};

START_TEST(edits) {
    for (size_t i = 0; i < COUNT_OF(near_words); i++) {
        ck_assert_uint_eq(edit_distance(near_words[i].a, near_words[i].b, near_words[i].limit),
                          near_words[i].distance);
        ck_assert_uint_eq(edit_distance(near_words[i].b, near_words[i].a, near_words[i].limit),
                          near_words[i].distance);
    }
}
END_TEST

START_TEST(edits_of_long_words) {
    char a[5000], b[5000];
    memset(a, 'a', sizeof a - 1);
    memset(b, 'a', sizeof b - 1);
    a[sizeof a - 1] = b[sizeof b - 1] = '\0';
    ck_assert_uint_eq(edit_distance(a, b, 2), 0);
    b[2000] = 'b';
    ck_assert_uint_eq(edit_distance(a, b, 2), 3);
    a[63] = b[63] = '\0';
    b[20] = 'b';
    ck_assert_uint_eq(edit_distance(a, b, 2), 1);
}
END_TEST

static void intern_tests(TCase *tests) {
    tcase_add_test(tests, equal_bytes_give_equal_ids);
    tcase_add_test(tests, many_names);
    tcase_add_test(tests, survives_failing_requests);
    tcase_add_test(tests, edits);
    tcase_add_test(tests, edits_of_long_words);
}

UNIT_MAIN("intern", intern_tests)
