/* SPDX-License-Identifier: GPL-3.0-or-later */
/* row_uncertainty.h - the columns that an uncertain target adds to a row's results.
 *
 * Layer: lib.
 *
 * Behind the value: u_z, its standard uncertainty.  With gtape_set budget, for each entry, U_z (the expanded
 * uncertainty, half of the coverage interval) and u_z_x, what input x contributes. */
#ifndef GTAPE_ROW_UNCERTAINTY_H
#define GTAPE_ROW_UNCERTAINTY_H

#include "lib/row_session.h"

/* The names of these columns, through `keep`; which targets are uncertain is remembered in s. */
void row_uncertainty_name(row_session *s, const result *target,
                          void (*keep)(row_session *s, const text *name));
/* The numbers of target number t, through `put`. */
void row_uncertainty_put(row_session *s, size_t t,
                         void (*put)(row_session *s, const double *x, size_t count));

#endif
