/* SPDX-License-Identifier: GPL-3.0-or-later */
/* latex.c - names, numbers and functions in LaTeX's mathematics: see formula.h.
 *
 * Only what plain LaTeX has, no package. */
#include "base/number.h"
#include "base/utf8.h"
#include "emit/formula.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- names ---- */

/* In the order of Unicode from U+03B1 on; final sigma is sigma. */
static const char *const greek[] = {"alpha",   "beta", "gamma", "delta",    "epsilon", "zeta", "eta",
                                    "theta",   "iota", "kappa", "lambda",   "mu",      "nu",   "xi",
                                    "omicron", "pi",   "rho",   "varsigma", "sigma",   "tau",  "upsilon",
                                    "phi",     "chi",  "psi",   "omega"};
/* Capitals that are no Latin letters. */
static const char *const capitals[] = {"Gamma", "Delta",   "Theta", "Lambda", "Xi",   "Pi",
                                       "Sigma", "Upsilon", "Phi",   "Psi",    "Omega"};
static const char *const capital_letters[] = {"Γ", "Δ", "Θ", "Λ", "Ξ", "Π", "Σ", "Υ", "Φ", "Ψ", "Ω"};

enum { OMICRON = 14 }; /* o */

static bool is_word(const char *word, const char *s, size_t length) {
    return strlen(word) == length && memcmp(word, s, length) == 0;
}

/* The command for a Greek letter, by its name or itself, or NULL. */
static const char *command_for(const char *s, size_t length) {
    for (u32 i = 0; i < COUNT_OF(greek); i++) {
        char letter[5] = "";
        utf8_encode(0x3b1 + i, letter);
        if (i != OMICRON && (is_word(greek[i], s, length) || is_word(letter, s, length))) return greek[i];
    }
    for (u32 i = 0; i < COUNT_OF(capitals); i++)
        if (is_word(capitals[i], s, length) || is_word(capital_letters[i], s, length)) return capitals[i];
    return NULL;
}

static void put_escaped(text *out, const char *s, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (strchr("_%&#${}", s[i])) text_printf(out, "\\%c", s[i]);
        else if (s[i] == ' ') text_puts(out, "\\ ");
        else if (s[i] == '\\') text_puts(out, "\\backslash ");
        else if (s[i] == '^') text_puts(out, "\\hat{\\ }");
        else if (s[i] == '~') text_puts(out, "\\sim ");
        else text_putc(out, s[i]);
    }
}

static void put_word(text *out, const char *s, size_t length) {
    const char *command = command_for(s, length);
    if (command) {
        text_printf(out, "\\%s ", command);
    } else if ((length == 1 && isalpha((unsigned char)*s)) || strspn(s, "0123456789") == length) {
        text_add(out, s, length);
    } else {
        text_puts(out, "\\mathit{");
        put_escaped(out, s, length);
        text_putc(out, '}');
    }
}

/* The digits that a name ends with, ₀ to ₉ too (E2 82 80 to 89), stand below, and a part behind its last _.
 */
void latex_name(text *out, const char *name) {
    size_t length = strlen(name), end = length;
    while (end > 0 && isdigit((unsigned char)name[end - 1])) end--;
    while (end == length && length > 3 && memcmp(name + length - 3, "\xe2\x82", 2) == 0)
        length = end = length - 3;
    const char *bar = strrchr(name, '_');
    size_t stem = bar && bar > name && bar[1] ? (size_t)(bar - name) : end;
    if (stem == 0) stem = length;
    put_word(out, name, stem);
    if (!name[stem]) return;
    text_puts(out, "_{");
    if (name[stem] == '_') put_word(out, name + stem + 1, strlen(name + stem + 1));
    for (const char *s = name + stem; name[stem] != '_' && *s; s += isdigit((unsigned char)*s) ? 1 : 3)
        text_putc(out, isdigit((unsigned char)*s) ? *s : (char)('0' + (s[2] & 0x0f)));
    text_putc(out, '}');
}

void latex_number(text *out, double x) {
    char digits[NUMBER_ROOM];
    if (isinf(x)) {
        text_puts(out, x < 0 ? "-\\infty " : "\\infty ");
        return;
    }
    if (x != x) {
        text_puts(out, "\\mathrm{nan}");
        return;
    }
    number_write(digits, x, (number_format){0});
    char *power = strchr(digits, 'e');
    if (power) *power++ = '\0';
    text_puts(out, digits);
    if (power) text_printf(out, " \\cdot 10^{%s}", *power == '+' ? power + 1 : power);
}

/* ---- functions ---- */

typedef struct notation {
    u16 op;
    const char *before, *behind; /* of the arguments; behind is NULL for a name and brackets */
} notation;

