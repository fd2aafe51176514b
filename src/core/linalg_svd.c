/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_svd.c - A = U diag(s) V^T, reduced: min(m, n) singular values, descending.
 *
 * Of each column of U the largest entry is positive. */
#include "core/blas.h"
#include "core/linalg.h"
#include "core/sweep.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* ---- numbers: one-sided Jacobi (Hestenes 1958) on k rows of length m, m >= k ---- */

static double inner(size_t n, const double *x, const double *y) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static void rotate_rows(size_t n, double c, double s, double *x, double *y) {
    for (size_t i = 0; i < n; i++) {
        double keep = x[i];
        x[i] = c * keep - s * y[i];
        y[i] = s * keep + c * y[i];
    }
}

/* Makes rows p and q orthogonal; false where they are. */
static bool orthogonalise(size_t m, double *x, double *y, size_t k, double *vx, double *vy) {
    double a = inner(m, x, x), b = inner(m, y, y), d = inner(m, x, y);
    if (fabs(d) <= DBL_EPSILON * sqrt(a) * sqrt(b) || fabs(d) <= DBL_MIN) return false;
    double theta = (b - a) / (2 * d), t = copysign(1, theta) / (fabs(theta) + hypot(theta, 1));
    double c = 1 / hypot(t, 1);
    rotate_rows(m, c, t * c, x, y);
    if (vx) rotate_rows(k, c, t * c, vx, vy);
    return true;
}

static void one_sided_jacobi(const recorder *r, size_t k, size_t m, double *rows, double *v) {
    enum { SWEEPS = 60 };
    bool done = false;
    for (int i = 0; i < SWEEPS && !done; i++) {
        done = true;
        for (size_t p = 0; p < k; p++) {
            poll_interrupt(r);
            for (size_t q = p + 1; q < k; q++)
                if (orthogonalise(m, rows + p * m, rows + q * m, k, v ? v + p * k : NULL,
                                  v ? v + q * k : NULL))
                    done = false;
        }
    }
}

static void swap_rows(size_t n, double *x, double *y) {
    for (size_t i = 0; i < n; i++) {
        double keep = x[i];
        x[i] = y[i], y[i] = keep;
    }
}

static void sort_rows(size_t k, size_t m, double *s, double *rows, double *v) {
    for (size_t i = 0; i < k; i++) {
        size_t best = i;
        for (size_t j = i + 1; j < k; j++)
            if (s[j] > s[best]) best = j;
        if (best == i) continue;
        swap_rows(1, s + i, s + best);
        swap_rows(m, rows + i * m, rows + best * m);
        if (v) swap_rows(k, v + i * k, v + best * k);
    }
}

/* A unit vector orthogonal to the `count` unit rows before it: the unit vector that keeps most, twice
 * orthogonalised. */
static void complete_row(size_t m, size_t count, const double *rows, double *x) {
    double norm = 0;
    for (size_t axis = 0; axis < m && norm < 0.5 / sqrt((double)m); axis++) {
        memset(x, 0, m * sizeof *x);
        x[axis] = 1;
        for (int twice = 0; twice < 2; twice++)
            for (size_t i = 0; i < count; i++) {
                double d = inner(m, rows + i * m, x);
                for (size_t j = 0; j < m; j++) x[j] -= d * rows[i * m + j];
            }
        norm = sqrt(inner(m, x, x));
    }
    for (size_t j = 0; j < m; j++) x[j] /= norm;
}

/* rows = diag(s) U^T on return: normalised to U^T. */
static void normalise_rows(size_t k, size_t m, const double *s, double *rows) {
    double least = k ? s[0] * DBL_EPSILON * (double)m : 0;
    for (size_t i = 0; i < k; i++) {
        if (s[i] > least / 16 && s[i] > 0)
            for (size_t j = 0; j < m; j++) rows[i * m + j] /= s[i];
        else complete_row(m, i, rows, rows + i * m);
    }
}

/* Of the k x m matrix `rows` (k <= m) = V^T diag(s) U^T: s, and U^T in rows, V in v (k x k, by rows V^T ...
 * as rotated: row i is the i-th vector). */
static void plain_svd(const recorder *r, size_t k, size_t m, double *rows, double *s, double *v) {
    for (size_t i = 0; i < k * k && v; i++) v[i] = i % (k + 1) == 0;
    one_sided_jacobi(r, k, m, rows, v);
    for (size_t i = 0; i < k; i++) s[i] = sqrt(inner(m, rows + i * m, rows + i * m));
    sort_rows(k, m, s, rows, v);
    if (v) normalise_rows(k, m, s, rows);
}

