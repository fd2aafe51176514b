/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uncertain.c - leaves with a standard uncertainty, their correlations, and what is wrong with some: see
 * uncertain.h. */
#include "lang/uncertain.h"
#include <math.h>
#include <string.h>

/* Correlations that were computed are 1, or symmetric, but for this. */
#define ROUNDING 1e-9

static uncertain *set_of(evaluator *e) {
    if (!e->uncertain) e->uncertain = mem_zero(1, sizeof *e->uncertain);
    return e->uncertain;
}

static void drop_leaf(uncertain_leaf *l) {
    value_drop(&l->leaf);
    value_drop(&l->u);
}

static void drop_leaves(uncertain_leaf *items, size_t count) {
    for (size_t i = 0; i < count; i++) drop_leaf(&items[i]);
}

void uncertain_clear(evaluator *e) {
    uncertain *s = e->uncertain;
    if (!s) return;
    drop_leaves(s->leaves.items, s->leaves.count);
    s->leaves.count = s->links.count = s->created = s->offset_next = 0;
    s->unchecked = s->is_joined = false;
}

void uncertain_free(evaluator *e) {
    uncertain *s = e->uncertain;
    if (!s) return;
    uncertain_clear(e);
    uncertain_forget_saved(e);
    array_free(&s->saved.leaves);
    array_free(&s->saved.links);
    for (size_t i = 0; i < s->given.count; i++) value_drop(&s->given.items[i].u);
    array_free(&s->leaves);
    array_free(&s->links);
    array_free(&s->given);
    array_free(&s->blocks);
    array_free(&s->of[0]);
    array_free(&s->of[1]);
    array_free(&s->variables);
    array_free(&s->gradients);
    mem_free(s);
    e->uncertain = NULL;
}

u32 uncertain_find(const evaluator *e, u32 node) {
    const uncertain *s = e->uncertain;
    for (size_t i = s && node ? s->leaves.count : 0; i-- > 0;)
        if (s->leaves.items[i].leaf.node == node) return (u32)i;
    return NAME_NONE;
}

/* ---- a text that is taken back ---- */

void uncertain_save(evaluator *e) {
    uncertain *s = e->uncertain;
    if (!s) return;
    for (size_t i = 0; i < s->leaves.count; i++) {
        array_room(&s->saved.leaves);
        value_keep(&s->leaves.items[i].leaf);
        value_keep(&s->leaves.items[i].u);
        array_push(&s->saved.leaves, s->leaves.items[i]);
    }
    for (size_t i = 0; i < s->links.count; i++) array_push(&s->saved.links, s->links.items[i]);
    s->saved.correlated_at = s->correlated_at;
    s->saved.unchecked = s->unchecked;
    s->saved.is_joined = s->is_joined;
}

/* What the text made, and what it took from others, changes places with what there was. */
void uncertain_restore(evaluator *e) {
    uncertain *s = e->uncertain;
    if (!s) return;
    uncertain now = *s;
    memcpy(&s->leaves, &now.saved.leaves, sizeof s->leaves);
    memcpy(&s->links, &now.saved.links, sizeof s->links);
    memcpy(&s->saved.leaves, &now.leaves, sizeof s->leaves);
    memcpy(&s->saved.links, &now.links, sizeof s->links);
    s->correlated_at = now.saved.correlated_at;
    s->unchecked = now.saved.unchecked;
    s->is_joined = now.saved.is_joined;
}

void uncertain_forget_saved(evaluator *e) {
    uncertain *s = e->uncertain;
    if (!s) return;
    drop_leaves(s->saved.leaves.items, s->saved.leaves.count);
    s->saved.leaves.count = s->saved.links.count = 0;
}

/* ---- making leaves ---- */

static void forget_leaf(uncertain *s, u32 leaf) { s->leaves.items[leaf].leaf.node = 0; }

static void check_uncertainties(evaluator *e, view u) {
    for (size_t i = 0; i < u.size; i++) {
        if (u.data[i] >= 0 && isfinite(u.data[i])) continue;
        char number[NUMBER_ROOM];
        number_write(number, u.data[i], (number_format){0});
        record_fail(&e->rec, DIAG_BAD_UNCERTAINTY,
                    "a standard uncertainty is a finite number that is not negative; this one is %s", number);
    }
}

/* u broadcast to the shape of v. */
static value spread_uncertainty(evaluator *e, value v, value u) {
    view of = shape_of(&v), w = view_of(&u);
    u32 rank;
    size_t shape[MAX_RANK];
    check_uncertainties(e, w);
    if (!is_tensor(&v) && w.size == 1) return SCALAR(w.data[0]);
    bool fits = shape_broadcast(of.rank, of.shape, w.rank, w.shape, &rank, shape) &&
                shape_equal(rank, shape, of.rank, of.shape);
    if (fits) return passive(spread_to(&e->rec, passive(u), of.rank, of.shape));
    char have[SHAPE_ROOM], want[SHAPE_ROOM];
    record_fail(&e->rec, DIAG_SHAPE, "an uncertainty of shape %s does not fit a value of shape %s",
                shape_write(have, w), shape_write(want, of));
}

