/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/repl_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/prompt_signals.h"
#include "cli/repl_commands.h"
#include "cli/script.h"

/* The first line of a saved session. */
static const char head[] = "# gtape session, written by :save\n";
/* Where there are commands: what a batch run, for which they are comments, takes instead. */
static const char note[] =
    "# Lines with #: are for :load. Run as a program it needs --data, --at and --wrt for them;\n"
    "# a name that is bound below takes another value by --at where its line is 'input x = 5'.\n";

static char *join(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    char *joined = malloc(n + m + 1);
    if (!joined) {
        complain("memory exhausted");
        return NULL;
    }
    memcpy(joined, a, n);
    memcpy(joined + n, b, m + 1);
    return joined;
}

char *repl_path(const char *path) {
    const char *home = getenv("HOME");
    bool in_home = path[0] == '~' && path[1] == '/' && home;
    return join(in_home ? home : "", path + in_home);
}

/* ---- :load ---- */

/* A text on its way from a file: what stands before `begin` has been run. */
struct loading {
    struct repl *p;
    const struct script *file;
    size_t begin;
    size_t lines; /* before `begin` */
    bool shown;   /* the value of the last piece */
};

/* Runs the text up to `end`.  Empty lines in front keep the places of errors right.  False where the text
 * cannot end there, which is an error only if it is the `last` of the file. */
static bool run_up_to(struct loading *l, size_t end, bool last) {
    size_t length = end - l->begin;
    const char *text = l->file->text + l->begin;
    if (strspn(text, " \t\r\n") >= length) return true;
    char *piece = malloc(l->lines + length + 1);
    if (!piece) {
        repl_no_memory(l->p);
        return true;
    }
    memset(piece, '\n', l->lines);
    memcpy(piece + l->lines, text, length);
    piece[l->lines + length] = '\0';
    bool whole = repl_run_piece(l->p, l->file->name, piece, l->lines + length, last && l->shown, last);
    free(piece);
    return whole;
}

static void run_command(struct loading *l, const char *line, size_t length, size_t number) {
    repl_command(l->p, line, length);
    if (!l->p->failed || l->p->stopped) return;
    l->p->stopped = true; /* the innermost file tells */
    complain("%s:%zu: stopped at this command", l->file->name, number);
}

/* How many bytes in front of a command, 0 where the line is none. */
static size_t command_mark(const char *line, size_t length) {
    size_t blanks = 0;
    while (blanks < length && (line[blanks] == ' ' || line[blanks] == '\t')) blanks++;
    if (blanks < length && line[blanks] == ':') return blanks + 1;
    return length >= 2 && line[0] == '#' && line[1] == ':' ? 2 : 0;
}

static bool was_interrupted(struct repl *p) {
    if (!prompt_interrupted()) return false;
    fputs("\ninterrupted\n", stderr);
    repl_fail(p, GTAPE_FAILED);
    p->stopped = true;
    return true;
}

static void run_lines(struct loading *l) {
    size_t length = l->file->length, number = 0;
    for (size_t at = 0; at < length && !l->p->failed && !l->p->quit;) {
        const char *line = l->file->text + at, *end = memchr(line, '\n', length - at);
        size_t size = end ? (size_t)(end - line) : length - at, mark = command_mark(line, size);
        number++;
        if (mark && !was_interrupted(l->p) && run_up_to(l, at, false) && !l->p->failed) {
            run_command(l, line + mark, size - mark, number);
            l->begin = at + size + (end != NULL);
            l->lines = number;
        }
        at += size + (end != NULL);
    }
    if (!l->p->failed && !l->p->quit) run_up_to(l, length, true);
}

static void run_file(struct repl *p, const struct script *file, bool shown) {
    run_lines(&(struct loading){.p = p, .file = file, .shown = shown});
}

/* ---- a saved session ---- */

struct session {
    gtape *g;
    struct data_inputs data;
    struct texts pieces, inputs;
    char *watched;
};

