/* pages.c - see pages.h.  Small arrays lie in ordinary memory. */
#include "base/pages.h"
#include "base/mem.h"
#include <stdint.h>

#ifdef __linux__
#include <string.h>
#include <sys/mman.h>

enum { MAPPED_FROM = 1 << 20, HUGE_PAGE = 2 << 20 };

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static void *map(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) fault_raise(FAULT_MEMORY);
    if (size >= HUGE_PAGE) (void)madvise(p, size, MADV_HUGEPAGE);
    return p;
}

void *pages_resize(void *p, size_t old_size, size_t new_size) {
    if (new_size < MAPPED_FROM && old_size < MAPPED_FROM) return mem_resize(p, new_size, 1);
    if (old_size < MAPPED_FROM) {
        void *q = map(new_size);
        if (old_size) memcpy(q, p, old_size);
        mem_free(p);
        return q;
    }
    if (new_size < MAPPED_FROM) new_size = MAPPED_FROM;
    void *q = mremap(p, old_size, new_size, MREMAP_MAYMOVE);
    if (q == MAP_FAILED) fault_raise(FAULT_MEMORY);
    (void)madvise(q, new_size, MADV_HUGEPAGE);
    return q;
}

void pages_free(void *p, size_t size) {
    if (size < MAPPED_FROM) mem_free(p);
    else (void)munmap(p, size);
}

/* Asks for whole pages only; a kernel that does not know the advice leaves it to the first touch. */
void pages_ready(void *p, size_t size, size_t from, size_t to) {
    if (size < MAPPED_FROM) return;
    if (to > size) to = size;
    uintptr_t a = ((uintptr_t)p + from) & ~(uintptr_t)4095;
    uintptr_t b = ((uintptr_t)p + to) & ~(uintptr_t)4095;
    if (b > a) (void)madvise((void *)a, b - a, MADV_POPULATE_WRITE);
}

#else

void *pages_resize(void *p, size_t old_size, size_t new_size) {
    (void)old_size;
    return mem_resize(p, new_size, 1);
}

void pages_free(void *p, size_t size) {
    (void)size;
    mem_free(p);
}

void pages_ready(void *p, size_t size, size_t from, size_t to) { (void)p, (void)size, (void)from, (void)to; }

#endif
