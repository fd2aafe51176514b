/* test_tensor_linalg.c - linear algebra: values by hand and by identities; every adjoint against differences,
 * and the adjoints of adjoints; plain code against the machine's library. */
#include "tests/unit/unit.h"

#include "core/blas.h"
#include "core/linalg.h"
#include "core/sweep.h"

#include <math.h>
#include <string.h>

/* ---- making values ---- */

static recorder R;
static diagnostic_list errors;

static void start(void) {
    recorder_init(&R);
    R.diagnostics = &errors;
}

static void finish(void) {
    recorder_free(&R);
    diag_clear(&errors);
    array_free(&errors);
}

static u64 state = 88172645463325252u;

/* Between -1 and 1. */
static double uniform(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (double)(state >> 11) / 4503599627370496.0 - 1;
}

typedef struct shape {
    u32 rank;
    size_t of[MAX_RANK];
} shape;
#define SHAPE(...)                                                                                           \
    (shape) { sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t), { __VA_ARGS__ } }
static const shape no_axes = {0, {0}};

static value numbers(shape s, const double *x) {
    value v = fresh_value(&R, s.rank, s.of);
    memcpy(entries_of(&v), x, view_of(&v).size * sizeof *x);
    return v;
}
#define TENSOR(s, ...) numbers(s, (double[]){__VA_ARGS__})

static value random_value(shape s) {
    value v = fresh_value(&R, s.rank, s.of);
    for (size_t i = 0; i < view_of(&v).size; i++) entries_of(&v)[i] = uniform();
    return v;
}

static value text_value(const char *text) {
    value v = fresh_vector(&R, strlen(text));
    for (size_t i = 0; text[i]; i++) v.t->data[i] = text[i];
    return v;
}

static double total(value a, value b) {
    view x = view_of(&a), y = view_of(&b);
    ck_assert_uint_eq(x.size, y.size);
    double sum = 0;
    for (size_t i = 0; i < x.size; i++) sum += x.data[i] * y.data[i];
    return sum;
}

static double distance(value a, value b) {
    view x = view_of(&a), y = view_of(&b);
    ck_assert(shape_equal(x.rank, x.shape, y.rank, y.shape));
    double most = 0;
    for (size_t i = 0; i < x.size; i++) {
        double d = fabs(x.data[i] - y.data[i]);
        if (!(d <= most)) most = d;
    }
    return most;
}

static double largest(value a) {
    double most = 0;
    for (size_t i = 0; i < view_of(&a).size; i++) most = fmax(most, fabs(view_of(&a).data[i]));
    return most;
}

