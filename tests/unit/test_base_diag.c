/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_base_diag.c - places, escapes, and diagnostics as they are shown. */
#include "tests/unit/unit.h"

#include "base/diag.h"

#include <stdio.h>
#include <string.h>

/* ---- sources and places ---- */

START_TEST(sources_lie_end_to_end) {
    source_list list = {0};
    ck_assert_ptr_null(source_of(&list, 0));
    ck_assert_uint_eq(source_add(&list, "-e", "x = 1", 5), 0);
    ck_assert_uint_eq(source_add(&list, "empty", "", 0), 1);
    ck_assert_uint_eq(source_add(&list, "b.gt", "y\0z", 3), 2);
    u32 seen = 0;
    for (u32 i = 0; i < 3; i++) {
        source *s = &list.items[i];
        ck_assert_uint_ge(s->base, seen);
        for (u32 k = 0; k <= s->length; k++) ck_assert_ptr_eq(source_of(&list, s->base + k), s);
        seen = s->base + s->length + 1;
    }
    ck_assert_ptr_null(source_of(&list, seen));
    ck_assert_ptr_null(source_of(&list, UINT32_MAX));
    ck_assert_mem_eq(list.items[2].bytes, "y\0z\0", 4);
    source_free(&list);
    source_free(&list);
}
END_TEST

START_TEST(many_sources) {
    source_list list = {0};
    for (u32 i = 0; i < 1000; i++) source_add(&list, "s", "abcdefghij", i % 11);
    for (u32 i = 0; i < 1000; i++) {
        source *s = &list.items[i];
        ck_assert_ptr_eq(source_of(&list, s->base), s);
        ck_assert_ptr_eq(source_of(&list, s->base + s->length), s);
    }
    source_free(&list);
}
END_TEST

static const struct {
    const char *bytes;
    u32 position, line, column;
    const char *text;
} places[] = {
    {"", 0, 1, 1, ""},
    {"ab", 0, 1, 1, "ab"},
    {"ab", 2, 1, 3, "ab"},
    {"ab\ncd", 2, 1, 3, "ab"},
    {"ab\ncd", 3, 2, 1, "cd"},
    {"ab\ncd\n", 6, 3, 1, ""},
    {"\n\n\nx", 2, 3, 1, ""},
    {"\n\n\nx", 3, 4, 1, "x"},
    {"a\r\nb\r\nc", 1, 1, 2, "a"}, /* on CR, and on the LF behind it */
    {"a\r\nb\r\nc", 2, 1, 2, "a"},
    {"a\r\nb\r\nc", 3, 2, 1, "b"},
    {"a\r\nb\r\nc", 6, 3, 1, "c"},
    {"a\rb\rc", 2, 2, 1, "b"},
    {"a\r\r\nb", 2, 2, 1, ""},
    {"a\r\r\nb", 4, 3, 1, "b"},
    {"θ = Δ + 1", 5, 1, 5, "θ = Δ + 1"},
    {"θ = Δ + 1", 8, 1, 7, "θ = Δ + 1"},
    {"# 😀\nx\ty", 9, 2, 3, "x\ty"},
    {"\xff\xfe+", 2, 1, 3, "\xff\xfe+"},
};

START_TEST(lines_and_columns) {
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        source_list list = {0};
        source_add(&list, "before", "1\n2\n3", 5);
        source_add(&list, "it", places[i].bytes, strlen(places[i].bytes));
        place p;
        ck_assert(source_place(&list, list.items[1].base + places[i].position, &p));
        ck_assert_str_eq(p.file, "it");
        ck_assert_uint_eq(p.line, places[i].line);
        ck_assert_uint_eq(p.column, places[i].column);
        ck_assert_uint_eq(p.text_length, strlen(places[i].text));
        ck_assert_mem_eq(p.text, places[i].text, p.text_length);
        ck_assert_uint_le(p.offset, p.text_length);
        source_free(&list);
    }
}
END_TEST

/* ---- escapes ---- */

