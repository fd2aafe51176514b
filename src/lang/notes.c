/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notes.c - explanations: where nan and inf come from, and why a derivative is 0. */
#include "base/number.h"
#include "lang/layout.h"
#include "lang/steps.h"
#include "lang/uncertain.h"
#include <math.h>
#include <string.h>

static bool finite_value(const value *v) {
    view w = view_of(v);
    for (size_t i = 0; i < w.size; i++)
        if (!isfinite(w.data[i])) return false;
    return true;
}

/* ---- the first operation that made it ---- */

/* Calls `visit` for each argument of a record that is a record, and tells whether constants are finite. */
static bool visit_arguments(const tape *t, u32 k, void (*visit)(void *user, u32 argument), void *user) {
    u32 two[2], count;
    const u32 *arguments = tape_arguments(t, k, two, &count);
    bool finite = true;
    for (u32 i = 0; i < count; i++) {
        value v = tape_value(t, arguments[i]);
        if (finite_value(&v)) continue;
        finite = false;
        if (!(arguments[i] & ARG_CONST)) visit(user, arguments[i]);
    }
    return finite;
}

static void mark_record(void *user, u32 k) { ((u8 *)user)[k] = 1; }

/* The earliest record on the way to `node` that is not finite though its arguments are, or 0. */
static u32 find_first(evaluator *e, u32 node) {
    const tape *t = &e->rec.tape;
    e->marks.items = mem_grow(e->marks.items, node, &e->marks.capacity, 1);
    u8 *marks = memset(e->marks.items, 0, node + 1);
    u32 first = 0;
    marks[node] = 1;
    for (u32 k = node; k > 0; k--) {
        if (!marks[k]) continue;
        enum op op = CODE_OP(t->code[k]);
        if (visit_arguments(t, k, mark_record, marks) && op != OP_LEAF) first = k;
    }
    return first;
}

value cut_history(evaluator *e, value v) {
    recorder *r = &e->rec;
    u32 first = 0;
    if (v.node && !r->tape.is_traced && r->records_odd && !finite_value(&v)) first = find_first(e, v.node);
    if (!first) return record_cut(r, v);
    v.node = tape_push_value(&r->tape, CODE(OP_DERIVED, 0), 0, 0, r->tape.origin[first], &v);
    return v;
}

/* ---- saying it ---- */

static void add_source_text(const evaluator *e, text *out, span at) {
    enum { LONGEST = 60 };
    const source *s = source_of(e->sources, at.begin);
    if (!s) return;
    u32 length = at.end - at.begin;
    const char *bytes = s->bytes + (at.begin - s->base);
    for (u32 i = 0; i < length; i++) {
        if (i >= LONGEST && (bytes[i] & 0xC0) != 0x80) {
            text_puts(out, "...");
            break;
        }
        text_putc(out, bytes[i] == '\n' || bytes[i] == '\r' ? ' ' : bytes[i]);
    }
}

static bool has_result(u16 op) { return op <= DO_MOVE || (op >= DO_LIST && op <= DO_PRIME); }

/* The instruction that left its result in a register before `pc`. */
static u32 definition_of(const graph *g, u32 pc, u32 operand) {
    while (pc-- > 0)
        if (g->code.items[pc].c == operand && has_result(g->code.items[pc].op)) return pc;
    return NAME_NONE;
}

static const char *global_name(const evaluator *e, u32 operand) {
    return intern_text(&e->g->names, e->g->globals.items[OPERAND_NUMBER(operand)].name);
}

static const char *local_name(const evaluator *e, u32 pc, u32 operand) {
    const graph *g = e->g;
    for (size_t i = g->bodies.count; i-- > 0;) {
        const body *b = &g->bodies.items[i];
        if (b->entry > pc) continue;
        u32 name = g->locals.items[b->first_local + OPERAND_NUMBER(operand)].name;
        return name == NAME_NONE ? NULL : intern_text(&g->names, name);
    }
    return NULL;
}

