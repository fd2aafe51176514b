/* SPDX-License-Identifier: GPL-3.0-or-later */
/* einsum_product.c - the numbers of einsum: operands are multiplied two by two, the pair with the smallest
 * product first, as matrix products where labels are summed over. */
#include "core/einsum.h"
#include <string.h>

/* ---- loops ---- */

/* Some labels in order, and by how much each of three places moves along them. */
typedef struct nest {
    u32 rank;
    size_t length[EINSUM_LABELS], step[3][EINSUM_LABELS];
} nest;

static void nest_add(nest *k, size_t length, size_t a, size_t b, size_t out) {
    if (length == 1) return;
    k->length[k->rank] = length;
    k->step[0][k->rank] = a, k->step[1][k->rank] = b, k->step[2][k->rank] = out;
    k->rank++;
}

static void run_inner(size_t n, size_t sa, size_t sb, size_t so, const double *a, const double *b,
                      double *out) {
    if (so == 0) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += a[i * sa] * b[i * sb];
        *out += sum;
    } else if (sa == 1 && sb == 0 && so == 1) {
        for (size_t i = 0; i < n; i++) out[i] += a[i] * *b;
    } else {
        for (size_t i = 0; i < n; i++) out[i * so] += a[i * sa] * b[i * sb];
    }
}

/* out += a b over all indices. */
static void nest_run(const recorder *r, const nest *k, const double *a, const double *b, double *out) {
    size_t index[EINSUM_LABELS] = {0};
    if (k->rank == 0) {
        *out += *a * *b;
        return;
    }
    for (u32 i = 0; i < k->rank; i++)
        if (k->length[i] == 0) return;
    u32 last = k->rank - 1, axis;
    do {
        poll_interrupt(r);
        run_inner(k->length[last], k->step[0][last], k->step[1][last], k->step[2][last], a, b, out);
        for (axis = last; axis-- > 0;) {
            a += k->step[0][axis], b += k->step[1][axis], out += k->step[2][axis];
            if (++index[axis] < k->length[axis]) break;
            index[axis] = 0;
            a -= k->step[0][axis] * k->length[axis];
            b -= k->step[1][axis] * k->length[axis];
            out -= k->step[2][axis] * k->length[axis];
        }
    } while (axis != UINT32_MAX);
}

/* ---- pieces: contiguous tensors with distinct labels ---- */

typedef struct piece {
    const double *data;
    u32 rank;
    u8 label[EINSUM_LABELS];
} piece;

static bool has_label(const piece *p, u8 label) { return memchr(p->label, label, p->rank) != NULL; }

static size_t piece_size(const einsum_plan *p, const piece *x) {
    size_t size = 1;
    for (u32 i = 0; i < x->rank; i++) size = mem_product(size, p->length[x->label[i]]);
    return size;
}

static size_t piece_step(const einsum_plan *p, const piece *x, u8 label) {
    size_t step = 1;
    for (u32 i = x->rank; i-- > 0;) {
        if (x->label[i] == label) return step;
        step *= p->length[x->label[i]];
    }
    return 0;
}

/* By how much a term's place moves along a label: twice on a diagonal. */
static size_t term_step(const einsum_plan *p, const einsum_term *t, u8 label) {
    size_t step = 1, sum = 0;
    for (u32 i = t->rank; i-- > 0;) {
        if (t->label[i] == label) sum += step;
        step *= p->length[t->label[i]];
    }
    return sum;
}

static double *zeros(recorder *r, size_t count) {
    double *x = scratch(r, count);
    memset(x, 0, count * sizeof *x);
    return x;
}

static const double one = 1;

/* Room for a piece with these labels, filled from `from` by steps of `step`. */
static void piece_gather(recorder *r, const einsum_plan *p, piece *x, const double *from, const piece *loops,
                         const size_t *step) {
    double *data = zeros(r, piece_size(p, x));
    nest k = {.rank = 0};
    for (u32 i = 0; i < loops->rank; i++)
        nest_add(&k, p->length[loops->label[i]], step[i], 0, piece_step(p, x, loops->label[i]));
    nest_run(r, &k, from, &one, data);
    x->data = data;
}

