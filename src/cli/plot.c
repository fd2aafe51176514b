/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot.c - what is plotted: samples, the path of a minimisation, a fit: see plot.h. */
#include "cli/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/complain.h"
#include "cli/spawn.h"
#include "cli/terminal.h"

static int no_memory(void) {
    complain("memory exhausted");
    return GTAPE_FAILED;
}

static bool is_contour(const struct plot *p) { return p->axes[1].name != NULL; }

static bool is_fit(const struct plot *p) { return !p->axes[0].from; }

static size_t dimensions(const struct plot *p) { return is_contour(p) ? 2 : 1; }

/* ---- ranges ---- */

/* A session with this expression, in brackets, where no statement can stand; NULL where it is none. */
static gtape *session_of(const char *expression) {
    const size_t room = strlen(expression) + 4;
    char *text = malloc(room);
    gtape *g = text ? gtape_new() : NULL;
    if (g) {
        snprintf(text, room, "(%s\n)", expression);
        if (gtape_add(g, "--plot", text, GTAPE_ALL) != GTAPE_OK) {
            gtape_free(g);
            g = NULL;
        }
    }
    free(text);
    return g;
}

/* The value of an expression of numbers, by a session of its own. */
static bool evaluate(const char *expression, double *out) {
    gtape *g = session_of(expression);
    bool ok =
        g && gtape_run(g) == GTAPE_OK && gtape_target_count(g) == 1 && gtape_target_value(g, 0).size == 1;
    *out = ok ? gtape_target_value(g, 0).data[0] : NAN;
    gtape_free(g);
    return ok && isfinite(*out);
}

/* Of what the grammar has taken. */
static int check_target(const struct plot *p) {
    gtape *g = session_of(p->target);
    if (!g) complain("a plot is of one expression, and '%s' is none", p->target);
    gtape_free(g);
    return g ? 0 : GTAPE_BAD_PROGRAM;
}

static int take_ranges(struct plot *p) {
    for (size_t i = 0; i < dimensions(p); i++) {
        struct plot_axis *a = &p->axes[i];
        if (evaluate(a->from, &a->low) && evaluate(a->to, &a->high) && a->low < a->high) continue;
        complain("a plot goes from a number to a greater one, not from %s to %s", a->from, a->to);
        return GTAPE_BAD_PROGRAM;
    }
    if (dimensions(p) == 2 && strcmp(p->axes[0].name, p->axes[1].name) == 0) {
        complain("a plot over two names needs different ones, not %s twice", p->axes[0].name);
        return GTAPE_BAD_PROGRAM;
    }
    return 0;
}

/* ---- samples ---- */

/* As linspace: what can be met exactly is, and so are both ends. */
double plot_along(double low, double high, size_t i, size_t count) {
    const double step = (double)i, last = (double)(count - 1), width = high - low;
    if (i == count - 1) return high;
    return isfinite(width) ? low + width * step / last : low * (1 - step / last) + high * (step / last);
}

static double along(const struct plot_axis *a, size_t i, size_t count) {
    return plot_along(a->low, a->high, i, count);
}

static bool lay_points(struct plot *p) {
    size_t n = dimensions(p);
    p->count = n == 2 ? (size_t)PLOT_GRID * PLOT_GRID : PLOT_STEPS;
    p->points = malloc(p->count * n * sizeof *p->points);
    p->values = malloc(p->count * (n + 1) * sizeof *p->values);
    if (!p->points || !p->values) return false;
    for (size_t i = 0; i < p->count; i++) {
        if (n == 1) {
            p->points[i] = along(&p->axes[0], i, PLOT_STEPS);
            continue;
        }
        p->points[2 * i] = along(&p->axes[0], i % PLOT_GRID, PLOT_GRID);
        p->points[2 * i + 1] = along(&p->axes[1], i / PLOT_GRID, PLOT_GRID);
    }
    return true;
}

/* What is plotted is the program's last bare expression. */
static const char target_name[] = "ans";

static gtape_status add_target(struct plot *p, gtape *g) {
    return gtape_add(g, "--plot", p->target, GTAPE_ALL);
}

