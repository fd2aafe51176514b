/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build_solver.c - minimize, maximize, fit, root.
 *
 * The expressions of a solver are instructions that are jumped over; DO_SOLVE runs them again and again.
 * Each leaves its result in a register of its own, so that one run computes them all. */
#include "lang/state.h"
#include <stdio.h>
#include <string.h>

static const char *const words[] = {"'minimize'", "'maximize'", "'fit'", "'root'"};

void build_solver_begin(build *b, span at, enum solver kind) {
    solving *s = &b->solving;
    only_at_top(b, at, words[kind]);
    s->expressions.count = s->variables.count = s->constraints.count = 0;
    s->kind = (u32)kind;
    s->end = 0;
    s->jump = emit(b, at, DO_JUMP, 0, 0, 0, 0);
    s->begin = code_here(b);
}

/* For fit the second expression is the model; what is solved for is model - y. */
void build_solver_expression(build *b, span at, operand x) {
    solving *s = &b->solving;
    array_push(&s->expressions, x);
    if (s->kind != SOLVE_FIT || s->expressions.count != 2) return;
    operand residual = fresh_register(b);
    emit(b, at, OP_SUB, 0, x, s->expressions.items[0], residual);
    array_push(&s->expressions, residual);
}

/* Where the expressions end, unless another constraint follows: then this becomes a jump to the next
 * instruction.  The options, which are evaluated once, come behind it. */
static void end_here(build *b, span at) {
    solving *s = &b->solving;
    if (s->end) *code_at(b, s->end) = (instruction){.op = DO_JUMP, .a = s->end + 1};
    s->end = emit(b, at, DO_STOP, 0, 0, 0, 0);
}

static void add_variable(build *b, const item *name) {
    solving *s = &b->solving;
    build_name(b, name->at, name->name);
    operand to = target(b, name->at, name->name);
    if (in_function(b)) return; /* an error was reported */
    for (size_t i = 0; i < s->variables.count; i++)
        if (s->variables.items[i] == OPERAND_NUMBER(to))
            build_error(b, DIAG_DUPLICATE, name->at, "'%s' stands twice", name_text(b, name->name));
    b->g->globals.items[OPERAND_NUMBER(to)].is_watched = true;
    array_push(&s->variables, OPERAND_NUMBER(to));
}

void build_solver_over(build *b, u32 count) {
    for (u32 i = 0; i < count; i++) {
        item name = *(list_tail(b, count) + i);
        add_variable(b, &name);
    }
    list_drop(b, count);
    end_here(b, NO_SPAN);
}

static bool relation_of(u32 op, enum relation *relation) {
    switch (op) {
    case OP_GE:
    case OP_GT: *relation = AT_LEAST_ZERO; return true;
    case OP_LE:
    case OP_LT: *relation = AT_MOST_ZERO; return true;
    case OP_EQ: *relation = EQUAL_ZERO; return true;
    default: return false;
    }
}

/* The comparison becomes the difference of its sides, in a register beyond them. */
void build_solver_constraint(build *b, span at, operand x) {
    solving *s = &b->solving;
    instruction *last = code_here(b) > s->begin ? code_at(b, code_here(b) - 1) : NULL;
    enum relation relation;
    if (!last || !relation_of(last->op, &relation) || last->c != x) {
        diagnostic *d = build_error(b, DIAG_BAD_ARGUMENTS, at, "a constraint is a comparison");
        diag_hint(d, "subject to x >= 0, x + y == 1, separated by commas");
        return;
    }
    u32 left = last->a, right = last->b;
    while (b->depth < OPERAND_NUMBER(x) + 2) fresh_register(b);
    operand difference = fresh_register(b);
    last->op = OP_SUB;
    last->c = difference;
    array_push(&s->constraints, relation);
    array_push(&s->constraints, difference);
    array_push(&s->constraints, left);
    array_push(&s->constraints, right);
    end_here(b, at);
}

/* The options that there are, by kind. */
static const struct {
    const char *name, *kinds; /* m: minimize and maximize, f: fit, r: root */
} option_names[] = {
    {"max", "mfr"}, {"tol", "mfr"}, {"starts", "m"}, {"weights", "f"},
    {"sigma", "f"}, {"level", "f"}, {"bands", "f"},  {"bracket", "r"},
};

static void check_option(build *b, const item *o) {
    const char *name = name_text(b, o->name);
    char kind = b->solving.kind == SOLVE_FIT ? 'f' : b->solving.kind == SOLVE_ROOT ? 'r' : 'm';
    char list[128] = "";
    for (size_t i = 0; i < COUNT_OF(option_names); i++) {
        if (!strchr(option_names[i].kinds, kind)) continue;
        if (strcmp(option_names[i].name, name) == 0) return;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "it has ",
                 option_names[i].name);
    }
    diagnostic *d =
        build_error(b, DIAG_BAD_ARGUMENTS, o->at, "%s has no option '%s'", words[b->solving.kind], name);
    diag_hint(d, "%s", list);
}

void build_solver_end(build *b, span at, u32 options) {
    solving *s = &b->solving;
    u32 head[SOLVE_HEAD] = {s->kind,
                            s->begin,
                            (u32)s->expressions.count,
                            (u32)s->variables.count,
                            (u32)s->constraints.count / CONSTRAINT_WORDS,
                            options};
    u32 site = add_operands(b, SOLVE_HEAD, head);
    add_operands(b, (u32)s->expressions.count, s->expressions.items);
    add_operands(b, (u32)s->variables.count, s->variables.items);
    add_operands(b, (u32)s->constraints.count, s->constraints.items);
    for (u32 i = 0; i < options; i++) {
        item *o = list_tail(b, options) + i;
        check_option(b, o);
        add_operands(b, OPTION_WORDS, (u32[]){o->name, o->o});
    }
    list_drop(b, options);
    code_at(b, s->jump)->a = s->end + 1;
    b->g->needs_records = true; /* names with a history are evaluated again by their records */
    emit(b, at, DO_SOLVE, 0, site, 0, 0);
    end_statement(b);
}
