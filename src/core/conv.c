/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conv.c - cross-correlation in one and two dimensions, as neural networks call convolution.
 *
 *     y[b, o, p, q] = sum over c, i, j of  x[b, c, p*s + i - P, q*s' + j - P'] k[o, c, i, j]
 *
 * where x is 0 outside its range.  The sum of g*y over all places is linear in x, in k and in g, and the
 * adjoint of each factor is that sum without it: so one operation that leaves out one of the three is closed
 * under taking adjoints.  One dimension is two with one row.  With several outputs it becomes a matrix
 * product (conv_product.c). */
#include "core/arguments.h"
#include "core/conv_parts.h"
#include "core/linalg.h"
#include "core/sweep.h"
#include <stdio.h>
#include <string.h>

enum { GEOMETRY_FIELDS = sizeof(geometry) / sizeof(u32) };

/* ---- numbers ---- */

/* The columns of y whose place in x, column j of the kernel, lies within x. */
void conv_column_range(const geometry *m, size_t j, size_t *from, size_t *to) {
    size_t s = m->stride[1], padding = m->padding[1];
    *from = padding > j ? (padding - j + s - 1) / s : 0;
    size_t end = m->width + padding;
    *to = end > j ? (end - j + s - 1) / s : 0;
    if (*to > m->columns) *to = m->columns;
    if (*from > *to) *from = *to;
}

/* One row of y with one entry of the kernel. */
static void row_step(int which, size_t n, size_t s, double *x, double *k, double *y) {
    double sum = 0;
    switch (which) {
    case OF_Y:
        if (s == 1)
            for (size_t q = 0; q < n; q++) y[q] += *k * x[q];
        else
            for (size_t q = 0; q < n; q++) y[q] += *k * x[q * s];
        break;
    case OF_X:
        if (s == 1)
            for (size_t q = 0; q < n; q++) x[q] += *k * y[q];
        else
            for (size_t q = 0; q < n; q++) x[q * s] += *k * y[q];
        break;
    default:
        for (size_t q = 0; q < n; q++) sum += x[q * s] * y[q];
        *k += sum;
    }
}

/* One plane of x, k and y. */
static void plane_step(const recorder *r, const geometry *m, int which, double *x, double *k, double *y) {
    for (size_t i = 0; i < m->kernel_height; i++)
        for (size_t j = 0; j < m->kernel_width; j++) {
            size_t from, to;
            conv_column_range(m, j, &from, &to);
            poll_interrupt(r);
            if (from == to) continue;
            size_t column = from * m->stride[1] + j - m->padding[1];
            for (size_t p = 0; p < m->rows; p++) {
                size_t row = p * m->stride[0] + i;
                if (row < m->padding[0] || row - m->padding[0] >= m->height) continue;
                row_step(which, to - from, m->stride[1], x + (row - m->padding[0]) * m->width + column,
                         k + i * m->kernel_width + j, y + p * m->columns + from);
            }
        }
}

/* Adds to the factor `which`; the others are only read. */
static void correlate(const recorder *r, const geometry *m, int which, double *x, double *k, double *y) {
    size_t x_plane = (size_t)m->height * m->width, k_plane = (size_t)m->kernel_height * m->kernel_width;
    size_t y_plane = (size_t)m->rows * m->columns;
    for (size_t b = 0; b < m->batch; b++)
        for (size_t o = 0; o < m->outputs; o++)
            for (size_t c = 0; c < m->channels; c++)
                plane_step(r, m, which, x + (b * m->channels + c) * x_plane,
                           k + (o * m->channels + c) * k_plane, y + (b * m->outputs + o) * y_plane);
}

/* ---- records ---- */

static u32 shape_of_factor(const geometry *m, int which, size_t *shape) {
    u32 rank = 0;
    if (m->has_batch && which != OF_K) shape[rank++] = m->batch;
    if (m->has_channels && which == OF_K) shape[rank++] = m->outputs;
    if (m->has_channels) shape[rank++] = which == OF_Y ? m->outputs : m->channels;
    if (m->planes == 2)
        shape[rank++] = which == OF_X ? m->height : which == OF_K ? m->kernel_height : m->rows;
    shape[rank++] = which == OF_X ? m->width : which == OF_K ? m->kernel_width : m->columns;
    return rank;
}

/* The factor `which` from the other two; factors[which] is not looked at. */
static value conv_part(recorder *r, const geometry *m, int which, enum op op,
                       const value factors[static FACTORS]) {
    size_t shape[MAX_RANK];
    u32 rank = shape_of_factor(m, which, shape), attributes[GEOMETRY_FIELDS + 1] = {(u32)which}, count = 0;
    value out = filled_value(r, rank, shape, 0), arguments[FACTORS];
    double *data[FACTORS];
    for (int i = 0; i < FACTORS; i++) {
        if (i != which) arguments[count++] = factors[i];
        data[i] = i == which ? entries_of(&out) : (double *)view_of(&factors[i]).data;
    }
    if (conv_is_product(m)) conv_product(r, m, which, data[OF_X], data[OF_K], data[OF_Y]);
    else correlate(r, m, which, data[OF_X], data[OF_K], data[OF_Y]);
    memcpy(attributes + 1, m, sizeof *m);
    return record_result(r, op, out, count, arguments, GEOMETRY_FIELDS + 1, attributes);
}

