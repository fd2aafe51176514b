/* SPDX-License-Identifier: GPL-3.0-or-later */
/* build_call.c - calls: derivative forms, the user's functions, built-in ones. */
#include "lang/state.h"
#include <string.h>

/* ---- near names ---- */

typedef struct nearest {
    const char *wanted, *best;
    unsigned distance;
} nearest;

static void consider(nearest *n, const char *name) {
    if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || *name == '_')) return;
    unsigned d = edit_distance(n->wanted, name, n->distance);
    if (d < n->distance || (d == n->distance && !n->best && d <= 2)) n->distance = d, n->best = name;
}

const derivative_form derivative_forms[] = {
#define FORM(id, name, fewest, most, arguments, help) {name, fewest, most, arguments, help},
#include "lang/derive.def"
#undef FORM
};

/* Functions of other languages whose names lead to none of ours, and what to write instead. */
static const struct {
    const char *name, *hint;
} foreign_functions[] = {
    {"not", "write !a"},
    {"and", "write a && b"},
    {"or", "write a || b"},
    {"xor", "write a != b"},
    {"ln", "log(x) is the natural logarithm"},
    {"power", "write a^b"},
    {"square", "write x^2"},
    {"matmul", "write A @ B"},
    {"array", "write [1, 2, 3]"},
    {"len", "size(x) counts entries, shape(x) gives the lengths of all axes"},
    {"length", "size(x) counts entries, shape(x) gives the lengths of all axes"},
    {"average", "mean(x)"},
    {"reduce_sum", "sum(x)"},
    {"reduce_mean", "mean(x)"},
    {"gradient", "grad(z, x)"},
    {"diff", "grad(z, x), or f'(x)"},
    {"sec", "write 1/cos(x)"},
    {"csc", "write 1/sin(x)"},
    {"cot", "write 1/tan(x)"},
    {"factorial", "gamma(n + 1)"},
};

const char *foreign_function(const char *name) {
    for (size_t i = 0; i < COUNT_OF(foreign_functions); i++)
        if (strcmp(foreign_functions[i].name, name) == 0) return foreign_functions[i].hint;
    return NULL;
}

const char *nearest_function(build *b, const char *name) {
    nearest n = {name, NULL, strlen(name) > 3 ? 3 : 2}; /* one more than may be mended */
    for (int op = 1; op < OP_ELEMENTWISE_END; op++) consider(&n, op_infos[op].name);
    for (int op = OP_DERIVED + 1; op < OP_END; op++) consider(&n, function_of((enum op)op)->name);
    for (size_t i = 0; i < DERIVE_COUNT; i++) consider(&n, derivative_forms[i].name);
    for (size_t i = 0; i < b->g->functions.count; i++)
        if (b->g->functions.items[i].defined.begin != UINT32_MAX)
            consider(&n, name_text(b, b->g->functions.items[i].name));
    return n.best && n.distance < (strlen(name) > 3 ? 3u : 2u) ? n.best : NULL;
}

/* ---- helpers ---- */

/* Takes `count` items off the list and appends their operands; named and text items are errors. */
static u32 plain_operands(build *b, u32 count, const char *name) {
    u32 offset = add_operands(b, 0, NULL);
    for (u32 i = 0; i < count; i++) {
        item *p = list_tail(b, count) + i;
        if (p->kind == ITEM_NAMED)
            build_error(b, DIAG_BAD_ARGUMENTS, p->at, "'%s' takes no argument called '%s'", name,
                        name_text(b, p->name));
        operand o = item_value(b, p);
        array_push(&b->g->operands, o);
    }
    return offset;
}

static void release_words(build *b, u32 offset, u32 count) {
    for (u32 i = count; i-- > 0;)
        if (b->g->operands.items[offset + i] != OPERAND_NONE) release(b, b->g->operands.items[offset + i]);
}

static operand nothing(build *b, u32 count) {
    list_drop(b, count);
    return literal(b, 0);
}

static void wrong_count(build *b, span at, const char *name, const char *signature, u32 given) {
    diagnostic *d =
        build_error(b, DIAG_BAD_ARGUMENTS, at, "wrong number of arguments for '%s': %u", name, given);
    diag_hint(d, "%s(%s)", name, signature);
}

/* ---- derivative forms ---- */

static bool is_variable(enum derive form, u32 argument) {
    if (form >= DERIVE_STOP) return false;
    return argument == 1 || (form == DERIVE_HESSIAN && argument == 2);
}

