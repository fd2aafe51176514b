/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build_statement.c - assignments, inputs, output, control flow. */
#include "lang/state.h"
#include <string.h>

/* ---- assignments ---- */

void build_expression(build *b, span at, operand x) {
    emit(b, at, DO_ANSWER, 0, x, 0, 0);
    if (!in_function(b)) {
        u32 ans = graph_global(b->g, intern(&b->g->names, "ans", 3)); /* may move the globals */
        global *v = &b->g->globals.items[ans];
        if (v->first.begin == UINT32_MAX) v->first = at;
        v->is_bound = true;
        v->is_certain |= b->nesting == 0;
    }
    end_statement(b);
}

void build_assign(build *b, span at, span name_at, u32 name, operand x) {
    operand to = target(b, name_at, name);
    emit(b, at, b->gives ? DO_GIVE : DO_STORE, 0, x, to, 0);
    end_statement(b);
}

void build_assign_leaf(build *b, span at, span name_at, u32 name, operand x) {
    values_only(b);
    emit(b, at, DO_STORE_LEAF, 0, x, target(b, name_at, name), 0);
    end_statement(b);
}

/* Functions with several results leave them in registers side by side; any other value is taken apart
 * along its first axis. */
void build_assign_several(build *b, span at, u32 count, operand x) {
    u32 last = code_here(b) - 1;
    instruction *in = code_at(b, last);
    bool several =
        in->op == DO_APPLY && in->c == x && last >= b->statement && has_several_results((enum op)in->n);
    release(b, x);
    u32 first = b->depth;
    for (u32 i = 0; i < count; i++) fresh_register(b);
    if (several) {
        u32 head = add_operands(b, 1, &in->b);
        u32 from = in->a, arguments = in->b;
        for (u32 i = 0; i < arguments; i++) {
            u32 word = b->g->operands.items[from + i];
            array_push(&b->g->operands, word);
        }
        *in = (instruction){DO_SEVERAL, in->n, head, count, first};
    } else {
        emit(b, at, DO_UNPACK, 0, x, count, first);
    }
    for (u32 i = 0; i < count; i++) {
        item *name = list_tail(b, count) + i;
        operand to = target(b, name->at, name->name);
        emit(b, name->at, DO_STORE, 0, OPERAND(IN_REGISTER, first + i), to, i + 1 < count);
    }
    list_drop(b, count);
    end_statement(b);
}

operand build_update_begin(build *b, span name_at, u32 name) { return build_name(b, name_at, name); }

void build_update_end(build *b, span at, span name_at, u32 name, enum op op, operand old, operand x) {
    build_assign(b, at, name_at, name, build_binary(b, at, op, old, x));
}

/* ---- uncertainties ---- */

void build_uncertainty_option(build *b) {
    const item *option = list_tail(b, 1);
    if (strcmp(name_text(b, option->name), "df") != 0) {
        diagnostic *d = build_error(b, DIAG_BAD_ARGUMENTS, option->at, "an uncertainty has no option '%s'",
                                    name_text(b, option->name));
        diag_hint(d, "x = 5 +/- 0.1 with df=9 gives its degrees of freedom");
    }
    b->df = option->o;
    b->has_df = true;
    list_drop(b, 1);
}

/* The leaf, in a register, to be stored as any value. */
static operand uncertain_leaf(build *b, span at, u32 name, operand x, operand u) {
    u32 words[3] = {u, b->has_df ? b->df : OPERAND_NONE, name};
    b->has_df = false;
    values_only(b);
    u32 offset = add_operands(b, 3, words);
    b->depth = 0;
    operand leaf = fresh_register(b);
    emit(b, at, DO_UNCERTAIN, 0, x, offset, leaf);
    return leaf;
}

void build_uncertain(build *b, span at, span name_at, u32 name, operand x, operand u) {
    build_assign(b, at, name_at, name, uncertain_leaf(b, at, name, x, u));
}

