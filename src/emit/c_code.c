/* SPDX-License-Identifier: GPL-3.0-or-later */
/* c_code.c - the function around the expressions: see c_code.h. */
#include "emit/c_code.h"
#include "emit/formula.h"
#include <ctype.h>
#include <string.h>

enum { LONG = 30 };            /* operations and operands in one expression */
enum { MOST_ON_STACK = 8192 }; /* numbers of trails */

static const char *const arrays[C_ARRAYS] = {"out", "grad", "hess"};

void c_code_free(c_code *c) {
    array_free(&c->inputs);
    for (u32 i = 0; i < C_ARRAYS; i++) array_free(&c->results[i]);
    for (size_t i = 0; i < c->words.count; i++) text_free(&c->words.items[i]);
    array_free(&c->words);
    mem_free(c->uses);
    mem_free(c->variable);
    mem_free(c->length);
    mem_free(c->input);
    mem_free(c->home);
    mem_free(c->trail);
    mem_free(c->across);
    mem_free(c->reached);
    mem_free(c->read);
    for (size_t i = 0; i < c->rooms.count; i++) mem_free(c->rooms.items[i]);
    array_free(&c->rooms);
    array_free(&c->renamed);
    mem_free(c->wanted);
    mem_free(c->wanted_op);
    text_free(&c->body);
    text_free(&c->line);
    text_free(&c->name);
}

/* ---- names ---- */

static const char *name_of(const c_code *c, u32 name) { return intern_text(c->names, name); }

/* A word that C does not have: characters that it cannot have become _, and it ends with _. */
static void put_word(text *out, const char *name) {
    if (isdigit((unsigned char)*name)) text_putc(out, 'x');
    for (const char *s = name; *s; s++) {
        bool fits = *s == '_' || (isalnum((unsigned char)*s) && (unsigned char)*s < 0x80);
        text_putc(out, fits ? *s : '_');
    }
}

/* Words of scalars end with _, those of entries with a digit, so only two of a kind can meet. */
static bool is_word_taken(const c_code *c, size_t before, const text *word) {
    for (size_t i = 0; i < before; i++) {
        const u32 entry = c->inputs.items[i].entry;
        bool may_meet = entry == 0 || entry == ENTRY_NONE;
        if (may_meet && strcmp(text_str(&c->words.items[i]), text_str(word)) == 0) return true;
    }
    return false;
}

/* Of entry 0, or of a scalar; the others' are like that of entry 0. */
static void make_word(c_code *c, size_t i, text *word) {
    const c_name x = c->inputs.items[i];
    const char *end = x.entry == ENTRY_NONE ? "_" : "_0";
    put_word(word, name_of(c, x.name));
    text_puts(word, end);
    if (!is_word_taken(c, i, word)) return;
    text_clear(word);
    put_word(word, name_of(c, x.name));
    text_printf(word, "_%zu%s", i, end);
}

static void name_inputs(c_code *c) {
    size_t first = 0; /* entry 0 of the tensor at work */
    for (size_t i = 0; i < c->inputs.count; i++) {
        const u32 entry = c->inputs.items[i].entry;
        array_push(&c->words, ((text){0}));
        text *word = &c->words.items[i];
        if (entry == 0) first = i;
        if (entry == 0 || entry == ENTRY_NONE) {
            make_word(c, i, word);
        } else {
            const text *base = &c->words.items[first];
            text_add(word, text_str(base), base->length - 1);
            text_printf(word, "%u", entry);
        }
    }
}

static u32 input_node(c_code *c, size_t i) {
    const c_name x = c->inputs.items[i];
    return x.entry == ENTRY_NONE ? expr_name(c->f, x.name) : expr_entry(c->f, x.name, x.entry);
}

/* As it may stand in a comment. */
static void put_comment(text *out, const char *name) {
    for (const char *s = name; *s; s++) {
        bool ends = s > name && ((s[-1] == '*' && *s == '/') || (s[-1] == '/' && *s == '*') ||
                                 (s[-1] == '?' && *s == '?') || s[-1] == '\\');
        if (ends) text_putc(out, ' ');
        text_putc(out, (unsigned char)*s < ' ' ? ' ' : *s);
    }
}

