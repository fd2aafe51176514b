#!/usr/bin/env bash
# :help NAME: every function and statement has an example, which gives what the help says.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

pipe $':help\n' -i
is "$status" 0 ":help"
# the names in columns behind a heading, up to an empty line
names() { printf '%s\n' "$out" | sed -n "/^$1/,/^\$/p" | sed 1d | tr -s ' ' '\n' | grep .; }
names Statements >topics # and names
names Functions >functions
is "$(($(wc -l <functions) > 100))" 1 "lists functions"
is "$(($(wc -l <topics) > 8))" 1 "lists statements"

# what stands behind a label in the help of one thing
labelled() { sed -n "s/^  $1 *//p" text; }
while read -r name; do
    printf ':help %s\n' "$name" | "$GTAPE" -i >text 2>errors
    example=$(labelled example)
    expected=$(sed '1,/^  example/d; s/^ *//' text)
    got=$("$GTAPE" -e "$example" 2>&1)
    [ -n "$example" ] && [ "$got" = "$expected" ]
    report $? ":help $name: $example" || note "got: $got, the help: $(cat text errors)"
done < <(cat topics functions)

# a function whose derivative is not 0 everywhere tells it
while read -r name; do
    printf ':help %s\n' "$name" | "$GTAPE" -i >text
    case $name in
    zeros | ones | full | eye | range | linspace | random | normal | shape | size | rank | kron) continue ;;
    uncertainty | correlation) continue ;;
    esac
    grep -q '^  derivative' text
    report $? ":help $name tells the derivative" || note "$(cat text)"
done <functions

pipe $':help atan2\n' -i
like "$out" $'atan2(x, w)\n*derivative in x*derivative in w*domain*not both 0*' "both partial derivatives, and the domain"
pipe $':help sin(x)\n' -i
like "$out" $'sin(x)\n*' ":help sin(x) is :help sin"
pipe $':help :at\n' -i
like "$out" $':at *\n*' "about a command"
pipe $':help nosuch\n' -i
is "$status" 2 "about nothing"
pipe $':help '"$(printf 'x%.0s' $(seq 1000))"$'\n' -i
is "$status" 2 "about a long name"
done_testing
