/* SPDX-License-Identifier: GPL-3.0-or-later */
/* program_text.h - random programs as text, for tests that run one in several ways.
 *
 * Inputs are the scalars a and b, the vector v of 3 entries and, where `tensors`, the matrix M of 2 x 3
 * entries. Every program binds the scalar z last; statements are assignments, +=, loops, choices, entries
 * that are replaced, calls of f(x, y) and g(t), which each program defines.  Functions and operands are such
 * that nothing overflows, and no kink, pole or edge of a domain is met. */
#ifndef GTAPE_PROGRAM_TEXT_H
#define GTAPE_PROGRAM_TEXT_H

#include "base/text.h"

typedef struct program_maker {
    u64 state;
    bool tensors;
    unsigned scalars; /* s0, s1, ... that are bound already */
    unsigned vectors; /* u0, u1, ... likewise */
    bool in_function; /* only x and y, or t, can be read */
    const char *parameters[2];
    text *out;
} program_maker;

static unsigned roll(program_maker *m, unsigned sides) {
    m->state = m->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(m->state >> 33) % sides;
}

static void make_scalar(program_maker *m, unsigned depth);
static void make_vector(program_maker *m, unsigned depth);

/* "before A between B after" */
static void make_two(program_maker *m, const char *before, const char *between, const char *after,
                     unsigned depth) {
    text_puts(m->out, before);
    make_scalar(m, depth);
    text_puts(m->out, between);
    make_scalar(m, depth);
    text_puts(m->out, after);
}

static void make_scalar_leaf(program_maker *m) {
    static const char *const numbers[] = {"0.5", "2", "-1.5", "3", "0.25"};
    if (roll(m, 4) == 0) text_puts(m->out, numbers[roll(m, COUNT_OF(numbers))]);
    else if (m->in_function) text_puts(m->out, m->parameters[roll(m, 2)]);
    else if (m->scalars && roll(m, 2)) text_printf(m->out, "s%u", roll(m, m->scalars));
    else if (m->tensors && roll(m, 3) == 0) text_printf(m->out, "M[%u, %u]", roll(m, 2), roll(m, 3));
    else if (m->tensors && roll(m, 3) == 0) text_printf(m->out, "v[%d]", (int)roll(m, 3) - 1);
    else text_puts(m->out, roll(m, 2) ? "a" : "b");
}

static void make_call(program_maker *m, unsigned depth) {
    static const char *const functions[] = {"sin(",      "cos(",      "tanh(",     "atan(",
                                            "erf(",      "sigmoid(",  "softplus(", "asinh(",
                                            "exp(-0.5*", "log(2 + (", "sqrt(1 + ("};
    unsigned which = roll(m, COUNT_OF(functions));
    text_puts(m->out, functions[which]);
    make_scalar(m, depth);
    text_puts(m->out, which < 9 ? ")" : ")^2)");
}

static void make_reduction(program_maker *m, unsigned depth) {
    static const char *const reductions[] = {"sum(", "mean(", "logsumexp(", "norm([1, 1, 1] + ", "var("};
    text_puts(m->out, reductions[roll(m, COUNT_OF(reductions))]);
    make_vector(m, depth);
    text_puts(m->out, ")");
}

static void make_scalar(program_maker *m, unsigned depth) {
    if (depth == 0) {
        make_scalar_leaf(m);
        return;
    }
    depth--;
    switch (roll(m, m->in_function ? 7 : 10)) {
    case 0: make_two(m, "(", " + ", ")", depth); break;
    case 1: make_two(m, "(", " - ", ")", depth); break;
    case 2: make_two(m, "tanh(", ")*(", ")", depth); break;
    case 3: make_two(m, "(", ")/(1 + (", ")^2)", depth); break;
    case 4: make_two(m, "hypot(2 + sin(", "), ", ")", depth); break;
    case 5: make_call(m, depth); break;
    case 6: make_two(m, "(a < 100 ? ", " : ", ")", depth); break;
    case 7: make_two(m, "f(", ", ", ")", depth); break;
    case 8:
        text_puts(m->out, "g(");
        make_scalar(m, depth);
        text_puts(m->out, ")");
        break;
    default:
        if (m->tensors) make_reduction(m, depth);
        else make_call(m, depth);
    }
}

