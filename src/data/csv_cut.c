/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_cut.c - where a stream of records can be cut: csv_find_cut of csv.h. */
#include "data/csv.h"

#include <string.h>

/* Whether a number of quotes in [p, end) is odd, eight bytes at a time. */
static bool odd_quotes(const char *p, const char *end) {
    const u64 low = UINT64_C(0x7f7f7f7f7f7f7f7f), quotes = UINT64_C(0x2222222222222222);
    unsigned parity = 0;
    p = p < end ? memchr(p, '"', (size_t)(end - p)) : NULL;
    if (!p) return false;
    for (; end - p >= 8; p += 8) {
        u64 word;
        memcpy(&word, p, sizeof word);
        word ^= quotes;
        u64 zero = ~(((word & low) + low) | word | low); /* the top bit of each byte that is 0 */
        parity ^= (unsigned)__builtin_parityll(zero);
    }
    for (; p < end; p++) parity ^= *p == '"';
    return parity;
}

/* The last line end in [p, end), or NULL. */
static const char *last_line_end(const char *p, const char *end) {
    while (end > p && end[-1] != '\n') end--;
    return end > p ? end - 1 : NULL;
}

void csv_find_cut(csv_cut *c, char separator, const char *bytes, size_t length) {
    const char *from = bytes + c->seen, *end = bytes + length;
    bool inside = separator != CSV_JSON && c->inside ^ odd_quotes(from, end);
    c->inside = inside;
    c->seen = length;
    for (const char *p = end, *line; (line = last_line_end(from, p)); p = line) {
        if (separator != CSV_JSON) inside ^= odd_quotes(line, p);
        if (inside) continue;
        c->at = (size_t)(line - bytes) + 1;
        return;
    }
}
