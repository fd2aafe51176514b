/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused_plan.c - what a fused loop keeps and makes again for its sweep: see fused.h. */
#include "core/fused_block.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

static bool fused_loads(const fused_step *s) {
    return s->op == FUSED_LOAD || s->op == FUSED_LOAD_AT || s->op == FUSED_LOAD_NEAR;
}

/* Operations that cost less to do again than to keep the result of. */
static bool is_cheap(u16 op) {
    switch (op) {
    case OP_NEG:
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
    case OP_SQUARE:
    case OP_RECIP:
    case OP_ABS:
    case OP_SIGN:
    case OP_MIN:
    case OP_MAX:
    case OP_SQRT: return true;
    default: return op >= OP_ELEMENTWISE_END;
    }
}

/* Whether x, w or y stands in a partial as ops.def writes it. */
static bool mentions(const char *partial, char name) {
    for (const char *c = partial; *c; c++) {
        bool begins = c == partial || !(isalnum((unsigned char)c[-1]) || c[-1] == '_');
        if (*c == name && begins && !(isalnum((unsigned char)c[1]) || c[1] == '_')) return true;
    }
    return false;
}

static bool step_is_active(const fused_step *s, const u8 *active, const bool *active_tensors) {
    if (fused_loads(s)) return active_tensors[s->n];
    if (s->op >= OP_ELEMENTWISE_END) return false;
    const op_info *info = &op_infos[s->op];
    return (active[s->a] && !PARTIAL_IS_ZERO(info->partials[0])) ||
           (info->arity == 2 && active[s->b] && !PARTIAL_IS_ZERO(info->partials[1]));
}

/* Which registers depend on an active input, in this iteration or in one before. */
static void find_active(const fused *f, fused_plan *p) {
    bool active_tensors[f->tensor_count + 1];
    for (size_t i = 0; i < f->inputs.count; i++) {
        const fused_input *in = &f->inputs.items[i];
        if (in->is_tensor) active_tensors[in->place] = p->active_inputs[i];
        else p->active[in->place] = p->active_inputs[i];
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < f->steps.count; i++) {
            const fused_step *s = &f->steps.items[i];
            if (s->op != FUSED_LEAVE) p->active[s->to] = step_is_active(s, p->active, active_tensors);
        }
        for (size_t i = 0; i < f->moves.count; i++) {
            const fused_step *m = &f->moves.items[i];
            if (p->active[m->to] || !p->active[m->a]) continue;
            p->active[m->to] = changed = true;
        }
    }
}

/* Marks the registers and tensors that a marked one depends on: comparisons leave no record. */
static void find_reached(const fused *f, u8 *registers, u8 *tensors) {
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = f->steps.count; i-- > 0;) {
            const fused_step *s = &f->steps.items[i];
            if (s->op == FUSED_LEAVE || !registers[s->to]) continue;
            if (fused_loads(s)) tensors[s->n] = 1;
            if (s->op >= OP_ELEMENTWISE_END || !op_records((enum op)s->op)) continue;
            u8 *a = &registers[s->a], *b = op_infos[s->op].arity == 2 ? &registers[s->b] : a;
            changed |= !*a || !*b;
            *a = *b = 1;
        }
        for (size_t i = 0; i < f->moves.count; i++) {
            const fused_step *m = &f->moves.items[i];
            if (!registers[m->to] || registers[m->a]) continue;
            registers[m->a] = changed = true;
        }
    }
}

static void find_connected(const fused *f, fused_plan *p) {
    size_t count = f->inputs.count, room = (size_t)f->register_count + f->tensor_count + 2;
    p->connected = mem_zero(f->outputs.count * count + 1, 1);
    u8 *registers = mem_zero(room, 1), *tensors = registers + f->register_count + 1;
    for (size_t o = 0; o < f->outputs.count; o++) {
        memset(registers, 0, room);
        registers[f->outputs.items[o].from] = 1;
        find_reached(f, registers, tensors);
        for (size_t i = 0; i < count; i++) {
            const fused_input *in = &f->inputs.items[i];
            bool reached = in->is_tensor ? tensors[in->place] : registers[in->place];
            p->connected[o * count + i] = p->active_inputs[i] && reached;
        }
    }
    mem_free(registers);
}

