/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sparsity.c - see sparsity.h. */
#include "core/sparsity.h"
#include "core/functions.h"
#include "core/sweep.h"
#include "core/tensor_ops.h"
#include <string.h>

/* Set 0 is empty, set 1 has all columns or so many that they count as all; then come sets of one column. */
enum { NO_COLUMNS, ALL_COLUMNS, FIRST_COLUMN };
enum { MOST_IN_SET = 256, MOST_ENTRIES = 1 << 26, MOST_NUMBERS = 1 << 25 };

typedef struct pair {
    u32 a, b, both;
} pair;

typedef struct finder {
    const tape *t;
    recorder *r;
    u32 low;
    const u8 *mask;
    size_t columns;
    u32 **sets; /* by record - low: a set for each of its entries, or NULL */
    size_t record_count, entries;
    ARRAY(size_t) begin; /* by set behind those of one column: where its columns begin; and the end */
    ARRAY(u32) items;
    pair *unions; /* a hash table with open addressing */
    size_t union_count, union_room;
} finder;

static const u32 *set_columns(const finder *f, u32 set, u32 *one, size_t *count) {
    if (set < FIRST_COLUMN + f->columns) {
        *one = set - FIRST_COLUMN;
        *count = set >= FIRST_COLUMN;
        return one;
    }
    size_t i = set - FIRST_COLUMN - f->columns;
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): there are such sets only where merge has made them
    *count = f->begin.items[i + 1] - f->begin.items[i];
    return f->items.items + f->begin.items[i];
}

static pair *find_pair(pair *table, size_t room, u32 a, u32 b) {
    size_t at = ((u64)a * 0x9e3779b97f4a7c15u ^ (u64)b * 0xc2b2ae3d27d4eb4fu) >> 20;
    while (table[at &= room - 1].both && (table[at].a != a || table[at].b != b)) at++;
    return &table[at];
}

static void grow_unions(finder *f) {
    size_t room = f->union_room ? 2 * f->union_room : 1024;
    pair *table = mem_zero(room, sizeof *table);
    for (size_t i = 0; i < f->union_room; i++)
        if (f->unions[i].both) *find_pair(table, room, f->unions[i].a, f->unions[i].b) = f->unions[i];
    mem_free(f->unions);
    f->unions = table;
    f->union_room = room;
}

/* The union of two sets as a new one, or as one of the two. */
static u32 merge(finder *f, u32 a, u32 b) {
    u32 one_a, one_b;
    size_t na, nb, first = f->items.count;
    const u32 *x = set_columns(f, a, &one_a, &na), *y = set_columns(f, b, &one_b, &nb);
    if (na + nb > MOST_IN_SET || first > MOST_NUMBERS) return ALL_COLUMNS;
    u32 both[MOST_IN_SET];
    size_t i = 0, k = 0, n = 0;
    while (i < na || k < nb) {
        u32 next = k == nb || (i < na && x[i] <= y[k]) ? x[i] : y[k];
        i += i < na && x[i] == next;
        k += k < nb && y[k] == next;
        both[n++] = next;
    }
    if (n == na) return a;
    if (n == nb) return b;
    for (i = 0; i < n; i++) array_push(&f->items, both[i]);
    if (!f->begin.count) array_push(&f->begin, first);
    array_push(&f->begin, first + n);
    return (u32)(FIRST_COLUMN + f->columns + f->begin.count - 2);
}

static u32 join(finder *f, u32 a, u32 b) {
    if (a == b || b == NO_COLUMNS) return a;
    if (a == NO_COLUMNS) return b;
    if (a == ALL_COLUMNS || b == ALL_COLUMNS) return ALL_COLUMNS;
    if (a > b) return join(f, b, a);
    if (2 * f->union_count >= f->union_room) grow_unions(f);
    pair *p = find_pair(f->unions, f->union_room, a, b);
    if (p->both) return p->both;
    u32 both = merge(f, a, b);
    *p = (pair){a, b, both};
    f->union_count++;
    return both;
}

/* ---- records ---- */

static view shape_of_record(const finder *f, u32 k) {
    value v = tape_value(f->t, k);
    return shape_of(&v);
}

/* Sets of an argument; NULL where it has none. */
static const u32 *sets_of(const finder *f, u32 argument) {
    if ((argument & ARG_CONST) || argument < f->low) return NULL;
    return f->sets[argument - f->low];
}

static u32 *new_sets(finder *f, u32 k) {
    size_t size = shape_of_record(f, k).size;
    f->entries += size;
    u32 *s = f->sets[k - f->low] = mem_zero(size + 1, sizeof *s);
    return s;
}

/* The entry of an operand that entry i of the broadcast result is made from. */
static size_t operand_entry(view y, view x, size_t i) {
    if (x.size == y.size) return i;
    if (x.size == 1) return 0;
    size_t at = 0, step = 1;
    for (u32 axis = 0; axis < x.rank; axis++) {
        u32 from_end = axis + 1;
        size_t length = y.shape[y.rank - from_end], k = i % length;
        i /= length;
        if (x.shape[x.rank - from_end] > 1) at += k * step;
        step *= x.shape[x.rank - from_end];
    }
    return at;
}

