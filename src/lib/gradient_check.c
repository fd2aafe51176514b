/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gradient_check.c - derivatives held against differences of the program: see gtape.h.
 *
 * The program is run again with one entry of a variable moved, and central differences of shrinking steps are
 * extrapolated to a step of 0, entry by entry with the step where that promises the least error: C. J. F.
 * Ridders, Accurate computation of F'(x) and F'(x)F''(x), Advances in Engineering Software 4 (1982) 75-76.
 * All targets share the runs. */
#include "lib/kinks.h"
#include "lib/moved_runs.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { LEVELS = 12, TRIES = 3, CLOSER = 3, MOST_SHOWN = 1000 };
/* The first step, as a part of the entry's size, and what counts as its size where it is small. */
static const double first_step[TRIES] = {0.1, 0.1, 1e-4}, least_size[TRIES] = {1e-2, 0, 0};
/* Likewise, where a derivative parts: steps of many periods, or over a pole or a jump, can agree with each
 * other on another one. */
static const double closer_step[CLOSER] = {1e-3, 1e-5, 1e-7};

typedef struct comparison {
    u32 target, variable;
    size_t row, entry; /* entries of the target and of the variable */
    double gradient, difference, estimate;
} comparison;

typedef struct checking {
    gtape *g;
    double tolerance;
    store_shift shift;
    ARRAY(store_shift) names; /* that mean the variable's node */
    size_t rows;              /* entries of all targets */
    double *before, *after;   /* their values on either side */
    double *tableau;          /* level after level: the row of Ridders' tableau at work, and the last one */
    double *best, *error;     /* by row */
    ARRAY(comparison) list;
    text kinks;
    bool is_written; /* the table, as a whole */
} checking;

static const char *name_of(const gtape *g, u32 slot) {
    return intern_text(&g->graph.names, g->graph.globals.items[slot].name);
}

/* ---- runs ---- */

static void take_values(checking *c, double *out) {
    gtape *g = c->g;
    for (size_t t = 0; t < g->targets.count; t++) {
        const result *r = &g->targets.items[t];
        const value *v = &g->evaluator.globals.items[r->slot];
        if (is_unbound(v) || shape_of(v).size != shape_of(&r->v).size)
            record_fail(&g->evaluator.rec, DIAG_SHAPE, "'%s' changes its shape with the step of a difference",
                        name_of(g, r->slot));
        view w = view_of(v);
        for (size_t i = 0; i < w.size; i++) *out++ = w.data[i];
    }
}

static void run_shifted(checking *c, double by, double *out) {
    c->shift.by = by;
    session_run_shifted(c->g, &c->shift);
    take_values(c, out);
}

/* Names that mean one node, as after b = a, are moved together: by that which was bound first. */
static void find_first_name(checking *c, u32 slot) {
    const evaluator *e = &c->g->evaluator;
    const u32 node = e->globals.items[slot].node;
    c->names.count = 0;
    for (u32 i = 0; node && i < e->globals.count; i++)
        if (e->globals.items[i].node == node && !is_unbound(&e->globals.items[i]))
            array_push(&c->names, ((store_shift){.slot = i, .at = UINT32_MAX, .last = UNBOUND}));
    if (c->names.count < 2) return;
    for (size_t i = 0; i + 1 < c->names.count; i++) c->names.items[i].next = &c->names.items[i + 1];
    session_run_shifted(c->g, c->names.items);
    u32 first = UINT32_MAX;
    for (size_t i = 0; i < c->names.count; i++) {
        const store_shift *s = &c->names.items[i];
        if (s->seen == 0 || s->order > first) continue;
        first = s->order;
        c->shift = (store_shift){.slot = s->slot, .at = s->seen - 1, .last = s->last};
    }
}

