/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal_functions.c - the functions of functions.def that have a formula, entry by entry. */
#include "core/tensor_ops.h"
#include "emit/formal.h"
#include <math.h>

#define N(c) expr_number(&t->f, c)

static u32 call1(formal *t, enum op op, u32 x) { return expr_call1(&t->f, op, x); }
static u32 call2(formal *t, enum op op, u32 x, u32 w) { return expr_call2(&t->f, op, x, w); }

/* ---- along an axis: n expressions in, one or n out ---- */

typedef void line_function(formal *t, size_t n, const u32 *x, u32 *y);

static u32 chain(formal *t, enum op op, size_t n, const u32 *x) {
    u32 y = x[0];
    for (size_t i = 1; i < n; i++) y = call2(t, op, y, x[i]);
    return y;
}

/* In code the additions of core/reduce.c, in its order: eight sums of a line, one of numbers apart. */
static u32 sum_of_block(formal *t, size_t n, const u32 *x) {
    u32 part[8], rest = N(0);
    size_t i = 0;
    for (size_t k = 0; k < 8; k++) part[k] = N(0);
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++) part[k] = call2(t, OP_ADD, part[k], x[i + k]);
    for (; i < n; i++) rest = call2(t, OP_ADD, rest, x[i]);
    if (n < 8) return rest;
    for (size_t step = 1; step < 8; step *= 2)
        for (size_t k = 0; k < 8; k += 2 * step) part[k] = call2(t, OP_ADD, part[k], part[k + step]);
    return n % 8 ? call2(t, OP_ADD, part[0], rest) : part[0];
}

enum { BLOCK = 128 };

/* As deep as a size_t has bits. */
static u32 sum_of(formal *t, size_t n, const u32 *x) {
    if (!t->f.exact) return n ? chain(t, OP_ADD, n, x) : N(0);
    if (n <= BLOCK) return sum_of_block(t, n, x);
    size_t half = n / 2 / 8 * 8;
    u32 first = sum_of(t, half, x);
    return call2(t, OP_ADD, first, sum_of(t, n - half, x + half));
}

static void line_sum(formal *t, size_t n, const u32 *x, u32 *y) { *y = sum_of(t, n, x); }
static void line_mean(formal *t, size_t n, const u32 *x, u32 *y) {
    *y = call2(t, OP_DIV, sum_of(t, n, x), N((double)n));
}

/* Lines whose entries lie apart are added row by row. */
static void line_sum_rows(formal *t, size_t n, const u32 *x, u32 *y) {
    *y = N(0);
    for (size_t from = 0; from < n; from += BLOCK) {
        u32 part = n > BLOCK ? N(0) : *y;
        for (size_t i = from; i < n && i < from + BLOCK; i++) part = call2(t, OP_ADD, part, x[i]);
        *y = n > BLOCK ? call2(t, OP_ADD, *y, part) : part;
    }
}
static void line_mean_rows(formal *t, size_t n, const u32 *x, u32 *y) {
    line_sum_rows(t, n, x, y);
    *y = call2(t, OP_DIV, *y, N((double)n));
}
static void line_prod(formal *t, size_t n, const u32 *x, u32 *y) { *y = n ? chain(t, OP_MUL, n, x) : N(1); }
/* Of equal entries the first, which is seen where they are zeros of either sign.  Of two, .tie is simpler to
 * read and the same. */
static u32 extreme_of(formal *t, enum op op, enum op of, size_t n, const u32 *x) {
    u32 y = x[0];
    for (size_t i = 1; i < n; i++) y = call2(t, op, x[i], y);
    return n > 2 || (n == 2 && t->f.exact) ? expr_extreme(&t->f, of, y, (u32)n, x) : y;
}

static void line_min(formal *t, size_t n, const u32 *x, u32 *y) {
    *y = extreme_of(t, OP_MIN, OP_MIN_OF, n, x);
}
static void line_max(formal *t, size_t n, const u32 *x, u32 *y) {
    *y = extreme_of(t, OP_MAX, OP_MAX_OF, n, x);
}

static void line_all(formal *t, size_t n, const u32 *x, u32 *y) {
    *y = N(1);
    for (size_t i = 0; i < n; i++) *y = call2(t, OP_AND, *y, x[i]);
}

static void line_any(formal *t, size_t n, const u32 *x, u32 *y) {
    *y = N(0);
    for (size_t i = 0; i < n; i++) *y = call2(t, OP_OR, *y, x[i]);
}

/* In code without overflow, and with derivative 0 at 0. */
static void line_norm(formal *t, size_t n, const u32 *x, u32 *y) {
    if (t->f.exact) {
        *y = expr_norm(&t->f, (u32)n, x);
        return;
    }
    *y = N(0);
    for (size_t i = 0; i < n; i++) *y = expr_add(&t->f, *y, 1, expr_power(&t->f, x[i], 2));
    *y = call1(t, OP_SQRT, *y);
}

