/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check.c - what can only be said once all texts of a program are there. */
#include "lang/layout.h"
#include "lib/session.h"
#include <string.h>

static const char *name_of(const gtape *g, const global *v) { return intern_text(&g->graph.names, v->name); }

static bool is_given(const gtape *g, u32 slot) {
    return slot < g->evaluator.given.count && !is_unbound(&g->evaluator.given.items[slot]);
}

/* At a prompt a text of gtape_at is run once, and its values wait for their names. */
bool session_is_set(const gtape *g, u32 slot) {
    if (g->build.at_prompt && is_given(g, slot)) return true;
    for (size_t i = 0; i < g->bindings.count; i++)
        for (u32 pc = g->bindings.items[i]; g->graph.code.items[pc].op != DO_STOP; pc++)
            if (g->graph.code.items[pc].op == DO_GIVE && OPERAND_NUMBER(g->graph.code.items[pc].b) == slot)
                return true;
    return false;
}

/* A name that only functions read is an input, unless the top level binds it: at a prompt a later line may.
 */
static bool needs_value(const gtape *g, const global *v) {
    if (v->is_constant || v->has_default) return false;
    return v->is_input || (v->is_read && !v->is_bound && !g->build.at_prompt);
}

/* At a prompt an earlier line may have taken the value. */
static bool was_bound(const gtape *g, u32 slot) {
    return g->build.at_prompt && slot < g->evaluator.globals.count &&
           !is_unbound(&g->evaluator.globals.items[slot]);
}

bool session_lacks_value(const gtape *g, u32 slot) {
    return needs_value(g, &g->graph.globals.items[slot]) && !is_given(g, slot) && !session_is_set(g, slot) &&
           !was_bound(g, slot);
}

static bool is_function(const gtape *g, u32 name) {
    const char *word = intern_text(&g->graph.names, name);
    u32 own = graph_find_function(&g->graph, name);
    return op_by_name(word) != OP_NONE || function_by_name(word) != OP_NONE ||
           (own != NAME_NONE && g->graph.functions.items[own].defined.begin != UINT32_MAX);
}

/* A name with a value that is spelled nearly like this one, or NULL: at a prompt. */
static const char *near_name(const gtape *g, const char *name) {
    const char *best = NULL;
    unsigned limit = strlen(name) < 2 ? 0 : strlen(name) < 5 ? 1 : 2;
    for (u32 i = 0; i < g->graph.globals.count && g->build.at_prompt; i++) {
        const char *other = name_of(g, &g->graph.globals.items[i]);
        unsigned d = was_bound(g, i) ? edit_distance(name, other, limit + 1) : limit + 1;
        if (d > limit) continue;
        best = other;
        limit = d > 0 ? d - 1 : 0;
    }
    return best;
}

/* A name as it is typed; valid until the next. */
static const char *typed(gtape *g, const char *name) {
    text_clear(&g->names);
    layout_name(&g->names, name);
    return text_str(&g->names);
}

/* For one name without a value, or several, which are listed as --at takes them, or as they are typed at
 * a prompt. */
static void hint_value(gtape *g, diagnostic *d, const global *v, const char *list) {
    const char *name = v ? name_of(g, v) : NULL, *near = v ? near_name(g, name) : NULL;
    if (v && is_function(g, v->name)) diag_hint(d, "it is a function: %s(x)", name);
    else if (near) diag_hint(d, "did you mean '%s'?", typed(g, near));
    else if (!g->build.at_prompt) diag_hint(d, "--at %s, or a column of --data FILE", list);
    else if (v) diag_hint(d, "give it one first: %s = 1", typed(g, name));
    else diag_hint(d, "give them values first: %s", list);
}

/* All inputs that lack a value, together, once. */
static void check_inputs(gtape *g) {
    text *names = &g->names, *hint = &g->hint;
    text_clear(names);
    text_clear(hint);
    span first = NO_SPAN;
    size_t count = 0;
    const global *only = NULL;
    for (u32 i = 0; i < g->graph.globals.count; i++) {
        const global *v = &g->graph.globals.items[i];
        if (!session_lacks_value(g, i)) continue;
        if (count++ == 0) first = v->first;
        only = count == 1 ? v : NULL;
        text_printf(names, "%s'%s'", count > 1 ? ", " : "", name_of(g, v));
        text_puts(hint, count == 1 ? "" : g->build.at_prompt ? "; " : ",");
        layout_name(hint, name_of(g, v));
        text_puts(hint, g->build.at_prompt ? " = 1" : "=...");
    }
    if (count) {
        diagnostic *d = diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_NO_VALUE, first, "%s ha%s no value",
                                 text_str(names), count == 1 ? "s" : "ve");
        hint_value(g, d, only, text_str(hint));
    }
}

