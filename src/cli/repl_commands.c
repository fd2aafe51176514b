/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/repl_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/names.h"
#include "cli/prompt_signals.h"
#include "cli/terminal.h"

/* ---- :help ---- */

/* "  sin(x)      the sine" */
static void write_entry(struct output *out, const char *name, const char *text, size_t column) {
    size_t width = display_width(name) + 2;
    output_text(out, "  ");
    output_text(out, name);
    output_repeat(out, ' ', width < column ? column - width : 2);
    output_text(out, text);
    output_text(out, "\n");
}

static void help_functions(struct output *out) {
    enum { COLUMN = 14 };
    size_t columns = terminal_columns(STDOUT_FILENO), at = 0;
    for (size_t i = 0; i < gtape_function_count(); i++) {
        const char *name = gtape_function_at(i).name;
        size_t width = strlen(name) + 2, cell = (width + COLUMN - 1) / COLUMN * COLUMN;
        if (at > 0 && at + cell > columns) {
            output_text(out, "\n");
            at = 0;
        }
        output_text(out, "  ");
        output_text(out, name);
        output_repeat(out, ' ', cell - width);
        at += cell;
    }
    output_text(out, "\n");
}

static void help_all(struct output *out) {
    output_text(out,
                "A line is a statement, y = x^2; its value is shown, and its gradient in the variables that\n"
                ":wrt chose.  A ; at the end keeps it quiet.  Open brackets go on in the next line.\n\n");
    for (size_t i = 0; i < repl_command_count; i++) {
        const struct repl_command *c = &repl_commands[i];
        char name[64];
        snprintf(name, sizeof name, ":%s %s", c->name, c->argument);
        write_entry(out, name, c->help, 20);
    }
    output_text(out, "\nFunctions (:help NAME):\n");
    help_functions(out);
}

static void help_function(struct output *out, const gtape_function *f) {
    output_text(out, f->name);
    output_text(out, "(");
    output_text(out, f->signature);
    output_text(out, ")\n");
    if (f->help) write_entry(out, "", f->help, 2);
    if (f->derivative) write_entry(out, "derivative", f->derivative, 16);
    write_entry(out, "domain", f->domain ? f->domain : "everywhere", 16);
}

static const char *help_topic_at(const void *user, size_t index) {
    (void)user;
    return index < repl_command_count ? repl_commands[index].name
                                      : gtape_function_at(index - repl_command_count).name;
}

static void unknown_topic(const char *name) {
    const char *near = nearest_name(name, repl_command_count + gtape_function_count(), help_topic_at, NULL);
    if (near) complain("no function or command '%s'; did you mean '%s'?", name, near);
    else complain("no function or command '%s'; :help lists them", name);
}

static void command_help(struct repl *p, const char *name) {
    struct output *out = &p->run->out;
    bool known = false;
    if (!*name) {
        help_all(out);
        return;
    }
    for (size_t i = 0; i < repl_command_count; i++) {
        const struct repl_command *c = &repl_commands[i];
        if (strcmp(c->name, name + (name[0] == ':')) != 0) continue;
        char usage[64];
        snprintf(usage, sizeof usage, ":%s %s", c->name, c->argument);
        write_entry(out, usage, c->help, 20);
        known = true;
    }
    for (size_t i = 0; i < gtape_function_count(); i++) {
        gtape_function f = gtape_function_at(i);
        if (strcmp(f.name, name) != 0) continue;
        help_function(out, &f);
        known = true;
    }
    if (!known) unknown_topic(name);
}

/* ---- :wrt, :at ---- */

static void command_wrt(struct repl *p, const char *names) {
    if (strcmp(names, "-") == 0) repl_watch(p, NULL);
    else if (*names) repl_watch(p, names);
    else {
        struct output *out = &p->run->out;
        output_text(out, p->watched ? p->watched : "no variables are chosen; :wrt x,y chooses them");
        output_text(out, "\n");
    }
}

/* A new value that the session does not take leaves everything as it was. */
static void command_at(struct repl *p, const char *inputs) {
    if (!*inputs) {
        for (size_t i = 0; i < p->inputs.count; i++) {
            output_text(&p->run->out, p->inputs.items[i].text);
            output_text(&p->run->out, "\n");
        }
        return;
    }
    if (!texts_add(&p->inputs, NULL, inputs, strlen(inputs))) {
        complain("memory exhausted");
    } else if (!repl_replay(p, true)) {
        texts_drop_last(&p->inputs);
        gtape_on_print(p->run->g, NULL, NULL);
        repl_replay(p, false);
        run_listen(p->run);
    }
}

