/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse.y - the concrete syntax of LANGUAGE.md: each action is one call of src/lang/build.h.
 *
 * Instructions are appended while the text is parsed, so where an action stands decides what comes first:
 * build_while_begin stands before the condition, build_function_begin before the body.  Nothing is kept as a
 * tree; an expression is known by the operand that holds its result, a list by how many were pushed.
 *
 * Four decisions that are not obvious:
 *
 * 1. Bare names as arguments stay undecided until after the `)`.  `f(x, y) = e` defines and `f(x, y)` calls,
 *    and one token of lookahead cannot tell them apart earlier.  So `names` is a list of its own, pushed by
 *    build_push_name; the call moves them to the operands, the definition takes them as parameters.
 *    `nonname` is any expression but a bare name, so that the two lists never compete.  `x[i]` is alike:
 *    its name is read only behind the `]`, because `x[i] = e` does not read it as a value.
 * 2. Comparisons are left-associative here, although a < b < c is an error.  With %nonassoc the parser would
 *    stop at the second <, without the operands that a helpful message needs.  An expression carries one bit
 *    that says whether it is a comparison; build_compare reports the chain.
 * 3. A name has rules of its own for [ ] and .T (see 1), so it must not become an expression before one.
 *    BARE, the lowest precedence, says so: where `[` or `.T` follows, the parser shifts.
 * 4. Which words are keywords is the scanner's business: statement words where a statement starts, clause words
 *    behind a value, where no name may stand.  So no word but the eight reserved ones is taken from users.
 *
 * Where there is a conflict, mend the grammar; %expect stays 0. */

%define api.pure full
%define api.push-pull push
%define api.prefix {gt_parse_}
%define api.token.prefix {T_}
%define api.value.type union
%define api.location.type {span}
%define api.header.include {"grammar/parse.h"}
%define parse.error custom
%define parse.lac full
%locations
%expect 0

%code requires {
#include "lang/scan.h"
}

%param { parsing *p }

%code top {
/* What Bison writes converts between its integer types as it likes. */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
}

%code provides {
/* Whether the text may end here. */
bool grammar_may_end(gt_parse_pstate *machine);
/* Calls `each` with the name of every token that may come next. */
void grammar_expected(gt_parse_pstate *machine, void (*each)(void *user, const char *token), void *user);
}

%code {
/* The parser's stack lives on the heap and grows to this many places: 18 bytes each. */
#define YYINITDEPTH 64
#define YYMAXDEPTH  PARSE_PLACES
#define YYMALLOC(size) mem_alloc((size), 1)
#define YYFREE mem_free

#define YYLLOC_DEFAULT(result, right, n)                                                                     \
    ((result) = (n) ? (span){YYRHSLOC(right, 1).begin, YYRHSLOC(right, n).end}                               \
                    : (span){YYRHSLOC(right, 0).end, YYRHSLOC(right, 0).end})

#define B (p->b)
/* A dry run (parse_expected) goes through the same tables and builds nothing. */
#define GET(call) (p->dry ? 0 : (call))
#define DO(call) ((void)(p->dry ? (void)0 : (void)(call)))
#define RESULT(call) ((expression){.o = GET(call)})

static inline slice_parts slice(bound from, bound to, bound step) {
    return (slice_parts){from.given, to.given, step.given, from.o, to.o, step.o};
}
static inline span join(span a, span b) { return (span){a.begin, b.end}; }
static void gt_parse_error(const span *at, parsing *p, const char *message);
}

%token EOF 0 "end of text"
%token <double> NUMBER "number"
%token <u32> NAME "name"
%token TEXT "text"
%token NEWLINE "end of line" SEMICOLON ";"
%token IF "if" ELSE "else" WHILE "while" FOR "for" BREAK "break" CONTINUE "continue" RETURN "return" DEF "def"
%token IN "in" WRT "wrt" OVER "over" SUBJECT "subject" TO "to" WITH "with"
%token DERIVATIVE "derivative" WATCH "watch" REPORT "report" INPUT "input" PRINT "print" PRINTF "printf"
%token ASSERT "assert" MINIMIZE "minimize" MAXIMIZE "maximize" FIT "fit" ROOT "root" CORRELATE "correlate"
%token ASSIGN "=" LEAF ":=" PLUS_MINUS "+/-" TILDE "~"
%token <enum op> UPDATE "+="
%token <u32> PRIMES "'"
%token TRANSPOSE ".T"
%token LPAR "(" RPAR ")" LBRACKET "[" RBRACKET "]" LBRACE "{" RBRACE "}" COMMA "," COLON ":"
%token CHOOSE "?" OR "||" AND "&&"
%token <enum op> COMPARE "<"
%token PLUS "+" MINUS "-"
%token <enum op> MUL "*"
%token MATMUL "@" POW "^" NOT "!"
/* Sent first, to say what the text is. */
%token START_PROGRAM "program" START_BINDINGS "bindings" START_NAMES "names"
%token INVALID "invalid token" /* what the scanner returns behind an error; never sent */

