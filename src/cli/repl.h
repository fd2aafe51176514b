/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl.h - the prompt: read a piece, run it, show its value and gradients.
 *
 * Layer: cli.  The prompt keeps the text of what was accepted, in order: :at runs it again, :save writes it.
 */
#ifndef GTAPE_CLI_REPL_H
#define GTAPE_CLI_REPL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/run.h"
#include "cli/texts.h"

/* The files that :load is in the middle of, the last one first. */
struct load_frame {
    const char *path;
    const struct load_frame *outer;
};

struct repl {
    struct run *run;
    bool terminal, quit;
    bool timing;         /* :time: tell how long each line took */
    bool failed;         /* something was complained about since somebody set this to false */
    bool stopped;        /* it was told where a loaded file stopped */
    int status;          /* of the first error where nobody sits at a terminal */
    struct texts pieces; /* accepted program text */
    struct texts inputs; /* what :at was told, NAME=EXPR */
    char *watched;       /* the list of :wrt, or NULL */
    char *pending;       /* an unfinished piece */
    size_t pending_length;
    const struct load_frame *loading; /* NULL: lines come from the prompt */
};

/* Until the end of input or :quit.  `status` is that of the program that ran before; returns the exit status.
 */
int repl(struct run *r, int status);

/* ---- for the commands ---- */

/* Notes that a command failed, after the complaint. */
void repl_fail(struct repl *p, int status);
/* The complaint that there is no memory, and the failure. */
void repl_no_memory(struct repl *p);
/* Tells what the session has to say; false if `status` is an error. */
bool repl_accepts(struct repl *p, gtape_status status);
/* Runs a piece of program text and, where `shown`, shows its value.  False where the text is not finished,
 * which is an error if it is `whole`; after other errors p->failed. */
bool repl_run_piece(struct repl *p, const char *name, const char *text, size_t length, bool shown,
                    bool whole);
/* A line as if it were typed. */
void repl_take_line(struct repl *p, const char *line, size_t length);
/* Runs every accepted piece again from an empty session, with inputs and variables as they stand.  The value
 * of the last one is shown if `show`. */
bool repl_replay(struct repl *p, bool show);
/* Takes another list of variables; false if the session does not. */
bool repl_watch(struct repl *p, const char *names);

#endif
