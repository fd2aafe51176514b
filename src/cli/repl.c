/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/repl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/complete.h"
#include "cli/line_input.h"
#include "cli/prompt_signals.h"
#include "cli/repl_commands.h"
#include "cli/repl_files.h"

static const char session_name[] = "<stdin>";

/* ---- one piece ---- */

void repl_fail(struct repl *p, int status) {
    p->failed = true;
    if (!p->terminal && !p->status) p->status = status;
}

void repl_no_memory(struct repl *p) {
    complain("memory exhausted");
    repl_fail(p, GTAPE_FAILED);
}

bool repl_accepts(struct repl *p, gtape_status status) {
    int exit_status = run_status(p->run, status);
    if (exit_status) repl_fail(p, exit_status);
    return exit_status == 0;
}

/* Whether the last statement ends with ; which keeps it quiet.  Texts, odd names and comments are stepped
 * over. */
static bool ends_quietly(const char *text, size_t length) {
    char last = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '#') {
            while (i < length && text[i] != '\n') i++;
        } else if (c == '"') {
            for (i++; i < length && text[i] != '"'; i++) i += text[i] == '\\';
            last = c;
        } else if (c == '$' && i + 1 < length && text[i + 1] == '{') {
            while (i < length && text[i] != '}') i++;
            last = '}';
        } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') last = c;
    }
    return last == ';';
}

static void tell_time(const struct repl *p) {
    if (!p->timing) return;
    gtape_stats s = gtape_statistics(p->run->g);
    fprintf(stderr, "%.3g s, %zu operations\n", s.run_seconds, s.operations);
}

static gtape_status feed(struct repl *p, const char *name, const char *text, size_t length) {
    progress_begin(&p->run->progress, p->run->options->progress, true);
    gtape_set(p->run->g, "times", p->timing ? "1" : "0");
    prompt_computing(true);
    gtape_status status = gtape_feed(p->run->g, name, text, length);
    prompt_computing(false);
    progress_clear(&p->run->progress);
    /* behind the ^C that the terminal wrote */
    if (status == GTAPE_FAILED && gtape_solution_count(p->run->g))
        render_report(&p->run->out, p->run->g, &p->run->style);
    if (status == GTAPE_INTERRUPTED) fputs(p->terminal ? "\ninterrupted\n" : "interrupted\n", stderr);
    return status;
}

static void show(struct repl *p, const char *text, size_t length) {
    if (!ends_quietly(text, length)) render_report(&p->run->out, p->run->g, &p->run->style);
    output_flush(&p->run->out);
}

static void drop_pending(struct repl *p) {
    free(p->pending);
    p->pending = NULL;
    p->pending_length = 0;
}

/* What a fed piece came to; it is kept where all went well. */
static void finish_piece(struct repl *p, gtape_status status, const char *name, const char *text,
                         size_t length, bool shown) {
    if (!repl_accepts(p, status)) return;
    if (shown) show(p, text, length);
    tell_time(p);
    if (!texts_add(&p->pieces, name, text, length)) repl_no_memory(p);
}

bool repl_run_piece(struct repl *p, const char *name, const char *text, size_t length, bool shown,
                    bool whole) {
    gtape_status status = feed(p, name, text, length);
    if (status == GTAPE_INCOMPLETE && !whole) return false;
    if (status == GTAPE_INCOMPLETE)
        status = gtape_add(p->run->g, name, text, length); /* says what is missing */
    finish_piece(p, status, name, text, length, shown);
    return true;
}

static void run_pending(struct repl *p) {
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): p owns what is pending */
    if (repl_run_piece(p, session_name, p->pending, p->pending_length, true, false)) drop_pending(p);
}

/* The input ended within a piece: adding it says what is missing. */
static void end_pending(struct repl *p) {
    if (p->pending) repl_run_piece(p, session_name, p->pending, p->pending_length, true, true);
    drop_pending(p);
}

/* ---- again ---- */

bool repl_watch(struct repl *p, const char *names) {
    char *copy = names ? strdup(names) : NULL;
    if (!repl_accepts(p, gtape_wrt(p->run->g, names))) {
        free(copy);
        gtape_wrt(p->run->g, p->watched);
        return false;
    }
    free(p->watched);
    p->watched = copy;
    return true;
}

static bool replay(struct repl *p, bool show_last) {
    gtape *g = p->run->g;
    gtape_reset(g);
    for (size_t i = 0; i < p->inputs.count; i++)
        if (!repl_accepts(p, gtape_at(g, p->inputs.items[i].text))) return false;
    for (size_t i = 0; i < p->run->data.count; i++)
        if (!repl_accepts(p, data_give(g, &p->run->data.items[i]))) return false;
    if (p->watched) gtape_wrt(g, p->watched);
    for (size_t i = 0; i < p->pieces.count; i++) {
        const struct text_item *piece = &p->pieces.items[i];
        if (!repl_accepts(p, feed(p, piece->name, piece->text, piece->length))) return false;
        if (show_last && i + 1 == p->pieces.count) show(p, piece->text, piece->length);
    }
    return true;
}

bool repl_replay(struct repl *p, bool show_last) {
    p->run->notes.again = true;
    bool done = replay(p, show_last);
    p->run->notes.again = false;
    return done;
}

/* ---- lines ---- */

