/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.c - the reader of csv.h. */
#include "data/csv.h"

#include "base/number.h"
#include "data/jsonl.h"

#include <string.h>

enum kind { PLAIN, SEPARATOR, QUOTE, LINE_END, NUL };

void csv_open(csv_reader *r, char separator) {
    memset(r, 0, sizeof *r);
    r->separator = separator;
    r->line = 1;
    r->kinds[(u8)separator] = SEPARATOR;
    if (separator == CSV_BLANKS) r->kinds['\t'] = SEPARATOR;
    r->kinds['"'] = QUOTE;
    r->kinds['\n'] = r->kinds['\r'] = LINE_END;
    r->kinds[0] = NUL;
}

void csv_close(csv_reader *r) {
    array_free(&r->fields);
    array_free(&r->keys);
    array_free(&r->members);
    text_free(&r->name);
    text_free(&r->brackets);
}

void csv_window(csv_reader *r, const char *bytes, size_t length, bool is_last) {
    r->next = bytes;
    r->end = bytes + length;
    r->is_last = is_last;
}

/* ---- records ---- */

static enum csv_status malformed(csv_reader *r, const char *at, const char *why) {
    r->fault = at;
    r->why = why;
    return CSV_MALFORMED;
}

/* Blanks separate fields or stand around quotes. */
static bool is_blank(const csv_reader *r, char c) {
    return (c == ' ' || c == '\t') && (r->kinds[(u8)c] == PLAIN);
}

static const char *skip_blanks(const csv_reader *r, const char *p) {
    while (p < r->end && is_blank(r, *p)) p++;
    return p;
}

static const char *skip_plain(const csv_reader *r, const char *p) {
    while (p < r->end && r->kinds[(u8)*p] == PLAIN) p++;
    return p;
}

/* Behind a line end at p, which may be two bytes; NULL where the window ends in between. */
static const char *behind_line_end(const csv_reader *r, const char *p) {
    if (*p == '\n') return p + 1;
    if (p + 1 < r->end) return p + 1 + (p[1] == '\n');
    return r->is_last ? p + 1 : NULL;
}

/* Goes from behind an opening quote to behind the closing one, counting lines. */
static enum csv_status close_quotes(csv_reader *r, const char **at) {
    const char *open = *at - 1;
    for (const char *p = *at; p < r->end; p++) {
        if (*p == '\0') return malformed(r, p, "a NUL byte");
        if (*p == '\n' || (*p == '\r' && p + 1 < r->end && p[1] != '\n')) r->line++;
        if (*p != '"') continue;
        if (p + 1 == r->end && !r->is_last) return CSV_MORE;
        if (p + 1 == r->end || p[1] != '"') {
            *at = p + 1;
            return CSV_RECORD;
        }
        p++;
    }
    return r->is_last ? malformed(r, open, "a quote that is never closed") : CSV_MORE;
}

/* One field from *at on; *at is then at what ends it, or at the window's end. */
static enum csv_status read_field(csv_reader *r, const char **at) {
    const char *begin = *at, *p = skip_plain(r, begin);
    bool quoted = p < r->end && r->kinds[(u8)*p] == QUOTE;
    if (quoted) {
        if (skip_blanks(r, begin) != p) return malformed(r, p, "a quote in the middle of a field");
        const char *inside = p + 1;
        enum csv_status status = close_quotes(r, &inside);
        if (status != CSV_RECORD) return status;
        p = skip_blanks(r, inside);
        if (p < r->end && (r->kinds[(u8)*p] == PLAIN || *p == '"'))
            return malformed(r, p, "text behind a closing quote (a quote within quotes is written twice)");
    }
    if (p < r->end && *p == '\0') return malformed(r, p, "a NUL byte");
    array_push(&r->fields, ((csv_field){begin, (size_t)(p - begin), quoted}));
    *at = p;
    return CSV_RECORD;
}

/* A run of blanks at either end of a line separates nothing. */
static const char *skip_separators(const csv_reader *r, const char *p) {
    while (p < r->end && r->kinds[(u8)*p] == SEPARATOR) p++;
    return p;
}

static enum csv_status read_record(csv_reader *r) {
    const char *p = r->next;
    for (;; p++) {
        if (r->separator == CSV_BLANKS) p = skip_separators(r, p);
        bool is_end = r->separator == CSV_BLANKS && (p == r->end || r->kinds[(u8)*p] == LINE_END);
        enum csv_status status = is_end ? CSV_RECORD : read_field(r, &p);
        if (status != CSV_RECORD) return status;
        if (p == r->end) {
            if (!r->is_last) return CSV_MORE;
            r->next = p;
            return CSV_RECORD;
        }
        if (r->kinds[(u8)*p] == SEPARATOR) continue;
        const char *behind = behind_line_end(r, p);
        if (!behind) return CSV_MORE;
        r->next = behind;
        r->line++;
        return CSV_RECORD;
    }
}

static const char utf8_mark[] = "\xef\xbb\xbf";

static bool begins_with_mark(const char *p, const char *end) {
    return end - p >= 3 && memcmp(p, utf8_mark, 3) == 0;
}