static void make_vector(program_maker *m, unsigned depth) {
    static const char *const functions[] = {"sin(",    "tanh(",       "atan(",      "softmax(",
                                            "cumsum(", "[1, 0, 2]*(", "M.T @ M @ ("};
    if (depth == 0) {
        if (m->vectors) text_printf(m->out, "u%u", roll(m, m->vectors));
        else text_puts(m->out, roll(m, 2) ? "v" : "M[0]");
    } else if (roll(m, 3) == 0) {
        make_two(m, "[", ", 1, ", "]", depth - 1);
    } else if (roll(m, 2)) {
        text_puts(m->out, functions[roll(m, COUNT_OF(functions))]);
        make_vector(m, depth - 1);
        text_puts(m->out, ")");
    } else {
        text_puts(m->out, "(");
        make_vector(m, depth - 1);
        text_puts(m->out, roll(m, 2) ? " + " : "*0.5 - ");
        make_scalar(m, depth - 1);
        text_puts(m->out, ")");
    }
}

static void make_functions(program_maker *m) {
    m->in_function = true;
    m->parameters[0] = "x", m->parameters[1] = "y";
    text_puts(m->out, "f(x, y) = ");
    make_scalar(m, 2);
    m->parameters[0] = m->parameters[1] = "t";
    text_puts(m->out, "\ndef g(t) {\n    r = t\n    for i in range(3) {\n        r = 0.5*r + tanh(");
    make_scalar(m, 1);
    text_puts(m->out, ")*i\n        if i == 1 { r = sin(r) } else { r += 0.25 }\n    }\n    return r\n}\n");
    m->in_function = false;
}

/* Loops whose bodies are straight, with a choice, and with entries; while. */
static void make_loop(program_maker *m, unsigned n) {
    unsigned count = 2 + roll(m, 40);
    text_printf(m->out, "s%u = 0.5\n", n);
    switch (roll(m, m->tensors ? 4 : 3)) {
    case 0: text_printf(m->out, "for i in range(%u) { s%u = 0.5*s%u + sin(i)*(", count, n, n); break;
    case 1:
        text_printf(m->out, "for i in range(%u) { if i %% 3 == 1 { continue }; s%u = 0.25*s%u + (", count, n,
                    n);
        break;
    case 2:
        text_printf(m->out, "k = 0; while k < %u { k += 1; if k > 50 { break }; s%u = cos(s%u) + 0.1*(",
                    count, n, n);
        break;
    default: text_printf(m->out, "for i in range(%u) { s%u = 0.5*s%u + v[i %% 3]*(", count, n, n);
    }
    make_scalar(m, 1);
    text_puts(m->out, ") }\n");
}

static void make_statement(program_maker *m) {
    unsigned n = m->scalars;
    switch (roll(m, m->tensors ? 6 : 4)) {
    case 0: make_loop(m, n); break;
    case 1:
        text_printf(m->out, "if a + %u < b { s%u = ", roll(m, 3), n);
        make_scalar(m, 2);
        text_printf(m->out, " } else { s%u = ", n);
        make_scalar(m, 2);
        text_puts(m->out, " }\n");
        break;
    case 4:
        text_printf(m->out, "u%u = ", m->vectors);
        make_vector(m, 2);
        text_printf(m->out, "\nu%u[1] = 0.5*u%u[0]\n", m->vectors, m->vectors);
        m->vectors++;
        return;
    default:
        text_printf(m->out, "s%u = ", n);
        make_scalar(m, 3);
        text_printf(m->out, "\ns%u += 0.5*a*b\n", n);
    }
    m->scalars++;
}

/* Writes program number `seed`. */
static void make_program(text *out, unsigned seed, bool tensors) {
    program_maker m = {.state = seed, .tensors = tensors, .out = out};
    for (int i = 0; i < 5; i++) roll(&m, 2);
    text_clear(out);
    make_functions(&m);
    for (unsigned i = 2 + roll(&m, 5); i-- > 0;) make_statement(&m);
    text_puts(out, "z = ");
    make_two(&m, "", " + ", "", 3);
    for (unsigned i = 0; i < m.scalars; i++) text_printf(out, " + sin(s%u)", i);
    text_puts(out, "\n");
}

#endif
