/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit_model.c - the residuals of a fit and their derivatives.
 *
 * Where the model works row by row (elementwise operations on scalars and on data), one reverse sweep gives
 * the whole Jacobian: each parameter is repeated for every row, and the gradient of the sum of all residuals
 * in these copies is, row by row, a column of it.  Other models take a forward product for each parameter:
 * the sweep of a sweep (see forward_product of derive.c). */
#include "core/linalg.h"
#include "core/taylor.h"
#include "solve/fit.h"
#include "solve/qr.h"
#include <math.h>
#include <string.h>

u32 fit_residual_operand(const fit *f) { return f->p->expressions[2]; }

double fit_weight(const fit *f, size_t i) { return f->weight ? f->weight[f->weight_count == 1 ? 0 : i] : 1; }

static double square_sum(const fit *f, const double *r) {
    enum { BLOCK = 256 };
    double sum = 0;
    for (size_t from = 0; from < f->m; from += BLOCK) {
        size_t end = from + BLOCK < f->m ? from + BLOCK : f->m;
        double part = 0;
        if (f->weight)
            for (size_t i = from; i < end; i++) part += (r[i] * fit_weight(f, i)) * (r[i] * fit_weight(f, i));
        else
            for (size_t i = from; i < end; i++) part += r[i] * r[i];
        sum += part;
    }
    return sum;
}

const double *fit_residuals(fit *f) {
    f->residual = problem_result(f->p, fit_residual_operand(f));
    view v = view_of(&f->residual);
    if (v.size != f->m) {
        char have[SHAPE_ROOM], want[SHAPE_ROOM];
        record_fail(&f->p->e->rec, DIAG_SHAPE, "fit: the model minus the data has shape %s, and the data %s",
                    shape_write(have, v), shape_write(want, shape_of(&f->like)));
    }
    return v.data;
}

double fit_sum(void *user, const double *x) {
    fit *f = user;
    problem_evaluate(f->p, x, VALUES, NULL);
    return square_sum(f, fit_residuals(f));
}

/* ---- the Jacobian ---- */

/* Whether entry i of the result depends on entry i of the leaves only: every record on the way is elementwise
 * and has the shape of the data. */
static bool is_row_by_row(const fit *f, value r) {
    const recorder *rec = &f->p->e->rec;
    const tape *t = &rec->tape;
    if (!r.node) return true;
    u32 low = (u32)f->p->mark.count;
    const u8 *depends = depending_on(&f->p->e->rec, low, r.node, f->p->variable_count, f->leaves);
    for (u32 k = low; k <= r.node; k++) {
        enum op op = CODE_OP(t->code[k]);
        if (!depends[k - low]) continue;
        if (op >= OP_ELEMENTWISE_END && op != OP_LEAF && op != OP_ALIAS && op != OP_WHERE) return false;
        if (!(t->code[k] & CODE_TENSOR) || t->value[k].t->size != f->m) return false;
    }
    return true;
}

/* Whether the text can be run with repeated parameters at all: nothing but elementwise operations and calls
 * of functions made of them; other functions may look at data only. */
static bool may_be_local(const problem *p, u32 begin, u32 end, unsigned depth);

/* A name that is neither a variable nor computed from one. */
static bool is_data(const problem *p, u32 slot) {
    for (u32 i = 0; i < p->variable_count; i++)
        if (p->variables[i].slot == slot) return false;
    for (size_t i = 0; i < p->rerun.statements.count; i++)
        if (p->rerun.statements.items[i].slot == slot) return false;
    return true;
}

static bool reads_data_only(const problem *p, const instruction *in) {
    for (u32 i = 0; i < in->b; i++) {
        u32 o = p->e->g->operands.items[in->a + i];
        if (o == OPERAND_NONE || OPERAND_KIND(o) == IN_LITERAL) continue;
        if (OPERAND_KIND(o) != IN_GLOBAL || !is_data(p, OPERAND_NUMBER(o))) return false;
    }
    return true;
}

