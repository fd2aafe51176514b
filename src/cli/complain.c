/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/complain.h"

#include <stdarg.h>
#include <stdlib.h>

#include "cli/names.h"

void write_escaped(FILE *to, const char *text) {
    char piece[ESCAPE_ROOM];
    while (*text) {
        text += escape_next(text, piece);
        fputs(piece, to);
    }
}

void write_visible(FILE *to, const char *text, size_t length) {
    char piece[ESCAPE_ROOM];
    for (size_t at = 0; at < length;) {
        at += visible_next(text + at, length - at, piece);
        fputs(piece, to);
    }
}

void complain(const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);

    fputs("gtape: ", stderr);
    write_escaped(stderr, text ? text : format);
    fputc('\n', stderr);
    free(text);
}

void complain_try_help(void) { fputs("Try 'gtape --help' for more information.\n", stderr); }