/* The session at work and another change places. */
static void exchange(struct repl *p, struct session *s) {
    struct session now = {p->run->g, p->run->data, p->pieces, p->inputs, p->watched};
    p->run->g = s->g;
    p->run->data = s->data;
    p->pieces = s->pieces;
    p->inputs = s->inputs;
    p->watched = s->watched;
    *s = now;
    prompt_signals_session(p->run->g);
    run_listen(p->run);
}

static void free_session(struct session *s) {
    gtape_free(s->g);
    data_inputs_clear(&s->data);
    texts_clear(&s->pieces);
    texts_clear(&s->inputs);
    free(s->watched);
}

/* Takes the place of the session at work, which stays where the file does not run to its end. */
static void run_session(struct repl *p, const struct script *file, bool shown) {
    struct session other = {.g = gtape_new()};
    if (!other.g) {
        repl_no_memory(p);
        return;
    }
    exchange(p, &other);
    if (repl_accepts(p, run_set_options(p->run->g, p->run->options))) run_file(p, file, shown);
    if (p->failed) exchange(p, &other);
    else if (p->terminal && other.pieces.count > 0) fputs("the session before it is gone\n", stderr);
    free_session(&other);
}

static bool is_saved_session(const struct script *file) {
    return file->length >= sizeof head - 1 && memcmp(file->text, head, sizeof head - 1) == 0;
}

/* ---- files within files ---- */

/* "a.gt > b.gt > a.gt", the outermost first. */
static void complain_of_depth(const struct load_frame *inner) {
    const struct load_frame *frames[LOAD_DEPTH + 1];
    size_t count = 0, length = 0;
    char *chain = NULL;
    for (const struct load_frame *f = inner; f && count <= LOAD_DEPTH; f = f->outer) frames[count++] = f;
    FILE *to = open_memstream(&chain, &length);
    // cppcheck-suppress uninitvar ; the first `count` are set
    while (to && count-- > 0) fprintf(to, "%s%s", frames[count]->path, count > 0 ? " > " : "");
    if (to) fclose(to);
    complain("files load files more than %d deep: %s", LOAD_DEPTH, chain ? chain : inner->path);
    free(chain);
}

static unsigned depth(const struct load_frame *f) {
    unsigned n = 0;
    for (; f; f = f->outer) n++;
    return n;
}

static bool is_standard_input(const char *path) {
    struct stat file, in;
    return strcmp(path, "-") == 0 || (stat(path, &file) == 0 && fstat(STDIN_FILENO, &in) == 0 &&
                                      file.st_dev == in.st_dev && file.st_ino == in.st_ino);
}

