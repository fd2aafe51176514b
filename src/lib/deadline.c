/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadline.c - a thread that sleeps until a call has taken too long: see deadline.h. */
#include "lib/deadline.h"
#include "lib/session.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <time.h>

/* Asks the session to stop, unless the call ended before. */
static void *watch(void *argument) {
    deadline *d = argument;
    pthread_mutex_lock(&d->lock);
    int error = 0;
    while (!d->over && error != ETIMEDOUT) error = pthread_cond_timedwait(&d->ended, &d->lock, &d->at);
    if (!d->over) session_stop(d->g, INTERRUPT_TIMEOUT);
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static struct timespec deadline_of(const gtape *g) {
    double at = g->ends > 0 ? g->ends : session_time() + fmin(g->timeout, 1e9), whole = floor(at);
    return (struct timespec){(time_t)whole, (long)(1e9 * (at - whole))};
}

bool deadline_begin(deadline *d, gtape *g) {
    pthread_condattr_t monotonic;
    d->g = g;
    d->over = false;
    d->at = deadline_of(g);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&d->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&d->lock, NULL);
    /* signals are for the threads of the caller */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&d->thread, NULL, watch, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error) return true;
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->ended);
    return false;
}

void deadline_end(deadline *d) {
    pthread_mutex_lock(&d->lock);
    d->over = true;
    pthread_cond_signal(&d->ended);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->ended);
}
