/* SPDX-License-Identifier: GPL-3.0-or-later */
/* newton.c - see newton.h. */
#include "solve/newton.h"
#include "solve/eigen.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { POLISH_MOST = 12, CRAWL_STEPS = 10 };

static const double ROUNDING = 1e-15;
static const double SETTLED = 1e-4; /* against the gradient at the start */

typedef struct state {
    newton *s;
    double *g, *h, *scale, *step, *trial, *fixed;
    double *a, *q, *values, *b, *z, *hd; /* of the free variables, scaled */
    size_t *free;
    size_t free_count;
    double first_slope, delta, f, f_most,
        lowest; /* lowest: the smallest scaled eigenvalue of the free variables */
    bool has_lowest, dense, curved_down;
    double milestone, milestone_slope; /* of the function and its gradient, a few steps ago */
} state;

size_t newton_room(size_t n) { return 14 * n + 3 * (n <= NEWTON_DENSE ? n * n : 0); }

static state state_make(newton *s) {
    size_t n = s->n, square = n <= NEWTON_DENSE ? n * n : 0;
    double *w = s->work;
    state t = {.s = s, .dense = n <= NEWTON_DENSE};
    double **vectors[] = {&t.g, &t.scale, &t.step, &t.trial, &t.fixed, &t.values, &t.b, &t.z, &t.hd};
    for (size_t i = 0; i < COUNT_OF(vectors); i++, w += n) *vectors[i] = w;
    double **matrices[] = {&t.h, &t.a, &t.q};
    if (!t.dense) t.q = w, w += 4 * n; /* of conjugate gradients */
    else
        for (size_t i = 0; i < COUNT_OF(matrices); i++, w += square) *matrices[i] = w;
    t.free = (void *)w;
    return t;
}

/* ---- the model at x ---- */

static double lower_of(const newton *s, size_t j) { return s->lower ? s->lower[j] : -INFINITY; }
static double upper_of(const newton *s, size_t j) { return s->upper ? s->upper[j] : INFINITY; }

static bool rests(const state *t, size_t j) {
    const newton *s = t->s;
    return (s->x[j] <= lower_of(s, j) && t->g[j] >= 0) || (s->x[j] >= upper_of(s, j) && t->g[j] <= 0);
}

static void take_scale(state *t) {
    size_t n = t->s->n;
    for (size_t j = 0; j < n; j++) {
        double d = t->dense ? sqrt(fabs(t->h[j * n + j])) : 1;
        if (!(d > 0)) d = t->scale[j] > 0 ? t->scale[j] : 1;
        t->scale[j] = fmax(d, 0.3 * t->scale[j]);
    }
}

static void linearise(state *t) {
    newton *s = t->s;
    s->gradient(s->user, t->g);
    if (t->dense) s->hessian(s->user, t->h);
    take_scale(t);
    s->slope = 0;
    s->active = 0;
    for (size_t j = 0; j < s->n; j++) {
        if (rests(t, j)) s->active++;
        else s->slope = fmax(s->slope, fabs(t->g[j]));
    }
}

static bool model_is_finite(const state *t) {
    size_t n = t->s->n;
    for (size_t j = 0; j < n; j++)
        if (!isfinite(t->g[j])) return false;
    for (size_t i = 0; t->dense && i < n * n; i++)
        if (!isfinite(t->h[i])) return false;
    return true;
}

/* The free variables, and the eigenvalues of their scaled Hessian; b is the scaled gradient with the parts of
 * variables that the step has fixed. */
static void reduce(state *t, const bool *is_fixed) {
    size_t n = t->s->n, k = 0;
    for (size_t j = 0; j < n; j++)
        if (!is_fixed[j]) t->free[k++] = j;
    t->free_count = k;
    for (size_t i = 0; i < k; i++) {
        size_t r = t->free[i];
        double sum = t->g[r];
        for (size_t j = 0; j < n; j++)
            if (is_fixed[j]) sum += t->h[r * n + j] * t->fixed[j];
        t->b[i] = sum / t->scale[r];
        for (size_t j = 0; j < k; j++)
            t->a[i * k + j] = t->h[r * n + t->free[j]] / t->scale[r] / t->scale[t->free[j]];
    }
    symmetric_eigen(k, t->a, t->values, t->q);
    t->lowest = INFINITY;
    for (size_t i = 0; i < k; i++) t->lowest = fmin(t->lowest, t->values[i]);
}

