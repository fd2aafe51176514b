#!/usr/bin/env bash
# --rows on real tables: every numeric column of each adds up to what awk finds.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
case ${srcdir:-} in
'') root=$OLDPWD/$(dirname "$0")/../.. ;;
/*) root=$srcdir ;;
*) root=$OLDPWD/$srcdir ;;
esac

# The sums of the columns whose cells are numbers, blank or NA, as lines "name sum rows"; no cell of these
# tables holds more than one comma, or a line end.
sums() {
    sed 's/"\([^",]*\),\([^"]*\)"/\1;\2/g' "$1" | tr -d '\r"' | sed $'1s/^\xef\xbb\xbf//' | awk -F, '
        NF == 0 { next }
        !width { width = NF; for (i = 1; i <= NF; i++) name[i] = $i; next }
        {
            for (i = 1; i <= NF; i++) {
                gsub(/^ +| +$/, "", $i)
                if ($i == "" || $i == "NA") continue
                if ($i !~ /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$/) text[i] = 1
                sum[i] += $i; rows[i]++
            }
        }
        END { for (i = 1; i <= width; i++) if (!text[i] && rows[i]) printf "%s\t%.17g\t%d\n", name[i], sum[i], rows[i] }'
}

tables=0
for table in "$root"/tests/data/*.csv "$root"/tests/data/nls/*.csv "$root"/tests/data/tables/*.csv; do
    columns=0
    wrong=''
    while IFS=$'\t' read -r name sum rows; do
        run --rows "$table" --reduce sum -e "s = \${$name}; n = 1 + 0*\${$name}" --of s,n -j 2
        columns=$((columns + 1))
        awk -F, -v sum="$sum" -v rows="$rows" 'NR == 2 { d = $1 - sum; if (d < 0) d = -d; m = sum < 0 ? -sum : sum
            good = d <= 1e-12*(m + 1) && $2 == rows } END { exit !good }' .out || wrong="$wrong $name ($out $err)"
    done < <(sums "$table")
    is "$wrong" '' "${table##*/}: $columns columns"
    [ "$columns" -gt 0 ] && tables=$((tables + 1))
done
is "$((tables >= 22))" 1 "$tables tables"

# Time grows with the columns, not with their square: 30 s and more for these.
columns=60000
{ printf 'y = 0' && seq $columns | sed 's/^/+c/' | tr -d '\n'; } >wide.gt
{ seq $columns | sed 's/^/c/' | paste -sd, && seq $columns | paste -sd,; } >wide.csv
run --rows wide.csv wide.gt --timeout 10
gives $'y\n1800030000\n' "$columns columns, n(n + 1)/2"
done_testing
