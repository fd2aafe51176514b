/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.c - see report.h. */
#include "solve/report.h"
#include <math.h>
#include <string.h>

enum { PEOPLE = 10, FEW = 4 }; /* significant digits */
enum { WHOLE = 40, EDGE = 5 }; /* variables: more are shown by their first and last ones */

static const char *const kinds[] = {"minimize", "maximize", "fit", "root"};
static const char *const values[] = {"minimum", "maximum", "sum of squares", "largest residual"};

static void put(text *out, double x, number_format how) {
    char number[NUMBER_ROOM];
    text_add(out, number, number_write(number, x, how));
}

static number_format digits_or(number_format how, int digits) {
    if (!how.digits && !how.hex) how.digits = digits;
    return how;
}

/* ---- for people ---- */

static void put_padded(text *out, double x, number_format how, size_t width) {
    char number[NUMBER_ROOM];
    size_t length = number_write(number, x, how);
    if (length < width) text_pad(out, ' ', width - length);
    text_add(out, number, length);
}

static size_t widest_name(const solution *s) {
    size_t most = 0;
    for (size_t i = 0; i < s->n; i++) {
        size_t length = strlen(solution_name(s, i));
        if (length > most) most = length;
    }
    return most;
}

static void put_name(text *out, const solution *s, size_t i, size_t width) {
    const char *name = solution_name(s, i);
    text_puts(out, name);
    if (strlen(name) < width) text_pad(out, ' ', width - strlen(name));
}

static void head(text *out, const solution *s) {
    text_printf(out, "%s: %s%s; %zu step%s, %zu evaluation%s, %zu with derivatives", kinds[s->kind],
                is_solution(s->outcome) || s->outcome == STOPPED ? "" : "not converged: ", outcome_text(s),
                s->steps, s->steps == 1 ? "" : "s", s->values, s->values == 1 ? "" : "s", s->gradients);
    if (s->products) text_printf(out, ", %zu Hessian products", s->products);
    text_putc(out, '\n');
}

static void parameter_table(text *out, const solution *s, number_format how) {
    size_t width = widest_name(s);
    number_format few = digits_or(how, FEW), many = digits_or(how, PEOPLE);
    text_pad(out, ' ', width + 3);
    text_printf(out, "%18s %12s %10s   %g %% interval\n", "estimate", "std. error", "t", 100 * s->level);
    for (size_t i = 0; i < s->n; i++) {
        double x = s->x.items[i], u = s->errors.items[i];
        put_name(out, s, i, width);
        text_puts(out, " = ");
        put_padded(out, x, many, 18);
        text_putc(out, ' ');
        put_padded(out, u, few, 12);
        text_putc(out, ' ');
        put_padded(out, x / u, few, 10);
        text_puts(out, "   [");
        put(out, x - s->quantile * u, digits_or(how, 7));
        text_puts(out, ", ");
        put(out, x + s->quantile * u, digits_or(how, 7));
        text_puts(out, "]\n");
    }
}

static void correlation_table(text *out, const solution *s) {
    if (s->n < 2 || s->n > 20) return; /* more does not fit on a line; JSON has it */
    size_t width = widest_name(s);
    text_puts(out, "correlations\n");
    for (size_t i = 1; i < s->n; i++) {
        text_puts(out, "  ");
        put_name(out, s, i, width);
        for (size_t k = 0; k < i; k++) text_printf(out, " %7.4f", s->correlation.items[i * s->n + k]);
        text_putc(out, '\n');
    }
    text_puts(out, "  ");
    text_pad(out, ' ', width);
    for (size_t k = 0; k + 1 < s->n; k++) text_printf(out, " %7.7s", solution_name(s, k));
    text_putc(out, '\n');
}

static void fit_figures(text *out, const solution *s, number_format how) {
    number_format some = digits_or(how, 8);
    text_puts(out, "residual standard deviation ");
    put(out, s->residual_sd, some);
    text_printf(out, ", %.15g degree%s of freedom, sum of squares ", s->freedom, s->freedom == 1 ? "" : "s");
    put(out, s->value, some);
    text_puts(out, ", R^2 = ");
    put(out, s->r_squared, some);
    text_putc(out, '\n');
    if (s->known_sigma) text_puts(out, "standard errors from the given sigma\n");
    if (s->is_refined) text_puts(out, "residuals in extended precision, of the data as decimal numbers\n");
    if (s->rounding >= 1e-5 && !s->known_sigma)
        text_puts(out,
                  s->rounding < 0.1
                      ? "residuals near the rounding of the data: few digits of the standard errors hold\n"
                      : "residuals are rounding errors: the standard errors say nothing\n");
    if (s->is_bounded)
        text_puts(out, "a parameter is at its bound: the standard errors do not allow for it\n");
}

