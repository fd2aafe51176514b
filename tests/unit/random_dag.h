/* random_dag.h - random programs on the tape, for the tests of tape and sweep; include tensor_unit.h first.
 *
 * Scalar ones use every elementwise operation where its operands lie in the bounds that ops.def gives for
 * probes, so that no kink or pole is near; a forward pass with dual numbers (duals.h) can follow them.
 * Tensor ones mix broadcasting, reductions, indices and linear algebra. */
#ifndef GTAPE_RANDOM_DAG_H
#define GTAPE_RANDOM_DAG_H

#include "tests/unit/unit.h"

#include "core/functions.h"

enum { DAG_VARIABLES = 4, DAG_NODES = 60 };

/* How a node of a scalar program was made. */
typedef struct dag_step {
    enum op op; /* OP_NONE: a variable */
    u32 a, b;   /* nodes; b is DAG_NODES where the operand is the constant c */
    double c;
} dag_step;

typedef struct dag {
    u32 variable_count, count;
    value x[DAG_VARIABLES];
    dag_step steps[DAG_NODES];
    value nodes[DAG_NODES];
    value y;
} dag;

static u64 dag_state;

static u32 dag_roll(u32 sides) {
    dag_state = dag_state * 6364136223846793005u + 1442695040888963407u;
    return (u32)(dag_state >> 33) % sides;
}

static double dag_number(double lo, double hi) { return lo + (hi - lo) * (dag_roll(1000001) / 1000000.0); }

static bool dag_within(double v, const double *bounds) { return v >= bounds[0] && v <= bounds[1]; }

static value dag_operand(const dag *d, const dag_step *s, u32 node) {
    return node == DAG_NODES ? SCALAR(s->c) : d->nodes[node];
}

static value dag_apply(const dag *d, const dag_step *s) {
    value x = dag_operand(d, s, s->a);
    return op_infos[s->op].arity == 1 ? apply1(&rec, s->op, x)
                                      : apply2(&rec, s->op, x, dag_operand(d, s, s->b));
}

/* An operation that nodes or constants fit; an operand whose bounds are one point has no derivative and is a
 * constant. */
static bool dag_choose(const dag *d, dag_step *s) {
    s->op = (enum op)(1 + dag_roll(OP_ELEMENTWISE_END - 1));
    const op_info *info = &op_infos[s->op];
    u32 operands[2] = {DAG_NODES, DAG_NODES};
    u32 constant = info->arity == 1 ? 2 : info->probe[0][0] == info->probe[0][1] ? 0 : dag_roll(5);
    for (u32 i = 0; i < info->arity; i++) {
        if (i == constant) {
            s->c = dag_number(info->probe[i][0], info->probe[i][1]);
            continue;
        }
        for (u32 tries = 0; tries < 20 && operands[i] == DAG_NODES; tries++) {
            u32 k = dag_roll(d->count);
            if (dag_within(d->nodes[k].num, info->probe[i])) operands[i] = k;
        }
        if (operands[i] == DAG_NODES) return false;
    }
    s->a = operands[0];
    s->b = info->arity == 2 ? operands[1] : operands[0];
    return true;
}

static void dag_add(dag *d, dag_step s, value v) {
    d->steps[d->count] = s;
    d->nodes[d->count++] = v;
}

/* The target is the sum of the last nodes, so that every variable has a way to it. */
__attribute__((unused)) static dag random_scalar_dag(u32 seed) {
    dag d = {.variable_count = DAG_VARIABLES};
    static const double bounds[DAG_VARIABLES][2] = {{0.5, 2}, {-2, 2}, {-0.8, 0.8}, {1.5, 3}};
    dag_state = seed;
    for (u32 i = 0; i < DAG_VARIABLES; i++) {
        d.x[i] = record_leaf(&rec, SCALAR(dag_number(bounds[i][0], bounds[i][1])));
        dag_add(&d, (dag_step){.op = OP_NONE}, d.x[i]);
    }
    while (d.count < DAG_NODES - 8) {
        dag_step s;
        if (dag_choose(&d, &s)) dag_add(&d, s, dag_apply(&d, &s));
    }
    while (d.count < DAG_NODES) {
        dag_step s = {.op = OP_ADD, .a = d.count - 1, .b = d.count - 9};
        dag_add(&d, s, dag_apply(&d, &s));
    }
    d.y = d.nodes[DAG_NODES - 1];
    return d;
}

/* ---- tensors ---- */

static value dag_tensor(u32 rank, const size_t *shape) {
    if (rank == 0) return SCALAR(dag_number(-1, 1));
    value v = value_of_tensor(pool_tensor(&rec, rank, shape));
    for (size_t i = 0; i < v.t->size; i++) v.t->data[i] = dag_number(-1, 1);
    return v;
}

static value dag_tensor_step(const dag *d) {
    value x = d->nodes[dag_roll(d->count)], w = d->nodes[dag_roll(d->count)];
    subscript first = {.index = SCALAR(0), .from = UNBOUND, .to = UNBOUND, .step = UNBOUND};
    value arguments[4] = {x, UNBOUND, UNBOUND, UNBOUND}, list[3] = {x, x, x};
    u32 rank = view_of(&x).rank;
    switch (dag_roll(9)) {
    case 0: return apply2(&rec, OP_MUL, x, w);
    case 1: return apply2(&rec, OP_ADD, x, dag_tensor(2, (size_t[]){3, 3}));
    case 2: return apply1(&rec, OP_TANH, x);
    case 3: return apply2(&rec, OP_MUL, SCALAR(dag_number(-1, 1)), x);
    case 4: return rank ? index_get(&rec, x, 1, &first) : x;
    case 5: return fn_sum(&rec, 4, arguments);
    case 6: return rank == 2 ? fn_matmul(&rec, 2, (value[]){x, dag_tensor(2, (size_t[]){3, 3})}) : x;
    case 7: return rank == 0 ? list_of(&rec, 3, list) : apply1(&rec, OP_SIN, x);
    default: return rank ? index_set(&rec, x, 1, &first, dag_tensor(0, NULL)) : x;
    }
}

/* Variables: a scalar, vectors of 3, a 3 x 3 matrix. */
__attribute__((unused)) static dag random_tensor_dag(u32 seed) {
    dag d = {.variable_count = DAG_VARIABLES};
    dag_state = seed;
    size_t shape[2] = {3, 3};
    for (u32 i = 0; i < DAG_VARIABLES; i++) {
        value v = dag_tensor(i == 0 ? 0 : i == 3 ? 2 : 1, shape);
        d.x[i] = record_leaf(&rec, v);
        d.nodes[d.count++] = d.x[i];
    }
    while (d.count < DAG_NODES) {
        value v = dag_tensor_step(&d);
        d.nodes[d.count++] = v;
    }
    value sum = SCALAR(0);
    for (u32 i = d.count - 6; i < d.count; i++) {
        value arguments[4] = {d.nodes[i], UNBOUND, UNBOUND, UNBOUND};
        sum = apply2(&rec, OP_ADD, sum, fn_sum(&rec, 4, arguments));
    }
    d.y = sum;
    return d;
}

#endif
