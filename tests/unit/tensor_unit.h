/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tensor_unit.h - what the tests of tensor functions share: a recorder, tensors from numbers, calls,
 * gradients.
 *
 * A value lives until the next begin_case(). */
#ifndef GTAPE_TENSOR_UNIT_H
#define GTAPE_TENSOR_UNIT_H

#include "tests/unit/unit.h"

#include "core/functions.h"
#include "core/sweep.h"

#include <math.h>
#include <string.h>

static recorder rec;
static diagnostic_list said;

/* Forgets everything that was made so far. */
__attribute__((unused)) static void begin_case(void) {
    recorder_free(&rec);
    diag_clear(&said);
    recorder_init(&rec);
    rec.diagnostics = &said;
}

typedef struct dims {
    u32 rank;
    const size_t *shape;
} dims;
#define SHAPE(...) ((dims){sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t), (size_t[]){__VA_ARGS__}})
#define NO_AXES    ((dims){0, NULL})

__attribute__((unused)) static value tensor_of(dims d, const double *entries) {
    if (d.rank == 0) return SCALAR(*entries);
    value v = value_of_tensor(pool_tensor(&rec, d.rank, d.shape));
    memcpy(v.t->data, entries, v.t->size * sizeof *entries);
    return v;
}

#define NUMBERS(...)                                                                                         \
    (double[]) { __VA_ARGS__ }
#define VECTOR(...) tensor_of(SHAPE(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), NUMBERS(__VA_ARGS__))
#define LEAF(v)     record_leaf(&rec, v)

/* A call as a program makes it, with missing arguments unbound.  CALL_MANY is for functions with "...":
 * `named` of the arguments, the last ones, are by name. */
#define CALL(f, ...) call_with(f, sizeof((value[]){__VA_ARGS__}) / sizeof(value), (value[]){__VA_ARGS__})
__attribute__((unused)) static value call_with(value (*f)(recorder *, u32, value *), size_t count,
                                               const value *given) {
    value arguments[8];
    for (size_t i = 0; i < 8; i++) arguments[i] = i < count ? given[i] : UNBOUND;
    return f(&rec, 4, arguments);
}
#define CALL_MANY(f, ...) f(&rec, sizeof((value[]){__VA_ARGS__}) / sizeof(value), (value[]){__VA_ARGS__})

__attribute__((unused)) static value gradient(value y, value x) {
    value g;
    sweep_gradients(&rec, y, SCALAR(1), 1, &x, &g, NULL, false);
    return g;
}

__attribute__((unused)) static value total(value x) { return CALL(fn_sum, x); }

__attribute__((unused)) static value square_of(value x) { return apply2(&rec, OP_MUL, x, x); }
__attribute__((unused)) static value no_entries(void) { return tensor_of(SHAPE(0), NUMBERS(0)); }

/* 1, 2, 3 ... */
__attribute__((unused)) static value sequence(dims d) {
    value v = value_of_tensor(pool_tensor(&rec, d.rank, d.shape));
    for (size_t i = 0; i < v.t->size; i++) v.t->data[i] = (double)i + 1;
    return v;
}

static bool near(double a, double b, double tolerance) {
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
}

/* The value has this shape and these entries, to a relative tolerance. */
#define CHECK_NEAR(v, tolerance, d, ...) check_value(#v, v, tolerance, d, NUMBERS(__VA_ARGS__))
#define CHECK(v, d, ...)                 check_value(#v, v, 0, d, NUMBERS(__VA_ARGS__))
#define CHECK_SCALAR(v, x)               check_value(#v, v, 0, NO_AXES, NUMBERS(x))
__attribute__((unused)) static void check_value(const char *what, value v, double tolerance, dims d,
                                                const double *entries) {
    view w = view_of(&v);
    ck_assert_msg(shape_equal(w.rank, w.shape, d.rank, d.shape), "%s has the wrong shape", what);
    for (size_t i = 0; i < w.size; i++)
        ck_assert_msg(near(w.data[i], entries[i], tolerance), "%s, entry %zu is %.17g, not %.17g", what, i,
                      w.data[i], entries[i]);
}

/* The statement fails, and says this. */
#define CHECK_FAILS(says, statement)                                                                         \
    do {                                                                                                     \
        fault_point here_;                                                                                   \
        int fault_ = FAULT_TRY(&here_);                                                                      \
        if (!fault_) {                                                                                       \
            (void)(statement);                                                                               \
        }                                                                                                    \
        fault_end(&here_);                                                                                   \
        ck_assert_int_eq(fault_, FAULT_ERROR);                                                               \
        ck_assert_str_eq(said.items[said.count - 1].message, says);                                          \
    } while (0)

#endif
