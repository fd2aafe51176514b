/* SPDX-License-Identifier: GPL-3.0-or-later */
/* steps.c - names, conditions, loops, output: see steps.h. */
#include "lang/steps.h"
#include "lang/layout.h"
#include "lang/trace.h"
#include "lang/uncertain.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *step_name(const evaluator *e, u32 operand) {
    const graph *g = e->g;
    u32 number = OPERAND_NUMBER(operand);
    if (OPERAND_KIND(operand) == IN_GLOBAL) return intern_text(&g->names, g->globals.items[number].name);
    if (OPERAND_KIND(operand) != IN_LOCAL) return NULL;
    u32 running = e->frames.items[e->frames.count - 1].body;
    if (running == NAME_NONE) return NULL;
    u32 name = g->locals.items[g->bodies.items[running].first_local + number].name;
    return name == NAME_NONE ? NULL : intern_text(&g->names, name);
}

void step_unbound(evaluator *e, u32 pc, u32 o) {
    e->rec.origin = pc;
    const char *name = step_name(e, o);
    if (e->g->code.items[pc].n)
        record_fail_hint(&e->rec, DIAG_NO_VALUE, "numbers, functions, pi, tau and e can stand here",
                         "'%s' has no value when inputs get theirs", name);
    record_fail(&e->rec, DIAG_UNBOUND, "'%s' has no value yet", name ? name : "?");
}

void step_limit(evaluator *e, u32 pc) {
    if (e->interrupt) fault_raise(FAULT_INTERRUPT);
    if (e->rec.tape.is_traced && e->operations <= e->trace.limit) trace_give_up(e);
    e->rec.origin = pc;
    record_fail(&e->rec, DIAG_MAX_OPS, "more than %llu operations", (unsigned long long)e->operation_limit);
}

value *step_arguments(evaluator *e, u32 offset, u32 count, value *const base[4]) {
    e->arguments.count = 0;
    for (u32 i = 0; i < count; i++) {
        u32 o = e->g->operands.items[offset + i];
        array_push(&e->arguments, o == OPERAND_NONE ? UNBOUND : *operand_at(base, o));
    }
    array_room(&e->arguments);
    return e->arguments.items;
}

/* ---- conditions ---- */

static int truth_of(evaluator *e, u32 pc, enum condition_use use, const value *v) {
    if (LIKELY(!is_tensor(v))) return v->num != 0;
    if (v->t->size == 1) return view_of(v).data[0] != 0;
    if (use == CONDITION_AND || use == CONDITION_OR) return -1;
    char shape[SHAPE_ROOM];
    e->rec.origin = pc;
    record_fail_hint(&e->rec, DIAG_CONDITION, "any(c) or all(c) make one entry of it",
                     "a condition has one entry; this one has shape %s", shape_write(shape, shape_of(v)));
}

int step_truth(evaluator *e, u32 pc, enum condition_use use, const value *v) {
    int truth = truth_of(e, pc, use, v);
    if (UNLIKELY(e->rec.tape.is_traced) && truth >= 0) trace_guard(e, v, truth);
    return truth;
}

/* ---- stores ---- */

static void bind(value *to, value v) {
    value_keep(&v);
    value_drop(to);
    *to = v;
}

/* :at x=6 stands for the constant that the session bound x to first. */
static bool take_given(evaluator *e, u32 o, value *v) {
    if (OPERAND_KIND(o) != IN_GLOBAL || is_unbound(&e->given.items[OPERAND_NUMBER(o)])) return false;
    *v = e->given.items[OPERAND_NUMBER(o)];
    e->given.items[OPERAND_NUMBER(o)] = UNBOUND;
    if (is_tensor(v)) array_push(&e->rec.pool, v->t);
    *v = uncertain_given(e, OPERAND_NUMBER(o), *v);
    return true;
}

void step_store(evaluator *e, u32 pc, const instruction *in, const value *from, value *to) {
    value v = *from;
    if (UNLIKELY(e->given_first)) (void)take_given(e, in->b, &v);
    if (UNLIKELY(e->shift != NULL) && OPERAND_KIND(in->b) == IN_GLOBAL)
        v = evaluator_shifted(e, OPERAND_NUMBER(in->b), v);
    if (in->n && !v.node) {
        e->rec.origin = pc;
        v = record_leaf(&e->rec, v);
    }
    bind(to, v);
    if (OPERAND_KIND(in->b) == IN_GLOBAL) e->last_target = OPERAND_NUMBER(in->b);
}

static void step_answer(evaluator *e, u32 pc, value v) {
    if (e->frames.count > 1) return; /* a bare expression in a function has no use */
    u32 slot = graph_global(e->g, intern(&e->g->names, "ans", 3));
    if (e->g->globals.items[slot].is_watched && !v.node) {
        e->rec.origin = pc;
        v = record_leaf(&e->rec, v);
    }
    bind(&e->globals.items[slot], v);
    e->last_target = slot;
}

