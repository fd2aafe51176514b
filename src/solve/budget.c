/* SPDX-License-Identifier: GPL-3.0-or-later */
/* budget.c - see budget.h. */
#include "solve/budget.h"
#include "solve/student.h"
#include <math.h>

void budget_free(budget *b) { array_free(&b->rows); }

static double entry_of(const value *v, size_t i) { return view_of(v).data[i]; }

/* dy_i / dx_k of one leaf. */
static double sensitivity_at(const sensitivity *s, size_t i, size_t k, size_t m) {
    if (s->entrywise) return i == k ? entry_of(&s->j, i) : 0;
    return entry_of(&s->j, i * m + k);
}

static void add_rows(evaluator *e, u32 leaf, size_t i, budget *b) {
    const uncertain *s = e->uncertain;
    const uncertain_leaf *l = &s->leaves.items[leaf];
    const sensitivity *d = &s->of[0].items[leaf];
    size_t m = shape_of(&l->leaf).size;
    if (!d->connected) return;
    for (size_t k = d->entrywise ? i : 0; k < (d->entrywise ? i + 1 : m); k++) {
        budget_row row = {.leaf = leaf, .entry = k, .df = l->df};
        row.value = entry_of(&l->leaf, k);
        row.u = entry_of(&l->u, k);
        row.sensitivity = sensitivity_at(d, i, k, m);
        row.contribution = fabs(contribution(e, &s->of[0], leaf, i, k));
        array_push(&b->rows, row);
    }
}

/* ---- shares and degrees of freedom ---- */

/* By entry of all leaves, in the pool: signed contributions divided by u, and their sums over what each is
 * correlated with. */
typedef struct shares {
    double *c, *sum;
} shares;

static double *new_numbers(evaluator *e, size_t n) {
    double *x = pool_tensor(&e->rec, 1, &n)->data;
    for (size_t i = 0; i < n; i++) x[i] = 0;
    return x;
}

static shares shares_of(evaluator *e, size_t i, const budget *b) {
    const uncertain *s = e->uncertain;
    size_t all = s->blocks.count;
    shares h = {new_numbers(e, all), new_numbers(e, all)};
    for (size_t r = 0; r < b->rows.count; r++) {
        const budget_row *row = &b->rows.items[r];
        size_t at = s->leaves.items[row->leaf].first + row->entry;
        h.c[at] = h.sum[at] = b->u > 0 ? contribution(e, &s->of[0], row->leaf, i, row->entry) / b->u : 0;
    }
    for (size_t n = 0; n < s->links.count; n++) {
        const uncertain_link *l = &s->links.items[n];
        size_t p = s->leaves.items[l->a].first + l->i, q = s->leaves.items[l->b].first + l->j;
        h.sum[p] += l->r * h.c[q];
        h.sum[q] += l->r * h.c[p];
    }
    return h;
}

/* Welch and Satterthwaite, block after block of correlated inputs: one that shares its degrees of freedom
 * counts as one input (several quantities that were observed together, or parameters of one fit). */
static double effective_freedom(evaluator *e, const shares *h, const budget *b) {
    const uncertain *s = e->uncertain;
    size_t all = s->blocks.count;
    double *variance = new_numbers(e, all), *df = new_numbers(e, all), sum = 0;
    for (size_t r = 0; r < b->rows.count; r++) {
        const budget_row *row = &b->rows.items[r];
        size_t at = s->leaves.items[row->leaf].first + row->entry, head = s->blocks.items[at];
        if (h->c[at] == 0) continue;
        variance[head] += h->c[at] * h->sum[at];
        df[head] = df[head] == 0 || df[head] == row->df ? row->df : NAN;
    }
    for (size_t at = 0; at < all; at++)
        if (df[at] != 0 && variance[at] != 0) sum += variance[at] * variance[at] / df[at];
    return sum == 0 ? INFINITY : 1 / sum;
}

/* Tables of the t-distribution are entered with the next lower whole number (G.4.1). */
static void cover(double coverage, budget *b) {
    double df = isnan(b->df) ? INFINITY : b->df >= 1 ? floor(b->df * (1 + 1e-9)) : b->df;
    b->level = coverage < 1 ? coverage : 0;
    b->k = coverage < 1 ? student_two_sided(coverage, df) : coverage;
    b->expanded = b->k * b->u;
}

void budget_make(evaluator *e, value y, size_t i, double coverage, budget *b) {
    recorder *r = &e->rec;
    size_t mark = pool_mark(r);
    value u = uncertainty_of(e, y);
    *b = (budget){.rows = b->rows, .value = entry_of(&y, i), .u = is_unbound(&u) ? 0 : entry_of(&u, i)};
    b->rows.count = 0;
    uncertain_blocks(e);
    for (u32 leaf = 0; leaf < e->uncertain->leaves.count; leaf++) add_rows(e, leaf, i, b);
    shares h = shares_of(e, i, b);
    for (size_t n = 0; n < b->rows.count; n++) {
        budget_row *row = &b->rows.items[n];
        size_t at = e->uncertain->leaves.items[row->leaf].first + row->entry;
        row->share = isfinite(b->u) ? h.c[at] * h.sum[at] : NAN;
    }
    b->df = isfinite(b->u) ? effective_freedom(e, &h, b) : NAN;
    cover(coverage, b);
    pool_release(r, mark);
    value part = is_tensor(&y) ? entry_get(r, y, (u32)i) : y;
    b->has_second = isfinite(b->u) && second_order(e, part, &b->second_u, &b->second_shift);
    pool_release(r, mark);
}

/* ---- what is not finite ---- */

static void explain_inputs(evaluator *e, value y, const budget *b) {
    for (size_t i = 0; i < b->rows.count; i++) {
        const budget_row *row = &b->rows.items[i];
        double worst = isfinite(row->sensitivity) ? row->contribution : row->sensitivity;
        explain_uncertainty(e, y, SCALAR(worst));
        if (!isfinite(worst)) return;
    }
}

void budget_explain(evaluator *e, value y, const budget *b) {
    u32 origin = y.node ? e->rec.tape.origin[y.node] : ORIGIN_NONE;
    size_t mark = pool_mark(&e->rec);
    explain_inputs(e, y, b);
    explain_figure(e, origin, b->expanded, "an expanded uncertainty");
    explain_figure(e, origin, isnan(b->df) ? NAN : 0, "a number of effective degrees of freedom");
    if (b->has_second) {
        explain_figure(e, origin, b->second_u, "an uncertainty to second order");
        explain_figure(e, origin, b->second_shift, "a shift to second order");
    }
    pool_release(&e->rec, mark);
}
