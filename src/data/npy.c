/* SPDX-License-Identifier: GPL-3.0-or-later */
/* npy.c - the reader of npy.h. */
#include "data/npy.h"

#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC = 6, SHORT_PREFIX = MAGIC + 4, LONG_PREFIX = MAGIC + 6 };

typedef struct npy_type {
    char kind;     /* f, i, u or b */
    unsigned size; /* bytes */
    bool is_swapped;
} npy_type;

typedef struct npy_header {
    npy_type type;
    bool is_fortran;
    u32 rank;
    size_t shape[MAX_RANK];
    bool has_type, has_order, has_shape;
} npy_header;

bool npy_is_one(const data_file *f) {
    size_t n = strlen(f->label);
    if (f->length >= MAGIC && memcmp(f->bytes, magic, MAGIC) == 0) return true;
    return n >= 4 && strcmp(f->label + n - 4, ".npy") == 0;
}

#define FAIL(f, ...) data_fail(f, DIAG_BAD_NPY, __VA_ARGS__)

/* ---- the header: a Python dict of three entries ---- */

typedef struct cursor {
    const data_file *file;
    const char *p, *end;
} cursor;

static void skip_space(cursor *c) {
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t' || *c->p == '\r')) c->p++;
}

static bool take(cursor *c, char wanted) {
    skip_space(c);
    if (c->p == c->end || *c->p != wanted) return false;
    c->p++;
    return true;
}

static _Noreturn void bad_header(const cursor *c) { FAIL(c->file, "the NPY header is not well formed"); }

static void need(cursor *c, char wanted) {
    if (!take(c, wanted)) bad_header(c);
}

typedef struct word {
    const char *bytes;
    size_t length;
} word;

static bool word_is(word w, const char *s) {
    return w.length == strlen(s) && memcmp(w.bytes, s, w.length) == 0;
}

static word take_string(cursor *c) {
    skip_space(c);
    char quote = c->p < c->end ? *c->p : 0;
    if (quote != '\'' && quote != '"') bad_header(c);
    const char *begin = ++c->p;
    while (c->p < c->end && *c->p != quote) c->p++;
    if (c->p == c->end) bad_header(c);
    return (word){begin, (size_t)(c->p++ - begin)};
}

static bool take_bool(cursor *c) {
    skip_space(c);
    const char *begin = c->p;
    while (c->p < c->end && ((*c->p | 0x20) >= 'a' && (*c->p | 0x20) <= 'z')) c->p++;
    word w = {begin, (size_t)(c->p - begin)};
    if (!word_is(w, "True") && !word_is(w, "False")) bad_header(c);
    return w.length == 4;
}

/* Old files have 3L for 3. */
static size_t take_length(cursor *c) {
    size_t n = 0;
    const char *begin = c->p;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, (size_t)(*c->p - '0'), &n))
            FAIL(c->file, "the shape in the NPY header is too large");
    if (c->p == begin) bad_header(c);
    take(c, 'L');
    return n;
}

static void take_shape(cursor *c, npy_header *h) {
    need(c, '(');
    h->rank = 0;
    for (;;) {
        if (take(c, ')')) return;
        if (h->rank == MAX_RANK) FAIL(c->file, "an array of more than %d axes", MAX_RANK);
        skip_space(c);
        h->shape[h->rank++] = take_length(c);
        if (take(c, ',')) continue;
        need(c, ')');
        return;
    }
}

/* "<f8": byte order, kind, bytes. */
static void read_type(cursor *c, npy_type *type) {
    skip_space(c);
    if (c->p < c->end && *c->p == '[') FAIL(c->file, "the entries are records; one number each is needed");
    word w = take_string(c);
    static const char *const known[] = {"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"};
    const u16 one = 1;
    bool machine_is_little = *(const u8 *)&one == 1;
    for (size_t i = 0; w.length == 3 && strchr("<>=|", w.bytes[0]) && i < COUNT_OF(known); i++) {
        if (memcmp(w.bytes + 1, known[i], 2) != 0) continue;
        bool is_little = w.bytes[0] == '>' ? false : w.bytes[0] == '<' ? true : machine_is_little;
        *type = (npy_type){w.bytes[1], (unsigned)(w.bytes[2] - '0'), is_little != machine_is_little};
        return;
    }
    int shown = w.length < 20 ? (int)w.length : 20;
    FAIL(c->file, "entries of type '%.*s'; f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 can be read", shown, w.bytes);
}

static void take_entry(cursor *c, npy_header *h) {
    word key = take_string(c);
    need(c, ':');
    if (word_is(key, "descr")) read_type(c, &h->type), h->has_type = true;
    else if (word_is(key, "fortran_order")) h->is_fortran = take_bool(c), h->has_order = true;
    else if (word_is(key, "shape")) take_shape(c, h), h->has_shape = true;
    else bad_header(c);
}

