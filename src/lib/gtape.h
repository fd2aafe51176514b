/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gtape.h - values and exact derivatives of formulas: the public interface of libgtape.
 *
 * A session holds program text, inputs, the tape of the last run, and what was said about them.
 *
 *     gtape *g = gtape_new();
 *     gtape_add(g, "-e", "y = x*x; z = y*y", GTAPE_ALL);
 *     gtape_at(g, "x=5");
 *     gtape_wrt(g, "x");
 *     gtape_of(g, "y,z");
 *     if (gtape_run(g) == GTAPE_OK) {
 *         gtape_value v;
 *         gtape_gradient(g, 1, 0, &v);            // dz/dx: v.data[0] == 500
 *     }
 *     gtape_free(g);
 *
 * Ownership: what a function returns by pointer belongs to the session and stays valid until the
 * next call that runs or changes it, unless said otherwise.  A session is used by one thread at a
 * time; sessions are independent of each other.  No function prints, exits, or changes the locale;
 * the language itself reads no files and writes none. */
#ifndef GTAPE_H
#define GTAPE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default) /* the rest of the library is hidden */
#endif

#define GTAPE_ALL ((size_t)-1) /* as a length: up to the NUL */

typedef struct gtape gtape;

/* What a call came to.  The first four are the exit statuses of the command. */
typedef enum gtape_status {
    GTAPE_OK = 0,
    GTAPE_FAILED = 1,      /* an error while evaluating, a failed assert, memory exhausted */
    GTAPE_BAD_PROGRAM = 2, /* the text or an argument is not well formed */
    GTAPE_BAD_DATA = 3,    /* input or output failed */
    GTAPE_INCOMPLETE = 4,  /* gtape_feed only: the text goes on */
    GTAPE_INTERRUPTED = 5, /* gtape_interrupt was called while it ran */
} gtape_status;

const char *gtape_version(void);
/* Whether this library has "charconv" (numbers to text and back by the C++ library), and finds "blas",
 * "lapack" (matrices) and "sleef" (elementary functions on vectors), which it loads when they are first
 * needed. */
int gtape_has(const char *feature);

/* NULL where there is no memory. */
gtape *gtape_new(void);
void gtape_free(gtape *g);

/* ---- options, before the run ---- */

/* "strict" 0|1, "unconnected" none|zero|error, "seed" N, "max-ops" N, "max-memory" N (the most
 * bytes in use, for the whole process; 0: no limit), "timeout" S (seconds that a call may take; 0: no limit),
 * "time-in-all" S (instead, from now on for all calls together),
 * "fuse" 0|1 (whether many iterations of a loop may become one record: 1), "notes" 0|1 (whether reported
 * values that are not finite are explained; 1), "digits" N and "hex" 0|1 for what print shows, "threads" N (1
 * to 64, for the whole process), "coverage" P (of uncertainties: a probability below 1, or a factor; 0.95),
 * "hessian" 0|1 (second derivatives too), "record" 0|1 (a record for every name, so that gtape_show has all
 * of a program without variables), "samples" N (Monte Carlo samples in the budget; 0 unless set), "report"
 * 0|1 (targets even of a program that prints for itself; 0), "budget" 0|1 (rows show what contributes to
 * their uncertainties; 0), "prompt" 1 (gtape_feed goes on
 * behind gtape_run, and may take derivatives in any name), "constants" 0|1 (gtape_at may give a name that the
 * program binds first another value there; 0), "plot" 0|1 (solvers keep what a plot shows: steps, and the
 * bands of a fit; 0), "times" 0|1 (gtape_statistics has times; 0).
 * GTAPE_BAD_PROGRAM for an unknown name or value. */
gtape_status gtape_set(gtape *g, const char *option, const char *value);

/* Where print and printf go; without it their text is dropped. */
void gtape_on_print(gtape *g, void (*print)(void *user, const char *text, size_t length), void *user);

/* Called after each step of a solver with a line that says how far it is: "minimize: step 7, 0.25".  NULL:
 * not at all. */
void gtape_on_progress(gtape *g, void (*tell)(void *user, const char *line), void *user);

/* Ends a run as soon as it looks: may be called from a signal handler or another thread. */
void gtape_interrupt(gtape *g);
/* Whether a call of gtape_interrupt waits to be seen.  May be called from a signal handler too. */
int gtape_is_interrupted(const gtape *g);
/* Whether the time limit ended the last call. */
int gtape_is_out_of_time(const gtape *g);

