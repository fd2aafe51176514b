/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tape_hand.cpp - the kernels with adjoints written by hand: what tapes are held against. */
#include "kernels.hpp"
struct Hand { // "record" = forward sweep that saves what the adjoint needs, "reverse" = hand adjoint
    Case c;
    const std::vector<double> *xp;
    std::vector<double> s, s2, s3;
    double record(const Case &cc, const std::vector<double> &xv) {
        c = cc;
        xp = &xv;
        const double *x = xv.data();
        double f = 0;
        if (c.kind == ROSEN) {
            eval<double>(c, x, f);
        } else if (c.kind == SPEEL) {
            s.resize(c.steps * SPEEL_N);
            double *q = s.data();
            for (size_t r = 0; r < c.steps; r++) {
                double p = 1;
                for (size_t i = 0; i < SPEEL_N; i++) {
                    *q++ = p;
                    p *= x[i];
                }
                f += p;
            }
        } else {
            s.resize(c.steps);
            s2.resize(c.steps);
            s3.resize(c.steps);
            double y = x[0];
            for (size_t i = 0; i < c.steps; i++) {
                double si = std::sin(y), co = std::cos(y), e = std::exp(-y * y);
                s[i] = 1 + 0.001 * e * (co - 2 * y * si);
                y += 0.001 * si * e;
            }
            f = y;
        }
        return f;
    }
    void reverse(std::vector<double> &gv) {
        const double *x = xp->data();
        double *g = gv.data();
        std::fill(gv.begin(), gv.end(), 0.0);
        if (c.kind == ROSEN)
            for (size_t i = 0; i < c.steps; i++) {
                double d = 200 * (x[i + 1] - x[i] * x[i]);
                g[i + 1] += d;
                g[i] += -2 * x[i] * d - 2 * (1 - x[i]);
            }
        else if (c.kind == SPEEL) {
            for (size_t r = c.steps; r-- > 0;) {
                double b = 1;
                const double *q = &s[r * SPEEL_N];
                for (size_t i = SPEEL_N; i-- > 0;) {
                    g[i] += b * q[i];
                    b *= x[i];
                }
            }
        } else {
            double b = 1;
            for (size_t i = c.steps; i-- > 0;) b *= s[i];
            g[0] = b;
        }
    }
    double bytes() { return 8.0 * (double)(s.size() + s2.size() * 0); }
};

int main(int argc, char **argv) { drive<Hand>("hand-C", argc > 1 ? (size_t)atof(argv[1]) : 10000000); }
