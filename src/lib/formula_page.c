/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula_page.c - targets and their derivatives as equations. */
#include "lang/layout.h"
#include "lib/formula_job.h"
#include <string.h>

/* dz_dx, d2z_dx_dy, as they read back. */
static void write_plain(job *j, const char *y, u32 count, const char *const *x) {
    text_clear(&j->label);
    text_printf(&j->label, count == 0 ? "%s" : count == 1 ? "d%s" : "d2%s", y);
    for (u32 i = 0; i < count; i++) text_printf(&j->label, "_d%s", x[i]);
    layout_name(&j->name, text_str(&j->label));
}

/* A derivative is partial where there are several variables. */
static void write_latex(job *j, const char *y, u32 count, const char *const *x) {
    text *out = &j->name;
    const char *d = j->variables.count > 1 ? "\\partial " : "d";
    if (count)
        text_printf(out, count == 1 ? "\\frac{%s" : "\\frac{%s^{2} ",
                    j->variables.count > 1 && count > 1 ? "\\partial" : d);
    latex_name(out, y);
    if (count) text_puts(out, "}{");
    bool twice = count > 1 && x[0] == x[1];
    for (u32 i = 0; i < (twice ? 1 : count); i++) {
        text_printf(out, i ? " \\, %s" : "%s", d);
        latex_name(out, x[i]);
    }
    if (twice) text_puts(out, "^{2}");
    if (count) text_putc(out, '}');
}

/* The entries of a name among heads or leaves. */
typedef struct group {
    size_t from, count;
} group;

static group group_of(const job_part *parts, size_t count, u32 slot) {
    group r = {0, 0};
    while (r.from < count && parts[r.from].slot != slot) r.from++;
    while (r.from + r.count < count && parts[r.from + r.count].slot == slot) r.count++;
    return r;
}

/* Only a tensor has no entries. */
static void add_shape(gtape *g, job *j, equation *e, u32 slot, const job_part *parts, group of) {
    if (of.count && parts[of.from].entry == ENTRY_NONE) return;
    const expr_shape *s = expr_shape_of(&j->t.f, g->graph.globals.items[slot].name);
    memcpy(e->shape + e->rank, s->shape, s->rank * sizeof *s->shape);
    e->rank += s->rank;
}

/* The target, or a derivative of it: the roots of its entries at `offset`, and of each those of the
 * variables' entries. */
static void lay_out_one(gtape *g, job *j, u32 slot, u32 order, const u32 *variables) {
    const char *x[2];
    group at[2] = {{0, 1}, {0, 1}}, y = group_of(j->heads.items, j->heads.count, slot);
    equation e = {.first = (u32)j->page.nodes.count};
    const size_t count = j->leaves.count;
    add_shape(g, j, &e, slot, j->heads.items, y);
    for (u32 i = 0; i < order; i++) {
        x[i] = job_name(g, variables[i]);
        at[i] = group_of(j->leaves.items, count, variables[i]);
        add_shape(g, j, &e, variables[i], j->leaves.items, at[i]);
    }
    for (size_t h = y.from; h < y.from + y.count; h++)
        for (size_t i = at[0].from; i < at[0].from + at[0].count; i++)
            for (size_t k = at[1].from; k < at[1].from + at[1].count; k++) {
                size_t offset = order == 0 ? 0 : order == 1 ? 1 + i : 1 + count + i * count + k;
                array_push(&j->page.nodes, j->roots.items[h * job_stride(g, j) + offset]);
            }
    e.count = (u32)j->page.nodes.count - e.first;
    text_clear(&j->name);
    (j->page.latex ? write_latex : write_plain)(j, job_name(g, slot), order, x);
    array_room(&j->page.equations);
    e.name = mem_copy_text(text_str(&j->name), j->name.length);
    array_push(&j->page.equations, e);
}

static void lay_out(gtape *g, job *j) {
    const size_t count = j->variables.count;
    const u32 *x = j->variables.items;
    for (size_t i = 0; i < j->targets.count; i++) {
        const u32 y = j->targets.items[i];
        lay_out_one(g, j, y, 0, NULL);
        for (size_t k = 0; k < count; k++) lay_out_one(g, j, y, 1, x + k);
        for (size_t k = 0; g->hessians_wanted && k < count * count; k++)
            if (k / count <= k % count) lay_out_one(g, j, y, 2, (u32[]){x[k / count], x[k % count]});
    }
}

void job_equations(gtape *g, job *j) {
    job_make(g, j);
    expr_tidy(&j->t.f, (u32)j->roots.count, j->roots.items);
    lay_out(g, j);
    j->page.f = &j->t.f;
    j->page.names = &g->graph.names;
    page_write(&j->page, j->out);
}

void job_latex(gtape *g, job *j) {
    j->page.latex = true;
    job_equations(g, j);
}