/* " x = -1", or ", y = 2" behind another: an argument by its name or its text. */
static void add_argument(const evaluator *e, text *out, u32 pc, u32 operand, const value *v, bool *any) {
    if (OPERAND_KIND(operand) == IN_LITERAL || is_tensor(v)) return;
    text_puts(out, *any ? ", " : " at ");
    *any = true;
    u32 made;
    if (OPERAND_KIND(operand) == IN_GLOBAL) text_puts(out, global_name(e, operand));
    else if (OPERAND_KIND(operand) == IN_LOCAL && local_name(e, pc, operand))
        text_puts(out, local_name(e, pc, operand));
    else if ((made = definition_of(e->g, pc, operand)) != NAME_NONE)
        add_source_text(e, out, e->g->spans.items[made]);
    char number[NUMBER_ROOM];
    number_write(number, v->num, (number_format){0});
    text_printf(out, " = %s", number);
}

static const culprit *find_culprit(const evaluator *e, u32 origin) {
    for (size_t i = 0; i < e->culprits.count; i++)
        if (e->culprits.items[i].origin == origin) return &e->culprits.items[i];
    return NULL;
}

void remember_culprit(evaluator *e, u32 origin) {
    const tape *t = &e->rec.tape;
    u32 record = e->rec.culprit;
    if (!record || record >= t->count || find_culprit(e, origin)) return;
    if ((t->origin[record] | ORIGIN_PARTIAL) != origin) return;
    culprit c = {.origin = origin};
    u32 two[2], count;
    const u32 *arguments = tape_arguments(t, record, two, &count);
    for (u32 i = 0; i < count && i < 2; i++) {
        value v = tape_value(t, arguments[i]);
        c.is_number[i] = !is_tensor(&v);
        c.arguments[i] = c.is_number[i] ? v.num : 0;
    }
    array_push(&e->culprits, c);
}

static void add_culprit_arguments(const evaluator *e, text *out, u32 pc, const culprit *c) {
    const instruction *in = &e->g->code.items[pc];
    u32 operands[2] = {in->a, in->b};
    bool any = false;
    if (in->op >= OP_ELEMENTWISE_END) return;
    for (u32 i = 0; i < op_infos[in->op].arity; i++) {
        value v = SCALAR(c->arguments[i]);
        if (i == 1 && operands[1] == operands[0]) break;
        // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): arity is 1 or 2
        if (c->is_number[i]) add_argument(e, out, pc, operands[i], &v, &any);
    }
}

/* The arguments that the operation had, from its record. */
static void add_arguments(const evaluator *e, text *out, u32 record, u32 pc) {
    const tape *t = &e->rec.tape;
    while (record > 0 && (t->origin[record] != pc || CODE_OP(t->code[record]) >= OP_ELEMENTWISE_END))
        record--;
    const instruction *in = &e->g->code.items[pc];
    if (record == 0 || in->op >= OP_ELEMENTWISE_END) return;
    bool any = false;
    u32 operands[2] = {in->a, in->b}, arguments[2] = {t->a[record], t->b[record]};
    for (u32 i = 0; i < op_infos[in->op].arity; i++) {
        value v = tape_value(t, arguments[i]); // NOLINT(clang-analyzer-core.CallAndMessage): arity is 1 or 2
        if (i == 1 && operands[1] == operands[0]) break;
        add_argument(e, out, pc, operands[i], &v, &any);
    }
}

static const char *what_it_is(const value *v) {
    view w = view_of(v);
    for (size_t i = 0; i < w.size; i++)
        if (!isfinite(w.data[i])) return isnan(w.data[i]) ? "nan" : w.data[i] < 0 ? "-inf" : "inf";
    return "finite";
}

static bool was_noted(evaluator *e, span at) {
    for (size_t i = 0; i < e->noted.count; i++)
        if (e->noted.items[i].begin == at.begin && e->noted.items[i].end == at.end) return true;
    array_push(&e->noted, at);
    return false;
}

static void say_not_finite(evaluator *e, u32 record) {
    const tape *t = &e->rec.tape;
    u32 origin = t->origin[record], pc = origin & ~ORIGIN_PARTIAL;
    if (pc >= e->g->spans.count) return;
    span at = e->g->spans.items[pc];
    if (!e->strict && (!e->notes || was_noted(e, at))) return;
    text *out = &e->note;
    text_clear(out);
    value v = tape_value(t, record);
    bool partial =
        (origin & ORIGIN_PARTIAL) && e->g->code.items[pc].op != DO_PRIME; /* sin'(x) says it itself */
    if (partial) text_puts(out, "the derivative of ");
    add_source_text(e, out, at);
    text_printf(out, " is %s", what_it_is(&v));
    const culprit *known = partial ? find_culprit(e, origin) : NULL;
    if (known) add_culprit_arguments(e, out, pc, known);
    else add_arguments(e, out, record, pc);
    diag_add(e->rec.diagnostics, e->strict ? SEVERITY_ERROR : SEVERITY_NOTE, DIAG_NOT_FINITE, at, "%s",
             text_str(out));
    if (e->strict) fault_raise(FAULT_ERROR);
}

