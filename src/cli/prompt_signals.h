/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prompt_signals.h - Ctrl-C and its kin while a prompt is shown.
 *
 * Layer: cli.  At the prompt signals wait until prompt_wait lets them in, so that none is lost between a test
 * and a read.  While the session computes, Ctrl-C interrupts it; a second one ends the process. */
#ifndef GTAPE_CLI_PROMPT_SIGNALS_H
#define GTAPE_CLI_PROMPT_SIGNALS_H

#include <stdbool.h>

#include "lib/gtape.h"

/* PROMPT_STOP: Ctrl-Z.  PROMPT_DIE: hang up or terminate. */
enum prompt_event { PROMPT_INPUT, PROMPT_INTERRUPT, PROMPT_RESIZE, PROMPT_STOP, PROMPT_DIE };

void prompt_signals_open(gtape *g);
/* Another session is what Ctrl-C stops. */
void prompt_signals_session(gtape *g);
/* The terminal is in a mode of our own (Readline's): Ctrl-Z, hang up and the like are told, not just
 * suffered. */
void prompt_signals_hold(bool raw);
/* After prompt_signals_hold: back to how it was. */
void prompt_signals_release(void);
/* Until a key or a signal comes. */
enum prompt_event prompt_wait(void);
/* Lets the signal of PROMPT_STOP or PROMPT_DIE do what it does by default; returns after Ctrl-Z and fg. */
void prompt_signals_suffer(void);

void prompt_computing(bool on);
/* Whether Ctrl-C came since the session computed last. */
bool prompt_interrupted(void);

#endif
