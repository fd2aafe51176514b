/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formal.c - the loop over the op graph, on formulas: see formal.h. */
#include "emit/formal.h"
#include <math.h>
#include <string.h>

_Noreturn void formal_fail(formal *t, const char *format, ...) {
    if (t->loops.count) formal_unroll(t, t->loops.items[t->loops.count - 1].head);
    va_list ap;
    va_start(ap, format);
    text_clear(&t->message);
    text_vprintf(&t->message, format, ap);
    va_end(ap);
    diag_add(t->diagnostics, SEVERITY_ERROR, DIAG_NO_FORMULA, t->g->spans.items[t->pc], "%s",
             text_str(&t->message));
    fault_raise(FAULT_ERROR);
}

_Noreturn void formal_fail_torn(formal *t) {
    formal_fail(t, "which shape this has depends on a condition on an input, so there is no one formula");
}

/* Derivatives are made when the program has been run: they are its last statement's. */
_Noreturn static void over_limit(void *user) {
    const formal *t = user;
    const bool is_run = t->g->code.items[t->pc].op == DO_STOP && t->pc > 0;
    diag_add(t->diagnostics, SEVERITY_ERROR, DIAG_MAX_OPS, t->g->spans.items[is_run ? t->pc - 1 : t->pc],
             "more than %llu operations", (unsigned long long)t->f.operation_limit);
    fault_raise(FAULT_ERROR);
}

static void too_large(void *user) {
    formal_fail(user, "the formula is too large (limit %d operations)", EXPR_LIMIT);
}

static void not_a_loop(void *user) { formal_unroll(user, FORMAL_ALL); }

static void poll(void *user) {
    formal *t = user;
    if (*t->interrupt) fault_raise(FAULT_INTERRUPT);
}

void formal_init(formal *t, graph *g, recorder *r, const _Atomic int *interrupt, u64 operation_limit) {
    t->g = g;
    t->r = r;
    t->diagnostics = r->diagnostics;
    t->interrupt = interrupt;
    t->f.operation_limit = operation_limit;
    t->f.over_limit = over_limit;
    t->f.too_large = too_large;
    t->f.not_a_loop = not_a_loop;
    t->f.innermost = LOOP_NONE;
    t->retry = FORMAL_UNBOUND;
    t->f.poll = poll;
    t->f.user = t;
    t->last_target = NAME_NONE;
    for (size_t i = 0; i < g->globals.count; i++) {
        u32 n = formal_constant(t, (u32)i);
        array_push(&t->globals, n);
        array_push(&t->given, FORMAL_UNBOUND);
        array_push(&t->is_variable, 0);
        array_push(&t->lacks_shape, 0);
    }
    for (size_t i = 0; i < g->code.count && !t->has_derivatives; i++)
        t->has_derivatives = g->code.items[i].op == DO_DERIVE;
    for (size_t i = 0; i < g->functions.count; i++) {
        array_push(&t->bodies, g->functions.items[i].first);
        array_push(&t->has_partials, 0);
    }
    t->by_hand = t->passed = NAME_NONE;
    array_push(&t->frames, ((formal_frame){.instruction = NAME_NONE, .body = NAME_NONE}));
    while (t->registers.count < g->registers) array_push(&t->registers, FORMAL_UNBOUND);
    while (t->locals.count < g->main_locals) array_push(&t->locals, FORMAL_UNBOUND);
}

void formal_free(formal *t) {
    formulas_free(&t->f);
    text_free(&t->message);
    for (size_t i = 0; i < t->tensors.count; i++) value_drop(&t->tensors.items[i]);
    array_free(&t->tensors);
    array_free(&t->lacks_shape);
    array_free(&t->globals);
    array_free(&t->given);
    array_free(&t->registers);
    array_free(&t->locals);
    array_free(&t->is_variable);
    array_free(&t->frames);
    array_free(&t->forks);
    array_free(&t->branches);
    array_free(&t->returns);
    array_free(&t->loops);
    array_free(&t->kept);
    array_free(&t->states_asked);
    mem_free(t->room);
    array_free(&t->carried);
    array_free(&t->bodies);
    array_free(&t->has_partials);
    array_free(&t->inputs);
}

