/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_evaluate.c - one program run in several ways that must agree: loops fused and plain, reverse and
 * forward derivatives, Taylor coefficients and nested derivatives, rows and single runs.
 *
 * Values of loops agree to the last bit.  Derivatives are sums that are added up in another order, and rows
 * have functions of their own, so these agree within what moving the inputs by a little does to them. */
#include "fuzz.h"

#include <math.h>

enum { MOST_INPUTS = 3, MOST_TEXT = 4000, ROOM = 64 };

/* A program with its inputs, and what a run of it gave. */
struct trial {
    const char *text;
    size_t length;
    char *inputs[MOST_INPUTS];
    size_t count;
};
struct outcome {
    gtape_status status;
    bool limited; /* stopped by a limit: another way may count otherwise */
    size_t count;
    double numbers[ROOM]; /* the targets' entries, then the gradients' */
    size_t values;        /* how many of them are values */
    bool scalar;          /* one target with one entry */
    bool uncertain;       /* rows have a column more */
    char target[ROOM];
};

static const double points[] = {0.7, 1.3, -0.4};

static void give_inputs(gtape *g, const struct trial *t, double shift) {
    for (size_t i = 0; i < t->count; i++) {
        char text[2 * ROOM];
        snprintf(text, sizeof text, "${%s}=%.17g", t->inputs[i], points[i] * (1 + shift));
        gtape_at(g, text);
    }
}

