/* SPDX-License-Identifier: GPL-3.0-or-later */
/* complete.h - what the word at the cursor may become: whatever the grammar takes there.
 *
 * Layer: cli.  Knows nothing of Readline; see line_input.h for the two calls. */
#ifndef GTAPE_CLI_COMPLETE_H
#define GTAPE_CLI_COMPLETE_H

#include "cli/line_input.h"

/* The context is a struct repl.  Functions come with their bracket, named arguments and inputs with their =.
 */
enum line_fits complete_line(void *repl, const char *before, const char *word,
                             void (*each)(void *user, const char *completed), void *user);

/* The characters in front of which a word ends at the end of this line: a file name holds more than others.
 */
const char *complete_breaks(void *repl, const char *line);

#endif
