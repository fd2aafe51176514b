/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fit.c - fit y ~ model over a, b: nonlinear least squares with the exact Jacobian.
 *
 * Where the model works row by row (elementwise operations on scalars and on data), one reverse sweep gives
 * the whole Jacobian: each parameter is repeated for every row, and the gradient of the sum of all residuals
 * in these copies is, row by row, a column of it.  Other models take a forward product for each parameter:
 * the sweep of a sweep (see forward_product of derive.c). */
#include "solve/least.h"
#include "solve/qr.h"
#include "solve/statement.h"
#include "solve/student.h"
#include <math.h>
#include <string.h>

enum { FIT_STEPS = 500 };

typedef struct fit {
    problem *p;
    solver_state *s;
    solution *out;
    size_t m, n;
    value like;           /* y, for its shape */
    value residual;       /* of the last evaluation */
    const double *weight; /* square roots; NULL: 1; or one number for all */
    size_t weight_count;
    bool is_local, is_checked;
    double floor;
    value *leaves, *columns;
    const double **entries;
    double *work; /* of qr_add_rows */
} fit;

static u32 residual_operand(const fit *f) { return f->p->expressions[2]; }

static double weight_at(const fit *f, size_t i) {
    return f->weight ? f->weight[f->weight_count == 1 ? 0 : i] : 1;
}

static double square_sum(const fit *f, const double *r) {
    enum { BLOCK = 256 };
    double sum = 0;
    for (size_t from = 0; from < f->m; from += BLOCK) {
        size_t end = from + BLOCK < f->m ? from + BLOCK : f->m;
        double part = 0;
        if (f->weight)
            for (size_t i = from; i < end; i++) part += (r[i] * weight_at(f, i)) * (r[i] * weight_at(f, i));
        else
            for (size_t i = from; i < end; i++) part += r[i] * r[i];
        sum += part;
    }
    return sum;
}

static const double *residuals(fit *f) {
    f->residual = problem_result(f->p, residual_operand(f));
    view v = view_of(&f->residual);
    if (v.size != f->m) {
        char have[SHAPE_ROOM], want[SHAPE_ROOM];
        record_fail(&f->p->e->rec, DIAG_SHAPE, "fit: the model minus the data has shape %s, and the data %s",
                    shape_write(have, v), shape_write(want, shape_of(&f->like)));
    }
    return v.data;
}

static double fit_sum(void *user, const double *x) {
    fit *f = user;
    problem_evaluate(f->p, x, VALUES, NULL);
    return square_sum(f, residuals(f));
}

/* ---- the Jacobian ---- */

/* Whether entry i of the result depends on entry i of the leaves only: every record on the way is elementwise
 * and has the shape of the data. */
