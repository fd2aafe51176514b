#!/usr/bin/env bash
# The prompt as somebody sees it: a terminal of tmux, keys typed, screens compared.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# shellcheck source=tests/cli/tmux.sh
. "$tests_cli/tmux.sh"

banner=$(printf 'gtape %s: values and exact derivatives.  :help tells more, Ctrl-D leaves.\nTry  x = 3  then  :wrt x  then  y = x^2*sin(x)' "$("$GTAPE" --version | sed -n '1s/gtape //p')")

# ---- a first session ----
open
is "$screen" "$banner
gtape>" "the first screen: three lines"
answers 'x = 3'
answers ':wrt x'
line 'beta = x^2'
shows '*dbeta*gtape> ' "a value and its gradient"
is "$screen" "$banner
gtape> x = 3
x = 3
gtape> :wrt x
gtape> beta = x^2
beta     = 9
dbeta/dx = 6
gtape>" "the whole screen, names aligned"
line 'A = [[1, -10.5], [1e10, 1e-300]]'
shows '*
A = \[\[          1,  -10.5\],
     \[10000000000, 1e-300\]\]
gtape> ' "a tensor is a table"

fresh
line '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]*1e10'
shows '*
\[ 10000000000,  20000000000,  30000000000,  40000000000,  50000000000,
  60000000000,  70000000000,  80000000000,  90000000000, 100000000000\]
gtape> ' "a vector that is wider than the screen is one, too"
line 'outer([1, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9])*1e10'
shows '*
\[\[10000000000, 20000000000, 30000000000, 40000000000,  50000000000,
   60000000000,  70000000000,  80000000000,  90000000000\],
 \[20000000000, 40000000000, 60000000000, 80000000000, 100000000000,
  120000000000, 140000000000, 160000000000, 180000000000\]\]
gtape> ' "and rows of a wide matrix go on"

# ---- errors and recovery ----
fresh
line 'y = 2x'
shows "*<stdin>:1:5: error: '2x' is not a number*hint: to multiply, write 2\**gtape> " "an error with its place and a hint"
answers 'y = 2*x;'
line 'y + 1'
shows '*
7
d/dx = 2
gtape> ' "the session goes on"

line 'log(-x)'
shows '*
gtape> log(-x)
<stdin>:1:1: note: log(-x) is nan at -x = -3
nan
d/dx = nan
gtape> ' "a note is one line"

# ---- interruption ----
fresh
line 'k = 0; while 1 { k += 1 }'
sleep 0.3
keys C-c
shows '*interrupted
gtape> ' "Ctrl-C ends a loop that does not"
type 'not this'
shown 'not this'
keys C-c
shown '
gtape>'
line 'beta'
shows '*not this^C
gtape> beta
9
d/dx = 6
gtape> ' "Ctrl-C throws a line away"
line 'z = ('
shows '*  ...> ' "an open bracket goes on"
keys C-c
shows '*gtape> ' "Ctrl-C leaves an unfinished piece"
line 'z = ('
until_like '*  ...> '
keys Enter
shows '*thrown away
gtape> ' "so does an empty line"
line 'def f(t) {'
line '  return t^2'
line '}'
line "f'(4)"
shows '*  ...>   return t^2
  ...> }
gtape> f*
8
gtape> ' "a block over several lines"

# ---- a plot in the terminal ----
if command -v gnuplot >/dev/null; then
    fresh
    answers 'r = 2;'
    answers 'w = r^2;'
    fresh
    line ':plot w over r from -1 to 3'
    shows '*+---*\**+---*gtape> ' "a plot of characters, and the prompt again"
else
    skip "a plot in the terminal" "no gnuplot"
fi

# ---- resizing ----
fresh
mux resize-window -t prompt -x 30 -y 10
sleep 0.2
type '1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1'
shows '*gtape> 1+1+1+1+1+1+1+1+1+1+1+1
+1+1+1+1*' "a narrow terminal"
mux resize-window -t prompt -x 60 -y 10
sleep 0.2
keys Enter
shows '*
16
gtape> ' "and a wide one again"
line 'while 1 { }'
sleep 0.2
mux resize-window -t prompt -x 80 -y 24
keys C-c
until_like '*interrupted*gtape> '
type "100 + $(printf '1%.0s' $(seq 60)) + 1000"
shows '*gtape> 100 + 1*1 + 1000 ' "a size that changed while something ran"
keys C-u
until_like '*gtape> '
keys C-c
until_like '*gtape> ^C*gtape> '