/* Operand i with diagonals taken, and summed over labels that nothing else has. */
static piece piece_of(recorder *r, const einsum_plan *p, u32 i, const double *data) {
    const einsum_term *t = &p->operand[i];
    piece all = {.data = data}, kept = {.data = data};
    size_t step[MAX_RANK] = {0};
    for (u32 axis = 0; axis < t->rank; axis++) {
        u8 label = t->label[axis];
        if (label == EINSUM_NO_LABEL || has_label(&all, label)) continue;
        step[all.rank] = term_step(p, t, label);
        all.label[all.rank++] = label;
        bool used = einsum_term_has(&p->result, label);
        for (u32 j = 0; j < p->count; j++) used |= j != i && einsum_term_has(&p->operand[j], label);
        if (used) kept.label[kept.rank++] = label;
    }
    bool diagonal = false;
    for (u32 j = 0; j < all.rank; j++) diagonal |= step[j] != piece_step(p, &all, all.label[j]);
    if (kept.rank < all.rank || diagonal) piece_gather(r, p, &kept, data, &all, step);
    return kept;
}

/* ---- products of two pieces ---- */

typedef struct groups {
    piece batch, left, sum,
        right; /* labels in both and in the result; in the first; in both; in the second */
} groups;

static void put(piece *p, u8 label) { p->label[p->rank++] = label; }

/* `needed` says which labels the result or other pieces have. */
static groups classify(const piece *a, const piece *b, const bool *needed) {
    groups g = {0};
    for (u32 i = 0; i < a->rank; i++) {
        u8 label = a->label[i];
        put(!has_label(b, label) ? &g.left : needed[label] ? &g.batch : &g.sum, label);
    }
    for (u32 i = 0; i < b->rank; i++)
        if (!has_label(a, b->label[i])) put(&g.right, b->label[i]);
    return g;
}

static piece joined(const piece *x, const piece *y, const piece *z) {
    piece p = {0};
    const piece *parts[] = {x, y, z};
    for (u32 k = 0; k < 3; k++)
        for (u32 i = 0; i < parts[k]->rank; i++) put(&p, parts[k]->label[i]);
    return p;
}

static bool same_labels(const piece *x, const piece *y) { return memcmp(x->label, y->label, x->rank) == 0; }

/* The piece's entries ordered by batch, rows, columns; or rows and columns swapped, where it lies so. */
static const double *arranged(recorder *r, const einsum_plan *p, const piece *x, const piece *batch,
                              const piece *rows, const piece *columns, bool *transposed) {
    piece direct = joined(batch, rows, columns), swapped = joined(batch, columns, rows);
    *transposed = !same_labels(x, &direct) && same_labels(x, &swapped);
    if (*transposed || same_labels(x, &direct)) return x->data;
    size_t step[EINSUM_LABELS];
    for (u32 i = 0; i < direct.rank; i++) step[i] = piece_step(p, x, direct.label[i]);
    piece_gather(r, p, &direct, x->data, &direct, step);
    return direct.data;
}

static void multiply_matrices(recorder *r, const einsum_plan *p, const groups *g, const piece *a,
                              const piece *b, double *out) {
    size_t count = piece_size(p, &g->batch), m = piece_size(p, &g->left), k = piece_size(p, &g->sum),
           n = piece_size(p, &g->right);
    bool ta, tb;
    const double *x = arranged(r, p, a, &g->batch, &g->left, &g->sum, &ta);
    const double *y = arranged(r, p, b, &g->batch, &g->sum, &g->right, &tb);
    for (size_t i = 0; i < count; i++) {
        gemm(r, (ta ? MUL_A_TRANSPOSED : 0) | (tb ? MUL_B_TRANSPOSED : 0), m, n, k, x + i * m * k,
             y + i * k * n, out + i * m * n);
        if (i % 64 == 63) poll_interrupt(r);
    }
}

static void multiply_entries(const recorder *r, const einsum_plan *p, const groups *g, const piece *a,
                             const piece *b, const piece *result, double *out) {
    nest k = {.rank = 0};
    const piece *order[] = {&g->batch, &g->left, &g->right, &g->sum};
    for (u32 j = 0; j < 4; j++)
        for (u32 i = 0; i < order[j]->rank; i++) {
            u8 label = order[j]->label[i];
            nest_add(&k, p->length[label], piece_step(p, a, label), piece_step(p, b, label),
                     piece_step(p, result, label));
        }
    nest_run(r, &k, a->data, b->data, out);
}

