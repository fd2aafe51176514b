/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.h - a data file's content, and errors that point into it.
 *
 * Layer: data.  Owns nothing: whoever hands a file over keeps its bytes.  Nothing here opens a file. */
#ifndef GTAPE_DATA_FILE_H
#define GTAPE_DATA_FILE_H

#include "base/diag.h"
#include "data/csv.h"

typedef struct data_file {
    const char *label; /* what errors call it */
    const char *bytes;
    size_t length;
    source_list *sources;         /* where the line that an error shows is put */
    diagnostic_list *diagnostics; /* where errors go */
} data_file;

/* Each adds an error and raises FAULT_ERROR. */

/* LABEL: what */
_Noreturn void data_fail(const data_file *f, enum diag_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* LABEL:LINE:COLUMN: error: what, and the line; the place is in the record at hand. */
_Noreturn void data_fail_at(const data_file *f, const csv_reader *r, const char *byte, size_t length,
                            enum diag_code code, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* What csv_next found, after CSV_MALFORMED. */
_Noreturn void data_fail_malformed(const data_file *f, const csv_reader *r);

#endif
