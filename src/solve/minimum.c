/* SPDX-License-Identifier: GPL-3.0-or-later */
/* minimum.c - minimize and maximize, with bounds and constraints.
 *
 * Bounds go to Newton's method as they are.  For other constraints an augmented Lagrangian is minimised again
 * and again (Powell, Hestenes, Rockafellar; Nocedal & Wright ch. 17):
 *
 *     f + sum over c = 0 of (l c + m c^2 / 2) + sum over c >= 0 of (max(0, l - m c)^2 - l^2) / (2 m)
 *
 * with multipliers l and weight m.  It is composed on the tape, so that its derivatives are exact too. */
#include "core/arguments.h"
#include "solve/curvature.h"
#include "solve/newton.h"
#include "solve/statement.h"
#include <math.h>
#include <string.h>

enum { STEPS = 500, ROUNDS = 40, MOST_KINKS = 10 };
static const double TOUCHING = 1e-9; /* of a constraint and of its multiplier */

typedef struct minimum {
    problem *p;
    solver_state *s;
    solution *out;
    double sign;
    const char *word;
    u32 count;                       /* of constraints that are no bounds */
    u32 *which;                      /* their numbers */
    size_t entries;                  /* of all of them */
    double *multiplier, *constraint; /* by entry */
    double *kept;                    /* a point and its multipliers */
    double weight, best;             /* of the penalty; the lowest merit so far */
    curvature curvature;             /* of the last evaluation */
} minimum;

/* ---- the function ---- */

static value objective_of(minimum *m) {
    value f = problem_result(m->p, m->p->expressions[0]);
    check_scalar(&m->p->e->rec, shape_of(&f), m->word, "minimize sum(r^2)");
    return m->sign < 0 ? apply1(&m->p->e->rec, OP_NEG, f) : f;
}

/* Constraint i as a value that is to be 0 or at least 0. */
static value constraint_of(minimum *m, u32 i, bool *is_equality) {
    const u32 *c = m->p->constraints + (size_t)m->which[i] * CONSTRAINT_WORDS;
    value v = problem_result(m->p, c[1]);
    *is_equality = c[0] == EQUAL_ZERO;
    return c[0] == AT_MOST_ZERO ? apply1(&m->p->e->rec, OP_NEG, v) : v;
}

static value multipliers_of(minimum *m, size_t from, const value *like) {
    view v = shape_of(like);
    if (!is_tensor(like)) return SCALAR(m->multiplier[from]);
    tensor *t = pool_tensor(&m->p->e->rec, v.rank, v.shape);
    memcpy(t->data, m->multiplier + from, v.size * sizeof(double));
    return value_of_tensor(t);
}

/* What a constraint adds to the merit. */
static value penalty(minimum *m, value c, value l, bool is_equality) {
    recorder *r = &m->p->e->rec;
    value weight = SCALAR(m->weight), half = SCALAR(0.5 / m->weight);
    if (is_equality) { /* c (l + m c / 2) */
        value part = apply2(r, OP_ADD, l, apply2(r, OP_MUL, SCALAR(0.5 * m->weight), c));
        return problem_total(m->p, apply2(r, OP_MUL, c, part));
    }
    value push = apply2(r, OP_SUB, l, apply2(r, OP_MUL, weight, c));
    value active = apply2(r, OP_MAX, push, SCALAR(0)), square = apply2(r, OP_MUL, active, active);
    return problem_total(m->p, apply2(r, OP_MUL, half, apply2(r, OP_SUB, square, apply2(r, OP_MUL, l, l))));
}

static void check_entries(minimum *m, bool holds) {
    if (!holds)
        record_fail(&m->p->e->rec, DIAG_SHAPE, "%s: a constraint changes its shape with the variables",
                    m->word);
}

static double evaluate_merit(void *user, const double *x) {
    minimum *m = user;
    problem *p = m->p;
    problem_evaluate(p, x, RECORD, NULL);
    value merit = objective_of(m);
    size_t at = 0;
    for (u32 i = 0; i < m->count; i++) {
        bool is_equality;
        value c = constraint_of(m, i, &is_equality);
        view v = view_of(&c);
        check_entries(m, v.size <= m->entries - at);
        value l = multipliers_of(m, at, &c);
        memcpy(m->constraint + at, v.data, v.size * sizeof(double));
        at += v.size;
        merit = apply2(&p->e->rec, OP_ADD, merit, penalty(m, c, l, is_equality));
    }
    check_entries(m, at == m->entries);
    curvature_begin(&m->curvature, merit);
    return view_of(&merit).data[0];
}

static void merit_gradient(void *user, double *g) {
    minimum *m = user;
    curvature_gradient(&m->curvature, g);
}

static void merit_product(void *user, const double *v, double *result) {
    minimum *m = user;
    curvature_product(&m->curvature, v, result);
}

static void merit_hessian(void *user, double *h) {
    minimum *m = user;
    curvature_hessian(&m->curvature, h);
}

