/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unit.h - what the unit tests share: a main that speaks TAP, faults caught, requests made to fail.
 *
 * Each test program holds one suite: UNIT_MAIN("mem", mem_tests) at its end, where mem_tests fills a TCase.
 */
#ifndef GTAPE_UNIT_H
#define GTAPE_UNIT_H

#include "base/mem.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>

/* AddressSanitizer ends the program at requests that malloc would refuse; the tests want the refusal. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }

/* Runs work(data) and returns the fault that it raised, or FAULT_NONE. */
__attribute__((unused)) static int fault_of(void (*work)(void *), void *data) {
    fault_point here;
    int status = FAULT_TRY(&here);
    if (status == 0) work(data);
    fault_end(&here);
    return status;
}

/* Runs work(data) again and again, the first request failing, then the second, until it gets through; after
 * each run clean(data) frees what is left.  Returns how many runs failed. */
__attribute__((unused)) static unsigned long fail_each_request(void (*work)(void *), void (*clean)(void *),
                                                               void *data) {
    for (unsigned long n = 1;; n++) {
        mem_fail_at(n);
        int status = fault_of(work, data);
        mem_fail_at(0);
        clean(data);
        if (status == FAULT_NONE) return n - 1;
        ck_assert_int_eq(status, FAULT_MEMORY);
    }
}

static int run_suite(const char *name, void (*fill)(TCase *)) {
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 120);
    fill(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    if (getenv("HARNESS_ACTIVE") || getenv("CK_TAP_LOG_FILE_NAME")) srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define UNIT_MAIN(name, fill)                                                                                \
    int main(void) { return run_suite(name, fill); }

#endif
