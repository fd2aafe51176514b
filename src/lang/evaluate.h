/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate.h - runs the op graph and records the tape.
 *
 * Layer: lang.
 *
 * An evaluator owns the values of names, the stack of calls, and the recorder.  It reads a graph that must
 * not change while it runs. */
#ifndef GTAPE_EVALUATE_H
#define GTAPE_EVALUATE_H

#include "base/number.h"
#include "core/replay.h"
#include "core/sweep.h"
#include "lang/graph.h"

/* Calls deeper than this are an error. */
enum { CALL_LIMIT = 100000 };
/* Partial derivatives given by hand that ask for one another: each costs stack of C. */
enum { SWEEP_LIMIT = 50 };

enum unconnected { UNCONNECTED_ZERO, UNCONNECTED_NONE, UNCONNECTED_ERROR };

/* f'(x) waits for f to return: entry by entry where x is a tensor. */
typedef struct prime_state {
    value x;    /* what f is differentiated at */
    value leaf; /* the parameter's record for this entry */
    size_t entry;
    u32 order;
    bool values_only;
} prime_state;

typedef struct frame {
    u32 instruction; /* of the call; the caller goes on behind it */
    u32 body;
    u32 registers, locals; /* where the callee's start on the stacks */
    size_t pool;
    bool is_prime;
} frame;

/* A loop that can be fused is, when it repeats for the first time. */
typedef struct loop_site {
    bool is_tried;
    struct fused *fused; /* the recorder's */
} loop_site;

/* One binding of a name, moved: one of its entries by some amount, or a scalar to some value.  So a program
 * is run at other places, whatever binds the name. */
typedef struct store_shift {
    u32 slot;
    u32 at;    /* which of the name's bindings, from 0 */
    u32 seen;  /* so far */
    u32 order; /* of the last one, among those of all names of the list */
    size_t entry;
    double by;
    bool replaces; /* `by` is the value itself */
    value last;    /* what was bound last; borrowed */
    struct store_shift *next;
} store_shift;

/* Of the run that is traced, or was last: trace.h. */
typedef struct trace {
    u32 first, end;   /* the leaves of the row's numbers */
    ARRAY(u8) varies; /* by record, as far as somebody asked */
    ARRAY(replay_guard) guards;
    u64 limit; /* of operations, otherwise */
    bool given_up;
} trace;

/* A partial derivative that was not finite, and the arguments of its operation: for the note, which may come
 * when other iterations of the same line have been recorded. */
typedef struct culprit {
    u32 origin;
    bool is_number[2];
    double arguments[2];
} culprit;

/* Why a run is to stop. */
enum interrupt { INTERRUPT_NONE, INTERRUPT_ASKED, INTERRUPT_TIMEOUT };

typedef struct evaluator {
    graph *g;
    const source_list *sources;
    recorder rec;
    ARRAY(value) globals;
    ARRAY(value) given; /* by global: from --at, or unbound */
    ARRAY(value) saved; /* at a prompt: what both held before the text at work */
    u64 saved_draws;    /* and the random numbers that were drawn */
    u64 first_draw;     /* of a run: those before it were drawn for the ranges of a sweep */
    ARRAY(value) registers;
    ARRAY(value) locals;
    ARRAY(frame) frames;
    ARRAY(prime_state) primes;
    ARRAY(value) entries;   /* of the tensors that f'(x) makes */
    ARRAY(value) kept;      /* arguments of functions with partials by hand, until they return */
    ARRAY(value) arguments; /* of the function at work */
    text output, note;      /* of the print, of the note at work */
    ARRAY(u8) marks;        /* by record, while an origin is looked for */
    number_format number;   /* how print shows numbers */
    value result;           /* of a body called from C */
    u32 stop;               /* a DO_STOP for it to return to */
    ARRAY(u32) reached;     /* entries of bodies (waiting.c) */
    ARRAY(loop_site) loops; /* by the number of the jump back */
    bool fuses;             /* whether loops may become one record */
    unsigned silent;        /* calls that are made again: what they print has been printed */
    unsigned in_sweep;      /* calls out of a sweep: records must keep their numbers */
    bool repeats;           /* something ran again since the last one: text run once leaves little garbage */
    u32 last_target;        /* the global that was assigned last, or NAME_NONE */
    u64 operations, operation_limit; /* sweeps count too */
    u64 swept;                       /* of the operations, those of sweeps */
    store_shift *shift;              /* NULL: no binding is moved */
    bool given_first; /* at a prompt, the first store to a given name takes that value instead */
    bool strict, notes;
    bool unexplained; /* a result was not finite, and no record tells why */
    enum unconnected unconnected;
    _Atomic int interrupt;       /* enum interrupt: set by other threads and signal handlers */
    struct uncertain *uncertain; /* leaves with an uncertainty (uncertain.h); NULL until there is one */
    /* minimize, fit, root: the solver is a layer above (solve/statement.h); `site` lies in graph.operands */
    void (*solve)(void *user, struct evaluator *e, u32 pc, u32 site);
    void *solve_user;
    trace trace;
    ARRAY(culprit) culprits;
    ARRAY(span) noted; /* places that a note was made for */
    intern_table said; /* notes without a place */
    bool keeps_noted;  /* from run to run */
    void (*print)(void *user, const char *text, size_t length);
    void *print_user;
} evaluator;

