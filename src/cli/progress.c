/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_begin(struct progress *p, enum color_when when, bool alone) {
    *p = (struct progress){.patience = when == COLOR_ALWAYS ? 0 : 2, .began = now()};
    p->wanted = when == COLOR_ALWAYS || (when == COLOR_AUTO && alone && isatty(STDERR_FILENO));
}

bool progress_is_due(const struct progress *p) {
    const double pause = 0.2;
    if (!p->wanted) return false;
    double time = now();
    return time - p->began >= p->patience && time - p->told >= pause;
}

double progress_seconds(const struct progress *p) { return now() - p->began; }

void progress_show(struct progress *p, const char *line) {
    fprintf(stderr, "\rgtape: %s\033[K", line);
    fflush(stderr);
    p->shown = true;
    p->told = now();
}

void progress_clear(struct progress *p) {
    if (p->shown) fputs("\r\033[K", stderr);
    p->shown = false;
}
