/* session_unit.h - what tests of whole programs share: a session at a time, what it printed, what it said.
 *
 * A session lives until the next begin_session(). */
#ifndef GTAPE_SESSION_UNIT_H
#define GTAPE_SESSION_UNIT_H

#include "tests/unit/unit.h"

#include "base/text.h"
#include "lib/gtape.h"

#include <math.h>
#include <string.h>

static gtape *session;
static text printed;
static text wrong; /* what rows of tables have got wrong; all of them are told at the end */

__attribute__((unused)) static void keep_printed(void *user, const char *bytes, size_t length) {
    text_add(user, bytes, length);
}

__attribute__((unused)) static void end_session(void) {
    gtape_free(session);
    session = NULL;
    text_free(&printed);
    text_free(&wrong);
}

__attribute__((unused)) static void begin_session(void) {
    gtape_free(session);
    text_clear(&printed);
    session = gtape_new();
    ck_assert_ptr_nonnull(session);
    gtape_on_print(session, keep_printed, &printed);
}

/* All that was said, as the command shows it. */
__attribute__((unused)) static const char *all_said(void) {
    static char said[4096];
    said[0] = '\0';
    for (size_t i = 0; i < gtape_diagnostic_count(session); i++)
        strncat(said, gtape_diagnostic_text(session, i, 0), sizeof said - strlen(said) - 1);
    return said;
}

/* A new session with this program, after its run. */
__attribute__((unused)) static gtape_status run_program(const char *program) {
    begin_session();
    gtape_status status = gtape_add(session, "-e", program, GTAPE_ALL);
    return status == GTAPE_OK ? gtape_run(session) : status;
}

/* What the program prints. */
__attribute__((unused)) static const char *output_of(const char *program) {
    gtape_status status = run_program(program);
    ck_assert_msg(status == GTAPE_OK, "%s\nstatus %d: %s", program, status, all_said());
    return text_str(&printed);
}

/* What the program prints: the shortest digits that read back the same. */
#define PRINTS(program, expected)                                                                            \
    do {                                                                                                     \
        const char *output_ = output_of(program);                                                            \
        ck_assert_msg(strcmp(output_, expected) == 0, "%s\nprinted %s\nand not %s", program, output_,        \
                      (const char *)expected);                                                               \
    } while (0)

typedef struct saying {
    const char *program;
    int code;
    unsigned line, column;
    const char *part; /* of the message */
} saying;

#define WRONG(...) text_printf(&wrong, __VA_ARGS__)

__attribute__((unused)) static void check_nothing_wrong(void) {
    ck_assert_msg(wrong.length == 0, "%s", text_str(&wrong));
}

static void check_saying(const saying *s, const gtape_diagnostic *d, bool whole) {
    bool same = whole ? strcmp(d->message, s->part) == 0 : strstr(d->message, s->part) != NULL;
    if (d->code == s->code && d->line == s->line && d->column == s->column && same) return;
    WRONG("%s\n    should be %d at %u:%u, '%s'\n    and is %d at %u:%u, '%s'\n", s->program, s->code, s->line,
          s->column, s->part, d->code, d->line, d->column, d->message);
}

/* The program fails with this status; its first error has this code, place and text. */
__attribute__((unused)) static void check_error(const saying *s, gtape_status expected) {
    gtape_status status = run_program(s->program);
    if (status != expected) WRONG("%s\n    status %d, not %d\n", s->program, status, expected);
    for (size_t i = 0; i < gtape_diagnostic_count(session); i++) {
        gtape_diagnostic d = gtape_diagnostic_at(session, i);
        if (d.severity == GTAPE_ERROR) {
            check_saying(s, &d, false);
            return;
        }
    }
    WRONG("%s\n    says nothing\n", s->program);
}

/* The program runs, and says exactly this one note. */
__attribute__((unused)) static void check_note(const saying *s) {
    gtape_status status = run_program(s->program);
    if (status != GTAPE_OK || gtape_diagnostic_count(session) != 1) {
        WRONG("%s\n    status %d, should say one thing and says: %s\n", s->program, status, all_said());
        return;
    }
    gtape_diagnostic d = gtape_diagnostic_at(session, 0);
    if (d.severity != GTAPE_NOTE) WRONG("%s\n    should be a note\n", s->program);
    check_saying(s, &d, true);
}

#endif
