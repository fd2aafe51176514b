/* SPDX-License-Identifier: GPL-3.0-or-later */
/* line_readline.h - lines through GNU Readline, which is loaded at run time.
 *
 * Layer: cli.  Without Readline (at build or at run time) readline_open is false and the rest is never
 * called. */
#ifndef GTAPE_CLI_LINE_READLINE_H
#define GTAPE_CLI_LINE_READLINE_H

#include "cli/line_input.h"

bool readline_open(struct line_completion completion);
enum line_result readline_read(const char *prompt, bool continues, const char **text, size_t *length);
const char *readline_history(size_t index);
void readline_forget(void);
/* Whether lines that are pasted at once come as one line. */
bool readline_takes_pastes(void);
void readline_close(void);

#endif
