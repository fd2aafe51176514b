/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_words.c - "z over x from -3 to 3, y from 0 to 2": see plot.h. */
#include <stdlib.h>
#include <string.h>

#include "cli/complain.h"
#include "cli/plot.h"

static const char blanks[] = " \t\r\n";

/* The next ` word ` outside of brackets, texts and ${names}, or NULL. */
static const char *find_word(const char *text, const char *word) {
    size_t length = strlen(word);
    int depth = 0;
    for (const char *s = text; *s; s++) {
        if (strchr("([{", *s)) depth++;
        else if (strchr(")]}", *s)) depth--;
        if (depth || strncmp(s, word, length) != 0) continue;
        if (length == 1) return s;
        if (s > text && strchr(blanks, s[-1]) && s[length] && strchr(blanks, s[length])) return s;
    }
    return NULL;
}

/* A copy without blanks around it; NULL without memory. */
static char *trimmed(const char *from, const char *to) {
    from += strspn(from, blanks);
    while (to > from && strchr(blanks, to[-1])) to--;
    return strndup(from, to > from ? (size_t)(to - from) : 0);
}

static bool malformed(void) {
    complain("a plot is: z over x from -3 to 3, or: z over x from -3 to 3, y from 0 to 2, or: y over t");
    return false;
}

/* ${a b} is called a b. */
static void unquote(char *name) {
    size_t length = strlen(name);
    if (length < 4 || strncmp(name, "${", 2) != 0 || name[length - 1] != '}') return;
    memmove(name, name + 2, length - 3);
    name[length - 3] = '\0';
}

static bool take_axis(struct plot_axis *a, const char *from, const char *to) {
    char *text = trimmed(from, to);
    if (!text) return malformed();
    const char *begin = find_word(text, "from"), *end = begin ? find_word(begin, "to") : NULL;
    a->name = trimmed(text, begin ? begin : text + strlen(text));
    if (end) {
        a->from = trimmed(begin + strlen("from"), end);
        a->to = trimmed(end + strlen("to"), text + strlen(text));
    }
    free(text);
    bool ok = a->name && *a->name && (!begin || (end && a->from && *a->from && a->to && *a->to));
    if (ok) unquote(a->name);
    return ok || malformed();
}

bool plot_parse(struct plot *p, const char *words) {
    *p = (struct plot){0};
    const char *over = find_word(words, "over");
    if (!over) return malformed();
    p->target = trimmed(words, over);
    if (!p->target || !*p->target) return malformed();
    const char *rest = over + strlen("over"), *comma = find_word(rest, ","), *end = rest + strlen(rest);
    if (!take_axis(&p->axes[0], rest, comma ? comma : end)) return false;
    if (comma && find_word(comma + 1, ",")) {
        complain("a plot is over one name or two");
        return false;
    }
    if (comma && !take_axis(&p->axes[1], comma + 1, end)) return false;
    return !comma || (p->axes[0].from && p->axes[1].from) || malformed();
}

void plot_free(struct plot *p) {
    free(p->target);
    for (int i = 0; i < PLOT_AXES; i++) {
        free(p->axes[i].name);
        free(p->axes[i].from);
        free(p->axes[i].to);
    }
    free(p->points);
    free(p->values);
    free(p->band);
    free(p->abscissa);
    free(p->path);
    free(p->script);
    *p = (struct plot){0};
}