static void line_logsumexp(formal *t, size_t n, const u32 *x, u32 *y) {
    if (t->f.exact) {
        *y = n ? chain(t, OP_LOGADDEXP, n, x) : N(-INFINITY);
        return;
    }
    *y = N(0);
    for (size_t i = 0; i < n; i++) *y = expr_add(&t->f, *y, 1, call1(t, OP_EXP, x[i]));
    *y = call1(t, OP_LOG, *y);
}

static void line_log_softmax(formal *t, size_t n, const u32 *x, u32 *y) {
    u32 whole;
    line_logsumexp(t, n, x, &whole);
    for (size_t i = 0; i < n; i++) y[i] = call2(t, OP_SUB, x[i], whole);
}

static void line_softmax(formal *t, size_t n, const u32 *x, u32 *y) {
    line_log_softmax(t, n, x, y);
    for (size_t i = 0; i < n; i++) y[i] = call1(t, OP_EXP, y[i]);
    if (t->f.exact) return;
    u32 whole = N(0);
    for (size_t i = 0; i < n; i++) whole = expr_add(&t->f, whole, 1, call1(t, OP_EXP, x[i]));
    for (size_t i = 0; i < n; i++) y[i] = call2(t, OP_DIV, call1(t, OP_EXP, x[i]), whole);
}

static void line_cumsum(formal *t, size_t n, const u32 *x, u32 *y) {
    for (size_t i = 0; i < n; i++) y[i] = i ? call2(t, OP_ADD, y[i - 1], x[i]) : x[i];
}

static void line_cumprod(formal *t, size_t n, const u32 *x, u32 *y) {
    for (size_t i = 0; i < n; i++) y[i] = i ? call2(t, OP_MUL, y[i - 1], x[i]) : x[i];
}

/* The line of x that begins at entry `from`; room: as much again for what is made of it. */
static u32 *line_of(formal *t, u32 x, size_t from, along a) {
    u32 *line = (u32 *)(void *)scratch_values(t->r, 2 * a.length + 1);
    for (size_t i = 0; i < a.length; i++) line[i] = formal_entry(t, x, from + i * a.inner);
    return line;
}

static u32 along_lines(formal *t, u32 x, u32 axis, bool reduces, bool keep, line_function *f) {
    value ids = formal_ids(t, x);
    const view v = shape_of(&ids);
    const along a = along_axis(v, axis);
    size_t shape[MAX_RANK];
    u32 rank = v.rank;
    if (t->f.exact && a.inner > 1) f = f == line_sum ? line_sum_rows : f == line_mean ? line_mean_rows : f;
    for (u32 i = 0; i < rank; i++) shape[i] = v.shape[i];
    if (reduces) rank = reduced_shape(v, axis, keep, shape);
    tensor *y = pool_tensor(t->r, rank, shape);
    const size_t step = reduces ? 1 : a.length;
    for (size_t o = 0; o < a.outer; o++)
        for (size_t k = 0; k < a.inner; k++) {
            size_t mark = pool_mark(t->r);
            u32 *line = line_of(t, x, o * a.length * a.inner + k, a), *made = line + a.length;
            f(t, a.length, line, made);
            for (size_t i = 0; i < step; i++) y->data[(o * step + i) * a.inner + k] = (double)made[i] + 1;
            pool_release(t->r, mark);
        }
    return formal_of_ids(t, y->rank ? value_of_tensor(y) : SCALAR(y->data[0]));
}

/* ---- arguments ---- */

/* A number that says how: an axis, a flag. */
static value setting(formal *t, const instruction *in, u32 i) {
    value v = UNBOUND;
    u32 n = formal_argument(t, in, i);
    if (n != FORMAL_UNBOUND && !formal_numbers(t, n, &v))
        formal_fail(t, "an argument of '%s' depends on an input", function_of((enum op)in->n)->name);
    return v;
}

/* A name without a value may be a tensor, whose shape nobody knows. */
static void need_shape(formal *t, const instruction *in, u32 x) {
    if (formal_is_tensor(x)) return;
    (void)expr_room(&t->f, t->f.nodes.count);
    u8 *reached = t->f.depends;
    reached[x] = 1;
    for (u32 n = x + 1; n-- > 0;) {
        if (!reached[n]) continue;
        const expr *e = expr_at(&t->f, n);
        if (e->kind == EXPR_NAME && formal_lacks_shape(t, e->first))
            formal_fail(t,
                        "'%s' of '%s', whose shape is not known; --at or a default with a value of that "
                        "shape tells it",
                        function_of((enum op)in->n)->name, intern_text(&t->g->names, e->first));
        for (u32 i = 0; i < expr_operands(e); i++) reached[expr_parts(&t->f, n)[i].node] = 1;
    }
}