static bool is_elementwise(const problem *p, const instruction *in, unsigned depth) {
    const evaluator *e = p->e;
    if (in->op < OP_ELEMENTWISE_END) return true;
    switch (in->op) {
    case DO_CHECK:
    case DO_MOVE:
    case DO_RETURN:
    case DO_STORE: return true;
    case DO_APPLY: return in->n == OP_WHERE || reads_data_only(p, in);
    case DO_CALL: {
        const function *fn = &e->g->functions.items[e->g->operands.items[in->a]];
        if (fn->body == NAME_NONE || fn->partials.count || depth > 20) return false;
        u32 entry = e->g->bodies.items[fn->body].entry, end = entry;
        while (e->g->code.items[end].op != DO_DEFINE) end++;
        return may_be_local(p, entry, end, depth + 1);
    }
    default: return false;
    }
}

static bool may_be_local(const problem *p, u32 begin, u32 end, unsigned depth) {
    for (u32 i = begin; i < end; i++) {
        const instruction *in = &p->e->g->code.items[i];
        if (in->op == DO_JUMP && in->a == i + 1) continue;
        if (in->op == DO_STOP) return true;
        if (!is_elementwise(p, in, depth)) return false;
    }
    return true;
}

bool fit_looks_local(const fit *f) {
    const problem *p = f->p;
    if (!is_tensor(&f->like) || f->m < 2) return false;
    for (u32 i = 0; i < p->variable_count; i++)
        if (is_tensor(&p->variables[i].start)) return false;
    for (size_t i = 0; i < p->rerun.statements.count; i++) {
        statement_range s = p->rerun.statements.items[i];
        if (!may_be_local(p, s.begin, s.end, 0)) return false;
    }
    return may_be_local(p, p->site[SOLVE_BEGIN], (u32)p->e->g->code.count, 0);
}

/* True where that worked. */
static bool local_columns(fit *f, const double *x, value *r) {
    recorder *rec = &f->p->e->rec;
    problem_evaluate(f->p, x, SPREAD, &f->like);
    *r = problem_result(f->p, fit_residual_operand(f));
    problem_leaves(f->p, f->leaves);
    if (!f->is_checked && !is_row_by_row(f, *r)) return false;
    f->is_checked = true;
    value seed = spread_to(rec, SCALAR(1), f->like.t->rank, f->like.t->shape);
    sweep_gradients(rec, *r, seed, f->p->variable_count, f->leaves, f->columns, NULL, false);
    for (size_t j = 0; j < f->n; j++) {
        poll_interrupt(rec); /* a column is computed when it is looked at */
        f->entries[j] = view_of(&f->columns[j]).data;
    }
    return true;
}

static value unit_vector(recorder *rec, const value *like, size_t i) {
    if (!is_tensor(like)) return SCALAR(1);
    tensor *t = pool_tensor(rec, like->t->rank, like->t->shape);
    memset(t->data, 0, t->size * sizeof *t->data);
    t->data[i] = 1;
    return value_of_tensor(t);
}

static void general_columns(fit *f, const double *x, value *r) {
    problem *p = f->p;
    recorder *rec = &p->e->rec;
    problem_evaluate(p, x, RECORD, NULL);
    *r = problem_result(p, fit_residual_operand(f));
    problem_leaves(p, f->leaves);
    value u = record_leaf(rec, apply2(rec, OP_MUL, passive(*r), SCALAR(0)));
    sweep_gradients(rec, *r, u, p->variable_count, f->leaves, f->columns, NULL, true);
    size_t j = 0;
    for (u32 i = 0; i < p->variable_count; i++) {
        value g = f->columns[i];
        for (size_t k = 0; k < p->variables[i].size; k++, j++) {
            value column, seed = unit_vector(rec, &g, k);
            sweep_gradients(rec, g, seed, 1, &u, &column, NULL, false);
            f->entries[j] = view_of(&column).data;
            if (!is_tensor(&column)) { /* one residual */
                double *one = pool_tensor(rec, 1, (size_t[]){1})->data;
                *one = column.num;
                f->entries[j] = one;
            }
        }
    }
}

