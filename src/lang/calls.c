/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calls.c - calls of the user's functions and the way back: see steps.h.
 *
 * Calls do not recurse in C: a frame on a stack of the evaluator holds what the caller needs. */
#include "lang/steps.h"
#include "core/workspace.h"
#include "lang/trace.h"
#include <string.h>

/* Makes the stacks longer; new locals are unbound.  Registers need no value. */
static void reserve(evaluator *e, size_t registers, size_t locals) {
    while (e->registers.count < registers) array_push(&e->registers, SCALAR(0));
    while (e->locals.count < locals) array_push(&e->locals, UNBOUND);
}

/* A parameter gets a fresh record where a derivative is taken in it, so that f(x, x) can tell its two apart.
 */
static value parameter(evaluator *e, const local *l, value v) {
    return l->is_watched ? record_alias(&e->rec, v) : v;
}

/* Pushes a frame whose parameters are the arguments, and gives its first instruction. */
static u32 enter(evaluator *e, u32 pc, u32 number, const value *arguments, bool is_prime) {
    if (e->frames.count >= CALL_LIMIT) {
        e->rec.origin = pc;
        record_fail(&e->rec, DIAG_RECURSION, "calls nested too deeply (limit %d)", CALL_LIMIT);
    }
    frame *caller = &e->frames.items[e->frames.count - 1];
    u32 used = caller->body == NAME_NONE ? e->g->registers : e->g->bodies.items[caller->body].registers;
    u32 held = caller->body == NAME_NONE ? e->g->main_locals : e->g->bodies.items[caller->body].locals;
    const body *b = &e->g->bodies.items[number];
    frame f = {.instruction = pc,
               .body = number,
               .registers = caller->registers + used,
               .locals = caller->locals + held,
               .pool = pool_mark(&e->rec),
               .is_prime = is_prime};
    reserve(e, (size_t)f.registers + b->registers, (size_t)f.locals + b->locals);
    value *l = e->locals.items + f.locals;
    for (u32 i = 0; i < b->locals; i++) l[i] = UNBOUND;
    e->rec.origin = pc;
    for (u32 i = 0; i < b->parameters; i++) {
        l[i] = parameter(e, &e->g->locals.items[b->first_local + i], arguments[i]);
        value_keep(&l[i]);
    }
    array_push(&e->frames, f);
    return b->entry;
}

/* ---- call ---- */

static _Noreturn void fail_arguments(evaluator *e, u32 pc, const function *f) {
    e->rec.origin = pc;
    record_fail(&e->rec, DIAG_BAD_ARGUMENTS, "'%s' takes %u argument%s", intern_text(&e->g->names, f->name),
                f->parameters, f->parameters == 1 ? "" : "s");
}

/* Arguments in the order of the parameters. */
static value *call_arguments(evaluator *e, u32 pc, const u32 *site, const function *f, value *const base[4]) {
    const graph *g = e->g;
    const body *b = &g->bodies.items[f->body];
    u32 positional = site[1], named = site[2];
    if (positional + named != b->parameters) fail_arguments(e, pc, f);
    step_arguments(e, (u32)(site - g->operands.items) + CALL_HEAD, positional, base);
    for (u32 i = 0; i < named; i++) array_push(&e->arguments, UNBOUND);
    value *a = e->arguments.items;
    const u32 *pair = site + CALL_HEAD + positional;
    for (u32 i = 0; i < named; i++, pair += 2) {
        u32 k = 0;
        while (k < b->parameters && g->locals.items[b->first_local + k].name != pair[0]) k++;
        if (k == b->parameters || k < positional || !is_unbound(&a[k])) {
            e->rec.origin = pc;
            record_fail(&e->rec, DIAG_BAD_ARGUMENTS,
                        k == b->parameters ? "'%s' has no parameter '%s'" : "'%s' gets '%s' twice",
                        intern_text(&g->names, f->name), intern_text(&g->names, pair[0]));
        }
        a[k] = *operand_at(base, pair[1]);
    }
    return a;
}

static bool has_partials(const function *f) {
    for (size_t i = 0; i < f->partials.count; i++)
        if (f->partials.items[i] != NAME_NONE) return true;
    return false;
}

/* Enters a function.  Parameters with a partial by hand are cut off from their history; step_return connects
 * them. */
static u32 enter_function(evaluator *e, u32 pc, const function *f, value *arguments, bool is_prime) {
    bool by_hand = has_partials(f);
    for (u32 i = 0; by_hand && i < f->parameters; i++) {
        array_room(&e->kept);
        value_keep(&arguments[i]);
        array_push(&e->kept, arguments[i]);
        if (f->partials.items[i] != NAME_NONE) arguments[i] = record_cut(&e->rec, arguments[i]);
    }
    return enter(e, pc, f->body, arguments, is_prime);
}

