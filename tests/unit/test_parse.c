/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_parse.c - program text against the calls that it makes, and against the errors. */
#include "tests/unit/unit.h"

#include "tests/unit/mock_build.h"

#include <string.h>

static void expect_calls(const char *program, enum parse_start start, const char *calls) {
    build b = {0};
    enum parse_status status = parse_bytes(&b, program, strlen(program), start, false);
    if (b.said.count) ck_abort_msg("%s: %s", program, b.said.items[0].message);
    ck_assert_msg(status == PARSE_DONE, "%s", program);
    ck_assert_msg(strcmp(text_str(&b.log), calls) == 0, "%s\n  gives    %s\n  expected %s", program,
                  text_str(&b.log), calls);
    mock_free(&b);
}

/* ---- what each form calls ---- */

static const struct {
    const char *program, *calls;
} forms[] = {
    {"", ""},
    {"# a comment", ""},
    {"\n\n;\n", ""},
    /* values */
    {"5 + 5. + .5", "%1=5 %2=5 %3=+(%1,%2) %4=0.5 %5=+(%3,%4) value(%5)"},
    {"x = 0x1F", "%1=31 assign(x,%1)"},
    {"x = 0x1.8p3", "%1=12 assign(x,%1)"},
    {"x = 1_000.5e1_0", "%1=10005000000000 assign(x,%1)"},
    {"x = 00012", "%1=12 assign(x,%1)"},
    {"x = 1e-400", "%1=0 assign(x,%1)"},
    {"[]", "%1=list0 value(%1)"},
    {"[a, 2,]", "%1=a .%1 %2=2 .%2 %3=list2 value(%3)"},
    {"[[1], [2]]", "%1=1 .%1 %2=list1 .%2 %3=2 .%3 %4=list1 .%4 %5=list2 value(%5)"},
    /* operators */
    {"-x^2", "%1=x %2=2 %3=^(%1,%2) %4=.neg(%3) value(%4)"},
    {"2^-x", "%1=2 %2=x %3=.neg(%2) %4=^(%1,%3) value(%4)"},
    {"2^3**2", "%1=2 %2=3 %3=2 %4=^(%2,%3) %5=^(%1,%4) value(%5)"},
    {"-a*b", "%1=a %2=.neg(%1) %3=b %4=*(%2,%3) value(%4)"},
    {"a - b - c", "%1=a %2=b %3=-(%1,%2) %4=c %5=-(%3,%4) value(%5)"},
    {"a/b%c", "%1=a %2=b %3=/(%1,%2) %4=c %5=%(%3,%4) value(%5)"},
    {"1--2", "%1=1 %2=2 %3=.neg(%2) %4=-(%1,%3) value(%4)"},
    {"A @ B.T", "%1=A %2=B %3=T(%2) %4=@(%1,%3) value(%4)"},
    {"A.T.T", "%1=A %2=T(%1) %3=T(%2) value(%3)"},
    {"!a == b", "%1=a %2=!(%1) %3=b %4===(%2,%3) value(%4)"},
    {"+a", "%1=a value(%1)"},
    {"a < b < c", "%1=a %2=b %3=<(%1,%2) %4=c %5=<(%3,%4)chained value(%5)"},
    {"(a < b) != c", "%1=a %2=b %3=<(%1,%2) %4=c %5=!=(%3,%4) value(%5)"},
    {"a >= -b", "%1=a %2=b %3=.neg(%2) %4=>=(%1,%3) value(%4)"},
    {"a && b || c", "%1=a @1=and(%1) %2=b %3=&&(@1,%2) @2=or(%3) %4=c %5=||(@2,%4) value(%5)"},
    {"a ? b : c ? d : e", "%1=a @1=?(%1) %2=b @2=:(@1,%2) %3=c @3=?(%3) %4=d @4=:(@3,%4) %5=e %6=?:(@4,%5) "
                          "%7=?:(@2,%6) value(%7)"},
    {"x[a ? 1 : 2]", "%1=a @1=?(%1) %2=1 @2=:(@1,%2) %3=2 %4=?:(@2,%3) [%4 %5=x %6=%5[]1 value(%6)"},
    /* calls */
    {"f()", "%1=f()0 value(%1)"},
    {"f(x, y)", ",x ,y names2 %1=f()2 value(%1)"},
    {"f(x, y + 1, z)", ",x %1=y %2=1 %3=+(%1,%2) names1 .%3 %4=z .%4 %5=f()3 value(%5)"},
    {"f(x, g(y, z), w)", ",x ,y ,z names2 %1=g()2 names1 .%1 %2=w .%2 %3=f()3 value(%3)"},
    {"sum(x, axis=0)", ",x %1=0 names1 .axis:%1 %2=sum()2 value(%2)"},
    {"sum(x, axis=a, keepdims=1)", ",x %1=a names1 .axis:%1 %2=1 .keepdims:%2 %3=sum()3 value(%3)"},
    {"sum(2*x, axis=0)", "%1=2 %2=x %3=*(%1,%2) .%3 %4=0 .axis:%4 %5=sum()2 value(%5)"},
    {"einsum(\"ij,j\", a, x)", ".\"ij,j\" %1=a .%1 %2=x .%2 %3=einsum()3 value(%3)"},
    {"f(a, \"t\", axis=c)", ",a names1 .\"t\" %1=c .axis:%1 %2=f()3 value(%2)"},
    {"f'(x)", ",x names1 %1=f'1()1 value(%1)"},
    {"f''(2*x)", "%1=2 %2=x %3=*(%1,%2) .%3 %4=f'2()1 value(%4)"},
    {"f\u2032(x) + f\u2033(x) + f\u2034(x)", ",x names1 %1=f'1()1 ,x names1 %2=f'2()1 %3=+(%1,%2) ,x names1 "
                                             "%4=f'3()1 %5=+(%3,%4) value(%5)"},
    /* indices */
    {"x[0]", "%1=0 [%1 %2=x %3=%2[]1 value(%3)"},
    {"x[i, 1:, :2, ::3]", "%1=i [%1 %2=1 [%2:-0:-0 %3=2 [-0:%3:-0 %4=3 [-0:-0:%4 %5=x %6=%5[]4 value(%6)"},
    {"x[:]", "[-0:-0:-0 %1=x %2=%1[]1 value(%2)"},
    {"f(x)[1]", ",x names1 %1=f()1 %2=1 [%2 %3=%1[]1 value(%3)"},
    {"-x[1]^2", "%1=1 [%1 %2=x %3=%2[]1 %4=2 %5=^(%3,%4) %6=.neg(%5) value(%6)"},
    {"-(x)[1]", "%1=x %2=1 [%2 %3=%1[]1 %4=.neg(%3) value(%4)"},
    {"2^x.T", "%1=2 %2=x %3=T(%2) %4=^(%1,%3) value(%4)"},
    /* assignments */
    {"x := 3", "%1=3 leaf(x,%1)"},
    {"x += 2*x", "%1=old(x) %2=2 %3=x %4=*(%2,%3) update(x,+,%1,%4)"},
    {"x **= 2", "%1=old(x) %2=2 update(x,^,%1,%2)"},
    {"x %= 2", "%1=old(x) %2=2 update(x,%,%1,%2)"},
    {"q, r = qr(A)", ",q ,r ,A names1 %1=qr()1 assign2(%1)"},
    {"a, b, c = f(1)", ",a ,b ,c %1=1 .%1 %2=f()1 assign3(%2)"},
    {"x[i] = 3", "%1=i [%1 @1=element(x)1 %2=3 put(@1,%2)"},
    {"x[i, :] -= y", "%1=i [%1 [-0:-0:-0 @1=element(x)2 %2=y put(@1,-,%2)"},
    {"x = 5 +/- 0.1", "%1=5 %2=0.1 uncertain(x,%1,%2)"},
    {"x = a ? b : c \u00B1 0.1",
     "%1=a @1=?(%1) %2=b @2=:(@1,%2) %3=c %4=?:(@2,%3) %5=0.1 uncertain(x,%4,%5)"},
    {"x = 5 +/- 0.1 with df=9", "%1=5 %2=0.1 %3=9 .df:%3 df uncertain(x,%1,%2)"},
    {"input x", "input(x)"},
    {"input x = 5", "default(x) %1=5 input(x,%1)"},
    {"input x = 5 \u00B1 1", "default(x) %1=5 %2=1 input(x,%1,%2)"},
    {"correlate x, y = 0.3", "%1=0.3 correlate(x,y,%1)"},
    /* output */
    {"watch x, y; report z", ",x ,y watch2 ,z report1"},
    {"print", "print0"},
    {"print a, \"t\\t\\\"\\\\\", b*2", "%1=a .%1 .\"t\t\"\\\" %2=b %3=2 %4=*(%2,%3) .%4 print3"},
    {"print (a), b", "%1=a .%1 %2=b .%2 print2"},
    {"printf \"%d\\n\", a", ".\"%d\n\" %1=a .%1 printf2"},
    {"assert a", "%1=a assert(%1)"},
    {"assert a > 0, \"no\"", "%1=a %2=0 %3=>(%1,%2) .\"no\" assert(%3)text"},
    /* functions */
    {"f(x, y) = x*y", ",x ,y def(f)2 %1=x %2=y %3=*(%1,%2) end(%3)"},
    {"f() = 3", "def(f)0 %1=3 end(%1)"},
    {"def f(x) { return x }", ",x def(f)1 %1=x return(%1) end"},
    {"def f() { return }", "def(f)0 return end"},
    {"derivative f(x, y) wrt x = y", ",x ,y partial(f,x)2 %1=y end(%1)"},
    /* blocks */
    {"if a { b }", "if %1=a @1=then(%1) %2=b value(%2) fi(@1)"},
    {"if a { } else { b }", "if %1=a @1=then(%1) @2=else(@1) %2=b value(%2) fi(@2)"},
    {"if a { } else if b { } else { c }",
     "if %1=a @1=then(%1) @2=else(@1) if %2=b @3=then(%2) @4=else(@3) %3=c value(%3) fi(@4) fi(@2)"},
    {"if a { } if b { } c", "if %1=a @1=then(%1) fi(@1) if %2=b @2=then(%2) fi(@2) %3=c value(%3)"},
    {"while a { break; continue }", "@1=while %1=a @2=do(@1,%1) break continue done(@2)"},
    {"for i in x { s += i }", "%1=x @1=for(i,%1) %2=old(s) %3=i update(s,+,%2,%3) done(@1)"},
    /* solvers */
    {"minimize x^2 over x", "minimize %1=x %2=2 %3=^(%1,%2) solve(%3) ,x over1 end0"},
    {"maximize f over x, y subject to x > 0, y > 0 with max=200, tol=1",
     "maximize %1=f solve(%1) ,x ,y over2 %2=x %3=0 %4=>(%2,%3) constraint(%4) %5=y %6=0 %7=>(%5,%6) "
     "constraint(%7) %8=200 .max:%8 %9=1 .tol:%9 end2"},
    {"fit y ~ a*x over a with weights=w",
     "fit %1=y solve(%1) %2=a %3=x %4=*(%2,%3) solve(%4) ,a over1 %5=w .weights:%5 end1"},
    {"root e, f - 1 over x, y", "root %1=e solve(%1) %2=f %3=1 %4=-(%2,%3) solve(%4) ,x ,y over2 end0"},
    /* words */
    {"root = 3", "%1=3 assign(root,%1)"},
    {"print := 3; fit += 1", "%1=3 leaf(print,%1) %2=old(fit) %3=1 update(fit,+,%2,%3)"},
    {"watch \\\n = 3", "%1=3 assign(watch,%1)"},
    {"x = root + print", "%1=root %2=print %3=+(%1,%2) assign(x,%3)"},
    {"in = to + over*with - wrt/subject",
     "%1=to %2=over %3=with %4=*(%2,%3) %5=+(%1,%4) %6=wrt %7=subject %8=/(%6,%7) %9=-(%5,%8) assign(in,%9)"},
    {"minimize over over over subject to to > 0 with with=1",
     "minimize %1=over solve(%1) ,over over1 %2=to %3=0 %4=>(%2,%3) constraint(%4) %5=1 .with:%5 end1"},
    {"for in in in { }", "%1=in @1=for(in,%1) done(@1)"},
    {"${adjusted CO2} = ${if}", "%1=if assign(adjusted CO2,%1)"},
    {"\u03B8\u2081 = \u0394x + _a1", "%1=\u0394x %2=_a1 %3=+(%1,%2) assign(\u03B8\u2081,%3)"},
    {"iff = elsewhere", "%1=elsewhere assign(iff,%1)"},
};

