/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build.c - names, registers and lists: what all other build files stand on. */
#include "lang/state.h"
#include <string.h>

diagnostic *build_error(build *b, enum diag_code code, span at, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    diagnostic *d = diag_vadd(b->diagnostics, SEVERITY_ERROR, code, at, format, ap);
    va_end(ap);
    b->errors++;
    return d;
}

bool build_gives_up(build *b, span at) {
    enum { MOST_ERRORS = 20 };
    if (b->errors < MOST_ERRORS) return false;
    build_error(b, DIAG_TOO_MANY_ERRORS, at, "too many errors, what follows is not looked at");
    return true;
}

u32 emit(build *b, span at, u32 op, u32 n, u32 a, u32 bb, u32 c) {
    u32 number = code_here(b);
    if (number >= ORIGIN_NONE - 1) fault_raise(FAULT_MEMORY);
    array_push(&b->g->code, ((instruction){(u16)op, (u16)n, a, bb, c}));
    array_push(&b->g->spans, at);
    return number;
}

const char *name_text(const build *b, u32 name) { return intern_text(&b->g->names, name); }

/* ---- registers: numbered like a stack, since the grammar uses the latest results first ---- */

void release(build *b, operand o) {
    if (OPERAND_KIND(o) == IN_REGISTER && OPERAND_NUMBER(o) < b->depth) b->depth = OPERAND_NUMBER(o);
}

operand fresh_register(build *b) {
    operand o = OPERAND(IN_REGISTER, b->depth++);
    u32 *most = in_function(b) ? &b->body.registers : &b->g->registers;
    if (b->depth > *most) *most = b->depth;
    return o;
}

/* Recent literals are looked through, so that the 2 of x^2 in a long text is kept once. */
operand literal(build *b, double x) {
    enum { RECENT = 8 };
    size_t count = b->g->literals.count;
    for (size_t i = count; i > 0 && i + RECENT > count; i--)
        if (memcmp(&b->g->literals.items[i - 1].num, &x, sizeof x) == 0) return OPERAND(IN_LITERAL, i - 1);
    array_push(&b->g->literals, SCALAR(x));
    return OPERAND(IN_LITERAL, count);
}

u32 add_operands(build *b, u32 count, const u32 *words) {
    u32 offset = (u32)b->g->operands.count;
    for (u32 i = 0; i < count; i++) array_push(&b->g->operands, words[i]);
    return offset;
}

/* ---- lists ---- */

u32 build_name_of(build *b, const char *bytes, size_t length) { return intern(&b->g->names, bytes, length); }

void build_push_name(build *b, span at, u32 name) {
    array_push(&b->list, ((item){.kind = ITEM_NAME, .at = at, .name = name}));
}

void build_push_operand(build *b, span at, operand o) {
    array_push(&b->list, ((item){.kind = ITEM_OPERAND, .at = at, .o = o}));
}

void build_push_named(build *b, span at, u32 name, operand o) {
    array_push(&b->list, ((item){.kind = ITEM_NAMED, .at = at, .name = name, .o = o}));
}

void build_push_text(build *b, span at, const char *bytes, size_t length) {
    u32 number = (u32)b->g->texts.count;
    array_room(&b->g->texts);
    array_push(&b->g->texts, ((literal_text){mem_copy_text(bytes, length), (u32)length}));
    array_push(&b->list, ((item){.kind = ITEM_TEXT, .at = at, .o = number}));
}

/* Names stay names until they are used: deriv(f, x, 2) and grad(z, x) want the name itself. */
void build_names_to_operands(build *b, u32 count) { (void)b, (void)count; }

item *list_tail(build *b, u32 count) { return b->list.items + b->list.count - count; }

void list_drop(build *b, u32 count) { b->list.count -= count; }

operand item_value(build *b, const item *i) {
    if (i->kind == ITEM_NAME) return build_name(b, i->at, i->name);
    if (i->kind == ITEM_TEXT) {
        build_error(b, DIAG_BAD_ARGUMENTS, i->at, "a text cannot be used as a value");
        return literal(b, 0);
    }
    return i->o;
}

/* ---- names ---- */

