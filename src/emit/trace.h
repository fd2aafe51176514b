/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace.h - runs the op graph on formulas instead of numbers.
 *
 * Layer: emit.
 *
 * Inputs without a value, and the variables, are names; everything else is worked out.  Functions are written
 * out where they are called and loops are unrolled; conditions must not depend on names, but for c ? a : b,
 * which becomes where(c, a, b).  What has no formula (tensors among it) is an error at its place. */
#ifndef GTAPE_TRACE_H
#define GTAPE_TRACE_H

#include "base/diag.h"
#include "base/text.h"
#include "emit/expr.h"
#include "lang/graph.h"

#define TRACE_UNBOUND UINT32_MAX
enum { TRACE_CALLS = 1000, TRACE_STEPS = 20000000 };

typedef struct trace_frame {
    u32 instruction, body; /* of the call; NAME_NONE at top level */
    u32 registers, locals; /* where its own start */
    u32 argument;          /* f'(x): the parameter's expression */
    u32 primes;
} trace_frame;

/* A choice whose condition is a formula: first one branch is run, then the other. */
typedef struct trace_fork {
    u32 condition, other, jump, end, to;
    u32 value; /* of the first branch, when that has been run */
    size_t depth;
    bool in_other;
} trace_fork;

typedef struct trace {
    graph *g;
    formulas f;
    diagnostic_list *diagnostics;
    const _Atomic int *interrupt;
    ARRAY(u32) globals, given, registers, locals;
    ARRAY(u8) is_variable; /* by global */
    ARRAY(trace_frame) frames;
    ARRAY(trace_fork) forks;
    ARRAY(u32) bodies; /* by function: the one in force */
    u32 last_target, pc;
    u64 steps;
    text message; /* of the error at work */
} trace;

void trace_init(trace *t, graph *g, diagnostic_list *diagnostics, const _Atomic int *interrupt);
void trace_free(trace *t);
/* Derivatives will be asked for in this name. */
void trace_vary(trace *t, u32 slot);
/* Runs from an instruction to DO_STOP. */
void trace_run(trace *t, u32 start);
/* Between the texts of --at and those of the program: gives the names that are read first their meaning. */
void trace_bind_inputs(trace *t);
_Noreturn void trace_fail(trace *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- trace_steps.c ---- */
u32 *trace_at(trace *t, u32 operand);
u32 trace_read(trace *t, u32 operand);
u32 trace_apply(trace *t, const instruction *in);
u32 trace_derive(trace *t, const instruction *in);
u32 trace_built_in_prime(trace *t, enum op op, u32 order, u32 x);
u32 trace_repeated(trace *t, u32 y, u32 x, u32 order);
void trace_for_range(trace *t, const instruction *in);
bool trace_next(trace *t, const instruction *in);

#endif
