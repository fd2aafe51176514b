#!/usr/bin/env bash
# Completion of the command line, as it is made from options.def, for bash, zsh and fish.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
root=$OLDPWD/${srcdir:-$(dirname "$0")/../..}
case ${srcdir:-$0} in /*) root=${srcdir:-$(dirname "$0")/../..} ;; esac

for shell in bash zsh fish; do
    "$root/completions/generate" $shell "$root/src/cli/options.def" >"gtape.$shell" 2>errors
    is "$?$(cat errors)" 0 "$shell: made"
done
"$GTAPE" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u | sed 's/^--//' >options
is "$(($(wc -l <options) > 15))" 1 "--help lists options"
lacking() { while read -r option; do grep -qE -- "$1$option([^a-z-]|\$)" "$2" || echo "$option"; done <options; }
is "$(lacking -- gtape.bash)" "" "bash: every option of --help"
is "$(lacking -- gtape.zsh)" "" "zsh: every option of --help"
is "$(lacking '-l ' gtape.fish)" "" "fish: every option of --help"

touch model.gt data.csv 'with blank.gt'
mkdir folder
mkdir home/.config
# bash_completes WORD...: what the last word may become, in a bash that knows nothing else; = is a word of its own, as
# Readline has it.
bash_completes() {
    local words=() word
    for word; do
        while [[ $word == *=* ]]; do
            words+=("${word%%=*}" "=")
            word=${word#*=}
        done
        words+=("$word")
    done
    [ -n "${words[-1]}" ] || { [ "${words[-2]}" = = ] && unset 'words[-1]'; }
    bash --norc --noprofile -c '
        compopt() { :; }
        . ./gtape.bash
        COMP_WORDS=(gtape "$@") COMP_CWORD=$# COMP_LINE="gtape $line" COMP_POINT=$((6 + ${#line}))
        _gtape gtape
        printf "%s\n" "${COMPREPLY[@]}"' bash "${words[@]}" | sort
}
completes() {
    local name=$1 expected=$2
    shift 2
    is "$(line="$*" bash_completes "$@" | tr '\n' ' ')" "$expected" "bash: $name"
}
export line=
line='--for' completes "an option" "--format " --for
line='--format j' completes "its value" "json jsonl " --format j
line='--format=j' completes "its value behind =" "json jsonl " --format=j
line='--unconnected ' completes "an empty value" "error none zero " --unconnected ''
line='--data d' completes "a file" "data.csv " --data d
line='--data t=d' completes "a file behind NAME=" "data.csv " --data t=d
line='--data t=' completes "any file behind NAME=" "data.csv errors folder gtape.bash gtape.fish gtape.zsh home model.gt options with blank.gt " --data t=
line='--data=t=d' completes "a file behind =NAME=" "data.csv " --data=t=d
line='--show h' completes "a word of --show" "hessian " --show h
line='--help=' completes "the one word of --help" "all " --help=
line='--seed 3 m' completes "a program behind a number" "model.gt " --seed 3 m
line='m' completes "a program" "model.gt " m
line='fol' completes "a folder" "folder " fol
line='with' completes "a name with a blank" "with blank.gt " with
line='-e ' completes "nothing for a program text" " " -e ''

if command -v zsh >/dev/null; then
    is "$(zsh -n gtape.zsh 2>&1)" "" "zsh: the syntax"
    cat >type.zsh <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; fpath=($PWD \$fpath); autoload -U compinit; compinit -u -D; compdef _gtape gtape; autoload -U _gtape; zstyle ':completion:*' list-colors ''; LISTMAX=0"
zpty -w shell 'gtape() { print -r -- "RAN $*" }'
sleep 0.3
zpty -w -n shell $'gtape --for\tj\C-[a'
zpty -w -n shell $'\C-ugtape --unconn\tz\t\n'
zpty -r -m shell out '*RAN*--unconnected*zero*' && print found
END
    cp gtape.zsh _gtape
    like "$(TERM=xterm timeout 20 zsh -f type.zsh 2>&1)" '*found*' "zsh: an option and its value"
else
    skip "zsh: the syntax" "no zsh"
    skip "zsh: an option and its value" "no zsh"
fi

if command -v fish >/dev/null; then
    export XDG_CONFIG_HOME=$work/home/.config
    is "$(fish -n gtape.fish 2>&1)" "" "fish: the syntax"
    fish_completes() { fish --no-config -c "source gtape.fish; complete -C '$1'" 2>&1 | cut -f 1 | tr '\n' ' '; }
    is "$(fish_completes 'gtape --forma')" "--format " "fish: an option"
    is "$(fish_completes 'gtape --format js')" "json jsonl " "fish: its value"
    like "$(fish_completes 'gtape mod')" "model.gt " "fish: a program"
    is "$(fish_completes 'gtape -o da')" "data.csv " "fish: a file"
else
    for name in syntax option value program file; do skip "fish: $name" "no fish"; done
fi
done_testing
