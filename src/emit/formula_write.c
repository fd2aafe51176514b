/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula_write.c - one expression, in gtape's syntax or in LaTeX: see formula.h.
 *
 * The depth of recursion is bounded by the page, which names what is nested deeply. */
#include "base/number.h"
#include "core/functions.h"
#include "emit/formula.h"
#include "lang/layout.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum {
    COMPARE = FORMULA_COMPARE,
    SUM = FORMULA_SUM,
    PRODUCT = FORMULA_PRODUCT,
    SIGN = FORMULA_SIGN,
    POWER = FORMULA_POWER,
    ATOM = FORMULA_ATOM
};

static void put(const page *p, text *out, u32 n, int needed) { formula_write(p, out, n, needed); }

/* ---- names and numbers ---- */

/* Numbers that people write in another way. */
typedef struct constant {
    double value;
    const char *plain, *latex;
} constant;
static const constant constants[] = {
    {M_PI, "pi", "\\pi"},
    {M_E, "e", "e"},
    {M_LN2, "log(2)", "\\log 2"},
    {M_LN10, "log(10)", "\\log 10"},
    {1.7724538509055160273, "sqrt(pi)", "\\sqrt{\\pi}"},
    {2.5066282746310005024, "sqrt(2*pi)", "\\sqrt{2 \\, \\pi}"},
    {M_SQRT2, "sqrt(2)", "\\sqrt{2}"},
};

static bool may_use(const page *p, const constant *c) {
    return !(p->hides_pi && strstr(c->plain, "pi")) && !(p->hides_e && strcmp(c->plain, "e") == 0);
}

static void put_constant(const page *p, text *out, const constant *c) {
    text_puts(out, p->latex ? c->latex : c->plain);
}

static void put_plain(const page *p, text *out, double x) {
    char digits[NUMBER_ROOM];
    for (size_t i = 0; i < COUNT_OF(constants); i++)
        if (x == constants[i].value && may_use(p, &constants[i])) {
            put_constant(p, out, &constants[i]);
            return;
        }
    if (p->latex && x == -M_PI && !p->hides_pi) {
        text_puts(out, "-\\pi ");
        return;
    }
    if (p->latex) {
        latex_number(out, x);
        return;
    }
    if ((isinf(x) && p->hides_inf) || (isnan(x) && p->hides_nan)) {
        text_puts(out, isnan(x) ? "(0/0)" : x < 0 ? "-(1/0)" : "(1/0)");
        return;
    }
    number_write(digits, x, (number_format){0});
    text_puts(out, digits);
}

/* x >= 0 as a fraction of small whole numbers, where it is the nearest double to one. */
static bool as_fraction(double x, double *top, double *bottom) {
    *top = x, *bottom = 1;
    if (x == floor(x) || !(x < 1e6) || x < 1e-4) return false;
    for (double q = 2; q <= 360; q++) {
        double a = rint(x * q);
        if (a / q != x || a == 0) continue;
        *top = a, *bottom = q;
        return true;
    }
    return false;
}

/* x >= 0 as a fraction of small numbers, to a few units in the last place. */
static bool is_ratio(double x, double *top, double *bottom) {
    enum { MOST = 64, MOST_BELOW = 12 };
    for (double q = 1; q <= MOST_BELOW; q++) {
        double a = rint(x * q);
        if (!(a > 0 && a <= MOST && fabs(a / q - x) <= 4 * DBL_EPSILON * x)) continue;
        *top = a, *bottom = q;
        return true;
    }
    return false;
}

/* A factor of a product: top/bottom, times or divided by a constant. */
typedef struct factor {
    double top, bottom;
    const constant *above, *below;
} factor;

static factor factor_of(const page *p, double x) {
    factor plain = {.top = x, .bottom = 1};
    if (as_fraction(x, &plain.top, &plain.bottom) || x == floor(x)) return plain;
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        const constant *c = &constants[i];
        if (!may_use(p, c)) continue;
        factor k = {.above = c};
        if (is_ratio(x / c->value, &k.top, &k.bottom)) return k;
        k = (factor){.below = c};
        if (is_ratio(x * c->value, &k.top, &k.bottom)) return k;
    }
    return plain;
}

/* ---- products ---- */

typedef struct factor_list {
    const page *p;
    text *out;
    u32 n;
    bool any;
} factor_list;

static void put_times(factor_list *l) {
    if (l->any) text_puts(l->out, l->p->latex ? " \\, " : "*");
    l->any = true;
}

/* 2/3 rather than 0.6666666666666667. */
static void put_exponent(const page *p, text *out, double x) {
    char digits[NUMBER_ROOM];
    double top, bottom;
    enum { READABLE = 6 };
    if (number_write(digits, x, (number_format){0}) <= READABLE || !is_ratio(x, &top, &bottom)) {
        put_plain(p, out, x);
        return;
    }
    text_puts(out, p->latex ? "" : "(");
    put_plain(p, out, top);
    text_putc(out, '/');
    put_plain(p, out, bottom);
    text_puts(out, p->latex ? "" : ")");
}

