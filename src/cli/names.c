/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/names.h"

#include <stdio.h>
#include <string.h>

#include "lib/gtape.h"

size_t utf8_next(const char *text, unsigned long *c) {
    const unsigned char *s = (const unsigned char *)text;
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = s[0] < 0x80   ? 1
                    : s[0] < 0xc2 ? 0
                    : s[0] < 0xe0 ? 2
                    : s[0] < 0xf0 ? 3
                    : s[0] < 0xf5 ? 4
                                  : 0;
    if (length == 0 || s[0] == 0) return 0;
    unsigned long v = length == 1 ? s[0] : s[0] & (0x7fUL >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        v = v << 6 | (s[i] & 0x3f);
    }
    if (v < least[length] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) return 0;
    *c = v;
    return length;
}

bool is_hidden(unsigned long c) {
    if (c < 0xa0) return c < 0x20 || c >= 0x7f;
    return gtape_is_hidden(c);
}

size_t escape_next(const char *text, char piece[ESCAPE_ROOM]) {
    unsigned long c = 0;
    size_t length = utf8_next(text, &c);
    if (length == 0) snprintf(piece, ESCAPE_ROOM, "\\x%02x", (unsigned char)*text);
    else if (is_hidden(c))
        snprintf(piece, ESCAPE_ROOM, c < 0x80 ? "\\x%02lx" : c > 0xffff ? "\\u{%lx}" : "\\u%04lx", c);
    else {
        memcpy(piece, text, length);
        piece[length] = '\0';
    }
    return length ? length : 1;
}

size_t visible_next(const char *text, size_t length, char piece[ESCAPE_ROOM]) {
    char character[5] = "";
    memcpy(character, text, length < 4 ? length : 4);
    if (*text && *text != '\n' && *text != '\t') return escape_next(character, piece);
    strcpy(piece, *text == '\n' ? "\n" : *text ? "\t" : "\\x00");
    return 1;
}

static bool is_wide(unsigned long c) {
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1f64f) || (c >= 0x20000 && c <= 0x3fffd);
}

static bool is_combining(unsigned long c) {
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x20d0 && c <= 0x20ff);
}

size_t display_width(const char *text) {
    size_t width = 0;
    while (*text) {
        unsigned long c = 0;
        size_t length = utf8_next(text, &c);
        width += is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
        text += length ? length : 1;
    }
    return width;
}

bool is_plain_name(const char *name) {
    const unsigned char *s = (const unsigned char *)name;
    if (!*s || (*s >= '0' && *s <= '9')) return false;
    for (; *s; s++) {
        bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9');
        if (!letter && *s != '_' && *s < 0x80) return false;
    }
    return true;
}

/* Longest name that is compared: longer ones have no near names. */
enum { LONGEST = 40 };

/* Edits that make b of a (Damerau's optimal string alignment), with three rows of the table. */
static size_t edit_distance(const char *a, const char *b) {
    size_t la = strlen(a), lb = strlen(b);
    if (la > LONGEST || lb > LONGEST) return LONGEST;
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= lb; j++) above[j] = j;
    for (size_t i = 1; i <= la; i++) {
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < best) best = before[j - 2] + 1;
            row[j] = best;
        }
        size_t *spare = before;
        before = above, above = row, row = spare;
    }
    return above[lb];
}

const char *nearest_name(const char *name, size_t count,
                         const char *(*name_at)(const void *user, size_t index), const void *user) {
    /* a guess that replaces every letter is no guess */
    size_t length = strlen(name), limit = length > 3 ? 2 : length > 1 ? 1 : 0;
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *other = name_at(user, i);
        size_t distance = edit_distance(name, other);
        if (distance <= limit && (!best || distance < edit_distance(name, best))) best = other;
    }
    return best;
}
