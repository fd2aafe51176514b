/* SPDX-License-Identifier: GPL-3.0-or-later */
/* newton_escape.c - the way on from a stationary point that is no minimum, where derivatives do not tell.
 *
 * Along a direction without curvature (x^3 at 0) only values of the function show whether it falls.  At a
 * bound there are more such directions: a variable that rests there without the gradient pressing it may
 * leave it, on its own (-x^2 on x >= 0) or with others (-x*y). */
#include "solve/newton_parts.h"
#include <math.h>
#include <string.h>

enum { MOST_ESCAPES = 10, MOST_FLAT = 3, MOST_RANDOM = 20 };

static const double FLAT_CURVATURE = 1e-3; /* against the largest so far */
static const double SLOW_PACE = 0.02;      /* of the gradient, near a solution */
static const double NO_PRESSURE = 1e-8;    /* what the gradient may do, against the function */

bool newton_is_slow(const state *t) { return t->s->steps == 0 || t->pace > SLOW_PACE; }

static double size_of(const state *t, size_t j) { return t->size[j] > 0 ? t->size[j] : 1; }

/* Whether variable j is at a bound that the gradient hardly presses it against. */
static bool may_leave(const state *t, size_t j) {
    double size = size_of(t, j), bend = t->dense ? t->curvature[j] * size * size : 0;
    return newton_rests(t, j) && fabs(t->g[j]) * size <= NO_PRESSURE * fmax(t->f_most, bend);
}

static bool is_free(const state *t, size_t j) { return !newton_rests(t, j) || may_leave(t, j); }

/* Makes t->step the size of a variable at most; false where it is none, or where the function is known to
 * have curvature in its direction. */
static bool is_flat(state *t) {
    const newton *s = t->s;
    size_t n = s->n;
    double most = 0, bend = 0, usual = 0;
    for (size_t j = 0; j < n; j++) most = fmax(most, fabs(t->step[j]) / size_of(t, j));
    if (!(most > 0)) return false;
    for (size_t j = 0; j < n; j++) t->step[j] /= most;
    if (!t->dense || s->has_kinks) return true;
    for (size_t i = 0; i < n; i++) {
        usual += t->step[i] * t->step[i] * t->curvature[i];
        for (size_t j = 0; j < n; j++) bend += t->step[i] * t->h[i * n + j] * t->step[j];
    }
    return bend <= FLAT_CURVATURE * usual;
}

/* Eigenvector i of the free variables. */
static void principal_direction(state *t, size_t i) {
    size_t k = t->free_count;
    memset(t->step, 0, t->s->n * sizeof(double));
    for (size_t j = 0; j < k; j++) t->step[t->free[j]] = t->q[j * k + i] / t->scale[t->free[j]];
}

static void any_direction(state *t, u64 *seed) {
    for (size_t j = 0; j < t->s->n; j++)
        t->step[j] = is_free(t, j) ? size_of(t, j) * (2 * newton_random(seed) - 1) : 0;
}

/* All variables that may leave their bounds do. */
static void inner_direction(state *t) {
    const newton *s = t->s;
    for (size_t j = 0; j < s->n; j++) {
        bool is_low = s->x[j] <= newton_lower(s, j), is_high = s->x[j] >= newton_upper(s, j);
        t->step[j] = !may_leave(t, j) || (is_low && is_high) ? 0 : is_low ? size_of(t, j) : -size_of(t, j);
    }
}

/* Looks to both sides along t->step. */
static bool try_direction(state *t) {
    static const double lengths[] = {0.1, -0.1, 0.01, -0.01, 0.001, -0.001};
    newton *s = t->s;
    double least = t->f - 1e-12 * fabs(t->f) - 100 * NEWTON_ROUNDING * t->f_most;
    memcpy(t->fixed, t->step, s->n * sizeof(double));
    for (size_t l = 0; l < COUNT_OF(lengths); l++) {
        for (size_t j = 0; j < s->n; j++) t->step[j] = lengths[l] * t->fixed[j];
        newton_make_trial(t);
        if (memcmp(t->trial, s->x, s->n * sizeof(double)) == 0) continue; /* the bounds allow no more */
        double f = s->evaluate(s->user, t->trial);
        if (!(f < least) || f == -INFINITY) continue;
        t->escapes++;
        t->delta = newton_step_norm(t);
        newton_move(t, f);
        return true;
    }
    return false;
}

/* Eigenvectors of the free variables for the directions to come; how many there are.  For many variables
 * these are the last step and any direction. */
static size_t take_directions(state *t) {
    bool is_fixed[NEWTON_DENSE + 1];
    if (!t->dense) return 2;
    for (size_t j = 0; j < t->s->n; j++) {
        is_fixed[j] = !is_free(t, j);
        t->fixed[j] = 0;
    }
    newton_reduce(t, is_fixed);
    return t->free_count;
}

bool newton_escape(state *t) {
    const newton *s = t->s;
    bool any_leaves = false;
    for (size_t j = 0; j < s->n; j++) any_leaves |= may_leave(t, j);
    bool is_odd = any_leaves || s->has_kinks;
    if (!(newton_is_slow(t) || is_odd) || t->escapes >= MOST_ESCAPES) return false;
    u64 seed = 2;
    size_t directions = take_directions(t), most = is_odd ? directions : MOST_FLAT;
    for (size_t i = 0, looked = 0; i < directions && looked < most; i++) {
        if (t->dense) principal_direction(t, i);
        else if (i == 1) any_direction(t, &seed);
        if (!is_flat(t)) continue;
        looked++;
        if (try_direction(t)) return true;
    }
    for (unsigned i = 0; s->has_kinks && i < MOST_RANDOM; i++) {
        any_direction(t, &seed);
        if (is_flat(t) && try_direction(t)) return true;
    }
    if (!any_leaves) return false;
    inner_direction(t);
    return is_flat(t) && try_direction(t);
}
