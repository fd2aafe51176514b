/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused.c - fused loops as records, and their adjoints: see fused.h. */
#include "core/fused_block.h"
#include "core/sweep.h"
#include "core/workspace.h"
#include <math.h>
#include <string.h>

void fused_free(fused *f) {
    for (size_t i = 0; i < f->plans.count; i++) fused_plan_free(&f->plans.items[i]);
    array_free(&f->plans);
    array_free(&f->calls);
    array_free(&f->steps);
    array_free(&f->moves);
    array_free(&f->inputs);
    array_free(&f->outputs);
    array_free(&f->constants);
    array_free(&f->registers);
    array_free(&f->adjoints);
    mem_free(f);
}

/* ---- the record ----
 *
 * Arguments: the inputs.  Attributes: where the trail begins and how long it is (tape.h), the number of the
 * loop, of its plan, and of iterations, and whether these were run in blocks.  The trail: the range, then a
 * row for each iteration, or what is kept of each block, column by column. */
enum { TRAIL_HEAD = 3 };
enum { ON_TRAIL, ON_TRAIL_LENGTH, THE_LOOP, THE_PLAN, ITERATIONS, IN_BLOCKS, ATTRIBUTES };

static double *room_for(void *array, size_t count) {
    ARRAY(double) *a = array;
    if (count > a->capacity) a->items = mem_grow(a->items, count, &a->capacity, sizeof *a->items);
    memset(a->items, 0, count * sizeof *a->items);
    return a->items;
}

/* Fills registers with constants and scalar inputs, and lists the tensors. */
static double *load_registers(fused *f, const value *inputs, view *tensors) {
    double *R = room_for(&f->registers, f->register_count);
    for (size_t i = 0; i < f->constants.count; i++) R[f->constants.items[i].to] = f->constants.items[i].x;
    for (size_t i = 0; i < f->inputs.count; i++) {
        const fused_input *in = &f->inputs.items[i];
        if (in->is_tensor) tensors[in->place] = view_of(&inputs[i]);
        else R[in->place] = inputs[i].num;
    }
    return R;
}

static bool scalars_are_finite(const fused *f, const value *inputs) {
    double odd = 0;
    for (size_t i = 0; i < f->inputs.count; i++)
        if (!f->inputs.items[i].is_tensor) odd += inputs[i].num * 0;
    return odd == 0;
}

/* One record for the iterations, and one for each output that depends on a variable, be it with a derivative
 * that is 0 by form. */
static void record_outputs(recorder *r, fused *f, const fused_plan *p, const value *inputs, u32 done,
                           bool in_blocks, value *outputs) {
    size_t n = f->outputs.count, count = f->inputs.count;
    tensor *stored = pool_tensor(r, 1, &n);
    for (size_t i = 0; i < n; i++) stored->data[i] = outputs[i].num;
    value *arguments = scratch_values(r, count + 1);
    memcpy(arguments, inputs, count * sizeof *arguments);
    u32 attributes[ATTRIBUTES] = {
        [THE_LOOP] = f->number,
        [THE_PLAN] = (u32)(p - f->plans.items),
        [ITERATIONS] = done,
        [IN_BLOCKS] = in_blocks,
    };
    tape_trail_keep(&r->tape, TRAIL_HEAD + (size_t)done * p->kept.count, &attributes[ON_TRAIL],
                    &attributes[ON_TRAIL_LENGTH]);
    value all =
        record_result(r, OP_LOOP, value_of_tensor(stored), (u32)count, arguments, ATTRIBUTES, attributes);
    for (u32 i = 0; i < n; i++)
        if (fused_output_is_connected(f, p, i)) outputs[i] = entry_get(r, all, i);
}

static bool is_connected(const fused *f, const fused_plan *p) {
    for (size_t i = 0; i < f->outputs.count; i++)
        if (fused_output_is_connected(f, p, i)) return true;
    return false;
}

static double variable_at(fused_range range, u32 iteration) {
    return range.first + (range.start + iteration) * range.step;
}

bool fused_range_is_whole(fused_range range) {
    const double most = 4503599627370496.0; /* 2^52 */
    double last = variable_at(range, FUSED_ROWS);
    return range.first == floor(range.first) && range.step == floor(range.step) && fabs(range.first) < most &&
           fabs(range.step) < most && fabs(last) < most;
}

