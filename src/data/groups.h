/* SPDX-License-Identifier: GPL-3.0-or-later */
/* groups.h - the rows of a table, divided by what stands in one of its columns.
 *
 * Layer: data. */
#ifndef GTAPE_GROUPS_H
#define GTAPE_GROUPS_H

#include "data/table.h"

typedef struct groups {
    intern_table names;   /* the cells, in the order of their first rows */
    ARRAY(u32) order;     /* rows, group after group */
    ARRAY(size_t) begins; /* in order, one more than there are groups */
} groups;

/* Equal texts (quotes and blanks around them aside) are one group.  Raises FAULT_ERROR where the table is
 * malformed; groups_free is due on every way out. */
void groups_make(groups *g, table *t, size_t column);
void groups_free(groups *g);
/* The entries of a column (a vector, one entry a row) that belong to a group, as a new vector that the caller
 * drops. */
value groups_part(const groups *g, size_t group, const value *column);

#endif
