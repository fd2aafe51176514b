/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jsonl.c - the reader of jsonl.h. */
#include "data/jsonl.h"

#include "base/utf8.h"

#include <string.h>

typedef struct cursor {
    const char *p, *end; /* of the line */
    const char *why;     /* what is wrong at p, or NULL */
} cursor;

static bool wrong(cursor *c, const char *why) {
    if (!c->why) c->why = why;
    return false;
}

static void skip_blanks(cursor *c) {
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\r')) c->p++;
}

/* Whether this byte comes next; then it is behind us. */
static bool take(cursor *c, char byte) {
    skip_blanks(c);
    if (c->p == c->end || *c->p != byte) return false;
    c->p++;
    return true;
}

/* ---- numbers and strings ---- */

static const char *skip_digits(const char *p, const char *end) {
    while (p < end && *p >= '0' && *p <= '9') p++;
    return p;
}

const char *jsonl_number(const char *begin, const char *end) {
    const char *whole = begin + (begin < end && *begin == '-'), *p = skip_digits(whole, end);
    if (p == whole || (*whole == '0' && p > whole + 1)) return begin;
    if (p < end && *p == '.') {
        const char *fraction = ++p;
        if ((p = skip_digits(p, end)) == fraction) return begin;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p += 1 + (p + 1 < end && (p[1] == '+' || p[1] == '-'));
        const char *digits = p;
        if ((p = skip_digits(p, end)) == digits) return begin;
    }
    return p;
}

static bool is_hex(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

static bool skip_escape(cursor *c) {
    if (c->p + 1 < c->end && c->p[1] && strchr("\"\\/bfnrt", c->p[1])) {
        c->p += 2;
        return true;
    }
    if (c->end - c->p < 6 || c->p[1] != 'u') return wrong(c, "an unknown escape in a string");
    for (int i = 2; i < 6; i++)
        if (!is_hex(c->p[i])) return wrong(c, "an unknown escape in a string");
    c->p += 6;
    return true;
}

/* From an opening quote to behind the closing one. */
static bool skip_string(cursor *c) {
    const char *open = c->p++;
    while (c->p < c->end) {
        u8 byte = (u8)*c->p;
        if (byte == '"') {
            c->p++;
            return true;
        }
        if (byte < 0x20) return wrong(c, byte ? "a control character in a string" : "a NUL byte");
        if (byte == '\\') {
            if (!skip_escape(c)) return false;
        } else c->p++;
    }
    c->p = open;
    return wrong(c, "a quote that is never closed");
}

static bool take_string(cursor *c, csv_field *out) {
    skip_blanks(c);
    if (c->p == c->end || *c->p != '"') return wrong(c, "a member needs a name in quotes");
    const char *begin = c->p;
    if (!skip_string(c)) return false;
    *out = (csv_field){begin, (size_t)(c->p - begin), true};
    return true;
}

static bool take_colon(cursor *c) { return take(c, ':') || wrong(c, "a colon is needed here"); }

/* ---- values ---- */

static bool skip_word(cursor *c) {
    static const char *const words[] = {"null", "true", "false"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(c->end - c->p) < length || memcmp(c->p, words[i], length) != 0) continue;
        c->p += length;
        return true;
    }
    return wrong(c, "this is no JSON value");
}

static bool skip_simple(cursor *c) {
    if (c->p == c->end) return wrong(c, "a value is needed here");
    if (*c->p == '"') return skip_string(c);
    const char *behind = jsonl_number(c->p, c->end);
    if (behind == c->p) return skip_word(c);
    c->p = behind;
    return true;
}

/* What closes the innermost bracket; brackets may be nested as deeply as they like, as nothing recurs. */
static char innermost(const text *brackets) { return brackets->bytes[brackets->length - 1]; }

static bool begin_member(cursor *c, const text *brackets) {
    csv_field key;
    return innermost(brackets) != '}' || (take_string(c, &key) && take_colon(c));
}

/* Opens the brackets that stand here. */
static bool open_brackets(cursor *c, text *brackets, bool *empty) {
    for (*empty = false; !*empty && c->p < c->end && (*c->p == '{' || *c->p == '[');) {
        text_putc(brackets, *c->p++ == '{' ? '}' : ']');
        if (take(c, innermost(brackets))) *empty = true, brackets->length--;
        else if (!begin_member(c, brackets)) return false;
        skip_blanks(c);
    }
    return true;
}

/* Behind a value: closes brackets up to a comma, or the last one. */
static bool close_brackets(cursor *c, text *brackets) {
    while (brackets->length > 0) {
        if (take(c, ',')) return begin_member(c, brackets);
        if (!take(c, innermost(brackets)))
            return wrong(c, innermost(brackets) == '}' ? "a comma or } is needed here"
                                                       : "a comma or ] is needed here");
        brackets->length--;
    }
    return true;
}

static bool skip_value(cursor *c, text *brackets) {
    text_clear(brackets);
    do {
        bool empty;
        skip_blanks(c);
        if (!open_brackets(c, brackets, &empty)) return false;
        if (!empty && !skip_simple(c)) return false;
        if (!close_brackets(c, brackets)) return false;
    } while (brackets->length > 0);
    return true;
}

