/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tape.c - see tape.h. */
#include "core/tape.h"
#include "base/diag.h"
#include "base/pages.h"
#include <string.h>

enum {
    FIRST_CAPACITY = 64,
    EXPECTED_FROM = 1 << 12, /* records, before room is taken for as many as are expected */
    READY_STEP = 1 << 18,    /* records made ready at once, at most: 2 MiB of values */
};

void tape_init(tape *t) {
    memset(t, 0, sizeof *t);
    t->compact_at = t->weight_at = SIZE_MAX;
    tape_clear(t);
}

static void drop_tensors(tape *t) {
    for (size_t i = 1; i < t->count; i++)
        if (t->code[i] & CODE_TENSOR) tensor_drop(t->value[i].t);
    for (size_t i = 0; i < t->tensor_constants.count; i++) tensor_drop(t->tensor_constants.items[i]);
    t->tensor_constants.count = 0;
}

tape_mark tape_here(const tape *t) {
    return (tape_mark){t->count, t->constants.count, t->tensor_constants.count, t->extra.count,
                       t->trail_count};
}

void tape_back(tape *t, tape_mark mark) {
    if (t->count > t->highest) t->highest = t->count;
    for (size_t k = mark.count; k < t->count; k++)
        if (t->code[k] & CODE_TENSOR) t->weight -= t->value[k].t->size, tensor_drop(t->value[k].t);
    for (size_t i = mark.tensor_constants; i < t->tensor_constants.count; i++) {
        t->weight -= t->tensor_constants.items[i]->size;
        tensor_drop(t->tensor_constants.items[i]);
    }
    t->weight -= t->trail_count - mark.trail;
    t->count = mark.count;
    t->constants.count = mark.constants;
    t->tensor_constants.count = mark.tensor_constants;
    t->extra.count = mark.extra;
    t->trail_count = mark.trail;
}

void tape_clear(tape *t) {
    drop_tensors(t);
    t->constants.count = 0;
    t->extra.count = 0;
    t->trail_count = 0;
    t->weight = 0;
    t->count = 0;
    tape_push(t, CODE(OP_NONE, 0), 0, 0, 0, 0);
    array_push(&t->constants, 0.0);
}

/* Every column, with the size of its entries: grown, made ready and freed together. */
#define EACH_COLUMN(t, DO)                                                                                   \
    DO((t)->code)                                                                                            \
    DO((t)->a)                                                                                               \
    DO((t)->b)                                                                                               \
    DO((t)->origin)                                                                                          \
    DO((t)->value)

void tape_free(tape *t) {
    drop_tensors(t);
#define FREE(column) pages_free(column, t->capacity * sizeof *(column));
    EACH_COLUMN(t, FREE)
#undef FREE
    array_free(&t->constants);
    array_free(&t->tensor_constants);
    array_free(&t->extra);
    pages_free(t->trail, t->trail_capacity * sizeof *t->trail);
    memset(t, 0, sizeof *t);
}

static void grow_capacity(tape *t, size_t capacity) {
#define RESIZE(column)                                                                                       \
    column = pages_resize(column, t->capacity * sizeof *(column), capacity * sizeof *(column));
    EACH_COLUMN(t, RESIZE)
#undef RESIZE
    t->capacity = capacity;
}

/* Twice as much, or what is expected where that is more: then nothing has to be moved again. */
static size_t next_capacity(const tape *t) {
    size_t twice = t->capacity ? 2 * t->capacity : FIRST_CAPACITY;
    return twice >= EXPECTED_FROM && t->expected > twice ? t->expected : twice;
}

void tape_grow(tape *t) {
    if (t->count > t->highest) t->highest = t->count;
    if (t->count >= TAPE_LIMIT) fault_raise(FAULT_MEMORY);
    if (t->count == t->capacity) grow_capacity(t, next_capacity(t));
    size_t step = t->count < READY_STEP ? t->count + FIRST_CAPACITY : READY_STEP;
    size_t ready = t->capacity - t->count > step ? t->count + step : t->capacity;
#define READY(column)                                                                                        \
    pages_ready(column, t->capacity * sizeof *(column), t->count * sizeof *(column),                         \
                ready * sizeof *(column));
    EACH_COLUMN(t, READY)
#undef READY
    t->ready = ready;
}

