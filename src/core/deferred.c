/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deferred.c - see deferred.h.
 *
 * To compute an expression its tensors are listed operands first, and each becomes a step of a small program
 * over blocks.  A block is BLOCK entries of each value at work; the entries of tensors that have them are
 * used where they lie.
 *
 *     step    op    operands           result
 *      0      MUL   X, X               block 0
 *      1      NEG   block 0            block 0     <- a block whose last reader this is serves again
 *      2      EXP   block 0            block 1 ... */
#include "core/deferred.h"
#include "core/kernels.h"
#include <pthread.h>
#include <string.h>

enum {
    BLOCK = 512,
    LONGEST = 64,       /* operations in one expression */
    CHUNK = 64 * BLOCK, /* entries that a thread takes at a time */
    THREADS_FROM = 8 * CHUNK,
    MOST_THREADS = 64,
    REUSED = 2, /* computed more often than this without being kept: keep it now */
};

/* ---- making ---- */

static bool operand_fits(u32 rank, const size_t *shape, const value *v) {
    if (!is_tensor(v)) return true;
    return v->t->size == 1 ? v->t->rank <= rank : shape_equal(rank, shape, v->t->rank, v->t->shape);
}

bool deferred_fits(u32 rank, const size_t *shape, const value *a, const value *b) {
    size_t size = 1;
    for (u32 i = 0; i < rank; i++) {
        if (shape[i] == 0) return false;
        if (__builtin_mul_overflow(size, shape[i], &size)) return false;
    }
    return rank > 0 && size >= DEFER_FROM && operand_fits(rank, shape, a) &&
           (!b || operand_fits(rank, shape, b));
}

static bool is_constant(const tensor *t) { return !t->data && t->deferred->op == OP_NONE; }

bool deferred_is_number(const value *v, double x) {
    return is_tensor(v) && is_constant(v->t) && v->t->deferred->a.num == x;
}

/* Keeps an operand: one entry becomes a scalar. */
static value operand(const value *v) {
    if (!is_tensor(v)) return SCALAR(v->num);
    if (is_constant(v->t)) return v->t->deferred->a;
    if (v->t->size == 1) return SCALAR(view_of(v).data[0]);
    return (value){.t = tensor_keep(v->t), .aux = VALUE_TENSOR};
}

static u32 length_of(const value *v) {
    return is_tensor(v) && !v->t->data && v->t->deferred ? v->t->deferred->length : 0;
}

tensor *deferred_new(u32 rank, const size_t *shape, enum op op, const value *a, const value *b) {
    /* an expression that grows in a loop is computed from time to time */
    if (length_of(a) + (b ? length_of(b) : 0) >= LONGEST) {
        if (is_tensor(a)) (void)view_of(a);
        if (b && is_tensor(b)) (void)view_of(b);
    }
    deferred *d = mem_alloc(1, sizeof *d);
    fault_point here;
    tensor *volatile t = NULL;
    volatile int fault = FAULT_TRY(&here);
    if (!fault) t = tensor_without_entries(rank, shape);
    fault_end(&here);
    if (fault) {
        mem_free(d);
        fault_raise((enum fault)fault);
    }
    *d = (deferred){.op = op, .length = 1 + length_of(a) + (b ? length_of(b) : 0), .a = operand(a)};
    d->b = b ? operand(b) : SCALAR(0);
    t->deferred = d;
    return t;
}

/* Chains of deferred tensors are at most LONGEST long, and so is this recursion through tensor_drop. */
void deferred_forget(tensor *t) {
    deferred *d = t->deferred;
    t->deferred = NULL;
    value_drop(&d->a);
    value_drop(&d->b);
    mem_free(d);
}

/* ---- the program ---- */

typedef struct place {
    const double *entries; /* of a whole tensor, or NULL */
    double number;         /* for a scalar */
    int block;             /* or the block it lies in, or -1 */
} place;

typedef struct step {
    enum op op;
    bool two;
    place a, b;
    int block;
    double *keep; /* where the entries go as well, or NULL */
    bool is_read; /* by later steps, which look for it in its block */
} step;

typedef struct listed {
    tensor *t;
    int block, last; /* the last step that reads it */
} listed;

