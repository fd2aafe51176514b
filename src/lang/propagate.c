/* SPDX-License-Identifier: GPL-3.0-or-later */
/* propagate.c - standard uncertainties and correlations of what was computed from uncertain leaves: see
 * uncertain.h. */
#include "lang/uncertain.h"
#include <math.h>
#include <string.h>

/* ---- sensitivities ---- */

static value seed_at(recorder *r, const value *like, size_t i) {
    if (!is_tensor(like)) return SCALAR(1);
    value seed = value_of_tensor(pool_tensor(r, like->t->rank, like->t->shape));
    memset(seed.t->data, 0, seed.t->size * sizeof *seed.t->data);
    seed.t->data[i] = 1;
    return seed;
}

static double *new_matrix(evaluator *e, sensitivity *to, size_t n, size_t m) {
    to->j = value_of_tensor(pool_tensor(&e->rec, 2, (size_t[]){n, m}));
    return to->j.t->data;
}

/* A leaf of few entries and a target of many: the product of the sweep with a seed u is linear in u, so that
 * sweeping it once more for each entry of the leaf gives the Jacobian by columns. */
static void fill_columns(evaluator *e, value y, value x, sensitivity *to) {
    recorder *r = &e->rec;
    size_t n = shape_of(&y).size, m = shape_of(&x).size;
    double *j = new_matrix(e, to, n, m);
    value u = record_leaf(r, seed_at(r, &y, 0)), g;
    sweep_gradients(r, y, u, 1, &x, &g, NULL, true);
    for (size_t k = 0; k < m; k++) {
        size_t mark = pool_mark(r);
        value column;
        if (e->interrupt) fault_raise(FAULT_INTERRUPT);
        sweep_gradients(r, g, seed_at(r, &x, k), 1, &u, &column, NULL, false);
        for (size_t i = 0; i < n; i++) j[i * m + k] = view_of(&column).data[i];
        pool_release(r, mark);
    }
}

static void fill_diagonal(evaluator *e, value y, value x, sensitivity *to) {
    to->entrywise = true;
    sweep_gradients(&e->rec, y, ones_like(&e->rec, &y), 1, &x, &to->j, NULL, false);
}

/* Row i of the Jacobians in all leaves that are listed in e->uncertain->variables. */
static void fill_row(evaluator *e, value y, size_t i, sensitivity_list *list) {
    uncertain *s = e->uncertain;
    size_t mark = pool_mark(&e->rec);
    if (e->interrupt) fault_raise(FAULT_INTERRUPT);
    sweep_gradients(&e->rec, y, seed_at(&e->rec, &y, i), (u32)s->variables.count, s->variables.items,
                    s->gradients.items, NULL, false);
    for (size_t v = 0, leaf = 0; leaf < list->count; leaf++) {
        sensitivity *to = &list->items[leaf];
        if (v == s->variables.count || s->leaves.items[leaf].leaf.node != s->variables.items[v].node)
            continue;
        view row = view_of(&s->gradients.items[v++]);
        memcpy(to->j.t->data + i * row.size, row.data, row.size * sizeof *row.data);
    }
    pool_release(&e->rec, mark);
}

static void add_row_leaf(evaluator *e, value x, size_t n, sensitivity *to) {
    uncertain *s = e->uncertain;
    new_matrix(e, to, n, shape_of(&x).size);
    array_push(&s->variables, x);
    array_push(&s->gradients, SCALAR(0));
}

static void add_sensitivity(evaluator *e, value y, u32 leaf, sensitivity_list *list) {
    value x = e->uncertain->leaves.items[leaf].leaf;
    size_t n = shape_of(&y).size, m = shape_of(&x).size;
    sensitivity *to = &list->items[leaf];
    if (n > 1 && entrywise_from(&e->rec, y.node, x.node)) fill_diagonal(e, y, x, to);
    else if (m < n) fill_columns(e, y, x, to);
    else add_row_leaf(e, x, n, to);
}

static bool may_reach(const uncertain *s, size_t leaf, u32 node) {
    u32 x = s->leaves.items[leaf].leaf.node;
    return x && x <= node;
}

size_t uncertain_connected(evaluator *e, u32 node, sensitivity_list *list) {
    const uncertain *s = e->uncertain;
    u32 low = UINT32_MAX;
    size_t connected = 0;
    list->count = 0;
    for (size_t i = 0; i < s->leaves.count; i++) {
        array_push(list, ((sensitivity){.j = UNBOUND}));
        if (may_reach(s, i, node) && s->leaves.items[i].leaf.node < low) low = s->leaves.items[i].leaf.node;
    }
    if (low > node) return 0;
    const u8 *reached = reached_from(&e->rec, low, node);
    for (size_t i = 0; i < s->leaves.count; i++)
        if (may_reach(s, i, node) && reached[s->leaves.items[i].leaf.node - low])
            list->items[i].connected = true, connected++;
    return connected;
}