static const char *number_kind(double x) { return isnan(x) ? "nan" : x < 0 ? "-inf" : "inf"; }

/* What no operation is to blame for alone. */
static void say_figure(evaluator *e, span at, const char *what, double x) {
    bool has_place = at.begin != NO_SPAN.begin;
    if (!e->strict && (!e->notes || (has_place && was_noted(e, at)))) return;
    diag_add(e->rec.diagnostics, e->strict ? SEVERITY_ERROR : SEVERITY_NOTE, DIAG_NOT_FINITE, at, "%s is %s",
             what, number_kind(x));
    if (e->strict) fault_raise(FAULT_ERROR);
}

static span place_of(const evaluator *e, u32 origin) {
    u32 pc = origin & ~ORIGIN_PARTIAL;
    return pc < e->g->spans.count ? e->g->spans.items[pc] : NO_SPAN;
}

static span place_of_value(const evaluator *e, const value *y) {
    return y->node ? place_of(e, e->rec.tape.origin[y->node]) : NO_SPAN;
}

void explain_figure(evaluator *e, u32 origin, double x, const char *format, ...) {
    if ((!e->notes && !e->strict) || isfinite(x)) return;
    va_list ap;
    va_start(ap, format);
    text_clear(&e->note);
    text_vprintf(&e->note, format, ap);
    va_end(ap);
    say_figure(e, place_of(e, origin), text_str(&e->note), x);
}

void explain_not_finite(evaluator *e, const value *v) {
    if ((!e->notes && !e->strict) || finite_value(v)) return;
    u32 first = v->node ? find_first(e, v->node) : 0;
    if (first) {
        say_not_finite(e, first);
        return;
    }
    e->unexplained = true;
    if (e->strict) {
        diag_add(e->rec.diagnostics, SEVERITY_ERROR, DIAG_NOT_FINITE, NO_SPAN, "a result is %s",
                 what_it_is(v));
        fault_raise(FAULT_ERROR);
    }
}

/* Says which partial derivative is not finite. */
static void say_partial(evaluator *e, u32 origin, const value *derivative) {
    u32 record = tape_push_value(&e->rec.tape, CODE(OP_DERIVED, 0), 0, 0, origin, derivative);
    say_not_finite(e, record);
}

/* The partial derivative on the way from x to y that is not finite, or ORIGIN_NONE. */
static u32 culprit_between(evaluator *e, value y, value x) {
    u32 origin = sweep_culprit(&e->rec, y, ones_like(&e->rec, &y), x);
    if (origin != ORIGIN_NONE) remember_culprit(e, origin);
    return origin;
}

/* "the derivative of x*w" */
static void say_of(evaluator *e, const char *what, const value *y, double x) {
    span at = place_of_value(e, y);
    text_clear(&e->note);
    text_printf(&e->note, "%s of ", what);
    size_t before = e->note.length;
    add_source_text(e, &e->note, at);
    if (e->note.length == before) text_puts(&e->note, "a result");
    say_figure(e, at, text_str(&e->note), x);
}

static double first_odd(const value *v) {
    view w = view_of(v);
    for (size_t i = 0; i < w.size; i++)
        if (!isfinite(w.data[i])) return w.data[i];
    return 0;
}

void explain_gradient(evaluator *e, value y, value x, value gradient) {
    if ((!e->notes && !e->strict) || finite_value(&gradient)) return;
    u32 origin = culprit_between(e, y, x);
    if (origin != ORIGIN_NONE) say_partial(e, origin, &gradient);
    else if (finite_value(&y)) say_of(e, "the derivative", &y, first_odd(&gradient));
    else explain_not_finite(e, &y);
}

