/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_expm.c - the matrix exponential, by scaling and squaring with the [13/13] Pade approximant
 * (Higham 2005), and its derivative in a direction (Al-Mohy & Higham 2009), by carrying a derivative with
 * each matrix on the way. */
#include "core/linalg_lu.h"
#include "core/sweep.h"
#include <math.h>
#include <string.h>

/* The largest 1-norm for which approximant and derivative are exact to rounding, and the coefficients. */
#define PADE_NORM 4.74
static const double pade[] = {64764752532480000.0,
                              32382376266240000.0,
                              7771770303897600.0,
                              1187353796428800.0,
                              129060195264000.0,
                              10559470521600.0,
                              670442572800.0,
                              33522128640.0,
                              1323241920.0,
                              40840800.0,
                              960960.0,
                              16380.0,
                              182.0,
                              1.0};

/* A matrix and its derivative; d is NULL where none is asked for. */
typedef struct dual {
    double *x, *d;
} dual;

static dual dual_new(recorder *r, size_t size, bool derivative) {
    dual a = {scratch(r, size), NULL};
    if (derivative) a.d = scratch(r, size);
    return a;
}

/* c = a b; t is room for a matrix. */
static void dual_multiply(recorder *r, size_t n, dual a, dual b, dual c, double *t) {
    gemm(r, 0, n, n, n, a.x, b.x, c.x);
    if (!c.d) return;
    gemm(r, 0, n, n, n, a.x, b.d, c.d);
    gemm(r, 0, n, n, n, a.d, b.x, t);
    for (size_t i = 0; i < n * n; i++) c.d[i] += t[i];
}

/* out = c6 A6 + c4 A4 + c2 A2 + c0 I + more, where more may be NULL */
static void combine(size_t n, const dual even[3], const double c[4], dual more, dual out) {
    for (size_t i = 0; i < n * n; i++) {
        double constant = i % (n + 1) == 0 ? c[0] : 0;
        out.x[i] = c[3] * even[2].x[i] + c[2] * even[1].x[i] + c[1] * even[0].x[i] + constant;
        if (more.x) out.x[i] += more.x[i];
    }
    for (size_t i = 0; i < n * n && out.d; i++) {
        out.d[i] = c[3] * even[2].d[i] + c[2] * even[1].d[i] + c[1] * even[0].d[i];
        if (more.d) out.d[i] += more.d[i];
    }
}

/* x = (v - u)^-1 (v + u); overwrites u and v. */
static void pade_quotient(recorder *r, size_t n, dual u, dual v, dual x, double *t) {
    size_t size = n * n;
    for (size_t i = 0; i < size; i++) {
        x.x[i] = v.x[i] + u.x[i];
        v.x[i] -= u.x[i];
    }
    lu f = lu_new(r, n);
    lu_factor(&f, v.x);
    lu_solve(r, &f, false, n, x.x);
    if (!x.d) return;
    for (size_t i = 0; i < size; i++) {
        x.d[i] = v.d[i] + u.d[i];
        v.d[i] -= u.d[i];
    }
    gemm(r, 0, n, n, n, v.d, x.x, t);
    for (size_t i = 0; i < size; i++) x.d[i] -= t[i];
    lu_solve(r, &f, false, n, x.d);
}

/* x = r(A), r = (V + U)/(V - U); U odd, V even in A. */
static void pade13(recorder *r, size_t n, dual a, dual x) {
    size_t size = n * n;
    bool d = a.d != NULL;
    dual even[3], s = dual_new(r, size, d), u = dual_new(r, size, d), v = dual_new(r, size, d),
                  none = {NULL, NULL};
    double *t = d ? scratch(r, size) : NULL;
    const double *b = pade;
    for (int i = 0; i < 3; i++) even[i] = dual_new(r, size, d);
    dual_multiply(r, n, a, a, even[0], t);
    dual_multiply(r, n, even[0], even[0], even[1], t);
    dual_multiply(r, n, even[1], even[0], even[2], t);
    combine(n, even, (double[]){0, b[9], b[11], b[13]}, none, s);
    dual_multiply(r, n, even[2], s, v, t);
    combine(n, even, (double[]){b[1], b[3], b[5], b[7]}, v, s);
    dual_multiply(r, n, a, s, u, t);
    combine(n, even, (double[]){0, b[8], b[10], b[12]}, none, s);
    dual_multiply(r, n, even[2], s, v, t);
    combine(n, even, (double[]){b[0], b[2], b[4], b[6]}, v, s);
    pade_quotient(r, n, u, s, x, t);
}

static double one_norm(size_t n, const double *a) {
    double most = 0;
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += fabs(a[i * n + j]);
        if (!(sum <= most)) most = sum;
    }
    return most;
}

