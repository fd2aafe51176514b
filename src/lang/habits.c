/* SPDX-License-Identifier: GPL-3.0-or-later */
/* habits.c - forms of other languages, and what to write instead. */
#include "lang/scan.h"

#include "base/utf8.h"
#include "grammar/parse.h"

#include <string.h>

/* ---- marks ---- */

static const struct {
    const char *mark, *hint;
} marks[] = {
    {"&", "write a && b"},
    {"|", "write a || b for or, abs(x) for an absolute value"},
    {"//", "write floor(a / b) for the floored quotient; a comment starts with #"},
    {"++", "write x += 1 to count; for a sum with a sign put a blank between: 1 + +2"},
    {"/*", "a comment starts with # and ends with its line"},
    {"$", "a name with blanks or marks in it is written ${the name}"},
    {"\\", "a \\ continues a line and is its last character"},
    {".", "a number has a digit beside its point"},
    {"−", "write -"},
    {"–", "write -"},
    {"—", "write -"},
    {"×", "write *"},
    {"·", "write *"},
    {"⋅", "write *"},
    {"∙", "write *"},
    {"∗", "write *"},
    {"÷", "write /"},
    {"∕", "write /"},
    {"⁄", "write /"},
    {"≤", "write <="},
    {"≥", "write >="},
    {"≠", "write !="},
    {"≔", "write :="},
    {"¬", "write !"},
    {"∧", "write &&"},
    {"∨", "write ||"},
    {"√", "write sqrt(x)"},
    {"∛", "write cbrt(x)"},
    {"∞", "write inf"},
    {"∑", "write sum(x)"},
    {"∏", "write prod(x)"},
    {"∂", "write grad(z, x)"},
    {"∇", "write grad(z, x)"},
    {"½", "write 1/2"},
    {"¼", "write 1/4"},
    {"¾", "write 3/4"},
    {"°", "write x*pi/180 for degrees"},
    {"‘", "a text stands in straight double quotes: \"...\""},
    {"’", "a derivative is written f'(x), a text \"...\""},
    {"“", "a text stands in straight double quotes: \"...\""},
    {"”", "a text stands in straight double quotes: \"...\""},
    {"„", "a text stands in straight double quotes: \"...\""},
    {"«", "a text stands in straight double quotes: \"...\""},
    {"»", "a text stands in straight double quotes: \"...\""},
};

/* Spaces that look like a blank and are none. */
static bool is_other_space(u32 code) {
    return code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

/* ²: U+B2, U+B3, U+B9, U+2070 to U+207B.  The ASCII character that it raises, or NUL. */
static char raised(u32 code) {
    if (code == 0xB9) return '1';
    if (code == 0xB2 || code == 0xB3) return (char)('2' + (code - 0xB2));
    if (code == 0x2070 || (code >= 0x2074 && code <= 0x2079)) return (char)('0' + (code - 0x2070));
    return code == 0x207A ? '+' : code == 0x207B ? '-' : '\0';
}

static bool report_superscript(parsing *p, span at) {
    char power[24] = "";
    size_t digits = 0;
    const char *s = syntax_bytes(p, at), *end = s + (at.end - at.begin);
    while (s < end && digits + 1 < sizeof power) {
        unsigned length = utf8_length(s, (size_t)(end - s));
        char c = raised(utf8_decode(s, length));
        if (!c) break;
        power[digits++] = c;
        s += length;
    }
    if (digits == 0) return false;
    diagnostic *d =
        syntax_report(p, DIAG_FOREIGN_HABIT, at, "%s is not part of the language", syntax_quote(p, at).text);
    HINT(d, "write ^%s", power);
    return true;
}

/* A text or ${ that goes on to the end of its line, or a member x.name. */
static bool report_long_mark(parsing *p, span at) {
    const char *s = syntax_bytes(p, at);
    int length = (int)(at.end - at.begin);
    if (*s == '"') {
        diagnostic *d = syntax_report(p, DIAG_UNTERMINATED, at, "a text without its closing '\"'");
        HINT(d, "a text ends on the line where it starts; \\n stands for a new line");
    } else if (length >= 2 && s[0] == '$' && s[1] == '{') {
        if (length == 2 && s[2] == '}')
            syntax_report(p, DIAG_BAD_CHARACTER, at, "no name between '${' and '}'");
        else syntax_report(p, DIAG_UNTERMINATED, at, "'${' without its '}'");
    } else if (length >= 2 && *s == '.') {
        diagnostic *d =
            syntax_report(p, DIAG_FOREIGN_HABIT, at, "a value has no member %s", syntax_quote(p, at).text);
        HINT(d, "functions are called: %.*s(x); the transpose is x.T", length - 1 < 40 ? length - 1 : 1,
             s + 1);
    } else {
        return false;
    }
    return true;
}

void habit_mark(parsing *p, span at) {
    if (report_long_mark(p, at) || report_superscript(p, at)) return;
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        if (!syntax_is_word(p, at, marks[i].mark)) continue;
        diagnostic *d = syntax_report(p, DIAG_FOREIGN_HABIT, at, "%s is not part of the language",
                                      syntax_quote(p, at).text);
        HINT(d, "%s", marks[i].hint);
        return;
    }
    u32 code = utf8_decode(syntax_bytes(p, at), utf8_length(syntax_bytes(p, at), at.end - at.begin));
    diagnostic *d = syntax_report(p, DIAG_BAD_CHARACTER, at, "%s (U+%04X) is not part of the language",
                                  syntax_quote(p, at).text, (unsigned)code);
    if (is_other_space(code)) HINT(d, "replace it by a plain blank");
}

