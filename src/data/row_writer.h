/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_writer.h - rows of fields and numbers as CSV, TSV, fields between blanks, or JSON lines.
 *
 * Layer: data.  A writer owns its text, which the caller takes and clears. */
#ifndef GTAPE_ROW_WRITER_H
#define GTAPE_ROW_WRITER_H

#include "base/number.h"
#include "data/csv.h"

typedef struct row_writer {
    char from; /* what separates fields of the input: one is passed on byte for byte where it is the same */
    char to;   /* the same for the output */
    const char *missing; /* csv_is_missing */
    number_format number;
    text out, scratch;
    size_t cells; /* of the line at work */
} row_writer;

void row_writer_free(row_writer *w);
/* A name of the header. */
void row_writer_title(row_writer *w, const char *name);
/* All members of a JSON object, byte for byte: what stands between its braces. */
void row_writer_members(row_writer *w, const char *bytes, size_t length);
/* A cell; `name` is its column's. */
void row_writer_field(row_writer *w, const char *name, csv_field f);
void row_writer_number(row_writer *w, const char *name, double x);
/* A result that there is not: an empty cell, null in JSON, NA between blanks. */
void row_writer_blank(row_writer *w, const char *name);
void row_writer_end_line(row_writer *w);

#endif
