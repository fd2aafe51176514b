#!/usr/bin/env bash
# The prompt on a terminal, which script(1) makes: editing, Ctrl-C, Ctrl-D, history.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    echo "1..0 # SKIP no script(1)"
    exit 0
fi

# no escape sequences between a line and its value
echo 'set enable-bracketed-paste off' >home/.inputrc
export INPUTRC=$work/home/.inputrc

# open ARGUMENTS: gtape on a terminal; type and see talk to it.
open() {
    coproc TERMINAL { exec timeout -k 5 60 script -qefc "exec $GTAPE $*" /dev/null 2>&1; }
    screen=''
}
type() { printf '%b' "$1" >&"${TERMINAL[1]}"; }
# see TEXT: waits until TEXT comes; what came before and with it is in $screen.
see() {
    local c
    screen=''
    while [[ $screen != *"$1" ]]; do
        IFS= read -r -t 10 -d '' -N 1 -u "${TERMINAL[0]}" c || return 1
        screen+=$c
    done
}
# closed: the rest of the screen, and the exit status.
closed() {
    local pid=$TERMINAL_PID
    screen=$(cat <&"${TERMINAL[0]}")
    wait "$pid"
    status=$?
}
sees() {
    see "$1"
    report $? "$2" || note "the screen: $screen"
}

readline=no
"$GTAPE" --version | grep -q 'readline yes' && readline=yes
state=$HOME/.local/state/gtape

open
sees 'gtape> ' "a prompt"
like "$screen" '*gtape [0-9]*:help*' "after a banner"
is "$(($(wc -l <<<"$screen") <= 4))" 1 "of at most three lines"
type 'x = 5\r'
sees 'x = 5' "a value"
see 'gtape> '
type 'y = (x +\r'
sees '...> ' "a second prompt in a bracket"
type '1)\r'
sees 'y = 6' "the value of two lines"
see 'gtape> '
type 'y = (x +\r'
see '...> '
type '\003'
sees 'gtape> ' "Ctrl-C drops an unfinished piece"
type 'while 1 { }\r'
sleep 0.5
type '\003'
sees 'gtape> ' "Ctrl-C stops a computation"
like "$screen" '*interrupted*' "which is told"
type 'x\r'
see $'\n5'
report $? "the session is kept" || note "$screen"
see 'gtape> '
type 'abc\003'
sees 'gtape> ' "Ctrl-C clears the line"
type '1+1\r'
sees $'\n2' "and the next one is read alone"
see 'gtape> '
if [ $readline = yes ]; then
    type 'sigm\t0)\r'
    sees 'sigmoid(0)' "a function is completed with its bracket"
    see 'gtape> '
    type ':va\t\r'
    sees 'x   = 5' "a command is completed"
    see 'gtape> '
    type '\020\020\r'
    sees $'\n0.5' "Ctrl-P walks through the history"
    see 'gtape> '
    printf 'zzp\xd8\x9cq,plain\n1,2\n' >odd.csv
    type ':data odd.csv\r'
    see 'gtape> '
    type 'zzp\t\r'
    sees "'zzp' has no value" "a name that would turn the line is not completed"
    see 'gtape> '
else
    skip "a function is completed" "no Readline"
    skip "a command is completed" "no Readline"
    skip "history" "no Readline"
    skip "a name that would turn the line is not completed" "no Readline"
fi
type '\004'
closed
is "$status" 0 "Ctrl-D leaves"

mkdir -p "$work/fifos/gtape"
mkfifo "$work/fifos/gtape/init.gt"
XDG_CONFIG_HOME=$work/fifos open -q
sees 'gtape> ' "a FIFO as the first file is not waited for"
like "$screen" '*gtape/init.gt: not a regular file*' "but told of"
type '\004'
closed

open -q
sees 'gtape> ' "-q"
unlike "$screen" '*:help*' "shows no banner"
type ':quit\r'
closed
is "$status" 0 ":quit leaves"

