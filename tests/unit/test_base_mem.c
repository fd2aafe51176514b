/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_mem.c - faults, requests that fail, growing arrays, growing text. */
#include "tests/unit/unit.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* ---- faults ---- */

static void raise_code(void *code) { fault_raise(*(enum fault *)code); }
static void do_nothing(void *data) { (void)data; }

START_TEST(raise_returns_its_code) {
    enum fault codes[] = {FAULT_ERROR, FAULT_MEMORY, FAULT_INTERRUPT};
    for (size_t i = 0; i < COUNT_OF(codes); i++) ck_assert_int_eq(fault_of(raise_code, &codes[i]), codes[i]);
    ck_assert_int_eq(fault_of(do_nothing, NULL), FAULT_NONE);
}
END_TEST

/* Raises at the innermost of three points; each passes on another code. */
static void raise_deep(void *reached) {
    for (int depth = 3; depth > 0; depth--) {
        enum fault code = FAULT_INTERRUPT;
        if (fault_of(raise_code, &code) == FAULT_INTERRUPT) ++*(int *)reached;
    }
    enum fault code = FAULT_ERROR;
    ck_assert_int_eq(fault_of(raise_code, &code), FAULT_ERROR);
    fault_raise(FAULT_MEMORY);
}

START_TEST(faults_nest) {
    int reached = 0;
    ck_assert_int_eq(fault_of(raise_deep, &reached), FAULT_MEMORY);
    ck_assert_int_eq(reached, 3);
    enum fault code = FAULT_ERROR;
    ck_assert_int_eq(fault_of(raise_code, &code), FAULT_ERROR);
}
END_TEST

START_TEST(raise_in_the_handler_goes_outwards) {
    fault_point outer;
    volatile int steps = 0;
    int status = FAULT_TRY(&outer);
    if (status == 0) {
        fault_point inner;
        if (FAULT_TRY(&inner) == 0) {
            steps = 1;
            fault_raise(FAULT_ERROR);
        }
        steps = 2;
        fault_raise(FAULT_INTERRUPT); /* the inner point is not ended yet */
    }
    fault_end(&outer);
    ck_assert_int_eq(status, FAULT_INTERRUPT);
    ck_assert_int_eq(steps, 2);
}
END_TEST

START_TEST(raise_without_a_point_aborts) { fault_raise(FAULT_ERROR); }
END_TEST

/* ---- requests ---- */

static void ask_product(void *factors) {
    size_t *f = factors;
    mem_free(mem_alloc(f[0], f[1]));
}
static void ask_zero_product(void *factors) {
    size_t *f = factors;
    mem_free(mem_zero(f[0], f[1]));
}
static void ask_resize(void *factors) {
    size_t *f = factors;
    mem_free(mem_resize(NULL, f[0], f[1]));
}
static void ask_copy(void *length) { mem_copy_text("", *(size_t *)length); }

START_TEST(sizes_are_checked) {
    size_t huge[][2] = {
        {SIZE_MAX, 2}, {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX / 8 + 1, 8}, {SIZE_MAX, 1}, {1, SIZE_MAX / 2 + 1}};
    for (size_t i = 0; i < COUNT_OF(huge); i++) {
        ck_assert_int_eq(fault_of(ask_product, huge[i]), FAULT_MEMORY);
        ck_assert_int_eq(fault_of(ask_zero_product, huge[i]), FAULT_MEMORY);
        ck_assert_int_eq(fault_of(ask_resize, huge[i]), FAULT_MEMORY);
    }
    size_t all = SIZE_MAX;
    ck_assert_int_eq(fault_of(ask_copy, &all), FAULT_MEMORY);
    ck_assert_uint_eq(mem_product(SIZE_MAX, 1), SIZE_MAX);
    ck_assert_uint_eq(mem_product(0, SIZE_MAX), 0);
}
END_TEST

START_TEST(size_zero_can_be_freed) {
    void *a = mem_alloc(0, 8), *b = mem_zero(8, 0), *c = mem_resize(NULL, 0, 0);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_nonnull(c);
    c = mem_resize(c, 4, 4);
    c = mem_resize(c, 0, 4);
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(NULL);
}
END_TEST

