/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_tensor_shapes.c - reshaping, joining and indexing: values and errors. */
#include "tests/unit/tensor_unit.h"

/* ---- shaping ---- */

START_TEST(reshaping) {
    value x = sequence(SHAPE(2, 3));
    CHECK(CALL_MANY(fn_reshape, x, SCALAR(3), SCALAR(-1)), SHAPE(3, 2), 1, 2, 3, 4, 5, 6);
    CHECK(CALL_MANY(fn_reshape, x, VECTOR(6)), SHAPE(6), 1, 2, 3, 4, 5, 6);
    CHECK_SCALAR(CALL_MANY(fn_reshape, VECTOR(5)), 5);
    CHECK(CALL_MANY(fn_reshape, SCALAR(5), SCALAR(1), SCALAR(1)), SHAPE(1, 1), 5);
    CHECK(CALL_MANY(fn_reshape, no_entries(), SCALAR(3), SCALAR(-1)), SHAPE(3, 0), 0);
    CHECK_FAILS("a tensor of shape [2, 3] cannot be given the shape [4]: it has another number of entries",
                CALL_MANY(fn_reshape, x, SCALAR(4)));
    CHECK_FAILS("a tensor of shape [2, 3] cannot be given the shape [4, 1]: it has another number of entries",
                CALL_MANY(fn_reshape, x, SCALAR(4), SCALAR(-1)));
    CHECK_FAILS("only one length of a shape may be -1", CALL_MANY(fn_reshape, x, SCALAR(-1), SCALAR(-1)));
    CHECK(CALL(fn_shape, x), SHAPE(2), 2, 3);
    CHECK(CALL(fn_shape, SCALAR(1)), SHAPE(0), 0);
    CHECK_SCALAR(CALL(fn_size, x), 6);
    CHECK_SCALAR(CALL(fn_rank, x), 2);
    CHECK_SCALAR(CALL(fn_rank, SCALAR(3)), 0);
}
END_TEST

START_TEST(transposing) {
    value x = sequence(SHAPE(2, 3)), deep = sequence(SHAPE(2, 1, 3));
    CHECK(CALL_MANY(fn_transpose, x), SHAPE(3, 2), 1, 4, 2, 5, 3, 6);
    CHECK(CALL_MANY(fn_transpose, deep), SHAPE(3, 1, 2), 1, 4, 2, 5, 3, 6);
    CHECK(CALL_MANY(fn_transpose, deep, SCALAR(1), SCALAR(-1), SCALAR(0)), SHAPE(1, 3, 2), 1, 4, 2, 5, 3, 6);
    CHECK(CALL_MANY(fn_transpose, x, VECTOR(1, 0)), SHAPE(3, 2), 1, 4, 2, 5, 3, 6);
    CHECK_SCALAR(CALL_MANY(fn_transpose, SCALAR(3)), 3);
    CHECK_FAILS("'transpose' needs all 2 axes or none, not 1", CALL_MANY(fn_transpose, x, SCALAR(1)));
    CHECK_FAILS("'transpose' was given axis 1 twice", CALL_MANY(fn_transpose, x, SCALAR(1), SCALAR(-1)));
    value big = sequence(SHAPE(37, 41)), turned = CALL_MANY(fn_transpose, big);
    for (size_t i = 0; i < 37; i++)
        for (size_t j = 0; j < 41; j++)
            ck_assert_double_eq(turned.t->data[j * 37 + i], big.t->data[i * 41 + j]);
}
END_TEST

