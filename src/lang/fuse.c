/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuse.c - turns the body of a loop into a fused one (core/fused.h) and runs it.
 *
 * It is tried where a loop jumps back for the first time, so that the names have their kinds already.  Calls
 * of functions that are without branches too are written out.  What cannot be fused (branches, tensors, names
 * that a derivative may be taken in) goes on as before. */
#include "core/fused.h"
#include "lang/steps.h"
#include <string.h>

/* A loop over fewer entries is not worth a record of its own. */
enum { FEWEST_ITERATIONS = 16, FIRST_ROWS = 256 };
/* Calls in calls that are written out. */
enum { MOST_CALLS = 8 };

/* Where an operand's value is while the body is read. */
typedef struct holder {
    u32 operand;
    u32 frame; /* of the call whose registers and locals they are; 0 is the loop itself */
    u16 reg;   /* or the number of a tensor */
    bool is_tensor;
    const value *tensor;
    bool is_stored; /* a name that the body stores */
    u16 input;      /* the register that it was read from first, or FUSED_NONE */
} holder;

typedef struct fuser {
    evaluator *e;
    value *const *base;
    fused *f;
    ARRAY(holder) holders;
    u32 origin;
    u32 frame, frames; /* of the call at work; so far */
    u32 depth;
} fuser;

static bool is_full(const fuser *u) { return u->f->register_count >= FUSED_MOST_STEPS; }

static u16 new_register(fuser *u) { return u->f->register_count++; }

/* Names at top level are the same in every call. */
static u32 frame_of(const fuser *u, u32 operand) { return OPERAND_KIND(operand) == IN_GLOBAL ? 0 : u->frame; }

static holder *find_holder(fuser *u, u32 operand) {
    u32 call = frame_of(u, operand);
    for (size_t i = 0; i < u->holders.count; i++)
        if (u->holders.items[i].operand == operand && u->holders.items[i].frame == call)
            return &u->holders.items[i];
    return NULL;
}

static u16 constant(fuser *u, double x) {
    for (size_t i = 0; i < u->f->constants.count; i++)
        if (memcmp(&u->f->constants.items[i].x, &x, sizeof x) == 0) return u->f->constants.items[i].to;
    u16 reg = new_register(u);
    array_push(&u->f->constants, ((fused_constant){reg, x}));
    return reg;
}

/* A value that comes from before the loop. */
static holder *read_input(fuser *u, u32 operand) {
    if (frame_of(u, operand) != 0) return NULL;
    const value *v = operand_at(u->base, operand);
    if (is_unbound(v)) return NULL;
    holder p = {.operand = operand, .is_tensor = is_tensor(v), .tensor = v, .input = FUSED_NONE};
    if (p.is_tensor) p.reg = u->f->tensor_count++;
    else p.input = p.reg = new_register(u);
    array_push(&u->holders, p);
    array_push(&u->f->inputs, ((fused_input){operand, p.is_tensor, shape_of(v).rank, p.reg}));
    return &u->holders.items[u->holders.count - 1];
}

static holder *holder_of(fuser *u, u32 operand) {
    holder *p = find_holder(u, operand);
    return p ? p : read_input(u, operand);
}

/* The register of a scalar operand; false where it is none. */
static bool scalar_of(fuser *u, u32 operand, u16 *reg) {
    if (OPERAND_KIND(operand) == IN_LITERAL) {
        const value *v = operand_at(u->base, operand);
        return !is_tensor(v) && (*reg = constant(u, v->num), true);
    }
    const holder *p = holder_of(u, operand);
    return p && !p->is_tensor && (*reg = p->reg, true);
}

/* Says where an operand's value is from here on. */
static void define(fuser *u, u32 operand, u16 reg, bool is_name) {
    holder *p = find_holder(u, operand);
    if (!p) {
        array_push(&u->holders,
                   ((holder){.operand = operand, .frame = frame_of(u, operand), .input = FUSED_NONE}));
        p = &u->holders.items[u->holders.count - 1];
    }
    p->reg = reg;
    p->is_tensor = false;
    p->is_stored |= is_name;
}

