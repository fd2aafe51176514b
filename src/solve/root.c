/* SPDX-License-Identifier: GPL-3.0-or-later */
/* root.c - root e1, e2 over x, y: n equations in n unknowns.
 *
 * With the exact Jacobian by the trust region of least.h, whose full steps are Newton's.  Where it ends at a
 * smallest distance from 0 that is not 0, that is no root.  One equation with a bracket: Brent's method
 * (Brent 1973, ch. 4), which needs no derivative and cannot leave the bracket. */
#include "solve/bracket.h"
#include "solve/least.h"
#include "solve/qr.h"
#include "solve/statement.h"
#include <math.h>
#include <string.h>

enum { ROOT_STEPS = 500, FEW_STEPS = 8 };

typedef struct root {
    problem *p;
    solver_state *s;
    solution *out;
    u32 count; /* of expressions */
    size_t n;
    double scale;     /* of the equations: a power of 2, 1 unless their squares would not fit a number */
    double *f, *work; /* the equations at the last x; of qr_add_rows */
    value *leaves, *row;
} root;

static value equation(const root *r, u32 i) { return problem_result(r->p, r->p->expressions[i]); }

/* Shapes may depend on the variables. */
static void check_count(const root *r) {
    size_t entries = 0;
    for (u32 i = 0; i < r->count; i++) {
        value e = equation(r, i);
        entries += shape_of(&e).size;
    }
    if (entries != r->n)
        record_fail_hint(&r->p->e->rec, DIAG_BAD_ARGUMENTS, "fit finds the least squares of more equations",
                         "root needs as many equations as unknowns: %zu and %zu", entries, r->n);
}

static void take_values(root *r) {
    size_t at = 0;
    check_count(r);
    for (u32 i = 0; i < r->count; i++) {
        value e = equation(r, i);
        view v = view_of(&e);
        for (size_t k = 0; k < v.size; k++) r->f[at++] = v.data[k] * r->scale;
    }
}

static double sum_of_squares(const root *r) {
    double sum = 0;
    for (size_t i = 0; i < r->n; i++) sum += r->f[i] * r->f[i];
    return sum;
}

static double root_sum(void *user, const double *x) {
    root *r = user;
    problem_evaluate(r->p, x, VALUES, NULL);
    take_values(r);
    return sum_of_squares(r);
}

/* One row of the Jacobian: the gradient of entry k of equation i. */
static void take_row(root *r, value e, size_t k, double *to, size_t stride) {
    recorder *rec = &r->p->e->rec;
    value seed = SCALAR(1);
    if (is_tensor(&e)) {
        tensor *t = pool_tensor(rec, e.t->rank, e.t->shape);
        memset(t->data, 0, t->size * sizeof *t->data);
        t->data[k] = 1;
        seed = value_of_tensor(t);
    }
    sweep_gradients(rec, e, seed, r->p->variable_count, r->leaves, r->row, NULL, false);
    for (u32 i = 0; i < r->p->variable_count; i++) {
        view v = view_of(&r->row[i]);
        for (size_t j = 0; j < v.size; j++)
            to[(r->p->variables[i].offset + j) * stride] = v.data[j] * r->scale;
    }
}

static double root_triangle(void *user, const double *x, double *triangle) {
    root *r = user;
    size_t m = r->n + 1, stride = m + QR_ROWS, rows = 0, at = 0;
    problem_evaluate(r->p, x, RECORD, NULL);
    problem_leaves(r->p, r->leaves);
    take_values(r);
    memset(triangle, 0, m * m * sizeof *triangle);
    for (u32 i = 0; i < r->count; i++) {
        value e = equation(r, i);
        size_t size = shape_of(&e).size;
        for (size_t k = 0; k < size; k++) {
            size_t mark = pool_mark(&r->p->e->rec);
            take_row(r, e, k, r->work + m + rows, stride);
            pool_release(&r->p->e->rec, mark);
            r->work[r->n * stride + m + rows] = r->f[at++];
            if (++rows < QR_ROWS && at < r->n) continue;
            qr_add_rows(m, triangle, rows, r->work);
            rows = 0;
        }
    }
    for (size_t i = 0; i < m * m; i++)
        if (!isfinite(triangle[i])) return NAN;
    return sum_of_squares(r);
}

static double largest(const root *r) {
    double most = 0;
    for (size_t i = 0; i < r->n; i++)
        if (!(fabs(r->f[i]) <= most)) most = fabs(r->f[i]);
    return most;
}

static void root_progress(void *user, size_t step, double sum, const double *x) {
    root *r = user;
    memcpy(r->out->x.items, x, r->n * sizeof *x);
    r->out->value = largest(r) / r->scale;
    r->out->steps = step;
    tell_progress(r->s, "root: distance from 0", step, sqrt(sum) / r->scale);
}

