/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mem.c - checked allocation, and the faults that replace its NULL. */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_MALLOC_USABLE_SIZE
#include <malloc.h>
#endif
#ifdef __linux__
#include <sys/mman.h>
#endif

/* Per thread, so that threads can each run a session of their own. */
static _Thread_local fault_point *innermost;
static _Thread_local unsigned long requests, failing_request;

fault_point *fault_begin(fault_point *p) {
    p->outer = innermost;
    innermost = p;
    return p;
}

/* After a raise the point was left already; only a point that is still open is closed here. */
void fault_end(fault_point *p) {
    if (innermost == p) innermost = p->outer;
}

void fault_raise(enum fault code) {
    fault_point *p = innermost;
    if (!p) abort();
    innermost = p->outer; /* a raise while the fault is dealt with goes further out */
    longjmp(p->env, (int)code);
}

void mem_fail_at(unsigned long n) {
    requests = 0;
    failing_request = n;
}

unsigned long mem_requests(void) { return requests; }

/* Counts a request and tells whether a test wants it to fail. */
bool mem_refused(void) { return ++requests == failing_request; }

size_t mem_product(size_t a, size_t b) {
    size_t product;
    if (UNLIKELY(__builtin_mul_overflow(a, b, &product))) fault_raise(FAULT_MEMORY);
    return product;
}

/* The bytes to ask for: at least 1, since malloc(0) may be NULL, and at most what pointers can be apart. */
static size_t request_size(size_t count, size_t size) {
    size_t bytes = mem_product(count, size);
    if (UNLIKELY(bytes > PTRDIFF_MAX)) fault_raise(FAULT_MEMORY);
    return bytes ? bytes : 1;
}

static void *checked(void *p) {
    if (UNLIKELY(!p)) fault_raise(FAULT_MEMORY);
    return p;
}

/* Large pieces are asked for in huge pages: see pages.h on what the first touch of a small one costs. */
static void *large(void *p, size_t bytes) {
#ifdef MADV_HUGEPAGE
    enum { LARGE = 1 << 20, PAGE = 4096 };
    if (UNLIKELY(bytes >= LARGE)) {
        uintptr_t begin = ((uintptr_t)p + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
        uintptr_t end = ((uintptr_t)p + bytes) & ~(uintptr_t)(PAGE - 1);
        (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
    }
#else
    (void)bytes;
#endif
    return p;
}

/* ---- the limit ---- */

static size_t limit;             /* 0: none */
static _Atomic ptrdiff_t in_use; /* since the limit was set; what is older may be given back too */
static _Thread_local bool met;   /* by the last request that failed */

bool mem_limit(size_t bytes) {
#ifndef HAVE_MALLOC_USABLE_SIZE
    if (bytes) return false;
#endif
    limit = bytes < PTRDIFF_MAX ? bytes : 0;
    in_use = 0;
    return true;
}

size_t mem_limit_met(void) { return met ? limit : 0; }

void mem_take(size_t bytes) {
    if (LIKELY(!limit)) return;
    ptrdiff_t before = atomic_fetch_add(&in_use, (ptrdiff_t)bytes);
    met = before > 0 ? bytes > limit || (size_t)before > limit - bytes : bytes > limit;
    if (!met) return;
    mem_give(bytes);
    fault_raise(FAULT_MEMORY);
}

/* Without a look at the limit. */
static void count_in(size_t bytes) {
    if (UNLIKELY(limit != 0)) atomic_fetch_add(&in_use, (ptrdiff_t)bytes);
}

void mem_give(size_t bytes) {
    if (UNLIKELY(limit != 0)) atomic_fetch_sub(&in_use, (ptrdiff_t)bytes);
}

/* What a piece counts for; 0 where nobody counts. */
static size_t room_of(void *p) {
#ifdef HAVE_MALLOC_USABLE_SIZE
    if (UNLIKELY(limit != 0)) return malloc_usable_size(p);
#endif
    (void)p;
    return 0;
}

/* ---- requests ---- */

/* A request for `bytes` that gave p, counted as that: what it really got is a little more. */
static void *answered(void *p, size_t bytes) {
    if (UNLIKELY(limit != 0)) {
        mem_give(bytes);
        if (p) count_in(room_of(p));
        else met = false;
    }
    return large(checked(p), bytes);
}

void *mem_alloc(size_t count, size_t size) {
    size_t bytes = request_size(count, size);
    mem_take(bytes);
    return answered(mem_refused() ? NULL : malloc(bytes), bytes);
}

void *mem_zero(size_t count, size_t size) {
    size_t bytes = request_size(count, size);
    mem_take(bytes);
    return answered(mem_refused() ? NULL : calloc(bytes, 1), bytes);
}

void *mem_resize(void *p, size_t count, size_t size) {
    size_t bytes = request_size(count, size), old = room_of(p);
    if (bytes > old) mem_take(bytes);
    else count_in(bytes); /* to make a piece smaller is never too much */
    void *q = mem_refused() ? NULL : realloc(p, bytes);
    if (q) mem_give(old);
    return answered(q, bytes);
}

void mem_free(void *p) {
    if (UNLIKELY(limit != 0)) mem_give(room_of(p));
    free(p);
}

char *mem_copy_text(const char *text, size_t length) {
    if (length == SIZE_MAX) fault_raise(FAULT_MEMORY);
    char *copy = mem_alloc(length + 1, 1);
    if (length) memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

/* The capacity is written after the resize, so a raise leaves the array as it was. */
void *mem_grow(void *items, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) return items;
    size_t wanted = *capacity ? mem_product(*capacity, 2) : 16;
    if (wanted <= count) wanted = count + 1;
    size_t old = *capacity * size, bytes = mem_product(wanted, size);
    wanted = pages_growth(old, mem_product(count + 1, size), bytes) / size;
    items = pages_resize(items, old, wanted * size);
    pages_ready(items, wanted * size, old, wanted * size);
    *capacity = wanted;
    return items;
}
