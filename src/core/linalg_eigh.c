/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_eigh.c - eigenvalues and eigenvectors of symmetric matrices: (A + A^T)/2 = V diag(w) V^T.
 *
 * Eigenvalues ascend; of each vector the largest entry is positive. */
#include "core/blas.h"
#include "core/linalg.h"
#include "core/sweep.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* ---- numbers ---- */

typedef struct rotation {
    double c, s;
} rotation;

/* That makes a[p][q] zero (Rutishauser 1966). */
static rotation rotation_of(double app, double aqq, double apq, double *t) {
    double theta = (aqq - app) / (2 * apq);
    *t = copysign(1, theta) / (fabs(theta) + hypot(theta, 1));
    double c = 1 / hypot(*t, 1);
    return (rotation){c, *t * c};
}

static void rotate(rotation o, double *x, double *y) {
    double keep = *x;
    *x = o.c * keep - o.s * *y;
    *y = o.s * keep + o.c * *y;
}

/* Rows p and q, columns p and q, and rows p and q of V^T. */
static void jacobi_step(size_t n, double *a, double *vt, size_t p, size_t q) {
    double t, apq = a[p * n + q];
    rotation o = rotation_of(a[p * n + p], a[q * n + q], apq, &t);
    for (size_t k = 0; k < n; k++) {
        if (k == p || k == q) continue;
        rotate(o, &a[p * n + k], &a[q * n + k]);
        a[k * n + p] = a[p * n + k], a[k * n + q] = a[q * n + k];
    }
    a[p * n + p] -= t * apq, a[q * n + q] += t * apq;
    a[p * n + q] = a[q * n + p] = 0;
    for (size_t k = 0; k < n && vt; k++) rotate(o, &vt[p * n + k], &vt[q * n + k]);
}

static bool negligible(size_t n, const double *a, size_t p, size_t q) {
    double x = fabs(a[p * n + q]);
    return x <= DBL_MIN || x <= DBL_EPSILON / 16 * sqrt(fabs(a[p * n + p])) * sqrt(fabs(a[q * n + q])) ||
           (fabs(a[p * n + p]) + x == fabs(a[p * n + p]) && fabs(a[q * n + q]) + x == fabs(a[q * n + q]));
}

/* Jacobi's method, cyclic by rows.  a becomes diagonal, the rows of vt the vectors. */
static void jacobi(const recorder *r, size_t n, double *a, double *vt) {
    enum { SWEEPS = 60 };
    bool done = false;
    for (int i = 0; i < SWEEPS && !done; i++) {
        done = true;
        for (size_t p = 0; p < n; p++) {
            poll_interrupt(r);
            for (size_t q = p + 1; q < n; q++)
                if (!negligible(n, a, p, q)) done = false, jacobi_step(n, a, vt, p, q);
        }
    }
}

static void sort_pairs(size_t n, double *w, double *vt) {
    for (size_t i = 0; i < n; i++) {
        size_t least = i;
        for (size_t j = i + 1; j < n; j++)
            if (w[j] < w[least]) least = j;
        if (least == i) continue;
        double keep = w[i];
        w[i] = w[least], w[least] = keep;
        for (size_t k = 0; k < n && vt; k++) {
            keep = vt[i * n + k];
            vt[i * n + k] = vt[least * n + k], vt[least * n + k] = keep;
        }
    }
}

static void plain_eigh(recorder *r, size_t n, double *a, double *w, double *vt) {
    for (size_t i = 0; i < n * n && vt; i++) vt[i] = i % (n + 1) == 0;
    jacobi(r, n, a, vt);
    for (size_t i = 0; i < n; i++) w[i] = a[i * n + i];
    sort_pairs(n, w, vt);
}

static bool lapack_eigh(recorder *r, size_t n, double *a, double *w, double *vt) {
    if (n < LAPACK_FROM || n > 16384 || !blas()->syevd) return false;
    int size = (int)n, info = 0, work_room = -1, int_room = -1, int_best;
    double best;
    const char *job = vt ? "V" : "N";
    blas()->syevd(job, "U", &size, a, &size, w, &best, &work_room, &int_best, &int_room, &info, 1, 1);
    work_room = (int)best, int_room = int_best;
    blas()->syevd(job, "U", &size, a, &size, w, scratch(r, (size_t)work_room), &work_room,
                  (void *)scratch(r, (size_t)int_room), &int_room, &info, 1, 1);
    if (vt) memcpy(vt, a, n * n * sizeof *a);
    if (info) fill_nan(n, w);
    return true;
}

static void positive_largest(size_t n, double *x) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (fabs(x[i]) > fabs(x[best]) * (1 + 64 * DBL_EPSILON)) best = i;
    for (size_t i = 0; i < n && x[best] < 0; i++)
        if (i != best) x[i] = -x[i];
    x[best] = fabs(x[best]);
}

/* w ascending, and v with the vectors as columns where it is not NULL.  Works on a matrix scaled by a power
 * of 2, so that squares do not overflow. */
static void eigh_numbers(recorder *r, size_t n, const double *a, double *w, double *v) {
    size_t mark = pool_mark(r), size = n * n;
    double *copy = scratch(r, size), *vt = v ? scratch(r, size) : NULL, most = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) copy[i * n + j] = (a[i * n + j] + a[j * n + i]) / 2;
    for (size_t i = 0; i < size; i++) most = fmax(most, fabs(copy[i]));
    if (!finite_entries(size, copy)) {
        fill_nan(n, w);
        if (v) fill_nan(size, v);
    } else {
        int exponent = most > 0 ? ilogb(most) : 0;
        for (size_t i = 0; i < size; i++) copy[i] = ldexp(copy[i], -exponent);
        if (!lapack_eigh(r, n, copy, w, vt)) plain_eigh(r, n, copy, w, vt);
        for (size_t i = 0; i < n; i++) w[i] = ldexp(w[i], exponent);
        for (size_t i = 0; i < n && v; i++) positive_largest(n, vt + i * n);
        if (v) transpose_entries(n, n, vt, v);
    }
    pool_release(r, mark);
}

