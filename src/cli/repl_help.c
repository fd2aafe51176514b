/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/repl_help.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/names.h"
#include "cli/pager.h"
#include "cli/repl_commands.h"
#include "cli/terminal.h"

/* ---- help_topics.def ---- */

/* Texts in place, as in op_info: nothing to relocate at the start. */
struct function_notes {
    char name[16], derivative[88], example[56], result[32];
};

struct topic {
    const char *name, *form, *meaning, *example, *result;
};

#define TOPIC(name, form, meaning, example, result)
#define FUNCTION(name, derivative, example, result) {name, derivative, example, result},
static const struct function_notes function_notes[] = {
#include "cli/help_topics.def"
};
#undef FUNCTION
#undef TOPIC

#define FUNCTION(name, derivative, example, result)
#define TOPIC(name, form, meaning, example, result) {name, form, meaning, example, result},
static const struct topic topics[] = {
#include "cli/help_topics.def"
};
#undef FUNCTION
#undef TOPIC

enum { NOTES = sizeof function_notes / sizeof *function_notes, TOPICS = sizeof topics / sizeof *topics };

const char *help_topic_name(size_t index) { return index < TOPICS ? topics[index].name : NULL; }

static const struct function_notes *find_notes(const char *name) {
    for (size_t i = 0; i < NOTES; i++)
        if (strcmp(function_notes[i].name, name) == 0) return &function_notes[i];
    return NULL;
}

/* ---- parts ---- */

/* "  sin(x)      the sine" */
static void write_entry(struct output *out, const char *name, const char *text, size_t column) {
    size_t width = display_width(name) + 2;
    output_text(out, "  ");
    output_text(out, name);
    output_repeat(out, ' ', width < column ? column - width : 2);
    output_text(out, text);
    output_text(out, "\n");
}

enum { LABEL_COLUMN = 18 };

static void write_meaning(struct output *out, const char *text) {
    output_text(out, "  ");
    output_text(out, text);
    output_text(out, "\n");
}

static void write_labelled(struct output *out, const char *label, const char *text) {
    if (text && *text) write_entry(out, label, text, LABEL_COLUMN);
}

/* The result may have several lines. */
static void write_example(struct output *out, const char *example, const char *result) {
    write_labelled(out, "example", example);
    while (*result) {
        size_t length = strcspn(result, "\n");
        output_repeat(out, ' ', LABEL_COLUMN);
        output_write(out, result, length);
        output_text(out, "\n");
        result += length + (result[length] == '\n');
    }
}

/* ---- everything ---- */

struct grid {
    struct output *out;
    size_t columns, at;
};

/* The next of many names, in columns. */
static void write_cell(struct grid *grid, const char *name) {
    enum { COLUMN = 14 };
    size_t width = strlen(name) + 2, cell = (width + COLUMN - 1) / COLUMN * COLUMN;
    if (grid->at > 0 && grid->at + cell > grid->columns) {
        output_text(grid->out, "\n");
        grid->at = 0;
    }
    output_text(grid->out, "  ");
    output_text(grid->out, name);
    output_repeat(grid->out, ' ', cell - width);
    grid->at += cell;
}

static void write_names(struct output *out) {
    struct grid grid = {out, terminal_columns(STDOUT_FILENO), 0};
    output_text(out, "\nStatements, names (:help NAME):\n");
    for (size_t i = 0; i < TOPICS; i++) write_cell(&grid, topics[i].name);
    grid.at = 0;
    output_text(out, "\n\nFunctions (:help NAME):\n");
    for (size_t i = 0; i < gtape_function_count(); i++) write_cell(&grid, gtape_function_at(i).name);
    output_text(out, "\n");
}

static void help_all(struct output *out) {
    output_text(out, "A line is a statement, y = x^2; its value is shown, and its gradient in the\n"
                     "variables that :wrt chose.  A ; at the end keeps it quiet.  Open brackets and\n"
                     "blocks go on in the next line; an empty line or Ctrl-C throws them away.\n"
                     "ans is the value of the last bare expression.  Ctrl-C stops a computation,\n"
                     "Ctrl-D leaves.\n\n");
    for (size_t i = 0; i < repl_command_count; i++) {
        const struct repl_command *c = &repl_commands[i];
        char name[64];
        snprintf(name, sizeof name, ":%s %s", c->name, c->argument);
        write_entry(out, name, c->help, 28);
    }
    write_names(out);
}

/* ---- one thing ---- */

static void help_function(struct output *out, const gtape_function *f) {
    const struct function_notes *notes = find_notes(f->name);
    output_text(out, f->name);
    output_text(out, "(");
    output_text(out, f->signature);
    output_text(out, ")\n");
    if (f->help) write_meaning(out, f->help);
    write_labelled(out, f->derivative2 ? "derivative in x" : "derivative", f->derivative);
    write_labelled(out, "derivative in w", f->derivative2);
    if (!f->derivative && notes) write_labelled(out, "derivative", notes->derivative);
    if (f->derivative || f->domain) write_labelled(out, "domain", f->domain ? f->domain : "everywhere");
    if (notes) write_example(out, notes->example, notes->result);
}

static void help_topic(struct output *out, const struct topic *t) {
    output_text(out, t->form);
    output_text(out, "\n");
    write_meaning(out, t->meaning);
    write_example(out, t->example, t->result);
}

static void help_command(struct output *out, const struct repl_command *c) {
    char usage[64];
    snprintf(usage, sizeof usage, ":%s %s", c->name, c->argument);
    output_text(out, usage);
    output_text(out, "\n");
    write_meaning(out, c->help);
}

/* A colon in front asks for the command alone. */
static bool help_about(struct output *out, const char *name) {
    bool known = false, command = name[0] == ':';
    for (size_t i = 0; i < repl_command_count; i++)
        if (strcmp(repl_commands[i].name, name + command) == 0)
            help_command(out, &repl_commands[i]), known = true;
    for (size_t i = 0; i < TOPICS; i++)
        if (strcmp(topics[i].name, name) == 0) help_topic(out, &topics[i]), known = true;
    for (size_t i = 0; i < gtape_function_count(); i++) {
        gtape_function f = gtape_function_at(i);
        if (strcmp(f.name, name) == 0) help_function(out, &f), known = true;
    }
    return known;
}

static const char *topic_at(const void *user, size_t index) {
    (void)user;
    if (index < repl_command_count) return repl_commands[index].name;
    index -= repl_command_count;
    return index < TOPICS ? topics[index].name : gtape_function_at(index - TOPICS).name;
}

static void unknown_topic(const char *name) {
    size_t count = repl_command_count + TOPICS + gtape_function_count();
    const char *near = nearest_name(name, count, topic_at, NULL);
    if (near) complain("no function, statement or command '%s'; did you mean '%s'?", name, near);
    else complain("no function, statement or command '%s'; :help lists them", name);
}

/* "sin(x)" is asked for as often as "sin". */
void command_help(struct repl *p, const char *name) {
    char word[64];
    size_t length = strcspn(name, "( ");
    snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), name);
    struct output *out = pager_begin(p->run);
    bool known = true;
    if (*word) known = help_about(out, word);
    else help_all(out);
    pager_end(p->run);
    if (known) return;
    unknown_topic(name);
    repl_fail(p, GTAPE_BAD_PROGRAM);
}
