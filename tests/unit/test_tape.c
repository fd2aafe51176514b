/* test_tape.c - the tape: records, constants, extra, growth, limits, compaction. */
#include "tests/unit/tensor_unit.h"

#include "tests/unit/random_dag.h"

static tape t;

/* ---- records ---- */

START_TEST(records) {
    tape_init(&t);
    ck_assert_uint_eq(t.count, 1);
    value x = SCALAR(5);
    u32 n = tape_push_value(&t, CODE(OP_LEAF, 0), 0, 0, 3, &x);
    u32 m = tape_push(&t, CODE(OP_MUL, 0), n, n, 4, 25);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(m, 2);
    ck_assert_uint_eq(CODE_OP(t.code[m]), OP_MUL);
    ck_assert_uint_eq(t.a[m], 1);
    ck_assert_uint_eq(t.b[m], 1);
    ck_assert_uint_eq(t.origin[n], 3);
    ck_assert_uint_eq(t.origin[m], 4);
    value back = tape_value(&t, m);
    ck_assert_uint_eq(back.node, m);
    ck_assert_double_eq(back.num, 25);
    tape_free(&t);
}
END_TEST

START_TEST(tensor_records) {
    tape_init(&t);
    tensor *three = tensor_new(1, (size_t[]){3});
    value x = value_of_tensor(three);
    u32 n = tape_push_value(&t, CODE(OP_LEAF, 0), 0, 0, 0, &x);
    ck_assert_uint_eq(three->refs, 2);
    ck_assert(t.code[n] & CODE_TENSOR);
    value back = tape_value(&t, n);
    ck_assert(is_tensor(&back) && back.t == three && back.node == n);
    tape_clear(&t);
    ck_assert_uint_eq(three->refs, 1);
    ck_assert_uint_eq(t.count, 1);
    tape_free(&t);
    tensor_drop(three);
}
END_TEST

/* A number is put on the list once, whoever asks; number 0 is not used. */
START_TEST(constant_list) {
    tape_init(&t);
    value two = SCALAR(2), three = SCALAR(3);
    u32 a = tape_constant(&t, &two);
    ck_assert_uint_ne(a, 0);
    ck_assert_uint_eq(tape_constant(&t, &two), a);
    ck_assert_uint_ne(tape_constant(&t, &three), a);
    ck_assert_uint_eq(t.constants.count, 3);
    ck_assert_uint_eq(tape_argument(&t, &two), ARG_CONST | a);
    value back = tape_value(&t, ARG_CONST | a);
    ck_assert_double_eq(back.num, 2);
    ck_assert_uint_eq(back.node, 0);
    ck_assert_uint_eq(back.aux, a);
    tensor *one = tensor_new(1, (size_t[]){1});
    value x = value_of_tensor(one);
    u32 c = tape_argument(&t, &x);
    ck_assert_uint_eq(c, ARG_CONST | ARG_TENSOR);
    ck_assert_uint_eq(one->refs, 2);
    ck_assert_ptr_eq(tape_value(&t, c).t, one);
    tape_free(&t);
    ck_assert_uint_eq(one->refs, 1);
    tensor_drop(one);
}
END_TEST

START_TEST(extra) {
    tape_init(&t);
    value x = SCALAR(5), arguments[2] = {SCALAR(7), SCALAR(8)};
    x.node = arguments[0].node = tape_push_value(&t, CODE(OP_LEAF, 0), 0, 0, 0, &x);
    u32 attributes[3] = {10, 11, 12};
    tape_extra(&t, 1, &x, 0, NULL);
    u32 at = tape_extra(&t, 2, arguments, 3, attributes);
    const u32 *words = &t.extra.items[at];
    ck_assert_uint_eq(words[0], 2);
    ck_assert_uint_eq(words[1], 3);
    ck_assert_uint_eq(words[2], 1);
    ck_assert_uint_eq(words[3], ARG_CONST | 1);
    ck_assert_mem_eq(words + 4, attributes, sizeof attributes);
    tape_free(&t);
}
END_TEST

