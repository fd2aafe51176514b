/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fused_block.c - runs the blocks of a fused loop: see fused_block.h. */
#include "core/fused_block.h"
#include "core/kernels.h"
#include <string.h>

/* Between columns, so that what stands at the same place of each does not fall on one line of the cache. */
enum { COLUMN_GAP = 8 };
/* Columns of adjoints behind those of registers: 1, and the derivative of a carried name in itself. */
enum { OTHERS = 2 };

static size_t stride_of(const fused_blocks *b) { return b->length + COLUMN_GAP; }

static double *own_column(const fused_blocks *b, size_t column) { return b->memory + column * stride_of(b); }

/* Room for the columns, when the loop is run for the first time. */
static void make_room(fused_blocks *b, size_t registers) {
    if (b->memory) return;
    if (!b->values) b->values = mem_zero(b->column_count, sizeof *b->values);
    if (!b->adjoints) b->adjoints = mem_zero(registers + OTHERS, sizeof *b->adjoints);
    b->memory = mem_zero((b->column_count + registers + OTHERS) * stride_of(b), sizeof *b->memory);
}

/* Every register's own column; columns of one number are filled. */
static void place_columns(const fused *f, const fused_plan *p, const fused_state *s) {
    fused_blocks *b = p->blocks;
    size_t registers = f->register_count, n = s->most < b->length ? s->most : b->length;
    make_room(b, registers);
    for (size_t i = 0; i < b->column_count; i++) b->values[i] = own_column(b, i);
    for (size_t i = 0; i < registers + OTHERS; i++) b->adjoints[i] = own_column(b, b->column_count + i);
    for (size_t k = 0; k < n; k++) b->adjoints[registers][k] = 1;
    for (size_t i = 0; i < b->repeated.count; i++) {
        u16 reg = b->repeated.items[i];
        for (size_t k = 0; k < n; k++) b->values[reg][k] = s->R[reg];
    }
}

/* The iterations from `first` on. */
typedef struct block {
    fused_blocks *b;
    const fused_state *s;
    size_t first, n;
    i64 position; /* of the variable, for LOAD_NEAR */
} block;

static void place_block(block *w, size_t first) {
    const fused_state *s = w->s;
    w->first = first;
    w->n = s->most - first < w->b->length ? s->most - first : w->b->length;
    w->position = s->position + (i64)first * s->step;
    if (!s->variable_is_read) return;
    double *to = w->b->values[s->variable];
    for (size_t k = 0; k < w->n; k++)
        to[k] = s->range.first + (s->range.start + (double)(first + k)) * s->range.step;
}

/* ---- loads ---- */

/* Whether x[v + offset] is in range, without wrapping, for all of the block; `at` is the first entry. */
static bool is_within(const block *w, const block_step *v, size_t size, i64 *at) {
    *at = w->position + v->a - FUSED_NEAR;
    i64 last = *at + (i64)(w->n - 1) * w->s->step;
    return *at >= 0 && last >= 0 && (u64)*at < size && (u64)last < size;
}

/* Entries that follow one another need no copy, unless the column is that of a carried name. */
static bool load_near(block *w, const block_step *v) {
    view x = w->s->tensors[v->n];
    bool is_carried = v->y;
    double **column = &w->b->values[v->to];
    if (!is_carried) *column = own_column(w->b, v->to);
    i64 at, step = w->s->step;
    if (!is_within(w, v, x.size, &at)) {
        for (size_t k = 0; k < w->n; k++) {
            size_t entry;
            if (!fused_entry((double)(at + (i64)k * step), x.size, &entry)) return false;
            (*column)[k] = x.data[entry];
        }
    } else if (step == 1 && !is_carried) {
        *column = (double *)x.data + at; /* only read */
    } else {
        for (size_t k = 0; k < w->n; k++) (*column)[k] = x.data[at + (i64)k * step];
    }
    return true;
}

static bool load(block *w, const block_step *v) {
    view x = w->s->tensors[v->n];
    const double *index = w->b->values[v->b];
    double *to = w->b->values[v->to];
    size_t entry;
    for (size_t k = 0; k < w->n; k++) {
        if (UNLIKELY(!fused_entry(index[k], x.size, &entry))) return false;
        to[k] = x.data[entry];
    }
    return true;
}

