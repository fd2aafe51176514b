/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as text through gtape_run_rows: the same bytes for any number of threads and any pieces that the
 * input comes in; what is read is what was written; requests for memory that fail. */
#include "lib/gtape.h"
#include "unit.h"
#include "data/csv.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static u64 state;

static u32 draw(u32 below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (u32)(state >> 33) % below;
}

/* ---- tables ---- */

enum { COLUMNS = 3 };
static const char *const names[COLUMNS] = {"a", "b c", "d"};

static void put_blanks(text *out) {
    for (u32 n = draw(4) ? 0 : draw(3); n > 0; n--) text_putc(out, ' ');
}

/* Any double, written so that it reads back; now and then none. */
static void put_number(text *out, bool is_json) {
    static const double odd[] = {0, -0.0, 1, 1e300, 5e-324, -3, 0.1, 1e22};
    double x = draw(4) ? (draw(20000001) - 1e7) / (1 + draw(1000)) : odd[draw(COUNT_OF(odd))];
    switch (draw(12)) {
    case 0: text_puts(out, is_json ? "null" : "NA"); return;
    case 1: text_puts(out, is_json ? "\"-Infinity\"" : draw(2) ? "inf" : "-inf"); return;
    case 2: text_puts(out, is_json ? "\"NaN\"" : "nan"); return;
    case 3: text_printf(out, "\"%.17g\"", x); return;
    case 4: text_printf(out, is_json ? "%.0f" : "%a", x < 1e18 && x > -1e18 ? x : 2); return;
    default: text_printf(out, "%.17g", x); return;
    }
}

static void put_text(text *out, char separator) {
    static const char *const texts[] = {"plain", "\"two\nlines\"", "\"a \"\"b\"\"\"", "\"1,2 3\t4\"",
                                        "\xc3\xa9"};
    if (separator == '{') text_puts(out, draw(2) ? "\"}\\\",\\n\\u00e9\"" : "[1, {\"a\": 2}, \"]\"]");
    else text_puts(out, texts[draw(COUNT_OF(texts))]);
}

static void put_row(text *out, char separator, const char *line_end) {
    if (separator == '{') {
        u32 first = draw(3);
        text_puts(out, "{\"t\": ");
        put_text(out, separator);
        for (u32 i = 0; i < COLUMNS; i++) {
            text_printf(out, ",\"%s\": ", names[(first + i) % COLUMNS]);
            put_number(out, true);
        }
        text_putc(out, '}');
    } else {
        bool tight = separator == ' ';
        for (u32 i = 0; i < COLUMNS; i++) {
            if (!tight) put_blanks(out);
            put_number(out, false);
            if (!tight) put_blanks(out);
            text_putc(out, separator);
        }
        put_text(out, separator);
    }
    text_puts(out, line_end);
}

static void make_table(text *out, char separator, size_t rows) {
    static const char *const ends[] = {"\n", "\r\n", "\n\n", "\r"};
    bool mixed = draw(3) == 0;
    const char *line_end = ends[separator == '{' ? 0 : draw(4)];
    text_clear(out);
    if (separator != '{') text_printf(out, "a%c\"b c\"%cd%ct%s", separator, separator, separator, line_end);
    else text_puts(out, "{\"a\": 1, \"b c\": 2, \"d\": 3, \"t\": 4}\n");
    for (size_t i = 0; i < rows; i++)
        put_row(out, separator, mixed && separator != '{' ? ends[draw(2)] : line_end);
    if (!mixed && draw(2)) out->length -= strlen(line_end); /* a last line without its end */
}

/* ---- runs ---- */

typedef struct stream {
    const text *in;
    size_t at, piece; /* 0: random ones */
    text out;
} stream;

static long give(void *user, char *to, size_t room) {
    stream *s = user;
    size_t n = s->piece ? s->piece : 1 + (s->at * 7919 + 13) % 5000, left = s->in->length - s->at;
    if (n > left) n = left;
    if (n > room) n = room;
    memcpy(to, s->in->bytes + s->at, n);
    s->at += n;
    return (long)n;
}

