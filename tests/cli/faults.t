#!/usr/bin/env bash
# Input that is wrong, endless, or means harm: a right answer, or one clear error with its place and its status.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# repeat COUNT TEXT: TEXT that often.
repeat() { yes "$2" | head -n "$1" | tr -d '\n'; }
# large WORDS: makes the program large.gt of them, where @c stands for c, n times.  (Words of the shell would be slow.)
large() {
    local word
    for word; do
        case $word in
        @*) repeat "$n" "${word#@}" ;;
        *) printf '%s' "$word" ;;
        esac
    done >large.gt
    echo >>large.gt
}
# small FILE OPTIONS: run with a stack of 256 KiB.
small() { command_run bash -c 'ulimit -s 256; exec "$0" "$@"' "$GTAPE" "$@" </dev/null; }

# ---- programs that do nothing ----

for text in '' '# a comment' $'\n\n\n' ';' $' \t' '\' $'# a\r\n# b\r\n'; do
    run -e "$text"
    gives '' "nothing to do in $(printf '%q' "$text")"
done
: >empty.gt
run empty.gt
gives '' "nor in an empty file"

# ---- line ends and blanks ----

run -e $'y = 1\ry + 1\r'
gives $'2\n' "lone carriage returns end lines"
run -e $'\ty\t=\t1\t;\ty\t+\t1'
gives $'2\n' "tabs are blanks"

# ---- depth ----

# deep NAME EXPECTED WORDS: a right answer, the gradient too, with a small stack.
deep() {
    large "${@:3}"
    small large.gt --at x=1 --wrt x
    gives "$2" "$1"
}
n=100000
deep "nested brackets" $'y = 1\ndy/dx = 1\n' 'y = ' '@(' x '@)'
deep "signs" $'y = 1\ndy/dx = 1\n' 'y = ' @- x
deep "powers of powers" $'y = 1\ndy/dx = 1\n' 'y = ' '@x^' x
deep "calls in calls" $'y = 1\ndy/dx = 1\n' 'y = ' '@abs(' x '@)'
deep "choices in choices" $'y = 1\ndy/dx = 1\n' 'y = ' '@0 ? 1 : ' x
deep "blocks in blocks" $'y = 1\ndy/dx = 1\n' '@if 1 { ' 'y = x' '@ }'
deep "else if after else if" $'y = 1\ndy/dx = 1\n' '@if 0 { y = 1 } else ' 'if 1 { y = x }'
n=1000000
deep "a long sum" $'y = 1000001\ndy/dx = 1000001\n' 'y = x' '@+x'
deep "a long product" $'y = 1\ndy/dx = 1000001\n' 'y = x' '@*x'

deep "a million loops in loops" $'y = 1\ndy/dx = 1\n' '@while 0 {' '@}' ';y = x'
deep "a million choices in choices" $'y = 1\ndy/dx = 1\n' 'y = ' '@0?x:' x

# shallow NAME WORD: beyond the limit, an error.
shallow() {
    large "@$2" 1
    small large.gt
    fails 2 'large.gt:1:*: error: nested too deeply (limit *)*' "$1 beyond the limit"
}
n=1000001
shallow "open brackets" '('
is "${err%%: error*}" large.gt:1:1000001 "at the first that is too many"
shallow "open lists" '['
shallow "calls" 'sin('
shallow "blocks" 'if 1 {'
n=5000000
shallow "five million brackets" '('
shallow "five million calls" 'abs('
n=8100000
shallow "eight million signs" '-'
n=1000001
large '@(' 1
command_run "$GTAPE" - <large.gt
fails 2 '<stdin>:1:*: error: nested too deeply *' "also from standard input"
echo 2+3 >>large.gt
command_run "$GTAPE" -i <large.gt
like "$err" '*nested too deeply*' "and at the prompt"
is "$out" $'5\n' "which goes on"
n=100000
large '@f(' 1 '@)'
run large.gt
fails 2 'large.gt:1:199999: error: unknown function*large.gt:1:*: error: too many errors*' \
    "one mistake in 100000 places is not told so often"
is "$(grep -c error: <<<"$err")" 21 "but 20 times"
run -e "$(repeat 50 $'y = sin(1, 2);')"
is "$status $(grep -c error: <<<"$err")" "2 21" "other mistakes likewise"

# ---- length ----

