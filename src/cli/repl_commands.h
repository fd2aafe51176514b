/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl_commands.h - :help and the other commands of the prompt.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_REPL_COMMANDS_H
#define GTAPE_CLI_REPL_COMMANDS_H

#include "cli/repl.h"

struct repl_command {
    const char *name, *argument, *help;
    void (*run)(struct repl *p, const char *argument);
};

extern const struct repl_command repl_commands[];
extern const size_t repl_command_count;

/* Runs the command on a line, what stands behind the colon; an unknown one is a complaint with a near name.
 */
void repl_command(struct repl *p, const char *line);

#endif
