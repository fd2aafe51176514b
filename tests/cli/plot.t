#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# --plot, --show gnuplot, and what the prompt draws: :plot, :graph, :tape, :show, :check.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# ---- the script ----
script() { run "${@:2}" --plot "$1" --show gnuplot; }
# row X: the numbers behind X in the first block of the script
row() { awk -v x="$1" '$1 == x { $1 = ""; print; exit }' <<<"$out"; }

script 'z over x from -3 to 3' -e 'z = x^2'
is "$(row 3)" ' 9 6' "value and derivative at the end of a range"
is "$(row -1.5)" ' 2.25 -3' "and within"
like "$out" '*set xlabel '\''x'\''*plot $curve *title '\''z'\''*its derivative in x*tangent at x = 0*' "what is what"
script 'x^3 over x from -pi/2 to 1 + 1' -e 'x = 1; y = 2'
like "$out" '*tangent at x = 1'\''*' "a constant of the program may vary; the tangent is where it is"
is "$(row 2)" ' 8 12' "an expression over expressions"
script 'y over x from -2 to 1' -e 'y = 1/x'
is "$(row 0)$(row -0.5)$(row 1)" ' NaN NaN -2 -4 1 -1' "whole fractions are met, and what is infinite there is a gap"
script 'y over x from -1e308 to 1e308' -e 'y = x'
is "$(row -1e+308)$(row 1e+308)" ' -1e+308 1 1e+308 1' "a range that is wider than a number"
script 'my_var over x_1 from 0 to 1' -e 'my_var = x_1'
is "$(head -n 1 <<<"$out")" 'set termoption noenhanced' "an underscore is no subscript"
script 'z over x from -1 to 1' -e 'z = sqrt(x)'
is "$(row -1)" ' NaN NaN' "nan is a gap"
script "\${it's} over \${a b} from 0 to 1" -e "\${it's} = \${a b}^2"
like "$out" "*title '\${it''s}'*" "a quote in a name"
like "$out" "*set xlabel 'a b'*" "and a blank"
script 'z over x from -2 to 2, y from -1 to 3' -e 'x = -1; y = 1.5; z = (1 - x)^2 + 5*(y - x^2)^2; minimize z over x, y'
is "$(awk '$1 == 2 && $2 == 3 { print $3; exit }' <<<"$out")" 6 "a point of the plane" # (1 - 2)^2 + 5*(3 - 4)^2
path=$(awk '/^\$path/ { on = 1; next } /^END/ { on = 0 } on' <<<"$out")
is "$(head -n 1 <<<"$path")" ' -1 1.5' "the path begins at the start"
tail -n 1 <<<"$path" | awk '{ exit !(($1 - 1)^2 + ($2 - 1)^2 < 1e-8) }'
report $? "and ends in the minimum"
like "$out" '*$arrows using 1:2:3:4 with vectors*' "arrows"
printf 't,y\n3,7\n1,3\n2,5.1\n4,9\n' >line.csv
script 'y over t' --data line.csv -e 'input a = 1; input b = 0; fit y ~ a*t + b over a, b'
is "$(awk '/^\$fit/ { getline; print $1, $2; exit }' <<<"$out")" '1 3' "data are in order"
like "$out" '*filledcurves*confidence band*' "with a band"
awk '/^\$curve/ { on = 1; next } /^END/ { on = 0 } on { d = $2 - (1.99*$1 + 1.05); if (d*d > 1e-4) bad = 1; n++ }
    END { exit bad || n < 200 }' <<<"$out"
report $? "and a smooth line" # least squares by hand: slope 9.95/5, through the means 2.5 and 6.025

# ---- words that make no plot ----
for words in z 'z over' 'over x' 'z over x from 0' 'z over x from 0 to' 'z over x, y' 'z over x from 0 to 1, y'; do
    run -e 'z = x*y' --at x=1,y=1 --plot "$words"
    fails 2 '*a plot is: z over x from -3 to 3*' "--plot '$words'"
done
run -e 'z = x' --plot 'z over x from 1 to 1'
fails 2 '*from a number to a greater one*' "an empty range"
run -e 'z = x' --plot 'z over x from 0 to b'
fails 2 '*from a number to a greater one*' "a range that is no number"
run -e 'z = x^2' --plot 'z over x from 0 to 1, x from 0 to 2' --show gnuplot
fails 2 '*different ones, not x twice*' "one name for both axes"
run -e 'z = x' --plot 'z over q from 0 to 1'
fails 2 "gtape: the program has no name 'q' to plot over*" "a name that the program lacks"
run -e 'z = x' --plot 'q over x from 0 to 1'
fails 2 "--plot:1:1: error: 'q' has no value*" "and one that is plotted"
run -e 'z = x*y*w' --plot 'z over x from 0 to 1, y from 0 to 1, w from 0 to 1'
fails 2 '*over one name or two*' "three names"
run -e 'z = log(x)' --plot 'z over x from -2 to -1'
fails 1 "*'z' has no finite value*" "nothing but nan"
run -e 'z = x' --plot 'z over x from 0 to 1' -o z.jpg
fails 2 '*.svg, .png or .pdf*not as .jpg*' "a form that there is not"
[ ! -e z.jpg ]; report $? "leaves no file"
run -e 'z = x' --plot 'z + over x from 0 to 1'
fails 2 '*--plot:1:*' "an expression that is none"
for words in 'z; print 3 over x from 0 to 1' 'q = z over x from 0 to 1' $'z\nz over x from 0 to 1' 'z; z over t'; do
    run -e 'z = x; t = 1' --at x=1 --plot "$words" --show gnuplot
    fails 2 "gtape: a plot is of one expression, and '*' is none"$'\n' "--plot '$words'"