/* ---- results ---- */

static value eigenvalues(recorder *r, const value *argument, value *v) {
    size_t n = need_square(r, "eigh", argument);
    view a = axes_of(argument);
    value w = fresh_value(r, a.rank - 1, a.shape);
    if (v) *v = fresh_value(r, a.rank, a.shape);
    size_t matrices = a.size ? matrix_count(a) : 0;
    for (size_t i = 0; i < matrices; i++) {
        eigh_numbers(r, n, a.data + i * n * n, w.t->data + i * n, v ? v->t->data + i * n * n : NULL);
        if (i % 64 == 63) poll_interrupt(r);
    }
    return w;
}

/* Each result is a record on A, with the other one as a constant, for numeric sweeps. */
void eigh_results(recorder *r, value a, value results[static 2]) {
    value v, w = eigenvalues(r, &a, &v);
    results[0] = record_result(r, OP_EIGH, w, 2, (value[]){a, v}, 0, NULL);
    results[1] = record_result(r, OP_EIGH_V, v, 2, (value[]){a, w}, 0, NULL);
}

value fn_eigh(recorder *r, u32 count, value *arguments) {
    value results[2];
    (void)count;
    if (!arguments[0].node) return eigenvalues(r, &arguments[0], NULL);
    eigh_results(r, arguments[0], results);
    return results[0];
}

/* ---- adjoints: V (diag(w') + F * (V^T V')) V^T, F[i][j] = 1/(w[j] - w[i]) (Giles 2008, 3.1) ---- */

static value between_vectors(recorder *r, value v, value middle) {
    return matrix_product(r, MUL_B_TRANSPOSED, matrix_product(r, 0, v, middle), v);
}

void adjoint_eigh(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value a = sweep_argument(s, n, 0), parts[2] = {sweep_result(s, n), sweep_argument(s, n, 1)};
    if (a.node) eigh_results(r, a, parts);
    sweep_add(s, n, 0, symmetric_part(r, between_vectors(r, parts[1], diagonal_matrix(r, g))));
}

/* x[j] - x[i] at [i][j] */
static value differences(recorder *r, value x) {
    size_t n = last_axis(&x);
    value ones = passive(pattern(r, 1, n, 1, 1, 1));
    ones.t->rank = 1, ones.t->shape[0] = n; /* a vector of ones */
    value rows = matrix_product(r, MUL_A_VECTOR | MUL_B_VECTOR | MUL_B_TRANSPOSED, ones, x);
    return apply2(r, OP_SUB, rows, matrix_transpose(r, rows));
}

/* Whether entries that are weighted with 0, those of equal values, are more than rounding. */
static bool leaves_something(view x, const double *keep) {
    const size_t length = x.shape[x.rank - 1];
    double most = 0, left = 0;
    for (size_t i = 0; i < x.size; i++) {
        const bool is_diagonal = i % (length * length) % (length + 1) == 0;
        most = fmax(most, fabs(x.data[i]));
        if (keep[i] == 0 && !is_diagonal) left = fmax(left, fabs(x.data[i]));
    }
    return left > 1e-12 * most;
}

/* The weights are 1/d off the diagonal, and 0 where two values are equal up to rounding: there the vectors
 * are any of a space, and only what does not depend on their choice has a derivative.  Whether that is all
 * that is asked for, or a function of the matrix whose derivative depends on more than the vectors, nobody
 * can see here. */
value over_differences(sweep *s, u32 n, value w, value x) {
    recorder *r = sweep_recorder(s);
    value d = differences(r, w), equal = passive(d), scale = passive(apply1(r, OP_ABS, w));
    view v = axes_of(&equal), m = axes_of(&scale);
    size_t length = m.shape[m.rank - 1];
    value mask = fresh_value(r, v.rank, v.shape), keep = fresh_value(r, v.rank, v.shape);
    bool has_equal = false;
    for (size_t i = 0; i < v.size; i++) {
        const double *of = m.data + i / (length * length) * length;
        double most = 0;
        for (size_t j = 0; j < length; j++) most = fmax(most, of[j]);
        bool same = fabs(v.data[i]) <= 4 * (double)length * DBL_EPSILON * most;
        has_equal = has_equal || (same && i % (length * length) % (length + 1) != 0);
        mask.t->data[i] = same, keep.t->data[i] = !same;
    }
    if (has_equal && r->note && leaves_something(axes_of(&x), keep.t->data))
        r->note(r->user, r->tape.origin[n], DIAG_EQUAL_VALUES,
                "equal values here: their vectors are not unique, and what depends on the choice is left out "
                "of the "
                "derivative");
    return times(r, times(r, keep, apply1(r, OP_RECIP, plus(r, d, mask))), x);
}

void adjoint_eigh_v(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value a = sweep_argument(s, n, 0), parts[2] = {sweep_argument(s, n, 1), sweep_result(s, n)};
    if (a.node) eigh_results(r, a, parts);
    value vg = matrix_product(r, MUL_A_TRANSPOSED, parts[1], g);
    sweep_add(s, n, 0, symmetric_part(r, between_vectors(r, parts[1], over_differences(s, n, parts[0], vg))));
}