static bool load_axis(block *w, const block_step *v) {
    size_t length = w->s->tensors[v->n / MAX_RANK].shape[v->n % MAX_RANK], entry;
    const double *flat = w->b->values[v->a], *index = w->b->values[v->b];
    double *to = w->b->values[v->to];
    for (size_t k = 0; k < w->n; k++) {
        if (UNLIKELY(!fused_entry(index[k], length, &entry))) return false;
        to[k] = flat[k] * (double)length + (double)entry;
    }
    return true;
}

static void load_at(block *w, const block_step *v) {
    const double *data = w->s->tensors[v->n].data, *at = w->b->values[v->a];
    double *to = w->b->values[v->to];
    for (size_t k = 0; k < w->n; k++) to[k] = data[(size_t)at[k]];
}

/* ---- forward ---- */

static bool run_values(block *w, const block_step *steps, size_t count) {
    double **V = w->b->values;
    for (size_t i = 0; i < count; i++) {
        const block_step *v = &steps[i];
        switch (v->what) {
        case BLOCK_VALUE: v->run(w->n, V[v->a], V[v->b], V[v->y], V[v->to]); break;
        case BLOCK_LOAD:
            if (!load(w, v)) return false;
            break;
        case BLOCK_AXIS:
            if (!load_axis(w, v)) return false;
            break;
        case BLOCK_LOAD_AT: load_at(w, v); break;
        case BLOCK_LOAD_NEAR:
            if (!load_near(w, v)) return false;
            break;
        default:
            fused_serial(v + 1, v->n, V, w->n);
            i += v->n;
            break;
        }
    }
    return true;
}

static bool names_are_finite(const block *w) {
    for (size_t i = 0; w->s->looks && i < w->b->pairs.count; i++)
        if (!column_is_finite(w->n, w->b->values[w->b->pairs.items[i].from])) return false;
    return true;
}

static double *kept_columns(const block *w, const fused_plan *p) {
    return w->s->row + w->first * p->kept.count;
}

static void keep_columns(const block *w, const fused_plan *p) {
    double *to = kept_columns(w, p);
    for (size_t i = 0; w->s->width && i < p->kept.count; i++, to += w->n)
        memcpy(to, w->b->values[p->kept.items[i]], w->n * sizeof *to);
}

/* What the outputs are after the block; the next one begins with what is carried. */
static void end_block(const block *w, const fused *f) {
    double **V = w->b->values;
    for (size_t i = 0; i < f->outputs.count; i++) {
        u16 from = f->outputs.items[i].from;
        if (from != w->s->variable) w->s->R[from] = V[from][w->n - 1];
    }
    for (size_t i = 0; i < w->b->pairs.count; i++) {
        double *carried = V[w->b->pairs.items[i].carried];
        carried[0] = carried[w->n];
    }
}

u32 fused_blocks_run(const fused *f, const fused_plan *p, fused_state *s) {
    block w = {.b = p->blocks, .s = s};
    place_columns(f, p, s);
    for (size_t i = 0; i < w.b->pairs.count; i++) {
        block_pair pair = w.b->pairs.items[i];
        w.b->values[pair.from] = w.b->values[pair.carried] + 1;
        w.b->values[pair.carried][0] = s->R[pair.carried];
    }
    size_t first = 0;
    for (; first < s->most; first += w.n) {
        place_block(&w, first);
        if (!run_values(&w, w.b->forward.items, w.b->forward.count) || !names_are_finite(&w)) break;
        keep_columns(&w, p);
        end_block(&w, f);
    }
    return (u32)first;
}

/* ---- back ---- */

static void scatter_near(block *w, const block_step *v) {
    double *into = w->s->into[v->n], *g = w->b->adjoints[v->to];
    size_t size = w->s->tensors[v->n].size;
    i64 at, step = w->s->step;
    if (!is_within(w, v, size, &at)) {
        for (size_t k = 0; k < w->n; k++) {
            i64 entry = at + (i64)k * step;
            into[entry < 0 ? entry + (i64)size : entry] += g[k];
        }
    } else if (step == 1) {
        v->run(w->n, g, g, g, into + at);
    } else {
        for (size_t k = 0; k < w->n; k++) into[at + (i64)k * step] += g[k];
    }
}

