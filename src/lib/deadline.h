/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadline.h - the time that one call may take: what gtape_set calls "timeout".
 *
 * Layer: lib.  While a call runs, a thread sleeps; when the time is up it sets the flag that Ctrl-C sets, to
 * INTERRUPT_TIMEOUT, and whatever looks at that flag stops. */
#ifndef GTAPE_LIB_DEADLINE_H
#define GTAPE_LIB_DEADLINE_H

#include "lib/gtape.h"

#include <pthread.h>
#include <stdbool.h>

typedef struct deadline {
    gtape *g;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over; /* the call ended, or is about to */
    struct timespec at;
} deadline;

/* g->timeout seconds from now on, or at g->ends.  False where no thread can be had. */
bool deadline_begin(deadline *d, gtape *g);
void deadline_end(deadline *d);

#endif