static void put_power(const page *p, text *out, u32 base, double exponent, int needed) {
    if (exponent == 1) {
        put(p, out, base, needed);
    } else if (exponent == 0.5) {
        text_puts(out, p->latex ? "\\sqrt{" : "sqrt(");
        put(p, out, base, COMPARE);
        text_putc(out, p->latex ? '}' : ')');
    } else if (!p->latex || p->named[base] || !latex_power_of_call(p, out, base, exponent)) {
        put(p, out, base, ATOM);
        text_puts(out, p->latex ? "^{" : "^");
        put_exponent(p, out, exponent);
        text_puts(out, p->latex ? "}" : "");
    }
}

/* Numbers, then names, then powers and sums, then calls. */
static int rank_of(const page *p, expr_part q) {
    const expr *e = expr_at(p->f, q.node);
    if (e->kind == EXPR_NAME || p->named[q.node]) return fabs(q.weight) == 1 ? 0 : 1; /* 1/x^2, a*x^2 */
    return e->kind == EXPR_SUM ? 4 : 3;
}

/* The factors whose exponents have this sign; one alone in a fraction of LaTeX needs no brackets. */
static void put_factors(factor_list *l, double sign, int needed) {
    const expr *e = expr_at(l->p->f, l->n);
    for (int rank = 0; rank <= 4; rank++)
        for (u32 i = 0; i < e->count; i++) {
            expr_part q = expr_parts(l->p->f, l->n)[i];
            if (q.weight * sign <= 0 || rank_of(l->p, q) != rank) continue;
            put_times(l);
            put_power(l->p, l->out, q.node, fabs(q.weight), needed);
        }
}

static u32 count_sign(const page *p, u32 n, double sign) {
    u32 count = 0;
    for (u32 i = 0; i < expr_at(p->f, n)->count; i++) count += expr_parts(p->f, n)[i].weight * sign > 0;
    return count;
}

/* scale >= 0 times a product (or any other expression), without brackets around it. */
static void put_scaled(const page *p, text *out, double scale, u32 n) {
    const bool is_product = expr_at(p->f, n)->kind == EXPR_PRODUCT && !p->named[n];
    const factor k = factor_of(p, scale);
    factor_list l = {p, out, n, false};
    u32 above = is_product ? count_sign(p, n, 1) : 1, below = is_product ? count_sign(p, n, -1) : 0;
    if (k.bottom != 1) below++;
    if (k.below) below++;
    const bool scaled = k.top != 1 || (above == 0 && !k.above), fraction = p->latex && below;
    if (fraction) text_puts(out, "\\frac{");
    if (scaled) {
        put_plain(p, out, k.top);
        l.any = true;
    }
    const bool last = k.above && k.above->plain[0] == 'l'; /* x*log(2), but pi*x */
    if (k.above && !last) {
        put_times(&l);
        put_constant(p, out, k.above);
    }
    const int needed = fraction && above == 1 && !l.any ? COMPARE : SIGN;
    if (is_product) {
        put_factors(&l, 1, needed);
    } else {
        put_times(&l);
        put(p, out, n, needed);
    }
    if (last) {
        put_times(&l);
        put_constant(p, out, k.above);
    }
    if (!below) return;
    text_puts(out, fraction ? "}{" : below > 1 ? "/(" : "/");
    l.any = false;
    if (k.bottom != 1) {
        put_times(&l);
        put_plain(p, out, k.bottom);
    }
    if (is_product) put_factors(&l, -1, fraction && below == 1 ? COMPARE : SIGN);
    if (k.below) {
        put_times(&l);
        put_constant(p, out, k.below);
    }
    if (fraction || below > 1) text_putc(out, fraction ? '}' : ')');
}

/* ---- sums ---- */

static void put_term(const page *p, text *out, double weight, u32 n, bool first) {
    if (first) text_puts(out, weight < 0 ? "-" : "");
    else text_puts(out, weight < 0 ? " - " : " + ");
    if (n == UINT32_MAX) put_plain(p, out, fabs(weight));
    else if (fabs(weight) == 1 && (expr_at(p->f, n)->kind != EXPR_PRODUCT || p->named[n]))
        put(p, out, n, PRODUCT);
    else put_scaled(p, out, fabs(weight), n);
}

/* A positive term first, if there is one; the number last, unless it is the positive one. */
static void put_sum(const page *p, text *out, u32 n) {
    const expr *e = expr_at(p->f, n);
    const expr_part *q = expr_parts(p->f, n);
    u32 lead = 0;
    while (lead < e->count && q[lead].weight < 0) lead++;
    bool number_leads = lead == e->count && e->number > 0;
    if (lead == e->count) lead = 0;
    if (number_leads) put_term(p, out, e->number, UINT32_MAX, true);
    else put_term(p, out, q[lead].weight, q[lead].node, true);
    for (u32 i = 0; i < e->count; i++)
        if (number_leads || i != lead) put_term(p, out, q[i].weight, q[i].node, false);
    if (e->number != 0 && !number_leads) put_term(p, out, e->number, UINT32_MAX, false);
}

