/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/complain.h"
#include "lib/gtape.h"

/* ---- an unfinished file and signals ---- */

/* The one file that a signal must not leave behind. */
static char *volatile unfinished;

static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU};
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

static void guard_unfinished(void) {
    struct sigaction old, action = {.sa_handler = abandon_and_die};
    sigfillset(&action.sa_mask);
    for (int i = 0; i < DEADLY_COUNT; i++)
        if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(deadly[i], &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* write then fails with EFBIG, which is told */
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

bool output_open(struct output *o, const char *path) {
    o->fd = STDOUT_FILENO;
    o->error = 0, o->used = 0;
    o->path = path, o->temporary = NULL, o->final = NULL;
    o->by_line = false;
    if (!path) {
        o->by_line = isatty(STDOUT_FILENO) != 0;
        return true;
    }
    struct stat old;
    bool exists = stat(path, &old) == 0;
    /* a device, a pipe: nothing that could be replaced */
    if (exists && !S_ISREG(old.st_mode)) return opened(o, open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (exists && access(path, W_OK) != 0) return opened(o, -1);
    /* a link stays a link */
    o->final = exists ? realpath(path, NULL) : strdup(path);
    if (!o->final) return opened(o, -1);
    return open_temporary(o, exists ? &old : NULL);
}

/* ---- writing ---- */

static void die_of_closed_pipe(void) {
    output_abandon();
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

/* Writes all of it, or sets o->error. */
static void write_through(struct output *o, const char *text, size_t length) {
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

void output_write(struct output *o, const char *text, size_t length) {
    if (length > sizeof o->buffer - o->used) output_flush(o);
    if (length > sizeof o->buffer) {
        write_through(o, text, length);
    } else {
        memcpy(o->buffer + o->used, text, length);
        o->used += length;
    }
    if (o->by_line && length > 0 && text[length - 1] == '\n') output_flush(o);
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
