/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal.h - runs the op graph on formulas instead of numbers.
 *
 * Layer: emit.
 *
 * Inputs without a value, and the variables, are names; everything else is worked out.  Functions are written
 * out where they are called and loops are unrolled (formal_loops.c keeps some); c ? a : b and if become
 * where(c, a, b) where c depends on a name (formal_if.c).  Tensors are taken entry by entry, so their shapes
 * must be known: an input without a value is a scalar.  What has no formula is an error at its place. */
#ifndef GTAPE_FORMAL_H
#define GTAPE_FORMAL_H

#include "base/diag.h"
#include "base/text.h"
#include "core/record.h"
#include "emit/expr.h"
#include "lang/graph.h"

#define FORMAL_UNBOUND UINT32_MAX
#define FORMAL_ALL     (UINT32_MAX - 1)
#define FORMAL_TORN    (UINT32_MAX - 2) /* a name that branches gave values of different shapes */
#define FORMAL_TENSOR  0x80000000u
/* A variable that is bound to numbers stands for itself, unless it is bound again, as in a loop. */
enum { VARIES = 1, VARIES_AT_NUMBERS };
enum { FORMAL_CALLS = 1000, FORMAL_STEPS = 20000000 };

typedef struct formal_frame {
    u32 instruction, body; /* of the call; NAME_NONE at top level */
    u32 registers, locals; /* where its own start */
    /* ---- of f'(x) ---- */
    u32 primes;     /* 0: a plain call */
    u32 over, made; /* x; where that is a tensor, the derivatives */
    size_t entry;   /* at work */
    u32 argument;   /* the parameter's expression */
    size_t returns; /* how many there were when it was entered */
} formal_frame;

/* A choice whose condition is a formula: first one branch is run, then the other. */
typedef struct formal_fork {
    u32 condition, other, jump, end, to;
    u32 value; /* of the first branch, when that has been run */
    size_t depth;
    bool in_other;
    /* ---- of an if ---- */
    bool is_statement;
    bool returned;                       /* the first branch; value is what it gives */
    u32 start, first;                    /* first: in formal.branches */
    size_t returns_before, returns_here; /* how many there were before the first branch, and the second */
} formal_fork;

/* A name that a branch of an if stores. */
typedef struct formal_branch {
    u32 operand, before, after; /* before both; after the first */
} formal_branch;

/* A return under a condition: the value if it holds, else that of what follows. */
typedef struct formal_return {
    u32 condition, value;
} formal_return;

/* A loop that is kept. */
typedef struct formal_loop {
    u32 head, loop;    /* its DO_NEXT; in the formulas */
    u32 first;         /* of its states' names in `carried` */
    u32 kept;          /* its place in formal.kept */
    u32 inside, after; /* its variable, where a derivative may be taken in it; after: else FORMAL_UNBOUND */
    size_t depth;
} formal_loop;

typedef struct formal {
    graph *g;
    formulas f;
    diagnostic_list *diagnostics;
    const _Atomic int *interrupt;
    recorder *r; /* for what moves the entries of tensors, and its errors */
    /* what names and registers have: an expression, or FORMAL_TENSOR and a number in `tensors` */
    ARRAY(u32) globals, given, registers, locals;
    ARRAY(value) tensors;  /* their entries are numbers of expressions + 1, 0 for the number 0 */
    ARRAY(u8) is_variable; /* by global: 0, VARIES or VARIES_AT_NUMBERS */
    ARRAY(u8) lacks_shape; /* by global: an input that nothing gives a value */
    ARRAY(u32) inputs; /* names that stand for themselves, variables too, as the program comes upon them */
    ARRAY(formal_frame) frames;
    ARRAY(formal_fork) forks;
    ARRAY(formal_branch) branches; /* of the forks at work, a stack */
    ARRAY(formal_return) returns;  /* of the frames at work, a stack */
    ARRAY(u32) bodies;             /* by function: the one in force */
    ARRAY(u8) has_partials;        /* by function: whether some are given by hand */
    ARRAY(formal_loop) loops;      /* whose bodies are being run, a stack */
    ARRAY(formal_loop) kept;       /* all of them */
    ARRAY(u32) states_asked;       /* states that derivatives were taken in */
    u8 *room;                      /* of a pass at work */
    ARRAY(u32) carried;            /* operands, a stack */
    const u32 *unrolled;           /* heads of loops that are not kept; the caller's */
    size_t unrolled_count;
    bool keeps_loops;     /* for exact formulas; the caller's */
    bool has_derivatives; /* whether the program takes some, or a variable may have another name's value */
    bool given_first;     /* at a prompt, the first store to a given name takes that value; the caller's */
    u32 passed;           /* the instruction at which a register has the value of a name as it is */
    u32 retry;            /* at a fault: the head of a loop to unroll, or all; else FORMAL_UNBOUND */
    u32 last_target, pc;
    u32 by_hand; /* the first call of a function with partials by hand, or NAME_NONE */
    u32 torn;    /* the instruction behind the last FORMAL_TORN */
    u64 steps;
    text message; /* of the error at work */
} formal;

