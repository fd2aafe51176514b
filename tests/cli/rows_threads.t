#!/usr/bin/env bash
# --rows -j N: the bytes are the same for any number of threads and any pieces that the input comes in; nobody
# waits for input that is not needed; memory does not grow; ends that are no good ends.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# ---- tables with all that makes cutting hard ----
awk 'BEGIN {
    srand(3); print "x,y,\"a name\",t"
    for (i = 0; i < 30000; i++) {
        x = i % 97 == 0 ? "NA" : i % 89 == 0 ? "inf" : i % 83 == 0 ? "-0" : sprintf("%.17g", (rand() - 0.5)*4)
        t = i % 5 == 0 ? "\"two\nlines, \"\"\n\"" : i % 7 == 0 ? "\"" i "\"" : "plain"
        printf "%s,%.6g,%d,%s%s", x, rand()*3, i, t, i % 3 ? "\n" : "\r\n"
    }
}' >t.csv
program='s = 0; for i in range(3) { s += x^i*y }; z = x > 0.5 ? s*log(x) : x < -1 ? sqrt(-x)*y : sin(x*y) + ${a name}'
awk -v ORS='\r' '{ print }' <(printf 'x,y\n'; seq 1 3000 | sed 's/$/,2/') >cr.csv
awk 'BEGIN { for (i = 0; i < 9000; i++) printf "{\"x\": %d, \"s\": \"a\\\"b{\", \"y\": %.17g}\n", i, i/7 }' >t.jsonl
split_program='z = x*y'

# slowly PIECE: standard input in pieces of that size, each a read of its own
slowly() { dd bs="$1" iflag=fullblock status=none; }

compare() { # NAME FILE PROGRAM OPTIONS
    "$GTAPE" -e "$3" --wrt x,y --rows "$2" "${@:4}" >one.out 2>one.err
    is $? 0 "$1"
    for j in 2 3 8; do
        "$GTAPE" -e "$3" --wrt x,y --rows "$2" -j $j "${@:4}" >many.out 2>many.err
        cmp -s one.out many.out && cmp -s one.err many.err
        is $? 0 "$1: -j $j"
    done
    for piece in 61 4099 65536; do
        slowly $piece <"$2" | "$GTAPE" -e "$3" --wrt x,y --rows - -j 2 "${@:4}" >many.out 2>many.err
        cmp -s one.out many.out
        is $? 0 "$1: in pieces of $piece bytes"
    done
    "$GTAPE" -e "$3" --wrt x,y --rows "$2" --line-buffered -j 2 "${@:4}" >many.out 2>many.err
    cmp -s one.out many.out
    is $? 0 "$1: a block for each row"
}
compare "quotes, branches, missing values" t.csv "$program" --keep
compare "lines that end with CR" cr.csv "$split_program" --input csv
compare "JSON lines" t.jsonl "$split_program" --keep --input jsonl
compare "what print says" cr.csv 'z = x*y; if x % 500 == 0 { print "row", x }' --input csv
is "$(sed 1d t.csv | tr -d '\r' | grep -c '^[^,]*,[^,]*,[^,]*,')" "$("$GTAPE" -e "$program" --rows t.csv 2>/dev/null | sed 1d | wc -l)" "no row is lost"

# the rows one at a time, each a run of its own, are the same (all kernels have one result for an entry)
head -n 1 t.csv >some.csv
awk 'NR > 1' t.csv | grep -a 'plain' | head -n 40 >>some.csv
"$GTAPE" -e "$program" --wrt x,y --rows some.csv 2>/dev/null >together.out
{
    head -n 1 together.out
    sed 1d some.csv | while IFS= read -r line; do
        printf '%s\n%s\n' "$(head -n 1 some.csv)" "$line" | "$GTAPE" -e "$program" --wrt x,y --rows - 2>/dev/null | tail -n 1
    done
} >alone.out
cmp -s together.out alone.out
is $? 0 "rows alone and together"

# ---- errors are those of the first row that is wrong ----
{
    printf 'x\n'
    seq 1 20000
    printf '1.5kg\n'
    seq 1 20000
    printf 'a"b\n'
    seq 1 20000
} >bad.csv
for j in 1 2 5; do
    command_run "$GTAPE" -e 'z = 2*x' --rows bad.csv -j $j
    is "$status $(tail -n 1 <<<"${out%$'\n'}") $(wc -l <<<"${out%$'\n'}")" "3 40000 20001" "-j $j: everything before an error, nothing behind it"
    like "$err" "bad.csv:20002:1: error: column 'x': '1.5kg' is not a number*" "-j $j: its place"
    command_run "$GTAPE" -e 'z = 2*x' --rows bad.csv -j $j --on-error skip
    like "$status $err" "3 bad.csv:40003:2: error: a quote in the middle*" "-j $j: the place of the next one"
    command_run "$GTAPE" -e 'assert x != 15000; z = 2*x' --rows bad.csv -j $j
    is "$status $(tail -n 1 <<<"${out%$'\n'}")" "1 29998" "-j $j: a row whose run fails"
    like "$err" "*assertion failed*bad.csv:15001: *" "-j $j: which one"