START_TEST(each_form) { expect_calls(forms[_i].program, PARSE_PROGRAM, forms[_i].calls); }
END_TEST

/* ---- where lines end: the second text means what the first does ---- */

static const struct {
    const char *one, *other;
} layouts[] = {
    {"x = 1; y = 2", "x = 1\ny = 2\n"},
    {"x = 1; y = 2", "x = 1\r\ny = 2\r\n"},
    {"x = 1; y = 2", "x = 1\ry = 2\r"},
    {"x = 1; y = 2", "\xEF\xBB\xBFx = 1 # one\n\n# two\n;; y = 2;"},
    {"x = 1", "#!/usr/bin/gtape\nx\t=\f1\v "},
    {"x = 1 + 2*3", "x =\n\n1 + # c\n 2 *\r\n3"},
    {"x = (1 - f(a, b))", "x = (\n1\n- f\n(a,\nb\n)\n)\n"},
    {"x = [1, 2]", "x = [\n1\n,\n2,\n]"},
    {"x = a ? b : c", "x = a ?\nb :\nc"},
    {"x = 5 +/- 1", "x = 5 +/-\n1"},
    {"fit y ~ x over a, b", "fit y ~\nx over a,\nb"},
    {"x = 1 + 2 + 3", "x = 1 \\\n + 2 \\  \r\n\\\n + 3"},
    {"x = 1", "x = 1 \\"},
    {"if a { b } else { c }", "if a\n\n{\nb\n}\n# c\n\n else\n{ c\n}\n"},
    {"if a { } else if b { }", "if a { } \\\n else if b\n{ }"},
    {"while a { }; for i in x { }", "while a\n{\n}\nfor i in x # c\n{ }"},
    {"def f(x) { return x }", "def f(x)\n{ return x\n}"},
    {"x += 1; y := 2", "x +=\n1\ny :=\n2"},
    {"a && b", "a &&\nb"},
    {"a @ b", "a @\nb"},
    {"x = -1", "x = -\n1"},
};