static void svd_by_plain(recorder *r, size_t m, size_t n, const double *a, double *u, double *s, double *vt) {
    size_t k = m < n ? m : n, longest = m < n ? n : m;
    double *rows = scratch(r, k * longest), *v = u ? scratch(r, k * k) : NULL;
    if (m <= n) memcpy(rows, a, m * n * sizeof *a);
    else transpose_entries(m, n, a, rows);
    plain_svd(r, k, longest, rows, s, v);
    if (!u) return;
    if (m <= n) {
        memcpy(vt, rows, k * n * sizeof *vt);
        transpose_entries(k, k, v, u);
    } else {
        transpose_entries(k, m, rows, u);
        memcpy(vt, v, k * k * sizeof *vt);
    }
}

/* Rows for columns: A^T = V diag(s) U^T by columns is what LAPACK sees. */
static bool svd_by_lapack(recorder *r, size_t m, size_t n, double *a, double *u, double *s, double *vt) {
    size_t k = m < n ? m : n;
    if (k < LAPACK_FROM || m > INT_MAX / n || k > 8192 || !blas()->gesdd) return false;
    int rows = (int)n, columns = (int)m, least = (int)k, info = 0, room = -1;
    int *integers = (void *)scratch(r, 8 * k);
    double best;
    const char *job = u ? "S" : "N";
    blas()->gesdd(job, &rows, &columns, a, &rows, s, vt, &rows, u, &least, &best, &room, integers, &info, 1);
    room = (int)best;
    blas()->gesdd(job, &rows, &columns, a, &rows, s, vt, &rows, u, &least, scratch(r, (size_t)room), &room,
                  integers, &info, 1);
    if (info) fill_nan(k, s);
    return true;
}

/* Signs by the largest entry of each column of u. */
static void fix_signs(size_t m, size_t n, size_t k, double *u, double *vt) {
    for (size_t j = 0; j < k; j++) {
        double best = 0;
        for (size_t i = 0; i < m; i++)
            if (fabs(u[i * k + j]) > fabs(best) * (1 + 64 * DBL_EPSILON)) best = u[i * k + j];
        if (best >= 0) continue;
        for (size_t i = 0; i < m; i++) u[i * k + j] = -u[i * k + j];
        for (size_t i = 0; i < n; i++) vt[j * n + i] = -vt[j * n + i];
    }
}

void svd_numbers(recorder *r, size_t m, size_t n, double *a, double *u, double *s, double *vt) {
    size_t k = m < n ? m : n, size = m * n, mark = pool_mark(r);
    double most = 0;
    for (size_t i = 0; i < size; i++) most = fmax(most, fabs(a[i]));
    if (!finite_entries(size, a)) {
        fill_nan(k, s);
        if (u) fill_nan(m * k, u), fill_nan(k * n, vt);
    } else {
        int exponent = most > 0 ? ilogb(most) : 0;
        for (size_t i = 0; i < size; i++) a[i] = ldexp(a[i], -exponent);
        if (!svd_by_lapack(r, m, n, a, u, s, vt)) svd_by_plain(r, m, n, a, u, s, vt);
        for (size_t i = 0; i < k; i++) s[i] = ldexp(s[i], exponent);
        if (u) fix_signs(m, n, k, u, vt);
    }
    pool_release(r, mark);
}

/* ---- results ---- */

/* u and vt may be NULL. */
static value svd_values(recorder *r, const value *argument, value *u, value *vt) {
    need_matrix(r, "svd", argument);
    view a = axes_of(argument);
    size_t m = a.shape[a.rank - 2], n = a.shape[a.rank - 1], k = m < n ? m : n, shape[MAX_RANK];
    memcpy(shape, a.shape, a.rank * sizeof *shape);
    shape[a.rank - 2] = k;
    value s = fresh_value(r, a.rank - 1, shape);
    if (vt) *vt = fresh_value(r, a.rank, shape);
    shape[a.rank - 2] = m, shape[a.rank - 1] = k;
    if (u) *u = fresh_value(r, a.rank, shape);
    size_t mark = pool_mark(r), matrices = a.size ? matrix_count(a) : 0;
    double *copy = scratch(r, m * n);
    for (size_t i = 0; i < matrices; i++) {
        memcpy(copy, a.data + i * m * n, m * n * sizeof *copy);
        svd_numbers(r, m, n, copy, u ? u->t->data + i * m * k : NULL, s.t->data + i * k,
                    vt ? vt->t->data + i * k * n : NULL);
        if (i % 64 == 63) poll_interrupt(r);
    }
    pool_release(r, mark);
    return s;
}

