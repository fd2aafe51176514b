#!/usr/bin/env bash
# minimize, maximize and root: solutions, constraints, and honest ends.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# solves NAME PROGRAM EXPECTED: what the program prints, on one line.
solves() {
    run -e "$2"
    gives "$3"$'\n' "$1"
}
# stops PROGRAM REASON NAME: status 1; error and report give the reason.
stops() {
    run -e "$1"
    like "$status $err $out" "1 *error: *not converged: $2*not converged: $2*" "$3"
}

# ---- minima ----
solves "a parabola" 'x = 3; minimize (x - 1)^2 + 2 over x; print x' 1
solves "Rosenbrock's valley" 'x = -1.2; y = 1; minimize 100*(y - x^2)^2 + (1 - x)^2 over x, y; print x, y' '1 1'
solves "as a vector" 'x = [-1.2, 1]; minimize 100*(x[1] - x[0]^2)^2 + (1 - x[0])^2 over x; print x' '[1, 1]'
solves "maximize" 'x = 1; maximize 3 - (x - 2)^2 over x; print x' 2
solves "200 variables" 'w = zeros(200); minimize sum((w - range(200))^2) over w; print max(abs(w - range(200))) < 1e-9' 1
solves "a function with control flow" 'f(x) = x > 2 ? (x - 3)^2 : 1 + (2 - x)^2; x = 10; minimize f(x) over x; print x' 3
solves "names with a history" 'x = 5; y = x - 2; z = y^2; minimize z over x; printf "%.9g %.9g\n", x, y' '2 3'
solves "which are then bound as before" 'x = 5; y = x - 2; minimize y^2 over x; print y' 3
solves "the variables have no history" 'x = 5; y = 2*x; minimize (x - 1)^2 over x; print grad(x*x, x)' 2
solves "a derivative in the objective" 'f(t) = t^3 - 3*t; x = 2; minimize f'"'"'(x)^2 over x; printf "%.8f\n", x' 1.00000000
# cos(x) + 5 - (x - 1)^2, whose derivative bisection in Python has 0 at 0.68403665667799; 4 x^3 = 3
solves "grad in the objective" 'x = 1; maximize grad(sin(x), x) + 5 - (x - 1)^2 over x; printf "%.9f %.9f\n", x, cos(x) + 5 - (x - 1)^2' '0.684036657 5.675195335'
run -e 'x = 1; maximize grad(sin(x), x) + 5 - (x - 1)^2 over x'
like "$out" $'*\nmaximum 5.675195335, *' "and in its value at the end"
for of in 'grad(z, x)' 'grad(z, b)' 'jacobian(z, x)' 'taylor(z, x, 1)[1]' 'f()' 'grad(checkpoint(g(0)), x)'; do
    run -e "f() = grad(x^4 - 3*x, x); g(k) = x^4 - 3*x + k; x = 1; b = x; z = x^4 - 3*x; root $of over x with bracket=[0, 2]; printf \"%.12f\\n\", x"
    is "$status $out$err" $'0 0.908560296416\n' "$of is a function of the variable in a bracket"
done
solves "grad in one of two equations" 'x = 1; y = 2; root grad(x^4, x) - 3, x^2 - y over x, y; printf "%.12f %.12f\n", x, y' '0.908560296416 0.825481812224'
solves "random numbers stay" 'x = 1; d = 0; minimize (x - sum(random(3)))^2 over x; print x > 0 && x < 3' 1
run -e 'x = 2; minimize x^4 + x over x' --format csv
like "$status $out" $'0 x,minimum,gradient,steps,converged\n-0.62996052494743*,-0.47247039371057*,1\n' "the report as a table"
run -e 'x = 2; minimize x^2 over x; y = x + 1' --format json
like "$status $out" '0 {"solutions": \[{"solver": "minimize", "converged": true, "reason": "converged", "variables": {"x": {"estimate": 0}}, "minimum": 0, *}\], "values": {"y": 1}}'$'\n' "as JSON, with what comes after"
run -e 'x = 2; minimize x^2 over x'
like "$status $out" $'0 minimize: converged; *x = 0\nminimum 0, gradient 0\n' "as text"
run -e 'x = 4.3; y = -3.7; minimize 20 + x^2 - 10*cos(2*pi*x) + y^2 - 10*cos(2*pi*y) over x, y with starts=200; print abs(x) + abs(y) < 1e-9'
gives $'1\n' "the best of several starts"

