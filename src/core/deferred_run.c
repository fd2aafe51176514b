/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deferred_run.c - deferred tensors get their entries.
 *
 * The tensors of an expression, operands first, become the nodes of a plan as rows have them
 * (replay_parts.h): tensors with entries are its columns, what is to be kept are its results.  The plan is
 * run block by block, by several threads on large tensors. */
#include "core/deferred.h"
#include "core/kernels.h"
#include "core/replay_parts.h"
#include <pthread.h>
#include <string.h>

enum {
    BLOCK = REPLAY_BLOCK,
    CHUNK = 64 * BLOCK, /* entries that a thread takes at a time */
    THREADS_FROM = 8 * CHUNK,
    MOST_THREADS = 64,
    MOST = 2 * DEFERRED_LONGEST, /* tensors, and results, of one expression */
    REUSED = 2,                  /* computed more often than this without being kept: keep it now */
};

/* ---- the plan ---- */

typedef struct listed {
    tensor *t;
    u32 node;
} listed;

/* A tensor that is given entries, and what owns them until all have been computed. */
typedef struct kept {
    tensor *t, *room;
} kept;

typedef struct expression {
    listed waiting[MOST]; /* operands first; the last one is what is asked for */
    int count;
    listed columns[2 * MOST]; /* tensors with entries */
    int column_count;
    kept results[MOST + 1]; /* of the plan; the first is what is asked for, whose room may be NULL */
    int result_count;
    replay *plan;
} expression;

static bool is_waiting(const value *v) { return is_tensor(v) && !v->t->data; }

static int find(const listed *items, int count, const tensor *t) {
    for (int i = 0; i < count; i++)
        if (items[i].t == t) return i;
    return -1;
}

/* Recursion is as deep as the expression is long. */
static void list(expression *e, tensor *t) {
    if (find(e->waiting, e->count, t) >= 0) return;
    if (is_waiting(&t->deferred->a)) list(e, t->deferred->a.t);
    if (is_waiting(&t->deferred->b)) list(e, t->deferred->b.t);
    e->waiting[e->count++].t = t;
}

static void list_column(expression *e, const value *v) {
    if (!is_tensor(v) || is_waiting(v) || find(e->columns, e->column_count, v->t) >= 0) return;
    e->columns[e->column_count++].t = v->t;
}

static void list_columns(expression *e) {
    for (int i = 0; i < e->count; i++) {
        list_column(e, &e->waiting[i].t->deferred->a);
        list_column(e, &e->waiting[i].t->deferred->b);
    }
}

static u32 node_of_value(const expression *e, const value *v) {
    if (!is_tensor(v)) return replay_constant(e->plan, v->num);
    const listed *items = is_waiting(v) ? e->waiting : e->columns;
    return items[find(items, is_waiting(v) ? e->count : e->column_count, v->t)].node;
}

static u32 node_of_tensor(const expression *e, const tensor *t) {
    const deferred *d = t->deferred;
    u32 a = node_of_value(e, &d->a);
    if (d->op == OP_NONE) return a;
    u32 b = op_infos[d->op].arity == 2 ? node_of_value(e, &d->b) : 0;
    return replay_node_of(e->plan, (u16)d->op, a, b, 0);
}

static void make_nodes(expression *e) {
    e->plan->columns = (size_t)e->column_count;
    for (int i = 0; i < e->column_count; i++)
        e->columns[i].node = replay_node_of(e->plan, NODE_COLUMN, (u32)i, 0, 0);
    for (int i = 0; i < e->count; i++) e->waiting[i].node = node_of_tensor(e, e->waiting[i].t);
}

static void keep(expression *e, tensor *t) {
    tensor *room = e->results[e->result_count].room = tensor_without_entries(t->rank, t->shape);
    tensor_allocate(room);
    e->results[e->result_count++].t = t;
}

/* Intermediate results that are wanted again and again are kept this time; where there is no memory for that,
 * they are not. */
