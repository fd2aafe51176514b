/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal.h - runs the op graph on formulas instead of numbers.
 *
 * Layer: emit.
 *
 * Inputs without a value, and the variables, are names; everything else is worked out.  Functions are written
 * out where they are called and loops are unrolled; conditions must not depend on names, but for c ? a : b,
 * which becomes where(c, a, b).  What has no formula (tensors among it) is an error at its place. */
#ifndef GTAPE_FORMAL_H
#define GTAPE_FORMAL_H

#include "base/diag.h"
#include "base/text.h"
#include "emit/expr.h"
#include "lang/graph.h"

#define FORMAL_UNBOUND UINT32_MAX
enum { FORMAL_CALLS = 1000, FORMAL_STEPS = 20000000 };

typedef struct formal_frame {
    u32 instruction, body; /* of the call; NAME_NONE at top level */
    u32 registers, locals; /* where its own start */
    u32 argument;          /* f'(x): the parameter's expression */
    u32 primes;
} formal_frame;

/* A choice whose condition is a formula: first one branch is run, then the other. */
typedef struct formal_fork {
    u32 condition, other, jump, end, to;
    u32 value; /* of the first branch, when that has been run */
    size_t depth;
    bool in_other;
} formal_fork;

typedef struct formal {
    graph *g;
    formulas f;
    diagnostic_list *diagnostics;
    const _Atomic int *interrupt;
    u64 operation_limit; /* --max-ops: steps count */
    ARRAY(u32) globals, given, registers, locals;
    ARRAY(u8) is_variable; /* by global */
    ARRAY(u32) inputs; /* names that stand for themselves, variables too, as the program comes upon them */
    ARRAY(formal_frame) frames;
    ARRAY(formal_fork) forks;
    ARRAY(u32) bodies; /* by function: the one in force */
    u32 last_target, pc;
    u64 steps;
    text message; /* of the error at work */
} formal;

void formal_init(formal *t, graph *g, diagnostic_list *diagnostics, const _Atomic int *interrupt,
                 u64 operation_limit);
void formal_free(formal *t);
/* Derivatives will be asked for in this name. */
void formal_vary(formal *t, u32 slot);
/* Runs from an instruction to DO_STOP. */
void formal_run(formal *t, u32 start);
/* Between the texts of --at and those of the program: gives the names that are read first their meaning. */
void formal_bind_inputs(formal *t);
_Noreturn void formal_fail(formal *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- formal_steps.c ---- */
u32 *formal_at(formal *t, u32 operand);
u32 formal_read(formal *t, u32 operand);
u32 formal_apply(formal *t, const instruction *in);
u32 formal_derive(formal *t, const instruction *in);
u32 formal_built_in_prime(formal *t, enum op op, u32 order, u32 x);
u32 formal_repeated(formal *t, u32 y, u32 x, u32 order);
void formal_for_range(formal *t, const instruction *in);
bool formal_next(formal *t, const instruction *in);

#endif
