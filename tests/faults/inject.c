/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject.c - a library for LD_PRELOAD that runs a program again and again, each time with one call failing.
 *
 *     LD_PRELOAD=./inject.so INJECT=memory gtape -e '2+3' --wrt x
 *
 * INJECT chooses the calls and what becomes of the n-th of them, for n = 1, 2, ... until none is left:
 *
 *     memory       malloc, calloc, realloc, anonymous mmap: no memory;  memory-on: from the n-th on
 *     read, write  an error (EIO, ENOSPC);  read-on, write-on: from the n-th on
 *     read-eintr, write-eintr, read-short, write-short    interrupted, or one byte only: no failure at all
 *
 * The program is forked before its main begins, so a run costs no exec.  A first run without a failure is
 * the measure.  Then a run
 *
 *     ends by exit, not by a signal (and within 20 s);
 *     with status 0, has written what the first one wrote;
 *     else has written a beginning of that, whole lines of it, and something on standard error.  (With
 *     INJECT_GOES_ON, for a prompt, which goes on after an error, only the latter.)
 *
 * The last line on standard output is "N faults, M wrong"; what was wrong stands before it.  The status is 0
 * where nothing was.  INJECT_STEP: only every so manieth n. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum calls { NO_CALLS, MEMORY, READ, WRITE };
enum fate { FAIL, FAIL_ON, INTERRUPT, SHORTEN };

static enum calls calls; /* those that are counted; none while the sweep itself works */
static enum fate fate;
static bool goes_on;
static unsigned long counted, failing;
static bool *reached; /* shared with the parent */

/* Whether this call is the one. */
static bool is_due(enum calls kind) {
    if (kind != calls || ++counted < failing) return false;
    if (fate != FAIL_ON && counted > failing) return false;
    *reached = true;
    return true;
}

/* ---- the calls ---- */

/* The one that would have been called. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

static void *no_memory(void) {
    errno = ENOMEM;
    return NULL;
}

/* Those of AddressSanitizer where it is there: it must get what it gave. */
#define ALLOCATOR(name) (__asan_init ? NEXT(name) : __libc_##name)
extern void __asan_init(void) __attribute__((weak));

void *malloc(size_t size) { return is_due(MEMORY) ? no_memory() : ALLOCATOR(malloc)(size); }
void *calloc(size_t n, size_t size) { return is_due(MEMORY) ? no_memory() : ALLOCATOR(calloc)(n, size); }
void *realloc(void *p, size_t size) { return is_due(MEMORY) ? no_memory() : ALLOCATOR(realloc)(p, size); }

