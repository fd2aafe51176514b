/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conv_product.c - cross-correlation with several outputs as matrix products.
 *
 * The entries of x that a place of y is made from become a column of a matrix (im2col, Chellapilla, Puri and
 * Simard 2006), some rows of y at a time:
 *
 *     places[(c, i, j), (p, q)] = x[c, p*s + i - P, q*s' + j - P']
 *
 *     y = k places        k = y places^T        places = k^T y, added up where they come from
 */
#include "core/arguments.h"
#include "core/conv_parts.h"
#include "core/linalg.h"
#include <string.h>

/* Fewer outputs or multiplications are not worth the copy; numbers of a matrix that stay in the cache. */
enum { FEWEST_OUTPUTS = 4, LEAST_WORK = 1 << 16, MATRIX_NUMBERS = 1 << 16 };

static size_t taps_of(const geometry *m) { return (size_t)m->channels * m->kernel_height * m->kernel_width; }

bool conv_is_product(const geometry *m) {
    double work = (double)m->outputs * (double)taps_of(m) * (double)m->rows * (double)m->columns;
    return m->outputs >= FEWEST_OUTPUTS && taps_of(m) >= FEWEST_OUTPUTS && work >= LEAST_WORK;
}

/* Some rows of y, of one entry of the batch. */
typedef struct strip {
    const geometry *m;
    size_t first, rows, places;
    double *matrix; /* taps x places */
} strip;

/* One row of the matrix, within one row of y: from x, or back to it. */
static void move_row(const geometry *m, size_t row, size_t i, size_t j, bool back, double *plane,
                     double *places) {
    size_t from, to, step = m->stride[1], at = row * m->stride[0] + i;
    conv_column_range(m, j, &from, &to);
    bool is_outside = at < m->padding[0] || at - m->padding[0] >= m->height;
    if (is_outside) from = to = 0;
    if (!back) {
        memset(places, 0, from * sizeof *places);
        memset(places + to, 0, (m->columns - to) * sizeof *places);
    }
    if (from == to) return;
    double *x = plane + (at - m->padding[0]) * m->width + from * step + j - m->padding[1];
    if (back)
        for (size_t q = from; q < to; q++, x += step) *x += places[q];
    else if (step == 1) memcpy(places + from, x, (to - from) * sizeof *x);
    else
        for (size_t q = from; q < to; q++, x += step) places[q] = *x;
}

static void move_places(const strip *t, bool back, double *x) {
    const geometry *m = t->m;
    size_t plane = (size_t)m->height * m->width;
    double *row = t->matrix;
    for (size_t c = 0; c < m->channels; c++)
        for (size_t i = 0; i < m->kernel_height; i++)
            for (size_t j = 0; j < m->kernel_width; j++, row += t->places)
                for (size_t p = 0; p < t->rows; p++)
                    move_row(m, t->first + p, i, j, back, x + c * plane, row + p * m->columns);
}

/* The strip's part of y, outputs x places: taken out, or added. */
static void take_outputs(const strip *t, const double *y, double *part) {
    size_t plane = (size_t)t->m->rows * t->m->columns;
    for (size_t o = 0; o < t->m->outputs; o++)
        memcpy(part + o * t->places, y + o * plane + t->first * t->m->columns, t->places * sizeof *part);
}

static void add_outputs(const strip *t, const double *part, double *y) {
    size_t plane = (size_t)t->m->rows * t->m->columns;
    for (size_t o = 0; o < t->m->outputs; o++) {
        double *to = y + o * plane + t->first * t->m->columns;
        for (size_t q = 0; q < t->places; q++) to[q] += part[o * t->places + q];
    }
}

static void strip_step(recorder *r, const strip *t, int which, double *part, double *sum, double *x,
                       double *k, double *y) {
    size_t outputs = t->m->outputs, taps = taps_of(t->m);
    if (which != OF_X) move_places(t, false, x);
    if (which != OF_Y) take_outputs(t, y, part);
    if (which == OF_Y) {
        gemm(r, 0, outputs, t->places, taps, k, t->matrix, part);
        add_outputs(t, part, y);
    } else if (which == OF_X) {
        gemm(r, MUL_A_TRANSPOSED, taps, t->places, outputs, k, part, t->matrix);
        move_places(t, true, x);
    } else {
        gemm(r, MUL_B_TRANSPOSED, outputs, taps, t->places, part, t->matrix, sum);
        for (size_t i = 0; i < outputs * taps; i++) k[i] += sum[i];
    }
}

void conv_product(recorder *r, const geometry *m, int which, double *x, double *k, double *y) {
    size_t x_size = (size_t)m->channels * m->height * m->width,
           y_size = (size_t)m->outputs * m->rows * m->columns;
    size_t taps = taps_of(m), most = MATRIX_NUMBERS / (taps * m->columns), mark = pool_mark(r);
    if (most == 0) most = 1;
    strip t = {.m = m, .matrix = scratch(r, mem_product(taps, most * m->columns))};
    double *part = scratch(r, mem_product(m->outputs, most * m->columns)),
           *sum = scratch(r, mem_product(m->outputs, taps));
    for (size_t b = 0; b < m->batch; b++)
        for (t.first = 0; t.first < m->rows; t.first += most) {
            t.rows = m->rows - t.first < most ? m->rows - t.first : most;
            t.places = t.rows * m->columns;
            strip_step(r, &t, which, part, sum, x + b * x_size, k, y + b * y_size);
            poll_interrupt(r);
        }
    pool_release(r, mark);
}
