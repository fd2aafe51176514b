/* SPDX-License-Identifier: GPL-3.0-or-later */
/* programs.c - values and gradients of random programs in all elementwise functions against MPFR.
 *
 *     programs [COUNT [SEED]]
 *
 * A program is made as a graph of operations, with loops, choices and functions of its own.  gtape gets it as
 * text, as one run and as rows; MPFR evaluates the graph with 640 bits, and derivatives are central
 * differences of that with a step of 2^-200, so that nothing of gtape's rules is in the reference.
 *
 * How far a right result may be off is the program's own affair: the graph is evaluated some more times with
 * each input and each result changed at random by up to 2 units in the last place, as the rounding of doubles
 * would.  The largest change that this makes is the program's spread, and an error is counted in spreads
 * (Parker, Monte Carlo Arithmetic, UCLA 1997).  Above LIMIT the program is shown and the status is 1.  Where
 * such a change leaves a domain (acosh(1), 0 as a logarithm's argument), the number is not judged. */
#include "base/text.h"
#include "lib/gtape.h"
#include "reference.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 512, STEP = 160, SHAKEN = 5, LIMIT = 4 };
enum { INPUTS = 3, FUNCTIONS = 2, STATEMENTS = 8, ROWS = 12, DEPTH = 3 };

static uint64_t state;

static unsigned roll(unsigned sides) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % sides;
}
static double uniform(void) { return roll(1u << 31) * 0x1p-31; }

/* ---- a program ---- */

typedef enum kind { NUMBER, INPUT, SCALAR, PARAMETER, COUNTER, CALL, CHOICE, OWN } kind;

typedef struct node {
    kind kind;
    double number;
    unsigned which;            /* input, scalar, parameter, reference, function of its own */
    const struct node *arg[4]; /* a choice: two that are compared, two to choose from */
} node;

/* Scalar number k is bound by statement k: once, or `count` times to half of itself and the expression. */
typedef struct statement {
    const node *root;
    unsigned count;
} statement;

typedef struct program {
    node nodes[4000];
    unsigned node_count;
    const node *functions[FUNCTIONS]; /* of two parameters */
    statement statements[STATEMENTS];
    unsigned count; /* of statements that are there */
} program;

static program p;

static const char *const input_names[INPUTS] = {"a", "b", "c"};
static const char *const parameter_names[2] = {"x", "y"};

static node *new_node(kind k) {
    node *n = &p.nodes[p.node_count++];
    *n = (node){.kind = k};
    return n;
}

/* Where an expression stands: what it may read. */
typedef enum place { IN_FUNCTION, IN_STATEMENT, IN_LOOP } place;

static const node *make_number(double x) {
    node *n = new_node(NUMBER);
    n->number = x;
    return n;
}

static const node *make_leaf(place in) {
    static const double numbers[] = {0.5, 2, -1.5, 3, 0.25, 7, 1.125};
    unsigned kinds = in == IN_LOOP ? 8 : 7, k = roll(kinds);
    if (k == 0) return make_number(numbers[roll(sizeof numbers / sizeof *numbers)]);
    if (k == 7) return new_node(COUNTER);
    node *n = new_node(in == IN_FUNCTION ? PARAMETER : k < 4 && p.count ? SCALAR : INPUT);
    n->which = roll(n->kind == PARAMETER ? 2 : n->kind == SCALAR ? p.count : INPUTS);
    return n;
}

static const node *make(place in, unsigned depth) {
    if (depth == 0) return make_leaf(in);
    unsigned k = roll(10);
    node *n = new_node(k == 0 ? CHOICE : k == 1 && in != IN_FUNCTION ? OWN : CALL);
    if (n->kind == CHOICE) {
        for (int i = 0; i < 4; i++) n->arg[i] = make(in, i < 2 ? 0 : depth - 1);
        return n;
    }
    n->which = roll(n->kind == OWN ? FUNCTIONS : (unsigned)reference_count);
    for (int i = 0; i < 2; i++) n->arg[i] = make(in, roll(depth + 1) ? depth - 1 : 0);
    if (n->kind == OWN) return n;
    const char *name = references[n->which].name;
    if (strcmp(name, "polygamma") == 0) n->arg[0] = make_number(roll(4));
    if (strcmp(name, "^") == 0 && roll(2)) n->arg[1] = make_number((double)roll(6) - 2);
    return n;
}

