/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graph.h - the op graph: what a program says.
 *
 * Layer: lang.
 *
 * All program texts of a session make one list of instructions; the list is the evaluation order.  The body
 * of a function lies where its definition stands, jumped over by what surrounds it.
 *
 *     instruction | op     n      a        b        c
 *     ------------+--------------------------------------
 *          0      | MUL          x        x        r0        y = x*x
 *          1      | STORE        r0       y
 *          2      | SIN          y                 r0        z = sin(y) + 1
 *          3      | ADD          r0       1        r0
 *          4      | STORE        r0       z
 *
 * An operand is two bits of kind and a number:
 *
 *     registers   results of this statement, numbered like a stack
 *     globals     names at top level, one slot a name
 *     locals      a function's parameters, names and loop states (at top level: loop states only)
 *     literals    numbers in the text
 *
 * so that reading a name costs no instruction.  Names that may be unbound where they are read are
 * checked by an instruction of their own. */
#ifndef GTAPE_GRAPH_H
#define GTAPE_GRAPH_H

#include "base/diag.h"
#include "base/intern.h"
#include "core/functions.h"

enum operand_kind { IN_REGISTER, IN_GLOBAL, IN_LOCAL, IN_LITERAL };
#define OPERAND(kind, number) ((u32)(kind) << 30 | (u32)(number))
#define OPERAND_KIND(o)       ((enum operand_kind)((o) >> 30))
#define OPERAND_NUMBER(o)     ((o)&0x3fffffffu)
#define OPERAND_NONE          UINT32_MAX

/* Operations that are no records: they go on where enum op ends. */
enum instruction_op {
    DO_MOVE = OP_END, /* c = a: joins the branches of a choice */
    DO_CHECK,         /* a must be bound; n: in --at */
    DO_JUMP,          /* to a; b: at the end of a loop, its number (from 1) */
    DO_JUMP_IF_NOT,   /* condition a, to b; n: whose condition it is (condition_use) */
    DO_JUMP_IF,       /* likewise, for || */
    DO_LIST,          /* c = [b operands from a] */
    DO_APPLY,         /* c = operation n of b operands from a */
    DO_CALL,          /* c = user function; the call site lies at a; n: in checkpoint(...) */
    DO_SEVERAL,    /* b registers from c on = the results of operation n, operands at a after their count */
    DO_UNPACK,     /* b registers from c on = the entries of a along the first axis */
    DO_INDEX,      /* c = a[subscripts], the site lies at b */
    DO_SET_INDEX,  /* likewise, a with that part replaced by the site's last operand */
    DO_DERIVE,     /* c = derivative form n of b operands from a */
    DO_PRIME,      /* c = f'...'(x): the site lies at a; n primes */
    DO_STORE,      /* b = a; n: the name is watched; c: 1 where the statement goes on behind it */
    DO_STORE_LEAF, /* b := a */
    DO_ANSWER,     /* a bare expression: ans = a */
    DO_INPUT,      /* global a: jumps to b where it was given a value */
    DO_GIVE,       /* --at: global b = a */
    DO_FOR,        /* starts a loop over a; state in local b */
    DO_FOR_RANGE,  /* likewise over range(...): operands from a + 1, their count at a */
    DO_NEXT,       /* the next entry of the loop state in local b into a; jumps to c at the end; n: watched */
    DO_RETURN,     /* a, or OPERAND_NONE */
    DO_UNCERTAIN,  /* c = a leaf of a with the uncertainty at b: {u, degrees of freedom or none, name} */
    DO_CORRELATE,  /* a and b, by c */
    DO_DEFINE,     /* body a comes into force */
    DO_PRINT,      /* b pairs {is text, operand or text} from a; n: 1 is printf */
    DO_ASSERT,     /* a, text b or OPERAND_NONE */
    DO_SOLVE,      /* minimize, fit, root: the site lies at a */
    DO_STOP,       /* the end of what there is to run */
};

/* The site of a solver: {kind, first instruction of its expressions, expressions, variables, constraints,
 * options}, then an operand for each expression, a slot for each variable, {relation, value, left, right} for
 * each constraint, {name, operand} for each option.  The expressions end at a DO_STOP and are jumped over. */
enum { SOLVE_KIND, SOLVE_BEGIN, SOLVE_EXPRESSIONS, SOLVE_VARIABLES, SOLVE_CONSTRAINTS, SOLVE_OPTIONS };
enum { SOLVE_HEAD = 6, CONSTRAINT_WORDS = 4, OPTION_WORDS = 2 };
enum relation { AT_LEAST_ZERO, AT_MOST_ZERO, EQUAL_ZERO }; /* the value of a constraint: left - right */

/* The site of a call: {function, positional, named, operands..., (name, operand)...}.
 * Of an index: {count, then for each: flags, index or from, to, step}, then the new part.
 * Of primes: {is a user's function, function or operation, operand}. */
enum { CALL_HEAD = 3, SUBSCRIPT_WORDS = 4, LOOP_LOCALS = 4 };

enum condition_use {
    CONDITION_IF,
    CONDITION_WHILE,
    CONDITION_CHOOSE,
    CONDITION_AND,
    CONDITION_OR,
    CONDITION_ASSERT,
};