/* ---- conditions ---- */

/* The last instruction of a branch leaves its value where the choice wants it. */
static u32 branch(formal *t, const instruction *in, bool jump_if) {
    u32 c = formal_read(t, in->a);
    if (expr_is_number(&t->f, c)) return (expr_at(&t->f, c)->number != 0) == jump_if ? in->b : t->pc + 1;
    if (in->n == CONDITION_AND || in->n == CONDITION_OR) return t->pc + 1;
    if (in->n == CONDITION_IF) return formal_fork_if(t, in, c);
    if (in->n != CONDITION_CHOOSE)
        formal_fail(t, "how often this loop runs depends on an input, so there is no one formula");
    const instruction *jump = &t->g->code.items[in->b - 1];
    array_push(&t->forks, ((formal_fork){.condition = c,
                                         .other = in->b,
                                         .jump = in->b - 1,
                                         .end = jump->a,
                                         .to = t->g->code.items[in->b - 2].c,
                                         .depth = t->frames.count}));
    return t->pc + 1;
}

/* At the end of a branch of the innermost choice: goes to the other one, or joins both. */
static void join(formal *t) {
    while (t->forks.count) {
        formal_fork *k = &t->forks.items[t->forks.count - 1];
        if (k->depth != t->frames.count) return;
        if (k->is_statement) {
            if (!formal_join_if(t)) return;
            continue;
        }
        if (!k->in_other && t->pc == k->jump) {
            k->value = formal_value(t, k->to);
            k->in_other = true;
            t->pc = k->other;
            return;
        }
        if (!k->in_other || t->pc != k->end) return;
        u32 y = formal_choose(t, k->condition, k->value, formal_value(t, k->to));
        *formal_at(t, k->to) = y;
        t->passed = NAME_NONE;
        t->forks.count--;
    }
}

/* ---- calls ---- */

static void enter(formal *t, u32 callee, const formal_frame *frame) {
    const struct function *fn = &t->g->functions.items[callee];
    if (t->bodies.items[callee] == NAME_NONE)
        formal_fail(t, "'%s' is not defined", intern_text(&t->g->names, fn->name));
    if (t->frames.count >= FORMAL_CALLS)
        formal_fail(t, "calls nested too deeply for a formula (limit %d)", FORMAL_CALLS);
    if (t->has_partials.items[callee] && t->by_hand == NAME_NONE) t->by_hand = t->pc;
    const formal_frame *caller = &t->frames.items[t->frames.count - 1];
    const graph *g = t->g;
    formal_frame f = *frame;
    f.body = t->bodies.items[callee];
    f.returns = t->returns.count;
    f.registers = caller->registers +
                  (caller->body == NAME_NONE ? g->registers : g->bodies.items[caller->body].registers);
    f.locals =
        caller->locals + (caller->body == NAME_NONE ? g->main_locals : g->bodies.items[caller->body].locals);
    const body *b = &g->bodies.items[f.body];
    while (t->registers.count < (size_t)f.registers + b->registers) array_push(&t->registers, FORMAL_UNBOUND);
    while (t->locals.count < (size_t)f.locals + b->locals) array_push(&t->locals, FORMAL_UNBOUND);
    for (u32 i = 0; i < b->locals; i++) t->locals.items[f.locals + i] = FORMAL_UNBOUND;
    array_push(&t->frames, f);
}

/* A parameter is an expression of its own where a derivative may be taken in it. */
static void give_parameter(formal *t, const body *b, u32 k, u32 n, bool is_result) {
    const bool is_watched = t->g->locals.items[b->first_local + k].is_watched;
    if (is_watched || formal_makes_leaf(t, false, is_result, n)) n = formal_alias(t, n, false);
    *formal_at(t, OPERAND(IN_LOCAL, k)) = n;
}

