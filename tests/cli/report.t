#!/usr/bin/env bash
# The report in every format.
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

run -e 'y = x*x; z = y*y' --wrt x --of y,z --at x=5
gives $'y = 25\ndy/dx = 10\nz = 625\ndz/dx = 500\n' "two targets and their gradients"
run -e 'x = 5; y = x**2 + 4' --wrt x
gives $'y = 29\ndy/dx = 10\n' "a variable that the program binds"
run -e 'z = x*y + sin(x)' --at x=2,y=3 --wrt x,y --format json
gives '{"values": {"z": 6.909297426825682}, "gradients": {"z": {"x": 2.5838531634528574, "y": 2}}}'$'\n' "one JSON object"

run -e '2+3'
gives $'5\n' "a bare expression stands alone"
run -e 'x*x' --at x=3 --wrt x
gives $'9\nd/dx = 6\n' "the gradient of a bare expression"
run -e 'x*x' --at x=3 --wrt x --format json
gives '{"values": {"ans": 9}, "gradients": {"ans": {"x": 6}}}'$'\n' "a bare expression is ans in JSON"
run -e 'x*x' --at x=3 --wrt x --format csv
gives $'ans,dans_dx\n9,6\n' "a bare expression is ans in CSV"

run -e 'y = x*x; z = y*y' --of z --at x=5 --format json
gives $'{"values": {"z": 625}}\n' "JSON without variables has no gradients"
run -e 'y = x*x; z = y*y' --wrt x --of y,z --at x=5 --format jsonl
gives $'{"values": {"y": 25, "z": 625}, "gradients": {"y": {"x": 10}, "z": {"x": 500}}}\n' "JSON lines"
run -e 'z = x*y' --wrt x,y --at x=2,y=3 --format csv
gives $'z,dz_dx,dz_dy\n6,3,2\n' "CSV"
run -e 'z = x*y' --wrt x,y --at x=2,y=3 --format tsv
gives $'z\tdz_dx\tdz_dy\n6\t3\t2\n' "TSV"

run -e 'y = 1/x; z = log(x); w = -y' --of y,z,w --at x=0 --format json
is "$out" '{"values": {"y": "Infinity", "z": "-Infinity", "w": "-Infinity"}}'$'\n' "infinities are strings in JSON"
run -e 'y = log(x)' --at x=-1 --format json
is "$out" '{"values": {"y": "NaN"}}'$'\n' "nan is a string in JSON"
like "$err" '*log(x) is nan*' "and where it came from is told on standard error"
run -e 'y = log(x)' --at x=-1 --format csv
is "$out" $'y\nnan\n' "nan is nan in CSV"
run -e '-x' --at x=0 --format json
gives $'{"values": {"ans": -0}}\n' "negative zero in JSON"
run -e '-x' --at x=0
gives $'-0\n' "negative zero"
run -e 'y = 1e22' --format json
gives $'{"values": {"y": 1e+22}}\n' "an exponent in JSON"
run -e 'y = 0.1 + 0.2'
gives $'y = 0.30000000000000004\n' "shortest digits that read back the same"

run -e 'z = x/3' --at x=1 --wrt x --digits 4
gives $'z = 0.3333\ndz/dx = 0.3333\n' "--digits in text"
run -e 'z = x/3' --at x=1 --wrt x --digits 4 --format json
gives $'{"values": {"z": 0.3333}, "gradients": {"z": {"x": 0.3333}}}\n' "--digits in JSON"
run -e 'z = x/3' --at x=1 --wrt x --digits 4 --format csv
gives $'z,dz_dx\n0.3333,0.3333\n' "--digits in CSV"
run -e 'print 2/3' --digits 3
gives $'0.667\n' "--digits in print"
run -e 'print 12' --hex
gives $'0x1.8p+3\n' "--hex in print"
run -e 'z = 12*x' --at x=1 --wrt x --hex
gives $'z = 0x1.8p+3\ndz/dx = 0x1.8p+3\n' "--hex in text"
run -e 'z = 12*x' --at x=1 --wrt x --hex --format json
gives $'{"values": {"z": "0x1.8p+3"}, "gradients": {"z": {"x": "0x1.8p+3"}}}\n' "--hex in JSON: strings"

run -e 'y = 3; z = x' --at x=1 --of y,z --wrt x --unconnected none
is "$status $out" $'0 y = 3\nz = 1\ndz/dx = 1\n' "--unconnected none leaves the line out"
run -e 'y = 3; z = x' --at x=1 --of y,z --wrt x --unconnected none --format json
is "$status $out" $'0 {"values": {"y": 3, "z": 1}, "gradients": {"y": {"x": null}, "z": {"x": 1}}}\n' "and is null in JSON"
run -e 'y = 3; z = x' --at x=1 --of y,z --wrt x --unconnected none --format csv
is "$status $out" $'0 y,dy_dx,z,dz_dx\n3,,1,1\n' "and an empty cell in CSV"
run -e 'y = 3; z = x' --at x=1 --of y --wrt x
is "$status $out" $'0 y = 3\ndy/dx = 0\n' "zero otherwise"
like "$err" '*note:*' "and a note"
run -e 'y = 3; z = x' --at x=1 --of y --wrt x --unconnected error
is "$status$out" 1 "--unconnected error"

