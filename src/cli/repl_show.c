/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/repl_show.h"

#include <stdlib.h>
#include <string.h>

#include "cli/complain.h"
#include "cli/pager.h"
#include "cli/prompt_signals.h"
#include "cli/repl_files.h"
#include "cli/spawn.h"

const char show_forms[] = "symbolic|latex|c|tape|graph|gradients|jacobian|hessian|uncertainty";

/* ---- the session again ---- */

static gtape_status give_all(struct repl *p, gtape *g) {
    gtape_status status = run_set_options(g, p->run->options);
    if (!status) status = gtape_set(g, "constants", "1");
    if (!status) status = gtape_set(g, "report", "1");
    for (size_t i = 0; i < p->run->data.count && !status; i++) status = data_give(g, &p->run->data.items[i]);
    for (size_t i = 0; i < p->pieces.count && !status; i++) {
        const struct text_item *piece = &p->pieces.items[i];
        status = gtape_add(g, piece->name, piece->text, piece->length);
    }
    for (size_t i = 0; i < p->inputs.count && !status; i++) status = gtape_at(g, p->inputs.items[i].text);
    if (!status && p->watched) status = gtape_wrt(g, p->watched);
    return status;
}

/* Does something with the session made again, while Ctrl-C stops that one. */
static void with_again(struct repl *p, int (*work)(struct run *r, const void *argument),
                       const void *argument) {
    gtape *usual = p->run->g, *g = gtape_new();
    if (!g) {
        repl_no_memory(p);
        return;
    }
    p->run->g = g;
    prompt_signals_session(g);
    prompt_computing(true);
    p->run->notes.again = true;
    int status = run_status(p->run, give_all(p, g));
    if (!status) status = work(p->run, argument);
    p->run->notes.again = false;
    prompt_computing(false);
    prompt_signals_session(usual);
    p->run->g = usual;
    gtape_free(g);
    if (status) repl_fail(p, status);
}

/* ---- texts ---- */

static bool needs_run(const char *what) { return strcmp(what, "tape") == 0 || strcmp(what, "graph") == 0; }

/* The text of a form, or NULL after a complaint. */
static const char *make_form(struct run *r, const char *what, int *status) {
    const char *text = NULL;
    *status = 0;
    if (needs_run(what)) {
        gtape_set(r->g, "record", "1");
        *status = run_status(r, gtape_run(r->g));
    }
    if (!*status) *status = run_status(r, gtape_show(r->g, what, &text));
    return *status ? NULL : text;
}

static int write_form(struct run *r, const void *what) {
    int status;
    const char *text = make_form(r, what, &status);
    if (!text) return status;
    struct output *out = pager_begin(r);
    output_text(out, text);
    pager_end(r);
    return 0;
}

void command_tape(struct repl *p, const char *argument) {
    (void)argument;
    with_again(p, write_form, "tape");
}

/* Values and derivatives; jacobian is a word for what tensors have in place of a gradient. */
static int write_report(struct run *r, const void *what) {
    bool budget = strcmp(what, "uncertainty") == 0;
    if (strcmp(what, "hessian") == 0) gtape_set(r->g, "hessian", "1");
    if (budget) gtape_set(r->g, "budget", "1");
    int status = run_status(r, gtape_run(r->g));
    if (status) return status;
    if (budget) return run_budget(r);
    render_report(&r->out, r->g, &r->style);
    return 0;
}

void command_show(struct repl *p, const char *what) {
    static const char reports[] = "gradients|jacobian|hessian|uncertainty";
    bool is_report = options_find_word(reports, what) >= 0;
    if (!is_report && options_find_word(show_forms, what) < 0) {
        complain(":show takes gradients, jacobian, hessian, uncertainty, symbolic, latex, c, tape or graph");
        repl_fail(p, GTAPE_BAD_PROGRAM);
    } else if (is_report && *what != 'u' && !p->watched && !gtape_variable_count(p->run->g)) {
        complain("no variables are chosen; :wrt x,y chooses them");
        repl_fail(p, GTAPE_BAD_PROGRAM);
    } else with_again(p, is_report ? write_report : write_form, what);
}

/* ---- files ---- */

/* Does something with a new file, which is kept where that went well. */
static int with_file(struct run *r, const char *path,
                     int (*work)(struct run *r, struct output *out, const void *what), const void *what) {
    static struct output out;
    char *full = repl_path(path);
    if (!full) return GTAPE_BAD_DATA;
    int status = GTAPE_BAD_DATA;
    if (!output_open(&out, full)) {
        output_complain(&out);
    } else {
        status = work(r, &out, what);
        if (output_close(&out, status == 0)) {
            output_complain(&out);
            status = GTAPE_BAD_DATA;
        }
    }
    free(full);
    return status;
}

static int draw_graph(struct run *r, struct output *out, const void *path) {
    static const char *const kinds[][2] = {{".svg", "-Tsvg"}, {".png", "-Tpng"}, {".pdf", "-Tpdf"}};
    const char *end = strrchr(path, '.'), *kind = NULL;
    for (size_t i = 0; end && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(end, kinds[i][0]) == 0) kind = kinds[i][1];
    int status;
    const char *text = make_form(r, "graph", &status);
    if (!text) return status;
    if (!kind) {
        output_text(out, text);
        return 0;
    }
    char words[2][8] = {"dot"};
    strcpy(words[1], kind);
    return spawn_draw((char *[]){words[0], words[1], NULL}, text, strlen(text), out);
}

static int write_graph(struct run *r, const void *path) { return with_file(r, path, draw_graph, path); }

void command_graph(struct repl *p, const char *path) {
    if (*path) with_again(p, write_graph, path);
    else with_again(p, write_form, "graph");
}

/* ---- :check, :plot ---- */

static int check(struct run *r, const void *tolerance) {
    int status = run_status(r, gtape_run(r->g));
    return status ? status : run_check(r, *(const double *)tolerance);
}

void command_check(struct repl *p, const char *argument) {
    double tolerance;
    if (!options_tolerance(argument, &tolerance)) {
        complain(":check takes a tolerance between 0 and 1");
        repl_fail(p, GTAPE_BAD_PROGRAM);
        return;
    }
    with_again(p, check, &tolerance);
}

struct plot_request {
    const char *words, *path;
};

static int draw_plot(struct run *r, struct output *out, const void *request) {
    return run_plot(r, r->g, ((const struct plot_request *)request)->words, false, out);
}

static int plot(struct run *r, const void *argument) {
    const struct plot_request *q = argument;
    return q->path ? with_file(r, q->path, draw_plot, q) : draw_plot(r, &r->out, q);
}

/* z over x from 0 to 1 -o FILE */
void command_plot(struct repl *p, const char *argument) {
    char *words = strdup(argument), *option = words ? strstr(words, " -o ") : NULL;
    if (!words) {
        repl_no_memory(p);
        return;
    }
    struct plot_request q = {words, NULL};
    if (option) {
        *option = '\0';
        q.path = option + strlen(" -o ");
        q.path += strspn(q.path, " \t");
    }
    with_again(p, plot, &q);
    free(words);
}
