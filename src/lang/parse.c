/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse.c - drives the scanner and the push parser over one text. */
#include "lang/scan.h"

#include "grammar/parse.h"

#include <limits.h>
#include <string.h>

/* Gives one token to the parser.  Returns YYPUSH_MORE, 0 when the text is complete, or another number after
 * an error. */
static int push(parsing *p, int kind, const GT_PARSE_STYPE *value, span at) {
    bool starts = p->now.kind == T_NEWLINE || p->now.kind == T_SEMICOLON || p->now.kind == T_LBRACE ||
                  p->now.kind == T_RBRACE || p->now.kind == T_START_PROGRAM;
    p->before = p->now;
    p->now = (token){kind, at};
    if (starts) p->first = p->now;
    p->continued = false;
    int status = gt_parse_push_parse(p->machine, kind, value, &at, p);
    if (!p->failed && !p->dry && build_gives_up(p->b, at)) p->failed = true;
    return p->failed ? 1 : status;
}

static int start_token(enum parse_start start) {
    switch (start) {
    case PARSE_BINDINGS: return T_START_BINDINGS;
    case PARSE_NAMES: return T_START_NAMES;
    case PARSE_PROGRAM: break;
    }
    return T_START_PROGRAM;
}

static void skip_byte_order_mark(parsing *p) {
    if (p->length < 3 || memcmp(p->bytes, "\xEF\xBB\xBF", 3) != 0) return;
    p->bytes += 3;
    p->base += 3;
    p->length -= 3;
}

/* Gets everything ready and sends the token that says what the text is. */
static int begin(parsing *p, enum parse_start start) {
    skip_byte_order_mark(p);
    span here = {p->base, p->base};
    if (p->length > INT_MAX - 2) { /* Flex counts in int */
        syntax_report(p, DIAG_TOKEN_TOO_LONG, here, "a text of more than 2 GiB");
        return 1;
    }
    if (!scan_check(p)) return 1;
    scan_start(p);
    p->machine = gt_parse_pstate_new();
    GT_PARSE_STYPE none = {0};
    return push(p, start_token(start), &none, here);
}

/* Scans and parses up to the end of the text, which is not pushed. */
static int run(parsing *p, enum parse_start start) {
    int status = begin(p, start);
    GT_PARSE_STYPE value = {0};
    span at;
    while (status == YYPUSH_MORE) {
        int kind = scan_next(p, &value, &at);
        if (kind == T_EOF) break;
        status = p->failed ? 1 : push(p, kind, &value, at);
    }
    return status;
}

/* At a prompt the end of the text is the end of a line, too.  Then the tables know whether more must come. */
static bool is_incomplete(parsing *p, int *status) {
    GT_PARSE_STYPE none = {0};
    bool continued = p->continued;
    span end = {p->now.at.end, p->now.at.end};
    if (scan_line_ends(p)) *status = push(p, T_NEWLINE, &none, end);
    return *status == YYPUSH_MORE && (continued || !grammar_may_end(p->machine));
}

static enum parse_status parse(parsing *p, enum parse_start start, bool prompt) {
    int status = run(p, start);
    if (status == YYPUSH_MORE && prompt && is_incomplete(p, &status)) return PARSE_INCOMPLETE;
    GT_PARSE_STYPE none = {0};
    if (status == YYPUSH_MORE) status = push(p, T_EOF, &none, (span){p->now.at.end, p->now.at.end});
    return status == 0 && !p->failed ? PARSE_DONE : PARSE_FAILED;
}

static void release(parsing *p) {
    scan_stop(p);
    if (p->machine) gt_parse_pstate_delete(p->machine);
    array_free(&p->open);
    text_free(&p->scratch);
    text_free(&p->message);
}

static parsing parsing_of(build *b, const source *from, enum parse_start start, bool dry) {
    return (parsing){
        .b = b,
        .bytes = from->bytes,
        .length = from->length,
        .base = from->base,
        .dry = dry,
        .lines = start == PARSE_PROGRAM,
    };
}

/* The parser and the builder raise faults; what was allocated here is given back before they go on. */
static enum parse_status guarded(parsing *p, enum parse_start start, bool prompt) {
    fault_point here;
    enum parse_status status = PARSE_FAILED;
    int fault = FAULT_TRY(&here);
    if (fault == FAULT_NONE) status = parse(p, start, prompt);
    fault_end(&here);
    release(p);
    if (fault != FAULT_NONE) fault_raise((enum fault)fault);
    return status;
}

enum parse_status parse_source(build *b, const source *from, enum parse_start start, bool prompt) {
    parsing p = parsing_of(b, from, start, false);
    return guarded(&p, start, prompt);
}

static void expect(parsing *p, void (*each)(void *user, const char *token), void *user) {
    if (run(p, PARSE_PROGRAM) == YYPUSH_MORE) grammar_expected(p->machine, each, user);
}

void parse_expected(build *b, const source *from, void (*each)(void *user, const char *token), void *user) {
    parsing p = parsing_of(b, from, PARSE_PROGRAM, true);
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (fault == FAULT_NONE) expect(&p, each, user);
    fault_end(&here);
    release(&p);
    if (fault != FAULT_NONE) fault_raise((enum fault)fault);
}
