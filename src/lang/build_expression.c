/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build_expression.c - operators, lists, indices, choices. */
#include "lang/state.h"

operand build_number(build *b, span at, double number) {
    (void)at;
    b->g->numbers++;
    return literal(b, number);
}

operand build_unary(build *b, span at, enum op op, operand x) {
    if (op == OP_NEG && OPERAND_KIND(x) == IN_LITERAL)
        return literal(b, -b->g->literals.items[OPERAND_NUMBER(x)].num);
    release(b, x);
    operand y = fresh_register(b);
    emit(b, at, op, 0, x, 0, y);
    return y;
}

operand build_binary(build *b, span at, enum op op, operand x, operand w) {
    release(b, w);
    release(b, x);
    operand y = fresh_register(b);
    emit(b, at, op, 0, x, w, y);
    return y;
}

operand build_compare(build *b, span at, enum op op, operand x, operand w, bool left_is_comparison) {
    if (left_is_comparison) {
        diagnostic *d = build_error(b, DIAG_CHAINED_COMPARISON, at, "comparisons cannot be chained");
        diag_hint(d, "write a < b && b < c");
    }
    return build_binary(b, at, op, x, w);
}

static operand apply_operands(build *b, span at, enum op op, u32 count, const operand *operands) {
    for (u32 i = count; i-- > 0;) release(b, operands[i]);
    operand y = fresh_register(b);
    emit(b, at, DO_APPLY, op, add_operands(b, count, operands), count, y);
    return y;
}

operand build_matmul(build *b, span at, operand x, operand w) {
    return apply_operands(b, at, OP_MATMUL, 2, (operand[]){x, w});
}

operand build_transpose(build *b, span at, operand x) { return apply_operands(b, at, OP_TRANSPOSE, 1, &x); }

operand build_list(build *b, span at, u32 count) {
    item *items = list_tail(b, count);
    u32 offset = add_operands(b, 0, NULL);
    for (u32 i = 0; i < count; i++) {
        operand o = item_value(b, &items[i]);
        array_push(&b->g->operands, o);
    }
    for (u32 i = count; i-- > 0;) release(b, b->g->operands.items[offset + i]);
    list_drop(b, count);
    operand y = fresh_register(b);
    emit(b, at, DO_LIST, 0, offset, count, y);
    return y;
}

/* ---- x[...] ---- */

void build_subscript(build *b, span at, operand index) {
    array_push(&b->list, ((item){.kind = ITEM_INDEX, .at = at, .o = index}));
}

void build_slice(build *b, span at, slice_parts p) {
    array_push(&b->list, ((item){.kind = ITEM_SLICE,
                                 .at = at,
                                 .o = p.has_from ? p.from : OPERAND_NONE,
                                 .to = p.has_to ? p.to : OPERAND_NONE,
                                 .step = p.has_step ? p.step : OPERAND_NONE}));
}

static void release_some(build *b, operand o) {
    if (o != OPERAND_NONE) release(b, o);
}

/* Moves the last `count` subscripts to a site, with room for the part that replaces x[...]. */
static u32 subscript_site(build *b, u32 count) {
    item *items = list_tail(b, count);
    u32 site = add_operands(b, 1, &count);
    for (u32 i = 0; i < count; i++) {
        item *s = &items[i];
        bool slice = s->kind == ITEM_SLICE;
        u32 words[SUBSCRIPT_WORDS] = {slice, slice || s->kind == ITEM_INDEX ? s->o : item_value(b, s),
                                      slice ? s->to : OPERAND_NONE, slice ? s->step : OPERAND_NONE};
        add_operands(b, SUBSCRIPT_WORDS, words);
    }
    add_operands(b, 1, (u32[]){OPERAND_NONE});
    list_drop(b, count);
    return site;
}

static void release_site(build *b, u32 site) {
    u32 count = b->g->operands.items[site];
    for (u32 i = 0; i < count; i++)
        for (u32 k = 1; k < SUBSCRIPT_WORDS; k++)
            release_some(b, b->g->operands.items[site + 1 + SUBSCRIPT_WORDS * i + k]);
}

operand build_index(build *b, span at, operand x, u32 count) {
    u32 site = subscript_site(b, count);
    release_site(b, site);
    release(b, x);
    operand y = fresh_register(b);
    emit(b, at, DO_INDEX, 0, x, site, y);
    return y;
}