static void merit_progress(void *user, size_t step, double f, const double *x) {
    minimum *m = user;
    for (size_t i = 0; m->s->for_plot && i < m->p->n; i++) array_push(&m->out->path, x[i]);
    /* where it is stopped, this is the best so far; with constraints the merit changes its meaning on the way
     */
    if (m->count || f <= m->best) {
        m->best = f;
        m->out->value = m->sign * f;
        memcpy(m->out->x.items, x, m->p->n * sizeof *x);
    }
    m->out->steps = step;
    tell_progress(m->s, m->word, step, m->sign * f);
}

/* ---- constraints ---- */

/* The largest violation at the last point; the multipliers move to where it would be 0. */
static double update_multipliers(minimum *m) {
    double most = 0;
    size_t at = 0;
    for (u32 i = 0; i < m->count; i++) {
        bool is_equality;
        value c = constraint_of(m, i, &is_equality);
        size_t end = at + shape_of(&c).size;
        for (; at < end; at++) {
            double v = m->constraint[at], *l = &m->multiplier[at];
            most = fmax(most, fabs(is_equality ? v : fmin(v, *l / m->weight)));
            *l = is_equality ? *l + m->weight * v : fmax(0, *l - m->weight * v);
        }
    }
    return most;
}

/* Whether an inequality holds with = and does not press: second derivatives of the merit jump there. */
static bool is_at_kink(minimum *m) {
    size_t at = 0;
    for (u32 i = 0; i < m->count; i++) {
        bool is_equality;
        value c = constraint_of(m, i, &is_equality);
        size_t end = at + shape_of(&c).size;
        for (; at < end; at++)
            if (!is_equality && fabs(m->constraint[at]) <= TOUCHING && m->multiplier[at] <= TOUCHING)
                return true;
    }
    return false;
}

/* One search: minimises the merit, with the multipliers of the last minimum, until they stay.  Adds to
 * *steps. */
static void meet_constraints(minimum *m, newton *s, size_t *steps) {
    double before = INFINITY;
    for (unsigned round = 0; round < ROUNDS; round++) {
        newton_solve(s);
        *steps += s->steps;
        if (!is_solution(s->outcome) && s->outcome != NO_PROGRESS) break;
        evaluate_merit(m, s->x);
        double miss = update_multipliers(m);
        m->out->miss = 0;
        if (miss <= 1e-11) break;
        if (miss > 0.25 * before) m->weight *= 10;
        if (m->weight > 1e14 || round + 1 == ROUNDS) {
            if (miss > 1e-7) s->outcome = INFEASIBLE;
            m->out->miss = miss;
            break;
        }
        before = miss;
    }
}

/* Looks whether the merit falls from where a search ended at a kink, and goes on from there; true where that
 * led to less. */
static bool goes_on(minimum *m, newton *s, size_t *steps) {
    newton found = *s;
    size_t n = m->p->n, entries = m->entries;
    double miss = m->out->miss, *x = m->kept, *multiplier = x + n;
    memcpy(x, s->x, n * sizeof *x);
    memcpy(multiplier, m->multiplier, entries * sizeof *multiplier);
    m->weight = 10;
    s->has_kinks = true;
    newton_solve(s);
    s->has_kinks = false;
    bool moved = s->steps > 0;
    *steps += s->steps;
    if (moved && s->outcome != UNBOUNDED) meet_constraints(m, s, steps);
    if (moved && s->outcome == UNBOUNDED) return false;
    if (moved && is_solution(s->outcome) && s->f < found.f - 1e-12 * fabs(found.f)) return true;
    *s = found;
    m->out->miss = miss;
    memcpy(s->x, x, n * sizeof *x);
    memcpy(m->multiplier, multiplier, entries * sizeof *multiplier);
    return false;
}

static void solve_constrained(minimum *m, newton *s) {
    size_t steps = 0;
    meet_constraints(m, s, &steps);
    for (unsigned i = 0; i < MOST_KINKS && is_solution(s->outcome) && is_at_kink(m); i++)
        if (!goes_on(m, s, &steps)) break;
    s->steps = steps;
}

/* ---- the statement ---- */

static void take_constraints(minimum *m, double *lower, double *upper, newton *s) {
    problem *p = m->p;
    if (!p->constraint_count) return;
    bool *is_bound = (void *)problem_room(p, p->constraint_count);
    problem_evaluate(p, p->x, RECORD, NULL);
    p->gradients--;
    if (take_bounds(p, lower, upper, is_bound)) s->lower = lower, s->upper = upper;
    for (u32 i = 0; i < p->constraint_count; i++) {
        if (is_bound[i]) continue;
        value c = problem_result(p, p->constraints[(size_t)i * CONSTRAINT_WORDS + 1]);
        m->which[m->count++] = i;
        m->entries += shape_of(&c).size;
    }
    problem_forget(p);
    clip_to_bounds(p->n, p->x, lower, upper);
    m->multiplier = problem_room(p, m->entries);
    m->constraint = problem_room(p, m->entries);
}

