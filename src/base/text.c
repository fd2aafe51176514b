/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.c - a growing piece of text. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

void text_room(text *t, size_t more) {
    size_t needed;
    if (__builtin_add_overflow(t->length, more, &needed) || __builtin_add_overflow(needed, 1, &needed))
        fault_raise(FAULT_MEMORY);
    if (needed <= t->capacity) return;
    size_t capacity = t->capacity ? t->capacity : 32;
    while (capacity < needed) capacity = mem_product(capacity, 2);
    t->bytes = mem_resize(t->bytes, capacity, 1);
    t->capacity = capacity;
}

void text_add(text *t, const char *bytes, size_t length) {
    text_room(t, length);
    if (length) memcpy(t->bytes + t->length, bytes, length);
    t->length += length;
    t->bytes[t->length] = '\0';
}

void text_puts(text *t, const char *s) { text_add(t, s, strlen(s)); }

void text_putc(text *t, char c) { text_add(t, &c, 1); }

void text_pad(text *t, char c, size_t count) {
    text_room(t, count);
    memset(t->bytes + t->length, c, count);
    t->length += count;
    t->bytes[t->length] = '\0';
}

/* Mostly the room is there already; only where it is not, the format is gone through twice. */
void text_vprintf(text *t, const char *format, va_list ap) {
    va_list again;
    va_copy(again, ap);
    size_t room = t->capacity - t->length;
    int length = vsnprintf(room ? t->bytes + t->length : NULL, room, format, ap);
    if (length < 0 || (size_t)length >= room) {
        if (room) t->bytes[t->length] = '\0';
        if (length < 0) fault_raise(FAULT_MEMORY); /* longer than INT_MAX */
        text_room(t, (size_t)length);
        vsnprintf(t->bytes + t->length, (size_t)length + 1, format, again);
    }
    va_end(again);
    t->length += (size_t)length;
}

void text_printf(text *t, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    text_vprintf(t, format, ap);
    va_end(ap);
}

void text_clear(text *t) {
    t->length = 0;
    if (t->bytes) t->bytes[0] = '\0';
}

void text_free(text *t) {
    mem_free(t->bytes);
    *t = (text){0};
}

const char *text_str(const text *t) { return t->bytes ? t->bytes : ""; }
