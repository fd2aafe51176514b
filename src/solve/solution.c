/* SPDX-License-Identifier: GPL-3.0-or-later */
/* solution.c - see solution.h. */
#include "solve/solution.h"
#include <string.h>

void solution_free(solution *s) {
    text_free(&s->names);
    numbers *all[] = {&s->x,          &s->errors,     &s->correlation, &s->y,           &s->fitted,
                      &s->confidence, &s->prediction, &s->residuals,   &s->multipliers, &s->path};
    for (size_t i = 0; i < COUNT_OF(all); i++) array_free(all[i]);
}

void solver_clear(solver_state *s) {
    for (size_t i = 0; i < s->solutions.count; i++) solution_free(&s->solutions.items[i]);
    s->solutions.count = 0;
}

void solver_free(solver_state *s) {
    solver_clear(s);
    array_free(&s->solutions);
    text_free(&s->line);
}

const char *solution_name(const solution *s, size_t entry) {
    const char *name = text_str(&s->names);
    for (; entry > 0; entry--) name += strlen(name) + 1;
    return name;
}

void numbers_set(numbers *v, size_t n, double fill) {
    v->count = 0;
    for (size_t i = 0; i < n; i++) array_push(v, fill);
}

const char *outcome_text(const solution *s) {
    bool most = s->kind == SOLVE_MAXIMIZE;
    switch (s->outcome) {
    case CONVERGED: return "converged";
    case CONVERGED_ROUNDING: return "converged as far as rounding allows";
    case STEPS_EXHAUSTED: return "the limit on steps was reached";
    case NO_PROGRESS:
        return s->kind < SOLVE_FIT ? "no step made it better; it may not be smooth here"
                                   : "no step made it better";
    case SINGULAR: return "the data do not determine all parameters";
    case NOT_FINITE_START: return "not finite at the start";
    case UNBOUNDED: return most ? "unbounded above" : "unbounded below";
    case FLAT: return "no extremum at a finite point: it levels off towards infinity";
    case SADDLE: return "stationary point, Hessian indefinite (a saddle point)";
    case MAXIMUM:
        return most ? "stationary point, Hessian positive definite (a minimum)"
                    : "stationary point, Hessian negative definite (a maximum)";
    case NO_ROOT: return "no root here: no step brings the equations closer to 0";
    case POLE: return "the sign changes at a pole or a jump, not at a root";
    case NO_SIGN_CHANGE: return "the sign does not change in the bracket";
    case INFEASIBLE: return "the constraints could not be met";
    case STOPPED: return "stopped; the best point so far";
    }
    return "";
}