START_TEST(joining) {
    value x = sequence(SHAPE(2, 2)), row = tensor_of(SHAPE(1, 2), NUMBERS(8, 9));
    CHECK(CALL_MANY(fn_concat, x, row, UNBOUND), SHAPE(3, 2), 1, 2, 3, 4, 8, 9);
    CHECK(CALL_MANY(fn_concat, x, x, SCALAR(-1)), SHAPE(2, 4), 1, 2, 1, 2, 3, 4, 3, 4);
    CHECK(CALL_MANY(fn_concat, no_entries(), VECTOR(1), UNBOUND), SHAPE(1), 1);
    CHECK_FAILS("'concat' joins tensors that differ in one axis only, not shapes [2, 2] and [1, 2]",
                CALL_MANY(fn_concat, x, row, SCALAR(1)));
    CHECK_FAILS("'concat' joins tensors, not scalars", CALL_MANY(fn_concat, SCALAR(1), SCALAR(2), UNBOUND));
    CHECK(CALL_MANY(fn_stack, VECTOR(1, 2), VECTOR(3, 4), SCALAR(1)), SHAPE(2, 2), 1, 3, 2, 4);
    CHECK(CALL_MANY(fn_stack, SCALAR(1), SCALAR(2), UNBOUND), SHAPE(2), 1, 2);
    CHECK_FAILS("'stack' joins tensors of one shape, not of shapes [1] and [2]",
                CALL_MANY(fn_stack, VECTOR(1), VECTOR(1, 2), UNBOUND));
    CHECK(list_of(&rec, 0, NULL), SHAPE(0), 0);
    CHECK(list_of(&rec, 2, (value[]){VECTOR(1, 2), VECTOR(3, 4)}), SHAPE(2, 2), 1, 2, 3, 4);
    CHECK_FAILS("the entries of a list must have one shape, but there are [2] and []",
                list_of(&rec, 2, (value[]){VECTOR(1, 2), SCALAR(3)}));
    CHECK(CALL(fn_split, VECTOR(1, 2, 3, 4), SCALAR(2)), SHAPE(2, 2), 1, 2, 3, 4);
    CHECK(CALL(fn_split, x, SCALAR(2), SCALAR(1)), SHAPE(2, 2, 1), 1, 3, 2, 4);
    CHECK_FAILS("an axis of length 3 cannot be split into 2 equal parts",
                CALL(fn_split, VECTOR(1, 2, 3), SCALAR(2)));
    CHECK_FAILS("'split' makes equal parts, whose number it is given",
                CALL(fn_split, VECTOR(1, 2, 3), VECTOR(1, 2)));
}
END_TEST

START_TEST(repeating) {
    CHECK(CALL_MANY(fn_tile, VECTOR(1, 2), SCALAR(2)), SHAPE(4), 1, 2, 1, 2);
    CHECK(CALL_MANY(fn_tile, VECTOR(1, 2), SCALAR(2), SCALAR(1)), SHAPE(2, 2), 1, 2, 1, 2);
    CHECK(CALL_MANY(fn_tile, sequence(SHAPE(2, 1)), SCALAR(2)), SHAPE(2, 2), 1, 1, 2, 2);
    CHECK(CALL_MANY(fn_tile, SCALAR(1), SCALAR(2)), SHAPE(2), 1, 1);
    CHECK(CALL_MANY(fn_tile, VECTOR(1, 2), SCALAR(0)), SHAPE(0), 0);
    CHECK_FAILS("a tensor of shape [4000000000, 2000000000] is too large",
                CALL_MANY(fn_tile, VECTOR(1), SCALAR(4e9), SCALAR(2e9)));
    CHECK(CALL(fn_reverse, sequence(SHAPE(2, 2))), SHAPE(2, 2), 4, 3, 2, 1);
    CHECK(CALL(fn_reverse, sequence(SHAPE(2, 2)), SCALAR(1)), SHAPE(2, 2), 2, 1, 4, 3);
    CHECK(CALL(fn_outer, VECTOR(1, 2), VECTOR(3, 4)), SHAPE(2, 2), 3, 4, 6, 8);
    CHECK(CALL(fn_kron, VECTOR(1, 2), VECTOR(3, 4)), SHAPE(4), 3, 4, 6, 8);
    CHECK(CALL(fn_kron, CALL(fn_eye, SCALAR(2)), tensor_of(SHAPE(1, 2), NUMBERS(5, 6))), SHAPE(2, 4), 5, 6, 0,
          0, 0, 0, 5, 6);
    CHECK_SCALAR(CALL(fn_dot, VECTOR(1, 2), VECTOR(3, 4)), 11);
    CHECK_SCALAR(CALL(fn_dot, no_entries(), no_entries()), 0);
    CHECK_FAILS("'dot' takes two vectors of one length, not shapes [2] and [3]",
                CALL(fn_dot, VECTOR(1, 2), VECTOR(1, 2, 3)));
}
END_TEST

