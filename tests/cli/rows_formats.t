#!/usr/bin/env bash
# --rows: forms of input and output, missing values, grids, sums.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# ---- JSON lines ----
cat >t.jsonl <<'END'
{"x": 1, "y": "2", "t": "a\u00e9,\"b\""}
{"y":null , "x":3}

  {"t": [1, {"k": "}"}], "q": {}, "y": 1e1, "x": 5}
END
run -e 'z = x*y' --wrt x --rows t.jsonl
is "$out" $'{"z": 2, "dz_dx": 2}\n{"z": null, "dz_dx": null}\n{"z": 50, "dz_dx": 10}\n' "an object a line, members in any order"
is "$err" $'gtape: 1 row had missing values\n' "null is a missing value"
run -e 'z = x*y' --rows t.jsonl --keep
is "$out" $'{"x": 1, "y": "2", "t": "a\\u00e9,\\"b\\"", "z": 2}\n{"y":null , "x":3, "z": null}\n{"t": [1, {"k": "}"}], "q": {}, "y": 1e1, "x": 5, "z": 50}\n' "--keep passes all members on byte for byte"
pipe $'{}\n{"b": 2}\n{ }\n' -e 'z = 1' --rows - --input jsonl --keep
is "$out" $'{"z": 1}\n{"b": 2, "z": 1}\n{"z": 1}\n' "--keep where the first object has no members"
pipe $'{"x": 1}\n{"x": 2, "\\u007a": 7}\n{"x": 3}\n' -e 'z = x' --rows - --input jsonl --keep --on-error skip
is "$out" $'{"x": 1, "z": 1}\n{"x": 3, "z": 3}\n' "--keep where a later object has a member called like the result"
pipe $'{"x": 1}\n{"x": 2, "\\u007a": 7}\n' -e 'z = x' --rows - --input jsonl --keep
is "$out" $'{"x": 1, "z": 1}\n' "the lines before it are written"
like "$status $err" "3 *:2:10: *the output would have this twice*" "and it is an error at its place"
run -e 'z = x*y' --rows t.jsonl --keep t,y --format csv
is "$out" $'t,y,z\n"aé,""b""",2,2\n,,\n"[1, {""k"": ""}""}]",1e1,50\n' "as CSV"
pipe $'{"a": 1, "\\u0062 c": 2}\n{"b c": 3, "a": 4, "a": 5}' -e 'z = a*10 + ${b c}' --rows -
gives $'{"z": 12}\n{"z": 53}\n' "names with escapes; the last of two members counts"
pipe $'{"x": "NaN"}\n{"x": "-Infinity"}\n' -e 'z = x' --rows -
is "$out" $'{"z": "NaN"}\n{"z": "-Infinity"}\n' "what is no JSON number comes in as it goes out"
pipe '' -e 'z = x' --rows - --input jsonl
gives '' "no lines"
json_error() {
    pipe "$1" -e 'z = x' --rows - --input jsonl
    like "$status $err" "3 $2" "$3"
}
json_error $'{"x": 1}\n{"x": 2' '<stdin>:2:8: error: a comma or } is needed here*' "an object that ends too early"
is "$out" $'{"z": 1}\n' "and the row before it"
json_error '{"x": 01}' '<stdin>:1:7: error: this is no JSON value*' "a number that JSON does not know"
json_error '{"x": nan}' '<stdin>:1:7: error: this is no JSON value*' "nan"
json_error '{"x": "a}' '<stdin>:1:7: error: a quote that is never closed*' "a string without its end"
json_error $'{"x": "a\tb"}' '<stdin>:1:9: error: a control character in a string*' "a tab in a string"
json_error '{"x": 1} 2' '<stdin>:1:10: error: text behind the object*' "more than an object"
json_error '[1, 2]' '<stdin>:1:1: error: a line of JSON must be an object*' "an array"
json_error '{x: 1}' '<stdin>:1:2: error: a member needs a name in quotes*' "a bare name"
json_error '{"x" 1}' '<stdin>:1:6: error: a colon is needed here*' "no colon"
json_error '{"x": "\q"}' '<stdin>:1:8: error: an unknown escape*' "an escape"
json_error '{"x": true}' "<stdin>:1:7: error: column 'x': 'true' is not a number*" "a truth value"
json_error '{"x": [1]}' "<stdin>:1:7: error: column 'x': '\[1\]' is not a number*" "an array where a number is needed"
deep=$(printf '[%.0s' {1..300})
json_error "{\"x\": 1, \"q\": $deep" '*:1:315: error: a value is needed here*' "brackets without an end"
json_error "{\"x\": 1, \"q\": $deep}" '*:1:315: error: *' "another one closes them"
printf '{"q": %s%s, "x": 1, "p": %s7%s}\n' "$(printf '[%.0s' {1..100000})" "$(printf ']%.0s' {1..100000})" \
    "$(printf '{"a":%.0s' {1..50000})" "$(printf '}%.0s' {1..50000})" >deep.jsonl
