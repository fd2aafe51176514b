/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kinks.h - the operations of the last run that have no one derivative where they were evaluated.
 *
 * Layer: lib. */
#ifndef GTAPE_KINKS_H
#define GTAPE_KINKS_H

#include "lib/session.h"

/* What stands in the way of a derivative at record k of the tape, "at 0" for instance, or NULL. */
const char *kink_of_record(const tape *t, u32 k);
/* A line for each place in the text: where, which operation, and what it met. */
void kinks_write(gtape *g, text *out);

#endif
