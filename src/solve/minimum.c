/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/statement.h"
void solve_minimum(problem *p, solver_state *s, solution *out) {
    (void)s, (void)out;
    record_fail(&p->e->rec, DIAG_UNSUPPORTED, "minimize is not evaluated yet");
}
void solve_root(problem *p, solver_state *s, solution *out) {
    (void)s, (void)out;
    record_fail(&p->e->rec, DIAG_UNSUPPORTED, "root is not evaluated yet");
}
