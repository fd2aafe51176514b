/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ops.h - the operations by number.
 *
 * Layer: core.  Generated from ops.def (elementwise) and functions.def (everything else that a record can
 * stand for); owns nothing. */
#ifndef GTAPE_OPS_H
#define GTAPE_OPS_H

#include "base/base.h"

enum op {
    OP_NONE,
#define OP1(NAME, ...) OP_##NAME,
#define OP2(NAME, ...) OP_##NAME,
#include "core/ops.def"
#undef OP1
#undef OP2
    OP_ELEMENTWISE_END,
    OP_LEAF = OP_ELEMENTWISE_END, /* a value without history */
    OP_ALIAS,                     /* the same value under a fresh number: parameters, f'(x) */
    OP_ENTRY,                     /* one entry of a tensor: argument a, entry number b in row-major order */
    OP_CUT,                       /* the same value without its history; recorded while a row is traced */
    OP_DERIVED,                   /* a derivative that is not finite and whose record was not kept */
#define FN(NAME, ...) OP_##NAME,
#include "core/functions.def"
#undef FN
    OP_END,
};

/* Texts are held in place: a table of pointers would be relocated, page by page, at every start. */
typedef struct op_info {
    char name[16];         /* what programs call it by, "+" and the like, or ".hidden" */
    char partials[2][104]; /* as in ops.def: MUL(w, COS(x)); "" for the second of one operand */
    char domain[40];       /* "" is everywhere */
    char help[80];
    double probe[2][2]; /* where the tests try each operand */
    u8 arity;           /* 1 or 2 */
} op_info;

/* Whether a partial of ops.def is no derivative at all: there is nothing to carry, not even from an infinite
 * adjoint.  Known when gtape is compiled where the text is. */
#define PARTIAL_IS_ZERO(text) (__builtin_strcmp(text, "ZERO") == 0)

/* Indexed by enum op, OP_ELEMENTWISE_END entries. */
extern const op_info op_infos[];

/* The operation that programs call by this name, or OP_NONE. */
enum op op_by_name(const char *name);

#endif
