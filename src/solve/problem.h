/* SPDX-License-Identifier: GPL-3.0-or-later */
/* problem.h - a solver statement as a function of its variables.
 *
 * Layer: solve.
 *
 * The variables of a statement, of whatever shapes, are one vector x.  Evaluating binds them to x and runs
 * the statement's expressions again; where derivatives are wanted the variables are leaves, and what was
 * recorded is swept and then forgotten, so the tape does not grow.  Names in the expressions that have a
 * history back to the variables are made again first (rerun.h).
 *
 * A problem lives as long as its statement.  Its arrays lie in the recorder's pool. */
#ifndef GTAPE_SOLVE_PROBLEM_H
#define GTAPE_SOLVE_PROBLEM_H

#include "lang/evaluate.h"
#include "solve/rerun.h"

typedef struct variable {
    u32 slot;
    value start; /* as it was before the statement */
    size_t size, offset;
} variable;

typedef struct problem {
    evaluator *e;
    u32 pc;
    const u32 *site; /* in graph.operands */
    const u32 *expressions, *constraints;
    u32 variable_count, constraint_count, option_count;
    u32 taken; /* variables whose value before the statement is known */
    const u32 *option_names;
    value *option_values;
    variable *variables;
    size_t n;  /* entries of all variables */
    double *x; /* where the solver is: the start, then the best point */
    tape_mark mark;
    size_t pool, outer_pool;
    u64 draws; /* random numbers are the same in every evaluation */
    rerun rerun;
    const double *direction;            /* of LINE */
    value along;                        /* its s */
    size_t values, gradients, products; /* evaluations; with derivatives; of Hessian products */
} problem;

/* Fills *p from the statement at pc; errors are raised. */
void problem_open(problem *p, evaluator *e, u32 pc, u32 site);
/* Binds the variables to p->x as fresh leaves and gives back what evaluating has kept.  After a fault,
 * without binding: problem_abandon. */
void problem_close(problem *p);
void problem_abandon(problem *p);
const char *problem_name(const problem *p, u32 variable);
/* The name of entry i of x: a, or w[2]. */
void problem_entry_name(const problem *p, size_t i, text *out);

enum evaluate_mode {
    VALUES, /* numbers only; the variables are leaves where the expressions take derivatives themselves */
    RECORD, /* the variables are leaves */
    WHOLE,  /* and so are data and literals: all that is computed is recorded */
    SPREAD, /* the variables are scalars, each repeated in the shape of `like` */
    LINE, /* the variables are records on the line x + s v, with the leaf s = 0: see problem_evaluate_line */
};
/* Runs the expressions at x.  What they give is in the registers until the next call. */
void problem_evaluate(problem *p, const double *x, enum evaluate_mode mode, const value *like);
/* The same on the line x + s v, recorded; returns s, whose value is 0. */
value problem_evaluate_line(problem *p, const double *x, const double *v);
/* Forgets what problem_evaluate has recorded and computed. */
void problem_forget(problem *p);
/* The result of an operand of the site after problem_evaluate. */
value problem_result(const problem *p, u32 operand);
/* The values that the variables are bound to in this evaluation. */
void problem_leaves(const problem *p, value *leaves);
/* The sum of a value's entries, recorded. */
value problem_total(problem *p, value v);
/* The entries of one value for each variable, in the order of x. */
void problem_entries(const problem *p, const value *parts, double *to);

/* Room for numbers that lasts as long as the problem. */
double *problem_room(problem *p, size_t count);

#endif
