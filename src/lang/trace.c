/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace.c - see trace.h. */
#include "lang/trace.h"
#include "lang/steps.h"

void trace_begin(evaluator *e) {
    trace *t = &e->trace;
    t->first = t->end = (u32)e->rec.tape.count;
    t->varies.count = t->guards.count = 0;
    t->given_up = false;
    t->limit = e->operation_limit;
    if (e->operation_limit > TRACE_LIMIT) e->operation_limit = TRACE_LIMIT;
    e->rec.tape.compact_at = e->rec.tape.weight_at = SIZE_MAX; /* guards name records */
    e->rec.tape.is_traced = true;
}

void trace_end(evaluator *e) {
    if (!e->rec.tape.is_traced) return;
    e->rec.tape.is_traced = false;
    e->operation_limit = e->trace.limit;
}

u32 trace_bind(evaluator *e, u32 slot, double number) {
    value v = record_leaf(&e->rec, SCALAR(number)), *to = &e->globals.items[slot];
    value_drop(to);
    *to = v;
    e->trace.end = v.node + 1;
    return v.node;
}

void trace_give_up(evaluator *e) {
    e->trace.given_up = true;
    fault_raise(FAULT_UNTRACED);
}

/* Marks records up to this one. */
bool trace_varies(evaluator *e, const value *v) {
    trace *t = &e->trace;
    for (u32 k = (u32)t->varies.count; k <= v->node; k++) {
        array_room(&t->varies);
        t->varies.items[k] = 0;
        t->varies.items[k] =
            (k >= t->first && k < t->end) || (k && made_from(&e->rec.tape, t->varies.items, k));
        t->varies.count++;
    }
    return v->node && t->varies.items[v->node];
}

bool trace_any_varies(evaluator *e, u32 count, const value *values) {
    for (u32 i = 0; i < count; i++)
        if (!is_unbound(&values[i]) && trace_varies(e, &values[i])) return true;
    return false;
}

void trace_guard(evaluator *e, const value *v, bool holds) {
    if (trace_varies(e, v)) array_push(&e->trace.guards, ((replay_guard){v->node, holds}));
}

/* ---- which steps can be replayed ---- */

typedef struct looking {
    evaluator *e;
    value *const *base;
    bool varies;
} looking;

static void look(void *user, u32 *o) {
    looking *l = user;
    if (*o == OPERAND_NONE) return;
    const value *v = operand_at(l->base, *o);
    if (!is_unbound(v)) l->varies |= trace_varies(l->e, v);
}

static bool operand_varies(evaluator *e, const instruction *in, value *const base[4]) {
    looking l = {e, base, false};
    graph_each_operand(e->g, (u32)(in - e->g->code.items), look, &l);
    return l.varies;
}

/* Functions that are made of elementwise operations, or look at shapes alone. */
static bool is_elementwise(enum op op) {
    switch (op) {
    case OP_WHERE:
    case OP_CLAMP:
    case OP_MIN_OF:
    case OP_MAX_OF:
    case OP_SHAPE:
    case OP_SIZE:
    case OP_RANK: return true;
    default: return false;
    }
}

/* Forms whose sweeps are records like others. */
static bool is_recorded(enum derive form) {
    switch (form) {
    case DERIVE_GRAD:
    case DERIVE_VJP:
    case DERIVE_JVP:
    case DERIVE_JACOBIAN:
    case DERIVE_HESSIAN:
    case DERIVE_HVP:
    case DERIVE_STOP:
    case DERIVE_CHECKPOINT: return true;
    default: return false;
    }
}

void trace_check_step(evaluator *e, const instruction *in, value *const base[4]) {
    switch (in->op) {
    case DO_LIST:
    case DO_UNPACK:
    case DO_ANSWER:
    case DO_INPUT:
    case DO_GIVE:
    case DO_DEFINE:
    case DO_ASSERT:
    case DO_FOR: return;
    case DO_DERIVE:
        if (is_recorded((enum derive)(in->n & 0xff))) return;
        break;
    case DO_APPLY:
        if (is_elementwise((enum op)in->n)) return;
        break;
    case DO_SEVERAL:
    case DO_INDEX:
    case DO_SET_INDEX:
    case DO_FOR_RANGE: break;
    default: trace_give_up(e);
    }
    if (operand_varies(e, in, base)) trace_give_up(e);
}
