/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.c - shapes, and the memory of tensors. */
#include "core/deferred.h"

#include <string.h>

const size_t no_axes[MAX_RANK] = {0};

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

/* ---- tensors ---- */

/* Bytes from which entries have a block of their own; how many blocks are kept for the next tensors, and how
 * many bytes of them, unless they are few. */
enum { LARGE = 1 << 17, KEPT = 12, FEW = 3, KEPT_BYTES = 32 << 20 };

/* Blocks that tensors gave back.  A fresh page costs more than the work on its entries (pages.h), and
 * programs tend to make tensors of one size, or nearly so, again and again. */
static _Thread_local struct {
    double *data;
    size_t bytes;
} kept[KEPT];

static size_t bytes_of(size_t size) {
    size_t bytes = mem_product(size, sizeof(double));
    if (bytes > PTRDIFF_MAX - sizeof(tensor)) fault_raise(FAULT_MEMORY);
    return bytes;
}

/* Small blocks come in sizes of an eighth apart, so that x and x[1:] can use the same. */
static size_t block_bytes(size_t bytes) {
    if (bytes >= KEPT_BYTES) return bytes;
    size_t unit = (size_t)1 << (60 - __builtin_clzll(bytes));
    return (bytes + unit - 1) / unit * unit;
}

static double *take_block(size_t bytes) {
    bytes = block_bytes(bytes);
    for (int i = 0; i < KEPT; i++)
        if (kept[i].bytes == bytes) {
            kept[i].bytes = 0;
            return kept[i].data;
        }
    return pages_resize(NULL, 0, bytes);
}

static void free_kept(int i) {
    pages_free(kept[i].data, kept[i].bytes);
    kept[i].bytes = 0;
}

/* Whether another block may be kept. */
static bool is_room(size_t bytes) {
    size_t count = 0, total = bytes;
    for (int i = 0; i < KEPT; i++) count += kept[i].bytes > 0, total += kept[i].bytes;
    return count < FEW || (count < KEPT && total <= KEPT_BYTES);
}

/* Blocks of other sizes make place. */
static void give_block(double *data, size_t bytes) {
    bytes = block_bytes(bytes);
    for (int i = 0; i < KEPT && (bytes > KEPT_BYTES / KEPT || !is_room(bytes)); i++)
        if (kept[i].bytes && kept[i].bytes != bytes) free_kept(i);
    for (int i = 0; i < KEPT && is_room(bytes); i++)
        if (!kept[i].bytes) {
            kept[i].data = data;
            kept[i].bytes = bytes;
            return;
        }
    pages_free(data, bytes);
}

void tensor_release_kept(void) {
    for (int i = 0; i < KEPT; i++)
        if (kept[i].bytes) free_kept(i);
}

static tensor *header(u32 rank, const size_t *shape, size_t size, size_t extra) {
    tensor *t = mem_alloc(sizeof(tensor) + extra, 1);
    *t = (tensor){.refs = 1, .rank = rank, .size = size};
    if (rank) memcpy(t->shape, shape, rank * sizeof *shape);
    return t;
}

/* The header comes first: where the block then fails, it is all there is to free. */
static tensor *large_tensor(u32 rank, const size_t *shape, size_t size) {
    tensor *const t = header(rank, shape, size, 0);
    fault_point here;
    volatile int fault = FAULT_TRY(&here);
    if (!fault) t->data = take_block(t->size * sizeof *t->data);
    fault_end(&here);
    if (fault) {
        mem_free(t);
        fault_raise((enum fault)fault);
    }
    return t;
}

tensor *tensor_new(u32 rank, const size_t *shape) {
    size_t size = shape_size(rank, shape), bytes = bytes_of(size);
    if (bytes >= LARGE) return large_tensor(rank, shape, size);
    tensor *t = header(rank, shape, size, bytes);
    t->data = t->here;
    return t;
}

tensor *tensor_without_entries(u32 rank, const size_t *shape) {
    size_t size = shape_size(rank, shape);
    (void)bytes_of(size);
    return header(rank, shape, size, 0);
}

void tensor_allocate(tensor *t) {
    size_t bytes = bytes_of(t->size);
    t->data = bytes < LARGE ? mem_alloc(bytes, 1) : take_block(bytes);
}

void tensor_drop(tensor *t) {
    if (--t->refs) return;
    size_t bytes = t->size * sizeof(double);
    if (t->deferred) deferred_forget(t);
    if (t->data && t->data != t->here) {
        if (bytes < LARGE) mem_free(t->data);
        else give_block(t->data, bytes);
    }
    mem_free(t);
}
