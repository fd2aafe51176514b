/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay_parts.h - the inside of a plan, shared by the files that make it and run it.
 *
 * Layer: core.
 *
 * The tape becomes nodes (replay_plan.c): operations of ops.def and the few below, their arguments earlier
 * nodes, no two of them equal.  Nodes that are needed become steps with places for what they read and
 * write (replay_schedule.c), which replay.c runs. */
#ifndef GTAPE_REPLAY_PARTS_H
#define GTAPE_REPLAY_PARTS_H

#include "core/blocks.h"
#include "core/replay.h"

/* Operations of nodes and steps that are not in blocks.h. */
enum {
    NODE_COLUMN = BLOCK_OPS_END, /* a: its number */
    NODE_CONSTANT,               /* b, c: the halves of its bits */
    STEP_GUARD,                  /* a must be 0, or, where b is 1, must not be */
};

typedef struct replay_node {
    u16 op;
    u32 a, b, c;
} replay_node;

/* Where an operand lies: two bits of kind and a number.  Steps have such places until the plan is done, and
 * then numbers in its lists of addresses. */
enum replay_place { IN_COLUMN, IN_RESULT, IN_BLOCK, IN_CONSTANT };
#define PLACE(kind, number) ((u32)(kind) << 30 | (u32)(number))
#define PLACE_KIND(p)       ((enum replay_place)((p) >> 30))
#define PLACE_NUMBER(p)     ((p)&0x3fffffffu)
#define PLACE_NONE          UINT32_MAX

typedef struct replay_result {
    u32 node, place;
    bool is_derivative, is_constant;
    bool in_place; /* a step writes it where it belongs */
} replay_result;

struct replay {
    size_t columns;
    ARRAY(replay_node) nodes;
    ARRAY(double) constants;
    ARRAY(replay_guard) guards; /* by node of the plan */
    ARRAY(replay_result) results;
    ARRAY(block_step) steps;
    size_t guard_steps; /* the first so many */
    ARRAY(u8) reads;    /* by column */
    u32 block_count;
    size_t rows;         /* in a block */
    double *memory;      /* blocks, and constants, each many times */
    const double **from; /* what is read: columns, results, blocks, constants */
    double **to;         /* what is written: results, blocks */

    /* while it is made */
    ARRAY(u8) marks;    /* by record: MARK_... */
    ARRAY(u32) node_of; /* by record */
    u32 *table;         /* nodes by what they are: number + 1, or 0 */
    size_t table_size;
    ARRAY(u32) last_use, place, order, free_blocks; /* by node; the last two are lists */
    ARRAY(u32) guard_of;                            /* by node: the number of its guard + 1, or 0 */
    ARRAY(u32) uses, reader; /* by node: how many operands it is; the last node that reads it */
    ARRAY(u32) target;       /* by node: the result that it is written to, or PLACE_NONE */
    ARRAY(u32) absorbed;     /* by node: the argument that is computed in the same step, or PLACE_NONE */
};

/* Where a worker reads and writes; columns and results are its own business, constants are the plan's. */
typedef struct replay_memory {
    const double **from;
    double **to;
    double *blocks;
} replay_memory;
/* Memory for one more worker on the plan; what came before a fault is in *m. */
void replay_copy_memory(const replay *p, replay_memory *m);
void replay_free_memory(replay_memory *m);
/* Frees what only making the plan needed. */
void replay_drop_scratch(replay *p);

/* Whether there is this operation of a, and which node it is. */
bool replay_lookup(const replay *p, u16 op, u32 a, u32 *node);
/* Finds the node, or makes it, in a form that serves all that mean the same. */
u32 replay_node_of(replay *p, u16 op, u32 a, u32 b, u32 c);
u32 replay_constant(replay *p, double x);
double replay_number(const replay_node *constant);
/* Orders the nodes that guards and results need and gives them blocks. */
void replay_schedule(replay *p);

#endif
