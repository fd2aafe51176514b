/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula_job.h - targets and their derivatives as expressions, on the way to a text.
 *
 * Layer: lib.  Tensors are taken apart: every entry of a target has a root of its own, and every entry of a
 * variable is a leaf. */
#ifndef GTAPE_FORMULA_JOB_H
#define GTAPE_FORMULA_JOB_H

#include "emit/c_code.h"
#include "emit/formal.h"
#include "emit/formula.h"
#include "lib/session.h"

/* An entry of a name. */
typedef struct job_part {
    u32 slot, entry, node; /* ENTRY_NONE: of a scalar */
} job_part;

typedef struct job {
    formal t;
    page page;
    c_code code;
    text name, label;              /* of an equation */
    ARRAY(u32) targets, variables; /* slots */
    ARRAY(job_part) heads, leaves; /* their entries */
    ARRAY(u32) row;                /* as many as leaves, twice */
    ARRAY(u32) roots;    /* expressions: each head, its gradient and, where wanted, its hessian by rows */
    bool keeps_loops;    /* in code */
    ARRAY(u32) unrolled; /* the loops that do not stay loops: see formal.h */
    text *out;
} job;

/* How many roots a head has. */
static inline size_t job_stride(const gtape *g, const job *j) {
    size_t count = j->leaves.count;
    return 1 + count + (g->hessians_wanted ? count * count : 0);
}

static inline const char *job_name(const gtape *g, u32 slot) {
    return intern_text(&g->graph.names, g->graph.globals.items[slot].name);
}

/* Runs the program on formulas and differentiates. */
void job_make(gtape *g, job *j);

/* formula_page.c, formula_code.c: the texts. */
void job_equations(gtape *g, job *j);
void job_latex(gtape *g, job *j);
void job_code(gtape *g, job *j);

#endif