/* Puts the variable and its whole number where the iteration asks for them. */
static void set_variable(const fused *f, fused_state *s) {
    double x = variable_at(s->range, s->iteration);
    s->variable = f->variable;
    s->variable_is_read = f->reads_variable;
    s->R[s->variable] = x;
    if (!f->counts) return;
    s->position = (i64)x;
    s->step = (i64)s->range.step;
}

/* Registers, tensors and trail at the beginning of a run. */
static fused_state begin_run(recorder *r, fused *f, const fused_plan *p, const value *inputs,
                             fused_range range, u32 most, view *tensors) {
    size_t width = p->kept.count;
    double *trail = tape_trail_room(&r->tape, TRAIL_HEAD + width * (size_t)most);
    memcpy(trail, &range, TRAIL_HEAD * sizeof *trail);
    fused_state s = {.R = load_registers(f, inputs, tensors),
                     .tensors = tensors,
                     .row = trail + TRAIL_HEAD,
                     .width = width,
                     .range = range,
                     .looks = scalars_are_finite(f, inputs),
                     .most = most};
    set_variable(f, &s);
    return s;
}

static void read_outputs(const fused *f, fused_range range, u32 done, value *outputs) {
    double *R = f->registers.items;
    R[f->variable] = variable_at(range, done - 1);
    for (size_t i = 0; i < f->outputs.count; i++) outputs[i] = SCALAR(R[f->outputs.items[i].from]);
}

/* Whether a name that no iteration hands on ended as nan or inf: the steps look at the others only. */
static bool ends_odd(const fused *f, const fused_state *s) {
    double odd = 0;
    for (size_t i = 0; i < f->outputs.count; i++) {
        const fused_output *o = &f->outputs.items[i];
        if (o->carried == FUSED_NONE && o->from != f->variable) odd += s->R[o->from] * 0;
    }
    return s->looks && odd != 0;
}

/* The steps overwrite the names of iterations before; so a run that stops early is made again to where it
 * came. */
static enum fused_how run_rows(recorder *r, fused *f, const fused_plan *p, const value *inputs,
                               fused_range range, u32 most, u32 *done) {
    view tensors[f->tensor_count + 1];
    enum fused_how how = FUSED_RAN, first = FUSED_RAN;
    for (*done = most;; first = how) {
        fused_state s = begin_run(r, f, p, inputs, range, *done, tensors);
        how = fused_execute(p->forward.items, &s);
        *done = s.iteration;
        if (how == FUSED_RAN && (first == FUSED_ODD || !ends_odd(f, &s))) return first;
        if (how == FUSED_RAN) how = FUSED_ODD, --*done;
        if (*done == 0) return how;
    }
}

/* What comes before the block with something out of the ordinary; the rows then find out what it is. */
static u32 run_blocks(recorder *r, fused *f, const fused_plan *p, const value *inputs, fused_range range,
                      u32 most) {
    view tensors[f->tensor_count + 1];
    fused_state s = begin_run(r, f, p, inputs, range, most, tensors);
    u32 done = fused_blocks_run(f, p, &s);
    return ends_odd(f, &s) ? 0 : done;
}

enum fused_how fused_run(recorder *r, fused *f, const value *inputs, fused_range range, u32 most,
                         value *outputs, u32 *done) {
    fused_plan *p = fused_plan_for(f, inputs);
    size_t mark = pool_mark(r);
    enum fused_how how = FUSED_RAN;
    *done = p->blocks ? run_blocks(r, f, p, inputs, range, most) : 0;
    bool in_blocks = *done > 0;
    if (!in_blocks) how = run_rows(r, f, p, inputs, range, most, done);
    if (*done > 0) read_outputs(f, range, *done, outputs);
    if (*done > 0 && is_connected(f, p)) record_outputs(r, f, p, inputs, *done, in_blocks, outputs);
    pool_release(r, mark);
    return how;
}

/* ---- the adjoint, on numbers ---- */

static const double *trail_of(sweep *s, u32 n) {
    return sweep_recorder(s)->tape.trail + (size_t)sweep_attribute(s, n, ON_TRAIL) * TRAIL_UNIT;
}

static fused_range range_of(sweep *s, u32 n) {
    const double *trail = trail_of(s, n);
    return (fused_range){trail[0], trail[1], trail[2]};
}