#define ASSERT_NEAR(a, b, tolerance)                                                                         \
    do {                                                                                                     \
        double d_ = distance(a, b), t_ = (tolerance) * fmax(1, largest(b));                                  \
        ck_assert_msg(d_ <= t_, "%s: off by %g", #a, d_);                                                    \
    } while (0)

static value matmul(value a, value b) { return fn_matmul(&R, 2, (value[]){a, b}); }
static value call1(value (*f)(recorder *, u32, value *), value a) { return f(&R, 1, &a); }
static value call2(value (*f)(recorder *, u32, value *), value a, value b) { return f(&R, 2, (value[]){a, b}); }

/* ---- gradients against differences ---- */

enum { MOST_ARGUMENTS = 3 };

/* A function of some arguments, of these shapes; `shift` times the identity makes matrices regular. */
typedef struct problem {
    const char *name;
    value (*f)(const value *x);
    u32 count;
    shape shapes[MOST_ARGUMENTS];
    double shift[MOST_ARGUMENTS];
    bool once; /* no second derivatives */
} problem;

static value problem_argument(const problem *p, u32 i) {
    value v = random_value(p->shapes[i]);
    view w = view_of(&v);
    if (p->shift[i] != 0)
        for (size_t k = 0, n = w.shape[w.rank - 1]; k < w.size; k++)
            if (k % (n * n) % (n + 1) == 0) v.t->data[k] += p->shift[i];
    return v;
}

/* The sum of u * f(x). */
static double weighted(const problem *p, const value *x, value u) { return total(p->f(x), u); }

/* The sum over arguments of v[i] * gradient[i] of weighted(). */
static value gradient_along(const problem *p, value *x, value u, const value *v, bool record) {
    value y = p->f(x), gradients[MOST_ARGUMENTS], sum = SCALAR(0);
    sweep_gradients(&R, y, u, p->count, x, gradients, NULL, record);
    for (u32 i = 0; i < p->count; i++)
        sum = apply2(&R, OP_ADD, sum, sum_to(&R, apply2(&R, OP_MUL, gradients[i], v[i]), 0, NULL));
    return sum;
}

typedef double (*real_function)(const problem *p, value *x, value u, const value *v);

static double first_order(const problem *p, value *x, value u, const value *v) {
    (void)v;
    return weighted(p, x, u);
}

static double second_order(const problem *p, value *x, value u, const value *v) {
    value leaves[MOST_ARGUMENTS];
    for (u32 i = 0; i < p->count; i++) leaves[i] = record_leaf(&R, passive(x[i]));
    return gradient_along(p, leaves, u, v, false).num;
}

/* d/dx[i][k] by five points. */
static double difference(real_function f, const problem *p, value *x, value u, const value *v, u32 i, size_t k) {
    static const double step[] = {-2, -1, 1, 2}, factor[] = {1, -8, 8, -1};
    const double h = 1.0 / 1024;
    value keep = x[i];
    double sum = 0;
    for (int j = 0; j < 4; j++) {
        view w = view_of(&keep);
        x[i] = numbers((shape){0, {0}}.rank == w.rank ? no_axes : (shape){w.rank, {0}}, w.data);
        if (w.rank) {
            x[i] = fresh_value(&R, w.rank, w.shape);
            memcpy(entries_of(&x[i]), w.data, w.size * sizeof(double));
        }
        entries_of(&x[i])[k] += step[j] * h;
        sum += factor[j] * f(p, x, u, v);
    }
    x[i] = keep;
    return sum / (12 * h);
}

static void compare(const problem *p, const char *what, real_function f, value *x, value u, const value *v,
                    const value *gradients, double tolerance) {
    for (u32 i = 0; i < p->count; i++) {
        view g = view_of(&gradients[i]);
        ck_assert_uint_eq(g.size, view_of(&x[i]).size);
        double scale = fmax(1, largest(gradients[i]));
        for (size_t k = 0; k < g.size; k++) {
            double d = difference(f, p, x, u, v, i, k);
            ck_assert_msg(fabs(d - g.data[k]) <= tolerance * scale, "%s, %s, argument %u, entry %zu: %.12g, not %.12g",
                          p->name, what, i, k, g.data[k], d);
        }
    }
}

/* jvp(v) as the derivative of <vjp(u), v> in u, against <u, jvp(v)> and differences along v. */
static void check_forward(const problem *p, const value *plain, const value *leaves, value y, const value *v) {
    value u = record_leaf(&R, random_value((shape){0, {0}})), moved[2][MOST_ARGUMENTS], gradients[MOST_ARGUMENTS];
    view shape_y = view_of(&y);
    u = fresh_value(&R, shape_y.rank, shape_y.shape);
    for (size_t i = 0; i < shape_y.size; i++) entries_of(&u)[i] = uniform();
    u = record_leaf(&R, u);
    sweep_gradients(&R, y, u, p->count, leaves, gradients, NULL, true);
    value sum = SCALAR(0), jvp;
    for (u32 i = 0; i < p->count; i++)
        sum = apply2(&R, OP_ADD, sum, sum_to(&R, apply2(&R, OP_MUL, gradients[i], v[i]), 0, NULL));
    sweep_gradients(&R, sum, SCALAR(1), 1, &u, &jvp, NULL, true);
    double scale = fmax(1, largest(jvp)) * fmax(1, largest(u)) * (double)(1 + shape_y.size);
    ck_assert_msg(fabs(total(passive(u), jvp) - sum.num) <= 1e-12 * scale, "%s: dot product test", p->name);
    double h = 1e-5;
    for (u32 i = 0; i < p->count; i++)
        for (int side = 0; side < 2; side++)
            moved[side][i] = apply2(&R, OP_ADD, passive(plain[i]), apply2(&R, OP_MUL, SCALAR(side ? h : -h), v[i]));
    value a = p->f(moved[0]), b = p->f(moved[1]);
    value d = apply2(&R, OP_DIV, apply2(&R, OP_SUB, b, a), SCALAR(2 * h));
    ck_assert_msg(distance(passive(jvp), d) <= 1e-6 * fmax(1, largest(jvp)), "%s: jvp", p->name);
}

static void check_problem(const problem *p) {
    start();
    value x[MOST_ARGUMENTS], leaves[MOST_ARGUMENTS], v[MOST_ARGUMENTS], gradients[MOST_ARGUMENTS];
    for (u32 i = 0; i < p->count; i++) {
        x[i] = problem_argument(p, i);
        leaves[i] = record_leaf(&R, x[i]);
        v[i] = random_value(p->shapes[i]);
    }
    value y = p->f(leaves);
    view w = view_of(&y);
    value u = fresh_value(&R, w.rank, w.shape);
    for (size_t i = 0; i < w.size; i++) entries_of(&u)[i] = uniform();
    sweep_gradients(&R, y, u, p->count, leaves, gradients, NULL, false);
    compare(p, "numeric", first_order, x, u, v, gradients, 1e-8);
    sweep_gradients(&R, y, u, p->count, leaves, gradients, NULL, true);
    compare(p, "recording", first_order, x, u, v, gradients, 1e-8);
    if (y.node) check_forward(p, x, leaves, y, v);
    if (!p->once) {
        value along = gradient_along(p, leaves, u, v, true);
        sweep_gradients(&R, along, SCALAR(1), p->count, leaves, gradients, NULL, false);
        compare(p, "second", second_order, x, u, v, gradients, 1e-7);
        sweep_gradients(&R, along, SCALAR(1), p->count, leaves, gradients, NULL, true);
        value third = SCALAR(0);
        for (u32 i = 0; i < p->count; i++)
            third = apply2(&R, OP_ADD, third, sum_to(&R, apply2(&R, OP_MUL, gradients[i], v[i]), 0, NULL));
        sweep_gradients(&R, third, SCALAR(1), p->count, leaves, gradients, NULL, false);
        for (u32 i = 0; i < p->count; i++)
            ck_assert(finite_entries(view_of(&gradients[i]).size, view_of(&gradients[i]).data));
    }
    finish();
}

/* ---- the problems ---- */

static value f_matmul(const value *x) { return call2(fn_matmul, x[0], x[1]); }
static value f_matmul_tt(const value *x) {
    return matrix_product(&R, MUL_A_TRANSPOSED | MUL_B_TRANSPOSED, x[0], x[1]);
}
static value f_solve(const value *x) { return call2(fn_solve, x[0], x[1]); }
static value f_solve_t(const value *x) { return matrix_solve(&R, SOLVE_TRANSPOSED, x[0], x[1]); }
static value f_solve_lower(const value *x) { return matrix_solve(&R, SOLVE_LOWER, x[0], x[1]); }
static value f_solve_lower_t(const value *x) {
    return matrix_solve(&R, SOLVE_LOWER | SOLVE_TRANSPOSED | SOLVE_VECTOR, x[0], x[1]);
}
static value f_inv(const value *x) { return call1(fn_inv, x[0]); }
static value f_det(const value *x) { return call1(fn_det, x[0]); }
static value f_logdet(const value *x) { return call1(fn_logdet, x[0]); }
static value f_cholesky(const value *x) { return call1(fn_cholesky, x[0]); }
static value f_expm(const value *x) { return call1(fn_expm, x[0]); }
static value result(enum op op, u32 count, u32 which, value a) {
    value results[3];
    ck_assert_uint_eq(several_results(&R, op, count, 1, &a, results), count);
    return results[which];
}
static value f_q(const value *x) { return result(OP_QR, 2, 0, x[0]); }
static value f_r(const value *x) { return result(OP_QR, 2, 1, x[0]); }
static value f_w(const value *x) { return call1(fn_eigh, x[0]); }
static value f_v(const value *x) { return result(OP_EIGH, 2, 1, x[0]); }
static value f_u(const value *x) { return result(OP_SVD, 3, 0, x[0]); }
static value f_s(const value *x) { return call1(fn_svd, x[0]); }
static value f_vt(const value *x) { return result(OP_SVD, 3, 2, x[0]); }
static value f_diagonal(const value *x) { return diagonal_matrix(&R, x[0]); }

static const char *subscripts;
static u32 operand_count;
static value f_einsum(const value *x) {
    value arguments[1 + MOST_ARGUMENTS] = {text_value(subscripts)};
    memcpy(arguments + 1, x, operand_count * sizeof *x);
    return fn_einsum(&R, 1 + operand_count, arguments);
}

static value stride_value, padding_value;
static value f_conv1d(const value *x) {
    return fn_conv1d(&R, 4, (value[]){x[0], x[1], stride_value, padding_value});
}
static value f_conv2d(const value *x) {
    return fn_conv2d(&R, 4, (value[]){x[0], x[1], stride_value, padding_value});
}

#define ONE(f, s, shift)                                                                                     \
    { #f, f, 1, {s}, {shift}, false }
#define ONCE(f, s, shift)                                                                                    \
    { #f, f, 1, {s}, {shift}, true }
#define TWO(f, s, t, shift)                                                                                  \
    { #f, f, 2, {s, t}, {shift, 0}, false }

static void check_all(size_t count, const problem *problems) {
    for (size_t i = 0; i < count; i++) check_problem(&problems[i]);
}
#define CHECK_ALL(...)                                                                                       \
    do {                                                                                                     \
        const problem list_[] = {__VA_ARGS__};                                                               \
        check_all(COUNT_OF(list_), list_);                                                                   \
    } while (0)

START_TEST(gradients_matmul) {
    CHECK_ALL(TWO(f_matmul, SHAPE(3), SHAPE(3), 0), TWO(f_matmul, SHAPE(2, 3), SHAPE(3), 0),
              TWO(f_matmul, SHAPE(3), SHAPE(3, 2), 0), TWO(f_matmul, SHAPE(2, 3), SHAPE(3, 4), 0),
              TWO(f_matmul, SHAPE(2, 2, 3), SHAPE(3), 0), TWO(f_matmul, SHAPE(3), SHAPE(2, 3, 2), 0),
              TWO(f_matmul, SHAPE(2, 2, 3), SHAPE(3, 2), 0), TWO(f_matmul, SHAPE(2, 3), SHAPE(2, 3, 2), 0),
              TWO(f_matmul, SHAPE(2, 1, 2, 3), SHAPE(3, 3, 1), 0), TWO(f_matmul, SHAPE(1, 1), SHAPE(1, 1), 0),
              TWO(f_matmul, SHAPE(0, 3), SHAPE(3, 2), 0), TWO(f_matmul, SHAPE(2, 0), SHAPE(0, 3), 0),
              TWO(f_matmul, SHAPE(0), SHAPE(0), 0), TWO(f_matmul, SHAPE(0, 2, 3), SHAPE(3, 2), 0),
              TWO(f_matmul_tt, SHAPE(3, 2), SHAPE(4, 3), 0), TWO(f_matmul_tt, SHAPE(2, 3, 2), SHAPE(4, 3), 0),
              TWO(f_matmul_tt, SHAPE(3, 1), SHAPE(1, 3), 0));
}
END_TEST

START_TEST(gradients_solve) {
    CHECK_ALL(TWO(f_solve, SHAPE(3, 3), SHAPE(3), 3), TWO(f_solve, SHAPE(3, 3), SHAPE(3, 2), 3),
              TWO(f_solve, SHAPE(2, 3, 3), SHAPE(3), 3), TWO(f_solve, SHAPE(2, 2), SHAPE(3, 2, 1), 3),
              TWO(f_solve, SHAPE(2, 1, 2, 2), SHAPE(2, 2, 1), 3), TWO(f_solve, SHAPE(1, 1), SHAPE(1), 3),
              TWO(f_solve, SHAPE(0, 0), SHAPE(0), 0), TWO(f_solve, SHAPE(0, 0), SHAPE(0, 2), 0),
              TWO(f_solve, SHAPE(2, 2), SHAPE(2, 0), 3), TWO(f_solve_t, SHAPE(3, 3), SHAPE(2, 3, 2), 3),
              TWO(f_solve_lower, SHAPE(3, 3), SHAPE(3, 2), 3), TWO(f_solve_lower_t, SHAPE(3, 3), SHAPE(3), 3),
              ONE(f_inv, SHAPE(3, 3), 3), ONE(f_inv, SHAPE(2, 2, 2), 3), ONE(f_inv, SHAPE(1, 1), 3),
              ONE(f_inv, SHAPE(0, 0), 0));
}
END_TEST

START_TEST(gradients_det) {
    CHECK_ALL(ONE(f_det, SHAPE(1, 1), 0), ONE(f_det, SHAPE(2, 2), 0), ONE(f_det, SHAPE(3, 3), 0),
              ONE(f_det, SHAPE(4, 4), 0), ONE(f_det, SHAPE(5, 5), 0), ONE(f_det, SHAPE(2, 4, 4), 0),
              ONE(f_det, SHAPE(0, 0), 0), ONE(f_det, SHAPE(2, 3, 2, 2), 0), ONE(f_logdet, SHAPE(3, 3), -3),
              ONE(f_logdet, SHAPE(2, 4, 4), 3), ONE(f_logdet, SHAPE(1, 1), 3), ONE(f_logdet, SHAPE(0, 0), 3));
}
END_TEST

START_TEST(gradients_factorisations) {
    CHECK_ALL(ONE(f_cholesky, SHAPE(3, 3), 3), ONE(f_cholesky, SHAPE(2, 2, 2), 3), ONE(f_cholesky, SHAPE(1, 1), 3),
              ONE(f_cholesky, SHAPE(0, 0), 3), ONE(f_q, SHAPE(3, 3), 2), ONE(f_r, SHAPE(3, 3), 2),
              ONE(f_q, SHAPE(4, 2), 0), ONE(f_r, SHAPE(4, 2), 0), ONE(f_q, SHAPE(2, 4), 0),
              ONE(f_r, SHAPE(2, 4), 0), ONE(f_q, SHAPE(2, 3, 2), 0), ONE(f_r, SHAPE(2, 2, 3), 0),
              ONE(f_w, SHAPE(3, 3), 0), ONE(f_v, SHAPE(3, 3), 0), ONE(f_w, SHAPE(2, 2, 2), 0),
              ONE(f_v, SHAPE(2, 2, 2), 0), ONE(f_s, SHAPE(3, 3), 0), ONE(f_u, SHAPE(3, 3), 0),
              ONE(f_vt, SHAPE(3, 3), 0), ONE(f_s, SHAPE(4, 2), 0), ONE(f_u, SHAPE(4, 2), 0),
              ONE(f_vt, SHAPE(4, 2), 0), ONE(f_s, SHAPE(2, 4), 0), ONE(f_u, SHAPE(2, 4), 0),
              ONE(f_vt, SHAPE(2, 4), 0), ONE(f_s, SHAPE(2, 3, 2), 0), ONE(f_u, SHAPE(2, 3, 2), 0),
              ONE(f_diagonal, SHAPE(3), 0), ONE(f_diagonal, SHAPE(2, 2), 0));
}
END_TEST

START_TEST(gradients_expm) {
    CHECK_ALL(ONE(f_expm, SHAPE(1, 1), 0), ONE(f_expm, SHAPE(2, 2), 0), ONE(f_expm, SHAPE(3, 3), 0),
              ONE(f_expm, SHAPE(2, 2, 2), 0), ONE(f_expm, SHAPE(0, 0), 0));
}
END_TEST

static const struct {
    const char *subscripts;
    u32 count;
    shape shapes[MOST_ARGUMENTS];
} einsums[] = {
    {"ij,jk->ik", 2, {SHAPE(2, 3), SHAPE(3, 4)}},
    {"ij,jk", 2, {SHAPE(2, 3), SHAPE(3, 4)}},
    {"ij,kj->ki", 2, {SHAPE(2, 3), SHAPE(4, 3)}},
    {"ji,jk->ki", 2, {SHAPE(3, 2), SHAPE(3, 4)}},
    {"i,i->", 2, {SHAPE(4), SHAPE(4)}},
    {"i,j->ij", 2, {SHAPE(2), SHAPE(3)}},
    {"ii->i", 1, {SHAPE(3, 3)}},
    {"ii", 1, {SHAPE(3, 3)}},
    {"ij->ji", 1, {SHAPE(2, 3)}},
    {"ij->", 1, {SHAPE(2, 3)}},
    {"ij->j", 1, {SHAPE(2, 3)}},
    {"bij,bjk->bik", 2, {SHAPE(2, 2, 3), SHAPE(2, 3, 2)}},
    {"ij,j->ij", 2, {SHAPE(2, 3), SHAPE(3)}},
    {"ij,jk,kl->il", 3, {SHAPE(2, 3), SHAPE(3, 2), SHAPE(2, 2)}},
    {"i,ij,j->", 3, {SHAPE(2), SHAPE(2, 3), SHAPE(3)}},
    {"ij,ij,ij->j", 3, {SHAPE(2, 3), SHAPE(2, 3), SHAPE(2, 3)}},
    {"...ij,...jk->...ik", 2, {SHAPE(2, 2, 3), SHAPE(3, 2)}},
    {"...i->...", 1, {SHAPE(2, 2, 3)}},
    {"iij,jk->ki", 2, {SHAPE(2, 2, 3), SHAPE(3, 2)}},
    {"ij,jk->ik", 2, {SHAPE(2, 1), SHAPE(3, 2)}},
    {"ab,cd->", 2, {SHAPE(2, 2), SHAPE(2, 2)}},
    {"ij,jk->ik", 2, {SHAPE(2, 0), SHAPE(0, 2)}},
    {"ij , j", 2, {SHAPE(0, 2), SHAPE(2)}},
    {",i->i", 2, {{0, {0}}, SHAPE(3)}},
    {"abcd,dbe->aec", 2, {SHAPE(2, 2, 2, 2), SHAPE(2, 2, 2)}},
};

START_TEST(gradients_einsum) {
    for (size_t i = 0; i < COUNT_OF(einsums); i++) {
        problem p = {einsums[i].subscripts, f_einsum, einsums[i].count, {{0, {0}}}, {0}, false};
        memcpy(p.shapes, einsums[i].shapes, sizeof p.shapes);
        subscripts = einsums[i].subscripts;
        operand_count = einsums[i].count;
        check_problem(&p);
    }
}
END_TEST

START_TEST(gradients_conv) {
    for (int stride = 1; stride <= 3; stride++)
        for (int padding = 0; padding <= 2; padding++) {
            stride_value = SCALAR(stride), padding_value = SCALAR(padding);
            CHECK_ALL(TWO(f_conv1d, SHAPE(7), SHAPE(3), 0), TWO(f_conv1d, SHAPE(2, 5), SHAPE(3, 2, 2), 0),
                      TWO(f_conv1d, SHAPE(2, 2, 4), SHAPE(2, 2, 3), 0), TWO(f_conv2d, SHAPE(4, 5), SHAPE(2, 3), 0),
                      TWO(f_conv2d, SHAPE(2, 4, 3), SHAPE(2, 2, 2, 2), 0),
                      TWO(f_conv2d, SHAPE(2, 1, 3, 3), SHAPE(1, 1, 2, 3), 0), TWO(f_conv1d, SHAPE(1), SHAPE(1), 0),
                      TWO(f_conv1d, SHAPE(0), SHAPE(1), 0));
        }
}
END_TEST

/* ---- values ---- */

START_TEST(values_matmul) {
    start();
    value a = TENSOR(SHAPE(2, 2), 1, 2, 3, 4), b = TENSOR(SHAPE(2, 2), 5, 6, 7, 8), v = TENSOR(SHAPE(2), 1, 10);
    ASSERT_NEAR(matmul(a, b), TENSOR(SHAPE(2, 2), 19, 22, 43, 50), 0);
    ASSERT_NEAR(matmul(a, v), TENSOR(SHAPE(2), 21, 43), 0);
    ASSERT_NEAR(matmul(v, a), TENSOR(SHAPE(2), 31, 42), 0);
    ASSERT_NEAR(matmul(v, v), SCALAR(101), 0);
    ASSERT_NEAR(matmul(random_value(SHAPE(2, 0)), random_value(SHAPE(0, 1))), TENSOR(SHAPE(2, 1), 0, 0), 0);
    finish();
}
END_TEST

START_TEST(values_det) {
    start();
    value a = TENSOR(SHAPE(2, 2), 1, 2, 3, 4);
    ASSERT_NEAR(call1(fn_det, a), SCALAR(-2), 0);
    ASSERT_NEAR(call1(fn_det, TENSOR(SHAPE(3, 3), 2, 0, 0, 0, 3, 0, 0, 0, 4)), SCALAR(24), 0);
    ASSERT_NEAR(call1(fn_det, TENSOR(SHAPE(3, 3), 1e-300, 0, 0, 0, 1e200, 0, 0, 0, 1e200)), SCALAR(1e100), 1e-15);
    ASSERT_NEAR(call1(fn_det, TENSOR(SHAPE(4, 4), 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0)), SCALAR(1), 0);
    ASSERT_NEAR(call1(fn_logdet, a), SCALAR(log(2)), 1e-16);
    ck_assert(call1(fn_logdet, TENSOR(SHAPE(2, 2), 1, 2, 2, 4)).num == -INFINITY);
    ASSERT_NEAR(call1(fn_inv, TENSOR(SHAPE(2, 2), 1, 2, 3, 4)), TENSOR(SHAPE(2, 2), -2, 1, 1.5, -0.5), 4e-16);
    value none = call1(fn_inv, TENSOR(SHAPE(2, 2), 1, 2, 2, 4));
    for (int i = 0; i < 4; i++) ck_assert(isnan(none.t->data[i]));
    finish();
}
END_TEST

/* Cofactors of random matrices of any rank against those by minors. */
static double minor_of(size_t n, const double *a, size_t row, size_t column) {
    value m = fresh_value(&R, 2, (size_t[]){n - 1, n - 1});
    for (size_t i = 0, k = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != row && j != column) m.t->data[k++] = a[i * n + j];
    return (row + column) % 2 ? -call1(fn_det, m).num : call1(fn_det, m).num;
}

START_TEST(values_cofactors) {
    start();
    for (size_t n = 2; n <= 6; n++)
        for (size_t rank = 0; rank <= n; rank++) {
            value a = rank == 0 ? filled_value(&R, 2, (size_t[]){n, n}, 0)
                                : matmul(random_value(SHAPE(n, rank)), random_value(SHAPE(rank, n)));
            value c = call1(fn_cofactors, a);
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++)
                    ck_assert_double_eq_tol(c.t->data[i * n + j], minor_of(n, a.t->data, i, j), 1e-13);
        }
    finish();
}
END_TEST

/* det of a 4 x 4 matrix of rank 2 has gradient 0 and a second derivative that is not. */
START_TEST(second_derivative_of_singular_det) {
    start();
    for (size_t rank = 1; rank <= 4; rank++) {
        value a = matmul(random_value(SHAPE(4, rank)), random_value(SHAPE(rank, 4))), x = random_value(SHAPE(4, 4));
        value tangent = call2(fn_cofactors_tangent, a, x);
        double h = 1.0 / 1024;
        value step = apply2(&R, OP_MUL, SCALAR(h), x);
        value d = apply2(&R, OP_SUB, call1(fn_cofactors, apply2(&R, OP_ADD, a, step)),
                         call1(fn_cofactors, apply2(&R, OP_SUB, a, step)));
        value step2 = apply2(&R, OP_MUL, SCALAR(2 * h), x);
        value d2 = apply2(&R, OP_SUB, call1(fn_cofactors, apply2(&R, OP_ADD, a, step2)),
                          call1(fn_cofactors, apply2(&R, OP_SUB, a, step2)));
        value slope = apply2(&R, OP_DIV, apply2(&R, OP_SUB, apply2(&R, OP_MUL, SCALAR(8), d), d2), SCALAR(12 * h));
        ASSERT_NEAR(tangent, slope, 1e-10);
    }
    finish();
}
END_TEST

static value transposed(value a) { return matrix_transpose(&R, a); }

static value identity(size_t n) { return pattern(&R, n, n, 0, 1, 0); }

static void check_factorisations(size_t m, size_t n) {
    size_t k = m < n ? m : n;
    value a = random_value(SHAPE(m, n)), q[2], w[2], s[3];
    double tolerance = 1e-15 * (double)(m + n + 20);
    several_results(&R, OP_QR, 2, 1, &a, q);
    ASSERT_NEAR(matmul(q[0], q[1]), a, tolerance);
    ASSERT_NEAR(matmul(transposed(q[0]), q[0]), identity(k), tolerance);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < i; j++) ck_assert(q[1].t->data[i * n + j] == 0);
    several_results(&R, OP_SVD, 3, 1, &a, s);
    ASSERT_NEAR(matmul(matmul(s[0], diagonal_matrix(&R, s[1])), s[2]), a, tolerance);
    ASSERT_NEAR(matmul(transposed(s[0]), s[0]), identity(k), tolerance);
    ASSERT_NEAR(matmul(s[2], transposed(s[2])), identity(k), tolerance);
    for (size_t i = 1; i < k; i++) ck_assert(s[1].t->data[i] <= s[1].t->data[i - 1]);
    ASSERT_NEAR(call1(fn_svd, a), s[1], tolerance);
    if (m != n) return;
    several_results(&R, OP_EIGH, 2, 1, &a, w);
    value symmetric = symmetric_part(&R, a);
    ASSERT_NEAR(matmul(matmul(w[1], diagonal_matrix(&R, w[0])), transposed(w[1])), symmetric, tolerance);
    ASSERT_NEAR(matmul(transposed(w[1]), w[1]), identity(n), tolerance);
    ASSERT_NEAR(call1(fn_eigh, a), w[0], tolerance);
    value positive = apply2(&R, OP_ADD, matmul(a, transposed(a)), identity(n)), l = call1(fn_cholesky, positive);
    ASSERT_NEAR(matmul(l, transposed(l)), positive, tolerance);
    value shifted = apply2(&R, OP_ADD, a, apply2(&R, OP_MUL, SCALAR((double)n), identity(n)));
    ASSERT_NEAR(matmul(call1(fn_inv, shifted), shifted), identity(n), tolerance);
    value x = random_value(SHAPE(n, 3)), y = random_value(SHAPE(n));
    ASSERT_NEAR(call2(fn_solve, shifted, matmul(shifted, x)), x, tolerance);
    ASSERT_NEAR(call2(fn_solve, shifted, matmul(shifted, y)), y, tolerance);
    ASSERT_NEAR(matrix_solve(&R, SOLVE_TRANSPOSED, shifted, matmul(transposed(shifted), x)), x, tolerance);
    ASSERT_NEAR(matrix_solve(&R, SOLVE_LOWER, l, matmul(l, x)), x, tolerance);
    ASSERT_NEAR(matrix_solve(&R, SOLVE_LOWER | SOLVE_TRANSPOSED, l, matmul(transposed(l), x)), x, tolerance);
}

/* Sizes on both sides of where LAPACK takes over, with and without it. */
START_TEST(factorisations) {
    static const size_t sizes[][2] = {{1, 1}, {2, 2}, {3, 5}, {5, 3}, {8, 8}, {20, 20}, {30, 12}, {60, 60}, {60, 90}, {90, 60}};
    for (int library = 0; library < 2; library++) {
        blas_enable(library);
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            start();
            check_factorisations(sizes[i][0], sizes[i][1]);
            finish();
        }
    }
}
END_TEST

/* The plain code and the library agree, signs included. */
START_TEST(library_agrees) {
    start();
    size_t n = 70;
    value a = random_value(SHAPE(n, n)), b = random_value(SHAPE(n, n)), v = random_value(SHAPE(n)), plain[12], both[12];
    for (int library = 0; library < 2; library++) {
        value *out = library ? both : plain;
        blas_enable(library);
        several_results(&R, OP_QR, 2, 1, &a, out);
        several_results(&R, OP_EIGH, 2, 1, &a, out + 2);
        several_results(&R, OP_SVD, 3, 1, &a, out + 4);
        out[7] = matmul(a, b);
        out[8] = matmul(a, v);
        out[9] = matrix_product(&R, MUL_A_TRANSPOSED | MUL_B_TRANSPOSED, a, b);
        out[10] = call1(fn_logdet, a);
        out[11] = call1(fn_cofactors, matmul(a, apply2(&R, OP_DIV, b, SCALAR(4))));
    }
    for (int i = 0; i < 12; i++) {
        double d = distance(both[i], plain[i]);
        ck_assert_msg(d <= 1e-11 * fmax(1, largest(plain[i])), "result %d: %g", i, d);
    }
    finish();
}
END_TEST

START_TEST(rank_deficient) {
    start();
    value a = matmul(random_value(SHAPE(5, 2)), random_value(SHAPE(2, 5))), s[3];
    several_results(&R, OP_SVD, 3, 1, &a, s);
    ASSERT_NEAR(matmul(transposed(s[0]), s[0]), identity(5), 1e-14);
    ASSERT_NEAR(matmul(s[2], transposed(s[2])), identity(5), 1e-14);
    ASSERT_NEAR(matmul(matmul(s[0], diagonal_matrix(&R, s[1])), s[2]), a, 1e-14);
    value zero = filled_value(&R, 2, (size_t[]){4, 3}, 0);
    several_results(&R, OP_SVD, 3, 1, &zero, s);
    ASSERT_NEAR(matmul(transposed(s[0]), s[0]), identity(3), 1e-15);
    ASSERT_NEAR(s[1], TENSOR(SHAPE(3), 0, 0, 0), 0);
    value big = TENSOR(SHAPE(2, 2), 3e300, 0, 0, 4e300);
    ASSERT_NEAR(call1(fn_svd, big), TENSOR(SHAPE(2), 4e300, 3e300), 1e-15);
    ASSERT_NEAR(call1(fn_eigh, big), TENSOR(SHAPE(2), 3e300, 4e300), 1e-15);
    finish();
}
END_TEST

START_TEST(repeated_eigenvalues) {
    start();
    value a = record_leaf(&R, TENSOR(SHAPE(2, 2), 2, 0, 0, 2)), w = call1(fn_eigh, a), g, v[2];
    sweep_gradients(&R, w, TENSOR(SHAPE(2), 1, 1), 1, &a, &g, NULL, false);
    ASSERT_NEAR(g, TENSOR(SHAPE(2, 2), 1, 0, 0, 1), 0);
    several_results(&R, OP_EIGH, 2, 1, &a, v);
    sweep_gradients(&R, v[1], random_value(SHAPE(2, 2)), 1, &a, &g, NULL, true);
    ASSERT_NEAR(passive(g), TENSOR(SHAPE(2, 2), 0, 0, 0, 0), 0);
    finish();
}
END_TEST

START_TEST(values_expm) {
    start();
    ASSERT_NEAR(call1(fn_expm, TENSOR(SHAPE(2, 2), 0, 0, 0, 0)), identity(2), 0);
    ASSERT_NEAR(call1(fn_expm, TENSOR(SHAPE(2, 2), 0, 1, 0, 0)), TENSOR(SHAPE(2, 2), 1, 1, 0, 1), 1e-16);
    double x = 7;
    ASSERT_NEAR(call1(fn_expm, TENSOR(SHAPE(2, 2), 0, -x, x, 0)), TENSOR(SHAPE(2, 2), cos(x), -sin(x), sin(x), cos(x)),
                1e-14);
    value a = random_value(SHAPE(5, 5)), b = apply1(&R, OP_NEG, a);
    ASSERT_NEAR(matmul(call1(fn_expm, a), call1(fn_expm, b)), identity(5), 1e-14);
    finish();
}
END_TEST

/* Every einsum of the table against a loop over all labels. */
static double by_hand(const char *text, const value *operands, const size_t *index) {
    double product = 1;
    for (u32 k = 0; *text && *text != '-'; k++) {
        view v = view_of(&operands[k]);
        size_t at = 0, axis = 0;
        for (; *text && *text != ',' && *text != '-'; text++)
            if (*text != ' ') at = at * v.shape[axis] + index[(int)*text] % v.shape[axis], axis++;
        if (*text == ',') text++;
        product *= v.data[at];
    }
    return product;
}

START_TEST(values_einsum) {
    start();
    for (size_t i = 0; i < COUNT_OF(einsums); i++) {
        const char *text = einsums[i].subscripts, *arrow = strstr(text, "->");
        if (strchr(text, '.') || !arrow) continue;
        value x[MOST_ARGUMENTS];
        for (u32 k = 0; k < einsums[i].count; k++) x[k] = random_value(einsums[i].shapes[k]);
        subscripts = text, operand_count = einsums[i].count;
        value y = f_einsum(x), expected = apply2(&R, OP_MUL, y, SCALAR(0));
        size_t length[128] = {0}, index[128] = {0};
        char labels[32] = "";
        for (u32 k = 0, at = 0; k < einsums[i].count; k++, at++)
            for (u32 axis = 0; text[at] && text[at] != ',' && text[at] != '-'; at++) {
                if (!strchr(labels, text[at])) labels[strlen(labels) + 1] = 0, labels[strlen(labels)] = text[at];
                size_t l = einsums[i].shapes[k].of[axis++], *have = &length[(int)text[at]];
                *have = *have > 1 || (*have == 1 && l == 0) ? *have : l;
            }
        double cells = 1;
        for (char *c = labels; *c; c++) cells *= (double)length[(int)*c];
        for (size_t cell = 0; cell < (size_t)cells; cell++) {
            size_t rest = cell, at = 0;
            for (char *c = labels; *c; c++) index[(int)*c] = rest % length[(int)*c], rest /= length[(int)*c];
            for (const char *c = arrow + 2; *c; c++) at = at * length[(int)*c] + index[(int)*c];
            entries_of(&expected)[at] += by_hand(text, x, index);
        }
        ASSERT_NEAR(y, expected, 1e-14);
    }
    subscripts = "bhid,bhjd->bhij", operand_count = 2;
    value q = random_value(SHAPE(2, 3, 10, 8)), k = random_value(SHAPE(2, 3, 12, 8));
    value s = f_einsum((value[]){q, k});
    ASSERT_NEAR(s, matrix_product(&R, MUL_B_TRANSPOSED, q, k), 1e-15);
    finish();
}
END_TEST

START_TEST(values_conv) {
    start();
    value x = TENSOR(SHAPE(5), 1, 2, 3, 4, 5), k = TENSOR(SHAPE(3), 1, 0, -2);
    stride_value = UNBOUND, padding_value = UNBOUND;
    ASSERT_NEAR(f_conv1d((value[]){x, k}), TENSOR(SHAPE(3), -5, -6, -7), 0);
    stride_value = SCALAR(2), padding_value = SCALAR(1);
    ASSERT_NEAR(f_conv1d((value[]){x, k}), TENSOR(SHAPE(3), -4, -6, 4), 0);
    stride_value = UNBOUND, padding_value = TENSOR(SHAPE(2), 0, 1);
    value image = TENSOR(SHAPE(2, 3), 1, 2, 3, 4, 5, 6), box = TENSOR(SHAPE(2, 2), 1, 1, 1, 1);
    ASSERT_NEAR(f_conv2d((value[]){image, box}), TENSOR(SHAPE(1, 4), 5, 12, 16, 9), 0);
    finish();
}
END_TEST

/* ---- errors ---- */

static void fails(void *data) {
    value a;
    switch (*(int *)data) {
    case 0: matmul(random_value(SHAPE(2, 3)), random_value(SHAPE(2, 3))); break;
    case 1: matmul(SCALAR(2), random_value(SHAPE(2, 3))); break;
    case 2: call1(fn_inv, random_value(SHAPE(2, 3))); break;
    case 3: call1(fn_det, SCALAR(5)); break;
    case 4: call2(fn_solve, random_value(SHAPE(2, 2)), random_value(SHAPE(3))); break;
    case 5:
        subscripts = "ij,jk->iz", operand_count = 2;
        f_einsum((value[]){random_value(SHAPE(2, 3)), random_value(SHAPE(3, 2))});
        break;
    case 6:
        subscripts = "ij,jk", operand_count = 2;
        f_einsum((value[]){random_value(SHAPE(2, 3)), random_value(SHAPE(2, 2))});
        break;
    case 7:
        subscripts = "ij", operand_count = 2;
        f_einsum((value[]){random_value(SHAPE(2, 3)), random_value(SHAPE(2, 2))});
        break;
    case 8:
        subscripts = "ijk+", operand_count = 1;
        f_einsum((value[]){random_value(SHAPE(2, 3, 1))});
        break;
    case 9:
        stride_value = SCALAR(0), padding_value = UNBOUND;
        f_conv1d((value[]){random_value(SHAPE(3)), random_value(SHAPE(2))});
        break;
    case 10:
        stride_value = UNBOUND, padding_value = UNBOUND;
        f_conv1d((value[]){random_value(SHAPE(3)), random_value(SHAPE(5))});
        break;
    case 11:
        a = random_value(SHAPE(2, 2));
        several_results(&R, OP_QR, 3, 1, &a, (value[3]){{{0}, 0, 0}});
        break;
    case 12: matmul(filled_value(&R, 2, (size_t[]){100000000, 1}, 1), filled_value(&R, 2, (size_t[]){1, 100000000}, 1)); break;
    default: call1(fn_svd, random_value(SHAPE(2))); break;
    }
}

static const char *const messages[] = {
    "shapes [2, 3] and [2, 3] do not fit for '@'",
    "'@' needs vectors or matrices, not [] and [2, 3]",
    "'inv' needs a square matrix, or a stack of them, not shape [2, 3]",
    "'det' needs a square matrix, or a stack of them, not shape []",
    "shapes [2, 2] and [3] do not fit for 'solve'",
    "'einsum': no operand has the label 'z' of the result",
    "'einsum': the label 'j' has the lengths 3 and 2",
    "'einsum': the subscripts are for 1 operands, but there are 2",
    "'einsum': the subscripts have a character that does not belong there",
    "the stride of 'conv1d' is at least 1",
    "a kernel of length 5 does not fit into an input of length 3",
    "'qr' has 2 results, not 3",
    "a tensor of shape [100000000, 100000000] is too large",
    "'svd' needs a matrix, or a stack of them, not shape [2]",
};

START_TEST(error_messages) {
    for (int i = 0; i < (int)COUNT_OF(messages); i++) {
        start();
        ck_assert_int_eq(fault_of(fails, &i), FAULT_ERROR);
        ck_assert_uint_eq(errors.count, 1);
        ck_assert_str_eq(errors.items[0].message, messages[i]);
        finish();
    }
}
END_TEST

static void linalg_tests(TCase *t) {
    tcase_add_test(t, values_matmul);
    tcase_add_test(t, values_det);
    tcase_add_test(t, values_cofactors);
    tcase_add_test(t, second_derivative_of_singular_det);
    tcase_add_test(t, factorisations);
    tcase_add_test(t, library_agrees);
    tcase_add_test(t, rank_deficient);
    tcase_add_test(t, repeated_eigenvalues);
    tcase_add_test(t, values_expm);
    tcase_add_test(t, values_einsum);
    tcase_add_test(t, values_conv);
    tcase_add_test(t, error_messages);
    tcase_add_test(t, gradients_matmul);
    tcase_add_test(t, gradients_solve);
    tcase_add_test(t, gradients_det);
    tcase_add_test(t, gradients_factorisations);
    tcase_add_test(t, gradients_expm);
    tcase_add_test(t, gradients_einsum);
    tcase_add_test(t, gradients_conv);
}

UNIT_MAIN("linalg", linalg_tests)
