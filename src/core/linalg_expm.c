/* linalg_expm.c - the matrix exponential, by scaling and squaring with the [13/13] Pade approximant
 * (Higham 2005). */
#include "core/linalg_lu.h"
#include "core/sweep.h"
#include <math.h>
#include <string.h>

/* The largest 1-norm that the approximant is exact to rounding for, and its coefficients. */
#define PADE_NORM 5.371920351148152
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

static double one_norm(size_t n, const double *a) {
    double most = 0;
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += fabs(a[i * n + j]);
        if (!(sum <= most)) most = sum;
    }
    return most;
}

/* out = c6 A6 + c4 A4 + c2 A2 + c0 I */
static void combine(size_t n, const double *const even[3], double c6, double c4, double c2, double c0,
                    double *out) {
    for (size_t i = 0; i < n * n; i++)
        out[i] = c6 * even[2][i] + c4 * even[1][i] + c2 * even[0][i] + (i % (n + 1) == 0 ? c0 : 0);
}

/* x = r(A), r = (V + U)/(V - U); U odd, V even in A. */
static void pade13(recorder *r, size_t n, const double *a, double *x) {
    size_t size = n * n;
    double *a2 = scratch(r, size), *a4 = scratch(r, size), *a6 = scratch(r, size), *t = scratch(r, size);
    double *u = scratch(r, size), *v = scratch(r, size);
    const double *even[] = {a2, a4, a6}, *b = pade;
    gemm(r, 0, n, n, n, a, a, a2);
    gemm(r, 0, n, n, n, a2, a2, a4);
    gemm(r, 0, n, n, n, a4, a2, a6);
    combine(n, even, b[13], b[11], b[9], 0, t);
    gemm(r, 0, n, n, n, a6, t, v);
    combine(n, even, b[7], b[5], b[3], b[1], t);
    for (size_t i = 0; i < size; i++) t[i] += v[i];
    gemm(r, 0, n, n, n, a, t, u);
    combine(n, even, b[12], b[10], b[8], 0, t);
    gemm(r, 0, n, n, n, a6, t, v);
    combine(n, even, b[6], b[4], b[2], b[0], t);
    for (size_t i = 0; i < size; i++) {
        v[i] += t[i];
        x[i] = v[i] + u[i];
        v[i] -= u[i];
    }
    lu f = lu_new(r, n);
    lu_factor(&f, v);
    lu_solve(r, &f, false, n, x);
}

static void expm(recorder *r, size_t n, const double *a, double *out) {
    size_t size = n * n, mark = pool_mark(r);
    double norm = one_norm(n, a);
    if (n == 1) {
        out[0] = exp(a[0]);
        return;
    }
    if (!isfinite(norm)) {
        fill_nan(size, out);
        return;
    }
    int squarings = norm > PADE_NORM ? ilogb(norm / PADE_NORM) + 1 : 0;
    double *x = scratch(r, size), *y = scratch(r, size);
    for (size_t i = 0; i < size; i++) y[i] = ldexp(a[i], -squarings);
    pade13(r, n, y, x);
    for (int i = 0; i < squarings; i++) {
        gemm(r, 0, n, n, n, x, x, y);
        double *keep = x;
        x = y, y = keep;
    }
    memcpy(out, x, size * sizeof *out);
    pool_release(r, mark);
}

value fn_expm(recorder *r, u32 count, value *arguments) {
    size_t n = need_square(r, "expm", &arguments[0]);
    view a = view_of(&arguments[0]);
    value y = fresh_value(r, a.rank, a.shape);
    size_t matrices = a.size ? matrix_count(a) : 0;
    for (size_t i = 0; i < matrices; i++) {
        expm(r, n, a.data + i * n * n, y.t->data + i * n * n);
        poll_interrupt(r);
    }
    return record_result(r, OP_EXPM, y, count, arguments, 0, NULL);
}

/* J X K^T for blocks of the identity: X in one block of a matrix of blocks. */
static value in_block(recorder *r, value j, value x, value k) {
    return matrix_product(r, MUL_B_TRANSPOSED, matrix_product(r, 0, j, x), k);
}

/* The derivative of expm at A^T in the direction G: the upper right block of expm([A^T, G; 0, A^T])
 * (Mathias 1996, theorem 2.1).  It is an expm again, so derivatives of any order follow. */
void adjoint_expm(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value a = matrix_transpose(r, sweep_argument(s, n, 0));
    size_t rows = view_of(&a).shape[view_of(&a).rank - 1];
    value first = identity_columns(r, 2 * rows, 0, rows), second = identity_columns(r, 2 * rows, rows, rows);
    value blocks = plus(r, in_block(r, first, a, first), in_block(r, second, a, second));
    blocks = plus(r, blocks, in_block(r, first, g, second));
    value e = fn_expm(r, 1, &blocks);
    sweep_add(s, n, 0, matrix_product(r, MUL_A_TRANSPOSED, first, matrix_product(r, 0, e, second)));
}
