#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# --show c and --show latex: what leaves gtape for other programs.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
: "${CC:=cc}"

# ---- LaTeX ----
# derivative PROGRAM EXPECTED: of the last value in x
derivative() {
    run -e "$1" --wrt x --show latex
    out=${out##*dx\} = }
    gives "$2 \\]"$'\n' "$1 in LaTeX"
}
derivative 'x^4' '4 \, x^{3}'
derivative 'log(x)/x' '\frac{1 - \log\left(x\right)}{x^{2}}'
derivative 'tanh(x)' '\frac{1}{\cosh^{2}\left(x\right)}'
derivative 'sqrt(1 + x^2)' '\frac{x}{\sqrt{x^{2} + 1}}'
derivative 'exp(x)^2' '2 \, \left(e^{x}\right)^{2}'
derivative 'abs(x)' '\mathrm{sign}\left(x\right)'
derivative '1e30*x' '1 \cdot 10^{30}'
derivative 'where(x <= 0, x, 0)' '\left\{\begin{array}{ll} 1 & \mbox{if }x \le 0 \\ 0 & \mbox{otherwise} \end{array}\right.'
run -e 'z = alpha*θ*rate*x_1*k₂*${a b%}' --wrt alpha,rate --show latex
like "$out" '\\\[ z = \\alpha *\\theta *\\mathit{rate}*x_{1}*k_{2}*' "Greek letters, words and indices"
like "$out" '*\\frac{\\partial z}{\\partial \\mathit{rate}}*' "partial where there are two variables"
like "$out" '*\\mathit{a\\ b\\%}*' "marks of TeX in names"
run -e 'z = pi*x + 3.141592653589793' --wrt pi --of z --show latex
like "$out" '*z = \\pi  \\, x + 3.14159265358979[0-9]* \\\]*' "a variable of the name pi"
run -e 'z = x^2*y' --wrt x,y --show latex --hessian
like "$out" '*\\frac{\\partial^{2} z}{\\partial x^{2}} = 2 \\, y*\\frac{\\partial^{2} z}{\\partial x \\, \\partial y} = 2 \\, x*' "second derivatives"
run -e 'z = x^2*y' --wrt x,y --show symbolic --hessian
gives $'z = y*x^2\ndz_dx = 2*x*y\ndz_dy = x^2\nd2z_dx_dx = 2*y\nd2z_dx_dy = 2*x\nd2z_dy_dy = 0\n' "and as formulas"

# ---- C ----
run -e 'x = 5; z = a*exp(-b*x)' --wrt x,b --show c
like "$out" '*in\[0\]   x*in\[1\]   b*in\[2\]   a*out\[0\]  z*grad\[0\] dz/dx*grad\[1\] dz/db*' "variables first, then the other inputs"
like "$out" '*int z_gradient(const double \*in, double \*out, double \*grad) {*' "the function"
like "$out" '*special exception*terms of your choice*' "and whose the text is"
run -e 'z = x - -y - (-1)' --wrt x --show c
unlike "$out" '*--*' "no double minus"
run -e 'z = x*y' --at y=3 --wrt x --show c
unlike "$out" '*y_*' "a value of --at enters as a number"
run -e 'z = x/-0.0' --wrt x --show c
like "$out" '*x_ / (-0.0);*grad\[0\] = -INFINITY;*' "the sign of a zero"
run -e 'y = expm([[x, x], [x, x]])' --wrt x --show c
fails 1 "*'expm' has no formula here*" "a function of matrices"
run -e 'y = 1; for i in range(9) { if y > x { break }; y = 2*y }' --wrt x --show c
fails 1 "*-e:1:31: error: 'break' and 'continue' under a condition on an input*where(c, a, b)*" "the end of a loop that depends on an input"
run -e 'y = 1; while y < x { y = 2*y }' --wrt x --show c
fails 1 '*how often this loop runs depends on an input*' "and how often it runs"
run -e 'z = x' --show c --format json
fails 2 '*no --format*' "with a format"
run -e '' --show c
gives '' "no target, no code"

if command -v "$CC" >/dev/null; then
    # compiles NAME: the last output, without a warning
    compiles() {
        printf '%s' "$out" >code.c
        "$CC" -O2 -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror -c code.c -o code.o 2>messages
        report $? "$1" || note "$(head -n 5 messages)"
    }
    run -e 'z = int*double + ${a */ b}*θ + y0 + exp*exp(in) + grad - v1*${2x} + ${a b}*a_b + ${x\}; main = z' \
        --wrt 'int,exp,θ,${a */ b},${2x}' --show c --hessian
    compiles "words of C and no words at all as names"
    run -e '2+3' --show c
    compiles "no input, no variable"
    run -e 'z = x^2' --wrt x,x --of z,z --show c --hessian
    compiles "names that stand twice"
    functions=
    for f in abs sign sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh \
        acosh atanh sinpi cospi tanpi sinc floor ceil round trunc erf erfc erfcx gamma lgamma digamma j0 j1 y0 y1 sigmoid \
        log_sigmoid softplus relu silu gelu heaviside isnan isfinite; do functions+=" + $f(x*y)"; done
    for f in atan2 hypot pow min max mod fmod copysign logaddexp xlogy beta lbeta; do functions+=" + $f(x, y)"; done
    run -e "z = 0$functions + polygamma(2, x) + clamp(x, y, 2) + (x < y) + (x && y) + (!x)" --wrt x,y --show c --hessian
    compiles "every function, with its second derivatives"

    # the loop of Newton's method: its sixth iterate of sqrt(a) and the derivative 1/(2 sqrt(a))
    run -e 'y = a; for i in range(6) { y = (y + a/y)/2 }' --wrt a --show c
    printf '%s' "$out" >code.c
    cat >main.c <<'END'
#include <stdio.h>
int y_gradient(const double *in, double *out, double *grad);
int main(void) {
    double a = 2, y = 0, d = 0;
    int status = y_gradient(&a, &y, NULL) + y_gradient(&a, &y, &d);
    printf("%d %.12g %.12g\n", status, y, d);
}
END
    "$CC" -O2 -std=c99 code.c main.c -o code -lm && command_run ./code
    gives $'0 1.41421356237 0.353553390593\n' "a loop, and a gradient that nobody wants"

    # runs PROGRAM MAIN EXPECTED NAME [WRT]: the function of PROGRAM, whose derivative in x is wanted, called by MAIN
    runs() {
        run -e "$1" --wrt "${5:-x}" --of f --show c
        printf '%s' "$out" >code.c
        printf '#include <math.h>\n#include <stdio.h>\nint f_gradient(const double *in, double *out, double *grad);\n%s\n' \
            "int main(void) { $2 }" >main.c
        "$CC" -O2 -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror code.c main.c -o code -lm 2>messages &&
            command_run ./code || err=$(cat messages)
        gives "$3"$'\n' "$4"
    }
    call='double in[2] = {0.3, 2}, f, d[2] = {0, 0}; int status = f_gradient(in, &f, d);'
    print='printf("%d %.10g %.10g\n", status, f, d[0]);'
    # the sum of sin(ix) for i < 1000 is sin(500x) sin(499.5x)/sin(x/2)
    run -e 'f = 0; for i in range(1000) { f = f + sin(i*x) }' --wrt x --show c
    like "$out" '*for (int k1 = 0; k1 < 1000; k1++)*for (int k1 = 999; k1 >= 0; k1--)*' "a loop stays a loop, forwards and backwards"
    runs 'f = 0; for i in range(1000) { f = f + sin(i*x) }' "$call"'
        double x = 0.3, a = sin(500*x), b = sin(499.5*x), c = sin(x/2), s = a*b/c;
        double ds = (500*cos(500*x)*b + 499.5*a*cos(499.5*x))/c - s*cos(x/2)/(2*c);
        printf("%d %d %d\n", status, fabs(f - s) < 1e-11, fabs(d[0] - ds) < 1e-9);' '0 1 1' "with the sum of sines"
    # f^2 grows by x in each iteration, so f is sqrt(nx)
    runs 'f = 0; for i in range(100) { f = sqrt(f^2 + x) }' "$call $print" '0 5.477225575 9.128709292' "values of every iteration"
    runs 'f = 0; for i in range(90000) { f = sqrt(f^2 + x) }' "$call $print" '0 164.3167673 273.8612788' "so many that they are allocated"
    like "$(cat code.c)" '*or 1 where memory is exhausted*malloc(180000 *free(trail);*' "and freed"
    # x^70; the tenth Fibonacci number times x
    runs 'f = 1; for i in range(10) { p = 1; for j in range(7) { p = p*x }; f = f*p }' \
        "$call"' printf("%d %d %d\n", status, fabs(f/pow(0.3, 70) - 1) < 1e-13, fabs(d[0]/(70*pow(0.3, 69)) - 1) < 1e-13);' \
        '0 1 1' "a loop in a loop"
    runs 'a = 0; f = x; for i in range(9) { b = a; a = f; f = f + b }' "$call $print" '0 16.5 55' "names that take each other's values"
    runs 'def g(u) { s = 0; for i in range(5) { s = s + u^i }; return s }
f = 0; for k in range(1, 5) { f = f + g(x*k)*k }' "$call"' double s = 0, ds = 0;
        for (int k = 1; k < 5; k++) for (int i = 0; i < 5; i++) s += k*pow(0.3*k, i), ds += i ? i*k*k*pow(0.3*k, i - 1) : 0;
        printf("%d %d %d\n", status, fabs(f/s - 1) < 1e-14, fabs(d[0]/ds - 1) < 1e-14);' '0 1 1' "a loop in a function"
    # what makes iterations differ unrolls them
    runs 'f = 1; for i in range(10) { if i == 3 { f = f + x } else { f = f*x }; if i == 6 { break } }' "$call $print" \
        '0 0.008829 0.12258' "conditions on the number of the iteration"
    unlike "$(cat code.c)" '*for (*' "have no loop"
    # 16x > 3, then the fourth iteration, then 3 + 16x: what returns is no value of the whole loop
    runs 'def g(a) { for i in range(6) { a = a*y; if a > 3 { return a } }; return 0 }; f = g(x)' "$call $print" '0 4.8 16' "a return on a condition"
    runs 'def g(a) { for i in range(6) { if i == 3 { return a*y } }; return 0 }; f = g(x)' "$call $print" '0 0.6 2' "a return of one iteration"
    runs 'def g(a) { for i in range(6) { for k in range(6) { a = a*y; if a > 3 { return a + 3 } } }; return 0 }; f = g(x)' "$call $print" \
        '0 7.8 16' "a return in an inner loop"
    # x^6 + x^4 above; here the derivative that the loop takes is one in its own state
    runs 'f = 1; for i in range(400) { e = (f^2 - x)^2; f := f - 0.05*grad(e, f) }' "$call $print" '0 0.5477225575 0' "descent to a root"
    like "$(cat code.c)" '*for (int k1 = 0; k1 < 400; k1++)*' "is a loop"
    # derivatives that do not need the loop itself, whose own derivatives do: x^6, then 6 x^5, then 1.2^9
    runs 's = y; for i in range(6) { s = s*x }; f = grad(s, y)' "$call $print" '0 0.000729 0.01458' "a derivative of a loop's derivative"
    runs 's = y; for i in range(6) { s = s*x }; f = grad(grad(s, x), y)' "$call $print" '0 0.01458 0.243' "of a second one"
    runs 'def g(a) { for i in range(9) { a = a*.9 + a*x }; return a }; f = g'"'"'(y)' "$call $print" '0 5.159780352 38.69835264' \
        "and of a function with a loop"
    # derivatives in what loops carry, behind them: x^2, then 2a of a = 127x, then the last term, i and a of an inner loop
    runs 'a = y; for i in range(5) { b = a*x; a = b*x^2 }; f = grad(a, b)' "$call $print" '0 0.09 0.6' "in a name that another is made of"
    runs 'a = x; for i in range(6) { a = a*y + x; w = a }; f = grad(w*a, w)' "$call $print" '0 76.2 254' "in another name of one value"
    runs 'def g(u) { a = u; for i in range(6) { a = a*y + u; w = a }; return grad(w*a, w) }; f = g(x)' "$call $print" '0 76.2 254' \
        "in a function"
    runs 'a = x; f = 0; for i in range(5) { a = a*y; f += a^2 }' "$call $print" '0 122.76 19.2' "by --wrt" a
    runs 'f = 0; for i in range(6) { f = i^2*x + 0*y }' "$call $print" '0 7.5 3' "in a loop's variable" i
    runs 'f = 0; for i in range(6) { f += i^2*x + 0*y }; f = f + grad(f, i)' "$call $print" '0 19.5 65' "in one by the program"
    runs 'a = x; for i in range(4) { for k in range(4) { a = a*y }; s = a*x }; f = grad(s*a, a)' "$call"'
        printf("%d %.10g\n", status, f/pow(2, 16)/0.09);' '0 2' "in a name that an inner loop binds"
    # a name that the loop gives the value of another, c = xy, is that one: 3c^2; c once, then 2c
    runs 'c = x*y; a = x; for i in range(5) { a = c }; f = a*c^2' "$call $print" '0 0.216 1.08' "in a name of an expression from outside" a
    runs 'c = x*y; a = 1*c; f = 0; for i in range(5) { f += grad(a*c, a); a = c }' "$call $print" '0 5.4 18' "within the loop"
    # a loop over which the derivative does not go twice stays one
    runs 'a = x; s = 0; for i in range(5) { s += x*i; a = a*y }; f = s*a' "$call $print" '0 28.8 3' "where the others are not made of it" a
    like "$(cat code.c)" '*for (int k1 = 0; k1 < 5; k1++)*' "there the loop stays"
    # f = sqrt(100 x): its second derivative is -10/4 x^(-3/2)
    run -e 'f = 0; g = y; for i in range(100) { f = sqrt(f^2 + x); g = g + y }; f = f + 0*g' --wrt x,y --show c --hessian
    compiles "a hessian of a loop"
    like "$out" '*for (int k1 = 0;*for (int k1 = 99;*for (int k1 = 0;*for (int k1 = 99;*' "sweeps over the sweep"
    cat >main.c <<'END'
#include <stdio.h>
int f_hessian(const double *in, double *out, double *grad, double *hess);
int main(void) {
    double in[2] = {0.3, 1}, out, grad[2], hess[4];
    f_hessian(in, &out, grad, hess);
    printf("%.8g %.8g %.8g\n", out, grad[0], hess[0]);
}
END
    "$CC" -O2 -std=c99 code.c main.c -o code -lm && command_run ./code
    gives $'5.4772256 9.1287093 -15.214515\n' "with the second derivative"
    run -e 'f = x; for i in range(5) { for j in range(4) { f = sin(f) } }' --wrt x --show c --hessian
    compiles "of loops in loops, unrolled"

    # hessian PROGRAM IN EXPECTED NAME: value, gradient and second derivatives in x and y at IN
    hessian() {
        run -e "$1" --wrt x,y --show c --hessian
        printf '%s' "$out" >code.c
        cat >main.c <<END
#include <stdio.h>
int z_hessian(const double *in, double *out, double *grad, double *hess);
int main(void) {
    double in[2] = {$2}, z[7];
    z_hessian(in, z, z + 1, z + 3);
    for (int i = 0; i < 7; i++) printf(i < 6 ? "%.14g " : "%.14g\\n", z[i]);
}
END
        "$CC" -O2 -std=c99 -ffp-contract=off -Wall -Wextra -Wconversion -pedantic -Werror code.c main.c -o code -lm 2>messages &&
            command_run ./code || err=$(cat messages)
        gives "$3"$'\n' "$4"
    }
    hessian 'z = max([x, y, x])' '2, 2' '2 0.66666666666667 0.33333333333333 0 0 0 0' "three entries share the derivative"
    hessian 'z = min([y, 5, x, y])' '2, 2' '2 0.33333333333333 0.66666666666667 0 0 0 0' "of the smallest too"
    # sqrt(x^2 + y^2): second derivatives y^2/z^3, -xy/z^3; 0 at the origin, as the manual says of the first
    hessian 'z = norm([x, y])' '3, 4' '5 0.6 0.8 0.128 -0.096 -0.096 0.072' "a norm"
    hessian 'z = norm([x, y])' '0, 0' '0 0 0 0 0 0 0' "at the origin"
    hessian 'z = norm([x, y])' '1e200, 1e200' '1.4142135623731e+200 0.70710678118655 0.70710678118655 3.5355339059327e-201 -3.5355339059327e-201 -3.5355339059327e-201 3.5355339059327e-201' "of numbers whose squares are too large"
    # of equal entries the derivative is 0, as the manual says
    hessian 'z = std([x, y])' '7, 7' '0 0 0 0 0 0 0' "of equal entries"
    # |x| sqrt(3): the three entries share what comes from the norm, and their sum has no second derivative
    hessian 'z = norm([y, y, y]) + 0*x' '1, -1' '1.7320508075689 0 -1.7320508075689 0 0 0 0' "a norm of one number three times"
    # x^(y - 1) (1 + y log(x)) falls without end towards x = 0
    hessian 'z = x^y' '0, 0.5' '0 inf 0 -inf -inf -inf 0' "a power at the end of its domain"
    # IEEE 754: -0 + 0 is 0, -0 + -0 is -0
    hessian 'z = atan2(x + 0, -1) + 0*y' '-0.0, 1' '3.1415926535898 -1 0 0 0 0 0' "the sum of zeros of both signs"
    hessian 'z = copysign(3, x + -0.0) + 0*y' '-0.0, 1' '-3 0 0 0 0 0 0' "and of one"
    hessian 'z = copysign(3, sum([x, x])) + copysign(4, max([x, y]))' '-0.0, 0' '-1 0 0 0 0 0 0' "a sum begins with 0, and the first of equal entries is the greatest"

    # x^2 y + sin(x): [[2y - sin x, 2x], [2x, 0]]
    run -e 'z = x^2*y + sin(x)' --wrt x,y --show c --hessian
    printf '%s' "$out" >code.c
    cat >main.c <<'END'
#include <stdio.h>
int z_hessian(const double *in, double *out, double *grad, double *hess);
int main(void) {
    double in[2] = {0, 3}, out, grad[2], hess[4];
    z_hessian(in, &out, grad, hess);
    printf("%g %g %g %g\n", hess[0], hess[1], hess[2], hess[3]);
}
END
    "$CC" -O2 -std=c99 code.c main.c -o code -lm && command_run ./code
    gives $'6 0 0 0\n' "a hessian"
else
    skip "emitted C" "no C compiler"
fi

done_testing
