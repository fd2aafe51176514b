/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.h - records of fields out of a table as text: CSV by RFC 4180, and the same with tabs.
 *
 * Layer: data.
 *
 * A reader looks at a window of bytes that somebody else owns and copies nothing: a field is two pointers
 * into the window, quotes and blanks included, so that it can be passed on byte for byte.  A whole file is
 * one window:
 *
 *     csv_reader r;
 *     csv_open(&r, ',');
 *     csv_window(&r, bytes, length, true);
 *     while (csv_next(&r) == CSV_RECORD) use(r.fields.items, r.fields.count);
 *     csv_close(&r);
 *
 * A stream is many: at CSV_MORE the caller puts more bytes behind the unread ones, from r.next on (in a
 * larger buffer, where they fill this one), and gives the reader the new window.
 *
 * Lines end with LF, CR LF, or CR.  A line with nothing on it is stepped over.  Blanks may stand around
 * quotes. A byte order mark of UTF-8 is stepped over, one of UTF-16 is an error.  What a field means is not
 * asked. */
#ifndef GTAPE_CSV_H
#define GTAPE_CSV_H

#include "base/text.h"

typedef struct csv_field {
    const char *bytes; /* as they stand in the file */
    size_t length;
    bool quoted;
} csv_field;

enum csv_status { CSV_RECORD, CSV_MORE, CSV_END, CSV_MALFORMED };

typedef struct csv_reader {
    char separator;
    bool is_last;      /* nothing follows the window */
    bool started;      /* a byte order mark has been looked for */
    const char *next;  /* the first unread byte */
    const char *end;   /* behind the window */
    u64 line;          /* of `next`, from 1 */
    const char *begin; /* the record at hand: its first byte, */
    u64 first_line;    /* its line, */
    ARRAY(csv_field) fields;
    const char *fault; /* CSV_MALFORMED: where, */
    const char *why;   /* and what, in words */
    u8 kinds[256];     /* what a byte means outside of quotes */
} csv_reader;

void csv_open(csv_reader *r, char separator);
void csv_close(csv_reader *r);
/* The unread bytes.  Those of the window before need not stay. */
void csv_window(csv_reader *r, const char *bytes, size_t length, bool is_last);
/* The next record.  Its fields stay until the next call. */
enum csv_status csv_next(csv_reader *r);

/* What separates the fields of a file: a tab where its name ends in .tsv or .tab, or has no ending that says
 * so and its first line holds a tab and no comma. */
char csv_separator(const char *name, const char *bytes, size_t length);

/* The line of a byte of the record at hand, where that line begins, and where it ends in the window. */
typedef struct csv_place {
    u64 line;
    const char *begin, *end;
} csv_place;
csv_place csv_place_of(const csv_reader *r, const char *byte);

/* ---- what stands in a field ---- */

/* The field without the blanks around it, and without its quotes.  Doubled quotes are left as they are. */
csv_field csv_trim(csv_field f);
/* Adds what the field says to a text: trimmed, doubled quotes made one. */
void csv_unquote(csv_field f, text *out);
/* Empty or NA. */
bool csv_is_missing(csv_field f);

enum csv_number { CSV_NUMBER, CSV_MISSING, CSV_TOO_LARGE, CSV_NO_NUMBER };
/* The number in a field: decimal or hexadecimal, nan or inf, blanks and quotes around it. */
enum csv_number csv_read_number(csv_field f, double *out);

#endif
