/* SPDX-License-Identifier: GPL-3.0-or-later */
/* solvers.c - the problems of tests/data with GSL and NLopt, driven by hand: how often they evaluate.
 *
 *     solvers nist DIRECTORY      GSL's multifit_nlinear on NIST's problems, from both starts
 *     solvers minimise FILE       NLopt's methods with gradients on the minimisation problems
 *     solvers rows ROWS           writes nothing; the time of a fit of ROWS rows by 5 parameters
 *
 * Models are read from the same tables that gtape's tests use, and are evaluated with their derivatives
 * (bench_formula.h), so that both sides have exact ones.  The fit that is timed is written out in C.
 * A line a problem: name, start, function evaluations, evaluations with derivatives, whether it is solved.
 * Solved: 6 digits in each parameter; for minima 1e-8, relative, of a listed value. */
#include "bench_formula.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <nlopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE = 1 << 15, FIELDS = 8 };

static size_t split(char *line, char separator, char **fields, size_t most) {
    size_t count = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; count < most;) {
        fields[count++] = at;
        at = strchr(at, separator);
        if (!at) break;
        *at++ = 0;
    }
    return count;
}

static size_t numbers(const char *text, double *to, size_t most) {
    size_t count = 0;
    for (char *end; count < most; text = end) {
        double numerator = strtod(text, &end);
        if (end == text) break;
        if (*end == '/') numerator /= strtod(end + 1, &end);
        to[count++] = numerator;
    }
    return count;
}

static FILE *open_or_die(const char *path) {
    FILE *f = fopen(path, "r");
    if (f) return f;
    perror(path);
    exit(3);
}

/* ---- least squares ---- */

typedef struct fit_data {
    formula response, model;
    size_t rows, columns, n;
    double (*x)[3]; /* y, x or y, x1, x2 */
} fit_data;

static void set_columns(formula *f, const fit_data *d, size_t row) {
    static const char *const two[] = {"y", "x"}, *const three[] = {"y", "x1", "x2"};
    for (size_t c = 0; c < d->columns; c++) formula_set(f, d->columns == 2 ? two[c] : three[c], d->x[row][c]);
}

static void set_parameters(formula *f, const gsl_vector *b) {
    for (size_t j = 0; j < b->size; j++) {
        char name[24];
        snprintf(name, sizeof name, "b%zu", j + 1);
        formula_vary(f, name, gsl_vector_get(b, j), j);
    }
}

static int residuals(const gsl_vector *b, void *user, gsl_vector *r) {
    fit_data *d = user;
    set_parameters(&d->model, b);
    for (size_t i = 0; i < d->rows; i++) {
        set_columns(&d->model, d, i);
        set_columns(&d->response, d, i);
        double value = formula_value(&d->model, 0).value - formula_value(&d->response, 0).value;
        if (!isfinite(value)) return GSL_EDOM;
        gsl_vector_set(r, i, value);
    }
    return GSL_SUCCESS;
}

static int jacobian(const gsl_vector *b, void *user, gsl_matrix *j) {
    fit_data *d = user;
    set_parameters(&d->model, b);
    for (size_t i = 0; i < d->rows; i++) {
        set_columns(&d->model, d, i);
        dual v = formula_value(&d->model, d->n);
        for (size_t k = 0; k < d->n; k++) gsl_matrix_set(j, i, k, v.d[k]);
    }
    return GSL_SUCCESS;
}

static void read_rows(fit_data *d, const char *directory, const char *name) {
    char path[1024], line[LINE], *fields[3];
    snprintf(path, sizeof path, "%s/%s.csv", directory, name);
    FILE *f = open_or_die(path);
    d->rows = 0;
    while (fgets(line, sizeof line, f)) {
        size_t count = split(line, ',', fields, 3);
        if (d->rows++ == 0) continue; /* the header */
        d->columns = count;
        d->x = realloc(d->x, d->rows * sizeof *d->x);
        for (size_t c = 0; c < count; c++) d->x[d->rows - 2][c] = strtod(fields[c], NULL);
    }
    d->rows--;
    fclose(f);
}

