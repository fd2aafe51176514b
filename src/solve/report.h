/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.h - a solution as text, JSON, or a line of a table.
 *
 * Layer: solve. */
#ifndef GTAPE_SOLVE_REPORT_H
#define GTAPE_SOLVE_REPORT_H

#include "base/number.h"
#include "solve/solution.h"

/* For people; ends with a line end.  Ten significant digits unless `how` says otherwise. */
void report_text(text *out, const solution *s, number_format how);
/* One JSON object, without a line end. */
void report_json(text *out, const solution *s, number_format how);
/* The names of the columns, or the numbers under them, with this separator; ends with a line end. */
void report_header(text *out, const solution *s, char separator);
void report_line(text *out, const solution *s, char separator, number_format how);
/* With bands=1: a line for each row of the data; else nothing. */
void report_band_header(text *out, char separator);
void report_bands(text *out, const solution *s, char separator, number_format how);

#endif
