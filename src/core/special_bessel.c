/* SPDX-License-Identifier: GPL-3.0-or-later */
/* special_bessel.c - Bessel functions of whole order, for the derivatives of j0, j1, y0 and y1. */
#include "core/special.h"

double special_jn(double order, double x) {
    int n = fabs(order) < 1e6 ? (int)order : 0;
    return n == order ? jn(n, x) : NAN;
}

double special_yn(double order, double x) {
    int n = fabs(order) < 1e6 ? (int)order : 0;
    return n == order ? yn(n, x) : NAN;
}