static void scale_down(size_t size, const double *a, int squarings, double *out) {
    for (size_t i = 0; i < size && out; i++) out[i] = ldexp(a[i], -squarings);
}

static void scale_and_square(recorder *r, size_t n, const double *a, const double *e, double norm, dual out) {
    size_t size = n * n, mark = pool_mark(r);
    int squarings = norm > PADE_NORM ? ilogb(norm / PADE_NORM) + 1 : 0;
    dual x = dual_new(r, size, e), y = dual_new(r, size, e);
    double *t = e ? scratch(r, size) : NULL;
    scale_down(size, a, squarings, y.x);
    scale_down(size, e, squarings, y.d);
    pade13(r, n, y, x);
    for (int i = 0; i < squarings; i++) {
        dual keep = x;
        dual_multiply(r, n, x, x, y, t);
        x = y, y = keep;
    }
    if (out.x) memcpy(out.x, x.x, size * sizeof *out.x);
    if (out.d) memcpy(out.d, x.d, size * sizeof *out.d);
    pool_release(r, mark);
}

static void expm(recorder *r, size_t n, const double *a, double *out) {
    double norm = one_norm(n, a);
    if (n == 1) out[0] = exp(a[0]);
    else if (!isfinite(norm)) fill_nan(n * n, out);
    else scale_and_square(r, n, a, NULL, norm, (dual){out, NULL});
}

/* The derivative of expm at a in the direction e. */
static void expm_tangent(recorder *r, size_t n, const double *a, const double *e, double *out) {
    double norm = one_norm(n, a);
    if (n == 1) out[0] = exp(a[0]) * e[0];
    else if (!isfinite(norm)) fill_nan(n * n, out);
    else scale_and_square(r, n, a, e, norm, (dual){NULL, out});
}

value fn_expm(recorder *r, u32 count, value *arguments) {
    size_t n = need_square(r, "expm", &arguments[0]);
    view a = axes_of(&arguments[0]);
    value y = fresh_value(r, a.rank, a.shape);
    size_t matrices = a.size ? matrix_count(a) : 0;
    for (size_t i = 0; i < matrices; i++) {
        expm(r, n, a.data + i * n * n, y.t->data + i * n * n);
        poll_interrupt(r);
    }
    return record_result(r, OP_EXPM, y, count, arguments, 0, NULL);
}

value fn_expm_tangent(recorder *r, u32 count, value *arguments) {
    view a = axes_of(&arguments[0]), e = axes_of(&arguments[1]);
    size_t n = a.shape[a.rank - 1], matrices = a.size ? matrix_count(a) : 0;
    value y = fresh_value(r, a.rank, a.shape);
    for (size_t i = 0; i < matrices; i++) {
        expm_tangent(r, n, a.data + i * n * n, e.data + i * n * n, y.t->data + i * n * n);
        poll_interrupt(r);
    }
    return record_result(r, OP_EXPM_TANGENT, y, count, arguments, 0, NULL);
}

/* The adjoint of the derivative at A is the derivative at A^T. */
void adjoint_expm(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value arguments[] = {matrix_transpose(r, sweep_argument(s, n, 0)), g};
    sweep_add(s, n, 0, fn_expm_tangent(r, 2, arguments));
}

/* J X K^T: X in one block of a matrix of blocks. */
static value in_block(recorder *r, value j, value x, value k) {
    return matrix_product(r, MUL_B_TRANSPOSED, matrix_product(r, 0, j, x), k);
}

/* J^T X K: that block. */
static value block_of(recorder *r, value j, value x, value k) {
    return matrix_product(r, MUL_A_TRANSPOSED, j, matrix_product(r, 0, x, k));
}

/* The derivative at A in the direction E is the upper right block of expm(M), M = [A, E; 0, A] (Mathias 1996,
 * theorem 2.1).  So the adjoint of M is the derivative at M^T in the direction [0, G; 0, 0]. */
void adjoint_expm_tangent(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value a = sweep_argument(s, n, 0), e = sweep_argument(s, n, 1);
    size_t rows = last_axis(&a);
    value first = identity_columns(r, 2 * rows, 0, rows), second = identity_columns(r, 2 * rows, rows, rows);
    value m = plus(r, in_block(r, first, a, first), in_block(r, second, a, second));
    m = matrix_transpose(r, plus(r, m, in_block(r, first, e, second)));
    value d = fn_expm_tangent(r, 2, (value[]){m, in_block(r, first, g, second)});
    sweep_add(s, n, 1, block_of(r, first, d, second));
    sweep_add(s, n, 0, plus(r, block_of(r, first, d, first), block_of(r, second, d, second)));
}
