/* SPDX-License-Identifier: GPL-3.0-or-later */
/* newton.c - see newton.h. */
#include "solve/newton_parts.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { POLISH_MOST = 12, CRAWL_STEPS = 10, MOST_GROWTHS = 20 };

static const double SETTLED = 1e-4; /* against the gradient at the start */

size_t newton_room(size_t n) { return 16 * n + 3 * (n <= NEWTON_DENSE ? n * n : 0); }

static state state_make(newton *s) {
    size_t n = s->n, square = n <= NEWTON_DENSE ? n * n : 0;
    double *w = s->work;
    state t = {.s = s, .dense = n <= NEWTON_DENSE};
    double **vectors[] = {&t.g, &t.scale, &t.step, &t.trial, &t.fixed,    &t.values,
                          &t.b, &t.z,     &t.hd,   &t.size,  &t.curvature};
    for (size_t i = 0; i < COUNT_OF(vectors); i++, w += n) *vectors[i] = w;
    double **matrices[] = {&t.h, &t.a, &t.q};
    if (!t.dense) t.q = w, w += 4 * n; /* of conjugate gradients */
    else
        for (size_t i = 0; i < COUNT_OF(matrices); i++, w += square) *matrices[i] = w;
    t.free = (void *)w;
    return t;
}

static bool model_is_finite(const state *t) {
    size_t n = t->s->n;
    for (size_t j = 0; j < n; j++)
        if (!isfinite(t->g[j])) return false;
    for (size_t i = 0; t->dense && i < n * n; i++)
        if (!isfinite(t->h[i])) return false;
    return true;
}

/* ---- steps ---- */

