/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_refine.c - the last digits of a fit whose residuals are near the rounding of its data.
 *
 * Where residuals are 1e-13 of the data, rounding data to doubles (1e-16 of them) leaves them three digits,
 * and so the standard errors.  Then residuals are computed once more in the precision of core/wide.h, from
 * the decimal numbers that data and literals were written as, and Gauss-Newton steps with the Jacobian in
 * doubles correct the parameters, which are kept in that precision: each step shrinks the error by what the
 * Jacobian is exact to.
 *
 * The run is recorded with data and literals as leaves, so that nothing was computed in doubles where the
 * record begins; a record that is not elementwise, or has no form in that precision, ends the attempt. */
#include "core/wide.h"
#include "solve/fit.h"
#include "solve/qr.h"
#include <math.h>
#include <string.h>

static const double WORTH_IT = 1e-7; /* what rounding may have changed in the residuals */
enum { ROWS = 64, MOST_CORRECTIONS = 10, CONSTANTS = 3 };
static const double MOST_WORK = 2e6; /* operations for the residuals: some tenths of a second */

typedef struct known {
    u32 node;
    wide x;
} known;

typedef struct refinement {
    fit *f;
    least *l;
    wide *x;
    double *residual, *step;
    known *leaves; /* variables, then pi and so on: leaves whose value is known better than as a double */
    size_t leaf_count;
    /* of the run at work: its records from `low` on, those that residuals are made of, ROWS entries of each
     */
    u32 low, result;
    u8 *needed;
    wide *blocks;
} refinement;

