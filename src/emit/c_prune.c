/* SPDX-License-Identifier: GPL-3.0-or-later */
/* c_prune.c - takes out of a body what nobody reads: see c_code.h.
 *
 * What a loop needs is found before its text is made, and may be too much where it goes over what the trail
 * has. So the lines are looked through afterwards: one that gives a variable or an array a value stays where
 * a line that stays reads it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "emit/c_code.h"

static bool is_part_of_word(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.'; }

/* The next variable (v7) or array (t7) at or behind s and before end: its number, for arrays behind those of
 * the variables, and the place behind it; 0 where there is none. */
static u32 next_name(const c_code *c, const char **s, const char *end) {
    const char *p = *s;
    while (p < end) {
        if (!is_part_of_word(*p)) {
            p++;
            continue;
        }
        const char *word = p;
        while (p < end && is_part_of_word(*p)) p++;
        size_t digits = strspn(word + 1, "0123456789");
        if ((*word != 'v' && *word != 't') || digits == 0 || word + 1 + digits != p) continue;
        *s = p;
        return (u32)strtoul(word + 1, NULL, 10) + (*word == 't' ? c->variables : 0);
    }
    *s = end;
    return 0;
}

static bool starts(const char *s, const char *end, const char *with) {
    size_t length = strlen(with);
    return (size_t)(end - s) >= length && memcmp(s, with, length) == 0;
}

/* The name that a line gives a value, or 0: "const double v1 = ", "double t1[", "v1 = ", "t1[k1] = ". */
static u32 defined_by(const c_code *c, const char *s, const char *end) {
    while (s < end && *s == ' ') s++;
    bool declares = starts(s, end, "const double ") || starts(s, end, "double ");
    bool assigns = s + 1 < end && (*s == 'v' || *s == 't') && isdigit((unsigned char)s[1]);
    return declares || assigns ? next_name(c, &s, end) : 0;
}

static bool is_blank(const char *s, const char *end) {
    while (s < end && (*s == ' ' || *s == '\n')) s++;
    return s == end;
}

/* A loop whose body is gone; `behind` is the text from the end of its first line on. */
static const char *behind_empty_loop(const char *s, const char *end, const char *behind) {
    while (s < end && *s == ' ') s++;
    if (!starts(s, end, "for (int k")) return NULL;
    const char *close = strchr(behind, '\n');
    const char *brace = behind + strspn(behind, " ");
    return close && brace + 1 == close && *brace == '}' ? close + 1 : NULL;
}

static void drop_empty_loops(c_code *c) {
    for (bool again = true; again;) {
        again = false;
        text_clear(&c->line);
        for (const char *s = text_str(&c->body), *next; *s; s = next) {
            const char *end = strchr(s, '\n');
            next = end + 1;
            const char *behind = behind_empty_loop(s, end, next);
            if (behind) next = behind, again = true;
            else text_add(&c->line, s, (size_t)(next - s));
        }
        text swapped = c->body;
        c->body = c->line;
        c->line = swapped;
    }
}

/* Marks what the lines that stay read; true where that made another line stay. */
static bool mark(const c_code *c, u8 *read) {
    bool again = false;
    for (const char *s = text_str(&c->body); *s;) {
        const char *end = strchr(s, '\n');
        const u32 defined = defined_by(c, s, end);
        const char *p = s;
        if (!defined || read[defined])
            for (u32 n, seen = 0; (n = next_name(c, &p, end)) != 0; seen++) {
                if ((n == defined && seen == 0) || read[n]) continue;
                read[n] = 1;
                again = true;
            }
        s = end + 1;
    }
    return again;
}

void c_prune(c_code *c, u8 *read) {
    while (mark(c, read)) {}
    text_clear(&c->line);
    for (const char *s = text_str(&c->body); *s;) {
        const char *end = strchr(s, '\n');
        const u32 defined = defined_by(c, s, end);
        if ((!defined || read[defined]) && !is_blank(s, end)) text_add(&c->line, s, (size_t)(end + 1 - s));
        s = end + 1;
    }
    text swapped = c->body;
    c->body = c->line;
    c->line = swapped;
    drop_empty_loops(c);
}
