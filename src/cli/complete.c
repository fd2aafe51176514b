/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/complete.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/names.h"
#include "cli/repl_commands.h"
#include "cli/repl_help.h"

struct wanted {
    const struct repl *repl;
    const char *word;
    void (*each)(void *user, const char *completed);
    void *user;
};

/* Whether a name would do something else on a terminal than stand there, as one of a table may. */
static bool is_odd(const char *name) {
    unsigned long c = 0;
    for (size_t length; *name; name += length)
        if ((length = utf8_next(name, &c)) == 0 || is_hidden(c)) return true;
    return false;
}

static void offer(const struct wanted *w, const char *name, const char *behind) {
    char text[256];
    if (strncmp(name, w->word, strlen(w->word)) != 0 || is_odd(name)) return;
    if ((size_t)snprintf(text, sizeof text, "%s%s", name, behind) < sizeof text) w->each(w->user, text);
}

/* Those of "a|b|c". */
static void offer_words(const struct wanted *w, const char *words) {
    char word[32];
    for (const char *s = words; s && *s;) {
        size_t length = strcspn(s, "|");
        snprintf(word, sizeof word, "%.*s", (int)length, s);
        offer(w, word, "");
        s += length + (s[length] == '|');
    }
}

static void offer_commands(const struct wanted *w) {
    for (size_t i = 0; i < repl_command_count; i++) offer(w, repl_commands[i].name, "");
}

static void offer_functions(const struct wanted *w, const char *behind) {
    const gtape *g = w->repl->run->g;
    for (size_t i = 0; i < gtape_function_count(); i++) offer(w, gtape_function_at(i).name, behind);
    for (size_t i = 0; i < gtape_name_count(g); i++)
        if (gtape_name_at(g, i).is_function) offer(w, gtape_name_at(g, i).name, behind);
}

/* Variables and columns: plain names, or behind ${ the others. */
static void offer_names(const struct wanted *w, bool plain, const char *behind) {
    const gtape *g = w->repl->run->g;
    for (size_t i = 0; i < gtape_name_count(g); i++) {
        gtape_name name = gtape_name_at(g, i);
        if (!name.is_function && is_plain_name(name.name) == plain) offer(w, name.name, behind);
    }
    const char *column;
    for (size_t i = 0; (column = gtape_column(g, i)) != NULL; i++)
        if (is_plain_name(column) == plain) offer(w, column, behind);
}

static bool is_name_byte(char c) {
    unsigned char u = (unsigned char)c;
    return u == '_' || u >= 0x80 || (u >= '0' && u <= '9') || ((u | 0x20) >= 'a' && (u | 0x20) <= 'z');
}

/* The names in a piece that is not finished: parameters and locals, which the session does not know. */
static void offer_typed(const struct wanted *w, const char *text) {
    char name[128];
    while (*text) {
        size_t length = 0;
        while (is_name_byte(text[length])) length++;
        if (length > 1 && length < sizeof name && !(*text >= '0' && *text <= '9')) {
            memcpy(name, text, length);
            name[length] = '\0';
            offer(w, name, "");
        }
        text += length ? length : 1;
    }
}

/* ---- named arguments ---- */

struct call {
    const char *name; /* of the function; not terminated */
    size_t length;
    size_t commas; /* between the bracket and the end */
    bool in_text;  /* the end is within "..." */
};

/* The innermost call that is open at the end of the text; length 0 where there is none. */
static struct call find_call(const char *text) {
    enum { DEEPEST = 64 };
    struct call open[DEEPEST] = {{0}};
    size_t depth = 0;
    bool in_text = false;
    for (const char *s = text; *s; s++) {
        if (*s == '"') in_text = !in_text;
        else if (in_text) s += *s == '\\' && s[1];
        else if (*s == '#') s += strcspn(s, "\n"), s -= !*s;
        else if (*s == '(' || *s == '[' || *s == '{') {
            const char *begin = s;
            while (*s == '(' && begin > text && is_name_byte(begin[-1])) begin--;
            if (++depth < DEEPEST) open[depth] = (struct call){begin, (size_t)(s - begin), 0, false};
        } else if (*s == ')' || *s == ']' || *s == '}') depth -= depth > 0;
        else if (*s == ',' && depth < DEEPEST) open[depth].commas++;
    }
    struct call call = depth < DEEPEST ? open[depth] : (struct call){0};
    call.in_text = in_text;
    return call;
}