static const struct {
    const char *raw, *shown;
} escapes[] = {
    {"plain θ 中 😀", "plain θ 中 😀"},
    {"\x1b[31m\t\n\x7f", "\\x1b[31m\\x09\\x0a\\x7f"},
    {"\xff\xc3(", "\\xff\\xc3("},
    {"a\u202eb\u2066\ufeff", "a\\u202eb\\u2066\\ufeff"},
    {"\xc2\x9b;1m\xc2\x85", "\\u009b;1m\\u0085"},
    {"back\\slash %s%n", "back\\slash %s%n"},
    {"", ""},
};

START_TEST(text_is_escaped) {
    for (size_t i = 0; i < COUNT_OF(escapes); i++) {
        text t = {0};
        text_escape(&t, escapes[i].raw, strlen(escapes[i].raw));
        ck_assert_str_eq(text_str(&t), escapes[i].shown);
        text again = {0};
        text_escape(&again, text_str(&t), t.length);
        ck_assert_str_eq(text_str(&again), escapes[i].shown);
        text_free(&t);
        text_free(&again);
        diagnostic_list list = {0};
        diagnostic *d = diag_add(&list, SEVERITY_ERROR, DIAG_SYNTAX, NO_SPAN, "%s", escapes[i].raw);
        diag_hint(d, "<%s>", escapes[i].raw);
        diag_hint(d, "%s", escapes[i].raw); /* replaces the first */
        diag_relate(d, NO_SPAN, "%s", escapes[i].raw);
        ck_assert_str_eq(d->message, escapes[i].shown);
        ck_assert_str_eq(d->hint, escapes[i].shown);
        ck_assert_str_eq(d->related.items[0].message, escapes[i].shown);
        diag_clear(&list);
    }
    text t = {0};
    text_escape(&t, "a\0b", 3);
    ck_assert_str_eq(text_str(&t), "a\\x00b");
    text_free(&t);
}
END_TEST

/* All bytes, all pairs of them: what is shown is printable. */
START_TEST(nothing_slips_through) {
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        char raw[2] = {(char)(pair >> 8), (char)pair};
        text t = {0};
        text_escape(&t, raw, 2);
        for (size_t i = 0; i < t.length; i++) {
            u8 byte = (u8)t.bytes[i];
            bool whole = byte >= 0x80 && t.length == 2 && pair >= 0xC2A0;
            if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !whole))
                ck_abort_msg("%04x shows %02x", pair, byte);
        }
        text_free(&t);
    }
}
END_TEST

/* ---- rendering ---- */

typedef struct shown {
    const char *program;
    u32 begin, end;
    const char *expected;
} shown;

static const shown renderings[] = {
    {"y = sn(x)", 4, 6, "p.gt:1:5: error: what\n  y = sn(x)\n      ^~\n"},
    {"y = 1 +", 7, 7, "p.gt:1:8: error: what\n  y = 1 +\n         ^\n"},
    {"", 0, 0, "p.gt:1:1: error: what\n  \n  ^\n"},
    {"a\nbcd\ne", 2, 5, "p.gt:2:1: error: what\n  bcd\n  ^~~\n"},
    {"a(\nb", 1, 4, "p.gt:1:2: error: what\n  a(\n   ^\n"},
    {"a(\nb", 2, 3, "p.gt:1:3: error: what\n  a(\n    ^\n"},
    {"a\r\nb c\r\nd", 5, 6, "p.gt:2:3: error: what\n  b c\n    ^\n"},
    {"θ = Δx₁ + β", 5, 11, "p.gt:1:5: error: what\n  θ = Δx₁ + β\n      ^~~\n"},
    {"中文 = 1 + y", 11, 12, "p.gt:1:8: error: what\n  中文 = 1 + y\n           ^\n"},
    {"x = 中文", 4, 10, "p.gt:1:5: error: what\n  x = 中文\n      ^~~~\n"},
    {"e\u0301 = y", 6, 7, "p.gt:1:6: error: what\n  e\u0301 = y\n      ^\n"},
    {"\tx =\ty", 5, 6, "p.gt:1:6: error: what\n  \tx =\ty\n  \t   \t^\n"},
    {"a\tb", 0, 3, "p.gt:1:1: error: what\n  a\tb\n  ^\t~\n"},
    {"a\tb", 1, 2, "p.gt:1:2: error: what\n  a\tb\n   ^\n"},
    {"\x1b[1mx $", 6, 7, "p.gt:1:7: error: what\n  \\x1b[1mx $\n           ^\n"},
    {"x \xff y", 2, 3, "p.gt:1:3: error: what\n  x \\xff y\n    ^~~~\n"},
    {"x \u202e y", 2, 5, "p.gt:1:3: error: what\n  x \\u202e y\n    ^~~~~~\n"},
};

