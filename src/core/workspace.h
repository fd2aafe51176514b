/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workspace.h - the arrays that sweeps keep for the next one.
 *
 * Layer: core.  A recorder owns them.  What may sweep while a sweep is at work stands between workspace_nest
 * and workspace_unnest, and gets arrays of its own.  Their contents are undefined when they are asked for. */
#ifndef GTAPE_WORKSPACE_H
#define GTAPE_WORKSPACE_H

#include "core/record.h"

/* Room for `count` adjoints as numbers or tensors, adjoints as values, bytes of a mask: each valid until the
 * same kind is asked for again. */
cell *workspace_numeric(recorder *r, size_t count);
value *workspace_recorded(recorder *r, size_t count);
u8 *workspace_mask(recorder *r, size_t count);

void workspace_nest(recorder *r);
void workspace_unnest(recorder *r);
/* Behind a fault that has passed nested sweeps by: to the arrays of the outermost one. */
void workspace_unnest_all(recorder *r);
/* Gives all of them back. */
void workspace_free(recorder *r);

#endif