# ---- constraints: (1/2, 1/2); the rim of a disk; Hock and Schittkowski 1981, problems 1, 5, 6, 7, 35, 71 ----
solves "an equation" 'x = 3; y = 1; minimize x^2 + y^2 over x, y subject to x + y == 1; printf "%.8f %.8f\n", x, y' '0.50000000 0.50000000'
solves "an inequality" 'x = 0; y = 0; maximize x + y over x, y subject to x^2 + y^2 <= 1; printf "%.7f %.7f\n", x, y' '0.7071068 0.7071068'
solves "one that is not active" 'x = 2; minimize (x - 1)^2 over x subject to x^2 <= 9; printf "%.8f\n", x' 1.00000000
solves "a bound" 'x = 3; minimize x over x subject to x >= 1; print x' 1
solves "a bound on the left" 'x = 3; maximize x over x subject to 7 >= x; print x' 7
run -e 'lo = 1; x = 3; minimize x over x subject to x >= lo; z = x + lo' --of z --wrt lo
like "$status $out" $'0 *minimum 1, gradient 0, at a bound\nz = 2\ndz/dlo = 1\n' "a bound with a history is one"
solves "bounds of a vector" 'w = [5, 5]; minimize sum(w^2) over w subject to w >= [1, -1]; print w' '[1, 0]'
solves "a start outside of its bounds" 'x = -3; minimize (x - 2)^2 over x subject to x >= 0; print x' 2
solves "HS 5" 'x = 0; y = 0; minimize sin(x + y) + (x - y)^2 - 1.5*x + 2.5*y + 1 over x, y subject to x >= -1.5, x <= 4, y >= -3, y <= 3; printf "%.8f\n", sin(x + y) + (x - y)^2 - 1.5*x + 2.5*y + 1' '-1.91322295'
solves "HS 6" 'x = -1.2; y = 1; minimize (1 - x)^2 over x, y subject to 10*(y - x^2) == 0; printf "%.6f %.6f\n", x, y' '1.000000 1.000000'
solves "HS 7" 'x = 2; y = 2; minimize log(1 + x^2) - y over x, y subject to (1 + x^2)^2 + y^2 == 4; printf "%.6f\n", y' 1.732051
solves "HS 35" 'x = [0.5, 0.5, 0.5]; f(x) = 9 - 8*x[0] - 6*x[1] - 4*x[2] + 2*x[0]^2 + 2*x[1]^2 + x[2]^2 + 2*x[0]*x[1] + 2*x[0]*x[2]; minimize f(x) over x subject to x[0] + x[1] + 2*x[2] <= 3, x >= 0; printf "%.7f\n", f(x)' 0.1111111
solves "HS 71" 'x = [1, 5, 5, 1]; f(x) = x[0]*x[3]*(x[0] + x[1] + x[2]) + x[2]; minimize f(x) over x subject to prod(x) >= 25, sum(x^2) == 40, x >= 1, x <= 5; printf "%.6f\n", f(x)' 17.014017
stops 'x = 5; minimize x over x subject to x^2 + 1 <= 0' 'the constraints could not be met' "no feasible point"
# Goldstein and Price's function: the descent from here ends in a local minimum, 30; the global one is 3 at (0, -1)
goldstein='x = -0.5; y = -0.8; minimize (1+(x+y+1)^2*(19-14*x+3*x^2-14*y+6*x*y+3*y^2))*(30+(2*x-3*y)^2*(18-32*x+12*x^2+48*y-36*x*y+27*y^2)) over x, y'
run -e "$goldstein with starts=20; print abs(x) < 1e-8, abs(y + 1) < 1e-8"
is "$status $out" $'0 1 1\n' "several starts find the global minimum"
run -e "$goldstein"
like "$status $out" '0 *minimum 30, *a local minimum: the function is not convex, and with starts=20 may show a lower one*' "one start says that it is a local one"
run -e 'x = 1; y = 1; maximize exp(-x^2 - y^2) over x, y' --format json
like "$out" '*"maximum": 1, *"local": true, *' "a local maximum"
run -e 'x = 3; minimize x^2 + exp(x) over x'
is "$status $(printf '%s' "$out" | grep -c local)" "0 0" "a convex function: nothing is said"
run -e 'x = 5; minimize x over x subject to x >= 2, x <= 1'
fails 1 '*the bounds leave no value*' "bounds that cross"