# tensors
run -e 'A = [[1, 2.5], [30, 4]]'
gives $'A = [[ 1, 2.5],\n     [30,   4]]\n' "a matrix: rows on lines, entries under each other"
run -e '[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]'
gives $'[[[1, 2],\n  [3, 4]],\n [[5, 6],\n  [7, 8]]]\n' "three axes"
run -e 'v = [1, 2, 30]'
gives $'v = [1, 2, 30]\n' "a vector stands on one line"
run -e 'x = [1, 2]; y = 2*x' --wrt x
gives $'y = [2, 4]\ndy/dx = [[2, 0],\n         [0, 2]]\n' "a Jacobian"
run -e 'x = [1, 2]; y = 2*x' --wrt x --format json
gives $'{"values": {"y": [2, 4]}, "gradients": {"y": {"x": [[2, 0], [0, 2]]}}}\n' "nested arrays in JSON"
run -e 'x = [1, 2]; z = sum(x*x)' --wrt x --format csv
gives $'z,dz_dx[0],dz_dx[1]\n5,2,4\n' "a gradient in CSV"
run -e 'x = [1, 2]; y = 2*x' --wrt x --format csv
gives $'y[0],y[1],dy[0]_dx[0],dy[0]_dx[1],dy[1]_dx[0],dy[1]_dx[1]\n2,4,2,0,0,2\n' "a Jacobian in CSV"
run -e 'A = [[1, 2], [3, 4]]' --format csv
gives $'A[0][0],A[0][1],A[1][0],A[1][1]\n1,2,3,4\n' "a matrix in CSV"
run -e 'θ = [[1, 2], [3, 4]]'
gives $'θ = [[1, 2],\n     [3, 4]]\n' "the indent counts characters"
run -e '温度 = [[1, 2], [3, 4]]'
gives $'温度 = [[1, 2],\n        [3, 4]]\n' "wide ones twice"
run -e 'x = zeros(0)'
gives $'x = []\n' "no entries"

# names that a program writes as ${ }
run -e '${odd, name} = 2*${a "b"}' --at '${a "b"}=3' --wrt '${a "b"}'
gives $'${odd, name} = 6\nd${odd, name}/d${a "b"} = 2\n' "odd names in text"
run -e '${odd, name} = 2*${a "b"}' --at '${a "b"}=3' --wrt '${a "b"}' --format json
gives '{"values": {"odd, name": 6}, "gradients": {"odd, name": {"a \"b\"": 2}}}'$'\n' "odd names in JSON"
run -e '${odd, name} = 2*${a "b"}' --at '${a "b"}=3' --wrt '${a "b"}' --format csv
gives '"odd, name","dodd, name_da ""b"""'$'\n6,2\n' "odd names in CSV"
run -e '${a\b} = 2' --format tsv
is "$out" 'a\\b'$'\n2\n' "a backslash in TSV"
run -e 'θ = 2; Δx = 3*θ' --wrt θ
gives $'Δx = 6\ndΔx/dθ = 3\n' "letters beyond ASCII"

# print and the report
run -e 'print 3; y = 4'
gives $'3\n' "no report that nobody asked for after a print"
run -e 'x = 2; print 3; y = 4*x' --wrt x
gives $'3\ny = 8\ndy/dx = 4\n' "print first, then the report that --wrt asks for"
run -e 'print 3; y = 4; report y'
gives $'3\ny = 4\n' "or a report statement"
run -e 'print 3; y = 4' --of y --format json
is "$status $out$err" $'0 {"values": {"y": 4}}\n3\n' "print goes to standard error beside JSON"
run -e 'f(x) = x^2'
gives '' "definitions alone print nothing"
run -e ''
gives '' "an empty program prints nothing"
run -e '# nothing'
gives '' "nor does a comment"

run -e 'y = x' --at x=1 --stats
is "$status $out" $'0 y = 1\n' "--stats leaves the report alone"
like "$err" 'parse: *ns/operation*record + sweep: *ns/operation*tape: *records*bytes*memory: *' "--stats on standard error"

run -e 'y = sqrt(x)' --at x=-1 --strict
is "$status$out" 1 "--strict makes nan an error"
run -e 'y = x' --of nosuch --at x=1
is "$status$out" 2 "--of of a name that is not there"
like "$err" '*nosuch*' "and says which"
run -e 'y = x' --at x=1 --wrt nosuch
is "$status$out" 2 "--wrt of a name that is not there"

done_testing
