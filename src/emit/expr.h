/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expr.h - formulas as a graph of shared, simplified expressions.
 *
 * Layer: emit.
 *
 * An expression is a number into a `formulas`, which owns all of them.  Equal expressions have equal numbers,
 * and an operand's number is less than that of what uses it, so that every pass is a loop and nothing
 * recurses. Expressions are simplified as they are made: like terms and equal factors are collected,
 * constants folded.
 *
 *     SUM      number + sum of weight * operand
 *     PRODUCT  number * product of operand ^ weight
 *     CALL     operation of its operands; hidden operations of ops.def are written out in visible ones.  Some
 * of functions.def are operations of a whole line (expr_line.c) ALIAS    a name's own expression, equal to
 * its operand, so that a derivative in it can be taken; op is OP_DERIVED where derivatives end there.
 * expr_tidy takes them away PRIME    the number-th derivative of an operation of one argument that has no
 * formula
 *
 *     LOOP     the number-th loop, after its body; RESULT: what its op-th state is after it
 *     STATE    in the body of the number-th loop, its op-th state; INDEX: the number of the iteration, from 0
 *
 * Loops are in exact graphs only (expr_loop.c).
 *
 * An *exact* graph is for code instead of reading (expr_exact.c): it keeps every operation as it was written,
 * so that its numbers are those of a run.  It has calls only, no sums and products, and equal operations stay
 * apart until expr_merge, as records on a tape do: what reaches the one is not added to what reaches the
 * other.
 *
 * Raises faults: memory exhausted, and FORMULA_LIMIT by the caller's `too_large`. */
#ifndef GTAPE_EXPR_H
#define GTAPE_EXPR_H

#include "base/mem.h"
#include "core/ops.h"

enum { EXPR_RANK = 8 };
#define ENTRY_NONE UINT32_MAX

enum expr_kind {
    EXPR_NUMBER,
    EXPR_NAME,
    EXPR_STATE,
    EXPR_INDEX,
    EXPR_LOOP,
    EXPR_SUM, /* from here on with operands */
    EXPR_PRODUCT,
    EXPR_CALL,
    EXPR_PRIME,
    EXPR_ALIAS,
    EXPR_RESULT,
};

typedef struct expr_part {
    double weight; /* factor in a sum, exponent in a product, 1 in a call */
    u32 node;
} expr_part;

typedef struct expr {
    u8 kind;
    u16 op;
    u32 first, count; /* its parts; NAME: first is the interned name, number the entry + 1, or 0 */
    double number;
} expr;

/* The shape of a name. */
typedef struct expr_shape {
    u32 name, rank;
    size_t shape[EXPR_RANK];
} expr_shape;

/* What a loop carries from one iteration to the next. */
typedef struct expr_state {
    u32 symbol;        /* the STATE that stands for it in the body */
    u32 initial, next; /* expressions: before the loop; at the end of an iteration */
    u32 result;        /* the RESULT */
} expr_state;

/* A loop whose iterations all do the same.
 *
 * A loop and those that sweep over it, over these, and so on are a family: the k-th iteration of one goes
 * with the k-th of another, and their bodies use expressions of the older ones' bodies, for the values that
 * they have in the iteration with the same index. */
typedef struct expr_loop {
    u32 node;          /* the LOOP */
    u32 start;         /* its body, until expr_merge: expressions from here to node - 1 */
    u32 count;         /* of iterations */
    u32 index;         /* the INDEX, one for the family */
    u32 root;          /* the eldest of the family, a loop of the program */
    u32 parent;        /* the loop around it, or LOOP_NONE */
    u32 first, states; /* in f->states */
    bool is_backward;  /* from the last index down */
} expr_loop;
#define LOOP_NONE UINT32_MAX
enum { LOOP_MOST_STATES = 10000 };

/* More expressions than this are an error: they would be no formula for anybody. */
enum { EXPR_LIMIT = 500000, EXPR_FLAT = 32 };
/* So is what takes more visits than this in all passes: a second or so. */
enum { EXPR_VISITS = 200000000 };

