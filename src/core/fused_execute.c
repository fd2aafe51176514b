/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused_execute.c - the interpreter of fused loops: see fused.h.
 *
 * Each step jumps to the next one's code by itself, so that the processor learns every jump apart. */
#include "core/fused.h"
#include "core/numbers.h"

/* The code of each step, in the order of their numbers. */
#define FORWARD1(NAME, ...) &&forward_##NAME,
#define BACK3(NAME, ...)    &&back_##NAME, &&back_b_##NAME, &&back_a_##NAME,
#define BACK1(NAME, ...)    &&back_##NAME, &&unused, &&unused,

#define NEXT() goto *code[(++s)->op]
/* The adjoint of a result is 0 again once it is passed on; one that is 0 carries nothing. */
#define TAKE_ADJOINT()                                                                                       \
    double g = G[s->to];                                                                                     \
    if (g == 0) NEXT();                                                                                      \
    G[s->to] = 0

#define RESTART()                                                                                            \
    if (state->variable_is_read)                                                                             \
        R[state->variable] = state->range.first + (state->range.start + iteration) * state->range.step;      \
    s = program;                                                                                             \
    goto *code[s->op]
#define STOP(how)                                                                                            \
    do {                                                                                                     \
        state->iteration = iteration;                                                                        \
        return how;                                                                                          \
    } while (0)
#define STEP_FORWARD()                                                                                       \
    position += step;                                                                                        \
    RESTART()
#define STEP_BACK()                                                                                          \
    position -= step;                                                                                        \
    RESTART()

