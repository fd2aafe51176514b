#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# --check: derivatives against differences of the program.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

run -e 'z = x^2*y' --wrt x,y --at x=3,y=2 --check
like "$out" 'target *variable *index *gradient *difference *error *estimate*z *y *9 *9 *e-*z *x *12 *12 *' "a table"
is "$status$err" 0 "that agrees"

wrong='f(x) = x^2
derivative f(x) wrt x = 3
g(x) = x^3
y = f(a) + g(a)'
run -e "$wrong" --wrt a --at a=2 --check
is "$status" 1 "a wrong derivative by hand"
like "$out" '*y *a *15 *16 *1 *' "is shown next to the right one"
like "$err" '*1 of 1 derivatives parts from differences by more than 1e-06*' "and told"
run -e "$wrong" --wrt a --at a=2 --check=0.1
is "$status" 0 "a tolerance that lets it pass"
run -e "${wrong/= 3/= 2*x + 1e-9}" --wrt a --at a=2 --check
is "$status" 0 "an error below the tolerance"
run -e "${wrong/= 3/= 2*x + 1e-9}" --wrt a --at a=2 --check=1e-11
is "$status" 1 "and above a smaller one"

run -e 'z = sum(A @ b) + w; u = sin(b[0])*b' --wrt A,b,w --of z,u --at 'A=[[1,2],[3,4]],b=[0.5,-2],w=1e-9' --check
is "$status" 0 "tensors"
is "$(wc -l <<<"$out")" 23 "with a row for each pair of entries" # 3*(4 + 2 + 1) and a heading
like "$out" '*u\[1\] *A *\[1,0\] *0 *' "named by their indices"

run -e 'x = 2; y = x*x; z = y*y' --wrt y --of z --check
like "$out" '*z *y *8 *8 *' "a name in the middle"
run -e 's = 1; s = s*x; s = s*x; z = s^2' --wrt s,x --of z --at x=2 --check
like "$out" '*z *x *32 *32 *' "a name that was bound more than once"
like "$out" '*z *s *8 *8 *' "counts from its last binding"
run -e 'z = log(x)' --wrt x --at x=1e-8 --check
is "$status" 0 "the step stays in the domain"
run -e 'z = sin(1e4*x)' --wrt x --at x=1 --check
is "$status" 0 "a function that turns fast"
# differences of many periods, over jumps and over a pole agree with each other on something else
for far in 'sin(x)/1000' 'exp(-x/1000)*sin(2*pi*440*x)/3000' '(x + 0.5) % 1' 'floor(x - 0.5) + x^2'; do
    run -e "z = $far" --wrt x --at x=1000 --check
    is "$status" 0 "first steps that are too long: $far" || note "$out"
done
run -e 'z = 1/x' --wrt x --at x=1e-12 --check
is "$status" 0 "next to a pole"
run -e 'z = tanh(x/1e-6)' --wrt x --at x=5e-4 --check
is "$status" 0 "a step far beyond a jump"
run -e 'z = 1; for i in range(1, 50) { z = z*x + 1/i^2*(i > 3 ? 1 : 0) }' --wrt x --at x=0.5 --check
is "$status" 0 "a loop" || note "$err $out"
run -e 'z = if_(x); if_(v) = v > 0 ? sqrt(v) : -v' --wrt x --at x=2 --check
is "$status" 0 "a branch"

run -e 'z = x^1.5 + y^2' --wrt x,y --at x=0,y=1 --check
is "$status" 1 "an edge of the domain has no difference"
like "$out" '*z *y *2 *2 *z *x *0 *nan *nan *nan*' "which the table says, last"
like "$err" '*1 of 2 derivatives was not checked*hint: check inside the domain*' "and the message"
run -e 'z = log(x)' --wrt x --at x=-1 --check
is "$status" 1 "so has what is outside"

run -e 'y = abs(x)
z = relu(x) + max(x, 2*x) + norm([x, x])' --of z,y --wrt x --at x=0 --check
like "$out" '*at a kink:*-e:1:5  abs at 0*-e:2:5  relu at 0*-e:2:15  max at a tie*' "operations at a kink"
is "$status" 1 "where derivative and difference part"
like "$err" '*hint:*convention*' "which is no fault"

# y and x are one node, so both derivatives of x^3 y are 4 x^3
run -e 'y = x; z = x^3*y' --wrt x,y --of z --at x=2 --check
like "$status $out" '0 *z *x *32 *32 *z *y *32 *32 *' "copies of a name move together"
run -e 'y = x^2; w = y; z = y^3*w' --wrt w --of z --at x=2 --check
like "$status $out" '0 *z *w *256 *256 *' "also where only the copy is asked for"

run -e 'z = x' --at x=1 --check
fails 2 '*no derivatives to check*' "no variables"
run -e 'minimize (x - 2)^2 over x; z = x^2' --wrt x --at x=0 --of z --check
fails 2 "*'x' is bound by a loop or a solver*" "a variable that a solver moved"
run -e 'z = x; print z' --wrt x --at x=1 --check
is "$(grep -c '^1$' <<<"$out")" 1 "print speaks once"
for bad in 0 -1 x 1 ''; do
    run -e 'z = x' --at x=1 --wrt x --check="$bad"
    fails 2 '*takes a tolerance between 0 and 1*' "--check=$bad"
done
run -e 'z = x' --at x=1 --wrt x --check --format json
fails 2 '*table of text*' "with a format"

done_testing
