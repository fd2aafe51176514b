/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history.h - the file that keeps what was typed at the prompt.
 *
 * Layer: cli.  $GTAPE_HISTORY, else $XDG_STATE_HOME/gtape/history, else ~/.local/state/gtape/history.  Only a
 * regular file of the user's own is read or written, and no link is followed; anything else is a warning at
 * most.  Lines are appended as they are typed, so that two sessions keep each other's. */
#ifndef GTAPE_CLI_HISTORY_H
#define GTAPE_CLI_HISTORY_H

#include <stdbool.h>

enum { HISTORY_LINES = 1000 };

struct history {
    char *path; /* NULL: no history is kept */
};

void history_open(struct history *h);
/* The last entries of the file, without control characters but line ends. */
void history_read(struct history *h, void (*each)(const char *line));
/* Several lines are one entry: in the file the second and later ones begin with a tab.  `continues`: so does
 * the first. */
void history_append(struct history *h, const char *lines, bool continues);
/* Keeps nothing from here on; the file stays as it is. */
void history_forget(struct history *h);
/* Cuts the file down to its last HISTORY_LINES lines where it has more. */
void history_close(struct history *h);

#endif