static void check_rendering(const shown *s) {
    source_list sources = {0};
    source_add(&sources, "first", "other text", 10);
    source_add(&sources, "p.gt", s->program, strlen(s->program));
    u32 base = sources.items[1].base;
    diagnostic_list list = {0};
    diagnostic *d =
        diag_add(&list, SEVERITY_ERROR, DIAG_SYNTAX, (span){base + s->begin, base + s->end}, "%s", "what");
    text out = {0};
    diag_render(d, &sources, false, &out);
    ck_assert_str_eq(text_str(&out), s->expected);
    text_free(&out);
    diag_clear(&list);
    source_free(&sources);
}

START_TEST(carets) {
    for (size_t i = 0; i < COUNT_OF(renderings); i++) check_rendering(&renderings[i]);
}
END_TEST

/* A line of `length` digits with a mark at `at`: where the window and its caret lie. */
static void check_window(size_t length, size_t at, const char *unit) {
    source_list sources = {0};
    text program = {0};
    for (size_t i = 0; i < length; i++) text_puts(&program, i == at ? "$" : unit);
    size_t width = strlen(unit);
    source_add(&sources, "p", program.bytes, program.length);
    diagnostic_list list = {0};
    u32 begin = (u32)(at * width);
    diagnostic *d = diag_add(&list, SEVERITY_NOTE, DIAG_SYNTAX, (span){begin, begin + 1}, "w");
    text out = {0};
    diag_render(d, &sources, false, &out);
    char first[64];
    snprintf(first, sizeof first, "p:1:%zu: note: w\n", at + 1);
    ck_assert_mem_eq(text_str(&out), first, strlen(first));
    const char *line = text_str(&out) + strlen(first), *line_end = strchr(line, '\n');
    const char *mark = memchr(line, '$', (size_t)(line_end - line));
    const char *caret_line = line_end + 1, *caret = strchr(caret_line, '^');
    ck_assert_ptr_nonnull(mark);
    ck_assert_ptr_nonnull(caret);
    ck_assert_str_eq(caret, "^\n");
    size_t columns = 0; /* one for each character of these tests */
    for (const char *p = line; p < mark; p++) columns += ((u8)*p & 0xC0) != 0x80;
    ck_assert_uint_eq(columns, (size_t)(caret - caret_line));
    ck_assert_uint_le((size_t)(line_end - line), 2 + 160 * width + 6);
    bool whole = length <= 160;
    ck_assert_int_eq(strncmp(line, "  ...", 5) == 0, !whole && at > 75);
    ck_assert_int_eq(strncmp(line_end - 3, "...", 3) == 0, !whole && length - at > 76);
    text_free(&out);
    text_free(&program);
    diag_clear(&list);
    source_free(&sources);
}

START_TEST(long_lines_show_a_window) {
    static const size_t lengths[] = {1, 159, 160, 161, 200, 1000, 20000};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        for (size_t at = 0; at<lengths[i]; at += lengths[i]> 200 ? lengths[i] / 13 : 7) {
            check_window(lengths[i], at, "1");
            check_window(lengths[i], at, "θ");
        }
        check_window(lengths[i], lengths[i] - 1, "é");
    }
}
END_TEST

START_TEST(hints_and_related_places) {
    source_list sources = {0};
    source_add(&sources, "a\x1b.gt", "f(x\ny = g", 9);
    diagnostic_list list = {0};
    diagnostic *d = diag_add(&list, SEVERITY_ERROR, DIAG_UNBALANCED, (span){8, 9}, "'%s' is missing", ")");
    diag_hint(d, "write %d", 5);
    diag_relate(d, (span){1, 2}, "opened here");
    diag_relate(d, NO_SPAN, "said about the run");
    text out = {0};
    diag_render(d, &sources, false, &out);
    ck_assert_str_eq(text_str(&out),
                     "a\\x1b.gt:2:5: error: ')' is missing\n  y = g\n      ^\n  hint: write 5\n"
                     "a\\x1b.gt:1:2: note: opened here\n  f(x\n   ^\n"
                     "gtape: note: said about the run\n");
    text_clear(&out);
    diag_render(d, &sources, true, &out);
    ck_assert_str_eq(
        text_str(&out),
        "a\\x1b.gt:2:5: \033[1;31merror\033[0m: ')' is missing\n  y = g\n      \033[32m^\033[0m\n"
        "  hint: write 5\n"
        "a\\x1b.gt:1:2: \033[36mnote\033[0m: opened here\n  f(x\n   \033[32m^\033[0m\n"
        "gtape: \033[36mnote\033[0m: said about the run\n");
    text_free(&out);
    diag_clear(&list);
    source_free(&sources);
}
END_TEST

