/* SPDX-License-Identifier: GPL-3.0-or-later */
/* taylor.c - see taylor.h.
 *
 * Every record between x and y becomes a series, c[0..n].  Sums, products and quotients have the usual rules.
 * For any other elementwise y = f(x) the chain rule y' = p(x, y) x' gives the coefficients one after the
 * other,
 *
 *     k y_k = sum over j = 1..k of  j x_j p_(k-j)          (Griewank & Walther, ch. 13)
 *
 * where p is the partial derivative of ops.def, taken as an expression over series.  It may hold f itself
 * (exp' = y) or others (sin' = cos): equal expressions are one series, and each is computed only as far as it
 * is asked for, so that this comes to an end even where every derivative brings in a new function
 * (digamma). */
#include "core/taylor.h"
#include <math.h>
#include <string.h>

typedef struct series {
    u16 op; /* OP_NONE: a constant or the variable */
    bool is_constant;
    u32 a, b;       /* operands, by number */
    u32 partial[2]; /* series of the partials, UNMADE until they are asked for */
    u32 known;      /* coefficients that are computed */
    value *c;       /* n + 1 of them */
    u32 next;       /* in the chain of its hash */
} series;

enum { UNMADE = UINT32_MAX, WAITING = UINT32_MAX - 1, BUCKETS = 1024 };

typedef struct expansion {
    recorder *r;
    u32 n;
    bool record;
    ARRAY(series) all;
    ARRAY(u32) arguments; /* of the function at work: their series */
    u32 buckets[BUCKETS];
} expansion;

/* ---- making series ---- */

static u32 add_series(expansion *e, series s) {
    array_room(&e->all);
    s.c = mem_alloc(e->n + 1, sizeof *s.c);
    s.partial[0] = s.partial[1] = UNMADE;
    array_push(&e->all, s);
    return (u32)e->all.count - 1;
}

static u32 constant(expansion *e, value v) {
    u32 number =
        add_series(e, (series){.op = OP_NONE, .is_constant = true, .known = e->n + 1, .next = UNMADE});
    for (u32 i = 0; i <= e->n; i++) e->all.items[number].c[i] = i == 0 ? v : SCALAR(0);
    return number;
}

static bool is_constant(const expansion *e, u32 number) { return e->all.items[number].is_constant; }

static value first(const expansion *e, u32 number) { return e->all.items[number].c[0]; }

/* The series of an operation; one that there is already is found again.  Each has its first coefficient. */
static u32 operation(expansion *e, enum op op, u32 a, u32 b, const value *known) {
    bool two = op_infos[op].arity == 2;
    if (!two) b = a;
    value x = first(e, a), w = first(e, b);
    if (is_constant(e, a) && is_constant(e, b))
        return constant(e, known ? *known : two ? apply2(e->r, op, x, w) : apply1(e->r, op, x));
    u32 *bucket = &e->buckets[(op * 31u + a * 1009u + b * 9176u) % BUCKETS];
    for (u32 i = *bucket; i != UNMADE; i = e->all.items[i].next)
        if (e->all.items[i].op == op && e->all.items[i].a == a && e->all.items[i].b == b) return i;
    value y = known ? *known : two ? apply2(e->r, op, x, w) : apply1(e->r, op, x);
    u32 number = add_series(e, (series){.op = (u16)op, .a = a, .b = b, .known = 1, .next = *bucket});
    e->all.items[number].c[0] = y;
    *bucket = number;
    return number;
}

/* ---- the partials of ops.def over series ---- */

#define CALL1(op, s)    operation(e, OP_##op, s, s, NULL)
#define CALL2(op, s, t) operation(e, OP_##op, s, t, NULL)
#define NUM(number)     constant(e, SCALAR(number))
#include "core/partials.h"

/* `which`: 0 for the first operand, 1 for the second. */
static u32 partial_series(expansion *e, u32 number, int which) {
    enum op op = (enum op)e->all.items[number].op;
    u32 x = e->all.items[number].a, w = e->all.items[number].b, y = number;
    (void)x, (void)w, (void)y;
    /* clang-format off */
    switch (op) {
#define OP1(NAME, name, val, dx, ...) \
    case OP_##NAME: return dx;
#define OP2(NAME, name, val, dx, dw, ...) \
    case OP_##NAME: return which == 0 ? (dx) : (dw);
#include "core/ops.def"
#undef OP1
#undef OP2
    default: return ZERO;
    }
    /* clang-format on */
}
#undef CALL1
#undef CALL2
#undef NUM

/* ---- coefficients ---- */

static bool is_zero(const value *v) { return !v->node && !is_tensor(v) && v->num == 0; }

