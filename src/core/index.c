/* SPDX-License-Identifier: GPL-3.0-or-later */
/* index.c - x[...]: parts taken, replaced, and put back into zeros.
 *
 * A plan is what the subscripts come to once they have been checked: for each axis of x where its entries are
 * taken from.  Three operations run on it, each the adjoint of another:
 *
 *     get    y = x[plan]                             adjoint: put
 *     put    y = zeros(shape), y[plan] += x          adjoint: get
 *     set    y = x with y[plan] = part               adjoints: set(g, 0), get(g)
 *
 * A record has the plan as attributes: rank, the shape of x, then kind, from, step and count of each axis;
 * the index tensor is an argument without history. */
#include "core/functions.h"
#include "core/strided.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <math.h>
#include <string.h>

enum { PICK, SLICE, LOOKUP }; /* one entry, the axis goes; a range; an index tensor, whose axes come here */

typedef struct plan_axis {
    u32 kind, from;
    int32_t step;
    u32 count;
} plan_axis;

typedef struct plan {
    u32 rank;
    size_t shape[MAX_RANK];
    plan_axis axes[MAX_RANK];
    bool has_index;
    value index;
} plan;

enum { PLAN_WORDS = 1 + MAX_RANK + 4 * MAX_RANK };

static u32 plan_encode(recorder *r, const plan *p, u32 words[static PLAN_WORDS]) {
    u32 n = 0;
    words[n++] = p->rank;
    for (u32 i = 0; i < p->rank; i++) words[n++] = length_attribute(r, p->shape[i]);
    for (u32 i = 0; i < p->rank; i++) {
        plan_axis a = p->axes[i];
        words[n++] = a.kind;
        words[n++] = a.from;
        words[n++] = (u32)a.step;
        words[n++] = a.count;
    }
    return n;
}

static plan plan_of_record(const tape *t, u32 n, u32 index_argument) {
    const u32 *extra = t->extra.items + t->a[n], *words = extra + 2 + extra[0];
    plan p = {.rank = words[0], .has_index = extra[0] > index_argument};
    if (p.has_index) p.index = passive(tape_value(t, extra[2 + index_argument]));
    for (u32 i = 0; i < p.rank; i++) {
        const u32 *axis = words + 1 + p.rank + (size_t)4 * i;
        p.shape[i] = words[1 + i];
        p.axes[i] = (plan_axis){axis[0], axis[1], (int32_t)axis[2], axis[3]};
    }
    return p;
}

static plan plan_decode(sweep *s, u32 n, u32 index_argument) {
    return plan_of_record(&sweep_recorder(s)->tape, n, index_argument);
}

/* The shape of x[plan]; returns its rank. */
static u32 plan_shape(recorder *r, const plan *p, size_t *shape) {
    u32 rank = 0;
    for (u32 i = 0; i < p->rank; i++) {
        bool lookup = p->axes[i].kind == LOOKUP;
        view index = view_of(&p->index);
        u32 more = lookup ? index.rank : p->axes[i].kind == SLICE;
        if (rank + more > MAX_RANK)
            record_fail(r, DIAG_SHAPE, "the indexed tensor would have more than %d axes", MAX_RANK);
        if (lookup) memcpy(shape + rank, index.shape, more * sizeof *shape);
        else if (more) shape[rank] = p->axes[i].count;
        rank += more;
    }
    return rank;
}

static strided plan_strided(const plan *p) {
    strided s = {0};
    ptrdiff_t stride[MAX_RANK + 1];
    ptrdiff_t step = 1;
    for (u32 i = p->rank; i-- > 0;) {
        stride[i] = step;
        step *= (ptrdiff_t)p->shape[i];
    }
    for (u32 i = 0; i < p->rank; i++) {
        plan_axis a = p->axes[i];
        s.base += (ptrdiff_t)a.from * stride[i];
        if (a.kind == LOOKUP) strided_add(&s, view_of(&p->index).size, stride[i], view_of(&p->index).data);
        else if (a.kind == SLICE) strided_add(&s, a.count, a.step * stride[i], NULL);
    }
    return s;
}

/* ---- the three operations ---- */

