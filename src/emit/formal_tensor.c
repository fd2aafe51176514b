/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal_tensor.c - tensors of formulas, entry by entry.
 *
 * A tensor is one of core's, whose entries are the numbers of expressions + 1.  So whatever only moves
 * entries about (shapes, indices, joining) is done by the functions that run programs use; the zeros that
 * they fill up with are the number 0. */
#include "core/tensor_ops.h"
#include "emit/formal.h"

value formal_ids(const formal *t, u32 n) {
    return formal_is_tensor(n) ? t->tensors.items[n & ~FORMAL_TENSOR] : SCALAR((double)n + 1);
}

static u32 node_of(formal *t, double id) { return id == 0 ? expr_number(&t->f, 0) : (u32)id - 1; }

u32 formal_of_ids(formal *t, value v) {
    if (!is_tensor(&v)) return node_of(t, v.num);
    view w = view_of(&v); /* computed, if it was deferred */
    if (w.size > EXPR_LIMIT) t->f.too_large(t);
    array_room(&t->tensors);
    array_push(&t->tensors, value_of_tensor(tensor_keep(v.t)));
    return FORMAL_TENSOR | (u32)(t->tensors.count - 1);
}

size_t formal_size(const formal *t, u32 n) {
    value v = formal_ids(t, n);
    return shape_of(&v).size;
}

u32 formal_entry(formal *t, u32 n, size_t i) {
    return formal_is_tensor(n) ? node_of(t, view_of(&t->tensors.items[n & ~FORMAL_TENSOR]).data[i]) : n;
}

u32 formal_of_numbers(formal *t, value v) {
    if (!is_tensor(&v)) return expr_number(&t->f, v.num);
    view x = view_of(&v);
    tensor *y = pool_tensor(t->r, x.rank, x.shape);
    for (size_t i = 0; i < x.size; i++) y->data[i] = (double)expr_number(&t->f, x.data[i]) + 1;
    return formal_of_ids(t, value_of_tensor(y));
}

bool formal_numbers(formal *t, u32 n, value *out) {
    value v = formal_ids(t, n);
    view x = view_of(&v);
    tensor *y = is_tensor(&v) ? pool_tensor(t->r, x.rank, x.shape) : NULL;
    for (size_t i = 0; i < x.size; i++) {
        u32 node = formal_entry(t, n, i);
        if (!expr_is_number(&t->f, node)) return false;
        if (y) y->data[i] = expr_at(&t->f, node)->number;
        else *out = SCALAR(expr_at(&t->f, node)->number);
    }
    if (y) *out = value_of_tensor(y);
    return true;
}

/* ---- entry by entry ---- */

u32 formal_map(formal *t, u32 n, u32 (*each)(formal *t, u32 node, u32 with), u32 with) {
    if (!formal_is_tensor(n)) return each(t, n, with);
    value x = formal_ids(t, n);
    tensor *y = pool_tensor(t->r, x.t->rank, x.t->shape);
    for (size_t i = 0; i < y->size; i++) y->data[i] = (double)each(t, formal_entry(t, n, i), with) + 1;
    return formal_of_ids(t, value_of_tensor(y));
}

static u32 alias(formal *t, u32 node, u32 is_end) { return expr_alias(&t->f, node, is_end != 0); }

u32 formal_alias(formal *t, u32 n, bool is_end) { return formal_map(t, n, alias, is_end); }

/* The shape that both broadcast to; where there is none, the error that a run gives. */
static void join_shapes(formal *t, value a, value b, u32 *rank, size_t *shape) {
    view x = shape_of(&a), w = shape_of(&b);
    if (!shape_broadcast(x.rank, x.shape, w.rank, w.shape, rank, shape)) (void)apply2(t->r, OP_ADD, a, b);
}

static u32 scalar(formal *t, enum op op, u32 x, u32 w) {
    return w == FORMAL_UNBOUND ? expr_call1(&t->f, op, x) : expr_call2(&t->f, op, x, w);
}

