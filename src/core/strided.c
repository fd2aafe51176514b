/* SPDX-License-Identifier: GPL-3.0-or-later */
/* strided.c - see strided.h. */
#include "core/strided.h"
#include <string.h>

void strided_add(strided *s, size_t count, ptrdiff_t stride, const double *index) {
    if (count == 0) s->empty = true;
    if (count == 1 && index) s->base += (ptrdiff_t)index[0] * stride;
    if (count <= 1) return;
    strided_loop *last = s->count ? &s->loops[s->count - 1] : NULL;
    if (last && !last->index && !index && last->stride == (ptrdiff_t)count * stride) {
        last->count *= count;
        last->stride = stride;
        return;
    }
    s->loops[s->count++] = (strided_loop){count, stride, index};
}

enum work { GET, SET, PUT };

static void run_get(size_t n, ptrdiff_t step, const double *index, const double *whole, double *part) {
    if (index)
        for (size_t i = 0; i < n; i++) part[i] = whole[(ptrdiff_t)index[i] * step];
    else if (step == 1) memcpy(part, whole, n * sizeof *part);
    else if (step == 0)
        for (size_t i = 0; i < n; i++) part[i] = *whole;
    else
        for (size_t i = 0; i < n; i++) part[i] = whole[(ptrdiff_t)i * step];
}

static void run_set(size_t n, ptrdiff_t step, const double *index, double *whole, const double *part) {
    if (index)
        for (size_t i = 0; i < n; i++) whole[(ptrdiff_t)index[i] * step] = part[i];
    else if (step == 1) memcpy(whole, part, n * sizeof *part);
    else
        for (size_t i = 0; i < n; i++) whole[(ptrdiff_t)i * step] = part[i];
}

static void run_put(size_t n, ptrdiff_t step, const double *index, double *whole, const double *part) {
    if (index)
        for (size_t i = 0; i < n; i++) whole[(ptrdiff_t)index[i] * step] += part[i];
    else if (step == 1)
        for (size_t i = 0; i < n; i++) whole[i] += part[i];
    else
        for (size_t i = 0; i < n; i++) whole[(ptrdiff_t)i * step] += part[i];
}

static ptrdiff_t loop_offset(const strided_loop *l, size_t i) {
    return (l->index ? (ptrdiff_t)l->index[i] : (ptrdiff_t)i) * l->stride;
}

/* Two inner loops of which the outer one runs along the whole's last axis: in tiles, so that both sides'
 * cache lines are used up. */
static void tiles_get(const strided_loop *row, const strided_loop *column, const double *whole,
                      double *part) {
    enum { TILE = 16 };
    for (size_t i0 = 0; i0 < row->count; i0 += TILE) {
        size_t i1 = i0 + TILE < row->count ? i0 + TILE : row->count;
        for (size_t j0 = 0; j0 < column->count; j0 += TILE) {
            size_t j1 = j0 + TILE < column->count ? j0 + TILE : column->count;
            for (size_t i = i0; i < i1; i++)
                for (size_t j = j0; j < j1; j++)
                    part[i * column->count + j] = whole[(ptrdiff_t)i + (ptrdiff_t)j * column->stride];
        }
    }
}

static bool is_tiled(const strided *s, enum work work) {
    if (work != GET || s->count < 2) return false;
    const strided_loop *row = &s->loops[s->count - 2], *column = row + 1;
    return !row->index && !column->index && row->stride == 1 && column->stride > 1;
}

/* Goes over all loops but the `inner` last; at each step `run` entries of the part. */
static void walk(const strided *s, enum work work, double *whole, double *part) {
    if (s->empty) return;
    bool tiled = is_tiled(s, work);
    u32 inner = tiled ? 2 : s->count ? 1 : 0, outer = s->count - inner;
    const strided_loop one = {1, 0, NULL}, *last = s->count ? &s->loops[s->count - 1] : &one;
    size_t run = tiled ? last->count * last[-1].count : last->count, at[MAX_RANK] = {0};
    ptrdiff_t offset[MAX_RANK + 1];
    offset[0] = s->base;
    for (u32 k = 0; k < outer; k++) offset[k + 1] = offset[k] + loop_offset(&s->loops[k], 0);
    for (;; part += run) {
        double *w = whole + offset[outer];
        if (tiled) tiles_get(last - 1, last, w, part);
        else if (work == GET) run_get(last->count, last->stride, last->index, w, part);
        else if (work == SET) run_set(last->count, last->stride, last->index, w, part);
        else run_put(last->count, last->stride, last->index, w, part);
        u32 k = outer;
        while (k > 0 && ++at[k - 1] == s->loops[k - 1].count) at[--k] = 0;
        if (k == 0) return;
        for (k--; k < outer; k++) offset[k + 1] = offset[k] + loop_offset(&s->loops[k], at[k]);
    }
}

void strided_get(const strided *s, const double *whole, double *part) { walk(s, GET, (double *)whole, part); }

void strided_set(const strided *s, const double *part, double *whole) { walk(s, SET, whole, (double *)part); }

void strided_put(const strided *s, const double *part, double *whole) { walk(s, PUT, whole, (double *)part); }