static value record_plan(recorder *r, enum op op, value y, u32 count, value *arguments, const plan *p) {
    bool recorded = false;
    for (u32 i = 0; i < count; i++) recorded |= arguments[i].node != 0;
    if (!recorded) return y;
    u32 words[PLAN_WORDS], n = plan_encode(r, p, words);
    if (p->has_index) arguments[count++] = passive(p->index);
    return record_result(r, op, y, count, arguments, n, words);
}

static value plan_get(recorder *r, value x, const plan *p) {
    size_t shape[MAX_RANK];
    u32 rank = plan_shape(r, p, shape);
    value y = fresh_value(r, rank, shape);
    strided s = plan_strided(p);
    strided_get(&s, view_of(&x).data, entries_of(&y));
    return record_plan(r, OP_GET, y, 1, (value[]){x, y}, p);
}

static value plan_put(recorder *r, value x, const plan *p) {
    value y = filled_value(r, p->rank, p->shape, 0);
    strided s = plan_strided(p);
    strided_put(&s, view_of(&x).data, entries_of(&y));
    return record_plan(r, OP_PUT, y, 1, (value[]){x, y}, p);
}

/* `part` has a shape that broadcasts to x[plan]. */
static value plan_set(recorder *r, value x, value part, const plan *p) {
    size_t shape[MAX_RANK];
    u32 rank = plan_shape(r, p, shape);
    value y = fresh_value(r, p->rank, p->shape), spread = spread_to(r, passive(part), rank, shape);
    view from = view_of(&x);
    memcpy(entries_of(&y), from.data, from.size * sizeof *from.data);
    strided s = plan_strided(p);
    strided_set(&s, view_of(&spread).data, entries_of(&y));
    return record_plan(r, OP_SET, y, 2, (value[]){x, part, y}, p);
}

void adjoint_get(sweep *s, u32 n, value g) {
    plan p = plan_decode(s, n, 1);
    double *entries = sweep_entries(s, n, 0);
    if (entries) {
        strided steps = plan_strided(&p);
        strided_put(&steps, view_of(&g).data, entries);
        return;
    }
    sweep_add(s, n, 0, plan_put(sweep_recorder(s), g, &p));
}

void adjoint_put(sweep *s, u32 n, value g) {
    plan p = plan_decode(s, n, 1);
    sweep_add(s, n, 0, plan_get(sweep_recorder(s), g, &p));
}

/* Where an index tensor names an entry twice, the last part that was written there is the one that counts: 1
 * for it, 0 for the others. */
static value last_written(recorder *r, const plan *p) {
    size_t shape[MAX_RANK];
    u32 rank = plan_shape(r, p, shape);
    value number = fresh_value(r, rank, shape), zeros = filled_value(r, p->rank, p->shape, 0);
    size_t size = view_of(&number).size;
    for (size_t i = 0; i < size; i++) entries_of(&number)[i] = (double)i;
    value last = plan_get(r, plan_set(r, zeros, number, p), p);
    return apply2(r, OP_EQ, last, number);
}

void adjoint_set(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    plan p = plan_decode(s, n, 2);
    if (sweep_wants(s, n, 0)) sweep_add(s, n, 0, plan_set(r, g, SCALAR(0), &p));
    if (!sweep_wants(s, n, 1)) return;
    value part = plan_get(r, g, &p);
    if (p.has_index) part = apply2(r, OP_CARRY, last_written(r, &p), part);
    sweep_add(s, n, 1, part);
}

/* ---- subscripts to plans ---- */

static plan whole_plan(recorder *r, value x) {
    view v = view_of(&x);
    plan p = {.rank = v.rank};
    for (u32 i = 0; i < v.rank; i++) {
        p.shape[i] = v.shape[i];
        p.axes[i] = (plan_axis){SLICE, 0, 1, length_attribute(r, v.shape[i])};
    }
    return p;
}

static size_t checked_index(recorder *r, double index, u32 axis, size_t length) {
    value v = SCALAR(index);
    int64_t i = whole_number(r, &v, "an index");
    if (i < -(int64_t)length || i >= (int64_t)length)
        record_fail(r, DIAG_OUT_OF_RANGE, "index %lld is out of range for axis %u, which has length %zu",
                    (long long)i, axis, length);
    return (size_t)(i < 0 ? i + (int64_t)length : i);
}

