#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Names, cells and texts that would steer a terminal: whatever is written to one, no such byte reaches it.  A pipe
# or a file gets bytes as they are where a format asks for that.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    echo "1..0 # SKIP no script(1)"
    exit 0
fi
export NO_COLOR=1

# An escape sequence, one of a single byte beyond ASCII, a backspace, DEL, a title for the window.
hostile=$'a\e[31m\xc2\x9b2J\b\x7f\e]0;title\x07b'
name="\${$hostile}"
# A table with such a column and such a cell, and marks that turn text.
marks=$'\xe2\x80\xae\xd8\x9c\xc2\xad\xf3\xa0\x81\x81'
printf 'x,"%s"\n1,2\n2,\e[2J%s3\n3,\x9b\xe2\x80\n' "$hostile" "$marks" >table.csv
printf '{"x": 1, "%s": 2}\n' 'a\u001b[31m\u202e' >table.jsonl
printf '%s = x^2*w; y = %s*x\n' "$name" "$name" >model.gt

# odd FILE: the bytes that a terminal must not get: controls but line ends and tabs (CR stands before each line
# end there), C1 controls, marks that turn text, bytes that are no UTF-8.
odd() {
    LC_ALL=C tr -d '\r\n\t' <"$1" | LC_ALL=C grep -aoE $'[\x01-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xd8\x9c|\xc2\xad|\xf3\xa0[\x80\x81].' | od -An -c
    tr -d '\r\0' <"$1" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1 || echo 'no UTF-8'
}
# shows NAME ARGUMENTS: on a terminal (both streams) nothing odd, and something comes.
shows() {
    local words
    printf -v words '%q ' "$GTAPE" "${@:2}"
    timeout -k 5 30 script -qec "$words" /dev/null <"${input:-/dev/null}" >screen 2>&1
    is "$(odd screen)" "" "$1" || note "$(head -c 600 screen)"
    [ -s screen ] || report 1 "$1: nothing was written"
}

# ---- results ----

for format in text json jsonl csv tsv; do
    shows "a report as $format" model.gt --wrt x,w --of "y,$name" --at x=2,w=3 --format $format
    shows "a report as $format in colour" model.gt --wrt x,w --of "y" --at x=2,w=3 --format $format --color never
done
for form in gradients jacobian hessian tape graph symbolic latex c uncertainty; do
    shows "--show $form" -e 'x = 2 +/- 0.1; w = 3' model.gt --wrt x,w --of "y,$name" --show $form
done
shows "--check" model.gt --wrt x,w --of "y,$name" --at x=2,w=3 --check
shows "--stats" model.gt --wrt x,w --at x=2,w=3 --stats
shows "the script of a plot" model.gt --at w=1 --plot "$name over x from 0 to 1" --show gnuplot
if command -v gnuplot >/dev/null; then
    plot=$(printf '%q ' "$GTAPE" -e "$name = 1; y = $name*x" --plot 'y over x from 0 to 1')
    script -qec "$plot" /dev/null </dev/null 2>&1 | tr -d '\f' >screen # gnuplot's own form feed
    is "$(odd screen)" "" "a plot"
else
    skip "a plot" "no gnuplot"
fi
shows "print" -e "print \"$hostile\", 1; printf \"$hostile%d\\n\", 2"
shows "print beside a report for programs" -e "print \"$hostile\"; y = 1" --of y --format json
shows "an assertion" -e "assert 0, \"$hostile\""
shows "a note" -e "$name = 0; y = 1/$name" --of y
shows "a derivative that is 0" -e "$name = 0; y = 1" --wrt "$name"

# ---- rows ----

for format in csv tsv jsonl; do
    shows "rows as $format, with their columns" --rows table.csv --keep -e 'z = 2*x' --format $format --on-error skip
done
shows "rows of JSON lines" --rows table.jsonl --keep -e 'z = 2*x'
shows "a cell that is no number" --rows table.csv -e "z = 2*$name"
shows "a file of data" --data table.csv -e "z = sum($name)"
shows "groups" --data table.csv --by "$hostile" -e 'n = sum(x)'

# ---- errors ----

for text in "$name" "y = $hostile" "y = nosuch($name)" "f($name) = 1; f(1, 2)" "y = \"$hostile" "# $hostile"$'\xe2\x80\xae'; do
    shows "an error about $(printf '%q' "${text:0:20}")" -e "$text"
done
shows "a missing file" "$hostile"
shows "an option" "--$hostile"
shows "an option's argument" --digits "$hostile" -e 1
shows "--at" --at "$hostile=1" -e 1
shows "--wrt" --wrt "$name" -e 'y = 1'
shows "--data" --data "$hostile" -e 1
shows "-o" -o "nosuch/$hostile" -e 1

# ---- the prompt ----

printf '%s\n' 'x = 2; w = 3;' ":load model.gt" ':wrt x' "$name" ':vars' ':tape' ':graph' ':show symbolic' ':show latex' ':check' \
    ":at $name=1" ':at' ":load $hostile" ":save nosuch/$hostile" ":data $hostile" ":help $hostile" ":$hostile" \
    "print \"$hostile\"" ':data table.csv' ':vars' ':quit' >typed
# Readline itself echoes what is typed, and the terminal does; only what comes from gtape counts.
timeout -k 5 30 script -qec "$GTAPE -q -i --no-init" /dev/null < <(cat typed; printf '\004') >/dev/null 2>&1
command_run "$GTAPE" -q -i --no-init <typed
printf '%s' "$err" >screen
is "$(odd screen)" "" "what the prompt complains about"
printf '%s\n' 'x = 2; w = 3' ':load model.gt' ':wrt x' "y" ':vars' ':tape' ':show symbolic' ':check' 'print 1' >quiet.gt
printf ':load quiet.gt\n:quit\n' >typed
TERM=dumb input=typed shows "what the prompt shows" -q -i --no-init

# ---- a pipe gets what is there ----

run --rows table.csv --keep -e 'z = 2*x' --on-error skip
is "$out" "x,$hostile,z"$'\n1,2,2\n2,\e[2J'"$marks"$'3,4\n3,\x9b\xe2\x80,6\n' "columns that are passed through keep their bytes"
run -e "print \"$hostile\""
is "$out" "$hostile"$'\n' "and so does what print says"

done_testing
