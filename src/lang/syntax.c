/* SPDX-License-Identifier: GPL-3.0-or-later */
/* syntax.c - what is said about a token that cannot stand where it does. */
#include "lang/scan.h"

#include "base/utf8.h"
#include "core/ops.h"
#include "grammar/parse.h"

#include <string.h>

/* ---- reports ---- */

diagnostic *syntax_report(parsing *p, enum diag_code code, span at, const char *format, ...) {
    p->failed = true;
    if (p->dry) return NULL;
    va_list ap;
    va_start(ap, format);
    text_clear(&p->message);
    text_vprintf(&p->message, format, ap);
    va_end(ap);
    return build_error(p->b, code, at, "%s", text_str(&p->message));
}

void syntax_too_deep(parsing *p, span at) {
    diagnostic *d = syntax_report(p, DIAG_TOO_DEEP, at, "nested too deeply (limit %d)", PARSE_DEPTH_LIMIT);
    HINT(d, "give the inner parts names of their own");
}

const char *syntax_bytes(const parsing *p, span at) { return p->bytes + (at.begin - p->base); }

quoted syntax_quote(const parsing *p, span at) {
    enum { SHOWN = 30 };
    quoted q = {.text = "'"};
    const char *s = syntax_bytes(p, at);
    size_t length = at.end - at.begin, cut = length <= SHOWN ? length : 0;
    if (!cut) /* whole characters only */
        for (unsigned n = 1; n && cut + n < SHOWN; cut += n) n = utf8_length(s + cut, length - cut);
    memcpy(q.text + 1, s, cut);
    strcpy(q.text + 1 + cut, cut < length ? "...'" : "'");
    return q;
}

bool syntax_is_word(const parsing *p, span at, const char *word) {
    size_t length = strlen(word);
    return at.end - at.begin == length && memcmp(syntax_bytes(p, at), word, length) == 0;
}

bool syntax_ends_value(int kind) {
    return kind == T_NUMBER || kind == T_NAME || kind == T_TEXT || kind == T_RPAR || kind == T_RBRACKET ||
           kind == T_TRANSPOSE;
}

bool syntax_is_reserved(int kind) { return T_IF <= kind && kind <= T_DEF; }

bool syntax_in_header(const parsing *p) {
    switch (p->first.kind) {
    case T_IF:
    case T_ELSE:
    case T_WHILE:
    case T_FOR:
    case T_DEF: return true;
    default: return false;
    }
}

bool syntax_may_come(const expected *e, int kind) {
    for (int i = 0; i < e->count; i++)
        if (e->kinds[i] == kind) return true;
    return false;
}

/* ---- what was found and what was expected, in words ---- */

static const char *word_before(int kind) {
    if (kind == T_NUMBER) return "number ";
    if (kind == T_NAME) return "name ";
    return "";
}

static quoted found(const parsing *p, int kind, span at) {
    switch (kind) {
    case T_EOF: return (quoted){"end of the text"};
    case T_NEWLINE: return (quoted){"end of the line"};
    case T_TEXT: return (quoted){"text"};
    default: return syntax_quote(p, at);
    }
}

/* Marks and words that are named as they are written. */
static const struct {
    int kind;
    const char *shown;
} shown_kinds[] = {
    {T_ASSIGN, "'='"}, {T_TILDE, "'~'"},   {T_RPAR, "')'"},          {T_RBRACKET, "']'"}, {T_LBRACE, "'{'"},
    {T_COMMA, "','"},  {T_COLON, "':'"},   {T_IN, "'in'"},           {T_WRT, "'wrt'"},    {T_OVER, "'over'"},
    {T_TO, "'to'"},    {T_WITH, "'with'"}, {T_SUBJECT, "'subject'"}, {T_ELSE, "'else'"},
};

typedef struct wordlist {
    const char *words[16];
    int count;
} wordlist;

static void add_word(wordlist *list, const char *word) {
    if (list->count < (int)COUNT_OF(list->words)) list->words[list->count++] = word;
}

/* Names the groups first, so that what belongs to one is not listed singly. */
static wordlist wanted(const parsing *p, const expected *e) {
    wordlist list = {0};
    bool statement = syntax_may_come(e, T_WHILE), any_value = syntax_may_come(e, T_NUMBER);
    bool any_operator = syntax_may_come(e, T_POW), name = syntax_may_come(e, T_NAME);
    if (statement) {
        add_word(&list, "a statement");
        return list;
    }
    if (any_value) add_word(&list, "a number"), add_word(&list, "a name"), add_word(&list, "'('");
    else if (name) add_word(&list, "a name");
    else if (syntax_may_come(e, T_LPAR) && !any_operator) add_word(&list, "'('");
    if (syntax_may_come(e, T_TEXT) && (!any_value || T_PRINT <= p->first.kind)) add_word(&list, "a text");
    if (any_operator) add_word(&list, "an operator");
    for (size_t i = 0; i < COUNT_OF(shown_kinds); i++) {
        int kind = shown_kinds[i].kind;
        if (!syntax_may_come(e, kind)) continue;
        if (kind == T_ASSIGN && (any_operator || any_value)) continue;
        add_word(&list, shown_kinds[i].shown);
    }
    if (syntax_may_come(e, T_SEMICOLON)) add_word(&list, "the end of the statement");
    else if (syntax_may_come(e, T_EOF)) add_word(&list, "the end of the text");
    return list;
}

/* "expected a, b or c" behind `out`, where there are not too many. */
static void say_wanted(const parsing *p, const expected *e, text *out) {
    wordlist list = wanted(p, e);
    if (list.count == 0 || list.count > 7) return;
    text_puts(out, ", expected ");
    for (int i = 0; i < list.count; i++) {
        if (i > 0) text_puts(out, i + 1 < list.count ? ", " : " or ");
        text_puts(out, list.words[i]);
    }
}