static void step_give(evaluator *e, u32 slot, const value *v) {
    uncertain_give(e, slot, v);
    bind(&e->given.items[slot], passive(*v));
}

/* ---- uncertainties ---- */

static value step_uncertain(evaluator *e, const instruction *in, value *const base[4]) {
    const u32 *w = &e->g->operands.items[in->b];
    double df = INFINITY;
    if (w[1] != OPERAND_NONE) {
        view given = view_of(operand_at(base, w[1]));
        if (given.size != 1) record_fail(&e->rec, DIAG_SHAPE, "the degrees of freedom are one number");
        df = given.data[0];
    }
    value v = *operand_at(base, in->a);
    if (uncertain_reaches(e, v.node)) note_uncertainty_replaced(e, e->rec.origin);
    return uncertain_make(e, w[2], v, *operand_at(base, w[0]), df);
}

/* ---- loops: state {the tensor, or the first number} {index} {step} {count} ---- */

static double whole_argument(evaluator *e, const value *v, const char *what) {
    view w = view_of(v);
    if (w.size != 1 || !isfinite(w.data[0]))
        record_fail(&e->rec, DIAG_BAD_VALUE, "range needs a finite number for its %s", what);
    return w.data[0];
}

static double range_count(evaluator *e, double from, double to, double step) {
    if (step == 0) record_fail(&e->rec, DIAG_BAD_VALUE, "range has a step of 0");
    double n = ceil((to - from) / step);
    if (n > 9007199254740992.0) record_fail(&e->rec, DIAG_BAD_VALUE, "range has too many steps");
    return n > 0 ? n : 0;
}

static u32 step_for_range(evaluator *e, u32 pc, const instruction *in, value *const base[4]) {
    u32 count = e->g->operands.items[in->a];
    value *a = step_arguments(e, in->a + 1, count, base);
    e->rec.origin = pc;
    bool has_start = count > 1 && !is_unbound(&a[1]);
    double from = has_start ? whole_argument(e, &a[0], "start") : 0;
    double to = whole_argument(e, has_start ? &a[1] : &a[0], "end");
    double step = count > 2 && !is_unbound(&a[2]) ? whole_argument(e, &a[2], "step") : 1;
    value *s = base[IN_LOCAL] + in->b;
    for (u32 i = 0; i < LOOP_LOCALS; i++) value_drop(&s[i]);
    s[0] = SCALAR(from), s[1] = SCALAR(0), s[2] = SCALAR(step), s[3] = SCALAR(range_count(e, from, to, step));
    return pc + 1;
}

static u32 step_for(evaluator *e, u32 pc, const instruction *in, value *const base[4]) {
    value over = *operand_at(base, in->a), *s = base[IN_LOCAL] + in->b;
    e->rec.origin = pc;
    if (!is_tensor(&over))
        record_fail_hint(&e->rec, DIAG_BAD_VALUE, "for i in range(n)",
                         "a loop goes over the entries of a tensor, not over a scalar");
    bind(&s[0], over);
    s[1] = SCALAR(0), s[2] = SCALAR(1), s[3] = SCALAR((double)over.t->shape[0]);
    return pc + 1;
}

bool step_next(evaluator *e, u32 pc, const instruction *in, value *const base[4]) {
    value *s = base[IN_LOCAL] + in->b, *to = operand_at(base, in->a);
    double i = s[1].num;
    if (i >= s[3].num) return false;
    s[1].num = i + 1;
    e->rec.origin = pc;
    size_t mark = pool_mark(&e->rec);
    value v = is_tensor(&s[0]) ? first_axis_entry(&e->rec, s[0], (size_t)i) : SCALAR(s[0].num + i * s[2].num);
    if (in->n && !v.node) v = record_leaf(&e->rec, v);
    bind(to, v);
    pool_release(&e->rec, mark);
    return true;
}

/* ---- indices ---- */

enum { MOST_SUBSCRIPTS = MAX_RANK };

static value part_at(value *const base[4], u32 o) {
    return o == OPERAND_NONE ? UNBOUND : *operand_at(base, o);
}