static bool has_name(const gtape *g, const char *name) {
    for (size_t i = 0; i < gtape_name_count(g); i++) {
        gtape_name n = gtape_name_at(g, i);
        if (!n.is_function && strcmp(n.name, name) == 0) return true;
    }
    return false;
}

/* Whether the program has the names that are plotted over. */
static int check_axes(const struct plot *p, const gtape *g) {
    for (size_t i = 0; i < dimensions(p); i++) {
        if (has_name(g, p->axes[i].name)) continue;
        complain("the program has no name '%s' to plot over", p->axes[i].name);
        return GTAPE_BAD_PROGRAM;
    }
    return 0;
}

static int check_values(const struct plot *p) {
    const size_t step = dimensions(p) + 1;
    for (size_t i = 0; i < p->count; i++)
        if (isfinite(p->values[i * step])) return 0;
    complain("'%s' has no finite value where it is plotted", p->target);
    return GTAPE_FAILED;
}

static gtape_status choose_axes(struct plot *p, gtape *g) {
    size_t room = 16;
    for (size_t i = 0; i < dimensions(p); i++) room += strlen(p->axes[i].name) + 8;
    char *names = malloc(room);
    if (!names) return GTAPE_FAILED;
    snprintf(names, room, is_contour(p) ? "${%s},${%s}" : "${%s}", p->axes[0].name,
             is_contour(p) ? p->axes[1].name : "");
    gtape_status status = gtape_wrt(g, names);
    free(names);
    return status ? status : gtape_of(g, target_name);
}

/* ---- where the program is ---- */

/* A curve's tangent touches where x is, or in the middle. */
static gtape_status look_here(struct plot *p, gtape *g) {
    const struct plot_axis *a = &p->axes[0];
    if (is_contour(p)) return GTAPE_OK;
    if (!(p->here[0] >= a->low && p->here[0] <= a->high)) p->here[0] = a->low / 2 + a->high / 2;
    double point = p->here[0];
    return gtape_sample(g, 1, &point, p->there, p->there + 2); /* where the program is, is known */
}

static int entry_called(const gtape *g, size_t solution, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(gtape_solution_entry(g, solution, i), name) == 0) return (int)i;
    return -1;
}

/* The steps of the first minimisation over both names, from its start on. */
static int take_path(struct plot *p, gtape *g, int (*tell)(void *user, gtape_status status), void *user) {
    if (!is_contour(p) || isnan(p->here[0]) || isnan(p->here[1])) return 0;
    gtape_set(g, "plot", "1");
    gtape_wrt(g, NULL); /* the derivatives are there */
    int status = tell(user, gtape_run(g));
    if (status) return status;
    for (size_t k = 0; k < gtape_solution_count(g); k++) {
        size_t steps, n;
        const double *x = gtape_solution_path(g, k, &steps, &n);
        int i = entry_called(g, k, n, p->axes[0].name), j = entry_called(g, k, n, p->axes[1].name);
        if (steps == 0 || i < 0 || j < 0) continue;
        p->path = malloc((steps + 1) * 2 * sizeof *p->path);
        if (!p->path) return no_memory();
        memcpy(p->path, p->here, sizeof p->here);
        for (size_t s = 0; s < steps; s++) {
            p->path[2 * s + 2] = x[s * n + (size_t)i];
            p->path[2 * s + 3] = x[s * n + (size_t)j];
        }
        p->steps = steps + 1;
        return 0;
    }
    return 0;
}

static int make_samples(struct plot *p, gtape *g, int (*tell)(void *user, gtape_status status), void *user) {
    int status = take_ranges(p);
    if (status) return status;
    if (!lay_points(p)) return no_memory();
    gtape_status came_to = add_target(p, g);
    if (!came_to && ((status = check_target(p)) != 0 || (status = check_axes(p, g)) != 0)) return status;
    if (!came_to) came_to = choose_axes(p, g);
    if (!came_to) came_to = gtape_sample(g, p->count, p->points, p->values, p->here);
    if (!came_to) came_to = look_here(p, g);
    status = tell(user, came_to);
    if (!status) status = check_values(p);
    return status ? status : take_path(p, g, tell, user);
}

