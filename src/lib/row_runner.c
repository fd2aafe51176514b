/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_runner.c - a runner's life: see row_runner.h; row_blocks.c runs the rows. */
#include "lib/row_blocks.h"
#include <stdlib.h>

struct row_runner {
    gtape *leader;
    row_session session;
    row_blocks blocks;
};

/* The program is checked in g, where the caller looks for errors. */
static bool check(gtape *g, size_t columns, const char *const *names) {
    row_session s = {.g = g, .columns = columns, .column_names = names};
    gtape_status status = row_session_open(&s);
    row_session_free(&s);
    return status == GTAPE_OK;
}

/* What bounds the rows together bounds each of them. */
static void follow(gtape *g, gtape *copy) {
    copy->timed = g->timed;
    copy->timeout = g->timeout;
    session_lead(g, copy);
}

row_runner *row_runner_new(gtape *g, size_t columns, const char *const *names) {
    if (!check(g, columns, names)) return NULL;
    row_runner *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->leader = g;
    r->session.g = session_copy(g);
    if (r->session.g) follow(g, r->session.g);
    r->session.columns = columns;
    r->session.column_names = names;
    if (r->session.g && row_session_open(&r->session) == GTAPE_OK) return r;
    row_runner_free(r);
    return NULL;
}

static bool open_blocks(row_runner *r) { return row_blocks_open(&r->blocks, &r->session) == GTAPE_OK; }

bool row_runner_learn(row_runner *r, const double *row, bool *learned) {
    return row_session_learn(&r->session, row, learned) == GTAPE_OK && (!*learned || open_blocks(r));
}

bool row_runner_guess(row_runner *r) { return row_session_guess(&r->session) == GTAPE_OK && open_blocks(r); }

bool row_runner_copy_results(row_runner *r, const row_runner *from) {
    return row_session_copy_results(&r->session, &from->session) == GTAPE_OK && open_blocks(r);
}

void row_runner_free(row_runner *r) {
    if (!r) return;
    row_blocks_free(&r->blocks);
    row_session_free(&r->session);
    if (r->session.g) session_let_go(r->leader, r->session.g);
    gtape_free(r->session.g);
    free(r);
}

bool row_runner_uses(const row_runner *r, size_t column) { return r->session.slots[column] != NAME_NONE; }
size_t row_runner_results(const row_runner *r) { return r->session.results; }
bool row_runner_is_uncertain(const row_runner *r) {
    for (size_t i = 0; i < r->session.uncertain.count; i++)
        if (r->session.uncertain.items[i]) return true;
    return false;
}

const char *row_runner_result_name(const row_runner *r, size_t k) { return r->session.names.items[k]; }
gtape *row_runner_session(row_runner *r) { return r->session.g; }
row_figures row_runner_figures(const row_runner *r) { return r->blocks.figures; }

size_t row_runner_run(row_runner *r, size_t n, const double *const *columns, double *const *results,
                      u8 *failed) {
    return row_blocks_run(&r->blocks, n, columns, results, failed);
}
