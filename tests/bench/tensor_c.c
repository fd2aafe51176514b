/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tensor_c.c - two functions of tensors and their gradients in C.
 *
 *     loss    sum((A X - B)^2), 2 A^T (A X - B), 1000x1000, with a BLAS
 *     chain   sum(exp(-x*x/2)*sin(x)) and its gradient for 10^7 entries: a plain loop (gcc makes a scalar
 * sincos of sin and cos), and blocks with the vector library (compiled with -ffast-math) */
#include <cblas.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
extern void openblas_set_num_threads(int);
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
static int cmp(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
enum { N = 1000, M = 10000000, R = 5, BS = 512 };
static double *x, *g;
typedef struct {
    size_t lo, hi;
    double s;
    int blk;
} job;
static void *chain(void *p) {
    job *j = p;
    double s = 0;
    if (!j->blk)
        for (size_t i = j->lo; i < j->hi; i++) {
            double e = exp(-x[i] * x[i] / 2), t = sin(x[i]);
            s += e * t;
            g[i] = e * (cos(x[i]) - x[i] * t);
        }
    else {
        double E[BS], S[BS];
        for (size_t o = j->lo; o < j->hi; o += BS) {
            size_t m = j->hi - o < BS ? j->hi - o : BS;
            const double *q = x + o;
            double *h = g + o;
            for (size_t i = 0; i < m; i++) {
                E[i] = exp(-q[i] * q[i] / 2);
                S[i] = sin(q[i]);
                s += E[i] * S[i];
            }
            for (size_t i = 0; i < m; i++) h[i] = E[i] * (cos(q[i]) - q[i] * S[i]);
        }
    }
    j->s = s;
    return 0;
}
int main(void) {
    double *A = malloc(8 * N * N), *X = malloc(8 * N * N), *B = malloc(8 * N * N), *Y = malloc(8 * N * N),
           *G = malloc(8 * N * N);
    srand(1);
    for (int i = 0; i < N * N; i++) {
        A[i] = rand() / 2147483648.0 - .5;
        X[i] = rand() / 2147483648.0 - .5;
        B[i] = rand() / 2147483648.0 - .5;
    }
    x = malloc(8 * M);
    g = calloc(M, 8);
    for (size_t i = 0; i < M; i++) {
        x[i] = rand() / 2147483648.0 * 6 - 3;
        g[i] = 0;
    }
    for (int th = 1; th <= 2; th++) {
        openblas_set_num_threads(th);
        double t[3][R], L = 0, s = 0, s2 = 0;
        for (int r = -1; r < R; r++) {
            double t0 = now();
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, A, N, X, N, 0, Y, N);
            L = 0;
            for (int i = 0; i < N * N; i++) {
                Y[i] -= B[i];
                L += Y[i] * Y[i];
            }
            cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, N, N, N, 2, A, N, Y, N, 0, G, N);
            if (r >= 0) t[0][r] = now() - t0;
            for (int b = 0; b < 2; b++) {
                t0 = now();
                job j[2] = {{0, th == 2 ? M / 2 : M, 0, b}, {M / 2, M, 0, b}};
                pthread_t p;
                if (th == 2) pthread_create(&p, 0, chain, &j[1]);
                chain(&j[0]);
                if (th == 2) pthread_join(p, 0);
                *(b ? &s2 : &s) = j[0].s + (th == 2 ? j[1].s : 0);
                if (r >= 0) t[1 + b][r] = now() - t0;
            }
        }
        for (int k = 0; k < 3; k++) {
            qsort(t[k], R, 8, cmp);
            printf("tensor\t%s\t%d\t%.2f ms\t%.17g\n",
                   k == 0   ? "loss, C and BLAS"
                   : k == 1 ? "chain, C plain loop"
                            : "chain, C in blocks",
                   th, t[k][0] * 1e3,
                   k == 0   ? L
                   : k == 1 ? s
                            : s2);
        }
    }
}
