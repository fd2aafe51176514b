#!/usr/bin/env bash
# The prompt: without a terminal here; terminal.t has one.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

pipe $'x = 5\ny = x^2\n' -i
gives $'x = 5\ny = 25\n' "each line shows its value; no prompt, no banner"
pipe $'x = 5;\ny = x^2; # ;\ny + 1 # ;\n' -i
gives $'26\n' "a ; at the end keeps it quiet, one in a comment does not"
pipe $'x = 5;\ny = x^2\n' -i --wrt x
gives $'y = 25\ndy/dx = 10\n' "--wrt chooses variables"
pipe $'x = 5;\n:wrt x\nx^2\n:wrt\n:wrt -\nx^2\n' -i
gives $'25\nd/dx = 10\nx\n25\n' ":wrt chooses, tells and forgets"
pipe $'y = (1 +\n2)\nif y > 2 {\n  z = 4\n}\nz\n' -i
like "$out" $'y = 3\n*4\n' "an open bracket and a block go on"
is "$status$err" 0 "without errors"
pipe $'ans\n' -i
is "$status" 2 "no ans at first" || note "$err"
pipe $'2+3\nans*2\n' -i
gives $'5\n10\n' "ans is the last value"
pipe $'x = 5;\nx = nosuch(2)\nx\n' -i
is "$out" $'5\n' "after an error names keep their values"
is "$status" 2 "the status is that of the error"
like "$err" '<stdin>:1:5: error: *' "which has a place"
pipe $'y = (1 +\n' -i
fails 2 '<stdin>:*error: *' "the end of input within a bracket"
for program in 'y = foo' 'y = foo(1)' 'y = 1 +' 'f(x) = x; y = f(1, 2)'; do
    pipe $'1+1\n2+2\n' -i -e "$program"
    is "$status $out" $'2 2\n4\n' "a program that fails has no part in the lines behind it: $program"
    is "$(printf '%s' "$err" | grep -c error:)" 1 "and is told once"
    pipe $'a\nb = 2;\na*b\nz = a\n:at a=4\n' -i --at a=3 -e "$program"
    is "$out" $'3\n6\nz = 3\nz = 4\n' "but what --at gives stays: $program"
