/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accuracy.c - how far the elementwise functions and their first derivatives are from the truth, by MPFR.
 *
 *     accuracy [-m] [SAMPLES]      a table for people, or (-m) for the manual
 *
 * Each function is evaluated at random arguments all over its domain: doubles whose exponents are spread
 * evenly, and others near the places where care is needed.  The reference has 2600 bits; the derivative is a
 * central difference of it with a step of 2^-200 of the argument, whose error is 2^-400.  An error is counted
 * in units in the last place of the reference, which must be a normal number. */
#include "core/numbers.h"
#include "core/record.h"
#include "core/sweep.h"
#include "reference.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 2600, STEP = 200, DEFAULT_SAMPLES = 20000 };

/* ---- arguments ---- */

enum { SEED = 1234567 };
static uint64_t state;

static uint64_t random_bits(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}
static double uniform(void) { return (double)(random_bits() >> 11) * 0x1p-53; }

/* An argument in the domain: evenly spread, spread by exponent from 1e-300 on, or next to an end or to a
 * multiple of 1/2. */
static double argument(const reference *m, unsigned long i) {
    for (;;) {
        double x;
        switch (i % 4) {
        case 0: x = m->low + (m->high - m->low) * uniform(); break;
        case 1: x = copysign(exp(-690 + 1380 * uniform()), uniform() - 0.5); break;
        case 2: x = copysign(exp(-12 + 17 * uniform()), uniform() - 0.5); break;
        default:
            x = rint(20 * (uniform() - 0.5)) / 2 + copysign(exp(-36 * uniform()), uniform() - 0.5);
            break;
        }
        if (x > m->low && x < m->high) return x;
        if (isfinite(m->low) && i % 4 == 1) i++;
    }
}

/* ---- errors ---- */

/* In units in the last place of the reference; 0 where that is no normal number. */
static double error_of(double got, const mpfr_t truth) {
    double nearest = mpfr_get_d(truth, MPFR_RNDN);
    if (!isfinite(nearest) || fabs(nearest) < 0x1p-1000) return 0;
    if (!isfinite(got)) return INFINITY;
    mpfr_t difference;
    mpfr_init2(difference, BITS);
    mpfr_set_d(difference, got, MPFR_RNDN);
    mpfr_sub(difference, difference, truth, MPFR_RNDN);
    int exponent;
    frexp(nearest, &exponent);
    mpfr_mul_2si(difference, difference, 53 - exponent, MPFR_RNDN);
    double error = fabs(mpfr_get_d(difference, MPFR_RNDN));
    mpfr_clear(difference);
    return error;
}

typedef struct worst {
    double error, at;
} worst;

static void note(worst *w, double error, double at) {
    if (!(error > w->error)) return;
    w->error = error;
    w->at = at;
}

static void truth_at(const reference *m, mpfr_t y, const mpfr_t x[2]) {
    if (m->one) m->one(y, x[0]);
    else m->two(y, x[0], x[1]);
}

/* The reference's derivative in the i-th argument by a central difference. */
static void slope(const reference *m, const double *at, int i, mpfr_t out) {
    mpfr_t x[2], b, h;
    mpfr_inits2(BITS, x[0], x[1], b, h, (mpfr_ptr)0);
    mpfr_set_d(x[!i], at[!i], MPFR_RNDN);
    mpfr_set_d(h, fabs(at[i]), MPFR_RNDN);
    mpfr_mul_2si(h, h, -STEP, MPFR_RNDN);
    mpfr_set_d(x[i], at[i], MPFR_RNDN);
    mpfr_add(x[i], x[i], h, MPFR_RNDN);
    truth_at(m, out, x);
    mpfr_set_d(x[i], at[i], MPFR_RNDN);
    mpfr_sub(x[i], x[i], h, MPFR_RNDN);
    truth_at(m, b, x);
    mpfr_sub(out, out, b, MPFR_RNDN);
    mpfr_div(out, out, h, MPFR_RNDN);
    mpfr_div_2ui(out, out, 1, MPFR_RNDN);
    mpfr_clears(x[0], x[1], b, h, (mpfr_ptr)0);
}

static void measure(recorder *r, const reference *m, unsigned long samples, worst *of_value,
                    worst *of_slope) {
    mpfr_t x[2], truth;
    mpfr_inits2(BITS, x[0], x[1], truth, (mpfr_ptr)0);
    enum op op = op_by_name(m->name);
    state = SEED; /* the same arguments for each function: fewer samples find no larger errors */
    bool has_order = op == OP_POLYGAMMA; /* the first argument: no derivative there */
    for (unsigned long n = 0; n < samples; n++) {
        double at[2] = {argument(m, n), m->one ? 0 : argument(m, random_bits() >> 32)};
        if (has_order) at[0] = (double)(random_bits() >> 32 & 3);
        value leaves[2] = {record_leaf(r, SCALAR(at[0])), record_leaf(r, SCALAR(at[1]))}, g[2];
        value y = m->one ? apply1(r, op, leaves[0]) : apply2(r, op, leaves[0], leaves[1]);
        sweep_gradients(r, y, SCALAR(1), 2, leaves, g, NULL, false);
        tape_clear(&r->tape);
        if (!isfinite(y.num)) continue; /* a pole */
        for (int i = 0; i < 2; i++) mpfr_set_d(x[i], at[i], MPFR_RNDN);
        truth_at(m, truth, x);
        note(of_value, error_of(y.num, truth), at[has_order]);
        for (int i = has_order; i < (m->one ? 1 : 2); i++) {
            slope(m, at, i, truth);
            note(of_slope, error_of(g[i].num, truth), at[has_order]);
        }
    }
    mpfr_clears(x[0], x[1], truth, (mpfr_ptr)0);
}

int main(int argc, char **argv) {
    bool manual = argc > 1 && strcmp(argv[1], "-m") == 0;
    const char *count = argc > 1 + manual ? argv[1 + manual] : NULL;
    unsigned long samples = count ? strtoul(count, NULL, 10) : DEFAULT_SAMPLES;
    recorder r;
    recorder_init(&r);
    reference_begin(BITS);
    for (size_t i = 0; i < reference_count; i++) {
        const reference *m = &references[i];
        if (m->low == m->high) continue;
        worst of_value = {0}, of_slope = {0};
        measure(&r, m, samples, &of_value, &of_slope);
        if (manual)
            printf(".It %s Ta %g to %g Ta %.2f Ta %.2f\n", m->name, m->low, m->high, of_value.error,
                   of_slope.error);
        else
            printf("%-12s %9g to %-9g value %9.3f at %-24.17g derivative %9.3f at %.17g\n", m->name, m->low,
                   m->high, of_value.error, of_value.at, of_slope.error, of_slope.at);
        fflush(stdout);
    }
    recorder_free(&r);
    reference_end();
    return 0;
}
