#!/usr/bin/env bash
# What happens to a session in a terminal from outside: signals, settings of the environment, a reader that leaves.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source=tests/cli/tmux.sh
. "$tests_cli/tmux.sh"
history=$HOME/.local/state/gtape/history

# gtape's process in the terminal: env has become it.
gtape_pid() {
    local shell
    shell=$(mux display-message -t prompt -p '#{pane_pid}')
    pgrep -P "$shell" | head -n 1
}
# echoes NAME: the terminal shows what is typed.
echoes() {
    local tty
    tty=$(mux display-message -t prompt -p '#{pane_tty}')
    is "$(stty -a <"$tty" | grep -oE '[ -]?(echo|icanon)\b' | tr -d '\n ')" "icanonecho" "$1: the terminal is as it was"
}

# ---- signals ----
ulimit -c 0
for signal in TERM HUP QUIT; do
    open -- -q --no-init
    answers "x = $signal*0 + 1"
    answers "2 + 3 # $signal"
    type 'not finished'
    shown 'not finished'
    kill -$signal "$(gtape_pid)"
    shows "*left with $((128 + $(kill -l $signal)))*" "SIG$signal at the prompt ends it"
    echoes "SIG$signal"
    [ $readline = yes ] && is "$(tail -n 1 "$history")" "2 + 3 # $signal" "SIG$signal: the history has the lines"
    open -- -q --no-init
    line 'while 1 { }'
    sleep 0.4
    kill -$signal "$(gtape_pid)"
    shows "*left with $((128 + $(kill -l $signal)))*" "SIG$signal ends a computation"
    echoes "SIG$signal while it computes"
done

# the library that decomposes matrices cannot be asked to stop
if "$GTAPE" --version | grep -q 'lapack yes'; then
    open -- -q --no-init
    line 'm = random(3000, 3000);'
    line '54320 + 1'
    until_like '*54321*' # the matrix is there
    line 'a = svd(m);'
    sleep 0.7
    keys C-c
    sleep 0.2
    look
    unlike "$screen" '*interrupted*' "a computation that does not stop at once"
    keys C-c
    shows '*left with 130*' "a second Ctrl-C ends it"
    echoes "two of Ctrl-C"
else
    for name in "does not stop" "ends" "terminal"; do skip "a second Ctrl-C: $name" "no LAPACK"; done
fi

# ---- the environment ----
for setting in TERM= LC_ALL=nosuch HOME= COLUMNS=0 XDG_STATE_HOME="/$(printf 'x%.0s' $(seq 5000))" PAGER= GTAPE_PAGER=/; do
    open "$setting" -- -q --no-init
    answers '1/4'
    look
    is "$screen" 'gtape> 1/4
0.25
gtape>' "${setting:0:20}"
done
open NO_COLOR= -- -q --no-init
answers 'x = 5 5'
is "$(plain)" 1 "an empty NO_COLOR leaves the colours"
open FORCE_COLOR=1 TERM=dumb -- -q --no-init
answers 'x = 5 5'
is "$(plain)" 1 "FORCE_COLOR"

# ---- a reader that leaves ----
mux kill-session -t prompt 2>/dev/null
mux new-session -d -s prompt -x 80 -y 24 sh -c '"$0" -q --no-init | head -n 1; echo left; sleep 600' "$GTAPE"
sleep 0.5
for number in 11 22 33; do
    line "$number"
    sleep 0.3
done
shows '*left*' "a pipe that closes ends the session"
like "$screen" $'*11\n*' "whose reader got its line"
unlike "$screen" '*write error*' "silently"
done_testing