/* ---- numbers ---- */

/* The length of the decimal number at the start. */
static size_t digits_length(const char *s, size_t length) {
    size_t i = 0;
    while (i < length && ((s[i] >= '0' && s[i] <= '9') || s[i] == '.')) i++;
    return i;
}

static bool is_letter(char c) { return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80); }

void habit_number(parsing *p, span at) {
    const char *s = syntax_bytes(p, at);
    size_t length = at.end - at.begin, n = digits_length(s, length);
    quoted q = syntax_quote(p, at);
    bool hex = length > 1 && *s == '0' && (s[1] | 32) == 'x';
    const char *point = memchr(s, '.', n);
    bool points = point && memchr(point + 1, '.', (size_t)(s + length - (point + 1)));
    if (hex && length == 2) syntax_report(p, DIAG_BAD_NUMBER, at, "%s has no digits behind the x", q.text);
    else if (!hex && (s[n] | 32) == 'e' && n + 1 == length)
        syntax_report(p, DIAG_BAD_NUMBER, at, "the exponent of %s has no digits", q.text);
    else if (points) {
        diagnostic *d = syntax_report(p, DIAG_BAD_NUMBER, at, "%s has more than one point", q.text);
        HINT(d, "a range is written from:to in an index, range(from, to) elsewhere");
    } else if (n < length && s[n] == '_')
        syntax_report(p, DIAG_BAD_NUMBER, at, "%s is not a number: a '_' stands between two digits", q.text);
    else {
        diagnostic *d =
            syntax_report(p, DIAG_BAD_NUMBER, at, "%s is not a number, or a '*' is missing in it", q.text);
        if (!hex && is_letter(s[n]) && length < 40)
            HINT(d, "to multiply, write %.*s*%.*s", (int)n, s, (int)(length - n), s + n);
    }
}

/* ---- forms ---- */

typedef struct habit {
    const char *word, *hint;
} habit;

/* Between or before operands. */
static const habit words[] = {
    {"and", "write a && b"},
    {"or", "write a || b"},
    {"not", "write !a"},
    {"xor", "write a != b"},
    {"mod", "write a % b"},
    {"div", "write floor(a / b)"},
    {"is", "write a == b"},
    {"lambda", "define a function: f(x) = x^2"},
    {"then", "a block stands in braces: if c { ... }"},
    {"do", "a block stands in braces: while c { ... }"},
};

