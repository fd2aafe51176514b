/* SPDX-License-Identifier: GPL-3.0-or-later */
/* npy.h - NumPy's files of one array (numpy.lib.format), versions 1 to 3.
 *
 * Layer: data.
 *
 *     \x93NUMPY | major minor | length of the header | {'descr': '<f8', 'fortran_order': False, 'shape': (2,
 * 3), } | data
 *
 * Entries of the types f4 f8, i1 i2 i4 i8, u1 u2 u4 u8 and b1, in either byte order, become doubles.  What
 * the header says is held against the file's size before anything is allocated. */
#ifndef GTAPE_NPY_H
#define GTAPE_NPY_H

#include "core/value.h"
#include "data/file.h"

/* Whether it begins as an NPY file does, or is called one. */
bool npy_is_one(const data_file *f);
/* The array into *out, which owns it; raises FAULT_ERROR. */
void npy_read(const data_file *f, value *out);

#endif
