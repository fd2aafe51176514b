/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explain.c - a run keeps records of what depends on variables only.  Where a result is not finite and has
 * none, the program is run once more, in a session of its own that prints nothing and records every tensor
 * and number that is not finite: its notes name the operations. */
#include "lib/session.h"
#include <math.h>
#include <string.h>

/* ---- places of the copy are those of the session, in texts that lie elsewhere ---- */

static bool same_place(const gtape *g, const gtape *copy, span *at) {
    const source *from = source_of(&copy->sources, at->begin);
    for (size_t i = 0; from && i < copy->texts.count && i < g->texts.count; i++) {
        if (&copy->sources.items[copy->texts.items[i].source] != from) continue;
        u32 base = g->sources.items[g->texts.items[i].source].base;
        *at = (span){at->begin - from->base + base, at->end - from->base + base};
        return true;
    }
    return false;
}

static bool is_noted(const gtape *g, span at) {
    const evaluator *e = &g->evaluator;
    for (size_t i = 0; i < e->noted.count; i++)
        if (e->noted.items[i].begin == at.begin && e->noted.items[i].end == at.end) return true;
    return false;
}

/* The error of --strict that could not name a place is the last thing said. */
static void drop_placeless(gtape *g) {
    size_t count = g->diagnostics.count;
    const diagnostic *last = count ? &g->diagnostics.items[count - 1] : NULL;
    if (last && last->code == DIAG_NOT_FINITE && last->at.begin == NO_SPAN.begin)
        diag_cut(&g->diagnostics, count - 1);
}

static void take_over(gtape *g, const gtape *copy, const diagnostic *d) {
    span at = d->at;
    if (d->code != DIAG_NOT_FINITE || !same_place(g, copy, &at) || is_noted(g, at)) return;
    if (d->severity == SEVERITY_ERROR) drop_placeless(g);
    diagnostic *said = diag_add(&g->diagnostics, d->severity, d->code, at, "%s", d->message);
    for (size_t i = 0; i < d->related.count; i++) {
        span where = d->related.items[i].at;
        if (same_place(g, copy, &where)) diag_relate(said, where, "%s", d->related.items[i].message);
    }
}

/* ---- the run ---- */

/* The group at work, of a run of --by. */
static void choose_group(const gtape *g, gtape *copy) {
    if (!gtape_group_count(g)) return;
    table *t = &copy->data.items[g->grouped].table;
    groups_make(&copy->groups, t, g->group_column);
    t->is_divided = true;
    copy->grouped = g->grouped;
    copy->group = g->group;
}

static gtape_status run_copy(gtape *g, gtape *copy, double seconds) {
    evaluator *e = &copy->evaluator;
    e->rec.records_odd = true;
    e->print = NULL;
    e->fuses = g->evaluator.fuses;
    copy->report = g->report;
    copy->hessians_wanted = g->hessians_wanted;
    copy->constants_given = g->constants_given, e->given_first = g->evaluator.given_first;
    copy->timeout = seconds;
    choose_group(g, copy);
    session_lead(g, copy);
    gtape_status status = g->evaluator.interrupt ? GTAPE_INTERRUPTED : gtape_run(copy);
    for (size_t i = 0; i < copy->diagnostics.count; i++) take_over(g, copy, &copy->diagnostics.items[i]);
    return status;
}

/* What is raised outside of the copy's run is no reason to lose the results. */
static gtape_status run_guarded(gtape *g, gtape *copy, double seconds) {
    volatile gtape_status status = GTAPE_FAILED;
    fault_point here;
    if (FAULT_TRY(&here) == 0) status = run_copy(g, copy, seconds);
    fault_end(&here);
    session_let_go(g, copy);
    return status;
}

gtape_status session_explain(gtape *g, gtape_status status, double seconds) {
    double left = 1 + 10 * seconds; /* a note is not worth more */
    if (g->timeout > 0) left = fmin(left, g->ends > 0 ? g->ends - session_time() : g->timeout - seconds);
    gtape *copy = left > 0 ? session_copy(g) : NULL;
    if (!copy) return status;
    gtape_status came_to = run_guarded(g, copy, left);
    gtape_free(copy);
    return came_to == GTAPE_INTERRUPTED && g->evaluator.interrupt == INTERRUPT_ASKED ? GTAPE_INTERRUPTED
                                                                                     : status;
}
