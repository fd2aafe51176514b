/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make.c - tensors from nothing: zeros, ones, full, eye, range, linspace. */
#include "core/functions.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <float.h>
#include <math.h>

static value filled_by_arguments(recorder *r, u32 count, value *arguments, double x, const char *name) {
    size_t shape[MAX_RANK];
    u32 rank = shape_argument(r, count, arguments, false, name, shape);
    return filled_value(r, rank, shape, x);
}

value fn_zeros(recorder *r, u32 count, value *arguments) {
    return filled_by_arguments(r, count, arguments, 0, "zeros");
}

value fn_ones(recorder *r, u32 count, value *arguments) {
    return filled_by_arguments(r, count, arguments, 1, "ones");
}

value fn_full(recorder *r, u32 count, value *arguments) {
    size_t shape[MAX_RANK], joint[MAX_RANK];
    u32 rank = shape_argument(r, count - 1, arguments + 1, false, "full", shape), joint_rank;
    view v = view_of(&arguments[0]), wanted = {.rank = rank, .shape = shape};
    check_shape(r, rank, shape);
    if (!shape_broadcast(v.rank, v.shape, rank, shape, &joint_rank, joint) ||
        !shape_equal(joint_rank, joint, rank, shape))
        reject_shapes(r, "a value of shape %s cannot fill a tensor of shape %s", v, wanted);
    if (v.rank == 0 && !arguments[0].node) return filled_value(r, rank, shape, v.data[0]);
    return spread_to(r, arguments[0], rank, shape);
}

value fn_eye(recorder *r, u32 count, value *arguments) {
    (void)count;
    size_t rows = count_argument(r, &arguments[0], "the size of 'eye'");
    size_t columns = is_unbound(&arguments[1]) ? rows : count_argument(r, &arguments[1], "the size of 'eye'");
    value y = filled_value(r, 2, (size_t[]){rows, columns}, 0);
    for (size_t i = 0; i < rows && i < columns; i++) y.t->data[i * columns + i] = 1;
    return y;
}

/* ---- range ---- */

static double finite_number(recorder *r, const value *v, const char *what) {
    view x = view_of(v);
    if (x.size != 1) reject_shape(r, "'range' takes numbers, not a tensor of shape %s", x);
    if (!isfinite(x.data[0])) record_fail(r, DIAG_BAD_VALUE, "%s of 'range' is %g", what, x.data[0]);
    return x.data[0];
}

/* How many steps lie in [from, to).  A quotient that is whole but for the rounding of its operands is whole,
 * so that range(1, 1.3, 0.1) has three entries. */
static size_t steps_between(recorder *r, double from, double to, double step) {
    double steps = (to - from) / step, whole = rint(steps);
    double slack = 2 * DBL_EPSILON * (fmax(fabs(from), fabs(to)) / fabs(step) + fabs(steps));
    double count = fabs(steps - whole) <= slack ? whole : ceil(steps);
    if (!(count > 0)) return 0;
    if (count > 1e15)
        record_fail(r, DIAG_MEMORY, "'range' from %g to %g by %g has too many entries", from, to, step);
    return (size_t)count;
}

value fn_range(recorder *r, u32 count, value *arguments) {
    (void)count;
    value from = arguments[0], to = arguments[1], step = arguments[2];
    if (is_unbound(&to)) to = from, from = SCALAR(0);
    if (is_unbound(&step)) step = SCALAR(1);
    double a = finite_number(r, &from, "the start"), b = finite_number(r, &to, "the end"),
           d = finite_number(r, &step, "the step");
    if (d == 0) record_fail(r, DIAG_BAD_VALUE, "the step of 'range' must not be 0");
    value i = fresh_vector(r, steps_between(r, a, b, d));
    for (size_t k = 0; k < i.t->size; k++) i.t->data[k] = (double)k;
    if (d != 1 || step.node) i = apply2(r, OP_MUL, i, step);
    return a != 0 || from.node ? apply2(r, OP_ADD, i, from) : i;
}

/* ---- linspace ---- */

/* (b - a) i / (n - 1) is exact where that can be; where it overflows, each end has its weight. */
static double between(double a, double b, size_t i, size_t steps) {
    double last = (double)steps, y = a + (b - a) * (double)i / last;
    if (isfinite(y) || !isfinite(a) || !isfinite(b)) return y;
    return a * ((double)(steps - i) / last) + b * ((double)i / last);
}

/* The ends are a and b. */
value fn_linspace(recorder *r, u32 count, value *arguments) {
    value a = arguments[0], b = arguments[1];
    (void)count;
    if (is_tensor(&a) || is_tensor(&b)) record_fail(r, DIAG_SHAPE, "the ends of 'linspace' must be numbers");
    size_t n = count_argument(r, &arguments[2], "the number of entries of 'linspace'");
    value y = fresh_vector(r, n);
    for (size_t i = 0; i < n; i++)
        y.t->data[i] = i == 0 ? a.num : i == n - 1 ? b.num : between(a.num, b.num, i, n - 1);
    return record_result(r, OP_LINSPACE, y, 2, (value[]){a, b}, 0, NULL);
}

/* Entry i is (n - 1 - i)/(n - 1) of a and i/(n - 1) of b. */
void adjoint_linspace(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    size_t size = view_of(&g).size;
    value of_a = fresh_vector(r, size), of_b = fresh_vector(r, size);
    double last = size > 1 ? (double)(size - 1) : 1;
    for (size_t i = 0; i < size; i++) {
        of_a.t->data[i] = (size > 1 ? (double)(size - 1 - i) : 1) / last;
        of_b.t->data[i] = (double)i / last;
    }
    sweep_add(s, n, 0, sum_axis(r, apply2(r, OP_CARRY, g, of_a), ALL_AXES, false));
    if (sweep_wants(s, n, 1)) sweep_add(s, n, 1, sum_axis(r, apply2(r, OP_CARRY, g, of_b), ALL_AXES, false));
}
