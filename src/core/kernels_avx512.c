/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernels_avx512.c - the kernels for CPUs with AVX512. */
#include "base/base.h"
#if defined(__x86_64__) && defined(__GNUC__)
#define KERNEL(name) name##_avx512
#define LANES        8
#define TARGET       __attribute__((target("avx512f,avx512dq,avx2,fma")))
/* Loops become vector code; no operation here looks at the floating-point flags. */
#ifndef __clang__
#pragma GCC optimize("O3,no-trapping-math")
#endif
#pragma GCC diagnostic ignored "-Wpsabi"
#include "core/kernels.inc"

#include "core/blocks.inc"
#endif