/* ---- :data ---- */

static void list_columns(struct repl *p) {
    const char *name;
    for (size_t i = 0; (name = gtape_column(p->run->g, i)) != NULL; i++) {
        render_name(&p->run->out, name);
        output_text(&p->run->out, "\n");
    }
}

/* The session runs again, so that names which have a column now take it; as with :at, a file that it does not
 * take leaves everything as it was. */
static void command_data(struct repl *p, const char *file) {
    struct data_inputs *data = &p->run->data;
    if (!*file) {
        list_columns(p);
    } else if (strcmp(data_path(file), "-") == 0) {
        complain("standard input is what is typed here");
    } else if (!data_inputs_add(data, file)) {
        if (!p->terminal && !p->status) p->status = GTAPE_BAD_DATA;
    } else if (!repl_replay(p, true)) {
        data_inputs_drop_last(data);
        gtape_on_print(p->run->g, NULL, NULL);
        repl_replay(p, false);
        run_listen(p->run);
    }
}

/* ---- :vars, :reset, :quit ---- */

static void write_variable(struct repl *p, const gtape_name *name) {
    struct output *out = &p->run->out;
    struct report_style style = p->run->style;
    style.shorten = p->terminal;
    if (name->is_function) {
        render_name(out, name->name);
        output_text(out, "(): a function\n");
    } else if (name->is_bound) {
        render_named_value(out, name->name, name->value, &style);
    } else {
        render_name(out, name->name);
        output_text(out, ": no value yet\n");
    }
}

static void command_vars(struct repl *p, const char *argument) {
    (void)argument;
    for (size_t i = 0; i < gtape_name_count(p->run->g); i++) {
        gtape_name name = gtape_name_at(p->run->g, i);
        if (!name.is_constant) write_variable(p, &name);
    }
}

static void command_reset(struct repl *p, const char *argument) {
    (void)argument;
    gtape_reset(p->run->g);
    texts_clear(&p->pieces);
    texts_clear(&p->inputs);
    data_inputs_clear(&p->run->data);
    free(p->watched);
    p->watched = NULL;
}

static void command_quit(struct repl *p, const char *argument) {
    (void)argument;
    p->quit = true;
}

/* ---- the table ---- */

const struct repl_command repl_commands[] = {
    {"help", "[NAME]", "this text, or about a function or command", command_help},
    {"wrt", "[LIST]", "show gradients in these variables; - for none", command_wrt},
    {"at", "[NAME=EXPR]", "run the session again with another value of an input", command_at},
    {"data", "[FILE|NAME=FILE]", "a table's columns, or a whole file, as inputs", command_data},
    {"vars", "", "names and their values", command_vars},
    {"reset", "", "forget everything", command_reset},
    {"quit", "", "leave", command_quit},
};
const size_t repl_command_count = sizeof repl_commands / sizeof *repl_commands;

static const char *command_name_at(const void *user, size_t index) {
    (void)user;
    return repl_commands[index].name;
}

/* By its name, or by the beginning of only one. */
static const struct repl_command *find_command(const char *name) {
    const struct repl_command *found = NULL;
    for (size_t i = 0; i < repl_command_count; i++) {
        if (strcmp(repl_commands[i].name, name) == 0) return &repl_commands[i];
        if (strncmp(repl_commands[i].name, name, strlen(name)) != 0) continue;
        if (found) return NULL;
        found = &repl_commands[i];
    }
    return found;
}

static void unknown_command(struct repl *p, const char *name) {
    const char *near = nearest_name(name, repl_command_count, command_name_at, NULL);
    if (near) complain("unknown command ':%s'; did you mean ':%s'?", name, near);
    else complain("unknown command ':%s'; :help lists them", name);
    if (!p->terminal && !p->status) p->status = GTAPE_BAD_PROGRAM;
}

void repl_command(struct repl *p, const char *line) {
    static const char blanks[] = " \t\r";
    char *text = strdup(line);
    if (!text) {
        complain("memory exhausted");
        return;
    }
    size_t end = strlen(text);
    while (end > 0 && strchr(blanks, text[end - 1])) text[--end] = '\0';
    char *name = text + strspn(text, blanks), *argument = name + strcspn(name, blanks);
    if (*argument) *argument++ = '\0';
    argument += strspn(argument, blanks);
    const struct repl_command *c = *name ? find_command(name) : NULL;
    if (c) c->run(p, argument);
    else unknown_command(p, name);
    free(text);
}
