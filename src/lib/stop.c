/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stop.c - what ends a call before its end: gtape_interrupt, and the time limit (deadline.h). */
#include "lib/session.h"

#include <stdatomic.h>
#include <time.h>

double session_time(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What was asked for stays, whatever comes after it. */
static void set_flag(gtape *g, enum interrupt why) {
    int none = INTERRUPT_NONE;
    if (why == INTERRUPT_ASKED) g->evaluator.interrupt = why;
    else atomic_compare_exchange_strong(&g->evaluator.interrupt, &none, (int)why);
}

void session_stop(gtape *g, enum interrupt why) {
    set_flag(g, why);
    atomic_fetch_add(&g->stopping, 1);
    for (gtape *f = g->followers; f; f = f->next_follower) set_flag(f, why);
    atomic_fetch_sub(&g->stopping, 1);
    if (g->rows_ended) __atomic_store_n(g->rows_ended, 1, __ATOMIC_RELEASE);
}

/* Either session_stop sees the follower, or the flag is seen here. */
void session_lead(gtape *g, gtape *follower) {
    follower->next_follower = g->followers;
    g->followers = follower;
    if (g->evaluator.interrupt) set_flag(follower, (enum interrupt)g->evaluator.interrupt);
}

/* Whoever has come upon the follower before is done with it soon: it may be freed then. */
void session_let_go(gtape *g, gtape *follower) {
    gtape *before = g->followers;
    if (before == follower) g->followers = follower->next_follower;
    while (before && before->next_follower != follower) before = before->next_follower;
    if (before) before->next_follower = (gtape *)follower->next_follower;
    while (g->stopping) continue;
}

void gtape_interrupt(gtape *g) { session_stop(g, INTERRUPT_ASKED); }

int gtape_is_interrupted(const gtape *g) { return g->evaluator.interrupt == INTERRUPT_ASKED; }
int gtape_is_out_of_time(const gtape *g) { return g->evaluator.interrupt == INTERRUPT_TIMEOUT; }