/* |z| for the multiplier lambda, where z = -(E + lambda)^-1 Q^T b. */
static double shifted(state *t, const double *c, double lambda) {
    double sum = 0;
    for (size_t i = 0; i < t->free_count; i++) {
        double d = t->values[i] + lambda;
        t->z[i] = c[i] == 0 ? 0 : -c[i] / (d > DBL_MIN ? d : DBL_MIN);
        sum += t->z[i] * t->z[i];
    }
    return sqrt(sum);
}

/* Minimises the model of the free variables within the region. */
static void dense_step(state *t) {
    size_t k = t->free_count;
    double *c = t->hd, most = 0;
    for (size_t i = 0; i < k; i++) {
        c[i] = 0;
        for (size_t j = 0; j < k; j++) c[i] += t->q[j * k + i] * t->b[j];
        most = fmax(most, fabs(t->values[i]));
    }
    double tiny = 1e-14 * most, lambda = t->lowest > tiny ? 0 : -t->lowest + tiny;
    double norm = shifted(t, c, lambda);
    if (norm > t->delta) { /* the shift that brings |z| to delta, by bisection and Newton */
        double low = lambda, size = 0;
        for (size_t i = 0; i < k; i++) size += c[i] * c[i];
        double high = -t->lowest + sqrt(size) / t->delta;
        if (high < low) high = low + 1;
        while (shifted(t, c, high) > t->delta) high = low + 2 * (high - low) + DBL_MIN;
        for (int i = 0; i < 100 && high - low > 1e-12 * high; i++) {
            lambda = low > 0 && high / low > 4 ? sqrt(low * high) : 0.5 * (low + high);
            norm = shifted(t, c, lambda);
            bool near = fabs(norm - t->delta) < 0.01 * t->delta;
            if (norm > t->delta && !near) low = lambda;
            else high = lambda;
            if (near) break;
        }
        shifted(t, c, high);
    } else if (t->lowest < -tiny) { /* hard case: on along the direction of negative curvature */
        size_t i = 0;
        while (t->values[i] > t->lowest) i++;
        double rest = sqrt(fmax(0, t->delta * t->delta - norm * norm));
        t->z[i] += c[i] > 0 ? -rest : rest;
    }
    for (size_t i = 0; i < k; i++) {
        double sum = 0;
        for (size_t j = 0; j < k; j++) sum += t->q[i * k + j] * t->z[j];
        t->step[t->free[i]] = sum / t->scale[t->free[i]];
    }
}

/* Where the step leaves the bounds, those variables go to their bounds and the others are solved for again.
 */
static void bounded_step(state *t) {
    newton *s = t->s;
    bool is_fixed[NEWTON_DENSE + 1];
    for (size_t j = 0; j < s->n; j++) {
        is_fixed[j] = rests(t, j);
        t->fixed[j] = t->step[j] = 0;
    }
    for (size_t round = 0; round <= s->n; round++) {
        bool again = false;
        reduce(t, is_fixed);
        if (round == 0) t->curved_down = t->free_count && t->lowest < -1e-9;
        dense_step(t);
        for (size_t i = 0; i < t->free_count; i++) {
            size_t j = t->free[i];
            double x = s->x[j] + t->step[j], low = lower_of(s, j), high = upper_of(s, j);
            if (x >= low && x <= high) continue;
            t->fixed[j] = t->step[j] = (x < low ? low : high) - s->x[j];
            is_fixed[j] = again = true;
        }
        if (!again) return;
    }
}

/* ---- many variables: conjugate gradients ---- */