%precedence BARE /* a name or value that is complete; see 3 */
%right CHOOSE
%left OR
%left AND
%left COMPARE
%left PLUS MINUS
%left MUL MATMUL
%precedence UNARY
%right POW
%precedence LBRACKET TRANSPOSE

%nterm <expression> expr nonname
%nterm <u32> names params exprs arguments args names_then items_printed subscripts options with
%nterm <named> named
%nterm <u32> then_part else_part
%nterm <bound> bound uncertainty
%nterm <enum solver> extremum

%%

text:
  START_PROGRAM program
| START_BINDINGS bindings
| START_NAMES names                     { DO(build_names_parsed(B, $names)); }
;

bindings: binding | bindings COMMA binding ;
binding:
  NAME ASSIGN expr uncertainty[u]
  {
      if (!$u.given) DO(build_assign(B, @$, @NAME, $NAME, $expr.o));
      else DO(build_uncertain(B, @$, @NAME, $NAME, $expr.o, $u.o));
  }
;

/* ---- statements ---- */

program: items | items simple ;
items: %empty | items separator | items simple separator | items compound ;
separator: NEWLINE | SEMICOLON ;
block: LBRACE program RBRACE ;
lines: %empty | lines NEWLINE ; /* before a { */

compound: conditional | repetition | definition ;

conditional:
  then_part                             { DO(build_if_end(B, $then_part)); }
| else_part lines block                 { DO(build_if_end(B, $else_part)); }
| else_part conditional                 { DO(build_if_end(B, $else_part)); }
;
then_part:
  IF { DO(build_if_begin(B, @IF)); } expr <u32>{ $$ = GET(build_if(B, @expr, $expr.o)); }[mark] lines block
  { $$ = $mark; }
;
else_part: then_part ELSE               { $$ = GET(build_else(B, $then_part)); } ;

repetition:
  WHILE <u32>{ $$ = GET(build_while_begin(B, @WHILE)); }[top] expr
    <u32>{ $$ = GET(build_while(B, @expr, $top, $expr.o)); }[mark] lines block
  { DO(build_while_end(B, $mark)); }
| FOR NAME IN expr <u32>{ $$ = GET(build_for(B, @expr, @NAME, $NAME, $expr.o)); }[mark] lines block
  { DO(build_for_end(B, $mark)); }
;

definition:
  DEF NAME LPAR params RPAR { DO(build_function_begin(B, join(@DEF, @RPAR), @NAME, $NAME, $params)); }
  lines block
  { DO(build_function_end(B, ((span){@block.end - 1, @block.end}))); } ;
params: %empty { $$ = 0; } | names ;

names:
  NAME                                  { DO(build_push_name(B, @NAME, $NAME)); $$ = 1; }
| names COMMA NAME                      { DO(build_push_name(B, @NAME, $NAME)); $$ = $1 + 1; }
;

simple:
  expr                                  { DO(build_expression(B, @$, $expr.o)); }
| assignment
| function
| solver
| BREAK                                 { DO(build_break(B, @$)); }
| CONTINUE                              { DO(build_continue(B, @$)); }
| RETURN                                { DO(build_return(B, @$, false, 0)); }
| RETURN expr                           { DO(build_return(B, @$, true, $expr.o)); }
| WATCH names                           { DO(build_watch(B, @$, $names)); }
| REPORT names                          { DO(build_report(B, @$, $names)); }
| INPUT NAME                            { DO(build_input(B, @$, @NAME, $NAME)); }
| INPUT NAME ASSIGN { DO(build_input_begin(B, join(@INPUT, @NAME), @NAME, $NAME)); } expr uncertainty[u]
  {
      if (!$u.given) DO(build_input_end(B, @$, @NAME, $NAME, $expr.o));
      else DO(build_input_uncertain_end(B, @$, @NAME, $NAME, $expr.o, $u.o));
  }