static void extend_pending(struct repl *p, const char *line, size_t length) {
    char *grown = realloc(p->pending, p->pending_length + length + 2);
    if (!grown) {
        repl_no_memory(p);
        drop_pending(p);
        return;
    }
    p->pending = grown;
    memcpy(grown + p->pending_length, line, length);
    p->pending_length += length + 1;
    grown[p->pending_length - 1] = '\n';
    grown[p->pending_length] = '\0';
    run_pending(p);
}

static size_t leading_blanks(const char *line, size_t length) {
    size_t n = 0;
    while (n < length && strchr(" \t\r\f\v", line[n]) && line[n]) n++;
    return n;
}

void repl_take_line(struct repl *p, const char *line, size_t length) {
    size_t blanks = leading_blanks(line, length);
    if (!p->pending && blanks == length) return;
    if (!p->pending && line[blanks] == ':') {
        repl_command(p, line + blanks + 1, length - blanks - 1);
        return;
    }
    bool begins = !p->pending;
    extend_pending(p, line, length);
    if (p->failed && begins) repl_suggest_command(p, line + blanks, length - blanks);
}

/* What stands behind an error in a pasted block is not run. */
static void tell_rest(const char *text, size_t length) {
    size_t lines = line_input_drop_ahead();
    for (size_t at = 0; at < length; at++) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t line = end ? (size_t)(end - (text + at)) : length - at;
        lines += leading_blanks(text + at, line) < line;
        at += line;
    }
    if (lines == 1) fputs("the line behind it was not run\n", stderr);
    else if (lines > 1) fprintf(stderr, "the %zu lines behind it were not run\n", lines);
}

/* A line, or the lines that were pasted at once. */
static void take_text(struct repl *p, const char *text, size_t length) {
    bool many = memchr(text, '\n', length) != NULL;
    if (!many && p->terminal && p->pending && leading_blanks(text, length) == length) {
        fputs("unfinished, thrown away\n", stderr);
        drop_pending(p);
        return;
    }
    p->failed = false;
    for (size_t at = 0; at <= length && !p->quit;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t line = end ? (size_t)(end - (text + at)) : length - at;
        repl_take_line(p, text + at, line);
        at += line + 1;
        if (!p->failed) continue;
        tell_rest(text + at, at < length ? length - at : 0);
        break;
    }
}

static const char *prompt_text(const struct repl *p) {
    /* \001 and \002 tell Readline which bytes take no room */
    if (p->run->style.color && p->run->out.by_line && line_input_has_readline())
        return p->pending ? "\001\033[1m\002  ...> \001\033[0m\002" : "\001\033[1m\002gtape> \001\033[0m\002";
    return p->pending ? "  ...> " : "gtape> ";
}

static void banner(const struct repl *p) {
    if (!p->terminal || p->run->options->quiet) return;
    fprintf(isatty(STDOUT_FILENO) ? stdout : stderr,
            "gtape %s: values and exact derivatives.  :help tells more, Ctrl-D leaves.\n"
            "Try  x = 3  then  :wrt x  then  y = x^2*sin(x)\n",
            gtape_version());
    fflush(stdout);
}

/* The command line's program, inputs and variables are the beginning of the session; a program that failed is
 * no part of what :at runs again, like a line that did. */
static void adopt(struct repl *p) {
    const struct run *r = p->run;
    const struct options *o = r->options;
    for (size_t i = 0; i < r->script_count && !r->failed; i++)
        texts_add(&p->pieces, r->scripts[i].name, r->scripts[i].text, r->scripts[i].length);
    for (size_t i = 0; i < o->at_count; i++) texts_add(&p->inputs, NULL, o->at[i], strlen(o->at[i]));
    for (size_t i = 0; i < o->at_count && r->wants_inputs; i++) repl_accepts(p, gtape_at(r->g, o->at[i]));
    int failed = r->wants_data ? run_take_data(p->run) : 0;
    if (failed && !p->terminal) p->status = failed;
    if (r->wants_inputs) {
        if (o->wrt) repl_watch(p, o->wrt);
    } else if (o->wrt) p->watched = strdup(o->wrt);
}

int repl(struct run *r, int status) {
    struct repl p = {.run = r, .terminal = isatty(STDIN_FILENO) != 0};
    if (!p.terminal) p.status = status;
    r->notes.at_prompt = true;
    r->notes.brief = p.terminal;
    adopt(&p);
    if (p.terminal) prompt_signals_open(r->g);
    r->style.align = p.terminal && r->out.by_line;
    line_input_open(p.terminal, (struct line_completion){&p, complete_line, complete_breaks});
    banner(&p);
    if (p.terminal && r->options->source_count == 0 && !r->options->no_init) repl_load_init(&p);
    while (!p.quit && !r->out.error) {
        const char *line;
        size_t length;
        output_flush(&r->out);
        enum line_result result = line_input_read(prompt_text(&p), p.pending != NULL, &line, &length);
        if (result == LINE_READ) take_text(&p, line, length);
        else (result == LINE_END ? end_pending : drop_pending)(&p);
        if (result == LINE_END) {
            if (line_input_failed()) repl_fail(&p, GTAPE_BAD_DATA);
            if (p.terminal) fputc('\n', isatty(STDOUT_FILENO) ? stdout : stderr), fflush(stdout);
            break;
        }
    }
    line_input_close();
    texts_clear(&p.pieces);
    texts_clear(&p.inputs);
    free(p.watched);
    drop_pending(&p);
    return p.status;
}