# ---- names in other scripts ----
fresh
answers 'θ_0 = 2; Δx = 0.5'
line 'longer = Δx^2*θ_0*x'
shows '*Δx = 0.5
gtape> *
longer     = 1.5
dlonger/dx = 0.5
gtape> ' "Unicode names"
line ':vars'
shows '*
θ_0    = 2
Δx     = 0.5
longer = 1.5
*gtape> ' "aligned by what they take on the screen"

# ---- Readline: completion, history, pasting ----
if [ $readline = yes ]; then
    printf 'loaded = 77\n' >model.gt
    # completes TYPED SHOWN NAME
    completes() {
        fresh
        type "$1"
        keys Tab
        shows "*gtape> $2 " "completes $3"
        keys C-u
    }
    completes 'sigm' 'sigmoid(' "a function with its bracket"
    completes 'hess' 'hessian(' "a derivative form"
    completes 'bet' 'beta' "a name and a function of that name"
    completes 'y = θ' 'y = θ_0' "a Unicode name"
    completes 'sum([1, 2], ax' 'sum(\[1, 2\], axis=' "a named argument"
    completes 'whi' 'while' "a word that begins a statement"
    completes 'for i i' 'for i in' "a word within a statement"
    completes 'for i ' 'for i in' "what the grammar expects there"
    completes ':hi' ':history' "a command"
    completes ':help sigm' ':help sigmoid' "what :help knows"
    completes ':wrt bet' ':wrt beta' "a name behind :wrt"
    completes ':at bet' ':at beta=' "an input behind :at"
    completes ':time of' ':time off' "a value of a command"
    completes ':load mo' ':load model.gt' "a file"
    completes ':data t=mo' ':data t=model.gt' "a file behind NAME="
    completes 'print "sigm' 'print "sigm' "nothing within a text"
    line 'def g(amplitude) {'
    until_like '*  ...> '
    type 'return ampl'
    keys Tab
    shows '*  ...> return amplitude ' "completes a parameter"
    keys Enter
    line '}'
    until_like '*gtape> '
    type 'y0(1) - lo'
    keys Tab Tab
    shows '*log(*log10(*gtape> y0(1) - lo ' "shows what there is"
    keys C-u

    fresh
    line 'if beta > 1 {'
    line '  a = 1'
    line '}'
    until_like '*a = 1
*gtape> '
    keys C-l Up
    shows 'gtape> if beta > 1 {
  a = 1
} ' "a piece of several lines comes back as one"
    keys C-c

    fresh
    mux set-buffer $'p = 1\nq = [1,\n 2]\nr = nosuch(q)\ns = 5\n\nt = 6\n'
    mux paste-buffer -t prompt -p
    until_like '*t = 6*'
    keys Enter
    shows "*
p*= 1
q*= \[1, 2\]
*error: unknown function 'nosuch'*the 2 lines behind it were not run
gtape> " "a pasted block stops at its first error"
    line 's'
    shows "*'s' has no value*" "what stood behind was not run"
    mux set-buffer $'if q[0] > 0 {\n  u = 8\n'
    mux paste-buffer -t prompt -p
    keys Enter
    shows '*  ...> ' "a pasted block that is not finished goes on"
    line '}'
    shows '*u*= 8*gtape> ' "and is finished by hand"

    fresh
    line ':load model.gt'
    shows '*loaded*= 77*gtape> ' ":load"
    keys C-d
    left "Ctrl-D leaves"
    open -- -q
    type 'return'
    keys C-u Up Up
    shows '*if q\[0\] > 0 {
  u = 8
} ' "the next session has the history, pieces whole"
    keys C-c
else
    skip "completion, history and pasting" "no Readline"
fi