u32 formal_elementwise(formal *t, enum op op, u32 x, u32 w) {
    if (!formal_is_tensor(x) && !formal_is_tensor(w)) return scalar(t, op, x, w);
    value a = formal_ids(t, x), b = w == FORMAL_UNBOUND ? SCALAR(0) : formal_ids(t, w);
    size_t shape[MAX_RANK];
    u32 rank;
    join_shapes(t, a, b, &rank, shape);
    a = spread_to(t->r, a, rank, shape), b = spread_to(t->r, b, rank, shape);
    tensor *y = pool_tensor(t->r, rank, shape);
    const double *p = view_of(&a).data, *q = view_of(&b).data;
    for (size_t i = 0; i < y->size; i++)
        y->data[i] = (double)scalar(t, op, node_of(t, p[i]), w == FORMAL_UNBOUND ? w : node_of(t, q[i])) + 1;
    return formal_of_ids(t, value_of_tensor(y));
}

u32 formal_where(formal *t, u32 c, u32 a, u32 b) {
    if (!formal_is_tensor(c) && !formal_is_tensor(a) && !formal_is_tensor(b))
        return expr_where(&t->f, c, a, b);
    value v[3] = {formal_ids(t, c), formal_ids(t, a), formal_ids(t, b)};
    size_t shape[MAX_RANK];
    u32 rank;
    join_shapes(t, v[1], v[2], &rank, shape);
    value both = spread_to(t->r, v[1], rank, shape);
    join_shapes(t, v[0], both, &rank, shape);
    for (u32 i = 0; i < 3; i++) v[i] = spread_to(t->r, v[i], rank, shape);
    tensor *y = pool_tensor(t->r, rank, shape);
    for (size_t i = 0; i < y->size; i++) {
        u32 n[3];
        for (u32 k = 0; k < 3; k++) n[k] = node_of(t, view_of(&v[k]).data[i]);
        y->data[i] = (double)expr_where(&t->f, n[0], n[1], n[2]) + 1;
    }
    return formal_of_ids(t, value_of_tensor(y));
}

bool formal_is_alike(const formal *t, u32 a, u32 b) {
    value v = formal_ids(t, a), w = formal_ids(t, b);
    const view p = shape_of(&v), q = shape_of(&w);
    return shape_equal(p.rank, p.shape, q.rank, q.shape);
}

u32 formal_choose(formal *t, u32 c, u32 a, u32 b) {
    if (!formal_is_alike(t, a, b)) formal_fail_torn(t);
    return formal_where(t, c, a, b);
}

/* ---- lists, indices ---- */

/* In code an entry is an expression of its own, as on a tape: what reaches it is added up before it goes on
 * to what the list was made of, the first entry's first. */
u32 formal_list(formal *t, const instruction *in) {
    value *entries = scratch_values(t->r, in->b + 1);
    for (u32 i = in->b; i-- > 0;) {
        u32 n = formal_value(t, t->g->operands.items[in->a + i]);
        if (t->f.exact && !formal_is_tensor(n) && !expr_is_number(&t->f, n)) n = formal_alias(t, n, false);
        entries[i] = formal_ids(t, n);
    }
    return formal_of_ids(t, list_of(t->r, in->b, entries));
}

static value subscript_part(formal *t, u32 operand) {
    value v = UNBOUND;
    if (operand != OPERAND_NONE && !formal_numbers(t, formal_value(t, operand), &v))
        formal_fail(t, "an index that depends on an input has no formula");
    return v;
}

