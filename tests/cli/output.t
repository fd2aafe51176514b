#!/usr/bin/env bash
# Where results go: every byte checked, files replaced only when all went well.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

if [ -w /dev/full ]; then
    "$GTAPE" -e 2+3 >/dev/full 2>err </dev/null
    is "$? $(cat err)" "3 gtape: write error: No space left on device" "a full device"
    "$GTAPE" -e 'for i in range(20000) { print i }' >/dev/full 2>err </dev/null
    is "$? $(cat err)" "3 gtape: write error: No space left on device" "a full device in the middle"
    timeout 20 "$GTAPE" -e 'while 1 { print 1 }' >/dev/full 2>err </dev/null
    is "$? $(cat err)" "3 gtape: write error: No space left on device" "an endless program on a full device ends"
    "$GTAPE" --help >/dev/full 2>err
    is "$? $(cat err)" "3 gtape: write error: No space left on device" "--help on a full device"
    "$GTAPE" -V >/dev/full 2>err
    is "$? $(cat err)" "3 gtape: write error: No space left on device" "--version on a full device"
    run -e 2+3 -o /dev/full
    fails 3 $'gtape: /dev/full: write error: No space left on device\n' "-o on a full device"
    is "$(test -c /dev/full && echo device)" device "which stays a device"
    "$GTAPE" -e 'f(x) = x' >/dev/full 2>err </dev/null
    is "$? $(cat err)" "0 " "nothing to write: nothing fails"
else
    skip "a full device" "no /dev/full"
fi

"$GTAPE" -e 2+3 >&- 2>err </dev/null
status=$?
is "$status" 3 "standard output closed: status 3"
like "$(cat err)" 'gtape: write error: *' "and a message"
"$GTAPE" -e 'f(x) = x' >&- 2>err </dev/null
is "$? $(cat err)" "0 " "standard output closed and nothing to write"
"$GTAPE" -e 2+3 >out 2>&- </dev/null
is "$? $(cat out)" "0 5" "standard error closed"
"$GTAPE" -e '2+' >out 2>&- </dev/null
is "$? $(cat out)" "2 " "an error with standard error closed"
"$GTAPE" -e 2+3 -o file >&- 2>&- <&-
is "$? $(cat file)" "0 5" "all three closed, and -o"
rm -f file
ls >before
"$GTAPE" nosuch >&- 2>&- <&-
is "$?" 3 "all three closed, and an error"

# a reader that goes away
(
    timeout 20 "$GTAPE" -e 'while 1 { print 1 }' 2>err </dev/null
    echo $? >status
) | head -n 1 >out
is "$(cat out status err)" $'1\n141' "a closed pipe ends it silently by SIGPIPE"
(
    trap '' PIPE
    timeout 20 "$GTAPE" -e 'while 1 { print 1 }' 2>err </dev/null
    echo $? >status
) | head -n 1 >out
is "$(cat out status err)" $'1\n141' "also where SIGPIPE was ignored"

# Ctrl-C; a background job of a shell ignores SIGINT, env sets it back where it can
if env --default-signal=INT true 2>/dev/null; then
    # interrupted SECONDS PROGRAM: its status after an interrupt that comes so late
    interrupted() {
        env --default-signal=INT "$GTAPE" -e "$2" >out 2>err </dev/null &
        pid=$!
        sleep "$1"
        kill -INT $pid
        wait $pid 2>/dev/null
    }
    interrupted 0.5 'while 1 { }'
    is "$? $(cat out err)" "130 " "an interrupt ends a batch run with 130"
    # nothing looks at the flag within a product of 4000 rows, whichever library makes it
    SECONDS=0
    interrupted 0.7 'a = ones(4000, 4000); b = svd(a @ a @ a)'
    is "$? $(cat out err) $((SECONDS < 5))" "130  1" "within a second, whatever it is at"
else
    skip "an interrupt" "env knows no --default-signal"
fi

# -o, and descriptors by name: what they are redirected to is written where it stands
echo precious >appended
"$GTAPE" -e 2+3 -o /dev/stdout >>appended
is "$(cat appended)" $'precious\n5' "-o /dev/stdout does not replace the file behind it"
ln -s /dev/stdout to-stdout
for path in /dev/stdout /dev/fd/1 /proc/self/fd/1 to-stdout -; do
    [ -e "$path" ] || [ "$path" = - ] || continue
    (
        echo first
        "$GTAPE" -e 2+3 -o "$path"
        echo last
    ) >sequence
    is "$(cat sequence)" $'first\n5\nlast' "between other lines: -o $path"
