/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jacobian.c - all derivatives of a tensor in a tensor.
 *
 * A sweep from each entry of y gives a row; rows without a common column (core/sparsity.h) share one.  Where
 * x has fewer entries than y, or its columns share better, the sweeps go over the record of u -> vjp(y, x, u)
 * instead, which is linear: its Jacobian is the transpose. */
#include "core/sparsity.h"
#include "core/tensor_ops.h"
#include "lang/steps.h"
#include <string.h>

/* Patterns of fewer rows are not worth the search; recording the vjp costs as much as some sweeps. */
enum { SPARSE_FROM = 16, FORWARD_COSTS = 4 };

/* Which rows one sweep is for. */
typedef struct row_groups {
    sparsity *pattern; /* NULL: each row has a sweep of its own */
    u32 *colours;
    size_t count;
} row_groups;

static void free_groups(row_groups *w) {
    sparsity_free(w->pattern);
    mem_free(w->colours);
}

/* Takes the pattern. */
static void colour_groups(row_groups *w, sparsity *pattern, size_t rows) {
    *w = (row_groups){.pattern = pattern, .count = rows};
    if (!pattern) return;
    w->colours = mem_zero(rows + 1, sizeof *w->colours);
    w->count = sparsity_colour(pattern, w->colours);
}

static value group_seed(recorder *r, const row_groups *w, value y, size_t group) {
    tensor *t = pool_tensor(r, y.t->rank, y.t->shape);
    memset(t->data, 0, t->size * sizeof *t->data);
    if (!w->pattern) t->data[group] = 1;
    for (size_t i = 0; w->pattern && i < t->size; i++)
        if (w->colours[i] == group) t->data[i] = 1;
    return value_of_tensor(t);
}

/* ---- on numbers: rows go straight to their places ---- */

static void place_rows(const row_groups *w, size_t group, const double *row, size_t columns, double *to) {
    if (!w->pattern) {
        memcpy(to + group * columns, row, columns * sizeof *to);
        return;
    }
    const sparsity *p = w->pattern;
    for (size_t i = 0; i < p->rows; i++)
        for (size_t e = p->begin[i]; w->colours[i] == group && e < p->begin[i + 1]; e++)
            to[i * columns + p->column[e]] = row[p->column[e]];
}

static value rows_of_numbers(evaluator *e, const row_groups *w, value y, value x, u32 rank,
                             const size_t *shape) {
    tensor *j = pool_tensor(&e->rec, rank, shape);
    size_t columns = view_of(&x).size;
    if (w->pattern) memset(j->data, 0, j->size * sizeof *j->data);
    for (size_t group = 0; group < w->count; group++) {
        size_t mark = pool_mark(&e->rec);
        value row, seed = group_seed(&e->rec, w, y, group);
        if (e->interrupt) fault_raise(FAULT_INTERRUPT);
        sweep_gradients(&e->rec, y, seed, 1, &x, &row, NULL, false);
        place_rows(w, group, view_of(&row).data, columns, j->data);
        pool_release(&e->rec, mark);
    }
    return value_of_tensor(j);
}

/* ---- recorded ---- */

/* From where in the groups' rows, end to end, an entry of the pattern comes, and where it goes. */
static value group_rows(evaluator *e, const row_groups *w, value rows, u32 rank, const size_t *shape) {
    recorder *r = &e->rec;
    const sparsity *p = w->pattern;
    size_t total = p->begin[p->rows], all = p->rows * p->columns, flat = w->count * p->columns;
    tensor *from = pool_tensor(r, 1, &total), *to = pool_tensor(r, 1, &total);
    for (size_t i = 0; i < p->rows; i++)
        for (size_t k = p->begin[i]; k < p->begin[i + 1]; k++) {
            from->data[k] = (double)(w->colours[i] * p->columns + p->column[k]);
            to->data[k] = (double)(i * p->columns + p->column[k]);
        }
    value entries =
        index_get(r, reshape_to(r, rows, 1, &flat), 1, (subscript[]){{.index = value_of_tensor(from)}});
    return reshape_to(r, entries_put(r, entries, 1, &all, value_of_tensor(to)), rank, shape);
}

