# c_helpers.awk - the functions of core/special*.[ch] as a table of texts, for `--show c` to write out those
# that a formula needs: one source for the library and for the code that leaves it.
#
# A chunk is a comment and what follows it from the first column on: a function, a type, a constant, a macro.
# SPDX-License-Identifier: GPL-3.0-or-later

function put(text,   n, lines, i) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    n = split(text, lines, "\n")
    for (i = 1; i < n; i++) printf "\n     \"%s\\n\"", lines[i]
}
function finish(   name, head) {
    open = 0
    head = first
    sub(/ *[=({[].*/, "", head)
    name = head
    sub(/.*[ *]/, "", name)
    if (last ~ /^} [a-z]+;$/) { name = last; gsub(/[} ;]/, "", name) }
    if (first ~ /^#/) { name = first; sub(/^#define /, "", name); sub(/\(.*/, "", name) }
    if (name in known) {
        if (known[name] != chunk) { print "#error two helpers are called " name; exit 1 }
    } else {
        known[name] = chunk
        printf "    {\"%s\", %s,", name, is_function ? "true" : "false"
        put((is_function && chunk !~ /(^|\n)static / ? lead "static " code : lead code))
        print "},"
    }
    lead = ""
}
function take() {
    chunk = chunk $0 "\n"
    code = code $0 "\n"
    last = $0
    if ($0 ~ /^}/ || (one_line && $0 ~ /}$/) || ($0 ~ /;$/ && !is_function && !is_type) || first ~ /^#/) finish()
}

BEGIN { print "/* Made by c_helpers.awk from core/special*. */" }
FNR == 1 { in_comment = open = 0; lead = "" }
in_comment { lead = lead $0 "\n"; if ($0 ~ /\*\//) in_comment = 0; next }
open { one_line = 0; take(); next }
/^\/\*/ { lead = $0 "\n"; in_comment = $0 !~ /\*\//; next }
/^#define [A-Z]+\(/ || (/^[a-z]/ && !/^[a-z][A-Za-z0-9_ ,*()]*\);/) {
    first = $0
    chunk = code = ""
    is_type = /^typedef/
    is_function = !is_type && /^[a-z][a-z_ *]* \*?[a-z_0-9]+\(/
    open = one_line = 1
    take()
    next
}
{ lead = "" }
