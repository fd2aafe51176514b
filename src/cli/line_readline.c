/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/line_readline.h"

#ifndef HAVE_LIBREADLINE

bool readline_open(struct line_completion completion) {
    (void)completion;
    return false;
}

enum line_result readline_read(const char *prompt, bool continues, const char **text, size_t *length) {
    (void)prompt, (void)continues, (void)text, (void)length;
    return LINE_END;
}

const char *readline_history(size_t index) {
    (void)index;
    return NULL;
}

void readline_forget(void) {}
bool readline_takes_pastes(void) { return false; }
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
    USE(rl_instream)                                                                                         \
    USE(rl_outstream)                                                                                        \
    USE(rl_point)                                                                                            \
    USE(rl_line_buffer)                                                                                      \
    USE(rl_attempted_completion_function)                                                                    \
    USE(rl_attempted_completion_over)                                                                        \
    USE(rl_reset_screen_size)                                                                                \
    USE(remove_history)                                                                                      \
    USE(history_get)                                                                                         \
    USE(history_length)                                                                                      \
    USE(history_base)                                                                                        \
    USE(free_history_entry)                                                                                  \
    USE(rl_change_environment)                                                                               \
    USE(rl_completion_word_break_hook)                                                                       \
    USE(rl_completion_append_character)                                                                      \
    USE(rl_variable_value)

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
    struct line_completion completion;
    char *line; /* malloc'd by Readline */
    bool done;
    struct history history;
    char *entry; /* what the last line was remembered as; NULL: it was not */
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
    struct line_completion *c = &state.completion;
    enum line_fits fits = c->complete(c->context, before, word, collect, &found);
    char **result = found.count > 0 ? rl.rl_completion_matches(word, next_match) : NULL;
    if (fits == LINE_FITS_FILES)
        *rl.rl_attempted_completion_over = 0; /* Readline's own completion is that of files */
    free(found.words);
    free(before);
    return result;
}

/* Called before Readline looks for the word; what stands behind the cursor does not count. */
static char *choose_breaks(void) {
    static char chosen[64];
    char *line = strndup(*rl.rl_line_buffer, (size_t)*rl.rl_point);
    if (!line) return NULL;
    snprintf(chosen, sizeof chosen, "%s", state.completion.breaks(state.completion.context, line));
    free(line);
    return chosen;
}

/* ---- lines ---- */

static void take_line(char *line) {
    state.line = line;
    state.done = true;
    rl.rl_callback_handler_remove(); /* puts the terminal back before anything is computed or written */
}

static void add_to_memory(const char *line) { rl.add_history(line); }

bool readline_open(struct line_completion completion) {
    if (!load_library()) return false;
    setlocale(LC_CTYPE, ""); /* for the width of characters; numbers keep their point */
    state.completion = completion;
    *rl.rl_readline_name = "gtape";
    *rl.rl_catch_signals = 0;
    *rl.rl_catch_sigwinch = 0;
    *rl.rl_instream = stdin;
    *rl.rl_outstream = isatty(STDOUT_FILENO) ? stdout : stderr;
    *rl.rl_attempted_completion_function = complete;
    *rl.rl_completion_word_break_hook = choose_breaks;
    *rl.rl_change_environment = 0; /* LINES and COLUMNS are for the pager to find out */
    rl.using_history();
    rl.stifle_history(HISTORY_LINES);
    history_open(&state.history);
    history_read(&state.history, add_to_memory);
    return true;
}

/* ---- what is remembered ---- */

/* Takes the last entry out of the memory. */
static void take_back(void) {
    HIST_ENTRY *last = rl.remove_history(*rl.history_length - 1);
    if (last) rl.free_history_entry(last);
}

/* Lines of one piece are one entry, so that all of it comes back to be edited. */
static void extend_entry(const char *line) {
    size_t n = strlen(state.entry), m = strlen(line);
    char *grown = realloc(state.entry, n + m + 2);
    if (!grown) return;
    grown[n] = '\n';
    memcpy(grown + n + 1, line, m + 1);
    state.entry = grown;
    take_back();
    rl.add_history(state.entry);
    history_append(&state.history, line, true);
}

/* A blank in front keeps a line out of the history. */
static void remember(const char *line, bool continues) {
    static char *last;
    if (line[strspn(line, " \t\n")] == '\0') return;
    if (continues) {
        if (state.entry) extend_entry(line);
        return;
    }
    free(last);
    last = state.entry;
    state.entry = NULL;
    if (line[0] == ' ') return;
    state.entry = strdup(line);
    if (last && strcmp(last, line) == 0) return;
    rl.add_history(line);
    history_append(&state.history, line, false);
}

/* What was pasted may end with line ends. */
static void remember_line(const char *line, bool continues) {
    size_t length = strlen(line);
    while (length > 0 && line[length - 1] == '\n') length--;
    char *trimmed = strndup(line, length);
    if (trimmed) remember(trimmed, continues);
    free(trimmed);
}

const char *readline_history(size_t index) {
    if (index >= (size_t)*rl.history_length) return NULL;
    HIST_ENTRY *entry = rl.history_get(*rl.history_base + (int)index);
    return entry ? entry->line : NULL;
}

void readline_forget(void) { history_forget(&state.history); }

bool readline_takes_pastes(void) {
    const char *term = getenv("TERM"), *on = rl.rl_variable_value("enable-bracketed-paste");
    return term && *term && strcmp(term, "dumb") != 0 && on && strcmp(on, "on") == 0;
}

/* ---- reading ---- */

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

enum line_result readline_read(const char *prompt, bool continues, const char **text, size_t *length) {
    free(state.line);
    state.line = NULL;
    state.done = false;
    prompt_signals_hold(true);
    rl.rl_reset_screen_size(); /* it may have changed while nobody listened */
    rl.rl_callback_handler_install(prompt, take_line);
    bool kept = edit_line();
    prompt_signals_release();
    if (!kept) return LINE_INTERRUPTED;
    if (!state.line) return LINE_END;
    remember_line(state.line, continues);
    *text = state.line;
    *length = strlen(state.line);
    return LINE_READ;
}

void readline_close(void) {
    free(state.line);
    free(state.entry);
    state.line = state.entry = NULL;
    rl.clear_history();
    history_close(&state.history);
}

#endif
