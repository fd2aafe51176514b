/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernels_avx2.c - the kernels for CPUs with AVX2. */
#include "base/base.h"
#if defined(__x86_64__) && defined(__GNUC__)
#define KERNEL(name) name##_avx2
#define LANES        4
#define TARGET       __attribute__((target("avx2,fma")))
/* Loops become vector code; no operation here looks at the floating-point flags. */
#ifndef __clang__
#pragma GCC optimize("O3,no-trapping-math")
#endif
#pragma GCC diagnostic ignored "-Wpsabi"
#include "core/kernels.inc"

#include "core/blocks.inc"
#endif
