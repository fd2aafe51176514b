#!/usr/bin/env bash
# The recipes of examples/PIPELINES.md, each where its tool is installed: what comes out in parts is what one
# run gives.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
case ${srcdir:-} in
'') page=$OLDPWD/$(dirname "$0")/../../examples/PIPELINES.md ;;
/*) page=$srcdir/examples/PIPELINES.md ;;
*) page=$OLDPWD/$srcdir/examples/PIPELINES.md ;;
esac
mkdir bin
ln -s "$GTAPE" bin/gtape
PATH=$work/bin:$PATH

sed -n '/^    # decay.gt/,/^$/s/^    //p' "$page" >decay.gt
awk 'BEGIN { srand(2); print "id,t,y"; for (i = 1; i <= 4000; i++) { t = 10*rand(); printf "%d,%.17g,%.17g\n", i, t, 2*exp(-t/2) + 0.1*rand() } }' >readings.csv
gtape decay.gt --wrt a,b --rows readings.csv >whole.csv
gtape decay.gt --wrt a,b --rows readings.csv --reduce sum >whole_sum.csv
is "$(wc -l <whole.csv)" 4001 "the whole"

# as NAME (needs TOOL), each in a file of its own
awk '/^```sh$/ { getline; n = $3; tool = $5; sub(/\)$/, "", tool); print n, tool; out = n ".recipe"; next }
    /^```$/ { if (out) close(out); out = ""; next }
    out { print >out }' "$page" >recipes
# near A B: every number but for 1e-15 of it
near() { paste -d, <(tail -n 1 "$1") <(tail -n 1 "$2") | awk -F, '{ for (i = 1; i <= 3; i++) { d = $i - $(i + 3); if (d < 0) d = -d; m = $i < 0 ? -$i : $i; if (!(d <= 1e-15*m)) bad = 1 } print bad + 0 }'; }

while read -r name tool; do
    if [ -n "$tool" ] && ! command -v "$tool" >/dev/null; then
        skip "$name" "there is no $tool"
        continue
    fi
    rm -f out.csv sum.csv
    timeout 120 bash -eu -o pipefail "$name.recipe" >recipe.log 2>&1 </dev/null
    is "$? $(cat recipe.log)" '0 ' "$name runs"
    if [ "$name" = reduce ]; then
        is "$(near sum.csv whole_sum.csv)" 0 "$name: the sums of parts add up to the whole"
    else
        cmp -s out.csv whole.csv
        is $? 0 "$name: the rows of one run, in their order" || note "$(diff out.csv whole.csv | head -n 4)"
    fi
done <recipes
is "$(wc -l <recipes)" 6 "all recipes were found"
done_testing
