/* einsum.c - sums of products over labelled axes: einsum("ij,jk->ik", A, B).
 *
 * An operation is a list of labels for each operand's axes and for the result's.  Beyond what programs may
 * write, the result may have labels that no operand has (the value is repeated along them) and a label twice
 * (the value lies on the diagonal).  So the adjoint of each operand is an einsum again: that of the adjoint and
 * the other operands, with this operand's labels as the result's. */
#include "core/arguments.h"
#include "core/linalg.h"
#include "core/sweep.h"
#include <string.h>

enum {
    ELLIPSIS = 52,                 /* labels: A-Z, a-z, and the axes of "..." from its last one back */
    LABELS = ELLIPSIS + MAX_RANK,
    NO_LABEL = LABELS,             /* an axis of length 1 that is repeated */
    MAX_OPERANDS = 32,
};

typedef struct term {
    u32 rank;
    u8 label[MAX_RANK];
} term;

typedef struct plan {
    u32 count;
    term operand[MAX_OPERANDS], result;
    size_t length[LABELS + 1]; /* 0 of a label that is not in use is never looked at */
} plan;

/* ---- loops ---- */

/* Some labels in order, and by how much each of three places moves along them. */
typedef struct nest {
    u32 rank;
    size_t length[LABELS], step[3][LABELS];
} nest;

static void nest_add(nest *k, size_t length, size_t a, size_t b, size_t out) {
    if (length == 1) return;
    k->length[k->rank] = length;
    k->step[0][k->rank] = a, k->step[1][k->rank] = b, k->step[2][k->rank] = out;
    k->rank++;
}

