/* SPDX-License-Identifier: GPL-3.0-or-later */
/* odd_rows.h - which of the rows with results that are not finite are worth a look for a note.
 *
 * Layer: lib.
 *
 * To say where such a result comes from a row is run again, which takes much longer than the row itself, and
 * a place is named once. So not all are looked at: the first ones; then those of a new kind, as long as they
 * are a small part of all; and always fewer of the others. Rows are of one kind where all that they give and
 * all that they get have the same signs and magnitudes, as far as they have any: what is outside of the
 * domain of an operation is mostly so by its sign or its size. */
#ifndef GTAPE_ODD_ROWS_H
#define GTAPE_ODD_ROWS_H

#include "base/base.h"

enum { KINDS_KEPT = 1024 };

typedef struct odd_rows {
    u64 seen, looked; /* rows; those of them that were looked at */
    u64 in_vain;      /* of these, since the last one that had something new */
    u64 kinds[KINDS_KEPT];
} odd_rows;

/* The kind of a row: begin with 0, and add each of its numbers. */
u64 odd_rows_add(u64 kind, double x);
/* Whether the next row, which has this kind, is to be looked at; */
bool odd_rows_is_due(odd_rows *o, u64 kind);
/* and then, whether something new came of it. */
void odd_rows_looked(odd_rows *o, bool is_new);

#endif
