/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_script.c - the script for gnuplot: see plot.h.
 *
 * Numbers stand in data blocks, and hold nothing else; names stand in quotes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plot.h"

/* ---- pieces ---- */

/* In single quotes nothing but the quote itself is special. */
static void put_quoted(FILE *f, const char *before, const char *text, const char *behind) {
    fprintf(f, "'%s", before);
    for (const char *s = text; *s; s++) {
        if (*s == '\'') fputc('\'', f);
        fputc((unsigned char)*s < ' ' || *s == 0x7f ? ' ' : *s, f);
    }
    fprintf(f, "%s'", behind);
}

static void put_number(FILE *f, double x) {
    char digits[GTAPE_NUMBER_ROOM];
    gtape_number_text(digits, x, (gtape_number_format){0});
    fprintf(f, " %s", isfinite(x) ? digits : "NaN");
}

static void put_row(FILE *f, size_t count, const double *x) {
    for (size_t i = 0; i < count; i++) put_number(f, x[i]);
    fputc('\n', f);
}

static void put_label(FILE *f, const char *what, const char *text) {
    fprintf(f, "set %s ", what);
    put_quoted(f, "", text, "");
    fputc('\n', f);
}

static bool is_ascii(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80) return false;
    return true;
}

/* In a locale without UTF-8 gnuplot has something to say to this encoding.  Names are not marked up: the _ of
 * a_b is no subscript. */
static void put_head(FILE *f, const struct plot *p) {
    bool plain =
        is_ascii(p->target) && is_ascii(p->axes[0].name) && (!p->axes[1].name || is_ascii(p->axes[1].name));
    fputs(plain ? "" : "set encoding utf8\n", f);
    fputs("set termoption noenhanced\nset grid\nset key above\n", f);
    put_label(f, "xlabel", p->axes[0].name);
}

static void put_axis_range(FILE *f, const char *which, const struct plot_axis *a) {
    fprintf(f, "set %srange [", which);
    put_number(f, a->low);
    fputc(':', f);
    put_number(f, a->high);
    fputs("]\n", f);
}

/* ---- a curve ---- */

static void put_tangent(FILE *f, const struct plot *p) {
    const struct plot_axis *a = &p->axes[0];
    double x[3] = {a->low, p->here[0], a->high};
    fputs("$tangent << END\n", f);
    for (int i = 0; i < 3; i++)
        put_row(f, 2, (double[]){x[i], p->there[0] + p->there[1] * (x[i] - p->here[0])});
    fputs("END\n$here << END\n", f);
    put_row(f, 2, (double[]){p->here[0], p->there[0]});
    fputs("END\n", f);
}

struct range {
    double low, high;
};

/* Of the values (column 0) or the derivatives (1). */
static struct range range_of(const struct plot *p, size_t column) {
    struct range r = {INFINITY, -INFINITY};
    for (size_t i = column; i < 2 * p->count; i += 2) {
        if (!isfinite(p->values[i])) continue;
        r.low = fmin(r.low, p->values[i]);
        r.high = fmax(r.high, p->values[i]);
    }
    return r;
}

static void put_range(FILE *f, const char *which, struct range r) {
    double margin = (r.high - r.low) / 20;
    if (!(margin > 0)) return;
    fprintf(f, "set %srange [", which);
    put_number(f, r.low - margin);
    fputc(':', f);
    put_number(f, r.high + margin);
    fputs("]\n", f);
}

/* A derivative of another size than the curve has an axis of its own, on the right.  The tangent does not
 * stretch the curve's. */
static bool put_ranges(FILE *f, const struct plot *p) {
    const double much = 6;
    struct range y = range_of(p, 0), d = range_of(p, 1);
    struct range all = {fmin(y.low, d.low), fmax(y.high, d.high)};
    bool apart =
        all.high - all.low > much * fmin(y.high - y.low, d.high - d.low) && d.high > d.low && y.high > y.low;
    put_range(f, "y", apart ? y : all);
    if (!apart) return false;
    put_range(f, "y2", d);
    fputs("set ytics nomirror\nset y2tics\nset y2label ", f);
    put_quoted(f, "its derivative in ", p->axes[0].name, "");
    fputs("\nset ylabel ", f);
    put_quoted(f, "", p->target, "");
    fputc('\n', f);
    return true;
}

