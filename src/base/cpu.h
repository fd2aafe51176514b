/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu.h - which vector instructions this CPU has.
 *
 * Layer: base. */
#ifndef GTAPE_CPU_H
#define GTAPE_CPU_H

/* In the order of their width: AVX2 stands for AVX2 and FMA, AVX-512 for the parts F and DQ besides. */
enum cpu_vectors { CPU_PLAIN, CPU_AVX2, CPU_AVX512 };

/* Those that both CPU and operating system support. */
enum cpu_vectors cpu_vectors(void);

#endif
