/* SPDX-License-Identifier: GPL-3.0-or-later */
/* formula.h - partial derivatives as people write them.
 *
 * Layer: lib. */
#ifndef GTAPE_FORMULA_H
#define GTAPE_FORMULA_H

#include "base/text.h"

/* Appends the formula for an expression in the words of partials.h. */
void formula_text(text *out, const char *partial);

#endif
