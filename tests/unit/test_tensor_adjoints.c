/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_tensor_adjoints.c - every tensor operation that is no linear algebra, in random trials
 * (tensor_trials.h). */
#include "tests/unit/tensor_trials.h"

/* ---- the bodies ---- */

#define REDUCTION(name)                                                                                      \
    static value body_##name(trial *t) { return CALL(fn_##name, t->x[0], t->named_axis, t->keepdims); }
REDUCTION(sum)
REDUCTION(mean)
REDUCTION(prod)
REDUCTION(norm)
REDUCTION(logsumexp)

static value body_var(trial *t) { return CALL(fn_var, t->x[0], t->named_axis, t->keepdims, SCALAR(0)); }
static value body_std(trial *t) { return CALL(fn_std, t->x[0], t->named_axis, t->keepdims); }
static value body_min(trial *t) { return CALL_MANY(fn_min, t->x[0], t->named_axis, t->keepdims); }
static value body_max(trial *t) { return CALL_MANY(fn_max, t->x[0], t->named_axis, t->keepdims); }
static value body_max3(trial *t) { return CALL_MANY(fn_max, t->x[0], t->x[1], t->x[2], UNBOUND, UNBOUND); }
static value body_clamp(trial *t) { return CALL(fn_clamp, t->x[0], t->x[1], t->x[2]); }

#define ALONG(name)                                                                                          \
    static value body_##name(trial *t) { return CALL(fn_##name, t->x[0], t->named_axis); }
ALONG(cumsum)
ALONG(cumprod)
ALONG(softmax)
ALONG(log_softmax)
ALONG(sort)
ALONG(reverse)

static value body_full(trial *t) {
    double a = t->dice[0] % 4, b = t->dice[1] % 4;
    return t->dice[2] % 2 ? CALL_MANY(fn_full, t->x[0], SCALAR(a), SCALAR(b))
                          : CALL_MANY(fn_full, t->x[0], VECTOR(a));
}

static value body_range(trial *t) {
    return CALL(fn_range, t->x[0], SCALAR(3.1), apply2(&rec, OP_ADD, t->x[1], SCALAR(2)));
}

static value body_linspace(trial *t) { return CALL(fn_linspace, t->x[0], t->x[1], SCALAR(t->dice[0] % 5)); }

static value body_reshape(trial *t) {
    size_t size = view_of(&t->x[0]).size;
    if (t->dice[0] % 3 == 0 && size % 2 == 0 && size)
        return CALL_MANY(fn_reshape, t->x[0], SCALAR(2), SCALAR(-1));
    return CALL_MANY(fn_reshape, t->x[0], t->dice[1] % 2 ? SCALAR((double)size) : VECTOR(1, (double)size, 1));
}

static value body_transpose(trial *t) {
    u32 rank = view_of(&t->x[0]).rank;
    value arguments[1 + MAX_RANK] = {t->x[0]};
    if (t->dice[0] % 3 == 0) return CALL_MANY(fn_transpose, t->x[0]);
    for (u32 i = 0; i < rank; i++) arguments[1 + i] = SCALAR(i);
    for (u32 i = 0; i + 1 < rank; i++) {
        u32 k = i + t->dice[i] % (rank - i);
        value swapped = arguments[1 + i];
        arguments[1 + i] = arguments[1 + k], arguments[1 + k] = swapped;
        if (t->dice[8 + i] % 2) arguments[1 + i].num -= rank;
    }
    return fn_transpose(&rec, 1 + rank, arguments);
}

static value body_concat(trial *t) { return CALL_MANY(fn_concat, t->x[0], t->x[1], t->x[2], t->named_axis); }

static value body_stack(trial *t) {
    double axis = (double)(t->dice[0] % (view_of(&t->x[0]).rank + 1));
    return CALL_MANY(fn_stack, t->x[0], t->x[1], t->x[2], t->dice[1] % 4 ? SCALAR(axis) : UNBOUND);
}

static value body_list(trial *t) { return list_of(&rec, 3, (value[]){t->x[0], SCALAR(2), t->x[1]}); }

static value body_split(trial *t) {
    view v = view_of(&t->x[0]);
    double n = v.shape[t->axis] % 2 == 0 ? 2 : (double)v.shape[t->axis];
    return CALL(fn_split, t->x[0], SCALAR(n), t->named_axis);
}

static value body_tile(trial *t) {
    return CALL_MANY(fn_tile, t->x[0], SCALAR(t->dice[0] % 3), SCALAR(1 + t->dice[1] % 3));
}

