/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_values.h - what the tests of linear algebra share: a recorder, values by hand and at random, and
 * calls. */
#ifndef GTAPE_TESTS_LINALG_VALUES_H
#define GTAPE_TESTS_LINALG_VALUES_H

#include "tests/unit/unit.h"

#include "core/blas.h"
#include "core/linalg.h"
#include "core/sweep.h"

#include <math.h>
#include <string.h>

/* A test program need not use all of it. */
#define SHARED __attribute__((unused)) static

SHARED recorder R;
SHARED diagnostic_list errors;

SHARED void start(void) {
    recorder_init(&R);
    R.diagnostics = &errors;
}

SHARED void finish(void) {
    recorder_free(&R);
    diag_clear(&errors);
    array_free(&errors);
}

SHARED u64 state = 88172645463325252u;

/* Between -1 and 1. */
SHARED double uniform(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (double)(state >> 11) / 4503599627370496.0 - 1;
}

typedef struct shape {
    u32 rank;
    size_t of[MAX_RANK];
} shape;
#define SHAPE(...)                                                                                           \
    (shape) {                                                                                                \
        sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t), { __VA_ARGS__ }                                    \
    }

SHARED value numbers(shape s, const double *x) {
    value v = fresh_value(&R, s.rank, s.of);
    memcpy(entries_of(&v), x, view_of(&v).size * sizeof *x);
    return v;
}
#define TENSOR(s, ...) numbers(s, (double[]){__VA_ARGS__})

SHARED value random_value(shape s) {
    value v = fresh_value(&R, s.rank, s.of);
    for (size_t i = 0; i < view_of(&v).size; i++) entries_of(&v)[i] = uniform();
    return v;
}

SHARED value random_like(value x) {
    view v = view_of(&x);
    shape s = {v.rank, {0}};
    if (v.rank) memcpy(s.of, v.shape, v.rank * sizeof *v.shape);
    return random_value(s);
}

SHARED value text_value(const char *bytes) {
    value v = fresh_vector(&R, strlen(bytes));
    for (size_t i = 0; bytes[i]; i++) v.t->data[i] = bytes[i];
    return v;
}

SHARED double total(value a, value b) {
    view x = view_of(&a), y = view_of(&b);
    ck_assert_uint_eq(x.size, y.size);
    double sum = 0;
    for (size_t i = 0; i < x.size; i++) sum += x.data[i] * y.data[i];
    return sum;
}

SHARED double distance(value a, value b) {
    view x = view_of(&a), y = view_of(&b);
    ck_assert(shape_equal(x.rank, x.shape, y.rank, y.shape));
    double most = 0;
    for (size_t i = 0; i < x.size; i++) {
        double d = fabs(x.data[i] - y.data[i]);
        if (!(d <= most)) most = d;
    }
    return most;
}

SHARED double largest(value a) {
    double most = 0;
    for (size_t i = 0; i < view_of(&a).size; i++) most = fmax(most, fabs(view_of(&a).data[i]));
    return most;
}

#define ASSERT_NEAR(a, b, tolerance)                                                                         \
    do {                                                                                                     \
        double d_ = distance(a, b), t_ = (tolerance)*fmax(1, largest(b));                                    \
        ck_assert_msg(d_ <= t_, "%s: off by %g", #a, d_);                                                    \
    } while (0)

SHARED value matmul(value a, value b) { return fn_matmul(&R, 2, (value[]){a, b}); }
SHARED value call1(value (*f)(recorder *, u32, value *), value a) { return f(&R, 1, &a); }
SHARED value call2(value (*f)(recorder *, u32, value *), value a, value b) {
    return f(&R, 2, (value[]){a, b});
}

enum { MOST_ARGUMENTS = 3 };

/* ---- einsum and convolutions, with what is not an operand set aside ---- */

SHARED const char *subscripts;
SHARED u32 operand_count;
SHARED value f_einsum(const value *x) {
    value arguments[1 + MOST_ARGUMENTS] = {text_value(subscripts)};
    memcpy(arguments + 1, x, operand_count * sizeof *x);
    return fn_einsum(&R, 1 + operand_count, arguments);
}

SHARED value stride_value, padding_value;
SHARED value f_conv1d(const value *x) {
    return fn_conv1d(&R, 4, (value[]){x[0], x[1], stride_value, padding_value});
}
SHARED value f_conv2d(const value *x) {
    return fn_conv2d(&R, 4, (value[]){x[0], x[1], stride_value, padding_value});
}

SHARED const struct {
    const char *subscripts;
    u32 count;
    shape shapes[MOST_ARGUMENTS];
} einsums[] = {
    {"ij,jk->ik", 2, {SHAPE(2, 3), SHAPE(3, 4)}},
    {"ij,jk", 2, {SHAPE(2, 3), SHAPE(3, 4)}},
    {"ij,kj->ki", 2, {SHAPE(2, 3), SHAPE(4, 3)}},
    {"ji,jk->ki", 2, {SHAPE(3, 2), SHAPE(3, 4)}},
    {"i,i->", 2, {SHAPE(4), SHAPE(4)}},
    {"i,j->ij", 2, {SHAPE(2), SHAPE(3)}},
    {"ii->i", 1, {SHAPE(3, 3)}},
    {"ii", 1, {SHAPE(3, 3)}},
    {"ij->ji", 1, {SHAPE(2, 3)}},
    {"ij->", 1, {SHAPE(2, 3)}},
    {"ij->j", 1, {SHAPE(2, 3)}},
    {"bij,bjk->bik", 2, {SHAPE(2, 2, 3), SHAPE(2, 3, 2)}},
    {"ij,j->ij", 2, {SHAPE(2, 3), SHAPE(3)}},
    {"ij,jk,kl->il", 3, {SHAPE(2, 3), SHAPE(3, 2), SHAPE(2, 2)}},
    {"i,ij,j->", 3, {SHAPE(2), SHAPE(2, 3), SHAPE(3)}},
    {"ij,ij,ij->j", 3, {SHAPE(2, 3), SHAPE(2, 3), SHAPE(2, 3)}},
    {"...ij,...jk->...ik", 2, {SHAPE(2, 2, 3), SHAPE(3, 2)}},
    {"...i->...", 1, {SHAPE(2, 2, 3)}},
    {"iij,jk->ki", 2, {SHAPE(2, 2, 3), SHAPE(3, 2)}},
    {"ij,jk->ik", 2, {SHAPE(2, 1), SHAPE(3, 2)}},
    {"ab,cd->", 2, {SHAPE(2, 2), SHAPE(2, 2)}},
    {"ij,jk->ik", 2, {SHAPE(2, 0), SHAPE(0, 2)}},
    {"ij , j", 2, {SHAPE(0, 2), SHAPE(2)}},
    {",i->i", 2, {{0, {0}}, SHAPE(3)}},
    {"abcd,dbe->aec", 2, {SHAPE(2, 2, 2, 2), SHAPE(2, 2, 2)}},
};

#endif
