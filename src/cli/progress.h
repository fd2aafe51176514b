/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.h - how far a long run is: one line on standard error that is written over, and gone at the end.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_PROGRESS_H
#define GTAPE_CLI_PROGRESS_H

#include <stdbool.h>

#include "cli/terminal.h"

struct progress {
    bool wanted, shown;
    double patience;    /* seconds that a run may last before it is told about */
    double began, told; /* times */
};

/* From here on the run lasts.  COLOR_AUTO: where stderr is a terminal, and nothing else is written to one
 * meanwhile (`alone`); COLOR_ALWAYS: from the first step on. */
void progress_begin(struct progress *p, enum color_when when, bool alone);
/* Whether the next line is due: not more than a few a second. */
bool progress_is_due(const struct progress *p);
/* Seconds since progress_begin. */
double progress_seconds(const struct progress *p);
/* Writes "gtape: line" over the line before. */
void progress_show(struct progress *p, const char *line);
/* Before anything else is written to the terminal. */
void progress_clear(struct progress *p);

#endif
