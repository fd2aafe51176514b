/* SPDX-License-Identifier: GPL-3.0-or-later */
/* problem.c - see problem.h. */
#include "solve/problem.h"
#include "core/workspace.h"
#include <string.h>

double *problem_room(problem *p, size_t count) { return pool_tensor(&p->e->rec, 1, &count)->data; }

static void bind(evaluator *e, u32 slot, value v) {
    value_keep(&v);
    value_drop(&e->globals.items[slot]);
    e->globals.items[slot] = v;
}

const char *problem_name(const problem *p, u32 i) {
    const graph *g = p->e->g;
    return intern_text(&g->names, g->globals.items[p->variables[i].slot].name);
}

void problem_entry_name(const problem *p, size_t i, text *out) {
    u32 k = 0;
    while (k + 1 < p->variable_count && p->variables[k + 1].offset <= i) k++;
    const variable *v = &p->variables[k];
    text_puts(out, problem_name(p, k));
    view shape = shape_of(&v->start);
    if (shape.rank == 0) return;
    size_t rest = i - v->offset, index[MAX_RANK];
    for (u32 axis = shape.rank; axis-- > 0;) {
        index[axis] = rest % shape.shape[axis];
        rest /= shape.shape[axis];
    }
    for (u32 axis = 0; axis < shape.rank; axis++)
        text_printf(out, "%s%zu%s", axis ? ", " : "[", index[axis], axis + 1 == shape.rank ? "]" : "");
}

/* ---- opening ---- */

static void take_variables(problem *p, const u32 *slots) {
    evaluator *e = p->e;
    p->variables = (void *)problem_room(p, (p->variable_count * sizeof *p->variables + 7) / 8);
    p->n = 0;
    for (u32 i = 0; i < p->variable_count; i++) {
        variable *v = &p->variables[i];
        value now = e->globals.items[slots[i]];
        *v = (variable){.slot = slots[i], .start = passive(now), .offset = p->n};
        p->taken++;
        if (is_unbound(&now))
            record_fail_hint(&e->rec, DIAG_UNBOUND, "give it a value to start from", "'%s' has no value yet",
                             problem_name(p, i));
        if (is_tensor(&v->start)) array_push(&e->rec.pool, tensor_keep(v->start.t));
        else v->start.aux = 0;
        v->size = shape_of(&v->start).size;
        p->n += v->size;
    }
    p->x = problem_room(p, p->n);
    for (u32 i = 0; i < p->variable_count; i++) {
        const variable *v = &p->variables[i];
        if (v->size) memcpy(p->x + v->offset, view_of(&v->start).data, v->size * sizeof(double));
    }
}

/* The registers of options are overwritten by the first evaluation. */
static void take_options(problem *p, const u32 *options) {
    recorder *r = &p->e->rec;
    p->option_values = (void *)problem_room(p, 2 * (size_t)p->option_count + 1);
    u32 *names = (void *)problem_room(p, p->option_count + 1);
    for (u32 i = 0; i < p->option_count; i++) {
        value v = passive(problem_result(p, options[(size_t)OPTION_WORDS * i + 1]));
        if (is_tensor(&v)) array_push(&r->pool, tensor_keep(v.t));
        else v.aux = 0;
        names[i] = options[(size_t)OPTION_WORDS * i];
        p->option_values[i] = v;
    }
    p->option_names = names;
}

void problem_open(problem *p, evaluator *e, u32 pc, u32 site) {
    memset(p, 0, sizeof *p);
    const u32 *s = &e->g->operands.items[site];
    p->e = e;
    p->pc = pc;
    p->site = s;
    p->variable_count = s[SOLVE_VARIABLES];
    p->constraint_count = s[SOLVE_CONSTRAINTS];
    p->expressions = s + SOLVE_HEAD;
    const u32 *slots = p->expressions + s[SOLVE_EXPRESSIONS];
    p->constraints = slots + p->variable_count;
    p->draws = e->rec.draws;
    e->rec.origin = pc;
    p->option_count = s[SOLVE_OPTIONS];
    take_options(p, p->constraints + (size_t)p->constraint_count * CONSTRAINT_WORDS);
    take_variables(p, slots);
    p->outer_pool = e->frames.items[0].pool;
    rerun_find(&p->rerun, e, pc, site, p->variable_count, slots);
    p->mark = tape_here(&e->rec.tape);
    /* records must keep their numbers while values of them are held */
    workspace_nest(&e->rec);
    e->in_sweep++;
}

/* The pool's end is where evaluations begin; arrays that are taken later move it. */
static void begin_evaluation(problem *p) {
    if (p->pool == 0) p->pool = pool_mark(&p->e->rec);
    p->e->frames.items[0].pool = p->pool;
}

/* ---- evaluating ---- */