size_t tape_bytes(const tape *t) {
    size_t record = sizeof *t->code + sizeof *t->a + sizeof *t->b + sizeof *t->origin + sizeof *t->value;
    return (t->count - 1) * record + (t->constants.count - 1) * sizeof(double) +
           t->extra.count * sizeof *t->extra.items + t->trail_count * sizeof *t->trail;
}

static void add_weight(tape *t, size_t numbers) {
    t->weight += numbers;
    if (t->weight > t->weight_at) t->compact_at = 0;
}

u32 tape_push_value(tape *t, u16 code, u32 a, u32 b, u32 origin, const value *v) {
    if (!is_tensor(v)) return tape_push(t, code, a, b, origin, v->num);
    u32 n = tape_push(t, (u16)(code | CODE_TENSOR), a, b, origin, 0);
    t->value[n].t = tensor_keep(v->t);
    add_weight(t, v->t->size);
    return n;
}

u32 tape_constant(tape *t, value *v) {
    if (v->aux == 0) {
        if (t->constants.count >= ARG_TENSOR) fault_raise(FAULT_MEMORY);
        u32 number = (u32)t->constants.count;
        array_push(&t->constants, v->num);
        v->aux = number;
    }
    return v->aux;
}

u32 tape_argument(tape *t, value *v) {
    if (v->node) return v->node;
    if (!is_tensor(v)) return ARG_CONST | tape_constant(t, v);
    array_push(&t->tensor_constants, v->t);
    tensor_keep(v->t);
    add_weight(t, v->t->size);
    return ARG_CONST | ARG_TENSOR | (u32)(t->tensor_constants.count - 1);
}

value tape_value(const tape *t, u32 argument) {
    value v = {.node = 0};
    u32 number = argument & ~(ARG_CONST | ARG_TENSOR);
    if (argument & ARG_TENSOR) {
        v.t = t->tensor_constants.items[number];
        v.aux = VALUE_TENSOR;
    } else if (argument & ARG_CONST) {
        v.num = t->constants.items[number];
        v.aux = number;
    } else {
        v.node = argument;
        if (t->code[argument] & CODE_TENSOR) v.t = t->value[argument].t, v.aux = VALUE_TENSOR;
        else v.num = t->value[argument].num;
    }
    return v;
}

const u32 *tape_arguments(const tape *t, u32 k, u32 two[static 2], u32 *count) {
    enum op op = CODE_OP(t->code[k]);
    if (op > OP_DERIVED) {
        const u32 *extra = &t->extra.items[t->a[k]];
        *count = extra[0];
        return extra + 2;
    }
    two[0] = t->a[k];
    two[1] = t->b[k];
    if (op < OP_ELEMENTWISE_END) *count = op_infos[op].arity == 2 ? 2 : 1;
    else *count = op == OP_ALIAS || op == OP_ENTRY;
    return two;
}

u32 tape_extra(tape *t, u32 count, value *arguments, u32 attribute_count, const u32 *attributes) {
    u32 offset = (u32)t->extra.count;
    array_push(&t->extra, count);
    array_push(&t->extra, attribute_count);
    for (u32 i = 0; i < count; i++) {
        u32 argument = tape_argument(t, &arguments[i]);
        array_push(&t->extra, argument);
    }
    for (u32 i = 0; i < attribute_count; i++) array_push(&t->extra, attributes[i]);
    return offset;
}

double *tape_trail_room(tape *t, size_t count) {
    size_t need = t->trail_count + count + TRAIL_UNIT;
    if (need > t->trail_capacity) {
        size_t capacity = need < 2 * t->trail_capacity ? 2 * t->trail_capacity : need;
        t->trail = pages_resize(t->trail, t->trail_capacity * sizeof *t->trail, capacity * sizeof *t->trail);
        t->trail_capacity = capacity;
    }
    pages_ready(t->trail, t->trail_capacity * sizeof *t->trail, t->trail_count * sizeof *t->trail,
                need * sizeof *t->trail);
    return t->trail + t->trail_count;
}

void tape_trail_keep(tape *t, size_t count, u32 *offset, u32 *length) {
    *offset = (u32)(t->trail_count / TRAIL_UNIT);
    *length = (u32)((count + TRAIL_UNIT - 1) / TRAIL_UNIT);
    t->trail_count += (size_t)*length * TRAIL_UNIT;
    add_weight(t, (size_t)*length * TRAIL_UNIT);
}

