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
} interned;

/* A slot knows the hash, so that a search looks at no name but the right one. */
typedef struct intern_slot {
    u32 hash;
    u32 name; /* id + 1, 0: free */
} intern_slot;

typedef struct intern_table {
    ARRAY(interned) names;
    intern_slot *slots; /* open addressing */
    size_t slot_count;
    ARRAY(char *) chunks; /* where the texts lie, one after the other */
    char *free;           /* where the next one goes */
    size_t free_length;
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