/* ---- names asked for from outside ---- */

static bool is_in_program(const gtape *g, u32 slot) {
    if (slot == NAME_NONE) return false;
    const global *v = &g->graph.globals.items[slot];
    return v->first.begin != UINT32_MAX || v->is_bound || v->is_constant;
}

static void add_names(const gtape *g, text *out) {
    for (u32 i = 0; i < g->graph.globals.count; i++) {
        const global *v = &g->graph.globals.items[i];
        if (v->first.begin == UINT32_MAX) continue;
        text_puts(out, out->length ? ", " : "");
        layout_name(out, name_of(g, v));
    }
}

/* A session may be asked for what it gets later, so that is no error there. */
static void no_such_name(gtape *g, const asked *a) {
    text *names = &g->names;
    if (g->constants_given) {
        diag_add(&g->diagnostics, SEVERITY_NOTE, DIAG_NO_SUCH_NAME, a->at,
                 "the session has no name '%s' yet, so this has no use",
                 intern_text(&g->graph.names, a->name));
        return;
    }
    text_clear(names);
    add_names(g, names);
    diagnostic *d = diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_NO_SUCH_NAME, a->at,
                             "the program has no name '%s'", intern_text(&g->graph.names, a->name));
    if (names->length) diag_hint(d, "it has %s", text_str(names));
}

/* Gives how many of them are left: those that are no error are in the program. */
static size_t check_asked(gtape *g, asked *items, size_t count) {
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        const bool is_there = is_in_program(g, graph_find_global(&g->graph, items[i].name));
        if (!is_there) no_such_name(g, &items[i]);
        if (is_there || !g->constants_given) items[left++] = items[i];
    }
    return left;
}

static void not_an_input(gtape *g, const global *v, const char *option) {
    diagnostic *d = diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_NOT_AN_INPUT, v->first,
                             "'%s' is bound here, so %s cannot set it", name_of(g, v), option);
    diag_hint(d, "'input %s = ...' declares an input with a default", typed(g, name_of(g, v)));
}

/* Names in --at are inputs. */
static void check_given(gtape *g) {
    for (size_t i = 0; i < g->bindings.count; i++)
        for (u32 pc = g->bindings.items[i]; g->graph.code.items[pc].op != DO_STOP; pc++) {
            const instruction *in = &g->graph.code.items[pc];
            if (in->op != DO_GIVE) continue;
            const global *v = &g->graph.globals.items[OPERAND_NUMBER(in->b)];
            asked a = {v->name, g->graph.spans.items[pc]};
            if (!v->is_bound && !v->is_read && !v->is_input && !v->is_constant) no_such_name(g, &a);
            if (v->is_bound && !v->is_input && !g->constants_given) not_an_input(g, v, "--at");
        }
}

/* The same for a file that is called by the name of an input. */
static void check_data(gtape *g) {
    for (size_t i = 0; i < g->data.count; i++) {
        const data_input *d = &g->data.items[i];
        if (d->name == NAME_NONE) continue;
        u32 slot = graph_find_global(&g->graph, d->name);
        const global *v = slot == NAME_NONE ? NULL : &g->graph.globals.items[slot];
        if (!v || (!v->is_bound && !v->is_read && !v->is_input && !v->is_constant))
            no_such_name(g, &(asked){d->name, d->at});
        else if (v->is_bound && !v->is_input) not_an_input(g, v, "--data");
    }
}

static void check(gtape *g, bool needs_values) {
    g->build.errors = 0;
    build_check_calls(&g->build, g->program_end, g->build.at_prompt);
    if (needs_values) check_inputs(g);
    if (g->build.at_prompt) return;
    check_given(g);
    check_data(g);
    g->wrt.count = check_asked(g, g->wrt.items, g->wrt.count);
    g->of.count = check_asked(g, g->of.items, g->of.count);
}

void session_check(gtape *g) { check(g, true); }

void session_check_names(gtape *g) { check(g, false); }

void session_check_rows(gtape *g) {
    for (u32 pc = 0; pc < g->graph.code.count; pc++) {
        const instruction *in = &g->graph.code.items[pc];
        if (in->op != DO_SOLVE || g->graph.operands.items[in->a] != SOLVE_FIT) continue;
        diagnostic *d = diag_add(&g->diagnostics, SEVERITY_ERROR, DIAG_NOT_HERE, g->graph.spans.items[pc],
                                 "fit needs all rows at once, and --rows gives one at a time");
        diag_hint(d, "--data FILE makes each column a vector; --by COLUMN then fits each group of rows");
        fault_raise(FAULT_ERROR);
    }
}