/* ---- objects ---- */

static bool read_member(csv_reader *r, cursor *c) {
    csv_field key;
    if (!take_string(c, &key) || !take_colon(c)) return false;
    skip_blanks(c);
    const char *begin = c->p;
    if (!skip_value(c, &r->brackets)) return false;
    size_t length = *begin == 'n' ? 0 : (size_t)(c->p - begin);
    array_push(&r->keys, key);
    array_push(&r->fields, ((csv_field){begin, length, *begin == '"'}));
    return true;
}

static bool read_object(csv_reader *r, cursor *c) {
    if (!take(c, '{')) return wrong(c, "a line of JSON must be an object, {\"x\": 1}");
    if (!take(c, '}')) {
        do
            if (!read_member(r, c)) return false;
        while (take(c, ','));
        if (!take(c, '}')) return wrong(c, "a comma or } is needed here");
    }
    skip_blanks(c);
    return c->p == c->end || wrong(c, "text behind the object");
}

enum csv_status jsonl_read(csv_reader *r) {
    const char *line_end = memchr(r->next, '\n', (size_t)(r->end - r->next));
    if (!line_end && !r->is_last) return CSV_MORE;
    cursor c = {r->next, line_end ? line_end : r->end, NULL};
    r->keys.count = 0;
    if (!read_object(r, &c)) {
        r->fault = c.p;
        r->why = c.why;
        return CSV_MALFORMED;
    }
    r->next = line_end ? line_end + 1 : r->end;
    r->line++;
    return CSV_RECORD;
}

/* ---- members by name ---- */

/* What a key says, until the next one is asked for. */
static csv_field name_of(csv_reader *r, csv_field key) {
    csv_field name = {key.bytes + 1, key.length - 2, false};
    if (!memchr(name.bytes, '\\', name.length)) return name;
    text_clear(&r->name);
    jsonl_unquote(key, &r->name);
    return (csv_field){text_str(&r->name), r->name.length, false};
}

/* The number of a name; mostly they stand in the order of the columns. */
static u32 find_column(const intern_table *columns, size_t index, csv_field name) {
    if (index < columns->names.count) {
        const interned *likely = &columns->names.items[index];
        if (likely->length == name.length && memcmp(likely->text, name.bytes, name.length) == 0)
            return (u32)index;
    }
    return intern_find(columns, name.bytes, name.length);
}

const csv_field *jsonl_arrange(csv_reader *r, const intern_table *columns, const intern_table *taken) {
    const csv_field *clash = NULL;
    r->members.count = 0;
    for (size_t i = 0; i < columns->names.count; i++)
        array_push(&r->members, ((csv_field){r->begin, 0, false}));
    for (size_t i = 0; i < r->fields.count; i++) {
        const csv_field name = name_of(r, r->keys.items[i]);
        u32 column = find_column(columns, i, name);
        if (column != NAME_NONE) r->members.items[column] = r->fields.items[i];
        else if (taken && !clash && intern_find(taken, name.bytes, name.length) != NAME_NONE)
            clash = &r->keys.items[i];
    }
    csv_field *items = r->fields.items;
    size_t capacity = r->fields.capacity;
    r->fields.items = r->members.items;
    r->fields.count = r->members.count;
    r->fields.capacity = r->members.capacity;
    r->members.items = items;
    r->members.capacity = capacity;
    return clash;
}

csv_field jsonl_members(const csv_reader *r) {
    const char *p = r->begin, *end = r->next;
    while (*p != '{') p++;
    while (end[-1] != '}') end--;
    for (p++, end--; p < end && (*p == ' ' || *p == '\t'); p++) continue;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) end--;
    return (csv_field){p, (size_t)(end - p), false};
}

/* ---- what a string says ---- */

static u32 hex4(const char *p) {
    u32 n = 0;
    for (int i = 0; i < 4; i++) n = n << 4 | (u32)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
    return n;
}

/* \uXXXX at p, with its other half where it has one; returns what is behind it. */
static const char *unescape_unicode(const char *p, const char *end, text *out) {
    u32 code = hex4(p + 2);
    p += 6;
    if (code >= 0xD800 && code < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        u32 low = hex4(p + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            p += 6;
        }
    }
    if (code >= 0xD800 && code < 0xE000) code = 0xFFFD; /* half of a pair */
    char bytes[4];
    text_add(out, bytes, utf8_encode(code, bytes));
    return p;
}

void jsonl_unquote(csv_field string, text *out) {
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *end = string.bytes + string.length - 1;
    for (const char *p = string.bytes + 1; p < end;) {
        if (*p != '\\') text_putc(out, *p++);
        else if (p[1] == 'u') p = unescape_unicode(p, end, out);
        else text_putc(out, meanings[strchr(letters, p[1]) - letters]), p += 2;
    }
}

void jsonl_say(char separator, csv_field f, text *out) {
    if (separator != CSV_JSON) csv_unquote(f, out);
    else if (f.quoted) jsonl_unquote(f, out);
    else text_add(out, f.bytes, f.length);
}