static void plain_figures(text *out, const solution *s, number_format how) {
    size_t width = widest_name(s);
    number_format many = digits_or(how, PEOPLE);
    for (size_t i = 0; i < s->n; i++) {
        if (s->n > WHOLE && i == EDGE) { /* JSON has them all */
            text_puts(out, "...\n");
            i = s->n - EDGE;
        }
        put_name(out, s, i, width);
        text_puts(out, " = ");
        put(out, s->x.items[i], many);
        text_putc(out, '\n');
    }
    text_printf(out, "%s ", values[s->kind]);
    put(out, s->value, many);
    if (s->kind != SOLVE_ROOT && s->kind != SOLVE_FIT && s->outcome != STOPPED) {
        text_puts(out, ", gradient ");
        put(out, s->gradient, digits_or(how, FEW));
    }
    if (s->is_bounded) text_puts(out, ", at a bound");
    if (s->miss > 0) {
        text_puts(out, ", constraints met to ");
        put(out, s->miss, digits_or(how, 2));
    }
    if (s->starts > 1) text_printf(out, ", best of %zu starts", s->starts);
    text_putc(out, '\n');
    if (s->is_local && is_solution(s->outcome))
        text_printf(out, "a local %s: the function is not %s, and with starts=20 may show a %s one\n",
                    values[s->kind], s->kind == SOLVE_MINIMIZE ? "convex" : "concave",
                    s->kind == SOLVE_MINIMIZE ? "lower" : "higher");
}

void report_text(text *out, const solution *s, number_format how) {
    head(out, s);
    if (s->kind != SOLVE_FIT) {
        plain_figures(out, s, how);
        return;
    }
    if (s->errors.count == s->n) parameter_table(out, s, how);
    else plain_figures(out, s, how);
    if (s->errors.count == s->n && s->rank == s->n) correlation_table(out, s);
    if (s->errors.count == s->n) fit_figures(out, s, how); /* none where the fit was stopped */
    if (!s->confidence.count) return;
    report_band_header(out, '\t');
    report_bands(out, s, '\t', digits_or(how, 7));
}

/* ---- tables ---- */

void report_band_header(text *out, char c) {
    text_printf(out, "y%cfitted%cresidual%cconfidence%cprediction\n", c, c, c, c);
}

void report_bands(text *out, const solution *s, char separator, number_format how) {
    for (size_t i = 0; i < s->confidence.count; i++) {
        double row[] = {s->y.items[i], s->fitted.items[i], s->y.items[i] - s->fitted.items[i],
                        s->confidence.items[i], s->prediction.items[i]};
        for (size_t k = 0; k < COUNT_OF(row); k++) {
            if (k) text_putc(out, separator);
            put(out, row[k], how);
        }
        text_putc(out, '\n');
    }
}

/* A name in a header: quoted where it holds the separator, as w[0, 1] does. */
static void put_column(text *out, const char *name, const char *suffix, char separator) {
    bool quoted = strchr(name, separator) || strchr(name, '"') || strchr(name, '\n');
    if (quoted) text_putc(out, '"');
    for (; *name; name++) {
        if (*name == '"') text_putc(out, '"');
        text_putc(out, *name);
    }
    text_puts(out, suffix);
    if (quoted) text_putc(out, '"');
}

void report_header(text *out, const solution *s, char separator) {
    for (size_t i = 0; i < s->n; i++) {
        if (i) text_putc(out, separator);
        put_column(out, solution_name(s, i), "", separator);
    }
    if (s->kind == SOLVE_FIT)
        for (size_t i = 0; i < s->n; i++) {
            text_putc(out, separator);
            put_column(out, solution_name(s, i), "_se", separator);
        }
    static const char *const columns[][6] = {{"minimum", "gradient"},
                                             {"maximum", "gradient"},
                                             {"residual_sd", "freedom", "sum_of_squares", "r_squared"},
                                             {"largest_residual"}};
    for (size_t i = 0; i < 6 && columns[s->kind][i]; i++)
        text_printf(out, "%c%s", separator, columns[s->kind][i]);
    text_printf(out, "%csteps%cconverged\n", separator, separator);
}

