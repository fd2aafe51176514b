#!/usr/bin/env bash
# --show: second derivatives, the tape as a table and as a graph.
# SPDX-License-Identifier: GPL-3.0-or-later
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# d2/dx2 x^2 y = 2y, d2/dxdy = 2x
run -e 'z = x^2*y' --at x=2,y=3 --wrt x,y --show hessian
gives $'z = 12\ndz/dx = 12\ndz/dy = 4\nd2z/dx2 = 6\nd2z/dx dy = 4\nd2z/dy2 = 0\n' "second derivatives"
run -e 'z = x^2*y' --at x=2,y=3 --wrt x,y --show hessian --format json
gives '{"values": {"z": 12}, "gradients": {"z": {"x": 12, "y": 4}}, "hessians": {"z": {"x": {"x": 6, "y": 4}, "y": {"x": 4, "y": 0}}}}'$'\n' "in JSON"
run -e 'z = x^2*y[0]' --at 'x=2,y=[3,1]' --wrt x,y --show hessian --format csv
gives $'z,dz_dx,dz_dy[0],dz_dy[1],d2z_dx_dx,d2z_dx_dy[0],d2z_dx_dy[1],d2z_dy[0]_dx,d2z_dy[1]_dx,d2z_dy[0]_dy[0],d2z_dy[0]_dy[1],d2z_dy[1]_dy[0],d2z_dy[1]_dy[1]\n12,12,4,0,6,4,0,4,0,0,0,0,0\n' "in CSV, entries of tensors too"
run -e 'z = sum(x^3)' --at 'x=[1,2]' --wrt x --show hessian
gives $'z = 9\ndz/dx = [3, 12]\nd2z/dx2 = [[6,  0],\n           [0, 12]]\n' "of a vector"
run -e 'z = x^2' --at 'x=[1,2]' --wrt x --show hessian
fails 1 "gtape: 'z' is a tensor*sum(z)*" "a hessian of a tensor"
run -e 'x = 3; 2' --show hessian
gives $'2\n' "no variables, no second derivatives"
run -e 'x*x' --at x=3 --wrt x --show gradients
gives $'9\nd/dx = 6\n' "the default by name"
run -e 'x*[1,2]' --at x=3 --wrt x --show jacobian
gives $'[3, 6]\nd/dx = [1, 2]\n' "and its other name"
run -e 'z = 1' --show trace
fails 2 "*'--show' takes gradients|*not 'trace'*" "an unknown form"
run -e 'z = 1' --show tape --format json
fails 2 '*--show tape writes text*' "a form has no format"

table='#  place    name  operation  arguments  value  adjoint of z
1  -e:1:1   x     variable                  5           500
2  -e:1:12  y     *          #1, #1        25            50
3  -e:1:21  z     *          #2, #2       625             1
'
run -e 'x = 5; y = x*x; z = y*y' --show tape
gives "$table" "the tape without --wrt"
run -e 'x = 5; y = x*x; z = y*y' --show tape --wrt x
gives "$table" "and with it"
run -e 'x = 5; y = x*x; z = y*y; print z' --show tape
gives "625
$table" "behind what the program prints"
run -e 'f(a) = sin(a); x = 0; z = f(2*x) - 3' --show tape
gives '#  place    name  operation  arguments  value  adjoint of z
1  -e:1:16  x     variable                  0             2
2  -e:1:29        *          2, #1          0             1
3  -e:1:8         sin        #2             0             1
4  -e:1:27  z     -          #3, 3         -3             1
' "constants and a function"
run -e 'x = [1,2,3,4,5,6]; z = sum(x)' --show tape
like "$out" '*variable *6 tensor *6 tensor*' "tensors by their shape"
run -e '2+3' --show tape
like "$out" '#  place * adjoint of ans*1  -e:1:1  ans   variable *5 *1*' "a bare value"
[ "$status" = 0 ]; report $? "is no error"
run -e '' --show graph
like "$out" 'digraph gtape {*}*' "a graph of nothing"
run -e 'x = 1; z = x/0' --show tape --strict
[ "$status" = 1 ]; report $? "errors of the run stay errors"
run -e '${a"\b} = 5; z = ${a"\b}*${a"\b}' --show graph
like "$out" '*label="a\\"\\\\b\\n5*' "quotes and backslashes in names"
run -e '${evil\l} = 5; ${]} = ${evil\l}*2' --show tape
[ "$status" = 0 ]; report $? "odd names in the table"
run -e '${&amp;} = 5; z = ${&amp;}*2' --show graph
like "$out" '*label="&amp;amp;\\n5*label="z: ${&amp;amp;}\*2*' "an ampersand begins no entity of HTML"
if command -v dot >/dev/null; then
    # SVG has &amp;amp; for the text &amp;
    like "$(dot -Tsvg <<<"$out")" '*>&amp;amp;</text>*' "and is drawn as it is called"
else
    skip "an ampersand is drawn as it is called" "no dot"
fi
"$GTAPE" -e 'x=1; z=x*x' --show graph >/dev/full 2>/dev/null
[ $? = 3 ]; report $? "a full disk"

# Random programs: a chain of operations on what came before, some in functions, some on tensors.
random_program() {
    awk -v seed="$1" 'BEGIN {
        srand(seed)
        split("sin cos exp tanh sigmoid sqrt abs log1p", f, " "); split("+ - * / ^", o, " ")
        print "f(a, b) = " f[1 + int(8 * rand())] "(a)" o[1 + int(4 * rand())] "(b*b + 2)"
        print "v0 = " 1 + rand(); print "${odd \"" seed "\\name} = [1, 2, " rand() "]"
        n = 2 + int(12 * rand())
        for (i = 1; i < n; i++) {
            a = "v" int(i * rand()); b = "v" int(i * rand())
            if (rand() < 0.3) print "v" i " = f(" a ", " b ")*0.1"
            else if (rand() < 0.2) print "v" i " = sum(${odd \"" seed "\\name}*" a ")"
            else print "v" i " = " f[1 + int(8 * rand())] "(abs(" a ")*0.5) " o[1 + int(5 * rand())] " (abs(" b ") + 1)"
        }
        print "for k in range(3) { v0 = v0*0.5 + v" n - 1 " }"
        print "z = v0 + v" n - 1
    }'
}
if command -v dot >/dev/null 2>&1; then
    good=0 graphs=60
    for seed in $(seq $graphs); do
        random_program "$seed" >"p$seed.gt"
        "$GTAPE" "p$seed.gt" --show graph >"g$seed.dot" 2>/dev/null && good=$((good + 1))
    done
    is "$good" $graphs "random programs have graphs"
    cat g*.dot | dot -Tsvg >all.svg 2>dot.err
    is "$? $(cat dot.err)" "0 " "dot takes them without a word"
    is "$(grep -c '</svg>' all.svg)" $graphs "and draws them all"
else
    skip "random programs" "dot is not installed"
fi
done_testing
