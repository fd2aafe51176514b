/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout.h - values as text for people.
 *
 * Layer: lang. */
#ifndef GTAPE_LAYOUT_H
#define GTAPE_LAYOUT_H

#include "base/number.h"
#include "base/text.h"
#include "core/value.h"

typedef struct layout_style {
    number_format number;
    size_t indent; /* columns that stand before the opening bracket, for the lines below it */
    bool shorten;  /* leave out the middle of long axes */
} layout_style;

/* A scalar as its number; a vector on one line; else nested brackets, a row a line, columns aligned on the
 * right: [[1, 2],
 *         [3, 4]]; tensors without entries as zeros(2, 0).  Ends without a newline. */
void layout_value(text *out, view v, layout_style style);
/* The same with a standard uncertainty for each entry: 25 ± 1 (number_write_uncertain). */
void layout_uncertain(text *out, view v, view u, layout_style style);
/* [i][j] for entry `index` of a tensor, row-major; nothing for a scalar. */
void layout_index(text *out, view v, size_t index);
/* A name as a program writes it: ${...} where it is no word.  What hints tell people to type is written so.
 */
void layout_name(text *out, const char *name);

#endif