u32 uncertainty_culprit(evaluator *e, value y, value *derivative) {
    uncertain *s = e->uncertain;
    uncertain_connected(e, y.node, &s->of[0]);
    for (size_t i = 0; i < s->leaves.count; i++) {
        value leaf = s->leaves.items[i].leaf;
        if (!s->of[0].items[i].connected) continue;
        sweep_gradients(&e->rec, y, ones_like(&e->rec, &y), 1, &leaf, derivative, NULL, false);
        u32 origin = finite_value(derivative) ? ORIGIN_NONE : culprit_between(e, y, leaf);
        if (origin != ORIGIN_NONE) return origin;
    }
    return ORIGIN_NONE;
}

void explain_uncertainty(evaluator *e, value y, value u) {
    if ((!e->notes && !e->strict) || is_unbound(&u) || finite_value(&u)) return;
    value derivative;
    u32 origin = finite_value(&y) ? uncertainty_culprit(e, y, &derivative) : ORIGIN_NONE;
    if (origin != ORIGIN_NONE) say_partial(e, origin, &derivative);
    else if (finite_value(&y)) say_of(e, "the uncertainty", &y, first_odd(&u));
    else explain_not_finite(e, &y);
}

/* ---- unconnected ---- */

static bool was_said(evaluator *e, const char *y_name, const char *x_name) {
    text_clear(&e->note);
    text_printf(&e->note, "%s %s", y_name, x_name);
    size_t before = e->said.names.count;
    return intern(&e->said, text_str(&e->note), e->note.length) < before;
}

void note_unconnected(evaluator *e, u32 pc, const char *y_name, value y, const char *x_name, value x,
                      bool is_rebound) {
    span at = pc < e->g->spans.count ? e->g->spans.items[pc] : NO_SPAN;
    bool error = e->unconnected == UNCONNECTED_ERROR;
    if (!x_name) x_name = "the variable";
    if (!y_name) y_name = "the target";
    bool has_place = at.begin != NO_SPAN.begin;
    if (!error && (!e->notes || (has_place ? was_noted(e, at) : was_said(e, y_name, x_name)))) return;
    diagnostic *d =
        diag_add(e->rec.diagnostics, error ? SEVERITY_ERROR : SEVERITY_NOTE, DIAG_UNCONNECTED, at,
                 "%s does not depend on %s%s", y_name, x_name, error ? "" : ", so the derivative is 0");
    place bound;
    u32 origin = x.node ? e->rec.tape.origin[x.node] : ORIGIN_NONE;
    if (is_rebound && x.node > y.node && origin < e->g->spans.count &&
        source_place(e->sources, e->g->spans.items[origin].begin, &bound) && y.node) {
        text_clear(&e->note);
        layout_name(&e->note, x_name);
        diag_hint(
            d,
            "%s was bound again on line %u; 'old = %s' before it keeps the earlier one, for grad(..., old)",
            x_name, bound.line, text_str(&e->note));
    }
    if (error) fault_raise(FAULT_ERROR);
}

void note_on_record(void *user, u32 origin, enum diag_code code, const char *message) {
    evaluator *e = user;
    u32 pc = origin & ~ORIGIN_PARTIAL;
    span at = pc < e->g->spans.count ? e->g->spans.items[pc] : NO_SPAN;
    if (e->notes && !was_noted(e, at)) diag_add(e->rec.diagnostics, SEVERITY_NOTE, code, at, "%s", message);
}

void note_uncertainty_replaced(evaluator *e, u32 pc) {
    span at = e->g->spans.items[pc];
    if (!e->notes || was_noted(e, at)) return;
    diagnostic *d = diag_add(e->rec.diagnostics, SEVERITY_NOTE, DIAG_UNCERTAINTY, at,
                             "+/- replaces the uncertainty that this value comes with");
    diag_hint(d, "to have both, add a quantity of its own: d = 0 +/- u; y = x + d");
}

void note_uncertainty_left(evaluator *e, u32 pc, const char *solver, const char *hint) {
    span at = e->g->spans.items[pc];
    if (!e->notes || was_noted(e, at)) return;
    diagnostic *d = diag_add(e->rec.diagnostics, SEVERITY_NOTE, DIAG_UNCERTAINTY, at,
                             "the solution does not carry the uncertainty of what '%s' reads", solver);
    diag_hint(d, "%s", hint);
}
