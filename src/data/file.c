/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.c - errors in data files. */
#include "data/file.h"

#include <stdio.h>

void data_fail(const data_file *f, enum diag_code code, const char *format, ...) {
    char what[512];
    va_list ap;
    va_start(ap, format);
    vsnprintf(what, sizeof what, format, ap);
    va_end(ap);
    diag_add(f->diagnostics, SEVERITY_ERROR, code, NO_SPAN, "%s: %s", f->label, what);
    fault_raise(FAULT_ERROR);
}

/* The line of the place becomes a source of its own, which knows its number; a long one is cut behind what an
 * error would show of it. */
void data_fail_at(const data_file *f, const csv_reader *r, const char *byte, size_t length,
                  enum diag_code code, const char *format, ...) {
    enum { SHOWN = 1024 };
    csv_place line = csv_place_of(r, byte);
    if ((size_t)(line.end - byte) > length + SHOWN) line.end = byte + length + SHOWN;
    u32 lines_before = line.line - 1 < UINT32_MAX ? (u32)(line.line - 1) : UINT32_MAX - 1;
    u32 number =
        source_add_excerpt(f->sources, f->label, line.begin, (size_t)(line.end - line.begin), lines_before);
    u32 begin = f->sources->items[number].base + (u32)(byte - line.begin);
    span at = {begin, begin + (u32)length};
    va_list ap;
    va_start(ap, format);
    diag_vadd(f->diagnostics, SEVERITY_ERROR, code, at, format, ap);
    va_end(ap);
    fault_raise(FAULT_ERROR);
}

void data_fail_malformed(const data_file *f, const csv_reader *r) {
    data_fail_at(f, r, r->fault, r->fault < r->end, DIAG_BAD_TABLE, "%s", r->why);
}
