/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.c - see sweep.h.
 *
 * Adjoints are kept for the records from `low` (the earliest variable) to `high` (the target):
 *
 *     numbers:    numeric[k - low]    a double, or an owned tensor (all bits 0: nothing arrived yet)
 *     recording:  recorded[k - low]   a value, UNBOUND where nothing arrived yet */
#include "core/sweep.h"
#include "core/deferred.h"
#include "core/pending.h"
#include "core/workspace.h"
#include "core/numbers.h"
#include <string.h>

struct sweep {
    recorder *r;
    tape *t;
    bool record;
    u32 low, high;
    cell *numeric;
    value *recorded;
    const u8 *mask;         /* of the records that depend on a variable, or NULL: all may */
    const value *variables; /* whose adjoints stay until they are results */
    u32 variable_count;
    bool watching; /* for the first partial that is not finite */
    bool finite;   /* whether the adjoint at work is */
    u32 at;        /* the record at work */
    u32 culprit, culprit_record;
    bool capturing; /* sweep_forward: what argument `captured` gets is kept instead of added */
    u32 captured;
    value capture;
    pending pending; /* adjoints of single entries, where the sweep records */
};

/* ---- for adjoint functions ---- */

recorder *sweep_recorder(sweep *s) { return s->r; }

bool sweep_is_numeric(const sweep *s) { return !s->record && !s->watching && !s->capturing; }

bool sweep_watches(const sweep *s) { return s->watching && s->culprit == ORIGIN_NONE; }

static bool has_two_arguments(u16 code) { return CODE_OP(code) < OP_ELEMENTWISE_END; }

static u32 argument_of(const sweep *s, u32 n, u32 i) {
    if (has_two_arguments(s->t->code[n])) return i == 0 ? s->t->a[n] : s->t->b[n];
    enum op op = CODE_OP(s->t->code[n]);
    return op == OP_ALIAS || op == OP_ENTRY ? s->t->a[n] : s->t->extra.items[s->t->a[n] + 2 + i];
}

u32 sweep_argument_count(sweep *s, u32 n) { return s->t->extra.items[s->t->a[n]]; }

u32 sweep_attribute_count(sweep *s, u32 n) { return s->t->extra.items[s->t->a[n] + 1]; }

u32 sweep_attribute(sweep *s, u32 n, u32 i) {
    return s->t->extra.items[s->t->a[n] + 2 + sweep_argument_count(s, n) + i];
}

static value history(const sweep *s, value v) { return s->record ? v : passive(v); }

value sweep_argument(sweep *s, u32 n, u32 i) { return history(s, tape_value(s->t, argument_of(s, n, i))); }

value sweep_result(sweep *s, u32 n) { return history(s, tape_value(s->t, n)); }

static bool wants(const sweep *s, u32 a) {
    return !(a & ARG_CONST) && a >= s->low && (!s->mask || s->mask[a - s->low]);
}

bool sweep_wants(sweep *s, u32 n, u32 i) {
    return s->capturing ? i == s->captured : wants(s, argument_of(s, n, i));
}

static bool all_finite(const value *v) {
    view w = view_of(v);
    for (size_t i = 0; i < w.size; i++)
        if (!isfinite(w.data[i])) return false;
    return true;
}

static void add_numeric(sweep *s, u32 a, const value *c) {
    cell *g = &s->numeric[a - s->low];
    if (!is_tensor(c)) {
        g->num += c->num;
    } else if (!g->t) {
        g->t = tensor_keep(c->t);
    } else if (g->t->refs == 1 && g->t->data && c->t->data) {
        kernel2(OP_ADD, g->t->size, g->t->data, 1, c->t->data, 1, g->t->data);
    } else {
        value sum = apply2(s->r, OP_ADD, value_of_tensor(g->t), *c);
        tensor_drop(g->t);
        g->t = tensor_keep(sum.t);
    }
}

/* The contribution in the shape of argument `a`. */
static value shaped_like(sweep *s, u32 a, value c) {
    value x = tape_value(s->t, a);
    view shape = shape_of(&x);
    return sum_to(s->r, spread_to(s->r, c, shape.rank, shape.shape), shape.rank, shape.shape);
}

static void add_to(sweep *s, u32 a, value c) {
    if (!wants(s, a)) return;
    c = shaped_like(s, a, c);
    if (s->watching && s->culprit == ORIGIN_NONE && s->finite && !all_finite(&c)) {
        s->culprit = s->r->origin;
        s->culprit_record = s->at;
    }
    if (!s->record) {
        add_numeric(s, a, &c);
        return;
    }
    value *g = &s->recorded[a - s->low];
    *g = is_unbound(g) ? c : apply2(s->r, OP_ADD, *g, c);
}

