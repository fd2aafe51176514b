/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_prompt.c - the prompt: lines, commands, completion, a file to load (the init file is one), a history.
 *
 * A line of dashes ends the part that is typed; what follows is a.gt, and behind the next one the history
 * file.  Everything happens in a folder of its own that is emptied after each input, and a command with a
 * slash or a tilde is left out: no other file is touched. */
#include "fuzz.h"

#include "cli/complete.h"
#include "cli/history.h"
#include "cli/line_input.h"
#include "cli/repl.h"
#include "cli/repl_commands.h"
#include "cli/repl_files.h"

#include <dirent.h>
#include <unistd.h>

static const char separator[] = "----\n";

static char folder[] = "/tmp/gtape-fuzz-XXXXXX";

static void leave_folder(void) { (void)(chdir("/") == 0 && rmdir(folder)); }

static void enter_folder(void) {
    static bool entered;
    if (entered) return;
    REQUIRE(mkdtemp(folder) && chdir(folder) == 0, "no folder %s", folder);
    setenv("GTAPE_HISTORY", "history", 1);
    setenv("HOME", folder, 1);
    entered = true;
    atexit(leave_folder);
}

static void empty_folder(void) {
    DIR *here = opendir(".");
    struct dirent *entry;
    while (here && (entry = readdir(here)) != NULL) (void)unlink(entry->d_name);
    if (here) closedir(here);
}

static void write_file(const char *name, const char *text) {
    FILE *f = fopen(name, "w");
    REQUIRE(f, "cannot write %s", name);
    fputs(text, f);
    fclose(f);
}

/* Cuts text behind its first part; the rest, or "". */
static char *cut_part(char *text) {
    char *end = strstr(text, separator);
    if (!end) return text + strlen(text);
    *end = '\0';
    return end + sizeof separator - 1;
}

/* Whether a command in text could reach a file outside the folder. */
static bool reaches_out(const char *text) {
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n"), at = strspn(line, " \t\r");
        bool command = line[at] == ':' || (line[at] == '#' && line[at + 1] == ':');
        if (command && (memchr(line, '/', length) || memchr(line, '~', length))) return true;
        line += length + (line[length] == '\n');
    }
    return false;
}

static void ignore_word(void *user, const char *completed) {
    (void)user;
    (void)strlen(completed);
}

static void ignore_line(const char *line) {
    for (; *line; line++)
        REQUIRE((unsigned char)*line >= ' ' || *line == '\n', "byte %#x in the history", *line);
}

static void complete(struct repl *p, char *line) {
    const char *breaks = complete_breaks(p, line);
    size_t length = strlen(line), start = length;
    while (start > 0 && !strchr(breaks, line[start - 1])) start--;
    char *word = strdup(line + start);
    line[start] = '\0';
    (void)complete_line(p, line, word, ignore_word, NULL);
    free(word);
}

static void type_lines(struct repl *p, char *text) {
    for (char *line = text; *line && !p->quit;) {
        size_t length = strcspn(line, "\n");
        bool last = line[length] == '\0';
        p->failed = false;
        repl_take_line(p, line, length);
        if (last) complete(p, line);
        line += length + !last;
    }
}

static void use_history(const char *text) {
    struct history h;
    write_file("history", text);
    history_open(&h);
    history_read(&h, ignore_line);
    history_append(&h, text, false);
    history_close(&h);
}

static void at_prompt(char *typed) {
    static struct run r;
    struct options o;
    char *words[] = {
        (char *)"gtape", (char *)"-o", (char *)"/dev/null", (char *)"-i", (char *)"--max-memory=100M", NULL};
    REQUIRE(options_parse(&o, 5, words) && run_open(&r, &o) == 0, "no run");
    gtape_set(r.g, "max-ops", "3000");
    struct repl p = {.run = &r};
    command_load(&p, "a.gt");
    type_lines(&p, typed);
    texts_clear(&p.pieces);
    texts_clear(&p.inputs);
    free(p.watched);
    free(p.pending);
    (void)run_close(&r, 0);
    options_free(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (memchr(data, 0, size)) return 0;
    char *typed = copy_text(data, size), *file = cut_part(typed), *history = cut_part(file);
    if (!reaches_out(typed) && !reaches_out(file)) {
        enter_folder();
        write_file("a.gt", file);
        if (*history) use_history(history);
        at_prompt(typed);
        empty_folder();
    }
    free(typed);
    return 0;
}
