/* SPDX-License-Identifier: GPL-3.0-or-later */
/* statement.c - see statement.h. */
#include "solve/statement.h"
#include "lang/uncertain.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- options: their values are kept before the expressions run over the registers ---- */

value option_value(const problem *p, const char *name) {
    const graph *g = p->e->g;
    for (u32 i = 0; i < p->option_count; i++)
        if (strcmp(intern_text(&g->names, p->option_names[i]), name) == 0) return p->option_values[i];
    return UNBOUND;
}

double option_number(const problem *p, const char *name, double otherwise) {
    value v = option_value(p, name);
    if (is_unbound(&v)) return otherwise;
    view w = view_of(&v);
    if (w.size != 1) record_fail(&p->e->rec, DIAG_BAD_VALUE, "'%s' is one number", name);
    return w.data[0];
}

double option_in(const problem *p, const char *name, double otherwise, double least, double most) {
    double x = option_number(p, name, otherwise);
    if (x >= least && x <= most) return x;
    record_fail(&p->e->rec, DIAG_BAD_VALUE, "'%s' is a number from %g to %g", name, least, most);
}

/* ---- bounds ---- */

static bool variable_of(const problem *p, u32 o, u32 *which) {
    if (OPERAND_KIND(o) != IN_GLOBAL) return false;
    for (u32 i = 0; i < p->variable_count; i++)
        if (p->variables[i].slot == OPERAND_NUMBER(o)) {
            *which = i;
            return true;
        }
    return false;
}

/* The bound's entries are repeated where it is a scalar. */
static void tighten(problem *p, const variable *v, value bound, bool below, double *lower, double *upper) {
    view b = view_of(&bound);
    if (b.size != v->size && b.size != 1)
        record_fail(&p->e->rec, DIAG_SHAPE, "a bound of '%s' has %zu entries, not %zu",
                    problem_name(p, (u32)(v - p->variables)), b.size, v->size);
    for (size_t i = 0; i < v->size; i++) {
        double x = b.data[b.size == 1 ? 0 : i];
        if (isnan(x))
            record_fail(&p->e->rec, DIAG_BAD_VALUE, "a bound of '%s' is nan",
                        problem_name(p, (u32)(v - p->variables)));
        double *to = below ? &lower[v->offset + i] : &upper[v->offset + i];
        if (below ? x > *to : x < *to) *to = x;
    }
}

static bool depends_on_variables(const problem *p, value v) {
    for (u32 i = 0; v.node && i < p->variable_count; i++)
        if (depends_on(&p->e->rec, v.node, p->e->globals.items[p->variables[i].slot].node)) return true;
    return false;
}

/* x >= e or e <= x, where e does not depend on variables; it may depend on others. */
static bool take_bound(problem *p, const u32 *c, double *lower, double *upper) {
    u32 which, left = c[2], right = c[3];
    if (c[0] == EQUAL_ZERO) return false;
    bool below = c[0] == AT_LEAST_ZERO;
    if (!variable_of(p, left, &which)) {
        if (!variable_of(p, right, &which)) return false;
        right = left, below = !below;
    }
    value bound = problem_result(p, right);
    u32 other;
    if (depends_on_variables(p, bound) || variable_of(p, right, &other)) return false;
    tighten(p, &p->variables[which], bound, below, lower, upper);
    return true;
}

bool take_bounds(problem *p, double *lower, double *upper, bool *is_bound) {
    bool any = false;
    for (size_t i = 0; i < p->n; i++) lower[i] = -INFINITY, upper[i] = INFINITY;
    for (u32 i = 0; i < p->constraint_count; i++) {
        is_bound[i] = take_bound(p, p->constraints + (size_t)i * CONSTRAINT_WORDS, lower, upper);
        any |= is_bound[i];
    }
    for (size_t i = 0; i < p->n; i++)
        if (lower[i] > upper[i])
            record_fail(&p->e->rec, DIAG_BAD_VALUE, "the bounds leave no value: %g > %g", lower[i], upper[i]);
    return any;
}

void clip_to_bounds(size_t n, double *x, const double *lower, const double *upper) {
    for (size_t i = 0; i < n; i++) {
        if (x[i] < lower[i]) x[i] = lower[i];
        if (x[i] > upper[i]) x[i] = upper[i];
    }
}

/* ---- progress ---- */

void tell_progress(solver_state *s, const char *what, size_t step, double objective) {
    if (!s->progress) return;
    text_clear(&s->line);
    text_printf(&s->line, "%s: step %zu, %.6g", what, step, objective);
    s->progress(s->progress_user, text_str(&s->line));
}

/* ---- the statement ---- */

static const char *const kinds[] = {"minimize", "maximize", "fit", "root"};

static void solve(problem *p, solver_state *s, solution *out) {
    for (size_t i = 0; i < p->n; i++) {
        problem_entry_name(p, i, &out->names);
        text_putc(&out->names, 0);
    }
    out->n = p->n;
    if (p->n == 0) record_fail(&p->e->rec, DIAG_BAD_VALUE, "there is nothing to vary");
    switch (out->kind) {
    case SOLVE_FIT: solve_fit(p, s, out); break;
    case SOLVE_ROOT: solve_root(p, s, out); break;
    default: solve_minimum(p, s, out); break;
    }
    out->values = p->values;
    out->gradients = p->gradients;
    out->products = p->products;
}

