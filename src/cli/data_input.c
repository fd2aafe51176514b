/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/data_input.h"

#include <stdlib.h>
#include <string.h>

#include "cli/complain.h"
#include "cli/names.h"

/* The name in front of =, without ${ }, as a new text; NULL where there is none. */
static char *name_before(const char *argument, const char *equals) {
    size_t length = (size_t)(equals - argument);
    bool odd = length > 3 && memcmp(argument, "${", 2) == 0 && equals[-1] == '}';
    char *name = odd ? strndup(argument + 2, length - 3) : strndup(argument, length);
    if (odd || !name || is_plain_name(name)) return name;
    free(name);
    return NULL;
}

/* NULL: the argument is a file alone. */
static const char *find_equals(const char *argument) {
    const char *equals = strchr(argument, '=');
    char *name = equals ? name_before(argument, equals) : NULL;
    bool found = name != NULL;
    free(name);
    return found ? equals : NULL;
}

const char *data_path(const char *argument) {
    const char *equals = find_equals(argument);
    return equals ? equals + 1 : argument;
}

static struct data_input *add_room(struct data_inputs *list) {
    if (list->count == list->room) {
        size_t room = 2 * list->room + 4;
        struct data_input *grown = realloc(list->items, room * sizeof *grown);
        if (!grown) {
            complain("memory exhausted");
            return NULL;
        }
        list->items = grown, list->room = room;
    }
    struct data_input *d = &list->items[list->count++];
    *d = (struct data_input){0};
    return d;
}

bool data_inputs_add(struct data_inputs *list, const char *argument) {
    struct data_input *d = add_room(list);
    if (!d) return false;
    d->argument = strdup(argument);
    const char *equals = d->argument ? find_equals(d->argument) : NULL;
    if (equals) d->name = name_before(d->argument, equals);
    if (!d->argument || (equals && !d->name)) complain("memory exhausted");
    else if (script_read_data(&d->file, data_path(d->argument))) return true;
    data_inputs_drop_last(list);
    return false;
}

void data_inputs_drop_last(struct data_inputs *list) {
    struct data_input *d = &list->items[--list->count];
    script_free(&d->file);
    free(d->name);
    free(d->argument);
}

void data_inputs_clear(struct data_inputs *list) {
    while (list->count > 0) data_inputs_drop_last(list);
    free(list->items);
    *list = (struct data_inputs){0};
}

gtape_status data_give(gtape *g, const struct data_input *d) {
    return gtape_data(g, d->name, d->file.name, d->file.text, d->file.length);
}
