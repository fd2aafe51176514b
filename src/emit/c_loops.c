/* SPDX-License-Identifier: GPL-3.0-or-later */
/* c_loops.c - loops in C, forwards and backwards: see c_code.h. */
#include "emit/c_code.h"
#include <string.h>

/* ---- where expressions belong ---- */

/* The loop that was opened last among those that the expression is made of: a body's adjoint is younger than
 * the body, and an inner loop younger than the one around it. */
static u32 home_of(const c_code *c, u32 n) {
    const expr *e = expr_at(c->f, n);
    if (e->kind == EXPR_STATE || e->kind == EXPR_INDEX) return expr_loop_of(c->f, n) + 1;
    if (e->kind == EXPR_LOOP) return expr_loop_at(c->f, expr_loop_of(c->f, n))->parent + 1;
    u32 home = 0;
    for (u32 i = 0; i < expr_operands(e); i++) {
        u32 k = c->home[expr_parts(c->f, n)[i].node];
        if (k > home) home = k;
    }
    return home;
}

bool c_is_here(const c_code *c, u32 home, u32 loop) {
    if (home == loop) return true;
    return home && home < loop && expr_loop_at(c->f, home - 1)->root == expr_loop_at(c->f, loop - 1)->root;
}

/* An expression that is used in the body of another loop than its own is a variable. */
static void use(c_code *c, u32 n, u32 home) {
    if (!c_is_here(c, c->home[n], home)) c->across[n] = 1;
}

static void use_states(c_code *c, u32 loop) {
    for (u32 i = 0; i < expr_loop_at(c->f, loop)->states; i++) {
        const expr_state *s = &expr_states(c->f, loop)[i];
        if (!c->reached[s->symbol]) continue;
        c->uses[s->initial]++;
        c->uses[s->next]++;
        use(c, s->initial, expr_loop_at(c->f, loop)->parent + 1);
        use(c, s->next, loop + 1);
    }
}

void c_place_loops(c_code *c) {
    const size_t size = c->f->nodes.count;
    for (u32 n = 0; n < size; n++) c->home[n] = home_of(c, n);
    for (u32 n = 0; n < size; n++) {
        if (!c->reached[n]) continue;
        for (u32 i = 0; i < expr_operands(expr_at(c->f, n)); i++)
            use(c, expr_parts(c->f, n)[i].node, c->home[n]);
        if (expr_at(c->f, n)->kind == EXPR_LOOP) use_states(c, expr_loop_of(c->f, n));
    }
}

/* ---- what a loop needs ---- */

static u8 *new_room(c_code *c) {
    array_room(&c->rooms); /* first, so that the room cannot be lost */
    u8 *room = mem_zero(c->f->nodes.count, 1);
    array_push(&c->rooms, room);
    return room;
}

static void drop_rooms(c_code *c, size_t count) {
    while (c->rooms.count > count) mem_free(c->rooms.items[--c->rooms.count]);
}

static bool is_needed(const c_region *around, const expr_state *s) {
    return (around->wanted ? around->wanted : around->reached)[s->symbol];
}

/* Whether what belongs to `home` is part of an iteration of the loop (+ 1), or of older ones of its family.
 */
static bool is_inside(const c_code *c, u32 home, u32 loop) {
    while (home && !c_is_here(c, home, loop)) home = expr_loop_at(c->f, home - 1)->parent + 1;
    return home != 0;
}

/* Marks what is no part of an iteration: what comes from outside of the loop, and what the trail has. */
static u8 *bounds_of(c_code *c, u32 loop, const u8 *trailed) {
    u8 *stops = new_room(c);
    for (u32 n = 0; n < c->f->nodes.count; n++) {
        u32 home = c->home[n];
        bool kept =
            home != loop + 1 && c_is_here(c, home, loop + 1) && (trailed ? trailed[n] : c->trail[n] != 0);
        stops[n] = kept || !is_inside(c, home, loop + 1);
    }
    return stops;
}

