/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_cholesky.c - A = L L^T. */
#include "core/blas.h"
#include "core/linalg.h"
#include "core/sweep.h"
#include <math.h>
#include <string.h>

/* Overwrites the lower triangle; false where the matrix is not positive definite. */
static bool plain_cholesky(const recorder *r, size_t n, double *a) {
    for (size_t i = 0; i < n; i++) {
        poll_interrupt(r);
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
            if (i == j && !(sum > 0)) return false;
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
    }
    return true;
}

static bool factor(const recorder *r, size_t n, double *a) {
    const blas_functions *lapack = n >= LAPACK_FROM && n <= INT_MAX ? blas() : NULL;
    if (!lapack || !lapack->potrf) return plain_cholesky(r, n, a);
    int size = (int)n, info = 0;
    lapack->potrf("U", &size, a, &size, &info,
                  1); /* the upper triangle of columns is the lower one of rows */
    return info == 0;
}

static void cholesky(const recorder *r, size_t n, const double *a, double *l) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) l[i * n + j] = (a[i * n + j] + a[j * n + i]) / 2;
    if (!factor(r, n, l)) {
        fill_nan(n * n, l);
        return;
    }
    for (size_t i = 0; i < n; i++) memset(l + i * n + i + 1, 0, (n - i - 1) * sizeof *l);
}

value fn_cholesky(recorder *r, u32 count, value *arguments) {
    size_t n = need_square(r, "cholesky", &arguments[0]);
    view a = axes_of(&arguments[0]);
    value y = fresh_value(r, a.rank, a.shape);
    size_t matrices = a.size ? matrix_count(a) : 0;
    for (size_t i = 0; i < matrices; i++) {
        cholesky(r, n, a.data + i * n * n, y.t->data + i * n * n);
        if (i % 64 == 63) poll_interrupt(r);
    }
    return record_result(r, OP_CHOLESKY, y, count, arguments, 0, NULL);
}

/* (1/2) L^-T (P + P^T) L^-1, P the lower triangle of L^T G with its diagonal halved (Murray 2016, eq. 9 and
 * 10). */
void adjoint_cholesky(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value l = sweep_result(s, n);
    size_t rows = last_axis(&l);
    value p =
        apply2(r, OP_CARRY, pattern(r, rows, rows, 1, 0.5, 0), matrix_product(r, MUL_A_TRANSPOSED, l, g));
    value z = matrix_solve(r, SOLVE_LOWER | SOLVE_TRANSPOSED, l, plus(r, p, matrix_transpose(r, p)));
    value w = matrix_solve(r, SOLVE_LOWER | SOLVE_TRANSPOSED, l, matrix_transpose(r, z));
    sweep_add(s, n, 0, times(r, SCALAR(0.5), symmetric_part(r, w)));
}