/* Evaluations of the function and of derivatives; true where it solved the problem. */
static int fit_once(fit_data *d, const char *start, const char *certified, int accelerate, size_t counts[2]) {
    double b[FORMULA_MOST], want[FORMULA_MOST];
    d->n = numbers(start, b, FORMULA_MOST);
    numbers(certified, want, FORMULA_MOST);
    gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    if (accelerate) how.trs = gsl_multifit_nlinear_trs_lmaccel;
    gsl_multifit_nlinear_fdf f = {.f = residuals, .df = jacobian, .n = d->rows, .p = d->n, .params = d};
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, d->rows, d->n);
    gsl_vector_view view = gsl_vector_view_array(b, d->n);
    int info, solved = !gsl_multifit_nlinear_init(&view.vector, &f, w) &&
                       !gsl_multifit_nlinear_driver(1000, 1e-10, 1e-10, 0, NULL, NULL, &info, w);
    for (size_t j = 0; j < d->n; j++) {
        double x = gsl_vector_get(gsl_multifit_nlinear_position(w), j);
        solved &= fabs(x - want[j]) <= 1e-6 * fabs(want[j]);
    }
    counts[0] = f.nevalf, counts[1] = f.nevaldf;
    gsl_multifit_nlinear_free(w);
    return solved;
}

static void run_nist(const char *directory) {
    char path[1024], line[LINE], *fields[FIELDS];
    snprintf(path, sizeof path, "%s/problems.tsv", directory);
    FILE *f = open_or_die(path);
    fit_data d = {0};
    while (fgets(line, sizeof line, f)) {
        if (*line == '#' || split(line, '\t', fields, FIELDS) < 6) continue;
        read_rows(&d, directory, fields[0]);
        formula_read(&d.response, fields[1]);
        formula_read(&d.model, fields[2]);
        for (int start = 0; start < 2; start++)
            for (int accelerate = 0; accelerate < 2; accelerate++) {
                size_t counts[2];
                int solved = fit_once(&d, fields[3 + start], fields[5], accelerate, counts);
                printf("%s\t%d\t%s\t%zu\t%zu\t%d\n", fields[0], start + 1, accelerate ? "lmaccel" : "lm",
                       counts[0], counts[1], solved);
            }
    }
    free(d.x);
    fclose(f);
}

/* ---- minimisation ---- */

typedef struct objective {
    formula f;
    size_t evaluations;
} objective;

static double value_and_gradient(unsigned n, const double *x, double *gradient, void *user) {
    objective *o = user;
    for (unsigned j = 0; j < n; j++) {
        char name[16];
        snprintf(name, sizeof name, "x%u", j + 1);
        formula_vary(&o->f, name, x[j], j);
    }
    o->evaluations++;
    dual v = formula_value(&o->f, gradient ? n : 0);
    if (gradient) memcpy(gradient, v.d, n * sizeof *gradient);
    return v.value;
}

static int is_listed(double value, const char *minima) {
    double listed[FORMULA_MOST];
    size_t count = numbers(minima, listed, FORMULA_MOST);
    for (size_t i = 0; i < count; i++)
        if (value <= listed[i] + 1e-8 * fabs(listed[i]) + 1e-14) return 1;
    return 0;
}

static void run_minimise(const char *path) {
    static const struct {
        nlopt_algorithm algorithm;
        const char *name;
    } methods[] = {
        {NLOPT_LD_LBFGS, "lbfgs"},
        {NLOPT_LD_SLSQP, "slsqp"},
        {NLOPT_LD_VAR2, "var2"},
        {NLOPT_LD_TNEWTON_PRECOND_RESTART, "tnewton"},
    };
    char line[LINE], *fields[FIELDS];
    FILE *f = open_or_die(path);
    while (fgets(line, sizeof line, f)) {
        if (*line == '#' || split(line, '\t', fields, FIELDS) < 5) continue;
        unsigned n = (unsigned)strtoul(fields[1], NULL, 10);
        objective o;
        formula_read(&o.f, fields[2]);
        for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
            double x[FORMULA_MOST], value = NAN;
            numbers(fields[3], x, FORMULA_MOST);
            nlopt_opt opt = nlopt_create(methods[m].algorithm, n);
            nlopt_set_min_objective(opt, value_and_gradient, &o);
            nlopt_set_xtol_rel(opt, 1e-10);
            nlopt_set_maxeval(opt, 10000);
            o.evaluations = 0;
            nlopt_optimize(opt, x, &value);
            printf("%s\t1\t%s\t0\t%zu\t%d\t%.17g\n", fields[0], methods[m].name, o.evaluations,
                   is_listed(value, fields[4]), value);
            nlopt_destroy(opt);
        }
    }
    fclose(f);
}