/* Columns that move into mapped pages keep what they hold; room for what is expected is taken at once. */
START_TEST(growth) {
    enum { MANY = 700000 };
    tape_init(&t);
    if (_i) t.expected = MANY;
    for (u32 i = 1; i < MANY; i++)
        ck_assert_uint_eq(tape_push(&t, CODE(OP_NEG, 0), i / 2, i / 3, i % 1000, i), i);
    for (u32 i = 1; i < MANY; i++) {
        bool same =
            CODE_OP(t.code[i]) == OP_NEG && t.a[i] == i / 2 && t.b[i] == i / 3 && t.origin[i] == i % 1000;
        ck_assert_msg(same && t.value[i].num == i, "record %u", i);
    }
    ck_assert_uint_ge(tape_bytes(&t), (MANY - 1) * 22);
    size_t capacity = t.capacity;
    if (_i) ck_assert_uint_eq(capacity, MANY);
    tape_clear(&t);
    ck_assert_uint_eq(t.capacity, capacity);
    tape_free(&t);
}
END_TEST

/* The counts are made up: nobody waits for a billion records. */
static void push_at_limit(void *data) {
    (void)data;
    t.count = t.ready = TAPE_LIMIT;
    tape_push(&t, CODE(OP_LEAF, 0), 0, 0, 0, 0);
}
static void constant_at_limit(void *data) {
    t.constants.count = ARG_TENSOR;
    tape_constant(&t, data);
}

START_TEST(limits) {
    tape_init(&t);
    size_t ready = t.ready;
    ck_assert_int_eq(fault_of(push_at_limit, NULL), FAULT_MEMORY);
    t.count = 1, t.ready = ready;
    value x = SCALAR(1);
    ck_assert_int_eq(fault_of(constant_at_limit, &x), FAULT_MEMORY);
    t.constants.count = 1;
    tape_free(&t);
}
END_TEST

/* ---- compaction ---- */

typedef struct root_list {
    value *items;
    size_t count;
} root_list;

static void each_root(void *user, void (*visit)(void *state, value *root), void *state) {
    root_list *l = user;
    for (size_t i = 0; i < l->count; i++) visit(state, &l->items[i]);
}

static size_t compact(value *items, size_t count) {
    root_list l = {items, count};
    return tape_compact(&rec.tape, (tape_roots){.each = each_root, .user = &l});
}

static value leaf(double x) { return record_leaf(&rec, SCALAR(x)); }

/* x, garbage, y = x + 3, garbage: numbers close up, constants too. */
START_TEST(compaction) {
    begin_case();
    value x = leaf(2), seven = SCALAR(7), three = SCALAR(3);
    for (int i = 0; i < 10; i++) (void)apply2(&rec, OP_MUL, x, seven);
    value y = apply2(&rec, OP_ADD, x, three);
    for (int i = 0; i < 10; i++) (void)apply2(&rec, OP_MUL, y, seven);
    value roots[3] = {y, x, three};
    tape_constant(&rec.tape, &roots[2]);
    size_t constants = rec.tape.constants.count;
    ck_assert_uint_eq(compact(roots, 3), 3);
    ck_assert_uint_eq(rec.tape.count, 3);
    ck_assert_uint_eq(roots[0].node, 2);
    ck_assert_uint_eq(roots[1].node, 1);
    ck_assert_uint_eq(roots[2].node, 0);
    ck_assert_msg(roots[2].aux == 0, "where a number lay among the constants is forgotten");
    ck_assert_uint_gt(constants, 2);
    ck_assert_uint_eq(rec.tape.constants.count, 2);
    ck_assert_double_eq(tape_value(&rec.tape, rec.tape.b[2]).num, 3);
    ck_assert_uint_eq(rec.tape.highest, 23);
    CHECK_SCALAR(gradient(roots[0], roots[1]), 1);
}
END_TEST