/* One partial of a step: the registers whose values it asks for. */
static void need_for(const fused_step *s, const char *partial, u8 *needed) {
    if (mentions(partial, 'x')) needed[s->a] = 1;
    if (mentions(partial, 'w')) needed[s->b] = 1;
    if (mentions(partial, 'y')) needed[s->to] = 1;
}

static u16 back_code(u16 op, u16 bits) { return (u16)(FUSED_BACK + 3 * op + bits); }

static void add_back(fused_plan *p, const fused_step *s, u8 *needed) {
    fused_step back = *s;
    if (s->op >= OP_ELEMENTWISE_END) {
        if (s->op != FUSED_LOAD_NEAR) needed[s->op == FUSED_LOAD ? s->b : s->a] = 1;
        back.op = back_code(s->op, 0);
    } else {
        const op_info *info = &op_infos[s->op];
        bool two = info->arity == 2;
        if (p->active[s->a]) need_for(s, info->partials[0], needed);
        if (two && p->active[s->b]) need_for(s, info->partials[1], needed);
        back.op = back_code(s->op, !p->active[s->a]          ? CODE_CONST_A
                                   : two && !p->active[s->b] ? CODE_CONST_B
                                                             : 0);
    }
    array_push(&p->back, back);
}

/* From what partials need: the carried names and dear results to keep, and the steps to do again. */
static void find_kept(const fused *f, fused_plan *p, u8 *needed, u8 *again) {
    for (size_t i = f->steps.count; i-- > 0;) {
        const fused_step *s = &f->steps.items[i];
        if (s->op == FUSED_LEAVE || !needed[s->to]) continue;
        again[i] = is_cheap(s->op);
        if (!again[i]) array_push(&p->kept, s->to);
        if (!again[i]) continue;
        if (fused_reads_a(s)) needed[s->a] = 1;
        if (fused_reads_b(s)) needed[s->b] = 1;
    }
    for (size_t i = 0; i < f->outputs.count; i++) {
        u16 carried = f->outputs.items[i].carried;
        if (carried != FUSED_NONE && needed[carried]) array_push(&p->kept, carried);
    }
}

/* Whether an iteration ends with one move. */
static bool has_one_move(const fused *f) {
    size_t carried = 0;
    for (size_t i = 0; i < f->outputs.count; i++) carried += f->outputs.items[i].carried != FUSED_NONE;
    return carried == 1 && f->moves.count == 1;
}

/* Whether all that is kept is the register that this move writes. */
static bool keeps_moved(const fused *f, const fused_plan *p) {
    return p->kept.count == 1 && p->kept.items[0] == f->moves.items[0].to;
}

static void add_keeps(fused_plan *p) {
    for (u32 i = 0; i < p->kept.count; i++)
        array_push(&p->forward, ((fused_step){.op = FUSED_KEEP, .a = p->kept.items[i], .n = i}));
}

static void add_forward(const fused *f, fused_plan *p) {
    for (size_t i = 0; i < f->steps.count; i++) array_push(&p->forward, f->steps.items[i]);
    if (has_one_move(f)) {
        fused_step turn = f->moves.items[0];
        turn.op = keeps_moved(f, p) ? FUSED_TURN_KEEPING : FUSED_TURN;
        if (turn.op == FUSED_TURN) add_keeps(p);
        array_push(&p->forward, turn);
        return;
    }
    for (size_t i = 0; i < f->outputs.count; i++)
        if (f->outputs.items[i].carried != FUSED_NONE)
            array_push(&p->forward, ((fused_step){.op = FUSED_LOOK, .a = f->outputs.items[i].from}));
    add_keeps(p);
    array_push(&p->forward, ((fused_step){.op = FUSED_NEXT}));
    for (size_t i = 0; i < f->moves.count; i++) array_push(&p->forward, f->moves.items[i]);
    array_push(&p->forward, ((fused_step){.op = FUSED_REPEAT}));
}

