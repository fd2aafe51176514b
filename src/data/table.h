/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.h - a whole CSV or TSV file, or one of JSON lines, as vectors, one a column, or as one matrix.
 *
 * Layer: data.
 *
 * A table checks the file's form once, when it is opened, and so knows the number of rows before anything is
 * allocated.  Numbers are read from those columns only that somebody asks for; the others may hold anything.
 * The columns of JSON lines are the members that any of the objects has; where one has not, that is an empty
 * cell. */
#ifndef GTAPE_TABLE_H
#define GTAPE_TABLE_H

#include "base/intern.h"
#include "core/value.h"
#include "data/file.h"

/* A cell that is no number: its row from 0, and where its record begins. */
typedef struct table_bad_cell {
    size_t row, offset;
    u64 line;
} table_bad_cell;

/* One name of the header, or of a member; columns without a name cannot be asked for. */
typedef struct table_column {
    size_t index;     /* from 0, in the file */
    bool is_repeated; /* the header has the name again */
    bool is_wanted, is_read;
    value v;                   /* its numbers, where it was read */
    ARRAY(table_bad_cell) bad; /* where the table is divided, by row */
} table_column;

/* A column that is being read. */
typedef struct table_filled {
    table_column *column;
    double *data;
} table_filled;

typedef struct table {
    data_file file; /* its bytes must stay as long as the table */
    csv_reader reader;
    size_t width, rows;
    bool is_divided;             /* a cell that is no number is an error of some rows only */
    intern_table names;          /* of columns; those of JSON are all of them */
    ARRAY(table_column) columns; /* by name */
    ARRAY(table_filled) filled;
    text scratch;
} table;

/* Reads the header and checks that all records are well formed and as long as it.  Raises FAULT_ERROR.
 * `t` is all zeros before; table_free is due on every way out. */
void table_open(table *t, data_file file);
void table_free(table *t);
/* The column of a name, or NULL.  Raises FAULT_ERROR where the header has the name twice. */
table_column *table_find(table *t, const char *name);
/* Forgets which columns are wanted. */
void table_want_none(table *t);
/* Reads the columns that are wanted and were not read yet: vectors of `rows` entries.  Raises FAULT_ERROR at
 * a cell that is no number; where t->is_divided such cells are nan and noted instead. */
void table_read_wanted(table *t);
/* Raises FAULT_ERROR where one of these rows, which ascend, has a noted cell in a column that is wanted. */
void table_check_rows(table *t, size_t count, const u32 *rows);

/* A pass over the rows: the fields of each are in t->reader. */
void table_first_row(table *t);
bool table_next_row(table *t);

/* Reads a whole file as a matrix [rows, columns] into *out, which owns it; where the first line is all
 * numbers (or missing values) there is no header. */
void table_read_whole(data_file file, value *out);

#endif
