/* test_sweep.c - adjoints: numeric, recording and forward sweeps against each other, what carries nothing,
 * several variables, intermediates, connections, and whose derivative is not finite. */
#include "tests/unit/tensor_unit.h"

#include "tests/unit/duals.h"
#include "tests/unit/random_dag.h"

static value leaf(double x) { return record_leaf(&rec, SCALAR(x)); }
static value times(value a, value b) { return apply2(&rec, OP_MUL, a, b); }
static value plus(value a, value b) { return apply2(&rec, OP_ADD, a, b); }

static value recorded_gradient(value y, value x) {
    value g;
    sweep_gradients(&rec, y, SCALAR(1), 1, &x, &g, NULL, true);
    return g;
}

/* ---- random programs over all elementwise operations ---- */

static bool used[OP_ELEMENTWISE_END];

/* The derivative of the target in variable i, by dual numbers from the front. */
static double forward(const dag *d, u32 i) {
    dual v[DAG_NODES + 1];
    for (u32 k = 0; k < d->count; k++) {
        const dag_step *s = &d->steps[k];
        if (s->op == OP_NONE) {
            v[k] = (dual){d->nodes[k].num, k == i};
            continue;
        }
        v[DAG_NODES] = constant(s->c);
        used[s->op] = true;
        v[k] = dual_values[s->op](v[s->a], v[s->b]);
    }
    return v[d->count - 1].t;
}

START_TEST(three_ways) {
    for (u32 seed = 1; seed <= 2000; seed++) {
        begin_case();
        dag d = random_scalar_dag(seed);
        value g[DAG_VARIABLES], h[DAG_VARIABLES];
        sweep_gradients(&rec, d.y, SCALAR(1), DAG_VARIABLES, d.x, g, NULL, false);
        sweep_gradients(&rec, d.y, SCALAR(1), DAG_VARIABLES, d.x, h, NULL, true);
        for (u32 i = 0; i < DAG_VARIABLES; i++) {
            double f = forward(&d, i);
            ck_assert_msg(g[i].num == h[i].num, "program %u, variable %u: %.17g on numbers, %.17g recorded",
                          seed, i, g[i].num, h[i].num);
            ck_assert_msg(fabs(g[i].num - f) <= 1e-9 * (1 + fabs(f)),
                          "program %u, variable %u: %.17g reverse, %.17g forward", seed, i, g[i].num, f);
        }
    }
    for (u32 op = 1; op < OP_ELEMENTWISE_END; op++)
        ck_assert_msg(used[op], "'%s' was never tried", op_infos[op].name);
    begin_case();
}
END_TEST

/* J v by the double reverse product against the sum of v's entries times the gradient; and the second
 * derivative both ways round. */
START_TEST(double_reverse) {
    for (u32 seed = 1; seed <= 300; seed++) {
        begin_case();
        dag d = random_scalar_dag(seed);
        value u = leaf(0.5), g[DAG_VARIABLES], seeds[DAG_VARIABLES], product = SCALAR(0), forward_product;
        sweep_gradients(&rec, d.y, u, DAG_VARIABLES, d.x, g, NULL, true);
        double expected = 0, size = 0;
        for (u32 i = 0; i < DAG_VARIABLES; i++) {
            seeds[i] = SCALAR(dag_number(-1, 1));
            product = plus(product, times(seeds[i], g[i]));
            expected += seeds[i].num * g[i].num / 0.5;
            size += fabs(seeds[i].num * g[i].num / 0.5);
        }
        sweep_gradients(&rec, product, SCALAR(1), 1, &u, &forward_product, NULL, false);
        ck_assert_msg(fabs(forward_product.num - expected) <= 1e-12 * size, "program %u: %.17g, not %.17g",
                      seed, forward_product.num, expected);
        value h01 = gradient(g[0], d.x[1]), h10 = gradient(g[1], d.x[0]);
        ck_assert_msg(fabs(h01.num - h10.num) <= 1e-6 * (1 + fabs(h01.num)), "program %u: %.17g and %.17g",
                      seed, h01.num, h10.num);
    }
    begin_case();
}
END_TEST

