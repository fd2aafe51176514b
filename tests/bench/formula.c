/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula.c - the gradient code of `--show c` against the same by hand, row by row: see run.
 *
 * Prints nanoseconds a row for both and their ratio, the best of several rounds; fails where results part. */
#include <math.h>
#include <stdio.h>
#include <time.h>

int f_gradient(const double *in, double *out, double *grad);
int by_hand(const double *in, double *out, double *grad);

enum { ROWS = 500000, ROUNDS = 9 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct results {
    double value[ROWS], gradient[3 * ROWS];
} results;

static double timed(int (*f)(const double *, double *, double *), const double *in, results *r) {
    double start = now();
    for (int i = 0; i < ROWS; i++) f(in + 3 * i, r->value + i, r->gradient + 3 * i);
    return (now() - start) / ROWS * 1e9;
}

int main(void) {
    static double in[3 * ROWS];
    static results emitted, hand;
    unsigned long long s = 88172645463325252ULL;
    for (int i = 0; i < 3 * ROWS; i++) {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        double u = (double)(s >> 11) * 0x1p-53;
        in[i] = i % 3 == 2 ? 20 * u - 10 : 6 * u - 3;
    }
    double best[2] = {INFINITY, INFINITY};
    for (int k = 0; k < ROUNDS; k++) {
        best[0] = fmin(best[0], timed(by_hand, in, &hand));
        best[1] = fmin(best[1], timed(f_gradient, in, &emitted));
    }
    for (int i = 0; i < 3 * ROWS; i++)
        if (fabs(hand.gradient[i] - emitted.gradient[i]) > 1e-13 * (4 + fabs(hand.gradient[i]))) return 1;
    printf("by hand %.1f ns, emitted %.1f ns, %.2f times\n", best[0], best[1], best[1] / best[0]);
    return 0;
}
