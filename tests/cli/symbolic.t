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

derivative 'erf(x)' '2*exp(-x^2)/sqrt(pi)'
derivative 'log10(x)' '1/(x*log(10))'
derivative '2^x' '2^x*log(2)'
derivative 'pi*x^2' '2*pi*x'
derivative 'e^x' 'e^x'
derivative 'x^(1/3)' '1/(3*x^(2/3))'
derivative 'log(a*x + b)' 'a/(b + a*x)'
derivative 'exp(-x^2/2)/sqrt(2*pi)' '-x*exp(-x^2/2)/sqrt(2*pi)'
run -e 'pi = 3*x; z = pi*sinpi(x)' --wrt x --of pi,z --show symbolic
like "$out" '*z = 3\*x\*sinpi(x)*dz_dx = 3\*sinpi(x) + 9.42477796076938\*x\*cospi(x)*' "a name that hides a constant"

# ---- piecewise ----
derivative 'where(x > 0, sqrt(x), 0)' 'where(x > 0, 1/(2*sqrt(x)), 0)'
derivative 'x > 0 ? x^2 : -x' 'where(x > 0, 2*x, -1)'
derivative 'abs(x)' 'sign(x)'
derivative 'if x > 1 { y = sin(x) } else if x > 0 { t = 2*x; y = cos(t) } else { y = x }' \
    'where(x > 1, cos(x), where(x > 0, -2*sin(2*x), 1))'
derivative 'y = x; if x < 0 { y = -y }; y' 'where(x < 0, -1, 1)'
derivative 'def f(u) { if u > 1 { return u^2 }; if u > 0 { v = 3*u; return v }; return -u }; f(x)' 'where(x > 1, 2*x, where(x > 0, 3, -1))'
derivative 'def f(u) { if u > 0 { a = 2 } else { return 5*u }; return a*u^2 }; f(x)' 'where(x > 0, 4*x, 5)'
derivative 'def f(u) { if u > 0 { if u > 1 { return u^2 } } else { return -u }; return u }; f(x)' 'where((x > 0) && (x > 1), 2*x, where(x > 0, 1, -1))'

# ---- programs ----
derivative 'f(n) = n <= 0 ? 1 : x*f(n - 1); f(5)' '5*x^4'
derivative 's = 0; for i in range(4) { s += x^i }; s' '2*x + 3*x^2 + 1'
derivative 'z = x^2*y; g = grad(z, x); g*y' '2*y^2'
run -e 'input n = 3; y = x^n' --wrt x --at n=4 --show symbolic
gives $'y = x^4\ndy_dx = 4*x^3\n' "a value of --at enters as a number"
run -e 'z = ${a b}^2' --wrt '${a b}' --show symbolic
gives $'z = ${a b}^2\n${dz_da b} = 2*${a b}\n' "names that need quotes"

run -e 'z = x*w' --wrt x --at w=-inf,x=1 --show symbolic
gives $'z = -inf*x\ndz_dx = -inf\n' "a constant in --at"
run -e 'z = e^2; e = 3; y = z*e' --show symbolic
gives $'y = 22.16716829679195\n' "a constant until its name is bound"
run -e 'z = x*e^2' --wrt e --show symbolic
gives $'z = x*e^2\ndz_de = 2*e*x\n' "a derivative in a constant"
run -e 'z = x^2; watch x, x; report z, z' --show symbolic
gives $'z = x^2\ndz_dx = 2*x\n' "names that stand twice, in statements"

# ---- what has no formula ----
run -e 'if x > 0 { y = x }' --wrt x --show symbolic
fails 1 "*'y' has no value*" "a name that only one branch has"
hand='f(x) = x^2; derivative f(x) wrt x = 7; '
for form in symbolic latex c; do
    run -e "$hand y = f(x)" --wrt x --show $form
    fails 1 "*-e:1:45:*a derivative given by hand has no formula here*" "a derivative by hand, as $form"