/* Hands adjoints on to the iteration before. */
static void add_moves_back(const fused *f, fused_plan *p) {
    if (has_one_move(f) && p->active[f->moves.items[0].a]) {
        fused_step turn = f->moves.items[0];
        turn.op = p->restores ? FUSED_TURN_BACK_RESTORING : FUSED_TURN_BACK;
        array_push(&p->back, turn);
        return;
    }
    array_push(&p->back, ((fused_step){.op = FUSED_BEFORE}));
    for (size_t i = f->moves.count; i-- > 0;) {
        fused_step move = f->moves.items[i];
        move.op = back_code(move.op, 0);
        if (p->active[move.a]) array_push(&p->back, move);
    }
    array_push(&p->back, ((fused_step){.op = FUSED_REPEAT_BACK}));
}

/* The program back: fill the registers, sweep over the body, and go to the iteration before. */
static void add_back_program(const fused *f, fused_plan *p, const u8 *again, const fused_plan *body) {
    p->restores = has_one_move(f) && keeps_moved(f, p) && p->active[f->moves.items[0].a];
    for (u32 i = 0; i < p->kept.count && !p->restores; i++)
        array_push(&p->back, ((fused_step){.op = FUSED_RESTORE, .to = p->kept.items[i], .n = i}));
    for (size_t i = 0; i < f->steps.count; i++)
        if (again[i]) array_push(&p->back, f->steps.items[i]);
    for (size_t i = 0; i < body->back.count; i++) array_push(&p->back, body->back.items[i]);
    add_moves_back(f, p);
}

/* Where no output is active the loop leaves no record, and so keeps nothing. */
static void make_programs(const fused *f, fused_plan *p, u8 *needed, u8 *again, fused_plan *body) {
    body->active = p->active;
    for (size_t i = fused_is_active(f, p) ? f->steps.count : 0; i-- > 0;) {
        const fused_step *s = &f->steps.items[i];
        if (s->op != FUSED_LEAVE && p->active[s->to]) add_back(body, s, needed);
    }
    find_kept(f, p, needed, again);
    add_forward(f, p);
    add_back_program(f, p, again, body);
    p->blocks = fused_blocks_make(f, p, again);
}

static void make_plan(const fused *f, fused_plan *p, const value *inputs) {
    p->active_inputs = mem_zero(f->inputs.count + 1, 1);
    p->active = mem_zero((size_t)f->register_count + 1, 1);
    for (size_t i = 0; i < f->inputs.count; i++) p->active_inputs[i] = inputs[i].node != 0;
    find_active(f, p);
    find_connected(f, p);
    u8 *needed = mem_zero((size_t)f->register_count + f->steps.count + 2, 1);
    fused_plan body = {0};
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) make_programs(f, p, needed, needed + f->register_count + 1, &body);
    fault_end(&here);
    mem_free(needed);
    array_free(&body.back);
    if (fault) fault_raise((enum fault)fault);
}

/* The offset c of an index v + c, v - c or c + v of a vector. */
static bool find_offset(const fused *f, u16 reg, double *offset) {
    *offset = 0;
    if (reg == f->variable) return true;
    for (size_t i = 0; i < f->steps.count; i++) {
        const fused_step *s = &f->steps.items[i];
        if (s->to != reg || (s->op != OP_ADD && s->op != OP_SUB)) continue;
        bool is_flipped = s->op == OP_ADD && s->b == f->variable;
        if (!is_flipped && s->a != f->variable) return false;
        for (size_t k = 0; k < f->constants.count; k++)
            if (f->constants.items[k].to == (is_flipped ? s->a : s->b)) {
                *offset = s->op == OP_ADD ? f->constants.items[k].x : -f->constants.items[k].x;
                return *offset == rint(*offset) && fabs(*offset) < FUSED_NEAR;
            }
    }
    return false;
}

/* x[i], x[i + 1] in a loop over whole i need no index of their own. */
static void simplify_indices(fused *f) {
    for (size_t i = 0; i < f->steps.count; i++) {
        fused_step *s = &f->steps.items[i];
        double offset;
        if (s->op != FUSED_LOAD || !find_offset(f, s->b, &offset)) continue;
        s->op = FUSED_LOAD_NEAR;
        s->a = (u16)(offset + FUSED_NEAR);
        s->b = 0;
        f->counts = true;
    }
}