/* v times the weights, which are the squares of what residuals are multiplied by. */
static value weigh(const fit *f, value v) {
    if (!f->weight) return v;
    view s = shape_of(&v);
    tensor *t = pool_tensor(&f->p->e->rec, s.rank, s.shape);
    for (size_t i = 0; i < s.size; i++) t->data[i] = fit_weight(f, i) * fit_weight(f, i);
    return apply2(&f->p->e->rec, OP_MUL, v, s.rank ? value_of_tensor(t) : SCALAR(t->data[0]));
}

enum { POLL_BLOCKS = 1024 }; /* for Ctrl-C */

static void add_rows(fit *f, double *triangle, const double *r) {
    size_t n = f->n + 1, stride = n + QR_ROWS;
    for (size_t from = 0; from < f->m; from += QR_ROWS) {
        size_t rows = f->m - from < QR_ROWS ? f->m - from : QR_ROWS;
        if (from / QR_ROWS % POLL_BLOCKS == 0) poll_interrupt(&f->p->e->rec);
        for (size_t j = 0; j < n; j++) {
            const double *column = (j < f->n ? f->entries[j] : r) + from;
            double *to = f->work + j * stride + n;
            memcpy(to, column, rows * sizeof *to);
            if (f->weight)
                for (size_t i = 0; i < rows; i++) to[i] *= fit_weight(f, from + i);
        }
        qr_add_rows(n, triangle, rows, f->work);
    }
}

double fit_triangle(void *user, const double *x, double *triangle) {
    return fit_triangle_of(user, x, NULL, triangle);
}

double fit_triangle_of(fit *f, const double *x, const double *residual, double *triangle) {
    size_t n = f->n + 1;
    value r;
    if (f->is_local && !local_columns(f, x, &r)) f->is_local = false;
    if (!f->is_local) general_columns(f, x, &r);
    const double *own = fit_residuals(f);
    if (!residual) residual = own;
    memset(triangle, 0, n * n * sizeof *triangle);
    add_rows(f, triangle, residual);
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(triangle[i])) return NAN;
    return square_sum(f, residual);
}

/* Taylor coefficients along the line give f_vv; one sweep with it as the seed gives J^T f_vv. */
bool fit_bend(void *user, const double *x, const double *v, double *result) {
    fit *f = user;
    problem *p = f->p;
    recorder *rec = &p->e->rec;
    value s = problem_evaluate_line(p, x, v), c[3];
    (void)fit_residuals(f); /* checks their shape */
    value r = f->residual;
    const char *blocking = "";
    if (!r.node || !taylor_series(rec, r, s, 2, false, c, &blocking)) return false;
    view shape = shape_of(&r);
    value seed = spread_to(rec, apply2(rec, OP_MUL, SCALAR(2), c[2]), shape.rank, shape.shape);
    seed = weigh(f, seed);
    problem_leaves(p, f->leaves);
    sweep_gradients(rec, r, seed, p->variable_count, f->leaves, f->columns, NULL, false);
    problem_entries(p, f->columns, result);
    return true;
}

bool fit_hessian(void *user, const double *x, double *h) {
    fit *f = user;
    recorder *rec = &f->p->e->rec;
    problem_evaluate(f->p, x, RECORD, NULL);
    (void)fit_residuals(f); /* checks their shape */
    value r = f->residual;
    if (!r.node) return false;
    value half = apply2(rec, OP_MUL, SCALAR(0.5), apply2(rec, OP_MUL, r, r));
    curvature_begin(&f->curvature, problem_total(f->p, weigh(f, half)));
    curvature_hessian(&f->curvature, h);
    return true;
}
