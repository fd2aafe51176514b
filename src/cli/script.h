/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script.h - program text from -e, files and standard input, and files of data.
 *
 * Layer: cli.  Texts are read by length: what a NUL byte means is for the scanner to say. */
#ifndef GTAPE_CLI_SCRIPT_H
#define GTAPE_CLI_SCRIPT_H

#include "cli/options.h"

struct script {
    const char *name; /* what errors call it */
    char *text;       /* owned, with a NUL behind it */
    size_t length;
};

/* False after a complaint: the status is then 3. */
bool script_read(struct script *s, const struct source *source);
/* The same for a file of data, which may be of any size; - is standard input. */
bool script_read_data(struct script *s, const char *path);
/* None of these may have more bytes than that from here on, and no line of the prompt. */
void script_limit(size_t bytes);
/* The most bytes of a text of a program. */
size_t script_longest(void);
void script_free(struct script *s);

/* Whether path is one of the files (or standard input) that the program or its data are read from. */
bool is_input_file(const struct options *o, const char *path);

#endif
