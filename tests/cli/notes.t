#!/usr/bin/env bash
# Results that are not finite: the note that names the operation and its place, and the error of --strict.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# odd PLACE WHAT NAME ARGUMENT...: a note there without --strict and an error with it.
odd() {
    local place=$1 what=$2 name=$3
    shift 3
    run "$@"
    like "$status $err" "0 *-e:$place: note: $what"$'\n*' "$name: a note"
    run "$@" --strict
    like "$status $err" "1 *-e:$place: error: $what"$'\n*' "$name: an error of --strict"
}

# ---- second derivatives: d2y/dx2 of x^1.5 is 0.75/sqrt(x), hypot has none at 0 ----
odd 1:3 'the derivative of hypot(x,w) is nan at x = 0, w = 0' "a hessian of two" \
    -e 'y=hypot(x,w)' --at x=0,w=0 --wrt x,w --hessian
odd 1:3 'the derivative of x^1.5 is inf at x = 0' "a hessian in JSON" \
    -e 'y=x^1.5' --at x=0 --wrt x --hessian --format json
odd 1:7 'the derivative of x^1.5 is inf' "a hessian of a tensor" \
    -e 'y=sum(x^1.5)' --at 'x=[0,1]' --wrt x --show hessian

# ---- uncertainties: sqrt has the derivative inf at 0 ----
root='x=0+/-0.1; y=sqrt(x)' at='the derivative of sqrt(x) is inf at x = 0'
odd 1:14 "$at" "an uncertainty in the report" -e "$root"
odd 1:14 "$at" "printed" -e "$root; print y"
odd 1:14 "$at" "as a number" -e "$root; print uncertainty(y)"
odd 1:14 "$at" "in a budget" -e "$root" --show uncertainty --format json
odd 1:21 "$at" "a sensitivity to what is known exactly" -e 'x=0+/-0; w=1+/-1; y=sqrt(x)+w' --show uncertainty
odd 1:18 'the derivative of sqrt(x) is inf' "of a tensor" -e 'x=[0,1]+/-0.1; y=sqrt(x)'
odd 1:28 'correlation(x, w) is nan' "a correlation with nothing" -e 'x=1+/-0.1; w=2; y=x; print correlation(x, w)'
printf 'a\n1\n0\n' >rows.csv
printf 'v\n2\n2\n' >equal.csv
odd 1:18 "$at" "of a row" -e 'x = a +/- 0.1; y=sqrt(x)' --rows rows.csv
odd 1:18 "$at" "the budget of a row" -e 'x = a +/- 0.1; y=sqrt(x)' --rows rows.csv --show uncertainty

odd 1:19 'a correlation is nan' "a correlation with what is certain to first order" \
    -e 'x=0+/-0.1; y=x; w=x^2' --of y,w --show uncertainty
odd 1:12 'R^2 is nan' "R^2 of data that are all equal" \
    -e 'input b=1; fit v ~ b over b' --data equal.csv
# ---- a fit: three parameters, three points ----
printf 'x,y\n1,2\n2,3\n3,7\n' >data.csv
odd 1:34 "the standard error of 'a' is nan" "standard errors of a fit" --data data.csv \
    -e 'input a=1; input b=1; input c=1; fit y ~ a*x + b + c*x^2 over a, b, c'

# ---- tensors that no variable leads to: place, what is said, program; x is [0, 1] ----
while IFS='|' read -r place what program; do
    odd "$place" "$what" "$program" -e "input x=[0,1]; $program"
