/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/texts.h"

#include <stdlib.h>
#include <string.h>

static bool grow(struct texts *list) {
    if (list->count < list->room) return true;
    size_t room = 2 * list->room + 8;
    struct text_item *grown = realloc(list->items, room * sizeof *grown);
    if (!grown) return false;
    list->items = grown, list->room = room;
    return true;
}

bool texts_add(struct texts *list, const char *name, const char *text, size_t length) {
    if (!grow(list)) return false;
    struct text_item item = {.name = strdup(name ? name : ""), .text = malloc(length + 1), .length = length};
    if (!item.name || !item.text) {
        free(item.name);
        free(item.text);
        return false;
    }
    memcpy(item.text, text, length);
    item.text[length] = '\0';
    list->items[list->count++] = item;
    return true;
}

void texts_drop_last(struct texts *list) {
    struct text_item *item = &list->items[--list->count];
    free(item->name);
    free(item->text);
}

void texts_clear(struct texts *list) {
    while (list->count > 0) texts_drop_last(list);
    free(list->items);
    *list = (struct texts){0};
}
