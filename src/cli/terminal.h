/* SPDX-License-Identifier: GPL-3.0-or-later */
/* terminal.h - what the three standard streams are: closed, a terminal, coloured.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_TERMINAL_H
#define GTAPE_CLI_TERMINAL_H

#include <stdbool.h>

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Opens /dev/null for each of 0, 1 and 2 that is closed, the wrong way round, so that a file opened later
 * does not become a standard stream by accident and use of the stream still fails. */
void fill_closed_streams(void);

/* Whether to colour what goes to fd: the command line, then NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE,
 * then whether it is a terminal that knows colours. */
bool color_wanted(enum color_when when, int fd);

/* Width of the terminal behind fd; 80 where it is not known. */
unsigned terminal_columns(int fd);
/* Its height; 24 where it is not known. */
unsigned terminal_rows(int fd);

#endif
