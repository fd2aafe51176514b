/* SPDX-License-Identifier: GPL-3.0-or-later */
/* utf8.h - UTF-8 checked and counted.
 *
 * Layer: base.  Owns nothing. */
#ifndef GTAPE_UTF8_H
#define GTAPE_UTF8_H

#include "base/base.h"

/* The length of the well-formed sequence at s (1 to 4), or 0: overlong forms, surrogates, code
 * points above 10FFFF and cut-off sequences are malformed.  `left` bytes may be read. */
unsigned utf8_length(const char *s, size_t left);
/* The first byte that begins no well-formed sequence, or NULL. */
const char *utf8_malformed(const char *s, size_t length);
/* Decodes a well-formed sequence. */
u32 utf8_decode(const char *s, unsigned length);
/* Writes a code point up to 10FFFF; returns the length, 1 to 4. */
unsigned utf8_encode(u32 code, char out[static 4]);
/* Characters in a piece of text; a malformed byte counts as one. */
size_t utf8_count(const char *s, size_t length);
/* Terminal columns of one code point: 0 for combining marks, 2 for wide ones, else 1.  Does not
 * depend on the locale. */
unsigned utf8_width(u32 code);
/* Terminal columns of a piece of text (control bytes and malformed bytes count 4, as they are
 * shown escaped: \x1b). */
size_t utf8_columns(const char *s, size_t length);
/* Code points that turn the direction of text, break its lines, or are not seen: Unicode's Bidi_Control and
 * Default_Ignorable_Code_Point, U+2028, U+2029 and U+FFF9 to U+FFFB.  Not the variation selectors U+FE00 to
 * U+FE0F and U+E0100 to U+E01EF, which choose the form of the character before them (as in emoji). */
bool utf8_is_hidden(u32 code);
/* Those and the controls from U+0080 on: what is shown as \u202e, or \u{e0001}. */
bool utf8_is_escaped(u32 code);

#endif
