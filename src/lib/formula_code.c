/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula_code.c - targets and their derivatives as C. */
#include "lib/formula_job.h"
#include <string.h>

static bool is_input(const job *j, u32 name) {
    for (size_t k = 0; k < j->t.inputs.count; k++)
        if (j->t.inputs.items[k] == name) return true;
    return false;
}

/* A name with all its entries, once. */
static void give_input(job *j, u32 name) {
    for (size_t i = 0; i < j->code.inputs.count; i++)
        if (j->code.inputs.items[i].name == name) return;
    const expr_shape *s = expr_shape_of(&j->t.f, name);
    size_t size = 1;
    for (u32 i = 0; i < s->rank; i++) size *= s->shape[i];
    for (size_t i = 0; i < size; i++)
        array_push(&j->code.inputs, ((c_name){name, s->rank ? (u32)i : ENTRY_NONE}));
}

static void give_inputs(gtape *g, job *j) {
    for (size_t i = 0; i < j->variables.count; i++) {
        u32 name = g->graph.globals.items[j->variables.items[i]].name;
        if (is_input(j, name)) give_input(j, name);
    }
    for (size_t k = 0; k < j->t.inputs.count; k++) give_input(j, j->t.inputs.items[k]);
}

static c_name name_of(const gtape *g, const job_part *p) {
    return (c_name){g->graph.globals.items[p->slot].name, p->entry};
}

static void give_results(gtape *g, job *j) {
    const size_t count = j->leaves.count;
    const c_name none = {NAME_NONE, ENTRY_NONE};
    const job_part *leaves = j->leaves.items;
    for (size_t i = 0; i < j->heads.count; i++) {
        const u32 *root = j->roots.items + i * job_stride(g, j);
        const c_name y = name_of(g, &j->heads.items[i]);
        array_push(&j->code.results[C_OUT], ((c_result){*root++, y, none, none}));
        for (size_t k = 0; k < count; k++)
            array_push(&j->code.results[C_GRAD], ((c_result){*root++, y, name_of(g, &leaves[k]), none}));
        for (size_t k = 0; g->hessians_wanted && k < count * count; k++) {
            const c_name x = name_of(g, &leaves[k / count]), w = name_of(g, &leaves[k % count]);
            array_push(&j->code.results[C_HESS], ((c_result){*root++, y, x, w}));
        }
    }
}

static void make_exact(gtape *g, job *j) {
    j->t.f.exact = true;
    j->t.keeps_loops = j->keeps_loops;
    j->t.unrolled = j->unrolled.items;
    j->t.unrolled_count = j->unrolled.count;
    job_make(g, j);
}

/* False where a loop turned out not to stay one, which is noted. */
static bool try_exact(gtape *g, job *j) {
    fault_point here;
    j->t.retry = FORMAL_UNBOUND; /* also where there is an error before formal_init */
    int fault = FAULT_TRY(&here);
    if (!fault) make_exact(g, j);
    fault_end(&here);
    const u32 retry = j->t.retry;
    if (fault && (fault != FAULT_ERROR || retry == FORMAL_UNBOUND)) fault_raise((enum fault)fault);
    if (!fault) return true;
    const u64 operations = j->t.f.operations;
    formal_free(&j->t);
    memset(&j->t, 0, sizeof j->t);
    j->t.f.operations = operations;
    j->targets.count = j->variables.count = j->row.count = j->roots.count = 0;
    j->heads.count = j->leaves.count = 0;
    if (retry == FORMAL_ALL) j->keeps_loops = false;
    else array_push(&j->unrolled, retry);
    return false;
}

void job_code(gtape *g, job *j) {
    j->keeps_loops = true;
    while (!try_exact(g, j)) {}
    expr_merge(&j->t.f, (u32)j->roots.count, j->roots.items);
    j->code.f = &j->t.f;
    j->code.names = &g->graph.names;
    j->code.has_hessian = g->hessians_wanted;
    give_inputs(g, j);
    give_results(g, j);
    if (!j->heads.count && j->targets.count)
        formal_fail(&j->t, "'%s' has no entries, hence no code", job_name(g, j->targets.items[0]));
    if (j->heads.count) c_code_write(&j->code, j->out);
}
