/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/data_input.h"
#include "cli/prompt_signals.h"

/* Bytes of one text; --max-memory lowers both. */
static const size_t usual_program = (size_t)1 << 30;
static size_t longest_program = (size_t)1 << 30, longest_data = PTRDIFF_MAX / 4;

void script_limit(size_t bytes) {
    longest_data = bytes;
    longest_program = bytes < usual_program ? bytes : usual_program;
}

size_t script_longest(void) { return longest_program; }

static bool fail(const char *name, const char *why) {
    complain("%s: %s", name, why);
    return false;
}

/* Room for `size` bytes and a NUL. */
static bool reserve(struct script *s, size_t *room, size_t size) {
    if (size < *room) return true;
    char *grown = realloc(s->text, size + 1);
    if (!grown) return fail(s->name, "memory exhausted");
    s->text = grown;
    *room = size + 1;
    return true;
}

static bool too_large(const struct script *s, uintmax_t length, size_t most) {
    return length > most &&
           !fail(s->name, most == usual_program ? "larger than 1 GiB" : "larger than --max-memory");
}

/* Reads to the end, however often a pipe pauses. */
static bool read_all(struct script *s, int fd, size_t most) {
    struct stat info;
    size_t room = 0, first = 4096;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
        if (too_large(s, (uintmax_t)info.st_size, most)) return false;
        first = (size_t)info.st_size + 1; /* the byte more finds the end at once */
    }
    if (!reserve(s, &room, first)) return false;
    for (;;) {
        ssize_t n = read(fd, s->text + s->length, room - 1 - s->length);
        if (n == 0) break;
        if (n < 0) {
            if (errno == EINTR && !prompt_interrupted()) continue;
            return fail(s->name, strerror(errno));
        }
        s->length += (size_t)n;
        if (too_large(s, s->length, most)) return false;
        if (s->length == room - 1 && !reserve(s, &room, 2 * room)) return false;
    }
    s->text[s->length] = '\0';
    return true;
}

static bool read_file(struct script *s, size_t most) {
    int fd = open(s->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return fail(s->name, strerror(errno));
    bool ok = read_all(s, fd, most);
    close(fd);
    return ok;
}

bool script_read(struct script *s, const struct source *source) {
    *s = (struct script){0};
    switch (source->kind) {
    case SOURCE_FILE: s->name = source->text; return read_file(s, longest_program);
    case SOURCE_STDIN: s->name = "<stdin>"; return read_all(s, STDIN_FILENO, longest_program);
    case SOURCE_EXPRESSION: break;
    }
    s->name = "-e";
    s->length = strlen(source->text);
    s->text = strdup(source->text);
    return s->text || fail(s->name, "memory exhausted");
}

bool script_read_data(struct script *s, const char *path) {
    const size_t most = longest_data;
    *s = (struct script){.name = path};
    if (strcmp(path, "-") != 0) return read_file(s, most);
    s->name = "<stdin>";
    return read_all(s, STDIN_FILENO, most);
}

void script_free(struct script *s) {
    free(s->text);
    s->text = NULL;
}

static bool is_same_file(const struct stat *out, const char *path, bool is_stdin) {
    struct stat in;
    int failed = is_stdin ? fstat(STDIN_FILENO, &in) : stat(path, &in);
    return failed == 0 && in.st_dev == out->st_dev && in.st_ino == out->st_ino;
}

bool is_input_file(const struct options *o, const char *path) {
    struct stat out;
    if (strcmp(path, "-") == 0) return false;
    if (stat(path, &out) != 0 || !S_ISREG(out.st_mode)) return false;
    for (size_t i = 0; i < o->source_count; i++) {
        const struct source *s = &o->sources[i];
        if (s->kind == SOURCE_EXPRESSION) continue;
        if (is_same_file(&out, s->text, s->kind == SOURCE_STDIN)) return true;
    }
    if (o->rows && is_same_file(&out, o->rows, strcmp(o->rows, "-") == 0)) return true;
    for (size_t i = 0; i < o->data_count; i++) {
        const char *data = data_path(o->data[i]);
        if (is_same_file(&out, data, strcmp(data, "-") == 0)) return true;
    }
    return false;
}
