/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diag.h - program texts, places in them, and what is said about them.
 *
 * Layer: base.
 *
 * All texts of a session lie end to end in one range of positions, so that a place is two
 * numbers.  Positions are byte offsets; line and column (in characters, from 1) are worked
 * out when an error is shown.
 *
 *     position  0 ........ 41 | 42 ........ 99 | 100 ...
 *     source      "-e" no. 0  |  "model.gt"    |  REPL line
 */
#ifndef GTAPE_DIAG_H
#define GTAPE_DIAG_H

#include "base/text.h"

typedef struct span {
    u32 begin, end; /* end is behind the last byte */
} span;

#define NO_SPAN ((span){UINT32_MAX, UINT32_MAX})

typedef struct source {
    char *name;  /* a path, "-e", "<stdin>", "--at", "<line 3>" */
    char *bytes; /* a copy, two NULs behind it */
    u32 base;    /* the position of its first byte */
    u32 length;
    u32 lines_before; /* of the file, where the text is an excerpt */
} source;

typedef ARRAY(source) source_list;

/* Keeps a copy of the text and returns its number.  Raises FAULT_MEMORY beyond 4 GiB. */
u32 source_add(source_list *list, const char *name, const char *bytes, size_t length);
/* The same for part of a file, which begins behind so many lines: an error shows it with its true number. */
u32 source_add_excerpt(source_list *list, const char *name, const char *bytes, size_t length,
                       u32 lines_before);
/* The source that a position lies in, or NULL. */
const source *source_of(const source_list *list, u32 position);
void source_free(source_list *list);

typedef struct place {
    const char *file;
    u32 line, column; /* from 1, columns in characters */
    const char *text; /* the line's bytes, not terminated */
    size_t text_length;
    size_t offset; /* of the place within the line, in bytes */
} place;

/* False where the position belongs to no source. */
bool source_place(const source_list *list, u32 position, place *out);

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

/* Codes keep their number and meaning for ever: diag.def. */
enum diag_code {
#define DIAG(name, number, status, meaning) DIAG_##name = number,
#include "base/diag.def"
#undef DIAG
};

typedef struct related {
    span at;
    char *message;
} related;

typedef struct diagnostic {
    enum diag_code code;
    enum severity severity;
    span at;                /* NO_SPAN: said about the command line or the run as a whole */
    char *message;          /* control bytes are escaped already */
    char *hint;             /* what to write instead, or NULL */
    ARRAY(related) related; /* "opened here", the call chain */
} diagnostic;

typedef ARRAY(diagnostic) diagnostic_list;

/* Appends and returns the new one, valid until the next is added. */
diagnostic *diag_add(diagnostic_list *list, enum severity severity, enum diag_code code, span at,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));
diagnostic *diag_vadd(diagnostic_list *list, enum severity severity, enum diag_code code, span at,
                      const char *format, va_list ap) __attribute__((format(printf, 5, 0)));
void diag_hint(diagnostic *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void diag_relate(diagnostic *d, span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_clear(diagnostic_list *list);
/* Drops all but the first `count`. */
void diag_cut(diagnostic_list *list, size_t count);
/* Whether one behind the first `from` has the code. */
bool diag_has(const diagnostic_list *list, size_t from, enum diag_code code);

/* The exit status that an error of this code means (LANGUAGE: 1, 2 or 3). */
int diag_status(enum diag_code code);

/* The usual form: FILE:LINE:COLUMN: error: what, the line, a caret under the place (counted in
 * characters, wide ones as two columns), the hint, the related places. */
void diag_render(const diagnostic *d, const source_list *sources, bool color, text *out);

/* Adds text with control bytes, and bytes that are no UTF-8, as \x1b and the like. */
void text_escape(text *out, const char *bytes, size_t length);

#endif
