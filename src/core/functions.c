/* SPDX-License-Identifier: GPL-3.0-or-later */
/* functions.c - the table of functions.def, and the operations that broadcasting and choices need. */
#include "core/functions.h"
#include "core/deferred.h"
#include "core/strided.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <string.h>

static const function_info infos[] = {
#define FN(NAME, name, required, most, parameters, value_fn, adjoint_fn, help)                               \
    {name, required, most, parameters, value_fn, adjoint_fn, help},
#include "core/functions.def"
#undef FN
};

const function_info *function_of(enum op op) { return &infos[op - OP_DERIVED - 1]; }

enum op function_by_name(const char *name) {
    if (*name == '.') return OP_NONE;
    for (size_t i = 0; i < COUNT_OF(infos); i++)
        if (strcmp(infos[i].name, name) == 0) return (enum op)(OP_DERIVED + 1 + i);
    return OP_NONE;
}

bool function_is_linear(enum op op) {
    static const char *const linear[] = {
        ".sum_to", ".spread_to", "where", "sum",  "cumsum",  "linspace", "reshape", "transpose",
        "concat",  "stack",      ".get",  ".put", ".set",    "diag",     "trace",   "triu",
        "tril",    "reverse",    "tile",  "full", ".center", ".permute",
    };
    const char *name = function_of(op)->name;
    for (size_t i = 0; i < COUNT_OF(linear); i++)
        if (strcmp(name, linear[i]) == 0) return true;
    return false;
}

/* For operations that programs cannot call. */
value fn_none(recorder *r, u32 count, value *arguments) {
    (void)r, (void)count;
    return arguments[0];
}

/* ---- broadcasting and its adjoint ---- */

static bool has_shape(const value *v, u32 rank, const size_t *shape) {
    view w = shape_of(v);
    return shape_equal(w.rank, w.shape, rank, shape);
}

value sum_to(recorder *r, value x, u32 rank, const size_t *shape) {
    if (has_shape(&x, rank, shape)) return x;
    value y = SCALAR(0);
    if (rank > 0) y = value_of_tensor(pool_tensor(r, rank, shape));
    sum_repeated_axes(r, view_of(&x), rank, shape, rank > 0 ? y.t->data : &y.num);
    return record_result(r, OP_SUM_TO, y, 1, &x, 0, NULL);
}

/* Where the entry of x lies that each entry of the joint shape repeats: strides of 0 along repeated axes. */
static strided repeated_entries(view x, u32 rank, const size_t *shape) {
    strided s = {0};
    size_t stride[MAX_RANK], step = 1;
    u32 missing = rank - x.rank;
    for (u32 i = rank; i-- > 0;) {
        bool repeated = i < missing || x.shape[i - missing] == 1;
        stride[i] = repeated ? 0 : step;
        if (!repeated) step *= x.shape[i - missing];
    }
    for (u32 i = 0; i < rank; i++) strided_add(&s, shape[i], (ptrdiff_t)stride[i], NULL);
    return s;
}

value spread_to(recorder *r, value x, u32 rank, const size_t *shape) {
    view v = shape_of(&x);
    if (v.rank > rank || has_shape(&x, rank, shape)) return x;
    u32 joint_rank;
    size_t joint[MAX_RANK];
    /* x may be the larger one along some axes: those are for sum_to. */
    if (!shape_broadcast(v.rank, v.shape, rank, shape, &joint_rank, joint) ||
        shape_equal(v.rank, v.shape, joint_rank, joint))
        return x;
    if (v.size == 1 && deferred_fits(joint_rank, joint, &x, NULL)) {
        value same = pool_deferred(r, joint_rank, joint, OP_NONE, &x, NULL);
        return record_result(r, OP_SPREAD_TO, same, 1, &x, 0, NULL);
    }
    v = view_of(&x);
    value y = value_of_tensor(pool_tensor(r, joint_rank, joint));
    strided s = repeated_entries(v, joint_rank, joint);
    strided_get(&s, v.data, y.t->data);
    return record_result(r, OP_SPREAD_TO, y, 1, &x, 0, NULL);
}

