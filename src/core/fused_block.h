/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused_block.h - a fused loop run block by block instead of iteration by iteration.
 *
 * Layer: core.
 *
 * Each register becomes a column, with an entry for each iteration of a block.  A step that does not read,
 * by way of names, its own result of the iteration before runs over its whole column at once (columns.h);
 * the others run one iteration after another.  For the sweep the columns of what is kept go to the trail, and
 * there only the adjoints of such recurrences are left to be passed on one by one.
 *
 *     f = f + x[i]*x[i]     load x[i], multiply   over the block
 *                           f = f + ...           a running sum
 *
 * A name that is carried from iteration to iteration has one column with what is read and what is stored:
 * the latter begins one entry later.  The same holds for its adjoints.
 *
 * What does not fit (conditions of `while`, names that only change places, recurrences through an index)
 * is run by fused_execute. */
#ifndef GTAPE_FUSED_BLOCK_H
#define GTAPE_FUSED_BLOCK_H

#include "core/columns.h"
#include "core/fused.h"

enum block_op {
    BLOCK_VALUE, /* V[to] = run(V[a], V[b], V[y]) */
    BLOCK_LOAD,  /* as in enum fused_op */
    BLOCK_AXIS,
    BLOCK_LOAD_AT,
    BLOCK_LOAD_NEAR,
    BLOCK_SERIAL,      /* the n values that follow, one iteration after another */
    BLOCK_UPDATE,      /* G[to] from G[a] and V[b] */
    BLOCK_ROUND,       /* G[to] += G[a]*(the entry of G[to] behind it), from the last iteration */
    BLOCK_SCALE,       /* G[to] = G[to]*G[a] */
    BLOCK_SERIAL_BACK, /* the n updates that follow, from the last iteration */
    BLOCK_SCATTER,     /* G[to] goes where BLOCK_LOAD came from */
    BLOCK_SCATTER_AT,
    BLOCK_SCATTER_NEAR,
};

typedef struct block_step {
    u16 what;
    u16 op;          /* of a value; enum column_update of an update */
    u16 to, a, b, y; /* y of BLOCK_LOAD_NEAR: the name is carried */
    u32 n;
    column_kernel *run;
} block_step;

/* A name that is carried: the register that an iteration reads, and the one that it leaves. */
typedef struct block_pair {
    u16 carried, from;
} block_pair;

typedef struct fused_blocks {
    ARRAY(block_step) forward, back;
    ARRAY(block_pair) pairs;
    ARRAY(u16) repeated; /* registers of inputs and constants: columns of one number */
    ARRAY(u16) cleared;  /* adjoints that updates are added to */
    ARRAY(u16) ended;    /* those of outputs, which end the last iteration with what the sweep brings */
    ARRAY(u16) gathered; /* those of inputs: a sum over the column */
    u32 column_count;    /* registers, and partials of recurrences behind them */
    u32 length;          /* iterations of a block */
    double *memory;      /* of the columns */
    double **values, **adjoints; /* behind the registers' adjoints: 1, and what goes round */
} fused_blocks;

/* NULL where the loop does not fit; again: by step, whether the sweep makes it again. */
fused_blocks *fused_blocks_make(const fused *f, const fused_plan *p, const u8 *again);
void fused_blocks_free(fused_blocks *b);

/* Runs from registers s->R and leaves what the last iteration stored there; gives how many of s->most
 * iterations were run: fewer where a block has an index out of range or a carried name that is not finite. */
u32 fused_blocks_run(const fused *f, const fused_plan *p, fused_state *s);

/* The sweep over s->most iterations, whose kept columns begin at s->row; adjoints of the outputs are in s->G
 * and those of the inputs are left there. */
void fused_blocks_back(const fused *f, const fused_plan *p, fused_state *s);

/* ---- parts ---- */

/* to[k] += to[k + 1]*p[k], from the last entry; p for UPDATE_TIMES alone. */
void fused_scan_back(enum column_update update, double *to, const double *p, size_t n);
/* The steps of BLOCK_SERIAL and BLOCK_SERIAL_BACK over n iterations. */
void fused_serial(const block_step *steps, u32 count, double *const *V, size_t n);
void fused_serial_back(const block_step *steps, u32 count, double *const *V, double *const *G, size_t n);

#endif