static value body_diag(trial *t) { return CALL(fn_diag, t->x[0]); }
static value body_trace(trial *t) { return CALL(fn_trace, t->x[0]); }
static value body_triu(trial *t) { return CALL(fn_triu, t->x[0], SCALAR((double)(t->dice[0] % 5) - 2)); }
static value body_tril(trial *t) {
    return CALL(fn_tril, t->x[0], t->dice[1] % 2 ? UNBOUND : SCALAR((double)(t->dice[0] % 5) - 2));
}
static value body_outer(trial *t) { return CALL(fn_outer, t->x[0], t->x[1]); }
static value body_kron(trial *t) { return CALL(fn_kron, t->x[0], t->x[1]); }
static value body_dot(trial *t) { return CALL(fn_dot, t->x[0], t->x[1]); }
static value body_where(trial *t) {
    return CALL(fn_where, apply2(&rec, OP_GT, passive(t->x[2]), SCALAR(0)), t->x[0], t->x[1]);
}
static value body_broadcast(trial *t) { return apply2(&rec, OP_MUL, t->x[0], t->x[1]); }

/* ---- subscripts ---- */

static value slice_part(u32 dice, u32 length) {
    return dice % 4 == 0 ? UNBOUND : SCALAR((double)(dice / 4 % (2 * length + 4)) - length - 2);
}

static subscript random_slice(const u32 *dice, u32 length) {
    static const double steps[] = {1, 2, -1, -2, 3, -7};
    value step = dice[2] % 3 ? SCALAR(steps[dice[2] / 3 % 6]) : UNBOUND;
    return (subscript){true, UNBOUND, slice_part(dice[0], length), slice_part(dice[1], length), step};
}

static value random_indices(const u32 *dice, u32 length) {
    size_t shape[2] = {dice[0] / 8 % 4, 2};
    u32 rank = dice[0] % 8 ? 1 : 2;
    value v = value_of_tensor(pool_tensor(&rec, rank, shape));
    for (size_t i = 0; i < v.t->size; i++)
        v.t->data[i] = (double)((dice[1] >> (2 * i)) % (2 * length)) - length;
    return v;
}

/* Gives how many. */
static u32 random_subscripts(const trial *t, subscript out[MAX_RANK]) {
    view v = view_of(&t->x[0]);
    u32 count = t->dice[0] % (v.rank + 1);
    bool looked_up = false;
    for (u32 i = 0; i < count; i++) {
        const u32 *dice = t->dice + 1 + 4 * i;
        u32 length = (u32)v.shape[i];
        out[i] = random_slice(dice, length);
        if (length > 0 && dice[3] % 4 == 0)
            out[i] = (subscript){.index = SCALAR((double)(dice[0] % (2 * length)) - length)};
        if (length > 0 && dice[3] % 4 == 1 && !looked_up)
            out[i] = (subscript){.index = random_indices(dice, length)}, looked_up = true;
    }
    return count;
}

static value body_get(trial *t) {
    subscript s[MAX_RANK];
    u32 count = random_subscripts(t, s);
    return index_get(&rec, t->x[0], count, s);
}

static value body_set(trial *t) {
    subscript s[MAX_RANK];
    u32 count = random_subscripts(t, s);
    return index_set(&rec, t->x[0], count, s, t->x[1]);
}

static value body_entry(trial *t) {
    view v = view_of(&t->x[0]);
    return first_axis_entry(&rec, t->x[0], t->dice[0] % v.shape[0]);
}

/* ---- the other inputs ---- */

static void more_alike(trial *t) {
    t->x[1] = random_like(t->x[0]), t->x[2] = random_like(t->x[0]);
    t->count = 3;
}

static void one_alike(trial *t) {
    t->x[1] = random_like(t->x[0]);
    t->count = 2;
}

static void more_beside(trial *t) {
    view v = view_of(&t->x[0]);
    size_t shape[MAX_RANK];
    memcpy(shape, v.shape, v.rank * sizeof *shape);
    u32 axis = is_unbound(&t->named_axis) ? 0 : t->axis;
    for (u32 i = 1; i < 3; i++) {
        shape[axis] = roll(4);
        t->x[i] = random_tensor(v.rank, shape, false);
    }
    t->count = 3;
}

static void more_free(trial *t) {
    size_t shape[MAX_RANK];
    u32 rank = roll(3);
    random_shape(rank, false, shape);
    t->x[1] = random_tensor(rank, shape, false);
    t->count = 2;
}