START_TEST(diagonals) {
    value x = sequence(SHAPE(2, 3));
    CHECK(CALL(fn_diag, VECTOR(5, 6)), SHAPE(2, 2), 5, 0, 0, 6);
    CHECK(CALL(fn_diag, no_entries()), SHAPE(0, 0), 0);
    CHECK(CALL(fn_diag, x), SHAPE(2), 1, 5);
    CHECK_SCALAR(CALL(fn_trace, x), 6);
    CHECK(CALL(fn_triu, x), SHAPE(2, 3), 1, 2, 3, 0, 5, 6);
    CHECK(CALL(fn_tril, x, SCALAR(1)), SHAPE(2, 3), 1, 2, 0, 4, 5, 6);
    CHECK(CALL(fn_triu, tensor_of(SHAPE(2, 2), NUMBERS(1, 1, NAN, 1))), SHAPE(2, 2), 1, 1, 0, 1);
    CHECK_FAILS("'trace' takes a matrix, not shape [2]", CALL(fn_trace, VECTOR(1, 2)));
    CHECK_FAILS("'diag' takes a vector or a matrix, not shape []", CALL(fn_diag, SCALAR(1)));
}
END_TEST

/* ---- indexing ---- */

#define AT(i)                    ((subscript){.index = i})
#define SLICE(from_, to_, step_) ((subscript){true, UNBOUND, from_, to_, step_})
#define WHOLE                    SLICE(UNBOUND, UNBOUND, UNBOUND)
#define GET(x, ...)                                                                                          \
    index_get(&rec, x, sizeof((subscript[]){__VA_ARGS__}) / sizeof(subscript), (subscript[]){__VA_ARGS__})
#define SET(x, part, ...)                                                                                    \
    index_set(&rec, x, sizeof((subscript[]){__VA_ARGS__}) / sizeof(subscript), (subscript[]){__VA_ARGS__},   \
              part)

START_TEST(indexing) {
    value x = sequence(SHAPE(2, 3));
    CHECK(GET(x, AT(SCALAR(0))), SHAPE(3), 1, 2, 3);
    CHECK(GET(x, AT(SCALAR(-1)), AT(SCALAR(-3))), NO_AXES, 4);
    CHECK(GET(x, WHOLE, AT(SCALAR(1))), SHAPE(2), 2, 5);
    CHECK(GET(x, WHOLE, SLICE(SCALAR(1), UNBOUND, UNBOUND)), SHAPE(2, 2), 2, 3, 5, 6);
    CHECK(GET(x, SLICE(UNBOUND, UNBOUND, SCALAR(-1)), SLICE(UNBOUND, UNBOUND, SCALAR(2))), SHAPE(2, 2), 4, 6,
          1, 3);
    CHECK(GET(x, SLICE(SCALAR(5), SCALAR(9), UNBOUND)), SHAPE(0, 3), 0);
    CHECK(GET(x, WHOLE, SLICE(SCALAR(-2), SCALAR(-1), UNBOUND)), SHAPE(2, 1), 2, 5);
    CHECK(GET(x, WHOLE, SLICE(SCALAR(9), SCALAR(-9), SCALAR(-2))), SHAPE(2, 2), 3, 1, 6, 4);
    CHECK(GET(x, WHOLE, AT(VECTOR(2, -3, 2))), SHAPE(2, 3), 3, 1, 3, 6, 4, 6);
    CHECK(GET(x, AT(tensor_of(SHAPE(2, 1), NUMBERS(1, 0))), AT(SCALAR(0))), SHAPE(2, 1), 4, 1);
    CHECK(GET(x, AT(no_entries())), SHAPE(0, 3), 0);
    CHECK(first_axis_entry(&rec, x, 1), SHAPE(3), 4, 5, 6);
    value y = LEAF(VECTOR(5, 7, 9));
    CHECK(gradient(total(GET(y, AT(VECTOR(0, 0, 1)))), y), SHAPE(3), 2, 1, 0);
}
END_TEST