/* At the start of a statement. */
static const habit statements[] = {
    {"elif", "write } else if c { ... }"},
    {"elseif", "write } else if c { ... }"},
    {"elsif", "write } else if c { ... }"},
    {"function", "write f(x) = x^2, or def f(x) { ...; return y }"},
    {"func", "write f(x) = x^2, or def f(x) { ...; return y }"},
    {"fn", "write f(x) = x^2, or def f(x) { ...; return y }"},
    {"define", "write f(x) = x^2, or def f(x) { ...; return y }"},
    {"let", "a name needs no declaration: x = 5"},
    {"var", "a name needs no declaration: x = 5"},
    {"const", "a name needs no declaration: x = 5"},
    {"local", "a name assigned in a function is local: x = 5"},
    {"float", "a name needs no declaration: x = 5"},
    {"double", "a name needs no declaration: x = 5"},
    {"int", "a name needs no declaration: x = 5"},
    {"set", "write x = 5"},
    {"until", "write while !c { ... }"},
    {"repeat", "write for i in range(n) { ... }, or while c { ... }"},
    {"foreach", "write for v in x { ... }"},
    {"switch", "write if c { ... } else if d { ... } else { ... }"},
    {"echo", "write print x"},
    {"println", "write print x"},
    {"import", "functions are all there, nothing is imported"},
};

static const habit *find_word(const parsing *p, token t, const habit *list, size_t count) {
    for (size_t i = 0; t.kind == T_NAME && i < count; i++)
        if (syntax_is_word(p, t.at, list[i].word)) return &list[i];
    return NULL;
}

static bool say(parsing *p, span at, const char *what, const char *hint) {
    diagnostic *d = syntax_report(p, DIAG_FOREIGN_HABIT, at, "%s", what);
    HINT(d, "%s", hint);
    return true;
}

static bool same_place(span a, span b) { return a.begin == b.begin; }

static bool word_form(parsing *p, int kind, span at) {
    token here = {kind, at};
    const habit *h = NULL;
    if (same_place(p->before.at, p->first.at) || kind == T_LBRACE) {
        h = find_word(p, p->first, statements, COUNT_OF(statements));
        if (h) at = p->first.at;
    }
    if (!h) h = find_word(p, here, words, COUNT_OF(words));
    if (!h && (h = find_word(p, p->before, words, COUNT_OF(words)))) at = p->before.at;
    if (!h) return false;
    diagnostic *d = syntax_report(p, DIAG_FOREIGN_HABIT, at, "'%s' is not a word of the language", h->word);
    HINT(d, "%s", h->hint);
    return true;
}

static bool assign_form(parsing *p, span at, const expected *e) {
    char next = p->bytes[at.end - p->base];
    if (next == '<' || next == '>') return say(p, at, "'=' comes last in >= and <=", "write >= or <=");
    if (syntax_may_come(e, T_WRT) && !syntax_may_come(e, T_NAME)) return false;
    if (syntax_is_reserved(p->before.kind)) {
        diagnostic *d = syntax_report(p, DIAG_SYNTAX, at, "unexpected '='");
        HINT(d, "%s is a reserved word", syntax_quote(p, p->before.at).text);
        return true;
    }
    switch (p->first.kind) {
    case T_IF:
    case T_ELSE:
    case T_WHILE:
    case T_ASSERT: return say(p, at, "'=' assigns and cannot stand in a condition", "write == to compare");
    case T_DEF:
        return say(p, at, "a definition with def has a block",
                   "write f(x) = x^2 without def, or def f(x) { ... }");
    default: break;
    }
    diagnostic *d = syntax_report(p, DIAG_SYNTAX, at, "unexpected '='");
    HINT(d, "= stands behind one name, x[i] or f(x, y) at the start of a statement; to compare, write ==");
    return true;
}

static bool prime_form(parsing *p, int kind, span at) {
    if (p->before.kind == T_PRIMES)
        return say(p, p->before.at, "the ' of a derivative needs an argument behind it",
                   "write f'(x); the transpose is x.T");
    if (kind != T_PRIMES) return false;
    bool behind_value = p->before.kind == T_RPAR || p->before.kind == T_RBRACKET ||
                        p->before.kind == T_NUMBER || p->before.kind == T_TRANSPOSE;
    if (behind_value)
        return say(p, at, "a ' stands behind the name of a function only", "the transpose is x.T");
    return say(p, at, "a text does not stand in single quotes", "write \"...\"");
}