START_TEST(zeroed_and_copied) {
    u8 *bytes = mem_zero(100, 3);
    for (int i = 0; i < 300; i++) ck_assert_uint_eq(bytes[i], 0);
    mem_free(bytes);
    char *copy = mem_copy_text("ab\0cd", 5);
    ck_assert_mem_eq(copy, "ab\0cd\0", 6);
    mem_free(copy);
    copy = mem_copy_text(NULL, 0);
    ck_assert_str_eq(copy, "");
    mem_free(copy);
}
END_TEST

static void three_requests(void *pieces) {
    void **p = pieces;
    p[0] = mem_alloc(1, 1);
    p[1] = mem_zero(1, 1);
    p[0] = mem_resize(p[0], 2, 1);
}
static void free_pieces(void *pieces) {
    void **p = pieces;
    mem_free(p[0]);
    mem_free(p[1]);
    p[0] = p[1] = NULL;
}

START_TEST(the_chosen_request_fails) {
    void *pieces[2] = {NULL, NULL};
    ck_assert_uint_eq(fail_each_request(three_requests, free_pieces, pieces), 3);
    mem_fail_at(0);
    three_requests(pieces);
    ck_assert_uint_eq(mem_requests(), 3);
    free_pieces(pieces);
    mem_fail_at(0);
    ck_assert_uint_eq(mem_requests(), 0);
}
END_TEST

/* ---- arrays ---- */

typedef ARRAY(int) int_array;

static void push_thousand(void *array) {
    int_array *v = array;
    for (int i = 0; i < 1000; i++) array_push(v, i);
}
static void free_array(void *array) { array_free((int_array *)array); }

START_TEST(arrays_grow) {
    int_array v = {0};
    push_thousand(&v);
    ck_assert_uint_eq(v.count, 1000);
    ck_assert_uint_eq(v.capacity, 1024);
    for (int i = 0; i < 1000; i++) ck_assert_int_eq(v.items[i], i);
    array_free(&v);
    ck_assert_ptr_null(v.items);
    ck_assert_uint_eq(v.count + v.capacity, 0);
    ck_assert_uint_eq(fail_each_request(push_thousand, free_array, &v), 7); /* 16, 32 ... 1024 */
}
END_TEST

/* Large arrays move without being copied, and grow by an eighth. */
START_TEST(large_arrays_grow) {
    int_array v = {0};
    for (int i = 0; i < 3000000; i++) {
        size_t before = v.capacity;
        array_push(&v, i);
        if (before > 1000000) ck_assert_uint_le(v.capacity, before + before / 8 + (1 << 20));
    }
    for (int i = 0; i < 3000000; i++)
        if (v.items[i] != i) ck_abort_msg("entry %d is %d", i, v.items[i]);
    array_free(&v);
}
END_TEST

static void grow_beyond(void *capacity) { mem_grow(NULL, *(size_t *)capacity, capacity, 16); }

START_TEST(array_growth_is_checked) {
    for (size_t capacity = SIZE_MAX; capacity >= SIZE_MAX / 32; capacity /= 2) {
        size_t asked = capacity;
        ck_assert_int_eq(fault_of(grow_beyond, &asked), FAULT_MEMORY);
        ck_assert_uint_eq(asked, capacity);
    }
}
END_TEST

/* ---- text ---- */

START_TEST(text_grows) {
    text t = {0};
    ck_assert_str_eq(text_str(&t), "");
    text_clear(&t);
    text_puts(&t, "ab");
    text_putc(&t, 'c');
    text_add(&t, "d\0e", 3);
    text_pad(&t, '-', 3);
    text_pad(&t, '-', 0);
    text_add(&t, NULL, 0);
    ck_assert_uint_eq(t.length, 9);
    ck_assert_mem_eq(text_str(&t), "abcd\0e---\0", 10);
    text_clear(&t);
    ck_assert_str_eq(text_str(&t), "");
    text_printf(&t, "%d %s", 42, "x");
    text_printf(&t, "%s", "");
    ck_assert_str_eq(text_str(&t), "42 x");
    text_free(&t);
    ck_assert_uint_eq(t.length + t.capacity, 0);
    text_free(&t);
}
END_TEST

