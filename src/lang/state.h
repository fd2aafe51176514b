/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state.h - the inside of a build, shared by the files that make it (build*.c).
 *
 * Layer: lang. */
#ifndef GTAPE_STATE_H
#define GTAPE_STATE_H

#include "lang/build.h"
#include "lang/graph.h"

/* What is pushed on the list and not yet used. */
enum item_kind { ITEM_OPERAND, ITEM_NAME, ITEM_NAMED, ITEM_TEXT, ITEM_INDEX, ITEM_SLICE };

typedef struct item {
    enum item_kind kind;
    span at;
    u32 name;  /* NAME, NAMED */
    operand o; /* OPERAND, NAMED, INDEX; TEXT: the number of the text; SLICE: from */
    operand to, step;
} item;

typedef struct loop {
    u32 head;         /* where `continue` goes */
    ARRAY(u32) exits; /* jumps of `break` to be patched */
} loop;

/* A choice or short circuit whose end has not come yet. */
typedef struct choice {
    u32 jump, jump_end; /* instructions to patch */
    u32 depth;          /* registers in use before it */
    operand left;
} choice;

typedef struct element {
    span at, name_at;
    u32 name, site, depth;
    operand old;
} element;

/* minimize, fit or root whose end has not come yet. */
typedef struct solving {
    u32 kind, jump, begin, end;
    ARRAY(u32) expressions, variables, constraints;
} solving;

/* What a function's body keeps apart from the text around it. */
typedef struct body_state {
    u32 number;           /* NAME_NONE: top level */
    u32 skip;             /* the jump over it */
    ARRAY(u32) local_of;  /* by name: local + 1, or 0 */
    ARRAY(bool) assigned; /* by local */
    ARRAY(bool) certain;  /* by local: bound, or checked, wherever the text goes on from here */
    u32 registers, outer_registers;
} body_state;

struct build {
    graph *g;
    const source_list *sources;
    diagnostic_list *diagnostics;
    u32 errors;     /* found in this text */
    bool gives;     /* the text is of --at */
    bool at_prompt; /* the text was typed */
    void (*names_parsed)(void *user, span at, u32 name);
    void *user;

    u32 depth;     /* registers in use */
    u32 nesting;   /* blocks open around here, in this body */
    u32 statement; /* the first instruction of this statement */
    u32 defaulted; /* the global whose default is being read, + 1; or 0 */
    body_state body;
    ARRAY(item) list;
    ARRAY(loop) loops;
    ARRAY(choice) choices;
    ARRAY(element) elements;
    solving solving;
    ARRAY(u32) words; /* of the call, or of the body, at work */
    bool has_df;      /* the uncertainty at work has degrees of freedom: */
    operand df;
    u32 loop_floor; /* loops outside this body */
};

/* ---- build.c ---- */
u32 emit(build *b, span at, u32 op, u32 n, u32 a, u32 bb, u32 c);
static inline u32 code_here(const build *b) { return (u32)b->g->code.count; }
static inline instruction *code_at(build *b, u32 number) { return &b->g->code.items[number]; }
/* Frees the register behind an operand, which must be the last in use. */
void release(build *b, operand o);
/* The next free register. */
operand fresh_register(build *b);
operand literal(build *b, double x);
u32 add_operands(build *b, u32 count, const u32 *words);
static inline bool in_function(const build *b) { return b->body.number != NAME_NONE; }
/* The last `count` items of the list; list_drop takes them off. */
item *list_tail(build *b, u32 count);
void list_drop(build *b, u32 count);
/* What an item holds when it is used as a value: reads the name of ITEM_NAME. */
operand item_value(build *b, const item *i);
/* Where a name is stored: binds it in this body. */
operand target(build *b, span at, u32 name);
/* Where a name is looked up, without reading it. */
operand place_of(build *b, span at, u32 name);
/* False, with an error, inside of functions or blocks. */
bool only_at_top(build *b, span at, const char *what);
void end_statement(build *b);
/* Derivatives in this statement are wanted as values only: nothing of their sweep needs a record. */
void values_only(build *b);
const char *name_text(const build *b, u32 name);

/* ---- build_function.c ---- */
void body_begin(build *b, span at, span name_at, u32 name, u32 parameters, u32 wrt);
u32 local_of(build *b, u32 name);
/* Checks at the end of all texts: every function that is called exists and fits.  At a prompt one that
 * functions call may be defined later. */
void build_check_calls(build *b, size_t first_code, bool at_prompt);

/* ---- build_call.c ---- */
/* A name near to `name` among functions, or NULL. */
const char *nearest_function(build *b, const char *name);
/* What to write instead of a function of other languages, or NULL. */
const char *foreign_function(const char *name);

#endif