START_TEST(each_layout) {
    build b = {0};
    ck_assert_int_eq(parse_text(&b, layouts[_i].one), PARSE_DONE);
    expect_calls(layouts[_i].other, PARSE_PROGRAM, text_str(&b.log));
    mock_free(&b);
}
END_TEST

/* ---- errors: one for each text, at its place ---- */

static const struct {
    const char *program;
    enum diag_code code;
    u32 begin;
    const char *message, *hint;
} errors[] = {
    /* numbers */
    {"y = 2x", DIAG_BAD_NUMBER, 4, "'2x' is not a number, or a '*' is missing in it", "2*x"},
    {"y = 2.5e3x", DIAG_BAD_NUMBER, 4, "'2.5e3x' is not a number, or a '*' is missing in it", NULL},
    {"y = 1..2", DIAG_BAD_NUMBER, 4, "more than one point", "range"},
    {"y = 1e", DIAG_BAD_NUMBER, 4, "the exponent of '1e' has no digits", NULL},
    {"y = 1e+", DIAG_BAD_NUMBER, 4, "the exponent of '1e' has no digits", NULL},
    {"y = 0x", DIAG_BAD_NUMBER, 4, "no digits", NULL},
    {"y = 1__0", DIAG_BAD_NUMBER, 4, "'_' stands between", NULL},
    {"y = 1_", DIAG_BAD_NUMBER, 4, "'_' stands between", NULL},
    {"y = 1e400", DIAG_NUMBER_OVERFLOW, 4, "too large", "inf"},
    {"y = 0x1p99999", DIAG_NUMBER_OVERFLOW, 4, "too large", "inf"},
    {"y = .", DIAG_FOREIGN_HABIT, 4, "'.'", "digit"},
    /* a missing * */
    {"y = 2(x+1)", DIAG_BAD_NUMBER, 5, "an operator is missing between '2' and '('", "*"},
    {"y = x y", DIAG_SYNTAX, 6, "an operator is missing between 'x' and 'y'", "x*y"},
    {"y = (a)(b)", DIAG_SYNTAX, 7, "an operator is missing between ')' and '('", "*"},
    {"y = f(x y)", DIAG_SYNTAX, 8, "an operator is missing", "x*y"},
    {"y = [1 2]", DIAG_BAD_NUMBER, 7, "an operator is missing", "','"},
    {"print a b", DIAG_SYNTAX, 8, "an operator is missing", "','"},
    /* other languages */
    {"a and b", DIAG_FOREIGN_HABIT, 2, "'and' is not a word", "&&"},
    {"a or b", DIAG_FOREIGN_HABIT, 2, "'or' is not a word", "||"},
    {"y = not a", DIAG_FOREIGN_HABIT, 4, "'not' is not a word", "!"},
    {"a & b", DIAG_FOREIGN_HABIT, 2, "'&'", "&&"},
    {"a | b", DIAG_FOREIGN_HABIT, 2, "'|'", "||"},
    {"a // b", DIAG_FOREIGN_HABIT, 2, "'//'", "floor(a / b)"},
    {"/* c */", DIAG_FOREIGN_HABIT, 0, "'/*'", "#"},
    {"x++", DIAG_FOREIGN_HABIT, 1, "'++'", "x += 1"},
    {"x--", DIAG_FOREIGN_HABIT, 2, "'--'", "x -= 1"},
    {"y = x'", DIAG_FOREIGN_HABIT, 5, "derivative needs an argument", "x.T"},
    {"y = (A)'", DIAG_FOREIGN_HABIT, 7, "name of a function", "x.T"},
    {"y = 'abc'", DIAG_FOREIGN_HABIT, 4, "single quotes", "\""},
    {"y = x\u00B2", DIAG_FOREIGN_HABIT, 5, "'\u00B2'", "write ^2"},
    {"y = x\u207B\u00B9\u2070", DIAG_FOREIGN_HABIT, 5, "not part", "write ^-10"},
    {"y = a \u2212 b", DIAG_FOREIGN_HABIT, 6, "'\u2212'", "write -"},
    {"y = a \u00D7 b", DIAG_FOREIGN_HABIT, 6, "'\u00D7'", "write *"},
    {"y = a \u00F7 b", DIAG_FOREIGN_HABIT, 6, "'\u00F7'", "write /"},
    {"y = a \u00B7 b", DIAG_FOREIGN_HABIT, 6, "'\u00B7'", "write *"},
    {"y = a \u2264 b", DIAG_FOREIGN_HABIT, 6, "'\u2264'", "write <="},
    {"y = a \u2265 b", DIAG_FOREIGN_HABIT, 6, "'\u2265'", "write >="},
    {"y = a \u2260 b", DIAG_FOREIGN_HABIT, 6, "'\u2260'", "write !="},
    {"y = a <> b", DIAG_FOREIGN_HABIT, 7, "'<>'", "!="},
    {"y = a => b", DIAG_FOREIGN_HABIT, 6, "'=' comes last", ">="},
    {"y = a === b", DIAG_FOREIGN_HABIT, 8, "'==='", "=="},
    {"y = x!", DIAG_FOREIGN_HABIT, 5, "'!'", "gamma"},
    {"y = x.shape", DIAG_FOREIGN_HABIT, 5, "'.shape'", "shape(x)"},
    {"y = (a, b)", DIAG_FOREIGN_HABIT, 6, "one value", "[a, b]"},
    {"print(a, b)", DIAG_FOREIGN_HABIT, 7, "no brackets", "print a"},
    {"printf(\"%d\", a)", DIAG_FOREIGN_HABIT, 7, "no brackets", "print a"},
    {"y = lambda x: x", DIAG_FOREIGN_HABIT, 4, "'lambda'", "f(x) ="},
    {"function f(x) { }", DIAG_FOREIGN_HABIT, 0, "'function'", "def"},
    {"let x = 3", DIAG_FOREIGN_HABIT, 0, "'let'", "x = 5"},
    {"var x", DIAG_FOREIGN_HABIT, 0, "'var'", "x = 5"},
    {"if a { } elif b { }", DIAG_FOREIGN_HABIT, 9, "'elif'", "else if"},
    {"if a { }\nelseif (b) { }", DIAG_FOREIGN_HABIT, 9, "'elseif'", "else if"},
    {"if a then b", DIAG_FOREIGN_HABIT, 5, "'then'", "{"},
    {"if a: b", DIAG_FOREIGN_HABIT, 4, "':'", "{"},
    {"if a { } else: b", DIAG_FOREIGN_HABIT, 13, "':'", "{"},
    {"def f(x): x", DIAG_FOREIGN_HABIT, 8, "':'", "{"},
    {"def f(x) = x", DIAG_FOREIGN_HABIT, 9, "block", "without def"},
    {"for (i = 0; i < 3; i += 1) { }", DIAG_FOREIGN_HABIT, 4, "for has no brackets", "range"},
    {"for (i in x) { }", DIAG_FOREIGN_HABIT, 4, "for has no brackets", "for i in"},
    {"if x = 3 { }", DIAG_FOREIGN_HABIT, 5, "'=' assigns", "=="},
    {"while (x = 3) { }", DIAG_FOREIGN_HABIT, 9, "'=' assigns", "=="},
    /* statements */
    {"if a { }; else { }", DIAG_SEMICOLON_BEFORE_ELSE, 8, "';' ends the if", "} else {"},
    {"if a { }\n;\nelse { }", DIAG_SEMICOLON_BEFORE_ELSE, 9, "';' ends the if", "} else {"},
    {"else { }", DIAG_SYNTAX, 0, "'else' without an if", NULL},
    {"x = y = 3", DIAG_SYNTAX, 6, "unexpected '='", "=="},
    {"2 = x", DIAG_SYNTAX, 2, "unexpected '='", "=="},
    {"for = 3", DIAG_SYNTAX, 4, "unexpected '='", "'for' is a reserved word"},
    {"y = if", DIAG_SYNTAX, 4, "unexpected 'if', expected a number, a name or '('", "${if}"},
    {"{ x }", DIAG_SYNTAX, 0, "unexpected '{'", "if"},
    {"if a b { }", DIAG_SYNTAX, 5, "unexpected name 'b', expected an operator or '{'", "{ ... }"},
    {"if a\nb", DIAG_SYNTAX, 5, "unexpected name 'b', expected '{'", "{ ... }"},
    {"if a; { }", DIAG_SYNTAX, 4, "unexpected ';', expected an operator or '{'", "{ ... }"},
    {"y = 3 print y", DIAG_SYNTAX, 6,
     "unexpected name 'print', expected an operator or the end of the statement", "';'"},
    {"y = \"t\"", DIAG_SYNTAX, 4, "a text cannot stand here", "print"},
    {"print \"a\" \"b\"", DIAG_SYNTAX, 10, "unexpected text, expected ',' or the end of the statement",
     "','"},
    {"y = 3 + (2 +/- 1)", DIAG_SYNTAX, 11, "unexpected '+/-'", "x = 5 +/- 0.1"},
    {"watch", DIAG_SYNTAX, 5, "unexpected end of the text, expected a name", NULL},
    {"watch 3", DIAG_SYNTAX, 6, "unexpected number '3', expected a name", NULL},
    {"watch x y", DIAG_SYNTAX, 8, "unexpected name 'y', expected ',' or the end of the statement", NULL},
    {"watch\nx", DIAG_SYNTAX, 5, "unexpected end of the line, expected a name", NULL},
    {"fit y over a", DIAG_SYNTAX, 6, "unexpected 'over', expected an operator or '~'", NULL},
    {"minimize x", DIAG_SYNTAX, 10, "unexpected end of the text, expected an operator or 'over'", NULL},
    {"derivative f(x) = 3", DIAG_SYNTAX, 16, "unexpected '=', expected 'wrt'", NULL},
    {"assert x, y", DIAG_SYNTAX, 10, "unexpected name 'y', expected a text", NULL},
    {"y = x +", DIAG_SYNTAX, 7, "unexpected end of the text, expected a number, a name or '('", NULL},
    {"y = * x", DIAG_SYNTAX, 4, "unexpected '*', expected a number, a name or '('", NULL},
    {"y = f(,)", DIAG_SYNTAX, 6, "unexpected ',', expected a number, a name, '(' or ')'", NULL},
    {"y = a ? b", DIAG_SYNTAX, 9, "unexpected end of the text, expected an operator or ':'", NULL},
    {"def (x) { }", DIAG_SYNTAX, 4, "unexpected '(', expected a name", NULL},
    /* brackets */
    {"y = (1 + 2", DIAG_UNBALANCED, 10, "unexpected end of the text, '(' is not closed", NULL},
    {"y = 1)", DIAG_UNBALANCED, 5, "')' without a '(' before it", NULL},
    {"y = (1]", DIAG_UNBALANCED, 6, "']' cannot close '('", NULL},
    {"y = f(x {", DIAG_UNBALANCED, 8, "unexpected '{', '(' is not closed", NULL},
    {"y = [1; 2]", DIAG_UNBALANCED, 6, "unexpected ';', '[' is not closed", NULL},
    {"y = (1 + 2\nz = 3", DIAG_UNBALANCED, 11, "unexpected name 'z', '(' is not closed", "missing"},
    {"while x { y", DIAG_UNBALANCED, 11, "unexpected end of the text, '{' is not closed", NULL},
    {"y }", DIAG_UNBALANCED, 2, "'}' without a '{' before it", NULL},
    /* characters */
    {"y = \"abc", DIAG_UNTERMINATED, 4, "closing", NULL},
    {"y = \"abc\\\n\"", DIAG_UNTERMINATED, 4, "closing", NULL},
    {"y = ${abc", DIAG_UNTERMINATED, 4, "'${' without its '}'", NULL},
    {"y = ${}", DIAG_BAD_CHARACTER, 4, "no name", NULL},
    {"y = $x", DIAG_FOREIGN_HABIT, 4, "'$'", "${the name}"},
    {"print \"a\\qb\"", DIAG_BAD_ESCAPE, 8, "'\\q' means nothing", "\\n"},
    {"y = \\ 3", DIAG_FOREIGN_HABIT, 4, "'\\'", "last"},
    {"y = \x01", DIAG_BAD_CHARACTER, 4, "'\\x01' (U+0001)", NULL},
    {"y = \u00A7", DIAG_BAD_CHARACTER, 4, "'\u00A7' (U+00A7)", NULL},
    {"y =\u00A03", DIAG_BAD_CHARACTER, 3, "(U+00A0)", "blank"},
    {"y = \xFF", DIAG_BAD_UTF8, 4, "\\xff at offset 4", "UTF-8"},
    {"y = \xC0\xAF", DIAG_BAD_UTF8, 4, "\\xc0 at offset 4", "UTF-8"},
    {"# \xED\xA0\x80", DIAG_BAD_UTF8, 2, "\\xed at offset 2", "UTF-8"},
    {"# \xE2\x82", DIAG_BAD_UTF8, 2, "\\xe2 at offset 2", "UTF-8"},
    {"y = 1 # \u202E", DIAG_BAD_UTF8, 8, "U+202E at offset 8", NULL},
    {"y = \xEF\xBB\xBF 1", DIAG_BAD_UTF8, 4, "U+FEFF at offset 4", NULL},
};