static u16 add_step(fuser *u, u16 op, u16 a, u16 b, u32 n) {
    const fused *f = u->f;
    for (size_t i = 0; i < f->steps.count; i++) { /* the same again: x[i]*x[i] */
        const fused_step *s = &f->steps.items[i];
        if (s->op == op && s->a == a && s->b == b && s->n == n) return s->to;
    }
    u16 to = new_register(u);
    array_push(&u->f->steps, ((fused_step){op, to, a, b, n, u->origin}));
    return to;
}

static bool add_elementwise(fuser *u, const instruction *in) {
    u16 op = in->op, a, b = 0;
    if (!scalar_of(u, in->a, &a)) return false;
    if (op_infos[op].arity == 2) {
        if (!scalar_of(u, in->b, &b)) return false;
        const value *w = operand_at(u->base, in->b);
        if (op == OP_POW && OPERAND_KIND(in->b) == IN_LITERAL && w->num == 2) op = OP_SQUARE, b = 0;
    }
    define(u, in->c, add_step(u, op, a, b, 0), false);
    return true;
}

/* x[i], x[i, j]: an entry of a tensor from before the loop. */
static bool add_index(fuser *u, const instruction *in) {
    const u32 *site = &u->e->g->operands.items[in->b];
    const holder *x = OPERAND_KIND(in->a) == IN_LITERAL ? NULL : holder_of(u, in->a);
    if (!x || !x->is_tensor) return false;
    u16 number = x->reg, index, flat = 0;
    const tensor *t = x->tensor->t;
    if (t->rank == 0 || t->rank != site[0] || t->size > UINT32_MAX) return false;
    if (t->rank > 1) flat = constant(u, 0);
    for (u32 i = 0; i < t->rank; i++) {
        const u32 *w = site + 1 + (size_t)SUBSCRIPT_WORDS * i;
        if (w[0] || !scalar_of(u, w[1], &index)) return false;
        if (t->rank > 1) flat = add_step(u, FUSED_AXIS, flat, index, number * MAX_RANK + i);
    }
    define(u, in->c,
           t->rank > 1 ? add_step(u, FUSED_LOAD_AT, flat, 0, number)
                       : add_step(u, FUSED_LOAD, 0, index, number),
           false);
    return true;
}

static bool add_store(fuser *u, const instruction *in) {
    u16 reg;
    if (in->n || !scalar_of(u, in->a, &reg)) return false;
    if (u->frame && OPERAND_KIND(in->b) == IN_GLOBAL) return false;
    define(u, in->b, reg, u->frame == 0);
    return true;
}

/* The variable of a loop over range(...), or over the entries of a vector. */
static bool add_variable(fuser *u, const instruction *in) {
    const value *s = u->base[IN_LOCAL] + in->b;
    if (in->n) return false;
    u16 reg = u->f->variable;
    if (is_tensor(&s[0])) {
        const holder *p = holder_of(u, OPERAND(IN_LOCAL, in->b));
        if (s[0].t->rank != 1 || s[0].t->size > UINT32_MAX) return false;
        reg = add_step(u, FUSED_LOAD, 0, reg, p->reg);
    }
    define(u, in->a, reg, true);
    return true;
}

static bool add_condition(fuser *u, const instruction *in, u32 exit) {
    u16 reg;
    if (in->n != CONDITION_WHILE || in->b != exit || !scalar_of(u, in->a, &reg)) return false;
    for (size_t i = 0; i < u->holders.count; i++)
        if (u->holders.items[i].is_stored) return false;
    add_step(u, FUSED_LEAVE, reg, 0, 0);
    return true;
}

static bool add_instruction(fuser *u, u32 head, u32 pc, u32 jump);

