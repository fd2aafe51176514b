#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# --show symbolic: formulas as textbooks print them, which read back and give the same numbers.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# derivative PROGRAM EXPECTED: of the last value in x
derivative() {
    run -e "$1" --wrt x --show symbolic
    out=${out##*_dx = }
    gives "$2"$'\n' "$1"
}

# ---- textbook ----
derivative 'x^4' '4*x^3'
derivative 'sin(x)*exp(x)' 'exp(x)*(sin(x) + cos(x))'
derivative 'log(x)/x' '(1 - log(x))/x^2'
derivative 'tanh(x)' '1/cosh(x)^2'
derivative 'x^x' 'x^x*(log(x) + 1)'
derivative 'sqrt(1 + x^2)' 'x/sqrt(x^2 + 1)'
derivative 'x - -3' 1
derivative '2.5*x^2/3' '5*x/3'
derivative '0^x' 0
derivative 'stop_gradient(x)*x' x
derivative "f(x) = log(1 + x); f'''''(x)" '-120/(x + 1)^6'
derivative 'f(x) = x*exp(x); deriv(f, x, 50)' 'exp(x)*(x + 51)'
run -e 'z = a*exp(-b*t)' --wrt a,b,t --show symbolic
gives $'z = a*exp(-b*t)\ndz_da = exp(-b*t)\ndz_db = -a*t*exp(-b*t)\ndz_dt = -a*b*exp(-b*t)\n' "a product in three variables"

# ---- piecewise ----
derivative 'where(x > 0, sqrt(x), 0)' 'where(x > 0, 1/(2*sqrt(x)), 0)'
derivative 'x > 0 ? x^2 : -x' 'where(x > 0, 2*x, -1)'
derivative 'abs(x)' 'sign(x)'

# ---- programs ----
derivative 'f(n) = n <= 0 ? 1 : x*f(n - 1); f(5)' '5*x^4'
derivative 's = 0; for i in range(4) { s += x^i }; s' '2*x + 3*x^2 + 1'
derivative 'z = x^2*y; g = grad(z, x); g*y' '2*y^2'
run -e 'input n = 3; y = x^n' --wrt x --at n=4 --show symbolic
gives $'y = x^4\ndy_dx = 4*x^3\n' "a value of --at enters as a number"
run -e 'z = ${a b}^2' --wrt '${a b}' --show symbolic
gives $'z = ${a b}^2\n${dz_da b} = 2*${a b}\n' "names that need quotes"

# ---- what has no formula ----
run -e 'if x > 0 { y = x }' --wrt x --show symbolic
fails 1 '*-e:1:4:*condition*' "a condition on an input"
run -e 'y = sum([x, x])' --wrt x --show symbolic
fails 1 '*-e:1:9:*scalars*' "a tensor"
run -e 'f(n) = n <= 0 ? 1 : n*f(n - 1); f(x)' --wrt x --show symbolic
fails 1 '*nested too deeply*' "recursion without an end"
run -e 'y = x; for i in range(1000000) { y = sin(y) + x*y }' --wrt x --show symbolic
fails 1 '*too large*' "a formula without an end"
run -e 'x = -1.2; y = 1; for i in range(30000) { z = (1 - x)^2 + 100*(y - x^2)^2; g = grad(z, x); h = grad(z, y)
x := x - 0.0015*g; y := y - 0.0015*h }' --show symbolic
fails 1 '*too large*' "gradients of a formula that grows are not looked for on and on"
run -e 'x^2' --wrt x --show symbolic --format json
fails 2 '*no --format*' "with a format"

# ---- shared, never exponential ----
run -e 'y = x; for i in range(40) { y = (y + 1)^2 }; y' --wrt x --show symbolic
report $((status != 0 || ${#out} > 4000)) "forty squares are short"

# ---- round trip: values, and the derivatives as formulas and by a sweep of the formula ----
programs=${PROGRAMS:-40}
awk -v n="$programs" '
    function pick(list,   a, k) { k = split(list, a, " "); return a[1 + int(rand()*k)] }
    function make(d,   k, f) {
        if (d <= 0 || rand() < 0.1) return pick("x y z x y 2 3 0.5 -1 0.25")
        k = rand()
        if (k < 0.45) return "(" make(d - 1) " " pick("+ - *") " " make(d - 1) ")"
        if (k < 0.55) return "(" make(d - 1) "/(1.5 + " make(d - 2) "^2))"
        if (k < 0.62) return "(" make(d - 1) ")^" pick("2 3")
        if (k < 0.67) return "where(" make(d - 2) " > " make(d - 2) ", " make(d - 1) ", " make(d - 2) ")"
        if (k < 0.71) return pick("max min logaddexp") "(" make(d - 1) ", " make(d - 1) ")"
        f = pick("sin cos tanh atan asinh erf sigmoid softplus abs gelu silu sinc relu exp sqrt log")
        if (f == "exp") return "exp(sin(" make(d - 1) "))"
        if (f == "sqrt") return "sqrt(1 + (" make(d - 1) ")^2)"
        if (f == "log") return "log(2 + (" make(d - 1) ")^2)"
        return f "(" make(d - 1) ")"
    }
    BEGIN { srand(7); for (i = 0; i < n; i++) print make(2 + i % 3) " + x*y + y*z" }' >programs
wrong=0
while IFS= read -r program; do
    at=(--at 'x=0.7,y=-0.4,z=1.3')
    "$GTAPE" -e "w = $program" --wrt x,y,z "${at[@]}" >want 2>&1
    "$GTAPE" -e "w = $program" --wrt x,y,z --show symbolic >formula.gt 2>>want
    "$GTAPE" formula.gt --of w,dw_dx,dw_dy,dw_dz "${at[@]}" >got 2>&1
    "$GTAPE" formula.gt --of w --wrt x,y,z "${at[@]}" >again 2>&1
    paste -d '\n' want got again | awk '
        { sub(/.* = /, ""); v[NR % 3] = $0; if ($0 !~ /^-?[0-9.e+-]+$/) bad = 1 }
        NR % 3 == 0 { for (i = 1; i < 3; i++) { e = v[i] - v[0]; s = v[0] < 0 ? -v[0] : v[0]
                      if ((e < 0 ? -e : e) > 1e-12*(s > 1 ? s : 1)) bad = 1 } }
        END { exit bad || NR != 12 }' || { wrong=$((wrong + 1)); echo "# $program"; }
done <programs
report $((wrong != 0)) "$programs programs give the same numbers as their formulas"

done_testing
