#!/usr/bin/env bash
# Memory, reads and writes that fail, one after the other: see tests/faults/inject.c for what must then hold.
#
# INJECT_STEP=1 makes each call fail once; by default every third one does, and every fifteenth in the other modes.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

inject=$(cd "${srcdir:-$(dirname "$0")/../..}" 2>/dev/null && pwd)/tests/faults/inject.c
[ -e "$inject" ] || inject=$OLDPWD/${srcdir:-.}/tests/faults/inject.c
if ! ${CC:-cc} -shared -fPIC -O1 -o inject.so "$inject" -ldl 2>log || nm "$GTAPE" | grep -q __gcov_; then
    skip "calls that fail" "no compiler, or a program that writes what it covers when it ends"
    done_testing
fi
# AddressSanitizer sees what is not given back after a failure, where its library is a shared one.
if nm "$GTAPE" | grep -q __asan_init; then
    if ! ldd "$GTAPE" | grep -q libasan; then
        skip "calls that fail" "AddressSanitizer is part of the program, so no allocator can come before it"
        done_testing
    fi
    export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=1
    : "${INJECT_STEP:=17}" # each run takes a fifth of a second
    every=5
fi
: "${INJECT_STEP:=3}" "${every:=1}"
export INJECT_STEP

faults=0
# sweep KINDS NAME ARGUMENTS: nothing wrong, whichever call of each kind fails; standard input is lines.gt.
sweep() {
    local kind summary
    for kind in $1; do
        timeout 300 env INJECT="$kind" LD_PRELOAD="$work/inject.so" "$GTAPE" "${@:3}" <lines.gt >log 2>&1
        summary=$(tail -n 1 log)
        case $summary in
        *" faults, 0 wrong") report 0 "$2: $kind" ;;
        *) report 1 "$2: $kind" || note "$(head -c 2000 log) $summary" ;;
        esac
        faults=$((faults + ${summary%% *}))
    done
}
programs() { sweep 'memory memory-on' "$@"; }
streams() { sweep 'read read-on read-eintr read-short write write-on write-eintr write-short' "$@"; }

# ---- files ----

: >lines.gt
cat >table.csv <<'END'
x,y,label
1,2,a
2,3.5,"b, ""quoted"""
3,5,c
4,6.5,
5,8,e
END
tr , '\t' <table.csv >table.tsv
"$GTAPE" -e 'm = [[1, 2], [3, 4]]' --format npy -o m.npy
cat >model.gt <<'END'
f(x, y) = x^2*sin(y)
input a = 2; input b = 0.5
z = f(a, b) + log(a)
print "a text", z
END

# ---- statements and functions ----

cat >programs <<'END'
2+3
y = x^2*sin(x); print grad(y, x), hessian(y, x)
s = 0; for i in range(20) { s += x*i }; print s, grad(s, x)
s = 1; for i in range(5) { if i % 2 == 0 { s *= x } else { s += x } }; print grad(s, x)
f(t) = t < 1 ? t : f(t - 1) + x; y = f(5.5); print y, grad(y, x), f'(2)
def g(a, b) { c = a*b; return c + a }; print g(2, b=x)
h(t) = t^2; derivative h(t) wrt t = 2*t; print h'(x)
print v*2, v[1], v[-1], v[0:2], v.T, sum(v), mean(v), norm(v)
A = [[2, 1], [1, 3]]; print A @ A, inv(A), det(A), solve(A, [1, 2])
A = [[4, 0], [0, 1]]*x; q, r = qr(A); print q, r, cholesky(A), eigh(A), svd(A), expm(A)
print einsum("ij,j->i", [[1, 2], [3, 4]], [x, 1]), conv1d([1, 2, 3], [1, x])
print jacobian(v*v, v), vjp(v*v, v, [1, 0, 0]), jvp(v*v, v, [0, 1, 0]), hvp(sum(v^3), v, [1, 1, 1])
print taylor(exp(x), x, 5), sin'''(x)
print sort(v), cumsum(v), cumprod(v), softmax(v), argmax(v), concat(v, v), stack(v, v), split(v, 3)
print reshape(range(6), 2, 3), transpose(reshape(range(6), 2, 3)), tile(v, 2), zeros(2, 2), eye(2)
print random(3), normal(2), var(v), std(v), min(v), max(v, 2), where(v > 1, v, 0)
x = 3 +/- 0.1; y = 2 +/- 0.2; correlate x, y = 0.5; z = x*y; print z, uncertainty(z)
input k = 1; minimize (k - 3)^2 over k; print k
input k = 1; root k^2 - 2 over k with bracket=[0, 2]; print k
printf "%8.3f %s %d\n", x, "text", 3; assert x < 1, "too large"
v[1] = x; print v, grad(sum(v), x); y := 3; y += 1; print y
y = checkpoint(x*x); print grad(y, x), stop_gradient(x)
print gamma(x), lgamma(x), digamma(x), erf(x), j0(x), atan2(x, 1), hypot(x, 2)
X = linspace(0, 1, 2000); s = sum(exp(-X*X)*sin(X)); print s, grad(s, X)[5]
s = 0; while s < 3 { s += x; if s > 2 { break } }; print s, grad(s, x)
y = (1 + ; z = 2
y = foo(2); z = unknwon
print [1, 2] + [1, 2, 3]
y = 1/0*x; print log(-x)
z = where(x > 1, x^2, x); print grad(z, x), grad(grad(z, x), x)
y = abs(x) + min(x, 2) + max(x, 3) + x % 2; print y, grad(y, x)
f(t) = sin(t)*t; print f'(x), f''(x), f'''(x)
def h(n) { if n < 1 { return 1 }; return n*h(n - 1) }; print h(6)
s = 0; for i in range(3) { for j in range(4) { s += i*j*x } }; print s, grad(s, x)
s = 0; i = 0; while i < 50 { i += 1; if i % 7 == 0 { continue }; s += sin(i*x) }; print s, grad(s, x)
p = 1; for i in range(2, 30) { p = p*(1 + x/i) }; print p, grad(p, x)
A = [[x, 1], [1, 4]]; print det(A), grad(det(A), x), trace(A), diag(A)
A = [[4, 0], [0, 1]]*x; w, V = eigh(A); print w, grad(sum(w), x)
print outer(v, v), dot(v, v), logsumexp(v), prod(v)
print hessian(sum(v^3), v), hessian(prod(v), v)
y = a0*x + b0; print y
input a = 1; input b = 2; minimize (1 - a)^2 + 100*(b - a^2)^2 over a, b; print a, b
input a = 1; maximize -(a - 2)^2 over a subject to a <= 1.5; print a
input a = 1; input b = 1; fit [1, 3, 5] ~ a + b*[0, 1, 2] over a, b; print a, b
t = 3 +/- 0.1; y = sin(t)*x; print y, uncertainty(y); report y
print 0x1p-3, 1e300, nan, inf, "text\twith", pi
${odd name} = x + 1; print ${odd name}, ${odd name}*2
B = zeros(2, 2); B[0, 1] = x; print B, grad(sum(B), x)
assert x < 1; assert x > 1, "this one fails"
y = sqrt(x - 1); print y, grad(y, x)
print range(3)[5]
END

