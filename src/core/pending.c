/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pending.c - see pending.h. */
#include "core/pending.h"
#include "core/functions.h"

void pending_free(pending *p) {
    array_free(&p->entries);
    array_free(&p->tensors);
}

static pending_tensor *find(pending *p, u32 record) {
    for (size_t i = p->tensors.count; i-- > 0;)
        if (p->tensors.items[i].record == record) return &p->tensors.items[i];
    return NULL;
}

void pending_add(pending *p, u32 record, u32 entry, value g) {
    pending_tensor *t = find(p, record);
    if (!t) {
        array_push(&p->tensors, ((pending_tensor){.record = record}));
        t = &p->tensors.items[p->tensors.count - 1];
    }
    array_push(&p->entries, ((pending_entry){entry, t->last, g}));
    t->last = (u32)p->entries.count;
    t->count++;
}

value pending_take(pending *p, recorder *r, u32 record) {
    pending_tensor *found = find(p, record);
    if (!found) return UNBOUND;
    pending_tensor t = *found;
    *found = p->tensors.items[--p->tensors.count];
    value whole = passive(tape_value(&r->tape, record));
    const pending_entry *last = &p->entries.items[t.last - 1];
    if (t.count == 1) return entry_put(r, last->g, whole, last->entry);
    value *g = scratch_values(r, t.count);
    size_t count = t.count, i = count;
    tensor *numbers = pool_tensor(r, 1, &count);
    for (u32 at = t.last; at; at = p->entries.items[at - 1].next) {
        g[--i] = p->entries.items[at - 1].g;
        numbers->data[i] = (double)p->entries.items[at - 1].entry;
    }
    view shape = shape_of(&whole);
    return entries_put(r, list_of(r, t.count, g), shape.rank, shape.shape, value_of_tensor(numbers));
}
