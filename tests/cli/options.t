#!/usr/bin/env bash
# Options: names, letters, arguments, and what is said about wrong ones.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

hint="Try 'gtape --help' for more information."$'\n'
# refused MESSAGE ARGUMENTS: status 2, the message, and the hint.
refused() {
    local message=$1
    shift
    run "$@"
    fails 2 "gtape: $message"$'\n'"$hint" "$* is refused"
}

refused "unknown option '--bogus'" --bogus
refused "unknown option '--frmat'; did you mean '--format'[?]" --frmat json
refused "unknown option '--wtr'; did you mean '--wrt'[?]" --wtr x
refused "unknown option '--expresion'; did you mean '--expression'[?]" --expresion=1
refused "unknown option '--form'; did you mean '--format'[?]" --form json
refused "unknown option '--'" --=3
refused "unknown option '-Q'" -Q
refused "unknown option '-Z'" -qZ
refused "unknown option '-wrt'; did you mean '--wrt'[?]" -wrt x
refused "unknown option '-θ'" -θ
refused "option '--wrt' needs an argument, LIST" --wrt
refused "option '--expression' needs an argument, PROGRAM" -e
refused "option '--hex' takes no argument" --hex=1
refused "option '--wrt' needs at least one name" --wrt=
refused "option '--output' needs the name of a file" -o ''
for bad in 0 -1 18 99999999999 99999999999999999999999 x 3x 1e1 '' ' 3' +3; do
    refused "option '--digits' takes a whole number from 1 to 17, not '$bad'" --digits "$bad"
done
refused "option '--seed' takes a whole number from 0 to 18446744073709551615, not '-1'" --seed -1
refused "option '--seed' takes a whole number from 0 to 18446744073709551615, not '18446744073709551616'" --seed 18446744073709551616
for bad in 0 65 1000000 -1; do
    refused "option '--threads' takes a whole number from 1 to 64, not '$bad'" -j "$bad"
done
refused "option '--max-ops' takes a whole number from 1 to 9223372036854775807, not '0'" --max-ops 0
refused "option '--format' takes text|json|jsonl|csv|tsv|npy, not 'xml'" --format xml
refused "option '--format' takes text|json|jsonl|csv|tsv|npy, not 'js'" --format=js
refused "option '--unconnected' takes none|zero|error, not ''" --unconnected=
refused "option '--color' takes auto|always|never, not 'blue'" --color=blue
refused "unknown option '--\\\\x1b\[31m%s%n'" $'--\e[31m%s%n'
refused "unknown option '--\\\\xff'" $'--\xff'
refused "unknown option '--\\\\u202e'" $'--\xe2\x80\xae'
refused "unknown option '--a\\\\x0ab'" $'--a\nb'

run -e 2+3
gives $'5\n' "-e PROGRAM"
run -e2+3
gives $'5\n' "-ePROGRAM"
run --expression 2+3
gives $'5\n' "--expression PROGRAM"
run --expression=2+3
gives $'5\n' "--expression=PROGRAM"
run -qe 2+3
gives $'5\n' "letters together"
run -e -x --at x=5
gives $'-5\n' "the argument of -e may start with -"
run -e 'x' --at x=-5
gives $'-5\n' "--at x=-5"
run -e 'y = x' --at=x=-5
gives $'y = -5\n' "--at=x=-5"
run --at x=1 -e 'y = x' --at x=2
gives $'y = 2\n' "the last --at wins"
run --digits 3 --digits 5 -e 2/3
gives $'0.66667\n' "the last --digits wins"
run --hex --digits 5 -e 2/3
gives $'0.66667\n' "the last of --hex and --digits wins"
run --digits 5 --hex -e 12
gives $'0x1.8p+3\n' "the last of --digits and --hex wins"
run --format json --format text -e 2+3
gives $'5\n' "the last --format wins"
run -e 'z = x*y' --at x=2,y=3 --wrt x --wrt y
gives $'z = 6\ndz/dx = 3\ndz/dy = 2\n' "lists of --wrt are joined"
run -e 'y = 2*x; z = 3*x' --at x=1 --of z --of=y
gives $'z = 3\ny = 2\n' "lists of --of are joined"

echo 'y = 4' >./--digits
run -- --digits
gives $'y = 4\n' "-- ends the options"
run -e 2 --
gives $'2\n' "-- may stand last"

run --help
is "$status$err" 0 "--help succeeds"
like "$out" $'Usage: gtape *Exit status: *' "--help is on standard output"
is "$(($(printf %s "$out" | wc -l) <= 23)) $(awk 'length > 79' <<<"$out")" "1 " "it fits on a screen of 24 lines and 80 columns"
help=$out
run -h --bogus
is "$out" "$help" "-h is --help, and what follows does not matter"
run --help=all
is "$status$err" 0 "--help=all succeeds"
like "$out" $'Usage: gtape *--max-ops N *stop with an error after N operations*Exit status: *' "and explains every option"
is "$(($(wc -l <<<"$out") <= 70)) $(awk 'length > 100' <<<"$out")" "1 " "in lines of at most 100 columns"
run --help=nosuch
fails 2 "gtape: option '--help' takes all, not 'nosuch'*" "--help=nosuch"
run --version
is "$status$err" 0 "--version succeeds"
like "$out" $'gtape [0-9]*\n*GPL-3.0-or-later*NO WARRANTY*\nBuilt in: readline *, charconv *\nFound: *blas *, lapack *, sleef *\n' "--version tells version, licence and features"
version=$out
run -V
is "$out" "$version" "-V is --version"

done_testing