run -e 'z = 2*x' --rows deep.jsonl
gives $'{"z": 2}\n' "a member that is not used may be nested as deeply as it likes"

# ---- fields between blanks, and other characters ----
printf '  x   y\n 1 2  \n\n3\t4\nNA 5\n"6" 7' >t.ssv
run -e 'z = x*y' --rows t.ssv --keep
is "$out" $'x y z\n1 2 2\n3 4 12\nNA 5 NA\n"6" 7 42\n' "runs of blanks and tabs; NA stands where nothing would"
pipe $'x y\n1 2 3\n' -e 'z = x' --rows - --input ssv
is "$status" 3 "a row that is too long"
printf 'x;t\n1;"a;b"\n2;c\n' >t.txt
run -e 'z = 2*x' --rows t.txt -t ';' --keep
gives $'x;t;z\n1;"a;b";2\n2;c;4\n' "-t: another character between fields"
run -e 'z = 2*x' --rows t.txt -t ';' --keep --format csv
gives $'x,t,z\n1,a;b,2\n2,c,4\n' "which may be another one in the output"
pipe $'x\ty\n1\t2\n' -e 'z = x*y' --rows - -t '\t'
gives $'z\n2\n' "a tab"
run -e 'z = 2*x' --rows t.txt -t ';' --input csv
gives $'z\n2\n4\n' "--input csv does not undo it"
run -e 'z = 2*x' --rows t.txt -t ';' --input jsonl
fails 2 '*--input jsonl has no separator*' "JSON lines have none"
for c in '' 1 a . - '"' '{' ';;' $'\n'; do
    run -e 'z = 2*x' --rows t.txt -t "$c"
    fails 2 '*--separator*takes one character*' "-t '$c'"
done
printf 'x\ty\n1\t2\n' >t.tab
printf 'x,y\n1,2\n' >T.CSV
printf '{"x": 1, "y": 2}\n' >t.ndjson
for name in t.tab T.CSV t.ndjson; do
    run -e 'z = x + y' --rows "$name" --format csv
    gives $'z\n3\n' "the form of $name by its name"
done
run -e 'z = x' --rows t.tab --input xml
fails 2 '*--input*csv|tsv|jsonl|ssv*' "--input xml"

# ---- missing values ----
pipe $'x,y\n-,1\nNA,1\n2,.\n3,4\n' -e 'z = x*y' --rows - --na-strings=-,.,NA
is "$out" $'z\n""\n""\n""\n12\n' "--na-strings"
pipe $'x\n-999\n\n""\n2\n' -e 'z = x' --rows - --na-strings -999
is "$out" $'z\n""\n""\n2\n' "a number can be one of them, and an empty cell is missing in any case"
pipe $'x\nNA\n' -e 'z = x' --rows - --na-strings -
like "$status $err" "3 *'NA' is not a number*" "NA is only missing where it is listed"

# ---- --keep and its list ----
printf 'x,y\n1,2\n' >t.csv
run --rows t.csv --keep y -e 'z = x'
gives $'y,z\n2,1\n' "--keep LIST as a word of its own"
echo 'z = x' >p.gt
run --rows t.csv --keep p.gt
gives $'x,y,z\n1,2,1\n' "a program is no list"
run --rows t.csv --keep ./p.gt
gives $'x,y,z\n1,2,1\n' "nor is a path"

# ---- JSON lines without a name that says so: behind a mark, empty lines, blanks; in pieces ----
for begin in '\xef\xbb\xbf' '\n\r\n' ' \t' '\xef\xbb\xbf\n '; do
    printf %b "$begin"'{"x": 1}\n\n{"x": 2}\n' >json
    run -e 'z = 2*x' --rows json
    gives $'{"z": 2}\n{"z": 4}\n' "JSON behind $begin"
done
{ printf '\n' && sleep 0.2 && printf ' ' && sleep 0.2 && printf '{"x": 1}\n'; } | "$GTAPE" -e 'z = x' --rows - >.out 2>&1
is "$(cat .out)" '{"z": 1}' "which come one after the other"
pipe $'\nx\ty\n1\t2\n' -e 'z = x*y' --rows -
gives $'z\n2\n' "a tab of the first line that is not empty"

