/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diag.c - the list of what is to be said. */
#include "base/diag.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* Writes one character of the input, escaped where a terminal must not see it, and returns how many
 * bytes of input it was.  At most 4 bytes are written for each byte that was read. */
static unsigned escape_one(char *out, size_t *written, const char *bytes, size_t left) {
    unsigned n = utf8_length(bytes, left);
    u32 code = n ? utf8_decode(bytes, n) : (u8)bytes[0];
    char shown[12];
    int length = (int)n;
    if (n == 0 || code < 0x20 || code == 0x7F)
        length = snprintf(shown, sizeof shown, "\\x%02x", (unsigned)code);
    else if (utf8_is_escaped(code))
        length = snprintf(shown, sizeof shown, code > 0xFFFF ? "\\u{%x}" : "\\u%04x", (unsigned)code);
    else memcpy(shown, bytes, n);
    memcpy(out + *written, shown, (size_t)length);
    *written += (size_t)length;
    return n ? n : 1;
}

void text_escape(text *out, const char *bytes, size_t length) {
    for (size_t i = 0; i < length;) {
        char shown[12];
        size_t written = 0;
        i += escape_one(shown, &written, bytes + i, length - i);
        text_add(out, shown, written);
    }
}

/* Formats and escapes in one piece of memory, so that nothing is lost when the request fails: the raw
 * text goes to the last quarter, and its escaped form, at most four times as long, never overtakes it. */
__attribute__((format(printf, 1, 0))) static char *format_escaped(const char *format, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int count = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (count < 0) fault_raise(FAULT_MEMORY); /* longer than INT_MAX */
    size_t length = (size_t)count, written = 0;
    char *buffer = mem_alloc(mem_product(length, 4) + 1, 1);
    char *raw = buffer + 3 * length;
    vsnprintf(raw, length + 1, format, ap);
    for (size_t i = 0; i < length;) i += escape_one(buffer, &written, raw + i, length - i);
    buffer[written] = '\0';
    return buffer;
}

diagnostic *diag_vadd(diagnostic_list *list, enum severity severity, enum diag_code code, span at,
                      const char *format, va_list ap) {
    array_room(list);
    diagnostic d = {.code = code, .severity = severity, .at = at, .message = format_escaped(format, ap)};
    array_push(list, d);
    return &list->items[list->count - 1];
}

diagnostic *diag_add(diagnostic_list *list, enum severity severity, enum diag_code code, span at,
                     const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    diagnostic *d = diag_vadd(list, severity, code, at, format, ap);
    va_end(ap);
    return d;
}

void diag_hint(diagnostic *d, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    char *hint = format_escaped(format, ap);
    va_end(ap);
    mem_free(d->hint);
    d->hint = hint;
}

void diag_relate(diagnostic *d, span at, const char *format, ...) {
    array_room(&d->related);
    va_list ap;
    va_start(ap, format);
    related r = {at, format_escaped(format, ap)};
    va_end(ap);
    array_push(&d->related, r);
}

void diag_cut(diagnostic_list *list, size_t count) {
    for (size_t i = count; i < list->count; i++) {
        diagnostic *d = &list->items[i];
        for (size_t k = 0; k < d->related.count; k++) mem_free(d->related.items[k].message);
        array_free(&d->related);
        mem_free(d->message);
        mem_free(d->hint);
    }
    if (count < list->count) list->count = count;
}

void diag_clear(diagnostic_list *list) {
    diag_cut(list, 0);
    array_free(list);
}

bool diag_has(const diagnostic_list *list, size_t from, enum diag_code code) {
    for (size_t i = from; i < list->count; i++)
        if (list->items[i].code == code) return true;
    return false;
}

int diag_status(enum diag_code code) {
    switch (code) {
#define DIAG(name, number, status, meaning)                                                                  \
    case DIAG_##name:                                                                                        \
        return status;
#include "base/diag.def"
#undef DIAG
    }
    return 1;
}
