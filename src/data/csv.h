/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.h - records of fields out of a table as text: CSV by RFC 4180, the same with tabs or another separator,
 * fields between runs of blanks, and JSON lines.
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
 * asked.  A line of JSON is one object: jsonl.h. */
#ifndef GTAPE_CSV_H
#define GTAPE_CSV_H

#include "base/text.h"

typedef struct csv_field {
    const char *bytes; /* as they stand in the file */
    size_t length;     /* 0 for JSON's null */
    bool quoted;       /* JSON: a string */
} csv_field;

/* Separators that are no characters of their own: any run of blanks and tabs; a line is a JSON object. */
enum { CSV_BLANKS = ' ', CSV_JSON = '{' };

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
    ARRAY(csv_field) keys; /* JSON: one for each of the fields, until jsonl_arrange */
    ARRAY(csv_field) members;
    text name;         /* of the member at work */
    text brackets;     /* JSON: what closes each that is open in the value at work */
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

/* What separates the fields of a file, by the end of its name: .csv, .tsv, .tab, .ssv, .jsonl, .ndjson. Where
 * that says nothing the first line does, behind a mark, empty lines and blanks: JSON where it begins with {,
 * tabs where it has one and no comma.  0: more bytes are needed to tell; never where these are all. */
char csv_separator(const char *name, const char *bytes, size_t length, bool is_all);

/* Where a stream may be cut between records, without reading them.  For what is well formed a quote more or
 * less tells whether a place is inside of quotes. */
typedef struct csv_cut {
    size_t seen, at; /* bytes looked at; bytes up to the last cut, 0: none yet */
    bool inside;     /* of quotes, at `seen` */
} csv_cut;
/* Goes on up to `length`; `bytes` begins with a record, and still has what was seen. */
void csv_find_cut(csv_cut *c, char separator, const char *bytes, size_t length);

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
/* Empty, or one of the texts of a list "NA,-"; NULL is "NA". */
bool csv_is_missing(csv_field f, const char *missing);

enum csv_number { CSV_NUMBER, CSV_MISSING, CSV_TOO_LARGE, CSV_NO_NUMBER };
/* The number in a field: decimal or hexadecimal, nan or inf, blanks and quotes around it. */
enum csv_number csv_read_number(csv_field f, const char *missing, double *out);

#endif
