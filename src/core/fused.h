/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused.h - many iterations of a loop over scalars as one record.
 *
 * Layer: core.
 *
 * The body of a loop without branches whose names hold scalars is a list of steps over registers.  Run
 * forward, it costs a step an operation and no record; for the sweep it keeps a row of numbers an iteration:
 *
 *     kept      what cannot be made again from the row: carried names (read before they are stored), and
 *               results that are dear (exp, sin ...), each only if some partial derivative asks for it
 *     again     the steps that make the rest of what partials need from such a row
 *     back      the reverse sweep over the body's active steps
 *
 * On the tape up to FUSED_ROWS iterations are a record LOOP, whose value is the vector of the names that the
 * body stores, and an ENTRY for each active one; the rows lie on the tape's trail.  A sweep that records, or
 * looks for the origin of a nan, runs the iterations again with a record an operation.
 *
 * lang/fuse.c makes the list of steps from instructions.  A recorder owns its fused loops. */
#ifndef GTAPE_FUSED_H
#define GTAPE_FUSED_H

#include "core/record.h"

enum { FUSED_NEAR = 1 << 15 }; /* what is added to offsets, so that they are unsigned */
enum { FUSED_ROWS = 1 << 14, FUSED_MOST_STEPS = 4096, FUSED_NONE = UINT16_MAX };

/* What a step does, beyond the elementwise operations and their adjoints. */
enum fused_op {
    FUSED_LOAD = OP_ELEMENTWISE_END, /* to = entry b of vector n */
    FUSED_AXIS,                      /* to = a * length + b: n is tensor * MAX_RANK + axis */
    FUSED_LOAD_AT,                   /* to = entry a, in row-major order, of tensor n */
    FUSED_LOAD_NEAR, /* to = entry v + offset of vector n: v is the variable, a + 2^15 the offset */
    FUSED_LEAVE,     /* the loop ends before this iteration where a is 0 */
    FUSED_MOVE,      /* to = a */
    FUSED_LOOK,      /* the iteration is odd where a is not finite */
    FUSED_KEEP,      /* a goes to place n of the row */
    FUSED_RESTORE,   /* and comes back from there */
    FUSED_NEXT,      /* the iteration is over: the run too, if it was the last */
    FUSED_REPEAT,    /* from the start, with the next row */
    FUSED_BEFORE,    /* the same for a run back */
    FUSED_REPEAT_BACK,
    /* LOOK a, NEXT, MOVE a to `to`, REPEAT as one step, and the same that keeps `to` */
    FUSED_TURN,
    FUSED_TURN_KEEPING,
    FUSED_TURN_BACK,
    FUSED_TURN_BACK_RESTORING,
    FUSED_BACK, /* the adjoint of op is FUSED_BACK + 3 * op + bits: arguments without adjoint */
    FUSED_END = FUSED_BACK + 3 * (FUSED_MOVE + 1),
};

typedef struct fused_step {
    u16 op, to, a, b;
    u32 n;
    u32 origin; /* the instruction */
} fused_step;

/* Which of a and b are registers that a step of the body reads. */
static inline bool fused_reads_a(const fused_step *s) {
    return s->op != FUSED_LOAD && s->op != FUSED_LOAD_NEAR;
}

static inline bool fused_reads_b(const fused_step *s) {
    if (s->op < OP_ELEMENTWISE_END) return op_infos[s->op].arity == 2;
    return s->op == FUSED_LOAD || s->op == FUSED_AXIS;
}

typedef struct fused_input {
    u32 operand; /* of lang: where its value is found */
    bool is_tensor;
    u32 rank;  /* that its indices were read for */
    u16 place; /* its register; the number of a tensor among the tensors */
} fused_input;

/* A name that the body stores. */
typedef struct fused_output {
    u32 operand;
    u16 from;    /* the register that holds it after an iteration */
    u16 carried; /* the register that the next one reads it from, or FUSED_NONE */
} fused_output;