/* Each result is a record on A, with the others as constants, for numeric sweeps. */
void svd_results(recorder *r, value a, value results[static 3]) {
    value u, vt, s = svd_values(r, &a, &u, &vt);
    value arguments[] = {a, u, s, vt};
    results[0] = record_result(r, OP_SVD_U, u, 4, arguments, 0, NULL);
    results[1] = record_result(r, OP_SVD, s, 4, arguments, 0, NULL);
    results[2] = record_result(r, OP_SVD_VT, vt, 4, arguments, 0, NULL);
}

value fn_svd(recorder *r, u32 count, value *arguments) {
    value results[3];
    (void)count;
    if (!arguments[0].node) return svd_values(r, &arguments[0], NULL, NULL);
    svd_results(r, arguments[0], results);
    return results[1];
}

/* ---- adjoints (Townsend 2016, Differentiating the singular value decomposition) ---- */

typedef struct parts {
    value u, s, vt;
} parts;

static parts parts_of(sweep *s, u32 n) {
    value a = sweep_argument(s, n, 0), p[3];
    for (u32 i = 0; i < 3; i++) p[i] = sweep_argument(s, n, i + 1);
    if (a.node) svd_results(sweep_recorder(s), a, p);
    return (parts){p[0], p[1], p[2]};
}

static value three(recorder *r, value a, value b, value c) {
    return matrix_product(r, 0, matrix_product(r, 0, a, b), c);
}

void adjoint_svd(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    parts p = parts_of(s, n);
    sweep_add(s, n, 0, three(r, p.u, diagonal_matrix(r, g), p.vt));
}

/* F * X - (F * X^T), F[i][j] = 1/(s[j]^2 - s[i]^2) */
static value coupled(sweep *s, u32 n, value values, value x) {
    recorder *r = sweep_recorder(s);
    value f = over_differences(s, n, apply1(r, OP_SQUARE, values), x);
    return plus(r, f, matrix_transpose(r, f)); /* F is antisymmetric */
}

static value reciprocal_diagonal(recorder *r, value s) { return diagonal_matrix(r, apply1(r, OP_RECIP, s)); }

/* x - u (u^T x): what lies outside the span of u's columns */
static value outside(recorder *r, value u, value x) {
    return apply2(r, OP_SUB, x, matrix_product(r, 0, u, matrix_product(r, MUL_A_TRANSPOSED, u, x)));
}

/* (U (F * (U^T U' - U'^T U)) S + (I - U U^T) U' S^-1) V^T */
void adjoint_svd_u(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    parts p = parts_of(s, n);
    view u = axes_of(&p.u);
    value middle = coupled(s, n, p.s, matrix_product(r, MUL_A_TRANSPOSED, p.u, g));
    value sum = three(r, p.u, middle, diagonal_matrix(r, p.s));
    if (u.shape[u.rank - 2] > u.shape[u.rank - 1])
        sum = plus(r, sum, matrix_product(r, 0, outside(r, p.u, g), reciprocal_diagonal(r, p.s)));
    sweep_add(s, n, 0, matrix_product(r, 0, sum, p.vt));
}

/* U (S (F * (V^T V' - V'^T V)) V^T + S^-1 V'^T (I - V V^T)), with G = V'^T */
void adjoint_svd_vt(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    parts p = parts_of(s, n);
    view vt = axes_of(&p.vt);
    value middle = coupled(s, n, p.s, matrix_product(r, MUL_B_TRANSPOSED, p.vt, g));
    value sum = three(r, diagonal_matrix(r, p.s), middle, p.vt);
    if (vt.shape[vt.rank - 1] > vt.shape[vt.rank - 2]) {
        value rest = outside(r, matrix_transpose(r, p.vt), matrix_transpose(r, g));
        sum = plus(r, sum, matrix_product(r, MUL_B_TRANSPOSED, reciprocal_diagonal(r, p.s), rest));
    }
    sweep_add(s, n, 0, matrix_product(r, 0, p.u, sum));
}