static void put_curve(FILE *f, const struct plot *p) {
    put_head(f, p);
    fputs("$curve << END\n", f);
    for (size_t i = 0; i < p->count; i++)
        put_row(f, 3, (double[]){p->points[i], p->values[2 * i], p->values[2 * i + 1]});
    fputs("END\n", f);
    put_tangent(f, p);
    put_axis_range(f, "x", &p->axes[0]);
    bool apart = put_ranges(f, p);
    fputs("plot $curve using 1:2 with lines linewidth 2 title ", f);
    put_quoted(f, "", p->target, "");
    fprintf(f, ", $curve using 1:3 %swith lines dashtype 2 linewidth 2 title ", apart ? "axes x1y2 " : "");
    put_quoted(f, "its derivative in ", p->axes[0].name, "");
    fputs(", $tangent using 1:2 with lines title ", f);
    char x[GTAPE_NUMBER_ROOM], where[GTAPE_NUMBER_ROOM + 8];
    gtape_number_text(x, p->here[0], (gtape_number_format){.digits = 4});
    snprintf(where, sizeof where, " = %s", x);
    put_quoted(f, "tangent at ", p->axes[0].name, where);
    fputs(", $here using 1:2 with points pointtype 7 notitle\n", f);
}

/* ---- contours ---- */

static double longest(const struct plot *p, size_t entry) {
    double most = 0;
    for (size_t i = 0; i < p->count; i++)
        if (isfinite(p->values[3 * i + entry])) most = fmax(most, fabs(p->values[3 * i + entry]));
    return most;
}

/* Every PLOT_GRID / PLOT_ARROWS-th point has an arrow.  One that is long is drawn shorter, the root of its
 * length, so that the short ones are seen; both axes have one scale in units of their own cells. */
static void put_arrows(FILE *f, const struct plot *p) {
    const struct plot_axis *x = &p->axes[0], *y = &p->axes[1];
    const size_t every = PLOT_GRID / PLOT_ARROWS;
    double cell[2] = {(x->high - x->low) / PLOT_ARROWS, (y->high - y->low) / PLOT_ARROWS};
    double most = fmax(longest(p, 1) * cell[0], longest(p, 2) * cell[1]);
    fputs("$arrows << END\n", f);
    for (size_t i = 0; most > 0 && i < p->count; i++) {
        if (i % PLOT_GRID % every != every / 2 || i / PLOT_GRID % every != every / 2) continue;
        double gx = p->values[3 * i + 1] * cell[0] / most, gy = p->values[3 * i + 2] * cell[1] / most;
        double length = hypot(gx, gy), scale = length > 0 ? 0.9 / sqrt(length) : 0;
        if (isfinite(length))
            put_row(f, 4,
                    (double[]){p->points[2 * i], p->points[2 * i + 1], gx * scale * cell[0],
                               gy * scale * cell[1]});
    }
    fputs("END\n", f);
}