void build_correlate(build *b, span at, span a_at, u32 a, span c_at, u32 c, operand r) {
    if (only_at_top(b, at, "'correlate'")) {
        operand x = build_name(b, a_at, a), y = build_name(b, c_at, c);
        emit(b, at, DO_CORRELATE, 0, x, y, r);
    }
    end_statement(b);
}

/* ---- inputs ---- */

static global *declare_input(build *b, span at, span name_at, u32 name, u32 *slot) {
    if (!only_at_top(b, at, "'input'")) return NULL;
    u32 known = graph_find_global(b->g, name);
    if (known != NAME_NONE && b->g->globals.items[known].is_bound && !b->g->globals.items[known].is_input) {
        diagnostic *d =
            build_error(b, DIAG_DUPLICATE, name_at, "'%s' has a value already", name_text(b, name));
        diag_relate(d, b->g->globals.items[known].first, "bound here");
        return NULL;
    }
    *slot = OPERAND_NUMBER(place_of(b, name_at, name));
    global *v = &b->g->globals.items[*slot];
    if (v->first.begin == UINT32_MAX) v->first = name_at;
    v->is_input = v->is_certain = true;
    v->is_constant = false;
    return v;
}

void build_input(build *b, span at, span name_at, u32 name) {
    u32 slot;
    declare_input(b, at, name_at, name, &slot);
    end_statement(b);
}

void build_input_begin(build *b, span at, span name_at, u32 name) {
    u32 slot = graph_find_global(b->g, name);
    bool was_read = slot != NAME_NONE && b->g->globals.items[slot].is_input;
    slot = 0;
    global *v = declare_input(b, at, name_at, name, &slot);
    /* a name that the top level read before had to have a value there */
    if (v && (!was_read || v->is_asked)) {
        v->has_default = true;
        b->defaulted = slot + 1;
    }
    emit(b, at, DO_INPUT, 0, slot, 0, 0);
}

void build_input_end(build *b, span at, span name_at, u32 name, operand x) {
    (void)name_at;
    /* the jump over the default is the first instruction of this statement */
    u32 jump = b->statement, slot = graph_global(b->g, name);
    emit(b, at, DO_STORE, 0, x, OPERAND(IN_GLOBAL, slot), 0);
    if (code_at(b, jump)->op == DO_INPUT) code_at(b, jump)->b = code_here(b);
    end_statement(b);
}

void build_input_uncertain_end(build *b, span at, span name_at, u32 name, operand x, operand u) {
    build_input_end(b, at, name_at, name, uncertain_leaf(b, at, name, x, u));
}

/* ---- what is asked for ---- */

static void each_asked(build *b, span at, u32 count, const char *what, bool watch) {
    if (only_at_top(b, at, what))
        for (u32 i = 0; i < count; i++) {
            item *name = list_tail(b, count) + i;
            u32 known = graph_find_global(b->g, name->name);
            const global *v = known == NAME_NONE ? NULL : &b->g->globals.items[known];
            bool is_unread = !v || v->is_asked || v->first.begin == UINT32_MAX;
            u32 slot = OPERAND_NUMBER(build_name(b, name->at, name->name));
            b->g->globals.items[slot].is_asked = is_unread;
            if (watch) b->g->globals.items[slot].is_watched = true;
            if (watch) array_push(&b->g->watched, slot);
            else array_push(&b->g->reported, slot);
        }
    list_drop(b, count);
    end_statement(b);
}

void build_watch(build *b, span at, u32 count) { each_asked(b, at, count, "'watch'", true); }

void build_report(build *b, span at, u32 count) { each_asked(b, at, count, "'report'", false); }

/* ---- output ---- */

static void print_items(build *b, span at, u32 count, bool formatted) {
    u32 offset = add_operands(b, 0, NULL);
    for (u32 i = 0; i < count; i++) {
        item *p = list_tail(b, count) + i;
        bool is_text = p->kind == ITEM_TEXT;
        u32 words[2] = {is_text, is_text ? p->o : item_value(b, p)};
        add_operands(b, 2, words);
    }
    list_drop(b, count);
    b->g->prints = true;
    values_only(b);
    emit(b, at, DO_PRINT, formatted, offset, count, 0);
    end_statement(b);
}