START_TEST(each_error) {
    build b = {0};
    const char *program = errors[_i].program;
    ck_assert_int_eq(parse_text(&b, program), PARSE_FAILED);
    ck_assert_msg(b.said.count == 1, "%s: %zu errors", program, b.said.count);
    const diagnostic *d = &b.said.items[0];
    ck_assert_msg(strstr(d->message, errors[_i].message) != NULL, "%s: %s", program, d->message);
    ck_assert_msg(d->code == errors[_i].code, "%s: code %d", program, (int)d->code);
    ck_assert_msg(d->at.begin == errors[_i].begin, "%s: at %u", program, (unsigned)d->at.begin);
    if (errors[_i].hint)
        ck_assert_msg(d->hint && strstr(d->hint, errors[_i].hint), "%s: %s", program, d->hint);
    mock_free(&b);
}
END_TEST

START_TEST(open_brackets_are_shown) {
    static const char *const programs[] = {"y = 1 (2", "while {", "x = 1 (\n 2]", "y = [1;", "f(1\n2)"};
    static const u32 opened[] = {6, 6, 6, 4, 1};
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        build b = {0};
        ck_assert_int_eq(parse_text(&b, programs[i]), PARSE_FAILED);
        ck_assert_uint_eq(b.said.count, 1);
        const diagnostic *d = &b.said.items[0];
        if (d->code == DIAG_UNBALANCED) {
            ck_assert_uint_eq(d->related.count, 1);
            ck_assert_uint_eq(d->related.items[0].at.begin, opened[i]);
            ck_assert_ptr_nonnull(strstr(d->related.items[0].message, "opened here"));
        }
        mock_free(&b);
    }
}
END_TEST

