/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.h - --rows: the program once for each row of a table.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_ROWS_H
#define GTAPE_CLI_ROWS_H

#include "cli/run.h"

/* Reads the table of --rows and writes the results; returns the exit status. */
int rows_run(struct run *r);
/* "gtape: 3 rows had errors" on stderr; nothing where there are none. */
void rows_tell_count(size_t count, const char *of, const char *what);

#endif