START_TEST(tensor_programs) {
    for (u32 seed = 1; seed <= 300; seed++) {
        begin_case();
        dag d = random_tensor_dag(seed);
        value g[DAG_VARIABLES], h[DAG_VARIABLES], alone;
        sweep_gradients(&rec, d.y, SCALAR(1), DAG_VARIABLES, d.x, g, NULL, false);
        sweep_gradients(&rec, d.y, SCALAR(1), DAG_VARIABLES, d.x, h, NULL, true);
        for (u32 i = 0; i < DAG_VARIABLES; i++) {
            sweep_gradients(&rec, d.y, SCALAR(1), 1, &d.x[i], &alone, NULL, false);
            view a = view_of(&g[i]), b = view_of(&h[i]), c = view_of(&alone), x = view_of(&d.x[i]);
            ck_assert(shape_equal(a.rank, a.shape, x.rank, x.shape) &&
                      shape_equal(b.rank, b.shape, x.rank, x.shape));
            for (size_t k = 0; k < a.size; k++)
                ck_assert_msg(near(a.data[k], b.data[k], 1e-12) && a.data[k] == c.data[k],
                              "program %u, variable %u, entry %zu: %.17g, recorded %.17g, alone %.17g", seed,
                              i, k, a.data[k], b.data[k], c.data[k]);
        }
    }
    begin_case();
}
END_TEST

/* ---- an adjoint of exactly 0 carries nothing ---- */

START_TEST(zero_adjoints) {
    begin_case();
    value x = leaf(0), root = apply1(&rec, OP_SQRT, x);
    CHECK_SCALAR(gradient(root, x), INFINITY);
    CHECK_SCALAR(gradient(times(SCALAR(0), root), x), 0);
    CHECK_SCALAR(recorded_gradient(times(SCALAR(0), root), x), 0);
    value zero = leaf(0);
    CHECK_SCALAR(gradient(times(zero, root), x), 0);
    CHECK_SCALAR(gradient(times(x, root), x), 0);
    CHECK_SCALAR(recorded_gradient(times(x, root), x), 0);
    value v = LEAF(VECTOR(0, 4)), roots = apply1(&rec, OP_SQRT, v);
    CHECK(gradient(total(times(VECTOR(0, 1), roots)), v), SHAPE(2), 0, 0.25);
    CHECK(recorded_gradient(total(times(VECTOR(0, 1), roots)), v), SHAPE(2), 0, 0.25);
    value positive = apply2(&rec, OP_GT, v, SCALAR(0));
    CHECK(gradient(total(CALL(fn_where, positive, roots, SCALAR(0))), v), SHAPE(2), 0, 0.25);
}
END_TEST

/* ---- which variables ---- */

/* x = 5, y = x*x, z = y*y: dz/dx = 4*125, dz/dy = 2*25, in one sweep and in any order. */
START_TEST(intermediates) {
    begin_case();
    value x = leaf(5), y = times(x, x), z = times(y, y), g[4], variables[4] = {y, x, z, y};
    for (int record = 0; record < 2; record++) {
        sweep_gradients(&rec, z, SCALAR(1), 4, variables, g, NULL, record);
        CHECK_SCALAR(g[0], 50);
        CHECK_SCALAR(g[1], 500);
        CHECK_SCALAR(g[2], 1);
        CHECK_SCALAR(g[3], 50);
        sweep_gradients(&rec, y, SCALAR(1), 4, variables, g, NULL, record);
        CHECK_SCALAR(g[0], 1);
        CHECK_SCALAR(g[1], 10);
        CHECK_SCALAR(g[2], 0);
    }
    sweep_gradients(&rec, z, SCALAR(3), 1, &x, g, NULL, false);
    CHECK_SCALAR(g[0], 1500);
}
END_TEST

START_TEST(tensor_intermediates) {
    begin_case();
    value x = LEAF(VECTOR(1, 2, 3)), y = times(x, x), z = total(times(y, y)), g[2], variables[2] = {x, y};
    for (int record = 0; record < 2; record++) {
        sweep_gradients(&rec, z, SCALAR(1), 2, variables, g, NULL, record);
        CHECK(g[0], SHAPE(3), 4, 32, 108);
        CHECK(g[1], SHAPE(3), 2, 8, 18);
    }
}
END_TEST

/* More than are searched for one by one. */
START_TEST(many_variables) {
    enum { MANY = 40 };
    begin_case();
    value x[MANY], g[MANY], y = SCALAR(0);
    for (int i = 0; i < MANY; i++) x[i] = LEAF(VECTOR(i, 1));
    for (int i = 0; i < MANY; i++) y = plus(y, total(times(x[i], x[i])));
    sweep_gradients(&rec, y, SCALAR(1), MANY, x, g, NULL, false);
    for (int i = 0; i < MANY; i++) CHECK(g[i], SHAPE(2), 2 * i, 2);
}
END_TEST