void adjoint_sum_to(sweep *s, u32 n, value g) { sweep_add(s, n, 0, g); }

void adjoint_spread_to(sweep *s, u32 n, value g) { sweep_add(s, n, 0, g); }

/* ---- where ---- */

/* A number is repeated by a stride of 0; other shapes than the result's are broadcast first. */
static view where_operand(recorder *r, const value *v, const tensor *y, size_t *stride) {
    *stride = view_of(v).size != 1;
    if (*stride == 0) return view_of(v);
    value whole = spread_to(r, passive(*v), y->rank, y->shape);
    return view_of(&whole);
}

static value where_values(recorder *r, const value *c, const value *a, const value *b) {
    view vc = view_of(c), va = view_of(a), vb = view_of(b);
    if (vc.rank + va.rank + vb.rank == 0) return passive(c->num != 0 ? *a : *b);
    u32 rank, all_rank;
    size_t shape[MAX_RANK], all[MAX_RANK], sc, sa, sb;
    if (!shape_broadcast(va.rank, va.shape, vb.rank, vb.shape, &rank, shape))
        reject_shapes(r, "shapes %s and %s do not fit for 'where'", va, vb);
    if (!shape_broadcast(rank, shape, vc.rank, vc.shape, &all_rank, all))
        reject_shapes(r, "the condition of 'where' has shape %s, which does not fit shape %s", vc,
                      (view){.rank = rank, .shape = shape});
    check_shape(r, all_rank, all);
    tensor *y = pool_tensor(r, all_rank, all);
    vc = where_operand(r, c, y, &sc), va = where_operand(r, a, y, &sa), vb = where_operand(r, b, y, &sb);
    for (size_t i = 0; i < y->size; i++)
        y->data[i] = vc.data[i * sc] != 0 ? va.data[i * sa] : vb.data[i * sb];
    return value_of_tensor(y);
}

value fn_where(recorder *r, u32 count, value *arguments) {
    value y = where_values(r, &arguments[0], &arguments[1], &arguments[2]);
    if (!r->tape.is_traced) arguments[0].node = 0; /* a condition has no derivative */
    return record_result(r, OP_WHERE, y, count, arguments, 0, NULL);
}

void adjoint_where(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value c = sweep_argument(s, n, 0);
    for (u32 i = 1; i <= 2; i++) {
        value parts[3] = {c, SCALAR(0), SCALAR(0)};
        parts[i] = g;
        if (sweep_wants(s, n, i)) sweep_add(s, n, i, fn_where(r, 3, parts));
    }
}

/* ---- partial derivatives given by hand ---- */

value *scratch_values(recorder *r, size_t count) {
    size_t numbers = count * sizeof(value) / sizeof(double);
    return (value *)(void *)pool_tensor(r, 1, &numbers)->data;
}

/* Arguments of the record: y, then those of f; attributes: their bodies. */
value custom_partials(recorder *r, value y, u32 count, const value *arguments, const u32 *bodies) {
    value *all = scratch_values(r, count + 1);
    all[0] = y;
    memcpy(all + 1, arguments, count * sizeof *all);
    return record_result(r, OP_CUSTOM, passive(y), count + 1, all, count, bodies);
}

/* A partial is evaluated when it is asked for: its text may use the function itself, as that of exp would. */
static value partial_by_hand(sweep *s, u32 n, u32 body) {
    recorder *r = sweep_recorder(s);
    u32 count = sweep_argument_count(s, n);
    value *arguments = scratch_values(r, count);
    for (u32 i = 0; i < count; i++) arguments[i] = sweep_argument(s, n, i);
    return r->partial(r->user, body, count, arguments);
}

void adjoint_custom(sweep *s, u32 n, value g) {
    sweep_add(s, n, 0, g);
    u32 count = sweep_attribute_count(s, n);
    for (u32 i = 0; i < count; i++) {
        u32 body = sweep_attribute(s, n, i);
        if (body != UINT32_MAX && sweep_wants(s, n, i + 1))
            sweep_add(s, n, i + 1, apply2(sweep_recorder(s), OP_CARRY, g, partial_by_hand(s, n, body)));
    }
}
