/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_tensor_linalg_gradients.c - every adjoint of linear algebra against differences, and the adjoints of
 * adjoints. */
#include "tests/unit/linalg_values.h"

/* ---- gradients against differences ---- */

/* A function of some arguments, of these shapes; `shift` times 1, 2, 3 on the diagonal makes matrices regular
 * and their eigenvalues distinct. */
typedef struct problem {
    const char *name;
    value (*f)(const value *x);
    u32 count;
    shape shapes[MOST_ARGUMENTS];
    double shift[MOST_ARGUMENTS];
} problem;

static value problem_argument(const problem *p, u32 i) {
    value v = random_value(p->shapes[i]);
    view w = view_of(&v);
    if (p->shift[i] != 0)
        for (size_t k = 0, n = w.shape[w.rank - 1]; k < w.size; k++)
            if (k % (n * n) % (n + 1) == 0) v.t->data[k] += p->shift[i] * (double)(1 + k % n);
    return v;
}

/* The sum of u * f(x). */
static double weighted(const problem *p, const value *x, value u) { return total(p->f(x), u); }

/* The sum over arguments of all entries of a[i] * v[i], recorded. */
static value products(const problem *p, const value *a, const value *v) {
    value sum = SCALAR(0);
    for (u32 i = 0; i < p->count; i++)
        sum = apply2(&R, OP_ADD, sum, sum_to(&R, apply2(&R, OP_MUL, a[i], v[i]), 0, NULL));
    return sum;
}

/* The gradient of weighted(), times v. */
static value gradient_along(const problem *p, value *x, value u, const value *v, bool record) {
    value y = p->f(x), gradients[MOST_ARGUMENTS];
    sweep_gradients(&R, y, u, p->count, x, gradients, NULL, record);
    return products(p, gradients, v);
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

static double third_order(const problem *p, value *x, value u, const value *v) {
    value leaves[MOST_ARGUMENTS], gradients[MOST_ARGUMENTS];
    for (u32 i = 0; i < p->count; i++) leaves[i] = record_leaf(&R, passive(x[i]));
    value first = gradient_along(p, leaves, u, v, true);
    sweep_gradients(&R, first, SCALAR(1), p->count, leaves, gradients, NULL, false);
    return products(p, gradients, v).num;
}

/* d/dx[i][k] by five points. */
static double difference(real_function f, const problem *p, value *x, value u, const value *v, u32 i,
                         size_t k) {
    static const double step[] = {-2, -1, 1, 2}, factor[] = {1, -8, 8, -1};
    const double h = 1.0 / 1024;
    value keep = x[i];
    double sum = 0;
    for (int j = 0; j < 4; j++) {
        view w = view_of(&keep);
        x[i] = fresh_value(&R, w.rank, w.shape);
        memcpy(entries_of(&x[i]), w.data, w.size * sizeof(double));
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
            if (!(fabs(d - g.data[k]) <=
                  tolerance * scale)) /* a passed assertion would cost more than the rest */
                ck_abort_msg("%s, %s, argument %u, entry %zu: %.12g, not %.12g", p->name, what, i, k,
                             g.data[k], d);
        }
    }
}

/* jvp(v) as the derivative of <vjp(u), v> in u, against <u, jvp(v)> and differences along v. */
static void check_forward(const problem *p, const value *plain, const value *leaves, value y,
                          const value *v) {
    value u = record_leaf(&R, random_like(y)), moved[2][MOST_ARGUMENTS], gradients[MOST_ARGUMENTS];
    sweep_gradients(&R, y, u, p->count, leaves, gradients, NULL, true);
    value sum = products(p, gradients, v), jvp;
    sweep_gradients(&R, sum, SCALAR(1), 1, &u, &jvp, NULL, true);
    double scale = fmax(1, largest(jvp)) * fmax(1, largest(u)) * (double)(1 + view_of(&y).size);
    ck_assert_msg(fabs(total(passive(u), jvp) - sum.num) <= 1e-12 * scale, "%s: dot product test", p->name);
    double h = 1e-5;
    for (u32 i = 0; i < p->count; i++)
        for (int side = 0; side < 2; side++)
            moved[side][i] =
                apply2(&R, OP_ADD, passive(plain[i]), apply2(&R, OP_MUL, SCALAR(side ? h : -h), v[i]));
    value a = p->f(moved[0]), b = p->f(moved[1]);
    value d = apply2(&R, OP_DIV, apply2(&R, OP_SUB, b, a), SCALAR(2 * h));
    ck_assert_msg(distance(passive(jvp), d) <= 1e-6 * fmax(1, largest(jvp)), "%s: jvp", p->name);
}

/* The gradient of the gradient along v, and that of its product with v again. */
static void check_higher(const problem *p, value *x, const value *leaves, value u, const value *v) {
    value gradients[MOST_ARGUMENTS], copies[MOST_ARGUMENTS];
    memcpy(copies, leaves, sizeof copies);
    value first = gradient_along(p, copies, u, v, true);
    sweep_gradients(&R, first, SCALAR(1), p->count, leaves, gradients, NULL, false);
    compare(p, "second", second_order, x, u, v, gradients, 1e-7);
    sweep_gradients(&R, first, SCALAR(1), p->count, leaves, gradients, NULL, true);
    value second = products(p, gradients, v);
    sweep_gradients(&R, second, SCALAR(1), p->count, leaves, gradients, NULL, false);
    compare(p, "third", third_order, x, u, v, gradients, 1e-6);
}

