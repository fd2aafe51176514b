/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_lu.c - see linalg_lu.h. */
#include "core/linalg_lu.h"
#include "core/blas.h"
#include <math.h>
#include <string.h>

lu lu_new(recorder *r, size_t n) {
    lu f = {.r = r, .n = n, .factors = scratch(r, mem_product(n, n))};
    f.pivots = (void *)scratch(r, n);
    return f;
}

/* ---- plain code ---- */

static void swap_rows(size_t n, double *x, double *y) {
    for (size_t j = 0; j < n && x != y; j++) {
        double keep = x[j];
        x[j] = y[j];
        y[j] = keep;
    }
}

static void subtract_scaled(size_t n, double factor, const double *x, double *y) {
    for (size_t i = 0; i < n; i++) y[i] -= factor * x[i];
}

static void divide_by(size_t n, double divisor, double *x) {
    for (size_t i = 0; i < n; i++) x[i] /= divisor;
}

static size_t find_pivot(size_t n, const double *a, size_t k) {
    size_t best = k;
    for (size_t i = k + 1; i < n; i++)
        if (fabs(a[i * n + k]) > fabs(a[best * n + k])) best = i;
    return best;
}

static void plain_factor(lu *f) {
    size_t n = f->n;
    double *a = f->factors;
    for (size_t k = 0; k < n; k++) {
        poll_interrupt(f->r);
        size_t p = find_pivot(n, a, k);
        f->pivots[k] = (int)p + 1;
        swap_rows(n, a + k * n, a + p * n);
        if (a[k * n + k] == 0) {
            f->singular = true;
            continue;
        }
        for (size_t i = k + 1; i < n; i++) {
            double factor = a[i * n + k] /= a[k * n + k];
            if (factor != 0) subtract_scaled(n - k - 1, factor, a + k * n + k + 1, a + i * n + k + 1);
        }
    }
}

static void plain_solve(const lu *f, size_t count, double *x) {
    size_t n = f->n;
    const double *a = f->factors;
    for (size_t i = 0; i < n; i++) swap_rows(count, x + i * count, x + (size_t)(f->pivots[i] - 1) * count);
    for (size_t i = 0; i < n; i++) {
        poll_interrupt(f->r);
        for (size_t j = 0; j < i; j++) subtract_scaled(count, a[i * n + j], x + j * count, x + i * count);
    }
    for (size_t i = n; i-- > 0;) {
        poll_interrupt(f->r);
        for (size_t j = i + 1; j < n; j++) subtract_scaled(count, a[i * n + j], x + j * count, x + i * count);
        divide_by(count, a[i * n + i], x + i * count);
    }
}

/* A^T = U^T L^T P^T */
static void plain_solve_transposed(const lu *f, size_t count, double *x) {
    size_t n = f->n;
    const double *a = f->factors;
    for (size_t i = 0; i < n; i++) {
        poll_interrupt(f->r);
        divide_by(count, a[i * n + i], x + i * count);
        for (size_t j = i + 1; j < n; j++) subtract_scaled(count, a[i * n + j], x + i * count, x + j * count);
    }
    for (size_t i = n; i-- > 0;) {
        poll_interrupt(f->r);
        for (size_t j = 0; j < i; j++) subtract_scaled(count, a[i * n + j], x + i * count, x + j * count);
    }
    for (size_t i = n; i-- > 0;) swap_rows(count, x + i * count, x + (size_t)(f->pivots[i] - 1) * count);
}

/* ---- either ---- */

void lu_factor(lu *f, const double *a) {
    memcpy(f->factors, a, f->n * f->n * sizeof *a);
    const blas_functions *lapack = f->n >= LAPACK_FROM && f->n <= INT_MAX ? blas() : NULL;
    f->singular = false;
    f->by_columns = lapack && lapack->getrf && lapack->getrs && lapack->getri;
    if (f->by_columns) {
        int n = (int)f->n, info = 0;
        lapack->getrf(&n, &n, f->factors, &n, f->pivots, &info);
        f->singular = info > 0;
    } else plain_factor(f);
}

