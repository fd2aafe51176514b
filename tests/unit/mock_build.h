/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mock_build.h - a builder that writes down each call, for the tests of the grammar.
 *
 * Defines every function of lang/build.h that the grammar calls, so include it in one file of a program.  An
 * operand is printed as %n when it comes to be, and by that number where it is used:
 *
 *     x = 2*y     %1=2 %2=y %3=*(%1,%2) assign(x,%3)
 *
 * Marks are printed as @n.  Pushed things are printed as they are pushed: ,x for a name, .%1 for an operand.
 */
#ifndef GTAPE_MOCK_BUILD_H
#define GTAPE_MOCK_BUILD_H

#include "base/intern.h"
#include "base/number.h"
#include "lang/parse.h"

#include <inttypes.h>
#include <stdio.h>

struct build {
    intern_table names;
    source_list sources;
    diagnostic_list said;
    text log;
    bool silent; /* only counts: for timing */
    bool spans;  /* prints name<begin-end> and the like */
    u32 operands, marks;
    u64 calls;
};

static void mock_free(build *b) {
    intern_free(&b->names);
    source_free(&b->sources);
    diag_clear(&b->said);
    array_free(&b->said);
    text_free(&b->log);
}

static void note(build *b, span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void note(build *b, span at, const char *format, ...) {
    b->calls++;
    if (b->silent) return;
    if (b->log.length) text_putc(&b->log, ' ');
    va_list ap;
    va_start(ap, format);
    text_vprintf(&b->log, format, ap);
    va_end(ap);
    if (b->spans && at.begin != UINT32_MAX)
        text_printf(&b->log, "<%" PRIu32 "-%" PRIu32 ">", at.begin, at.end);
}

/* Announces a new operand, or a new mark. */
#define NEW(at, ...)  (note(b, at, "%%%" PRIu32 "=" __VA_ARGS__), b->operands)
#define NEXT          ++b->operands
#define MARK(at, ...) (note(b, at, "@%" PRIu32 "=" __VA_ARGS__), b->marks)
#define NEXT_MARK     ++b->marks
#define NAME(n)       intern_text(&b->names, (n))

diagnostic *build_error(build *b, enum diag_code code, span at, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    diagnostic *d = diag_vadd(&b->said, SEVERITY_ERROR, code, at, format, ap);
    va_end(ap);
    return d;
}

bool build_gives_up(build *b, span at) {
    (void)b, (void)at;
    return false;
}

u32 build_name_of(build *b, const char *bytes, size_t length) { return intern(&b->names, bytes, length); }
void build_push_name(build *b, span at, u32 name) { note(b, at, ",%s", NAME(name)); }
void build_push_operand(build *b, span at, operand o) { note(b, at, ".%%%u", o); }
void build_push_named(build *b, span at, u32 name, operand o) { note(b, at, ".%s:%%%u", NAME(name), o); }
void build_push_text(build *b, span at, const char *bytes, size_t length) {
    note(b, at, ".\"%.*s\"", (int)length, bytes);
}
void build_names_to_operands(build *b, u32 count) { note(b, NO_SPAN, "names%u", count); }

operand build_number(build *b, span at, double number) {
    char shown[NUMBER_ROOM];
    if (b->silent) return b->calls++, NEXT;
    number_write(shown, number, (number_format){0});
    return NEW(at, "%s", NEXT, shown);
}
operand build_name(build *b, span at, u32 name) { return NEW(at, "%s", NEXT, NAME(name)); }
operand build_unary(build *b, span at, enum op op, operand x) {
    return NEW(at, "%s(%%%u)", NEXT, op_infos[op].name, x);
}
operand build_binary(build *b, span at, enum op op, operand x, operand w) {
    return NEW(at, "%s(%%%u,%%%u)", NEXT, op_infos[op].name, x, w);
}
operand build_matmul(build *b, span at, operand x, operand w) { return NEW(at, "@(%%%u,%%%u)", NEXT, x, w); }
operand build_transpose(build *b, span at, operand x) { return NEW(at, "T(%%%u)", NEXT, x); }
operand build_list(build *b, span at, u32 count) { return NEW(at, "list%u", NEXT, count); }
operand build_call(build *b, span at, span name_at, u32 name, u32 count) {
    (void)name_at;
    return NEW(at, "%s()%u", NEXT, NAME(name), count);
}
operand build_derivative_call(build *b, span at, span name_at, u32 name, u32 primes, u32 count) {
    (void)name_at;
    return NEW(at, "%s'%u()%u", NEXT, NAME(name), primes, count);
}

void build_subscript(build *b, span at, operand index) { note(b, at, "[%%%u", index); }
void build_slice(build *b, span at, slice_parts s) {
    note(b, at, "[%c%u:%c%u:%c%u", s.has_from ? '%' : '-', s.from, s.has_to ? '%' : '-', s.to,
         s.has_step ? '%' : '-', s.step);
}
operand build_index(build *b, span at, operand x, u32 count) { return NEW(at, "%%%u[]%u", NEXT, x, count); }

u32 build_and_begin(build *b, span at, operand left) { return MARK(at, "and(%%%u)", NEXT_MARK, left); }
operand build_and_end(build *b, u32 mark, operand right) {
    return NEW(NO_SPAN, "&&(@%u,%%%u)", NEXT, mark, right);
}
u32 build_or_begin(build *b, span at, operand left) { return MARK(at, "or(%%%u)", NEXT_MARK, left); }
operand build_or_end(build *b, u32 mark, operand right) {
    return NEW(NO_SPAN, "||(@%u,%%%u)", NEXT, mark, right);
}
u32 build_choose_begin(build *b, span at, operand c) { return MARK(at, "?(%%%u)", NEXT_MARK, c); }
u32 build_choose_else(build *b, u32 mark, operand x) {
    return MARK(NO_SPAN, ":(@%u,%%%u)", NEXT_MARK, mark, x);
}
operand build_choose_end(build *b, u32 mark, operand x) {
    return NEW(NO_SPAN, "?:(@%u,%%%u)", NEXT, mark, x);
}

void build_expression(build *b, span at, operand x) { note(b, at, "value(%%%u)", x); }
void build_assign(build *b, span at, span name_at, u32 name, operand x) {
    (void)name_at;
    note(b, at, "assign(%s,%%%u)", NAME(name), x);
}
void build_assign_several(build *b, span at, u32 count, operand x) {
    note(b, at, "assign%u(%%%u)", count, x);
}
void build_assign_leaf(build *b, span at, span name_at, u32 name, operand x) {
    (void)name_at;
    note(b, at, "leaf(%s,%%%u)", NAME(name), x);
}
operand build_update_begin(build *b, span name_at, u32 name) {
    return NEW(name_at, "old(%s)", NEXT, NAME(name));
}
void build_update_end(build *b, span at, span name_at, u32 name, enum op op, operand old, operand x) {
    (void)name_at;
    note(b, at, "update(%s,%s,%%%u,%%%u)", NAME(name), op_infos[op].name, old, x);
}
u32 build_element_begin(build *b, span at, span name_at, u32 name, u32 count) {
    (void)name_at;
    return MARK(at, "element(%s)%u", NEXT_MARK, NAME(name), count);
}
void build_element_assign(build *b, span at, u32 mark, operand x) { note(b, at, "put(@%u,%%%u)", mark, x); }
void build_element_update(build *b, span at, u32 mark, enum op op, operand x) {
    note(b, at, "put(@%u,%s,%%%u)", mark, op_infos[op].name, x);
}
void build_uncertainty_option(build *b) { note(b, NO_SPAN, "df"); }
void build_uncertain(build *b, span at, span name_at, u32 name, operand x, operand u) {
    (void)name_at;
    note(b, at, "uncertain(%s,%%%u,%%%u)", NAME(name), x, u);
}

void build_input(build *b, span at, span name_at, u32 name) {
    (void)name_at;
    note(b, at, "input(%s)", NAME(name));
}
void build_input_begin(build *b, span at, span name_at, u32 name) {
    (void)name_at;
    note(b, at, "default(%s)", NAME(name));
}
void build_input_end(build *b, span at, span name_at, u32 name, operand x) {
    (void)name_at;
    note(b, at, "input(%s,%%%u)", NAME(name), x);
}
void build_input_uncertain_end(build *b, span at, span name_at, u32 name, operand x, operand u) {
    (void)name_at;
    note(b, at, "input(%s,%%%u,%%%u)", NAME(name), x, u);
}

void build_watch(build *b, span at, u32 count) { note(b, at, "watch%u", count); }
void build_report(build *b, span at, u32 count) { note(b, at, "report%u", count); }
void build_print(build *b, span at, u32 count) { note(b, at, "print%u", count); }
void build_printf(build *b, span at, u32 count) { note(b, at, "printf%u", count); }
void build_assert(build *b, span at, operand x, bool has_text) {
    note(b, at, "assert(%%%u)%s", x, has_text ? "text" : "");
}

void build_if_begin(build *b, span at) { note(b, at, "if"); }
u32 build_if(build *b, span at, operand x) { return MARK(at, "then(%%%u)", NEXT_MARK, x); }
u32 build_else(build *b, u32 mark) { return MARK(NO_SPAN, "else(@%u)", NEXT_MARK, mark); }
void build_if_end(build *b, u32 mark) { note(b, NO_SPAN, "fi(@%u)", mark); }
u32 build_while_begin(build *b, span at) { return MARK(at, "while", NEXT_MARK); }
u32 build_while(build *b, span at, u32 mark, operand x) {
    return MARK(at, "do(@%u,%%%u)", NEXT_MARK, mark, x);
}
void build_while_end(build *b, u32 mark) { note(b, NO_SPAN, "done(@%u)", mark); }
u32 build_for(build *b, span at, span name_at, u32 name, operand over) {
    (void)name_at;
    return MARK(at, "for(%s,%%%u)", NEXT_MARK, NAME(name), over);
}
void build_for_end(build *b, u32 mark) { note(b, NO_SPAN, "done(@%u)", mark); }
void build_break(build *b, span at) { note(b, at, "break"); }
void build_continue(build *b, span at) { note(b, at, "continue"); }
void build_return(build *b, span at, bool has_value, operand x) {
    if (has_value) note(b, at, "return(%%%u)", x);
    else note(b, at, "return");
}

void build_function_begin(build *b, span at, span name_at, u32 name, u32 parameters) {
    (void)name_at;
    note(b, at, "def(%s)%u", NAME(name), parameters);
}
void build_function_end(build *b, span at) { note(b, at, "end"); }
void build_function_end_value(build *b, span at, operand x) { note(b, at, "end(%%%u)", x); }
void build_partial_begin(build *b, span at, span name_at, u32 name, u32 parameters, span wrt_at, u32 wrt) {
    (void)name_at, (void)wrt_at;
    note(b, at, "partial(%s,%s)%u", NAME(name), NAME(wrt), parameters);
}
void build_partial_end(build *b, span at, operand x) { note(b, at, "end(%%%u)", x); }

void build_solver_begin(build *b, span at, enum solver kind) {
    static const char *const names[] = {"minimize", "maximize", "fit", "root"};
    note(b, at, "%s", names[kind]);
}
void build_solver_expression(build *b, span at, operand x) { note(b, at, "solve(%%%u)", x); }
void build_solver_over(build *b, u32 count) { note(b, NO_SPAN, "over%u", count); }
void build_solver_constraint(build *b, span at, operand x) { note(b, at, "constraint(%%%u)", x); }
void build_solver_end(build *b, span at, u32 options) { note(b, at, "end%u", options); }
void build_correlate(build *b, span at, span a_at, u32 a, span b_at, u32 c, operand r) {
    (void)a_at, (void)b_at;
    note(b, at, "correlate(%s,%s,%%%u)", NAME(a), NAME(c), r);
}

operand build_compare(build *b, span at, enum op op, operand x, operand w, bool left_is_comparison) {
    return NEW(at, "%s(%%%u,%%%u)%s", NEXT, op_infos[op].name, x, w, left_is_comparison ? "chained" : "");
}

void build_names_parsed(build *b, u32 count) { note(b, NO_SPAN, "parsed%u", count); }

#undef NEW
#undef NEXT
#undef MARK
#undef NEXT_MARK
#undef NAME

/* ---- running the parser ---- */

static enum parse_status parse_bytes(build *b, const char *bytes, size_t length, enum parse_start start,
                                     bool prompt) {
    u32 i = source_add(&b->sources, "-e", bytes, length);
    source text_of = b->sources.items[i];
    return parse_source(b, &text_of, start, prompt);
}

static enum parse_status parse_text(build *b, const char *program) {
    return parse_bytes(b, program, strlen(program), PARSE_PROGRAM, false);
}

#endif