done
pipe $'x\n' -i -e 'x = 5; assert x < 3'
is "$status $out" $'1 5\n' "names of a program that failed on its way keep their values"
pipe $'sum(x)\n' -i -e 'y = foo(x)' --data <(printf 'x\n1\n2\n')
is "$out" $'3\n' "data stay too"
pipe $'x = 5 +/- 0.1;\ny = [x^2, 1]\nk = 7;\n:vars\n' -i
gives $'y = [25 \302\261 1, 1]\nx = 5.0 \302\261 0.1\ny = [25 \302\261 1, 1]\nk = 7\n' ":vars shows uncertainties"
pipe $'x = 5;\ny = x^2;\nz = y + 1;\n:at x=6\ny\n:at\n' -i
is "$status $out" $'0 36\nx=6\n' ":at runs the session again"
pipe $'x = 5;\ny = x^2\n:at x=6\n' -i --wrt x
gives $'y = 25\ndy/dx = 10\ny = 36\ndy/dx = 12\n' ":at shows the last value again"
pipe $'f(x) = k*x\nk = 2;\ny = f(3)\n:at k=4\n' -i
gives $'y = 6\ny = 12\n' "a constant that a function in front of it reads"
pipe $'f(x) = k*x\n:at k=3\nf(2)\nk = 5;\nf(2)\n' -i
gives $'6\n10\n' "what the function reads first is not what is assigned later"
pipe $'2*e\n:at e=1\n:at e=4\ne\n' -i
gives $'5.43656365691809\n2\n8\n4\n' "constants that are bound at the start"
pipe $'c = 3;\n2*pi\n' -i --at pi=3
gives $'6\n' "--at too"
pipe $'c = 3;\ne = 2;\ne\n:at e=5\n' -i
gives $'2\n5\n' "or that the session binds"
pipe $'f(x) = k*x\n:at k=3\ny = checkpoint(f(2))\n' -i --wrt k # dy/dk = x
like "$status $out" $'0 y = 6\ndy/dk = 2\n' "a first read in a checkpoint is one of the derivative's variable"
pipe $'f(x) = k*x\n:at k=3\na = 1; minimize (a - f(2))^2 over a\nz = f(2)*a\n' -i --wrt k # dz/dk = 2a
like "$out" $'*\nz = 36\ndz/dk = 12\n' "and so is one in a solver"
pipe $'x = 2;\nk = 3;\ny = k*x^2;\n:at x=5\n:wrt k\n:show symbolic\n:at x=[1,2]\n:show symbolic\n' -i -q
gives $'y = 25*k\ndy_dk = 25\ny = [k, 4*k]\ndy_dk = [1, 4]\n' ":show symbolic has the constants of :at"
pipe $'x = 2;\n:at q=2\nz = x^2;\n:wrt x,p\n:show symbolic\n:check\n' -i -q
like "$status $out" $'0 z = x^2\ndz_dx = 2*x\n*z *x *4 *4 *' ":at and :wrt of a name that is not there yet leave :show and :check alone"
like "$err" "*note: the session has no name 'q' yet*note: the session has no name 'p' yet*" "with a note"
pipe $'x = 2;\n:at q=2\n:wrt q\nz = q*x;\nz\n:show symbolic\n' -i -q
is "$status $out" $'0 4\nd/dq = 2\nans = 2*q\ndans_dq = 2\n' "and hold when it comes"
pipe $'input rate = 0.5; y = 2*rate\n:at rate=3\nrate = 4;\nrate\n:at rate=6\ny\n' -i
gives $'y = 1\ny = 6\n4\n4\n12\n' "an input with a default takes it, what is assigned later does not"
pipe $'input k = 1 +/- 0.5;\ny = 2*k\n:at k=4\n:at k=5+/-1\ninput k = 7;\nk\n' -i
gives $'y = 2 \302\261 1\ny = 8\ny = 10 \302\261 2\n7\n' "with its uncertainty, and once"
pipe $'f(t) = k*t\ninput k = 2;\ny = f(3)\n:at k=4\n' -i
gives $'y = 6\ny = 12\n' "a function in front of it may read it"
pipe $'2*q\n' -i --at q=4 -e 'input q = 3; q'
like "$out" $'*4\n8\n' "a program's input and --at"
pipe $'x = 5;\ny = 1/x;\n:at x=\ny\n' -i
is "$out" $'0.2\n' ":at with nonsense leaves all as it was"
pipe $'x = 5;\nf(t) = t^2\nv = f(x);\n:vars\n' -i
is "$status" 0 ":vars"
like "$out" $'*x = 5\n*' "lists variables"
like "$out" $'*v = 25\n*' "with their values"
like "$out" $'*f(*' "and functions"
pipe $'x = 5;\n:reset\nx = 3;\nx\n:vars\n' -i
like "$out" $'3\nx = 3\n*' ":reset forgets"
pipe $'1\n:quit\n2\n' -i
gives $'1\n' ":quit leaves"
pipe $'1\n:q\n2\n' -i
gives $'1\n' ":q too: the beginning of one command"
pipe $':qiut\n' -i
fails 2 $'gtape: unknown command \':qiut\'; did you mean \':quit\'[?]\n' "a near command"
pipe $'x = 2\n\f :vars\n' -i
gives $'x = 2\nx = 2\n' "a form feed in front of a command: Ctrl-L without Readline"
pipe $':\n' -i
fails 2 $'gtape: unknown command \':\'*' "a colon alone"
pipe $':help\n' -i
is "$status" 0 ":help"
like "$out" '*:wrt*:at*:vars*:reset*:quit*sin*' "lists commands and functions"
PAGER='touch pwned' pipe $':help\n' -i
is "$status $(ls -d pwned 2>/dev/null)" '0 ' "no pager without a terminal"
pipe $':help sin\n' -i
like "$out" $'sin(x)\n*derivative*cos(x)*' ":help NAME tells signature and derivative"
for words in help:help '?:help' 'quit():quit' exit:quit 'exit;:quit' 'plot y over x:plot' 'load file:load'; do
    pipe "${words%:*}"$'\n2\n' -i
    is "$status $out" $'2 2\n' "${words%:*} is no command"
    like "$err" "*error: *gtape: the command is :${words#*:}"$'\n' "and the one is named"
done
pipe $'help = 3;\nhelp\nplot = 2x\nquit(2)\nhelp*nosuch\n' -i
is "$out" $'3\n' "a name that is called like a command"
unlike "$err" '*the command is*' "is one"
session=$'x = 2;\n:wrt x\nu = 5 +/- 0.1;\ny = u*x^3\n'
pipe "$session"$':show hessian\n:show gradients\n:show uncertainty\n' -i --digits 3
is "$out" $'y = 40 \302\261 0.8\ndy/dx = 60\ny = 40 \302\261 0.8\ndy/dx = 60\nd2y/dx2 = 60\ny = 40 \302\261 0.8\ndy/dx = 60
y = 40 \302\261 0.8\n  input  value    u  sensitivity  contribution    share\n  u          5  0.1            8           0.8  100.0 %
  u = 0.8\n  U = 1.57 (k = 1.96, 95 %): 38.4 to 41.6\n' ":show hessian, gradients, uncertainty" # 12*u*x/2, 1.96*0.8