n=1000000
# long WHAT WORDS
long() {
    large "${@:2}"
    run large.gt
    fails 2 "large.gt:1:*: error: a $1 of * bytes is too long (limit 65536)*" "a $1 without end: $2"
    is "$((${#err} < 1000))" 1 "not all of it is shown"
}
long name @a
long name '${' @a '}'
long number @1
long number 0. @1
long text 'print "' @a '"'
large 'y = 2 # ' @a
run large.gt
gives $'y = 2\n' "a long comment"
large 'y = ' '@ ' 2
run large.gt
gives $'y = 2\n' "a long line"
{ printf 'y = 1 +'; head -c 100000000 /dev/zero | tr '\0' ' '; echo 2; } >large.gt
run large.gt
gives $'y = 3\n' "a line of 100 MB"
rm -f large.gt

# ---- bytes ----

# bytes TEXT PLACE NAME: status 2, a place, nothing raw on standard error.
bytes() {
    printf "$1" >bytes.gt
    run bytes.gt
    fails 2 "bytes.gt:$2: error: *" "$3"
    is "$(LC_ALL=C tr -d '\n -~' <<<"$err")" "" "$3: told in plain letters"
}
bytes 'y = 1\0+ 1\n' 1:6 "a NUL byte"
bytes 'y = 1 + \xc0\xaf\n' 1:9 "an overlong form"
bytes 'y = 1 + \xed\xa0\x80\n' 1:9 "a surrogate"
bytes 'y = 1 + \xf4\x90\x80\x80\n' 1:9 "a character beyond the last"
bytes 'y = 1 + \xe2\x82' 1:9 "half a character"
bytes '# \xff\ny = 1\n' 1:3 "no UTF-8 in a comment"
bytes 'y = 1\n# \xe2\x80\xae\n' 2:3 "a mark that turns the text, in a comment"
bytes 'print "\xe2\x81\xa6"\n' 1:8 "one in a text"
bytes 'y = \xe2\x80\x8b1\n' 1:5 "a blank without width"
bytes 'print "\xd8\x9c"\n' 1:8 "an Arabic letter mark"
bytes 'a\xe3\x85\xa4 = 1\n' 1:2 "a letter that is not seen, in a name"
bytes 'print "\xf3\xa0\x81\x81"\n' 1:8 "a tag"
like "$err" '*U+E0041 *[\\]u{e0041}*' "shown by its number"
bytes '\xef\xbb\xbf\xef\xbb\xbfy = 1\n' 1:2 "a second byte order mark"
bytes '\xff\xfey\0=\0001\0' 1:1 "UTF-16"

# ---- what is not closed ----

run -e $'y = (1 +\n2'
fails 2 $'-e:2:2: error: *-e:1:5: note: *opened here*' "a bracket: where it was opened"
run -e $'if 1 {\ny = 2'
fails 2 $'-e:2:6: error: *-e:1:6: note: *opened here*' "a block"
run -e 'y = (1]'
fails 2 $'-e:1:7: error: *-e:1:5: note: *opened here*' "closed by another"
run -e 'y = 1 }'
fails 2 $'-e:1:7: error: *' "never opened"
run -e 'y = "abc'
fails 2 $'-e:1:5: error: *' "a text"
run -e 'y = ${abc'
fails 2 $'-e:1:5: error: *' "a quoted name"
run -e 'y = 1 +'
fails 2 $'-e:1:8: error: unexpected end*' "an expression"

# ---- results that no machine holds ----

run -e 'x = ones(2000000); y = ones(2000000, 1); z = sum(x*y)'
fails 1 $'-e:1:50: error: shapes [[]2000000] and [[]2000000, 1] give a tensor of shape [[]2000000, 2000000] for \'*\', which is too large\n*' \
    "a product by broadcasting"
run -e 'x = ones(2000000, 1); z = where(x > 2, x.T, 2)'
fails 1 $'-e:1:27: error: a tensor of shape [[]2000000, 2000000] is too large\n*' "a choice by broadcasting"

# ---- numbers ----

for bad in 1e400 0x1p99999 1..2 1e 1e+ 0x 0xg 1_ 1__0 1.2.3 2x 0b1 1e5.5; do
    run -e "y = $bad"
    fails 2 "-e:1:5: error: *'${bad%+}'*" "$bad is refused"