/* ---- program ---- */

/* Appends program text; `name` is what errors call it ("-e", "model.gt").  Parsed at once; all texts are
 * one program.  After GTAPE_BAD_PROGRAM the diagnostics say why and the text is not part of it. */
gtape_status gtape_add(gtape *g, const char *name, const char *text, size_t length);
/* Values of inputs: "x=5,y=[1,2]", as --at.  Again for the same name: the last wins. */
gtape_status gtape_at(gtape *g, const char *text);
/* A file's content as inputs, as --data: NPY where it begins as such, else a CSV or TSV table.  Without
 * `name` each column of a table is an input that is called by its header; one that the program does not read
 * is not looked at, and one that it binds first is hidden.  With `name` the whole is one tensor, a table's
 * [rows, columns].  `label` is what errors call the file.  The bytes are not copied: they must stay until the
 * session is freed or reset.  gtape_at wins; of several data with a name, the last. */
gtape_status gtape_data(gtape *g, const char *name, const char *label, const char *bytes, size_t length);
/* The names that data give, one after the other; NULL behind the last. */
const char *gtape_column(const gtape *g, size_t index);
/* Divides the rows of the table that has the column by what stands in it, as --by; a run is then of one
 * group, the first until another is chosen.  Columns of other tables stay whole.  Groups are in the order of
 * their first rows and are called by their cells. */
gtape_status gtape_by(gtape *g, const char *column);
size_t gtape_group_count(const gtape *g); /* 0 without gtape_by */
const char *gtape_group_name(const gtape *g, size_t group);
void gtape_choose_group(gtape *g, size_t group);
/* Variables and targets by name, "x,y", as --wrt and --of; NULL or "" takes them back. */
gtape_status gtape_wrt(gtape *g, const char *names);
gtape_status gtape_of(gtape *g, const char *names);

/* Runs the program from its start and computes every target and, where variables are chosen, every
 * derivative.  A run may be repeated, with other inputs. */
gtape_status gtape_run(gtape *g);

/* ---- prompt ---- */

/* One piece of text typed at a prompt: it is added, and what is new is run; names keep their values.
 * GTAPE_INCOMPLETE: come again with this text and the next line.  After an error names keep the values
 * and functions that they had before the text (where a solver found no solution, its variables are where it
 * ended); what was interrupted keeps what it had done.  The targets are then the value of the last statement
 * (none after a statement without one), derivatives in the chosen variables that exist. */
gtape_status gtape_feed(gtape *g, const char *name, const char *text, size_t length);
/* Forgets program, inputs, data, names, variables and targets. */
void gtape_reset(gtape *g);
/* What the grammar expects at the end of an unfinished text: "name", "number", ")", "in" ... */
void gtape_expected(gtape *g, const char *text, void (*each)(void *user, const char *token), void *user);

/* ---- results ---- */

typedef struct gtape_number_format {
    int digits; /* 0: shortest that reads back the same; else 1 to 17 significant digits */
    int hex;    /* 0x1.8p+3 */
} gtape_number_format;

/* Row-major entries; rank 0 is a scalar (size 1). */
typedef struct gtape_value {
    const double *data;
    const size_t *shape;
    size_t size;
    unsigned rank;
} gtape_value;

size_t gtape_target_count(const gtape *g);
/* "z", "ans"; gtape_target_named tells whether it has a name to print in front of its value: a bare
 * expression has not (2+3 prints 5, and its gradient d/dx = 6). */
const char *gtape_target_name(const gtape *g, size_t target);
int gtape_target_named(const gtape *g, size_t target);
gtape_value gtape_target_value(const gtape *g, size_t target);
/* The standard uncertainty of a target, in its shape; 0 where nothing uncertain leads to it. */
int gtape_target_uncertainty(const gtape *g, size_t target, gtape_value *out);
size_t gtape_variable_count(const gtape *g);
const char *gtape_variable_name(const gtape *g, size_t variable);
gtape_value gtape_variable_value(const gtape *g, size_t variable);
/* The gradient of a target in a variable: shape of the target, then of the variable (a Jacobian where
 * the target is no scalar).  0 where the target does not depend on it and "unconnected" is "none"
 * (nothing is to be printed), else 1. */
int gtape_gradient(const gtape *g, size_t target, size_t variable, gtape_value *out);
/* Second derivatives, where "hessian" was set: shape of variable x, then of variable w.  0 where there are
 * none; the targets are scalars. */
