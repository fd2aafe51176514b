#!/usr/bin/env bash
# Results that are not finite: the note that names the operation and its place, and the error of --strict.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# odd PLACE WHAT NAME ARGUMENT...: a note there without --strict and an error with it.
odd() {
    local place=$1 what=$2 name=$3
    shift 3
    run "$@"
    like "$status $err" "0 -e:$place: note: $what"$'\n*' "$name: a note"
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
odd 1:18 "$at" "of a row" -e 'x = a +/- 0.1; y=sqrt(x)' --rows rows.csv
odd 1:18 "$at" "the budget of a row" -e 'x = a +/- 0.1; y=sqrt(x)' --rows rows.csv --show uncertainty

# ---- a fit: three parameters, three points ----
printf 'x,y\n1,2\n2,3\n3,7\n' >data.csv
odd 1:34 "the standard error of 'a' is nan" "standard errors of a fit" --data data.csv \
    -e 'input a=1; input b=1; input c=1; fit y ~ a*x + b + c*x^2 over a, b, c'

done_testing
