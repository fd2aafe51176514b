/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.h - --rows: the program once for each row of a table.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_ROWS_H
#define GTAPE_CLI_ROWS_H

#include "cli/run.h"

/* Reads the table of --rows and writes the results; returns the exit status. */
int rows_run(struct run *r);

#endif
