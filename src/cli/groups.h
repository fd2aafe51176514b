/* SPDX-License-Identifier: GPL-3.0-or-later */
/* groups.h - --by: the program once for each group of a table's rows.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_GROUPS_H
#define GTAPE_CLI_GROUPS_H

#include "cli/run.h"

/* Runs the program, whose data have been given, and writes a line of results for each group; returns the exit
 * status. */
int groups_run(struct run *r);

#endif
