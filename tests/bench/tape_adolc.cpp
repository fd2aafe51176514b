/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tape_adolc.cpp - the kernels in ADOL-C: trace with keep = 1, then fos_reverse.  Buffers are large enough
 * that no tape file is written. */
#include <adolc/adolc.h>
#include "kernels.hpp"
struct Adol {
    double f = 0;
    size_t nv = 0;
    double record(const Case &c, const std::vector<double> &xv) {
        nv = xv.size();
        size_t buf = c.ops * 4 + 100000;
        trace_on(1, 1, buf, buf * 2, buf, buf, 0);
        {
            adouble *x = new adouble[nv];
            adouble y;
            for (size_t i = 0; i < nv; i++) x[i] <<= xv[i];
            eval<adouble>(c, x, y);
            y >>= f;
            delete[] x;
        }
        trace_off();
        return f;
    }
    void reverse(std::vector<double> &g) {
        double u = 1;
        int r = fos_reverse(1, 1, (int)nv, &u, g.data());
        if (r < 0) fprintf(stderr, "adolc reverse rc %d\n", r);
    }
    double bytes() {
        size_t s[STAT_SIZE];
        tapestats(1, s);
        return (double)s[NUM_OPERATIONS] + 4.0 * (double)s[NUM_LOCATIONS] + 8.0 * (double)s[NUM_VALUES] +
               8.0 * (double)s[TAY_STACK_SIZE];
    }
};
int main(int argc, char **argv) { drive<Adol>("ADOL-C", argc > 1 ? (size_t)atof(argv[1]) : 10000000); }