| PRINT                                 { DO(build_print(B, @$, 0)); }
| PRINT items_printed                   { DO(build_print(B, @$, $items_printed)); }
| PRINTF items_printed                  { DO(build_printf(B, @$, $items_printed)); }
| ASSERT expr                           { DO(build_assert(B, @$, $expr.o, false)); }
| ASSERT expr COMMA literal             { DO(build_assert(B, @$, $expr.o, true)); }
| CORRELATE NAME[a] COMMA NAME[c] ASSIGN expr
                                        { DO(build_correlate(B, @$, @a, $a, @c, $c, $expr.o)); }
;

/* x = 5 +/- 0.1 with df=9.  One option only: in --at a comma goes on with the next name. */
uncertainty:
  %empty                                { $$ = (bound){0}; }
| PLUS_MINUS expr                       { $$ = (bound){$expr.o, true}; }
| PLUS_MINUS expr WITH option           { DO(build_uncertainty_option(B)); $$ = (bound){$expr.o, true}; }
;

assignment:
  binding
| NAME LEAF expr                        { DO(build_assign_leaf(B, @$, @NAME, $NAME, $expr.o)); }
| NAME COMMA { DO(build_push_name(B, @NAME, $NAME)); } names ASSIGN expr
                                        { DO(build_assign_several(B, @$, $names + 1, $expr.o)); }
| NAME UPDATE <operand>{ $$ = GET(build_update_begin(B, @NAME, $NAME)); }[old] expr
                                        { DO(build_update_end(B, @$, @NAME, $NAME, $UPDATE, $old, $expr.o)); }
| NAME LBRACKET subscripts RBRACKET ASSIGN
  <u32>{ $$ = GET(build_element_begin(B, join(@NAME, @RBRACKET), @NAME, $NAME, $subscripts)); }[mark] expr
                                        { DO(build_element_assign(B, @$, $mark, $expr.o)); }
| NAME LBRACKET subscripts RBRACKET UPDATE
  <u32>{ $$ = GET(build_element_begin(B, join(@NAME, @RBRACKET), @NAME, $NAME, $subscripts)); }[mark] expr
                                        { DO(build_element_update(B, @$, $mark, $UPDATE, $expr.o)); }
;

function:
  NAME LPAR RPAR ASSIGN { DO(build_function_begin(B, join(@NAME, @RPAR), @NAME, $NAME, 0)); } expr
                                        { DO(build_function_end_value(B, @expr, $expr.o)); }
| NAME LPAR names RPAR ASSIGN { DO(build_function_begin(B, join(@NAME, @RPAR), @NAME, $NAME, $names)); } expr
                                        { DO(build_function_end_value(B, @expr, $expr.o)); }
| DERIVATIVE NAME LPAR names RPAR WRT NAME[x] ASSIGN
  { DO(build_partial_begin(B, join(@DERIVATIVE, @x), @2, $2, $names, @x, $x)); } expr
                                        { DO(build_partial_end(B, @expr, $expr.o)); }
;

/* ---- solvers ---- */

solver:
  extremum { DO(build_solver_begin(B, @extremum, $extremum)); } solved over subject with
                                        { DO(build_solver_end(B, @$, $with)); }
| FIT { DO(build_solver_begin(B, @FIT, SOLVE_FIT)); } solved TILDE solved over subject with
                                        { DO(build_solver_end(B, @$, $with)); }
| ROOT { DO(build_solver_begin(B, @ROOT, SOLVE_ROOT)); } roots over with
                                        { DO(build_solver_end(B, @$, $with)); }
