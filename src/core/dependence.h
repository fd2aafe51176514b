/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dependence.h - which records of a tape are made from which.
 *
 * Layer: core.  A mask has a byte for each of the records low..high, not 0 where the record is meant; it lies
 * in the recorder's workspace and is valid until the next mask or sweep. */
#ifndef GTAPE_DEPENDENCE_H
#define GTAPE_DEPENDENCE_H

#include "core/record.h"

/* Whether record y depends on record x. */
bool depends_on(const recorder *r, u32 y, u32 x);

/* Which of the records low..high depend on one of the variables. */
const u8 *depending_on(recorder *r, u32 low, u32 high, u32 count, const value *variables);

/* Which of the records low..high record `high` depends on: the way from the target. */
const u8 *reached_from(recorder *r, u32 low, u32 high);

/* Whether record k is made from a record whose byte in `mask`, from record 0 on, is set, be it one that no
 * derivative passes. */
bool made_from(const tape *t, const u8 *mask, u32 k);

/* Whether tensor y was made from tensor x of the same shape by elementwise operations alone, so that its
 * entry i depends on entry i and on no other; false where it does not depend on x. */
bool entrywise_from(recorder *r, u32 y, u32 x);

#endif
