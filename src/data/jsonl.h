/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jsonl.h - JSON lines: an object a line (RFC 8259).
 *
 * Layer: data.  Part of csv.h: a reader with the separator CSV_JSON gives the members of each object as keys
 * and fields, in their order; both are the bytes of the file, strings with their quotes.  Nested values are
 * checked and stepped over as one field. */
#ifndef GTAPE_JSONL_H
#define GTAPE_JSONL_H

#include "base/intern.h"
#include "data/csv.h"

/* Reads the object that begins at r->next: for csv_next. */
enum csv_status jsonl_read(csv_reader *r);
/* Puts the members in the order of their names in `columns`: fields[i] is the one called by name i, all empty
 * where there is none.  Other members are left out; of several with a name, the last counts.  Returns the key
 * of the first other member that has one of the names in `taken` (or NULL), or NULL. */
const csv_field *jsonl_arrange(csv_reader *r, const intern_table *columns, const intern_table *taken);
/* All that stands between the braces of the object at hand, without the blanks around it. */
csv_field jsonl_members(const csv_reader *r);
/* Adds what a string says: without its quotes, escapes resolved. */
void jsonl_unquote(csv_field string, text *out);
/* Adds what a field says of a reader with that separator: csv_unquote, and likewise for JSON. */
void jsonl_say(char separator, csv_field f, text *out);
/* The end of the number that begins at p by JSON's rules; p where there is none. */
const char *jsonl_number(const char *p, const char *end);

#endif
