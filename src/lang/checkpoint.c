/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkpoint.c - checkpoint(f(x)): a call whose record is made again in the sweep.
 *
 * When the function returns, what it recorded is forgotten, and one record stands for the call: its arguments
 * are those of the function and the names at top level that functions read.  The sweep calls the function
 * again with them (core/checkpoint.c).  Random numbers come out as they did; what the function prints is
 * printed once. */
#include "lang/steps.h"
#include "lang/uncertain.h"
#include <string.h>

/* Attributes of the record: the body, how many arguments it has, where random numbers stood, and then a slot
 * for each name. */
enum { BODY, PARAMETERS, DRAWS_LOW, DRAWS_HIGH, SLOTS };

static bool is_read(const evaluator *e, size_t slot) {
    return e->g->globals.items[slot].is_read && !is_unbound(&e->globals.items[slot]);
}

bool may_checkpoint(const evaluator *e, const function *f, const value *arguments) {
    if (e->g->needs_records || e->rec.tape.is_traced || !e->fuses || e->in_sweep + 1 >= SWEEP_LIMIT)
        return false;
    for (size_t i = 0; i < f->partials.count; i++)
        if (f->partials.items[i] != NAME_NONE) return false;
    bool has_history = false;
    for (u32 i = 0; i < f->parameters; i++) has_history |= arguments[i].node != 0;
    for (size_t i = 0; i < e->g->globals.count; i++)
        has_history |= is_read(e, i) && e->globals.items[i].node != 0;
    return has_history;
}

/* Leaves with an uncertainty are listed by their records, which have to stay. */
static size_t leaves_of(const evaluator *e) { return e->uncertain ? e->uncertain->leaves.count : 0; }

static value record_call(evaluator *e, u32 number, u32 parameters, const value *arguments, u64 draws,
                         value y) {
    size_t names = 0, count = parameters;
    for (size_t i = 0; i < e->g->globals.count; i++) names += is_read(e, i);
    value *all = scratch_values(&e->rec, count + names + 1);
    size_t words = SLOTS + names, room = words / 2 + 1;
    u32 *attributes = (u32 *)(void *)pool_tensor(&e->rec, 1, &room)->data;
    attributes[BODY] = number;
    attributes[PARAMETERS] = parameters;
    attributes[DRAWS_LOW] = (u32)draws;
    attributes[DRAWS_HIGH] = (u32)(draws >> 32);
    memcpy(all, arguments, parameters * sizeof *all);
    for (u32 i = 0; i < e->g->globals.count; i++) {
        if (!is_read(e, i)) continue;
        attributes[SLOTS + (count - parameters)] = i;
        all[count++] = e->globals.items[i];
    }
    return record_result(&e->rec, OP_CHECKPOINT, is_tensor(&y) ? passive(y) : SCALAR(y.num), (u32)count, all,
                         (u32)words, attributes);
}

value checkpointed_call(evaluator *e, u32 pc, const function *f, const value *arguments) {
    recorder *r = &e->rec;
    u32 parameters = f->parameters, number = f->body;
    value *own = scratch_values(r, parameters + 1u);
    memcpy(own, arguments, parameters * sizeof *own);
    tape_mark mark = tape_here(&r->tape);
    size_t leaves = leaves_of(e);
    u64 draws = r->draws;
    r->origin = pc;
    value y = call_body(e, number, parameters, own);
    if (y.node < mark.count || leaves_of(e) != leaves) return y;
    evaluator_back(e, mark);
    for (u32 i = 0; i < parameters; i++) /* numbers of constants that are gone */
        if (!is_tensor(&own[i])) own[i].aux = 0;
    r->origin = pc;
    return record_call(e, number, parameters, own, draws, y);
}

/* ---- in the sweep ---- */

/* Puts the arguments where the names are, and what the names held there. */
static void swap_names(evaluator *e, u32 names, const u32 *slots, value *values) {
    for (u32 i = 0; i < names; i++) {
        value held = e->globals.items[slots[i]];
        e->globals.items[slots[i]] = values[i];
        values[i] = held;
    }
}

value call_again(void *user, const u32 *attributes, u32 count, value *arguments) {
    evaluator *e = user;
    u32 parameters = attributes[PARAMETERS], names = count - parameters;
    const u32 *slots = attributes + SLOTS;
    u64 draws = e->rec.draws;
    e->rec.draws = attributes[DRAWS_LOW] | (u64)attributes[DRAWS_HIGH] << 32;
    e->silent++;
    swap_names(e, names, slots, arguments + parameters);
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) call_body(e, attributes[BODY], parameters, arguments);
    fault_end(&here);
    swap_names(e, names, slots, arguments + parameters);
    e->silent--;
    e->rec.draws = draws;
    if (fault) fault_raise((enum fault)fault);
    return e->result;
}
