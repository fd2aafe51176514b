/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/stats.h"

#include <stdio.h>
#include <sys/resource.h>

static double per(double seconds, size_t count) { return count ? 1e9 * seconds / (double)count : 0; }

void stats_write(const gtape *g) {
    gtape_stats s = gtape_statistics(g);
    double taped = s.record_seconds + s.sweep_seconds;
    struct rusage usage;
    fprintf(stderr, "parse:          %10.1f ns/operation  %12zu operations  %10.3f ms\n",
            per(s.parse_seconds, s.parsed_operations), s.parsed_operations, 1e3 * s.parse_seconds);
    fprintf(stderr, "record + sweep: %10.1f ns/operation  %12zu operations  %10.3f ms\n",
            per(taped, s.operations), s.operations, 1e3 * taped);
    fprintf(stderr, "tape:           %10.1f B/record      %12zu records     %10zu bytes\n",
            s.records ? (double)s.tape_bytes / (double)s.records : 0, s.records, s.tape_bytes);
    fprintf(stderr, "fresh memory:   %10.3f ms\n", 1e3 * s.page_seconds);
    fprintf(stderr, "run:            %10.3f ms\n", 1e3 * s.run_seconds);
    double peak = (double)s.peak_memory / 1024;
    if (getrusage(RUSAGE_SELF, &usage) == 0) peak = (double)usage.ru_maxrss;
    fprintf(stderr, "memory:         %10.0f KiB at most\n", peak);
}