void build_print(build *b, span at, u32 count) { print_items(b, at, count, false); }

static bool in_set(char c, const char *set) { return c && strchr(set, c); }

/* Checks one conversion at *f (behind the %) against its argument. */
static void check_conversion(build *b, span at, const char **f, const item *argument) {
    const char *s = *f;
    while (in_set(*s, "-+ #0")) s++;
    size_t width = strspn(s, "0123456789"), precision = 0;
    s += width;
    if (*s == '.') s++, precision = strspn(s, "0123456789"), s += precision;
    char kind = *s;
    if (kind) s++;
    *f = s;
    if (!in_set(kind, "diefgasEFGA") || width > 3 || precision > 3) {
        diagnostic *d = build_error(b, DIAG_BAD_FORMAT, at, "printf does not know this conversion");
        diag_hint(d, "there are %%d %%i %%e %%f %%g %%a %%s and %%%%, with flags, width and precision");
    } else if (!argument) {
        build_error(b, DIAG_BAD_FORMAT, at, "printf has fewer arguments than conversions");
    } else if ((kind == 's') != (argument->kind == ITEM_TEXT)) {
        build_error(b, DIAG_BAD_FORMAT, argument->at, kind == 's' ? "%%s is for texts" : "a text needs %%s");
    }
}

static void check_format(build *b, span at, const literal_text *format, u32 count) {
    u32 used = 1;
    const char *end = format->bytes + format->length;
    for (const char *f = format->bytes; f < end;) {
        if (*f++ != '%') continue;
        if (*f == '%') {
            f++;
            continue;
        }
        check_conversion(b, at, &f, used < count ? list_tail(b, count) + used : NULL);
        used++;
        if (b->errors) return;
    }
    if (used < count) build_error(b, DIAG_BAD_FORMAT, at, "printf has more arguments than conversions");
}

void build_printf(build *b, span at, u32 count) {
    item *format = count ? list_tail(b, count) : NULL;
    if (!format || format->kind != ITEM_TEXT) {
        diagnostic *d = build_error(b, DIAG_BAD_FORMAT, at, "printf starts with a format");
        diag_hint(d, "printf \"%%g\\n\", x");
    } else {
        check_format(b, format->at, &b->g->texts.items[format->o], count);
    }
    print_items(b, at, count, true);
}

void build_assert(build *b, span at, operand condition, bool has_text) {
    u32 message = OPERAND_NONE;
    if (has_text) {
        message = list_tail(b, 1)->o;
        list_drop(b, 1);
    }
    values_only(b);
    emit(b, at, DO_ASSERT, 0, condition, message, 0);
    end_statement(b);
}

/* ---- if: the marks are jumps to be patched ---- */

void build_if_begin(build *b, span at) { (void)b, (void)at; }

u32 build_if(build *b, span at, operand condition) {
    values_only(b);
    u32 jump = emit(b, at, DO_JUMP_IF_NOT, CONDITION_IF, condition, 0, 0);
    b->nesting++;
    end_statement(b);
    return jump;
}

static void patch(build *b, u32 jump) {
    instruction *in = code_at(b, jump);
    if (in->op == DO_JUMP) in->a = code_here(b);
    else in->b = code_here(b);
}

u32 build_else(build *b, u32 mark) {
    u32 jump = emit(b, b->g->spans.items[mark], DO_JUMP, 0, 0, 0, 0);
    patch(b, mark);
    end_statement(b);
    return jump;
}

void build_if_end(build *b, u32 mark) {
    patch(b, mark);
    b->nesting--;
    end_statement(b);
}

/* ---- loops ---- */

u32 build_while_begin(build *b, span at) {
    (void)at;
    return code_here(b);
}

static u32 loop_begin(build *b, u32 head) {
    array_push(&b->loops, ((loop){.head = head}));
    b->nesting++;
    end_statement(b);
    return (u32)b->loops.count - 1;
}