static u32 call(formal *t, const instruction *in) {
    const u32 *site = &t->g->operands.items[in->a], *pair = site + CALL_HEAD + site[1];
    u32 caller = (u32)t->frames.count - 1;
    enter(t, site[0], &(formal_frame){.instruction = t->pc});
    formal_frame callee = t->frames.items[caller + 1];
    const body *b = &t->g->bodies.items[callee.body];
    if (site[1] + site[2] != b->parameters) formal_fail(t, "a call with the wrong number of arguments");
    for (u32 i = 0; i < site[1] + site[2]; i++) {
        u32 k = i, o = site[CALL_HEAD + i];
        if (i >= site[1]) {
            for (k = 0; k < b->parameters && t->g->locals.items[b->first_local + k].name != pair[0]; k++) {}
            if (k == b->parameters) formal_fail(t, "a call with a wrong name of an argument");
            o = pair[1], pair += 2;
        }
        t->frames.count--;
        u32 n = formal_value(t, o);
        t->frames.count++;
        give_parameter(t, b, k, n, OPERAND_KIND(o) == IN_REGISTER);
    }
    return b->entry;
}

/* ---- f'(x), entry by entry ---- */

static u32 prime_of_built_in(formal *t, u32 x, u32 op_and_order) {
    return formal_built_in_prime(t, (enum op)(op_and_order >> 8), op_and_order & 0xff, x);
}

/* Gives the parameter the next entry. */
static void begin_entry(formal *t) {
    formal_frame *f = &t->frames.items[t->frames.count - 1];
    const u32 locals = t->g->bodies.items[f->body].locals;
    for (u32 i = 0; i < locals; i++) t->locals.items[f->locals + i] = FORMAL_UNBOUND;
    f->argument = expr_alias(&t->f, formal_entry(t, f->over, f->entry), false);
    *formal_at(t, OPERAND(IN_LOCAL, 0)) = f->argument;
}

/* A tensor of zeros. */
static u32 like(formal *t, u32 x) {
    const value ids = formal_ids(t, x);
    const view v = shape_of(&ids);
    tensor *y = pool_tensor(t->r, v.rank, v.shape);
    for (size_t i = 0; i < y->size; i++) y->data[i] = 0;
    return formal_of_ids(t, value_of_tensor(y));
}

static u32 prime(formal *t, const instruction *in) {
    const u32 *site = &t->g->operands.items[in->a];
    u32 x = formal_value(t, site[2]), order = in->n & 0xff;
    const bool is_empty = formal_size(t, x) == 0;
    if (!site[0] || is_empty) {
        u32 y = is_empty ? x : formal_map(t, x, prime_of_built_in, site[1] << 8 | order);
        *formal_at(t, in->c) = y;
        return t->pc + 1;
    }
    const u32 made = formal_is_tensor(x) ? like(t, x) : FORMAL_UNBOUND;
    enter(t, site[1], &(formal_frame){.instruction = t->pc, .over = x, .made = made, .primes = order});
    const body *b = &t->g->bodies.items[t->frames.items[t->frames.count - 1].body];
    if (b->parameters != 1) formal_fail(t, "f'(x) is for functions of one parameter");
    begin_entry(t);
    return b->entry;
}

/* False where the function goes on with the next entry. */
static bool finish_prime(formal *t, u32 *y) {
    formal_frame *f = &t->frames.items[t->frames.count - 1];
    if (formal_is_tensor(*y)) {
        t->pc = f->instruction;
        formal_fail(t, "f'(x) needs a scalar result of f for a scalar x");
    }
    *y = formal_repeated(t, *y, f->argument, f->primes);
    if (!formal_is_tensor(f->over)) return true;
    t->tensors.items[f->made & ~FORMAL_TENSOR].t->data[f->entry] = (double)*y + 1;
    *y = f->made;
    if (++f->entry == formal_size(t, f->over)) return true;
    begin_entry(t);
    return false;
}

