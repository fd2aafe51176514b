/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/repl_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complain.h"
#include "cli/line_input.h"
#include "cli/names.h"
#include "cli/pager.h"
#include "cli/repl_files.h"
#include "cli/repl_help.h"
#include "cli/repl_show.h"

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
        repl_no_memory(p);
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
        repl_fail(p, GTAPE_BAD_PROGRAM);
    } else if (!data_inputs_add(data, file)) {
        repl_fail(p, GTAPE_BAD_DATA);
    } else if (!repl_replay(p, true)) {
        data_inputs_drop_last(data);
        gtape_on_print(p->run->g, NULL, NULL);
        repl_replay(p, false);
        run_listen(p->run);
    }
}

/* ---- :vars ---- */

static void write_variable(struct output *out, gtape *g, size_t index, const struct report_style *style,
                           size_t width) {
    gtape_name bound = gtape_name_at(g, index), *name = &bound;
    if (name->is_bound && !name->is_function) {
        size_t own = render_name_width(name->name);
        gtape_layout how = {style->number, (own < width ? width : own) + sizeof " = " - 1, style->shorten};
        const char *uncertain = gtape_name_text(g, index, how);
        if (uncertain) render_padded_text(out, name->name, width, uncertain);
        else render_padded_value(out, name->name, width, name->value, style);
        return;
    }
    render_name(out, name->name);
    output_text(out, name->is_function ? "(): a function\n" : ": no value yet\n");
}

static void command_vars(struct repl *p, const char *argument) {
    (void)argument;
    gtape *g = p->run->g;
    struct report_style style = p->run->style;
    style.shorten = p->terminal;
    size_t width = 0;
    for (size_t i = 0; i < gtape_name_count(g); i++) {
        gtape_name name = gtape_name_at(g, i);
        size_t own = name.is_constant || name.is_function || !style.align ? 0 : render_name_width(name.name);
        if (own > width && own <= WIDEST_NAME) width = own;
    }
    struct output *out = pager_begin(p->run);
    for (size_t i = 0; i < gtape_name_count(g); i++) {
        if (!gtape_name_at(g, i).is_constant) write_variable(out, g, i, &style, width);
    }
    pager_end(p->run);
}

/* ---- :time ---- */

/* Without an argument it turns; with a statement only that one is timed. */
static void command_time(struct repl *p, const char *argument) {
    bool before = p->timing;
    if (!*argument) p->timing = !before;
    else if (strcmp(argument, "on") == 0) p->timing = true;
    else if (strcmp(argument, "off") == 0) p->timing = false;
    else {
        p->timing = true;
        repl_take_line(p, argument, strlen(argument));
        p->timing = before || p->pending;
        return;
    }
    fprintf(stderr, "the time of each line is %s\n", p->timing ? "told" : "not told");
}

/* ---- :history ---- */

static void command_history(struct repl *p, const char *argument) {
    if (strcmp(argument, "off") == 0) line_input_forget();
    else if (!*argument) {
        struct output *out = pager_begin(p->run);
        const char *line;
        for (size_t i = 0; (line = line_input_history(i)) != NULL; i++) {
            output_text(out, line);
            output_text(out, "\n");
        }
        pager_end(p->run);
    } else {
        complain(":history takes nothing, or off");
        repl_fail(p, GTAPE_BAD_PROGRAM);
    }
}

