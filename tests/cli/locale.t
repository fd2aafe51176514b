#!/usr/bin/env bash
# The same numbers and names in every locale.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

# A locale with a decimal comma, one whose lower case of I has no dot: what the system has, or else made here.
have() {
    locale -a 2>/dev/null | grep -qix "${1%.*}[.]utf-\?8" && return
    mkdir -p locales
    localedef -i "${1%.*}" -f UTF-8 "locales/$1" >/dev/null 2>&1 && export LOCPATH=$work/locales
}

# under LOCALE ARGUMENTS: run in that locale, which the shell itself need not know.
under() {
    local locale=$1
    shift
    command_run env LC_ALL="$locale" "$GTAPE" "$@" </dev/null
}

for locale in de_DE.UTF-8 tr_TR.UTF-8 fr_FR.UTF-8; do
    if have "$locale"; then
        under "$locale" -e 'y = 2.5*x' --at x=1.5 --wrt x
        gives $'y = 3.75\ndy/dx = 2.5\n' "$locale: points in program and report"
        under "$locale" -e 'y = 2.5*x' --at x=1.5 --format csv
        gives $'y\n3.75\n' "$locale: points in CSV"
        under "$locale" -e 'print 1234567.5; printf "%.2f\n", 2.5'
        gives $'1234567.5\n2.50\n' "$locale: points in print and printf"
        under "$locale" -e 'y = isfinite(x) + min(x, I)' --at x=1,I=2 --format json
        gives $'{"values": {"y": 2}}\n' "$locale: letters i and I"
        under "$locale" -e 'y = 1,5'
        is "$status$out" 2 "$locale: a decimal comma is an error"
        command_run env LC_ALL="$locale" "$GTAPE" -i <<<'θ = 1.5; 2*θ + 0.5'
        is "$out" $'3.5\n' "$locale: points at the prompt"
        unset LOCPATH
    else
        skip "$locale" "not installed"
    fi
done
under nosuch.UTF-8 -e 2.5
gives $'2.5\n' "a locale that is not there"
env -i "$GTAPE" -e 2.5 >out 2>err </dev/null
is "$?$(cat out err)" 02.5 "an empty environment"

done_testing
