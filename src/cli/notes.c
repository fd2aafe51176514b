/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/notes.h"

#include <stdio.h>
#include <string.h>

static bool was_told(const struct notes *n, const char *text) {
    for (size_t i = 0; i < n->told.count; i++)
        if (strcmp(n->told.items[i].text, text) == 0) return true;
    return false;
}

/* The first line, and the hint. */
static void write_brief(const char *text) {
    static const char hint[] = "  hint: ";
    for (bool first = true; *text; first = false) {
        size_t length = strcspn(text, "\n");
        length += text[length] == '\n';
        if (first || strncmp(text, hint, sizeof hint - 1) == 0) fwrite(text, 1, length, stderr);
        text += length;
    }
}

void notes_tell(struct notes *n, const char *text) {
    if (n->at_prompt) {
        bool known = was_told(n, text);
        if (known && n->again) return;
        if (!known) texts_add(&n->told, NULL, text, strlen(text)); /* without memory it may come again */
    }
    if (n->brief) write_brief(text);
    else fputs(text, stderr);
}

void notes_clear(struct notes *n) { texts_clear(&n->told); }
