/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_tensor_linalg.c - linear algebra: values by hand and by identities, the plain code against the
 * machine's library, errors. */
#include "tests/unit/linalg_values.h"

/* ---- values ---- */

START_TEST(values_matmul) {
    start();
    value a = TENSOR(SHAPE(2, 2), 1, 2, 3, 4), b = TENSOR(SHAPE(2, 2), 5, 6, 7, 8),
          v = TENSOR(SHAPE(2), 1, 10);
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
    ASSERT_NEAR(call1(fn_det, TENSOR(SHAPE(3, 3), 1e-300, 0, 0, 0, 1e200, 0, 0, 0, 1e200)), SCALAR(1e100),
                1e-15);
    ASSERT_NEAR(call1(fn_det, TENSOR(SHAPE(4, 4), 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0)), SCALAR(1),
                0);
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
        value a = matmul(random_value(SHAPE(4, rank)), random_value(SHAPE(rank, 4))),
              x = random_value(SHAPE(4, 4));
        value tangent = call2(fn_cofactors_tangent, a, x);
        double h = 1.0 / 1024;
        value step = apply2(&R, OP_MUL, SCALAR(h), x);
        value d = apply2(&R, OP_SUB, call1(fn_cofactors, apply2(&R, OP_ADD, a, step)),
                         call1(fn_cofactors, apply2(&R, OP_SUB, a, step)));
        value step2 = apply2(&R, OP_MUL, SCALAR(2 * h), x);
        value d2 = apply2(&R, OP_SUB, call1(fn_cofactors, apply2(&R, OP_ADD, a, step2)),
                          call1(fn_cofactors, apply2(&R, OP_SUB, a, step2)));
        value slope =
            apply2(&R, OP_DIV, apply2(&R, OP_SUB, apply2(&R, OP_MUL, SCALAR(8), d), d2), SCALAR(12 * h));
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
    value positive = apply2(&R, OP_ADD, matmul(a, transposed(a)), identity(n)),
          l = call1(fn_cholesky, positive);
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
    static const size_t sizes[][2] = {{1, 1},   {2, 2},   {3, 5},   {5, 3},   {8, 8},
                                      {20, 20}, {30, 12}, {60, 60}, {60, 90}, {90, 60}};
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
    value a = random_value(SHAPE(n, n)), b = random_value(SHAPE(n, n)), v = random_value(SHAPE(n)), plain[12],
          both[12];
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
    ASSERT_NEAR(call1(fn_expm, TENSOR(SHAPE(2, 2), 0, -x, x, 0)),
                TENSOR(SHAPE(2, 2), cos(x), -sin(x), sin(x), cos(x)), 1e-14);
    value a = random_value(SHAPE(5, 5)), b = apply1(&R, OP_NEG, a);
    ASSERT_NEAR(matmul(call1(fn_expm, a), call1(fn_expm, b)), identity(5), 1e-14);
    finish();
}
END_TEST

/* Every einsum of the table against a loop over all labels. */
static double by_hand(const char *in, const value *operands, const size_t *index) {
    double product = 1;
    for (u32 k = 0; *in && *in != '-'; k++) {
        view v = view_of(&operands[k]);
        size_t at = 0, axis = 0;
        for (; *in && *in != ',' && *in != '-'; in++)
            if (*in != ' ') at = at * v.shape[axis] + index[(int)*in] % v.shape[axis], axis++;
        if (*in == ',') in++;
        product *= v.data[at];
    }
    return product;
}

