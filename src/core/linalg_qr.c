/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_qr.c - A = Q R, reduced: Q has min(m, n) orthonormal columns, R is upper triangular.
 *
 * Signs are those of Householder's reflections, as in LAPACK and NumPy. */
#include "core/blas.h"
#include "core/linalg.h"
#include "core/sweep.h"
#include <math.h>
#include <string.h>

/* ---- numbers: a is an m x n matrix by columns (column j from j * m), k = min(m, n) ---- */

static double norm_of(size_t n, const double *x) {
    double norm = 0;
    for (size_t i = 0; i < n; i++) norm = hypot(norm, x[i]);
    return norm;
}

/* H = I - tau v v^T, v[0] = 1, with H x = beta e; leaves beta in x[0] and the rest of v behind it. */
static double make_reflector(size_t n, double *x) {
    double tail = norm_of(n - 1, x + 1);
    if (tail == 0) return 0;
    double beta = -copysign(hypot(x[0], tail), x[0]), tau = (beta - x[0]) / beta;
    for (size_t i = 1; i < n; i++) x[i] /= x[0] - beta;
    x[0] = beta;
    return tau;
}

static void reflect(size_t n, double tau, const double *v, double *x) {
    double sum = x[0];
    for (size_t i = 1; i < n; i++) sum += v[i] * x[i];
    x[0] -= tau * sum;
    for (size_t i = 1; i < n; i++) x[i] -= tau * sum * v[i];
}

static void plain_qr(const recorder *r, size_t m, size_t n, size_t k, double *a, double *tau) {
    for (size_t i = 0; i < k; i++) {
        double *v = a + i * m + i;
        poll_interrupt(r);
        tau[i] = make_reflector(m - i, v);
        for (size_t j = i + 1; j < n; j++) reflect(m - i, tau[i], v, a + j * m + i);
    }
}

/* Q = H1 ... Hk applied to the first k columns of the identity. */
static void plain_q(const recorder *r, size_t m, size_t k, const double *a, const double *tau, double *q) {
    memset(q, 0, m * k * sizeof *q);
    for (size_t j = 0; j < k; j++) {
        poll_interrupt(r);
        q[j * m + j] = 1;
        for (size_t i = k; i-- > 0;) reflect(m - i, tau[i], a + i * m + i, q + j * m + i);
    }
}

static void lapack_qr(recorder *r, int m, int n, int k, double *a, double *tau) {
    int room = 64 * n, info = 0;
    (void)k;
    blas()->geqrf(&m, &n, a, &m, tau, scratch(r, (size_t)room), &room, &info);
}

static void lapack_q(recorder *r, int m, int k, const double *a, const double *tau, double *q) {
    int room = 64 * k, info = 0;
    memcpy(q, a, (size_t)m * (size_t)k * sizeof *q);
    blas()->orgqr(&m, &k, &k, q, &m, tau, scratch(r, (size_t)room), &room, &info);
}

static void qr_numbers(recorder *r, size_t m, size_t n, const double *a, double *q, double *upper) {
    size_t k = m < n ? m : n, mark = pool_mark(r);
    double *columns = scratch(r, m * n), *q_columns = scratch(r, m * k), *tau = scratch(r, k);
    bool big = k >= LAPACK_FROM && m <= INT_MAX / 64 && n <= INT_MAX / 64;
    const blas_functions *f = big ? blas() : NULL;
    transpose_entries(m, n, a, columns);
    if (f && f->geqrf && f->orgqr) {
        lapack_qr(r, (int)m, (int)n, (int)k, columns, tau);
        lapack_q(r, (int)m, (int)k, columns, tau, q_columns);
    } else {
        plain_qr(r, m, n, k, columns, tau);
        plain_q(r, m, k, columns, tau, q_columns);
    }
    transpose_entries(k, m, q_columns, q);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < n; j++) upper[i * n + j] = j < i ? 0 : columns[j * m + i];
    pool_release(r, mark);
}

/* ---- results ---- */

static void qr_values(recorder *r, const value *argument, value *q, value *upper) {
    need_matrix(r, "qr", argument);
    view a = axes_of(argument);
    size_t m = a.shape[a.rank - 2], n = a.shape[a.rank - 1], k = m < n ? m : n, shape[MAX_RANK];
    memcpy(shape, a.shape, a.rank * sizeof *shape);
    shape[a.rank - 1] = k;
    *q = fresh_value(r, a.rank, shape);
    shape[a.rank - 2] = k, shape[a.rank - 1] = n;
    *upper = fresh_value(r, a.rank, shape);
    size_t matrices = a.size ? matrix_count(a) : 0;
    for (size_t i = 0; i < matrices; i++) {
        qr_numbers(r, m, n, a.data + i * m * n, q->t->data + i * m * k, upper->t->data + i * k * n);
        if (i % 64 == 63) poll_interrupt(r);
    }
}

