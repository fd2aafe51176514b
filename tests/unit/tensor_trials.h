/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tensor_trials.h - random trials of a tensor function: its adjoint against differences, the recorded adjoint
 * against the numeric one, second derivatives against differences of first ones, and jvp against vjp.
 *
 * A function_case says what is evaluated (`body`), on tensors of which ranks; run_trials does the rest. */
#ifndef GTAPE_TENSOR_TRIALS_H
#define GTAPE_TENSOR_TRIALS_H

#include "tests/unit/tensor_unit.h"

enum { MOST_INPUTS = 3, DICE = 32, TRIALS = 60 };

/* ---- random choices ---- */

static u64 state;

static u32 roll(u32 sides) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (u32)(state >> 33) % sides;
}

static double number(void) { return roll(2000001) / 1000000.0 - 1; }

/* One trial: the inputs, and what the body does with them. */
typedef struct trial {
    u32 count; /* of inputs */
    value x[MOST_INPUTS];
    u32 dice[DICE]; /* choices of the body: the same at each evaluation */
    u32 axis;       /* 0 to rank - 1, of the first input */
    value named_axis, keepdims;
} trial;

typedef struct function_case {
    const char *name;
    value (*body)(trial *t);
    u32 rank_from, rank_to;
    unsigned flags;
    void (*more)(trial *t); /* makes the other inputs */
} function_case;

enum { WHOLE_SHAPES = 1 /* no axis of length 0 */, ZEROS = 2 /* among the entries */, NEEDS_AXIS = 4 };

static value random_tensor(u32 rank, const size_t *shape, bool zeros) {
    value v = SCALAR(0);
    if (rank) v = value_of_tensor(pool_tensor(&rec, rank, shape));
    view w = view_of(&v);
    double *out = rank ? v.t->data : &v.num;
    for (size_t i = 0; i < w.size; i++) out[i] = zeros && roll(3) == 0 ? 0 : number();
    return v;
}

static value random_like(value x) {
    view v = view_of(&x);
    return random_tensor(v.rank, v.shape, false);
}

/* Lengths of 0 and 1 come up often enough, and tensors stay small. */
static void random_shape(u32 rank, bool whole, size_t *shape) {
    static const u8 lengths[] = {1, 1, 2, 2, 2, 3, 3, 4, 0};
    for (u32 i = 0; i < rank; i++) shape[i] = lengths[roll(whole ? 8 : 9)];
}

static trial make_trial(const function_case *f) {
    trial t = {.count = 1};
    u32 rank = f->rank_from + roll(f->rank_to - f->rank_from + 1);
    size_t shape[MAX_RANK];
    random_shape(rank, f->flags & WHOLE_SHAPES, shape);
    t.x[0] = random_tensor(rank, shape, f->flags & ZEROS);
    for (u32 i = 0; i < DICE; i++) t.dice[i] = roll(1 << 20);
    t.axis = rank ? roll(rank) : 0;
    t.named_axis = SCALAR(roll(2) ? (double)t.axis : (double)t.axis - rank);
    if (rank == 0 || (!(f->flags & NEEDS_AXIS) && roll(3) == 0)) t.named_axis = UNBOUND;
    t.keepdims = roll(2) ? SCALAR(1) : roll(2) ? SCALAR(0) : UNBOUND;
    if (f->more) f->more(&t);
    return t;
}

/* ---- the checks ---- */

static double inner(value a, value b) {
    view v = view_of(&a), w = view_of(&b);
    ck_assert_uint_eq(v.size, w.size);
    double sum = 0;
    for (size_t i = 0; i < v.size; i++) sum += v.data[i] * w.data[i];
    return sum;
}

static double size_of_entries(value a) {
    view v = view_of(&a);
    double sum = 1;
    for (size_t i = 0; i < v.size; i++) sum += fabs(v.data[i]);
    return sum;
}

static value evaluate(const function_case *f, const trial *t, const value *x) {
    trial copy = *t;
    memcpy(copy.x, x, sizeof copy.x);
    return f->body(&copy);
}

/* x + h e_k in input i, without history. */
static void moved(const trial *t, u32 i, size_t k, double h, value out[MOST_INPUTS]) {
    for (u32 j = 0; j < t->count; j++) {
        value x = passive(t->x[j]);
        view v = view_of(&x);
        if (j == i) x = tensor_of((dims){v.rank, v.shape}, v.data);
        if (j == i && v.rank) x.t->data[k] += h;
        else if (j == i) x.num += h;
        out[j] = x;
    }
}

/* <gradients of <y, u>, v>, numeric or recorded. */
static value directional(const function_case *f, const trial *t, const value *x, value u, const value *v,
                         value *gradients, bool record) {
    value y = evaluate(f, t, x), sum = SCALAR(0);
    sweep_gradients(&rec, y, u, t->count, x, gradients, NULL, record);
    for (u32 i = 0; i < t->count; i++)
        sum = apply2(&rec, OP_ADD, sum, total(apply2(&rec, OP_MUL, gradients[i], v[i])));
    return sum;
}

