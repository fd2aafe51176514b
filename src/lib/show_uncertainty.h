/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show_uncertainty.h - --show uncertainty: the budget of each target.
 *
 * Layer: lib. */
#ifndef GTAPE_SHOW_UNCERTAINTY_H
#define GTAPE_SHOW_UNCERTAINTY_H

#include "base/number.h"
#include "base/text.h"

struct gtape;

enum uncertainty_form { UNCERTAINTY_TEXT, UNCERTAINTY_JSON, UNCERTAINTY_CSV, UNCERTAINTY_TSV };

/* Appends the budgets of the targets of the last run that are uncertain: for text a table each (input, value,
 * u, sensitivity, contribution, share), u, effective degrees of freedom, coverage, second order, and the
 * correlations of scalar targets; for CSV and TSV a line an input.  Raises faults.  False where
 * samples were stopped (monte_carlo.h). */
bool show_uncertainty(struct gtape *g, enum uncertainty_form form, number_format number, text *out);

#endif