# ---- honest ends ----
stops 'x = 1; minimize -x over x' 'unbounded below' "a line"
stops 'x = 1; y = 0.5; minimize x^2 - y^2 over x, y' 'unbounded below' "a saddle with a way down"
stops 'x = 0; y = 0; minimize x^2 - y^2 over x, y' 'stationary point, Hessian indefinite (a saddle point)' "a start on a saddle"
stops 'x = ones(61); x[60] = 0; c = ones(61); c[60] = -1; minimize sum(c*x^2) + x[60]^4 over x' 'stationary point, Hessian indefinite (a saddle point)' "of many variables, a step onto one"
stops 'x = 0; minimize cos(x) over x' 'stationary point, Hessian negative definite (a maximum)' "a start on a maximum"
stops 'x = 0; maximize x^2 over x' 'stationary point, Hessian positive definite (a minimum)' "a start on a minimum"
for f in 'x^3' '1 + x^3' '-x^4'; do
    for x in 0 1; do
        stops "x = $x; minimize $f over x" 'unbounded below' "$f has a stationary point that is none, from $x"
    done
done
# a bound, or another inequality, where the gradient is 0 and the function falls on the feasible side
for f in 'x^2' 'x^3' 'x^4' '1 + x^5'; do
    solves "$f is largest at 1, from 0" "x = 0; maximize $f over x subject to x >= 0, x <= 1; print x" 1
done
for range in '2*x >= 0, 2*x <= 2' 'x >= 0, x^2 <= 1'; do
    solves "from 0, where $range" "x = 0; maximize x^2 over x subject to $range; printf \"%.7f\\n\", x" 1.0000000
done
solves "from outside" 'x = -1; maximize x^2 over x subject to x >= 0, x <= 1; print x' 1
solves "and at the upper bound" 'x = 0; minimize -x^2 over x subject to x >= -1, x <= 0; print x' -1
solves "with a gradient that is rounding" 'x = 1; minimize sin(x) over x subject to x >= pi/2, x <= 4; print x' 4
solves "two variables that leave together" 'x = 0; y = 0; maximize x*y over x, y subject to x >= 0, y >= 0, x <= 1, y <= 1; print x, y' '1 1'
solves "three" 'x = zeros(3); maximize prod(x) over x subject to x >= 0, x <= 1; print x' '[1, 1, 1]'
solves "one and a free one" 'x = 0; y = 0; minimize x*y over x, y subject to x >= 0, x <= 1, y >= -1, y <= 1; print x, y' '1 -1'
solves "of 100" 'w = zeros(100); maximize w[3]*w[7] over w subject to w >= 0, w <= 1; print w[3], w[7]' '1 1'
for area in 'x >= 0, y >= 0, x + y <= 2' 'x + y >= 0, x + y <= 2' '2*x >= 0, 3*y >= 0, x + y <= 2'; do
    solves "between $area" "x = 0; y = 0; maximize x*y over x, y subject to $area; printf \"%.7f %.7f\\n\", x, y" '1.0000000 1.0000000'
