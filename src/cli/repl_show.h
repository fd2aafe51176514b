/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl_show.h - :tape, :graph, :show, :check and :plot.
 *
 * Layer: cli.  They look at a fresh session with what was typed, which runs as a program from its start; the
 * one at the prompt is not touched. */
#ifndef GTAPE_CLI_REPL_SHOW_H
#define GTAPE_CLI_REPL_SHOW_H

#include "cli/repl.h"

/* What :show takes. */
extern const char show_forms[];

void command_tape(struct repl *p, const char *argument);
/* Without a file in DOT; a file that ends in .svg, .png or .pdf is drawn by dot, another one is DOT. */
void command_graph(struct repl *p, const char *path);
void command_show(struct repl *p, const char *what);
void command_check(struct repl *p, const char *tolerance);
void command_plot(struct repl *p, const char *words);

#endif