/* What a state's adjoint gets in every iteration from a sweep over a younger loop of the family. */
typedef struct expr_gift {
    u32 symbol, adjoint; /* the state; an expression in the body of a loop of the family */
} expr_gift;

typedef struct formulas {
    ARRAY(expr) nodes;
    ARRAY(expr_part) parts;
    ARRAY(expr_part) scratch; /* of sums and products at work, a stack */
    ARRAY(expr_shape) shapes; /* of names that are tensors */
    ARRAY(expr_loop) loops;
    ARRAY(expr_state) states;
    ARRAY(u32) swept; /* by state of the adjoint loops at work, whose adjoint it is; derivatives by cases */
    ARRAY(expr_gift) gifts; /* that no sweep has taken yet */
    u32 innermost;          /* loop that is open, or LOOP_NONE */
    u32 *slots;             /* open addressing; node + 1 */
    size_t slot_count;
    u32 *adjoints; /* a number and a mark by expression, of the pass at work */
    u8 *depends;
    unsigned nesting;
    u32 aliases;
    u64 visits;                      /* of expressions by passes so far */
    u64 operations, operation_limit; /* --max-ops: expressions that are made, and visits */
    bool exact;
    bool merging;                   /* of an exact graph: equal operations are one */
    u32 serial;                     /* of its operations */
    void (*too_large)(void *user);  /* does not return */
    void (*not_a_loop)(void *user); /* likewise: a loop cannot stay one */
    void (*over_limit)(void *user); /* likewise; NULL: no limit of operations */
    void (*poll)(void *user);       /* now and then: may raise FAULT_INTERRUPT */
    void *user;
} formulas;

void formulas_free(formulas *f);

/* Zeroed room for a pass over `count` expressions; the marks are f->depends. */
u32 *expr_room(formulas *f, size_t count);
/* Counts the expressions that a pass is about to visit; raises where it is too much in all. */
void expr_visit(formulas *f, size_t count);
/* Counts operations. */
void expr_count(formulas *f, size_t count);

static inline const expr *expr_at(const formulas *f, u32 n) { return &f->nodes.items[n]; }
static inline const expr_part *expr_parts(const formulas *f, u32 n) {
    return f->parts.items + f->nodes.items[n].first;
}
static inline bool expr_is_number(const formulas *f, u32 n) { return expr_at(f, n)->kind == EXPR_NUMBER; }
static inline bool expr_is(const formulas *f, u32 n, double x) {
    return expr_is_number(f, n) && expr_at(f, n)->number == x;
}
/* How many of its parts are expressions. */
static inline u32 expr_operands(const expr *e) { return e->kind >= EXPR_SUM ? e->count : 0; }

u32 expr_number(formulas *f, double x);
u32 expr_name(formulas *f, u32 name);
/* An entry of a name that is a tensor of this shape, by its number in row-major order. */
void expr_set_shape(formulas *f, u32 name, u32 rank, const size_t *shape);
u32 expr_entry(formulas *f, u32 name, u32 entry);
/* The shape of a name; rank 0 for a scalar. */
const expr_shape *expr_shape_of(const formulas *f, u32 name);
/* The entry that a NAME is, or ENTRY_NONE. */
static inline u32 expr_entry_of(const expr *e) { return e->number > 0 ? (u32)e->number - 1 : ENTRY_NONE; }
u32 expr_add(formulas *f, u32 a, double weight, u32 b); /* a + weight*b */
u32 expr_multiply(formulas *f, u32 a, u32 b);
u32 expr_power(formulas *f, u32 a, double exponent);
/* An elementwise operation, hidden ones too. */
u32 expr_call1(formulas *f, enum op op, u32 x);
u32 expr_call2(formulas *f, enum op op, u32 x, u32 w);
/* A fresh alias; `is_end`: what stop_gradient gives. */
u32 expr_alias(formulas *f, u32 a, bool is_end);
/* A STATE, INDEX, LOOP or RESULT; operand: of a RESULT, its LOOP. */
u32 expr_of_loop(formulas *f, enum expr_kind kind, u32 loop, u32 state, u32 operand);
/* The order-th derivative of an operation, at x. */
u32 expr_prime(formulas *f, enum op op, double order, u32 x);
/* A product without its skip-th factor. */
u32 expr_without(formulas *f, u32 product, u32 skip);
u32 expr_where(formulas *f, u32 condition, u32 a, u32 b);
/* A call as it is, nothing worked out. */
u32 expr_call(formulas *f, enum op op, u32 count, const u32 *operands);
/* Likewise, of the parts that lie on f->scratch from `base` on, which it takes off. */
u32 expr_call_of(formulas *f, enum op op, size_t base);