/* ---- as text ---- */

static bool is_operator(const char *name) { return strchr("+-*/%^<>=!", name[0]) != NULL; }

static void write_node(text *out, const node *n) {
    const reference *r = &references[n->kind == CALL ? n->which : 0];
    switch (n->kind) {
    case NUMBER: text_printf(out, "%.17g", n->number); break;
    case INPUT: text_puts(out, input_names[n->which]); break;
    case SCALAR: text_printf(out, "t%u", n->which); break;
    case PARAMETER: text_puts(out, parameter_names[n->which]); break;
    case COUNTER: text_puts(out, "i"); break;
    case CHOICE:
        text_puts(out, "(");
        write_node(out, n->arg[0]), text_puts(out, " < ");
        write_node(out, n->arg[1]), text_puts(out, " ? ");
        write_node(out, n->arg[2]), text_puts(out, " : ");
        write_node(out, n->arg[3]), text_puts(out, ")");
        break;
    default:
        if (n->kind == OWN) text_printf(out, "f%u", n->which);
        else if (!is_operator(r->name)) text_puts(out, r->name);
        text_puts(out, "(");
        write_node(out, n->arg[0]);
        if (n->kind == CALL && is_operator(r->name)) text_printf(out, " %s ", r->name);
        else if (n->kind == OWN || r->two) text_puts(out, ", ");
        if (n->kind == OWN || r->two) write_node(out, n->arg[1]);
        text_puts(out, ")");
    }
}

static void write_program(text *out) {
    text_clear(out);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        text_printf(out, "f%u(x, y) = ", i);
        write_node(out, p.functions[i]);
        text_puts(out, "\n");
    }
    for (unsigned i = 0; i < p.count; i++) {
        const statement *s = &p.statements[i];
        if (s->count) text_printf(out, "t%u = 0\nfor i in range(%u) { t%u = 0.5*t%u + ", i, s->count, i, i);
        else text_printf(out, "t%u = ", i);
        write_node(out, s->root);
        text_puts(out, s->count ? " }\n" : "\n");
    }
    text_puts(out, "z = 0*(a + b + c)"); /* reads each input */
    for (unsigned i = 0; i < p.count; i++) text_printf(out, " + t%u", i);
    text_puts(out, "\n");
}

/* ---- by MPFR ---- */

static uint64_t shaking; /* 0: exact; else the state of the numbers that change results */
static bool is_unfit;    /* a value was out of range, or at an edge of a domain */
static mpfr_t inputs[INPUTS], scalars[STATEMENTS], change;

static void shake(mpfr_t y) {
    if (!shaking) return;
    shaking = shaking * 6364136223846793005u + 1442695040888963407u;
    mpfr_set_d(change, ((double)(shaking >> 11) * 0x1p-53 - 0.5) * 0x1p-50, MPFR_RNDN);
    mpfr_add_ui(change, change, 1, MPFR_RNDN);
    mpfr_mul(y, y, change, MPFR_RNDN);
}

typedef struct frame {
    mpfr_srcptr parameters[2];
    unsigned counter;
} frame;

static void evaluate(mpfr_t y, const node *n, const frame *f);

static void evaluate_call(mpfr_t y, const node *n, const frame *f) {
    const reference *r = &references[n->kind == CALL ? n->which : 0];
    bool two = n->kind == OWN || r->two, sums = n->kind == CALL && strchr("+-*<>=!", r->name[0]);
    mpfr_t x[2];
    mpfr_inits(x[0], x[1], (mpfr_ptr)0);
    for (int i = 0; i < 1 + two; i++) {
        evaluate(x[i], n->arg[i], f);
        if (mpfr_zero_p(x[i]) && !sums && n->arg[i]->kind != NUMBER) is_unfit = true;
    }
    if (n->kind == OWN) {
        evaluate(y, p.functions[n->which], &(frame){.parameters = {x[0], x[1]}});
    } else {
        if (r->one) r->one(y, x[0]);
        else r->two(y, x[0], x[1]);
        shake(y);
    }
    mpfr_clears(x[0], x[1], (mpfr_ptr)0);
}

