/* SPDX-License-Identifier: GPL-3.0-or-later */
/* use_library.c - values and derivatives from a C program.
 *
 *     cc use_library.c $(pkg-config --cflags --libs gtape) -o use_library
 *
 * The program takes one formula, runs it at several points, and compares what it gets with the
 * formula that one would write by hand.  It exits with 1 where they differ. */
#include <gtape.h>
#include <math.h>
#include <stdio.h>

/* Shows everything that was said about the last call, in the form that the command uses. */
static void complain(gtape *g) {
    for (size_t i = 0; i < gtape_diagnostic_count(g); i++) fputs(gtape_diagnostic_text(g, i, 0), stderr);
}

/* Sets the inputs and runs the program again.  A session keeps its program; only the inputs change. */
static gtape_status run_at(gtape *g, double a, double t) {
    char inputs[100];
    snprintf(inputs, sizeof inputs, "a=%.17g,t=%.17g", a, t);
    gtape_status status = gtape_at(g, inputs);
    return status == GTAPE_OK ? gtape_run(g) : status;
}

/* Target 0 is z; variables 0 and 1 are a and t, in the order that gtape_wrt was given. */
static int show(gtape *g, double a, double t) {
    double z = gtape_target_value(g, 0).data[0];
    gtape_value da, dt; /* their data belongs to the session, up to the next run */
    if (!gtape_gradient(g, 0, 0, &da) || !gtape_gradient(g, 0, 1, &dt)) return 0;
    printf("z(%g, %g) = %.6f  dz/da = %.6f  dz/dt = %.6f\n", a, t, z, da.data[0], dt.data[0]);
    return fabs(da.data[0] - exp(-2 * t)) < 1e-15 && fabs(dt.data[0] + 2 * a * exp(-2 * t)) < 1e-15;
}

int main(void) {
    gtape *g = gtape_new();
    if (!g) return 1;
    int right = 0;

    /* a and t are read before anything binds them: they are inputs. */
    if (gtape_add(g, "decay", "z = a*exp(-2*t)", GTAPE_ALL) != GTAPE_OK) goto out;
    if (gtape_wrt(g, "a,t") != GTAPE_OK || gtape_of(g, "z") != GTAPE_OK) goto out;

    right = 1;
    for (int i = 0; i < 4 && right; i++) {
        right = run_at(g, 3, 0.25 * i) == GTAPE_OK && show(g, 3, 0.25 * i);
    }

    /* An error is a status and a list of diagnostics.  The text is not taken, and the session goes on. */
    if (gtape_add(g, "typo", "w = 2t", GTAPE_ALL) == GTAPE_BAD_PROGRAM) {
        gtape_diagnostic d = gtape_diagnostic_at(g, gtape_diagnostic_count(g) - 1);
        printf("%s:%u:%u: %s\n", d.file, d.line, d.column, d.message);
        if (d.hint) printf("hint: %s\n", d.hint);
        gtape_clear_diagnostics(g);
    }
out:
    complain(g);
    gtape_free(g);
    return right ? 0 : 1;
}