static value rows_recorded(evaluator *e, const row_groups *w, value y, value x, u32 rank,
                           const size_t *shape) {
    size_t first = e->entries.count;
    for (size_t group = 0; group < w->count; group++) {
        value row;
        if (e->interrupt) fault_raise(FAULT_INTERRUPT);
        sweep_gradients(&e->rec, y, group_seed(&e->rec, w, y, group), 1, &x, &row, NULL, true);
        array_push(&e->entries, row);
    }
    value rows = list_of(&e->rec, (u32)w->count, e->entries.items + first);
    e->entries.count = first;
    return w->pattern ? group_rows(e, w, rows, rank, shape) : reshape_to(&e->rec, rows, rank, shape);
}

static value all_rows(evaluator *e, const row_groups *w, value y, value x, bool record) {
    view vy = view_of(&y), vx = view_of(&x);
    size_t shape[MAX_RANK];
    memcpy(shape, vy.shape, vy.rank * sizeof *shape);
    memcpy(shape + vy.rank, vx.shape, vx.rank * sizeof *shape);
    return record ? rows_recorded(e, w, y, x, vy.rank + vx.rank, shape)
                  : rows_of_numbers(e, w, y, x, vy.rank + vx.rank, shape);
}

/* ---- forward ---- */

static value swapped(recorder *r, value j, u32 first) {
    u32 order[MAX_RANK], rank = view_of(&j).rank;
    for (u32 i = 0; i < rank; i++) order[i] = (i + first) % rank;
    return transpose_by(r, j, order);
}

/* By columns: the transpose of the Jacobian of u -> vjp(y, x, u). */
static value all_columns(evaluator *e, const row_groups *w, value y, value x, bool record) {
    recorder *r = &e->rec;
    value zeros = apply2(r, OP_MUL, passive(y), SCALAR(0)), u = record_leaf(r, zeros), g;
    sweep_gradients(r, y, u, 1, &x, &g, NULL, true);
    if (view_of(&x).rank > 0) return swapped(r, all_rows(e, w, g, u, record), view_of(&x).rank);
    value column;
    sweep_gradients(r, g, SCALAR(1), 1, &u, &column, NULL, record);
    return column;
}

static bool goes_forward(const row_groups *rows, const row_groups *columns) {
    return columns->count + FORWARD_COSTS < rows->count / 2;
}

typedef struct job {
    row_groups rows, columns;
    value result;
} job;

/* Rows or columns, whichever take fewer sweeps. */
static void run_job(evaluator *e, value y, value x, bool record, job *w) {
    size_t vy = view_of(&y).size, vx = view_of(&x).size;
    sparsity *p = vy >= SPARSE_FROM && vx >= SPARSE_FROM ? sparsity_of(&e->rec, y.node, x.node) : NULL;
    colour_groups(&w->rows, p, vy);
    colour_groups(&w->columns, p ? sparsity_transposed(p) : NULL, vx);
    if (goes_forward(&w->rows, &w->columns)) w->result = all_columns(e, &w->columns, y, x, record);
    else w->result = all_rows(e, &w->rows, y, x, record);
}

value derive_jacobian(evaluator *e, value y, value x, bool record, bool *connected) {
    view vy = view_of(&y), vx = view_of(&x);
    if (vy.rank == 0) {
        value g;
        sweep_gradients(&e->rec, y, SCALAR(1), 1, &x, &g, connected, record);
        return g;
    }
    if (vy.rank + vx.rank > MAX_RANK)
        record_fail(&e->rec, DIAG_SHAPE, "the result has more than %d axes", MAX_RANK);
    bool linked = y.node && x.node && depends_on(&e->rec, y.node, x.node);
    if (connected) *connected = linked;
    job w = {.rows = {.count = vy.size}};
    if (!linked || vy.size == 0) return all_rows(e, &w.rows, y, x, record);
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) run_job(e, y, x, record, &w);
    fault_end(&here);
    free_groups(&w.rows);
    free_groups(&w.columns);
    if (fault) fault_raise((enum fault)fault);
    return w.result;
}
