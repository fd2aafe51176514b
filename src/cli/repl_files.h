/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl_files.h - :load, :save and the file that a prompt starts with.
 *
 * Layer: cli.  A line of a loaded file that begins with : is a command, as at the prompt.  So is one that
 * begins with #: which the command line takes for a comment: a saved session is a program too. */
#ifndef GTAPE_CLI_REPL_FILES_H
#define GTAPE_CLI_REPL_FILES_H

#include "cli/repl.h"

/* Files may load files, this deep. */
enum { LOAD_DEPTH = 32 };

void command_load(struct repl *p, const char *path);
/* Replaces a file only if that is a saved session. */
void command_save(struct repl *p, const char *path);
/* $XDG_CONFIG_HOME/gtape/init.gt, else ~/.config/gtape/init.gt, where there is one. */
void repl_load_init(struct repl *p);
/* The path with the home folder for a leading ~, as a new text; NULL after a complaint. */
char *repl_path(const char *path);

#endif
