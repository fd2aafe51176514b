/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eigen.c - see eigen.h. */
#include "solve/eigen.h"
#include <float.h>
#include <math.h>

static void rotate(size_t n, double *a, double *q, size_t i, size_t j) {
    double off = a[i * n + j];
    if (off == 0) return;
    double theta = (a[j * n + j] - a[i * n + i]) / (2 * off);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + hypot(theta, 1)), c = 1 / hypot(t, 1), s = t * c;
    for (size_t k = 0; k < n; k++) {
        double x = a[k * n + i], y = a[k * n + j];
        a[k * n + i] = c * x - s * y, a[k * n + j] = s * x + c * y;
    }
    for (size_t k = 0; k < n; k++) {
        double x = a[i * n + k], y = a[j * n + k];
        a[i * n + k] = c * x - s * y, a[j * n + k] = s * x + c * y;
    }
    for (size_t k = 0; k < n; k++) {
        double x = q[k * n + i], y = q[k * n + j];
        q[k * n + i] = c * x - s * y, q[k * n + j] = s * x + c * y;
    }
}

void symmetric_eigen(size_t n, double *a, double *values, double *q) {
    for (size_t i = 0; i < n * n; i++) q[i] = i % (n + 1) == 0;
    for (unsigned sweep = 0; sweep < 60; sweep++) {
        bool done = true;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                double bound = DBL_EPSILON * 0.01 * sqrt(fabs(a[i * n + i])) * sqrt(fabs(a[j * n + j]));
                if (fabs(a[i * n + j]) <= bound) continue;
                done = false;
                rotate(n, a, q, i, j);
            }
        if (done) break;
    }
    for (size_t i = 0; i < n; i++) values[i] = a[i * n + i];
}