static void keep_reused(expression *e) {
    fault_point here;
    if (FAULT_TRY(&here) == 0)
        for (int i = 0; i + 1 < e->count; i++)
            if (++e->waiting[i].t->deferred->uses > REUSED) keep(e, e->waiting[i].t);
    fault_end(&here);
    kept *last = &e->results[e->result_count];
    if (last->room) tensor_drop(last->room), last->room = NULL;
}

static void make_plan(expression *e) {
    make_nodes(e);
    for (int i = 0; i < e->result_count; i++) {
        u32 node = e->waiting[find(e->waiting, e->count, e->results[i].t)].node;
        array_push(&e->plan->results, ((replay_result){.node = node}));
    }
    replay_schedule(e->plan);
    replay_drop_scratch(e->plan);
}

/* ---- running it ---- */

typedef replay_memory worker;

typedef struct work {
    expression e;
    size_t size;
    double *sums; /* one a chunk, or NULL */
    bool check;   /* whether all is finite */
    worker workers[MOST_THREADS];
    unsigned started;
    size_t next; /* the chunk that nobody has taken yet */
    bool odd;    /* an entry is not finite */
} work;

static unsigned thread_count = 1;

void deferred_set_threads(unsigned count) {
    thread_count = count < 1 ? 1 : count > MOST_THREADS ? MOST_THREADS : count;
}

static unsigned workers_for(size_t size) { return size >= THREADS_FROM ? thread_count : 1; }

static void make_workers(work *w) {
    for (unsigned i = 0; i < workers_for(w->size); i++) replay_copy_memory(w->e.plan, &w->workers[i]);
}

/* A result that is a column, a constant or another result is copied. */
static void put_result(const replay *p, const worker *me, size_t k, size_t n) {
    const replay_result *r = &p->results.items[k];
    const double *x = me->from[r->place];
    if (r->in_place) return;
    if (!r->is_constant) memcpy(me->to[k], x, n * sizeof *x);
    else
        for (size_t i = 0; i < n; i++) me->to[k][i] = *x;
}

/* Asks the memory for the k-th of `parts` parts of the n entries at x + n: kernels that compute more than
 * they read leave it idle else. */
static void ask_ahead(const double *x, size_t n, size_t k, size_t parts, bool to_write) {
    enum { LINE = 64 / sizeof(double) };
    size_t lines = n / LINE;
    for (size_t i = k * lines / parts; i < (k + 1) * lines / parts; i++)
        if (to_write) __builtin_prefetch(x + n + i * LINE, 1, 2);
        else __builtin_prefetch(x + n + i * LINE, 0, 2);
}

/* n entries from `at`, the first result's to `out`. */
static void run_rows(const work *w, const worker *me, size_t at, size_t n, double *out) {
    const expression *e = &w->e;
    const replay *p = e->plan;
    for (int i = 0; i < e->column_count; i++) me->from[i] = e->columns[i].t->data + at;
    for (size_t k = 0; k < p->results.count; k++) {
        const tensor *room = e->results[k].room;
        me->from[p->columns + k] = me->to[k] = room ? room->data + at : out;
    }
    for (size_t i = 0; i < p->steps.count; i++) {
        const block_step *s = &p->steps.items[i];
        for (int c = 0; c < e->column_count; c++) ask_ahead(me->from[c], n, i, p->steps.count, false);
        for (int k = 0; k < e->result_count; k++)
            if (e->results[k].room) ask_ahead(me->to[k], n, i, p->steps.count, true);
        s->run(s, n, me->from, me->to);
    }
    for (size_t k = 0; k < p->results.count; k++) put_result(p, me, k, n);
}