/* ---- calls ---- */

static void put_arguments(const page *p, text *out, u32 n) {
    for (u32 i = 0; i < expr_at(p->f, n)->count; i++) {
        text_puts(out, i ? ", " : "(");
        put(p, out, expr_parts(p->f, n)[i].node, COMPARE);
    }
    text_putc(out, ')');
}

static void put_prime(const page *p, text *out, u32 n) {
    const expr *e = expr_at(p->f, n);
    u32 x = expr_parts(p->f, n)[0].node;
    text_puts(out, op_infos[e->op].name);
    for (double i = 0; i < e->number; i++) text_putc(out, '\'');
    text_putc(out, '(');
    put(p, out, x, COMPARE);
    text_putc(out, ')');
}

static bool is_operator(const expr *e) {
    return e->op != OP_MOD && e->op < OP_ELEMENTWISE_END &&
           strchr("<>=!&|^", op_infos[e->op].name[0]) != NULL;
}

static void put_call(const page *p, text *out, u32 n) {
    const expr *e = expr_at(p->f, n);
    if (!is_operator(e) && p->latex) {
        latex_call(p, out, n);
        return;
    }
    if (!is_operator(e)) {
        text_puts(out, e->op == OP_WHERE ? "where" : e->op == OP_MOD ? "mod" : op_infos[e->op].name);
        put_arguments(p, out, n);
        return;
    }
    bool power = e->op == OP_POW;
    put(p, out, expr_parts(p->f, n)[0].node, power ? ATOM : SUM);
    text_printf(out, power ? "%s" : " %s ", p->latex ? latex_operator((enum op)e->op) : op_infos[e->op].name);
    put(p, out, expr_parts(p->f, n)[1].node, power ? (p->latex ? COMPARE : SIGN) : SUM);
    if (power && p->latex) text_putc(out, '}');
}

/* ---- any ---- */

static int strength(const page *p, u32 n) {
    const expr *e = expr_at(p->f, n);
    if (p->named[n]) return ATOM;
    switch (e->kind) {
    case EXPR_NUMBER: return e->number < 0 ? SIGN : ATOM;
    case EXPR_SUM:
        return e->count == 1 && e->number == 0 ? (expr_parts(p->f, n)[0].weight < 0 ? SUM : PRODUCT) : SUM;
    case EXPR_PRODUCT:
        if (e->number < 0) return SUM;
        if (e->number != 1 || e->count > 1 || expr_parts(p->f, n)[0].weight < 0) return PRODUCT;
        return expr_parts(p->f, n)[0].weight == 0.5 ? ATOM : POWER;
    case EXPR_CALL:
        if (p->latex && (e->op == OP_EXP || e->op == OP_WHERE)) return e->op == OP_EXP ? POWER : COMPARE;
        return !is_operator(e) ? ATOM : e->op == OP_POW ? POWER : COMPARE;
    default: return ATOM;
    }
}

static void put_name(const page *p, text *out, const expr *e) {
    const u32 entry = expr_entry_of(e);
    const bool grouped = p->latex && entry != ENTRY_NONE;
    if (grouped) text_putc(out, '{');
    (p->latex ? latex_name : layout_name)(out, intern_text(p->names, e->first));
    if (entry == ENTRY_NONE) return;
    text_puts(out, grouped ? "}_{" : "[");
    page_subscript(out, expr_shape_of(p->f, e->first), entry);
    text_putc(out, grouped ? '}' : ']');
}

static void put_bare(const page *p, text *out, u32 n) {
    const expr *e = expr_at(p->f, n);
    switch (e->kind) {
    case EXPR_NUMBER: put_plain(p, out, e->number); break;
    case EXPR_NAME: put_name(p, out, e); break;
    case EXPR_SUM: put_sum(p, out, n); break;
    case EXPR_PRODUCT:
        if (e->number < 0) text_putc(out, '-');
        put_scaled(p, out, fabs(e->number), n);
        break;
    case EXPR_PRIME: (p->latex ? latex_call : put_prime)(p, out, n); break;
    default: put_call(p, out, n); break;
    }
}

void formula_write(const page *p, text *out, u32 n, int needed) {
    bool brackets = strength(p, n) < needed;
    if (brackets) text_puts(out, p->latex ? "\\left(" : "(");
    if (p->named[n]) text_printf(out, p->latex ? "%s_{%u}" : "%s%u", p->prefix, p->named[n]);
    else put_bare(p, out, n);
    if (brackets) text_puts(out, p->latex ? "\\right)" : ")");
}