static void find_binding(checking *c, const result *variable) {
    evaluator *e = &c->g->evaluator;
    c->shift = (store_shift){.slot = variable->slot};
    if (session_find_binding(c->g, &c->shift)) {
        find_first_name(c, variable->slot);
        return;
    }
    e->rec.origin = ORIGIN_NONE;
    const global *v = &c->g->graph.globals.items[variable->slot];
    record_fail(&e->rec, DIAG_UNSUPPORTED, "'%s' is %s, so it cannot be checked",
                name_of(c->g, variable->slot),
                v->is_constant && !v->is_bound ? "a constant that the program does not bind"
                                               : "bound by a loop or a solver");
}

/* ---- Ridders' scheme ---- */

/* Adds a level: differences with the step h, then columns that are extrapolated from the last level. */
static void add_level(checking *c, u32 level, double h, double x) {
    size_t n = c->rows;
    double *now = c->tableau + (level % 2) * (size_t)LEVELS * n,
           *last = c->tableau + ((level + 1) % 2) * (size_t)LEVELS * n;
    run_shifted(c, -h, c->before);
    run_shifted(c, h, c->after);
    double width = (x + h) - (x - h);
    for (size_t r = 0; r < n; r++) {
        now[r] = (c->after[r] - c->before[r]) / width;
        double noise = DBL_EPSILON * fmax(fabs(c->after[r]), fabs(c->before[r])) / width, factor = 1;
        for (u32 j = 1; j <= level; j++) {
            factor *= 4;
            double d = (factor * now[(j - 1) * n + r] - last[(j - 1) * n + r]) / (factor - 1);
            now[j * n + r] = d;
            double error = fmax(fabs(d - now[(j - 1) * n + r]), fabs(d - last[(j - 1) * n + r]));
            if (!(error + noise < c->error[r])) continue;
            c->error[r] = error + noise;
            c->best[r] = d;
        }
    }
}

static bool all_are_good(const checking *c) {
    for (size_t r = 0; r < c->rows; r++)
        if (!(c->error[r] <= 0.1 * c->tolerance * fmax(1, fabs(c->best[r])))) return false;
    return true;
}

static void forget_best(checking *c) {
    for (size_t r = 0; r < c->rows; r++) c->best[r] = NAN, c->error[r] = INFINITY;
}

/* From the first step h on. */
static void extrapolate(checking *c, double x, double h) {
    for (u32 level = 0; level < LEVELS && h > 0 && (level < 3 || !all_are_good(c)); level++, h /= 2)
        add_level(c, level, h, x);
}

static void differentiate(checking *c, double x) {
    forget_best(c);
    for (u32 k = 0; k < TRIES && !all_are_good(c); k++)
        extrapolate(c, x, first_step[k] * fmax(fabs(x), least_size[k]));
}

/* ---- against the gradient ---- */

static double scale_of(const comparison *k) { return fmax(1, fmax(fabs(k->gradient), fabs(k->difference))); }

/* The difference relative to the size; where there is no difference nothing can be said. */
static double gap_of(const comparison *k) {
    if (isnan(k->difference)) return -1;
    double gap = fabs(k->gradient - k->difference) / scale_of(k);
    return isnan(gap) ? INFINITY : gap;
}

static bool parts(const checking *c, const comparison *k) {
    return gap_of(k) > c->tolerance && !(fabs(k->gradient - k->difference) <= 2 * k->estimate);
}

static double estimate_of(const checking *c, size_t r) {
    return isfinite(c->best[r]) ? c->error[r] : (double)NAN;
}

static void compare(checking *c, u32 variable, size_t entry) {
    gtape *g = c->g;
    size_t r = 0, size = shape_of(&g->variables.items[variable].v).size;
    for (u32 t = 0; t < g->targets.count; t++) {
        view d = view_of(&g->derivatives.items[t * g->variables.count + variable].v);
        for (size_t i = 0; i < d.size / size; i++, r++)
            array_push(&c->list, ((comparison){t, variable, i, entry, d.data[i * size + entry], c->best[r],
                                               estimate_of(c, r)}));
    }
}