int gtape_hessian(const gtape *g, size_t target, size_t x, size_t w, gtape_value *out);
/* The last run in another form, as text that is valid until the next call: "tape" (a table of the records
 * with their adjoints), "graph" (the same in the DOT language).  "symbolic", "latex" and "c" need no run, and
 * inputs no value: the targets and their derivatives (the second ones too where "hessian" is set) as
 * formulas, or as a C function.  GTAPE_BAD_PROGRAM for an unknown form. */
gtape_status gtape_show(gtape *g, const char *what, const char **text);
/* Holds every derivative of the last run against differences of the program, which is run again with each
 * entry of each variable moved.  *text is a table, the worst first (target, variable, index, gradient,
 * difference, error, estimate of the difference's own error), and the operations that were evaluated at a
 * kink; valid until the next call.  GTAPE_FAILED where some part by more than `tolerance`, relative to their
 * size or to 1, and by more than the estimate allows; *text is there all the same. */
gtape_status gtape_check(gtape *g, double tolerance, const char **text);
/* Runs the program at `count` points: the names of gtape_wrt (8 at most, which hold numbers) are bound to
 * those of a point, where the program binds them last; they need no value of their own.  out gets, point
 * after point, the value of the one target of gtape_of and its derivatives in the names; here[i] what the
 * program itself gives a name, nan for nothing.  A solver that moves one of the names rests. */
gtape_status gtape_sample(gtape *g, size_t count, const double *points, double *out, double *here);
/* Whether the program prints for itself, so that a report that nobody asked for is left out. */
int gtape_prints(const gtape *g);
/* Whether the program (watch, report) or a caller (gtape_wrt, gtape_of) asked for a report. */
int gtape_report_asked(const gtape *g);

/* What minimize, maximize, fit and root came to in the last run, in their order; also of a run that failed
 * because one of them found no solution. */
size_t gtape_solution_count(const gtape *g);
/* As "text", "json" (one object), "csv" or "tsv" (a header and a line); NULL for other formats.  Valid until
 * the next call. */
const char *gtape_solution_text(gtape *g, size_t index, const char *format, gtape_number_format how);

/* Where "plot" was set: the points that minimize and maximize came through, n numbers a step (the start is
 * not among them), and what an entry is called. */
const double *gtape_solution_path(const gtape *g, size_t index, size_t *steps, size_t *n);
const char *gtape_solution_entry(const gtape *g, size_t index, size_t entry);

/* ---- what was said ---- */

typedef enum gtape_severity { GTAPE_NOTE, GTAPE_WARNING, GTAPE_ERROR } gtape_severity;

typedef struct gtape_diagnostic {
    int code; /* permanent: the manual lists them */
    gtape_severity severity;
    const char *file;      /* NULL: about the command line or the run as a whole */
    unsigned line, column; /* from 1; columns in characters */
    size_t begin, end;     /* bytes in its source text */
    const char *message;
    const char *hint; /* or NULL */
} gtape_diagnostic;

size_t gtape_diagnostic_count(const gtape *g);
gtape_diagnostic gtape_diagnostic_at(const gtape *g, size_t index);
/* As the command shows it: place, message, source line, caret, hint, several lines with their ends.
 * Valid until the next call. */
const char *gtape_diagnostic_text(gtape *g, size_t index, int color);
void gtape_clear_diagnostics(gtape *g);

/* ---- text of numbers ---- */

#define GTAPE_NUMBER_ROOM 40
/* Returns the length; NUL-terminated. */
size_t gtape_number_text(char out[GTAPE_NUMBER_ROOM], double x, gtape_number_format how);

/* Whether a character turns the direction of the text around it, breaks its line, or is not seen, as U+202E
 * or U+00AD.  The command shows such as \u202e on a terminal; programs have none.  Variation selectors are
 * none. */
int gtape_is_hidden(unsigned long code);

typedef struct gtape_layout {
    gtape_number_format number;
    size_t indent; /* columns that stand before the value, for the lines below the first */
    int shorten;   /* leave out the middle of long tensors */
} gtape_layout;

/* A value as print shows it: nested brackets, a row a line, columns aligned.  Valid until the next call.
 * NULL where there is no memory. */
const char *gtape_value_text(gtape *g, gtape_value v, gtape_layout how);

/* The same for a target, with its uncertainty: 25 ± 1. */
const char *gtape_target_text(gtape *g, size_t target, gtape_layout how);