void evaluator_init(evaluator *e, graph *g, const source_list *sources, diagnostic_list *diagnostics);
/* What needs memory: the first frame, pi, tau and so on as names that the program may bind again.  After a
 * fault another call goes on where this one ended. */
void evaluator_begin(evaluator *e);
void evaluator_free(evaluator *e);
/* Unbinds every name but the constants, and clears the tape. */
void evaluator_reset(evaluator *e);
/* Makes room for the names and registers of a graph that has grown. */
void evaluator_prepare(evaluator *e);
/* Binds each input that was given a value. */
void evaluator_bind_inputs(evaluator *e);
/* At a prompt: binds the names that the text reads first, and leaves the others for the read in a function,
 * the store, or the input with a default, to come. */
void evaluator_bind_read(evaluator *e);
/* Whatever waits to be bound is no longer given. */
void evaluator_forget_given(evaluator *e);
/* Whether an input with a default has been given a value, which it then has. */
bool evaluator_has_input(evaluator *e, u32 slot);
/* At a prompt: remembers what names hold and are given, uncertainties, and how far random numbers are;
 * evaluator_restore puts it back, for the names that the graph still has. */
void evaluator_save(evaluator *e);
void evaluator_restore(evaluator *e);
void evaluator_forget_saved(evaluator *e);
/* What a binding of the name is to be, where e->shift is set. */
value evaluator_shifted(evaluator *e, u32 slot, value v);
/* Runs from an instruction to DO_STOP.  Raises faults; the stack of calls is as it was at the fault. */
void evaluate(evaluator *e, u32 start);
/* Evaluates a body with these arguments, from C. */
value call_body(evaluator *e, u32 number, u32 count, const value *arguments);
/* The partial derivative of a call that is given by hand: arguments are the value of the call and its
 * arguments. Error at the expression unless the derivative fits the value, or the value broadcast with the
 * parameter. */
value call_partial_body(evaluator *e, u32 number, u32 count, const value *arguments);
/* Takes the tape back to a mark that was made in this statement. */
void evaluator_back(evaluator *e, tape_mark mark);
/* Drops what an interrupted run left on the stacks, and of the pool what was added since the mark. */
void evaluator_stop(evaluator *e, size_t pool);
/* The same, with all of the pool. */
void evaluator_unwind(evaluator *e);

/* ---- derive.c ---- */
/* Whether the derivative of a DO_DERIVE or DO_PRIME needs no history: it is printed, and no more. */
bool wants_value_only(const evaluator *e, const instruction *in);
/* One of the forms grad, vjp ... on values: arguments as in the call. */
value derive(evaluator *e, const instruction *in, u32 pc, u32 count, value *arguments);
/* The gradient (or Jacobian) of y in x, in the shape of y followed by that of x. */
value derive_jacobian(evaluator *e, value y, value x, bool record, bool *connected);
/* The derivative of scalar y in scalar x, `order` times. */
value derive_repeated(evaluator *e, value y, value x, u32 order, bool values_only);
/* Taylor coefficients of y in scalar x up to order n. */
value derive_taylor(evaluator *e, value y, value x, value n, bool values_only);
/* The derivative of scalar y in scalar x of an order that nested sweeps would take long for: n! times the
 * Taylor coefficient.  Unbound where an operation on the way has none. */
value derive_high(evaluator *e, value y, value x, u32 order, bool values_only);
/* Where a derivative computed on numbers is not finite, a record without arguments remembers whose partial
 * derivative it was, for the note. */
value remember_origin(evaluator *e, value g, value y, value seed, value x);
/* A seed of ones in the shape of y. */
value ones_like(recorder *r, const value *y);

/* ---- notes.c ---- */
/* Explains a value that is not finite: names the operation it comes from, once a place.  Under `strict` that
 * is an error. */
void explain_not_finite(evaluator *e, const value *v);
/* The value without its history; where e->rec.records_odd, with a record that remembers the operation
 * which made it not finite. */
value cut_history(evaluator *e, value v);
/* Keeps the arguments of the operation that sweep_culprit has just found. */
void remember_culprit(evaluator *e, u32 origin);
/* The same for a derivative of y in x that was computed on numbers ... */
void explain_gradient(evaluator *e, value y, value x, value gradient);
/* ... for u, the uncertainty of y or a number that it is made of (a sensitivity) ... */
void explain_uncertainty(evaluator *e, value y, value u);
/* The origin of the partial derivative between uncertain leaves and y that is not finite, with the derivative
 * that it spoils, or ORIGIN_NONE. */
u32 uncertainty_culprit(evaluator *e, value y, value *derivative);
/* ... and for a number that no operation is to blame for alone, which is called by the format, at the place
 * of an instruction (or ORIGIN_NONE). */
void explain_figure(evaluator *e, u32 origin, double x, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* x = v +/- u where v comes from uncertain leaves: their part is lost. */
void note_uncertainty_replaced(evaluator *e, u32 pc);
/* A note of core on a record of this origin: for recorder.note. */
void note_on_record(void *user, u32 origin, enum diag_code code, const char *message);
/* A solver's expressions depend on uncertain leaves, and its solution is a leaf without. */
void note_uncertainty_left(evaluator *e, u32 pc, const char *solver, const char *hint);
/* Says that the derivative asked for at instruction pc (or NAME_NONE: by the caller) is 0; names may be NULL.
 * Where x was bound again since, the hint says so. */
void note_unconnected(evaluator *e, u32 pc, const char *y_name, value y, const char *x_name, value x,
                      bool is_rebound);

#endif
