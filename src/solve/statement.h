/* SPDX-License-Identifier: GPL-3.0-or-later */
/* statement.h - runs minimize, maximize, fit and root.
 *
 * Layer: solve. */
#ifndef GTAPE_SOLVE_STATEMENT_H
#define GTAPE_SOLVE_STATEMENT_H

#include "solve/problem.h"
#include "solve/solution.h"

/* For evaluator.solve; user is a solver_state.  The variables end as fresh leaves at the solution, and the
 * solution is appended to the state.  Where there is none, an error says why; the variables are then at the
 * best point that was found. */
void solve_statement(void *user, evaluator *e, u32 pc, u32 site);

/* The value of an option, or unbound. */
value option_value(const problem *p, const char *name);
/* The same as a number. */
double option_number(const problem *p, const char *name, double otherwise);
/* The same, within limits. */
double option_in(const problem *p, const char *name, double otherwise, double least, double most);
void clip_to_bounds(size_t n, double *x, const double *lower, const double *upper);
/* Bounds from constraints of the form x >= 1, after an evaluation that records: arrays of p->n.  is_bound
 * says which constraints these are.  False where there is none. */
bool take_bounds(problem *p, double *lower, double *upper, bool *is_bound);
/* A step was made: progress where somebody listens. */
void tell_progress(solver_state *s, const char *what, size_t step, double value);

/* ---- one file each ---- */
void solve_fit(problem *p, solver_state *s, solution *out);
void solve_minimum(problem *p, solver_state *s, solution *out);
void solve_root(problem *p, solver_state *s, solution *out);

#endif