u32 step_call(evaluator *e, u32 pc, const instruction *in, value *const base[4]) {
    const u32 *site = &e->g->operands.items[in->a];
    const function *f = &e->g->functions.items[site[0]];
    if (f->body == NAME_NONE) {
        e->rec.origin = pc;
        record_fail(&e->rec, DIAG_UNKNOWN_FUNCTION, "'%s' is not defined",
                    intern_text(&e->g->names, f->name));
    }
    value *arguments = call_arguments(e, pc, site, f, base);
    if (in->n) step_bind_reached(e, e->g->bodies.items[f->body].entry);
    if (!in->n || !may_checkpoint(e, f, arguments)) return enter_function(e, pc, f, arguments, false);
    u32 to = OPERAND_NUMBER(in->c);
    value y = checkpointed_call(e, pc, f, arguments);
    e->registers.items[e->frames.items[e->frames.count - 1].registers + to] = y;
    return pc + 1;
}

/* ---- f'(x) ---- */

/* The next entry of x as a leaf of its own, connected to x. */
static value next_leaf(evaluator *e, prime_state *p) {
    if (!is_tensor(&p->x)) return record_alias(&e->rec, p->x);
    subscript s[MAX_RANK];
    size_t rest = p->entry;
    for (u32 i = p->x.t->rank; i-- > 0;) {
        s[i] = (subscript){.index = SCALAR((double)(rest % p->x.t->shape[i]))};
        rest /= p->x.t->shape[i];
    }
    return record_alias(&e->rec, index_get(&e->rec, p->x, p->x.t->rank, s));
}

static u32 start_entry(evaluator *e, u32 pc) {
    const u32 *site = &e->g->operands.items[e->g->code.items[pc].a];
    prime_state *p = &e->primes.items[e->primes.count - 1];
    const function *f = &e->g->functions.items[site[1]];
    e->rec.origin = pc;
    p->leaf = next_leaf(e, p);
    value argument = p->leaf;
    return enter_function(e, pc, f, &argument, true);
}

/* Built-in functions are elementwise: the derivative at each entry is the gradient of the sum. */
static value built_in_prime(evaluator *e, enum op op, u32 order, value x, bool values_only) {
    value leaf = record_alias(&e->rec, x), y = leaf;
    for (u32 i = 0; i <= order; i++) {
        if (i == 0) y = apply1(&e->rec, op, leaf);
        else {
            value g, seed = ones_like(&e->rec, &y);
            sweep_gradients(&e->rec, y, seed, 1, &leaf, &g, NULL, i < order || !values_only);
            y = i == order && values_only ? remember_origin(e, g, y, seed, leaf) : g;
        }
    }
    return y;
}

u32 step_prime(evaluator *e, u32 pc, const instruction *in, value *const base[4]) {
    const u32 *site = &e->g->operands.items[in->a];
    value x = *operand_at(base, site[2]);
    u32 order = in->n & 0xff;
    bool values_only = wants_value_only(e, in);
    e->rec.origin = pc;
    if (!site[0]) {
        *operand_at(base, in->c) = built_in_prime(e, (enum op)site[1], order, x, values_only);
        return pc + 1;
    }
    const function *f = &e->g->functions.items[site[1]];
    if (f->body == NAME_NONE || f->parameters != 1) fail_arguments(e, pc, f);
    if (is_tensor(&x) && x.t->size == 0) {
        *operand_at(base, in->c) = passive(x);
        return pc + 1;
    }
    array_push(&e->primes, ((prime_state){.x = x, .order = order, .values_only = values_only}));
    value_keep(&x);
    return start_entry(e, pc);
}

value derive_repeated(evaluator *e, value y, value x, u32 order, bool values_only) {
    enum { NESTED = 2 }; /* sweeps of sweeps; beyond, their records grow too fast */
    if (order > NESTED && e->rec.tape.is_traced && trace_varies(e, &y)) trace_give_up(e);
    if (order > NESTED && !is_tensor(&y)) {
        value high = derive_high(e, y, x, order, values_only);
        if (!is_unbound(&high)) return high;
    }
    for (u32 i = 1; i <= order; i++) {
        if (is_tensor(&y))
            record_fail(&e->rec, DIAG_NOT_SCALAR, "f'(x) needs a scalar result of f for a scalar x");
        value g;
        sweep_gradients(&e->rec, y, SCALAR(1), 1, &x, &g, NULL, i < order || !values_only);
        y = i == order && values_only ? remember_origin(e, g, y, SCALAR(1), x) : g;
    }
    return y;
}

/* One entry's function value has come; gives the whole result where it was the last. */
static bool finish_entry(evaluator *e, u32 pc, value *y) {
    prime_state *p = &e->primes.items[e->primes.count - 1];
    e->rec.origin = pc;
    *y = derive_repeated(e, *y, p->leaf, p->order, p->values_only);
    if (!is_tensor(&p->x)) return true;
    if (is_tensor(y))
        record_fail(&e->rec, DIAG_NOT_SCALAR, "f'(x) needs a scalar result of f for each entry of x");
    array_push(&e->entries, *y);
    if (++p->entry < p->x.t->size) return false;
    size_t first = e->entries.count - p->x.t->size;
    *y = list_of(&e->rec, (u32)p->x.t->size, e->entries.items + first);
    *y = reshape_to(&e->rec, *y, p->x.t->rank, p->x.t->shape);
    e->entries.count = first;
    return true;
}

