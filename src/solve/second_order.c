/* SPDX-License-Identifier: GPL-3.0-or-later */
/* second_order.c - what the second-order terms of the Taylor series add to an uncertainty.
 *
 * With g = grad y, H the Hessian and V the covariances of inputs of normal distribution,
 *
 *     E(y)     = y + tr(H V)/2
 *     u^2(y)   = g' V g + tr(H V H V)/2 + g' V t,      t_j = sum over k, l of V_kl d3y/dx_j dx_k dx_l
 *
 * which for independent inputs is the sum of JCGM 100:2008, 5.1.2 (note).  All this is computed for inputs in
 * units of their standard uncertainties, so that nothing is squared that could leave the range of numbers:
 * then V is the matrix R of correlations, and the derivatives are those in x times u.  Column k of A = H R is
 * the gradient of w_k = sum over l of R_kl g_l, so that one recorded sweep for each input gives A; t is the
 * gradient of tr(A). */
#include "solve/budget.h"
#include <math.h>

enum { MOST_INPUTS = 200, MOST_RECORDS = 1 << 22 };

/* An entry of a leaf that y is connected to and that is uncertain. */
typedef struct input {
    u32 variable; /* in the list of connected leaves */
    u32 leaf;
    size_t entry;
    double u;
} input;

typedef struct expansion {
    evaluator *e;
    value y;
    input *inputs; /* in the pool, as is what follows */
    size_t count;
    double *correlation; /* count by count */
    value *gradients;    /* of each variable, recorded */
    value *w;            /* by input */
    u32 variables;
} expansion;

static void *room(expansion *x, size_t count, size_t size) {
    size_t numbers = (count * size + sizeof(double) - 1) / sizeof(double) + 1;
    return pool_tensor(&x->e->rec, 1, &numbers)->data;
}

/* Lists the inputs; false where there are too many, or none. */
static bool find_inputs(expansion *x) {
    uncertain *s = x->e->uncertain;
    u32 low = UINT32_MAX;
    s->variables.count = s->gradients.count = 0;
    if (!uncertain_connected(x->e, x->y.node, &s->of[1])) return false;
    x->inputs = room(x, MOST_INPUTS, sizeof *x->inputs);
    for (u32 i = 0; i < s->leaves.count; i++) {
        const uncertain_leaf *l = &s->leaves.items[i];
        if (!s->of[1].items[i].connected) continue;
        view u = view_of(&l->u);
        for (size_t k = 0; k < u.size; k++) {
            if (u.data[k] == 0) continue;
            if (x->count == MOST_INPUTS || !isfinite(u.data[k])) return false;
            x->inputs[x->count++] = (input){(u32)s->variables.count, i, k, u.data[k]};
        }
        if (l->leaf.node < low) low = l->leaf.node;
        array_push(&s->variables, l->leaf);
        array_push(&s->gradients, SCALAR(0));
    }
    x->variables = (u32)s->variables.count;
    return x->count > 0 && (x->y.node - low) * x->count <= MOST_RECORDS;
}

static void find_correlation(expansion *x) {
    const uncertain *s = x->e->uncertain;
    size_t n = x->count;
    double *v = x->correlation = room(x, n * n, sizeof *v);
    for (size_t i = 0; i < n * n; i++) v[i] = i % (n + 1) == 0;
    for (size_t k = 0; k < s->links.count; k++) {
        const uncertain_link *l = &s->links.items[k];
        size_t p = n, q = n;
        for (size_t a = 0; a < n; a++) {
            if (x->inputs[a].leaf == l->a && x->inputs[a].entry == l->i) p = a;
            if (x->inputs[a].leaf == l->b && x->inputs[a].entry == l->j) q = a;
        }
        if (p < n && q < n) v[p * n + q] = v[q * n + p] = l->r;
    }
}

static value part_of(recorder *r, value v, size_t entry) {
    return is_tensor(&v) ? entry_get(r, v, (u32)entry) : v;
}

static double number_at(const value *v, size_t entry) { return view_of(v).data[entry]; }

