/* SPDX-License-Identifier: GPL-3.0-or-later */
/* least.c - see least.h. */
#include "solve/least.h"
#include "solve/qr.h"
#include <float.h>
#include <math.h>
#include <string.h>

static const double RANK_TOLERANCE = 1e-14;
static const double MOST_BEND = 0.75; /* acceleration against velocity */
enum {
    STRAIGHT_STEPS = 8, /* before acceleration is worth its evaluation */
    CRAWLING = 2,       /* steps of a constant factor before Newton's are worth theirs */
    NEWTONS = 10,       /* of them at most */
};
static const double ROUNDING = 1e-13; /* relative changes of the sum that may be rounding */

/* What one solve works with; arrays of n entries unless said otherwise. */
typedef struct region {
    least *l;
    double *scale, *step, *trial, *full, *gradient, *w, *q, *bend, *h;
    double *a;      /* columns of free variables, factored: (n + 1) x (n + 1) */
    double *damped; /* (2n) x (n + 1) */
    size_t *free, *pivot;
    size_t free_count, rank;
    double delta, lambda, sum;
    unsigned polishing, crawling, newtons;
    double best_change;
} region;

size_t least_room(size_t n) { return 11 * n + n * n + (n + 1) * (n + 1) + 2 * n * (n + 1); }

static region region_make(least *l) {
    size_t n = l->n;
    double *w = l->work;
    region g = {.l = l, .best_change = INFINITY};
    double **vectors[] = {&g.scale, &g.step, &g.trial, &g.full, &g.gradient, &g.w, &g.q, &g.bend};
    for (size_t i = 0; i < COUNT_OF(vectors); i++, w += n) *vectors[i] = w;
    g.free = (void *)w, w += n;
    g.pivot = (void *)w, w += n;
    g.a = w, w += (n + 1) * (n + 1);
    g.damped = w, w += 2 * n * (n + 1);
    g.h = w;
    memset(g.scale, 0, n * sizeof *g.scale);
    return g;
}

static bool at_limit(const least *l, size_t j, double gradient) {
    if (l->lower && l->x[j] <= l->lower[j] && gradient > 0) return true;
    return l->upper && l->x[j] >= l->upper[j] && gradient < 0;
}

/* ---- the linear problem at x ---- */

/* Gradient (half of it: J^T f), scales, free variables, and the factored columns of these. */
static void linearise(region *g) {
    least *l = g->l;
    size_t n = l->n, m = n + 1;
    const double *f = l->r + n * m;
    g->free_count = 0;
    for (size_t j = 0; j < n; j++) {
        const double *c = l->r + j * m;
        double norm = norm_of(j + 1, c), sum = 0;
        for (size_t i = 0; i <= j; i++) sum += c[i] * f[i];
        g->gradient[j] = sum;
        if (norm > g->scale[j]) g->scale[j] = norm;
        if (g->scale[j] == 0) g->scale[j] = 1;
        if (!at_limit(l, j, sum)) g->free[g->free_count++] = j;
    }
    size_t k = g->free_count;
    for (size_t j = 0; j < k; j++) {
        memcpy(g->a + j * m, l->r + g->free[j] * m, m * sizeof(double));
        for (size_t i = g->free[j] + 1; i < m; i++) g->a[j * m + i] = 0;
        /* equilibrated, so that the rank does not depend on units */
        for (size_t i = 0; i < m; i++) g->a[j * m + i] /= g->scale[g->free[j]];
    }
    memcpy(g->a + k * m, f, m * sizeof(double));
    g->rank = k ? qr_factor_pivoted(m, k, 1, g->a, g->pivot, RANK_TOLERANCE) : 0;
    memcpy(g->q, g->a + k * m, n * sizeof(double));
}

/* Puts a step of the free variables in the order of pivots and in units of the scale back to all n. */
static void spread_step(const region *g, const double *z, double *step) {
    memset(step, 0, g->l->n * sizeof *step);
    for (size_t k = 0; k < g->free_count; k++) {
        size_t j = g->free[g->pivot[k]];
        step[j] = -z[k] / g->scale[j];
    }
}

/* The Gauss-Newton step; with a deficient rank the one with zeros for what is not determined. */
static void full_step(region *g) {
    memcpy(g->w, g->q, g->l->n * sizeof(double));
    upper_solve(g->l->n + 1, g->rank, g->a, g->w);
    for (size_t k = g->rank; k < g->free_count; k++) g->w[k] = 0;
    spread_step(g, g->w, g->full);
}

