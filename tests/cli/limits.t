#!/usr/bin/env bash
# What bounds a run: --max-ops, --max-memory, --timeout, a small address space, a small stack, a signal at any time.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# ---- --max-ops ----

run -e 'x = 1; while x > 0 { x = x + 1 }' --max-ops 1000
fails 1 '*error: more than 1000 operations*' "a loop without an end"
run -e 'f(x) = f(x) + 1; y = f(1)' --max-ops 1000
fails 1 '*error: more than 1000 operations*' "a recursion without an end"
run -e 's = 0; for i in range(100) { s += i }; s' --max-ops 10000
gives $'4950\n' "what needs less is as it was"
loop='input x = 1; s = 0; for i in range(1000) { s = s + sin(s + x) }; s'
run -e "$loop" --max-ops 8000
is "$status" 0 "a loop of 1000 times 6 operations" || note "$err"
run -e "$loop" --wrt x --max-ops 8000
fails 1 '*error: more than 8000 operations*' "its sweep counts too"
run -e "$loop" --wrt x --max-ops 12000
is "$status" 0 "as much again" || note "$err"
run -e 'x = range(1000); y = cumsum(x*x)' --wrt x --max-ops 100
fails 1 '-e:1:22: error: more than 100 operations*' "a Jacobian, sweep by sweep"
run -e 'x = 0.5; y = sin(x)*exp(x); taylor(y, x, 60)' --max-ops 100
fails 1 '-e:1:29: error: more than 100 operations*' "Taylor coefficients"
run -e 'x = 0.5; f(t) = sin(t)*exp(t); while 1 { y = grad(f(x), x) }' --max-ops 1000
fails 1 '*error: more than 1000 operations*' "gradients without an end"
for form in symbolic latex c; do
    run -e 'x = ones(200); y = sum(sin(x))' --wrt x --show $form --max-ops 300
    fails 1 '-e:1:24: error: more than 300 operations*' "--max-ops bounds what a tensor is taken apart to in --show $form"
    run -e 'x = ones(60); y = prod(cumsum(x))' --wrt x --show $form --hessian --max-ops 5000
    fails 1 '-e:1:15: error: more than 5000 operations*' "and what derivatives make"
    run -e 'y = x; for i in range(9) { y = sin(y) }' --wrt x --show $form --max-ops 5000
    is "$status$err" 0 "a limit that is met by nothing"
    run -e 'i = 5; while i > 2 { i -= 0 }; y = i' --show $form --max-ops 3000
    fails 1 '-e:1:*: error: more than 3000 operations*' "--show $form of a loop without an end"
done

# ---- --max-memory ----

run -e 'x = zeros(10000000); y = sum(x)' --max-memory 50M
fails 1 $'gtape: memory exhausted\n  hint: the limit is 52428800 bytes\n' "a tensor"
run -e 'x = zeros(1000000); y = sum(x + 1)' --max-memory 50M
gives $'y = 1000000\n' "a smaller one"
for program in 's = x; i = 0; while 1 { s = s*x; i += 1 }; y = s' 'a = [1]; while 1 { a = concat(a, a) }' \
    'while 1 { a = reshape(range(1000000), 1000, 1000); b = a @ a; c = b + a }'; do
    run -e "input x = 1; $program" --wrt x --max-memory 20M --timeout 20
    like "$status $err" $'1 *memory exhausted\n  hint: the limit is 20971520 bytes\n*' "$program"
done
run -e 'for i in range(1000) { a = zeros(100000) + i; b = sum(a) }; b' --max-memory 10M
gives $'99900000\n' "what is given back does not count"
run -e 'X = linspace(0, 1, 100000); w = 1; for k in range(100) { e = X*w - sin(X); w := w - 0*grad(dot(e, e), w) }; w' \
    --max-memory 30M