done

# ---- notes are told once ----
{ printf 'x\n'; seq -20000 20000; } >log.csv
"$GTAPE" -e 'z = log(x)' --rows log.csv >/dev/null 2>one.err
"$GTAPE" -e 'z = log(x)' --rows log.csv -j 4 >/dev/null 2>many.err
is "$(cat many.err)" "$(cat one.err)" "notes"
like "$(cat one.err)" '*log(x) is nan at x = -20000*' "of the first row"

# ---- nobody waits ----
for j in 1 2; do
    for form in csv jsonl; do
        rm -f answers
        mkfifo answers
        if [ $form = csv ]; then first=$'x\n1\n' second=$'2\n'; else first=$'{"x": 1}\n' second=$'{"x": 2}\n'; fi
        { printf '%s' "$first"; read -r _ <answers; printf '%s' "$second"; } |
            timeout 20 "$GTAPE" -e 'z = x' --rows - -j $j --input $form | {
            [ $form = csv ] && read -r _
            read -r answer; echo "$answer" >seen; echo go >answers; cat >>seen
        }
        is "$(wc -l <seen)" 2 "-j $j, $form: a row is answered before the next one comes"
    done
    rm -f answers waited
    mkfifo answers
    { printf 'x\n1\nkg\n'; read -r -t 15 _ <>answers; echo late >waited; } |
        { "$GTAPE" -e 'z = x' --rows - -j $j 2>/dev/null; [ -e waited ] || echo early; echo go >answers; } >seen
    is "$(tail -n 1 seen)" early "-j $j: an error does not wait for more input"
done

# ---- progress ----
for when in always never auto; do
    { printf 'x\n1\n'; sleep 2.2; printf '2\n'; sleep 0.1; printf '3\n'; } | "$GTAPE" -e 'z = x' --rows - --progress=$when >out 2>err
    case $when in
    always) like "$(cat err)" $'*\rgtape: 2 rows, * a second\e[K*\r\e[K' "--progress=always counts, and goes away at the end" ;;
    *) is "$(cat err)" '' "--progress=$when, where standard error is no terminal" ;;
    esac
    is "$(tr '\n' ' ' <out)" 'z 1 2 3 ' "--progress=$when: the results"
done

# ---- constant memory ----
rows() { awk -v n="$1" 'BEGIN { print "x,y"; for (i = 0; i < n; i++) printf "%.17g,%d\n", i/3, i }'; }
peak() { rows "$1" | "$GTAPE" -e 'z = sin(x)*y' --wrt x,y --rows - -j 2 --stats 2>&1 >/dev/null | sed -n 's/^memory: *\([0-9]*\) KiB.*/\1/p'; }
if [ -n "$(peak 10)" ]; then
    few=$(peak 20000)
    many=$(peak 1000000)
    is "$((many < few + 8192 && many < 40960))" 1 "memory does not grow with the input: $few and $many KiB"
fi

# ---- bad ends ----
for j in 1 2; do
    rows 100000 | "$GTAPE" -e 'z = x' --rows - -j $j 2>err | head -n 2 >/dev/null
    is "${PIPESTATUS[1]} $(cat err)" '141 ' "-j $j: a closed pipe ends it silently"
    rows 100000 | "$GTAPE" -e 'z = x' --rows - -j $j >/dev/full 2>err
    is "${PIPESTATUS[1]} $(cat err)" '3 gtape: write error: No space left on device' "-j $j: a full disk"
    { rows 1000; sleep 20; } | { timeout --foreground -s INT 2 "$GTAPE" -e 'z = x' --rows - -j $j >out; echo $? >code; } 2>/dev/null
    is "$(cat code) $(wc -l <out)" "124 1001" "-j $j: an interrupted run has written what it had"
    { rows 3000; printf '7,'; } | "$GTAPE" -e 'z = x' --rows - -j $j 2>err >out
    is "${PIPESTATUS[1]} $(wc -l <out) $(tail -n 1 out) $(cat err)" "0 3002 7 " "-j $j: a last line without its end"
    { rows 3000; printf '7'; } | "$GTAPE" -e 'z = x' --rows - -j $j 2>err >out
    like "${PIPESTATUS[1]} $(wc -l <out) $(cat err)" "3 3001 <stdin>:3002:1: error: 1 field where*" "-j $j: input that ends in the middle of a row"
    echo old >kept.csv
    rows 3000 | sed '2000s/.*/kg,kg/' | "$GTAPE" -e 'z = x' --rows - -j $j -o kept.csv 2>/dev/null
    is "${PIPESTATUS[2]} $(cat kept.csv) $(leftovers)" "3 old 0" "-j $j: -o keeps the old file"
done
done_testing
