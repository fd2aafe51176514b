/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record.h - operations on values, recorded as they happen.
 *
 * Layer: core.
 *
 * A recorder is a tape, the pool of tensors that are alive until the statement ends, and the way to
 * report an error with its place.  apply1 and apply2 compute one elementwise operation; where an argument
 * has a record, the result gets one too, so whatever is written with them can be differentiated again.
 *
 * Tensors that these functions return belong to the pool: who wants one longer takes a reference. */
#ifndef GTAPE_RECORD_H
#define GTAPE_RECORD_H

#include "base/diag.h"
#include "core/kernels.h"
#include "core/tape.h"

/* Marks an origin: the record was made for a partial derivative of the instruction's operation. */
#define ORIGIN_PARTIAL 0x80000000u
#define ORIGIN_NONE    0x7fffffffu

typedef struct recorder {
    tape tape;
    u32 origin; /* the instruction at work, for records and errors */
    ARRAY(tensor *) pool;
    u64 seed, draws; /* random numbers: counter-based, so that a program is repeatable */
    diagnostic_list *diagnostics;
    span (*place)(void *user, u32 origin);
    /* a partial derivative given by hand; arguments: the value of the call, then what it was called with */
    value (*partial)(void *user, u32 body, u32 count, const value *arguments);
    /* a checkpointed call once more, with the attributes of its record; the way back to a mark of the tape */
    value (*call_again)(void *user, const u32 *attributes, u32 count, value *arguments);
    void (*forget)(void *user, tape_mark mark);
    void (*work)(void *user, u64 operations); /* for record_work */
    /* a note on a record of this origin; NULL where nobody wants one */
    void (*note)(void *user, u32 origin, enum diag_code code, const char *message);
    void *user;
    const _Atomic int *interrupt; /* looked at by whatever takes long; raises FAULT_INTERRUPT */
    ARRAY(struct fused *) loops;  /* that records stand for (fused.h) */
    /* tensors and results of functions that are not finite get a record without a history too, as numbers of
     * the evaluator do, so that a note finds the operation: every entry of each is looked at */
    bool records_odd;
    u32 culprit;                 /* the record that sweep_culprit found, or 0 */
    struct workspace *workspace; /* the sweep's arrays, kept between sweeps */
} recorder;

void recorder_init(recorder *r);
void recorder_free(recorder *r);

/* Appends an error at the instruction at work and raises FAULT_ERROR. */
_Noreturn void record_fail(recorder *r, enum diag_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with a hint on what to write instead. */
_Noreturn void record_fail_hint(recorder *r, enum diag_code code, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Before a sweep or the like: it will do so many operations, which count as evaluated ones do; does not
 * return where the run is interrupted or has reached its limit. */
static inline void record_work(recorder *r, u64 operations) {
    if (r->work) r->work(r->user, operations);
}

/* ---- the pool ---- */
static inline size_t pool_mark(const recorder *r) { return r->pool.count; }
/* Drops what was added since the mark. */
void pool_release(recorder *r, size_t mark);
/* The same, but the value stays (at the end of what is left). */
void pool_release_but(recorder *r, size_t mark, const value *kept);
/* A new tensor in the pool. */
tensor *pool_tensor(recorder *r, u32 rank, const size_t *shape);
/* The same for an elementwise result that is computed when somebody looks (deferred.h). */
value pool_deferred(recorder *r, u32 rank, const size_t *shape, enum op op, const value *a, const value *b);
/* A tensor as a value without history. */
static inline value value_of_tensor(tensor *t) { return (value){.t = t, .aux = VALUE_TENSOR}; }

/* ---- operations ---- */
value apply1(recorder *r, enum op op, value x);
value apply2(recorder *r, enum op op, value x, value w);

/* Whether the operation's results carry a derivative at all: comparisons and the like do not. */
static inline bool op_records(enum op op) {
    switch (op) {
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
    case OP_EQ:
    case OP_NE:
    case OP_NOT:
    case OP_AND:
    case OP_OR:
    case OP_ISNAN:
    case OP_ISFINITE: return false;
    default: return true;
    }
}

/* A leaf: a value of its own without history. */
value record_leaf(recorder *r, value v);
/* A fresh record with the same value, connected to `v` where that has a history. */
value record_alias(recorder *r, value v);
/* The result of any operation on several arguments, with its attributes; recorded where an argument is. */
value record_result(recorder *r, enum op op, value result, u32 count, value *arguments, u32 attribute_count,
                    const u32 *attributes);

/* The value without its record. */
static inline value passive(value v) {
    v.node = 0;
    return v;
}

/* The value without its history: where a row is traced, a record keeps the connection that no derivative
 * sees. */
value record_cut(recorder *r, value v);

/* The text of a shape, which it returns: [2, 3], [] for a scalar. */
enum { SHAPE_ROOM = MAX_RANK * 24 };
const char *shape_write(char out[static SHAPE_ROOM], view v);

#endif
