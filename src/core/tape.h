/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tape.h - the record of one evaluation.
 *
 * Layer: core.
 *
 * A record's number is its place; arguments are earlier numbers.  Columns lie in arrays of their own:
 *
 *     number |  code   a   b  origin  value
 *     -------+---------------------------------------------
 *        1   |  LEAF   -   -    3      5            x = 5
 *        2   |  MUL    1   1    4      25           y = x*x
 *        3   |  MUL    2   2    6      625          z = y*y
 *
 * code = operation << 3, and three bits: CODE_TENSOR (the value is a tensor), CODE_CONST_A and CODE_CONST_B
 * (that argument is no record but a number on the list of constants).  So a sweep's switch knows without
 * looking which arguments carry an adjoint.  Number 0 is no record.
 *
 * Operations on more than two arguments, or with attributes (axes, shapes), keep them in `extra`: a is
 * the offset of {count of arguments, count of attributes, arguments..., attributes...}, and an argument there
 * carries ARG_CONST where it is a constant.
 *
 * A fused loop (fused.h) keeps rows of numbers on the `trail`.  Its first two attributes say where, in units
 * of TRAIL_UNIT numbers.
 *
 * An entry of a tensor, x[3], keeps the entry's number in b, and has CODE_CONST_B since that is no argument.
 *
 * The tape owns its arrays and one reference to each tensor in it. */
#ifndef GTAPE_TAPE_H
#define GTAPE_TAPE_H

#include "core/ops.h"
#include "core/value.h"

enum {
    CODE_CONST_A = 1,
    CODE_CONST_B = 2,
    CODE_TENSOR = 4,
    CODE_SHIFT = 3,
};
#define CODE(op, bits) ((u16)((op) << CODE_SHIFT | (bits)))
#define CODE_OP(code)  ((enum op)((code) >> CODE_SHIFT))

/* In an argument: a number of the list of constants; and then: of the list of constant tensors. */
#define ARG_CONST  0x80000000u
#define ARG_TENSOR 0x40000000u
enum { TAPE_LIMIT = 0x3fffffff, TRAIL_UNIT = 8 };

typedef union cell {
    double num;
    tensor *t;
} cell;

typedef struct tape {
    u16 *code;
    u32 *a, *b;
    u32 *origin; /* the instruction that made it */
    cell *value;
    size_t count;            /* of records, number 0 included */
    size_t ready;            /* records that may be written before tape_grow */
    size_t capacity;         /* records that there is address space for */
    ARRAY(double) constants; /* number 0 is not used */
    ARRAY(tensor *) tensor_constants;
    ARRAY(u32) extra;
    double *trail;
    size_t trail_count, trail_capacity;
    bool is_traced;  /* all that depends on a record is recorded, comparisons too (lang/trace.h) */
    size_t highest;  /* the largest count there was, for figures */
    size_t expected; /* how many records a straight run would make: room for them is taken at once */
    /* A compaction is due with more records than compact_at, or with more weight than weight_at, which makes
     * compact_at 0.  Weight is numbers on the trail and in tensors, each for every record and constant that
     * holds it. */
    size_t compact_at, weight, weight_at;
} tape;

void tape_init(tape *t);
void tape_free(tape *t);
/* Forgets all records and constants; keeps the memory. */
void tape_clear(tape *t);
/* A place on the tape, and the way back to it: later records and constants are forgotten.  Who holds values
 * with later numbers forgets those. */
typedef struct tape_mark {
    size_t count, constants, tensor_constants, extra, trail;
} tape_mark;
tape_mark tape_here(const tape *t);
void tape_back(tape *t, tape_mark mark);
/* Makes room for at least one more record. */
void tape_grow(tape *t);
/* Bytes held in records and constants (tensors' entries not counted). */
size_t tape_bytes(const tape *t);

/* Appends a record with a scalar value and returns its number. */
static inline u32 tape_push(tape *t, u16 code, u32 a, u32 b, u32 origin, double number) {
    size_t n = t->count;
    if (UNLIKELY(n == t->ready)) tape_grow(t);
    t->code[n] = code;
    t->a[n] = a;
    t->b[n] = b;
    t->origin[n] = origin;
    t->value[n].num = number;
    t->count = n + 1;
    return (u32)n;
}

/* Appends a record whose value is `v` (scalar or tensor, of which it takes a reference of its own). */
u32 tape_push_value(tape *t, u16 code, u32 a, u32 b, u32 origin, const value *v);

/* The number that a scalar without history has on the list of constants; put there if need be. */
u32 tape_constant(tape *t, value *v);
/* An argument of any kind: a record's number, or a constant with ARG_CONST (and ARG_TENSOR). */
u32 tape_argument(tape *t, value *v);
/* What an argument in that form holds; `node` is set only where it is a record. */
value tape_value(const tape *t, u32 argument);

/* The arguments of record k, in the form of tape_argument; `two` is room for those that stand in the record
 * itself. */
const u32 *tape_arguments(const tape *t, u32 k, u32 two[static 2], u32 *count);

/* Puts arguments and attributes into extra and returns the offset. */
u32 tape_extra(tape *t, u32 count, value *arguments, u32 attribute_count, const u32 *attributes);

/* Room for `count` numbers at the end of the trail, which tape_trail_keep makes part of it: it gives their
 * place and length in units. */
double *tape_trail_room(tape *t, size_t count);
void tape_trail_keep(tape *t, size_t count, u32 *offset, u32 *length);

/* Marks and sweeps: keeps the records that `roots` reach and those that they refer to, moves them together in
 * their order, and gives each root its new number.  Where less than a quarter would be freed, of records and
 * of weight, nothing moves. Returns the records that there are then. */
typedef struct tape_roots {
    void (*each)(void *user, void (*visit)(void *state, value *root), void *state);
    void *user;
    /* Where not NULL: roots that keep nothing; those whose records go get number 0. */
    void (*each_weak)(void *user, void (*visit)(void *state, value *root), void *state);
} tape_roots;
size_t tape_compact(tape *t, tape_roots roots);

#endif
