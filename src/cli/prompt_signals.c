/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/prompt_signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "cli/output.h"

static gtape *session;
static volatile sig_atomic_t computing, interrupts, resized, stop_signal, death_signal;

static void die_of(int number) {
    output_abandon();
    signal(number, SIG_DFL);
    raise(number); /* comes when the handler returns */
}

static void on_interrupt(int number) {
    if (!computing) interrupts = 1;
    else if (interrupts++ == 0) gtape_interrupt(session);
    else die_of(number);
}

static void on_other(int number) {
    if (number == SIGWINCH) resized = 1;
    else if (number == SIGTSTP) stop_signal = number;
    else death_signal = number;
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void prompt_signals_open(gtape *g) {
    session = g;
    handle(SIGINT, on_interrupt);
}

void prompt_signals_session(gtape *g) { session = g; }

/* ---- at the prompt ---- */

static const int raw_signals[] = {SIGWINCH, SIGTSTP, SIGTERM, SIGHUP, SIGQUIT};
enum { RAW_COUNT = sizeof raw_signals / sizeof *raw_signals };

static sigset_t mask_before;
static struct sigaction actions_before[RAW_COUNT];
static bool held, held_raw;

void prompt_signals_hold(bool raw) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    for (int i = 0; raw && i < RAW_COUNT; i++) {
        sigaddset(&mask, raw_signals[i]);
        sigaction(raw_signals[i], NULL, &actions_before[i]);
    }
    sigprocmask(SIG_BLOCK, &mask, &mask_before);
    /* what the parent chose to ignore (nohup) stays ignored */
    for (int i = 0; raw && i < RAW_COUNT; i++)
        if (actions_before[i].sa_handler != SIG_IGN) handle(raw_signals[i], on_other);
    held = true, held_raw = raw;
}

void prompt_signals_release(void) {
    for (int i = 0; held_raw && i < RAW_COUNT; i++) sigaction(raw_signals[i], &actions_before[i], NULL);
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
    held = held_raw = false;
}

enum prompt_event prompt_wait(void) {
    bool own = !held;
    if (own) prompt_signals_hold(false);
    enum prompt_event event = PROMPT_INPUT;
    for (;;) {
        if (death_signal) event = PROMPT_DIE;
        else if (stop_signal) event = PROMPT_STOP;
        else if (interrupts) event = PROMPT_INTERRUPT;
        else if (resized) event = PROMPT_RESIZE;
        if (event != PROMPT_INPUT) break;
        fd_set set;
        FD_ZERO(&set);
        FD_SET(STDIN_FILENO, &set);
        /* anything but a signal (a closed terminal too) is for read to find */
        if (pselect(STDIN_FILENO + 1, &set, NULL, NULL, NULL, &mask_before) >= 0 || errno != EINTR) break;
    }
    if (event == PROMPT_INTERRUPT) interrupts = 0;
    if (event == PROMPT_RESIZE) resized = 0;
    if (own) prompt_signals_release();
    return event;
}

void prompt_signals_suffer(void) {
    int number = death_signal ? death_signal : stop_signal;
    sigset_t mask, before;
    sigemptyset(&mask);
    sigaddset(&mask, number);
    if (death_signal) output_abandon();
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &mask, &before); /* here it strikes; SIGCONT brings us back */
    sigprocmask(SIG_SETMASK, &before, NULL);
    handle(number, on_other);
    stop_signal = death_signal = 0;
}

/* ---- while the session runs ---- */

void prompt_computing(bool on) {
    interrupts = 0;
    computing = on;
}

bool prompt_interrupted(void) { return interrupts != 0; }
