/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.h - names as text: characters, widths, near names.
 *
 * Layer: cli.  No locale is asked: everything is UTF-8. */
#ifndef GTAPE_CLI_NAMES_H
#define GTAPE_CLI_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* The code point at text and its length in bytes, 0 where the bytes are not valid UTF-8 (or the end). */
size_t utf8_next(const char *text, unsigned long *c);

/* Control characters and marks that turn or hide the text around them. */
bool is_hidden(unsigned long c);

/* The next character of text as it may be shown: as it is, or hidden characters and broken UTF-8 as \x1b,
 * \u202e or \u{e0001}, which keep a terminal as it was.  Returns the bytes that were read. */
enum { ESCAPE_ROOM = 12 };
size_t escape_next(const char *text, char piece[ESCAPE_ROOM]);

/* The same for text of so many bytes (at least one) in which line ends and tabs stay as they are. */
size_t visible_next(const char *text, size_t length, char piece[ESCAPE_ROOM]);

/* Columns that a terminal gives to the text: 2 for wide characters, 0 for combining ones. */
size_t display_width(const char *text);

/* Whether the name can be written in a program as it is, without ${ }. */
bool is_plain_name(const char *name);

/* The nearest of `count` names within two edits (insert, remove, replace, exchange), else NULL.  `name_at`
 * gives the names. */
const char *nearest_name(const char *name, size_t count,
                         const char *(*name_at)(const void *user, size_t index), const void *user);

#endif