/* Room in the problem's pool; binary128 is moved as a whole. */
static void *aligned_room(problem *p, size_t count, size_t size) {
    enum { ALIGNMENT = 16 };
    uintptr_t at = (uintptr_t)problem_room(p, mem_product(count, size) / sizeof(double) + 3);
    return (void *)((at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

/* ---- the run ---- */

/* Numbers that only stand for others in double precision. */
static void know_leaves(refinement *r) {
    problem *p = r->f->p;
    const evaluator *e = p->e;
    problem_leaves(p, r->f->leaves);
    r->leaf_count = 0;
    for (size_t j = 0; j < r->f->n; j++) r->leaves[r->leaf_count++] = (known){r->f->leaves[j].node, r->x[j]};
    wide pi = wide_pi();
    const struct {
        double as_double;
        wide x;
    } constants[CONSTANTS] = {{M_PI, pi}, {2 * M_PI, 2 * pi}, {M_E, wide1(OP_EXP, 1)}};
    for (size_t i = 0; i < e->g->globals.count; i++) {
        const value *v = &e->globals.items[i];
        if (!e->g->globals.items[i].is_constant || is_unbound(v)) continue;
        for (size_t k = 0; k < CONSTANTS; k++)
            if (v->num == constants[k].as_double && r->leaf_count < r->f->n + CONSTANTS)
                r->leaves[r->leaf_count++] = (known){v->node, constants[k].x};
    }
}

static size_t size_of(const tape *t, u32 k) { return t->code[k] & CODE_TENSOR ? t->value[k].t->size : 1; }

static bool has_wide_form(const refinement *r, const tape *t, u32 k) {
    enum op op = CODE_OP(t->code[k]);
    size_t size = size_of(t, k);
    if (size != 1 && size != r->f->m) return false;
    return op < OP_ELEMENTWISE_END || op == OP_LEAF || op == OP_ALIAS || op == OP_WHERE;
}

static bool is_here(const refinement *r, u32 argument) {
    return !(argument & ARG_CONST) && argument >= r->low;
}

/* Marks what the residuals are made of; false where that has no wide form, or is too much work. */
static bool find_needed(refinement *r) {
    const tape *t = &r->f->p->e->rec.tape;
    u32 two[2], count;
    size_t total = 0;
    memset(r->needed, 0, r->result - r->low + 1);
    r->needed[r->result - r->low] = 1;
    for (u32 k = r->result; k >= r->low; k--) {
        if (!r->needed[k - r->low]) continue;
        if (!has_wide_form(r, t, k)) return false;
        total += size_of(t, k);
        const u32 *arguments = tape_arguments(t, k, two, &count);
        for (u32 i = 0; i < count; i++)
            if (is_here(r, arguments[i])) r->needed[arguments[i] - r->low] = 1;
    }
    return (double)total <= MOST_WORK;
}

static bool run(refinement *r) {
    problem *p = r->f->p;
    problem_evaluate(p, r->l->x, WHOLE, NULL);
    r->low = (u32)p->mark.count;
    r->result = problem_result(p, fit_residual_operand(r->f)).node;
    if (r->result < r->low) return false;
    know_leaves(r);
    size_t records = r->result - r->low + 1;
    r->needed = (void *)problem_room(p, records / sizeof(double) + 1);
    if (!find_needed(r)) return false;
    r->blocks = aligned_room(p, records + 3, ROWS * sizeof *r->blocks); /* and three operands */
    return true;
}

/* ---- its residuals ---- */

typedef struct operand_rows {
    const wide *at;
    size_t stride; /* 0: one number for all rows */
} operand_rows;

static void take_numbers(const refinement *r, u32 node, const value *v, size_t from, size_t rows, wide *to) {
    for (size_t i = 0; node && i < r->leaf_count; i++)
        if (r->leaves[i].node == node) {
            *to = r->leaves[i].x;
            return;
        }
    view n = view_of(v);
    if (n.size == 1) *to = wide_decimal(*n.data);
    else
        for (size_t i = 0; i < rows; i++) to[i] = wide_decimal(n.data[from + i]);
}

static operand_rows operand_of(const refinement *r, u32 argument, size_t from, size_t rows, wide *room) {
    const tape *t = &r->f->p->e->rec.tape;
    if (is_here(r, argument))
        return (operand_rows){r->blocks + (size_t)(argument - r->low) * ROWS, size_of(t, argument) != 1};
    value v = tape_value(t, argument);
    take_numbers(r, 0, &v, from, rows, room);
    return (operand_rows){room, shape_of(&v).size != 1};
}

static void compute(const refinement *r, u32 k, size_t from, size_t rows) {
    const tape *t = &r->f->p->e->rec.tape;
    enum op op = CODE_OP(t->code[k]);
    wide *to = r->blocks + (size_t)(k - r->low) * ROWS;
    if (op == OP_LEAF) {
        value v = tape_value(t, k);
        take_numbers(r, k, &v, from, rows, to);
        return;
    }
    u32 two[2], count;
    const u32 *arguments = tape_arguments(t, k, two, &count);
    wide *room = r->blocks + (size_t)(r->result - r->low + 1) * ROWS;
    operand_rows in[3] = {{room, 0}, {room, 0}, {room, 0}};
    for (u32 i = 0; i < count && i < 3; i++)
        in[i] = operand_of(r, arguments[i], from, rows, room + (size_t)i * ROWS);
    if (size_of(t, k) == 1) rows = 1;
    for (size_t i = 0; i < rows; i++) {
        wide a = in[0].at[i * in[0].stride];
        if (op == OP_ALIAS) to[i] = a;
        else if (op == OP_WHERE) to[i] = a != 0 ? in[1].at[i * in[1].stride] : in[2].at[i * in[2].stride];
        else if (count == 1) to[i] = wide1(op, a);
        else to[i] = wide2(op, a, in[1].at[i * in[1].stride]);
    }
}

/* All residuals at x; false where one is not finite. */
static bool take_residuals(refinement *r) {
    if (!run(r)) return false;
    size_t stride = size_of(&r->f->p->e->rec.tape, r->result) != 1;
    for (size_t from = 0; from < r->f->m; from += ROWS) {
        size_t rows = r->f->m - from < ROWS ? r->f->m - from : ROWS;
        for (u32 k = r->low; k <= r->result; k++)
            if (r->needed[k - r->low]) compute(r, k, from, rows);
        const wide *result = r->blocks + (size_t)(r->result - r->low) * ROWS;
        for (size_t i = 0; i < rows; i++) {
            r->residual[from + i] = (double)result[i * stride];
            if (!isfinite(r->residual[from + i])) return false;
        }
    }
    return true;
}

/* ---- corrections ---- */

static bool at_bound(const least *l) {
    for (size_t j = 0; j < l->n; j++)
        if ((l->lower && l->x[j] <= l->lower[j]) || (l->upper && l->x[j] >= l->upper[j])) return true;
    return false;
}

/* The largest change of a parameter, relative to it, or to what changes the model as much as the data are. */
static double change_of(const refinement *r) {
    double most = 0;
    size_t n = r->f->n;
    for (size_t j = 0; j < n; j++) {
        double norm = norm_of(j + 1, r->l->r + j * (n + 1)), unit = r->f->size / norm;
        most = fmax(most, fabs(r->step[j]) / fmax(fabs(r->l->x[j]), unit));
    }
    return most;
}

static void move(refinement *r) {
    for (size_t j = 0; j < r->f->n; j++) {
        r->x[j] -= r->step[j];
        r->l->x[j] = (double)r->x[j];
    }
}

/* Corrections as long as they shrink; false where they end before the last place of doubles. */
static bool correct(refinement *r) {
    least *l = r->l;
    size_t n = r->f->n;
    double before = INFINITY;
    for (unsigned i = 0; i <= MOST_CORRECTIONS; i++) {
        if (!take_residuals(r)) return false;
        l->squares = fit_triangle_of(r->f, l->x, r->residual, l->r);
        if (!isfinite(l->squares)) return false;
        memcpy(r->step, l->r + n * (n + 1), n * sizeof *r->step);
        l->offset = l->squares > 0 ? norm_of(n, r->step) / sqrt(l->squares) : 0;
        upper_solve(n + 1, n, l->r, r->step);
        double change = change_of(r);
        if (before <= 4 * WIDE_EPSILON || !(change < 0.1 * before)) break;
        move(r);
        before = change;
    }
    return before <= 0.1 * DBL_EPSILON;
}

/* Of fit 0 ~ y - model: the norm of what is subtracted. */
static double size_of_terms(fit *f, const double *x) {
    const tape *t = &f->p->e->rec.tape;
    enum { DEEP = 8 };
    if (f->weight) return 0;
    problem_evaluate(f->p, x, RECORD, NULL);
    f->p->gradients--;
    u32 k = problem_result(f->p, fit_residual_operand(f)).node, two[2], count;
    for (unsigned i = 0; i < DEEP && k; i++) {
        enum op op = CODE_OP(t->code[k]);
        bool is_sum = op == OP_ADD || op == OP_SUB;
        if (!is_sum && op != OP_NEG && op != OP_ALIAS) return 0;
        const u32 *arguments = tape_arguments(t, k, two, &count);
        double norms[2] = {0};
        for (u32 j = 0; j < count; j++) {
            value v = tape_value(t, arguments[j]);
            norms[j] = norm_of(view_of(&v).size, view_of(&v).data);
        }
        if (norms[0] > 0 && norms[1] > 0) return fmax(norms[0], norms[1]);
        k = arguments[norms[0] > 0 ? 0 : count - 1];
        if (k & ARG_CONST) return 0;
    }
    return 0;
}

bool fit_refine(fit *f, least *l) {
    if (f->size == 0) f->size = size_of_terms(f, l->x);
    double unit = 0.5 * DBL_EPSILON;
    bool is_near = unit * f->size >= WORTH_IT * sqrt(l->squares);
    if (!WIDE_IS_WIDER || !is_near || !is_solution(l->outcome) || !f->is_local || at_bound(l)) return false;
    size_t n = f->n, square = mem_product(n + 1, n + 1);
    problem *p = f->p;
    problem_forget(p);
    double *kept = problem_room(p, n + square), squares = l->squares, offset = l->offset;
    refinement r = {.f = f, .l = l};
    r.x = aligned_room(p, n, sizeof *r.x);
    r.leaves = aligned_room(p, n + CONSTANTS, sizeof *r.leaves);
    r.residual = problem_room(p, f->m);
    r.step = problem_room(p, n);
    memcpy(kept, l->x, n * sizeof *kept);
    memcpy(kept + n, l->r, square * sizeof *kept);
    for (size_t j = 0; j < n; j++) r.x[j] = l->x[j];
    if (correct(&r)) return true;
    memcpy(l->x, kept, n * sizeof *kept);
    memcpy(l->r, kept + n, square * sizeof *kept);
    l->squares = squares, l->offset = offset;
    return false;
}