/* The parameters hold what the caller's operands do. */
static bool bind_parameters(fuser *u, const u32 *operands, u32 count, u32 callee) {
    u32 caller = u->frame;
    for (u32 i = 0; i < count; i++) {
        holder p = {.input = FUSED_NONE};
        u16 reg;
        u->frame = caller;
        if (scalar_of(u, operands[i], &reg)) p.reg = reg;
        else if (OPERAND_KIND(operands[i]) == IN_LITERAL || !holder_of(u, operands[i])) return false;
        else p = *holder_of(u, operands[i]);
        p.operand = OPERAND(IN_LOCAL, i);
        p.frame = callee;
        p.is_stored = false;
        p.input = FUSED_NONE;
        array_push(&u->holders, p);
    }
    u->frame = callee;
    return true;
}

/* The instructions of the function up to its `return`, with registers and locals of their own. */
static bool write_out(fuser *u, const body *b, u32 *result) {
    const graph *g = u->e->g;
    for (u32 pc = b->entry; pc < g->code.count && !is_full(u); pc++) {
        const instruction *in = &g->code.items[pc];
        u->f->instructions++;
        if (in->op == DO_RETURN) {
            *result = in->a;
            return in->a != OPERAND_NONE;
        }
        if (in->op == DO_NEXT || !add_instruction(u, b->entry, pc, pc)) return false;
    }
    return false;
}

static bool add_call(fuser *u, const instruction *in) {
    const graph *g = u->e->g;
    const u32 *site = &g->operands.items[in->a];
    const function *fn = &g->functions.items[site[0]];
    if (in->n || fn->body == NAME_NONE || site[2] || site[1] != fn->parameters || u->depth == MOST_CALLS)
        return false;
    for (size_t i = 0; i < fn->partials.count; i++)
        if (fn->partials.items[i] != NAME_NONE) return false;
    const body *b = &g->bodies.items[fn->body];
    for (u32 i = 0; i < b->locals; i++)
        if (g->locals.items[b->first_local + i].is_watched) return false;
    array_push(&u->f->calls, ((fused_call){site[0], fn->body}));
    u32 caller = u->frame, result;
    u16 reg;
    u->depth++;
    bool fits = bind_parameters(u, site + CALL_HEAD, site[1], ++u->frames) && write_out(u, b, &result) &&
                scalar_of(u, result, &reg);
    u->frame = caller;
    u->depth--;
    if (fits) define(u, in->c, reg, false);
    return fits;
}

static bool add_instruction(fuser *u, u32 head, u32 pc, u32 jump) {
    const instruction *in = &u->e->g->code.items[pc];
    u16 reg;
    u->origin = pc;
    if (in->op < OP_ELEMENTWISE_END) return add_elementwise(u, in);
    switch (in->op) {
    case DO_CHECK: return true;
    case DO_MOVE:
        if (!scalar_of(u, in->a, &reg)) return false;
        define(u, in->c, reg, false);
        return true;
    case DO_STORE: return add_store(u, in);
    case DO_INDEX: return add_index(u, in);
    case DO_CALL: return add_call(u, in);
    case DO_NEXT: return pc == head && add_variable(u, in);
    case DO_JUMP_IF_NOT: return u->frame == 0 && add_condition(u, in, jump + 1);
    default: return false;
    }
}

static void find_outputs(fuser *u) {
    for (size_t i = 0; i < u->holders.count; i++) {
        const holder *p = &u->holders.items[i];
        if (p->is_stored) array_push(&u->f->outputs, ((fused_output){p->operand, p->reg, p->input}));
    }
}

static bool read_body(fuser *u, u32 head, u32 jump) {
    u->f->instructions = jump - head + 1;
    for (u32 pc = head; pc < jump; pc++)
        if (is_full(u) || !add_instruction(u, head, pc, jump)) return false;
    find_outputs(u);
    fused_finish(u->f);
    return u->f->steps.count > 0 && u->f->outputs.count > 0;
}

