#!/usr/bin/env bash
# Where the program comes from.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

pipe $'y = 2\ny + 1\n'
gives $'3\n' "a program from standard input"
pipe '' -
gives '' "an empty one"
pipe '2+3'
gives $'5\n' "no line end at the end"
pipe $'\xef\xbb\xbfy = 2\r\ny + 1\r\n'
gives $'3\n' "a byte order mark and CR LF"
echo 'b = 2*a' >second.gt
pipe 'c = b + 1' -e 'a = 1' second.gt -
gives $'c = 3\n' "-e, a file and standard input are one program, in order"
run -e 'a = 1' -e 'b = a + 1'
gives $'b = 2\n' "two -e"
printf '#!/usr/bin/env gtape\n2+3\n' >script
run script
gives $'5\n' "a #! line"
run ./second.gt --at a=4
gives $'b = 8\n' "options after the file"

run nosuch.gt
fails 3 $'gtape: nosuch.gt: No such file or directory\n' "a missing file"
run -e 'print 1' nosuch.gt
fails 3 $'gtape: nosuch.gt: No such file or directory\n' "nothing runs before a missing file"
mkdir folder
run folder
fails 3 $'gtape: folder: Is a directory\n' "a directory"
command_run "$GTAPE" <folder
fails 3 $'gtape: <stdin>: Is a directory\n' "a directory on standard input"
run ''
fails 3 'gtape: : No such file or directory'$'\n' "an empty name"
if [ "$(id -u)" != 0 ]; then
    touch secret && chmod 000 secret
    run secret
    fails 3 $'gtape: secret: Permission denied\n' "an unreadable file"
else
    skip "an unreadable file" "root may read all"
fi
truncate -s 1073741825 huge 2>/dev/null
run huge
fails 3 $'gtape: huge: larger than 1 GiB\n' "a file larger than 1 GiB"
rm -f huge
mkfifo fifo
(echo 'y = 7' >fifo) &
run fifo
gives $'y = 7\n' "a FIFO"
wait

printf 'y = 1\0+ 1\n' >nul.gt
run nul.gt
fails 2 'nul.gt:1:6: error: *' "a NUL byte has its place"
pipe $'y = 1\ny = = 2\n'
fails 2 '<stdin>:2:5: error: *' "a place in standard input"
run -e 'a = 1' -e 'b = '
fails 2 '-e:1:*: error: *' "an error in the second -e"
printf 'y = 1\ny = 2 +* 3\n' >bad.gt
run bad.gt
fails 2 'bad.gt:2:8: error: *' "a place in a file"

# names of files are text from elsewhere
odd=$'a\e[31m%s%n\n$(touch pwned);`id`.gt'
printf 'y = = 1\n' >"$odd"
run "$odd"
is "$status$out" 2 "a hostile name of a file"
unlike "$err" $'*\e*' "no escape character reaches the terminal"
like "$err" '*\\x1b\[31m%s%n*$(touch pwned)*' "it is shown as \\x1b"
is "$(ls pwned 2>/dev/null)" "" "nothing of it is run"
run "$odd-missing"
like "$err" 'gtape: a\\x1b*: No such file or directory'$'\n' "also when it is missing"
unlike "$err" $'*\e*' "and it is escaped"

command_run "$GTAPE" -e 2+3 <&-
gives $'5\n' "standard input closed and not needed"
command_run "$GTAPE" <&-
is "$status$out" 3 "standard input closed and needed"
like "$err" $'gtape: <stdin>: *\n' "says so"
command_run "$GTAPE" second.gt --at a=1 <&-
gives $'b = 2\n' "a file does not become standard input by accident"
run - -
is "$status" 0 "- twice: the second is empty"

done_testing
