/* SPDX-License-Identifier: GPL-3.0-or-later */
/* complain.h - "gtape: what" on standard error.
 *
 * Layer: cli.  Whatever the texts hold (names of files, arguments), bytes that would steer a terminal come
 * out as \x1b or \u202e. */
#ifndef GTAPE_CLI_COMPLAIN_H
#define GTAPE_CLI_COMPLAIN_H

#include <stdio.h>

__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* After a complaint about the command line. */
void complain_try_help(void);

/* Writes text with control bytes, broken UTF-8 and marks that turn the writing direction escaped. */
void write_escaped(FILE *to, const char *text);

/* The same for so many bytes whose line ends and tabs stay. */
void write_visible(FILE *to, const char *text, size_t length);

#endif