done
for pair in 1e-400=0 0x1p-99999=0 1e-310=1e-310 1_000=1000 00012=12 .5=0.5 5.=5 0x1.8p3=12; do
    run -e "${pair%=*}"
    gives "${pair#*=}"$'\n' "${pair%=*} is a number"
done

# ---- names ----

run -e 'sin = 3; y = sin(sin)'
gives $'y = 0.1411200080598672\n' "a name like a function"
run -e 'e = 2; y = e*pi' --at pi=3
gives $'y = 6\n' "names like constants"
run -e 'x = x + 1'
fails 2 $'-e:1:5: error: \'x\' has no value\n*' "a name that is made of itself"
for program in 'input x = x' 'input x = x + 1' 'input x = 2*x + f(x); f(t) = t'; do
    run -e "$program; y = x"
    fails 2 $'-e:1:7: error: \'x\' has no value\n*' "$program: a default that is made of itself"
    run -e "$program; y = x" --at x=3
    gives $'y = 3\n' "which does not matter where the input has a value"
done
run -e 'input x = z + 1; input z = 2; y = x'
fails 2 $'-e:1:11: error: \'z\' has no value\n*' "a default that reads an input before that has its own"
run -e 'input z = 2; input x = z + 1; input z = 3; y = x'
gives $'y = 3\n' "and behind it"
run -e 'watch x; input x = 3; y = x^2'
gives $'y = 9\ndy/dx = 6\n' "to watch a name is not to read it"
run -e 'watch x; z = x + 1; input x = 3; y = x^2'
fails 2 $'-e:1:7: error: \'x\' has no value\n*' "which comes before"
run -e 'y = ans'
fails 2 $'-e:1:5: error: \'ans\' has no value\n*' "an answer before there is one"
run -e 'f(x, x) = x'
fails 2 $'-e:1:6: error: *' "a parameter twice"
run -e 'f(x) = x; f(x) = 2*x; y = f(1)'
gives $'y = 2\n' "a function twice: the last one holds"
run -e 'if = 3'
fails 2 $'-e:1:4: error: *reserved*' "a reserved word"
run -e 'y = 2*z; w = 1' --wrt x --at z=1
fails 2 $'--wrt:1:1: error: *\'x\'*hint: it has z, y, w\n' "--wrt of a name that is not there lists those that are"
run -e 'y = 2' --of x
fails 2 $'--of:1:1: error: *\'x\'*hint: it has y\n' "--of likewise"
run -e 'x = 1; y = 2' --wrt x --of y
is "$status $out" $'0 y = 2\ndy/dx = 0\n' "a variable that the target does not depend on"
like "$err" 'gtape: note: y does not depend on x*' "of which a note tells"
run -e 'y = x^2' --wrt x,x --of y,y --at x=2 --format json
gives $'{"values": {"y": 4}, "gradients": {"y": {"x": 4}}}\n' "names that are asked for twice come once"
run -e 'x = 2; watch x, x; y = x^2; report y, y' --format csv
gives $'y,dy_dx\n4,4\n' "also by watch and report"

# ---- functions of elsewhere ----

for pair in 'not(x)=write !a' 'or(x, x)=write a || b' 'ln(x)=log(x) is the natural logarithm' 'matmul(x, x)=write A @ B' \
    'gradient(x, x)=grad(z, x)' 'arctan(x)=did you mean '"'atan'[?]"; do
    run -e "y = ${pair%%=*}" --at x=1
    fails 2 $'-e:1:5: error: unknown function *\n  hint: '"${pair#*=}"$'\n' "${pair%%=*}: a hint"
done

# ---- --at ----

for bad in x=z x=y+1 x=x x=2,x=x x=ans x=nosuch; do
    run -e 'z = 1; y = x' --at "$bad"
    fails 2 "--at:1:*: error: '*' has no value when inputs get theirs*" "--at $bad: other names are not there yet"
done
for bad in x= =5 x '' 'x=1,' 'x=[1, 2' 'x=1;y=2' 'x=nosuch(1)'; do
    run -e 'y = x' --at "$bad"
    fails 2 '*--at:1:*: error: *' "--at '$bad'"
done
run -e 'f(t) = t^2; y = x' --at 'x=f(2) + tau/pi'
gives $'y = 6\n' "functions and constants may stand there"
run -e 'y = x' --at x=1,x=2
gives $'y = 2\n' "the last value of a name holds within a list, too"