/* Marks what an iteration is made of. */
static void reach_body(const c_code *c, const c_region *around, u32 loop, u8 *reached, const u8 *stops) {
    for (u32 i = 0; i < expr_loop_at(c->f, loop)->states; i++) {
        const expr_state *s = &expr_states(c->f, loop)[i];
        if (!is_needed(around, s)) continue;
        reached[s->symbol] = 1;
        expr_reach(c->f, 1, &s->next, reached, stops, NULL);
    }
}

/* ---- trails ---- */

/* What younger loops of the family need of each iteration: states, and what is costly; the rest they compute
 * again. */
static bool is_worth_keeping(const c_code *c, u32 n, u32 home) {
    const expr *e = expr_at(c->f, n);
    if (c->home[n] != home) return false;
    return e->kind == EXPR_STATE || (e->kind == EXPR_CALL && c_is_costly((enum op)e->op));
}

/* Decides for the family of a loop of the program what is kept: what is worth it, is needed in the loop
 * itself, and in a younger one.  The eldest may be needed by none: a sweep over an adjoint loop keeps that
 * loop's values. */
static void plan_family(c_code *c, const c_region *around, u32 root) {
    const size_t size = c->f->nodes.count, rooms = c->rooms.count;
    u8 *kept = new_room(c), *own = new_room(c);
    for (u32 a = root; a < c->f->loops.count; a++) {
        if (expr_loop_at(c->f, a)->root != root || !around->reached[expr_loop_at(c->f, a)->node]) continue;
        u8 *reached = new_room(c);
        reach_body(c, around, a, reached, bounds_of(c, a, own));
        for (u32 n = 0; n < size; n++) {
            if (!reached[n]) continue;
            if (own[n]) kept[n] = 1;
            else if (is_worth_keeping(c, n, a + 1)) own[n] = 1;
        }
    }
    for (u32 n = 0; n < size; n++)
        if (c->home[n] && expr_loop_at(c->f, c->home[n] - 1)->root == root)
            c->trail[n] = kept[n] ? ++c->trails : 0;
    drop_rooms(c, rooms);
}

void c_plan_trails(c_code *c, const c_region *r) {
    const size_t rooms = c->rooms.count;
    u8 *planned = new_room(c); /* by the LOOP of the eldest */
    for (u32 a = 0; a < c->f->loops.count; a++) {
        const expr_loop *l = expr_loop_at(c->f, a);
        const u32 eldest = expr_loop_at(c->f, l->root)->node;
        if (planned[eldest] || !r->reached[l->node] || !c_is_here(c, c->home[l->node], r->loop)) continue;
        planned[eldest] = 1;
        plan_family(c, r, l->root);
    }
    drop_rooms(c, rooms);
}

static void declare_trails(c_code *c, u32 loop) {
    const u32 count = expr_loop_at(c->f, loop)->count;
    for (u32 n = 0; n < c->f->nodes.count; n++) {
        if (!c->trail[n] || c->home[n] != loop + 1) continue;
        c_begin_line(c);
        if (c->trail_on_heap)
            text_printf(&c->body, "double *const t%u = trail + %zu;\n", c->trail[n], c->trail_numbers);
        else text_printf(&c->body, "double t%u[%u];\n", c->trail[n], count);
        c->trail_numbers += count;
    }
}

static void save(c_code *c, u32 loop) {
    for (u32 n = 0; n < c->f->nodes.count; n++) {
        if (!c->trail[n] || c->home[n] != loop + 1) continue;
        c_begin_line(c);
        text_printf(&c->body, "t%u[k%u] = v%u;\n", c->trail[n], c->depth, c->variable[n]);
    }
}

/* ---- states ---- */

static void declare_states(c_code *c, const c_region *around, u32 loop) {
    for (u32 i = 0; i < expr_loop_at(c->f, loop)->states; i++) {
        const expr_state *s = &expr_states(c->f, loop)[i];
        if (!is_needed(around, s)) continue;
        text_clear(&c->line);
        c_expression(c, &c->line, s->initial, C_CHOICE);
        u32 v = c_rename(c, s->symbol);
        array_push(&c->renamed, ((c_renaming){s->result, c->variable[s->result]}));
        c->variable[s->result] = v;
        c_begin_line(c);
        text_printf(&c->body, "%sdouble v%u = %s;\n", s->next == s->symbol ? "const " : "", v,
                    text_str(&c->line));
    }
}

