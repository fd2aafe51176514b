/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula.h - expressions as text: in gtape's own syntax, or in that of LaTeX's mathematics.
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

enum { EQUATION_RANK = 3 * EXPR_RANK }; /* of a target and two variables */

typedef struct equation {
    char *name;       /* as it is written; owned */
    u32 first, count; /* its entries, in page.nodes */
    u32 rank;         /* 0: one expression */
    size_t shape[EQUATION_RANK];
} equation;

typedef struct page {
    formulas *f;
    const intern_table *names;
    ARRAY(equation) equations;
    ARRAY(u32) nodes;
    u32 *uses, *named, *length; /* by expression; named: its number, or 0 */
    u16 *height;
    const char *prefix; /* of the names of subexpressions */
    bool latex;
    bool hides_pi, hides_e, hides_inf, hides_nan; /* names of its own, no constants */
} page;

/* Lays out the equations; writes them a line each. */
void page_write(page *p, text *out);
void page_free(page *p);
/* [1,0] of an entry of this shape. */
void page_subscript(text *out, const expr_shape *s, u32 entry);

/* ---- formula_write.c ---- */
/* How tightly a formula holds together. */
enum { FORMULA_COMPARE, FORMULA_SUM, FORMULA_PRODUCT, FORMULA_SIGN, FORMULA_POWER, FORMULA_ATOM };
/* With brackets where it holds together less tightly than needed. */
void formula_write(const page *p, text *out, u32 node, int needed);

/* ---- latex.c ---- */
/* alpha as \alpha, x1 as x_{1}, other words in italics. */
void latex_name(text *out, const char *name);
void latex_number(text *out, double x);
/* A call of anything but an operator. */
void latex_call(const page *p, text *out, u32 node);
/* The power of a function's value: sin^2(x).  False where it is written in another way. */
bool latex_power_of_call(const page *p, text *out, u32 node, double exponent);
/* Operators of comparison and logic. */
const char *latex_operator(enum op op);

#endif
