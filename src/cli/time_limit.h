/* SPDX-License-Identifier: GPL-3.0-or-later */
/* time_limit.h - the end of a batch run whose --timeout is over, whatever it is doing.
 *
 * Layer: cli.  The session stops by itself where it looks at the clock, and can say where it was; this is for
 * the rest: a file that gives nothing, a factorisation in another library. */
#ifndef GTAPE_CLI_TIME_LIMIT_H
#define GTAPE_CLI_TIME_LIMIT_H

/* A second after that time the process says so and exits with status 1; an unfinished output file and a
 * program that draws go. */
void time_limit_start(double seconds);

#endif