typedef struct program {
    listed items[LONGEST * 2];
    int count, blocks;
    step steps[LONGEST * 2];
} program;

static int find(const program *p, const tensor *t) {
    for (int i = 0; i < p->count; i++)
        if (p->items[i].t == t) return i;
    return -1;
}

static bool is_waiting(const value *v) { return is_tensor(v) && !v->t->data; }

/* Operands first.  Recursion is as deep as the expression is long. */
static void list(program *p, tensor *t) {
    if (find(p, t) >= 0) return;
    if (is_waiting(&t->deferred->a)) list(p, t->deferred->a.t);
    if (is_waiting(&t->deferred->b)) list(p, t->deferred->b.t);
    int number = p->count++;
    p->items[number] = (listed){.t = t, .block = -1, .last = number};
}

static void mark_readers(program *p) {
    for (int i = 0; i < p->count; i++) {
        const deferred *d = p->items[i].t->deferred;
        if (is_waiting(&d->a)) p->items[find(p, d->a.t)].last = i;
        if (is_waiting(&d->b)) p->items[find(p, d->b.t)].last = i;
    }
}

static place place_of(const program *p, const value *v) {
    if (!is_tensor(v)) return (place){NULL, v->num, -1};
    if (v->t->data) return (place){v->t->data, 0, -1};
    return (place){NULL, 0, p->items[find(p, v->t)].block};
}

/* A block is free again behind the last step that reads it; the step itself may write where it reads, since
 * kernels go entry by entry. */
static void assign_blocks(program *p) {
    bool busy[LONGEST * 2] = {false};
    for (int i = 0; i < p->count; i++) {
        const deferred *d = p->items[i].t->deferred;
        step *s = &p->steps[i];
        *s = (step){
            .op = d->op, .two = op_infos[d->op].arity == 2, .a = place_of(p, &d->a), .b = place_of(p, &d->b)};
        for (int k = 0; k < i; k++)
            if (p->items[k].last == i) busy[p->items[k].block] = false;
        int free = 0;
        while (busy[free]) free++;
        busy[free] = true;
        p->items[i].block = s->block = free;
        s->is_read = p->items[i].last != i;
        if (free >= p->blocks) p->blocks = free + 1;
    }
}

static void compile(program *p, tensor *t) {
    p->count = p->blocks = 0;
    list(p, t);
    mark_readers(p);
    assign_blocks(p);
}

/* ---- running it ---- */

typedef struct work {
    const program *p;
    size_t size;
    double *sums;            /* one a chunk, or NULL */
    double (*blocks)[BLOCK]; /* for all workers */
    unsigned workers;        /* that have started */
    size_t next;             /* the chunk that nobody has taken yet */
} work;

static const double *operand_at(const place *o, double (*blocks)[BLOCK], size_t at, size_t *stride) {
    *stride = 1;
    if (o->block >= 0) return blocks[o->block];
    if (o->entries) return o->entries + at;
    *stride = 0;
    return &o->number;
}

static void run_step(const step *s, double (*blocks)[BLOCK], size_t at, size_t n) {
    size_t sa, sb;
    const double *a = operand_at(&s->a, blocks, at, &sa), *b = operand_at(&s->b, blocks, at, &sb);
    double *to = s->keep ? s->keep + at : blocks[s->block];
    if (s->op == OP_NONE)
        for (size_t i = 0; i < n; i++) to[i] = *a;
    else if (s->two) kernel2(s->op, n, a, sa, b, sb, to);
    else if (sa) kernel1(s->op, n, a, to);
    else {
        kernel1(s->op, 1, a, to);
        for (size_t i = 1; i < n; i++) to[i] = to[0];
    }
    if (s->keep && s->is_read) memcpy(blocks[s->block], to, n * sizeof *to);
}

