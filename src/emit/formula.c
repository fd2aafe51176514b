/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula.c - which subexpressions get names: see formula.h. */
#include "emit/formula.h"
#include "base/number.h"
#include <stdio.h>
#include <string.h>

enum {
    LONG = 24,    /* characters that are worth a name where they stand twice */
    DEEP = 24,    /* brackets in brackets: what writes a formula recurses no deeper */
    READABLE = 6, /* characters that count for a number: a longer one may be a constant */
    LINE = 2000,  /* no expression is longer than this without a name */
};

static void free_arrays(page *p) {
    mem_free(p->uses);
    mem_free(p->named);
    mem_free(p->length);
    mem_free(p->height);
    p->uses = p->named = p->length = NULL;
    p->height = NULL;
}

void page_free(page *p) {
    free_arrays(p);
    for (size_t i = 0; i < p->equations.count; i++) mem_free(p->equations.items[i].name);
    array_free(&p->equations);
    array_free(&p->nodes);
}

static void count_uses(page *p, size_t size) {
    for (size_t i = 0; i < p->nodes.count; i++) p->uses[p->nodes.items[i]]++;
    for (size_t n = size; n-- > 0;) {
        if (!p->uses[n]) continue;
        const expr *e = expr_at(p->f, (u32)n);
        for (u32 i = 0; i < expr_operands(e); i++) p->uses[expr_parts(p->f, (u32)n)[i].node]++;
    }
}

/* About how long a part is where it stands. */
static u32 length_of(const page *p, u32 n) { return p->named[n] ? 2 : p->length[n]; }

/* About how long the expression is as text. */
static u32 text_length(const page *p, u32 n) {
    const expr *e = expr_at(p->f, n);
    char digits[NUMBER_ROOM];
    u32 length = 0;
    if (e->kind == EXPR_NAME) return (u32)strlen(intern_text(p->names, e->first)) + (e->number > 0 ? 3 : 0);
    if (e->kind == EXPR_NUMBER || e->number != (e->kind == EXPR_PRODUCT ? 1 : 0))
        length = number_write(digits, e->number, (number_format){0}) > READABLE ? READABLE : 2;
    for (u32 i = 0; i < expr_operands(e); i++) {
        const expr_part q = expr_parts(p->f, n)[i];
        const bool inner_sum = expr_at(p->f, q.node)->kind == EXPR_SUM && !p->named[q.node];
        length += length_of(p, q.node) + (e->kind == EXPR_SUM ? 3 : e->kind == EXPR_CALL ? 2 : 1);
        if (q.weight != 1) length += 2;
        if (inner_sum && e->kind == EXPR_PRODUCT) length += 2;
    }
    if (e->kind == EXPR_CALL || e->kind == EXPR_PRIME)
        length += e->op == OP_WHERE ? 5 : (u32)strlen(op_infos[e->op].name);
    return length;
}

/* How long, and how deep. */
static void measure(page *p, u32 n) {
    const expr *e = expr_at(p->f, n);
    u16 height = 0;
    for (u32 i = 0; i < expr_operands(e); i++) {
        u32 k = expr_parts(p->f, n)[i].node;
        if (!p->named[k] && p->height[k] >= height) height = (u16)(p->height[k] + 1);
    }
    p->length[n] = text_length(p, n);
    p->height[n] = height;
}

/* A taken name: the program has it, or an equation. */
static bool is_taken(const page *p, const char *prefix) {
    size_t length = strlen(prefix);
    for (size_t i = 0; i < p->names->names.count; i++) {
        const char *name = intern_text(p->names, (u32)i);
        if (strncmp(name, prefix, length) == 0 && name[length + strspn(name + length, "0123456789")] == '\0')
            return true;
    }
    return false;
}

static void give_names(page *p, size_t size) {
    static const char *const prefixes[] = {"s", "t", "u", "sub", "part_", "shared_", "common_", "gtape_"};
    size_t k = 0;
    while (k + 1 < COUNT_OF(prefixes) && is_taken(p, prefixes[k])) k++;
    p->prefix = prefixes[k];
    u32 count = 0;
    for (u32 n = 0; n < size; n++) {
        if (!p->uses[n]) continue;
        measure(p, n);
        bool compound = expr_operands(expr_at(p->f, n)) > 0;
        bool twice = p->uses[n] > 1 && p->length[n] >= LONG;
        if (compound && (twice || p->height[n] >= DEEP || p->length[n] > LINE)) p->named[n] = ++count;
    }
}

