/* SPDX-License-Identifier: GPL-3.0-or-later */
/* data_input.h - the files of --data and :data.
 *
 * Layer: cli.  The session looks at their bytes whenever it runs, so they stay as long as the session has
 * them. */
#ifndef GTAPE_CLI_DATA_INPUT_H
#define GTAPE_CLI_DATA_INPUT_H

#include "cli/script.h"

struct data_input {
    char *argument; /* which the file's name is part of */
    char *name;     /* of the one tensor, or NULL: columns */
    struct script file;
};

struct data_inputs {
    struct data_input *items;
    size_t count, room;
};

/* The part of FILE or NAME=FILE that is the file.  What stands in front of = must be a name as programs write
 * it, so ./a=b is a file. */
const char *data_path(const char *argument);

/* Reads the file of FILE or NAME=FILE, - being standard input, and adds it.  False after a complaint: the
 * status is then 3. */
bool data_inputs_add(struct data_inputs *list, const char *argument);
void data_inputs_drop_last(struct data_inputs *list);
void data_inputs_clear(struct data_inputs *list);
/* Hands a file to the session. */
gtape_status data_give(gtape *g, const struct data_input *d);

#endif
