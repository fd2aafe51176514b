/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intern.c - names as numbers, and how far apart two names are. */
#include "base/intern.h"

#include <string.h>

/* FNV-1a.  It starts at an address, which differs from run to run where the system lays programs out at
 * random, so that nobody can prepare a table whose column names all collide.  Ids are counted and do not
 * depend on it. */
static u32 hash_bytes(const char *text, size_t length) {
    static const char anchor;
    u64 hash = UINT64_C(14695981039346656037) ^ (u64)(uintptr_t)&anchor << 20;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (u8)text[i]) * UINT64_C(1099511628211);
    hash ^= hash >> 32;
    return (u32)(hash ^ hash >> 15);
}

/* The slot that holds the text, or the free one where it belongs.  There is always a free one. */
static size_t find_slot(const intern_table *t, const char *text, size_t length, u32 hash) {
    size_t mask = t->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        if (t->slots[i] == 0) return i;
        const interned *n = &t->names.items[t->slots[i] - 1];
        if (n->hash == hash && n->length == length && memcmp(n->text, text, length) == 0) return i;
    }
}

/* Doubles the slots; the names stay where they are. */
static void grow_slots(intern_table *t) {
    size_t count = t->slot_count ? mem_product(t->slot_count, 2) : 64;
    u32 *slots = mem_zero(count, sizeof *slots);
    for (size_t id = 0; id < t->names.count; id++) {
        size_t i = t->names.items[id].hash & (count - 1);
        while (slots[i]) i = (i + 1) & (count - 1);
        slots[i] = (u32)id + 1;
    }
    mem_free(t->slots);
    t->slots = slots;
    t->slot_count = count;
}

u32 intern(intern_table *t, const char *text, size_t length) {
    if (t->names.count + t->names.count / 2 >= t->slot_count) grow_slots(t); /* at most 2/3 full */
    u32 hash = hash_bytes(text, length);
    size_t slot = find_slot(t, text, length, hash);
    if (t->slots[slot]) return t->slots[slot] - 1;
    if (length > UINT32_MAX || t->names.count >= NAME_NONE - 1) fault_raise(FAULT_MEMORY);
    array_room(&t->names);
    interned name = {mem_copy_text(text, length), (u32)length, hash};
    array_push(&t->names, name);
    t->slots[slot] = (u32)t->names.count;
    return (u32)t->names.count - 1;
}

u32 intern_find(const intern_table *t, const char *text, size_t length) {
    if (!t->slot_count) return NAME_NONE;
    size_t slot = find_slot(t, text, length, hash_bytes(text, length));
    return t->slots[slot] ? t->slots[slot] - 1 : NAME_NONE;
}

const char *intern_text(const intern_table *t, u32 id) { return t->names.items[id].text; }

void intern_free(intern_table *t) {
    for (size_t id = 0; id < t->names.count; id++) mem_free((char *)t->names.items[id].text);
    array_free(&t->names);
    mem_free(t->slots);
    t->slots = NULL;
    t->slot_count = 0;
}

enum { WORD_LIMIT = 63 }; /* longer words are nobody's typing error */

static unsigned min2(unsigned a, unsigned b) { return a < b ? a : b; }

/* Row by row over the table of prefix distances; `before` and `last` are the two rows above.
 * When no entry of a row is within the limit, neither is the result. */
unsigned edit_distance(const char *a, const char *b, unsigned limit) {
    size_t la = strlen(a), lb = strlen(b);
    size_t apart = la > lb ? la - lb : lb - la;
    if (la > WORD_LIMIT || lb > WORD_LIMIT) return la == lb && memcmp(a, b, la) == 0 ? 0 : limit + 1;
    if (apart > limit) return limit + 1;
    unsigned rows[3][WORD_LIMIT + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (unsigned j = 0; j <= lb; j++) last[j] = j;
    for (unsigned i = 1; i <= la; i++) {
        unsigned least = row[0] = i;
        for (unsigned j = 1; j <= lb; j++) {
            row[j] = min2(last[j - 1] + (a[i - 1] != b[j - 1]), 1 + min2(last[j], row[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min2(row[j], before[j - 2] + 1);
            least = min2(least, row[j]);
        }
        if (least > limit) return limit + 1;
        unsigned *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return min2(last[lb], limit + 1);
}