void page_subscript(text *out, const expr_shape *s, u32 entry) {
    size_t below = 1;
    for (u32 i = 1; i < s->rank; i++) below *= s->shape[i];
    for (u32 i = 0; i < s->rank; i++) {
        text_printf(out, i ? ",%zu" : "%zu", entry / below % s->shape[i]);
        if (i + 1 < s->rank) below /= s->shape[i + 1];
    }
}

/* A column, or rows, of LaTeX. */
static void write_array(const page *p, text *out, const equation *e) {
    const size_t columns = e->rank == 2 ? e->shape[1] : 1;
    text_puts(out, "\\left(\\begin{array}{");
    for (size_t i = 0; i < columns; i++) text_putc(out, 'c');
    text_puts(out, "} ");
    size_t column = 0;
    for (u32 i = 0; i < e->count; i++, column++) {
        if (column == columns) column = 0;
        if (i) text_puts(out, column ? " & " : " \\\\ ");
        formula_write(p, out, p->nodes.items[e->first + i], FORMULA_COMPARE);
    }
    text_puts(out, " \\end{array}\\right)");
}

/* Lists of lists: a bracket opens where the entry is the first of the axes behind it. */
static void write_lists(const page *p, text *out, const equation *e) {
    const char *open = p->latex ? "\\left[" : "[", *close = p->latex ? "\\right]" : "]";
    for (u32 i = 0; i < e->count; i++) {
        size_t below = 1;
        if (i) text_puts(out, ", ");
        for (u32 axis = e->rank; axis-- > 0;)
            if (i % (below *= e->shape[axis]) == 0) text_puts(out, open);
        formula_write(p, out, p->nodes.items[e->first + i], FORMULA_COMPARE);
        below = 1;
        for (u32 axis = e->rank; axis-- > 0;)
            if ((i + 1) % (below *= e->shape[axis]) == 0) text_puts(out, close);
    }
}

/* [], or zeros(2, 0), since brackets could not tell the shape. */
static void write_empty(const page *p, text *out, const equation *e) {
    if (e->rank == 1) {
        text_puts(out, p->latex ? "\\left[\\right]" : "[]");
        return;
    }
    text_puts(out, p->latex ? "0_{" : "zeros(");
    for (u32 axis = 0; axis < e->rank; axis++)
        text_printf(out, "%s%zu", !axis ? "" : p->latex ? " \\times " : ", ", e->shape[axis]);
    text_puts(out, p->latex ? "}" : ")");
}

/* Whether the page gives a name another meaning. */
static bool has_name(const page *p, const char *name) {
    for (size_t i = 0; i < p->equations.count; i++)
        if (strcmp(p->equations.items[i].name, name) == 0) return true;
    for (u32 n = 0; n < p->f->nodes.count; n++)
        if (expr_at(p->f, n)->kind == EXPR_NAME &&
            strcmp(intern_text(p->names, expr_at(p->f, n)->first), name) == 0)
            return true;
    return false;
}

static void begin_equation(const page *p, text *out, const char *name) {
    text_printf(out, p->latex ? "\\[ %s = " : "%s = ", name);
}

static void end_equation(const page *p, text *out) { text_puts(out, p->latex ? " \\]\n" : "\n"); }

static void write_equation(const page *p, text *out, const equation *e) {
    begin_equation(p, out, e->name);
    if (e->rank == 0) formula_write(p, out, p->nodes.items[e->first], FORMULA_COMPARE);
    else if (e->count == 0) write_empty(p, out, e);
    else if (p->latex && e->rank <= 2) write_array(p, out, e);
    else write_lists(p, out, e);
    end_equation(p, out);
}

void page_write(page *p, text *out) {
    size_t size = p->f->nodes.count;
    free_arrays(p);
    p->uses = mem_zero(size, sizeof *p->uses);
    p->named = mem_zero(size, sizeof *p->named);
    p->length = mem_zero(size, sizeof *p->length);
    p->height = mem_zero(size, sizeof *p->height);
    count_uses(p, size);
    give_names(p, size);
    p->hides_pi = has_name(p, "pi");
    p->hides_e = has_name(p, "e");
    p->hides_inf = has_name(p, "inf");
    p->hides_nan = has_name(p, "nan");
    for (u32 n = 0; n < size; n++) {
        if (!p->named[n]) continue;
        char name[32];
        u32 number = p->named[n];
        (void)snprintf(name, sizeof name, p->latex ? "%s_{%u}" : "%s%u", p->prefix, number);
        p->named[n] = 0; /* in its own equation it is written out */
        begin_equation(p, out, name);
        formula_write(p, out, n, FORMULA_COMPARE);
        end_equation(p, out);
        p->named[n] = number;
    }
    for (size_t i = 0; i < p->equations.count; i++) write_equation(p, out, &p->equations.items[i]);
}
