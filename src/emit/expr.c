/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expr.c - making and simplifying expressions: see expr.h. */
#include "emit/expr.h"
#include "core/numbers.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void formulas_free(formulas *f) {
    array_free(&f->nodes);
    array_free(&f->parts);
    array_free(&f->scratch);
    array_free(&f->shapes);
    array_free(&f->loops);
    array_free(&f->states);
    array_free(&f->swept);
    array_free(&f->gifts);
    mem_free(f->slots);
    mem_free(f->adjoints);
    mem_free(f->depends);
    f->slots = f->adjoints = NULL;
    f->depends = NULL;
}

u32 *expr_room(formulas *f, size_t count) {
    mem_free(f->adjoints);
    f->adjoints = NULL;
    f->adjoints = mem_zero(count, sizeof *f->adjoints);
    mem_free(f->depends);
    f->depends = NULL;
    f->depends = mem_zero(count, sizeof *f->depends);
    return f->adjoints;
}

void expr_count(formulas *f, size_t count) {
    f->operations += count;
    if (f->over_limit && f->operations > f->operation_limit) f->over_limit(f->user);
}

void expr_visit(formulas *f, size_t count) {
    f->visits += count;
    expr_count(f, count);
    if (f->visits > EXPR_VISITS) f->too_large(f->user);
    if (f->poll) f->poll(f->user);
}

/* ---- equal expressions are one ---- */

static u64 mix(u64 h, u64 v) {
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
}