gives $'1\n' "nor do large tensors that no name reaches any more"
{ printf 'def f(x) { s = x; for i in range(100000) { s = s + sin(s*x) }; return s }\nx = 2\n'; yes 'y = f(x) > 0' | head -n 100; } >lines
command_run "$GTAPE" -i --max-memory 60M <lines
is "$status ${err:0:100}" "0 " "nor what loops have kept, at the prompt"
{ printf 'def f(x) { s = x; for i in range(100000) { s = s + sin(s*x) }; assert s < 0; return s }\nx = 2\n'; yes 'f(x)' | head -n 100; } >lines
command_run "$GTAPE" -i --max-memory 60M <lines
case $err in *memory*) is "memory exhausted" "" "nor what failed" ;; *) is "$status" 1 "nor what failed" ;; esac
run -e 'x = "'"$(printf '%70000s' '' | tr ' ' a)"'"' --max-memory 64k
is "$status" 1 "a program that is too large itself" || note "$err"
{ echo x,y; yes 1,2 | head -n 100000; } >data.csv
run --data data.csv -e 's = sum(x)' --max-memory 100k
fails 3 'gtape: data.csv: larger than --max-memory'$'\n' "a file of data"
yes '# a comment' | head -c 300000 >long.gt
run long.gt --max-memory 200k
fails 3 'gtape: long.gt: larger than --max-memory'$'\n' "a file of a program"
command_run "$GTAPE" - --max-memory 200k <long.gt
fails 3 'gtape: <stdin>: larger than --max-memory'$'\n' "a program on standard input"
addresses=400000 # KiB: without the bound of memory it would be gigabytes.  Sanitizers need terabytes
if nm "$GTAPE" 2>/dev/null | grep -q __asan_init; then addresses=unlimited; fi
command_run bash -c 'ulimit -v $0; "$1" /dev/zero --max-memory 1M' $addresses "$GTAPE"
fails 3 'gtape: /dev/zero: larger than --max-memory'$'\n' "a program without an end"
command_run bash -c 'ulimit -v $0; "$1" -i --max-memory 1M </dev/zero' $addresses "$GTAPE"
fails 3 'gtape: <stdin>: a line is too long'$'\n' "a line of the prompt without an end"
command_run "$GTAPE" -i --max-memory 200k <<<':load long.gt'
fails 3 'gtape: long.gt: larger than --max-memory'$'\n*' "a file that the prompt loads"
run --rows data.csv -e 's = x*y' --max-memory 4M
is "$status $(wc -l <.out)" "0 100001" "rows need no more, however many they are" || note "$err"
printf 'a = zeros(10000000);\n2+3\n' >lines
command_run "$GTAPE" -i --max-memory 50M <lines
is "$status $out" $'1 5\n' "the prompt goes on" || note "$err"
for bad in 0 -1 '' 10 63k 1T 1.5G x 99999999999999999999 1kk; do
    run -e 1 --max-memory "$bad"
    fails 2 "gtape: option '--max-memory' takes a number of bytes from 64k on*" "--max-memory '$bad'"
done

# ---- --timeout ----

SECONDS=0
run -e 'x = 1; while x > 0 { x = x + 1 }' --timeout 0.2
fails 1 $'gtape: more than 0.2 seconds\n' "a loop without an end"
run -e 'input k = 1; minimize (exp(k) - k)^2*0 + k over k with max=1000000000, tol=0' --timeout 0.2
is "$status" 1 "a search without an end" || note "$out $err"
command_run "$GTAPE" - --timeout 0.1 < <(exec sleep 20)
fails 1 $'gtape: stopped after 1.1 seconds (--timeout)\n' "input that does not come"
echo old >kept
run -e 'while 1 { print 1 }' -o kept --timeout 0.2
is "$status $(cat kept) $(leftovers)" "1 old 0" "an unfinished file goes"
printf 'while 1 { }\n2+3\n' >lines
command_run "$GTAPE" -i --timeout 0.2 <lines
is "$status $out" $'1 5\n' "at the prompt a line has that time"
run -e '2+3' --timeout 100
gives $'5\n' "a run that is over earlier"
is "$((SECONDS < 20))" 1 "and nothing took long"
# rows, and groups: the limit is for all together, and what is done is written
printf 'x\n1\n2\n5\n1\n' >w.csv
endless='z = 1; while x > 3 { z = z + 1 }'
SECONDS=0
for threads in 1 3; do
    run -e "$endless" --rows w.csv --timeout 0.5 -j $threads
    is "$status $out" $'1 z\n1\n1\n' "a row without an end: those before it are written, -j $threads"
    like "$err" $'*gtape: more than 0.5 seconds\n*w.csv:4: it was for this row\n' "and the limit and the row are named"
