/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value.h - what a name or a subexpression holds while a program runs.
 *
 * Layer: core.
 *
 * A value is a float64 tensor of rank 0 to 8.  Scalars (rank 0) lie in the value itself;
 * everything else is a reference-counted, contiguous, row-major tensor that is never written
 * once it is shared.
 *
 *     value   | num or tensor | node | aux |      16 bytes
 *
 * `node` is the value's record on the tape (0: none, the value has no history that anybody may
 * ask for).  `aux` says whether the value is a tensor, and else where on the tape's list of
 * constants the number lies already (0: nowhere), so that a literal is put there once. */
#ifndef GTAPE_VALUE_H
#define GTAPE_VALUE_H

#include "base/mem.h"

enum { MAX_RANK = 8 };

/* A large elementwise result is not computed where it is written: `data` is NULL until somebody looks
 * (view_of), and `deferred` says what it will be (deferred.h). */
typedef struct tensor {
    u32 refs;
    u32 rank;
    size_t size; /* the product of the shape; 1 for rank 0 */
    size_t shape[MAX_RANK];
    double *data;
    struct deferred *deferred;
    double here[]; /* where the entries of small tensors lie */
} tensor;

#define VALUE_TENSOR  0x80000000u /* in aux */
#define VALUE_UNBOUND 0x40000000u /* in aux: a name without a value yet */

typedef struct value {
    union {
        double num;
        tensor *t;
    };
    union {
        struct {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
            u32 aux, node;
#else
            u32 node, aux;
#endif
        };
        u64 tags; /* both at once: node is the lower half */
    };
} value;

#define SCALAR(x) ((value){.num = (x)})
#define UNBOUND   ((value){.aux = VALUE_UNBOUND})

static inline bool is_tensor(const value *v) { return (v->aux & VALUE_TENSOR) != 0; }
static inline bool is_unbound(const value *v) { return (v->aux & VALUE_UNBOUND) != 0; }

/* A view of a value's numbers that does not care whether it is a scalar; the shape of one is no_axes, which
 * may be copied but has nothing to read. */
typedef struct view {
    const double *data;
    const size_t *shape;
    size_t size;
    u32 rank;
} view;

extern const size_t no_axes[MAX_RANK];

/* Computes the entries of a deferred tensor; raises FAULT_MEMORY. */
void tensor_compute(tensor *t);

static inline view view_of(const value *v) {
    if (!is_tensor(v)) return (view){&v->num, no_axes, 1, 0};
    if (UNLIKELY(!v->t->data)) tensor_compute(v->t);
    return (view){v->t->data, v->t->shape, v->t->size, v->t->rank};
}

/* The same where only the shape matters: data may be NULL. */
static inline view shape_of(const value *v) {
    if (is_tensor(v)) return (view){v->t->data, v->t->shape, v->t->size, v->t->rank};
    return (view){&v->num, no_axes, 1, 0};
}

/* The number of entries of a shape; raises FAULT_MEMORY where it overflows. */
size_t shape_size(u32 rank, const size_t *shape);
bool shape_equal(u32 rank_a, const size_t *a, u32 rank_b, const size_t *b);

/* The shape that two shapes broadcast to (NumPy's rule); false where they do not fit. */
bool shape_broadcast(u32 rank_a, const size_t *a, u32 rank_b, const size_t *b, u32 *rank, size_t *shape);

/* A tensor with one reference and entries that are not set; raises FAULT_MEMORY. */
tensor *tensor_new(u32 rank, const size_t *shape);
/* One whose entries are still to come (deferred.c); `data` is NULL. */
tensor *tensor_without_entries(u32 rank, const size_t *shape);
/* Gives it room for them. */
void tensor_allocate(tensor *t);
static inline tensor *tensor_keep(tensor *t) {
    t->refs++;
    return t;
}
void tensor_drop(tensor *t);
/* Gives back the memory that this thread keeps for tensors to come. */
void tensor_release_kept(void);

static inline void value_keep(const value *v) {
    if (is_tensor(v)) v->t->refs++;
}
static inline void value_drop(const value *v) {
    if (is_tensor(v)) tensor_drop(v->t);
}

#endif
