/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl.h - the prompt: read a piece, run it, show its value and gradients.
 *
 * Layer: cli.  The prompt keeps the text of what was accepted, in order: :at runs it again. */
#ifndef GTAPE_CLI_REPL_H
#define GTAPE_CLI_REPL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/run.h"

/* A list of owned texts. */
struct texts {
    struct text_item {
        const char *name; /* what errors call it; not owned */
        char *text;
        size_t length;
    } * items;
    size_t count, room;
};

struct repl {
    struct run *run;
    bool terminal, quit;
    int status;          /* of the first error where nobody sits at a terminal */
    struct texts pieces; /* accepted program text */
    struct texts inputs; /* what :at was told, NAME=EXPR */
    char *watched;       /* the list of :wrt, or NULL */
    char *pending;       /* an unfinished piece */
    size_t pending_length;
};

/* Until the end of input or :quit.  `status` is that of the program that ran before; returns the exit status.
 */
int repl(struct run *r, int status);

/* ---- for the commands ---- */

bool texts_add(struct texts *list, const char *name, const char *text, size_t length);
void texts_drop_last(struct texts *list);
void texts_clear(struct texts *list);

/* Tells what the session has to say; false if `status` is an error. */
bool repl_accepts(struct repl *p, gtape_status status);
/* Runs every accepted piece again from an empty session, with inputs and variables as they stand.  The value
 * of the last one is shown if `show`. */
bool repl_replay(struct repl *p, bool show);
/* Takes another list of variables; false if the session does not. */
bool repl_watch(struct repl *p, const char *names);

#endif