done
# (x - 1)*y + 2*y^2 has the largest values below 0 where x is least: y = 1/2 there
solves "which are saddle points" 'x = 1; y = 1; minimize x*y + 2*y^2 - y over x, y subject to x >= -1, x^2 <= 1, 2*y >= 0, y <= 1; printf "%.6f %.6f\n", x, y' '-1.000000 0.500000'
solves "what leads nowhere from there is no solution" 'x = 0; y = 0.5; minimize x^2 + 2*x*y + x + x^3 + y^2 over x, y subject to x + x >= 0, x <= 1, 2*y >= 0, y <= 1; print abs(x) + abs(y) < 1e-9' 1
for bound in 'x >= 0' '2*x >= 0'; do
    stops "x = 0; minimize -x^3 over x subject to $bound" 'unbounded below' "without an end, where $bound"
done
solves "a minimum at a bound without a gradient" 'x = 3; minimize x^2 over x subject to x >= 0; print x' 0
solves "one without curvature" 'x = 0; y = 0; maximize x*y over x, y subject to x >= 0, y <= 0; print x, y' '0 0'
stops 'x = 0; y = 0; minimize x^3 - 3*x*y^2 over x, y' 'unbounded below' "a monkey saddle"
stops 'w = zeros(100); minimize sum(cos(w)) over w' 'stationary point, Hessian negative definite (a maximum)' "a start on a maximum of 100 variables"
stops 'w = zeros(100); minimize sum(cos(w)) + 5*w[3]^2 over w' 'stationary point, Hessian indefinite (a saddle point)' "on a saddle"
stops 'w = zeros(100); minimize sum(w^3) over w' 'unbounded below' "on a point without curvature"
stops 'w = ones(100)*3; minimize sum(w^3) over w' 'unbounded below' "before one"
solves "a minimum of 100 variables without curvature" 'w = zeros(100); minimize sum((w - range(100))^4) over w; print max(abs(w - range(100))) < 1e-3' 1
solves "a constraint of 70 variables" 'w = ones(70); minimize sum(w^2) over w subject to sum(w) == 7; print max(abs(w - 0.1)) < 1e-9' 1
run -e 'x = 0; minimize (x - 1)^2 over x subject to x^2 <= 0'
like "$status $out" '0 *constraints met to *e-*' "a constraint without a gradient is met as far as its square tells"
run -e 'x = 1; minimize x^2 over x subject to x >= nan'
fails 1 "*a bound of 'x' is nan*" "a bound that is none"
solves "x^4 has a minimum without curvature" 'x = 1; minimize x^4 over x; print abs(x) < 1e-6' 1
solves "also where it starts there" 'x = 0; minimize x^4 + 1 over x; print x' 0
stops 'x = 1; minimize max(x, -x) over x' 'no step made it better; it may not be smooth here' "a kink at 0"
stops 'x = 1; minimize x^2 over x with max=0' 'the limit on steps was reached' "no steps"
solves "as many steps as it takes" 'x = 1; minimize x^2 over x with max=1; print x' 0
solves "far away from the start" 'x = 1; minimize (x - 1e16)^2 - 5 over x; print x' 1e+16
solves "a large constant" 'x = 1; minimize x^2 - 1e17 over x; print x' 0
stops 'x = 1; minimize exp(-x) over x' 'no extremum at a finite point: it levels off towards infinity' "an asymptote"
stops 'x = 1; minimize abs(x - 0.3) + x^2/10 + 3 over x' 'no step made it better' "a kink"
stops 'x = 1; minimize log(-x) over x' 'not finite at the start' "nan at the start"
stops 'x = -1.2; y = 1; minimize 100*(y - x^2)^2 + (1 - x)^2 over x, y with max=3' 'the limit on steps was reached' "a limit on steps"
solves "a constant" 'x = 3; minimize 7 over x; print x' 3
run -e 'x = [1, 2]; minimize x over x'
fails 1 '*minimize needs a scalar, and this has shape \[2\]*' "an objective that is no scalar"
run -e 'minimize x^2 over x'
fails 2 "*'x' has no value*" "a variable without a start"
run -e 'minimize x^2 over x; print x' --at x=4
gives $'0\n' "a start from outside"
run -e 'x = zeros(0); minimize sum(x) over x'
fails 1 '*there is nothing to vary*' "no entries"

