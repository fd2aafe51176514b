/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula.c - the partial derivatives of ops.def as formulas for people: MUL(w, COS(x)) is w*cos(x). */
#include "lib/formula.h"
#include "core/ops.h"
#include <string.h>

/* How tightly a formula holds together: what an operand must have at least. */
enum { LOOSE, SUM, PRODUCT, SIGN, POWER, ATOM };

typedef struct shape {
    const char *word; /* of partials.h */
    const char *before, *between, *after;
    int strength, left, right; /* of the whole; needed of the operands */
} shape;

static const shape shapes[] = {
    {"ADD", "", " + ", "", SUM, SUM, PRODUCT},    {"SUB", "", " - ", "", SUM, SUM, PRODUCT},
    {"MUL", "", "*", "", PRODUCT, PRODUCT, SIGN}, {"CARRY", "", "*", "", PRODUCT, PRODUCT, SIGN},
    {"DIV", "", "/", "", PRODUCT, PRODUCT, SIGN}, {"NEG", "-", "", "", SIGN, SIGN, SIGN},
    {"SQUARE", "", "^2", "", POWER, ATOM, ATOM},  {"RECIP", "1/", "", "", PRODUCT, SIGN, SIGN},
};

static const shape *shape_of(const char *word, size_t length) {
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        if (strlen(shapes[i].word) == length && memcmp(shapes[i].word, word, length) == 0) return &shapes[i];
    return NULL;
}

typedef struct reader {
    const char *s;
    text *out;
} reader;

static void read_formula(reader *r, int needed);

static void skip(reader *r, const char *set) { r->s += strspn(r->s, set); }

/* One formula as a text of its own; in brackets unless it is a single name, number or call. */
static void operand_text(reader *r, text *out) {
    reader inner = {r->s, out};
    read_formula(&inner, LOOSE);
    r->s = inner.s;
}

static bool is_atom(const text *t) {
    int depth = 0;
    for (size_t i = 0; i < t->length; i++) {
        char c = t->bytes[i];
        depth += (c == '(') - (c == ')');
        if (depth == 0 && strchr(" +-*/^", c)) return false;
    }
    return true;
}

static void put_operand(text *out, const text *operand, bool alone) {
    bool brackets = !alone && !is_atom(operand);
    if (brackets) text_putc(out, '(');
    text_puts(out, text_str(operand));
    if (brackets) text_putc(out, ')');
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

/* A formula of ops.def over x and w, with the operands put in; an operand needs no brackets between those of
 * a call or between commas. */
static void put_template(text *out, const char *formula, const text operands[2]) {
    for (const char *s = formula; *s; s++) {
        bool name = (*s == 'x' || *s == 'w') && (s == formula || !is_letter(s[-1])) && !is_letter(s[1]);
        if (!name) {
            text_putc(out, *s);
            continue;
        }
        bool alone = s > formula && strchr("(,", s[-1] == ' ' && s > formula + 1 ? s[-2] : s[-1]) &&
                     strchr("),", s[1]) && s[1];
        put_operand(out, &operands[*s == 'w'], alone);
    }
}

static enum op operation_called(const char *word, size_t length) {
    static const char *const words[] = {
        [OP_NONE] = "",
#define OP1(NAME, ...) [OP_##NAME] = #NAME,
#define OP2(NAME, ...) [OP_##NAME] = #NAME,
#include "core/ops.def"
#undef OP1
#undef OP2
    };
    for (int op = 1; op < OP_ELEMENTWISE_END; op++)
        if (strlen(words[op]) == length && memcmp(words[op], word, length) == 0) return (enum op)op;
    return OP_NONE;
}

/* An operation: hidden ones by their formula, operators between their operands, functions by name. */
static void read_call(reader *r, const char *word, size_t length, int needed) {
    text operands[2] = {{0}, {0}};
    enum op op = operation_called(word, length);
    for (int i = 0; i < 2; i++) {
        operand_text(r, &operands[i]);
        skip(r, " ");
        if (*r->s != ',') break;
        r->s++;
    }
    if (*r->s == ')') r->s++;
    const char *name = op_infos[op].name;
    bool hidden = *name == '.', is_operator = !hidden && !is_letter(*name);
    bool brackets = needed > SUM && (is_operator || (hidden && strpbrk(op_infos[op].help, " ")));
    if (brackets) text_putc(r->out, '(');
    if (hidden) {
        put_template(r->out, op_infos[op].help, operands);
    } else if (is_operator) {
        put_operand(r->out, &operands[0], false);
        text_printf(r->out, " %s ", name);
        put_operand(r->out, &operands[1], false);
    } else {
        text_printf(r->out, "%s(%s", name, text_str(&operands[0]));
        if (op_infos[op].arity == 2) text_printf(r->out, ", %s", text_str(&operands[1]));
        text_putc(r->out, ')');
    }
    if (brackets) text_putc(r->out, ')');
    text_free(&operands[0]);
    text_free(&operands[1]);
}

static void read_shape(reader *r, const shape *s, int needed) {
    bool brackets = s->strength < needed;
    if (brackets) text_putc(r->out, '(');
    text_puts(r->out, s->before);
    read_formula(r, s->left);
    skip(r, " ");
    if (*r->s == ',') {
        r->s++;
        text_puts(r->out, s->between);
        read_formula(r, s->right);
        skip(r, " ");
    } else {
        text_puts(r->out, s->between);
    }
    if (*r->s == ')') r->s++;
    text_puts(r->out, s->after);
    if (brackets) text_putc(r->out, ')');
}

static bool read_constant(reader *r, const char *word, size_t length) {
    static const struct {
        const char *word, *number;
    } constants[] = {{"ZERO", "0"},
                     {"ONE", "1"},
                     {"HALF", "1/2"},
                     {"NAN", "nan"},
                     {"M_LN2", "log(2)"},
                     {"M_LOG2E", "1/log(2)"},
                     {"M_LOG10E", "1/log(10)"},
                     {"M_PI", "pi"},
                     {"-M_PI", "-pi"},
                     {"M_2_SQRTPI", "2/sqrt(pi)"},
                     {"-M_2_SQRTPI", "-2/sqrt(pi)"},
                     {"-1.0", "-1"},
                     {"2.0", "2"},
                     {"-2.0", "-2"},
                     {"3.0", "3"}};
    for (size_t i = 0; i < COUNT_OF(constants); i++)
        if (strlen(constants[i].word) == length && memcmp(constants[i].word, word, length) == 0) {
            text_puts(r->out, constants[i].number);
            return true;
        }
    return false;
}

/* One formula; recursion is as deep as the text of a line in ops.def. */
static void read_formula(reader *r, int needed) {
    skip(r, " ");
    const char *word = r->s;
    size_t length = strcspn(word, "(), ");
    r->s += length;
    if (*r->s != '(') {
        if (!read_constant(r, word, length)) text_add(r->out, word, length);
        return;
    }
    r->s++;
    const shape *s = shape_of(word, length);
    if (length == 3 && memcmp(word, "NUM", 3) == 0) {
        size_t n = strcspn(r->s, ")");
        if (!read_constant(r, r->s, n)) text_add(r->out, r->s, n);
        r->s += n + 1;
    } else if (s) {
        read_shape(r, s, needed);
    } else {
        read_call(r, word, length, needed);
    }
}

void formula_text(text *out, const char *partial) {
    reader r = {partial, out};
    read_formula(&r, LOOSE);
}