static void add_leaf(evaluator *e, value leaf, value u, double df, u32 name) {
    uncertain *s = set_of(e);
    array_room(&s->leaves);
    value_keep(&leaf);
    value_keep(&u);
    s->created++;
    array_push(&s->leaves, ((uncertain_leaf){.leaf = leaf, .u = u, .df = df, .name = name}));
}

/* The value of a leaf in one sample. */
static value sampled(evaluator *e, value v) {
    uncertain *s = e->uncertain;
    size_t n = shape_of(&v).size;
    if (s->offset_count - s->offset_next < n)
        record_fail(&e->rec, DIAG_UNSUPPORTED,
                    "Monte Carlo samples need the same uncertain values in every run of the program");
    const double *offset = s->offsets + s->offset_next;
    s->offset_next += n;
    if (!is_tensor(&v)) return SCALAR(v.num + *offset);
    tensor *t = pool_tensor(&e->rec, v.t->rank, v.t->shape);
    for (size_t i = 0; i < n; i++) t->data[i] = view_of(&v).data[i] + offset[i];
    return value_of_tensor(t);
}

value uncertain_make(evaluator *e, u32 name, value v, value u, double df) {
    if (!(df > 0)) record_fail(&e->rec, DIAG_BAD_UNCERTAINTY, "degrees of freedom are above 0");
    u = spread_uncertainty(e, v, u);
    v = passive(v);
    if (set_of(e)->offsets) v = sampled(e, v);
    value leaf = record_leaf(&e->rec, v);
    add_leaf(e, leaf, u, df, name);
    return leaf;
}

/* ---- what --at gives ---- */

void uncertain_give(evaluator *e, u32 slot, const value *v) {
    uncertain *s = e->uncertain;
    if (!s) return;
    while (s->given.count <= slot) array_push(&s->given, ((given_uncertainty){UNBOUND, 0}));
    given_uncertainty *to = &s->given.items[slot];
    u32 leaf = uncertain_find(e, v->node);
    value_drop(&to->u);
    *to = (given_uncertainty){UNBOUND, 0};
    if (leaf == NAME_NONE) return;
    *to = (given_uncertainty){s->leaves.items[leaf].u, s->leaves.items[leaf].df};
    value_keep(&to->u);
    forget_leaf(s, leaf);
}

value uncertain_given(evaluator *e, u32 slot, value v) {
    const uncertain *s = e->uncertain;
    if (!s || slot >= s->given.count || s->given.items[slot].df == 0) return v;
    return uncertain_make(e, e->g->globals.items[slot].name, v, s->given.items[slot].u,
                          s->given.items[slot].df);
}

/* ---- correlations ---- */

static size_t entries(const value *v) { return shape_of(v).size; }

static void drop_links(uncertain *s, u32 a, u32 b) {
    size_t kept = 0;
    for (size_t i = 0; i < s->links.count; i++) {
        uncertain_link l = s->links.items[i];
        if (!(l.a == a && l.b == b) && !(l.a == b && l.b == a)) s->links.items[kept++] = l;
    }
    s->links.count = kept;
}

static void add_link(uncertain *s, u32 a, size_t i, u32 b, size_t j, double r) {
    r = r > 1 ? 1 : r < -1 ? -1 : r;
    if (r != 0) array_push(&s->links, ((uncertain_link){a, b, i, j, r}));
}

static u32 correlated_leaf(evaluator *e, value x) {
    u32 leaf = uncertain_find(e, x.node);
    if (leaf == NAME_NONE)
        record_fail_hint(&e->rec, DIAG_BAD_UNCERTAINTY, "x = 5 +/- 0.1 makes one",
                         "'correlate' is for names that have an uncertainty of their own");
    return leaf;
}

static void check_correlations(evaluator *e, view r) {
    for (size_t i = 0; i < r.size; i++) {
        if (fabs(r.data[i]) <= 1 + ROUNDING) continue;
        char number[NUMBER_ROOM];
        number_write(number, r.data[i], (number_format){0});
        record_fail(&e->rec, DIAG_BAD_UNCERTAINTY, "a correlation lies between -1 and 1; this one is %s",
                    number);
    }
}

/* Correlations within one tensor: a matrix, symmetric with a diagonal of 1. */
static void correlate_within(evaluator *e, u32 leaf, size_t n, view r) {
    for (size_t i = 0; i < n; i++) {
        if (fabs(r.data[i * n + i] - 1) > ROUNDING)
            record_fail(&e->rec, DIAG_BAD_UNCERTAINTY, "the diagonal of a correlation matrix is 1");
        for (size_t j = 0; j < i; j++) {
            if (fabs(r.data[i * n + j] - r.data[j * n + i]) > ROUNDING)
                record_fail(&e->rec, DIAG_BAD_UNCERTAINTY, "a correlation matrix is symmetric");
            add_link(e->uncertain, leaf, j, leaf, i, r.data[i * n + j]);
        }
    }
}

_Noreturn static void fail_shapes(evaluator *e, size_t n, size_t m, view r) {
    char shape[SHAPE_ROOM];
    record_fail(&e->rec, DIAG_SHAPE,
                "correlations of %zu and %zu entries are one number, one each, or a matrix [%zu, %zu]; these "
                "have shape %s",
                n, m, n, m, shape_write(shape, r));
}