# ---- roots: the square root of 2; x^2 = 2 + sqrt(3); OEIS A003957, A030178 ----
solves "one equation" 'x = 1; root x^2 - 2 over x; printf "%.12f\n", x' 1.414213562373
solves "two" 'x = 2; y = 0; root x^2 + y^2 - 4, x*y - 1 over x, y; printf "%.12f\n", x' 1.931851652578
solves "a vector" 'v = [1, 1, 1]; root v^3 - [8, 27, 64] over v; print v' '[2, 3, 4]'
solves "from far away" 'x = 10; root atan(x) over x; print x' 0
solves "far away" 'x = 1; root x - 1e6 over x; print x' 1000000
for x in 0.5 5 50; do
    stops "x = $x; root exp(x) over x" 'no root here' "an asymptote, from $x"
done
stops 'x = 1; root tanh(x) - 1 over x' 'no root here' "one that is met by rounding only"
solves "near one" 'x = 1; root tanh(x) - 0.999999999999 over x; print abs(x - 14.162095) < 1e-4' 1
solves "a start between two roots" 'x = 0.5; root x*x - x over x; print x*x == x' 1
solves "and at a minimum" 'x = 0; root x^2 - 1e-20 over x; print abs(abs(x) - 1e-10) < 1e-20' 1
stops 'x = 0; root x^2 + 1 over x' 'no root here' "a minimum that is no root"
solves "a coarse tolerance in a bracket" 'x = 1; root cos(x) - x over x with bracket=[0, 1], tol=1e-3; print abs(x - 0.7390851) < 1e-3' 1
stops 'x = 3; y = 1; root exp(-x), y - 2 over x, y' 'no root here' "in one of two"
for unit in 1e-300 1e300; do
    solves "in units of $unit" "x = 1; root $unit*(x - 2) over x; print x" 2
done
solves "a double root of two" 'x = -3; y = 2; root x*y, x + y over x, y; print abs(x) + abs(y) < 1e-9' 1
solves "a triple root" 'x = 1; y = 3; root x^3, y - 1 over x, y; print abs(x) < 1e-6, y' '1 1'
solves "a double root" 'x = 3; root (x - 1)^2 over x; print abs(x - 1) < 1e-9' 1
solves "in a bracket" 'x = 0; root cos(x) - x over x with bracket=[0, 2]; printf "%.15f\n", x' 0.739085133215161
solves "at the end of a bracket" 'x = 0; root x - 2 over x with bracket=[2, 5]; print x' 2
solves "Omega" 'x = 1; root x*exp(x) - 1 over x; printf "%.15f\n", x' 0.567143290409784
stops 'x = 1; root x^2 + 1 over x' 'no root here: no step brings the equations closer to 0' "no root"
stops 'x = 1; root exp(-x) over x' 'no root here*' "an asymptote is none"
stops 'x = 1; root 1/x over x' 'no root here*' "nor is infinity"
stops 'x = 0; root 1/(x - 1) over x with bracket=[0, 2.5]' 'the sign changes at a pole or a jump, not at a root' "a pole"
jump='the sign changes at a pole or a jump, not at a root'
stops 'x = 1; root 1/x over x with bracket=[-1, 2]' "$jump" "a pole at 0"
stops 'x = 1; root floor(x) + 0.5 over x with bracket=[-1, 2]' "$jump" "a jump at 0"
stops 'x = 1; root x < 0 ? -1 : 1e-3 + x over x with bracket=[-2, 10]' "$jump" "a jump to a small value"
stops 't = 1; root floor(t) - 0.5 over t with bracket=[-1, 1e6]' "$jump" "a jump that is small against an end"
for bracket in '0, 3' '3, 0' '0.9999999, 3'; do
    stops "t = 1; root where(t < 1, -1, 1e7*t) over t with bracket=[$bracket]" "$jump" "on one side, in $bracket"
    stops "t = 1; root where(t < 1, 1e7*(t - 2), 1) over t with bracket=[$bracket]" "$jump" "on the other side, in $bracket"
