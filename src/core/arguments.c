/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arguments.c - see arguments.h. */
#include "core/arguments.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Beyond this no double tells one whole number from the next. */
#define MOST_WHOLE 9007199254740992.0

int64_t whole_number(recorder *r, const value *v, const char *what) {
    view x = view_of(v);
    if (x.size != 1) reject_shape(r, "a whole number was expected here, not a tensor of shape %s", x);
    double n = x.data[0];
    if (isfinite(n) && fabs(n) > MOST_WHOLE)
        record_fail(r, DIAG_BAD_VALUE, "%s is too large: %.15g", what, n);
    if (n != rint(n) || !isfinite(n))
        record_fail(r, DIAG_BAD_VALUE, "%s must be a whole number, not %.15g", what, n);
    return (int64_t)n;
}

size_t count_argument(recorder *r, const value *v, const char *what) {
    int64_t n = whole_number(r, v, what);
    if (n < 0) record_fail(r, DIAG_BAD_VALUE, "%s must not be negative: %lld", what, (long long)n);
    if (n > UINT32_MAX) record_fail(r, DIAG_BAD_VALUE, "%s is too large: %lld", what, (long long)n);
    return (size_t)n;
}

u32 axis_argument(recorder *r, const value *v, u32 rank, const char *function) {
    char what[80];
    snprintf(what, sizeof what, "the axis of '%s'", function);
    int64_t axis = whole_number(r, v, what);
    if (rank == 0)
        record_fail(r, DIAG_OUT_OF_RANGE, "%s is %lld, but a scalar has no axes", what, (long long)axis);
    if (axis < -(int64_t)rank || axis >= (int64_t)rank)
        record_fail(r, DIAG_OUT_OF_RANGE, "%s is %lld, but there are %u: 0 to %u", what, (long long)axis,
                    rank, rank - 1);
    return (u32)(axis < 0 ? axis + rank : axis);
}

u32 optional_axis(recorder *r, const value *v, u32 rank, const char *function) {
    return is_unbound(v) ? ALL_AXES : axis_argument(r, v, rank, function);
}

u32 axis_or(recorder *r, const value *v, u32 rank, int64_t otherwise, const char *function) {
    value axis = is_unbound(v) ? SCALAR((double)otherwise) : *v;
    return axis_argument(r, &axis, rank, function);
}

bool flag_argument(recorder *r, const value *v, const char *what) {
    if (is_unbound(v)) return false;
    view x = view_of(v);
    if (x.size != 1) record_fail(r, DIAG_BAD_VALUE, "%s must be 0 or 1", what);
    return x.data[0] != 0;
}

/* ---- shapes ---- */

static size_t length_of(recorder *r, double length, bool open, const char *function) {
    if (open && length == -1) return SIZE_MAX;
    char what[80];
    snprintf(what, sizeof what, "a length in the shape of '%s'", function);
    value v = SCALAR(length);
    return count_argument(r, &v, what);
}

static void fail_rank(recorder *r, const char *function) {
    record_fail(r, DIAG_SHAPE, "the result of '%s' would have more than %d axes", function, MAX_RANK);
}

u32 shape_argument(recorder *r, u32 count, const value *arguments, bool open, const char *function,
                   size_t *shape) {
    while (count > 0 && is_unbound(&arguments[count - 1])) count--;
    if (count == 1 && is_tensor(&arguments[0])) {
        view v = view_of(&arguments[0]);
        if (v.rank != 1)
            reject_shape(r, "a shape is given as a vector of lengths, not as a tensor of shape %s", v);
        if (v.size > MAX_RANK) fail_rank(r, function);
        for (size_t i = 0; i < v.size; i++) shape[i] = length_of(r, v.data[i], open, function);
        return (u32)v.size;
    }
    if (count > MAX_RANK) fail_rank(r, function);
    for (u32 i = 0; i < count; i++) {
        if (view_of(&arguments[i]).size != 1)
            record_fail(r, DIAG_SHAPE, "a shape is given as numbers or as one vector of them");
        shape[i] = length_of(r, view_of(&arguments[i]).data[0], open, function);
    }
    return count;
}

/* What the machine has could hold no more entries than this. */
static size_t most_entries(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0) return PTRDIFF_MAX / 64;
    return (size_t)pages * ((size_t)page / sizeof(double));
}

/* Small shapes pass without a look at the machine. */
bool shape_fits_memory(u32 rank, const size_t *shape) {
    size_t size = 1;
    for (u32 i = 0; i < rank; i++)
        if (shape[i] == 0) return true;
    for (u32 i = 0; i < rank; i++)
        if (__builtin_mul_overflow(size, shape[i], &size)) return false;
    return size < 1 << 24 || size <= most_entries();
}

void check_shape(recorder *r, u32 rank, const size_t *shape) {
    if (LIKELY(shape_fits_memory(rank, shape))) return;
    char name[SHAPE_ROOM];
    shape_write(name, (view){.rank = rank, .shape = shape});
    record_fail(r, DIAG_MEMORY, "a tensor of shape %s is too large", name);
}

void check_scalar(recorder *r, view v, const char *form, const char *hint) {
    if (v.size == 1) return;
    char have[SHAPE_ROOM];
    record_fail_hint(r, DIAG_NOT_SCALAR, hint, "%s needs a scalar, and this has shape %s", form,
                     shape_write(have, v));
}

void check_same_shape(recorder *r, const char *form, const char *what, view got, const char *of, view like) {
    if (shape_equal(got.rank, got.shape, like.rank, like.shape)) return;
    char have[SHAPE_ROOM], want[SHAPE_ROOM];
    record_fail(r, DIAG_SHAPE, "%s: %s has shape %s, and %s has %s", form, what, shape_write(have, got), of,
                shape_write(want, like));
}

value fresh_value(recorder *r, u32 rank, const size_t *shape) {
    if (rank == 0) return SCALAR(0);
    check_shape(r, rank, shape);
    return value_of_tensor(pool_tensor(r, rank, shape));
}

value filled_value(recorder *r, u32 rank, const size_t *shape, double x) {
    value y = fresh_value(r, rank, shape);
    double *out = entries_of(&y);
    size_t size = view_of(&y).size;
    for (size_t i = 0; i < size; i++) out[i] = x;
    return y;
}

value fresh_vector(recorder *r, size_t length) { return fresh_value(r, 1, &length); }

u32 length_attribute(recorder *r, size_t length) {
    if (length >= UINT32_MAX) record_fail(r, DIAG_MEMORY, "an axis of length %zu is too long", length);
    return (u32)length;
}

/* ---- errors ---- */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void reject_shape(recorder *r, const char *format, view a) {
    char name[SHAPE_ROOM];
    shape_write(name, a);
    record_fail(r, DIAG_SHAPE, format, name);
}

void reject_shapes(recorder *r, const char *format, view a, view b) {
    char left[SHAPE_ROOM], right[SHAPE_ROOM];
    shape_write(left, a);
    shape_write(right, b);
    record_fail(r, DIAG_SHAPE, format, left, right);
}
#pragma GCC diagnostic pop