static double scaled_norm(const region *g, const double *step) {
    double sum = 0;
    for (size_t j = 0; j < g->l->n; j++) sum += g->scale[j] * step[j] * g->scale[j] * step[j];
    return sqrt(sum);
}

/* z of the damped problem [R; sqrt(lambda) I] z = [q; 0] into g->w; the triangle stays in g->damped. */
static void damped_step(region *g, double lambda) {
    size_t k = g->free_count, m = 2 * k, rows = g->l->n + 1;
    memset(g->damped, 0, m * (k + 1) * sizeof(double));
    for (size_t j = 0; j < k; j++) {
        memcpy(g->damped + j * m, g->a + j * rows, (j + 1) * sizeof(double));
        g->damped[j * m + k + j] = sqrt(lambda);
    }
    memcpy(g->damped + k * m, g->q, k * sizeof(double));
    qr_factor(m, k, 1, g->damped);
    memcpy(g->w, g->damped + k * m, k * sizeof(double));
    upper_solve(m, k, g->damped, g->w);
}

/* The step within the trust region, and its lambda, by Newton's method on 1/|z| = 1/delta (Hebden, Moré). */
static void region_step(region *g) {
    size_t k = g->free_count;
    if (g->rank == k && scaled_norm(g, g->full) <= 1.1 * g->delta) {
        g->lambda = 0;
        memcpy(g->step, g->full, g->l->n * sizeof(double));
        return;
    }
    double high = 0, low = 0, norm;
    for (size_t j = 0; j < g->free_count; j++) {
        double d = g->gradient[g->free[j]] / g->scale[g->free[j]];
        high += d * d;
    }
    high = sqrt(high) / g->delta;
    if (high == 0) high = DBL_MIN / fmin(g->delta, 0.1);
    if (!(g->lambda > 0 && g->lambda < high)) g->lambda = fmax(1e-3 * high, DBL_MIN);
    for (int i = 0; i < 40; i++) {
        damped_step(g, g->lambda);
        norm = norm_of(k, g->w);
        spread_step(g, g->w, g->step);
        if (fabs(norm - g->delta) <= 0.1 * g->delta || (norm < g->delta && g->lambda <= 1e-30 * high)) return;
        if (norm > g->delta) low = fmax(low, g->lambda);
        else high = fmin(high, g->lambda);
        upper_solve_transposed(2 * k, k, g->damped, g->w);
        double slope = norm_of(k, g->w), next = g->lambda;
        if (slope > 0) next += (norm - g->delta) / g->delta * (norm / slope) * (norm / slope);
        if (!(next > low && next < high)) next = low > 0 ? sqrt(low * high) : 1e-3 * high;
        g->lambda = next;
    }
}

/* ---- geodesic acceleration ---- */

/* Adds half of the acceleration a of the path whose velocity is the step, where that leads on (Transtrum and
 * Sethna 2012): (J^T J + lambda D^2) a = -J^T f_vv.  In a narrow valley that bends, it allows much longer
 * steps. */
static void bend_step(region *g) {
    least *l = g->l;
    size_t k = g->free_count, rows = g->lambda > 0 ? 2 * k : l->n + 1;
    const double *triangle = g->lambda > 0 ? g->damped : g->a;
    if (g->rank < k || !l->bend(l->user, l->x, g->step, g->bend)) return;
    for (size_t i = 0; i < k; i++) {
        size_t j = g->free[g->pivot[i]];
        g->w[i] = g->bend[j] / g->scale[j];
    }
    upper_solve_transposed(rows, k, triangle, g->w);
    upper_solve(rows, k, triangle, g->w);
    spread_step(g, g->w, g->bend);
    if (!(scaled_norm(g, g->bend) <= MOST_BEND * scaled_norm(g, g->step))) return;
    for (size_t j = 0; j < l->n; j++) g->step[j] += 0.5 * g->bend[j];
}

/* ---- Newton's step ---- */

/* Where residuals stay large, the Gauss-Newton steps become smaller by a constant factor only. */
static void note_pace(region *g, double before) {
    bool crawls = g->lambda == 0 && g->l->change < 0.1 && g->l->change > 0.1 * before;
    g->crawling = crawls ? g->crawling + 1 : 0;
}

