/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/complete.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/names.h"
#include "cli/repl_commands.h"

struct wanted {
    const char *word;
    void (*each)(void *user, const char *completed);
    void *user;
};

static void offer(const struct wanted *w, const char *name, const char *behind) {
    char text[256];
    if (strncmp(name, w->word, strlen(w->word)) != 0 || !is_plain_name(name)) return;
    if ((size_t)snprintf(text, sizeof text, "%s%s", name, behind) < sizeof text) w->each(w->user, text);
}

static void offer_commands(const struct wanted *w) {
    for (size_t i = 0; i < repl_command_count; i++) offer(w, repl_commands[i].name, "");
}

static void offer_functions(const struct wanted *w, const gtape *g, const char *behind) {
    for (size_t i = 0; i < gtape_function_count(); i++) offer(w, gtape_function_at(i).name, behind);
    for (size_t i = 0; i < gtape_name_count(g); i++)
        if (gtape_name_at(g, i).is_function) offer(w, gtape_name_at(g, i).name, behind);
}

static void offer_names(const struct wanted *w, const gtape *g) {
    for (size_t i = 0; i < gtape_name_count(g); i++)
        if (!gtape_name_at(g, i).is_function) offer(w, gtape_name_at(g, i).name, "");
    const char *column;
    for (size_t i = 0; (column = gtape_column(g, i)) != NULL; i++) offer(w, column, "");
}

static bool starts_with(const char *line, const char *command) {
    size_t length = strlen(command);
    return strncmp(line, command, length) == 0 && (line[length] == ' ' || line[length] == '\t');
}

void complete_word(void *session, const char *before, const char *word,
                   void (*each)(void *user, const char *completed), void *user) {
    const gtape *g = session;
    struct wanted w = {word, each, user};
    before += strspn(before, " \t");
    if (strcmp(before, ":") == 0) {
        offer_commands(&w);
    } else if (starts_with(before, ":help")) {
        offer_commands(&w);
        offer_functions(&w, g, "");
    } else if (starts_with(before, ":wrt")) {
        offer_names(&w, g);
    } else {
        offer_names(&w, g);
        offer_functions(&w, g, "(");
    }
}