static void loop_end(build *b, u32 mark) {
    loop *l = &b->loops.items[mark];
    emit(b, b->g->spans.items[l->head], DO_JUMP, 0, l->head, ++b->g->loops, 0);
    for (size_t i = 0; i < l->exits.count; i++) {
        instruction *in = code_at(b, l->exits.items[i]);
        if (in->op == DO_JUMP) in->a = code_here(b);
        else if (in->op == DO_JUMP_IF_NOT) in->b = code_here(b);
        else in->c = code_here(b);
    }
    array_free(&l->exits);
    b->loops.count = mark;
    b->nesting--;
    end_statement(b);
}

u32 build_while(build *b, span at, u32 mark, operand condition) {
    values_only(b);
    u32 jump = emit(b, at, DO_JUMP_IF_NOT, CONDITION_WHILE, condition, 0, 0);
    u32 number = loop_begin(b, mark);
    array_push(&b->loops.items[number].exits, jump);
    return number;
}

void build_while_end(build *b, u32 mark) { loop_end(b, mark); }

/* The state of a loop lies in locals that no name has. */
static u32 loop_state(build *b) {
    if (in_function(b)) {
        u32 first = (u32)b->body.assigned.count;
        for (u32 i = 0; i < LOOP_LOCALS; i++) {
            array_push(&b->body.assigned, true);
            array_push(&b->body.certain, true);
        }
        return first;
    }
    u32 first = LOOP_LOCALS * (u32)b->loops.count;
    if (first + LOOP_LOCALS > b->g->main_locals) b->g->main_locals = first + LOOP_LOCALS;
    return first;
}

/* for i in range(...) counts without making the range. */
static u32 for_begin(build *b, span at, operand over, u32 state) {
    u32 last = code_here(b) - 1;
    instruction *in = code_here(b) > b->statement ? code_at(b, last) : NULL;
    release(b, over);
    if (!in || in->op != DO_APPLY || in->n != OP_RANGE || in->c != over)
        return emit(b, at, DO_FOR, 0, over, state, 0);
    u32 from = in->a, count = in->b, head = add_operands(b, 1, &count);
    for (u32 i = 0; i < count; i++) {
        u32 word = b->g->operands.items[from + i];
        array_push(&b->g->operands, word);
    }
    *code_at(b, last) = (instruction){DO_FOR_RANGE, 0, head, state, 0};
    return last;
}

u32 build_for(build *b, span at, span name_at, u32 name, operand over) {
    u32 state = loop_state(b);
    u32 start = for_begin(b, at, over, state);
    u32 head = code_here(b);
    /* The variable is bound in the loop, and keeps its last value behind it if there was one. */
    b->nesting++;
    operand variable = target(b, name_at, name);
    b->nesting--;
    emit(b, at, DO_NEXT, 0, variable, state, 0);
    u32 number = loop_begin(b, head);
    array_push(&b->loops.items[number].exits, start);
    array_push(&b->loops.items[number].exits, head);
    return number;
}

void build_for_end(build *b, u32 mark) { loop_end(b, mark); }

static loop *innermost(build *b, span at, const char *what) {
    if (b->loops.count > b->loop_floor) return &b->loops.items[b->loops.count - 1];
    build_error(b, DIAG_NOT_HERE, at, "'%s' outside of a loop", what);
    return NULL;
}

void build_break(build *b, span at) {
    loop *l = innermost(b, at, "break");
    if (l) array_push(&l->exits, emit(b, at, DO_JUMP, 0, 0, 0, 0));
    end_statement(b);
}

void build_continue(build *b, span at) {
    loop *l = innermost(b, at, "continue");
    if (l) emit(b, at, DO_JUMP, 0, l->head, 0, 0);
    end_statement(b);
}

/* ---- --wrt and --of ---- */

void build_names_parsed(build *b, u32 count) {
    for (u32 i = 0; i < count; i++) {
        item *name = list_tail(b, count) + i;
        if (b->names_parsed) b->names_parsed(b->user, name->at, name->name);
    }
    list_drop(b, count);
}