pipe $'x = 2;\nx^2;\n:show hessian\n:show uncertainty\n:show nothing\n' -i
is "$status $out" '2 ' "nothing to show"
like "$err" "*no variables are chosen*nothing uncertain*:show takes gradients,*" "is told"
pipe $':help sni\n' -i
like "$err" "*did you mean 'sin'*" ":help of a near name"
pipe $'x + 1\n' -i -e 'x = 5'
is "$out" $'x = 5\n6\n' "-i goes on after the program"
pipe $'y = 2*x\n' -i --at x=4
gives $'y = 8\n' "-i with --at"
pipe $'x = 1.5;\n2*x\n' -i --format json --wrt x
gives $'{"values": {"ans": 3}, "gradients": {"ans": {"x": 2}}}\n' "--format at the prompt"
pipe $'print 3\n' -i
gives $'3\n' "print at the prompt"
pipe $'\n\n  \n# nothing\n1' -i
gives $'1\n' "empty lines, a comment, no last line end"
pipe $'1\r\n2\r\n' -i
gives $'1\n2\n' "CR LF"
command_run "$GTAPE" -i < <(printf '1 + \0 2\n3\n')
is "$status $out" $'2 3\n' "a NUL byte is an error in its line"
is "$(ls -A home)" "" "no history without a terminal"

pipe $'g(x) = k + x\nx = 1\nk = 4\ng(1)\n' -i
gives $'x = 1\nk = 4\n5\n' "a function may read a name that a later line binds"
pipe $'g(x) = k*x\n:at k=3\ng(2)\n' -i
gives $'6\n' ":at gives a name that only a function reads"
pipe $'g(x) = sni(x)\nsni(x) = 7\ng(1)\nh(x) = nosuch(x)\nh(1)\n' -i
is "$out" $'7\n' "a function may call one that a later line defines"
like "$err" "*'nosuch' is not defined*in 'h', called here*" "an error where that never comes"
pipe $'y = sni(2)\nln(2)\nif 0 { f(x); csos(1) }\nf(x) = x; csos\'(3)\n' -i
like "$err" "*1:5: error: unknown function 'sni'*did you mean 'sin'*hint: log(x) is*unknown function 'f'*did you mean 'cos'*did you mean 'cos'*" \
    "near names, and what other languages call it"
is "$out" '' "nothing of such a line runs"

pipe $'beta_1 = 2; x = 3;\nbeta_2*betta_1\nbet_1\nq\nu*v\nsin\nf(t) = t;\nf\n' -i
like "$err" "*'beta_2', 'betta_1' have no value*hint: give them values first: beta_2 = 1; betta_1 = 1*'bet_1' has no value*did you mean 'beta_1'*'q' has no value*hint: give it one first: q = 1*give them*hint: it is a function: sin(x)*hint: it is a function: f(x)
" "a name without a value: what may be meant"
run -e 'y = 2*sin'
like "$err" "*'sin' has no value*hint: it is a function: sin(x)
" "so in a program"

# ---- notes ----
pipe $'x = 3; y = 5;\ngrad(y, x)\n1/(x - 3)\nans\n:at x=4\n:show gradients\n:at x=\ngrad(y, x)\n' -i --wrt x
is "$(grep -c 'y does not depend on x' <<<"$err") $(grep -c 'is inf' <<<"$err")" '2 1' "a note comes once, and again where it is typed again"
pipe $'x = 3;\ny = log(x - 2)\n:at x=1\n:at x=2\n:at x=1\n' -i
is "$(grep -c 'log(x - 2) is nan' <<<"$err") $(grep -c 'log(x - 2) is -inf' <<<"$err")" '1 1' "other values have notes of their own"