;
extremum: MINIMIZE { $$ = SOLVE_MINIMIZE; } | MAXIMIZE { $$ = SOLVE_MAXIMIZE; } ;
solved: expr                            { DO(build_solver_expression(B, @expr, $expr.o)); } ;
roots: solved | roots COMMA solved ;
over: OVER names                        { DO(build_solver_over(B, $names)); } ;
subject: %empty | SUBJECT TO constraints ;
constraints: constraint | constraints COMMA constraint ;
constraint: expr                        { DO(build_solver_constraint(B, @expr, $expr.o)); } ;
with: %empty { $$ = 0; } | WITH options { $$ = $options; } ;
options: option { $$ = 1; } | options COMMA option { $$ = $1 + 1; } ;
option: NAME ASSIGN expr                { DO(build_push_named(B, @$, $NAME, $expr.o)); } ;

/* ---- lists ---- */

items_printed: printed { $$ = 1; } | items_printed COMMA printed { $$ = $1 + 1; } ;
printed: expr                           { DO(build_push_operand(B, @expr, $expr.o)); } | literal ;
literal: TEXT                           { DO(build_push_text(B, @TEXT, p->literal, p->literal_length)); } ;

exprs:
  expr                                  { DO(build_push_operand(B, @expr, $expr.o)); $$ = 1; }
| exprs COMMA expr                      { DO(build_push_operand(B, @expr, $expr.o)); $$ = $1 + 1; }
;

/* ---- arguments ---- */

arguments: %empty { $$ = 0; } | names { DO(build_names_to_operands(B, $names)); $$ = $names; } | args ;

/* At least one is no bare name; the names before it become operands when it comes. */
args:
  nonname                               { DO(build_push_operand(B, @1, $1.o)); $$ = 1; }
| named                                 { DO(build_push_named(B, @1, $1.name, $1.o)); $$ = 1; }
| literal                               { $$ = 1; }
| names COMMA nonname
  {
      DO(build_names_to_operands(B, $names));
      DO(build_push_operand(B, @3, $3.o));
      $$ = $names + 1;
  }
| names COMMA named
  {
      DO(build_names_to_operands(B, $names));
      DO(build_push_named(B, @3, $3.name, $3.o));
      $$ = $names + 1;
  }
| names_then literal                    { $$ = $1 + 1; }
| args COMMA argument                   { $$ = $1 + 1; }
;
names_then: names COMMA                 { DO(build_names_to_operands(B, $names)); $$ = $names; } ;
named: NAME ASSIGN expr                 { $$ = (named){$NAME, $expr.o}; } ;
argument:
  expr                                  { DO(build_push_operand(B, @1, $1.o)); }
| named                                 { DO(build_push_named(B, @1, $1.name, $1.o)); }
| literal
;

/* ---- expressions ---- */

expr: nonname %prec BARE | NAME %prec BARE { $$ = RESULT(build_name(B, @NAME, $NAME)); } ;

nonname:
  NUMBER                                { $$ = RESULT(build_number(B, @$, $NUMBER)); }
| LPAR expr RPAR                        { $$ = (expression){.o = $expr.o}; }
| LBRACKET RBRACKET                     { $$ = RESULT(build_list(B, @$, 0)); }
| LBRACKET exprs RBRACKET               { $$ = RESULT(build_list(B, @$, $exprs)); }
| LBRACKET exprs COMMA RBRACKET         { $$ = RESULT(build_list(B, @$, $exprs)); }
| NAME LBRACKET subscripts RBRACKET
  {
      operand x = GET(build_name(B, @NAME, $NAME));
      $$ = RESULT(build_index(B, @$, x, $subscripts));
  }
| nonname LBRACKET subscripts RBRACKET  { $$ = RESULT(build_index(B, @$, $1.o, $subscripts)); }
| NAME TRANSPOSE
  {
      operand x = GET(build_name(B, @NAME, $NAME));
      $$ = RESULT(build_transpose(B, @$, x));
  }
| nonname TRANSPOSE                     { $$ = RESULT(build_transpose(B, @$, $1.o)); }
| NAME LPAR RPAR                        { $$ = RESULT(build_call(B, @$, @NAME, $NAME, 0)); }
| NAME LPAR names RPAR
  {
      DO(build_names_to_operands(B, $names));
      $$ = RESULT(build_call(B, @$, @NAME, $NAME, $names));
  }
| NAME LPAR args RPAR                   { $$ = RESULT(build_call(B, @$, @NAME, $NAME, $args)); }
| NAME PRIMES LPAR arguments RPAR
                        { $$ = RESULT(build_derivative_call(B, @$, @NAME, $NAME, $PRIMES, $arguments)); }
