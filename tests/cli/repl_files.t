#!/usr/bin/env bash
# :load, :save, :time, :history at the prompt, without a terminal.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# ---- :load ----
printf 'x = 3;\nf(t) = t^2\n:wrt x\ny = f(x)\n' >model.gt
pipe $':load model.gt\nx\n' -i
gives $'y = 9\ndy/dx = 6\n3\nd/dx = 1\n' ":load runs programs and commands, and shows the last value"
printf 'a = (1 +\n2)\nif a > 2 {\n\n  b = 4\n}\nb' >blocks.gt
pipe $':load blocks.gt\n' -i
gives $'4\n' "lines that go on, blocks, empty lines, no last line end"
printf 'x = [1,\n:wrt x\n2]\n' >bracket.gt
pipe $':load bracket.gt\n' -i
is "$status" 2 "a colon within brackets is no command"
printf 'c = [5, 6, 7][\n:2]\n' >slice.gt
pipe $':load slice.gt\n' -i
gives $'c = [5, 6]\n' "a slice that begins a line is no command"
printf 'x = 1;\n\ny = nosuch(2)\n:vars\n' >bad.gt
pipe $':load bad.gt\n7\n' -i
is "$status $out" $'2 7\n' "nothing behind an error runs"
like "$err" 'bad.gt:3:5: error: *' "which has its place in the file"
printf 'x = 1;\n:wrt x\n:nosuch\nprint 5\n' >bad.gt
pipe $':load bad.gt\n' -i
is "$status $out" '2 ' "nor behind a command that fails"
like "$err" "*unknown command ':nosuch'*bad.gt:3: stopped*" "which is told with its line"
printf 'y = (1 +\n' >unfinished.gt
pipe $':load unfinished.gt\n' -i
fails 2 'unfinished.gt:*not closed*' "a file that ends within a bracket"
printf ':load b.gt\n' >a.gt
printf ':load a.gt\n' >b.gt
pipe $':load a.gt\n' -i
fails 2 'gtape: files load files more than 32 deep: a.gt > b.gt > a.gt > *' "two files that load each other"
is "$(printf '%s' "$err" | wc -l) $(printf '%s' "$err" | tr -cd '>' | wc -c)" "1 32" "with the whole chain, told once"
for i in $(seq 31); do printf ':load %d.gt\n' $((i + 1)) >"$i.gt"; done
printf 'print 99\n' >32.gt
pipe $':load 1.gt\n' -i
gives $'99\n' "32 deep is fine"
pipe $':load .\n' -i
fails 3 'gtape: .: Is a directory*' "a folder"
pipe $':load nosuch.gt\n' -i
fails 3 'gtape: nosuch.gt: No such file or directory*' "no file"
pipe $':load\n' -i
fails 2 'gtape: :load needs the name of a file*' "no name"
for name in - /dev/stdin; do
    pipe $':load '$name$'\n1\n' -i
    is "$status $out" $'2 1\n' ":load $name"
done
truncate -s 10G huge.gt 2>/dev/null && {
    pipe $':load huge.gt\n' -i
    fails 3 'gtape: huge.gt: larger than 1 GiB*' "a file of 10 GB"
    rm huge.gt
}
cp model.gt home/model.gt
pipe $':load ~/model.gt\n' -i
like "$out" $'y = 9\n*' "~ is the home folder"
printf ':quit\nprint 1\n' >quit.gt
pipe $':load quit.gt\nprint 2\n' -i
gives '' ":quit in a file leaves"

