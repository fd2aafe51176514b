#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tensors in formulas and in C, entry by entry: the numbers are those of a run.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
: "${CC:=cc}"

# ---- how they are written ----
run -e 'z = sum(x^2)' --wrt x --at 'x=[1,2,3]' --show symbolic
gives $'z = x[0]^2 + x[1]^2 + x[2]^2\ndz_dx = [2*x[0], 2*x[1], 2*x[2]]\n' "a gradient is a list"
run -e 'y = A @ x' --wrt x --at 'x=[1,2],A=[[1,2],[3,4]]' --show symbolic
gives $'y = [x[0] + 2*x[1], 3*x[0] + 4*x[1]]\ndy_dx = [[1, 2], [3, 4]]\n' "a value of --at enters as numbers"
run -e 'z = w[0]*sin(w[1])' --wrt w --at 'w=[1,2]' --show latex --hessian
gives '\[ z = {w}_{0} \, \sin\left({w}_{1}\right) \]
\[ \frac{dz}{dw} = \left(\begin{array}{c} \sin\left({w}_{1}\right) \\ {w}_{0} \, \cos\left({w}_{1}\right) \end{array}\right) \]
\[ \frac{d^{2} z}{dw^{2}} = \left(\begin{array}{cc} 0 & \cos\left({w}_{1}\right) \\ \cos\left({w}_{1}\right) & -{w}_{0} \, \sin\left({w}_{1}\right) \end{array}\right) \]
' "columns and rows in LaTeX"
run -e 'input A = zeros(2, 2); z = b*sum(A[0])' --wrt A,b --show c
like "$out" '*in\[0\] to in\[3\]   A, of shape \[2, 2\]*in\[4\]   b*out\[0\]  z*grad\[0\] to grad\[3\] dz/dA*grad\[4\] dz/db*row-major order*' "the order of entries in C"
run -e 'y = b*x' --wrt x,b --at 'x=[1,2]' --show c
like "$out" '*out\[0\] to out\[1\]  y, of shape \[2\]*grad\[0\] to grad\[1\] dy\[0\]/dx*grad\[2\] dy\[0\]/db*grad\[3\] to grad\[4\] dy\[1\]/dx*' "of a target's too"
printf 't,y\n0,2\n1,1.2\n2,0.7\n' >decay.csv
run -e 'S = sum((y - exp(-b*t))^2)' --wrt b --data decay.csv --show c
like "$out" '*in\[0\]   b*in\[1\] to in\[3\]   *in\[4\] to in\[6\]   *' "columns of data are inputs"

# ---- what has no formula ----
run -e 'z = sum(x)' --wrt x --show symbolic
fails 1 "*-e:1:5: error: 'sum' of 'x', whose shape is not known*--at*" "a shape that nobody knows"
run -e 'z = inv(A)' --wrt A --at 'A=[[1,2],[3,4]]' --show c
fails 1 "*'inv' has no formula here*" "a function without a formula"
run -e 'z = A @ x' --wrt x --at 'A=[[1,2],[3,4]],x=[1,2,3]' --show c
fails 1 '*lengths 2 and 3*' "lengths that do not fit"
run -e 'z = x + y' --wrt x --at 'x=[1,2],y=[1,2,3]' --show c
fails 1 '*-e:1:5: error: *shapes \[2\] and \[3\]*' "shapes that do not fit, as in a run"
run -e 'z = x[5]' --wrt x --at 'x=[1,2]' --show c
fails 1 '*-e:1:5: error: *5*2*' "an index that there is not"

# ---- the numbers ----
declare -A values=([x]='0.7,-0.4,1.3' [b]='1,2,3' [c]=2.5 [A]='1.5,2,-1,0.3,-0.7,2.2,1,0.1,0.9')
declare -A given=([x]="[${values[x]}]" [b]="[${values[b]}]" [c]="${values[c]}" [A]='[[1.5,2,-1],[0.3,-0.7,2.2],[1,0.1,0.9]]')

# numbers: the last line of a CSV on standard input, a number a line
numbers() { tail -n 1 | tr ',' '\n'; }

# agrees WANT GOT: files of numbers, to 1e-13
agrees() {
    paste -d ' ' "$1" "$2" | awk '{ d = $1 - $2; s = $1 < 0 ? -$1 : $1
        if ($2 == "" || (d < 0 ? -d : d) > 1e-13*(s > 1 ? s : 1)) { print; bad = 1 } } END { exit bad || !NR }'
}

# same PROGRAM: its w and the gradient, by a run, in C, and by the formulas
same() {
    local name wrt='' at='' in='' derivatives=''
    for name in x b c A; do
        grep -q "\<$name\>" <<<"$1" || continue
        wrt+=,$name at+=,$name=${given[$name]} in+=,${values[$name]} derivatives+=,dw_d$name
    done
    local options=(--wrt "${wrt#,}" --of w --at "${at#,}")
    "$GTAPE" -e "$1" "${options[@]}" --unconnected zero --format csv 2>/dev/null | numbers >want
    "$GTAPE" -e "$1" "${options[@]}" --show symbolic >formula.gt 2>messages &&
        for name in x b c A; do grep -q "\<$name\>" <<<"$1" && echo "input $name = ${given[$name]}"; done >inputs.gt
    "$GTAPE" inputs.gt formula.gt --of "w$derivatives" --format csv 2>>messages | numbers >got
    agrees want got >>messages
    report $? "as formulas: $1" || note "$(head -n 5 messages)"
    "$GTAPE" -e "$1" "${options[@]}" --show c >code.c 2>messages
    {
        echo '#include <stdio.h>'
        echo 'int w_gradient(const double *in, double *out, double *grad);'
        echo "int main(void) { double in[] = {${in#,}}, out, grad[99]; if (w_gradient(in, &out, grad)) return 1;"
        echo "printf(\"%.17g\\n\", out); for (int i = 0; i < $(wc -l <want) - 1; i++) printf(\"%.17g\\n\", grad[i]); return 0; }"
    } >main.c
    "$CC" -O1 -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror code.c main.c -o code -lm 2>>messages && ./code >got &&
        agrees want got >>messages
    report $? "in C: $1" || note "$(head -n 5 messages)"
}

