/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help.h - the texts of --help and --version, made from options.def.
 *
 * Layer: cli. */
#ifndef GTAPE_CLI_HELP_H
#define GTAPE_CLI_HELP_H

#include "cli/output.h"

/* What fits on a screen of 80 columns and 24 lines. */
void help_write(struct output *out);
/* --help=all */
void help_write_all(struct output *out);
void version_write(struct output *out);

#endif
