/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build.h - what the grammar's actions call: program text becomes the op graph.
 *
 * Layer: lang.
 *
 * Every action of parse.y is one call of a function below.  They check names and numbers of
 * arguments, append instructions (graph.h), and report errors by build_error, which returns; the
 * parser goes on to the end of the text so that several errors can be shown, and nothing is run
 * after one.
 *
 * An operand says where a result will be found when the program runs.  Lists of unknown length
 * (arguments, names, entries of a literal, print items) grow on a stack in the build; what the
 * grammar passes on is only how many there are. */
#ifndef GTAPE_BUILD_H
#define GTAPE_BUILD_H

#include "base/diag.h"
#include "core/ops.h"

typedef u32 operand;
typedef struct build build;

/* ---- diagnostics: appends an error (status by code) and returns it for a hint ---- */
diagnostic *build_error(build *b, enum diag_code code, span at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* True behind so many errors that the rest of the text, from `at` on, is left unread; says so itself. */
bool build_gives_up(build *b, span at);

/* ---- lists ---- */
u32 build_name_of(build *b, const char *bytes, size_t length); /* interned */
void build_push_name(build *b, span at, u32 name);             /* on the list of names: x, y, z */
void build_push_operand(build *b, span at, operand o);         /* an argument, entry, print item */
void build_push_named(build *b, span at, u32 name, operand o); /* axis=0 */
void build_push_text(build *b, span at, const char *bytes, size_t length); /* "text", unescaped */
/* The last `count` names were arguments after all: reads each and moves it to the operands. */
void build_names_to_operands(build *b, u32 count);

/* ---- expressions ---- */
operand build_number(build *b, span at, double number);
operand build_name(build *b, span at, u32 name);
operand build_unary(build *b, span at, enum op op, operand x);
operand build_binary(build *b, span at, enum op op, operand x, operand w);
operand build_matmul(build *b, span at, operand x, operand w);
operand build_transpose(build *b, span at, operand x); /* x.T */
operand build_list(build *b, span at, u32 count);      /* [a, b, c] */
operand build_call(build *b, span at, span name_at, u32 name, u32 count);
operand build_derivative_call(build *b, span at, span name_at, u32 name, u32 primes, u32 count);

/* x[i, 1:3, ::2].  Each subscript is pushed by one of these. */
void build_subscript(build *b, span at, operand index);
typedef struct slice_parts {
    bool has_from, has_to, has_step;
    operand from, to, step;
} slice_parts;
void build_slice(build *b, span at, slice_parts parts);
operand build_index(build *b, span at, operand x, u32 count);

/* Short circuits and choices: the marks are instructions to be patched. */
u32 build_and_begin(build *b, span at, operand left);
operand build_and_end(build *b, u32 mark, operand right);
u32 build_or_begin(build *b, span at, operand left);
operand build_or_end(build *b, u32 mark, operand right);
u32 build_choose_begin(build *b, span at, operand condition);
u32 build_choose_else(build *b, u32 mark, operand then_value);
operand build_choose_end(build *b, u32 mark, operand else_value);

/* ---- statements ---- */
void build_expression(build *b, span at, operand x);                          /* a bare one: ans */
void build_assign(build *b, span at, span name_at, u32 name, operand x);      /* name = x */
void build_assign_several(build *b, span at, u32 count, operand x);           /* a, b = x: names pushed */
void build_assign_leaf(build *b, span at, span name_at, u32 name, operand x); /* name := x */
/* name op= x.  The old value is read before x is built. */
operand build_update_begin(build *b, span name_at, u32 name);
void build_update_end(build *b, span at, span name_at, u32 name, enum op op, operand old, operand x);
/* x[subs] = rhs; x[subs] op= rhs.  begin is called where x[subs] has been pushed, instead of build_index. */
u32 build_element_begin(build *b, span at, span name_at, u32 name, u32 count);
operand build_element_value(build *b, u32 mark); /* reads x[subs], as an expression */
void build_element_assign(build *b, span at, u32 mark, operand x);
void build_element_update(build *b, span at, u32 mark, enum op op, operand x);
/* The named operand that was pushed last belongs to the uncertainty at work: df=9. */
void build_uncertainty_option(build *b);
void build_uncertain(build *b, span at, span name_at, u32 name, operand x, operand u); /* x = 5 +/- 0.1 */

void build_input(build *b, span at, span name_at, u32 name);
/* input x = 5: the default is evaluated only where nothing else gives a value. */
void build_input_begin(build *b, span at, span name_at, u32 name);
void build_input_end(build *b, span at, span name_at, u32 name, operand x);
void build_input_uncertain_end(build *b, span at, span name_at, u32 name, operand x, operand u);

void build_watch(build *b, span at, u32 count); /* names pushed */
void build_report(build *b, span at, u32 count);
void build_print(build *b, span at, u32 count); /* operands and texts pushed */
void build_printf(build *b, span at, u32 count);
void build_assert(build *b, span at, operand condition, bool has_text); /* text pushed */

void build_if_begin(build *b, span at);
u32 build_if(build *b, span at, operand condition); /* opens the then-block */
u32 build_else(build *b, u32 mark);                 /* closes it, opens the else-block */
void build_if_end(build *b, u32 mark);
u32 build_while_begin(build *b, span at); /* before the condition */
u32 build_while(build *b, span at, u32 mark, operand condition);
void build_while_end(build *b, u32 mark);
u32 build_for(build *b, span at, span name_at, u32 name, operand over);
void build_for_end(build *b, u32 mark);
void build_break(build *b, span at);
void build_continue(build *b, span at);
void build_return(build *b, span at, bool has_value, operand x);

/* Functions: the parameters are names pushed.  For `f(x) = e` the body is one expression. */
void build_function_begin(build *b, span at, span name_at, u32 name, u32 parameters);
void build_function_end(build *b, span at);                  /* def: falls off the end */
void build_function_end_value(build *b, span at, operand x); /* f(x) = e */
void build_partial_begin(build *b, span at, span name_at, u32 name, u32 parameters, span wrt_at, u32 wrt);
void build_partial_end(build *b, span at, operand x);

/* Solvers.  The expressions between begin and end are evaluated again and again; the clauses push
 * names (over) and named operands (with). */
enum solver { SOLVE_MINIMIZE, SOLVE_MAXIMIZE, SOLVE_FIT, SOLVE_ROOT };
void build_solver_begin(build *b, span at, enum solver kind);
void build_solver_expression(build *b, span at,
                             operand x);     /* objective; for fit: y, then model; for root: each */
void build_solver_over(build *b, u32 count); /* names pushed */
void build_solver_constraint(build *b, span at, operand x);
void build_solver_end(build *b, span at, u32 options); /* named operands pushed */
void build_correlate(build *b, span at, span a_at, u32 a, span b_at, u32 c, operand r);

/* The derivative forms: see derive.def. */
typedef struct derivative_form {
    const char *name;
    u32 fewest, most;
    const char *arguments, *help;
} derivative_form;
extern const derivative_form derivative_forms[]; /* by enum derive */

/* Comparisons parse left-associative; a chain a < b < c is reported here, with the hint. */
operand build_compare(build *b, span at, enum op op, operand x, operand w, bool left_is_comparison);

/* ---- the other starts of the grammar ---- */
void build_names_parsed(build *b, u32 count); /* PARSE_NAMES: names pushed */

/* ---- program and prompt ---- */
/* A place in the graph to go back to: what a text with errors appended is taken away again. */
typedef struct build_mark {
    u32 instructions, stack, names;
} build_mark;

#endif