START_TEST(nul_bytes_are_found) {
    build b = {0};
    ck_assert_int_eq(parse_bytes(&b, "x = 1\0y", 7, PARSE_PROGRAM, false), PARSE_FAILED);
    ck_assert_int_eq(b.said.items[0].code, DIAG_NUL_BYTE);
    ck_assert_uint_eq(b.said.items[0].at.begin, 5);
    ck_assert_str_eq(text_str(&b.log), "");
    mock_free(&b);
}
END_TEST

/* ---- places ---- */

START_TEST(spans_are_global_positions) {
    build b = {.spans = true};
    source_add(&b.sources, "first", "0123456", 7);
    ck_assert_int_eq(parse_text(&b, "x = -(a + 1)*f(b)"), PARSE_DONE);
    ck_assert_str_eq(text_str(&b.log),
                     "%1=a<14-15> %2=1<18-19> %3=+(%1,%2)<14-19> %4=.neg(%3)<12-20> "
                     ",b<23-24> names1 %5=f()1<21-25> %6=*(%4,%5)<12-25> assign(x,%6)<8-25>");
    mock_free(&b);
}
END_TEST

START_TEST(byte_order_mark_keeps_places) {
    build b = {.spans = true};
    ck_assert_int_eq(parse_text(&b, "\xEF\xBB\xBFx"), PARSE_DONE);
    ck_assert_str_eq(text_str(&b.log), "%1=x<3-4> value(%1)<3-4>");
    mock_free(&b);
}
END_TEST

