/* SPDX-License-Identifier: GPL-3.0-or-later */
/* matmul.c - matrix products: the operator @, and the form with transposed and missing axes that is closed
 * under taking adjoints, so that BLAS gets its operands without copies. */
#include "core/blas.h"
#include "core/linalg.h"
#include "core/sweep.h"
#include <string.h>

/* ---- numbers ---- */

static double dot(size_t n, const double *x, const double *y) {
    double sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t j = 0; j < 4; j++) sum[j] += x[i + j] * y[i + j];
    for (; i < n; i++) sum[0] += x[i] * y[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* y += f[0] x + f[step] (x + n) + ... over four rows of length n */
static void add_four_rows(size_t n, const double *f, size_t step, const double *x, double *y) {
    const double *x1 = x + n, *x2 = x1 + n, *x3 = x2 + n;
    double f0 = f[0], f1 = f[step], f2 = f[2 * step], f3 = f[3 * step];
    for (size_t i = 0; i < n; i++) y[i] = (((y[i] + f0 * x[i]) + f1 * x1[i]) + f2 * x2[i]) + f3 * x3[i];
}

static void add_row(size_t n, double factor, const double *x, double *y) {
    for (size_t i = 0; i < n; i++) y[i] += factor * x[i];
}

/* c = a b by rows of b and c; a[i][l] lies at i * row_step + l * column_step.  Blocks of rows of b stay in
 * the cache while all rows of c pass. */
static void product_by_rows(const recorder *r, size_t m, size_t n, size_t k, const double *a, size_t row_step,
                            size_t column_step, const double *b, double *c) {
    enum { BLOCK = 64 };
    memset(c, 0, m * n * sizeof *c);
    for (size_t from = 0; from < k; from += BLOCK) {
        size_t to = k - from < BLOCK ? k : from + BLOCK;
        for (size_t i = 0; i < m; i++) {
            poll_interrupt(r);
            const double *f = a + i * row_step;
            size_t l = from;
            for (; l + 4 <= to; l += 4)
                add_four_rows(n, f + l * column_step, column_step, b + l * n, c + i * n);
            for (; l < to; l++) add_row(n, f[l * column_step], b + l * n, c + i * n);
        }
    }
}

static void plain_gemm(recorder *r, u32 flags, size_t m, size_t n, size_t k, const double *a, const double *b,
                       double *c) {
    bool by_columns = flags & MUL_A_TRANSPOSED && m > 1;
    if (n == 1 && !by_columns) {
        for (size_t i = 0; i < m; i++) c[i] = dot(k, a + i * k, b);
        return;
    }
    size_t mark = pool_mark(r);
    if (flags & MUL_B_TRANSPOSED && n > 1 && k > 1) {
        double *copy = scratch(r, mem_product(n, k));
        transpose_entries(n, k, b, copy);
        b = copy;
    }
    product_by_rows(r, m, n, k, a, by_columns ? 1 : k, by_columns ? m : 1, b, c);
    pool_release(r, mark);
}

static bool big_product(size_t m, size_t n, size_t k) {
    return m <= INT_MAX && n <= INT_MAX && k <= INT_MAX && (double)m * (double)n * (double)k >= GEMM_FROM;
}

void gemm(recorder *r, u32 flags, size_t m, size_t n, size_t k, const double *a, const double *b, double *c) {
    const blas_functions *f = big_product(m, n, k) ? blas() : NULL;
    bool ta = flags & MUL_A_TRANSPOSED, tb = flags & MUL_B_TRANSPOSED;
    if (f && f->gemv && n == 1)
        f->gemv(BLAS_ROW_MAJOR, ta ? BLAS_TRANSPOSED : BLAS_PLAIN, (int)(ta ? k : m), (int)(ta ? m : k), 1, a,
                (int)(ta ? m : k), b, 1, 0, c, 1);
    else if (f && f->gemm)
        f->gemm(BLAS_ROW_MAJOR, ta ? BLAS_TRANSPOSED : BLAS_PLAIN, tb ? BLAS_TRANSPOSED : BLAS_PLAIN, (int)m,
                (int)n, (int)k, 1, a, (int)(ta ? m : k), b, (int)(tb ? k : n), 0, c, (int)n);
    else plain_gemm(r, flags, m, n, k, a, b, c);
}

/* ---- stacks ---- */

/* An operand as a stack of op(matrix) with `rows` and `columns`. */
typedef struct operand {
    u32 rank; /* of the leading axes */
    size_t rows, columns;
} operand;

static operand operand_of(view v, bool vector, bool transposed) {
    operand o = {.rank = v.rank - (vector ? 1 : 2)};
    o.rows = v.shape[o.rank];
    o.columns = vector ? 1 : v.shape[o.rank + 1];
    return transposed ? (operand){o.rank, o.columns, o.rows} : o;
}

static void fail_product(recorder *r, view a, view b) {
    fail_shapes(r, "@", a, b,
                "the last axis of the left operand must be as long as the last but one of the right operand "
                "(or the only one of a vector)");
}

/* Row stacks against one matrix are one product. */
static void multiply_stacks(recorder *r, u32 flags, const stack_pair *p, operand oa, operand ob, view a,
                            view b, double *c) {
    size_t m = oa.rows, n = ob.columns, k = oa.columns;
    bool a_by_rows = !(flags & MUL_A_TRANSPOSED) == !(flags & MUL_A_VECTOR) || k == 1 || m == 1;
    if (b.size == k * n && a.size == p->count * m * k && a_by_rows) {
        gemm(r, flags & MUL_B_TRANSPOSED, p->count * m, n, k, a.data, b.data, c);
        return;
    }
    for (size_t i = 0; i < p->count; i++) {
        size_t ia, ib;
        stack_pair_at(p, i, &ia, &ib);
        gemm(r, flags & (MUL_A_TRANSPOSED | MUL_B_TRANSPOSED), m, n, k, a.data + ia * m * k,
             b.data + ib * k * n, c + i * m * n);
        if (i % 64 == 63) poll_interrupt(r);
    }
}

value matrix_product(recorder *r, u32 flags, value a, value b) {
    view va = axes_of(&a), vb = axes_of(&b);
    operand oa = operand_of(va, flags & MUL_A_VECTOR, flags & MUL_A_TRANSPOSED);
    operand ob = operand_of(vb, flags & MUL_B_VECTOR, flags & MUL_B_TRANSPOSED);
    stack_pair p;
    if (oa.columns != ob.rows || !stack_pair_make(&p, oa.rank, va.shape, ob.rank, vb.shape))
        fail_product(r, va, vb);
    size_t shape[MAX_RANK + 2];
    u32 rank = p.rank;
    memcpy(shape, p.shape, sizeof p.shape);
    if (!(flags & MUL_NO_ROWS)) shape[rank++] = oa.rows;
    if (!(flags & MUL_NO_COLUMNS)) shape[rank++] = ob.columns;
    if (rank > MAX_RANK) record_fail(r, DIAG_SHAPE, "the result of '@' has more than %d axes", MAX_RANK);
    value c = fresh_value(r, rank, shape);
    if (view_of(&c).size) multiply_stacks(r, flags, &p, oa, ob, va, vb, entries_of(&c));
    value arguments[] = {a, b};
    return record_result(r, OP_MATMUL, c, 2, arguments, 1, &flags);
}

value fn_matmul(recorder *r, u32 count, value *arguments) {
    (void)count;
    view a = view_of(&arguments[0]), b = view_of(&arguments[1]);
    if (a.rank == 0 || b.rank == 0) {
        char left[SHAPE_ROOM], right[SHAPE_ROOM];
        record_fail_hint(r, DIAG_SHAPE, "multiply by a scalar with *",
                         "'@' needs vectors or matrices, not %s and %s", shape_write(left, a),
                         shape_write(right, b));
    }
    u32 flags = a.rank == 1 ? MUL_A_VECTOR | MUL_A_TRANSPOSED | MUL_NO_ROWS : 0;
    if (b.rank == 1) flags |= MUL_B_VECTOR | MUL_NO_COLUMNS;
    return matrix_product(r, flags, arguments[0], arguments[1]);
}

/* ---- the adjoint: with C = op(A) op(B), that of op(A) is G op(B)^T and that of op(B) is op(A)^T G ---- */

typedef struct factor {
    value v;
    bool vector, transposed;
} factor;

static factor turned(factor f) { return (factor){f.v, f.vector, !f.transposed}; }

/* The product of two factors in the layout of a value that is a vector or is transposed. */
static value product_like(recorder *r, factor like, factor a, factor b) {
    if (like.transposed) {
        factor c = turned(a);
        a = turned(b), b = c;
    }
    u32 flags = (a.transposed ? MUL_A_TRANSPOSED : 0) | (a.vector ? MUL_A_VECTOR : 0) |
                (b.transposed ? MUL_B_TRANSPOSED : 0) | (b.vector ? MUL_B_VECTOR : 0) |
                (like.vector ? MUL_NO_COLUMNS : 0);
    return matrix_product(r, flags, a.v, b.v);
}

/* A stack times one matrix (or vector) is one product of all rows, so the adjoint of that matrix needs no sum
 * over the stack. */
static void join_stack(recorder *r, const factor *b, factor *a, factor *c) {
    view va = axes_of(&a->v), vb = axes_of(&b->v);
    u32 least = b->vector ? 1 : 2;
    if (va.rank <= 2 || vb.rank > least || b->transposed || a->vector || a->transposed || c->transposed)
        return;
    size_t columns = va.shape[va.rank - 1], rows = shape_size(va.rank - 1, va.shape);
    size_t c_shape[] = {rows, b->vector ? 1 : vb.shape[vb.rank - 1]};
    a->v = reshape_to(r, a->v, 2, (size_t[]){rows, columns});
    c->v = reshape_to(r, c->v, c->vector ? 1 : 2, c_shape);
}

void adjoint_matmul(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    u32 flags = sweep_attribute(s, n, 0);
    bool no_rows = flags & MUL_NO_ROWS, no_columns = flags & MUL_NO_COLUMNS;
    factor a = {sweep_argument(s, n, 0), flags & MUL_A_VECTOR, flags & MUL_A_TRANSPOSED};
    factor b = {sweep_argument(s, n, 1), flags & MUL_B_VECTOR, flags & MUL_B_TRANSPOSED};
    if (no_rows && no_columns) {
        if (sweep_wants(s, n, 0)) sweep_add(s, n, 0, apply2(r, OP_CARRY, g, b.v));
        if (sweep_wants(s, n, 1)) sweep_add(s, n, 1, apply2(r, OP_CARRY, g, a.v));
        return;
    }
    factor c = {g, no_rows || no_columns, no_rows};
    if (sweep_wants(s, n, 0)) sweep_add(s, n, 0, product_like(r, a, c, turned(b)));
    if (!sweep_wants(s, n, 1)) return;
    join_stack(r, &b, &a, &c);
    sweep_add(s, n, 1, product_like(r, b, turned(a), c));
}