static void watch(build *b, operand o) {
    if (!in_function(b) && OPERAND_KIND(o) == IN_GLOBAL)
        b->g->globals.items[OPERAND_NUMBER(o)].is_watched = true;
}

/* checkpoint(f(x)): the call that was just written is the one; other expressions keep their records. */
static bool mark_checkpoint(build *b, operand y) {
    u32 last = code_here(b) - 1;
    instruction *in = code_at(b, last);
    if (last < b->statement || in->op != DO_CALL || in->c != y) return false;
    in->n = 1;
    return true;
}

static operand derivative_call(build *b, span at, enum derive form, u32 count) {
    const derivative_form *f = &derivative_forms[form];
    const char *name = f->name;
    if (count < f->fewest || count > f->most) {
        wrong_count(b, at, name, f->arguments, count);
        return nothing(b, count);
    }
    span argument_at[3] = {at, at, at};
    for (u32 i = 0; i < count && i < 3; i++) argument_at[i] = list_tail(b, count)[i].at;
    u32 offset = plain_operands(b, count, name);
    list_drop(b, count);
    for (u32 i = 0; i < count; i++) {
        operand o = b->g->operands.items[offset + i];
        if (!is_variable(form, i)) continue;
        if (OPERAND_KIND(o) != IN_GLOBAL && OPERAND_KIND(o) != IN_LOCAL) {
            diagnostic *d = build_error(b, DIAG_BAD_TARGET, argument_at[i],
                                        "a derivative is taken in a name, not in an expression");
            diag_hint(d, "%s(z, x)[0] for an entry; or give the expression a name first", name);
        }
        watch(b, o);
    }
    operand argument = b->g->operands.items[offset];
    release_words(b, offset, count);
    operand y = fresh_register(b);
    if (form == DERIVE_CHECKPOINT && y == argument && mark_checkpoint(b, y)) return y;
    if (form == DERIVE_TAYLOR) b->g->needs_records = true;
    emit(b, at, DO_DERIVE, form, offset, count, y);
    return y;
}

/* ---- f'(x) and deriv(f, x, n) ---- */

static operand prime_call(build *b, span at, span name_at, u32 name, u32 order, operand x) {
    u32 user = graph_find_function(b->g, name);
    bool defined = user != NAME_NONE && b->g->functions.items[user].defined.begin != UINT32_MAX;
    enum op op = defined ? OP_NONE : op_by_name(name_text(b, name));
    u32 words[3] = {0, op, x};
    if (op != OP_NONE && op_infos[op].arity != 1)
        build_error(b, DIAG_BAD_ARGUMENTS, name_at,
                    "'%s' takes %u arguments, and %s' is for functions of one", name_text(b, name),
                    op_infos[op].arity, name_text(b, name));
    if (op == OP_NONE) {
        user = graph_function(b->g, name);
        words[0] = 1, words[1] = user;
    }
    u32 site = add_operands(b, 3, words);
    release(b, x);
    operand y = fresh_register(b);
    if (order > 1) b->g->needs_records = true;
    emit(b, at, DO_PRIME, order, site, 0, y);
    return y;
}

enum { MOST_PRIMES = 64 };

operand build_derivative_call(build *b, span at, span name_at, u32 name, u32 primes, u32 count) {
    if (count != 1 || primes > MOST_PRIMES) {
        if (count != 1) wrong_count(b, at, name_text(b, name), "x", count);
        else build_error(b, DIAG_BAD_VALUE, at, "too many primes (limit %d)", MOST_PRIMES);
        return nothing(b, count);
    }
    operand x = item_value(b, list_tail(b, 1));
    list_drop(b, 1);
    return prime_call(b, at, name_at, name, primes, x);
}

/* deriv(f, x, n): n must be a number in the text, as the primes are. */
static operand deriv_call(build *b, span at, u32 count) {
    item *p = list_tail(b, count);
    if ((count != 2 && count != 3) || p[0].kind != ITEM_NAME) {
        diagnostic *d =
            build_error(b, DIAG_BAD_ARGUMENTS, at, "deriv needs the name of a function and a value");
        diag_hint(d, "deriv(f, x) or deriv(f, x, n)");
        return nothing(b, count);
    }
    u32 order = 1;
    if (count == 3) {
        operand n = item_value(b, &p[2]);
        double v = OPERAND_KIND(n) == IN_LITERAL ? b->g->literals.items[OPERAND_NUMBER(n)].num : -1;
        if (!(v >= 0 && v <= MOST_PRIMES && v == (double)(u32)v)) {
            build_error(b, DIAG_BAD_ARGUMENTS, p[2].at, "the order of deriv is a whole number from 0 to %d",
                        MOST_PRIMES);
            return nothing(b, count);
        }
        order = (u32)v;
    }
    span name_at = p[0].at;
    u32 name = p[0].name;
    operand x = item_value(b, &p[1]);
    list_drop(b, count);
    return prime_call(b, at, name_at, name, order, x);
}

