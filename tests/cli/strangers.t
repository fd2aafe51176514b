#!/usr/bin/env bash
# Data, names and surroundings of strangers: what other tests of faults leave.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# ---- many variables, many columns ----

seq 0 19999 | awk '{ printf "%sx%d*x%d", (NR > 1 ? " + " : "y = "), $1, $1 } END { print "" }' >many.gt
seq 0 19999 | awk '{ printf "input x%d = %d\n", $1, $1 }' >inputs.gt
run inputs.gt many.gt -e 'g = grad(y, x19999)'
gives $'g = 39998\n' "20000 inputs"
run -e 'x = range(100000); y = sum(x*x); g = grad(y, x); g[99999]'
gives $'199998\n' "a gradient of 100000 entries"
{ seq -s, 0 99999 | sed 's/[0-9][0-9]*/c&/g'; seq -s, 0 99999; } >wide.csv
run --rows wide.csv -e 'y = c99999 + c5'
gives $'y\n100004\n' "100000 columns"

# ---- cells ----

# cell TEXT EXPECTED: y = x + 1 for it, an empty result for a missing one, or an error that names it.
cell() {
    printf 'x,z\n%s,1\n' "$1" >cell.csv
    run --rows cell.csv -e 'y = x + 1'
    case $2 in
    error) like "$status $out$err" $'3 y\ncell.csv:2:[12]: error: column \'x\': *' "cell '$(cat -v <<<"$1")'" ;;
    *) is "$status $out" "0 y"$'\n'"$2"$'\n' "cell '$1'" ;;
    esac
}
run -e 1 # for $out
cell ' 3 ' 4
cell 3 4
cell +3 4
cell .5 1.5
cell 1e2 101
cell 0x10 17
cell inf inf
cell -inf -inf
cell nan nan
cell '' '""'
cell NA '""'
for bad in - ± 1.5kg '"1,5"' 1_000 1e 0x 1e999 １２ $'\033[31m5' '%n%s' '$(touch pwned)' '`id`' "'3'" 2+3; do
    cell "$bad" error
    is "$(LC_ALL=C tr -d '\n -~\200-\377' <<<"$err")" "" "which is told without control characters"
done
printf 'x\n1\0002\n' >cell.csv
run --rows cell.csv -e 'y = x'
is "$status" 3 "a NUL byte in a cell"
like "$err" 'cell.csv:2:*: error: *' "is told with its line"
is "$(ls pwned 2>/dev/null)" "" "nothing was run"

# ---- names ----

printf '"\033[2Jx","%%n%%s"\n1,2\n' >esc.csv
run --rows esc.csv -e 'y = ${%n%s} + nosuch'
is "$(LC_ALL=C tr -d '\n -~' <<<"$err$out")" "" "names of columns reach the terminal without control characters"
run --rows esc.csv -e 'y = ${%n%s}'
gives $'y\n2\n' "and are no format"
name=$'a\033[2J%s%n;$(touch pwned)`touch pwned`'
run -- "$name"
fails 3 'gtape: a\\x1b*: No such file or directory'$'\n' "the name of a file"
run "./-e"
fails 3 'gtape: ./-e: No such file or directory'$'\n' "one with a dash"
echo '2+3' >"$name"
run -- "$name"
gives $'5\n' "which is a file like others"
is "$(ls pwned 2>/dev/null)" "" "nothing was run"

# ---- uncertainties that there are not ----

for bad in '5 +/- -0.1' '5 +/- nan' '5 +/- inf'; do
    run -e "x = $bad; y = x"
    is "$status$out" 1 "x = $bad" || note "$err"
done
run -e 'x = 1 +/- 0.1; y = 2 +/- 0.1; correlate x, y = 1.5'
is "$status$out" 1 "a correlation above 1" || note "$err"
run -e 'x = 1 +/- 0.1; y = 2 +/- 0.1; z = 3 +/- 0.1; correlate x, y = 0.9; correlate y, z = 0.9; correlate x, z = -0.9; w = x + y + z'
is "$status$out" 1 "correlations that no quantities have" || note "$err"

# ---- formulas that grow ----

text='y = x'
for _ in $(seq 40); do text="$text; y = (y + 1)^2"; done
run -e "$text" --wrt x --show symbolic
is "$((status <= 1 && ${#out} < 1000000))" 1 "a square of a square, 40 times"
run -e 'f(t) = exp(2*t); y = deriv(f, x, 50)/2^50' --at x=0 --digits 12
gives $'y = 1\n' "a derivative of order 50"

# ---- the same bytes again ----

program='a = random(50); b = normal(50); s = sum(sort(a)*b); f(t) = t*sin(t); y = f(s); w = a @ b'
"$GTAPE" -e "$program" --of s,y,w --seed 3 >first
for _ in 1 2 3; do
    MALLOC_PERTURB_=$((RANDOM % 255)) TZ=Asia/Tokyo SOURCE_DATE_EPOCH=4102444800 "$GTAPE" -j 3 -e "$program" --of s,y,w --seed 3 |
        cmp -s - first || echo other
done >differ
is "$(cat differ)" "" "whatever the addresses, the threads and the clock"
for file in "${srcdir:-.}" "$OLDPWD/${srcdir:-.}" "$(dirname "$0")/../.."; do [ -d "$file/src/cli" ] && sources=$file/src; done
if [ -n "${sources:-}" ]; then
    is "$(grep -rlE '__(DATE|TIME)__|[^_a-z](localtime|ctime|strftime)\(' "$sources")" "" "no dates in the program"
else
    skip "no dates in the program" "no sources"
fi

# ---- another mode of the arithmetic ----

cat >mode.c <<'END'
#include <fenv.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif
__attribute__((constructor)) static void odd(void) {
    fesetround(FE_UPWARD);
#ifdef __SSE__
    _mm_setcsr(_mm_getcsr() | 0x8040); /* flush to zero, denormals are zero */
#endif
}
END
if ! ${CC:-cc} -shared -fPIC -o mode.so mode.c -lm 2>/dev/null || nm "$GTAPE" | grep -q __asan_init; then
    skip "another rounding mode" "no shared library can come before this program"
else
    command_run env LD_PRELOAD="$work/mode.so" "$GTAPE" -e 'y = [0.1 + 0.2, 1/3, 1e-310*1, exp(1)]' </dev/null
    gives $'y = [0.30000000000000004, 0.3333333333333333, 1e-310, 2.718281828459045]\n' \
        "rounding and denormals are those of IEEE 754, whatever a library sets"
fi

done_testing