/* t->f.operations may be those of an attempt before. */
void formal_init(formal *t, graph *g, recorder *r, const _Atomic int *interrupt, u64 operation_limit);
void formal_free(formal *t);
/* Runs from an instruction to DO_STOP. */
void formal_run(formal *t, u32 start);
_Noreturn void formal_fail(formal *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* At a choice between values of different shapes. */
_Noreturn void formal_fail_torn(formal *t);

/* ---- formal_names.c ---- */
/* What pi and the like are before the program binds them; FORMAL_UNBOUND for any other. */
u32 formal_constant(formal *t, u32 slot);
/* Derivatives will be asked for in this name. */
void formal_vary(formal *t, u32 slot);
/* After the last of them: names whose values they are given vary too. */
void formal_vary_sources(formal *t);
/* An input of this shape that stands for itself. */
void formal_give_symbol(formal *t, u32 slot, view shape);
/* Between the texts of --at and those of the program: gives the names that are read first their meaning. */
void formal_bind_inputs(formal *t);
/* A DO_CHECK: a read takes a value of :at that waits, as in a run (lang/waiting.c). */
void formal_check(formal *t, const instruction *in);
/* An input without a value: it may be a tensor of any shape. */
bool formal_lacks_shape(const formal *t, u32 name);
/* Whether an operand is a name's own value, and no operation's result. */
bool formal_passes(const formal *t, u32 operand);
/* Whether what a name is given becomes an expression of its own. */
bool formal_makes_leaf(formal *t, bool is_watched, bool is_result, u32 n);
void formal_store(formal *t, const instruction *in, u32 n);
/* The operand of `ans`, made where it is new. */
u32 formal_answer(formal *t);
void formal_store_answer(formal *t, const instruction *in, u32 n);

/* ---- formal_steps.c ---- */
u32 *formal_at(formal *t, u32 operand);
/* The value of an operand; the same, which must be one expression. */
u32 formal_value(formal *t, u32 operand);
u32 formal_read(formal *t, u32 operand);
/* Argument i of a DO_APPLY or DO_DERIVE, or FORMAL_UNBOUND where it was not given. */
u32 formal_argument(formal *t, const instruction *in, u32 i);
u32 formal_derive(formal *t, const instruction *in);
/* As expr_gradient.  Derivatives given by hand are not known there: an error at the first call that has one.
 */
void formal_gradient(formal *t, u32 y, u32 count, const u32 *variables, u32 *results);
u32 formal_built_in_prime(formal *t, enum op op, u32 order, u32 x);
u32 formal_repeated(formal *t, u32 y, u32 x, u32 order);

/* ---- formal_tensor.c ---- */
static inline bool formal_is_tensor(u32 n) { return n < FORMAL_TORN && (n & FORMAL_TENSOR); }
/* A value as one of core's, of numbers of expressions + 1, and back. */
value formal_ids(const formal *t, u32 n);
u32 formal_of_ids(formal *t, value v);
u32 formal_of_numbers(formal *t, value v);
/* False where not all entries are numbers. */
bool formal_numbers(formal *t, u32 n, value *out);
size_t formal_size(const formal *t, u32 n);
u32 formal_entry(formal *t, u32 n, size_t i);
u32 formal_map(formal *t, u32 n, u32 (*each)(formal *t, u32 node, u32 with), u32 with);
u32 formal_alias(formal *t, u32 n, bool is_end);
/* w: FORMAL_UNBOUND for an operation of one argument. */
u32 formal_elementwise(formal *t, enum op op, u32 x, u32 w);
u32 formal_where(formal *t, u32 c, u32 a, u32 b);
/* a or b, of which one shape is needed: a choice between branches broadcasts nothing. */
bool formal_is_alike(const formal *t, u32 a, u32 b);
u32 formal_choose(formal *t, u32 c, u32 a, u32 b);
u32 formal_list(formal *t, const instruction *in);
u32 formal_index(formal *t, const instruction *in);
u32 formal_first_axis(formal *t, u32 n, size_t i);
void formal_unpack(formal *t, const instruction *in);
u32 formal_jacobian(formal *t, u32 y, u32 x);
/* The jacobian times a vector from the right (forward), or a vector times it. */
u32 formal_contract(formal *t, u32 y, u32 x, u32 with, bool forward);

/* ---- formal_functions.c ---- */
u32 formal_apply(formal *t, const instruction *in);

/* ---- formal_if.c ---- */
/* At an if whose condition is a formula; gives the next instruction. */
u32 formal_fork_if(formal *t, const instruction *in, u32 condition);
/* Where a branch of the innermost fork, an if, may end: true where it did. */
bool formal_join_if(formal *t);
/* At a return of y: true where it goes on in another branch, else y is what the function gives. */
bool formal_returned(formal *t, u32 *y);

/* ---- formal_loops.c ---- */
/* A derivative of y in x: loops that are open and began after x cannot be kept, nor one whose state, result
 * or variable x is where y is made of other states or results too that may be made of x. */
void formal_loops_before(formal *t, u32 y, u32 x);
/* Begins anew with one loop unrolled, or with all (FORMAL_ALL). */
_Noreturn void formal_unroll(formal *t, u32 head);
/* The body of a loop that is kept was left at an odd place. */
void formal_check_loop(formal *t);
void formal_for(formal *t, const instruction *in);
void formal_for_range(formal *t, const instruction *in);
bool formal_next(formal *t, const instruction *in);

#endif