static void scatter(block *w, const block_step *v) {
    double *into = w->s->into[v->n];
    const double *index = w->b->values[v->b], *g = w->b->adjoints[v->to];
    size_t entry = 0;
    for (size_t k = 0; k < w->n; k++)
        if (fused_entry(index[k], w->s->tensors[v->n].size, &entry)) into[entry] += g[k];
}

static void scatter_at(block *w, const block_step *v) {
    double *into = w->s->into[v->n];
    const double *at = w->b->values[v->a], *g = w->b->adjoints[v->to];
    for (size_t k = 0; k < w->n; k++) into[(size_t)at[k]] += g[k];
}

static void run_updates(block *w, const block_step *steps, size_t count) {
    double **V = w->b->values, **G = w->b->adjoints;
    for (size_t i = 0; i < count; i++) {
        const block_step *u = &steps[i];
        switch (u->what) {
        case BLOCK_UPDATE: u->run(w->n, G[u->a], V[u->b], V[u->b], G[u->to]); break;
        case BLOCK_ROUND: fused_scan_back(UPDATE_TIMES, G[u->to], G[u->a], w->n); break;
        case BLOCK_SCALE: u->run(w->n, G[u->a], G[u->to], G[u->to], G[u->to]); break;
        case BLOCK_SCATTER: scatter(w, u); break;
        case BLOCK_SCATTER_AT: scatter_at(w, u); break;
        case BLOCK_SCATTER_NEAR: scatter_near(w, u); break;
        case BLOCK_SERIAL_BACK:
            fused_serial_back(u + 1, u->n, V, G, w->n);
            i += u->n;
            break;
        default: run_values(w, u, 1);
        }
    }
}

/* Adjoints begin as 0, but for what the outputs or the iterations after the block ask for. */
static void begin_back(const block *w, const fused_plan *p, bool is_last) {
    double **H = w->b->adjoints, *G = w->s->G;
    for (size_t i = 0; i < w->b->cleared.count; i++) memset(H[w->b->cleared.items[i]], 0, w->n * sizeof **H);
    for (size_t i = 0; is_last && i < w->b->ended.count; i++) {
        u16 from = w->b->ended.items[i];
        H[from][w->n - 1] += G[from];
        G[from] = 0;
    }
    for (size_t i = 0; !is_last && i < w->b->pairs.count; i++) {
        block_pair pair = w->b->pairs.items[i];
        if (p->active[pair.from]) H[pair.from][w->n - 1] += G[pair.carried];
    }
}

static void end_back(const block *w, const fused_plan *p) {
    for (size_t i = 0; i < w->b->pairs.count; i++) {
        u16 carried = w->b->pairs.items[i].carried;
        if (p->active[carried]) w->s->G[carried] = w->b->adjoints[carried][0];
    }
    for (size_t i = 0; i < w->b->gathered.count; i++) {
        u16 reg = w->b->gathered.items[i];
        w->s->G[reg] += kernel_sum(w->n, w->b->adjoints[reg]);
    }
}

void fused_blocks_back(const fused *f, const fused_plan *p, fused_state *s) {
    block w = {.b = p->blocks, .s = s};
    place_columns(f, p, s);
    for (size_t i = 0; i < w.b->pairs.count; i++) {
        block_pair pair = w.b->pairs.items[i];
        if (p->active[pair.from] && p->active[pair.carried])
            w.b->adjoints[pair.from] = w.b->adjoints[pair.carried] + 1;
    }
    for (size_t blocks = (s->most + w.b->length - 1) / w.b->length; blocks-- > 0;) {
        place_block(&w, blocks * w.b->length);
        double *kept = kept_columns(&w, p);
        for (size_t i = 0; i < p->kept.count; i++, kept += w.n) w.b->values[p->kept.items[i]] = kept;
        begin_back(&w, p, w.first + w.n == s->most);
        run_updates(&w, w.b->back.items, w.b->back.count);
        end_back(&w, p);
    }
}
