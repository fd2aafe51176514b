/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base.h - integer names and small macros that every layer uses.
 *
 * Layer: base.  Owns nothing. */
#ifndef GTAPE_BASE_H
#define GTAPE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;

#define LIKELY(c)   __builtin_expect(!!(c), 1)
#define UNLIKELY(c) __builtin_expect(!!(c), 0)
#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

#endif