/* ---- which expressions are variables ---- */

static void count_uses(c_code *c, size_t size) {
    for (u32 i = 0; i < C_ARRAYS; i++)
        for (size_t k = 0; k < c->results[i].count; k++) {
            u32 node = c->results[i].items[k].node;
            c->uses[node]++;
            expr_reach(c->f, 1, &node, c->reached, NULL, NULL);
        }
    for (u32 n = 0; n < size; n++)
        for (u32 i = 0; c->reached[n] && i < expr_operands(expr_at(c->f, n)); i++)
            c->uses[expr_parts(c->f, n)[i].node]++;
    c_place_loops(c);
}

/* A sum of products is written as it comes: -ffp-contract=off keeps compilers from joining the two. */
static bool is_variable(const c_code *c, u32 n) {
    const expr *e = expr_at(c->f, n);
    if (e->kind != EXPR_CALL) return false;
    if (c->across[n] || c->trail[n]) return true;
    return c->uses[n] > 1 ? e->op != OP_NEG || c->length[n] > 2 : c->length[n] > LONG;
}

static void measure(c_code *c, u32 n) {
    const expr *e = expr_at(c->f, n);
    u32 length = 1;
    for (u32 i = 0; e->kind == EXPR_CALL && i < e->count; i++) {
        u32 k = expr_parts(c->f, n)[i].node;
        length += is_variable(c, k) ? 1 : c->length[k];
    }
    c->length[n] = length;
}

/* ---- regions ---- */

u32 c_rename(c_code *c, u32 node) {
    array_push(&c->renamed, ((c_renaming){node, c->variable[node]}));
    return c->variable[node] = ++c->variables;
}

void c_begin_line(c_code *c) {
    for (u32 i = 0; i <= c->depth; i++) text_puts(&c->body, "    ");
}

/* Values of an older loop of the family come from the trail, or are computed again. */
static void declare(c_code *c, const c_region *r, u32 n) {
    bool is_kept = c->trail[n] && c->home[n] != r->loop;
    if (!is_kept && !is_variable(c, n)) return;
    text_clear(&c->line);
    if (!is_kept) c_expression(c, &c->line, n, C_CHOICE);
    u32 v = c_rename(c, n);
    c_begin_line(c);
    if (is_kept) text_printf(&c->body, "const double v%u = t%u[k%u];\n", v, c->trail[n], c->depth);
    else text_printf(&c->body, "const double v%u = %s;\n", v, text_str(&c->line));
}

void c_put_region(c_code *c, const c_region *r) {
    const size_t size = c->f->nodes.count;
    for (u32 n = 0; n < size; n++) {
        if (!r->reached[n] || !c_is_here(c, c->home[n], r->loop)) continue;
        if (!r->loop && c->variable[n]) continue; /* by the array before */
        if (expr_at(c->f, n)->kind == EXPR_LOOP) c_put_loop(c, r, expr_loop_of(c->f, n));
        else declare(c, r, n);
    }
}

/* ---- the function ---- */

static void put_results(c_code *c, enum c_array which) {
    for (size_t k = 0; k < c->results[which].count; k++) {
        text_clear(&c->line);
        c_expression(c, &c->line, c->results[which].items[k].node, C_CHOICE);
        text_printf(&c->body, "    %s[%zu] = %s;\n", arrays[which], k, text_str(&c->line));
    }
}

static void put_return(c_code *c) {
    text_puts(&c->body,
              c->trail_on_heap ? "{\n        free(trail);\n        return 0;\n    }\n" : "return 0;\n");
}

/* What the arrays before this one needed is declared already. */
static void put_array(c_code *c, enum c_array which, u8 *reached) {
    c_region r = {.loop = 0, .reached = reached, .wanted = c->reached};
    if (which != C_OUT) {
        text_printf(&c->body, "    if (%s == NULL) ", arrays[which]);
        put_return(c);
    }
    for (size_t k = 0; k < c->results[which].count; k++) {
        u32 node = c->results[which].items[k].node;
        expr_reach(c->f, 1, &node, reached, NULL, c->reached);
    }
    c_put_region(c, &r);
    put_results(c, which);
}

