/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/pager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/spawn.h"
#include "cli/terminal.h"

enum { WORDS = 32 };

static struct {
    FILE *file; /* NULL: nothing is waiting for a pager */
    struct output out;
} paged;

/* The command, or NULL where none is wanted. */
static const char *pager_command(void) {
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !term || strcmp(term, "dumb") == 0) return NULL;
    const char *own = getenv("GTAPE_PAGER"), *usual = getenv("PAGER");
    const char *command = own ? own : usual ? usual : "less";
    return command[strspn(command, " \t")] ? command : NULL;
}

struct output *pager_begin(struct run *r) {
    if (r->out.by_line && pager_command()) paged.file = tmpfile();
    if (!paged.file) return &r->out;
    output_flush(&r->out);
    output_open(&paged.out, NULL);
    paged.out.fd = fileno(paged.file);
    paged.out.by_line = false;
    return &paged.out;
}

/* Screen lines that the file takes. */
static size_t count_lines(int fd, unsigned columns) {
    char piece[4096];
    size_t lines = 0, column = 0;
    ssize_t n;
    for (off_t at = 0; (n = pread(fd, piece, sizeof piece, at)) > 0; at += n)
        for (ssize_t i = 0; i < n; i++) {
            bool ends = piece[i] == '\n' || column == columns;
            lines += ends;
            column = piece[i] == '\n' ? 0 : (ends ? 0 : column) + (((unsigned char)piece[i] & 0xC0) != 0x80);
        }
    return lines + (column > 0);
}

static void copy(int fd, struct output *to) {
    char piece[4096];
    ssize_t n;
    for (off_t at = 0; (n = pread(fd, piece, sizeof piece, at)) > 0; at += n)
        output_raw(to, piece, (size_t)n); /* it has been through output_write */
    output_flush(to);
}

/* Splits at blanks, in place. */
static void split(char *text, char *words[WORDS + 1]) {
    int count = 0;
    char *rest = text;
    for (char *word; count < WORDS && (word = strtok_r(rest, " \t", &rest)) != NULL;) words[count++] = word;
    words[count] = NULL;
}

/* False where the pager could not be started. */
static bool run_pager(const char *command, int fd) {
    char *words[WORDS + 1], *text = strdup(command);
    if (!text) return false;
    split(text, words);
    setenv("LESS", "FRX", 0); /* quit if it fits, colours, leave the screen as it is */
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    pid_t child;
    int error = spawn_start(&child, words, fd, -1), status = error ? 0 : spawn_wait(child);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    if (error && (strcmp(command, "less") != 0 || error != ENOENT))
        complain("%s: %s", words[0], strerror(error));
    free(text);
    return !error &&
           !(WIFEXITED(status) && WEXITSTATUS(status) == 127); /* old C libraries exec in the child */
}

void pager_end(struct run *r) {
    if (!paged.file) return;
    output_flush(&paged.out);
    int fd = fileno(paged.file);
    unsigned columns = terminal_columns(STDOUT_FILENO), rows = terminal_rows(STDOUT_FILENO);
    lseek(fd, 0, SEEK_SET);
    if (count_lines(fd, columns) + 1 < rows || !run_pager(pager_command(), fd)) copy(fd, &r->out);
    fclose(paged.file);
    paged.file = NULL;
}
