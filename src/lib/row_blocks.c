/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_blocks.c - see row_blocks.h. */
#include "lib/row_blocks.h"
#include <math.h>
#include <string.h>

static row_blocks *job_of(void *argument) { return argument; }

/* ---- life ---- */

static void open_blocks(gtape *g, void *argument) {
    (void)g;
    row_blocks *b = job_of(argument);
    size_t columns = b->session->columns, results = b->session->results;
    b->gathered = mem_alloc(mem_product(columns, REPLAY_BLOCK), sizeof *b->gathered);
    b->made = mem_alloc(mem_product(results, REPLAY_BLOCK), sizeof *b->made);
    b->column_at = mem_alloc(columns, sizeof *b->column_at);
    b->result_at = mem_alloc(results, sizeof *b->result_at);
    b->row = mem_zero(columns, sizeof *b->row);
    b->row_results = mem_alloc(results, sizeof *b->row_results);
}

gtape_status row_blocks_open(row_blocks *b, row_session *session) {
    evaluator *e = &session->g->evaluator;
    b->session = session;
    b->notes = e->notes;
    b->strict = e->strict;
    b->in_order = e->strict && gtape_prints(session->g);
    e->notes = e->strict = false;
    e->keeps_noted = true;
    return session_guard(session->g, open_blocks, b);
}

static void free_plan(row_plan *p) {
    replay_free(p->plan);
    mem_free(p->places);
    mem_free(p->entries);
    *p = (row_plan){0};
}

void row_blocks_free(row_blocks *b) {
    for (size_t i = 0; i < b->plan_count; i++) free_plan(&b->plans[i]);
    mem_free(b->gathered);
    mem_free(b->made);
    mem_free(b->column_at);
    mem_free(b->result_at);
    mem_free(b->row);
    mem_free(b->row_results);
}

/* ---- rows of a plan ---- */

/* Points column_at and result_at at n rows that lie one behind the other. */
static void point_at_rows(row_blocks *b, size_t row) {
    for (size_t i = 0; i < b->session->columns; i++)
        b->column_at[i] = b->columns[i] ? b->columns[i] + row : NULL;
    for (size_t k = 0; k < b->session->results; k++) b->result_at[k] = b->results[k] + row;
}

static void point_at_made(row_blocks *b, const double *entries) {
    for (size_t i = 0; i < b->session->columns; i++) b->column_at[i] = entries + i * REPLAY_BLOCK;
    for (size_t k = 0; k < b->session->results; k++) b->result_at[k] = b->made + k * REPLAY_BLOCK;
}

static void scatter(row_blocks *b, size_t n, const size_t *places) {
    for (size_t k = 0; k < b->session->results; k++) {
        const double *from = b->made + k * REPLAY_BLOCK;
        double *to = b->results[k];
        for (size_t i = 0; i < n; i++) to[places[i]] = from[i];
    }
}

/* Rows that were gathered are run in whole vectors, as gather has filled them up. */
static size_t whole_vectors(size_t n) { return (n + BLOCK_LANES - 1) / BLOCK_LANES * BLOCK_LANES; }

static void flush(row_blocks *b, row_plan *p) {
    if (p->waiting == 0) return;
    size_t n = whole_vectors(p->waiting);
    point_at_made(b, p->entries);
    (void)replay_check(p->plan, n, b->column_at, b->holds); /* the guards' steps are the first steps */
    if (!replay_results(p->plan, n, b->result_at)) b->odd = true;
    scatter(b, p->waiting, p->places);
    p->waiting = 0;
}

static void make_waiting_room(row_blocks *b, row_plan *p) {
    if (!p->places) p->places = mem_alloc(REPLAY_BLOCK, sizeof *p->places);
    if (!p->entries)
        p->entries = mem_alloc(mem_product(b->session->columns, REPLAY_BLOCK), sizeof *p->entries);
}

/* Copies the columns that the plan reads, of n rows of the block, to entries number `at` and on; the last one
 * again up to a whole vector. */
static void gather(const row_blocks *b, const row_plan *p, size_t n, const u32 *list, double *entries,
                   size_t at) {
    for (size_t i = 0; i < b->session->columns; i++) {
        if (!replay_reads(p->plan, i)) continue;
        const double *from = b->columns[i] + b->from;
        double *to = entries + i * REPLAY_BLOCK + at;
        // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.ArraySubscript): the list has n entries
        for (size_t k = 0; k < n; k++) to[k] = from[list[k]];
        for (size_t k = n; k < whole_vectors(at + n) - at; k++) to[k] = to[n - 1];
    }
}