/* The parameters that are not given by their place yet: "x, axis, keepdims". */
static void offer_parameters(const struct wanted *w, const struct call *call, const char *signature) {
    char name[64];
    size_t index = 0;
    for (const char *s = signature; *s; index++) {
        size_t length = strcspn(s, ", ");
        snprintf(name, sizeof name, "%.*s", (int)length, s);
        if (strcmp(name, "...") != 0 && index >= call->commas && index > 0) offer(w, name, "=");
        s += length;
        s += strspn(s, ", ");
    }
}

static void offer_arguments(const struct wanted *w, const struct call *call) {
    for (size_t i = 0; i < gtape_function_count() && call->length; i++) {
        gtape_function f = gtape_function_at(i);
        if (strlen(f.name) == call->length && memcmp(f.name, call->name, call->length) == 0)
            offer_parameters(w, call, f.signature);
    }
}

/* ---- program text ---- */

/* What the grammar takes. */
struct expected {
    const struct wanted *w;
    bool any, name;
};

static void take_expected(void *user, const char *token) {
    static const char *const no_words[] = {"number", "text", "program", "bindings", "names"};
    struct expected *e = user;
    e->any = true;
    if (strcmp(token, "name") == 0) {
        e->name = true;
        return;
    }
    for (size_t i = 0; i < sizeof no_words / sizeof *no_words; i++)
        if (strcmp(token, no_words[i]) == 0) return;
    for (const char *s = token; *s; s++)
        if (*s < 'a' || *s > 'z') return;
    offer(e->w, token, "");
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && memcmp(text + n - m, end, m) == 0;
}

static void complete_program(const struct wanted *w, const char *before) {
    const char *pending = w->repl->pending ? w->repl->pending : "";
    size_t length = strlen(pending);
    char *text = malloc(length + strlen(before) + 1);
    if (!text) return;
    memcpy(text, pending, length);
    strcpy(text + length, before);
    struct call call = find_call(text);
    if (ends_with(before, "${")) offer_names(w, false, "}");
    else if (!call.in_text) {
        struct expected e = {.w = w};
        gtape_expected(w->repl->run->g, text, take_expected, &e);
        if (e.name || !e.any) {
            offer_arguments(w, &call);
            offer_names(w, true, "");
            offer_typed(w, pending);
            offer_functions(w, "(");
        }
    }
    free(text);
}

/* ---- commands ---- */

/* The command of a line ":data fi", and where its argument starts; NULL while its name is being typed. */
static const struct repl_command *command_of(const struct repl *p, const char *line, const char **argument) {
    line += strspn(line, " \t");
    if (p->pending || *line != ':') return NULL;
    size_t length = strcspn(++line, " \t");
    if (!line[length]) return NULL;
    char name[32];
    snprintf(name, sizeof name, "%.*s", (int)length, line);
    *argument = line + length + strspn(line + length, " \t");
    return *name ? repl_find_command(name) : NULL;
}

static enum line_fits complete_argument(const struct wanted *w, const struct repl_command *c,
                                        const char *before) {
    if (!*before) offer_words(w, c->words);
    switch (c->fits) {
    case FITS_NOTHING: break;
    case FITS_FILE: return LINE_FITS_FILES;
    case FITS_PROGRAM: complete_program(w, before); break;
    case FITS_NAME: offer_names(w, true, ""); break;
    case FITS_BINDING:
        if (!*before || ends_with(before, ",")) offer_names(w, true, "=");
        else complete_program(w, before);
        break;
    case FITS_TOPIC:
        offer_commands(w);
        for (size_t i = 0; help_topic_name(i); i++) offer(w, help_topic_name(i), "");
        offer_functions(w, "");
        break;
    }
    return LINE_FITS_WORDS;
}

enum line_fits complete_line(void *repl, const char *before, const char *word,
                             void (*each)(void *user, const char *completed), void *user) {
    const struct repl *p = repl;
    struct wanted w = {p, word, each, user};
    const char *argument;
    const struct repl_command *c = command_of(p, before, &argument);
    if (c) return complete_argument(&w, c, argument);
    before += strspn(before, " \t");
    if (*before != ':' || p->pending) complete_program(&w, before);
    else if (!before[1]) offer_commands(&w);
    return LINE_FITS_WORDS;
}

const char *complete_breaks(void *repl, const char *line) {
    const char *argument;
    const struct repl_command *c = command_of(repl, line, &argument);
    return c && c->fits == FITS_FILE ? " \t=" : " \t\n\"'\\`@$><=;|&{}()[]+-*/^%!?:,~";
}