if command -v "$CC" >/dev/null; then
    while IFS= read -r program; do same "$program"; done <<'END'
z = A @ A + c*b + x; w = sum(sin(z))
w = dot(A @ x, b)*c + b @ A @ x
z = mean(A, axis=0)*x + sum(b, axis=0, keepdims=1) + c; w = sum(z^2)
w = prod(x)*c + prod(A, axis=1)[0] + b[0]
w = norm(x) + norm(A) + sum(norm(A, axis=0)) + c + b[1]
w = var(x) + std(x)*c + sum(var(A, axis=1, ddof=1)) + sum(b)
w = logsumexp(x)*c + sum(logsumexp(A, axis=1)*b)
z = softmax(x)*b + log_softmax(A, axis=0); w = sum(sin(z))*c
w = max(x)*c + min(A) + max(A, axis=1)[2] + sum(max(x, b))
z = cumsum(x)*b + cumprod(A, axis=1)[1]*c; w = sum(z^2)
z = reshape(A, 9)[::2]; w = sum(z^2)*sum(x)*c + b[-1]
w = sum(transpose(A)[0]^2*b) + sum(A.T[2]*x) + c
w = sum(concat(x, b)^2)*c + sum(stack(x, b)*A[:2])
w = sum(outer(x, b)^2*A) + trace(A)*c + sum(diag(x)*A) + sum(tril(A)^2)
z = [x[0], c*sin(x[1]), b[2]] + A[1]; w = sum(z^2)
w = sum(where(x > 0, x*c, A[0])*b) + sum(clamp(A, -0.5, 1)^2)
y = x; y[1] = c*y[0]; w = sum(y^2*b)
w = 0; for v in A { w = w + sum(v*x)^2*c }; w = w + b[0]
h = x; for i in range(4) { h = tanh(A @ h + b) }; w = sum(h)*c
w = sum(grad(sum(x^3), x)*b)*c + sum(jacobian(A @ x^2, x))
w = sum(hessian(sum(x^3)*c, x)*A) + sum(vjp(A @ x^2, x, b)) + sum(jvp(A @ x^3, x, b)) + sum(hvp(sum(x^4), x, b))
def f(u) { if sum(u) > 0 { return u*2 }; return -u }; w = sum(f(x*c)*b)
p, q, r = x; w = p*q*r*c + sum(tile(x, 2)^2) + sum(reverse(x)*b)
w = size(A)*sum(x)*c + sum(linspace(0, 1, 3)*x^2) + sum(eye(3)*A) + sum(full(c, 3)^2*b)
s = 0; for i in range(50) { s = s + sin(c*i)*x[0] }; w = sum(s*b)
w = sum(atan2(A, x)) + sum(hypot(b, c)) + x @ A[-1]
END
else
    skip "the numbers of tensors" "no C compiler"
fi

# ---- no entries ----

run -e 'z = []; w = zeros(0, 3)*a' --of z,w --wrt a --show symbolic
gives $'z = []\ndz_da = []\nw = zeros(0, 3)\ndw_da = zeros(0, 3)\n' "formulas of targets without entries"
run -e 'input v = []; y = sum(v)*a' --wrt v,a --show symbolic
gives $'y = 0\ndy_dv = []\ndy_da = 0\n' "a variable without entries"
run -e 'z = []; w = zeros(0, 3)*a' --of z,w --show latex
gives $'\\[ z = \\left[\\right] \\]\n\\[ w = 0_{0 \\times 3} \\]\n' "TeX of targets without entries"
run -e 'z = []' --show c
fails 1 "*'z' has no entries, hence no code*" "no C for no entries"

# same_error PROGRAM NAME: of x without entries a formula, TeX and C have the error of the run
same_error() {
    run -e "$1" --wrt x --at 'x=zeros(0)'
    local error=$status$out$err form
    for form in symbolic latex c; do
        run -e "$1" --wrt x --at 'x=zeros(0)' --show "$form"
        is "$status$out$err" "$error" "$2 --show $form"
    done
}
same_error 'y = max(x)' "the greatest of no entries"
same_error 'y = sum(min(stack(x, x), axis=1))' "the smallest along an axis without entries"
same_error 'y = argmax(x)' "and where it stands"
same_error 'y = max(x, 1, axis=0)' "an axis with two tensors"
same_error 'y = var(x, ddof=0.5)' "half a degree of freedom"
run -e 'y = max(stack(x, x), axis=0)' --wrt x --at 'x=zeros(0)' --show symbolic --hessian
gives $'y = []\ndy_dx = zeros(0, 0)\nd2y_dx_dx = zeros(0, 0, 0)\n' "no extremes of no lines"
printf 'x\n' >none.csv
run -e 'y = [cumsum(x), softmax(x), where(x > 0, x, 1)]; m = norm(x) + prod(x)' --of y,m --data none.csv --show symbolic
gives $'y = zeros(3, 0)\nm = 1\n' "columns without rows"
run -e 'y = max(x)' --data none.csv --show c
fails 1 "*-e:1:5: error: 'max' of no entries*" "and their extreme"

done_testing
