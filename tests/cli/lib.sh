# lib.sh - helpers of the shell tests; a test sources it, and ends with done_testing.
#
#     run -e '2+3'                  runs gtape; $out, $err (with their last line ends) and $status tell
#     is "$out" $'5\n' "the sum"    one test, in TAP
#
# Each test has a folder of its own, $work, where it runs; it is removed at the end.

set -u
export LC_ALL=C
unset NO_COLOR FORCE_COLOR CLICOLOR_FORCE GTAPE_HISTORY XDG_STATE_HOME XDG_CONFIG_HOME

: "${GTAPE:=./gtape}"
case $GTAPE in
/*) ;;
*) GTAPE=$PWD/$GTAPE ;;
esac
[ -x "$GTAPE" ] || {
    echo "Bail out! no program $GTAPE"
    exit 1
}

tests_cli=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/gtape-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export HOME=$work/home TERM=xterm
mkdir home

tests=0
failures=0

# slurp FILE VARIABLE: the whole file, its last line end too.
slurp() {
    local text
    text=$(cat "$1"; echo .)
    printf -v "$2" '%s' "${text%.}"
}

# command WORDS: as run, for any command.  Standard input is what the caller redirects.
command_run() {
    timeout -k 5 60 "$@" >"$work/.out" 2>"$work/.err"
    status=$?
    slurp "$work/.out" out
    slurp "$work/.err" err
}
run() { command_run "$GTAPE" "$@" </dev/null; }
# pipe TEXT ARGUMENTS: with TEXT on standard input.
pipe() {
    local text=$1
    shift
    command_run "$GTAPE" "$@" < <(printf '%s' "$text")
}

report() {
    tests=$((tests + 1))
    if [ "$1" = 0 ]; then
        printf 'ok %d - %s\n' "$tests" "$2"
    else
        failures=$((failures + 1))
        printf 'not ok %d - %s\n' "$tests" "$2"
    fi
    return "$1"
}
note() { printf '%s\n' "$*" | sed 's/^/# /' | cat -v; }

# is GOT EXPECTED NAME
is() {
    local same=1
    [ "$1" = "$2" ] && same=0
    report $same "$3" || {
        note "got:      $1"
        note "expected: $2"
    }
}
# like GOT PATTERN NAME: a pattern of the shell.
like() {
    local same=1
    # shellcheck disable=SC2053
    [[ $1 == $2 ]] && same=0
    report $same "$3" || {
        note "got:       $1"
        note "should be: $2"
    }
}
unlike() {
    local same=0
    # shellcheck disable=SC2053
    [[ $1 == $2 ]] && same=1
    report $same "$3" || note "got: $1"
}
# fails STATUS PATTERN NAME: the last run ended with that status, wrote nothing to stdout and this to stderr.
fails() {
    local same=1
    # shellcheck disable=SC2053
    [ "$status" = "$1" ] && [ -z "$out" ] && [[ $err == $2 ]] && same=0
    report $same "$3" || note "status $status (expected $1), stdout: $out stderr: $err expected: $2"
}
# gives STDOUT NAME: the last run ended well, wrote this to stdout and nothing to stderr.
gives() {
    local same=1
    [ "$status" = 0 ] && [ "$out" = "$1" ] && [ -z "$err" ] && same=0
    report $same "$2" || note "status $status, stdout: $out stderr: $err expected: $1"
}
skip() {
    tests=$((tests + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tests" "$1" "$2"
}
# leftovers: how many unfinished files stand in the folder.
leftovers() {
    local found=(.gtape-*)
    [ -e "${found[0]}" ] && echo ${#found[@]} || echo 0
}
done_testing() {
    printf '1..%d\n' "$tests"
    exit $((failures > 0))
}
