#!/usr/bin/env bash
# --rows on what is not well formed, hostile, or large.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# wrong TEXT STDOUT STDERR NAME: status 3, everything before it written
wrong() {
    for j in 1 2; do
        command_run "$GTAPE" -e 'z = x' --rows - -j $j < <(printf '%b' "$1")
        like "$status $out|$err" "3 $2|$3" "$4, -j $j"
    done
}

# ---- text that is no table ----
wrong 'x\n1\n2\00003\n' $'z\n1\n' '<stdin>:3:2: error: a NUL byte*' "a NUL byte"
wrong '\377\376x\0\n\0' '' '<stdin>:1:1: error: UTF-16 text*' "UTF-16"
wrong 'x,y\n1,2\n3\n' $'z\n1\n' '<stdin>:3:1: error: 1 field where the first line has 2*' "a short row"
wrong 'x\n1\n\n2,3\n' $'z\n1\n' '<stdin>:4:1: error: 2 fields*' "a long row behind an empty line"
wrong 'x\n1\na"b\n' $'z\n1\n' '<stdin>:3:2: error: a quote in the middle*' "a quote in the middle"
wrong 'x\n1\n"a\nb\n' $'z\n1\n' '<stdin>:3:1: error: a quote that is never closed*' "a quote that is never closed"
wrong 'x\n1\n"2"3\n' $'z\n1\n' '<stdin>:3:*text behind a closing quote*' "text behind a quote"
wrong 't,x\n"a\n\nb",kg\n' $'z\n' "<stdin>:4:4: error: column 'x': 'kg'*" "a line within quotes counts"
wrong '"x\n' '' '<stdin>:1:1: error: a quote that is never closed*' "a header without its end"

# ---- cells ----
for cell in 1e999 1.5kg - ± １２ 1_000 --1 1e 0x "1'000" 1e5.5 infinite x; do
    wrong "x\n7\n$cell\n" $'z\n7\n' "<stdin>:3:1: error: column 'x': '$cell' is *" "$cell"
done
pipe $'x\n0x10\n 3 \n5.\n.5\n1e5\n+2\n-0\n1e-400\n0x1.8p1\n-Infinity\n' -e 'z = x' --rows -
is "$out" $'z\n16\n3\n5\n0.5\n100000\n2\n-0\n0\n3\n-inf\n' "numbers in every form"
# shellcheck disable=SC2016
pipe $'if,a b,,x\n1,2,3,4\n' -e 'z = ${if} + ${a b} + x' --rows -
gives $'z\n7\n' "names that are no words, and none"
printf 'x,"\033[31m"\n1,kg\n' >esc.csv
# shellcheck disable=SC2016
run -e $'z = x' --rows esc.csv --keep $'\033[31mq'
unlike "$err" $'*\033*' "control bytes in messages are escaped"
run -e $'z = ${\033[31m}' --rows esc.csv
unlike "$err" $'*\033*' "in the names of columns too"

# ---- cells that are wrong at the end of a block of rows, which is as long as the kernels like it ----
for length in 511 512 513 1023 1024 1025 2048; do
    awk -v n=$length 'BEGIN { print "x"; for (i = 1; i <= n + 3; i++) print i == n ? "kg" : i == n + 1 ? "NA" : i }' >cells.csv
    run -e 'z = x' --rows cells.csv --on-error blank
    is "$out" "$(sed -e 's/x/z/' -e 's/kg\|NA/""/' cells.csv)"$'\n' "a blank row as number $length"
done
pipe $'x\nkg\nkg\n1\nNA\n2\nkg\n' -e 'z = x' --rows - --on-error blank --line-buffered
is "$out|$err" $'z\n""\n""\n1\n""\n2\n""\n|gtape: 1 row had missing values\ngtape: 3 rows had errors\n' "with --line-buffered"
pipe $'x\nNA\n1\n-1\nNA\nNA\n' -e 'assert x > 0; z = x' --rows -
like "$out|$err" $'z\n""\n1\n|*it was for this row\ngtape: 1 row had missing values\n' "rows behind the one that ends the run do not count"

# ---- streams ----
mkdir folder
run -e 'z = x' --rows folder
fails 3 'gtape: folder: Is a directory*' "a folder"
command_run "$GTAPE" -e 'z = x' --rows - <&-
like "$status $err" '3 gtape: <stdin>: *' "a closed standard input"
printf 'x\n1\n' >t.csv
"$GTAPE" -e 'z = x' --rows t.csv >&- 2>err
is "$? $(grep -c 'write error' err)" '3 1' "a closed standard output"
mkfifo pipe
printf 'x\n5\n' >pipe &
run -e 'z = x' --rows pipe
gives $'z\n5\n' "a named pipe"

# ---- large ----
awk 'BEGIN { n = 100000; for (i = 0; i < n; i++) printf "%sc%d", i ? "," : "", i; print ""
    for (r = 1; r <= 3; r++) { for (i = 0; i < n; i++) printf "%s%d", i ? "," : "", r*(i % 10); print "" } }' >wide.csv
run -e 'z = c5*c99999' --wrt c5 --rows wide.csv -j 2
gives $'z,dz_dc5\n45,9\n180,18\n405,27\n' "100,000 columns"
awk 'BEGIN { print "x,t"; printf "1,\""; for (i = 0; i < 3000000; i++) print "abcdef"; print "\"\n2,b" }' >long.csv
run -e 'z = x' --rows long.csv -j 2
gives $'z\n1\n2\n' "a cell of 20 MB"
(
    ulimit -v 100000
    "$GTAPE" -e 'z = x' --rows <(awk 'BEGIN { print "x,t"; printf "1,\""; for (i = 0; i < 30000000; i++) print "abcdef" }') >out.csv 2>err
    echo $? >code
)
case $(nm "$GTAPE" 2>/dev/null) in
*__asan_init*) skip "memory" "AddressSanitizer needs more" ;;
*) is "$(cat code) $(cat err)" '1 gtape: memory exhausted' "a cell that is larger than the memory" ;;
esac
columns=$(seq -s, -f 'v%g' 0 99)
awk -v names="$columns" 'BEGIN { print names; for (r = 0; r < 20000; r++) { for (i = 0; i < 100; i++) printf "%s%.6f", i ? "," : "", rand(); print "" } }' >hundred.csv
awk 'BEGIN { printf "z = 0"; for (i = 0; i < 100; i++) printf " + v%d^2*sin(v%d)", i, i; print "" }' >hundred.gt
"$GTAPE" hundred.gt --wrt "$columns" --rows hundred.csv -j 2 --stats 2>stats >hundred.out
is "$? $(wc -l <hundred.out)" '0 20001' "a hundred derivatives a row"
peak=$(sed -n 's/^memory: *\([0-9]*\) KiB.*/\1/p' stats)
case $(nm "$GTAPE" 2>/dev/null) in
*__asan_init*) skip "memory" "AddressSanitizer needs more" ;;
*) is "$((peak < 40960))" 1 "in constant memory: $peak KiB" ;;
esac
done_testing