# ---- the command line's program is the beginning of the session ----
pipe $'z = y + x\n:at x=3\n' -i -e 'y = x^2' --at x=3 --wrt x # dz/dx = 2x + 1
gives $'y = 9\ndy/dx = 6\nz = 12\ndz/dx = 7\nz = 12\ndz/dx = 7\n' "what it was given is bound once"
pipe $'x = 8;\nx\n' -i -e 'y = x^2' --at x=3
gives $'y = 9\n8\n' "and then can be bound again"
pipe $'y+x\n' -i -e 'y = x^2' --at 'x=3 +/- 0.1'
like "$out" $'*\n12.0 \302\261 0.7\n' "with its uncertainty"
pipe $'z = y + q\n' -i -e 'input q = 2; y = q^2' --at q=5 --wrt q
like "$out" $'*z = 30\ndz/dq = 11\n' "an input with a default"
pipe $'z = sum(y + x)\n' -i -e 'y = x^2' --data <(printf 'x\n1\n2\n') --wrt x
like "$out" $'*z = 8\ndz/dx = ?3, 5?\n' "data"
pipe $'grad(y, x)\nw = x*y\ngrad(w, x)\n:wrt x\nx^2\n' -i -e 'x = 3; k = 2; y = k*x^2' --wrt k
is "$err" '' "all of its names have a history"
like "$out" $'*\n12\nd/dk = 6\n*\n54\nd/dk = 27\n9\nd/dx = 6\n' "to take derivatives in" || note "$out"

# ---- an error takes back all of its line, or of its block ----
pipe $'x = 1;\nx = 2; z = 3; [1][4]\nx\nz\n' -i
is "$status $out" $'1 1\n' "names keep what they held"
like "$err" "*1:15: error: index 4*'z' has no value*" "and names that came up with the error are gone"
pipe $'w = 5;\nfor i in range(10) {\n  w += i\n  if i == 5 { w[9] }\n}\nw\n' -i
is "$out" $'5\n' "a block that ran half way"
pipe $'f(a) = a; g(a) = f(a);\nf(a) = 2*a; [1][4]\ng(7)\nderivative f(a) wrt a = 9; [1][4]\nh(t) = g(t);\nh\'(3)\n' -i
is "$out" $'7\n1\n' "definitions"
pipe $'A = ones(2);\nA[0] = 7; A[9]\nA\n' -i
is "$out" $'[1, 1]\n' "entries of a tensor"
pipe $'x = 1;\ny = x; for i in range(300000) { y = sin(y) + x }; [1][2]\nx^3\n' -i --wrt x
is "$out" $'1\nd/dx = 3\n' "after a compaction of the tape, too"
pipe $'y = k*2;\n:at k=3\nk = 8; [1][2]\nk = 8;\nk\n' -i
is "$out" $'3\n' "a value from :at waits for the next store"
bad='; [1][2]'
pipe $'x = 3 +/- 0.3; y = 4 +/- 0.4;\ncorrelate x, y = 1'"$bad"$'\nx - y\nx = 3 +/- 1'"$bad"$'\nx\n' -i
is "$out" $'-1.0 \302\261 0.5\n3.0 \302\261 0.3\n' "correlations and uncertainties" # 0.5^2 = 0.3^2 + 0.4^2
pipe $'x = 3 +/- 0.3; y = 4 +/- 0.4;\ncorrelate x, y = 1; s = 0; for i in range(300000) { s = sin(s) + x }'"$bad"$'\nx - y\n' -i
is "$out" $'-1.0 \302\261 0.5\n' "and when the tape was compacted meanwhile"
pipe $'t = [1, 2, 3]; d = [2, 4.1, 6]; a = 1 +/- 0.5;\nfit d ~ a*t over a'"$bad"$'\na\n' -i
is "$out" $'1.0 \302\261 0.5\n' "a fit, with the uncertainty that its variable had"
pipe $'a = 1;\nminimize (a - 2)^2 over a'"$bad"$'\nroot a - 2 over a'"$bad"$'\na\n' -i
is "$out" $'1\n' "a minimum and a root"
pipe $'random(2)'"$bad"$'\nrandom(2)\n' -i --seed 7
drawn=$out
pipe $'random(2)\n' -i --seed 7
is "$drawn" "$out" "random numbers"
pipe $'5\n6'"$bad"$'\nans\n' -i
is "$out" $'5\n5\n' "ans"
pipe $'x = 2; z = 3;\nwatch x'"$bad"$'\nx*z\nwatch z;\nreport x'"$bad"$'\ny = x*z\n' -i
is "$out" $'6\ny = 6\ndy/dz = 2\n' "watched and reported names"
pipe $'y = 2;\n:at k=3\nz = k'"$bad"$'\nk = 8;\nk\n' -i
is "$out" $'3\n' "a value from :at that was read"
printf 'u,v\n1,2\n3,4\n' >good.csv
printf 'u,v\n1,2\n3,x\n' >bad.csv
pipe $':data good.csv\ny = sum(v);\n:data bad.csv\ny\n:data nosuch.csv\ny + 1\n' -i
is "$status $out" $'3 6\n7\n' ":data with a file that the session does not take" || note "$err"
pipe $'x = 3; minimize -x over x\nx > 1e15\n' -i
like "$out" $'minimize: not converged: unbounded*\n1\n' "a solver leaves its variables where it ended"
done_testing
