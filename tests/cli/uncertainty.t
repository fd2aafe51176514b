#!/usr/bin/env bash
# Uncertainties: how they print, what is refused, budgets in every format, samples.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# ---- values ----
run -e 'x = 5 +/- 0.1; y = x*x; z = y*y' --of x,y,z
gives $'x = 5.0 ± 0.1\ny = 25 ± 1\nz = 625 ± 50\n' "the usual rounding"
run -e 'x = 5 ± 0.1; x^2'
gives $'25 ± 1\n' "a bare expression, and the other mark"
run -e 'x = 5 +/- 0.1; y = x*x' --wrt x
gives $'y = 25 ± 1\ndy/dx = 10\n' "gradients beside it"
run -e 'x = 5 +/- 0.1; w = [1, 2]; y = x*x*w; z = 7' --of y,z --format json
gives '{"values": {"y": [25, 50], "z": 7}, "uncertainties": {"y": [1, 2]}}'$'\n' "JSON"
run -e 'x = 5 +/- 0.1; y = [x, 2*x]; z = 7' --of y,z --wrt x --format csv --unconnected none
gives $'y[0],y[1],u_y[0],u_y[1],dy[0]_dx,dy[1]_dx,z,dz_dx\n5,10,0.1,0.2,1,2,7,\n' "CSV"
# u(3 x^2) = 6 x u(x)
run -e "x = 5 +/- 0.1; y = x^3; f(t) = t^3; print grad(y, x), f'(x); g = grad(y, x); print g"
gives $'75 75\n75 ± 3\n' "a derivative in a print is a sensitivity, one that has a name a value"
run -e 'x = 1 +/- 0.1; print [[x, 2], [10*x, 4]]'
gives $'[[1.0 ± 0.1, 2],\n [   10 ± 1, 4]]\n' "columns are aligned"
run -e 'x = 1.234567 +/- 0.0123; print x' --digits 4
gives $'1.235 ± 0.0123\n' "digits that were asked for"
run -e 'x = 5 +/- 0.1; printf "%g\n", x'
gives $'5\n' "printf takes the number"
pipe $'x = 5 +/- 0.1\nx^2\nx = 3\nx\n' -i
is "$out" $'x = 5.0 ± 0.1\n25 ± 1\nx = 3\n3\n' "at the prompt"

# value, uncertainty, how they are written together
while read -r value u expected; do
    run -e "x = $value +/- $u; print x"
    gives "$expected"$'\n' "$value +/- $u"
done <<'END'
1.5 0.11180 1.50 ± 0.11
127.7322 0.0711 127.732 ± 0.071
50000838 31.66 50000838 ± 32
50000838 1234 50000800 ± 1200
0.0023 0.00096 0.00230 ± 0.00096
1 0.0995 1.0 ± 0.1
1 0.996 1 ± 1
9.96 0.996 10 ± 1
1 9.96 1 ± 10
-0.3 50 0 ± 50
0 1e-9 0 ± 1e-09
3e-7 1.2e-8 3.00e-07 ± 1.2e-08
6.02214076e23 1.2e17 6.0221408e+23 ± 1.2e+17
123456789 1e9 100000000 ± 1000000000
1 1e-30 1 ± 1e-30
2 0 2
nan 1 nan ± 1
END

# ---- where it comes from ----
run -e 'print x*y' --at 'x=4 +/- 0.2 with df=9, y=1 ± 0.01'
gives $'4.0 ± 0.2\n' "--at"
run -e 'input x = 3 +/- 0.1; print x' --at x=4
gives $'4\n' "--at replaces a default, its uncertainty too"
run -e 'input x = 3 +/- 0.1; print x'
gives $'3.0 ± 0.1\n' "the default of an input"
run -e 'y = 0; for i in range(200000) { x = 1 +/- 1; y = x }; print y'
gives $'1 ± 1\n' "leaves that nobody needs are dropped"

run -e 'y = 0; for i in range(40000) { x = 1 +/- 0.5; y += x }; y'
gives $'40000 ± 100\n' "a walk of many steps"

# ---- notes ----
run -e 'x = 2 +/- 0.1; y = 3*x +/- 0.2'
is "$out" $'y = 6.0 ± 0.2\n' "an uncertainty replaced"
like "$err" '-e:1:16: note: +/- replaces the uncertainty*hint: *d = 0 +/- u*' "is noted"
run -e 'x = 0 +/- 0.1; y = x^2'
like "$err" '*the uncertainty of y is 0 to first order, and 0.014 to second*' "0 to first order only is noted"
run -e 'x = 2 +/- 0.1; y = x - x'
gives $'y = 0\n' "an uncertainty that is 0 is no news"

