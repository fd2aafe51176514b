/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.h - a growing piece of text.
 *
 * Layer: base.  A text owns its bytes; text_free gives them back.  The bytes are always
 * followed by a NUL that `length` does not count, and may contain NULs themselves. */
#ifndef GTAPE_TEXT_H
#define GTAPE_TEXT_H

#include "base/mem.h"
#include <stdarg.h>

typedef struct text {
    char *bytes;
    size_t length, capacity;
} text;

/* Makes room for `more` bytes; they may be written from bytes + length on, and counted by the caller, who
 * puts the NUL behind them. */
void text_room(text *t, size_t more);
void text_add(text *t, const char *bytes, size_t length);
void text_puts(text *t, const char *s);
void text_putc(text *t, char c);
void text_printf(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(text *t, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
void text_pad(text *t, char c, size_t count);
void text_clear(text *t);
void text_free(text *t);
/* Never NULL, NUL-terminated. */
const char *text_str(const text *t);

#endif