u32 build_element_begin(build *b, span at, span name_at, u32 name, u32 count) {
    u32 depth = b->depth;
    u32 site = subscript_site(b, count);
    operand old = build_name(b, name_at, name);
    array_push(&b->elements, ((element){at, name_at, name, site, depth, old}));
    return (u32)b->elements.count - 1;
}

operand build_element_value(build *b, u32 mark) {
    element *e = &b->elements.items[mark];
    operand y = fresh_register(b);
    emit(b, e->at, DO_INDEX, 0, e->old, e->site, y);
    return y;
}

void build_element_assign(build *b, span at, u32 mark, operand x) {
    element e = b->elements.items[mark];
    u32 count = b->g->operands.items[e.site];
    b->g->operands.items[e.site + 1 + SUBSCRIPT_WORDS * count] = x;
    release(b, x);
    release_site(b, e.site);
    operand y = fresh_register(b);
    emit(b, at, DO_SET_INDEX, 0, e.old, e.site, y);
    b->elements.count = mark;
    build_assign(b, at, e.name_at, e.name, y);
}

void build_element_update(build *b, span at, u32 mark, enum op op, operand x) {
    operand old = build_element_value(b, mark);
    operand y = fresh_register(b);
    emit(b, at, op, 0, old, x, y);
    build_element_assign(b, at, mark, y);
}

/* ---- choices: both branches leave their value in the same register ---- */

static u32 choice_begin(build *b, span at, u32 op, enum condition_use use, operand condition) {
    u32 jump = emit(b, at, op, use, condition, 0, 0);
    array_push(&b->choices, ((choice){.jump = jump, .depth = b->depth, .left = condition}));
    return (u32)b->choices.count - 1;
}

static void move_to(build *b, span at, operand from, operand to) {
    if (from != to) emit(b, at, DO_MOVE, 0, from, 0, to);
}

u32 build_choose_begin(build *b, span at, operand condition) {
    release(b, condition);
    return choice_begin(b, at, DO_JUMP_IF_NOT, CONDITION_CHOOSE, condition);
}

u32 build_choose_else(build *b, u32 mark, operand then_value) {
    span at = b->g->spans.items[b->choices.items[mark].jump];
    b->depth = b->choices.items[mark].depth;
    move_to(b, at, then_value, fresh_register(b));
    b->choices.items[mark].jump_end = emit(b, at, DO_JUMP, 0, 0, 0, 0);
    code_at(b, b->choices.items[mark].jump)->b = code_here(b);
    b->depth = b->choices.items[mark].depth;
    return mark;
}

operand build_choose_end(build *b, u32 mark, operand else_value) {
    choice c = b->choices.items[mark];
    b->depth = c.depth;
    operand y = fresh_register(b);
    move_to(b, b->g->spans.items[c.jump], else_value, y);
    code_at(b, c.jump_end)->a = code_here(b);
    b->choices.count = mark;
    return y;
}

u32 build_and_begin(build *b, span at, operand left) {
    return choice_begin(b, at, DO_JUMP_IF_NOT, CONDITION_AND, left);
}

u32 build_or_begin(build *b, span at, operand left) {
    return choice_begin(b, at, DO_JUMP_IF, CONDITION_OR, left);
}

/* left op right, and behind it what the short circuit gives instead. */
static operand logic_end(build *b, u32 mark, enum op op, double short_value, operand right) {
    choice c = b->choices.items[mark];
    span at = b->g->spans.items[c.jump];
    release(b, right);
    release(b, c.left);
    operand y = fresh_register(b);
    emit(b, at, op, 0, c.left, right, y);
    u32 jump_end = emit(b, at, DO_JUMP, 0, 0, 0, 0);
    code_at(b, c.jump)->b = code_here(b);
    emit(b, at, DO_MOVE, 0, literal(b, short_value), 0, y);
    code_at(b, jump_end)->a = code_here(b);
    b->choices.count = mark;
    return y;
}

operand build_and_end(build *b, u32 mark, operand right) { return logic_end(b, mark, OP_AND, 0, right); }

operand build_or_end(build *b, u32 mark, operand right) { return logic_end(b, mark, OP_OR, 1, right); }
