/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kinks.c - see kinks.h. */
#include "lib/kinks.h"
#include <math.h>

static bool is_whole(double x) { return x == floor(x); }

/* What stands in the way of a derivative at this point, or NULL. */
static const char *kink_at(enum op op, double x, double w) {
    switch (op) {
    case OP_ABS:
    case OP_RELU: return x == 0 ? "at 0" : NULL;
    case OP_SIGN:
    case OP_HEAVISIDE: return x == 0 ? "at its jump" : NULL;
    case OP_FLOOR:
    case OP_CEIL:
    case OP_TRUNC: return is_whole(x) ? "at a jump" : NULL;
    case OP_ROUND: return is_whole(x + 0.5) ? "at a jump" : NULL;
    case OP_MOD:
    case OP_FMOD: return w != 0 && fmod(x, w) == 0 ? "at a jump" : NULL;
    case OP_COPYSIGN: return x == 0 || w == 0 ? "at 0" : NULL;
    case OP_MIN:
    case OP_MAX: return x == w ? "at a tie" : NULL;
    case OP_SQRT:
    case OP_CBRT: return x == 0 ? "at 0" : NULL;
    case OP_HYPOT: return x == 0 && w == 0 ? "at the origin" : NULL;
    case OP_ATAN2: return x == 0 && w <= 0 ? "at the cut" : NULL;
    default: return NULL;
    }
}

/* Whether an operation has a kink anywhere, so that large operands are looked at only where it matters. */
static bool has_kinks(enum op op) {
    switch (op) {
    case OP_ABS:
    case OP_RELU:
    case OP_SIGN:
    case OP_HEAVISIDE:
    case OP_FLOOR:
    case OP_CEIL:
    case OP_TRUNC:
    case OP_ROUND:
    case OP_MOD:
    case OP_FMOD:
    case OP_COPYSIGN:
    case OP_MIN:
    case OP_MAX:
    case OP_SQRT:
    case OP_CBRT:
    case OP_HYPOT:
    case OP_ATAN2:
    case OP_NORM:
    case OP_MIN_OF:
    case OP_MAX_OF: return true;
    default: return false;
    }
}

static const char *kink_of_entries(enum op op, view x, view w) {
    size_t count = x.size > w.size ? x.size : w.size;
    const char *found = NULL;
    for (size_t i = 0; i < count && !found && x.size && w.size; i++)
        found = kink_at(op, x.data[x.size == 1 ? 0 : i % x.size], w.data[w.size == 1 ? 0 : i % w.size]);
    return found;
}

/* Reductions: ties for the extreme, nothing to have a direction. */
static const char *kink_of_function(enum op op, view x, view y) {
    size_t ties = 0;
    if (op == OP_NORM && y.size == 1) return y.data[0] == 0 ? "at 0" : NULL;
    if ((op != OP_MIN_OF && op != OP_MAX_OF) || y.size != 1) return NULL;
    for (size_t i = 0; i < x.size; i++) ties += x.data[i] == y.data[0];
    return ties > 1 ? "at a tie" : NULL;
}

const char *kink_of_record(const tape *t, u32 k) {
    u32 two[2], count;
    const u32 *arguments = tape_arguments(t, k, two, &count);
    enum op op = CODE_OP(t->code[k]);
    if (count == 0 || !has_kinks(op)) return NULL;
    value x = tape_value(t, arguments[0]), w = count > 1 ? tape_value(t, arguments[1]) : x,
          y = tape_value(t, k);
    if (op < OP_ELEMENTWISE_END) return kink_of_entries(op, view_of(&x), view_of(&w));
    return kink_of_function(op, view_of(&x), view_of(&y));
}

void kinks_write(gtape *g, text *out) {
    listing *l = &g->listing;
    const tape *t = &g->evaluator.rec.tape;
    u32 last = NAME_NONE;
    l->e = &g->evaluator;
    for (u32 k = 1; k < t->count; k++) {
        const char *what = t->origin[k] & ORIGIN_PARTIAL ? NULL : kink_of_record(t, k);
        if (!what || t->origin[k] == last) continue;
        last = t->origin[k];
        text_puts(out, "  ");
        listing_place(l, out, k);
        text_printf(out, "  %s %s\n", listing_operation(l, k), what);
    }
}