START_TEST(without_a_place) {
    static const struct {
        enum severity severity;
        const char *expected;
    } cases[] = {{SEVERITY_ERROR, "gtape: what\n"},
                 {SEVERITY_WARNING, "gtape: warning: what\n"},
                 {SEVERITY_NOTE, "gtape: note: what\n"}};
    source_list sources = {0};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        diagnostic_list list = {0};
        text out = {0};
        diag_render(diag_add(&list, cases[i].severity, DIAG_BAD_OPTION, NO_SPAN, "what"), &sources, false,
                    &out);
        ck_assert_str_eq(text_str(&out), cases[i].expected);
        text_free(&out);
        diag_clear(&list);
    }
}
END_TEST

START_TEST(statuses) {
    ck_assert_int_eq(diag_status(DIAG_BAD_UTF8), 2);
    ck_assert_int_eq(diag_status(DIAG_SYNTAX), 2);
    ck_assert_int_eq(diag_status(DIAG_UNBOUND), 1);
    ck_assert_int_eq(diag_status((enum diag_code)9999), 1);
}
END_TEST

/* Codes keep their number for ever, so no two kinds may share one. */
START_TEST(codes_are_unique) {
    static const int codes[] = {
#define DIAG(name, number, status, meaning) number,
#include "base/diag.def"
#undef DIAG
    };
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        for (size_t k = 0; k < i; k++) ck_assert_int_ne(codes[i], codes[k]);
    }
}
END_TEST

/* ---- failing requests ---- */

typedef struct session {
    source_list sources;
    diagnostic_list list;
    text out;
} session;

static void whole_session(void *data) {
    session *s = data;
    source_add(&s->sources, "p", "x = 1\ny = \x1b", 11);
    diagnostic *d = diag_add(&s->list, SEVERITY_ERROR, DIAG_SYNTAX, (span){6, 7}, "a%sb", "\x1b");
    diag_hint(d, "hint");
    diag_relate(d, (span){0, 1}, "there");
    diag_render(d, &s->sources, true, &s->out);
}
static void end_session(void *data) {
    session *s = data;
    source_place(&s->sources, 3, &(place){0}); /* half of a source does no harm */
    diag_clear(&s->list);
    source_free(&s->sources);
    text_free(&s->out);
}

START_TEST(survives_failing_requests) {
    session s = {0};
    ck_assert_uint_ge(fail_each_request(whole_session, end_session, &s), 8);
}
END_TEST

static void add_far_too_long(void *list) { source_add(list, "s", "", (size_t)UINT32_MAX); }

START_TEST(texts_beyond_4_gib) {
    source_list list = {0};
    ck_assert_int_eq(fault_of(add_far_too_long, &list), FAULT_MEMORY);
    source_free(&list);
}
END_TEST

static void diag_tests(TCase *tests) {
    tcase_add_test(tests, sources_lie_end_to_end);
    tcase_add_test(tests, many_sources);
    tcase_add_test(tests, lines_and_columns);
    tcase_add_test(tests, text_is_escaped);
    tcase_add_test(tests, nothing_slips_through);
    tcase_add_test(tests, carets);
    tcase_add_test(tests, long_lines_show_a_window);
    tcase_add_test(tests, hints_and_related_places);
    tcase_add_test(tests, without_a_place);
    tcase_add_test(tests, statuses);
    tcase_add_test(tests, codes_are_unique);
    tcase_add_test(tests, survives_failing_requests);
    tcase_add_test(tests, texts_beyond_4_gib);
}

UNIT_MAIN("diag", diag_tests)