# ---- refused: status 1, with the place ----
while IFS='|' read -r program place message; do
    run -e "$program"
    fails 1 "-e:1:$place: error: $message" "$program"
    done <<'END'
y = 1; x = 5 +/- -0.1|8|*not negative; this one is -0.1*
x = 5 +/- nan|1|*this one is nan*
x = 5 +/- inf|1|*this one is inf*
x = [1, 2] +/- [1, -1]|1|*this one is -1*
x = [1, 2] +/- [1, 1, 1]|1|*does not fit*
x = 5 +/- 1 with df=0|1|*degrees of freedom are above 0*
x = 1 +/- 1; y = 1 +/- 1; correlate x, y = 1.5|27|*between -1 and 1; this one is 1.5*
x = 1 +/- 1; y = 1 +/- 1; correlate x, y = nan|27|*this one is nan*
x = 1 +/- 1; y = 2*x; correlate x, y = 0.5|23|*uncertainty of their own*
x = 1 +/- 1; correlate x, x = 0.5|14|*correlation 1 with itself*
x = [1, 2] +/- 1; correlate x, x = [[1, 0.5], [0.4, 1]]|19|*symmetric*
x = 1 +/- 1; y = 1 +/- 1; z = 1 +/- 1; correlate x, y = 0.9; correlate x, z = 0.9; correlate y, z = -0.9|84|*no quantities*
x = 1 +/- 1; y = 1 +/- 1; z = 1 +/- 1; correlate x, y = 1; correlate x, z = 1; print x + y|60|*no quantities*
END
run -e 'x = 5 +/- 1 with k=2'
fails 2 '*' "no option 'k'"
run -e 'f(x) = x; def g() { correlate x, y = 1 }'
fails 2 '*' "top level only"

# ---- budgets ----
run -e 'U = 12 +/- 0.1; R = 50 +/- 0.5; P = U^2/R; Q = P*R' --of P,Q --show uncertainty
is "$status" 0 "a budget"
like "$out" *$'  U         12  0.1         0.48         0.048  73.5 %\n'*$'correlations\n  P, Q: 0.857'* "has rows and correlations"
run -e 'x = 3 +/- 0.5; y = 2*x' --show uncertainty --format csv
gives $'target,input,value,u,df,sensitivity,contribution,share\ny,x,3,0.5,inf,2,1,1\n' "as CSV"
run -e 'x = 3 +/- 0.5 with df=4; y = [2*x, x]' --show uncertainty --format tsv
gives $'target\tinput\tvalue\tu\tdf\tsensitivity\tcontribution\tshare\ny[0]\tx\t3\t0.5\t4\t2\t1\t1\ny[1]\tx\t3\t0.5\t4\t1\t0.5\t1\n' "as TSV"
run -e 'x = 3 +/- 0.5; y = 2*x; print y' --show uncertainty --format json --coverage 2
is "$out" '{"uncertainty": {"y": {"value": 6, "u": 1, "df": "Infinity", "k": 2, "U": 2, "u_second_order": 1, "shift": 0, "budget": [{"input": "x", "value": 3, "u": 0.5, "df": "Infinity", "sensitivity": 2, "contribution": 1, "share": 1}]}}, "correlations": {}}'$'\n' "as JSON, of a program that prints"
is "$err" $'6 ± 1\n' "whose text goes to standard error"
run -e 'x = 1 +/- 0.1; y = 1/(x - 1)' --show uncertainty
is "$out" $'y = inf ± inf
  input  value    u  sensitivity  contribution  share
  x          1  0.1         -inf           inf      -
  u = inf, shares and degrees of freedom not defined
  U = inf (k = 1.95996, 95 %)