double newton_step_norm(const state *t) {
    double sum = 0;
    for (size_t j = 0; j < t->s->n; j++) {
        double d = t->step[j] * t->scale[j];
        sum += d * d;
    }
    return sqrt(sum);
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

static enum outcome kind_of_point(state *t) {
    if (!t->dense && t->curved_down) return SADDLE;
    if (!t->dense) {
        double lowest = 0, highest = 0;
        if (newton_is_slow(t) || t->s->slope == 0) newton_curvatures(t, &lowest, &highest);
        if (!(lowest < -1e-9 * fmax(fabs(lowest), fabs(highest)))) return CONVERGED;
        return highest > -1e-9 * lowest ? SADDLE : MAXIMUM;
    }
    if (!t->curved_down) return CONVERGED;
    double most = -INFINITY;
    for (size_t i = 0; i < t->free_count; i++) most = fmax(most, t->values[i]);
    return most > 1e-9 ? SADDLE : MAXIMUM;
}

static double projected_norm(const state *t) {
    double sum = 0;
    for (size_t j = 0; j < t->s->n; j++) {
        double d = newton_rests(t, j) ? 0 : t->g[j] / t->scale[j];
        sum += d * d;
    }
    return sqrt(sum);
}

void newton_move(state *t, double f) {
    newton *s = t->s;
    memcpy(s->x, t->trial, s->n * sizeof(double));
    double before = s->slope;
    t->f = s->f = f;
    t->f_most = fmax(t->f_most, fabs(f));
    s->steps++;
    newton_linearise(t);
    t->pace = s->slope / before;
    if (s->progress) s->progress(s->user, s->steps, f, s->x);
}

void newton_make_trial(state *t) {
    for (size_t j = 0; j < t->s->n; j++) {
        double x = t->s->x[j] + t->step[j];
        t->trial[j] = fmin(fmax(x, newton_lower(t->s, j)), newton_upper(t->s, j));
    }
}

/* The function's changes are rounding: full steps count as long as the gradient becomes smaller. */
static enum outcome polish(state *t) {
    newton *s = t->s;
    for (unsigned i = 0; i < POLISH_MOST; i++) {
        if (s->slope == 0) break;
        double before = projected_norm(t), kept_f = t->f;
        double few[NEWTON_DENSE], *kept = t->dense ? few : t->fixed;
        memcpy(kept, s->x, s->n * sizeof(double));
        newton_step(t);
        newton_make_trial(t);
        double f = s->evaluate(s->user, t->trial);
        double least = 1e-12 * fmax(fabs(kept_f), fabs(f)) + NEWTON_ROUNDING * t->f_most;
        if (!isfinite(f) || f > kept_f + least) {
            s->evaluate(s->user, s->x); /* the model is of this point again */
            newton_linearise(t);
            break;
        }
        newton_move(t, f);
        if (projected_norm(t) < 0.5 * before) continue;
        if (projected_norm(t) <= before) break;
        memcpy(t->trial, kept, s->n * sizeof(double)); /* it was better before */
        newton_move(t, s->evaluate(s->user, t->trial));
        break;
    }
    newton_step(t);
    return kind_of_point(t);
}

static bool is_unbounded(const state *t) {
    double size = 0;
    for (size_t j = 0; j < t->s->n; j++) size = fmax(size, fabs(t->s->x[j]));
    if (t->f == -INFINITY) return true;
    bool is_far = size > 1e15 && t->f < 0, is_deep = t->f < -1e100 * fmax(1, fabs(t->f_first));
    return (is_far || is_deep) && relative_change(t) > 0.1;
}

/* Whether the gradient is next to nothing, against what it was or what its variables could do with it: at a
 * kink, steps become small and the gradient does not. */
static bool is_settled(const state *t) {
    const newton *s = t->s;
    double most = 0;
    for (size_t j = 0; j < s->n; j++)
        if (!newton_rests(t, j)) most = fmax(most, fabs(t->g[j]) * t->size[j]);
    return s->slope <= SETTLED * t->first_slope || most <= SETTLED * SETTLED * t->f_most;
}

/* Whether the search ends here; `fall` is what the model promises. */
static bool ends(state *t, double fall, enum outcome *outcome) {
    newton *s = t->s;
    if (is_unbounded(t)) return *outcome = UNBOUNDED, true;
    if (s->slope == 0 || (s->steps == 0 && fall <= NEWTON_ROUNDING * NEWTON_ROUNDING * t->f_most))
        return *outcome = kind_of_point(t), true;
    if (t->curved_down) return false;
    /* a step that the region cut short says nothing */
    if (newton_step_norm(t) > 0.9 * t->delta) return false;
    bool tiny = fall <= 1e-26 * t->f_most, small = relative_change(t) <= s->tolerance;
    if (!tiny && !small && fall > NEWTON_ROUNDING * fabs(t->f)) return false;
    if (drifts(t)) return *outcome = FLAT, true;
    *outcome = polish(t);
    if (*outcome == CONVERGED && !is_settled(t)) *outcome = NO_PROGRESS;
    return true;
}

/* Whether what a step changes may be rounding: of the function's value, or of terms that cancel in it. */
static bool is_rounding(const state *t, double fall, double f) {
    double least = fmax(1e-13 * fabs(t->f), NEWTON_ROUNDING * t->f_most);
    return is_settled(t) && fall < least && fabs(t->f - f) < least;
}

/* Whether the region is so small that nothing can be seen of the step. */
static bool drowns(const state *t, double fall, double f) {
    double least = 4 * NEWTON_ROUNDING * fabs(t->f);
    return fall > 0 && fall <= least && fabs(t->f - f) <= least;
}

/* Tries steps until one makes the function smaller; false, with an outcome, where none does. */
static bool try_steps(state *t, enum outcome *outcome) {
    newton *s = t->s;
    for (unsigned tries = 0, grown = 0; tries < 100; tries++) {
        newton_step(t);
        double norm = newton_step_norm(t), fall = newton_predicted(t);
        if (ends(t, fall, outcome)) return false;
        if (s->steps >= s->most_steps) return *outcome = STEPS_EXHAUSTED, false;
        newton_make_trial(t);
        double f = s->evaluate(s->user, t->trial), ratio = (t->f - f) / fall;
        if (f == -INFINITY) return *outcome = UNBOUNDED, false;
        if (!(fall > 0) || !isfinite(f)) ratio = -1;
        if (ratio < 0.25) t->delta = 0.25 * norm;
        else if (ratio > 0.75 && norm > 0.9 * t->delta) t->delta *= 3;
        if (ratio > 1e-4) {
            newton_move(t, f);
            return true;
        }
        if (norm > 0.9 * t->delta && drowns(t, fall, f) && grown++ < MOST_GROWTHS) {
            t->delta = 10 * norm;
            continue;
        }
        bool inside = norm <= 0.9 * t->delta || ratio < 0.25;
        if (inside && is_rounding(t, fall, f)) {
            s->evaluate(s->user, s->x); /* the model is of this point again */
            newton_linearise(t);
            bool settled = polish(t) == CONVERGED && is_settled(t);
            return *outcome = settled ? CONVERGED_ROUNDING : NO_PROGRESS, false;
        }
        if (!(t->delta > 1e-300) || relative_change(t) < 1e-16) break;
        if (!t->dense) s->evaluate(s->user, s->x), s->gradient(s->user, t->g);
    }
    *outcome = NO_PROGRESS;
    return false;
}

/* Where steps end, values may still lead on; at a kink also where second derivatives say that it is no
 * minimum. */
static bool goes_on(state *t, enum outcome *outcome) {
    if (try_steps(t, outcome)) return true;
    bool is_told = *outcome == SADDLE || *outcome == MAXIMUM || *outcome == NO_PROGRESS;
    return (is_solution(*outcome) || (is_told && t->s->has_kinks)) && newton_escape(t);
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
    t.f_first = t.f;
    t.f_most = fabs(t.f);
    s->outcome = NOT_FINITE_START;
    if (!isfinite(t.f)) return;
    memset(t.scale, 0, s->n * sizeof(double));
    memset(t.size, 0, s->n * sizeof(double));
    memset(t.curvature, 0, s->n * sizeof(double));
    newton_linearise(&t);
    if (!model_is_finite(&t)) return;
    for (size_t j = 0; j < s->n; j++) t.step[j] = s->x[j];
    t.first_slope = s->slope;
    t.delta = newton_step_norm(&t) * s->factor;
    if (!(t.delta > 0)) t.delta = 1;
    t.milestone = t.f, t.milestone_slope = s->slope;
    for (;;) {
        if (!model_is_finite(&t)) s->outcome = NO_PROGRESS;
        else if (!goes_on(&t, &s->outcome)) break;
        else if (!(s->impatient && crawls(&t))) continue;
        else s->outcome = STEPS_EXHAUSTED;
        break;
    }
}