/* Each result is a record on A, with the other one as a constant, for numeric sweeps. */
void qr_results(recorder *r, value a, value results[static 2]) {
    value q, upper;
    qr_values(r, &a, &q, &upper);
    results[0] = record_result(r, OP_QR, q, 2, (value[]){a, upper}, 0, NULL);
    results[1] = record_result(r, OP_QR_R, upper, 2, (value[]){a, q}, 0, NULL);
}

value fn_qr(recorder *r, u32 count, value *arguments) {
    value results[2];
    (void)count;
    qr_results(r, arguments[0], results);
    return results[0];
}

/* ---- adjoints ---- */

/* (Q' + Q copyltu(M)) R^-T with M = R R'^T - Q'^T Q, for m >= n, where copyltu repeats the lower triangle
 * above the diagonal (Walter & Lehmann 2010, 2.3).  Adjoints that are not there are unbound. */
static value tall_adjoint(recorder *r, value q, value upper, value gq, value gr) {
    size_t n = last_axis(&upper);
    value m = UNBOUND;
    if (!is_unbound(&gr)) m = matrix_product(r, MUL_B_TRANSPOSED, upper, gr);
    if (!is_unbound(&gq)) {
        value d = minus(r, matrix_product(r, MUL_A_TRANSPOSED, gq, q));
        m = is_unbound(&m) ? d : plus(r, m, d);
    }
    value lower = apply2(r, OP_CARRY, pattern(r, n, n, 1, 1, 0), m);
    value strict = apply2(r, OP_CARRY, pattern(r, n, n, 1, 0, 0), m);
    value sum = matrix_product(r, 0, q, plus(r, lower, matrix_transpose(r, strict)));
    if (!is_unbound(&gq)) sum = plus(r, gq, sum);
    value solved =
        matrix_solve(r, SOLVE_LOWER | SOLVE_TRANSPOSED, matrix_transpose(r, upper), matrix_transpose(r, sum));
    return matrix_transpose(r, solved);
}

/* A = [X Y], R = [U V], X = Q U, V = Q^T Y for m < n: the adjoint of Y is Q V', and Q gets Y V'^T more. */
static value wide_adjoint(recorder *r, value a, value q, value upper, value gq, value gr) {
    view v = axes_of(&a);
    size_t m = v.shape[v.rank - 2], n = v.shape[v.rank - 1];
    value left = identity_columns(r, n, 0, m), right = identity_columns(r, n, m, n - m), gu = UNBOUND,
          gy = UNBOUND;
    if (!is_unbound(&gr)) {
        value gv = matrix_product(r, 0, gr, right);
        gu = matrix_product(r, 0, gr, left);
        gy = matrix_product(r, 0, q, gv);
        value more = matrix_product(r, MUL_B_TRANSPOSED, matrix_product(r, 0, a, right), gv);
        gq = is_unbound(&gq) ? more : plus(r, gq, more);
    }
    value gx = tall_adjoint(r, q, matrix_product(r, 0, upper, left), gq, gu);
    value sum = matrix_product(r, MUL_B_TRANSPOSED, gx, left);
    return is_unbound(&gy) ? sum : plus(r, sum, matrix_product(r, MUL_B_TRANSPOSED, gy, right));
}

static void adjoint_part(sweep *s, u32 n, value gq, value gr) {
    recorder *r = sweep_recorder(s);
    value a = sweep_argument(s, n, 0), parts[2] = {sweep_result(s, n), sweep_argument(s, n, 1)};
    if (is_unbound(&gq)) parts[1] = parts[0], parts[0] = sweep_argument(s, n, 1);
    if (a.node) qr_results(r, a, parts); /* with their history, for higher derivatives */
    view v = axes_of(&a);
    bool tall = v.shape[v.rank - 2] >= v.shape[v.rank - 1];
    sweep_add(s, n, 0,
              tall ? tall_adjoint(r, parts[0], parts[1], gq, gr)
                   : wide_adjoint(r, a, parts[0], parts[1], gq, gr));
}

void adjoint_qr(sweep *s, u32 n, value g) { adjoint_part(s, n, g, UNBOUND); }

void adjoint_qr_r(sweep *s, u32 n, value g) { adjoint_part(s, n, UNBOUND, g); }