done
"$GTAPE" -e 2+3 -o /dev/fd/3 3>third
[ ! -e ./- ]
is "$? $(cat third)" "0 5" "-o /dev/fd/3, and no file is called -"
run -e 2+3 -o /dev/fd/77
fails 3 'gtape: /dev/fd/77: *' "a descriptor that is not open"
printf 'x = 3\n:save -\nx\n' | "$GTAPE" -i >saved
like "$(cat saved)" $'*\n# gtape session*\nx = 3\n3' ":save - writes to standard output, which stays open"
run -e 2+3 -o result
gives '' "-o writes nothing to standard output"
is "$(cat result)" 5 "but to the file"
is "$(stat -c %a result)" "$(touch plain && stat -c %a plain)" "with the mode of any new file"
chmod 640 result
run -e 3+4 --output=result
is "$(cat result) $(stat -c %a result)" "7 640" "an old file is replaced and keeps its mode"
run -e 'print 8; x = 9' -o result --of x
is "$(cat result)" $'8\nx = 9' "print goes to the file too"
run -e 'print 1; log(' -o result
is "$status $(cat result)" "2 8
x = 9" "the old file stays after a program that is not well formed"
run -e 'print 1; assert 0, "no"' -o result
is "$status $(cat result)" "1 8
x = 9" "the old file stays after a run that failed"
run nosuch.gt -o result
is "$status $(cat result)" "3 8
x = 9" "the old file stays after a missing file"
is "$(leftovers)" 0 "no temporary file is left"
env --default-signal=INT "$GTAPE" -e 'print 1; while 1 { }' -o result >out 2>err </dev/null &
pid=$!
sleep 0.5
is "$(leftovers)" 1 "the unfinished file stands beside it"
kill -TERM $pid
wait $pid 2>/dev/null
is "$? $(cat result) $(leftovers)" "143 8
x = 9 0" "SIGTERM removes it, the old file stays"
run -e 1 -o nosuch/result
fails 3 $'gtape: nosuch/result: No such file or directory\n' "-o into a folder that is not there"
mkdir folder
run -e 1 -o folder
fails 3 $'gtape: folder: Is a directory\n' "-o on a folder"
echo 'y = 5' >model.gt
run model.gt -o model.gt
fails 2 $'gtape: model.gt: input file is output file\n' "-o on an input file"
ln model.gt alias
run model.gt -o alias
fails 2 $'gtape: alias: input file is output file\n' "by another name too"
command_run "$GTAPE" -o model.gt <model.gt
fails 2 $'gtape: model.gt: input file is output file\n' "or as standard input"
is "$(cat model.gt)" 'y = 5' "which stays"
ln -s target link
echo old >target
run -e 6 -o link
is "$(readlink link) $(cat target)" "target 6" "a link stays a link"
mkfifo fifo
cat fifo >got &
run -e 7 -o fifo
wait
is "$(cat got)$(test -p fifo && echo ' fifo')" "7 fifo" "a FIFO is written to"
run -e 8 -o -dash
is "$(cat ./-dash)" 8 "a name with a dash"
long=$(printf '%0255d' 0)
run -e 9 -o "$long"
is "$status $(cat "$long")" "0 9" "a name of 255 bytes"
run -e 9 -o "${long}0"
fails 3 'gtape: 0*: File name too long'$'\n' "and of 256"
if [ "$(id -u)" != 0 ]; then
    mkdir closed && chmod 500 closed
    run -e 1 -o closed/file
    fails 3 $'gtape: closed/file: Permission denied\n' "-o into a closed folder"
else
    skip "-o into a closed folder" "root may write all"
fi
(
    ulimit -f 8
    "$GTAPE" -e 'for i in range(100000) { print i }' -o result >out 2>err </dev/null
    echo $? >status
)
is "$(cat status) $(cat result) $(leftovers)" "3 8
x = 9 0" "a file that may not grow: status 3, the old file stays"
(
    ulimit -f 8
    "$GTAPE" -e 'for i in range(100000) { print i }' >grown 2>err </dev/null
    echo $? >status
)
is "$(cat status err)" $'3\ngtape: write error: File too large' "nor standard output: it is told"

done_testing
