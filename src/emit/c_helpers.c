/* SPDX-License-Identifier: GPL-3.0-or-later */
/* c_helpers.c - what emitted C needs besides itself: see c_code.h.
 *
 * The functions are those of core/special*.[ch], taken from there when gtape is built (c_helpers.awk). */
#include "emit/c_code.h"
#include "base/number.h"
#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    bool is_function;
    const char *text;
} helpers[] = {
#include "emit/c_helpers.inc"
};

/* Macros and functions of POSIX that C99 does not have. */
static const struct {
    const char *name;
    double value;
} constants[] = {
    {"M_PI", M_PI},         {"M_2_PI", M_2_PI},       {"M_LN2", M_LN2},           {"M_LOG2E", M_LOG2E},
    {"M_LOG10E", M_LOG10E}, {"M_SQRT1_2", M_SQRT1_2}, {"M_2_SQRTPI", M_2_SQRTPI},
};
static const struct {
    const char *name, *declaration;
} functions[] = {
    {"j0", "double j0(double);"},
    {"j1", "double j1(double);"},
    {"y0", "double y0(double);"},
    {"y1", "double y1(double);"},
    {"jn", "double jn(int, double);"},
    {"yn", "double yn(int, double);"},
    {"lgamma_r", "double lgamma_r(double, int *);"},
};
static const struct {
    const char *word, *header;
} headers[] = {{"DBL_MAX", "float.h"}, {"bool", "stdbool.h"}, {"malloc", "stdlib.h"}};

enum {
    AT_CONSTANTS = COUNT_OF(helpers),
    AT_FUNCTIONS = AT_CONSTANTS + COUNT_OF(constants),
    AT_HEADERS = AT_FUNCTIONS + COUNT_OF(functions),
    WANTED = AT_HEADERS + COUNT_OF(headers)
};

static const char *word_at(u32 i) {
    if (i < AT_CONSTANTS) return helpers[i].name;
    if (i < AT_FUNCTIONS) return constants[i - AT_CONSTANTS].name;
    return i < AT_HEADERS ? functions[i - AT_FUNCTIONS].name : headers[i - AT_HEADERS].word;
}

static const char word_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

/* The end of a comment that begins here, or the place itself. */
static const char *behind_comment(const char *s) {
    if (strncmp(s, "/*", 2) != 0) return s;
    const char *end = strstr(s, "*/");
    return end ? end + 2 : s + strlen(s);
}

void c_helpers_want(c_code *c, const char *code) {
    if (!c->wanted) c->wanted = mem_zero(WANTED, 1);
    for (const char *s = code; *s;) {
        const char *next = behind_comment(s);
        size_t length = strspn(s, word_characters);
        if (next == s) next = s + (length ? length : 1);
        for (u32 i = 0; length && i < WANTED; i++) {
            const char *word = word_at(i);
            if (c->wanted[i] || strlen(word) != length || memcmp(word, s, length) != 0) continue;
            c->wanted[i] = 1;
            if (i < AT_CONSTANTS) c_helpers_want(c, helpers[i].text);
        }
        s = next;
    }
}

static void write_headers(const c_code *c, text *out) {
    for (u32 i = AT_HEADERS; i < WANTED; i++)
        if (c->wanted[i]) text_printf(out, "#include <%s>\n", headers[i - AT_HEADERS].header);
    text_puts(out, "#include <math.h>\n#include <stddef.h>\n");
    for (u32 i = AT_CONSTANTS; i < AT_FUNCTIONS; i++) {
        if (!c->wanted[i]) continue;
        char digits[NUMBER_ROOM];
        number_write(digits, constants[i - AT_CONSTANTS].value, (number_format){0});
        text_printf(out, "\n#ifndef %s\n#define %s %s\n#endif\n", word_at(i), word_at(i), digits);
    }
}

static void write_declarations(const c_code *c, text *out) {
    for (u32 i = 0; i < AT_CONSTANTS; i++)
        if (c->wanted[i] && !helpers[i].is_function) text_printf(out, "\n%s", helpers[i].text);
    const char *blank = "\n";
    for (u32 i = AT_FUNCTIONS; i < AT_HEADERS; i++)
        if (c->wanted[i])
            text_printf(out, "%s%s\n", blank, functions[i - AT_FUNCTIONS].declaration), blank = "";
    for (u32 i = 0; i < AT_CONSTANTS; i++) {
        if (!c->wanted[i] || !helpers[i].is_function) continue;
        if (*blank) text_puts(out, "\n/* Functions of gtape, GPL-3.0-or-later. */\n");
        blank = "";
        const char *from = helpers[i].text;
        while (behind_comment(from) != from) from = behind_comment(from) + 1;
        text_add(out, from, (size_t)(strstr(from, " {") - from));
        text_puts(out, ";\n");
    }
}

void c_helpers_write(c_code *c, text *out) {
    if (!c->wanted) c->wanted = mem_zero(WANTED, 1);
    write_headers(c, out);
    write_declarations(c, out);
    for (u32 i = 0; i < AT_CONSTANTS; i++)
        if (c->wanted[i] && helpers[i].is_function) text_printf(out, "\n%s", helpers[i].text);
    for (u32 i = 0; i < OP_ELEMENTWISE_END; i++) {
        if (!c->wanted_op[i]) continue;
        text_puts(out, "\nstatic inline double ");
        c_operation_name(out, (enum op)i);
        text_printf(out, "(double x%s) { return %s; }\n", op_infos[i].arity == 2 ? ", double w" : "",
                    c_operation_value((enum op)i));
    }
}
