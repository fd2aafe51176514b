/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session.h - the inside of a gtape session, shared by the files of the library.
 *
 * Layer: lib. */
#ifndef GTAPE_SESSION_H
#define GTAPE_SESSION_H

#include "data/table.h"
#include "lang/evaluate.h"
#include "lang/parse.h"
#include "lang/state.h"
#include "lib/gtape.h"

typedef struct asked {
    u32 name; /* interned */
    span at;
} asked;

typedef struct result {
    u32 slot;
    value v;
} result;

typedef struct derivative {
    value v;
    bool shown; /* false: not connected, and `unconnected` says that such ones are left out */
} derivative;

/* What gtape_data was given: columns by name, or one tensor. */
typedef struct data_input {
    char *label;
    u32 name; /* interned; NAME_NONE: a table of columns */
    span at;  /* of the name */
    value whole;
    table table;
} data_input;

struct gtape {
    source_list sources;
    diagnostic_list diagnostics;
    graph graph;
    evaluator evaluator;
    build build;
    ARRAY(u32) programs; /* entries of the texts, in order */
    ARRAY(u32) bindings; /* entries of the texts of gtape_at */
    ARRAY(data_input) data;
    ARRAY(asked) wrt, of;
    ARRAY(asked) * collecting; /* where names that are parsed go */
    ARRAY(result) targets, variables;
    ARRAY(derivative) derivatives; /* target after target */
    struct {                       /* one target's row, kept from run to run */
        ARRAY(value) variables, results;
        ARRAY(bool) connected;
    } row;
    text shown;       /* what gtape_diagnostic_text gave last */
    text names, hint; /* of the error at work */
    text form;        /* what gtape_show gave last */
    gtape_stats stats;
};

/* Processor time, and the part of it since `before` that went into work and not into fresh pages. */
typedef struct stopwatch {
    double time, pages;
} stopwatch;
stopwatch session_start(void);
double session_worked(gtape *g, stopwatch since);

/* session.c: runs `step` and turns what it raises into a status; errors are on the list of diagnostics. */
gtape_status session_guard(gtape *g, void (*step)(gtape *g, void *argument), void *argument);
double session_clock(void);
/* check.c: everything that can only be said once all texts are there; adds errors. */
void session_check(gtape *g);
/* The same where inputs need no value. */
void session_check_names(gtape *g);
/* Whether gtape_at gives the name a value. */
bool session_is_set(const gtape *g, u32 slot);
/* data.c: gives values to the inputs that have a column or a file. */
void session_take_data(gtape *g);
void session_free_data(gtape *g);
/* results.c */
void session_results(gtape *g);
void session_drop_results(gtape *g);

#endif