/* No history, or none in common: 0 in the shape of the variable, also where the sweep is recorded. */
START_TEST(unconnected) {
    begin_case();
    value x = LEAF(VECTOR(1, 2)), w = leaf(3), y = times(w, w), late = leaf(1), none = SCALAR(4), g[4];
    value variables[4] = {x, late, none, w};
    bool connected[4];
    for (int record = 0; record < 2; record++) {
        sweep_gradients(&rec, y, SCALAR(1), 4, variables, g, connected, record);
        CHECK(g[0], SHAPE(2), 0, 0);
        CHECK_SCALAR(g[1], 0);
        CHECK_SCALAR(g[2], 0);
        CHECK_SCALAR(g[3], 6);
        ck_assert(!connected[0] && !connected[1] && !connected[2] && connected[3]);
        sweep_gradients(&rec, y, SCALAR(1), 3, variables, g, connected, record);
        CHECK(g[0], SHAPE(2), 0, 0);
        ck_assert(!connected[0]);
        sweep_gradients(&rec, none, SCALAR(1), 4, variables, g, connected, record);
        CHECK(g[0], SHAPE(2), 0, 0);
        CHECK_SCALAR(g[3], 0);
        ck_assert(!connected[3]);
    }
}
END_TEST

/* A derivative that is 0 although there is a way. */
START_TEST(connected_zeros) {
    begin_case();
    value x = leaf(2), w = leaf(1), y = plus(apply2(&rec, OP_SUB, x, x), times(SCALAR(0), w)), g[2],
          variables[2] = {x, w};
    bool connected[2];
    for (int record = 0; record < 2; record++) {
        sweep_gradients(&rec, y, SCALAR(1), 2, variables, g, connected, record);
        CHECK_SCALAR(g[0], 0);
        CHECK_SCALAR(g[1], 0);
        ck_assert(connected[0] && connected[1]);
    }
    ck_assert(depends_on(&rec, y.node, x.node));
    ck_assert(!depends_on(&rec, w.node, x.node));
    ck_assert(!depends_on(&rec, x.node, y.node));
    ck_assert(depends_on(&rec, x.node, x.node));
    const u8 *mask = depending_on(&rec, x.node, y.node, 1, &x);
    ck_assert_uint_eq(mask[0], 1);
    ck_assert_uint_eq(mask[w.node - x.node], 0);
    ck_assert_uint_eq(mask[y.node - x.node], 1);
}
END_TEST

/* ---- adjoints that share tensors ---- */

START_TEST(shared_adjoints) {
    begin_case();
    value x = LEAF(VECTOR(1, 2)), w = LEAF(VECTOR(3, 4)), seed = VECTOR(10, 20), g[2], variables[2] = {x, w};
    value y = plus(plus(x, w), plus(x, times(w, w)));
    sweep_gradients(&rec, y, seed, 2, variables, g, NULL, false);
    CHECK(g[0], SHAPE(2), 20, 40);
    CHECK(g[1], SHAPE(2), 70, 180);
    CHECK(seed, SHAPE(2), 10, 20);
    sweep_gradients(&rec, plus(x, w), seed, 2, variables, g, NULL, false);
    CHECK(g[0], SHAPE(2), 10, 20);
    CHECK(seed, SHAPE(2), 10, 20);
}
END_TEST

/* Two parts of one tensor, added to in place, and the tensor itself. */
START_TEST(parts) {
    begin_case();
    value x = LEAF(VECTOR(1, 2, 3));
    subscript at[2] = {{.index = SCALAR(0)}, {.index = SCALAR(2)}};
    value y = times(index_get(&rec, x, 1, &at[0]), index_get(&rec, x, 1, &at[1]));
    y = plus(plus(y, total(x)), index_get(&rec, x, 1, &at[0]));
    CHECK(gradient(y, x), SHAPE(3), 5, 1, 2);
    CHECK(recorded_gradient(y, x), SHAPE(3), 5, 1, 2);
}
END_TEST

START_TEST(broadcasting) {
    begin_case();
    value x = leaf(2), row = LEAF(VECTOR(1, 2, 3)), column = LEAF(tensor_of(SHAPE(2, 1), NUMBERS(5, 7)));
    value y = total(times(times(x, row), column)), g[3], variables[3] = {x, row, column};
    for (int record = 0; record < 2; record++) {
        sweep_gradients(&rec, y, SCALAR(1), 3, variables, g, NULL, record);
        CHECK_SCALAR(g[0], 72);
        CHECK(g[1], SHAPE(3), 24, 24, 24);
        CHECK(g[2], SHAPE(2, 1), 12, 12);
    }
}
END_TEST

/* ---- one argument alone ---- */