static void check_problem(const problem *p) {
    start();
    value x[MOST_ARGUMENTS], leaves[MOST_ARGUMENTS] = {{.num = 0}}, v[MOST_ARGUMENTS],
                             gradients[MOST_ARGUMENTS];
    for (u32 i = 0; i < p->count; i++) {
        x[i] = problem_argument(p, i);
        leaves[i] = record_leaf(&R, x[i]);
        v[i] = random_value(p->shapes[i]);
    }
    value y = p->f(leaves), u = random_like(y);
    sweep_gradients(&R, y, u, p->count, leaves, gradients, NULL, false);
    compare(p, "numeric", first_order, x, u, v, gradients, 1e-8);
    sweep_gradients(&R, y, u, p->count, leaves, gradients, NULL, true);
    compare(p, "recording", first_order, x, u, v, gradients, 1e-8);
    check_forward(p, x, leaves, y, v);
    check_higher(p, x, leaves, u, v);
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

#define ONE(f, s, shift)                                                                                     \
    {                                                                                                        \
#f, f, 1, {s }, { shift }                                                                            \
    }
#define TWO(f, s, t, shift)                                                                                  \
    {                                                                                                        \
#f, f, 2, {s, t }, { shift, 0 }                                                                      \
    }

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
    CHECK_ALL(ONE(f_cholesky, SHAPE(3, 3), 3), ONE(f_cholesky, SHAPE(2, 2, 2), 3),
              ONE(f_cholesky, SHAPE(1, 1), 3), ONE(f_cholesky, SHAPE(0, 0), 3), ONE(f_q, SHAPE(3, 3), 2),
              ONE(f_r, SHAPE(3, 3), 2), ONE(f_q, SHAPE(4, 2), 0), ONE(f_r, SHAPE(4, 2), 0),
              ONE(f_q, SHAPE(2, 4), 0), ONE(f_r, SHAPE(2, 4), 0), ONE(f_q, SHAPE(2, 3, 2), 0),
              ONE(f_r, SHAPE(2, 2, 3), 0), ONE(f_w, SHAPE(3, 3), 2), ONE(f_v, SHAPE(3, 3), 2),
              ONE(f_w, SHAPE(2, 2, 2), 2), ONE(f_v, SHAPE(2, 2, 2), 2), ONE(f_s, SHAPE(3, 3), 2),
              ONE(f_u, SHAPE(3, 3), 2), ONE(f_vt, SHAPE(3, 3), 2), ONE(f_s, SHAPE(4, 2), 0),
              ONE(f_u, SHAPE(4, 2), 0), ONE(f_vt, SHAPE(4, 2), 0), ONE(f_s, SHAPE(2, 4), 0),
              ONE(f_u, SHAPE(2, 4), 0), ONE(f_vt, SHAPE(2, 4), 0), ONE(f_s, SHAPE(2, 3, 2), 0),
              ONE(f_u, SHAPE(2, 3, 2), 0), ONE(f_diagonal, SHAPE(3), 0), ONE(f_diagonal, SHAPE(2, 2), 0));
}
END_TEST

START_TEST(gradients_expm) {
    CHECK_ALL(ONE(f_expm, SHAPE(1, 1), 0), ONE(f_expm, SHAPE(2, 2), 0), ONE(f_expm, SHAPE(3, 3), 0),
              ONE(f_expm, SHAPE(2, 2, 2), 0), ONE(f_expm, SHAPE(0, 0), 0));
}
END_TEST

START_TEST(gradients_einsum) {
    for (size_t i = 0; i < COUNT_OF(einsums); i++) {
        problem p = {einsums[i].subscripts, f_einsum, einsums[i].count, {{0, {0}}}, {0}};
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
                      TWO(f_conv1d, SHAPE(2, 2, 4), SHAPE(2, 2, 3), 0),
                      TWO(f_conv2d, SHAPE(4, 5), SHAPE(2, 3), 0),
                      TWO(f_conv2d, SHAPE(2, 4, 3), SHAPE(2, 2, 2, 2), 0),
                      TWO(f_conv2d, SHAPE(2, 1, 3, 3), SHAPE(1, 1, 2, 3), 0),
                      TWO(f_conv1d, SHAPE(1), SHAPE(1), 0), TWO(f_conv1d, SHAPE(0), SHAPE(1), 0));
        }
}
END_TEST

static void gradient_tests(TCase *t) {
    tcase_add_test(t, gradients_matmul);
    tcase_add_test(t, gradients_solve);
    tcase_add_test(t, gradients_det);
    tcase_add_test(t, gradients_factorisations);
    tcase_add_test(t, gradients_expm);
    tcase_add_test(t, gradients_einsum);
    tcase_add_test(t, gradients_conv);
}

UNIT_MAIN("linalg_gradients", gradient_tests)
