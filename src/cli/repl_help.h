/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl_help.h - :help.
 *
 * Layer: cli.  What it tells comes from the tables of commands and functions and from help_topics.def. */
#ifndef GTAPE_CLI_REPL_HELP_H
#define GTAPE_CLI_REPL_HELP_H

#include "cli/repl.h"

void command_help(struct repl *p, const char *name);
/* What :help knows besides commands and functions; NULL behind the last. */
const char *help_topic_name(size_t index);

#endif