/* Whether an expression as it will be written reads a state. */
static bool reads(const c_code *c, u32 n, u32 symbol) {
    if (n == symbol) return true;
    if (c->variable[n] || expr_at(c->f, n)->kind != EXPR_CALL) return false;
    for (u32 i = 0; i < expr_at(c->f, n)->count; i++)
        if (reads(c, expr_parts(c->f, n)[i].node, symbol)) return true;
    return false;
}

/* Where the next values are assigned one after the other, one that another reads is wanted as it was. */
static bool is_read_later(const c_code *c, const c_region *around, u32 loop, u32 i) {
    const expr_state *states = expr_states(c->f, loop);
    for (u32 k = i + 1; k < expr_loop_at(c->f, loop)->states; k++)
        if (is_needed(around, &states[k]) && states[k].next != states[k].symbol &&
            reads(c, states[k].next, states[i].symbol))
            return true;
    return false;
}

static void update_states(c_code *c, const c_region *around, u32 loop) {
    for (u32 i = 0; i < expr_loop_at(c->f, loop)->states; i++) {
        const expr_state *s = &expr_states(c->f, loop)[i];
        if (!is_needed(around, s) || s->next == s->symbol || !is_read_later(c, around, loop, i)) continue;
        u32 before = c->variable[s->symbol], copy = c_rename(c, s->symbol);
        c_begin_line(c);
        text_printf(&c->body, "const double v%u = v%u;\n", copy, before);
    }
    for (u32 i = 0; i < expr_loop_at(c->f, loop)->states; i++) {
        const expr_state *s = &expr_states(c->f, loop)[i];
        if (!is_needed(around, s) || s->next == s->symbol) continue;
        text_clear(&c->line);
        c_expression(c, &c->line, s->next, C_CHOICE);
        c_begin_line(c);
        text_printf(&c->body, "v%u = %s;\n", c->variable[s->result], text_str(&c->line));
    }
}

/* ---- the loop ---- */

static void open_loop(c_code *c, u32 loop, const u8 *reached) {
    const expr_loop *l = expr_loop_at(c->f, loop);
    const u32 k = c->depth + 1;
    c_begin_line(c);
    if (!l->is_backward) text_printf(&c->body, "for (int k%u = 0; k%u < %u; k%u++) {\n", k, k, l->count, k);
    else text_printf(&c->body, "for (int k%u = %u; k%u >= 0; k%u--) {\n", k, l->count - 1, k, k);
    c->depth++;
    if (!reached[l->index]) return;
    c_begin_line(c);
    text_printf(&c->body, "const double v%u = (double)k%u;\n", c_rename(c, l->index), k);
}

static void close_loop(c_code *c, size_t renamed) {
    while (c->renamed.count > renamed) {
        c_renaming r = c->renamed.items[--c->renamed.count];
        c->variable[r.node] = r.before;
    }
    c->depth--;
    c_begin_line(c);
    text_puts(&c->body, "}\n");
}

void c_put_loop(c_code *c, const c_region *around, u32 loop) {
    const size_t rooms = c->rooms.count;
    c_region body = {.loop = loop + 1, .reached = new_room(c)};
    reach_body(c, around, loop, body.reached, bounds_of(c, loop, NULL));
    declare_trails(c, loop);
    declare_states(c, around, loop);
    c_plan_trails(c, &body);
    const size_t renamed = c->renamed.count;
    open_loop(c, loop, body.reached);
    c_put_region(c, &body);
    save(c, loop);
    update_states(c, around, loop);
    close_loop(c, renamed);
    const u32 node = expr_loop_at(c->f, loop)->node;
    array_push(&c->renamed, ((c_renaming){node, c->variable[node]}));
    c->variable[node] = 1; /* done */
    drop_rooms(c, rooms);
}