void sweep_add(sweep *s, u32 n, u32 i, value contribution) {
    if (!s->capturing) {
        add_to(s, argument_of(s, n, i), contribution);
    } else if (i == s->captured) {
        value c = shaped_like(s, argument_of(s, n, i), contribution);
        s->capture = is_unbound(&s->capture) ? c : apply2(s->r, OP_ADD, s->capture, c);
    }
}

/* Where the adjoint of record a lies, so that single entries can be added to. */
static double *entries_of_adjoint(sweep *s, u32 a) {
    const tensor *x = s->t->value[a].t;
    cell *g = &s->numeric[a - s->low];
    if (g->t && g->t->refs == 1 && g->t->data) return g->t->data;
    tensor *own = tensor_new(x->rank, x->shape), *shared = g->t;
    if (shared && !shared->data) tensor_compute(shared);
    if (shared) memcpy(own->data, shared->data, own->size * sizeof *own->data), tensor_drop(shared);
    else memset(own->data, 0, own->size * sizeof *own->data);
    g->t = own;
    return own->data;
}

double *sweep_entries(sweep *s, u32 n, u32 i) {
    u32 a = argument_of(s, n, i);
    return s->record || s->watching || !wants(s, a) ? NULL : entries_of_adjoint(s, a);
}

/* The adjoint of x[i]: g in its place among zeros. */
static void add_entry(sweep *s, u32 n, value g) {
    u32 a = s->t->a[n];
    if (!wants(s, a)) return;
    if (s->record) {
        pending_add(&s->pending, a, s->t->b[n], g);
        return;
    }
    value x = passive(tape_value(s->t, a));
    add_to(s, a, entry_put(s->r, g, x, s->t->b[n]));
}

/* ---- elementwise operations on values: the rules of ops.def through apply1 and apply2 ---- */

static bool is_number(const value *v, double x) { return !v->node && !is_tensor(v) && v->num == x; }

/* A large adjoint of ones, as a sum gives its entries: nothing to multiply with where the partial has its
 * shape. */
static bool is_ones(const value *g, const value *partial) {
    return deferred_is_number(g, 1) && !g->node && is_tensor(partial) &&
           shape_equal(g->t->rank, g->t->shape, partial->t->rank, partial->t->shape);
}

/* adjoint times partial, where an adjoint of exactly 0 carries nothing. */
static value carry(sweep *s, value g, value partial) {
    if (is_number(&partial, 1)) return g;
    if (is_number(&partial, -1)) return apply1(s->r, OP_NEG, g);
    if (is_number(&g, 1) || is_ones(&g, &partial)) return partial;
    return apply2(s->r, OP_CARRY, g, partial);
}

#define CALL1(op, a)    apply1(s->r, OP_##op, a)
#define CALL2(op, a, b) apply2(s->r, OP_##op, a, b)
#define NUM(c)          SCALAR(c)
#include "core/partials.h"

