/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build_function.c - definitions of functions and of partial derivatives by hand.
 *
 * In a body every name is a local at first.  At its end those that the body never binds become names at top
 * level, since a name that is assigned anywhere in a body is local everywhere in it. */
#include "core/functions.h"
#include "lang/state.h"

u32 local_of(build *b, u32 name) {
    while (b->body.local_of.count <= name) array_push(&b->body.local_of, 0);
    if (b->body.local_of.items[name] == 0) {
        array_push(&b->body.assigned, false);
        array_push(&b->body.certain, false);
        b->body.local_of.items[name] = (u32)b->body.assigned.count;
    }
    return b->body.local_of.items[name] - 1;
}

static void take_parameters(build *b, u32 count) {
    for (u32 i = 0; i < count; i++) {
        item *p = list_tail(b, count) + i;
        u32 before = (u32)b->body.assigned.count, number = local_of(b, p->name);
        if (number < before)
            build_error(b, DIAG_DUPLICATE, p->at, "the parameter '%s' stands twice", name_text(b, p->name));
        b->body.assigned.items[number] = b->body.certain.items[number] = true;
    }
    list_drop(b, count);
}

void body_begin(build *b, span at, span name_at, u32 name, u32 parameters, u32 wrt) {
    bool fits = only_at_top(b, name_at, "a definition");
    if (in_function(b)) { /* an error was reported; go on within the body that is open */
        list_drop(b, parameters);
        return;
    }
    (void)fits;
    u32 function_number = graph_function(b->g, name), number = (u32)b->g->bodies.count;
    body_state *s = &b->body;
    s->local_of.count = s->assigned.count = s->certain.count = 0;
    s->registers = 0;
    s->skip = emit(b, at, DO_JUMP, 0, 0, 0, 0);
    s->number = number;
    take_parameters(b, parameters);
    array_push(&b->g->bodies, ((body){.function = function_number,
                                      .entry = code_here(b),
                                      .parameters = (u32)s->assigned.count,
                                      .wrt = wrt}));
    if (wrt == NAME_NONE) {
        function *f = &b->g->functions.items[function_number];
        f->defined = name_at;
        f->parameters = (u32)s->assigned.count;
        if (f->first == NAME_NONE) f->first = number;
    }
    b->loop_floor = (u32)b->loops.count;
    end_statement(b);
}

void build_function_begin(build *b, span at, span name_at, u32 name, u32 parameters) {
    body_begin(b, at, name_at, name, parameters, NAME_NONE);
}

/* ---- the end of a body ---- */

typedef struct renaming {
    build *b;
    u32 *name_of; /* by local */
} renaming;

static void rename_operand(void *user, u32 *o) {
    renaming *r = user;
    if (*o == OPERAND_NONE || OPERAND_KIND(*o) != IN_LOCAL) return;
    u32 number = OPERAND_NUMBER(*o);
    if (r->b->body.assigned.items[number]) return;
    u32 slot = graph_global(r->b->g, r->name_of[number]);
    r->b->g->globals.items[slot].is_read = true;
    *o = OPERAND(IN_GLOBAL, slot);
}

static void rename_globals(build *b, u32 entry) {
    b->words.count = 0;
    for (size_t i = 0; i < b->body.assigned.count; i++) array_push(&b->words, NAME_NONE);
    u32 *name_of = b->words.items;
    for (size_t i = 0; i < b->body.local_of.count; i++)
        if (b->body.local_of.items[i]) name_of[b->body.local_of.items[i] - 1] = (u32)i;
    renaming r = {b, name_of};
    for (u32 i = entry; i < code_here(b); i++) {
        graph_each_operand(b->g, i, rename_operand, &r);
        instruction *in = code_at(b, i);
        if (in->op == DO_CHECK && OPERAND_KIND(in->a) == IN_GLOBAL) {
            global *v = &b->g->globals.items[OPERAND_NUMBER(in->a)];
            if (v->first.begin == UINT32_MAX && !v->is_constant) v->first = b->g->spans.items[i];
        }
    }
}

static void watch_operand(build *b, local *locals, u32 o) {
    if (o == OPERAND_NONE) return;
    if (OPERAND_KIND(o) == IN_LOCAL) locals[OPERAND_NUMBER(o)].is_watched = true;
    if (OPERAND_KIND(o) == IN_GLOBAL) b->g->globals.items[OPERAND_NUMBER(o)].is_watched = true;
}

/* Marks the locals that a derivative is taken in, and the stores into them. */
static void mark_watched(build *b, u32 entry, local *locals) {
    for (u32 i = entry; i < code_here(b); i++) {
        instruction *in = code_at(b, i);
        if (in->op == DO_DERIVE)
            for (u32 k = 1; k < in->b; k++) watch_operand(b, locals, b->g->operands.items[in->a + k]);
    }
    graph_watch_copied(b->g, entry, code_here(b), locals);
    for (u32 i = entry; i < code_here(b); i++) {
        instruction *in = code_at(b, i);
        if ((in->op == DO_STORE || in->op == DO_STORE_LEAF) && OPERAND_KIND(in->b) == IN_LOCAL)
            in->n = locals[OPERAND_NUMBER(in->b)].is_watched;
        if (in->op == DO_NEXT && OPERAND_KIND(in->a) == IN_LOCAL)
            in->n = locals[OPERAND_NUMBER(in->a)].is_watched;
    }
}

