/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows_columns.c - which columns are used, and which are passed on under which names: see rows_job.h. */
#include "base/utf8.h"
#include "lib/rows_job.h"

#include <string.h>

/* The first column of a name; the width where there is none. */
static size_t find_column(const rows_job *j, const char *name, size_t length) {
    u32 key = intern_find(&j->keys, name, length);
    return key == NAME_NONE ? j->width : j->columns.items[key].first;
}

static void keep_all(rows_job *j) {
    j->keeps_members = j->from == CSV_JSON && j->to == CSV_JSON;
    for (size_t i = 0; i < (j->keeps_members ? 1 : j->width); i++) array_push(&j->kept, i);
}

/* A name of a list up to a comma, or ${NAME} for one that has a comma; the list then begins behind it. */
static const char *next_name(const char **list, size_t *length) {
    const char *name = *list, *close = strncmp(name, "${", 2) == 0 ? strchr(name, '}') : NULL;
    bool is_odd = close && (close[1] == ',' || !close[1]);
    const char *end = is_odd ? close + 1 : name + strcspn(name, ",");
    *list = end + (*end == ',');
    if (is_odd) name += 2, end--;
    *length = (size_t)(end - name);
    return name;
}

void rows_choose_kept(rows_job *j) {
    const char *list = j->how->keep ? j->how->keep : j->swept && j->results ? "" : NULL;
    if (!list || j->how->reduce) return;
    if (!*list) keep_all(j);
    while (*list) {
        size_t length;
        const char *name = next_name(&list, &length);
        size_t column = find_column(j, name, length);
        if (column == j->width) {
            diag_add(&j->g->diagnostics, SEVERITY_ERROR, DIAG_NO_SUCH_NAME, NO_SPAN,
                     "--keep: %s has no column '%.*s'", j->file.label, (int)(length < 200 ? length : 200),
                     name);
            fault_raise(FAULT_ERROR);
        }
        array_push(&j->kept, column);
    }
}

static _Noreturn void fail_title(rows_job *j, const char *option, const char *name, const char *what,
                                 const char *hint) {
    diagnostic *said = diag_add(&j->g->diagnostics, SEVERITY_ERROR, DIAG_BAD_OPTION, NO_SPAN,
                                "%s: the output would have '%s' twice: %s", option, name, what);
    diag_hint(said, "%s", hint);
    fault_raise(FAULT_ERROR);
}

/* A name may be that of a derivative, or of an entry, of another.  Contributions to an uncertainty may have
 * one name, where an input is bound twice. */
static void check_results(rows_job *j, const row_runner *runner) {
    for (size_t k = 0; k < j->results; k++) {
        const char *name = row_runner_result_name(runner, k);
        size_t before = j->titles.names.count;
        if (intern(&j->titles, name, strlen(name)) < before && !j->g->budget_wanted)
            fail_title(j, j->swept ? "--sweep" : "--rows", name, "two results",
                       "bind one of them to another name");
    }
}

void rows_check_titles(rows_job *j, const row_runner *runner) {
    bool is_chosen = j->how->keep && *j->how->keep;
    const char *option = j->swept ? "--sweep" : "--keep",
               *hint = "bind the result to another name, or choose what is passed on: --keep=LIST";
    check_results(j, runner);
    size_t results = j->titles.names.count, count = j->keeps_members ? j->width : j->kept.count;
    for (size_t i = 0; i < count; i++) {
        const char *name = j->names.items[j->keeps_members ? i : j->kept.items[i]];
        if (j->to == CSV_JSON && utf8_malformed(name, strlen(name)))
            data_fail(&j->file, DIAG_BAD_TABLE, "a name of the header is not UTF-8, as JSON must be");
        size_t before = j->titles.names.count, title = intern(&j->titles, name, strlen(name));
        if (title < results) fail_title(j, option, name, "a column that is kept, and a result", hint);
        if (title < before && (is_chosen || j->to == CSV_JSON))
            fail_title(j, option, name, "it is kept twice", hint);
    }
}

static bool is_repeated(const rows_job *j, size_t column) {
    const char *name = j->names.items[column];
    size_t first = find_column(j, name, strlen(name)); /* another one where a NUL cuts the name short */
    return first != column || j->columns.items[intern_find(&j->keys, name, strlen(name))].is_repeated;
}

static _Noreturn void fail_sweep(rows_job *j, const char *name) {
    const graph *program = &j->g->graph;
    u32 id = intern_find(&program->names, name, strlen(name));
    u32 slot = id == NAME_NONE ? NAME_NONE : graph_find_global(program, id);
    bool is_set = slot != NAME_NONE && session_is_set(j->g, slot);
    diag_add(&j->g->diagnostics, SEVERITY_ERROR, DIAG_NOT_AN_INPUT, NO_SPAN, "--sweep %s: %s", name,
             is_set ? "--at gives it one value, so that there is nothing to sweep"
                    : "the program has no such input");
    fault_raise(FAULT_ERROR);
}

void rows_choose_used(rows_job *j, const row_runner *runner) {
    for (size_t i = 0; i < j->width; i++) {
        if (!row_runner_uses(runner, i)) {
            if (!j->swept) continue;
            fail_sweep(j, j->names.items[i]);
        }
        if (is_repeated(j, i))
            data_fail(&j->file, DIAG_REPEATED_COLUMN, "the header has '%s' more than once",
                      j->names.items[i]);
        array_push(&j->used, i);
    }
}

/* Inputs that have a value in any case and are no column. */
static void reserve_inputs(rows_job *j) {
    const graph *program = &j->g->graph;
    for (u32 slot = 0; slot < program->globals.count; slot++) {
        const char *name = intern_text(&program->names, program->globals.items[slot].name);
        size_t length = strlen(name);
        if (!session_takes_column(j->g, slot) || find_column(j, name, length) < j->width) continue;
        intern(&j->reserved, name, length);
    }
    j->reserved_inputs = j->reserved.names.count;
}

void rows_reserve_names(rows_job *j) {
    if (j->from != CSV_JSON) return;
    reserve_inputs(j);
    for (u32 i = 0; j->keeps_members && i < j->titles.names.count; i++)
        intern(&j->reserved, intern_text(&j->titles, i), j->titles.names.items[i].length);
}