done
run -e "$hand y = f'(x)" --show symbolic
fails 1 "*-e:1:45:*a derivative given by hand has no formula here*" "one that the program takes"
run -e "$hand y = f(x)" --show symbolic
gives $'y = x^2\n' "the value has a formula"
run -e "$hand f(x) = x^3; y = f(x)" --wrt x --show symbolic
gives $'y = x^3\ndy_dx = 3*x^2\n' "and a function that is defined again its derivative"
run -e 'y = expm([[x, x], [x, x]])' --wrt x --show symbolic
fails 1 "*-e:1:5:*'expm' has no formula here*" "a function of matrices"
run -e 'f(n) = n <= 0 ? 1 : n*f(n - 1); f(x)' --wrt x --show symbolic
fails 1 '*nested too deeply*' "recursion without an end"
run -e 'y = x; for i in range(1000000) { y = sin(y) + x*y }' --wrt x --show symbolic
fails 1 '*too large*' "a formula without an end"
run -e 'x = -1.2; y = 1; for i in range(30000) { z = (1 - x)^2 + 100*(y - x^2)^2; g = grad(z, x); h = grad(z, y)
x := x - 0.0015*g; y := y - 0.0015*h }' --show symbolic
fails 1 '*too large*' "gradients of a formula that grows are not looked for on and on"
run -e 'z = x*w + 1/0' --wrt w --at x=2 --show symbolic
gives $'z = 2*w + inf\ndz_dw = 2\n' "an infinity"
run -e 'z = x - inf + 1/0' --wrt inf --show symbolic
gives $'z = x - inf + (1/0)\ndz_dinf = -1\n' "and a variable of its name"
run -e "f(a) = a^3; z = f'([x, 2*x])" --wrt x --show symbolic
gives $'z = [3*x^2, 12*x^2]\ndz_dx = [6*x, 24*x]\n' "f'(x) of a tensor"
run -e "z = sin''([[x, 0]])" --wrt x --show symbolic
gives $'z = [[-sin(x), 0]]\ndz_dx = [[-cos(x), 0]]\n' "and of a built-in function"
run -e "def f(a) { if a > 1 { return a^3 }; return a^2 }; z = f'([x, 2])" --wrt x --show symbolic
gives $'z = [where(x > 1, 3*x^2, 2*x), 12]\ndz_dx = [where(x > 1, 6*x, 2), 0]\n' "with a condition for each entry"
run -e "f(a) = [a, a]; z = f'(x)" --wrt x --show symbolic
fails 1 "*-e:1:20: error: f'(x) needs a scalar result of f for a scalar x*" "f'(x) of a function that gives a tensor"
# a copy is the same node: y = x^2 and w = y in y^3 w are x^8 = y^4
run -e 'y = x^2; w = y; z = y^3*w' --wrt w,y --of z --show symbolic
gives $'z = x^8\ndz_dw = 4*x^6\ndz_dy = 4*x^6\n' "copies of a name are that name"
run -e 'y = x^2; w = y; z = y^3*w' --wrt w --of z --show symbolic
gives $'z = x^8\ndz_dw = 4*x^6\n' "also where only the copy is asked for"
run -e 'x = 2; y = x; z = x^3*y' --wrt y --of z --show symbolic
gives $'z = x^4\ndz_dy = 4*x^3\n' "and where it is a number"
run -e 'f(a) = a; y = x^2; w = f(y); z = y^3*w' --wrt w,y --of z --show symbolic
gives $'z = x^8\ndz_dw = 4*x^6\ndz_dy = 4*x^6\n' "and by a function"
run -e 'y = x*1; z = x^3*y' --wrt y --of z --show symbolic
gives $'z = x^4\ndz_dy = x^3\n' "a result is one of its own"
run -e 'z = f(x); f(a) = a^2; f(a) = a^3; w = f(x)' --wrt x --of z,w --show symbolic
gives $'z = x^2\ndz_dx = 2*x\nw = x^3\ndw_dx = 3*x^2\n' "a function used before its definition"
run -e 'for i in [1, 2, 3] { z = i^2*x }' --wrt i --show symbolic
gives $'z = 9*x\ndz_di = 6*x\n' "the variable of a loop, as it is behind it"
run -e 's = 0; for i in range(4) { a = i; s += a*x }' --wrt a --of s --show symbolic
gives $'s = 6*x\nds_da = x\n' "a name that a loop binds to numbers"
run -e 'x^2' --wrt x --show symbolic --format json
fails 2 '*no --format*' "with a format"