/* a * b, where a coefficient of exactly 0 carries nothing. */
static value product(expansion *e, value a, value b) {
    if (is_zero(&a) || is_zero(&b)) return SCALAR(0);
    return apply2(e->r, OP_CARRY, a, b);
}

static value sum(expansion *e, value a, value b) {
    if (is_zero(&a)) return b;
    return is_zero(&b) ? a : apply2(e->r, OP_ADD, a, b);
}

static value coefficient(expansion *e, u32 number, u32 k);

/* The sum over j = from..k of a_j b_(k-j), each a_j weighted with j where `weighted`. */
static value convolution(expansion *e, u32 a, u32 b, u32 from, u32 k, bool weighted) {
    value s = SCALAR(0);
    for (u32 j = from; j <= k; j++) {
        value x = coefficient(e, a, j);
        if (is_zero(&x)) continue;
        if (weighted && j != 1) x = apply2(e->r, OP_MUL, x, SCALAR(j));
        s = sum(e, s, product(e, x, coefficient(e, b, k - j)));
    }
    return s;
}

/* y = a / b:  b_0 y_k = a_k - sum over j = 1..k of b_j y_(k-j). */
static value quotient(expansion *e, value a, u32 y, u32 b, u32 k) {
    value s = convolution(e, b, y, 1, k, false);
    if (!is_zero(&s)) a = is_zero(&a) ? apply1(e->r, OP_NEG, s) : apply2(e->r, OP_SUB, a, s);
    return is_zero(&a) ? a : apply2(e->r, OP_DIV, a, first(e, b));
}

static value chain_part(expansion *e, u32 number, int which, u32 k) {
    u32 x = which == 0 ? e->all.items[number].a : e->all.items[number].b;
    if (is_constant(e, x)) return SCALAR(0);
    if (e->all.items[number].partial[which] == UNMADE) {
        u32 p = partial_series(e, number, which);
        e->all.items[number].partial[which] = p;
    }
    return convolution(e, x, e->all.items[number].partial[which], 1, k, true);
}

static value chain_rule(expansion *e, u32 number, u32 k) {
    value s = chain_part(e, number, 0, k);
    if (op_infos[e->all.items[number].op].arity == 2) s = sum(e, s, chain_part(e, number, 1, k));
    return is_zero(&s) ? s : apply2(e->r, OP_DIV, s, SCALAR(k));
}

static value next_coefficient(expansion *e, u32 number, u32 k) {
    u32 a = e->all.items[number].a, b = e->all.items[number].b;
    switch (e->all.items[number].op) {
    case OP_ADD: return sum(e, coefficient(e, a, k), coefficient(e, b, k));
    case OP_SUB: {
        value x = coefficient(e, a, k), w = coefficient(e, b, k);
        if (is_zero(&w)) return x;
        return is_zero(&x) ? apply1(e->r, OP_NEG, w) : apply2(e->r, OP_SUB, x, w);
    }
    case OP_NEG: {
        value x = coefficient(e, a, k);
        return is_zero(&x) ? x : apply1(e->r, OP_NEG, x);
    }
    case OP_CARRY:
    case OP_MUL: return convolution(e, a, b, 0, k, false);
    case OP_SQUARE: return convolution(e, a, a, 0, k, false);
    case OP_DIV: return quotient(e, coefficient(e, a, k), number, b, k);
    case OP_RECIP: return quotient(e, SCALAR(0), number, a, k);
    default: return chain_rule(e, number, k);
    }
}

/* Recursion goes down one order at each function on the way, so it is no deeper than n times the depth of a
 * partial in ops.def. */
static value coefficient(expansion *e, u32 number, u32 k) {
    while (e->all.items[number].known <= k) {
        u32 i = e->all.items[number].known;
        value v = next_coefficient(e, number, i);
        e->all.items[number].c[i] = v;
        e->all.items[number].known = i + 1;
    }
    return e->all.items[number].c[k];
}

/* ---- operations that are not elementwise ---- */

typedef struct tracks {
    const u32 *of; /* by record from x on: its series, or UNMADE */
    u32 low;
} tracks;

static u32 argument_series(expansion *e, const tracks *t, u32 argument) {
    if (!(argument & ARG_CONST) && argument >= t->low && t->of[argument - t->low] != UNMADE)
        return t->of[argument - t->low];
    value v = tape_value(&e->r->tape, argument);
    return constant(e, e->record ? v : passive(v));
}

