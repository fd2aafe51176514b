/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_options.c - the command line: a line of the input is a word of it.  What options_parse takes is handed
 * to a session as the command would, but no file is touched. */
#include "fuzz.h"

#include "cli/names.h"
#include "cli/options.h"
#include "cli/run.h"

enum { MOST_WORDS = 64 };

static void use_session(const struct options *o) {
    gtape *g = limited_session();
    gtape_status status = GTAPE_OK;
    for (size_t i = 0; i < o->source_count && !status; i++)
        if (o->sources[i].kind == SOURCE_EXPRESSION)
            status = gtape_add(g, "-e", o->sources[i].text, GTAPE_ALL);
    for (size_t i = 0; i < o->at_count && !status; i++) status = gtape_at(g, o->at[i]);
    if (!status && o->wrt) status = gtape_wrt(g, o->wrt);
    if (!status && o->of) status = gtape_of(g, o->of);
    if (!status && o->unconnected) status = gtape_set(g, "unconnected", o->unconnected);
    REQUIRE(!o->unconnected || status != GTAPE_BAD_PROGRAM || gtape_diagnostic_count(g), "--unconnected");
    if (!status && o->coverage) (void)gtape_set(g, "coverage", o->coverage);
    if (!status && o->seed) REQUIRE(gtape_set(g, "seed", o->seed) == GTAPE_OK, "--seed %s", o->seed);
    if (!status) status = gtape_run(g);
    require_told(g, status, 0);
    for (size_t i = 0; i < gtape_target_count(g); i++) {
        gtape_value v = gtape_target_value(g, i);
        char number[GTAPE_NUMBER_ROOM];
        for (size_t k = 0; k < v.size && k < 8; k++) gtape_number_text(number, v.data[k], o->number);
    }
    gtape_free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = copy_text(data, size), *words[MOST_WORDS + 2] = {(char *)"gtape"};
    int count = 1;
    for (char *word = text; word && count <= MOST_WORDS;) {
        char *end = strchr(word, '\n');
        if (end) *end = '\0';
        words[count++] = word;
        word = end ? end + 1 : NULL;
    }
    struct options o;
    if (options_parse(&o, count, words) && !o.help && !o.version) {
        for (size_t i = 0; i < o.data_count; i++) (void)data_path(o.data[i]);
        use_session(&o);
    }
    options_free(&o);
    free(text);
    return 0;
}
