/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/stats.h"

struct row_stream {
    struct run *run;
    int fd;
    const char *name;
    gtape_rows rows;
};

static void show_progress(struct row_stream *s) {
    struct progress *p = &s->run->progress;
    if (!progress_is_due(p)) return;
    char line[80];
    double rows = (double)s->rows.rows;
    snprintf(line, sizeof line, "%.0f rows, %.3g a second", rows, rows / progress_seconds(p));
    progress_show(p, line);
}

/* ---- reading and writing ---- */

/* Waits for input, and meanwhile for a run that ends because of something another thread has found, or
 * because its time is over. */
static bool wait_for_input(struct row_stream *s) {
    enum { MILLISECONDS = 100 };
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    while (poll(&p, 1, MILLISECONDS) == 0)
        if (__atomic_load_n(&s->rows.ended, __ATOMIC_ACQUIRE)) return false;
    return true;
}

static long read_some(void *user, char *to, size_t room) {
    struct row_stream *s = user;
    enum { MOST = 1 << 20 };
    ssize_t n;
    bool may_end = s->rows.threads > 1 || s->run->options->timeout;
    if (may_end && !wait_for_input(s)) return 0;
    do n = read(s->fd, to, room < MOST ? room : MOST);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        progress_clear(&s->run->progress);
        complain("%s: %s", s->name, strerror(errno));
    }
    return (long)n;
}

/* What has been worked out is seen before more is read. */
static int write_some(void *user, const char *bytes, size_t length) {
    struct row_stream *s = user;
    run_tell(s->run);
    output_write(&s->run->out, bytes, length);
    int good = output_flush(&s->run->out);
    show_progress(s);
    return good;
}

/* ---- the end ---- */

void rows_tell_count(size_t count, const char *of, const char *what) {
    if (count) fprintf(stderr, "gtape: %zu %s%s %s\n", count, of, count == 1 ? "" : "s", what);
}

static void write_stats(const struct row_stream *s) {
    const gtape_rows *r = &s->rows;
    size_t run = r->replayed + r->evaluated;
    stats_write(s->run->g);
    fprintf(stderr, "evaluate:       %10.1f ns/row        %12zu rows        %10.3f ms\n",
            run ? 1e9 * r->seconds / (double)run : 0, run, 1e3 * r->seconds);
    fprintf(stderr, "in blocks:      %10zu rows, by %zu plan%s of up to %zu steps; %zu one by one\n",
            r->replayed, r->traces, r->traces == 1 ? "" : "s", r->steps, r->evaluated);
}

static char out_separator(enum report_format format) {
    switch (format) {
    case FORMAT_CSV: return ',';
    case FORMAT_TSV: return '\t';
    case FORMAT_JSONL: return '{';
    default: return 0;
    }
}

static int run_stream(struct row_stream *s) {
    struct run *r = s->run;
    gtape_status came_to = gtape_run_rows(r->g, &s->rows);
    progress_clear(&s->run->progress);
    if (r->out.error) return GTAPE_BAD_DATA; /* told when the output is closed */
    int status = run_status(r, came_to);
    rows_tell_count(s->rows.missing, "row", "had missing values");
    rows_tell_count(s->rows.failed, "row", "had errors");
    if (!status && r->options->stats) write_stats(s);
    return status;
}

static int run_sweep(struct row_stream *s) {
    const struct options *o = s->run->options;
    for (size_t i = 0; i < o->sweep_count; i++) {
        int status = run_status(s->run, gtape_sweep(s->run->g, o->sweep[i]));
        if (status) return status;
    }
    s->rows.label = "--sweep";
    s->rows.read = NULL;
    return run_stream(s);
}

int rows_run(struct run *r) {
    const struct options *o = r->options;
    if (o->show >= SHOW_FORMS || o->show == SHOW_HESSIAN || o->hessian) {
        complain("--rows writes values, gradients and uncertainties: no %s",
                 o->hessian ? "--hessian" : "other --show");
        return GTAPE_BAD_PROGRAM;
    }
    if (o->unconnected && strcmp(o->unconnected, "none") == 0) {
        complain("--rows leaves no derivative out: --unconnected zero or error");
        return GTAPE_BAD_PROGRAM;
    }
    struct row_stream s = {.run = r, .fd = STDIN_FILENO, .name = "<stdin>"};
    /* lines of progress would get between results on one terminal */
    progress_begin(&r->progress, o->progress, !isatty(STDOUT_FILENO));
    s.rows = (gtape_rows){.separator = o->separator ? o->separator : o->input,
                          .out = out_separator(o->format),
                          .no_header = o->no_header,
                          .keep = o->keep,
                          .missing_words = o->na_strings,
                          .on_error = (gtape_row_error)o->on_error,
                          .reduce = (gtape_row_reduce)o->reduce,
                          .line_buffered = o->line_buffered,
                          .threads = o->threads ? (unsigned)strtoul(o->threads, NULL, 10) : 1,
                          .number = o->number,
                          .read = read_some,
                          .write = write_some,
                          .user = &s};
    if (o->sweep_count) return run_sweep(&s);
    if (strcmp(o->rows, "-") != 0) {
        s.name = o->rows;
        s.fd = open(o->rows, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (s.fd < 0) {
        complain("%s: %s", o->rows, strerror(errno));
        return GTAPE_BAD_DATA;
    }
    s.rows.label = s.name;
    int status = run_stream(&s);
    if (s.fd != STDIN_FILENO) close(s.fd);
    return status;
}
