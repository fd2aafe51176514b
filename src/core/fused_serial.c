/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused_serial.c - recurrences of a fused loop, one iteration after another: see fused_block.h. */
#include "core/fused_block.h"
#include "core/numbers.h"

/* ---- values ---- */

/* y = y + x[k] and the like: a loop of its own, with y in a register. */
#define SCAN(NAME)                                                                                           \
    case OP_##NAME:                                                                                          \
        if (is_first)                                                                                        \
            for (size_t k = 0; k < n; k++) to[k] = y = number_##NAME(y, x[k]);                               \
        else                                                                                                 \
            for (size_t k = 0; k < n; k++) to[k] = y = number_##NAME(x[k], y);                               \
        return true;

static bool scan(const block_step *s, double *const *V, size_t n) {
    double *to = V[s->to], y = to[-1];
    bool is_first = V[s->a] == to - 1, is_second = V[s->b] == to - 1;
    const double *x = V[is_first ? s->b : s->a];
    if (is_first == is_second) return false;
    switch (s->op) {
        SCAN(ADD)
        SCAN(SUB)
        SCAN(MUL)
    default: return false;
    }
}

typedef struct serial_step {
    const void *code;
    double *to;
    const double *a, *b;
} serial_step;

enum { FEW_STEPS = 64 };

#define FORWARD(NAME, ...) [OP_##NAME] = &&forward_##NAME,
#define NEXT()                                                                                               \
    s++;                                                                                                     \
    goto * s->code

/* Each step goes to the code of the next one by itself, as in fused_execute. */
static void run_serial(const block_step *steps, u32 count, double *const *V, size_t n, serial_step *program) {
    static const void *const code[OP_ELEMENTWISE_END] = {
#define OP1 FORWARD
#define OP2 FORWARD
#include "core/ops.def"
#undef OP1
#undef OP2
    };
    for (u32 i = 0; i < count; i++)
        program[i] = (serial_step){code[steps[i].op], V[steps[i].to], V[steps[i].a], V[steps[i].b]};
    program[count].code = &&repeat;
    const serial_step *s = program;
    size_t k = 0;
    goto * s->code;
#define OP1(NAME, ...)                                                                                       \
    forward_##NAME : s->to[k] = number_##NAME(s->a[k]);                                                      \
    NEXT();
#define OP2(NAME, ...)                                                                                       \
    forward_##NAME : s->to[k] = number_##NAME(s->a[k], s->b[k]);                                             \
    NEXT();
#include "core/ops.def"
#undef OP1
#undef OP2
repeat:
    if (++k == n) return;
    s = program;
    goto * s->code;
}

void fused_serial(const block_step *steps, u32 count, double *const *V, size_t n) {
    if (count == 1 && scan(steps, V, n)) return;
    serial_step few[FEW_STEPS + 1], *program = few;
    if (count > FEW_STEPS) program = mem_alloc(count + 1u, sizeof *program);
    run_serial(steps, count, V, n, program);
    if (program != few) mem_free(program);
}

/* ---- adjoints ---- */

void fused_scan_back(enum column_update update, double *to, const double *p, size_t n) {
    double g = to[n];
    if (update == UPDATE_TIMES)
        for (size_t k = n; k-- > 0;) to[k] = g = to[k] + (g == 0 ? 0 : g * p[k]);
    else if (update == UPDATE_SUBTRACT)
        for (size_t k = n; k-- > 0;) to[k] = g = to[k] - g;
    else
        for (size_t k = n; k-- > 0;) to[k] = g = to[k] + g;
}

void fused_serial_back(const block_step *steps, u32 count, double *const *V, double *const *G, size_t n) {
    if (count == 1 && G[steps->a] == G[steps->to] + 1) {
        fused_scan_back((enum column_update)steps->op, G[steps->to], V[steps->b], n);
        return;
    }
    for (size_t k = n; k-- > 0;)
        for (u32 i = 0; i < count; i++) {
            const block_step *s = &steps[i];
            double g = G[s->a][k];
            if (g == 0) continue;
            G[s->to][k] += s->op == UPDATE_TIMES ? g * V[s->b][k] : s->op == UPDATE_ADD ? g : -g;
        }
}