static value entries_of(problem *p, const variable *v, const double *x) {
    if (!is_tensor(&v->start)) return SCALAR(x[v->offset]);
    tensor *t = pool_tensor(&p->e->rec, v->start.t->rank, v->start.t->shape);
    if (v->size) memcpy(t->data, x + v->offset, v->size * sizeof(double));
    return value_of_tensor(t);
}

static void bind_variables(problem *p, const double *x, enum evaluate_mode mode, const value *like) {
    recorder *r = &p->e->rec;
    for (u32 i = 0; i < p->variable_count; i++) {
        const variable *v = &p->variables[i];
        value at = entries_of(p, v, x);
        if (mode == SPREAD) at = spread_to(r, at, like->t->rank, like->t->shape);
        if (mode == LINE)
            at = apply2(r, OP_ADD, at, apply2(r, OP_MUL, entries_of(p, v, p->direction), p->along));
        else if (mode != VALUES || p->rerun.takes_derivatives) at = record_leaf(r, at);
        bind(p->e, v->slot, at);
    }
}

void problem_forget(problem *p) {
    recorder *r = &p->e->rec;
    if (p->pool) pool_release(r, p->pool);
    evaluator_back(p->e, p->mark);
    p->pool = 0;
}

/* What has no history becomes a leaf; problem_forget undoes it. */
static void make_leaves(recorder *r, value *items, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!is_unbound(&items[i]) && !items[i].node) items[i] = record_leaf(r, items[i]);
}

static void run_expressions(problem *p) {
    rerun_run(&p->rerun, p->e);
    evaluate(p->e, p->site[SOLVE_BEGIN]);
}

/* Literals outlive the statement, so they must not keep the numbers of records that a fault takes away. */
static void run_whole(problem *p) {
    evaluator *e = p->e;
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) {
        make_leaves(&e->rec, e->globals.items, e->globals.count);
        make_leaves(&e->rec, e->g->literals.items, e->g->literals.count);
        run_expressions(p);
    }
    fault_end(&here);
    if (!fault) return;
    evaluator_back(e, p->mark);
    fault_raise((enum fault)fault);
}

void problem_evaluate(problem *p, const double *x, enum evaluate_mode mode, const value *like) {
    evaluator *e = p->e;
    if (e->interrupt) fault_raise(FAULT_INTERRUPT);
    problem_forget(p);
    begin_evaluation(p);
    e->rec.draws = p->draws;
    e->rec.origin = p->pc;
    if (mode == LINE) p->along = record_leaf(&e->rec, SCALAR(0));
    bind_variables(p, x, mode, like);
    if (mode == WHOLE) run_whole(p);
    else run_expressions(p);
    if (mode == VALUES || mode == WHOLE) p->values++;
    else p->gradients++;
    e->operations++;
}

value problem_evaluate_line(problem *p, const double *x, const double *v) {
    p->direction = v;
    problem_evaluate(p, x, LINE, NULL);
    return p->along;
}

value problem_result(const problem *p, u32 o) {
    evaluator *e = p->e;
    switch (OPERAND_KIND(o)) {
    case IN_REGISTER: return e->registers.items[OPERAND_NUMBER(o)];
    case IN_GLOBAL: return e->globals.items[OPERAND_NUMBER(o)];
    case IN_LOCAL: return e->locals.items[OPERAND_NUMBER(o)];
    default: return e->g->literals.items[OPERAND_NUMBER(o)];
    }
}

void problem_leaves(const problem *p, value *leaves) {
    for (u32 i = 0; i < p->variable_count; i++) leaves[i] = p->e->globals.items[p->variables[i].slot];
}

value problem_total(problem *p, value v) {
    if (!is_tensor(&v)) return v;
    value arguments[3] = {v, UNBOUND, UNBOUND};
    return function_of(OP_SUM)->value(&p->e->rec, 1, arguments);
}

void problem_entries(const problem *p, const value *parts, double *to) {
    for (u32 i = 0; i < p->variable_count; i++) {
        view v = view_of(&parts[i]);
        if (v.size) memcpy(to + p->variables[i].offset, v.data, v.size * sizeof(double));
    }
}

/* ---- closing ---- */

static void end_nesting(problem *p) {
    evaluator *e = p->e;
    e->frames.items[0].pool = p->outer_pool;
    if (e->in_sweep) {
        e->in_sweep--;
        workspace_unnest(&e->rec);
    }
}

void problem_close(problem *p) {
    evaluator *e = p->e;
    problem_forget(p);
    rerun_close(&p->rerun, e);
    e->rec.origin = p->pc;
    for (u32 i = 0; i < p->variable_count; i++)
        bind(e, p->variables[i].slot, record_leaf(&e->rec, entries_of(p, &p->variables[i], p->x)));
    e->last_target = NAME_NONE; /* the report of the solver stands for it */
    end_nesting(p);
}

void problem_abandon(problem *p) {
    evaluator *e = p->e;
    rerun_close(&p->rerun, e);
    for (u32 i = 0; i < p->taken; i++) bind(e, p->variables[i].slot, p->variables[i].start);
}
