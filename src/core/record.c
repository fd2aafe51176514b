/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record.c - see record.h. */
#include "core/record.h"
#include "core/arguments.h"
#include "core/deferred.h"
#include "core/fused.h"
#include "core/workspace.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

void recorder_init(recorder *r) {
    memset(r, 0, sizeof *r);
    tape_init(&r->tape);
}

void recorder_free(recorder *r) {
    pool_release(r, 0);
    array_free(&r->pool);
    workspace_free(r);
    tape_free(&r->tape);
    for (size_t i = 0; i < r->loops.count; i++) fused_free(r->loops.items[i]);
    array_free(&r->loops);
}

__attribute__((format(printf, 3, 0))) static diagnostic *vfail(recorder *r, enum diag_code code,
                                                               const char *format, va_list ap) {
    span at = r->place ? r->place(r->user, r->origin & ~ORIGIN_PARTIAL) : NO_SPAN;
    return diag_vadd(r->diagnostics, SEVERITY_ERROR, code, at, format, ap);
}

void record_fail(recorder *r, enum diag_code code, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vfail(r, code, format, ap);
    va_end(ap);
    fault_raise(FAULT_ERROR);
}

void record_fail_hint(recorder *r, enum diag_code code, const char *hint, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    diag_hint(vfail(r, code, format, ap), "%s", hint);
    va_end(ap);
    fault_raise(FAULT_ERROR);
}

void pool_release(recorder *r, size_t mark) {
    while (r->pool.count > mark) tensor_drop(r->pool.items[--r->pool.count]);
}

void pool_release_but(recorder *r, size_t mark, const value *kept) {
    value_keep(kept);
    pool_release(r, mark);
    if (is_tensor(kept)) array_push(&r->pool, kept->t);
}

tensor *pool_tensor(recorder *r, u32 rank, const size_t *shape) {
    array_room(&r->pool); /* first, so that the tensor cannot be lost */
    tensor *t = tensor_new(rank, shape);
    array_push(&r->pool, t);
    return t;
}

value pool_deferred(recorder *r, u32 rank, const size_t *shape, enum op op, const value *a, const value *b) {
    array_room(&r->pool); /* first, so that the tensor cannot be lost */
    tensor *t = deferred_new(rank, shape, op, a, b);
    array_push(&r->pool, t);
    return value_of_tensor(t);
}

value record_leaf(recorder *r, value v) {
    v.node = tape_push_value(&r->tape, CODE(OP_LEAF, 0), 0, 0, r->origin, &v);
    v.aux &= VALUE_TENSOR;
    return v;
}

value record_alias(recorder *r, value v) {
    if (!v.node) return record_leaf(r, v);
    v.node = tape_push_value(&r->tape, CODE(OP_ALIAS, 0), v.node, 0, r->origin, &v);
    return v;
}

/* Whether a result without history is to have a record. */
static bool is_odd(const recorder *r, const value *y) {
    if (!r->records_odd) return false;
    view v = view_of(y);
    for (size_t i = 0; i < v.size; i++)
        if (!isfinite(v.data[i])) return true;
    return false;
}

value record_result(recorder *r, enum op op, value result, u32 count, value *arguments, u32 attribute_count,
                    const u32 *attributes) {
    bool recorded = false;
    for (u32 i = 0; i < count; i++) recorded |= arguments[i].node != 0;
    result.node = 0;
    if (!recorded && !is_odd(r, &result)) return result;
    u32 extra = tape_extra(&r->tape, count, arguments, attribute_count, attributes);
    result.node = tape_push_value(&r->tape, CODE(op, 0), extra, 0, r->origin, &result);
    return result;
}

const char *shape_write(char out[static SHAPE_ROOM], view v) {
    size_t at = (size_t)snprintf(out, SHAPE_ROOM, "[");
    for (u32 i = 0; i < v.rank; i++)
        at += (size_t)snprintf(out + at, SHAPE_ROOM - at, "%s%zu", i ? ", " : "", v.shape[i]);
    snprintf(out + at, SHAPE_ROOM - at, "]");
    return out;
}

/* Records an elementwise result; `finite` results of constants are not worth a record, but nan and inf
 * are, so that the note that explains them finds where they come from. */
static value record_elementwise(recorder *r, enum op op, value y, value *x, value *w) {
    bool is_history = x->node || (w && w->node);
    y.node = 0;
    if (!op_records(op) && !r->tape.is_traced) return y;
    if (!is_history && (is_tensor(&y) ? !is_odd(r, &y) : isfinite(y.num))) return y;
    u32 bits = (x->node ? 0 : CODE_CONST_A) | (w && !w->node ? CODE_CONST_B : 0);
    u32 a = tape_argument(&r->tape, x), b = w ? tape_argument(&r->tape, w) : 0;
    y.node = tape_push_value(&r->tape, CODE(op, bits), a, b, r->origin, &y);
    return y;
}