static bool is_row_by_row(const fit *f, value r) {
    const recorder *rec = &f->p->e->rec;
    const tape *t = &rec->tape;
    if (!r.node) return true;
    u32 low = (u32)f->p->mark.count;
    const u8 *depends = sweep_dependence(&f->p->e->rec, low, r.node, f->p->variable_count, f->leaves);
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
static bool may_be_local(const evaluator *e, u32 begin, u32 end, unsigned depth);

static bool reads_data_only(const evaluator *e, const instruction *in) {
    for (u32 i = 0; i < in->b; i++) {
        u32 o = e->g->operands.items[in->a + i];
        if (o == OPERAND_NONE || OPERAND_KIND(o) == IN_LITERAL) continue;
        if (OPERAND_KIND(o) != IN_GLOBAL || e->globals.items[OPERAND_NUMBER(o)].node) return false;
    }
    return true;
}

static bool is_elementwise(const evaluator *e, const instruction *in, unsigned depth) {
    if (in->op < OP_ELEMENTWISE_END) return true;
    switch (in->op) {
    case DO_CHECK:
    case DO_MOVE:
    case DO_RETURN:
    case DO_STORE: return true;
    case DO_APPLY: return in->n == OP_WHERE || reads_data_only(e, in);
    case DO_CALL: {
        const function *fn = &e->g->functions.items[e->g->operands.items[in->a]];
        if (fn->body == NAME_NONE || fn->partials.count || depth > 20) return false;
        u32 entry = e->g->bodies.items[fn->body].entry, end = entry;
        while (e->g->code.items[end].op != DO_DEFINE) end++;
        return may_be_local(e, entry, end, depth + 1);
    }
    default: return false;
    }
}

static bool may_be_local(const evaluator *e, u32 begin, u32 end, unsigned depth) {
    for (u32 i = begin; i < end; i++) {
        const instruction *in = &e->g->code.items[i];
        if (in->op == DO_JUMP && in->a == i + 1) continue;
        if (in->op == DO_STOP) return true;
        if (!is_elementwise(e, in, depth)) return false;
    }
    return true;
}

static bool looks_local(const fit *f) {
    const problem *p = f->p;
    if (!is_tensor(&f->like) || f->m < 2) return false;
    for (u32 i = 0; i < p->variable_count; i++)
        if (is_tensor(&p->variables[i].start)) return false;
    for (size_t i = 0; i < p->replay.statements.count; i++) {
        statement_range s = p->replay.statements.items[i];
        if (!may_be_local(p->e, s.begin, s.end, 0)) return false;
    }
    return may_be_local(p->e, p->site[SOLVE_BEGIN], (u32)p->e->g->code.count, 0);
}

/* True where that worked. */
static bool local_columns(fit *f, const double *x, value *r) {
    recorder *rec = &f->p->e->rec;
    problem_evaluate(f->p, x, SPREAD, &f->like);
    *r = problem_result(f->p, residual_operand(f));
    problem_leaves(f->p, f->leaves);
    if (!f->is_checked && !is_row_by_row(f, *r)) return false;
    f->is_checked = true;
    value seed = spread_to(rec, SCALAR(1), f->like.t->rank, f->like.t->shape);
    sweep_gradients(rec, *r, seed, f->p->variable_count, f->leaves, f->columns, NULL, false);
    for (size_t j = 0; j < f->n; j++) f->entries[j] = view_of(&f->columns[j]).data;
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
    *r = problem_result(p, residual_operand(f));
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

static void add_rows(fit *f, double *triangle, const double *r) {
    size_t n = f->n + 1, stride = n + QR_ROWS;
    for (size_t from = 0; from < f->m; from += QR_ROWS) {
        size_t rows = f->m - from < QR_ROWS ? f->m - from : QR_ROWS;
        for (size_t j = 0; j < n; j++) {
            const double *column = (j < f->n ? f->entries[j] : r) + from;
            double *to = f->work + j * stride + n;
            memcpy(to, column, rows * sizeof *to);
            if (f->weight)
                for (size_t i = 0; i < rows; i++) to[i] *= weight_at(f, from + i);
        }
        qr_add_rows(n, triangle, rows, f->work);
    }
}

static double fit_triangle(void *user, const double *x, double *triangle) {
    fit *f = user;
    size_t n = f->n + 1;
    value r;
    if (f->is_local && !local_columns(f, x, &r)) f->is_local = false;
    if (!f->is_local) general_columns(f, x, &r);
    const double *residual = residuals(f);
    memset(triangle, 0, n * n * sizeof *triangle);
    add_rows(f, triangle, residual);
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(triangle[i])) return NAN;
    return square_sum(f, residual);
}

static void fit_progress(void *user, size_t step, double sum, const double *x) {
    fit *f = user;
    memcpy(f->out->x.items, x, f->n * sizeof *x);
    tell_progress(f->s, "fit: sum of squares", step, sum);
}

/* ---- what comes of it ---- */

/* Standard errors and correlations from (R^T R)^-1; nan where parameters are not determined. */
static void take_errors(fit *f, const double *triangle) {
    solution *out = f->out;
    size_t n = f->n, m = n + 1;
    numbers_set(&out->errors, n, NAN);
    numbers_set(&out->correlation, n * n, NAN);
    if (out->rank < n || out->freedom < (out->known_sigma ? 0 : 1)) return;
    numbers inverse = {0};
    numbers_set(&inverse, n * n, 0);
    for (size_t j = 0; j < n; j++) { /* rows of R^-T are columns of R^-1 transposed */
        inverse.items[j * n + j] = 1;
        upper_solve(m, n, triangle, &inverse.items[j * n]);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++) sum += inverse.items[j * n + i] * inverse.items[j * n + k];
            out->correlation.items[i * n + k] = sum;
        }
    array_free(&inverse);
    double sd = out->known_sigma ? 1 : out->residual_sd;
    for (size_t i = 0; i < n; i++) out->errors.items[i] = sd * sqrt(out->correlation.items[i * n + i]);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (i != k)
                out->correlation.items[i * n + k] /=
                    sqrt(out->correlation.items[i * n + i]) * sqrt(out->correlation.items[k * n + k]);
    for (size_t i = 0; i < n; i++) out->correlation.items[i * n + i] = 1;
}

