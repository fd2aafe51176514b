/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_formula.h - a formula as text, its value and its gradient: numbers that carry derivatives forward.
 *
 * For the benchmark of solvers only: it shares nothing with gtape, so that what is compared is the solvers.
 */
#ifndef GTAPE_BENCH_FORMULA_H
#define GTAPE_BENCH_FORMULA_H

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMULA_MOST = 16, FORMULA_STEPS = 8192, FORMULA_NAMES = 32, FORMULA_DEPTH = 256 };

typedef struct dual {
    double value, d[FORMULA_MOST];
} dual;

typedef struct formula {
    struct step {
        char kind; /* 'c' constant, 'n' name, '~' minus, 'f' function, else an operator */
        double constant;
        size_t index;
    } steps[FORMULA_STEPS];
    char names[FORMULA_NAMES][16];
    dual values[FORMULA_NAMES];
    size_t count, name_count;
    const char *at; /* while it is read */
} formula;

static const char *const formula_functions[] = {"exp", "log", "sqrt", "sin", "cos", "atan"};

static void formula_push(formula *f, char kind, double constant, size_t index) {
    if (f->count == FORMULA_STEPS) fprintf(stderr, "a formula is too long\n"), exit(2);
    f->steps[f->count++] = (struct step){kind, constant, index};
}

static size_t formula_name(formula *f, const char *name, size_t length) {
    for (size_t i = 0; i < f->name_count; i++)
        if (strlen(f->names[i]) == length && memcmp(f->names[i], name, length) == 0) return i;
    if (f->name_count == FORMULA_NAMES || length > 15) fprintf(stderr, "too many names\n"), exit(2);
    memcpy(f->names[f->name_count], name, length);
    f->names[f->name_count][length] = 0;
    return f->name_count++;
}

static void formula_sum(formula *f);

static void formula_atom(formula *f) {
    char *end;
    if (*f->at == '(') {
        f->at++;
        formula_sum(f);
        f->at++;
    } else if (isalpha((unsigned char)*f->at)) {
        const char *from = f->at;
        while (isalnum((unsigned char)*f->at)) f->at++;
        size_t length = (size_t)(f->at - from);
        if (*f->at != '(') {
            if (length == 2 && memcmp(from, "pi", 2) == 0) formula_push(f, 'c', acos(-1), 0);
            else formula_push(f, 'n', 0, formula_name(f, from, length));
            return;
        }
        size_t which = 0;
        while (strncmp(formula_functions[which], from, length) != 0) which++;
        formula_atom(f);
        formula_push(f, 'f', 0, which);
    } else {
        double x = strtod(f->at, &end);
        if (end == f->at) fprintf(stderr, "unexpected '%.20s'\n", f->at), exit(2);
        f->at = end;
        formula_push(f, 'c', x, 0);
    }
}

static void formula_factor(formula *f) { /* -x^2 is -(x^2); 2^-x */
    if (*f->at == '-') {
        f->at++;
        formula_factor(f);
        formula_push(f, '~', 0, 0);
        return;
    }
    formula_atom(f);
    if (*f->at != '^') return;
    f->at++;
    formula_factor(f);
    formula_push(f, '^', 0, 0);
}

static void formula_product(formula *f) {
    formula_factor(f);
    while (*f->at == '*' || *f->at == '/') {
        char operator= * f->at++;
        formula_factor(f);
        formula_push(f, operator, 0, 0);
    }
}

static void formula_sum(formula *f) {
    for (char operator= 0;; operator= * f->at++) {
        while (*f->at == ' ') f->at++;
        formula_product(f);
        if (operator) formula_push(f, operator, 0, 0);
        while (*f->at == ' ') f->at++;
        if (*f->at != '+' && *f->at != '-') return;
    }
}

static void formula_read(formula *f, const char *text) {
    memset(f, 0, sizeof *f);
    f->at = text;
    formula_sum(f);
    if (*f->at) fprintf(stderr, "unexpected '%.20s'\n", f->at), exit(2);
}

/* A constant; a variable, the j-th. */
static void formula_set(formula *f, const char *name, double x) {
    f->values[formula_name(f, name, strlen(name))] = (dual){.value = x};
}
static void formula_vary(formula *f, const char *name, double x, size_t j) {
    dual v = {.value = x};
    v.d[j] = 1;
    f->values[formula_name(f, name, strlen(name))] = v;
}

static void formula_call(dual *x, size_t which, size_t n) {
    double v = x->value, slope = 1;
    switch (which) {
    case 0: x->value = slope = exp(v); break;
    case 1: x->value = log(v), slope = 1 / v; break;
    case 2: x->value = sqrt(v), slope = 0.5 / x->value; break;
    case 3: x->value = sin(v), slope = cos(v); break;
    case 4: x->value = cos(v), slope = -sin(v); break;
    default: x->value = atan(v), slope = 1 / (1 + v * v); break;
    }
    for (size_t j = 0; j < n; j++) x->d[j] *= slope;
}

static void formula_apply(char operator, dual * x, const dual *w, size_t n) {
    double a = x->value, b = w->value, in_x = 1, in_w = 1;
    switch (operator) {
    case '+': x->value = a + b; break;
    case '-': x->value = a - b, in_w = -1; break;
    case '*': x->value = a * b, in_x = b, in_w = a; break;
    case '/': x->value = a / b, in_x = 1 / b, in_w = -x->value / b; break;
    default: x->value = pow(a, b), in_x = b * pow(a, b - 1), in_w = a > 0 ? x->value * log(a) : 0; break;
    }
    for (size_t j = 0; j < n; j++) x->d[j] = in_x * x->d[j] + in_w * w->d[j];
}

/* Its value, and derivatives in the first n variables. */
static dual formula_value(formula *f, size_t n) {
    static dual stack[FORMULA_DEPTH];
    size_t top = 0;
    for (size_t i = 0; i < f->count; i++) {
        const struct step *s = &f->steps[i];
        switch (s->kind) {
        case 'c': stack[top++] = (dual){.value = s->constant}; break;
        case 'n': stack[top++] = f->values[s->index]; break;
        case 'f': formula_call(&stack[top - 1], s->index, n); break;
        case '~':
            stack[top - 1].value = -stack[top - 1].value;
            for (size_t j = 0; j < n; j++) stack[top - 1].d[j] = -stack[top - 1].d[j];
            break;
        default: top--; formula_apply(s->kind, &stack[top - 1], &stack[top], n);
        }
    }
    return stack[0];
}

#endif
