/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listing.h - the records of a run as people look at them: a table, or a graph in the DOT language.
 *
 * Layer: emit.  A listing owns its arrays; adjoints belong to the recorder's pool.  What can raise is called
 * with the listing in its owner's hands, so that nothing is lost. */
#ifndef GTAPE_LISTING_H
#define GTAPE_LISTING_H

#include "lang/evaluate.h"

/* What the text says of a record. */
typedef struct listed {
    u32 name;      /* interned, or NAME_NONE */
    u32 statement; /* the instruction that ends its statement */
    u32 function;  /* the user's function that it lies in, or NAME_NONE */
} listed;

typedef struct listed_target {
    u32 name;
    value v;
} listed_target;

typedef struct listing {
    evaluator *e;
    ARRAY(listed_target) targets;
    ARRAY(listed) records; /* by number; 0 is not used */
    ARRAY(value) nodes;    /* every record as a variable */
    ARRAY(value) adjoints; /* target after target, by record - 1 */
    ARRAY(bool) connected; /* likewise */
    ARRAY(size_t) widths;  /* of columns */
    ARRAY(size_t) ends;    /* of cells in `cells` */
    text cells, piece;
} listing;

void listing_clear(listing *l);
void listing_free(listing *l);
void listing_add_target(listing *l, u32 name, value v);
/* Reads the tape, and sweeps once a target for the adjoints of every record (seed: ones). */
void listing_fill(listing *l, evaluator *e);

/* Index, place, name, operation, arguments, value, and an adjoint for each target. */
void listing_table(listing *l, text *out);
/* A digraph: arguments above results; an edge carries the partial derivative that an adjoint is multiplied by
 * on its way back. */
void listing_graph(listing *l, text *out);

/* A table of other things: cells are added to l->cells and ended one by one, then laid out. */
void listing_begin_cells(listing *l);
void listing_end_cell(listing *l);
void listing_lines(listing *l, text *out, size_t columns, bool (*to_the_right)(size_t column));
/* FILE:LINE:COLUMN of a record, or nothing. */
void listing_place(listing *l, text *out, u32 k);

/* ---- shared by the two ---- */
static inline u32 listing_count(const listing *l) { return (u32)l->records.count; }
/* The record's adjoint for a target; false where they are not connected. */
bool listing_adjoint(const listing *l, size_t target, u32 k, value *out);
/* A scalar, a few entries, or the shape of a tensor. */
void listing_value(const listing *l, text *out, const value *v, number_format how);
/* How the operation is called: "*", "sin", "input", "parameter". */
const char *listing_operation(const listing *l, u32 k);
/* The text of the program behind a record's instruction or statement, in one line; false where there is none.
 */
bool listing_source(const listing *l, text *out, u32 k);
bool listing_statement_source(const listing *l, text *out, u32 k);
/* The local partial derivatives of a record of two scalars at most, in each argument that is a record (the
 * same one twice counts once); false where the operation is of another kind. */
bool listing_partials(listing *l, u32 k, double out[static 2]);

#endif