/* Rows of the block that belong to the plan: they wait there, or are to be evaluated. */
static void take(row_blocks *b, row_plan *p, size_t n, const u32 *list) {
    p->rows += n;
    p->last_used = b->clock;
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.ArraySubscript): the list has n entries
    for (size_t i = 0; i < n && !p->whole; i++) b->state[list[i]] = ROW_ALONE;
    b->alone |= !p->whole;
    if (!p->whole) return;
    make_waiting_room(b, p);
    b->figures.replayed += n;
    while (n > 0) {
        size_t space = replay_rows(p->plan) - p->waiting, m = n < space ? n : space;
        gather(b, p, m, list, p->entries, p->waiting);
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): likewise
        for (size_t k = 0; k < m; k++) p->places[p->waiting + k] = b->from + list[k];
        p->waiting += m;
        if (p->waiting == replay_rows(p->plan)) flush(b, p);
        n -= m, list += m;
    }
}

/* ---- a block ---- */

/* Splits a list by what holds, without branches that nobody can predict.  `rest` may be the list itself. */
static size_t split(size_t n, const u32 *list, const u8 *holds, u32 *taken, u32 *rest, size_t *rest_count) {
    size_t t = 0, r = 0;
    for (size_t i = 0; i < n; i++) {
        u32 row = list[i];
        taken[t] = row;
        rest[r] = row;
        t += holds[i];
        r += !holds[i];
    }
    *rest_count += r;
    return t;
}

/* Rows that were gathered and checked, and are all the plan's: there is no need to wait. */
static void run_gathered(row_blocks *b, row_plan *p, size_t n, const u32 *list) {
    size_t places[REPLAY_BLOCK];
    for (size_t i = 0; i < n; i++) places[i] = b->from + list[i];
    if (!replay_results(p->plan, whole_vectors(n), b->result_at)) b->odd = true;
    scatter(b, n, places);
    p->rows += n;
    p->last_used = b->clock;
    b->figures.replayed += n;
}

/* Offers the rows of b->left, in pieces of equal length, to a plan; those that it does not take stay. */
static void offer(row_blocks *b, row_plan *p) {
    size_t most = replay_rows(p->plan), kept = 0;
    size_t pieces = (b->left_count + most - 1) / most, piece = (b->left_count + pieces - 1) / pieces;
    u32 taken[REPLAY_BLOCK + 1];
    for (size_t at = 0, m; at < b->left_count; at += m) {
        m = b->left_count - at < piece ? b->left_count - at : piece;
        gather(b, p, m, b->left + at, b->gathered, 0);
        point_at_made(b, b->gathered);
        size_t whole = whole_vectors(m), count = replay_check(p->plan, whole, b->column_at, b->holds);
        if (count == whole && p->whole) {
            run_gathered(b, p, m, b->left + at);
            continue;
        }
        count = split(m, b->left + at, b->holds, taken, b->left + kept, &kept);
        if (count) take(b, p, count, taken);
    }
    b->left_count = kept;
}

/* ---- rows on their own ---- */

static void read_row(row_blocks *b, size_t row) {
    for (size_t i = 0; i < b->session->columns; i++)
        if (b->columns[i]) b->row[i] = b->columns[i][row];
}

static bool evaluate_alone(row_blocks *b, size_t row) {
    evaluator *e = &b->session->g->evaluator;
    read_row(b, row);
    e->strict = b->strict;
    gtape_status status = row_session_evaluate(b->session, b->row, b->row_results);
    e->strict = false;
    if (status != GTAPE_OK) return false;
    for (size_t k = 0; k < b->session->results; k++) {
        b->results[k][row] = b->row_results[k];
        b->odd |= !isfinite(b->row_results[k]);
    }
    b->figures.evaluated++;
    return true;
}

/* A place for a new plan: that of the one used least lately where all are taken. */
static row_plan *place_for_plan(row_blocks *b) {
    if (b->plan_count < MOST_PLANS) return &b->plans[b->plan_count++];
    row_plan *oldest = &b->plans[0];
    for (size_t i = 1; i < b->plan_count; i++)
        if (b->plans[i].last_used < oldest->last_used) oldest = &b->plans[i];
    flush(b, oldest);
    free_plan(oldest);
    return oldest;
}