static global *global_of(build *b, span at, u32 name, u32 *slot) {
    *slot = graph_global(b->g, name);
    global *v = &b->g->globals.items[*slot];
    if (v->first.begin == UINT32_MAX && !v->is_constant && !b->gives) v->first = at;
    return v;
}

static operand local_operand(build *b, u32 name) { return OPERAND(IN_LOCAL, local_of(b, name)); }

operand place_of(build *b, span at, u32 name) {
    if (in_function(b)) return local_operand(b, name);
    u32 slot;
    global_of(b, at, name, &slot);
    return OPERAND(IN_GLOBAL, slot);
}

/* Checks that a name is bound where the text does not make sure of it.  A check in one side of a choice says
 * nothing of what follows: the other side may be taken. */
static operand read_local(build *b, span at, u32 name) {
    u32 number = local_of(b, name);
    operand o = OPERAND(IN_LOCAL, number);
    if (b->body.certain.items[number]) return o;
    emit(b, at, DO_CHECK, 0, o, 0, 0);
    if (b->nesting == 0 && b->choices.count == 0) b->body.certain.items[number] = true;
    return o;
}

operand build_name(build *b, span at, u32 name) {
    if (in_function(b)) return read_local(b, at, name);
    u32 slot;
    bool is_new = graph_find_global(b->g, name) == NAME_NONE ||
                  b->g->globals.items[graph_find_global(b->g, name)].first.begin == UINT32_MAX;
    global *v = global_of(b, at, name, &slot);
    operand o = OPERAND(IN_GLOBAL, slot);
    if (v->is_constant && !v->is_bound) return o;
    if (b->defaulted == slot + 1) v->has_default = false; /* one that needs the value is none */
    v->is_asked = false;
    if (is_new && !b->gives) v->is_input = v->is_certain = true;
    if (!v->is_certain || b->gives) emit(b, at, DO_CHECK, b->gives, o, 0, 0);
    return o;
}

operand target(build *b, span at, u32 name) {
    if (in_function(b)) {
        u32 number = local_of(b, name);
        b->body.assigned.items[number] = true;
        if (b->nesting == 0) b->body.certain.items[number] = true;
        return OPERAND(IN_LOCAL, number);
    }
    u32 slot;
    global *v = global_of(b, at, name, &slot);
    if (b->gives) return OPERAND(IN_GLOBAL, slot);
    /* that of a constant, or of a name that a function in front of it reads */
    if (v->first.begin == UINT32_MAX || (!v->is_bound && !v->is_input)) v->first = at;
    v->is_rebound |= v->is_bound;
    v->is_bound = true;
    v->is_constant = false;
    if (b->nesting == 0) v->is_certain = true;
    return OPERAND(IN_GLOBAL, slot);
}

bool only_at_top(build *b, span at, const char *what) {
    if (!in_function(b) && b->nesting == 0) return true;
    build_error(b, DIAG_NOT_HERE, at, "%s may stand at top level only, not inside of a %s", what,
                in_function(b) ? "function" : "block");
    return false;
}

void end_statement(build *b) {
    b->depth = b->defaulted = 0;
    b->statement = code_here(b);
}

/* ---- derivatives that nobody differentiates again ---- */

static bool encloses(span outer, span inner) {
    return outer.begin <= inner.begin && inner.end <= outer.end &&
           (outer.begin < inner.begin || inner.end < outer.end);
}

static bool may_differentiate(u32 op) { return op == DO_DERIVE || op == DO_PRIME || op == DO_CALL; }

/* A derivative inside the arguments of another, or of a user's function, may be differentiated there. */
static bool is_enclosed(const build *b, u32 number) {
    for (u32 i = number + 1; i < code_here(b); i++)
        if (may_differentiate(b->g->code.items[i].op) &&
            encloses(b->g->spans.items[i], b->g->spans.items[number]))
            return true;
    return false;
}

void values_only(build *b) {
    for (u32 i = b->statement; i < code_here(b); i++) {
        instruction *in = code_at(b, i);
        if ((in->op == DO_DERIVE || in->op == DO_PRIME) && !is_enclosed(b, i)) in->n |= DERIVE_VALUE_ONLY;
    }
}