/* ---- compaction ---- */

typedef struct compaction {
    tape *t;
    u8 *marks;                      /* by record: whether it stays */
    u32 *map;                       /* by record that stays: its new number */
    size_t numbers, tensors, words; /* constants and extra of the records that stay */
    size_t weight;
    ARRAY(u32) extra;
} compaction;

static void mark_root(void *state, value *root) {
    compaction *c = state;
    if (root->node) c->marks[root->node] = 1;
}

/* Gives a root its record's new number.  Where its number lay among the constants is forgotten. */
static void move_root(void *state, value *root) {
    compaction *c = state;
    root->node = c->map[root->node];
    if (!is_tensor(root)) root->aux = 0;
}

static void move_weak_root(void *state, value *root) {
    compaction *c = state;
    root->node = c->marks[root->node] ? c->map[root->node] : 0;
}

/* Calls `each` with every argument of record k, where it lies. */
static void each_argument(tape *t, size_t k, void (*each)(compaction *, u32 *), compaction *c) {
    enum op op = CODE_OP(t->code[k]);
    if (op < OP_ELEMENTWISE_END) {
        each(c, &t->a[k]);
        if (op_infos[op].arity == 2) each(c, &t->b[k]);
    } else if (op == OP_ALIAS || op == OP_ENTRY) {
        each(c, &t->a[k]);
    } else if (op > OP_DERIVED) {
        u32 *extra = &t->extra.items[t->a[k]];
        for (u32 i = 0; i < extra[0]; i++) each(c, &extra[2 + i]);
    }
}

static void mark_argument(compaction *c, u32 *argument) {
    if (!(*argument & ARG_CONST)) c->marks[*argument] = 1;
    else if (!(*argument & ARG_TENSOR)) c->numbers++;
    else {
        c->tensors++;
        c->weight += c->t->tensor_constants.items[*argument & ~(ARG_CONST | ARG_TENSOR)]->size;
    }
}

/* Constants that are still used are copied behind the old ones; the old ones are dropped at the end. */
static void move_argument(compaction *c, u32 *argument) {
    tape *t = c->t;
    u32 number = *argument & ~(ARG_CONST | ARG_TENSOR);
    if (*argument & ARG_TENSOR) {
        array_push(&t->tensor_constants, tensor_keep(t->tensor_constants.items[number]));
        *argument = ARG_CONST | ARG_TENSOR | (u32)(t->tensor_constants.count - 1);
    } else if (*argument & ARG_CONST) {
        double x = t->constants.items[number];
        array_push(&t->constants, x);
        *argument = ARG_CONST | (u32)(t->constants.count - 1);
    } else {
        *argument = c->map[*argument];
    }
}

/* Takes the old constants away, whose numbers are below `old`, and lowers the numbers in arguments. */
typedef struct lowering {
    compaction base;
    u32 constants, tensors;
} lowering;

static void lower_argument(compaction *c, u32 *argument) {
    const lowering *l = (const lowering *)c;
    if (*argument & ARG_TENSOR) *argument -= l->tensors;
    else if (*argument & ARG_CONST) *argument -= l->constants;
}

static void drop_old_constants(tape *t, size_t constants, size_t tensors) {
    for (size_t i = 0; i < tensors; i++) tensor_drop(t->tensor_constants.items[i]);
    t->tensor_constants.count -= tensors;
    if (t->tensor_constants.count)
        memmove(t->tensor_constants.items, t->tensor_constants.items + tensors,
                t->tensor_constants.count * sizeof *t->tensor_constants.items);
    /* number 0 stays unused */
    t->constants.count -= constants - 1;
    memmove(t->constants.items + 1, t->constants.items + constants,
            (t->constants.count - 1) * sizeof *t->constants.items);
    lowering l = {{.t = t}, (u32)constants - 1, (u32)tensors};
    for (size_t k = 1; k < t->count; k++) each_argument(t, k, lower_argument, &l.base);
}

static void move_record(tape *t, size_t from, size_t to) {
    t->code[to] = t->code[from];
    t->a[to] = t->a[from];
    t->b[to] = t->b[from];
    t->origin[to] = t->origin[from];
    t->value[to] = t->value[from];
}

