/* SPDX-License-Identifier: GPL-3.0-or-later */
/* complete.h - what the word at the cursor may become: commands, functions, names.
 *
 * Layer: cli.  Knows nothing of Readline. */
#ifndef GTAPE_CLI_COMPLETE_H
#define GTAPE_CLI_COMPLETE_H

#include "lib/gtape.h"

/* `before` is the line up to the word.  Functions come with their bracket. */
void complete_word(void *session, const char *before, const char *word,
                   void (*each)(void *user, const char *completed), void *user);

#endif
