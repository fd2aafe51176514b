/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/time_limit.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/spawn.h"
#include "lib/gtape.h"

static char message[64];

/* Async-signal-safe throughout. */
static void time_is_up(int number) {
    (void)number;
    output_abandon(); // NOLINT(bugprone-signal-handler): it unlinks, no more
    spawn_stop();     // NOLINT(bugprone-signal-handler): it kills, no more
    ssize_t written = write(STDERR_FILENO, message, strlen(message));
    (void)written;
    _exit(GTAPE_FAILED);
}

void time_limit_start(double seconds) {
    enum { GRACE = 1, LONGEST = 100000000 };
    double at = seconds < LONGEST ? seconds + GRACE : LONGEST;
    struct itimerval timer = {.it_value = {(time_t)floor(at), (suseconds_t)(1e6 * (at - floor(at)))}};
    snprintf(message, sizeof message, "gtape: stopped after %.6g seconds (--timeout)\n", at);
    signal(SIGALRM, time_is_up);
    setitimer(ITIMER_REAL, &timer, NULL);
}