# ---- no results, no output ----
for program in 'f(x) = x' 'print x' 'printf "%g\n", x'; do
    for way in '--rows -' '--rows - --format jsonl' '--rows - --reduce sum' '--rows - --reduce mean --format jsonl' '--rows - -j 2'; do
        # shellcheck disable=SC2086
        pipe $'x\n1\n2\n' -e "$program" $way
        is "$status:$out" "0:" "$program $way"
    done
done
run -e 'print x' --sweep x=1:2:1
is "$status:$out:$err" $'0::1\n2\n' "nor of a sweep"
pipe $'x,y\n1,2\n' -e 'print x' --rows - --keep=y
is "$out" $'y\n2\n' "but columns that are kept"

# ---- grids ----
run -e 'z = x*y' --wrt x --sweep x=0:1:0.5 --sweep 'y=[1, 2]'
gives $'x,y,z,dz_dx\n0,1,0,1\n0,2,0,2\n0.5,1,0.5,1\n0.5,2,1,2\n1,1,1,1\n1,2,2,2\n' "the last name changes fastest"
run -e 'z = x' --sweep x=0:1:0.1 --keep= --format jsonl
is "$(tail -n 1 <<<"$out" | tr -d '\n')" '' "lines end"
like "$out" '*{"x": 1, "z": 1}*' "both ends are in, however the steps round"
run -e 'z = x' --sweep x=0:1:0.3 --no-header --keep=x
gives $'0,0\n0.3,0.3\n0.6,0.6\n0.8999999999999999,0.8999999999999999\n' "steps that do not reach the end"
run -e 'z = x' --sweep 'x=3:1:-1'
gives $'x,z\n3,3\n2,2\n1,1\n' "downwards"
run -e 'z = x' --sweep 'x=linspace(0, pi, 3)' --digits 3
gives $'x,z\n0,0\n1.57,1.57\n3.14,3.14\n' "a vector"
run -e 'z = x*y' --sweep x=1:2:1
fails 2 "*'y' has no value*" "another input without a value"
run -e 'z = x' --sweep q=1:2:1 --at x=1
fails 2 '*--sweep q: the program has no such input*' "a name that there is not"
run -e 'x = 2; z = x' --sweep x=1:2:1
fails 2 '*--sweep x: the program has no such input*' "a name that the program binds"
run -e 'z = x' --sweep 'x = 0 : 1 : 0.5'
gives $'x,z\n0,0\n0.5,0.5\n1,1\n' "blanks"
run -e 'z = ${a b}' --sweep ' ${a b} = [1, 2] '
gives $'a b,z\n1,1\n2,2\n' "around a name that is no word"
run -e 'z = random(1)' --sweep 'x = random(2)' --sweep 'y=random(1)' --seed 7 --keep=x,y -e 'z = z + 0*x*y'
stream=$(printf '%s\n' "$out" | sed 1d)
run -e 'r = random(4); print r[0], r[2], r[3]; print r[1], r[2], r[3]' --seed 7
is "${stream//,/ }" "${out%$'\n'}" "random numbers of ranges, then those of the program, from one stream"
run -e 'z = x' --sweep 'x = random(1)' --seed 8 --keep=
first=$out
run -e 'z = x' --sweep 'x = random(1)' --seed 9 --keep=
is "$([ "$out" != "$first" ] && echo other)" other "--seed"
for bad in x=1:2 x=1:2:3:4 x=1:2:0 x=1:2:-1 x=1:nan:1 x=1:foo:1 'x=[[1,2],[3,4]]' x=1:1e30:1 =1:2:1 x x=1:2: 'x="a"' ' =1:2:1'; do
    run -e 'z = x' --sweep "$bad"
    fails 2 "*--sweep ${bad//[/\\[}:*" "--sweep $bad"
done
run -e 'z = x' --sweep x=1:2:1 --sweep x=1:2:1
fails 2 '*swept already*' "twice"
run -e 'z = x' --sweep x=1:2:1 --rows t.csv
fails 2 '*do not go together*' "with --rows"
run -e 'z = log(x); assert x != 2' --sweep x=1:3:1
is "$status:$out" $'1:x,z\n1,0\n' "an error ends it"
run -e 'z = log(x); assert x != 2' --sweep x=1:3:1 --on-error skip --digits 3
is "$status:$out" $'0:x,z\n1,0\n3,1.1\n' "or not"
run -e 'z = x*x' --sweep x=1:10000:1 -j 3 --reduce sum
gives $'z\n333383335000\n' "n(n+1)(2n+1)/6"