/* The uncertainty budgets of the targets that are uncertain, as --show uncertainty: "text", "json", "csv" or
 * "tsv".  NULL after an error.  Monte Carlo samples that gtape_interrupt or the time limit ends are an error
 * too, but the text is there, with what the samples up to there tell.  Valid until the next call. */
const char *gtape_uncertainty_budget(gtape *g, const char *format, gtape_number_format number);

/* ---- rows ---- */

/* Values of an input to go through, as --sweep: "x=0:1:0.1" (from, to and step; both ends in) or any vector,
 * "x=linspace(0,1,11)".  Again for another name: a grid, whose last name changes fastest. */
gtape_status gtape_sweep(gtape *g, const char *text);

typedef enum gtape_row_error { GTAPE_ROW_STOP, GTAPE_ROW_SKIP, GTAPE_ROW_BLANK } gtape_row_error;
typedef enum gtape_row_reduce { GTAPE_ROW_EACH, GTAPE_ROW_SUM, GTAPE_ROW_MEAN } gtape_row_reduce;

/* A table that is read, and one that is written: a line of results for each row, or, where they are reduced,
 * one line in all: sums are exact, then rounded once. */
typedef struct gtape_rows {
    const char *label; /* what errors call the input */
    char separator;    /* of fields: ',' or another byte, ' ' for runs of blanks, '{' for JSON lines; 0: what
                          the label or the first line says */
    char out;          /* of the output; 0: as the input */
    int no_header;     /* columns are called c1, c2 ..., and no header is written */
    const char *keep;  /* NULL: no column is passed through (all of a sweep); "": all; else names, "a,b" */
    const char
        *missing_words; /* texts that a missing value has, "NA,-"; NULL: NA.  An empty cell is one too */
    gtape_row_error on_error;
    gtape_row_reduce reduce;
    int line_buffered; /* each row is given as it is done; else many at a time where the input has them */
    unsigned threads;  /* 0 is 1; the results are the same */
    gtape_number_format number;
    /* Up to `room` bytes: as many as there are now, 0 at the end, -1 after an error (told by the caller).
     * NULL: rows are those of gtape_sweep.  With several threads read and write are called from any of them,
     * each by one at a time; what waits to read may look at `ended` and return 0. */
    long (*read)(void *user, char *to, size_t room);
    /* What has been worked out is given before more is read.  0: nothing more can be written. */
    int (*write)(void *user, const char *bytes, size_t length);
    void *user;
    int ended;                    /* out: an error has ended the run, or it is to stop */
    size_t rows, missing, failed; /* out: rows read, with missing cells, with errors that were passed over */
    size_t replayed, evaluated;   /* out: rows done in blocks, one by one */
    size_t traces, steps;         /* out: ways through the program that were recorded, steps of the longest */
    double seconds;               /* out: by the clock, in evaluating; of the busiest thread */
} gtape_rows;

/* Runs the program once for each row; the columns are inputs.  Memory does not grow with the input.  Rows
 * before an error are written. */
gtape_status gtape_run_rows(gtape *g, gtape_rows *rows);

/* ---- what there is: for help and completion ---- */

typedef struct gtape_function {
    const char *name, *signature, *help;
    const char *derivative, *derivative2; /* as formulas in x and in w, or NULL; valid until the next call */
    const char *domain;                   /* "x > 0", or NULL for everywhere */
} gtape_function;

size_t gtape_function_count(void);
gtape_function gtape_function_at(size_t index);

typedef struct gtape_name {
    const char *name;
    int is_function, is_input, is_bound;
    int is_constant;   /* pi and the like, not bound by the program */
    gtape_value value; /* where bound */
} gtape_name;

/* The names of a session in the order they came up: variables, inputs, user functions. */
size_t gtape_name_count(const gtape *g);
gtape_name gtape_name_at(const gtape *g, size_t index);
/* The value with its standard uncertainty, "625 ± 50"; NULL where it has none, or there is no memory. */
const char *gtape_name_text(gtape *g, size_t index, gtape_layout how);

/* ---- figures ---- */

/* Times are of the processor, 0 without the option "times".  An operation of the text is an operator, a call
 * of an elementwise function, or a number; one of the run is an instruction that was evaluated. */
typedef struct gtape_stats {
    double parse_seconds, run_seconds, record_seconds, sweep_seconds;
    double page_seconds; /* first touch of large arrays: no part of parse, record and sweep */
    size_t parsed_operations, instructions, records, operations, tape_bytes, peak_memory;
} gtape_stats;

gtape_stats gtape_statistics(const gtape *g);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
