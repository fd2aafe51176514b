/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deferred.c - deferred tensors are made and forgotten; deferred_run.c computes them. */
#include "core/deferred.h"

/* ---- making ---- */

static bool operand_fits(u32 rank, const size_t *shape, const value *v) {
    if (!is_tensor(v)) return true;
    return v->t->size == 1 ? v->t->rank <= rank : shape_equal(rank, shape, v->t->rank, v->t->shape);
}

bool deferred_fits(u32 rank, const size_t *shape, const value *a, const value *b) {
    size_t size = 1;
    for (u32 i = 0; i < rank; i++) {
        if (shape[i] == 0) return false;
        if (__builtin_mul_overflow(size, shape[i], &size)) return false;
    }
    return rank > 0 && size >= DEFER_FROM && operand_fits(rank, shape, a) &&
           (!b || operand_fits(rank, shape, b));
}

static bool is_constant(const tensor *t) { return !t->data && t->deferred->op == OP_NONE; }

bool deferred_is_number(const value *v, double x) {
    return is_tensor(v) && is_constant(v->t) && v->t->deferred->a.num == x;
}

/* Keeps an operand: one entry becomes a scalar. */
static value operand(const value *v) {
    if (!is_tensor(v)) return SCALAR(v->num);
    if (is_constant(v->t)) return v->t->deferred->a;
    if (v->t->size == 1) return SCALAR(view_of(v).data[0]);
    return (value){.t = tensor_keep(v->t), .aux = VALUE_TENSOR};
}

static u32 length_of(const value *v) {
    return is_tensor(v) && !v->t->data && v->t->deferred ? v->t->deferred->length : 0;
}

tensor *deferred_new(u32 rank, const size_t *shape, enum op op, const value *a, const value *b) {
    /* an expression that grows in a loop is computed from time to time */
    if (length_of(a) + (b ? length_of(b) : 0) >= DEFERRED_LONGEST) {
        if (is_tensor(a)) (void)view_of(a);
        if (b && is_tensor(b)) (void)view_of(b);
    }
    deferred *d = mem_alloc(1, sizeof *d);
    fault_point here;
    tensor *volatile t = NULL;
    volatile int fault = FAULT_TRY(&here);
    if (!fault) t = tensor_without_entries(rank, shape);
    fault_end(&here);
    if (fault) {
        mem_free(d);
        fault_raise((enum fault)fault);
    }
    *d = (deferred){.op = op, .length = 1 + length_of(a) + (b ? length_of(b) : 0), .a = operand(a)};
    d->b = b ? operand(b) : SCALAR(0);
    t->deferred = d;
    return t;
}

/* Chains of deferred tensors are at most DEFERRED_LONGEST long, and so is this recursion through tensor_drop.
 */
void deferred_forget(tensor *t) {
    deferred *d = t->deferred;
    t->deferred = NULL;
    value_drop(&d->a);
    value_drop(&d->b);
    mem_free(d);
}
