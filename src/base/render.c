/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render.c - diagnostics as a person reads them: place, source line, caret, hint. */
#include "base/diag.h"

#include "base/utf8.h"

#include <string.h>

enum {
    LINE_COLUMNS = 160, /* longer source lines are shown as a window around the place */
    WINDOW_COLUMNS = 150,
    TAB_COLUMNS = 8, /* what a tab counts at most, when the window is chosen */
};

static const char *const severity_words[] = {
    [SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};
static const char *const severity_colors[] = {
    [SEVERITY_NOTE] = "36", [SEVERITY_WARNING] = "1;35", [SEVERITY_ERROR] = "1;31"};

static void paint(text *out, bool color, const char *sgr) {
    if (color) text_printf(out, "\033[%sm", sgr);
}

/* One character of a source line: its bytes, and the columns that it is shown in. */
typedef struct glyph {
    unsigned bytes;
    size_t columns;
} glyph;

static glyph glyph_at(const char *s, size_t left) {
    unsigned n = utf8_length(s, left);
    if (n == 0) return (glyph){1, 4}; /* \xff */
    if (*s == '\t') return (glyph){1, TAB_COLUMNS};
    u32 code = utf8_decode(s, n);
    if (utf8_is_escaped(code)) return (glyph){n, code > 0xFFFF ? 9 : 6}; /* \u{e0001}, \u202e */
    return (glyph){n, utf8_columns(s, n)};
}

/* The character that ends before byte `end`. */
static glyph glyph_before(const char *s, size_t end) {
    for (unsigned n = 1; n <= 4 && n <= end; n++) {
        if (utf8_length(s + end - n, n) == n) return glyph_at(s + end - n, n);
    }
    return (glyph){1, 4};
}

/* Moves *end to the right over characters that fit into `room` columns; returns what is left of it. */
static size_t extend_right(const place *p, size_t *end, size_t room) {
    while (*end < p->text_length) {
        glyph g = glyph_at(p->text + *end, p->text_length - *end);
        if (g.columns > room) break;
        room -= g.columns;
        *end += g.bytes;
    }
    return room;
}

static size_t extend_left(const place *p, size_t *begin, size_t room) {
    while (*begin > 0) {
        glyph g = glyph_before(p->text, *begin);
        if (g.columns > room) break;
        room -= g.columns;
        *begin -= g.bytes;
    }
    return room;
}

/* The part of the line to show.  The place stands in its middle unless an end of the line is near. */
static void choose_window(const place *p, size_t *begin, size_t *end) {
    *begin = *end = 0;
    extend_right(p, end, LINE_COLUMNS);
    if (*end == p->text_length) return;
    *begin = *end = p->offset;
    size_t room = WINDOW_COLUMNS / 2 + extend_left(p, begin, WINDOW_COLUMNS / 2);
    room = extend_right(p, end, room);
    extend_left(p, begin, room);
}

/* Shows bytes of the line; tabs stay, so that the caret line can mirror them. */
static void show_source(text *out, const char *s, size_t length) {
    while (length) {
        const char *tab = memchr(s, '\t', length);
        size_t run = tab ? (size_t)(tab - s) : length;
        text_escape(out, s, run);
        if (tab) text_putc(out, '\t');
        run += tab != NULL;
        s += run;
        length -= run;
    }
}

/* Fills the columns below bytes of the line with a mark, except below tabs. */
static void underline(text *out, const char *s, size_t length, char mark) {
    for (size_t i = 0; i < length;) {
        glyph g = glyph_at(s + i, length - i);
        if (s[i] == '\t') text_putc(out, '\t');
        else text_pad(out, mark, g.columns);
        i += g.bytes;
    }
}

/* `^` under the begin of the span, `~` under the rest of it.  At a character without columns, or at a tab,
 * the caret stands where the character would begin. */
static void add_caret(text *out, const char *s, size_t length) {
    size_t at = out->length;
    underline(out, s, length, '~');
    if (out->length > at && out->bytes[at] == '~') {
        out->bytes[at] = '^';
    } else {
        out->length = at;
        text_putc(out, '^');
    }
}

static void show_line(text *out, const place *p, size_t span_length, bool color) {
    size_t begin, end;
    choose_window(p, &begin, &end);
    const char *left = begin > 0 ? "..." : "", *right = end < p->text_length ? "..." : "";
    text_printf(out, "  %s", left);
    show_source(out, p->text + begin, end - begin);
    text_printf(out, "%s\n  ", right);
    text_pad(out, ' ', strlen(left));
    underline(out, p->text + begin, p->offset - begin, ' ');
    paint(out, color, "32");
    add_caret(out, p->text + p->offset, span_length < end - p->offset ? span_length : end - p->offset);
    paint(out, color, "0");
    text_putc(out, '\n');
}

/* FILE:LINE:COLUMN: severity: message, or gtape: message where there is no place. */
static void show_message(text *out, enum severity severity, const place *p, const char *message, bool color) {
    if (p) {
        text_escape(out, p->file, strlen(p->file));
        text_printf(out, ":%u:%u: ", (unsigned)p->line, (unsigned)p->column);
    } else {
        text_puts(out, "gtape: ");
    }
    if (p || severity != SEVERITY_ERROR) {
        paint(out, color, severity_colors[severity]);
        text_puts(out, severity_words[severity]);
        paint(out, color, "0");
        text_puts(out, ": ");
    }
    text_puts(out, message);
    text_putc(out, '\n');
}

static void show(text *out, enum severity severity, span at, const char *message, const source_list *sources,
                 bool color) {
    place p;
    bool placed = source_place(sources, at.begin, &p);
    show_message(out, severity, placed ? &p : NULL, message, color);
    if (placed) show_line(out, &p, at.end > at.begin ? at.end - at.begin : 0, color);
}

void diag_render(const diagnostic *d, const source_list *sources, bool color, text *out) {
    show(out, d->severity, d->at, d->message, sources, color);
    if (d->hint) text_printf(out, "  hint: %s\n", d->hint);
    for (size_t i = 0; i < d->related.count; i++) {
        const related *r = &d->related.items[i];
        show(out, SEVERITY_NOTE, r->at, r->message, sources, color);
    }
}