static bool reads_uncertain(problem *p, const solution *out) {
    evaluator *e = p->e;
    const uncertain *set = e->uncertain;
    if (!set || !set->leaves.count || !e->notes) return false;
    value *leaves = (void *)problem_room(p, mem_product(set->leaves.count, 2));
    for (size_t i = 0; i < set->leaves.count; i++) leaves[i] = set->leaves.items[i].leaf;
    problem_evaluate(p, out->x.items, RECORD, NULL);
    p->gradients--;
    const u8 *depends = depending_on(&e->rec, 0, (u32)e->rec.tape.count - 1, (u32)set->leaves.count, leaves);
    for (u32 i = 0; i < p->site[SOLVE_EXPRESSIONS]; i++)
        if (depends[problem_result(p, p->expressions[i]).node]) return true;
    return false;
}

static void note_uncertain(problem *p, const solution *out) {
    if (!is_solution(out->outcome) || out->known_sigma) return;
    problem_forget(p);
    if (!reads_uncertain(p, out)) return;
    bool is_fit = out->kind == SOLVE_FIT;
    note_uncertainty_left(p->e, p->pc, kinds[out->kind],
                          is_fit ? "with sigma=uncertainty(y) gives the data their weights"
                                 : "--show uncertainty --samples 1e4 runs it for samples of them");
}

/* Ctrl-C ends the search; the best point so far is in out->x. */
static void stop_here(problem *p, solution *out) {
    evaluator *e = p->e;
    e->interrupt = 0;
    evaluator_stop(e, p->pool);
    out->outcome = STOPPED;
    out->values = p->values, out->gradients = p->gradients, out->products = p->products;
}

static bool run_guarded(problem *p, solver_state *s, solution *out, u32 site, enum fault *fault) {
    fault_point here;
    *fault = (enum fault)FAULT_TRY(&here);
    if (!*fault) {
        problem_open(p, p->e, p->pc, site);
        solve(p, s, out);
        note_uncertain(p, out);
    }
    fault_end(&here);
    return *fault == FAULT_NONE;
}

_Noreturn static void report_failure(problem *p, const solution *out) {
    char where[400];
    size_t used = 0;
    where[0] = 0;
    for (size_t i = 0; i < out->n && i < out->x.count && used + 80 < sizeof where; i++)
        used += (size_t)snprintf(where + used, sizeof where - used, "%s%.40s = %.7g", i ? ", " : "ended at ",
                                 solution_name(out, i), out->x.items[i]);
    p->e->rec.origin = p->pc;
    record_fail_hint(&p->e->rec, out->outcome == STOPPED ? DIAG_INTERRUPTED : DIAG_NOT_CONVERGED, where,
                     "%s: %s%s", kinds[out->kind],
                     is_solution(out->outcome) ? "" : "not converged: ", outcome_text(out));
}

/* After fit the parameters carry their standard errors and correlations into what is computed from them; nan
 * where the data leave none to estimate them from. */
static void make_uncertain(problem *p, const solution *out) {
    evaluator *e = p->e;
    size_t n = out->n;
    if (out->kind != SOLVE_FIT || !is_solution(out->outcome) || out->errors.count != n || !n) return;
    value *leaves = (void *)problem_room(p, 2 * (size_t)p->variable_count);
    u32 *names = (void *)problem_room(p, p->variable_count);
    problem_leaves(p, leaves);
    for (u32 i = 0; i < p->variable_count; i++) names[i] = e->g->globals.items[p->variables[i].slot].name;
    uncertain_join(e, p->variable_count, leaves, names, out->errors.items, out->correlation.items,
                   out->known_sigma ? INFINITY : out->freedom);
}

/* What a report shows of a solution is a number, or there is a note. */
static void explain_solution(const problem *p, const solution *out) {
    evaluator *e = p->e;
    if (!is_solution(out->outcome)) return;
    for (size_t i = 0; i < out->n; i++)
        explain_figure(e, p->pc, out->x.items[i], "'%s'", solution_name(out, i));
    explain_figure(e, p->pc, out->value, "the value at the end of '%s'", kinds[out->kind]);
    if (out->kind == SOLVE_MINIMIZE || out->kind == SOLVE_MAXIMIZE)
        explain_figure(e, p->pc, out->gradient, "the gradient");
    if (out->kind != SOLVE_FIT) return;
    for (size_t i = 0; i < out->errors.count; i++)
        explain_figure(e, p->pc, out->errors.items[i], "the standard error of '%s'", solution_name(out, i));
    explain_figure(e, p->pc, out->residual_sd, "the residual standard deviation");
    explain_figure(e, p->pc, out->r_squared, "R^2");
}

void solve_statement(void *user, evaluator *e, u32 pc, u32 site) {
    solver_state *s = user;
    array_room(&s->solutions);
    array_push(&s->solutions,
               ((solution){.kind = (enum solver)e->g->operands.items[site], .value = NAN, .gradient = NAN}));
    solution *out = &s->solutions.items[s->solutions.count - 1];
    problem p = {.e = e, .pc = pc};
    enum fault fault;
    if (!run_guarded(&p, s, out, site, &fault)) {
        bool partial = fault == FAULT_INTERRUPT && !s->is_one_run && out->x.count == p.n && p.n > 0 && p.pool;
        if (!partial) {
            problem_abandon(&p);
            s->solutions.count--;
            solution_free(out);
            fault_raise(fault);
        }
        stop_here(&p, out);
    }
    memcpy(p.x, out->x.items, p.n * sizeof(double));
    problem_close(&p);
    make_uncertain(&p, out);
    if (!is_solution(out->outcome)) report_failure(&p, out);
    explain_solution(&p, out);
}