static double run_block(work *w, const worker *me, size_t at, size_t n) {
    const tensor *room = w->e.results[0].room;
    _Alignas(64) double made[BLOCK];
    double *out = room ? room->data + at : made;
    for (size_t i = 0, rows = w->e.plan->rows; i < n; i += rows)
        run_rows(w, me, at + i, n - i < rows ? n - i : rows, made + i);
    if (w->check && !block_put(n, out, -0.0, out)) __atomic_store_n(&w->odd, true, __ATOMIC_RELAXED);
    return w->sums ? kernel_sum(n, out) : 0;
}

static double tree_sum(double *sums, size_t count) {
    for (size_t width = 1; width < count; width *= 2)
        for (size_t i = 0; i + width < count; i += 2 * width) sums[i] += sums[i + width];
    return sums[0];
}

static void run_chunk(work *w, const worker *me, size_t chunk) {
    size_t begin = chunk * CHUNK, end = begin + CHUNK < w->size ? begin + CHUNK : w->size, count = 0;
    double sums[CHUNK / BLOCK];
    for (size_t at = begin; at < end; at += BLOCK)
        sums[count++] = run_block(w, me, at, end - at < BLOCK ? end - at : BLOCK);
    if (w->sums) w->sums[chunk] = tree_sum(sums, count);
}

static size_t chunks_of(size_t size) { return (size + CHUNK - 1) / CHUNK; }

static void *run_chunks(void *argument) {
    work *w = argument;
    const worker *me = &w->workers[__atomic_fetch_add(&w->started, 1, __ATOMIC_RELAXED)];
    for (;;) {
        size_t chunk = __atomic_fetch_add(&w->next, 1, __ATOMIC_RELAXED);
        if (chunk >= chunks_of(w->size)) return NULL;
        run_chunk(w, me, chunk);
    }
}

/* Which thread takes which chunk makes no difference to the result. */
static void run(work *w) {
    pthread_t helpers[MOST_THREADS];
    unsigned started = 0, wanted = workers_for(w->size);
    while (started + 1 < wanted && pthread_create(&helpers[started], NULL, run_chunks, w) == 0) started++;
    run_chunks(w);
    while (started) pthread_join(helpers[--started], NULL);
}

static void settle(expression *e) {
    for (int i = 0; i < e->result_count; i++) {
        kept *k = &e->results[i];
        if (!k->room) continue;
        k->t->data = k->room->data;
        k->room->data = NULL;
        deferred_forget(k->t);
    }
}

static void release(work *w) {
    expression *e = &w->e;
    for (unsigned i = 0; i < MOST_THREADS && w->workers[i].from; i++) replay_free_memory(&w->workers[i]);
    for (int i = 0; i <= MOST; i++)
        if (e->results[i].room) tensor_drop(e->results[i].room);
    replay_free(e->plan);
}

static void prepare(work *w, tensor *t, bool keeps) {
    expression *e = &w->e;
    list(e, t);
    list_columns(e);
    e->plan = replay_new();
    if (keeps) keep(e, t);
    else e->results[e->result_count++].t = t;
    keep_reused(e);
    make_plan(e);
    make_workers(w);
}

/* All that may fail comes before any tensor is changed. */
static void compute(work *w, tensor *t, bool keeps) {
    w->size = t->size;
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) {
        prepare(w, t, keeps);
        run(w);
        settle(&w->e);
    }
    fault_end(&here);
    release(w);
    if (fault) fault_raise((enum fault)fault);
}

void tensor_compute(tensor *t) { compute(&(work){.sums = NULL}, t, true); }

bool deferred_compute(tensor *t) {
    work w = {.check = true};
    compute(&w, t, true);
    return !w.odd;
}

double deferred_sum(tensor *t) {
    size_t chunks = chunks_of(t->size);
    work w = {.sums = mem_alloc(chunks, sizeof *w.sums)};
    fault_point here;
    int fault = FAULT_TRY(&here);
    if (!fault) compute(&w, t, false);
    fault_end(&here);
    double sum = fault ? 0 : tree_sum(w.sums, chunks);
    mem_free(w.sums);
    if (fault) fault_raise((enum fault)fault);
    return sum;
}
