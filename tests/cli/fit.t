#!/usr/bin/env bash
# fit: estimates, standard errors, weights, bounds, and what goes wrong.
#
# tests/data/nls holds R's data sets Puromycin, BOD and DNase, which are compared with what nls of R 4.2.2 prints
# (csv/R-nls-results.txt of the shared data) and with the exact values.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
case ${srcdir:-} in
'') root=$OLDPWD/$(dirname "$0")/../.. ;;
/*) root=$srcdir ;;
*) root=$OLDPWD/$srcdir ;;
esac
tables=$root/tests/data/nls

# agree NAME TOLERANCE "EXPECTED...": the numbers of the second line of $out, each within the tolerance.
agree() {
    local message
    message=$(printf '%s' "$out" | sed -n 2p | tr ',' ' ' | awk -v want="$3" -v tolerance="$2" '{
        n = split(want, w, " ")
        for (i = 1; i <= n; i++) {
            d = $i - w[i]; size = w[i] < 0 ? -w[i] : w[i]
            if ($i !~ /^[-+0-9.e]+$/ || d > tolerance*size || -d > tolerance*size) print $i, "is not", w[i]
        }
    }')
    is "$status $message" "0 " "$1"
}

# stops PATTERN REPORT NAME: status 1, the reason as an error, and the report says it too.
stops() {
    like "$status $err $out" "1 *error: fit: not converged: $1*fit: not converged: $1*$2*" "$3"
}

# ---- three fits of R's manual ----
# nls stops where the relative offset is below 1e-5, so not all digits that it prints are right.  The exact values are from
# mpmath (50 digits, Gauss-Newton to 1e-25 from the data as they are printed).

# figures NAME EXACT R: a test for each number in the second line of $out: it has the exact one's digits, and shows those
# of R where the exact one does; where R is off, by less than its limit of 1e-5, the test says so.
figures() {
    local got exact printed i=0 rounded said
    IFS=, read -r -a got <<<"$(printf '%s' "$out" | sed -n 2p)"
    for exact in $2; do
        printed=$(echo "$3" | cut -d ' ' -f $((i + 1)))
        rounded=$(awk -v x="$exact" -v r="$printed" 'BEGIN { sub(/^-/, "", r); d = r ~ /\./ ? length(r) - index(r, ".") : 0; printf "%.*f", d, x }')
        said="R prints $printed"
        [ "$rounded" = "$printed" ] || said="$said, which is off"
        is "$status $(awk -v x="${got[i]:-}" -v e="$exact" -v r="$printed" -v same="$([ "$rounded" = "$printed" ] && echo 1)" '
            function distance(a, b,    d) { d = (a - b)/b; return d < 0 ? -d : d }
            BEGIN {
                if (x !~ /^[-+0-9.e]+$/ || distance(x, e) > 2e-9) print x, "is not", e
                if (distance(x, r) > 1e-5) print x, "is far from", r
                sub(/^-/, "", r); d = r ~ /\./ ? length(r) - index(r, ".") : 0; sub(/^-/, "", x)
                if (same && sprintf("%.*f", d, x) != r) print x, "does not show", r
            }')" "0 " "$1, figure $((i + 1)): $exact ($said)"
        i=$((i + 1))
    done
}
grep -v untreated "$tables/R-Puromycin.csv" >treated.csv
run --data treated.csv --format csv -e 'Vm = 200; K = 0.1; fit rate ~ Vm*conc/(K + conc) over Vm, K'
figures Puromycin "212.683743143 0.0641212816816 6.94715516 0.008280949498 10.93365819 10" \
    "212.6836 0.06412103 6.947146 0.008280922 10.93366 10"
run --data "$tables/R-BOD.csv" --format csv -e 'A = 20; lrc = log(0.5); fit demand ~ A*(1 - exp(-exp(lrc)*Time)) over A, lrc'
figures BOD "19.1425752846 -0.632821187865 2.495917332 0.3823863637 2.549032526 4" \
    "19.1425770 -0.6328215 2.4959181 0.3823864 2.549033 4"
sed -n '1p;/^1,/p' "$tables/R-DNase.csv" >one.csv
run --data one.csv --format csv -e 'Asym = 3; xmid = 0; scal = 1; fit density ~ Asym/(1 + exp((xmid - log(conc))/scal)) over Asym, xmid, scal'
figures DNase "2.34517929726 1.48308931885 1.04145469408 0.0781538419 0.08135312621 0.032270787 0.01919448833 13" \
    "2.34517874 1.48308873 1.04145447 0.07815378 0.08135307 0.03227078 0.01919449 13"

# ---- a line, by hand: y = 1 + 2x + (1, -2, 1)/6 over x = 0, 1, 2 ----
line='x = [0, 1, 2]; y = [7/6, 8/3, 31/6]; a = 0; b = 0; '
run -e "$line fit y ~ a + b*x over a, b; print a, b" --format json
is "$status $err" $'0 1.00 ± 0.37 2.00 ± 0.29\n' "a line with known residuals"
run -e "$line fit y ~ a + b*x over a, b" --format csv
agree "its standard errors" 1e-12 "1 2 0.37267799624996495 0.28867513459481288 0.40824829046386302 1 0.16666666666666667"
run -e "$line fit y ~ a + b*x over a, b with sigma=1" --format csv
agree "with known sigma" 1e-12 "1 2 0.91287092917527686 0.70710678118654752"
run -e "$line fit y ~ a + b*x over a, b with weights=[4, 4, 4]" --format csv
agree "equal weights do not change them" 1e-12 "1 2 0.37267799624996495 0.28867513459481288 0.81649658092772603"
run -e "$line w = zeros(2); fit y ~ w[0] + w[1]*x over w" --format csv
agree "a vector of parameters" 1e-12 "1 2 0.37267799624996495 0.28867513459481288"
run -e "$line f(x) = a + b*x; fit y ~ f(x) over a, b" --format csv
agree "a function that reads them" 1e-12 "1 2 0.37267799624996495 0.28867513459481288"
run -e "$line r = y - a; r = r - b*x; fit 0 ~ r over a, b" --format csv
agree "a name that was computed from them before" 1e-12 "1 2 0.37267799624996495 0.28867513459481288"
run -e "$line if a == 0 { m = a + b*x }; fit y ~ m over a, b"
fails 1 "*'m' was computed from the variables in a way that cannot be repeated*hint: define it as a function*" "but not through control flow"
run -e "$line fit y ~ a + b*x over a, b subject to b <= 1" --format csv
agree "a bound" 1e-12 "2 1"
run -e "$line fit y ~ a + b*x over a, b; t = a/b"
like "$out" $'fit: converged*a = *1 *\nb = *2 *t = 0.50 ± 0.25\n' "the report, and what comes after"
run -e "$line fit y ~ a + b*x over a, b with bands=1" --format csv
is "$(printf '%s' "$out" | head -n 1)" "y,fitted,residual,confidence,prediction" "bands: a line for each row"
# t(0.975, 1) = 12.7062047361747; standard error of the mean at x = 1: s/sqrt(3)
is "$(printf '%s' "$out" | awk -F, 'NR == 3 { printf "%.9g %.9g", $4, $5 }')" "2.99488118 5.98976235" "their widths"
# where the model is whole-tensor functions of a parameter, it cannot be run with the parameter repeated: the line of
# normal equations in fractions is 0.98 + 1.03 x, with ends 0.98 and 5.1; the mean is 3.04
five='y = [1, 2.1, 2.9, 4, 5.2]; x = range(5); a = 0.5; b = 1; '
for model in 'a*x + b*where(rank(b) == 0, 1, 2)' 'a*x + rank(b)*100 + b' 'a*x + b*where(rank(c) == 0, 1, 2)' 'a*x + b + 0*sum(shape(b))'; do
    run -e "$five c = b*2; fit y ~ $model over a, b" --format csv
    agree "$model" 1e-12 "1.03 0.98"
done
run -e "$five fit y ~ linspace(a, b, 5) over a, b" --format csv
agree "ends of a range" 1e-12 "0.98 5.1"
run -e "$five fit y ~ tile(a, 5) over a" --format csv
agree "a parameter as a row" 1e-12 "3.04"
run -e "$five fit y ~ a*x + b*grad(a*b, a) over a, b with bands=1" --format csv
is "$status $(printf '%s' "$out" | awk -F, 'NR > 1 { printf "%.9g ", $2 }')" "0 0.98 2.01 3.04 4.07 5.1 " "a derivative in a parameter: b*grad(a*b, a) is b^2"
run -e "$five lo = 0; fit y ~ a*x + b over a, b subject to a >= lo; z = a + lo" --of z --wrt lo
like "$status $out" $'0 *\nz = 1.030 *\ndz/dlo = 1\n' "a bound that a derivative is taken in"
# two rows, two parameters, sigma = 0.1: 0.1 times 1.959963984540054, the normal quantile
run -e 'a = [1, 1]; fit [1, 2] ~ a over a with sigma=0.1' --format json
like "$status $out" '0 *"standard_error": 0.1, "interval": \[0.8040036015459*, 1.1959963984540*\]*"interval": \[1.804003601545*, 2.195996398454*\]*' "no degrees of freedom, but sigma is known"
run -e 'a = [1, 1]; fit [1, 2] ~ a over a with sigma=0.1, bands=1' --format csv
is "$(printf '%s' "$out" | awk -F, 'NR > 1 { printf "%.9f %.9f ", $4, $5 }')" "0.195996398 0.277180765 0.195996398 0.277180765 " "its bands"
# and where it is not, nothing is known of the errors, nor of what is computed from the parameters
run -e 'a = [1, 1]; fit [1, 2] ~ a over a; z = sum(a); u = uncertainty(z)' --of z,u
like "$status $out" $'0 *\nz = 3 ± nan\nu = nan\n' "no degrees of freedom"
printf 'g,x,y\nA,0,1\nA,1,2\nA,2,4\nB,0,1\nB,1,3\nC,0,1\nC,1,2\nC,2,0\n' >grouped.csv
run --data grouped.csv --by g --format csv -e 'a = 1; b = 1; fit y ~ a*x + b over a, b; z = a + b'
# z is the line at the mean of x: u is s/sqrt(3), with s^2 = 1/6 and 3/2
is "$status $(printf '%s' "$out" | awk -F, 'NR > 1 { printf "%s %.6f %s; ", $1, $12, $13 == "nan" ? $13 : sprintf("%.6f", $13) }')" "0 A 2.333333 0.235702; B 3.000000 nan; C 1.000000 0.707107; " "a group without leaves the others as they are"
run -e 'a = [1, 1]; fit [1, 2] ~ a over a with sigma=0.1'
unlike "$out" '*the standard errors say nothing*' "which exact data do not make worse"
run -e "$line fit y ~ a + b*x over a, b" --format json
like "$out" '{"solutions": \[{"solver": "fit", "converged": true, *"variables": {"a": {"estimate": *"standard_error": *"correlation": \[*}\]}'$'\n' "JSON"

run -e "x = [1, 2, 3]; a = 1; fit 2*x ~ a*x over a"
like "$status $out" '0 *residuals are rounding errors: the standard errors say nothing*' "exact data"
run -e "$line fit y ~ a + b*x over a, b"
is "$(printf '%s' "$out" | grep -c rounding)" 0 "others do not say it"
run -e 'x = range(2000003)/1e6; a = 1; b = 1; fit x + x^2 ~ a + b*x over a, b'
like "$out" '*, 2000001 degrees of freedom, *' "many degrees of freedom"

# ---- numbers whose squares are no doubles: the same line in other units ----
for unit in 1e200 1e-200; do
    run -e "x = [0, 1, 2]; y = [7/6, 8/3, 31/6]*$unit; a = 0; b = 0; fit y ~ a + b*x over a, b" --format csv
    agree "in units of $unit" 1e-12 "${unit/1/1} ${unit/1/2} ${unit/1/0.37267799624996495} ${unit/1/0.28867513459481288} ${unit/1/0.40824829046386302} 1"
    is "$(printf '%s' "$out" | awk -F, 'NR == 2 { printf "%.6f", $8 }')" 0.979592 "R^2 in them"
    run -e "x = [0, 1, 2]*$unit; y = [7/6, 8/3, 31/6]; a = 0; b = 0; fit y ~ a + b*x over a, b" --format json
    is "$(printf '%s' "$out" | sed 's/.*"correlation": //; s/,* "sum.*//' | cut -c 1-28)" '[[1, -0.7745966692414834], [' "correlations of a variable in them"
done
run -e "$line fit y ~ a + b*x over a, b with weights=1e-24" --format text
is "$(printf '%s' "$out" | grep -c rounding)" 0 "small weights do not make residuals small against the data"

# ---- residuals near the rounding of the data ----
# y is 2.5 exp(-1.3 x) + 0.7 rounded to 13 decimals; expected are the exact least squares of the decimal numbers, by
# mpmath with 60 digits (Gauss-Newton to 1e-50).  In doubles the standard errors have no correct digit.
near='x = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2]
y = [2.8952385773014, 2.6276289645089, 2.3926421862454, 2.1863013699255, 2.0051144419025, 1.8460150282631,
     1.7063105600841, 1.583636704897, 1.4759173531637, 1.381329482585, 1.2982723056094, 1.2253401780019]
a = 1; b = 1; c = 1; '
if $GTAPE -e "$near fit y ~ a*exp(-b*x) + c over a, b, c" | grep -q 'extended precision'; then
    exact="2.500000000000034434 1.2999999999999174505 0.69999999999993480514"
    errors="7.64215748079e-14 1.09897945394e-13 9.8418751569e-14 2.86063375826e-14 9 7.36490294903e-27"
    run -e "$near fit y ~ a*exp(-b*x) + c over a, b, c" --format csv
    agree "estimates to the last digit" 3e-16 "$exact"
    agree "standard errors of tiny residuals" 1e-5 "$exact $errors"
    run -e "$near def f(u) { g = exp(-b*u); return a*g }; m = f(x) + c; fit y ~ where(x > 2, 0, m) over a, b, c" --format csv
    agree "through functions, earlier statements and choices" 1e-5 "$exact $errors"
    run -e "$near fit 0.2*y ~ 0.2*(a*exp(-b*(pi*x/pi)) + c) over a, b, c with weights=9" --format csv
    # equal weights do not change standard errors; the residuals are 0.2 times as large, the weighted ones 0.6 times
    agree "literals are decimal numbers" 1e-5 "$exact 7.64215748079e-14 1.09897945394e-13 9.8418751569e-14 1.716380254956e-14"
    run -e "$near r = y - c - a*exp(-b*x); fit 0 ~ r over a, b, c" --format csv
    agree "as a difference" 1e-5 "$exact $errors"
    run -e "$near fit y ~ a*exp(-b*x) + c over a, b, c subject to c >= 1" --format csv
    agree "a bound" 1e-9 "2.3028580521466 1.72682524940762 1"
fi
run -e "$near fit y ~ a*erfcx(b*x) + c over a, b, c"
is "$status $(printf '%s' "$out" | grep -c extended)" "0 0" "not where residuals are not small"
run -e "$near w = [1, 1, 1]; fit y ~ w[0]*exp(-w[1]*x) + w[2] over w"
like "$status $out" '0 *few digits of the standard errors hold*' "a model that is not elementwise in its parameters"

# ---- what goes wrong ----
run -e "$line fit y ~ a + b + x over a, b"
stops "the data do not determine all parameters" "nan * nan" "parameters that cannot be told apart"
run -e 'x = [1, 2, 3, 4]; a = 0; fit 4*x^2 ~ a^2*x^2 over a' --format csv
is "$status $(printf '%s' "$out" | awk -F, 'NR == 2 { printf "%.9f", $1 < 0 ? -$1 : $1 }')" "0 2.000000000" "a start where no parameter has an effect"
run -e "$line c = 1; fit y ~ a + b*x over a, c"
stops "the data do not determine all parameters" "nan * nan" "a parameter that is not in the model"
run -e "x = [1]; y = [2]; a = 0; b = 0; fit y ~ a + b*x over a, b"
fails 1 '*1 row cannot determine 2 parameters*' "fewer rows than parameters"
run -e "x = [1, 2]; y = [2, 4]; a = 0; b = 0; fit y ~ a + b*x over a, b"
like "$status $out" '0 *b = *2 *nan*' "as many rows as parameters: no standard errors"
run -e "$line fit y ~ log(a - 1)*b*x over a, b"
stops "not finite at the start" "" "nan at the start"
run -e "$line fit y ~ a + 1/(b*x) over a, b"
stops "not finite at the start" "" "a pole at the start"
run -e "$line fit y ~ a + b*x over a, b with weights=[1, 0, 1]"
fails 1 '*a weight must be positive, and entry 1 is 0*' "a weight of 0"
run -e "$line fit y ~ a + b*x over a, b with weights=[1, 2, -1]"
fails 1 '*a weight must be positive, and entry 2 is -1*' "a negative one"
run -e "$line fit y ~ a + b*x over a, b with weights=[1, 2]"
fails 1 '*a weight has 2 entries, and the data have 3*' "too few weights"
run -e "$line fit y ~ a + b*x over a, b with weight=2"
fails 2 "*'fit' has no option 'weight'*hint: it has max, tol, weights*" "an unknown option"
run -e "$line fit y ~ a + b*[1, 2] over a, b"
fails 1 '*shape*' "shapes that do not fit"
run -e "$line fit y ~ a*[[0], [1], [2]] over a with bands=1"
fails 1 '*error: fit: the model minus the data has shape \[3, 3\], and the data \[3\]*' "a model with more entries than the data"
run -e 'f(t) = t > 7 ? range(9) : reshape(range(3), 3, 1); a = 10; fit f(a) ~ (a > 7 ? ones(9) : ones(3))*a over a'
fails 1 '*error: fit: the data change their shape with the parameters*' "data that become fewer"
run -e "$line fit y ~ a + b*x over a, a"
fails 2 "*'a' stands twice*" "a name twice"
run -e "$line if a { fit y ~ a over a }"
fails 2 "*'fit' may stand at top level only*" "inside of a block"
run -e "$line fit y ~ a + b*x over a, b subject to a"
fails 2 '*a constraint is a comparison*' "a constraint that is none"
run -e "$line fit y ~ a + b*x over a, b with max=0"
stops "the limit on steps was reached" "" "a limit on steps"
slow='def f(x, a) { s = 0*x; for k in range(3000) { s = s + exp(-a*x)/3000 }; return s }; x = range(2000)/100; '
run -e "$slow a = 1; fit exp(-0.3*x) ~ f(x, a) over a with tol=0" --timeout 0.3
like "$status $out" '1 fit: stopped; the best point so far; *a = *sum of squares *' "a time limit gives the best point so far"
unlike "$out" '*residual standard deviation*' "and no figures that nobody has computed"
run -e "y = [5, 5, 5]; c = 1; fit y ~ c over c"
like "$status $out" '0 *c = *5 *R^2 = nan*' "a constant column"
run -e 'y = [1e-300, 2e-300, 3e-300]; a = 1e300; fit y ~ a over a'
stops 'not finite at the start' "" "a start that the squares of do not fit beside those of the data"
for level in 0 1 -1 nan; do
    run -e "y = [1, 2]; a = 1; fit y ~ a over a with level=$level"
    fails 1 "-e:1:*: error: 'level' is a probability: above 0 and below 1*" "level=$level"
done
done_testing