/* Entry by entry, with broadcasting. */
static void join_entries(finder *f, u32 k, u32 argument) {
    const u32 *from = sets_of(f, argument);
    if (!from) return;
    u32 *to = f->sets[k - f->low];
    view y = shape_of_record(f, k), x = shape_of_record(f, argument);
    for (size_t i = 0; i < y.size; i++) to[i] = join(f, to[i], from[operand_entry(y, x, i)]);
}

static void join_sums(finder *f, u32 k, u32 argument) {
    const u32 *from = sets_of(f, argument);
    if (!from) return;
    u32 *to = f->sets[k - f->low];
    view y = shape_of_record(f, k), x = shape_of_record(f, argument);
    for (size_t i = 0; i < x.size; i++) {
        u32 *entry = &to[operand_entry(x, y, i)];
        *entry = join(f, *entry, from[i]);
    }
}

static bool is_zero(enum op op, int which) { return PARTIAL_IS_ZERO(op_infos[op].partials[which]); }

static void elementwise(finder *f, u32 k, enum op op) {
    u16 code = f->t->code[k];
    if (!(code & CODE_CONST_A) && !is_zero(op, 0)) join_entries(f, k, f->t->a[k]);
    if (op_infos[op].arity == 2 && !(code & CODE_CONST_B) && !is_zero(op, 1)) join_entries(f, k, f->t->b[k]);
}

/* x[plan]: parts taken, put into zeros, or replaced. */
static void parts(finder *f, u32 k, enum op op, const u32 *arguments) {
    u32 *to = f->sets[k - f->low];
    size_t mark = pool_mark(f->r);
    value offsets = index_offsets(f->r, k);
    view at = view_of(&offsets);
    if (op == OP_SET) join_entries(f, k, arguments[0]);
    const u32 *part = sets_of(f, arguments[op == OP_SET]);
    view y = at, x = part ? shape_of_record(f, arguments[op == OP_SET]) : at;
    for (size_t i = 0; i < at.size; i++) {
        size_t entry = (size_t)at.data[i];
        if (op == OP_GET) to[i] = part ? part[entry] : NO_COLUMNS;
        else if (op == OP_PUT) to[entry] = join(f, to[entry], part ? part[i] : NO_COLUMNS);
        else to[entry] = part ? part[operand_entry(y, x, i)] : NO_COLUMNS;
    }
    pool_release(f->r, mark);
}

/* Scalars side by side: entry i is argument i. */
static void stack(finder *f, u32 k, u32 count, const u32 *arguments) {
    u32 *to = f->sets[k - f->low];
    for (u32 i = 0; i < count; i++) {
        const u32 *from = sets_of(f, arguments[i]);
        if (from) to[i] = from[0];
    }
}

static void all_from_all(finder *f, u32 k, u32 count, const u32 *arguments) {
    u32 *to = f->sets[k - f->low], all = NO_COLUMNS;
    size_t size = shape_of_record(f, k).size;
    for (u32 i = 0; i < count; i++) {
        const u32 *from = sets_of(f, arguments[i]);
        if (!from) continue;
        size_t entries = shape_of_record(f, arguments[i]).size;
        for (size_t e = 0; e < entries && all != ALL_COLUMNS; e++) all = join(f, all, from[e]);
    }
    for (size_t i = 0; i < size; i++) to[i] = all;
}

static void find_sets(finder *f, u32 k) {
    enum op op = CODE_OP(f->t->code[k]);
    u32 two[2], count;
    const u32 *arguments = tape_arguments(f->t, k, two, &count);
    u32 *to = new_sets(f, k);
    if (op < OP_ELEMENTWISE_END) {
        elementwise(f, k, op);
        return;
    }
    switch ((int)op) {
    case OP_ALIAS:
    case OP_WHERE:
    case OP_SPREAD_TO:
    case OP_RESHAPE:
        for (u32 i = 0; i < count; i++) join_entries(f, k, arguments[i]);
        return;
    case OP_ENTRY: *to = sets_of(f, arguments[0])[f->t->b[k]]; return;
    case OP_SUM_TO: join_sums(f, k, arguments[0]); return;
    case OP_GET:
    case OP_PUT:
    case OP_SET: parts(f, k, op, arguments); return;
    default:
        if (op == OP_STACK && shape_of_record(f, k).rank == 1) stack(f, k, count, arguments);
        else all_from_all(f, k, count, arguments);
    }
}

/* ---- the pattern ---- */