/* ---- a long fit: y = b1 exp(-b2 x) + b3 sin(b4 x) + b5, whose data are made without noise but for a
 * pattern of small residuals ---- */

typedef struct long_data {
    size_t rows;
    double *x, *y;
} long_data;

static int long_residuals(const gsl_vector *b, void *user, gsl_vector *r) {
    const long_data *d = user;
    double b1 = b->data[0], b2 = b->data[1], b3 = b->data[2], b4 = b->data[3], b5 = b->data[4];
    for (size_t i = 0; i < d->rows; i++)
        r->data[i] = b1 * exp(-b2 * d->x[i]) + b3 * sin(b4 * d->x[i]) + b5 - d->y[i];
    return GSL_SUCCESS;
}

static int long_jacobian(const gsl_vector *b, void *user, gsl_matrix *j) {
    const long_data *d = user;
    double b1 = b->data[0], b2 = b->data[1], b3 = b->data[2], b4 = b->data[3];
    for (size_t i = 0; i < d->rows; i++) {
        double x = d->x[i], e = exp(-b2 * x), *row = j->data + i * j->tda;
        row[0] = e, row[1] = -b1 * x * e;
        row[2] = sin(b4 * x), row[3] = b3 * x * cos(b4 * x), row[4] = 1;
    }
    return GSL_SUCCESS;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void run_rows(size_t rows) {
    long_data d = {rows, malloc(rows * sizeof(double)), malloc(rows * sizeof(double))};
    if (!d.x || !d.y) exit(1);
    for (size_t i = 0; i < rows; i++) {
        d.x[i] = (double)i * 10 / (double)(rows - 1);
        d.y[i] = 3 * exp(-0.7 * d.x[i]) + 0.5 * sin(2 * d.x[i]) + 1 + 0.01 * sin(1e3 * (double)i);
    }
    double begin = seconds(), b[] = {2, 0.5, 0.4, 1.9, 0.8};
    /* the normal equations, which are what one would choose for many rows */
    gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    how.solver = gsl_multifit_nlinear_solver_cholesky;
    gsl_multifit_nlinear_fdf f = {.f = long_residuals, .df = long_jacobian, .n = rows, .p = 5, .params = &d};
    gsl_multifit_nlinear_workspace *w = gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, rows, 5);
    gsl_vector_view view = gsl_vector_view_array(b, 5);
    int info;
    gsl_multifit_nlinear_init(&view.vector, &f, w);
    int status = gsl_multifit_nlinear_driver(100, 1e-9, 1e-9, 0, NULL, NULL, &info, w);
    double covariance[25], squares;
    gsl_matrix_view c = gsl_matrix_view_array(covariance, 5, 5);
    gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(w), 0, &c.matrix);
    gsl_blas_ddot(gsl_multifit_nlinear_residual(w), gsl_multifit_nlinear_residual(w), &squares);
    printf("%.3f\t%zu\t%zu\t%d\t%.10g\t%.6g\n", seconds() - begin, f.nevalf, f.nevaldf, status == 0,
           gsl_vector_get(gsl_multifit_nlinear_position(w), 0),
           sqrt(covariance[0] * squares / (double)(rows - 5)));
    gsl_multifit_nlinear_free(w);
    free(d.x);
    free(d.y);
}

int main(int argc, char **argv) {
    gsl_set_error_handler_off();
    if (argc == 3 && strcmp(argv[1], "nist") == 0) run_nist(argv[2]);
    else if (argc == 3 && strcmp(argv[1], "minimise") == 0) run_minimise(argv[2]);
    else if (argc == 3 && strcmp(argv[1], "rows") == 0) run_rows(strtoul(argv[2], NULL, 10));
    else return fprintf(stderr, "usage: solvers nist DIRECTORY | minimise FILE | rows COUNT\n"), 2;
    return ferror(stdout) != 0;
}
