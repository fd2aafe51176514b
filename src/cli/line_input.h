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

enum line_fits { LINE_FITS_WORDS, LINE_FITS_FILES };

struct line_completion {
    void *context;
    /* Calls each(user, completed word) for what `word` may become behind `before`; or says that names of
     * files fit. */
    enum line_fits (*complete)(void *context, const char *before, const char *word,
                               void (*each)(void *user, const char *completed), void *user);
    /* The characters in front of which a word at the end of the line ends; they stay valid. */
    const char *(*breaks)(void *context, const char *line);
};

/* Whether this gtape was built with Readline. */
bool line_input_has_readline(void);

/* terminal: prompts, editing, history, Ctrl-C; else stdin is read as it comes. */
void line_input_open(bool terminal, struct line_completion completion);
/* The line without its end, or several that were pasted at once, valid until the next call.  `continues`: it
 * belongs to the line before, and the history keeps both as one.  LINE_INTERRUPTED: Ctrl-C threw the line
 * away. */
enum line_result line_input_read(const char *prompt, bool continues, const char **text, size_t *length);
/* After an error on a terminal that does not tell what is pasted: lines that are there already were pasted
 * behind it, and are dropped.  How many. */
size_t line_input_drop_ahead(void);
/* Whether the input ended because it could not be read, after a complaint. */
bool line_input_failed(void);
/* The entry of the history, oldest first; NULL behind the last. */
const char *line_input_history(size_t index);
/* Keeps nothing from here on. */
void line_input_forget(void);
void line_input_close(void);

#endif
