#!/usr/bin/env bash
# --rows: a table in, a table out.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
case ${srcdir:-} in
'') root=$OLDPWD/$(dirname "$0")/../.. ;;
/*) root=$srcdir ;;
*) root=$OLDPWD/$srcdir ;;
esac
tables=$root/tests/data

# ---- values and derivatives ----
printf 'x,y,label\n1,2,a\n3,4,b\n' >t.csv
run -e 'z = x*y' --wrt x,y --rows t.csv
gives $'z,dz_dx,dz_dy\n2,2,1\n12,4,3\n' "a line of values and partials for each row"
run -e 'z = x*x' --rows t.csv --keep
gives $'x,y,label,z\n1,2,a,1\n3,4,b,9\n' "--keep passes all columns through"
run -e 'z = x*x' --rows t.csv --keep=label,x
gives $'label,x,z\na,1,1\nb,3,9\n' "--keep=LIST chooses them"
run -e 'z = 0; w = 0; if x > 2 { w = x } else { z = x }' --rows t.csv
gives $'z\n1\n0\n' "the name that is assigned last in the text, whichever branch a row takes"
run -e 'z = x*x' --rows t.csv --keep=nil
fails 2 "*--keep: t.csv has no column 'nil'*" "a column that there is not"
run -e 'z = x*y' --at y=10 --rows t.csv
gives $'z\n10\n30\n' "--at wins over a column"
run -e 'x = 7; z = x*y' --rows t.csv
gives $'z\n14\n28\n' "a name that the program binds hides its column"
run -e 'z = x*y' --rows t.csv --format tsv --keep=label --wrt x
gives $'label\tz\tdz_dx\na\t2\t2\nb\t12\t4\n' "tabs"
run -e 'z = 2*x' --rows t.csv --format jsonl --keep=label,x
gives $'{"label": "a", "x": 1, "z": 2}\n{"label": "b", "x": 3, "z": 6}\n' "JSON lines"
run -e 'z = x/3' --digits 3 --rows t.csv
gives $'z\n0.333\n1\n' "--digits"

run -e 'x = x*y' --rows t.csv --keep
fails 2 "*--keep: the output would have 'x' twice: a column that is kept, and a result*" "a result called like a column"
run -e 'x = x*y' --rows t.csv --keep=y,label
gives $'y,label,x\n2,a,2\n4,b,12\n' "which is not kept"
run -e 'z = x' --rows t.csv --keep=x,y,x
fails 2 "*--keep: the output would have 'x' twice*" "a column that is kept twice"
pipe $'a,a,x\n1,2,3\n' -e 'z = x' --rows - --keep
gives $'a,a,x,z\n1,2,3,3\n' "a table's own names are passed on as they are"
pipe $'a,a,x\n1,2,3\n' -e 'z = x' --rows - --keep --format jsonl
fails 2 "*'a' twice*" "but no object has one twice"
pipe $'{"x": 1, "z": 5}\n' -e 'z = x' --rows - --keep
fails 2 "*'z' twice: a column that is kept, and a result*" "nor when its members are passed on"
run -e 'x = x*x' --sweep x=1:2:1
fails 2 "*--sweep: the output would have 'x' twice*" "nor a grid"
pipe $'t,x\na,1\nb\xe9c,2\nd,3\n' -e 'z = x' --rows - --keep --format jsonl
is "$status:$out" $'3:{"t": "a", "x": 1, "z": 1}\n' "JSON is UTF-8: the rows before a cell that is not"
like "$err" '<stdin>:3:2: error: this byte is not UTF-8, as JSON must be*' "and its place"
pipe $'t,x\na,1\nb\xe9c,2\nd,3\n' -e 'z = x' --rows - --keep --format jsonl --on-error skip
is "$status:$out" $'0:{"t": "a", "x": 1, "z": 1}\n{"t": "d", "x": 3, "z": 3}\n' "or it is left out"
pipe $'t,x\nb\xe9c,2\n' -e 'z = x' --rows - --keep
gives $'t,x,z\nb\xe9c,2,2\n' "CSV may be anything"
pipe $'t\xe9,x\n1,2\n' -e 'z = x' --rows - --keep --format jsonl
fails 3 '*a name of the header is not UTF-8*' "a name"

# ---- input of any form ----
pipe $'a,b\r\n1,2\r\n3,4' -e 'z = a+b' --rows -
gives $'z\n3\n7\n' "CR LF, and a last line without its end"
pipe $'\xef\xbb\xbf"odd name","b"\n"1",2\n" 3 ",4\n' -e 'z = ${odd name}+b' --rows - --keep
gives $'odd name,b,z\n"1",2,3\n" 3 ",4,7\n' "a byte order mark, quotes and blanks, kept byte for byte"
pipe $'t,x\n"two\nlines, ""quoted""",1\nNA,2\n' -e 'z = x' --rows - --keep
gives $'t,x,z\n"two\nlines, ""quoted""",1,1\nNA,2,2\n' "line ends within quotes; text that is not used"
pipe $'1\t2\n3\t4\n' -e 'z = c1*c2' --rows - --no-header
gives $'2\n12\n' "no header in, none out"
pipe $'x\ty\n1\t2\n' -e 'z = x+y' --rows - --wrt x
gives $'z\tdz_dx\n3\t1\n' "tabs by the first line"
pipe $'x\n' -e 'z = x' --rows -
gives $'z\n' "a header alone"
pipe $'x\n1\n\nNA\n2\n' -e 'z = x' --rows - --keep
is "$out" $'x,z\n1,1\nNA,\n2,2\n' "missing cells give empty results"
is "$err" $'gtape: 1 row had missing values\n' "and are counted"
run -e 'z = log(x)' --wrt x --rows t.csv --keep=x
is "$out" $'x,z,dz_dx\n1,0,1\n3,1.0986122886681098,0.3333333333333333\n' "a logarithm"
run -e 'z = Ozone*2' --rows "$tables/airquality.csv" --keep=Ozone
like "$out" $'Ozone,z\n41,82\n36,72\n12,24\n18,36\nNA,\n28,56\n*' "R's airquality"
like "$err" '*37 rows had missing values*' "37 days without ozone"

awk 'BEGIN { print "a,b,c"; for (i = 0; i < 20000; i++) print i ",1," (i % 3 - 1) }' >log.csv
for j in 1 2 3; do
    run -e 'w = a + b; z = log(c)' --of z --wrt a,b --rows log.csv -j $j
    is "$(grep -c 'z does not depend on a' <<<"$err") $(grep -c 'z does not depend on b' <<<"$err")" "1 1" "a note for each name, -j $j"
done

# ---- errors ----
pipe $'x,t\n1,a\n2,b\n1.5kg,c\n3,d\n' -e 'z = x' --rows -
is "$out" $'z\n1\n2\n' "everything before an error is written"
is "$status" 3 "and the status is 3"
like "$err" "<stdin>:4:1: error: column 'x': '1.5kg' is not a number*" "with its place"
pipe $'x\n1\nkg\n3\n' -e 'z = x' --rows - --on-error skip
is "$status:$out:$err" $'0:z\n1\n3\n:gtape: 1 row had errors\n' "--on-error skip"
pipe $'x\n1\nkg\n3\n' -e 'z = x' --rows - --on-error blank --keep
is "$status:$out" $'0:x,z\n1,1\nkg,\n3,3\n' "--on-error blank"
pipe $'x\n1\n-1\n3\n' -e 'assert x > 0; z = x' --rows -
is "$status:$out" $'1:z\n1\n' "a row whose run fails"
like "$err" '*assertion failed*<stdin>:3: *' "is named"
pipe $'x\n1\n-1\n3\n' -e 'assert x > 0; z = x' --rows - --on-error skip
is "$status:$out" $'0:z\n1\n3\n' "or stepped over"
pipe $'x\n1\n2,2\n' -e 'z = x' --rows -
is "$status:$out" $'3:z\n1\n' "a row that is too long"
pipe $'x\n1\n"2\n' -e 'z = x' --rows -
is "$status:$out" $'3:z\n1\n' "a quote that is never closed"
pipe '' -e 'z = x' --rows -
fails 3 '*an empty file*' "no header"
pipe $'x,x\n1,2\n' -e 'z = x' --rows -
fails 3 "*'x' more than once*" "a column twice"
pipe $'x,y,y\n1,2,3\n' -e 'z = x' --rows -
gives $'z\n1\n' "which is not used"
run -e 'z = x' --rows nothing.csv
fails 3 '*nothing.csv: No such file*' "no such file"
run -e 'z = x' --rows t.csv -o t.csv
fails 2 '*input file is output file*' "input as output"
run -e 'z = x' --rows t.csv --format json
fails 2 '*--rows and --sweep write*' "a format that is no row"
run -e 'z = x*y' --rows t.csv --wrt x --hessian
fails 2 '*--rows writes*no --hessian*' "second derivatives are not written, and that is said"
for often in '--rows t.csv' '--sweep x=1:2:1 --at y=1' '--data t.csv --by label'; do
    # shellcheck disable=SC2086
    run -e 'z = x*y' --wrt x $often --check
    fails 2 '*--check*goes with neither*' "$often --check"
    # shellcheck disable=SC2086
    run -e 'z = x*y' $often --plot 'z over x from 0 to 1'
    fails 2 '*--plot goes with neither*' "$often --plot"
    # shellcheck disable=SC2086
    run -e 'z = x*y' $often -i
    fails 2 '*do not go with the prompt*' "$often -i"
done
run -e 'z = x*y' --data t.csv --by label --sweep y=1:2:1
fails 2 '*--by and --sweep do not go together*' "groups of a sweep"

printf 'x\n1\n2\n' >two.csv
run -e 'y = 2; z = x^2; if x < 2 { z = y*x }' --of z --wrt y --rows two.csv
gives $'z,dz_dy\n2,1\n4,0\n' "nothing connects them in a row: 0"
run -e 'y = 2; z = x^2; if x < 2 { z = y*x }' --of z --wrt y --rows two.csv --unconnected error
is "$status:$out" $'1:z,dz_dy\n2,1\n' "--unconnected error: the rows before it"
like "$err" '*z does not depend on y*two.csv:3: it was for this row*' "and where it was"
run -e 'y = 2; z = x^2; if x < 2 { z = y*x }' --of z --wrt y --rows two.csv --unconnected error --on-error blank
is "$out$err" $'z,dz_dy\n2,1\n,\ngtape: 1 row had errors\n' "an error of the row, as others are"
run -e 'z = x; y = 2' --of z --wrt y --rows two.csv --unconnected none
fails 2 '*--rows leaves no derivative out*' "--unconnected none"

pipe $'x\n1e308\n1e308\n' -e 'z = x' --rows - --reduce sum --strict
fails 1 '*the sum of z over the rows is inf*' "--strict: a sum that is not finite"
pipe $'x\nNA\n' -e 'z = x' --rows - --reduce mean --strict
fails 1 '*the mean of z over the rows is nan*' "and the mean of no rows"
pipe $'x\n1e308\n1e308\n-1e308\n' -e 'z = x' --rows - --reduce sum --strict
gives $'z\n1e+308\n' "one that is finite only in the end"

# ---- the ends of the range, where vector functions overflow early (right values: mpmath, 300 bits) ----
pipe $'x\n1e308\n5e-324\n-5e-324\n' -e 'z = log1p(x)' --wrt x --rows - --strict
gives $'z,dz_dx\n709.1962086421661,1e-308\n5e-324,1\n-5e-324,1\n' "log1p"
pipe $'x\n710\n-710\n' -e 'z = sinh(x)' --wrt x --rows - --strict --digits 12
gives $'z,dz_dx\n1.11699738308e+308,1.11699738308e+308\n-1.11699738308e+308,1.11699738308e+308\n' "sinh and cosh"
pipe $'x\n5e-324\n-5e-324\n0\n' -e 'z = tan(x)' --rows - --strict
gives $'z\n5e-324\n-5e-324\n0\n' "tan"
pipe $'x\n709.782712\n' -e 'z = exp(x)' --rows - --strict
gives $'z\n1.7976915288326598e+308\n' "exp"
pipe $'x\n1.7976931348623157e308\n' -e 'z = x^0.99999999999999989' --rows - --strict
gives $'z\n1.797693134862174e+308\n' "a power"
run -e 'x = range(1000)*0 + 710; print max(cosh(x)), min(cosh(x))' --digits 12
gives $'1.11699738308e+308 1.11699738308e+308\n' "and entries of a large tensor"
printf '%s\n' x,c 2.9781085770615103,9.148279786563852e+306 4.392884321352824,2.2228499100435594e+306 >edge.csv
run -e 'z = exp(x)*c' --rows edge.csv --strict --digits 12
is "$status:$out" $'0:z\n1.79769313486e+308\n1.79769313486e+308\n' "--strict: not infinite by a last digit"

# ---- print: once for each row that is run, in their order ----
printf 'x\n1\n-1\n4\n-9\n' >signs.csv
for says in 'print x' 'if x < 2 { print x } else { print x }'; do
    run -e "$says; z = sqrt(x)" --of z --rows signs.csv
    like "$err" $'1\n-1\n4\n-9\n-e:1:*: note: sqrt(x) is nan at x = -1\n*' "$says, and a note"
    run -e "$says; z = sqrt(x)" --of z --rows signs.csv --strict
    is "$status:$out" $'1:z\n1\n' "$says, --strict: the rows before the error"
    like "$err" $'1\n-1\n-e:1:*: error: sqrt(x) is nan at x = -1\n*signs.csv:3:*' "and nothing behind it"
    run -e "$says; z = sqrt(x)" --of z --rows signs.csv --strict --on-error skip
    is "$out$err" $'z\n1\n2\n1\n-1\n4\n-9\ngtape: 2 rows had errors\n' "$says, --on-error skip"
done
sh -c '"$0" -e "z = x" --rows t.csv >/dev/full 2>full.err' "$GTAPE"
is $? 3 "a full disk"

# ---- no waiting, no growing ----
mkfifo answers
{ printf 'x\n1\n'; read -r _ <answers; printf '2\n'; } | "$GTAPE" -e 'z = x' --rows - | {
    read -r header; read -r first; echo "$header $first" >seen; echo go >answers; cat >>seen
}
is "$(cat seen)" $'z 1\n2' "a row is answered before the next one comes"
awk 'BEGIN { print "x,y"; for (i = 0; i < 3000; i++) print i "," i + 1 }' >long.csv
awk -F, 'NR == 1 { print "z"; next } { print $1 * $2 }' long.csv >long.expected
run -e 'z = x*y' --rows long.csv
is "$out" "$(cat long.expected)"$'\n' "many blocks"
printf 'x\n0\n' >zero.csv
run -e 'z = 1/x' --rows zero.csv --format jsonl
is "$out" $'{"z": "Infinity"}\n' "infinity in JSON"
# ---- options given twice, names with commas ----
for option in --rows --by; do
    run -e 'z = x' $option a $option b
    fails 2 "gtape: option '$option' is given twice: one of them"$'\n*' "$option twice"
done
# shellcheck disable=SC2016
{
    pipe $'x,",c","${y}"\n1,2,3\n' -e 'z = x' --rows - --keep='${,c},x'
    gives $'",c",x,z\n2,1,1\n' "--keep of a column with a comma in its name"
    pipe $'x,",c"\n1,2\n' -e 'z = x' --rows - --keep='${,d}'
    fails 2 "gtape: --keep: <stdin> has no column ',d'"$'\n' "which is not there"
}

# ---- inputs that come up later in JSON ----
pipe $'{"y":2}\n{"x":1,"y":3}\n' -e 'input x = 3; z = 2*x*y' --rows -
is "$status $out" $'3 {"z": 12}\n' "an input that the first line lacks is no member that is passed over"
like "$err" $'<stdin>:2:2: error: the program has an input of this name, and the first line no such member\n  {"x":1,"y":3}\n   ^~~\n' "its place"
pipe $'{"y":2}\n{"x":1,"y":3}\n{"y":5,"q":0}\n' -e 'input x = 3; z = 2*x*y' --rows - --on-error skip
is "$status $out $err" $'0 {"z": 12}\n{"z": 30}\n gtape: 1 row had errors\n' "--on-error=skip; another member is passed over"
pipe $'{"y":2}\n{"x":1,"y":3}\n' -e 'input x = 3; z = 2*x*y' --rows - --at x=5
gives $'{"z": 20}\n{"z": 30}\n' "--at wins over a column, also one that comes up later"
pipe $'{"y":2}\n{"pi":1,"y":3}\n' -e 'z = y*(pi > 3)' --rows - --on-error skip
is "$out" $'{"z": 2}\n' "a constant that a column would replace"
pipe '' --input jsonl -e 'z = 2*x' --rows - --reduce sum
gives $'{"z": 0}\n' "no rows of JSON: their sum"
pipe '' --input jsonl -e 'z = 2*x' --rows - --reduce mean
gives $'{"z": "NaN"}\n' "no rows of JSON: their mean"
pipe '' --no-header -e 'z = 2*c1' --rows - --reduce sum
gives $'0\n' "no rows without a header"

# ---- ends of ranges ----
run -e 'z = x' --sweep x=0:1e-10:1
gives $'x,z\n0,0\n' "a range shorter than its step has its start"
run -e 'z = x' --sweep x=2:2:1
gives $'x,z\n2,2\n' "a range of one"
run -e 'z = x' --sweep x=0:0.9999999999:1
is "$out" $'x,z\n0,0\n0.9999999999,0.9999999999\n' "what is an end but for rounding is the end"
run -e 'z = x/1e307' --sweep x=-1e308:1e308:1e307
is "$status $(printf '%s' "$out" | wc -l) $(printf '%s' "$out" | sed -n '2p;12p;21p;22p' | cut -d , -f 2 | tr '\n' ' ')" "0 22 -10 0 9 10 " "a range wider than the largest double"

# ---- a line of one empty cell ----
pipe $'x\n1\nNA\n2\n' -e 'z = 2*x' --rows -
is "$status $out" $'0 z\n2\n""\n4\n' "is no empty line"
pipe "$out" -e 'w = z' --rows -
is "$status $out $err" $'0 w\n2\n""\n4\n gtape: 1 row had missing values\n' "which would be no row for the next program"
pipe $'x\n1\nNA\n' -e 'z = 2*x' --rows - --format tsv
is "$out" $'z\n2\n""\n' "likewise TSV"
pipe $'x\t"a,b"\tc\n1\tq\t2\n' -e 'w = x' --rows -
gives $'w\n1\n' "a comma in quotes does not make a table CSV"

# ---- the first row that runs tells the shapes ----
pipe $'i\n3\n3\n' -e 'z = ones(i)' --rows -
gives $'z[0],z[1],z[2]\n1,1,1\n1,1,1\n' "a shape that a column decides"
pipe $'x\n200\n300\n' -e 'assert x > 100; y = [x, 2*x]' --rows -
gives $'y[0],y[1]\n200,400\n300,600\n' "a program that few rows get through"
pipe $'x\n200\n1\n' -e 'if x > 100 { y = [x, 2*x] } else { y = x }' --rows -
is "$status $out" $'1 y[0],y[1]\n200,400\n' "the row that has another shape is the second"
like "$err" '*the results of this row have another shape than those of the first*<stdin>:3: it was for this row*' "as the error says"
while IFS='|' read -r program names; do
    for threads in 1 2; do
        pipe $'x\n1\n2\n' -e "$program" --rows - -j "$threads"
        is "$status $(head -n 1 <<<"$out")" "1 $names" "a row with as many results in another shape: $program"
        like "$err" '*another shape than those of the first*<stdin>:3: *' "is an error"
    done
done <<'END'
z = x > 1 ? [x, x] : [x]; w = x > 1 ? [5] : [6, 7]; report z, w|z[0],w[0],w[1]
z = x > 1 ? [x] : x|z
z = x > 1 ? [[1, 2, x]] : [[x], [2], [3]]|z[0][0],z[1][0],z[2][0]
a = x > 1 ? [1, 2] : [[1], [2]]; watch a; z = sum(a^2)|z,dz_da[0][0],dz_da[1][0]
END
pipe $'x\nNA\n1\n200\n' -e 'assert x > 100; y = [x, 2*x]' --rows - --on-error blank
is "$status $out" $'0 y[0],y[1]\n,\n,\n200,400\n' "missing values and rows that fail tell nothing"
pipe $'x\n1\n' -e 'assert x > 100; y = [x, 2*x]' --rows -
is "$status $out" $'1 y\n' "no row that runs"
pipe $'{"x":200}\n{"x":300}\n' -e 'assert x > 100; y = [x, 2*x]' --rows - -j 3
gives $'{"y[0]": 200, "y[1]": 400}\n{"y[0]": 300, "y[1]": 600}\n' "JSON lines, several threads"
run -e 'z = ones(i)' --sweep i=2:2:1
gives $'i,z[0],z[1]\n2,1,1\n' "a sweep"
{ echo x; seq 1 20000; } >late.csv
run -e 'assert x > 19990; y = [x, x]' --rows late.csv --on-error skip
is "$status $(printf '%s' "$out" | sed -n '1,2p')" $'0 y[0],y[1]\n19991,19991' "rows that are passed over come before it"

# ---- a name that is that of a derivative ----
for format in csv jsonl; do
    run -e 'dz_dx = 5; z = x^2' --of z,dz_dx --wrt x --sweep x=1:2:1 --format $format
    fails 2 "*--sweep: the output would have 'dz_dx' twice: two results*hint: bind one of them to another name*" "$format: two results of one name"
done
run -e 'z = x^2' --of z,z --wrt x,x --sweep x=1:2:1
gives $'x,z,dz_dx\n1,1,2\n2,4,4\n' "one that is asked for twice is one"

done_testing
