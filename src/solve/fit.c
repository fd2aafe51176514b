/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit.c - fit y ~ model over a, b: nonlinear least squares with the exact Jacobian. */
#include "solve/fit.h"
#include "solve/newton.h"
#include "solve/qr.h"
#include <math.h>
#include <string.h>

enum { FIT_STEPS = 500 };

static void fit_progress(void *user, size_t step, double sum, const double *x) {
    fit *f = user;
    memcpy(f->out->x.items, x, f->n * sizeof *x);
    f->out->value = sum / f->scale / f->scale;
    f->out->steps = step;
    tell_progress(f->s, "fit: sum of squares", step, f->out->value);
}

static void check_weights(fit *f, const char *name, double *w, size_t count, bool is_sigma) {
    recorder *rec = &f->p->e->rec;
    if (count != 1 && count != f->m)
        record_fail(rec, DIAG_SHAPE, "fit: %s has %zu entries, and the data have %zu", name, count, f->m);
    for (size_t i = 0; i < count; i++) {
        if (!(w[i] > 0) || isinf(w[i]))
            record_fail_hint(rec, DIAG_BAD_VALUE, "leave the row out, or give it a small weight",
                             "fit: %s must be positive, and entry %zu is %g", name, i, w[i]);
        w[i] = is_sigma ? 1 / w[i] : sqrt(w[i]);
    }
}

/* As they were given, or a 1 for all rows, of which f->weight does not know. */
static double *copy_weights(fit *f) {
    value v = option_value(f->p, "weights"), sigma = option_value(f->p, "sigma");
    if (!is_unbound(&v) && !is_unbound(&sigma))
        record_fail(&f->p->e->rec, DIAG_BAD_ARGUMENTS, "fit takes weights or sigma, not both");
    f->out->known_sigma = !is_unbound(&sigma);
    if (is_unbound(&v)) v = is_unbound(&sigma) ? SCALAR(1) : sigma;
    else f->has_weights = true;
    f->has_weights |= f->out->known_sigma;
    view w = view_of(&v);
    double *own = problem_room(f->p, w.size);
    memcpy(own, w.data, w.size * sizeof *own);
    f->weight_count = w.size;
    return own;
}

static double weighted_norm(const fit *f, const double *weights, view v) {
    double norm = 0;
    for (size_t from = 0; from < v.size; from += QR_ROWS) {
        double part[QR_ROWS];
        size_t rows = v.size - from < QR_ROWS ? v.size - from : QR_ROWS;
        for (size_t i = 0; i < rows; i++)
            part[i] = v.data[from + i] * weights[f->weight_count == 1 ? 0 : from + i];
        norm = hypot(norm, norm_of(rows, part));
    }
    return norm;
}

/* 2^power or below, 0 for 0 and what is not finite. */
static int power_of(double x) {
    int power = 0;
    if (isfinite(x)) frexp(x, &power);
    return power;
}

/* The norm of the weighted data; and where its square, or that of the residuals at the start, would not fit a
 * number, weights that bring it there. */
static void take_size(fit *f, double *weights, view y, view start) {
    enum { FAR = 300, MOST = 510 };
    f->size = weighted_norm(f, weights, y);
    f->scale = 1;
    int power = power_of(f->size), first = power_of(weighted_norm(f, weights, start));
    int shift = power > -FAR && power < FAR ? 0 : power < -1000 ? 1000 : -power;
    if (first + shift > MOST && power + MOST - first > -MOST - 3) shift = MOST - first; /* both fit */
    if (shift == 0) return;
    f->scale = ldexp(1, shift); /* a power of 2: nothing is rounded */
    f->size *= f->scale;
    for (size_t i = 0; i < f->weight_count; i++) weights[i] *= f->scale;
    f->has_weights = true;
}