static int take(void *user, const char *bytes, size_t length) {
    text_add(&((stream *)user)->out, bytes, length);
    return 1;
}

static gtape *session(const char *program) {
    gtape *g = gtape_new();
    ck_assert_ptr_nonnull(g);
    gtape_set(g, "notes", "0");
    ck_assert_msg(gtape_add(g, "-e", program, GTAPE_ALL) == GTAPE_OK, "%s", program);
    return g;
}

static void run(const char *program, gtape_rows how, const text *in, size_t piece, text *out) {
    stream s = {.in = in, .piece = piece};
    gtape *g = session(program);
    gtape_wrt(g, "a,d");
    how.label = "table";
    how.read = give, how.write = take, how.user = &s;
    gtape_status status = gtape_run_rows(g, &how);
    ck_assert_msg(status == GTAPE_OK, "%s", gtape_diagnostic_count(g) ? gtape_diagnostic_text(g, 0, 0) : "?");
    gtape_free(g);
    text_free(out);
    *out = s.out;
}

static const char separators[] = ",\t {;";
static const char *const programs[] = {
    "z = a*exp(-d*d/2) + ${b c}",
    "z = a > 0 ? sqrt(a)*d : d > a ? sin(${b c}*a) : 0*log(a)",
    "s = 0; for i in range(4) { s += a^i*d; if s > 100 { break } }; y = s/${b c}; report s, y",
    "x = [a, d]; z = sum(x*x)*${b c}",
    "f(t) = t^3*d; z = f'(a) + where(d > 0, log(d), ${b c})",
};

START_TEST(same_bytes) {
    static const size_t pieces[] = {1 << 20, 7, 4096, 0, 1};
    text table = {0}, first = {0}, other = {0};
    for (u32 trial = 0; trial < 100; trial++) {
        state = trial + 77;
        char separator = separators[trial % 5];
        const char *program = programs[trial / 5 % COUNT_OF(programs)];
        make_table(&table, separator, 1 + draw(trial % 4 ? 300 : 3000));
        gtape_rows how = {
            .separator = separator, .keep = draw(2) ? "" : NULL, .reduce = draw(4) ? 0 : GTAPE_ROW_SUM};
        run(program, how, &table, table.length, &first);
        for (unsigned threads = 1; threads < 5; threads++) {
            how.threads = threads;
            how.line_buffered = threads == 4;
            run(program, how, &table, pieces[(trial + threads) % COUNT_OF(pieces)], &other);
            ck_assert_msg(first.length == other.length && memcmp(first.bytes, other.bytes, first.length) == 0,
                          "trial %u, %u threads, %s:\n%s", trial, threads, program, text_str(&table));
        }
    }
    text_free(&table), text_free(&first), text_free(&other);
}
END_TEST

