/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intern.h - names as numbers.
 *
 * Layer: base.  A table owns its texts.  Equal bytes give equal ids; ids count from 0
 * and stay valid as long as the table. */
#ifndef GTAPE_INTERN_H
#define GTAPE_INTERN_H

#include "base/mem.h"

typedef struct interned {
    const char *text; /* NUL-terminated */
    u32 length;
    u32 hash;
} interned;

typedef struct intern_table {
    ARRAY(interned) names;
    u32 *slots; /* open addressing; id + 1, 0 is free */
    size_t slot_count;
} intern_table;

#define NAME_NONE UINT32_MAX

u32 intern(intern_table *t, const char *text, size_t length);
/* NAME_NONE where the text was never interned. */
u32 intern_find(const intern_table *t, const char *text, size_t length);
const char *intern_text(const intern_table *t, u32 id);
void intern_free(intern_table *t);

/* The number of edits (insert, delete, replace, swap neighbours) between two words, or
 * `limit` + 1 where there are more (Damerau's distance, optimal string alignment). */
unsigned edit_distance(const char *a, const char *b, unsigned limit);

#endif