static void check_rows(fit *f) {
    recorder *rec = &f->p->e->rec;
    if (f->m < f->n)
        record_fail(rec, DIAG_BAD_VALUE, "fit: %zu row%s cannot determine %zu parameters", f->m,
                    f->m == 1 ? "" : "s", f->n);
}

/* The first evaluation: shapes, sizes. */
static void look_at_data(fit *f, const double *x) {
    problem *p = f->p;
    double *weights = copy_weights(f);
    problem_evaluate(p, x, VALUES, NULL);
    p->values--;
    value y = passive(problem_result(p, p->expressions[0])), r = problem_result(p, fit_residual_operand(f));
    value like = shape_of(&y).size == 1 ? passive(r) : y;
    f->m = shape_of(&like).size;
    f->like = like;
    (void)fit_residuals(f); /* checks their shape */
    check_rows(f);
    if (f->has_weights)
        check_weights(f, f->out->known_sigma ? "sigma" : "a weight", weights, f->weight_count,
                      f->out->known_sigma);
    take_size(f, weights, view_of(&y), view_of(&r));
    if (f->has_weights) f->weight = weights;
    if (is_tensor(&like)) tensor_keep(like.t);
    problem_forget(p);
    if (is_tensor(&like)) array_push(&p->e->rec.pool, like.t);
}

static void take_room(fit *f) {
    size_t n = f->n;
    f->leaves = (void *)problem_room(f->p, 2 * (size_t)f->p->variable_count);
    f->columns = (void *)problem_room(f->p, 2 * (size_t)f->p->variable_count);
    f->entries = (void *)problem_room(f->p, n);
    f->work = problem_room(f->p, mem_product(n + 1, n + 1 + QR_ROWS));
    f->curvature = curvature_make(f->p);
}

void solve_fit(problem *p, solver_state *s, solution *out) {
    size_t n = p->n;
    fit f = {.p = p, .s = s, .out = out, .n = n};
    least l = {.user = &f,
               .n = n,
               .sum = fit_sum,
               .triangle = fit_triangle,
               .bend = fit_bend,
               .hessian = n <= NEWTON_DENSE ? fit_hessian : NULL,
               .progress = fit_progress};
    double *lower = problem_room(p, n), *upper = problem_room(p, n);
    bool *is_bound = (void *)problem_room(p, p->constraint_count + 1);
    numbers_set(&out->x, n, NAN);
    memcpy(out->x.items, p->x, n * sizeof(double));
    out->value = out->gradient = out->residual_sd = out->r_squared = NAN;
    out->level = option_number(p, "level", 0.95);
    if (!(out->level > 0 && out->level < 1))
        record_fail(&p->e->rec, DIAG_BAD_VALUE, "'level' is a probability: above 0 and below 1");
    bool bands = option_number(p, "bands", 0) != 0 || s->for_plot;
    look_at_data(&f, p->x);
    take_room(&f);
    l.most_steps = (size_t)option_in(p, "max", FIT_STEPS, 0, 1e9);
    l.floor = 1e-15 * f.size * 1e-15 * f.size;
    l.tolerance = option_in(p, "tol", 1e-9, 0, 1);
    l.x = problem_room(p, n);
    l.r = problem_room(p, mem_product(n + 1, n + 1));
    l.work = problem_room(p, least_room(n));
    if (p->constraint_count) {
        problem_evaluate(p, p->x, RECORD, NULL);
        p->gradients--;
        if (take_bounds(p, lower, upper, is_bound)) l.lower = lower, l.upper = upper;
        for (u32 i = 0; i < p->constraint_count; i++)
            if (!is_bound[i]) record_fail(&p->e->rec, DIAG_BAD_ARGUMENTS, "fit takes bounds only: a >= 0");
        problem_forget(p);
        clip_to_bounds(n, p->x, lower, upper);
    }
    f.is_local = fit_looks_local(&f);
    least_search(&l, p->x, out->x.items);
    f.refined = fit_refine(&f, &l);
    fit_take_results(&f, &l, bands);
}
