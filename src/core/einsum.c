/* SPDX-License-Identifier: GPL-3.0-or-later */
/* einsum.c - sums of products over labelled axes: einsum("ij,jk->ik", A, B): the text, the records, the
 * adjoint. */
#include "core/einsum.h"
#include "core/sweep.h"
#include <string.h>

/* ---- records: attributes are {rank, labels, lengths} of the result and {rank, labels} of each operand ----
 */

static value record_einsum(recorder *r, const einsum_plan *p, value *operands) {
    u32 attributes[1 + 2 * MAX_RANK + EINSUM_MAX_OPERANDS * (1 + MAX_RANK)], n = 0;
    value y = einsum_value(r, p, operands);
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

static void read_term(sweep *s, u32 n, u32 *at, einsum_term *t, size_t *length) {
    t->rank = sweep_attribute(s, n, (*at)++);
    for (u32 i = 0; i < t->rank; i++) t->label[i] = (u8)sweep_attribute(s, n, (*at)++);
    for (u32 i = 0; i < t->rank && length; i++) length[t->label[i]] = sweep_attribute(s, n, (*at)++);
}

static void read_plan(sweep *s, u32 n, einsum_plan *p) {
    u32 at = 0;
    p->count = sweep_argument_count(s, n);
    read_term(s, n, &at, &p->result, p->length);
    for (u32 k = 0; k < p->count; k++) {
        value x = sweep_argument(s, n, k);
        read_term(s, n, &at, &p->operand[k], NULL);
        for (u32 i = 0; i < p->operand[k].rank; i++) p->length[p->operand[k].label[i]] = x.t->shape[i];
    }
    p->length[EINSUM_NO_LABEL] = 1;
}

void adjoint_einsum(sweep *s, u32 n, value g) {
    einsum_plan p = {0};
    read_plan(s, n, &p);
    for (u32 i = 0; i < p.count; i++) {
        if (!sweep_wants(s, n, i)) continue;
        einsum_plan q = p;
        value operands[EINSUM_MAX_OPERANDS];
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
static void parse_term(reader *in, einsum_term *t, u32 *ellipsis, const view *operand) {
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
        for (u32 k = 0; k < dots && i == dots_at; k++) t->label[t->rank++] = (u8)(EINSUM_LABELS - dots + k);
        if (i < n) t->label[t->rank++] = labels[i];
    }
    if (dots > *ellipsis) *ellipsis = dots;
}

/* Without "->": the axes of "...", then the labels that stand once, in the order of letters. */
static void implied_result(einsum_plan *p, u32 ellipsis) {
    u32 uses[EINSUM_LABELS] = {0};
    for (u32 k = 0; k < p->count; k++)
        for (u32 i = 0; i < p->operand[k].rank; i++) uses[p->operand[k].label[i]]++;
    p->result.rank = 0;
    for (u32 k = 0; k < ellipsis; k++) p->result.label[p->result.rank++] = (u8)(EINSUM_LABELS - ellipsis + k);
    for (u8 label = 0; label < EINSUM_ELLIPSIS && p->result.rank < MAX_RANK; label++)
        if (uses[label] == 1) p->result.label[p->result.rank++] = label;
}

static void check_result(recorder *r, const einsum_plan *p) {
    for (u32 i = 0; i < p->result.rank; i++) {
        u8 label = p->result.label[i];
        bool known = false;
        for (u32 k = 0; k < p->count; k++) known |= einsum_term_has(&p->operand[k], label);
        if (!known)
            record_fail(r, DIAG_BAD_VALUE, "'einsum': no operand has the label '%c' of the result",
                        label_letter(label));
        if (memchr(p->result.label, label, i))
            record_fail(r, DIAG_BAD_VALUE, "'einsum': the result has the label '%c' twice",
                        label_letter(label));
    }
}

/* Lengths of labels; an axis of length 1 is repeated where the label is longer elsewhere. */
static void bind_lengths(recorder *r, einsum_plan *p, const value *operands) {
    bool bound[EINSUM_LABELS] = {false};
    for (u32 k = 0; k < p->count; k++) {
        view v = view_of(&operands[k]);
        for (u32 i = 0; i < v.rank; i++) {
            u8 label = p->operand[k].label[i];
            size_t *length = &p->length[label];
            if (bound[label] && *length != v.shape[i] && *length != 1 && v.shape[i] != 1)
                record_fail(r, DIAG_SHAPE,
                            label < EINSUM_ELLIPSIS
                                ? "'einsum': the label '%c' has the lengths %zu and %zu"
                                : "'einsum': an axis of '%c..' has the lengths %zu and %zu",
                            label < EINSUM_ELLIPSIS ? label_letter(label) : '.', *length, v.shape[i]);
            if (!bound[label] || *length == 1) *length = v.shape[i];
            bound[label] = true;
        }
    }
    for (u32 k = 0; k < p->count; k++)
        for (u32 i = 0; i < p->operand[k].rank; i++)
            if (operands[k].t->shape[i] == 1 && p->length[p->operand[k].label[i]] != 1)
                p->operand[k].label[i] = EINSUM_NO_LABEL;
    p->length[EINSUM_NO_LABEL] = 1;
}

static void parse_subscripts(reader *in, einsum_plan *p, const value *operands) {
    u32 ellipsis = 0, terms = 0;
    bool more = true;
    for (; more; terms++) {
        if (terms == p->count)
            record_fail(in->r, DIAG_BAD_VALUE,
                        "'einsum': the subscripts are for more than the %u operands given", p->count);
        view v = view_of(&operands[terms]);
        parse_term(in, &p->operand[terms], &ellipsis, &v);
        more = accept(in, ",");
    }
    if (terms < p->count)
        record_fail(in->r, DIAG_BAD_VALUE, "'einsum': the subscripts are for %u operands, but there are %u",
                    terms, p->count);
    if (accept(in, "->")) parse_term(in, &p->result, &ellipsis, NULL);
    else implied_result(p, ellipsis);
    if (peek(in))
        record_fail_hint(in->r, DIAG_BAD_VALUE, "a text such as \"ij,jk->ik\"",
                         "'einsum': the subscripts have a character that does not belong there");
    check_result(in->r, p);
}

/* arguments[0] holds the text's bytes, as numbers. */
value fn_einsum(recorder *r, u32 count, value *arguments) {
    einsum_plan p = {.count = count - 1};
    view codes = view_of(&arguments[0]);
    if (p.count > EINSUM_MAX_OPERANDS)
        record_fail(r, DIAG_BAD_ARGUMENTS, "'einsum' takes at most %d operands", EINSUM_MAX_OPERANDS);
    reader in = {r, codes.data, 0, codes.size};
    parse_subscripts(&in, &p, arguments + 1);
    bind_lengths(r, &p, arguments + 1);
    return record_einsum(r, &p, arguments + 1);
}
