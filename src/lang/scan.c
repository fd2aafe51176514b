/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scan.c - what the rules of grammar/scan.l do when it takes more than a line. */
#include "lang/scan.h"

#include "base/number.h"
#include "base/utf8.h"
#include "grammar/parse.h"

#include <string.h>

/* ---- the text as a whole ---- */

/* The number of bytes at s that are ASCII and not NUL. */
static size_t plain_length(const char *s, size_t left) {
    size_t i = 0;
    for (u64 word; i + sizeof word <= left; i += sizeof word) {
        memcpy(&word, s + i, sizeof word);
        /* A byte that is 0 or above 0x7F leaves its high bit in one of the two. */
        if ((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) break;
    }
    while (i < left && (signed char)s[i] > 0) i++;
    return i;
}

static bool check_character(parsing *p, u32 i, unsigned length) {
    span at = {p->base + i, p->base + i + (length ? length : 1)};
    if (p->bytes[i] == '\0') {
        syntax_report(p, DIAG_NUL_BYTE, at, "a NUL byte at offset %lu of the text", (unsigned long)i);
    } else if (length == 0) {
        diagnostic *d =
            syntax_report(p, DIAG_BAD_UTF8, at, "the byte \\x%02x at offset %lu is not valid UTF-8",
                          (unsigned)(u8)p->bytes[i], (unsigned long)i);
        HINT(d, "save the text as UTF-8");
    } else if (utf8_is_hidden(utf8_decode(p->bytes + i, length))) {
        diagnostic *d =
            syntax_report(p, DIAG_BAD_UTF8, at, "U+%04X at offset %lu hides or turns the text around it",
                          (unsigned)utf8_decode(p->bytes + i, length), (unsigned long)i);
        HINT(d, "take it out");
    }
    return !p->failed;
}

bool scan_check(parsing *p) {
    for (size_t i = 0; i < p->length;) {
        i += plain_length(p->bytes + i, p->length - i);
        if (i == p->length) break;
        unsigned length = utf8_length(p->bytes + i, p->length - i);
        if (!check_character(p, (u32)i, length)) return false;
        i += length;
    }
    return true;
}

/* ---- looking ahead and back ---- */

static const char *bytes_at(const parsing *p, u32 position) { return p->bytes + (position - p->base); }

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\v'; }

static bool in_name(char c) {
    return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80);
}

/* Behind blanks, and lines that a \ continues. */
static const char *skip_blanks(const char *s) {
    for (;;) {
        while (is_blank(*s)) s++;
        if (*s != '\\') return s;
        const char *line = s + 1;
        while (is_blank(*line)) line++;
        if (*line != '\n' && *line != '\r') return s;
        s = line + 1 + (line[0] == '\r' && line[1] == '\n');
    }
}

static bool is_assignment_mark(const char *s) {
    if (*s == '=') return s[1] != '=';
    if (*s == ':') return s[1] == '=';
    if (s[0] == '*' && s[1] == '*') return s[2] == '=';
    return *s && strchr("+-*/%^", *s) && s[1] == '=';
}

static bool starts_statement(int before) {
    return before == T_NEWLINE || before == T_SEMICOLON || before == T_LBRACE || before == T_RBRACE ||
           before == T_START_PROGRAM;
}

bool scan_is_statement_word(const parsing *p, u32 end) {
    return starts_statement(p->now.kind) && !is_assignment_mark(skip_blanks(bytes_at(p, end)));
}

bool scan_is_clause_word(const parsing *p, int kind) {
    if (kind == T_TO) return p->now.kind == T_SUBJECT;
    return syntax_ends_value(p->now.kind);
}

/* Whether the line goes on after a token of this kind. */
static bool goes_on(int kind) {
    switch (kind) {
    case T_PLUS:
    case T_MINUS:
    case T_MUL:
    case T_MATMUL:
    case T_POW:
    case T_COMPARE:
    case T_AND:
    case T_OR:
    case T_CHOOSE:
    case T_COLON:
    case T_COMMA:
    case T_ASSIGN:
    case T_LEAF:
    case T_UPDATE:
    case T_TILDE:
    case T_PLUS_MINUS: return true;
    default: return false;
    }
}

bool scan_line_ends(const parsing *p) {
    if (!p->lines || p->skip_lines || goes_on(p->now.kind)) return false;
    if (p->open.count && p->open.items[p->open.count - 1].kind != '{') return false;
    return p->now.kind != T_NEWLINE && p->now.kind != T_START_PROGRAM;
}

/* Whether `else` is the next word behind a }, with nothing but blanks, ends of lines and comments between.
 * A `;` there is an error. */
static bool else_follows(parsing *p, u32 position) {
    const char *s = bytes_at(p, position), *semicolon = NULL;
    for (;; s++) {
        if (*s == '#')
            while (s[1] && s[1] != '\n' && s[1] != '\r') s++;
        else if (*s == ';') semicolon = s;
        else if (!is_blank(*s) && *s != '\n' && *s != '\r' && *s != '\\') break;
    }
    if (strncmp(s, "else", 4) != 0 || in_name(s[4])) return false;
    if (!semicolon) return true;
    u32 at = p->base + (u32)(semicolon - p->bytes);
    diagnostic *d = syntax_report(p, DIAG_SEMICOLON_BEFORE_ELSE, (span){at, at + 1},
                                  "';' ends the if, so the 'else' behind it has none");
    HINT(d, "take the ';' out: } else {");
    return false;
}