static piece multiply(recorder *r, const einsum_plan *p, const piece *a, const piece *b, const bool *needed) {
    groups g = classify(a, b, needed);
    piece result = joined(&g.batch, &g.left, &g.right);
    double *out = zeros(r, piece_size(p, &result));
    size_t each = piece_size(p, &g.left) * piece_size(p, &g.right) * piece_size(p, &g.sum);
    bool entry_by_entry = g.sum.rank == 0 || (each < 64 && g.batch.rank > 0);
    if (entry_by_entry) multiply_entries(r, p, &g, a, b, &result, out);
    else multiply_matrices(r, p, &g, a, b, out);
    result.data = out;
    return result;
}

/* ---- the whole product ---- */

/* The labels that anything but the pieces i and j has. */
static void labels_needed(const einsum_plan *p, const piece *pieces, u32 count, u32 i, u32 j, bool *needed) {
    memset(needed, 0, EINSUM_LABELS * sizeof *needed);
    for (u32 axis = 0; axis < p->result.rank; axis++)
        if (p->result.label[axis] < EINSUM_LABELS) needed[p->result.label[axis]] = true;
    for (u32 k = 0; k < count; k++)
        for (u32 axis = 0; axis < pieces[k].rank && k != i && k != j; axis++)
            needed[pieces[k].label[axis]] = true;
}

static double product_size(const einsum_plan *p, const piece *a, const piece *b, const bool *needed) {
    groups g = classify(a, b, needed);
    piece result = joined(&g.batch, &g.left, &g.right);
    double size = 1;
    for (u32 i = 0; i < result.rank; i++) size *= (double)p->length[result.label[i]];
    return size;
}

/* Replaces the two pieces whose product is smallest by that product. */
static void multiply_cheapest(recorder *r, const einsum_plan *p, piece *pieces, u32 count) {
    u32 best_i = 0, best_j = 1;
    double best = -1;
    bool needed[EINSUM_LABELS];
    for (u32 i = 0; i < count; i++)
        for (u32 j = i + 1; j < count; j++) {
            labels_needed(p, pieces, count, i, j, needed);
            double size = product_size(p, &pieces[i], &pieces[j], needed);
            if (best < 0 || size < best) best = size, best_i = i, best_j = j;
        }
    labels_needed(p, pieces, count, best_i, best_j, needed);
    pieces[best_i] = multiply(r, p, &pieces[best_i], &pieces[best_j], needed);
    pieces[best_j] = pieces[count - 1];
}

/* Puts the last piece where it belongs: repeated along labels that only the result has. */
static void write_result(const recorder *r, const einsum_plan *p, const piece *x, double *out, size_t size) {
    memset(out, 0, size * sizeof *out);
    nest k = {.rank = 0};
    for (u32 i = 0; i < p->result.rank; i++) {
        u8 label = p->result.label[i];
        if (label == EINSUM_NO_LABEL || memchr(p->result.label, label, i)) continue;
        nest_add(&k, p->length[label], piece_step(p, x, label), 0, term_step(p, &p->result, label));
    }
    nest_run(r, &k, x->data, &one, out);
}

value einsum_value(recorder *r, const einsum_plan *p, const value *operands) {
    size_t shape[MAX_RANK];
    for (u32 i = 0; i < p->result.rank; i++) shape[i] = p->length[p->result.label[i]];
    value y = fresh_value(r, p->result.rank, shape);
    size_t mark = pool_mark(r);
    piece pieces[EINSUM_MAX_OPERANDS];
    pieces[0] = piece_of(r, p, 0, view_of(&operands[0]).data);
    for (u32 i = 1; i < p->count; i++) pieces[i] = piece_of(r, p, i, view_of(&operands[i]).data);
    for (u32 left = p->count; left > 1; left--) multiply_cheapest(r, p, pieces, left);
    write_result(r, p, &pieces[0], entries_of(&y), view_of(&y).size);
    pool_release(r, mark);
    return y;
}