done
run -e "$endless" --rows w.csv --timeout 0.5 --on-error blank
is "$status $out" $'1 z\n1\n1\n' "it is no error to pass over"
run -e "$endless" --sweep x=1:4:1 --timeout 0.5
is "$status $out" $'1 x,z\n1,1\n2,1\n3,1\n' "the same for a sweep"
run -e 'z = log(-x); while x > 3 { z = z + 1 }' --rows w.csv --timeout 0.5
is "$status $out" $'1 z\nnan\nnan\n' "rows that are not finite too"
run -e 'z = 0; while z < 3e5*x { z = z + 1 }' --sweep x=1:100000:1 --timeout 1 -o /dev/null
is "$status" 1 "many rows together"
command_run "$GTAPE" -e 'z = 2*x' --rows - --timeout 0.5 < <(printf 'x\n1\n2\n3'; exec sleep 20)
is "$status $out $err" $'1 z\n2\n4\n gtape: more than 0.5 seconds\n' "rows that do not come; of a part of a line no row is made"
printf 'g,x\na,1\nb,2\nc,5\nd,1\n' >w.csv
group='x = x[0]; z = 1; while x > 3 { z = z + 1 }'
run -e "$group" --data w.csv --by g --timeout 0.5
is "$status $out" $'1 g,z\na,1\nb,1\n' "a group without an end"
like "$err" $'*gtape: more than 0.5 seconds\ngtape: it was for this group: g = c\n' "likewise named"
run -e "$group" --data w.csv --by g --timeout 0.5 --on-error blank
is "$status $out" $'1 g,z\na,1\nb,1\n' "it is no error of the group alone"
is "$((SECONDS < 20))" 1 "and none took long"
{ echo g,x; seq 1 3000 | sed 's/.*/&,&/'; } >many.csv
run -e 'z = 0; while z < 2e5 + x[0] { z = z + 1; if z < 0 { z = 0 } }' --data many.csv --by g --timeout 0.7
is "$status $(printf '%s' "$out" | head -n 2)" $'1 g,z\n1,200001' "the limit is for all groups together"
like "$err" $'*more than 0.7 seconds\n*' "and is told as it was given"

for bad in 0 -1 '' x 1e 1s 0x1 .; do
    run -e 1 --timeout "$bad"
    fails 2 "gtape: option '--timeout' takes seconds in digits, above 0 and up to 1000000000, not*" "--timeout '$bad'"
done

# ---- a small address space, a small stack ----

if [ $addresses = unlimited ]; then
    skip "a small address space" "this program has sanitizers"
else
    for megabytes in 20 24 28 32 40 64; do
        command_run bash -c 'ulimit -v $((1024*$0)); exec "$@"' $megabytes "$GTAPE" \
            -e 'x = range(1000000); y = sum(sin(x)*x); A = ones(300, 300); b = sum(A @ A)' --wrt x --of y </dev/null
        case $status in
        0) like "$out" 'y = *' "$megabytes MiB of addresses" ;;
        127) skip "$megabytes MiB of addresses" "the libraries do not fit" ;;
        *) like "$status $out$err" '1 *memory exhausted*' "$megabytes MiB of addresses" ;;
        esac
    done
fi
for program in 'f(t) = t < 1 ? 0 : f(t - 1) + x; y = f(5000)' 'y = sum(sort(x*range(100000)))' \
    'A = ones(100, 100)*x; y = sum(expm(A/1000)) + logdet(eye(100) + A)' 'y = sin'"''''"'(x)'; do
    command_run bash -c 'ulimit -s 256; exec "$0" "$@"' "$GTAPE" -e "$program" --at x=0.5 --wrt x </dev/null
    is "$status $err" "0 " "a stack of 256 KiB: $program"
done

# ---- a signal at any time ----

program='s = 0; for i in range(300) { a = random(20, 20); s += sum(a @ a) }; for i in range(3) { print i }; s'
wrong=0
for signal in INT TERM HUP USR1 USR2 ALRM VTALRM PROF PWR RTMIN; do
    delays=${delays:-0.0005 0.001 0.002 0.004 0.008 0.016} # for the first ones
    [ $signal != USR1 ] || delays=0.008
    for delay in $delays 0.03; do
        rm -f result
        timeout --preserve-status -s $signal $delay "$GTAPE" -e "$program" -o result >out 2>err </dev/null
        status=$?
        # Nothing, or the whole where that was done already.
        [ -e result ] && whole=$(tail -c 1 result | od -An -c) || whole=none
        case $status-$whole in
        $((128 + $(kill -l $signal)))-none | $((128 + $(kill -l $signal)))-*n | 0-*n) ;;
        *) wrong=$((wrong + 1)) && note "SIG$signal after $delay s: status $status, file $whole" ;;
        esac
        [ ! -s out ] && [ "$(leftovers)" = 0 ] || wrong=$((wrong + 1))
    done
done
is $wrong 0 "a signal leaves the whole file or none, and its status"

done_testing
