/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complain.h"
#include "cli/data_input.h"
#include "cli/names.h"

const struct option_row option_table[OPTION_COUNT] = {
#define OPTION(id, name, letter, argument, group, help) {name, letter, argument, GROUP_##group, help},
#include "cli/options.def"
#undef OPTION
};

static const char *option_name_at(const void *user, size_t index) {
    (void)user;
    return option_table[index].name;
}

/* ---- values ---- */

/* A whole number in [least, most], and nothing else in the text. */
static bool parse_whole(const char *text, uint64_t least, uint64_t most, uint64_t *out) {
    uint64_t value = 0;
    if (!*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        unsigned digit = (unsigned)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *out = value;
    return value >= least && value <= most;
}

static bool take_whole(enum option_id id, const char *text, uint64_t least, uint64_t most, uint64_t *out) {
    if (parse_whole(text, least, most, out)) return true;
    complain("option '--%s' takes a whole number from %llu to %llu, not '%s'", option_table[id].name,
             (unsigned long long)least, (unsigned long long)most, text);
    return false;
}

/* Bytes, as 65536, 64k, 500M, 2G. */
static bool take_size(enum option_id id, const char *text, size_t *out) {
    enum { LEAST = 1 << 16 };
    static const char units[] = "kMG";
    size_t length = strlen(text);
    const char *unit = length ? strchr(units, text[length - 1]) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    char digits[24] = "";
    uint64_t n = 0;
    if (unit) length--;
    if (length < sizeof digits) memcpy(digits, text, length);
    if (parse_whole(digits, 1, (PTRDIFF_MAX / 2) >> shift, &n) && n << shift >= LEAST) {
        *out = (size_t)(n << shift);
        return true;
    }
    complain("option '--%s' takes a number of bytes from 64k on, as 500M, not '%s'", option_table[id].name,
             text);
    return false;
}

static bool take_seconds(enum option_id id, const char *text, double *out) {
    char *end;
    bool is_number = *text >= '0' && *text <= '9' && strlen(text) == strspn(text, "0123456789.");
    *out = is_number ? strtod(text, &end) : 0; /* the locale's point is ., as everywhere in gtape */
    if (is_number && *end == '\0' && *out > 0 && *out <= 1e9) return true;
    complain("option '--%s' takes seconds in digits, above 0 and up to 1000000000, not '%s'",
             option_table[id].name, text);
    return false;
}

int options_find_word(const char *words, const char *text) {
    size_t length = strlen(text);
    int index = 0;
    for (const char *w = words; w; index++) {
        size_t n = strcspn(w, "|");
        if (n == length && memcmp(w, text, n) == 0) return index;
        w = w[n] ? w + n + 1 : NULL;
    }
    return -1;
}

/* The index of text in the words "a|b|c", or a complaint and -1. */
static int take_word(enum option_id id, const char *words, const char *text) {
    int index = options_find_word(words, text);
    if (index >= 0) return index;
    complain("option '--%s' takes %s, not '%s'", option_table[id].name, words, text);
    return -1;
}

static bool no_memory(void) {
    complain("memory exhausted");
    return false;
}

/* Appends ",more" to a list of names. */
static bool join(enum option_id id, char **list, const char *more) {
    if (!*more) {
        complain("option '--%s' needs at least one name", option_table[id].name);
        return false;
    }
    size_t old = *list ? strlen(*list) + 1 : 0, length = strlen(more);
    char *grown = realloc(*list, old + length + 1);
    if (!grown) return no_memory();
    if (old) grown[old - 1] = ',';
    memcpy(grown + old, more, length + 1);
    *list = grown;
    return true;
}

/* An option whose first argument would be passed over. */
static bool take_once(enum option_id id, const char **out, const char *value) {
    if (*out) complain("option '--%s' is given twice: one of them", option_table[id].name);
    else *out = value;
    return *out == value;
}

static bool take_file_name(enum option_id id, const char **out, const char *name) {
    if (!*name) {
        complain("option '--%s' needs the name of a file", option_table[id].name);
        return false;
    }
    *out = name;
    return true;
}

static void add_source(struct options *o, enum source_kind kind, const char *text) {
    o->sources[o->source_count++] = (struct source){kind, text};
}

/* One byte that can stand between fields: tab may be written \t. */
static bool take_separator(struct options *o, const char *text) {
    char c = strcmp(text, "\\t") == 0 ? '\t' : text[0];
    bool is_one = c && (c == '\t' || !text[1]);
    bool can_be = c == '\t' || (c >= ' ' && c <= '~' && !strchr("{\"+-.", c) && !(c >= '0' && c <= '9') &&
                                !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'));
    if (is_one && can_be) o->separator = c;
    else complain("option '--separator' takes one character that is no part of a number, not '%s'", text);
    return is_one && can_be;
}

const char *show_name(enum show show) {
    static const char *const forms[] = {"symbolic", "latex", "c", "tape", "graph", "gnuplot"};
    return forms[show - SHOW_FORMS];
}

/* ---- one option ---- */

bool options_tolerance(const char *text, double *out) {
    char *end;
    if (!text || !*text) {
        *out = 1e-6;
        return true;
    }
    *out = strtod(text, &end);
    return *end == '\0' && *out > 0 && *out < 1;
}

static bool take_tolerance(struct options *o, const char *value) {
    if (!(value && !*value) && options_tolerance(value, &o->check)) return true;
    complain("option '--check' takes a tolerance between 0 and 1, not '%s'", value);
    return false;
}

/* The last of --digits and --hex wins, as the last of a repeated option does. */
static bool apply(struct options *o, enum option_id id, const char *value) {
    const char *path;
    uint64_t n;
    int word;
    switch (id) {
    case OPTION_EXPRESSION: add_source(o, SOURCE_EXPRESSION, value); return true;
    case OPTION_AT: o->at[o->at_count++] = value; return true;
    case OPTION_DATA: o->data[o->data_count++] = value; return take_file_name(id, &path, data_path(value));
    case OPTION_BY: return take_once(id, &o->by, value);
    case OPTION_ROWS: return take_file_name(id, &path, value) && take_once(id, &o->rows, value);
    case OPTION_INPUT:
        word = take_word(id, "csv|tsv|jsonl|ssv", value);
        if (word >= 0) o->input = ",\t{ "[word];
        return word >= 0;
    case OPTION_SEPARATOR: return take_separator(o, value);
    case OPTION_SWEEP: o->sweep[o->sweep_count++] = value; return true;
    case OPTION_NA_STRINGS: o->na_strings = value; return true;
    case OPTION_REDUCE:
        word = take_word(id, "sum|mean", value);
        if (word >= 0) o->reduce = word + 1;
        return word >= 0;
    case OPTION_LINE_BUFFERED: o->line_buffered = true; return true;
    case OPTION_PROGRESS:
        word = value ? take_word(id, "auto|always|never", value) : COLOR_ALWAYS;
        if (word >= 0) o->progress = (enum color_when)word;
        return word >= 0;
    case OPTION_NO_HEADER: o->no_header = true; return true;
    case OPTION_KEEP: o->keep = value ? value : ""; return true;
    case OPTION_ON_ERROR: o->on_error = take_word(id, "stop|skip|blank", value); return o->on_error >= 0;
    case OPTION_WRT: return join(id, &o->wrt, value);
    case OPTION_OF: return join(id, &o->of, value);
    case OPTION_SEED: o->seed = value; return take_whole(id, value, 0, UINT64_MAX, &n);
    case OPTION_THREADS: o->threads = value; return take_whole(id, value, 1, 64, &n);
    case OPTION_MAX_OPS: o->max_ops = value; return take_whole(id, value, 1, INT64_MAX, &n);
    case OPTION_MAX_MEMORY: return take_size(id, value, &o->max_memory);
    case OPTION_TIMEOUT: o->timeout = value; return take_seconds(id, value, &o->timeout_seconds);
    case OPTION_UNCONNECTED: o->unconnected = value; return take_word(id, "none|zero|error", value) >= 0;
    case OPTION_COVERAGE: o->coverage = value; return true;
    case OPTION_SAMPLES: o->samples = value; return true;
    case OPTION_CHECK: return take_tolerance(o, value);
    case OPTION_STRICT: o->strict = true; return true;
    case OPTION_SHOW:
        word = take_word(id, option_table[id].argument, value); /* in the order of enum show */
        if (word >= 0) o->show = (enum show)word;
        return word >= 0;
    case OPTION_PLOT: o->plot = value; return true;
    case OPTION_HESSIAN: o->hessian = true; return true;
    case OPTION_FORMAT:
        word = take_word(id, "text|json|jsonl|csv|tsv|npy", value);
        if (word >= 0) o->format = (enum report_format)word;
        o->format_given = true;
        return word >= 0;
    case OPTION_DIGITS:
        if (!take_whole(id, value, 1, 17, &n)) return false;
        o->number = (gtape_number_format){.digits = (int)n};
        return true;
    case OPTION_HEX: o->number = (gtape_number_format){.hex = 1}; return true;
    case OPTION_FULL: o->full = true; return true;
    case OPTION_OUTPUT: return take_file_name(id, &o->output, value);
    case OPTION_COLOR:
        word = value ? take_word(id, "auto|always|never", value) : COLOR_ALWAYS;
        if (word >= 0) o->color = (enum color_when)word;
        return word >= 0;
    case OPTION_STATS: o->stats = true; return true;
    case OPTION_INTERACTIVE: o->interactive = true; return true;
    case OPTION_QUIET: o->quiet = true; return true;
    case OPTION_NO_INIT: o->no_init = true; return true;
    case OPTION_HELP:
        o->help = true;
        o->help_all = value != NULL;
        return !value || take_word(id, "all", value) >= 0;
    case OPTION_VERSION: o->version = true; return true;
    case OPTION_COUNT: break;
    }
    return false;
}

/* ---- the loop over argv ---- */

struct cursor {
    int argc, index;
    char **argv;
};

static bool takes_argument(const struct option_row *row) {
    return row->argument[0] && row->argument[0] != '[';
}

/* The argument of an option that needs one: what is attached, else the next word, whatever it looks like. */
static bool with_argument(struct options *o, struct cursor *c, enum option_id id, const char *attached) {
    const struct option_row *row = &option_table[id];
    if (attached) return apply(o, id, attached);
    if (c->index < c->argc) return apply(o, id, c->argv[c->index++]);
    complain("option '--%s' needs an argument, %s", row->name, row->argument);
    return false;
}

static bool unknown_option(const char *dashes, const char *name, int length, const char *near) {
    if (near) complain("unknown option '%s%.*s'; did you mean '--%s'?", dashes, length, name, near);
    else complain("unknown option '%s%.*s'", dashes, length, name);
    return false;
}

static int find_long(const char *name, size_t length) {
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strlen(option_table[i].name) == length && memcmp(option_table[i].name, name, length) == 0)
            return i;
    return -1;
}

/* Names are compared up to this length; a longer one has no near name. */
enum { NAME_ROOM = 64 };

/* Whether the word behind --keep is its list: no option, and no program. */
static bool is_list(const char *word) {
    size_t length = strlen(word);
    return length && word[0] != '-' && !strchr(word, '/') &&
           !(length > 3 && strcmp(word + length - 3, ".gt") == 0);
}

static bool parse_long(struct options *o, struct cursor *c, const char *word) {
    size_t length = strcspn(word, "=");
    const char *attached = word[length] ? word + length + 1 : NULL;
    int id = find_long(word, length);
    if (id < 0) {
        char name[NAME_ROOM] = "";
        if (length < sizeof name) memcpy(name, word, length);
        return unknown_option("--", word, length < 4096 ? (int)length : 4096,
                              nearest_name(name, OPTION_COUNT, option_name_at, NULL));
    }
    const struct option_row *row = &option_table[id];
    if (takes_argument(row)) return with_argument(o, c, (enum option_id)id, attached);
    if (attached && !row->argument[0]) {
        complain("option '--%s' takes no argument", row->name);
        return false;
    }
    if (id == OPTION_KEEP && !attached && c->index < c->argc && is_list(c->argv[c->index]))
        attached = c->argv[c->index++];
    return apply(o, (enum option_id)id, attached);
}

/* Letters may stand together, the last one with its argument: -qe PROGRAM, -eq. */
static bool parse_letters(struct options *o, struct cursor *c, const char *word) {
    for (const char *letter = word; *letter; letter++) {
        int id = 0;
        while (id < OPTION_COUNT && option_table[id].letter != *letter) id++;
        if (id == OPTION_COUNT) {
            unsigned long code;
            size_t length = utf8_next(letter, &code);
            /* -wrt: a long name with one dash */
            int same = letter == word ? find_long(word, strcspn(word, "=")) : -1;
            if (same >= 0)
                return unknown_option("-", word, (int)strlen(option_table[same].name),
                                      option_table[same].name);
            return unknown_option("-", letter, length ? (int)length : 1, NULL);
        }
        if (takes_argument(&option_table[id]))
            return with_argument(o, c, (enum option_id)id, letter[1] ? letter + 1 : NULL);
        if (!apply(o, (enum option_id)id, NULL)) return false;
    }
    return true;
}

static bool parse_words(struct options *o, struct cursor *c) {
    bool options_ended = false;
    while (c->index < c->argc) {
        const char *word = c->argv[c->index++];
        if (options_ended || word[0] != '-') {
            add_source(o, SOURCE_FILE, word);
        } else if (word[1] == '\0') {
            add_source(o, SOURCE_STDIN, word);
        } else if (strcmp(word, "--") == 0) {
            options_ended = true;
        } else if (word[1] == '-') {
            if (!parse_long(o, c, word + 2)) return false;
        } else if (!parse_letters(o, c, word + 1)) {
            return false;
        }
        if (o->help || o->version) return true;
    }
    return true;
}

bool options_parse(struct options *o, int argc, char **argv) {
    *o = (struct options){0};
    size_t room = argc > 0 ? (size_t)argc : 1;
    /* every word of argv gives at most one of each; -eX two: a source is never more than one word */
    o->sources = malloc((room + 1) * sizeof *o->sources);
    o->at = malloc(room * sizeof *o->at);
    o->data = malloc(room * sizeof *o->data);
    o->sweep = malloc(room * sizeof *o->sweep);
    if (!o->sources || !o->at || !o->data || !o->sweep) return no_memory();
    struct cursor c = {argc, 1, argv};
    if (parse_words(o, &c)) return true;
    complain_try_help();
    return false;
}

bool options_rows(const struct options *o) { return o->rows || o->sweep_count; }

void options_free(struct options *o) {
    free(o->sources);
    free(o->at);
    free(o->data);
    free(o->sweep);
    free(o->wrt);
    free(o->of);
}
