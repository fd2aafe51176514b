/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qr.c - see qr.h. */
#include "solve/qr.h"
#include <math.h>
#include <string.h>

double norm_of(size_t n, const double *x) {
    double most = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i])) return x[i];
        if (fabs(x[i]) > most) most = fabs(x[i]);
    }
    if (most == 0 || isinf(most)) return most;
    if (most > 1e-140 && most < 1e140) {
        for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
        return sqrt(sum);
    }
    for (size_t i = 0; i < n; i++) sum += (x[i] / most) * (x[i] / most);
    return most * sqrt(sum);
}

/* Reflects v[0..n) onto its first entry and applies that to `count` columns behind it.  v keeps the norm in
 * its first entry; below it stands the reflector. */
static void reflect(size_t n, size_t count, size_t stride, double *v) {
    double norm = norm_of(n, v);
    if (norm == 0 || !isfinite(norm)) return;
    double alpha = v[0] > 0 ? -norm : norm, head = v[0] - alpha;
    double scale = 1 / head, beta = -head / alpha;
    for (size_t i = 1; i < n; i++) v[i] *= scale;
    v[0] = alpha;
    for (size_t j = 1; j <= count; j++) {
        double *c = v + j * stride, sum = c[0];
        for (size_t i = 1; i < n; i++) sum += v[i] * c[i];
        sum *= beta;
        c[0] -= sum;
        for (size_t i = 1; i < n; i++) c[i] -= sum * v[i];
    }
}

/* The k-th column of the triangle has zeros between its diagonal and the new rows: the reflector is the
 * diagonal entry and the new rows only. */
void qr_add_rows(size_t n, double *r, size_t rows, double *work) {
    size_t stride = n + QR_ROWS;
    for (size_t k = 0; k < n; k++) {
        double *v = work + k * stride + n - 1; /* the entry before the new rows takes the diagonal */
        for (size_t j = k; j < n; j++) work[j * stride + n - 1] = r[k + j * n];
        reflect(rows + 1, n - 1 - k, stride, v);
        for (size_t j = k; j < n; j++) r[k + j * n] = work[j * stride + n - 1];
    }
}

void qr_factor(size_t m, size_t n, size_t extra, double *a) {
    for (size_t k = 0; k < n; k++) reflect(m - k, n + extra - 1 - k, m, a + k + k * m);
}

static void swap_columns(size_t m, double *a, double *b) {
    for (size_t i = 0; i < m; i++) {
        double t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

size_t qr_factor_pivoted(size_t m, size_t n, size_t extra, double *a, size_t *pivot, double tolerance) {
    for (size_t k = 0; k < n; k++) pivot[k] = k;
    for (size_t k = 0; k < n; k++) {
        size_t best = k;
        double most = -1;
        for (size_t j = k; j < n; j++) {
            double norm = norm_of(m - k, a + k + j * m);
            if (norm > most) most = norm, best = j;
        }
        if (best != k) {
            swap_columns(m, a + k * m, a + best * m);
            size_t t = pivot[k];
            pivot[k] = pivot[best];
            pivot[best] = t;
        }
        reflect(m - k, n + extra - 1 - k, m, a + k + k * m);
    }
    size_t rank = 0;
    while (rank < n && fabs(a[rank + rank * m]) > tolerance * fabs(a[0])) rank++;
    return rank;
}

void upper_solve(size_t m, size_t n, const double *r, double *x) {
    for (size_t k = n; k-- > 0;) {
        x[k] /= r[k + k * m];
        for (size_t i = 0; i < k; i++) x[i] -= x[k] * r[i + k * m];
    }
}

void upper_solve_transposed(size_t m, size_t n, const double *r, double *x) {
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < k; i++) x[k] -= x[i] * r[i + k * m];
        x[k] /= r[k + k * m];
    }
}
