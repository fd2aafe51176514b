/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_fused.c - loops that run as one record give what plain evaluation gives: values, derivatives of any
 * order, notes, errors. */
#include "tests/unit/session_unit.h"

#include <stdio.h>

/* Each begins with x = 0.7 and u = [0.1, 0.2 ... 4.0], which are the variables, and ends with z. */
static const char *const programs[] = {
    /* carried names, several of them, crossing over */
    "y = x; for i in range(100) { y = y + 0.01*sin(y)*exp(-y*y) }; z = y",
    "a = x; b = 1; for i in range(60) { c = a + b*0.1; a = b; b = sin(c) }; z = a + 2*b + 3*c",
    "a = x; b = 2*x; for i in range(60) { t = a; a = b; b = t*0.99 }; z = a - 3*b",
    "p = 0; y = x; for i in range(60) { y = y + p*x; p = i/100 }; z = y + p",
    "y = x; for i in range(60) { last = y; y = y*1.01 }; z = last*y",
    /* the variable of the loop: as an index, with offsets, backwards, in steps, with fractions */
    "z = 0; for i in range(40) { z = z + u[i]*u[i] }",
    "z = 0; for i in range(39) { d = u[i+1] - u[i]*u[i]; e = 1 - u[i]; z = z + 100*(d*d) + e*e }",
    "z = 1; for i in range(38, -1, -1) { z = z*u[1+i] + u[i-0]/10 }",
    "z = 1; for i in range(40) { z = z*0.9 + u[-1-i] }",
    "z = 1; for i in range(-20, 20) { z = z*0.9 + u[i]*x }",
    "z = 1; for i in range(0, 40, 2) { z = z + u[i]/(1 + i) }; z = z*i",
    "z = x; for t in range(0, 4, 0.1) { z = z + 0.1*cos(t*z) }",
    "z = 0; for i in range(20) { j = 2*i + 1; z = z + u[j]*u[i] }",
    "z = 0; for v in u { z = z*0.5 + v*v*x }",
    "w = reshape(u, 4, 10); z = 0; for i in range(40) { z = z*0.9 + w[i % 4, floor(i/4)]^3 }",
    /* several blocks, and recurrences of several steps */
    "z = 0; for i in range(700) { d = u[i % 40]*x; z = z*0.99 + d*d }",
    ("z = x; s = 1; for i in range(700) { z = z + sin(z + u[i % 40])/100; s = s*(1 - z/1000); q = s/z }; z = "
     "q + s"),
    ("a = x; b = 1; for i in range(600) { t = a*0.999 + b*0.01; b = b*0.999 - a*0.01*u[i % 7]; a = t }; z = "
     "a*b"),
    "p = 0; y = x; for i in range(600) { y = y + p*x; p = cos(i*x)/100 }; z = y + p",
    "v = reshape(u*x, 4, 10); z = 1; for i in range(600) { z = z - v[i % 4, floor(i/60)]^3/(z + i) }",
    "y = x; n = 0; for i in range(700) { n = n + floor(u[i % 40]); y = y*0.999 + n/1000 }; z = y*n*x*x",
    "z = 1; for i in range(520, -1, -1) { z = 0.98*z + u[i % 40]; w = z*x; last = z }; z = last*w*x*x",
    "z = 0; for i in range(700) { g = 1/(i - 600)/1e300; z = z + x*(g < 1)*u[i % 40] }",
    /* conditions */
    "z = x; k = 0; while k < 50 { z = z + sin(z)/10; k = k + 1 }",
    "z = x; while z < 20 { z = z*1.05; q = z*z }; z = q - z",
    /* calls, and calls in calls; of names and tensors; a function that is bound anew */
    "f(a, b) = sin(a)*b; z = x; for i in range(60) { z = z + f(z, u[i % 40])/50 }",
    "g(a) = a*a; f(a) = g(a) + g(a + 1); z = 0; for i in range(400) { z = z*0.9 + f(u[i % 40])*f(i*x)/1e5 }",
    ("w = 2*x; def f(v, k) { a = v[k]; b = a*w; return b + a }; z = 0; for i in range(40) { w = w*1.01; z = "
     "z "
     "+ f(u, i) }"),
    ("f(a) = a; def h(y) { for i in range(40) { y = y*0.9 + f(y)/30 }; return y }; z = h(x); f(a) = a + 1; z "
     "= h(z)"),
    "f(a) = 2*a; z = x; for r in range(40) { for i in range(20) { z = z + f(u[i])/100 }; z = f(z)/2 }",
    "def f(a) { if a > 1 { return a }; return 2*a }; z = x; for i in range(40) { z = z*0.7 + f(z) }",
    /* what is not finite on the way */
    "y = x; for i in range(60) { g = 1/(i - 30)/1e300; y = y + x*(g < 1) }; z = y",
    "z = 0; for i in range(60) { z = z + sqrt(x - 0.7)*i }",
    /* and in the last iteration, in a name that it alone stores */
    "for i in range(60) { q = 1/(59 - i) }; z = q*x",
    "z = x; for i in range(600) { q = log(x*(599 - i)); z = z*0.9 + x/(1 + q*q) }; z = z + q",
    "z = x; k = 0; while k < 50 { q = exp(1000*(k > 48)); k = k + 1; z = z + x/k }; z = z*q",
    /* and from outside */
    "input w = 0; q = 1/w; z = 0; for i in range(60) { z = z + sin(q)*x }",
    "z = inf; for i in range(60) { z = z - x*i }",
    /* names whose derivative is 0 by form, and names that depend on nothing: for the notes */
    "for i in range(60) { z = floor(x)*i }",
    "z = x; for i in range(60) { z = floor(z) }",
    "z = 0; for i in range(60) { q = round(x)*i; z = q }",
    "for i in range(60) { z = sign(x)*i; q = u[3]*i }",
    "for i in range(60) { z = (x > 1)*i; q = x*i }",
    "z = 0; for i in range(60) { z = z + (x > 1) + round(u[1]) }",
    "for i in range(400) { z = floor(u[1])*(x > i) + round(x*0) }",
    "z = x; q = u[0]; for i in range(60) { q = z*2; z = (z > 1) + 1 }; z = q",
    /* a name that holds another kind of value the next time */
    ("w = reshape(u, 4, 10); z = 0; for r in range(2) { for i in range(40) { z = z + sum(w[i % 2, 1]) }; "
     "w = reshape(u, 2, 2, 10) }"),
    ("w = reshape(u, 4, 10); z = 0; for r in range(2) { for i in range(40) { v = w[i % 2, 1]; z = z + i*x }; "
     "w = reshape(u, 2, 2, 10) }; z = z + sum(v)"),
    /* in functions, in loops, with kinks, with nothing to differentiate */
    "def f(a) { s = a; for i in range(50) { s = s + a*s/100 }; return s }; z = f(x)*f(2*x)",
    "z = 0; for r in range(20) { p = 1; for i in range(40) { p = p*(u[i]/2 + 0.3) }; z = z + p }",
    "z = x; for i in range(60) { z = max(z*1.1 - 0.2*i, abs(z)/2) + min(z, 1) }",
    "k = 0; for i in range(60) { k = k + i^2 }; z = k*x",
    "b = u[range(400) % 40]; k = 0; z = x; while k < 400 { z = 1 + ceil(x*b[k]); k = k + 1 }; z = z*x^5*u[1]",
    /* an index that there is not, of an entry that nothing reads */
    "z = x; for i in range(60) { q = u[i]; q = z; z = z*0.9 + q/20 }",
    "z = x; for i in range(0, 20, 0.5) { q = u[i]; q = z; z = z*0.9 + q/20 }",
    "w = reshape(u, 4, 10); z = x; for i in range(60) { q = w[i % 4, i]; q = z; z = z*0.9 + q/20 }",
};