static bool any_parts(const checking *c) {
    for (size_t r = 0; r < c->rows; r++)
        if (parts(c, &c->list.items[c->list.count - c->rows + r])) return true;
    return false;
}

/* The last comparisons again; a difference that agrees by itself stands for the one that parted. */
static void look_closer(checking *c, double x) {
    for (u32 k = 0; k < CLOSER && any_parts(c); k++) {
        forget_best(c);
        extrapolate(c, x, closer_step[k] * (x != 0 ? fabs(x) : 1));
        for (size_t r = 0; r < c->rows; r++) {
            comparison *old = &c->list.items[c->list.count - c->rows + r], now = *old;
            now.difference = c->best[r];
            now.estimate = estimate_of(c, r);
            if (parts(c, old) && !isnan(now.difference) && gap_of(&now) <= c->tolerance) *old = now;
        }
    }
}

static void check_all(checking *c) {
    gtape *g = c->g;
    for (size_t t = 0; t < g->targets.count; t++) c->rows += shape_of(&g->targets.items[t].v).size;
    c->before = mem_alloc(c->rows, sizeof *c->before);
    c->after = mem_alloc(c->rows, sizeof *c->after);
    c->best = mem_alloc(c->rows, sizeof *c->best);
    c->error = mem_alloc(c->rows, sizeof *c->error);
    c->tableau = mem_alloc(mem_product(c->rows, (size_t)2 * LEVELS), sizeof *c->tableau);
    kinks_write(g, &c->kinks);
    for (u32 i = 0; i < g->variables.count; i++) {
        find_binding(c, &g->variables.items[i]);
        view x = view_of(&g->variables.items[i].v);
        for (c->shift.entry = 0; c->shift.entry < x.size; c->shift.entry++) {
            differentiate(c, x.data[c->shift.entry]);
            compare(c, i, c->shift.entry);
            look_closer(c, x.data[c->shift.entry]);
        }
    }
}

/* ---- the table ---- */

static int worst_first(const void *a, const void *b) {
    const comparison *p = a, *q = b;
    double x = gap_of(p), y = gap_of(q);
    if (x != y) return x < y ? 1 : -1;
    if (p->target != q->target) return p->target < q->target ? -1 : 1;
    if (p->row != q->row) return p->row < q->row ? -1 : 1;
    if (p->variable != q->variable) return p->variable < q->variable ? -1 : 1;
    return (p->entry > q->entry) - (p->entry < q->entry);
}

static void put_index(text *out, view shape, size_t entry) {
    if (shape.rank == 0) return;
    size_t below = shape.size;
    for (u32 i = 0; i < shape.rank; i++) {
        below /= shape.shape[i];
        text_printf(out, "%s%zu", i ? "," : "[", entry / below);
        entry %= below;
    }
    text_putc(out, ']');
}

static void put_number(listing *l, double x, int digits) {
    char number[NUMBER_ROOM];
    number_write(number, x, (number_format){.digits = digits});
    text_puts(&l->cells, number);
    listing_end_cell(l);
}

static bool is_number_column(size_t column) { return column >= 3; }

static void write_row(gtape *g, const comparison *k) {
    listing *l = &g->listing;
    const result *target = &g->targets.items[k->target], *variable = &g->variables.items[k->variable];
    text_puts(&l->cells, name_of(g, target->slot));
    put_index(&l->cells, shape_of(&target->v), k->row);
    listing_end_cell(l);
    text_puts(&l->cells, name_of(g, variable->slot));
    listing_end_cell(l);
    put_index(&l->cells, shape_of(&variable->v), k->entry);
    listing_end_cell(l);
    put_number(l, k->gradient, 12);
    put_number(l, k->difference, 12);
    put_number(l, fabs(k->gradient - k->difference), 2);
    put_number(l, k->estimate, 2);
}