static value input_of(sweep *s, u32 n, u32 i) { return passive(sweep_argument(s, n, i)); }

/* Where the adjoints of tensor inputs are added to: in place, or in a tensor of zeros that is added then. */
static void adjoint_places(sweep *s, u32 n, const fused *f, u32 count, double **into, value *later) {
    recorder *r = sweep_recorder(s);
    for (u32 i = 0; i < count; i++) {
        const fused_input *in = &f->inputs.items[i];
        later[i] = UNBOUND;
        if (!in->is_tensor) continue;
        into[in->place] = sweep_wants(s, n, i) ? sweep_entries(s, n, i) : NULL;
        if (into[in->place]) continue;
        value x = input_of(s, n, i);
        tensor *zeros = pool_tensor(r, x.t->rank, x.t->shape);
        memset(zeros->data, 0, zeros->size * sizeof *zeros->data);
        into[in->place] = zeros->data;
        later[i] = value_of_tensor(zeros);
    }
}

static void run_back(sweep *s, u32 n, fused *f, const fused_plan *p, const view *tensors,
                     double *const *into) {
    u32 iterations = sweep_attribute(s, n, ITERATIONS);
    bool in_blocks = sweep_attribute(s, n, IN_BLOCKS);
    fused_state state = {.R = f->registers.items,
                         .G = f->adjoints.items,
                         .tensors = tensors,
                         .into = into,
                         .row = (double *)trail_of(s, n) + TRAIL_HEAD, /* only read */
                         .width = p->kept.count,
                         .range = range_of(s, n),
                         .most = iterations};
    if (!in_blocks) {
        state.iteration = iterations - 1;
        state.row += p->kept.count * state.iteration;
    }
    set_variable(f, &state);
    if (in_blocks) {
        fused_blocks_back(f, p, &state);
        return;
    }
    if (p->restores) state.R[p->kept.items[0]] = *state.row;
    fused_execute(p->back.items, &state);
}

static void sweep_loop(sweep *s, u32 n, fused *f, const fused_plan *p, value g) {
    u32 count = (u32)f->inputs.count;
    value inputs[count + 1], later[count + 1];
    view tensors[f->tensor_count + 1], adjoint = view_of(&g);
    double *into[f->tensor_count + 1];
    memset(inputs, 0, sizeof inputs);
    for (u32 i = 0; i < count; i++) inputs[i] = input_of(s, n, i);
    load_registers(f, inputs, tensors);
    double *G = room_for(&f->adjoints, f->register_count);
    for (size_t i = 0; i < f->outputs.count; i++)
        if (p->active[f->outputs.items[i].from]) G[f->outputs.items[i].from] += adjoint.data[i];
    adjoint_places(s, n, f, count, into, later);
    run_back(s, n, f, p, tensors, into);
    for (u32 i = 0; i < count; i++) {
        if (!p->active_inputs[i]) continue;
        if (!f->inputs.items[i].is_tensor) sweep_add(s, n, i, SCALAR(G[f->inputs.items[i].place]));
        else if (!is_unbound(&later[i])) sweep_add(s, n, i, later[i]);
    }
}

/* ---- again, with a record an operation ---- */

/* The entry that index i means on an axis: the first run has seen that there is one. */
static size_t entry_of(double i, size_t length) { return (size_t)(i < 0 ? i + (double)length : i); }

static value step_again(recorder *r, const fused_step *s, const value *V, const value *tensors,
                        double variable) {
    r->origin = s->origin;
    if (s->op < OP_ELEMENTWISE_END)
        return op_infos[s->op].arity == 2 ? apply2(r, (enum op)s->op, V[s->a], V[s->b])
                                          : apply1(r, (enum op)s->op, V[s->a]);
    if (s->op == FUSED_LOAD)
        return entry_get(r, tensors[s->n], (u32)entry_of(V[s->b].num, tensors[s->n].t->size));
    if (s->op == FUSED_LOAD_NEAR)
        return entry_get(r, tensors[s->n],
                         (u32)entry_of(variable + s->a - FUSED_NEAR, tensors[s->n].t->size));
    if (s->op == FUSED_LOAD_AT) return entry_get(r, tensors[s->n], (u32)V[s->a].num);
    size_t length = tensors[s->n / MAX_RANK].t->shape[s->n % MAX_RANK];
    return SCALAR(V[s->a].num * (double)length + (double)entry_of(V[s->b].num, length));
}