bool sensitivities_of(evaluator *e, value y, sensitivity_list *list) {
    uncertain *s = e->uncertain;
    u32 origin = e->rec.origin;
    s->variables.count = s->gradients.count = 0;
    size_t n = shape_of(&y).size, connected = uncertain_connected(e, y.node, list);
    for (u32 i = 0; connected && i < s->leaves.count; i++)
        if (list->items[i].connected) add_sensitivity(e, y, i, list);
    for (size_t i = 0; s->variables.count && i < n; i++) fill_row(e, y, i, list);
    e->rec.origin = origin;
    return connected > 0;
}

bool uncertain_reaches(evaluator *e, u32 node) {
    uncertain *s = e->uncertain;
    return s && s->leaves.count && node && uncertain_connected(e, node, &s->of[0]) > 0;
}

/* ---- contributions ---- */

double contribution(const evaluator *e, const sensitivity_list *list, u32 leaf, size_t i, size_t k) {
    const sensitivity *s = &list->items[leaf];
    const value *u = &e->uncertain->leaves.items[leaf].u;
    if (!s->connected || (s->entrywise && i != k)) return 0;
    size_t m = shape_of(u).size;
    double spread = view_of(u).data[k];
    double d = view_of(&s->j).data[s->entrywise ? i : i * m + k];
    return spread == 0 || d == 0 ? 0 : d * spread;
}

/* The entries of a leaf that entry i of the target can depend on: from *k to before the result. */
static size_t entries_at(const evaluator *e, const sensitivity_list *list, u32 leaf, size_t i, size_t *k) {
    *k = list->items[leaf].entrywise ? i : 0;
    if (!list->items[leaf].connected) return 0;
    return list->items[leaf].entrywise ? i + 1 : shape_of(&e->uncertain->leaves.items[leaf].u).size;
}

/* The largest contribution, by which the others are divided so that their squares stay in range; nan wins. */
static double largest(const evaluator *e, const sensitivity_list *list, size_t i) {
    double most = 0;
    for (u32 leaf = 0; leaf < list->count; leaf++) {
        size_t k, end = entries_at(e, list, leaf, i, &k);
        for (; k < end; k++) {
            double c = fabs(contribution(e, list, leaf, i, k));
            if (!(c <= most)) most = c;
            if (isnan(most)) return most;
        }
    }
    return most;
}

/* The covariance of entry i of one target and entry j of another (or the same), both divided by a scale. */
static double scaled_covariance(const evaluator *e, const sensitivity_list *y, size_t i, double y_scale,
                                const sensitivity_list *z, size_t j, double z_scale) {
    const uncertain *s = e->uncertain;
    double sum = 0;
    for (u32 leaf = 0; leaf < y->count; leaf++) {
        size_t k, end = entries_at(e, y, leaf, i, &k);
        for (; k < end; k++)
            sum += contribution(e, y, leaf, i, k) / y_scale * (contribution(e, z, leaf, j, k) / z_scale);
    }
    for (size_t n = 0; n < s->links.count; n++) {
        const uncertain_link *l = &s->links.items[n];
        sum += l->r *
               (contribution(e, y, l->a, i, l->i) / y_scale * (contribution(e, z, l->b, j, l->j) / z_scale) +
                contribution(e, y, l->b, i, l->j) / y_scale * (contribution(e, z, l->a, j, l->i) / z_scale));
    }
    return sum;
}

static double uncertainty_at(const evaluator *e, const sensitivity_list *list, size_t i) {
    double scale = largest(e, list, i);
    if (scale == 0 || !isfinite(scale)) return scale;
    double variance = scaled_covariance(e, list, i, scale, list, i, scale);
    return variance < 0 ? 0 : scale * sqrt(variance); /* below 0: rounding where correlated parts cancel */
}

/* ---- results ---- */

value uncertainty_of(evaluator *e, value y) {
    uncertain *s = e->uncertain;
    if (!s || !s->leaves.count || !y.node) return UNBOUND;
    uncertain_check(e);
    if (!sensitivities_of(e, y, &s->of[0])) return UNBOUND;
    if (!is_tensor(&y)) return SCALAR(uncertainty_at(e, &s->of[0], 0));
    value u = value_of_tensor(pool_tensor(&e->rec, y.t->rank, y.t->shape));
    for (size_t i = 0; i < u.t->size; i++) {
        if (e->interrupt) fault_raise(FAULT_INTERRUPT);
        u.t->data[i] = uncertainty_at(e, &s->of[0], i);
    }
    return u;
}

double correlation_of(evaluator *e, value y, value z) {
    uncertain *s = e->uncertain;
    if (!s || !s->leaves.count || !y.node || !z.node) return NAN;
    uncertain_check(e);
    bool both = sensitivities_of(e, y, &s->of[0]);
    both = sensitivities_of(e, z, &s->of[1]) && both;
    if (!both) return NAN;
    double a = largest(e, &s->of[0], 0), b = largest(e, &s->of[1], 0);
    if (!(a > 0 && b > 0 && isfinite(a) && isfinite(b))) return NAN;
    double r = scaled_covariance(e, &s->of[0], 0, a, &s->of[1], 0, b) /
               sqrt(scaled_covariance(e, &s->of[0], 0, a, &s->of[0], 0, a)) /
               sqrt(scaled_covariance(e, &s->of[1], 0, b, &s->of[1], 0, b));
    return r > 1 ? 1 : r < -1 ? -1 : r;
}
