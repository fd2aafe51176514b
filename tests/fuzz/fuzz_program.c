/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_program.c - scanner, parser and build: any bytes are a program, an unfinished one, or an error that
 * can be shown; a session that refused a text works on. */
#include "fuzz.h"

static void ignore(void *user, const char *token) {
    (void)user;
    require_plain(token);
}

static void add_whole(const char *text, size_t size) {
    gtape *g = limited_session();
    gtape_status status = gtape_add(g, "fuzz", text, size);
    require_told(g, status, 0);
    gtape_clear_diagnostics(g);
    REQUIRE(gtape_add(g, "after", "after_ = 1", GTAPE_ALL) == GTAPE_OK, "refused after status %d", status);
    const char *formulas;
    static const char *const forms[] = {"symbolic", "latex", "c"};
    for (int i = 0; i < 3 && status == GTAPE_OK && size < 300; i++) (void)gtape_show(g, forms[i], &formulas);
    gtape_free(g);
}

/* Line after line, as at a prompt. */
static void expect_at_prompt(const char *text) {
    gtape *g = limited_session();
    gtape_expected(g, text, ignore, NULL);
    gtape_status status = gtape_at(g, text);
    require_told(g, status, 0);
    gtape_clear_diagnostics(g);
    status = gtape_wrt(g, text);
    require_told(g, status, 0);
    gtape_free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = copy_text(data, size);
    add_whole(text, size);
    expect_at_prompt(text);
    free(text);
    return 0;
}