void adjoint_conv(sweep *s, u32 n, value g) {
    u32 fields[GEOMETRY_FIELDS] = {0};
    geometry m;
    int produced = (int)sweep_attribute(s, n, 0);
    for (u32 i = 0; i < GEOMETRY_FIELDS; i++) fields[i] = sweep_attribute(s, n, i + 1);
    memcpy(&m, fields, sizeof m);
    value factors[FACTORS];
    for (int i = 0, k = 0; i < FACTORS; i++) factors[i] = i == produced ? g : sweep_argument(s, n, (u32)k++);
    for (int i = 0, k = 0; i < FACTORS; i++) {
        if (i == produced) continue;
        if (sweep_wants(s, n, (u32)k))
            sweep_add(s, n, (u32)k, conv_part(sweep_recorder(s), &m, i, OP_CONV_PART, factors));
        k++;
    }
}

/* ---- calls ---- */

/* A number for both directions, or a vector of one for each. */
static void pair_argument(recorder *r, const value *v, u32 otherwise, const char *what, u32 pair[static 2]) {
    pair[0] = pair[1] = otherwise;
    if (is_unbound(v)) return;
    view w = view_of(v);
    if (w.size != 1 && w.size != 2) record_fail(r, DIAG_BAD_VALUE, "%s is a number, or two of them", what);
    for (u32 i = 0; i < 2; i++) {
        value part = SCALAR(w.data[w.size == 2 ? i : 0]);
        pair[i] = (u32)count_argument(r, &part, what);
    }
}

/* The length of y along one direction. */
static u32 places(recorder *r, u32 length, u32 kernel, u32 stride, u32 padding) {
    u64 padded = (u64)length + 2 * (u64)padding;
    if (kernel == 0) record_fail(r, DIAG_SHAPE, "a convolution needs a kernel with entries");
    if (padded + 1 < kernel)
        record_fail_hint(r, DIAG_SHAPE, "padding=n puts n zeros at each end",
                         "a kernel of length %u does not fit into an input of length %u", kernel, length);
    return length_attribute(r, (padded - kernel + stride) / stride);
}

static u32 axis_length(recorder *r, view v, u32 back) { return length_attribute(r, v.shape[v.rank - back]); }

static value convolution(recorder *r, enum op op, u32 planes, const char *name, value *arguments) {
    view x = view_of(&arguments[0]), k = view_of(&arguments[1]);
    char what[64];
    bool plain = x.rank == planes && k.rank == planes;
    bool channels = (x.rank == planes + 1 || x.rank == planes + 2) && k.rank == planes + 2;
    if (!(plain || channels) || (channels && x.shape[x.rank - planes - 1] != k.shape[1]))
        fail_shapes(r, name, x, k,
                    planes == 1
                        ? "it takes x[n] and k[m], x[c, n] and k[o, c, m], or x[b, c, n] and k[o, c, m]"
                        : "it takes x[h, w] and k[i, j], x[c, h, w] and k[o, c, i, j], or x[b, c, h, w] and "
                          "k[o, c, i, j]");
    geometry m = {.batch = 1,
                  .channels = 1,
                  .height = 1,
                  .outputs = 1,
                  .kernel_height = 1,
                  .planes = planes,
                  .has_channels = channels,
                  .has_batch = x.rank == planes + 2,
                  .stride = {1, 1}};
    snprintf(what, sizeof what, "the stride of '%s'", name);
    pair_argument(r, &arguments[2], 1, what, m.stride);
    if (m.stride[0] == 0 || m.stride[1] == 0) record_fail(r, DIAG_BAD_VALUE, "%s is at least 1", what);
    snprintf(what, sizeof what, "the padding of '%s'", name);
    pair_argument(r, &arguments[3], 0, what, m.padding);
    if (planes == 1) m.stride[0] = 1, m.padding[0] = 0;
    m.width = axis_length(r, x, 1), m.kernel_width = axis_length(r, k, 1);
    if (planes == 2) m.height = axis_length(r, x, 2), m.kernel_height = axis_length(r, k, 2);
    if (channels) m.channels = axis_length(r, k, planes + 1), m.outputs = axis_length(r, k, planes + 2);
    if (m.has_batch) m.batch = axis_length(r, x, planes + 2);
    m.columns = places(r, m.width, m.kernel_width, m.stride[1], m.padding[1]);
    m.rows = places(r, m.height, m.kernel_height, m.stride[0], m.padding[0]);
    value factors[FACTORS] = {[OF_X] = arguments[0], [OF_K] = arguments[1]};
    return conv_part(r, &m, OF_Y, op, factors);
}

value fn_conv1d(recorder *r, u32 count, value *arguments) {
    (void)count;
    return convolution(r, OP_CONV1D, 1, "conv1d", arguments);
}

value fn_conv2d(recorder *r, u32 count, value *arguments) {
    (void)count;
    return convolution(r, OP_CONV2D, 2, "conv2d", arguments);
}