# ---- the pager ----
open PAGER="less -X" -- -q
line ':help'
shows '*A line is a statement*: ' "a long text goes through the pager"
unlike "$screen" '*gtape>*Statements (:help*' "of which a screen is shown"
keys C-c
sleep 0.3 # Ctrl-C drops what was typed and not read
keys q
shows '*gtape> ' "q comes back, Ctrl-C does not hurt"
line '1+1'
shows '*
2
gtape> ' "the prompt works"
line ':help sin'
shows '*sine of x*example*gtape> ' "a short text does not"
open PAGER=/nonexistent/pager -- -q
line ':help'
until_like '*tril*gtape> '
like "$(mux capture-pane -t prompt -p -S -200)" '*gtape: /nonexistent/pager: No such file*A line is*' "a pager that there is not"
open GTAPE_PAGER= PAGER=less -- -q
line ':help'
shows '*tril*gtape> ' "an empty GTAPE_PAGER: none"
open 'PAGER=touch pwned; touch' -- -q
line ':help'
until_like '*gtape> '
is "$(ls -d pwned 2>/dev/null)" "" "no shell runs the pager"

# ---- the first file ----
mkdir -p home/.config/gtape config/gtape
printf 'twice(t) = 2*t\n:wrt x\nx = 4\n' >home/.config/gtape/init.gt
printf 'x = 5 5\n' >config/gtape/init.gt
open -- -q
line 'twice(x)'
shows 'gtape> twice(x)
8
d/dx = 2
gtape> ' "the init file, which shows nothing"
open -- -q --no-init
line 'twice(1)'
shows "*error: unknown function 'twice'*" "--no-init"
open -- -q -i -e 'a = 1'
line 'twice(1)'
shows "*error: unknown function 'twice'*" "a program on the command line does without"
open XDG_CONFIG_HOME="$work/config" -- -q
shows '*/config/gtape/init.gt:1:7: error:*gtape> ' "XDG_CONFIG_HOME, and an error in the file"
line '2'
shows '*
2
gtape> ' "which does not end the session"
open XDG_CONFIG_HOME=config -- -q
line 'twice(2)'
shows '*
4*gtape> ' "a relative one is ignored"

# ---- stopped by Ctrl-Z, and on again ----
mux kill-session -t prompt 2>/dev/null
mux new-session -d -s prompt -x 80 -y 24 env HOME="$HOME" PS1='shell$ ' bash --norc -i
until_like '*shell$ '
line "$GTAPE -q --no-init"
until_like '*gtape> '
line 'x = 41;'
type 'x + 1'
keys C-z
shows '*Stopped*shell$ ' "Ctrl-Z stops it at the prompt"
fresh
line 'stty -a | grep -c " echo "'
shows '*
1
shell$ ' "the terminal is the shell's"
line 'fg'
until_like '*gtape> *'
keys C-u
line 'x + 1'
shows '*
42
gtape> ' "fg comes back to the session"
line 'while 1 { }'
sleep 0.3
keys C-z
shows '*Stopped*shell$ ' "Ctrl-Z stops it while it computes"
line 'fg'
sleep 0.3
keys C-c
shows '*interrupted
gtape> ' "and on it goes"
keys C-d
shows '*shell$ ' "Ctrl-D leaves to the shell"

# ---- other terminals ----
open -- -q
line 'x = 5 5'
until_like '*error*gtape> '
is "$(plain)" 1 "colours on a terminal"
open NO_COLOR=1 -- -q
line 'x = 5 5'
until_like '*error*gtape> '
is "$(plain)" 0 "NO_COLOR: none"
open TERM=dumb -- -q
line 'y = (1 +'
until_like '*  ...> '
line '2)'
shows '*y*= 3*gtape> ' "TERM=dumb"
line ':help'
shows '*tril*gtape> ' "no pager there"
is "$(plain)" 0 "nor colours"
open COLUMNS=0 LINES=0 -- -q
line '1+1'
shows '*
2
gtape> ' "COLUMNS=0"
mkdir none
echo nothing >none/libreadline.so.8
open LD_LIBRARY_PATH="$work/none" -- -q --no-init
line 'x = (2 +'
shows '*  ...> ' "without Readline: a second prompt"
line '3)'
shows '*x = 5
gtape> ' "a value"
line 'while 1 { }'
sleep 0.3
keys C-c
shows '*interrupted
gtape> ' "Ctrl-C"
line 'y = nosuch(1)'
shows "*unknown function 'nosuch'*gtape> " "an error"
line 'x'
shows '*
5
gtape> ' "and recovery"
keys C-d
left "Ctrl-D"
done_testing