void *mmap(void *p, size_t size, int protection, int flags, int fd, off_t at) {
    if ((flags & MAP_ANONYMOUS) && is_due(MEMORY)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return NEXT(mmap)(p, size, protection, flags, fd, at);
}

/* The room that is left for a call that is due, or -1 with errno. */
static ssize_t shortened(size_t room, int error) {
    if (fate == SHORTEN) return room > 0;
    errno = fate == INTERRUPT ? EINTR : error;
    return -1;
}

ssize_t read(int fd, void *to, size_t room) {
    if (is_due(READ)) {
        ssize_t left = shortened(room, EIO);
        if (left < 0) return left;
        room = (size_t)left;
    }
    return NEXT(read)(fd, to, room);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (fd != STDERR_FILENO && is_due(WRITE)) {
        ssize_t left = shortened(length, ENOSPC);
        if (left < 0) return left;
        length = (size_t)left;
    }
    return NEXT(write)(fd, bytes, length);
}

/* ---- the sweep ---- */

struct outcome {
    int status; /* as of waitpid */
    bool reached;
    char *out, *err;
    size_t out_length, err_length;
};

static char *take_file(int fd, size_t *length) {
    off_t end = lseek(fd, 0, SEEK_END);
    char *text = malloc((size_t)end + 1);
    ssize_t n = pread(fd, text, (size_t)end, 0);
    *length = n > 0 ? (size_t)n : 0;
    text[*length] = '\0';
    close(fd);
    return text;
}

static int new_file(void) {
    FILE *f = tmpfile();
    int fd = f ? dup(fileno(f)) : -1;
    if (f) fclose(f);
    return fd;
}

/* What checks for leaks behind the program's end asks for memory of its own. */
static void count_no_more(void) { calls = NO_CALLS; }

/* True in the child, which becomes the program; in the parent `o` says what came of it. */
static bool run_once(struct outcome *o, enum calls kind, unsigned long n) {
    int out = new_file(), err = new_file();
    *reached = false;
    pid_t child = fork();
    if (child == 0) {
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        close(out);
        close(err);
        lseek(STDIN_FILENO, 0, SEEK_SET); /* a file, shared with the runs before */
        alarm(20);
        atexit(count_no_more);
        failing = n;
        counted = 0;
        calls = kind;
        return true;
    }
    while (waitpid(child, &o->status, 0) < 0 && errno == EINTR) {}
    o->reached = *reached;
    o->out = take_file(out, &o->out_length);
    o->err = take_file(err, &o->err_length);
    return false;
}

/* What is wrong with it, or NULL. */
static const char *wrong(const struct outcome *o, const struct outcome *good) {
    if (!WIFEXITED(o->status)) return "ended by a signal";
    int status = WEXITSTATUS(o->status);
    bool same = o->out_length == good->out_length && memcmp(o->out, good->out, o->out_length) == 0;
    if (o->status == good->status && same) return NULL;
    if (fate >= INTERRUPT) return "should not have mattered";
    if (status == 0) return "status 0 with another output";
    if (status > 3) return "a status that there is not";
    if (o->err_length == 0) return "nothing on standard error";
    if (goes_on) return NULL;
    if (o->out_length > good->out_length || memcmp(o->out, good->out, o->out_length) != 0)
        return "output that is no beginning of the right one";
    if (calls != WRITE && o->out_length && o->out[o->out_length - 1] != '\n') return "half a line of output";
    return NULL;
}

static bool choose(const char *what) {
    static const struct {
        const char *name;
        enum calls calls;
        enum fate fate;
    } choices[] = {
        {"memory", MEMORY, FAIL},        {"memory-on", MEMORY, FAIL_ON},  {"read", READ, FAIL},
        {"read-on", READ, FAIL_ON},      {"read-eintr", READ, INTERRUPT}, {"read-short", READ, SHORTEN},
        {"write", WRITE, FAIL},          {"write-on", WRITE, FAIL_ON},    {"write-eintr", WRITE, INTERRUPT},
        {"write-short", WRITE, SHORTEN},
    };
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (strcmp(what, choices[i].name) == 0) {
            calls = choices[i].calls;
            fate = choices[i].fate;
            return true;
        }
    return false;
}

__attribute__((constructor)) static void sweep(void) {
    const char *what = getenv("INJECT"), *step_text = getenv("INJECT_STEP");
    if (!what || !choose(what)) return;
    enum calls kind = calls;
    unsigned long step = step_text ? strtoul(step_text, NULL, 10) : 1, faults = 0, bad = 0;
    calls = NO_CALLS;
    goes_on = getenv("INJECT_GOES_ON") != NULL;
    unsetenv("LD_PRELOAD");
    unsetenv("INJECT");
    reached = mmap(NULL, sizeof *reached, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    static struct outcome good, o; /* what a child inherits is no leak of its own */
    if (run_once(&good, NO_CALLS, 0)) return;
    for (unsigned long n = 1;; n += step) {
        if (run_once(&o, kind, n)) return;
        if (!o.reached) break;
        faults++;
        const char *why = wrong(&o, &good);
        if (why) {
            bad++;
            printf("%s %lu: %s (status %#x)\nstdout: %.300s\nstderr: %.300s\n", what, n, why, o.status, o.out,
                   o.err);
        }
        free(o.out);
        free(o.err);
    }
    printf("%lu faults, %lu wrong\n", faults, bad);
    fflush(stdout);
    _exit(bad > 0);
}