run -e 'z = x' --sweep x=1:2:1 -t ';'
gives $'x;z\n1;1\n2;2\n' "-t"
run -e 'z = x' --sweep x=1:2:1 --at x=1
fails 2 '*--sweep x: --at gives it one value*' "--at for the same name"
run -e 'z = x' --sweep x=1:2:1 --input csv
fails 2 '*--sweep makes its rows: no --input*' "--input"

# ---- what is asked for and would have no effect ----
printf 'x\n1\n' >one.csv
run -e 'z = x' --rows one.csv --format text
fails 2 '*--rows and --sweep write csv, tsv or jsonl*' "--format text"
run -e 'z = x' --rows one.csv --reduce sum --keep
fails 2 '*--keep writes a line for each row, and --reduce one in all*' "--keep with --reduce"
for budget in '--rows one.csv' '--rows one.csv --show uncertainty' '--sweep x=1:2:1'; do
    run -e 'a = 1 +/- 0.1; z = a*x' $budget --samples 100
    fails 2 '*--samples checks the budget of one run*' "--samples with $budget"
done
for option in --keep '--reduce sum' '--na-strings -' --no-header --line-buffered '-t ;' '--input csv' '--on-error skip'; do
    run -e 'z = 1' $option
    fails 2 '*is about rows: --rows FILE or --sweep*' "$option without rows"
done

# ---- sums and means ----
printf 'x\n1e308\n1.5e308\n-1e307\n' >big.csv
run -e 'z = x; w = -x' --rows big.csv --reduce mean --of z,w
gives $'z,w\n8e+307,-8e+307\n' "a mean whose sum is too large for a double"
run -e 'a = 5 +/- 0.1; z = a*x' --rows big.csv --reduce sum
fails 2 '*--reduce adds up values and derivatives, and there are uncertainties*--data FILE*' "uncertainties are not added up"
run -e 'a = 5 +/- 0.1; z = sum(a*x)' --data one.csv
like "$out" 'z = 5.0*0.1*' "what the hint says"
printf 'x\n1e100\n1\n-1e100\nNA\n' >t.csv
run -e 'z = x; w = x*x' --of z --wrt x --rows t.csv --reduce sum
is "$out" $'z,dz_dx\n1,3\n' "sums do not round before the end"
run -e 'z = x' --rows t.csv --reduce mean --format jsonl
is "$out" $'{"z": 0.3333333333333333}\n' "means"
is "$err" $'gtape: 1 row had missing values\n' "rows that are missing are left out"
pipe $'x\n1\ninf\n-inf\n' -e 'z = x' --rows - --reduce sum
like "$out" $'z\nnan\n' "infinities"
pipe $'x\n' -e 'z = x' --rows - --reduce sum
gives $'z\n0\n' "no rows"
pipe $'x\n1\nkg\n' -e 'z = x' --rows - --reduce sum
fails 3 '*not a number*' "no sum of a part"
# terms of all sizes that cancel: the same sum whatever the cut
awk 'BEGIN { srand(5); print "x"; for (i = 0; i < 20000; i++) printf "%.17g\n", (rand() - 0.5)*10^(20*rand() - 10) }' >long.csv
run -e 'z = sin(x)*x' --wrt x --rows long.csv --reduce sum
whole=$out
for j in 2 5; do
    run -e 'z = sin(x)*x' --wrt x --rows long.csv --reduce sum -j "$j"
    is "$out" "$whole" "-j $j makes no difference"
done
{
    head -n 1 long.csv
    tail -n +2 long.csv | sort
} >sorted.csv
run -e 'z = sin(x)*x' --wrt x --rows sorted.csv --reduce sum
is "$out" "$whole" "nor does the order"
for shards in 2 16; do
    echo z,g >parts.csv
    tail -n +2 long.csv | split -n r/$shards --filter="\"$GTAPE\" -e 'z = sin(c1)*c1' --wrt c1 --no-header --rows - --reduce sum" >>parts.csv
    "$GTAPE" -e 'a = z; b = g' --of a,b --rows parts.csv --reduce sum >added.csv
    is "$(paste -d, <(tail -n 1 <<<"${whole%$'\n'}") <(tail -n 1 added.csv) | awk -F, '
        function part(a, b) { d = a - b; if (d < 0) d = -d; m = a < 0 ? -a : a; return d <= 1e-15*m }
        { print part($1, $3) && part($2, $4) }')" 1 "$shards shards add up to the whole"
done
done_testing
