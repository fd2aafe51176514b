/* SPDX-License-Identifier: GPL-3.0-or-later */
/* monte_carlo.c - see monte_carlo.h. */
#include "lib/monte_carlo.h"
#include "lang/uncertain.h"
#include "lib/session.h"
#include <math.h>
#include <stdio.h>

enum { MOST_CORRELATED = 2000, FEWEST = 2, TOLD_EVERY = 64 };

/* A run of samples; everything is freed by its end. */
typedef struct sampling {
    gtape *g;
    size_t inputs, targets, count; /* entries of leaves and of targets; samples so far */
    double *u, *factor, *drawn, *offsets;
    double *samples; /* target entry after target entry */
} sampling;

static size_t target_entries(const gtape *g) {
    size_t n = 0;
    for (size_t t = 0; t < g->targets.count; t++) n += shape_of(&g->targets.items[t].v).size;
    return n;
}

_Noreturn static void refuse(gtape *g, const char *why) {
    g->evaluator.rec.origin = ORIGIN_NONE;
    record_fail(&g->evaluator.rec, DIAG_UNSUPPORTED, "no Monte Carlo samples: %s", why);
}

static void check(const sampling *s) {
    gtape *g = s->g;
    const uncertain *set = g->evaluator.uncertain;
    if (g->build.at_prompt || !g->programs.count) refuse(g, "they need a program, not a prompt");
    if (set->is_joined) refuse(g, "the program has uncertainties from a fit, which would be run for each");
    if (set->created != set->leaves.count) refuse(g, "the program makes too many uncertain values");
    if (set->links.count && s->inputs > MOST_CORRELATED) refuse(g, "too many correlated inputs");
    if (s->targets > MOST_SAMPLES / g->samples) {
        char why[120];
        snprintf(why, sizeof why, "%zu for %zu number%s take more memory than 1 GiB; %zu would fit",
                 g->samples, s->targets, s->targets == 1 ? "" : "s", MOST_SAMPLES / s->targets);
        refuse(g, why);
    }
}

/* Uncertainties by entry; leaves that --at made for a value that went elsewhere count as exact. */
static void take_uncertainties(sampling *s) {
    const uncertain *set = s->g->evaluator.uncertain;
    for (size_t i = 0, at = 0; i < set->leaves.count; i++) {
        const uncertain_leaf *l = &set->leaves.items[i];
        view u = view_of(&l->u);
        for (size_t k = 0; k < u.size; k++) s->u[at++] = l->leaf.node ? u.data[k] : 0;
    }
}

static void prepare(sampling *s) {
    evaluator *e = &s->g->evaluator;
    uncertain_check(e);
    uncertain_blocks(e);
    s->inputs = e->uncertain->blocks.count;
    s->targets = target_entries(s->g);
    check(s);
    s->u = mem_alloc(s->inputs, sizeof *s->u);
    s->drawn = mem_alloc(s->inputs, sizeof *s->drawn);
    s->offsets = mem_alloc(s->inputs, sizeof *s->offsets);
    s->samples = mem_alloc(mem_product(s->targets, s->g->samples), sizeof *s->samples);
    take_uncertainties(s);
    if (!e->uncertain->links.count) return;
    s->factor = mem_alloc(mem_product(s->inputs, s->inputs), sizeof *s->factor);
    uncertain_factor(e, s->factor, s->inputs);
}

static void draw(sampling *s) {
    size_t n = s->inputs;
    for (size_t i = 0; i < n; i++) s->drawn[i] = random_normal(s->g->evaluator.rec.seed, s->count * n + i);
    for (size_t i = 0; i < n; i++) {
        double z = s->drawn[i];
        if (s->factor) {
            z = 0;
            for (size_t k = 0; k <= i; k++) z += s->factor[i * n + k] * s->drawn[k];
        }
        s->offsets[i] = s->u[i] * z;
    }
}

/* One run; the values of the targets go to column `count`. */
static void take_sample(sampling *s) {
    gtape *g = s->g;
    evaluator *e = &g->evaluator;
    size_t row = 0;
    if (e->interrupt) fault_raise(FAULT_INTERRUPT);
    draw(s);
    session_rerun(g);
    for (size_t t = 0; t < g->targets.count; t++) {
        const result *r = &g->targets.items[t];
        view v = view_of(&e->globals.items[r->slot]);
        if (is_unbound(&e->globals.items[r->slot]) || v.size != shape_of(&r->v).size)
            refuse(g, "a target changes its shape");
        for (size_t i = 0; i < v.size; i++) s->samples[row++ * g->samples + s->count] = v.data[i];
    }
    s->count++;
}

