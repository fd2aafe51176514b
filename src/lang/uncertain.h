/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uncertain.h - leaves with a standard uncertainty, and what follows for everything computed from them.
 *
 * Layer: lang.
 *
 * x = 5 +/- 0.1 makes a leaf of the tape that carries a standard uncertainty u.  Leaves may be correlated,
 * and their u may come with degrees of freedom.  To first order (JCGM 100:2008, 5.1 and 5.2) a value y that
 * the tape connects to leaves x has
 *
 *     u(y)^2 = sum over i, j of  dy/dx_i  u_i r_ij u_j  dy/dx_j
 *
 * with exact derivatives.  Covariances are kept as u and r, so that nothing is squared that could overflow.
 *
 * An evaluator has a `struct uncertain` from its first uncertain leaf on; without one nothing here costs
 * anything.  It owns what it lists; leaves that no name or record reaches are dropped when the tape is
 * compacted. */
#ifndef GTAPE_UNCERTAIN_H
#define GTAPE_UNCERTAIN_H

#include "lang/evaluate.h"

typedef struct uncertain_leaf {
    value leaf;   /* its record; a scalar or a tensor */
    value u;      /* standard uncertainty of each entry, in the shape of the leaf */
    double df;    /* degrees of freedom of u; INFINITY where it is taken as exact */
    u32 name;     /* interned, for the budget; NAME_NONE */
    size_t first; /* number of its first entry among those of all leaves */
} uncertain_leaf;

/* Entry i of leaf a and entry j of leaf b have the correlation r. */
typedef struct uncertain_link {
    u32 a, b;
    size_t i, j;
    double r;
} uncertain_link;

/* What --at gives a global beside its value; df 0: no uncertainty. */
typedef struct given_uncertainty {
    value u;
    double df;
} given_uncertainty;

/* How a target of n entries depends on one leaf of m. */
typedef struct sensitivity {
    bool connected;
    bool entrywise; /* entry i depends on entry i alone: `j` has n numbers; else n rows of m */
    value j;        /* in the pool */
} sensitivity;
typedef ARRAY(sensitivity) sensitivity_list; /* by leaf */

typedef struct uncertain {
    ARRAY(uncertain_leaf) leaves;
    ARRAY(uncertain_link) links;
    ARRAY(given_uncertainty) given; /* by global */
    ARRAY(u32) blocks;              /* by entry of all leaves: the first entry it is correlated with */
    sensitivity_list of[2];         /* of the targets at work */
    ARRAY(value) variables, gradients;
    u32 correlated_at; /* the instruction that set the last correlation */
    bool unchecked;    /* correlations that nobody has looked at yet */
    bool is_joined;    /* some leaves came by uncertain_join */
    size_t created;    /* leaves since the tape was cleared */
    struct {           /* at a prompt: what stood there before the text at work */
        ARRAY(uncertain_leaf) leaves;
        ARRAY(uncertain_link) links;
        u32 correlated_at;
        bool unchecked, is_joined;
    } saved;
    /* While samples are drawn (Monte Carlo): what is added to the entries of leaves, in the order in which
     * the nominal run made them; NULL else. */
    const double *offsets;
    size_t offset_count, offset_next;
} uncertain;

void uncertain_free(evaluator *e);
/* Forgets all leaves (the tape was cleared); what --at gave stays. */
void uncertain_clear(evaluator *e);

/* At a prompt: remembers leaves and correlations, and puts them back, with the uncertainty of leaves that the
 * text took it from. */
void uncertain_save(evaluator *e);
void uncertain_restore(evaluator *e);
void uncertain_forget_saved(evaluator *e);

/* ---- making leaves: uncertain.c ---- */

/* A fresh leaf with the value of `v` and the standard uncertainty `u` (its shape, or one that is broadcast to
 * it).  Errors at the instruction at work: u negative or not finite, df not above 0. */
value uncertain_make(evaluator *e, u32 name, value v, value u, double df);

/* Gives leaves that are on the tape already (records by record_leaf), all at once, standard uncertainties
 * `u`, over all their entries in order, and the correlation matrix of these, row-major.  This is what `fit`
 * calls. `names` are interned, or NULL; df are the degrees of freedom that they share.  A leaf that was
 * uncertain before gets these. */
void uncertain_join(evaluator *e, u32 count, const value *leaves, const u32 *names, const double *u,
                    const double *correlation, double df);

/* --at: keeps the uncertainty of a value (of no leaf: that there is none) for a global ... */
void uncertain_give(evaluator *e, u32 slot, const value *v);
/* ... and makes the leaf where the global takes the value; without an uncertainty, `v` as it is. */
value uncertain_given(evaluator *e, u32 slot, value v);

/* correlate x, y = r.  Scalars and a number r; tensors of equal size and r a number or their shape, entry by
 * entry; or r a matrix [entries of x, entries of y] (for x = y the correlation matrix of a tensor's entries).
 * Errors: x or y no uncertain leaf, |r| > 1 or nan, shapes that do not fit. */
void uncertain_correlate(evaluator *e, value x, value y, value r);

/* Error at the last `correlate` if the correlations are not those of any quantities: not positive
 * semidefinite. */
void uncertain_check(evaluator *e);

/* Fills `factor` (n by n, n the number of entries of all leaves) with the lower triangle L of R = L L', the
 * correlation matrix. */
void uncertain_factor(evaluator *e, double *factor, size_t n);

/* The leaf whose record this is, or NAME_NONE. */
u32 uncertain_find(const evaluator *e, u32 node);
/* Fills `blocks`: entries that are correlated, directly or not, share the number of the first of them. */
void uncertain_blocks(evaluator *e);
/* For tape_compact. */
void uncertain_visit(evaluator *e, void (*visit)(void *state, value *root), void *state);
/* After a compaction: drops the leaves whose records are gone. */
void uncertain_compacted(evaluator *e);

/* ---- propagation: propagate.c ---- */

/* The standard uncertainty of `y` in its shape, or unbound where the tape connects it to no uncertain leaf.
 */
value uncertainty_of(evaluator *e, value y);
/* Fills `list` with what leaves the tape connects record `node` to; returns how many these are. */
size_t uncertain_connected(evaluator *e, u32 node, sensitivity_list *list);
/* Whether the tape connects a record to an uncertain leaf. */
bool uncertain_reaches(evaluator *e, u32 node);
/* The correlation of two scalars; nan where one has no uncertainty. */
double correlation_of(evaluator *e, value y, value z);
/* For each leaf, how y depends on it.  False where on none.  The list belongs to the evaluator. */
bool sensitivities_of(evaluator *e, value y, sensitivity_list *list);
/* dy_i / dx_k times u(x_k), of one leaf. */
double contribution(const evaluator *e, const sensitivity_list *list, u32 leaf, size_t i, size_t k);

#endif
