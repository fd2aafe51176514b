/* SPDX-License-Identifier: GPL-3.0-or-later */
/* c_expression.c - one expression in C: see c_code.h.
 *
 * Operands stand as they are in the graph, since C rounds in that order too.  The depth of recursion is
 * bounded by the length that c_code.c lets an expression have. */
#include "emit/c_code.h"
#include "base/number.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- operations ---- */

static const struct {
    const char *name, *value;
} operations[OP_ELEMENTWISE_END] = {
#define OP1(NAME, name, value, ...) [OP_##NAME] = {#NAME, #value},
#define OP2(NAME, name, value, ...) [OP_##NAME] = {#NAME, #value},
#include "core/ops.def"
#undef OP1
#undef OP2
};

const char *c_operation_value(enum op op) { return operations[op].value; }

void c_operation_name(text *out, enum op op) {
    text_puts(out, "gtape_");
    for (const char *s = operations[op].name; *s; s++) text_putc(out, (char)tolower((unsigned char)*s));
}

/* Where the value is one call, as fabs(x), the length of the function's name, else 0. */
static size_t direct_call(enum op op) {
    const char *value = c_operation_value(op);
    size_t length = strspn(value, "abcdefghijklmnopqrstuvwxyz_0123456789");
    bool is_call = strcmp(value + length, "(x)") == 0 || strcmp(value + length, "(x, w)") == 0;
    return length && is_call ? length : 0;
}

bool c_is_costly(enum op op) {
    switch ((int)op) {
    case OP_NEG:
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_CARRY:
    case OP_WHERE:
    case OP_ABS:
    case OP_MIN:
    case OP_MAX: return false;
    default: return op < OP_LT || op > OP_NE;
    }
}

static int strength_of_operator(enum op op) {
    switch (op) {
    case OP_ADD:
    case OP_SUB: return C_SUM;
    case OP_MUL:
    case OP_DIV: return C_PRODUCT;
    default: return 0;
    }
}

static bool is_comparison(const c_code *c, u32 n) {
    const expr *e = expr_at(c->f, n);
    return e->kind == EXPR_CALL && e->op >= OP_LT && e->op <= OP_NE;
}

/* ---- parts ---- */

static void put_number(text *out, double x) {
    char digits[NUMBER_ROOM];
    if (x != x) {
        text_puts(out, "NAN");
    } else if (isinf(x)) {
        text_puts(out, x > 0 ? "INFINITY" : "-INFINITY");
    } else {
        number_write(digits, x, (number_format){0});
        text_puts(out, digits);
        if (!strpbrk(digits, ".e")) text_puts(out, ".0");
    }
}

static void put_name(c_code *c, text *out, u32 n) { text_puts(out, text_str(&c->words.items[c->input[n]])); }

static void put_condition(c_code *c, text *out, u32 n) {
    if (c->variable[n] || !is_comparison(c, n)) {
        c_expression(c, out, n, C_SUM);
        text_puts(out, " != 0");
        return;
    }
    c_expression(c, out, expr_parts(c->f, n)[0].node, C_SUM);
    text_printf(out, " %s ", op_infos[expr_at(c->f, n)->op].name);
    c_expression(c, out, expr_parts(c->f, n)[1].node, C_SUM);
}

static void put_where(c_code *c, text *out, u32 n) {
    put_condition(c, out, expr_parts(c->f, n)[0].node);
    text_puts(out, " ? ");
    c_expression(c, out, expr_parts(c->f, n)[1].node, C_COMPARE);
    text_puts(out, " : ");
    c_expression(c, out, expr_parts(c->f, n)[2].node, C_COMPARE);
}

/* Of a line: an array, its length and the step. */
static void put_norm(c_code *c, text *out, u32 n) {
    const u32 count = expr_at(c->f, n)->count;
    c_helpers_want(c, "special_norm");
    text_puts(out, "special_norm((const double[]){");
    for (u32 i = 0; i < count; i++) {
        if (i) text_puts(out, ", ");
        c_expression(c, out, expr_parts(c->f, n)[i].node, C_CHOICE);
    }
    text_printf(out, "}, %u, 1)", count);
}

static void put_function(c_code *c, text *out, u32 n) {
    const expr *e = expr_at(c->f, n);
    size_t direct = direct_call((enum op)e->op);
    text_clear(&c->name);
    if (direct) text_add(&c->name, c_operation_value((enum op)e->op), direct);
    else c_operation_name(&c->name, (enum op)e->op);
    if (!direct) c->wanted_op[e->op] = 1;
    c_helpers_want(c, direct ? text_str(&c->name) : c_operation_value((enum op)e->op));
    text_puts(out, text_str(&c->name));
    for (u32 i = 0; i < e->count; i++) {
        text_puts(out, i ? ", " : "(");
        c_expression(c, out, expr_parts(c->f, n)[i].node, C_CHOICE);
    }
    text_putc(out, ')');
}

/* The right operand: one that begins with a sign gets brackets, so that no two signs meet. */
static void put_right(c_code *c, text *out, u32 n, int needed) {
    const expr *e = expr_at(c->f, n);
    bool is_signed = !c->variable[n] && ((e->kind == EXPR_CALL && e->op == OP_NEG) ||
                                         (e->kind == EXPR_NUMBER && signbit(e->number) && !isnan(e->number)));
    c_expression(c, out, n, is_signed ? C_ATOM : needed);
}

static void put_call(c_code *c, text *out, u32 n) {
    const expr *e = expr_at(c->f, n);
    int strength = e->op < OP_ELEMENTWISE_END ? strength_of_operator((enum op)e->op) : 0;
    if (strength) {
        c_expression(c, out, expr_parts(c->f, n)[0].node, strength);
        text_printf(out, " %s ", op_infos[e->op].name);
        put_right(c, out, expr_parts(c->f, n)[1].node, strength + 1);
    } else if (e->op == OP_NEG) {
        text_putc(out, '-');
        c_expression(c, out, expr_parts(c->f, n)[0].node, C_ATOM);
    } else if (e->op == OP_WHERE) {
        put_where(c, out, n);
    } else if (e->op == OP_NORM) {
        put_norm(c, out, n);
    } else if (is_comparison(c, n)) {
        put_condition(c, out, n);
        text_puts(out, " ? 1.0 : 0.0");
    } else {
        put_function(c, out, n);
    }
}

static int strength_of(const c_code *c, u32 n) {
    const expr *e = expr_at(c->f, n);
    if (c->variable[n] || e->kind == EXPR_NAME) return C_ATOM;
    if (e->kind == EXPR_NUMBER) return signbit(e->number) && !isnan(e->number) ? C_SIGN : C_ATOM;
    if (e->op == OP_WHERE || is_comparison(c, n)) return C_CHOICE;
    if (e->op == OP_NEG) return C_SIGN;
    int strength = strength_of_operator((enum op)e->op);
    return strength ? strength : C_ATOM;
}

void c_expression(c_code *c, text *out, u32 n, int needed) {
    bool brackets = strength_of(c, n) < needed;
    if (brackets) text_putc(out, '(');
    if (c->variable[n]) text_printf(out, "v%u", c->variable[n]);
    else if (expr_at(c->f, n)->kind == EXPR_NUMBER) put_number(out, expr_at(c->f, n)->number);
    else if (expr_at(c->f, n)->kind == EXPR_NAME) put_name(c, out, n);
    else put_call(c, out, n);
    if (brackets) text_putc(out, ')');
}