' "an uncertainty without an end"
run -e 'x = 3; y = 2*x' --show uncertainty
is "$out" '' "nothing uncertain"
like "$err" '*nothing uncertain leads to what is reported*' "is noted"
run -e '${a,"b"} = 3 +/- 0.5; y = 2*${a,"b"}' --show uncertainty --format csv
like "$out" *'y,"a,""b""",3'* "odd names are quoted"
run -e 'x = 5 +/- 0.1; y = x^2; print "once"' --show uncertainty --samples 1000
like "$out" *'Monte Carlo, 1000 samples: mean 2'[45].* "samples"
like "$out" $'once\ny = *' "what the runs print is dropped"
first=$out
# sqrt(2 +/- 0.1) has u = 0.1/(2*sqrt(2)) = 0.0354 to first order; 1e4 samples give it to 0.7 %
root='a = 2 +/- 0.1; x = 1; root x^2 - a over x; y = x; z = 3'
run -e "$root" --of y,z --show uncertainty --samples 1e4
like "$status $out" $'0 y = 1.41421356237309*\n  no derivatives lead to anything uncertain: samples only\n  Monte Carlo, 10000 samples: mean 1.41*, u = 0.03[456]*, 1.3* to 1.4*\n' "samples of a solution, as the note says"
unlike "$out" '*z = *' "but not of a constant"
run -e "$root" --of y --show uncertainty --samples 100 --format json
like "$status $out" '0 {"uncertainty": {"y": {"value": 1.414*, "monte_carlo": {"samples": 100, "finite": 100, "mean": 1.4*}, "budget": \[\]}}, "correlations": {}}'$'\n' "as JSON"
run -e "$root" --of z --show uncertainty --samples 100
like "$status $err $out" $'0 *nothing uncertain leads to what is reported\n* ' "where samples do not vary either"
run -e 'x = 5 +/- 0.1; y = x^2; print "once"' --show uncertainty --samples 1e3
is "$out" "$first" "the same seed, the same samples"
is "$(run -e 'x = 5 +/- 0.1; y = x^2' --show uncertainty --samples 1e3 --progress; printf '%s' "$err" | tr '\r' '\n' | grep -c 'Monte Carlo: [0-9]* of 1000 samples')" 1 "progress"
slow='def f(x) { s = 0; for i in range(300) { s = s + sin(x*i)/300 }; return s }; x = 5 +/- 0.1; y = f(x) + x'
run -e "$slow" --show uncertainty --samples 1e8 --timeout 1
like "$status $err" '1 gtape: out of time after [1-9]* of 100000000 samples*' "a time limit ends the samples"
like "$out" "*Monte Carlo, [1-9]* samples: mean [45].*" "and what there is of them is told"
command_run timeout --foreground --preserve-status -s INT 1 "$GTAPE" -e "$slow" --show uncertainty --samples 1e8 --format json
like "$status $err" '1 gtape: stopped after [1-9]* of 100000000 samples*' "Ctrl-C does"
like "$out" '*"monte_carlo": {"samples": [1-9]*, "finite": [1-9]*, "mean": [45].*' "too"
run -e 'x = 5 +/- 0.1; a = 1; minimize (a - x)^2 over a; y = a*x' --show uncertainty --samples 1e8 --timeout 0.5
like "$status $out$err" '1 y = 25.0 ± 0.5*Monte Carlo, [1-9]* samples: mean 2[45].*out of time after*' "a solver in the program"
run -e 'x = 0 +/- 1; z = 1 +/- 0.1; y = abs(x) + z; q = max(z, 0)' --of y,q
is "$status $out" $'0 y = 1.0 ± 0.1\nq = 1.0 ± 0.1\n' "a kink"
like "$err" '*-e:1:33: note: the uncertainty of y to first order is a convention: no one derivative at 0*' "is noted"
unlike "$err" '*the uncertainty of q*' "where there is one"
run -e 'x = [1, 2, 3]; y = [1, 2, 2] +/- 0.1; a = 1; fit y ~ a*x over a; z = a' --of z
like "$status $err" '0 *note: the solution does not carry the uncertainty of what * reads*sigma=uncertainty(y)*' "fit does not use the uncertainties of its data"
run -e 'x = [1, 2, 3]; y = [1, 2, 2] +/- 0.1; a = 1; fit y ~ a*x over a with sigma=uncertainty(y); z = a' --of z
is "$status $err" '0 ' "unless it is told to"
run -e 'c = 4 +/- 0.1; x = 1; root x^2 - c over x; z = x'
like "$status $err" '0 *note: the solution does not carry the uncertainty of what * reads*' "nor does root"
run -e 'x = 4 +/- 0.1; y = x^2; minimize (x - 3)^2 over x; z = x + 1'
is "$status $err" '0 ' "its variables have none"
run -e 'x = [1, 2, 3] +/- [1, 1, 1]; correlate x, x = [[1, 0.5], [0.5, 1]]; y = sum(x)'
fails 1 '*correlations of 3 and 3 entries are*have shape *2, 2*' "a correlation matrix that is too small"
run -e 'x = 0 +/- 0.1; y = sin(20*x)' --show uncertainty
like "$out" '*to second order: no u, since these terms outweigh the first*' "where the second order says nothing"
run -e 'x = 5 +/- 0.1; y = x^2' --show uncertainty --samples 0
fails 2 '*' "--samples"
run -e 'x = 5 +/- 0.1; y = x^2' --show uncertainty --coverage 0
fails 2 '*' "--coverage"
run -e 'x = 5 +/- 0.1; y = x^2' --show uncertainty --format npy
fails 2 '*' "npy"