static u32 reduced(formal *t, const instruction *in, u32 at, line_function *f) {
    u32 x = formal_argument(t, in, 0);
    need_shape(t, in, x);
    value ids = formal_ids(t, x), axis = setting(t, in, at), keep = setting(t, in, at + 1);
    const char *name = function_of((enum op)in->n)->name;
    u32 k = optional_axis(t->r, &axis, shape_of(&ids).rank, name);
    return along_lines(t, x, k, true, flag_argument(t->r, &keep, "keepdims"), f);
}

static u32 mapped(formal *t, const instruction *in, bool has_default, line_function *f) {
    u32 x = formal_argument(t, in, 0);
    need_shape(t, in, x);
    value ids = formal_ids(t, x), axis = setting(t, in, 1);
    u32 rank = shape_of(&ids).rank;
    const char *name = function_of((enum op)in->n)->name;
    u32 k = has_default ? axis_or(t->r, &axis, rank, -1, name) : optional_axis(t->r, &axis, rank, name);
    return along_lines(t, x, k, false, false, f);
}

/* ---- spread and products ---- */

static u32 variance(formal *t, const instruction *in, bool is_root) {
    u32 x = formal_argument(t, in, 0);
    need_shape(t, in, x);
    value ids = formal_ids(t, x), axis = setting(t, in, 1), keep = setting(t, in, 2),
          ddof = setting(t, in, 3);
    u32 k = optional_axis(t->r, &axis, shape_of(&ids).rank, function_of((enum op)in->n)->name);
    int64_t less = is_unbound(&ddof) ? 0 : whole_number(t->r, &ddof, "ddof");
    double n = (double)along_axis(shape_of(&ids), k).length - (double)less;
    u32 mean = along_lines(t, x, k, true, true, line_mean), rest = formal_elementwise(t, OP_SUB, x, mean);
    if (t->f.exact) { /* as a run, which takes what is left of the mean by rounding too */
        mean = along_lines(t, rest, k, true, true, line_mean);
        rest = formal_elementwise(t, OP_SUB, rest, mean);
    }
    bool keeps = flag_argument(t->r, &keep, "keepdims");
    if (is_root)
        return formal_elementwise(t, OP_DIV, along_lines(t, rest, k, true, keeps, line_norm),
                                  N(sqrt(fmax(n, 0))));
    u32 squares = formal_elementwise(t, OP_SQUARE, rest, FORMAL_UNBOUND);
    return formal_elementwise(t, OP_DIV, along_lines(t, squares, k, true, keeps, line_sum), N(fmax(n, 0)));
}

/* Of vectors and matrices: a vector is a row on the left and a column on the right. */
static u32 product(formal *t, u32 x, u32 w) {
    value a = formal_ids(t, x), b = formal_ids(t, w);
    const view p = shape_of(&a), q = shape_of(&b);
    if (p.rank < 1 || q.rank < 1 || p.rank > 2 || q.rank > 2)
        formal_fail(t, "only products of vectors and matrices have a formula here");
    size_t rows = p.rank == 2 ? p.shape[0] : 1, inner = p.shape[p.rank - 1],
           columns = q.rank == 2 ? q.shape[1] : 1;
    if (q.shape[0] != inner) formal_fail(t, "a product of lengths %zu and %zu", inner, q.shape[0]);
    size_t shape[2];
    u32 rank = 0;
    if (p.rank == 2) shape[rank++] = rows;
    if (q.rank == 2) shape[rank++] = columns;
    tensor *y = pool_tensor(t->r, rank, shape);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            u32 sum = N(0);
            for (size_t k = 0; k < inner; k++) {
                u32 term =
                    call2(t, OP_MUL, formal_entry(t, x, i * inner + k), formal_entry(t, w, k * columns + j));
                sum = k ? call2(t, OP_ADD, sum, term) : term;
            }
            y->data[i * columns + j] = (double)sum + 1;
        }
    return formal_of_ids(t, y->rank ? value_of_tensor(y) : SCALAR(y->data[0]));
}

static u32 outer(formal *t, u32 x, u32 w) {
    value a = formal_ids(t, x), column[2] = {a, SCALAR(1)};
    value b = formal_ids(t, w);
    if (shape_of(&a).rank != 1 || shape_of(&b).rank != 1) formal_fail(t, "'outer' takes two vectors");
    size_t shape[2] = {shape_of(&a).size, 1};
    u32 down = formal_of_ids(t, reshape_to(t->r, column[0], 2, shape));
    return formal_elementwise(t, OP_MUL, down, w);
}

static u32 trace(formal *t, u32 x) {
    value ids = formal_ids(t, x);
    u32 diagonal = formal_of_ids(t, fn_diag(t->r, 1, &ids));
    if (shape_of(&ids).rank != 2) formal_fail(t, "'trace' takes a matrix");
    return along_lines(t, diagonal, ALL_AXES, true, false, line_sum);
}