/* Whether the innermost bracket stands right behind the first word of its statement. */
static bool opens_behind_first(const parsing *p) {
    span gap = {p->first.at.end, p->open.items[p->open.count - 1].at};
    return gap.begin <= gap.end && strspn(syntax_bytes(p, gap), " \t") >= gap.end - gap.begin;
}

/* print(a, b), (a, b) */
static bool tuple_form(parsing *p, int kind, span at, const expected *e) {
    if (p->open.count == 0 || p->open.items[p->open.count - 1].kind != '(') return false;
    bool prints = (p->first.kind == T_PRINT || p->first.kind == T_PRINTF) && opens_behind_first(p);
    if (prints && (kind == T_COMMA || kind == T_TEXT))
        return say(p, at, "print and printf take no brackets around their items",
                   "write print a, \"text\", b");
    if (kind != T_COMMA || !syntax_may_come(e, T_POW)) return false;
    return say(p, at, "( ) holds one value", "write [a, b] for a tensor");
}

static bool operator_form(parsing *p, int kind, span at, const expected *e) {
    const char *s = syntax_bytes(p, p->before.at);
    bool ends = kind == T_NEWLINE || kind == T_SEMICOLON || kind == T_EOF || kind == T_RBRACE;
    if (ends && p->before.kind == T_MINUS && p->before.at.begin > p->base && s[-1] == '-')
        return say(p, p->before.at, "'--' does not count down", "write x -= 1");
    if (kind == T_NOT && syntax_may_come(e, T_POW))
        return say(p, at, "'!' behind a value is not part of the language",
                   "write gamma(x + 1) for the factorial");
    if (kind == T_ASSIGN && p->before.kind == T_COMPARE && p->before.at.end == at.begin)
        return say(p, at, "'===' is not part of the language", "write ==");
    if (kind != T_COMPARE || p->before.at.end != at.begin) return false;
    if (p->before.kind == T_ASSIGN) return say(p, at, "'=' comes last in >= and <=", "write >= or <=");
    if (p->before.kind == T_COMPARE) return say(p, at, "'<>' is not part of the language", "write !=");
    return false;
}

static bool block_form(parsing *p, int kind, span at) {
    if (kind == T_COLON && syntax_in_header(p))
        return say(p, at, "a block does not start with ':'", "write { ... }");
    if (p->before.kind == T_FOR && kind == T_LPAR)
        return say(p, at, "for has no brackets", "write for i in range(n) { ... }, or while c { ... }");
    if (kind == T_ELSE) {
        diagnostic *d = syntax_report(p, DIAG_SYNTAX, at, "'else' without an if before it");
        HINT(d, "else follows the } of its if; at a prompt, on the same line");
        return true;
    }
    if (kind == T_LBRACE && same_place(p->now.at, p->first.at)) {
        diagnostic *d = syntax_report(p, DIAG_SYNTAX, at, "unexpected '{'");
        HINT(d, "a block stands behind if, else, while, for or def; a tensor is written [1, 2]");
        return true;
    }
    return false;
}

static bool value_form(parsing *p, int kind, span at, const expected *e) {
    if (kind == T_TEXT && syntax_may_come(e, T_NUMBER)) {
        diagnostic *d = syntax_report(p, DIAG_SYNTAX, at, "a text cannot stand here");
        HINT(d, "texts stand in print, printf, assert and einsum");
        return true;
    }
    if (kind == T_PLUS_MINUS) {
        diagnostic *d = syntax_report(p, DIAG_SYNTAX, at, "unexpected %s", syntax_quote(p, at).text);
        HINT(d, "an uncertainty stands behind the value of a name: x = 5 +/- 0.1");
        return true;
    }
    return false;
}

bool habit_form(parsing *p, int kind, span at, const expected *e) {
    return block_form(p, kind, at) || word_form(p, kind, at) || operator_form(p, kind, at, e) ||
           (kind == T_ASSIGN && assign_form(p, at, e)) || prime_form(p, kind, at) ||
           tuple_form(p, kind, at, e) || value_form(p, kind, at, e);
}