void uncertain_correlate(evaluator *e, value x, value y, value r) {
    u32 a = correlated_leaf(e, x), b = correlated_leaf(e, y);
    size_t n = entries(&x), m = entries(&y);
    view w = view_of(&r);
    bool matrix = w.rank == 2 && w.shape[0] == n && w.shape[1] == m;
    check_correlations(e, w);
    if (a == b && !matrix && w.rank == 2) fail_shapes(e, n, m, w);
    if (a == b && !matrix)
        record_fail_hint(&e->rec, DIAG_BAD_UNCERTAINTY,
                         "correlate x, x = R with a matrix R for the entries of a tensor",
                         "a quantity has the correlation 1 with itself");
    if (!matrix && (n != m || (w.size != 1 && w.size != n))) fail_shapes(e, n, m, w);
    drop_links(e->uncertain, a, b);
    e->uncertain->correlated_at = e->rec.origin;
    e->uncertain->unchecked = true;
    if (a == b) correlate_within(e, a, n, w);
    else if (matrix)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < m; j++) add_link(e->uncertain, a, i, b, j, w.data[i * m + j]);
    else
        for (size_t i = 0; i < n; i++) add_link(e->uncertain, a, i, b, i, w.data[w.size == 1 ? 0 : i]);
}

/* ---- many at once ---- */

/* The part of u from entry `first` on, in the shape of the leaf. */
static value joined_uncertainty(evaluator *e, const value *leaf, const double *u, size_t first) {
    if (!is_tensor(leaf)) return SCALAR(u[first]);
    tensor *t = pool_tensor(&e->rec, leaf->t->rank, leaf->t->shape);
    memcpy(t->data, u + first, t->size * sizeof *u);
    return value_of_tensor(t);
}

/* Links between entries of leaf a (numbered from i0 in the matrix) and of leaf b; one without uncertainty has
 * none.
 */
static void join_pair(evaluator *e, u32 a, size_t i0, u32 b, size_t j0, size_t all, const double *u,
                      const double *correlation) {
    uncertain *s = e->uncertain;
    size_t n = entries(&s->leaves.items[a].leaf), m = entries(&s->leaves.items[b].leaf);
    for (size_t i = 0; i < n; i++)
        for (size_t j = a == b ? i + 1 : 0; j < m; j++)
            if (u[i0 + i] > 0 && u[j0 + j] > 0) add_link(s, a, i, b, j, correlation[(i0 + i) * all + j0 + j]);
}

void uncertain_join(evaluator *e, u32 count, const value *leaves, const u32 *names, const double *u,
                    const double *correlation, double df) {
    uncertain *s = set_of(e);
    size_t all = 0, first = 0;
    s->is_joined = true;
    for (u32 i = 0; i < count; i++) {
        u32 before = uncertain_find(e, leaves[i].node);
        if (before != NAME_NONE) forget_leaf(s, before);
        all += entries(&leaves[i]);
    }
    u32 base = (u32)s->leaves.count;
    for (u32 i = 0; i < count; first += entries(&leaves[i++]))
        add_leaf(e, leaves[i], joined_uncertainty(e, &leaves[i], u, first), df, names ? names[i] : NAME_NONE);
    first = 0;
    for (u32 i = 0; i < count; first += entries(&leaves[i++])) {
        size_t second = first;
        for (u32 j = i; j < count; second += entries(&leaves[j++]))
            join_pair(e, base + i, first, base + j, second, all, u, correlation);
    }
}

/* ---- the tape moves ---- */

static void visit_leaves(uncertain_leaf *items, size_t count, void (*visit)(void *, value *), void *state) {
    for (size_t i = 0; i < count; i++)
        if (items[i].leaf.node) visit(state, &items[i].leaf);
}

void uncertain_visit(evaluator *e, void (*visit)(void *, value *), void *state) {
    uncertain *s = e->uncertain;
    if (!s) return;
    visit_leaves(s->leaves.items, s->leaves.count, visit, state);
    visit_leaves(s->saved.leaves.items, s->saved.leaves.count, visit, state);
}

void uncertain_compacted(evaluator *e) {
    uncertain *s = e->uncertain;
    if (!s) return;
    u32 *map = s->blocks.items = mem_grow(s->blocks.items, s->leaves.count, &s->blocks.capacity, sizeof *map);
    u32 kept = 0;
    for (u32 i = 0; i < s->leaves.count; i++) {
        map[i] = s->leaves.items[i].leaf.node ? kept : NAME_NONE;
        if (map[i] == NAME_NONE) drop_leaf(&s->leaves.items[i]);
        else s->leaves.items[kept++] = s->leaves.items[i];
    }
    s->leaves.count = kept;
    size_t links = 0;
    for (size_t i = 0; i < s->links.count; i++) {
        uncertain_link l = s->links.items[i];
        l.a = map[l.a], l.b = map[l.b];
        if (l.a != NAME_NONE && l.b != NAME_NONE) s->links.items[links++] = l;
    }
    s->links.count = links;
}
