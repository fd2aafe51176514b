/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sort.c - sort, and the permutations along an axis that its derivative is made of. */
#include "core/functions.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <math.h>
#include <stdlib.h>

/* ---- permutations: places[j] says where entry j of the result stood along the axis ---- */

static value permute(recorder *r, value x, value places, u32 axis, bool back) {
    view v = view_of(&x), p = view_of(&places);
    along a = along_axis(v, axis);
    value y = fresh_value(r, v.rank, v.shape);
    double *out = entries_of(&y);
    for (size_t o = 0; o < a.outer; o++)
        for (size_t j = 0; j < a.length; j++)
            for (size_t k = 0; k < a.inner; k++) {
                size_t to = (o * a.length + j) * a.inner + k;
                size_t from = (o * a.length + (size_t)p.data[to]) * a.inner + k;
                if (back) out[from] = v.data[to];
                else out[to] = v.data[from];
            }
    return record_result(r, OP_PERMUTE, y, 2, (value[]){x, places}, 2, (u32[]){axis, back});
}

void adjoint_permute(sweep *s, u32 n, value g) {
    value places = passive(sweep_argument(s, n, 1));
    sweep_add(s, n, 0,
              permute(sweep_recorder(s), g, places, sweep_attribute(s, n, 0), !sweep_attribute(s, n, 1)));
}

/* ---- sorting ---- */

typedef struct item {
    double x;
    size_t at;
} item;

/* By size, nan behind everything; equal entries keep their order. */
static int compare(const void *p, const void *q) {
    const item *a = p, *b = q;
    if (a->x < b->x) return -1;
    if (a->x > b->x) return 1;
    if (isnan(a->x) != isnan(b->x)) return isnan(a->x) ? 1 : -1;
    return a->at < b->at ? -1 : 1;
}

static value sorted_places(recorder *r, value x, u32 axis) {
    view v = view_of(&x);
    along a = along_axis(v, axis);
    value y = fresh_value(r, v.rank, v.shape);
    size_t mark = pool_mark(r);
    item *items = (item *)fresh_value(r, 2, (size_t[]){a.length, sizeof(item) / sizeof(double)}).t->data;
    for (size_t o = 0; o < a.outer; o++)
        for (size_t k = 0; k < a.inner; k++) {
            size_t first = o * a.length * a.inner + k;
            for (size_t i = 0; i < a.length; i++) items[i] = (item){v.data[first + i * a.inner], i};
            qsort(items, a.length, sizeof *items, compare);
            for (size_t i = 0; i < a.length; i++) entries_of(&y)[first + i * a.inner] = (double)items[i].at;
        }
    pool_release(r, mark);
    return y;
}

value fn_sort(recorder *r, u32 count, value *arguments) {
    (void)count;
    value x = arguments[0];
    u32 axis = axis_or(r, &arguments[1], view_of(&x).rank, -1, "sort");
    return permute(r, x, sorted_places(r, x, axis), axis, false);
}
