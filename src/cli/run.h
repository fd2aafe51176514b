/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.h - one program from the command line, from its sources to its report.
 *
 * Layer: cli.  A struct run owns session and output; the prompt uses one too. */
#ifndef GTAPE_CLI_RUN_H
#define GTAPE_CLI_RUN_H

#include "lib/gtape.h"
#include "cli/data_input.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/script.h"

struct run {
    const struct options *options;
    gtape *g;
    struct output out;
    struct report_style style;
    struct script *scripts; /* as many as options->source_count; those that were read */
    size_t script_count;
    struct data_inputs data;
    bool failed;                   /* the program did not run to its end */
    bool wants_data, wants_inputs; /* it never came to those of the options */
    bool color_errors;
    struct progress progress;
    struct notes notes;
};

/* What the options say of a session. */
gtape_status run_set_options(gtape *g, const struct options *o);
/* Session and output, with the options set.  Anything but 0 is the exit status, after a complaint. */
int run_open(struct run *r, const struct options *o);
/* Closes the output, which is kept if status is 0; the exit status. */
int run_close(struct run *r, int status);
/* Reads the files of --data and hands them to the session; anything but 0 is the exit status. */
int run_take_data(struct run *r);
/* Reads every source, hands the program to the session, runs it, and reports. */
int run_program(struct run *r);

/* gtape_run; Ctrl-C asks it to stop, so that a solver can tell its best point so far. */
gtape_status run_interruptibly(gtape *g);
/* Plots the program of `g`, which must not have run and is changed; the exit status. */
int run_plot(struct run *r, gtape *g, const char *words, bool script_only, struct output *out);
/* Writes the table of gtape_check; the exit status. */
int run_check(struct run *r, double tolerance);
/* Writes the budget of --show uncertainty; the exit status. */
int run_budget(struct run *r);
/* Writes what gtape_show gives; the exit status. */
int run_show(struct run *r, const char *what);

/* What print says goes to the output from here on. */
void run_listen(struct run *r);
/* Writes what the session has to say to stderr, and forgets it; whether an error was among it. */
bool run_tell(struct run *r);
/* run_tell, and the exit status for what a call came to. */
int run_status(struct run *r, gtape_status status);

#endif