/* ---- the user's functions ---- */

static operand user_call(build *b, span at, span name_at, u32 number, u32 count) {
    graph *g = b->g;
    if (g->functions.items[number].called.begin == UINT32_MAX) g->functions.items[number].called = name_at;
    u32 named = 0;
    for (u32 i = 0; i < count; i++) {
        item *p = list_tail(b, count) + i;
        if (p->kind == ITEM_NAMED) named++;
        else if (named)
            build_error(b, DIAG_BAD_ARGUMENTS, p->at, "positional arguments stand before named ones");
    }
    u32 head[CALL_HEAD] = {number, count - named, named};
    u32 site = add_operands(b, CALL_HEAD, head);
    for (u32 i = 0; i < count; i++) {
        item *p = list_tail(b, count) + i;
        operand o = item_value(b, p);
        if (p->kind == ITEM_NAMED) array_push(&g->operands, p->name);
        array_push(&g->operands, o);
    }
    for (u32 i = count; i-- > 0;)
        if (list_tail(b, count)[i].kind != ITEM_NAME) release(b, list_tail(b, count)[i].o);
    list_drop(b, count);
    operand y = fresh_register(b);
    emit(b, at, DO_CALL, 0, site, 0, y);
    return y;
}

/* ---- built-in functions ---- */

/* The name is as it was called: ^ is pow there. */
static operand elementwise_call(build *b, span at, enum op op, const char *name, u32 count) {
    const op_info *info = &op_infos[op];
    if (count != info->arity) {
        wrong_count(b, at, name, info->arity == 1 ? "x" : "x, w", count);
        return nothing(b, count);
    }
    u32 offset = plain_operands(b, count, name);
    list_drop(b, count);
    u32 x = b->g->operands.items[offset], w = count == 2 ? b->g->operands.items[offset + 1] : 0;
    b->g->operands.count = offset;
    return count == 1 ? build_unary(b, at, op, x) : build_binary(b, at, op, x, w);
}

/* The place of a named argument among "x, axis, keepdims", or NAME_NONE. */
static u32 parameter_number(const char *parameters, const char *name) {
    size_t length = strlen(name);
    u32 number = 0;
    for (const char *p = parameters; *p; number++) {
        p += strspn(p, " ");
        size_t n = strcspn(p, ",= ");
        if (n == length && memcmp(p, name, n) == 0) return number;
        p += strcspn(p, ",");
        if (*p) p++;
    }
    return NAME_NONE;
}

/* A text as a vector of byte codes, for einsum. */
static operand text_operand(build *b, span at, u32 number) {
    const literal_text *t = &b->g->texts.items[number];
    u32 offset = add_operands(b, 0, NULL), length = t->length;
    for (u32 i = 0; i < length; i++) {
        operand o = literal(b, (unsigned char)b->g->texts.items[number].bytes[i]);
        array_push(&b->g->operands, o);
    }
    operand y = fresh_register(b);
    emit(b, at, DO_LIST, 0, offset, length, y);
    return y;
}

static u32 parameter_count(const char *parameters) {
    u32 count = *parameters != 0;
    for (const char *p = parameters; *p; p++) count += *p == ',';
    return count;
}

/* How arguments are laid out (functions.def): `ahead` positional ones, then `behind` parameters that stand
 * behind a "..." and are given by name only. */
typedef struct signature {
    const function_info *info;
    u32 given, named; /* in the call */
    u32 ahead, behind;
    const char *behind_names;
} signature;

static signature signature_of(build *b, const function_info *f, u32 count) {
    signature s = {.info = f, .given = count};
    for (u32 i = 0; i < count; i++) s.named += list_tail(b, count)[i].kind == ITEM_NAMED;
    const char *dots = strstr(f->parameters, "...");
    if (!dots) {
        s.ahead = f->most;
        return s;
    }
    s.ahead = count - s.named;
    s.behind_names = dots[3] == ',' ? dots + 4 : "";
    s.behind = parameter_count(s.behind_names);
    return s;
}

/* Named arguments that may be required ones; names that there are not get an error of their own. */
static u32 named_required(build *b, const signature *s) {
    u32 count = 0;
    for (u32 i = 0; i < s->given && !s->behind_names; i++) {
        const item *p = list_tail(b, s->given) + i;
        if (p->kind != ITEM_NAMED) continue;
        u32 k = parameter_number(s->info->parameters, name_text(b, p->name));
        count += k == NAME_NONE || k < s->info->required;
    }
    return count;
}