START_TEST(index_errors) {
    value x = sequence(SHAPE(2, 3));
    CHECK_FAILS("index 2 is out of range for axis 0, which has length 2", GET(x, AT(SCALAR(2))));
    CHECK_FAILS("index -4 is out of range for axis 1, which has length 3", GET(x, WHOLE, AT(SCALAR(-4))));
    CHECK_FAILS("index 7 is out of range for axis 1, which has length 3", GET(x, WHOLE, AT(VECTOR(0, 7))));
    CHECK_FAILS("index 0 is out of range for axis 0, which has length 0", GET(no_entries(), AT(SCALAR(0))));
    CHECK_FAILS("an index must be a whole number, not 0.5", GET(x, AT(SCALAR(0.5))));
    CHECK_FAILS("an index must be a whole number, not nan", GET(x, AT(VECTOR(0, NAN))));
    CHECK_FAILS("an index is too large: 1e+300", GET(x, AT(SCALAR(1e300))));
    CHECK_FAILS("the step of a slice must not be 0", GET(x, SLICE(UNBOUND, UNBOUND, SCALAR(0))));
    CHECK_FAILS("a scalar has no axis to index", GET(SCALAR(3), AT(SCALAR(0))));
    CHECK_FAILS("too many subscripts for a tensor of shape [2, 3]", GET(x, WHOLE, WHOLE, WHOLE));
    CHECK_FAILS("only one subscript may be a tensor of indices", GET(x, AT(VECTOR(0)), AT(VECTOR(0))));
    CHECK_FAILS("the axis of 'sum' is 2, but there are 2: 0 to 1", CALL(fn_sum, x, SCALAR(2)));
    CHECK_FAILS("the axis of 'sum' is 0, but a scalar has no axes", CALL(fn_sum, SCALAR(1), SCALAR(0)));
}
END_TEST

START_TEST(replacing) {
    value x = LEAF(VECTOR(1, 2, 3)), p = LEAF(SCALAR(9)), y = SET(x, p, AT(SCALAR(1)));
    CHECK(y, SHAPE(3), 1, 9, 3);
    CHECK(x, SHAPE(3), 1, 2, 3);
    CHECK(gradient(total(square_of(y)), x), SHAPE(3), 2, 0, 6);
    CHECK_SCALAR(gradient(total(square_of(y)), p), 18);
    CHECK(SET(sequence(SHAPE(2, 2)), VECTOR(8, 9), WHOLE, AT(SCALAR(0))), SHAPE(2, 2), 8, 2, 9, 4);
    CHECK(SET(sequence(SHAPE(2, 2)), SCALAR(0), AT(SCALAR(1))), SHAPE(2, 2), 1, 2, 0, 0);
    /* of several parts for one entry the last counts */
    value parts = LEAF(VECTOR(4, 5, 6));
    y = SET(x, parts, AT(VECTOR(0, 0, 2)));
    CHECK(y, SHAPE(3), 5, 2, 6);
    CHECK(gradient(total(square_of(y)), parts), SHAPE(3), 0, 10, 12);
    CHECK_FAILS("a value of shape [2] does not fit a part of shape []", SET(x, VECTOR(1, 2), AT(SCALAR(0))));
    CHECK_FAILS("a value of shape [2] does not fit a part of shape [3]", SET(x, VECTOR(1, 2), WHOLE));
}
END_TEST

static void shape_tests(TCase *tests) {
    tcase_add_checked_fixture(tests, begin_case, begin_case);
    tcase_add_test(tests, reshaping);
    tcase_add_test(tests, transposing);
    tcase_add_test(tests, joining);
    tcase_add_test(tests, repeating);
    tcase_add_test(tests, diagonals);
    tcase_add_test(tests, indexing);
    tcase_add_test(tests, index_errors);
    tcase_add_test(tests, replacing);
}

UNIT_MAIN("tensor shapes", shape_tests)