/* R with H = R^T R in place, upper triangle (column-major); false where H is not positive definite. */
static bool cholesky_upper(size_t n, double *h) {
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i <= j; i++) {
            double sum = h[i + j * n];
            for (size_t k = 0; k < i; k++) sum -= h[k + i * n] * h[k + j * n];
            if (i < j) h[i + j * n] = sum / h[i + i * n];
            else if (!(sum > 0)) return false;
            else h[i + j * n] = sqrt(sum);
        }
    }
    return true;
}

/* The step of Newton's method with the exact second derivatives, for the free variables. */
static bool newton_step(region *g) {
    least *l = g->l;
    size_t n = l->n, k = g->free_count;
    if (!l->hessian || g->crawling < CRAWLING || g->newtons++ >= NEWTONS || !l->hessian(l->user, l->x, g->h))
        return false;
    for (size_t j = 0; j < k; j++) /* the free part, to the front: never ahead of what is still to be read */
        for (size_t i = 0; i < k; i++) {
            size_t from = g->free[i], to = g->free[j];
            g->h[i + j * k] = g->h[from + to * n] / g->scale[from] / g->scale[to];
        }
    if (!cholesky_upper(k, g->h)) return false;
    for (size_t i = 0; i < k; i++) g->w[i] = g->gradient[g->free[i]] / g->scale[g->free[i]];
    upper_solve_transposed(k, k, g->h, g->w);
    upper_solve(k, k, g->h, g->w);
    memset(g->step, 0, n * sizeof *g->step);
    for (size_t i = 0; i < k; i++) g->step[g->free[i]] = -g->w[i] / g->scale[g->free[i]];
    return true;
}

/* ---- a step ---- */

static void make_trial(region *g, const double *step) {
    least *l = g->l;
    for (size_t j = 0; j < l->n; j++) {
        double x = l->x[j] + step[j];
        if (l->lower && x < l->lower[j]) x = l->lower[j];
        if (l->upper && x > l->upper[j]) x = l->upper[j];
        g->trial[j] = x;
    }
}

/* By how much the linear model says that the sum falls on the way to the trial point, relative to it; the
 * step is what rounding and bounds have left of it. */
static double predicted(const region *g) {
    const least *l = g->l;
    size_t n = l->n, m = n + 1;
    double slope = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = i; j < n; j++) sum += l->r[i + j * m] * (g->trial[j] - l->x[j]);
        square += sum * sum;
        slope += g->gradient[i] * (g->trial[i] - l->x[i]);
    }
    return -(2 * slope + square) / g->sum;
}

static void adapt(region *g, double ratio, double actual, double norm) {
    if (ratio <= 0.25) {
        double shrink = 0.5;
        if (actual < 0) {
            double slope = 0;
            for (size_t j = 0; j < g->l->n; j++) slope += g->gradient[j] * g->step[j];
            slope /= g->sum;
            shrink = 0.5 * slope / (slope + 0.5 * actual);
        }
        if (!(shrink > 0.1)) shrink = 0.1;
        if (shrink > 0.5) shrink = 0.5;
        g->delta = shrink * fmin(g->delta, norm / 0.1);
        g->lambda /= shrink;
    } else if (g->lambda == 0 || ratio >= 0.75) {
        g->delta = norm / 0.5;
        g->lambda *= 0.5;
    }
}

static double relative_change(const least *l, const double *from, const double *step) {
    double most = 0;
    for (size_t j = 0; j < l->n; j++) {
        double size = fabs(from[j]), c = step[j] == 0 ? 0 : fabs(step[j]) / (size > 0 ? size : DBL_MIN);
        if (c > most) most = c;
    }
    return most;
}

/* Where the sum's changes drown in rounding, full steps are taken as long as they become smaller. */
static bool polish(region *g) {
    if (g->polishing++ >= 20 || isnan(g->l->change) || g->l->change >= 0.9 * g->best_change) return false;
    g->best_change = g->l->change;
    return true;
}

typedef enum verdict { GO_ON, ACCEPT, FINISH } verdict;

static verdict finish(region *g, enum outcome outcome) {
    g->l->outcome = outcome;
    return FINISH;
}