static void plan_index(recorder *r, plan *p, u32 axis, value index) {
    view v = view_of(&index);
    if (v.rank == 0) {
        p->axes[axis] = (plan_axis){PICK, (u32)checked_index(r, v.data[0], axis, p->shape[axis]), 1, 1};
        return;
    }
    if (p->has_index)
        record_fail_hint(r, DIAG_UNSUPPORTED, "index twice: x[i][:, j]",
                         "only one subscript may be a tensor of indices");
    p->has_index = true;
    p->index = fresh_value(r, v.rank, v.shape);
    for (size_t i = 0; i < v.size; i++)
        p->index.t->data[i] = (double)checked_index(r, v.data[i], axis, p->shape[axis]);
    p->axes[axis] = (plan_axis){LOOKUP, 0, 1, 1};
}

/* An end of a slice: from the back where it is negative, and no further than lowest..highest. */
static int64_t slice_end(recorder *r, const value *v, int64_t length, int64_t otherwise, int64_t lowest,
                         int64_t highest) {
    if (is_unbound(v)) return otherwise;
    int64_t i = whole_number(r, v, "the end of a slice");
    if (i < 0) i += length;
    return i < lowest ? lowest : i > highest ? highest : i;
}

static void plan_slice(recorder *r, plan *p, u32 axis, const subscript *sub) {
    int64_t length = (int64_t)p->shape[axis], from, to, count;
    int64_t step = is_unbound(&sub->step) ? 1 : whole_number(r, &sub->step, "the step of a slice");
    if (step == 0) record_fail(r, DIAG_BAD_VALUE, "the step of a slice must not be 0");
    if (step > INT32_MAX) step = INT32_MAX;
    if (step < -INT32_MAX) step = -INT32_MAX;
    if (step > 0) {
        from = slice_end(r, &sub->from, length, 0, 0, length);
        to = slice_end(r, &sub->to, length, length, 0, length);
        count = to > from ? (to - from + step - 1) / step : 0;
    } else {
        from = slice_end(r, &sub->from, length, length - 1, -1, length - 1);
        to = slice_end(r, &sub->to, length, -1, -1, length - 1);
        count = from > to ? (from - to - step - 1) / -step : 0;
    }
    if (count == 0) from = 0;
    p->axes[axis] = (plan_axis){SLICE, (u32)from, (int32_t)step, (u32)count};
}

static plan make_plan(recorder *r, value x, u32 count, const subscript *subscripts) {
    plan p = whole_plan(r, x);
    if (p.rank == 0) record_fail(r, DIAG_OUT_OF_RANGE, "a scalar has no axis to index");
    if (count > p.rank) reject_shape(r, "too many subscripts for a tensor of shape %s", view_of(&x));
    for (u32 i = 0; i < count; i++) {
        if (subscripts[i].is_slice) plan_slice(r, &p, i, &subscripts[i]);
        else plan_index(r, &p, i, subscripts[i].index);
    }
    return p;
}

/* ---- one entry: what loops over x[i] do, without a plan ---- */

/* Whether the subscripts are a whole number in range for every axis; what is not quite so is left to
 * make_plan and its messages. */
static bool is_entry(const value *x, u32 count, const subscript *subscripts, u32 *entry) {
    if (!is_tensor(x) || count != x->t->rank || x->t->size > UINT32_MAX) return false;
    size_t at = 0;
    for (u32 i = 0; i < count; i++) {
        const value *v = &subscripts[i].index;
        if (subscripts[i].is_slice || is_tensor(v)) return false;
        double length = (double)x->t->shape[i], index = v->num < 0 ? v->num + length : v->num;
        if (!(index >= 0 && index < length) || index != (double)(size_t)index) return false;
        at = at * x->t->shape[i] + (size_t)index;
    }
    *entry = (u32)at;
    return true;
}

value entry_get(recorder *r, value x, u32 entry) {
    value y = SCALAR(view_of(&x).data[entry]);
    if (x.node) y.node = tape_push(&r->tape, CODE(OP_ENTRY, CODE_CONST_B), x.node, entry, r->origin, y.num);
    return y;
}