static void elementwise(sweep *s, u32 n, value g) {
    enum op op = CODE_OP(s->t->code[n]);
    u32 a = argument_of(s, n, 0), b = argument_of(s, n, 1);
    value x = sweep_argument(s, n, 0), y = sweep_result(s, n),
          w = op_infos[op].arity == 2 ? sweep_argument(s, n, 1) : y;
    (void)x, (void)y, (void)w;
    switch (op) {
#define OP1(NAME, name, val, dx, ...)                                                                        \
    case OP_##NAME:                                                                                          \
        if (!PARTIAL_IS_ZERO(#dx)) add_to(s, a, carry(s, g, dx));                                            \
        break;
#define OP2(NAME, name, val, dx, dw, ...)                                                                    \
    case OP_##NAME:                                                                                          \
        if (!PARTIAL_IS_ZERO(#dx) && wants(s, a)) add_to(s, a, carry(s, g, dx));                             \
        if (!PARTIAL_IS_ZERO(#dw) && wants(s, b)) add_to(s, b, carry(s, g, dw));                             \
        break;
#include "core/ops.def"
#undef OP1
#undef OP2
    default: break;
    }
}
#undef CALL1
#undef CALL2
#undef NUM

/* One record of any kind, on values. */
static void sweep_record(sweep *s, u32 n, value g) {
    enum op op = CODE_OP(s->t->code[n]);
    s->r->origin = s->t->origin[n] | ORIGIN_PARTIAL;
    s->at = n;
    if (s->watching) s->finite = all_finite(&g);
    if (op < OP_ELEMENTWISE_END) elementwise(s, n, g);
    else if (op == OP_ALIAS) add_to(s, s->t->a[n], g);
    else if (op == OP_ENTRY) add_entry(s, n, g);
    else if (op > OP_DERIVED) function_of(op)->adjoint(s, n, g);
}

/* ---- the sweep over numbers ---- */

/* Adds to the adjoint of record a.  Most often the next record is the one that was added to last: then its
 * adjoint is still at hand and need not be waited for in memory. */
#define ADD_ADJOINT(a, c) (recent = (a), recent_adjoint = G[a].num += (c))
#define CONSTANT(a)       K[(a) & ~ARG_CONST]

/* To the next record with an adjoint, whose code lies so far from `others`. */
#define GO()                                                                                                 \
    do {                                                                                                     \
        do {                                                                                                 \
            if (--k <= low) return;                                                                          \
            g = k == recent ? recent_adjoint : G[k].num;                                                     \
        } while (g == 0);                                                                                    \
        goto *(&&others + distance[t->code[k]]);                                                             \
    } while (0)

#define SWEEP1(NAME, name, val, dx, ...)                                                                     \
    do_##NAME : {                                                                                            \
        if (!PARTIAL_IS_ZERO(#dx)) {                                                                         \
            u32 a = t->a[k];                                                                                 \
            if (a >= low) ADD_ADJOINT(a, g *partial0_##NAME(V[a].num, V[k].num));                            \
        }                                                                                                    \
        GO();                                                                                                \
    }
#define SWEEP2(NAME, name, val, dx, dw, ...)                                                                 \
    do_##NAME : {                                                                                            \
        u32 a = t->a[k], b = t->b[k];                                                                        \
        double x = V[a].num, w = V[b].num, y = V[k].num;                                                     \
        if (!PARTIAL_IS_ZERO(#dx) && a >= low) ADD_ADJOINT(a, g *partial0_##NAME(x, w, y));                  \
        if (!PARTIAL_IS_ZERO(#dw) && b >= low) ADD_ADJOINT(b, g *partial1_##NAME(x, w, y));                  \
        GO();                                                                                                \
    }                                                                                                        \
    do_##NAME##_const_a : {                                                                                  \
        if (!PARTIAL_IS_ZERO(#dw)) {                                                                         \
            u32 b = t->b[k];                                                                                 \
            if (b >= low) ADD_ADJOINT(b, g *partial1_##NAME(CONSTANT(t->a[k]), V[b].num, V[k].num));         \
        }                                                                                                    \
        GO();                                                                                                \
    }                                                                                                        \
    do_##NAME##_const_b : {                                                                                  \
        if (!PARTIAL_IS_ZERO(#dx)) {                                                                         \
            u32 a = t->a[k];                                                                                 \
            if (a >= low) ADD_ADJOINT(a, g *partial0_##NAME(V[a].num, CONSTANT(t->b[k]), V[k].num));         \
        }                                                                                                    \
        GO();                                                                                                \
    }

/* With many variables their tensors all stay: a search would cost more than it frees. */
static bool is_variable(const sweep *s, u32 k) {
    if (s->variable_count > 16) return true;
    for (u32 i = 0; i < s->variable_count; i++)
        if (s->variables[i].node == k) return true;
    return false;
}

/* A record that is no plain scalar operation: values and functions of functions.def.  A tensor adjoint is
 * dropped once it has been passed on, unless it is a variable's. */
static void numeric_record(sweep *s, u32 k) {
    cell *g = &s->numeric[k - s->low];
    bool tensor_value = (s->t->code[k] & CODE_TENSOR) != 0;
    if (tensor_value ? !g->t : g->num == 0) return;
    size_t mark = pool_mark(s->r);
    value v = tensor_value ? value_of_tensor(g->t) : SCALAR(g->num);
    sweep_record(s, k, v);
    g = &s->numeric[k - s->low];
    pool_release(s->r, mark);
    if (tensor_value && !is_variable(s, k)) {
        tensor_drop(g->t);
        g->t = NULL;
    }
}

static void sweep_numbers(sweep *s) {
    static const ptrdiff_t distance[CODE(OP_END, 0)] = {
#define OP1(NAME, ...) [CODE(OP_##NAME, 0)] = &&do_##NAME - &&others,
#define OP2(NAME, ...)                                                                                       \
    [CODE(OP_##NAME, 0)] = &&do_##NAME - &&others,                                                           \
                     [CODE(OP_##NAME, CODE_CONST_A)] = &&do_##NAME##_const_a - &&others,                     \
                     [CODE(OP_##NAME, CODE_CONST_B)] = &&do_##NAME##_const_b - &&others,
#include "core/ops.def"
#undef OP1
#undef OP2
        [CODE(OP_LEAF, 0)] = &&leaf - &&others,
        [CODE(OP_ALIAS, 0)] = &&alias - &&others,
        [CODE(OP_ENTRY, CODE_CONST_B)] = &&entry - &&others,
    };
    const tape *t = s->t;
    const cell *V = t->value;
    const double *K = t->constants.items;
    cell *G = s->numeric - s->low;
    u32 low = s->low, recent = 0, k = s->high + 1;
    double recent_adjoint = 0, g;
    GO();
#define OP1 SWEEP1
#define OP2 SWEEP2
#include "core/ops.def"
#undef OP1
#undef OP2
leaf:
    GO();
alias:
    if (t->a[k] >= low) ADD_ADJOINT(t->a[k], g);
    GO();
entry:
    if (t->a[k] >= low) entries_of_adjoint(s, t->a[k])[t->b[k]] += g;
    GO();
others:
    numeric_record(s, k);
    recent = 0;
    V = t->value; /* a partial by hand may have made the tape longer */
    K = t->constants.items;
    GO();
}

/* The entries of `numeric` that hold tensors are found again by the tape's codes. */
static void drop_adjoints(sweep *s) {
    for (u32 k = s->low; k <= s->high; k++)
        if ((s->t->code[k] & CODE_TENSOR) && s->numeric[k - s->low].t) {
            tensor_drop(s->numeric[k - s->low].t);
            s->numeric[k - s->low].t = NULL;
        }
}

static value zero_like(recorder *r, const value *v) {
    if (!is_tensor(v)) return SCALAR(0);
    tensor *t = pool_tensor(r, v->t->rank, v->t->shape);
    memset(t->data, 0, t->size * sizeof *t->data);
    return value_of_tensor(t);
}

static value numeric_result(sweep *s, const value *variable) {
    u32 k = variable->node;
    if (k < s->low || k > s->high || k == 0) return zero_like(s->r, variable);
    cell g = s->numeric[k - s->low];
    if (!is_tensor(variable)) return SCALAR(g.num);
    if (!g.t) return zero_like(s->r, variable);
    array_room(&s->r->pool);
    array_push(&s->r->pool, tensor_keep(g.t));
    return value_of_tensor(g.t);
}

static void run_numeric(sweep *s, value seed, u32 count, const value *variables, value *results) {
    size_t range = s->high - s->low + 1;
    s->numeric = workspace_numeric(s->r, range);
    memset(s->numeric, 0, range * sizeof *s->numeric);
    bool watching = s->watching;
    s->watching = false;
    add_to(s, s->high, seed);
    s->watching = watching;
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) {
        if (s->watching)
            for (u32 k = s->high; k > s->low; k--) numeric_record(s, k);
        else sweep_numbers(s);
        for (u32 i = 0; i < count; i++) results[i] = numeric_result(s, &variables[i]);
    }
    fault_end(&here);
    drop_adjoints(s);
    if (fault) fault_raise((enum fault)fault);
}

/* ---- the recording sweep ---- */

/* Adds what waits for tensor k. */
static void add_pending(sweep *s, u32 k) {
    if (!s->pending.tensors.count || !(s->t->code[k] & CODE_TENSOR)) return;
    value g = pending_take(&s->pending, s->r, k);
    if (!is_unbound(&g)) add_to(s, k, g);
}

static void record_all(sweep *s, value seed, u32 count, const value *variables, value *results) {
    add_to(s, s->high, seed);
    for (u32 k = s->high; k > s->low; k--) {
        add_pending(s, k);
        value g = s->recorded[k - s->low];
        if (is_unbound(&g) || is_number(&g, 0)) continue;
        sweep_record(s, k, g);
    }
    add_pending(s, s->low);
    for (u32 i = 0; i < count; i++) {
        u32 k = variables[i].node;
        bool inside = k >= s->low && k <= s->high && k != 0;
        results[i] = inside && !is_unbound(&s->recorded[k - s->low]) ? s->recorded[k - s->low]
                                                                     : zero_like(s->r, &variables[i]);
    }
}

static void run_recording(sweep *s, value seed, u32 count, const value *variables, value *results) {
    size_t range = s->high - s->low + 1;
    s->recorded = workspace_recorded(s->r, range);
    for (size_t i = 0; i < range; i++) s->recorded[i] = UNBOUND;
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) record_all(s, seed, count, variables, results);
    fault_end(&here);
    pending_free(&s->pending);
    if (fault) fault_raise((enum fault)fault);
}

/* ---- entry points ---- */

static u32 earliest(u32 count, const value *variables, u32 high) {
    u32 low = UINT32_MAX;
    for (u32 i = 0; i < count; i++)
        if (variables[i].node && variables[i].node <= high && variables[i].node < low)
            low = variables[i].node;
    return low;
}

/* A derivative that is not 0 shows the connection; for the others, and those that nobody has computed yet,
 * the way is followed, once. */
static void find_connected(recorder *r, u32 high, u32 low, u32 count, const value *variables,
                           const value *results, bool *connected) {
    const u8 *mask = NULL;
    for (u32 i = 0; i < count; i++) {
        view v = shape_of(&results[i]);
        u32 k = variables[i].node;
        connected[i] = v.size > 0 && v.data && v.data[0] != 0;
        if (connected[i] || !k || k > high) continue;
        if (!mask) mask = reached_from(r, low, high);
        connected[i] = mask[k - low];
    }
}

void sweep_gradients(recorder *r, value y, value seed, u32 count, const value *variables, value *results,
                     bool *connected, bool record) {
    u32 low = earliest(count, variables, y.node), origin = r->origin;
    record |= r->tape.is_traced;
    if (y.node && low != UINT32_MAX) record_work(r, y.node - low + 1);
    if (!y.node || low == UINT32_MAX) {
        for (u32 i = 0; i < count; i++) results[i] = zero_like(r, &variables[i]);
        for (u32 i = 0; connected && i < count; i++) connected[i] = false;
        return;
    }
    sweep s = {.r = r,
               .t = &r->tape,
               .record = record,
               .low = low,
               .high = y.node,
               .variables = variables,
               .variable_count = count,
               .culprit = ORIGIN_NONE};
    if (record) {
        s.mask = depending_on(r, low, y.node, count, variables);
        if (s.mask[y.node - low]) run_recording(&s, seed, count, variables, results);
        else
            for (u32 i = 0; i < count; i++) results[i] = zero_like(r, &variables[i]);
    } else {
        run_numeric(&s, seed, count, variables, results);
    }
    r->origin = origin;
    if (connected) find_connected(r, y.node, low, count, variables, results, connected);
}

/* The adjoint of one argument is linear in the record's adjoint u; its own adjoint maps v forward. */
value sweep_forward(recorder *r, u32 n, u32 i, value v) {
    value y = passive(tape_value(&r->tape, n)), u = record_leaf(r, zero_like(r, &y)), result;
    sweep s = {.r = r,
               .t = &r->tape,
               .record = true,
               .capturing = true,
               .captured = i,
               .capture = UNBOUND,
               .culprit = ORIGIN_NONE};
    function_of(CODE_OP(r->tape.code[n]))->adjoint(&s, n, u);
    if (is_unbound(&s.capture)) return zero_like(r, &y);
    value x = shaped_like(&s, argument_of(&s, n, i), v);
    sweep_gradients(r, s.capture, x, 1, &u, &result, NULL, x.node != 0);
    return result;
}

u32 sweep_culprit(recorder *r, value y, value seed, value x) {
    if (!y.node || !x.node || x.node > y.node) return ORIGIN_NONE;
    u32 origin = r->origin;
    size_t mark = pool_mark(r);
    sweep s = {
        .r = r, .t = &r->tape, .low = x.node, .high = y.node, .watching = true, .culprit = ORIGIN_NONE};
    s.mask = depending_on(r, x.node, y.node, 1, &x);
    r->culprit = 0;
    value ignored;
    run_numeric(&s, passive(seed), 1, &x, &ignored);
    pool_release(r, mark);
    r->origin = origin;
    /* of a loop or a call that was swept again, the sweep in there has found the record */
    if (s.culprit != ORIGIN_NONE && has_two_arguments(r->tape.code[s.culprit_record]))
        r->culprit = s.culprit_record;
    return s.culprit;
}
