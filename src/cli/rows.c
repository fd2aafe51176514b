/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/stats.h"

struct source_of_rows {
    struct run *run;
    int fd;
    const char *name;
};

static long read_some(void *user, char *to, size_t room) {
    struct source_of_rows *s = user;
    enum { MOST = 1 << 20 };
    ssize_t n;
    do n = read(s->fd, to, room < MOST ? room : MOST);
    while (n < 0 && errno == EINTR);
    if (n < 0) complain("%s: %s", s->name, strerror(errno));
    return (long)n;
}

/* What has been worked out is seen before more is read. */
static int write_some(void *user, const char *bytes, size_t length) {
    struct source_of_rows *s = user;
    run_tell(s->run);
    output_write(&s->run->out, bytes, length);
    return output_flush(&s->run->out);
}

void rows_tell_count(size_t count, const char *of, const char *what) {
    if (count) fprintf(stderr, "gtape: %zu %s%s %s\n", count, of, count == 1 ? "" : "s", what);
}

static char out_separator(enum report_format format) {
    switch (format) {
    case FORMAT_CSV: return ',';
    case FORMAT_TSV: return '\t';
    case FORMAT_JSONL: return '{';
    default: return 0;
    }
}

static char in_separator(enum rows_input input) {
    return input == ROWS_CSV ? ',' : input == ROWS_TSV ? '\t' : '\0';
}

int rows_run(struct run *r) {
    const struct options *o = r->options;
    if (o->show >= SHOW_FORMS || o->show == SHOW_HESSIAN) {
        complain("--rows writes values, gradients and uncertainties: no other --show");
        return GTAPE_BAD_PROGRAM;
    }
    bool is_stdin = strcmp(o->rows, "-") == 0;
    struct source_of_rows s = {r, STDIN_FILENO, is_stdin ? "<stdin>" : o->rows};
    if (!is_stdin) s.fd = open(o->rows, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (s.fd < 0) {
        complain("%s: %s", o->rows, strerror(errno));
        return GTAPE_BAD_DATA;
    }
    gtape_rows rows = {.label = s.name,
                       .separator = in_separator(o->rows_input),
                       .out = out_separator(o->format),
                       .no_header = o->no_header,
                       .keep = o->keep,
                       .on_error = (gtape_row_error)o->on_error,
                       .number = o->number,
                       .read = read_some,
                       .write = write_some,
                       .user = &s};
    gtape_status came_to = gtape_run_rows(r->g, &rows);
    if (!is_stdin) close(s.fd);
    if (r->out.error) return GTAPE_BAD_DATA; /* told when the output is closed */
    int status = run_status(r, came_to);
    rows_tell_count(rows.missing, "row", "had missing values");
    rows_tell_count(rows.failed, "row", "had errors");
    if (!status && o->stats) stats_write(r->g);
    return status;
}
