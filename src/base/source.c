/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source.c - program texts, and the line and column of a position. */
#include "base/diag.h"

#include "base/utf8.h"

#include <string.h>

enum { SOURCE_END = 2 }; /* NULs behind a text: the scanner wants two */

/* The positions of a text are its bytes and one more, so that its end is a place of its own. */
u32 source_add(source_list *list, const char *name, const char *bytes, size_t length) {
    u32 base = 0;
    if (list->count) {
        const source *last = &list->items[list->count - 1];
        base = last->base + last->length + 1;
    }
    if (length >= UINT32_MAX - 1 - (size_t)base) fault_raise(FAULT_MEMORY);
    array_push(list, ((source){.base = base, .length = (u32)length}));
    source *s = &list->items[list->count - 1]; /* the list owns the copies, whatever is raised */
    s->name = mem_copy_text(name, strlen(name));
    s->bytes = pages_resize(NULL, 0, length + SOURCE_END);
    if (length) memcpy(s->bytes, bytes, length);
    memset(s->bytes + length, 0, SOURCE_END);
    return (u32)list->count - 1;
}

u32 source_add_excerpt(source_list *list, const char *name, const char *bytes, size_t length,
                       u32 lines_before) {
    u32 number = source_add(list, name, bytes, length);
    list->items[number].lines_before = lines_before;
    return number;
}

const source *source_of(const source_list *list, u32 position) {
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->items[middle].base <= position) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return NULL;
    const source *s = &list->items[low - 1];
    return position - s->base <= s->length ? s : NULL;
}

void source_free(source_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        mem_free(list->items[i].name);
        if (list->items[i].bytes)
            pages_free(list->items[i].bytes, (size_t)list->items[i].length + SOURCE_END);
    }
    array_free(list);
}

/* How many lines end before byte `offset`.  A line ends with LF, CR LF, or a CR alone. */
static u32 lines_before(const char *bytes, size_t offset) {
    u32 lines = 0;
    for (size_t i = 0; i < offset; i++) {
        if (bytes[i] == '\n' || (bytes[i] == '\r' && bytes[i + 1] != '\n')) lines++;
    }
    return lines;
}

static bool ends_line(char c) { return c == '\n' || c == '\r'; }

bool source_place(const source_list *list, u32 position, place *out) {
    const source *s = source_of(list, position);
    if (!s || !s->bytes) return false;
    size_t at = position - s->base, begin = at;
    /* On the LF of a CR LF: the place is the end of that line, not an empty one behind the CR. */
    if (at > 0 && s->bytes[at] == '\n' && s->bytes[at - 1] == '\r') begin--;
    size_t end = at = begin;
    while (begin > 0 && !ends_line(s->bytes[begin - 1])) begin--;
    while (end < s->length && !ends_line(s->bytes[end])) end++;
    const char *line = s->bytes + begin;
    *out = (place){
        .file = s->name,
        .line = s->lines_before + lines_before(s->bytes, begin) + 1,
        .column = (u32)utf8_count(line, at - begin) + 1,
        .text = line,
        .text_length = end - begin,
        .offset = at - begin,
    };
    return true;
}
