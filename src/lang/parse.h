/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse.h - runs the scanner and the grammar over a source.
 *
 * Layer: lang.  Implemented in parse.c and in the epilogue of grammar/parse.y. */
#ifndef GTAPE_PARSE_H
#define GTAPE_PARSE_H

#include "lang/build.h"

enum parse_start {
    PARSE_PROGRAM,
    PARSE_BINDINGS, /* --at: x=5,y=[1,2], z = 3 +/- 0.1 : each a build_assign or build_uncertain */
    PARSE_NAMES,    /* --wrt: x, ${adjusted CO2} : pushes names, calls build_names_parsed */
};

enum parse_status { PARSE_DONE, PARSE_INCOMPLETE, PARSE_FAILED };

/* Parses the whole of a source that was added to the build's list.  Errors are on the build's list of
 * diagnostics.  With `prompt`, a text that could go on (open brackets, a block, a binary operator at
 * the end) gives PARSE_INCOMPLETE and no diagnostics; the caller takes the build back to its mark,
 * reads another line, and comes again with the longer text. */
enum parse_status parse_source(build *b, const source *text, enum parse_start start, bool prompt);

/* What may stand at the end of this (unfinished) text: calls `each` for every expected token, by its
 * name in the grammar ("name", "number", ")", "in", ...).  Builds nothing that lasts. */
void parse_expected(build *b, const source *text, void (*each)(void *user, const char *token), void *user);

/* Nesting of brackets, blocks and operators in one program text.  The parser's stack, which is on the heap,
 * has room for that many of those that take most: 8 places for `for`, its variable, `in`, a tensor, what the
 * build keeps, line ends, { and the statements so far, or for the third bound of a slice.  Brackets and
 * blocks are counted besides; of operators, which take fewer, more may fit. */
enum { PARSE_DEPTH_LIMIT = 1000000, PARSE_PLACES = 8 * PARSE_DEPTH_LIMIT + 100 };
/* The longest name, number or text. */
enum { TOKEN_LIMIT = 65536 };

#endif