static void choose_variables(gtape *g, const struct trial *t) {
    char text[(ROOM + 4) * MOST_INPUTS + 1] = "";
    for (size_t i = 0; i < t->count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s${%s}", i ? "," : "", t->inputs[i]);
    gtape_wrt(g, text);
}

static gtape *open_session(const struct trial *t, const char *fuse, double shift) {
    gtape *g = limited_session();
    gtape_set(g, "fuse", fuse);
    gtape_set(g, "notes", "0");
    gtape_add(g, "fuzz", t->text, t->length);
    give_inputs(g, t, shift);
    choose_variables(g, t);
    return g;
}

/* Values' entries come first, so that `values` tells them apart. */
static void take(struct outcome *o, gtape_value v) {
    for (size_t k = 0; k < v.size && o->count < ROOM; k++) o->numbers[o->count++] = v.data[k];
}

static void take_results(struct outcome *o, gtape *g) {
    size_t targets = gtape_target_count(g), variables = gtape_variable_count(g);
    for (size_t i = 0; i < targets; i++) take(o, gtape_target_value(g, i));
    o->values = o->count;
    for (size_t i = 0; i < targets; i++)
        for (size_t k = 0; k < variables; k++) {
            gtape_value v;
            if (gtape_gradient(g, i, k, &v)) take(o, v);
        }
    gtape_value u;
    for (size_t i = 0; i < targets; i++) o->uncertain |= gtape_target_uncertainty(g, i, &u);
    if (targets != 1 || gtape_target_value(g, 0).rank != 0) return;
    o->scalar = strlen(gtape_target_name(g, 0)) < ROOM;
    if (o->scalar) strcpy(o->target, gtape_target_name(g, 0));
}

static bool is_limited(gtape *g, gtape_status status) {
    for (size_t i = 0; i < gtape_diagnostic_count(g); i++) {
        const char *message = gtape_diagnostic_at(g, i).message;
        if (strstr(message, "operations") || strstr(message, "memory") || strstr(message, "seconds"))
            return true;
    }
    return status == GTAPE_INTERRUPTED;
}

static void run_trial(struct outcome *o, const struct trial *t, const char *fuse, double shift) {
    memset(o, 0, sizeof *o);
    gtape *g = open_session(t, fuse, shift);
    o->status = gtape_run(g);
    require_told(g, o->status, 0);
    o->limited = is_limited(g, o->status);
    if (o->status == GTAPE_OK) take_results(o, g);
    gtape_free(g);
}

static bool same(double a, double b) { return a == b || (a != a && b != b); }

/* The largest number among the records of a run and their adjoints. */
static double largest_on_tape(const struct trial *t) {
    double most = 0;
    const char *table = "";
    gtape *g = open_session(t, "0", 0);
    if (gtape_run(g) != GTAPE_OK || gtape_show(g, "tape", &table) != GTAPE_OK) table = "";
    for (char *end; *table; table = end) {
        double x = strtod(table, &end);
        if (end == table) end++;
        else if (isfinite(x)) most = fmax(most, fabs(x));
    }
    gtape_free(g);
    return most;
}

/* Whether two derivatives agree where the same one, taken a little off, is `moved`.  The points are near 1,
 * so that terms of the size of the values may have cancelled; and where adjoints are far larger, as on the
 * way through many remainders, terms of their size. */
static bool agree(const struct trial *t, double a, double b, double moved, const struct outcome *o) {
    if (same(a, b) || !isfinite(a) || !isfinite(b) || !isfinite(moved)) return true;
    double size = fmax(fabs(a), fabs(b)), most = 0;
    for (size_t i = 0; i < o->values; i++) /* an infinite one hides the size of its other terms */
        most = fmax(most, isfinite(o->numbers[i]) ? fabs(o->numbers[i]) : 1);
    return fabs(a - b) <= 1e-7 * size + 100 * fabs(moved - a) + 1e-14 * most || size < 1e-290 ||
           fabs(a - b) <= 1e-14 * largest_on_tape(t);
}

/* ---- the inputs ---- */

/* The names that the program reads first; false where it cannot be run so. */
static bool find_inputs(struct trial *t) {
    gtape *g = limited_session();
    gtape_status status = gtape_add(g, "fuzz", t->text, t->length);
    require_told(g, status, 0);
    for (size_t i = 0; status == GTAPE_OK && i < gtape_name_count(g); i++) {
        gtape_name name = gtape_name_at(g, i);
        if (!name.is_input || name.is_function || strlen(name.name) >= ROOM) continue;
        if (t->count == MOST_INPUTS) status = GTAPE_FAILED;
        else t->inputs[t->count++] = strdup(name.name);
    }
    gtape_free(g);
    return status == GTAPE_OK;
}

/* ---- the ways ---- */

static void require_same_plain(const struct trial *t, const struct outcome *o, const struct outcome *moved) {
    struct outcome plain;
    run_trial(&plain, t, "0", 0);
    if (o->limited || plain.limited) return;
    REQUIRE(plain.status == o->status, "status %d fused, %d plain", o->status, plain.status);
    REQUIRE(plain.count == o->count, "%zu results fused, %zu plain", o->count, plain.count);
    for (size_t i = 0; i < o->count; i++) {
        double a = o->numbers[i], b = plain.numbers[i];
        bool fine = i < o->values ? same(a, b) : agree(t, a, b, moved->numbers[i], o);
        REQUIRE(fine, "number %zu: %.17g fused, %.17g plain", i, a, b);
    }
}

/* What an expression gives behind the program; nan where there is no such thing. */
static double evaluate_behind(const struct trial *t, const char *expression) {
    gtape *g = open_session(t, "1", 0);
    double y = NAN;
    if (gtape_add(g, "behind", expression, GTAPE_ALL) == GTAPE_OK && gtape_of(g, "behind_") == GTAPE_OK &&
        gtape_wrt(g, NULL) == GTAPE_OK && gtape_run(g) == GTAPE_OK && gtape_target_count(g) == 1 &&
        gtape_target_value(g, 0).size == 1)
        y = gtape_target_value(g, 0).data[0];
    gtape_free(g);
    return y;
}

static void require_same_forward(const struct trial *t, const struct outcome *o,
                                 const struct outcome *moved) {
    if (!o->scalar || o->count != o->values + t->count) return;
    for (size_t i = 0; i < t->count; i++) {
        char text[4 * ROOM];
        snprintf(text, sizeof text, "behind_ = jvp(${%s}, ${%s}, 1)", o->target, t->inputs[i]);
        double forward = evaluate_behind(t, text), reverse = o->numbers[o->values + i];
        REQUIRE(agree(t, reverse, forward, moved->numbers[o->values + i], o),
                "in %s: reverse %.17g, forward %.17g", t->inputs[i], reverse, forward);
    }
}

static void require_same_taylor(const struct trial *t, const struct outcome *o, const struct outcome *moved) {
    if (!o->scalar || t->count != 1 || o->count != 2) return;
    char text[4 * ROOM];
    snprintf(text, sizeof text, "behind_ = taylor(${%s}, ${%s}, 2)[1]", o->target, t->inputs[0]);
    double coefficient = evaluate_behind(t, text);
    REQUIRE(agree(t, o->numbers[1], coefficient, moved->numbers[1], o),
            "gradient %.17g, Taylor coefficient %.17g", o->numbers[1], coefficient);
}

/* ---- rows ---- */

struct table {
    char text[2048];
    bool given;
    char written[ROOM * 32];
    size_t length;
};

static long give_table(void *user, char *to, size_t room) {
    struct table *table = user;
    size_t n = table->given ? 0 : strlen(table->text);
    if (n > room) n = room;
    memcpy(to, table->text, n);
    table->given = true;
    return (long)n;
}

static int keep_line(void *user, const char *bytes, size_t length) {
    struct table *table = user;
    if (table->length + length >= sizeof table->written) return 0;
    memcpy(table->written + table->length, bytes, length);
    table->written[table->length += length] = '\0';
    return 1;
}

/* Three rows, the point itself among them, so that what a row gives does not hang on its neighbours. */
static void fill_table(struct table *table, const struct trial *t) {
    static const double factors[] = {-1, 1, 0.5};
    char *to = table->text;
    for (size_t i = 0; i < t->count; i++) to += sprintf(to, "%s\"%s\"", i ? "," : "", t->inputs[i]);
    for (size_t row = 0; row < 3; row++)
        for (size_t i = 0; i < t->count; i++)
            to += sprintf(to, "%s%.17g", i ? "," : "\n", factors[row] * points[i]);
    strcpy(to, "\n");
}

static void require_same_rows(const struct trial *t, const struct outcome *o, const struct outcome *moved) {
    static struct table table;
    if (!o->scalar || o->uncertain || t->count == 0 || strchr(t->inputs[0], '"')) return;
    memset(&table, 0, sizeof table);
    fill_table(&table, t);
    gtape *g = limited_session();
    gtape_set(g, "notes", "0");
    gtape_add(g, "fuzz", t->text, t->length);
    choose_variables(g, t);
    gtape_rows rows = {.label = "rows",
                       .separator = ',',
                       .out = '\t',
                       .on_error = GTAPE_ROW_BLANK,
                       .read = give_table,
                       .write = keep_line,
                       .user = &table};
    gtape_status status = gtape_run_rows(g, &rows);
    require_told(g, status, 0);
    gtape_free(g);
    size_t length = strlen(o->target);
    if (status != GTAPE_OK) return;
    /* a branch that this point does not take may bind the last name */
    if (strncmp(table.written, o->target, length) != 0 || !strchr("\t\n", table.written[length])) return;
    const char *line = strchr(table.written, '\n');
    line = line ? strchr(line + 1, '\n') : NULL;
    if (!line) return;
    line++;
    for (size_t i = 0; i < o->count; i++) {
        char *end;
        double row = strtod(line, &end);
        if (end == line) return; /* an empty cell: this row was an error */
        double one = o->numbers[i];
        REQUIRE(agree(t, one, row, moved->numbers[i], o), "number %zu: %.17g in a row, %.17g alone", i, row,
                one);
        line = *end ? end + 1 : end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > MOST_TEXT) return 0;
    char *text = copy_text(data, size);
    struct trial t = {.text = text, .length = size};
    struct outcome o, moved;
    if (find_inputs(&t)) {
        run_trial(&o, &t, "1", 0);
        run_trial(&moved, &t, "1", 1e-9);
        if (moved.count == o.count) require_same_plain(&t, &o, &moved);
        if (o.status == GTAPE_OK && moved.count == o.count) {
            require_same_forward(&t, &o, &moved);
            require_same_taylor(&t, &o, &moved);
            require_same_rows(&t, &o, &moved);
        }
    }
    for (size_t i = 0; i < t.count; i++) free(t.inputs[i]);
    free(text);
    return 0;
}
