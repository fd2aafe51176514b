/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intern.c - names as numbers, and how far apart two names are. */
#include "base/intern.h"

#include <string.h>

/* FNV-1a of all bytes but the last, which then chooses among neighbours: x1, x2, x3 and so on lie side by
 * side, and a long text that goes through them finds the next one in the cache.  It starts at an address,
 * which differs from run to run where the system lays programs out at random, so that nobody can prepare a
 * table whose column names all collide.  Ids are counted and do not depend on it. */
static u32 hash_bytes(const char *text, size_t length) {
    static const char anchor;
    if (!length) return 0;
    u64 hash = UINT64_C(14695981039346656037) ^ (u64)(uintptr_t)&anchor << 20;
    for (size_t i = 0; i + 1 < length; i++) hash = (hash ^ (u8)text[i]) * UINT64_C(1099511628211);
    hash ^= hash >> 32;
    return (u32)(hash ^ hash >> 15) ^ (u8)text[length - 1];
}

/* The slot that holds the text, or the free one where it belongs.  There is always a free one. */
static intern_slot *find_slot(const intern_table *t, const char *text, size_t length, u32 hash) {
    size_t mask = t->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        intern_slot *s = &t->slots[i];
        if (s->name == 0) return s;
        if (s->hash != hash) continue;
        const interned *n = &t->names.items[s->name - 1];
        if (n->length == length && memcmp(n->text, text, length) == 0) return s;
    }
}

/* Doubles the slots; the names stay where they are. */
static void grow_slots(intern_table *t) {
    size_t old = t->slot_count, count = old ? mem_product(old, 2) : 64, size = sizeof *t->slots;
    intern_slot *slots = pages_resize(NULL, 0, mem_product(count, size));
    memset(slots, 0, count * size);
    for (size_t k = 0; k < old; k++) {
        if (!t->slots[k].name) continue;
        size_t i = t->slots[k].hash & (count - 1);
        while (slots[i].name) i = (i + 1) & (count - 1);
        slots[i] = t->slots[k];
    }
    pages_free(t->slots, old * size);
    t->slots = slots;
    t->slot_count = count;
}

/* Copies a text behind the ones before it. */
static const char *keep_text(intern_table *t, const char *text, size_t length) {
    enum { FIRST_CHUNK = 512, DOUBLINGS = 7 };
    size_t size = length + 1;
    if (size > t->free_length) {
        size_t doublings = t->chunks.count < DOUBLINGS ? t->chunks.count : DOUBLINGS;
        size_t chunk = (size_t)FIRST_CHUNK << doublings;
        if (chunk < size) chunk = size;
        array_room(&t->chunks);
        t->free = mem_alloc(chunk, 1);
        t->free_length = chunk;
        array_push(&t->chunks, t->free);
    }
    char *copy = t->free;
    memcpy(copy, text, length);
    copy[length] = '\0';
    t->free += size;
    t->free_length -= size;
    return copy;
}

u32 intern(intern_table *t, const char *text, size_t length) {
    if (t->names.count + t->names.count / 2 >= t->slot_count) grow_slots(t); /* at most 2/3 full */
    u32 hash = hash_bytes(text, length);
    intern_slot *slot = find_slot(t, text, length, hash);
    if (slot->name) return slot->name - 1;
    if (length >= UINT32_MAX || t->names.count >= NAME_NONE - 1) fault_raise(FAULT_MEMORY);
    array_room(&t->names);
    array_push(&t->names, ((interned){keep_text(t, text, length), (u32)length}));
    *slot = (intern_slot){hash, (u32)t->names.count};
    return (u32)t->names.count - 1;
}

u32 intern_find(const intern_table *t, const char *text, size_t length) {
    if (!t->slot_count) return NAME_NONE;
    const intern_slot *slot = find_slot(t, text, length, hash_bytes(text, length));
    return slot->name ? slot->name - 1 : NAME_NONE;
}

const char *intern_text(const intern_table *t, u32 id) { return t->names.items[id].text; }

void intern_free(intern_table *t) {
    for (size_t i = 0; i < t->chunks.count; i++) mem_free(t->chunks.items[i]);
    array_free(&t->chunks);
    array_free(&t->names);
    pages_free(t->slots, t->slot_count * sizeof *t->slots);
    memset(t, 0, sizeof *t);
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