/* ---- :reset, :quit ---- */

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
    {"help", "[NAME]", "this text, or about a function, statement or command", command_help, FITS_TOPIC,
     NULL},
    {"wrt", "[LIST]", "show gradients in these variables; - for none", command_wrt, FITS_NAME, NULL},
    {"at", "[NAME=EXPR]", "run the session again with another value of an input", command_at, FITS_BINDING,
     NULL},
    {"data", "[FILE|NAME=FILE]", "a table's columns, or a whole file, as inputs", command_data, FITS_FILE,
     NULL},
    {"vars", "", "names and their values", command_vars, FITS_NOTHING, NULL},
    {"tape", "", "the record of the session as a table", command_tape, FITS_NOTHING, NULL},
    {"graph", "[FILE]", "the same as a graph: DOT, or a file .svg, .png, .pdf", command_graph, FITS_FILE,
     NULL},
    {"show", "WHAT", "as --show", command_show, FITS_NOTHING, show_forms},
    {"check", "[TOL]", "hold the derivatives against differences", command_check, FITS_NOTHING, NULL},
    {"plot", "WORDS [-o FILE]", "z over x from -3 to 3; with , y from 0 to 2 contours", command_plot,
     FITS_PROGRAM, NULL},
    {"load", "FILE", "run a file as if it were typed here", command_load, FITS_FILE, NULL},
    {"save", "FILE", "write the session to a file that :load takes", command_save, FITS_FILE, NULL},
    {"time", "[on|off|STATEMENT]", "tell how long each line takes, or this one", command_time, FITS_PROGRAM,
     "on|off"},
    {"history", "[off]", "what was typed; off: keep nothing of this session", command_history, FITS_NOTHING,
     "off"},
    {"reset", "", "forget everything", command_reset, FITS_NOTHING, NULL},
    {"quit", "", "leave", command_quit, FITS_NOTHING, NULL},
};
const size_t repl_command_count = sizeof repl_commands / sizeof *repl_commands;

static const char *command_name_at(const void *user, size_t index) {
    (void)user;
    return repl_commands[index].name;
}

const struct repl_command *repl_find_command(const char *name) {
    const struct repl_command *found = NULL;
    for (size_t i = 0; i < repl_command_count; i++) {
        if (strcmp(repl_commands[i].name, name) == 0) return &repl_commands[i];
        if (strncmp(repl_commands[i].name, name, strlen(name)) != 0) continue;
        if (found) return NULL;
        found = &repl_commands[i];
    }
    return found;
}

static bool is_name(const gtape *g, const char *name) {
    for (size_t i = 0; i < gtape_name_count(g); i++)
        if (gtape_name_at(g, i).is_bound && strcmp(gtape_name_at(g, i).name, name) == 0) return true;
    return false;
}

/* "help", "quit()", "plot y over x": what follows the word is nothing, () or another word. */
void repl_suggest_command(const struct repl *p, const char *line, size_t length) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    static const char *const habits[][2] = {{"exit", "quit"}, {"?", "help"}, {"clear", "reset"}};
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)length, line);
    size_t width = *text == '?' ? 1 : strspn(text, letters);
    const char *behind = text + width;
    behind += strncmp(behind, "()", 2) == 0 ? 2 : 0;
    bool ends = behind[strspn(behind, " ;")] == '\0';
    if (!ends && (*behind != ' ' || !strchr(letters, behind[1]))) return;
    text[width] = '\0';
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
        if (strcmp(text, habits[i][0]) == 0) strcpy(text, habits[i][1]);
    for (size_t i = 0; i < repl_command_count; i++)
        if (strcmp(text, repl_commands[i].name) == 0 && !is_name(p->run->g, text))
            complain("the command is :%s", text);
}

static void unknown_command(struct repl *p, const char *name) {
    const char *near = nearest_name(name, repl_command_count, command_name_at, NULL);
    if (near) complain("unknown command ':%s'; did you mean ':%s'?", name, near);
    else complain("unknown command ':%s'; :help lists them", name);
    repl_fail(p, GTAPE_BAD_PROGRAM);
}

void repl_command(struct repl *p, const char *line, size_t length) {
    static const char blanks[] = " \t\r";
    char *text = strndup(line, length);
    if (!text) {
        repl_no_memory(p);
        return;
    }
    size_t end = strlen(text);
    while (end > 0 && strchr(blanks, text[end - 1])) text[--end] = '\0';
    char *name = text + strspn(text, blanks), *argument = name + strcspn(name, blanks);
    if (*argument) *argument++ = '\0';
    argument += strspn(argument, blanks);
    const struct repl_command *c = *name ? repl_find_command(name) : NULL;
    if (c) c->run(p, argument);
    else unknown_command(p, name);
    free(text);
}
