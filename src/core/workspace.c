/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workspace.c - see workspace.h. */
#include "core/workspace.h"
#include "base/pages.h"

struct workspace {
    struct workspace *outer; /* of the sweep that this one runs in */
    cell *numeric;
    value *recorded;
    u8 *mask;
    size_t numeric_room, recorded_room, mask_room;
};

static struct workspace *workspace_of(recorder *r) {
    if (!r->workspace) r->workspace = mem_zero(1, sizeof *r->workspace);
    return r->workspace;
}

static void *room(void *p, size_t *have, size_t count, size_t size) {
    if (count <= *have) return p;
    size_t want = *have * 2 > count ? *have * 2 : count < 256 ? 256 : count;
    p = pages_resize(p, *have * size, want * size);
    pages_ready(p, want * size, 0, want * size);
    *have = want;
    return p;
}

cell *workspace_numeric(recorder *r, size_t count) {
    struct workspace *w = workspace_of(r);
    return w->numeric = room(w->numeric, &w->numeric_room, count, sizeof *w->numeric);
}

value *workspace_recorded(recorder *r, size_t count) {
    struct workspace *w = workspace_of(r);
    return w->recorded = room(w->recorded, &w->recorded_room, count, sizeof *w->recorded);
}

u8 *workspace_mask(recorder *r, size_t count) {
    struct workspace *w = workspace_of(r);
    return w->mask = room(w->mask, &w->mask_room, count, 1);
}

void workspace_nest(recorder *r) {
    struct workspace *w = mem_zero(1, sizeof *w);
    w->outer = r->workspace;
    r->workspace = w;
}

void workspace_unnest(recorder *r) {
    struct workspace *w = r->workspace;
    pages_free(w->numeric, w->numeric_room * sizeof *w->numeric);
    pages_free(w->recorded, w->recorded_room * sizeof *w->recorded);
    pages_free(w->mask, w->mask_room);
    r->workspace = w->outer;
    mem_free(w);
}

void workspace_unnest_all(recorder *r) {
    while (r->workspace && r->workspace->outer) workspace_unnest(r);
}

void workspace_free(recorder *r) {
    while (r->workspace) workspace_unnest(r);
}
