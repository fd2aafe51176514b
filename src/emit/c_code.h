/* SPDX-License-Identifier: GPL-3.0-or-later */
/* c_code.h - values and derivatives as a C99 function without a tape.
 *
 * Layer: emit.
 *
 * Made of an exact graph (expr.h), so the function computes what a run computes, operation by operation:
 *
 *     static inline functions of ops.def and core/special*, those that are needed
 *     int NAME(const double *in, double *out, double *grad, double *hess)
 *         const double a_ = in[0];            a name of the program and an underscore is no word of C
 *         const double v1 = exp(-a_);         what is used more than once, or would be a long line
 *         out[0] = ...                        values; then grad[], then hess[]
 *
 * The names of a c_code are interned; it owns its arrays. */
#ifndef GTAPE_C_CODE_H
#define GTAPE_C_CODE_H

#include "base/intern.h"
#include "base/text.h"
#include "emit/expr.h"

enum c_array { C_OUT, C_GRAD, C_HESS, C_ARRAYS };

typedef struct c_result {
    u32 node;
    u32 target, x, w; /* names of target and variables, NAME_NONE for none */
} c_result;

typedef struct c_code {
    formulas *f;
    const intern_table *names;
    ARRAY(u32) inputs;                 /* names, in the order of in[] */
    ARRAY(c_result) results[C_ARRAYS]; /* in the order of the array */
    bool has_hessian;
    /* ---- at work ---- */
    u32 *uses, *variable, *length; /* by expression; variable: its number, or 0 */
    ARRAY(text) words;             /* by input: what it is called */
    text body, line, name;
    u8 *wanted, *wanted_op; /* by helper, by operation */
} c_code;

void c_code_write(c_code *c, text *out);
void c_code_free(c_code *c);

/* ---- c_expression.c ---- */
/* An expression, with brackets where it holds together less tightly than needed. */
enum { C_CHOICE, C_COMPARE, C_SUM, C_PRODUCT, C_SIGN, C_ATOM };
void c_expression(c_code *c, text *out, u32 node, int needed);
/* The helper behind an operation that C has no operator and no function for: its body over x and w. */
const char *c_operation_value(enum op op);
/* gtape_name of it. */
void c_operation_name(text *out, enum op op);

/* ---- c_helpers.c ---- */
/* Marks what a piece of C text needs, directly and through others. */
void c_helpers_want(c_code *c, const char *code);
/* What stands in front of the function: headers, constants, helpers. */
void c_helpers_write(c_code *c, text *out);

#endif
