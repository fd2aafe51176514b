/* SPDX-License-Identifier: GPL-3.0-or-later */
/* number_cxx.cc - number text by <charconv>, without exceptions and without allocation. */
#include "base/number_cxx.h"

#include <charconv>
#include <system_error>

unsigned number_scientific(char *out, double x, int digits) {
    const auto form = std::chars_format::scientific;
    auto result =
        digits ? std::to_chars(out, out + 32, x, form, digits - 1) : std::to_chars(out, out + 32, x, form);
    return static_cast<unsigned>(result.ptr - out);
}

unsigned number_fixed(char *out, double x) {
    return static_cast<unsigned>(std::to_chars(out, out + 32, x, std::chars_format::fixed).ptr - out);
}

#ifndef HAVE_LONG_MANTISSA
int number_decimal(const char *begin, const char *end, double *out) {
    return std::from_chars(begin, end, *out).ec == std::errc();
}
#endif
