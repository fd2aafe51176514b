/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot.h - plots by gnuplot: --plot and :plot.
 *
 * Layer: cli.
 *
 *     z over x from -3 to 3                       a curve, its derivative, the tangent where x is
 *     z over x from -3 to 3, y from 0 to 2        contours, gradient arrows, the path of a minimisation
 *     y over t                                    data, a fit, its confidence band
 *
 * The session that plots is a fresh one with the texts of the program; the plot's own text is added to it. */
#ifndef GTAPE_CLI_PLOT_H
#define GTAPE_CLI_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/output.h"
#include "lib/gtape.h"

enum { PLOT_AXES = 2, PLOT_STEPS = 241, PLOT_GRID = 121, PLOT_ARROWS = 15 };

struct plot_axis {
    char *name;      /* NULL: no such axis */
    char *from, *to; /* expressions; NULL: from the data */
    double low, high;
};

struct plot {
    char *target; /* an expression */
    struct plot_axis axes[PLOT_AXES];
    double here[PLOT_AXES],
        there[1 + PLOT_AXES]; /* where the program is, the target and its gradient there */
    double *points, *values;  /* samples: see gtape_sample */
    size_t count;
    char *band;       /* CSV of the fit: y, fitted, residual, confidence, prediction */
    double *abscissa; /* as many as it has rows */
    size_t rows;
    double *path; /* two numbers a step */
    size_t steps;
    char *script;
    size_t script_length;
};

/* ---- plot_words.c ---- */
/* Takes the words apart; false after a complaint. */
bool plot_parse(struct plot *p, const char *words);
void plot_free(struct plot *p);

/* ---- plot.c ---- */
/* Samples the program of `g`, whose texts, inputs and data are there, and makes the script without its
 * terminal; the exit status.  `tell` says what the session has to say and gives the exit status. */
int plot_make(struct plot *p, gtape *g, int (*tell)(void *user, gtape_status status), void *user);
/* False after a complaint: the end of this path (NULL: none) asks for a form that there is not. */
bool plot_takes(const char *path);
/* The i-th of `count` >= 2 places from low to high, both in. */
double plot_along(double low, double high, size_t i, size_t count);
/* Draws: into the output, in the form that the end of its path says, else as text. */
int plot_draw(const struct plot *p, struct output *out);

/* ---- plot_smooth.c ---- */
/* The value at `at` of a smooth curve through n >= 1 points, whose x ascend. */
double plot_between(size_t n, const double *x, const double *y, double at);

/* ---- plot_script.c ---- */
bool plot_write_script(struct plot *p);

#endif