/* ---- lists from the command line ---- */

static const struct {
    enum parse_start start;
    const char *list, *calls; /* NULL: an error */
} lists[] = {
    {PARSE_BINDINGS, "x=5", "%1=5 assign(x,%1)"},
    {PARSE_BINDINGS, "x=5,y=[1,2]", "%1=5 assign(x,%1) %2=1 .%2 %3=2 .%3 %4=list2 assign(y,%4)"},
    {PARSE_BINDINGS, "\n x = 3 +/- 0.1,\n${a b} = f(x)\n",
     "%1=3 %2=0.1 uncertain(x,%1,%2) ,x names1 %3=f()1 assign(a b,%3)"},
    {PARSE_BINDINGS, "print=1,to=2", "%1=1 assign(print,%1) %2=2 assign(to,%2)"},
    {PARSE_BINDINGS, "", NULL},
    {PARSE_BINDINGS, "x=", NULL},
    {PARSE_BINDINGS, "=5", NULL},
    {PARSE_BINDINGS, "x=5,", NULL},
    {PARSE_BINDINGS, "x=5;y=3", NULL},
    {PARSE_BINDINGS, "x=5 y=3", NULL},
    {PARSE_BINDINGS, "x:=5", NULL},
    {PARSE_BINDINGS, "if=5", NULL},
    {PARSE_BINDINGS, "f(x)=5", NULL},
    {PARSE_NAMES, "x", ",x parsed1"},
    {PARSE_NAMES, "root, to,\n${adjusted CO2} ", ",root ,to ,adjusted CO2 parsed3"},
    {PARSE_NAMES, "", NULL},
    {PARSE_NAMES, "x,", NULL},
    {PARSE_NAMES, "x y", NULL},
    {PARSE_NAMES, "x+y", NULL},
    {PARSE_NAMES, "3", NULL},
};

