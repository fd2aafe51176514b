/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/names.h"
#include "lib/gtape.h"

/* ---- an unfinished file and signals ---- */

/* The one file that a signal must not leave behind. */
static char *volatile unfinished;

/* Those that end a process unless it says otherwise, as far as the system has them. */
static const int deadly[] = {
    SIGHUP,    SIGINT,  SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU,
    SIGVTALRM, SIGPROF, SIGABRT, SIGBUS,  SIGFPE,  SIGILL,  SIGSEGV, SIGSYS,  SIGTRAP,
#ifdef SIGPOLL
    SIGPOLL,
#endif
#ifdef SIGPWR
    SIGPWR,
#endif
#ifdef SIGSTKFLT
    SIGSTKFLT,
#endif
#ifdef SIGEMT
    SIGEMT,
#endif
};
enum { DEADLY_COUNT = sizeof deadly / sizeof *deadly };

void output_abandon(void) {
    char *name = unfinished;
    unfinished = NULL;
    if (name) unlink(name);
}

static void abandon_and_die(int signal_number) {
    output_abandon();
    signal(signal_number, SIG_DFL);
    raise(signal_number); /* comes when the handler returns */
}

static void guard_against(int signal_number) {
    struct sigaction old, action = {.sa_handler = abandon_and_die};
    sigfillset(&action.sa_mask);
    if (sigaction(signal_number, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
        sigaction(signal_number, &action, NULL);
}

static void guard_unfinished(void) {
    for (int i = 0; i < DEADLY_COUNT; i++) guard_against(deadly[i]);
#ifdef SIGRTMIN
    for (int i = SIGRTMIN; i <= SIGRTMAX; i++) guard_against(i);
#endif
}

/* ---- opening ---- */

static bool opened(struct output *o, int fd) {
    o->fd = fd;
    if (fd < 0) o->error = errno;
    return fd >= 0;
}

/* "dir/name" to "dir/.gtape-XXXXXX" */
static char *temporary_name(const char *path) {
    static const char pattern[] = ".gtape-XXXXXX";
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    char *name = malloc(folder + sizeof pattern);
    if (name) {
        memcpy(name, path, folder);
        memcpy(name + folder, pattern, sizeof pattern);
    }
    return name;
}

/* The mode that the file would have had: that of the old one, else what umask leaves. */
static mode_t wanted_mode(const struct stat *old) {
    if (old) return old->st_mode & 0777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static bool open_temporary(struct output *o, const struct stat *old) {
    o->temporary = temporary_name(o->final);
    if (!o->temporary) return opened(o, -1);
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    int fd = mkstemp(o->temporary);
    int error = errno;
    if (fd >= 0) unfinished = o->temporary, guard_unfinished();
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    if (!opened(o, fd)) return false;
    (void)fchmod(fd, wanted_mode(old)); /* a file system without modes is no reason to stop */
    return true;
}

/* Whether the folder, without links in its name, holds the descriptors of this process. */
static bool has_descriptors(const char *folder) {
    char own[32];
    size_t length = (size_t)snprintf(own, sizeof own, "/proc/%ld/", (long)getpid()), whole = strlen(folder);
    bool is_own =
        whole > length && strncmp(folder, own, length) == 0 && strcmp(folder + whole - 3, "/fd") == 0;
    return is_own || strcmp(folder, "/dev/fd") == 0;
}

static int number_of(const char *digits) {
    char *end;
    long n = strtol(digits, &end, 10);
    return *digits >= '0' && *digits <= '9' && !*end && n <= INT_MAX ? (int)n : -1;
}

/* One link further from `path`: false where it is none, or a descriptor, which *descriptor then gets. */
static bool follow(char path[PATH_MAX], int *descriptor) {
    char folder[PATH_MAX], target[PATH_MAX];
    char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (slash && slash > path) *slash = '\0'; /* what is in front of the name */
    bool is_found = realpath(slash == path ? "/" : slash ? path : ".", folder) != NULL;
    if (is_found && has_descriptors(folder)) *descriptor = number_of(name);
    if (!is_found || length <= 0 || *descriptor >= 0) return false;
    target[length] = '\0';
    int needed = target[0] == '/' ? snprintf(path, PATH_MAX, "%s", target)
                                  : snprintf(path, PATH_MAX, "%s/%s", folder, target);
    return needed < PATH_MAX;
}

/* The descriptor that is meant by /dev/stdout, /dev/fd/3, or a link to these; -1: none.  stat and open would
 * see the file behind it, which is not ours to replace or to write from its start. */
static int descriptor_of(const char *path) {
    enum { MOST_LINKS = 40 };
    char at[PATH_MAX];
    int descriptor = -1;
    if (strlen(path) >= sizeof at) return -1;
    strcpy(at, path);
    for (int i = 0; i < MOST_LINKS && follow(at, &descriptor); i++) continue;
    return descriptor;
}

/* Behind what stands there. */
static bool open_descriptor(struct output *o, int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) flags = -1, errno = EBADF;
    return opened(o, flags < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

static bool open_path(struct output *o, const char *path) {
    int descriptor = descriptor_of(path);
    struct stat old;
    if (descriptor >= 0) {
        o->visible = open_descriptor(o, descriptor) && isatty(o->fd);
        return !o->error;
    }
    bool exists = stat(path, &old) == 0;
    /* a device, a pipe: nothing that could be replaced */
    if (exists && !S_ISREG(old.st_mode)) {
        bool open_now = opened(o, open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY));
        o->visible = open_now && isatty(o->fd);
        return open_now;
    }
    if (exists && access(path, W_OK) != 0) return opened(o, -1);
    /* a link stays a link */
    o->final = exists ? realpath(path, NULL) : strdup(path);
    if (!o->final) return opened(o, -1);
    return open_temporary(o, exists ? &old : NULL);
}

void output_open_text(struct output *o, char **text, size_t *length) {
    output_open(o, NULL);
    o->by_line = o->visible = false;
    *text = NULL;
    o->memory = open_memstream(text, length);
    if (!o->memory) o->error = ENOMEM;
}

char *output_take(struct output *o, char **text) {
    output_flush(o);
    if (o->memory && fclose(o->memory) != 0) o->error = ENOMEM;
    o->memory = NULL;
    if (!o->error) return *text;
    free(*text);
    return NULL;
}

bool output_open(struct output *o, const char *path) {
    bool is_dash = path && strcmp(path, "-") == 0;
    o->fd = STDOUT_FILENO;
    o->memory = NULL;
    o->error = 0, o->used = 0;
    o->path = is_dash ? NULL : path, o->temporary = NULL, o->final = NULL;
    o->by_line = o->visible = false, o->split_length = 0;
    if (o->path) return open_path(o, path);
    o->by_line = o->visible = isatty(STDOUT_FILENO) != 0;
    return !is_dash || open_descriptor(o, STDOUT_FILENO); /* of its own: it is closed while others write */
}

/* ---- writing ---- */

static void die_of_closed_pipe(void) {
    output_abandon();
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

/* Writes all of it, or sets o->error. */
static void write_through(struct output *o, const char *text, size_t length) {
    if (o->memory) {
        if (fwrite(text, 1, length, o->memory) < length) o->error = ENOMEM;
        return;
    }
    while (length > 0 && !o->error) {
        ssize_t n = write(o->fd, text, length);
        if (n >= 0) {
            text += n;
            length -= (size_t)n;
        } else if (errno == EPIPE && !o->path) {
            die_of_closed_pipe();
            o->error = EPIPE;
        } else if (errno != EINTR) {
            o->error = errno;
        }
    }
}

bool output_flush(struct output *o) {
    write_through(o, o->buffer, o->used);
    o->used = 0;
    return !o->error;
}

void output_raw(struct output *o, const char *text, size_t length) {
    if (length > sizeof o->buffer - o->used) output_flush(o);
    if (length > sizeof o->buffer) {
        write_through(o, text, length);
    } else {
        memcpy(o->buffer + o->used, text, length);
        o->used += length;
    }
    if (o->by_line && length > 0 && text[length - 1] == '\n') output_flush(o);
}

/* Whether a terminal shows it as it is; `c` is no part of a longer character. */
static bool is_harmless(unsigned char c) { return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\t'; }

/* Bytes of the character that begins with this one; broken ones count as whole. */
static size_t character_length(unsigned char c) { return c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4; }

static size_t write_character(struct output *o, const char *text, size_t length) {
    char piece[ESCAPE_ROOM];
    size_t taken = visible_next(text, length, piece);
    output_raw(o, piece, strlen(piece));
    return taken;
}

static void write_pieces(struct output *o, const char *text, size_t length) {
    for (size_t at = 0; at < length;) at += write_character(o, text + at, length - at);
}

/* What is left of the last write, with as much of this one as completes the character. */
static size_t write_split(struct output *o, const char *text, size_t length) {
    size_t taken = 0, want = character_length((unsigned char)o->split[0]);
    while (o->split_length < want && taken < length && (text[taken] & 0xc0) == 0x80)
        o->split[o->split_length++] = text[taken++];
    if (o->split_length < want && taken == length) return taken;
    write_pieces(o, o->split, o->split_length);
    o->split_length = 0;
    return taken;
}

static void write_for_terminal(struct output *o, const char *text, size_t length) {
    size_t at = o->split_length ? write_split(o, text, length) : 0;
    while (at < length) {
        size_t plain = at;
        while (plain < length && is_harmless((unsigned char)text[plain])) plain++;
        output_raw(o, text + at, plain - at);
        at = plain;
        if (at == length) break;
        if (length - at < character_length((unsigned char)text[at])) {
            o->split_length = length - at;
            memcpy(o->split, text + at, o->split_length);
            break;
        }
        at += write_character(o, text + at, length - at);
    }
}

void output_write(struct output *o, const char *text, size_t length) {
    if (o->visible) write_for_terminal(o, text, length);
    else output_raw(o, text, length);
}

void output_text(struct output *o, const char *text) {
    if (text) output_write(o, text, strlen(text));
    else if (!o->error) o->error = ENOMEM;
}

void output_repeat(struct output *o, char c, size_t times) {
    while (times-- > 0) output_write(o, &c, 1);
}

/* ---- closing ---- */

int output_close(struct output *o, bool keep) {
    if (o->temporary && !keep) {
        output_abandon();
        close(o->fd);
    } else {
        write_pieces(o, o->split, o->split_length);
        output_flush(o);
        if (close(o->fd) != 0 && errno != EINTR && !o->error) o->error = errno;
        if (o->temporary && !o->error && rename(o->temporary, o->final) != 0) o->error = errno;
        if (o->error) output_abandon();
    }
    unfinished = NULL;
    free(o->temporary);
    free(o->final);
    o->temporary = o->final = NULL;
    return o->error;
}

int output_complain(const struct output *o) {
    if (o->error == ENOMEM) complain("memory exhausted");
    else if (o->path) complain("%s: write error: %s", o->path, strerror(o->error));
    else complain("write error: %s", strerror(o->error));
    return o->error == ENOMEM ? GTAPE_FAILED : GTAPE_BAD_DATA;
}