static void evaluate(mpfr_t y, const node *n, const frame *f) {
    switch (n->kind) {
    case NUMBER: mpfr_set_d(y, n->number, MPFR_RNDN); break;
    case INPUT: mpfr_set(y, inputs[n->which], MPFR_RNDN), shake(y); break;
    case SCALAR: mpfr_set(y, scalars[n->which], MPFR_RNDN); break;
    case PARAMETER: mpfr_set(y, f->parameters[n->which], MPFR_RNDN); break;
    case COUNTER: mpfr_set_ui(y, f->counter, MPFR_RNDN); break;
    case CHOICE: {
        mpfr_t w;
        mpfr_init(w);
        evaluate(y, n->arg[0], f), evaluate(w, n->arg[1], f);
        bool is_less = mpfr_less_p(y, w);
        mpfr_clear(w);
        evaluate(y, n->arg[is_less ? 2 : 3], f);
        break;
    }
    default: evaluate_call(y, n, f);
    }
    double size = fabs(mpfr_get_d(y, MPFR_RNDN));
    if (!(size < 1e6) || (size != 0 && size < 1e-9)) is_unfit = true;
}

static void execute(unsigned k) {
    const statement *s = &p.statements[k];
    if (s->count == 0) {
        evaluate(scalars[k], s->root, NULL);
        return;
    }
    mpfr_t y;
    mpfr_init(y);
    mpfr_set_zero(scalars[k], 1);
    for (unsigned i = 0; i < s->count; i++) {
        evaluate(y, s->root, &(frame){.counter = i});
        mpfr_div_2ui(scalars[k], scalars[k], 1, MPFR_RNDN);
        mpfr_add(scalars[k], scalars[k], y, MPFR_RNDN);
        shake(scalars[k]);
    }
    mpfr_clear(y);
}

/* z, as changed by the numbers that `seed` gives. */
static void run_exactly(mpfr_t z, uint64_t seed) {
    shaking = seed;
    mpfr_set_zero(z, 1);
    for (unsigned k = 0; k < p.count; k++) {
        execute(k);
        mpfr_add(z, z, scalars[k], MPFR_RNDN);
        shake(z);
    }
}

/* dz in one of the inputs. */
static void slope(mpfr_t out, unsigned input, uint64_t seed) {
    mpfr_t x, h, below;
    mpfr_inits(x, h, below, (mpfr_ptr)0);
    mpfr_set(x, inputs[input], MPFR_RNDN);
    mpfr_set_ui_2exp(h, 1, -STEP, MPFR_RNDN);
    mpfr_add(inputs[input], x, h, MPFR_RNDN);
    run_exactly(out, seed);
    mpfr_sub(inputs[input], x, h, MPFR_RNDN);
    run_exactly(below, seed);
    mpfr_set(inputs[input], x, MPFR_RNDN);
    mpfr_sub(out, out, below, MPFR_RNDN);
    mpfr_mul_2ui(out, out, STEP - 1, MPFR_RNDN);
    mpfr_clears(x, h, below, (mpfr_ptr)0);
}

/* Number k is z or a slope. */
static void exactly(mpfr_t out, unsigned k, uint64_t seed) {
    if (k == 0) run_exactly(out, seed);
    else slope(out, k - 1, seed);
}

/* ---- a random one ---- */

/* Binds one more scalar, whose value is fit at the inputs as they are; gives up after some tries. */
static void add_statement(void) {
    for (int tries = 0; tries < 200; tries++) {
        unsigned nodes = p.node_count;
        statement *s = &p.statements[p.count];
        s->count = roll(3) ? 0 : 2 + roll(30);
        s->root = make(s->count ? IN_LOOP : IN_STATEMENT, DEPTH);
        is_unfit = false;
        shaking = 0;
        execute(p.count);
        if (!is_unfit) {
            p.count++;
            return;
        }
        p.node_count = nodes;
    }
}

