/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scan.h - what the scanner, the grammar and their messages share while one text is parsed.
 *
 * Layer: lang, private to parse.c, scan.c, syntax.c and grammar/.  A `parsing` lives as long as one call of
 * parse_source; it owns what is allocated for it, and parse.c gives that back on every way out.
 *
 * Positions are those of base/diag.h.  `bytes` is the source's text.  Flex writes into what it scans, a NUL
 * behind the token; that is undone before any action runs (YY_USER_ACTION), so that actions and messages may
 * look ahead.  Two NULs stand behind the text. */
#ifndef GTAPE_SCAN_H
#define GTAPE_SCAN_H

#include "lang/parse.h"

/* The value of an expression in the grammar. */
typedef struct expression {
    operand o;
    u32 compares; /* it is a < b without brackets around it: another < is an error */
} expression;

/* A part that may be left out: a bound of a slice, the uncertainty of a value. */
typedef struct bound {
    operand o;
    u32 given;
} bound;

/* axis=0 */
typedef struct named {
    u32 name;
    operand o;
} named;

typedef struct bracket {
    u32 at;
    char kind; /* ( [ { */
} bracket;

/* A token that the parser got. */
typedef struct token {
    int kind;
    span at;
} token;

typedef struct parsing {
    build *b;
    char *bytes; /* behind a byte order mark */
    u32 length, base;
    bool dry;          /* looks what is expected; calls nothing of build.h and reports nothing */
    bool lines;        /* the end of a line ends a statement; false for lists from the command line */
    bool failed;       /* an error was reported: nothing more is parsed */
    bool skip_lines;   /* between } and else */
    bool continued;    /* nothing but blanks since a \ at the end of its line */
    token now, before; /* the last two tokens */
    token first;       /* the first one of this statement */
    ARRAY(bracket) open;
    /* The text literal that was scanned last; the grammar takes it before the next one comes. */
    const char *literal;
    u32 literal_length;
    text scratch, message; /* unescaped literals and numbers without _; text of an error */
    void *scanner, *machine;
} parsing;

/* ---- errors (syntax.c) ---- */
/* Reports an error and stops the parser.  NULL in a dry run: give hints through HINT and RELATE. */
diagnostic *syntax_report(parsing *p, enum diag_code code, span at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#define HINT(d, ...)       ((d) ? diag_hint((d), __VA_ARGS__) : (void)0)
#define RELATE(d, at, ...) ((d) ? diag_relate((d), (at), __VA_ARGS__) : (void)0)
/* The token `kind` at `at` cannot stand here; `kinds` are those that can. */
void syntax_unexpected(parsing *p, int kind, span at, const int *kinds, int count);
void syntax_too_deep(parsing *p, span at);
/* The bytes of a place in this text, as they are, and in quotes, cut where they are long. */
const char *syntax_bytes(const parsing *p, span at);
typedef struct quoted {
    char text[40];
} quoted;
quoted syntax_quote(const parsing *p, span at);
/* The tokens that could have come. */
typedef struct expected {
    const int *kinds;
    int count;
} expected;
bool syntax_may_come(const expected *e, int kind);
bool syntax_is_word(const parsing *p, span at, const char *word);
bool syntax_ends_value(int kind);
bool syntax_is_reserved(int kind);
/* Whether the statement is an if, else, while, for or def before its {. */
bool syntax_in_header(const parsing *p);

/* ---- habits from elsewhere (habits.c) ---- */
/* Reports a character or mark that gtape does not have, with what to write instead. */
void habit_mark(parsing *p, span at);
/* Reports a number that is none. */
void habit_number(parsing *p, span at);
/* Reports the form of another language that an unexpected token gives away; false if it is not one. */
bool habit_form(parsing *p, int kind, span at, const expected *e);

/* ---- called by the rules of scan.l (scan.c); they return the token or T_INVALID after an error ---- */
bool scan_check(parsing *p); /* the whole text is UTF-8 without NULs, and so on */
int scan_name(parsing *p, span at, const char *bytes, u32 length, u32 *name);
int scan_number(parsing *p, span at, const char *bytes, u32 length, double *number);
int scan_literal(parsing *p, span at);
u32 scan_primes(const char *bytes, u32 length);
int scan_open(parsing *p, span at);
int scan_close(parsing *p, span at);
/* Whether the line that ends here ends a statement. */
bool scan_line_ends(const parsing *p);
/* Whether a statement starts here, and no assignment mark follows the word that ends at position `end`. */
bool scan_is_statement_word(const parsing *p, u32 end);
/* Whether a clause may start with this word: behind a value. */
bool scan_is_clause_word(const parsing *p, int kind);

/* ---- the generated scanner, run by parse.c ---- */
void scan_start(parsing *p); /* sets p->scanner */
int scan_next(parsing *p, void *value, span *at);
void scan_stop(parsing *p);

#endif