# ---- shared, never exponential ----
run -e 'y = x; for i in range(40) { y = (y + 1)^2 }; y' --wrt x --show symbolic
report $((status != 0 || ${#out} > 4000)) "forty squares are short"

run -e 'z = max([x, y, x])' --wrt x,y --show symbolic
gives 's1 = x == max(x, max(y, x))
s2 = y == max(x, max(y, x))
z = max(x, max(y, x))
dz_dx = 2*s1/(2*s1 + s2)
dz_dy = s2/(2*s1 + s2)
' "equal entries share the derivative"

# read_back PROGRAM X EXPECTED: the value of its formula at X
read_back() {
    run -e "$1" --show symbolic
    printf '%s' "$out" >formula.gt
    run formula.gt --at "x=$2" --of y --format csv --digits 6
    is "$(tail -n 1 <<<"${out%$'\n'}")" "$3" "$1 at $2"
}
read_back 'y = x*1e308*10' 1e-300 1000000000
read_back 'y = x/1e-200/1e-200' 1e-300 1e+100
read_back 'y = 1e-200*x*1e-200*1e300' 1e+200 1e+100
read_back 'y = x*1e-160*1e-160' 1e+300 1e-20
read_back 'y = x/1e-310' 1e-300 10000000000
read_back 'y = x/1.7e308' 1.7e308 1
read_back 'y = (1e200*x)^2' 1e-200 1
read_back 'y = 1e308*x + 1e308*x' 0.5 1e+308
read_back 'y = 1e200*(x/1e308)' 1e+200 1e+92
read_back 'y = (x/1e308)^2*10' 1e+200 1e-215
read_back 'y = x - 1e200*(1 + 1e200*x)' 1e-200 -2e+200
read_back 'y = x + 1e308 + 1e308' -1e308 1e+308
read_back 'y = (1e200*x)*(x*1e200)' 1e-150 1e+100

# ---- derivatives that the program takes ----
# given PROGRAM EXPECTED: the last formula, which is the number that a run gives
given() {
    run -e "$1" --show symbolic "${@:3}"
    is "$(tail -n 1 <<<"${out%$'\n'}")" "$2" "$1"
}
given 'x = 3; z = grad(x^2, x)' 'z = 6'
given 'x = [1, 2, 3]; z = vjp(x*2, x, [1, 1, 1])' 'z = [2, 2, 2]'
given 'input x = 3; z = grad(x^2, x)' 'z = 6'
given 'z = grad(x^2, x)' 'z = 6' --at x=3
given '3; z = grad(ans^2, ans)' 'z = 6'
given 'z = grad(pi^2, pi)' 'z = 6.283185307179586'
given 'z = 0; for i in range(1, 4) { z = z + grad(i^2, i) }' 'z = 12'
given 'x = 2; y = x*1; k = y*x; z = grad(k, y)' 'z = 2'
given 'x = 2; old = x; y = x^3; x = 7; z = grad(y*x, old) + grad(y*x, x)' 'z = 92'
given 'q = a + b; r = q; z = grad(-1*q, r)' 'z = -1'
given 'f(u) = g(u, -1*u); g(v, w) = grad(v*w, v); q = a + b; z = f(q)' 'z = -a - b'
given 'y = logsumexp([1000, 1000])' 'y = 1000.6931471805599'
given 'x = [1000, 1000]; y = logsumexp(x); z = grad(y, x)[0]; y = y' 'y = log(2*exp(1000))'
for program in 'z = vjp(2*x, x, [1])' 'z = jvp(2*x, x, ones(3, 1))' 'z = hvp(sum(x^2), x, [1, 2])' \
    'z = hvp(x^2, x, x)' 'z = hessian(x^2, x)' 'z = grad(x^2, x)'; do
    run -e "x = [1, 2, 3]; $program"
    said=$err
    run -e "x = [1, 2, 3]; $program" --show symbolic
    is "$status$err" "1$said" "what a run says: $program"
done

# ---- names that give each other one value, on a small stack ----
{
    echo 'x0 = 2'
    seq 0 20000 | awk '{ print "x" $1 + 1 " = x" $1 }'
    echo 'z = x20001*x0'
} >copies.gt
out=$(ulimit -s 256; "$GTAPE" copies.gt --wrt x20001 --of z --show symbolic | tail -n 1)
is "$out" 'dz_dx20001 = 2*x0' "a chain of 20,000 names"

# ---- branches of different shapes ----
run -e 'if x > 1 { y = [x] } else { y = [x, x] }' --show symbolic
fails 1 '-e:1:4: error: which shape this has depends on a condition on an input*' "a target of two shapes"
run -e 'if x > 1 { y = x } else { y = [x, x] }; z = 2*y' --show symbolic
fails 1 '-e:1:47: error: which shape*' "a name of two shapes, where it is used"
run -e 'y = x > 1 ? [x] : [x, x]' --show symbolic
fails 1 '-e:1:1: error: which shape*' "a choice of two shapes"
run -e 'def f(u) { if u > 1 { return u }; return [u, u] }; y = f(x)' --show symbolic
fails 1 '-e:1:35: error: which shape*' "a function of two shapes"
run -e 'if x > 1 { t = [x] } else { t = [x, x] }; t = [x, 1]; y = where(x > 2, [1, 2], t[0])' --show symbolic
gives $'y = [where(x > 2, 1, x), where(x > 2, 2, x)]\n' "which nobody uses"

# ---- a variable that is an input first, and a number then ----
for program in 'y = x^2; x = 7; z = y*x' 'y = x^2; if y > 3 { x = 7 }; z = y*x' 'input x = 2; y = x; x = 7; z = y*x'; do
    run -e "$program" --wrt x --of z --show symbolic
    fails 1 "*error: 'x' has a value before it is bound to numbers; an input would have a formula*" "$program"
done
run -e 'input x = 2; z = x^2' --wrt x --show symbolic
gives $'z = x^2\ndz_dx = 2*x\n' "the value of an input is no other"

done_testing