static const notation notations[] = {
    {OP_EXP, "e^{", "}"},
    {OP_EXP2, "2^{", "}"},
    {OP_SQRT, "\\sqrt{", "}"},
    {OP_CBRT, "\\sqrt[3]{", "}"},
    {OP_ABS, "\\left|", "\\right|"},
    {OP_FLOOR, "\\left\\lfloor ", "\\right\\rfloor "},
    {OP_CEIL, "\\left\\lceil ", "\\right\\rceil "},
    {OP_LOG, "\\log", NULL},
    {OP_LOG2, "\\log_{2}", NULL},
    {OP_LOG10, "\\log_{10}", NULL},
    {OP_SIN, "\\sin", NULL},
    {OP_COS, "\\cos", NULL},
    {OP_TAN, "\\tan", NULL},
    {OP_ASIN, "\\arcsin", NULL},
    {OP_ACOS, "\\arccos", NULL},
    {OP_ATAN, "\\arctan", NULL},
    {OP_SINH, "\\sinh", NULL},
    {OP_COSH, "\\cosh", NULL},
    {OP_TANH, "\\tanh", NULL},
    {OP_MIN, "\\min", NULL},
    {OP_MAX, "\\max", NULL},
    {OP_GAMMA, "\\Gamma", NULL},
    {OP_DIGAMMA, "\\psi", NULL},
    {OP_BETA, "\\mathrm{B}", NULL},
    {OP_SIGMOID, "\\sigma", NULL},
    {OP_J0, "J_{0}", NULL},
    {OP_J1, "J_{1}", NULL},
    {OP_Y0, "Y_{0}", NULL},
    {OP_Y1, "Y_{1}", NULL},
};

static const notation *notation_of(enum op op) {
    for (u32 i = 0; i < COUNT_OF(notations); i++)
        if (notations[i].op == op) return &notations[i];
    return NULL;
}

static void put_arguments(const page *p, text *out, u32 n) {
    for (u32 i = 0; i < expr_at(p->f, n)->count; i++) {
        if (i) text_puts(out, ", ");
        formula_write(p, out, expr_parts(p->f, n)[i].node, FORMULA_COMPARE);
    }
}

static void put_function_name(text *out, enum op op) {
    const notation *known = notation_of(op);
    if (known) {
        text_puts(out, known->before);
        return;
    }
    const char *name = op == OP_MOD ? "mod" : op_infos[op].name;
    text_puts(out, "\\mathrm{");
    put_escaped(out, name, strlen(name));
    text_putc(out, '}');
}

static void put_where(const page *p, text *out, u32 n) {
    text_puts(out, "\\left\\{\\begin{array}{ll} ");
    formula_write(p, out, expr_parts(p->f, n)[1].node, FORMULA_SUM);
    text_puts(out, " & \\mbox{if }");
    formula_write(p, out, expr_parts(p->f, n)[0].node, FORMULA_COMPARE);
    text_puts(out, " \\\\ ");
    formula_write(p, out, expr_parts(p->f, n)[2].node, FORMULA_SUM);
    text_puts(out, " & \\mbox{otherwise} \\end{array}\\right.");
}

void latex_call(const page *p, text *out, u32 n) {
    const expr *e = expr_at(p->f, n);
    if (e->op == OP_WHERE) {
        put_where(p, out, n);
        return;
    }
    const notation *known = notation_of((enum op)e->op);
    const bool is_prime = e->kind == EXPR_PRIME, has_ends = known && known->behind && !is_prime;
    put_function_name(out, (enum op)e->op);
    for (double i = 0; is_prime && i < e->number; i++) text_putc(out, '\'');
    text_puts(out, has_ends ? "" : "\\left(");
    put_arguments(p, out, n);
    text_puts(out, has_ends ? known->behind : "\\right)");
}

bool latex_power_of_call(const page *p, text *out, u32 n, double exponent) {
    const expr *e = expr_at(p->f, n);
    const notation *known = e->kind == EXPR_CALL && e->count == 1 ? notation_of((enum op)e->op) : NULL;
    if (!known || known->behind || strchr(known->before, '_') || exponent != floor(exponent)) return false;
    text_printf(out, "%s^{", known->before);
    latex_number(out, exponent);
    text_puts(out, "}\\left(");
    put_arguments(p, out, n);
    text_puts(out, "\\right)");
    return true;
}

const char *latex_operator(enum op op) {
    switch (op) {
    case OP_POW: return "^{";
    case OP_LE: return "\\le";
    case OP_GE: return "\\ge";
    case OP_EQ: return "=";
    case OP_NE: return "\\ne";
    case OP_AND: return "\\land";
    case OP_OR: return "\\lor";
    default: return op_infos[op].name;
    }
}