static value step_index(evaluator *e, const instruction *in, value *const base[4]) {
    const u32 *site = &e->g->operands.items[in->b];
    u32 count = site[0];
    if (count > MOST_SUBSCRIPTS)
        record_fail(&e->rec, DIAG_OUT_OF_RANGE, "more than %d subscripts", MOST_SUBSCRIPTS);
    subscript s[MOST_SUBSCRIPTS];
    for (u32 i = 0; i < count; i++) {
        const u32 *w = site + 1 + (size_t)SUBSCRIPT_WORDS * i;
        s[i] = (subscript){
            .is_slice = w[0] != 0, .index = UNBOUND, .from = UNBOUND, .to = UNBOUND, .step = UNBOUND};
        if (w[0])
            s[i].from = part_at(base, w[1]), s[i].to = part_at(base, w[2]), s[i].step = part_at(base, w[3]);
        else s[i].index = *operand_at(base, w[1]);
    }
    value x = *operand_at(base, in->a);
    if (in->op == DO_INDEX) return index_get(&e->rec, x, count, s);
    return index_set(&e->rec, x, count, s, *operand_at(base, site[1 + SUBSCRIPT_WORDS * count]));
}

/* ---- several results ---- */

static void step_several(evaluator *e, const instruction *in, value *const base[4]) {
    u32 count = e->g->operands.items[in->a];
    value *arguments = step_arguments(e, in->a + 1, count, base);
    u32 made = several_results(&e->rec, (enum op)in->n, in->b, count, arguments, base[IN_REGISTER] + in->c);
    if (made != in->b)
        record_fail(&e->rec, DIAG_BAD_ARGUMENTS, "'%s' does not give %u results",
                    function_of((enum op)in->n)->name, in->b);
}

static void step_unpack(evaluator *e, const instruction *in, value *const base[4]) {
    value x = *operand_at(base, in->a);
    size_t length = is_tensor(&x) ? x.t->shape[0] : 1;
    if (!is_tensor(&x) || length != in->b)
        record_fail(&e->rec, DIAG_SHAPE, "%u names on the left, and %zu value%s on the right", in->b, length,
                    length == 1 ? "" : "s");
    for (u32 i = 0; i < in->b; i++) base[IN_REGISTER][in->c + i] = first_axis_entry(&e->rec, x, i);
}

/* ---- output ---- */

static void emit_text(evaluator *e, const text *t) {
    if (e->print && !e->silent) e->print(e->print_user, text_str(t), t->length);
}

/* Sweeps may run a partial derivative given by hand, which moves the stacks: operands are found afresh. */
static value operand_now(evaluator *e, u32 o) {
    const frame *f = &e->frames.items[e->frames.count - 1];
    value *base[4] = {[IN_REGISTER] = e->registers.items + f->registers,
                      [IN_GLOBAL] = e->globals.items,
                      [IN_LOCAL] = e->locals.items + f->locals,
                      [IN_LITERAL] = e->g->literals.items};
    return *operand_at(base, o);
}

static void print_value(evaluator *e, value v, text *out) {
    explain_not_finite(e, &v);
    value u = uncertainty_of(e, v);
    explain_uncertainty(e, v, u);
    layout_style style = {.number = e->number};
    if (is_unbound(&u)) layout_value(out, view_of(&v), style);
    else layout_uncertain(out, view_of(&v), view_of(&u), style);
}

static void step_print_plain(evaluator *e, const instruction *in, text *out) {
    for (u32 i = 0; i < in->b; i++) {
        const u32 *w = &e->g->operands.items[in->a + 2 * i];
        if (i) text_putc(out, ' ');
        if (w[0]) {
            text_add(out, e->g->texts.items[w[1]].bytes, e->g->texts.items[w[1]].length);
        } else {
            print_value(e, operand_now(e, w[1]), out);
        }
    }
    text_putc(out, '\n');
}

