/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages.c - see pages.h.  Small arrays lie in ordinary memory. */
#include "base/pages.h"
#include "base/mem.h"
#include <stdint.h>

#ifdef __linux__
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static _Thread_local double spent;

static double clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double pages_seconds(void) { return spent; }

enum { MAPPED_FROM = 1 << 20, HUGE_PAGE = 2 << 20 };

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Whole huge pages, so that each can be mapped, and moved, as one. */
static size_t rounded(size_t size) {
    if (size > SIZE_MAX - 2 * (size_t)HUGE_PAGE) fault_raise(FAULT_MEMORY);
    return (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
}

static void *map(size_t size) {
    size_t whole = rounded(size);
    mem_take(whole);
    char *p = mem_refused()
                  ? MAP_FAILED
                  : mmap(NULL, whole + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        mem_give(whole);
        fault_raise(FAULT_MEMORY);
    }
    size_t ahead = -(uintptr_t)p & (HUGE_PAGE - 1);
    if (ahead) (void)munmap(p, ahead);
    if (ahead < HUGE_PAGE) (void)munmap(p + ahead + whole, HUGE_PAGE - ahead);
    (void)madvise(p + ahead, whole, MADV_HUGEPAGE);
    return p + ahead;
}

/* Moves the pages of a mapping to the start of a larger one. */
static void *move(void *p, size_t old_size, size_t new_size) {
    size_t old_whole = rounded(old_size), new_whole = rounded(new_size);
    if (old_whole == new_whole) return p;
    if (new_whole < old_whole) {
        (void)munmap((char *)p + new_whole, old_whole - new_whole);
        mem_give(old_whole - new_whole);
        return p;
    }
    void *q = map(new_size);
    if (mremap(p, old_whole, old_whole, MREMAP_MAYMOVE | MREMAP_FIXED, q) == MAP_FAILED) {
        memcpy(q, p, old_size);
        (void)munmap(p, old_whole);
    }
    mem_give(old_whole);
    return q;
}

void *pages_resize(void *p, size_t old_size, size_t new_size) {
    bool was_mapped = old_size >= MAPPED_FROM, is_mapped = new_size >= MAPPED_FROM;
    if (!was_mapped && !is_mapped) return mem_resize(p, new_size, 1);
    if (was_mapped && is_mapped) return move(p, old_size, new_size);
    size_t kept = old_size < new_size ? old_size : new_size;
    void *q = is_mapped ? map(new_size) : mem_alloc(new_size, 1);
    pages_ready(q, new_size, 0, kept);
    if (kept) memcpy(q, p, kept);
    pages_free(p, old_size);
    return q;
}

size_t pages_growth(size_t old_size, size_t least, size_t twice) {
    if (twice < MAPPED_FROM) return twice;
    size_t more = old_size + old_size / 8;
    return rounded(more > least ? more : least);
}

void pages_free(void *p, size_t size) {
    if (size < MAPPED_FROM) mem_free(p);
    else {
        (void)munmap(p, rounded(size));
        mem_give(rounded(size));
    }
}

/* Asks for whole pages only; a kernel that does not know the advice leaves it to the first touch. */
void pages_ready(void *p, size_t size, size_t from, size_t to) {
    if (size < MAPPED_FROM) return;
    if (to > size) to = size;
    uintptr_t a = ((uintptr_t)p + from) & ~(uintptr_t)4095;
    uintptr_t b = ((uintptr_t)p + to) & ~(uintptr_t)4095;
    if (b <= a) return;
    double before = clock_now();
    (void)madvise((void *)a, b - a, MADV_POPULATE_WRITE);
    spent += clock_now() - before;
}

#else

double pages_seconds(void) { return 0; }

void *pages_resize(void *p, size_t old_size, size_t new_size) {
    (void)old_size;
    return mem_resize(p, new_size, 1);
}

size_t pages_growth(size_t old_size, size_t least, size_t twice) {
    (void)old_size, (void)least;
    return twice;
}

void pages_free(void *p, size_t size) {
    (void)size;
    mem_free(p);
}

void pages_ready(void *p, size_t size, size_t from, size_t to) { (void)p, (void)size, (void)from, (void)to; }

#endif