START_TEST(nothing_reached) {
    begin_case();
    value x = leaf(2);
    (void)apply1(&rec, OP_SIN, x);
    ck_assert_uint_eq(compact(NULL, 0), 1);
    ck_assert_uint_eq(rec.tape.constants.count, 1);
    ck_assert_uint_eq(compact(NULL, 0), 1);
    x = leaf(2);
    ck_assert_uint_eq(x.node, 1);
}
END_TEST

/* Where less than a quarter would go, all stays as it is. */
START_TEST(little_to_free) {
    begin_case();
    value x = leaf(2), y = x;
    for (int i = 0; i < 8; i++) y = apply2(&rec, OP_MUL, y, SCALAR(3));
    (void)apply1(&rec, OP_SIN, y);
    value roots[1] = {y};
    ck_assert_uint_eq(compact(roots, 1), 11);
    ck_assert_uint_eq(roots[0].node, y.node);
    CHECK_SCALAR(gradient(roots[0], x), 6561);
}
END_TEST

/* Few records may hold much: 9 of 10 numbers go, though only 1 of 4 records does. */
START_TEST(heavy_records) {
    begin_case();
    rec.tape.compact_at = 100, rec.tape.weight_at = 30;
    value x = LEAF(VECTOR(1, 2)), scale = SCALAR(3), y = apply2(&rec, OP_MUL, x, scale);
    ck_assert_uint_eq(rec.tape.weight, 4);
    size_t shape = 36;
    (void)record_leaf(&rec, value_of_tensor(pool_tensor(&rec, 1, &shape)));
    ck_assert_uint_eq(rec.tape.weight, 40);
    ck_assert_uint_eq(rec.tape.compact_at, 0);
    value roots[1] = {y};
    ck_assert_uint_eq(compact(roots, 1), 3);
    ck_assert_uint_eq(rec.tape.weight, 4);
    tape_mark mark = tape_here(&rec.tape);
    (void)apply2(&rec, OP_ADD, roots[0], VECTOR(5, 6)); /* a record and a constant */
    ck_assert_uint_eq(rec.tape.weight, 8);
    tape_back(&rec.tape, mark);
    ck_assert_uint_eq(rec.tape.weight, 4);
}
END_TEST

/* Tensors in records and among the constants are kept and let go with those. */
START_TEST(tensor_references) {
    begin_case();
    value x = LEAF(VECTOR(1, 2)), weight = VECTOR(3, 4), lost = VECTOR(5, 6);
    value y = apply2(&rec, OP_MUL, x, weight);
    for (int i = 0; i < 4; i++) (void)apply2(&rec, OP_MUL, x, lost);
    ck_assert_uint_eq(weight.t->refs, 2);
    ck_assert_uint_eq(lost.t->refs, 5);
    value roots[2] = {x, y};
    compact(roots, 2);
    ck_assert_uint_eq(weight.t->refs, 2);
    ck_assert_uint_eq(lost.t->refs, 1);
    ck_assert_uint_eq(x.t->refs, 2);
    ck_assert_uint_eq(rec.tape.tensor_constants.count, 1);
    CHECK(gradient(total(roots[1]), roots[0]), SHAPE(2), 3, 4);
    begin_case();
}
END_TEST

static bool same_bits(value a, value b) {
    view v = view_of(&a), w = view_of(&b);
    return shape_equal(v.rank, v.shape, w.rank, w.shape) &&
           memcmp(v.data, w.data, v.size * sizeof(double)) == 0;
}

static void gradients_of(const dag *d, value *results) {
    sweep_gradients(&rec, d->y, SCALAR(1), d->variable_count, d->x, results, NULL, false);
}

