/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conv_parts.h - what the two ways to compute a cross-correlation share (conv.c).
 *
 * Layer: core. */
#ifndef GTAPE_CONV_PARTS_H
#define GTAPE_CONV_PARTS_H

#include "core/record.h"

enum { OF_X, OF_K, OF_Y, FACTORS };

/* Also the attributes of a record, behind which factor it is. */
typedef struct geometry {
    u32 batch, channels, height, width;       /* of x */
    u32 outputs, kernel_height, kernel_width; /* of k, with `channels` */
    u32 stride[2], padding[2];
    u32 planes, has_channels, has_batch; /* the axes that the values have */
    u32 rows, columns;                   /* of y */
} geometry;

/* The columns of y whose place in x, column j of the kernel, lies within x. */
void conv_column_range(const geometry *m, size_t j, size_t *from, size_t *to);

/* Whether there are outputs and work enough that copying x into a matrix pays. */
bool conv_is_product(const geometry *m);
/* Adds to the factor `which` as a matrix product; the others are only read. */
void conv_product(recorder *r, const geometry *m, int which, double *x, double *k, double *y);

#endif
