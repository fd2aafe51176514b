/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_peers.c - what bench/rows holds gtape against: the formula and its partials by hand, one row at a
 * time, with the C library.
 *
 *     rows_peers make N               rows of full-precision text
 *     rows_peers value <in >out       getline, strtod, printf("%.17g")
 *     rows_peers partials <in >out
 *     rows_peers memory <in           milliseconds for value and partials of numbers in memory
 *     rows_peers check IN OUT         the worst error of OUT's partials, over the sum of their absolute terms
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* getline */
#endif
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double value(double a, double b, double c) {
    return a * exp(-b * b / 2) * sin(c) + log(1 + a * a) + sqrt(a * a + b * b + c * c);
}

static void partials(double a, double b, double c, double *o) {
    double e = exp(-b * b / 2), s = sin(c), q = 1 + a * a, r = sqrt(a * a + b * b + c * c), es = e * s;
    o[0] = a * es + log(q) + r;
    o[1] = es + 2 * a / q + a / r;
    o[2] = -a * b * es + b / r;
    o[3] = a * e * cos(c) + c / r;
}

static uint64_t state = 88172645463325252u;

static double uniform(double half_width) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return half_width * ((double)(state >> 11) * 0x1p-52 - 1);
}

static void make(long n) {
    puts("a,b,c");
    for (long i = 0; i < n; i++) {
        double a = uniform(3), b = uniform(3), c = uniform(10);
        printf("%.17g,%.17g,%.17g\n", a, b, c);
    }
}

/* The numbers of the next line of a file; 0 at its end. */
static int next_row(FILE *f, int count, double *x) {
    static char *line;
    static size_t room;
    if (getline(&line, &room, f) <= 0) return 0;
    char *p = line;
    for (int i = 0; i < count; i++, p++) x[i] = strtod(p, &p);
    return 1;
}

static void skip_header(FILE *f) {
    double none;
    next_row(f, 0, &none);
}

static void filter(int outputs) {
    double x[3], o[4];
    skip_header(stdin);
    puts(outputs > 1 ? "f,fa,fb,fc" : "f");
    while (next_row(stdin, 3, x)) {
        if (outputs > 1) partials(x[0], x[1], x[2], o);
        else o[0] = value(x[0], x[1], x[2]);
        for (int k = 0; k < outputs; k++) printf(k ? ",%.17g" : "%.17g", o[k]);
        putchar('\n');
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Columns one after the other, in and out; the best of some times. */
static int in_memory(void) {
    enum { MOST = 1 << 21, TIMES = 7 };
    double *in = malloc(3 * MOST * sizeof *in), *out = malloc(4 * MOST * sizeof *out), x[3], o[4],
           best = INFINITY;
    if (!in || !out) return 1;
    memset(out, 0, 4 * MOST * sizeof *out);
    size_t n = 0;
    skip_header(stdin);
    for (; n < MOST && next_row(stdin, 3, x); n++)
        for (size_t k = 0; k < 3; k++) in[k * MOST + n] = x[k];
    for (int t = 0; t < TIMES; t++) {
        double began = now();
        for (size_t i = 0; i < n; i++) {
            partials(in[i], in[MOST + i], in[2 * MOST + i], o);
            for (size_t k = 0; k < 4; k++) out[k * MOST + i] = o[k];
        }
        if (now() - began < best) best = now() - began;
    }
    printf("%.3f\n", 1e3 * best);
    return 0;
}

/* The reference has the extended precision of long double. */
static int check(const char *in_name, const char *out_name) {
    FILE *in = fopen(in_name, "r"), *out = fopen(out_name, "r");
    double x[3], o[4];
    long double worst = 0;
    if (!in || !out) return 1;
    skip_header(in), skip_header(out);
    while (next_row(in, 3, x)) {
        if (!next_row(out, 4, o)) return 1;
        long double a = x[0], b = x[1], c = x[2], e = expl(-b * b / 2), s = sinl(c), q = 1 + a * a,
                    r = sqrtl(a * a + b * b + c * c);
        long double terms[3][3] = {
            {e * s, 2 * a / q, a / r}, {-a * b * e * s, b / r, 0}, {a * e * cosl(c), c / r, 0}};
        for (int k = 0; k < 3; k++) {
            long double sum = 0, size = 0;
            for (int i = 0; i < 3; i++) sum += terms[k][i], size += fabsl(terms[k][i]);
            long double error = fabsl(o[k + 1] - sum) / size;
            if (error > worst) worst = error;
        }
    }
    printf("%.2Lg\n", worst);
    fclose(in), fclose(out);
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "make") == 0 && argc > 2) make(atol(argv[2]));
    else if (strcmp(what, "value") == 0) filter(1);
    else if (strcmp(what, "partials") == 0) filter(4);
    else if (strcmp(what, "memory") == 0) return in_memory();
    else if (strcmp(what, "check") == 0 && argc > 3) return check(argv[2], argv[3]);
    else return 2;
    return 0;
}
