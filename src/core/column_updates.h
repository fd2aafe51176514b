/* SPDX-License-Identifier: GPL-3.0-or-later */
/* column_updates.h - the loops of enum column_update, for every instruction set (columns.h).
 *
 * Layer: core. */
#ifndef GTAPE_COLUMN_UPDATES_H
#define GTAPE_COLUMN_UPDATES_H

#define EACH_UPDATE(LOOP)                                                                                    \
    LOOP(update_add, out[k] + x[k])                                                                          \
    LOOP(update_subtract, out[k] - x[k])                                                                     \
    LOOP(update_times, out[k] + (x[k] == 0 ? 0 : x[k] * w[k]))                                               \
    LOOP(update_set_add, x[k])                                                                               \
    LOOP(update_set_subtract, -x[k])                                                                         \
    LOOP(update_set_times, x[k] == 0 ? 0 : x[k] * w[k])

/* By enum column_update. */
#define UPDATE_KERNELS                                                                                       \
    { update_add, update_subtract, update_times, update_set_add, update_set_subtract, update_set_times }

#endif
