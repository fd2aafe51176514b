/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_sweep.c - rows made from ranges: gtape_sweep. */
#include "lib/rows_job.h"
#include <math.h>
#include <string.h>

/* More entries than this are a mistake. */
#define MOST_ENTRIES 1e12

typedef struct sweep_job {
    const char *given; /* NAME=... */
    sweep_axis *axis;
    gtape *scratch; /* where expressions are evaluated */
} sweep_job;

static _Noreturn void fail(gtape *g, const sweep_job *s, const char *why) {
    diagnostic *d =
        diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_BAD_OPTION, NO_SPAN, "--sweep %s: %s", s->given, why);
    diag_hint(d, "--sweep x=0:1:0.1, or a vector: --sweep 'x=linspace(0,1,11)'");
    fault_raise(FAULT_ERROR);
}

/* ---- expressions ---- */

/* One stream of random numbers, as with --at: those of the text before, then these, then the program's. */
static gtape_status run_scratch(gtape *g, gtape *scratch) {
    scratch->evaluator.rec.seed = g->evaluator.rec.seed;
    scratch->evaluator.first_draw = g->evaluator.first_draw;
    gtape_status status = gtape_run(scratch);
    g->evaluator.first_draw = scratch->evaluator.rec.draws;
    return status;
}

/* The value of a piece of text; it belongs to s->scratch. */
static gtape_value evaluate_text(gtape *g, sweep_job *s, const char *expression, size_t length) {
    gtape_free(s->scratch);
    s->scratch = gtape_new();
    if (!s->scratch) fault_raise(FAULT_MEMORY);
    gtape_status status = gtape_add(s->scratch, "--sweep", expression, length);
    if (status == GTAPE_OK) status = run_scratch(g, s->scratch);
    if (status == GTAPE_OK && gtape_target_count(s->scratch) == 1) return gtape_target_value(s->scratch, 0);
    if (gtape_diagnostic_count(s->scratch)) fail(g, s, gtape_diagnostic_at(s->scratch, 0).message);
    fail(g, s, "a value is needed");
}

static double evaluate_number(gtape *g, sweep_job *s, const char *begin, const char *end) {
    gtape_value v = evaluate_text(g, s, begin, (size_t)(end - begin));
    if (v.size != 1 || !isfinite(v.data[0])) fail(g, s, "each of from, to and step is one finite number");
    return v.data[0];
}

/* ---- axes ---- */

/* (to - from)/step, where the difference may be larger than any double. */
static double steps_between(double from, double to, double step) {
    double width = to - from;
    return isfinite(width) ? width / step : (to / 2 - from / 2) / (step / 2);
}

static double entry_of_range(double from, double step, size_t i) {
    double way = (double)i * step;
    return isfinite(way) ? from + way : fma((double)i, step, from);
}

/* From `from` on, as many steps as fit; what is an end but for rounding is the end itself. */
static void fill_range(gtape *g, const sweep_job *s, double from, double to, double step) {
    double steps = steps_between(from, to, step);
    if (!(steps >= 0)) fail(g, s, "the step does not lead from the first value to the last");
    if (steps >= MOST_ENTRIES) fail(g, s, "too many values");
    double nearest = nearbyint(steps);
    bool hits = nearest >= 1 && fabs(steps - nearest) <= 1e-9 * nearest;
    double last = hits ? nearest : floor(steps);
    s->axis->count = (size_t)last + 1;
    s->axis->values = mem_alloc(s->axis->count, sizeof *s->axis->values);
    for (size_t i = 0; i < s->axis->count; i++) s->axis->values[i] = entry_of_range(from, step, i);
    if (hits) s->axis->values[s->axis->count - 1] = to;
}

static void fill_vector(gtape *g, sweep_job *s, const char *expression) {
    gtape_value v = evaluate_text(g, s, expression, GTAPE_ALL);
    if (v.rank > 1) fail(g, s, "a vector is needed, not a matrix");
    s->axis->values = mem_alloc(v.size, sizeof *s->axis->values);
    memcpy(s->axis->values, v.data, v.size * sizeof *v.data);
    s->axis->count = v.size;
}

/* Colons outside of brackets: up to two, behind each of which a part begins.  Returns how many there are. */
static size_t find_colons(const char *p, const char *colon[2]) {
    size_t count = 0;
    int depth = 0;
    for (; *p; p++) {
        depth += (*p == '(' || *p == '[' || *p == '{') - (*p == ')' || *p == ']' || *p == '}');
        if (*p != ':' || depth > 0) continue;
        if (count < 2) colon[count] = p;
        count++;
    }
    return count;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* NAME, or ${NAME} for one that is no word; blanks around it as with --at. */
static void take_name(gtape *g, const sweep_job *s, const char *end) {
    const char *begin = s->given;
    while (begin < end && is_blank(*begin)) begin++;
    while (begin < end && is_blank(end[-1])) end--;
    if (end - begin > 3 && begin[0] == '$' && begin[1] == '{' && end[-1] == '}') begin += 2, end--;
    if (end == begin) fail(g, s, "a name is needed in front of =");
    s->axis->name = mem_copy_text(begin, (size_t)(end - begin));
    for (sweep_axis *other = g->axes.items; other < s->axis; other++)
        if (strcmp(other->name, s->axis->name) == 0) fail(g, s, "this name is swept already");
}

static void add_axis(gtape *g, void *argument) {
    sweep_job *s = argument;
    array_push(&g->axes, ((sweep_axis){.count = 0})); /* the session owns it, whatever is raised */
    s->axis = &g->axes.items[g->axes.count - 1];
    const char *equals = s->given + strcspn(s->given, "="), *colon[2];
    if (!*equals) fail(g, s, "NAME=FROM:TO:STEP is needed");
    take_name(g, s, equals);
    size_t colons = find_colons(equals + 1, colon);
    if (colons == 0) {
        fill_vector(g, s, equals + 1);
        return;
    }
    if (colons != 2) fail(g, s, "a range has three parts, FROM:TO:STEP");
    double from = evaluate_number(g, s, equals + 1, colon[0]),
           to = evaluate_number(g, s, colon[0] + 1, colon[1]);
    fill_range(g, s, from, to, evaluate_number(g, s, colon[1] + 1, colon[1] + strlen(colon[1])));
}

gtape_status gtape_sweep(gtape *g, const char *given) {
    sweep_job s = {.given = given};
    gtape_status status = session_guard(g, add_axis, &s);
    gtape_free(s.scratch);
    return status;
}

void session_free_sweep(gtape *g) {
    for (size_t i = 0; i < g->axes.count; i++) {
        mem_free(g->axes.items[i].name);
        mem_free(g->axes.items[i].values);
    }
    array_free(&g->axes);
}

/* ---- rows ---- */

size_t rows_in_sweep(const gtape *g) {
    size_t rows = 1;
    for (size_t i = 0; i < g->axes.count; i++) rows = mem_product(rows, g->axes.items[i].count);
    return rows;
}

double rows_sweep_entry(const gtape *g, size_t axis, size_t row) {
    for (size_t i = g->axes.count - 1; i > axis; i--) row /= g->axes.items[i].count;
    return g->axes.items[axis].values[row % g->axes.items[axis].count];
}
