/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernels.hpp - the functions that tapes are compared on, and how they are timed: one source for every tool.
 */
#pragma once
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

// Elementary operations are counted as an op-by-op recorder (one node per operator) would count them.
enum Kind { ROSEN, SPEEL, LOOP };
static const char *kind_name[] = {"rosen", "speel", "loop"};
static const size_t SPEEL_N = 1000;

struct Case {
    Kind kind;
    size_t ops;   // elementary operations really done
    size_t nvar;  // independent variables
    size_t steps; // rosen: terms, speel: repetitions, loop: steps
};
static inline Case make_case(Kind k, size_t target) {
    Case c;
    c.kind = k;
    if (k == ROSEN) {
        c.steps = target / 8;
        c.nvar = c.steps + 1;
        c.ops = 8 * c.steps;
    } else if (k == SPEEL) {
        c.nvar = SPEEL_N;
        c.steps = target / (SPEEL_N + 1);
        c.ops = (SPEEL_N + 1) * c.steps;
    } else {
        c.nvar = 1;
        c.steps = target / 7;
        c.ops = 7 * c.steps;
    }
    return c;
}
static inline std::vector<double> make_x(const Case &c) {
    std::vector<double> x(c.nvar);
    for (size_t i = 0; i < c.nvar; i++)
        x[i] = c.kind == LOOP    ? 0.5
               : c.kind == SPEEL ? 1.0 + 0.001 * std::sin((double)i)
                                 : 0.5 + 0.4 * std::sin(0.1 * (double)i);
    return x;
}

template <class T> void eval(const Case &c, const T *x, T &f) {
    using std::exp;
    using std::sin;
    if (c.kind == ROSEN) { // 8 ops per term
        f = 0.0;
        for (size_t i = 0; i < c.steps; i++) {
            T d = x[i + 1] - x[i] * x[i];
            T e = 1.0 - x[i];
            f += 100.0 * (d * d) + e * e;
        }
    } else if (c.kind == SPEEL) { // 1000 products and one sum per repetition
        f = 0.0;
        for (size_t r = 0; r < c.steps; r++) {
            __asm__ volatile(
                "" ::
                    : "memory"); // stops the compiler from merging equal repetitions in the plain C run
            T p = 1.0;
            for (size_t i = 0; i < SPEEL_N; i++) p *= x[i];
            f += p;
        }
    } else { // 7 ops per step
        T y = x[0];
        for (size_t i = 0; i < c.steps; i++) y += 0.001 * sin(y) * exp(-y * y);
        f = y;
    }
}

static inline double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
static inline double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
}
static inline int reps_for(size_t n) { return n >= 10000000 ? 3 : n >= 1000000 ? 7 : 15; }

// Plain double function time (the denominator of the cheap-gradient ratio), same process.
static volatile double sink;
static inline double plain_time(const Case &c, const std::vector<double> &x) {
    std::vector<double> t;
    for (int r = 0; r < reps_for(c.ops); r++) {
        double t0 = now(), f;
        eval<double>(c, x.data(), f);
        t.push_back(now() - t0);
        sink = f;
    }
    return median(t);
}
static inline double checksum(const std::vector<double> &g) {
    double s = 0;
    for (double v : g) s += v;
    return s;
}
static inline void report(const char *tool, const Case &c, double tf, double trec, double trev, double bytes,
                          double f, double gsum) {
    double n = (double)c.ops;
    printf("%s\t%s\t%zu\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\t%.2f\t%.12g\t%.12g\n", tool, kind_name[c.kind], c.ops,
           tf / n * 1e9, trec / n * 1e9, trev / n * 1e9, (trec + trev) / n * 1e9, (trec + trev) / tf,
           bytes / n, f, gsum);
    fflush(stdout);
}
// Tool: struct with  double record(const Case&, const std::vector<double>& x)  -> value,
//                    void reverse(std::vector<double>& g),  double bytes().
template <class Tool> void drive(const char *name, size_t maxops, unsigned kinds = 7) {
    // KIND and NMIN/NMAX in the environment: one case per process (index managers and adjoint arrays keep
    // their high-water mark otherwise)
    if (getenv("KIND")) kinds &= 1u << atoi(getenv("KIND"));
    if (getenv("NMAX")) maxops = std::min(maxops, (size_t)atof(getenv("NMAX")));
    for (int k = 0; k < 3; k++)
        if (kinds >> k & 1)
            for (size_t n = getenv("NMIN") ? (size_t)atof(getenv("NMIN")) : 100000; n <= maxops; n *= 10) {
                Case c = make_case((Kind)k, n);
                std::vector<double> x = make_x(c), g(c.nvar);
                double tf = plain_time(c, x), f = 0, bytes = 0;
                std::vector<double> tr, tv;
                {
                    Tool tool;
                    for (int r = 0; r < reps_for(n) + 1; r++) { // the first (cold) run is thrown away
                        double t0 = now();
                        f = tool.record(c, x);
                        double t1 = now();
                        tool.reverse(g);
                        double t2 = now();
                        if (r) {
                            tr.push_back(t1 - t0);
                            tv.push_back(t2 - t1);
                        }
                    }
                    bytes = tool.bytes();
                }
                report(name, c, tf, median(tr), median(tv), bytes, f, checksum(g));
            }
}