/* Sums of parts, added up, are the sum of the whole but for the rounding of the parts. */
START_TEST(sums_of_parts) {
    text table = {0}, part = {0}, whole = {0}, out = {0};
    state = 4;
    text_puts(&table, "a,b c,d\n");
    for (u32 i = 0; i < 4000; i++)
        text_printf(&table, "%.17g,%u,%.17g\n", draw(1000) * 1e-3 - 0.7, i, draw(99) / 7.);
    gtape_rows how = {.separator = ',', .reduce = GTAPE_ROW_SUM, .no_header = 0};
    const char *program = "z = sin(a)*d*1e3 + ${b c}";
    run(program, how, &table, table.length, &whole);
    double sum, da, dd;
    ck_assert_int_eq(sscanf(text_str(&whole), "z,dz_da,dz_dd %lf,%lf,%lf", &sum, &da, &dd), 3);
    static const u32 shards[] = {2, 16};
    for (size_t k = 0; k < COUNT_OF(shards); k++) {
        double added = 0, added_a = 0, added_d = 0, size = 0, size_a = 0, size_d = 0;
        for (u32 i = 0; i < shards[k]; i++) {
            text_clear(&part);
            text_puts(&part, "a,b c,d\n");
            const char *p = strchr(table.bytes, '\n') + 1;
            for (u32 line = 0; *p; line++) {
                const char *end = strchr(p, '\n') + 1;
                if (line % shards[k] == i) text_add(&part, p, (size_t)(end - p));
                p = end;
            }
            double x, xa, xd;
            run(program, how, &part, 4096, &out);
            ck_assert_int_eq(sscanf(text_str(&out), "z,dz_da,dz_dd %lf,%lf,%lf", &x, &xa, &xd), 3);
            added += x, added_a += xa, added_d += xd;
            size += fabs(x), size_a += fabs(xa), size_d += fabs(xd);
        }
        ck_assert_double_le(fabs(added - sum), 1e-15 * size);
        ck_assert_double_le(fabs(added_a - da), 1e-15 * size_a);
        ck_assert_double_le(fabs(added_d - dd), 1e-15 * size_d);
    }
    text_free(&table), text_free(&part), text_free(&whole), text_free(&out);
}
END_TEST

START_TEST(cut_anywhere) {
    for (u32 trial = 0; trial < 300; trial++) {
        state = trial + 5;
        char separator = separators[trial % 5];
        text table = {0};
        make_table(&table, separator, 1 + draw(30));
        /* the ends of records, as the reader finds them */
        csv_reader r;
        csv_open(&r, separator);
        csv_window(&r, table.bytes, table.length, true);
        size_t ends[128], count = 0;
        while (csv_next(&r) == CSV_RECORD) ends[count++] = (size_t)(r.next - table.bytes);
        csv_close(&r);
        csv_cut cut = {0};
        for (size_t length = 0; length < table.length;) {
            length += 1 + draw(40);
            if (length > table.length) length = table.length;
            csv_find_cut(&cut, separator, table.bytes, length);
            bool is_end = cut.at == 0;
            for (size_t i = 0; i < count; i++) is_end |= ends[i] == cut.at;
            /* an empty line behind a record ends none */
            is_end |= cut.at > 1 && table.bytes[cut.at - 2] == '\n';
            ck_assert_msg(is_end && cut.at <= length, "%zu of %s", cut.at, text_str(&table));
        }
        text_free(&table);
    }
}
END_TEST

/* Each request for memory of the thread that calls fails in turn: an error, and nothing is left behind. */
START_TEST(memory_runs_out) {
    text table = {0};
    state = 8;
    make_table(&table, ',', 20);
    for (unsigned long n = 1; n < 4000; n += n < 300 ? 1 : 37) {
        stream s = {.in = &table, .piece = 100};
        gtape *g = session(programs[1]);
        gtape_wrt(g, "a,d");
        gtape_rows how = {
            .label = "t", .separator = ',', .keep = "", .read = give, .write = take, .user = &s};
        text_add(&s.out, "", 0);
        s.out.length = 0;
        mem_fail_at(n);
        gtape_status status = gtape_run_rows(g, &how);
        bool failed = mem_requests() >= n;
        mem_fail_at(0);
        ck_assert_msg(!failed || status == GTAPE_FAILED || status == GTAPE_OK, "request %lu: %d", n,
                      (int)status);
        gtape_free(g);
        text_free(&s.out);
        if (!failed) break;
    }
    text_free(&table);
}
END_TEST

static void rows_tests(TCase *t) {
    tcase_set_timeout(t, 120);
    tcase_add_test(t, same_bytes);
    tcase_add_test(t, sums_of_parts);
    tcase_add_test(t, cut_anywhere);
    tcase_add_test(t, memory_runs_out);
}

UNIT_MAIN("rows", rows_tests)
