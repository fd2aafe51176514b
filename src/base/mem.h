/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mem.h - memory that never comes back NULL, and the faults that end a call.
 *
 * Layer: base.
 *
 * A call into the library that cannot go on raises a fault: control returns to the
 * innermost FAULT_TRY, as Lua does it.  So the code between is written without
 * status plumbing, under one rule: whatever is allocated belongs to a structure that
 * somebody else frees (the session, an arena, a tensor pool) before anything that can
 * raise is called.  Nothing below the command line exits or aborts.
 *
 *     fault_point here;
 *     int status = FAULT_TRY(&here);     // 0 the first time, the fault's code after a raise
 *     if (status == 0) { work(); }
 *     fault_end(&here);                  // on both ways
 */
#ifndef GTAPE_MEM_H
#define GTAPE_MEM_H

#include "base/base.h"
#include "base/pages.h"
#include <setjmp.h>

enum fault {
    FAULT_NONE,
    FAULT_ERROR,     /* an error is on the list of diagnostics */
    FAULT_MEMORY,    /* an allocation failed */
    FAULT_INTERRUPT, /* the interrupt flag was seen */
    FAULT_UNTRACED,  /* a run that was traced cannot be replayed (lang/trace.h) */
};

typedef struct fault_point {
    jmp_buf env;
    struct fault_point *outer;
} fault_point;

fault_point *fault_begin(fault_point *p);
void fault_end(fault_point *p);
#define FAULT_TRY(p) setjmp(fault_begin(p)->env)

/* Returns to the innermost fault point.  Aborts where there is none: a bug. */
_Noreturn void fault_raise(enum fault code);

/* As malloc, calloc, realloc and free, but raise FAULT_MEMORY instead of returning NULL.
 * A size of 0 gives a pointer that may be freed.  The two-factor forms check the product. */
void *mem_alloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *mem_zero(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *mem_resize(void *p, size_t count, size_t size) __attribute__((returns_nonnull));
void mem_free(void *p);
char *mem_copy_text(const char *text, size_t length) __attribute__((returns_nonnull));

/* a * b, raising FAULT_MEMORY where it does not fit. */
size_t mem_product(size_t a, size_t b);

/* At most so many bytes are in use from here on, in all threads; 0: any number.  More raises FAULT_MEMORY.
 * False where the system does not tell the size of a piece of memory. */
bool mem_limit(size_t bytes);
/* The limit, if it was what this thread's last failing request met; else 0. */
size_t mem_limit_met(void);
/* For pages.c: takes bytes from what is left, or raises FAULT_MEMORY; gives them back. */
void mem_take(size_t bytes);
void mem_give(size_t bytes);

/* For tests: the n-th request from now (1 is the next) fails; 0 switches it off. */
void mem_fail_at(unsigned long n);
/* For pages.c: counts a request and tells whether a test wants it to fail. */
bool mem_refused(void);
/* Requests since the last mem_fail_at. */
unsigned long mem_requests(void);

/* Makes room for one more in an array of `count` elements with room for `*capacity`; large arrays lie in
 * pages of their own (pages.h). */
void *mem_grow(void *items, size_t count, size_t *capacity, size_t size) __attribute__((returns_nonnull));

/* A growing array: ARRAY(int) v = {0};  array_push(&v, 3);  v.items[0];  array_free(&v) */
#define ARRAY(T)                                                                                             \
    struct {                                                                                                 \
        T *items;                                                                                            \
        size_t count, capacity;                                                                              \
    }
#define array_room(v)                                                                                        \
    ((v)->count < (v)->capacity                                                                              \
         ? (void)0                                                                                           \
         : (void)((v)->items = mem_grow((v)->items, (v)->count, &(v)->capacity, sizeof *(v)->items)))
#define array_push(v, item) (array_room(v), (v)->items[(v)->count] = (item), (v)->count++)
#define array_free(v)                                                                                        \
    (pages_free((v)->items, (v)->capacity * sizeof *(v)->items), (v)->items = NULL,                          \
     (v)->count = (v)->capacity = 0)

#endif