/* ---- the usual causes ---- */

/* The innermost bracket that was open before this token; its kind is NUL where there is none. */
static bracket innermost(const parsing *p, int kind) {
    size_t count = p->open.count;
    if (count && (kind == T_LPAR || kind == T_LBRACKET || kind == T_LBRACE)) count--;
    return count ? p->open.items[count - 1] : (bracket){0};
}

static bool on_new_line(const parsing *p, span at) {
    for (u32 i = p->before.at.end; i < at.begin; i++) {
        char c = p->bytes[i - p->base];
        if (c == '\n' || c == '\r') return true;
    }
    return false;
}

/* An open bracket that this token cannot stand in. */
static bool unclosed(parsing *p, int kind, span at) {
    bracket open = innermost(p, kind);
    bool round = open.kind == '(' || open.kind == '[', new_line = on_new_line(p, at);
    bool ends = kind == T_EOF || (round && (kind == T_LBRACE || kind == T_SEMICOLON || new_line));
    if (!open.kind || !ends) return false;
    diagnostic *d = syntax_report(p, DIAG_UNBALANCED, at, "unexpected %s%s, '%c' is not closed",
                                  word_before(kind), found(p, kind, at).text, open.kind);
    RELATE(d, ((span){open.at, open.at + 1}), "'%c' opened here", open.kind);
    if (kind != T_EOF && new_line)
        HINT(d, "a '%c', a ',' or an operator is missing before it", open.kind == '(' ? ')' : ']');
    return true;
}

static bool is_function_name(const parsing *p, span at) {
    char name[32];
    u32 length = at.end - at.begin;
    if (length >= sizeof name) return false;
    memcpy(name, syntax_bytes(p, at), length);
    name[length] = 0;
    return op_by_name(name) != OP_NONE;
}

static void hint_missing_operator(parsing *p, diagnostic *d, int kind, span at) {
    bool single = kind == T_LPAR || p->before.kind == T_RPAR || p->before.kind == T_RBRACKET;
    bool reserved = p->before.kind == T_TEXT || kind == T_TEXT;
    if (!p->lines || p->first.kind == T_PRINT || p->first.kind == T_PRINTF)
        HINT(d, "items are separated by ','");
    else if (innermost(p, kind).kind == '[') HINT(d, "entries are separated by ','; to multiply, write '*'");
    else if (reserved) return;
    else if (p->before.kind == T_NAME && kind != T_LPAR && is_function_name(p, p->before.at))
        HINT(d, "a function takes its argument in brackets: %.*s(x)",
             (int)(p->before.at.end - p->before.at.begin), syntax_bytes(p, p->before.at));
    else if (single) HINT(d, "to multiply, write '*' between them");
    else {
        u32 n = p->before.at.end - p->before.at.begin, m = at.end - at.begin;
        if (n + m > 40) HINT(d, "to multiply, write '*' between them");
        else
            HINT(d, "to multiply, write %.*s*%.*s", (int)n, syntax_bytes(p, p->before.at), (int)m,
                 syntax_bytes(p, at));
    }
}

static bool is_statement_word(const parsing *p, span at) {
    static const char *const words[] = {"derivative", "watch",    "report",   "input", "print", "printf",
                                        "assert",     "minimize", "maximize", "fit",   "root",  "correlate"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (syntax_is_word(p, at, words[i])) return true;
    return false;
}

/* 2(x+1), x y, (a)(b) */
static bool missing_operator(parsing *p, int kind, span at, const expected *e) {
    bool begins = kind == T_NUMBER || kind == T_LPAR || kind == T_TEXT || kind == T_NAME;
    if (!begins || !syntax_ends_value(p->before.kind) || !syntax_may_come(e, T_POW)) return false;
    if (syntax_may_come(e, T_LBRACE) || (kind == T_NAME && is_statement_word(p, at))) return false;
    diagnostic *d = syntax_report(p, p->before.kind == T_NUMBER ? DIAG_BAD_NUMBER : DIAG_SYNTAX, at,
                                  "an operator is missing between %s and %s",
                                  syntax_quote(p, p->before.at).text, syntax_quote(p, at).text);
    hint_missing_operator(p, d, kind, at);
    return true;
}

static void hint_unexpected(parsing *p, diagnostic *d, int kind, span at, const expected *e) {
    bool begins = syntax_is_reserved(kind) || (kind == T_NAME && is_statement_word(p, at));
    if (syntax_is_reserved(kind) && syntax_may_come(e, T_NAME))
        HINT(d, "%s is a reserved word; as a name it is ${%.*s}", syntax_quote(p, at).text,
             (int)(at.end - at.begin), syntax_bytes(p, at));
    else if (begins && syntax_may_come(e, T_SEMICOLON))
        HINT(d, "a statement ends at the end of its line or with ';'");
    else if (kind == T_TEXT && syntax_may_come(e, T_COMMA)) HINT(d, "items are separated by ','");
    else if (syntax_may_come(e, T_LBRACE)) HINT(d, "the block behind it stands in braces: { ... }");
}

void syntax_unexpected(parsing *p, int kind, span at, const int *kinds, int count) {
    expected e = {kinds, count};
    if (kind == T_EOF && unclosed(p, kind, at)) return;
    if (habit_form(p, kind, at, &e) || unclosed(p, kind, at) || missing_operator(p, kind, at, &e)) return;
    text_clear(&p->scratch);
    say_wanted(p, &e, &p->scratch);
    diagnostic *d = syntax_report(p, DIAG_SYNTAX, at, "unexpected %s%s%s", word_before(kind),
                                  found(p, kind, at).text, text_str(&p->scratch));
    hint_unexpected(p, d, kind, at, &e);
}
