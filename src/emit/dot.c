/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dot.c - the tape as a graph in the DOT language, for Graphviz.
 *
 * Records that one statement made, and those of one call of a user's function, stand in a box of their own
 * (a cluster).  All text in labels is escaped; names of nodes are numbers. */
#include "emit/listing.h"
#include <string.h>

enum { SHOWN_DIGITS = 6 };

static number_format picture_format(const listing *l) {
    number_format how = l->e->number;
    if (!how.digits && !how.hex) how.digits = SHOWN_DIGITS;
    return how;
}

/* Text inside of a quoted label, where Graphviz reads entities of HTML. */
static void add_quoted(text *out, const char *bytes) {
    for (; *bytes; bytes++) {
        if (*bytes == '"' || *bytes == '\\') text_putc(out, '\\');
        text_putc(out, *bytes);
        if (*bytes == '&') text_puts(out, "amp;");
    }
}

static void add_name(listing *l, text *out, u32 name) {
    const char *bytes = intern_text(&l->e->g->names, name);
    text_clear(&l->piece);
    text_escape(&l->piece, bytes, strlen(bytes));
    add_quoted(out, text_str(&l->piece));
}

static void add_source(listing *l, text *out, u32 k, bool (*piece)(const listing *, text *, u32)) {
    text_clear(&l->piece);
    if (piece(l, &l->piece, k)) add_quoted(out, text_str(&l->piece));
    else add_quoted(out, listing_operation(l, k));
}

/* ---- nodes ---- */

static bool is_target(const listing *l, u32 k) {
    for (size_t i = 0; i < l->targets.count; i++)
        if (l->targets.items[i].v.node == k) return true;
    return false;
}

/* dz/dy = 50, or adjoint of z = 50 where the record has no name. */
static void add_adjoints(listing *l, text *out, u32 k) {
    u32 name = l->records.items[k].name;
    for (size_t i = 0; i < l->targets.count; i++) {
        value adjoint;
        if (!listing_adjoint(l, i, k, &adjoint)) continue;
        text_puts(out, name == NAME_NONE ? "\\nadjoint of " : "\\nd");
        add_name(l, out, l->targets.items[i].name);
        if (name != NAME_NONE) {
            text_puts(out, "/d");
            add_name(l, out, name);
        }
        text_puts(out, " = ");
        listing_value(l, out, &adjoint, picture_format(l));
    }
}

static void add_node(listing *l, text *out, u32 k) {
    enum op op = CODE_OP(l->e->rec.tape.code[k]);
    u32 name = l->records.items[k].name;
    text_printf(out, "n%u [label=\"", (unsigned)k);
    if (name != NAME_NONE) add_name(l, out, name);
    if (op != OP_LEAF && op != OP_ALIAS) {
        if (name != NAME_NONE) text_puts(out, ": ");
        add_source(l, out, k, listing_source);
    } else if (name == NAME_NONE) {
        add_quoted(out, listing_operation(l, k));
    }
    text_puts(out, "\\n");
    listing_value(l, out, &l->nodes.items[k - 1], picture_format(l));
    add_adjoints(l, out, k);
    text_puts(out, "\"");
    if (op == OP_LEAF) text_puts(out, ", shape=ellipse, fillcolor=\"#dcebff\"");
    else if (is_target(l, k)) text_puts(out, ", fillcolor=\"#ffe9c7\", penwidth=2");
    text_puts(out, "];\n");
}

/* ---- groups ---- */

static bool same_group(const listing *l, u32 a, u32 b) {
    const listed *x = &l->records.items[a], *y = &l->records.items[b];
    if (x->function != y->function) return false;
    return x->function != NAME_NONE || x->statement == y->statement;
}

/* Parameters begin another call of the same function. */
static bool begins_call(const listing *l, u32 k) {
    const tape *t = &l->e->rec.tape;
    return CODE_OP(t->code[k]) == OP_ALIAS && t->origin[k] != t->origin[k - 1];
}

static u32 group_end(const listing *l, u32 k) {
    u32 end = k + 1;
    while (end < listing_count(l) && same_group(l, k, end) && !begins_call(l, end)) end++;
    return end;
}

static void add_group(listing *l, text *out, u32 begin, u32 end) {
    const listed *first = &l->records.items[begin];
    bool boxed = first->function != NAME_NONE || (end - begin > 1 && first->statement != NAME_NONE);
    if (boxed) {
        text_printf(out, "subgraph cluster_%u {\nlabel=\"", (unsigned)begin);
        if (first->function == NAME_NONE) {
            add_source(l, out, begin, listing_statement_source);
            text_puts(out, "\";\nstyle=\"rounded\"; color=\"#bbbbbb\"; fontcolor=\"#666666\";\n");
        } else {
            add_name(l, out, first->function);
            text_puts(out, "()\";\nstyle=\"rounded,filled\"; color=\"#5b8c5a\"; fillcolor=\"#eef6ee\";\n");
        }
    }
    for (u32 k = begin; k < end; k++) add_node(l, out, k);
    if (boxed) text_puts(out, "}\n");
}

/* ---- edges ---- */

static void add_edge(listing *l, text *out, u32 from, u32 to, const double *partial) {
    text_printf(out, "n%u -> n%u", (unsigned)from, (unsigned)to);
    if (partial) {
        value v = SCALAR(*partial);
        text_puts(out, " [label=\"\303\227");
        listing_value(l, out, &v, picture_format(l));
        text_puts(out, "\"]");
    }
    text_puts(out, ";\n");
}

static void add_edges(listing *l, text *out, u32 k) {
    double partials[2];
    bool known = listing_partials(l, k, partials);
    u32 two[2], count;
    const u32 *arguments = tape_arguments(&l->e->rec.tape, k, two, &count);
    for (u32 i = 0; i < count; i++) {
        if (arguments[i] & ARG_CONST) continue;
        bool again = false;
        for (u32 j = 0; j < i && j < 16; j++) again |= arguments[j] == arguments[i];
        if (!again) add_edge(l, out, arguments[i], k, known ? &partials[i] : NULL);
    }
}

void listing_graph(listing *l, text *out) {
    text_puts(out,
              "digraph gtape {\n"
              "rankdir=TB; nodesep=0.3; ranksep=0.45; newrank=true; fontname=\"Helvetica\"; fontsize=11;\n"
              "node [shape=box, style=\"rounded,filled\", fillcolor=\"white\", fontname=\"Helvetica\", "
              "fontsize=11, height=0.3, margin=\"0.12,0.05\"];\n"
              "edge [fontname=\"Helvetica\", fontsize=9, fontcolor=\"#a03000\", color=\"#555555\", "
              "arrowsize=0.6];\n");
    for (u32 k = 1; k < listing_count(l);) {
        if (l->e->interrupt) fault_raise(FAULT_INTERRUPT);
        u32 end = group_end(l, k);
        add_group(l, out, k, end);
        k = end;
    }
    for (u32 k = 1; k < listing_count(l); k++) {
        if (l->e->interrupt) fault_raise(FAULT_INTERRUPT);
        add_edges(l, out, k);
    }
    text_puts(out, "}\n");
}