START_TEST(each_list) {
    if (lists[_i].calls) {
        expect_calls(lists[_i].list, lists[_i].start, lists[_i].calls);
        return;
    }
    build b = {0};
    const char *list = lists[_i].list;
    ck_assert_msg(parse_bytes(&b, list, strlen(list), lists[_i].start, false) == PARSE_FAILED, "%s", list);
    ck_assert_uint_eq(b.said.count, 1);
    mock_free(&b);
}
END_TEST

/* ---- the prompt ---- */

static const struct {
    const char *lines;
    enum parse_status status;
} prompts[] = {
    {"", PARSE_DONE},
    {"# c", PARSE_DONE},
    {"x = 3", PARSE_DONE},
    {"x = 3\n", PARSE_DONE},
    {"x;", PARSE_DONE},
    {"x = (", PARSE_INCOMPLETE},
    {"x = (1\n", PARSE_INCOMPLETE},
    {"x = (1 # )", PARSE_INCOMPLETE},
    {"x = (1\n)", PARSE_DONE},
    {"y[", PARSE_INCOMPLETE},
    {"x =", PARSE_INCOMPLETE},
    {"x +", PARSE_INCOMPLETE},
    {"x -", PARSE_INCOMPLETE},
    {"a ?", PARSE_INCOMPLETE},
    {"a ? b :", PARSE_INCOMPLETE},
    {"watch x,", PARSE_INCOMPLETE},
    {"x = 3 \\", PARSE_INCOMPLETE},
    {"x = 3 \\\n", PARSE_INCOMPLETE},
    {"x = 3 \\\n + 1", PARSE_DONE},
    {"if c", PARSE_INCOMPLETE},
    {"if c {", PARSE_INCOMPLETE},
    {"if c {\n x = 3\n", PARSE_INCOMPLETE},
    {"if c {\n x = 3\n}\n", PARSE_DONE},
    {"if c { } else", PARSE_INCOMPLETE},
    {"if c { } else if d", PARSE_INCOMPLETE},
    {"while c {\n if d { }\n", PARSE_INCOMPLETE},
    {"def f(x)", PARSE_INCOMPLETE},
    {"f(x) =", PARSE_INCOMPLETE},
    {"else { }", PARSE_FAILED},
    {"x = \"abc", PARSE_FAILED},
    {"print (\"abc", PARSE_FAILED},
    {"watch", PARSE_FAILED},
    {"minimize x", PARSE_FAILED},
    {"x )", PARSE_FAILED},
    {"(2x", PARSE_FAILED},
};

