/* SPDX-License-Identifier: GPL-3.0-or-later */
/* correlations.c - which entries of uncertain leaves hang together, and whether quantities with such
 * correlations can exist. */
#include "lang/uncertain.h"
#include <math.h>
#include <string.h>

/* ---- blocks: entries by the first entry that they are correlated with, directly or not ---- */

/* The head of an entry's block; the way there is halved. */
static u32 head_of(u32 *blocks, u32 entry) {
    while (blocks[entry] != entry) entry = blocks[entry] = blocks[blocks[entry]];
    return entry;
}

static u32 entry_number(const uncertain *s, u32 leaf, size_t i) {
    return (u32)(s->leaves.items[leaf].first + i);
}

static size_t number_entries(uncertain *s) {
    size_t all = 0;
    for (size_t i = 0; i < s->leaves.count; i++) {
        s->leaves.items[i].first = all;
        all += shape_of(&s->leaves.items[i].leaf).size;
    }
    if (all >= UINT32_MAX) fault_raise(FAULT_MEMORY);
    return all;
}

void uncertain_blocks(evaluator *e) {
    uncertain *s = e->uncertain;
    size_t all = number_entries(s);
    s->blocks.count = 0;
    for (size_t i = 0; i < all; i++) array_push(&s->blocks, (u32)i);
    for (size_t i = 0; i < s->links.count; i++) {
        const uncertain_link *l = &s->links.items[i];
        u32 a = head_of(s->blocks.items, entry_number(s, l->a, l->i)),
            b = head_of(s->blocks.items, entry_number(s, l->b, l->j));
        s->blocks.items[a > b ? a : b] = a > b ? b : a;
    }
    for (size_t i = 0; i < all; i++) s->blocks.items[i] = head_of(s->blocks.items, (u32)i);
}

/* ---- positive semidefinite ---- */

/* Row by row Cholesky of the lower triangle.  Correlations that are written with a few digits, or are exactly
 * 1, make matrices that are singular to rounding: a pivot of next to 0 passes where its column is 0 too. */
static bool is_semidefinite(double *c, size_t n, const evaluator *e) {
    const double pivot_least = 1e-12 * (double)n, column_most = 1e-6;
    for (size_t j = 0; j < n; j++) {
        if (e->interrupt) fault_raise(FAULT_INTERRUPT);
        for (size_t k = 0; k < j; k++)
            for (size_t i = j; i < n; i++) c[i * n + j] -= c[i * n + k] * c[j * n + k];
        double pivot = c[j * n + j];
        if (pivot < -pivot_least) return false;
        bool flat = pivot <= pivot_least;
        for (size_t i = j; i < n; i++) {
            if (flat && fabs(c[i * n + j]) > column_most) return false;
            c[i * n + j] = flat ? 0 : c[i * n + j] / sqrt(pivot);
        }
    }
    return true;
}

/* The correlation matrix of one block of n entries; `row_of` has the row of each entry. */
static double *block_matrix(evaluator *e, const u32 *row_of, u32 head, size_t n) {
    const uncertain *s = e->uncertain;
    tensor *t = pool_tensor(&e->rec, 2, (size_t[]){n, n});
    memset(t->data, 0, t->size * sizeof *t->data);
    for (size_t i = 0; i < n; i++) t->data[i * (n + 1)] = 1;
    for (size_t i = 0; i < s->links.count; i++) {
        const uncertain_link *l = &s->links.items[i];
        u32 a = entry_number(s, l->a, l->i), b = entry_number(s, l->b, l->j);
        if (s->blocks.items[a] != head) continue;
        t->data[row_of[a] * n + row_of[b]] = t->data[row_of[b] * n + row_of[a]] = l->r;
    }
    return t->data;
}

void uncertain_factor(evaluator *e, double *factor, size_t n) {
    const uncertain *s = e->uncertain;
    memset(factor, 0, n * n * sizeof *factor);
    for (size_t i = 0; i < n; i++) factor[i * (n + 1)] = 1;
    for (size_t i = 0; i < s->links.count; i++) {
        const uncertain_link *l = &s->links.items[i];
        size_t a = entry_number(s, l->a, l->i), b = entry_number(s, l->b, l->j);
        factor[a > b ? a * n + b : b * n + a] = l->r;
    }
    (void)is_semidefinite(factor, n, e);
}

_Noreturn static void fail_block(evaluator *e) {
    e->rec.origin = e->uncertain->correlated_at;
    record_fail_hint(&e->rec, DIAG_BAD_UNCERTAINTY,
                     "their matrix is not positive semidefinite; a correlation that was left out is 0",
                     "no quantities can have these correlations");
}

void uncertain_check(evaluator *e) {
    uncertain *s = e->uncertain;
    if (!s || !s->unchecked) return;
    uncertain_blocks(e);
    size_t all = s->blocks.count, mark = pool_mark(&e->rec);
    u32 *sizes = (u32 *)(void *)pool_tensor(&e->rec, 1, &all)->data, *row_of = sizes + all;
    memset(sizes, 0, all * sizeof *sizes);
    for (size_t i = 0; i < all; i++) row_of[i] = sizes[s->blocks.items[i]]++;
    for (u32 head = 0; head < all; head++) {
        size_t inner = pool_mark(&e->rec);
        if (sizes[head] < 3) continue; /* of two, any r will do */
        if (!is_semidefinite(block_matrix(e, row_of, head, sizes[head]), sizes[head], e)) fail_block(e);
        pool_release(&e->rec, inner);
    }
    pool_release(&e->rec, mark);
    s->unchecked = false;
}