void report_line(text *out, const solution *s, char separator, number_format how) {
    for (size_t i = 0; i < s->n; i++) {
        if (i) text_putc(out, separator);
        put(out, s->x.items[i], how);
    }
    if (s->kind == SOLVE_FIT)
        for (size_t i = 0; i < s->n; i++) {
            text_putc(out, separator);
            put(out, i < s->errors.count ? s->errors.items[i] : NAN, how);
        }
    double minimum[] = {s->value, s->gradient};
    double fit[] = {s->residual_sd, s->freedom, s->value, s->r_squared};
    const double *figures = s->kind == SOLVE_FIT ? fit : minimum;
    size_t count = s->kind == SOLVE_FIT ? 4 : s->kind == SOLVE_ROOT ? 1 : 2;
    for (size_t i = 0; i < count; i++) {
        text_putc(out, separator);
        put(out, figures[i], how);
    }
    text_printf(out, "%c%zu%c%d\n", separator, s->steps, separator, is_solution(s->outcome));
}

/* ---- JSON ---- */

static void json_number(text *out, double x, number_format how) {
    if (isnan(x)) text_puts(out, "\"NaN\"");
    else if (isinf(x)) text_puts(out, x > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    else if (how.hex) {
        text_putc(out, '"');
        put(out, x, how);
        text_putc(out, '"');
    } else put(out, x, how);
}

static void json_text(text *out, const char *s) {
    text_putc(out, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') text_putc(out, '\\');
        if ((unsigned char)*s < 0x20 || *s == 0x7f) text_printf(out, "\\u%04x", (unsigned char)*s);
        else text_putc(out, *s);
    }
    text_putc(out, '"');
}

static void json_list(text *out, const char *name, const double *x, size_t count, number_format how) {
    if (name) text_printf(out, ", \"%s\": ", name);
    text_putc(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i) text_puts(out, ", ");
        json_number(out, x[i], how);
    }
    text_putc(out, ']');
}

static void json_field(text *out, const char *name, double x, number_format how) {
    text_printf(out, ", \"%s\": ", name);
    json_number(out, x, how);
}

static void json_parameters(text *out, const solution *s, number_format how) {
    text_puts(out, ", \"variables\": {");
    for (size_t i = 0; i < s->n; i++) {
        if (i) text_puts(out, ", ");
        json_text(out, solution_name(s, i));
        text_puts(out, ": {\"estimate\": ");
        json_number(out, s->x.items[i], how);
        if (i < s->errors.count) {
            double x = s->x.items[i], half = s->quantile * s->errors.items[i];
            json_field(out, "standard_error", s->errors.items[i], how);
            json_list(out, "interval", (double[]){x - half, x + half}, 2, how);
        }
        text_putc(out, '}');
    }
    text_putc(out, '}');
}

static void json_fit(text *out, const solution *s, number_format how) {
    text_puts(out, ", \"correlation\": [");
    for (size_t i = 0; i < s->n && s->correlation.count; i++) {
        if (i) text_puts(out, ", ");
        json_list(out, NULL, &s->correlation.items[i * s->n], s->n, how);
    }
    text_putc(out, ']');
    json_field(out, "sum_of_squares", s->value, how);
    json_field(out, "residual_sd", s->residual_sd, how);
    json_field(out, "degrees_of_freedom", s->freedom, how);
    json_field(out, "r_squared", s->r_squared, how);
    json_field(out, "level", s->level, how);
    if (!s->confidence.count) return;
    json_list(out, "y", s->y.items, s->y.count, how);
    json_list(out, "fitted", s->fitted.items, s->fitted.count, how);
    json_list(out, "confidence", s->confidence.items, s->confidence.count, how);
    json_list(out, "prediction", s->prediction.items, s->prediction.count, how);
}

void report_json(text *out, const solution *s, number_format how) {
    text_printf(out, "{\"solver\": \"%s\", \"converged\": %s, \"reason\": ", kinds[s->kind],
                is_solution(s->outcome) ? "true" : "false");
    json_text(out, outcome_text(s));
    json_parameters(out, s, how);
    if (s->kind == SOLVE_FIT) json_fit(out, s, how);
    else {
        json_field(out, s->kind == SOLVE_ROOT ? "largest_residual" : values[s->kind], s->value, how);
        if (s->kind != SOLVE_ROOT) json_field(out, "gradient", s->gradient, how);
        if (s->is_local && is_solution(s->outcome)) text_puts(out, ", \"local\": true");
        if (s->miss > 0) json_field(out, "constraints_missed", s->miss, how);
    }
    text_printf(out, ", \"steps\": %zu, \"evaluations\": %zu, \"with_derivatives\": %zu", s->steps, s->values,
                s->gradients);
    if (s->products) text_printf(out, ", \"hessian_products\": %zu", s->products);
    text_putc(out, '}');
}