/* Values are the same; derivatives may be sums in another order. */
static const struct {
    const char *text;
    double tolerance;
} ends[] = {
    {"", 1e-14},
    {"; z = grad(z, x) + sum(grad(z, u))", 1e-12},
    {"; z = hessian(z, x) + sum(hvp(z, u, cos(u)))", 1e-11},
    {"; g = grad(z, x); h = grad(g*g + z, x); z = h + jvp(h, x, 1)", 1e-11},
};

typedef struct outcome {
    char text[16384];
    double numbers[64];
    size_t count, records;
} outcome;

static void keep_value(outcome *o, gtape_value v) {
    for (size_t i = 0; i < v.size; i++) {
        ck_assert(o->count < 64);
        o->numbers[o->count++] = v.data[i];
    }
}

static bool run_one(const char *program, const char *end, bool fuses, outcome *o) {
    static char whole[2048];
    memset(o, 0, sizeof *o);
    snprintf(whole, sizeof whole, "x = 0.7\nu = range(1, 41)/10\n%s%s", program, end);
    begin_session();
    ck_assert(gtape_set(session, "fuse", fuses ? "1" : "0") == GTAPE_OK);
    if (gtape_add(session, "-e", whole, GTAPE_ALL) != GTAPE_OK) return false;
    ck_assert(gtape_wrt(session, "x,u") == GTAPE_OK);
    ck_assert(gtape_of(session, "z") == GTAPE_OK);
    gtape_status status = gtape_run(session);
    snprintf(o->text, sizeof o->text, "%d\n%s%s", (int)status, text_str(&printed), all_said());
    if (status != GTAPE_OK) return true;
    keep_value(o, gtape_target_value(session, 0));
    for (size_t k = 0; k < 2; k++) {
        gtape_value g;
        if (gtape_gradient(session, 0, k, &g)) keep_value(o, g);
    }
    o->records = gtape_statistics(session).records;
    return true;
}