static value broadcast_partner(value x) {
    view v = view_of(&x);
    size_t shape[MAX_RANK];
    u32 dropped = roll(v.rank + 1);
    for (u32 i = dropped; i < v.rank; i++) shape[i - dropped] = roll(2) ? 1 : v.shape[i];
    return random_tensor(v.rank - dropped, shape, false);
}

static void more_broadcast(trial *t) {
    t->x[1] = broadcast_partner(t->x[0]);
    t->x[2] = broadcast_partner(t->x[0]);
    t->count = 3;
}

static void more_part(trial *t) {
    t->x[1] = broadcast_partner(body_get(t));
    t->count = 2;
}

/* Bounds that leave room between them. */
static void more_bounds(trial *t) {
    more_broadcast(t);
    t->x[1] = apply2(&rec, OP_SUB, apply2(&rec, OP_MUL, t->x[1], SCALAR(0.4)), SCALAR(0.5));
    t->x[2] = apply2(&rec, OP_ADD, apply2(&rec, OP_MUL, t->x[2], SCALAR(0.4)), SCALAR(0.5));
}

static const function_case cases[] = {
    {"broadcasting", body_broadcast, 0, 4, 0, more_broadcast},
    {"where", body_where, 0, 4, 0, more_broadcast},
    {"clamp", body_clamp, 0, 4, 0, more_bounds},
    {"sum", body_sum, 0, 4, 0, NULL},
    {"mean", body_mean, 0, 4, WHOLE_SHAPES, NULL},
    {"prod", body_prod, 0, 4, 0, NULL},
    {"prod of zeros", body_prod, 1, 3, ZEROS, NULL},
    {"norm", body_norm, 0, 4, 0, NULL},
    {"var", body_var, 0, 4, WHOLE_SHAPES, NULL},
    {"std", body_std, 0, 4, WHOLE_SHAPES, NULL},
    {"min", body_min, 0, 4, WHOLE_SHAPES, NULL},
    {"max", body_max, 0, 4, WHOLE_SHAPES, NULL},
    {"max of three", body_max3, 0, 3, 0, more_broadcast},
    {"logsumexp", body_logsumexp, 0, 4, WHOLE_SHAPES, NULL},
    {"cumsum", body_cumsum, 0, 4, 0, NULL},
    {"cumprod", body_cumprod, 0, 4, 0, NULL},
    {"cumprod of zeros", body_cumprod, 1, 3, ZEROS, NULL},
    {"softmax", body_softmax, 1, 4, 0, NULL},
    {"log_softmax", body_log_softmax, 1, 4, 0, NULL},
    {"sort", body_sort, 1, 4, 0, NULL},
    {"reverse", body_reverse, 0, 4, 0, NULL},
    {"full", body_full, 0, 0, 0, NULL},
    {"range", body_range, 0, 0, 0, one_alike},
    {"linspace", body_linspace, 0, 0, 0, one_alike},
    {"reshape", body_reshape, 0, 4, 0, NULL},
    {"transpose", body_transpose, 0, 4, 0, NULL},
    {"concat", body_concat, 1, 4, 0, more_beside},
    {"stack", body_stack, 0, 4, 0, more_alike},
    {"list", body_list, 0, 0, 0, one_alike},
    {"split", body_split, 1, 4, WHOLE_SHAPES | NEEDS_AXIS, NULL},
    {"tile", body_tile, 0, 3, 0, NULL},
    {"diag", body_diag, 1, 2, 0, NULL},
    {"trace", body_trace, 2, 2, 0, NULL},
    {"triu", body_triu, 2, 4, 0, NULL},
    {"tril", body_tril, 2, 4, 0, NULL},
    {"outer", body_outer, 0, 2, 0, more_free},
    {"kron", body_kron, 0, 2, 0, more_free},
    {"dot", body_dot, 1, 1, 0, one_alike},
    {"x[...]", body_get, 1, 4, 0, NULL},
    {"x[...] =", body_set, 1, 4, 0, more_part},
    {"entry", body_entry, 1, 4, WHOLE_SHAPES, NULL},
};

START_TEST(adjoints) { run_trials(&cases[_i], (u64)_i * 7919 + 12345); }
END_TEST

static void adjoint_tests(TCase *tests) { tcase_add_loop_test(tests, adjoints, 0, (int)COUNT_OF(cases)); }

UNIT_MAIN("tensor adjoints", adjoint_tests)
