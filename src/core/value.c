/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.c - shapes, and the memory of tensors. */
#include "core/value.h"

#include <string.h>

/* A shape with a 0 in it has no entries, however large its other lengths are. */
size_t shape_size(u32 rank, const size_t *shape) {
    for (u32 axis = 0; axis < rank; axis++) {
        if (shape[axis] == 0) return 0;
    }
    size_t size = 1;
    for (u32 axis = 0; axis < rank; axis++) size = mem_product(size, shape[axis]);
    return size;
}

bool shape_equal(u32 rank_a, const size_t *a, u32 rank_b, const size_t *b) {
    return rank_a == rank_b && (rank_a == 0 || memcmp(a, b, rank_a * sizeof *a) == 0);
}

/* Axes are matched from the last one; a missing axis counts as one of length 1. */
bool shape_broadcast(u32 rank_a, const size_t *a, u32 rank_b, const size_t *b, u32 *rank, size_t *shape) {
    u32 longest = rank_a > rank_b ? rank_a : rank_b;
    size_t result[MAX_RANK];
    for (u32 back = 1; back <= longest; back++) {
        size_t of_a = back <= rank_a ? a[rank_a - back] : 1;
        size_t of_b = back <= rank_b ? b[rank_b - back] : 1;
        if (of_a != of_b && of_a != 1 && of_b != 1) return false;
        result[longest - back] = of_a == 1 ? of_b : of_a;
    }
    *rank = longest;
    if (longest) memcpy(shape, result, longest * sizeof *shape);
    return true;
}

tensor *tensor_new(u32 rank, const size_t *shape) {
    size_t size = shape_size(rank, shape), bytes = mem_product(size, sizeof(double));
    if (bytes > PTRDIFF_MAX - sizeof(tensor)) fault_raise(FAULT_MEMORY);
    tensor *t = mem_alloc(sizeof(tensor) + bytes, 1);
    *t = (tensor){.refs = 1, .rank = rank, .size = size};
    if (rank) memcpy(t->shape, shape, rank * sizeof *shape);
    return t;
}

void tensor_drop(tensor *t) {
    if (--t->refs == 0) mem_free(t);
}