/* ---- return ---- */

static void drop_locals(evaluator *e, const frame *f) {
    value *l = e->locals.items + f->locals;
    u32 count = e->g->bodies.items[f->body].locals;
    for (u32 i = 0; i < count; i++) {
        value_drop(&l[i]);
        l[i] = UNBOUND;
    }
}

/* Connects y to the arguments whose partial derivatives are given by hand. */
static value connect_partials(evaluator *e, u32 pc, value y, const function *f) {
    size_t first = e->kept.count - f->parameters;
    value *kept = e->kept.items + first;
    e->rec.origin = pc;
    y = custom_partials(&e->rec, y, f->parameters, kept, f->partials.items);
    for (u32 i = 0; i < f->parameters; i++) value_drop(&kept[i]);
    e->kept.count = first;
    return y;
}

u32 step_return(evaluator *e, u32 pc, value y) {
    frame f = e->frames.items[e->frames.count - 1];
    const instruction *in = &e->g->code.items[f.instruction];
    const function *fn = &e->g->functions.items[e->g->bodies.items[f.body].function];
    if (is_unbound(&y)) {
        e->rec.origin = f.instruction == NAME_NONE ? pc : f.instruction;
        record_fail(&e->rec, DIAG_NO_RETURN, "'%s' ended without returning a value",
                    intern_text(&e->g->names, fn->name));
    }
    pool_release_but(&e->rec, f.pool, &y);
    drop_locals(e, &f);
    e->frames.count--;
    if (f.instruction == NAME_NONE) { /* called from C */
        e->result = y;
        return e->stop;
    }
    if (has_partials(fn)) y = connect_partials(e, f.instruction, y, fn);
    if (f.is_prime) {
        if (!finish_entry(e, f.instruction, &y)) return start_entry(e, f.instruction);
        value_drop(&e->primes.items[--e->primes.count].x);
    }
    frame *caller = &e->frames.items[e->frames.count - 1];
    e->registers.items[caller->registers + OPERAND_NUMBER(in->c)] = y;
    return f.instruction + 1;
}

/* ---- from C ---- */

value call_body(evaluator *e, u32 number, u32 count, const value *arguments) {
    (void)count;
    u32 origin = e->rec.origin;
    if (e->in_sweep >= SWEEP_LIMIT)
        record_fail(&e->rec, DIAG_RECURSION, "derivatives given by hand nested too deeply (limit %d)",
                    SWEEP_LIMIT);
    workspace_nest(&e->rec);
    e->in_sweep++;
    size_t depth = e->frames.count;
    u32 entry = enter(e, origin & ~ORIGIN_PARTIAL, number, arguments, false);
    e->frames.items[depth].instruction = NAME_NONE;
    evaluate(e, entry);
    e->in_sweep--;
    workspace_unnest(&e->rec);
    e->rec.origin = origin;
    return e->result;
}

/* Whether d can be multiplied by an adjoint of y and summed to the shape of x. */
static bool partial_fits(const value *d, const value *y, const value *x) {
    view v = shape_of(d), of = shape_of(y), in = shape_of(x);
    u32 rank, with_rank;
    size_t shape[MAX_RANK], with[MAX_RANK];
    return shape_broadcast(of.rank, of.shape, in.rank, in.shape, &rank, shape) &&
           shape_broadcast(rank, shape, v.rank, v.shape, &with_rank, with) &&
           shape_equal(rank, shape, with_rank, with);
}

_Noreturn static void fail_partial(evaluator *e, u32 number, const value *d, const value *y, const value *x) {
    const body *b = &e->g->bodies.items[number];
    char have[SHAPE_ROOM], of[SHAPE_ROOM], in[SHAPE_ROOM];
    const char *f = intern_text(&e->g->names, e->g->functions.items[b->function].name),
               *p = intern_text(&e->g->names, e->g->locals.items[b->first_local + b->wrt].name);
    e->rec.origin = b->entry; /* the end of the definition has the place of its expression */
    while (e->g->code.items[e->rec.origin].op != DO_DEFINE) e->rec.origin++;
    record_fail_hint(
        &e->rec, DIAG_SHAPE, "a derivative given by hand is that of each entry of the result",
        "the derivative of '%s' wrt '%s' has shape %s, which does not fit %s(...) of shape %s and "
        "'%s' of shape %s",
        f, p, shape_write(have, shape_of(d)), f, shape_write(of, shape_of(y)), p,
        shape_write(in, shape_of(x)));
}

value call_partial_body(evaluator *e, u32 number, u32 count, const value *arguments) {
    const value *y = arguments, *x = arguments + 1 + e->g->bodies.items[number].wrt;
    value d = call_body(e, number, count - 1, arguments + 1);
    if (!partial_fits(&d, y, x)) fail_partial(e, number, &d, y, x);
    return d;
}