static bool fits(build *b, const signature *s) {
    u32 positional = s->given - s->named;
    return s->given <= s->ahead + s->behind && positional + named_required(b, s) >= s->info->required;
}

/* The place of a named argument in the list of operands, or NAME_NONE with an error. */
static u32 named_place(build *b, const signature *s, const item *p, const operand *words) {
    const char *name = name_text(b, p->name);
    u32 k = parameter_number(s->behind_names ? s->behind_names : s->info->parameters, name);
    if (k != NAME_NONE && s->behind_names) k += s->ahead;
    if (k != NAME_NONE && words[k] == OPERAND_NONE) return k;
    diagnostic *d = build_error(b, DIAG_BAD_ARGUMENTS, p->at,
                                k == NAME_NONE ? "'%s' takes no argument called '%s'"
                                               : "'%s' gets its argument '%s' twice",
                                s->info->name, name);
    diag_hint(d, "%s(%s)", s->info->name, s->info->parameters);
    return NAME_NONE;
}

/* Fills `words` from the list: positional arguments first, named ones where they belong, missing ones
 * OPERAND_NONE.  Gives how many there are. */
static u32 place_arguments(build *b, const signature *s, operand *words) {
    u32 used = s->ahead + s->behind,
        positional = s->given - s->named; /* missing ones are passed too, unbound */
    for (u32 i = 0; i < s->ahead + s->behind; i++) words[i] = OPERAND_NONE;
    for (u32 i = 0; i < s->given; i++) {
        item p = list_tail(b, s->given)[i];
        u32 where = i;
        if (p.kind == ITEM_NAMED) where = named_place(b, s, &p, words);
        else if (i >= positional)
            build_error(b, DIAG_BAD_ARGUMENTS, p.at, "positional arguments stand before named ones"),
                where = NAME_NONE;
        bool is_text = p.kind == ITEM_TEXT && strcmp(s->info->name, "einsum") == 0;
        operand o = is_text ? text_operand(b, p.at, p.o) : item_value(b, &p);
        if (where == NAME_NONE) continue;
        words[where] = o;
        if (where >= used) used = where + 1;
    }
    return used;
}

static operand function_call(build *b, span at, enum op op, u32 count) {
    signature s = signature_of(b, function_of(op), count);
    if (!fits(b, &s)) {
        wrong_count(b, at, s.info->name, s.info->parameters, count);
        return nothing(b, count);
    }
    b->words.items = mem_grow(b->words.items, s.ahead + s.behind, &b->words.capacity, sizeof *b->words.items);
    u32 used = place_arguments(b, &s, b->words.items);
    list_drop(b, count);
    u32 offset = add_operands(b, used, b->words.items);
    release_words(b, offset, used);
    operand y = fresh_register(b);
    emit(b, at, DO_APPLY, op, offset, used, y);
    return y;
}

/* min and max of several arguments work entry by entry, of one they reduce; pairs need no function call. */
static bool is_pair_of(build *b, const char *name, u32 count, enum op *op) {
    if (count != 2 || list_tail(b, 1)->kind == ITEM_NAMED) return false;
    *op = strcmp(name, "min") == 0 ? OP_MIN : strcmp(name, "max") == 0 ? OP_MAX : OP_NONE;
    return *op != OP_NONE;
}

static bool is_defined(const build *b, u32 number) {
    return number != NAME_NONE && b->g->functions.items[number].defined.begin != UINT32_MAX;
}

operand build_call(build *b, span at, span name_at, u32 name, u32 count) {
    const char *word = name_text(b, name);
    u32 user = graph_find_function(b->g, name);
    enum op op;
    if (is_defined(b, user)) return user_call(b, at, name_at, user, count);
    if (strcmp(word, "deriv") == 0) return deriv_call(b, at, count);
    for (u32 i = 0; i < DERIVE_COUNT; i++)
        if (strcmp(word, derivative_forms[i].name) == 0) return derivative_call(b, at, (enum derive)i, count);
    if (is_pair_of(b, word, count, &op)) return elementwise_call(b, at, op, word, count);
    if ((op = function_by_name(word)) != OP_NONE) return function_call(b, at, op, count);
    if ((op = op_by_name(word)) != OP_NONE) return elementwise_call(b, at, op, word, count);
    return user_call(b, at, name_at, graph_function(b->g, name), count);
}
