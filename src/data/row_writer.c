/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_writer.c - lines of row_writer.h. */
#include "data/row_writer.h"

#include "data/jsonl.h"

#include <math.h>
#include <string.h>

void row_writer_free(row_writer *w) {
    text_free(&w->out);
    text_free(&w->scratch);
}

static bool is_json(const row_writer *w) { return w->to == CSV_JSON; }

static void json_text(text *out, const char *bytes, size_t length) {
    text_putc(out, '"');
    for (size_t i = 0; i < length; i++) {
        u8 c = (u8)bytes[i];
        if (c == '"' || c == '\\') text_putc(out, '\\'), text_putc(out, (char)c);
        else if (c < 0x20) text_printf(out, "\\u%04x", c);
        else text_putc(out, (char)c);
    }
    text_putc(out, '"');
}

/* RFC 4180: quotes where the text could be taken for something else. */
static void cell_text(row_writer *w, const char *bytes, size_t length) {
    bool quote = length > 0 ? bytes[0] == ' ' || bytes[length - 1] == ' ' : w->to == CSV_BLANKS;
    for (size_t i = 0; i < length && !quote; i++)
        quote = bytes[i] == w->to || bytes[i] == '"' || bytes[i] == '\n' || bytes[i] == '\r' ||
                (w->to == CSV_BLANKS && bytes[i] == '\t');
    if (quote) text_putc(&w->out, '"');
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"') text_putc(&w->out, '"');
        text_putc(&w->out, bytes[i]);
    }
    if (quote) text_putc(&w->out, '"');
}

/* What stands in front of a cell. */
static void begin_cell(row_writer *w, const char *name) {
    bool first = w->cells++ == 0;
    if (!is_json(w)) {
        if (!first) text_putc(&w->out, w->to);
        return;
    }
    text_puts(&w->out, first ? "{" : ", ");
    json_text(&w->out, name, strlen(name));
    text_puts(&w->out, ": ");
}

void row_writer_title(row_writer *w, const char *name) {
    if (is_json(w)) return;
    begin_cell(w, name);
    cell_text(w, name, strlen(name));
}

static void put_blank(row_writer *w) {
    if (is_json(w)) text_puts(&w->out, "null");
    if (w->to == CSV_BLANKS) text_puts(&w->out, "NA");
}

void row_writer_members(row_writer *w, const char *bytes, size_t length) {
    if (length == 0) return;
    text_putc(&w->out, '{');
    text_add(&w->out, bytes, length);
    w->cells++;
}

static bool is_json_number(const char *bytes, size_t length) {
    return length > 0 && jsonl_number(bytes, bytes + length) == bytes + length;
}

void row_writer_field(row_writer *w, const char *name, csv_field f) {
    begin_cell(w, name);
    if (w->from == CSV_JSON && f.length == 0) {
        put_blank(w);
        return;
    }
    if (w->from == w->to) {
        text_add(&w->out, f.bytes, f.length);
        return;
    }
    text_clear(&w->scratch);
    jsonl_say(w->from, f, &w->scratch);
    const char *bytes = text_str(&w->scratch);
    size_t length = w->scratch.length;
    if (!is_json(w)) cell_text(w, bytes, length);
    else if (!f.quoted && is_json_number(bytes, length)) text_add(&w->out, bytes, length);
    else if (csv_is_missing(f, w->missing)) put_blank(w);
    else json_text(&w->out, bytes, length);
}

static const char *json_word(double x) {
    return isnan(x) ? "\"NaN\"" : x > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

void row_writer_number(row_writer *w, const char *name, double x) {
    begin_cell(w, name);
    text *out = &w->out;
    text_room(out, NUMBER_ROOM + 2);
    bool as_text = is_json(w) && w->number.hex && isfinite(x);
    if (is_json(w) && !isfinite(x)) {
        text_puts(out, json_word(x));
        return;
    }
    if (as_text) text_putc(out, '"');
    out->length += number_write(out->bytes + out->length, x, w->number);
    if (as_text) text_putc(out, '"');
}

void row_writer_blank(row_writer *w, const char *name) {
    begin_cell(w, name);
    put_blank(w);
}

/* Whether the one cell of the line is empty: such a line would be passed over by whoever reads it. */
static bool is_line_empty(const row_writer *w) {
    return w->cells == 1 && (w->out.length == 0 || w->out.bytes[w->out.length - 1] == '\n');
}

void row_writer_end_line(row_writer *w) {
    if (is_json(w)) text_puts(&w->out, w->cells ? "}" : "{}");
    else if (is_line_empty(w)) text_puts(&w->out, "\"\"");
    text_putc(&w->out, '\n');
    w->cells = 0;
}