START_TEST(forward_products) {
    begin_case();
    value a = LEAF(tensor_of(SHAPE(2, 2), NUMBERS(1, 2, 3, 4))), b = LEAF(VECTOR(5, 6));
    value y = fn_matmul(&rec, 2, (value[]){a, b});
    CHECK(sweep_forward(&rec, y.node, 0, tensor_of(SHAPE(2, 2), NUMBERS(1, 0, 0, 1))), SHAPE(2), 5, 6);
    CHECK(sweep_forward(&rec, y.node, 1, VECTOR(1, 10)), SHAPE(2), 21, 43);
}
END_TEST

/* ---- the culprit ---- */

START_TEST(culprits) {
    begin_case();
    rec.origin = 1;
    value x = leaf(0), seed = SCALAR(1);
    rec.origin = 2;
    value root = apply1(&rec, OP_SQRT, x);
    rec.origin = 3;
    value y = times(root, SCALAR(2));
    rec.origin = 4;
    value other = times(x, SCALAR(2));
    ck_assert_uint_eq(sweep_culprit(&rec, y, seed, x), 2 | ORIGIN_PARTIAL);
    ck_assert_uint_eq(sweep_culprit(&rec, other, seed, x), ORIGIN_NONE);
    ck_assert_uint_eq(sweep_culprit(&rec, SCALAR(1), seed, x), ORIGIN_NONE);
    ck_assert_uint_eq(rec.origin, 4);
    rec.origin = 5;
    value v = LEAF(VECTOR(1, 0)), roots = apply1(&rec, OP_SQRT, v);
    rec.origin = 6;
    y = total(roots);
    ck_assert_uint_eq(sweep_culprit(&rec, y, seed, v), 5 | ORIGIN_PARTIAL);
}
END_TEST

/* ---- failing requests ---- */

static void record_and_sweep(void *data) {
    bool record = data != NULL;
    recorder_init(&rec);
    rec.diagnostics = &said;
    dag d = random_tensor_dag(5);
    value g[DAG_VARIABLES];
    bool connected[DAG_VARIABLES];
    sweep_gradients(&rec, d.y, SCALAR(1), DAG_VARIABLES, d.x, g, connected, record);
    (void)sweep_culprit(&rec, d.y, SCALAR(1), d.x[0]);
}

static void free_recorder(void *data) {
    (void)data;
    recorder_free(&rec);
}

START_TEST(failing_requests) {
    recorder_free(&rec);
    ck_assert_uint_gt(fail_each_request(record_and_sweep, free_recorder, NULL), 50);
    ck_assert_uint_gt(fail_each_request(record_and_sweep, free_recorder, &rec), 50);
    begin_case();
}
END_TEST

typedef struct sweep_job {
    dag d;
    value g[DAG_VARIABLES];
} sweep_job;

static void sweep_all(void *data) {
    sweep_job *j = data;
    sweep_gradients(&rec, j->d.y, SCALAR(1), DAG_VARIABLES, j->d.x, j->g, NULL, false);
}

/* A sweep that failed leaves nothing behind for the next one. */
START_TEST(sweep_after_failure) {
    begin_case();
    sweep_job right = {.d = random_tensor_dag(9)}, again = right;
    sweep_all(&right);
    for (unsigned long n = 1;; n++) {
        mem_fail_at(n);
        int status = fault_of(sweep_all, &again);
        mem_fail_at(0);
        sweep_all(&again);
        for (u32 i = 0; i < DAG_VARIABLES; i++) {
            view v = view_of(&right.g[i]), w = view_of(&again.g[i]);
            ck_assert_msg(memcmp(v.data, w.data, v.size * sizeof(double)) == 0, "request %lu, variable %u", n,
                          i);
        }
        if (status == FAULT_NONE) break;
    }
    begin_case();
}
END_TEST

static void sweep_tests(TCase *tests) {
    tcase_add_test(tests, three_ways);
    tcase_add_test(tests, double_reverse);
    tcase_add_test(tests, tensor_programs);
    tcase_add_test(tests, zero_adjoints);
    tcase_add_test(tests, intermediates);
    tcase_add_test(tests, tensor_intermediates);
    tcase_add_test(tests, many_variables);
    tcase_add_test(tests, unconnected);
    tcase_add_test(tests, connected_zeros);
    tcase_add_test(tests, shared_adjoints);
    tcase_add_test(tests, parts);
    tcase_add_test(tests, broadcasting);
    tcase_add_test(tests, forward_products);
    tcase_add_test(tests, culprits);
    tcase_add_test(tests, failing_requests);
    tcase_add_test(tests, sweep_after_failure);
}

UNIT_MAIN("sweep", sweep_tests)
