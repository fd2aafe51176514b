/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_value.c - shapes and tensors. */
#include "tests/unit/unit.h"

#include "core/value.h"

#include <string.h>

START_TEST(sizes) {
    ck_assert_uint_eq(shape_size(0, NULL), 1);
    ck_assert_uint_eq(shape_size(1, (size_t[]){7}), 7);
    ck_assert_uint_eq(shape_size(3, (size_t[]){2, 3, 4}), 24);
    ck_assert_uint_eq(shape_size(2, (size_t[]){0, 5}), 0);
    ck_assert_uint_eq(shape_size(3, (size_t[]){SIZE_MAX, SIZE_MAX, 0}), 0);
}
END_TEST

START_TEST(equality) {
    ck_assert(shape_equal(0, NULL, 0, NULL));
    ck_assert(shape_equal(2, (size_t[]){2, 3}, 2, (size_t[]){2, 3}));
    ck_assert(!shape_equal(2, (size_t[]){2, 3}, 2, (size_t[]){3, 2}));
    ck_assert(!shape_equal(1, (size_t[]){1}, 0, NULL));
}
END_TEST

/* Shapes end at a number that no test needs. */
#define END 99
static const struct {
    size_t a[MAX_RANK + 1], b[MAX_RANK + 1], result[MAX_RANK + 1];
} broadcasts[] = {
    {{END}, {END}, {END}},
    {{END}, {3, END}, {3, END}},
    {{2, 3, END}, {END}, {2, 3, END}},
    {{2, 3, END}, {3, END}, {2, 3, END}},
    {{2, 1, END}, {3, END}, {2, 3, END}},
    {{5, 1, 4, END}, {3, 1, END}, {5, 3, 4, END}},
    {{1, END}, {0, END}, {0, END}},
    {{0, 1, END}, {1, 5, END}, {0, 5, END}},
    {{1, 2, 3, 4, 5, 6, 7, 8, END}, {8, END}, {1, 2, 3, 4, 5, 6, 7, 8, END}},
};
static const struct {
    size_t a[MAX_RANK + 1], b[MAX_RANK + 1];
} unfit[] = {{{2, END}, {3, END}}, {{2, 3, END}, {2, END}}, {{0, END}, {2, END}}, {{4, 1, END}, {3, 1, END}}};

static u32 rank_of(const size_t *shape) {
    u32 rank = 0;
    while (shape[rank] != END) rank++;
    return rank;
}

START_TEST(broadcasting) {
    for (size_t i = 0; i < COUNT_OF(broadcasts); i++) {
        const size_t *a = broadcasts[i].a, *b = broadcasts[i].b, *result = broadcasts[i].result;
        size_t shape[MAX_RANK];
        u32 rank = 77;
        ck_assert(shape_broadcast(rank_of(a), a, rank_of(b), b, &rank, shape));
        ck_assert(shape_equal(rank, shape, rank_of(result), result));
        ck_assert(shape_broadcast(rank_of(b), b, rank_of(a), a, &rank, shape));
        ck_assert(shape_equal(rank, shape, rank_of(result), result));
    }
    for (size_t i = 0; i < COUNT_OF(unfit); i++) {
        size_t shape[MAX_RANK];
        u32 rank = 0;
        ck_assert(
            !shape_broadcast(rank_of(unfit[i].a), unfit[i].a, rank_of(unfit[i].b), unfit[i].b, &rank, shape));
    }
}
END_TEST

START_TEST(broadcasting_in_place) {
    size_t a[MAX_RANK] = {3}, b[MAX_RANK] = {4, 1};
    u32 rank;
    ck_assert(shape_broadcast(1, a, 2, b, &rank, a));
    ck_assert(shape_equal(rank, a, 2, (size_t[]){4, 3}));
}
END_TEST

START_TEST(references) {
    tensor *t = tensor_new(2, (size_t[]){2, 3});
    ck_assert_uint_eq(t->refs, 1);
    ck_assert_uint_eq(t->size, 6);
    ck_assert(shape_equal(t->rank, t->shape, 2, (size_t[]){2, 3}));
    for (size_t i = 0; i < t->size; i++) t->data[i] = (double)i;
    value v = {.t = tensor_keep(t), .aux = VALUE_TENSOR};
    value_keep(&v);
    ck_assert_uint_eq(t->refs, 3);
    ck_assert_ptr_eq(view_of(&v).data, t->data);
    value_drop(&v);
    value_drop(&v);
    ck_assert_uint_eq(t->refs, 1);
    tensor_drop(t);
    value scalar = SCALAR(2.5);
    value_drop(&scalar);
    ck_assert_uint_eq(view_of(&scalar).size, 1);
    ck_assert_double_eq(view_of(&scalar).data[0], 2.5);
}
END_TEST

START_TEST(tensors_of_every_rank) {
    size_t ones[MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    for (u32 rank = 0; rank <= MAX_RANK; rank++) {
        tensor *t = tensor_new(rank, rank ? ones : NULL);
        ck_assert_uint_eq(t->size, 1);
        t->data[0] = 1;
        tensor_drop(t);
    }
    tensor *empty = tensor_new(1, (size_t[]){0});
    ck_assert_uint_eq(empty->size, 0);
    tensor_drop(empty);
}
END_TEST

static void make_tensor(void *shape) { tensor_drop(tensor_new(3, shape)); }
static void do_nothing(void *shape) { (void)shape; }

START_TEST(sizes_are_checked) {
    size_t huge[][3] = {
        {SIZE_MAX, 2, 1},
        {SIZE_MAX, 1, 1},
        {SIZE_MAX / 8, 1, 1},
        {SIZE_MAX / 8 + 1, 1, 1},
        {SIZE_MAX / 16 + 1, 1, 1},
        {SIZE_MAX / 16 - 4, 1, 1},
        {(size_t)1 << 32, (size_t)1 << 32, 1},
        {(size_t)1 << 30, (size_t)1 << 30, 2},
        {(size_t)1 << 31, (size_t)1 << 29, 1},
    };
    for (size_t i = 0; i < COUNT_OF(huge); i++)
        ck_assert_int_eq(fault_of(make_tensor, huge[i]), FAULT_MEMORY);
    size_t small[3] = {2, 2, 2};
    ck_assert_uint_eq(fail_each_request(make_tensor, do_nothing, small), 1);
}
END_TEST

static void value_tests(TCase *tests) {
    tcase_add_test(tests, sizes);
    tcase_add_test(tests, equality);
    tcase_add_test(tests, broadcasting);
    tcase_add_test(tests, broadcasting_in_place);
    tcase_add_test(tests, references);
    tcase_add_test(tests, tensors_of_every_rank);
    tcase_add_test(tests, sizes_are_checked);
}

UNIT_MAIN("value", value_tests)