static bool is_near(double a, double b, double scale, double tolerance) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * scale;
}

static void compare(const char *program, const char *end, double tolerance, const outcome *plain,
                    const outcome *fused) {
    ck_assert_msg(strcmp(plain->text, fused->text) == 0, "%s%s\nplain: %s\nfused: %s", program, end,
                  plain->text, fused->text);
    ck_assert_uint_eq(plain->count, fused->count);
    double scale = 0;
    for (size_t i = 0; i < plain->count; i++) scale = fmax(scale, fabs(plain->numbers[i]));
    for (size_t i = 0; i < plain->count; i++)
        ck_assert_msg(is_near(plain->numbers[i], fused->numbers[i], scale, tolerance),
                      "%s%s\nplain: %.17g\nfused: %.17g", program, end, plain->numbers[i], fused->numbers[i]);
}

START_TEST(same_as_plain) {
    static outcome plain, fused;
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        bool is_program = run_one(programs[_i], ends[k].text, false, &plain);
        ck_assert_msg(is_program, "%s%s: %s", programs[_i], ends[k].text, all_said());
        run_one(programs[_i], ends[k].text, true, &fused);
        compare(programs[_i], ends[k].text, ends[k].tolerance, &plain, &fused);
    }
}
END_TEST

/* A loop that can be fused is: few records, and no more for more iterations. */
START_TEST(one_record) {
    static outcome o;
    ck_assert(run_one("z = x; for i in range(10000) { z = z + 0.001*sin(z) }", "", true, &o));
    ck_assert_uint_lt(o.records, 200);
    ck_assert(run_one("z = x; for i in range(10000) { z = z + 0.001*sin(z) }", "", false, &o));
    ck_assert_uint_gt(o.records, 20000);
}
END_TEST

/* z = x*1.01^1000, so its derivative is e^(1000 log 1.01), and the second one 0. */
START_TEST(known_value) {
    const char *out = output_of("x = 0.5; z = x; for i in range(1000) { z = z*1.01 }\n"
                                "print abs(grad(z, x)/exp(1000*log(1.01)) - 1) < 1e-12, hessian(z, x)");
    ck_assert_str_eq(out, "1 0\n");
}
END_TEST

START_TEST(errors_have_their_place) {
    static outcome plain, fused;
    run_one("z = 0; for i in range(100) { z = z + u[i]*x }", "", false, &plain);
    run_one("z = 0; for i in range(100) { z = z + u[i]*x }", "", true, &fused);
    ck_assert_ptr_nonnull(strstr(plain.text, "index 40 is out of range"));
    ck_assert_str_eq(plain.text, fused.text);
}
END_TEST

/* The operation's argument in the iteration that it was about, not in the last one; d sqrt at 0 is infinite.
 */
START_TEST(notes_have_their_iteration) {
    static outcome o;
    for (int fuses = 0; fuses < 2; fuses++) {
        run_one("z = 0; for i in range(90) { z = z + sqrt((x*10 + i - 47)^2)*i }", "; print grad(z, x)",
                fuses, &o);
        ck_assert_msg(strstr(o.text, "x*10 + i - 47 = 0") || strstr(o.text, "(x*10 + i - 47)^2 = 0"), "%s",
                      o.text);
    }
}
END_TEST

START_TEST(limits_hold) {
    begin_session();
    ck_assert(gtape_set(session, "max-ops", "100000") == GTAPE_OK);
    ck_assert(gtape_add(session, "-e", "k = 0; while 1 > 0 { k = k + 1 }", GTAPE_ALL) == GTAPE_OK);
    ck_assert(gtape_run(session) == GTAPE_FAILED);
    ck_assert_ptr_nonnull(strstr(all_said(), "more than 100000 operations"));
}
END_TEST

static void fused_tests(TCase *tests) {
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, same_as_plain, 0, sizeof programs / sizeof *programs);
    tcase_add_test(tests, one_record);
    tcase_add_test(tests, known_value);
    tcase_add_test(tests, errors_have_their_place);
    tcase_add_test(tests, notes_have_their_iteration);
    tcase_add_test(tests, limits_hold);
    tcase_add_checked_fixture(tests, NULL, end_session);
}

UNIT_MAIN("fused", fused_tests)
