/* SPDX-License-Identifier: GPL-3.0-or-later */
/* waiting.c - values from :at that wait, at a prompt, for the first read or store of their name.
 *
 * A read binds such a name where it comes to it, unless it lies in a call whose records are taken back when
 * it ends: names that are read in there are bound in front of it, since their records have to stay. */
#include "lang/steps.h"

static bool waits(const evaluator *e, u32 slot) {
    return is_unbound(&e->globals.items[slot]) && !is_unbound(&e->given.items[slot]);
}

static bool any_waits(const evaluator *e) {
    for (u32 i = 0; i < e->given.count; i++)
        if (waits(e, i)) return true;
    return false;
}

void step_check(evaluator *e, u32 pc, const instruction *in) {
    bool may_take = e->given_first && !in->n && OPERAND_KIND(in->a) == IN_GLOBAL;
    if (!may_take || !evaluator_has_input(e, OPERAND_NUMBER(in->a))) step_unbound(e, pc, in->a);
}

static void reach(evaluator *e, u32 function_number) {
    u32 number = e->g->functions.items[function_number].body;
    if (number == NAME_NONE) return;
    u32 entry = e->g->bodies.items[number].entry;
    for (size_t i = 0; i < e->reached.count; i++)
        if (e->reached.items[i] == entry) return;
    array_push(&e->reached, entry);
}

static void bind_read_from(evaluator *e, u32 pc) {
    for (;; pc++) {
        const instruction *in = &e->g->code.items[pc];
        if (in->op == DO_STOP || in->op == DO_DEFINE) return;
        if (in->op == DO_CHECK && OPERAND_KIND(in->a) == IN_GLOBAL && waits(e, OPERAND_NUMBER(in->a)))
            evaluator_has_input(e, OPERAND_NUMBER(in->a));
        if (in->op != DO_CALL && in->op != DO_PRIME) continue;
        const u32 *site = &e->g->operands.items[in->a];
        if (in->op == DO_CALL) reach(e, site[0]);
        else if (site[0]) reach(e, site[1]);
    }
}

void step_bind_reached(evaluator *e, u32 entry) {
    if (!e->given_first || !any_waits(e)) return;
    e->reached.count = 0;
    array_push(&e->reached, entry);
    for (size_t i = 0; i < e->reached.count; i++) bind_read_from(e, e->reached.items[i]);
}
