/* SPDX-License-Identifier: GPL-3.0-or-later */
/* derive.c - derivatives as expressions: grad, vjp, jvp, jacobian, hessian, hvp.
 *
 * The record of y up to x is swept; unless only the value is wanted, the sweep is recorded, so that what
 * comes out can be differentiated again. */
#include "core/arguments.h"
#include "core/deferred.h"
#include "lang/steps.h"
#include "lang/uncertain.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

value ones_like(recorder *r, const value *y) {
    if (!is_tensor(y)) return SCALAR(1);
    tensor *t = pool_tensor(r, y->t->rank, y->t->shape);
    for (size_t i = 0; i < t->size; i++) t->data[i] = 1;
    return value_of_tensor(t);
}

static value zeros_like(recorder *r, const value *y) {
    if (!is_tensor(y)) return SCALAR(0);
    tensor *t = pool_tensor(r, y->t->rank, y->t->shape);
    memset(t->data, 0, t->size * sizeof *t->data);
    return value_of_tensor(t);
}

/* Entries that are computed here are looked at while they are in the cache. */
static bool all_finite(const value *v) {
    if (is_tensor(v) && !v->t->data) return deferred_compute(v->t);
    view w = view_of(v);
    for (size_t i = 0; i < w.size; i++)
        if (!isfinite(w.data[i])) return false;
    return true;
}

/* Where a derivative computed on numbers is not finite, a record without arguments remembers whose partial
 * derivative it was, for the note. */
value remember_origin(evaluator *e, value g, value y, value seed, value x) {
    if (all_finite(&g)) return g;
    u32 origin = sweep_culprit(&e->rec, y, seed, x);
    if (origin == ORIGIN_NONE) return g;
    remember_culprit(e, origin);
    g.node = tape_push_value(&e->rec.tape, CODE(OP_DERIVED, 0), 0, 0, origin, &g);
    return g;
}

typedef struct request {
    u32 pc;
    bool values_only;
    u32 y_operand, x_operand;
} request;

static bool is_rebound(const evaluator *e, u32 operand) {
    return OPERAND_KIND(operand) == IN_LOCAL || e->g->globals.items[OPERAND_NUMBER(operand)].is_rebound;
}

static void not_connected(evaluator *e, const request *q, value y, value x) {
    note_unconnected(e, q->pc, step_name(e, q->y_operand), y, step_name(e, q->x_operand), x,
                     is_rebound(e, q->x_operand));
}

static value one_gradient(evaluator *e, const request *q, value y, value seed, value x) {
    value g;
    bool connected = true;
    sweep_gradients(&e->rec, y, seed, 1, &x, &g, &connected, !q->values_only);
    if (!connected) not_connected(e, q, y, x);
    return q->values_only ? remember_origin(e, g, y, seed, x) : g;
}

static value gradient(evaluator *e, const request *q, const char *form, value z, value x) {
    check_scalar(&e->rec, shape_of(&z), form, DERIVE_SCALAR_HINT);
    return one_gradient(e, q, z, ones_like(&e->rec, &z), x);
}

/* The forward product as the transpose of the reverse one: vjp(y, x, u) is linear in u, and its own reverse
 * product with v is J v (the double-vjp identity). */
static value forward_product(evaluator *e, const request *q, value y, value x, value v) {
    value zero = apply2(&e->rec, OP_MUL, passive(y), SCALAR(0));
    value u = record_leaf(&e->rec, zero), g, result;
    bool connected = true;
    sweep_gradients(&e->rec, y, u, 1, &x, &g, &connected, true);
    if (!connected) not_connected(e, q, y, x);
    sweep_gradients(&e->rec, g, v, 1, &u, &result, NULL, !q->values_only);
    return q->values_only ? remember_origin(e, result, g, v, u) : result;
}

static value jacobian(evaluator *e, const request *q, value y, value x) {
    bool connected = true;
    value j = derive_jacobian(e, y, x, !q->values_only, &connected);
    if (!connected) not_connected(e, q, y, x);
    return q->values_only ? remember_origin(e, j, y, ones_like(&e->rec, &y), x) : j;
}