done
run -e 'z = x' --plot 'z over x from print(1); 0 to 1'
fails 2 '*from a number to a greater one*' "a range that is a statement"
script 'z # the line
 over x from 0 # the start
 to 1' -e 'z = x'
is "$(row 1)" ' 1 1' "comments are no statements"
run -e 'z = x*[1, 2]' --plot 'z over x from 0 to 1'
fails 1 '*is no number*' "a tensor"
run -e 'z = x' --plot 'z over x'
fails 2 '*has no value*a curve is: z over x from -3 to 3*' "no range and no data"
run -e 'z = x; x = 2' --at x=1 --plot 'z over t'
[ "$status" = 2 ]; report $? "nothing to plot over"
run -e 'z = x' --show gnuplot
fails 2 '*writes the script of a --plot*' "a script of no plot"
run -e 'z = x' --plot 'z over x from 0 to 1' --show c
fails 2 '*--plot*' "a plot has no other form"
command_run env PATH=/nonexistent "$GTAPE" -e 'z = x' --plot 'z over x from 0 to 1' </dev/null
fails 2 'gtape: gnuplot is not installed*' "without gnuplot"

# ---- a program that draws on and on ----
mkdir -p slow
printf '%s\n' '#!/bin/sh' 'echo $$ >drawing' 'exec sleep 100' >slow/gnuplot
chmod +x slow/gnuplot
PATH=$PWD/slow:$PATH run -e 'z = x' --plot 'z over x from 0 to 1' --timeout 0.2 -o slow.svg
fails 1 '*stopped after 1.2 seconds (--timeout)*' "--timeout ends a plot"
[ ! -e slow.svg ]; report $? "leaves no file"
like "$(ps -o stat= -p "$(cat drawing)")" '@(|Z*)' "and ends the program that draws it"

# ---- pictures ----
if command -v gnuplot >/dev/null; then
    run -e 'z = x^2' --plot 'z over x from -3 to 3'
    [ "$status" = 0 ] && [ "$(wc -l <<<"$out")" -gt 10 ]
    report $? "as text"
    is "$err" '' "without a word"
    run -e 'z = x^2*y' --plot 'z over x from -3 to 3, y from 0 to 1' -o z.svg
    is "$status$out$err" 0 "into a file"
    like "$(head -c 60 z.svg)" '<?xml*' "an SVG"
    run -e "z = x^2; print 1" --plot "'\"; system \"touch hacked\"; ' + z over x from -3 to 3" -o no.svg
    [ "$status" != 0 ] && [ ! -e no.svg ] && [ ! -e hacked ]
    report $? "no file after an error"
    run -e "\${\`touch hacked\`'} = x" --plot "\${\`touch hacked\`'} over x from 0 to 1" -o name.svg
    [ "$status" = 0 ] && [ ! -e hacked ]; report $? "names are only names"
else
    skip "pictures" "no gnuplot"
fi

# ---- at the prompt ----
prompt() { pipe "$1" -q -i --no-init; }
prompt $'x = 5\ny = x*x; z = y*y\n:wrt x\n:at x=2\n:tape\n'
like "$out" '*#  place *name *adjoint of z*1 *x *variable *2 *32*3 *z *\* *#2, #2 *16 *1*' ":tape of what :at chose"
prompt $'x = 2\nz = x^4\n:wrt x\n:show symbolic\n'
like "$out" '*dz_dx = 4\*x^3*' ":show symbolic"
prompt $'x = 2\nz = x^4\n:wrt x\n:check\n:graph\n:graph g.dot\nx\n'
like "$out" '*z *x *32 *32 *digraph gtape*2*d/dx = 1*' ":check, :graph, and the session is as it was"
like "$(cat g.dot)" 'digraph gtape {*' "a file of DOT"
prompt $'x = 2\n:show foo\n'
like "$err" '*:show takes*' "an unknown form"
prompt $'z = 1\n:check\n'
like "$err" '*no derivatives*' "nothing to check"
if command -v dot >/dev/null; then
    prompt $'x = 2\nz = x^4\n:graph g.svg\n'
    like "$err$(head -c 60 g.svg)" '<?xml*' ":graph FILE.svg"
else
    skip ":graph FILE.svg" "no dot"
fi
if command -v gnuplot >/dev/null; then
    prompt $'x = 2\nz = x^4\n:plot z over x from 0 to 3 -o p.svg\n:plot z over x from 0 to 3\n'
    like "$err$(head -c 60 p.svg)" '<?xml*' ":plot into a file"
    like "$out" '*tangent at x = 2*' "and as text"
fi

done_testing