static void check_equations(root *r, const double *x) {
    problem *p = r->p;
    problem_evaluate(p, x, VALUES, NULL);
    p->values--;
    take_values(r);
    enum { FAR = 300 };
    int power = 0;
    double most = largest(r);
    if (isfinite(most) && most > 0) frexp(most, &power);
    if (power < -FAR || power > FAR) r->scale = ldexp(1, power < -1000 ? 1000 : -power);
    take_values(r);
    problem_forget(p);
}

/* Where the equations level off towards infinity, what is left of them in a double may be 0. */
static bool ran_away(const root *r, const least *l) {
    for (size_t j = 0; j < r->n; j++)
        if (fabs(l->x[j]) > 100 * fmax(1, fabs(r->p->x[j]))) return true;
    return false;
}

/* Equations whose squares are 0 may not be: then Newton's step still leads on.  Where the Jacobian leaves a
 * variable undetermined, the last step tells whether that came near to anything. */
static bool leads_on(const root *r, const least *l) {
    for (size_t j = 0; j < r->n; j++) {
        double size = fmax(fabs(l->x[j]), fabs(r->p->x[j]));
        if (fabs(l->full[j]) > 1e-6 * size) return true;
        bool is_flat = norm_of(j + 1, l->r + j * (r->n + 1)) < 1e-8 * l->scale[j];
        if ((l->rank < r->n || is_flat) && l->steps > 0 && fabs(l->step[j]) > 1e-2 * size) return true;
    }
    return false;
}

static void find_root(root *r) {
    problem *p = r->p;
    size_t n = r->n;
    least l = {.user = r,
               .n = n,
               .sum = root_sum,
               .triangle = root_triangle,
               .progress = root_progress,
               .roots = true};
    l.most_steps = (size_t)option_in(p, "max", ROOT_STEPS, 0, 1e9);
    l.tolerance = option_in(p, "tol", 1e-12, 0, 1);
    l.floor = 1e-28 * sum_of_squares(r);
    r->work = problem_room(p, mem_product(n + 1, n + 1 + QR_ROWS));
    r->leaves = (void *)problem_room(p, 2 * (size_t)p->variable_count);
    r->row = (void *)problem_room(p, 2 * (size_t)p->variable_count);
    l.x = problem_room(p, n);
    l.r = problem_room(p, mem_product(n + 1, n + 1));
    l.work = problem_room(p, least_room(n));
    least_search(&l, p->x, r->out->x.items);
    memcpy(r->out->x.items, l.x, n * sizeof(double));
    r->out->steps = l.steps;
    r->out->outcome = l.outcome;
    bool settled = l.rank == n && l.change <= 1e-6;
    bool none = is_solution(l.outcome) && l.steps >= FEW_STEPS && leads_on(r, &l);
    if (l.outcome == SINGULAR || l.outcome == NO_PROGRESS || (!settled && ran_away(r, &l)) || none)
        r->out->outcome = NO_ROOT;
}

/* ---- one equation in a bracket ---- */

static double at(void *user, double x) {
    root *r = user;
    problem_evaluate(r->p, &x, VALUES, NULL);
    take_values(r);
    r->out->x.items[0] = x;
    return r->f[0];
}

static void find_bracketed(root *r, value ends) {
    view v = view_of(&ends);
    if (r->n != 1)
        record_fail(&r->p->e->rec, DIAG_BAD_ARGUMENTS, "a bracket is for one equation in one unknown");
    if (v.size != 2 || !isfinite(v.data[0]) || !isfinite(v.data[1]))
        record_fail(&r->p->e->rec, DIAG_BAD_VALUE, "a bracket is two numbers: bracket=[0, 2]");
    bracket b = {.user = r, .f = at, .low = v.data[0], .high = v.data[1]};
    b.most_steps = (size_t)option_in(r->p, "max", ROOT_STEPS, 0, 1e9);
    b.tolerance = option_in(r->p, "tol", 0, 0, 1);
    bracket_solve(&b);
    r->out->x.items[0] = b.x;
    r->out->steps = b.steps;
    r->out->outcome = b.outcome;
}

void solve_root(problem *p, solver_state *s, solution *out) {
    root r = {.p = p, .s = s, .out = out, .n = p->n, .count = p->site[SOLVE_EXPRESSIONS], .scale = 1};
    numbers_set(&out->x, p->n, NAN);
    memcpy(out->x.items, p->x, p->n * sizeof(double));
    r.f = problem_room(p, p->n);
    value ends = option_value(p, "bracket");
    if (!is_unbound(&ends) && p->n == 1) p->x[0] = out->x.items[0] = view_of(&ends).data[0];
    check_equations(&r, p->x);
    if (is_unbound(&ends)) find_root(&r);
    else find_bracketed(&r, ends);
    problem_evaluate(p, out->x.items, VALUES, NULL);
    p->values--;
    r.scale = 1;
    take_values(&r);
    out->value = largest(&r);
    numbers_set(&out->residuals, p->n, 0);
    memcpy(out->residuals.items, r.f, p->n * sizeof(double));
}