/* ---- what core's own functions do ---- */

/* They move entries: the first `entries` arguments are such, the others say how. */
static u32 moved(formal *t, const instruction *in, u32 entries) {
    value *v = scratch_values(t->r, in->b + 1);
    for (u32 i = 0; i < in->b; i++)
        v[i] = i < entries ? formal_ids(t, formal_argument(t, in, i)) : setting(t, in, i);
    return formal_of_ids(t, function_of((enum op)in->n)->value(t->r, in->b, v));
}

/* axis and keepdims stand last, with one tensor only.  Of no entries there is the error of a run, or nothing.
 */
static u32 extreme(formal *t, const instruction *in, enum op op) {
    const u32 given = in->b - 2;
    u32 y = formal_argument(t, in, 0);
    bool has_setting = formal_argument(t, in, given) != FORMAL_UNBOUND ||
                       formal_argument(t, in, given + 1) != FORMAL_UNBOUND;
    if ((given > 1 && has_setting) || (given == 1 && formal_size(t, y) == 0)) return moved(t, in, given);
    if (given == 1) return reduced(t, in, 1, op == OP_MIN ? line_min : line_max);
    for (u32 i = 1; i < given; i++) y = formal_elementwise(t, op, y, formal_argument(t, in, i));
    return y;
}

/* They need a shape only, or numbers only. */
static u32 from_shape(formal *t, const instruction *in) {
    u32 x = formal_argument(t, in, 0);
    need_shape(t, in, x);
    value v = formal_ids(t, x);
    return formal_of_numbers(t, function_of((enum op)in->n)->value(t->r, 1, &v));
}

/* Of numbers alone, what a run gives; else false. */
static bool from_numbers(formal *t, const instruction *in, u32 *y) {
    if (in->n == OP_RANDOM || in->n == OP_NORMAL || in->n == OP_CHECKPOINT) return false;
    value *v = scratch_values(t->r, in->b + 1);
    for (u32 i = 0; i < in->b; i++) {
        u32 n = formal_argument(t, in, i);
        v[i] = UNBOUND;
        if (n != FORMAL_UNBOUND && !formal_numbers(t, n, &v[i])) return false;
    }
    *y = formal_of_numbers(t, function_of((enum op)in->n)->value(t->r, in->b, v));
    return true;
}

u32 formal_apply(formal *t, const instruction *in) {
    u32 x = formal_argument(t, in, 0), y;
    if (from_numbers(t, in, &y)) return y;
    switch (in->n) {
    case OP_WHERE: return formal_where(t, x, formal_argument(t, in, 1), formal_argument(t, in, 2));
    case OP_CLAMP:
        x = formal_elementwise(t, OP_MAX, x, formal_argument(t, in, 1));
        return formal_elementwise(t, OP_MIN, x, formal_argument(t, in, 2));
    case OP_MIN_OF: return extreme(t, in, OP_MIN);
    case OP_MAX_OF: return extreme(t, in, OP_MAX);
    case OP_SUM: return reduced(t, in, 1, line_sum);
    case OP_MEAN: return reduced(t, in, 1, line_mean);
    case OP_PROD: return reduced(t, in, 1, line_prod);
    case OP_ALL: return reduced(t, in, 1, line_all);
    case OP_ANY: return reduced(t, in, 1, line_any);
    case OP_NORM: return reduced(t, in, 1, line_norm);
    case OP_LOGSUMEXP: return reduced(t, in, 1, line_logsumexp);
    case OP_VAR: return variance(t, in, false);
    case OP_STD: return variance(t, in, true);
    case OP_SOFTMAX: return mapped(t, in, true, line_softmax);
    case OP_LOG_SOFTMAX: return mapped(t, in, true, line_log_softmax);
    case OP_CUMSUM: return mapped(t, in, false, line_cumsum);
    case OP_CUMPROD: return mapped(t, in, false, line_cumprod);
    case OP_DOT:
    case OP_MATMUL: return product(t, x, formal_argument(t, in, 1));
    case OP_OUTER: return outer(t, x, formal_argument(t, in, 1));
    case OP_TRACE: return trace(t, x);
    case OP_CONCAT:
    case OP_STACK: return moved(t, in, in->b - 1);
    case OP_FULL:
    case OP_RESHAPE:
    case OP_TRANSPOSE:
    case OP_TILE:
    case OP_REVERSE:
    case OP_DIAG:
    case OP_TRIU:
    case OP_TRIL: return moved(t, in, 1);
    case OP_SHAPE:
    case OP_SIZE:
    case OP_RANK: return from_shape(t, in);
    default: formal_fail(t, "'%s' has no formula here", function_of((enum op)in->n)->name);
    }
}
