/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_det.c - determinants, their logarithm, and cofactors.
 *
 * The gradient of det(A) is the matrix of cofactors, which exists where A is singular too.  Up to 3 x 3 they
 * are written out; else they come from a factorisation with complete pivoting, whose last pivot may be 0. */
#include "core/linalg_lu.h"
#include "core/sweep.h"
#include <math.h>
#include <string.h>

/* ---- up to 3 x 3 ---- */

/* a b - c d to 1.5 ulp (Kahan; Jeannerod, Louvet, Muller 2013). */
static double difference_of_products(double a, double b, double c, double d) {
    double w = c * d, error = fma(-c, d, w), difference = fma(a, b, -w);
    return difference + error;
}

/* D cofactor(A)[X] for 3 x 3, which is linear in each: cofactor(A) = D cofactor(A)[A] / 2. */
static void mixed_cofactors3(const double *a, const double *x, double *out) {
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            size_t p = (i + 1) % 3 * 3, q = (i + 2) % 3 * 3, k = (j + 1) % 3, l = (j + 2) % 3;
            out[i * 3 + j] = difference_of_products(a[p + k], x[q + l], a[p + l], x[q + k]) +
                             difference_of_products(x[p + k], a[q + l], x[p + l], a[q + k]);
        }
}

static void cofactors3(const double *a, double *out) {
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            size_t p = (i + 1) % 3 * 3, q = (i + 2) % 3 * 3, k = (j + 1) % 3, l = (j + 2) % 3;
            out[i * 3 + j] = difference_of_products(a[p + k], a[q + l], a[p + l], a[q + k]);
        }
}

static void cofactors2(const double *a, double *out) {
    double copy[] = {a[3], -a[2], -a[1], a[0]};
    memcpy(out, copy, sizeof copy);
}

static double det3(const double *a) {
    double c[9];
    cofactors3(a, c);
    return a[0] * c[0] + a[1] * c[1] + a[2] * c[2];
}

static double small_det(size_t n, const double *a) {
    return n == 2 ? difference_of_products(a[0], a[3], a[1], a[2]) : det3(a);
}

/* ---- rows and columns of entries near 1, by powers of 2 ---- */

/* The exponent of the largest of n numbers; 0 where that is 0 or not finite. */
static long exponent_of(size_t n, const double *x, size_t stride) {
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(x[i * stride]));
    return most > 0 && isfinite(most) ? ilogb(most) : 0;
}

/* Divides each row by 2^e[i] (or, with stride 1, each column); returns the sum of the e[i]. */
static long equilibrate(size_t n, double *a, size_t line, size_t stride, long *e) {
    long sum = 0;
    for (size_t i = 0; i < n; i++) {
        e[i] = exponent_of(n, a + i * line, stride);
        for (size_t j = 0; j < n; j++)
            a[i * line + j * stride] = scalbn(a[i * line + j * stride], (int)-e[i]);
        sum += e[i];
    }
    return sum;
}

/* What overflows or vanishes on its way. */
static scaled equilibrated_det(size_t n, const double *a) {
    double copy[9];
    long e[3];
    scaled s = SCALED_ONE;
    memcpy(copy, a, n * n * sizeof *a);
    long sum = equilibrate(n, copy, n, 1, e);
    scaled_multiply(&s, small_det(n, copy));
    s.exponent += sum;
    return s;
}

/* ---- det and logdet ---- */

static scaled det_of(lu *f, const double *a) {
    if (f->n != 2 && f->n != 3) {
        lu_factor(f, a);
        return lu_det(f);
    }
    double d = small_det(f->n, a);
    scaled s = SCALED_ONE;
    if (!isnormal(d)) return equilibrated_det(f->n, a);
    scaled_multiply(&s, d);
    return s;
}

static value each_det(recorder *r, const char *name, double (*finish)(scaled), const value *argument) {
    size_t n = need_square(r, name, argument);
    view a = axes_of(argument);
    value y = fresh_value(r, a.rank - 2, a.shape);
    size_t mark = pool_mark(r), matrices = matrix_count(a);
    lu f = lu_new(r, n);
    double *out = entries_of(&y);
    for (size_t i = 0; i < matrices; i++) {
        out[i] = finish(det_of(&f, a.data + i * n * n));
        if (i % 64 == 63) poll_interrupt(r);
    }
    pool_release(r, mark);
    return y;
}

