/* SPDX-License-Identifier: GPL-3.0-or-later */
/* monte_carlo.h - the distribution of targets, found by running the program on samples of its uncertain
 * inputs.
 *
 * Layer: lib.
 *
 * After JCGM 101:2008, with inputs of normal distribution (correlated as the program says).  Each sample is a
 * run of the whole program, so that what is not linear, branches included, is as it is.  What the program
 * prints is dropped.  Samples are numbered draws from the seed: the same seed gives the same result. */
#ifndef GTAPE_MONTE_CARLO_H
#define GTAPE_MONTE_CARLO_H

#include "base/mem.h"

struct gtape;

/* All samples are kept, of all entries of targets together: 1 GiB. */
enum { MOST_SAMPLES = 1 << 27 };

/* Of one entry of a target. */
typedef struct monte_carlo {
    double mean, deviation; /* of the samples that are finite */
    double low, high;       /* the coverage interval, symmetric in probability */
    size_t drawn, finite;
} monte_carlo;

typedef ARRAY(monte_carlo) monte_carlo_list; /* entries of the targets, one after the other */

/* Draws g->samples samples and fills the list.  Raises errors; afterwards the tape is that of the nominal
 * run.  Stopped by Ctrl-C or a time limit after some samples, it adds an error that says so, and gives what
 * these tell: then it returns false. */
bool monte_carlo_run(struct gtape *g, monte_carlo_list *out);

#endif