/* The whole body; its trails turn out to be few numbers, or so many that they are allocated. */
static void put_body(c_code *c) {
    size_t size = c->f->nodes.count;
    text_clear(&c->body);
    memset(c->variable, 0, size * sizeof *c->variable);
    memset(c->trail, 0, size * sizeof *c->trail);
    c->renamed.count = 0;
    c->variables = c->trails = 0;
    c->trail_numbers = 0;
    (void)expr_room(c->f, size);
    c_plan_trails(c, &(c_region){.reached = c->reached});
    for (u32 a = 0; a < (c->has_hessian ? C_ARRAYS : C_HESS); a++)
        if (a == C_OUT || c->results[a].count) put_array(c, (enum c_array)a, c->f->depends);
}

static void put_inputs(c_code *c, text *out) {
    bool any = false;
    for (size_t i = 0; i < c->inputs.count; i++) {
        if (!c->uses[input_node(c, i)]) continue;
        text_printf(out, "    const double %s = in[%zu];\n", text_str(&c->words.items[i]), i);
        any = true;
    }
    if (!any) text_puts(out, "    (void)in;\n");
}

/* ---- the comment in front ---- */

static void put_shape(const c_code *c, text *out, u32 name) {
    const expr_shape *s = expr_shape_of(c->f, name);
    text_puts(out, "[");
    for (u32 i = 0; i < s->rank; i++) text_printf(out, i ? ", %zu" : "%zu", s->shape[i]);
    text_puts(out, "]");
}

/* x, x[1,0], or x of shape [2, 3], by rows, where the whole of it is meant. */
static void put_part(const c_code *c, text *out, c_name x, bool whole) {
    put_comment(out, name_of(c, x.name));
    if (x.entry == ENTRY_NONE || whole) return;
    text_putc(out, '[');
    page_subscript(out, expr_shape_of(c->f, x.name), x.entry);
    text_putc(out, ']');
}

/* With `whole` the last variable, or the target without one, is meant with all its entries. */
static void put_label(const c_code *c, text *out, const c_result *r, bool whole) {
    const bool first = r->x.name != NAME_NONE, second = r->w.name != NAME_NONE;
    if (first) text_puts(out, second ? "d2" : "d");
    put_part(c, out, r->target, whole && !first);
    if (!first) return;
    text_puts(out, "/d");
    put_part(c, out, r->x, whole && !second);
    if (!second) return;
    const bool square = r->w.name == r->x.name && r->w.entry == r->x.entry && !whole;
    text_puts(out, square ? "2" : " d");
    if (!square) put_part(c, out, r->w, whole);
}

static c_name last_of(const c_result *r) {
    return r->w.name != NAME_NONE ? r->w : r->x.name != NAME_NONE ? r->x : r->target;
}

/* How many results from here on are the entries of one tensor. */
static size_t run_of(const c_code *c, c_name first, size_t left) {
    if (first.entry != 0) return 1;
    const expr_shape *s = expr_shape_of(c->f, first.name);
    size_t size = 1;
    for (u32 i = 0; i < s->rank; i++) size *= s->shape[i];
    return size > 1 && size <= left ? size : 1;
}

static void put_place(text *out, const char *array, size_t at, size_t count) {
    text_printf(out, " *     %s[%zu]", array, at);
    if (count > 1) text_printf(out, " to %s[%zu]", array, at + count - 1);
    text_puts(out, strlen(array) == 4 ? " " : strlen(array) == 3 ? "  " : "   ");
}