#define SAYS "%s, shape of rank %u: %s: %.17g against %.17g"
static void compare(const function_case *f, const trial *t, const char *what, double a, double b,
                    double slack) {
    ck_assert_msg(fabs(a - b) <= slack || (isnan(a) && isnan(b)), SAYS, f->name, view_of(&t->x[0]).rank, what,
                  a, b);
}

static void check_first(const function_case *f, const trial *t, value u, const value *gradients) {
    const double h = 1e-5;
    for (u32 i = 0; i < t->count; i++) {
        view x = view_of(&t->x[i]), g = view_of(&gradients[i]);
        ck_assert_msg(shape_equal(x.rank, x.shape, g.rank, g.shape), "%s: the gradient's shape", f->name);
        for (size_t k = 0; k < x.size; k++) {
            value up[MOST_INPUTS], down[MOST_INPUTS];
            moved(t, i, k, h, up);
            moved(t, i, k, -h, down);
            double slope = (inner(evaluate(f, t, up), u) - inner(evaluate(f, t, down), u)) / (2 * h);
            compare(f, t, "first derivative", g.data[k], slope, 1e-7 * size_of_entries(gradients[i]));
        }
    }
}

static void leaves_of(const trial *t, u32 i, size_t k, double h, value out[MOST_INPUTS]) {
    moved(t, i, k, h, out);
    for (u32 j = 0; j < t->count; j++) out[j] = record_leaf(&rec, out[j]);
}

/* The gradient of the recorded <gradient, v> against differences of the numeric one. */
static void check_second(const function_case *f, const trial *t, value u, const value *v) {
    const double h = 1e-5;
    value gradients[MOST_INPUTS], second[MOST_INPUTS], ignored[MOST_INPUTS], x[MOST_INPUTS];
    value slope = directional(f, t, t->x, u, v, gradients, true);
    sweep_gradients(&rec, slope, SCALAR(1), t->count, t->x, second, NULL, false);
    for (u32 i = 0; i < t->count; i++) {
        view g = view_of(&second[i]);
        for (size_t k = 0; k < g.size; k++) {
            leaves_of(t, i, k, h, x);
            double up = directional(f, t, x, u, v, ignored, false).num;
            leaves_of(t, i, k, -h, x);
            double down = directional(f, t, x, u, v, ignored, false).num;
            compare(f, t, "second derivative", g.data[k], (up - down) / (2 * h),
                    2e-7 * size_of_entries(second[i]));
        }
    }
}

/* J v as the derivative of <J^T u, v> in u: against differences along v, and <u, J v> against <J^T u, v>. */
static void check_forward(const function_case *f, const trial *t, value u, const value *v, double reverse) {
    const double h = 1e-5;
    value gradients[MOST_INPUTS], up[MOST_INPUTS], down[MOST_INPUTS], jv, leaf = record_leaf(&rec, u);
    value slope = directional(f, t, t->x, leaf, v, gradients, true);
    sweep_gradients(&rec, slope, SCALAR(1), 1, &leaf, &jv, NULL, false);
    compare(f, t, "dot product test", inner(jv, u), reverse, 1e-12 * size_of_entries(jv));
    for (u32 i = 0; i < t->count; i++) {
        value step = apply2(&rec, OP_MUL, v[i], SCALAR(h)), x = passive(t->x[i]);
        up[i] = apply2(&rec, OP_ADD, x, step), down[i] = apply2(&rec, OP_SUB, x, step);
    }
    value above = evaluate(f, t, up), below = evaluate(f, t, down);
    for (size_t k = 0; k < view_of(&jv).size; k++)
        compare(f, t, "forward product", view_of(&jv).data[k],
                (view_of(&above).data[k] - view_of(&below).data[k]) / (2 * h), 1e-7 * size_of_entries(jv));
}

static void check_trial(const function_case *f) {
    trial t = make_trial(f);
    value v[MOST_INPUTS], numeric[MOST_INPUTS], recorded[MOST_INPUTS];
    for (u32 i = 0; i < t.count; i++) t.x[i] = record_leaf(&rec, t.x[i]), v[i] = random_like(t.x[i]);
    value y = evaluate(f, &t, t.x), u = random_like(y);
    double reverse = directional(f, &t, t.x, u, v, numeric, false).num;
    directional(f, &t, t.x, u, v, recorded, true);
    for (u32 i = 0; i < t.count; i++)
        for (size_t k = 0; k < view_of(&numeric[i]).size; k++)
            compare(f, &t, "recorded sweep", view_of(&recorded[i]).data[k], view_of(&numeric[i]).data[k],
                    1e-14);
    check_first(f, &t, u, numeric);
    check_second(f, &t, u, v);
    check_forward(f, &t, u, v, reverse);
}

static void run_trials(const function_case *f, u64 seed) {
    state = seed;
    for (volatile int i = 0; i < TRIALS; i++) {
        begin_case();
        fault_point here;
        int fault = FAULT_TRY(&here);
        if (!fault) check_trial(f);
        fault_end(&here);
        ck_assert_msg(!fault, "%s failed: %s", f->name, said.count ? said.items[0].message : "memory");
    }
    begin_case();
}

#endif