/* ---- expr_line.c ---- */
/* Operations of a line of expressions, of which there may be any number:
 *
 *     OP_MAX_OF, OP_MIN_OF  the first operand is an expression that has the value, the others are the line.
 * Equal ones share the derivative.  expr_merge and expr_tidy leave only the first operand OP_NORM in exact
 * graphs */
u32 expr_extreme(formulas *f, enum op op, u32 value, u32 count, const u32 *line);
u32 expr_norm(formulas *f, u32 count, const u32 *line);
static inline bool expr_is_line(const expr *e) {
    return e->kind == EXPR_CALL && (e->op == OP_MAX_OF || e->op == OP_MIN_OF || e->op == OP_NORM);
}
/* The partial derivatives of a line in its operands. */
void expr_line_partials(formulas *f, u32 n, u32 *partials);
/* The same line of other operands. */
u32 expr_line_anew(formulas *f, u32 n, const u32 *now);

/* ---- expr_loop.c ---- */
/* Opens a loop and gives its number.  All its states are made next, then its body, then the states get their
 * `next`. */
u32 expr_loop_open(formulas *f, u32 count);
/* One that sweeps over another. */
u32 expr_loop_open_adjoint(formulas *f, u32 swept);
u32 expr_loop_state(formulas *f, u32 loop, u32 initial);
void expr_loop_close(formulas *f, u32 loop);
static inline const expr_loop *expr_loop_at(const formulas *f, u32 loop) { return &f->loops.items[loop]; }
static inline expr_state *expr_states(const formulas *f, u32 loop) {
    return f->states.items + f->loops.items[loop].first;
}
/* Makes the LOOP and its RESULTs anew, after what they are made of now. */
u32 expr_loop_merged(formulas *f, u32 loop);
/* The loop that a LOOP, STATE or INDEX belongs to. */
static inline u32 expr_loop_of(const formulas *f, u32 n) { return (u32)f->nodes.items[n].number; }
/* The state behind a STATE or RESULT. */
expr_state *expr_state_of(const formulas *f, u32 n);
/* Marks what the roots are made of, loops too: a state is needed where its symbol is marked.  What is marked
 * in `stops` is taken as given; of a loop the states marked in `wanted` are needed too.  Both may be NULL. */
void expr_reach(const formulas *f, u32 count, const u32 *roots, u8 *reached, const u8 *stops,
                const u8 *wanted);

/* ---- expr_exact.c ---- */
u32 expr_exact1(formulas *f, enum op op, u32 x);
u32 expr_exact2(formulas *f, enum op op, u32 x, u32 w);
/* An adjoint times a partial: an adjoint that is 0 carries nothing. */
u32 expr_exact_carry(formulas *f, u32 adjoint, u32 by);
/* The same expressions, equal ones shared, without aliases. */
void expr_merge(formulas *f, u32 count, u32 *roots);

/* ---- expr_derive.c ---- */
/* The derivatives of y in each of `count` names, by a reverse sweep over the graph. */
void expr_gradient(formulas *f, u32 y, u32 count, const u32 *variables, u32 *results);

/* ---- expr_tidy.c ---- */
/* The same expressions as people write them: common denominators and functions in front of brackets. */
void expr_tidy(formulas *f, u32 count, u32 *roots);

#endif
