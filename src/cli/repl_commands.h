/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl_commands.h - the commands of the prompt.
 *
 * Layer: cli.  A command that fails has complained and called repl_fail. */
#ifndef GTAPE_CLI_REPL_COMMANDS_H
#define GTAPE_CLI_REPL_COMMANDS_H

#include "cli/repl.h"

/* What may stand behind a command: for completion. */
enum repl_fits { FITS_NOTHING, FITS_PROGRAM, FITS_NAME, FITS_BINDING, FITS_TOPIC, FITS_FILE };

struct repl_command {
    const char *name, *argument, *help;
    void (*run)(struct repl *p, const char *argument);
    enum repl_fits fits;
    const char *words; /* that may stand there too, "on|off", or NULL */
};

extern const struct repl_command repl_commands[];
extern const size_t repl_command_count;

/* By its name, or by the beginning of only one; else NULL. */
const struct repl_command *repl_find_command(const char *name);
/* After an error: where the line is a command but for its colon, says so. */
void repl_suggest_command(const struct repl *p, const char *line, size_t length);
/* Runs the command on a line, what stands behind the colon; an unknown one is a complaint with a near name.
 */
void repl_command(struct repl *p, const char *line, size_t length);

#endif
