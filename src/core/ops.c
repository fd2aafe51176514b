/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ops.c - the table of operations. */
#include "core/ops.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define OP1(NAME, name, value, dx, domain, lo, hi, help)                                                     \
    [OP_##NAME] = {name, {#dx, ""}, domain, help, {{lo, hi}, {0, 0}}, 1},
#define OP2(NAME, name, value, dx, dw, domain, lo, hi, wlo, whi, help)                                       \
    [OP_##NAME] = {name, {#dx, #dw}, domain, help, {{lo, hi}, {wlo, whi}}, 2},

const op_info op_infos[OP_ELEMENTWISE_END] = {
    [OP_NONE] = {"", {"", ""}, "", "", {{0, 0}, {0, 0}}, 0},
#include "core/ops.def"
};

enum op op_by_name(const char *name) {
    if (strcmp(name, "pow") == 0) return OP_POW;
    if (strcmp(name, "mod") == 0) return OP_MOD;
    if (*name < 'a' || *name > 'z') return OP_NONE; /* hidden, or an operator */
    for (enum op op = OP_NONE + 1; op < OP_ELEMENTWISE_END; op++)
        if (strcmp(op_infos[op].name, name) == 0) return op;
    return OP_NONE;
}