static void put_contents(const c_code *c, text *out) {
    for (size_t i = 0, n; i < c->inputs.count; i += n) {
        const c_name x = c->inputs.items[i];
        n = run_of(c, x, c->inputs.count - i);
        put_place(out, "in", i, n);
        put_part(c, out, x, n > 1);
        if (n > 1) text_puts(out, ", of shape "), put_shape(c, out, x.name);
        text_putc(out, '\n');
    }
    for (u32 a = 0; a < C_ARRAYS; a++)
        for (size_t k = 0, n; k < c->results[a].count; k += n) {
            const c_result *r = &c->results[a].items[k];
            n = run_of(c, last_of(r), c->results[a].count - k);
            put_place(out, arrays[a], k, n);
            put_label(c, out, r, n > 1);
            if (n > 1 && a == C_OUT) text_puts(out, ", of shape "), put_shape(c, out, r->target.name);
            text_putc(out, '\n');
        }
}

static void put_heading(const c_code *c, text *out, const char *name) {
    text_printf(out, "/* %s - values and derivatives, written by gtape.\n *\n", name);
    put_contents(c, out);
    if (c->f->shapes.count) text_puts(out, " *\n * Entries of tensors lie in row-major order.\n");
    text_printf(
        out,
        " *\n"
        " * grad%s may be NULL.  Returns 0%s.\n"
        " * C99 with its mathematical functions (-lm); compile it with -ffp-contract=off for the numbers "
        "that\n"
        " * gtape gives.\n"
        " *\n"
        " * As a special exception to the licence of gtape, you may use, change and distribute this file,\n"
        " * with the text of gtape in it, under terms of your choice; see its COPYING.EXCEPTION. */\n",
        c->has_hessian ? " or hess" : "", c->trail_on_heap ? ", or 1 where memory is exhausted" : "");
}

static void put_function_name(const c_code *c, text *out) {
    put_word(out, name_of(c, c->results[C_OUT].items[0].target.name));
    text_puts(out, c->has_hessian ? "_hessian" : "_gradient");
}

static void prepare(c_code *c) {
    name_inputs(c);
    for (size_t i = 0; i < c->inputs.count; i++) (void)input_node(c, i);
    size_t size = c->f->nodes.count;
    c->input = mem_zero(size, sizeof *c->input);
    for (size_t i = 0; i < c->inputs.count; i++) c->input[input_node(c, i)] = (u32)i;
    c->uses = mem_zero(size, sizeof *c->uses);
    c->variable = mem_zero(size, sizeof *c->variable);
    c->length = mem_zero(size, sizeof *c->length);
    c->home = mem_zero(size, sizeof *c->home);
    c->trail = mem_zero(size, sizeof *c->trail);
    c->across = mem_zero(size, 1);
    c->reached = mem_zero(size, 1);
    c->wanted_op = mem_zero(OP_ELEMENTWISE_END, 1);
    count_uses(c, size);
    for (u32 n = 0; n < size; n++) measure(c, n);
}

void c_code_write(c_code *c, text *out) {
    prepare(c);
    put_body(c);
    c->trail_on_heap = c->trail_numbers > MOST_ON_STACK;
    if (c->trail_on_heap) put_body(c);
    if (c->f->loops.count) {
        c->read = mem_zero((size_t)c->variables + c->trails + 1, 1);
        c_prune(c, c->read);
    }
    if (c->trail_on_heap) c_helpers_want(c, "malloc");
    text_clear(&c->line);
    put_function_name(c, &c->line);
    put_heading(c, out, text_str(&c->line));
    c_helpers_write(c, out);
    const char *name = text_str(&c->line), *more = c->has_hessian ? ", double *hess" : "";
    text_printf(out, "\nint %s(const double *in, double *out, double *grad%s);\n", name, more);
    text_printf(out, "\nint %s(const double *in, double *out, double *grad%s) {\n", name, more);
    put_inputs(c, out);
    for (u32 a = C_GRAD; a < (c->has_hessian ? C_ARRAYS : C_HESS); a++)
        if (!c->results[a].count) text_printf(out, "    (void)%s;\n", arrays[a]);
    if (c->trail_on_heap)
        text_printf(out,
                    "    double *const trail = malloc(%zu * sizeof *trail);\n"
                    "    if (trail == NULL) return 1;\n",
                    c->trail_numbers);
    text_puts(out, text_str(&c->body));
    if (c->trail_on_heap) text_puts(out, "    free(trail);\n");
    text_puts(out, "    return 0;\n}\n");
}