START_TEST(each_prompt) {
    build b = {0};
    const char *lines = prompts[_i].lines;
    enum parse_status status = parse_bytes(&b, lines, strlen(lines), PARSE_PROGRAM, true);
    ck_assert_msg(status == prompts[_i].status, "%s: %d", lines, (int)status);
    ck_assert_uint_eq(b.said.count, status == PARSE_FAILED);
    mock_free(&b);
}
END_TEST

static const struct {
    const char *program, *tokens;
} completions[] = {
    {"x = ", " number name ( [ + - !"},
    {"for i ", " in"},
    {"watch ", " name"},
    {"minimize x ", " over ' .T ( [ ? || && < + - * @ ^"},
    {"x = y y", ""},
    {"x = 2y", ""},
};

static void add_token(void *user, const char *token) { text_printf(user, " %s", token); }

START_TEST(each_completion) {
    build b = {0};
    text tokens = {0};
    u32 i = source_add(&b.sources, "-e", completions[_i].program, strlen(completions[_i].program));
    source text_of = b.sources.items[i];
    parse_expected(&b, &text_of, add_token, &tokens);
    ck_assert_str_eq(text_str(&tokens), completions[_i].tokens);
    ck_assert_uint_eq(b.calls, 0);
    ck_assert_uint_eq(b.said.count, 0);
    text_free(&tokens);
    mock_free(&b);
}
END_TEST

static void parse_tests(TCase *tests) {
    tcase_add_loop_test(tests, each_form, 0, COUNT_OF(forms));
    tcase_add_loop_test(tests, each_layout, 0, COUNT_OF(layouts));
    tcase_add_loop_test(tests, each_error, 0, COUNT_OF(errors));
    tcase_add_test(tests, open_brackets_are_shown);
    tcase_add_test(tests, nul_bytes_are_found);
    tcase_add_test(tests, spans_are_global_positions);
    tcase_add_test(tests, byte_order_mark_keeps_places);
    tcase_add_loop_test(tests, each_list, 0, COUNT_OF(lists));
    tcase_add_loop_test(tests, each_prompt, 0, COUNT_OF(prompts));
    tcase_add_loop_test(tests, each_completion, 0, COUNT_OF(completions));
}

UNIT_MAIN("parse", parse_tests)