static u32 finish_call(formal *t, const instruction *in) {
    if (in->a == OPERAND_NONE) formal_fail(t, "a function that gives no value has no formula");
    formal_frame f = t->frames.items[t->frames.count - 1];
    const u32 given = formal_value(t, in->a);
    u32 y = given;
    if (formal_returned(t, &y)) return t->pc;
    if (f.primes && !finish_prime(t, &y)) return t->g->bodies.items[f.body].entry;
    if (!f.primes && y == given && formal_passes(t, in->a)) t->passed = f.instruction + 1;
    t->frames.count--;
    *formal_at(t, t->g->code.items[f.instruction].c) = y;
    return f.instruction + 1;
}

/* ---- the loop ---- */

static u32 other(formal *t, const instruction *in) {
    u32 y;
    if (in->op < OP_ELEMENTWISE_END) {
        u32 x = formal_value(t, in->a);
        bool two = op_infos[in->op].arity == 2;
        y = formal_elementwise(t, (enum op)in->op, x, two ? formal_value(t, in->b) : FORMAL_UNBOUND);
    } else if (in->op == DO_MOVE || in->op == DO_UNCERTAIN) {
        y = formal_value(t, in->a);
        if (in->op == DO_MOVE && formal_passes(t, in->a)) t->passed = t->pc + 1;
    } else if (in->op == DO_LIST) {
        y = formal_list(t, in);
    } else if (in->op == DO_INDEX || in->op == DO_SET_INDEX) {
        y = formal_index(t, in);
    } else if (in->op == DO_APPLY) {
        y = formal_apply(t, in);
    } else if (in->op == DO_DERIVE) {
        y = formal_derive(t, in);
    } else {
        formal_fail(t, "this has no formula here");
    }
    *formal_at(t, in->c) = y;
    return t->pc + 1;
}

static u32 step(formal *t, const instruction *in) {
    switch (in->op) {
    case DO_CHECK: formal_check(t, in); break;
    case DO_JUMP:
        if (t->passed == t->pc) t->passed = in->a;
        return in->a;
    case DO_JUMP_IF_NOT: return branch(t, in, false);
    case DO_JUMP_IF: return branch(t, in, true);
    case DO_STORE: formal_store(t, in, formal_value(t, in->a)); break;
    case DO_STORE_LEAF: formal_store(t, in, formal_alias(t, formal_value(t, in->a), true)); break;
    case DO_ANSWER: formal_store_answer(t, in, formal_value(t, in->a)); break;
    case DO_GIVE: t->given.items[OPERAND_NUMBER(in->b)] = formal_value(t, in->a); break;
    case DO_UNPACK: formal_unpack(t, in); break;
    case DO_FOR: formal_for(t, in); break;
    case DO_INPUT: return t->globals.items[in->a] != FORMAL_UNBOUND ? in->b : t->pc + 1;
    case DO_FOR_RANGE: formal_for_range(t, in); break;
    case DO_NEXT: return formal_next(t, in) ? t->pc + 1 : in->c;
    case DO_DEFINE: {
        const body *b = &t->g->bodies.items[in->a];
        if (b->wrt == NAME_NONE) t->bodies.items[b->function] = in->a;
        t->has_partials.items[b->function] = b->wrt != NAME_NONE;
        break;
    }
    case DO_CALL: return call(t, in);
    case DO_PRIME: return prime(t, in);
    case DO_RETURN: return finish_call(t, in);
    case DO_PRINT:
    case DO_ASSERT:
    case DO_CORRELATE: break;
    default: return other(t, in);
    }
    return t->pc + 1;
}

void formal_run(formal *t, u32 start) {
    t->pc = start;
    for (;;) {
        join(t);
        formal_check_loop(t);
        const instruction *in = &t->g->code.items[t->pc];
        if (in->op == DO_STOP) return;
        if (++t->steps % 4096 == 0 && *t->interrupt) fault_raise(FAULT_INTERRUPT);
        if (t->steps > FORMAL_STEPS) formal_fail(t, "more than %d steps for a formula", FORMAL_STEPS);
        expr_count(&t->f, 1);
        t->r->origin = t->pc;
        size_t mark = pool_mark(t->r);
        t->pc = step(t, in);
        pool_release(t->r, mark);
    }
}
