/* SPDX-License-Identifier: GPL-3.0-or-later */
/* steps.h - what the loop of evaluate.c calls for instructions that are no scalar operation.
 *
 * Layer: lang.  `base` gives the operands of the frame at work (graph.h); a step that moves the stacks leaves
 * it to the loop to find them again. */
#ifndef GTAPE_STEPS_H
#define GTAPE_STEPS_H

#include "lang/evaluate.h"

static inline value *operand_at(value *const base[4], u32 o) { return &base[o >> 30][OPERAND_NUMBER(o)]; }

_Noreturn void step_unbound(evaluator *e, u32 pc, u32 place);
/* waiting.c: for a DO_CHECK that finds its name unbound; and before a call or solver whose records are taken
 * back, of which the code begins at `entry`. */
void step_check(evaluator *e, u32 pc, const instruction *in);
void step_bind_reached(evaluator *e, u32 entry);
_Noreturn void step_limit(evaluator *e, u32 pc);
void step_compact(evaluator *e);
/* 1 true, 0 false, -1 a tensor to the left of && or ||, which is taken entry by entry. */
int step_truth(evaluator *e, u32 pc, enum condition_use use, const value *v);
void step_store(evaluator *e, u32 pc, const instruction *in, const value *from, value *to);
/* False at the end of the loop. */
bool step_next(evaluator *e, u32 pc, const instruction *in, value *const base[4]);
/* At the jump back of a loop: runs as many of its iterations as can be run as one (fuse.c), and gives the
 * instruction to go on with. */
u32 step_repeat(evaluator *e, u32 jump, value *const base[4]);
/* These give the next instruction. */
u32 step_call(evaluator *e, u32 pc, const instruction *in, value *const base[4]);
u32 step_prime(evaluator *e, u32 pc, const instruction *in, value *const base[4]);
u32 step_return(evaluator *e, u32 pc, value y);
u32 step_other(evaluator *e, u32 pc, const instruction *in, value *const base[4]);

/* checkpoint.c: whether such a call of f is worth a record of its own, and can have one; the call; and once
 * more in a sweep. */
bool may_checkpoint(const evaluator *e, const function *f, const value *arguments);
value checkpointed_call(evaluator *e, u32 pc, const function *f, const value *arguments);
value call_again(void *user, const u32 *attributes, u32 count, value *arguments);

/* Copies operands to e->arguments (missing ones unbound) and returns them. */
value *step_arguments(evaluator *e, u32 offset, u32 count, value *const base[4]);
/* The name behind an operand that is a global or a local of the frame at work, or NULL. */
const char *step_name(const evaluator *e, u32 operand);

#endif