static void run_inner(size_t n, size_t sa, size_t sb, size_t so, const double *a, const double *b, double *out) {
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
static void nest_run(const nest *k, const double *a, const double *b, double *out) {
    size_t index[LABELS] = {0};
    if (k->rank == 0) {
        *out += *a * *b;
        return;
    }
    for (u32 i = 0; i < k->rank; i++)
        if (k->length[i] == 0) return;
    u32 last = k->rank - 1, axis;
    do {
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
    u8 label[LABELS];
} piece;

static bool has_label(const piece *p, u8 label) { return memchr(p->label, label, p->rank) != NULL; }

static bool term_has(const term *t, u8 label) { return memchr(t->label, label, t->rank) != NULL; }

static size_t piece_size(const plan *p, const piece *x) {
    size_t size = 1;
    for (u32 i = 0; i < x->rank; i++) size = mem_product(size, p->length[x->label[i]]);
    return size;
}

static size_t piece_step(const plan *p, const piece *x, u8 label) {
    size_t step = 1;
    for (u32 i = x->rank; i-- > 0;) {
        if (x->label[i] == label) return step;
        step *= p->length[x->label[i]];
    }
    return 0;
}

/* By how much a term's place moves along a label: twice on a diagonal. */
static size_t term_step(const plan *p, const term *t, u8 label) {
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
static void piece_gather(recorder *r, const plan *p, piece *x, const double *from, const piece *loops,
                         const size_t *step) {
    double *data = zeros(r, piece_size(p, x));
    nest k = {.rank = 0};
    for (u32 i = 0; i < loops->rank; i++)
        nest_add(&k, p->length[loops->label[i]], step[i], 0, piece_step(p, x, loops->label[i]));
    nest_run(&k, from, &one, data);
    x->data = data;
}

/* Operand i with diagonals taken, and summed over labels that nothing else has. */
static piece piece_of(recorder *r, const plan *p, u32 i, const double *data) {
    const term *t = &p->operand[i];
    piece all = {.data = data}, kept = {.data = data};
    size_t step[MAX_RANK];
    for (u32 axis = 0; axis < t->rank; axis++) {
        u8 label = t->label[axis];
        if (label == NO_LABEL || has_label(&all, label)) continue;
        step[all.rank] = term_step(p, t, label);
        all.label[all.rank++] = label;
        bool used = term_has(&p->result, label);
        for (u32 j = 0; j < p->count; j++) used |= j != i && term_has(&p->operand[j], label);
        if (used) kept.label[kept.rank++] = label;
    }
    bool diagonal = false;
    for (u32 j = 0; j < all.rank; j++) diagonal |= step[j] != piece_step(p, &all, all.label[j]);
    if (kept.rank < all.rank || diagonal) piece_gather(r, p, &kept, data, &all, step);
    return kept;
}

/* ---- products of two pieces ---- */

typedef struct groups {
    piece batch, left, sum, right; /* labels in both and in the result; in the first; in both; in the second */
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
static const double *arranged(recorder *r, const plan *p, const piece *x, const piece *batch, const piece *rows,
                              const piece *columns, bool *transposed) {
    piece direct = joined(batch, rows, columns), swapped = joined(batch, columns, rows);
    *transposed = !same_labels(x, &direct) && same_labels(x, &swapped);
    if (*transposed || same_labels(x, &direct)) return x->data;
    size_t step[LABELS];
    for (u32 i = 0; i < direct.rank; i++) step[i] = piece_step(p, x, direct.label[i]);
    piece_gather(r, p, &direct, x->data, &direct, step);
    return direct.data;
}

static void multiply_matrices(recorder *r, const plan *p, const groups *g, const piece *a, const piece *b,
                              double *out) {
    size_t count = piece_size(p, &g->batch), m = piece_size(p, &g->left), k = piece_size(p, &g->sum),
           n = piece_size(p, &g->right);
    bool ta, tb;
    const double *x = arranged(r, p, a, &g->batch, &g->left, &g->sum, &ta);
    const double *y = arranged(r, p, b, &g->batch, &g->sum, &g->right, &tb);
    for (size_t i = 0; i < count; i++) {
        gemm(r, (ta ? MUL_A_TRANSPOSED : 0) | (tb ? MUL_B_TRANSPOSED : 0), m, n, k, x + i * m * k, y + i * k * n,
             out + i * m * n);
        if (i % 64 == 63) poll_interrupt(r);
    }
}

static void multiply_entries(const plan *p, const groups *g, const piece *a, const piece *b, const piece *result,
                             double *out) {
    nest k = {.rank = 0};
    const piece *order[] = {&g->batch, &g->left, &g->right, &g->sum};
    for (u32 j = 0; j < 4; j++)
        for (u32 i = 0; i < order[j]->rank; i++) {
            u8 label = order[j]->label[i];
            nest_add(&k, p->length[label], piece_step(p, a, label), piece_step(p, b, label),
                     piece_step(p, result, label));
        }
    nest_run(&k, a->data, b->data, out);
}

static piece multiply(recorder *r, const plan *p, const piece *a, const piece *b, const bool *needed) {
    groups g = classify(a, b, needed);
    piece result = joined(&g.batch, &g.left, &g.right);
    double *out = zeros(r, piece_size(p, &result));
    size_t each = piece_size(p, &g.left) * piece_size(p, &g.right) * piece_size(p, &g.sum);
    bool entry_by_entry = g.sum.rank == 0 || (each < 64 && g.batch.rank > 0);
    if (entry_by_entry) multiply_entries(p, &g, a, b, &result, out);
    else multiply_matrices(r, p, &g, a, b, out);
    result.data = out;
    return result;
}

/* ---- the whole product ---- */

/* The labels that anything but the pieces i and j has. */
static void labels_needed(const plan *p, const piece *pieces, u32 count, u32 i, u32 j, bool *needed) {
    memset(needed, 0, LABELS * sizeof *needed);
    for (u32 axis = 0; axis < p->result.rank; axis++)
        if (p->result.label[axis] < LABELS) needed[p->result.label[axis]] = true;
    for (u32 k = 0; k < count; k++)
        for (u32 axis = 0; axis < pieces[k].rank && k != i && k != j; axis++) needed[pieces[k].label[axis]] = true;
}

static double product_size(const plan *p, const piece *a, const piece *b, const bool *needed) {
    groups g = classify(a, b, needed);
    piece result = joined(&g.batch, &g.left, &g.right);
    double size = 1;
    for (u32 i = 0; i < result.rank; i++) size *= (double)p->length[result.label[i]];
    return size;
}

/* Replaces the two pieces whose product is smallest by that product. */
static void multiply_cheapest(recorder *r, const plan *p, piece *pieces, u32 count) {
    u32 best_i = 0, best_j = 1;
    double best = -1;
    bool needed[LABELS];
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
static void write_result(const plan *p, const piece *x, double *out, size_t size) {
    memset(out, 0, size * sizeof *out);
    nest k = {.rank = 0};
    for (u32 i = 0; i < p->result.rank; i++) {
        u8 label = p->result.label[i];
        if (label == NO_LABEL || memchr(p->result.label, label, i)) continue;
        nest_add(&k, p->length[label], piece_step(p, x, label), 0, term_step(p, &p->result, label));
    }
    nest_run(&k, x->data, &one, out);
}

static value einsum(recorder *r, const plan *p, value *operands) {
    size_t shape[MAX_RANK];
    for (u32 i = 0; i < p->result.rank; i++) shape[i] = p->length[p->result.label[i]];
    value y = fresh_value(r, p->result.rank, shape);
    size_t mark = pool_mark(r);
    piece pieces[MAX_OPERANDS];
    for (u32 i = 0; i < p->count; i++) pieces[i] = piece_of(r, p, i, view_of(&operands[i]).data);
    for (u32 left = p->count; left > 1; left--) multiply_cheapest(r, p, pieces, left);
    write_result(p, &pieces[0], entries_of(&y), view_of(&y).size);
    pool_release(r, mark);
    return y;
}

/* ---- records: attributes are {rank, labels, lengths} of the result and {rank, labels} of each operand ---- */

static value record_einsum(recorder *r, const plan *p, value *operands) {
    u32 attributes[1 + 2 * MAX_RANK + MAX_OPERANDS * (1 + MAX_RANK)], n = 0;
    value y = einsum(r, p, operands);
    attributes[n++] = p->result.rank;
    for (u32 i = 0; i < p->result.rank; i++) attributes[n++] = p->result.label[i];
    for (u32 i = 0; i < p->result.rank; i++)
        attributes[n++] = length_attribute(r, p->length[p->result.label[i]]);
    for (u32 k = 0; k < p->count; k++) {
        attributes[n++] = p->operand[k].rank;
        for (u32 i = 0; i < p->operand[k].rank; i++) attributes[n++] = p->operand[k].label[i];
    }
    return record_result(r, OP_EINSUM, y, p->count, operands, n, attributes);
}

static void read_term(sweep *s, u32 n, u32 *at, term *t, size_t *length) {
    t->rank = sweep_attribute(s, n, (*at)++);
    for (u32 i = 0; i < t->rank; i++) t->label[i] = (u8)sweep_attribute(s, n, (*at)++);
    for (u32 i = 0; i < t->rank && length; i++) length[t->label[i]] = sweep_attribute(s, n, (*at)++);
}

static void read_plan(sweep *s, u32 n, plan *p) {
    u32 at = 0;
    p->count = sweep_argument_count(s, n);
    read_term(s, n, &at, &p->result, p->length);
    for (u32 k = 0; k < p->count; k++) {
        value x = sweep_argument(s, n, k);
        read_term(s, n, &at, &p->operand[k], NULL);
        for (u32 i = 0; i < p->operand[k].rank; i++) p->length[p->operand[k].label[i]] = view_of(&x).shape[i];
    }
    p->length[NO_LABEL] = 1;
}

void adjoint_einsum(sweep *s, u32 n, value g) {
    plan p = {0};
    read_plan(s, n, &p);
    for (u32 i = 0; i < p.count; i++) {
        if (!sweep_wants(s, n, i)) continue;
        plan q = p;
        value operands[MAX_OPERANDS];
        for (u32 k = 0; k < p.count; k++) operands[k] = sweep_argument(s, n, k);
        operands[i] = g;
        q.operand[i] = p.result;
        q.result = p.operand[i];
        sweep_add(s, n, i, record_einsum(sweep_recorder(s), &q, operands));
    }
}

/* ---- the text of subscripts ---- */

typedef struct reader {
    recorder *r;
    const double *code;
    size_t at, count;
} reader;

static int peek(reader *in) {
    while (in->at < in->count && in->code[in->at] == ' ') in->at++;
    return in->at < in->count ? (int)in->code[in->at] : 0;
}

static bool accept(reader *in, const char *mark) {
    peek(in);
    size_t length = strlen(mark);
    for (size_t i = 0; i < length; i++)
        if (in->at + i >= in->count || in->code[in->at + i] != mark[i]) return false;
    in->at += length;
    return true;
}

/* -1 where the next character is no letter. */
static int letter(int c) { return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1; }

static char label_letter(u32 label) { return (char)(label < 26 ? 'A' + label : 'a' + label - 26); }

/* Letters and "...", which stands for `ellipsis` axes; for an operand all that it has beyond the letters. */
static void parse_term(reader *in, term *t, u32 *ellipsis, const view *operand) {
    u8 labels[MAX_RANK + 1];
    u32 n = 0, dots_at = UINT32_MAX;
    for (;;) {
        int label = letter(peek(in));
        if (label < 0 && !(dots_at == UINT32_MAX && accept(in, "..."))) break;
        if (label < 0) dots_at = n;
        else if (n == MAX_RANK) record_fail(in->r, DIAG_BAD_VALUE, "'einsum': more than %d labels", MAX_RANK);
        else labels[n++] = (u8)label, in->at++;
    }
    u32 dots = dots_at == UINT32_MAX ? 0 : operand ? operand->rank - n : *ellipsis;
    if (operand && (operand->rank < n || operand->rank != n + dots)) {
        char shape[SHAPE_ROOM];
        record_fail(in->r, DIAG_SHAPE, "'einsum': %u labels for an operand of shape %s", n,
                    shape_write(shape, *operand));
    }
    if (n + dots > MAX_RANK) record_fail(in->r, DIAG_SHAPE, "'einsum': more than %d axes", MAX_RANK);
    t->rank = 0;
    for (u32 i = 0; i <= n; i++) {
        for (u32 k = 0; k < dots && i == dots_at; k++) t->label[t->rank++] = (u8)(LABELS - dots + k);
        if (i < n) t->label[t->rank++] = labels[i];
    }
    if (dots > *ellipsis) *ellipsis = dots;
}

/* Without "->": the axes of "...", then the labels that stand once, in the order of letters. */
static void implied_result(plan *p, u32 ellipsis) {
    u32 uses[LABELS] = {0};
    for (u32 k = 0; k < p->count; k++)
        for (u32 i = 0; i < p->operand[k].rank; i++) uses[p->operand[k].label[i]]++;
    p->result.rank = 0;
    for (u32 k = 0; k < ellipsis; k++) p->result.label[p->result.rank++] = (u8)(LABELS - ellipsis + k);
    for (u8 label = 0; label < ELLIPSIS && p->result.rank < MAX_RANK; label++)
        if (uses[label] == 1) p->result.label[p->result.rank++] = label;
}

static void check_result(recorder *r, const plan *p) {
    for (u32 i = 0; i < p->result.rank; i++) {
        u8 label = p->result.label[i];
        bool known = false;
        for (u32 k = 0; k < p->count; k++) known |= term_has(&p->operand[k], label);
        if (!known)
            record_fail(r, DIAG_BAD_VALUE, "'einsum': no operand has the label '%c' of the result", label_letter(label));
        if (memchr(p->result.label, label, i))
            record_fail(r, DIAG_BAD_VALUE, "'einsum': the result has the label '%c' twice", label_letter(label));
    }
}

/* Lengths of labels; an axis of length 1 is repeated where the label is longer elsewhere. */
static void bind_lengths(recorder *r, plan *p, const value *operands) {
    bool bound[LABELS] = {false};
    for (u32 k = 0; k < p->count; k++) {
        view v = view_of(&operands[k]);
        for (u32 i = 0; i < v.rank; i++) {
            u8 label = p->operand[k].label[i];
            size_t *length = &p->length[label];
            if (bound[label] && *length != v.shape[i] && *length != 1 && v.shape[i] != 1)
                record_fail(r, DIAG_SHAPE, label < ELLIPSIS ? "'einsum': the label '%c' has the lengths %zu and %zu"
                                                            : "'einsum': an axis of '%c..' has the lengths %zu and %zu",
                            label < ELLIPSIS ? label_letter(label) : '.', *length, v.shape[i]);
            if (!bound[label] || *length == 1) *length = v.shape[i];
            bound[label] = true;
        }
    }
    for (u32 k = 0; k < p->count; k++)
        for (u32 i = 0; i < p->operand[k].rank; i++)
            if (view_of(&operands[k]).shape[i] == 1 && p->length[p->operand[k].label[i]] != 1)
                p->operand[k].label[i] = NO_LABEL;
    p->length[NO_LABEL] = 1;
}

static void parse_subscripts(reader *in, plan *p, const value *operands) {
    u32 ellipsis = 0, terms = 0;
    bool more = true;
    for (; more; terms++) {
        if (terms == p->count)
            record_fail(in->r, DIAG_BAD_VALUE, "'einsum': the subscripts are for more than the %u operands given",
                        p->count);
        view v = view_of(&operands[terms]);
        parse_term(in, &p->operand[terms], &ellipsis, &v);
        more = accept(in, ",");
    }
    if (terms < p->count)
        record_fail(in->r, DIAG_BAD_VALUE, "'einsum': the subscripts are for %u operands, but there are %u", terms,
                    p->count);
    if (accept(in, "->")) parse_term(in, &p->result, &ellipsis, NULL);
    else implied_result(p, ellipsis);
    if (peek(in))
        record_fail_hint(in->r, DIAG_BAD_VALUE, "a text such as \"ij,jk->ik\"",
                         "'einsum': the subscripts have a character that does not belong there");
    check_result(in->r, p);
}

/* arguments[0] holds the text's bytes, as numbers. */
value fn_einsum(recorder *r, u32 count, value *arguments) {
    plan p = {.count = count - 1};
    view codes = view_of(&arguments[0]);
    if (p.count > MAX_OPERANDS) record_fail(r, DIAG_BAD_ARGUMENTS, "'einsum' takes at most %d operands", MAX_OPERANDS);
    reader in = {r, codes.data, 0, codes.size};
    parse_subscripts(&in, &p, arguments + 1);
    bind_lengths(r, &p, arguments + 1);
    return record_einsum(r, &p, arguments + 1);
}
