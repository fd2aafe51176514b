# tmux.sh - helpers of the tests that look at a terminal of tmux; a test sources it behind lib.sh.
#
#     open NO_COLOR=1 -- -q         gtape in a terminal
#     line 'x = 3'                  types a line
#     shows '*gtape> ' "a prompt"   one test: the screen gets to be like this
#
# SPDX-License-Identifier: GPL-3.0-or-later

export LC_ALL=C.UTF-8 LANG=C.UTF-8
if ! command -v tmux >/dev/null || ! tmux -L "gtape-$$" -f /dev/null new-session -d -s keeper 'sleep 3600' 2>/dev/null; then
    echo "1..0 # SKIP no tmux"
    exit 0
fi
readline=no
"$GTAPE" --version | grep -q 'readline yes' && readline=yes
mux() { tmux -L "gtape-$$" -f /dev/null "$@"; }
trap 'mux kill-server 2>/dev/null; rm -rf "$work"' EXIT

rows=24
# open [NAME=VALUE]... [-- ARGUMENT...]: gtape in a terminal of 80 columns and $rows rows; at its end the terminal stays.
open() {
    local settings=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    # the session `keeper` keeps the server: one that ends takes a session that begins with it
    mux kill-session -t prompt 2>/dev/null
    # the shell that tells the status must survive Ctrl-C
    # shellcheck disable=SC2016
    mux new-session -d -s prompt -x 80 -y $rows sh -c 'trap : INT; "$@"; echo "left with $?"; sleep 600' sh \
        env HOME="$HOME" "${settings[@]}" "$GTAPE" "${@:2}"
    until_like '*gtape> '
}
# tmux takes a ; at the end for its own
type() { mux send-keys -t prompt -l -- "${1/%;/\\;}"; }
keys() { mux send-keys -t prompt -- "$@"; }
# An empty screen, where Readline is there to make it.
fresh() { [ $readline = no ] || keys C-l; }
# The screen without empty lines at its end.
look() { screen=$(mux capture-pane -t prompt -p | sed -e 's/ *$//'); }
# until_like PATTERN: waits until the screen is like it; 1 where it does not come.
until_like() {
    local _
    for _ in $(seq 160); do
        look
        # shellcheck disable=SC2053
        [[ "$screen " == $1 ]] && return 0
        sleep 0.05
    done
    return 1
}
# shows PATTERN NAME, the last line included.
shows() {
    until_like "$1"
    report $? "$2" || note "$screen"
}
# shown TEXT: waits until TEXT stands at the end of the screen.
shown() { until_like "*${1//[[\\*?]/\\&} "; }
# left NAME: gtape has ended with status 0.
left() { shows '*left with 0*' "$1"; }
# line TEXT: types it and Enter.
line() {
    type "$1"
    keys Enter
}
# The escape sequences in what is on the screen: 1 where there are some.
plain() { mux capture-pane -t prompt -p -e | tr -d '\n' | grep -c $'\033'; }
# answers TEXT: types a line and waits until the next prompt stands below it.
answers() {
    line "$1"
    until_like "*gtape> ${1//[[\\*?]/\\&}*gtape> " || note "no answer to $1: $screen"
}