value apply1(recorder *r, enum op op, value x) {
    value y;
    if (is_tensor(&x) && deferred_fits(x.t->rank, x.t->shape, &x, NULL)) {
        y = pool_deferred(r, x.t->rank, x.t->shape, op, &x, NULL);
    } else if (is_tensor(&x)) {
        y = value_of_tensor(pool_tensor(r, x.t->rank, x.t->shape));
        kernel1(op, x.t->size, view_of(&x).data, y.t->data);
    } else {
        y = SCALAR(number1(op, x.num));
    }
    return record_elementwise(r, op, y, &x, NULL);
}

value record_cut(recorder *r, value v) {
    if (!v.node || !r->tape.is_traced) return passive(v);
    v.node = tape_push_value(&r->tape, CODE(OP_CUT, 0), v.node, 0, r->origin, &v);
    return v;
}

/* Steps through the entries of a result of shape `shape` and gives for each run along the last axis
 * where the operands' entries lie: an operand's stride is 0 along axes that it is repeated on. */
typedef struct walk {
    u32 rank;
    size_t shape[MAX_RANK], index[MAX_RANK];
    size_t stride[2][MAX_RANK], offset[2];
} walk;

static void walk_operand(walk *k, int which, view v) {
    size_t stride = 1;
    for (u32 i = k->rank; i-- > 0;) {
        u32 missing = k->rank - v.rank;
        bool repeated = i < missing || v.shape[i - missing] == 1;
        k->stride[which][i] = repeated ? 0 : stride;
        if (i >= missing) stride *= v.shape[i - missing];
    }
    k->offset[which] = 0;
}

/* To the next run of the last axis; false at the end. */
static bool walk_next(walk *k) {
    for (u32 i = k->rank - 1; i-- > 0;) {
        k->offset[0] += k->stride[0][i];
        k->offset[1] += k->stride[1][i];
        if (++k->index[i] < k->shape[i]) return true;
        k->index[i] = 0;
        k->offset[0] -= k->stride[0][i] * k->shape[i];
        k->offset[1] -= k->stride[1][i] * k->shape[i];
    }
    return false;
}

static void fail_broadcast(recorder *r, enum op op, view a, view b) {
    char left[SHAPE_ROOM], right[SHAPE_ROOM];
    span at = r->place ? r->place(r->user, r->origin & ~ORIGIN_PARTIAL) : NO_SPAN;
    diagnostic *d =
        diag_add(r->diagnostics, SEVERITY_ERROR, DIAG_SHAPE, at, "shapes %s and %s do not fit for '%s'",
                 shape_write(left, a), shape_write(right, b), op_infos[op].name);
    diag_hint(d, "trailing axes must be equal, or 1 in one of the two");
    fault_raise(FAULT_ERROR);
}

static _Noreturn void fail_large_result(recorder *r, enum op op, view a, view b, view y) {
    char left[SHAPE_ROOM], right[SHAPE_ROOM], result[SHAPE_ROOM];
    record_fail(r, DIAG_MEMORY, "shapes %s and %s give a tensor of shape %s for '%s', which is too large",
                shape_write(left, a), shape_write(right, b), shape_write(result, y), op_infos[op].name);
}

static void broadcast_kernel(enum op op, view a, view b, tensor *y) {
    walk k = {.rank = y->rank};
    memcpy(k.shape, y->shape, sizeof k.shape);
    walk_operand(&k, 0, a);
    walk_operand(&k, 1, b);
    size_t run = k.shape[k.rank - 1], done = 0;
    size_t sa = k.stride[0][k.rank - 1], sb = k.stride[1][k.rank - 1];
    do {
        kernel2(op, run, a.data + k.offset[0], sa, b.data + k.offset[1], sb, y->data + done);
        done += run;
    } while (walk_next(&k));
}

static value apply2_tensor(recorder *r, enum op op, const value *x, const value *w) {
    view a = shape_of(x), b = shape_of(w);
    u32 rank;
    size_t shape[MAX_RANK];
    if (!shape_broadcast(a.rank, a.shape, b.rank, b.shape, &rank, shape)) fail_broadcast(r, op, a, b);
    if (UNLIKELY(!shape_fits_memory(rank, shape)))
        fail_large_result(r, op, a, b, (view){.rank = rank, .shape = shape});
    if (deferred_fits(rank, shape, x, w)) return pool_deferred(r, rank, shape, op, x, w);
    a = view_of(x), b = view_of(w);
    tensor *y = pool_tensor(r, rank, shape);
    if (y->size == 0) return value_of_tensor(y);
    if (shape_equal(a.rank, a.shape, b.rank, b.shape)) kernel2(op, y->size, a.data, 1, b.data, 1, y->data);
    else if (b.size == 1 && a.size == y->size) kernel2(op, y->size, a.data, 1, b.data, 0, y->data);
    else if (a.size == 1 && b.size == y->size) kernel2(op, y->size, a.data, 0, b.data, 1, y->data);
    else broadcast_kernel(op, a, b, y);
    return value_of_tensor(y);
}

value apply2(recorder *r, enum op op, value x, value w) {
    value y =
        (is_tensor(&x) || is_tensor(&w)) ? apply2_tensor(r, op, &x, &w) : SCALAR(number2(op, x.num, w.num));
    return record_elementwise(r, op, y, &x, &w);
}
