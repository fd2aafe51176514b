/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pager.h - long texts at the prompt, a screen at a time.
 *
 * Layer: cli.  $GTAPE_PAGER, else $PAGER, else less; an empty one means none.  Its words are split at blanks
 * and run without a shell.  Only where input and output are a terminal that is not dumb, and only for a text
 * that is longer than the screen; else the text goes straight to the output.  The text waits in a file
 * without a name, so a pager that is left early cannot hurt. */
#ifndef GTAPE_CLI_PAGER_H
#define GTAPE_CLI_PAGER_H

#include "cli/run.h"

/* Where to write the text; until pager_end. */
struct output *pager_begin(struct run *r);
/* Shows it. */
void pager_end(struct run *r);

#endif