static double dot(size_t n, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* How far from p along d the region ends. */
static double to_boundary(size_t n, const double *p, const double *d, double delta) {
    double dd = dot(n, d, d), pd = dot(n, p, d), pp = dot(n, p, p);
    return (-pd + sqrt(fmax(0, pd * pd + dd * (delta * delta - pp)))) / dd;
}

static void clip(state *t) {
    newton *s = t->s;
    for (size_t j = 0; j < s->n; j++) {
        double x = s->x[j] + t->step[j];
        if (x < lower_of(s, j)) t->step[j] = lower_of(s, j) - s->x[j];
        if (x > upper_of(s, j)) t->step[j] = upper_of(s, j) - s->x[j];
    }
}

static void gradient_step(state *t) {
    newton *s = t->s;
    size_t n = s->n;
    double *r = t->q, *d = t->q + n, *hd = t->hd, *p = t->step;
    for (size_t j = 0; j < n; j++) {
        p[j] = 0;
        r[j] = rests(t, j) ? 0 : -t->g[j];
        d[j] = r[j];
    }
    t->curved_down = false;
    double rr = dot(n, r, r), stop = fmin(0.1, sqrt(sqrt(rr))) * sqrt(rr);
    for (size_t i = 0; i < 2 * n && rr > 0; i++) {
        s->product(s->user, d, hd);
        for (size_t j = 0; j < n; j++)
            if (rests(t, j)) hd[j] = 0;
        double curvature = dot(n, d, hd), alpha = rr / curvature, end = to_boundary(n, p, d, t->delta);
        bool down = !(curvature > 1e-14 * dot(n, d, d) * 0);
        if (down) t->curved_down = curvature < 0;
        if (down || alpha >= end) {
            for (size_t j = 0; j < n; j++) p[j] += end * d[j];
            break;
        }
        for (size_t j = 0; j < n; j++) p[j] += alpha * d[j], r[j] -= alpha * hd[j];
        double next = dot(n, r, r);
        if (sqrt(next) <= stop) break;
        for (size_t j = 0; j < n; j++) d[j] = r[j] + next / rr * d[j];
        rr = next;
    }
    clip(t);
}

/* ---- steps ---- */

static double step_norm(const state *t) {
    double sum = 0;
    for (size_t j = 0; j < t->s->n; j++) {
        double d = t->step[j] * t->scale[j];
        sum += d * d;
    }
    return sqrt(sum);
}

/* How much the model says that the function falls. */
static double predicted(state *t) {
    newton *s = t->s;
    size_t n = s->n;
    if (t->dense)
        for (size_t i = 0; i < n; i++) t->hd[i] = dot(n, t->h + i * n, t->step);
    else s->product(s->user, t->step, t->hd);
    return -(dot(n, t->g, t->step) + 0.5 * dot(n, t->step, t->hd));
}

static double relative_change(const state *t) {
    double most = 0;
    for (size_t j = 0; j < t->s->n; j++) {
        double c = t->step[j] == 0 ? 0 : fabs(t->step[j]) / fmax(fabs(t->s->x[j]), DBL_MIN);
        most = fmax(most, c);
    }
    return most;
}

/* Whether the function only levels off: the step still leads outwards by a good part. */
static bool drifts(const state *t) {
    for (size_t j = 0; j < t->s->n; j++) {
        double x = t->s->x[j], p = t->step[j];
        if (x * p > 0 && fabs(p) > 1e-3 * fabs(x) && fabs(x) > 1) return true;
    }
    return false;
}

static enum outcome kind_of_point(const state *t) {
    if (!t->dense) return t->curved_down ? SADDLE : CONVERGED;
    if (!t->curved_down) return CONVERGED;
    double most = -INFINITY;
    for (size_t i = 0; i < t->free_count; i++) most = fmax(most, t->values[i]);
    return most > 1e-9 ? SADDLE : MAXIMUM;
}

static double projected_norm(const state *t) {
    double sum = 0;
    for (size_t j = 0; j < t->s->n; j++) {
        double d = rests(t, j) ? 0 : t->g[j] / t->scale[j];
        sum += d * d;
    }
    return sqrt(sum);
}

/* Moves to the trial point and makes the model there. */
static void move(state *t, double f) {
    newton *s = t->s;
    memcpy(s->x, t->trial, s->n * sizeof(double));
    t->f = s->f = f;
    t->f_most = fmax(t->f_most, fabs(f));
    s->steps++;
    linearise(t);
    if (s->progress) s->progress(s->user, s->steps, f, s->x);
}

static void make_trial(state *t) {
    for (size_t j = 0; j < t->s->n; j++) {
        double x = t->s->x[j] + t->step[j];
        t->trial[j] = fmin(fmax(x, lower_of(t->s, j)), upper_of(t->s, j));
    }
}

static void find_step(state *t) {
    if (t->dense) bounded_step(t);
    else gradient_step(t);
    t->s->is_not_convex |= t->curved_down;
}

/* The function's changes are rounding: full steps count as long as the gradient becomes smaller. */
static enum outcome polish(state *t) {
    newton *s = t->s;
    for (unsigned i = 0; i < POLISH_MOST; i++) {
        if (s->slope == 0) break;
        double before = projected_norm(t), kept_f = t->f;
        double kept[s->n <= NEWTON_DENSE ? s->n : 1];
        if (!t->dense) break;
        memcpy(kept, s->x, s->n * sizeof(double));
        find_step(t);
        make_trial(t);
        double f = s->evaluate(s->user, t->trial);
        double least = 1e-12 * fmax(fabs(kept_f), fabs(f)) + ROUNDING * t->f_most;
        if (!isfinite(f) || f > kept_f + least) break;
        move(t, f);
        if (projected_norm(t) < 0.5 * before) continue;
        if (projected_norm(t) <= before) break;
        memcpy(t->trial, kept, s->n * sizeof(double)); /* it was better before */
        move(t, s->evaluate(s->user, t->trial));
        break;
    }
    find_step(t);
    return kind_of_point(t);
}

static bool is_unbounded(const state *t) {
    double size = 0;
    for (size_t j = 0; j < t->s->n; j++) size = fmax(size, fabs(t->s->x[j]));
    return t->f == -INFINITY || (size > 1e15 && t->f < 0) || t->f < -1e100;
}

/* Whether the search ends here; `fall` is what the model promises. */
static bool ends(state *t, double fall, enum outcome *outcome) {
    newton *s = t->s;
    if (is_unbounded(t)) return *outcome = UNBOUNDED, true;
    if (s->slope == 0 || (s->steps == 0 && fall <= ROUNDING * ROUNDING * t->f_most))
        return *outcome = kind_of_point(t), true;
    if (t->curved_down) return false;
    /* a step that the region cut short says nothing */
    if (step_norm(t) > 0.9 * t->delta) return false;
    bool tiny = fall <= 1e-26 * t->f_most, small = relative_change(t) <= s->tolerance;
    if (!tiny && !small && fall > ROUNDING * fabs(t->f)) return false;
    if (drifts(t)) return *outcome = FLAT, true;
    return *outcome = polish(t), true;
}

/* Whether what a step changes may be rounding: of the function's value, or of terms that cancel in it. */
static bool is_rounding(const state *t, double fall, double f) {
    double least = fmax(1e-13 * fabs(t->f), ROUNDING * t->f_most);
    return t->s->slope <= 1e-4 * t->first_slope && fall < least && fabs(t->f - f) < least;
}

/* Tries steps until one makes the function smaller; false, with an outcome, where none does. */
static bool try_steps(state *t, enum outcome *outcome) {
    newton *s = t->s;
    for (unsigned tries = 0; tries < 100; tries++) {
        find_step(t);
        double norm = step_norm(t), fall = predicted(t);
        if (ends(t, fall, outcome)) return false;
        make_trial(t);
        double f = s->evaluate(s->user, t->trial), ratio = (t->f - f) / fall;
        if (f == -INFINITY) return *outcome = UNBOUNDED, false;
        if (!(fall > 0) || !isfinite(f)) ratio = -1;
        if (ratio < 0.25) t->delta = 0.25 * norm;
        else if (ratio > 0.75 && norm > 0.9 * t->delta) t->delta *= 3;
        if (ratio > 1e-4) {
            move(t, f);
            return true;
        }
        bool inside = norm <= 0.9 * t->delta || ratio < 0.25;
        if (inside && is_rounding(t, fall, f)) {
            s->evaluate(s->user, s->x); /* the model is of this point again */
            linearise(t);
            bool settled = polish(t) == CONVERGED && s->slope <= SETTLED * t->first_slope;
            return *outcome = settled ? CONVERGED_ROUNDING : NO_PROGRESS, false;
        }
        if (!(t->delta > 1e-300) || relative_change(t) < 1e-16) break;
        if (!t->dense) s->evaluate(s->user, s->x), s->gradient(s->user, t->g);
    }
    *outcome = NO_PROGRESS;
    return false;
}

/* Whether the last steps gained next to nothing, in the function and in its gradient. */
static bool crawls(state *t) {
    const newton *s = t->s;
    if (s->steps % CRAWL_STEPS) return false;
    bool slow = t->milestone - t->f <= 0.01 * fabs(t->f) && s->slope > 0.01 * t->milestone_slope;
    t->milestone = t->f, t->milestone_slope = s->slope;
    return slow;
}

void newton_solve(newton *s) {
    state t = state_make(s);
    s->steps = 0;
    s->slope = NAN;
    s->is_not_convex = false;
    t.f = s->f = s->evaluate(s->user, s->x);
    t.f_most = fabs(t.f);
    s->outcome = NOT_FINITE_START;
    if (!isfinite(t.f)) return;
    memset(t.scale, 0, s->n * sizeof(double));
    linearise(&t);
    if (!model_is_finite(&t)) return;
    for (size_t j = 0; j < s->n; j++) t.step[j] = s->x[j];
    t.first_slope = s->slope;
    t.delta = step_norm(&t) * s->factor;
    if (!(t.delta > 0)) t.delta = 1;
    t.milestone = t.f, t.milestone_slope = s->slope;
    for (;;) {
        if (!model_is_finite(&t)) s->outcome = NO_PROGRESS;
        else if (!try_steps(&t, &s->outcome)) break;
        else if (s->steps < s->most_steps && !(s->impatient && crawls(&t))) continue;
        else s->outcome = STEPS_EXHAUSTED;
        break;
    }
}
