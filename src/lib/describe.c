/* SPDX-License-Identifier: GPL-3.0-or-later */
/* describe.c - diagnostics, names, functions, figures: what callers may ask about a session. */
#include "lang/layout.h"
#include "lib/formula.h"
#include "base/utf8.h"
#include "core/blas.h"
#include "core/kernels.h"
#include "lib/session.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* ---- diagnostics ---- */

size_t gtape_diagnostic_count(const gtape *g) { return g->diagnostics.count; }

gtape_diagnostic gtape_diagnostic_at(const gtape *g, size_t index) {
    const diagnostic *d = &g->diagnostics.items[index];
    gtape_diagnostic out = {.code = (int)d->code,
                            .severity = (gtape_severity)d->severity,
                            .message = d->message,
                            .hint = d->hint};
    place p;
    if (!source_place(&g->sources, d->at.begin, &p)) return out;
    const source *s = source_of(&g->sources, d->at.begin);
    out.file = p.file;
    out.line = p.line;
    out.column = p.column;
    out.begin = d->at.begin - s->base;
    out.end = d->at.end - s->base;
    return out;
}

const char *gtape_diagnostic_text(gtape *g, size_t index, int color) {
    fault_point here;
    text_clear(&g->shown);
    int fault = FAULT_TRY(&here);
    if (!fault) diag_render(&g->diagnostics.items[index], &g->sources, color != 0, &g->shown);
    fault_end(&here);
    return fault ? "error: memory exhausted\n" : text_str(&g->shown);
}

void gtape_clear_diagnostics(gtape *g) { diag_clear(&g->diagnostics); }

/* ---- numbers ---- */

size_t gtape_number_text(char out[GTAPE_NUMBER_ROOM], double x, gtape_number_format how) {
    return number_write(out, x, (number_format){how.digits, how.hex != 0});
}

int gtape_is_hidden(unsigned long code) { return code <= 0x10FFFF && utf8_is_hidden((u32)code); }

const char *gtape_value_text(gtape *g, gtape_value v, gtape_layout how) {
    fault_point here;
    text_clear(&g->shown);
    layout_style style = {{how.number.digits, how.number.hex != 0}, how.indent, how.shorten != 0};
    int fault = FAULT_TRY(&here);
    if (!fault) layout_value(&g->shown, (view){v.data, v.shape, v.size, v.rank}, style);
    fault_end(&here);
    return fault ? NULL : text_str(&g->shown);
}

/* ---- functions ---- */

static bool is_word(const char *name) { return *name >= 'a' && *name <= 'z'; }

/* The name that programs call an operation by: two operators have one too. */
static const char *callable_name(enum op op) {
    if (op == OP_POW) return "pow";
    if (op == OP_MOD) return "mod";
    return op < OP_ELEMENTWISE_END ? op_infos[op].name : function_of(op)->name;
}

/* All built-in functions: elementwise ones, then the others; hidden ones are passed over. */
static struct {
    pthread_once_t once;
    size_t count;
    enum op items[OP_END];
} described = {.once = PTHREAD_ONCE_INIT};

static void find_described(void) {
    for (int op = 1; op < OP_END; op++) {
        if (op >= OP_ELEMENTWISE_END && op <= OP_DERIVED) continue;
        const char *name = callable_name((enum op)op);
        /* min and max of several arguments are described with those of one */
        if (!is_word(name) || (op < OP_ELEMENTWISE_END && function_by_name(name) != OP_NONE)) continue;
        described.items[described.count++] = (enum op)op;
    }
}

/* Behind the functions stand the derivative forms, and deriv, the word for f'(x). */
static const gtape_function prime = {
    .name = "deriv", .signature = "f, x, n=1", .help = "f'(x), for a function of one parameter; n times"};

size_t gtape_function_count(void) {
    pthread_once(&described.once, find_described);
    return described.count + DERIVE_COUNT + 1;
}

static gtape_function form_at(size_t index) {
    if (index == DERIVE_COUNT) return prime;
    const derivative_form *f = &derivative_forms[index];
    return (gtape_function){.name = f->name, .signature = f->arguments, .help = f->help};
}

/* The derivative of a function as a formula; valid until the next is asked for. */
static const char *formula_of(enum op op, int which) {
    static _Thread_local char kept[2][160];
    if (!op_infos[op].partials[which][0]) return NULL;
    fault_point here;
    text formula = {0};
    kept[which][0] = 0;
    if (FAULT_TRY(&here) == 0) {
        formula_text(&formula, op_infos[op].partials[which]);
        snprintf(kept[which], sizeof kept[which], "%s", text_str(&formula));
    }
    fault_end(&here);
    text_free(&formula);
    return kept[which];
}

gtape_function gtape_function_at(size_t index) {
    gtape_function f = {.name = ""};
    if (index >= gtape_function_count()) return f;
    if (index >= described.count) return form_at(index - described.count);
    enum op op = described.items[index];
    if (op < OP_ELEMENTWISE_END) {
        const op_info *info = &op_infos[op];
        f = (gtape_function){.name = callable_name(op),
                             .signature = info->arity == 1 ? "x" : "x, w",
                             .help = info->help,
                             .derivative = formula_of(op, 0),
                             .derivative2 = formula_of(op, 1),
                             .domain = *info->domain ? info->domain : NULL};
    } else {
        const function_info *info = function_of(op);
        f = (gtape_function){.name = info->name, .signature = info->parameters, .help = info->help};
    }
    return f;
}

/* ---- names ---- */

size_t gtape_name_count(const gtape *g) { return g->graph.globals.count + g->graph.functions.count; }

gtape_name gtape_name_at(const gtape *g, size_t index) {
    gtape_name out = {.name = ""};
    size_t globals = g->graph.globals.count;
    if (index >= globals) {
        const function *f = &g->graph.functions.items[index - globals];
        out.name = intern_text(&g->graph.names, f->name);
        out.is_function = 1;
        out.is_bound = f->body != NAME_NONE;
        return out;
    }
    const global *v = &g->graph.globals.items[index];
    out.name = intern_text(&g->graph.names, v->name);
    out.is_input = v->is_input;
    out.is_constant = v->is_constant;
    if (index >= g->evaluator.globals.count || is_unbound(&g->evaluator.globals.items[index])) return out;
    view w = view_of(&g->evaluator.globals.items[index]);
    out.is_bound = 1;
    out.value = (gtape_value){w.data, w.shape, w.size, w.rank};
    return out;
}

/* ---- figures ---- */

gtape_stats gtape_statistics(const gtape *g) {
    gtape_stats s = g->stats;
    const tape *t = &g->evaluator.rec.tape;
    for (size_t i = 0; i < g->graph.code.count; i++)
        s.parsed_operations += g->graph.code.items[i].op < OP_ELEMENTWISE_END;
    s.parsed_operations += g->graph.numbers;
    s.instructions = g->graph.code.count;
    s.records = (t->highest > t->count ? t->highest : t->count) - 1;
    s.operations = (size_t)(g->evaluator.operations - g->evaluator.swept);
    s.tape_bytes = tape_bytes(t);
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) s.peak_memory = (size_t)usage.ru_maxrss * 1024;
    return s;
}

int gtape_has(const char *feature) {
#ifdef HAVE_CXX_CHARCONV
    if (strcmp(feature, "charconv") == 0) return 1;
#endif
    if (strcmp(feature, "blas") == 0) return blas()->gemm != NULL;
    if (strcmp(feature, "lapack") == 0) return blas()->getrf != NULL;
    return strcmp(feature, "sleef") == 0 && kernels_have_sleef();
}