value fn_det(recorder *r, u32 count, value *arguments) {
    return record_result(r, OP_DET, each_det(r, "det", scaled_value, arguments), count, arguments, 0, NULL);
}

value fn_logdet(recorder *r, u32 count, value *arguments) {
    return record_result(r, OP_LOGDET, each_det(r, "logdet", scaled_log, arguments), count, arguments, 0,
                         NULL);
}

void adjoint_det(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value a = sweep_argument(s, n, 0);
    sweep_add(s, n, 0, apply2(r, OP_CARRY, as_matrices(r, g), fn_cofactors(r, 1, &a)));
}

void adjoint_logdet(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value a = sweep_argument(s, n, 0), inverse = fn_inv(r, 1, &a);
    sweep_add(s, n, 0, apply2(r, OP_CARRY, as_matrices(r, g), matrix_transpose(r, inverse)));
}

/* ---- cofactors ---- */

/* P A Q = L U with the largest remaining entry as the pivot; sign is det(P) det(Q). */
typedef struct complete {
    size_t n;
    double *a;
    size_t *row, *column; /* row i and column j of P A Q are these of A */
    double sign;
} complete;

static void swap_numbers(size_t *x, size_t *y) {
    size_t keep = *x;
    *x = *y, *y = keep;
}

static void largest_entry(const complete *f, size_t k, size_t *p, size_t *q) {
    double best = -1;
    *p = *q = k;
    for (size_t i = k; i < f->n; i++)
        for (size_t j = k; j < f->n; j++)
            if (fabs(f->a[i * f->n + j]) > best) best = fabs(f->a[i * f->n + j]), *p = i, *q = j;
}

static void complete_swap(complete *f, size_t k, size_t p, size_t q) {
    size_t n = f->n;
    for (size_t j = 0; j < n && p != k; j++) {
        double keep = f->a[k * n + j];
        f->a[k * n + j] = f->a[p * n + j], f->a[p * n + j] = keep;
    }
    for (size_t i = 0; i < n && q != k; i++) {
        double keep = f->a[i * n + k];
        f->a[i * n + k] = f->a[i * n + q], f->a[i * n + q] = keep;
    }
    swap_numbers(&f->row[k], &f->row[p]);
    swap_numbers(&f->column[k], &f->column[q]);
    if ((p != k) != (q != k)) f->sign = -f->sign;
}

/* False where one but the last pivot is 0: then the rank is below n - 1 and all cofactors are 0. */
static bool complete_factor(complete *f) {
    size_t n = f->n;
    double *a = f->a;
    f->sign = 1;
    for (size_t i = 0; i < n; i++) f->row[i] = f->column[i] = i;
    for (size_t k = 0; k + 1 < n; k++) {
        size_t p, q;
        largest_entry(f, k, &p, &q);
        complete_swap(f, k, p, q);
        if (a[k * n + k] == 0) return false;
        for (size_t i = k + 1; i < n; i++) {
            double factor = a[i * n + k] /= a[k * n + k];
            for (size_t j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
        }
    }
    return true;
}

/* Y = adj(U) L^-1, with adj(U) = [d t U1^-1, -t U1^-1 u; 0, t] for U = [U1, u; 0, d], t = det(U1): no
 * division by d. */
static void adjugate_of_factors(const complete *f, double *y) {
    size_t n = f->n, last = n - 1;
    const double *a = f->a;
    scaled t = SCALED_ONE;
    memset(y, 0, n * n * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        y[i * n + i] = 1;
        for (size_t j = 0; j < i; j++)
            for (size_t c = 0; c <= j; c++) y[i * n + c] -= a[i * n + j] * y[j * n + c];
    }
    for (size_t i = 0; i < last; i++)
        for (size_t c = 0; c < n; c++)
            y[i * n + c] = a[last * n + last] * y[i * n + c] - a[i * n + last] * y[last * n + c];
    for (size_t i = last; i-- > 0;) {
        for (size_t j = i + 1; j < last; j++)
            for (size_t c = 0; c < n; c++) y[i * n + c] -= a[i * n + j] * y[j * n + c];
        for (size_t c = 0; c < n; c++) y[i * n + c] /= a[i * n + i];
        scaled_multiply(&t, a[i * n + i]);
    }
    for (size_t i = 0; i < n * n; i++) y[i] = scaled_value((scaled){y[i] * t.mantissa, t.exponent});
}

/* cofactor(A) = adj(A)^T, adj(A) = sign Q adj(U) L^-1 P.  With A = R B C, R and C diagonal: cofactor(A)[i][j]
 * is cofactor(B)[i][j] det(R) det(C) / (r[i] c[j]). */
static void complete_cofactors(recorder *r, size_t n, const double *a, double *out) {
    complete f = {.n = n, .a = scratch(r, n * n)};
    f.row = scratch_indices(r, n), f.column = scratch_indices(r, n);
    memcpy(f.a, a, n * n * sizeof *a);
    long *rows = (long *)(void *)scratch(r, n), *columns = (long *)(void *)scratch(r, n);
    const long of_rows = equilibrate(n, f.a, n, 1, rows), all = of_rows + equilibrate(n, f.a, 1, n, columns);
    if (!complete_factor(&f)) {
        memset(out, 0, n * n * sizeof *out);
        return;
    }
    double *y = scratch(r, n * n);
    adjugate_of_factors(&f, y);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const size_t p = f.row[j], q = f.column[i];
            out[p * n + q] = scaled_value((scaled){f.sign * y[i * n + j], all - rows[p] - columns[q]});
        }
}

