#!/usr/bin/env bash
# One session from its first line to its last, typed into a terminal: with Readline, without it, on a dumb
# terminal and without colours.  What is on the screen in the end is compared, all of it.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=tests/cli/tmux.sh
. "$tests_cli/tmux.sh"
rows=60

# The lines that are typed in every setting; 0 where the screen is what it should be.
play() {
    answers 'x = 3'
    answers ':wrt x'
    answers 'y = x^2'
    answers 'z = 2x'
    answers 'z = nosuch(x); y = 1'
    answers 'y;'
    line 'f(t) = ('
    shown '  ...>'
    line '  t^2 + 1'
    shown '^2 + 1
  ...>'
    answers_more ')'
    line 'while 1 { }'
    shown 'while 1 { }'
    sleep 0.4
    keys C-c
    shown 'interrupted
gtape>'
    type 'not this'
    shown 'not this'
    keys C-c
    shown '
gtape>'
    answers "f'(x) + ans"
    answers ':at x=4'
    answers 'A = [[1, -10.5], [1e10, 1e-300]]'
    answers 'root x^2 - 16 over x with bracket=[3, 5]; x'
    answers ':vars'
}
answers_more() {
    line "$1"
    until_like "*  ...> $1*gtape> "
}

# What stands there then.
whole='gtape> x = 3
x = 3
gtape> :wrt x
gtape> y = x^2
y     = 9
dy/dx = 6
gtape> z = 2x
<stdin>:1:5: error: '"'2x'"' is not a number, or a '"'*'"' is missing in it
  z = 2x
      ^~
  hint: to multiply, write 2*x
gtape> z = nosuch(x); y = 1
<stdin>:1:5: error: unknown function '"'nosuch'"'
  z = nosuch(x); y = 1
      ^~~~~~~~~
gtape> y;
gtape> f(t) = (
  ...>   t^2 + 1
  ...> )
gtape> while 1 { }
^C
interrupted
gtape> not this^C
gtape> f'"'"'(x) + ans
15
d/dx = 8
gtape> :at x=4
24
d/dx = 10
gtape> A = [[1, -10.5], [1e10, 1e-300]]
A = [[          1,  -10.5],
     [10000000000, 1e-300]]
gtape> root x^2 - 16 over x with bracket=[3, 5]; x
root: converged; 5 steps, 7 evaluations, 0 with derivatives
x = 4
largest residual 0
4
d/dx = 1
gtape> :vars
x   = 4
y   = 16
ans = 4
A   = [[          1,  -10.5],
       [10000000000, 1e-300]]
f(): a function
gtape>'

# edit NAME: keys that only Readline knows.
edit() {
    keys C-l
    printf 'loaded = 77\n' >model.gt
    type 'sigm'
    keys Tab
    shown 'sigmoid('
    type '0)'
    keys Enter
    until_like '*0.5*gtape> '
    keys Up Up
    shown 'bracket=[3, 5]; x'
    keys C-u
    type ':lo'
    keys Tab
    shown ':load'
    type ' mo'
    keys Tab
    shown ':load model.gt'
    keys Enter
    shows 'gtape> sigmoid(0)
0.5
gtape> :load model.gt
loaded = 77
gtape> ' "$1: completion and history"
}

# paste NAME: a block with an error in it.
paste() {
    keys C-l C-u
    mux set-buffer $'p = 1\nr = nosuch(p)\ns = 5\nt = 6\n'
    mux paste-buffer -t prompt -p
    sleep 0.3
    keys Enter
    shows "*the 2 lines behind it were not run
gtape>*" "$1: a pasted block stops at its first error"
    line 's + p'
    shows "*error: 's' has no value*gtape> " "$1: the rest of it was not run"
}

# draw NAME: a plot between two prompts, as wide as the terminal.
draw() {
    keys C-l C-u
    answers 'w = x^3;'
    line ':plot w over x from -2 to 2'
    shows '*+---*---+*gtape> ' "$1: a plot in the terminal"
    is "$(($(grep -oE '[+]-+[+]' <<<"$screen" | head -n 1 | wc -c) > 60))" 1 "$1: as wide as that"
}

# resize NAME: a terminal that gets narrower and wider.
resize() {
    mux resize-window -t prompt -x 40 -y 20
    sleep 0.2
    line '[1, 2, 3] + 1000 + 2000 + 3000 + 4000 + 5000'
    until_like '*15001, 15002, 15003]
gtape> '
    mux resize-window -t prompt -x 80 -y $rows
    sleep 0.2
    line '1 + 1'
    shows '*
2
gtape> ' "$1: other sizes"
}

play_in() {
    local name=$1
    shift
    open "$@" -- -q --no-init
    play
    is "$screen" "$whole" "$name: the whole screen"
    colours=$(plain)
    paste "$name"
    if command -v gnuplot >/dev/null; then
        draw "$name"
    else
        skip "$name: a plot in the terminal" "no gnuplot"
        skip "$name: as wide as that" "no gnuplot"
    fi
    resize "$name"
}
leave() {
    keys C-d
    left "$1: Ctrl-D leaves"
}

play_in "as it is"
is "$colours" 1 "as it is: colours"
[ $readline = yes ] && edit "as it is" || skip "as it is: completion and history" "no Readline"
leave "as it is"

play_in "NO_COLOR" NO_COLOR=1
is "$colours" 0 "NO_COLOR: no colours"
[ $readline = yes ] && edit "NO_COLOR" || skip "NO_COLOR: completion and history" "no Readline"
leave "NO_COLOR"

play_in "TERM=dumb" TERM=dumb
is "$colours" 0 "TERM=dumb: no colours"
leave "TERM=dumb"

mkdir none
echo nothing >none/libreadline.so.8
play_in "without Readline" LD_LIBRARY_PATH="$work/none"
leave "without Readline"

# ---- the session of README.md, and what it says to type next ----
sed -n '/^    gtape> /,/^$/s/^    //p' "$tests_cli/../../README.md" >readme
open -- -q --no-init
while read -r _ typed; do answers "$typed"; done < <(grep '^gtape> ' readme)
is "$screen" "$(cat readme)
gtape>" "README.md: its session"
is "$(($(wc -l <readme) > 4))" 1 "README.md: which is there"
answers ':help sin'
like "$screen" '*sine of x*derivative*cos(x)*' "README.md: :help sin"
answers ':at x=4'
# 16 sin 4, 8 sin 4 + 16 cos 4: Python
like "$screen" '*
y     = -12.10883992492685*
dy/dx = -16.5127178962812*' "README.md: :at x=4"
answers ':save work.gt'
answers ':reset'
answers ':load work.gt'
like "$screen" '*:load work.gt
y     = -12.1*' "README.md: :save and :load"
answers 'other = 1'
answers ':load work.gt'
like "$screen" '*the session before it is gone
gtape>' "a session that another one takes the place of is told"
leave "README.md"
done_testing