enum derive {
#define FORM(id, name, fewest, most, arguments, help) DERIVE_##id,
#include "lang/derive.def"
#undef FORM
    DERIVE_COUNT
};
/* In DO_DERIVE's n: only the value is wanted, nobody can differentiate it again. */
#define DERIVE_VALUE_ONLY 0x8000
/* Where a tensor is given to a form that takes a scalar. */
#define DERIVE_SCALAR_HINT "jacobian(y, x), or vjp(y, x, u) for a weighted sum of its entries"

typedef struct instruction {
    u16 op, n;
    u32 a, b, c;
} instruction;

/* A name at top level. */
typedef struct global {
    u32 name;
    span first;       /* where it occurs first; of one that the top level binds first, where it does */
    bool is_input;    /* its first occurrence reads it, or it was declared */
    bool has_default; /* input x = 5 */
    bool is_asked;    /* watch or report has named it, and nothing has read it yet */
    bool is_bound;    /* the text binds it at top level somewhere */
    bool is_certain;  /* bound wherever the text goes on from here */
    bool is_constant; /* pi, e and so on, until bound again */
    bool is_watched;  /* some derivative may be taken in it: keep its record */
    bool is_read;     /* a function reads it */
    bool is_rebound;  /* the text binds it more than once */
} global;

typedef struct local {
    u32 name; /* NAME_NONE: a loop state */
    bool is_watched;
} local;

/* One text of a function: definitions may be repeated. */
typedef struct body {
    u32 function;
    u32 entry;      /* its first instruction */
    u32 parameters; /* locals 0 to parameters - 1 */
    u32 locals, registers;
    u32 first_local; /* in graph.locals */
    u32 wrt;         /* for a partial by hand: which parameter; else NAME_NONE */
} body;

typedef struct function {
    u32 name;
    span defined; /* NO_SPAN: only called so far */
    span called;  /* the first call */
    u32 first;    /* the body that is in force from the start, or NAME_NONE */
    u32 body;     /* the body in force, or NAME_NONE */
    u32 parameters;
    ARRAY(u32) partials; /* by parameter: body of the partial by hand, or NAME_NONE */
} function;

/* A text in the program. */
typedef struct literal_text {
    char *bytes;
    u32 length;
} literal_text;

typedef struct graph {
    intern_table names;
    ARRAY(instruction) code;
    ARRAY(span) spans; /* by instruction */
    ARRAY(u32) operands;
    ARRAY(value) literals;
    ARRAY(literal_text) texts;
    ARRAY(global) globals;
    ARRAY(u32) global_of; /* by name: slot + 1, or 0 */
    ARRAY(local) locals;
    ARRAY(body) bodies;
    ARRAY(function) functions;
    ARRAY(u32) function_of;     /* by name: function + 1, or 0 */
    u32 registers, main_locals; /* that the top level needs */
    size_t numbers;             /* in the texts, for figures */
    u32 loops;                  /* in the texts, those that were taken back included */
    bool prints;                /* there is a print statement */
    bool needs_records;         /* a record for each operation: of Taylor coefficients and the like */
    bool watches_all;           /* at a prompt any name may be asked for later */
    ARRAY(u32) watched;         /* watch: slots, in order */
    ARRAY(u32) reported;        /* report: slots */
} graph;

void graph_init(graph *g);
void graph_free(graph *g);

/* The slot of a name at top level, made where it is new. */
u32 graph_global(graph *g, u32 name);
/* Or NAME_NONE. */
u32 graph_find_global(const graph *g, u32 name);
/* Visits what may give a store (at pc, of the code from `begin` on) its value as it is: the store itself, by
 * its operand, and the moves of choices and the calls in its statement.  Whether any visit gave true. */
bool graph_each_source(const graph *g, u32 begin, u32 pc, bool (*visit)(void *user, const instruction *in),
                       void *user);
/* In a part of the code: a name whose value is given, as it is, to a name that is watched is watched too,
 * since both mean one node from then on.  locals: those of the function whose body it is, NULL at top level.
 */
void graph_watch_copied(graph *g, u32 begin, u32 end, local *locals);
/* Between the text and a run: which stores into globals make a leaf of a value without history. */
void graph_mark_stores(graph *g);
u32 graph_function(graph *g, u32 name);
u32 graph_find_function(const graph *g, u32 name);

/* Calls `visit` for each operand that an instruction reads or writes, so that it can be renamed. */
void graph_each_operand(graph *g, u32 instruction, void (*visit)(void *user, u32 *operand), void *user);
/* Whether an instruction reads or binds the global; --at does neither.  Names of constants have no place of
 * first use. */
bool graph_mentions(graph *g, u32 slot);

/* A mark to which the graph can be taken back: names and functions as they were, and how much there was of
 * the rest.  graph_here may raise; graph_forget frees what a mark holds. */
typedef struct graph_mark {
    size_t code, operands, literals, texts, locals, bodies, watched, reported;
    u32 registers;
    bool prints;
    ARRAY(global) globals;
    ARRAY(function) functions; /* their partials are below, one function's after the other's */
    ARRAY(u32) partials;
} graph_mark;
void graph_here(const graph *g, graph_mark *mark);
void graph_back(graph *g, const graph_mark *mark);
void graph_forget(graph_mark *mark);

#endif