/* ---- tokens ---- */

static bool too_long(parsing *p, span at, u32 length, const char *what) {
    if (LIKELY(length <= TOKEN_LIMIT)) return false;
    syntax_report(p, DIAG_TOKEN_TOO_LONG, at, "a %s of %lu bytes is too long (limit %d)", what,
                  (unsigned long)length, TOKEN_LIMIT);
    return true;
}

int scan_name(parsing *p, span at, const char *bytes, u32 length, u32 *name) {
    if (too_long(p, at, length, "name")) return T_INVALID;
    *name = p->dry ? 0 : build_name_of(p->b, bytes, length);
    return T_NAME;
}

int scan_number(parsing *p, span at, const char *bytes, u32 length, double *number) {
    if (length == 1) return *number = *bytes - '0', T_NUMBER;
    if (too_long(p, at, length, "number")) return T_INVALID;
    if (memchr(bytes, '_', length)) {
        text_clear(&p->scratch);
        for (u32 i = 0; i < length; i++)
            if (bytes[i] != '_') text_putc(&p->scratch, bytes[i]);
        bytes = p->scratch.bytes;
        length = (u32)p->scratch.length;
    }
    switch (number_read(bytes, length, false, number)) {
    case NUMBER_OK: return T_NUMBER;
    case NUMBER_OVERFLOW: {
        diagnostic *d = syntax_report(p, DIAG_NUMBER_OVERFLOW, at, "the number %s is too large for a double",
                                      syntax_quote(p, at).text);
        HINT(d, "the largest is 1.7976931348623157e308; inf is the infinity");
        return T_INVALID;
    }
    case NUMBER_MALFORMED: break;
    }
    habit_number(p, at);
    return T_INVALID;
}

static char unescaped(char c) {
    switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case '"':
    case '\\': return c;
    default: return '\0';
    }
}

/* Takes the text between two quotes.  One without \ stays where it is in the program. */
int scan_literal(parsing *p, span at) {
    const char *s = bytes_at(p, at.begin) + 1, *end = bytes_at(p, at.end) - 1;
    if (too_long(p, at, (u32)(end - s), "text")) return T_INVALID;
    p->literal = s;
    p->literal_length = (u32)(end - s);
    if (!memchr(s, '\\', p->literal_length)) return T_TEXT;
    text_clear(&p->scratch);
    for (; s < end; s++) {
        char c = *s == '\\' ? unescaped(*++s) : *s;
        if (!c) {
            u32 begin = p->base + (u32)(s - 1 - p->bytes);
            unsigned length = utf8_length(s, (size_t)(end - s));
            span here = {begin, begin + 1 + (length ? length : 1)};
            diagnostic *d = syntax_report(p, DIAG_BAD_ESCAPE, here, "%s means nothing in a text",
                                          syntax_quote(p, here).text);
            HINT(d, "there are \\n, \\t, \\\" and \\\\");
            return T_INVALID;
        }
        text_putc(&p->scratch, c);
    }
    p->literal = text_str(&p->scratch);
    p->literal_length = (u32)p->scratch.length;
    return T_TEXT;
}

/* ' and U+2032 count one, U+2033 and U+2034 (three bytes that end in B3, B4) two and three. */
u32 scan_primes(const char *bytes, u32 length) {
    u32 primes = 0;
    for (u32 i = 0; i < length; i++) {
        u8 c = (u8)bytes[i];
        if (c == '\'') primes++;
        else if (c >= 0xB2) primes += c == 0xE2 ? 0u : c - 0xB1u;
    }
    return primes;
}

/* ---- brackets ---- */

int scan_open(parsing *p, span at) {
    if (p->open.count == PARSE_DEPTH_LIMIT) return syntax_too_deep(p, at), T_INVALID;
    bracket opened = {at.begin, *bytes_at(p, at.begin)};
    array_push(&p->open, opened);
    return opened.kind == '(' ? T_LPAR : opened.kind == '[' ? T_LBRACKET : T_LBRACE;
}

int scan_close(parsing *p, span at) {
    char kind = *bytes_at(p, at.begin), partner = kind == ')' ? '(' : kind == ']' ? '[' : '{';
    if (p->open.count == 0) {
        syntax_report(p, DIAG_UNBALANCED, at, "'%c' without a '%c' before it", kind, partner);
        return T_INVALID;
    }
    bracket opened = p->open.items[p->open.count - 1];
    if (opened.kind != partner) {
        diagnostic *d = syntax_report(p, DIAG_UNBALANCED, at, "'%c' cannot close '%c'", kind, opened.kind);
        RELATE(d, ((span){opened.at, opened.at + 1}), "'%c' opened here", opened.kind);
        return T_INVALID;
    }
    p->open.count--;
    if (kind == '}') p->skip_lines = else_follows(p, at.end);
    return p->failed ? T_INVALID : kind == ')' ? T_RPAR : kind == ']' ? T_RBRACKET : T_RBRACE;
}
