/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz.h - what the fuzz targets share: a requirement that stops the fuzzer, sessions with limits, and what
 * holds of every diagnostic.
 *
 * A target is one file with LLVMFuzzerTestOneInput; tests/fuzz/run builds and runs them. */
#ifndef GTAPE_FUZZ_H
#define GTAPE_FUZZ_H

#include "lib/gtape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, in every build; what follows the condition says which values parted. */
#define REQUIRE(condition, ...)                                                                              \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #condition);                          \
            fprintf(stderr, __VA_ARGS__);                                                                    \
            fputc('\n', stderr);                                                                             \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* A session that no program of a few kilobytes can keep busy for long. */
__attribute__((unused)) static gtape *limited_session(void) {
    gtape *g = gtape_new();
    REQUIRE(g, "no session");
    gtape_set(g, "max-ops", "3000");
    gtape_set(g, "max-memory", "100000000");
    gtape_set(g, "timeout", "5");
    return g;
}

/* No byte that would steer a terminal reaches it: of control characters only line ends and tabs. */
__attribute__((unused)) static void require_plain(const char *text) {
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        REQUIRE(*c >= ' ' || *c == '\n' || *c == '\t', "byte %#x in: %s", *c, text);
    REQUIRE(!strstr(text, "\xe2\x80\xae"), "a turning mark in: %s", text);
}

/* A status that tells of an error comes with an error to read, and only then; every text can be shown.
 * `from`: how many diagnostics there were before the call. */
__attribute__((unused)) static void require_told(gtape *g, gtape_status status, size_t from) {
    size_t errors = 0;
    for (size_t i = from; i < gtape_diagnostic_count(g); i++) {
        gtape_diagnostic d = gtape_diagnostic_at(g, i);
        errors += d.severity == GTAPE_ERROR;
        require_plain(gtape_diagnostic_text(g, i, 0));
        (void)gtape_diagnostic_text(g, i, 1);
    }
    bool fails = status == GTAPE_FAILED || status == GTAPE_BAD_PROGRAM || status == GTAPE_BAD_DATA;
    REQUIRE(fails == (errors > 0), "status %d with %zu errors", status, errors);
}

/* A copy of input with a NUL behind it. */
__attribute__((unused)) static char *copy_text(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    REQUIRE(text, "no memory");
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