/* det(A) A^-T, where A is big and far from singular; false elsewhere. */
static bool quick_cofactors(recorder *r, size_t n, const double *a, double *out) {
    if (n < LAPACK_FROM) return false;
    lu f = lu_new(r, n);
    lu_factor(&f, a);
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < n; i++) {
        double pivot = fabs(f.factors[i * n + i]);
        least = fmin(least, pivot), most = fmax(most, pivot);
    }
    if (f.singular || !(least > 1e-4 * most)) return false;
    scaled d = lu_det(&f);
    double *inverse = scratch(r, n * n);
    lu_invert(r, &f, inverse);
    transpose_entries(n, n, inverse, out);
    for (size_t i = 0; i < n * n; i++) out[i] = scaled_value((scaled){out[i] * d.mantissa, d.exponent});
    return true;
}

static void cofactors(recorder *r, size_t n, const double *a, double *out) {
    size_t mark = pool_mark(r);
    if (n == 1) out[0] = 1;
    else if (n == 2) cofactors2(a, out);
    else if (n == 3) cofactors3(a, out);
    else if (!quick_cofactors(r, n, a, out)) complete_cofactors(r, n, a, out);
    pool_release(r, mark);
}

value fn_cofactors(recorder *r, u32 count, value *arguments) {
    view a = axes_of(&arguments[0]);
    size_t n = a.shape[a.rank - 1], matrices = a.size ? matrix_count(a) : 0;
    value y = fresh_value(r, a.rank, a.shape);
    for (size_t i = 0; i < matrices; i++) cofactors(r, n, a.data + i * n * n, y.t->data + i * n * n);
    return record_result(r, OP_COFACTORS, y, count, arguments, 0, NULL);
}

/* The derivative of the cofactors is the second derivative of det: symmetric. */
void adjoint_cofactors(sweep *s, u32 n, value g) {
    value arguments[] = {sweep_argument(s, n, 0), g};
    sweep_add(s, n, 0, fn_cofactors_tangent(sweep_recorder(s), 2, arguments));
}

/* ---- D cofactor(A)[X] ---- */

/* With A = U S V^T and D = U^T X V: det(U V) U M V^T, M[i][i] = sum over j of D[j][j] P[i][j] and M[i][j] =
 * -P[i][j] D[j][i], where P[i][j] is the product of all singular values but the i-th and j-th. */
static void spectral_tangent(size_t n, const double *s, const double *d, double *m) {
    memset(m, 0, n * n * sizeof *m);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double p = 1;
            for (size_t k = 0; k < n; k++)
                if (k != i && k != j) p *= s[k];
            m[i * n + i] += p * d[j * n + j];
            m[j * n + j] += p * d[i * n + i];
            m[i * n + j] = -p * d[j * n + i];
            m[j * n + i] = -p * d[i * n + j];
        }
}