# each_program NAME ARGUMENTS: every program with these, memory failing; under AddressSanitizer some of them.
each_program() {
    turn=$(((turn + 1) % every))
    while read -r line; do
        programs "$1: $line" -e "input x = 0.5; input v = [1, 2, 3]; $line" "${@:2}"
    done < <(awk -v every="$every" -v turn="$turn" 'NR % every == turn' programs)
}
turn=0
each_program "a run"
step=$INJECT_STEP
[ "$step" = 1 ] || INJECT_STEP=$((step * 5))
each_program "a report" --wrt x --stats
each_program rows --rows table.csv --wrt x --on-error skip -j 2 --keep
each_program sums --rows table.csv --reduce mean --on-error blank --format jsonl
for show in c symbolic latex tape graph; do each_program "--show $show" --wrt x --show $show; done
each_program --check --wrt x --check
each_program --hessian --wrt x --hessian

# Each as a line of the prompt, all in one session.
# What a failure leaves half made must not be taken for whole when the same function is called again.
{
    echo 'input x = 0.5; input v = [1, 2, 3]'
    cat programs
    echo 'def sums(t) { s = 0; for i in range(20) { s += t*i }; return s }'
    for call in 'print sums(x), grad(sums(x), x)' 'print hessian(sum(v^3), v)'; do printf '%s\n%s\n' "$call" "$call"; done
} >lines.gt
export INJECT_GOES_ON=1
programs "the programs at the prompt" -i
unset INJECT_GOES_ON
: >lines.gt
INJECT_STEP=$step

# ---- reports ----

for format in text json jsonl csv tsv; do
    programs "a report as $format" -e 'y = x^2*w; z = [x, w]' --wrt x,w --of y,z --at x=2,w=3 --format $format
done
programs "a report as npy" -e 'y = [[1, 2], [3, 4]]' --format npy
for show in jacobian hessian symbolic tape graph uncertainty; do
    programs "--show $show" -e 'f(t) = t^3; x = 2 +/- 0.1; y = f(x)*exp(x)' --wrt x --show $show
done
programs "a fit" --data table.csv -e 'input a = 1; input b = 1; fit y ~ a*x + b over a, b; print a, b'
programs "Monte Carlo" -e 'x = 2 +/- 0.1; y = x^2' --show uncertainty --samples 50
programs "a file of data" --data m=m.npy --data table.csv -e 'y = sum(m) + sum(x)' --wrt m
programs "files of program text" model.gt - --at a=3 --wrt a,b --stats
for on_error in stop skip blank; do
    programs "rows, on error $on_error" --rows table.csv -e 'assert x != 3; z = x > 2 ? x*y : y' --wrt x,y --on-error $on_error
done
programs "rows with columns passed through" --rows table.tsv --keep -e 'z = log(x)*y' --wrt x --format jsonl
programs "--help" --help
programs "a wrong option" --nosuch

# ---- the prompt ----

cat >lines.gt <<'END'
x = 2
:wrt x
y = x^2
z = (1 +
  2)
:at x=3
:vars
:load model.gt
:time 1+1
:help sin
f(t) = t^2
f(
END
export INJECT_GOES_ON=1
programs "the prompt" -i
streams "the prompt" -i
unset INJECT_GOES_ON

# ---- reads and writes ----

streams "a program on standard input" -
streams "a file of program text" model.gt
streams "rows" --rows table.csv -e 'z = x*y' --wrt x,y
streams "a file of data" --data m=m.npy -e 'y = sum(m)'

note "$faults faults"
done_testing