static void put_path(FILE *f, const struct plot *p) {
    if (!p->steps) return;
    fputs("$path << END\n", f);
    for (size_t i = 0; i < p->steps; i++) put_row(f, 2, p->path + 2 * i);
    fputs("END\n", f);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* As much of the plane lies between two lines everywhere, so that a valley has lines too. */
static bool put_levels(FILE *f, const struct plot *p) {
    enum { LINES = 16 };
    double *z = malloc((p->count + 1) * sizeof *z);
    size_t count = 0;
    if (!z) return false;
    for (size_t i = 0; i < p->count; i++)
        if (isfinite(p->values[3 * i])) z[count++] = p->values[3 * i];
    qsort(z, count, sizeof *z, ascending);
    if (count && z[0] < z[count - 1]) {
        fputs("set cntrparam levels discrete", f);
        for (size_t i = 0; i < LINES; i++) {
            fputs(i ? "," : "", f);
            put_number(f, z[(2 * i + 1) * count / ((size_t)2 * LINES)]);
        }
        fputc('\n', f);
    }
    free(z);
    return true;
}

static bool put_contour(FILE *f, const struct plot *p) {
    put_head(f, p);
    put_label(f, "ylabel", p->axes[1].name);
    put_label(f, "cblabel", p->target);
    put_axis_range(f, "x", &p->axes[0]);
    put_axis_range(f, "y", &p->axes[1]);
    fputs("$grid << END\n", f);
    for (size_t i = 0; i < p->count; i++) {
        put_row(f, 3, (double[]){p->points[2 * i], p->points[2 * i + 1], p->values[3 * i]});
        if (i % PLOT_GRID == PLOT_GRID - 1) fputc('\n', f);
    }
    fputs("END\n", f);
    put_arrows(f, p);
    put_path(f, p);
    if (!put_levels(f, p)) return false;
    fputs("set contour base\nunset surface\nset table $contours\nsplot $grid\n"
          "unset table\nunset contour\nset palette defined (0 '#2c3e80', 1 '#1f9e89', 2 '#e0a800')\n"
          "plot $contours using 1:2:3 with lines linewidth 2 linecolor palette title ",
          f);
    put_quoted(f, "", p->target, "");
    fputs(
        ", $arrows using 1:2:3:4 with vectors head size screen 0.008,20 linecolor '#888888' title 'gradient'",
        f);
    if (p->steps) fputs(", $path using 1:2 with linespoints pointtype 7 linecolor '#c0392b' title 'path'", f);
    fputc('\n', f);
    return true;
}

/* ---- a fit ---- */

struct fit_row {
    double x, y, fitted, confidence;
};

static int by_x(const void *a, const void *b) {
    const struct fit_row *p = a, *q = b;
    return (p->x > q->x) - (p->x < q->x);
}

/* The rows of the fit's table, in order; NULL without memory. */
static struct fit_row *read_rows(const struct plot *p, size_t *count) {
    struct fit_row *rows = malloc((p->rows + 1) * sizeof *rows);
    *count = 0;
    for (char *s = p->band, *end; rows && *s && *count < p->rows; s = end + 1) {
        double cells[4];
        end = s;
        for (int k = 0; k < 4; k++) cells[k] = strtod(k ? end + 1 : end, &end);
        rows[*count] = (struct fit_row){p->abscissa[*count], cells[0], cells[1], cells[3]};
        ++*count;
        end += strcspn(end, "\n");
        if (!*end) break;
    }
    if (rows) qsort(rows, *count, sizeof *rows, by_x);
    return rows;
}

/* The curve and the band at more places than there are data, interpolated between these. */
static bool put_smooth(FILE *f, const struct fit_row *rows, size_t count) {
    double *x = malloc((3 * count + 1) * sizeof *x);
    if (!x) return false;
    double *fitted = x + count, *confidence = x + 2 * count;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (n && !(rows[i].x > x[n - 1])) continue;
        x[n] = rows[i].x, fitted[n] = rows[i].fitted, confidence[n] = rows[i].confidence;
        n++;
    }
    fputs("$curve << END\n", f);
    for (size_t i = 0; n && i < PLOT_STEPS; i++) {
        const double at = plot_along(x[0], x[n - 1], i, PLOT_STEPS);
        put_row(f, 3, (double[]){at, plot_between(n, x, fitted, at), plot_between(n, x, confidence, at)});
    }
    fputs("END\n", f);
    free(x);
    return true;
}

static bool put_fit(FILE *f, const struct plot *p) {
    size_t count;
    struct fit_row *rows = read_rows(p, &count);
    if (!rows) return false;
    put_head(f, p);
    put_label(f, "ylabel", p->target);
    fputs("$fit << END\n", f);
    for (size_t i = 0; i < count; i++)
        put_row(f, 4, (double[]){rows[i].x, rows[i].y, rows[i].fitted, rows[i].confidence});
    fputs("END\n", f);
    bool ok = put_smooth(f, rows, count);
    fputs("set offsets graph 0.03, graph 0.03, graph 0.03, graph 0.03\n"
          "plot $curve using 1:($2-$3):($2+$3) with filledcurves linecolor '#b9d3ea' title 'confidence band',"
          " $curve using 1:2 with lines linewidth 2 linecolor '#1f5fa8' title 'fit',"
          " $fit using 1:2 with points pointtype 7 linecolor '#c0392b' title ",
          f);
    put_quoted(f, "", p->target, "");
    fputc('\n', f);
    free(rows);
    return ok;
}

bool plot_write_script(struct plot *p) {
    FILE *f = open_memstream(&p->script, &p->script_length);
    if (!f) return false;
    bool ok = true;
    if (p->band) ok = put_fit(f, p);
    else if (p->axes[1].name) ok = put_contour(f, p);
    else put_curve(f, p);
    return (fclose(f) == 0) && ok;
}