/* d2 z / (d x d w): the Jacobian of the recorded gradient. */
static value hessian(evaluator *e, const request *q, value z, value x, value w) {
    request first = *q;
    first.values_only = false;
    value g = gradient(e, &first, "hessian", z, x);
    value h = derive_jacobian(e, g, w, !q->values_only, NULL);
    return q->values_only ? remember_origin(e, h, g, ones_like(&e->rec, &g), w) : h;
}

/* H v by reverse over reverse: H is symmetric, so the reverse product of the gradient is the product itself.
 */
static value hessian_product(evaluator *e, const request *q, value z, value x, value v) {
    request first = *q;
    first.values_only = false;
    check_same_shape(&e->rec, "hvp", "v", shape_of(&v), "x", shape_of(&x));
    value g = gradient(e, &first, "hvp", z, x), result;
    sweep_gradients(&e->rec, g, v, 1, &x, &result, NULL, !q->values_only);
    return q->values_only ? remember_origin(e, result, g, v, x) : result;
}

/* A result that is not finite gets a record without arguments, for the note. */
static value remember_figure(evaluator *e, value v, u32 origin) {
    if (!all_finite(&v)) v.node = tape_push_value(&e->rec.tape, CODE(OP_DERIVED, 0), 0, 0, origin, &v);
    return v;
}

static value uncertainty(evaluator *e, value y) {
    value u = uncertainty_of(e, y);
    if (is_unbound(&u)) return zeros_like(&e->rec, &y);
    if (all_finite(&u)) return u;
    u32 here = e->rec.origin, partial = uncertainty_culprit(e, y, &(value){0});
    return remember_figure(e, u, partial == ORIGIN_NONE ? here : partial);
}

bool wants_value_only(const evaluator *e, const instruction *in) {
    return (in->n & DERIVE_VALUE_ONLY) && !e->rec.tape.is_traced;
}

value derive(evaluator *e, const instruction *in, u32 pc, u32 count, value *arguments) {
    const u32 *operands = &e->g->operands.items[in->a];
    request q = {.pc = pc, .values_only = wants_value_only(e, in), .y_operand = operands[0]};
    if (count > 1) q.x_operand = operands[1];
    value y = arguments[0], x = count > 1 ? arguments[1] : UNBOUND,
          third = count > 2 ? arguments[2] : UNBOUND;
    switch ((enum derive)(in->n & 0xff)) {
    case DERIVE_GRAD: return gradient(e, &q, "grad", y, x);
    case DERIVE_VJP:
        check_same_shape(&e->rec, "vjp", "u", shape_of(&third), "y", shape_of(&y));
        return one_gradient(e, &q, y, third, x);
    case DERIVE_JVP:
        check_same_shape(&e->rec, "jvp", "v", shape_of(&third), "x", shape_of(&x));
        return forward_product(e, &q, y, x, third);
    case DERIVE_JACOBIAN: return jacobian(e, &q, y, x);
    case DERIVE_HESSIAN: return hessian(e, &q, y, x, count > 2 ? third : x);
    case DERIVE_HVP: return hessian_product(e, &q, y, x, third);
    case DERIVE_TAYLOR:
        if (!depends_on(&e->rec, y.node, x.node)) not_connected(e, &q, y, x);
        return derive_taylor(e, y, x, third, q.values_only);
    case DERIVE_UNCERTAINTY: return uncertainty(e, y);
    case DERIVE_CORRELATION:
        if (view_of(&y).size != 1 || view_of(&x).size != 1)
            record_fail(&e->rec, DIAG_NOT_SCALAR, "correlation takes two scalars");
        return remember_figure(e, SCALAR(correlation_of(e, y, x)), pc);
    case DERIVE_CHECKPOINT: return y; /* no call of a function: its record is kept */
    default: return cut_history(e, y);
    }
}