static double sign_of_det(recorder *r, size_t n, const double *a) {
    lu f = lu_new(r, n);
    lu_factor(&f, a);
    return lu_det(&f).mantissa < 0 ? -1 : 1;
}

static void cofactors_tangent(recorder *r, size_t n, const double *a, const double *x, double *out) {
    if (n == 1) out[0] = 0;
    else if (n == 2) cofactors2(x, out);
    else if (n == 3) mixed_cofactors3(a, x, out);
    if (n <= 3) return;
    size_t mark = pool_mark(r), size = n * n;
    double *copy = scratch(r, size), *u = scratch(r, size), *s = scratch(r, n), *vt = scratch(r, size);
    double *t = scratch(r, size), *d = scratch(r, size), *m = scratch(r, size);
    memcpy(copy, a, size * sizeof *a);
    svd_numbers(r, n, n, copy, u, s, vt);
    gemm(r, MUL_A_TRANSPOSED, n, n, n, u, x, t);
    gemm(r, MUL_B_TRANSPOSED, n, n, n, t, vt, d);
    spectral_tangent(n, s, d, m);
    gemm(r, 0, n, n, n, u, m, t);
    gemm(r, 0, n, n, n, t, vt, out);
    double sign = sign_of_det(r, n, u) * sign_of_det(r, n, vt);
    for (size_t i = 0; i < size; i++) out[i] *= sign;
    pool_release(r, mark);
}

value fn_cofactors_tangent(recorder *r, u32 count, value *arguments) {
    view a = axes_of(&arguments[0]), x = axes_of(&arguments[1]);
    size_t n = a.shape[a.rank - 1], matrices = a.size ? matrix_count(a) : 0;
    value y = fresh_value(r, a.rank, a.shape);
    for (size_t i = 0; i < matrices; i++)
        cofactors_tangent(r, n, a.data + i * n * n, x.data + i * n * n, y.t->data + i * n * n);
    return record_result(r, OP_COFACTORS_TANGENT, y, count, arguments, 0, NULL);
}

/* The gradient in A of D^2 det(A)[X, G] = det (tr(K X) tr(K G) - tr(K X K G)), K = A^-1, with C = det K^T:
 *     C (x y - u) - y C X^T K^T - x C G^T K^T + C X^T K^T G^T K^T + C G^T K^T X^T K^T
 * where x = tr(K X), y = tr(K G), u = tr(K X K G).  It needs an inverse: from 4 x 4 on, third derivatives of
 * det at a singular matrix are nan. */
static value third_derivative(recorder *r, value a, value x, value g) {
    value k = fn_inv(r, 1, &a), c = fn_cofactors(r, 1, &a);
    value xk = matrix_transpose(r, matrix_product(r, 0, k, x)),
          gk = matrix_transpose(r, matrix_product(r, 0, k, g));
    value tx = matrix_sum(r, times(r, matrix_transpose(r, k), x));
    value ty = matrix_sum(r, times(r, matrix_transpose(r, k), g));
    value u = matrix_sum(r, times(r, xk, matrix_transpose(r, gk)));
    value cx = matrix_product(r, 0, c, xk), cg = matrix_product(r, 0, c, gk);
    (void)cx, (void)cg;
    value mixed = plus(r, matrix_product(r, 0, cx, gk), matrix_product(r, 0, cg, xk));
    value first = times(r, apply2(r, OP_SUB, times(r, tx, ty), u), c);
    value second = plus(r, times(r, ty, cx), times(r, tx, cg));
    return plus(r, apply2(r, OP_SUB, first, second), mixed);
}

void adjoint_cofactors_tangent(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value a = sweep_argument(s, n, 0), x = sweep_argument(s, n, 1);
    size_t rows = last_axis(&a);
    value of_a[] = {x, g}, of_x[] = {a, g};
    sweep_add(s, n, 1, fn_cofactors_tangent(r, 2, of_x));
    if (rows == 3) sweep_add(s, n, 0, fn_cofactors_tangent(r, 2, of_a));
    else if (rows > 3 && sweep_wants(s, n, 0)) sweep_add(s, n, 0, third_derivative(r, a, x, g));
}
