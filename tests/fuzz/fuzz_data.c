/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_data.c - the readers of data.  The first byte chooses what the others are:
 *
 *     c, t, j, b  rows of CSV, TSV, JSON lines or words, run one by one; the pieces in which they arrive, and
 * how many threads run them, make no difference d           a file of --data, as columns n           the same
 * as one tensor (NPY too) */
#include "fuzz.h"

/* Bytes that come in pieces, and what was written of them. */
struct stream {
    const char *bytes;
    size_t length, at, piece;
    char *written;
    size_t written_length;
};

static long read_piece(void *user, char *to, size_t room) {
    struct stream *s = user;
    size_t n = s->length - s->at;
    if (n > room) n = room;
    if (n > s->piece) n = s->piece;
    if (n) memcpy(to, s->bytes + s->at, n);
    s->at += n;
    return (long)n;
}

static int keep_written(void *user, const char *bytes, size_t length) {
    struct stream *s = user;
    s->written = realloc(s->written, s->written_length + length + 1);
    REQUIRE(s->written, "no memory");
    memcpy(s->written + s->written_length, bytes, length);
    s->written_length += length;
    return 1;
}

static const char program[] = "input a = 1; input b = 2; y = a > b ? a*b : sin(a) + b";

static gtape_status run_rows(struct stream *s, char separator, int variant, unsigned threads) {
    static const char outs[] = {0, ',', '\t', '{'};
    gtape *g = limited_session();
    gtape_set(g, "timeout", "0"); /* a slow machine must not stop one of two runs that are compared */
    REQUIRE(gtape_add(g, "-e", program, GTAPE_ALL) == GTAPE_OK, "program");
    if (variant & 1) gtape_wrt(g, "a,b");
    gtape_rows rows = {.label = "rows",
                       .separator = separator,
                       .out = outs[variant >> 1 & 3],
                       .no_header = variant >> 3 & 1,
                       .keep = variant & 16 ? "" : NULL,
                       .threads = threads,
                       .on_error = (gtape_row_error)((variant >> 5) % 3),
                       .read = read_piece,
                       .write = keep_written,
                       .user = s};
    gtape_status status = gtape_run_rows(g, &rows);
    require_told(g, status, 0);
    gtape_free(g);
    return status;
}

static void fuzz_rows(const char *bytes, size_t length, char separator, int variant) {
    struct stream whole = {.bytes = bytes, .length = length, .piece = SIZE_MAX};
    struct stream pieces = {.bytes = bytes, .length = length, .piece = 1 + (size_t)variant % 7};
    gtape_status a = run_rows(&whole, separator, variant, 1), b = run_rows(&pieces, separator, variant, 3);
    REQUIRE(a == b, "status %d whole, %d in pieces", a, b);
    REQUIRE(whole.written_length == pieces.written_length &&
                (!whole.written_length || memcmp(whole.written, pieces.written, whole.written_length) == 0),
            "whole: %.*s in pieces: %.*s", (int)whole.written_length, whole.written,
            (int)pieces.written_length, pieces.written);
    free(whole.written);
    free(pieces.written);
}

/* Bytes of a block of their own, so that a reader past their end is seen. */
static void fuzz_file(const char *name, const char *bytes, size_t length) {
    gtape *g = limited_session();
    const char *text = name ? "y = sum(d)" : "y = sum(a) + sum(b)";
    REQUIRE(gtape_add(g, "-e", text, GTAPE_ALL) == GTAPE_OK, "program");
    gtape_status status = gtape_data(g, name, "data", bytes, length);
    require_told(g, status, 0);
    const char *column;
    for (size_t i = 0; (column = gtape_column(g, i)) != NULL; i++) (void)strlen(column);
    gtape_clear_diagnostics(g);
    if (status == GTAPE_OK) {
        status = gtape_run(g);
        require_told(g, status, 0);
    }
    gtape_free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    size_t length = size - 2;
    char *bytes = malloc(length ? length : 1);
    REQUIRE(bytes, "no memory");
    memcpy(bytes, data + 2, length);
    switch (data[0]) {
    case 'c': fuzz_rows(bytes, length, ',', data[1]); break;
    case 't': fuzz_rows(bytes, length, '\t', data[1]); break;
    case 'j': fuzz_rows(bytes, length, '{', data[1]); break;
    case 'b': fuzz_rows(bytes, length, ' ', data[1]); break;
    case 'd': fuzz_file(NULL, bytes, length); break;
    case 'n': fuzz_file("d", bytes, length); break;
    default: break;
    }
    free(bytes);
    return 0;
}
