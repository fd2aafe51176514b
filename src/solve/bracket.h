/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bracket.h - the root of a function of one variable between two points where its signs differ.
 *
 * Layer: solve. */
#ifndef GTAPE_SOLVE_BRACKET_H
#define GTAPE_SOLVE_BRACKET_H

#include "solve/outcome.h"

typedef struct bracket {
    void *user;
    double (*f)(void *user, double x);
    double low, high;
    double tolerance; /* relative, beside the spacing of doubles */
    size_t most_steps;
    /* results */
    double x, value;
    size_t steps;
    enum outcome outcome;
} bracket;

void bracket_solve(bracket *b);

#endif
