/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg.c - see linalg.h: stacks of matrices, and the small recorded operations that adjoints need. */
#include "core/linalg.h"
#include "core/sweep.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- shapes ---- */

void fail_shapes(recorder *r, const char *name, view a, view b, const char *hint) {
    char left[SHAPE_ROOM], right[SHAPE_ROOM];
    record_fail_hint(r, DIAG_SHAPE, hint, "shapes %s and %s do not fit for '%s'", shape_write(left, a),
                     shape_write(right, b), name);
}

void need_matrix(recorder *r, const char *name, const value *a) {
    view v = view_of(a);
    char shape[SHAPE_ROOM];
    if (v.rank < 2)
        record_fail(r, DIAG_SHAPE, "'%s' needs a matrix, or a stack of them, not shape %s", name,
                    shape_write(shape, v));
}

size_t need_square(recorder *r, const char *name, const value *a) {
    view v = view_of(a);
    char shape[SHAPE_ROOM];
    if (v.rank < 2 || v.shape[v.rank - 1] != v.shape[v.rank - 2])
        record_fail(r, DIAG_SHAPE, "'%s' needs a square matrix, or a stack of them, not shape %s", name,
                    shape_write(shape, v));
    return v.shape[v.rank - 1];
}

static void pair_strides(stack_pair *p, int which, u32 rank, const size_t *shape) {
    size_t step = 1;
    for (u32 i = p->rank, j = rank; i-- > 0;) {
        size_t length = j > 0 ? shape[--j] : 1;
        p->stride[which][i] = length == 1 ? 0 : step;
        step *= length;
    }
}

bool stack_pair_make(stack_pair *p, u32 rank_a, const size_t *a, u32 rank_b, const size_t *b) {
    if (!shape_broadcast(rank_a, a, rank_b, b, &p->rank, p->shape)) return false;
    p->count = shape_size(p->rank, p->shape);
    pair_strides(p, 0, rank_a, a);
    pair_strides(p, 1, rank_b, b);
    return true;
}

void stack_pair_at(const stack_pair *p, size_t i, size_t *a, size_t *b) {
    *a = *b = 0;
    for (u32 axis = p->rank; axis-- > 0;) {
        size_t index = i % p->shape[axis];
        i /= p->shape[axis];
        *a += index * p->stride[0][axis];
        *b += index * p->stride[1][axis];
    }
}

/* ---- memory ---- */

double *scratch(recorder *r, size_t count) { return pool_tensor(r, 1, &count)->data; }

void fill_nan(size_t count, double *x) {
    for (size_t i = 0; i < count; i++) x[i] = NAN;
}

bool finite_entries(size_t count, const double *x) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

/* Square by square, so that both sides stay in the cache. */
void transpose_entries(size_t rows, size_t columns, const double *a, double *out) {
    enum { SIDE = 16 };
    for (size_t i0 = 0; i0 < rows; i0 += SIDE)
        for (size_t j0 = 0; j0 < columns; j0 += SIDE)
            for (size_t i = i0; i < rows && i < i0 + SIDE; i++)
                for (size_t j = j0; j < columns && j < j0 + SIDE; j++) out[j * rows + i] = a[i * columns + j];
}

void poll_interrupt(const recorder *r) {
    if (r->interrupt && *r->interrupt) fault_raise(FAULT_INTERRUPT);
}

/* ---- constants ---- */

value pattern(recorder *r, size_t rows, size_t columns, double below, double on, double above) {
    tensor *t = pool_tensor(r, 2, (size_t[]){rows, columns});
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) t->data[i * columns + j] = i > j ? below : i < j ? above : on;
    return value_of_tensor(t);
}

value identity_columns(recorder *r, size_t n, size_t from, size_t count) {
    tensor *t = pool_tensor(r, 2, (size_t[]){n, count});
    memset(t->data, 0, t->size * sizeof *t->data);
    for (size_t j = 0; j < count; j++) t->data[(from + j) * count + j] = 1;
    return value_of_tensor(t);
}

/* ---- recorded functions ---- */

value matrix_transpose(recorder *r, value a) {
    u32 order[MAX_RANK], rank = axes_of(&a).rank;
    for (u32 i = 0; i < rank; i++) order[i] = i;
    order[rank - 2] = rank - 1, order[rank - 1] = rank - 2;
    return transpose_by(r, a, order);
}

value as_matrices(recorder *r, value x) {
    view v = view_of(&x);
    size_t shape[MAX_RANK];
    if (v.rank) memcpy(shape, v.shape, v.rank * sizeof *shape);
    shape[v.rank] = shape[v.rank + 1] = 1;
    return reshape_to(r, x, v.rank + 2, shape);
}

value diagonal_matrix(recorder *r, value x) {
    size_t n = last_axis(&x);
    tensor *ones = pool_tensor(r, 1, &n);
    for (size_t i = 0; i < n; i++) ones->data[i] = 1;
    value rows = matrix_product(r, MUL_A_VECTOR | MUL_B_VECTOR | MUL_B_TRANSPOSED, value_of_tensor(ones), x);
    return apply2(r, OP_CARRY, pattern(r, n, n, 0, 1, 0), rows);
}

value matrix_sum(recorder *r, value a) {
    view v = axes_of(&a);
    size_t shape[MAX_RANK];
    memcpy(shape, v.shape, v.rank * sizeof *shape);
    shape[v.rank - 2] = shape[v.rank - 1] = 1;
    return sum_to(r, a, v.rank, shape);
}

value symmetric_part(recorder *r, value a) {
    return times(r, SCALAR(0.5), plus(r, a, matrix_transpose(r, a)));
}

/* ---- several results ---- */

static const struct several {
    enum op op;
    u32 count;
    const char *call;
} several[] = {{OP_QR, 2, "q, r = qr(A)"}, {OP_EIGH, 2, "w, v = eigh(A)"}, {OP_SVD, 3, "u, s, vt = svd(A)"}};

static const struct several *several_of(enum op op) {
    for (size_t i = 0; i < COUNT_OF(several); i++)
        if (several[i].op == op) return &several[i];
    return NULL;
}

bool has_several_results(enum op op) { return several_of(op) != NULL; }

u32 several_results(recorder *r, enum op op, u32 wanted, u32 count, value *arguments, value *results) {
    const struct several *form = several_of(op);
    (void)count;
    if (!form) return 0;
    if (form->count != wanted)
        record_fail_hint(r, DIAG_BAD_ARGUMENTS, form->call, "'%s' has %u results, not %u",
                         function_of(op)->name, form->count, wanted);
    if (op == OP_QR) qr_results(r, arguments[0], results);
    else if (op == OP_EIGH) eigh_results(r, arguments[0], results);
    else svd_results(r, arguments[0], results);
    return form->count;
}