static sparsity *pattern_of(finder *f, u32 y) {
    const u32 *sets = f->sets[y - f->low];
    size_t rows = shape_of_record(f, y).size, total = 0, count;
    u32 one;
    for (size_t i = 0; i < rows; i++) {
        if (sets[i] == ALL_COLUMNS) count = f->columns;
        else (void)set_columns(f, sets[i], &one, &count);
        total += count;
    }
    if (total > rows * f->columns / 4 || total > MOST_NUMBERS) return NULL;
    sparsity *p = mem_zero(1, sizeof *p);
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) {
        *p = (sparsity){.rows = rows, .columns = f->columns};
        p->begin = mem_zero(rows + 1, sizeof *p->begin);
        p->column = mem_zero(total + 1, sizeof *p->column);
        for (size_t i = 0; i < rows; i++) {
            u32 *to = p->column + p->begin[i];
            if (sets[i] == ALL_COLUMNS) {
                for (count = 0; count < f->columns; count++) to[count] = (u32)count;
            } else {
                const u32 *columns = set_columns(f, sets[i], &one, &count);
                memcpy(to, columns, count * sizeof *to);
            }
            p->begin[i + 1] = p->begin[i] + count;
        }
    }
    fault_end(&here);
    if (!fault) return p;
    sparsity_free(p);
    fault_raise((enum fault)fault);
}

static sparsity *find_pattern(finder *f, u32 y, u32 x) {
    f->record_count = y - x + 1;
    f->sets = mem_zero(f->record_count, sizeof *f->sets);
    value variable = {.node = x};
    f->mask = depending_on(f->r, x, y, 1, &variable);
    if (!f->mask[y - x]) return NULL;
    u32 *own = new_sets(f, x);
    for (size_t i = 0; i < f->columns; i++) own[i] = (u32)(FIRST_COLUMN + i);
    for (u32 k = x + 1; k <= y; k++) {
        if (!f->mask[k - x]) continue;
        find_sets(f, k);
        if (f->entries > MOST_ENTRIES) return NULL;
    }
    return pattern_of(f, y);
}

sparsity *sparsity_of(recorder *r, u32 y, u32 x) {
    finder f = {.t = &r->tape, .r = r, .low = x};
    f.columns = shape_of_record(&f, x).size;
    if (f.columns > MOST_NUMBERS) return NULL;
    sparsity *volatile p = NULL;
    fault_point here;
    volatile int fault = FAULT_TRY(&here);
    if (!fault) p = find_pattern(&f, y, x);
    fault_end(&here);
    for (size_t i = 0; f.sets && i < f.record_count; i++) mem_free(f.sets[i]);
    mem_free(f.sets);
    mem_free(f.unions);
    array_free(&f.begin);
    array_free(&f.items);
    if (fault) fault_raise((enum fault)fault);
    return p;
}

void sparsity_free(sparsity *p) {
    if (!p) return;
    mem_free(p->begin);
    mem_free(p->column);
    mem_free(p);
}

sparsity *sparsity_transposed(const sparsity *p) {
    sparsity *q = mem_zero(1, sizeof *q);
    size_t *at = NULL, total = p->begin[p->rows];
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) {
        *q = (sparsity){.rows = p->columns, .columns = p->rows};
        q->begin = mem_zero(q->rows + 1, sizeof *q->begin);
        q->column = mem_zero(total + 1, sizeof *q->column);
        at = mem_zero(q->rows + 1, sizeof *at);
        for (size_t e = 0; e < total; e++) q->begin[p->column[e] + 1]++;
        for (size_t i = 0; i < q->rows; i++) at[i] = q->begin[i], q->begin[i + 1] += q->begin[i];
        for (size_t i = 0; i < p->rows; i++)
            for (size_t e = p->begin[i]; e < p->begin[i + 1]; e++) q->column[at[p->column[e]]++] = (u32)i;
    }
    fault_end(&here);
    mem_free(at);
    if (!fault) return q;
    sparsity_free(q);
    fault_raise((enum fault)fault);
}

/* The first colour that no row has with which this one shares a column. */
u32 sparsity_colour(const sparsity *p, u32 *colours) {
    sparsity *by_column = sparsity_transposed(p);
    u32 count = 0, *taken_by = NULL;
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) taken_by = mem_zero(p->rows + 1, sizeof *taken_by); /* by colour: a row + 1 */
    fault_end(&here);
    for (size_t i = 0; !fault && i < p->rows; i++) {
        for (size_t e = p->begin[i]; e < p->begin[i + 1]; e++) {
            size_t column = p->column[e];
            for (size_t k = by_column->begin[column]; k < by_column->begin[column + 1]; k++) {
                u32 row = by_column->column[k];
                if (row >= i) break;
                taken_by[colours[row]] = (u32)i + 1;
            }
        }
        u32 colour = 0;
        while (taken_by[colour] == (u32)i + 1) colour++;
        colours[i] = colour;
        if (colour >= count) count = colour + 1;
    }
    mem_free(taken_by);
    sparsity_free(by_column);
    if (fault) fault_raise((enum fault)fault);
    return count;
}