/* Whether it would wait for somebody at the other end.  What <(...) gives has one. */
static bool is_fifo(const char *path) {
    struct stat info;
    if (strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/", 6) == 0) return false;
    if (stat(path, &info) != 0 || !S_ISFIFO(info.st_mode)) return false;
    complain("%s: not a regular file", path);
    return true;
}

static void load(struct repl *p, const char *path, bool shown) {
    struct load_frame frame = {path, p->loading};
    struct script file;
    if (depth(&frame) > LOAD_DEPTH) {
        complain_of_depth(&frame);
        repl_fail(p, GTAPE_BAD_PROGRAM);
        p->stopped = true;
        return;
    }
    if (is_standard_input(path)) {
        complain("standard input is what is typed here");
        repl_fail(p, GTAPE_BAD_PROGRAM);
        return;
    }
    if (is_fifo(path)) {
        repl_fail(p, GTAPE_BAD_DATA);
        return;
    }
    if (!script_read(&file, &(struct source){SOURCE_FILE, path})) {
        repl_fail(p, GTAPE_BAD_DATA);
        script_free(&file);
        return;
    }
    p->loading = &frame; // cppcheck-suppress autoVariables ; taken back below
    (is_saved_session(&file) ? run_session : run_file)(p, &file, shown);
    p->loading = frame.outer;
    script_free(&file);
}

static bool needs_file(struct repl *p, const char *command, const char *argument) {
    if (*argument) return true;
    complain(":%s needs the name of a file", command);
    repl_fail(p, GTAPE_BAD_PROGRAM);
    return false;
}

void command_load(struct repl *p, const char *path) {
    if (!needs_file(p, "load", path)) return;
    char *name = repl_path(path);
    if (!p->loading) p->stopped = false;
    if (name) load(p, name, true);
    free(name);
}

/* ---- the first file ---- */

void repl_load_init(struct repl *p) {
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *path = config && config[0] == '/' ? join(config, "/gtape/init.gt")
                 : home && home[0] == '/'   ? join(home, "/.config/gtape/init.gt")
                                            : NULL;
    p->failed = p->stopped = false;
    if (path && access(path, F_OK) == 0) load(p, path, false);
    free(path);
}

/* ---- :save ---- */

/* Whether a file may be written there: nothing stands there, or a saved session. */
static bool may_replace(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return true;
    char first[sizeof head] = "";
    FILE *old = fopen(path, "r");
    bool ours = old && fread(first, 1, sizeof head - 1, old) == sizeof head - 1 && strcmp(first, head) == 0;
    if (old) fclose(old);
    if (!ours) complain("%s: is there and is no saved session; choose another name", path);
    return ours;
}

static void write_command(struct output *out, const char *name, const char *argument) {
    output_text(out, "#:");
    output_text(out, name);
    output_text(out, " ");
    output_text(out, argument);
    output_text(out, "\n");
}

/* Whether a line is one that write_session makes. */
static bool is_ours(const char *line, size_t length) {
    const char *first = note, *second = strchr(note, '\n') + 1;
    return (length == sizeof head - 2 && memcmp(line, head, length) == 0) ||
           (length + 1 == (size_t)(second - first) && memcmp(line, first, length) == 0) ||
           (length == strlen(second) - 1 && memcmp(line, second, length) == 0);
}

/* Without empty lines in front, and without the first lines of the session that it came from; a comment that
 * would be taken for a command gets a blank. */
static void write_piece(struct output *out, const struct text_item *piece) {
    const char *text = piece->text, *behind = piece->text + piece->length;
    while (text < behind && *text == '\n') text++;
    while (text < behind) {
        const char *end = memchr(text, '\n', (size_t)(behind - text));
        size_t length = (size_t)((end ? end : behind) - text);
        bool is_head = is_ours(text, length);
        if (length >= 2 && text[0] == '#' && text[1] == ':') output_text(out, "# ");
        output_write(out, text, is_head ? 0 : length);
        output_text(out, is_head ? "" : "\n");
        text += length + 1;
    }
}

static void write_session(struct output *out, const struct repl *p) {
    output_text(out, head);
    if (p->run->data.count || p->inputs.count || p->watched) output_text(out, note);
    for (size_t i = 0; i < p->run->data.count; i++)
        write_command(out, "data", p->run->data.items[i].argument);
    for (size_t i = 0; i < p->inputs.count; i++) write_command(out, "at", p->inputs.items[i].text);
    if (p->watched) write_command(out, "wrt", p->watched);
    for (size_t i = 0; i < p->pieces.count; i++) write_piece(out, &p->pieces.items[i]);
}

static bool save(const struct repl *p, const char *path) {
    if (is_fifo(path) || !may_replace(path)) return false;
    static struct output out;
    if (!output_open(&out, path)) {
        complain("%s: %s", path, strerror(out.error));
        return false;
    }
    write_session(&out, p);
    if (output_close(&out, true) == 0) return true;
    output_complain(&out);
    return false;
}

void command_save(struct repl *p, const char *path) {
    if (!needs_file(p, "save", path)) return;
    char *name = repl_path(path);
    if (!name || !save(p, name)) repl_fail(p, GTAPE_BAD_DATA);
    free(name);
}