if [ $readline = yes ]; then
    is "$(stat -c %a "$state" "$state/history")" $'700\n600' "modes of the history"
    is "$(head -n 3 "$state/history")" $'x = 5\ny = (x +\n\t1)' "what the history holds"

    for i in $(seq 1500); do echo "line $i"; done >"$state/history"
    open -q
    see 'gtape> '
    type '12345\r'
    see 'gtape> '
    type '\004'
    closed
    is "$(wc -l <"$state/history") $(tail -n 1 "$state/history") $(stat -c %a "$state/history")" "1000 12345 600" \
        "the history is cut to 1000 lines"

    # no_history NAME: a session works, and leaves what stands there alone.
    no_history() {
        open -q
        see 'gtape> '
        local before=$screen
        type '2+3\r'
        see $'\n5'
        report $? "$1: the prompt works" || note "$screen"
        see 'gtape> '
        type '\004'
        screen=''
        closed
        is "$status" 0 "$1: status 0"
        screen=$before
    }
    rm "$state/history"
    printf '8' >"$state/history"
    no_history "a history without an end of its last line"
    is "$(cat "$state/history")" $'8\n2+3' "gets one before the next entry"
    rm "$state/history"

    # two sessions at once: each adds its lines
    open -q
    see 'gtape> '
    type '111\r'
    see 'gtape> '
    printf '222\n' >"$work/second"
    timeout 20 script -qec "$GTAPE -q" /dev/null < <(sleep 0.5; cat "$work/second"; sleep 0.5; printf '\004') >/dev/null 2>&1
    type '\004'
    closed
    is "$(sort "$state/history" | tr '\n' ' ')" "111 222 " "two sessions at once"
    rm "$state/history"
    echo precious >target
    ln -s "$work/target" "$state/history"
    no_history "history is a link"
    like "$screen" '*gtape: warning: no history:*not a regular file*' "a warning"
    is "$(cat target)" precious "the file behind the link stays"
    rm "$state/history"
    mkfifo "$state/history"
    no_history "history is a FIFO"
    rm "$state/history"
    mkdir "$state/history"
    no_history "history is a folder"
    rmdir "$state/history"
    head -c 3000000 /dev/urandom >"$state/history"
    printf '\n1+\0\033[31m2\n' >>"$state/history"
    no_history "history is garbage"
    rm "$state/history"
    truncate -s 1G "$state/history"
    no_history "a history of 1 GB"
    rm "$state/history"
    if [ "$(id -u)" = 0 ] && chown 12345 "$work/target" 2>/dev/null; then
        ln "$work/target" "$state/history"
        no_history "history is somebody else's"
        is "$(cat target)" precious "which stays"
        rm "$state/history"
    else
        skip "history is somebody else's" "not root"
        skip "which stays" "not root"
    fi
    HOME=/nonexistent no_history "no home"
    is "$screen$(ls -d /nonexistent 2>/dev/null)" "${screen/warning/}" "without a word, and none is made"
    (
        unset HOME
        no_history "HOME unset" >"$work/unset"
    )
    like "$(cat unset)" $'ok*\nok*' "HOME unset"
    XDG_STATE_HOME=relative no_history "relative XDG_STATE_HOME"
    is "$(ls -d relative 2>/dev/null)" "" "which is ignored"
    rm -rf "$HOME/.local"
    GTAPE_HISTORY='' no_history "empty GTAPE_HISTORY"
    is "$(ls -A "$HOME")" .inputrc "keeps none"
    GTAPE_HISTORY=$work/own no_history "GTAPE_HISTORY"
    is "$(cat own)" "2+3" "is the file"
    XDG_STATE_HOME=$work/state no_history "XDG_STATE_HOME"
    is "$(cat state/gtape/history)" "2+3" "is the folder"
else
    skip "history" "no Readline"
fi

TERM=dumb open -q
sees 'gtape> ' "a dumb terminal"
type '1+1\r'
sees $'\n2' "works"
see 'gtape> '
type '\004'
closed
is "$status" 0 "and leaves"

# a signal at the prompt: the terminal gets its modes back
child() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
if [ -r "/proc/self/task/$$/children" ] || [ -r "/proc/$$/task/$$/children" ]; then
    for signal in TERM HUP QUIT; do
        coproc TERMINAL {
            exec timeout -k 5 60 script -qefc "ulimit -c 0; stty -a | grep -o '[ -]echo '; $GTAPE -q; echo status \$?; stty -a | grep -o '[ -]echo '" /dev/null 2>&1
        }
        see 'gtape> '
        type 'abc'
        see abc
        # timeout, script, the shell, gtape
        pid=$TERMINAL_PID
        for _ in 1 2 3; do
            pid=$(child "$pid")
            pid=${pid%% *}
        done
        kill -"$signal" "$pid"
        closed
        like "$screen" "*status $((128 + $(kill -l $signal)))"$'\r\n echo*' "SIG$signal at the prompt"
    done
    # started NAME: a prompt, whose process is $pid
    started() {
        coproc TERMINAL { exec timeout -k 5 60 script -qefc "exec $GTAPE -q" /dev/null 2>&1; }
        see 'gtape> '
        pid=$TERMINAL_PID
        for _ in 1 2; do
            pid=$(child "$pid")
            pid=${pid%% *}
        done
    }
    started
    kill -WINCH "$pid"
    type '1+'
    kill -WINCH "$pid"
    type '1\r'
    sees $'\n2' "a window that changes its size"
    see 'gtape> '
    for signal in TSTP CONT; do kill -$signal "$pid"; done
    type '2+2\r'
    sees $'\n4' "a prompt that was stopped goes on"
    see 'gtape> '
    type 'while 1 { }\r'
    sleep 0.3
    kill -STOP "$pid"
    parent=$(awk '/^PPid/ { print $2 }' "/proc/$pid/status")
    for _ in {1..100}; do # script stops with it, a little later
        [[ $(<"/proc/$parent/stat") != *') T '* ]] || break
        sleep 0.05
    done
    kill -INT "$pid" # a second one that comes while the first has no effect yet ends gtape; here the two are one
    kill -INT "$pid"
    kill -CONT "$pid" "$parent"
    see 'interrupted' # what is typed before is thrown away
    see 'gtape> '
    type '3+3\r'
    sees $'\n6' "a computation that was stopped goes on, and Ctrl-C twice ends it only once"
    see 'gtape> '
    type '\004'
    closed
    is "$status" 0 "and leaves"
else
    skip "signals at the prompt" "no /proc"
fi

# values for eyes: long ones are shortened in the middle
open "-e 'x = range(1000)'"
closed
like "$screen" '*\[0, 1, 2, ..., 997, 998, 999\]*' "a long vector is shortened on a terminal"
open "-e 'x = range(1000)' --full"
closed
like "$screen" '*500*' "--full shows it whole"
run -e 'x = range(1000)'
like "$out" '*500*' "a pipe gets it whole"

done_testing
