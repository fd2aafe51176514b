/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blocks.h - kernels over blocks of rows: the steps of a plan (replay.h).
 *
 * Layer: core.
 *
 * One kernel runs whatever the number of rows is, so that an entry's result does not depend on how many
 * there are, nor on its neighbours.  Elementary functions are SLEEF's of 1 ulp where that is installed.
 *
 * Two operations of plain arithmetic can be one step, a *pair*: the result of the first stays in a register.
 * Each is still rounded on its own. */
#ifndef GTAPE_BLOCKS_H
#define GTAPE_BLOCKS_H

#include "core/ops.h"
#include <stddef.h>

/* Steps that are not in ops.def. */
enum {
    BLOCK_WHERE = OP_END, /* a is not 0 ? b : c */
    BLOCK_SINCOS,         /* two results, sin(a) and cos(a) */
    BLOCK_OPS_END,
};

/* What the second operation of a pair does with the result of the first, t, and the operand c. */
enum block_second {
    SECOND_NONE,
    SECOND_ADD,      /* t + c */
    SECOND_SUBTRACT, /* t - c */
    SECOND_FROM,     /* c - t */
    SECOND_MULTIPLY, /* t*c */
    SECOND_CARRY,    /* CARRY(t, c) */
    SECOND_CARRIED,  /* CARRY(c, t) */
    SECONDS,
};

/* Constants are given as so many equal entries. */
enum { BLOCK_LANES = 8 };

typedef struct block_step block_step;
/* Reads n entries from from[s->a] and so on, writes n to to[s->to].  What is read and what is written do not
 * overlap. */
typedef void block_kernel(const block_step *s, size_t n, const double *const *from, double *const *to);

struct block_step {
    block_kernel *run;
    void *function;                    /* of the vector library, for its kernels */
    u16 op, second;                    /* enum block_second */
    u32 a, b, c;                       /* operands; of a pair's first operation a and b */
    u32 to, to2;                       /* results */
    bool a_varies, b_varies, c_varies; /* else a constant */
};

/* Whether an operation can be the first of a pair; what the second is, with t on the given side. */
bool block_can_be_first(u16 op);
enum block_second block_second_of(u16 op, bool t_is_first);

/* Chooses s->run for this CPU, by op, second and what varies. */
void block_choose(block_step *s);

/* y[i] = x[i] + zero (-0 in zero keeps every bit); y may be x.  Whether all are finite. */
bool block_put(size_t n, const double *x, double zero, double *y);

/* holds[i] stays 1 where x[i] is not 0, if that is wanted, or is 0, if not; else it becomes 0.  Returns how
 * many are 1 then. */
size_t block_guard(size_t n, const double *x, bool wanted, u8 *holds);

/* ---- for blocks.c: one instruction set each; NULL where the step is not among its kernels ---- */

block_kernel *block_kernel_plain(const block_step *s);
block_kernel *block_kernel_avx2(const block_step *s), *block_kernel_avx512(const block_step *s);
typedef bool block_put_function(size_t n, const double *x, double zero, double *y);
block_put_function block_put_avx2, block_put_avx512;
typedef size_t block_guard_function(size_t n, const double *x, bool wanted, u8 *holds);
block_guard_function block_guard_avx2, block_guard_avx512;

/* The last rows of a block, fewer than lanes, by s->run over a whole vector: their operands are filled up
 * with the last entry. */
void block_rest(const block_step *s, size_t at, size_t n, size_t lanes, const double *const *from,
                double *const *to);

/* ---- the loops of arithmetic, written once for every instruction set ---- */

/* The first operations of pairs; the second ones: DO(first, name, operation, its operands). */
#define EACH_FIRST(DO) DO(ADD) DO(SUB) DO(MUL) DO(CARRY)
#define EACH_SECOND(DO, FIRST)                                                                               \
    DO(FIRST, ADD, ADD, t, c)                                                                                \
    DO(FIRST, SUBTRACT, SUB, t, c)                                                                           \
    DO(FIRST, FROM, SUB, c, t)                                                                               \
    DO(FIRST, MULTIPLY, MUL, t, c)                                                                           \
    DO(FIRST, CARRY, CARRY, t, c)                                                                            \
    DO(FIRST, CARRIED, CARRY, c, t)

#endif