static u64 bits_of(double x) {
    u64 b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static u64 hash_of(const expr *e, const expr_part *parts) {
    u64 h = mix(mix(e->kind, e->op), bits_of(e->number));
    if (e->kind == EXPR_NAME) return mix(h, e->first);
    for (u32 i = 0; i < e->count; i++) h = mix(mix(h, parts[i].node), bits_of(parts[i].weight));
    return h;
}

static bool is_same(const formulas *f, const expr *a, const expr *e, const expr_part *parts) {
    if (a->kind != e->kind || a->op != e->op || a->count != e->count ||
        bits_of(a->number) != bits_of(e->number))
        return false;
    if (e->kind == EXPR_NAME) return a->first == e->first;
    for (u32 i = 0; i < e->count; i++) {
        const expr_part *p = &f->parts.items[a->first + i];
        if (p->node != parts[i].node || p->weight != parts[i].weight) return false;
    }
    return true;
}

static void grow_slots(formulas *f) {
    size_t count = f->slot_count ? f->slot_count * 2 : 256;
    u32 *slots = mem_zero(count, sizeof *slots);
    for (size_t n = 0; n < f->nodes.count; n++) {
        const expr *e = &f->nodes.items[n];
        size_t s = hash_of(e, f->parts.items + (e->kind == EXPR_NAME ? 0 : e->first)) & (count - 1);
        while (slots[s]) s = (s + 1) & (count - 1);
        slots[s] = (u32)n + 1;
    }
    mem_free(f->slots);
    f->slots = slots;
    f->slot_count = count;
}

/* The expression with these parts (which may lie anywhere but in f->parts). */
static u32 find_or_make(formulas *f, expr e, const expr_part *parts) {
    if (f->nodes.count * 2 >= f->slot_count) grow_slots(f);
    size_t s = hash_of(&e, parts) & (f->slot_count - 1);
    for (; f->slots[s]; s = (s + 1) & (f->slot_count - 1))
        if (is_same(f, &f->nodes.items[f->slots[s] - 1], &e, parts)) return f->slots[s] - 1;
    if (f->nodes.count >= EXPR_LIMIT) f->too_large(f->user);
    expr_count(f, 1);
    if (f->poll && f->nodes.count % 1024 == 0) f->poll(f->user);
    if (e.kind != EXPR_NAME) e.first = (u32)f->parts.count;
    for (u32 i = 0; i < e.count; i++) array_push(&f->parts, parts[i]);
    array_push(&f->nodes, e);
    f->slots[s] = (u32)f->nodes.count;
    return (u32)f->nodes.count - 1;
}

u32 expr_number(formulas *f, double x) {
    return find_or_make(f, (expr){.kind = EXPR_NUMBER, .number = x == 0 && !f->exact ? 0.0 : x}, NULL);
}

u32 expr_name(formulas *f, u32 name) {
    return find_or_make(f, (expr){.kind = EXPR_NAME, .first = name}, NULL);
}

void expr_set_shape(formulas *f, u32 name, u32 rank, const size_t *shape) {
    expr_shape s = {.name = name, .rank = rank};
    memcpy(s.shape, shape, rank * sizeof *shape);
    array_push(&f->shapes, s);
}

u32 expr_entry(formulas *f, u32 name, u32 entry) {
    return find_or_make(f, (expr){.kind = EXPR_NAME, .first = name, .number = (double)entry + 1}, NULL);
}

const expr_shape *expr_shape_of(const formulas *f, u32 name) {
    static const expr_shape scalar;
    for (size_t i = f->shapes.count; i-- > 0;)
        if (f->shapes.items[i].name == name) return &f->shapes.items[i];
    return &scalar;
}

static u32 make_call(formulas *f, enum op op, u32 count, const expr_part *parts) {
    double serial = f->exact && !f->merging ? ++f->serial : 0;
    return find_or_make(f, (expr){.kind = EXPR_CALL, .op = (u16)op, .count = count, .number = serial}, parts);
}

u32 expr_call(formulas *f, enum op op, u32 count, const u32 *operands) {
    expr_part parts[3];
    for (u32 i = 0; i < count; i++) parts[i] = (expr_part){1, operands[i]};
    return make_call(f, op, count, parts);
}

u32 expr_call_of(formulas *f, enum op op, size_t base) {
    u32 y = make_call(f, op, (u32)(f->scratch.count - base), f->scratch.items + base);
    f->scratch.count = base;
    return y;
}

u32 expr_prime(formulas *f, enum op op, double order, u32 x) {
    expr_part part = {1, x};
    return find_or_make(f, (expr){.kind = EXPR_PRIME, .op = (u16)op, .count = 1, .number = order}, &part);
}

u32 expr_alias(formulas *f, u32 a, bool is_end) {
    expr_part part = {1, a};
    expr e = {.kind = EXPR_ALIAS, .op = is_end ? OP_DERIVED : OP_ALIAS, .count = 1, .number = ++f->aliases};
    return find_or_make(f, e, &part);
}

u32 expr_of_loop(formulas *f, enum expr_kind kind, u32 loop, u32 state, u32 operand) {
    expr_part part = {f->merging ? 1 : 0, operand};
    expr e = {.kind = (u8)kind,
              .op = (u16)state,
              .count = kind == EXPR_RESULT || kind == EXPR_LOOP,
              .number = loop};
    return find_or_make(f, e, &part);
}

static int by_node(const void *a, const void *b) {
    const expr_part *p = a, *q = b;
    if (p->node != q->node) return p->node < q->node ? -1 : 1;
    return (p->weight > q->weight) - (p->weight < q->weight);
}

static u32 make_collected(formulas *f, enum expr_kind kind, double number, size_t base);

/* Whether a result of two numbers may stand for them: x*1e308*10 is not inf*x, nor x*1e-200*1e-200 0. */
static bool is_fit(double result, double a, double b) {
    return isnormal(result) || a == 0 || b == 0 || !isfinite(a) || !isfinite(b);
}

static bool may_fold(double a, double b) { return is_fit(a * b, a, b); }

static bool may_join(double a, double b) { return isfinite(a + b) || !isfinite(a) || !isfinite(b); }

/* Whether a product may be taken apart: x/1e308 keeps 1e308 as a factor, since 1/1e308 is no normal number.
 */
static bool is_open(const formulas *f, const expr *e) {
    for (u32 i = 0; i < e->count; i++)
        if (expr_is_number(f, f->parts.items[e->first + i].node)) return false;
    return true;
}

/* Whether all terms of a sum may be written out times a number. */
static bool may_spread(const formulas *f, double weight, const expr *sum) {
    for (u32 i = 0; i < sum->count; i++)
        if (!may_fold(weight, f->parts.items[sum->first + i].weight)) return false;
    return may_fold(weight, sum->number);
}

/* The number in front of an expression. */
static double factor_of(const expr *e) {
    return e->kind == EXPR_NUMBER || e->kind == EXPR_PRODUCT ? e->number : 1;
}

/* A number times something that is no sum to be written out. */
static u32 scaled(formulas *f, double number, u32 node) {
    expr e = *expr_at(f, node);
    size_t base = f->scratch.count;
    bool flat = e.kind == EXPR_PRODUCT && may_fold(number, e.number) && is_open(f, &e);
    if (!flat) array_push(&f->scratch, ((expr_part){1, node}));
    for (u32 i = 0; flat && i < e.count; i++) array_push(&f->scratch, f->parts.items[e.first + i]);
    return make_collected(f, EXPR_PRODUCT, number * (flat ? e.number : 1), base);
}

/* Makes a sum or product of what lies on the scratch stack from `base` on, and takes it off. */
static u32 make_collected(formulas *f, enum expr_kind kind, double number, size_t base) {
    size_t kept = base;
    for (size_t i = base; i < f->scratch.count; i++)
        if (f->scratch.items[i].weight != 0) f->scratch.items[kept++] = f->scratch.items[i];
    u32 count = (u32)(kept - base);
    f->scratch.count = base;
    if (count == 0 || (kind == EXPR_PRODUCT && number == 0)) return expr_number(f, number);
    expr_part *parts = f->scratch.items + base;
    bool alone = count == 1 && parts[0].weight == 1 && number == (kind == EXPR_SUM ? 0 : 1);
    if (alone) return parts[0].node;
    if (kind == EXPR_SUM && count == 1 && number == 0) return scaled(f, parts[0].weight, parts[0].node);
    qsort(parts, count, sizeof *parts, by_node);
    return find_or_make(f, (expr){.kind = (u8)kind, .count = count, .number = number}, parts);
}

u32 expr_without(formulas *f, u32 product, u32 skip) {
    expr e = *expr_at(f, product);
    size_t base = f->scratch.count;
    for (u32 i = 0; i < e.count; i++)
        if (i != skip) array_push(&f->scratch, f->parts.items[e.first + i]);
    return make_collected(f, EXPR_PRODUCT, e.number, base);
}

/* ---- sums ---- */

/* where(c, a, b) + where(c, d, e) is one, down to this depth. */
enum { WHERE_NESTING = 16 };

static bool is_where(const formulas *f, u32 n) {
    return expr_at(f, n)->kind == EXPR_CALL && expr_at(f, n)->op == OP_WHERE;
}

static void collect_term(formulas *f, size_t base, double weight, u32 node) {
    for (size_t i = base; i < f->scratch.count; i++)
        if (f->scratch.items[i].node == node) {
            double *old = &f->scratch.items[i].weight;
            if (!may_join(*old, weight)) continue;
            *old += weight;
            return;
        }
    array_push(&f->scratch, ((expr_part){weight, node}));
}

/* weight*2*x*y is (2*weight) * (x*y): the number belongs to the sum, so that like terms meet. */
static void add_term(formulas *f, size_t base, double *number, double weight, u32 node) {
    expr e = *expr_at(f, node);
    if ((e.kind == EXPR_NUMBER || e.kind == EXPR_SUM) && !may_join(*number, weight * e.number)) {
        collect_term(f, base, weight, node);
    } else if (e.kind == EXPR_NUMBER) {
        *number += weight * e.number;
    } else if (e.kind == EXPR_SUM && e.count <= EXPR_FLAT && f->scratch.count - base <= EXPR_FLAT &&
               may_spread(f, weight, &e)) {
        *number += weight * e.number;
        for (u32 i = 0; i < e.count; i++) {
            expr_part p = f->parts.items[e.first + i];
            collect_term(f, base, weight * p.weight, p.node);
        }
    } else if (e.kind == EXPR_PRODUCT && e.number != 1 && may_fold(weight, e.number)) {
        size_t inner = f->scratch.count;
        for (u32 i = 0; i < e.count; i++) array_push(&f->scratch, f->parts.items[e.first + i]);
        u32 rest = make_collected(f, EXPR_PRODUCT, 1, inner);
        collect_term(f, base, weight * e.number, rest);
    } else {
        collect_term(f, base, weight, node);
    }
}

u32 expr_add(formulas *f, u32 a, double weight, u32 b) {
    if (f->exact) return expr_exact2(f, weight < 0 ? OP_SUB : OP_ADD, a, b);
    if (is_where(f, a) && is_where(f, b) && f->nesting < WHERE_NESTING) {
        const u32 c = expr_parts(f, a)[0].node;
        if (expr_parts(f, b)[0].node == c) {
            u32 yes = expr_parts(f, a)[1].node, no = expr_parts(f, a)[2].node;
            u32 yes_b = expr_parts(f, b)[1].node, no_b = expr_parts(f, b)[2].node;
            f->nesting++;
            yes = expr_add(f, yes, weight, yes_b);
            no = expr_add(f, no, weight, no_b);
            f->nesting--;
            return expr_where(f, c, yes, no);
        }
    }
    size_t base = f->scratch.count;
    double number = 0;
    add_term(f, base, &number, 1, a);
    add_term(f, base, &number, weight, b);
    return make_collected(f, EXPR_SUM, number, base);
}

/* ---- products ---- */

static bool is_whole(double x) { return x == floor(x) && fabs(x) < 1e15; }

/* Whether x^p * x^q may be written x^(p + q): not where a root would lose its domain. */
static bool may_merge(double p, double q) { return (is_whole(p) && is_whole(q)) || !is_whole(p + q); }

static bool is_power(const formulas *f, u32 n) {
    return expr_at(f, n)->kind == EXPR_CALL && expr_at(f, n)->op == OP_POW;
}

/* x^k * x^e is x^(e + k): gives true where it was done. */
static bool merge_symbolic_power(formulas *f, size_t base, double weight, u32 node) {
    for (size_t i = base; i < f->scratch.count; i++) {
        expr_part p = f->scratch.items[i];
        u32 power = p.node, x = node;
        double k = weight, n = p.weight;
        if (is_power(f, node) && !is_power(f, p.node)) power = node, x = p.node, k = p.weight, n = weight;
        if (!is_power(f, power) || n != 1 || !is_whole(k) || expr_parts(f, power)[0].node != x) continue;
        u32 exponent = expr_add(f, expr_parts(f, power)[1].node, k, expr_number(f, 1));
        f->scratch.items[i] = (expr_part){1, expr_call2(f, OP_POW, x, exponent)};
        return true;
    }
    return false;
}

static void collect_factor(formulas *f, size_t base, double exponent, u32 node) {
    for (size_t i = base; i < f->scratch.count; i++) {
        expr_part *p = &f->scratch.items[i];
        if (p->node != node || !may_merge(p->weight, exponent)) continue;
        p->weight += exponent;
        return;
    }
    if (merge_symbolic_power(f, base, exponent, node)) return;
    array_push(&f->scratch, ((expr_part){exponent, node}));
}

static void multiply_in(formulas *f, size_t base, double *number, u32 node) {
    expr e = *expr_at(f, node);
    if (e.kind == EXPR_PRODUCT && (!may_fold(*number, e.number) || !is_open(f, &e))) {
        collect_factor(f, base, 1, node);
        return;
    }
    if (e.kind == EXPR_NUMBER) {
        *number *= e.number;
    } else if (e.kind == EXPR_PRODUCT && e.count <= EXPR_FLAT && f->scratch.count - base <= EXPR_FLAT) {
        *number *= e.number;
        for (u32 i = 0; i < e.count; i++) {
            expr_part p = f->parts.items[e.first + i];
            collect_factor(f, base, p.weight, p.node);
        }
    } else {
        collect_factor(f, base, 1, node);
    }
}

/* 1/1e308, which no number stands for. */
static bool is_reciprocal(const formulas *f, u32 n) {
    const expr *e = expr_at(f, n);
    return e->kind == EXPR_PRODUCT && e->count == 1 && !is_open(f, e);
}

/* Times a reciprocal: a quotient. */
static u32 quotient(formulas *f, u32 a, u32 reciprocal) {
    const expr e = *expr_at(f, reciprocal);
    const expr_part by = f->parts.items[e.first];
    const bool is_number = expr_is_number(f, a);
    const double x = is_number ? expr_at(f, a)->number : 1, w = expr_at(f, by.node)->number;
    const double y = by.weight == -1 ? e.number * x / w : e.number * x * number_POW(w, by.weight);
    if (is_number && is_fit(y, x, w)) return expr_number(f, y);
    const size_t base = f->scratch.count;
    if (!is_number) array_push(&f->scratch, ((expr_part){1, a}));
    array_push(&f->scratch, by);
    return make_collected(f, EXPR_PRODUCT, e.number * x, base);
}

u32 expr_multiply(formulas *f, u32 a, u32 b) {
    if (f->exact) return expr_exact2(f, OP_MUL, a, b);
    if (expr_is(f, a, 0) || expr_is(f, b, 0)) return expr_number(f, 0);
    if (expr_is(f, a, -1) && expr_at(f, b)->kind == EXPR_SUM) return expr_add(f, expr_number(f, 0), -1, b);
    if (expr_is(f, b, -1) && expr_at(f, a)->kind == EXPR_SUM) return expr_add(f, expr_number(f, 0), -1, a);
    if (is_reciprocal(f, b)) return quotient(f, a, b);
    if (is_reciprocal(f, a)) return quotient(f, b, a);
    const size_t base = f->scratch.count;
    double number = 1;
    if (expr_is_number(f, b)) { /* numbers first: what does not fold with one stays whole */
        const u32 product = a;
        a = b;
        b = product;
    }
    multiply_in(f, base, &number, a);
    multiply_in(f, base, &number, b);
    return make_collected(f, EXPR_PRODUCT, number, base);
}

u32 expr_power(formulas *f, u32 a, double exponent) {
    expr e = *expr_at(f, a);
    if (exponent == 0) return expr_number(f, 1);
    if (exponent == 1) return a;
    const double power = number_POW(factor_of(&e), exponent);
    const bool may_raise = is_fit(power, e.number, e.number);
    if (e.kind == EXPR_NUMBER && may_raise) return expr_number(f, power);
    size_t base = f->scratch.count;
    bool inward = e.kind == EXPR_PRODUCT && is_whole(exponent) && may_raise && is_open(f, &e);
    for (u32 i = 0; inward && i < e.count; i++) {
        double w = f->parts.items[e.first + i].weight;
        inward = is_whole(w) || !is_whole(w * exponent);
    }
    if (!inward) array_push(&f->scratch, ((expr_part){exponent, a}));
    for (u32 i = 0; inward && i < e.count; i++) {
        expr_part p = f->parts.items[e.first + i];
        array_push(&f->scratch, ((expr_part){p.weight * exponent, p.node}));
    }
    return make_collected(f, EXPR_PRODUCT, inward ? power : 1, base);
}

/* ---- calls ---- */

/* As it stands on a tape: a record, but for constants. */
static bool is_kept(const formulas *f, u32 a, u32 b) {
    return f->exact && !f->merging && !(expr_is_number(f, a) && expr_is_number(f, b));
}

u32 expr_where(formulas *f, u32 condition, u32 a, u32 b) {
    if (is_kept(f, a, b)) return expr_call(f, OP_WHERE, 3, (u32[]){condition, a, b});
    if (a == b) return a;
    if (expr_is_number(f, condition)) return expr_at(f, condition)->number != 0 ? a : b;
    const expr *e = expr_at(f, condition);
    bool is_not = e->kind == EXPR_CALL &&
                  (e->op == OP_NOT || (e->op == OP_EQ && expr_is(f, expr_parts(f, condition)[1].node, 0)));
    if (is_not) return expr_where(f, expr_parts(f, condition)[0].node, b, a);
    return expr_call(f, OP_WHERE, 3, (u32[]){condition, a, b});
}

static double fold(enum op op, double x, double w) {
    switch ((int)op) {
/* clang-format off */
#define OP1(NAME, ...) case OP_##NAME: return number_##NAME(x);
#define OP2(NAME, ...) case OP_##NAME: return number_##NAME(x, w);
/* clang-format on */
#include "core/ops.def"
#undef OP1
#undef OP2
    default: return NAN;
    }
}

#define N(c)         expr_number(f, c)
#define PLUS(a, b)   expr_add(f, a, 1, b)
#define LESS(a, b)   expr_add(f, a, -1, b)
#define TIMES(a, b)  expr_multiply(f, a, b)
#define TO(a, k)     expr_power(f, a, k)
#define OVER(a, b)   expr_multiply(f, a, TO(b, -1))
#define F1(op, a)    expr_call1(f, OP_##op, a)
#define F2(op, a, b) expr_call2(f, OP_##op, a, b)

/* x/3 keeps the number of x: 2.5*x/3 is (2.5/3)*x, rounded once. */
static u32 divided(formulas *f, u32 x, double by) {
    expr e = *expr_at(f, x);
    if (e.kind != EXPR_PRODUCT || !is_fit(e.number / by, e.number, by)) return TIMES(x, TO(N(by), -1));
    size_t base = f->scratch.count;
    for (u32 i = 0; i < e.count; i++) array_push(&f->scratch, f->parts.items[e.first + i]);
    return make_collected(f, EXPR_PRODUCT, e.number / by, base);
}

u32 expr_call1(formulas *f, enum op op, u32 x) {
    if (expr_is_number(f, x)) {
        const double at = expr_at(f, x)->number, y = fold(op, at, 0);
        /* log(exp(1000) + exp(1000)) is not inf */
        const bool stays = op == OP_EXP && !f->exact && isfinite(at) && !isnormal(y);
        return stays ? expr_call(f, op, 1, &x) : N(y);
    }
    if (f->exact) return expr_exact1(f, op, x);
    switch (op) {
    case OP_NEG: return TIMES(N(-1), x);
    case OP_SQUARE: return TO(x, 2);
    case OP_RECIP:
    case OP_RECIP_POS: return TO(x, -1);
    case OP_DEFINED: return N(1);
    case OP_NOT: return F2(EQ, x, N(0));
    case OP_SQRT1: return TIMES(N(0.5), TO(F1(SQRT, x), -1));
    case OP_RSQRT_1MX2: return TO(F1(SQRT, LESS(N(1), TO(x, 2))), -1);
    case OP_RECIP_1PX2: return TO(PLUS(N(1), TO(x, 2)), -1);
    case OP_RSQRT_1PX2: return TO(F1(SQRT, PLUS(N(1), TO(x, 2))), -1);
    case OP_RSQRT_X2M1: return TO(F1(SQRT, LESS(TO(x, 2), N(1))), -1);
    case OP_RECIP_1MX2: return TO(LESS(N(1), TO(x, 2)), -1);
    case OP_SECH2: return TO(F1(COSH, x), -2);
    case OP_GAUSS: return F1(EXP, TIMES(N(-1), TO(x, 2)));
    case OP_NORM_PDF: return TIMES(N(M_SQRT1_2 * M_2_SQRTPI / 2), F1(EXP, TIMES(N(-0.5), TO(x, 2))));
    case OP_SIGMOID1: return TIMES(F1(SIGMOID, x), F1(SIGMOID, TIMES(N(-1), x)));
    case OP_SILU1: return TIMES(F1(SIGMOID, x), PLUS(N(1), TIMES(x, F1(SIGMOID, TIMES(N(-1), x)))));
    case OP_GELU1: return PLUS(TIMES(N(0.5), F1(ERFC, TIMES(N(-M_SQRT1_2), x))), TIMES(x, F1(NORM_PDF, x)));
    default: return expr_call(f, op, 1, &x);
    }
}

u32 expr_call2(formulas *f, enum op op, u32 x, u32 w) {
    if (expr_is_number(f, x) && expr_is_number(f, w))
        return N(fold(op, expr_at(f, x)->number, expr_at(f, w)->number));
    if (f->exact) return expr_exact2(f, op, x, w);
    switch (op) {
    case OP_ADD: return PLUS(x, w);
    case OP_SUB: return LESS(x, w);
    case OP_MUL:
    case OP_CARRY: return TIMES(x, w);
    case OP_DIV:
        if (expr_is_number(f, w)) return divided(f, x, expr_at(f, w)->number);
        return OVER(x, w);
    case OP_XOVERY: return OVER(x, w);
    case OP_POW:
        if (expr_is_number(f, w)) return TO(x, expr_at(f, w)->number);
        break;
    case OP_POW_X: return TIMES(w, F2(POW, x, LESS(w, N(1))));
    case OP_POW_XX: return TIMES(TIMES(w, LESS(w, N(1))), F2(POW, x, LESS(w, N(2))));
    case OP_POW1: return F2(POW, x, LESS(w, N(1)));
    case OP_POW2: return F2(POW, x, LESS(w, N(2)));
    case OP_POWLOG:
        if (expr_is(f, x, 0)) return N(0); /* 0^w has derivative 0 in w */
        return TIMES(F2(POW, x, w), F1(LOG, x));
    case OP_POW1LOG: return TIMES(F2(POW, x, LESS(w, N(1))), F1(LOG, x));
    case OP_TIE: return F1(HEAVISIDE, LESS(x, w));
    case OP_HYPOTX: return OVER(x, F2(HYPOT, x, w));
    case OP_SIGMOID_DIFF: return F1(SIGMOID, LESS(x, w));
    case OP_INVRE: return OVER(x, PLUS(TO(x, 2), TO(w, 2)));
    case OP_PSI_DIFF: return LESS(F1(DIGAMMA, x), F1(DIGAMMA, PLUS(x, w)));
    case OP_PSI1_DIFF: return LESS(F2(POLYGAMMA, N(1), x), F2(POLYGAMMA, N(1), PLUS(x, w)));
    case OP_SINC_NTH: return expr_prime(f, OP_SINC, expr_at(f, x)->number, w);
    case OP_ERFCX_NTH: return expr_prime(f, OP_ERFCX, expr_at(f, x)->number, w);
    /* only the partials of j1 and y1 ask for them, which are primes instead (expr_derive.c) */
    default: break;
    }
    return expr_call(f, op, 2, (u32[]){x, w});
}