value entry_put(recorder *r, value x, value like, u32 entry) {
    view v = shape_of(&like);
    subscript s[MAX_RANK];
    for (u32 i = v.rank; i-- > 0; entry /= (u32)v.shape[i])
        s[i] = (subscript){.index = SCALAR((double)(entry % v.shape[i]))};
    plan p = make_plan(r, passive(like), v.rank, s);
    return plan_put(r, x, &p);
}

value entries_put(recorder *r, value x, u32 rank, const size_t *shape, value entries) {
    size_t size = shape_size(rank, shape);
    plan p = {.rank = 1, .shape = {size}, .axes = {{LOOKUP, 0, 1, 1}}, .has_index = true, .index = entries};
    (void)length_attribute(r, size);
    return reshape_to(r, plan_put(r, x, &p), rank, shape);
}

value index_offsets(recorder *r, u32 n) {
    plan p = plan_of_record(&r->tape, n, CODE_OP(r->tape.code[n]) == OP_SET ? 2 : 1);
    value numbers = fresh_value(r, p.rank, p.shape);
    size_t size = view_of(&numbers).size;
    for (size_t i = 0; i < size; i++) entries_of(&numbers)[i] = (double)i;
    return plan_get(r, numbers, &p);
}

value index_get(recorder *r, value x, u32 count, const subscript *subscripts) {
    u32 entry;
    if (is_entry(&x, count, subscripts, &entry)) return entry_get(r, x, entry);
    plan p = make_plan(r, x, count, subscripts);
    return plan_get(r, x, &p);
}

value index_set(recorder *r, value x, u32 count, const subscript *subscripts, value part) {
    plan p = make_plan(r, x, count, subscripts);
    size_t shape[MAX_RANK], joint[MAX_RANK];
    u32 rank = plan_shape(r, &p, shape), joint_rank;
    view v = view_of(&part);
    if (!shape_broadcast(v.rank, v.shape, rank, shape, &joint_rank, joint) ||
        !shape_equal(joint_rank, joint, rank, shape))
        reject_shapes(r, "a value of shape %s does not fit a part of shape %s", v,
                      (view){.rank = rank, .shape = shape});
    return plan_set(r, x, part, &p);
}

/* ---- along one axis, for other operations ---- */

value first_axis_entry(recorder *r, value x, size_t i) { return entry_of_axis(r, x, 0, i); }

value entry_of_axis(recorder *r, value x, u32 axis, size_t i) {
    plan p = whole_plan(r, x);
    p.axes[axis] = (plan_axis){PICK, (u32)i, 1, 1};
    return plan_get(r, x, &p);
}

value slice_axis(recorder *r, value x, u32 axis, size_t from, int32_t step, size_t count) {
    plan p = whole_plan(r, x);
    p.axes[axis] = (plan_axis){SLICE, (u32)from, step, (u32)count};
    return plan_get(r, x, &p);
}

value unslice_axis(recorder *r, value x, u32 rank, const size_t *shape, u32 axis, size_t from, int32_t step,
                   size_t count) {
    plan p = {.rank = rank};
    for (u32 i = 0; i < rank; i++) {
        p.shape[i] = shape[i];
        p.axes[i] = (plan_axis){SLICE, 0, 1, length_attribute(r, shape[i])};
    }
    p.axes[axis] = (plan_axis){SLICE, (u32)from, step, (u32)count};
    return plan_put(r, x, &p);
}

value reverse_axis(recorder *r, value x, u32 axis) {
    size_t length = view_of(&x).shape[axis];
    return length < 2 ? x : slice_axis(r, x, axis, length - 1, -1, length);
}

value fn_reverse(recorder *r, u32 count, value *arguments) {
    value x = arguments[0];
    (void)count;
    u32 rank = view_of(&x).rank, axis = optional_axis(r, &arguments[1], rank, "reverse");
    if (axis != ALL_AXES) return reverse_axis(r, x, axis);
    for (u32 i = 0; i < rank; i++) x = reverse_axis(r, x, i);
    return x;
}
