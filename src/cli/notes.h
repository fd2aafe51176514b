/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notes.h - which notes of a session are told at a prompt, and how: briefly, and once.
 *
 * Layer: cli.  Owns the texts that it has told. */
#ifndef GTAPE_CLI_NOTES_H
#define GTAPE_CLI_NOTES_H

#include "cli/texts.h"

struct notes {
    bool at_prompt; /* else all are told, as they are */
    bool brief;     /* without the line of the program, which was typed just now */
    bool again;     /* what runs has run before: only what is new is told */
    struct texts told;
};

/* Writes the text of a note to stderr, or not. */
void notes_tell(struct notes *n, const char *text);
void notes_clear(struct notes *n);

#endif
