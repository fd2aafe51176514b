/* SPDX-License-Identifier: GPL-3.0-or-later */
/* student.h - quantiles of Student's t distribution.
 *
 * Layer: solve. */
#ifndef GTAPE_SOLVE_STUDENT_H
#define GTAPE_SOLVE_STUDENT_H

/* t with P(|T| <= t) = level for this many degrees of freedom (0 < level < 1, freedom > 0; infinity is the
 * normal distribution). */
double student_two_sided(double level, double freedom);

#endif
