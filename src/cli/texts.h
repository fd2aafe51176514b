/* SPDX-License-Identifier: GPL-3.0-or-later */
/* texts.h - a list of texts, which it owns.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_TEXTS_H
#define GTAPE_CLI_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

struct texts {
    struct text_item {
        char *name; /* what errors call it */
        char *text; /* with a NUL behind it */
        size_t length;
    } * items;
    size_t count, room;
};

/* Copies name, which may be NULL, and text.  False where there is no memory. */
bool texts_add(struct texts *list, const char *name, const char *text, size_t length);
void texts_drop_last(struct texts *list);
void texts_clear(struct texts *list);

#endif
