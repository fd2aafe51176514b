/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arguments.h - what tensor functions are called with: checked, and turned into numbers, axes and shapes.
 *
 * Layer: core.  Owns nothing; results belong to the recorder's pool.
 *
 * Every function here reports what it cannot take by record_fail, and then does not return. */
#ifndef GTAPE_ARGUMENTS_H
#define GTAPE_ARGUMENTS_H

#include "core/record.h"

/* Stands for "over all axes" where an axis is asked for. */
#define ALL_AXES UINT32_MAX

/* The whole number that a value is; `what` is how the error begins: "an index", "the axis of 'sum'". */
int64_t whole_number(recorder *r, const value *v, const char *what);
/* The same for a number of things: from 0 to 2^32 - 1. */
size_t count_argument(recorder *r, const value *v, const char *what);
/* An axis from -rank to rank - 1, as 0 to rank - 1. */
u32 axis_argument(recorder *r, const value *v, u32 rank, const char *function);
/* The same, ALL_AXES where it was left out. */
u32 optional_axis(recorder *r, const value *v, u32 rank, const char *function);
/* The same, `otherwise` where it was left out. */
u32 axis_or(recorder *r, const value *v, u32 rank, int64_t otherwise, const char *function);
/* A flag such as keepdims: nonzero is true, left out is false. */
bool flag_argument(recorder *r, const value *v, const char *what);

/* A shape given as numbers or as one tensor; unbound arguments at the end are skipped.  Returns its rank.
 * With `open`, one length may be -1: it is SIZE_MAX in the result. */
u32 shape_argument(recorder *r, u32 count, const value *arguments, bool open, const char *function,
                   size_t *shape);

/* Whether the machine could hold a tensor of this shape. */
bool shape_fits_memory(u32 rank, const size_t *shape);
/* Fails where a tensor of this shape cannot be had. */
void check_shape(recorder *r, u32 rank, const size_t *shape);
/* Fail where a form such as "grad" is given more than one entry, or where `got`, which it calls `what`, does
 * not have the shape of `like`. */
void check_scalar(recorder *r, view v, const char *form, const char *hint);
void check_same_shape(recorder *r, const char *form, const char *what, view got, const char *of, view like);
/* A value of this shape whose entries are not set: a scalar for rank 0. */
value fresh_value(recorder *r, u32 rank, const size_t *shape);
/* The same, with all entries set. */
value filled_value(recorder *r, u32 rank, const size_t *shape, double x);
/* A vector. */
value fresh_vector(recorder *r, size_t length);
/* The entries of a value that was just made. */
static inline double *entries_of(value *v) { return is_tensor(v) ? v->t->data : &v->num; }

/* A length as an attribute of a record; fails where it is too large for one. */
u32 length_attribute(recorder *r, size_t length);

/* An error about one or two shapes: the format has a %s for each. */
_Noreturn void reject_shape(recorder *r, const char *format, view a) __attribute__((format(printf, 2, 0)));
_Noreturn void reject_shapes(recorder *r, const char *format, view a, view b)
    __attribute__((format(printf, 2, 0)));

#endif