/* NULL where the loop cannot be fused. */
static fused *fuse(evaluator *e, u32 head, u32 jump, value *const base[4]) {
    fuser u = {.e = e, .base = base, .f = mem_zero(1, sizeof *u.f)};
    u.f->number = (u32)e->rec.loops.count;
    bool fits = false;
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) {
        u.f->variable = new_register(&u);
        fits = read_body(&u, head, jump);
        if (fits) array_push(&e->rec.loops, u.f);
    }
    fault_end(&here);
    array_free(&u.holders);
    if (!fits) fused_free(u.f);
    if (fault) fault_raise((enum fault)fault);
    return fits ? u.f : NULL;
}

/* ---- running ---- */

/* Whether the inputs are of the kinds that the loop was made for, and the functions those that were called.
 */
static bool read_inputs(const graph *g, const fused *f, value *const base[4], value *inputs) {
    for (size_t i = 0; i < f->calls.count; i++)
        if (g->functions.items[f->calls.items[i].function].body != f->calls.items[i].body) return false;
    for (size_t i = 0; i < f->inputs.count; i++) {
        const fused_input *in = &f->inputs.items[i];
        inputs[i] = *operand_at(base, in->operand);
        if (is_unbound(&inputs[i]) || is_tensor(&inputs[i]) != in->is_tensor) return false;
        view v = shape_of(&inputs[i]);
        if (v.rank != in->rank || v.size > UINT32_MAX) return false;
    }
    return true;
}

static void bind_outputs(const fused *f, value *const base[4], const value *outputs) {
    for (size_t i = 0; i < f->outputs.count; i++) {
        value *to = operand_at(base, f->outputs.items[i].operand);
        value_drop(to);
        *to = outputs[i];
    }
}

/* How many iterations the next run may have; its numbers are in the state of a `for`. */
static u32 next_rows(const value *state, fused_range *range, u32 rows) {
    if (!state) return rows;
    double left = state[3].num - state[1].num;
    range->first = is_tensor(&state[0]) ? 0 : state[0].num;
    range->step = is_tensor(&state[0]) ? 1 : state[2].num;
    range->start = state[1].num;
    return left < FUSED_ROWS ? (u32)left : FUSED_ROWS;
}

static fused *fused_at(evaluator *e, u32 jump, value *const base[4]) {
    const instruction *in = &e->g->code.items[jump];
    while (e->loops.count < in->b) array_push(&e->loops, ((loop_site){0}));
    loop_site *site = &e->loops.items[in->b - 1];
    if (!site->is_tried) {
        site->fused = fuse(e, in->a, jump, base);
        site->is_tried = true; /* not where memory was exhausted */
    }
    return site->fused;
}

u32 step_repeat(evaluator *e, u32 jump, value *const base[4]) {
    const instruction *head = &e->g->code.items[e->g->code.items[jump].a];
    value *state = head->op == DO_NEXT ? base[IN_LOCAL] + head->b : NULL;
    u32 start = e->g->code.items[jump].a;
    if (state && state[3].num - state[1].num < FEWEST_ITERATIONS) return start;
    fused *f = fused_at(e, jump, base);
    if (!f) return start;
    value inputs[f->inputs.count + 1], outputs[f->outputs.count + 1];
    fused_range range = {0};
    memset(inputs, 0, sizeof inputs);
    for (u32 rows = FIRST_ROWS, done = 0;; rows = rows < FUSED_ROWS ? 2 * rows : rows) {
        u32 most = next_rows(state, &range, rows);
        if (most == 0 || (f->counts && !fused_range_is_whole(range)) || !read_inputs(e->g, f, base, inputs))
            return start;
        e->rec.origin = jump;
        enum fused_how how = fused_run(&e->rec, f, inputs, range, most, outputs, &done);
        if (done > 0) bind_outputs(f, base, outputs);
        if (state) state[1].num += done;
        e->operations += (u64)done * f->instructions;
        if (UNLIKELY(e->interrupt || e->operations > e->operation_limit)) step_limit(e, jump);
        if (how != FUSED_RAN) return start;
    }
}
