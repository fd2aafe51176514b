/* SPDX-License-Identifier: GPL-3.0-or-later */
/* functions.h - the operations that are not elementwise: values, adjoints, and their table.
 *
 * Layer: core.
 *
 * A value function gets its arguments in the order of its parameters (a missing one is unbound) and returns
 * a value in the recorder's pool, recorded by record_result where an argument has a record.  It reports bad
 * shapes and values by record_fail.  An adjoint function gets the adjoint of record `n` and adds what each
 * argument gets by sweep_add; it is written with apply1, apply2 and other value functions, so that the
 * recording sweep can record it and derivatives nest. */
#ifndef GTAPE_FUNCTIONS_H
#define GTAPE_FUNCTIONS_H

#include "core/record.h"

struct sweep;

enum { FN_MANY = UINT32_MAX };

typedef struct function_info {
    const char *name;
    u32 required, most;
    const char *parameters; /* "x, axis, keepdims" */
    value (*value)(recorder *r, u32 count, value *arguments);
    void (*adjoint)(struct sweep *s, u32 n, value g);
    const char *help;
} function_info;

/* For OP_ELEMENTWISE_END < op < OP_END that stand in functions.def. */
const function_info *function_of(enum op op);
/* The function that programs call by this name, or OP_NONE. */
enum op function_by_name(const char *name);

#define FN(NAME, name, required, most, parameters, value_fn, adjoint_fn, help)                               \
    value value_fn(recorder *r, u32 count, value *arguments);                                                \
    void adjoint_fn(struct sweep *s, u32 n, value g);
#include "core/functions.def"
#undef FN

/* The n-th draw from the standard normal distribution, of a stream that no program sees (random.c). */
double random_normal(u64 seed, u64 n);

/* Whether the function is linear in all its arguments that are records, so that a forward sweep can take
 * coefficient after coefficient through it. */
bool function_is_linear(enum op op);

/* Sums x over the axes that broadcasting gave it, so that it has this shape. */
value sum_to(recorder *r, value x, u32 rank, const size_t *shape);
/* Broadcasts x to this shape. */
value spread_to(recorder *r, value x, u32 rank, const size_t *shape);
/* y = f(arguments), of which some partial derivatives are given by hand: bodies[i] computes the one in
 * argument i from all arguments (r->partial), UINT32_MAX where y's own record has it. */
value custom_partials(recorder *r, value y, u32 count, const value *arguments, const u32 *bodies);
/* An array of values in the pool. */
value *scratch_values(recorder *r, size_t count);
/* The same entries under another shape of the same size. */
value reshape_to(recorder *r, value x, u32 rank, const size_t *shape);
/* Functions such as q, r = qr(A): puts `wanted` results side by side and returns how many there are. */
u32 several_results(recorder *r, enum op op, u32 wanted, u32 count, value *arguments, value *results);
bool has_several_results(enum op op);

/* One subscript of x[...]: an index (a whole number, or a tensor of whole numbers), or a slice whose parts
 * are unbound where they were left out. */
typedef struct subscript {
    bool is_slice;
    value index;
    value from, to, step;
} subscript;

/* x[subscripts], as NumPy's basic indexing, with an index tensor in any one place.  At most one subscript an
 * axis; missing ones are whole axes. */
value index_get(recorder *r, value x, u32 count, const subscript *subscripts);
/* x with that part replaced by `part`, which is broadcast to it. */
value index_set(recorder *r, value x, u32 count, const subscript *subscripts, value part);

/* One entry of a tensor by its number in row-major order, and its adjoint: x at that place in zeros of the
 * shape of `like`. */
value entry_get(recorder *r, value x, u32 entry);
value entry_put(recorder *r, value x, value like, u32 entry);
/* Zeros of this shape, to whose entries (their numbers are a vector without history) those of vector x are
 * added, one after another. */
value entries_put(recorder *r, value x, u32 rank, const size_t *shape, value entries);
/* For a record of x[...]: from which entry of the whole each entry of the part comes, or where it goes. */
value index_offsets(recorder *r, u32 n);

/* [a, b, c]: equal shapes joined along a new first axis; ragged ones are an error.  No entries: zeros(0). */
value list_of(recorder *r, u32 count, value *entries);
/* The i-th entry along the first axis (a view of the rules of index_get, without subscripts). */
value first_axis_entry(recorder *r, value x, size_t i);

#endif