/* The builder has checked the format; what is left to see is the values. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void print_conversion(evaluator *e, const char *spec, size_t length, const u32 *w,
                             value *const base[4], text *out) {
    char copy[32];
    snprintf(copy, sizeof copy, "%.*s", (int)(length < 24 ? length : 24), spec);
    size_t n = strlen(copy);
    if (w[0]) {
        const literal_text *t = &e->g->texts.items[w[1]];
        text_printf(out, copy, t->bytes);
        return;
    }
    const value *v = operand_at(base, w[1]);
    if (is_tensor(v))
        record_fail_hint(&e->rec, DIAG_BAD_VALUE, "print shows tensors", "printf takes scalars, not tensors");
    explain_not_finite(e, v);
    if (copy[n - 1] == 'd' || copy[n - 1] == 'i') {
        if (v->num != floor(v->num) || fabs(v->num) >= 9223372036854775808.0)
            record_fail_hint(&e->rec, DIAG_BAD_VALUE, "%g shows any number",
                             "%%d needs a whole number of less than 2^63");
        char wide[40];
        snprintf(wide, sizeof wide, "%.*sll%c", (int)(n - 1), copy, copy[n - 1]);
        text_printf(out, wide, (long long)v->num);
    } else {
        text_printf(out, copy, v->num);
    }
}
#pragma GCC diagnostic pop

static void step_print_formatted(evaluator *e, const instruction *in, value *const base[4], text *out) {
    const u32 *w = &e->g->operands.items[in->a];
    const literal_text *format = &e->g->texts.items[w[1]];
    const char *f = format->bytes, *end = f + format->length;
    while (f < end) {
        size_t plain = 0;
        while (f + plain < end && f[plain] != '%') plain++;
        text_add(out, f, plain);
        f += plain;
        if (f == end) break;
        if (f + 1 < end && f[1] == '%') {
            text_putc(out, '%');
            f += 2;
            continue;
        }
        size_t length = 1 + strcspn(f + 1, "diefgasEFGA") + 1;
        w += 2;
        print_conversion(e, f, length, w, base, out);
        f += length;
    }
}

static void step_print(evaluator *e, const instruction *in, value *const base[4]) {
    text *out = &e->output;
    text_clear(out);
    if (in->n) step_print_formatted(e, in, base, out);
    else step_print_plain(e, in, out);
    emit_text(e, out);
}

static void step_assert(evaluator *e, u32 pc, const instruction *in, value *const base[4]) {
    if (step_truth(e, pc, CONDITION_ASSERT, operand_at(base, in->a)) != 0) return;
    e->rec.origin = pc;
    if (in->b == OPERAND_NONE) record_fail(&e->rec, DIAG_ASSERT_FAILED, "assertion failed");
    record_fail(&e->rec, DIAG_ASSERT_FAILED, "assertion failed: %s", e->g->texts.items[in->b].bytes);
}

/* ---- the rest ---- */

static value step_apply(evaluator *e, const instruction *in, value *const base[4]) {
    return function_of((enum op)in->n)->value(&e->rec, in->b, step_arguments(e, in->a, in->b, base));
}

u32 step_other(evaluator *e, u32 pc, const instruction *in, value *const base[4]) {
    e->rec.origin = pc;
    if (UNLIKELY(e->interrupt)) fault_raise(FAULT_INTERRUPT); /* a call may take long */
    if (UNLIKELY(e->rec.tape.is_traced)) trace_check_step(e, in, base);
    switch (in->op) {
    case DO_LIST:
        *operand_at(base, in->c) = list_of(&e->rec, in->b, step_arguments(e, in->a, in->b, base));
        break;
    case DO_APPLY: *operand_at(base, in->c) = step_apply(e, in, base); break;
    case DO_SEVERAL: step_several(e, in, base); break;
    case DO_UNPACK: step_unpack(e, in, base); break;
    case DO_INDEX:
    case DO_SET_INDEX: *operand_at(base, in->c) = step_index(e, in, base); break;
    case DO_DERIVE: {
        value v = derive(e, in, pc, in->b, step_arguments(e, in->a, in->b, base));
        /* a partial by hand may have moved the stacks */
        e->registers.items[e->frames.items[e->frames.count - 1].registers + OPERAND_NUMBER(in->c)] = v;
        break;
    }
    case DO_ANSWER: step_answer(e, pc, *operand_at(base, in->a)); break;
    case DO_INPUT:
        if (evaluator_has_input(e, in->a)) return in->b;
        break;
    case DO_GIVE: step_give(e, OPERAND_NUMBER(in->b), operand_at(base, in->a)); break;
    case DO_FOR: return step_for(e, pc, in, base);
    case DO_FOR_RANGE: return step_for_range(e, pc, in, base);
    case DO_DEFINE: {
        body *b = &e->g->bodies.items[in->a];
        function *f = &e->g->functions.items[b->function];
        if (b->wrt == NAME_NONE) f->body = in->a, f->parameters = b->parameters, f->partials.count = 0;
        else {
            while (f->partials.count < f->parameters) array_push(&f->partials, NAME_NONE);
            f->partials.items[b->wrt] = in->a;
        }
        break;
    }
    case DO_UNCERTAIN: *operand_at(base, in->c) = step_uncertain(e, in, base); break;
    case DO_CORRELATE:
        uncertain_correlate(e, *operand_at(base, in->a), *operand_at(base, in->b), *operand_at(base, in->c));
        break;
    case DO_PRINT: step_print(e, in, base); break;
    case DO_ASSERT: step_assert(e, pc, in, base); break;
    case DO_SOLVE:
        if (!e->solve) record_fail(&e->rec, DIAG_UNSUPPORTED, "there is no solver here");
        step_bind_reached(e, e->g->operands.items[in->a + SOLVE_BEGIN]);
        e->solve(e->solve_user, e, pc, in->a);
        break;
    default: record_fail(&e->rec, DIAG_UNSUPPORTED, "this is not evaluated yet");
    }
    return pc + 1;
}