static void write_table(checking *c, text *out) {
    static const char *const headings[] = {"target",     "variable", "index",   "gradient",
                                           "difference", "error",    "estimate"};
    listing *l = &c->g->listing;
    listing_begin_cells(l);
    for (size_t i = 0; i < COUNT_OF(headings); i++) {
        text_puts(&l->cells, headings[i]);
        listing_end_cell(l);
    }
    qsort(c->list.items, c->list.count, sizeof *c->list.items, worst_first);
    for (size_t i = 0; i < c->list.count && i < MOST_SHOWN; i++) write_row(c->g, &c->list.items[i]);
    listing_lines(l, out, COUNT_OF(headings), is_number_column);
    if (c->list.count > MOST_SHOWN) text_printf(out, "... and %zu more\n", c->list.count - MOST_SHOWN);
    if (c->kinks.length) text_printf(out, "\nat a kink:\n%s", text_str(&c->kinks));
}

/* A check that could not be made has not been passed. */
static void tell_unchecked(checking *c) {
    size_t count = 0;
    for (size_t i = 0; i < c->list.count; i++) count += isnan(c->list.items[i].difference) ? 1 : 0;
    if (!count) return;
    diagnostic *d = diag_add(&c->g->diagnostics, SEVERITY_ERROR, DIAG_CHECK_FAILED, NO_SPAN,
                             "%zu of %zu derivatives %s not checked: the target has no finite value on both "
                             "sides, hence no difference",
                             count, c->list.count, count == 1 ? "was" : "were");
    diag_hint(d, "check inside the domain, not at its edge or outside");
    fault_raise(FAULT_ERROR);
}

static void tell_parted(checking *c) {
    size_t count = 0;
    for (size_t i = 0; i < c->list.count; i++) count += parts(c, &c->list.items[i]);
    if (!count) return;
    char tolerance[NUMBER_ROOM];
    number_write(tolerance, c->tolerance, (number_format){.digits = 3});
    diagnostic *d = diag_add(&c->g->diagnostics, SEVERITY_ERROR, DIAG_CHECK_FAILED, NO_SPAN,
                             "%zu of %zu derivatives part%s from differences by more than %s", count,
                             c->list.count, count == 1 ? "s" : "", tolerance);
    if (c->kinks.length) diag_hint(d, "at a kink a derivative is a convention, and a difference is not");
    fault_raise(FAULT_ERROR);
}

static void check_and_write(gtape *g, checking *c) {
    if (!g->variables.count || !g->targets.count) {
        g->evaluator.rec.origin = ORIGIN_NONE;
        record_fail(&g->evaluator.rec, DIAG_BAD_TARGET,
                    "no derivatives to check: --wrt or watch chooses variables");
    }
    check_all(c);
    text_clear(&g->form);
    write_table(c, &g->form);
    c->is_written = true;
}

static void check(gtape *g, void *argument) {
    checking c = {.g = g, .tolerance = *(const double *)argument};
    quiet before;
    fault_point here;
    session_hush(g, &before);
    volatile int fault = FAULT_TRY(&here);
    if (!fault) check_and_write(g, &c);
    if (!fault) tell_parted(&c);
    if (!fault) tell_unchecked(&c);
    fault_end(&here);
    session_unhush(g, &before);
    mem_free(c.before);
    mem_free(c.after);
    mem_free(c.best);
    mem_free(c.error);
    mem_free(c.tableau);
    array_free(&c.list);
    array_free(&c.names);
    text_free(&c.kinks);
    pool_release(&g->evaluator.rec, 0);
    if (!c.is_written) text_clear(&g->form); /* no half of a table */
    if (fault) fault_raise((enum fault)fault);
}

gtape_status gtape_check(gtape *g, double tolerance, const char **out) {
    text_clear(&g->form);
    g->evaluator.interrupt = 0;
    gtape_status status = session_guard(g, check, &tolerance);
    *out = text_str(&g->form);
    return status;
}
