/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages.h - arrays of many megabytes that grow without being copied or touched early.
 *
 * Layer: base.
 *
 * The first touch of a fresh page can cost more than the work done on it (measured on a virtual machine:
 * 13 us for 4 KiB page by page, 0.3 us with huge pages asked for ahead).  So large arrays are mapped,
 * grown by moving page tables, and made ready some megabytes ahead of their use. */
#ifndef GTAPE_PAGES_H
#define GTAPE_PAGES_H

#include "base/base.h"

/* As realloc from old_size to new_size bytes; raises FAULT_MEMORY.  Sizes must be those of the last call. */
void *pages_resize(void *p, size_t old_size, size_t new_size);
void pages_free(void *p, size_t size);

/* The size that an array should grow to from old_size bytes, which would double to `twice` and needs `least`.
 * A large one grows by less, since it moves for nothing and all of it is made ready. */
size_t pages_growth(size_t old_size, size_t least, size_t twice);

/* Processor time that this thread has spent in making pages ready: not the work itself, and on a virtual
 * machine often more than it. */
double pages_seconds(void);

/* Says that bytes from..to are about to be written, in order. */
void pages_ready(void *p, size_t size, size_t from, size_t to);

#endif