# ---- :save ----
printf 'u,v\n1,2\n3,4\n' >data.csv
session=$':data data.csv\n:at k=3\nf(t) = k*t^2 # a comment\nx = 5;\n:at x=6\n:wrt x\ny = (f(x) +\n  sum(u))\n2*y\n'
pipe "$session"$':save s.gt\n:vars\n:wrt\n:at\n' -i
is "$status" 0 ":save" || note "$err"
before=$(printf '%s\n' "$out" | sed -n '/^k =/,$p')
pipe $':load s.gt\n:vars\n:wrt\n:at\n' -i
is "$(printf '%s\n' "$out" | sed -n '/^k =/,$p')" "$before" ":load gives the same session" || note "$err"
like "$before" '*k = 3*x = 6*' "which has what it should"
cp s.gt once.gt
pipe $':load s.gt\n:save s.gt\n' -i
is "$(cat s.gt)" "$(cat once.gt)" "saved again it is the same"
pipe "$session"$':save t.gt\n:at x=9,k=1\n:wrt -\n:data t=data.csv\nx = 11; other = 12;\n:load t.gt\n:vars\n:wrt\n:at\n' -i
is "$(printf '%s\n' "$out" | tac | sed '/^k =/q' | tac)" "$before" "loaded into a session that went on it brings the first one back" || note "$err"
pipe $'x = 5;\ny = x^2\n:at x=6\n:save u.gt\n:at x=9\n:load u.gt\n:at\n:at x=7\n' -i
gives $'y = 25\ny = 36\ny = 81\ny = 36\nx=6\ny = 49\n' "inputs that the session has already take the values of the file"
pipe $'f(x) = k*x\n:at k=3\na = f(2)\nk = 5;\nb = f(2)\n:save k.gt\n:reset\n:load k.gt\n:vars\n:show symbolic\n' -i
is "$status$err" 0 "a value that a function took before the name was bound"
like "$out" $'a = 6\nb = 10\nb = 10\nk = 5\na = 6\nb = 10\n*b = 10\n' "is taken there, in a text and a formula too" || note "$out"
pipe $'p = 1;\n:at p=2\n:load u.gt\n:reset\np\n' -i
like "$err" "*'p' has no value*" "nothing of the session before is left"
sed 's/x^2/nosuch(x)/' u.gt >broken.gt
pipe $'x = 2; p = 1;\n:at p=4\n:wrt p\n:load broken.gt\nx*p\n:at\n:at p=5\nx*p\n' -i
is "$out" $'8\nd/dp = 2\np=4\n10\nd/dp = 2\n10\nd/dp = 2\n' "one that does not run leaves the session as it was"
printf ':load u.gt\nz = y + 1\n' >outer.gt
pipe $':load outer.gt\n' -i
gives $'y = 36\nz = 37\n' "a saved session within a file"
command_run "$GTAPE" s.gt --data data.csv --at k=3 </dev/null
is "$status $out" $'0 158\n' "a saved session is a program, too" || note "$err"
echo precious >mine.gt
pipe $'x = 1;\n:save mine.gt\n' -i
is "$status $(cat mine.gt)" '3 precious' "a file of somebody else stays"
pipe $'x = 1;\n:save /dev/full\n' -i
is "$status" 3 "a full disk"
like "$err" '*/dev/full: write error: No space left on device*' "is told"
pipe $'x = 1;\n:save nosuch/s.gt\n' -i
is "$status" 3 "no such folder"
is "$(leftovers)" 0 "nothing is left over"
pipe $'#:load evil.gt\nx = 1;\n:save c.gt\n' -i
pipe $':load c.gt\nx\n' -i
gives $'1\n' "a comment that was typed does not become a command"

mkfifo named
for command in load save; do
    command_run timeout 5 "$GTAPE" -i <<<":$command named"$'\n7'
    is "$status $out" $'3 7\n' ":$command of a FIFO is refused"
    like "$err" 'gtape: named: not a regular file*' "and does not wait"
done
pipe $':load /dev/fd/9\n' -i 9< <(echo 'print 7')
gives $'7\n' "what <(...) names is loaded"
pipe $'input x = 5;\ny = x^2;\n:at x=7\n:save at.gt\n' -i
like "$(cat at.gt)" '*# *--at*input x = 5*#:at x=7*' "what a batch run needs is said in the file"
run at.gt --at x=7
gives $'y = 49\n' "and so it gives the same"
pipe $'x = 5;\ny = x^2;\n:save at.gt\n' -i
is "$(grep -c '^#' at.gt)" 1 "without commands nothing is said"

# ---- :time, :history ----
pipe $':time 1+1\n2\n' -i
is "$out" $'2\n2\n' ":time STATEMENT"
like "$err" '* s, 1 operations*' "tells the time of this one"
is "$(printf '%s' "$err" | wc -l)" 1 "and no other"
pipe $':time on\n1+1\n:time off\n2\n' -i
is "$(grep -c operations <<<"$err")" 1 ":time on and off"
pipe $':history\n:history off\n' -i
gives '' ":history without a terminal"
pipe $':history x\n' -i
is "$status" 2 ":history x"

# ---- the first file ----
mkdir -p home/.config/gtape
echo 'print "init"' >home/.config/gtape/init.gt
pipe $'1\n' -i
gives $'1\n' "no init file without a terminal"
pipe $'1\n'
gives $'1\n' "nor in a batch run"
# ---- programs that are saved and run again are the same ----

cases=${srcdir:-$(dirname "$0")/../..}
case $cases in /*) ;; *) cases=$OLDPWD/$cases ;; esac
count=0 other=0
rm -f again.gt
while IFS=$'\t' read -r id program expression _; do
    case $id in '' | '#'*) continue ;; esac
    count=$((count + 1))
    printf '%s;\n:save again.gt\nprint %s\n' "$program" "$expression" | "$GTAPE" -i >typed 2>/dev/null
    "$GTAPE" again.gt -e "print $expression" >saved 2>/dev/null </dev/null
    cmp -s typed saved && [ -s saved ] || { other=$((other + 1)); note "$id"; }
done < <(cat "$cases"/tests/cases/language.tsv "$cases"/tests/cases/entries.tsv)
report $((other != 0 || count < 50)) "$count programs that are saved give what they gave at the prompt"

done_testing
