/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listing.c - what the program text and the sweep say about each record. */
#include "emit/listing.h"

void listing_clear(listing *l) {
    l->targets.count = l->records.count = l->nodes.count = l->adjoints.count = l->connected.count = 0;
    text_clear(&l->cells);
    text_clear(&l->piece);
}

void listing_free(listing *l) {
    array_free(&l->targets);
    array_free(&l->records);
    array_free(&l->nodes);
    array_free(&l->adjoints);
    array_free(&l->connected);
    array_free(&l->widths);
    array_free(&l->ends);
    text_free(&l->cells);
    text_free(&l->piece);
}

void listing_add_target(listing *l, u32 name, value v) {
    array_push(&l->targets, ((listed_target){name, v}));
}

/* ---- names and statements ---- */

static bool ends_statement(const instruction *in) {
    switch (in->op) {
    case DO_STORE: return in->c == 0;
    case DO_STORE_LEAF:
    case DO_ANSWER:
    case DO_GIVE:
    case DO_INPUT:
    case DO_FOR:
    case DO_FOR_RANGE:
    case DO_NEXT:
    case DO_RETURN:
    case DO_DEFINE:
    case DO_PRINT:
    case DO_ASSERT:
    case DO_STOP: return true;
    default: return false;
    }
}

static bool is_instruction(const graph *g, u32 pc) { return pc < g->code.count; }

static u32 statement_of(const graph *g, u32 pc) {
    while (pc < g->code.count && !ends_statement(&g->code.items[pc])) pc++;
    return pc;
}

/* The body that an instruction lies in, or NULL; the jump over a body stands in front of it. */
static const body *body_of(const graph *g, u32 pc) {
    for (size_t i = g->bodies.count; i-- > 0;) {
        const body *b = &g->bodies.items[i];
        if (b->entry > pc || b->entry == 0) continue;
        const instruction *skip = &g->code.items[b->entry - 1];
        return skip->op == DO_JUMP && pc < skip->a ? b : NULL;
    }
    return NULL;
}

/* The name behind an operand that is stored to, or NAME_NONE. */
static u32 stored_name(const graph *g, const body *b, u32 operand) {
    if (OPERAND_KIND(operand) == IN_GLOBAL) return g->globals.items[OPERAND_NUMBER(operand)].name;
    if (OPERAND_KIND(operand) != IN_LOCAL || !b) return NAME_NONE;
    return g->locals.items[b->first_local + OPERAND_NUMBER(operand)].name;
}

/* The name that a record's instruction binds: it stores by itself, or the next instruction stores its result.
 */
static u32 bound_name(const graph *g, const body *b, u32 pc) {
    const instruction *in = &g->code.items[pc];
    if (in->op == DO_STORE || in->op == DO_STORE_LEAF || in->op == DO_GIVE) return stored_name(g, b, in->b);
    if (pc + 1 >= g->code.count || OPERAND_KIND(in->c) != IN_REGISTER) return NAME_NONE;
    const instruction *next = in + 1;
    bool stores = next->op == DO_STORE && next->a == in->c;
    return stores ? stored_name(g, b, next->b) : NAME_NONE;
}

/* Parameters are records of their call, one after the other. */
static void list_parameter(listing *l, u32 k, const instruction *call, listed *out) {
    const graph *g = l->e->g;
    const tape *t = &l->e->rec.tape;
    const function *f = &g->functions.items[g->operands.items[call->a]];
    out->function = f->name;
    if (f->body == NAME_NONE) return;
    const body *b = &g->bodies.items[f->body];
    u32 before = 0;
    while (k - before > 1 && t->origin[k - before - 1] == t->origin[k] && before < b->parameters) before++;
    u32 number = b->parameters ? before % b->parameters : 0;
    if (b->parameters) out->name = g->locals.items[b->first_local + number].name;
}

static listed listed_of(listing *l, u32 k) {
    const graph *g = l->e->g;
    const tape *t = &l->e->rec.tape;
    listed out = {NAME_NONE, NAME_NONE, NAME_NONE};
    u32 pc = t->origin[k];
    if (pc & ORIGIN_PARTIAL || !is_instruction(g, pc)) {
        out.statement =
            is_instruction(g, pc & ~ORIGIN_PARTIAL) ? statement_of(g, pc & ~ORIGIN_PARTIAL) : NAME_NONE;
        return out;
    }
    const body *b = body_of(g, pc);
    out.statement = statement_of(g, pc);
    if (b) out.function = g->functions.items[b->function].name;
    const instruction *in = &g->code.items[pc];
    enum op op = CODE_OP(t->code[k]);
    if (in->op == DO_CALL && (op == OP_ALIAS || op == OP_LEAF)) list_parameter(l, k, in, &out);
    else if (op == in->op || op == OP_LEAF || in->op >= OP_END) out.name = bound_name(g, b, pc);
    return out;
}

/* What a name holds at the end is sure. */
static void name_globals(listing *l) {
    const evaluator *e = l->e;
    for (size_t i = 0; i < e->globals.count; i++) {
        const value *v = &e->globals.items[i];
        if (is_unbound(v) || !v->node || v->node >= l->records.count) continue;
        listed *r = &l->records.items[v->node];
        if (r->name == NAME_NONE) r->name = e->g->globals.items[i].name;
    }
}

/* ---- adjoints ---- */

