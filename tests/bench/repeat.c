/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repeat.c - runs a program several times in one session and prints what an operation costs.
 *
 * The first run pays for the first touch of its memory (on a virtual machine often more than for the work);
 * the later ones show the tape itself, as the peers' benchmarks do, which throw their first run away.
 *
 *     repeat FILE.gt [RUNS [THREADS]]
 *
 * The least of the runs is time of the processor, or with THREADS, whose times would add up, time by the
 * clock. */
#include "lib/gtape.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static char *read_file(const char *path, size_t *length) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    size_t room = 1 << 20;
    char *bytes = malloc(room);
    *length = 0;
    for (size_t n; bytes && (n = fread(bytes + *length, 1, room - *length, f)) > 0;) {
        *length += n;
        if (*length == room) bytes = realloc(bytes, room *= 2);
    }
    fclose(f);
    return bytes;
}

static void report(const gtape *g, const char *which) {
    gtape_stats s = gtape_statistics(g);
    double n = s.operations ? (double)s.operations : 1;
    printf("%-6s %8.2f + %8.2f ms; record %7.2f  sweep %7.2f  together %7.2f ns an operation\n", which,
           1e3 * s.record_seconds, 1e3 * s.sweep_seconds, 1e9 * s.record_seconds / n,
           1e9 * s.sweep_seconds / n, 1e9 * (s.record_seconds + s.sweep_seconds) / n);
}

int main(int argc, char **argv) {
    size_t length = 0;
    char *bytes = argc > 1 ? read_file(argv[1], &length) : NULL;
    int runs = argc > 2 ? atoi(argv[2]) : 5;
    gtape *g = gtape_new();
    if (!bytes || !g) return fprintf(stderr, "usage: repeat FILE.gt [RUNS [THREADS]]\n"), 2;
    double least = 1e300;
    if (gtape_set(g, "times", "1") != GTAPE_OK) return 2;
    if (argc > 3 && gtape_set(g, "threads", argv[3]) != GTAPE_OK) return 2;
    gtape_status status = gtape_add(g, argv[1], bytes, length);
    for (int i = 0; i < runs && status == GTAPE_OK; i++) {
        double begin = clock_ms();
        status = gtape_run(g);
        double elapsed = clock_ms() - begin;
        char which[16];
        snprintf(which, sizeof which, "run %d", i + 1);
        if (status != GTAPE_OK) break;
        report(g, which);
        gtape_stats s = gtape_statistics(g);
        double ms = argc > 3 ? elapsed : 1e3 * (s.record_seconds + s.sweep_seconds);
        if (ms < least) least = ms;
    }
    if (status == GTAPE_OK) printf("least %.4f ms\n", least);
    for (size_t i = 0; status && i < gtape_diagnostic_count(g); i++)
        fputs(gtape_diagnostic_text(g, i, 0), stderr);
    gtape_free(g);
    free(bytes);
    return status;
}
