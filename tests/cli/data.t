#!/usr/bin/env bash
# --data: tables and arrays as inputs, --format npy, and :data.
#
# tests/data/ holds tables of R's data sets (mtcars, airquality, longley, Puromycin) and of vega-datasets (the
# beginning of co2-concentration; global-temp, with CR LF).
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
case ${srcdir:-} in
'') root=$OLDPWD/$(dirname "$0")/../.. ;;
/*) root=$srcdir ;;
*) root=$OLDPWD/$srcdir ;;
esac
tables=$root/tests/data

# ---- columns ----
printf 'x,y,label\n1,2,a\n3,4,b\n' >t.csv
run -e 'print x, sum(x*y)' --data t.csv
gives $'[1, 3] 14\n' "columns are vectors"
run -e 'z = sum(x*y)' --wrt x --data t.csv
gives $'z = 14\ndz/dx = [2, 4]\n' "and variables"
run -e 'z = sum(x*y)' --data t.csv --at x=10
gives $'z = 60\n' "--at wins, and its column is not read"
run -e 'z = sum(x*y)' --at label=1 --data t.csv
fails 2 '*no name '"'label'*" "--at for a column that the program does not read"
run -e 'input x = 7; z = x' --data t.csv
gives $'z = [1, 3]\n' "a column replaces a default"
run -e 'x = 7; z = x' --data t.csv
gives $'z = 7\n' "a name that the program binds hides its column"
run -e 'x = 7; z = label' --data t.csv
fails 3 "t.csv:2:5: error: column 'label': 'a' is not a number"$'\n  1,2,a\n      ^\n' "a column of text is unread until it is used"
run -e 'f(a) = a*y; z = f(2)' --data t.csv
gives $'z = [4, 8]\n' "a column that only a function reads"
run -e 'f(a) = a*y; y = 1; z = f(2)' --data t.csv
gives $'z = 2\n' "a function that reads what the program binds"
printf 'e,y\n1,2\n3,4\n' >e.csv
run -e 'z = e + y' --data e.csv
gives $'z = [3, 7]\n' "a column called e hides the constant"
printf 'e,y\nlow,2\nhigh,4\n' >e.csv
run -e 'z = sum(y)' --data e.csv
gives $'z = 6\n' "but is not read where the program does not"
printf 'x\n5\n6\n' >u.csv
run -e 'print x, y' --data t.csv --data u.csv
gives $'[5, 6] [2, 4]\n' "of two files with a name, the last"
run -e 'z = q' --data t.csv
fails 2 "*'q' has no value*" "no such column"
printf 'if,a b,\xce\xb8,"say ""x"""\n1,2,3,4\n' >odd.csv
# shellcheck disable=SC2016 # names of the language
run -e 'print ${if}, ${a b}, θ, ${say "x"}' --data odd.csv
gives $'[1] [2] [3] [4]\n' "odd names of columns"

# ---- dialects ----
dialect() { # NAME TEXT: reads as x = [1, 2], y = [3, 4]
    printf '%b' "$2" >d.csv
    run -e 'print x, y' --data d.csv
    gives $'[1, 2] [3, 4]\n' "$1"
}
dialect "plain" 'x,y\n1,3\n2,4\n'
dialect "CR LF" 'x,y\r\n1,3\r\n2,4\r\n'
dialect "CR alone" 'x,y\r1,3\r2,4\r'
dialect "no line end at the end" 'x,y\n1,3\n2,4'
dialect "empty lines" '\nx,y\n\n1,3\n\n2,4\n\n\n'
dialect "a byte order mark" '\xef\xbb\xbfx,y\n1,3\n2,4\n'
dialect "quotes" '"x","y"\n"1",3\n"2","4"\n'
dialect "blanks" ' x , "y" \n 1 , 3\n2,\t4 \n'
dialect "other columns hold anything" 'x,a,y\n1,"a, ""b""\nc",3\n2,NA,4\n'
dialect "other columns may repeat a name" 'a,x,a,y,\n,1,,3,\n,2,,4,\n'
dialect "numbers in many forms" 'x,y\n0x1,3.0\n.2e1,4e0\n'
printf 'x\ty\n1\t3\n' >d.tsv
run -e 'print x, y' --data d.tsv
gives $'[1] [3]\n' "tabs in a .tsv file"
pipe $'x\ty\n1\t3\n' -e 'print x, y' --data -
gives $'[1] [3]\n' "tabs from standard input"
printf 'x,y\n' >d.csv
run -e 'print size(x), sum(x)' --data d.csv
gives $'0 0\n' "a header alone"

# ---- files that are not well formed ----
malformed() { # NAME TEXT PATTERN
    printf '%b' "$2" >d.csv
    run -e 'z = x' --data d.csv
    fails 3 "$3" "$1"
}
malformed "an empty file" '' 'gtape: d.csv: the file is empty*'
malformed "a short row" 'x,y\n1,2\n3\n' 'd.csv:3:1: error: 1 field here, where the first line has 2*'
malformed "a long row" 'x,y\n1,2,3\n' 'd.csv:2:5: error: 3 fields here, where the first line has 2*'
malformed "a ragged row behind a line end in quotes" 'x,y\n1,"a\nb"\n3\n' 'd.csv:4:1: error: 1 field*'
malformed "a quote in the middle" 'x,y\n1,a"b\n' 'd.csv:2:4: error: a quote in the middle*'
malformed "text behind a quote" 'x,y\n1,"a"b\n' 'd.csv:2:6: error: text behind a closing quote*'
malformed "an unclosed quote" 'x,y\n1,"a\n2,3\n' 'd.csv:2:3: error: a quote that is never closed*'
malformed "a NUL byte" 'x,y\n1,\0\n' 'd.csv:2:3: error: a NUL byte*'
malformed "UTF-16" '\xff\xfex\0\n\0' 'd.csv:1:1: error: UTF-16 text*'
malformed "a repeated name that is used" 'x,x\n1,2\n' "gtape: d.csv: the header has the column 'x' more than once"$'\n'
malformed "an empty cell" 'a,x\n1,2\n3,\n' "d.csv:3:3: error: column 'x': an empty cell where a number is needed*"
malformed "NA" 'x\n1\nNA\n' "d.csv:3:1: error: column 'x': 'NA' where a number is needed*"
malformed "text" 'a,x\n1,1.5kg\n' "d.csv:2:3: error: column 'x': '1.5kg' is not a number*"
malformed "a decimal comma" 'x\n"1,5"\n' "d.csv:2:2: error: column 'x': '1,5' is not a number*"
malformed "too large" 'x\n1e999\n' "d.csv:2:1: error: column 'x': '1e999' is too large for a double*"
malformed "columns count characters" 'a,x\n\xce\xb8\xce\xb8,-\n' "d.csv:2:4: error: column 'x': '-' is not a number*"
malformed "no escapes reach a terminal" 'x\n\033[31m\n' "d.csv:2:1: error: column 'x': '?x1b?31m' is not a number*"
run -e 'z = x' --data nosuch.csv
fails 3 $'gtape: nosuch.csv: No such file or directory\n' "a missing file"
mkdir folder
run -e 'z = x' --data folder
fails 3 $'gtape: folder: Is a directory\n' "a directory"
run -e 'z = x' --data ''
fails 2 "*option '--data' needs the name of a file*" "no name"
run -e 'z = x' --data x=
fails 2 "*option '--data' needs the name of a file*" "no name behind ="
pipe 'z = x' --data -
fails 2 'gtape: standard input can be read for one thing only*' "program and data on standard input"
run -e 'z = x' --data t.csv -o t.csv
fails 2 'gtape: t.csv: input file is output file*' "output to a data file"

# ---- real tables ----
# sum FILE COLUMN NUMBER: against awk
sum() {
    local expected
    expected=$(tr -d '\r"' <"$tables/$1" | awk -F, -v k="$3" 'NR > 1 { s += $k; n++ } END { printf "%.9g %d", s, n }')
    run -e "printf \"%.9g %d\", sum(\${$2}), size(\${$2})" --data "$tables/$1"
    is "$out" "$expected" "the sum of $2 in $1"
}
sum mtcars.csv mpg 2
sum mtcars.csv carb 12
sum airquality.csv Wind 3
sum global-temp.csv temp 2
sum co2.csv 'adjusted CO2' 3
sum longley.csv GNP.deflator 1
sum puromycin.csv rate 2
run -e 'mean(Ozone)' --data "$tables/airquality.csv"
fails 3 "*airquality.csv:6:1: error: column 'Ozone': 'NA' where*" "airquality has NA in line 6"
run -e 'mean(model)' --data "$tables/mtcars.csv"
fails 3 "*mtcars.csv:2:2: error: column 'model': 'Mazda RX4' is not a number*" "mtcars has names"

# ---- one tensor ----
printf '1,2,3\n4,5,6\n' >m.csv
printf 'a,b,c\n1,2,3\n4,5,6\n' >h.csv
run -e 'print shape(m), m[1]' --data m=m.csv
gives $'[2, 3] [4, 5, 6]\n' "a table without a header"
run -e 'print shape(m), m[1]' --data m=h.csv
gives $'[2, 3] [4, 5, 6]\n' "and with one"
# shellcheck disable=SC2016 # a name of the language
run -e 'z = sum(${the m})' --data '${the m}=m.csv'
gives $'z = 21\n' "an odd name"
cp m.csv m=m.csv
run -e 'z = sum(m)' --data m=m=m.csv
gives $'z = 21\n' "= in the name of a file"
cp t.csv q=t.csv
run -e 'z = sum(x)' --data ./q=t.csv
gives $'z = 4\n' "./ makes it a file"
run -e 'z = sum(x)' --data m=m.csv --at x=1
fails 2 $'--data:1:1: error: the program has no name \'m\'\n*' "a name that the program lacks"
run -e 'm = 1; z = m' --data m=m.csv
fails 2 "-e:1:1: error: 'm' is bound here, so --data cannot set it*" "a name that it binds"
run -e 'z = m' --data m=m.csv --at m=1
gives $'z = 1\n' "--at wins"
printf '1,NA\n2,3\n' >na.csv
run -e 'z = m' --data m=na.csv
fails 3 "na.csv:1:3: error: column 2: 'NA' where a number is needed*" "a missing value in the first line is no header"
printf 'a,b\n1,x\n' >na.csv
run -e 'z = m' --data m=na.csv
fails 3 "na.csv:2:3: error: column 'b': 'x' is not a number*" "all columns are read"
: >empty.csv
run -e 'z = m' --data m=empty.csv
fails 3 'gtape: empty.csv: the file is empty*' "an empty table"

# ---- NPY ----
run -e 'z = [[1, 2, 3], [4, 5, 6.5]]' --format npy -o z.npy
gives '' "a tensor goes to a file"
is "$(head -c 128 z.npy | tail -c 118 | tr -s ' ')" "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), } " "its header"
is "$(wc -c <z.npy | tr -d ' ')" 176 "its size"
run -e 'print m, shape(m)' --data m=z.npy
gives $'[[1, 2,   3],\n [4, 5, 6.5]] [2, 3]\n' "and comes back"
run -e 'z = 5' --format npy -o s.npy
run -e 'print s, rank(s)' --data s=s.npy
gives $'5 0\n' "a scalar"
run -e 'z = zeros(0, 3)' --format npy -o s.npy
run -e 'print shape(s)' --data s=s.npy
gives $'[0, 3]\n' "an empty tensor"
"$GTAPE" -e 'z = range(3)' --format npy >o.npy
is "$? $(wc -c <o.npy | tr -d ' ')" "0 152" "standard output that is no terminal"
run -e 'print 1; z = range(3)' --of z --format npy -o p.npy
is "$status $out$err" $'0 1\n' "print goes to standard error"
run -e 'y = 1; z = x' --of y,z --at x=2 --format npy -o s.npy
fails 2 'gtape: --format npy writes one value, not 2*' "two targets"
run -e 'z = x*x' --wrt x --at x=2 --format npy -o n.npy
fails 2 'gtape: --format npy writes a value, not derivatives*' "derivatives"
run -e 'f(x) = x' --format npy -o n.npy
fails 2 'gtape: --format npy writes one value, not 0*' "nothing to write"
is "$([ -e n.npy ] && echo there) $(leftovers)" " 0" "no file is left behind"
run -i -e 'z = 1' --format npy -o n.npy
fails 2 'gtape: --format npy does not go with the prompt*' "at the prompt"
run -e 'z = x' --data z.npy
fails 3 $'gtape: z.npy: an NPY file has no columns with names\n  hint: --data NAME=z.npy\n' "columns of an array"
head -c 170 z.npy >cut.npy
run -e 'z = m' --data m=cut.npy
fails 3 $'gtape: cut.npy: truncated: the shape needs 48 bytes of data, and 42 are there\n' "a truncated file"
printf "\x93NUMPY\1\0\115\0{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000000), }  " >huge.npy
run -e 'z = m' --data m=huge.npy
fails 3 'gtape: huge.npy: truncated: the shape needs 8000000000000000000 bytes*' "a huge shape"
cp m.csv lies.npy
run -e 'z = m' --data m=lies.npy
fails 3 'gtape: lies.npy: not an NPY file*' "a table called .npy"

# ---- JSON lines: columns by the names of members ----
printf '{"x":1,"y":2}\n{"y":30,"x":40}\n' >m.jsonl
run -e 'm' --data m=m.jsonl
gives $'[[ 1,  2],\n [40, 30]]\n' "a table of JSON lines: members have their order"
run -e 'x - y' --data m.jsonl
gives $'[-1, 10]\n' "its columns"
printf '{"x":"x","y":"y"}\n{"x":1,"y":2}\n' >words.jsonl
run -e 'sum(y)' --data words.jsonl
fails 3 $'words.jsonl:1:15: error: column \'y\': \'y\' is not a number\n*' "the first line is a row"
printf '{"a":"1.5"}\n{"b\\"q":4,"a":null}\n{"a":7,"c":9}\n' >late.jsonl
run -e 'sum(a)' --data late.jsonl
fails 3 $'late.jsonl:2:15: error: column \'a\': no value where a number is needed\n*' "null is a missing value"
run -e 'sum(${b"q})' --data late.jsonl
fails 3 $'late.jsonl:1:1: error: column \'b"q\': no value where a number is needed\n*' "a member of a later line is a column; a line may lack it"
pipe $'{"b":3}\n' -e 'b' --data -
gives $'[3]\n' "from standard input"
printf '\n' >empty.jsonl
run -e 'b' --data empty.jsonl
fails 3 $'gtape: empty.jsonl: the file is empty\n' "no object"

# ---- the prompt ----
pipe $':data t.csv\nz = sum(x*y)\n' -i
gives $'z = 14\n' ":data"
pipe $'z = sum(x*y)\n' -i --data t.csv
gives $'z = 14\n' "--data and a prompt"
pipe $'z = sum(x)\n:data u.csv\n' -i --data t.csv
gives $'z = 4\nz = 11\n' ":data runs the session again"
pipe $':data t.csv\nx = 5\nz = x\n' -i
gives $'x = 5\nz = 5\n' "a name that is bound first hides its column"
pipe $':data t.csv\n:data m=m.csv\n:data\n' -i
gives $'x\ny\nlabel\nm\n' ":data alone lists the names"
pipe $':data t.csv\nz = sum(x)\n:data nosuch.csv\nz\n' -i
is "$status $out" $'3 z = 4\n4\n' "a missing file leaves the session as it was"
pipe $':data t.csv\nz = sum(x)\n:at y=1\nz + y\n' -i
is "$status $out" $'0 z = 4\nz = 4\n5\n' ":at goes on with the data"
pipe $':data t.csv\n:reset\nz = x\n' -i
is "$status" 2 ":reset forgets them"
pipe $'w = label\nz = sum(x)\n' -i --data t.csv
is "$status $out" $'3 z = 4\n' "an error in a column does not end the session"

# ---- the GMM of ADBench ----
gmm=(--data "$root/examples/data/gmm-alpha.csv")
for name in mu icf x; do gmm+=(--data "$name=$root/examples/data/gmm-$name.csv"); done
run "$root/examples/12-gmm.gt" "${gmm[@]}" --wrt alpha,mu,icf --format csv --digits 17
compared=$(printf '%s' "$out" | tr ',' '\n' | "${AWK:-awk}" -F '\t' '
    function abs(x) { return x < 0 ? -x : x }
    NR == FNR && /^#/ { next }
    NR == FNR { name[++count] = $1; published[count] = $2 + 0; digits[count] = $3 + 0; next }
    FNR <= count { if ($0 != name[FNR]) print "column", FNR, "is", $0; next }
    {
        i = FNR - count; scale = abs($0) + abs(published[i]); if (scale < 1) scale = 1
        if (abs($0 - published[i])/scale >= 1e-8) print name[i], $0, published[i]
        if (abs($0 - digits[i]) > 1e-12*abs(digits[i])) print name[i], $0, digits[i]
        good++
    }
    END { print good, "of", count }' "$tables/gmm.tsv" -)
is "$compared" "19 of 19" "value and gradient of the GMM"

done_testing
