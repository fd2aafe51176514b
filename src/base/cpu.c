/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu.c - see cpu.h.
 *
 * The compiler's own test, __builtin_cpu_supports, asks the CPU at every start of the program, needed or not.
 * On a virtual machine each question is a way out of it and back: 60 us together, a fifth of what a one-liner
 * costs besides the system's part.  So the questions are asked here, when somebody wants to know. */
#include "base/cpu.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <pthread.h>
#include <stdint.h>

static enum cpu_vectors vectors;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Which registers the operating system saves: the vectors' 128, 256 and 512 bits, and masks. */
enum { STATE_AVX = 0x06, STATE_AVX512 = 0xe6 };

static unsigned saved_state(void) {
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static void ask(void) {
    enum { AVX512 = bit_AVX512F | bit_AVX512DQ };
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_AVX) || !(c & bit_FMA)) return;
    unsigned state = saved_state();
    if ((state & STATE_AVX) != STATE_AVX) return;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2)) return;
    vectors = (state & STATE_AVX512) == STATE_AVX512 && (b & AVX512) == AVX512 ? CPU_AVX512 : CPU_AVX2;
}

enum cpu_vectors cpu_vectors(void) {
    pthread_once(&once, ask);
    return vectors;
}

#else

enum cpu_vectors cpu_vectors(void) { return CPU_PLAIN; }

#endif
