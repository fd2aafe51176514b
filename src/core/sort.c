/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sort.c - sort, and the permutations along an axis that its derivative is made of. */
#include "core/functions.h"
#include "core/linalg.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Two sorted runs into one. */
static void merge(const item *a, size_t n, const item *b, size_t m, item *to) {
    while (n > 0 && m > 0) {
        if (compare(a, b) < 0) *to++ = *a++, n--;
        else *to++ = *b++, m--;
    }
    memcpy(to, a, n * sizeof *a);
    memcpy(to + n, b, m * sizeof *b);
}

/* Runs, then merges of twice their length until there is one: between them Ctrl-C is looked at.  Returns
 * which of the two arrays has the result. */
static const item *sort_items(const recorder *r, size_t n, item *items, item *other) {
    enum { RUN = 1 << 16 };
    for (size_t at = 0; at < n; at += RUN) {
        poll_interrupt(r);
        qsort(items + at, n - at < RUN ? n - at : RUN, sizeof *items, compare);
    }
    for (size_t run = RUN; run < n; run *= 2) {
        for (size_t at = 0; at < n; at += 2 * run) {
            size_t first = n - at < run ? n - at : run, second = n - at - first < run ? n - at - first : run;
            poll_interrupt(r);
            merge(items + at, first, items + at + first, second, other + at);
        }
        item *keep = items;
        items = other, other = keep;
    }
    return items;
}

static item *fresh_items(recorder *r, size_t n) {
    return (item *)fresh_value(r, 2, (size_t[]){n, sizeof(item) / sizeof(double)}).t->data;
}

static value sorted_places(recorder *r, value x, u32 axis) {
    view v = view_of(&x);
    along a = along_axis(v, axis);
    value y = fresh_value(r, v.rank, v.shape);
    size_t mark = pool_mark(r);
    item *items = fresh_items(r, a.length), *other = fresh_items(r, a.length);
    for (size_t o = 0; o < a.outer; o++)
        for (size_t k = 0; k < a.inner; k++) {
            size_t first = o * a.length * a.inner + k;
            for (size_t i = 0; i < a.length; i++) items[i] = (item){v.data[first + i * a.inner], i};
            const item *sorted = sort_items(r, a.length, items, other);
            for (size_t i = 0; i < a.length; i++) entries_of(&y)[first + i * a.inner] = (double)sorted[i].at;
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