/* Constants and inputs, which may have a history. */
static void load_values(const fused *f, const value *inputs, value *V, value *tensors) {
    for (size_t i = 0; i < f->constants.count; i++)
        V[f->constants.items[i].to] = SCALAR(f->constants.items[i].x);
    for (size_t i = 0; i < f->inputs.count; i++) {
        const fused_input *in = &f->inputs.items[i];
        if (in->is_tensor) tensors[in->place] = inputs[i];
        else V[in->place] = inputs[i];
    }
}

/* The outputs of so many iterations from these inputs as one vector. */
static value run_again(recorder *r, const fused *f, const value *inputs, fused_range range, u32 iterations) {
    value *V = scratch_values(r, (size_t)f->register_count + 1);
    value *tensors = scratch_values(r, (size_t)f->tensor_count + 1);
    load_values(f, inputs, V, tensors);
    for (u32 k = 0; k < iterations; k++) {
        for (size_t i = 0; k > 0 && i < f->moves.count; i++) V[f->moves.items[i].to] = V[f->moves.items[i].a];
        V[f->variable] = SCALAR(variable_at(range, k));
        for (size_t i = 0; i < f->steps.count; i++) {
            const fused_step *s = &f->steps.items[i];
            if (s->op != FUSED_LEAVE) V[s->to] = step_again(r, s, V, tensors, V[f->variable].num);
        }
    }
    value *outputs = scratch_values(r, f->outputs.count);
    for (size_t i = 0; i < f->outputs.count; i++) outputs[i] = V[f->outputs.items[i].from];
    return list_of(r, (u32)f->outputs.count, outputs);
}

static bool is_wanted(sweep *s, u32 n, const fused_plan *p, u32 i) {
    return p->active_inputs[i] && sweep_wants(s, n, i);
}

/* A sweep that records: over records of their own, which begin at aliases of the inputs. */
static void sweep_again(sweep *s, u32 n, const fused *f, const fused_plan *p, value g) {
    recorder *r = sweep_recorder(s);
    u32 count = (u32)f->inputs.count, active = 0;
    value *inputs = scratch_values(r, count + 1), *variables = scratch_values(r, count + 1),
          *results = scratch_values(r, count + 1);
    for (u32 i = 0; i < count; i++) {
        inputs[i] = sweep_argument(s, n, i);
        if (is_wanted(s, n, p, i)) variables[active++] = inputs[i] = record_alias(r, inputs[i]);
        else if (!p->active_inputs[i]) inputs[i] = passive(inputs[i]);
    }
    value y = run_again(r, f, inputs, range_of(s, n), sweep_attribute(s, n, ITERATIONS));
    workspace_nest(r);
    sweep_gradients(r, y, g, active, variables, results, NULL, true);
    u32 culprit = ORIGIN_NONE;
    for (u32 i = 0; sweep_watches(s) && i < active && culprit == ORIGIN_NONE; i++)
        culprit = sweep_culprit(r, y, g, variables[i]);
    workspace_unnest(r);
    if (culprit != ORIGIN_NONE) r->origin = culprit;
    active = 0;
    for (u32 i = 0; i < count; i++)
        if (is_wanted(s, n, p, i)) sweep_add(s, n, i, results[active++]);
}

bool fused_depends(const recorder *r, u32 n, u32 output, u32 input) {
    u32 offset = r->tape.a[n];
    const u32 *extra = r->tape.extra.items + offset, *attributes = extra + 2 + extra[0];
    const fused *f = r->loops.items[attributes[THE_LOOP]];
    return f->plans.items[attributes[THE_PLAN]].connected[output * f->inputs.count + input];
}

void adjoint_loop(sweep *s, u32 n, value g) {
    fused *f = sweep_recorder(s)->loops.items[sweep_attribute(s, n, THE_LOOP)];
    const fused_plan *p = &f->plans.items[sweep_attribute(s, n, THE_PLAN)];
    record_work(sweep_recorder(s), (u64)sweep_attribute(s, n, ITERATIONS) * f->steps.count);
    if (sweep_is_numeric(s)) sweep_loop(s, n, f, p, g);
    else sweep_again(s, n, f, p, g);
}
