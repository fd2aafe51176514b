/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkpoint.c - the adjoint of a call whose records were forgotten (lang/checkpoint.c): they are made again,
 * swept, and, in a sweep over numbers, forgotten again. */
#include "core/functions.h"
#include "core/sweep.h"
#include "core/workspace.h"
#include <string.h>

/* Where the sweep records, its results may be differentiated in any argument with a history. */
static bool is_variable(sweep *s, u32 n, u32 i) {
    value v = sweep_argument(s, n, i);
    return v.node || sweep_wants(s, n, i);
}

/* The arguments begin anew, as leaves or, where the sweep records, as aliases. */
static u32 begin_again(sweep *s, u32 n, u32 count, value *arguments, value *variables) {
    u32 wanted = 0;
    for (u32 i = 0; i < count; i++) {
        arguments[i] = sweep_argument(s, n, i);
        if (!is_variable(s, n, i)) continue;
        variables[wanted++] = arguments[i] = record_alias(sweep_recorder(s), arguments[i]);
    }
    return wanted;
}

static void sweep_call(sweep *s, value y, value g, u32 wanted, const value *variables, value *results) {
    recorder *r = sweep_recorder(s);
    workspace_nest(r);
    sweep_gradients(r, y, g, wanted, variables, results, NULL, !sweep_is_numeric(s));
    u32 culprit = ORIGIN_NONE;
    for (u32 i = 0; sweep_watches(s) && i < wanted && culprit == ORIGIN_NONE; i++)
        culprit = sweep_culprit(r, y, g, variables[i]);
    workspace_unnest(r);
    if (culprit != ORIGIN_NONE) r->origin = culprit;
}

void adjoint_checkpoint(sweep *s, u32 n, value g) {
    recorder *r = sweep_recorder(s);
    u32 count = sweep_argument_count(s, n), words = sweep_attribute_count(s, n);
    size_t room = words / 2 + 1;
    value *arguments = scratch_values(r, count + 1u), *variables = scratch_values(r, count + 1u),
          *results = scratch_values(r, count + 1u);
    u32 *attributes = (u32 *)(void *)pool_tensor(r, 1, &room)->data;
    for (u32 i = 0; i < words; i++) attributes[i] = sweep_attribute(s, n, i);
    tape_mark mark = tape_here(&r->tape);
    u32 wanted = begin_again(s, n, count, arguments, variables);
    value y = r->call_again(r->user, attributes, count, arguments);
    sweep_call(s, y, g, wanted, variables, results);
    if (sweep_is_numeric(s)) r->forget(r->user, mark);
    wanted = 0;
    for (u32 i = 0; i < count; i++)
        if (is_variable(s, n, i)) sweep_add(s, n, i, results[wanted++]);
}
