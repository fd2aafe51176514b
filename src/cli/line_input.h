/* SPDX-License-Identifier: GPL-3.0-or-later */
/* line_input.h - lines typed at a prompt: with Readline where it is there, plainly elsewhere.
 *
 * Layer: cli.  Readline is loaded when the first prompt on a terminal is shown, so that a batch run does not
 * pay for it.  One prompt a process (Readline has global state). */
#ifndef GTAPE_CLI_LINE_INPUT_H
#define GTAPE_CLI_LINE_INPUT_H

#include <stdbool.h>
#include <stddef.h>

enum line_result { LINE_READ, LINE_END, LINE_INTERRUPTED };

/* Calls each(user, completed word) for what the word at the end of line may become. */
typedef void line_completer(void *context, const char *line, const char *word,
                            void (*each)(void *user, const char *completed), void *user);

/* Whether this gtape was built with Readline. */
bool line_input_has_readline(void);

/* terminal: prompts, editing, history, Ctrl-C; else stdin is read as it comes. */
void line_input_open(bool terminal, line_completer *completer, void *context);
/* The line without its end, valid until the next call.  LINE_INTERRUPTED: Ctrl-C threw the line away. */
enum line_result line_input_read(const char *prompt, const char **text, size_t *length);
void line_input_close(void);

#endif
