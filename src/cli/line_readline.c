/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/line_readline.h"

#ifndef HAVE_LIBREADLINE

bool readline_open(line_completer *completer, void *context) {
    (void)completer, (void)context;
    return false;
}

enum line_result readline_read(const char *prompt, const char **text, size_t *length) {
    (void)prompt, (void)text, (void)length;
    return LINE_END;
}

void readline_close(void) {}

#else

#include <dlfcn.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "cli/history.h"
#include "cli/prompt_signals.h"

/* configure may name another one. */
#ifndef READLINE_SONAME
#define READLINE_SONAME "libreadline.so.8"
#endif

/* ---- the library ---- */

#define SYMBOLS(USE)                                                                                         \
    USE(rl_callback_handler_install)                                                                         \
    USE(rl_callback_handler_remove)                                                                          \
    USE(rl_callback_read_char)                                                                               \
    USE(rl_free_line_state)                                                                                  \
    USE(rl_deprep_terminal)                                                                                  \
    USE(rl_prep_terminal)                                                                                    \
    USE(rl_forced_update_display)                                                                            \
    USE(rl_resize_terminal)                                                                                  \
    USE(rl_completion_matches)                                                                               \
    USE(using_history)                                                                                       \
    USE(stifle_history)                                                                                      \
    USE(add_history)                                                                                         \
    USE(clear_history)                                                                                       \
    USE(rl_readline_name)                                                                                    \
    USE(rl_catch_signals)                                                                                    \
    USE(rl_catch_sigwinch)                                                                                   \
    USE(rl_outstream)                                                                                        \
    USE(rl_line_buffer)                                                                                      \
    USE(rl_attempted_completion_function)                                                                    \
    USE(rl_attempted_completion_over)                                                                        \
    USE(rl_completer_word_break_characters)                                                                  \
    USE(rl_completion_append_character)

/* The address of each symbol, in its own type: of a function or of a variable. */
static struct {
#define USE(symbol) __typeof__(&symbol) symbol;
    SYMBOLS(USE)
#undef USE
} rl;

static bool load_library(void) {
    void *library = dlopen(READLINE_SONAME, RTLD_NOW);
    if (!library) return false;
    void *address;
#define USE(symbol)                                                                                          \
    address = dlsym(library, #symbol);                                                                       \
    if (!address) return false;                                                                              \
    memcpy(&rl.symbol, &address, sizeof address);
    SYMBOLS(USE)
#undef USE
    return true;
}

/* ---- state: Readline's callbacks have no user pointer ---- */

static struct {
    line_completer *completer;
    void *context;
    char *line; /* malloc'd by Readline */
    bool done;
    struct history history;
} state;

/* ---- completion ---- */

struct matches {
    char **words;
    size_t count, next;
};

static void collect(void *user, const char *completed) {
    struct matches *m = user;
    if ((m->count & (m->count - 1)) == 0) { /* full at each power of two */
        char **grown = realloc(m->words, (m->count ? 2 * m->count : 1) * sizeof *grown);
        if (!grown) return;
        m->words = grown;
    }
    m->words[m->count] = strdup(completed);
    if (m->words[m->count]) m->count++;
}

static struct matches found;

/* Readline frees each word that it gets. */
static char *next_match(const char *word, int again) {
    (void)word, (void)again;
    return found.next < found.count ? found.words[found.next++] : NULL;
}

static char **complete(const char *word, int start, int end) {
    (void)end;
    *rl.rl_attempted_completion_over = 1;
    *rl.rl_completion_append_character = '\0';
    char *before = strndup(*rl.rl_line_buffer, (size_t)start);
    if (!before) return NULL;
    found = (struct matches){0};
    state.completer(state.context, before, word, collect, &found);
    char **result = rl.rl_completion_matches(word, next_match);
    free(found.words);
    free(before);
    return result;
}

/* ---- lines ---- */

static void take_line(char *line) {
    state.line = line;
    state.done = true;
    rl.rl_callback_handler_remove(); /* puts the terminal back before anything is computed or written */
}

static void add_to_memory(const char *line) { rl.add_history(line); }

bool readline_open(line_completer *completer, void *context) {
    if (!load_library()) return false;
    setlocale(LC_CTYPE, ""); /* for the width of characters; numbers keep their point */
    state.completer = completer, state.context = context;
    *rl.rl_readline_name = "gtape";
    *rl.rl_catch_signals = 0;
    *rl.rl_catch_sigwinch = 0;
    *rl.rl_outstream = isatty(STDOUT_FILENO) ? stdout : stderr;
    *rl.rl_attempted_completion_function = complete;
    *rl.rl_completer_word_break_characters = " \t\n\"'\\`@$><=;|&{}()[]+-*/^%!?:,~";
    rl.using_history();
    rl.stifle_history(HISTORY_LINES);
    history_open(&state.history);
    history_read(&state.history, add_to_memory);
    return true;
}

static void remember(const char *line) {
    static char *last;
    if (line[strspn(line, " \t")] == '\0' || line[0] == ' ' || (last && strcmp(last, line) == 0)) return;
    free(last);
    last = strdup(line);
    rl.add_history(line);
    history_append(&state.history, line);
}

/* Ctrl-Z, and back. */
static void stop(void) {
    rl.rl_deprep_terminal();
    prompt_signals_suffer();
    rl.rl_prep_terminal(1);
    rl.rl_forced_update_display();
}

static void throw_away(void) {
    fputs("^C", *rl.rl_outstream);
    rl.rl_free_line_state();
    rl.rl_callback_handler_remove(); /* may go back to the first column */
    fputs("\n", *rl.rl_outstream);
    fflush(*rl.rl_outstream);
}

/* False where the line was thrown away. */
static bool edit_line(void) {
    while (!state.done) switch (prompt_wait()) {
        case PROMPT_INPUT: rl.rl_callback_read_char(); break;
        case PROMPT_RESIZE: rl.rl_resize_terminal(); break;
        case PROMPT_STOP: stop(); break;
        case PROMPT_INTERRUPT: throw_away(); return false;
        case PROMPT_DIE:
            rl.rl_callback_handler_remove();
            prompt_signals_suffer();
            return false;
        }
    return true;
}

enum line_result readline_read(const char *prompt, const char **text, size_t *length) {
    free(state.line);
    state.line = NULL;
    state.done = false;
    prompt_signals_hold(true);
    rl.rl_callback_handler_install(prompt, take_line);
    bool kept = edit_line();
    prompt_signals_release();
    if (!kept) return LINE_INTERRUPTED;
    if (!state.line) return LINE_END;
    remember(state.line);
    *text = state.line;
    *length = strlen(state.line);
    return LINE_READ;
}

void readline_close(void) {
    free(state.line);
    state.line = NULL;
    rl.clear_history();
    history_close(&state.history);
}

#endif