| expr POW expr                         { $$ = RESULT(build_binary(B, @$, OP_POW, $1.o, $3.o)); }
| MINUS expr %prec UNARY                { $$ = RESULT(build_unary(B, @$, OP_NEG, $2.o)); }
| NOT expr %prec UNARY                  { $$ = RESULT(build_unary(B, @$, OP_NOT, $2.o)); }
| PLUS expr %prec UNARY                 { $$ = $2; }
| expr MUL expr                         { $$ = RESULT(build_binary(B, @$, $2, $1.o, $3.o)); }
| expr MATMUL expr                      { $$ = RESULT(build_matmul(B, @$, $1.o, $3.o)); }
| expr PLUS expr                        { $$ = RESULT(build_binary(B, @$, OP_ADD, $1.o, $3.o)); }
| expr MINUS expr                       { $$ = RESULT(build_binary(B, @$, OP_SUB, $1.o, $3.o)); }
| expr COMPARE expr
  { $$ = (expression){GET(build_compare(B, @$, $2, $1.o, $3.o, $1.compares)), true}; }
| expr AND <u32>{ $$ = GET(build_and_begin(B, join(@1, @2), $1.o)); }[mark] expr
  { $$ = RESULT(build_and_end(B, $mark, $4.o)); }
| expr OR <u32>{ $$ = GET(build_or_begin(B, join(@1, @2), $1.o)); }[mark] expr
  { $$ = RESULT(build_or_end(B, $mark, $4.o)); }
| expr CHOOSE <u32>{ $$ = GET(build_choose_begin(B, @1, $1.o)); }[mark] expr
  COLON <u32>{ $$ = GET(build_choose_else(B, $mark, $4.o)); }[other] expr %prec CHOOSE
  { $$ = RESULT(build_choose_end(B, $other, $7.o)); }
;

subscripts: subscript { $$ = 1; } | subscripts COMMA subscript { $$ = $1 + 1; } ;
subscript:
  expr                                  { DO(build_subscript(B, @$, $expr.o)); }
| bound[from] COLON bound[to]           { DO(build_slice(B, @$, slice($from, $to, (bound){0}))); }
| bound[from] COLON bound[to] COLON bound[step]
                                        { DO(build_slice(B, @$, slice($from, $to, $step))); }
;
bound: %empty { $$ = (bound){0}; } | expr { $$ = (bound){$expr.o, true}; } ;

%%

/* Bison's own messages.  Syntax errors come through gt_parse_report_syntax_error below; what is left is a
 * stack of YYMAXDEPTH places that is full. */
static void gt_parse_error(const span *at, parsing *p, const char *message) {
    (void)message;
    syntax_too_deep(p, *at);
}

/* Token kinds follow each other as the parser's symbols do. */
enum { KIND_OF_SYMBOL = (int)T_NUMBER - (int)YYSYMBOL_NUMBER };
_Static_assert((int)T_START_NAMES - (int)YYSYMBOL_START_NAMES == KIND_OF_SYMBOL, "declare tokens in one run");

static int kind_of(yysymbol_kind_t symbol) {
    return symbol == YYSYMBOL_YYEOF ? T_EOF : (int)symbol + KIND_OF_SYMBOL;
}

static int yyreport_syntax_error(const yypcontext_t *context, parsing *p) {
    yysymbol_kind_t symbols[YYNTOKENS];
    int kinds[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, symbols, YYNTOKENS);
    for (int i = 0; i < count; i++) kinds[i] = kind_of(symbols[i]);
    syntax_unexpected(p, kind_of(yypcontext_token(context)), *yypcontext_location(context), kinds, count);
    return 0;
}

bool grammar_may_end(yypstate *machine) {
    yysymbol_kind_t symbols[YYNTOKENS];
    int count = yypstate_expected_tokens(machine, symbols, YYNTOKENS);
    for (int i = 0; i < count; i++)
        if (symbols[i] == YYSYMBOL_YYEOF) return true;
    return false;
}

void grammar_expected(yypstate *machine, void (*each)(void *user, const char *token), void *user) {
    yysymbol_kind_t symbols[YYNTOKENS];
    int count = yypstate_expected_tokens(machine, symbols, YYNTOKENS);
    for (int i = 0; i < count; i++) each(user, yysymbol_name(symbols[i]));
}