/* NULL where the row fails. */
static row_plan *trace_row(row_blocks *b, size_t row) {
    replay *plan = replay_new(); /* what comes next raises nothing */
    row_plan *p = place_for_plan(b);
    p->plan = plan;
    read_row(b, row);
    if (row_session_trace(b->session, b->row, p->plan, &p->whole) != GTAPE_OK) {
        free_plan(p);
        if (p == &b->plans[b->plan_count - 1]) b->plan_count--;
        else *p = b->plans[--b->plan_count], b->plans[b->plan_count] = (row_plan){0};
        return NULL;
    }
    b->figures.traces++;
    if (replay_length(p->plan) > b->figures.steps) b->figures.steps = replay_length(p->plan);
    b->state[row - b->from] = ROW_TAKEN;
    u32 only = (u32)(row - b->from);
    take(b, p, 1, &only);
    return p;
}

/* Rows from number `at` of the block on that no plan has, to one that is new. */
static void offer_unknown(row_blocks *b, row_plan *p, size_t at, size_t n) {
    b->left_count = 0;
    for (size_t i = at; i < n; i++) {
        if (b->state[i] != ROW_UNKNOWN) continue;
        b->left[b->left_count++] = (u32)i;
        b->state[i] = ROW_TAKEN; /* unless the plan says otherwise */
    }
    if (b->left_count) offer(b, p);
    for (size_t i = 0; i < b->left_count; i++) b->state[b->left[i]] = ROW_UNKNOWN;
}

/* What becomes of a row that failed, after so many diagnostics: false where it ends the call. */
static bool passes_over(row_blocks *b, size_t row, size_t said_before) {
    diagnostic_list *said = &b->session->g->diagnostics;
    if (!b->failed || said->count == said_before || diag_has(said, said_before, DIAG_MEMORY) ||
        diag_has(said, said_before, DIAG_TIMEOUT)) {
        b->done = row;
        return false;
    }
    diag_cut(said, said_before);
    b->failed[row] = 1;
    return true;
}

/* Whether the row got its results, now or from a plan that it waits for. */
static bool finish_row(row_blocks *b, size_t i, size_t n) {
    if (b->state[i] == ROW_UNKNOWN) {
        row_plan *p = trace_row(b, b->from + i);
        if (!p) return false;
        offer_unknown(b, p, i + 1, n);
    }
    return b->state[i] != ROW_ALONE || evaluate_alone(b, b->from + i);
}

/* In the order of the rows, so that the first that fails is the first of all. */
static void finish_block(row_blocks *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t said = b->session->g->diagnostics.count;
        if (!finish_row(b, i, n) && !passes_over(b, b->from + i, said)) return;
    }
}

static void sort_plans(row_blocks *b) {
    for (size_t i = 1; i < b->plan_count; i++) {
        row_plan p = b->plans[i];
        if (p.rows <= b->plans[i - 1].rows) continue;
        b->plans[i] = b->plans[i - 1];
        b->plans[i - 1] = p;
    }
}

/* The plan that has most rows gets the block where it lies; what it does not take is listed. */
static void offer_block(row_blocks *b, row_plan *p, size_t n) {
    size_t most = replay_rows(p->plan);
    u32 list[REPLAY_BLOCK], taken[REPLAY_BLOCK + 1];
    b->left_count = 0;
    for (size_t at = 0, m; at < n; at += m) {
        m = n - at < most ? n - at : most;
        point_at_rows(b, b->from + at);
        size_t count = replay_check(p->plan, m, b->column_at, b->holds);
        if (count == m && p->whole) {
            if (!replay_results(p->plan, m, b->result_at)) b->odd = true;
            p->rows += m;
            p->last_used = b->clock;
            b->figures.replayed += m;
            continue;
        }
        for (size_t i = 0; i < m; i++) list[i] = (u32)(at + i);
        count = split(m, list, b->holds, taken, b->left + b->left_count, &b->left_count);
        if (count) take(b, p, count, taken);
    }
}

static void leave_all(row_blocks *b, size_t n) {
    for (b->left_count = 0; b->left_count < n; b->left_count++) b->left[b->left_count] = (u32)b->left_count;
}