static void sweep_target(listing *l, const listed_target *target) {
    recorder *r = &l->e->rec;
    u32 count = (u32)l->nodes.count;
    size_t first = l->adjoints.count;
    for (u32 i = 0; i < count; i++) {
        array_push(&l->adjoints, SCALAR(0));
        array_push(&l->connected, false);
    }
    if (!count || !target->v.node) return;
    /* what stands behind the target is none of its business */
    u32 used = target->v.node < count ? target->v.node : count;
    sweep_gradients(r, target->v, ones_like(r, &target->v), used, l->nodes.items, l->adjoints.items + first,
                    l->connected.items + first, false);
}

void listing_fill(listing *l, evaluator *e) {
    const tape *t = &e->rec.tape;
    l->e = e;
    array_push(&l->records, ((listed){NAME_NONE, NAME_NONE, NAME_NONE}));
    for (u32 k = 1; k < t->count; k++) {
        if (e->interrupt) fault_raise(FAULT_INTERRUPT);
        listed r = listed_of(l, k);
        array_push(&l->records, r);
        array_push(&l->nodes, tape_value(t, k));
    }
    name_globals(l);
    for (size_t i = 0; i < l->targets.count; i++) sweep_target(l, &l->targets.items[i]);
}

bool listing_adjoint(const listing *l, size_t target, u32 k, value *out) {
    size_t i = target * l->nodes.count + k - 1;
    *out = l->adjoints.items[i];
    return l->connected.items[i];
}

/* A record of the operation by itself, on leaves: the sweep of that is the partial derivatives.  Taken off
 * the tape again; all of it is scalar. */
bool listing_partials(listing *l, u32 k, double out[static 2]) {
    recorder *r = &l->e->rec;
    tape *t = &r->tape;
    enum op op = CODE_OP(t->code[k]);
    if (op >= OP_ELEMENTWISE_END || t->code[k] & CODE_TENSOR) return false;
    u32 two[2], count, arguments[2] = {0};
    const u32 *from = tape_arguments(t, k, two, &count);
    value leaves[2] = {{.node = 0}}, results[2] = {{.node = 0}};
    for (u32 i = 0; i < count; i++) arguments[i] = from[i];
    size_t before = t->count;
    for (u32 i = 0; i < count; i++) {
        leaves[i] = tape_value(t, arguments[i]);
        if (is_tensor(&leaves[i])) return false;
        leaves[i].node = 0, leaves[i].aux = 0;
        if (i == 1 && arguments[1] == arguments[0]) leaves[1] = leaves[0];
        else if (!(arguments[i] & ARG_CONST)) leaves[i] = record_leaf(r, leaves[i]);
    }
    value y = count == 2 ? apply2(r, op, leaves[0], leaves[1]) : apply1(r, op, leaves[0]);
    sweep_gradients(r, y, SCALAR(1), count, leaves, results, NULL, false);
    t->count = before;
    for (u32 i = 0; i < count; i++) out[i] = results[i].num;
    return true;
}

/* ---- pieces of text ---- */

void listing_value(const listing *l, text *out, const value *v, number_format how) {
    enum { FEW = 4 };
    (void)l;
    char number[NUMBER_ROOM];
    view w = view_of(v);
    if (w.rank == 0 || (w.rank == 1 && w.size <= FEW)) {
        if (w.rank) text_putc(out, '[');
        for (size_t i = 0; i < w.size; i++) {
            if (i) text_puts(out, ", ");
            text_add(out, number, number_write(number, w.data[i], how));
        }
        if (w.rank) text_putc(out, ']');
        return;
    }
    for (u32 i = 0; i < w.rank; i++) text_printf(out, "%s%zu", i ? "x" : "", w.shape[i]);
    text_puts(out, " tensor");
}

const char *listing_operation(const listing *l, u32 k) {
    enum op op = CODE_OP(l->e->rec.tape.code[k]);
    if (op == OP_LEAF) return "variable";
    if (op == OP_ALIAS) return "parameter";
    if (op == OP_ENTRY) return "entry";
    if (op == OP_DERIVED) return "derivative";
    const char *name = op < OP_ELEMENTWISE_END ? op_infos[op].name : function_of(op)->name;
    if (op == OP_NEG) return "-";
    return name[0] == '.' ? name + 1 : name;
}

static bool add_source(const listing *l, text *out, u32 begin, u32 end) {
    enum { LONGEST = 48 };
    const source *s = source_of(l->e->sources, begin);
    if (!s || end <= begin || end - s->base > s->length) return false;
    const char *bytes = s->bytes + (begin - s->base);
    size_t length = end - begin, shown = 0;
    while (shown < length && bytes[shown] != '\n' && bytes[shown] != '\r' &&
           (shown < LONGEST || (bytes[shown] & 0xC0) == 0x80))
        shown++;
    text_escape(out, bytes, shown);
    if (shown < length) text_puts(out, "...");
    return true;
}

bool listing_source(const listing *l, text *out, u32 k) {
    const graph *g = l->e->g;
    u32 pc = l->e->rec.tape.origin[k];
    if (!is_instruction(g, pc)) return false;
    span at = g->spans.items[pc];
    return add_source(l, out, at.begin, at.end);
}

bool listing_statement_source(const listing *l, text *out, u32 k) {
    const graph *g = l->e->g;
    u32 last = l->records.items[k].statement;
    if (!is_instruction(g, last)) return false;
    span all = g->spans.items[last];
    if (source_of(l->e->sources, all.begin) == NULL) return false;
    for (u32 pc = last; pc-- > 0 && !ends_statement(&g->code.items[pc]);) {
        span at = g->spans.items[pc];
        if (at.begin == UINT32_MAX) continue;
        if (at.begin < all.begin) all.begin = at.begin;
        if (at.end > all.end) all.end = at.end;
    }
    return add_source(l, out, all.begin, all.end);
}
