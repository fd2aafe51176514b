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
 * A loop becomes a for statement over variables for its states; one that is swept over keeps what its adjoint
 * loop needs of each iteration in arrays (c_loops.c):
 *
 *     double v1 = x_;                       a state
 *     double t1[1000];
 *     for (int k = 0; k < 1000; k++) {
 *         t1[k] = v1;
 *         v1 = ...;
 *     }
 *     out[0] = v1;
 *     double v2 = 1.0;                      its adjoint
 *     for (int k = 999; k >= 0; k--) {
 *         const double v3 = t1[k];
 *         v2 = ...;
 *     }
 *
 * The names of a c_code are interned; it owns its arrays. */
#ifndef GTAPE_C_CODE_H
#define GTAPE_C_CODE_H

#include "base/intern.h"
#include "base/text.h"
#include "emit/expr.h"

enum c_array { C_OUT, C_GRAD, C_HESS, C_ARRAYS };

/* A name, or NAME_NONE; the number of its entry, or ENTRY_NONE of a scalar. */
typedef struct c_name {
    u32 name, entry;
} c_name;

typedef struct c_result {
    u32 node;
    c_name target, x, w; /* variables of derivatives */
} c_result;

/* Where variables are declared: the function, or the body of a loop. */
typedef struct c_region {
    u32 loop;         /* + 1; 0: the function itself */
    u8 *reached;      /* by expression: needed here and further in */
    const u8 *wanted; /* by expression: of loops these states are needed; NULL: those that are reached */
} c_region;

/* A variable that gets another meaning in a region. */
typedef struct c_renaming {
    u32 node, before;
} c_renaming;

typedef struct c_code {
    formulas *f;
    const intern_table *names;
    ARRAY(c_name) inputs;              /* in the order of in[] */
    ARRAY(c_result) results[C_ARRAYS]; /* in the order of the array */
    bool has_hessian;
    /* ---- at work ---- */
    u32 *uses, *variable, *length; /* by expression; variable: its number, or 0 */
    u32 *input;                    /* by expression that is a name: its place in in[] */
    u32 *home;                     /* by expression: the loop that it belongs to + 1, or 0 */
    u32 *trail;                    /* by expression: the array that has its values, or 0 */
    u8 *across;                    /* by expression: used in a loop further in */
    u8 *reached;                   /* by expression: needed */
    u8 *read;                      /* by variable and array: see c_prune */
    ARRAY(u8 *) rooms;             /* of the regions at work */
    ARRAY(c_renaming) renamed;     /* likewise, a stack */
    u32 variables, trails, depth;
    size_t trail_numbers; /* that all trails have */
    bool trail_on_heap;
    ARRAY(text) words; /* by input: what it is called */
    text body, line, name;
    u8 *wanted, *wanted_op; /* by helper, by operation */
} c_code;

void c_code_write(c_code *c, text *out);
void c_code_free(c_code *c);

/* ---- shared ---- */
/* A new variable for an expression, up to the end of the region. */
u32 c_rename(c_code *c, u32 node);
void c_begin_line(c_code *c);
/* Declares what the region needs, loops included, in the order of the expressions. */
void c_put_region(c_code *c, const c_region *r);

/* ---- c_loops.c ---- */
/* Whether an expression of this home has its values in the body of a loop (+ 1): one of its own, or of an
 * older loop of its family. */
bool c_is_here(const c_code *c, u32 home, u32 loop);
/* The loops' part of c_code.home and c_code.across, and of the counted uses. */
void c_place_loops(c_code *c);
/* Before a region is put: which values of its loops are kept for younger loops of their families. */
void c_plan_trails(c_code *c, const c_region *r);
void c_put_loop(c_code *c, const c_region *around, u32 loop);

/* ---- c_prune.c ---- */
/* read: zeroed room for a byte for each variable and array, and one. */
void c_prune(c_code *c, u8 *read);

/* ---- c_expression.c ---- */
/* Worth a variable, or an array, rather than to be computed again. */
bool c_is_costly(enum op op);
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