# ---- rows: y = a^2 b has contributions 2 a b u(a) = 0.6 and a^2 u(b) = 0.5 where a = 1, b = 3 ----
printf 'x,u\n1,0.1\n2,0.2\n' >rows.csv
run --rows rows.csv -e 'a = x +/- u; b = 3 +/- 0.5; y = a^2*b' --digits 6
is "$status $out" $'0 y,u_y\n3,0.781025\n12,3.1241\n' "rows have uncertainties"
run --rows rows.csv -e 'a = x +/- u; b = 3 +/- 0.5; y = a^2*b' --digits 6 --show uncertainty --coverage 2 --wrt b
is "$status $out" $'0 y,u_y,U_y,u_y_a,u_y_b,dy_db\n3,0.781025,1.56205,0.6,0.5,1\n12,3.1241,6.2482,2.4,2,4\n' "and what contributes to them"
run --rows rows.csv -e 'a = [x, 1] +/- u; y = 2*a' --show uncertainty --coverage 2 --format jsonl
is "$(printf '%s' "$out" | head -n 1)" '{"y[0]": 2, "y[1]": 2, "u_y[0]": 0.2, "u_y[1]": 0.2, "U_y[0]": 0.4, "u_y[0]_a[0]": 0.2, "U_y[1]": 0.4, "u_y[1]_a[1]": 0.2}' "by entry"
# x = 1: z = a b x, u(z)^2 = (3*0.1)^2 + (2*0.5)^2; x = 2: z = b x, u = 2*0.5
inputs='a = 2 +/- 0.1; b = 3 +/- 0.5; '
for threads in 1 2; do
    run --rows rows.csv -e "$inputs"'z = x > 1 ? b*x : a*b*x' --digits 6 --show uncertainty --coverage 2 -j $threads
    is "$status $out" $'0 z,u_z,U_z,u_z_a,u_z_b\n6,1.04403,2.08806,0.3,1\n6,1,2,0,1\n' "what contributes stands below its own name"
    run --rows rows.csv -e "$inputs"'z = x > 1 ? x : a*x; w = [a, b]; report z, w' --show uncertainty --coverage 2 -j $threads
    is "$status $(printf '%s' "$out" | tail -n 1)" '0 2,0,0,0,2,3,0.1,0.5,0.2,0.1,0,1,0,0.5' "a row that alone is certain has zeros"
done
run --rows rows.csv -e "$inputs"'z = x > 1 ? a*x : b*x' --show uncertainty
like "$status $out$err" '1 z,u_z,U_z,u_z_b*3,0.5,*the results of this row have another shape than*' "an input without a column is an error"
run --rows rows.csv -e 'a = 2 +/- 0.1; b = a^2; a = 3 +/- 0.5; z = b*a' --digits 6 --show uncertainty --coverage 2
is "$(printf '%s' "$out" | tail -n 1)" '12,2.33238,4.66476,1.2,2' "two inputs of one name" # dz/da = 2*2*3, then 2^2
run --rows rows.csv -e 'if x > 1.5 { a = x +/- u } else { a = x }; y = a'
like "$status $err" '1 *the results of this row have another shape than those of the first*' "a row that alone is uncertain"
run --rows rows.csv -e 'y = x' --show tape
fails 2 '*no other --show*' "rows have no tape"

run -e 'x = 1 +/- 1; if x > 1 { a = 2 +/- 1 }; y = x' --show uncertainty --samples 100
fails 1 '*' "the same uncertain values in every run"
command_run "$GTAPE" -e 'x = 5 +/- 0.1; y = x^2' --show uncertainty -o /dev/full
is "$status" 3 "a full disk"

run -e 'x = 5 +/- 0.1; y = x' --show uncertainty --samples 200000000
fails 2 $'gtape: --samples: \'200000000\' is no whole number from 2 to 134217728, which take 1 GiB of memory\n' "more samples than memory"
run -e 'x = 5 +/- 0.1; y = [x, x]' --show uncertainty --samples 1e8
fails 1 $'gtape: no Monte Carlo samples: 100000000 for 2 numbers take more memory than 1 GiB; 67108864 would fit\n' "of two numbers"

done_testing