/* What to do at the point that was linearised. */
static verdict judge(region *g) {
    least *l = g->l;
    size_t n = l->n;
    l->rank = g->rank + (n - g->free_count);
    double before = l->change;
    full_step(g);
    l->change = relative_change(l, l->x, g->full);
    note_pace(g, before);
    l->offset = g->sum > 0 ? norm_of(g->rank, g->q) / sqrt(g->sum) : 0;
    if (g->sum == 0) return finish(g, l->rank == n || l->roots ? CONVERGED : SINGULAR);
    bool small = l->offset <= l->tolerance && !l->roots;
    if (!small && !(l->change <= l->tolerance)) return GO_ON;
    if (l->rank < n) return finish(g, l->roots && g->sum <= l->floor ? CONVERGED_ROUNDING : SINGULAR);
    return finish(g, CONVERGED);
}

/* No step makes it better. */
static verdict give_up(region *g) {
    least *l = g->l;
    if (l->roots && g->sum <= l->floor) return finish(g, CONVERGED_ROUNDING);
    if (l->rank < l->n) return finish(g, SINGULAR);
    bool small = g->sum <= l->floor || l->change < 1e-6 || (l->offset < 1e-5 && !l->roots);
    return finish(g, small ? CONVERGED_ROUNDING : NO_PROGRESS);
}

/* Looks for a step that makes the sum smaller; the trial point is then in g->trial, its sum in *sum. */
static verdict search(region *g, double *sum) {
    least *l = g->l;
    if (newton_step(g)) {
        make_trial(g, g->step);
        *sum = l->sum(l->user, g->trial);
        if (*sum <= g->sum) return ACCEPT;
    }
    for (unsigned tries = 0; tries < 200; tries++) {
        region_step(g);
        double norm = scaled_norm(g, g->step);
        if (l->steps == 0 && tries == 0) g->delta = fmin(g->delta, norm);
        make_trial(g, g->step);
        double expected = predicted(g);
        if (l->bend && g->lambda > 0 && l->steps >= STRAIGHT_STEPS) {
            bend_step(g);
            make_trial(g, g->step);
        }
        *sum = l->sum(l->user, g->trial);
        double actual = isfinite(*sum) ? 1 - *sum / g->sum : -1;
        if (isfinite(*sum) && expected <= ROUNDING && fabs(actual) <= ROUNDING)
            return polish(g) ? ACCEPT : give_up(g);
        double ratio = expected > 0 ? actual / expected : 0;
        adapt(g, ratio, actual, norm);
        if (ratio >= 1e-4) return ACCEPT;
        if (norm <= 1e-15 * scaled_norm(g, l->x) || norm == 0 || !(norm > DBL_MIN)) return give_up(g);
    }
    return give_up(g);
}

/* One more full step is worth its evaluation: the error falls by its square. */
static void last_step(region *g) {
    least *l = g->l;
    if (l->outcome != CONVERGED || g->sum == 0) return;
    make_trial(g, g->full);
    double sum = l->sum(l->user, g->trial);
    if (!(sum <= g->sum * (1 + ROUNDING))) return;
    memcpy(l->x, g->trial, l->n * sizeof(double));
    g->sum = l->squares = l->triangle(l->user, l->x, l->r);
}

void least_solve(least *l) {
    region g = region_make(l);
    l->full = g.full, l->step = g.step, l->scale = g.scale;
    l->steps = 0;
    l->rank = 0;
    l->offset = l->change = NAN;
    verdict v = GO_ON;
    g.sum = l->squares = l->triangle(l->user, l->x, l->r);
    if (!isfinite(g.sum)) v = finish(&g, NOT_FINITE_START);
    while (v != FINISH) {
        linearise(&g);
        if (l->steps == 0) {
            double size = scaled_norm(&g, l->x);
            g.delta = l->factor * (size > 0 ? size : 1);
        }
        v = judge(&g);
        if (v == GO_ON && l->steps >= l->most_steps) v = finish(&g, STEPS_EXHAUSTED);
        double sum = g.sum;
        if (v == GO_ON) v = search(&g, &sum);
        if (v == FINISH) break;
        memcpy(l->x, g.trial, l->n * sizeof(double));
        l->steps++;
        g.sum = l->squares = l->triangle(l->user, l->x, l->r);
        if (!isfinite(g.sum)) v = finish(&g, NO_PROGRESS);
        if (l->progress) l->progress(l->user, l->steps, g.sum, l->x);
    }
    last_step(&g);
}