static void read_header(cursor *c, npy_header *h) {
    need(c, '{');
    while (!take(c, '}')) {
        take_entry(c, h);
        if (take(c, ',')) continue;
        need(c, '}');
        break;
    }
    skip_space(c);
    if (c->p != c->end || !h->has_type || !h->has_order || !h->has_shape) bad_header(c);
}

/* Where the header's text lies. */
static cursor find_header(const data_file *f) {
    const u8 *b = (const u8 *)f->bytes;
    size_t known = f->length < MAGIC ? f->length : MAGIC;
    if (f->length == 0) FAIL(f, "the file is empty");
    if (memcmp(b, magic, known) != 0) FAIL(f, "not an NPY file: it does not begin with \\x93NUMPY");
    if (f->length < SHORT_PREFIX) FAIL(f, "the NPY header is cut off");
    if (b[MAGIC] < 1 || b[MAGIC] > 3)
        FAIL(f, "version %d.%d of NPY; 1 to 3 can be read", b[MAGIC], b[MAGIC + 1]);
    size_t prefix = b[MAGIC] == 1 ? SHORT_PREFIX : LONG_PREFIX, length = 0;
    if (f->length < prefix) FAIL(f, "the NPY header is cut off");
    for (size_t i = prefix; i-- > MAGIC + 2;) length = length << 8 | b[i];
    if (length > f->length - prefix)
        FAIL(f, "the NPY header is cut off: it has %zu of %zu bytes", f->length - prefix, length);
    return (cursor){f, f->bytes + prefix, f->bytes + prefix + length};
}

/* ---- entries ---- */

/* The number of entries, which the file has room for. */
static size_t checked_size(const data_file *f, const npy_header *h, size_t left) {
    size_t size = 1, bytes;
    bool is_empty = false;
    for (u32 i = 0; i < h->rank; i++) is_empty |= h->shape[i] == 0;
    for (u32 i = 0; i < h->rank && !is_empty; i++)
        if (__builtin_mul_overflow(size, h->shape[i], &size))
            FAIL(f, "the shape in the NPY header is too large");
    if (is_empty) size = 0;
    if (__builtin_mul_overflow(size, (size_t)h->type.size, &bytes))
        FAIL(f, "the shape in the NPY header is too large");
    if (bytes > left) FAIL(f, "truncated: the shape needs %zu bytes of data, and %zu are there", bytes, left);
    if (bytes < left) FAIL(f, "%zu bytes stand behind the data", left - bytes);
    return size;
}

static double signed_number(u64 bits, unsigned size) {
    unsigned unused =
        64 - 8 * size; // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): size is 1 to 8
    return (double)((int64_t)(bits << unused) >> unused);
}

static double entry(npy_type type, const char *at) {
    u8 raw[8] = {0};
    for (unsigned i = 0; i < type.size; i++) raw[i] = (u8)at[type.is_swapped ? type.size - 1 - i : i];
    u64 bits = 0;
    float single;
    double number;
    switch (type.kind) {
    case 'f':
        if (type.size == 4) return memcpy(&single, raw, 4), (double)single;
        return memcpy(&number, raw, 8), number;
    case 'b': return raw[0] != 0;
    default: break;
    }
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (unsigned i = 0; i < type.size; i++) bits = bits << 8 | raw[i];
#else
    for (unsigned i = type.size; i-- > 0;) bits = bits << 8 | raw[i];
#endif
    return type.kind == 'u' ? (double)bits : signed_number(bits, type.size);
}

/* Row-major entries one after the other; a file in Fortran's order is walked by strides. */
static void read_entries(const npy_header *h, const char *data, double *out, size_t size) {
    size_t index[MAX_RANK] = {0}, stride[MAX_RANK], at = 0;
    if (!h->is_fortran && h->type.kind == 'f' && h->type.size == 8 && !h->type.is_swapped) {
        if (size) memcpy(out, data, size * sizeof *out);
        return;
    }
    for (size_t axis = 0, step = 1; axis < h->rank; step *= h->shape[axis++]) stride[axis] = step;
    for (size_t i = 0; i < size; i++) {
        out[i] = entry(h->type, data + (h->is_fortran ? at : i) * h->type.size);
        if (!h->is_fortran) continue;
        for (u32 axis = h->rank; axis-- > 0;) {
            at += stride[axis];
            if (++index[axis] < h->shape[axis]) break;
            at -= stride[axis] * h->shape[axis];
            index[axis] = 0;
        }
    }
}

void npy_read(const data_file *f, value *out) {
    npy_header h = {0};
    cursor c = find_header(f);
    const char *data = c.end;
    read_header(&c, &h);
    size_t size = checked_size(f, &h, f->length - (size_t)(data - f->bytes));
    double number;
    if (h.rank == 0) {
        read_entries(&h, data, &number, 1);
        *out = SCALAR(number);
        return;
    }
    *out = (value){.t = tensor_new(h.rank, h.shape), .aux = VALUE_TENSOR};
    read_entries(&h, data, out->t->data, size);
}
