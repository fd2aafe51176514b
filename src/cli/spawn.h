/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spawn.h - other programs, started by their words: no shell reads them.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_SPAWN_H
#define GTAPE_CLI_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

#include "cli/output.h"

/* Starts words[0], found by PATH, with these as standard input and output; output may be -1, for ours.  The
 * child has the usual SIGINT and SIGQUIT.  0 or an errno. */
int spawn_start(pid_t *child, char *const words[], int input, int output);
/* Waits for it while Ctrl-C is the child's; the status of waitpid. */
int spawn_wait(pid_t child);

/* Gives `text` to a program that draws; what it writes goes to the output, behind what is there already.
 * The exit status, after a complaint where it is not 0. */
int spawn_draw(char *const words[], const char *text, size_t length, struct output *out);
/* Ends a program that draws, if one does; for signal handlers. */
void spawn_stop(void);

#endif
