/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal_names.c - the names of a formal: constants, inputs, variables, and what is stored into them. */
#include "emit/formal.h"
#include <math.h>
#include <string.h>

/* What the constants are before the program binds their names; FORMAL_UNBOUND for any other. */
static u32 constant(formal *t, const char *name) {
    static const struct {
        const char *name;
        double number;
    } constants[] = {{"pi", M_PI}, {"tau", 2 * M_PI}, {"e", M_E}, {"inf", INFINITY}, {"nan", (double)NAN}};
    for (size_t i = 0; i < COUNT_OF(constants); i++)
        if (strcmp(name, constants[i].name) == 0) return expr_number(&t->f, constants[i].number);
    return FORMAL_UNBOUND;
}

/* A global that a derivative may be taken in is an expression of its own, also where it is a number. */
static u32 leaf_of_watched(formal *t, u32 slot, u32 n) {
    return t->g->globals.items[slot].is_watched ? formal_alias(t, n, false) : n;
}

u32 formal_constant(formal *t, u32 slot) {
    const u32 n = constant(t, intern_text(&t->g->names, t->g->globals.items[slot].name));
    return n == FORMAL_UNBOUND ? n : leaf_of_watched(t, slot, n);
}

/* A name for each entry. */
static u32 symbol(formal *t, u32 slot, view shape) {
    u32 name = t->g->globals.items[slot].name;
    array_push(&t->inputs, name);
    if (shape.rank == 0) return expr_name(&t->f, name);
    expr_set_shape(&t->f, name, shape.rank, shape.shape);
    tensor *y = pool_tensor(t->r, shape.rank, shape.shape);
    for (size_t i = 0; i < y->size; i++) y->data[i] = (double)expr_entry(&t->f, name, (u32)i) + 1;
    return formal_of_ids(t, value_of_tensor(y));
}

static view shape_of_ids(const formal *t, u32 n) {
    static const double none;
    if (!formal_is_tensor(n)) return (view){&none, no_axes, 1, 0};
    value v = formal_ids(t, n);
    return shape_of(&v);
}

void formal_give_symbol(formal *t, u32 slot, view shape) {
    u32 n = symbol(t, slot, shape);
    t->given.items[slot] = n;
}

bool formal_lacks_shape(const formal *t, u32 name) {
    u32 slot = graph_find_global(t->g, name);
    return slot != NAME_NONE && t->lacks_shape.items[slot];
}

/* ---- variables ---- */

/* A name whose value is given to a variable as it is means the same: it varies too.  By a function any name
 * may be meant.  Whether that is news. */
static bool vary_source(void *user, const instruction *in) {
    formal *t = user;
    const u32 slot = OPERAND_NUMBER(in->a);
    if (in->op == DO_CALL) t->has_derivatives = true;
    if (in->op == DO_CALL || OPERAND_KIND(in->a) != IN_GLOBAL || t->is_variable.items[slot]) return false;
    t->is_variable.items[slot] = t->g->globals.items[slot].is_rebound ? VARIES_AT_NUMBERS : VARIES;
    return true;
}

static bool stores_variable(const formal *t, const instruction *in) {
    return (in->op == DO_STORE || in->op == DO_STORE_LEAF) && OPERAND_KIND(in->b) == IN_GLOBAL &&
           t->is_variable.items[OPERAND_NUMBER(in->b)];
}

/* What lies behind where a later jump goes back to is in a loop. */
static void mark_bound_in_loops(formal *t) {
    u32 start = UINT32_MAX;
    for (u32 pc = (u32)t->g->code.count; pc-- > 0;) {
        const instruction *in = &t->g->code.items[pc];
        if (in->op == DO_JUMP && in->a <= pc && in->a < start) start = in->a;
        if (start <= pc && stores_variable(t, in))
            t->is_variable.items[OPERAND_NUMBER(in->b)] = VARIES_AT_NUMBERS;
    }
}

void formal_vary(formal *t, u32 slot) { t->is_variable.items[slot] = VARIES; }

void formal_vary_sources(formal *t) {
    bool news = true;
    while (news) { /* as in graph_watch_copied */
        news = false;
        for (u32 pc = (u32)t->g->code.count; pc-- > 0;) {
            const instruction *in = &t->g->code.items[pc];
            if (in->op == DO_STORE && stores_variable(t, in))
                news |= graph_each_source(t->g, 0, pc, vary_source, t);
        }
    }
    mark_bound_in_loops(t);
}