static void solve_from(minimum *m, newton *s, const double *start, double factor) {
    memcpy(s->x, start, m->p->n * sizeof(double));
    memset(m->multiplier, 0, m->entries * sizeof(double));
    m->weight = 10;
    s->factor = factor;
    if (m->count) solve_constrained(m, s);
    else newton_solve(s);
}

/* Where the first trust region leads nowhere, or along a valley without end, another often does better from
 * the same start.  Where none does, the first is followed for as long as it may take. */
static void solve_once(minimum *m, newton *s, const double *start) {
    static const double factors[] = {1, 0.1, 0.01, 1};
    size_t steps = 0;
    for (size_t i = 0; i < COUNT_OF(factors); i++) {
        s->impatient = i + 1 < COUNT_OF(factors);
        solve_from(m, s, start, factors[i]);
        steps += s->steps;
        if (s->outcome != STEPS_EXHAUSTED && s->outcome != FLAT) break;
        if (steps >= s->most_steps) break;
    }
    s->steps = steps;
}

/* ---- several starts ---- */

/* Within the bounds where both are finite, else around the given start. */
static void random_start(const minimum *m, const newton *s, u64 *seed, double *start) {
    for (size_t j = 0; j < s->n; j++) {
        double x = m->p->x[j], reach = 3 * fmax(1, fabs(x));
        double low = s->lower ? s->lower[j] : -INFINITY, high = s->upper ? s->upper[j] : INFINITY;
        if (isinf(low) || isinf(high)) low = fmax(low, x - reach), high = fmin(high, x + reach);
        start[j] = low + newton_random(seed) * (high - low);
    }
}

/* The best of several starts, the given one first. */
static void solve_often(minimum *m, newton *s, size_t starts) {
    size_t n = s->n, steps = 0;
    double *start = problem_room(m->p, n), *best = problem_room(m->p, n);
    u64 seed = m->p->e->rec.seed;
    newton found = *s;
    found.outcome = NO_PROGRESS, found.f = INFINITY;
    memcpy(start, m->p->x, n * sizeof *start);
    for (size_t k = 0; k < starts; k++) {
        if (k > 0) random_start(m, s, &seed, start);
        solve_once(m, s, start);
        steps += s->steps;
        bool better = is_solution(s->outcome) ? !is_solution(found.outcome) || s->f < found.f
                                              : k == 0 || s->outcome == UNBOUNDED;
        if (!better) continue;
        found = *s;
        memcpy(best, s->x, n * sizeof *best);
        if (s->outcome == UNBOUNDED) break;
    }
    *s = found;
    s->steps = steps;
    memcpy(s->x, best, n * sizeof *best);
    m->out->starts = starts;
}

static void take_result(minimum *m, const newton *s) {
    solution *out = m->out;
    problem *p = m->p;
    memcpy(out->x.items, s->x, p->n * sizeof(double));
    out->outcome = s->outcome;
    out->steps = s->steps;
    out->gradient = s->slope;
    out->is_bounded = s->active > 0;
    out->is_local = s->is_not_convex && m->count == 0 && m->out->starts == 1;
    problem_evaluate(p, s->x, VALUES, NULL);
    p->values--;
    value f = problem_result(p, p->expressions[0]);
    out->value = view_of(&f).data[0];
    numbers_set(&out->multipliers, m->entries, 0);
    for (size_t i = 0; i < m->entries; i++) out->multipliers.items[i] = m->multiplier[i];
}

void solve_minimum(problem *p, solver_state *state, solution *out) {
    size_t n = p->n;
    minimum m = {
        .p = p, .s = state, .out = out, .sign = out->kind == SOLVE_MAXIMIZE ? -1 : 1, .best = INFINITY};
    m.word = m.sign < 0 ? "maximize" : "minimize";
    newton s = {.user = &m,
                .n = n,
                .evaluate = evaluate_merit,
                .gradient = merit_gradient,
                .hessian = merit_hessian,
                .product = merit_product,
                .progress = merit_progress};
    numbers_set(&out->x, n, NAN);
    memcpy(out->x.items, p->x, n * sizeof(double));
    s.most_steps = (size_t)option_in(p, "max", STEPS, 0, 1e9);
    s.tolerance = option_in(p, "tol", 1e-10, 0, 1);
    m.which = (void *)problem_room(p, p->constraint_count + 1);
    m.multiplier = m.constraint = problem_room(p, 1);
    double *lower = problem_room(p, n), *upper = problem_room(p, n);
    take_constraints(&m, lower, upper, &s);
    m.curvature = curvature_make(p);
    m.kept = problem_room(p, n + m.entries);
    s.x = problem_room(p, n);
    s.work = problem_room(p, newton_room(n));
    size_t starts = (size_t)option_in(p, "starts", 1, 1, 1e6);
    solve_often(&m, &s, starts);
    take_result(&m, &s);
}
