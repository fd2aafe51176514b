/* SPDX-License-Identifier: GPL-3.0-or-later */
/* newton_step.c - the quadratic model at a point, and its minimum within bounds and the trust region. */
#include "solve/eigen.h"
#include "solve/newton_parts.h"
#include <float.h>
#include <math.h>

enum { LANCZOS_STEPS = 20 };

/* ---- the model at x ---- */

double newton_lower(const newton *s, size_t j) { return s->lower ? s->lower[j] : -INFINITY; }
double newton_upper(const newton *s, size_t j) { return s->upper ? s->upper[j] : INFINITY; }

bool newton_rests(const state *t, size_t j) {
    const newton *s = t->s;
    return (s->x[j] <= newton_lower(s, j) && t->g[j] >= 0) || (s->x[j] >= newton_upper(s, j) && t->g[j] <= 0);
}

static void take_scale(state *t) {
    size_t n = t->s->n;
    for (size_t j = 0; j < n; j++) {
        double d = t->dense ? sqrt(fabs(t->h[j * n + j])) : 1;
        if (!(d > 0)) d = t->scale[j] > 0 ? t->scale[j] : 1;
        t->scale[j] = fmax(d, 0.3 * t->scale[j]);
    }
}

void newton_linearise(state *t) {
    newton *s = t->s;
    s->gradient(s->user, t->g);
    if (t->dense) s->hessian(s->user, t->h);
    take_scale(t);
    s->slope = 0;
    s->active = 0;
    for (size_t j = 0; j < s->n; j++) {
        t->size[j] = fmax(t->size[j], fabs(s->x[j]));
        if (t->dense) t->curvature[j] = fmax(t->curvature[j], fabs(t->h[j * s->n + j]));
        if (newton_rests(t, j)) s->active++;
        else s->slope = fmax(s->slope, fabs(t->g[j]));
    }
}

void newton_reduce(state *t, const bool *is_fixed) {
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
        is_fixed[j] = newton_rests(t, j);
        t->fixed[j] = t->step[j] = 0;
    }
    for (size_t round = 0; round <= s->n; round++) {
        bool again = false;
        newton_reduce(t, is_fixed);
        if (round == 0) t->curved_down = t->free_count && t->lowest < -1e-9;
        dense_step(t);
        for (size_t i = 0; i < t->free_count; i++) {
            size_t j = t->free[i];
            double x = s->x[j] + t->step[j], low = newton_lower(s, j), high = newton_upper(s, j);
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
        if (x < newton_lower(s, j)) t->step[j] = newton_lower(s, j) - s->x[j];
        if (x > newton_upper(s, j)) t->step[j] = newton_upper(s, j) - s->x[j];
    }
}

static void gradient_step(state *t) {
    newton *s = t->s;
    size_t n = s->n;
    double *r = t->q, *d = t->q + n, *hd = t->hd, *p = t->step;
    for (size_t j = 0; j < n; j++) {
        p[j] = 0;
        r[j] = newton_rests(t, j) ? 0 : -t->g[j];
        d[j] = r[j];
    }
    t->curved_down = false;
    double rr = dot(n, r, r), stop = fmin(0.1, sqrt(sqrt(rr))) * sqrt(rr);
    for (size_t i = 0; i < 2 * n && rr > 0; i++) {
        s->product(s->user, d, hd);
        for (size_t j = 0; j < n; j++)
            if (newton_rests(t, j)) hd[j] = 0;
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

void newton_step(state *t) {
    if (t->dense) bounded_step(t);
    else gradient_step(t);
    t->s->is_not_convex |= t->curved_down;
}

/* How much the model says that the function falls. */
double newton_predicted(state *t) {
    newton *s = t->s;
    size_t n = s->n;
    if (t->dense)
        for (size_t i = 0; i < n; i++) t->hd[i] = dot(n, t->h + i * n, t->step);
    else s->product(s->user, t->step, t->hd);
    return -(dot(n, t->g, t->step) + 0.5 * dot(n, t->step, t->hd));
}

/* ---- what conjugate gradients cannot see: a stationary point ---- */

double newton_random(u64 *seed) {
    u64 z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static void normalise(size_t n, double *v) {
    double norm = sqrt(dot(n, v, v));
    for (size_t j = 0; j < n && norm > 0; j++) v[j] /= norm;
}

/* The eigenvalues of the tridiagonal matrix that k steps of Lanczos's method made. */
static void find_extremes(size_t k, const double *alpha, const double *beta, double *lowest,
                          double *highest) {
    double a[LANCZOS_STEPS * LANCZOS_STEPS] = {0}, q[LANCZOS_STEPS * LANCZOS_STEPS], values[LANCZOS_STEPS];
    for (size_t i = 0; i < k; i++) {
        a[i * k + i] = alpha[i];
        if (i + 1 < k) a[i * k + i + 1] = a[(i + 1) * k + i] = beta[i];
    }
    symmetric_eigen(k, a, values, q);
    *lowest = *highest = 0;
    for (size_t i = 0; i < k; i++) {
        if (i == 0 || values[i] < *lowest) *lowest = values[i];
        if (i == 0 || values[i] > *highest) *highest = values[i];
    }
}

void newton_curvatures(state *t, double *lowest, double *highest) {
    newton *s = t->s;
    size_t n = s->n, k = 0;
    double *v = t->q, *before = t->q + n, *w = t->hd, most = 0;
    double alpha[LANCZOS_STEPS] = {0}, beta[LANCZOS_STEPS] = {0};
    u64 seed = 1;
    for (size_t j = 0; j < n; j++)
        v[j] = newton_rests(t, j) ? 0 : 2 * newton_random(&seed) - 1, before[j] = 0;
    normalise(n, v);
    while (k < LANCZOS_STEPS && k < n) {
        s->product(s->user, v, w);
        double back = k ? beta[k - 1] : 0;
        for (size_t j = 0; j < n; j++) w[j] = newton_rests(t, j) ? 0 : w[j] - back * before[j];
        alpha[k] = dot(n, v, w);
        for (size_t j = 0; j < n; j++) w[j] -= alpha[k] * v[j];
        beta[k] = sqrt(dot(n, w, w));
        if (!isfinite(alpha[k]) || !isfinite(beta[k])) break;
        most = fmax(most, fabs(alpha[k]) + beta[k]);
        if (beta[k++] <= 1e-10 * most) break;
        for (size_t j = 0; j < n; j++) before[j] = v[j], v[j] = w[j] / beta[k - 1];
    }
    find_extremes(k, alpha, beta, lowest, highest);
}