u32 formal_index(formal *t, const instruction *in) {
    const u32 *site = &t->g->operands.items[in->b];
    const u32 count = site[0];
    if (count > MAX_RANK) formal_fail(t, "more than %d subscripts", MAX_RANK);
    subscript s[MAX_RANK];
    for (u32 i = 0; i < count; i++) {
        const u32 *w = site + 1 + (size_t)SUBSCRIPT_WORDS * i;
        s[i] = (subscript){
            .is_slice = w[0] != 0, .index = UNBOUND, .from = UNBOUND, .to = UNBOUND, .step = UNBOUND};
        if (!w[0]) s[i].index = subscript_part(t, w[1]);
        else
            s[i].from = subscript_part(t, w[1]), s[i].to = subscript_part(t, w[2]),
            s[i].step = subscript_part(t, w[3]);
    }
    value x = formal_ids(t, formal_value(t, in->a));
    if (in->op == DO_INDEX) return formal_of_ids(t, index_get(t->r, x, count, s));
    value part = formal_ids(t, formal_value(t, site[1 + SUBSCRIPT_WORDS * count]));
    return formal_of_ids(t, index_set(t->r, x, count, s, part));
}

u32 formal_first_axis(formal *t, u32 n, size_t i) {
    return formal_of_ids(t, first_axis_entry(t->r, formal_ids(t, n), i));
}

void formal_unpack(formal *t, const instruction *in) {
    u32 x = formal_value(t, in->a);
    value v = formal_ids(t, x);
    size_t length = is_tensor(&v) ? v.t->shape[0] : 1;
    if (!is_tensor(&v) || length != in->b)
        formal_fail(t, "%u names on the left, and %zu value%s on the right", in->b, length,
                    length == 1 ? "" : "s");
    for (u32 i = 0; i < in->b; i++)
        *formal_at(t, OPERAND(IN_REGISTER, OPERAND_NUMBER(in->c) + i)) = formal_first_axis(t, x, i);
}

/* ---- derivatives ---- */

/* The derivatives of every entry of y in every entry of x, as ids: y's shape, then x's. */
static value jacobian(formal *t, u32 y, u32 x) {
    value a = formal_ids(t, y), b = formal_ids(t, x);
    view v = shape_of(&a), w = shape_of(&b);
    if (v.rank + w.rank > MAX_RANK) formal_fail(t, "a derivative of more than %d axes", MAX_RANK);
    size_t shape[MAX_RANK] = {0};
    for (u32 i = 0; i < v.rank; i++) shape[i] = v.shape[i];
    for (u32 i = 0; i < w.rank; i++) shape[v.rank + i] = w.shape[i];
    tensor *d = pool_tensor(t->r, v.rank + w.rank, shape);
    u32 *nodes = (u32 *)(void *)scratch_values(t->r, 2 * w.size);
    for (size_t k = 0; k < w.size; k++) nodes[k] = formal_entry(t, x, k);
    for (size_t i = 0; i < v.size; i++) {
        formal_gradient(t, formal_entry(t, y, i), (u32)w.size, nodes, nodes + w.size);
        for (size_t k = 0; k < w.size; k++) d->data[i * w.size + k] = (double)nodes[w.size + k] + 1;
    }
    value ids = value_of_tensor(d);
    return d->rank ? ids : SCALAR(d->data[0]);
}

u32 formal_jacobian(formal *t, u32 y, u32 x) { return formal_of_ids(t, jacobian(t, y, x)); }

u32 formal_contract(formal *t, u32 y, u32 x, u32 with, bool forward) {
    u32 d = formal_jacobian(t, y, x);
    const size_t rows = formal_size(t, y), columns = formal_size(t, x);
    value like = formal_ids(t, forward ? y : x);
    view shape = shape_of(&like);
    tensor *out = pool_tensor(t->r, shape.rank, shape.shape);
    for (size_t i = 0; i < (forward ? rows : columns); i++) {
        u32 sum = expr_number(&t->f, 0);
        for (size_t k = 0; k < (forward ? columns : rows); k++) {
            u32 by = formal_entry(t, d, forward ? i * columns + k : k * columns + i);
            u32 weight = formal_entry(t, with, k);
            if (expr_is(&t->f, weight, 0)) continue; /* as a sweep: 0 times inf is none of its terms */
            sum = expr_add(&t->f, sum, 1, expr_multiply(&t->f, by, weight));
        }
        out->data[i] = (double)sum + 1;
    }
    value ids = value_of_tensor(out);
    return formal_of_ids(t, out->rank ? ids : SCALAR(out->data[0]));
}
