/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula.h - expressions as text: in gtape's own syntax.
 *
 * Layer: emit.
 *
 * A page is a list of equations, name = expression.  Subexpressions that are long and used more than once, or
 * nested deeply, get names and come first, so the text is never longer than a small multiple of the graph. */
#ifndef GTAPE_FORMULA_TEXT_H
#define GTAPE_FORMULA_TEXT_H

#include "base/intern.h"
#include "base/text.h"
#include "emit/expr.h"

typedef struct equation {
    char *name; /* as it is written; owned */
    u32 node;
} equation;

typedef struct page {
    formulas *f;
    const intern_table *names;
    ARRAY(equation) equations;
    u32 *uses, *named, *length; /* by expression; named: its number, or 0 */
    u16 *height;
    const char *prefix; /* of the names of subexpressions */
} page;

/* Lays out the equations; writes them a line each. */
void page_write(page *p, text *out);
void page_free(page *p);
/* A name as it is written: ${...} where it is no word. */
void page_name(text *out, const char *name);

/* ---- formula_write.c ---- */
void formula_write(const page *p, text *out, u32 node);

#endif