START_TEST(values_einsum) {
    start();
    for (size_t i = 0; i < COUNT_OF(einsums); i++) {
        const char *in = einsums[i].subscripts, *arrow = strstr(in, "->");
        if (strchr(in, '.') || !arrow) continue;
        value x[MOST_ARGUMENTS];
        for (u32 k = 0; k < einsums[i].count; k++) x[k] = random_value(einsums[i].shapes[k]);
        subscripts = in, operand_count = einsums[i].count;
        value y = f_einsum(x), expected = apply2(&R, OP_MUL, y, SCALAR(0));
        size_t length[128] = {0}, index[128] = {0};
        char labels[32] = "";
        for (u32 k = 0, at = 0; k < einsums[i].count; k++, at++)
            for (u32 axis = 0; in[at] && in[at] != ',' && in[at] != '-'; at++) {
                if (!strchr(labels, in[at])) labels[strlen(labels) + 1] = 0, labels[strlen(labels)] = in[at];
                size_t l = einsums[i].shapes[k].of[axis++], *have = &length[(int)in[at]];
                *have = *have > 1 || (*have == 1 && l == 0) ? *have : l;
            }
        double cells = 1;
        for (char *c = labels; *c; c++) cells *= (double)length[(int)*c];
        for (size_t number = 0; number < (size_t)cells; number++) {
            size_t rest = number, at = 0;
            for (char *c = labels; *c; c++) index[(int)*c] = rest % length[(int)*c], rest /= length[(int)*c];
            for (const char *c = arrow + 2; *c; c++) at = at * length[(int)*c] + index[(int)*c];
            entries_of(&expected)[at] += by_hand(in, x, index);
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

/* ---- gradients by hand ---- */

/* The gradient of the sum of f(x) in argument i. */
static value gradient_of_sum(value (*f)(recorder *, u32, value *), u32 count, value *x, u32 i) {
    value leaves[MOST_ARGUMENTS], g;
    for (u32 k = 0; k < count; k++) leaves[k] = record_leaf(&R, x[k]);
    value y = f(&R, count, leaves);
    view v = view_of(&y);
    sweep_gradients(&R, y, filled_value(&R, v.rank, v.shape, 1), 1, &leaves[i], &g, NULL, false);
    return g;
}

START_TEST(gradients_by_hand) {
    start();
    value a = TENSOR(SHAPE(2, 2), 1, 2, 3, 4), b = TENSOR(SHAPE(2, 2), 5, 6, 7, 8);
    ASSERT_NEAR(gradient_of_sum(fn_matmul, 2, (value[]){a, b}, 0), TENSOR(SHAPE(2, 2), 11, 15, 11, 15), 0);
    value tall = TENSOR(SHAPE(3, 2), 1, 2, 3, 4, 5, 6), ones = TENSOR(SHAPE(2), 1, 1);
    ASSERT_NEAR(gradient_of_sum(fn_matmul, 2, (value[]){tall, ones}, 1), TENSOR(SHAPE(2), 9, 12), 0);
    value singular = TENSOR(SHAPE(2, 2), 1, 2, 2, 4);
    ASSERT_NEAR(gradient_of_sum(fn_det, 1, &singular, 0), TENSOR(SHAPE(2, 2), 4, -2, -2, 1), 0);
    ASSERT_NEAR(gradient_of_sum(fn_inv, 1, &a, 0), TENSOR(SHAPE(2, 2), -0.5, 0.5, 0.5, -0.5), 1e-14);
    value c = TENSOR(SHAPE(2, 2), 2, 1, 1, 3), right = TENSOR(SHAPE(2), 1, 2);
    ASSERT_NEAR(gradient_of_sum(fn_solve, 2, (value[]){c, right}, 0),
                TENSOR(SHAPE(2, 2), -0.08, -0.24, -0.04, -0.12), 1e-16);
    value d = TENSOR(SHAPE(2, 2), 4, 2, 2, 3);
    ASSERT_NEAR(gradient_of_sum(fn_logdet, 1, &d, 0), TENSOR(SHAPE(2, 2), 0.375, -0.25, -0.25, 0.5), 1e-16);
    ASSERT_NEAR(gradient_of_sum(fn_cholesky, 1, &d, 0),
                TENSOR(SHAPE(2, 2), 0.21338834764831843, 0.07322330470336313, 0.07322330470336313,
                       0.35355339059327373),
                1e-15);
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
        several_results(&R, OP_QR, 3, 1, &a, (value[3]){{.num = 0}});
        break;
    case 12:
        matmul(filled_value(&R, 2, (size_t[]){100000000, 1}, 1),
               filled_value(&R, 2, (size_t[]){1, 100000000}, 1));
        break;
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

/* ---- interrupts: a single matrix, too small for the library, which cannot be asked ---- */

static void decompose(void *data) {
    value a = random_value(SHAPE(6, 6)), parts[2];
    switch (*(const int *)data) {
    case 0: call1(fn_det, a); break;
    case 1: call1(fn_inv, a); break;
    case 2: call2(fn_solve, a, a); break;
    case 3: call1(fn_cholesky, a); break;
    default: several_results(&R, OP_QR, 2, 1, &a, parts); break;
    }
}

START_TEST(interrupted) {
    const _Atomic int now = 1;
    start();
    R.interrupt = &now;
    ck_assert_int_eq(fault_of(decompose, &_i), FAULT_INTERRUPT);
    finish();
}
END_TEST

/* ---- memory ---- */

static void work(void *data) {
    (void)data;
    recorder_init(&R);
    R.diagnostics = &errors;
    value a = record_leaf(&R, TENSOR(SHAPE(2, 2), 2, 1, 1, 3)),
          b = record_leaf(&R, TENSOR(SHAPE(2, 1), 1, 2)), parts[3];
    subscripts = "ij,jk->ki", operand_count = 2;
    stride_value = UNBOUND, padding_value = SCALAR(1);
    value y = matmul(a, call2(fn_solve, a, b));
    y = apply2(&R, OP_MUL, y, call1(fn_det, call1(fn_inv, call1(fn_expm, a))));
    y = f_einsum((value[]){call1(fn_cholesky, a), y});
    y = f_conv2d((value[]){y, a});
    several_results(&R, OP_QR, 2, 1, &a, parts);
    y = apply2(&R, OP_MUL, matmul(parts[0], parts[1]), sum_to(&R, y, 0, NULL));
    several_results(&R, OP_SVD, 3, 1, &a, parts);
    y = sum_to(&R, apply2(&R, OP_MUL, y, parts[0]), 0, NULL);
    sweep_gradients(&R, y, SCALAR(1), 1, &a, parts, NULL, true);
}

static void clean(void *data) {
    (void)data;
    finish();
}

START_TEST(requests_that_fail) { ck_assert(fail_each_request(work, clean, NULL) > 100); }
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
    tcase_add_test(t, gradients_by_hand);
    tcase_add_test(t, error_messages);
    tcase_add_loop_test(t, interrupted, 0, 5);
    tcase_add_test(t, requests_that_fail);
}

UNIT_MAIN("linalg", linalg_tests)