/* The derivative in an input, in units of its uncertainty, of which these are the gradients; recorded. */
static value derivative_in(expansion *x, const value *gradients, size_t input_number) {
    const input *in = &x->inputs[input_number];
    recorder *r = &x->e->rec;
    return apply2(r, OP_MUL, SCALAR(in->u), part_of(r, gradients[in->variable], in->entry));
}

/* w_k for each input, recorded. */
static void find_weighted(expansion *x) {
    recorder *r = &x->e->rec;
    size_t n = x->count;
    x->w = room(x, n, sizeof *x->w);
    for (size_t k = 0; k < n; k++) {
        x->w[k] = SCALAR(0);
        for (size_t l = 0; l < n; l++) {
            double v = x->correlation[k * n + l];
            if (v == 0) continue;
            value g = derivative_in(x, x->gradients, l);
            x->w[k] = apply2(r, OP_ADD, x->w[k], apply2(r, OP_MUL, SCALAR(v), g));
        }
    }
}

/* Fills column k of A and gives its entry on the diagonal, recorded. */
static value column_of(expansion *x, size_t k, double *a) {
    uncertain *s = x->e->uncertain;
    recorder *r = &x->e->rec;
    value *columns = s->gradients.items;
    if (x->e->interrupt) fault_raise(FAULT_INTERRUPT);
    sweep_gradients(r, x->w[k], SCALAR(1), x->variables, s->variables.items, columns, NULL, true);
    for (size_t j = 0; j < x->count; j++) {
        const input *in = &x->inputs[j];
        a[j * x->count + k] = in->u * number_at(&columns[in->variable], in->entry);
    }
    return derivative_in(x, columns, k);
}

/* By which the terms are divided before they are multiplied; nan and inf pass. */
static double largest_term(size_t count, const double *terms) {
    double most = 0;
    for (size_t i = 0; i < count; i++)
        if (!(fabs(terms[i]) <= most)) most = fabs(terms[i]);
    return most > 0 ? most : 1;
}

/* u from A, w and g + t, n of each one behind the other. */
static double deviation(size_t n, const double *terms) {
    const double *a = terms, *w = a + n * n, *g = w + n;
    double scale = largest_term(n * n + 2 * n, terms), variance = 0;
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < n; k++) variance += a[j * n + k] / scale * (a[k * n + j] / scale) / 2;
    for (size_t k = 0; k < n; k++) variance += w[k] / scale * (g[k] / scale);
    return scale * sqrt(variance);
}

static void expand(expansion *x, double *u, double *shift) {
    evaluator *e = x->e;
    uncertain *s = e->uncertain;
    recorder *r = &e->rec;
    size_t n = x->count;
    x->gradients = room(x, x->variables, sizeof *x->gradients);
    sweep_gradients(r, x->y, SCALAR(1), x->variables, s->variables.items, x->gradients, NULL, true);
    find_weighted(x);
    double *a = room(x, n * n + 2 * n, sizeof *a), *w = a + n * n, *g = w + n;
    value sum = SCALAR(0);
    for (size_t k = 0; k < n; k++) sum = apply2(r, OP_ADD, sum, column_of(x, k, a));
    sweep_gradients(r, sum, SCALAR(1), x->variables, s->variables.items, s->gradients.items, NULL, false);
    for (size_t k = 0; k < n; k++) {
        const input *in = &x->inputs[k];
        w[k] = x->w[k].num;
        g[k] = in->u * (number_at(&x->gradients[in->variable], in->entry) +
                        number_at(&s->gradients.items[in->variable], in->entry));
    }
    *u = deviation(n, a);
    *shift = sum.num / 2;
}

bool second_order(evaluator *e, value y, double *u, double *shift) {
    expansion x = {.e = e, .y = y};
    u32 origin = e->rec.origin;
    if (!find_inputs(&x)) return false;
    find_correlation(&x);
    expand(&x, u, shift);
    e->rec.origin = origin;
    return true;
}
