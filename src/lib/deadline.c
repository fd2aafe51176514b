/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadline.c - a thread that sleeps until a call has taken too long: see deadline.h. */
#include "lib/deadline.h"
#include "lib/session.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

/* Asks the session to stop, unless the call ended before. */
static void *watch(void *argument) {
    deadline *d = argument;
    pthread_mutex_lock(&d->lock);
    int error = 0;
    while (!d->over && error != ETIMEDOUT) error = pthread_cond_timedwait(&d->ended, &d->lock, &d->at);
    int none = INTERRUPT_NONE;
    if (!d->over) atomic_compare_exchange_strong(&d->g->evaluator.interrupt, &none, INTERRUPT_TIMEOUT);
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static struct timespec after(double seconds) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    double whole = floor(fmin(seconds, 1e9));
    t.tv_sec += (time_t)whole;
    t.tv_nsec += (long)(1e9 * (fmin(seconds, 1e9) - whole));
    if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
    return t;
}

bool deadline_begin(deadline *d, gtape *g) {
    pthread_condattr_t monotonic;
    d->g = g;
    d->over = false;
    d->at = after(g->timeout);
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