/* Moves what a fused loop keeps down to what the loops before it keep. */
static void move_trail(tape *t, u32 *attributes) {
    double *from = t->trail + (size_t)attributes[0] * TRAIL_UNIT;
    memmove(t->trail + t->trail_count, from, (size_t)attributes[1] * TRAIL_UNIT * sizeof *from);
    attributes[0] = (u32)(t->trail_count / TRAIL_UNIT);
    t->trail_count += (size_t)attributes[1] * TRAIL_UNIT;
}

/* Copies the arguments and attributes of records that stay to a new list. */
static void move_extra(compaction *c) {
    tape *t = c->t;
    t->trail_count = 0;
    for (size_t k = 1; k < t->count; k++) {
        if (CODE_OP(t->code[k]) <= OP_DERIVED) continue;
        const u32 *extra = &t->extra.items[t->a[k]];
        u32 words = 2 + extra[0] + extra[1];
        bool is_loop = CODE_OP(t->code[k]) == OP_LOOP;
        t->a[k] = (u32)c->extra.count;
        for (u32 i = 0; i < words; i++) array_push(&c->extra, extra[i]);
        if (is_loop) move_trail(t, &c->extra.items[t->a[k] + 2 + extra[0]]);
    }
    array_free(&t->extra);
    t->extra.items = c->extra.items;
    t->extra.count = c->extra.count;
    t->extra.capacity = c->extra.capacity;
    memset(&c->extra, 0, sizeof c->extra);
}

/* Marks what the roots reach and gives how many records that are. */
static size_t mark_live(compaction *c, tape_roots roots) {
    tape *t = c->t;
    size_t live = 0;
    roots.each(roots.user, mark_root, c);
    for (size_t k = t->count; k-- > 1;) {
        if (!c->marks[k]) continue;
        each_argument(t, k, mark_argument, c);
        if (t->code[k] & CODE_TENSOR) c->weight += t->value[k].t->size;
        live++;
        if (CODE_OP(t->code[k]) <= OP_DERIVED) continue;
        const u32 *extra = &t->extra.items[t->a[k]];
        c->words += 2 + extra[0] + extra[1];
        if (CODE_OP(t->code[k]) == OP_LOOP) c->weight += (size_t)extra[2 + extra[0] + 1] * TRAIL_UNIT;
    }
    return live;
}

#define RESERVE(v, n)                                                                                        \
    if ((n) > 0) (v)->items = mem_grow((v)->items, (n)-1, &(v)->capacity, sizeof *(v)->items)

/* All that moving needs, so that a request that fails leaves the tape as it was. */
static void make_room(compaction *c) {
    tape *t = c->t;
    RESERVE(&t->constants, t->constants.count + c->numbers);
    RESERVE(&t->tensor_constants, t->tensor_constants.count + c->tensors);
    RESERVE(&c->extra, c->words);
    c->map = mem_alloc(t->count, sizeof *c->map);
    c->map[0] = 0;
}

static void move_live(compaction *c, tape_roots roots) {
    tape *t = c->t;
    size_t constants = t->constants.count, tensors = t->tensor_constants.count, kept = 1;
    for (size_t k = 1; k < t->count; k++) {
        if (!c->marks[k]) {
            if (t->code[k] & CODE_TENSOR) tensor_drop(t->value[k].t);
            continue;
        }
        each_argument(t, k, move_argument, c);
        move_record(t, k, kept);
        c->map[k] = (u32)kept++;
    }
    t->count = kept;
    roots.each(roots.user, move_root, c);
    if (roots.each_weak) roots.each_weak(roots.user, move_weak_root, c);
    drop_old_constants(t, constants, tensors);
    move_extra(c);
    t->weight = c->weight;
}

static bool is_worth_it(const compaction *c, size_t live) {
    const tape *t = c->t;
    return live < t->count - t->count / 4 || c->weight < t->weight - t->weight / 4;
}

size_t tape_compact(tape *t, tape_roots roots) {
    if (t->count > t->highest) t->highest = t->count;
    compaction c = {.t = t, .marks = mem_zero(t->count, 1)};
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault && is_worth_it(&c, mark_live(&c, roots))) {
        make_room(&c);
        move_live(&c, roots);
    }
    fault_end(&here);
    mem_free(c.marks);
    mem_free(c.map);
    array_free(&c.extra);
    if (fault) fault_raise((enum fault)fault);
    return t->count;
}