/* Steps that may end the loop, or the run with an error of an index that there is not. */
static bool may_stop(const fused_step *s) {
    return s->op == FUSED_LEAVE || s->op == FUSED_LOAD || s->op == FUSED_LOAD_NEAR || s->op == FUSED_AXIS;
}

/* Takes steps away whose results nobody reads. */
static void drop_unread(fused *f) {
    u8 *read = mem_zero((size_t)f->register_count + 1, 1);
    for (size_t i = 0; i < f->outputs.count; i++) {
        const fused_output *o = &f->outputs.items[i];
        /* the loop's variable itself is worked out at the end of a run */
        if (o->from != f->variable || o->carried != FUSED_NONE) read[o->from] = 1;
    }
    size_t kept = f->steps.count;
    for (size_t i = f->steps.count; i-- > 0;) {
        fused_step s = f->steps.items[i];
        if (!may_stop(&s) && !read[s.to]) continue;
        if (fused_reads_a(&s)) read[s.a] = 1;
        if (fused_reads_b(&s)) read[s.b] = 1;
        f->steps.items[--kept] = s;
    }
    f->reads_variable = read[f->variable];
    f->steps.count -= kept;
    if (f->steps.count)
        memmove(f->steps.items, f->steps.items + kept, f->steps.count * sizeof *f->steps.items);
    mem_free(read);
}

/* Several moves at once: where one reads what another writes, they go through registers of their own. */
static void add_moves(fused *f) {
    bool is_crossed = false;
    for (size_t i = 0; i < f->outputs.count; i++)
        for (size_t k = 0; k < f->outputs.count; k++)
            is_crossed |= i != k && f->outputs.items[i].carried != FUSED_NONE &&
                          f->outputs.items[i].from == f->outputs.items[k].carried;
    u16 between = f->register_count;
    for (int pass = is_crossed ? 0 : 1; pass < 2; pass++) {
        u16 next = between;
        for (size_t i = 0; i < f->outputs.count; i++) {
            const fused_output *o = &f->outputs.items[i];
            if (o->carried == FUSED_NONE || o->carried == o->from) continue;
            u16 to = pass ? o->carried : next, from = is_crossed && pass ? next : o->from;
            array_push(&f->moves, ((fused_step){.op = FUSED_MOVE, .to = to, .a = from}));
            next++;
        }
        if (is_crossed) f->register_count = next;
    }
}

void fused_finish(fused *f) {
    simplify_indices(f);
    drop_unread(f);
    add_moves(f);
}

static bool has_pattern(const fused *f, const fused_plan *p, const value *inputs) {
    for (size_t i = 0; i < f->inputs.count; i++)
        if (p->active_inputs[i] != (inputs[i].node != 0)) return false;
    return true;
}

bool fused_is_active(const fused *f, const fused_plan *p) {
    for (size_t i = 0; i < f->outputs.count; i++)
        if (p->active[f->outputs.items[i].from]) return true;
    return false;
}

bool fused_output_is_connected(const fused *f, const fused_plan *p, size_t output) {
    size_t count = f->inputs.count;
    return count && memchr(p->connected + output * count, 1, count) != NULL;
}

void fused_plan_free(fused_plan *p) {
    mem_free(p->active_inputs);
    mem_free(p->active);
    mem_free(p->connected);
    array_free(&p->kept);
    array_free(&p->forward);
    array_free(&p->back);
    fused_blocks_free(p->blocks);
}

static size_t find_plan(const fused *f, const value *inputs) {
    size_t i = 0;
    while (i < f->plans.count && !has_pattern(f, &f->plans.items[i], inputs)) i++;
    return i;
}

static void add_plan(fused *f, const value *inputs) {
    array_push(&f->plans, ((fused_plan){0}));
    fused_plan *p = &f->plans.items[f->plans.count - 1];
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) make_plan(f, p, inputs);
    fault_end(&here);
    if (!fault) return;
    fused_plan_free(p); /* half a plan must not be found the next time */
    f->plans.count--;
    fault_raise((enum fault)fault);
}

fused_plan *fused_plan_for(fused *f, const value *inputs) {
    size_t i = find_plan(f, inputs);
    if (i == f->plans.count) add_plan(f, inputs);
    return &f->plans.items[i];
}
