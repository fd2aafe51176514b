/* SPDX-License-Identifier: GPL-3.0-or-later */
/* curvature.c - see curvature.h. */
#include "solve/curvature.h"
#include <string.h>

curvature curvature_make(problem *p) {
    size_t room = 2 * (size_t)p->variable_count;
    return (curvature){.p = p,
                       .leaves = (void *)problem_room(p, room),
                       .slopes = (void *)problem_room(p, room),
                       .results = (void *)problem_room(p, room)};
}

void curvature_begin(curvature *c, value of) {
    problem_leaves(c->p, c->leaves);
    c->of = of;
    c->has_slopes = false;
}

static value one_like(recorder *r, const value *y) {
    if (!is_tensor(y)) return SCALAR(1);
    tensor *t = pool_tensor(r, y->t->rank, y->t->shape);
    t->data[0] = 1;
    return value_of_tensor(t);
}

static void record_slopes(curvature *c) {
    if (c->has_slopes) return;
    problem *p = c->p;
    value seed = one_like(&p->e->rec, &c->of);
    sweep_gradients(&p->e->rec, c->of, seed, p->variable_count, c->leaves, c->slopes, NULL, true);
    c->has_slopes = true;
}

void curvature_gradient(curvature *c, double *g) {
    record_slopes(c);
    problem_entries(c->p, c->slopes, g);
}

static value entries_like(problem *p, u32 i, const double *v) {
    const variable *x = &p->variables[i];
    if (!is_tensor(&x->start)) return SCALAR(v[x->offset]);
    tensor *t = pool_tensor(&p->e->rec, x->start.t->rank, x->start.t->shape);
    memcpy(t->data, v + x->offset, x->size * sizeof(double));
    return value_of_tensor(t);
}

/* The gradient of g . v, part by part. */
void curvature_product(curvature *c, const double *v, double *result) {
    problem *p = c->p;
    recorder *r = &p->e->rec;
    record_slopes(c);
    size_t mark = pool_mark(r);
    memset(result, 0, p->n * sizeof *result);
    p->products++;
    for (u32 i = 0; i < p->variable_count; i++) {
        value seed = entries_like(p, i, v);
        view s = view_of(&seed);
        bool any = false;
        for (size_t k = 0; k < s.size; k++) any |= s.data[k] != 0;
        if (!any) continue;
        sweep_gradients(r, c->slopes[i], seed, p->variable_count, c->leaves, c->results, NULL, false);
        for (u32 j = 0; j < p->variable_count; j++) {
            view w = view_of(&c->results[j]);
            for (size_t k = 0; k < w.size; k++) result[p->variables[j].offset + k] += w.data[k];
        }
    }
    pool_release(r, mark);
}

void curvature_hessian(curvature *c, double *h) {
    size_t n = c->p->n;
    double *unit = pool_tensor(&c->p->e->rec, 1, &n)->data;
    for (size_t i = 0; i < n; i++) {
        memset(unit, 0, n * sizeof *unit);
        unit[i] = 1;
        curvature_product(c, unit, h + i * n);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) h[i * n + j] = h[j * n + i] = 0.5 * (h[i * n + j] + h[j * n + i]);
}