/* R^2 about the weighted mean of y. */
static double r_squared(const fit *f, const double *y, double squares) {
    double sum = 0, weights = 0, total = 0;
    for (size_t i = 0; i < f->m; i++) {
        double w = weight_at(f, i) * weight_at(f, i);
        sum += w * y[i], weights += w;
    }
    double mean = sum / weights;
    for (size_t i = 0; i < f->m; i++) {
        double d = (y[i] - mean) * weight_at(f, i);
        total += d * d;
    }
    return total > 0 ? 1 - squares / total : NAN; /* all y are equal: there is nothing to explain */
}

/* Half-widths of the confidence band of the fitted curve and of the prediction band of a new observation, at
 * the data: t sqrt(g C g^T) and t sqrt(s^2/w + g C g^T), with g the row of the Jacobian. */
static void take_bands(fit *f, const double *triangle) {
    solution *out = f->out;
    size_t n = f->n, m = n + 1;
    double *row = f->work, sd = out->known_sigma ? 1 : out->residual_sd;
    numbers_set(&out->confidence, f->m, NAN);
    numbers_set(&out->prediction, f->m, NAN);
    for (size_t i = 0; i < f->m; i++) {
        for (size_t j = 0; j < n; j++) row[j] = f->entries[j][i];
        upper_solve_transposed(m, n, triangle, row);
        double mean = sd * norm_of(n, row), w = weight_at(f, i);
        out->confidence.items[i] = out->quantile * mean;
        out->prediction.items[i] = out->quantile * hypot(mean, sd / w);
    }
}

static void take_rows(fit *f, const double *x) {
    problem_evaluate(f->p, x, VALUES, NULL);
    f->p->values--;
    value y = problem_result(f->p, f->p->expressions[0]);
    const double *r = residuals(f), *data = view_of(&y).data;
    size_t step = view_of(&y).size == 1 ? 0 : 1;
    solution *out = f->out;
    out->y.count = out->fitted.count = 0;
    for (size_t i = 0; i < f->m; i++) {
        array_push(&out->y, data[i * step]);
        array_push(&out->fitted, data[i * step] + r[i]);
    }
}

static void take_results(fit *f, least *l, bool bands) {
    solution *out = f->out;
    size_t n = f->n, active = 0;
    out->outcome = l->outcome;
    out->steps += l->steps;
    out->rank = l->rank;
    out->rows = f->m;
    out->value = l->squares;
    out->gradient = l->offset;
    memcpy(out->x.items, l->x, n * sizeof *l->x);
    for (size_t i = 0; i < n; i++)
        active += (l->lower && l->x[i] == l->lower[i]) || (l->upper && l->x[i] == l->upper[i]);
    out->is_bounded = active > 0;
    out->freedom = f->m > n ? (double)(f->m - n) : 0;
    out->residual_sd = f->m > n ? sqrt(l->squares / out->freedom) : NAN;
    out->quantile =
        out->freedom > 0 ? student_two_sided(out->level, out->known_sigma ? INFINITY : out->freedom) : NAN;
    take_errors(f, l->r);
    if (bands && out->rank == n) {
        fit_triangle(f, l->x, l->r);
        f->p->gradients--;
        take_bands(f, l->r);
    }
    take_rows(f, l->x);
    out->r_squared = r_squared(f, out->y.items, l->squares);
    if (!bands) array_free(&out->y), array_free(&out->fitted);
}

/* ---- the statement ---- */

static void check_weights(fit *f, const char *name, double *w, size_t count, bool is_sigma) {
    recorder *rec = &f->p->e->rec;
    if (count != 1 && count != f->m)
        record_fail(rec, DIAG_SHAPE, "fit: %s has %zu entries, and the data have %zu", name, count, f->m);
    for (size_t i = 0; i < count; i++) {
        if (!(w[i] > 0) || isinf(w[i]))
            record_fail_hint(rec, DIAG_BAD_VALUE, "leave the row out, or give it a small weight",
                             "fit: %s must be positive, and entry %zu is %g", name, i, w[i]);
        w[i] = is_sigma ? 1 / w[i] : sqrt(w[i]);
    }
}

