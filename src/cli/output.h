/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output.h - where results go: standard output or a file, buffered, every byte checked.
 *
 * Layer: cli.  After the first failed write nothing more is written, and output_close gives the error.  A
 * file is written under another name beside it and takes its name when all went well; until then the old one
 * stays. A reader that closed the pipe ends the process silently, by SIGPIPE. */
#ifndef GTAPE_CLI_OUTPUT_H
#define GTAPE_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output {
    int fd;
    FILE *memory;  /* a stream of open_memstream that takes everything instead, or NULL */
    int error;     /* errno of the first failure, else 0 */
    bool by_line;  /* a terminal sees each line when it ends */
    bool visible;  /* a terminal gets no control characters but line ends and tabs */
    char split[4]; /* the beginning of a character whose rest is yet to come */
    size_t split_length;
    const char *path; /* NULL: standard output */
    char *temporary;  /* the name that the file has until it is whole, or NULL */
    char *final;      /* the name that it then gets */
    size_t used;
    char buffer[16384];
};

/* path NULL or "-": standard output.  Another descriptor by its name (/dev/stdout, /dev/fd/3) is written to
 * where it stands.  False: o->error says why. */
bool output_open(struct output *o, const char *path);
/* What is written becomes a text, which output_take gives: the caller frees it.  NULL: no memory. */
void output_open_text(struct output *o, char **text, size_t *length);
char *output_take(struct output *o, char **text);
/* Text from anywhere: for a terminal, what would steer it is written as \x1b or \u202e. */
void output_write(struct output *o, const char *text, size_t length);
/* A sequence of gtape's own that steers a terminal, or bytes that output_write has been through. */
void output_raw(struct output *o, const char *text, size_t length);
/* NULL, a text that there was no memory for, is an error of the output. */
void output_text(struct output *o, const char *text);
void output_repeat(struct output *o, char c, size_t times);
bool output_flush(struct output *o);
/* Writes what is left and, where `keep`, gives a file its name; else removes it.  0 or an errno. */
int output_close(struct output *o, bool keep);
/* Complains about o->error; the exit status. */
int output_complain(const struct output *o);
/* Removes an unfinished file.  May be called from a signal handler. */
void output_abandon(void);

#endif