# ---- powers, kinks, edges of domains: value and derivative ----

# edge EXPRESSION X VALUE DERIVATIVE: IEEE 754 pow, and the limits of calculus where they exist.
edge() {
    run -e "y = $1" --at "x=$2" --wrt x
    is "$status $out" "0 y = $3"$'\n'"dy/dx = $4"$'\n' "$1 at $2"
}
edge 'x^1e9' 1 1 1000000000
edge 'x^-3' 0 inf -inf
edge 'x^-3' 2 0.125 -0.1875
edge 'x^0' 0 1 0
edge 'x^1' 0 0 1
edge 'x^2' -8 64 -16
edge '0^x' 0 1 0
edge '0^x' 2 0 0
edge 'x^0.5' 0 0 inf
edge 'abs(x)' 0 0 0
edge 'max(x, 0)' 0 0 0.5
edge 'min(x, 0)' 0 0 0.5
edge 'x == 0 ? x : 2*x' 0 0 1
edge 'hypot(x, 0)' 0 0 0
edge 'log(x)' 0 -inf inf
edge 'atan2(x, 1)' 0 0 1
edge 'acos(x)' -1 3.141592653589793 -inf
edge 'tan(x)' 1.5707963267948966 1.633123935319537e+16 2.6670937881135714e+32
edge 'asin(x)' 1 1.5707963267948966 inf
edge 'floor(x)' 1 1 0
edge 'sign(x)' 0 0 0
edge 'where(x > 0, sqrt(x), 0)' 0 0 0
edge '0*sqrt(x)' 0 0 0
edge 'sigmoid(x)' 1000 1 0
edge 'sigmoid(x)' -1000 0 0
edge 'softplus(x)' 800 800 1
edge 'log1p(x)' 1e-20 1e-20 1
edge 'expm1(x)' 1e-20 1e-20 1
run -e 'y = (-8)^(1/3)'
is "$status $out" $'0 y = nan\n' "a root of a negative number"
run -e 'y = logsumexp([1000 + x, 1000]) - log(2)' --at x=0 --wrt x
gives $'y = 1000\ndy/dx = 0.5\n' "logsumexp of large numbers"
run -e 'sqrt(sum(v*v))*0 + where(sum(v*v) > 0, sin(norm(v))/norm(v), 1)' --at 'v=[0, 0, 0]' --wrt v
is "$status $out" $'0 1\nd/dv = [0, 0, 0]\n' "Rodrigues' formula at angle 0"
for text in 'atan2(x, 0)=the derivative of atan2(x, 0) is nan' 'log(x)=log(x) is -inf' '1/x=1/x is inf' \
    'sqrt(x)=the derivative of sqrt(x) is inf'; do
    run -e "y = ${text%%=*}" --at x=0 --wrt x --strict
    fails 1 "-e:1:5: error: ${text#*=} at x = 0"$'\n*' "--strict names ${text%%=*} and its place"
done

# ---- texts that a formatting function would take amiss ----

run -e 'print "%s%n%1000000d"'
gives $'%s%n%1000000d\n' "print does not format"
run -e 'assert 0, "%s%n%s%n"'
fails 1 '-e:1:1: error: assertion failed: %s%n%s%n'$'\n*' "nor does assert"
for bad in %n %*d %1000000f %5000.5f %ld %c '%1$d' %hhd %; do
    run -e "printf \"$bad\", 1"
    fails 2 '-e:1:8: error: printf does not know this conversion*' "printf refuses $bad"
done
run -e 'printf "%.999f|%999d\n", 0, 1'
is "$status ${#out}" "0 2002" "three digits of width and precision"

# ---- where it runs ----

mkdir cwd && chmod 555 cwd
(cd cwd && "$GTAPE" -e 2+3) >out 2>err
is "$?$(cat out err)" 05 "a folder that cannot be written"
command_run env -i COLUMNS=0 TERM=dumb PAGER='touch pwned' "$GTAPE" -e 2+3 </dev/null
gives $'5\n' "a bare environment"
HOME=/nonexistent XDG_STATE_HOME=$(repeat 5000 a) run -e 2+3
gives $'5\n' "no home"
is "$(ls pwned 2>/dev/null)" "" "no pager"

done_testing
