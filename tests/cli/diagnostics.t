#!/usr/bin/env bash
# Errors: place, line, caret, colour, status.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# caret NAME: the caret stands under `mark` in the source line that the last error shows.
caret() {
    local line mark
    line=$(sed -n 2p <<<"$err")
    mark=$(sed -n 3p <<<"$err")
    mark=${mark%%^*}
    is "${line:${#mark}:${#1}}" "$1" "$2" || note "$err"
}

run -e 'y = 1 + nosuch(2)'
fails 2 $'-e:1:9: error: *\n*y = 1 + nosuch(2)\n*^*' "file, line, column, line, caret"
caret 'nosuch' "the caret stands under the name"
run -e $'a = 1\n\n\tb = foo(a)'
fails 2 $'-e:3:6: error: *' "a tab is one character"
run -e 'y = srqt(1)'
like "$err" "*did you mean*'sqrt'*" "a near name"
run -e 'f(t) = k*t; k = 1; y = f(3)' --at k=2
fails 2 "-e:1:13: error: 'k' is bound here, so --at cannot set it*" "a binding behind a function that reads the name"
run -e 'f(t) = k*t; k = 1; input k = 2'
like "$err" "-e:1:26: error: 'k' has a value already*-e:1:13: note: bound here*" "is where it is bound"
LC_ALL=C.UTF-8
run -e 'θ = 1; Δ = θ + nosuch(θ)'
like "$err" '-e:1:16: error: *' "columns count characters"
caret 'nosuch' "the caret stands under the name, after letters of two bytes"
LC_ALL=C
run -e 'a = "x'
is "$status$out" 2 "an unterminated text"
run -e $'y = 1 + \xff'
is "$status$out" 2 "bytes that are not UTF-8"
unlike "$err" $'*\xff*' "are escaped"
run -e $'y = 1 + \e[31m2'
is "$status$out" 2 "an escape character"
unlike "$err" $'*\e*' "is escaped"
run -e $'y = 1 \xe2\x80\xae+ 2'
is "$status$out" 2 "a mark that turns the text"
unlike "$err" $'*\xe2\x80\xae*' "is escaped"
run -e 'y = x + z'
fails 2 '*x*z*' "inputs without a value are named together"
is "$(grep -c 'error:' <<<"$err")" 1 "once"
like "$err" '*--at*' "with the flag that would give them one"
run -e 'x = 1; y = x' --at x=2
fails 2 '*input*' "--at for a name that the program binds suggests input"
run -e 'y = x' --at x=
fails 2 '*--at*' "--at without a value"
run -e 'y = x' --at =5
fails 2 '*--at*' "--at without a name"
run -e 'y = x' --at 'x=1 2'
fails 2 '*--at*' "--at with too much"

run -e 'y = nosuch(1)'
plain=$err
unlike "$plain" $'*\e*' "no colour in a pipe"
run -e 'y = nosuch(1)' --color
like "$err" $'*\e\[*' "--color colours"
is "$(sed $'s/\e\\[[0-9;]*m//g' <<<"$err")" "${plain%$'\n'}" "and changes nothing else"
run -e 'y = nosuch(1)' --color=never
is "$err" "$plain" "--color=never does not"
FORCE_COLOR=1 run -e 'y = nosuch(1)'
like "$err" $'*\e\[*' "FORCE_COLOR colours"
CLICOLOR_FORCE=1 run -e 'y = nosuch(1)'
like "$err" $'*\e\[*' "CLICOLOR_FORCE colours"
NO_COLOR=1 FORCE_COLOR=1 run -e 'y = nosuch(1)'
is "$err" "$plain" "NO_COLOR is stronger"
NO_COLOR='' FORCE_COLOR=1 run -e 'y = nosuch(1)'
like "$err" $'*\e\[*' "unless it is empty"
NO_COLOR=1 run -e 'y = nosuch(1)' --color=always
like "$err" $'*\e\[*' "and --color=always is stronger still"
FORCE_COLOR=1 run -e 'y = x' --at x=1 --wrt x
is "$out" $'y = 1\ndy/dx = 1\n' "FORCE_COLOR does not change results in a pipe"

run -e 'print 1; assert 0, "too bad"'
is "$status $out" $'1 1\n' "a failed assert: status 1"
like "$err" '-e:1:*error: *too bad*' "and its text"
run -e 'y = 1; assert 0'
fails 1 '*' "no partial report before an error"
run -e 'x = 5; while x > 0 { x = x - 1e-9 }' --max-ops 1000
fails 1 '*' "--max-ops"

run -e "f(x) = x^2; derivative f(x) wrt x = f'(x); print f'(1)"
fails 1 '-e:*error: derivatives given by hand nested too deeply*' "a derivative by hand that asks for itself"
# ---- names that are no words, in what a hint says to type ----
run -e 'z = ${a b} + c'
like "$status $err" $'2 *hint: --at ${a b}=...,c=...,*' "a value for a name with a blank"
run -e 'z = ${a b} + c' --at '${a b}=1,c=2'
gives $'z = 3\n' "can be given as the hint says"
pipe $'${q w} + 1\n' -i
like "$err" '*hint: give it one first: ${q w} = 1*' "at the prompt"
run -e '${a b} = 1' --at '${a b}=2'
like "$status $err" "2 *hint: 'input \${a b} = ...'*" "an input"
run -e '${a b} = 1' --wrt x
like "$status $err" '2 *hint: it has ${a b}*' "the names that there are"

# ---- a target that was never bound ----
run -e 'if x > 1 { y = x }' --at x=0 --of y
like "$status $err" $'1 --of:1:1: error: \'y\' has no value at the end\n*-e:1:12:*' "--of what did not run, and where"
printf 'x\n0\n' >one.csv
run -e 'if x > 1 { y = x }' --rows one.csv
like "$status $err" $'1 *-e:1:12: error: \'y\' has no value at the end\n*hint: what binds it did not run; y = nan before*' \
    "a row without the target"

# ---- numbers that are too large ----
run -e 'y = pi*2' --wrt pi --check
like "$err" "gtape: 'pi' is a constant that the program does not bind, so it cannot be checked*" "a check in pi"
run -e '[1,2][1e18]'
like "$status $err" $'1 -e:1:1: error: an index is too large: 1e+18\n*' "an index beyond all"
run -e '[1,2][0.5]'
like "$status $err" $'1 -e:1:1: error: an index must be a whole number, not 0.5\n*' "and one between two"

run -e 'f(a) = a^2; derivative f(a) wrt a = 7*a; taylor(f(x), x, 3)' --at x=1
fails 2 '*-e:1:42: error: no Taylor coefficients can be carried through a partial derivative given by hand*' "what has no name is described"
run -e "y = sum'([1, 2])"
fails 2 "*-e:1:5: error: 'sum' has no sum': a ' is for elementwise functions of one parameter*" "a prime behind a function that is known"
run -e 'y = pow(3)'
fails 2 "*wrong number of arguments for 'pow': 1*hint: pow(x, w)*" "an operator that was called by its name"
run -e 'print einsum(subscripts="i->", A=[1, 2])'
fails 2 '*-e:1:25: error: a text cannot stand here*' "the brackets of a call in a print"
run -e 'if 1 { print (1, "a") }'
fails 2 '*-e:1:16: error: print and printf take no brackets around their items*' "and its own, in a block"
run -e 'printf "%d\n", 1e300'
fails 1 '*%d needs a whole number of less than 2^63*' "a whole number that is too large for %d"

done_testing