done
stops 't = 1; root where(t <= 1, -1, 1) over t with bracket=[1, 3]' "$jump" "a jump at an end"
stops 't = 1; root where(t < 0, -1, 1e7) over t with bracket=[-1, 3]' "$jump" "a small one at 0"
stops 't = 1; root 1/(t - 1) - where(t < 0.5, 1e22, 0) over t with bracket=[0, 2.5]' "$jump" "a pole, and a larger value at an end"
for bracket in '0, 2' '0.9, 1.1' '0.95, 1.06' '0.8, 1.1'; do
    solves "(x - 1)^7 written out is rounding errors around 1, in $bracket" "x = 1; root x^7 - 7*x^6 + 21*x^5 - 35*x^4 + 35*x^3 - 21*x^2 + 7*x - 1 over x with bracket=[$bracket]; print abs(x - 1) < 0.02" 1
done
for b in 1 1/3 1.1 0; do
    solves "a root with infinite slope at $b" "x = 1; root cbrt(x - $b) over x with bracket=[-1, 3]; print abs(x - $b) < 1e-15" 1
done
solves "values with few digits" 'x = 1; root (1e8 + x) - 1e8 - 0.3 over x with bracket=[0, 1]; print abs(x - 0.3) < 2e-8' 1
stops 'x = 0; root x^2 + 1 over x with bracket=[0, 1]' 'the sign does not change in the bracket' "a bracket without a root"
run -e 'x = 3; root x^2 - 2 over x with bracket=[0, 1]'
like "$err" '*hint: ended at x = 1'* "the better end of the bracket is where it ends"
run -e 'x = 1; root x, x over x'
fails 2 '*as many equations as unknowns: 2 and 1*' "too many equations"
# shapes that depend on the variables
run -e 'x = 2.5; root ones(x < 2 ? 30 : 1)*(x - 1) over x'
fails 2 '*as many equations as unknowns: 30 and 1*' "more equations on the way"
for many in 'x < 2' 'x > 2'; do
    run -e "x = 2.5; minimize x^2 over x subject to ones($many ? 300 : 1)*x - 1 >= 0"
    fails 1 '*error: minimize: a constraint changes its shape with the variables*' "300 constraints where $many"
done
run -e 'x = 1; y = 1; root x, y over x, y with bracket=[0, 1]'
fails 2 '*a bracket is for one equation in one unknown*' "a bracket for two"

# ---- Ctrl-C: the best point so far ----
slow='f(x) { s = 0; for i in range(1000000) { s = s + (x - 1)^4 }; return s }; '
slow="def $slow"
command_run timeout --foreground -s INT 2 "$GTAPE" -e "$slow x = 1e9; minimize f(x) over x with tol=0"
like "$err $out" "*error: minimize: *stopped; the best point so far*minimize: stopped; the best point so far*x = *" "Ctrl-C gives the best point so far"
run -e "$slow x = 1e9; minimize f(x) over x with tol=0" --timeout 6
like "$status $out" '1 minimize: stopped; the best point so far; *x = [1-9]*minimum [1-9]*' "so does a time limit, with the value there"
run -e "def g(x) { while 1 { x = x + 1 }; return x }; x = 1; minimize g(x) over x" --timeout 0.3
like "$status $out" $'1 minimize: stopped; *x = 1\nminimum nan\n' "where no evaluation ended there is no value"
command_run timeout -s INT 1 "$GTAPE" -e 'k = 0; while 1 { k += 1 }'
is "$out" "" "and ends any other run"

# ---- at the prompt ----
pipe $'x = 3\nminimize (x - 1)^2 over x\nx\n' -i -q
like "$status $out" $'0 *minimize: converged*x = 1\n*1\n' "the report follows the line"

# ---- progress ----
rosenbrock='x = -1.2; y = 1; minimize 100*(y - x^2)^2 + (1 - x)^2 over x, y; print x'
run -e "$rosenbrock" --progress=always
is "$status $out" $'0 1\n' "progress is no part of the output"
like "$err" $'\rgtape: minimize: step 1, *\033\[K\r\033\[K' "a line on stderr, erased at the end"
run -e "$rosenbrock"
is "$err" "" "not where nobody looks"
done_testing