START_TEST(text_printf_of_any_length) {
    for (int width = 1; width < 3000; width += 7) {
        text t = {0};
        text_pad(&t, '.', (size_t)width % 40);
        text_printf(&t, "%*d|", width, 7);
        ck_assert_uint_eq(t.length, (size_t)width % 40 + (size_t)width + 1);
        ck_assert_uint_eq(strlen(text_str(&t)), t.length);
        ck_assert_str_eq(text_str(&t) + t.length - 2, "7|");
        text_free(&t);
    }
}
END_TEST

static void pad_too_far(void *t) { text_pad(t, 'x', SIZE_MAX - 1); }
static void pad_to_overflow(void *t) { text_pad(t, 'x', SIZE_MAX); }
static void print_long(void *t) {
    text_puts(t, "some");
    text_printf(t, "%0500d", 1);
    text_pad(t, ' ', 5000);
}
static void drop_text(void *t) { text_free(t); }

START_TEST(text_sizes_are_checked) {
    text t = {0};
    text_puts(&t, "abc");
    ck_assert_int_eq(fault_of(pad_too_far, &t), FAULT_MEMORY);
    ck_assert_int_eq(fault_of(pad_to_overflow, &t), FAULT_MEMORY);
    ck_assert_str_eq(text_str(&t), "abc");
    text_free(&t);
    ck_assert_uint_ge(fail_each_request(print_long, drop_text, &t), 3);
}
END_TEST

/* Pieces of some pages, so that what an allocator adds to each is little. */
enum { PIECE = 1 << 16, LIMIT = 8 << 20, MAPPED = 3 << 20 };

static void fill_up(void *data) {
    char **pieces = data;
    for (int i = 0; i < 200; i++) pieces[i] = mem_alloc(PIECE, 1);
}
static void map_pages(void *data) { *(void **)data = pages_resize(NULL, 0, 2 * (size_t)LIMIT); }

/* As often as wanted: what is given back can be had again, and a failed request takes nothing. */
START_TEST(a_limit_holds_and_forgets_nothing) {
    if (!mem_limit(LIMIT)) return; /* this system does not tell how large a piece is */
    for (int round = 0; round < 3; round++) {
        char *pieces[200] = {0};
        ck_assert_int_eq(fault_of(fill_up, pieces), FAULT_MEMORY);
        ck_assert_uint_eq(mem_limit_met(), LIMIT);
        int got = 0;
        while (pieces[got]) got++;
        ck_assert_int_ge(got, 120); /* of 128 that the limit is */
        ck_assert_int_le(got, 128);
        pieces[0] = mem_resize(pieces[0], PIECE / 2, 1);
        for (int i = 0; i < got; i++) mem_free(pieces[i]);
    }
    void *pages = NULL;
    ck_assert_int_eq(fault_of(map_pages, &pages), FAULT_MEMORY);
    for (int round = 0; round < 5; round++) { /* each is half the limit while it moves */
        pages = pages_resize(NULL, 0, MAPPED / 2);
        pages = pages_resize(pages, MAPPED / 2, MAPPED);
        pages = pages_resize(pages, MAPPED, 100);
        pages_free(pages, 100);
    }
    mem_limit(0);
    char *pieces[200];
    fill_up(pieces);
    for (int i = 0; i < 200; i++) mem_free(pieces[i]);
}
END_TEST

static void mem_tests(TCase *tests) {
    tcase_add_test(tests, raise_returns_its_code);
    tcase_add_test(tests, faults_nest);
    tcase_add_test(tests, raise_in_the_handler_goes_outwards);
    tcase_add_test_raise_signal(tests, raise_without_a_point_aborts, SIGABRT);
    tcase_add_test(tests, sizes_are_checked);
    tcase_add_test(tests, size_zero_can_be_freed);
    tcase_add_test(tests, zeroed_and_copied);
    tcase_add_test(tests, the_chosen_request_fails);
    tcase_add_test(tests, arrays_grow);
    tcase_add_test(tests, large_arrays_grow);
    tcase_add_test(tests, array_growth_is_checked);
    tcase_add_test(tests, a_limit_holds_and_forgets_nothing);
    tcase_add_test(tests, text_grows);
    tcase_add_test(tests, text_printf_of_any_length);
    tcase_add_test(tests, text_sizes_are_checked);
}

UNIT_MAIN("mem", mem_tests)