static void make_random_program(unsigned seed) {
    state = seed;
    for (int i = 0; i < 5; i++) roll(2);
    p.node_count = p.count = 0;
    for (unsigned i = 0; i < INPUTS; i++) mpfr_set_d(inputs[i], 6 * uniform() - 3, MPFR_RNDN);
    for (unsigned i = 0; i < FUNCTIONS; i++) p.functions[i] = make(IN_FUNCTION, 2);
    unsigned statements = 2 + roll(STATEMENTS - 2);
    for (unsigned i = 0; i < statements; i++) add_statement();
}

/* ---- gtape's numbers ---- */

typedef struct table {
    text given, written;
    size_t at;
} table;

static long give(void *user, char *to, size_t room) {
    table *t = user;
    size_t n = t->given.length - t->at;
    if (n > room) n = room;
    memcpy(to, text_str(&t->given) + t->at, n);
    t->at += n;
    return (long)n;
}

static int take(void *user, const char *bytes, size_t length) {
    text_add(&((table *)user)->written, bytes, length);
    return 1;
}

/* Row r has its own inputs; row 0 those that the program was made at. */
static double input_of(unsigned row, unsigned i) { return mpfr_get_d(inputs[i], MPFR_RNDN) + 0.01 * row; }

static void fail(gtape *g, const char *source) {
    fprintf(stderr, "%s", source);
    for (size_t i = 0; i < gtape_diagnostic_count(g); i++)
        fprintf(stderr, "%s", gtape_diagnostic_text(g, i, 0));
    exit(1);
}

static gtape *open_session(const char *source) {
    gtape *g = gtape_new();
    gtape_set(g, "notes", "0");
    if (gtape_add(g, "program", source, GTAPE_ALL) != GTAPE_OK) fail(g, source);
    gtape_of(g, "z");
    gtape_wrt(g, "a,b,c");
    return g;
}

static void run_once(const char *source, double out[1 + INPUTS]) {
    gtape *g = open_session(source);
    text at = {0};
    for (unsigned i = 0; i < INPUTS; i++)
        text_printf(&at, "%s%s=%.17g", i ? "," : "", input_names[i], input_of(0, i));
    if (gtape_at(g, text_str(&at)) != GTAPE_OK || gtape_run(g) != GTAPE_OK) fail(g, source);
    out[0] = gtape_target_value(g, 0).data[0];
    for (unsigned i = 0; i < INPUTS; i++) {
        gtape_value v;
        if (!gtape_gradient(g, 0, i, &v)) fail(g, source);
        out[1 + i] = v.data[0];
    }
    text_free(&at);
    gtape_free(g);
}

static void run_rows(const char *source, double out[ROWS][1 + INPUTS]) {
    gtape *g = open_session(source);
    table t = {0};
    text_puts(&t.given, "a,b,c\n");
    for (unsigned r = 0; r < ROWS; r++)
        for (unsigned i = 0; i < INPUTS; i++)
            text_printf(&t.given, "%.17g%s", input_of(r, i), i + 1 < INPUTS ? "," : "\n");
    gtape_rows rows = {.label = "t", .separator = ',', .threads = 1, .read = give, .write = take, .user = &t};
    if (gtape_run_rows(g, &rows) != GTAPE_OK) fail(g, source);
    const char *cell = strchr(text_str(&t.written), '\n');
    for (unsigned r = 0; r < ROWS; r++)
        for (unsigned i = 0; i <= INPUTS; i++) out[r][i] = strtod(cell + 1, (char **)&cell);
    text_free(&t.given), text_free(&t.written);
    gtape_free(g);
}

/* ---- the comparison ---- */

static struct {
    double worst, sum;
    unsigned count, at_edge, within[3]; /* within 1/4, 1/2, 1 spreads */
} seen;

