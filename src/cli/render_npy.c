/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NPY, version 1: a line of text about the array, padded so that the data begin at a multiple of 64 bytes,
 * then the entries as little-endian doubles. */
#include "cli/render.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { PREFIX = 10, ALIGNMENT = 64, RANK_MOST = 8 };

/* (2, 3), (2,) and (). */
static int write_shape(char *to, size_t room, const gtape_value *v) {
    int used = snprintf(to, room, "(");
    for (unsigned axis = 0; axis < v->rank; axis++)
        used += snprintf(to + used, room - (size_t)used, "%s%zu%s", axis ? ", " : "", v->shape[axis],
                         v->rank == 1 ? "," : "");
    return used + snprintf(to + used, room - (size_t)used, ")");
}

static void write_header(struct output *out, const gtape_value *v) {
    char shape[RANK_MOST * 24 + 8], text[ALIGNMENT * 8];
    write_shape(shape, sizeof shape, v);
    int length =
        snprintf(text, sizeof text, "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }", shape);
    size_t whole = (PREFIX + (size_t)length + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
           rest = whole - PREFIX;
    const char prefix[PREFIX] = {'\x93',           'N', 'U', 'M', 'P', 'Y', 1, 0, (char)(rest & 0xff),
                                 (char)(rest >> 8)};
    output_write(out, prefix, sizeof prefix);
    output_write(out, text, (size_t)length);
    output_repeat(out, ' ', rest - (size_t)length - 1);
    output_text(out, "\n");
}

static void write_entry(struct output *out, double x) {
    uint64_t bits;
    char bytes[sizeof bits];
    memcpy(&bits, &x, sizeof bits);
    for (size_t i = 0; i < sizeof bits; i++) bytes[i] = (char)(bits >> 8 * i & 0xff);
    output_write(out, bytes, sizeof bytes);
}

void render_npy(struct output *out, const gtape *g) {
    gtape_value v = gtape_target_value(g, 0);
    write_header(out, &v);
    for (size_t i = 0; i < v.size; i++) write_entry(out, v.data[i]);
}