done <<'END'
1:18|log(x) is -inf|y=log(x)
1:20|1/x is inf|sum(1/x)
1:30|1/x is inf|stop_gradient(1/x)
1:21|1/x is inf|y := 1/x; z = 2*y
1:27|w@w is inf|w=x*1e200; w@w
1:33|inv(A) is nan|A=[[1,2],[2,4]]; inv(A)
1:33|solve(A,x) is nan|A=[[1,2],[2,4]]; solve(A,x)
1:16|cholesky(-eye(2)) is nan|cholesky(-eye(2))
1:16|logdet(zeros(2,2)) is -inf|logdet(zeros(2,2))
1:16|expm(\[\[1e5]]) is inf|expm([[1e5]])
1:16|det(1e200\*eye(2)) is inf|det(1e200*eye(2))
1:16|einsum("i,i->", 1e200\*x, 1e200\*x) is inf|einsum("i,i->", 1e200*x, 1e200*x)
1:20|log(x) is -inf|a = log(x); b = a[0]; b
1:27|log(t) is -inf|f(t) = sum(log(t)); f(x)
1:21|log(range(100000)) is -inf|mean(log(range(100000)))
1:22|log(x) is -inf|print log(x)
1:24|1/x is inf|c = sum(1/x); y = 2*c
END
run -e 'input k=1; y = k*sum(1/[0,1])' --wrt k
like "$status $err" $'0 *-e:1:22: note: 1/\\[0,1] is inf\n*' "a factor of what depends on a variable"
run -e 'y = sum(log([a,1]))' --rows rows.csv
like "$status $err" $'0 -e:1:9: note: log(\\[a,1]) is -inf\n*' "in a row"
printf 'g,v\na,1\nb,0\n' >groups.csv
run -e 'y = sum(log(v))' --data groups.csv --by g
like "$status $err" $'0 *-e:1:9: note: log(v) is -inf\n*' "in a group"
run -e 'y = sum(x)' --at 'x=[inf,1]'
is "$status $out$err" $'0 y = inf\n' "what is given as inf has no operation to blame"
run -e 'y = sum(x)' --at 'x=[inf,1]' --strict
fails 1 $'gtape: a result is inf\n' "and is an error all the same"
pipe $'sum(log([0,1]))\n' -i
like "$err" '*<stdin>:1:5: note: log(\[0,1]) is -inf*' "at the prompt"
pipe $'sum(log(range(100000)))\n' -i
like "$err" '*<stdin>:1:5: note: log(range(100000)) is -inf*' "where large tensors wait to be computed too"
run -e 'x = range(3); print "once"; y = log(x)' --of y
is "$out" $'once\ny = [-inf, 0, 0.6931471805599453]\n' "what is run again for the note prints nothing"

# ---- rows: each place is named, however many rows before it have been of another one ----
awk 'BEGIN { print "x,y"; for (i = 0; i < 50; i++) print "-1,1"; print "1,-1\n1,1" }' >places.csv
run -e 'z = log(x) + sqrt(y)' --rows places.csv
like "$err" $'*1:5: note: log(x) is nan*1:14: note: sqrt(y) is nan*' "two places, by the sign of a column"
awk 'BEGIN { print "x,y"; for (i = 0; i < 3000; i++) print i/10000 "," 9 + i; print "7,3\n7,9" }' >places.csv
run -e 'z = log(x - 5) + sqrt(y - 7)' --rows places.csv -j 2
like "$err" $'*note: log(x - 5) is nan*note: sqrt(y - 7) is nan*' "by its size, behind many sizes"
awk 'BEGIN { print "x,y"; for (i = 0; i < 50; i++) print "-1,1"; print "1,0\n1,1" }' >places.csv
run -e 'z = log(x); w = 1/y' --of z,w --rows places.csv
like "$err" $'*note: log(x) is nan*note: 1/y is inf*' "by the result"

# ---- equal eigenvalues ----
equal='*: note: equal values here: their vectors are not unique, and what depends on the choice is left out of the derivative*'
run -e 'input A=[[2,0],[0,2]]; w,v=eigh(A); z=(v@diag(exp(w))@v.T)[0,1]' --wrt A --of z
like "$status $err" "0 *-e:1:28$equal" "a function of the matrix through the vectors"
run -e 'input A=[[1,0],[0,1]]; u,s,vt=svd(A); z=(u@diag(s^2)@vt)[0,1]' --wrt A --of z
like "$status $err" "0 *-e:1:31$equal" "singular values"
run -e 'A=eye(2); z=sum(eigh(A)^2); h=hessian(z,A)'
like "$status $err" "0 *-e:1:17$equal" "a second derivative of the values"
run -e 'input A=[[2,0],[0,2]]; w,v=eigh(A); z=sum(exp(w))' --wrt A --of z
is "$err" '' "the values alone have a derivative"
run -e 'input A=[[2,1],[1,2]]; w,v=eigh(A); z=v[0,0]' --wrt A --of z
is "$err" '' "no equal ones"

done_testing
