/* SPDX-License-Identifier: GPL-3.0-or-later */
/* least_search.c - least squares again, where they lead nowhere: see least_search in least.h. */
#include "solve/least.h"
#include <math.h>
#include <string.h>

enum { ASIDE = 3 };

static void search_from(least *l, const double *start, double *best) {
    static const double factors[] = {1, 100, 0.1, 10};
    double least_squares = INFINITY;
    size_t size = l->n * sizeof(double), steps = 0;
    enum outcome outcome = NO_PROGRESS;
    for (size_t i = 0; i < COUNT_OF(factors); i++) {
        l->factor = factors[i];
        memcpy(l->x, start, size);
        least_solve(l);
        l->steps = steps += l->steps;
        if (is_solution(l->outcome) || l->outcome == NOT_FINITE_START || l->most_steps == 0) return;
        if (!(l->squares < least_squares)) continue;
        least_squares = l->squares, outcome = l->outcome;
        memcpy(best, l->x, size);
    }
    if (isinf(least_squares)) return;
    memcpy(l->x, best, size);
    l->most_steps = 0; /* the triangle at the best point */
    least_solve(l);
    l->steps = steps;
    l->outcome = outcome;
}

/* The i-th point beside the start: a tenth of each variable away, or of 1, and not as far for each. */
static void step_aside(const least *l, const double *start, unsigned i, double *to) {
    const unsigned part = i / 2 + 1;
    for (size_t j = 0; j < l->n; j++) {
        double way = (i % 2 ? -0.1 : 0.1) / part * (1 + 0.5 * (double)j / (double)l->n);
        to[j] = start[j] + way * fmax(1, fabs(start[j]));
        if (l->lower) to[j] = fmin(fmax(to[j], l->lower[j]), l->upper[j]);
    }
}

void least_search(least *l, const double *start, double *best) {
    size_t n = l->n, most_steps = l->most_steps;
    double *aside = l->work + least_room(n) - n;
    search_from(l, start, best);
    if (is_solution(l->outcome) || l->outcome == NOT_FINITE_START || l->steps > 0 || most_steps == 0) return;
    enum outcome outcome = l->outcome;
    double squares = l->squares;
    for (unsigned i = 0; i < ASIDE; i++) {
        step_aside(l, start, i, aside);
        l->most_steps = most_steps;
        search_from(l, aside, best);
        if (is_solution(l->outcome) || (l->outcome == SINGULAR && l->squares < 0.99 * squares)) return;
    }
    memcpy(l->x, start, n * sizeof *start);
    l->most_steps = 0;
    least_solve(l);
    l->outcome = outcome;
}