typedef struct fused_constant {
    u16 to;
    double x;
} fused_constant;

/* Programs for inputs of which these have a history. */
typedef struct fused_plan {
    u8 *active_inputs; /* by input */
    u8 *active;        /* by register */
    u8 *connected;     /* by output and input: whether it depends on it, be its derivative 0 by form */
    ARRAY(u16) kept;
    ARRAY(fused_step) forward, back;
    bool restores;               /* the step that ends an iteration back restores the only number of a row */
    struct fused_blocks *blocks; /* to run block by block (fused_block.h), or NULL */
} fused_plan;

/* A function of lang that was written out, and its text at that time. */
typedef struct fused_call {
    u32 function, body;
} fused_call;

typedef struct fused {
    ARRAY(fused_call) calls;
    u32 instructions;        /* of lang, in one iteration */
    ARRAY(fused_step) steps; /* of the body */
    ARRAY(fused_step) moves; /* behind it, from what was stored to what is read */
    ARRAY(fused_input) inputs;
    ARRAY(fused_output) outputs;
    ARRAY(fused_constant) constants;
    ARRAY(fused_plan) plans;
    ARRAY(double) registers, adjoints; /* room for a run */
    u16 register_count, tensor_count;
    bool reads_variable; /* a step does, or a move */
    bool counts;         /* there is a LOAD_NEAR: the range must be whole */
    u16 variable;        /* the register of a counting loop's variable; there is one always */
    u32 number;          /* among the recorder's loops */
} fused;

void fused_free(fused *f);

/* Adds the moves, when steps and outputs are there. */
void fused_finish(fused *f);

/* The plan for these inputs, made where there is none. */
fused_plan *fused_plan_for(fused *f, const value *inputs);
void fused_plan_free(fused_plan *p);
/* Whether a name that the body stores depends on an input with a history. */
bool fused_is_active(const fused *f, const fused_plan *p);
bool fused_output_is_connected(const fused *f, const fused_plan *p, size_t output);

/* The variable of iteration k is first + k * step. */
typedef struct fused_range {
    double first, step, start; /* start: the number of the first iteration of this run */
} fused_range;

/* Whether the variable takes whole numbers that can be told apart. */
bool fused_range_is_whole(fused_range range);

enum fused_how {
    FUSED_RAN,  /* as many iterations as asked for */
    FUSED_LEFT, /* the condition of the loop is false */
    FUSED_ODD,  /* the next iteration is for the evaluator: an index out of range, a result not finite */
};

/* An index as the language counts: whole, negative from the end.  False where it is for the evaluator to say
 * what is wrong with it. */
static inline bool fused_entry(double x, size_t length, size_t *at) {
    double i = x < 0 ? x + (double)length : x;
    if (!(i >= 0 && i < (double)length)) return false;
    *at = (size_t)i;
    return (double)*at == i;
}

/* A run over registers: forward from row 0, or back from the last row. */
typedef struct fused_state {
    double *R, *G;
    const view *tensors;
    double *const *into; /* the adjoints of the tensors */
    double *row;
    size_t width; /* of a row */
    fused_range range;
    i64 position, step; /* the variable as a whole number, for LOAD_NEAR */
    u16 variable;       /* a register */
    bool variable_is_read;
    bool looks; /* whether names that are not finite stop the run */
    u32 iteration, most;
} fused_state;

enum fused_how fused_execute(const fused_step *program, fused_state *state);

/* Runs at most `most` iterations (FUSED_ROWS) from these inputs, gives the values of the outputs, recorded
 * where they depend on an input that is, and how many iterations were run. */
enum fused_how fused_run(recorder *r, fused *f, const value *inputs, fused_range range, u32 most,
                         value *outputs, u32 *done);

/* Whether this output of record n, a loop, depends on that input. */
bool fused_depends(const recorder *r, u32 n, u32 output, u32 input);

#endif
