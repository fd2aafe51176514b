/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused_block_parts.h - what the makers of a block plan share (fused_block.h).
 *
 * Layer: core. */
#ifndef GTAPE_FUSED_BLOCK_PARTS_H
#define GTAPE_FUSED_BLOCK_PARTS_H

#include "core/fused_block.h"

enum { BLOCK_MOST_PAIRS = 64, BLOCK_NO_GROUP = BLOCK_MOST_PAIRS };

/* What the body looks like; arrays by register or by step. */
typedef struct block_body {
    const fused *f;
    const fused_plan *p;
    fused_blocks *b;
    u16 *producer; /* the step that makes a register, or FUSED_NONE */
    u16 *pair_of;  /* by register: its pair, where it is carried, or FUSED_NONE */
    u64 *depends;  /* by register: the pairs whose carried name it is made from */
    u64 *feeds;    /* by register: the pairs whose stored name is made from it */
    u64 *reaches;  /* by pair: the pairs whose carried names it is made from, over any number of iterations */
    u8 *group;     /* by step: the first pair of its recurrence, or BLOCK_NO_GROUP */
    u8 *done;      /* by step */
    u8 *touched;   /* by register: its adjoint has been added to */
} block_body;

/* The first pair in whose recurrence pair k is. */
u8 block_group(const block_body *w, u8 k);

/* A step of the body that makes a value, as one over columns. */
block_step block_value(const fused_step *s);

/* Adds the programs of the sweep; again: by step, whether the sweep makes its result again. */
void block_add_back(block_body *w, const u8 *again);

#endif