/* ---- figures ---- */

/* The number that stands at `rank` in ascending order (Hoare's FIND): what is less is moved before it. */
static double number_at(double *x, size_t n, size_t rank) {
    size_t low = 0, high = n - 1;
    while (low < high) {
        double middle = x[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (x[i] < middle) i++;
            while (middle < x[j]) j--;
            if (i >= j) break;
            double other = x[i];
            x[i++] = x[j], x[j--] = other;
        }
        if (rank <= j) high = j;
        else low = j + 1;
    }
    return x[rank];
}

/* The probability that the interval is to have. */
static double level_of(const gtape *g) { return g->coverage < 1 ? g->coverage : erf(g->coverage / M_SQRT2); }

static monte_carlo figures_of(double *x, size_t n, double level) {
    monte_carlo m = {.mean = NAN, .deviation = NAN, .low = NAN, .high = NAN, .drawn = n};
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) x[m.finite++] = x[i];
    if (m.finite < 2) return m;
    double sum = 0, squares = 0, most = 0, size = (double)m.finite;
    for (size_t i = 0; i < m.finite; i++) sum += (x[i] - x[0]) / size;
    m.mean = x[0] + sum;
    for (size_t i = 0; i < m.finite; i++) most = fmax(most, fabs(x[i] - m.mean));
    for (size_t i = 0; i < m.finite && most > 0; i++) {
        double d = (x[i] - m.mean) / most; /* so that its square is in range */
        squares += d * d;
    }
    m.deviation = most * sqrt(squares / (size - 1));
    size_t tail = (size_t)((1 - level) / 2 * size);
    m.low = number_at(x, m.finite, tail);
    m.high = number_at(x, m.finite, m.finite - 1 - tail);
    return m;
}

/* ---- the run ---- */

static void tell(const sampling *s) {
    const solver_state *solver = &s->g->solver;
    char line[80];
    if (!solver->progress) return;
    snprintf(line, sizeof line, "Monte Carlo: %zu of %zu samples", s->count, s->g->samples);
    solver->progress(solver->progress_user, line);
}

static void sample_all(sampling *s, monte_carlo_list *out) {
    (void)out;
    evaluator *e = &s->g->evaluator;
    prepare(s);
    e->uncertain->offsets = s->offsets;
    e->uncertain->offset_count = s->inputs;
    while (s->count < s->g->samples) {
        take_sample(s);
        if (s->count % TOLD_EVERY == 0) tell(s);
    }
}

static void say_stopped(const sampling *s) {
    gtape *g = s->g;
    if (g->evaluator.interrupt == INTERRUPT_TIMEOUT)
        diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_TIMEOUT, NO_SPAN,
                 "out of time after %zu of %zu samples", s->count, g->samples);
    else
        diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_INTERRUPTED, NO_SPAN,
                 "stopped after %zu of %zu samples", s->count, g->samples);
    g->evaluator.interrupt = INTERRUPT_NONE;
}

/* The nominal run once more, and what the samples tell. */
static void finish(sampling *s, monte_carlo_list *out) {
    if (s->count < s->g->samples) say_stopped(s);
    session_rerun(s->g);
    for (size_t t = 0; t < s->targets; t++) {
        monte_carlo m = figures_of(s->samples + t * s->g->samples, s->count, level_of(s->g));
        array_push(out, m);
    }
}

/* Runs work(s, out) and returns the fault. */
static int guarded(void (*work)(sampling *s, monte_carlo_list *out), sampling *s, monte_carlo_list *out) {
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) work(s, out);
    fault_end(&here);
    return fault;
}

bool monte_carlo_run(gtape *g, monte_carlo_list *out) {
    sampling s = {.g = g};
    evaluator *e = &g->evaluator;
    void (*print)(void *user, const char *text, size_t length) = e->print;
    bool notes = e->notes;
    e->print = NULL;
    e->notes = false;
    g->solver.is_one_run = true;
    int fault = guarded(sample_all, &s, out);
    g->solver.is_one_run = false;
    e->uncertain->offsets = NULL;
    bool stopped = fault == FAULT_INTERRUPT && s.count >= FEWEST; /* only no time for more */
    if (stopped || !fault) fault = guarded(finish, &s, out);
    mem_free(s.u);
    mem_free(s.factor);
    mem_free(s.drawn);
    mem_free(s.offsets);
    mem_free(s.samples);
    e->print = print;
    e->notes = notes;
    if (fault) fault_raise((enum fault)fault);
    return !stopped;
}