static void take_weights(fit *f) {
    bool is_sigma = false;
    value v = option_value(f->p, "weights"), sigma = option_value(f->p, "sigma");
    if (!is_unbound(&v) && !is_unbound(&sigma))
        record_fail(&f->p->e->rec, DIAG_BAD_ARGUMENTS, "fit takes weights or sigma, not both");
    if (is_unbound(&v)) v = sigma, is_sigma = !is_unbound(&sigma);
    if (is_unbound(&v)) return;
    view w = view_of(&v);
    double *own = problem_room(f->p, w.size);
    memcpy(own, w.data, w.size * sizeof *own);
    check_weights(f, is_sigma ? "sigma" : "a weight", own, w.size, is_sigma);
    f->weight = own;
    f->weight_count = w.size;
    f->out->known_sigma = is_sigma;
}

static void check_rows(fit *f) {
    recorder *rec = &f->p->e->rec;
    if (f->m < f->n)
        record_fail(rec, DIAG_BAD_VALUE, "fit: %zu row%s cannot determine %zu parameters", f->m,
                    f->m == 1 ? "" : "s", f->n);
}

/* The first evaluation: shapes. */
static void look_at_data(fit *f, const double *x) {
    problem *p = f->p;
    problem_evaluate(p, x, VALUES, NULL);
    p->values--;
    value y = passive(problem_result(p, p->expressions[0])), r = problem_result(p, residual_operand(f));
    value like = shape_of(&y).size == 1 ? passive(r) : y;
    f->m = shape_of(&r).size;
    f->like = like;
    for (size_t i = 0; i < shape_of(&y).size; i++) {
        double e = 1e-15 * view_of(&y).data[i];
        f->floor += e * e;
    }
    if (is_tensor(&like)) tensor_keep(like.t);
    problem_forget(p);
    if (is_tensor(&like)) array_push(&p->e->rec.pool, like.t);
}

static void take_room(fit *f) {
    size_t n = f->n;
    f->leaves = (void *)problem_room(f->p, 2 * f->p->variable_count);
    f->columns = (void *)problem_room(f->p, 2 * f->p->variable_count);
    f->entries = (void *)problem_room(f->p, n);
    f->work = problem_room(f->p, mem_product(n + 1, n + 1 + QR_ROWS));
}

void solve_fit(problem *p, solver_state *s, solution *out) {
    size_t n = p->n;
    fit f = {.p = p, .s = s, .out = out, .n = n};
    least l = {.user = &f, .n = n, .sum = fit_sum, .triangle = fit_triangle, .progress = fit_progress};
    double *lower = problem_room(p, n), *upper = problem_room(p, n);
    bool *is_bound = (void *)problem_room(p, p->constraint_count + 1);
    numbers_set(&out->x, n, NAN);
    memcpy(out->x.items, p->x, n * sizeof(double));
    out->level = option_in(p, "level", 0.95, 1e-6, 1 - 1e-12);
    bool bands = option_number(p, "bands", 0) != 0;
    look_at_data(&f, p->x);
    check_rows(&f);
    take_weights(&f);
    take_room(&f);
    l.most_steps = (size_t)option_in(p, "max", FIT_STEPS, 0, 1e9);
    l.floor = f.weight ? 0 : f.floor;
    l.tolerance = option_in(p, "tol", 1e-9, 0, 1);
    l.x = problem_room(p, n);
    l.r = problem_room(p, mem_product(n + 1, n + 1));
    l.work = problem_room(p, least_room(n));
    if (p->constraint_count) {
        problem_evaluate(p, p->x, RECORD, NULL);
        p->gradients--;
        if (take_bounds(p, lower, upper, is_bound)) l.lower = lower, l.upper = upper;
        for (u32 i = 0; i < p->constraint_count; i++)
            if (!is_bound[i]) record_fail(&p->e->rec, DIAG_BAD_ARGUMENTS, "fit takes bounds only: a >= 0");
        problem_forget(p);
        clip_to_bounds(n, p->x, lower, upper);
    }
    f.is_local = looks_local(&f);
    least_search(&l, p->x, out->x.items);
    take_results(&f, &l, bands);
}
