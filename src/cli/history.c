/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/complain.h"

/* No more than this is read from the end of the file, whatever its size. */
enum { READ_LIMIT = 1 << 20 };

/* ---- where ---- */

static char *join_path(const char *folder, const char *name) {
    size_t length = strlen(folder) + strlen(name) + 2;
    char *path = malloc(length);
    if (path) snprintf(path, length, "%s/%s", folder, name);
    return path;
}

/* Makes the folders of path behind its first `known` bytes. */
static void make_folders(char *path, size_t known) {
    for (char *slash = strchr(path + known + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700); /* what is there already stays; what fails shows when the file is opened */
        *slash = '/';
    }
}

/* The path of the file, with the folders that lead to it; a home folder is not made, though. */
static char *find_path(void) {
    const char *own = getenv("GTAPE_HISTORY"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (own) return *own ? strdup(own) : NULL;
    bool has_state = state && state[0] == '/';
    if (!has_state && (!home || home[0] != '/')) return NULL;
    char *path =
        has_state ? join_path(state, "gtape/history") : join_path(home, ".local/state/gtape/history");
    if (path) make_folders(path, has_state ? 0 : strlen(home));
    return path;
}

/* ---- opening, with care ---- */

/* The file, or -1 with a warning where something that is no history stands there.  O_NONBLOCK: a FIFO must
 * not hang us. */
static int open_file(struct history *h, int flags) {
    int fd = open(h->path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat info;
    const char *why = NULL;
    if (fd < 0) why = errno == ELOOP || errno == EISDIR || errno == ENXIO ? "not a regular file" : NULL;
    else if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) why = "not a regular file";
    else if (info.st_uid != geteuid()) why = "owned by somebody else";
    if (fd >= 0 && !why) return fd;
    if (why) complain("warning: no history: %s is %s", h->path, why);
    if (fd >= 0) close(fd);
    free(h->path);
    h->path = NULL;
    return -1;
}

void history_open(struct history *h) {
    h->path = find_path();
    if (!h->path) return;
    int fd = open_file(h, O_RDWR | O_CREAT | O_APPEND);
    if (fd >= 0) close(fd);
}

/* ---- lines ---- */

/* The end of the file, from the start of a line on, with a NUL behind; NULL where there is nothing. */
static char *read_end(int fd, size_t *length) {
    struct stat info;
    if (fstat(fd, &info) != 0 || info.st_size <= 0) return NULL;
    off_t start = info.st_size > READ_LIMIT ? info.st_size - READ_LIMIT : 0;
    char *text = malloc(READ_LIMIT + 1);
    ssize_t n = text ? pread(fd, text, READ_LIMIT, start) : -1;
    if (n <= 0) {
        free(text);
        return NULL;
    }
    *length = (size_t)n;
    text[*length] = '\0';
    if (start > 0) {
        char *end = memchr(text, '\n', *length);
        size_t skipped = end ? (size_t)(end + 1 - text) : *length;
        memmove(text, text + skipped, *length - skipped + 1);
        *length -= skipped;
    }
    return text;
}

/* Where the last HISTORY_LINES lines start. */
static size_t last_lines(const char *text, size_t length) {
    size_t lines = 0, at = length;
    while (at > 0 && (text[at - 1] != '\n' || at == length || ++lines < HISTORY_LINES)) at--;
    return at;
}

/* Drops control characters and NULs in place. */
static size_t clean(char *line, size_t length) {
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)line[i];
        if (c >= 0x20 && c != 0x7f) line[kept++] = line[i];
    }
    line[kept] = '\0';
    return kept;
}

/* The lines of the entry at `at` become one text with line ends, in place; returns where the next one starts.
 */
static size_t join_entry(char *text, size_t at, size_t length) {
    for (char *to = text + at;; *to++ = '\n') {
        char *end = memchr(text + at, '\n', length - at);
        size_t next = end ? (size_t)(end - text) + 1 : length;
        size_t kept = clean(text + at, next - (end != NULL) - at);
        memmove(to, text + at, kept);
        to += kept;
        at = next;
        if (at < length && text[at] == '\t') continue;
        *to = '\0';
        return at;
    }
}

void history_read(struct history *h, void (*each)(const char *line)) {
    int fd = h->path ? open_file(h, O_RDONLY) : -1;
    if (fd < 0) return;
    size_t length = 0;
    char *text = read_end(fd, &length);
    close(fd);
    if (!text) return;
    for (size_t at = last_lines(text, length); at < length;) {
        char *entry = text + at;
        at = join_entry(text, at, length);
        if (*entry) each(entry);
    }
    free(text);
}

static bool write_all(int fd, const char *text, size_t length) {
    while (length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        text += n;
        length -= (size_t)n;
    }
    return true;
}

/* Whether the file's last line has an end; no file has a line without one. */
static bool is_ended(int fd) {
    struct stat info;
    char last = '\n';
    return fstat(fd, &info) != 0 || info.st_size <= 0 || pread(fd, &last, 1, info.st_size - 1) != 1 ||
           last == '\n';
}

/* The lines with a tab in front of each but the first, and an end, one in front too where the file lacks it;
 * NULL where there is no memory. */
static char *as_written(const char *lines, bool continues, bool ended, size_t *length) {
    char *text = malloc(2 * strlen(lines) + 4), *to = text;
    if (!text) return NULL;
    if (!ended) *to++ = '\n';
    if (continues) *to++ = '\t';
    for (const char *s = lines; *s; s++) {
        *to++ = *s;
        if (*s == '\n') *to++ = '\t';
    }
    *to++ = '\n';
    *length = (size_t)(to - text);
    return text;
}

void history_append(struct history *h, const char *lines, bool continues) {
    int fd = h->path ? open_file(h, O_RDWR | O_APPEND) : -1;
    if (fd < 0) return;
    size_t length;
    flock(fd, LOCK_EX);
    char *text = as_written(lines, continues, is_ended(fd), &length);
    if (text) { /* one write: lines of two sessions do not mix */
        if (!write_all(fd, text, length)) complain("warning: %s: %s", h->path, strerror(errno));
        free(text);
    }
    close(fd);
}

void history_forget(struct history *h) {
    free(h->path);
    h->path = NULL;
}

/* The shortened file takes the place of the long one at once, so that a crash leaves one of the two. */
static void replace(struct history *h, const char *text, size_t length) {
    size_t room = strlen(h->path) + 8;
    char *name = malloc(room);
    if (!name) return;
    snprintf(name, room, "%s.XXXXXX", h->path);
    int fd = mkstemp(name);
    if (fd >= 0) {
        bool written = write_all(fd, text, length);
        if (close(fd) != 0 || !written || rename(name, h->path) != 0) unlink(name);
    }
    free(name);
}

void history_close(struct history *h) {
    int fd = h->path ? open_file(h, O_RDWR) : -1;
    size_t length = 0;
    struct stat info;
    if (fd >= 0 && flock(fd, LOCK_EX) == 0 && fstat(fd, &info) == 0) {
        char *text = read_end(fd, &length);
        size_t start = text ? last_lines(text, length) : 0;
        if (text && (start > 0 || info.st_size > READ_LIMIT)) replace(h, text + start, length - start);
        free(text);
    }
    if (fd >= 0) close(fd);
    free(h->path);
    h->path = NULL;
}