static void run_block(row_blocks *b, size_t from, size_t n) {
    b->from = from;
    b->clock++;
    b->alone = false;
    if (b->in_order) {
        memset(b->state, ROW_ALONE, n);
        finish_block(b, n);
        return;
    }
    memset(b->state, ROW_TAKEN, n);
    if (b->plan_count) offer_block(b, &b->plans[0], n);
    else leave_all(b, n);
    for (size_t i = 1; i < b->plan_count && b->left_count; i++) offer(b, &b->plans[i]);
    for (size_t i = 0; i < b->left_count; i++) b->state[b->left[i]] = ROW_UNKNOWN;
    if (b->left_count || b->alone) finish_block(b, n);
    sort_plans(b);
}

/* ---- rows that are not finite ---- */

static bool is_odd(const row_blocks *b, size_t row) {
    for (size_t k = 0; k < b->session->results; k++)
        if (!isfinite(b->results[k][row])) return true;
    return false;
}

static u64 kind_of(const row_blocks *b, size_t row) {
    u64 kind = 0;
    for (size_t i = 0; i < b->session->columns; i++)
        if (b->columns[i]) kind = odd_rows_add(kind, b->columns[i][row]);
    for (size_t k = 0; k < b->session->results; k++)
        if (!isfinite(b->results[k][row])) kind = odd_rows_add(kind + k, b->results[k][row]);
    return kind;
}

/* With --strict no row that is not finite passes: one that is only so by the last digit of a vector function
 * (a plan's numbers are not always those of an evaluation) gets the results of its evaluation. */
static void take_results(row_blocks *b, size_t row) {
    for (size_t k = 0; k < b->session->results; k++) b->results[k][row] = b->row_results[k];
}

/* Such a row is run again for the note or the error that says where it comes from.  False where it ends the
 * call. */
static bool explain_row(row_blocks *b, size_t row) {
    gtape *g = b->session->g;
    read_row(b, row);
    size_t before = g->diagnostics.count;
    g->evaluator.notes = b->notes, g->evaluator.strict = b->strict;
    g->evaluator.rec.records_odd = true;
    gtape_status status = row_session_evaluate(b->session, b->row, b->row_results);
    g->evaluator.notes = g->evaluator.strict = false;
    g->evaluator.rec.records_odd = false;
    odd_rows_looked(&b->odd_rows, g->diagnostics.count > before);
    if (g->evaluator.interrupt && !b->strict) diag_cut(&g->diagnostics, before);
    else if (status == GTAPE_OK && b->strict) take_results(b, row);
    else if (status != GTAPE_OK) return passes_over(b, row, before);
    return true;
}

/* What these rows print has been said. */
static void explain_rows(row_blocks *b) {
    gtape *g = b->session->g;
    void (*print)(void *, const char *, size_t) = g->evaluator.print;
    g->evaluator.print = NULL;
    for (size_t row = 0; row < b->done; row++) {
        if ((b->failed && b->failed[row]) || !is_odd(b, row)) continue;
        if (g->evaluator.interrupt) { /* the row itself is done, unless it may be an error */
            if (b->strict) b->done = row;
            break;
        }
        if (!b->strict && !odd_rows_is_due(&b->odd_rows, kind_of(b, row))) continue;
        if (!explain_row(b, row)) break;
    }
    g->evaluator.print = print;
}

/* ---- a call ---- */

static void run_rows(gtape *g, void *argument) {
    row_blocks *b = job_of(argument);
    for (size_t at = 0; at < b->done;) {
        size_t n = b->done - at < REPLAY_BLOCK ? b->done - at : REPLAY_BLOCK;
        if (g->evaluator.interrupt) b->done = at;
        else run_block(b, at, n);
        at += n;
    }
    for (size_t i = 0; i < b->plan_count; i++) flush(b, &b->plans[i]);
    if (b->odd && (b->strict || b->notes)) explain_rows(b);
}

size_t row_blocks_run(row_blocks *b, size_t n, const double *const *columns, double *const *results,
                      u8 *failed) {
    b->columns = columns;
    b->results = results;
    b->failed = failed;
    if (failed) memset(failed, 0, n);
    b->done = n;
    b->odd = false;
    if (session_guard(b->session->g, run_rows, b) == GTAPE_OK || b->done < n) return b->done;
    for (size_t i = 0; i < b->plan_count; i++) b->plans[i].waiting = 0;
    return 0;
}