/* Steps over a byte order mark; CSV_RECORD: go on. */
static enum csv_status start(csv_reader *r) {
    size_t length = (size_t)(r->end - r->next);
    if (length < 3 && !r->is_last) return CSV_MORE;
    r->started = true;
    if (begins_with_mark(r->next, r->end)) r->next += 3;
    else if (length >= 2 && (memcmp(r->next, "\xff\xfe", 2) == 0 || memcmp(r->next, "\xfe\xff", 2) == 0)) {
        r->begin = r->next;
        r->first_line = 1;
        return malformed(r, r->next, "UTF-16 text; UTF-8 is needed");
    }
    return CSV_RECORD;
}

enum csv_status csv_next(csv_reader *r) {
    if (!r->started) {
        enum csv_status status = start(r);
        if (status != CSV_RECORD) return status;
    }
    for (const char *p;; r->line++) {
        p = r->separator == CSV_BLANKS ? skip_separators(r, r->next) : r->next;
        if (p == r->end) return r->is_last ? CSV_END : CSV_MORE;
        if (*p != '\n' && *p != '\r') break;
        const char *behind = behind_line_end(r, p);
        if (!behind) return CSV_MORE;
        r->next = behind;
    }
    r->begin = r->next;
    r->first_line = r->line;
    r->fields.count = 0;
    enum csv_status status = r->separator == CSV_JSON ? jsonl_read(r) : read_record(r);
    if (status == CSV_MORE) r->line = r->first_line; /* it is read again, from its start */
    return status;
}

/* ---- separators and places ---- */

/* A tab at the edge of a field can only be a blank: a separator would have ended the field. */
static bool is_edge(char c) { return c == ' ' || c == '\t'; }

static bool ends_with(const char *name, const char *ending) {
    size_t length = strlen(name), n = strlen(ending);
    if (length < n) return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[length - n + i];
        if (c >= 'A' && c <= 'Z') c = (char)(c + 'a' - 'A');
        if (c != ending[i]) return false;
    }
    return true;
}

static char separator_of_name(const char *name) {
    if (ends_with(name, ".tsv") || ends_with(name, ".tab")) return '\t';
    if (ends_with(name, ".csv")) return ',';
    if (ends_with(name, ".ssv")) return CSV_BLANKS;
    return ends_with(name, ".jsonl") || ends_with(name, ".ndjson") ? CSV_JSON : 0;
}

char csv_separator(const char *name, const char *bytes, size_t length, bool is_all) {
    char known = separator_of_name(name);
    if (known) return known;
    const char *p = bytes, *end = bytes + length;
    if (length < 3 && !is_all) return 0;
    if (begins_with_mark(p, end)) p += 3;
    while (p < end && (*p == '\n' || *p == '\r')) p++;
    const char *first = p;
    while (first < end && is_edge(*first)) first++;
    if (first < end && *first == '{') return CSV_JSON;
    bool tab = false, begins = true, quoted = false;
    for (; p < end && (quoted || (*p != '\n' && *p != '\r')); p++) {
        if (*p == '"') quoted = !quoted && begins; /* a doubled one opens again at once */
        else if (!quoted && *p == ',') return ',';
        else tab |= !quoted && *p == '\t';
        begins = *p == '"' || is_edge(*p);
    }
    if (p == end && !is_all) return 0;
    return tab ? '\t' : ',';
}

csv_place csv_place_of(const csv_reader *r, const char *byte) {
    csv_place place = {r->first_line, r->begin, byte};
    for (const char *p = r->begin; p < byte; p++) {
        bool ends = *p == '\n' || (*p == '\r' && p + 1 < r->end && p[1] != '\n');
        if (ends) place.line++, place.begin = p + 1;
    }
    while (place.end < r->end && *place.end != '\n' && *place.end != '\r') place.end++;
    return place;
}

/* ---- fields ---- */

static csv_field strip(csv_field f) {
    while (f.length && is_edge(f.bytes[0])) f.bytes++, f.length--;
    while (f.length && is_edge(f.bytes[f.length - 1])) f.length--;
    return f;
}

csv_field csv_trim(csv_field f) {
    f = strip(f);
    if (!f.quoted) return f;
    f.bytes++, f.length -= 2;
    return strip(f);
}

void csv_unquote(csv_field f, text *out) {
    csv_field inside = csv_trim(f);
    for (size_t i = 0; i < inside.length; i++) {
        text_putc(out, inside.bytes[i]);
        if (f.quoted && inside.bytes[i] == '"') i++;
    }
}

static bool is_missing(csv_field trimmed, const char *list) {
    if (trimmed.length == 0) return true;
    for (const char *word = list ? list : "NA"; *word;) {
        size_t length = strcspn(word, ",");
        if (trimmed.length == length && memcmp(trimmed.bytes, word, length) == 0) return true;
        word += length;
        // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch): strcspn stops at the end of the text
        if (*word) word++;
    }
    return false;
}

bool csv_is_missing(csv_field f, const char *missing) { return is_missing(csv_trim(f), missing); }

enum csv_number csv_read_number(csv_field f, const char *missing, double *out) {
    if (!f.quoted && !missing && number_read(f.bytes, f.length, true, out) == NUMBER_OK) return CSV_NUMBER;
    f = csv_trim(f);
    if (f.length == 0 || (missing && is_missing(f, missing))) return CSV_MISSING;
    switch (number_read(f.bytes, f.length, true, out)) {
    case NUMBER_OK: return CSV_NUMBER;
    case NUMBER_OVERFLOW: return CSV_TOO_LARGE;
    case NUMBER_MALFORMED: break;
    }
    return is_missing(f, missing) ? CSV_MISSING : CSV_NO_NUMBER;
}