void formal_bind_inputs(formal *t) {
    const graph *g = t->g;
    for (u32 i = 0; i < g->globals.count; i++) {
        const global *v = &g->globals.items[i];
        bool is_input = v->is_input || (v->is_read && !v->is_bound);
        bool is_free = is_input || (v->is_constant && !v->is_bound);
        u32 given = t->given.items[i];
        t->lacks_shape.items[i] = given == FORMAL_UNBOUND && !v->is_constant;
        if (given != FORMAL_UNBOUND && t->given_first && !is_free) continue; /* waits: formal_check */
        if (given != FORMAL_UNBOUND && !(t->is_variable.items[i] && is_free))
            t->globals.items[i] = leaf_of_watched(t, i, given);
        else if (t->is_variable.items[i] && is_free && (given != FORMAL_UNBOUND || !v->has_default))
            t->globals.items[i] = symbol(t, i, shape_of_ids(t, given));
        else if (is_input && !v->has_default && !v->is_constant)
            t->globals.items[i] = symbol(t, i, shape_of_ids(t, FORMAL_UNBOUND));
    }
}

void formal_check(formal *t, const instruction *in) {
    const u32 slot = OPERAND_NUMBER(in->a);
    if (t->given_first && !in->n && OPERAND_KIND(in->a) == IN_GLOBAL &&
        t->globals.items[slot] == FORMAL_UNBOUND && t->given.items[slot] != FORMAL_UNBOUND) {
        t->globals.items[slot] = leaf_of_watched(t, slot, t->given.items[slot]);
        t->given.items[slot] = FORMAL_UNBOUND;
    }
    (void)formal_value(t, in->a);
}

/* ---- stores ---- */

bool formal_passes(const formal *t, u32 operand) {
    return OPERAND_KIND(operand) != IN_REGISTER || t->passed == t->pc;
}

/* Rules leave such an expression whole.  In a program that takes derivatives all results are one, since the
 * value of one name may be given to another that one is taken in; both are then the same expression, as in a
 * run.  A number is one only where the name itself is watched. */
bool formal_makes_leaf(formal *t, bool is_watched, bool is_result, u32 n) {
    value number;
    if (!is_watched && !t->has_derivatives) return false;
    return formal_numbers(t, n, &number) ? is_watched : is_result;
}

/* :at x=6 stands for the constant that the session bound x to first. */
static u32 take_given(formal *t, u32 slot, u32 n) {
    const u32 given = t->given.items[slot];
    if (!t->given_first || given == FORMAL_UNBOUND) return n;
    t->given.items[slot] = FORMAL_UNBOUND;
    return given;
}

/* A variable that is bound to numbers stands for itself. */
static u32 symbol_of_numbers(formal *t, u32 slot, value numbers) {
    const global *v = &t->g->globals.items[slot];
    if (v->is_rebound)
        formal_fail(t, "'%s' is bound more than once; an input would have a formula",
                    intern_text(&t->g->names, v->name));
    if (t->globals.items[slot] != FORMAL_UNBOUND && !v->is_constant)
        formal_fail(t, "'%s' has a value before it is bound to numbers; an input would have a formula",
                    intern_text(&t->g->names, v->name));
    if (t->loops.count) formal_unroll(t, t->loops.items[0].head);
    t->lacks_shape.items[slot] = 0;
    return symbol(t, slot, shape_of(&numbers));
}

void formal_store(formal *t, const instruction *in, u32 n) {
    const u32 slot = OPERAND_NUMBER(in->b);
    const bool is_global = OPERAND_KIND(in->b) == IN_GLOBAL;
    const u8 varies = is_global ? t->is_variable.items[slot] : 0;
    value numbers;
    if (is_global) n = take_given(t, slot, n);
    if (varies == VARIES && formal_numbers(t, n, &numbers)) n = symbol_of_numbers(t, slot, numbers);
    else if (formal_makes_leaf(t, in->n || varies, !formal_passes(t, in->a), n))
        n = formal_alias(t, n, false);
    *formal_at(t, in->b) = n;
    if (is_global) t->last_target = slot;
}

u32 formal_answer(formal *t) {
    u32 slot = graph_global(t->g, intern(&t->g->names, "ans", 3));
    while (t->globals.count <= slot) array_push(&t->globals, FORMAL_UNBOUND);
    while (t->is_variable.count <= slot) array_push(&t->is_variable, 0);
    return OPERAND(IN_GLOBAL, slot);
}

void formal_store_answer(formal *t, const instruction *in, u32 n) {
    if (t->frames.count > 1) return;
    const u32 slot = OPERAND_NUMBER(formal_answer(t));
    const bool is_watched = t->g->globals.items[slot].is_watched;
    if (formal_makes_leaf(t, is_watched, !formal_passes(t, in->a), n)) n = formal_alias(t, n, false);
    t->globals.items[slot] = n;
    t->last_target = slot;
}
