#!/usr/bin/env bash
# --by: a program for each group of a table's rows.
#
# The estimates of Puromycin are those of the normal equations solved in 40 digits; those of DNase's first run are
# what nls of R 4.2.2 prints.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
case ${srcdir:-} in
'') root=$OLDPWD/$(dirname "$0")/../.. ;;
/*) root=$srcdir ;;
*) root=$OLDPWD/$srcdir ;;
esac
tables=$root/tests/data/nls
michaelis='Vm = 200; K = 0.1; fit rate ~ Vm*conc/(K + conc) over Vm, K'

# agree NAME LINE "EXPECTED...": the fields of that line of $out behind the first, to 9 digits.
agree() {
    local message
    message=$(printf '%s' "$out" | sed -n "$2p" | tr ',' ' ' | awk -v want="$3" -v tolerance="${4:-1e-9}" '{
        n = split(want, w, " ")
        for (i = 1; i <= n; i++) {
            d = $(i + 1) - w[i]; size = w[i] < 0 ? -w[i] : w[i]
            if ($(i + 1) !~ /^[-+0-9.e]+$/ || d > tolerance*size || -d > tolerance*size) print $(i + 1), "is not", w[i]
        }
    }')
    is "$status $message" "0 " "$1"
}

run --data "$tables/R-Puromycin.csv" --by state -e "$michaelis"
like "$out" $'state,Vm,K,Vm_se,K_se,residual_sd,freedom,*\ntreated,*\nuntreated,*\n' "a header and a line for each group"
agree "the first group" 2 "212.683743143 0.0641212816816 6.94715516004 0.00828094949848"
agree "the second group" 3 "160.280046183 0.047708184506 6.48024550485 0.00778187524206"
run --data "$tables/R-DNase.csv" --by Run -e 'Asym = 3; xmid = 0; scal = 1; fit density ~ Asym/(1 + exp((xmid - log(conc))/scal)) over Asym, xmid, scal'
agree "numbers are groups too" 2 "2.34517874 1.48308873 1.04145447 0.07815378 0.08135307 0.03227078 0.01919449 13" 2e-6
is "$(printf '%s' "$out" | wc -l)" 12 "eleven of them"
run --data "$tables/R-Puromycin.csv" --by state --format json -e "$michaelis; t = Vm/2"
like "$out" '{"group": {"state": "treated"}, "solutions": \[{"solver": "fit", *"values": {"t": 106.3*"uncertainties": {"t": 3.4*}}'$'\n{*' "JSON"
run --data "$tables/R-Puromycin.csv" --by state --format csv -e "$michaelis with bands=1"
is "$(printf '%s' "$out" | sed -n '1p;14p' | cut -d , -f 1-2)" $'state,y\nuntreated,67' "bands: a line for each row of the group"

# ---- without a solver ----
printf 'who,x\na,1\n"b, c",10\na,3\n,5\n"b, c",20\n' >t.csv
run --data t.csv --by who -e 'm = mean(x)*k' --at k=2 --wrt k
is "$status $out" $'0 who,m,dm_dk\na,4,2\n"b, c",30,15\n,10,5\n' "values and gradients; groups in the order of their first rows"
run --data t.csv --by who --format tsv -e 'm = max(x)' --data w=t.npy
is "$status" 3 "a file that is missing"
run --data t.csv --by who --format tsv -e 'm = max(x); print m'
is "$out$err" $'3\n20\n5\n' "what a program prints goes to stderr, and nothing is reported"
run --data t.csv --by who --format tsv -e 'm = max(x)'
is "$out" $'who\tm\na\t3\nb, c\t20\n\t5\n' "TSV"
printf 'w\n7\n' >one.csv
run --data t.csv --data one.csv --by who -e 'm = sum(w)*size(x)'
is "$out" $'who,m\na,14\n"b, c",14\n,7\n' "other tables stay whole"
printf 'who,x\n' >none.csv
run --data none.csv --by who -e 'm = sum(x)'
gives $'who,m\n' "no rows, no groups: a header alone"
run --data none.csv --by who -e 'm = sum(x); v = [x[0], m]' --of m,v
gives $'who\n' "as far as it can be known"
run --data none.csv --by who -e 'print 1'
gives '' "a program that prints has no header"
run --data none.csv --by who -e 'm = log(mean(x))' --format jsonl --strict
gives '' "JSON has no header"

# ---- JSON lines ----
printf '{"who":"a\\tb","x":1}\n{"x":10,"who":"c"}\n{"who":"a\\u0009b","x":3}\n{"x":5}\n' >t.jsonl
run --data t.jsonl --by who --format csv -e 'm = mean(x)'
gives $'who,m\na\tb,2\nc,10\n,5\n' "JSON lines: groups by what a member says"
printf '{"g":1,"x":1}\n{"g":2}\n{"x":null,"g":1}\n{"g":3,"x":2}\n' >bad.jsonl
run --data bad.jsonl --by g --format csv -e 's = sum(x)' --on-error blank
is "$status $out $err" $'0 g,s\n1,\n2,\n3,2\n gtape: 2 groups had errors\n' "a member that lacks is an error of its group"
run --data bad.jsonl --by g --format csv -e 's = sum(x)' --on-error stop
like "$err" $'bad.jsonl:3:6: error: column \'x\': no value where a number is needed\n*' "with its place"

# ---- errors ----
printf 'who,x,y\na,0,1\na,1,2\na,2,4\nb,0,1\nc,0,1\nc,1,3\nc,2,4\n' >u.csv
line='a = 0; b = 0; fit y ~ a + b*x over a, b; s = a + b'
run --data u.csv --by who -e "$line"
is "$status $(printf '%s' "$out" | cut -d , -f 1 | tr '\n' ' ')" "1 who a " "an error ends the run; what was before it is written"
like "$err" '*error: fit: 1 row cannot determine 2 parameters*gtape: it was for this group: who = b'$'\n' "and says for which group"
run --data u.csv --by who -e "$line" --on-error blank
is "$status $(printf '%s' "$out" | grep '^b') $err" $'0 b,,,,,,,,,,,, gtape: 1 group had errors\n' "--on-error=blank"
run --data u.csv --by who -e "$line" --on-error skip
is "$status $(printf '%s' "$out" | cut -d , -f 1 | tr '\n' ' ')" "0 who a c " "--on-error=skip"
run --data "$tables/R-Puromycin.csv" --by state -e "n = size(rate); $michaelis with max=(n == 11)*100" --on-error blank
is "$status $(printf '%s' "$out" | tail -n 1 | cut -d , -f 11)" "0 1" "a fit that did not converge is passed over"
escapes='a = 1; minimize (x[0] < 2 ? (a-1)^2 : a^3) over a; q = a'
printf 'g,x\nb,2\nc,1\n' >bc.csv
printf 'g,x\nc,1\nb,2\n' >cb.csv
for format in csv jsonl; do
    run --data bc.csv --by g -e "$escapes" --on-error blank --format $format
    first=$(printf '%s' "$out" | sort)
    run --data cb.csv --by g -e "$escapes" --on-error blank --format $format
    is "$(printf '%s' "$out" | sort)" "$first" "$format: a solver tells where it ended before others tell the columns"
done
like "$first" '*"g": "b"*"reason": "unbounded below"*"a": {"estimate": -*' "which is no empty line"
run --data bc.csv --by g -e 'a = 1; minimize a^3 + x[0] over a; q = a' --on-error blank
is "$(printf '%s' "$out" | cut -d , -f 1,6)" $'g,converged\nb,0\nc,0' "nor where no group has a solution"
run --data t.csv --by who -e 'who = max(x)'
fails 2 $'gtape: --by: the output would have \'who\' twice: the column of the groups, and a result\n' "a result that is called like the column"
run --data t.csv --by who -e 'who = max(x)' --format jsonl
is "$status $(printf '%s' "$out" | head -n 1)" '0 {"group": {"who": "a"}, "values": {"who": 3}}' "in JSON they stand apart"

# ---- all groups have the columns of the first ----
printf 'g,x\na,1\na,2\nb,-1\nb,-5\nc,3\n' >other.csv
branch='if mean(x) > 0 { a = mean(x) } else { b = -mean(x) }'
run --data other.csv --by g -e "$branch"
is "$status $out $err" $'1 g,a\na,1.5\n gtape: the results of this group have other columns than those of the first: b\n' "another target is an error"
run --data other.csv --by g -e "$branch" --on-error skip
is "$status $out $err" $'0 g,a\na,1.5\nc,3\n gtape: 1 group had errors\n' "which --on-error=skip passes over"
run --data other.csv --by g -e "$branch" --on-error blank
is "$status $out $err" $'0 g,a\na,1.5\nb,\nc,3\n gtape: 1 group had errors\n' "or blank"
run --data other.csv --by g -e "$branch" --format jsonl
is "$status $(printf '%s' "$out" | sed -n 2p)" '0 {"group": {"g": "b"}, "values": {"b": 3}}' "JSON tells the names with each group"
shape='if mean(x) > 0 { v = [1, 2, 3, 4] } else { v = [[1, 2], [3, 4]] }'
run --data other.csv --by g -e "$shape"
is "$status $out" $'1 g,v[0],v[1],v[2],v[3]\na,1,2,3,4\n' "another shape with as many entries is an error"
printf 'g,x\na,oops\nb,1\nc,2\n' >later.csv
run --data later.csv --by g -e 'if x[0] > 1 { y = x[0] }' --on-error blank
is "$status $out" $'0 g,y\na,\nc,2\n' "an empty line waits for the columns, also behind a group without results"

# ---- JSON of groups without results ----
run --data bad.jsonl --by g --format jsonl -e 's = sum(x)' --on-error blank
is "$status $out $err" $'0 {"group": {"g": "1"}, "values": {"s": null}}\n{"group": {"g": "2"}, "values": {"s": null}}\n{"group": {"g": "3"}, "values": {"s": 2}}\n gtape: 2 groups had errors\n' "--on-error=blank: results are null"
run --data bad.jsonl --by g --format jsonl -e 's = k*sum(x)' --at k=2 --wrt k --on-error blank
is "$(printf '%s' "$out" | head -n 1)" '{"group": {"g": "1"}, "values": {"s": null}, "gradients": {"s": null}}' "gradients too"
run --data bad.jsonl --by g --format jsonl -e 's = sum(x)' --on-error skip
is "$status $out" $'0 {"group": {"g": "3"}, "values": {"s": 2}}\n' "--on-error=skip"

# ---- a cell that is no number is an error of its group ----
printf 'g,x,y,text\na,1,2,q\na,2,3,\n"b\nb",1,oops,\nc,1,1,r\n"b\nb",x,4,\nd,,2,\nc,2,7,\n' >bad.csv
run --data bad.csv --by g -e 's = sum(x*y)'
is "$status $out" $'3 g,s\na,8\n' "groups before it are written"
like "$err" $'*bad.csv:5:6: error: column \'y\': \'oops\' is not a number\n  b",1,oops,\n       ^~~~\ngtape: it was for this group: g = b?x0ab\n' "its line and its group"
run --data bad.csv --by g -e 's = sum(x*y)' --on-error blank
is "$status $out $err" $'0 g,s\na,8\n"b\nb",\nc,15\nd,\n gtape: 2 groups had errors\n' "--on-error=blank leaves those groups empty"
run --data bad.csv --by g -e 's = sum(x*y)' --on-error skip
is "$status $out $err" $'0 g,s\na,8\nc,15\n gtape: 2 groups had errors\n' "--on-error=skip leaves them out"
run --data bad.csv --by g -e 's = sum(x)' --on-error skip
is "$status $out $err" $'0 g,s\na,3\nc,3\n gtape: 2 groups had errors\n' "another column has other cells"
run --data bad.csv --by g -e 's = sum(y)' --on-error skip
is "$out" $'g,s\na,5\nc,8\nd,2\n' "and a column that is not read none"

run --data u.csv --by wh -e 'm = sum(x)'
fails 2 "*--by: no table of --data has a column 'wh'*the columns are who, x, y*" "no such column"
printf 'x,x\n1,2\n' >twice.csv
run --data twice.csv --by x -e '1'
fails 3 "*the header has the column 'x' more than once*" "a column twice"
run --by who -e '1'
fails 2 '*--by divides the rows of a table: --data FILE gives one*' "without a table"
run --by who --data u.csv --rows u.csv -e '1'
fails 2 '*one of them*' "with --rows"
run --rows u.csv -e "$line"
fails 2 '*-e:1:15: error: fit needs all rows at once, and --rows gives one at a time*hint: --data FILE makes each column a vector; --by COLUMN then fits each group*' "fit for rows"
run --by who --data u.csv --format npy -e 'm = sum(x)'
fails 2 '*--by writes lines*' "NPY"
run --by who --data u.csv --show tape -e 'm = sum(x)'
fails 2 '*no other --show*' "--show tape"
command_run bash -c '"$0" "$@" >/dev/full' "$GTAPE" --by who --data u.csv -e 'm = sum(x)' </dev/null
is "$status" 3 "a full disk"
done_testing