static void body_end(build *b, span at) {
    if (!in_function(b)) return;
    graph *g = b->g;
    body *made = &g->bodies.items[b->body.number];
    emit(b, at, DO_RETURN, 0, OPERAND_NONE, 0, 0);
    rename_globals(b, made->entry);
    made->locals = (u32)b->body.assigned.count;
    made->registers = b->body.registers;
    made->first_local = (u32)g->locals.count;
    for (u32 i = 0; i < made->locals; i++) array_push(&g->locals, ((local){.name = NAME_NONE}));
    for (size_t i = 0; i < b->body.local_of.count; i++)
        if (b->body.local_of.items[i])
            g->locals.items[made->first_local + b->body.local_of.items[i] - 1].name = (u32)i;
    mark_watched(b, made->entry, &g->locals.items[made->first_local]);
    code_at(b, b->body.skip)->a = code_here(b);
    u32 number = b->body.number;
    b->body.number = NAME_NONE;
    b->loop_floor = 0;
    emit(b, at, DO_DEFINE, 0, number, 0, 0);
    end_statement(b);
}

void build_function_end(build *b, span at) { body_end(b, at); }

void build_function_end_value(build *b, span at, operand x) {
    if (!in_function(b)) return;
    emit(b, at, DO_RETURN, 0, x, 0, 0);
    body_end(b, at);
}

void build_return(build *b, span at, bool has_value, operand x) {
    if (!in_function(b)) build_error(b, DIAG_NOT_HERE, at, "'return' outside of a function");
    emit(b, at, DO_RETURN, 0, has_value ? x : OPERAND_NONE, 0, 0);
    end_statement(b);
}

/* ---- derivative f(x, y) wrt x = e ---- */

void build_partial_begin(build *b, span at, span name_at, u32 name, u32 parameters, span wrt_at, u32 wrt) {
    u32 which = NAME_NONE;
    for (u32 i = 0; i < parameters; i++)
        if (list_tail(b, parameters)[i].name == wrt) which = i;
    if (which == NAME_NONE)
        build_error(b, DIAG_BAD_TARGET, wrt_at, "'%s' is no parameter here", name_text(b, wrt));
    u32 number = graph_find_function(b->g, name);
    if (number == NAME_NONE || b->g->functions.items[number].defined.begin == UINT32_MAX)
        build_error(b, DIAG_UNKNOWN_FUNCTION, name_at,
                    "'%s' is not defined yet, so its derivative cannot be given", name_text(b, name));
    else if (b->g->functions.items[number].parameters != parameters)
        build_error(b, DIAG_BAD_ARGUMENTS, name_at, "'%s' has %u parameter%s, not %u", name_text(b, name),
                    b->g->functions.items[number].parameters,
                    b->g->functions.items[number].parameters == 1 ? "" : "s", parameters);
    body_begin(b, at, name_at, name, parameters, which == NAME_NONE ? 0 : which);
}

void build_partial_end(build *b, span at, operand x) { build_function_end_value(b, at, x); }

/* ---- calls, once all texts are there ---- */

static void check_call(build *b, u32 number, bool at_prompt) {
    graph *g = b->g;
    instruction *in = &g->code.items[number];
    u32 *site = &g->operands.items[in->a];
    u32 called = in->op == DO_CALL ? site[0] : site[0] ? site[1] : NAME_NONE;
    if (called == NAME_NONE) return;
    function *f = &g->functions.items[called];
    const char *name = name_text(b, f->name);
    if (f->defined.begin == UINT32_MAX) {
        if (in->op == DO_PRIME && function_by_name(name) != OP_NONE) {
            build_error(b, DIAG_BAD_ARGUMENTS, g->spans.items[number],
                        "'%s' has no %s': a ' is for elementwise functions of one parameter", name, name);
            return;
        }
        diagnostic *d =
            build_error(b, DIAG_UNKNOWN_FUNCTION, g->spans.items[number], "unknown function '%s'", name);
        const char *foreign = foreign_function(name), *near = foreign ? NULL : nearest_function(b, name);
        if (foreign) diag_hint(d, "%s", foreign);
        if (near) diag_hint(d, "did you mean '%s'?", near);
        return;
    }
    u32 given = in->op == DO_CALL ? site[1] + site[2] : 1;
    if (given == f->parameters || at_prompt) return;
    diagnostic *d =
        build_error(b, DIAG_BAD_ARGUMENTS, g->spans.items[number], "'%s' takes %u argument%s, not %u", name,
                    f->parameters, f->parameters == 1 ? "" : "s", given);
    diag_relate(d, f->defined, "defined here");
}

/* Whether the code of a body begins there: the jump over it stands in front. */
static bool begins_body(const graph *g, size_t entry) {
    size_t low = 0, high = g->bodies.count; /* bodies are in the order of their code */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (g->bodies.items[middle].entry < entry) low = middle + 1;
        else high = middle;
    }
    return low < g->bodies.count && g->bodies.items[low].entry == entry;
}

void build_check_calls(build *b, size_t first_code, bool at_prompt) {
    for (size_t i = first_code; i < b->g->code.count; i++) {
        u16 op = b->g->code.items[i].op;
        if (at_prompt && op == DO_JUMP && begins_body(b->g, i + 1)) {
            i = b->g->code.items[i].a - 1; /* what the body calls may come later */
            continue;
        }
        if (op != DO_CALL && op != DO_PRIME) continue;
        if (build_gives_up(b, b->g->spans.items[i])) return;
        check_call(b, (u32)i, at_prompt);
    }
}
