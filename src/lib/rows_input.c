/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_input.c - chunks of records off a stream, or of rows off a grid: see rows_job.h.
 *
 * A stream is cut at the last line end that is not within quotes.  Where that finds nothing, records are
 * read: lines may end with CR alone, or what stands there is not well formed and would hide the ends of all
 * lines behind it. */
#include "lib/rows_job.h"

#include <string.h>

/* A chunk is long enough to make what it costs beside its rows small, and short enough for the cache and for
 * whoever waits for the result. */
enum { MOST_TARGET = 1 << 18, PARSED_ANYWAY = 1 << 16 };

static void make_room(rows_buffer *b, size_t room) {
    if (b->room >= room) return;
    b->bytes = mem_resize(b->bytes, room, 1);
    b->room = room;
}

bool rows_read_more(rows_job *j) {
    rows_input *in = &j->input;
    rows_buffer *rest = &in->rest;
    make_room(rest, rest->length < rest->room ? MOST_TARGET : mem_product(rest->room + MOST_TARGET, 2));
    /* of what has come only in part nothing becomes a row */
    if (j->g->evaluator.interrupt) fault_raise(FAULT_INTERRUPT);
    long n = j->how->read(j->how->user, rest->bytes + rest->length, rest->room - rest->length);
    if (j->g->evaluator.interrupt) fault_raise(FAULT_INTERRUPT);
    if (n <= 0) in->ended = true;
    if (n > 0) rest->length += (size_t)n;
    in->failed = n < 0;
    return n >= 0;
}

/* Up to the end of the last whole record; all where a record is not well formed. */
static size_t whole_records(rows_job *j) {
    rows_input *in = &j->input;
    size_t length = 0;
    enum csv_status status;
    csv_window(&in->reader, in->rest.bytes, in->rest.length, false);
    while ((status = csv_next(&in->reader)) == CSV_RECORD)
        length = (size_t)(in->reader.next - in->rest.bytes);
    in->parsed = in->rest.length;
    return status == CSV_MALFORMED ? in->rest.length : length;
}

/* Bytes of the rest that can be a chunk; 0: none. */
static size_t chunk_length(rows_job *j) {
    rows_input *in = &j->input;
    while (in->cut.at == 0 && in->cut.seen < in->rest.length) {
        size_t left = in->rest.length - in->cut.seen, step = in->target;
        csv_find_cut(&in->cut, j->from, in->rest.bytes, in->cut.seen + (left < step ? left : step));
    }
    if (in->cut.at) return in->cut.at;
    if (in->ended) return in->failed ? 0 : in->rest.length;
    bool again = in->rest.length < PARSED_ANYWAY || in->rest.length / 2 >= in->parsed;
    return in->rest.length && again ? whole_records(j) : 0;
}

/* The worker gets the buffer, and gives the one it had for what is left. */
static void give_bytes(rows_worker *w, size_t length) {
    rows_input *in = &w->j->input;
    rows_buffer given = in->rest;
    size_t left = given.length - length;
    make_room(&w->bytes, left > MOST_TARGET ? left : MOST_TARGET);
    in->rest = w->bytes;
    memcpy(in->rest.bytes, given.bytes + length, left);
    in->rest.length = left;
    given.length = length;
    w->bytes = given;
    w->more = left > 0;
    in->cut = (csv_cut){0};
    in->parsed = 0;
}

static bool next_bytes(rows_worker *w) {
    rows_job *j = w->j;
    size_t length;
    while ((length = chunk_length(j)) == 0) {
        if (j->input.ended) return false;
        rows_read_more(j);
    }
    give_bytes(w, length);
    return true;
}

static bool next_rows(rows_worker *w) {
    rows_input *in = &w->j->input;
    size_t left = rows_in_sweep(w->j->g) - in->row, n = in->target;
    if (n > left) n = left;
    w->first_row = in->row;
    w->rows = n;
    in->row += n;
    w->more = n < left;
    return n > 0;
}

bool rows_next_chunk(rows_worker *w) {
    rows_job *j = w->j;
    pthread_mutex_lock(&j->input.lock);
    w->reading = true;
    w->chunk = j->input.chunks;
    bool is_one = !rows_stopped(j) && (j->swept ? next_rows(w) : next_bytes(w));
    j->input.chunks += is_one;
    w->reading = false;
    pthread_mutex_unlock(&j->input.lock);
    return is_one;
}

/* Two workers may do so at once; the target is a guess in any case. */
void rows_chunk_took(rows_job *j, double seconds) {
    const double short_time = 0.002, long_time = 0.02;
    size_t target = j->input.target;
    if (seconds < short_time && target < MOST_TARGET) j->input.target = target * 2;
    else if (seconds > long_time && target > 1) j->input.target = target / 2;
}
