/* SPDX-License-Identifier: GPL-3.0-or-later */
/* linalg_solve.c - systems of linear equations, and the inverse. */
#include "core/linalg_lu.h"
#include "core/sweep.h"
#include <string.h>

/* ---- solve ---- */

/* Factors each matrix once, however many right-hand sides it meets in a row. */
static void solve_stacks(recorder *r, u32 flags, const stack_pair *p, size_t n, size_t columns,
                         const double *a, const double *b, double *x) {
    lu f = {0};
    size_t factored = SIZE_MAX;
    if (!(flags & SOLVE_LOWER)) f = lu_new(r, n);
    for (size_t i = 0; i < p->count; i++) {
        size_t ia, ib;
        stack_pair_at(p, i, &ia, &ib);
        double *xi = x + i * n * columns;
        memcpy(xi, b + ib * n * columns, n * columns * sizeof *x);
        if (flags & SOLVE_LOWER) {
            lower_solve(n, a + ia * n * n, flags & SOLVE_TRANSPOSED, columns, xi);
        } else {
            if (ia != factored) lu_factor(&f, a + ia * n * n);
            factored = ia;
            lu_solve(r, &f, flags & SOLVE_TRANSPOSED, columns, xi);
        }
        if (i % 64 == 63) poll_interrupt(r);
    }
}

value matrix_solve(recorder *r, u32 flags, value a, value b) {
    view va = axes_of(&a), vb = axes_of(&b);
    size_t n = va.shape[va.rank - 1], columns = flags & SOLVE_VECTOR ? 1 : vb.shape[vb.rank - 1];
    u32 leading = vb.rank - (flags & SOLVE_VECTOR ? 1 : 2);
    stack_pair p;
    if (vb.shape[leading] != n || !stack_pair_make(&p, va.rank - 2, va.shape, leading, vb.shape))
        fail_shapes(r, "solve", va, vb, "the right-hand side must have as many rows as the matrix");
    size_t shape[MAX_RANK + 2];
    u32 rank = p.rank;
    memcpy(shape, p.shape, sizeof p.shape);
    shape[rank++] = n;
    if (!(flags & SOLVE_VECTOR)) shape[rank++] = columns;
    value x = fresh_value(r, rank, shape);
    size_t mark = pool_mark(r);
    if (x.t->size) solve_stacks(r, flags, &p, n, columns, va.data, vb.data, x.t->data);
    pool_release(r, mark);
    value arguments[] = {a, b};
    return record_result(r, OP_SOLVE, x, 2, arguments, 1, &flags);
}

value fn_solve(recorder *r, u32 count, value *arguments) {
    (void)count;
    need_square(r, "solve", &arguments[0]);
    view b = view_of(&arguments[1]);
    if (b.rank == 0)
        fail_shapes(r, "solve", view_of(&arguments[0]), b, "the right-hand side is a vector or a matrix");
    return matrix_solve(r, b.rank == 1 ? SOLVE_VECTOR : 0, arguments[0], arguments[1]);
}

/* With op(A) x = b: the adjoint of b is v = op(A)^-T g, that of op(A) is -v x^T (Giles 2008, 2.3.1). */
void adjoint_solve(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    u32 flags = sweep_attribute(s, n, 0);
    value a = sweep_argument(s, n, 0), v = matrix_solve(r, flags ^ SOLVE_TRANSPOSED, a, g);
    sweep_add(s, n, 1, v);
    if (!sweep_wants(s, n, 0)) return;
    value x = sweep_result(s, n);
    u32 outer = MUL_B_TRANSPOSED | (flags & SOLVE_VECTOR ? MUL_A_VECTOR | MUL_B_VECTOR : 0);
    value d = flags & SOLVE_TRANSPOSED ? matrix_product(r, outer, x, v) : matrix_product(r, outer, v, x);
    size_t rows = last_axis(&a);
    if (flags & SOLVE_LOWER) d = apply2(r, OP_CARRY, pattern(r, rows, rows, 1, 1, 0), d);
    sweep_add(s, n, 0, minus(r, d));
}

/* ---- inv ---- */

value fn_inv(recorder *r, u32 count, value *arguments) {
    (void)count;
    size_t n = need_square(r, "inv", &arguments[0]);
    view a = axes_of(&arguments[0]);
    value y = fresh_value(r, a.rank, a.shape);
    size_t mark = pool_mark(r), matrices = a.size ? matrix_count(a) : 0;
    lu f = lu_new(r, n);
    for (size_t i = 0; i < matrices; i++) {
        lu_factor(&f, a.data + i * n * n);
        lu_invert(r, &f, y.t->data + i * n * n);
        if (i % 64 == 63) poll_interrupt(r);
    }
    pool_release(r, mark);
    return record_result(r, OP_INV, y, 1, arguments, 0, NULL);
}

/* -Y^T G Y^T (Giles 2008, 2.2.3) */
void adjoint_inv(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    value y = sweep_result(s, n);
    value right = matrix_product(r, MUL_B_TRANSPOSED, g, y);
    sweep_add(s, n, 0, minus(r, matrix_product(r, MUL_A_TRANSPOSED, y, right)));
}