/* The derivatives of random programs are the same to the last bit afterwards, and go on from there. */
START_TEST(random_programs) {
    begin_case();
    for (u32 seed = 1; seed <= 300; seed++) {
        begin_case();
        dag d = random_tensor_dag(seed);
        for (u32 i = 0; i < d.count; i++) (void)apply2(&rec, OP_ADD, d.x[0], SCALAR(i)); /* garbage */
        value before[DAG_VARIABLES], after[DAG_VARIABLES];
        gradients_of(&d, before);
        size_t count = rec.tape.count;
        value roots[DAG_VARIABLES + 1];
        memcpy(roots, d.x, sizeof d.x);
        roots[DAG_VARIABLES] = d.y;
        ck_assert_uint_lt(compact(roots, DAG_VARIABLES + 1), count);
        memcpy(d.x, roots, sizeof d.x);
        d.y = roots[DAG_VARIABLES];
        gradients_of(&d, after);
        for (u32 i = 0; i < d.variable_count; i++)
            ck_assert_msg(same_bits(before[i], after[i]), "program %u, variable %u", seed, i);
        d.y = apply2(&rec, OP_MUL, d.y, SCALAR(2));
        gradients_of(&d, after);
        for (u32 i = 0; i < d.variable_count; i++)
            ck_assert_msg(same_bits(apply2(&rec, OP_MUL, before[i], SCALAR(2)), after[i]),
                          "program %u, twice", seed);
    }
    begin_case();
}
END_TEST

/* ---- failing requests ---- */

static void record_and_compact(void *data) {
    (void)data;
    recorder_init(&rec);
    rec.diagnostics = &said;
    dag d = random_tensor_dag(7);
    for (u32 i = 0; i < 3 * d.count; i++) (void)apply2(&rec, OP_ADD, d.x[0], SCALAR(i));
    compact(&d.y, 1);
}

static void free_recorder(void *data) {
    (void)data;
    recorder_free(&rec);
}

START_TEST(failing_requests) {
    recorder_free(&rec);
    ck_assert_uint_gt(fail_each_request(record_and_compact, free_recorder, NULL), 20);
    begin_case();
}
END_TEST

static void compact_roots(void *data) {
    root_list *l = data;
    compact(l->items, l->count);
}

/* A compaction that fails has changed nothing. */
START_TEST(failing_compaction) {
    for (unsigned long n = 1;; n++) {
        begin_case();
        dag d = random_tensor_dag(11);
        for (u32 i = 0; i < 3 * d.count; i++) (void)apply2(&rec, OP_MUL, d.x[1], VECTOR(i));
        value before[DAG_VARIABLES], after[DAG_VARIABLES], roots[DAG_VARIABLES + 1];
        gradients_of(&d, before);
        memcpy(roots, d.x, sizeof d.x);
        roots[DAG_VARIABLES] = d.y;
        root_list l = {roots, DAG_VARIABLES + 1};
        mem_fail_at(n);
        int status = fault_of(compact_roots, &l);
        mem_fail_at(0);
        memcpy(d.x, roots, sizeof d.x);
        d.y = roots[DAG_VARIABLES];
        gradients_of(&d, after);
        for (u32 i = 0; i < d.variable_count; i++)
            ck_assert_msg(same_bits(before[i], after[i]), "request %lu, variable %u", n, i);
        if (status == FAULT_NONE) break;
        ck_assert_int_eq(status, FAULT_MEMORY);
    }
    begin_case();
}
END_TEST

static void tape_tests(TCase *tests) {
    tcase_add_test(tests, records);
    tcase_add_test(tests, tensor_records);
    tcase_add_test(tests, constant_list);
    tcase_add_test(tests, extra);
    tcase_add_loop_test(tests, growth, 0, 2);
    tcase_add_test(tests, limits);
    tcase_add_test(tests, compaction);
    tcase_add_test(tests, nothing_reached);
    tcase_add_test(tests, little_to_free);
    tcase_add_test(tests, heavy_records);
    tcase_add_test(tests, tensor_references);
    tcase_add_test(tests, random_programs);
    tcase_add_test(tests, failing_requests);
    tcase_add_test(tests, failing_compaction);
}

UNIT_MAIN("tape", tape_tests)