static void lapack_solve(recorder *r, const lu *f, bool transposed, size_t count, double *x) {
    size_t mark = pool_mark(r);
    double *columns = count == 1 ? x : scratch(r, f->n * count);
    if (count > 1) transpose_entries(f->n, count, x, columns);
    int n = (int)f->n, k = (int)count, info = 0;
    blas()->getrs(transposed ? "N" : "T", &n, &k, f->factors, &n, f->pivots, columns, &n, &info, 1);
    if (count > 1) transpose_entries(count, f->n, columns, x);
    pool_release(r, mark);
}

void lu_solve(recorder *r, const lu *f, bool transposed, size_t count, double *x) {
    if (f->singular) fill_nan(f->n * count, x);
    else if (f->by_columns && count <= INT_MAX) lapack_solve(r, f, transposed, count, x);
    else if (transposed != f->by_columns) plain_solve_transposed(f, count, x);
    else plain_solve(f, count, x);
}

static void set_identity(size_t n, double *x) {
    memset(x, 0, n * n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i * n + i] = 1;
}

void lu_invert(recorder *r, lu *f, double *out) {
    if (f->singular) {
        fill_nan(f->n * f->n, out);
    } else if (f->by_columns) {
        int n = (int)f->n, room = 64 * n, info = 0;
        size_t mark = pool_mark(r);
        blas()->getri(&n, f->factors, &n, f->pivots, scratch(r, (size_t)room), &room, &info);
        memcpy(out, f->factors, f->n * f->n * sizeof *out);
        pool_release(r, mark);
    } else {
        set_identity(f->n, out);
        plain_solve(f, f->n, out);
    }
}

/* ---- determinants ---- */

void scaled_multiply(scaled *s, double factor) {
    int exponent = 0;
    s->mantissa = frexp(s->mantissa * factor, &exponent);
    if (isfinite(s->mantissa)) s->exponent += exponent;
}

double scaled_value(scaled s) {
    if (s.exponent > 5000) s.exponent = 5000;
    if (s.exponent < -5000) s.exponent = -5000;
    return ldexp(s.mantissa, (int)s.exponent);
}

/* With the mantissa around 1 the two terms do not cancel. */
double scaled_log(scaled s) {
    double m = fabs(s.mantissa);
    if (m < M_SQRT1_2) m *= 2, s.exponent--;
    return log(m) + (double)s.exponent * M_LN2;
}

scaled lu_det(const lu *f) {
    scaled s = SCALED_ONE;
    for (size_t i = 0; i < f->n; i++) {
        int exponent;
        double pivot = f->factors[i * f->n + i], mantissa = frexp(pivot, &exponent);
        scaled_multiply(&s, f->pivots[i] == (int)i + 1 ? mantissa : -mantissa);
        if (isfinite(pivot)) s.exponent += exponent;
    }
    return s;
}

/* ---- triangles ---- */

static void plain_lower_solve(size_t n, const double *l, bool transposed, size_t count, double *x) {
    if (!transposed)
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < i; j++) subtract_scaled(count, l[i * n + j], x + j * count, x + i * count);
            divide_by(count, l[i * n + i], x + i * count);
        }
    else
        for (size_t i = n; i-- > 0;) {
            divide_by(count, l[i * n + i], x + i * count);
            for (size_t j = 0; j < i; j++) subtract_scaled(count, l[i * n + j], x + i * count, x + j * count);
        }
}

void lower_solve(size_t n, const double *l, bool transposed, size_t count, double *x) {
    bool big = n >= LAPACK_FROM && n <= INT_MAX && count <= INT_MAX && count > 0;
    const blas_functions *f = big ? blas() : NULL;
    if (f && f->trsm)
        f->trsm(BLAS_ROW_MAJOR, BLAS_LEFT, BLAS_LOWER, transposed ? BLAS_TRANSPOSED : BLAS_PLAIN,
                BLAS_NON_UNIT, (int)n, (int)count, 1, l, (int)n, x, (int)count);
    else plain_lower_solve(n, l, transposed, count, x);
}
