/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_parse_limits.c - deep and long program texts on a small stack, and requests for memory that fail.
 *
 * Their sizes are such that work that grows with the square of a text would not end. */
#include "tests/unit/unit.h"

#include "tests/unit/mock_build.h"

#include <string.h>
#include <sys/resource.h>

static void repeat(text *out, const char *piece, u32 count) {
    for (u32 i = 0; i < count; i++) text_puts(out, piece);
}

/* Parses head, `count` times open, middle, `count` times close. */
static enum parse_status parse_nest(build *b, const char *open, const char *middle, const char *close,
                                    u32 count) {
    static text nest; /* kept for the next call where the parser raises a fault */
    text_clear(&nest);
    repeat(&nest, open, count);
    text_puts(&nest, middle);
    repeat(&nest, close, count);
    enum parse_status status = parse_bytes(b, text_str(&nest), nest.length, PARSE_PROGRAM, false);
    text_free(&nest);
    return status;
}

static void use_small_stack(void) {
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_STACK, &limit), 0);
    limit.rlim_cur = 256 * 1024;
    ck_assert_int_eq(setrlimit(RLIMIT_STACK, &limit), 0);
}

static const struct {
    const char *open, *middle, *close;
} nests[] = {
    {"(", "x", ")"},      {"-", "x", ""},
    {"!", "x", ""},       {"x^", "x", ""},
    {"f(", "x", ")"},     {"[", "x", "]"},
    {"y[", "0", "]"},     {"a ? b : ", "c", ""},
    {"if x {", "y", "}"}, {"if x { } else ", "{ }", ""},
    {"a && (", "b", ")"},
};

START_TEST(nests_of_100000) {
    use_small_stack();
    build b = {.silent = true};
    bool chain = strstr(nests[_i].open, "else") != NULL;
    const char *middle = chain ? "if y { }" : nests[_i].middle;
    ck_assert_int_eq(parse_nest(&b, nests[_i].open, middle, nests[_i].close, 100000), PARSE_DONE);
    ck_assert_uint_eq(b.said.count, 0);
    mock_free(&b);
}
END_TEST

/* A million levels of what takes most places on the parser's stack. */
static const char *const deepest[] = {
    "while 0 {", "for v in x {", "if x { } else if y {", "x[1, 1:1:", "f(1, t=", "x && (", "x ? y : ", "x^"};

START_TEST(nests_of_1000000) {
    use_small_stack();
    build b = {.silent = true};
    const char *open = deepest[_i], *close = strchr(open, '{') ? "}" : strchr(open, '[') ? "]" : ")";
    ck_assert_int_eq(parse_nest(&b, open, "x", strpbrk(open, "?^") ? "" : close, 1000000), PARSE_DONE);
    ck_assert_uint_eq(b.said.count, 0);
    mock_free(&b);
}
END_TEST

static const struct {
    const char *open;
    u32 count;
} beyond[] = {{"(", 5000000},      {"[", 1100000},      {"f(", 1100000}, {"y[", 1100000},
              {"if x {", 1100000}, {"a && (", 1100000}, {"-", 8100000},  {"x ? y : ", 1700000}};

START_TEST(nests_beyond_the_limit) {
    use_small_stack();
    build b = {.silent = true};
    ck_assert_int_eq(parse_nest(&b, beyond[_i].open, "x", "", beyond[_i].count), PARSE_FAILED);
    ck_assert_uint_eq(b.said.count, 1);
    const diagnostic *d = &b.said.items[0];
    ck_assert_int_eq(d->code, DIAG_TOO_DEEP);
    ck_assert_str_eq(d->message, "nested too deeply (limit 1000000)");
    ck_assert_uint_gt(d->at.begin, 100000);
    mock_free(&b);
}
END_TEST

START_TEST(long_tokens) {
    static const struct {
        const char *head, *piece, *tail, *what;
    } tokens[] = {{"", "a", "", "name"}, {"", "9", "e-70000", "number"}, {"print \"", "t", "\"", "text"}};
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        for (u32 extra = 0; extra < 2; extra++) {
            build b = {.silent = true};
            text program = {0};
            text_puts(&program, tokens[i].head);
            repeat(&program, tokens[i].piece,
                   TOKEN_LIMIT - (u32)strlen(i == 1 ? tokens[i].tail : "") + extra);
            text_puts(&program, tokens[i].tail);
            enum parse_status status =
                parse_bytes(&b, text_str(&program), program.length, PARSE_PROGRAM, false);
            ck_assert_int_eq(status, extra ? PARSE_FAILED : PARSE_DONE);
            if (extra) {
                ck_assert_int_eq(b.said.items[0].code, DIAG_TOKEN_TOO_LONG);
                ck_assert_ptr_nonnull(strstr(b.said.items[0].message, tokens[i].what));
            }
            text_free(&program);
            mock_free(&b);
        }
    }
}
END_TEST

START_TEST(long_comments_and_lines) {
    build b = {.silent = true};
    ck_assert_int_eq(parse_nest(&b, "x + ", "y # ", "comment ", 1000000), PARSE_DONE);
    ck_assert_uint_eq(b.calls, 2000002);
    mock_free(&b);
}
END_TEST

/* ---- memory ---- */

static void parse_all_sorts(void *user) {
    build *b = user;
    parse_text(b, "f(x, y) = x*y; print \"a\\tb\", 1_000, f(a, [1, 2])[0]; if a { b = 2 } else { c += 3 }");
    parse_nest(b, "(", "x", ")", 500);
    parse_text(b, "y = (1 + 2]");
    parse_text(b, "y = x and z");
}

static void clean_build(void *user) {
    build *b = user;
    mock_free(b);
    *b = (build){0};
}

START_TEST(survives_failing_requests) {
    build b = {0};
    ck_assert_uint_gt(fail_each_request(parse_all_sorts, clean_build, &b), 30);
}
END_TEST

static void parse_limit_tests(TCase *tests) {
    tcase_add_loop_test(tests, nests_of_100000, 0, COUNT_OF(nests));
    tcase_add_loop_test(tests, nests_of_1000000, 0, COUNT_OF(deepest));
    tcase_add_loop_test(tests, nests_beyond_the_limit, 0, COUNT_OF(beyond));
    tcase_add_test(tests, long_tokens);
    tcase_add_test(tests, long_comments_and_lines);
    tcase_add_test(tests, survives_failing_requests);
}

UNIT_MAIN("parse limits", parse_limit_tests)