/* What gtape got, in spreads, for number k at the inputs as they are. */
static void judge(double got, unsigned k, unsigned seed, const char *source, const char *way) {
    mpfr_t truth, shaken;
    mpfr_inits(truth, shaken, (mpfr_ptr)0);
    exactly(truth, k, 0);
    double spread = 0x1p-1060;
    for (uint64_t i = 1; i <= SHAKEN; i++) {
        exactly(shaken, k, i * 0x9e3779b97f4a7c15u);
        mpfr_sub(shaken, shaken, truth, MPFR_RNDN);
        spread = mpfr_number_p(shaken) ? fmax(spread, fabs(mpfr_get_d(shaken, MPFR_RNDN))) : INFINITY;
        if (isinf(spread)) break;
    }
    mpfr_set_d(shaken, got, MPFR_RNDN);
    mpfr_sub(shaken, shaken, truth, MPFR_RNDN);
    double error = fabs(mpfr_get_d(shaken, MPFR_RNDN)) / spread;
    if (!isfinite(got)) error = INFINITY;
    if (isinf(spread)) {
        seen.at_edge++;
    } else {
        seen.count++;
        for (int i = 0; i < 3; i++) seen.within[i] += error <= 0.25 * (1 << i);
        seen.worst = fmax(seen.worst, error);
    }
    if (isfinite(spread) && error > LIMIT) {
        printf("program %u, %s, %s: %.17g, right is %.17g (%.3g spreads of %.3g) at", seed, way,
               k ? "a derivative" : "the value", got, mpfr_get_d(truth, MPFR_RNDN), error, spread);
        for (unsigned i = 0; i < INPUTS; i++)
            printf(" %s=%.17g", input_names[i], mpfr_get_d(inputs[i], MPFR_RNDN));
        printf("%s%s\n", k ? ", in " : "", k ? input_names[k - 1] : "");
        printf("%s", source);
    }
    mpfr_clears(truth, shaken, (mpfr_ptr)0);
}

static void judge_rows(const char *source, unsigned seed) {
    double numbers[ROWS][1 + INPUTS], at[INPUTS];
    mpfr_t z;
    mpfr_init(z);
    run_rows(source, numbers);
    for (unsigned i = 0; i < INPUTS; i++) at[i] = mpfr_get_d(inputs[i], MPFR_RNDN);
    for (unsigned r = 0; r < ROWS; r += 7) {
        double here[INPUTS];
        for (unsigned i = 0; i < INPUTS; i++) mpfr_set_d(inputs[i], at[i], MPFR_RNDN);
        for (unsigned i = 0; i < INPUTS; i++) here[i] = input_of(r, i);
        for (unsigned i = 0; i < INPUTS; i++) mpfr_set_d(inputs[i], here[i], MPFR_RNDN);
        is_unfit = false;
        run_exactly(z, 0);
        for (unsigned k = 0; k <= INPUTS && !is_unfit; k++) judge(numbers[r][k], k, seed, source, "a row");
    }
    mpfr_clear(z);
}

int main(int argc, char **argv) {
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 300;
    unsigned first = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
    text source = {0};
    reference_begin(BITS);
    mpfr_init(change);
    for (unsigned i = 0; i < INPUTS; i++) mpfr_init(inputs[i]);
    for (unsigned i = 0; i < STATEMENTS; i++) mpfr_init(scalars[i]);
    for (unsigned seed = first; seed < first + count; seed++) {
        double numbers[1 + INPUTS];
        make_random_program(seed);
        write_program(&source);
        run_once(text_str(&source), numbers);
        for (unsigned k = 0; k <= INPUTS; k++) judge(numbers[k], k, seed, text_str(&source), "a run");
        judge_rows(text_str(&source), seed);
    }
    printf(
        "%u programs, %u numbers (%u more at an edge); within 1/4, 1/2, 1 spreads: %u, %u, %u; worst %.3g\n",
        count, seen.count, seen.at_edge, seen.within[0], seen.within[1], seen.within[2], seen.worst);
    text_free(&source);
    mpfr_clear(change);
    for (unsigned i = 0; i < INPUTS; i++) mpfr_clear(inputs[i]);
    for (unsigned i = 0; i < STATEMENTS; i++) mpfr_clear(scalars[i]);
    reference_end();
    return seen.worst > LIMIT;
}