static void run_chunk(const work *w, size_t chunk, double (*blocks)[BLOCK]) {
    size_t begin = chunk * CHUNK, end = begin + CHUNK < w->size ? begin + CHUNK : w->size;
    double sums[CHUNK / BLOCK] = {0};
    size_t count = 0;
    for (size_t at = begin; at < end; at += BLOCK) {
        size_t n = end - at < BLOCK ? end - at : BLOCK;
        for (int i = 0; i < w->p->count; i++) run_step(&w->p->steps[i], blocks, at, n);
        const step *last = &w->p->steps[w->p->count - 1];
        if (w->sums) sums[count++] = kernel_sum(n, last->keep ? last->keep + at : blocks[last->block]);
    }
    if (!w->sums) return;
    for (size_t width = 1; width < count; width *= 2)
        for (size_t i = 0; i + width < count; i += 2 * width) sums[i] += sums[i + width];
    w->sums[chunk] = sums[0];
}

static void *run_chunks(void *argument) {
    work *w = argument;
    unsigned worker = __atomic_fetch_add(&w->workers, 1, __ATOMIC_RELAXED);
    double(*blocks)[BLOCK] = w->blocks + (size_t)worker * (size_t)w->p->blocks;
    size_t chunks = (w->size + CHUNK - 1) / CHUNK;
    for (;;) {
        size_t chunk = __atomic_fetch_add(&w->next, 1, __ATOMIC_RELAXED);
        if (chunk >= chunks) return NULL;
        run_chunk(w, chunk, blocks);
    }
}

static unsigned thread_count = 1;

static unsigned workers_for(size_t size) { return size >= THREADS_FROM ? thread_count : 1; }

/* Asked for before any tensor gets its entries, so that a failure leaves all as they were. */
static double (*new_blocks(const program *p, size_t size))[BLOCK] {
    return mem_alloc((size_t)workers_for(size) * (size_t)p->blocks, sizeof(double[BLOCK]));
}

void deferred_set_threads(unsigned count) {
    thread_count = count < 1 ? 1 : count > MOST_THREADS ? MOST_THREADS : count;
}

/* Which thread takes which chunk makes no difference to the result. */
static void run(work *w) {
    pthread_t helpers[MOST_THREADS];
    unsigned started = 0, wanted = workers_for(w->size);
    while (started + 1 < wanted && pthread_create(&helpers[started], NULL, run_chunks, w) == 0) started++;
    run_chunks(w);
    while (started) pthread_join(helpers[--started], NULL);
    mem_free(w->blocks);
}

/* Intermediate results that are wanted again and again are kept this time; where there is no memory for that,
 * they are not. */
static void keep_reused(program *p) {
    fault_point here;
    if (FAULT_TRY(&here) == 0)
        for (int i = 0; i < p->count; i++) {
            tensor *t = p->items[i].t;
            if (t->data || ++t->deferred->uses <= REUSED) continue;
            tensor_allocate(t);
            p->steps[i].keep = t->data;
        }
    fault_end(&here);
}

static void settle(program *p) {
    for (int i = 0; i < p->count; i++)
        if (p->steps[i].keep) deferred_forget(p->items[i].t);
}

void tensor_compute(tensor *t) {
    program p;
    compile(&p, t);
    work w = {.p = &p, .size = t->size, .blocks = new_blocks(&p, t->size)};
    fault_point here;
    volatile int fault = FAULT_TRY(&here);
    if (!fault) tensor_allocate(t);
    fault_end(&here);
    if (fault) {
        mem_free(w.blocks);
        fault_raise((enum fault)fault);
    }
    p.steps[p.count - 1].keep = t->data;
    keep_reused(&p);
    run(&w);
    settle(&p);
}

double deferred_sum(tensor *t) {
    program p;
    size_t chunks = (t->size + CHUNK - 1) / CHUNK;
    compile(&p, t);
    work w = {.p = &p, .size = t->size, .blocks = new_blocks(&p, t->size)};
    fault_point here;
    double *volatile sums = NULL;
    volatile int fault = FAULT_TRY(&here);
    if (!fault) sums = w.sums = mem_alloc(chunks, sizeof *sums);
    fault_end(&here);
    if (fault) {
        mem_free(w.blocks);
        fault_raise((enum fault)fault);
    }
    keep_reused(&p);
    run(&w);
    settle(&p);
    for (size_t width = 1; width < chunks; width *= 2)
        for (size_t i = 0; i + width < chunks; i += 2 * width) sums[i] += sums[i + width];
    double sum = sums[0];
    mem_free(sums);
    return sum;
}
