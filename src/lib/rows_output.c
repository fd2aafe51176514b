/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_output.c - turns, and what goes out with them: see rows_job.h. */
#include "lib/rows_job.h"

#include <string.h>

bool rows_stopped(rows_job *j) {
    pthread_mutex_lock(&j->output.lock);
    bool stopped = j->output.stopped;
    pthread_mutex_unlock(&j->output.lock);
    return stopped;
}

/* ---- turns ---- */

/* Whether it came. */
static bool wait_for_turn(rows_worker *w) {
    rows_output *out = &w->j->output;
    pthread_mutex_lock(&out->lock);
    while (!out->stopped && out->turn != w->chunk) pthread_cond_wait(&out->turned, &out->lock);
    w->has_turn = !out->stopped;
    pthread_mutex_unlock(&out->lock);
    return w->has_turn;
}

void rows_take_turn(rows_worker *w) {
    if (!w->has_turn && !wait_for_turn(w)) fault_raise(FAULT_INTERRUPT);
}

void rows_pass_turn(rows_worker *w) {
    rows_output *out = &w->j->output;
    out->lines += w->reader.line - 1;
    pthread_mutex_lock(&out->lock);
    out->turn++;
    w->has_turn = false;
    pthread_cond_broadcast(&out->turned);
    pthread_mutex_unlock(&out->lock);
}

void rows_stop(rows_worker *w, enum fault fault) {
    rows_output *out = &w->j->output;
    if (w->reading) {
        w->j->input.ended = true;
        w->j->input.rest.length = 0;
        w->reading = false;
        pthread_mutex_unlock(&w->j->input.lock);
    }
    if (!w->has_turn && !wait_for_turn(w)) return; /* stopped before */
    pthread_mutex_lock(&out->lock);
    out->stopped = true;
    out->fault = fault;
    __atomic_store_n(&w->j->how->ended, 1, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&out->turned);
    pthread_mutex_unlock(&out->lock);
}

/* ---- with the turn ---- */

/* One worker says everything once for a place, and there are several. */
static bool is_repeated(rows_output *out, const diagnostic *d) {
    if (d->severity == SEVERITY_ERROR) return false;
    size_t before = out->said.names.count;
    if (d->at.begin == NO_SPAN.begin) return intern(&out->said, d->message, strlen(d->message)) < before;
    for (size_t i = 0; i < out->noted.count; i++)
        if (out->noted.items[i].begin == d->at.begin && out->noted.items[i].end == d->at.end) return true;
    array_push(&out->noted, d->at);
    return false;
}

void rows_take_diagnostics(rows_worker *w) {
    diagnostic_list *to = &w->j->g->diagnostics, *from = &row_runner_session(w->runner)->diagnostics;
    bool several = w->j->worker_count > 1;
    for (size_t i = 0; i < from->count; i++) {
        if (several && is_repeated(&w->j->output, &from->items[i])) continue;
        array_push(to, from->items[i]);
        from->items[i] = (diagnostic){0};
    }
    diag_clear(from);
}

static void give_printed(rows_worker *w) {
    const evaluator *e = &w->j->g->evaluator;
    if (w->printed.length && e->print) e->print(e->print_user, text_str(&w->printed), w->printed.length);
    text_clear(&w->printed);
}

void rows_write(rows_job *j, text *out) {
    bool can_write = out->length == 0 || j->how->write(j->how->user, out->bytes, out->length);
    text_clear(out);
    if (can_write) return;
    j->output.unwritable = true;
    fault_raise(FAULT_ERROR);
}

void rows_publish_rows(rows_worker *w) {
    gtape_rows *how = w->j->how;
    how->rows += w->counted, how->missing += w->missing, how->failed += w->failed;
    w->counted = w->missing = w->failed = 0;
    give_printed(w);
    rows_write(w->j, &w->writer.out);
}

void rows_publish(rows_worker *w) {
    rows_take_diagnostics(w);
    rows_publish_rows(w);
}