/* ---- a fit ---- */

static int take_abscissa(struct plot *p, const gtape *g) {
    for (size_t i = 0; i < gtape_name_count(g); i++) {
        gtape_name name = gtape_name_at(g, i);
        if (name.is_function || !name.is_bound || strcmp(name.name, p->axes[0].name) != 0) continue;
        p->abscissa = malloc((name.value.size + 1) * sizeof *p->abscissa);
        if (!p->abscissa) return no_memory();
        memcpy(p->abscissa, name.value.data, name.value.size * sizeof *p->abscissa);
        p->rows = name.value.size;
        return 0;
    }
    complain("the program has no '%s' to plot over", p->axes[0].name);
    return GTAPE_BAD_PROGRAM;
}

static int make_fit(struct plot *p, gtape *g, int (*tell)(void *user, gtape_status status), void *user) {
    int known = check_axes(p, g);
    if (!known) known = check_target(p);
    if (known) return known;
    gtape_set(g, "plot", "1");
    gtape_set(g, "report", "0");
    int status = tell(user, gtape_run(g));
    if (!status) status = take_abscissa(p, g);
    for (size_t k = 0; !status && !p->band && k < gtape_solution_count(g); k++) {
        const char *csv = gtape_solution_text(g, k, "csv", (gtape_number_format){0});
        if (!csv || strncmp(csv, "y,fitted,", 9) != 0) continue;
        p->band = strdup(strchr(csv, '\n') + 1);
        if (!p->band) return no_memory();
    }
    if (p->band || (status && status != GTAPE_BAD_PROGRAM)) return status;
    complain("'%s over %s' without a range is for a program with a fit; a curve is: %s over %s from -3 to 3",
             p->target, p->axes[0].name, p->target, p->axes[0].name);
    return GTAPE_BAD_PROGRAM;
}

int plot_make(struct plot *p, gtape *g, int (*tell)(void *user, gtape_status status), void *user) {
    int status = is_fit(p) ? make_fit(p, g, tell, user) : make_samples(p, g, tell, user);
    if (status) return status;
    return plot_write_script(p) ? 0 : no_memory();
}

/* ---- drawing ---- */

static bool ends_with(const char *path, const char *end) {
    size_t length = path ? strlen(path) : 0, n = strlen(end);
    return length > n && strcmp(path + length - n, end) == 0;
}

static void write_terminal(char *line, size_t room, const struct output *out) {
    unsigned columns = terminal_columns(out->fd), rows = terminal_rows(out->fd);
    if (ends_with(out->path, ".svg"))
        snprintf(line, room, "set terminal svg size 800,540 font 'sans,14' background 'white' noenhanced\n");
    else if (ends_with(out->path, ".png"))
        snprintf(line, room, "set terminal pngcairo size 800,540 font 'sans,12' noenhanced\n");
    else if (ends_with(out->path, ".pdf"))
        snprintf(line, room, "set terminal pdfcairo size 16cm,10.8cm font 'sans,12' noenhanced\n");
    else snprintf(line, room, "set terminal dumb %u %u noenhanced\n", columns - 1, rows > 12 ? rows - 1 : 12);
}

/* Forms that somebody may expect behind this end. */
bool plot_takes(const char *path) {
    static const char *const others[] = {".jpg", ".jpeg", ".gif",  ".eps", ".ps",
                                         ".tif", ".tiff", ".webp", ".bmp", ".html"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (ends_with(path, others[i])) {
            complain("a plot is written as .svg, .png or .pdf, and as text otherwise, not as %s", others[i]);
            return false;
        }
    return true;
}

int plot_draw(const struct plot *p, struct output *out) {
    static char *const words[] = {"gnuplot", "-d", "-", NULL}; /* -d: no file of the user's */
    char line[160];
    write_terminal(line, sizeof line, out);
    size_t length = strlen(line) + p->script_length;
    char *script = malloc(length + 1);
    if (!script) return no_memory();
    memcpy(script, line, strlen(line));
    memcpy(script + strlen(line), p->script, p->script_length);
    int status = spawn_draw(words, script, length, out);
    free(script);
    return status;
}