enum fused_how fused_execute(const fused_step *program, fused_state *state) {
    static const void *const code[FUSED_END] = {
        &&unused,
#define OP1 FORWARD1
#define OP2 FORWARD1
#include "core/ops.def"
#undef OP1
#undef OP2
        &&load,
        &&axis,
        &&load_at,
        &&load_near,
        &&leave,
        &&move,
        &&look,
        &&keep,
        &&restore,
        &&next,
        &&repeat,
        &&before,
        &&repeat_back,
        &&turn,
        &&turn_keeping,
        &&turn_back,
        &&turn_back_restoring,
        &&unused,
        &&unused,
        &&unused,
#define OP1 BACK1
#define OP2 BACK3
#include "core/ops.def"
#undef OP1
#undef OP2
        &&back_load,
        &&unused,
        &&unused,
        &&unused,
        &&unused,
        &&unused,
        &&back_load_at,
        &&unused,
        &&unused,
        &&back_load_near,
        &&unused,
        &&unused,
        &&unused,
        &&unused,
        &&unused,
        &&back_move,
        &&unused,
        &&unused,
    };
    const fused_step *s = program;
    double *const R = state->R, *const G = state->G, *row = state->row;
    const view *const tensors = state->tensors;
    const i64 step = state->step;
    i64 position = state->position;
    u32 iteration = state->iteration;
    size_t at = 0;
    goto *code[s->op];

#define OP1(NAME, ...)                                                                                       \
    forward_##NAME : R[s->to] = number_##NAME(R[s->a]);                                                      \
    NEXT();
#define OP2(NAME, ...)                                                                                       \
    forward_##NAME : R[s->to] = number_##NAME(R[s->a], R[s->b]);                                             \
    NEXT();
#include "core/ops.def"
#undef OP1
#undef OP2

#define OP1(NAME, name, val, dx, ...)                                                                        \
    back_##NAME : {                                                                                          \
        TAKE_ADJOINT();                                                                                      \
        if (!PARTIAL_IS_ZERO(#dx)) G[s->a] += g * partial0_##NAME(R[s->a], R[s->to]);                        \
        NEXT();                                                                                              \
    }
#define OP2(NAME, name, val, dx, dw, ...)                                                                    \
    back_##NAME : {                                                                                          \
        TAKE_ADJOINT();                                                                                      \
        double x = R[s->a], w = R[s->b], y = R[s->to];                                                       \
        (void)x, (void)w, (void)y;                                                                           \
        if (!PARTIAL_IS_ZERO(#dx)) G[s->a] += g * partial0_##NAME(x, w, y);                                  \
        if (!PARTIAL_IS_ZERO(#dw)) G[s->b] += g * partial1_##NAME(x, w, y);                                  \
        NEXT();                                                                                              \
    }                                                                                                        \
    back_b_##NAME : {                                                                                        \
        TAKE_ADJOINT();                                                                                      \
        if (!PARTIAL_IS_ZERO(#dw)) G[s->b] += g * partial1_##NAME(R[s->a], R[s->b], R[s->to]);               \
        NEXT();                                                                                              \
    }                                                                                                        \
    back_a_##NAME : {                                                                                        \
        TAKE_ADJOINT();                                                                                      \
        if (!PARTIAL_IS_ZERO(#dx)) G[s->a] += g * partial0_##NAME(R[s->a], R[s->b], R[s->to]);               \
        NEXT();                                                                                              \
    }
#include "core/ops.def"
#undef OP1
#undef OP2

load:
    if (UNLIKELY(!fused_entry(R[s->b], tensors[s->n].size, &at))) STOP(FUSED_ODD);
    R[s->to] = tensors[s->n].data[at];
    NEXT();
axis : {
    size_t length = tensors[s->n / MAX_RANK].shape[s->n % MAX_RANK];
    if (UNLIKELY(!fused_entry(R[s->b], length, &at))) STOP(FUSED_ODD);
    R[s->to] = R[s->a] * (double)length + (double)at;
    NEXT();
}
load_at:
    R[s->to] = tensors[s->n].data[(size_t)R[s->a]];
    NEXT();
load_near:
    at = (size_t)(position + s->a - FUSED_NEAR);
    if (UNLIKELY(at >= tensors[s->n].size) &&
        !fused_entry((double)(position + s->a - FUSED_NEAR), tensors[s->n].size, &at))
        STOP(FUSED_ODD);
    R[s->to] = tensors[s->n].data[at];
    NEXT();
leave:
    if (R[s->a] == 0) STOP(FUSED_LEFT);
    NEXT();
move:
    R[s->to] = R[s->a];
    NEXT();
look:
    if (UNLIKELY(!isfinite(R[s->a])) && state->looks) STOP(FUSED_ODD);
    NEXT();
keep:
    row[s->n] = R[s->a];
    NEXT();
restore:
    R[s->to] = row[s->n];
    NEXT();
next:
    if (++iteration == state->most) STOP(FUSED_RAN);
    NEXT();
repeat:
    row += state->width;
    STEP_FORWARD();
before:
    if (iteration-- == 0) STOP(FUSED_RAN);
    NEXT();
repeat_back:
    row -= state->width;
    STEP_BACK();
turn_keeping:
    *row++ = R[s->to];
turn:
    if (UNLIKELY(!isfinite(R[s->a])) && state->looks) STOP(FUSED_ODD);
    if (++iteration == state->most) STOP(FUSED_RAN);
    R[s->to] = R[s->a];
    if (s->op == FUSED_TURN) row += state->width;
    STEP_FORWARD();
turn_back_restoring:
    if (iteration > 0) R[s->to] = *--row;
turn_back : {
    if (iteration-- == 0) STOP(FUSED_RAN);
    if (s->op == FUSED_TURN_BACK) row -= state->width;
    double g = G[s->to];
    G[s->to] = 0;
    G[s->a] += g;
    STEP_BACK();
}

back_load : {
    TAKE_ADJOINT();
    fused_entry(R[s->b], tensors[s->n].size, &at);
    state->into[s->n][at] += g;
    NEXT();
}
back_load_at : {
    TAKE_ADJOINT();
    state->into[s->n][(size_t)R[s->a]] += g;
    NEXT();
}
back_move : {
    TAKE_ADJOINT();
    G[s->a] += g;
    NEXT();
}
back_load_near : {
    TAKE_ADJOINT();
    at = (size_t)(position + s->a - FUSED_NEAR);
    if (UNLIKELY(at >= tensors[s->n].size)) at += tensors[s->n].size;
    state->into[s->n][at] += g;
    NEXT();
}
unused:
    __builtin_unreachable();
}
