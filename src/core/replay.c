/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.c - runs a plan: see replay.h. */
#include "core/replay_parts.h"
#include <string.h>

static void run_step(const replay *p, const block_step *s, size_t n) { s->run(s, n, p->from, p->to); }

size_t replay_rows(const replay *p) { return p->rows; }

size_t replay_check(replay *p, size_t n, const double *const *columns, u8 *holds) {
    size_t count = n;
    for (size_t i = 0; i < p->columns; i++) p->from[i] = columns[i];
    memset(holds, 1, n);
    for (size_t i = 0; i < p->guard_steps && count; i++) {
        const block_step *s = &p->steps.items[i];
        if (s->op == STEP_GUARD) count = block_guard(n, p->from[s->a], s->b, holds);
        else run_step(p, s, n);
    }
    return count;
}

/* x + 0 is x, but 0 for -0; x + -0 is x. */
static bool put_result(const replay *p, const replay_result *r, size_t n, double *to) {
    double zero = r->is_derivative ? 0.0 : -0.0;
    const double *x = p->from[r->place];
    if (!r->is_constant) return block_put(n, x, zero, to);
    for (size_t i = 0; i < n; i++) to[i] = *x;
    return block_put(n, to, zero, to);
}

/* Results that lie elsewhere are copied before the 0 is added to others, which they may be copies of. */
bool replay_results(replay *p, size_t n, double *const *results) {
    bool finite = true;
    for (size_t k = 0; k < p->results.count; k++) p->from[p->columns + k] = p->to[k] = results[k];
    for (size_t i = p->guard_steps; i < p->steps.count; i++) run_step(p, &p->steps.items[i], n);
    for (size_t k = 0; k < p->results.count; k++)
        if (!p->results.items[k].in_place) finite &= put_result(p, &p->results.items[k], n, results[k]);
    for (size_t k = 0; k < p->results.count; k++)
        if (p->results.items[k].in_place) finite &= put_result(p, &p->results.items[k], n, results[k]);
    return finite;
}