/* A linear function takes each coefficient by itself. */
static u32 linear(expansion *e, const tracks *t, u32 k) {
    tape *p = &e->r->tape;
    u32 count = p->extra.items[p->a[k]],
        number = add_series(e, (series){.op = OP_NONE, .known = e->n + 1, .next = UNMADE});
    value y = tape_value(p, k);
    e->all.items[number].c[0] = e->record ? y : passive(y);
    e->arguments.count = 0;
    for (u32 i = 0; i < count; i++) {
        u32 of = argument_series(e, t, p->extra.items[p->a[k] + 2 + i]);
        array_push(&e->arguments, of);
    }
    for (u32 j = 1; j <= e->n; j++) {
        value total = SCALAR(0);
        for (u32 i = 0; i < count; i++) {
            value x = coefficient(e, e->arguments.items[i], j);
            if (!is_zero(&x)) total = sum(e, total, sweep_forward(e->r, k, i, x));
        }
        e->all.items[number].c[j] = total;
    }
    return number;
}

/* An entry of a series of tensors; a coefficient that nothing contributed to is the scalar 0. */
static u32 entry_series(expansion *e, u32 of, u32 entry) {
    u32 number = add_series(e, (series){.op = OP_NONE, .known = e->n + 1, .next = UNMADE});
    for (u32 i = 0; i <= e->n; i++) {
        value c = coefficient(e, of, i);
        e->all.items[number].c[i] = is_tensor(&c) ? entry_get(e->r, c, entry) : c;
    }
    return number;
}

static u32 record_series(expansion *e, const tracks *t, u32 k, const char **blocking) {
    tape *p = &e->r->tape;
    enum op op = CODE_OP(p->code[k]);
    if (op == OP_ALIAS) return argument_series(e, t, p->a[k]);
    if (op == OP_ENTRY) return entry_series(e, argument_series(e, t, p->a[k]), p->b[k]);
    if (op < OP_ELEMENTWISE_END) {
        u32 a = argument_series(e, t, p->a[k]),
            b = op_infos[op].arity == 2 ? argument_series(e, t, p->b[k]) : a;
        value y = tape_value(p, k);
        if (!e->record) y.node = 0;
        return operation(e, op, a, b, &y);
    }
    if (op > OP_DERIVED && function_is_linear(op)) return linear(e, t, k);
    const function_info *f = op > OP_DERIVED ? function_of(op) : NULL;
    *blocking = !f ? "a derivative" : f->name[0] == '.' ? f->help : f->name;
    return UNMADE;
}

static void start(expansion *e, value x, u32 *variable) {
    *variable = add_series(e, (series){.op = OP_NONE, .known = e->n + 1, .next = UNMADE});
    for (u32 i = 0; i <= e->n; i++)
        e->all.items[*variable].c[i] = i == 0 ? (e->record ? x : passive(x)) : SCALAR(i == 1 ? 1 : 0);
}

static bool expand(expansion *e, value y, value x, u32 *of, value *out, const char **blocking) {
    tracks t = {of, x.node};
    const u8 *mask = depending_on(e->r, x.node, y.node, 1, &x);
    for (u32 k = x.node; k <= y.node; k++) of[k - x.node] = mask[k - x.node] ? WAITING : UNMADE;
    mask = reached_from(e->r, x.node, y.node); /* in the same room */
    for (u32 k = x.node; k <= y.node; k++)
        if (!mask[k - x.node]) of[k - x.node] = UNMADE;
    start(e, x, &of[0]);
    for (u32 k = x.node + 1; k <= y.node; k++) {
        if (of[k - x.node] != WAITING) continue;
        of[k - x.node] = record_series(e, &t, k, blocking);
        if (of[k - x.node] == UNMADE) return false;
    }
    for (u32 i = 0; i <= e->n; i++) out[i] = coefficient(e, of[y.node - x.node], i);
    return true;
}

bool taylor_series(recorder *r, value y, value x, u32 n, bool record, value *out, const char **blocking) {
    u32 origin = r->origin;
    out[0] = record ? y : passive(y);
    for (u32 i = 1; i <= n; i++) out[i] = SCALAR(0);
    if (!x.node || !y.node || !depends_on(r, y.node, x.node)) return true;
    expansion e = {.r = r, .n = n, .record = record};
    for (u32 i = 0; i < BUCKETS; i++) e.buckets[i] = UNMADE;
    record_work(r, (u64)(n + 1) * (y.node - x.node + 1));
    u32 *of = mem_alloc(y.node - x.node + 1, sizeof *of);
    fault_point here;
    volatile bool done = false;
    int fault = FAULT_TRY(&here);
    if (!fault) done = expand(&e, y, x, of, out, blocking);
    fault_end(&here);
    for (size_t i = 0; i < e.all.count; i++) mem_free(e.all.items[i].c);
    array_free(&e.all);
    array_free(&e.arguments);
    mem_free(of);
    r->origin = origin;
    if (fault) fault_raise((enum fault)fault);
    return done;
}
