/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stats.h - what --stats tells on stderr.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_STATS_H
#define GTAPE_CLI_STATS_H

#include "lib/gtape.h"

void stats_write(const gtape *g);

#endif
