/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.c - runs a plan: see replay.h. */
#include "core/replay_parts.h"
#include "core/kernels.h"
#include <math.h>
#include <string.h>

static double *block_at(const replay *p, u32 number) { return p->blocks + (size_t)number * p->stride; }

/* Where an operand's entries lie; a constant is one entry that is repeated. */
static const double *operand(const replay *p, const double *const *columns, u32 place, size_t *stride) {
    u32 number = PLACE_NUMBER(place);
    *stride = 1;
    switch (PLACE_KIND(place)) {
    case IN_COLUMN: return columns[number];
    case IN_BLOCK: return block_at(p, number);
    default: *stride = 0; return &p->constants.items[number];
    }
}

static void run_step(const replay *p, const replay_step *s, size_t n, const double *const *columns) {
    size_t sa, sb, sc;
    const double *a = operand(p, columns, s->a, &sa);
    double *to = block_at(p, s->to);
    if (s->op == STEP_SINCOS) {
        block_sincos(n, a, to, block_at(p, s->to2));
    } else if (s->op == NODE_WHERE) {
        const double *b = operand(p, columns, s->b, &sb), *c = operand(p, columns, s->c, &sc);
        block_where(n, a, b, sb, c, sc, to);
    } else if (op_infos[s->op].arity == 1) {
        block1((enum op)s->op, n, a, to);
    } else {
        const double *b = operand(p, columns, s->b, &sb);
        block2((enum op)s->op, n, a, sa, b, sb, to);
    }
}

static size_t check_guard(const replay *p, const replay_step *s, size_t n, const double *const *columns,
                          u8 *holds) {
    size_t stride, count = 0;
    const double *a = operand(p, columns, s->a, &stride);
    bool wanted = s->b;
    for (size_t i = 0; i < n; i++) {
        holds[i] &= (a[i] != 0) == wanted;
        count += holds[i];
    }
    return count;
}

size_t replay_rows(const replay *p) { return p->rows; }

size_t replay_check(replay *p, size_t n, const double *const *columns, u8 *holds) {
    size_t count = n;
    memset(holds, 1, n);
    for (size_t i = 0; i < p->guard_steps && count; i++) {
        const replay_step *s = &p->steps.items[i];
        if (s->op == STEP_GUARD) count = check_guard(p, s, n, columns, holds);
        else run_step(p, s, n, columns);
    }
    return count;
}

/* x + 0 is x, but 0 for -0; x + -0 is x. */
static bool put_result(const double *x, size_t stride, size_t n, bool is_derivative, double *to) {
    double zero = is_derivative ? 0.0 : -0.0;
    if (stride) return block_put(n, x, zero, to);
    for (size_t i = 0; i < n; i++) to[i] = *x + zero;
    return isfinite(*x);
}

bool replay_results(replay *p, size_t n, const double *const *columns, double *const *results) {
    bool finite = true;
    for (size_t i = p->guard_steps; i < p->steps.count; i++) run_step(p, &p->steps.items[i], n, columns);
    for (size_t k = 0; k < p->results.count; k++) {
        const replay_result *r = &p->results.items[k];
        size_t stride;
        const double *x = operand(p, columns, r->place, &stride);
        finite &= put_result(x, stride, n, r->is_derivative, results[k]);
    }
    return finite;
}
